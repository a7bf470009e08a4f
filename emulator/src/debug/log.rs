//! The last statuses that instructions of the accelerator have left.

use crate::host::Offload;
use std::collections::VecDeque;
use zktr_isa::Spec;

/// How many are kept.
const KEPT: usize = 64;

/// An instruction of the accelerator that has been executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offloaded {
    /// Its address.
    pub pc: u64,
    /// Number of instructions before it.
    pub time: u64,
    /// Index into [`Spec::instructions`].
    pub instruction: usize,
    /// Values of its operands: contents of registers.
    pub operands: Vec<u64>,
    /// Address and bytes of its descriptor; no bytes where it is not in memory.
    pub descriptor: Option<(u64, Vec<u8>)>,
    /// A status code, or a ticket.
    pub status: u64,
}

impl Offloaded {
    /// The status in words: its name, or the ticket.
    pub fn outcome(&self, spec: &Spec) -> String {
        match spec.status_by_code(self.status) {
            Some(status) => status.name.clone(),
            None if self.status >= spec.tickets.first => format!("ticket {}", self.status),
            None => format!("status {}", self.status),
        }
    }
}

/// The last ones, in the order of execution.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Offloaded>,
}

impl Log {
    pub(super) fn push(&mut self, spec: &Spec, event: &Offload<'_>) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        let size = spec
            .instructions
            .get(event.instruction)
            .and_then(|instruction| instruction.descriptor())
            .and_then(|(_, index)| spec.descriptors.get(index))
            .map_or(0, |descriptor| descriptor.size as usize);
        let descriptor = event.descriptor.map(|addr| {
            let mut bytes = vec![0; size];
            let read = event.memory.inspect(addr, &mut bytes);
            if read < size {
                bytes.clear();
            }
            (addr, bytes)
        });
        self.entries.push_back(Offloaded {
            pc: event.pc,
            time: event.time,
            instruction: event.instruction,
            operands: event.operands.to_vec(),
            descriptor,
            status: event.status,
        });
    }

    /// Forgets what is not before a time.
    pub(super) fn rewind(&mut self, time: u64) {
        self.entries.retain(|entry| entry.time < time);
    }

    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = &Offloaded> {
        self.entries.iter()
    }
}
