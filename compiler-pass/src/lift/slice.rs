//! Which values on entry the words that a region writes depend on.
//!
//! A word on entry that was taken to be a canonical residue has to be guarded only if something that is
//! written was derived from it.

use crate::analysis::evolution::Evolution;
use cranelift_codegen::ir::{InstructionData, Value, ValueDef};
use std::collections::HashSet;

/// All values that the stored words of the region are computed from, other than through memory. Definitions outside
/// of the region are looked through where they only change a width. `deciding`: conditions that decided what some of
/// the words are.
pub fn data(evolution: &Evolution<'_>, deciding: &[Value]) -> HashSet<Value> {
    let nests = evolution.nests;
    let func = nests.func;
    let dfg = &func.dfg;
    let mut seen = HashSet::new();
    let mut todo = deciding.to_vec();
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
                }
            }
            _ => {}
        }
    }
    seen
}
