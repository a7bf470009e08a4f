//! The compact form of scalar instructions and its interpreter.
//!
//! An instruction becomes a few three-address operations on a frame of 256 words: slots 0 to 31 are
//! the integer registers, the next 32 the floating-point registers, and the others hold intermediate values of one instruction. Slot 0 is never
//! written and always zero. With slots of one byte, no access to the frame can be out of range.
//!
//! The second operand of an operation is `frame[b] + imm`: with `b` = 0 it is a constant, with
//! `imm` = 0 a slot. A word of N bits below 64 is kept zero-extended.

use crate::golden::eval::{word_comparison, word_operation, word_unary};
use crate::memory::{Access, Fault, SegmentedMemory};
use zktr_isa::algebra::{BinOp, UnOp};

/// Registers and intermediate values.
pub(super) type Frame = [u64; 256];

/// First slot for intermediate values.
pub(super) const FIRST_TEMPORARY: u8 = 64;

/// The slot of the first floating-point register.
pub(super) const FIRST_FLOAT: u8 = 32;

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Op {
    pub(super) code: Code,
    pub(super) dst: u8,
    pub(super) a: u8,
    pub(super) b: u8,
    pub(super) imm: u64,
}

/// What it does: `dst = a op (b + imm)` if not said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Add,
    Sub,
    Mul,
    /// The high halves of products of 64-bit words: both signed, the first, none.
    MulHighSigned,
    MulHighSignedUnsigned,
    MulHighUnsigned,
    And,
    Or,
    Xor,
    Shl64,
    ShrU64,
    ShrS64,
    /// On the low 32 bits; the result is zero-extended.
    Shl32,
    ShrU32,
    ShrS32,
    Eq,
    Ne,
    LtU,
    LeU,
    LtS64,
    LeS64,
    LtS32,
    LeS32,
    /// `a` shifted left by `imm` and, with copies of the sign, right again.
    SignExtend,
    /// The low 32 bits of `a + (b + imm)` or of the difference, sign-extended.
    AddSigned32,
    SubSigned32,
    /// `a` if slot `imm` is not zero, else `b`.
    Select,
    /// Loads from `a + imm`, zero- or sign-extended.
    Load8,
    Load16,
    Load32,
    Load64,
    LoadSigned8,
    LoadSigned16,
    LoadSigned32,
    /// Stores `b` to `a + imm`.
    Store8,
    Store16,
    Store32,
    Store64,
    /// Skips the next `imm` operations if `a` is zero.
    SkipIfZero,
    /// Leaves for address `imm` if the comparison of `a` and `b` holds.
    BranchEq,
    BranchNe,
    BranchLtU,
    BranchLeU,
    BranchLtS,
    BranchLeS,
    /// Leaves for address `a + imm`.
    Jump,
    /// Any other operation on words of so many bits, by the golden evaluator's function.
    Word(BinOp, u8),
    /// Any other comparison.
    Comparison(BinOp, u8),
    /// Any other operation with one operand.
    Unary(UnOp, u8),
}

impl Code {
    /// True for loads, which may fault.
    pub(super) fn loads(self) -> bool {
        matches!(
            self,
            Self::Load8
                | Self::Load16
                | Self::Load32
                | Self::Load64
                | Self::LoadSigned8
                | Self::LoadSigned16
                | Self::LoadSigned32
        )
    }

    /// True for conditional branches.
    #[cfg(feature = "jit")]
    pub(super) fn branches(self) -> bool {
        matches!(
            self,
            Self::BranchEq
                | Self::BranchNe
                | Self::BranchLtU
                | Self::BranchLeU
                | Self::BranchLtS
                | Self::BranchLeS
        )
    }

    /// The same load with sign extension to 64 bits.
    pub(super) fn signed(self) -> Option<Self> {
        match self {
            Self::Load8 => Some(Self::LoadSigned8),
            Self::Load16 => Some(Self::LoadSigned16),
            Self::Load32 => Some(Self::LoadSigned32),
            Self::Load64 => Some(Self::Load64),
            _ => None,
        }
    }
}

/// How a run of operations ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Behind its last operation.
    Through,
    /// At this address.
    Jump(u64),
    /// At an access of the operation with this index.
    Fault(Fault, usize),
}

/// Memory as operations see it.
pub(super) struct Port<'a> {
    pub(super) memory: &'a mut SegmentedMemory,
    /// All ones below XLEN.
    pub(super) mask: u64,
    /// The addresses where a store may change translated code: first and length of the smallest range.
    pub(super) code: (u64, u64),
    /// Set when such code may have been written.
    pub(super) code_written: bool,
}

impl Port<'_> {
    #[inline(always)]
    fn load<const N: usize>(&self, addr: u64) -> Result<[u8; N], Fault> {
        self.memory.load(addr & self.mask, Access::Read)
    }

    #[inline(always)]
    fn store<const N: usize>(&mut self, addr: u64, bytes: [u8; N]) -> Result<(), Fault> {
        let addr = addr & self.mask;
        self.code_written |= addr.wrapping_sub(self.code.0) < self.code.1;
        self.memory.store(addr, bytes)
    }
}

/// Runs operations in order.
pub(super) fn run(ops: &[Op], frame: &mut Frame, port: &mut Port<'_>) -> Exit {
    let mut at = 0;
    while let Some(op) = ops.get(at) {
        let a = frame[usize::from(op.a)];
        let b = frame[usize::from(op.b)].wrapping_add(op.imm);
        // Loads and stores have their immediate in the address instead.
        macro_rules! load {
            ($n:literal, $from:expr) => {
                match port.load::<$n>(a.wrapping_add(op.imm)) {
                    Ok(bytes) => $from(bytes),
                    Err(fault) => return Exit::Fault(fault, at),
                }
            };
        }
        macro_rules! store {
            ($ty:ty) => {{
                let value = frame[usize::from(op.b)] as $ty;
                if let Err(fault) = port.store(a.wrapping_add(op.imm), value.to_le_bytes()) {
                    return Exit::Fault(fault, at);
                }
                at += 1;
                continue;
            }};
        }
        macro_rules! branch {
            ($condition:expr) => {{
                let other = frame[usize::from(op.b)];
                let condition: fn(u64, u64) -> bool = $condition;
                if condition(a, other) {
                    return Exit::Jump(op.imm);
                }
                at += 1;
                continue;
            }};
        }
        let value = match op.code {
            Code::Add => a.wrapping_add(b),
            Code::Sub => a.wrapping_sub(b),
            Code::Mul => a.wrapping_mul(b),
            Code::MulHighSigned => ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64,
            Code::MulHighSignedUnsigned => ((i128::from(a as i64) * i128::from(b)) >> 64) as u64,
            Code::MulHighUnsigned => ((u128::from(a) * u128::from(b)) >> 64) as u64,
            Code::And => a & b,
            Code::Or => a | b,
            Code::Xor => a ^ b,
            Code::Shl64 => a << (b & 63),
            Code::ShrU64 => a >> (b & 63),
            Code::ShrS64 => ((a as i64) >> (b & 63)) as u64,
            Code::Shl32 => u64::from((a as u32) << (b & 31)),
            Code::ShrU32 => u64::from((a as u32) >> (b & 31)),
            Code::ShrS32 => u64::from(((a as i32) >> (b & 31)) as u32),
            Code::Eq => u64::from(a == b),
            Code::Ne => u64::from(a != b),
            Code::LtU => u64::from(a < b),
            Code::LeU => u64::from(a <= b),
            Code::LtS64 => u64::from((a as i64) < b as i64),
            Code::LeS64 => u64::from(a as i64 <= b as i64),
            Code::LtS32 => u64::from((a as i32) < b as i32),
            Code::LeS32 => u64::from(a as i32 <= b as i32),
            Code::SignExtend => ((a << (op.imm & 63)) as i64 >> (op.imm & 63)) as u64,
            Code::AddSigned32 => a.wrapping_add(b) as i32 as u64,
            Code::SubSigned32 => a.wrapping_sub(b) as i32 as u64,
            Code::Select => {
                let chosen = if frame[usize::from(op.imm as u8)] != 0 {
                    op.a
                } else {
                    op.b
                };
                frame[usize::from(chosen)]
            }
            Code::Load8 => load!(1, |bytes| u64::from(u8::from_le_bytes(bytes))),
            Code::Load16 => load!(2, |bytes| u64::from(u16::from_le_bytes(bytes))),
            Code::Load32 => load!(4, |bytes| u64::from(u32::from_le_bytes(bytes))),
            Code::Load64 => load!(8, u64::from_le_bytes),
            Code::LoadSigned8 => load!(1, |bytes| i8::from_le_bytes(bytes) as u64),
            Code::LoadSigned16 => load!(2, |bytes| i16::from_le_bytes(bytes) as u64),
            Code::LoadSigned32 => load!(4, |bytes| i32::from_le_bytes(bytes) as u64),
            Code::Store8 => store!(u8),
            Code::Store16 => store!(u16),
            Code::Store32 => store!(u32),
            Code::Store64 => store!(u64),
            Code::SkipIfZero => {
                at += if a == 0 { op.imm as usize } else { 0 };
                at += 1;
                continue;
            }
            Code::BranchEq => branch!(|a, b| a == b),
            Code::BranchNe => branch!(|a, b| a != b),
            Code::BranchLtU => branch!(|a, b| a < b),
            Code::BranchLeU => branch!(|a, b| a <= b),
            Code::BranchLtS => branch!(|a, b| (a as i64) < b as i64),
            Code::BranchLeS => branch!(|a, b| a as i64 <= b as i64),
            Code::Jump => return Exit::Jump(a.wrapping_add(op.imm) & port.mask),
            Code::Word(op, bits) => {
                word_operation(op, a.into(), b.into(), bits.into()).unwrap_or(0) as u64
            }
            Code::Comparison(op, bits) => {
                u64::from(word_comparison(op, a.into(), b.into(), bits.into()).unwrap_or(false))
            }
            Code::Unary(op, bits) => word_unary(op, a.into(), bits.into()).unwrap_or(0) as u64,
        };
        frame[usize::from(op.dst)] = value;
        at += 1;
    }
    Exit::Through
}
