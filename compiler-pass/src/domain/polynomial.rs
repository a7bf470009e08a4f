//! Polynomials over leaves with coefficients modulo a prime, and the congruences of symbols.
//!
//! Guarantee: the polynomial of a symbol is congruent to it in every state, and equal polynomials are equal
//! as sorted lists of terms.

use std::rc::Rc;

use super::form::{Forms, Meaning, Symbol};
use super::hash::FastMap;

/// Most terms of a polynomial.
const MAX_TERMS: usize = 256;
/// Most different factors of a monomial. Exponents go as far as their type: an inverse is a power of p - 2.
const MAX_FACTORS: usize = 64;
/// Origins from here on stand for shifted leaves.
const FIRST_SHIFTED: u32 = 1 << 31;

/// An interned monomial; [`MonomialId::ONE`] is the empty product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MonomialId(u32);

impl MonomialId {
    const ONE: Self = Self(0);
}

/// Monomials with coefficients in `[1, p)`, sorted by monomial.
pub(super) type Poly = Vec<(MonomialId, u64)>;

/// Origins with exponents of at least 1, sorted by origin.
type Powers = Box<[(u32, u64)]>;

/// The polynomials of one domain.
pub(super) struct Polynomials {
    monomials: Vec<Powers>,
    ids: FastMap<Powers, MonomialId>,
    /// By symbol, index of the modulus, and whether shifted leaves have origins.
    symbols: FastMap<(Symbol, usize, bool), Option<Rc<Poly>>>,
    /// Leaves shifted to the right that have an origin of their own: leaf and amount.
    shifted: Vec<(u32, u32)>,
}

impl Polynomials {
    /// Only the empty monomial.
    pub(super) fn new() -> Self {
        let mut ids = FastMap::default();
        ids.insert(Powers::default(), MonomialId::ONE);
        Self {
            monomials: vec![Powers::default()],
            ids,
            symbols: FastMap::default(),
            shifted: Vec::new(),
        }
    }

    /// The factors of a monomial: origins and exponents.
    pub(super) fn powers(&self, monomial: MonomialId) -> &[(u32, u64)] {
        &self.monomials[monomial.0 as usize]
    }

    fn monomial(&mut self, powers: Vec<(u32, u64)>) -> MonomialId {
        if let Some(&id) = self.ids.get(powers.as_slice()) {
            return id;
        }
        let powers = powers.into_boxed_slice();
        let id = MonomialId(self.monomials.len() as u32);
        self.ids.insert(powers.clone(), id);
        self.monomials.push(powers);
        id
    }

    fn monomial_product(&mut self, a: MonomialId, b: MonomialId) -> Option<MonomialId> {
        if a == MonomialId::ONE || b == MonomialId::ONE {
            return Some(a.max(b));
        }
        let mut powers = [self.powers(a), self.powers(b)].concat();
        powers.sort_unstable();
        let mut merged: Vec<(u32, u64)> = Vec::with_capacity(powers.len());
        for (origin, exponent) in powers {
            match merged.last_mut() {
                Some(last) if last.0 == origin => last.1 = last.1.checked_add(exponent)?,
                _ => merged.push((origin, exponent)),
            }
        }
        (merged.len() <= MAX_FACTORS).then(|| self.monomial(merged))
    }

    /// States what an unknown symbol is congruent to.
    pub(super) fn define(&mut self, symbol: Symbol, modulus_index: usize, poly: Poly) {
        self.symbols
            .insert((symbol, modulus_index, false), Some(Rc::new(poly)));
    }

    /// The leaf and the amount of an origin that stands for a shifted leaf.
    pub(super) fn shift_of(&self, origin: u32) -> Option<(u32, u32)> {
        let index = origin.checked_sub(FIRST_SHIFTED)?;
        self.shifted.get(index as usize).copied()
    }

    fn shifted_origin(&mut self, leaf: u32, amount: u32) -> u32 {
        let known = self.shifted.iter().position(|&s| s == (leaf, amount));
        let index = known.unwrap_or_else(|| {
            self.shifted.push((leaf, amount));
            self.shifted.len() - 1
        });
        FIRST_SHIFTED + index as u32
    }

    /// The polynomial that a sum with coefficients modulo the prime is congruent to.
    pub(super) fn of_sum(
        &mut self,
        forms: &Forms,
        terms: &[(Symbol, u64)],
        constant: u64,
        modulus_index: usize,
        modulus: u64,
        shifts: bool,
    ) -> Option<Poly> {
        let mut sum = vec![(MonomialId::ONE, constant)];
        for &(symbol, c) in terms {
            let poly = self.of_symbol(forms, symbol, modulus_index, modulus, shifts)?;
            if sum.len() + poly.len() > 2 * MAX_TERMS {
                return None;
            }
            sum.extend(
                poly.iter()
                    .map(|&(monomial, d)| (monomial, times(c, d, modulus))),
            );
        }
        normalize(sum, modulus)
    }

    fn of_symbol(
        &mut self,
        forms: &Forms,
        symbol: Symbol,
        modulus_index: usize,
        modulus: u64,
        shifts: bool,
    ) -> Option<Rc<Poly>> {
        // What is said of a word of which nothing else is known, holds in any case.
        let shifts = shifts && !forms.is_unknown(symbol);
        if let Some(known) = self.symbols.get(&(symbol, modulus_index, shifts)) {
            return known.clone();
        }
        let poly = match forms.meaning(symbol) {
            Meaning::Leaf(origin) => Some(vec![(self.monomial(vec![(*origin, 1)]), 1)]),
            Meaning::Product(factors) => {
                self.product(forms, factors, modulus_index, modulus, shifts)
            }
            Meaning::Quotient(dividend, divisor) if shifts => {
                let leaf = match forms.terms(dividend.linear) {
                    [(leaf, 1)] if dividend.scale == 1 && dividend.offset == 0 => {
                        forms.origin(*leaf)
                    }
                    _ => None,
                };
                let power = divisor.count_ones() == 1;
                leaf.filter(|_| power).map(|leaf| {
                    let origin = self.shifted_origin(leaf, divisor.trailing_zeros());
                    vec![(self.monomial(vec![(origin, 1)]), 1)]
                })
            }
            Meaning::Quotient(..) | Meaning::Unknown => None,
        };
        let poly = poly.map(Rc::new);
        self.symbols
            .insert((symbol, modulus_index, shifts), poly.clone());
        poly
    }

    fn product(
        &mut self,
        forms: &Forms,
        factors: &[Symbol],
        modulus_index: usize,
        modulus: u64,
        shifts: bool,
    ) -> Option<Poly> {
        let mut product: Poly = vec![(MonomialId::ONE, 1)];
        for &factor in factors {
            let poly = self.of_symbol(forms, factor, modulus_index, modulus, shifts)?;
            if product.len() * poly.len() > 4 * MAX_TERMS {
                return None;
            }
            let mut next = Vec::with_capacity(product.len() * poly.len());
            for &(a, c) in &product {
                for &(b, d) in poly.iter() {
                    next.push((self.monomial_product(a, b)?, times(c, d, modulus)));
                }
            }
            product = normalize(next, modulus)?;
        }
        Some(product)
    }
}

/// Sorted, terms of one monomial added up, no zeros.
fn normalize(mut terms: Poly, modulus: u64) -> Option<Poly> {
    terms.sort_unstable_by_key(|&(monomial, _)| monomial);
    let mut merged: Poly = Vec::with_capacity(terms.len());
    for (monomial, c) in terms {
        match merged.last_mut() {
            Some(last) if last.0 == monomial => last.1 = plus(last.1, c, modulus),
            _ => merged.push((monomial, c)),
        }
    }
    merged.retain(|&(_, c)| c != 0);
    (merged.len() <= MAX_TERMS).then_some(merged)
}

/// The residue of an integer.
pub(super) fn residue(value: i128, modulus: u64) -> u64 {
    value.rem_euclid(i128::from(modulus)) as u64
}

/// The product of two residues.
pub(super) fn times(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

/// The sum of two residues.
pub(super) fn plus(a: u64, b: u64, modulus: u64) -> u64 {
    ((u128::from(a) + u128::from(b)) % u128::from(modulus)) as u64
}

/// The difference of two residues.
pub(super) fn minus(a: u64, b: u64, modulus: u64) -> u64 {
    plus(a, modulus - b, modulus)
}

/// The inverse of a residue, if it has one.
pub(super) fn inverse(a: u64, modulus: u64) -> Option<u64> {
    let (mut r, mut next) = (i128::from(modulus), i128::from(a));
    let (mut t, mut next_t) = (0i128, 1i128);
    while next != 0 {
        let quotient = r / next;
        (r, next) = (next, r - quotient * next);
        (t, next_t) = (next_t, t - quotient * next_t);
    }
    (r == 1).then(|| residue(t, modulus))
}
