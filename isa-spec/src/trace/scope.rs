//! Names that both languages of the schema share, and what is known when a spec is loaded: constants, the clock, loop
//! indices.

use super::{Clock, Guest};
use crate::algebra::BinOp;
use crate::names::did_you_mean;
use crate::sem::ast::{Ast, AstKind, Name};
use crate::sem::lexer::SyntaxError;
use crate::span::Diagnostic;
use crate::tree::{Sink, Text};
use std::collections::HashMap;
use std::ops::Range;

/// The most iterations of a loop in the text.
pub(super) const MAX_LOOP: i128 = 64;

/// What every text of the schema may use.
pub(super) struct Globals<'a> {
    pub(super) sink: &'a Sink,
    pub(super) constants: HashMap<String, i128>,
    pub(super) guest: Guest,
    pub(super) clock: Clock,
    /// Numbers of the integer registers.
    pub(super) registers: &'a HashMap<String, u8>,
}

/// A text of the schema with the loop indices that are bound at some place in it.
pub(super) struct Scope<'a> {
    pub(super) globals: &'a Globals<'a>,
    pub(super) text: &'a Text,
    pub(super) indices: Vec<(String, i128)>,
}

/// A value that is known: a number or a truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Int(i128),
    Bool(bool),
}

impl<'a> Scope<'a> {
    pub(super) fn new(globals: &'a Globals<'a>, text: &'a Text) -> Self {
        Self {
            globals,
            text,
            indices: Vec::new(),
        }
    }

    pub(super) fn error(&self, message: impl Into<String>, range: &Range<usize>) {
        let span = self.text.part(range.clone());
        self.globals.sink.error(message, &span);
    }

    pub(super) fn error_help(
        &self,
        message: impl Into<String>,
        range: &Range<usize>,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::error(message, self.text.part(range.clone()));
        diagnostic.help = help;
        self.globals.sink.push(diagnostic);
    }

    pub(super) fn syntax(&self, error: SyntaxError) {
        self.error_help(error.message, &error.range, error.help);
    }

    pub(super) fn unknown<'n>(
        &self,
        kind: &str,
        name: &str,
        range: &Range<usize>,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let help = did_you_mean(name, known);
        self.error_help(format!("unknown {kind} `{name}`"), range, help);
    }

    /// Values of the loop indices, for messages.
    pub(super) fn instance(&self) -> String {
        let shown: Vec<String> = self
            .indices
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        shown.join(", ")
    }

    /// The value of a term that depends on nothing that is only known later; none for other terms,
    /// also for those with an error.
    pub(super) fn known(&self, term: &Ast<'_>) -> Option<Known> {
        let int = |term| match self.known(term) {
            Some(Known::Int(value)) => Some(value),
            _ => None,
        };
        let value = match &term.kind {
            AstKind::Int(value) => *value,
            AstKind::Bool(value) => return Some(Known::Bool(*value)),
            AstKind::Name(name) => match self.indices.iter().rev().find(|(n, _)| n == name) {
                Some((_, value)) => *value,
                None => *self.globals.constants.get(*name)?,
            },
            AstKind::Member { base, member } => self.member(base, member)?,
            AstKind::Call { name, args, .. } if name.text == "register" => match &args[..] {
                [
                    Ast {
                        kind: AstKind::Name(register),
                        ..
                    },
                ] => i128::from(*self.globals.registers.get(*register)?),
                _ => return None,
            },
            AstKind::Neg(inner) => int(inner)?.checked_neg()?,
            AstKind::If {
                cond,
                then,
                otherwise,
            } => {
                let chosen = match self.known(cond)? {
                    Known::Bool(true) => then,
                    Known::Bool(false) => otherwise,
                    Known::Int(_) => return None,
                };
                return self.known(chosen);
            }
            AstKind::Binary { op, left, right } => {
                let (a, b) = (int(left)?, int(right)?);
                let truth = match op {
                    BinOp::Eq => a == b,
                    BinOp::Ne => a != b,
                    BinOp::LtU => a < b,
                    BinOp::LeU => a <= b,
                    BinOp::Add => return a.checked_add(b).map(Known::Int),
                    BinOp::Sub => return a.checked_sub(b).map(Known::Int),
                    BinOp::Mul => return a.checked_mul(b).map(Known::Int),
                    BinOp::Shl if (0..64).contains(&b) => {
                        return a.checked_mul(1 << b).map(Known::Int);
                    }
                    _ => return None,
                };
                return Some(Known::Bool(truth));
            }
            _ => return None,
        };
        Some(Known::Int(value))
    }

    /// `clock.rd`, `guest.registers`
    fn member(&self, base: &Name<'_>, member: &Name<'_>) -> Option<i128> {
        let (guest, clock) = (&self.globals.guest, &self.globals.clock);
        Some(match (base.text, member.text) {
            ("guest", "registers") => i128::from(guest.registers),
            ("guest", "xlen") => i128::from(guest.xlen),
            ("clock", name) => i128::from(match name {
                "first" => clock.first,
                "step" => clock.step,
                "rs1" => clock.rs1,
                "rs2" => clock.rs2,
                "memory" => clock.memory,
                "rd" => clock.rd,
                "call" => clock.call,
                _ => return None,
            }),
            _ => return None,
        })
    }

    /// An integer from 0 to `limit` that has to be known now.
    pub(super) fn need_int(&self, term: &Ast<'_>, what: &str, limit: i128) -> Option<usize> {
        match self.known(term) {
            Some(Known::Int(value)) if (0..=limit).contains(&value) => Some(value as usize),
            Some(Known::Int(value)) => {
                let message = format!("{what} has to be from 0 to {limit}, not {value}");
                self.error(message, &term.range);
                None
            }
            _ => {
                let message = format!(
                    "{what} has to be known when the spec is loaded: numbers, constants and loop indices"
                );
                self.error(message, &term.range);
                None
            }
        }
    }

    /// Binds a loop index until [`Self::unbind`].
    pub(super) fn bind(&mut self, name: &str, value: usize) {
        self.indices.push((name.to_owned(), value as i128));
    }

    /// Forgets the loop index that was bound last.
    pub(super) fn unbind(&mut self) {
        self.indices.pop();
    }
}
