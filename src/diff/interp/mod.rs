//! The interpreter engine: cranelift-interpreter's `step` over a memory of our own.
//!
//! The stock interpreter has no memory but its stack, and reads a negative load offset as a large
//! one. So this driver executes memory accesses, stack addresses and calls itself, on real
//! addresses, and leaves everything else to `step`. It accepts scalar integer code only
//! ([`Interpreter::new`] says what it does not know), so that no input can make `step` panic; its
//! frames are a list, so that no input can exhaust the host's stack.

mod accept;
mod machine;

use super::case::Case;
use super::memory::{AddressSpace, Block, Layout};
use super::outcome::{Ending, Event, Outcome, Trap};
use super::program::{Callee, Program};
use accept::check;
use cranelift_codegen::data_value::DataValue;
use cranelift_codegen::ir::{Function, Inst, InstructionData};
use cranelift_interpreter::frame::Frame;
use cranelift_interpreter::instruction::DfgInstructionContext;
use cranelift_interpreter::step::{ControlFlow, CraneliftTrap, step};
use machine::{Machine, bits, extension, integer, raw, sign_extend};
use zktr_emu::golden;
use zktr_isa::Spec;

/// Where the frames are: far below every arena, so that no access can reach both.
const STACK_BASE: u64 = 0x1000_0000;
/// Bytes of the frames. The stack grows upwards, and keeps every slot aligned to 64 bytes or more.
const STACK_SIZE: u64 = 1 << 20;
/// Calls that may be open at the same time.
const MAX_DEPTH: usize = 256;

/// An interpreter for one function of a program.
pub struct Interpreter<'a> {
    spec: &'a Spec,
    program: &'a Program,
    entry: usize,
    /// For each function of the program: the offsets of its stack slots, and the size of its frame.
    frames: Vec<(Vec<u64>, u64)>,
    machine: Machine<'a>,
}

impl<'a> Interpreter<'a> {
    /// An interpreter for the function with this index, or why it cannot be interpreted.
    pub fn new(
        spec: &'a Spec,
        program: &'a Program,
        entry: usize,
        layout: Layout,
    ) -> Result<Self, String> {
        for index in program.reachable(entry)? {
            check(&program.functions()[index])?;
        }
        let frames = program.functions().iter().map(frame_layout).collect();
        let memory = AddressSpace {
            arena: Block {
                base: layout.base,
                bytes: Vec::new(),
            },
            stack: Block {
                base: STACK_BASE,
                bytes: vec![0; STACK_SIZE as usize],
            },
        };
        Ok(Self {
            spec,
            program,
            entry,
            frames,
            machine: Machine {
                frames: Vec::new(),
                memory,
            },
        })
    }

    /// The arena after the last run.
    pub fn arena(&self) -> &[u8] {
        &self.machine.memory.arena.bytes
    }

    /// Runs the function on a copy of the case's arena. A run that returns has only made accesses that are
    /// accessible, which is what [`Checked`] attests.
    pub fn run<'r>(&mut self, case: &'r Case, fuel: u64) -> (Outcome, Option<Checked<'r>>)
    where
        'a: 'r,
    {
        self.machine.memory.arena.bytes.clear();
        self.machine
            .memory
            .arena
            .bytes
            .extend_from_slice(&case.arena);
        self.machine.frames.clear();
        let options = case.options();
        let mut run = Run {
            events: Vec::new(),
            steps: 0,
            fuel,
            options,
            calls: Vec::new(),
            stack_top: 0,
        };
        let (ending, checked) = match self.execute(&case.arguments, &mut run) {
            Ok(values) => {
                let base = self.machine.memory.arena.base;
                (
                    Ending::Returned(values),
                    Some(Checked {
                        program: self.program,
                        entry: self.entry,
                        base,
                        case,
                    }),
                )
            }
            Err(ending) => (ending, None),
        };
        (
            Outcome {
                ending,
                events: run.events,
                steps: run.steps,
            },
            checked,
        )
    }

    fn execute(&mut self, arguments: &[u64], run: &mut Run) -> Result<Vec<u64>, Ending> {
        let function = &self.program.functions()[self.entry];
        let values = function
            .signature
            .params
            .iter()
            .zip(arguments)
            .map(|(p, &v)| integer(u128::from(v), p.value_type))
            .collect();
        let mut cursor = self.enter(self.entry, values, run)?;
        loop {
            let Call {
                function: index,
                inst,
            } = cursor;
            let function = &self.program.functions()[index];
            // The verifier sees to it that every block ends in a terminator.
            let inst = inst.ok_or_else(|| Ending::Undefined("a block without an end".into()))?;
            if run.steps == run.fuel {
                return Err(Ending::OutOfFuel);
            }
            run.steps += 1;
            let next = function.layout.next_inst(inst);
            cursor = match self.instruction(index, function, inst, run)? {
                Flow::Next => Call {
                    function: index,
                    inst: next,
                },
                Flow::Goto(inst) => Call {
                    function: index,
                    inst,
                },
                Flow::Call(callee, values) => {
                    run.calls.push(Call {
                        function: index,
                        inst: Some(inst),
                    });
                    self.enter(callee, values, run)?
                }
                Flow::Return(values) => {
                    self.machine.frames.pop();
                    run.stack_top -= self.frames[index].1;
                    let Some(caller) = run.calls.pop() else {
                        return Ok(values.iter().map(raw).collect());
                    };
                    let function = &self.program.functions()[caller.function];
                    let next = caller.inst.and_then(|inst| {
                        self.machine.assign(function.dfg.inst_results(inst), values);
                        function.layout.next_inst(inst)
                    });
                    Call {
                        function: caller.function,
                        inst: next,
                    }
                }
            };
        }
    }

    /// Opens a frame.
    fn enter(
        &mut self,
        index: usize,
        values: Vec<DataValue>,
        run: &mut Run,
    ) -> Result<Call, Ending> {
        let function = &self.program.functions()[index];
        let size = self.frames[index].1;
        if self.machine.frames.len() == MAX_DEPTH || run.stack_top + size > STACK_SIZE {
            return Err(Ending::Undefined("stack overflow".into()));
        }
        let base = STACK_BASE + run.stack_top;
        if let Some(bytes) = self.machine.memory.bytes_mut(base, size) {
            // A run depends on nothing that another has left behind.
            bytes.fill(0);
        }
        self.machine.frames.push((Frame::new(function), base));
        run.stack_top += size;
        let entry = function.layout.entry_block();
        let entry = entry.ok_or_else(|| Ending::Undefined("a function without a body".into()))?;
        self.machine
            .assign(function.dfg.block_params(entry), values);
        Ok(Call {
            function: index,
            inst: function.layout.first_inst(entry),
        })
    }

    fn instruction(
        &mut self,
        index: usize,
        function: &'a Function,
        inst: Inst,
        run: &mut Run,
    ) -> Result<Flow, Ending> {
        let machine = &mut self.machine;
        match function.dfg.insts[inst] {
            InstructionData::Load {
                opcode,
                arg,
                flags,
                offset,
            } => {
                let flags = function.dfg.mem_flags[flags];
                let result = function.dfg.first_result(inst);
                let ty = function.dfg.value_type(result);
                let (bytes, signed) = extension(opcode).unwrap_or((ty.bytes(), false));
                let address = machine.address(arg, offset.into());
                let value = machine.load(address, bytes, flags)?;
                let value = if signed {
                    sign_extend(value, bytes)
                } else {
                    value
                };
                machine.assign(&[result], [integer(value, ty)]);
                Ok(Flow::Next)
            }
            InstructionData::Store {
                opcode,
                args: [value, base],
                flags,
                offset,
            } => {
                let flags = function.dfg.mem_flags[flags];
                let stored = machine.get(value);
                let bytes = extension(opcode).map_or(stored.ty().bytes(), |(bytes, _)| bytes);
                let value = bits(stored);
                let address = machine.address(base, offset.into());
                machine.store(address, value, bytes, flags)?;
                Ok(Flow::Next)
            }
            InstructionData::StackAddr {
                stack_slot, offset, ..
            } => {
                let (_, base) = machine.frames[machine.frames.len() - 1];
                let slot = self.frames[index].0[stack_slot.as_u32() as usize];
                let address = (base + slot).wrapping_add_signed(i64::from(i32::from(offset)));
                machine.assign(
                    function.dfg.inst_results(inst),
                    [DataValue::I64(address as i64)],
                );
                Ok(Flow::Next)
            }
            InstructionData::Call { func_ref, .. } => {
                let values: Vec<DataValue> = function
                    .dfg
                    .inst_args(inst)
                    .iter()
                    .map(|&v| machine.get(v).clone())
                    .collect();
                match self.program.callee(index, func_ref) {
                    Callee::Function(callee) => Ok(Flow::Call(callee, values)),
                    Callee::Offload(instruction) => {
                        let operand = |i: usize| values.get(i).map_or(0, raw);
                        let status = golden::offload(
                            self.spec,
                            instruction,
                            operand(0),
                            operand(1),
                            64,
                            &mut machine.memory,
                            &run.options,
                        );
                        run.events.push((instruction, status));
                        machine.assign(
                            function.dfg.inst_results(inst),
                            [DataValue::I64(status as i64)],
                        );
                        Ok(Flow::Next)
                    }
                    Callee::Unknown => Err(Ending::Undefined("a call out of the file".into())),
                }
            }
            _ => match step(machine, DfgInstructionContext::new(inst, &function.dfg)) {
                Ok(ControlFlow::Assign(values)) => {
                    machine.assign(function.dfg.inst_results(inst), values);
                    Ok(Flow::Next)
                }
                Ok(ControlFlow::Continue) => Ok(Flow::Next),
                Ok(ControlFlow::ContinueAt(block, values)) => {
                    machine.assign(function.dfg.block_params(block), values);
                    Ok(Flow::Goto(function.layout.first_inst(block)))
                }
                Ok(ControlFlow::Return(values)) => Ok(Flow::Return(values.to_vec())),
                Ok(ControlFlow::Trap(CraneliftTrap::User(code))) => {
                    Err(Ending::Trapped(Trap::Code(code.to_string())))
                }
                Ok(other) => Err(Ending::Undefined(format!("{other:?}"))),
                Err(error) => Err(Ending::Undefined(error.to_string())),
            },
        }
    }
}

/// The interpreter has run this function of this program on this case, with the arena at this address,
/// and it has returned. Only [`Interpreter::run`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'r> {
    program: &'r Program,
    entry: usize,
    base: u64,
    case: &'r Case,
}

impl<'r> Checked<'r> {
    /// The case, if this is about that function of that program and about an arena at that address.
    pub fn case(&self, program: &Program, entry: usize, base: u64) -> Option<&'r Case> {
        (std::ptr::eq(self.program, program) && self.entry == entry && self.base == base)
            .then_some(self.case)
    }
}

/// A position in a function: the next instruction, or, of an open call, the call.
struct Call {
    function: usize,
    inst: Option<Inst>,
}

/// What goes on through one run.
struct Run {
    events: Vec<Event>,
    steps: u64,
    fuel: u64,
    options: golden::Options,
    calls: Vec<Call>,
    stack_top: u64,
}

/// Where to go on.
enum Flow {
    Next,
    Goto(Option<Inst>),
    Call(usize, Vec<DataValue>),
    Return(Vec<DataValue>),
}

/// Offsets of the stack slots of a function, and the size of its frame.
fn frame_layout(function: &Function) -> (Vec<u64>, u64) {
    let mut offsets = Vec::with_capacity(function.sized_stack_slots.len());
    let mut top = 0u64;
    for slot in function.sized_stack_slots.values() {
        // No slot promises more than its own alignment; frames are multiples of 64.
        let align = 1u64 << slot.align_shift.clamp(3, 12);
        top = top.next_multiple_of(align);
        offsets.push(top);
        top += u64::from(slot.size);
    }
    (offsets, top.next_multiple_of(4096))
}
