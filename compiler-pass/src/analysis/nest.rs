//! The loops of a function with their blocks and edges, computed once, in time linear in the size
//! of the function times the depth of its nests.

use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::entity::{EntityRef, SecondaryMap};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{Block, BlockArg, Function, Inst, Value, ValueDef};
use cranelift_codegen::loop_analysis::{Loop, LoopAnalysis};

/// Functions whose loops are nested deeper are not looked at: each block is noted in every loop around it.
const MAX_NESTING: usize = 32;

/// An edge of the control-flow graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: Block,
    /// The branch.
    pub branch: Inst,
    /// Which of the branch's destinations.
    pub destination: usize,
    /// Where it ends.
    pub to: Block,
}

/// A loop.
#[derive(Debug, Clone, Default)]
pub struct LoopInfo {
    /// All blocks, those of inner loops too, in reverse post-order: the header first.
    pub blocks: Vec<Block>,
    /// Edges from outside to the header.
    pub entries: Vec<Edge>,
    /// Edges from inside to the header.
    pub latches: Vec<Edge>,
    /// Edges from inside to outside.
    pub exits: Vec<Edge>,
    /// Loops directly within this one.
    pub children: Vec<Loop>,
}

/// The loop nests of a function.
pub struct Nests<'f> {
    /// The function.
    pub func: &'f Function,
    /// Control flow.
    pub cfg: ControlFlowGraph,
    /// Dominators.
    pub domtree: DominatorTree,
    loops: LoopAnalysis,
    infos: SecondaryMap<Loop, LoopInfo>,
    order: SecondaryMap<Block, u32>,
    roots: Vec<Loop>,
}

impl<'f> Nests<'f> {
    /// Analyses a function. `None` if it has no loop, or some are nested beyond all use.
    pub fn new(func: &'f Function) -> Option<Self> {
        let cfg = ControlFlowGraph::with_function(func);
        let domtree = DominatorTree::with_function(func, &cfg);
        let mut loops = LoopAnalysis::new();
        loops.compute(func, &cfg, &domtree);
        if loops.loops().len() == 0 {
            return None;
        }
        let mut depths: SecondaryMap<Loop, usize> = SecondaryMap::new();
        for l in loops.loops() {
            // Parents come before their children.
            depths[l] = loops.loop_parent(l).map_or(1, |parent| depths[parent] + 1);
            if depths[l] > MAX_NESTING {
                return None;
            }
        }
        let mut infos: SecondaryMap<Loop, LoopInfo> = SecondaryMap::new();
        let mut order = SecondaryMap::new();
        for (number, &block) in domtree.cfg_rpo().enumerate() {
            order[block] = number as u32;
            let innermost = loops.innermost_loop(block);
            let mut at = innermost;
            while let Some(l) = at {
                infos[l].blocks.push(block);
                at = loops.loop_parent(l);
            }
            let Some(branch) = func.layout.last_inst(block) else {
                continue;
            };
            for (destination, to) in destinations(func, branch).into_iter().enumerate() {
                let edge = Edge {
                    from: block,
                    branch,
                    destination,
                    to,
                };
                let mut at = innermost;
                while let Some(l) = at {
                    if loops.loop_header(l) == to {
                        infos[l].latches.push(edge);
                    } else if !loops.is_in_loop(to, l) {
                        infos[l].exits.push(edge);
                    }
                    at = loops.loop_parent(l);
                }
                if let Some(l) = loops.is_loop_header(to)
                    && !loops.is_in_loop(block, l)
                {
                    infos[l].entries.push(edge);
                }
            }
        }
        let mut roots = Vec::new();
        for l in loops.loops() {
            match loops.loop_parent(l) {
                Some(parent) => infos[parent].children.push(l),
                None => roots.push(l),
            }
        }
        Some(Self {
            func,
            cfg,
            domtree,
            loops,
            infos,
            order,
            roots,
        })
    }

    /// The outermost loops.
    pub fn roots(&self) -> &[Loop] {
        &self.roots
    }

    /// What is known of a loop.
    pub fn info(&self, l: Loop) -> &LoopInfo {
        &self.infos[l]
    }

    /// The header of a loop.
    pub fn header(&self, l: Loop) -> Block {
        self.loops.loop_header(l)
    }

    /// The loop directly around a loop.
    pub fn parent(&self, l: Loop) -> Option<Loop> {
        self.loops.loop_parent(l)
    }

    /// True if the block belongs to the loop.
    pub fn contains(&self, l: Loop, block: Block) -> bool {
        self.loops.is_in_loop(block, l)
    }

    /// The innermost loop around a block.
    pub fn innermost(&self, block: Block) -> Option<Loop> {
        self.loops.innermost_loop(block)
    }

    /// The loop that a block is the header of.
    pub fn header_of(&self, block: Block) -> Option<Loop> {
        self.loops.is_loop_header(block)
    }

    /// The loops around a block up to and including `root`, innermost first.
    pub fn chain(&self, block: Block, root: Loop) -> Vec<Loop> {
        let mut chain = Vec::new();
        let mut at = self.innermost(block);
        while let Some(l) = at {
            chain.push(l);
            if l == root {
                return chain;
            }
            at = self.parent(l);
        }
        Vec::new()
    }

    /// The block in which a value is defined. `None` for a value that no block of the layout defines.
    pub fn def_block(&self, value: Value) -> Option<Block> {
        match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => self.func.layout.inst_block(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Union(..) => None,
        }
    }

    /// True if instruction `a` comes before `b` in every iteration that executes both: it is earlier in the
    /// same block, or in a block that comes first in reverse post-order.
    pub fn precedes(&self, a: Inst, b: Inst) -> bool {
        let layout = &self.func.layout;
        match (layout.inst_block(a), layout.inst_block(b)) {
            (Some(x), Some(y)) if x == y => {
                layout.block_insts(x).position(|i| i == a)
                    < layout.block_insts(y).position(|i| i == b)
            }
            (Some(x), Some(y)) => self.order[x] < self.order[y],
            _ => false,
        }
    }

    /// The value that an edge passes to parameter `index` of its destination, with aliases resolved.
    pub fn edge_arg(&self, edge: &Edge, index: usize) -> Option<Value> {
        let data = &self.func.dfg.insts[edge.branch];
        let calls =
            data.branch_destination(&self.func.dfg.jump_tables, &self.func.dfg.exception_tables);
        match calls
            .get(edge.destination)?
            .args(&self.func.dfg.value_lists)
            .nth(index)?
        {
            BlockArg::Value(v) => Some(self.func.dfg.resolve_aliases(v)),
            _ => None,
        }
    }

    /// All edges into a block.
    pub fn edges_into(&self, block: Block) -> Vec<Edge> {
        let mut edges = Vec::new();
        for pred in self.cfg.pred_iter(block) {
            for (destination, to) in destinations(self.func, pred.inst).into_iter().enumerate() {
                if to == block {
                    edges.push(Edge {
                        from: pred.block,
                        branch: pred.inst,
                        destination,
                        to,
                    });
                }
            }
        }
        edges.sort_by_key(|e| (e.branch.index(), e.destination));
        edges.dedup();
        edges
    }
}

/// The blocks that a branch may go to, in the order of its destinations.
pub fn destinations(func: &Function, branch: Inst) -> Vec<Block> {
    func.dfg.insts[branch]
        .branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)
        .iter()
        .map(|call| call.block(&func.dfg.value_lists))
        .collect()
}
