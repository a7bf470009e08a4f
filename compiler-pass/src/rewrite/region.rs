//! The region that a plan replaces: its edges, and the values that leave it.

use super::error::RewriteError;
use crate::plan::Region;
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, BlockArg, BlockCall, Function, Inst, Opcode, Value, ValueDef};
use std::collections::{HashMap, HashSet};

/// A region that is sure to have one entry block and one exit edge.
pub(super) struct Shape {
    /// Its blocks.
    pub blocks: HashSet<Block>,
    /// Branches outside of it that go to its entry.
    entering: Vec<Inst>,
    /// The block behind the exit edge.
    pub target: Block,
    /// The arguments along the exit edge.
    pub arguments: Vec<BlockArg>,
    /// Values that it defines and that are used outside, or along the exit edge. No aliases.
    pub outputs: Vec<Value>,
    known_outputs: HashSet<Value>,
    /// Instructions outside that use them.
    users: Vec<Inst>,
    /// Of the function as it was.
    pub dominators: DominatorTree,
}

impl Shape {
    /// Checks a region.
    pub fn new(func: &Function, region: &Region) -> Result<Self, RewriteError> {
        let blocks: HashSet<Block> = region.blocks.iter().copied().collect();
        let wrong = |block, problem| Err(RewriteError::Region { block, problem });
        if !blocks.contains(&region.entry) {
            return wrong(
                region.entry,
                "is the entry of a region that it is no part of",
            );
        }
        if let Some(&block) = region
            .blocks
            .iter()
            .find(|&&block| !func.layout.is_block_inserted(block))
        {
            return wrong(block, "is not part of the function");
        }
        let dominators = DominatorTree::with_function(func, &ControlFlowGraph::with_function(func));
        for &block in &region.blocks {
            let dominated = region.side_edges || dominators.block_dominates(region.entry, block);
            if !dominators.is_reachable(block) || !dominated {
                return wrong(block, "can be reached around the entry of its region");
            }
        }

        let mut shape = Self {
            blocks,
            entering: Vec::new(),
            target: region.entry,
            arguments: Vec::new(),
            outputs: Vec::new(),
            known_outputs: HashSet::new(),
            users: Vec::new(),
            dominators,
        };
        let mut exit = None;
        for block in func.layout.blocks() {
            let inside = shape.blocks.contains(&block);
            for inst in func.layout.block_insts(block) {
                if !inside {
                    shape.visit_outside(func, region, block, inst)?;
                } else if let Some(edge) = shape.visit_inside(func, region, block, inst)? {
                    exit = Some(edge);
                }
            }
        }
        let Some(exit) = exit else {
            return wrong(
                region.entry,
                "begins a region without the exit edge of its plan",
            );
        };
        shape.target = exit.block(&func.dfg.value_lists);
        shape.arguments = exit.args(&func.dfg.value_lists).collect();
        let leaving: Vec<Value> = shape
            .arguments
            .iter()
            .filter_map(BlockArg::as_value)
            .collect();
        shape.note_outputs(func, leaving);
        if region.side_edges && !shape.users.is_empty() {
            return wrong(
                region.entry,
                "begins a region with side edges and a value that is used behind it",
            );
        }
        Ok(shape)
    }

    fn visit_outside(
        &mut self,
        func: &Function,
        region: &Region,
        block: Block,
        inst: Inst,
    ) -> Result<(), RewriteError> {
        if destinations(func, inst).contains(&region.entry) {
            self.entering.push(inst);
        }
        let beside = |to: &Block| *to != region.entry && self.blocks.contains(to);
        if !region.side_edges && destinations(func, inst).iter().any(beside) {
            return Err(RewriteError::Region {
                block,
                problem: "enters the region beside its entry",
            });
        }
        if self.note_outputs(func, func.dfg.inst_values(inst)) {
            self.users.push(inst);
        }
        Ok(())
    }

    /// The exit edge, if the instruction has it.
    fn visit_inside(
        &self,
        func: &Function,
        region: &Region,
        block: Block,
        inst: Inst,
    ) -> Result<Option<BlockCall>, RewriteError> {
        let wrong = |problem| Err(RewriteError::Region { block, problem });
        let data = &func.dfg.insts[inst];
        if data.opcode().is_return() {
            return wrong("returns from inside of the region");
        }
        let calls = data.branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables);
        let mut exit = None;
        for (index, call) in calls.iter().enumerate() {
            let outside = !self.blocks.contains(&call.block(&func.dfg.value_lists));
            if inst == region.exit_branch && index == region.exit_edge {
                if !outside {
                    return wrong("stays in the region on the exit edge");
                }
                exit = Some(*call);
            } else if outside && !region.side_edges {
                return wrong("leaves the region by a second edge");
            }
        }
        if exit.is_some() && !matches!(data.opcode(), Opcode::Jump | Opcode::Brif) {
            return wrong("leaves the region by neither a jump nor a brif");
        }
        Ok(exit)
    }

    /// Notes which values are the region's own. True if there is one.
    fn note_outputs(&mut self, func: &Function, values: impl IntoIterator<Item = Value>) -> bool {
        let mut any = false;
        for value in values {
            let value = func.dfg.resolve_aliases(value);
            if self.defines(func, value) {
                any = true;
                if self.known_outputs.insert(value) {
                    self.outputs.push(value);
                }
            }
        }
        any
    }

    fn defines(&self, func: &Function, value: Value) -> bool {
        let block = match func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => func.layout.inst_block(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Union(..) => None,
        };
        block.is_some_and(|block| self.blocks.contains(&block))
    }

    /// Leads the edges into the region's entry to another block.
    pub fn redirect_entry(&self, func: &mut Function, entry: Block, to: Block) {
        for &inst in &self.entering {
            func.rewrite_branch_destination(inst, entry, to);
        }
    }

    /// Leads the exit edge to another block, with the outputs as arguments.
    pub fn redirect_exit(&self, func: &mut Function, region: &Region, to: Block) {
        let dfg = &mut func.dfg;
        let arguments = self.outputs.iter().map(|&value| BlockArg::Value(value));
        let call = BlockCall::new(to, arguments, &mut dfg.value_lists);
        let edges = dfg.insts[region.exit_branch]
            .branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
        if let Some(edge) = edges.get_mut(region.exit_edge) {
            *edge = call;
        }
    }

    /// Replaces the uses of outputs outside of the region.
    pub fn replace_uses(&self, func: &mut Function, replacements: &HashMap<Value, Value>) {
        for &inst in &self.users {
            let values: Vec<Value> = func.dfg.inst_values(inst).collect();
            let local: HashMap<Value, Value> = values
                .into_iter()
                .filter_map(|value| {
                    Some((value, *replacements.get(&func.dfg.resolve_aliases(value))?))
                })
                .collect();
            func.dfg
                .map_inst_values(inst, |value| local.get(&value).copied().unwrap_or(value));
        }
    }
}

fn destinations(func: &Function, inst: Inst) -> Vec<Block> {
    func.dfg.insts[inst]
        .branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)
        .iter()
        .map(|call| call.block(&func.dfg.value_lists))
        .collect()
}
