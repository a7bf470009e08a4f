//! Guests: files to machines, and how their runs have ended.

use super::super::{Failure, files};
use std::path::Path;
use std::sync::Arc;
use zktr_asm::link::LinkOptions;
use zktr_asm::{FileSystem, Options as AsmOptions, assemble_with};
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{self, Input};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// A machine at the entry of the program in a file.
pub fn load(spec: &Arc<Spec>, path: &Path) -> Result<Machine, Failure> {
    let assembly = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("s"));
    let bytes = if assembly {
        assemble(spec, path)?
    } else {
        files::read(path)?
    };
    let options = Options::default();
    let name = path.display().to_string();
    let input = Input {
        name: &name,
        bytes: &bytes,
    };
    let image = loader::load(spec, &[input], options.memory)?;
    if image.entry.is_none() {
        let error = Diagnostic::global(format!("{name}: there is no `_start` to begin at"));
        return Err(error.help("link the guest to an executable").into());
    }
    Ok(Machine::load(spec.clone(), &image, options)?)
}

/// An executable for the hart that the trace schema is made for.
fn assemble(spec: &Arc<Spec>, path: &Path) -> Result<Vec<u8>, Failure> {
    let options = AsmOptions {
        xlen: spec.trace().guest.xlen,
        ..AsmOptions::default()
    };
    let files = FileSystem {
        directories: Vec::new(),
    };
    let object = assemble_with(spec, &files::read_assembly(path)?, &options, &files)?;
    let program = object.link(spec, &LinkOptions::default())?;
    program.write_elf().map_err(|error| vec![error].into())
}

/// Whether a run can be reported: the guest has ended, or the fuel is used up.
pub fn judge(path: &Path, machine: &Machine, stop: &Stop) -> Result<(), Failure> {
    match stop {
        Stop::Exit(0) | Stop::Returned | Stop::Halted | Stop::OutOfFuel => Ok(()),
        Stop::Exit(code) => {
            let message = format!("{}: the guest has ended with code {code}", path.display());
            Err(Diagnostic::global(message)
                .help("guests that find an error end so")
                .into())
        }
        stop => {
            let message = format!("{}: the guest stopped: {stop}", path.display());
            let error = Diagnostic::global(message);
            Err(error
                .help(format!("after {} instructions", machine.retired()))
                .into())
        }
    }
}
