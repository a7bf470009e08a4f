//! Decides how the guards of a plan are checked: in 64 bits, in 128 bits, or not at all.
//!
//! The guards of a plan are checked together, so each may rely on the others: a guard that bounds a
//! single value narrows the intervals in which all guards are measured. A polynomial that stays
//! within a window narrower than 2^W can be computed modulo 2^W and compared without any loss.

use super::error::RewriteError;
use super::poly::{Interval, Known, Terms, range};
use crate::plan::{Guard, Poly};
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
    guards: Vec<(Guard, Terms)>,
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
        let terms = Terms::exact(self.func, &guard.poly).ok_or_else(too_wide)?;
        for (factors, _) in terms.monomials() {
            for &factor in factors {
                range(self.func, &self.known, factor).ok_or(RewriteError::Type {
                    value: factor,
                    purpose: "an integer polynomial",
                })?;
            }
        }
        if let Some((value, bound)) = bound(&guard, &terms).ok_or_else(too_wide)? {
            let known = self.known.entry(value).or_insert(bound);
            *known = known.intersect(bound);
        }
        self.guards.push((guard, terms));
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
        let guard = Guard {
            poly: poly.clone(),
            lo: wanted.lo,
            hi: wanted.hi,
            reason: reason.into(),
        };
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
        self.guards.iter().any(|(guard, other)| {
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

    /// The comparisons that decide whether all guards hold. None are needed where none can fail.
    pub fn checks(mut self) -> Result<(Vec<Check>, Vec<Guard>), RewriteError> {
        self.limit_factors()?;
        let none = Known::new();
        let mut checks = Vec::new();
        for (guard, terms) in &self.guards {
            // A guard that bounds a value must not rely on that very bound.
            let known = if terms.as_linear().is_some() {
                &none
            } else {
                &self.known
            };
            let too_wide = || RewriteError::TooWide {
                reason: guard.reason.clone(),
            };
            let all = terms.interval(self.func, known).ok_or_else(too_wide)?;
            let wanted = all.intersect(Interval {
                lo: guard.lo,
                hi: guard.hi,
            });
            if wanted.lo > wanted.hi {
                return Err(RewriteError::NeverHolds {
                    reason: guard.reason.clone(),
                });
            }
            if all.within(wanted) {
                continue;
            }
            let bits = if all
                .hi
                .checked_sub(all.lo)
                .is_some_and(|width| width < 1 << 64)
            {
                64
            } else {
                128
            };
            let check = Check {
                terms: terms.clone(),
                lo: wanted.lo,
                hi: wanted.hi,
                bits,
            };
            if !checks.contains(&check) {
                checks.push(check);
            }
        }
        Ok((checks, self.added))
    }

    /// Adds bounds for the factors of products that could leave 128 bits.
    fn limit_factors(&mut self) -> Result<(), RewriteError> {
        let mut factors: Vec<Value> = Vec::new();
        for (_, terms) in &self.guards {
            if terms.interval(self.func, &self.known).is_none() {
                let products = terms.monomials().filter(|(factors, _)| factors.len() > 1);
                factors.extend(products.flat_map(|(factors, _)| factors.iter().copied()));
            }
        }
        factors.sort_unstable();
        factors.dedup();
        for factor in factors {
            if range(self.func, &self.known, factor).is_some_and(|known| known.hi >= FACTOR_LIMIT) {
                let guard = Guard {
                    poly: Poly {
                        terms: vec![(1, vec![factor])],
                    },
                    lo: 0,
                    hi: FACTOR_LIMIT - 1,
                    reason: format!("{factor} is small enough for exact products"),
                };
                self.added.push(guard.clone());
                self.push(guard)?;
            }
        }
        Ok(())
    }
}

/// The interval that a guard on a single value confines it to. `None` on overflow.
fn bound(guard: &Guard, terms: &Terms) -> Option<Option<(Value, Interval)>> {
    let Some((value, coefficient, constant)) = terms.as_linear() else {
        return Some(None);
    };
    let (lo, hi) = (
        guard.lo.checked_sub(constant),
        guard.hi.checked_sub(constant),
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
