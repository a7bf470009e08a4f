//! Scalar instructions: the base ISA, and those of the accelerator without a descriptor.
//!
//! An instruction reads the hart as it was before it and ends with a list of what it does to it, in
//! order; if a read fails, it does nothing. Applying the list is up to the hart.

use super::arithmetic::{Arithmetic, Element};
use super::eval::{self, Environment, Stop, Value, Write};
use crate::memory::{Fault, Memory};
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind, OperandId};
use zktr_isa::model::Instruction;

/// Iterations of loops that a scalar instruction may have.
const STEPS: u64 = 1 << 16;

/// The hart before an instruction.
pub(crate) trait State {
    /// Value of an operand as a word: a register's content or an immediate; of a CSR operand, the number.
    fn operand(&self, operand: OperandId) -> Option<u64>;
    /// Number of the register that an operand names.
    fn register_number(&self, operand: OperandId) -> Option<u64>;
    /// Address of this instruction, or of the next one.
    fn pc(&self, next: bool) -> u64;
    /// Content of a CSR; none if there is none with this number.
    fn csr(&self, number: u16) -> Option<u64>;
    /// `bytes` bytes of memory, little-endian.
    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Fault>;
    /// True if a reservation on this address holds.
    fn reserved(&self, addr: u64) -> bool;
    /// The final status of the operation with this ticket; none if it is not known yet.
    fn wait(&self, ticket: u64) -> Option<u64>;
}

/// What an instruction does to a hart in this state.
pub(crate) fn execute(
    spec: &Spec,
    instruction: &Instruction,
    xlen: u8,
    state: &dyn State,
) -> Result<Vec<Write>, Stop> {
    let mode = instruction
        .modes
        .first()
        .ok_or(Stop::Unsupported("a meaning"))?;
    let mut environment = Scalar {
        spec,
        xlen,
        state,
        writes: Vec::new(),
    };
    eval::run(&mode.semantics, &mut environment, STEPS)?;
    Ok(environment.writes)
}

/// The value of the register that an instruction without a descriptor writes.
pub(super) fn result(
    spec: &Spec,
    instruction: &Instruction,
    operands: &[u64],
    xlen: u8,
    memory: &dyn Memory,
) -> u64 {
    let state = Operands {
        spec,
        operands,
        memory,
    };
    let writes = execute(spec, instruction, xlen, &state).unwrap_or_default();
    let register = writes.iter().rev().find_map(|write| match write {
        Write::Register(_, value) => Some(*value),
        _ => None,
    });
    register.unwrap_or(spec.outcomes.shape)
}

struct Scalar<'a> {
    spec: &'a Spec,
    xlen: u8,
    state: &'a dyn State,
    writes: Vec<Write>,
}

impl Environment for Scalar<'_> {
    fn xlen(&self) -> u8 {
        self.xlen
    }

    fn cell_bits(&self) -> u32 {
        // The checker accepts this width only where there is a format.
        u32::from(self.xlen)
    }

    fn arithmetic(&self) -> Result<&Arithmetic, Stop> {
        Err(Stop::Unsupported("a field element"))
    }

    fn operand(&self, operand: OperandId) -> Result<u64, Stop> {
        self.state
            .operand(operand)
            .ok_or(Stop::Unsupported("an operand"))
    }

    fn register_number(&self, operand: OperandId) -> Result<u64, Stop> {
        self.state
            .register_number(operand)
            .ok_or(Stop::Unsupported("a register's number"))
    }

    fn pc(&self, next: bool) -> Result<u64, Stop> {
        Ok(self.state.pc(next))
    }

    fn csr(&self, operand: OperandId) -> Result<u64, Stop> {
        let number = self.operand(operand)? as u16;
        self.state.csr(number).ok_or(Stop::Csr(number))
    }

    fn status(&self, name: &str) -> Result<u64, Stop> {
        self.spec
            .status(name)
            .map(|status| status.code)
            .ok_or(Stop::Unsupported("a status"))
    }

    fn field(&self, _field: FieldId) -> Result<Value, Stop> {
        Err(Stop::Unsupported("a descriptor"))
    }

    fn distance(&self, _view: FieldId, _dim: usize, _index: i128) -> Result<u64, Stop> {
        Err(Stop::Unsupported("a view"))
    }

    fn element(&self, _view: FieldId, _distance: u64) -> Result<Value, Stop> {
        Err(Stop::Unsupported("a view"))
    }

    fn felt(&self, _view: FieldId, _distance: u64, _to: &mut Element) -> Result<(), Stop> {
        Err(Stop::Unsupported("a view"))
    }

    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Stop> {
        self.state.load(addr, bytes).map_err(Stop::Fault)
    }

    fn reserved(&self, addr: u64) -> Result<bool, Stop> {
        Ok(self.state.reserved(addr))
    }

    fn wait(&self, ticket: u64) -> Result<u64, Stop> {
        self.state.wait(ticket).ok_or(Stop::Wait(ticket))
    }

    fn random(&mut self, _kind: Kind) -> Result<Element, Stop> {
        Err(Stop::Unsupported("a field element"))
    }

    fn add_to_element(&mut self, _: FieldId, _: u64, _: Value) -> Result<(), Stop> {
        Err(Stop::Unsupported("a view"))
    }

    fn set_element(&mut self, _view: FieldId, _distance: u64, _value: Value) -> Result<(), Stop> {
        Err(Stop::Unsupported("a view"))
    }

    fn write(&mut self, write: Write) -> Result<(), Stop> {
        self.writes.push(write);
        Ok(())
    }
}

/// The state of an instruction of the accelerator: its operands and memory.
struct Operands<'a> {
    spec: &'a Spec,
    operands: &'a [u64],
    memory: &'a dyn Memory,
}

impl State for Operands<'_> {
    fn operand(&self, operand: OperandId) -> Option<u64> {
        self.operands.get(operand.0 as usize).copied()
    }

    fn register_number(&self, _operand: OperandId) -> Option<u64> {
        None
    }

    fn pc(&self, _next: bool) -> u64 {
        0
    }

    fn csr(&self, _number: u16) -> Option<u64> {
        None
    }

    fn load(&self, addr: u64, bytes: u8) -> Result<u64, Fault> {
        let mut word = [0; 8];
        self.memory
            .read(addr, &mut word[..usize::from(bytes.min(8))])?;
        Ok(u64::from_le_bytes(word))
    }

    fn reserved(&self, _addr: u64) -> bool {
        false
    }

    /// Nothing is outstanding here.
    fn wait(&self, ticket: u64) -> Option<u64> {
        Some(match ticket {
            0 => self.spec.outcomes.success,
            _ => self.spec.tickets.unknown,
        })
    }
}
