//! Why a certificate was refused.

use cranelift_codegen::ir::{Block, Inst, Value};
use std::fmt;

/// The first thing that is not as a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The rewritten function is no valid CLIF.
    Invalid(String),
    /// The shape of the rewrite is another.
    Shape(&'static str),
    /// Something that the rewrite has no business with has changed.
    Changed(String),
    /// The edges of a new block are others.
    Edge(Block),
    /// An instruction of a new block has an effect that the certificate does not mention.
    NotPure(Inst),
    /// A value of the certificate is not available where the region is entered.
    NotAvailable(Value),
    /// A value of the certificate is no integer.
    NotAnInteger(Value),
    /// The comparisons that are made do not imply this condition.
    Guard(String),
    /// Operation and call do not belong together.
    Callee(usize),
    /// An operand of this operation is another.
    Operand {
        /// Index into the plan's offloads.
        offload: usize,
        /// Which operand, or which field of the descriptor.
        what: String,
    },
    /// A value behind the region is not what the certificate says.
    Final(Value),
    /// Expressions are larger than those that the pass makes.
    TooComplex,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => write!(f, "the rewritten function is invalid: {errors}"),
            Self::Shape(problem) => write!(f, "{problem}"),
            Self::Changed(what) => write!(f, "{what} is not what it was"),
            Self::Edge(block) => write!(f, "{block} ends in other edges than certified"),
            Self::NotPure(inst) => write!(f, "{inst} has an effect that is not certified"),
            Self::NotAvailable(value) => {
                write!(f, "{value} is not available where the region is entered")
            }
            Self::NotAnInteger(value) => write!(f, "{value} is no integer"),
            Self::Guard(guard) => write!(f, "what is compared does not imply {guard}"),
            Self::Callee(offload) => write!(f, "call {offload} is not that of its instruction"),
            Self::Operand { offload, what } => {
                write!(f, "operation {offload}: {what} is not what is certified")
            }
            Self::Final(value) => write!(f, "{value} is something else behind the region"),
            Self::TooComplex => write!(f, "the expressions are larger than those of the pass"),
        }
    }
}

impl std::error::Error for Refusal {}
