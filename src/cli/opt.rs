//! `zktr opt`: the pass on CLIF text.

use super::movement::Movement;
use super::profit::Profit;
use super::{Failure, Global, Verdict, files};
use crate::diff::Prepared;
use crate::diff::program::Program;
use crate::{clif, diff, report};
use clap::{Args, ValueEnum};
use cranelift_codegen::ir::Block;
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use zktr_isa::span::Diagnostic;
use zktr_pass::plan::Guard;
use zktr_pass::remark::yaml::{self, Place};
use zktr_pass::{Decision, Evidence, Options, Pass, Rejection, Remark};

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
    /// Where a page about all loops goes: decisions, guards and reasons beside the functions' text, as HTML.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
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
            profit: self.profit.option(&spec, true),
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
        if let Some(path) = &self.report {
            let subjects = subjects(&source.text, &prepared, &titles, &lines);
            files::write(path, report::page(&source.name, &subjects).as_bytes())?;
        }
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

/// The functions of a file, with what became of their loops.
fn subjects<'a>(
    text: &'a str,
    prepared: &'a Prepared,
    titles: &'a [Option<String>],
    heads: &'a [(usize, HashMap<Block, usize>)],
) -> Vec<report::Subject<'a>> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let start = |line: usize| starts.get(line.saturating_sub(1)).copied();
    let mut subjects = Vec::new();
    for (n, ((title, (line, _)), remarks)) in
        titles.iter().zip(heads).zip(&prepared.remarks).enumerate()
    {
        // What is between two functions, their comments, is of neither.
        let end = heads.get(n + 1).and_then(|(next, _)| start(*next));
        let body = start(*line).and_then(|start| text.get(start..end.unwrap_or(text.len())));
        let body = body.unwrap_or_default();
        let head = body
            .lines()
            .next()
            .and_then(|head| head.split_whitespace().nth(1)?.split('(').next());
        subjects.push(report::Subject {
            name: head.unwrap_or_default(),
            title: title.as_deref(),
            text: body.rfind('}').map_or(body, |last| &body[..=last]),
            line: *line,
            remarks,
        });
    }
    subjects
}

fn to_json(file: &str, remark: &Remark) -> serde_json::Value {
    let none = Vec::new;
    let (decision, instructions, guards, reasons) = match &remark.decision {
        Decision::Offloaded { plan, instructions } => {
            let guards = plan.guards.iter().map(guard_to_json).collect();
            ("offloaded", instructions.clone(), guards, none())
        }
        Decision::Enclosed => ("enclosed", Vec::new(), none(), none()),
        Decision::Declined { reasons } => {
            let reasons = reasons.iter().map(reason_to_json).collect();
            ("declined", Vec::new(), none(), reasons)
        }
    };
    json!({
        "file": file,
        "function": remark.function,
        "loop": remark.header.to_string(),
        "location": remark.location.map(|location| location.to_string()),
        "decision": decision,
        "instructions": instructions,
        "guards": guards,
        "reasons": reasons,
        "text": remark.to_string(),
    })
}

/// At least one of `any` holds, or the loop runs as it was.
fn guard_to_json(guard: &Guard) -> serde_json::Value {
    // A bound that every value keeps is none; the others may have more digits than readers of JSON keep.
    let bound = |bound: i128, none: i128| (bound != none).then(|| bound.to_string());
    let any: Vec<_> = guard
        .any
        .iter()
        .map(|bounds| {
            json!({
                "value": bounds.poly.to_string(),
                "least": bound(bounds.lo, i128::MIN),
                "most": bound(bounds.hi, i128::MAX),
            })
        })
        .collect();
    json!({ "any": any, "reason": guard.reason })
}

fn reason_to_json(rejection: &Rejection) -> serde_json::Value {
    json!({
        "name": rejection.reason.name(),
        "text": rejection.reason.text(),
        "instruction": (!rejection.detail.is_empty()).then_some(&rejection.detail),
        "evidence": rejection.evidence.as_ref().map(evidence_to_json),
    })
}

/// Words are strings: readers of JSON keep fewer digits than a word has.
fn evidence_to_json(evidence: &Evidence) -> serde_json::Value {
    let text = evidence.to_string();
    match evidence {
        Evidence::Counterexample {
            result, modulus, ..
        } => {
            let words: serde_json::Map<_, _> = evidence
                .words()
                .map(|(name, word)| (name, word.to_string().into()))
                .collect();
            json!({
                "kind": "counterexample",
                "words": words,
                "result": result.to_string(),
                "modulus": modulus.to_string(),
                "text": text,
            })
        }
        Evidence::NoCounterexample { tries, modulus } => json!({
            "kind": "no counterexample",
            "tries": tries,
            "modulus": modulus.to_string(),
            "text": text,
        }),
        Evidence::Computes { lines, modulus } => json!({
            "kind": "formula",
            "lines": lines,
            "modulus": modulus.to_string(),
            "text": text,
        }),
    }
}
