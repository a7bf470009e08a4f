//! Operand lists as text, as in `rd, imm(rs1)`: of instructions, of aliases, and of what those stand for.

use crate::model::{AliasValue, Csr, Instruction, OperandKind, SyntaxPiece};
use crate::sem::lexer::parse_int;
use crate::span::{Diagnostic, Span};
use crate::tree::{Sink, Text};
use std::collections::HashMap;
use std::ops::Range;

/// A piece of an operand list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Word(&'a str),
    Punct(char),
}

/// A piece with its place in the text.
pub(super) type Placed<'a> = (Piece<'a>, Range<usize>);

/// Splits an operand list that begins at byte `start` of `text`.
pub(super) fn split<'a>(text: &'a Text, start: usize, sink: &Sink) -> Option<Vec<Placed<'a>>> {
    let mut pieces = Vec::new();
    let mut chars = text.text[start..]
        .char_indices()
        .map(|(at, c)| (start + at, c))
        .peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        if matches!(c, ',' | '(' | ')') {
            pieces.push((Piece::Punct(c), at..at + 1));
        } else if is_word(c) {
            let mut end = at + 1;
            while let Some((next, _)) = chars.next_if(|(_, c)| is_word(*c)) {
                end = next + 1;
            }
            pieces.push((Piece::Word(&text.text[at..end]), at..end));
        } else {
            sink.error(
                format!("unexpected character `{}`", c.escape_default()),
                &text.part(at..at + c.len_utf8()),
            );
            return None;
        }
    }
    Some(pieces)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// Splits `mnemonic operands`.
pub(super) fn split_mnemonic<'a>(
    text: &'a Text,
    sink: &Sink,
) -> Option<(&'a str, Range<usize>, Vec<Placed<'a>>)> {
    let Some((range, mnemonic)) = text.words().next() else {
        sink.error("expected a mnemonic", &text.span);
        return None;
    };
    let pieces = split(text, range.end, sink)?;
    Some((mnemonic, range, pieces))
}

/// Matches the operand list of what an alias or a compressed instruction stands for with the syntax of
/// the target. Gives what each operand of the target gets. `own` are the operands of the source.
pub(super) struct Matcher<'a> {
    pub(super) target: &'a Instruction,
    pub(super) own: &'a [String],
    pub(super) registers: &'a HashMap<String, u8>,
    pub(super) float_registers: &'a HashMap<String, u8>,
    pub(super) csrs: &'a [Csr],
}

impl Matcher<'_> {
    pub(super) fn bindings(
        &self,
        text: &Text,
        pieces: &[Placed<'_>],
        sink: &Sink,
    ) -> Option<Vec<AliasValue>> {
        let shape = || {
            let message = format!(
                "the operands do not have the form of `{}`",
                self.target.name
            );
            sink.push(Diagnostic::error(message, text.span.clone()));
        };
        if pieces.len() != self.target.syntax.len() {
            shape();
            return None;
        }
        // Fixed operands that the syntax does not mention keep their values.
        let mut bindings: Vec<AliasValue> = self
            .target
            .operands
            .iter()
            .map(|operand| AliasValue::Fixed(operand.fixed.unwrap_or(0)))
            .collect();
        for ((piece, range), expected) in pieces.iter().zip(&self.target.syntax) {
            match (piece, expected) {
                (Piece::Punct(found), SyntaxPiece::Punct(expected)) if found == expected => {}
                (Piece::Word(word), SyntaxPiece::Operand(id)) => {
                    bindings[id.0 as usize] =
                        self.value(word, id.0 as usize, &text.part(range.clone()), sink)?;
                }
                _ => {
                    shape();
                    return None;
                }
            }
        }
        Some(bindings)
    }

    fn value(&self, word: &str, operand: usize, span: &Span, sink: &Sink) -> Option<AliasValue> {
        if let Some(index) = self.own.iter().position(|name| name == word) {
            return Some(AliasValue::Operand(index));
        }
        let operand = &self.target.operands[operand];
        let value = match operand.kind {
            OperandKind::Gpr { .. } => self.registers.get(word).map(|&number| i64::from(number)),
            OperandKind::Fpr { .. } => self
                .float_registers
                .get(word)
                .map(|&number| i64::from(number)),
            OperandKind::Csr => {
                let named = self.csrs.iter().find(|csr| csr.name == word);
                named
                    .map(|csr| i64::from(csr.number))
                    .or_else(|| signed_int(word))
            }
            OperandKind::Imm { .. } => signed_int(word),
            OperandKind::FenceSet => fence_set(word).or_else(|| signed_int(word)),
        };
        let Some(value) = value else {
            let message = format!(
                "`{word}` is neither an operand here nor a value of `{}`",
                operand.name
            );
            sink.error(message, span);
            return None;
        };
        let allowed = operand.allowed();
        if !allowed.contains(value) {
            sink.error(
                format!("`{}` must be {allowed}, not {value}", operand.name),
                span,
            );
            return None;
        }
        Some(AliasValue::Fixed(value))
    }
}

fn signed_int(word: &str) -> Option<i64> {
    let (negative, digits) = word
        .strip_prefix('-')
        .map_or((false, word), |digits| (true, digits));
    let value = i64::try_from(parse_int(digits)?).ok()?;
    Some(if negative { -value } else { value })
}

/// A subset of the letters `iorw`, in this order; bit 3 is the first.
fn fence_set(word: &str) -> Option<i64> {
    let mut value = 0;
    let mut letters = word.chars().peekable();
    for (bit, letter) in [8, 4, 2, 1].into_iter().zip("iorw".chars()) {
        if letters.next_if_eq(&letter).is_some() {
            value |= bit;
        }
    }
    letters.next().is_none().then_some(value)
}
