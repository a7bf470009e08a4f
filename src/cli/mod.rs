//! The command line: one module for each subcommand.
//!
//! Exit codes: 0, all is well; 1, there are findings (diagnostics, a difference, a program that trapped); 2, the
//! command line asks for something impossible. Results go to standard output, diagnostics to standard error.

mod asm;
mod compile;
mod diff;
mod export;
mod files;
mod gnu;
mod guest;
mod lsp;
mod model;
mod movement;
mod objdump;
mod opt;
mod profit;
mod progress;
mod proof;
mod prove;
mod run;
mod spec;
mod survey;
mod trace;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use zktr_isa::span::{Diagnostic, Severity, Source, Span};
use zktr_isa::{Parameters, Spec};

/// Toolchain of the ZK-Tracer accelerator.
#[derive(Debug, Parser)]
#[command(name = "zktr", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of all subcommands.
#[derive(Debug, Args)]
struct Global {
    /// A spec file of your own, loaded beside the built-in ones; may be repeated.
    #[arg(long, global = true, value_name = "FILE")]
    spec: Vec<PathBuf>,
    /// Major opcode of the extension, custom-0 to custom-3.
    #[arg(long, global = true, value_name = "OPCODE")]
    major: Option<String>,
    /// How diagnostics are printed.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    message_format: Format,
}

/// Text for people, or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check, list and show what the spec says.
    Spec(spec::Spec),
    /// Assemble a source file.
    Asm(asm::Asm),
    /// Assemble, with the command line of GNU as.
    As(gnu::As),
    /// Disassemble an ELF file, or explain one word.
    Objdump(objdump::Objdump),
    /// Rewrite the loops of a CLIF file to the portable form.
    Opt(opt::Opt),
    /// Compile a CLIF file to a RISC-V object with ZK-Tracer instructions.
    Compile(compile::Compile),
    /// Execute an ELF file in the emulator.
    Run(run::Run),
    /// Simulate the accelerator on guests: cycles, speed-ups, energy.
    Model(model::Model),
    /// Fill the tables that prove a run of a guest, and write them to files.
    Trace(trace::Trace),
    /// Prove a run of a guest.
    Prove(proof::Prove),
    /// Verify the proof of a run of a guest.
    Verify(proof::Verify),
    /// Serve an editor: the language server protocol on standard input and output.
    Lsp(lsp::Lsp),
    /// Compare the functions of a CLIF file before and after the pass on generated inputs.
    Diff(diff::Diff),
    /// Count what the pass does with the functions of files.
    Survey(survey::SurveyArgs),
}

/// How a command ended, if it could do what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// All is well.
    Fine,
    /// It has found something.
    Findings,
    /// The program that was executed has ended with this code, which becomes the command's own.
    Exit(u8),
}

/// Why a command could not go on.
#[derive(Debug)]
enum Failure {
    /// The input is not what it has to be.
    Diagnostics(Vec<Diagnostic>),
    /// The command line asks for something impossible.
    Usage(String),
    /// Standard output does not take any more.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Diagnostics(diagnostics)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostics(vec![diagnostic])
    }
}

/// Runs the command that the process was started as.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output, errors to standard error; a closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // Without a lock: the language server writes from a thread of its own.
    let mut out = io::BufWriter::new(io::stdout());
    let result = cli.dispatch(&mut out).and_then(|verdict| {
        out.flush()?;
        Ok(verdict)
    });
    match result {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Findings) => ExitCode::from(1),
        Ok(Verdict::Exit(code)) => ExitCode::from(code),
        // The reader has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let code = if matches!(failure, Failure::Diagnostics(_)) {
                1
            } else {
                2
            };
            // What has been written before the failure belongs in front of its message.
            let _ = out.flush();
            let diagnostics = match failure {
                Failure::Diagnostics(diagnostics) => diagnostics,
                Failure::Usage(message) => vec![Diagnostic::global(message)],
                Failure::Output(error) => vec![Diagnostic::global(format!(
                    "cannot write the output: {error}"
                ))],
            };
            report(&diagnostics, cli.global.message_format);
            ExitCode::from(code)
        }
    }
}

impl Cli {
    fn dispatch(&self, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let global = &self.global;
        match &self.command {
            Command::Spec(command) => command.run(global, out),
            Command::Asm(command) => command.run(global, out),
            Command::As(command) => command.run(global),
            Command::Objdump(command) => command.run(global, out),
            Command::Opt(command) => command.run(global, out),
            Command::Compile(command) => command.run(global),
            Command::Run(command) => command.run(global, out),
            Command::Model(command) => command.run(global, out),
            Command::Trace(command) => command.run(global, out),
            Command::Prove(command) => command.run(global, out),
            Command::Verify(command) => command.run(global, out),
            Command::Lsp(command) => command.run(global),
            Command::Diff(command) => command.run(global, out),
            Command::Survey(command) => command.run(global, out),
        }
    }
}

impl Global {
    /// The spec with the user's files and parameters.
    fn load(&self) -> Result<Arc<Spec>, Failure> {
        self.load_with(&[])
    }

    /// The same with further files.
    fn load_with(&self, more: &[PathBuf]) -> Result<Arc<Spec>, Failure> {
        let (sources, parameters) = self.sources(more)?;
        Ok(Spec::load_with(&sources, &parameters)?)
    }

    /// The user's files, these ones included, and parameters.
    fn sources(&self, more: &[PathBuf]) -> Result<(Vec<Arc<Source>>, Parameters), Failure> {
        let mut sources: Vec<Arc<Source>> = Vec::new();
        for path in self.spec.iter().chain(more) {
            sources.push(files::read_text(path)?);
        }
        let mut parameters = Parameters::default();
        if let Some(major) = &self.major {
            parameters = parameters.with("major", major);
        }
        Ok((sources, parameters))
    }
}

/// A number as programs write it, with or without a sign.
fn integer(text: &str) -> Result<u64, String> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |digits| (true, digits));
    let digits = digits.replace('_', "");
    let parsed = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let value = parsed.map_err(|error| error.to_string())?;
    Ok(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

/// Prints diagnostics to standard error.
fn report(diagnostics: &[Diagnostic], format: Format) {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text += &match format {
            Format::Text => diagnostic.to_string(),
            Format::Json => format!("{}\n", to_json(diagnostic)),
        };
    }
    // There is nowhere left to complain to.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A diagnostic as one JSON object.
fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let severity = match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let notes: Vec<_> = diagnostic
        .notes
        .iter()
        .map(|(text, span)| json!({ "message": text, "span": span.as_ref().map(span_json) }))
        .collect();
    json!({
        "severity": severity,
        "message": diagnostic.message,
        "span": diagnostic.span.as_ref().map(span_json),
        "notes": notes,
        "help": diagnostic.help,
    })
}

fn span_json(span: &Span) -> serde_json::Value {
    let (line, column) = span.source.line_column(span.range.start);
    let (end_line, end_column) = span.source.line_column(span.range.end);
    json!({ "file": span.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}
