//! Execution for a recorder, which notes what each instruction reads and writes.
//!
//! What that is, is known before an instruction is executed: its meaning is translated to operations as for [`super::cache`], and where these read
//! and write nothing but its own registers, one place in memory and the program counter, a [`Site`] says which. Everything
//! else is left to whoever asks: calls of the environment, what the golden evaluator has to execute, accesses
//! that are not aligned, faults.

use super::Machine;
use super::ops::{self, Code, Exit, FIRST_FLOAT, Op, Port};
use super::translate;
use crate::memory::{Access, SegmentedMemory};
use zktr_isa::Spec;
use zktr_isa::model::OperandKind;

/// A register of nobody: what an instruction would write to x0.
const DROPPED: u8 = 255;

/// The access to memory of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    /// The slot of the frame that the address is counted from.
    base: u8,
    offset: u64,
    bytes: u8,
}

/// A word of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pc: u32,
    word: u32,
    /// Its operations; none if it is not for this module.
    ops: Option<(u32, u32)>,
    pub(crate) rd: u8,
    pub(crate) rs1: u8,
    pub(crate) rs2: u8,
    /// The slot of its result.
    result: Option<u8>,
    reach: Option<Reach>,
    /// The next site is that of the next address.
    adjacent: bool,
}

/// The words of a program, by address.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    sites: Vec<Site>,
    ops: Vec<Op>,
    /// Runs of words: first address, and an index into `sites` for each word, or [`NOWHERE`].
    runs: Vec<(u32, Vec<u32>)>,
    /// Code may change, so that each word has to be compared.
    volatile: bool,
}

const NOWHERE: u32 = u32::MAX;
/// The longest gap between words that is in a run.
const GAP: u32 = 1 << 16;

/// What an instruction has done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Noted {
    /// The index of its word.
    pub(crate) code: u32,
    pub(crate) next_pc: u32,
    pub(crate) rs1_value: u32,
    pub(crate) rs2_value: u32,
    pub(crate) rd_before: u32,
    /// What is computed for its register; 0 if there is none.
    pub(crate) rd_value: u32,
    /// Address in bytes, the word around it before and after.
    pub(crate) access: Option<(u32, u32, u32)>,
}

impl Sites {
    /// For these words, by address: (address, word, and the registers rd, rs1, rs2).
    pub(crate) fn new(
        spec: &Spec,
        memory: &SegmentedMemory,
        words: impl Iterator<Item = (u32, u32, [u8; 3])>,
    ) -> Self {
        let mut sites = Self {
            volatile: memory.regions().any(|(.., p)| p.execute && p.write),
            ..Self::default()
        };
        for (pc, word, registers) in words {
            let index = sites.sites.len() as u32;
            let new = match sites.runs.last() {
                Some((start, run)) => pc - start >= 4 * (run.len() as u32 + GAP),
                None => true,
            };
            if new {
                sites.runs.push((pc, Vec::new()));
            }
            if let Some((start, run)) = sites.runs.last_mut() {
                run.resize(((pc - *start) / 4) as usize, NOWHERE);
                run.push(index);
            }
            if let Some(last) = sites.sites.last_mut() {
                last.adjacent = last.pc.checked_add(4) == Some(pc);
            }
            let site = sites.site(spec, pc, word, registers);
            sites.sites.push(site);
        }
        sites
    }

    #[inline(always)]
    fn find(&self, pc: u64) -> Option<u32> {
        let pc = u32::try_from(pc).ok().filter(|pc| pc.is_multiple_of(4))?;
        self.runs.iter().find_map(|(start, run)| {
            let at = pc.checked_sub(*start)? / 4;
            run.get(at as usize)
                .copied()
                .filter(|code| *code != NOWHERE)
        })
    }

    fn site(&mut self, spec: &Spec, pc: u32, word: u32, [rd, rs1, rs2]: [u8; 3]) -> Site {
        let mut site = Site {
            pc,
            word,
            ops: None,
            rd,
            rs1,
            rs2,
            result: None,
            reach: None,
            adjacent: false,
        };
        if let Some((ops, result, reach)) = translated(spec, pc, word, [rd, rs1, rs2]) {
            let first = self.ops.len() as u32;
            self.ops.extend(ops);
            site.ops = Some((first, self.ops.len() as u32));
            site.result = result;
            site.reach = reach;
        }
        site
    }
}

/// Operations of a word, the slot of its result, and its access to memory; none if they do anything else.
fn translated(
    spec: &Spec,
    pc: u32,
    word: u32,
    [rd, rs1, rs2]: [u8; 3],
) -> Option<(Vec<Op>, Option<u8>, Option<Reach>)> {
    let decoded = spec.decode(word, 32).ok()?;
    let instruction = &spec.instructions[decoded.instruction];
    let mut values = decoded.values().to_vec();
    // What is computed for x0 goes to a register that the instruction does not read, and from there to nobody's.
    let target = instruction
        .operand("rd")
        .map(|operand| operand.0 as usize)
        .filter(|index| matches!(instruction.operands[*index].kind, OperandKind::Gpr { .. }));
    let mut stand_in = rd;
    if rd == 0
        && let Some(target) = target
    {
        stand_in = (1..32).find(|register| ![rs1, rs2].contains(register))?;
        values[target] = stand_in.into();
    }
    let translation = translate::translate(&translate::Site {
        instruction,
        values: &values,
        pc: pc.into(),
        next_pc: pc.wrapping_add(4).into(),
        xlen: 32,
    })?;
    let mut ops = translation.ops;
    let mut result = None;
    let mut reach = None;
    for op in &mut ops {
        let stores = matches!(
            op.code,
            Code::Store8 | Code::Store16 | Code::Store32 | Code::Store64
        );
        // Conditions would have to be noted, too.
        let leaves = matches!(
            op.code,
            Code::Jump
                | Code::BranchEq
                | Code::BranchNe
                | Code::BranchLtU
                | Code::BranchLeU
                | Code::BranchLtS
                | Code::BranchLeS
        );
        if op.code == Code::SkipIfZero || [op.dst, op.a, op.b].contains(&DROPPED) {
            return None;
        }
        if stores || op.code.loads() {
            let known = Reach {
                base: op.a,
                offset: op.imm,
                bytes: match op.code {
                    Code::Load8 | Code::LoadSigned8 | Code::Store8 => 1,
                    Code::Load16 | Code::LoadSigned16 | Code::Store16 => 2,
                    Code::Load32 | Code::LoadSigned32 | Code::Store32 => 4,
                    // A word of two halves has two accesses.
                    _ => return None,
                },
            };
            // The address has to be known before anything is executed.
            if reach.replace(known).is_some() || op.a >= FIRST_FLOAT {
                return None;
            }
        }
        if !stores && !leaves && op.dst < 2 * FIRST_FLOAT {
            if op.dst != stand_in || target.is_none() {
                return None;
            }
            if rd == 0 {
                op.dst = DROPPED;
            }
            result = Some(op.dst);
        }
    }
    Some((ops, result, reach))
}

impl Machine {
    /// Executes instructions of these sites and shows each one to `note`, at most `fuel` of them, until one is not for that. A fault is left to be
    /// found again. The machine is of 32 bits.
    pub(crate) fn run_noted(
        &mut self,
        sites: &Sites,
        fuel: u64,
        mut note: impl FnMut(&Site, &Noted),
    ) {
        if self.memory.is_watched() {
            // What is read only to be noted is no access of the program.
            return;
        }
        let mut code = None;
        let mut port = Port {
            memory: &mut self.memory,
            mask: u64::from(u32::MAX),
            code: self.cache.writable(),
            code_written: false,
        };
        let frame = &mut *self.frame;
        let mut pc = self.pc;
        let mut done = 0;
        while done < fuel {
            let Some(index) = code.or_else(|| sites.find(pc)) else {
                break;
            };
            let site = &sites.sites[index as usize];
            let Some((first, end)) = site.ops else { break };
            if sites.volatile
                && port.memory.load::<4>(pc, Access::Execute) != Ok(site.word.to_le_bytes())
            {
                break;
            }
            let mut noted = Noted {
                code: index,
                rs1_value: frame[usize::from(site.rs1)] as u32,
                rs2_value: frame[usize::from(site.rs2)] as u32,
                rd_before: frame[usize::from(site.rd)] as u32,
                ..Noted::default()
            };
            if let Some(reach) = site.reach {
                let addr = frame[usize::from(reach.base)].wrapping_add(reach.offset) as u32;
                if addr & (u32::from(reach.bytes) - 1) != 0 {
                    break;
                }
                let before = word(port.memory, addr);
                noted.access = Some((addr, before, before));
            }
            let ops = &sites.ops[first as usize..end as usize];
            let (next, following) = match ops::run(ops, frame, &mut port) {
                Exit::Through => (
                    pc.wrapping_add(4) & u64::from(u32::MAX),
                    site.adjacent.then_some(index + 1),
                ),
                Exit::Jump(target) => (target, None),
                Exit::Fault(..) => break,
            };
            if let Some((addr, _, after)) = &mut noted.access {
                *after = word(port.memory, *addr);
            }
            noted.rd_value = site
                .result
                .map_or(0, |result| frame[usize::from(result)] as u32);
            noted.next_pc = next as u32;
            note(site, &noted);
            (pc, code) = (next, following);
            done += 1;
        }
        let code_written = port.code_written;
        self.code_written |= code_written;
        self.forget_overwritten_code();
        self.pc = pc;
        self.retired += done;
    }
}

/// The aligned word around an address; bytes that are not mapped are zero.
#[inline(always)]
fn word(memory: &SegmentedMemory, addr: u32) -> u32 {
    let addr = u64::from(addr & !3);
    match memory.load::<4>(addr, Access::Read) {
        Ok(bytes) => u32::from_le_bytes(bytes),
        Err(_) => u32::from_le_bytes([0, 1, 2, 3].map(|i| memory.peek(addr + i).unwrap_or(0))),
    }
}
