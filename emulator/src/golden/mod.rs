//! The golden evaluator: what the spec says, executed as it is written.
//!
//! It is the authority on results; everything faster is held to it. [`offload`] executes an
//! instruction of the accelerator against memory.

pub mod arithmetic;
pub(crate) mod bulk;
pub(crate) mod descriptor;
mod devices;
pub(crate) mod eval;
pub(crate) mod places;
mod reach;
pub(crate) mod scalar;

pub use devices::{Devices, Seeded};

use crate::fast;
use crate::memory::Memory;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, OperandKind, Role};

/// What a refusal of phase `data` leaves in the elements of the written views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scribble {
    /// What they had before.
    #[default]
    None,
    /// Garbage that is a function of this seed and the address: the worst that the contract allows. It
    /// shows whether a caller depends on more than the contract gives.
    Seeded(u64),
}

/// Who executes bulk instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// The golden evaluator.
    #[default]
    Golden,
    /// Fast units, where they can: they have the same results, and after a refusal of phase `data` any contents of written
    /// views. With [`Scribble::Seeded`] it is the golden evaluator nevertheless.
    Fast(fast::Options),
}

/// How bulk instructions are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Limit of work and memory: of a count, of the words of all views, and of the iterations of all loops
    /// together. An instruction that needs more refuses with the outcome `shape`. It also bounds the steps
    /// that are spent on an exact answer whether two views are disjoint; undecided views count as
    /// overlapping.
    pub max_elements: u64,
    /// Contents of written views after a refusal of phase `data`.
    pub scribble: Scribble,
    /// Who executes them.
    pub units: Units,
    /// Seed of the random elements, where no other devices are given: see [`Seeded`].
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_elements: 1 << 26,
            scribble: Scribble::None,
            units: Units::Golden,
            seed: 0,
        }
    }
}

/// Executes an instruction of the accelerator on `memory`. `rs1` is the address of its descriptor and `rs2` its
/// count, in whichever registers its encoding has them; for an instruction without a descriptor they are the registers
/// that it reads, in order. The result is what rd gets. All reads are of the memory before the instruction.
///
/// A bulk instruction never traps; whatever it cannot do it refuses with a status, and then memory is as
/// it was, but for [`Options::scribble`].
///
/// The instruction is executed as a whole, whether it asks for a ticket or not. Its random elements come from
/// [`Options::seed`], so that it is a function of its arguments.
pub fn offload(
    spec: &Spec,
    instruction: usize,
    rs1: u64,
    rs2: u64,
    xlen: u8,
    memory: &mut dyn Memory,
    options: &Options,
) -> u64 {
    let mut devices = Seeded(options.seed);
    let registers = (rs1, rs2);
    offload_with(
        spec,
        instruction,
        registers,
        xlen,
        memory,
        options,
        &mut devices,
    )
}

/// The same with devices; `registers` are rs1 and rs2.
pub fn offload_with(
    spec: &Spec,
    instruction: usize,
    (rs1, rs2): (u64, u64),
    xlen: u8,
    memory: &mut dyn Memory,
    options: &Options,
    devices: &mut dyn Devices,
) -> u64 {
    let Some(instruction) = spec.instructions.get(instruction) else {
        return spec.outcomes.shape;
    };
    let operands = operands(instruction, (rs1, rs2), xlen);
    execute(spec, instruction, &operands, xlen, memory, options, devices)
}

/// The values of an instruction's operands, from rs1 and rs2.
pub(crate) fn operands(instruction: &Instruction, (rs1, rs2): (u64, u64), xlen: u8) -> Vec<u64> {
    let mask = if xlen < 64 { (1 << xlen) - 1 } else { u64::MAX };
    let mut reads = 0;
    instruction
        .operands
        .iter()
        .map(|operand| match (&operand.role, &operand.kind) {
            (Role::Descriptor(_), _) => rs1 & mask,
            (Role::Count(_), _) => rs2 & mask,
            // An instruction without a descriptor has its registers in order.
            (_, OperandKind::Gpr { read: true, .. }) => {
                reads += 1;
                if reads == 1 { rs1 & mask } else { rs2 & mask }
            }
            _ => 0,
        })
        .collect()
}

/// The status that an instruction with a descriptor refuses with before it starts, if it does.
pub(crate) fn refusal(
    spec: &Spec,
    instruction: &Instruction,
    operands: &[u64],
    xlen: u8,
    memory: &dyn Memory,
    options: &Options,
    devices: &mut dyn Devices,
) -> Option<u64> {
    let descriptor = instruction.descriptor()?;
    let call = bulk::Call {
        spec,
        instruction,
        descriptor,
        operands,
        xlen,
        options,
    };
    call.refusal(memory, devices)
}

/// The same with the values of all operands.
pub(crate) fn execute(
    spec: &Spec,
    instruction: &Instruction,
    operands: &[u64],
    xlen: u8,
    memory: &mut dyn Memory,
    options: &Options,
    devices: &mut dyn Devices,
) -> u64 {
    match instruction.descriptor() {
        Some(descriptor) => {
            let call = bulk::Call {
                spec,
                instruction,
                descriptor,
                operands,
                xlen,
                options,
            };
            if let Units::Fast(units) = &options.units
                && options.scribble == Scribble::None
                && let Ok(status) = fast::execute(&call, memory, devices, units)
            {
                return status;
            }
            call.execute(memory, devices)
        }
        None => scalar::result(spec, instruction, operands, xlen, memory),
    }
}
