//! Operations that go on while the host does.
//!
//! An instruction whose descriptor asks for a ticket is checked when it is issued; from then on its operation may take
//! place at any time up to the wait for it. [`Timing`] chooses the two ends of that range, so that a
//! program that depends on the moment can be found: it gives different results. What an operation was issued
//! with (descriptor, registers) is captured; its views are read and written when it takes place.

use crate::golden::{self, Devices};
use crate::memory::{Access, Fault, Memory};
use zktr_isa::Spec;
use zktr_isa::model::{Descriptor, FieldType, Instruction, Phase};

/// When an operation with a ticket takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timing {
    /// When its instruction is executed.
    #[default]
    AtIssue,
    /// When the program waits for it; never, if it does not.
    AtWait,
}

/// The operations that are outstanding.
#[derive(Debug, Clone, Default)]
pub(super) struct Tickets {
    /// By ticket, from the first on.
    slots: Vec<Option<Operation>>,
    /// How many have been issued.
    issued: u64,
}

#[derive(Debug, Clone)]
struct Operation {
    /// Its place in the order of issue.
    order: u64,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// It has ended with this status.
    Done(u64),
    /// It has not begun.
    Waiting(Box<Issued>),
}

/// An operation as it was issued.
#[derive(Debug, Clone)]
struct Issued {
    instruction: usize,
    operands: Vec<u64>,
    descriptor: u64,
    bytes: Vec<u8>,
}

/// Where operations are executed.
pub(super) struct Hart<'a> {
    pub(super) spec: &'a Spec,
    pub(super) xlen: u8,
    pub(super) options: &'a golden::Options,
    pub(super) devices: &'a mut dyn Devices,
    pub(super) memory: &'a mut dyn Memory,
}

impl Hart<'_> {
    fn execute(&mut self, instruction: &Instruction, operands: &[u64]) -> u64 {
        golden::execute(
            self.spec,
            instruction,
            operands,
            self.xlen,
            self.memory,
            self.options,
            self.devices,
        )
    }

    /// The address and the bytes of a descriptor that asks for a ticket.
    fn asked(&self, instruction: &Instruction, operands: &[u64]) -> Option<(u64, Vec<u8>)> {
        let (operand, index) = instruction.descriptor()?;
        let addr = *operands.get(operand.0 as usize)?;
        let descriptor = self.spec.descriptors.get(index)?;
        let (at, bit) = flag(descriptor, &self.spec.tickets.flag)?;
        let mut bytes = vec![0; descriptor.size as usize];
        self.memory.read(addr, &mut bytes).ok()?;
        let set = bytes.get(at).is_some_and(|byte| byte >> bit & 1 == 1);
        set.then_some((addr, bytes))
    }
}

/// Offset and bit of a flag.
fn flag(descriptor: &Descriptor, name: &str) -> Option<(usize, usize)> {
    let field = descriptor
        .fields
        .iter()
        .find(|field| field.ty == FieldType::Flags)?;
    let bit = field.flags.iter().position(|flag| flag.name == name)?;
    Some((field.at as usize, bit))
}

impl Tickets {
    /// Whether no operation is outstanding, nor its status.
    pub(super) fn none(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// Executes an instruction with a descriptor, or takes note of it. The result is what rd gets: a status or a ticket.
    pub(super) fn issue(
        &mut self,
        hart: &mut Hart<'_>,
        instruction: usize,
        operands: Vec<u64>,
        timing: Timing,
    ) -> u64 {
        let spec = hart.spec;
        let entry = &spec.instructions[instruction];
        let Some((descriptor, bytes)) = hart.asked(entry, &operands) else {
            return hart.execute(entry, &operands);
        };
        // Whether it is refused at once does not depend on what else is outstanding.
        if let Some(status) = golden::refusal(
            spec,
            entry,
            &operands,
            hart.xlen,
            hart.memory,
            hart.options,
            hart.devices,
        ) {
            return status;
        }
        let Some(slot) = self.free(spec) else {
            return spec.tickets.busy;
        };
        let state = match timing {
            Timing::AtWait => State::Waiting(Box::new(Issued {
                instruction,
                operands,
                descriptor,
                bytes,
            })),
            Timing::AtIssue => {
                let status = hart.execute(entry, &operands);
                if is_check(spec, status) {
                    return status;
                }
                State::Done(status)
            }
        };
        let order = self.issued;
        self.issued += 1;
        self.slots[slot] = Some(Operation { order, state });
        spec.tickets.first + slot as u64
    }

    /// The smallest free slot.
    fn free(&mut self, spec: &Spec) -> Option<usize> {
        let free = self.slots.iter().position(Option::is_none);
        if free.is_none() && self.slots.len() < spec.tickets.outstanding as usize {
            self.slots.push(None);
            return Some(self.slots.len() - 1);
        }
        free
    }

    /// Waits for an operation, or with ticket 0 for all of them; the result is the status.
    pub(super) fn wait(&mut self, hart: &mut Hart<'_>, ticket: u64) -> u64 {
        if ticket == 0 {
            return self.wait_for_all(hart);
        }
        let slot = ticket
            .checked_sub(hart.spec.tickets.first)
            .and_then(|slot| usize::try_from(slot).ok());
        let operation = slot
            .and_then(|slot| self.slots.get_mut(slot))
            .and_then(Option::take);
        match operation {
            Some(operation) => operation.finish(hart),
            None => hart.spec.tickets.unknown,
        }
    }

    /// In the order of issue; the status of the first that was refused.
    fn wait_for_all(&mut self, hart: &mut Hart<'_>) -> u64 {
        let success = hart.spec.outcomes.success;
        let mut all: Vec<Operation> = self.slots.drain(..).flatten().collect();
        all.sort_by_key(|operation| operation.order);
        let mut first = success;
        for operation in all {
            let status = operation.finish(hart);
            if first == success {
                first = status;
            }
        }
        first
    }
}

impl Operation {
    /// Its final status; it takes place now, if it has not yet.
    fn finish(self, hart: &mut Hart<'_>) -> u64 {
        let issued = match self.state {
            State::Done(status) => return status,
            State::Waiting(issued) => issued,
        };
        let spec = hart.spec;
        let mut captured = Captured {
            memory: &mut *hart.memory,
            start: issued.descriptor,
            bytes: &issued.bytes,
        };
        golden::execute(
            spec,
            &spec.instructions[issued.instruction],
            &issued.operands,
            hart.xlen,
            &mut captured,
            hart.options,
            &mut *hart.devices,
        )
    }
}

/// True for a status of a refusal before anything was written.
fn is_check(spec: &Spec, status: u64) -> bool {
    spec.status_by_code(status)
        .is_some_and(|status| status.phase == Some(Phase::Check))
}

/// Memory in which the descriptor is as it was when the operation was issued.
struct Captured<'a> {
    memory: &'a mut dyn Memory,
    start: u64,
    bytes: &'a [u8],
}

impl Memory for Captured<'_> {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        self.memory.read(addr, buf)?;
        for (offset, to) in (0u64..).zip(buf) {
            let at = addr.wrapping_add(offset).wrapping_sub(self.start);
            if let Some(&byte) = usize::try_from(at).ok().and_then(|at| self.bytes.get(at)) {
                *to = byte;
            }
        }
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.memory.write(addr, bytes)
    }

    fn accessible(&self, addr: u64, len: u64, access: Access) -> bool {
        self.memory.accessible(addr, len, access)
    }
}
