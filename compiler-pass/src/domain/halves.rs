//! What is known of words that were made from the halves of another one.
//!
//! Interval arithmetic forgets that two operands of a difference are one word, or have a digit in common. These facts bound
//! such differences, so that they do not seem to wrap. A word is known by its first case, which it shares with
//! no other word.
//!
//! - `0 <= y - (y >> k) <= g - (g >> k)` for `y <= g`: the difference is monotone in `y`.
//! - Let `w = 2h` be the width, `y = x + (x << h)` modulo `2^w`, and `c = [y < x]`. Then `y - (y >> h) - c >= 0`.
//!   *Proof.* Let `x = x1 2^h + x0`. The sum changes the upper half only: `y = (x1 + x0 - 2^h c) 2^h + x0`, as `y < x` says
//!   that the upper half's sum has a carry. With `y1 = x1 + x0 - 2^h c` the difference is `(2^h - 1) y1 + x0 - c`. Where `c`
//!   is 1, `x0 >= 2^h - x1 >= 1`. So it is not negative. (The reduction modulo `2^64 - 2^32 + 1` of a product in
//!   Montgomery form.)

use super::hash::FastMap;
use super::interval::Interval;
use super::{BinaryOp, Condition, Domain, Value};

/// How a word was made, by the first cases of words.
#[derive(Default)]
pub(super) struct Halves {
    /// `y >> k`: y and k.
    high: FastMap<u32, (u32, u32)>,
    /// `x << h`: x and h.
    raised: FastMap<u32, (u32, u32)>,
    /// `x + (x << h)`: x and h.
    doubled: FastMap<u32, (u32, u32)>,
    /// `[y < x]` with `y = x + (x << h)`: y and h.
    carry: FastMap<u32, (u32, u32)>,
    /// `y - (y >> k)`: y and k, and its greatest value.
    without_high: FastMap<u32, ((u32, u32), i128)>,
    /// `(y >> h) + [y < x]`: y and h.
    high_and_carry: FastMap<u32, (u32, u32)>,
}

impl Domain {
    /// Bounds of the difference of two words as integers, from how they were made.
    pub(super) fn difference(&self, a: Value, b: Value) -> Interval {
        let halves = &self.halves;
        let greatest = |amount: u32| {
            let greatest = self.range(a).hi;
            greatest - (greatest >> amount)
        };
        for part in [&halves.high, &halves.high_and_carry] {
            if let Some(&(whole, amount)) = part.get(&b.start)
                && whole == a.start
            {
                return Interval::new(0, greatest(amount));
            }
        }
        match halves.without_high.get(&a.start) {
            Some((high, greatest)) if halves.carry.get(&b.start) == Some(high) => {
                Interval::new(0, *greatest)
            }
            _ => Interval::ALL,
        }
    }

    /// The word that is multiplied by `1 + 2^h`, where h is half of the width.
    pub(super) fn doubled_by(&self, a: Value, b: Value) -> Option<Value> {
        let factor = (1i128 << (a.bits / 2)) + 1;
        if a.bits < 2 {
            return None;
        }
        match (self.range(a).as_point(), self.range(b).as_point()) {
            (None, Some(c)) if c == factor => Some(a),
            (Some(c), None) if c == factor => Some(b),
            _ => None,
        }
    }

    /// Remembers how the result of an operation was made.
    pub(super) fn note_halves(&mut self, op: BinaryOp, a: Value, b: Value, result: Value) {
        let h = u32::from(a.bits / 2);
        let to = result.start;
        match op {
            BinaryOp::ShrU | BinaryOp::Shl => {
                let Some(amount) = self.range(b).as_point() else {
                    return;
                };
                let amount = amount.rem_euclid(i128::from(a.bits.max(1))) as u32;
                if op == BinaryOp::ShrU {
                    self.halves.high.insert(to, (a.start, amount));
                } else if amount == h {
                    self.halves.raised.insert(to, (a.start, h));
                }
            }
            BinaryOp::Add => {
                for (x, y) in [(a, b), (b, a)] {
                    if self.halves.raised.get(&y.start) == Some(&(x.start, h)) {
                        self.halves.doubled.insert(to, (x.start, h));
                    }
                    if let Some(&high) = self.halves.high.get(&x.start)
                        && self.halves.carry.get(&y.start) == Some(&high)
                    {
                        self.halves.high_and_carry.insert(to, high);
                    }
                }
            }
            BinaryOp::Sub => {
                if let Some(&high) = self.halves.high.get(&b.start)
                    && high.0 == a.start
                {
                    let greatest = self.range(result).hi;
                    self.halves.without_high.insert(to, (high, greatest));
                }
            }
            _ => {}
        }
    }

    /// Remembers that a flag is the carry of a sum of halves.
    pub(super) fn note_carry(&mut self, condition: Condition, a: Value, b: Value, flag: Value) {
        let (sum, word) = match condition {
            Condition::Ult => (a, b),
            Condition::Ugt => (b, a),
            _ => return,
        };
        if let Some(&(doubled, h)) = self.halves.doubled.get(&sum.start)
            && doubled == word.start
        {
            self.halves.carry.insert(flag.start, (sum.start, h));
        }
    }
}
