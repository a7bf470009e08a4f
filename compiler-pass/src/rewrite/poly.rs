//! Polynomials of a plan, brought to a form that can be measured and computed: aliases and extensions
//! resolved, constants folded, equal monomials joined.

use crate::plan::Poly;
use cranelift_codegen::ir::{Function, InstructionData, Opcode, Value, ValueDef};
use std::collections::{BTreeMap, HashMap};

/// What a value is known to be, read as an unsigned integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub lo: i128,
    pub hi: i128,
}

impl Interval {
    pub fn within(self, other: Interval) -> bool {
        other.lo <= self.lo && self.hi <= other.hi
    }

    pub fn intersect(self, other: Interval) -> Interval {
        Interval {
            lo: self.lo.max(other.lo),
            hi: self.hi.min(other.hi),
        }
    }

    /// All integers of this many bits.
    pub fn unsigned(bits: u32) -> Interval {
        Interval {
            lo: 0,
            hi: (1i128 << bits) - 1,
        }
    }

    fn add(self, other: Interval) -> Option<Interval> {
        Some(Interval {
            lo: self.lo.checked_add(other.lo)?,
            hi: self.hi.checked_add(other.hi)?,
        })
    }

    /// The product with an interval that has no negative member.
    fn scale(self, other: Interval) -> Option<Interval> {
        let lo = if self.lo < 0 { other.hi } else { other.lo };
        let hi = if self.hi < 0 { other.lo } else { other.hi };
        Some(Interval {
            lo: self.lo.checked_mul(lo)?,
            hi: self.hi.checked_mul(hi)?,
        })
    }
}

/// Intervals of values that are narrower than their types.
pub(super) type Known = HashMap<Value, Interval>;

/// A polynomial: monomial (its factors, sorted; none for the constant) to coefficient, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Terms(pub BTreeMap<Vec<Value>, i128>);

impl Terms {
    /// The polynomial over the integers. `None` if a coefficient does not fit into 128 bits.
    pub fn exact(func: &Function, poly: &Poly) -> Option<Terms> {
        Self::collect(func, poly, i128::checked_mul, i128::checked_add)
    }

    /// The polynomial modulo 2^64 (or a smaller power of two).
    pub fn modular(func: &Function, poly: &Poly) -> Terms {
        let mul = |a: i128, b: i128| Some(a.wrapping_mul(b));
        let add = |a: i128, b: i128| Some(a.wrapping_add(b));
        Self::collect(func, poly, mul, add).unwrap_or_default()
    }

    fn collect(
        func: &Function,
        poly: &Poly,
        mul: impl Fn(i128, i128) -> Option<i128>,
        add: impl Fn(i128, i128) -> Option<i128>,
    ) -> Option<Terms> {
        let mut terms = BTreeMap::<Vec<Value>, i128>::new();
        for (coefficient, factors) in &poly.terms {
            let mut coefficient = *coefficient;
            let mut rest = Vec::with_capacity(factors.len());
            for &factor in factors {
                let factor = narrowest(func, factor);
                match constant(func, factor) {
                    Some(value) => coefficient = mul(coefficient, i128::from(value))?,
                    None => rest.push(factor),
                }
            }
            rest.sort_unstable();
            let entry = terms.entry(rest).or_insert(0);
            *entry = add(*entry, coefficient)?;
        }
        terms.retain(|_, coefficient| *coefficient != 0);
        Some(Terms(terms))
    }

    /// The constant term.
    pub fn constant(&self) -> i128 {
        self.0.get(&[][..]).copied().unwrap_or(0)
    }

    /// The monomials that are not constant.
    pub fn monomials(&self) -> impl Iterator<Item = (&[Value], i128)> {
        self.0
            .iter()
            .filter(|(factors, _)| !factors.is_empty())
            .map(|(factors, &c)| (factors.as_slice(), c))
    }

    /// The polynomial's value, if it is the same for every input.
    pub fn as_constant(&self) -> Option<i128> {
        self.monomials().next().is_none().then(|| self.constant())
    }

    /// The value that the polynomial is, if it is a value.
    pub fn as_value(&self) -> Option<Value> {
        match self.0.iter().next() {
            Some((factors, 1)) if self.0.len() == 1 && factors.len() == 1 => Some(factors[0]),
            _ => None,
        }
    }

    /// `(v, c, k)` where the polynomial is `c * v + k`.
    pub fn as_linear(&self) -> Option<(Value, i128, i128)> {
        let mut monomials = self.monomials();
        let (&[value], coefficient) = monomials.next()? else {
            return None;
        };
        monomials
            .next()
            .is_none()
            .then(|| (value, coefficient, self.constant()))
    }

    /// The smallest interval that is sure to hold the polynomial; `None` if it leaves 128 bits.
    pub fn interval(&self, func: &Function, known: &Known) -> Option<Interval> {
        let mut sum = Interval {
            lo: self.constant(),
            hi: self.constant(),
        };
        for (factors, coefficient) in self.monomials() {
            let mut product = Interval {
                lo: coefficient,
                hi: coefficient,
            };
            for &factor in factors {
                product = product.scale(range(func, known, factor)?)?;
            }
            sum = sum.add(product)?;
        }
        Some(sum)
    }
}

/// What is known about a value; `None` if it is no integer of at most 64 bits.
pub(super) fn range(func: &Function, known: &Known, value: Value) -> Option<Interval> {
    let ty = func.dfg.value_type(value);
    let all = (ty.is_int() && ty.bits() <= 64).then(|| Interval::unsigned(ty.bits()))?;
    Some(known.get(&value).map_or(all, |&known| known.intersect(all)))
}

/// The narrowest value that is the same unsigned integer: what a value was before it was extended.
fn narrowest(func: &Function, value: Value) -> Value {
    let mut value = func.dfg.resolve_aliases(value);
    // An extension has a wider type than its operand, so this comes to an end.
    while let ValueDef::Result(inst, _) = func.dfg.value_def(value)
        && let InstructionData::Unary {
            opcode: Opcode::Uextend,
            arg,
        } = func.dfg.insts[inst]
    {
        value = func.dfg.resolve_aliases(arg);
    }
    value
}

/// The value of an `iconst`, read as unsigned.
fn constant(func: &Function, value: Value) -> Option<u64> {
    let ValueDef::Result(inst, _) = func.dfg.value_def(value) else {
        return None;
    };
    let InstructionData::UnaryImm {
        opcode: Opcode::Iconst,
        imm,
    } = func.dfg.insts[inst]
    else {
        return None;
    };
    let bits = func.dfg.value_type(value).bits();
    Some(imm.bits().cast_unsigned() & (u64::MAX >> (64 - bits.clamp(1, 64))))
}
