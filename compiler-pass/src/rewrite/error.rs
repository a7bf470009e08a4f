//! Why a plan could not be executed.

use cranelift_codegen::ir::{Block, Value};
use std::fmt;
use zktr_isa::span::Diagnostic;

/// A plan that cannot be executed on this function. The function computes what it computed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewriteError {
    /// The blocks are not a region with one entry and one exit edge.
    Region {
        /// The block where it shows.
        block: Block,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A value is not available where the region is entered, and cannot be computed there.
    NotAvailable {
        /// The value.
        value: Value,
        /// Why it cannot be computed.
        problem: &'static str,
    },
    /// A value of the region is used behind it, and the plan does not say what it is.
    MissingFinal(Value),
    /// A value has a type that its use in the plan does not allow.
    Type {
        /// The value.
        value: Value,
        /// What it was needed for.
        purpose: &'static str,
    },
    /// A guard can be seen to be false for every input.
    NeverHolds {
        /// The guard's reason.
        reason: String,
    },
    /// A guard's polynomial does not fit into 128 bits.
    TooWide {
        /// The guard's reason.
        reason: String,
    },
    /// An offload does not fit the spec: its instruction, mode, descriptor or buffers.
    Offload {
        /// Index into the plan's offloads.
        offload: usize,
        /// What does not fit.
        problem: String,
    },
    /// A place in scratch memory is not one.
    Buffer {
        /// Index into the plan's buffers.
        buffer: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The function that stands for an instruction cannot be declared.
    Symbol {
        /// Its name.
        symbol: String,
        /// What the module said.
        problem: String,
    },
    /// The rewritten function would exceed a limit.
    Limit(&'static str),
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { block, problem } => {
                write!(f, "the region cannot be replaced: {block} {problem}")
            }
            Self::NotAvailable { value, problem } => {
                write!(
                    f,
                    "{value} is not available at the entry of the region: {problem}"
                )
            }
            Self::MissingFinal(value) => {
                write!(
                    f,
                    "{value} is used behind the region, and the plan does not say what it is there"
                )
            }
            Self::Type { value, purpose } => {
                write!(f, "the type of {value} does not fit {purpose}")
            }
            Self::NeverHolds { reason } => write!(f, "a guard never holds: {reason}"),
            Self::TooWide { reason } => write!(f, "a guard needs more than 128 bits: {reason}"),
            Self::Offload { offload, problem } => {
                write!(f, "operation {offload} of the plan: {problem}")
            }
            Self::Buffer { buffer, problem } => write!(f, "buffer {buffer} of the plan {problem}"),
            Self::Symbol { symbol, problem } => write!(f, "cannot declare `{symbol}`: {problem}"),
            Self::Limit(what) => write!(f, "too many {what}"),
        }
    }
}

impl std::error::Error for RewriteError {}

impl From<RewriteError> for Diagnostic {
    fn from(error: RewriteError) -> Self {
        Diagnostic::global(error.to_string())
            .help("the loop stays as it was; the program is correct without the offload")
    }
}
