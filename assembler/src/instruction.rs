//! Instructions: which of a mnemonic's forms the operands fit, and the word that they give.
//!
//! The forms are the spec's instructions and aliases; nothing here knows any of them.

use crate::arguments::{Piece, PieceKind};
use crate::assembler::{Assembler, Parse, Reported};
use crate::dialect::Keep;
use crate::field;
use crate::lex::{Loc, Token};
use crate::section::{Modifier, Target};
use crate::symbols::Definition;
use crate::value::Value;
use zktr_isa::model::{
    AliasPiece, AliasValue, Instruction, Operand, OperandKind, RegisterFile, SyntaxPiece,
};
use zktr_isa::span::Diagnostic;

/// The message about a compressed instruction where there must be none.
pub(crate) const NEEDS_COMPRESSED: &str =
    "instruction requires the following: compressed instructions, which '.option norvc' excludes";

/// What a mnemonic can stand for: an index into the spec's instructions or aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// An instruction.
    Instruction(usize),
    /// An alias.
    Alias(usize),
}

/// What an operand of an instruction gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound<'a> {
    /// The value.
    pub kind: BoundKind<'a>,
    /// Where it is written.
    pub loc: Loc,
}

/// Kinds of values of operands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BoundKind<'a> {
    /// A number.
    Const(i64),
    /// A symbol.
    Name(&'a str),
    /// An expression, or a part of its value.
    Value(Modifier, Value),
}

/// Why operands do not fit a form.
#[derive(Debug, Clone)]
struct Mismatch {
    /// How many pieces did fit.
    at: usize,
    /// The message.
    message: String,
    /// Where.
    loc: Loc,
    /// A way forward.
    help: Option<String>,
}

/// A piece of a form.
enum Expected<'s> {
    /// An operand, with the index of the value that it gives.
    Operand(&'s Operand, usize),
    /// `,`, `(` or `)`.
    Punct(char),
}

impl<'a> Assembler<'a> {
    /// An instruction or pseudo-instruction, behind its mnemonic.
    pub fn instruction(&mut self, mnemonic: Token) -> Parse {
        let text = self.text(mnemonic.loc);
        if !self.section().flags.execute {
            let name = self.section().name;
            let message = format!("instruction in section '{name}', which is not executable");
            let warning = Diagnostic::warning(message, self.span(mnemonic.loc));
            self.report(warning);
        }
        if self.memo.is_some() && self.instruction_at(mnemonic.loc)? {
            return Ok(());
        }
        self.mark_line(mnemonic.loc);
        let Some(known) = self.names.mnemonic(text) else {
            return Err(self.unknown_mnemonic(mnemonic));
        };
        if let Some(pseudo) = known.pseudo {
            self.read_arguments()?;
            return self.expand(pseudo, mnemonic.loc);
        }
        self.read_arguments()?;
        if let Some(mark) = self.take_mark() {
            return self.marked_instruction(text, mnemonic.loc, mark);
        }
        match self.fit(text, mnemonic.loc) {
            Ok((instruction, keep)) => self.emit_bound(instruction, keep, mnemonic.loc),
            Err(mismatch) => {
                if self.expand_symbol_access(text, mnemonic.loc)? {
                    return Ok(());
                }
                Err(self.report_mismatch(mismatch))
            }
        }
    }

    /// A relocation operator at the end of the operands that only marks the instruction.
    fn take_mark(&mut self) -> Option<(Modifier, Value, Loc)> {
        let &[.., comma, last] = &self.pieces[..] else {
            return None;
        };
        let PieceKind::Modified(modifier, value) = last.kind else {
            return None;
        };
        let comma = matches!(comma.kind, PieceKind::Punct(','));
        (comma && modifier.is_mark()).then(|| {
            self.pieces.truncate(self.pieces.len() - 2);
            (modifier, value, last.loc)
        })
    }

    /// An instruction with a mark, which keeps its length.
    fn marked_instruction(&mut self, text: &str, loc: Loc, mark: (Modifier, Value, Loc)) -> Parse {
        let (modifier, value, at) = mark;
        let index = match self.fit(text, loc) {
            Ok((index, _)) => index,
            Err(mismatch) => return Err(self.report_mismatch(mismatch)),
        };
        let compress = std::mem::replace(&mut self.settings.compress, false);
        let offset = self.here();
        let result = self.emit_bound(index, Keep::No, loc);
        self.settings.compress = compress;
        result?;
        let relax = self.settings.relax;
        if relax {
            self.add_site(offset);
        }
        self.fixup(offset, value, Target::Mark { modifier, relax }, at)
    }

    fn report_mismatch(&mut self, mismatch: Mismatch) -> Reported {
        let mut diagnostic = Diagnostic::error(mismatch.message, self.span(mismatch.loc));
        diagnostic.help = mismatch.help;
        self.report(diagnostic)
    }

    fn unknown_mnemonic(&mut self, mnemonic: Token) -> Reported {
        let spec = self.spec;
        let text = self.text(mnemonic.loc);
        // Upper case is what other assemblers accept, too.
        let lower = text.to_ascii_lowercase();
        if let Some(neighbour) = spec.neighbour_with(&lower) {
            let (extension, vendor) = (&neighbour.name, &neighbour.vendor);
            let message = format!(
                "instruction requires the following: '{extension}' of {vendor}, which is not supported"
            );
            let help = "write its word with '.insn', or describe the instruction in a spec file of your own";
            let diagnostic = Diagnostic::error(message, self.span(mnemonic.loc)).help(help);
            return self.report_at(mnemonic.loc, diagnostic);
        }
        let instructions = spec.instructions.iter().map(|x| x.name.as_str());
        let aliases = spec.aliases.iter().map(|x| x.name.as_str());
        let mut known: Vec<&str> = instructions.chain(aliases).collect();
        known.extend(crate::pseudo::ALL.iter().map(|x| x.0));
        known.extend(self.macros.keys());
        let message = "unrecognized instruction mnemonic";
        self.error_with_suggestion(mnemonic.loc, message, &lower, known)
    }

    /// Finds the form that `self.pieces` fit, and whether it is kept; its operands are then in `self.bound`.
    fn fit(&mut self, text: &str, loc: Loc) -> Result<(usize, Keep), Mismatch> {
        let spec = self.spec;
        let mut nearest: Option<Mismatch> = None;
        let count = self.names.mnemonic(text).map_or(0, |m| m.candidates.len());
        for at in 0..count {
            let Some(&candidate) = self.names.mnemonic(text).and_then(|m| m.candidates.get(at))
            else {
                break;
            };
            let index = match candidate {
                Candidate::Instruction(index) => index,
                Candidate::Alias(index) => spec.aliases[index].target,
            };
            let instruction = &spec.instructions[index];
            let result = match candidate {
                _ if !instruction.xlen.contains(&self.options.xlen) => Err(Mismatch {
                    at: 0,
                    message: format!(
                        "instruction requires the following: {}",
                        required_width(instruction)
                    ),
                    loc,
                    help: None,
                }),
                Candidate::Instruction(_) => {
                    let form = instruction.syntax.iter().map(|piece| match *piece {
                        SyntaxPiece::Operand(id) => {
                            Expected::Operand(&instruction.operands[id.0 as usize], id.0 as usize)
                        }
                        SyntaxPiece::Punct(mark) => Expected::Punct(mark),
                    });
                    self.match_form(form, instruction.operands.len(), loc)
                        .map(|()| self.fill_fixed_operands(instruction, loc))
                }
                Candidate::Alias(index) => {
                    let alias = &spec.aliases[index];
                    let form = alias.syntax.iter().filter_map(|piece| match *piece {
                        AliasPiece::Operand(slot) => {
                            let like = alias
                                .bindings
                                .iter()
                                .position(|b| *b == AliasValue::Operand(slot))?;
                            Some(Expected::Operand(&instruction.operands[like], slot))
                        }
                        AliasPiece::Punct(mark) => Some(Expected::Punct(mark)),
                    });
                    self.match_form(form, alias.syntax.len(), loc)
                        .map(|()| self.rebind(&alias.bindings, loc))
                }
            };
            match result {
                Ok(()) => return Ok((index, Keep::of(spec, self.options.xlen, candidate))),
                Err(mismatch) if nearest.as_ref().is_none_or(|n| mismatch.at > n.at) => {
                    nearest = Some(mismatch)
                }
                Err(_) => {}
            }
        }
        Err(nearest.unwrap_or_else(|| Mismatch {
            at: 0,
            message: "invalid operand for instruction".to_owned(),
            loc,
            help: None,
        }))
    }

    /// Matches `self.pieces` with a form; the values go to `self.bound`.
    fn match_form<'s>(
        &mut self,
        form: impl Iterator<Item = Expected<'s>>,
        slots: usize,
        mnemonic: Loc,
    ) -> Result<(), Mismatch> {
        let unset = Bound {
            kind: BoundKind::Const(0),
            loc: mnemonic,
        };
        self.bound.clear();
        self.bound.resize(slots, unset);
        let mut form = form.peekable();
        let mut at = 0;
        while let Some(expected) = form.next() {
            let piece = self.pieces.get(at).copied();
            match (expected, piece) {
                (
                    Expected::Punct(mark),
                    Some(Piece {
                        kind: PieceKind::Punct(c),
                        ..
                    }),
                ) if c == mark => at += 1,
                // `0(a0)` where the form has only `(rs1)`.
                (
                    Expected::Punct('('),
                    Some(Piece {
                        kind: PieceKind::Value(Value::Const(0)),
                        ..
                    }),
                ) if self.is_open(at + 1) => {
                    at += 2;
                }
                // `(a0)` where the form has an offset as well.
                (
                    Expected::Operand(operand, slot),
                    Some(Piece {
                        kind: PieceKind::Punct('('),
                        loc,
                    }),
                ) if matches!(operand.kind, OperandKind::Imm { .. })
                    && matches!(form.peek(), Some(Expected::Punct('('))) =>
                {
                    self.bound[slot] = Bound {
                        kind: BoundKind::Const(0),
                        loc: loc.before(),
                    };
                }
                (Expected::Operand(operand, slot), Some(piece)) => {
                    match self.match_operand(operand, piece) {
                        Ok(kind) => {
                            self.bound[slot] = Bound {
                                kind,
                                loc: piece.loc,
                            };
                            at += 1;
                        }
                        Err(Unlike { message, help }) => {
                            return Err(Mismatch {
                                at,
                                message,
                                loc: piece.loc,
                                help,
                            });
                        }
                    }
                }
                (_, None) => {
                    let end = Loc {
                        start: self.input.last_end,
                        end: self.input.last_end,
                    };
                    let loc = if self.pieces.is_empty() {
                        mnemonic
                    } else {
                        end
                    };
                    return Err(Mismatch {
                        at,
                        message: "too few operands for instruction".to_owned(),
                        loc,
                        help: None,
                    });
                }
                (Expected::Punct(mark), Some(piece)) => {
                    // `4(a0)` where the form has only `(rs1)`.
                    let offset = mark == '(' && self.is_open(at + 1);
                    let (message, help) = if offset {
                        ("optional integer offset must be 0", None)
                    } else {
                        (INVALID_OPERAND, Some(format!("expected '{mark}'")))
                    };
                    return Err(Mismatch {
                        at,
                        message: message.to_owned(),
                        loc: piece.loc,
                        help,
                    });
                }
            }
        }
        match self.pieces.get(at) {
            None => Ok(()),
            // The operand, not the comma before it.
            Some(&extra) => {
                let piece = self.pieces.get(at + 1).copied();
                let comma = matches!(extra.kind, PieceKind::Punct(','));
                Err(Mismatch {
                    at,
                    message: "too many operands for instruction".to_owned(),
                    loc: piece.filter(|_| comma).unwrap_or(extra).loc,
                    help: None,
                })
            }
        }
    }

    fn is_open(&self, at: usize) -> bool {
        matches!(
            self.pieces.get(at),
            Some(Piece {
                kind: PieceKind::Punct('('),
                ..
            })
        )
    }

    /// The value of an operand, or why it is none.
    fn match_operand(&self, operand: &Operand, piece: Piece<'a>) -> Result<BoundKind<'a>, Unlike> {
        match (&operand.kind, piece.kind) {
            (
                OperandKind::Gpr { compressed, .. } | OperandKind::Fpr { compressed, .. },
                PieceKind::Name(name),
            ) => {
                let file = register_file(operand);
                let Some(number) = self.names.register_of(file, name) else {
                    return Err(Unlike::help(self.wanted_register(file, name)));
                };
                let value = i64::from(number);
                let wanted = operand.fixed.is_none_or(|fixed| fixed == value);
                if wanted
                    && !operand.exclude.contains(&value)
                    && (!compressed || (8..16).contains(&number))
                {
                    return Ok(BoundKind::Const(value));
                }
                Err(Unlike::help(self.allowed_registers(operand, *compressed)))
            }
            (OperandKind::Gpr { .. }, _) => Err(Unlike::help("expected a register")),
            (OperandKind::Fpr { .. }, _) => Err(Unlike::help("expected a floating-point register")),
            (_, PieceKind::Punct(_)) => Err(Unlike {
                message: INVALID_OPERAND.to_owned(),
                help: None,
            }),
            (OperandKind::Csr, PieceKind::Name(name)) => {
                match (self.spec.csr_by_name(name), self.known_constant(name)) {
                    (Some(csr), _) => Ok(BoundKind::Const(csr.number.into())),
                    (None, Some(_)) => Ok(BoundKind::Name(name)),
                    (None, None) => Err(Unlike {
                        message: format!(
                            "operand must be a valid system register name or {}",
                            operand.allowed()
                        ),
                        help: zktr_isa::names::did_you_mean(
                            name,
                            self.spec.csrs.iter().map(|csr| csr.name.as_str()),
                        ),
                    }),
                }
            }
            (OperandKind::FenceSet, PieceKind::Name(name)) => match fence_set(name) {
                Some(bits) => Ok(BoundKind::Const(bits)),
                None => Err(Unlike {
                    message: format!(
                        "operand must be formed of letters selected in-order from '{FENCE_LETTERS}' or be 0"
                    ),
                    help: None,
                }),
            },
            (_, PieceKind::Name(name)) if self.names.register(name).is_some() => {
                Err(Unlike::help("expected an immediate, not a register"))
            }
            (_, PieceKind::Name(name)) => Ok(BoundKind::Name(name)),
            (_, PieceKind::Value(Value::Const(value))) => Ok(BoundKind::Const(value)),
            (_, PieceKind::Value(value)) => Ok(BoundKind::Value(Modifier::None, value)),
            (_, PieceKind::Modified(modifier, value)) => Ok(BoundKind::Value(modifier, value)),
        }
    }

    /// What to write instead of a name that is no register of this file.
    fn wanted_register(&self, file: RegisterFile, name: &str) -> String {
        let (other, wanted) = match file {
            RegisterFile::Integer => (
                RegisterFile::Float,
                "expected an integer register, not a floating-point register",
            ),
            RegisterFile::Float => (
                RegisterFile::Integer,
                "expected a floating-point register, not an integer register",
            ),
        };
        if self.names.register_of(other, name).is_some() {
            return wanted.to_owned();
        }
        let registers = self.spec.register_file(file);
        let known = registers.abi.iter().chain(registers.others.keys());
        zktr_isa::names::did_you_mean(name, known.map(String::as_str)).unwrap_or_else(|| match file
        {
            RegisterFile::Integer => "expected a register".to_owned(),
            RegisterFile::Float => "expected a floating-point register".to_owned(),
        })
    }

    pub(crate) fn allowed_registers(&self, operand: &Operand, compressed: bool) -> String {
        let registers = self.spec.register_file(register_file(operand));
        let name = |number: i64| registers.name(number, false);
        if let Some(fixed) = operand.fixed {
            return format!("this operand is always '{}'", name(fixed));
        }
        if compressed {
            return format!(
                "the register must be one of '{}' to '{}'",
                name(8),
                name(15)
            );
        }
        let excluded: Vec<_> = operand
            .exclude
            .iter()
            .map(|&r| format!("'{}'", name(r)))
            .collect();
        format!("the register cannot be {}", excluded.join(" or "))
    }

    /// The value of a name that `.set` has made a number.
    pub fn known_constant(&self, name: &str) -> Option<i64> {
        match self
            .symbols
            .find(name)
            .map(|id| self.symbols.get(id).definition)
        {
            Some(Definition::Set(Value::Const(value))) => Some(value),
            _ => None,
        }
    }

    /// Operands that the syntax does not show keep their only value.
    fn fill_fixed_operands(&mut self, instruction: &Instruction, loc: Loc) {
        for (bound, operand) in self.bound.iter_mut().zip(&instruction.operands) {
            if let Some(value) = operand.fixed {
                *bound = Bound {
                    kind: BoundKind::Const(value),
                    loc,
                };
            }
        }
    }

    /// From the alias' operands to those of its target.
    fn rebind(&mut self, bindings: &[AliasValue], loc: Loc) {
        let slots = self.bound.len();
        for binding in bindings {
            let bound = match *binding {
                AliasValue::Operand(slot) => self.bound.get(slot).copied(),
                AliasValue::Fixed(value) => Some(Bound {
                    kind: BoundKind::Const(value),
                    loc,
                }),
            };
            self.bound.extend(bound);
        }
        self.bound.drain(..slots);
    }

    /// The number that an operand gets, or what has to wait.
    pub fn known_value(&mut self, bound: Bound<'a>) -> Result<i64, (Modifier, Value)> {
        match bound.kind {
            BoundKind::Const(value) => Ok(value),
            BoundKind::Value(Modifier::None, Value::Const(value)) => Ok(value),
            BoundKind::Value(modifier, value) => Err((modifier, value)),
            BoundKind::Name(name) => {
                let id = self.symbols.named(name, bound.loc);
                match self.symbols.get(id).definition {
                    Definition::Set(Value::Const(value)) => Ok(value),
                    Definition::Set(value) => Err((Modifier::None, value)),
                    _ => Err((Modifier::None, Value::Symbol(id, 0))),
                }
            }
        }
    }

    /// On RV32 a signed operand may be written as an unsigned 32-bit number.
    pub fn narrow(&self, operand: &Operand, value: i64) -> i64 {
        let signed = matches!(operand.kind, OperandKind::Imm { signed: true, .. });
        let unsigned = u32::try_from(value)
            .ok()
            .filter(|_| signed && self.options.xlen == 32);
        unsigned.map_or(value, |v| i64::from(v as i32))
    }

    /// Reports a value that an operand cannot have.
    pub fn check_operand(&mut self, operand: &Operand, value: i64, loc: Loc) -> Parse {
        if operand.kind.register().is_some() {
            // Registers were checked when they were matched, except where one name is two operands.
            if operand.exclude.contains(&value) || operand.fixed.is_some_and(|fixed| fixed != value)
            {
                return Err(self.error(loc, "invalid operand for instruction"));
            }
            return Ok(());
        }
        field::check(operand, value).map_err(|message| self.error(loc, message))
    }

    /// Reports an unknown word, with the nearest one that is known.
    pub fn error_with_suggestion<'n>(
        &mut self,
        loc: Loc,
        message: &str,
        word: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Reported {
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_unstable();
        let message = match zktr_isa::names::nearest(word, known) {
            Some(name) => format!("{message}, did you mean: {name}?"),
            None => message.to_owned(),
        };
        self.error(loc, message)
    }
}

/// Where there is nothing better to say.
const INVALID_OPERAND: &str = "invalid operand for instruction";

/// Why a piece is not an operand, in LLVM's words, and a way forward.
struct Unlike {
    message: String,
    help: Option<String>,
}

impl Unlike {
    fn help(text: impl Into<String>) -> Self {
        Self {
            message: INVALID_OPERAND.to_owned(),
            help: Some(text.into()),
        }
    }
}

/// The file of a register operand.
fn register_file(operand: &Operand) -> RegisterFile {
    let register = operand.kind.register();
    register.map_or(RegisterFile::Integer, |register| register.file)
}

/// Accesses that a fence orders: input, output, reads, writes.
const FENCE_LETTERS: &str = "iorw";

/// The bits of a fence's set of accesses.
fn fence_set(name: &str) -> Option<i64> {
    let mut bits = 0;
    let mut rest = FENCE_LETTERS;
    for c in name.chars() {
        let at = rest.find(c)?;
        rest = &rest[at + 1..];
        bits |= 1 << rest.len();
    }
    Some(bits)
}

/// The widths of registers that have an instruction.
fn required_width(instruction: &Instruction) -> String {
    let widths: Vec<_> = instruction
        .xlen
        .iter()
        .map(|xlen| format!("RV{xlen}"))
        .collect();
    widths.join(" or ")
}
