//! From the text of a table's rules to constraints and interactions.
//!
//! The statements are those of the language of meanings, read in another way: `assert(a == b)` and `bool(x)` are
//! constraints, `send(bus, ...)` and `receive(bus, ...)` interactions; `if x { ... } else { ... }` multiplies what is
//! inside by `x`, or by `1 - x`; `if row.first` and its like say in which rows constraints hold; `let` names a
//! polynomial; `for` repeats.

use super::poly::Poly;
use super::scope::{Globals, Known, MAX_LOOP, Scope};
use super::{Bus, Column, Constraint, Interaction, MAX_DEGREE, When};
use crate::algebra::{BinOp, ReduceOp};
use crate::sem::ast::{Ast, AstKind, AstStmt, AstStmtKind, Name};
use crate::sem::parse;
use crate::tree::Text;
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

/// The most parts of one polynomial, written out.
const MAX_SIZE: u64 = 1 << 14;
/// The highest polynomial.
const MAX_HEIGHT: u32 = 256;
/// The most parts of all polynomials of a spec and of what they are made of together.
const MAX_PARTS: u64 = 1 << 20;

/// A polynomial with what is bounded of it.
#[derive(Debug, Clone)]
struct Lowered {
    poly: Arc<Poly>,
    degree: u32,
    size: u64,
    height: u32,
}

impl Lowered {
    fn constant(value: i64) -> Self {
        Self::of(Poly::Const(value), 0, &[])
    }

    fn of(poly: Poly, degree: u32, parts: &[&Self]) -> Self {
        Self {
            poly: Arc::new(poly),
            degree,
            size: parts
                .iter()
                .fold(1, |sum, part| part.size.saturating_add(sum)),
            height: 1 + parts.iter().map(|part| part.height).max().unwrap_or(0),
        }
    }

    fn sub(&self, other: &Self) -> Self {
        if *other.poly == Poly::Const(0) {
            return self.clone();
        }
        let poly = Poly::Sub(self.poly.clone(), other.poly.clone());
        Self::of(poly, self.degree.max(other.degree), &[self, other])
    }

    fn mul(&self, other: &Self) -> Self {
        let poly = Poly::Mul(self.poly.clone(), other.poly.clone());
        let degree = self.degree.saturating_add(other.degree);
        Self::of(poly, degree, &[self, other])
    }
}

/// What the rules of a table may refer to, and what they come to.
pub(super) struct Rules<'a> {
    scope: Scope<'a>,
    columns: &'a [Column],
    buses: &'a [Bus],
    lets: Vec<(String, Lowered)>,
    /// The product of the conditions around.
    guard: Option<Lowered>,
    when: When,
    parts: &'a Cell<u64>,
    pub(super) constraints: Vec<Constraint>,
    pub(super) interactions: Vec<Interaction>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(
        globals: &'a Globals<'a>,
        text: &'a Text,
        columns: &'a [Column],
        buses: &'a [Bus],
        parts: &'a Cell<u64>,
    ) -> Self {
        Self {
            scope: Scope::new(globals, text),
            columns,
            buses,
            lets: Vec::new(),
            guard: None,
            when: When::Always,
            parts,
            constraints: Vec::new(),
            interactions: Vec::new(),
        }
    }

    /// Reads all statements; reports what is wrong with them.
    pub(super) fn read(&mut self) {
        let text = self.scope.text;
        match parse::statements(&text.text) {
            Ok(statements) => {
                // The first error of a loop is enough; others would be the same.
                let _: Option<()> = self.block(&statements);
            }
            Err(error) => self.scope.syntax(error),
        }
    }

    fn fail<T>(&self, message: impl Into<String>, range: &Range<usize>) -> Option<T> {
        self.scope.error(message, range);
        None
    }

    fn block(&mut self, statements: &[AstStmt<'_>]) -> Option<()> {
        let lets = self.lets.len();
        let mut result = Some(());
        for statement in statements {
            if self.statement(statement).is_none() {
                result = None;
            }
        }
        self.lets.truncate(lets);
        result
    }

    fn statement(&mut self, statement: &AstStmt<'_>) -> Option<()> {
        match &statement.kind {
            AstStmtKind::Let { name, value } => {
                if self.lets.iter().any(|(n, _)| n == name.text) || self.is_name(name.text) {
                    let message = format!("`{}` has a meaning already", name.text);
                    return self.fail(message, &name.range());
                }
                // After an error the name stays known, so that there is one message.
                let value = self.poly(value);
                let bound = value.clone().unwrap_or_else(|| Lowered::constant(0));
                self.lets.push((name.text.to_owned(), bound));
                value.map(|_| ())
            }
            AstStmtKind::For { var, bound, body } => {
                if self.lets.iter().any(|(n, _)| n == var.text) || self.is_name(var.text) {
                    let message = format!("`{}` has a meaning already", var.text);
                    return self.fail(message, &var.range());
                }
                let bound = self
                    .scope
                    .need_int(bound, "the bound of a loop", MAX_LOOP)?;
                for value in 0..bound {
                    self.scope.bind(var.text, value);
                    let done = self.block(body);
                    self.scope.unbind();
                    done?;
                }
                Some(())
            }
            AstStmtKind::If {
                cond,
                then,
                otherwise,
            } => self.condition(cond, then, otherwise),
            AstStmtKind::Effect { name, args } => self.effect(name, args, &statement.range),
            _ => self.fail(
                "rules are `assert`, `bool`, `send`, `receive`, `let`, `for` and `if`",
                &statement.range,
            ),
        }
    }

    fn is_name(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
            || self.scope.globals.constants.contains_key(name)
            || self.scope.indices.iter().any(|(index, _)| index == name)
    }

    fn condition(
        &mut self,
        cond: &Ast<'_>,
        then: &[AstStmt<'_>],
        otherwise: &[AstStmt<'_>],
    ) -> Option<()> {
        if let AstKind::Member { base, member } = &cond.kind
            && base.text == "row"
        {
            let when = match member.text {
                "first" => When::First,
                "last" => When::Last,
                "transition" => When::Transition,
                _ => {
                    let known = ["first", "last", "transition"];
                    self.scope
                        .unknown("row", member.text, &member.range(), known);
                    return None;
                }
            };
            if !otherwise.is_empty() || self.when != When::Always {
                let message = "a choice of rows has no `else` and none inside of it";
                return self.fail(message, &cond.range);
            }
            self.when = when;
            let done = self.block(then);
            self.when = When::Always;
            return done;
        }
        match self.scope.known(cond) {
            Some(Known::Bool(true)) => return self.block(then),
            Some(Known::Bool(false)) => return self.block(otherwise),
            _ => {}
        }
        let cond = self.poly(cond)?;
        let outer = self.guard.clone();
        let guarded = |factor: &Lowered| match &outer {
            Some(outer) => outer.mul(factor),
            None => factor.clone(),
        };
        self.guard = Some(guarded(&cond));
        let mut done = self.block(then);
        if !otherwise.is_empty() {
            self.guard = Some(guarded(&Lowered::constant(1).sub(&cond)));
            done = done.and(self.block(otherwise));
        }
        self.guard = outer;
        done
    }

    fn effect(&mut self, name: &Name<'_>, args: &[Ast<'_>], range: &Range<usize>) -> Option<()> {
        match (name.text, args) {
            ("assert", [equation]) => {
                let AstKind::Binary {
                    op: BinOp::Eq,
                    left,
                    right,
                } = &equation.kind
                else {
                    return self.fail(
                        "`assert` takes an equation, as in `a == b`",
                        &equation.range,
                    );
                };
                let (left, right) = (self.poly(left)?, self.poly(right)?);
                self.constrain(&left.sub(&right), range)
            }
            ("bool", [x]) => {
                let x = self.poly(x)?;
                let one = Lowered::constant(1);
                self.constrain(&x.mul(&x.sub(&one)), range)
            }
            ("send" | "receive", [bus, values @ ..]) => {
                self.interact(name.text == "send", bus, values, range)
            }
            _ => {
                let known = ["assert", "bool", "send", "receive"];
                if known.contains(&name.text) {
                    let message = format!("wrong arguments of `{}`", name.text);
                    return self.fail(message, range);
                }
                self.scope.unknown("rule", name.text, &name.range(), known);
                None
            }
        }
    }

    fn constrain(&mut self, zero: &Lowered, range: &Range<usize>) -> Option<()> {
        let zero = match &self.guard {
            Some(guard) => guard.mul(zero),
            None => zero.clone(),
        };
        self.bounded(&zero, range)?;
        if zero.degree == 0 {
            return self.fail("no cell occurs in this constraint", range);
        }
        if zero.degree > MAX_DEGREE {
            let help = Some("give a part of it a column of its own".to_owned());
            let message = format!(
                "this constraint has degree {}, and the highest is {MAX_DEGREE}",
                zero.degree
            );
            self.scope.error_help(message, range, help);
            return None;
        }
        self.constraints.push(Constraint {
            when: self.when,
            zero: zero.poly,
            degree: zero.degree,
            instance: self.scope.instance(),
            span: self.scope.text.part(range.clone()),
        });
        Some(())
    }

    fn interact(
        &mut self,
        send: bool,
        bus: &Ast<'_>,
        values: &[Ast<'_>],
        range: &Range<usize>,
    ) -> Option<()> {
        let AstKind::Name(bus_name) = bus.kind else {
            return self.fail("the first argument is the name of a bus", &bus.range);
        };
        let Some(index) = self.buses.iter().position(|b| b.name == bus_name) else {
            let known = self.buses.iter().map(|b| b.name.as_str());
            self.scope.unknown("bus", bus_name, &bus.range, known);
            return None;
        };
        if self.when != When::Always {
            let message = "messages cannot depend on the place of the row; give it a column";
            return self.fail(message, range);
        }
        let mut message = Vec::new();
        for value in values {
            let parts = self.spread(value)?;
            for part in &parts {
                self.affine(part, "an element of a message", &value.range)?;
            }
            message.extend(parts.into_iter().map(|part| part.poly));
        }
        let bus = &self.buses[index];
        if message.len() != bus.arity() {
            let fields: Vec<String> = bus
                .fields
                .iter()
                .map(|field| {
                    if field.array {
                        format!("{}[{}]", field.name, field.len)
                    } else {
                        field.name.clone()
                    }
                })
                .collect();
            let diagnostic = crate::span::Diagnostic::error(
                format!(
                    "a message of bus `{}` has {} elements, this one has {}",
                    bus.name,
                    bus.arity(),
                    message.len()
                ),
                self.scope.text.part(range.clone()),
            )
            .note(
                format!("its parts: {}", fields.join(", ")),
                Some(bus.span.clone()),
            );
            self.scope.globals.sink.push(diagnostic);
            return None;
        }
        let count = self.guard.clone().unwrap_or_else(|| Lowered::constant(1));
        self.affine(&count, "a multiplicity", range)?;
        self.interactions.push(Interaction {
            bus: index,
            send,
            count: count.poly,
            values: message,
            instance: self.scope.instance(),
            span: self.scope.text.part(range.clone()),
        });
        Some(())
    }

    fn bounded(&self, poly: &Lowered, range: &Range<usize>) -> Option<()> {
        if poly.size > MAX_SIZE || poly.height > MAX_HEIGHT {
            return self.fail("this polynomial is too large", range);
        }
        self.parts.set(self.parts.get() + poly.size);
        if self.parts.get() > MAX_PARTS {
            return self.fail("the rules of the schema are too large", range);
        }
        Some(())
    }

    fn affine(&self, poly: &Lowered, what: &str, range: &Range<usize>) -> Option<()> {
        self.bounded(poly, range)?;
        if poly.degree > 1 || poly.poly.affine().is_none() {
            let help = Some("give the product a column of its own".to_owned());
            let message = format!("{what} has to be affine in the cells: no products of cells");
            self.scope.error_help(message, range, help);
            return None;
        }
        Some(())
    }

    /// The elements of an array, or one polynomial.
    fn spread(&mut self, value: &Ast<'_>) -> Option<Vec<Lowered>> {
        let (name, next) = match &value.kind {
            AstKind::Name(name) => (*name, false),
            AstKind::Call { name, args, .. } if name.text == "next" => match &args[..] {
                [
                    Ast {
                        kind: AstKind::Name(name),
                        ..
                    },
                ] => (*name, true),
                _ => return Some(vec![self.poly(value)?]),
            },
            _ => return Some(vec![self.poly(value)?]),
        };
        match self.columns.iter().find(|column| column.name == name) {
            Some(column) if column.array => Some(
                (column.at..column.at + column.len)
                    .map(|column| Lowered::of(Poly::Cell { column, next }, 1, &[]))
                    .collect(),
            ),
            _ => Some(vec![self.poly(value)?]),
        }
    }

    fn poly(&mut self, term: &Ast<'_>) -> Option<Lowered> {
        self.poly_at(term, false)
    }

    /// The polynomial of a term; its cells are those of the next row if `next`.
    fn poly_at(&mut self, term: &Ast<'_>, next: bool) -> Option<Lowered> {
        let known = self.scope.known(term);
        let out = match (&known, &term.kind) {
            (Some(Known::Int(value)), _) => match i64::try_from(*value) {
                Ok(value) => Lowered::constant(value),
                Err(_) => return self.fail("too large a number", &term.range),
            },
            (_, AstKind::Name(name)) => self.name(name, next, &term.range)?,
            (_, AstKind::Index { name, index }) => self.element(name, index, next)?,
            (_, AstKind::Call { name, args, .. }) if name.text == "next" => match (&args[..], next)
            {
                ([inner], false) => self.poly_at(inner, true)?,
                ([_], true) => return self.fail("only one row ahead can be seen", &term.range),
                _ => return self.fail("`next` takes one term", &term.range),
            },
            (_, AstKind::Neg(inner)) => {
                let inner = self.poly_at(inner, next)?;
                Lowered::constant(0).sub(&inner)
            }
            (_, AstKind::Binary { op, left, right }) => {
                let (a, b) = (self.poly_at(left, next)?, self.poly_at(right, next)?);
                match op {
                    BinOp::Add => sum(&[a, b]),
                    BinOp::Sub => a.sub(&b),
                    BinOp::Mul => a.mul(&b),
                    _ => {
                        return self.fail("polynomials have only `+`, `-` and `*`", &term.range);
                    }
                }
            }
            (
                _,
                AstKind::If {
                    cond,
                    then,
                    otherwise,
                },
            ) => match self.scope.known(cond) {
                Some(Known::Bool(true)) => self.poly_at(then, next)?,
                Some(Known::Bool(false)) => self.poly_at(otherwise, next)?,
                _ => {
                    let message = "the condition of a term has to be known when the spec is loaded";
                    return self.fail(message, &cond.range);
                }
            },
            (
                _,
                AstKind::Reduce {
                    op: ReduceOp::Sum,
                    var,
                    bound,
                    body,
                },
            ) => {
                let bound = self.scope.need_int(bound, "the bound of a sum", MAX_LOOP)?;
                let mut terms = Vec::new();
                for value in 0..bound {
                    self.scope.bind(var.text, value);
                    let term = self.poly_at(body, next);
                    self.scope.unbind();
                    terms.push(term?);
                }
                sum(&terms)
            }
            _ => return self.fail("this is no polynomial over the cells", &term.range),
        };
        self.bounded(&out, &term.range)?;
        Some(out)
    }

    fn name(&mut self, name: &str, next: bool, range: &Range<usize>) -> Option<Lowered> {
        if let Some((_, value)) = self.lets.iter().rev().find(|(n, _)| n == name) {
            if next {
                let message =
                    format!("`{name}` is named for this row; write it out for the next one");
                return self.fail(message, range);
            }
            return Some(value.clone());
        }
        match self.columns.iter().find(|column| column.name == name) {
            Some(column) if column.array => {
                let message = format!("`{name}` is an array of {} cells", column.len);
                let help = Some(format!("write `{name}[i]`"));
                self.scope.error_help(message, range, help);
                None
            }
            Some(column) => {
                let cell = Poly::Cell {
                    column: column.at,
                    next,
                };
                Some(Lowered::of(cell, 1, &[]))
            }
            None => {
                let known = self.columns.iter().map(|column| column.name.as_str());
                let known = known
                    .chain(self.lets.iter().map(|(name, _)| name.as_str()))
                    .chain(self.scope.globals.constants.keys().map(String::as_str));
                self.scope.unknown("column or name", name, range, known);
                None
            }
        }
    }

    fn element(&mut self, name: &Name<'_>, index: &[Ast<'_>], next: bool) -> Option<Lowered> {
        let Some(column) = self.columns.iter().find(|column| column.name == name.text) else {
            let known = self.columns.iter().map(|column| column.name.as_str());
            self.scope
                .unknown("column", name.text, &name.range(), known);
            return None;
        };
        let (true, [index]) = (column.array, index) else {
            let message = format!("`{}` is no array with this many indices", name.text);
            return self.fail(message, &name.range());
        };
        let index = self
            .scope
            .need_int(index, "this index", i128::from(column.len) - 1)?;
        let cell = Poly::Cell {
            column: column.at + index as u32,
            next,
        };
        Some(Lowered::of(cell, 1, &[]))
    }
}

/// A sum, without sums and zeros as its terms.
fn sum(terms: &[Lowered]) -> Lowered {
    let mut flat = Vec::new();
    for term in terms {
        match &*term.poly {
            Poly::Const(0) => {}
            Poly::Sum(inner) => flat.extend(inner.iter().cloned()),
            _ => flat.push(term.poly.clone()),
        }
    }
    let degree = terms.iter().map(|term| term.degree).max().unwrap_or(0);
    let parts: Vec<&Lowered> = terms.iter().collect();
    match &flat[..] {
        [] => Lowered::constant(0),
        [only] => Lowered {
            poly: only.clone(),
            ..Lowered::of(Poly::Const(0), degree, &parts)
        },
        _ => Lowered::of(Poly::Sum(flat), degree, &parts),
    }
}
