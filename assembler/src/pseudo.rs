//! Pseudo-instructions that become more than one instruction: `li`, `la`, `call` and the like, and loads
//! and stores whose operand is a symbol.
//!
//! What they become is named by mnemonics, whose encodings are the spec's.

use crate::arguments::{Piece, PieceKind};
use crate::assembler::{Assembler, OperandPlace, Parse};
use crate::constant::{self, Step};
use crate::dialect::Keep;
use crate::field;
use crate::instruction::{Bound, BoundKind};
use crate::lex::Loc;
use crate::section::{Modifier, Target};
use crate::value::Value;
use crate::{Constants, Dialect};
use zktr_isa::Spec;
use zktr_isa::algebra::Stmt;
use zktr_isa::model::{OperandKind, RegisterFile, SyntaxPiece};
use zktr_isa::span::Diagnostic;

/// The pseudo-instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pseudo {
    /// `li rd, constant`
    LoadImmediate,
    /// `la rd, symbol`: through the global offset table if `.option pic` says so.
    LoadAddress,
    /// `lla rd, symbol`
    LoadLocalAddress,
    /// `lga rd, symbol`: through the global offset table.
    LoadGlobalAddress,
    /// `la.tls.ie rd, symbol`: the distance of a thread's variable from the thread pointer, from the global offset table.
    LoadThreadOffset,
    /// `la.tls.gd rd, symbol`: the address of what `__tls_get_addr` needs to find a thread's variable.
    LoadThreadIndex,
    /// `call symbol`, `call rd, symbol`
    Call,
    /// `tail symbol`
    Tail,
    /// `jump symbol, rt`
    Jump,
}

/// What `li` is for a short number.
pub(crate) const ADD_IMMEDIATE: &str = "addi";

/// All of them, by mnemonic.
pub(crate) const ALL: [(&str, Pseudo); 9] = [
    ("li", Pseudo::LoadImmediate),
    ("la", Pseudo::LoadAddress),
    ("lla", Pseudo::LoadLocalAddress),
    ("lga", Pseudo::LoadGlobalAddress),
    ("la.tls.ie", Pseudo::LoadThreadOffset),
    ("la.tls.gd", Pseudo::LoadThreadIndex),
    ("call", Pseudo::Call),
    ("tail", Pseudo::Tail),
    ("jump", Pseudo::Jump),
];

/// The instructions that a call consists of: the upper part of the distance, and the jump with the lower part.
pub(crate) const FAR_JUMP: [&str; 2] = ["auipc", "jalr"];

/// The register that holds a part of the distance where no other one is written.
const SCRATCH: &str = "t1";

/// What adds the lower part of an address to the upper part: to all of the register, and to its lower half.
pub(crate) const ADD_LOWER: [&str; 2] = ["addi", "addiw"];

/// The operands of `auipc` and `jalr` that are the parts of a distance.
pub(crate) fn call_operands(spec: &Spec, xlen: u8) -> Option<(OperandPlace, OperandPlace)> {
    let immediate = |mnemonic: &str| {
        let index = spec.instruction_for(mnemonic, xlen)?;
        let mut operands = spec.instructions[index].operands.iter();
        let operand = operands.position(|o| matches!(o.kind, OperandKind::Imm { .. }))?;
        Some((index as u32, operand as u8))
    };
    Some((immediate(FAR_JUMP[0])?, immediate(FAR_JUMP[1])?))
}

impl<'a> Assembler<'a> {
    /// Expands a pseudo-instruction whose operands are in `self.pieces`.
    pub fn expand(&mut self, pseudo: Pseudo, loc: Loc) -> Parse {
        match pseudo {
            Pseudo::LoadImmediate => {
                let [rd, value] = self.operands(loc)?;
                let rd = self.register_piece(rd)?;
                let value = self.constant_piece(value)?;
                self.load_constant(rd, value, loc)
            }
            Pseudo::LoadAddress if self.settings.pic => {
                self.load_address(Modifier::GotPcrelHi, true, loc)
            }
            Pseudo::LoadAddress | Pseudo::LoadLocalAddress => {
                self.load_address(Modifier::PcrelHi, false, loc)
            }
            Pseudo::LoadGlobalAddress => self.load_address(Modifier::GotPcrelHi, true, loc),
            Pseudo::LoadThreadOffset => self.load_address(Modifier::TlsIePcrelHi, true, loc),
            Pseudo::LoadThreadIndex => self.load_address(Modifier::TlsGdPcrelHi, false, loc),
            Pseudo::Call => {
                if self.pieces.len() == 1 {
                    let [symbol] = self.operands(loc)?;
                    let link = self.register_named("ra", loc)?;
                    self.far_jump(link, link, symbol, loc)
                } else {
                    let [rd, symbol] = self.operands(loc)?;
                    let link = self.register_piece(rd)?;
                    let scratch = match self.options.dialect {
                        Dialect::Gnu => self.register_named(SCRATCH, loc)?,
                        Dialect::Llvm => link,
                    };
                    self.far_jump(scratch, link, symbol, loc)
                }
            }
            Pseudo::Tail => {
                let [symbol] = self.operands(loc)?;
                let (scratch, zero) = (
                    self.register_named(SCRATCH, loc)?,
                    self.register_named("zero", loc)?,
                );
                self.far_jump(scratch, zero, symbol, loc)
            }
            Pseudo::Jump => {
                let [symbol, scratch] = self.operands(loc)?;
                let (scratch, zero) = (
                    self.register_piece(scratch)?,
                    self.register_named("zero", loc)?,
                );
                self.far_jump(scratch, zero, symbol, loc)
            }
        }
    }

    /// `rd, symbol`: an address relative to the pc, or what the linker has put there.
    fn load_address(&mut self, upper: Modifier, from_table: bool, loc: Loc) -> Parse {
        let [rd, symbol] = self.operands(loc)?;
        let rd = self.register_piece(rd)?;
        let target = self.symbol_piece(symbol)?;
        let lower = match (from_table, self.options.xlen) {
            (false, _) => ADD_IMMEDIATE,
            (true, 64) => "ld",
            (true, _) => "lw",
        };
        let label = self.upper_part(rd, upper, target, symbol.loc, loc)?;
        self.lower_part(lower, &[rd, rd], label, loc)
    }

    /// `lw rd, symbol`, `sw rs, symbol, rt` and `fld rd, symbol, rt`: false if the operands in `self.pieces` are not of this form.
    pub fn expand_symbol_access(&mut self, mnemonic: &str, loc: Loc) -> Parse<bool> {
        let Some((name, file, stores)) = self.memory_access(mnemonic) else {
            return Ok(false);
        };
        // Only an integer register that is loaded can hold the address before.
        let scratch = stores || file == RegisterFile::Float;
        let register = |piece: Piece<'a>, file: RegisterFile| match piece.kind {
            PieceKind::Name(name) => self.names.register_of(file, name).map(i64::from),
            _ => None,
        };
        let pieces = self.pieces.clone();
        let (value, symbol, base) = match pieces[..] {
            [
                value,
                Piece {
                    kind: PieceKind::Punct(','),
                    ..
                },
                symbol,
            ] if !scratch => (value, symbol, value),
            [
                value,
                Piece {
                    kind: PieceKind::Punct(','),
                    ..
                },
                symbol,
                Piece {
                    kind: PieceKind::Punct(','),
                    ..
                },
                base,
            ] if scratch => (value, symbol, base),
            _ => return Ok(false),
        };
        let is_symbol = match symbol.kind {
            PieceKind::Name(name) => {
                self.names.register(name).is_none() && self.known_constant(name).is_none()
            }
            PieceKind::Value(value) => !matches!(value, Value::Const(_)),
            _ => false,
        };
        let (Some(value), Some(address), true) = (
            register(value, file),
            register(base, RegisterFile::Integer),
            is_symbol,
        ) else {
            return Ok(false);
        };
        if address == 0 {
            return Err(self.error(
                base.loc,
                "the address of a symbol needs a register other than zero",
            ));
        }
        let target = self.symbol_piece(symbol)?;
        let label = self.upper_part(address, Modifier::PcrelHi, target, symbol.loc, loc)?;
        self.lower_part(name, &[value, address], label, loc)?;
        Ok(true)
    }

    /// If the instruction has the syntax `register, immediate(register)`: its name, which registers it loads or stores,
    /// and true if it is a store.
    fn memory_access(&self, mnemonic: &str) -> Option<(&'a str, RegisterFile, bool)> {
        let spec = self.spec;
        let inst = &spec.instructions[spec.instruction_for(mnemonic, self.options.xlen)?];
        let [
            SyntaxPiece::Operand(value),
            SyntaxPiece::Punct(','),
            SyntaxPiece::Operand(offset),
            SyntaxPiece::Punct('('),
            SyntaxPiece::Operand(_),
            SyntaxPiece::Punct(')'),
        ] = inst.syntax[..]
        else {
            return None;
        };
        let lower = crate::resolve::relocation_kind(inst, offset.0 as usize, Modifier::PcrelLo)?;
        let register = inst.operands[value.0 as usize].kind.register()?;
        // A jump with a base register has this syntax too, but is not relative to a symbol's address.
        let stores = lower == crate::object::RelocationKind::PcrelLo12S;
        let jumps = inst
            .modes
            .iter()
            .any(|m| m.semantics.body.iter().any(|s| matches!(s, Stmt::SetPc(_))));
        let loads = register.write && !stores && !jumps;
        (inst.length == 4 && (stores || loads)).then_some((
            inst.name.as_str(),
            register.file,
            stores,
        ))
    }

    /// The instructions that load a constant, whose place is given, with the pseudo-instruction at `loc`.
    pub fn load_constant(&mut self, rd: i64, value: (i64, Loc), loc: Loc) -> Parse {
        let (written, value_loc) = value;
        let value = if self.options.xlen == 32 {
            // GNU as takes the low bits of constants that were written for both widths.
            if i32::try_from(written).is_err() && u32::try_from(written).is_err() {
                let message = format!(
                    "immediate must be an integer in the range [-2147483648, 4294967295], and is cut to {:#x}",
                    written as u32
                );
                self.report_at(
                    value_loc,
                    Diagnostic::warning(message, self.span(value_loc)),
                );
            }
            (written as i32).into()
        } else {
            written
        };
        if self.options.constants == Constants::Shortest {
            return self.emit_steps(rd, &constant::shortest(value, self.options.xlen), loc);
        }
        let steps = constant::like_gnu(value, self.options.xlen);
        if let ([Step::Addi(_)], true) = (&steps[..], value != written) {
            // Of a number that is only cut to a small one, GNU as does not compress the addition.
            let compress = std::mem::replace(&mut self.settings.compress, false);
            let result = self.emit_steps(rd, &steps, loc);
            self.settings.compress = compress;
            return result;
        }
        self.emit_steps(rd, &steps, loc)
    }

    /// The instructions of a sequence that loads a constant.
    fn emit_steps(&mut self, rd: i64, steps: &[Step], loc: Loc) -> Parse {
        let mut source = self.register_named("zero", loc)?;
        for &step in steps {
            let registers = [rd, source];
            match step {
                Step::Lui(high) => self.emit_upper("lui", rd, high, loc)?,
                Step::Addi(low) => {
                    self.emit_named(ADD_IMMEDIATE, &registers, BoundKind::Const(low), loc)?
                }
                Step::Addiw(low) => {
                    self.emit_named("addiw", &registers, BoundKind::Const(low), loc)?
                }
                Step::Slli(n) => {
                    self.emit_named("slli", &registers, BoundKind::Const(n.into()), loc)?
                }
                Step::Srli(n) => {
                    self.emit_named("srli", &registers, BoundKind::Const(n.into()), loc)?
                }
            }
            source = rd;
        }
        Ok(())
    }

    /// `auipc rd, modifier(target)`; the label that the lower part refers to.
    fn upper_part(
        &mut self,
        rd: i64,
        modifier: Modifier,
        target: Value,
        at: Loc,
        loc: Loc,
    ) -> Parse<Value> {
        let (section, offset) = (self.current as u32, self.here());
        let label = self.symbols.anonymous(section, offset, loc);
        self.emit_named_at(
            FAR_JUMP[0],
            &[rd],
            BoundKind::Value(modifier, target),
            at,
            loc,
        )?;
        Ok(Value::Symbol(label, 0))
    }

    /// The instruction that adds the lower part of a distance.
    fn lower_part(&mut self, mnemonic: &str, registers: &[i64], label: Value, loc: Loc) -> Parse {
        self.emit_named(
            mnemonic,
            registers,
            BoundKind::Value(Modifier::PcrelLo, label),
            loc,
        )
    }

    /// A jump to anywhere within 2 GiB, through `scratch`.
    fn far_jump(&mut self, scratch: i64, link: i64, symbol: Piece<'a>, loc: Loc) -> Parse {
        let target = self.symbol_piece(symbol)?;
        let offset = self.here();
        let relax = self.settings.relax;
        // The linker expects both at their full length.
        let compress = std::mem::replace(&mut self.settings.compress, false);
        let first = self.emit_named(FAR_JUMP[0], &[scratch], BoundKind::Const(0), loc);
        let second = first.and_then(|()| {
            self.emit_named(FAR_JUMP[1], &[link, scratch], BoundKind::Const(0), loc)
        });
        self.settings.compress = compress;
        second?;
        if relax {
            self.add_site(offset);
        }
        self.fixup(offset, target, Target::Call { relax }, symbol.loc)
    }

    // ---- emitting by name ---------------------------------------------------------------------

    fn find_instruction(&mut self, mnemonic: &str, loc: Loc) -> Parse<usize> {
        let found = self.spec.instruction_for(mnemonic, self.options.xlen);
        found.ok_or_else(|| {
            self.error(
                loc,
                format!("the instruction set has no '{mnemonic}', which this needs"),
            )
        })
    }

    /// Emits an instruction: registers in the order of its syntax, and its immediate.
    fn emit_named(
        &mut self,
        mnemonic: &str,
        registers: &[i64],
        immediate: BoundKind<'a>,
        loc: Loc,
    ) -> Parse {
        self.emit_named_at(mnemonic, registers, immediate, loc, loc)
    }

    /// The same, where the immediate is written at a place of its own.
    fn emit_named_at(
        &mut self,
        mnemonic: &str,
        registers: &[i64],
        immediate: BoundKind<'a>,
        at: Loc,
        loc: Loc,
    ) -> Parse {
        let index = self.find_instruction(mnemonic, loc)?;
        let spec = self.spec;
        let instruction = &spec.instructions[index];
        self.bound.clear();
        self.bound.resize(
            instruction.operands.len(),
            Bound {
                kind: BoundKind::Const(0),
                loc,
            },
        );
        let mut registers = registers.iter();
        for piece in &instruction.syntax {
            let SyntaxPiece::Operand(id) = *piece else {
                continue;
            };
            let operand = &instruction.operands[id.0 as usize];
            self.bound[id.0 as usize] = match operand.kind {
                OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => Bound {
                    kind: BoundKind::Const(registers.next().copied().unwrap_or(0)),
                    loc,
                },
                _ => Bound {
                    kind: immediate,
                    loc: at,
                },
            };
        }
        self.emit_bound(index, Keep::No, loc)
    }

    /// Emits an instruction whose immediate is the upper 20 bits of a number.
    fn emit_upper(&mut self, mnemonic: &str, rd: i64, high: i64, loc: Loc) -> Parse {
        let index = self.find_instruction(mnemonic, loc)?;
        let operands = &self.spec.instructions[index].operands;
        let value = operands
            .iter()
            .find(|o| matches!(o.kind, OperandKind::Imm { .. }))
            .map_or(high, |operand| field::upper(operand, high));
        self.emit_named(mnemonic, &[rd], BoundKind::Const(value), loc)
    }

    // ---- operands -----------------------------------------------------------------------------

    /// Exactly N operands with commas between them.
    fn operands<const N: usize>(&mut self, mnemonic: Loc) -> Parse<[Piece<'a>; N]> {
        let end = Loc {
            start: self.input.last_end,
            end: self.input.last_end,
        };
        let unset = Piece {
            kind: PieceKind::Punct(','),
            loc: end,
        };
        let mut found = [unset; N];
        for (i, slot) in found.iter_mut().enumerate() {
            match self.pieces.get(2 * i) {
                Some(piece) => *slot = *piece,
                None => {
                    let loc = if self.pieces.is_empty() {
                        mnemonic
                    } else {
                        end
                    };
                    return Err(self.error(loc, "too few operands for instruction"));
                }
            }
            if let Some(Piece { kind, loc }) = self.pieces.get(2 * i + 1).copied()
                && !matches!(kind, PieceKind::Punct(','))
            {
                return Err(self.error(loc, "invalid operand for instruction"));
            }
        }
        match self.pieces.get(2 * N) {
            None => Ok(found),
            Some(extra) => {
                let loc = extra.loc;
                Err(self.error(loc, "too many operands for instruction"))
            }
        }
    }

    fn register_piece(&mut self, piece: Piece<'a>) -> Parse<i64> {
        if let PieceKind::Name(name) = piece.kind
            && let Some(number) = self.names.register(name)
        {
            return Ok(number.into());
        }
        Err(self.error(piece.loc, "invalid operand for instruction"))
    }

    fn register_named(&mut self, name: &str, loc: Loc) -> Parse<i64> {
        match self.names.register(name) {
            Some(number) => Ok(number.into()),
            None => Err(self.error(
                loc,
                format!("the instruction set has no register '{name}', which this needs"),
            )),
        }
    }

    fn constant_piece(&mut self, piece: Piece<'a>) -> Parse<(i64, Loc)> {
        let value = match piece.kind {
            PieceKind::Name(name) if self.names.register(name).is_none() => {
                Value::Symbol(self.symbols.named(name, piece.loc), 0)
            }
            PieceKind::Value(value) => value,
            _ => return Err(self.error(piece.loc, "invalid operand for instruction")),
        };
        Ok((self.evaluate_absolute(value, piece.loc)?, piece.loc))
    }

    /// The value of an operand that is an address.
    fn symbol_piece(&mut self, piece: Piece<'a>) -> Parse<Value> {
        match piece.kind {
            PieceKind::Name(name) if self.names.register(name).is_none() => {
                Ok(Value::Symbol(self.symbols.named(name, piece.loc), 0))
            }
            PieceKind::Value(value @ (Value::Symbol(..) | Value::Deferred(..))) => Ok(value),
            _ => Err(self.error(piece.loc, "operand must be a bare symbol name")),
        }
    }
}
