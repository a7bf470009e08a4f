//! Operands and their bits in an instruction word.
//!
//! Everything follows from the operand's description in the spec.

use zktr_isa::Allowed;
use zktr_isa::model::{BitSlice, Operand, OperandKind};

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
    let stored = if matches!(
        operand.kind,
        OperandKind::Gpr {
            compressed: true,
            ..
        }
    ) {
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
    /// For this operand.
    pub fn new(operand: &Operand) -> Self {
        let compressed = matches!(
            operand.kind,
            OperandKind::Gpr {
                compressed: true,
                ..
            }
        );
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

    /// The bits of a word that belong to the operand.
    pub fn mask(&self) -> u32 {
        self.mask
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
