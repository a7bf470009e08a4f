//! Executes a [`Plan`]: puts an offload in front of a loop, with the loop as the other branch.
//!
//! ```text
//!   predecessors                    predecessors
//!        |                               |
//!        v                               v
//!   +-> entry ...                  G: guards --false--+
//!   |     |                              | true       v
//!   +-----+                              v      +-> entry ...
//!         | exit edge          O: descriptor,   |     |
//!         v                       operation     +-----+
//!       target                      |   |             | exit edge
//!                                   |   +--refused--> entry
//!                                   v                 v
//!                             E(outputs): what the region has computed
//!                                        |
//!                                        v
//!                                      target
//! ```
//!
//! What the result guarantees: the guards are compared as integers, without any wrap; the region runs
//! from its start, with the same inputs, whenever a guard fails or an operation refuses; every byte of
//! a descriptor is defined. The operation is a plain call, `%zktr_<op>(descriptor, count) -> status`
//! (the *portable form*), which [`crate::rv64`] turns into the instruction.
//!
//! What it demands: the plan is right. [`apply`] checks that the result is well-formed CLIF, not that the
//! operations compute what the region computes.

mod build;
mod descriptor;
mod emit;
mod error;
mod guards;
mod poly;
mod region;
mod symbols;
mod update;

pub use error::RewriteError;
pub use symbols::{InModule, Symbols, Testcase};
pub use update::{apply_all, replace_values};

pub(crate) use descriptor::is_operation;
pub(crate) use symbols::module_symbol;

use crate::plan::{Guard, Plan};
use build::{NewBlocks, Work};
use cranelift_codegen::ir::{Block, Function, Inst, Value};
use cranelift_codegen::isa::CallConv;
use region::Shape;
use zktr_isa::Spec;

/// How operations are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The calling convention of the functions that stand for the instructions: the platform's own.
    pub call_conv: CallConv,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            call_conv: CallConv::SystemV,
        }
    }
}

/// What [`apply`] has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The block that has taken over the edges into the region, and checks the guards.
    pub guard_block: Block,
    /// One block for each operation.
    pub offload_blocks: Vec<Block>,
    /// The block where the region and the operations come together.
    pub exit_block: Block,
    /// The calls, one for each operation.
    pub calls: Vec<Inst>,
    /// Conditions that are checked beside those of the plan.
    pub added_guards: Vec<Guard>,
    /// Values of the region, and what has replaced them outside of it. A plan for another region of the same
    /// function has to be brought up to date with [`replace_values`].
    pub replaced: Vec<(Value, Value)>,
}

/// Executes a plan. Control-flow graph, dominators and loops of the function have to be computed anew.
///
/// # Errors
/// If the plan does not fit the function or the spec. The function then computes what it computed before.
pub fn apply(
    func: &mut Function,
    spec: &Spec,
    plan: &Plan,
    symbols: &mut dyn Symbols,
    options: Options,
) -> Result<Applied, RewriteError> {
    let shape = Shape::new(func, &plan.region)?;
    let work = Work::new(func, spec, plan, &shape)?;
    let callees = work.declare(func, symbols, options)?;
    let frame = work.allocate(func);
    let blocks = NewBlocks::insert(func, plan, &shape);
    match work.emit(func, &shape, &blocks, &frame, &callees) {
        Ok(calls) => {
            shape.redirect_entry(func, plan.region.entry, blocks.guard);
            shape.redirect_exit(func, &plan.region, blocks.exit);
            let joined = func.dfg.block_params(blocks.exit).to_vec();
            let replaced: Vec<_> = shape.outputs.iter().copied().zip(joined).collect();
            shape.replace_uses(func, &replaced.iter().copied().collect());
            Ok(Applied {
                guard_block: blocks.guard,
                offload_blocks: blocks.offloads,
                exit_block: blocks.exit,
                calls,
                added_guards: work.added_guards,
                replaced,
            })
        }
        Err(error) => {
            blocks.remove(func);
            Err(error)
        }
    }
}
