//! Straight-line programs over words, as machine code has them, built from operations on integers.
//!
//! Each operation has the width of its operands, wraps, and reads words as unsigned unless its name says otherwise. The
//! operations are those of a compiler's intermediate code: the guarantee is that
//! [`Program::run`] gives what a machine would.

use super::program::{Op, Program, Value};
use num_bigint::BigInt;

/// A word of a program that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The integer in `[0, 2^bits)`.
    pub value: Value,
    /// Width.
    pub bits: u32,
}

/// Builds a program over words. Operations take words of one width, the first one's; an operand that is wider is cut.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The program so far.
    pub program: Program,
}

fn power(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

impl Words {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn word(&mut self, op: Op, bits: u32) -> Word {
        Word {
            value: self.program.push(op),
            bits,
        }
    }

    /// A parameter in `[lo, hi]`; the bounds are words.
    pub fn param(&mut self, bits: u32, lo: impl Into<BigInt>, hi: impl Into<BigInt>) -> Word {
        let (lo, hi) = (lo.into(), hi.into());
        self.word(Op::Param { lo, hi }, bits)
    }

    /// A parameter that is any word.
    pub fn any(&mut self, bits: u32) -> Word {
        self.param(bits, 0, power(bits) - 1)
    }

    /// A parameter below a bound, which is at least 1.
    pub fn below(&mut self, bits: u32, bound: &BigInt) -> Word {
        self.param(bits, 0, bound - 1)
    }

    /// A constant modulo 2^bits.
    pub fn constant(&mut self, bits: u32, value: impl Into<BigInt>) -> Word {
        let value = value.into() & (power(bits) - 1);
        self.word(Op::Const(value), bits)
    }

    fn wrap(&mut self, op: Op, bits: u32) -> Word {
        let exact = self.program.push(op);
        self.word(Op::Mod(exact, power(bits)), bits)
    }

    /// `a + b`
    pub fn add(&mut self, a: Word, b: Word) -> Word {
        self.wrap(Op::Add(a.value, b.value), a.bits)
    }

    /// `a - b`
    pub fn sub(&mut self, a: Word, b: Word) -> Word {
        self.wrap(Op::Sub(a.value, b.value), a.bits)
    }

    /// `-a`
    pub fn neg(&mut self, a: Word) -> Word {
        let zero = self.constant(a.bits, 0);
        self.sub(zero, a)
    }

    /// The low half of the product.
    pub fn mul(&mut self, a: Word, b: Word) -> Word {
        self.wrap(Op::Mul(a.value, b.value), a.bits)
    }

    /// The high half of the product.
    pub fn mul_high(&mut self, a: Word, b: Word) -> Word {
        let product = self.program.push(Op::Mul(a.value, b.value));
        self.word(Op::Floor(product, power(a.bits)), a.bits)
    }

    /// The whole product.
    pub fn mul_wide(&mut self, a: Word, b: Word) -> Word {
        self.word(Op::Mul(a.value, b.value), a.bits + b.bits)
    }

    /// `a * c` for a constant.
    pub fn mul_const(&mut self, a: Word, c: impl Into<BigInt>) -> Word {
        let c = self.constant(a.bits, c);
        self.mul(a, c)
    }

    /// `a + c` for a constant.
    pub fn add_const(&mut self, a: Word, c: impl Into<BigInt>) -> Word {
        let c = self.constant(a.bits, c);
        self.add(a, c)
    }

    /// `a - c` for a constant.
    pub fn sub_const(&mut self, a: Word, c: impl Into<BigInt>) -> Word {
        let c = self.constant(a.bits, c);
        self.sub(a, c)
    }

    /// The quotient by a constant of at least 1.
    pub fn div_const(&mut self, a: Word, c: impl Into<BigInt>) -> Word {
        self.word(Op::Floor(a.value, c.into()), a.bits)
    }

    /// The remainder of the division by a constant of at least 1.
    pub fn rem_const(&mut self, a: Word, c: impl Into<BigInt>) -> Word {
        self.word(Op::Mod(a.value, c.into()), a.bits)
    }

    /// The word to the left by a constant.
    pub fn shl(&mut self, a: Word, amount: u32) -> Word {
        let factor = self.program.push(Op::Const(power(amount)));
        self.wrap(Op::Mul(a.value, factor), a.bits)
    }

    /// The word to the right by a constant; zeros come in.
    pub fn shr(&mut self, a: Word, amount: u32) -> Word {
        self.word(Op::Floor(a.value, power(amount)), a.bits)
    }

    /// The word to the right by a constant; copies of the sign come in.
    pub fn shr_signed(&mut self, a: Word, amount: u32) -> Word {
        let signed = self.signed(a);
        self.wrap(Op::Floor(signed, power(amount)), a.bits)
    }

    /// The integer that the word is read as with a sign.
    fn signed(&mut self, a: Word) -> Value {
        let half = self.program.push(Op::Const(power(a.bits - 1)));
        let whole = self.program.push(Op::Const(power(a.bits)));
        let positive = self.program.push(Op::Less(a.value, half));
        let below = self.program.push(Op::Sub(a.value, whole));
        self.program.push(Op::Select(positive, a.value, below))
    }

    /// The low bits.
    pub fn low(&mut self, a: Word, bits: u32) -> Word {
        self.word(Op::Mod(a.value, power(bits)), bits)
    }

    /// The low bits, in a word of the same width.
    pub fn mask(&mut self, a: Word, bits: u32) -> Word {
        self.word(Op::Mod(a.value, power(bits)), a.bits)
    }

    /// The bits from `from` on, in a word that has no others.
    pub fn high(&mut self, a: Word, from: u32) -> Word {
        self.word(Op::Floor(a.value, power(from)), a.bits - from)
    }

    /// The same number in a wider word.
    pub fn extend(&self, a: Word, bits: u32) -> Word {
        Word { bits, ..a }
    }

    /// The same number with its sign in a wider word.
    pub fn extend_signed(&mut self, a: Word, bits: u32) -> Word {
        let signed = self.signed(a);
        self.word(Op::Mod(signed, power(bits)), bits)
    }

    /// `a & b`
    pub fn and(&mut self, a: Word, b: Word) -> Word {
        self.word(Op::And(a.value, b.value, a.bits), a.bits)
    }

    /// `a | b`
    pub fn or(&mut self, a: Word, b: Word) -> Word {
        self.word(Op::Or(a.value, b.value, a.bits), a.bits)
    }

    /// `a ^ b`
    pub fn xor(&mut self, a: Word, b: Word) -> Word {
        self.word(Op::Xor(a.value, b.value, a.bits), a.bits)
    }

    /// The complement.
    pub fn not(&mut self, a: Word) -> Word {
        let ones = self.constant(a.bits, power(a.bits) - 1);
        self.xor(a, ones)
    }

    /// `a < b`, a word of one bit.
    pub fn less(&mut self, a: Word, b: Word) -> Word {
        self.word(Op::Less(a.value, b.value), 1)
    }

    /// `a <= b`, a word of one bit.
    pub fn at_most(&mut self, a: Word, b: Word) -> Word {
        let greater = self.less(b, a);
        self.negated(greater)
    }

    /// `a < b` with signs.
    pub fn less_signed(&mut self, a: Word, b: Word) -> Word {
        let (a, b) = (self.signed(a), self.signed(b));
        self.word(Op::Less(a, b), 1)
    }

    /// `a == b`, a word of one bit.
    pub fn equal(&mut self, a: Word, b: Word) -> Word {
        let (less, greater) = (self.less(a, b), self.less(b, a));
        let differ = self.either(less, greater);
        self.negated(differ)
    }

    /// Whether a word of one bit is zero.
    pub fn negated(&mut self, a: Word) -> Word {
        let (zero, one) = (self.constant(1, 0), self.constant(1, 1));
        self.select(a, zero, one)
    }

    /// Whether one of two words of one bit is one.
    pub fn either(&mut self, a: Word, b: Word) -> Word {
        let one = self.constant(1, 1);
        self.select(a, one, b)
    }

    /// Whether both words of one bit are one.
    pub fn both(&mut self, a: Word, b: Word) -> Word {
        let zero = self.constant(1, 0);
        self.select(a, b, zero)
    }

    /// `a` if the condition is not zero, else `b`.
    pub fn select(&mut self, condition: Word, a: Word, b: Word) -> Word {
        self.word(Op::Select(condition.value, a.value, b.value), a.bits)
    }

    /// The lesser.
    pub fn min(&mut self, a: Word, b: Word) -> Word {
        let less = self.less(a, b);
        self.select(less, a, b)
    }

    /// The greater.
    pub fn max(&mut self, a: Word, b: Word) -> Word {
        let less = self.less(a, b);
        self.select(less, b, a)
    }

    /// All that follows is only claimed where this is not zero.
    pub fn assume(&mut self, condition: Word) {
        self.program.push(Op::Assume(condition.value));
    }
}
