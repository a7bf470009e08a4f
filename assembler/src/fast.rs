//! The short way for what nearly all statements of a compiler are: an instruction whose operands are registers,
//! plain numbers, symbols, or `%hi` and `%lo` of a symbol.
//!
//! It reads the bytes of the statement directly, by forms that are prepared from the spec, and either yields exactly
//! what the general way would or leaves everything as it was. All errors are the general way's to report.

use crate::assembler::{Assembler, Parse};
use crate::emit::{Known, MAX_OPERANDS, Waiting};
use crate::instruction::{Bound, BoundKind, Candidate};
use crate::lex::{Loc, in_name};
use crate::pseudo;
use crate::section::Modifier;
use zktr_isa::Spec;
use zktr_isa::model::{AliasPiece, AliasValue, OperandKind, SyntaxPiece};

/// A form of a mnemonic.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    instruction: usize,
    pieces: Vec<Piece>,
    /// For each operand of the instruction.
    operands: Vec<AliasValue>,
}

/// A piece of a form.
#[derive(Debug, Clone, Copy)]
enum Piece {
    /// A register, for this slot.
    Register(usize),
    /// A number, for this slot; a symbol too if it is a distance, which is then true.
    Immediate(usize, bool),
    /// A number and nothing else, for this slot.
    Number(usize),
    /// A punctuation mark.
    Mark(u8),
}

/// What a slot got.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Number(i64),
    /// A symbol, and the operand that it is in.
    Symbol(Modifier, Loc, Loc),
}

/// Operands of an instruction.
struct Operands {
    /// The word, with all of them that are known.
    word: u32,
    values: Known,
    /// The one that waits: its index, what it takes of the symbol, the symbol, and where the operand is written.
    waiting: Option<(usize, Modifier, Loc, Loc)>,
}

impl Form {
    /// The forms that can be read in the short way, up to the first that cannot.
    pub fn all(spec: &Spec, xlen: u8, candidates: &[Candidate]) -> Vec<Self> {
        candidates
            .iter()
            .map_while(|&candidate| Self::new(spec, xlen, candidate))
            .collect()
    }

    /// `li rd, number` for a number that `addi rd, zero, number` can hold.
    pub fn load_immediate(spec: &Spec, xlen: u8) -> Option<Self> {
        let instruction = spec.instruction_for(pseudo::ADD_IMMEDIATE, xlen)?;
        let target = &spec.instructions[instruction];
        // In the order of the syntax: the result, the register that is zero, the number.
        let mut operands = vec![AliasValue::Fixed(0); target.operands.len()];
        let ids = target.syntax.iter().filter_map(|piece| match *piece {
            SyntaxPiece::Operand(id) => Some(id.0 as usize),
            SyntaxPiece::Punct(_) => None,
        });
        for (id, slot) in ids.zip([Some(0), None, Some(1)]) {
            if let Some(slot) = slot {
                operands[id] = AliasValue::Operand(slot);
            }
        }
        Some(Self {
            instruction,
            pieces: vec![Piece::Register(0), Piece::Mark(b','), Piece::Number(1)],
            operands,
        })
    }

    fn new(spec: &Spec, xlen: u8, candidate: Candidate) -> Option<Self> {
        let (instruction, operands, pieces) = match candidate {
            Candidate::Instruction(index) => {
                let instruction = &spec.instructions[index];
                let operands: Vec<AliasValue> = instruction
                    .operands
                    .iter()
                    .enumerate()
                    .map(|(i, operand)| match operand.fixed {
                        Some(value) => AliasValue::Fixed(value),
                        None => AliasValue::Operand(i),
                    })
                    .collect();
                let pieces: Vec<AliasPiece> = instruction
                    .syntax
                    .iter()
                    .map(|piece| match *piece {
                        SyntaxPiece::Operand(id) => AliasPiece::Operand(id.0 as usize),
                        SyntaxPiece::Punct(mark) => AliasPiece::Punct(mark),
                    })
                    .collect();
                (index, operands, pieces)
            }
            Candidate::Alias(index) => {
                let alias = &spec.aliases[index];
                (alias.target, alias.bindings.clone(), alias.syntax.clone())
            }
        };
        let target = &spec.instructions[instruction];
        if !target.xlen.contains(&xlen) || operands.len() > MAX_OPERANDS {
            return None;
        }
        let piece = |piece: &AliasPiece| match *piece {
            AliasPiece::Punct(mark) => u8::try_from(mark).ok().map(Piece::Mark),
            AliasPiece::Operand(slot) if slot < MAX_OPERANDS => {
                // A slot without an operand is a register that has one value.
                let like = operands
                    .iter()
                    .position(|o| *o == AliasValue::Operand(slot))?;
                match target.operands[like].kind {
                    OperandKind::Gpr { .. } => Some(Piece::Register(slot)),
                    OperandKind::Imm { pc_relative, .. } => {
                        Some(Piece::Immediate(slot, pc_relative))
                    }
                    OperandKind::Csr | OperandKind::FenceSet => None,
                }
            }
            AliasPiece::Operand(_) => None,
        };
        let pieces = pieces.iter().map(piece).collect::<Option<_>>()?;
        Some(Self {
            instruction,
            pieces,
            operands,
        })
    }
}

/// A position in the bytes of a statement.
struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b'\n')
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// The end of a name that begins here; none if there is none.
    fn name(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        if self.peek().is_ascii_digit() {
            return None;
        }
        while in_name(self.peek()) {
            self.at += 1;
        }
        (self.at > start).then_some((start, self.at))
    }

    /// A number in decimal, or in hexadecimal behind `0x`.
    fn number(&mut self) -> Option<i64> {
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let start = self.at;
        let mut value = 0u64;
        if self.peek() == b'0' && matches!(self.bytes.get(self.at + 1), Some(b'x' | b'X')) {
            self.at += 2;
            while let Some(digit) = (self.peek() as char).to_digit(16) {
                value = (value << 4) | u64::from(digit);
                self.at += 1;
            }
            // Longer ones are rare.
            if !(3..=17).contains(&(self.at - start)) {
                return None;
            }
        } else {
            while self.peek().is_ascii_digit() {
                value = value
                    .wrapping_mul(10)
                    .wrapping_add(u64::from(self.peek() - b'0'));
                self.at += 1;
            }
            let length = self.at - start;
            // A leading zero makes it octal.
            if !(1..=17).contains(&length) || (length > 1 && self.bytes[start] == b'0') {
                return None;
            }
        }
        let value = i64::try_from(value).ok()?;
        Some(if negative { -value } else { value })
    }

    /// At the end of an operand?
    fn is_delimited(&self) -> bool {
        matches!(
            self.peek(),
            b',' | b'(' | b')' | b' ' | b'\t' | b'\n' | b'\r'
        )
    }
}

impl<'a> Assembler<'a> {
    /// Reads the operands behind a mnemonic and emits the instruction; false if that is not possible in the short
    /// way, and nothing has happened.
    pub fn instruction_fast(&mut self, text: &'a str, mnemonic: Loc) -> Parse<bool> {
        let base = self.input.lexer.base();
        let source = self.input.lexer.source();
        let start = (mnemonic.end - base) as usize;
        let Some(known) = self.names.mnemonic(text) else {
            return Ok(false);
        };
        let mut slots = [Slot::Number(0); MAX_OPERANDS];
        for form in &known.fast {
            let mut cursor = Cursor {
                bytes: source.as_bytes(),
                at: start,
            };
            if self
                .read_fast(form, &mut cursor, source, base, &mut slots)
                .is_none()
            {
                continue;
            }
            let Some(operands) = self.bind_fast(form, &slots) else {
                continue;
            };
            let index = form.instruction;
            let count = form.operands.len();
            let waiting = match operands.waiting {
                None => None,
                Some((operand, modifier, name, loc)) => {
                    let bound = Bound {
                        kind: BoundKind::Name(self.text(name)),
                        loc: name,
                    };
                    match self.known_value(bound) {
                        Err((Modifier::None, value)) => Some(Waiting {
                            operand,
                            modifier,
                            value,
                            loc,
                        }),
                        // A symbol that is a number: nothing has been done but looking it up.
                        _ => return Ok(false),
                    }
                }
            };
            self.input.lexer.seek(cursor.at);
            self.bump();
            self.input.last_end = base + cursor.at as u32;
            let (word, values) = (operands.word, &operands.values[..count]);
            self.emit_instruction(index, word, values, waiting, mnemonic)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads a form up to the line's end.
    fn read_fast(
        &self,
        form: &Form,
        cursor: &mut Cursor<'_>,
        source: &'a str,
        base: u32,
        slots: &mut [Slot; MAX_OPERANDS],
    ) -> Option<()> {
        let loc = |(start, end): (usize, usize)| Loc {
            start: base + start as u32,
            end: base + end as u32,
        };
        for piece in &form.pieces {
            cursor.skip_blanks();
            match *piece {
                Piece::Mark(mark) => {
                    if cursor.peek() != mark {
                        return None;
                    }
                    cursor.at += 1;
                }
                Piece::Register(slot) => {
                    let (start, end) = cursor.name()?;
                    let number = self.names.register(source.get(start..end)?)?;
                    slots[slot] = Slot::Number(number.into());
                }
                Piece::Number(slot) => {
                    slots[slot] = Slot::Number(cursor.number()?);
                    if !cursor.is_delimited() {
                        return None;
                    }
                }
                Piece::Immediate(slot, distance) => {
                    slots[slot] = match cursor.peek() {
                        b'0'..=b'9' | b'-' => Slot::Number(cursor.number()?),
                        b'%' => {
                            let percent = cursor.at;
                            cursor.at += 1;
                            let (start, end) = cursor.name()?;
                            let modifier = match source.get(start..end)? {
                                "hi" => Modifier::Hi,
                                "lo" => Modifier::Lo,
                                _ => return None,
                            };
                            let symbol = self.in_parentheses(cursor, source)?;
                            let whole = (percent, cursor.at);
                            Slot::Symbol(modifier, loc(symbol), loc(whole))
                        }
                        _ if distance => {
                            let name = cursor.name()?;
                            let text = source.get(name.0..name.1)?;
                            if text == "." || self.names.register(text).is_some() {
                                return None;
                            }
                            Slot::Symbol(Modifier::None, loc(name), loc(name))
                        }
                        _ => return None,
                    };
                    if !cursor.is_delimited() {
                        return None;
                    }
                }
            }
        }
        cursor.skip_blanks();
        (cursor.peek() == b'\n').then_some(())
    }

    /// `(symbol)`
    fn in_parentheses(&self, cursor: &mut Cursor<'_>, source: &str) -> Option<(usize, usize)> {
        if cursor.peek() != b'(' {
            return None;
        }
        cursor.at += 1;
        let name = cursor.name()?;
        if source.get(name.0..name.1)? == "." || cursor.peek() != b')' {
            return None;
        }
        cursor.at += 1;
        Some(name)
    }

    /// The slots as operands of the instruction, if it accepts them.
    fn bind_fast(&self, form: &Form, slots: &[Slot; MAX_OPERANDS]) -> Option<Operands> {
        let codecs = &self.codecs[form.instruction];
        let mut word = self.spec.instructions[form.instruction].bits;
        let mut values: Known = [None; MAX_OPERANDS];
        let mut waiting = None;
        for (i, operand) in form.operands.iter().enumerate() {
            let value = match *operand {
                AliasValue::Fixed(value) => value,
                AliasValue::Operand(slot) => match slots[slot] {
                    Slot::Number(value) => value,
                    Slot::Symbol(modifier, name, whole) => {
                        if waiting.is_some() {
                            return None;
                        }
                        waiting = Some((i, modifier, name, whole));
                        continue;
                    }
                },
            };
            if !codecs[i].accepts(value) {
                return None;
            }
            word |= codecs[i].place(value);
            values[i] = Some(value);
        }
        Some(Operands {
            word,
            values,
            waiting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_lexer() {
        let read = |text: &str| {
            let mut cursor = Cursor {
                bytes: text.as_bytes(),
                at: 0,
            };
            cursor.number().filter(|_| cursor.at == text.len())
        };
        for (text, value) in [
            ("0", 0),
            ("-5", -5),
            ("0x1F", 31),
            ("-0x10", -16),
            ("2047", 2047),
        ] {
            assert_eq!(read(text), Some(value), "{text}");
        }
        // Left to the general way.
        for text in [
            "017",
            "0x",
            "1f",
            "123456789012345678",
            "-",
            "0b1",
            "0x12345678123456789",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
