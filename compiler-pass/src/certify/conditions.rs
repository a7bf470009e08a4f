//! What the comparisons of a guard block imply, over the integers.
//!
//! A comparison says that a polynomial, modulo 2^W, is in a window of residues. The polynomial itself is then in one of the
//! window's copies, 2^W apart; intervals of its atoms tell which copies it can be in. A guard is implied if the part of each such
//! copy that the polynomial can reach is within the guard's bounds.

use super::Refusal;
use super::symbolic::{Atom, Comparison, Evaluator, Int, Monomial};
use crate::plan::{Bounds, Guard, Poly};
use std::collections::{BTreeMap, HashMap};

/// Copies of a window that are looked at.
const MAX_COPIES: i128 = 8;

type Interval = (i128, i128);

/// A polynomial over the integers.
struct Exact {
    terms: BTreeMap<Monomial, i128>,
}

impl Exact {
    fn new(poly: &Poly, evaluator: &mut Evaluator<'_>) -> Result<Self, Refusal> {
        let mut terms = BTreeMap::<Monomial, i128>::new();
        for (coefficient, factors) in &poly.terms {
            let mut coefficient = *coefficient;
            let mut monomial = Monomial::new();
            for &factor in factors {
                let value = evaluator.integer(factor)?;
                match value.as_constant() {
                    Some(constant) => {
                        let constant = i128::try_from(constant).ok();
                        coefficient = constant
                            .and_then(|c| coefficient.checked_mul(c))
                            .ok_or(Refusal::TooComplex)?;
                    }
                    None => monomial.push(value.unsigned()),
                }
            }
            monomial.sort_unstable();
            let sum = terms.entry(monomial).or_insert(0);
            *sum = sum.checked_add(coefficient).ok_or(Refusal::TooComplex)?;
        }
        terms.retain(|_, c| *c != 0);
        Ok(Self { terms })
    }

    fn constant(&self) -> i128 {
        self.terms.get(&[][..]).copied().unwrap_or(0)
    }

    /// It, modulo a power of two.
    fn modulo(&self, bits: u32) -> Result<Int, Refusal> {
        let mut sum = Int::constant(bits, 0);
        for (monomial, &c) in &self.terms {
            let mut product = Int::constant(bits, c.cast_unsigned());
            for atom in monomial {
                let wide = Int::atom(atom.bits().max(bits), atom.clone());
                product = product.mul(&wide.resized(bits)?)?;
            }
            sum = sum.add_scaled(&product, 1)?;
        }
        Ok(sum)
    }

    fn interval(&self, known: &HashMap<Atom, Interval>) -> Option<Interval> {
        let (mut lo, mut hi) = (0i128, 0i128);
        for (monomial, &c) in &self.terms {
            // Atoms are not negative.
            let (mut least, mut most) = (1i128, 1i128);
            for atom in monomial {
                let (a, b) = range(known, atom)?;
                least = least.checked_mul(a)?;
                most = most.checked_mul(b)?;
            }
            let (a, b) = (least.checked_mul(c)?, most.checked_mul(c)?);
            lo = lo.checked_add(a.min(b))?;
            hi = hi.checked_add(a.max(b))?;
        }
        Some((lo, hi))
    }
}

fn range(known: &HashMap<Atom, Interval>, atom: &Atom) -> Option<Interval> {
    let all = (0, 1i128.checked_shl(atom.bits().min(127))?.checked_sub(1)?);
    if atom.bits() > 126 {
        return None;
    }
    Some(
        known
            .get(atom)
            .map_or(all, |k| (k.0.max(all.0), k.1.min(all.1))),
    )
}

/// The comparisons that hold where a guard block leads to the operations.
pub struct Conditions<'c> {
    clauses: &'c [Vec<Comparison>],
    /// Intervals of single atoms that the comparisons imply.
    known: HashMap<Atom, Interval>,
}

impl<'c> Conditions<'c> {
    /// `clauses`: all hold, of each at least one comparison.
    pub fn new(clauses: &'c [Vec<Comparison>]) -> Self {
        let mut known = HashMap::<Atom, Interval>::new();
        let none = HashMap::new();
        for clause in clauses {
            if let [comparison] = &clause[..]
                && let Some((atom, (lo, hi))) = bound_of_an_atom(comparison, &none)
            {
                let entry = known.entry(atom).or_insert((lo, hi));
                *entry = (entry.0.max(lo), entry.1.min(hi));
            }
        }
        Self { clauses, known }
    }

    /// Demands that the comparisons imply a guard.
    pub fn require(&self, guard: &Guard, evaluator: &mut Evaluator<'_>) -> Result<(), Refusal> {
        let mut any = Vec::with_capacity(guard.any.len());
        for bounds in &guard.any {
            any.push((Exact::new(&bounds.poly, evaluator)?, bounds));
        }
        for (poly, bounds) in &any {
            if let Some((lo, hi)) = poly.interval(&self.known)
                && bounds.lo <= lo
                && hi <= bounds.hi
            {
                return Ok(());
            }
        }
        for clause in self.clauses {
            let mut all = !clause.is_empty();
            for comparison in clause {
                let mut implied = false;
                for (poly, bounds) in &any {
                    implied |= self.implies(comparison, poly, bounds)?;
                }
                all &= implied;
            }
            if all {
                return Ok(());
            }
        }
        Err(Refusal::Guard(guard.to_string()))
    }

    /// Demands that a polynomial is an unsigned integer of this many bits.
    pub fn require_unsigned(
        &self,
        poly: &Poly,
        bits: u32,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<(), Refusal> {
        let guard = Guard::bounds(poly.clone(), 0, (1i128 << bits) - 1, "it fits");
        self.require(&guard, evaluator)
    }

    fn implies(
        &self,
        comparison: &Comparison,
        poly: &Exact,
        bounds: &Bounds,
    ) -> Result<bool, Refusal> {
        let width = comparison.value.bits;
        if poly.modulo(width)?.without_constant() != comparison.value.without_constant() {
            return Ok(false);
        }
        let Some(reach) = poly.interval(&self.known) else {
            return Ok(false);
        };
        let copies = copies(comparison, poly.constant(), reach);
        Ok(copies.is_some_and(|copies| {
            copies
                .iter()
                .all(|&(lo, hi)| bounds.lo <= lo && hi <= bounds.hi)
        }))
    }
}

/// The parts of `reach` where a polynomial with this constant term is if the comparison holds. `None` if there are too many,
/// or numbers become too large.
fn copies(comparison: &Comparison, constant: i128, reach: Interval) -> Option<Vec<Interval>> {
    let bits = comparison.value.bits;
    // polynomial = base + t (mod 2^bits), 0 <= t <= width
    let own = comparison.value.constant_term();
    let shift = if comparison.equal { comparison.rhs } else { 0 };
    let width = if comparison.equal { 0 } else { comparison.rhs };
    let base = constant
        .cast_unsigned()
        .wrapping_sub(own)
        .wrapping_add(shift);
    let clip = |lo: i128, hi: i128| {
        let part = (lo.max(reach.0), hi.min(reach.1));
        (part.0 <= part.1).then_some(part)
    };
    if bits == 128 {
        // The other copies are outside of what 128 bits can hold, and so of `reach`.
        let lo = base.cast_signed();
        let hi = lo.checked_add_unsigned(width)?;
        return Some(clip(lo, hi).into_iter().collect());
    }
    let modulus = 1i128.checked_shl(bits)?;
    let base = base.cast_signed().rem_euclid(modulus);
    let width = i128::try_from(width).ok()?;
    let first = reach
        .0
        .checked_sub(base)?
        .checked_sub(width)?
        .div_euclid(modulus);
    let last = reach.1.checked_sub(base)?.div_euclid(modulus);
    if last.checked_sub(first)? > MAX_COPIES {
        return None;
    }
    let mut parts = Vec::new();
    for copy in first..=last {
        let lo = base.checked_add(copy.checked_mul(modulus)?)?;
        parts.extend(clip(lo, lo.checked_add(width)?));
    }
    Some(parts)
}

/// The interval that a comparison confines a single atom to.
fn bound_of_an_atom(
    comparison: &Comparison,
    known: &HashMap<Atom, Interval>,
) -> Option<(Atom, Interval)> {
    let bits = comparison.value.bits;
    let rest = comparison.value.without_constant();
    let (monomial, &coefficient) = rest.terms.iter().next()?;
    let ([atom], 1) = (&monomial[..], rest.terms.len()) else {
        return None;
    };
    // The residue nearest to zero.
    let unused = 128 - bits;
    let coefficient = (coefficient << unused).cast_signed() >> unused;
    let (lo, hi) = range(known, atom)?;
    let ends = (coefficient.checked_mul(lo)?, coefficient.checked_mul(hi)?);
    let reach = (ends.0.min(ends.1), ends.0.max(ends.1));
    let [(lo, hi)] = copies(comparison, 0, reach)?[..] else {
        return None;
    };
    let magnitude = coefficient.checked_abs()?;
    let (lo, hi) = if coefficient > 0 {
        (lo, hi)
    } else {
        (hi.checked_neg()?, lo.checked_neg()?)
    };
    let up = lo.div_euclid(magnitude) + i128::from(lo.rem_euclid(magnitude) != 0);
    Some((atom.clone(), (up, hi.div_euclid(magnitude))))
}
