//! Operations without effects as CLIF.
//!
//! Each gives what the interpreter of operations gives, on all operands; division in particular never traps.

use super::super::ops::{Code, Op};
use super::value::{Kind, Node, Nodes};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use cranelift_frontend::FunctionBuilder;
use zktr_isa::algebra::{BinOp, UnOp};

/// True if [`emit`] knows the operation.
pub(super) fn can(op: &Op) -> bool {
    match op.code {
        Code::Word(op, 32 | 64) => !matches!(
            op,
            BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS
        ),
        Code::Comparison(_, bits) => matches!(bits, 8 | 16 | 32 | 64),
        Code::Unary(op, 32 | 64) => matches!(
            op,
            UnOp::Clz | UnOp::Ctz | UnOp::Popcount | UnOp::ByteReverse | UnOp::OrCombine
        ),
        Code::Word(..) | Code::Unary(..) => false,
        _ => true,
    }
}

/// The value of an operation that is no access, no branch and no `Select`; none for those.
pub(super) fn emit(
    builder: &mut FunctionBuilder<'_>,
    nodes: &mut Nodes,
    op: &Op,
    a: Node,
    b: Node,
) -> Option<Node> {
    let compare = |nodes: &mut Nodes, builder: &mut FunctionBuilder<'_>, cc| {
        let (x, y, _) = nodes.pair(builder, a, b);
        let value = builder.ins().icmp(cc, x, y);
        Kind::Bool(value)
    };
    let kind = match op.code {
        Code::Add | Code::Sub | Code::Mul | Code::And | Code::Or | Code::Xor => {
            return Some(nodes.modular(builder, op.code, a, b));
        }
        Code::MulHighSigned | Code::MulHighUnsigned | Code::MulHighSignedUnsigned => {
            let (x, y) = (nodes.wide(builder, a), nodes.wide(builder, b));
            Kind::Wide(match op.code {
                Code::MulHighSigned => builder.ins().smulhi(x, y),
                Code::MulHighUnsigned => builder.ins().umulhi(x, y),
                _ => {
                    // Of a negative first operand, the unsigned product has 2^64 times the second too much.
                    let high = builder.ins().umulhi(x, y);
                    let sign = builder.ins().sshr_imm_u(x, 63);
                    let excess = builder.ins().band(sign, y);
                    builder.ins().isub(high, excess)
                }
            })
        }
        Code::Shl64 | Code::ShrU64 | Code::ShrS64 => {
            let (x, y) = (nodes.wide(builder, a), nodes.wide(builder, b));
            Kind::Wide(match op.code {
                Code::Shl64 => builder.ins().ishl(x, y),
                Code::ShrU64 => builder.ins().ushr(x, y),
                _ => builder.ins().sshr(x, y),
            })
        }
        Code::Shl32 | Code::ShrU32 | Code::ShrS32 => {
            let (x, y) = (nodes.low(builder, a), nodes.low(builder, b));
            Kind::Zext(match op.code {
                Code::Shl32 => builder.ins().ishl(x, y),
                Code::ShrU32 => builder.ins().ushr(x, y),
                _ => builder.ins().sshr(x, y),
            })
        }
        Code::Eq => compare(nodes, builder, IntCC::Equal),
        Code::Ne => compare(nodes, builder, IntCC::NotEqual),
        Code::LtU => compare(nodes, builder, IntCC::UnsignedLessThan),
        Code::LeU => compare(nodes, builder, IntCC::UnsignedLessThanOrEqual),
        Code::LtS64 | Code::LeS64 => {
            let (x, y) = (nodes.wide(builder, a), nodes.wide(builder, b));
            Kind::Bool(builder.ins().icmp(signed(op.code == Code::LeS64), x, y))
        }
        Code::LtS32 | Code::LeS32 => {
            let (x, y) = (nodes.low(builder, a), nodes.low(builder, b));
            Kind::Bool(builder.ins().icmp(signed(op.code == Code::LeS32), x, y))
        }
        Code::SignExtend => return Some(sign_extend(builder, nodes, a, op.imm & 63)),
        Code::AddSigned32 | Code::SubSigned32 => {
            let (x, y) = (nodes.low(builder, a), nodes.low(builder, b));
            Kind::Sext(if op.code == Code::AddSigned32 {
                builder.ins().iadd(x, y)
            } else {
                builder.ins().isub(x, y)
            })
        }
        Code::Word(op, bits) => {
            let (ty, kind) = word(bits)?;
            let (x, y) = (nodes.of_type(builder, a, ty), nodes.of_type(builder, b, ty));
            kind(operation(builder, op, x, y, ty)?)
        }
        Code::Comparison(op, bits) => {
            let cc = match op {
                BinOp::Eq => IntCC::Equal,
                BinOp::Ne => IntCC::NotEqual,
                BinOp::LtU => IntCC::UnsignedLessThan,
                BinOp::LeU => IntCC::UnsignedLessThanOrEqual,
                BinOp::LtS => IntCC::SignedLessThan,
                BinOp::LeS => IntCC::SignedLessThanOrEqual,
                _ => return None,
            };
            let (x, y) = (
                narrow(builder, nodes, a, bits)?,
                narrow(builder, nodes, b, bits)?,
            );
            Kind::Bool(builder.ins().icmp(cc, x, y))
        }
        Code::Unary(op, bits) => {
            let (ty, kind) = word(bits)?;
            let x = nodes.of_type(builder, a, ty);
            kind(unary(builder, op, x, ty)?)
        }
        Code::Select
        | Code::Load8
        | Code::Load16
        | Code::Load32
        | Code::Load64
        | Code::LoadSigned8
        | Code::LoadSigned16
        | Code::LoadSigned32
        | Code::Store8
        | Code::Store16
        | Code::Store32
        | Code::Store64
        | Code::SkipIfZero
        | Code::BranchEq
        | Code::BranchNe
        | Code::BranchLtU
        | Code::BranchLeU
        | Code::BranchLtS
        | Code::BranchLeS
        | Code::Jump => return None,
    };
    Some(nodes.add(kind))
}

fn signed(or_equal: bool) -> IntCC {
    if or_equal {
        IntCC::SignedLessThanOrEqual
    } else {
        IntCC::SignedLessThan
    }
}

/// What a word is as a value.
type AsKind = fn(Value) -> Kind;

/// The type of a word of 32 or 64 bits, and what such a word is as a value.
fn word(bits: u8) -> Option<(Type, AsKind)> {
    match bits {
        32 => Some((I32, Kind::Zext)),
        64 => Some((I64, Kind::Wide)),
        _ => None,
    }
}

/// The low bits of a value.
fn narrow(
    builder: &mut FunctionBuilder<'_>,
    nodes: &mut Nodes,
    node: Node,
    bits: u8,
) -> Option<Value> {
    let ty = match bits {
        8 => I8,
        16 => I16,
        32 => return Some(nodes.low(builder, node)),
        64 => return Some(nodes.wide(builder, node)),
        _ => return None,
    };
    let low = nodes.low(builder, node);
    Some(builder.ins().ireduce(ty, low))
}

/// Shifted left and, with copies of the sign, right again.
fn sign_extend(
    builder: &mut FunctionBuilder<'_>,
    nodes: &mut Nodes,
    node: Node,
    distance: u64,
) -> Node {
    let kind = match distance {
        32 => Kind::Sext(nodes.low(builder, node)),
        48 | 56 => {
            let low = nodes.low(builder, node);
            let ty = if distance == 48 { I16 } else { I8 };
            let narrow = builder.ins().ireduce(ty, low);
            Kind::Sext(builder.ins().sextend(I32, narrow))
        }
        _ => {
            let wide = nodes.wide(builder, node);
            let left = builder.ins().ishl_imm_u(wide, distance.cast_signed());
            Kind::Wide(builder.ins().sshr_imm_u(left, distance.cast_signed()))
        }
    };
    nodes.add(kind)
}

fn operation(
    builder: &mut FunctionBuilder<'_>,
    op: BinOp,
    a: Value,
    b: Value,
    ty: Type,
) -> Option<Value> {
    Some(match op {
        BinOp::Add => builder.ins().iadd(a, b),
        BinOp::Sub => builder.ins().isub(a, b),
        BinOp::Mul => builder.ins().imul(a, b),
        BinOp::DivU | BinOp::RemU | BinOp::DivS | BinOp::RemS => divide(builder, op, a, b, ty),
        BinOp::And => builder.ins().band(a, b),
        BinOp::Or => builder.ins().bor(a, b),
        BinOp::Xor => builder.ins().bxor(a, b),
        BinOp::Shl => builder.ins().ishl(a, b),
        BinOp::ShrU => builder.ins().ushr(a, b),
        BinOp::ShrS => builder.ins().sshr(a, b),
        BinOp::RotR => builder.ins().rotr(a, b),
        BinOp::MinU => builder.ins().umin(a, b),
        BinOp::MaxU => builder.ins().umax(a, b),
        BinOp::MinS => builder.ins().smin(a, b),
        BinOp::MaxS => builder.ins().smax(a, b),
        BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS => return None,
    })
}

/// Division by zero gives all ones and the dividend; an overflow, the dividend and zero.
fn divide(builder: &mut FunctionBuilder<'_>, op: BinOp, a: Value, b: Value, ty: Type) -> Value {
    let by_zero = builder.ins().icmp_imm_u(IntCC::Equal, b, 0);
    let one = builder.ins().iconst(ty, 1);
    let mut divisor = builder.ins().select(by_zero, one, b);
    if let BinOp::DivS | BinOp::RemS = op {
        // Divided by one, the least number gives what the overflow has to.
        let lowest = 1u64 << (ty.bits() - 1);
        let lowest = builder.ins().iconst(ty, lowest.cast_signed());
        let least = builder.ins().icmp(IntCC::Equal, a, lowest);
        let minus_one = builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let overflow = builder.ins().band(least, minus_one);
        divisor = builder.ins().select(overflow, one, divisor);
    }
    match op {
        BinOp::DivU | BinOp::DivS => {
            let quotient = if op == BinOp::DivU {
                builder.ins().udiv(a, divisor)
            } else {
                builder.ins().sdiv(a, divisor)
            };
            let ones = builder.ins().bnot(b);
            builder.ins().select(by_zero, ones, quotient)
        }
        _ => {
            let rest = if op == BinOp::RemU {
                builder.ins().urem(a, divisor)
            } else {
                builder.ins().srem(a, divisor)
            };
            builder.ins().select(by_zero, a, rest)
        }
    }
}

fn unary(builder: &mut FunctionBuilder<'_>, op: UnOp, a: Value, ty: Type) -> Option<Value> {
    Some(match op {
        UnOp::Clz => builder.ins().clz(a),
        UnOp::Ctz => builder.ins().ctz(a),
        UnOp::Popcount => builder.ins().popcnt(a),
        UnOp::ByteReverse => builder.ins().bswap(a),
        UnOp::OrCombine => {
            // The top bit of each byte that is not zero; then 255 times the bits.
            let repeat = |byte: u64| (u64::MAX / 255 * byte) >> (64 - ty.bits());
            let mut constant = |byte| {
                let value = repeat(byte).cast_signed();
                builder.ins().iconst(ty, value)
            };
            let (low, high) = (constant(0x7f), constant(0x80));
            let rest = builder.ins().band(a, low);
            let carried = builder.ins().iadd(rest, low);
            let any = builder.ins().bor(carried, a);
            let tops = builder.ins().band(any, high);
            let bits = builder.ins().ushr_imm_u(tops, 7);
            builder.ins().imul_imm_u(bits, 255)
        }
        _ => return None,
    })
}
