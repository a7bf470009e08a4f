//! The guards of a plan: all that the analyses and the planner demand, as bounds of polynomials over values on entry.

use super::{Parts, Planner, profit};
use crate::analysis::evolution::{Evolution, Range};
use crate::analysis::poly::{Atom, Poly};
use crate::lift::slice;
use crate::plan::{Bounds, Guard};

impl Planner<'_, '_, '_> {
    /// All conditions. Those on polynomials that differ by a constant are one. Words that are indices are below
    /// `words_below`: else the unit refuses.
    pub(super) fn guards(&mut self, parts: &Parts, words_below: i128) -> Option<Vec<Guard>> {
        let mut bounds: Vec<(Poly, i128, i128, &'static str)> = Vec::new();
        for range in self.lifter.evolution.ranges().to_vec() {
            for (poly, lo, hi) in endpoints(self.lifter.evolution, &range, words_below)? {
                let (c, rest) = poly.split_constant();
                let (lo, hi) = (moved(lo, c), moved(hi, c));
                match bounds.iter_mut().find(|(known, ..)| *known == rest) {
                    Some((_, l, h, reason)) => {
                        if range.reason == profit::REASON && lo > *l {
                            *reason = range.reason;
                        }
                        (*l, *h) = ((*l).max(lo), (*h).min(hi));
                    }
                    None => bounds.push((rest, lo, hi, range.reason)),
                }
            }
        }
        let mut guards = Vec::new();
        for (poly, lo, hi, reason) in bounds {
            match poly.as_constant() {
                // Nothing is left to check, or there is no input for which the rewrite is right.
                Some(c) if lo <= c && c <= hi => {}
                Some(_) => return None,
                None if is_entry_in(self.lifter.evolution, &poly, lo, hi) => {}
                None => guards.push(Guard {
                    any: vec![plan_bounds(&poly, lo, hi)?],
                    reason: reason.to_owned(),
                }),
            }
        }
        for choice in self.lifter.evolution.choices() {
            let mut any = Vec::new();
            let mut holds = false;
            for (poly, lo, hi) in &choice.any {
                match poly.as_constant() {
                    Some(c) => holds |= (*lo..=*hi).contains(&c),
                    None => any.push(plan_bounds(poly, *lo, *hi)?),
                }
            }
            if holds {
                continue;
            }
            if any.is_empty() {
                return None;
            }
            guards.push(Guard {
                any,
                reason: choice.reason.to_owned(),
            });
        }
        let p = i128::from(self.lifter.p);
        let deciding = self.lifter.deciding();
        let data = slice::data(self.lifter.evolution, &deciding);
        for &value in &self.lifter.assumed_entries {
            if parts.checked.contains(&value) {
                continue;
            }
            // Without stores, the result may depend on any.
            if !data.contains(&value) && !self.host.stores.is_empty() {
                continue;
            }
            let poly = Poly::atom(Atom::Entry(value)).to_plan()?;
            let reason = "the word is a canonical residue";
            guards.push(Guard::bounds(poly, 0, p - 1, reason));
        }
        Some(guards)
    }
}

/// The least and the greatest value of a polynomial over all iterations, with the bounds that it has to keep. Words are from 0
/// to below `words_below`.
pub(super) fn endpoints(
    evolution: &mut Evolution<'_>,
    range: &Range,
    words_below: i128,
) -> Option<Vec<(Poly, i128, i128)>> {
    if !range.poly.varies() {
        return Some(vec![(range.poly.clone(), range.lo, range.hi)]);
    }
    let loops = range.poly.indices().map(Atom::Index);
    let mut unknowns: Vec<Atom> = loops.chain(range.poly.words().map(Atom::Word)).collect();
    unknowns.sort();
    unknowns.dedup();
    let (mut least, mut greatest) = (range.poly.clone(), range.poly.clone());
    for unknown in unknowns {
        let last = match unknown {
            Atom::Index(l) => evolution.exit(l)?.index,
            _ => Poly::constant(words_below - 1),
        };
        let (slope, _) = range.poly.linear_in(unknown)?;
        let (low, high) = if slope.is_non_negative() {
            (Poly::default(), last)
        } else if slope.scale(-1)?.is_non_negative() {
            (last, Poly::default())
        } else {
            return None;
        };
        least = least.substitute(unknown, &low)?;
        greatest = greatest.substitute(unknown, &high)?;
    }
    Some(vec![
        (least, range.lo, range.hi),
        (greatest, range.lo, range.hi),
    ])
}

/// A bound less a constant, where there is one.
fn moved(bound: i128, c: i128) -> i128 {
    match bound {
        i128::MIN | i128::MAX => bound,
        _ => bound.saturating_sub(c),
    }
}

/// Bounds of a polynomial in terms of a plan: halves of an even value are compared as wholes.
fn plan_bounds(poly: &Poly, lo: i128, hi: i128) -> Option<Bounds> {
    let scale = poly.shift_scale();
    Some(Bounds {
        poly: poly.scale(scale)?.to_plan()?,
        lo: lo.saturating_mul(scale),
        hi: hi.saturating_mul(scale),
    })
}

/// True for an entry value whose type alone keeps it in the range.
fn is_entry_in(evolution: &Evolution<'_>, poly: &Poly, lo: i128, hi: i128) -> bool {
    match poly.as_atom() {
        Some(Atom::Entry(v)) => {
            lo <= 0 && evolution.bits(v).is_some_and(|b| (1i128 << b) - 1 <= hi)
        }
        _ => false,
    }
}
