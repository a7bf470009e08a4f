//! Operands and their bits in an instruction word.
//!
//! Everything follows from the operand's description in the spec.

use zktr_isa::model::{BitSlice, Instruction, Operand};
use zktr_isa::{Allowed, Spec};

/// Checks the value of an immediate or a CSR number; the error is worded for the programmer.
pub(crate) fn check(operand: &Operand, value: i64) -> Result<(), String> {
    let allowed = operand.allowed();
    if allowed.contains(value) {
        Ok(())
    } else {
        Err(format!("immediate must be {allowed}"))
    }
}

/// The value for an operand that takes the upper 20 bits of a number, given as a signed number.
pub(crate) fn upper(operand: &Operand, high: i64) -> i64 {
    let allowed = operand.allowed();
    if allowed.multiple == 1 << 12 {
        high << 12
    } else if allowed.contains(high) {
        high
    } else {
        high & 0xf_ffff
    }
}

/// The bits of a word that hold a value, which has to be allowed.
pub(crate) fn place(operand: &Operand, value: i64) -> u32 {
    let stored = if operand.kind.is_compressed() {
        value - 8
    } else {
        value
    };
    operand.slices.iter().fold(0, |word, slice| {
        let bits = (stored as u64 >> slice.value_lo) & ((1u64 << slice.len) - 1);
        word | (bits << slice.word_lo) as u32
    })
}

/// The bits of a word that belong to an operand.
pub(crate) fn mask(operand: &Operand) -> u32 {
    operand.slices.iter().fold(0, |mask, slice| {
        mask | (((1u64 << slice.len) - 1) << slice.word_lo) as u32
    })
}

/// An operand in a form that is fast to check and to encode.
#[derive(Debug, Clone)]
pub(crate) struct Codec {
    allowed: Allowed,
    /// Values with which an instruction is only a hint.
    hint: Vec<i64>,
    /// Subtracted from the value before its bits are stored.
    bias: i64,
    slices: Vec<BitSlice>,
    mask: u32,
}

impl Codec {
    /// For each instruction of a spec: its operands.
    pub fn all(spec: &Spec) -> Vec<Vec<Self>> {
        let operands = |i: &Instruction| i.operands.iter().map(Self::new).collect();
        spec.instructions.iter().map(operands).collect()
    }

    /// For this operand.
    pub fn new(operand: &Operand) -> Self {
        let compressed = operand.kind.is_compressed();
        Self {
            allowed: operand.allowed(),
            hint: operand.hint.clone(),
            bias: if compressed { 8 } else { 0 },
            slices: operand.slices.clone(),
            mask: mask(operand),
        }
    }

    /// May the operand have this value?
    pub fn accepts(&self, value: i64) -> bool {
        self.allowed.contains(value)
    }

    /// May an assembler choose an instruction with this value?
    pub fn suits(&self, value: i64) -> bool {
        self.accepts(value) && !self.hint.contains(&value)
    }

    /// The same in a simpler form, if that is possible.
    pub fn plain(&self) -> Option<Plain> {
        let Allowed {
            min,
            max,
            upper: None,
            multiple,
            ref exclude,
        } = self.allowed
        else {
            return None;
        };
        let slice = |i: usize| {
            let slice = self.slices.get(i)?;
            let mask = (1u64 << slice.len) - 1;
            Some((slice.value_lo, mask, slice.word_lo))
        };
        let none = (0, 0, 0);
        let fits = exclude.is_empty() && self.slices.len() <= 2;
        fits.then(|| Plain {
            min,
            max,
            low_bits: (multiple - 1) as u64,
            bias: self.bias,
            slices: [slice(0).unwrap_or(none), slice(1).unwrap_or(none)],
        })
    }

    /// The bits of a word that belong to the operand.
    pub fn mask(&self) -> u32 {
        self.mask
    }

    /// The only value that the operand may have, if there is only one.
    pub fn only(&self) -> Option<i64> {
        let Allowed { min, max, .. } = self.allowed;
        (min == max && self.allowed.upper.is_none()).then_some(min)
    }

    /// Bits that are zero in all values that the operand may have.
    pub fn zero_bits(&self) -> u64 {
        let Allowed {
            min: 0..,
            max,
            upper: None,
            multiple,
            ..
        } = self.allowed
        else {
            return 0;
        };
        let below = u64::MAX.checked_shr(max.leading_zeros()).unwrap_or(0);
        !below | (multiple - 1) as u64
    }

    /// Where in a word bits of a value are; none if they are not stored as they are.
    pub fn place_bits(&self, bits: u64) -> u32 {
        if self.bias == 0 {
            self.place(bits as i64)
        } else {
            0
        }
    }

    /// The bits of a word that hold a value, which has to be allowed.
    pub fn place(&self, value: i64) -> u32 {
        let stored = value.wrapping_sub(self.bias) as u64;
        self.slices.iter().fold(0, |word, slice| {
            let bits = (stored >> slice.value_lo) & ((1u64 << slice.len) - 1);
            word | (bits << slice.word_lo) as u32
        })
    }
}

/// An operand with one range of values and at most two parts of the word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain {
    min: i64,
    max: i64,
    /// They have to be zero.
    low_bits: u64,
    bias: i64,
    /// For each part: its lowest bit in the value, its bits, and its lowest bit in the word.
    slices: [(u8, u64, u8); 2],
}

impl Plain {
    /// The lowest bit in the word of a register that may be any of 32 and whose number is there as it is.
    pub fn whole_register(&self) -> Option<u8> {
        let Self {
            min: 0,
            max: 31,
            low_bits: 0,
            bias: 0,
            slices: [(0, 0x1f, shift), (_, 0, _)],
        } = *self
        else {
            return None;
        };
        Some(shift)
    }

    /// The bits of a word that hold a value; none if it is not allowed.
    #[inline]
    pub fn encode(&self, value: i64) -> Option<u32> {
        let stored = value.wrapping_sub(self.bias) as u64;
        let [a, b] = self
            .slices
            .map(|(from, mask, to)| (stored >> from & mask) << to);
        let allowed = value >= self.min && value <= self.max && value as u64 & self.low_bits == 0;
        allowed.then_some((a | b) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn plain_operands_are_encoded_as_others_are(near in -70i64..70, bits in 0u32..34) {
            let spec = Spec::builtin();
            let operands = spec.instructions.iter().flat_map(|i| &i.operands);
            let mut plain = 0;
            for codec in operands.map(Codec::new) {
                let Some(encoding) = codec.plain() else { continue };
                plain += 1;
                for value in [near, (1 << bits) + near, -(1 << bits) + near] {
                    let expected = codec.accepts(value).then(|| codec.place(value));
                    prop_assert_eq!(encoding.encode(value), expected);
                }
            }
            prop_assert!(plain > 100);
        }
    }
}
