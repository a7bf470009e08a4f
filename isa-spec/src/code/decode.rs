//! From a word to an instruction and its operand values.
//!
//! A decision tree finds the few instructions that a word may be; the word's fixed bits and the values that
//! operands exclude decide. The spec check guarantees that at most one fits. Nothing is allocated.

use super::MAX_OPERANDS;
use super::extract::{self, Extract};
use super::tree::{Candidate, Forest, Found, Pattern};
use crate::model::{Instruction, Operand};
use crate::spec::Spec;

/// A decoded word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// Index into [`Spec::instructions`].
    pub instruction: usize,
    /// Bytes of the word: 2 or 4.
    pub length: u8,
    count: u8,
    values: [i64; MAX_OPERANDS],
}

impl Decoded {
    /// The values of the instruction's operands, in their order.
    #[must_use]
    pub fn values(&self) -> &[i64] {
        &self.values[..usize::from(self.count)]
    }
}

/// Why there is no instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// No instruction of this hart has this word.
    Unknown {
        /// The word; only its low 16 bits, if `length` is 2.
        word: u32,
        /// Bytes that the word occupies: 2 or 4, or more for the long encodings, of which only the first 4 are in `word`.
        length: u8,
    },
    /// The bytes end inside of the word.
    Exhausted {
        /// Bytes that the word needs.
        needed: u8,
    },
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { word, length: 2 } => write!(f, "unknown instruction 0x{word:04x}"),
            Self::Unknown { word, .. } => write!(f, "unknown instruction 0x{word:08x}"),
            Self::Exhausted { needed } => write!(
                f,
                "the input ends inside of an instruction of {needed} bytes"
            ),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The decode table of one hart.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// One tree for the words of 2 bytes, and one for those of 4; candidates are indices into `forms`.
    trees: Forest,
    forms: Vec<Form>,
    operands: extract::Tables,
    excluded: Vec<Pattern>,
}

/// An instruction as the decoder sees it.
#[derive(Debug, Clone, Copy)]
struct Form {
    pattern: Pattern,
    instruction: u32,
    length: u8,
    operands: u8,
    extract: Extract,
    /// Words with excluded operand values: a range of the decoder's table.
    excluded: (u32, u32),
}

impl Decoder {
    pub(crate) fn new(instructions: &[Instruction], xlen: u8) -> Self {
        let mut decoder = Self::default();
        for (index, instruction) in (0u32..).zip(instructions) {
            if !instruction.xlen.contains(&xlen) {
                continue;
            }
            let excluded = instruction
                .operands
                .iter()
                .flat_map(Operand::excluded_patterns);
            let first_excluded = decoder.excluded.len() as u32;
            decoder.excluded.extend(excluded);
            decoder.forms.push(Form {
                pattern: Pattern {
                    mask: instruction.mask,
                    bits: instruction.bits,
                },
                instruction: index,
                length: instruction.length,
                operands: instruction.operands.len() as u8,
                extract: Extract::new(instruction, &mut decoder.operands),
                excluded: (first_excluded, decoder.excluded.len() as u32),
            });
        }
        let group = |length: u8| -> Vec<Candidate<'_>> {
            let forms = (0u32..).zip(&decoder.forms);
            forms
                .filter(|(_, form)| form.length == length)
                .map(|(number, form)| Candidate {
                    number,
                    pattern: form.pattern,
                    excluded: decoder.excluded_words(form),
                })
                .collect()
        };
        decoder.trees = Forest::new([&group(2), &group(4)]);
        decoder
    }

    #[inline]
    fn excluded_words(&self, form: &Form) -> &[Pattern] {
        &self.excluded[form.excluded.0 as usize..form.excluded.1 as usize]
    }

    /// The form of a word, if it is one of this hart's. Of a compressed word, the upper half has no influence.
    #[inline]
    fn form(&self, word: u32) -> Option<&Form> {
        let fits = |candidate: &u32| {
            let form = &self.forms[*candidate as usize];
            let mut excluded = self.excluded_words(form).iter();
            let fits = form.pattern.fits(word) && !excluded.any(|excluded| excluded.fits(word));
            fits.then_some(form)
        };
        match self
            .trees
            .candidates(usize::from(word & 0b11 == 0b11), word)
        {
            Found::None => None,
            Found::One(candidate) => fits(&candidate),
            Found::Several(candidates) => candidates.iter().find_map(fits),
        }
    }
}

/// Length in bytes of the instruction that begins with these 16 bits.
#[must_use]
pub(crate) fn length(low: u32) -> u8 {
    if low & 0b11 != 0b11 {
        2
    } else if low & 0b1_1100 != 0b1_1100 {
        4
    } else if low & 0b10_0000 == 0 {
        6
    } else {
        8
    }
}

impl Spec {
    /// Decodes a word for a hart of this XLEN. Of a compressed word only the low 16 bits count.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`].
    #[inline]
    pub fn decode(&self, word: u32, xlen: u8) -> Result<Decoded, DecodeError> {
        let decoder = if xlen == 32 {
            &self.tables.rv32
        } else {
            &self.tables.rv64
        };
        let Some(form) = decoder.form(word) else {
            let length = length(word);
            let word = if length == 2 { word & 0xffff } else { word };
            return Err(DecodeError::Unknown { word, length });
        };
        Ok(Decoded {
            instruction: form.instruction as usize,
            length: form.length,
            count: form.operands,
            values: form.extract.values(word, &decoder.operands),
        })
    }

    /// Decodes the instruction at the start of `bytes`.
    ///
    /// # Errors
    /// [`DecodeError::Exhausted`] if the bytes end before the instruction does.
    #[inline]
    pub fn decode_bytes(&self, bytes: &[u8], xlen: u8) -> Result<Decoded, DecodeError> {
        let result = match *bytes {
            [a, b, c, d, ..] => self.decode(u32::from_le_bytes([a, b, c, d]), xlen),
            [a, b, ..] if a & 0b11 != 0b11 => self.decode(u32::from_le_bytes([a, b, 0, 0]), xlen),
            [a, ref rest @ ..] => {
                // Of the first byte alone, nothing is known but that there has to be a second one.
                let needed = if rest.is_empty() {
                    2
                } else {
                    length(u32::from(a))
                };
                return Err(DecodeError::Exhausted { needed });
            }
            [] => return Err(DecodeError::Exhausted { needed: 2 }),
        };
        match result {
            Err(DecodeError::Unknown { length, .. }) if usize::from(length) > bytes.len() => {
                Err(DecodeError::Exhausted { needed: length })
            }
            result => result,
        }
    }
}
