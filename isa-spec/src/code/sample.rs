//! Legal operand values, uniformly: for generators of programs, property tests and fuzzers.
//!
//! The same [`Allowed`] decides what the encoder takes, what the decoder gives and what is drawn here, so that a
//! constraint in a spec file holds for all three.

use super::encode::Allowed;
use crate::model::{Instruction, Operand};

impl Allowed {
    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ranges()
            .map(|(low, high)| self.steps(low, high))
            .sum::<u64>()
            - self.excluded().len() as u64
    }

    /// The value with this number, from 0, in rising order; none from [`count`](Self::count) on.
    #[must_use]
    pub fn nth(&self, mut number: u64) -> Option<i64> {
        let excluded = self.excluded();
        let mut excluded = excluded.iter().peekable();
        for (low, high) in self.ranges() {
            // Numbers are counted from `start`, behind the excluded values that were skipped.
            let mut start = low;
            loop {
                let end = match excluded.peek() {
                    Some(&&value) if value <= high => value,
                    _ => high + self.multiple,
                };
                let free = ((end - start) / self.multiple) as u64;
                if number < free {
                    return Some(start + number as i64 * self.multiple);
                }
                number -= free;
                if end > high {
                    break;
                }
                excluded.next();
                start = end + self.multiple;
            }
        }
        None
    }

    fn ranges(&self) -> impl Iterator<Item = (i64, i64)> {
        std::iter::once((self.min, self.max)).chain(self.upper)
    }

    fn steps(&self, low: i64, high: i64) -> u64 {
        ((high - low) / self.multiple + 1) as u64
    }

    /// The excluded values that would be allowed otherwise: rising, each once.
    fn excluded(&self) -> Vec<i64> {
        let inside = |value: &i64| {
            value & (self.multiple - 1) == 0
                && self
                    .ranges()
                    .any(|(low, high)| (low..=high).contains(value))
        };
        let mut excluded: Vec<i64> = self.exclude.iter().copied().filter(inside).collect();
        excluded.sort_unstable();
        excluded.dedup();
        excluded
    }
}

/// A number below `bound`, each as likely as any other, from a random one; 0 for a bound of 0. The bias is below 2^-32
/// for bounds below 2^32.
pub(super) fn below(random: &mut impl FnMut() -> u64, bound: u64) -> u64 {
    ((u128::from(random()) * u128::from(bound)) >> 64) as u64
}

impl Operand {
    /// An allowed value, each one as likely as any other, from random 64-bit numbers.
    pub fn sample(&self, random: &mut impl FnMut() -> u64) -> i64 {
        let allowed = self.allowed();
        // The spec check makes sure that there is a value.
        let number = below(random, allowed.count());
        allowed.nth(number).unwrap_or(allowed.min)
    }
}

impl Instruction {
    /// Allowed values of all operands, uniformly and independently, from random 64-bit numbers.
    ///
    /// ```
    /// let spec = zktr_isa::Spec::builtin();
    /// let lui = spec.instruction("c.lui").unwrap();
    /// let mut state = 1u64;
    /// let mut random = || {
    ///     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    ///     state
    /// };
    /// let values = spec.instructions[lui].sample(&mut random);
    /// assert!(spec.encode(lui, &values).is_ok());
    /// ```
    pub fn sample(&self, random: &mut impl FnMut() -> u64) -> Vec<i64> {
        self.operands
            .iter()
            .map(|operand| operand.sample(random))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_numbered_values_are_the_allowed_ones(
            min in -40i64..0, len in 0i64..20, upper in proptest::option::of((0i64..4, 0i64..10)),
            shift in 0u32..3, exclude in proptest::collection::vec(-50i64..80, 0..6),
        ) {
            let multiple = 1i64 << shift;
            let (min, max) = (min * multiple, (min + len) * multiple);
            let upper = upper.map(|(gap, len)| (max + (gap + 1) * multiple, max + (gap + 1 + len) * multiple));
            let allowed = Allowed { min, max, upper, multiple, exclude };
            let expected: Vec<i64> = (-400..400).filter(|value| allowed.contains(*value)).collect();
            let numbered: Vec<i64> = (0..allowed.count()).filter_map(|number| allowed.nth(number)).collect();
            prop_assert_eq!(&numbered, &expected);
            prop_assert_eq!(allowed.nth(allowed.count()), None);
        }
    }
}
