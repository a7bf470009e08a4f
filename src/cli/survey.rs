//! `zktr survey`: what the pass does with many functions, in figures.

use super::movement::Movement;
use super::{Failure, Global, Verdict, files};
use crate::clif;
use crate::survey::Survey;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use zktr_pass::{Options, Pass};

/// Count what the pass does with the functions of files: loops, rewrites by instruction, reasons against the others.
///
/// Nothing is written. The functions of a file are those of a program, and helpers are not inlined.
#[derive(Debug, Args)]
pub struct SurveyArgs {
    /// Files of CLIF, or WebAssembly modules.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Compile each function, too, and compare the time that the pass takes with that.
    #[arg(long)]
    cost: bool,
    /// A loop that is offloaded is a finding: these functions are known to have nothing for the units.
    #[arg(long)]
    neutral: bool,
    #[command(flatten)]
    movement: Movement,
}

impl SurveyArgs {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let options = Options {
            movement: self.movement.option(),
            ..Options::default()
        };
        let pass = Pass::new(spec, options);
        let mut errors = Vec::new();
        let mut total = Survey::default();
        for path in &self.files {
            let name = path.display();
            let mut survey = Survey::default();
            // One function at a time: the text of a large module is many times as large as the module.
            let read = files::each_clif(path, &mut |source| {
                for unit in clif::read(source)? {
                    survey.add(&pass, unit, self.cost);
                }
                Ok(())
            });
            match read {
                Ok(()) => {}
                // The others are counted nevertheless.
                Err(Failure::Diagnostics(mut found)) => errors.append(&mut found),
                Err(failure) => return Err(failure),
            }
            write!(out, "{name}: {survey}")?;
            out.flush()?;
            total.merge(survey);
        }
        if self.files.len() > 1 {
            write!(out, "{} files: {total}", self.files.len())?;
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        Ok(match self.neutral && total.offloaded() > 0 {
            true => Verdict::Findings,
            false => Verdict::Fine,
        })
    }
}
