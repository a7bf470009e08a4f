//! From operand values to a word.

use super::MAX_OPERANDS;
use super::tree::Pattern;
use crate::algebra::OperandId;
use crate::model::{Operand, OperandKind};
use crate::spec::Spec;
use std::fmt;

/// The values that an operand may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Smallest.
    pub min: i64,
    /// Largest.
    pub max: i64,
    /// A second range, for signed values that are written modulo 2^N: the negative ones.
    pub upper: Option<(i64, i64)>,
    /// Only multiples of this, a power of two.
    pub multiple: i64,
    /// None of these.
    pub exclude: Vec<i64>,
}

impl Allowed {
    /// True for an allowed value.
    #[must_use]
    #[inline]
    pub fn contains(&self, value: i64) -> bool {
        let in_range = (self.min..=self.max).contains(&value)
            || self
                .upper
                .is_some_and(|(low, high)| (low..=high).contains(&value));
        in_range && value & (self.multiple - 1) == 0 && !self.exclude.contains(&value)
    }
}

impl fmt::Display for Allowed {
    /// In LLVM's wording: `an integer in the range [0, 2047]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            return write!(f, "{}", self.min);
        }
        // Zero as the end of a range is left out of it; elsewhere an excluded value is named.
        let (mut min, mut exclude) = (self.min, self.exclude.as_slice());
        if let [first, rest @ ..] = exclude
            && *first == min
        {
            (min, exclude) = (min + self.multiple, rest);
        }
        match (exclude, self.multiple) {
            ([0], 1) => write!(f, "a non-zero integer")?,
            ([0], multiple) => write!(f, "a non-zero multiple of {multiple}")?,
            (_, 1) => write!(f, "an integer")?,
            (_, multiple) => write!(f, "a multiple of {multiple}")?,
        }
        write!(f, " in the range [{min}, {}]", self.max)?;
        if let Some((low, high)) = self.upper {
            write!(f, " or [{low}, {high}]")?;
        }
        if !matches!(exclude, [] | [0]) {
            let values: Vec<String> = exclude.iter().map(i64::to_string).collect();
            write!(f, " other than {}", values.join(", "))?;
        }
        Ok(())
    }
}

/// Why there is no word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncodeError {
    /// No such instruction.
    UnknownInstruction,
    /// Another number of values is needed.
    Arity {
        /// This many.
        expected: usize,
        /// Given.
        found: usize,
    },
    /// A value is not allowed.
    Operand {
        /// Whose.
        operand: OperandId,
        /// The value.
        value: i64,
        /// What would be.
        allowed: Allowed,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownInstruction => write!(f, "no such instruction"),
            Self::Arity { expected, found } => {
                write!(f, "{expected} operands are needed, not {found}")
            }
            Self::Operand { allowed, value, .. } => {
                write!(f, "operand must be {allowed}, not {value}")
            }
        }
    }
}

impl std::error::Error for EncodeError {}

impl Operand {
    /// Number of bits of the value, low zero bits included.
    #[must_use]
    pub fn width(&self) -> u8 {
        self.slices
            .iter()
            .map(|slice| slice.value_lo + slice.len)
            .max()
            .unwrap_or(0)
    }

    /// The values that it may have.
    #[must_use]
    pub fn allowed(&self) -> Allowed {
        let exclude = if self.fixed.is_none() {
            self.exclude.clone()
        } else {
            Vec::new()
        };
        Allowed {
            exclude,
            ..self.representable()
        }
    }

    /// True for an allowed value.
    #[must_use]
    pub fn accepts(&self, value: i64) -> bool {
        self.representable().contains(value)
            && (self.fixed.is_some() || !self.exclude.contains(&value))
    }

    /// The values that the operand's kind and bits have; the excluded ones are among them.
    pub(crate) fn representable(&self) -> Allowed {
        let range = |min, max, upper, multiple| Allowed {
            min,
            max,
            upper,
            multiple,
            exclude: Vec::new(),
        };
        if let Some(value) = self.fixed {
            return range(value, value, None, 1);
        }
        let width = self.width();
        let zeros = self.slices.iter().map(|slice| slice.value_lo).min();
        let multiple = 1 << zeros.unwrap_or(0);
        match self.kind {
            OperandKind::Gpr {
                compressed: true, ..
            }
            | OperandKind::Fpr {
                compressed: true, ..
            } => range(8, 15, None, 1),
            OperandKind::Imm { signed: true, .. } => {
                let half = 1i64 << (width.max(1) - 1);
                match self.modulo {
                    Some(bits) => {
                        let all = 1i64 << bits;
                        let negative = (all - half, all - multiple);
                        range(0, half - multiple, Some(negative), multiple)
                    }
                    None => range(-half, half - multiple, None, multiple),
                }
            }
            _ => range(0, (1i64 << width) - multiple, None, multiple),
        }
    }

    /// The bits of the word that hold `value`, which has to be allowed.
    pub(crate) fn place(&self, value: i64) -> u32 {
        let stored = if self.kind.is_compressed() {
            value - 8
        } else {
            value
        };
        self.slices.iter().fold(0, |word, slice| {
            let mask = (1u64 << slice.len) - 1;
            let bits = (stored as u64 >> slice.value_lo) & mask;
            word | ((bits << slice.word_lo) as u32)
        })
    }

    /// The words that are not the instruction's because of a value that the operand excludes.
    pub(crate) fn excluded_patterns(&self) -> impl Iterator<Item = Pattern> {
        let placed = self.fixed.is_none();
        self.exclude
            .iter()
            .filter(move |_| placed)
            .map(|&value| Pattern {
                mask: self.word_mask(),
                bits: self.place(value),
            })
    }

    /// The bits of the word that hold the operand.
    pub(crate) fn word_mask(&self) -> u32 {
        self.slices.iter().fold(0, |mask, slice| {
            mask | ((((1u64 << slice.len) - 1) << slice.word_lo) as u32)
        })
    }
}

impl Spec {
    /// The word of an instruction with these operand values, in the order of its `operands`. The fixed
    /// operands at the end may be left out. A compressed word is in the low 16 bits.
    ///
    /// # Errors
    /// Which operand is not allowed, and what would be.
    pub fn encode(&self, instruction: usize, values: &[i64]) -> Result<u32, EncodeError> {
        let instruction = self
            .instructions
            .get(instruction)
            .ok_or(EncodeError::UnknownInstruction)?;
        let expected = instruction
            .operands
            .iter()
            .filter(|operand| operand.fixed.is_none())
            .count();
        if values.len() != expected && values.len() != instruction.operands.len() {
            return Err(EncodeError::Arity {
                expected,
                found: values.len(),
            });
        }
        debug_assert!(instruction.operands.len() <= MAX_OPERANDS);
        let mut word = instruction.bits;
        for (index, (operand, &value)) in instruction.operands.iter().zip(values).enumerate() {
            if !operand.accepts(value) {
                return Err(EncodeError::Operand {
                    operand: OperandId(index as u32),
                    value,
                    allowed: operand.allowed(),
                });
            }
            word |= operand.place(value);
        }
        Ok(word)
    }
}
