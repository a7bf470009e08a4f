//! What can be seen of a function or loop by a look at each instruction, before any analysis: whether it may only move
//! words, and which words may be indices.

use super::evolution::RegionBlocks;
use super::nest::destinations;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{Block, Function, InstructionData, Opcode, Value, types};
use std::collections::HashSet;

/// Words that are moved are computed by no more instructions than this.
const MAX_STEPS: usize = 24;

/// True if a branch leads back over blocks that store words of 4 or 8 bytes and do nothing else that can be observed.
///
/// Blocks are taken in the order of the layout, in which front ends keep a loop together. A function with another
/// order may be missed; nothing is decided wrongly.
pub fn moves_words(func: &Function) -> bool {
    // The number of stores, and of what no unit does, in front of each block.
    let mut before: SecondaryMap<Block, Option<(u32, u32)>> = SecondaryMap::new();
    let (mut stores, mut others) = (0, 0);
    for block in func.layout.blocks() {
        before[block] = Some((stores, others));
        for inst in func.layout.block_insts(block) {
            let opcode = func.dfg.insts[inst].opcode();
            match opcode {
                Opcode::Store | Opcode::Istore32 => stores += 1,
                _ if opcode.is_terminator() => {
                    let back = destinations(func, inst)
                        .into_iter()
                        .any(|to| before[to].is_some_and(|(s, o)| s < stores && o == others));
                    if back {
                        return true;
                    }
                }
                _ if opcode.is_call() || opcode.can_store() || opcode.other_side_effects() => {
                    others += 1;
                }
                _ => {}
            }
        }
    }
    false
}

/// True if what a loop stores is made from loads by a few operations on bits, comparisons and sums.
pub fn only_moves(func: &Function, region: &RegionBlocks) -> bool {
    let mut insts = region.list.iter().flat_map(|&b| func.layout.block_insts(b));
    insts.all(|inst| match func.dfg.insts[inst] {
        InstructionData::Store {
            args: [value, _], ..
        } => is_moved(func, region, value),
        _ => true,
    })
}

fn is_moved(func: &Function, region: &RegionBlocks, stored: Value) -> bool {
    use Opcode::*;
    let mut todo = vec![stored];
    let mut steps = 0;
    while let Some(value) = todo.pop() {
        steps += 1;
        if steps > MAX_STEPS {
            return false;
        }
        let value = func.dfg.resolve_aliases(value);
        // What comes from elsewhere, or is carried, is a word like any other here.
        let Some(inst) = func.dfg.value_def(value).inst() else {
            continue;
        };
        let block = func.layout.inst_block(inst);
        if !block.is_some_and(|b| region.set.contains(b)) {
            continue;
        }
        match func.dfg.insts[inst].opcode() {
            Iconst => {}
            opcode if opcode.can_load() => {}
            Uextend | Sextend | Ireduce | Band | Bor | Bxor | Bnot | Ushr | Sshr | Ishl | Iadd
            | Isub | Icmp | Select => todo.extend(func.dfg.inst_args(inst)),
            _ => return false,
        }
    }
    true
}

/// Loads of words of 32 bits that addresses of the region are computed from.
pub fn index_loads(func: &Function, region: &RegionBlocks) -> HashSet<Value> {
    use Opcode::*;
    let mut found = HashSet::new();
    let mut seen = HashSet::new();
    let mut todo = Vec::new();
    for inst in region.list.iter().flat_map(|&b| func.layout.block_insts(b)) {
        match func.dfg.insts[inst] {
            InstructionData::Load { arg, .. } => todo.push(arg),
            InstructionData::Store { args: [_, at], .. } => todo.push(at),
            _ => {}
        }
    }
    while let Some(value) = todo.pop() {
        let value = func.dfg.resolve_aliases(value);
        let Some(inst) = func.dfg.value_def(value).inst() else {
            continue;
        };
        let inside = |b| region.set.contains(b);
        if !func.layout.inst_block(inst).is_some_and(inside) || !seen.insert(value) {
            continue;
        }
        match func.dfg.insts[inst].opcode() {
            Uextend | Sextend | Ireduce | Iadd | Isub | Imul | Ishl => {
                todo.extend(func.dfg.inst_args(inst));
            }
            Load if func.dfg.value_type(value) == types::I32 => {
                found.insert(value);
            }
            Uload32 => {
                found.insert(value);
            }
            _ => {}
        }
    }
    found
}

/// True if no two words that are computed are multiplied with each other in a loop.
pub fn multiplies_by_constants_only(func: &Function, region: &RegionBlocks) -> bool {
    let is_constant = |value: &Value| {
        let def = func.dfg.value_def(func.dfg.resolve_aliases(*value)).inst();
        def.is_some_and(|i| func.dfg.insts[i].opcode() == Opcode::Iconst)
    };
    let mut insts = region.list.iter().flat_map(|&b| func.layout.block_insts(b));
    insts.all(|inst| {
        let product = matches!(
            func.dfg.insts[inst].opcode(),
            Opcode::Imul | Opcode::Umulhi | Opcode::Smulhi
        );
        !product || func.dfg.inst_args(inst).iter().any(is_constant)
    })
}

#[cfg(test)]
mod tests {
    use super::moves_words;

    fn found(body: &str) -> bool {
        let text = format!(
            "function %f(i64, i64, i32) system_v {{\n sig0 = () system_v\n fn0 = %g sig0\n\
             block0(v0: i64, v1: i64, v2: i32):\n jump block1(v1)\nblock1(v3: i64):\n{body}\n\
             v9 = iconst.i64 -1\n v10 = iadd v3, v9\n brif v10, block1(v10), block2\nblock2:\n return\n}}"
        );
        let functions = cranelift_reader::parse_functions(&text).expect("valid CLIF");
        moves_words(&functions[0])
    }

    #[test]
    fn stores_of_words_in_a_loop() {
        assert!(found("store v2, v0"));
        assert!(found("store v3, v0"));
        assert!(found("istore32 v3, v0"));
    }

    #[test]
    fn nothing_that_a_unit_would_write() {
        assert!(!found("v4 = load.i32 v0"));
        assert!(!found("istore8 v3, v0"));
    }

    #[test]
    fn another_effect_in_the_loop() {
        assert!(!found("store v2, v0\n call fn0()"));
        assert!(!found("store v2, v0\n fence"));
        assert!(!found("store v2, v0\n v4 = atomic_rmw.i32 add v0, v2"));
    }
}
