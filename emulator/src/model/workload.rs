//! The observer of the guest: each retired instruction becomes a code, and chunks of codes go to the simulators.

use crate::host::{Observer, Retire};
use crate::loader::Symbols;
use zktr_isa::Spec;
use zktr_isa::algebra::{Effect, Stmt};
use zktr_isa::model::{Instruction, OperandKind};

/// A retired instruction: its index in [`Spec::instructions`] and the circumstances that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    /// It has left the sequence of addresses.
    pub const TAKEN: u32 = 1;
    /// A register that it reads holds zero.
    pub const ZERO: u32 = 2;
    /// The signs of what it reads differ, and nothing is zero.
    pub const SIGNS: u32 = 4;
    /// It reads what the instruction before it has written.
    pub const DEPENDENT: u32 = 8;
    /// It is outside of the regions that are traced.
    pub const UNTRACED: u32 = 16;
    /// Number of codes of an instruction.
    pub const EACH: usize = 32;

    /// Index of the instruction.
    #[must_use]
    pub fn instruction(self) -> usize {
        self.0 as usize / Self::EACH
    }

    /// Whether one of the circumstances holds.
    #[must_use]
    pub fn has(self, circumstance: u32) -> bool {
        self.0 & circumstance != 0
    }
}

/// Instructions in the order of execution.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// Their codes.
    pub codes: &'a [Code],
    /// Where execution enters another function: index in `codes`, and number of the function.
    pub functions: &'a [(u32, u32)],
}

const CHUNK: usize = 1 << 16;

/// What is known of an instruction before it is executed.
struct Info {
    length: u64,
    /// Positions of the operands that are registers and read.
    reads: Vec<usize>,
    /// Position of the one that is written.
    writes: Option<usize>,
    /// The latency depends on what the registers hold.
    operands: bool,
    /// It begins or ends a traced region.
    mark: Option<bool>,
}

impl Info {
    fn new(spec: &Spec, index: usize, instruction: &Instruction) -> Self {
        let registers = |wanted: fn(bool, bool) -> bool| {
            instruction
                .operands
                .iter()
                .enumerate()
                .filter(move |(_, operand)| match operand.kind {
                    OperandKind::Gpr { read, write, .. } => wanted(read, write),
                    _ => false,
                })
                .map(|(position, _)| position)
        };
        let latency = spec.latency(index);
        Self {
            length: u64::from(instruction.length),
            reads: registers(|read, _| read).collect(),
            writes: registers(|_, write| write).next(),
            operands: latency.is_some_and(|class| class.zero.or(class.sign).is_some()),
            mark: mark(instruction),
        }
    }
}

/// Whether an instruction begins or ends a traced region.
fn mark(instruction: &Instruction) -> Option<bool> {
    let body = &instruction.modes.first()?.semantics.body;
    body.iter().find_map(|statement| match statement {
        Stmt::Effect(Effect::Trace(on)) => Some(*on),
        _ => None,
    })
}

/// Functions by address, for [`Chunk::functions`].
#[derive(Debug, Clone, Default)]
pub struct Functions {
    /// Start and name, by address.
    starts: Vec<(u64, String)>,
}

impl Functions {
    /// Those that a program has symbols for.
    #[must_use]
    pub fn new(symbols: &Symbols) -> Self {
        let mut starts: Vec<(u64, String)> = symbols
            .iter()
            .map(|(name, addr)| (addr, name.to_owned()))
            .collect();
        starts.sort();
        starts.dedup_by_key(|(addr, _)| *addr);
        Self { starts }
    }

    /// The name of a function.
    #[must_use]
    pub fn name(&self, number: u32) -> &str {
        let start = (number as usize)
            .checked_sub(1)
            .and_then(|i| self.starts.get(i));
        start.map_or("?", |(_, name)| name)
    }

    /// The number of the function around an address, and its bounds. What is below all symbols has number 0.
    fn around(&self, pc: u64) -> (u32, u64, u64) {
        let number = self.starts.partition_point(|(start, _)| *start <= pc);
        let start = number.checked_sub(1).map_or(0, |i| self.starts[i].0);
        let end = self
            .starts
            .get(number)
            .map_or(u64::MAX, |(start, _)| *start);
        (number as u32, start, end)
    }
}

/// The observer.
pub(super) struct Recorder<'a, S: FnMut(Chunk<'_>)> {
    infos: Vec<Info>,
    functions: &'a Functions,
    sink: S,
    codes: Vec<Code>,
    entered: Vec<(u32, u32)>,
    /// Number of the function that is executed, and its bounds.
    current: (u32, u64, u64),
    /// The registers before the instruction at hand.
    before: [u64; 32],
    /// Sign bit of a register.
    sign: u64,
    /// What the last instruction has written.
    written: i64,
    traced: bool,
    marked: bool,
}

impl<'a, S: FnMut(Chunk<'_>)> Recorder<'a, S> {
    /// `marked`: only regions that the guest marks are traced.
    pub(super) fn new(
        spec: &Spec,
        xlen: u8,
        registers: &[u64; 32],
        functions: &'a Functions,
        marked: bool,
        sink: S,
    ) -> Self {
        let infos = spec.instructions.iter().enumerate();
        Self {
            infos: infos.map(|(i, insn)| Info::new(spec, i, insn)).collect(),
            functions,
            sink,
            codes: Vec::with_capacity(CHUNK),
            entered: Vec::new(),
            current: (u32::MAX, 1, 0),
            before: *registers,
            sign: 1 << (xlen - 1),
            written: 0,
            traced: !marked,
            marked,
        }
    }

    /// Hands on what is left.
    pub(super) fn flush(&mut self) {
        if !self.codes.is_empty() {
            (self.sink)(Chunk {
                codes: &self.codes,
                functions: &self.entered,
            });
        }
        self.codes.clear();
        self.entered.clear();
    }
}

impl<S: FnMut(Chunk<'_>)> Observer for Recorder<'_, S> {
    fn retire(&mut self, event: &Retire<'_>) {
        let info = &self.infos[event.instruction];
        let mut code = (event.instruction * Code::EACH) as u32;
        if event.next_pc != event.pc.wrapping_add(info.length) {
            code |= Code::TAKEN;
        }
        let register = |position: &usize| event.values.get(*position).copied().unwrap_or(0);
        if self.written != 0 && info.reads.iter().any(|at| register(at) == self.written) {
            code |= Code::DEPENDENT;
        }
        if info.operands {
            let mut signs = [false; 2];
            for at in &info.reads {
                let value = self.before[register(at) as usize & 31];
                if value == 0 {
                    code |= Code::ZERO;
                }
                signs[usize::from(value & self.sign != 0)] = true;
            }
            if signs == [true; 2] && code & Code::ZERO == 0 {
                code |= Code::SIGNS;
            }
        }
        if self.marked && info.mark == Some(false) {
            self.traced = false;
        }
        if !self.traced {
            code |= Code::UNTRACED;
        }
        if self.marked && info.mark == Some(true) {
            self.traced = true;
        }
        self.written = info.writes.as_ref().map_or(0, register);
        match info.writes {
            Some(_) => {
                let at = self.written as usize & 31;
                self.before[at] = event.x[at];
            }
            // Environment calls write registers that they do not name.
            None if info.reads.is_empty() => self.before = *event.x,
            None => {}
        }
        if !(self.current.1..self.current.2).contains(&event.pc) {
            self.current = self.functions.around(event.pc);
            self.entered.push((self.codes.len() as u32, self.current.0));
        }
        self.codes.push(Code(code));
        if self.codes.len() == CHUNK {
            self.flush();
        }
    }
}
