//! Why something cannot be proved, or a proof is refused.

use crate::air::AirError;
use std::fmt;

/// Why something cannot be proved, or a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The bytes are no proof of this version.
    Format(String),
    /// What is claimed is impossible, or is not what this program does.
    Claim(String),
    /// The claim may be right, but the proof does not prove it.
    Proof(String),
    /// This program, field or spec cannot be proved with.
    Unsupported(String),
    /// Plonky3's prover has failed.
    Prover(String),
}

impl Error {
    pub(crate) fn claim(what: impl Into<String>) -> Self {
        Self::Claim(what.into())
    }

    pub(crate) fn format(what: impl Into<String>) -> Self {
        Self::Format(what.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(what) => write!(f, "not a proof: {what}"),
            Self::Claim(what) => write!(f, "what the proof claims is refused: {what}"),
            Self::Proof(what) => write!(f, "the proof does not prove what it claims: {what}"),
            Self::Unsupported(what) => f.write_str(what),
            Self::Prover(what) => write!(f, "the prover has failed: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<AirError> for Error {
    fn from(error: AirError) -> Self {
        Self::Unsupported(error.to_string())
    }
}
