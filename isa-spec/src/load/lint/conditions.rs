//! Refusals that can never happen, or always do.
//!
//! Decided by intervals: a count has any value of a register, a field what its size, `value` and `max` allow. The
//! conditions are checked in order, so that each one narrows the intervals for those behind it. What this cannot
//! tell is not reported, so that a report is always right.

use crate::algebra::{BinOp, Expr, ExprKind, FieldId, OperandId, UnOp};
use crate::load::Loader;
use crate::model::{Condition, Descriptor, FieldType};
use crate::span::Diagnostic;
use std::collections::BTreeMap;

/// From, to; both included. Integers have no negative values.
type Interval = (u128, u128);

const ALL: Interval = (0, u128::MAX);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Count(OperandId),
    Field(FieldId),
}

impl Loader<'_> {
    pub(super) fn conditions(&self) {
        for instruction in &self.spec.instructions {
            let Some((_, descriptor)) = instruction.descriptor() else {
                continue;
            };
            let mut known = Known::new(&self.spec.descriptors[descriptor], &instruction.xlen);
            for precondition in &instruction.preconditions {
                let message = match known.decide(&precondition.unless) {
                    Some(true) => "this refusal never happens: its condition always holds here",
                    Some(false) => "every operation is refused here: the condition can never hold",
                    None => {
                        known.assume(&precondition.unless);
                        continue;
                    }
                };
                self.sink.push(
                    Diagnostic::warning(message, precondition.span.clone()).note(
                        format!("in instruction `{}`", instruction.name),
                        Some(instruction.span.clone()),
                    ),
                );
            }
        }
    }
}

/// What is known about counts and fields.
struct Known {
    /// The largest value of a register.
    register: u128,
    intervals: BTreeMap<Name, Interval>,
}

impl Known {
    fn new(descriptor: &Descriptor, xlen: &[u8]) -> Self {
        let mut intervals = BTreeMap::new();
        for (index, field) in descriptor.fields.iter().enumerate() {
            let interval = match (&field.ty, field.value, field.max) {
                (_, Some(value), _) => (u128::from(value), u128::from(value)),
                (_, None, Some(max)) => (0, u128::from(max)),
                (FieldType::Uint(bytes), None, None) => (0, (1u128 << (8 * u32::from(*bytes))) - 1),
                _ => ALL,
            };
            intervals.insert(Name::Field(FieldId(index as u32)), interval);
        }
        let bits = xlen.iter().copied().max().unwrap_or(64);
        Self {
            register: (1u128 << bits) - 1,
            intervals,
        }
    }

    fn of(&self, name: Name) -> Interval {
        self.intervals
            .get(&name)
            .copied()
            .unwrap_or((0, self.register))
    }

    /// Whether the condition holds for all values, or for none.
    fn decide(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::And(a, b) => and(self.decide(a), self.decide(b)),
            Condition::Or(a, b) => or(self.decide(a), self.decide(b)),
            Condition::Term(term) => self.truth(term),
            // That two views are disjoint or the same is up to the addresses.
            _ => None,
        }
    }

    fn truth(&self, term: &Expr) -> Option<bool> {
        match &term.kind {
            ExprKind::Bool(value) => Some(*value),
            ExprKind::Unary(UnOp::Not, inner) => self.truth(inner).map(|value| !value),
            ExprKind::Binary(BinOp::And, a, b) => and(self.truth(a), self.truth(b)),
            ExprKind::Binary(BinOp::Or, a, b) => or(self.truth(a), self.truth(b)),
            ExprKind::Binary(op, a, b) => {
                // The same term on both sides is the same value.
                let same = crate::sem::print::same(a, b);
                let (a, b) = (self.interval(a)?, self.interval(b)?);
                let equal = (same || (a.0 == a.1 && a == b)).then_some(true);
                let apart = (a.1 < b.0 || b.1 < a.0).then_some(false);
                let below = |x: Interval, y: Interval| match () {
                    () if x.1 < y.0 => Some(true),
                    () if x.0 >= y.1 || same => Some(false),
                    () => None,
                };
                match op {
                    BinOp::Eq => equal.or(apart),
                    BinOp::Ne => equal.or(apart).map(|value| !value),
                    BinOp::LtU => below(a, b),
                    BinOp::LeU => below(b, a).map(|value| !value),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The values of an integer term; none for what is no term over counts, fields and literals.
    fn interval(&self, term: &Expr) -> Option<Interval> {
        if let Some(name) = name(term) {
            return Some(self.of(name));
        }
        match &term.kind {
            ExprKind::Int(value) => {
                let value = u128::try_from(*value).ok()?;
                Some((value, value))
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.interval(a)?, self.interval(b)?);
                Some(match op {
                    BinOp::Add => (a.0.saturating_add(b.0), a.1.saturating_add(b.1)),
                    BinOp::Mul => (a.0.saturating_mul(b.0), a.1.saturating_mul(b.1)),
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// The condition holds from here on.
    fn assume(&mut self, condition: &Condition) {
        match condition {
            Condition::And(a, b) => {
                self.assume(a);
                self.assume(b);
            }
            Condition::Term(term) => self.assume_term(term),
            _ => {}
        }
    }

    fn assume_term(&mut self, term: &Expr) {
        let ExprKind::Binary(op, a, b) = &term.kind else {
            return;
        };
        if *op == BinOp::And {
            self.assume_term(a);
            self.assume_term(b);
            return;
        }
        let (Some(left), Some(right)) = (self.interval(a), self.interval(b)) else {
            return;
        };
        let strict = u128::from(*op == BinOp::LtU);
        match op {
            BinOp::LtU | BinOp::LeU => {
                self.narrow(a, (0, right.1.saturating_sub(strict)));
                self.narrow(b, (left.0.saturating_add(strict), u128::MAX));
            }
            BinOp::Eq => {
                self.narrow(a, right);
                self.narrow(b, left);
            }
            _ => {}
        }
    }

    /// If the term is a name, it has its value in this interval too.
    fn narrow(&mut self, term: &Expr, to: Interval) {
        if let Some(name) = name(term) {
            let from = self.of(name);
            self.intervals
                .insert(name, (from.0.max(to.0), from.1.min(to.1)));
        }
    }
}

fn name(term: &Expr) -> Option<Name> {
    match term.kind {
        ExprKind::Count(operand) => Some(Name::Count(operand)),
        ExprKind::Field(field) => Some(Name::Field(field)),
        _ => None,
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    and(a.map(|value| !value), b.map(|value| !value)).map(|value| !value)
}
