//! `zktr run`: an ELF file in the emulator.

use super::guest::{Guest, Loaded, Resume};
use super::{Failure, Global, Verdict, files};
use crate::gdb::{self, Ending, Endpoint};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use zktr_emu::debug::Debugger;
use zktr_emu::host::{Machine, Mix, Origin, Requested, Requests, Stop};
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
    #[command(flatten)]
    guest: Guest,
    #[command(flatten)]
    resume: Resume,
    /// Write a checkpoint to this file and end, once `--at` instructions have been executed.
    #[arg(long, value_name = "FILE", requires = "at", conflicts_with = "gdb")]
    save: Option<PathBuf>,
    /// How many instructions of the whole run come before the checkpoint.
    #[arg(long, value_name = "N", value_parser = super::integer, requires = "save")]
    at: Option<u64>,
    /// Interpret everything: hot code is not compiled to machine code of this host.
    #[arg(long)]
    interpret: bool,
    /// Who executes the instructions of the accelerator.
    #[arg(long, value_enum, default_value_t = Units::Fast)]
    units: Units,
    /// Threads that the rows of an instruction are divided among.
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: usize,
    /// Count the instructions by kind, and what the units are asked for by its outcome.
    #[arg(long)]
    stats: bool,
    /// Wait for GDB, and let it control the program: a port of this machine, ADDRESS:PORT, the path of a socket, or `-`
    /// for standard input and output.
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "1234", conflicts_with = "stats")]
    gdb: Option<Endpoint>,
}

/// Executors of bulk instructions. They have the same results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Units {
    /// The golden evaluator, which follows the spec as it is written.
    Golden,
    /// Packed arithmetic; the golden evaluator for what that cannot do.
    Fast,
}

impl Run {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let mut options = self.guest.options();
        options.offload.units = self.units();
        if self.interpret {
            options.compile_after = None;
        }
        let Loaded {
            mut machine,
            started,
            ..
        } = self.guest.load(&spec, options)?;
        let origin = self.save.as_ref().map(|_| machine.origin());
        self.resume.apply(&mut machine)?;
        let fuel = match self.at {
            None => self.guest.fuel,
            Some(at) => at
                .checked_sub(machine.retired())
                .ok_or_else(|| {
                    let done = machine.retired();
                    Failure::Usage(format!(
                        "`--at {at}` is over: the run goes on after {done} instructions"
                    ))
                })?
                .min(self.guest.fuel),
        };
        let mut counts = (Mix::default(), Requests::new(&spec));
        let stop = match started {
            Err(stop) => stop,
            Ok(()) if self.stats => machine.run_observed(fuel, &mut counts),
            Ok(()) => match &self.gdb {
                None => machine.run(fuel),
                Some(endpoint) => {
                    let debugger = Debugger::new(machine, fuel);
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
        let verdict = match (&self.save, origin) {
            (Some(path), Some(origin))
                if Some(machine.retired()) == self.at && stop == Stop::OutOfFuel =>
            {
                save(&machine, origin, path)?;
                Verdict::Fine
            }
            (None, _) | (_, None) => verdict(&machine, &stop, out)?,
            (Some(_), Some(_)) => {
                verdict(&machine, &stop, out)?;
                let done = machine.retired();
                let error =
                    format!("the program has stopped after {done} instructions: nothing is saved");
                return Err(Diagnostic::global(error).into());
            }
        };
        if self.stats {
            let (mix, requests) = counts;
            writeln!(out, "{} instructions", machine.retired())?;
            for (name, count) in mix.by_instruction(&spec) {
                writeln!(out, "{count:>12}  {name}")?;
            }
            let requests = requests.list(&spec);
            if !requests.is_empty() {
                writeln!(out, "    requests      elements  to the units")?;
            }
            for request in requests {
                let Requested {
                    instruction,
                    status,
                    requests,
                    elements,
                } = request;
                writeln!(
                    out,
                    "{requests:>12} {elements:>13}  {instruction}: {status}"
                )?;
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
}

/// Writes a checkpoint.
fn save(machine: &Machine, origin: Origin, path: &Path) -> Result<(), Failure> {
    let checkpoint = machine.checkpoint(origin)?;
    files::write(path, &checkpoint)
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
