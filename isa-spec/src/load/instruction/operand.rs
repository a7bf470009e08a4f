//! Operands and their list in assembly.

use super::Entry;
use crate::algebra::OperandId;
use crate::load::Loader;
use crate::load::encoding::EncodingFormat;
use crate::load::pattern::{Piece, split};
use crate::model::{BitSlice, Operand, OperandKind, RegisterFile, RegisterUse, Role, SyntaxPiece};
use crate::sem::lexer::is_name;
use crate::sem::parse::RESERVED;
use crate::span::Span;
use crate::tree::{self, Node, Table, Text, Value};
use std::collections::BTreeSet;

impl<'a> Loader<'a> {
    pub(in crate::load) fn operand(
        &self,
        name: &Text,
        node: &'a Node,
        span: &Span,
        format: &EncodingFormat<'a>,
    ) -> Option<Operand> {
        if !is_name(&name.text) || RESERVED.contains(&name.text.as_str()) {
            self.sink.error(
                format!("`{}` is not accepted as the name of an operand", name.text),
                &name.span,
            );
            return None;
        }
        let mut operand = Operand {
            name: name.text.clone(),
            kind: OperandKind::Csr,
            slices: format
                .pieces
                .iter()
                .filter(|piece| piece.name == name.text)
                .map(|piece| BitSlice {
                    word_lo: piece.word_lo,
                    len: piece.len,
                    value_lo: piece.value_lo,
                })
                .collect(),
            exclude: Vec::new(),
            hint: Vec::new(),
            fixed: None,
            modulo: None,
            role: Role::Value,
            span: span.clone(),
        };
        let text = match &node.value {
            Value::Table(_) => {
                let mut table = Table::new(node, "an operand", self.sink)?.at(span);
                let is = table.need_text("is");
                operand.exclude = self.values(&mut table, "exclude")?;
                operand.hint = self.values(&mut table, "hint")?;
                operand.modulo = table.int("modulo-bits", 1..=32).map(|(bits, _)| bits as u8);
                table.finish();
                is?
            }
            _ => tree::text(node, "an operand", self.sink)?,
        };
        self.describe(text, &mut operand)?;
        self.check_operand(text, &operand)?;
        Some(operand)
    }

    /// A list of operand values; empty if the key is missing.
    fn values(&self, table: &mut Table<'a>, key: &'static str) -> Option<Vec<i64>> {
        let limit = i128::from(u32::MAX);
        table
            .list(key)
            .unwrap_or_default()
            .iter()
            .map(|item| Some(tree::int(item, key, -limit..=limit, self.sink)? as i64))
            .collect()
    }

    /// Reads what an operand is: `read write`, `signed pc-relative`, `descriptor rlc`, `count n`, ...
    fn describe(&self, text: &'a Text, operand: &mut Operand) -> Option<()> {
        const WORDS: [&str; 12] = [
            "read",
            "write",
            "float",
            "compressed",
            "signed",
            "unsigned",
            "pc-relative",
            "csr",
            "fence-set",
            "status",
            "descriptor",
            "count",
        ];
        let mut register = (false, false, false);
        let mut file = RegisterFile::Integer;
        let mut immediate = None;
        let mut pc_relative = false;
        let mut other = None;
        let mut words = text.words();
        while let Some((range, word)) = words.next() {
            match word {
                "read" => register.0 = true,
                "write" => register.1 = true,
                "float" => file = RegisterFile::Float,
                "compressed" => register.2 = true,
                "signed" => immediate = Some(true),
                "unsigned" => immediate = Some(false),
                "pc-relative" => pc_relative = true,
                "csr" => other = Some(OperandKind::Csr),
                "fence-set" => other = Some(OperandKind::FenceSet),
                "status" => {
                    register.1 = true;
                    operand.role = Role::Status;
                }
                "descriptor" | "count" => {
                    let Some((argument_range, argument)) = words.next() else {
                        self.sink
                            .error(format!("`{word}` needs a name"), &text.part(range));
                        return None;
                    };
                    register.0 = true;
                    operand.role = self.role(word, argument, &text.part(argument_range))?;
                }
                unknown => {
                    self.unknown("kind of operand", unknown, &text.part(range), WORDS);
                    return None;
                }
            }
        }
        let is_register = register != (false, false, false);
        operand.kind = match (is_register, immediate, other) {
            (true, None, None)
                if (register.0 || register.1)
                    && !pc_relative
                    && (file == RegisterFile::Integer || operand.role == Role::Value) =>
            {
                OperandKind::of_register(RegisterUse {
                    file,
                    read: register.0,
                    write: register.1,
                    compressed: register.2,
                })
            }
            (false, Some(signed), None) if file == RegisterFile::Integer => OperandKind::Imm {
                signed,
                pc_relative,
            },
            (false, None, Some(kind)) if !pc_relative && file == RegisterFile::Integer => kind,
            _ => {
                self.sink.error(
                    format!("\"{}\" does not say what the operand is", text.text),
                    &text.span,
                );
                return None;
            }
        };
        Some(())
    }

    fn role(&self, word: &str, argument: &str, span: &Span) -> Option<Role> {
        if word == "count" {
            if !is_name(argument) || RESERVED.contains(&argument) {
                self.sink.error(
                    format!("`{argument}` is not accepted as the name of a count"),
                    span,
                );
                return None;
            }
            return Some(Role::Count(argument.to_owned()));
        }
        match self
            .spec
            .descriptors
            .iter()
            .position(|d| d.name == argument)
        {
            Some(index) => Some(Role::Descriptor(index)),
            None => {
                self.unknown(
                    "descriptor",
                    argument,
                    span,
                    self.spec.descriptors.iter().map(|d| d.name.as_str()),
                );
                None
            }
        }
    }

    fn check_operand(&self, text: &Text, operand: &Operand) -> Option<()> {
        let width = operand.width();
        let needed = match operand.kind {
            OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => {
                Some(if operand.kind.is_compressed() { 3 } else { 5 })
            }
            OperandKind::Csr => Some(12),
            OperandKind::FenceSet => Some(4),
            OperandKind::Imm { .. } => None,
        };
        if let Some(needed) = needed
            && needed != width
        {
            let message = format!(
                "`{}` has {width} bits, but this kind of operand has {needed}",
                operand.name
            );
            self.sink.error(message, &text.span);
            return None;
        }
        if let Some(bits) = operand.modulo
            && (bits <= width || !matches!(operand.kind, OperandKind::Imm { signed: true, .. }))
        {
            self.sink.error(
                "`modulo-bits` is for signed immediates, and exceeds their width",
                &text.span,
            );
            return None;
        }
        if let Some(value) = operand.hint.iter().find(|value| !operand.accepts(**value)) {
            self.sink.error(
                format!(
                    "`{}` cannot be {value}, which is to be a hint",
                    operand.name
                ),
                &text.span,
            );
            return None;
        }
        let allowed = operand.representable();
        if let Some(value) = operand
            .exclude
            .iter()
            .find(|value| !allowed.contains(**value))
        {
            self.sink.error(
                format!("`{}` cannot be {value} anyway", operand.name),
                &text.span,
            );
            return None;
        }
        Some(())
    }

    /// The operand list in assembly. Registers that it names become operands with one value.
    pub(super) fn syntax(
        &self,
        entry: &Entry<'a>,
        format: &EncodingFormat<'a>,
        operands: &mut Vec<Operand>,
    ) -> Option<Vec<SyntaxPiece>> {
        let Some(text) = entry.syntax.or(format.syntax) else {
            if operands.is_empty() && entry.uses.is_empty() {
                return Some(Vec::new());
            }
            self.sink.error("missing key `syntax`", &entry.name.span);
            return None;
        };
        let mut pieces = split(text, 0, self.sink)?;
        if entry.syntax.is_none() {
            // Of a format's syntax, what has a fixed value in this instruction is left out.
            pieces = pieces
                .split(|(piece, _)| *piece == Piece::Punct(','))
                .filter(|item| {
                    !item.is_empty()
                        && !item.iter().any(|(piece, _)| {
                            matches!(piece, Piece::Word(word) if !operands.iter().any(|o| o.name == *word))
                        })
                })
                .collect::<Vec<_>>()
                .join(&(Piece::Punct(','), 0..0));
        }
        let registers = &self.registers;
        let fixed = |name: &str, span: Span, operands: &mut Vec<Operand>| -> Option<usize> {
            let (file, number) = match (registers.get(name), self.float_registers.get(name)) {
                (Some(number), _) => (RegisterFile::Integer, number),
                (None, number) => (RegisterFile::Float, number?),
            };
            operands.push(Operand {
                name: name.to_owned(),
                kind: OperandKind::of_register(RegisterUse {
                    file,
                    read: true,
                    write: true,
                    compressed: false,
                }),
                slices: Vec::new(),
                exclude: Vec::new(),
                hint: Vec::new(),
                fixed: Some(i64::from(*number)),
                modulo: None,
                role: Role::Value,
                span,
            });
            Some(operands.len() - 1)
        };
        let mut syntax = Vec::new();
        let mut seen = BTreeSet::new();
        for (piece, range) in &pieces {
            let word = match piece {
                Piece::Punct(c) => {
                    syntax.push(SyntaxPiece::Punct(*c));
                    continue;
                }
                Piece::Word(word) => *word,
            };
            let found = operands.iter().position(|operand| operand.name == word);
            let Some(index) = found.or_else(|| fixed(word, text.part(range.clone()), operands))
            else {
                let known = operands.iter().map(|operand| operand.name.as_str());
                self.unknown("operand", word, &text.part(range.clone()), known);
                return None;
            };
            if !seen.insert(index) {
                self.sink.error(
                    format!("operand `{word}` appears twice"),
                    &text.part(range.clone()),
                );
                return None;
            }
            syntax.push(SyntaxPiece::Operand(OperandId(index as u32)));
        }
        if let Some(missing) = (0..operands.len()).find(|index| !seen.contains(index)) {
            self.sink.error(
                format!(
                    "operand `{}` does not appear in the syntax",
                    operands[missing].name
                ),
                &text.span,
            );
            return None;
        }
        for node in entry.uses {
            let name = tree::text(node, "a register", self.sink)?;
            if fixed(&name.text, name.span.clone(), operands).is_none() {
                self.unknown(
                    "register",
                    &name.text,
                    &name.span,
                    registers.keys().map(String::as_str),
                );
                return None;
            }
        }
        Some(syntax)
    }
}
