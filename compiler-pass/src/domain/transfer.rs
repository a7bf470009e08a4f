//! Transfer functions: casts, arithmetic, and how the cases of operands are combined.

use super::form::Form;
use super::interval::Interval;
use super::path::PathId;
use super::{BinaryOp, Case, Condition, Domain, MAX_BITS, Value};

/// A result would need more cases, or longer forms, than the domain keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GiveUp;

/// Longest decision list. An idiom needs two or three cases, a sum of two of them up to six.
pub(super) const MAX_CASES: usize = 8;

/// A longer list is worth keeping only if its cases are no mere wraps of one form.
const MANY_CASES: usize = 4;

/// Most turns of a wrap that are told apart where the integer is a multiple of one combination.
const MAX_TURNS: i128 = 4;

/// What to take instead of an operand whose cases are too many or too complex, the more exact first.
pub(super) const SIMPLER: [fn(&mut Domain, Value) -> Value; 2] =
    [Domain::joined_operand, Domain::congruent_operand];

/// The cases of a result that is being built.
pub(super) type Cases = Vec<Case>;

impl Domain {
    /// An operation on two words; the result has the width of `a`.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        let bits = a.bits;
        if bits > MAX_BITS || b.bits > MAX_BITS {
            return self.unknown(bits);
        }
        if op == BinaryOp::Mul
            && let Some(word) = self.doubled_by(a, b)
        {
            let half = self.constant(bits, (bits / 2).into());
            let raised = self.binary(BinaryOp::Shl, word, half);
            return self.binary(BinaryOp::Add, word, raised);
        }
        if matches!(op, BinaryOp::Add | BinaryOp::Sub)
            && let Some(sum) = self.regrouped(op, a, b)
        {
            return sum;
        }
        let result = self.binary_result(op, a, b);
        self.note_halves(op, a, b, result);
        self.note_sum(op, a, b, result);
        result
    }

    pub(super) fn binary_result(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        let bits = a.bits;
        let difference = self.difference(a, b);
        let (a, b) = (self.operand(a), self.operand(b));
        let (a, b) = if op == BinaryOp::Mul {
            self.factors(a, b)
        } else {
            (a, b)
        };
        let pair = |domain: &mut Self, x: &Case, y: &Case, out: &mut Cases| {
            domain.binary_case(op, bits, x, y, difference, out)
        };
        if let Ok(cases) = self.for_pairs(a, b, pair) {
            return self.finish(bits, cases);
        }
        // Too many cases or too complex a form: once more with less and less of the operands' history.
        for simpler in SIMPLER {
            let (simple_a, simple_b) = (simpler(self, a), simpler(self, b));
            if (simple_a, simple_b) != (a, b)
                && let Ok(cases) = self.for_pairs(simple_a, simple_b, pair)
            {
                return self.finish(bits, cases);
            }
        }
        let range = result_range(op, bits, self.range(a), self.range(b));
        self.unknown_within(bits, range)
    }

    /// The negative of a word.
    pub fn neg(&mut self, a: Value) -> Value {
        let zero = self.constant(a.bits, 0);
        self.binary(BinaryOp::Sub, zero, a)
    }

    /// The complement of a word.
    pub fn not(&mut self, a: Value) -> Value {
        let ones = self.constant(a.bits, u128::MAX);
        self.binary(BinaryOp::Sub, ones, a)
    }

    /// The word in a wider type, zeros come in.
    pub fn uextend(&mut self, a: Value, bits: u8) -> Value {
        if bits > MAX_BITS {
            self.unknown(bits)
        } else {
            Value { bits, ..a }
        }
    }

    /// The word in a wider type, copies of the sign come in.
    pub fn sextend(&mut self, a: Value, bits: u8) -> Value {
        self.convert(a, bits, |domain, case, out| {
            for signed in domain.signed_cases(case, a.bits)? {
                domain.wrap(signed, bits, out)?;
            }
            Ok(())
        })
    }

    /// The low bits of the word.
    pub fn ireduce(&mut self, a: Value, bits: u8) -> Value {
        if a.bits <= MAX_BITS && Interval::word(bits.min(MAX_BITS)).contains(self.range(a)) {
            return self.uextend(a, bits);
        }
        self.convert(a, bits, |domain, case, out| domain.wrap(*case, bits, out))
    }

    fn convert(
        &mut self,
        a: Value,
        bits: u8,
        each: impl Fn(&mut Self, &Case, &mut Cases) -> Result<(), GiveUp>,
    ) -> Value {
        if bits > MAX_BITS || a.bits > MAX_BITS {
            return self.unknown(bits);
        }
        if let Ok(cases) = self.for_cases(a, &each) {
            return self.finish(bits, cases);
        }
        for simpler in SIMPLER {
            let simple = simpler(self, a);
            if simple != a
                && let Ok(cases) = self.for_cases(simple, &each)
            {
                return self.finish(bits, cases);
            }
        }
        self.unknown(bits)
    }

    /// The same word, where the caller has made sure, by a check of its own, that it is in this range. All
    /// that is derived from the result depends on that check.
    pub fn assume_range(&mut self, value: Value, lo: u128, hi: u128) -> Value {
        if value.bits > MAX_BITS {
            return value;
        }
        self.assume(value, super::unsigned_range(lo, hi))
    }

    pub(super) fn assume(&mut self, value: Value, range: Interval) -> Value {
        let narrowed = self.for_cases(value, &|domain, case, out| {
            let constrained = domain
                .paths
                .constrain(&domain.forms, case.path, case.form, range);
            match constrained {
                Some(path) => domain.push(path, case.form, case.range.intersect(range), out),
                None => Ok(()),
            }
        });
        match narrowed {
            Ok(cases) => self.finish(value.bits, cases),
            Err(GiveUp) => value,
        }
    }

    /// The value as a single case, if its cases differ by wraps only: all are then congruent modulo
    /// `2^bits` to one form `f`, and the word is `f - 2^bits * floor(f / 2^bits)`.
    pub(super) fn joined_operand(&mut self, value: Value) -> Value {
        self.join(value).unwrap_or(value)
    }

    fn join(&mut self, value: Value) -> Option<Value> {
        if value.len < 2 {
            return None;
        }
        let modulus = 1i128 << value.bits;
        let form = self.congruent_form(value)?;
        let quotient = self.forms.floor_div(form, modulus)?;
        let turned = self.forms.scale(quotient, modulus)?;
        let form = self.forms.sub(form, turned)?;
        let range = self.range(value);
        let paths: Vec<PathId> = self.cases_of(value).iter().map(|case| case.path).collect();
        let path = paths.into_iter().reduce(|a, b| self.paths.common(a, b))?;
        let start = self.cases.len() as u32;
        self.cases.push(Case { path, form, range });
        Some(Value {
            start,
            len: 1,
            bits: value.bits,
        })
    }

    /// The form that the word is congruent to modulo `2^bits` in every case, with coefficients of least
    /// magnitude, if it is the same for all.
    pub(super) fn congruent_form(&mut self, value: Value) -> Option<Form> {
        let modulus = 1i128 << value.bits.min(MAX_BITS);
        let mut common = None;
        for index in 0..usize::from(value.len) {
            let reduced = self
                .forms
                .reduce(self.cases_of(value)[index].form, modulus)?;
            let high = reduced.offset > modulus / 2;
            let offset = reduced.offset - if high { modulus } else { 0 };
            let balanced = Form { offset, ..reduced };
            if *common.get_or_insert(balanced) != balanced {
                return None;
            }
        }
        common
    }

    /// The cases that `each` makes of the cases of `a`.
    pub(super) fn for_cases(
        &mut self,
        a: Value,
        each: &impl Fn(&mut Self, &Case, &mut Cases) -> Result<(), GiveUp>,
    ) -> Result<Cases, GiveUp> {
        let mut out = Vec::with_capacity(usize::from(a.len));
        for index in 0..usize::from(a.len) {
            let case = self.cases_of(a)[index];
            each(self, &case, &mut out)?;
        }
        Ok(out)
    }

    /// The cases that `each` makes of the pairs of cases that can hold together. Both cases of a pair are
    /// passed with the common path, and with the ranges that they have there.
    pub(super) fn for_pairs(
        &mut self,
        a: Value,
        b: Value,
        each: impl Fn(&mut Self, &Case, &Case, &mut Cases) -> Result<(), GiveUp>,
    ) -> Result<Cases, GiveUp> {
        let mut out = Vec::with_capacity(usize::from(a.len.max(b.len)));
        for i in 0..usize::from(a.len) {
            for j in 0..usize::from(b.len) {
                let (x, y) = (self.cases_of(a)[i], self.cases_of(b)[j]);
                let path = self.paths.conjunction(&self.forms, x.path, y.path);
                let Some(path) = path else { continue };
                let (x, y) = (self.restrict(x, path), self.restrict(y, path));
                if !x.range.is_empty() && !y.range.is_empty() {
                    each(self, &x, &y, &mut out)?;
                }
            }
        }
        Ok(out)
    }

    /// The case on a path that implies its own.
    pub(super) fn restrict(&self, case: Case, path: PathId) -> Case {
        if path == case.path {
            return case;
        }
        let bounds = self.paths.bounds(&self.forms, path, case.form);
        Case {
            path,
            range: case.range.intersect(bounds),
            ..case
        }
    }

    /// Adds a case, unless no state is left in it.
    pub(super) fn push(
        &mut self,
        path: PathId,
        form: Form,
        range: Interval,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let range = range.intersect(self.paths.bounds(&self.forms, path, form));
        if range.is_empty() {
            return Ok(());
        }
        let form = range.as_point().map_or(form, Form::constant);
        if out.len() == MAX_CASES {
            return Err(GiveUp);
        }
        out.push(Case { path, form, range });
        Ok(())
    }

    /// The value of a finished decision list.
    pub(super) fn finish(&mut self, bits: u8, mut cases: Cases) -> Value {
        let Some(&first) = cases.first() else {
            // No state reaches this: whatever is said of the word is true.
            return self.unknown(bits);
        };
        if cases.len() > 1 && cases.iter().all(|case| case.form == first.form) {
            let merged = cases.iter().skip(1).fold(first, |merged, case| Case {
                path: self.paths.common(merged.path, case.path),
                form: merged.form,
                range: merged.range.hull(case.range),
            });
            cases = vec![merged];
        }
        let start = self.cases.len() as u32;
        let len = cases.len() as u8;
        self.cases.extend(cases);
        let value = Value { start, len, bits };
        if usize::from(len) > MANY_CASES {
            self.joined_operand(value)
        } else {
            value
        }
    }

    /// Least and greatest word over all cases.
    pub(super) fn range(&self, value: Value) -> Interval {
        let ranges = self.cases_of(value).iter().map(|case| case.range);
        let hull = ranges.reduce(Interval::hull);
        hull.unwrap_or(Interval::ALL)
    }

    /// The integer of `case` as a word: its residue modulo `2^bits`.
    pub(super) fn wrap(&mut self, case: Case, bits: u8, out: &mut Cases) -> Result<(), GiveUp> {
        let Case { path, form, range } = case;
        let modulus = 1i128 << bits;
        let turns = range.floor_div(modulus);
        if let Some(turns) = turns.as_point() {
            let shifted = self.shift_turns(form, turns, modulus)?;
            let range = range.add(Interval::point(-turns * modulus));
            return self.push(path, shifted, range, out);
        }
        // Summands that are multiples of the modulus do not count.
        let reduced = self.forms.reduce(form, modulus).ok_or(GiveUp)?;
        let reduced_range = self.paths.bounds(&self.forms, path, reduced);
        let (form, range) = match width(reduced_range) < width(range) {
            true => (reduced, reduced_range),
            false => (form, range),
        };
        let turns = range.floor_div(modulus);
        if let Some(turns) = turns.as_point() {
            let shifted = self.shift_turns(form, turns, modulus)?;
            let range = range.add(Interval::point(-turns * modulus));
            return self.push(path, shifted, range, out);
        }
        // The turns of a multiple of one combination are ranges of it, as its comparisons are.
        let most = if is_scaled(form) { MAX_TURNS } else { 2 };
        if turns.lo != i128::MIN && turns.hi.saturating_sub(turns.lo) < most {
            let mut left = Some(path);
            for turn in turns.lo..=turns.hi {
                let Some(path) = left else { break };
                let [part, above] = match turn == turns.hi {
                    true => [Some(path), None],
                    false => self.split(path, form, range, (turn + 1) * modulus),
                };
                left = above;
                let Some(path) = part else { continue };
                let shifted = self.shift_turns(form, turn, modulus)?;
                let range = range
                    .add(Interval::point(-turn * modulus))
                    .intersect(Interval::new(0, modulus - 1));
                self.push(path, shifted, range, out)?;
            }
            return Ok(());
        }
        let quotient = self.forms.floor_div(form, modulus).ok_or(GiveUp)?;
        let turned = self.forms.scale(quotient, modulus).ok_or(GiveUp)?;
        let word = self.forms.sub(form, turned).ok_or(GiveUp)?;
        self.push(path, word, Interval::new(0, modulus - 1), out)
    }

    fn shift_turns(&mut self, form: Form, turns: i128, modulus: i128) -> Result<Form, GiveUp> {
        let turned = turns.checked_mul(modulus).ok_or(GiveUp)?;
        self.forms.sub(form, Form::constant(turned)).ok_or(GiveUp)
    }

    /// The states of a path, where the form has this range, in which it is below `border`, and the others.
    pub(super) fn split(
        &mut self,
        path: PathId,
        form: Form,
        range: Interval,
        border: i128,
    ) -> [Option<PathId>; 2] {
        if range.hi < border {
            return [Some(path), None];
        }
        if range.lo >= border {
            return [None, Some(path)];
        }
        let below = Interval {
            lo: range.lo,
            hi: border - 1,
        };
        let above = Interval {
            lo: border,
            hi: range.hi,
        };
        [
            self.paths.constrain(&self.forms, path, form, below),
            self.paths.constrain(&self.forms, path, form, above),
        ]
    }

    /// The case with its word read as signed: one or two cases.
    pub(super) fn signed_cases(&mut self, case: &Case, bits: u8) -> Result<Cases, GiveUp> {
        let Case { path, form, range } = *case;
        let mut out = Vec::with_capacity(2);
        if bits == 0 {
            out.push(*case);
            return Ok(out);
        }
        let border = 1i128 << (bits - 1);
        let [positive, negative] = self.split(path, form, range, border);
        if let Some(path) = positive {
            self.push(
                path,
                form,
                range.intersect(Interval::new(0, border - 1)),
                &mut out,
            )?;
        }
        if let Some(path) = negative {
            let shifted = self.shift_turns(form, 2, border)?;
            let range = range.add(Interval::point(-2 * border));
            self.push(
                path,
                shifted,
                range.intersect(Interval::new(-border, -1)),
                &mut out,
            )?;
        }
        Ok(out)
    }

    /// The result of an operation in the states of one pair of cases. `difference`: bounds of the difference.
    fn binary_case(
        &mut self,
        op: BinaryOp,
        bits: u8,
        a: &Case,
        b: &Case,
        difference: Interval,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let path = a.path;
        match op {
            BinaryOp::Add => {
                let form = self.forms.add(a.form, b.form).ok_or(GiveUp)?;
                self.exact(path, form, a.range.add(b.range), bits, out)
            }
            BinaryOp::Sub => {
                let form = self.forms.sub(a.form, b.form).ok_or(GiveUp)?;
                let range = a.range.sub(b.range).intersect(difference);
                self.exact(path, form, range, bits, out)
            }
            BinaryOp::Mul => {
                let form = self.forms.mul(a.form, b.form).ok_or(GiveUp)?;
                self.exact(path, form, a.range.mul(b.range), bits, out)
            }
            BinaryOp::UMulHi => {
                let form = self.forms.mul(a.form, b.form).ok_or(GiveUp)?;
                let high = self.forms.floor_div(form, 1 << bits).ok_or(GiveUp)?;
                let range = unsigned_high(bits, a.range, b.range);
                self.push(path, high, range, out)
            }
            BinaryOp::SMulHi => {
                for x in self.signed_cases(a, bits)? {
                    for y in self.signed_cases(b, bits)? {
                        let path = self.paths.conjunction(&self.forms, x.path, y.path);
                        let Some(path) = path else { continue };
                        let form = self.forms.mul(x.form, y.form).ok_or(GiveUp)?;
                        let form = self.forms.floor_div(form, 1 << bits).ok_or(GiveUp)?;
                        let range = x.range.mul(y.range).floor_div(1 << bits);
                        self.exact(path, form, range, bits, out)?;
                    }
                }
                Ok(())
            }
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => self.bitwise_case(op, bits, a, b, out),
            BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => self.shift_case(op, bits, a, b, out),
            BinaryOp::UDiv | BinaryOp::URem => self.division_case(op, a, b, out),
            BinaryOp::UMin => self.select_lesser(Condition::Ult, bits, a, b, out),
            BinaryOp::UMax => self.select_lesser(Condition::Ugt, bits, a, b, out),
            BinaryOp::SMin => self.select_lesser(Condition::Slt, bits, a, b, out),
            BinaryOp::SMax => self.select_lesser(Condition::Sgt, bits, a, b, out),
        }
    }

    /// Adds the word that an exact integer wraps to.
    pub(super) fn exact(
        &mut self,
        path: PathId,
        form: Form,
        range: Interval,
        bits: u8,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let range = range.intersect(self.paths.bounds(&self.forms, path, form));
        if range.is_empty() {
            return Ok(());
        }
        self.wrap(Case { path, form, range }, bits, out)
    }

    fn division_case(
        &mut self,
        op: BinaryOp,
        a: &Case,
        b: &Case,
        out: &mut Cases,
    ) -> Result<(), GiveUp> {
        let divisor = match b.form.as_constant() {
            // The operation traps: its value does not count.
            Some(0) => return Ok(()),
            Some(divisor) => divisor,
            None => return Err(GiveUp),
        };
        let quotient = match a.range.floor_div(divisor).as_point() {
            Some(quotient) => Form::constant(quotient),
            None => self.forms.floor_div(a.form, divisor).ok_or(GiveUp)?,
        };
        if op == BinaryOp::UDiv {
            return self.push(a.path, quotient, a.range.floor_div(divisor), out);
        }
        let multiple = self.forms.scale(quotient, divisor).ok_or(GiveUp)?;
        let remainder = self.forms.sub(a.form, multiple).ok_or(GiveUp)?;
        let range = Interval::new(0, (divisor - 1).min(a.range.hi));
        self.push(a.path, remainder, range, out)
    }
}

/// Whether a form is a multiple of its combination that is no shift of it: the bits of a shifted word stay what they are.
pub(super) fn is_scaled(form: Form) -> bool {
    !form.scale.unsigned_abs().is_power_of_two() && form.scale != 0
}

/// Number of integers between the bounds, at most `i128::MAX`.
fn width(range: Interval) -> i128 {
    range.hi.saturating_sub(range.lo)
}

/// The high half of a product of words within these ranges.
fn unsigned_high(bits: u8, a: Interval, b: Interval) -> Interval {
    // Words are at most 64 bits wide, so that the product fits 128.
    let high = |x: i128, y: i128| ((x as u128 * y as u128) >> bits) as i128;
    Interval::new(high(a.lo, b.lo), high(a.hi, b.hi))
}

/// The range of a result of which nothing else is known.
fn result_range(op: BinaryOp, bits: u8, a: Interval, b: Interval) -> Interval {
    let word = Interval::word(bits);
    let range = match op {
        BinaryOp::And => Interval::new(0, a.hi.min(b.hi)),
        BinaryOp::Or => Interval::new(a.lo.max(b.lo), ones(a.hi.max(b.hi))),
        BinaryOp::Xor => Interval::new(0, ones(a.hi.max(b.hi))),
        BinaryOp::ShrU | BinaryOp::UDiv => Interval::new(0, a.hi),
        BinaryOp::URem => Interval::new(0, a.hi.min((b.hi - 1).max(0))),
        BinaryOp::UMulHi => unsigned_high(bits, a, b),
        BinaryOp::UMin => Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)),
        BinaryOp::UMax => Interval::new(a.lo.max(b.lo), a.hi.max(b.hi)),
        BinaryOp::Add => a.add(b),
        BinaryOp::Sub => a.sub(b),
        BinaryOp::Mul => a.mul(b),
        BinaryOp::SMulHi | BinaryOp::Shl | BinaryOp::ShrS | BinaryOp::SMin | BinaryOp::SMax => word,
    };
    if word.contains(range) { range } else { word }
}

/// The least number of the form `2^k - 1` that is not below a word.
pub(super) fn ones(word: i128) -> i128 {
    (1i128 << (128 - word.max(0).leading_zeros())) - 1
}
