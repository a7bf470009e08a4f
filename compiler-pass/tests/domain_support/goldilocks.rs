//! Field operations modulo 2^64 - 2^32 + 1, on words of 64 bits.

use super::idioms::Idiom;
use super::spelling::*;
use super::*;
use zktr_pass::domain::{BinaryOp as Op, Condition as Cc};

const P: u64 = GOLDILOCKS;
/// 2^64 modulo p.
const EPSILON: u64 = 0xffff_ffff;

/// How a product of 128 bits is made.
#[derive(Debug, Clone, Copy)]
enum Wide {
    /// One multiplication for each half.
    High,
    /// Four products of 32-bit halves.
    Halves,
}

impl Wide {
    /// (low, high)
    fn build(self, b: &mut Builder, x: Ref, y: Ref) -> (Ref, Ref) {
        if let Self::High = self {
            let low = b.mul(x, y);
            return (low, b.bin(Op::UMulHi, x, y));
        }
        let (x0, x1) = (b.imm(Op::And, x, EPSILON), b.imm(Op::ShrU, x, 32));
        let (y0, y1) = (b.imm(Op::And, y, EPSILON), b.imm(Op::ShrU, y, 32));
        let p00 = b.mul(x0, y0);
        let p01 = b.mul(x0, y1);
        let p10 = b.mul(x1, y0);
        let p11 = b.mul(x1, y1);
        let carry = b.imm(Op::ShrU, p00, 32);
        let middle = b.add(p01, carry);
        let low_middle = b.imm(Op::And, middle, EPSILON);
        let carried = b.add(p10, low_middle);
        let raised = b.imm(Op::Shl, carried, 32);
        let lowest = b.imm(Op::And, p00, EPSILON);
        let low = b.bin(Op::Or, raised, lowest);
        let high_middle = b.imm(Op::ShrU, middle, 32);
        let sum = b.add(p11, high_middle);
        let carry = b.imm(Op::ShrU, carried, 32);
        (low, b.add(sum, carry))
    }
}

/// `low + 2^64 high` modulo p, below 2^64: 2^64 = 2^32 - 1 and 2^96 = -1.
fn reduce(b: &mut Builder, low: Ref, high: Ref) -> Ref {
    let top = b.imm(Op::ShrU, high, 32);
    let next = b.imm(Op::And, high, EPSILON);
    let t = b.sub(low, top);
    let borrow = b.icmp(Cc::Ult, low, top);
    let corrected = b.imm(Op::Sub, t, EPSILON);
    let t = b.select(borrow, corrected, t);
    let u = b.imm(Op::Mul, next, EPSILON);
    let r = b.add(t, u);
    let carry = b.icmp(Cc::Ult, r, t);
    let corrected = b.imm(Op::Add, r, EPSILON);
    b.select(carry, corrected, r)
}

/// How a word less than 2p is reduced.
fn subtract(b: &mut Builder, x: Ref) -> Ref {
    let d = b.imm(Op::Sub, x, P);
    let bound = b.same(x, P - 1);
    let above = b.icmp(Cc::Ugt, x, bound);
    b.select(above, d, x)
}

/// How `x (1 + 2^32)` is spelled, and the subtractions behind it.
#[derive(Debug, Clone, Copy)]
enum Doubling {
    Multiply,
    ShiftAdd,
    CarryFirst,
}

/// `(low + 2^64 high) / 2^64` modulo p.
fn montgomery(b: &mut Builder, low: Ref, high: Ref, doubling: Doubling) -> Ref {
    let a = match doubling {
        Doubling::Multiply => b.imm(Op::Mul, low, EPSILON + 2),
        Doubling::ShiftAdd | Doubling::CarryFirst => {
            let raised = b.imm(Op::Shl, low, 32);
            b.add(low, raised)
        }
    };
    let upper = b.imm(Op::ShrU, a, 32);
    let carry = b.icmp(Cc::Ult, a, low);
    let carry = b.wide(carry);
    let c = match doubling {
        Doubling::CarryFirst => {
            let both = b.add(upper, carry);
            b.sub(a, both)
        }
        _ => {
            let rest = b.sub(a, upper);
            b.sub(rest, carry)
        }
    };
    let r = b.sub(high, c);
    let borrow = b.icmp(Cc::Ult, high, c);
    let corrected = b.imm(Op::Sub, r, EPSILON);
    b.select(borrow, corrected, r)
}

/// A word of up to 32 bits in Montgomery form: its product with 2^128 modulo p, as a compiler folds the constant.
pub struct Converted {
    /// 2^128 modulo p, less its lowest word.
    pub upper: u64,
    /// 2^128 modulo p.
    pub low: u64,
    /// That plus 2^32 times itself, modulo 2^64.
    pub doubled: u64,
    /// When the doubled word has wrapped.
    pub carry: Cc,
    /// What is subtracted after a borrow.
    pub correction: u64,
}

impl Default for Converted {
    fn default() -> Self {
        Self {
            upper: EPSILON - 1,
            low: 0xffff_fffe_0000_0001,
            doubled: P,
            carry: Cc::Ult,
            correction: EPSILON,
        }
    }
}

impl Converted {
    /// The operation on a word of 64 bits.
    pub fn build(&self, b: &mut Builder, x: Ref) -> Ref {
        let scaled = b.imm(Op::Mul, x, self.upper);
        let high = b.imm(Op::ShrU, scaled, 32);
        let a = b.imm(Op::Mul, x, self.doubled);
        let upper = b.imm(Op::ShrU, a, 32);
        let rest = b.sub(a, upper);
        let low = b.imm(Op::Mul, x, self.low);
        let carry = b.icmp(self.carry, a, low);
        let carry = b.wide(carry);
        let c = b.sub(rest, carry);
        let r = b.sub(high, c);
        let corrected = b.imm(Op::Sub, r, self.correction);
        let borrow = b.icmp(Cc::Ult, high, c);
        b.select(borrow, corrected, r)
    }
}

/// Products, sums and differences as libraries have them.
pub fn all() -> Vec<Idiom> {
    let mut out = Vec::new();
    let mut push = |name: String, b: Builder, value: Ref, terms: &[(i128, &[u32])], canonical| {
        out.push(Idiom {
            name,
            program: b.done(value),
            p: P,
            expected: field_poly(P, terms),
            canonical,
        });
    };
    let below = |b: &mut Builder| b.leaf(64, 0, u128::from(P) - 1);
    let any = |b: &mut Builder| b.leaf(64, 0, u128::from(u64::MAX));
    let r_inverse = i128::from(inverse(EPSILON, P));
    for wide in [Wide::High, Wide::Halves] {
        let mut b = Builder::default();
        let (x, y) = (below(&mut b), below(&mut b));
        let (low, high) = wide.build(&mut b, x, y);
        let r = reduce(&mut b, low, high);
        let r = subtract(&mut b, r);
        let name = format!("goldilocks product, {wide:?}");
        push(name, b, r, &[(1, &[0, 1])], true);

        let mut b = Builder::default();
        let (x, y) = (any(&mut b), any(&mut b));
        let (low, high) = wide.build(&mut b, x, y);
        let r = reduce(&mut b, low, high);
        let name = format!("goldilocks product of any words, not reduced, {wide:?}");
        push(name, b, r, &[(1, &[0, 1])], false);

        for doubling in [Doubling::Multiply, Doubling::ShiftAdd, Doubling::CarryFirst] {
            let mut b = Builder::default();
            let (x, y) = (below(&mut b), below(&mut b));
            let (low, high) = wide.build(&mut b, x, y);
            let r = montgomery(&mut b, low, high, doubling);
            let name = format!("goldilocks montgomery product, {wide:?}, {doubling:?}");
            push(name, b, r, &[(r_inverse, &[0, 1])], true);
        }
    }

    // 1 in Montgomery form, as where an exponentiation starts.
    for doubling in [Doubling::Multiply, Doubling::ShiftAdd, Doubling::CarryFirst] {
        for swapped in [false, true] {
            let mut b = Builder::default();
            let x = below(&mut b);
            let one = b.same(x, EPSILON);
            let (l, r) = if swapped { (one, x) } else { (x, one) };
            let (low, high) = Wide::Halves.build(&mut b, l, r);
            let r = montgomery(&mut b, low, high, doubling);
            let name = format!("goldilocks montgomery product with 1, {doubling:?}, {swapped}");
            push(name, b, r, &[(1, &[0])], true);
        }
    }

    for bits in [8, 16, 24, 31, 32] {
        let mut b = Builder::default();
        let x = b.leaf(64, 0, (1 << bits) - 1);
        let r = Converted::default().build(&mut b, x);
        let name = format!("goldilocks montgomery form of a word of {bits} bits");
        push(name, b, r, &[(EPSILON.into(), &[0])], true);
    }

    // The same by a product like any other. With the constant on the left, the lower half of a shorter word's product is
    // canonical, and its shift is no word of which anything is known.
    let words = [8, 16, 24, 31, 32].map(|bits| (bits, false));
    for (bits, swapped) in words.into_iter().chain([(32, true)]) {
        for doubling in [Doubling::Multiply, Doubling::ShiftAdd, Doubling::CarryFirst] {
            let mut b = Builder::default();
            let x = b.leaf(64, 0, (1 << bits) - 1);
            let factor = b.same(x, Converted::default().low);
            let (l, r) = if swapped { (factor, x) } else { (x, factor) };
            let (low, high) = Wide::Halves.build(&mut b, l, r);
            let r = montgomery(&mut b, low, high, doubling);
            let name = format!(
                "goldilocks montgomery form of {bits} bits by a product, {doubling:?}, {swapped}"
            );
            push(name, b, r, &[(EPSILON.into(), &[0])], true);
        }
    }

    let mut b = Builder::default();
    let (x, y) = (below(&mut b), below(&mut b));
    let sum = b.add(x, y);
    let wrapped = b.icmp(Cc::Ult, sum, x);
    let bound = b.same(sum, P - 1);
    let above = b.icmp(Cc::Ugt, sum, bound);
    let either = b.bin(Op::Or, wrapped, above);
    let d = b.imm(Op::Add, sum, EPSILON);
    let r = b.select(either, d, sum);
    push("goldilocks sum".into(), b, r, &[(1, &[0]), (1, &[1])], true);

    let mut b = Builder::default();
    let (x, y) = (below(&mut b), below(&mut b));
    let d = b.sub(x, y);
    let corrected = b.imm(Op::Sub, d, EPSILON);
    let borrow = b.icmp(Cc::Ult, x, y);
    let r = b.select(borrow, corrected, d);
    let name = "goldilocks difference".into();
    push(name, b, r, &[(1, &[0]), (-1, &[1])], true);
    out
}
