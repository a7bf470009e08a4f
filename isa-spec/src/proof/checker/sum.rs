//! The checker's polynomials.

use super::Check;
use crate::proof::polynomial::Polynomial;
use num_bigint::{BigInt, Sign};
use std::collections::BTreeMap;

/// Most terms of a polynomial.
const MAX_TERMS: usize = 4096;
/// Most factors of a term.
const MAX_DEGREE: usize = 64;
/// Most bits of a coefficient.
const MAX_BITS: u64 = 1 << 12;

/// Sorted factors to their coefficient, which is not zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sum(pub(super) BTreeMap<Vec<u32>, BigInt>);

impl Sum {
    pub(super) fn constant(value: BigInt) -> Self {
        let mut out = Self::default();
        out.0.insert(Vec::new(), value);
        out.0.retain(|_, c| c.sign() != Sign::NoSign);
        out
    }

    pub(super) fn symbol(symbol: u32) -> Self {
        Self(BTreeMap::from([(vec![symbol], BigInt::from(1))]))
    }

    /// Adds a multiple of one term.
    pub(super) fn put(&mut self, factors: Vec<u32>, coefficient: BigInt) -> Check<()> {
        if factors.len() > MAX_DEGREE || coefficient.bits() > MAX_BITS {
            return Err("too large a term");
        }
        let entry = self.0.entry(factors).or_default();
        *entry += coefficient;
        if self.0.len() > MAX_TERMS {
            return Err("too many terms");
        }
        Ok(())
    }

    pub(super) fn tidy(mut self) -> Self {
        self.0.retain(|_, c| c.sign() != Sign::NoSign);
        self
    }

    pub(super) fn read(polynomial: &Polynomial) -> Check<Self> {
        let mut out = Self::default();
        for (coefficient, factors) in &polynomial.terms {
            let mut factors = factors.clone();
            factors.sort_unstable();
            out.put(factors, coefficient.clone())?;
        }
        Ok(out.tidy())
    }

    /// `self + factor * other`
    pub(super) fn plus(&self, factor: &BigInt, other: &Self) -> Check<Self> {
        let mut out = self.clone();
        for (factors, c) in &other.0 {
            out.put(factors.clone(), c * factor)?;
        }
        Ok(out.tidy())
    }

    pub(super) fn times(&self, other: &Self) -> Check<Self> {
        let mut out = Self::default();
        for (a, c) in &self.0 {
            for (b, d) in &other.0 {
                let mut factors = [a.as_slice(), b].concat();
                factors.sort_unstable();
                out.put(factors, c * d)?;
            }
        }
        Ok(out.tidy())
    }

    pub(super) fn as_constant(&self) -> Option<BigInt> {
        match self.0.len() {
            0 => Some(BigInt::ZERO),
            1 => self.0.get(&Vec::new()).cloned(),
            _ => None,
        }
    }

    /// Whether each coefficient is a multiple; of 0, only 0 is.
    pub(super) fn divisible(&self, by: &BigInt) -> bool {
        if by.sign() == Sign::NoSign {
            return self.0.is_empty();
        }
        self.0.values().all(|c| (c % by).sign() == Sign::NoSign)
    }

    /// With symbols replaced by polynomials.
    pub(super) fn substitute(&self, replacements: &BTreeMap<u32, Sum>) -> Check<Self> {
        let mut out = Self::default();
        for (factors, c) in &self.0 {
            let mut product = Self::constant(c.clone());
            for &factor in factors {
                product = match replacements.get(&factor) {
                    Some(replacement) => product.times(replacement)?,
                    None => product.times(&Self::symbol(factor))?,
                };
            }
            out = out.plus(&BigInt::from(1), &product)?;
        }
        Ok(out)
    }
}

/// Division rounded down; `by` is positive.
pub(super) fn floor(a: &BigInt, by: &BigInt) -> BigInt {
    let remainder = a % by;
    let down = BigInt::from(u8::from(remainder.sign() == Sign::Minus));
    a / by - down
}

pub(super) fn power_of_two(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

impl From<Sum> for Polynomial {
    fn from(sum: Sum) -> Self {
        let terms = sum.0.into_iter();
        Self {
            terms: terms.map(|(factors, c)| (c, factors)).collect(),
        }
    }
}

/// Whether a number is one less than a power of two.
pub(super) fn is_mask(c: &BigInt) -> bool {
    let next = c + BigInt::from(1);
    c.sign() != Sign::Minus && next == power_of_two(c.bits() as u32)
}
