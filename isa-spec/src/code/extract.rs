//! Operand values from words, prepared for speed.
//!
//! What an instruction is like cannot be guessed from the one before, and a wrong guess of the processor costs more
//! than a few operations. So the first operands are all cut out by one formula, without a decision, which
//! does for registers and for immediates in one piece; only immediates that are scattered over the word are put together in a loop.

use super::MAX_OPERANDS;
use crate::model::{BitSlice, Instruction, Operand, OperandKind};

/// As many operands are cut out always, needed or not.
const COMMON: usize = 3;

/// How the operands of an instruction are made from a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extract {
    common: [Whole; COMMON],
    /// The other operands: a range of [`Tables::scattered`].
    scattered: (u32, u32),
}

/// What does not fit into an [`Extract`], of all instructions.
#[derive(Debug, Default)]
pub(super) struct Tables {
    scattered: Vec<Scattered>,
    pieces: Vec<Piece>,
}

/// The value is `((piece ^ sign) + add)`: with the piece's highest bit as `sign`, and `add = -sign`, this is a
/// sign extension. Without a piece, it is a constant.
#[derive(Debug, Clone, Copy, Default)]
struct Whole {
    piece: Piece,
    sign: i32,
    add: i32,
}

/// The same for the sum of pieces, and the value is taken modulo `wrap + 1` (minus one if it is not).
#[derive(Debug, Clone, Copy)]
struct Scattered {
    operand: u8,
    pieces: (u32, u32),
    sign: i64,
    add: i64,
    wrap: i64,
}

/// `word.rotate_right(rotate) & mask`, which brings a slice of the word to its place in the value.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    rotate: u32,
    mask: u32,
}

impl Piece {
    /// A value has 32 bits at most, so that a rotated word holds all of it.
    fn new(slice: &BitSlice) -> Self {
        Self {
            rotate: (32 + u32::from(slice.word_lo) - u32::from(slice.value_lo)) % 32,
            mask: (((1u64 << slice.len) - 1) << slice.value_lo) as u32,
        }
    }

    #[inline]
    fn bits(self, word: u32) -> i64 {
        i64::from(word.rotate_right(self.rotate) & self.mask)
    }
}

impl Extract {
    /// For the operands of an instruction.
    pub(super) fn new(instruction: &Instruction, tables: &mut Tables) -> Self {
        let mut common = [Whole::default(); COMMON];
        let first = tables.scattered.len() as u32;
        for (index, operand) in instruction.operands.iter().enumerate() {
            match (common.get_mut(index), Whole::new(operand)) {
                (Some(slot), Some(whole)) => *slot = whole,
                _ => tables.push(index as u8, operand),
            }
        }
        Self {
            common,
            scattered: (first, tables.scattered.len() as u32),
        }
    }

    /// The values of the operands in a word.
    #[inline]
    pub(super) fn values(&self, word: u32, tables: &Tables) -> [i64; MAX_OPERANDS] {
        let mut values = [0; MAX_OPERANDS];
        for (value, whole) in values.iter_mut().zip(&self.common) {
            *value = (whole.piece.bits(word) ^ i64::from(whole.sign)) + i64::from(whole.add);
        }
        let (first, end) = self.scattered;
        for scattered in &tables.scattered[first as usize..end as usize] {
            let (first, end) = scattered.pieces;
            let pieces = &tables.pieces[first as usize..end as usize];
            let sum: i64 = pieces.iter().map(|piece| piece.bits(word)).sum();
            let found = ((sum ^ scattered.sign) + scattered.add) & scattered.wrap;
            // Without an index that varies, the values can stay in registers.
            for (index, value) in (0u8..).zip(&mut values) {
                *value = if index == scattered.operand {
                    found
                } else {
                    *value
                };
            }
        }
        values
    }
}

impl Whole {
    /// None if the operand needs more than this.
    fn new(operand: &Operand) -> Option<Self> {
        let (sign, add) = sign_and_add(operand);
        let piece = match *operand.slices.as_slice() {
            [] => Piece::default(),
            [ref slice] => Piece::new(slice),
            _ => return None,
        };
        operand.modulo.is_none().then_some(Self {
            piece,
            sign: i32::try_from(sign).ok()?,
            add: i32::try_from(add).ok()?,
        })
    }
}

impl Tables {
    fn push(&mut self, index: u8, operand: &Operand) {
        let (sign, add) = sign_and_add(operand);
        let first = self.pieces.len() as u32;
        self.pieces.extend(operand.slices.iter().map(Piece::new));
        self.scattered.push(Scattered {
            operand: index,
            pieces: (first, self.pieces.len() as u32),
            sign,
            add,
            wrap: operand.modulo.map_or(-1, |bits| (1 << bits) - 1),
        });
    }
}

/// See [`Whole`]. The register with the number n + 8 has the number n in a compressed word.
fn sign_and_add(operand: &Operand) -> (i64, i64) {
    match (operand.fixed, &operand.kind) {
        (Some(value), _) => (0, value),
        (None, OperandKind::Imm { signed: true, .. }) => {
            let sign = 1i64 << (operand.width().max(1) - 1);
            (sign, -sign)
        }
        (None, kind) if kind.is_compressed() => (0, 8),
        (None, _) => (0, 0),
    }
}
