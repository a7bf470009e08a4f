//! The abstract domain of machine words by which field arithmetic is lifted: by meaning, not by shape.
//!
//! The client walks straight-line code in order and calls one transfer function for each instruction; then it
//! asks what a word *is*: an interval, an exact integer polynomial over leaves, or a polynomial modulo a
//! prime. No idiom is looked for: a Montgomery reduction is proved because its quotients cancel.
//!
//! # What a value is
//! A [`Value`] is a short decision list of cases, each with a path (a conjunction of bounds of linear
//! combinations), an exact integer form and an interval. A wrap by a known number of turns
//! changes the form's constant, an ambiguous one by one turn splits the case, and any other adds a quotient
//! symbol `floor(form / 2^k)`, whose normal form makes equal quotients equal.
//!
//! Invariant: in each state, at least one case *describes* the word: its path holds, and the word, read as
//! unsigned, equals its form and lies in its range. So a claim that holds for every case is true, and paths
//! may be widened at any time.
//!
//! All statements are for the states in which each leaf is within its range, each [`Domain::assume_range`] and
//! [`Domain::unwrapped`] that the value depends on is true, and no division by zero has happened.
//!
//! # Atoms
//! A word with several cases, or with quotients, that is canonical modulo a prime (less than it, and
//! congruent to a polynomial over leaves) is replaced by a fresh symbol, an *atom*, where an operation takes
//! it as an operand. The word itself keeps its cases, so nothing is lost for queries, and the words whose
//! correlation matters inside of an idiom (a borrow, a correction, an unreduced sum) are not canonical.
//! Other congruent words become atoms only where the cases would multiply or a product would mix quotients.
//!
//! # Bounds on work
//! Cases, facts, terms, degrees and nesting are all limited; beyond a limit the result is an unknown word
//! within the best known range. No operation panics, whatever the operands, as long as a value is only
//! used with the domain that made it.

mod bits;
mod compare;
mod describe;
mod form;
mod halves;
mod hash;
mod interval;
mod path;
mod polynomial;
mod query;
mod residue;
mod sums;
mod transfer;

use form::{Form, Forms};
use halves::Halves;
use hash::FastMap;
use interval::Interval;
use path::{PathId, Paths};
use polynomial::Polynomials;
use residue::Atoms;
use sums::Sums;

pub use query::{FieldPoly, FieldTerm, IntPoly, IntTerm, Residue};

/// Widest word about which anything is known.
pub const MAX_BITS: u8 = 64;

/// An abstract word. It belongs to the [`Domain`] that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value {
    /// First case in the domain's arena. Values that differ in their width only share their cases.
    start: u32,
    /// Number of cases; none if the width is beyond [`MAX_BITS`].
    len: u8,
    bits: u8,
}

impl Value {
    /// Width of the word.
    pub fn bits(self) -> u8 {
        self.bits
    }
}

/// An operation on two words of one width; the amount of a shift may have any width, and counts modulo
/// the width of the shifted word. The semantics are CLIF's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// Wrapping sum.
    Add,
    /// Wrapping difference.
    Sub,
    /// Low half of the product.
    Mul,
    /// High half of the product of unsigned words.
    UMulHi,
    /// High half of the product of signed words.
    SMulHi,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Shift to the left.
    Shl,
    /// Shift to the right, zeros come in.
    ShrU,
    /// Shift to the right, copies of the sign come in.
    ShrS,
    /// Unsigned quotient; the value only counts where the divisor is not zero.
    UDiv,
    /// Unsigned remainder; the value only counts where the divisor is not zero.
    URem,
    /// Lesser of two unsigned words.
    UMin,
    /// Greater of two unsigned words.
    UMax,
    /// Lesser of two signed words.
    SMin,
    /// Greater of two signed words.
    SMax,
}

/// A comparison of two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Unsigned less than.
    Ult,
    /// Unsigned less than or equal.
    Ule,
    /// Unsigned greater than.
    Ugt,
    /// Unsigned greater than or equal.
    Uge,
    /// Signed less than.
    Slt,
    /// Signed less than or equal.
    Sle,
    /// Signed greater than.
    Sgt,
    /// Signed greater than or equal.
    Sge,
}

/// One entry of a decision list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Case {
    path: PathId,
    form: Form,
    range: Interval,
}

/// Arena of everything that is known about the words of one lifted region.
pub struct Domain {
    moduli: Vec<u64>,
    forms: Forms,
    paths: Paths,
    cases: Vec<Case>,
    polynomials: Polynomials,
    atoms: Atoms,
    halves: Halves,
    sums: Sums,
    constants: FastMap<i128, u32>,
}

impl Domain {
    /// A domain that looks for congruences modulo these primes.
    pub fn new(moduli: &[u64]) -> Self {
        Self {
            moduli: moduli.to_vec(),
            forms: Forms::new(),
            paths: Paths::new(),
            cases: Vec::new(),
            polynomials: Polynomials::new(),
            atoms: Atoms::new(),
            halves: Halves::default(),
            sums: Sums::default(),
            constants: FastMap::default(),
        }
    }

    /// The primes, in the order of their indices.
    pub fn moduli(&self) -> &[u64] {
        &self.moduli
    }

    /// A word of which only a range is known, named by the caller. Two calls with one origin give the same
    /// word; the ranges of both calls then hold for the second result.
    pub fn leaf(&mut self, origin: u32, bits: u8, lo: u128, hi: u128) -> Value {
        if bits > MAX_BITS {
            return self.unknown(bits);
        }
        let range = Interval::word(bits).intersect(unsigned_range(lo, hi));
        // A range without any word leaves no state; every statement is true of it.
        let range = if range.is_empty() {
            Interval::word(bits)
        } else {
            range
        };
        let symbol = self.forms.leaf(origin, range);
        let form = self.forms.symbol_form(symbol);
        let known = self.forms.symbol_bounds(symbol);
        let value = self.single(bits, form, known);
        if range.contains(known) {
            value
        } else {
            self.assume(value, range)
        }
    }

    /// A known word: the low bits of `value`.
    pub fn constant(&mut self, bits: u8, value: u128) -> Value {
        if bits > MAX_BITS {
            return self.unknown(bits);
        }
        let value = (value & ((1u128 << bits) - 1)) as i128;
        let start = match self.constants.get(&value) {
            Some(&start) => start,
            None => {
                let new = self.single(bits, Form::constant(value), Interval::point(value));
                self.constants.insert(value, new.start);
                new.start
            }
        };
        Value {
            start,
            len: 1,
            bits,
        }
    }

    /// A word of which nothing is known and that has no name: the result of an operation that the domain
    /// does not have.
    pub fn unknown(&mut self, bits: u8) -> Value {
        if bits > MAX_BITS {
            return Value {
                start: 0,
                len: 0,
                bits,
            };
        }
        self.unknown_within(bits, Interval::word(bits))
    }

    fn unknown_within(&mut self, bits: u8, range: Interval) -> Value {
        let symbol = self.forms.unknown(range);
        let form = self.forms.symbol_form(symbol);
        self.single(bits, form, range)
    }

    fn single(&mut self, bits: u8, form: Form, range: Interval) -> Value {
        let start = self.cases.len() as u32;
        self.cases.push(Case {
            path: PathId::ALWAYS,
            form,
            range,
        });
        Value {
            start,
            len: 1,
            bits,
        }
    }

    fn cases_of(&self, value: Value) -> &[Case] {
        let start = value.start as usize;
        &self.cases[start..start + usize::from(value.len)]
    }
}

/// Unsigned bounds as an interval.
fn unsigned_range(lo: u128, hi: u128) -> Interval {
    let bound = |x: u128| i128::try_from(x).unwrap_or(i128::MAX);
    Interval::new(bound(lo), bound(hi))
}
