//! `zktr diff`: a campaign over the functions of a CLIF file.

use super::movement::Movement;
use super::{Failure, Format, Global, Verdict, files};
use crate::clif;
use crate::diff::campaign::{CampaignOptions, campaign};
use crate::diff::engines::EngineOptions;
use crate::diff::report::{Comparison, FileReport, FunctionReport, LoopReport};
use crate::diff::{self, Prepared};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_pass::{Decision, Options, Pass};

/// Compare the functions of a CLIF file before and after the pass on generated inputs.
///
/// The loops of each function are rewritten; then original and rewritten run on the same inputs in cranelift's
/// interpreter, as x86-64 code with software units, and as RV64 code with ZK-Tracer instructions in the
/// emulator. Results, traps and all of memory have to agree.
#[derive(Debug, Args)]
pub struct Diff {
    /// The CLIF files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Inputs for each function.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 1000)]
    cases: u64,
    /// Number that the inputs depend on.
    #[arg(long, value_name = "S", value_parser = super::integer, default_value_t = 1)]
    seed: u64,
    /// Number of the first input, to repeat one.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 0)]
    first: u64,
    /// Only this function, by its name in the file or the last word of the comment above it.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// CLIF instructions that a function may execute for one input.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = EngineOptions::default().fuel)]
    fuel: u64,
    /// Do not run x86-64 code.
    #[arg(long)]
    no_jit: bool,
    /// Do not run RV64 code in the emulator.
    #[arg(long)]
    no_rv64: bool,
    /// Units that refuse leave what they were to write as it was. Without this, in every second case they fill it
    /// with garbage first, as the contract allows.
    #[arg(long)]
    no_scribble: bool,
    #[command(flatten)]
    movement: Movement,
    /// How the report is printed.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Diff {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let mut verdict = Verdict::Fine;
        let mut found = false;
        for path in &self.files {
            let source = files::read_clif(path)?;
            let units = clif::read(&source)?;
            if units.is_empty() {
                // Agreement of nothing is no result.
                let message = format!("{}: there is no function in this file", source.name);
                return Err(Diagnostic::global(message).into());
            }
            let titles: Vec<_> = units.iter().map(|unit| unit.title.clone()).collect();
            let options = Options {
                verify: true,
                movement: self.movement.option(),
                ..Options::default()
            };
            let pass = Pass::new(spec.clone(), options);
            let functions = units.into_iter().map(|unit| unit.function).collect();
            let prepared = diff::prepare(&spec, &pass, functions)
                .map_err(|message| Diagnostic::global(format!("{}: {message}", source.name)))?;
            let mut report = FileReport {
                file: source.name.clone(),
                seed: self.seed,
                functions: Vec::new(),
            };
            for (index, title) in titles.into_iter().enumerate() {
                let name = prepared.original.functions()[index].name.to_string();
                if !self.wants(&name, title.as_deref()) {
                    continue;
                }
                found = true;
                report
                    .functions
                    .push(self.function(&spec, &prepared, index, name, title));
            }
            match self.format {
                Format::Text => write!(out, "{report}")?,
                Format::Json => writeln!(out, "{}", serde_json::json!(report))?,
            }
            out.flush()?;
            if report.has_findings() {
                verdict = Verdict::Findings;
            }
        }
        match &self.function {
            Some(name) if !found => Err(Failure::Usage(format!("no file has a function `{name}`"))),
            _ => Ok(verdict),
        }
    }

    fn wants(&self, name: &str, title: Option<&str>) -> bool {
        let Some(wanted) = &self.function else {
            return true;
        };
        name == wanted
            || title.is_some_and(|title| title.split_whitespace().next_back() == Some(wanted))
    }

    fn function(
        &self,
        spec: &Arc<Spec>,
        prepared: &Prepared,
        index: usize,
        name: String,
        title: Option<String>,
    ) -> FunctionReport {
        let remarks = prepared.remarks.get(index).map_or(&[][..], Vec::as_slice);
        let loops = remarks.iter().map(|remark| LoopReport {
            header: remark.header.to_string(),
            instructions: match &remark.decision {
                Decision::Offloaded { instructions, .. } => instructions.clone(),
                Decision::Declined { .. } | Decision::Enclosed => Vec::new(),
            },
            remark: remark.to_string(),
        });
        let options = CampaignOptions {
            cases: self.cases,
            seed: self.seed,
            first: self.first,
            adversarial: !self.no_scribble,
            engines: EngineOptions {
                jit: !self.no_jit,
                rv64: !self.no_rv64,
                fuel: self.fuel,
            },
        };
        let comparison = match prepared.subject(index) {
            None => Comparison::Unchanged,
            Some(subject) => match campaign(spec, &subject, &options) {
                Err(reason) => Comparison::Skipped { reason },
                Ok((tally, None)) => Comparison::Agreed {
                    tally: (&tally).into(),
                },
                Ok((tally, Some(example))) => Comparison::Differs {
                    tally: (&tally).into(),
                    counterexample: Box::new((&*example).into()),
                },
            },
        };
        FunctionReport {
            name,
            title,
            loops: loops.collect(),
            comparison,
        }
    }
}
