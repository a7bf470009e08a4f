//! From a word to an instruction and its operand values.
//!
//! A decision tree over bits that are fixed in all remaining candidates; what the tree cannot tell
//! apart, the operands' constraints do. The spec check guarantees that at most one candidate fits.

use super::MAX_OPERANDS;
use crate::model::Instruction;
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

/// Bits that one step of the tree looks at, at most.
const MAX_STEP_BITS: u32 = 7;

/// A decision tree for one XLEN.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    nodes: Vec<Node>,
    /// Children of all `Switch` nodes: index of a node, or `NONE`.
    children: Vec<u32>,
    /// Candidates of all `Leaf` nodes.
    candidates: Vec<u32>,
}

const NONE: u32 = u32::MAX;

#[derive(Debug)]
enum Node {
    /// Goes on with child number `(word >> shift) & mask`.
    Switch { shift: u8, mask: u32, children: u32 },
    /// One of these candidates, or nothing.
    Leaf { first: u32, count: u32 },
}

impl Decoder {
    pub(crate) fn new(instructions: &[Instruction], xlen: u8) -> Self {
        let candidates: Vec<u32> = (0u32..)
            .zip(instructions)
            .filter(|(_, instruction)| instruction.xlen.contains(&xlen))
            .map(|(index, _)| index)
            .collect();
        let mut decoder = Self::default();
        decoder.build(instructions, candidates, u32::MAX);
        decoder
    }

    /// Adds a node for these candidates; `untested` are the bits that no step above has looked at.
    /// Every step takes bits away, so that the depth is at most 32.
    fn build(&mut self, instructions: &[Instruction], candidates: Vec<u32>, untested: u32) -> u32 {
        let id = self.nodes.len() as u32;
        let fixed = |index: &u32| {
            let instruction = &instructions[*index as usize];
            (instruction.mask, instruction.bits)
        };
        let common = candidates
            .iter()
            .fold(untested, |common, index| common & fixed(index).0);
        if candidates.len() <= 1 || common == 0 {
            let first = self.candidates.len() as u32;
            self.nodes.push(Node::Leaf {
                first,
                count: candidates.len() as u32,
            });
            self.candidates.extend(candidates);
            return id;
        }
        let shift = common.trailing_zeros();
        let run = (common >> shift).trailing_ones().min(MAX_STEP_BITS);
        let mask = (1u32 << run) - 1;
        let children = self.children.len();
        self.nodes.push(Node::Switch {
            shift: shift as u8,
            mask,
            children: children as u32,
        });
        self.children.resize(children + (1 << run), NONE);
        let mut groups: Vec<Vec<u32>> = vec![Vec::new(); 1 << run];
        for index in candidates {
            groups[((fixed(&index).1 >> shift) & mask) as usize].push(index);
        }
        for (value, group) in groups.into_iter().enumerate() {
            if !group.is_empty() {
                let child = self.build(instructions, group, untested & !(mask << shift));
                self.children[children + value] = child;
            }
        }
        id
    }

    fn candidates(&self, word: u32) -> &[u32] {
        let mut at = 0;
        loop {
            match self.nodes.get(at as usize) {
                Some(Node::Switch {
                    shift,
                    mask,
                    children,
                }) => {
                    at = self.children[(children + ((word >> shift) & mask)) as usize];
                }
                Some(Node::Leaf { first, count }) => {
                    return &self.candidates[*first as usize..(first + count) as usize];
                }
                None => return &[],
            }
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
    pub fn decode(&self, word: u32, xlen: u8) -> Result<Decoded, DecodeError> {
        let length = length(word);
        let word = if length == 2 { word & 0xffff } else { word };
        let decoder = if xlen == 32 {
            &self.tables.rv32
        } else {
            &self.tables.rv64
        };
        'candidates: for &index in decoder.candidates(word) {
            let instruction = &self.instructions[index as usize];
            if word & instruction.mask != instruction.bits || instruction.length != length {
                continue;
            }
            let mut values = [0; MAX_OPERANDS];
            for (value, operand) in values.iter_mut().zip(&instruction.operands) {
                *value = operand.extract(word);
                if operand.exclude.contains(value) {
                    continue 'candidates;
                }
            }
            let count = instruction.operands.len() as u8;
            return Ok(Decoded {
                instruction: index as usize,
                length,
                count,
                values,
            });
        }
        Err(DecodeError::Unknown { word, length })
    }

    /// Decodes the instruction at the start of `bytes`.
    ///
    /// # Errors
    /// [`DecodeError::Exhausted`] if the bytes end before the instruction does.
    pub fn decode_bytes(&self, bytes: &[u8], xlen: u8) -> Result<Decoded, DecodeError> {
        let &[a, b, ref rest @ ..] = bytes else {
            return Err(DecodeError::Exhausted { needed: 2 });
        };
        let low = u32::from(u16::from_le_bytes([a, b]));
        let needed = length(low);
        if bytes.len() < usize::from(needed) {
            return Err(DecodeError::Exhausted { needed });
        }
        match *rest {
            [c, d, ..] if needed >= 4 => self.decode(u32::from_le_bytes([a, b, c, d]), xlen),
            _ => self.decode(low, xlen),
        }
    }
}
