//! From the text of a column to the [`Term`] that fills its cells.
//!
//! Arrays are filled cell by cell: `i` is the index of the cell, and known when the spec is loaded, so that
//! every index is checked here and sums are written out.

use super::scope::{Globals, Known, MAX_LOOP, Scope};
use super::term::{Signal, Term, binary};
use super::{BusField, Column};
use crate::algebra::{BinOp, Width};
use crate::model::Instruction;
use crate::sem::ast::{Ast, AstKind, Name};
use crate::sem::parse;
use crate::tree::Text;
use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

/// The most parts of all terms of a spec together.
const MAX_PARTS: u64 = 1 << 20;

/// The type of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Truth,
}

/// What the terms of a table may refer to.
pub(super) struct Filling<'a> {
    pub(super) globals: &'a Globals<'a>,
    pub(super) instructions: &'a [Instruction],
    /// Instructions by mnemonic.
    pub(super) mnemonics: &'a HashMap<&'a str, Vec<usize>>,
    /// Signals by name, with their lengths if they are arrays.
    pub(super) signals: Vec<(&'a str, Signal, Option<u32>)>,
    /// Whether rows have an instruction.
    pub(super) has_instruction: bool,
    pub(super) locals: Vec<(&'a str, Kind)>,
    pub(super) columns: Vec<Column>,
    /// How many parts all terms have until now.
    pub(super) parts: &'a Cell<u64>,
}

/// The signals of a message.
pub(super) fn message_signals(fields: &[BusField]) -> Vec<(&str, Signal, Option<u32>)> {
    fields
        .iter()
        .map(|field| {
            let signal = Signal::Message(field.at);
            (&field.name[..], signal, field.array.then_some(field.len))
        })
        .collect()
}

impl<'a> Filling<'a> {
    /// Reads a text as a term of this kind. `cell` is the index of the cell that it fills, and `element` its index in its
    /// column, if that is an array.
    pub(super) fn term(
        &self,
        text: &'a Text,
        kind: Kind,
        cell: u32,
        element: Option<u32>,
    ) -> Option<Term> {
        let scope = Scope::new(self.globals, text);
        let ast = parse::term(&text.text).map_err(|error| scope.syntax(error));
        let mut lowering = Lowering {
            filling: self,
            scope,
            cell,
        };
        if let Some(element) = element {
            lowering.scope.bind("i", element as usize);
        }
        lowering.expect(&ast.ok()?, kind)
    }

    /// Reads a text as a term of either kind.
    pub(super) fn local(&self, text: &'a Text) -> Option<(Term, Kind)> {
        let scope = Scope::new(self.globals, text);
        let ast = parse::term(&text.text).map_err(|error| scope.syntax(error));
        let mut lowering = Lowering {
            filling: self,
            scope,
            cell: 0,
        };
        lowering.lower(&ast.ok()?)
    }
}

struct Lowering<'f, 'a> {
    filling: &'f Filling<'a>,
    scope: Scope<'f>,
    cell: u32,
}

impl Lowering<'_, '_> {
    fn fail<T>(&self, message: impl Into<String>, range: &Range<usize>) -> Option<T> {
        self.scope.error(message, range);
        None
    }

    fn expect(&mut self, ast: &Ast<'_>, kind: Kind) -> Option<Term> {
        match self.lower(ast)? {
            (term, found) if found == kind => Some(term),
            (_, Kind::Truth) => {
                let help = Some("`flag(...)` makes it 1 or 0".to_owned());
                let message = "this is a truth value; a word is needed";
                self.scope.error_help(message, &ast.range, help);
                None
            }
            (_, Kind::Word) => {
                let help = Some("compare it, as in `x != 0`".to_owned());
                let message = "this is a word; a truth value is needed";
                self.scope.error_help(message, &ast.range, help);
                None
            }
        }
    }

    fn word(&mut self, ast: &Ast<'_>) -> Option<Box<Term>> {
        self.expect(ast, Kind::Word).map(Box::new)
    }

    fn lower(&mut self, ast: &Ast<'_>) -> Option<(Term, Kind)> {
        let parts = self.filling.parts;
        parts.set(parts.get() + 1);
        if parts.get() > MAX_PARTS {
            return self.fail("the terms of the schema are too large", &ast.range);
        }
        if let Some(known) = self.scope.known(ast) {
            return match known {
                Known::Bool(value) => Some((Term::Const(u64::from(value)), Kind::Truth)),
                Known::Int(value) => match u64::try_from(value) {
                    Ok(value) => Some((Term::Const(value), Kind::Word)),
                    Err(_) => self.fail(
                        format!("{value} is no word of 64 bits without a sign"),
                        &ast.range,
                    ),
                },
            };
        }
        match &ast.kind {
            AstKind::Name(name) => self.name(name, &ast.range),
            AstKind::Index { name, index } => self.element(name, index),
            AstKind::Call { name, args, width } => self.call(name, args, *width),
            AstKind::Neg(inner) => {
                let inner = self.word(inner)?;
                let zero = Box::new(Term::Const(0));
                Some((Term::Binary(BinOp::Sub, zero, inner), Kind::Word))
            }
            AstKind::Complement(inner) => Some((Term::Complement(self.word(inner)?), Kind::Word)),
            AstKind::LogicalNot(inner) => {
                let inner = Box::new(self.expect(inner, Kind::Truth)?);
                Some((Term::Not(inner), Kind::Truth))
            }
            AstKind::Binary { op, left, right } => self.operator(*op, left, right, &ast.range),
            AstKind::If {
                cond,
                then,
                otherwise,
            } => match self.scope.known(cond) {
                Some(Known::Bool(true)) => self.lower(then),
                Some(Known::Bool(false)) => self.lower(otherwise),
                _ => {
                    let cond = Box::new(self.expect(cond, Kind::Truth)?);
                    let (then, kind) = self.lower(then)?;
                    let otherwise = Box::new(self.expect(otherwise, kind)?);
                    Some((Term::If(cond, Box::new(then), otherwise), kind))
                }
            },
            AstKind::Reduce {
                op: crate::algebra::ReduceOp::Sum,
                var,
                bound,
                body,
            } => {
                let bound = self.scope.need_int(bound, "the bound of a sum", MAX_LOOP)?;
                let mut terms = Vec::new();
                for value in 0..bound {
                    self.scope.bind(var.text, value);
                    let term = self.expect(body, Kind::Word);
                    self.scope.unbind();
                    terms.push(term?);
                }
                Some((Term::Sum(terms), Kind::Word))
            }
            AstKind::Reduce { .. } => self.fail("columns have no products of many", &ast.range),
            AstKind::Member { .. } => self.fail(
                "unknown name; known are `guest.registers` and the times of `clock`",
                &ast.range,
            ),
            AstKind::Int(_) | AstKind::Bool(_) => self.fail("too large a number", &ast.range),
        }
    }

    fn name(&mut self, name: &str, range: &Range<usize>) -> Option<(Term, Kind)> {
        let filling = self.filling;
        if let Some(index) = filling.locals.iter().position(|(local, _)| *local == name) {
            return Some((Term::Local(index as u32), filling.locals[index].1));
        }
        match filling.signals.iter().find(|(signal, ..)| *signal == name) {
            Some((_, signal, None)) => Some((Term::Signal(*signal), Kind::Word)),
            Some((_, _, Some(len))) => {
                let help = Some(format!(
                    "write `{name}[i]`, or `word({name})` for its bytes as a word"
                ));
                let message = format!("`{name}` is an array of {len} elements");
                self.scope.error_help(message, range, help);
                None
            }
            None if filling.columns.iter().any(|column| column.name == name) => {
                let help = Some(format!(
                    "a cell of this row that comes before is `cell({name})`"
                ));
                let message = format!("`{name}` is no signal of these rows, but a column");
                self.scope.error_help(message, range, help);
                None
            }
            None => {
                let signals = filling.signals.iter().map(|(name, ..)| *name);
                let known = signals
                    .chain(filling.locals.iter().map(|(name, _)| *name))
                    .chain(filling.globals.constants.keys().map(String::as_str));
                self.scope.unknown("signal or name", name, range, known);
                None
            }
        }
    }

    /// `a[i]` of a message.
    fn element(&mut self, name: &Name<'_>, index: &[Ast<'_>]) -> Option<(Term, Kind)> {
        let found = self.filling.signals.iter().find(|(n, ..)| *n == name.text);
        let (Some((_, Signal::Message(at), Some(len))), [index]) = (found, index) else {
            let message = format!("`{}` is no array of these rows", name.text);
            return self.fail(message, &name.range());
        };
        let index = self
            .scope
            .need_int(index, "this index", i128::from(*len) - 1)?;
        let signal = Signal::Message(at + index as u32);
        Some((Term::Signal(signal), Kind::Word))
    }

    fn operator(
        &mut self,
        op: BinOp,
        left: &Ast<'_>,
        right: &Ast<'_>,
        range: &Range<usize>,
    ) -> Option<(Term, Kind)> {
        let (left, kind) = self.lower(left)?;
        let right = self.expect(right, kind)?;
        let result = match (op, kind) {
            (BinOp::Eq | BinOp::Ne, _) => Kind::Truth,
            (BinOp::LtU | BinOp::LeU, Kind::Word) => Kind::Truth,
            (BinOp::And | BinOp::Or | BinOp::Xor, _) | (_, Kind::Word) => kind,
            (_, Kind::Truth) => {
                return self.fail("truth values have no such operation", range);
            }
        };
        Some((fold(op, left, right), result))
    }

    fn call(
        &mut self,
        name: &Name<'_>,
        args: &[Ast<'_>],
        width: Option<Width>,
    ) -> Option<(Term, Kind)> {
        let word = |term| Some((term, Kind::Word));
        match (name.text, args) {
            ("flag", [x]) => word(self.expect(x, Kind::Truth)?),
            ("byte", [x, n]) => {
                let x = self.expect(x, Kind::Word)?;
                let n = self.word(n)?;
                let bits = fold(BinOp::Mul, *n, Term::Const(8));
                let shifted = fold(BinOp::ShrU, x, bits);
                word(Term::Zext(8, Box::new(shifted)))
            }
            ("sext" | "zext", [x]) => {
                let x = self.word(x)?;
                match width {
                    Some(Width::Fixed(bits @ 1..=64)) if name.text == "sext" => {
                        word(Term::Sext(bits, x))
                    }
                    Some(Width::Fixed(bits @ 1..=64)) => word(Term::Zext(bits, x)),
                    _ => self.fail("a width here is from 1 to 64", &name.range()),
                }
            }
            ("lt_s" | "le_s", [a, b]) => {
                let (a, b) = (self.word(a)?, self.word(b)?);
                let op = if name.text == "lt_s" {
                    BinOp::LtS
                } else {
                    BinOp::LeS
                };
                Some((Term::Binary(op, a, b), Kind::Truth))
            }
            ("div_s" | "rem_s" | "shr_s" | "min" | "max", [a, b]) => {
                let op = match name.text {
                    "div_s" => BinOp::DivS,
                    "rem_s" => BinOp::RemS,
                    "shr_s" => BinOp::ShrS,
                    "min" => BinOp::MinU,
                    _ => BinOp::MaxU,
                };
                let (a, b) = (self.word(a)?, self.word(b)?);
                word(Term::Binary(op, a, b))
            }
            ("one_of", [x, of @ ..]) => {
                let x = self.expect(x, Kind::Word)?;
                let mut any = Term::Const(0);
                for value in of {
                    let value = self.expect(value, Kind::Word)?;
                    any = fold(BinOp::Or, any, fold(BinOp::Eq, x.clone(), value));
                }
                Some((any, Kind::Truth))
            }
            ("word", [array]) => self.message_word(array),
            ("cell", [cell]) => self.cell(cell),
            ("is", mnemonics) => self.is(name, mnemonics),
            _ => {
                let known = [
                    "flag", "byte", "sext", "zext", "lt_s", "le_s", "div_s", "rem_s", "shr_s",
                    "min", "max", "one_of", "word", "cell", "is", "register",
                ];
                if known.contains(&name.text) {
                    let message = format!("wrong arguments of `{}`", name.text);
                    return self.fail(message, &name.range());
                }
                self.scope
                    .unknown("function", name.text, &name.range(), known);
                None
            }
        }
    }

    /// The bytes of a part of a message, as a word.
    fn message_word(&mut self, array: &Ast<'_>) -> Option<(Term, Kind)> {
        let found = match &array.kind {
            AstKind::Name(name) => self.filling.signals.iter().find(|(n, ..)| n == name),
            _ => None,
        };
        let Some((_, Signal::Message(at), Some(len @ 1..=8))) = found else {
            let message = "`word` takes a part of the message that has up to 8 bytes";
            return self.fail(message, &array.range);
        };
        let bytes = (0..*len).map(|i| {
            let byte = Box::new(Term::Signal(Signal::Message(at + i)));
            let bits = Box::new(Term::Const(u64::from(8 * i)));
            Term::Binary(BinOp::Shl, byte, bits)
        });
        Some((Term::Sum(bytes.collect()), Kind::Word))
    }

    /// A cell of this row that comes before.
    fn cell(&mut self, cell: &Ast<'_>) -> Option<(Term, Kind)> {
        let (name, index) = match &cell.kind {
            AstKind::Name(name) => (*name, None),
            AstKind::Index { name, index } => match &index[..] {
                [index] => (name.text, Some(index)),
                _ => return self.fail("a cell has one index", &cell.range),
            },
            _ => return self.fail("`cell` takes a column, as in `cell(x[i])`", &cell.range),
        };
        let Some(column) = self.filling.columns.iter().find(|c| c.name == name) else {
            let known = self.filling.columns.iter().map(|c| c.name.as_str());
            self.scope.unknown("column", name, &cell.range, known);
            return None;
        };
        if column.array != index.is_some() {
            let message = if column.array {
                format!("`{name}` is an array; write `cell({name}[i])`")
            } else {
                format!("`{name}` is no array")
            };
            return self.fail(message, &cell.range);
        }
        let element = match index {
            Some(index) => self
                .scope
                .need_int(index, "this index", i128::from(column.len) - 1)?,
            None => 0,
        };
        let at = column.at + element as u32;
        if at >= self.cell {
            let message = "this cell is not filled yet: only those before can be used";
            return self.fail(message, &cell.range);
        }
        Some((Term::Cell(at), Kind::Word))
    }

    fn is(&mut self, name: &Name<'_>, mnemonics: &[Ast<'_>]) -> Option<(Term, Kind)> {
        if !self.filling.has_instruction {
            return self.fail("these rows have no instruction", &name.range());
        }
        let mut instructions = Vec::new();
        for term in mnemonics {
            let mnemonic = match &term.kind {
                AstKind::Name(name) => (*name).to_owned(),
                AstKind::Member { base, member } => format!("{}.{}", base.text, member.text),
                _ => return self.fail("`is` takes mnemonics", &term.range),
            };
            match self.filling.mnemonics.get(mnemonic.as_str()) {
                Some(found) => instructions.extend(found),
                None => {
                    let known = self.filling.instructions.iter().map(|i| i.name.as_str());
                    self.scope
                        .unknown("instruction", &mnemonic, &term.range, known);
                    return None;
                }
            }
        }
        Some((Term::Is(instructions), Kind::Truth))
    }
}

/// The operation, done if both operands are known.
fn fold(op: BinOp, a: Term, b: Term) -> Term {
    match (a.constant(), b.constant()) {
        (Some(a), Some(b)) => Term::Const(binary(op, a, b)),
        _ => Term::Binary(op, Box::new(a), Box::new(b)),
    }
}
