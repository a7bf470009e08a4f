//! What the values of a region that are used behind it are once it has been offloaded.

use super::{Parts, Planner};
use crate::analysis::evolution::{Evolution, RegionBlocks};
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::{Copied, HostAtom, HostKernel, HostLoad, HostStore};
use crate::kernel::spec::{SpecKernel, StoreKind};
use crate::kernel::term::Term;
use crate::matching::{self, Match};
use crate::plan::{Buffer, BufferId, Final};
use crate::remark::{Reason, Rejection};
use cranelift_codegen::ir::{Inst, InstructionData, Opcode, Value};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::BTreeSet;
use zktr_isa::model::{Condition, Precondition};

impl Planner<'_, '_, '_> {
    /// What the values of the region that are used outside of it are after the offload.
    pub(super) fn finals(
        &mut self,
        found: &Match,
        exit_branch: Inst,
        last_loop: Loop,
        parts: &mut Parts,
    ) -> Result<Vec<(Value, Final)>, Vec<Rejection>> {
        let outside = {
            let edge = self
                .lifter
                .evolution
                .exit(last_loop)
                .ok_or_else(|| vec![Reason::TripCount.into()])?
                .edge;
            edge.to
        };
        let mut finals = Vec::new();
        let mut reasons = Vec::new();
        for value in live_outs(self.lifter.evolution, exit_branch) {
            let polynomial = self
                .lifter
                .evolution
                .at(value, outside)
                .filter(|p| !p.varies());
            if let Some(poly) = polynomial.and_then(|p| p.to_plan()) {
                finals.push((value, Final::Poly(poly)));
                continue;
            }
            let carried = self.lifter.carried_result(last_loop, value);
            let p = self.lifter.p;
            let place = carried
                .filter(|(id, n)| {
                    // The residue of a sum is as good as the sum where all that becomes of it is reduced.
                    let is_reduced = || only_reduced(self.lifter.evolution, value, p);
                    *n == self.host.count
                        && (self.lifter.is_residue(*id) || self.lifter.is_wide(*id) && is_reduced())
                })
                .and_then(|(id, _)| parts.lasts.get(&id));
            let place = match place {
                Some(&place) => Some(place),
                None => self.last_word(found, value, exit_branch, last_loop, parts),
            };
            match place {
                Some((buffer, at)) => finals.push((value, Final::BufferWord(buffer, at))),
                None => reasons.push(Rejection::of_value(Reason::LiveOut, value)),
            }
        }
        let is_result = |(_, last): &(Value, Final)| matches!(last, Final::BufferWord(..));
        if self.host.stores.is_empty() && reasons.is_empty() && !finals.iter().any(is_result) {
            reasons.push(Reason::NoStore.into());
        }
        if reasons.is_empty() {
            Ok(finals)
        } else {
            Err(reasons)
        }
    }

    /// Copies a word that the last iteration reads, and that is used behind the loop, to scratch memory: by an operation in
    /// front of the others. The result is where.
    fn last_word(
        &mut self,
        found: &Match,
        value: Value,
        exit_branch: Inst,
        last_loop: Loop,
        parts: &mut Parts,
    ) -> Option<(BufferId, u32)> {
        let evolution = &mut self.lifter.evolution;
        let nests = evolution.nests;
        let inst = nests.func.dfg.value_def(value).inst()?;
        let block = nests.func.layout.inst_block(inst)?;
        let exit = nests.func.layout.inst_block(exit_branch)?;
        let each_row = nests.innermost(block) == Some(last_loop) && self.host.row == last_loop;
        if !each_row || !nests.domtree.block_dominates(block, exit) {
            return None;
        }
        let load = self.host.loads.iter().find(|l| l.insts.contains(&inst))?;
        let bytes = load.bytes;
        if nests.func.dfg.value_type(value).bits() != 8 * u32::from(bytes) {
            return None;
        }
        // What the loop reads is what was there on entry: the unit writes nothing that the loop reads, unless a view may be
        // written in place.
        let instruction = &self.spec.instructions[found.kernel.instruction];
        let in_place =
            |c: &Precondition| matches!(c.unless, Condition::Or(..) | Condition::Same(..));
        if instruction.preconditions.iter().any(in_place)
            || self.host.stores.iter().any(|s| s.address == load.address)
        {
            return None;
        }
        let last = evolution.exit(last_loop)?.index;
        let address = load
            .address
            .substitute(Atom::Index(last_loop), &last)?
            .wrap(64);
        if address.varies() {
            return None;
        }
        let buffer = self.copy_in_front(address, bytes, parts)?;
        Some((buffer, 0))
    }

    /// Copies a word in memory to scratch memory, by an operation in front of the others. A word of less than four bytes
    /// becomes an element.
    pub(super) fn copy_in_front(
        &mut self,
        address: Poly,
        bytes: u8,
        parts: &mut Parts,
    ) -> Option<BufferId> {
        let is_whole = bytes >= 4;
        let copies = |k: &&SpecKernel| {
            k.word_bytes == bytes && k.stores.iter().all(|s| s.how == StoreKind::Copy)
        };
        let (p, written) = match is_whole {
            true => (self.kernels.iter().find(copies)?.modulus, bytes),
            false => (self.lifter.p, self.host.bytes),
        };
        let store = self.host.stores.first()?;
        let row = self.host.row;
        let step = Poly::atom(Atom::Index(row)).scale(written.into())?;
        let word = HostKernel {
            p,
            bytes: written,
            row,
            count: Poly::constant(1),
            loads: vec![HostLoad {
                address,
                bytes,
                insts: Vec::new(),
                canonical: false,
                unless_zero: None,
            }],
            carries: Vec::new(),
            sums: Vec::new(),
            stores: vec![HostStore {
                inst: store.inst,
                block: store.block,
                address: step,
                inner: None,
                value: Term::atom(p, HostAtom::Load(0)),
                canonical: !is_whole,
                copied: is_whole.then_some(Copied::Load(0)),
                counted: None,
            }],
            words: Vec::new(),
            accesses: Vec::new(),
        };
        let copy = matching::find(self.spec, self.kernels, &word)
            .into_iter()
            .next()?;
        let buffer = parts.buffer(Buffer {
            size: written.into(),
            word_bytes: written.into(),
            words: Vec::new(),
        });
        self.offload(&copy, &word, Some(buffer), parts).ok()?;
        let copy = parts.offloads.pop()?;
        parts.offloads.insert(0, copy);
        Some(buffer)
    }
}

/// True if a value of the region is used outside of it, other than along the exit edge.
pub(super) fn is_used_outside(evolution: &Evolution<'_>) -> bool {
    let nests = evolution.nests;
    let func = nests.func;
    let inside = |v| {
        let block = nests.def_block(func.dfg.resolve_aliases(v));
        block.is_some_and(|b| evolution.region.set.contains(b))
    };
    func.layout
        .blocks()
        .filter(|&b| !evolution.region.set.contains(b))
        .flat_map(|b| func.layout.block_insts(b))
        .any(|i| func.dfg.inst_values(i).any(inside))
}

/// True if all that is done with a value outside of the region is to take its remainder by p, there or where it is passed to.
fn only_reduced(evolution: &Evolution<'_>, value: Value, p: u64) -> bool {
    let func = evolution.nests.func;
    let dfg = &func.dfg;
    let is_p = |v: Value| {
        let inst = dfg.value_def(dfg.resolve_aliases(v)).inst();
        matches!(
            inst.map(|i| dfg.insts[i]),
            Some(InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }) if imm.bits() as u64 == p
        )
    };
    let mut todo = vec![value];
    let mut seen = BTreeSet::new();
    while let Some(value) = todo.pop() {
        if !seen.insert(value) {
            continue;
        }
        for block in func.layout.blocks() {
            let inside = evolution.region.set.contains(block);
            for inst in func.layout.block_insts(block) {
                let data = &dfg.insts[inst];
                let args = dfg.inst_args(inst);
                let is_value = |v: &Value| dfg.resolve_aliases(*v) == value;
                if args.iter().any(is_value) && !inside {
                    let [a, b] = args else { return false };
                    let reduces = data.opcode() == Opcode::Urem && is_value(a) && !is_value(b);
                    if !reduces || !is_p(*b) {
                        return false;
                    }
                }
                for call in
                    data.branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)
                {
                    let to = call.block(&dfg.value_lists);
                    if evolution.region.set.contains(to) {
                        // Values go into the region again only if something is around it.
                        if !inside
                            && call
                                .args(&dfg.value_lists)
                                .any(|a| a.as_value().is_some_and(|v| is_value(&v)))
                        {
                            return false;
                        }
                        continue;
                    }
                    for (index, arg) in call.args(&dfg.value_lists).enumerate() {
                        if arg.as_value().is_some_and(|v| is_value(&v)) {
                            todo.extend(dfg.block_params(to).get(index).copied());
                        }
                    }
                }
            }
        }
    }
    true
}

/// Values of the region that are used outside of it, or passed along its exit edge, with aliases resolved.
fn live_outs(evolution: &Evolution<'_>, exit_branch: Inst) -> BTreeSet<Value> {
    let nests = evolution.nests;
    let func = nests.func;
    let defined = |region: &RegionBlocks, v: Value| {
        nests.def_block(v).is_some_and(|b| region.set.contains(b))
    };
    let mut found = BTreeSet::new();
    for block in func.layout.blocks() {
        let inside = evolution.region.set.contains(block);
        for inst in func.layout.block_insts(block) {
            if inside && inst != exit_branch {
                continue;
            }
            if inside {
                // Only what goes along the edge that leaves.
                let data = &func.dfg.insts[inst];
                for call in
                    data.branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)
                {
                    if evolution
                        .region
                        .set
                        .contains(call.block(&func.dfg.value_lists))
                    {
                        continue;
                    }
                    for arg in call.args(&func.dfg.value_lists) {
                        if let cranelift_codegen::ir::BlockArg::Value(v) = arg {
                            found.insert(func.dfg.resolve_aliases(v));
                        }
                    }
                }
            } else {
                for v in func.dfg.inst_values(inst) {
                    found.insert(func.dfg.resolve_aliases(v));
                }
            }
        }
    }
    found.retain(|&v| defined(evolution.region, v));
    found
}
