//! What can be asked of a value.

use super::form::{Form, Meaning};
use super::interval::Interval;
use super::{Domain, MAX_BITS, Value};

/// A summand of an [`IntPoly`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntTerm {
    /// Origins of leaves, sorted; one that occurs several times is a power. Empty for the constant.
    pub factors: Vec<u32>,
    /// Not zero.
    pub coefficient: i128,
}

/// A polynomial over leaves with integer coefficients. The terms have distinct factors and are sorted by
/// them; the zero polynomial has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct IntPoly {
    /// Its summands.
    pub terms: Vec<IntTerm>,
}

/// A summand of a [`FieldPoly`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldTerm {
    /// Origins of leaves with their exponents, sorted by origin. Empty for the constant.
    pub factors: Vec<(u32, u64)>,
    /// In `[1, p)`.
    pub coefficient: u64,
}

/// A polynomial over leaves with coefficients in a prime field. The terms have distinct factors and are
/// sorted by them; the zero polynomial has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct FieldPoly {
    /// Its summands.
    pub terms: Vec<FieldTerm>,
}

/// What a word is modulo a prime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residue {
    /// The word is congruent to this polynomial on every path.
    pub poly: FieldPoly,
    /// Whether the word is less than the prime, so that the polynomial determines it.
    pub canonical: bool,
}

impl Domain {
    /// Least and greatest word, read as unsigned.
    pub fn interval(&self, value: Value) -> (u128, u128) {
        if value.bits > MAX_BITS {
            return (0, u128::MAX >> 128u32.saturating_sub(u32::from(value.bits)));
        }
        let range = self.range(value).intersect(Interval::word(value.bits));
        (range.lo as u128, range.hi as u128)
    }

    /// The word, if there is only one that it can be.
    pub fn constant_value(&self, value: Value) -> Option<u128> {
        let (lo, hi) = self.interval(value);
        (lo == hi).then_some(lo)
    }

    /// The word as an integer polynomial over leaves: exactly, on every path, without any wrap.
    pub fn polynomial(&self, value: Value) -> Option<IntPoly> {
        match self.cases_of(value) {
            [case] => self.int_poly(case.form),
            _ => None,
        }
    }

    /// An integer polynomial over leaves that is congruent to the word modulo `2^bits`, on every path. Its
    /// coefficients are those of least magnitude: an address `base + 4*i - 4` comes out as written.
    pub fn wrapping_polynomial(&mut self, value: Value) -> Option<IntPoly> {
        let form = self.wrapping_form(value)?;
        self.int_poly(form)
    }

    /// The word without its wraps: the polynomial of [`Self::wrapping_polynomial`], and the word that is equal
    /// to it. The caller has to make sure, by a check of its own, that the polynomial, as an integer, is a
    /// word: at least 0 and less than `2^bits`. All that is derived from the result depends on that check.
    pub fn unwrapped(&mut self, value: Value) -> Option<(Value, IntPoly)> {
        let form = self.wrapping_form(value)?;
        let poly = self.int_poly(form)?;
        let range = self.forms.bounds(form).intersect(self.range(value));
        if range.is_empty() {
            return None;
        }
        let exact = self.single(value.bits, form, range);
        Some((exact, poly))
    }

    fn wrapping_form(&mut self, value: Value) -> Option<Form> {
        let form = self.congruent_form(value)?;
        self.forms.is_polynomial(form.linear).then_some(form)
    }

    fn int_poly(&self, form: Form) -> Option<IntPoly> {
        if !self.forms.is_polynomial(form.linear) {
            return None;
        }
        let mut terms = Vec::new();
        if form.offset != 0 {
            terms.push(IntTerm {
                factors: Vec::new(),
                coefficient: form.offset,
            });
        }
        for (symbol, coefficient) in self.forms.scaled_terms(form)? {
            let mut factors = match self.forms.meaning(symbol) {
                Meaning::Product(factors) => factors
                    .iter()
                    .filter_map(|&factor| self.forms.origin(factor))
                    .collect(),
                _ => vec![self.forms.origin(symbol)?],
            };
            factors.sort_unstable();
            terms.push(IntTerm {
                factors,
                coefficient,
            });
        }
        terms.sort_unstable();
        Some(IntPoly { terms })
    }

    /// The polynomial over leaves that the word is congruent to, modulo the prime with this index, on every
    /// path; nothing if none is known.
    pub fn residue(&mut self, value: Value, modulus_index: usize) -> Option<Residue> {
        self.residue_in(value, modulus_index, false)
    }

    /// The same, with leaves that are shifted to the right as further unknowns: [`Self::shifted`] says what their
    /// origins are.
    pub fn residue_of_bits(&mut self, value: Value, modulus_index: usize) -> Option<Residue> {
        self.residue_in(value, modulus_index, true)
    }

    /// The leaf that an origin of [`Self::residue_of_bits`] stands for, and how far it is shifted. `None` for a leaf.
    pub fn shifted(&self, origin: u32) -> Option<(u32, u32)> {
        self.polynomials.shift_of(origin)
    }

    fn residue_in(&mut self, value: Value, modulus_index: usize, shifts: bool) -> Option<Residue> {
        let modulus = *self.moduli.get(modulus_index)?;
        let poly = self.residue_with(value, modulus_index, shifts)?;
        let mut terms: Vec<FieldTerm> = poly
            .into_iter()
            .map(|(monomial, coefficient)| FieldTerm {
                factors: self.polynomials.powers(monomial).to_vec(),
                coefficient,
            })
            .collect();
        terms.sort_unstable();
        let canonical = self.range(value).hi < i128::from(modulus);
        Some(Residue {
            poly: FieldPoly { terms },
            canonical,
        })
    }

    /// Whether the word is a multiple of `divisor` on every path, as far as its form shows. Zero divides zero
    /// only.
    pub fn divisible(&self, value: Value, divisor: u64) -> bool {
        let divisor = i128::from(divisor);
        value.bits <= MAX_BITS
            && self.cases_of(value).iter().all(|case| match divisor {
                0 => case.form == Form::constant(0),
                _ => case.form.scale % divisor == 0 && case.form.offset % divisor == 0,
            })
    }

    /// The word divided by `divisor`, if it is divisible and the divisor is not zero.
    pub fn exact_div(&mut self, value: Value, divisor: u64) -> Option<Value> {
        if divisor == 0 || !self.divisible(value, divisor) {
            return None;
        }
        let divisor = i128::from(divisor);
        let mut cases = self.cases_of(value).to_vec();
        for case in &mut cases {
            case.form.scale /= divisor;
            case.form.offset /= divisor;
            case.range = case.range.inner_div(divisor);
        }
        Some(self.finish(value.bits, cases))
    }
}
