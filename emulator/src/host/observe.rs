//! Observers of retired instructions: statistics, traces, timelines, debuggers.
//!
//! They are chosen at compile time. Without one, the host core runs whole blocks at once and
//! spends nothing on events.

use std::collections::BTreeMap;
use zktr_isa::Spec;

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
}

/// Something that looks at each instruction.
pub trait Observer {
    /// False for an observer that wants no events.
    const ACTIVE: bool = true;

    /// Called after each instruction, in the order of execution.
    fn retire(&mut self, event: &Retire<'_>);
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
}

impl<O: Observer> Observer for &mut O {
    const ACTIVE: bool = O::ACTIVE;

    fn retire(&mut self, event: &Retire<'_>) {
        (**self).retire(event);
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
