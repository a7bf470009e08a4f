//! How the steps of field operations are spelled: the building blocks of the catalogue of idioms.

use zktr_pass::domain::{BinaryOp as Op, Condition as Cc};

use super::*;

/// Builds a program; the methods are named after CLIF's instructions.
#[derive(Default)]
pub struct Builder {
    pub program: Program,
}

impl Builder {
    pub fn leaf(&mut self, bits: u8, lo: u128, hi: u128) -> Ref {
        assert!(self.program.insts.is_empty(), "leaves come first");
        self.program.leaves.push(Leaf { bits, lo, hi });
        self.program.leaves.len() - 1
    }
    /// A word of 32 bits.
    pub fn any32(&mut self) -> Ref {
        self.leaf(32, 0, mask(32))
    }
    /// A canonical word of 32 bits.
    pub fn below(&mut self, p: u64) -> Ref {
        self.leaf(32, 0, u128::from(p) - 1)
    }
    pub fn iconst(&mut self, bits: u8, value: u64) -> Ref {
        self.program
            .push(Inst::Const(bits, u128::from(value) & mask(bits)))
    }
    /// A constant of the width of `like`.
    pub fn same(&mut self, like: Ref, value: u64) -> Ref {
        self.iconst(self.program.bits(like), value)
    }
    pub fn bin(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.program.push(Inst::Binary(op, a, b))
    }
    /// An operation with a constant on the right.
    pub fn imm(&mut self, op: Op, a: Ref, value: u64) -> Ref {
        let b = self.same(a, value);
        self.bin(op, a, b)
    }
    pub fn add(&mut self, a: Ref, b: Ref) -> Ref {
        self.bin(Op::Add, a, b)
    }
    pub fn sub(&mut self, a: Ref, b: Ref) -> Ref {
        self.bin(Op::Sub, a, b)
    }
    pub fn mul(&mut self, a: Ref, b: Ref) -> Ref {
        self.bin(Op::Mul, a, b)
    }
    pub fn icmp(&mut self, cc: Cc, a: Ref, b: Ref) -> Ref {
        self.program.push(Inst::Icmp(cc, a, b))
    }
    pub fn select(&mut self, c: Ref, a: Ref, b: Ref) -> Ref {
        self.program.push(Inst::Select(c, a, b))
    }
    pub fn wide(&mut self, a: Ref) -> Ref {
        self.program.push(Inst::Uextend(a, 64))
    }
    pub fn low(&mut self, a: Ref) -> Ref {
        self.program.push(Inst::Ireduce(a, 32))
    }
    /// The upper half of a word of 64 bits, in 32.
    pub fn high(&mut self, a: Ref) -> Ref {
        let shifted = self.imm(Op::ShrU, a, 32);
        self.low(shifted)
    }
    /// The product of two words of 32 bits, in 64.
    pub fn product(&mut self, a: Ref, b: Ref) -> Ref {
        let (a, b) = (self.wide(a), self.wide(b));
        self.mul(a, b)
    }
    /// The value as the end of the program: what an idiom is about has to come last.
    pub fn done(self, value: Ref) -> Program {
        assert_eq!(
            value + 1,
            self.program.len(),
            "the result is the last value"
        );
        assert!(self.program.is_well_formed());
        self.program
    }
}

/// How the product with the Montgomery constant is reduced to its low half.
#[derive(Debug, Clone, Copy)]
pub enum Quotient {
    Mask64,
    Low32,
    ShiftAdd32,
}

pub const QUOTIENTS: [Quotient; 3] = [Quotient::Mask64, Quotient::Low32, Quotient::ShiftAdd32];

impl Quotient {
    /// `x * constant mod 2^32`, in 64 bits.
    pub fn build(self, b: &mut Builder, x: Ref, constant: u64) -> Ref {
        match self {
            Self::Mask64 => {
                let product = b.imm(Op::Mul, x, constant);
                b.imm(Op::And, product, 0xffff_ffff)
            }
            Self::Low32 => {
                let x = b.low(x);
                let product = b.imm(Op::Mul, x, constant);
                b.wide(product)
            }
            Self::ShiftAdd32 => {
                let x = b.low(x);
                let mut sum = None;
                for bit in (0..32).filter(|bit| constant >> bit & 1 == 1) {
                    let part = if bit == 0 { x } else { b.imm(Op::Shl, x, bit) };
                    sum = Some(sum.map_or(part, |sum| b.add(sum, part)));
                }
                let sum = sum.expect("the constant is odd");
                b.wide(sum)
            }
        }
    }
}

/// How the difference form, which subtracts a multiple of p and may borrow, is corrected.
#[derive(Debug, Clone, Copy)]
pub enum Borrow {
    AddSelected,
    SelectSum,
    SelectSumSwapped,
    Wide,
    Mask,
    Multiply,
    Umin,
    HighHalves,
    HighSign32,
    HighSign64,
    SignedCompare,
}

pub const BORROWS: [Borrow; 11] = [
    Borrow::AddSelected,
    Borrow::SelectSum,
    Borrow::SelectSumSwapped,
    Borrow::Wide,
    Borrow::Mask,
    Borrow::Multiply,
    Borrow::Umin,
    Borrow::HighHalves,
    Borrow::HighSign32,
    Borrow::HighSign64,
    Borrow::SignedCompare,
];

impl Borrow {
    /// The upper half of `x - u`, in 32 bits, plus p if that borrows.
    pub fn build(self, b: &mut Builder, x: Ref, u: Ref, p: u64) -> Ref {
        match self {
            Self::AddSelected => {
                let d = b.sub(x, u);
                let high = b.high(d);
                let borrow = b.icmp(Cc::Ult, x, u);
                let (p, zero) = (b.iconst(32, p), b.iconst(32, 0));
                let correction = b.select(borrow, p, zero);
                b.add(high, correction)
            }
            Self::SelectSum => {
                let d = b.sub(x, u);
                let borrow = b.icmp(Cc::Ugt, u, x);
                let high = b.high(d);
                let sum = b.imm(Op::Add, high, p);
                b.select(borrow, sum, high)
            }
            Self::SelectSumSwapped => {
                let d = b.sub(x, u);
                let fits = b.icmp(Cc::Uge, x, u);
                let high = b.high(d);
                let sum = b.imm(Op::Add, high, p);
                b.select(fits, high, sum)
            }
            Self::Wide => {
                let d = b.sub(x, u);
                let borrow = b.icmp(Cc::Ult, x, u);
                let (p, zero) = (b.iconst(64, p << 32), b.iconst(64, 0));
                let correction = b.select(borrow, p, zero);
                let d = b.add(correction, d);
                b.high(d)
            }
            Self::Mask => {
                let d = b.sub(x, u);
                let borrow = b.icmp(Cc::Ult, x, u);
                let borrow = b.program.push(Inst::Uextend(borrow, 32));
                let mask = b.program.push(Inst::Neg(borrow));
                let correction = b.imm(Op::And, mask, p);
                let high = b.high(d);
                b.add(correction, high)
            }
            Self::Multiply => {
                let d = b.sub(x, u);
                let borrow = b.icmp(Cc::Ult, x, u);
                let borrow = b.program.push(Inst::Uextend(borrow, 32));
                let correction = b.imm(Op::Mul, borrow, p);
                let high = b.high(d);
                b.add(correction, high)
            }
            Self::Umin => {
                let d = b.sub(x, u);
                let high = b.high(d);
                let sum = b.imm(Op::Add, high, p);
                b.bin(Op::UMin, high, sum)
            }
            Self::HighHalves => {
                let (x, u) = (b.high(x), b.high(u));
                let d = b.sub(x, u);
                let sum = b.imm(Op::Add, d, p);
                let borrow = b.icmp(Cc::Ult, x, u);
                b.select(borrow, sum, d)
            }
            Self::HighSign32 => {
                let (x, u) = (b.high(x), b.high(u));
                let d = b.sub(x, u);
                let sign = b.imm(Op::ShrS, d, 31);
                let correction = b.imm(Op::And, sign, p);
                b.add(d, correction)
            }
            Self::HighSign64 => {
                let (x, u) = (b.imm(Op::ShrU, x, 32), b.imm(Op::ShrU, u, 32));
                let d = b.sub(x, u);
                let sign = b.imm(Op::ShrS, d, 63);
                let correction = b.imm(Op::And, sign, p);
                let d = b.add(d, correction);
                b.low(d)
            }
            Self::SignedCompare => {
                let d = b.sub(x, u);
                let zero = b.iconst(64, 0);
                let negative = b.icmp(Cc::Slt, d, zero);
                let sum = b.imm(Op::Add, d, p << 32);
                let d = b.select(negative, sum, d);
                b.high(d)
            }
        }
    }
}

/// How a word below 2p is corrected.
#[derive(Debug, Clone, Copy)]
pub enum Subtract {
    Select,
    SelectAdded,
    Umin,
    SignMask,
    Widened,
}

pub const SUBTRACTS: [Subtract; 5] = [
    Subtract::Select,
    Subtract::SelectAdded,
    Subtract::Umin,
    Subtract::SignMask,
    Subtract::Widened,
];

impl Subtract {
    /// `s`, or `s - p` if that is not negative; in 32 bits.
    pub fn build(self, b: &mut Builder, s: Ref, p: u64) -> Ref {
        match self {
            Self::Select => {
                let modulus = b.same(s, p);
                let d = b.sub(s, modulus);
                let over = b.icmp(Cc::Uge, s, modulus);
                b.select(over, d, s)
            }
            Self::SelectAdded => {
                let d = b.imm(Op::Add, s, p.wrapping_neg());
                let modulus = b.same(s, p);
                let under = b.icmp(Cc::Ult, s, modulus);
                b.select(under, s, d)
            }
            Self::Umin => {
                let d = b.imm(Op::Sub, s, p);
                b.bin(Op::UMin, d, s)
            }
            Self::SignMask => {
                let d = b.imm(Op::Sub, s, p);
                let sign = b.imm(Op::ShrS, d, 31);
                let correction = b.imm(Op::And, sign, p);
                b.add(correction, d)
            }
            Self::Widened => {
                let s = b.wide(s);
                let limit = b.iconst(64, p - 1);
                let over = b.icmp(Cc::Ugt, s, limit);
                let d = b.imm(Op::Sub, s, p);
                let chosen = b.select(over, d, s);
                b.low(chosen)
            }
        }
    }
}

/// The canonical Montgomery product of a word and a word below p, in one of the spellings.
pub fn montgomery(b: &mut Builder, x: Ref, p: u64, quotient: Quotient, borrow: Borrow) -> Ref {
    let t = quotient.build(b, x, inverse_pow2(p) & 0xffff_ffff);
    let u = b.imm(Op::Mul, t, p);
    borrow.build(b, x, u, p)
}

/// The same by the sum form, which never borrows: below 2p before the correction.
pub fn montgomery_sum(b: &mut Builder, x: Ref, p: u64, quotient: Quotient) -> Ref {
    let t = quotient.build(b, x, inverse_pow2(p).wrapping_neg() & 0xffff_ffff);
    let u = b.imm(Op::Mul, t, p);
    b.add(u, x)
}

/// The multiplier and the shift of a division of words by `d`, without the multiplier's highest bit, the
/// 65th (33rd), which the code has to add.
pub fn magic(d: u64, bits: u32) -> (u64, u32) {
    let shift = 64 - (d - 1).leading_zeros();
    let multiplier = (((1u128 << shift) - u128::from(d)) << bits) / u128::from(d) + 1;
    (multiplier as u64, shift)
}

/// The least exact multiplier without the additional bit, where there is one.
pub fn short_magic(d: u64, bits: u32) -> Option<(u64, u32)> {
    (0..bits.min(62)).find_map(|shift| {
        let power = 1u128 << (bits + shift);
        let multiplier = power.div_ceil(u128::from(d));
        let error = multiplier * u128::from(d) - power;
        (error << bits <= power && multiplier < 1 << bits).then_some((multiplier as u64, shift))
    })
}
