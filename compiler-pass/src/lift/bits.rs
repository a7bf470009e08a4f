//! Words of which only bits are taken, and flags.

use super::words::{Lifter, Origin, condition};
use crate::analysis::poly::Atom;
use crate::domain::{BinaryOp, Condition, FieldPoly, Value as Word};
use crate::kernel::bits::{HostBits, HostKey, HostSource};
use crate::kernel::host::HostAtom;
use crate::kernel::term::{self, Term};
use cranelift_codegen::entity::EntityRef;
use cranelift_codegen::ir::{Block, Inst, InstructionData, Opcode, Value};
use std::collections::BTreeMap;

impl Lifter<'_, '_> {
    /// A polynomial over words and shifted words in terms of bit fields. With `x >> k` for several k, the least first,
    /// the bits between one k and the next are a field, and each `x >> k` is a sum of the fields from there on.
    pub(super) fn bit_term(&mut self, poly: &FieldPoly) -> Option<Term<HostAtom>> {
        let p = self.p;
        let mut sum = Term::zero(p);
        // By word: the coefficient of each shift.
        let mut shifted: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
        for summand in &poly.terms {
            match summand.factors[..] {
                [] => sum.add_monomial(Vec::new(), summand.coefficient),
                [(origin, 1)] => {
                    let (leaf, amount) = self.domain.shifted(origin).unwrap_or((origin, 0));
                    shifted
                        .entry(leaf)
                        .or_default()
                        .insert(amount, summand.coefficient);
                }
                _ => return None,
            }
        }
        for (leaf, amounts) in shifted {
            if amounts.keys().all(|&amount| amount == 0) {
                let plain = self.origin_term(leaf)?;
                sum = sum.add(&plain.scale(amounts[&0]))?;
                continue;
            }
            let (source, width) = self.bit_source(leaf)?;
            let mut shifts: Vec<u32> = amounts.keys().copied().filter(|&k| k < width).collect();
            shifts.sort_unstable();
            for (at, &shift) in shifts.iter().enumerate() {
                let end = shifts.get(at + 1).copied().unwrap_or(width);
                let coefficient = shifts[..=at].iter().fold(0, |sum, &lower| {
                    let weight = term::pow(p, 2, (shift - lower).into());
                    term::add(p, sum, term::mul(p, amounts[&lower], weight))
                });
                let field = HostBits {
                    source: source.clone(),
                    shift,
                    mask: u32::MAX >> (32 - (end - shift)),
                    key: None,
                };
                sum = sum.add(&Term::atom(p, HostAtom::Bits(field)).scale(coefficient))?;
            }
        }
        Some(sum)
    }

    /// The word that a leaf stands for, if bits can be taken from it, and its width.
    fn bit_source(&self, leaf: u32) -> Option<(HostSource, u32)> {
        match &self.origins[leaf as usize] {
            Origin::Load(load) => {
                let bits = 8 * u32::from(self.loads[*load as usize].bytes);
                (bits <= 32).then_some((HostSource::Load(*load), bits))
            }
            Origin::Bits(bits) if bits.key.is_none() && bits.mask == u32::MAX => {
                Some((bits.source.clone(), 32))
            }
            _ => None,
        }
    }

    /// The result of an operation that makes a word of its own: a difference that may wrap, a comparison with a
    /// constant, a choice between constants.
    pub(super) fn flag_operation(
        &mut self,
        inst: Inst,
        block: Block,
        args: &[Word],
        bits: u8,
    ) -> Option<Word> {
        let data = self.evolution.nests.func.dfg.insts[inst];
        match (data.opcode(), args) {
            (Opcode::Iadd | Opcode::Isub, [x, y]) if bits == 32 => {
                let subtract = data.opcode() == Opcode::Isub;
                self.wrapped_difference(*x, *y, subtract)
            }
            (Opcode::Icmp, [x, y]) => {
                let InstructionData::IntCompare {
                    cond, args: values, ..
                } = data
                else {
                    return None;
                };
                let equal = match condition(cond) {
                    Condition::Eq => true,
                    Condition::Ne => false,
                    order => return self.ordered_words(order, *x, *y),
                };
                let flag = match (
                    self.domain.constant_value(*x),
                    self.domain.constant_value(*y),
                ) {
                    (None, Some(key)) => self.equality(*x, key)?,
                    (Some(key), None) => self.equality(*y, key)?,
                    (None, None) if self.compared_words(*x, *y).is_some() => {
                        self.compared_words(*x, *y)?
                    }
                    (None, None) => {
                        let keys = values.map(|v| self.index_key(v, block));
                        match (self.bit_field(*x), self.bit_field(*y), keys) {
                            (Some(field), None, [_, Some(key)])
                            | (None, Some(field), [Some(key), _]) => self.key_leaf(field, key),
                            _ => return None,
                        }
                    }
                    _ => return None,
                };
                Some(if equal { flag } else { self.negated(flag) })
            }
            (Opcode::Select, [condition, x, y]) => {
                let (then, otherwise) = (
                    self.domain.constant_value(*x)?,
                    self.domain.constant_value(*y)?,
                );
                let flag = self.truth(*condition)?;
                // otherwise + flag * (then - otherwise), without a product that wraps.
                let flag = self.domain.uextend(flag, bits);
                let (op, factor) = match then >= otherwise {
                    true => (BinaryOp::Add, then - otherwise),
                    false => (BinaryOp::Sub, otherwise - then),
                };
                let factor = self.domain.constant(bits, factor);
                let part = self.domain.binary(BinaryOp::Mul, flag, factor);
                Some(self.domain.binary(op, *y, part))
            }
            _ => None,
        }
    }

    /// Whether a word in memory is less than another one, or is not.
    fn ordered_words(&mut self, order: Condition, x: Word, y: Word) -> Option<Word> {
        let (x, y, holds) = match order {
            Condition::Ult | Condition::Slt => (x, y, true),
            Condition::Ugt | Condition::Sgt => (y, x, true),
            Condition::Uge | Condition::Sge => (x, y, false),
            Condition::Ule | Condition::Sle => (y, x, false),
            Condition::Eq | Condition::Ne => return None,
        };
        let signed = matches!(
            order,
            Condition::Slt | Condition::Sgt | Condition::Sge | Condition::Sle
        );
        // A word that has been extended with zeros has no sign.
        if signed && x.bits() != 32 {
            return None;
        }
        let [x, y] = [x, y].map(|word| {
            self.plain_load(word)
                .filter(|&load| self.loads[load as usize].bytes == 4)
        });
        let field = HostBits {
            source: HostSource::Load(x?),
            shift: 0,
            mask: u32::MAX,
            key: None,
        };
        let key = match signed {
            true => HostKey::AboveSigned(y?),
            false => HostKey::Above(y?),
        };
        let flag = self.key_leaf(field, key);
        Some(if holds { flag } else { self.negated(flag) })
    }

    /// Whether a word in memory is equal to another one, or to what a word was in the iteration before.
    fn compared_words(&mut self, x: Word, y: Word) -> Option<Word> {
        let before = |this: &Self, word: Word| {
            let poly = this.domain.polynomial(word)?;
            let [term] = &poly.terms[..] else { return None };
            let [origin] = term.factors[..] else {
                return None;
            };
            match this.origins[origin as usize] {
                Origin::Before(load, first) if term.coefficient == 1 => {
                    Some(HostKey::Before(load, first))
                }
                _ => None,
            }
        };
        let whole = |this: &Self, load: Option<u32>| {
            load.filter(|&load| this.loads[load as usize].bytes == 4)
        };
        let loads = [x, y].map(|word| whole(self, self.plain_load(word)));
        let (load, key) = match loads {
            [Some(x), Some(y)] => (x, HostKey::Word(y)),
            [Some(load), None] => (load, before(self, y)?),
            [None, Some(load)] => (load, before(self, x)?),
            [None, None] => return None,
        };
        let field = HostBits {
            source: HostSource::Load(load),
            shift: 0,
            mask: u32::MAX,
            key: None,
        };
        Some(self.key_leaf(field, key))
    }

    /// 1 where the word is not zero, as a flag or a word that is one.
    fn truth(&mut self, word: Word) -> Option<Word> {
        if self.domain.interval(word).1 <= 1 {
            return Some(word);
        }
        let zero = self.equality(word, 0)?;
        Some(self.negated(zero))
    }

    fn negated(&mut self, flag: Word) -> Word {
        let one = self.domain.constant(flag.bits(), 1);
        self.domain.binary(BinaryOp::Sub, one, flag)
    }

    /// Whether a bit field is equal to a key.
    fn equality(&mut self, word: Word, key: u128) -> Option<Word> {
        let key = u32::try_from(key).ok()?;
        if self.domain.interval(word).1 <= 1 {
            // A flag is compared: with one it is itself.
            return match key {
                0 => Some(self.negated(word)),
                1 => Some(word),
                _ => None,
            };
        }
        let field = self.bit_field(word)?;
        Some(self.key_leaf(field, HostKey::Const(key)))
    }

    fn key_leaf(&mut self, field: HostBits, key: HostKey) -> Word {
        let field = HostBits {
            key: Some(key),
            ..field
        };
        self.bits_leaf(field, 8, 1)
    }

    /// A word of 32 bits that counts the iterations of a loop with a known number of them.
    fn index_key(&mut self, value: Value, block: Block) -> Option<HostKey> {
        let poly = self.evolution.at(value, block)?;
        let l = poly.indices().next()?;
        let (slope, first) = poly.linear_in(Atom::Index(l))?;
        let first = u32::try_from(first.as_constant()?).ok()?;
        let last = self.evolution.exit(l)?.index.as_constant()?;
        // No wrap: last is small.
        let counts = slope.as_constant() == Some(1) && (0..1 << 16).contains(&last);
        (counts && first < 1 << 16).then_some(HostKey::Index(l.index(), first))
    }

    /// The bit field that a word is, as an integer.
    fn bit_field(&mut self, word: Word) -> Option<HostBits> {
        if let Some(poly) = self.domain.polynomial(word) {
            let [leaf] = &poly.terms[..] else { return None };
            let [origin] = leaf.factors[..] else {
                return None;
            };
            let (source, width) = self.bit_source(origin)?;
            return (leaf.coefficient == 1).then_some(HostBits {
                source,
                shift: 0,
                mask: u32::MAX >> (32 - width),
                key: None,
            });
        }
        let residue = self.domain.residue_of_bits(word, 0)?;
        let term = self.bit_term(&residue.poly)?;
        let [(monomial, 1)] = term.terms().collect::<Vec<_>>()[..] else {
            return None;
        };
        // A word and a field that are congruent are equal if both are less than p.
        match &monomial[..] {
            [(HostAtom::Bits(bits), 1)]
                if bits.key.is_none() && residue.canonical && u64::from(bits.mask) < self.p =>
            {
                Some(bits.clone())
            }
            _ => None,
        }
    }

    /// The word of this name.
    fn bits_leaf(&mut self, field: HostBits, bits: u8, greatest: u64) -> Word {
        let same = |o: &Origin| matches!(o, Origin::Bits(known) if *known == field);
        match self.origins.iter().position(same) {
            Some(id) => self.domain.leaf(id as u32, bits, 0, greatest.into()),
            None => self.leaf(Origin::Bits(field), bits, greatest),
        }
    }

    /// `x - y - c` modulo 2^32 for words x and y in memory, however it is spelled.
    fn wrapped_difference(&mut self, x: Word, y: Word, subtract: bool) -> Option<Word> {
        let mut coefficients: BTreeMap<u32, i128> = BTreeMap::new();
        let mut constant = 0i128;
        for (word, sign) in [(x, 1), (y, if subtract { -1 } else { 1 })] {
            for summand in self.domain.polynomial(word)?.terms {
                let c = sign * summand.coefficient;
                match summand.factors[..] {
                    [] => constant += c,
                    [origin] => match self.origins[origin as usize].clone() {
                        Origin::Load(load) if self.loads[load as usize].bytes == 4 => {
                            *coefficients.entry(load).or_insert(0) += c;
                        }
                        Origin::Bits(HostBits {
                            source:
                                HostSource::Difference {
                                    minuend,
                                    subtrahend,
                                    less,
                                },
                            mask: u32::MAX,
                            key: None,
                            ..
                        }) => {
                            *coefficients.entry(minuend).or_insert(0) += c;
                            *coefficients.entry(subtrahend).or_insert(0) -= c;
                            constant -= c * i128::from(less);
                        }
                        _ => return None,
                    },
                    _ => return None,
                }
            }
        }
        coefficients.retain(|_, c| *c != 0);
        let with = |sign: i128| {
            let mut found = coefficients.iter().filter(|(_, c)| **c == sign);
            let load = *found.next()?.0;
            found.next().is_none().then_some(load)
        };
        if coefficients.len() != 2 {
            return None;
        }
        let field = HostBits {
            source: HostSource::Difference {
                minuend: with(1)?,
                subtrahend: with(-1)?,
                less: (-constant).rem_euclid(1 << 32) as u32,
            },
            shift: 0,
            mask: u32::MAX,
            key: None,
        };
        Some(self.bits_leaf(field, 32, u32::MAX.into()))
    }
}
