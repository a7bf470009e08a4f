//! `zktr prove` and `zktr verify`: runs of guests are proved, and proofs verified.

mod prove;
mod report;
mod verify;

pub use prove::Prove;
pub use verify::Verify;

use super::{Failure, Global};
use clap::ValueEnum;
use std::sync::Arc;
use zktr_emu::host::Machine;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_prove::config::Profile;
use zktr_prove::statement::Program;

/// A named set of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Parameters {
    /// For proofs that somebody relies on.
    Standard,
    /// About 100 bits that rest on no conjecture: proofs of twice the size.
    Proven,
    /// For trying things out: quick, and without any security.
    Test,
}

impl From<Parameters> for Profile {
    fn from(parameters: Parameters) -> Self {
        match parameters {
            Parameters::Standard => Self::Standard,
            Parameters::Proven => Self::Proven,
            Parameters::Test => Self::Test,
        }
    }
}

impl From<zktr_prove::Error> for Failure {
    fn from(error: zktr_prove::Error) -> Self {
        Diagnostic::global(error.to_string()).into()
    }
}

/// The program in a machine, with all that the spec has beside the built-in files.
fn program(global: &Global, spec: &Arc<Spec>, machine: &Machine) -> Result<Program, Failure> {
    let wanted = spec.trace().guest.xlen;
    if machine.xlen() != wanted {
        let error = format!(
            "proofs are for guests of RV{wanted}, and this one is for RV{}",
            machine.xlen()
        );
        return Err(Diagnostic::global(error)
            .help("compile the guest for that")
            .into());
    }
    let (sources, _) = global.sources(&[])?;
    let texts = sources.iter().map(|source| &source.text[..]);
    let texts: Vec<&str> = texts.chain(global.major.as_deref()).collect();
    Ok(Program::new(spec, &texts, machine.memory()))
}
