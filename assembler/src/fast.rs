//! The short way for what nearly all statements of a compiler are: an instruction whose operands are registers,
//! plain numbers, symbols, or `%hi`, `%lo` and the like of a symbol.
//!
//! The [shape](Shape) of the operand list, as it is read by its bytes, selects a form of the mnemonic; forms are
//! prepared from the spec. Either this yields exactly what the general way would, or it leaves everything as it was.
//! All errors of operands are the general way's to report.

use crate::assembler::{Assembler, Parse};
use crate::dialect::Keep;
use crate::direct::Direct;
use crate::emit::{Known, MAX_OPERANDS, Waiting};
use crate::field::{Codec, Plain};
use crate::instruction::{Bound, BoundKind, Candidate};
use crate::lex::Loc;
use crate::lexicon::Word;
use crate::pseudo::{self, Pseudo};
use crate::scan::{Kind, MAX_ITEMS, Operands, Range, Shape};
use crate::section::Modifier;
use zktr_isa::Spec;
use zktr_isa::model::{AliasPiece, AliasValue, OperandKind, SyntaxPiece};

/// The forms of a mnemonic that can be read in the short way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forms {
    forms: Vec<Form>,
    /// What operand lists look like that fit a form, and the form; the first one counts.
    shapes: Vec<(Shape, u32)>,
}

/// A form of a mnemonic.
#[derive(Debug, Clone)]
struct Form {
    instruction: u32,
    /// The word and the values, with those operands that always have the same one.
    word: u32,
    values: Known,
    operands: u8,
    /// Whether GNU as does not compress it.
    keep: Keep,
    /// The other operands.
    fields: Vec<Field>,
}

/// An operand of a form.
#[derive(Debug, Clone, Copy)]
struct Field {
    /// Its index.
    operand: u8,
    /// Which item of the list it is.
    item: u8,
    /// How it is encoded, if that is simple.
    plain: Option<Plain>,
}

/// A piece of a form.
#[derive(Debug, Clone, Copy)]
enum Piece {
    /// A register, for this slot.
    Register(usize),
    /// A number or a part of a symbol's value, for this slot; a symbol too if it is a distance, which is then true.
    Immediate(usize, bool),
    /// A number and nothing else, for this slot.
    Number(usize),
    /// A punctuation mark.
    Mark(Kind),
}

impl Forms {
    /// Of these candidates, up to the first that cannot be read in the short way.
    pub fn new(spec: &Spec, xlen: u8, candidates: &[Candidate]) -> Self {
        let mut this = Self::default();
        for &candidate in candidates {
            if this.add_candidate(spec, xlen, candidate).is_none() {
                break;
            }
        }
        this
    }

    /// `li rd, number` for a number that `addi rd, zero, number` can hold.
    pub fn load_immediate(spec: &Spec, xlen: u8) -> Self {
        let mut this = Self::default();
        let Some(instruction) = spec.instruction_for(pseudo::ADD_IMMEDIATE, xlen) else {
            return this;
        };
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
        let pieces = [
            Piece::Register(0),
            Piece::Mark(Kind::Comma),
            Piece::Number(1),
        ];
        // A spec whose instruction is another one has no short way.
        let _ = this.add(spec, instruction, &pieces, &operands, Keep::No);
        this
    }

    fn add_candidate(&mut self, spec: &Spec, xlen: u8, candidate: Candidate) -> Option<()> {
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
        if !target.xlen.contains(&xlen) {
            return None;
        }
        let piece = |piece: &AliasPiece| match *piece {
            AliasPiece::Punct(mark) => Kind::of_mark(mark).map(Piece::Mark),
            AliasPiece::Operand(slot) => {
                // A slot without an operand is a register that has one value.
                let like = operands
                    .iter()
                    .position(|o| *o == AliasValue::Operand(slot))?;
                match target.operands[like].kind {
                    OperandKind::Gpr { .. } => Some(Piece::Register(slot)),
                    OperandKind::Imm { pc_relative, .. } => {
                        Some(Piece::Immediate(slot, pc_relative))
                    }
                    OperandKind::Fpr { .. } | OperandKind::Csr | OperandKind::FenceSet => None,
                }
            }
        };
        let pieces: Vec<Piece> = pieces.iter().map(piece).collect::<Option<_>>()?;
        let keep = Keep::of(spec, xlen, candidate);
        self.add(spec, instruction, &pieces, &operands, keep)
    }

    /// Adds a form: its pieces by slot, and what each operand of the instruction is; none if it is not possible.
    fn add(
        &mut self,
        spec: &Spec,
        instruction: usize,
        pieces: &[Piece],
        operands: &[AliasValue],
        keep: Keep,
    ) -> Option<()> {
        let slots: Vec<usize> = pieces
            .iter()
            .filter_map(|piece| match *piece {
                Piece::Register(slot) | Piece::Immediate(slot, _) | Piece::Number(slot) => {
                    Some(slot)
                }
                Piece::Mark(_) => None,
            })
            .collect();
        let distinct = (1..slots.len()).all(|i| !slots[..i].contains(&slots[i]));
        if operands.len() > MAX_OPERANDS || slots.len() > MAX_ITEMS || !distinct {
            return None;
        }
        let target = &spec.instructions[instruction];
        let mut form = Form {
            instruction: instruction as u32,
            word: target.bits,
            values: [None; MAX_OPERANDS],
            operands: operands.len() as u8,
            keep,
            fields: Vec::new(),
        };
        for (i, operand) in operands.iter().enumerate() {
            match *operand {
                AliasValue::Fixed(value) => {
                    let operand = target.operands.get(i)?;
                    if !operand.allowed().contains(value) {
                        return None;
                    }
                    form.word |= crate::field::place(operand, value);
                    form.values[i] = Some(value);
                }
                AliasValue::Operand(slot) => {
                    let item = slots.iter().position(|&other| other == slot)?;
                    form.fields.push(Field {
                        operand: i as u8,
                        item: item as u8,
                        plain: Codec::new(target.operands.get(i)?).plain(),
                    });
                }
            }
        }
        let index = self.forms.len() as u32;
        let shapes = shapes(pieces)?;
        self.forms.push(form);
        self.shapes
            .extend(shapes.into_iter().map(|shape| (shape, index)));
        Some(())
    }

    /// The first form with numbers, in the most direct way; none if it is too special.
    pub fn direct(&self, spec: &Spec) -> Option<Direct> {
        let (form, &(shape, _)) = self.forms.first().zip(self.shapes.first())?;
        let mut items = vec![None; form.fields.len()];
        for field in &form.fields {
            *items.get_mut(usize::from(field.item))? = field.plain;
        }
        let items: Vec<Plain> = items.into_iter().collect::<Option<_>>()?;
        let four_bytes = spec.instructions[form.instruction as usize].length == 4;
        let direct = || Direct::new(form.instruction, form.word, shape, &items);
        four_bytes.then(direct).flatten()
    }

    /// The form that an operand list fits.
    #[inline]
    fn find(&self, shape: Shape) -> Option<&Form> {
        let found = self.shapes.iter().find(|(other, _)| *other == shape)?;
        self.forms.get(found.1 as usize)
    }
}

/// What operand lists that fit can look like: with numbers, or with a symbol in one place.
fn shapes(pieces: &[Piece]) -> Option<Vec<Shape>> {
    let with = |symbol: Option<(usize, Kind)>| {
        pieces.iter().enumerate().try_fold(0, |shape, (i, piece)| {
            let kind = match (*piece, symbol) {
                (Piece::Immediate(..), Some((at, kind))) if at == i => kind,
                (Piece::Immediate(..) | Piece::Number(_), _) => Kind::Number,
                (Piece::Register(_), _) => Kind::Register,
                (Piece::Mark(kind), _) => kind,
            };
            kind.behind(shape)
        })
    };
    let mut shapes = vec![with(None)?];
    for (i, piece) in pieces.iter().enumerate() {
        if let Piece::Immediate(_, distance) = *piece {
            shapes.push(with(Some((i, Kind::Modified)))?);
            if distance {
                shapes.push(with(Some((i, Kind::Symbol)))?);
            }
        }
    }
    Some(shapes)
}

impl<'a> Assembler<'a> {
    /// An instruction in the short way, of which the mnemonic has been read by its token; false if that is not
    /// possible, and nothing has happened.
    pub fn instruction_at(&mut self, mnemonic: Loc) -> Parse<bool> {
        let base = self.input.lexer.base();
        let bytes = self.input.lexer.source().as_bytes();
        let range = [mnemonic.start, mnemonic.end].map(|at| at.wrapping_sub(base) as usize);
        let end = self.instruction_fast(bytes, (range[0], range[1]))?;
        if let Some(end) = end {
            self.input.lexer.seek(end);
            self.bump();
            self.input.last_end = base + end as u32;
        }
        Ok(end.is_some())
    }

    /// Reads an instruction by its mnemonic, of which the range is given, and emits it; the place behind its
    /// operands. None if that is not possible in the short way, and nothing has happened.
    pub fn instruction_fast(&mut self, bytes: &[u8], mnemonic: Range) -> Parse<Option<usize>> {
        let Some(list) = Operands::read(&self.names, bytes, mnemonic.1) else {
            return Ok(None);
        };
        let Some((form, word, waiting)) = self.fit_form(bytes, mnemonic, &list) else {
            return self.constant_fast(bytes, mnemonic, &list);
        };
        let (index, keep) = (form.instruction as usize, form.keep);
        let base = self.input.lexer.base();
        let loc = |(start, end): Range| Loc {
            start: base + start as u32,
            end: base + end as u32,
        };
        if waiting.is_none() && self.stays_as_it_is(index, word) {
            self.mark_line(loc(mnemonic));
            self.used[index] = true;
            self.append_code(&word.to_le_bytes());
            return Ok(Some(list.end));
        }
        let (mut values, count) = (form.values, usize::from(form.operands));
        for field in &form.fields {
            values[usize::from(field.operand)] = Some(list.items[usize::from(field.item)]);
        }
        let waiting = match list.symbol.zip(waiting) {
            None => None,
            Some((symbol, operand)) => {
                values[operand] = None;
                let name = loc(symbol.name);
                let bound = Bound {
                    kind: BoundKind::Name(self.text(name)),
                    loc: name,
                };
                match self.known_value(bound) {
                    Err((Modifier::None, value)) => Some(Waiting {
                        operand,
                        modifier: symbol.modifier,
                        value,
                        loc: loc(symbol.operand),
                    }),
                    // A symbol that is a number: nothing has been done but looking it up.
                    _ => return Ok(None),
                }
            }
        };
        let mnemonic = loc(mnemonic);
        self.mark_line(mnemonic);
        self.emit_form_of(keep, index, word, &values[..count], waiting, mnemonic)?;
        Ok(Some(list.end))
    }

    /// `li rd, number` for a number that takes more than one instruction; the place behind it.
    #[inline(never)]
    fn constant_fast(
        &mut self,
        bytes: &[u8],
        (start, end): Range,
        list: &Operands,
    ) -> Parse<Option<usize>> {
        let found = Word::at(bytes, start, end - start);
        let known = found.and_then(|name| self.names.mnemonic_word(name));
        let is_constant = known.is_some_and(|known| {
            known.pseudo == Some(Pseudo::LoadImmediate) && known.fast.find(list.shape).is_some()
        });
        // What is cut to a width has a warning, at the number.
        let [rd, value] = [list.items[0], list.items[1]];
        if !is_constant || list.symbol.is_some() || i32::try_from(value).is_err() {
            return Ok(None);
        }
        let base = self.input.lexer.base();
        let loc = Loc {
            start: base + start as u32,
            end: base + end as u32,
        };
        self.mark_line(loc);
        self.load_constant(rd, (value, loc), loc)?;
        Ok(Some(list.end))
    }

    /// The form that operands fit, the word without the operand that waits, and that operand.
    #[inline]
    fn fit_form(
        &self,
        bytes: &[u8],
        (start, end): Range,
        list: &Operands,
    ) -> Option<(&Form, u32, Option<usize>)> {
        let mnemonic = Word::at(bytes, start, end - start)?;
        let form = self.names.mnemonic_word(mnemonic)?.fast.find(list.shape)?;
        let symbol = list.symbol.map(|symbol| symbol.item);
        let mut word = form.word;
        let mut waiting = None;
        for field in &form.fields {
            let (operand, item) = (usize::from(field.operand), usize::from(field.item));
            if symbol == Some(item) {
                if waiting.replace(operand).is_some() {
                    return None;
                }
                continue;
            }
            let value = list.items[item];
            word |= match field.plain {
                Some(plain) => plain.encode(value)?,
                None => {
                    let codec = &self.codecs[form.instruction as usize][operand];
                    codec.accepts(value).then(|| codec.place(value))?
                }
            };
        }
        Some((form, word, waiting))
    }

    /// May an instruction of four bytes be used, and is it not to be compressed?
    #[inline]
    fn stays_as_it_is(&self, index: usize, word: u32) -> bool {
        self.spec.instructions[index].length == 4
            && self.archs[self.settings.arch].instructions[index]
            && !(self.settings.compress && self.compression.may_apply(index, word))
            && self.takes_code()
    }
}
