//! Transfer functions of comparisons and selections.

use super::form::Form;
use super::interval::Interval;
use super::path::PathId;
use super::transfer::{Cases, GiveUp, SIMPLER};
use super::{Case, Condition, Domain, MAX_BITS, Value};

/// Which of the three outcomes of a comparison make the condition true: less, equal, greater.
fn outcomes(condition: Condition) -> [bool; 3] {
    match condition {
        Condition::Eq => [false, true, false],
        Condition::Ne => [true, false, true],
        Condition::Ult | Condition::Slt => [true, false, false],
        Condition::Ule | Condition::Sle => [true, true, false],
        Condition::Ugt | Condition::Sgt => [false, false, true],
        Condition::Uge | Condition::Sge => [false, true, true],
    }
}

fn is_signed(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Slt | Condition::Sle | Condition::Sgt | Condition::Sge
    )
}

impl Domain {
    /// A comparison: a word of 8 bits, 1 or 0.
    pub fn icmp(&mut self, condition: Condition, a: Value, b: Value) -> Value {
        const BITS: u8 = 8;
        if a.bits > MAX_BITS || b.bits > MAX_BITS {
            return self.unknown_within(BITS, Interval::new(0, 1));
        }
        let flag = self.comparison(condition, a, b);
        self.note_carry(condition, a, b, flag);
        flag
    }

    fn comparison(&mut self, condition: Condition, a: Value, b: Value) -> Value {
        const BITS: u8 = 8;
        let (a, b) = (self.operand(a), self.operand(b));
        let bits = a.bits;
        let pair = |domain: &mut Self, x: &Case, y: &Case, out: &mut Cases| {
            for (path, holds) in domain.compare(condition, bits, x, y)? {
                let outcome = i128::from(holds);
                domain.push(path, Form::constant(outcome), Interval::point(outcome), out)?;
            }
            Ok(())
        };
        if let Ok(cases) = self.for_pairs(a, b, pair) {
            return self.finish(BITS, cases);
        }
        for simpler in SIMPLER {
            let (simple_a, simple_b) = (simpler(self, a), simpler(self, b));
            if (simple_a, simple_b) != (a, b)
                && let Ok(cases) = self.for_pairs(simple_a, simple_b, pair)
            {
                return self.finish(BITS, cases);
            }
        }
        self.unknown_within(BITS, Interval::new(0, 1))
    }

    /// `a` where the condition is not zero, else `b`; both have one width.
    pub fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        let bits = a.bits;
        if [condition, a, b].iter().any(|value| value.bits > MAX_BITS) {
            return self.unknown(bits);
        }
        if let Ok(cases) = self.select_cases(condition, a, b) {
            return self.finish(bits, cases);
        }
        for simpler in SIMPLER {
            let (simple_a, simple_b) = (simpler(self, a), simpler(self, b));
            if (simple_a, simple_b) != (a, b)
                && let Ok(cases) = self.select_cases(condition, simple_a, simple_b)
            {
                return self.finish(bits, cases);
            }
        }
        let range = self.range(a).hull(self.range(b));
        self.unknown_within(bits, range)
    }

    fn select_cases(&mut self, condition: Value, a: Value, b: Value) -> Result<Cases, GiveUp> {
        let mut out = Vec::with_capacity(2);
        for index in 0..usize::from(condition.len) {
            let case = self.cases_of(condition)[index];
            let [zero, other] = self.split(case.path, case.form, case.range, 1);
            for (path, chosen) in [(other, a), (zero, b)] {
                let Some(path) = path else { continue };
                for index in 0..usize::from(chosen.len) {
                    let case = self.cases_of(chosen)[index];
                    let joint = self.paths.conjunction(&self.forms, path, case.path);
                    if let Some(path) = joint {
                        self.push(path, case.form, case.range, &mut out)?;
                    }
                }
            }
        }
        Ok(out)
    }

    /// Adds `a` where the condition holds, else `b`: minimum and maximum.
    pub(super) fn select_lesser(
        &mut self,
        condition: Condition,
        bits: u8,
        a: &Case,
        b: &Case,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        for (path, holds) in self.compare(condition, bits, a, b)? {
            let chosen = self.restrict(if holds { *a } else { *b }, path);
            self.push(path, chosen.form, chosen.range, out)?;
        }
        Ok(())
    }

    /// The states of a pair of cases by the outcome of a comparison.
    fn compare(
        &mut self,
        condition: Condition,
        bits: u8,
        a: &Case,
        b: &Case,
    ) -> Result<Vec<(PathId, bool)>, GiveUp> {
        let mut decided = Vec::with_capacity(3);
        if !is_signed(condition) {
            self.compare_integers(condition, a, b, &mut decided)?;
            return Ok(decided);
        }
        for x in self.signed_cases(a, bits)? {
            for y in self.signed_cases(b, bits)? {
                let path = self.paths.conjunction(&self.forms, x.path, y.path);
                let Some(path) = path else { continue };
                let (x, y) = (self.restrict(x, path), self.restrict(y, path));
                if !x.range.is_empty() && !y.range.is_empty() {
                    self.compare_integers(condition, &x, &y, &mut decided)?;
                }
            }
        }
        Ok(decided)
    }

    /// The same for cases whose forms are to be compared as integers.
    fn compare_integers(
        &mut self,
        condition: Condition,
        a: &Case,
        b: &Case,
        decided: &mut Vec<(PathId, bool)>,
    ) -> Result<(), GiveUp> {
        let path = a.path;
        let form = self.forms.sub(a.form, b.form).ok_or(GiveUp)?;
        let bounds = self.paths.bounds(&self.forms, path, form);
        let range = a.range.sub(b.range).intersect(bounds);
        if range.is_empty() {
            return Ok(());
        }
        let [less, equal, greater] = outcomes(condition);
        // Outcomes that decide alike stay together, so that the list of cases stays short.
        let borders: &[(i128, bool)] = match (less == equal, equal == greater) {
            (true, _) => &[(1, equal)],
            (_, true) => &[(0, less)],
            _ => &[(0, less), (1, equal)],
        };
        let (mut path, mut range) = (path, range);
        for &(border, holds) in borders {
            let [below, above] = self.split(path, form, range, border);
            if let Some(below) = below {
                decided.push((below, holds));
            }
            let Some(above) = above else { return Ok(()) };
            path = above;
            range = range.intersect(Interval {
                lo: border,
                hi: i128::MAX,
            });
        }
        decided.push((path, greater));
        Ok(())
    }
}
