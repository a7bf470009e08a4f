//! Integer polynomials over the entry values of a region and the indices of its loops.
//!
//! They describe addresses, induction variables and trip counts. A polynomial that stands for a
//! machine word of w bits is congruent to it modulo 2^w; who needs equality (a zero extension, a
//! comparison) asks for a range guard. All arithmetic is checked: what does not fit is `None`.

use cranelift_codegen::entity::EntityRef;
use cranelift_codegen::ir::Value;
use cranelift_codegen::loop_analysis::Loop;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Products have at most this many factors: rows * columns * stride, and one more.
const MAX_DEGREE: usize = 4;
/// A polynomial with more terms describes no address that a view could have.
const MAX_TERMS: usize = 32;

/// An unknown of a polynomial. Unknowns are ordered: indices, entry values, shifted values, words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Atom {
    /// The number of the iteration of a loop, from 0.
    Index(Loop),
    /// A value that is available where the region is entered, read as unsigned.
    Entry(Value),
    /// Such a value, known to be a multiple of 2^k, shifted right by k.
    Shifted(Value, u8),
    /// The word of 32 bits, read as unsigned, that a load of the region gives in this iteration.
    Word(Value),
}

impl Atom {
    fn key(self) -> (u8, usize, u8) {
        match self {
            Self::Index(l) => (0, l.index(), 0),
            Self::Entry(v) => (1, v.index(), 0),
            Self::Shifted(v, k) => (2, v.index(), k),
            Self::Word(v) => (3, v.index(), 0),
        }
    }
}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Atom {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

type Factors = SmallVec<[Atom; 2]>;

/// A polynomial with integer coefficients. No coefficient is zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Poly {
    terms: BTreeMap<Factors, i128>,
}

impl Poly {
    /// A constant.
    pub fn constant(c: i128) -> Self {
        let mut p = Self::default();
        if c != 0 {
            p.terms.insert(Factors::new(), c);
        }
        p
    }

    /// One unknown.
    pub fn atom(atom: Atom) -> Self {
        let mut p = Self::default();
        p.terms.insert(SmallVec::from_slice(&[atom]), 1);
        p
    }

    /// The terms: factors (none for the constant term) and coefficient.
    pub fn terms(&self) -> impl Iterator<Item = (&[Atom], i128)> {
        self.terms.iter().map(|(f, &c)| (&f[..], c))
    }

    /// The value, if there is no unknown in it.
    pub fn as_constant(&self) -> Option<i128> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Factors::new()).copied(),
            _ => None,
        }
    }

    /// The unknown, if it is just that.
    pub fn as_atom(&self) -> Option<Atom> {
        let (factors, &c) = self.terms.iter().next()?;
        (self.terms.len() == 1 && c == 1 && factors.len() == 1).then(|| factors[0])
    }

    /// Sum.
    pub fn add(&self, other: &Self) -> Option<Self> {
        self.add_scaled(other, 1)
    }

    /// Difference.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add_scaled(other, -1)
    }

    /// `self + k * other`
    pub fn add_scaled(&self, other: &Self, k: i128) -> Option<Self> {
        let mut sum = self.clone();
        for (factors, &c) in &other.terms {
            let c = c.checked_mul(k)?;
            let entry = sum.terms.entry(factors.clone()).or_insert(0);
            *entry = entry.checked_add(c)?;
            if *entry == 0 {
                sum.terms.remove(factors);
            }
        }
        (sum.terms.len() <= MAX_TERMS).then_some(sum)
    }

    /// Product with a constant.
    pub fn scale(&self, k: i128) -> Option<Self> {
        Self::default().add_scaled(self, k)
    }

    /// Product.
    pub fn mul(&self, other: &Self) -> Option<Self> {
        let mut product = Self::default();
        for (a, &ca) in &self.terms {
            for (b, &cb) in &other.terms {
                let mut factors = a.clone();
                factors.extend_from_slice(b);
                if factors.len() > MAX_DEGREE {
                    return None;
                }
                factors.sort();
                let term = Self {
                    terms: BTreeMap::from([(factors, ca.checked_mul(cb)?)]),
                };
                product = product.add(&term)?;
            }
        }
        Some(product)
    }

    /// Quotient, if every coefficient is a multiple of k.
    pub fn div_exact(&self, k: i128) -> Option<Self> {
        if k == 0 || self.terms.values().any(|c| c % k != 0) {
            return None;
        }
        let terms = self.terms.iter().map(|(f, c)| (f.clone(), c / k)).collect();
        Some(Self { terms })
    }

    /// The same modulo 2^bits, with coefficients in [-2^(bits-1), 2^(bits-1)).
    pub fn wrap(&self, bits: u32) -> Self {
        let modulus = 1i128 << bits;
        let mut wrapped = Self::default();
        for (factors, &c) in &self.terms {
            let mut c = c.rem_euclid(modulus);
            if c >= modulus / 2 {
                c -= modulus;
            }
            if c != 0 {
                wrapped.terms.insert(factors.clone(), c);
            }
        }
        wrapped
    }

    /// Replaces an unknown.
    pub fn substitute(&self, atom: Atom, by: &Self) -> Option<Self> {
        if !self.mentions(atom) {
            return Some(self.clone());
        }
        let mut result = Self::default();
        for (factors, &c) in &self.terms {
            let mut term = Self::constant(c);
            for &f in factors {
                term = term.mul(&if f == atom { by.clone() } else { Self::atom(f) })?;
            }
            result = result.add(&term)?;
        }
        Some(result)
    }

    /// True if the unknown occurs.
    pub fn mentions(&self, atom: Atom) -> bool {
        self.terms.keys().any(|f| f.contains(&atom))
    }

    /// True if some loop's index occurs.
    pub fn mentions_index(&self) -> bool {
        self.indices().next().is_some()
    }

    /// The loops whose index occurs, possibly more than once.
    pub fn indices(&self) -> impl Iterator<Item = Loop> {
        self.terms.keys().flatten().filter_map(|a| match a {
            Atom::Index(l) => Some(*l),
            _ => None,
        })
    }

    /// The words that occur, possibly more than once.
    pub fn words(&self) -> impl Iterator<Item = Value> {
        self.terms.keys().flatten().filter_map(|a| match a {
            Atom::Word(v) => Some(*v),
            _ => None,
        })
    }

    /// True if the value is not the same in all iterations: the index of a loop occurs, or a word that is loaded.
    pub fn varies(&self) -> bool {
        self.mentions_index() || self.words().next().is_some()
    }

    /// Splits `self` into `a * atom + b` with neither mentioning the unknown: (a, b).
    pub fn linear_in(&self, atom: Atom) -> Option<(Self, Self)> {
        let (mut slope, mut rest) = (Self::default(), Self::default());
        for (factors, &c) in &self.terms {
            match factors.iter().filter(|&&f| f == atom).count() {
                0 => {
                    rest.terms.insert(factors.clone(), c);
                }
                1 => {
                    let others = factors.iter().copied().filter(|&f| f != atom).collect();
                    slope.terms.insert(others, c);
                }
                _ => return None,
            }
        }
        Some((slope, rest))
    }

    /// The constant term, and the rest.
    pub fn split_constant(&self) -> (i128, Self) {
        let mut rest = self.clone();
        let c = rest.terms.remove(&Factors::new()).unwrap_or(0);
        (c, rest)
    }

    /// True if no coefficient is negative: then the value is never negative, as every unknown is unsigned.
    pub fn is_non_negative(&self) -> bool {
        self.terms.values().all(|&c| c > 0)
    }

    /// The least power of two that every shifted value's coefficient has to be multiplied by to undo the shift.
    pub fn shift_scale(&self) -> i128 {
        let missing = |(factors, c): (&Factors, &i128)| {
            let shifts: u32 = factors
                .iter()
                .map(|f| match f {
                    Atom::Shifted(_, k) => u32::from(*k),
                    _ => 0,
                })
                .sum();
            shifts.saturating_sub(c.trailing_zeros())
        };
        1 << self.terms.iter().map(missing).max().unwrap_or(0).min(64)
    }

    /// As a polynomial of a plan. `None` if it varies, or if a shifted value occurs with a
    /// coefficient that does not undo the shift.
    pub fn to_plan(&self) -> Option<crate::plan::Poly> {
        let mut sum: BTreeMap<Vec<Value>, i128> = BTreeMap::new();
        for (factors, &c) in &self.terms {
            let mut c = c;
            let mut values = Vec::new();
            for f in factors {
                match *f {
                    Atom::Index(_) | Atom::Word(_) => return None,
                    Atom::Entry(v) => values.push(v),
                    Atom::Shifted(v, k) => {
                        if c % (1 << k) != 0 {
                            return None;
                        }
                        c >>= k;
                        values.push(v);
                    }
                }
            }
            values.sort();
            *sum.entry(values).or_insert(0) += c;
        }
        let terms = sum
            .into_iter()
            .filter(|(_, c)| *c != 0)
            .map(|(v, c)| (c, v))
            .collect();
        Some(crate::plan::Poly { terms })
    }
}
