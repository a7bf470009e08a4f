//! What the Trace Collection Unit snoops: a guest runs on the host core, one instruction at a time, and each one is noted with
//! its operands, its accesses and when their words were accessed before.
//!
//! What an instruction reads and writes is found by the golden evaluator, from the instruction's meaning; that the host
//! core has done the same is checked.

use crate::golden::eval::Write;
use crate::golden::scalar;
use crate::host::{Machine, Stop};
use crate::memory::{Access, Fault, Memory, SegmentedMemory};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use zktr_isa::Spec;
use zktr_isa::algebra::{Effect, OperandId, Stmt};
use zktr_isa::model::{Instruction, OperandKind};
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::{Clock, Schema};

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Only regions that the guest marks; otherwise everything.
    pub marked: bool,
    /// A region of more instructions is split after this many.
    pub segment: u64,
    /// The most instructions that are executed, traced or not.
    pub fuel: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            marked: false,
            segment: 1 << 20,
            fuel: u64::MAX,
        }
    }
}

/// The traced parts of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// One for each region, or for each part of one that was split.
    pub executions: Vec<Execution>,
    /// Why the run ended.
    pub stop: Stop,
}

/// A part of a run from which all tables are filled.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Execution {
    /// Words of executable memory that the schema has rows for, by address.
    pub program: Vec<ProgramWord>,
    /// Instructions in the order of execution.
    pub events: Vec<Event>,
    /// Words that the environment has read or written.
    pub exchanges: Vec<Exchange>,
    /// Words that are not zero at first or were accessed, and all registers; by word address.
    pub words: Vec<WordState>,
    /// Address of the first instruction.
    pub start_pc: u32,
    /// Address of the instruction after the last.
    pub end_pc: u32,
    /// The time at which that would begin.
    pub end_clock: u32,
}

/// An instruction of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgramWord {
    /// Address.
    pub pc: u32,
    /// The word.
    pub word: u32,
    /// Index into [`Spec::instructions`].
    pub instruction: usize,
    /// Immediate, sign-extended; 0 without one.
    pub imm: u32,
    /// Number of the register that is written; 0 without one.
    pub rd: u8,
    /// Number of the first register that is read; 0 without one.
    pub rs1: u8,
    /// Number of the second register that is read; 0 without one.
    pub rs2: u8,
}

/// An instruction that has been executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Event {
    /// It.
    pub code: ProgramWord,
    /// When it begins.
    pub clock: u32,
    /// Where execution goes on.
    pub next_pc: u32,
    /// Content of `rs1`.
    pub rs1_value: u32,
    /// Content of `rs2`.
    pub rs2_value: u32,
    /// Content of `rd` before.
    pub rd_before: u32,
    /// What is computed for `rd`, also if that is x0.
    pub rd_value: u32,
    /// When `rs1` was accessed before.
    pub rs1_time: u32,
    /// When `rs2` was accessed before.
    pub rs2_time: u32,
    /// When `rd` was accessed before.
    pub rd_time: u32,
    /// The access to memory of a load or store.
    pub memory: Option<MemoryAccess>,
    /// An environment call.
    pub call: Option<Call>,
}

/// The access to memory of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryAccess {
    /// Address in bytes.
    pub addr: u32,
    /// The aligned word around it, before.
    pub before: u32,
    /// And after.
    pub after: u32,
    /// When the word was accessed before.
    pub time: u32,
}

/// An environment call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Call {
    /// a7.
    pub number: u32,
    /// a0, a1, a2.
    pub args: [u32; 3],
    /// a0 after.
    pub result: u32,
    /// t0.
    pub t0: u32,
    /// t0 after.
    pub result_t0: u32,
    /// When a7, a0, a1, a2, t0 were accessed before.
    pub times: [u32; 5],
}

/// A word that the environment reads or writes in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exchange {
    /// When the call begins.
    pub clock: u32,
    /// Word address.
    pub addr: u32,
    /// Content before.
    pub before: u32,
    /// Content after.
    pub after: u32,
    /// When the word was accessed before.
    pub time: u32,
}

/// A word at the beginning and the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordState {
    /// Word address; registers as the schema says.
    pub addr: u32,
    /// Content at first.
    pub first: u32,
    /// Content at last.
    pub last: u32,
    /// When it was accessed last; 0 if never.
    pub time: u32,
}

/// Runs a guest until it stops or the fuel is used up.
///
/// # Errors
/// The guest does something in a traced region that the schema has no rows for: an instruction that no table has, an access
/// that is not aligned, code that has changed.
pub fn record(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
) -> Result<Recording, Diagnostic> {
    let mut executions = Vec::new();
    let stop = record_each(spec, machine, options, |execution| {
        executions.push(execution);
        Ok::<(), Diagnostic>(())
    })?;
    Ok(Recording { executions, stop })
}

/// The same, with one part of the run after the other given to `deliver`, so that memory is used for one part only.
///
/// # Errors
/// As for [`record`], and what `deliver` says: then nothing more is executed.
pub fn record_each<E: From<Diagnostic>>(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
    mut deliver: impl FnMut(Execution) -> Result<(), E>,
) -> Result<Stop, E> {
    let schema = spec.trace();
    check_guest(schema, machine)?;
    let program = program(spec, machine.memory());
    let by_pc: HashMap<u32, ProgramWord> = program.iter().map(|code| (code.pc, *code)).collect();
    let limit = options.segment.clamp(1, schema.guest.instructions);
    let mut region: Option<Region<Words>> = None;
    let words = |words: Words| words.end(schema.guest.registers);
    let mut on = !options.marked;
    let mut left = options.fuel;
    let stop = loop {
        if left == 0 {
            break Stop::OutOfFuel;
        }
        let next = by_pc.get(&(machine.pc() as u32));
        let effect = current(spec, machine).and_then(|index| mark(&spec.instructions[index]));
        if effect == Some(false) && options.marked {
            on = false;
        }
        let over =
            |region: &mut Region<Words>| !on || region.execution.events.len() as u64 >= limit;
        if let Some(region) = region.take_if(over) {
            deliver(region.end(machine, program.clone(), words))?;
        }
        left -= 1;
        let step = if on {
            let region = region
                .get_or_insert_with(|| Region::begin(spec, machine, Words::begin(spec, machine)));
            region.step(spec, machine, next)?
        } else {
            machine.run(1)
        };
        match step {
            Stop::OutOfFuel => {}
            stop => break stop,
        }
        if effect == Some(true) {
            on = true;
        }
    };
    if let Some(region) = region {
        deliver(region.end(machine, program.clone(), words))?;
    }
    Ok(stop)
}

/// Refuses a guest that the schema is not for.
pub(super) fn check_guest(schema: &Schema, machine: &Machine) -> Result<(), Diagnostic> {
    if machine.xlen() == schema.guest.xlen {
        return Ok(());
    }
    let message = format!(
        "the trace schema is for RV{}, and the guest is for RV{}",
        schema.guest.xlen,
        machine.xlen()
    );
    Err(Diagnostic::global(message).help("compile the guest for that"))
}

/// The instruction that is next; none if there is none.
pub(super) fn current(spec: &Spec, machine: &Machine) -> Option<usize> {
    let word = machine
        .memory()
        .load::<4>(machine.pc(), Access::Execute)
        .ok()?;
    let decoded = spec.decode(u32::from_le_bytes(word), machine.xlen()).ok()?;
    Some(decoded.instruction)
}

/// Executes an instruction: whether it has retired, and what stops the machine, which may be that there is no instruction after it.
fn execute(machine: &mut Machine) -> (Stop, bool) {
    let before = machine.retired();
    let stop = machine.run(1);
    (stop, machine.retired() != before)
}

/// Whether an instruction begins or ends a traced region.
pub(super) fn mark(instruction: &Instruction) -> Option<bool> {
    let body = &instruction.modes.first()?.semantics.body;
    body.iter().find_map(|statement| match statement {
        Stmt::Effect(Effect::Trace(on)) => Some(*on),
        _ => None,
    })
}

/// The words of executable memory that the schema has rows for.
#[must_use]
pub fn program(spec: &Spec, memory: &SegmentedMemory) -> Vec<ProgramWord> {
    let mut out = Vec::new();
    for (start, len, permissions) in memory.regions() {
        if !permissions.execute {
            continue;
        }
        for pc in (start.next_multiple_of(4)..start + len).step_by(4) {
            let (Ok(word), Ok(pc)) = (memory.load::<4>(pc, Access::Execute), u32::try_from(pc))
            else {
                continue;
            };
            let word = u32::from_le_bytes(word);
            out.extend(decode(spec, pc, word));
        }
    }
    out
}

fn decode(spec: &Spec, pc: u32, word: u32) -> Option<ProgramWord> {
    let schema = spec.trace();
    let decoded = spec.decode(word, schema.guest.xlen).ok()?;
    if decoded.length != 4 || !schema.covers(decoded.instruction) {
        return None;
    }
    let instruction = &spec.instructions[decoded.instruction];
    let operand = |name: &str| {
        let index = instruction.operand(name)?.0 as usize;
        Some((
            instruction.operands[index].kind.clone(),
            decoded.values()[index],
        ))
    };
    let register = |name: &str| match operand(name) {
        Some((OperandKind::Gpr { .. }, number)) => number as u8,
        _ => 0,
    };
    let imm = match operand("imm") {
        Some((OperandKind::Imm { .. }, value)) => value as u32,
        _ => 0,
    };
    Some(ProgramWord {
        pc,
        word,
        instruction: decoded.instruction,
        imm,
        rd: register("rd"),
        rs1: register("rs1"),
        rs2: register("rs2"),
    })
}

/// When words were accessed, in a traced region.
pub(super) trait Accesses {
    /// Notes an access to a word, which has had one content and has another one then, and gives the time of the one before; 0 if there is none.
    fn access(&mut self, addr: u32, before: u32, after: u32, time: u32) -> u32;
}

/// A traced region while it is recorded.
pub(super) struct Region<A> {
    pub(super) execution: Execution,
    clock: Clock,
    pub(super) accesses: A,
    registers: u32,
    pub(super) now: u32,
    /// Numbers of a7, a0, a1, a2, t0.
    calling: [u8; 5],
}

/// All words of a region.
struct Words {
    /// Those that are not zero at first, registers included.
    first: BTreeMap<u32, u32>,
    /// Those that were accessed: content and time.
    touched: HashMap<u32, (u32, u32)>,
}

impl Accesses for Words {
    fn access(&mut self, addr: u32, _: u32, after: u32, time: u32) -> u32 {
        self.touched
            .insert(addr, (after, time))
            .map_or(0, |(_, before)| before)
    }
}

impl Words {
    fn begin(spec: &Spec, machine: &Machine) -> Self {
        let mut first = BTreeMap::new();
        for (start, bytes) in machine.memory().contents() {
            for (addr, byte) in (start..).zip(bytes).filter(|(_, byte)| **byte != 0) {
                let word = first.entry((addr >> 2) as u32).or_insert(0);
                *word |= u32::from(*byte) << (8 * (addr % 4));
            }
        }
        for (number, value) in (spec.trace().guest.registers..).zip(machine.x()) {
            if *value != 0 {
                first.insert(number, *value as u32);
            }
        }
        Self {
            first,
            touched: HashMap::new(),
        }
    }

    fn end(mut self, registers: u32) -> Vec<WordState> {
        for register in registers..registers + 32 {
            self.first.entry(register).or_insert(0);
        }
        for addr in self.touched.keys() {
            self.first.entry(*addr).or_insert(0);
        }
        self.first
            .iter()
            .map(|(&addr, &first)| {
                let (last, time) = self.touched.get(&addr).copied().unwrap_or((first, 0));
                WordState {
                    addr,
                    first,
                    last,
                    time,
                }
            })
            .collect()
    }
}

impl<A: Accesses> Region<A> {
    pub(super) fn begin(spec: &Spec, machine: &Machine, accesses: A) -> Self {
        let Schema { guest, clock, .. } = spec.trace();
        Self {
            execution: Execution {
                start_pc: machine.pc() as u32,
                ..Execution::default()
            },
            clock: *clock,
            accesses,
            registers: guest.registers,
            now: clock.first,
            calling: ["a7", "a0", "a1", "a2", "t0"].map(|name| spec.register(name).unwrap_or(0)),
        }
    }

    /// Notes an access, and gives the time of the one before.
    fn access(&mut self, addr: u32, before: u32, after: u32, slot: u32) -> u32 {
        let time = self.now + slot;
        self.accesses.access(addr, before, after, time)
    }

    /// Executes an instruction; the result is `OutOfFuel` if the one after it can be.
    pub(super) fn step(
        &mut self,
        spec: &Spec,
        machine: &mut Machine,
        code: Option<&ProgramWord>,
    ) -> Result<Stop, Diagnostic> {
        let pc = machine.pc();
        let refuse = |what: String| Err(Diagnostic::global(format!("{what} at pc {pc:#x}")));
        let found = machine
            .memory()
            .load::<4>(pc, Access::Execute)
            .map(u32::from_le_bytes);
        let Some(code) = code.filter(|code| found == Ok(code.word) && u64::from(code.pc) == pc)
        else {
            // Perhaps there is nothing to execute; then the machine says why.
            let next = current(spec, machine).map(|index| &spec.instructions[index]);
            let (stop, retired) = execute(machine);
            return match (code, next) {
                _ if !retired => Ok(stop),
                (Some(_), _) => refuse("the program has changed its code".to_owned()),
                (None, Some(next)) => refuse(format!(
                    "no table of the trace schema has a row for `{}`",
                    next.name
                ))
                .map_err(|error| match mark(next) {
                    Some(_) => error.help("trace only what the guest marks"),
                    None => error,
                }),
                (None, None) => {
                    refuse("no table of the trace schema has a row for the instruction".to_owned())
                }
            };
        };
        let instruction = &spec.instructions[code.instruction];
        let before = *machine.x();
        let state = Snoop {
            machine,
            instruction,
            code,
            loads: RefCell::new(Vec::new()),
        };
        let Ok(writes) = scalar::execute(spec, instruction, machine.xlen(), &state) else {
            return Ok(machine.run(1));
        };
        let loads = state.loads.into_inner();
        let stores = writes.iter().filter_map(|write| match write {
            Write::Memory { addr, bytes, .. } => Some((*addr, *bytes)),
            _ => None,
        });
        let access = loads.into_iter().chain(stores).next();
        let old = access.map_or(0, |(addr, _)| word(machine.memory(), (addr >> 2) as u32));
        let (stop, retired) = execute(machine);
        if !retired {
            return Ok(stop);
        }
        if let Some((addr, bytes)) = access
            && !addr.is_multiple_of(u64::from(bytes))
        {
            return refuse(format!(
                "the access of {bytes} bytes to {addr:#x} is not aligned"
            ));
        }
        let rd_value = writes.iter().find_map(|write| match write {
            Write::Register(_, value) => Some(*value as u32),
            _ => None,
        });
        let called = writes.contains(&Write::EnvironmentCall);
        let mut expected = before;
        if code.rd != 0 {
            expected[usize::from(code.rd)] = u64::from(rd_value.unwrap_or(0));
        }
        if called {
            for result in [self.calling[1], self.calling[4]].map(usize::from) {
                expected[result] = machine.x()[result];
            }
        }
        if expected != *machine.x() {
            return refuse(format!(
                "`{}` has changed registers otherwise than its meaning says",
                instruction.name
            ));
        }

        let register = |number: u8| before[usize::from(number)] as u32;
        let mut event = Event {
            code: *code,
            clock: self.now,
            next_pc: machine.pc() as u32,
            rs1_value: register(code.rs1),
            rs2_value: register(code.rs2),
            rd_before: register(code.rd),
            rd_value: rd_value.unwrap_or(0),
            ..Event::default()
        };
        let clock = self.clock;
        let base = self.registers;
        let (rs1, rs2) = (event.rs1_value, event.rs2_value);
        event.rs1_time = self.access(base + u32::from(code.rs1), rs1, rs1, clock.rs1);
        event.rs2_time = self.access(base + u32::from(code.rs2), rs2, rs2, clock.rs2);
        if let Some((addr, _)) = access {
            let at = (addr >> 2) as u32;
            let after = word(machine.memory(), at);
            event.memory = Some(MemoryAccess {
                addr: addr as u32,
                before: old,
                after,
                time: self.access(at, old, after, clock.memory),
            });
        }
        if code.rd != 0 {
            let rd = base + u32::from(code.rd);
            event.rd_time = self.access(rd, event.rd_before, event.rd_value, clock.rd);
        }
        if called {
            event.call = Some(self.call(machine, register));
        }
        self.execution.events.push(event);
        self.now += clock.step;
        Ok(stop)
    }

    /// Notes an environment call, of which the machine has just returned.
    fn call(&mut self, machine: &Machine, before: impl Fn(u8) -> u32) -> Call {
        let [number, arg0, arg1, arg2, t0] = self.calling.map(before);
        let [_, result, _, _, result_t0] = self
            .calling
            .map(|register| machine.x()[usize::from(register)] as u32);
        let accesses = [
            (number, number, self.clock.call),
            (arg0, result, self.clock.rd),
            (arg1, arg1, self.clock.call),
            (arg2, arg2, self.clock.call),
            (t0, result_t0, self.clock.rd),
        ];
        let mut times = [0; 5];
        for (i, (old, new, slot)) in accesses.into_iter().enumerate() {
            times[i] = self.access(self.registers + u32::from(self.calling[i]), old, new, slot);
        }
        // Each word once, whatever parts of it are exchanged.
        let mut words = BTreeMap::new();
        for transfer in machine.transfers() {
            for (i, byte) in transfer.before.iter().enumerate() {
                let addr = transfer.addr.wrapping_add(i as u64);
                let at = (addr >> 2) as u32;
                let old = words
                    .entry(at)
                    .or_insert_with(|| word(machine.memory(), at));
                let shift = 8 * (addr % 4);
                *old = *old & !(0xff << shift) | u32::from(*byte) << shift;
            }
        }
        for (addr, before) in words {
            let after = word(machine.memory(), addr);
            let time = self.access(addr, before, after, self.clock.memory);
            self.execution.exchanges.push(Exchange {
                clock: self.now,
                addr,
                before,
                after,
                time,
            });
        }
        Call {
            number,
            args: [arg0, arg1, arg2],
            result,
            t0,
            result_t0,
            times,
        }
    }

    /// The recording, with the words of the region and of the program.
    pub(super) fn end(
        mut self,
        machine: &Machine,
        program: Vec<ProgramWord>,
        words: impl FnOnce(A) -> Vec<WordState>,
    ) -> Execution {
        self.execution.words = words(self.accesses);
        self.execution.program = program;
        self.execution.end_pc = machine.pc() as u32;
        self.execution.end_clock = self.now;
        self.execution
    }
}

/// The word at a word address; bytes that are not mapped are zero.
pub(super) fn word(memory: &SegmentedMemory, addr: u32) -> u32 {
    let byte = |i: u64| memory.peek(u64::from(addr) * 4 + i).unwrap_or(0);
    u32::from_le_bytes([0, 1, 2, 3].map(byte))
}

/// The machine before an instruction, with a note of what is loaded.
struct Snoop<'a> {
    machine: &'a Machine,
    instruction: &'a Instruction,
    code: &'a ProgramWord,
    loads: RefCell<Vec<(u64, u8)>>,
}

impl scalar::State for Snoop<'_> {
    fn operand(&self, operand: OperandId) -> Option<u64> {
        let operand = self.instruction.operands.get(operand.0 as usize)?;
        let value = match &operand.name[..] {
            "rs1" => self.machine.x()[usize::from(self.code.rs1)],
            "rs2" => self.machine.x()[usize::from(self.code.rs2)],
            "imm" => u64::from(self.code.imm),
            _ => return None,
        };
        Some(value)
    }

    fn register_number(&self, _operand: OperandId) -> Option<u64> {
        None
    }

    fn pc(&self, next: bool) -> u64 {
        let pc = self.machine.pc();
        if next {
            u64::from((pc as u32).wrapping_add(4))
        } else {
            pc
        }
    }

    fn csr(&self, _number: u16) -> Option<u64> {
        None
    }

    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Fault> {
        let mut word = [0; 8];
        self.machine
            .memory()
            .read(addr, &mut word[..usize::from(bytes.min(8))])?;
        self.loads.borrow_mut().push((addr, bytes));
        Ok(u64::from_le_bytes(word))
    }

    fn reserved(&self, _addr: u64) -> bool {
        false
    }

    /// A guest has no units.
    fn wait(&self, _ticket: u64) -> Option<u64> {
        None
    }
}
