//! What a rewrite may not change: everything but the edges into the region, its exit edge, and the uses of the region's values
//! behind it.

use super::symbolic::text;
use super::{Certificate, Refusal, edges};
use cranelift_codegen::ir::{Block, BlockArg, BlockCall, Function, Inst, Opcode, Value, ValueDef};
use std::collections::{HashMap, HashSet};

/// A rewrite that has left everything else alone.
pub struct Frame {
    /// Values that leave the region, in the order of the exit block's parameters.
    pub outputs: Vec<Value>,
}

impl Frame {
    /// Compares all old instructions, and the new exit block.
    pub fn check(
        before: &Function,
        after: &Function,
        certificate: &Certificate,
    ) -> Result<Self, Refusal> {
        declarations(before, after)?;
        blocks(before, after, certificate)?;
        let region = &certificate.plan.region;
        let blocks: HashSet<Block> = region.blocks.iter().copied().collect();
        if !blocks.contains(&region.entry) {
            return Err(Refusal::Shape("the region's entry is no part of it"));
        }
        let outputs = outputs(before, after, certificate, &blocks)?;
        let joined: HashMap<Value, Value> = outputs
            .iter()
            .copied()
            .zip(
                after
                    .dfg
                    .block_params(certificate.exit_block)
                    .iter()
                    .copied(),
            )
            .collect();
        let claimed: HashMap<Value, Value> = certificate
            .replaced
            .iter()
            .map(|&(v, by)| (before.dfg.resolve_aliases(v), by))
            .collect();
        if claimed != joined {
            return Err(Refusal::Shape(
                "other values leave the region than certified",
            ));
        }
        let comparison = Comparison {
            before,
            after,
            certificate,
            blocks: &blocks,
            joined: &joined,
        };
        for block in before.layout.blocks() {
            comparison.block(block)?;
        }
        comparison.exit_block()?;
        Ok(Self { outputs })
    }
}

/// The entities of `before` are those of `after` with the same numbers.
fn declarations(before: &Function, after: &Function) -> Result<(), Refusal> {
    let changed = |what: &str| Err(Refusal::Changed(what.to_owned()));
    if before.name != after.name || before.signature != after.signature {
        return changed("the function's name or signature");
    }
    if before.layout.entry_block() != after.layout.entry_block() {
        return changed("the function's entry");
    }
    let slots = &after.sized_stack_slots;
    if before
        .sized_stack_slots
        .iter()
        .any(|(k, d)| slots.get(k) != Some(d))
    {
        return changed("a stack slot");
    }
    let globals = &after.global_values;
    let text = |d: &dyn std::fmt::Display| d.to_string();
    if before
        .global_values
        .iter()
        .any(|(k, d)| globals.get(k).is_none_or(|other| text(d) != text(other)))
    {
        return changed("a global value");
    }
    let signatures = &after.dfg.signatures;
    if before
        .dfg
        .signatures
        .iter()
        .any(|(k, d)| signatures.get(k) != Some(d))
    {
        return changed("a signature");
    }
    let functions = &after.dfg.ext_funcs;
    if before
        .dfg
        .ext_funcs
        .iter()
        .any(|(k, d)| functions.get(k) != Some(d))
    {
        return changed("an external function");
    }
    Ok(())
}

/// `after` has the blocks of `before`, and those of the certificate.
fn blocks(before: &Function, after: &Function, certificate: &Certificate) -> Result<(), Refusal> {
    let mut expected: HashSet<Block> = before.layout.blocks().collect();
    for block in certificate.new_blocks() {
        if !expected.insert(block) {
            return Err(Refusal::Shape("a new block is not new"));
        }
    }
    let found: HashSet<Block> = after.layout.blocks().collect();
    if found != expected {
        return Err(Refusal::Shape("there are other blocks than certified"));
    }
    let types = |func: &Function, block| func.dfg.block_param_types(block).collect::<Vec<_>>();
    let entry = certificate.plan.region.entry;
    if !before.layout.is_block_inserted(entry)
        || types(after, certificate.guard_block) != types(before, entry)
    {
        return Err(Refusal::Shape(
            "the guard block has other inputs than the region",
        ));
    }
    let parameters = |b: &Block| after.dfg.block_params(*b).is_empty();
    if !certificate.offload_blocks.iter().all(parameters) {
        return Err(Refusal::Shape("a block of an operation has inputs"));
    }
    Ok(())
}

/// The values that go along the new exit edge.
fn outputs(
    before: &Function,
    after: &Function,
    certificate: &Certificate,
    blocks: &HashSet<Block>,
) -> Result<Vec<Value>, Refusal> {
    let region = &certificate.plan.region;
    let exit = region.exit_branch;
    let wrong = Err(Refusal::Shape("the exit edge is not the region's"));
    let in_region = before
        .layout
        .inst_block(exit)
        .is_some_and(|b| blocks.contains(&b));
    if !in_region || !matches!(before.dfg.insts[exit].opcode(), Opcode::Jump | Opcode::Brif) {
        return wrong;
    }
    let old = edges(before, exit);
    let new = edges(after, exit);
    let (Some(old), Some(new)) = (old.get(region.exit_edge), new.get(region.exit_edge)) else {
        return wrong;
    };
    if blocks.contains(&old.block(&before.dfg.value_lists))
        || new.block(&after.dfg.value_lists) != certificate.exit_block
    {
        return wrong;
    }
    let values = new.args(&after.dfg.value_lists).map(|a| a.as_value());
    let values = values.collect::<Option<Vec<Value>>>();
    values.ok_or(Refusal::Shape(
        "the exit edge has arguments that are no values",
    ))
}

struct Comparison<'c> {
    before: &'c Function,
    after: &'c Function,
    certificate: &'c Certificate,
    blocks: &'c HashSet<Block>,
    /// What stands for values of the region behind it.
    joined: &'c HashMap<Value, Value>,
}

impl Comparison<'_> {
    fn block(&self, block: Block) -> Result<(), Refusal> {
        let (before, after) = (self.before, self.after);
        let changed = || Refusal::Changed(block.to_string());
        let same_params = before.dfg.block_params(block) == after.dfg.block_params(block)
            && before
                .dfg
                .block_param_types(block)
                .eq(after.dfg.block_param_types(block));
        let same_order = before
            .layout
            .block_insts(block)
            .eq(after.layout.block_insts(block));
        if !same_params || !same_order {
            return Err(changed());
        }
        let inside = self.blocks.contains(&block);
        for inst in before.layout.block_insts(block) {
            self.instruction(inst, inside)?;
        }
        Ok(())
    }

    fn instruction(&self, inst: Inst, inside: bool) -> Result<(), Refusal> {
        let (before, after) = (self.before, self.after);
        let changed = || Refusal::Changed(before.dfg.display_inst(inst).to_string());
        let results = |func: &Function| -> Vec<_> {
            let results = func.dfg.inst_results(inst).iter();
            results.map(|&r| (r, func.dfg.value_type(r))).collect()
        };
        if results(before) != results(after) {
            return Err(changed());
        }
        let region = &self.certificate.plan.region;
        // The text of a branch has its destinations in it, which are compared below.
        let branch = before.dfg.insts[inst].opcode().is_branch();
        let same_text = || text(before, inst) == text(after, inst);
        if before.dfg.insts[inst].opcode() != after.dfg.insts[inst].opcode()
            || !(branch || same_text())
        {
            return Err(changed());
        }
        // Operands: outside of the region, its values are those that stand for them.
        let expected = |v: Value| {
            let v = before.dfg.resolve_aliases(v);
            if inside {
                v
            } else {
                self.joined.get(&v).copied().unwrap_or(v)
            }
        };
        let is = |old: Value, new: Value| expected(old) == after.dfg.resolve_aliases(new);
        let (was, now) = (before.dfg.inst_args(inst), after.dfg.inst_args(inst));
        if was.len() != now.len() || !was.iter().zip(now).all(|(&a, &b)| is(a, b)) {
            return Err(changed());
        }
        let (was, now) = (edges(before, inst), edges(after, inst));
        if was.len() != now.len() {
            return Err(changed());
        }
        for (index, (a, b)) in was.iter().zip(&now).enumerate() {
            if inst == region.exit_branch && index == region.exit_edge {
                continue;
            }
            let mut to = a.block(&before.dfg.value_lists);
            if !inside && to == region.entry {
                to = self.certificate.guard_block;
            }
            if b.block(&after.dfg.value_lists) != to || !self.same_arguments(a, b, &is) {
                return Err(changed());
            }
        }
        if !inside {
            self.uses_nothing_of_the_region(inst)?;
        }
        Ok(())
    }

    fn same_arguments(
        &self,
        a: &BlockCall,
        b: &BlockCall,
        is: &dyn Fn(Value, Value) -> bool,
    ) -> bool {
        let was: Vec<BlockArg> = a.args(&self.before.dfg.value_lists).collect();
        let now: Vec<BlockArg> = b.args(&self.after.dfg.value_lists).collect();
        was.len() == now.len()
            && was.iter().zip(&now).all(|(a, b)| match (a, b) {
                (BlockArg::Value(a), BlockArg::Value(b)) => is(*a, *b),
                (a, b) => a == b,
            })
    }

    /// Behind the region, only the parameters of the exit block tell what it has computed.
    fn uses_nothing_of_the_region(&self, inst: Inst) -> Result<(), Refusal> {
        let func = self.after;
        for value in func.dfg.inst_values(inst) {
            let value = func.dfg.resolve_aliases(value);
            let block = match func.dfg.value_def(value) {
                ValueDef::Result(inst, _) => func.layout.inst_block(inst),
                ValueDef::Param(block, _) => Some(block),
                ValueDef::Union(..) => None,
            };
            if block.is_none_or(|b| self.blocks.contains(&b)) {
                return Err(Refusal::Final(value));
            }
        }
        Ok(())
    }

    /// The exit block goes where the exit edge went, with what that edge passed.
    fn exit_block(&self) -> Result<(), Refusal> {
        let (before, after) = (self.before, self.after);
        let region = &self.certificate.plan.region;
        let block = self.certificate.exit_block;
        let wrong = || Refusal::Edge(block);
        let insts: Vec<Inst> = after.layout.block_insts(block).collect();
        let [jump] = insts[..] else {
            return Err(wrong());
        };
        let new = edges(after, jump);
        let ([new], Opcode::Jump) = (&new[..], after.dfg.insts[jump].opcode()) else {
            return Err(wrong());
        };
        let old = edges(before, region.exit_branch);
        let old = old.get(region.exit_edge).ok_or_else(wrong)?;
        let to = old.block(&before.dfg.value_lists);
        let is = |a: Value, b: Value| {
            let a = before.dfg.resolve_aliases(a);
            self.joined.get(&a).copied().unwrap_or(a) == after.dfg.resolve_aliases(b)
        };
        if new.block(&after.dfg.value_lists) != to || !self.same_arguments(old, new, &is) {
            return Err(wrong());
        }
        Ok(())
    }
}
