//! `zktr opt`: the pass on CLIF text.

use super::movement::Movement;
use super::profit::Profit;
use super::{Failure, Global, Verdict, files};
use crate::diff::program::Program;
use crate::{clif, diff};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use zktr_isa::span::Diagnostic;
use zktr_pass::remark::yaml::{self, Place};
use zktr_pass::{Decision, Options, Pass, Remark};

/// Rewrite the loops of a CLIF file to the portable form.
#[derive(Debug, Args)]
pub struct Opt {
    /// The CLIF file.
    file: PathBuf,
    /// Where the rewritten CLIF goes; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How remarks are printed, on standard error.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    remarks: Remarks,
    /// Check the certificate of each rewrite on the CLIF that is written; a rewrite that is refused is taken back.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    movement: Movement,
    #[command(flatten)]
    profit: Profit,
}

/// Formats of remarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Remarks {
    /// For people.
    Text,
    /// An object on each line.
    Json,
    /// LLVM's format, for the tools that read its optimisation remarks; locations are those of the CLIF file.
    Yaml,
}

impl Opt {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let source = files::read_clif(&self.file)?;
        let units = clif::read(&source)?;
        let titles: Vec<_> = units.iter().map(|unit| unit.title.clone()).collect();
        let lines: Vec<_> = units
            .iter()
            .map(|unit| (unit.line, unit.blocks.clone()))
            .collect();
        let options = Options {
            explain: true,
            verify: self.verify,
            movement: self.movement.option(),
            profit: self.profit.option(&spec),
            ..Options::default()
        };
        let pass = Pass::new(spec.clone(), options);
        let functions = units.into_iter().map(|unit| unit.function).collect();
        let prepared = diff::prepare(&spec, &pass, functions)
            .map_err(|message| Diagnostic::global(format!("{}: {message}", source.name)))?;
        let text = text(&prepared.rewritten, &titles);
        match &self.output {
            Some(path) => files::write(path, text.as_bytes())?,
            None => out.write_all(text.as_bytes())?,
        }
        out.flush()?;
        let mut remarks = String::new();
        for (found, (head, blocks)) in prepared.remarks.iter().zip(&lines) {
            for remark in found {
                remarks += &match self.remarks {
                    Remarks::Text => format!("{}: {remark}", source.name),
                    Remarks::Json => format!("{}\n", to_json(&source.name, remark)),
                    Remarks::Yaml => {
                        // A loop that was inlined is found at its function.
                        let line = *blocks.get(&remark.header).unwrap_or(head);
                        let place = Place {
                            file: &source.name,
                            line,
                            column: 1,
                        };
                        yaml::documents(remark, &remark.function, Some(place))
                    }
                };
            }
        }
        // Remarks are a courtesy: that nobody reads them is no failure.
        let _ = std::io::stderr().write_all(remarks.as_bytes());
        Ok(Verdict::Fine)
    }
}

fn text(program: &Program, titles: &[Option<String>]) -> String {
    let functions = program
        .functions()
        .iter()
        .zip(titles)
        .map(|(function, title)| {
            let title = title
                .as_ref()
                .map_or(String::new(), |title| format!("; {title}\n"));
            format!("{title}{}", function.display())
        });
    functions.collect::<Vec<_>>().join("\n")
}

fn to_json(file: &str, remark: &Remark) -> serde_json::Value {
    let (decision, instructions, reasons) = match &remark.decision {
        Decision::Offloaded { instructions, .. } => ("offloaded", instructions.clone(), Vec::new()),
        Decision::Enclosed => ("enclosed", Vec::new(), Vec::new()),
        Decision::Declined { reasons } => (
            "declined",
            Vec::new(),
            reasons.iter().map(ToString::to_string).collect(),
        ),
    };
    json!({
        "file": file,
        "function": remark.function,
        "loop": remark.header.to_string(),
        "location": remark.location.map(|location| location.to_string()),
        "decision": decision,
        "instructions": instructions,
        "reasons": reasons,
        "text": remark.to_string(),
    })
}
