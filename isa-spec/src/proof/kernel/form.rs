//! The kernel's polynomials: sorted terms, merged.

use crate::proof::polynomial::Polynomial;
use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;

/// Most terms; an operation that would need more gives nothing.
pub(crate) const MAX_TERMS: usize = 2048;

/// The sorted factors of a term.
pub(crate) type Monomial = Vec<u32>;

/// A polynomial. Terms are sorted by monomial; no coefficient is zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Form {
    pub(crate) terms: Vec<(Monomial, BigInt)>,
}

pub(crate) fn is_zero(x: &BigInt) -> bool {
    x.sign() == Sign::NoSign
}

/// The remainder in `[0, m)` of a division by a positive number.
pub(crate) fn modulo(a: &BigInt, m: &BigInt) -> BigInt {
    let r = a % m;
    if r.sign() == Sign::Minus { r + m } else { r }
}

/// The quotient of a division by a positive number, rounded down.
pub(crate) fn floor(a: &BigInt, m: &BigInt) -> BigInt {
    (a - modulo(a, m)) / m
}

/// The inverse modulo `m`, if there is one.
pub(crate) fn inverse(a: &BigInt, m: &BigInt) -> Option<BigInt> {
    let (mut r, mut s) = (m.clone(), modulo(a, m));
    let (mut t, mut u) = (BigInt::ZERO, BigInt::from(1));
    while !is_zero(&s) {
        let q = &r / &s;
        (r, s) = (s.clone(), r - &q * &s);
        (t, u) = (u.clone(), t - q * u);
    }
    (r == BigInt::from(1)).then(|| modulo(&t, m))
}

impl Form {
    pub(crate) fn constant(value: BigInt) -> Self {
        let mut out = Self::default();
        if !is_zero(&value) {
            out.terms.push((Vec::new(), value));
        }
        out
    }

    pub(crate) fn symbol(symbol: u32) -> Self {
        Self {
            terms: vec![(vec![symbol], BigInt::from(1))],
        }
    }

    pub(crate) fn read(polynomial: &Polynomial) -> Self {
        let mut terms: Vec<(Monomial, BigInt)> = polynomial
            .terms
            .iter()
            .map(|(c, factors)| {
                let mut factors = factors.clone();
                factors.sort_unstable();
                (factors, c.clone())
            })
            .collect();
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Self::merged(terms)
    }

    pub(crate) fn write(&self) -> Polynomial {
        Polynomial {
            terms: self
                .terms
                .iter()
                .map(|(m, c)| (c.clone(), m.clone()))
                .collect(),
        }
    }

    /// From sorted terms, of which some may have the same monomial.
    fn merged(terms: Vec<(Monomial, BigInt)>) -> Self {
        let mut out: Vec<(Monomial, BigInt)> = Vec::with_capacity(terms.len());
        for (monomial, c) in terms {
            match out.last_mut() {
                Some((last, sum)) if *last == monomial => *sum += c,
                _ => out.push((monomial, c)),
            }
        }
        out.retain(|(_, c)| !is_zero(c));
        Self { terms: out }
    }

    pub(crate) fn as_constant(&self) -> Option<BigInt> {
        match &self.terms[..] {
            [] => Some(BigInt::ZERO),
            [(m, c)] if m.is_empty() => Some(c.clone()),
            _ => None,
        }
    }

    pub(crate) fn coefficient(&self, monomial: &[u32]) -> Option<&BigInt> {
        let at = self
            .terms
            .binary_search_by(|(m, _)| m.as_slice().cmp(monomial));
        at.ok().map(|at| &self.terms[at].1)
    }

    /// `self + factor * other`
    pub(crate) fn plus(&self, factor: &BigInt, other: &Self) -> Self {
        if is_zero(factor) {
            return self.clone();
        }
        let mut out = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut a, mut b) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) => x.0.cmp(&y.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => out.extend(a.next().cloned()),
                Ordering::Greater => out.extend(b.next().map(|(m, c)| (m.clone(), c * factor))),
                Ordering::Equal => {
                    if let (Some((m, c)), Some((_, d))) = (a.next(), b.next()) {
                        let sum = c + d * factor;
                        if !is_zero(&sum) {
                            out.push((m.clone(), sum));
                        }
                    }
                }
            }
        }
        Self { terms: out }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.plus(&BigInt::from(1), other)
    }

    pub(crate) fn sub(&self, other: &Self) -> Self {
        self.plus(&BigInt::from(-1), other)
    }

    pub(crate) fn shift(&self, by: &BigInt) -> Self {
        self.add(&Self::constant(by.clone()))
    }

    pub(crate) fn scale(&self, by: &BigInt) -> Self {
        Self::default().plus(by, self)
    }

    pub(crate) fn times(&self, other: &Self) -> Option<Self> {
        if self.terms.len().saturating_mul(other.terms.len()) > MAX_TERMS * 8 {
            return None;
        }
        let mut terms = Vec::with_capacity(self.terms.len() * other.terms.len());
        for (a, c) in &self.terms {
            for (b, d) in &other.terms {
                let mut factors = [a.as_slice(), b].concat();
                factors.sort_unstable();
                terms.push((factors, c * d));
            }
        }
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let out = Self::merged(terms);
        (out.terms.len() <= MAX_TERMS).then_some(out)
    }

    /// Coefficients modulo `m`, those of least magnitude.
    pub(crate) fn reduced(&self, m: &BigInt) -> Self {
        let half = m / 2;
        self.map(|c| {
            let r = modulo(c, m);
            if r > half { r - m } else { r }
        })
    }

    /// All coefficients divided; they are divisible.
    pub(crate) fn divided(&self, by: &BigInt) -> Self {
        self.map(|c| c / by)
    }

    pub(crate) fn divisible(&self, by: &BigInt) -> bool {
        self.terms.iter().all(|(_, c)| is_zero(&(c % by)))
    }

    pub(crate) fn map(&self, f: impl Fn(&BigInt) -> BigInt) -> Self {
        let mut terms = self.terms.clone();
        for (_, c) in &mut terms {
            *c = f(c);
        }
        terms.retain(|(_, c)| !is_zero(c));
        Self { terms }
    }

    /// With symbols replaced by polynomials; coefficients modulo `modulus`, unless it is zero.
    pub(crate) fn substitute(
        &self,
        replacement: &dyn Fn(u32) -> Option<Form>,
        modulus: &BigInt,
    ) -> Option<Self> {
        let reduce = |form: Form| {
            if is_zero(modulus) {
                form
            } else {
                form.reduced(modulus)
            }
        };
        let mut out = Self::default();
        for (monomial, c) in &self.terms {
            let mut product = Self::constant(c.clone());
            let mut kept = Vec::new();
            for &symbol in monomial {
                match replacement(symbol) {
                    Some(form) => product = reduce(product.times(&form)?),
                    None => kept.push(symbol),
                }
            }
            if !kept.is_empty() {
                product = product.times(&Self {
                    terms: vec![(kept, BigInt::from(1))],
                })?;
            }
            out = out.add(&product);
        }
        Some(reduce(out))
    }

    pub(crate) fn symbols(&self) -> impl Iterator<Item = u32> + '_ {
        self.terms.iter().flat_map(|(m, _)| m.iter().copied())
    }
}
