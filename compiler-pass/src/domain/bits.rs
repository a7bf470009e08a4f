//! Transfer functions of shifts and bitwise operations: bits as quotients and remainders by powers of two.

use super::form::{Form, Meaning, Term};
use super::interval::Interval;
use super::transfer::{Cases, GiveUp, is_scaled, ones};
use super::{BinaryOp, Case, Domain};

/// Most runs of ones in a mask that is taken apart.
const MAX_RUNS: usize = 4;
/// Most values of a rounded part that are told apart.
const MAX_ROUNDED: i128 = 4;

impl Domain {
    /// A shift in the states of one pair of cases.
    pub(super) fn shift_case(
        &mut self,
        op: BinaryOp,
        bits: u8,
        a: &Case,
        amount: &Case,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let amount = amount.form.as_constant().ok_or(GiveUp)?;
        // Amounts count modulo the width, which is a power of two for every type of CLIF.
        let factor = 1i128 << amount.rem_euclid(i128::from(bits.max(1)));
        match op {
            BinaryOp::Shl => {
                let form = self.forms.scale(a.form, factor).ok_or(GiveUp)?;
                self.exact(a.path, form, a.range.scale(factor), bits, out)
            }
            BinaryOp::ShrS => {
                for signed in self.signed_cases(a, bits)? {
                    let shifted = self.quotient(&signed, factor)?;
                    self.exact(shifted.path, shifted.form, shifted.range, bits, out)?;
                }
                Ok(())
            }
            _ => {
                let shifted = self.quotient(a, factor)?;
                if is_scaled(a.form) && self.push_rounded(a.form, &shifted, out)? {
                    return Ok(());
                }
                self.push(shifted.path, shifted.form, shifted.range, out)
            }
        }
    }

    /// The case divided by a power of two, rounded down.
    fn quotient(&mut self, case: &Case, factor: i128) -> Result<Case, GiveUp> {
        let range = case.range.floor_div(factor);
        let form = match range.as_point() {
            Some(value) => Form::constant(value),
            None => self.forms.floor_div(case.form, factor).ok_or(GiveUp)?,
        };
        Ok(Case {
            path: case.path,
            form,
            range,
        })
    }

    /// Adds a quotient of `dividend` that is a combination and what rounding makes of a multiple of it, if that is one of a
    /// few integers: a case for each of them. Says whether it did.
    fn push_rounded(
        &mut self,
        dividend: Form,
        quotient: &Case,
        out: &mut Cases,
    ) -> Result<bool, GiveUp> {
        let Case { path, form, range } = *quotient;
        let terms = self.forms.scaled_terms(form).ok_or(GiveUp)?;
        let old = self.forms.terms(dividend.linear);
        let new = |&&(symbol, _): &&Term| {
            self.forms.is_quotient(symbol) && !old.iter().any(|&(known, _)| known == symbol)
        };
        let mut rounded = terms.iter().filter(new);
        let (Some(&(symbol, c)), None) = (rounded.next(), rounded.next()) else {
            return Ok(false);
        };
        let rounded = self.forms.symbol_form(symbol);
        let bounds = self.paths.bounds(&self.forms, path, rounded);
        if terms.len() < 2 || bounds.hi.saturating_sub(bounds.lo) >= MAX_ROUNDED {
            return Ok(false);
        }
        let part = self.forms.scale(rounded, c).ok_or(GiveUp)?;
        let rest = self.forms.sub(form, part).ok_or(GiveUp)?;
        for value in bounds.lo..=bounds.hi {
            let point = Interval::point(value);
            let Some(path) = self.paths.constrain(&self.forms, path, rounded, point) else {
                continue;
            };
            let value = Form::constant(c.checked_mul(value).ok_or(GiveUp)?);
            let form = self.forms.add(rest, value).ok_or(GiveUp)?;
            self.push(path, form, range, out)?;
        }
        Ok(true)
    }

    /// And, or, exclusive or in the states of one pair of cases.
    pub(super) fn bitwise_case(
        &mut self,
        op: BinaryOp,
        bits: u8,
        a: &Case,
        b: &Case,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let common = self.common_bits(bits, a, b)?;
        if op == BinaryOp::And {
            return self.push(a.path, common.form, common.range, out);
        }
        // x | y = x + y - (x & y), and x ^ y = x + y - 2*(x & y).
        let factor = if op == BinaryOp::Or { -1 } else { -2 };
        let sum = self.forms.add(a.form, b.form).ok_or(GiveUp)?;
        let common = self.forms.scale(common.form, factor).ok_or(GiveUp)?;
        let form = self.forms.add(sum, common).ok_or(GiveUp)?;
        let least = if op == BinaryOp::Or {
            a.range.lo.max(b.range.lo)
        } else {
            0
        };
        let range = Interval::new(least, ones(a.range.hi.max(b.range.hi)));
        self.push(a.path, form, range, out)
    }

    /// `a & b`.
    fn common_bits(&mut self, bits: u8, a: &Case, b: &Case) -> Result<Case, GiveUp> {
        if a.form == b.form {
            return Ok(Case {
                range: a.range.intersect(b.range),
                ..*a
            });
        }
        if disjoint(a, b) || disjoint(b, a) {
            let zero = Form::constant(0);
            return Ok(Case {
                path: a.path,
                form: zero,
                range: Interval::point(0),
            });
        }
        match (a.form.as_constant(), b.form.as_constant()) {
            (Some(x), Some(y)) => {
                let form = Form::constant(x & y);
                Ok(Case {
                    path: a.path,
                    form,
                    range: Interval::point(x & y),
                })
            }
            (None, Some(mask)) => self.masked(bits, a, mask),
            (Some(mask), None) => self.masked(bits, b, mask),
            (None, None) => Err(GiveUp),
        }
    }

    /// `case & mask`: for each run of ones, the bits of the word there.
    fn masked(&mut self, bits: u8, case: &Case, mask: i128) -> Result<Case, GiveUp> {
        // Bits above the word's range are zero whatever the mask says, and so is bit 1 of a square.
        let significant = ones(case.range.hi);
        let mask = if self.is_square(case.form) {
            mask | 2
        } else {
            mask
        };
        let mut left = (mask & significant) as u128;
        let mut sum = Form::constant(0);
        for run in 0.. {
            if left == 0 {
                break;
            }
            if run == MAX_RUNS {
                return Err(GiveUp);
            }
            let first = left.trailing_zeros();
            let end = first + (left >> first).trailing_ones();
            left &= !((1u128 << end) - 1);
            // The word without the bits below the run, minus the word without those up to its end.
            let above = self.without_low_bits(case, end)?;
            let from = self.without_low_bits(case, first)?;
            let field = self.forms.sub(from, above).ok_or(GiveUp)?;
            sum = self.forms.add(sum, field).ok_or(GiveUp)?;
        }
        // Clearing low bits only is monotone.
        let word = Interval::word(bits);
        let monotone = (mask | ((mask & -mask) - 1)) & significant == significant && mask != 0;
        let low = if monotone { case.range.lo & mask } else { 0 };
        let high = if monotone {
            case.range.hi & mask
        } else {
            case.range.hi.min(mask)
        };
        let range = Interval::new(low, high).intersect(word);
        Ok(Case {
            path: case.path,
            form: sum,
            range,
        })
    }

    /// Whether the form is congruent to a square modulo 4.
    fn is_square(&self, form: Form) -> bool {
        let Some(terms) = self.forms.scaled_terms(form) else {
            return false;
        };
        let mut odd = terms.iter().filter(|(_, c)| c.rem_euclid(4) != 0);
        let Some(&(symbol, c)) = odd.next() else {
            return false;
        };
        let even = match self.forms.meaning(symbol) {
            // Factors are sorted: equal ones are neighbours.
            Meaning::Product(factors) => factors
                .chunks(2)
                .all(|pair| matches!(pair, [a, b] if a == b)),
            _ => false,
        };
        even && c.rem_euclid(4) == 1 && form.offset.rem_euclid(4) == 0 && odd.next().is_none()
    }

    /// The case with its lowest bits set to zero.
    fn without_low_bits(&mut self, case: &Case, count: u32) -> Result<Form, GiveUp> {
        if count == 0 {
            return Ok(case.form);
        }
        let unit = 1i128 << count;
        let quotient = self.quotient(case, unit)?.form;
        self.forms.scale(quotient, unit).ok_or(GiveUp)
    }
}

/// Whether all bits of `low` are below those of `high`.
fn disjoint(high: &Case, low: &Case) -> bool {
    low.range.lo >= 0 && low.range.hi < 1i128 << high.form.trailing_zeros().min(126)
}
