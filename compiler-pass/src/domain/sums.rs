//! Sums whose terms a compiler has put in another order.
//!
//! A Montgomery reduction ends in `c + h`, where neither the correction nor the upper half says anything alone. A compiler
//! that adds `y` to it may compute `(c + y) + h`. Addition modulo `2^bits` is associative: of the terms of both operands, two
//! of which the sum is canonical are added first.

use super::hash::FastMap;
use super::{BinaryOp, Domain, Value};

/// Most terms of a sum that are remembered.
const MAX_TERMS: usize = 3;

/// The terms of words that were made by additions and subtractions, by first case and width.
#[derive(Default)]
pub(super) struct Sums {
    terms: FastMap<(u32, u8), Terms>,
}

/// A word that is added, or subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Term {
    word: Value,
    negative: bool,
}

type Terms = Vec<Term>;

impl Domain {
    /// The sum (or difference) of two words, with terms of both operands added first, if that makes a canonical word.
    pub(super) fn regrouped(&mut self, op: BinaryOp, a: Value, b: Value) -> Option<Value> {
        let left = self.terms(a, false);
        let right = self.terms(b, op == BinaryOp::Sub);
        if left.len() + right.len() < 3 {
            return None;
        }
        for (i, x) in left.iter().enumerate() {
            for (j, y) in right.iter().enumerate() {
                // A word with a single case has nothing that the other one could cancel.
                if x.word.len < 2 || y.word.len < 2 || self.is_atom(x.word) || self.is_atom(y.word)
                {
                    continue;
                }
                let Some(pair) = self.canonical_pair(*x, *y) else {
                    continue;
                };
                let others = |terms: &[Term], without: usize| {
                    let others = terms.iter().enumerate().filter(|&(k, _)| k != without);
                    others.map(|(_, &term)| term).collect::<Terms>()
                };
                let mut terms = vec![pair];
                terms.extend(others(&left, i));
                terms.extend(others(&right, j));
                // What is added comes first, so that as little as possible is below zero on the way.
                terms.sort_by_key(|term| term.negative);
                let mut sum = self.constant(a.bits, 0);
                for term in &terms {
                    let op = match term.negative {
                        true => BinaryOp::Sub,
                        false => BinaryOp::Add,
                    };
                    sum = self.binary_result(op, sum, term.word);
                }
                self.remember(sum, terms);
                return Some(sum);
            }
        }
        None
    }

    /// Remembers what a sum or difference was made of.
    pub(super) fn note_sum(&mut self, op: BinaryOp, a: Value, b: Value, sum: Value) {
        if !matches!(op, BinaryOp::Add | BinaryOp::Sub) || (a.len < 2 && b.len < 2) {
            return;
        }
        let mut terms = self.terms(a, false);
        terms.extend(self.terms(b, op == BinaryOp::Sub));
        self.remember(sum, terms);
    }

    fn remember(&mut self, sum: Value, terms: Terms) {
        if sum.len > 1 && terms.len() <= MAX_TERMS {
            self.sums.terms.insert((sum.start, sum.bits), terms);
        }
    }

    /// The terms of a word, all with the other sign if it is subtracted.
    fn terms(&self, word: Value, negative: bool) -> Terms {
        let Some(terms) = self.sums.terms.get(&(word.start, word.bits)) else {
            return vec![Term { word, negative }];
        };
        let signed = terms.iter().map(|term| Term {
            negative: term.negative != negative,
            ..*term
        });
        signed.collect()
    }

    /// The sum of two terms as one, if it is canonical modulo one of the primes.
    fn canonical_pair(&mut self, x: Term, y: Term) -> Option<Term> {
        let (op, x, y, negative) = match (x.negative, y.negative) {
            (false, false) => (BinaryOp::Add, x.word, y.word, false),
            (true, true) => (BinaryOp::Add, x.word, y.word, true),
            (false, true) => (BinaryOp::Sub, x.word, y.word, false),
            (true, false) => (BinaryOp::Sub, y.word, x.word, false),
        };
        let sum = self.binary_result(op, x, y);
        let word = self.operand(sum);
        (word != sum).then_some(Term { word, negative })
    }

    /// Whether operations take an atom for the word.
    fn is_atom(&mut self, word: Value) -> bool {
        self.operand(word) != word
    }
}
