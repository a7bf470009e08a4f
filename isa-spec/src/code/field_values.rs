//! The values that a field of a descriptor may have.
//!
//! The same [`FieldValues`] decides what the assembler takes, what a unit accepts and what is drawn at random, so that
//! a constraint in a spec file holds for all three.

use crate::model::{Descriptor, DescriptorField, FieldType, Format, Instruction, Mode};
use crate::spec::Spec;
use std::fmt;

/// The values that a field of integers, codes or flags may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValues {
    /// Rising, each with both ends, never adjacent.
    ranges: Vec<(u64, u64)>,
}

impl FieldValues {
    fn up_to(max: u64) -> Self {
        Self {
            ranges: vec![(0, max)],
        }
    }

    fn codes(codes: impl Iterator<Item = u8>) -> Self {
        let mut codes: Vec<u64> = codes.map(u64::from).collect();
        codes.sort_unstable();
        codes.dedup();
        let ranges = codes.chunk_by(|a, b| a + 1 == *b);
        Self {
            ranges: ranges
                .filter_map(|run| Some((*run.first()?, *run.last()?)))
                .collect(),
        }
    }

    /// True for an allowed value.
    #[must_use]
    pub fn contains(&self, value: u64) -> bool {
        let mut ranges = self.ranges.iter();
        ranges.any(|(low, high)| (*low..=*high).contains(&value))
    }

    /// The ranges of allowed values, rising, with both ends.
    pub fn ranges(&self) -> impl Iterator<Item = (u64, u64)> {
        self.ranges.iter().copied()
    }

    /// One of those that are at most `limit`, each as likely as any other, from a random 64-bit number; the smallest
    /// one if all are larger. None if there is no value at all.
    #[must_use]
    pub fn sample(&self, limit: u64, random: u64) -> Option<u64> {
        let (smallest, _) = *self.ranges.first()?;
        let below: Vec<(u64, u64)> = self
            .ranges()
            .filter(|(low, _)| *low <= limit)
            .map(|(low, high)| (low, high.min(limit)))
            .collect();
        let size = |(low, high): &(u64, u64)| u128::from(high - low) + 1;
        let count: u128 = below.iter().map(size).sum();
        // At most 2^64 - 1 times 2^64. The bias is below 2^-32 for counts below 2^32.
        let mut number = (u128::from(random) * count) >> 64;
        for range in &below {
            if number < size(range) {
                return Some(range.0 + number as u64);
            }
            number -= size(range);
        }
        Some(smallest)
    }
}

impl fmt::Display for FieldValues {
    /// `3`, `an integer in the range [0, 64]`, `one of 0 to 11, 64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ranges[..] {
            [] => write!(f, "no value"),
            [(low, high)] if low == high => write!(f, "{low}"),
            [(low, high)] => write!(f, "an integer in the range [{low}, {high}]"),
            _ => {
                let ranges = self.ranges().map(|(low, high)| match high - low {
                    0 => low.to_string(),
                    _ => format!("{low} to {high}"),
                });
                write!(f, "one of {}", ranges.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Spec {
    /// The values that a field of an instruction's descriptor may have; none for elements, polynomials and views, whose
    /// values depend on the format.
    #[must_use]
    pub fn field_values(
        &self,
        instruction: &Instruction,
        field: &DescriptorField,
    ) -> Option<FieldValues> {
        let own = match field.ty {
            FieldType::Uint(_) => FieldValues::up_to(bits(8 * field.size)),
            FieldType::Format => FieldValues::codes(self.formats.iter().map(|format| format.code)),
            FieldType::Mode => FieldValues::codes(instruction.modes.iter().map(|mode| mode.code)),
            FieldType::Flags => FieldValues::up_to(bits(field.flags.len() as u32)),
            FieldType::Felt(_) | FieldType::Reduction | FieldType::View(_) => return None,
        };
        let (least, most) = match (field.value, field.max) {
            (Some(only), _) => (only, only),
            (None, max) => (0, max.unwrap_or(u64::MAX)),
        };
        let ranges = own
            .ranges
            .iter()
            .map(|&(low, high)| (low.max(least), high.min(most)))
            .filter(|(low, high)| low <= high)
            .collect();
        Some(FieldValues { ranges })
    }

    /// True if a mode can work in a format: a reduction polynomial that the format leaves to the program has to
    /// stand somewhere if the meaning needs it.
    #[must_use]
    pub fn mode_takes(&self, descriptor: &Descriptor, mode: &Mode, format: &Format) -> bool {
        !format.is_programmable()
            || !mode.semantics.multiplies_extension()
            || descriptor
                .fields
                .iter()
                .any(|field| field.ty == FieldType::Reduction)
    }
}

/// The largest number of this many bits.
fn bits(count: u32) -> u64 {
    1u64.checked_shl(count).map_or(u64::MAX, |power| power - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn samples_are_allowed_values_up_to_the_limit(
            codes in proptest::collection::vec(any::<u8>(), 1..40), limit in 0u64..300, random in any::<u64>(),
        ) {
            let values = FieldValues::codes(codes.iter().copied());
            for code in 0..=255u8 {
                prop_assert_eq!(values.contains(code.into()), codes.contains(&code));
            }
            let smallest = u64::from(*codes.iter().min().unwrap());
            let sample = values.sample(limit, random).unwrap();
            prop_assert!(values.contains(sample));
            prop_assert!(sample <= limit || sample == smallest && smallest > limit);
            let all: std::collections::BTreeSet<u64> = (0..=1024)
                .filter_map(|n| values.sample(255, n * (u64::MAX / 1024)))
                .collect();
            prop_assert_eq!(all.len(), codes.iter().collect::<std::collections::BTreeSet<_>>().len());
        }

        #[test]
        fn wide_ranges_are_sampled_over_their_whole_width(random in any::<u64>()) {
            let sample = FieldValues::up_to(u64::MAX).sample(u64::MAX, random).unwrap();
            prop_assert_eq!(sample, random);
        }
    }
}
