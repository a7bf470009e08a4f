//! Walks a program, case by case, and writes the rules of a certificate.
//!
//! The value of each operation is kept as a polynomial over symbols. A wrap by a known number of turns changes the
//! constant; one that is ambiguous by a single turn splits the case; any other takes a quotient: one that is known to be
//! right because its remainder is in range, or a new symbol.

use super::bounds::{Effort, Facts};
use super::form::{Form, floor, inverse, modulo};
use super::{Failure, Lemmas};
use crate::proof::certificate::{Conclusion, Equation, Rule, Witness};
use crate::proof::program::{Op, Program, Value};
use crate::proof::statement::Claim;
use num_bigint::{BigInt, Sign};
use std::collections::HashSet;

/// Splits that may follow each other.
const MAX_DEPTH: usize = 24;

/// What a section proves.
pub(super) struct Goal<'a> {
    pub(super) claims: &'a [Claim],
    /// The first operation that is not needed.
    pub(super) end: usize,
    /// Cases that it may have.
    pub(super) max_cases: usize,
}

/// How a case ended: the polynomial and the bounds of the last value, for the discovery of lemmas.
pub(super) struct Leaf {
    pub(super) form: Form,
    pub(super) lo: BigInt,
    pub(super) hi: BigInt,
}

#[derive(Clone, Default)]
struct State {
    facts: Facts,
    values: Vec<Option<Form>>,
    /// Quotients: dividend, divisor, symbol.
    quotients: Vec<(Form, BigInt, u32)>,
    /// Symbols of lemmas, and the index of each lemma.
    lemma_symbols: Vec<(u32, usize)>,
    depth: usize,
}

/// What is known about a remainder.
enum Remainder {
    Known(Form, [Witness; 2]),
    /// It depends on whether the form is at most the number.
    Split(Form, BigInt),
}

/// Rules of a section, and its cases.
pub(super) struct Section<'a> {
    program: &'a Program,
    lemmas: &'a Lemmas,
    goal: &'a Goal<'a>,
    needed: HashSet<u32>,
    params: Vec<u32>,
    pub(super) rules: Vec<Rule>,
    pub(super) leaves: Vec<Leaf>,
}

impl<'a> Section<'a> {
    /// Proves the goal.
    pub(super) fn prove(
        program: &'a Program,
        lemmas: &'a Lemmas,
        goal: &'a Goal<'a>,
    ) -> Result<Self, Failure> {
        let mut params = Vec::with_capacity(program.ops.len());
        let mut facts = Facts::default();
        for op in &program.ops {
            params.push(facts.ranges.len() as u32);
            if let Op::Param { lo, hi } = op {
                facts.ranges.push((lo.clone(), hi.clone()));
            }
        }
        let mut section = Self {
            program,
            lemmas,
            goal,
            needed: needed(program, lemmas, goal),
            params,
            rules: Vec::new(),
            leaves: Vec::new(),
        };
        let mut open = vec![State {
            facts,
            ..State::default()
        }];
        while let Some(state) = open.pop() {
            if let Some([low, high]) = section.run(state)? {
                if high.depth > MAX_DEPTH || section.leaves.len() + open.len() > goal.max_cases {
                    return Err(Failure::TooManyCases);
                }
                open.extend([high, low]);
            }
        }
        Ok(section)
    }

    /// Walks to the end of the case, or to a split.
    fn run(&mut self, mut state: State) -> Result<Option<[State; 2]>, Failure> {
        if state.depth > 0
            && let Some(fact) = state.facts.facts.len().checked_sub(1)
            && let Some(witness) = state.facts.contradiction(fact, Effort::Little)
        {
            self.rules.push(Rule::Absurd(witness));
            return Ok(None);
        }
        while state.values.len() < self.goal.end {
            if let Some((form, at)) = self.step(&mut state)? {
                return Ok(Some(self.split(state, form, &at)));
            }
            if let Some(fact) = state.refuted() {
                self.rules.push(Rule::Absurd(fact));
                return Ok(None);
            }
        }
        self.close(&state)?;
        Ok(None)
    }

    fn split(&mut self, mut low: State, form: Form, at: &BigInt) -> [State; 2] {
        low.depth += 1;
        let mut high = low.clone();
        low.facts.facts.push(Form::constant(at.clone()).sub(&form));
        high.facts.facts.push(form.shift(&(BigInt::from(-1) - at)));
        self.rules.push(Rule::Split {
            form: form.write(),
            at: at.clone(),
        });
        [low, high]
    }

    /// Ends a case with its conclusions, or shows that it does not occur.
    fn close(&mut self, state: &State) -> Result<(), Failure> {
        let mut conclusions = Vec::new();
        for claim in self.goal.claims {
            match self.conclude(state, claim) {
                Ok(conclusion) => conclusions.push(conclusion),
                Err(failure) => {
                    let facts = 0..state.facts.facts.len();
                    let absurd = facts
                        .rev()
                        .find_map(|fact| state.facts.contradiction(fact, Effort::Much));
                    let witness = absurd.ok_or(failure)?;
                    self.rules.push(Rule::Absurd(witness));
                    return Ok(());
                }
            }
        }
        if self.goal.claims.is_empty()
            && let Some(Some(form)) = state.values.last()
        {
            let (lo, hi) = state.facts.bounds(form);
            self.leaves.push(Leaf {
                form: self
                    .over_params(state, form, &self.lemmas.modulus)
                    .unwrap_or_default(),
                lo,
                hi,
            });
        }
        self.rules.push(Rule::Done(conclusions));
        Ok(())
    }

    /// With the symbols of lemmas replaced by what they are congruent to; coefficients modulo a number, unless that is 0.
    fn over_params(&self, state: &State, form: &Form, modulus: &BigInt) -> Option<Form> {
        let residue = |symbol: u32| {
            let (_, lemma) = state.lemma_symbols.iter().find(|(s, _)| *s == symbol)?;
            Some(self.lemmas.list[*lemma].0.clone())
        };
        form.substitute(&residue, modulus)
    }

    fn conclude(&self, state: &State, claim: &Claim) -> Result<Conclusion, Failure> {
        let form = self.value(state, claim.value())?;
        match claim {
            Claim::Range { lo, hi, .. } => {
                let above = state.facts.at_least_zero(&form.shift(&-lo), Effort::Much);
                let below = state
                    .facts
                    .at_least_zero(&Form::constant(hi.clone()).sub(form), Effort::Much);
                match (above, below) {
                    (Some(above), Some(below)) => Ok(Conclusion::Range([above, below])),
                    _ => {
                        let (lo, hi) = state.facts.bounds(form);
                        Err(Failure::Range { lo, hi })
                    }
                }
            }
            Claim::Equal { to, .. } => {
                let difference = form.sub(&Form::read(to));
                self.vanishes(state, difference, &BigInt::ZERO)
            }
            Claim::Congruent {
                scale, modulus, to, ..
            } => {
                let difference = form.scale(scale).sub(&Form::read(to));
                let difference = self
                    .over_params(state, &difference, &BigInt::ZERO)
                    .ok_or(Failure::TooLarge)?;
                self.vanishes(state, difference, modulus)
            }
        }
    }

    /// Whether a difference is zero modulo a number (0: is zero), perhaps because of equations that hold in this case.
    fn vanishes(
        &self,
        state: &State,
        mut difference: Form,
        modulus: &BigInt,
    ) -> Result<Conclusion, Failure> {
        let exactly = modulus.sign() == Sign::NoSign;
        let left = |form: &Form| {
            if exactly {
                form.clone()
            } else {
                form.reduced(modulus)
            }
        };
        let mut equations = Vec::new();
        for form in state.facts.equations(&left(&difference)) {
            let rest = left(&difference);
            let ratio = form.terms.iter().find_map(|(monomial, d)| {
                let c = rest.coefficient(monomial)?;
                quotient(c, d, modulus)
            });
            let negative = form.scale(&BigInt::from(-1));
            if let (Some(factor), Some(above), Some(below)) = (
                ratio,
                state.facts.at_least_zero(&form, Effort::Much),
                state.facts.at_least_zero(&negative, Effort::Much),
            ) {
                difference = difference.plus(&-&factor, &form);
                equations.push(Equation {
                    form: form.write(),
                    factor,
                    bounds: [above, below],
                });
            }
        }
        let rest = left(&difference);
        if !rest.terms.is_empty() {
            return Err(Failure::Differs { by: rest.write() });
        }
        let quotient = if exactly {
            Form::default()
        } else {
            difference.divided(modulus)
        };
        Ok(Conclusion::Modulo {
            quotient: quotient.write(),
            equations,
        })
    }

    fn value<'s>(&self, state: &'s State, value: Value) -> Result<&'s Form, Failure> {
        state
            .values
            .get(value.0 as usize)
            .and_then(Option::as_ref)
            .ok_or(Failure::Unknown { value })
    }

    /// One operation. A form and a number: the case has to be split there first.
    fn step(&mut self, state: &mut State) -> Result<Option<(Form, BigInt)>, Failure> {
        let index = state.values.len();
        let op = &self.program.ops[index];
        let operand = |v: &Value| state.values[v.0 as usize].clone();
        let value = match op {
            Op::Param { .. } => Some(Form::symbol(self.params[index])),
            Op::Const(c) => Some(Form::constant(c.clone())),
            Op::Add(a, b) => operand(a).zip(operand(b)).map(|(a, b)| a.add(&b)),
            Op::Sub(a, b) => operand(a).zip(operand(b)).map(|(a, b)| a.sub(&b)),
            Op::Mul(a, b) => match operand(a).zip(operand(b)) {
                Some((a, b)) => Some(a.times(&b).ok_or(Failure::TooLarge)?),
                None => None,
            },
            Op::Assume(a) => {
                let assumed = operand(a);
                if let Some(assumed) = &assumed {
                    state.facts.facts.push(assumed.shift(&BigInt::from(-1)));
                }
                assumed
            }
            _ => return self.ruled(state, op, index),
        };
        state.values.push(value);
        Ok(None)
    }

    /// An operation that takes a rule.
    fn ruled(
        &mut self,
        state: &mut State,
        op: &Op,
        index: usize,
    ) -> Result<Option<(Form, BigInt)>, Failure> {
        if !self.needed.contains(&(index as u32)) {
            self.rules.push(Rule::Skip);
            state.values.push(None);
            return Ok(None);
        }
        if let Some(lemma) = self.lemmas.about(index as u32)
            && index + 1 != self.goal.end
        {
            let (_, data) = &self.lemmas.list[lemma];
            let symbol = state.new_symbol(data.lo.clone(), data.hi.clone());
            state.lemma_symbols.push((symbol, lemma));
            self.rules.push(Rule::Lemma(lemma));
            state.values.push(Some(Form::symbol(symbol)));
            return Ok(None);
        }
        let get = |v: Value| self.value(state, v).cloned();
        match op {
            Op::Mod(a, m) => {
                let of = get(*a)?;
                self.remainder_of(state, &of, m, |form| form)
            }
            Op::Floor(a, m) => {
                let of = get(*a)?;
                let quotient = |low: Form| of.sub(&low).divided(m);
                self.remainder_of(state, &of.clone(), m, quotient)
            }
            Op::Less(a, b) => {
                let difference = get(*a)?.sub(&get(*b)?);
                self.decide(state, &difference, |holds, why| Rule::Truth { holds, why })?
                    .map_or(Ok(Some((difference, BigInt::from(-1)))), |holds| {
                        state
                            .values
                            .push(Some(Form::constant(BigInt::from(u8::from(holds)))));
                        Ok(None)
                    })
            }
            Op::Select(c, a, b) => {
                // The first side is taken if -c < 0.
                let negative = get(*c)?.scale(&BigInt::from(-1));
                let (a, b) = (get(*a), get(*b));
                let taken =
                    self.decide(state, &negative, |first, why| Rule::Take { first, why })?;
                match taken {
                    None => Ok(Some((negative, BigInt::from(-1)))),
                    Some(first) => {
                        let taken = if first { a? } else { b? };
                        state.values.push(Some(taken));
                        Ok(None)
                    }
                }
            }
            Op::And(a, b, bits) | Op::Or(a, b, bits) | Op::Xor(a, b, bits) => {
                let (x, y) = (self.settled(state, *a)?, self.settled(state, *b)?);
                self.bitwise(state, op, (&x, &y), *bits)
            }
            _ => Err(Failure::Unknown {
                value: Value(index as u32),
            }),
        }
    }

    /// Whether a form is negative, if it is known; writes the rule.
    fn decide(
        &mut self,
        state: &State,
        form: &Form,
        rule: impl Fn(bool, Witness) -> Rule,
    ) -> Result<Option<bool>, Failure> {
        let below = Form::constant(BigInt::from(-1)).sub(form);
        let known = match state.facts.at_least_zero(&below, Effort::Little) {
            Some(why) => Some((true, why)),
            None => state
                .facts
                .at_least_zero(form, Effort::Little)
                .map(|why| (false, why)),
        };
        Ok(known.map(|(negative, why)| {
            self.rules.push(rule(negative, why));
            negative
        }))
    }

    /// A remainder, and the value that follows from it.
    fn remainder_of(
        &mut self,
        state: &mut State,
        of: &Form,
        m: &BigInt,
        value: impl Fn(Form) -> Form,
    ) -> Result<Option<(Form, BigInt)>, Failure> {
        match self.remainder(state, of, m) {
            Remainder::Split(form, at) => Ok(Some((form, at))),
            Remainder::Known(low, bounds) => {
                let form = value(low);
                self.rules.push(Rule::Value {
                    form: form.write(),
                    bounds,
                });
                state.values.push(Some(form));
                Ok(None)
            }
        }
    }

    /// `of` modulo `m`.
    fn remainder(&mut self, state: &mut State, of: &Form, m: &BigInt) -> Remainder {
        let reduced = of.reduced(m);
        if let Some(c) = reduced.as_constant() {
            let form = Form::constant(modulo(&c, m));
            return Remainder::Known(form, Default::default());
        }
        if let Some((form, bounds)) = state.facts.within(of, m, Effort::Little) {
            return Remainder::Known(form, bounds);
        }
        let known = |facts: &Facts, form: Form| {
            let bounds = facts.in_range(&form, m, Effort::Little)?;
            Some(Remainder::Known(form, bounds))
        };
        let mut ambiguous = Vec::new();
        for form in [of, &reduced] {
            let (lo, hi) = state.facts.bounds(form);
            let (first, last) = (floor(&lo, m), floor(&hi, m));
            if first == last
                && let Some(remainder) = known(&state.facts, form.shift(&-(&first * m)))
            {
                return remainder;
            }
            let next = first + 1;
            if next == last {
                ambiguous.push((form.clone(), next * m - 1));
            }
        }
        let same = |(form, by, symbol): &(Form, BigInt, u32)| {
            (*form == reduced && by == m).then_some(*symbol)
        };
        if let Some(symbol) = state.quotients.iter().find_map(same)
            && let Some(remainder) = known(&state.facts, reduced.plus(&-m, &Form::symbol(symbol)))
        {
            return remainder;
        }
        if let Some((form, at)) = ambiguous.into_iter().next() {
            return Remainder::Split(form, at);
        }
        // Another division's quotient may be this one's as well.
        for (_, _, symbol) in state.quotients.clone() {
            for factor in [-m, m.clone()] {
                let candidate = of.plus(&factor, &Form::symbol(symbol));
                let (lo, hi) = state.facts.bounds(&candidate);
                let turns = floor(&lo, m);
                let candidate = candidate.shift(&-(&turns * m));
                if (turns == floor(&hi, m) || lo.sign() == Sign::NoSign)
                    && let Some(remainder) = known(&state.facts, candidate)
                {
                    return remainder;
                }
            }
        }
        // And there may be no turn at all.
        if let Some((form, bounds)) = state.facts.within(of, m, Effort::Much) {
            return Remainder::Known(form, bounds);
        }
        let symbol = self.quotient(state, &reduced, m);
        let form = reduced.plus(&-m, &Form::symbol(symbol));
        // The last two facts are exactly these bounds.
        let count = state.facts.facts.len();
        Remainder::Known(form, [fact(count - 2), fact(count - 1)])
    }

    fn quotient(&mut self, state: &mut State, of: &Form, by: &BigInt) -> u32 {
        let (lo, hi) = state.facts.range_of(of);
        let symbol = state.new_symbol(floor(&lo, by), floor(&hi, by));
        let remainder = of.plus(&-by, &Form::symbol(symbol));
        let room = Form::constant(by - 1).sub(&remainder);
        state.facts.facts.extend([remainder, room]);
        state.quotients.push((of.clone(), by.clone(), symbol));
        self.rules.push(Rule::Floor {
            of: of.write(),
            by: by.clone(),
        });
        symbol
    }

    /// What a value is, as a constant if there is only one that it can be in this case.
    fn settled(&mut self, state: &mut State, value: Value) -> Result<Form, Failure> {
        let form = self.value(state, value)?.clone();
        if form.as_constant().is_some() {
            return Ok(form);
        }
        let (lo, hi) = state.facts.bounds(&form);
        if lo != hi {
            return Ok(form);
        }
        let constant = Form::constant(lo);
        let excess = form.sub(&constant);
        let bounds = [excess.clone(), excess.scale(&BigInt::from(-1))];
        let [Some(above), Some(below)] =
            bounds.map(|b| state.facts.at_least_zero(&b, Effort::Little))
        else {
            return Ok(form);
        };
        self.rules.push(Rule::Equal {
            value,
            form: constant.write(),
            bounds: [above, below],
        });
        state.values[value.0 as usize] = Some(constant.clone());
        Ok(constant)
    }

    fn bitwise(
        &mut self,
        state: &mut State,
        op: &Op,
        (a, b): (&Form, &Form),
        bits: u32,
    ) -> Result<Option<(Form, BigInt)>, Failure> {
        let modulus = BigInt::from(1) << bits;
        let ones = &modulus - 1;
        let word = |form: &Form| form.as_constant().map(|c| c & &ones);
        let known = |section: &mut Self, state: &mut State, form: Form, bounds| {
            section.rules.push(Rule::Value {
                form: form.write(),
                bounds,
            });
            state.values.push(Some(form));
            Ok(None)
        };
        if let (Some(x), Some(y)) = (word(a), word(b)) {
            let result = match op {
                Op::And(..) => x & y,
                Op::Or(..) => x | y,
                _ => x ^ y,
            };
            return known(self, state, Form::constant(result), Default::default());
        }
        let constant = word(a).map(|c| (c, b)).or(word(b).map(|c| (c, a)));
        match (op, constant) {
            (Op::And(..), Some((c, other))) if is_mask(&c) => {
                return self.remainder_of(state, other, &(c + 1), |form| form);
            }
            (Op::Xor(..), Some((c, other))) if c == ones => {
                let complement = Form::constant(ones).sub(other);
                return self.remainder_of(state, &complement, &modulus, |form| form);
            }
            (Op::Or(..), Some((c, _))) if c == ones => {
                return known(self, state, Form::constant(c), Default::default());
            }
            (Op::Or(..) | Op::Xor(..), _) => {
                let sum = a.add(b);
                let apart = |low: &Form, high: &Form| {
                    let (lo, hi) = state.facts.range_of(low);
                    let (least, _) = state.facts.range_of(high);
                    lo.sign() != Sign::Minus
                        && least.sign() != Sign::Minus
                        && hi <= ones
                        && high.divisible(&(BigInt::from(1) << hi.bits()))
                };
                if (apart(a, b) || apart(b, a))
                    && let Some(bounds) = state.facts.in_range(&sum, &modulus, Effort::Little)
                {
                    return known(self, state, sum, bounds);
                }
            }
            _ => {}
        }
        let symbol = state.new_symbol(BigInt::ZERO, ones);
        self.rules.push(Rule::Opaque);
        state.values.push(Some(Form::symbol(symbol)));
        Ok(None)
    }
}

impl State {
    /// Why the case does not occur, if an assumption has just turned out to be wrong.
    fn refuted(&self) -> Option<Witness> {
        let last = self.facts.facts.len().checked_sub(1)?;
        let constant = self.facts.facts[last].as_constant()?;
        (constant.sign() == Sign::Minus).then(|| fact(last))
    }

    fn new_symbol(&mut self, lo: BigInt, hi: BigInt) -> u32 {
        self.facts.ranges.push((lo, hi));
        self.facts.ranges.len() as u32 - 1
    }
}

impl Facts {
    /// Polynomials that are zero in this case: facts that hold in both directions, and symbols of one value.
    fn equations(&self, of: &Form) -> Vec<Form> {
        let mut out = Vec::new();
        if of.terms.is_empty() {
            return out;
        }
        for (index, a) in self.facts.iter().enumerate() {
            let opposite = |b: &&Form| a.add(b).terms.is_empty();
            if self.facts[..index].iter().any(|b| opposite(&b)) {
                out.push(a.clone());
            }
        }
        for (monomial, _) in &of.terms {
            if let [symbol] = monomial[..] {
                let (lo, hi) = self.bounds(&Form::symbol(symbol));
                if lo == hi {
                    out.push(Form::symbol(symbol).shift(&-lo));
                }
            }
        }
        out
    }

    /// Why a form is in `[0, m)`.
    fn in_range(&self, form: &Form, m: &BigInt, effort: Effort) -> Option<[Witness; 2]> {
        let above = self.at_least_zero(form, effort)?;
        let below = self.at_least_zero(&Form::constant(m - 1).sub(form), effort)?;
        Some([above, below])
    }

    /// The form without the turns that its range shows, if that is in `[0, m)`: the cheap case.
    fn within(&self, form: &Form, m: &BigInt, effort: Effort) -> Option<(Form, [Witness; 2])> {
        let (lo, hi) = self.range_of(form);
        if floor(&lo, m) == floor(&hi, m) {
            let form = form.shift(&-(floor(&lo, m) * m));
            return Some((form, Default::default()));
        }
        let bounds = self.in_range(form, m, effort)?;
        Some((form.clone(), bounds))
    }
}

/// The quotient of two coefficients, modulo a number unless that is zero.
fn quotient(a: &BigInt, b: &BigInt, modulus: &BigInt) -> Option<BigInt> {
    if modulus.sign() != Sign::NoSign {
        return Some(modulo(&(a * inverse(b, modulus)?), modulus));
    }
    (a % b == BigInt::ZERO).then(|| a / b)
}

/// A fact by itself.
fn fact(index: usize) -> Witness {
    Witness {
        denominator: BigInt::from(1),
        parts: vec![crate::proof::certificate::Part {
            factor: BigInt::from(1),
            symbols: Vec::new(),
            fact: index,
        }],
    }
}

/// The operations that the claims, or the last value, depend on; assumptions always count.
fn needed(program: &Program, lemmas: &Lemmas, goal: &Goal<'_>) -> HashSet<u32> {
    let mut needed: HashSet<u32> = goal.claims.iter().map(|c| c.value().0).collect();
    if needed.is_empty() {
        needed.extend(goal.end.checked_sub(1).map(|last| last as u32));
    }
    for index in (0..goal.end).rev() {
        let op = &program.ops[index];
        let index = index as u32;
        if matches!(op, Op::Assume(_)) {
            needed.insert(index);
        }
        let replaced = lemmas.about(index).is_some() && index as usize + 1 != goal.end;
        if needed.contains(&index) && !replaced {
            needed.extend(op.operands().map(|v| v.0));
        }
    }
    needed
}

/// Whether all ones of a number are its low bits.
fn is_mask(c: &BigInt) -> bool {
    c.sign() == Sign::NoSign || c.magnitude().trailing_ones() == c.bits()
}
