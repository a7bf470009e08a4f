//! Which values on entry the words that a region writes depend on.
//!
//! A word on entry that was taken to be a canonical residue has to be guarded only if something that is
//! written was derived from it.

use crate::analysis::evolution::Evolution;
use cranelift_codegen::ir::{InstructionData, Value, ValueDef};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::HashSet;

/// All values that the stored words of the region are computed from, other than through memory. Definitions outside
/// of the region are looked through where they only change a width. `executed`: loops whose control was decided by what
/// words are.
pub fn data(evolution: &Evolution<'_>, executed: &[Loop]) -> HashSet<Value> {
    let nests = evolution.nests;
    let func = nests.func;
    let dfg = &func.dfg;
    let mut seen = HashSet::new();
    let mut todo = Vec::new();
    for &block in &evolution.region.list {
        for inst in func.layout.block_insts(block) {
            if let InstructionData::Store {
                args: [value, _], ..
            } = dfg.insts[inst]
            {
                todo.push(value);
            }
        }
    }
    for &l in executed {
        for &block in &nests.info(l).blocks {
            let branch = func.layout.last_inst(block).map(|i| dfg.insts[i]);
            if let Some(InstructionData::Brif { arg, .. }) = branch {
                todo.push(arg);
            }
        }
    }
    while let Some(value) = todo.pop() {
        let value = dfg.resolve_aliases(value);
        if !seen.insert(value) {
            continue;
        }
        match dfg.value_def(value) {
            // A load depends on its address only for where it reads.
            ValueDef::Result(inst, _) if !dfg.insts[inst].opcode().can_load() => {
                todo.extend(dfg.inst_args(inst));
            }
            ValueDef::Param(block, index) if evolution.region.set.contains(block) => {
                for edge in nests.edges_into(block) {
                    todo.extend(nests.edge_arg(&edge, index));
                    if let Some((condition, _)) = evolution.branch_condition(&edge) {
                        todo.push(condition);
                    }
                }
                // What decides between the edges may be a branch further up.
                let fork = nests
                    .domtree
                    .idom(block)
                    .and_then(|b| func.layout.last_inst(b));
                if let Some(InstructionData::Brif { arg, .. }) = fork.map(|i| dfg.insts[i]) {
                    todo.push(arg);
                }
            }
            _ => {}
        }
    }
    seen
}
