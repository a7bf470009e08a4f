//! The options by which a command is given a program, and how the program is loaded.

use super::{Failure, files};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::sync::Arc;
use zktr_emu::host::{Environment, Machine, Options, Stop};
use zktr_emu::loader::{self, Image, Input};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// A program and what it is given.
#[derive(Debug, Args)]
pub struct Guest {
    /// The ELF files: one executable, or some objects.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    pub start: Start,
    /// Instructions that may be executed.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 10_000_000_000)]
    pub fuel: u64,
}

/// How a program begins, and its surroundings.
#[derive(Debug, Args)]
pub struct Start {
    /// Call this function.
    #[arg(long, value_name = "SYMBOL")]
    entry: Option<String>,
    /// Arguments of the call, decimal or 0x...; separated by commas or repeated.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = super::integer, requires = "entry", allow_hyphen_values = true)]
    args: Vec<u64>,
    /// Bytes of memory that the program may have.
    #[arg(long, value_name = "N", value_parser = size, default_value_t = Options::default().memory)]
    memory: u64,
    /// Bytes of the stack.
    #[arg(long, value_name = "N", value_parser = size, default_value_t = Options::default().stack)]
    stack: u64,
    /// Whose environment calls the program makes.
    #[arg(long, value_name = "NAME", default_value = "linux")]
    system: System,
    /// What the program can read from its standard input; for SP1, a hint. May be repeated.
    #[arg(long, value_name = "FILE")]
    input: Vec<PathBuf>,
}

/// A run that goes on where another one was saved.
#[derive(Debug, Args)]
pub struct Resume {
    /// Go on from this checkpoint, which `zktr run --save` has written of the same program.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
}

impl Resume {
    /// Goes there, if it is asked for. The machine is at the beginning of its program.
    pub fn apply(&self, machine: &mut Machine) -> Result<(), Failure> {
        let Some(path) = &self.resume else {
            return Ok(());
        };
        let bytes = files::read(path)?;
        machine.resume(&bytes).map_err(|error| {
            let message = format!("cannot go on from `{}`: {}", path.display(), error.message);
            Diagnostic { message, ..error }.into()
        })
    }
}

/// Whose environment calls a program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// Linux: read and write the standard streams, exit.
    Linux,
    /// SP1, version 1: halt, write, commit, hints.
    Sp1,
}

impl From<System> for Environment {
    fn from(system: System) -> Self {
        match system {
            System::Linux => Self::Linux,
            System::Sp1 => Self::Sp1,
        }
    }
}

/// A number of bytes that a machine of today could have.
fn size(text: &str) -> Result<u64, String> {
    match super::integer(text)? {
        size if size <= 1 << 40 => Ok(size),
        _ => Err("at most 0x100_0000_0000 bytes".into()),
    }
}

/// A program, ready to run.
pub struct Loaded {
    /// The machine, with the program counter at its first instruction.
    pub machine: Machine,
    /// The reason why there is no first instruction, if the call has already failed.
    pub started: Result<(), Stop>,
    /// The program's files: name and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// What it can read: name and contents.
    pub inputs: Vec<(String, Vec<u8>)>,
}

impl Guest {
    /// What the command line says of the machine.
    pub fn options(&self) -> Options {
        self.start.options()
    }

    /// Reads and links the program, and goes to where it is to begin.
    pub fn load(&self, spec: &Arc<Spec>, options: Options) -> Result<Loaded, Failure> {
        self.start.load(spec, &self.files, options)
    }
}

impl Start {
    /// What the command line says of the machine.
    pub fn options(&self) -> Options {
        Options {
            memory: self.memory,
            stack: self.stack,
            environment: self.system.into(),
            ..Options::default()
        }
    }

    /// Reads and links the program, and goes to where it is to begin.
    pub fn load(
        &self,
        spec: &Arc<Spec>,
        files: &[PathBuf],
        options: Options,
    ) -> Result<Loaded, Failure> {
        let read_all = |paths: &[PathBuf]| -> Result<Vec<(String, Vec<u8>)>, Failure> {
            let read = |path: &PathBuf| Ok((path.display().to_string(), files::read(path)?));
            paths.iter().map(read).collect()
        };
        let files = read_all(files)?;
        let elves: Vec<Input<'_>> = files
            .iter()
            .map(|(name, bytes)| Input { name, bytes })
            .collect();
        let image = loader::load(spec, &elves, self.memory)?;
        let mut machine = Machine::load(spec.clone(), &image, options)?;
        let inputs = read_all(&self.input)?;
        for (_, bytes) in &inputs {
            machine.add_input(bytes.clone());
        }
        let started = self.begin(&mut machine, &image)?;
        Ok(Loaded {
            machine,
            started,
            files,
            inputs,
        })
    }

    /// Goes to where the program is to begin.
    fn begin(&self, machine: &mut Machine, image: &Image) -> Result<Result<(), Stop>, Failure> {
        let Some(symbol) = &self.entry else {
            if image.entry.is_none() {
                let error = Diagnostic::global("there is no `_start` to begin at");
                return Err(error.help("name a function with `--entry SYMBOL`").into());
            }
            return Ok(Ok(()));
        };
        let address = image.symbols.address(symbol).ok_or_else(|| {
            let names = image.symbols.iter().map(|(name, _)| name);
            let error = Diagnostic::global(format!("no file defines `{symbol}`"));
            match zktr_isa::names::nearest(symbol, names) {
                Some(nearest) => error.help(format!("did you mean `{nearest}`?")),
                None => error,
            }
        })?;
        Ok(machine.begin_call(address, &self.args))
    }
}
