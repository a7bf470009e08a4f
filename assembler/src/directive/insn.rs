//! `.insn`: an instruction by its fields, or as a number.
//!
//! The forms with fields are the spec's. What an immediate leaves to the linker is what the same bits of an
//! instruction leave to it.

use crate::arguments::{Piece, PieceKind};
use crate::assembler::{Assembler, Parse};
use crate::field;
use crate::instruction::{Bound, BoundKind};
use crate::lex::{Loc, Tok};
use crate::resolve::relocation_kind;
use crate::section::{Modifier, Target};
use crate::value::Value;
use zktr_isa::DecodeError;
use zktr_isa::model::{InsnForm, Operand, OperandKind, RegisterFile, SyntaxPiece};

impl<'a> Assembler<'a> {
    /// `form fields...`, `length, value` or `value`.
    pub(super) fn insn(&mut self, directive: Loc) -> Parse {
        self.mark_line(directive);
        if self.input.token.kind != Tok::Name {
            return self.insn_number(directive);
        }
        let spec = self.spec;
        let name = self.bump();
        let text = self.text(name.loc);
        let named = || spec.insn_forms.iter().filter(|form| form.name == text);
        if named().next().is_none() {
            let mut known: Vec<&str> = spec.insn_forms.iter().map(|f| f.name.as_str()).collect();
            known.dedup();
            return Err(self.error_with_suggestion(
                name.loc,
                "unknown instruction format",
                text,
                known,
            ));
        }
        self.read_arguments()?;
        let shape = |pieces: &[Piece<'_>]| -> Vec<Option<char>> {
            let mark = |piece: &Piece<'_>| match piece.kind {
                PieceKind::Punct(mark) => Some(mark),
                _ => None,
            };
            pieces.iter().map(mark).collect()
        };
        let given = shape(&self.pieces);
        let Some(form) = named().find(|form| shape_of(form) == given) else {
            let lists: Vec<String> = named().map(operand_list).collect();
            let message = match &lists[..] {
                [list] => format!("expected the operands {list}"),
                _ => format!("expected the operands {}", lists.join(" or ")),
            };
            return Err(self.error(directive, message));
        };
        self.insn_fields(form, directive)
    }

    /// The fields in `self.pieces`, in this form.
    fn insn_fields(&mut self, form: &'a InsnForm, directive: Loc) -> Parse {
        let pieces: Vec<Piece<'a>> = self
            .pieces
            .iter()
            .copied()
            .filter(|p| !matches!(p.kind, PieceKind::Punct(_)))
            .collect();
        let operands = form.syntax.iter().filter_map(|piece| match piece {
            SyntaxPiece::Operand(id) => form.operands.get(id.0 as usize),
            SyntaxPiece::Punct(_) => None,
        });
        let offset = self.here();
        let mut word = 0;
        let mut waiting = None;
        for (operand, &piece) in operands.zip(&pieces) {
            match self.insn_operand(operand, piece)? {
                BoundKind::Const(value) => {
                    self.check_operand(operand, value, piece.loc)?;
                    word |= field::place(operand, value);
                }
                other => {
                    let bound = Bound {
                        kind: other,
                        loc: piece.loc,
                    };
                    waiting = Some((operand, bound));
                }
            }
        }
        if let Some((operand, bound)) = waiting
            && let Err((modifier, value)) = self.known_value(bound)
        {
            let Some((instruction, operand)) = self.like(form, operand, modifier) else {
                let message = if matches!(operand.name.as_str(), "opcode" | "op") {
                    format!(
                        "opcode must be a valid opcode name or {}",
                        operand.allowed()
                    )
                } else {
                    "expected absolute expression".to_owned()
                };
                return Err(self.error(bound.loc, message));
            };
            let target = Target::Operand {
                instruction,
                operand,
                modifier,
                relax: false,
            };
            self.fixup(offset, value, target, bound.loc)?;
        }
        if form.length != self.encoded_length(word) as u8 {
            let message = format!(
                "the opcode is not that of an instruction of {} bytes",
                form.length
            );
            return Err(self.error(directive, message));
        }
        self.emit_raw(u64::from(word), usize::from(form.length), directive)
    }

    /// An instruction, and an operand of it that has the bits of this field and whose value can be left to the linker.
    fn like(&self, form: &InsnForm, field: &Operand, modifier: Modifier) -> Option<(u32, u8)> {
        let instructions = self.spec.instructions.iter().enumerate();
        instructions
            .filter(|(_, instruction)| instruction.length == form.length)
            .find_map(|(index, instruction)| {
                let same = |operand: &Operand| {
                    operand.kind == field.kind && operand.slices == field.slices
                };
                let operand = instruction.operands.iter().position(same)?;
                relocation_kind(instruction, operand, modifier)?;
                Some((index as u32, operand as u8))
            })
    }

    /// The value of a field.
    fn insn_operand(&mut self, operand: &Operand, piece: Piece<'a>) -> Parse<BoundKind<'a>> {
        if let PieceKind::Name(name) = piece.kind
            && matches!(operand.name.as_str(), "opcode" | "op")
            && let Some(code) = self.major_opcode(name)
        {
            return Ok(BoundKind::Const(code.into()));
        }
        match (&operand.kind, piece.kind) {
            // A field of a register takes a name of either file.
            (OperandKind::Gpr { compressed, .. }, PieceKind::Name(name))
                if let Some(number) = self
                    .names
                    .register(name)
                    .or_else(|| self.names.register_of(RegisterFile::Float, name)) =>
            {
                if !operand.accepts(number.into()) {
                    let message = self.allowed_registers(operand, *compressed);
                    return Err(self.error(piece.loc, message));
                }
                Ok(BoundKind::Const(number.into()))
            }
            (OperandKind::Gpr { .. } | OperandKind::Fpr { .. }, _) => {
                Err(self.error(piece.loc, "invalid operand for instruction"))
            }
            (_, PieceKind::Name(name)) if self.names.register(name).is_some() => {
                Err(self.error(piece.loc, "invalid operand for instruction"))
            }
            (_, PieceKind::Name(name)) => match self.known_value(Bound {
                kind: BoundKind::Name(name),
                loc: piece.loc,
            }) {
                Ok(value) => Ok(BoundKind::Const(value)),
                Err((modifier, value)) => Ok(BoundKind::Value(modifier, value)),
            },
            (_, PieceKind::Value(Value::Const(value))) => {
                Ok(BoundKind::Const(self.narrow(operand, value)))
            }
            (_, PieceKind::Value(value)) => Ok(BoundKind::Value(Modifier::None, value)),
            (_, PieceKind::Modified(modifier, value)) => Ok(BoundKind::Value(modifier, value)),
            (_, PieceKind::Punct(_)) => {
                Err(self.error(piece.loc, "invalid operand for instruction"))
            }
        }
    }

    /// An opcode by a name that the spec gives it: `OP_IMM` for the constant `OP-IMM`, `CUSTOM_3` for the value
    /// `custom-3` of a parameter.
    fn major_opcode(&self, name: &str) -> Option<u32> {
        let spelled = name.replace('_', "-");
        let named = self.spec.constants.iter().chain(&self.spec.opcodes);
        let constants = named.map(|(name, code)| (name, *code));
        let parameters = self.spec.parameters.iter().flat_map(|p| &p.values);
        constants
            .chain(parameters.map(|(name, code)| (name, *code)))
            .find(|(known, _)| known.eq_ignore_ascii_case(&spelled))
            .map(|found| found.1)
    }

    /// `length, value` or `value`.
    fn insn_number(&mut self, directive: Loc) -> Parse {
        let (first, first_loc) = self.absolute()?;
        let (length, value, loc) = if self.eat(Tok::Comma) {
            let (value, loc) = self.absolute()?;
            let Some(length) = [2, 4, 6, 8].into_iter().find(|&n| n == first) else {
                return Err(self.error(first_loc, "length of an instruction must be 2, 4, 6 or 8"));
            };
            (Some(length as usize), value, loc)
        } else {
            (None, first, first_loc)
        };
        let encoded = self.encoded_length(value as u32);
        let length = length.unwrap_or(encoded);
        if encoded != length {
            let message =
                format!("the value is that of an instruction of {encoded} bytes, not {length}");
            return Err(self.error(loc, message));
        }
        if length < 8 && value as u64 >> (8 * length) != 0 {
            return Err(self.error(loc, format!("value does not fit in {} bits", 8 * length)));
        }
        self.emit_raw(value as u64, length, directive)
    }

    /// How many bytes the instruction has that begins with these.
    fn encoded_length(&self, word: u32) -> usize {
        match self.spec.decode(word, self.options.xlen) {
            Ok(decoded) => decoded.length.into(),
            Err(DecodeError::Unknown { length, .. }) => length.into(),
            Err(DecodeError::Exhausted { needed }) => needed.into(),
        }
    }

    fn emit_raw(&mut self, word: u64, length: usize, loc: Loc) -> Parse {
        if length == 2 {
            if !self.settings.compressed {
                return Err(self.error(loc, crate::instruction::NEEDS_COMPRESSED));
            }
            self.compressed = true;
        }
        self.emit_code(&word.to_le_bytes()[..length.min(8)], loc)
    }
}

/// Where a form has punctuation.
fn shape_of(form: &InsnForm) -> Vec<Option<char>> {
    let mark = |piece: &SyntaxPiece| match piece {
        SyntaxPiece::Punct(mark) => Some(*mark),
        SyntaxPiece::Operand(_) => None,
    };
    form.syntax.iter().map(mark).collect()
}

/// The fields of a form as they are written.
fn operand_list(form: &InsnForm) -> String {
    let mut text = String::new();
    for piece in &form.syntax {
        match piece {
            SyntaxPiece::Punct(',') => text.push_str(", "),
            SyntaxPiece::Punct(mark) => text.push(*mark),
            SyntaxPiece::Operand(id) => {
                text.push_str(form.operands.get(id.0 as usize).map_or("", |o| &o.name));
            }
        }
    }
    text
}
