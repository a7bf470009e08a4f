//! Observers of retired instructions: statistics, traces, timelines, debuggers.
//!
//! They are chosen at compile time. Without one, the host core runs whole blocks at once and
//! spends nothing on events.

use crate::memory::SegmentedMemory;
use std::collections::BTreeMap;
use zktr_isa::Spec;
use zktr_isa::model::{Operand, Role};

/// An instruction that has been executed.
#[derive(Debug, Clone, Copy)]
pub struct Retire<'a> {
    /// Its address.
    pub pc: u64,
    /// Where execution goes on.
    pub next_pc: u64,
    /// Index into [`Spec::instructions`].
    pub instruction: usize,
    /// Values of its operands: register numbers, immediates.
    pub values: &'a [i64],
    /// The integer registers after it.
    pub x: &'a [u64; 32],
    /// Memory after it.
    pub memory: &'a SegmentedMemory,
}

/// A status that an instruction of the accelerator has left: of its operation, or of one that it has waited for.
#[derive(Debug, Clone, Copy)]
pub struct Offload<'a> {
    /// The instruction's address.
    pub pc: u64,
    /// Number of instructions before it.
    pub time: u64,
    /// Index into [`Spec::instructions`].
    pub instruction: usize,
    /// Values of its operands: contents of registers. The ticket, if it waits for one.
    pub operands: &'a [u64],
    /// Address of its descriptor, if it has one.
    pub descriptor: Option<u64>,
    /// A status code, or a ticket.
    pub status: u64,
    /// Memory after it. The descriptor is as it was: no operation writes to its own.
    pub memory: &'a SegmentedMemory,
}

/// Something that looks at each instruction.
pub trait Observer {
    /// False for an observer that wants no events.
    const ACTIVE: bool = true;

    /// Called after each instruction, in the order of execution.
    fn retire(&mut self, event: &Retire<'_>);

    /// Called for each status, before its instruction retires; also if the observer wants no other events.
    fn offload(&mut self, _event: &Offload<'_>) {}

    /// Asked after each event: true ends the run with [`super::Stop::Halted`] behind the instruction.
    fn halts(&mut self) -> bool {
        false
    }
}

/// No observer.
impl Observer for () {
    const ACTIVE: bool = false;

    fn retire(&mut self, _event: &Retire<'_>) {}
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    const ACTIVE: bool = A::ACTIVE || B::ACTIVE;

    fn retire(&mut self, event: &Retire<'_>) {
        self.0.retire(event);
        self.1.retire(event);
    }

    fn offload(&mut self, event: &Offload<'_>) {
        self.0.offload(event);
        self.1.offload(event);
    }

    fn halts(&mut self) -> bool {
        // Both are asked.
        self.0.halts() | self.1.halts()
    }
}

impl<O: Observer> Observer for &mut O {
    const ACTIVE: bool = O::ACTIVE;

    fn retire(&mut self, event: &Retire<'_>) {
        (**self).retire(event);
    }

    fn offload(&mut self, event: &Offload<'_>) {
        (**self).offload(event);
    }

    fn halts(&mut self) -> bool {
        (**self).halts()
    }
}

/// Counts how often each instruction is executed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mix {
    counts: BTreeMap<usize, u64>,
}

impl Observer for Mix {
    fn retire(&mut self, event: &Retire<'_>) {
        *self.counts.entry(event.instruction).or_default() += 1;
    }
}

impl Mix {
    /// Number of instructions.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// (mnemonic, count), most frequent first.
    pub fn by_instruction<'a>(&self, spec: &'a Spec) -> Vec<(&'a str, u64)> {
        self.sorted(|index| {
            spec.instructions
                .get(index)
                .map_or("?", |instruction| instruction.name.as_str())
        })
    }

    /// (extension, count), most frequent first.
    pub fn by_extension<'a>(&self, spec: &'a Spec) -> Vec<(&'a str, u64)> {
        self.sorted(|index| {
            spec.instructions
                .get(index)
                .map_or("?", |instruction| instruction.extension.as_str())
        })
    }

    fn sorted<'a>(&self, name: impl Fn(usize) -> &'a str) -> Vec<(&'a str, u64)> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (&index, &count) in &self.counts {
            *sums.entry(name(index)).or_default() += count;
        }
        let mut rows: Vec<_> = sums.into_iter().collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        rows
    }

    /// A table: mnemonic, count, share.
    pub fn table(&self, spec: &Spec) -> String {
        use std::fmt::Write;
        let total = self.total();
        let mut text = format!("{:<16}{:>14}\n", "instructions", total);
        for (name, count) in self.by_instruction(spec) {
            let share = 100.0 * count as f64 / total.max(1) as f64;
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name:<16}{count:>14}{share:>8.2} %");
        }
        text
    }
}

/// Counts what the units are asked for, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    /// By instruction and status: how many, and the sum of their elements.
    counts: BTreeMap<(usize, u64), (u64, u128)>,
    /// Status codes are smaller.
    first_ticket: u64,
    /// Index of the operand that counts elements, by instruction.
    count_operands: Vec<Option<usize>>,
}

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested<'a> {
    /// The instruction's mnemonic.
    pub instruction: &'a str,
    /// Name of the status that it has left; `ticket` if that comes later.
    pub status: &'a str,
    /// How many.
    pub requests: u64,
    /// The sum of their counts of elements; 0 for instructions without one.
    pub elements: u128,
}

impl Requests {
    /// None as yet.
    pub fn new(spec: &Spec) -> Self {
        let counts_elements = |operand: &Operand| matches!(operand.role, Role::Count(_));
        Self {
            counts: BTreeMap::new(),
            first_ticket: spec.tickets.first,
            count_operands: spec
                .instructions
                .iter()
                .map(|instruction| instruction.operands.iter().position(counts_elements))
                .collect(),
        }
    }

    /// By instruction in the order of the spec, then by status.
    pub fn list<'a>(&self, spec: &'a Spec) -> Vec<Requested<'a>> {
        let mut out = Vec::new();
        for (&(instruction, code), &(requests, elements)) in &self.counts {
            let instruction = spec.instructions.get(instruction);
            let status = spec.statuses.iter().find(|status| status.code == code);
            out.push(Requested {
                instruction: instruction.map_or("?", |instruction| &instruction.name),
                status: match status {
                    _ if code >= self.first_ticket => "ticket",
                    Some(status) => &status.name,
                    None => "?",
                },
                requests,
                elements,
            });
        }
        out
    }
}

impl Observer for Requests {
    const ACTIVE: bool = false;

    fn retire(&mut self, _event: &Retire<'_>) {}

    fn offload(&mut self, event: &Offload<'_>) {
        // All tickets are alike.
        let status = event.status.min(self.first_ticket);
        let counts = self
            .count_operands
            .get(event.instruction)
            .copied()
            .flatten();
        let elements = counts.and_then(|operand| event.operands.get(operand));
        let sums = self.counts.entry((event.instruction, status)).or_default();
        sums.0 += 1;
        sums.1 += u128::from(elements.copied().unwrap_or(0));
    }
}
