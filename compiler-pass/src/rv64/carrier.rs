//! From the portable form to the carrier.
//!
//! A stock back end cannot be asked for an instruction of ours. What it can be asked for is an atomic
//! read-modify-write, which becomes one uncompressed word with two source registers and a result, all chosen by
//! the register allocator, and which is a full barrier to everything that Cranelift moves. Two sequence points
//! with debug tags bracket it, so that the word can be found and replaced in the finished code.

use super::error::Error;
use crate::rewrite::{Symbols, is_operation};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{
    AbiParam, AtomicRmwOp, DebugTag, FuncRef, Function, Inst, InstBuilder, InstructionData,
    MemFlagsData, Opcode,
};
use std::collections::{BTreeMap, HashMap};
use zktr_isa::Spec;

/// First tag of the sequence point in front of a carrier; arbitrary, and unlikely in other tags.
const BEGIN: u32 = 0x7A6B_0B00;
/// The same behind it.
const END: u32 = 0x7A6B_0E00;

/// The place of an operation in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    /// Number within the function, from 0.
    pub number: u32,
    /// Index into the spec's instructions.
    pub instruction: usize,
}

/// A bracket of a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Begin(Site),
    End(Site),
}

impl Bracket {
    fn tags(self) -> Option<[DebugTag; 3]> {
        let (magic, site) = match self {
            Self::Begin(site) => (BEGIN, site),
            Self::End(site) => (END, site),
        };
        let instruction = u32::try_from(site.instruction).ok()?;
        Some([
            DebugTag::User(magic),
            DebugTag::User(site.number),
            DebugTag::User(instruction),
        ])
    }

    /// The bracket that these tags stand for, if any.
    pub fn from_tags(tags: &[DebugTag]) -> Option<Self> {
        let &[
            DebugTag::User(magic),
            DebugTag::User(number),
            DebugTag::User(instruction),
        ] = tags
        else {
            return None;
        };
        let site = Site {
            number,
            instruction: instruction as usize,
        };
        match magic {
            BEGIN => Some(Self::Begin(site)),
            END => Some(Self::End(site)),
            _ => None,
        }
    }
}

/// Replaces each call of an operation by its carrier. The code that is compiled from the result must be
/// patched before anything runs it: the carrier itself would change the descriptor.
pub(super) fn lower(
    func: &mut Function,
    operations: &Operations,
    symbols: &dyn Symbols,
) -> Result<Vec<Site>, Error> {
    let callees = operations.callees(func, symbols);
    if callees.is_empty() {
        return Ok(Vec::new());
    }
    let mut calls = Vec::new();
    for block in func.layout.blocks() {
        for inst in func.layout.block_insts(block) {
            let Some(callee) = callee(func, inst) else {
                continue;
            };
            let Some((symbol, instruction)) = callees.get(&callee) else {
                continue;
            };
            if func.dfg.insts[inst].opcode() != Opcode::Call {
                return Err(Error::NoAddress {
                    symbol: symbol.clone(),
                });
            }
            let signature = &func.dfg.signatures[func.dfg.ext_funcs[callee].signature];
            let types = |parameters: &[AbiParam]| {
                parameters
                    .iter()
                    .map(|parameter| parameter.value_type)
                    .collect::<Vec<_>>()
            };
            if types(&signature.params) != [I64, I64] || types(&signature.returns) != [I64] {
                return Err(Error::Signature {
                    symbol: symbol.clone(),
                });
            }
            calls.push((inst, *instruction));
        }
    }

    // Memory flags are interned; once these are there, emission cannot run out of them.
    let flags = MemFlagsData::trusted();
    func.dfg.mem_flags.insert(flags).map_err(|_| {
        Error::Module("the function has too many kinds of memory flags".to_string())
    })?;
    let mut sites = Vec::with_capacity(calls.len());
    for (number, (call, instruction)) in calls.into_iter().enumerate() {
        let too_many = || Error::Spec("too many operations".to_string());
        let site = Site {
            number: u32::try_from(number).map_err(|_| too_many())?,
            instruction,
        };
        let begin = Bracket::Begin(site).tags().ok_or_else(too_many)?;
        let end = Bracket::End(site).tags().ok_or_else(too_many)?;
        replace(func, call, begin, end);
        sites.push(site);
    }
    Ok(sites)
}

fn replace(func: &mut Function, call: Inst, begin: [DebugTag; 3], end: [DebugTag; 3]) {
    let &[descriptor, count] = func.dfg.inst_args(call) else {
        return;
    };
    let result = func.dfg.first_result(call);
    let location = func.srcloc(call);
    let mut pos = FuncCursor::new(func).at_inst(call).with_srcloc(location);
    let before = pos.ins().sequence_point();
    pos.func.debug_tags.set(before, begin);
    let status = pos.ins().atomic_rmw(
        I64,
        MemFlagsData::trusted(),
        AtomicRmwOp::Smax,
        descriptor,
        count,
    );
    let after = pos.ins().sequence_point();
    pos.func.debug_tags.set(after, end);
    pos.func.dfg.clear_results(call);
    pos.func.dfg.change_to_alias(result, status);
    pos.func.layout.remove_inst(call);
}

/// The sites that are left in a function, after Cranelift has dropped what cannot be reached.
pub(super) fn remaining(func: &Function) -> BTreeMap<u32, Site> {
    let dominators = DominatorTree::with_function(func, &ControlFlowGraph::with_function(func));
    let reachable = func
        .layout
        .blocks()
        .filter(|&block| dominators.is_reachable(block));
    reachable
        .flat_map(|block| func.layout.block_insts(block))
        .filter_map(|inst| match Bracket::from_tags(func.debug_tags.get(inst)) {
            Some(Bracket::Begin(site)) => Some((site.number, site)),
            _ => None,
        })
        .collect()
}

/// The bulk instructions of a spec, by the symbol of their portable form.
pub(super) struct Operations(HashMap<String, usize>);

impl Operations {
    pub fn new(spec: &Spec) -> Self {
        let bulk = spec
            .instructions
            .iter()
            .enumerate()
            .filter(|(_, inst)| is_operation(inst));
        Self(
            bulk.map(|(index, instruction)| (instruction.symbol(), index))
                .collect(),
        )
    }

    /// True if the symbol stands for an instruction.
    pub fn contains(&self, symbol: &str) -> bool {
        self.0.contains_key(symbol)
    }

    /// The external functions of `func` that stand for instructions.
    fn callees(&self, func: &Function, symbols: &dyn Symbols) -> HashMap<FuncRef, (String, usize)> {
        let named = func.dfg.ext_funcs.iter().filter_map(|(callee, data)| {
            let symbol = symbols.symbol(func, &data.name)?;
            let instruction = *self.0.get(symbol.as_ref())?;
            Some((callee, (symbol.into_owned(), instruction)))
        });
        named.collect()
    }
}

/// The function that an instruction refers to.
fn callee(func: &Function, inst: Inst) -> Option<FuncRef> {
    match func.dfg.insts[inst] {
        InstructionData::Call { func_ref, .. }
        | InstructionData::TryCall { func_ref, .. }
        | InstructionData::FuncAddr { func_ref, .. } => Some(func_ref),
        _ => None,
    }
}
