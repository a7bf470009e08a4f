//! Executes inner loops whose control does not depend on data, on abstract words.
//!
//! That is how an exponentiation by a constant becomes a power: square-and-multiply over the bits
//! of p - 2 branches only on constants.

use super::words::{Lifter, Origin, operation};
use crate::analysis::nest::destinations;
use crate::domain::Value as Word;
use cranelift_codegen::ir::{Block, BlockArg, InstructionData, Opcode, Value};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::HashMap;

/// Instructions that one execution may take: 64 iterations of two products of 64-bit words, written out.
const MAX_STEPS: u32 = 16_384;
/// A word whose polynomial has more terms gets a name of its own before it is raised to powers.
const MAX_PLAIN_TERMS: usize = 1;

impl Lifter<'_, '_> {
    /// The words that the values of a loop have when it has been left. `None` if its control depends on
    /// data, it accesses memory, or it takes too long.
    pub(super) fn execute(&mut self, l: Loop) -> Option<HashMap<Value, Word>> {
        // What is moved is not computed by a loop.
        if self.moves {
            return None;
        }
        if let Some(known) = self.executed.get(&l) {
            return known.clone();
        }
        self.executed.insert(l, None);
        let result = self.run(l);
        self.executed.insert(l, result.clone());
        result
    }

    fn run(&mut self, l: Loop) -> Option<HashMap<Value, Word>> {
        let nests = self.evolution.nests;
        let func = nests.func;
        let info = nests.info(l);
        let mut insts = info.blocks.iter().flat_map(|&b| func.layout.block_insts(b));
        let quiet = insts.all(|i| {
            let op = func.dfg.insts[i].opcode();
            op.is_terminator()
                || !(op.can_load()
                    || op.can_store()
                    || (op.can_trap() && !self.evolution.never_traps(i))
                    || op.is_call()
                    || op.other_side_effects())
        });
        if !quiet {
            return None;
        }
        let [entry] = info.entries[..] else {
            return None;
        };
        let mut words: HashMap<Value, Word> = HashMap::new();
        let mut block = nests.header(l);
        for (index, &param) in func.dfg.block_params(block).iter().enumerate() {
            let arg = nests.edge_arg(&entry, index)?;
            let word = self.word_at(arg, entry.from);
            words.insert(param, self.named(word));
        }
        let mut steps = 0;
        let mut iterations = 1;
        loop {
            for inst in func.layout.block_insts(block) {
                steps += 1;
                if steps > MAX_STEPS {
                    return None;
                }
                let data = &func.dfg.insts[inst];
                if data.opcode().is_terminator() {
                    break;
                }
                let args: Vec<Word> = func
                    .dfg
                    .inst_args(inst)
                    .iter()
                    .map(|&a| self.operand(a, block, &words))
                    .collect();
                let [value] = func.dfg.inst_results(inst) else {
                    return None;
                };
                let bits = u8::try_from(func.dfg.value_type(*value).bits()).ok()?;
                let word = operation(&mut self.domain, data, &args, bits)?;
                words.insert(*value, word);
            }
            let branch = func.layout.last_inst(block)?;
            let destination = match func.dfg.insts[branch] {
                InstructionData::Jump { .. } => 0,
                InstructionData::Brif {
                    opcode: Opcode::Brif,
                    arg,
                    ..
                } => {
                    let condition = self.operand(arg, block, &words);
                    let (lo, hi) = self.domain.interval(condition);
                    match (lo, hi) {
                        (0, 0) => 1,
                        (1.., _) => 0,
                        _ => return None,
                    }
                }
                _ => return None,
            };
            let to = *destinations(func, branch).get(destination)?;
            if !nests.contains(l, to) {
                self.iterations.insert(l, iterations);
                return Some(words);
            }
            iterations += u32::from(to == nests.header(l));
            let calls = func.dfg.insts[branch]
                .branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables);
            let args: Vec<BlockArg> = calls
                .get(destination)?
                .args(&func.dfg.value_lists)
                .collect();
            let mut passed = Vec::new();
            for arg in args {
                let BlockArg::Value(v) = arg else { return None };
                passed.push(self.operand(v, block, &words));
            }
            for (&param, word) in func.dfg.block_params(to).iter().zip(passed) {
                words.insert(param, word);
            }
            block = to;
        }
    }

    fn operand(&mut self, value: Value, block: Block, words: &HashMap<Value, Word>) -> Word {
        let value = self.evolution.nests.func.dfg.resolve_aliases(value);
        match words.get(&value) {
            Some(&word) => word,
            None => self.word_at(value, block),
        }
    }

    /// The word under a name of its own, if its polynomial is a sum: powers of it stay small.
    fn named(&mut self, word: Word) -> Word {
        match self.term(word) {
            Some(term) if term.term_count() > MAX_PLAIN_TERMS => {
                self.leaf(Origin::Alias(term), word.bits(), self.p - 1)
            }
            _ => word,
        }
    }
}
