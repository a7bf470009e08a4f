//! One instruction by the golden evaluator: those of the accelerator, and scalar ones whose meaning is not translated.

use super::cache::Block;
use super::tickets::{Hart, Tickets};
use super::{Cause, Machine, Observer, Offload, Stop, csr};
use crate::golden::eval::{self, Write};
use crate::golden::scalar;
use crate::memory::{Access, Fault, Memory};
use zktr_isa::Spec;
use zktr_isa::algebra::OperandId;
use zktr_isa::model::{Instruction, OperandKind};

impl Machine {
    /// Executes the only instruction of a block by the golden evaluator.
    pub(super) fn step_golden<O: Observer>(
        &mut self,
        block: Block,
        observer: &mut O,
    ) -> Result<(), Stop> {
        let Some(insn) = self.cache.insns(block).first().copied() else {
            return Ok(());
        };
        let spec = self.spec.clone();
        let instruction = &spec.instructions[insn.decoded.instruction];
        let mut next_pc = block.end;
        let mut call = false;
        if instruction.is_bulk() {
            self.offload(
                &spec,
                insn.decoded.instruction,
                insn.decoded.values(),
                observer,
            );
        } else {
            let writes = loop {
                let state = HartState {
                    machine: self,
                    instruction,
                    values: insn.decoded.values(),
                    next_pc,
                };
                match scalar::execute(&spec, instruction, self.xlen, &state) {
                    // Waiting is no reading: it is done first, and then the instruction once more.
                    Err(eval::Stop::Wait(ticket)) if self.waited.is_none() => self.wait(ticket),
                    writes => break writes,
                }
            };
            if let Some((ticket, status)) = self.waited.take() {
                observer.offload(&Offload {
                    pc: self.pc,
                    time: self.retired,
                    instruction: insn.decoded.instruction,
                    operands: &[ticket],
                    descriptor: None,
                    status,
                    memory: &self.memory,
                });
            }
            let writes = writes.map_err(|stop| self.trap(cause(stop)))?;
            if let Some(number) = self.unwritable_csr(&writes, insn.decoded.values()) {
                return Err(self.trap(Cause::Csr(number)));
            }
            self.store_all(&writes)
                .map_err(|fault| self.trap(Cause::Fault(fault)))?;
            for write in writes {
                match write {
                    Write::Memory { .. } | Write::Fence | Write::Trace(_) => {}
                    Write::Register(operand, value) => {
                        self.set_operand(instruction, insn.decoded.values(), operand, value)
                    }
                    Write::Pc(value) => next_pc = value & self.mask(),
                    Write::Csr(operand, value) => {
                        let number = csr_number(insn.decoded.values(), operand);
                        self.csrs.write(&spec, number, value);
                    }
                    Write::Reserve(addr) => self.reservation = Some(addr),
                    Write::Unreserve => self.reservation = None,
                    Write::EnvironmentCall => call = true,
                    Write::Breakpoint => return Err(self.trap(Cause::Breakpoint)),
                    // Only an instruction with a descriptor runs a guest.
                    Write::RunGuest | Write::Illegal => {
                        return Err(self.trap(Cause::IllegalInstruction));
                    }
                }
            }
        }
        if call {
            self.environment_call()?;
        }
        self.retire(&insn, next_pc, observer);
        if observer.halts() {
            return Err(Stop::Halted);
        }
        Ok(())
    }

    /// A CSR among those that are to be written which cannot be.
    fn unwritable_csr(&self, writes: &[Write], values: &[i64]) -> Option<u16> {
        writes
            .iter()
            .filter_map(|write| match write {
                Write::Csr(operand, _) => Some(csr_number(values, *operand)),
                _ => None,
            })
            .find(|number| !csr::writable(&self.spec, *number))
    }

    fn offload<O: Observer>(
        &mut self,
        spec: &Spec,
        index: usize,
        values: &[i64],
        observer: &mut O,
    ) {
        let instruction = &spec.instructions[index];
        let state = HartState {
            machine: self,
            instruction,
            values,
            next_pc: 0,
        };
        let operands: Vec<u64> = (0..instruction.operands.len() as u32)
            .map(|i| scalar::State::operand(&state, OperandId(i)).unwrap_or(0))
            .collect();
        let timing = self.options.timing;
        let issued = operands.clone();
        let status = self.units(|tickets, hart| tickets.issue(hart, index, issued, timing));
        observer.offload(&Offload {
            pc: self.pc,
            time: self.retired,
            instruction: index,
            operands: &operands,
            descriptor: instruction
                .descriptor()
                .and_then(|(operand, _)| operands.get(operand.0 as usize).copied()),
            status,
            memory: &self.memory,
        });
        if let Some(operand) = instruction.status_operand() {
            self.set_operand(instruction, values, operand, status);
        }
    }

    /// Waits for a ticket.
    fn wait(&mut self, ticket: u64) {
        let status = self.units(|tickets, hart| tickets.wait(hart, ticket));
        self.waited = Some((ticket, status));
    }

    /// Lets the units work, which may write to memory.
    fn units<T>(&mut self, work: impl FnOnce(&mut Tickets, &mut Hart<'_>) -> T) -> T {
        let mut hart = Hart {
            spec: &self.spec,
            xlen: self.xlen,
            options: &self.options.offload,
            devices: self.devices.as_mut(),
            memory: &mut self.memory,
        };
        let result = work(&mut self.tickets, &mut hart);
        if self.cache.writable().1 > 0 {
            self.cache.clear();
        }
        result
    }

    /// Writes the register that an operand names.
    fn set_operand(
        &mut self,
        instruction: &Instruction,
        values: &[i64],
        operand: OperandId,
        value: u64,
    ) {
        let index = operand.0 as usize;
        let kind = instruction.operands.get(index).map(|o| &o.kind);
        let register = values.get(index).and_then(|v| u8::try_from(*v).ok());
        match (kind, register) {
            (Some(OperandKind::Gpr { .. }), Some(register)) => self.set_x(register, value),
            (Some(OperandKind::Fpr { .. }), Some(register)) => self.set_f(register, value),
            _ => {}
        }
    }

    /// Writes to memory what an instruction writes; all of it or nothing.
    fn store_all(&mut self, writes: &[Write]) -> Result<(), Fault> {
        let stores = || {
            writes.iter().filter_map(|write| match write {
                Write::Memory { addr, bytes, value } => {
                    Some((*addr, u64::from(*bytes).min(8), *value))
                }
                _ => None,
            })
        };
        if let Some((addr, len, _)) =
            stores().find(|(addr, len, _)| !self.memory.accessible(*addr, *len, Access::Write))
        {
            return Err(Fault {
                addr,
                len,
                access: Access::Write,
            });
        }
        for (addr, len, value) in stores() {
            self.memory
                .write(addr, &value.to_le_bytes()[..len as usize])?;
            let (first, size) = self.cache.writable();
            if addr.wrapping_sub(first) < size {
                self.cache.clear();
            }
        }
        Ok(())
    }
}

fn csr_number(values: &[i64], operand: OperandId) -> u16 {
    values.get(operand.0 as usize).map_or(0, |n| *n as u16)
}

fn cause(stop: eval::Stop) -> Cause {
    match stop {
        eval::Stop::Fault(fault) => Cause::Fault(fault),
        eval::Stop::Csr(number) => Cause::Csr(number),
        eval::Stop::Unsupported(what) => Cause::Unsupported(what),
        eval::Stop::Work => Cause::Unsupported("too many steps"),
        eval::Stop::Wait(_) => Cause::Unsupported("a ticket"),
        eval::Stop::Residue | eval::Stop::Inverse | eval::Stop::Refused(_) => {
            Cause::Unsupported("field elements")
        }
    }
}

/// The hart before an instruction, for the golden evaluator.
struct HartState<'a> {
    machine: &'a Machine,
    instruction: &'a Instruction,
    values: &'a [i64],
    next_pc: u64,
}

impl scalar::State for HartState<'_> {
    fn operand(&self, operand: OperandId) -> Option<u64> {
        let index = operand.0 as usize;
        let value = *self.values.get(index)?;
        match self.instruction.operands.get(index)?.kind {
            OperandKind::Gpr { .. } => self.machine.x().get(usize::try_from(value).ok()?).copied(),
            OperandKind::Fpr { .. } => self.machine.f().get(usize::try_from(value).ok()?).copied(),
            OperandKind::Imm { .. } | OperandKind::Csr | OperandKind::FenceSet => {
                Some(value.cast_unsigned() & self.machine.mask())
            }
        }
    }

    fn register_number(&self, operand: OperandId) -> Option<u64> {
        self.values
            .get(operand.0 as usize)
            .map(|value| value.cast_unsigned())
    }

    fn pc(&self, next: bool) -> u64 {
        if next { self.next_pc } else { self.machine.pc }
    }

    fn csr(&self, number: u16) -> Option<u64> {
        self.machine.csrs.read(
            &self.machine.spec,
            number,
            self.machine.xlen,
            self.machine.retired,
        )
    }

    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Fault> {
        let mut word = [0; 8];
        self.machine
            .memory
            .read(addr, &mut word[..usize::from(bytes.min(8))])?;
        Ok(u64::from_le_bytes(word))
    }

    fn reserved(&self, addr: u64) -> bool {
        self.machine.reservation == Some(addr)
    }

    fn wait(&self, ticket: u64) -> Option<u64> {
        let (known, status) = self.machine.waited?;
        (known == ticket).then_some(status)
    }
}
