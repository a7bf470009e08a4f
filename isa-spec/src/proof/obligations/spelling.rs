//! Field operations on words, as compilers and libraries spell them.
//!
//! Everything is parametric in the modulus and in the width of words, so that each statement can also be
//! decided by trying all inputs, for a small prime in small words. The spellings are those that optimised C and Rust have:
//! differences in how the quotient is cut to a word, and in how a correction is applied.

use crate::proof::words::{Word, Words};
use num_bigint::BigInt;

/// A prime, and the words that its residues are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The prime.
    pub p: BigInt,
    /// Bits of a word; p is less than 2^bits.
    pub bits: u32,
}

/// How the low word of a product with the Montgomery constant is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A product of words.
    Word,
    /// A product of double words, and a mask.
    Mask,
    /// A product of double words, to the left and back.
    Shifts,
}

/// How p is added where a difference was negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correct {
    /// `if a < b { d + p } else { d }`
    Select,
    /// `d + (if a < b { p } else { 0 })`
    Addend,
    /// `d + (p & -(a < b))`
    Mask,
    /// `min(d, d + p)`
    Min,
    /// `d + (p & (d >> bits-1))`, the shift with sign; p has a bit less than a word.
    Sign,
}

/// How p is subtracted from a sum that may be p or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subtract {
    /// `if s < p { s } else { s - p }`
    Select,
    /// `if s >= p { s - p } else { s }`
    AtLeast,
    /// `s - (if s < p { 0 } else { p })`
    Subtrahend,
    /// `s - p + (p & -(s < p))`
    Mask,
    /// `min(s, s - p)`
    Min,
    /// `d + (p & (d >> bits-1))` with d = s - p, the shift with sign.
    Sign,
}

/// All of them.
pub const CUTS: [Cut; 3] = [Cut::Word, Cut::Mask, Cut::Shifts];
/// All of them.
pub const CORRECTS: [Correct; 5] = [
    Correct::Select,
    Correct::Addend,
    Correct::Mask,
    Correct::Min,
    Correct::Sign,
];
/// All of them.
pub const SUBTRACTS: [Subtract; 6] = [
    Subtract::Select,
    Subtract::AtLeast,
    Subtract::Subtrahend,
    Subtract::Mask,
    Subtract::Min,
    Subtract::Sign,
];

impl Machine {
    /// 2^bits.
    #[must_use]
    pub fn radix(&self) -> BigInt {
        BigInt::from(1) << self.bits
    }

    /// Whether the sum of two residues is a word, and a difference shows its sign.
    #[must_use]
    pub fn has_spare_bit(&self) -> bool {
        self.p.bits() < u64::from(self.bits)
    }

    /// The inverse of p modulo 2^bits; p is odd.
    #[must_use]
    pub fn inverse(&self) -> BigInt {
        // Newton: each step doubles the number of right low bits.
        let mask = self.radix() - 1;
        let mut inverse = BigInt::from(1);
        for _ in 0..self.bits.ilog2() + 2 {
            inverse = (&inverse * (BigInt::from(2) - &self.p * &inverse)) & &mask;
        }
        inverse
    }

    /// p as a word.
    pub fn modulus(&self, w: &mut Words, bits: u32) -> Word {
        w.constant(bits, self.p.clone())
    }

    /// `x * constant` modulo 2^bits, for a double word x.
    fn quotient(&self, w: &mut Words, x: Word, constant: &BigInt, cut: Cut) -> Word {
        match cut {
            Cut::Word => {
                let low = w.low(x, self.bits);
                w.mul_const(low, constant.clone())
            }
            Cut::Mask => {
                let product = w.mul_const(x, constant.clone());
                w.mask(product, self.bits)
            }
            Cut::Shifts => {
                let product = w.mul_const(x, constant.clone());
                let high = w.shl(product, self.bits);
                w.shr(high, self.bits)
            }
        }
    }

    /// `d + p` where `a < b`, else d; d is a - b, or a part of it.
    pub fn correct(&self, w: &mut Words, (a, b): (Word, Word), d: Word, how: Correct) -> Word {
        let p = self.modulus(w, d.bits);
        match how {
            Correct::Select => {
                let (less, sum) = (w.less(a, b), w.add(d, p));
                w.select(less, sum, d)
            }
            Correct::Addend => {
                let less = w.less(a, b);
                let zero = w.constant(d.bits, 0);
                let addend = w.select(less, p, zero);
                w.add(addend, d)
            }
            Correct::Mask => {
                let less = w.less(a, b);
                let mask = w.neg(Word {
                    bits: d.bits,
                    ..less
                });
                let addend = w.and(mask, p);
                w.add(d, addend)
            }
            Correct::Min => {
                let sum = w.add(d, p);
                w.min(d, sum)
            }
            Correct::Sign => {
                let mask = w.shr_signed(d, d.bits - 1);
                let addend = w.and(mask, p);
                w.add(d, addend)
            }
        }
    }

    /// s or s - p, whichever is below p, for s below 2p.
    pub fn subtract(&self, w: &mut Words, s: Word, how: Subtract) -> Word {
        let p = self.modulus(w, s.bits);
        match how {
            Subtract::Select => {
                let (less, d) = (w.less(s, p), w.sub(s, p));
                w.select(less, s, d)
            }
            Subtract::AtLeast => {
                let (enough, d) = (w.at_most(p, s), w.sub(s, p));
                w.select(enough, d, s)
            }
            Subtract::Subtrahend => {
                let less = w.less(s, p);
                let zero = w.constant(s.bits, 0);
                let subtrahend = w.select(less, zero, p);
                w.sub(s, subtrahend)
            }
            Subtract::Mask => {
                let (less, d) = (w.less(s, p), w.sub(s, p));
                let mask = w.neg(Word {
                    bits: s.bits,
                    ..less
                });
                let addend = w.and(mask, p);
                w.add(d, addend)
            }
            Subtract::Min => {
                let d = w.sub(s, p);
                w.min(s, d)
            }
            Subtract::Sign => {
                let d = w.sub(s, p);
                let mask = w.shr_signed(d, s.bits - 1);
                let addend = w.and(mask, p);
                w.add(d, addend)
            }
        }
    }

    /// The Montgomery reduction that subtracts: high(x - (x p^-1 mod R) p), and a correction; in a word.
    pub fn montgomery(&self, w: &mut Words, x: Word, cut: Cut, correct: Correct) -> Word {
        let (x, u, high) = self.montgomery_difference(w, x, cut);
        if correct == Correct::Sign || correct == Correct::Min {
            // The high words only: their low words are equal.
            let (a, b) = (w.high(x, self.bits), w.high(u, self.bits));
            let d = w.sub(a, b);
            return self.correct(w, (a, b), d, correct);
        }
        self.correct(w, (x, u), high, correct)
    }

    /// x, the multiple of p that is subtracted from it, and the high word of the difference.
    pub fn montgomery_difference(&self, w: &mut Words, x: Word, cut: Cut) -> (Word, Word, Word) {
        let t = self.quotient(w, x, &self.inverse(), cut);
        let p = self.modulus(w, x.bits);
        let u = w.mul(w.extend(t, x.bits), p);
        let d = w.sub(x, u);
        (x, u, w.high(d, self.bits))
    }

    /// The Montgomery reduction that adds: high(x + (-x p^-1 mod R) p), which is less than 2p; in a word.
    pub fn montgomery_sum(&self, w: &mut Words, x: Word, cut: Cut) -> Word {
        let constant = self.radix() - self.inverse();
        let t = self.quotient(w, x, &constant, cut);
        let p = self.modulus(w, x.bits);
        let u = w.mul(w.extend(t, x.bits), p);
        let s = w.add(x, u);
        w.high(s, self.bits)
    }

    /// Both halves added, for p = 2^n - 1: `(x & p) + (x >> n)`.
    pub fn fold(&self, w: &mut Words, x: Word) -> Word {
        let n = self.p.bits() as u32;
        let (low, high) = (w.mask(x, n), w.shr(x, n));
        w.add(low, high)
    }

    /// x modulo p by multiplication: the quotient is the high word of a product with 2^(bits + shift) / p, rounded up.
    ///
    /// Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994, section 4.
    pub fn magic_remainder(&self, w: &mut Words, x: Word) -> Word {
        // The least shift for which m p - 2^(bits + shift) is at most 2^shift; that of p's own bits always is.
        let magic_of = |shift: u32| (BigInt::from(1) << (x.bits + shift)) / &self.p + 1;
        let right = |&shift: &u32| {
            let error = magic_of(shift) * &self.p - (BigInt::from(1) << (x.bits + shift));
            error <= BigInt::from(1) << shift
        };
        let longest = self.p.bits() as u32;
        let shift = (0..longest).find(right).unwrap_or(longest);
        let magic = magic_of(shift);
        let excess: BigInt = &magic - (BigInt::from(1) << x.bits);
        let quotient = if excess.sign() == num_bigint::Sign::Minus {
            let m = w.constant(x.bits, magic);
            let high = w.mul_high(x, m);
            w.shr(high, shift)
        } else {
            // One bit more than a word: t = high(x * excess), q = (((x - t) >> 1) + t) >> (shift - 1).
            let m = w.constant(x.bits, excess);
            let t = w.mul_high(x, m);
            let d = w.sub(x, t);
            let half = w.shr(d, 1);
            let sum = w.add(half, t);
            w.shr(sum, shift - 1)
        };
        let multiple = w.mul_const(quotient, self.p.clone());
        w.sub(x, multiple)
    }

    /// A double word modulo p = 2^2k - 2^k + 1 in a word of 2k bits: any word that is congruent.
    pub fn goldilocks(&self, w: &mut Words, x: Word) -> Word {
        let half = self.bits / 2;
        let epsilon: BigInt = (BigInt::from(1) << half) - 1;
        let low = w.low(x, self.bits);
        let high = w.high(x, self.bits);
        let (middle, top) = (w.mask(high, half), w.shr(high, half));
        // 2^3k = -1 and 2^2k = 2^k - 1 modulo p.
        let d = w.sub(low, top);
        let borrow = w.less(low, top);
        let corrected = w.sub_const(d, epsilon.clone());
        let t0 = w.select(borrow, corrected, d);
        let t1 = w.mul_const(middle, epsilon.clone());
        let s = w.add(t0, t1);
        let carry = w.less(s, t1);
        let corrected = w.add_const(s, epsilon);
        w.select(carry, corrected, s)
    }
}
