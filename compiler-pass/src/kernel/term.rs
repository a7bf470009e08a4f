//! Polynomials over a prime field, in any kind of unknown.

use std::collections::BTreeMap;

/// A polynomial is given up beyond this many terms.
const MAX_TERMS: usize = 512;

/// Powers of a sum are multiplied out up to this exponent.
const MAX_EXPANDED_POWER: u64 = 8;

/// What [`Term::substitute`] does with an unknown.
#[derive(Debug, Clone)]
pub enum Replacement<A> {
    /// Leave it.
    Keep,
    /// Put this in its place.
    By(Term<A>),
}

/// Unknowns with their exponents (positive), sorted.
pub type Monomial<A> = Vec<(A, u64)>;

/// A polynomial over F_p. Coefficients are canonical and not zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term<A> {
    p: u64,
    terms: BTreeMap<Monomial<A>, u64>,
}

impl<A: Clone + Ord> Term<A> {
    /// Zero in F_p; p is a prime.
    pub fn zero(p: u64) -> Self {
        Self {
            p,
            terms: BTreeMap::new(),
        }
    }

    /// A constant.
    pub fn constant(p: u64, c: u64) -> Self {
        let mut t = Self::zero(p);
        t.add_monomial(Vec::new(), c);
        t
    }

    /// One unknown.
    pub fn atom(p: u64, atom: A) -> Self {
        let mut t = Self::zero(p);
        t.add_monomial(vec![(atom, 1)], 1);
        t
    }

    /// The modulus.
    pub fn modulus(&self) -> u64 {
        self.p
    }

    /// Adds `c` times a product of unknowns, given sorted.
    pub fn add_monomial(&mut self, monomial: Monomial<A>, c: u64) {
        let c = c % self.p;
        let sum = match self.terms.get(&monomial) {
            Some(&old) => add(self.p, old, c),
            None => c,
        };
        if sum == 0 {
            self.terms.remove(&monomial);
        } else {
            self.terms.insert(monomial, sum);
        }
    }

    /// The terms.
    pub fn terms(&self) -> impl Iterator<Item = (&Monomial<A>, u64)> {
        self.terms.iter().map(|(m, &c)| (m, c))
    }

    /// How many terms there are.
    pub fn term_count(&self) -> usize {
        self.terms.len()
    }

    /// True for zero.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Sum. `None` if it is too large.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let mut sum = self.clone();
        for (m, &c) in &other.terms {
            sum.add_monomial(m.clone(), c);
        }
        (sum.term_count() <= MAX_TERMS).then_some(sum)
    }

    /// Difference.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.scale(self.p - 1))
    }

    /// Product with a constant.
    pub fn scale(&self, k: u64) -> Self {
        let mut scaled = Self::zero(self.p);
        for (m, &c) in &self.terms {
            scaled.add_monomial(m.clone(), mul(self.p, c, k));
        }
        scaled
    }

    /// Product. `None` if it is too large.
    pub fn mul(&self, other: &Self) -> Option<Self> {
        let mut product = Self::zero(self.p);
        for (m, &c) in &self.terms {
            for (n, &d) in &other.terms {
                let mut factors: BTreeMap<A, u64> = m.iter().cloned().collect();
                for (a, e) in n {
                    let exponent = factors.entry(a.clone()).or_insert(0);
                    *exponent = exponent.checked_add(*e)?;
                }
                product.add_monomial(factors.into_iter().collect(), mul(self.p, c, d));
                if product.term_count() > MAX_TERMS {
                    return None;
                }
            }
        }
        Some(product)
    }

    /// Replaces unknowns: each one by what `by` gives for it, or by itself for `Keep`.
    /// `None` if the result is too large, or `by` gives up.
    pub fn substitute(&self, by: &dyn Fn(&A) -> Option<Replacement<A>>) -> Option<Self> {
        let mut sum = Self::zero(self.p);
        for (m, &c) in &self.terms {
            let mut product = Self::constant(self.p, c);
            let mut kept = Self::constant(self.p, 1);
            for (a, e) in m {
                match by(a)? {
                    Replacement::Keep => {
                        let mut power = Self::zero(self.p);
                        power.add_monomial(vec![(a.clone(), *e)], 1);
                        kept = kept.mul(&power)?;
                    }
                    Replacement::By(t) => {
                        if *e > MAX_EXPANDED_POWER {
                            return None;
                        }
                        for _ in 0..*e {
                            product = product.mul(&t)?;
                        }
                    }
                }
            }
            sum = sum.add(&product.mul(&kept)?)?;
        }
        Some(sum)
    }

    /// True if some unknown satisfies the predicate.
    pub fn any(&self, predicate: &mut dyn FnMut(&A) -> bool) -> bool {
        self.terms.keys().flatten().any(|(a, _)| predicate(a))
    }
}

/// a + b in F_p, for canonical a and b.
pub fn add(p: u64, a: u64, b: u64) -> u64 {
    ((u128::from(a) + u128::from(b)) % u128::from(p)) as u64
}

/// a * b in F_p.
pub fn mul(p: u64, a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(p)) as u64
}

/// a^e in F_p.
pub fn pow(p: u64, a: u64, mut e: u64) -> u64 {
    let (mut result, mut base) = (1 % p, a % p);
    while e != 0 {
        if e & 1 == 1 {
            result = mul(p, result, base);
        }
        base = mul(p, base, base);
        e >>= 1;
    }
    result
}

/// 1/a in F_p; zero for zero.
pub fn inverse(p: u64, a: u64) -> u64 {
    pow(p, a, p - 2)
}
