//! What has to hold of a function beside what a loop computes, for a unit to take its memory accesses over.

use crate::analysis::evolution::Evolution;
use crate::pass::TrapPolicy;
use crate::remark::{Reason, Rejection};
use cranelift_codegen::ir::{
    ArgumentPurpose, Endianness, Function, Inst, InstructionData, Opcode, Value, ValueDef,
};

/// Definitions of addresses are followed to this depth.
const MAX_DEPTH: usize = 32;

/// Checks the accesses of the region, and loads of the whole function that could be moved across it.
pub fn check(evolution: &mut Evolution<'_>, trapping: TrapPolicy) -> Result<(), Vec<Rejection>> {
    let func = evolution.nests.func;
    let mut reasons = Vec::new();
    let mut reject = |reason, inst: Inst| reasons.push(Rejection::of_inst(func, reason, inst));
    for block in func.layout.blocks() {
        for inst in func.layout.block_insts(block) {
            let data = &func.dfg.insts[inst];
            let Some(flags) = data.memflags() else {
                continue;
            };
            let flags = func.dfg.mem_flags[flags];
            // A promise that memory never changes lets Cranelift move the load to the other side of the
            // unit's writes. That is no harm to the embedder's own context, which no unit writes.
            if data.opcode().can_load() && flags.readonly() && !is_of_context(func, inst) {
                reject(Reason::ReadonlyLoad, inst);
            }
            let in_region = evolution.region.set.contains(block);
            // The units are little-endian.
            if in_region && flags.explicit_endianness() == Some(Endianness::Big) {
                reject(Reason::AccessWidth, inst);
            }
            if in_region && flags.trap_code().is_some() && trapping == TrapPolicy::Decline {
                reject(Reason::TrappingAccess, inst);
            }
        }
    }
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(reasons)
    }
}

/// True for a pointer that the embedder's context has: the start of a heap, whose accessible part is from there up to its
/// bound, if accesses behind it trap as those of heaps do.
pub fn is_context_pointer(func: &Function, value: Value) -> bool {
    let inst = func.dfg.value_def(func.dfg.resolve_aliases(value)).inst();
    inst.is_some_and(|inst| {
        func.dfg.insts[inst].opcode() == Opcode::Load && is_of_context(func, inst)
    })
}

/// True for a load from the VM context, or from what such loads lead to.
fn is_of_context(func: &Function, inst: Inst) -> bool {
    let Some(&base) = func.dfg.inst_args(inst).first() else {
        return false;
    };
    // What the context leads to are pointers; anything else behind one may be the program's memory.
    let is_pointer = func.dfg.value_type(func.dfg.first_result(inst)).bits() == 64;
    let mut base: Value = func.dfg.resolve_aliases(base);
    for depth in 0..MAX_DEPTH {
        match func.dfg.value_def(base) {
            ValueDef::Param(block, index) => {
                let purpose = func.signature.params.get(index).map(|p| p.purpose);
                return (is_pointer || depth == 0)
                    && func.layout.entry_block() == Some(block)
                    && purpose == Some(ArgumentPurpose::VMContext);
            }
            ValueDef::Result(def, _) => match func.dfg.insts[def] {
                InstructionData::Load {
                    opcode: Opcode::Load,
                    arg,
                    flags,
                    ..
                } if func.dfg.mem_flags[flags].readonly() => {
                    base = func.dfg.resolve_aliases(arg);
                }
                InstructionData::UnaryGlobalValue { .. } => return is_pointer || depth == 0,
                _ => return false,
            },
            ValueDef::Union(..) => return false,
        }
    }
    false
}
