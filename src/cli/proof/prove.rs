//! `zktr prove`.

use super::report::Report;
use super::{Parameters, program};
use crate::cli::guest::Guest;
use crate::cli::progress::Progress;
use crate::cli::{Failure, Format as MessageFormat, Global, Verdict, files};
use clap::{Args, ValueEnum};
use indicatif::HumanCount;
use std::io::Write;
use std::path::PathBuf;
use zktr_emu::host::{Machine, Stop};
use zktr_emu::trace::fast::{self, Filler, Segment};
use zktr_emu::trace::{self, Filled, Options};
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

impl Backend {
    /// As in `--backend`.
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
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
    program: &'a Program,
    progress: Progress,
    report: Report,
    filler: Filler<'a>,
    /// Before the next segment, whose number is this.
    state: State,
    number: u32,
    /// How many there are, if that is shown; otherwise 0.
    segments: u32,
    /// What the program could read.
    inputs: Vec<Vec<u8>>,
    bytes: Vec<u8>,
}

impl Prove {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let modulus = trace::modulus(&spec, &self.field)?;
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
        let mut run = Run {
            command: self,
            program: &program,
            progress: Progress::new(global.message_format == MessageFormat::Text),
            report: Report::new(self.backend.name()),
            filler: Filler::new(spec.trace(), modulus),
            state: State::default(),
            number: self.only.unwrap_or(0),
            segments: 0,
            inputs: loaded.inputs.into_iter().map(|(_, bytes)| bytes).collect(),
            bytes: Vec::new(),
        };
        run.execute(&mut machine)?;
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
    fn execute(&mut self, machine: &mut Machine) -> Result<(), Failure> {
        let mut options = Options {
            marked: false,
            segment: self.command.segment,
            fuel: self.command.guest.fuel,
        };
        if let Some(only) = self.command.only {
            self.progress
                .stage(format!("executing up to segment {only}"));
            self.report.begin("execution");
            let before = u64::from(only) * options.segment;
            let stop = match before {
                0 => Stop::OutOfFuel,
                before => machine.run(before.min(options.fuel)),
            };
            if stop != Stop::OutOfFuel || before >= options.fuel {
                let error = format!("there is no segment {only}: {stop}");
                return Err(Diagnostic::global(error).into());
            }
            options.fuel = options.segment.min(options.fuel - before);
        }
        self.state = State::of(&self.program.spec, machine);
        self.way(&options)?;
        self.executing();
        let spec = self.program.spec.clone();
        let stop = fast::record_each(&spec, machine, &options, |segment| self.segment(segment))?;
        self.report.end();
        if self.bytes.is_empty() {
            let error = format!("nothing to prove: {stop} before any instruction");
            return Err(Diagnostic::global(error).into());
        }
        match stop {
            Stop::Exit(_) | Stop::Returned => Ok(()),
            _ if self.command.only.is_some() => Ok(()),
            stop => {
                let error = Diagnostic::global(format!("the program stopped: {stop}"));
                let help = "only runs that come to their end can be proved";
                Err(error.help(help).into())
            }
        }
    }

    /// Shows how far it is. To know that, the guest is executed once more, which takes no time that counts beside proving it.
    fn way(&mut self, options: &Options) -> Result<(), Failure> {
        if !self.progress.is_shown() {
            return Ok(());
        }
        let spec = &self.program.spec;
        let guest = &self.command.guest;
        let mut machine = guest.load(spec, guest.options())?.machine;
        self.progress.stage("counting instructions".to_owned());
        let before = u64::from(self.number) * options.segment;
        let fuel = before.saturating_add(options.fuel);
        machine.run(fuel);
        let length = machine.retired().min(fuel).saturating_sub(before);
        self.segments = self.number + length.div_ceil(options.segment).max(1) as u32;
        self.progress.way("instructions", length);
        Ok(())
    }

    fn executing(&mut self) {
        self.progress
            .part(format!("segment {}: executing", self.number));
        self.report.begin("execution");
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), Failure> {
        if segment.instructions() == 0 {
            return Ok(());
        }
        let (number, program) = (self.number, self.program);
        let of = match self.segments {
            0 => String::new(),
            segments => format!(" to {}", segments.saturating_sub(1)),
        };
        let (progress, report) = (&self.progress, &mut self.report);
        report.begin("tables");
        progress.part(format!("segment {number}{of}: tables"));
        let filled = self.filler.fill(segment);
        let rows: usize = filled.tables.iter().map(Filled::height).sum();
        let mut stage = |what: &'static str| {
            progress.part(format!(
                "segment {number}{of}: {what} of {} rows",
                HumanCount(rows as u64)
            ));
            report.begin(what);
        };
        let inputs = match number {
            0 => std::mem::take(&mut self.inputs),
            _ => Vec::new(),
        };
        let claim = Claim::of(&program.spec, &segment.public(), number, inputs);
        let proof = prove::prove(
            program,
            self.command.parameters.into(),
            self.command.backend.into(),
            &self.state,
            claim,
            &filled,
            &mut |of| stage(of.name()),
        )?;
        drop(filled);
        stage("verification");
        let security = verify_segment(program, &self.state, &proof)?;
        self.state = proof.claim.next(std::mem::take(&mut self.state));
        self.bytes.extend(proof.encode()?);
        self.report.segment(segment.instructions() as u64, security);
        self.number += 1;
        self.progress.advance(segment.instructions() as u64);
        self.executing();
        Ok(())
    }
}
