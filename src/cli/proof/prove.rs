//! `zktr prove`.

use super::report::Report;
use super::{Parameters, program};
use crate::cli::guest::Guest;
use crate::cli::progress::Progress;
use crate::cli::{Failure, Format as MessageFormat, Global, Verdict, files};
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use zktr_emu::host::{Machine, Stop};
use zktr_emu::trace::{self, Options};
use zktr_isa::span::Diagnostic;
use zktr_prove::prove;
use zktr_prove::statement::{Claim, Program, State};
use zktr_prove::verify::verify_segment;

/// Prove a run of a guest.
///
/// The guest is executed as by `zktr run`, and split into segments, each of which has a proof of its own. Whoever has the proofs and
/// the guest can check with `zktr verify` what the guest has written and how it has ended.
#[derive(Debug, Args)]
pub struct Prove {
    #[command(flatten)]
    guest: Guest,
    /// The file for the proofs.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The most instructions of a segment. Memory is used for one segment at a time.
    #[arg(long, value_name = "N", value_parser = crate::cli::integer, default_value_t = 1 << 18)]
    segment: u64,
    /// Prove only this segment, counted from 0: other processes can prove the others.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(..1 << 24))]
    only: Option<u32>,
    /// The field of the tables.
    #[arg(long, value_name = "NAME", default_value = "babybear")]
    field: String,
    /// Who makes the proofs, which are the same.
    #[arg(long, value_name = "NAME", default_value = "units")]
    backend: Backend,
    /// The parameters of the proofs.
    #[arg(long, value_name = "NAME", default_value = "standard")]
    parameters: Parameters,
    /// Write where time and memory went: text, or JSON or a plot if the name ends in `.json` or `.svg`.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Who makes a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// This program's driver over Plonky3's parts, with the columns of the look-ups from the software units.
    Units,
    /// The same with these columns from Plonky3's gadget.
    Gadget,
    /// Plonky3's `prove_batch`.
    Plonky3,
}

impl From<Backend> for prove::Backend {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Units => Self::Units,
            Backend::Gadget => Self::Gadget,
            Backend::Plonky3 => Self::Plonky3,
        }
    }
}

/// A run while it is proved.
struct Run<'a> {
    command: &'a Prove,
    program: Program,
    progress: Progress,
    report: Report,
    bytes: Vec<u8>,
}

impl Prove {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        trace::modulus(&spec, &self.field)?;
        let most = spec.trace().guest.instructions;
        if !(1..=most).contains(&self.segment) {
            return Err(Failure::Usage(format!(
                "`--segment` is a number from 1 to {most}, the most instructions whose times fit in the tables"
            )));
        }
        let loaded = self.guest.load(&spec, self.guest.options())?;
        let mut machine = loaded.machine;
        let program = program(global, &spec, &machine)?;
        if let Err(stop) = loaded.started {
            return Err(Diagnostic::global(format!("nothing to prove: {stop}")).into());
        }
        let inputs = loaded.inputs.into_iter().map(|(_, bytes)| bytes).collect();
        let mut run = Run {
            command: self,
            program,
            progress: Progress::new(global.message_format == MessageFormat::Text),
            report: Report::new(),
            bytes: Vec::new(),
        };
        run.execute(&mut machine, inputs)?;
        files::write(&self.output, &run.bytes)?;
        if let Some(path) = &self.report {
            files::write(path, run.report.render(path)?.as_bytes())?;
        }
        drop(run.progress);
        run.report.summary(run.bytes.len(), out)?;
        Ok(Verdict::Fine)
    }
}

impl Run<'_> {
    /// Executes the guest to its end, or to that of the one segment that is wanted, and proves what is wanted.
    fn execute(&mut self, machine: &mut Machine, inputs: Vec<Vec<u8>>) -> Result<(), Failure> {
        let mut left = self.command.guest.fuel;
        let mut number = 0;
        if let Some(only) = self.command.only {
            self.progress
                .stage(format!("executing up to segment {only}"));
            self.report.begin("execution");
            let before = u64::from(only) * self.command.segment;
            let skipped = before.min(left);
            let stop = if skipped == 0 {
                Stop::OutOfFuel
            } else {
                machine.run(skipped)
            };
            if stop != Stop::OutOfFuel || skipped < before {
                let error = format!(
                    "there is no segment {only}: {stop} after {} instructions",
                    machine.retired()
                );
                return Err(Diagnostic::global(error).into());
            }
            left -= skipped;
            number = only;
        }
        let mut inputs = Some(inputs);
        loop {
            let state = State::of(&self.program.spec, machine);
            let options = Options {
                marked: false,
                segment: self.command.segment,
                fuel: self.command.segment.min(left),
            };
            left -= options.fuel;
            self.progress.stage(format!("segment {number}: executing"));
            self.report.begin("execution");
            let recording = trace::record(&self.program.spec, machine, &options)?;
            for execution in recording.executions.iter().filter(|e| !e.events.is_empty()) {
                let inputs = inputs.take().filter(|_| number == 0).unwrap_or_default();
                self.segment(number, &state, execution, inputs)?;
            }
            match recording.stop {
                _ if self.command.only.is_some() => break,
                Stop::OutOfFuel if left > 0 => number += 1,
                Stop::Exit(_) | Stop::Returned => break,
                stop => {
                    let error = Diagnostic::global(format!("the program stopped: {stop}"));
                    return Err(error
                        .help("only runs that come to their end can be proved")
                        .into());
                }
            }
        }
        if self.bytes.is_empty() {
            return Err(Diagnostic::global(
                "nothing to prove: no instruction was executed".to_owned(),
            )
            .into());
        }
        Ok(())
    }

    fn segment(
        &mut self,
        number: u32,
        state: &State,
        execution: &trace::Execution,
        inputs: Vec<Vec<u8>>,
    ) -> Result<(), Failure> {
        let (program, progress, report) = (&self.program, &self.progress, &mut self.report);
        let mut stage = |what: &'static str| {
            progress.stage(format!("segment {number}: {what}"));
            report.begin(what);
        };
        stage("tables");
        let filled = trace::fill(&program.spec, execution, &self.command.field)?;
        let claim = Claim::of(&program.spec, execution, number, inputs);
        let proof = prove::prove(
            program,
            self.command.parameters.into(),
            self.command.backend.into(),
            state,
            claim,
            &filled,
            &mut |of| stage(of.name()),
        )?;
        drop(filled);
        stage("verification");
        let security = verify_segment(program, state, &proof)?;
        self.bytes.extend(proof.encode()?);
        self.report.end();
        self.report.segment(execution.events.len() as u64, security);
        Ok(())
    }
}
