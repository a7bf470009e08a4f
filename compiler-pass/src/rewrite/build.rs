//! Builds the blocks that stand in front of a region and behind it.
//!
//! Everything that can be wrong with a plan is found before, or while the new blocks are filled, which nothing
//! leads to until they are complete.

use super::Options;
use super::descriptor::{Layout, LayoutError, int};
use super::emit::{Emitter, frame_flags};
use super::error::RewriteError;
use super::guards::{Check, Guards};
use super::region::Shape;
use super::symbols::Symbols;
use crate::plan::{Address, FieldValue, Final, Guard, Offload, Plan};
use cranelift_codegen::cursor::Cursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, ExtFuncData, FuncRef, Function, Inst, InstBuilder, Signature,
    StackSlot, StackSlotData, StackSlotKind, Value,
};
use cranelift_codegen::isa::CallConv;
use std::collections::HashMap;
use zktr_isa::Spec;

/// Largest size of the scratch memory and the descriptor of one plan, in bytes: no frame grows beyond what a
/// stack without probes can be trusted with.
pub(super) const FRAME_LIMIT: u64 = 1 << 16;

/// The blocks that a rewriting adds.
pub(super) struct NewBlocks {
    pub guard: Block,
    pub offloads: Vec<Block>,
    pub exit: Block,
}

impl NewBlocks {
    pub fn insert(func: &mut Function, plan: &Plan, shape: &Shape) -> Self {
        let entry = plan.region.entry;
        let guard = func.dfg.make_block();
        func.layout.insert_block(guard, entry);
        let types: Vec<_> = func.dfg.block_param_types(entry).collect();
        for ty in types {
            func.dfg.append_block_param(guard, ty);
        }
        let offloads: Vec<Block> = plan
            .offloads
            .iter()
            .map(|_| func.dfg.make_block())
            .collect();
        for &block in &offloads {
            func.layout.insert_block(block, entry);
        }
        let exit = func.dfg.make_block();
        let last = func
            .layout
            .inst_block(plan.region.exit_branch)
            .unwrap_or(entry);
        func.layout.insert_block_after(exit, last);
        for &value in &shape.outputs {
            let ty = func.dfg.value_type(value);
            func.dfg.append_block_param(exit, ty);
        }
        Self {
            guard,
            offloads,
            exit,
        }
    }

    pub fn remove(&self, func: &mut Function) {
        for &block in [self.guard, self.exit].iter().chain(&self.offloads) {
            func.layout.remove_block_and_insts(block);
        }
    }
}

/// The stack slots of a plan.
pub(super) struct Frame {
    buffers: Vec<StackSlot>,
    /// Has room for the largest descriptor at an aligned address.
    descriptor: StackSlot,
}

/// A plan that has been checked against the function and the spec.
pub(super) struct Work<'p> {
    spec: &'p Spec,
    plan: &'p Plan,
    layouts: Vec<Layout<'p>>,
    /// All lists have to hold, of each at least one comparison.
    checks: Vec<Vec<Check>>,
    pub added_guards: Vec<Guard>,
    /// For each output of the region.
    finals: Vec<&'p Final>,
    descriptor_size: u32,
    descriptor_align: u32,
    /// The status that means success.
    ok: u64,
}

impl<'p> Work<'p> {
    pub fn new(
        func: &mut Function,
        spec: &'p Spec,
        plan: &'p Plan,
        shape: &Shape,
    ) -> Result<Self, RewriteError> {
        // Memory flags are interned; once these are there, emission cannot run out of them.
        func.dfg
            .mem_flags
            .insert(frame_flags())
            .map_err(|_| RewriteError::Limit("kinds of memory flags"))?;
        let misfit = |offload, problem: &str| RewriteError::Offload {
            offload,
            problem: problem.into(),
        };
        let ok = spec.outcomes.success;
        if plan.offloads.is_empty() {
            return Err(misfit(0, "there is none"));
        }

        let mut guards = Guards::new(func, &plan.guards)?;
        let mut layouts = Vec::with_capacity(plan.offloads.len());
        for (index, offload) in plan.offloads.iter().enumerate() {
            let layout =
                Layout::new(spec, func, offload, &mut guards).map_err(|error| match error {
                    LayoutError::Spec(problem) => RewriteError::Offload {
                        offload: index,
                        problem,
                    },
                    LayoutError::Guard(error) => error,
                })?;
            layouts.push(layout);
        }
        let (checks, added_guards) = guards.checks()?;
        let descriptor_size = layouts.iter().map(|layout| layout.size).max().unwrap_or(0);
        let descriptor_align = layouts.iter().map(|layout| layout.align).max().unwrap_or(1);

        let given: HashMap<Value, &Final> = plan
            .finals
            .iter()
            .map(|(value, last)| (func.dfg.resolve_aliases(*value), last))
            .collect();
        let finals = shape
            .outputs
            .iter()
            .map(|value| {
                given
                    .get(value)
                    .copied()
                    .ok_or(RewriteError::MissingFinal(*value))
            })
            .collect::<Result<Vec<_>, _>>()?;

        let work = Self {
            spec,
            plan,
            layouts,
            checks,
            added_guards,
            finals,
            descriptor_size,
            descriptor_align,
            ok,
        };
        work.check_buffers()?;
        Ok(work)
    }

    /// Every place in scratch memory that the plan names is a word inside of it.
    fn check_buffers(&self) -> Result<(), RewriteError> {
        let plan = self.plan;
        let total = plan
            .buffers
            .iter()
            .map(|buffer| u64::from(buffer.size))
            .sum::<u64>();
        let descriptor = u64::from(self.descriptor_size) + u64::from(self.descriptor_align);
        if total + descriptor > FRAME_LIMIT {
            return Err(RewriteError::Limit("bytes of scratch memory"));
        }
        let written = plan
            .buffers
            .iter()
            .enumerate()
            .flat_map(|(id, buffer)| buffer.words.iter().map(move |(offset, _)| (id, *offset)));
        let read = plan.finals.iter().filter_map(|(_, last)| match last {
            Final::BufferWord(id, offset) => Some((id.0, *offset)),
            Final::Poly(_) => None,
        });
        for (buffer, offset) in written
            .chain(read)
            .chain(plan.offloads.iter().flat_map(buffer_addresses))
        {
            let wrong = |problem| Err(RewriteError::Buffer { buffer, problem });
            match plan.buffers.get(buffer) {
                None => return wrong("does not exist"),
                Some(data) if !matches!(data.word_bytes, 4 | 8) => {
                    return wrong("has words of another size");
                }
                Some(data) if u64::from(offset) + u64::from(data.word_bytes) > data.size.into() => {
                    return wrong("is used beyond its end");
                }
                Some(data) if !offset.is_multiple_of(data.word_bytes) => {
                    return wrong("is used at a place that is not aligned");
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Makes room in the frame.
    pub fn allocate(&self, func: &mut Function) -> Frame {
        let mut slot = |size| {
            func.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3))
        };
        Frame {
            buffers: self
                .plan
                .buffers
                .iter()
                .map(|buffer| slot(buffer.size))
                .collect(),
            descriptor: slot(self.descriptor_size + self.descriptor_align - 1),
        }
    }

    /// Declares the function of each operation.
    pub fn declare(
        &self,
        func: &mut Function,
        symbols: &mut dyn Symbols,
        options: Options,
    ) -> Result<Vec<FuncRef>, RewriteError> {
        let signature = portable_signature(options.call_conv);
        let mut declared = HashMap::new();
        let mut callees = Vec::with_capacity(self.plan.offloads.len());
        for offload in &self.plan.offloads {
            let callee = match declared.get(&offload.instruction) {
                Some(&callee) => callee,
                None => {
                    let symbol = self.spec.instructions[offload.instruction].symbol();
                    let callee = import(func, symbols, &symbol, &signature)
                        .map_err(|problem| RewriteError::Symbol { symbol, problem })?;
                    declared.insert(offload.instruction, callee);
                    callee
                }
            };
            callees.push(callee);
        }
        Ok(callees)
    }

    /// Fills the new blocks. Nothing leads to them yet.
    pub fn emit(
        &self,
        func: &mut Function,
        shape: &Shape,
        blocks: &NewBlocks,
        frame: &Frame,
        callees: &[FuncRef],
    ) -> Result<Vec<Inst>, RewriteError> {
        let region = &self.plan.region;
        let location = func
            .layout
            .first_inst(region.entry)
            .map(|inst| func.srcloc(inst))
            .unwrap_or_default();
        let inputs = func.dfg.block_params(blocks.guard).to_vec();
        let again: Vec<BlockArg> = inputs.iter().map(|&value| value.into()).collect();
        let entry_values = func
            .dfg
            .block_params(region.entry)
            .iter()
            .copied()
            .zip(inputs)
            .collect();
        let exit_params = func.dfg.block_params(blocks.exit).to_vec();

        let mut emitter = Emitter::new(
            func,
            location,
            shape,
            region.entry,
            &frame.buffers,
            entry_values,
        );
        emitter.pos.goto_bottom(blocks.guard);
        let mut condition = None;
        for any in &self.checks {
            let mut choice = None;
            for check in any {
                let holds = emitter.check(check)?;
                choice = Some(match choice {
                    None => holds,
                    Some(choice) => emitter.pos.ins().bor(choice, holds),
                });
            }
            condition = match (condition, choice) {
                (Some(condition), Some(choice)) => Some(emitter.pos.ins().band(condition, choice)),
                (condition, choice) => condition.or(choice),
            };
        }
        let first = blocks.offloads[0];
        match condition {
            None => emitter.pos.ins().jump(first, &[]),
            Some(condition) => emitter
                .pos
                .ins()
                .brif(condition, first, &[], region.entry, &again),
        };

        let mut calls = Vec::with_capacity(callees.len());
        let mut address = None;
        for (index, offload) in self.plan.offloads.iter().enumerate() {
            emitter.pos.goto_bottom(blocks.offloads[index]);
            let address = match address {
                Some(address) => address,
                None => {
                    self.fill_buffers(&mut emitter, &frame.buffers)?;
                    *address.insert(self.descriptor_address(&mut emitter, frame.descriptor))
                }
            };
            self.layouts[index].store(&mut emitter, address)?;
            let count = emitter.modular(&offload.count, I64)?;
            let call = emitter.pos.ins().call(callees[index], &[address, count]);
            calls.push(call);
            let status = emitter.pos.func.dfg.first_result(call);
            let ok = emitter.constant(I64, self.ok);
            let done = emitter.pos.ins().icmp(IntCC::Equal, status, ok);
            let (next, arguments) = match blocks.offloads.get(index + 1) {
                Some(&next) => (next, Vec::new()),
                None => (blocks.exit, self.outputs(&mut emitter, shape)?),
            };
            emitter
                .pos
                .ins()
                .brif(done, next, &arguments, region.entry, &again);
        }

        let joined: HashMap<Value, Value> =
            shape.outputs.iter().copied().zip(exit_params).collect();
        emitter.pos.goto_bottom(blocks.exit);
        let arguments: Vec<BlockArg> = shape
            .arguments
            .iter()
            .map(|argument| {
                argument.map_value(|value| {
                    let value = emitter.pos.func.dfg.resolve_aliases(value);
                    joined.get(&value).copied().unwrap_or(value)
                })
            })
            .collect();
        emitter.pos.ins().jump(shape.target, &arguments);
        Ok(calls)
    }

    /// What the outputs of the region are once all operations have succeeded.
    fn outputs(
        &self,
        emitter: &mut Emitter<'_>,
        shape: &Shape,
    ) -> Result<Vec<BlockArg>, RewriteError> {
        let mut outputs = Vec::with_capacity(self.finals.len());
        for (&output, last) in shape.outputs.iter().zip(&self.finals) {
            let ty = emitter.pos.func.dfg.value_type(output);
            outputs.push(BlockArg::Value(match last {
                Final::Poly(poly) => emitter.output(poly, output)?,
                Final::BufferWord(id, offset) => {
                    let place = emitter.buffer(*id, *offset)?;
                    // `check_buffers` has made sure that there is such a buffer.
                    let from = int(self.plan.buffers[id.0].word_bytes);
                    let word = emitter.pos.ins().load(from, frame_flags(), place, 0);
                    match (from, ty) {
                        (I32, I32) | (I64, I64) => word,
                        (I32, I64) => emitter.pos.ins().uextend(I64, word),
                        _ => {
                            return Err(RewriteError::Type {
                                value: output,
                                purpose: "a word",
                            });
                        }
                    }
                }
            }));
        }
        Ok(outputs)
    }

    fn fill_buffers(
        &self,
        emitter: &mut Emitter<'_>,
        slots: &[StackSlot],
    ) -> Result<(), RewriteError> {
        for (buffer, &slot) in self.plan.buffers.iter().zip(slots) {
            if buffer.words.is_empty() {
                continue;
            }
            let base = emitter.pos.ins().stack_addr(I64, slot, 0);
            for (offset, word) in &buffer.words {
                let word = emitter.word(word, int(buffer.word_bytes))?;
                // `check_buffers` has bounded the offset.
                emitter
                    .pos
                    .ins()
                    .store(frame_flags(), word, base, *offset as i32);
            }
        }
        Ok(())
    }

    /// The first aligned address in the descriptor's slot. A frame is aligned to 16 bytes at most, whatever
    /// alignment a slot asks for.
    fn descriptor_address(&self, emitter: &mut Emitter<'_>, slot: StackSlot) -> Value {
        let below = u64::from(self.descriptor_align - 1);
        let start = emitter.pos.ins().stack_addr(I64, slot, 0);
        let below_value = emitter.constant(I64, below);
        let end = emitter.pos.ins().iadd(start, below_value);
        let mask = emitter.constant(I64, !below);
        emitter.pos.ins().band(end, mask)
    }
}

/// `(descriptor, count) -> status`.
fn portable_signature(call_conv: CallConv) -> Signature {
    let mut signature = Signature::new(call_conv);
    signature
        .params
        .extend([AbiParam::new(I64), AbiParam::new(I64)]);
    signature.returns.push(AbiParam::new(I64));
    signature
}

/// The reference by which `func` calls `symbol`: one that it has, or a new one.
fn import(
    func: &mut Function,
    symbols: &mut dyn Symbols,
    symbol: &str,
    signature: &Signature,
) -> Result<FuncRef, String> {
    let known = func.dfg.ext_funcs.iter().find(|(_, data)| {
        func.dfg.signatures[data.signature] == *signature
            && symbols
                .symbol(func, &data.name)
                .is_some_and(|name| name == symbol)
    });
    if let Some((known, _)) = known {
        return Ok(known);
    }
    let name = symbols.declare(func, symbol, signature)?;
    let known = func
        .dfg
        .signatures
        .iter()
        .find(|(_, known)| *known == signature)
        .map(|(known, _)| known);
    let signature = known.unwrap_or_else(|| func.import_signature(signature.clone()));
    Ok(func.import_function(ExtFuncData {
        name,
        signature,
        colocated: false,
        patchable: false,
    }))
}

/// The places in scratch memory that the descriptor of an operation points to.
fn buffer_addresses(offload: &Offload) -> impl Iterator<Item = (usize, u32)> {
    offload.fields.iter().filter_map(|(_, value)| match value {
        FieldValue::View {
            base: Address::Buffer(id, offset),
            ..
        } => Some((id.0, *offset)),
        _ => None,
    })
}
