//! Snapshots of a run, from which any earlier moment can be reached by executing again.
//!
//! Time is the number of instructions that have been executed. The first snapshot is the beginning. The others come
//! at an interval that doubles whenever they have become too many, so that their memory is bounded.

use crate::host::{Machine, Snapshot};

/// The interval at first; a fraction of a second of execution.
const INTERVAL: u64 = 1 << 20;
/// Most snapshots.
const COUNT: usize = 64;
/// Most bytes of all snapshots together.
const BYTES: u64 = 1 << 28;

/// The snapshots, in ascending order of time.
#[derive(Debug)]
pub(super) struct History {
    snapshots: Vec<Snapshot>,
    interval: u64,
    /// The state has been changed from outside since the last snapshot.
    edited: bool,
}

impl History {
    /// The history of a machine that begins now. It stays empty if the machine is too large, or cannot be repeated.
    pub(super) fn new(machine: &Machine) -> Self {
        let mut history = Self {
            snapshots: Vec::new(),
            interval: INTERVAL,
            edited: false,
        };
        if machine.memory().size() <= BYTES / 2 {
            history.snapshots.extend(machine.snapshot());
        }
        history
    }

    /// The state is no longer what the instructions have made it.
    pub(super) fn edit(&mut self) {
        self.edited = true;
    }

    /// To be called before the machine goes on: what was later is forgotten, and what was edited becomes a snapshot.
    pub(super) fn go_on(&mut self, machine: &Machine) {
        let now = machine.retired();
        self.snapshots.retain(|snapshot| snapshot.retired() <= now);
        if !std::mem::take(&mut self.edited) || self.snapshots.is_empty() {
            return;
        }
        self.snapshots.pop_if(|last| last.retired() == now);
        self.snapshots.extend(machine.snapshot());
        self.thin(machine);
    }

    /// After how many instructions the next snapshot is due.
    pub(super) fn due(&self, now: u64) -> u64 {
        match self.snapshots.last() {
            Some(last) => (last.retired().saturating_add(self.interval))
                .saturating_sub(now)
                .max(1),
            None => u64::MAX,
        }
    }

    /// Takes a snapshot if it is due.
    pub(super) fn pass(&mut self, machine: &Machine) {
        let due = |last: &Snapshot| machine.retired() - last.retired() >= self.interval;
        if self.snapshots.last().is_some_and(due) {
            self.snapshots.extend(machine.snapshot());
            self.thin(machine);
        }
    }

    /// Halves the number of snapshots if they are too many.
    fn thin(&mut self, machine: &Machine) {
        let room = (BYTES / machine.memory().size().max(1)).min(COUNT as u64) as usize;
        while self.snapshots.len() > room.max(2) {
            // The first stays, as the beginning; the last, because it may hold an edit.
            let last = self.snapshots.len() - 1;
            let mut index = 0;
            self.snapshots.retain(|_| {
                index += 1;
                (index - 1) % 2 == 0 || index - 1 == last
            });
            self.interval = self.interval.saturating_mul(2);
        }
    }

    /// The latest snapshot before a time.
    pub(super) fn before(&self, time: u64) -> Option<&Snapshot> {
        let mut earlier = self.snapshots.iter().rev();
        earlier.find(|snapshot| snapshot.retired() < time)
    }

    /// The latest snapshot that is not after a time.
    pub(super) fn at(&self, time: u64) -> Option<&Snapshot> {
        let mut earlier = self.snapshots.iter().rev();
        earlier.find(|snapshot| snapshot.retired() <= time)
    }

    /// The stretches up to now: a snapshot, and when the next one or the present begins.
    pub(super) fn stretches(&self, now: u64) -> impl Iterator<Item = (&Snapshot, u64)> {
        let ends = self.snapshots.iter().skip(1).map(Snapshot::retired);
        let ends = ends.chain([now]).map(move |end| end.min(now));
        self.snapshots.iter().zip(ends)
    }

    /// The time of the first snapshot.
    pub(super) fn beginning(&self) -> Option<u64> {
        self.snapshots.first().map(Snapshot::retired)
    }
}
