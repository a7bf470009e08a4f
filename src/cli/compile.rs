//! `zktr compile`: CLIF to an object.

use super::movement::Movement;
use super::profit::Profit;
use super::{Failure, Global, Verdict, files};
use crate::contain::contain;
use crate::{clif, diff};
use clap::{Args, ValueEnum};
use cranelift_codegen::ir::{Function, UserFuncName};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use std::collections::HashSet;
use std::path::PathBuf;
use zktr_isa::span::Diagnostic;
use zktr_pass::rv64::{self, FloatAbi, Target};
use zktr_pass::{Options, Pass, TrapPolicy, object};

/// Compile a CLIF file to a RISC-V object with ZK-Tracer instructions, or to one for another machine that calls software units.
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
    /// The machine. All but riscv64 are linked with the library of software units (`libzktr_units.a`).
    #[arg(long, value_name = "MACHINE", default_value = "riscv64")]
    target: Machine,
    /// Leave the loops as they are.
    #[arg(long)]
    no_offload: bool,
    /// Loops whose accesses may trap. The accelerator refuses what traps, so that they are offloaded for riscv64 unless
    /// this says otherwise; a unit in software would trap itself, unless its host checks addresses.
    #[arg(long, value_name = "WHAT")]
    may_trap: Option<MayTrap>,
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

/// Machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Machine {
    /// With the accelerator's instructions.
    Riscv64,
    /// With calls of software units, for Linux.
    #[value(name = "x86-64")]
    X86_64,
    /// Likewise.
    Aarch64,
}

/// What becomes of loops whose accesses may trap.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MayTrap {
    /// They are offloaded.
    Offload,
    /// They stay.
    Keep,
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
                    profit: self.profit.option(&spec, self.target == Machine::Riscv64),
                    trapping: self.trapping(),
                    ..Options::default()
                },
            );
            let prepared =
                diff::prepare(&spec, &pass, functions).map_err(|message| fail(&message))?;
            functions = prepared.rewritten.functions().to_vec();
        }
        let functions = named(functions, &titles);
        let object = contain(|| match self.target {
            Machine::Riscv64 => rv64::compile_object(functions, &spec, &self.riscv64()),
            Machine::X86_64 | Machine::Aarch64 => {
                object::compile_portable(functions, self.software()?)
            }
        });
        let object = object
            .map_err(|panic| {
                fail(&format_args!(
                    "the back end does not take this file: {panic}"
                ))
            })?
            .map_err(|error| fail(&error))?;
        files::write(&self.output, &object)?;
        Ok(Verdict::Fine)
    }

    fn trapping(&self) -> TrapPolicy {
        match (self.may_trap, self.target) {
            (Some(MayTrap::Offload), _) | (None, Machine::Riscv64) => TrapPolicy::UnitRefuses,
            (Some(MayTrap::Keep), _) | (None, _) => TrapPolicy::Decline,
        }
    }

    /// The back end for a machine with software units.
    fn software(&self) -> Result<OwnedTargetIsa, rv64::Error> {
        let refused = |error: &dyn std::fmt::Display| rv64::Error::Module(error.to_string());
        let triple = match self.target {
            Machine::Aarch64 => "aarch64-unknown-linux-gnu",
            Machine::X86_64 | Machine::Riscv64 => "x86_64-unknown-linux-gnu",
        };
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", self.opt_level().setting()),
            ("is_pic", "true"),
            ("unwind_info", "true"),
        ] {
            flags.set(name, value).map_err(|error| refused(&error))?;
        }
        isa::lookup_by_name(triple)
            .map_err(|error| refused(&error))?
            .finish(settings::Flags::new(flags))
            .map_err(|error| refused(&error))
    }

    fn opt_level(&self) -> rv64::OptLevel {
        match self.opt_level {
            OptLevel::None => rv64::OptLevel::None,
            OptLevel::Speed => rv64::OptLevel::Speed,
            OptLevel::SpeedAndSize => rv64::OptLevel::SpeedAndSize,
        }
    }

    fn riscv64(&self) -> Target {
        Target {
            opt_level: self.opt_level(),
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
