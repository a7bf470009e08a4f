//! Regions: the blocks that are compiled together.
//!
//! A region is what can be reached from its head along jumps to known addresses, up to a size: loops with all that is in
//! them, and called functions. Blocks do not overlap, are in the order of their addresses, and have only operations
//! that can be compiled. What is not in the region is left for by its address.

use super::super::cache::{Block, Cache};
use super::super::ops::{Code, Op};
use super::lower;
use super::zone::Set;
use crate::memory::SegmentedMemory;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use zktr_isa::Spec;

/// Most instructions of a region.
pub(super) const MAX_INSTRUCTIONS: usize = 1024;

/// An instruction.
#[derive(Debug, Clone)]
pub(super) struct Instruction {
    pub(super) pc: u64,
    pub(super) ops: Vec<Op>,
}

/// Instructions of which only the last may jump.
#[derive(Debug, Clone)]
pub(super) struct Straight {
    pub(super) instructions: Vec<Instruction>,
    /// Where execution goes on behind the last one.
    pub(super) end: u64,
}

/// Blocks by address.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) head: u64,
    pub(super) blocks: BTreeMap<u64, Straight>,
    /// Addresses behind calls, at which a called function probably goes on.
    returns: Vec<u64>,
    /// How many instructions there are.
    pub(super) size: usize,
}

/// Most addresses of returns that a jump to a computed address is compared with.
const MAX_RETURNS: usize = 6;

/// Where a block leads.
struct Ways {
    /// To these addresses.
    targets: Vec<u64>,
    /// To a computed address.
    computed: bool,
    /// By a jump that leaves the address behind it in a register.
    call: bool,
}

impl Straight {
    fn ways(&self) -> Ways {
        let mut ways = Ways {
            targets: Vec::new(),
            computed: false,
            call: false,
        };
        let mut falls_through = true;
        let mut links = false;
        let mut guarded = false;
        for op in self.instructions.last().iter().flat_map(|last| &last.ops) {
            match op.code {
                code if code.branches() => ways.targets.push(op.imm),
                Code::Jump => {
                    if op.a == 0 {
                        ways.targets.push(op.imm);
                    } else {
                        ways.computed = true;
                    }
                    falls_through &= guarded;
                }
                Code::Add if (op.a, op.b, op.imm) == (0, 0, self.end) => links = true,
                _ => {}
            }
            guarded = op.code == Code::SkipIfZero;
        }
        if falls_through {
            ways.targets.push(self.end);
        }
        ways.call = links && !falls_through;
        ways
    }

    /// The registers that are used, and those among them that are written, a bit each.
    pub(super) fn registers(&self) -> (Set, Set) {
        let bit = |slot: u8| (1 as Set).checked_shl(slot.into()).unwrap_or(0);
        let (mut used, mut written): (Set, Set) = (0, 0);
        for op in self.instructions.iter().flat_map(|i| &i.ops) {
            used |= bit(op.a) | bit(op.b);
            if op.code == Code::Select {
                used |= bit(op.imm as u8);
            }
            written |= bit(op.dst);
        }
        // x0 is no register.
        ((used | written) & !1, written & !1)
    }
}

impl Region {
    /// The addresses to which a block goes on without leaving the region, as far as they are known.
    pub(super) fn successors(&self, pc: u64) -> Vec<u64> {
        let Some(ways) = self.blocks.get(&pc).map(Straight::ways) else {
            return Vec::new();
        };
        let mut targets = ways.targets;
        if ways.computed {
            targets.extend_from_slice(self.likely_returns());
        }
        targets.retain(|target| self.blocks.contains_key(target));
        targets
    }

    /// The addresses behind calls that a computed address is compared with.
    pub(super) fn likely_returns(&self) -> &[u64] {
        &self.returns[..self.returns.len().min(MAX_RETURNS)]
    }
}

/// The region of an address; none if its first instruction cannot be compiled.
pub(super) fn collect(
    spec: &Spec,
    memory: &SegmentedMemory,
    cache: &mut Cache,
    head: u64,
    xlen: u8,
) -> Option<Region> {
    let mut blocks = BTreeMap::new();
    let mut returns = BTreeSet::new();
    let mut size = 0;
    let mut queue = VecDeque::from([head]);
    while let Some(pc) = queue.pop_front() {
        if size >= MAX_INSTRUCTIONS || blocks.contains_key(&pc) || !pc.is_multiple_of(2) {
            continue;
        }
        let block = match cache.get(pc) {
            Some(block) => block,
            // The cache must not be emptied on the way: the caller holds on to a block.
            None if cache.is_full() => continue,
            None => match cache.translate(spec, memory, pc, xlen) {
                Ok(block) => block,
                Err(_) => continue,
            },
        };
        let Some(straight) = straight(cache, block, xlen) else {
            continue;
        };
        size += straight.instructions.len();
        let ways = straight.ways();
        queue.extend(ways.targets);
        if ways.call {
            returns.insert(straight.end);
            queue.push_back(straight.end);
        }
        blocks.insert(pc, straight);
    }
    separate(&mut blocks);
    returns.retain(|pc| blocks.contains_key(pc));
    let size = blocks.values().map(|block| block.instructions.len()).sum();
    blocks.contains_key(&head).then(|| Region {
        head,
        returns: returns.into_iter().collect(),
        blocks,
        size,
    })
}

/// The front of a block that can be compiled; none if that is nothing.
fn straight(cache: &Cache, block: Block, xlen: u8) -> Option<Straight> {
    if block.golden {
        return None;
    }
    let ops = cache.ops(block);
    let mut first = 0;
    let mut instructions = Vec::new();
    let mut end = block.end;
    for insn in cache.insns(block) {
        let ops = ops.get(first..insn.ops_end as usize)?;
        first = insn.ops_end as usize;
        if !ops.iter().all(|op| lower::can(op, xlen)) {
            end = insn.pc;
            break;
        }
        instructions.push(Instruction {
            pc: insn.pc,
            ops: ops.to_vec(),
        });
    }
    (!instructions.is_empty()).then_some(Straight { instructions, end })
}

/// Ends each block where another one begins.
fn separate(blocks: &mut BTreeMap<u64, Straight>) {
    let heads: BTreeSet<u64> = blocks.keys().copied().collect();
    for block in blocks.values_mut() {
        let other = block
            .instructions
            .iter()
            .skip(1)
            .position(|instruction| heads.contains(&instruction.pc));
        if let Some(before) = other {
            block.end = block.instructions[before + 1].pc;
            block.instructions.truncate(before + 1);
        }
    }
}
