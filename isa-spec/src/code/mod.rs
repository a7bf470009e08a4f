//! Instruction words: encoding, decoding, and the check that no word has two meanings. All of it
//! works on the operand tables alone.

pub mod decode;
pub mod encode;
mod extract;
pub mod field_values;
pub mod invocation;
pub(crate) mod overlap;
pub mod program;
mod sample;
pub(crate) mod tree;

/// The most operands that an instruction has.
pub const MAX_OPERANDS: usize = 6;
