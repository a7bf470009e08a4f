//! `.insn`: an instruction by its fields, or as a number.
//!
//! The layouts are those of the spec's encoding formats: the first instruction of a format says where
//! its fields are.

use crate::arguments::{Piece, PieceKind};
use crate::assembler::{Assembler, Parse};
use crate::field;
use crate::instruction::{Bound, BoundKind};
use crate::lex::{Loc, Tok};
use crate::section::{Modifier, Target};
use crate::value::Value;
use zktr_isa::DecodeError;
use zktr_isa::model::{Instruction, LayoutContent, OperandKind};

/// A form: its name, the encoding format, and the fields in the order in which they are written.
type Form = (&'static str, &'static str, &'static [&'static str]);

/// The forms with fields, as GNU as has them. A field `imm(rs1)` is an address.
const FORMS: [Form; 9] = [
    (
        "r",
        "R",
        &["opcode", "funct3", "funct7", "rd", "rs1", "rs2"],
    ),
    ("i", "I", &["opcode", "funct3", "rd", "rs1", "imm"]),
    ("i", "I", &["opcode", "funct3", "rd", "imm(rs1)"]),
    ("s", "S", &["opcode", "funct3", "rs2", "imm(rs1)"]),
    ("b", "B", &["opcode", "funct3", "rs1", "rs2", "imm"]),
    ("sb", "B", &["opcode", "funct3", "rs1", "rs2", "imm"]),
    ("u", "U", &["opcode", "rd", "imm"]),
    ("j", "J", &["opcode", "rd", "imm"]),
    ("uj", "J", &["opcode", "rd", "imm"]),
];

impl<'a> Assembler<'a> {
    /// `form fields...`, `length, value` or `value`.
    pub(super) fn insn(&mut self, directive: Loc) -> Parse {
        self.mark_line(directive);
        if self.input.token.kind != Tok::Name {
            return self.insn_number(directive);
        }
        let name = self.bump();
        let text = self.text(name.loc);
        if !FORMS.iter().any(|form| form.0 == text) {
            let known = FORMS.iter().map(|form| form.0);
            return Err(self.error_with_suggestion(
                name.loc,
                "unknown instruction format",
                text,
                known,
            ));
        }
        self.read_arguments()?;
        // An operand in parentheses tells two forms of one name apart.
        let bases = self
            .pieces
            .iter()
            .filter(|p| matches!(p.kind, PieceKind::Punct('(')))
            .count();
        let by_base =
            |form: &&Form| form.2.iter().filter(|field| field.ends_with(')')).count() == bases;
        let mut forms = FORMS.iter().filter(|form| form.0 == text);
        let Some(&(_, format, fields)) = forms.clone().find(by_base).or_else(|| forms.next())
        else {
            return Err(self.error(name.loc, "unknown instruction format"));
        };
        let Some(template) = self
            .spec
            .instructions
            .iter()
            .position(|i| i.format.eq_ignore_ascii_case(format))
        else {
            return Err(self.error(
                name.loc,
                format!("the instruction set has no format '{format}'"),
            ));
        };
        self.insn_fields(template, fields, directive)
    }

    /// The fields in `self.pieces`, in the layout of the instruction `template`.
    fn insn_fields(&mut self, template: usize, fields: &[&str], directive: Loc) -> Parse {
        let spec = self.spec;
        let instruction = &spec.instructions[template];
        let names: Vec<&str> = fields
            .iter()
            .flat_map(|field| field.trim_end_matches(')').split('('))
            .collect();
        let pieces: Vec<Piece<'a>> = self
            .pieces
            .iter()
            .copied()
            .filter(|p| !matches!(p.kind, PieceKind::Punct(_)))
            .collect();
        let shape = |pieces: &[Piece<'_>]| -> String {
            pieces
                .iter()
                .map(|p| match p.kind {
                    PieceKind::Punct(mark) => mark,
                    _ => 'x',
                })
                .collect()
        };
        let mut expected = String::new();
        for (i, field) in fields.iter().enumerate() {
            expected.push_str(if i > 0 { "," } else { "" });
            expected.push_str(if field.ends_with(')') { "x(x)" } else { "x" });
        }
        if shape(&self.pieces) != expected {
            let message = format!("expected the operands {}", fields.join(", "));
            return Err(self.error(directive, message));
        }
        let offset = self.here();
        let mut word = 0;
        let mut waiting = None;
        for (&name, &piece) in names.iter().zip(&pieces) {
            let operand = instruction.operands.iter().position(|o| o.name == name);
            match operand {
                Some(index) => {
                    let operand = &instruction.operands[index];
                    match self.insn_operand(operand, piece)? {
                        BoundKind::Const(value) => {
                            self.check_operand(operand, value, piece.loc)?;
                            word |= field::place(operand, value);
                        }
                        other => {
                            waiting = Some((
                                index,
                                Bound {
                                    kind: other,
                                    loc: piece.loc,
                                },
                            ))
                        }
                    }
                }
                None => word |= self.insn_fixed_field(instruction, name, piece)?,
            }
        }
        if let Some((index, bound)) = waiting
            && let Err((modifier, value)) = self.known_value(bound)
        {
            let target = Target::Operand {
                instruction: template as u32,
                operand: index as u8,
                modifier,
                relax: false,
            };
            self.fixup(offset, value, target, bound.loc)?;
        }
        self.emit_raw(u64::from(word), usize::from(instruction.length), directive)
    }

    /// The value of a field that is an operand of the template.
    fn insn_operand(
        &mut self,
        operand: &zktr_isa::model::Operand,
        piece: Piece<'a>,
    ) -> Parse<BoundKind<'a>> {
        match (&operand.kind, piece.kind) {
            (OperandKind::Gpr { .. }, PieceKind::Name(name))
                if self.names.register(name).is_some() =>
            {
                Ok(BoundKind::Const(
                    self.names.register(name).unwrap_or(0).into(),
                ))
            }
            (OperandKind::Gpr { .. }, _) => {
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

    /// The bits of a field that is fixed in the template.
    fn insn_fixed_field(
        &mut self,
        instruction: &Instruction,
        name: &str,
        piece: Piece<'a>,
    ) -> Parse<u32> {
        let field = instruction
            .layout
            .iter()
            .find(|f| f.name == name && matches!(f.content, LayoutContent::Fixed(_)));
        let Some(field) = field else {
            return Err(self.error(piece.loc, format!("the format has no field '{name}'")));
        };
        let value = match piece.kind {
            PieceKind::Name(text) => match self.major_opcode(text) {
                Some(value) if name == "opcode" => value.into(),
                _ => {
                    let id = self.symbols.named(text, piece.loc);
                    self.evaluate_absolute(Value::Symbol(id, 0), piece.loc)?
                }
            },
            PieceKind::Value(value) => self.evaluate_absolute(value, piece.loc)?,
            _ => return Err(self.error(piece.loc, "invalid operand for instruction")),
        };
        let max = (1i64 << field.len.min(32)) - 1;
        match u32::try_from(value) {
            Ok(bits) if value <= max => Ok(bits << field.lo),
            _ => Err(self.error(
                piece.loc,
                format!("immediate must be an integer in the range [0, {max}]"),
            )),
        }
    }

    /// An opcode by a name that the spec gives it: `CUSTOM_3` for the parameter value `custom-3`.
    fn major_opcode(&self, name: &str) -> Option<u32> {
        let spelled = name.to_ascii_lowercase().replace('_', "-");
        self.spec
            .parameters
            .iter()
            .flat_map(|p| &p.values)
            .find(|(known, _)| *known == spelled)
            .map(|x| x.1)
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
