//! How an instruction is written with the `.insn` directive of GNU as and LLVM.
//!
//! The directive knows the formats of the base ISA. What does not fit into one of them is the word as a number, put
//! together from the operands by the assembler.

use crate::algebra::{ExprKind, OperandId, Stmt, UnOp};
use crate::model::{Instruction, LayoutContent, Operand, OperandKind, Role};

/// A form of the directive. Pieces are what stands at an operand's place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// `.insn r opcode, funct3, funct7, rd, rs1, rs2`
    R {
        opcode: u32,
        funct3: u32,
        funct7: u32,
        rd: Piece,
        rs1: Piece,
        rs2: Piece,
    },
    /// `.insn i opcode, funct3, rd, imm(rs1)`
    I {
        opcode: u32,
        funct3: u32,
        rd: Piece,
        rs1: Piece,
        imm: Piece,
    },
    /// `.insn s opcode, funct3, rs2, imm(rs1)`
    S {
        opcode: u32,
        funct3: u32,
        rs1: Piece,
        rs2: Piece,
        imm: Piece,
    },
    /// `.insn u opcode, rd, imm`
    U {
        opcode: u32,
        rd: Piece,
        imm: OperandId,
    },
    /// `.insn b opcode, funct3, rs1, rs2, target`
    B {
        opcode: u32,
        funct3: u32,
        rs1: Piece,
        rs2: Piece,
        target: OperandId,
    },
    /// `.insn j opcode, rd, target`
    J {
        opcode: u32,
        rd: Piece,
        target: OperandId,
    },
    /// `.4byte` or `.2byte` with the fixed bits and the operands' bits.
    Word,
}

/// What stands at an operand's place: an operand, or a fixed number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Operand(OperandId),
    Fixed(u32),
}

/// The form of an instruction.
pub(super) fn form(instruction: &Instruction) -> Form {
    if instruction.length != 4 {
        return Form::Word;
    }
    let fields = Fields(instruction);
    let opcode = fields.fixed(0, 7);
    opcode.map_or(Form::Word, |opcode| {
        r(&fields, opcode)
            .or_else(|| i(&fields, opcode))
            .or_else(|| s(&fields, opcode))
            .or_else(|| u(&fields, opcode))
            .or_else(|| b(&fields, opcode))
            .or_else(|| j(&fields, opcode))
            .unwrap_or(Form::Word)
    })
}

fn r(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    Some(Form::R {
        opcode,
        funct3: fields.fixed(12, 3)?,
        funct7: fields.fixed(25, 7)?,
        rd: fields.register(7)?,
        rs1: fields.register(15)?,
        rs2: fields.register(20)?,
    })
}

fn i(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    let imm = match fields.fixed(20, 12) {
        Some(value) => Piece::Fixed(value),
        None => Piece::Operand(fields.immediate(&[(20, 12, 0)], true)?),
    };
    Some(Form::I {
        opcode,
        funct3: fields.fixed(12, 3)?,
        rd: fields.register(7)?,
        rs1: fields.register(15)?,
        imm,
    })
}

fn s(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    Some(Form::S {
        opcode,
        funct3: fields.fixed(12, 3)?,
        rs1: fields.register(15)?,
        rs2: fields.register(20)?,
        imm: Piece::Operand(fields.immediate(&[(25, 7, 5), (7, 5, 0)], true)?),
    })
}

fn u(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    Some(Form::U {
        opcode,
        rd: fields.register(7)?,
        imm: fields.immediate(&[(12, 20, 0)], false)?,
    })
}

fn b(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    Some(Form::B {
        opcode,
        funct3: fields.fixed(12, 3)?,
        rs1: fields.register(15)?,
        rs2: fields.register(20)?,
        target: fields.target(&[(31, 1, 12), (25, 6, 5), (8, 4, 1), (7, 1, 11)])?,
    })
}

fn j(fields: &Fields<'_>, opcode: u32) -> Option<Form> {
    Some(Form::J {
        opcode,
        rd: fields.register(7)?,
        target: fields.target(&[(31, 1, 20), (21, 10, 1), (20, 1, 11), (12, 8, 12)])?,
    })
}

/// The word of an instruction by bit positions.
struct Fields<'a>(&'a Instruction);

impl Fields<'_> {
    /// The value of these bits, if all of them are fixed.
    fn fixed(&self, lo: u32, len: u32) -> Option<u32> {
        let mask = ((1u64 << len) - 1) as u32;
        (self.0.mask >> lo & mask == mask).then_some(self.0.bits >> lo & mask)
    }

    /// What is in the register field that begins at this bit.
    fn register(&self, lo: u8) -> Option<Piece> {
        if let Some(number) = self.fixed(lo.into(), 5) {
            return Some(Piece::Fixed(number));
        }
        let operand = self.operand(&[(lo, 5, 0)])?;
        let kind = &self.0.operands[operand.0 as usize].kind;
        let full = kind.register().is_some() && !kind.is_compressed();
        full.then_some(Piece::Operand(operand))
    }

    /// The immediate with these slices.
    fn immediate(&self, slices: &[(u8, u8, u8)], wants_signed: bool) -> Option<OperandId> {
        let operand = self.operand(slices)?;
        let entry = &self.0.operands[operand.0 as usize];
        let plain = matches!(entry.kind, OperandKind::Imm { signed, pc_relative: false } if signed == wants_signed);
        (plain && entry.modulo.is_none()).then_some(operand)
    }

    /// The distance with these slices.
    fn target(&self, slices: &[(u8, u8, u8)]) -> Option<OperandId> {
        let operand = self.operand(slices)?;
        let entry = &self.0.operands[operand.0 as usize];
        let kind = OperandKind::Imm {
            signed: true,
            pc_relative: true,
        };
        (entry.kind == kind).then_some(operand)
    }

    /// The operand that has exactly these slices: (lowest bit of the word, length, lowest bit of the value).
    fn operand(&self, slices: &[(u8, u8, u8)]) -> Option<OperandId> {
        let index = self.0.operands.iter().position(|operand| {
            let has = |&(word_lo, len, value_lo): &(u8, u8, u8)| {
                operand.slices.iter().any(|slice| {
                    (slice.word_lo, slice.len, slice.value_lo) == (word_lo, len, value_lo)
                })
            };
            operand.slices.len() == slices.len() && slices.iter().all(has)
        })?;
        Some(OperandId(index as u32))
    }
}

/// The word as a sum of its fixed bits and of the operands' bits, in the syntax that C, GNU as and LLVM share.
/// `value` names the value that stands in the word's slices: of a compressed register, its number.
pub(super) fn word_expression(
    instruction: &Instruction,
    value: impl Fn(OperandId) -> String,
) -> String {
    let mut out = format!("{:#x}", instruction.bits);
    for field in &instruction.layout {
        let LayoutContent::Operand { operand, value_lo } = field.content else {
            continue;
        };
        let entry = &instruction.operands[operand.0 as usize];
        let mut text = value(operand);
        if entry.kind.is_compressed() {
            text = format!("({text} - 8)");
        }
        if value_lo > 0 {
            text = format!("({text} >> {value_lo})");
        }
        let mask = (1u64 << field.len) - 1;
        out.push_str(&format!(" | (({text} & {mask:#x}) << {})", field.lo));
    }
    out
}

/// What a compiler has to know about an instruction that it does not understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Behaviour {
    /// It leaves no trace but its results: it may be moved, merged or dropped.
    pub pure: bool,
    /// It goes elsewhere than to the next instruction, or uses registers that are not written in assembly.
    pub opaque: bool,
}

/// Reads it from the meaning.
pub(super) fn behaviour(instruction: &Instruction) -> Behaviour {
    let hidden = |operand: &Operand| operand.fixed.is_some();
    let mut out = Behaviour {
        pure: instruction.expands.is_none()
            && instruction.operands.iter().all(|o| o.role == Role::Value),
        opaque: instruction.operands.iter().any(hidden),
    };
    for mode in &instruction.modes {
        mode.semantics.statements(&mut |statement| match statement {
            Stmt::Let { .. }
            | Stmt::Carry { .. }
            | Stmt::Assign { .. }
            | Stmt::For { .. }
            | Stmt::If { .. }
            | Stmt::SetReg { .. } => {}
            Stmt::SetPc(_) => {
                out = Behaviour {
                    pure: false,
                    opaque: true,
                }
            }
            _ => out.pure = false,
        });
        mode.semantics.terms(&mut |term| match &term.kind {
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Operand(_)
            | ExprKind::Xlen
            | ExprKind::RegNumber(_)
            | ExprKind::Status(_)
            | ExprKind::Count(_)
            | ExprKind::Var(_)
            | ExprKind::Binary(..)
            | ExprKind::If(..)
            | ExprKind::Reduce { .. } => {}
            ExprKind::Unary(op, _) if *op != UnOp::Reserved => {}
            // The value depends on where the instruction is, or on state that the compiler does not see.
            _ => out.pure = false,
        });
    }
    out
}

/// True if the instruction may read or write memory. That of one with a descriptor is what its views say.
pub(super) fn accesses_memory(instruction: &Instruction) -> bool {
    let mut found = instruction.is_bulk();
    for mode in &instruction.modes {
        let semantics = &mode.semantics;
        semantics.statements(&mut |stmt| found |= matches!(stmt, Stmt::StoreMem { .. }));
        semantics.terms(&mut |term| found |= matches!(term.kind, ExprKind::Mem { .. }));
    }
    found
}
