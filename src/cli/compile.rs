//! `zktr compile`: CLIF to a RISC-V object.

use super::movement::Movement;
use super::profit::Profit;
use super::{Failure, Global, Verdict, files};
use crate::contain::contain;
use crate::{clif, diff};
use clap::{Args, ValueEnum};
use cranelift_codegen::ir::{Function, UserFuncName};
use std::collections::HashSet;
use std::path::PathBuf;
use zktr_isa::span::Diagnostic;
use zktr_pass::rv64::{self, FloatAbi, Target};
use zktr_pass::{Options, Pass};

/// Compile a CLIF file to a RISC-V object with ZK-Tracer instructions.
///
/// A function `%name` gets the symbol `name`; a function `u0:1` the last word of the comment above it, if it is an
/// identifier of its own, else `u0_1`.
#[derive(Debug, Args)]
pub struct Compile {
    /// The CLIF file.
    file: PathBuf,
    /// Where the object goes.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Leave the loops as they are.
    #[arg(long)]
    no_offload: bool,
    #[command(flatten)]
    movement: Movement,
    #[command(flatten)]
    profit: Profit,
    /// No compressed instructions.
    #[arg(long)]
    no_compressed: bool,
    /// Mark the object for the soft-float ABI.
    #[arg(long)]
    soft_float: bool,
    /// Use address generation and bit manipulation instructions (Zba, Zbb).
    #[arg(long)]
    bit_manipulation: bool,
    /// How much to optimise.
    #[arg(long, value_name = "LEVEL", default_value = "speed")]
    opt_level: OptLevel,
}

/// How much to optimise.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OptLevel {
    /// Not at all.
    None,
    /// For speed.
    Speed,
    /// For speed and small code.
    SpeedAndSize,
}

impl Compile {
    pub fn run(&self, global: &Global) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let source = files::read_clif(&self.file)?;
        let units = clif::read(&source)?;
        let fail = |message: &dyn std::fmt::Display| {
            Diagnostic::global(format!("{}: {message}", source.name))
        };
        let titles: Vec<_> = units.iter().map(|unit| unit.title.clone()).collect();
        let mut functions: Vec<Function> = units.into_iter().map(|unit| unit.function).collect();
        if !self.no_offload {
            let pass = Pass::new(
                spec.clone(),
                Options {
                    movement: self.movement.option(),
                    profit: self.profit.option(&spec),
                    ..Options::default()
                },
            );
            let prepared =
                diff::prepare(&spec, &pass, functions).map_err(|message| fail(&message))?;
            functions = prepared.rewritten.functions().to_vec();
        }
        let object =
            contain(|| rv64::compile_object(named(functions, &titles), &spec, &self.target()))
                .map_err(|panic| {
                    fail(&format_args!(
                        "the back end does not take this file: {panic}"
                    ))
                })?
                .map_err(|error| fail(&error))?;
        files::write(&self.output, &object)?;
        Ok(Verdict::Fine)
    }

    fn target(&self) -> Target {
        Target {
            opt_level: match self.opt_level {
                OptLevel::None => rv64::OptLevel::None,
                OptLevel::Speed => rv64::OptLevel::Speed,
                OptLevel::SpeedAndSize => rv64::OptLevel::SpeedAndSize,
            },
            compressed: !self.no_compressed,
            zba: self.bit_manipulation,
            zbb: self.bit_manipulation,
            float_abi: if self.soft_float {
                FloatAbi::Soft
            } else {
                FloatAbi::Double
            },
        }
    }
}

/// Gives each function its symbol.
fn named(functions: Vec<Function>, titles: &[Option<String>]) -> Vec<(String, Function)> {
    let own = |function: &Function| match &function.name {
        UserFuncName::User(name) => format!("u{}_{}", name.namespace, name.index),
        UserFuncName::Testcase(name) => String::from_utf8_lossy(name.raw()).into_owned(),
    };
    let mut taken: HashSet<String> = functions.iter().map(own).collect();
    functions
        .into_iter()
        .zip(titles)
        .map(|(function, title)| {
            let title = title
                .as_deref()
                .and_then(|title| title.split_whitespace().next_back());
            let title = title.filter(|title| {
                matches!(function.name, UserFuncName::User(_)) && is_identifier(title)
            });
            let symbol = title
                .filter(|&title| taken.insert(title.into()))
                .map_or_else(|| own(&function), str::to_owned);
            (symbol, function)
        })
        .collect()
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
