//! Decides how the guards of a plan are checked: in 64 bits, in 128 bits, or not at all.
//!
//! The guards of a plan are checked together, so each may rely on the others: a guard without alternatives that
//! bounds a single value narrows the intervals in which all guards are measured. A polynomial that stays
//! within a window narrower than 2^W can be computed modulo 2^W and compared without any loss.

use super::error::RewriteError;
use super::poly::{Interval, Known, Terms, range};
use crate::plan::{Bounds, Guard, Poly};
use cranelift_codegen::ir::{Function, Value};

/// Values that are multiplied have to be below this, where the product could leave 128 bits. No count or
/// stride of an array in memory is larger.
const FACTOR_LIMIT: i128 = 1 << 40;

/// A comparison to be made: `lo <= terms <= hi` where all of it fits a window of 2^`bits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub terms: Terms,
    pub lo: i128,
    pub hi: i128,
    /// 64 or 128.
    pub bits: u32,
}

/// The guards of a plan, those that the rewriting itself needs included.
pub(super) struct Guards<'f> {
    func: &'f Function,
    guards: Vec<(Guard, Vec<Terms>)>,
    /// Guards that were not in the plan.
    pub added: Vec<Guard>,
    known: Known,
}

impl<'f> Guards<'f> {
    /// The guards of a plan.
    pub fn new(func: &'f Function, plan: &[Guard]) -> Result<Self, RewriteError> {
        let mut guards = Self {
            func,
            guards: Vec::new(),
            added: Vec::new(),
            known: Known::new(),
        };
        for guard in plan {
            guards.push(guard.clone())?;
        }
        Ok(guards)
    }

    fn push(&mut self, guard: Guard) -> Result<(), RewriteError> {
        let too_wide = || RewriteError::TooWide {
            reason: guard.reason.clone(),
        };
        let mut all = Vec::with_capacity(guard.any.len());
        for bounds in &guard.any {
            let terms = Terms::exact(self.func, &bounds.poly).ok_or_else(too_wide)?;
            for (factors, _) in terms.monomials() {
                for &factor in factors {
                    range(self.func, &self.known, factor).ok_or(RewriteError::Type {
                        value: factor,
                        purpose: "an integer polynomial",
                    })?;
                }
            }
            all.push(terms);
        }
        if let ([bounds], [terms]) = (&guard.any[..], &all[..])
            && let Some((value, bound)) = confined(bounds, terms).ok_or_else(too_wide)?
        {
            let known = self.known.entry(value).or_insert(bound);
            *known = known.intersect(bound);
        }
        self.guards.push((guard, all));
        Ok(())
    }

    /// Sees to it that `poly` is an unsigned integer of this many bits: it is known to be one, or a guard
    /// is added.
    pub fn require_unsigned(
        &mut self,
        poly: &Poly,
        bits: u32,
        reason: &str,
    ) -> Result<(), RewriteError> {
        let wanted = Interval::unsigned(bits);
        let guard = Guard::bounds(poly.clone(), wanted.lo, wanted.hi, reason);
        let too_wide = || RewriteError::TooWide {
            reason: reason.into(),
        };
        let terms = Terms::exact(self.func, poly).ok_or_else(too_wide)?;
        let measured = terms.interval(self.func, &self.known);
        if measured.is_some_and(|interval| interval.within(wanted)) || self.implied(&terms, wanted)
        {
            return Ok(());
        }
        self.added.push(guard.clone());
        self.push(guard)
    }

    /// True if a guard bounds the same polynomial, but for the constant, at least as tightly.
    fn implied(&self, terms: &Terms, wanted: Interval) -> bool {
        self.guards.iter().any(|(guard, others)| {
            let ([guard], [other]) = (&guard.any[..], &others[..]) else {
                return false;
            };
            let shift = terms.constant().checked_sub(other.constant());
            let shifted = shift.and_then(|shift| {
                Some(Interval {
                    lo: guard.lo.checked_add(shift)?,
                    hi: guard.hi.checked_add(shift)?,
                })
            });
            terms.monomials().eq(other.monomials())
                && shifted.is_some_and(|interval| interval.within(wanted))
        })
    }

    /// The comparisons that decide whether all guards hold: of each list, at least one has to. None are needed where
    /// no guard can fail.
    pub fn checks(mut self) -> Result<(Vec<Vec<Check>>, Vec<Guard>), RewriteError> {
        self.limit_factors()?;
        let mut checks = Vec::new();
        for (guard, all) in &self.guards {
            let mut any = Vec::with_capacity(all.len());
            let mut holds = false;
            for (bounds, terms) in guard.any.iter().zip(all) {
                match self.verdict(bounds, terms) {
                    Some(Verdict::Always) => holds = true,
                    Some(Verdict::Never) => {}
                    Some(Verdict::Depends(check)) => any.push(check),
                    None => {
                        return Err(RewriteError::TooWide {
                            reason: guard.reason.clone(),
                        });
                    }
                }
            }
            if holds {
                continue;
            }
            if any.is_empty() {
                return Err(RewriteError::NeverHolds {
                    reason: guard.reason.clone(),
                });
            }
            if !checks.contains(&any) {
                checks.push(any);
            }
        }
        Ok((checks, self.added))
    }

    /// Whether bounds hold under the guards that confine single values. `None` if they leave 128 bits.
    fn verdict(&self, bounds: &Bounds, terms: &Terms) -> Option<Verdict> {
        let none = Known::new();
        // A guard that bounds a value must not rely on that very bound.
        let known = if terms.as_linear().is_some() {
            &none
        } else {
            &self.known
        };
        let all = terms.interval(self.func, known)?;
        let wanted = all.intersect(Interval {
            lo: bounds.lo,
            hi: bounds.hi,
        });
        if wanted.lo > wanted.hi {
            return Some(Verdict::Never);
        }
        if all.within(wanted) {
            return Some(Verdict::Always);
        }
        let width = all.hi.checked_sub(all.lo);
        let narrow = width.is_some_and(|width| width < 1 << 64);
        Some(Verdict::Depends(Check {
            terms: terms.clone(),
            lo: wanted.lo,
            hi: wanted.hi,
            bits: if narrow { 64 } else { 128 },
        }))
    }

    /// Adds bounds for the factors of products that could leave 128 bits.
    fn limit_factors(&mut self) -> Result<(), RewriteError> {
        let mut factors: Vec<Value> = Vec::new();
        for terms in self.guards.iter().flat_map(|(_, all)| all) {
            if terms.interval(self.func, &self.known).is_none() {
                let products = terms.monomials().filter(|(factors, _)| factors.len() > 1);
                factors.extend(products.flat_map(|(factors, _)| factors.iter().copied()));
            }
        }
        factors.sort_unstable();
        factors.dedup();
        for factor in factors {
            if range(self.func, &self.known, factor).is_some_and(|known| known.hi >= FACTOR_LIMIT) {
                let poly = Poly {
                    terms: vec![(1, vec![factor])],
                };
                let reason = format!("{factor} is small enough for exact products");
                let guard = Guard::bounds(poly, 0, FACTOR_LIMIT - 1, reason);
                self.added.push(guard.clone());
                self.push(guard)?;
            }
        }
        Ok(())
    }
}

/// What is known about bounds before anything is compared.
enum Verdict {
    Always,
    Never,
    Depends(Check),
}

/// The interval that bounds on a single value confine it to. `None` on overflow.
fn confined(bounds: &Bounds, terms: &Terms) -> Option<Option<(Value, Interval)>> {
    let Some((value, coefficient, constant)) = terms.as_linear() else {
        return Some(None);
    };
    let (lo, hi) = (
        bounds.lo.checked_sub(constant),
        bounds.hi.checked_sub(constant),
    );
    // A bound beyond 128 bits bounds nothing.
    let (lo, hi) = (lo.unwrap_or(i128::MIN), hi.unwrap_or(i128::MAX));
    let magnitude = coefficient.checked_abs()?;
    let (lo, hi) = if coefficient > 0 {
        (lo, hi)
    } else {
        (hi.saturating_neg(), lo.saturating_neg())
    };
    let lo = lo.div_euclid(magnitude) + i128::from(lo.rem_euclid(magnitude) != 0);
    Some(Some((
        value,
        Interval {
            lo,
            hi: hi.div_euclid(magnitude),
        },
    )))
}
