//! Translated code by address.
//!
//! A block is a run of instructions of which only the last may jump. Blocks are made on demand and
//! forgotten all together: on `fence.i`, when translated code may have been overwritten, and when they
//! have become too many. So their memory is bounded.

use super::ops::Op;
use super::translate::{self, Site};
use crate::memory::{Access, Fault, Memory, SegmentedMemory};
use std::collections::HashMap;
use zktr_isa::{DecodeError, Decoded, Spec};

/// An instruction of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insn {
    pub(super) pc: u64,
    pub(super) decoded: Decoded,
    /// Index in the block's operations of the one behind its last.
    pub(super) ops_end: u32,
}

/// A block: ranges of [`Cache::insns`] and [`Cache::ops`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    first_insn: u32,
    insns: u32,
    first_op: u32,
    ops: u32,
    /// Address behind its last instruction.
    pub(super) end: u64,
    /// Its only instruction is for the golden evaluator.
    pub(super) golden: bool,
    /// Its number in this epoch of the cache.
    #[cfg_attr(not(feature = "jit"), expect(dead_code, reason = "the compiler's key"))]
    pub(super) index: u32,
}

/// All blocks.
#[derive(Debug)]
pub(super) struct Cache {
    /// Direct-mapped: (address, index of the block).
    recent: Vec<(u64, u32)>,
    by_address: HashMap<u64, u32>,
    blocks: Vec<Block>,
    insns: Vec<Insn>,
    ops: Vec<Op>,
    /// The range of code in writable memory, widened by what a store may reach over its end: first
    /// address and length.
    writable: (u64, u64),
    /// Leave everything to the golden evaluator.
    golden_only: bool,
    /// How often everything was forgotten.
    epoch: u64,
}

/// Why there is no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FetchError {
    Fault(Fault),
    Unknown { word: u32, length: u8 },
}

const RECENT: usize = 1 << 12;
const MAX_INSNS: usize = 1 << 20;
const MAX_BLOCK: usize = 64;
/// Bytes of the longest store.
const STORE: u64 = 8;
/// An address that no block has, because it is odd.
const NOWHERE: u64 = 1;

impl Cache {
    pub(super) fn new(golden_only: bool) -> Self {
        Self {
            recent: vec![(NOWHERE, 0); RECENT],
            by_address: HashMap::new(),
            blocks: Vec::new(),
            insns: Vec::new(),
            ops: Vec::new(),
            writable: (0, 0),
            golden_only,
            epoch: 0,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.recent.fill((NOWHERE, 0));
        self.by_address.clear();
        self.blocks.clear();
        self.insns.clear();
        self.ops.clear();
        self.writable = (0, 0);
        self.epoch += 1;
    }

    /// A number that changes when everything is forgotten.
    #[cfg(feature = "jit")]
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The next translation would begin with forgetting everything.
    pub(super) fn is_full(&self) -> bool {
        self.insns.len() + MAX_BLOCK > MAX_INSNS
    }

    /// Where a store may change translated code.
    pub(super) fn writable(&self) -> (u64, u64) {
        self.writable
    }

    pub(super) fn insns(&self, block: Block) -> &[Insn] {
        &self.insns[block.first_insn as usize..][..block.insns as usize]
    }

    pub(super) fn ops(&self, block: Block) -> &[Op] {
        &self.ops[block.first_op as usize..][..block.ops as usize]
    }

    /// The block at an address, if it is known.
    #[inline]
    pub(super) fn get(&mut self, pc: u64) -> Option<Block> {
        let recent = &mut self.recent[(pc >> 1) as usize % RECENT];
        if recent.0 == pc {
            return self.blocks.get(recent.1 as usize).copied();
        }
        let index = *self.by_address.get(&pc)?;
        *recent = (pc, index);
        self.blocks.get(index as usize).copied()
    }

    /// Makes the block at an address.
    pub(super) fn translate(
        &mut self,
        spec: &Spec,
        memory: &SegmentedMemory,
        pc: u64,
        xlen: u8,
    ) -> Result<Block, FetchError> {
        if self.is_full() {
            self.clear();
        }
        let (first_insn, first_op) = (self.insns.len(), self.ops.len());
        let mask = if xlen == 32 {
            u64::from(u32::MAX)
        } else {
            u64::MAX
        };
        let mut at = pc;
        let mut golden = false;
        for count in 0..MAX_BLOCK {
            let decoded = match decode(spec, memory, at, xlen) {
                Ok(decoded) => decoded,
                // The instructions before it can be executed; it gets its turn then.
                Err(_) if count > 0 => break,
                Err(error) => return Err(error),
            };
            let next_pc = at.wrapping_add(u64::from(decoded.length)) & mask;
            let instruction = &spec.instructions[decoded.instruction];
            let site = Site {
                instruction,
                values: decoded.values(),
                pc: at,
                next_pc,
                xlen,
            };
            let translation = if self.golden_only {
                None
            } else {
                translate::translate(&site)
            };
            let jumps = match translation {
                None if count > 0 => break,
                None => {
                    golden = true;
                    true
                }
                Some(translation) => {
                    self.ops.extend_from_slice(&translation.ops);
                    translation.jumps
                }
            };
            self.insns.push(Insn {
                pc: at,
                decoded,
                ops_end: (self.ops.len() - first_op) as u32,
            });
            at = next_pc;
            // A block does not run over the top of the address space.
            if jumps || at < pc {
                break;
            }
        }
        self.watch(memory, pc, at.wrapping_sub(pc) & mask);
        let block = Block {
            first_insn: first_insn as u32,
            insns: (self.insns.len() - first_insn) as u32,
            first_op: first_op as u32,
            ops: (self.ops.len() - first_op) as u32,
            end: at,
            golden,
            index: self.blocks.len() as u32,
        };
        self.by_address.insert(pc, self.blocks.len() as u32);
        self.blocks.push(block);
        Ok(block)
    }

    /// Includes code that can be written in the range that stores are compared with.
    fn watch(&mut self, memory: &SegmentedMemory, pc: u64, len: u64) {
        let writable = (0..len)
            .step_by(2)
            .any(|i| memory.accessible(pc.wrapping_add(i), 1, Access::Write));
        if !writable {
            return;
        }
        let first = pc.saturating_sub(STORE - 1);
        let last = pc.saturating_add(len);
        let (first, last) = match self.writable {
            (_, 0) => (first, last),
            (start, len) => (first.min(start), last.max(start.saturating_add(len))),
        };
        self.writable = (first, last - first);
    }
}

/// The instruction at an address.
fn decode(spec: &Spec, memory: &SegmentedMemory, pc: u64, xlen: u8) -> Result<Decoded, FetchError> {
    let low = memory
        .load::<2>(pc, Access::Execute)
        .map_err(FetchError::Fault)?;
    let unknown = |error| match error {
        DecodeError::Unknown { word, length } => FetchError::Unknown { word, length },
        DecodeError::Exhausted { needed } => FetchError::Unknown {
            word: u32::from(u16::from_le_bytes(low)),
            length: needed,
        },
    };
    match spec.decode_bytes(&low, xlen) {
        Err(DecodeError::Exhausted { .. }) => {
            let rest = pc.wrapping_add(2);
            let high = memory
                .load::<2>(rest, Access::Execute)
                .map_err(FetchError::Fault)?;
            spec.decode_bytes(&[low[0], low[1], high[0], high[1]], xlen)
                .map_err(unknown)
        }
        other => other.map_err(unknown),
    }
}
