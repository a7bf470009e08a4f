//! Checks a rewrite by its result: a certificate says what was done, and [`check`] finds out whether the emitted CLIF
//! says the same.
//!
//! The checker shares nothing with the analyses and the rewriter but the data types of a plan. It trusts CLIF, Cranelift's
//! verifier and the spec. What it establishes, for `before` and `after` of one rewrite:
//!
//! - Nothing else has changed (`frame`): each instruction of `before` is there, with the same operands and flags, but for the
//!   edges into the region, its exit edge, and uses of the region's values behind it, which are those of the certificate.
//! - The units are asked only when all conditions hold (`conditions`): the comparisons that the guard block makes imply
//!   every guard of the plan as a statement about integers, without any wrap, and that each count fits its field.
//! - What they are asked is what the certificate says (`offload`): at each call the descriptor has every byte that the spec's
//!   layout and the plan's values give, scratch memory has its words, and the callee is the instruction's.
//! - The result is used when all of them have succeeded, and the values behind the region are those of the plan; in all
//!   other cases the region runs from its start with its own inputs.
//!
//! What it leaves to others: that the instruction, on operands that fulfil the guards, computes what the loop computes. That is
//! the recogniser's claim, which differential runs against the golden evaluator put to the test.

mod conditions;
mod frame;
mod offload;
mod refusal;
mod symbolic;

pub use refusal::Refusal;

use crate::plan::{Guard, Plan};
use crate::rewrite::{Applied, Symbols};
use conditions::Conditions;
use cranelift_codegen::ir::{Block, BlockCall, Function, Inst, InstructionData, Opcode, Value};
use cranelift_codegen::{settings, verify_function};
use frame::Frame;
use offload::Offloads;
use std::collections::HashSet;
use symbolic::{Evaluator, Symbol};
use zktr_isa::Spec;

/// What a rewrite claims to have done to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What is replaced, by what, and under which conditions, in the values of the function.
    pub plan: Plan,
    /// The block that has taken over the edges into the region.
    pub guard_block: Block,
    /// One block for each operation.
    pub offload_blocks: Vec<Block>,
    /// The block where the region and the operations come together.
    pub exit_block: Block,
    /// The calls, one for each operation.
    pub calls: Vec<Inst>,
    /// Conditions beside those of the plan.
    pub added_guards: Vec<Guard>,
    /// Values of the region, and what stands for them behind it.
    pub replaced: Vec<(Value, Value)>,
}

impl Certificate {
    /// The certificate of a plan that has been carried out.
    pub fn new(plan: &Plan, applied: &Applied) -> Self {
        Self {
            plan: plan.clone(),
            guard_block: applied.guard_block,
            offload_blocks: applied.offload_blocks.clone(),
            exit_block: applied.exit_block,
            calls: applied.calls.clone(),
            added_guards: applied.added_guards.clone(),
            replaced: applied.replaced.clone(),
        }
    }

    /// The new blocks, in the order in which they are executed.
    fn new_blocks(&self) -> impl Iterator<Item = Block> {
        let offloads = self.offload_blocks.iter().copied();
        std::iter::once(self.guard_block)
            .chain(offloads)
            .chain([self.exit_block])
    }
}

/// Checks that `after` is `before` with the rewrite that the certificate describes, and nothing else.
///
/// # Errors
/// The first thing that is not as the certificate says.
pub fn check(
    before: &Function,
    after: &Function,
    spec: &Spec,
    certificate: &Certificate,
    symbols: &dyn Symbols,
) -> Result<(), Refusal> {
    let flags = settings::Flags::new(settings::builder());
    verify_function(after, &flags).map_err(|errors| Refusal::Invalid(errors.to_string()))?;
    let frame = Frame::check(before, after, certificate)?;

    let region = &certificate.plan.region;
    let inside: HashSet<Block> = region
        .blocks
        .iter()
        .copied()
        .chain(certificate.new_blocks())
        .collect();
    let mut evaluator = Evaluator::new(after, inside);
    let params = after.dfg.block_params(region.entry).to_vec();
    let inputs = after.dfg.block_params(certificate.guard_block).to_vec();
    for (&param, &input) in params.iter().zip(&inputs) {
        let leaf = evaluator.leaf(param);
        evaluator.define(param, leaf.clone());
        evaluator.define(input, leaf);
    }

    let fallback = Fallback {
        func: after,
        entry: region.entry,
        inputs: &inputs,
    };
    let first = *certificate
        .offload_blocks
        .first()
        .ok_or(Refusal::Shape("there is no operation"))?;
    let clauses = guard_block(after, certificate, &fallback, first, &mut evaluator)?;
    let conditions = Conditions::new(&clauses);
    let guards = certificate.plan.guards.iter();
    for guard in guards.chain(&certificate.added_guards) {
        conditions.require(guard, &mut evaluator)?;
    }
    Offloads {
        before,
        after,
        spec,
        certificate,
        symbols,
        fallback: &fallback,
        conditions: &conditions,
        outputs: &frame.outputs,
    }
    .check(&mut evaluator)
}

/// The comparisons of the guard block.
fn guard_block(
    func: &Function,
    certificate: &Certificate,
    fallback: &Fallback<'_>,
    first: Block,
    evaluator: &mut Evaluator<'_>,
) -> Result<Vec<Vec<symbolic::Comparison>>, Refusal> {
    let block = certificate.guard_block;
    let branch = func
        .layout
        .last_inst(block)
        .ok_or(Refusal::Shape("the guard block is empty"))?;
    for inst in func.layout.block_insts(block) {
        if inst != branch && !symbolic::is_pure(func, inst) {
            return Err(Refusal::NotPure(inst));
        }
    }
    if func.dfg.insts[branch].opcode() == Opcode::Jump {
        return match &edges(func, branch)[..] {
            [edge] if is_edge(func, edge, first, &[]) => Ok(Vec::new()),
            _ => Err(Refusal::Edge(block)),
        };
    }
    let condition =
        fallback.decides(block, branch, first, |edge| is_edge(func, edge, first, &[]))?;
    match evaluator.value(condition)? {
        Symbol::Condition(clauses) => Ok(clauses),
        _ => Err(Refusal::Shape(
            "the guard block's condition is no conjunction of comparisons",
        )),
    }
}

/// The edge that leads to the region as it was.
struct Fallback<'f> {
    func: &'f Function,
    entry: Block,
    /// What the region's entry gets.
    inputs: &'f [Value],
}

impl Fallback<'_> {
    /// The condition of a `brif` that leads to `to` if it holds, by an edge that fits, and else to the region.
    fn decides(
        &self,
        block: Block,
        branch: Inst,
        to: Block,
        fits: impl Fn(&BlockCall) -> bool,
    ) -> Result<Value, Refusal> {
        let InstructionData::Brif { arg, .. } = self.func.dfg.insts[branch] else {
            return Err(Refusal::Edge(block));
        };
        match &edges(self.func, branch)[..] {
            [yes, no]
                if yes.block(&self.func.dfg.value_lists) == to
                    && fits(yes)
                    && is_edge(self.func, no, self.entry, self.inputs) =>
            {
                Ok(arg)
            }
            _ => Err(Refusal::Edge(block)),
        }
    }
}

/// The edges of a branch.
fn edges(func: &Function, branch: Inst) -> Vec<BlockCall> {
    func.dfg.insts[branch]
        .branch_destination(&func.dfg.jump_tables, &func.dfg.exception_tables)
        .to_vec()
}

/// True for an edge to a block with these arguments.
fn is_edge(func: &Function, edge: &BlockCall, to: Block, arguments: &[Value]) -> bool {
    let given = edge.args(&func.dfg.value_lists).map(|a| a.as_value());
    edge.block(&func.dfg.value_lists) == to && given.eq(arguments.iter().map(|&v| Some(v)))
}
