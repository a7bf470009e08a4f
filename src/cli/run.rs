//! `zktr run`: an ELF file in the emulator.

use super::{Failure, Global, Verdict, files};
use crate::gdb::{self, Ending, Endpoint};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use zktr_emu::debug::Debugger;
use zktr_emu::host::{Environment, Machine, Mix, Options, Stop};
use zktr_emu::loader::{self, Image, Input};
use zktr_emu::{fast, golden};
use zktr_isa::span::Diagnostic;

/// More threads than any machine has processors.
const MOST_THREADS: usize = 1024;

/// Execute an ELF file in the emulator.
///
/// A linked executable, or relocatable objects, which are linked on the fly. Without `--entry` it runs from the
/// executable's entry, or from `_start`, until the program exits; with it, it calls that function, and prints
/// the result.
#[derive(Debug, Args)]
pub struct Run {
    /// The ELF files: one executable, or some objects.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Call this function.
    #[arg(long, value_name = "SYMBOL")]
    entry: Option<String>,
    /// Arguments of the call, decimal or 0x...; separated by commas or repeated.
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = super::integer, requires = "entry", allow_hyphen_values = true)]
    args: Vec<u64>,
    /// Instructions that may be executed.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 10_000_000_000)]
    fuel: u64,
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
    /// Interpret everything: hot code is not compiled to machine code of this host.
    #[arg(long)]
    interpret: bool,
    /// Who executes the instructions of the accelerator.
    #[arg(long, value_enum, default_value_t = Units::Fast)]
    units: Units,
    /// Threads that the rows of an instruction are divided among.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: usize,
    /// Count the instructions by kind.
    #[arg(long)]
    stats: bool,
    /// Wait for GDB, and let it control the program: a port of this machine, ADDRESS:PORT, the path of a socket, or `-`
    /// for standard input and output.
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "1234", conflicts_with = "stats")]
    gdb: Option<Endpoint>,
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

/// Executors of bulk instructions. They have the same results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Units {
    /// The golden evaluator, which follows the spec as it is written.
    Golden,
    /// Packed arithmetic; the golden evaluator for what that cannot do.
    Fast,
}

/// A number of bytes that a machine of today could have.
fn size(text: &str) -> Result<u64, String> {
    match super::integer(text)? {
        size if size <= 1 << 40 => Ok(size),
        _ => Err("at most 0x100_0000_0000 bytes".into()),
    }
}

impl Run {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let mut contents = Vec::new();
        for path in &self.files {
            contents.push((path.display().to_string(), files::read(path)?));
        }
        let inputs: Vec<Input<'_>> = contents
            .iter()
            .map(|(name, bytes)| Input { name, bytes })
            .collect();
        let image = loader::load(&spec, &inputs, self.memory)?;
        let mut options = Options {
            memory: self.memory,
            stack: self.stack,
            environment: self.system.into(),
            offload: golden::Options {
                units: self.units(),
                ..golden::Options::default()
            },
            ..Options::default()
        };
        if self.interpret {
            options.compile_after = None;
        }
        let mut machine = Machine::load(spec.clone(), &image, options)?;
        for path in &self.input {
            machine.add_input(files::read(path)?);
        }
        let mut mix = Mix::default();
        let stop = match self.begin(&mut machine, &image)? {
            Err(stop) => stop,
            Ok(()) if self.stats => machine.run_observed(self.fuel, &mut mix),
            Ok(()) => match &self.gdb {
                None => machine.run(self.fuel),
                Some(endpoint) => {
                    let debugger = Debugger::new(machine, self.fuel);
                    let stop;
                    (machine, stop) = debug(endpoint, debugger)?;
                    stop
                }
            },
        };
        if self.gdb == Some(Endpoint::Stdio) {
            // Standard output is GDB's, which has shown it.
            return verdict(&machine, &stop, &mut std::io::sink());
        }
        out.write_all(machine.output())?;
        let verdict = verdict(&machine, &stop, out)?;
        if self.stats {
            writeln!(out, "{} instructions", machine.retired())?;
            for (name, count) in mix.by_instruction(&spec) {
                writeln!(out, "{count:>12}  {name}")?;
            }
        }
        Ok(verdict)
    }

    fn units(&self) -> golden::Units {
        match self.units {
            Units::Golden => golden::Units::Golden,
            Units::Fast => golden::Units::Fast(fast::Options {
                threads: self.threads.clamp(1, MOST_THREADS),
                ..fast::Options::default()
            }),
        }
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

/// What the run comes to; a function's result is printed.
fn verdict(machine: &Machine, stop: &Stop, out: &mut dyn Write) -> Result<Verdict, Failure> {
    match stop {
        Stop::Returned => {
            writeln!(out, "{:#x}", machine.result())?;
            Ok(Verdict::Fine)
        }
        // As from a shell: the low eight bits.
        Stop::Exit(code) => Ok(Verdict::Exit((code & 0xff) as u8)),
        stop => {
            out.flush()?;
            let place = match stop {
                Stop::OutOfFuel => format!(" at {}", machine.place()),
                _ => String::new(),
            };
            // There is nowhere left to complain to.
            let _ = writeln!(
                std::io::stderr(),
                "error: the program stopped: {stop}{place}"
            );
            Ok(Verdict::Findings)
        }
    }
}

/// Lets GDB control the machine.
fn debug(endpoint: &Endpoint, debugger: Debugger) -> Result<(Machine, Stop), Failure> {
    let announce = |address: &str| {
        // Without it, the user has to know.
        let _ = writeln!(
            std::io::stderr(),
            "waiting for gdb: target remote {address}"
        );
    };
    let link = endpoint
        .accept(announce)
        .map_err(|error| Failure::Usage(format!("cannot wait for gdb: {error}")))?;
    let (debugger, ending) = gdb::serve(link, debugger);
    let (mut machine, fuel) = debugger.into_machine();
    let stop = match ending {
        Ending::Stopped(stop) => stop,
        Ending::Detached => machine.run(fuel),
        Ending::Killed => return Err(Diagnostic::global("gdb has killed the program").into()),
        Ending::Lost(why) => {
            return Err(Diagnostic::global(format!("gdb has been lost: {why}")).into());
        }
    };
    Ok((machine, stop))
}
