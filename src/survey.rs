//! What the pass does with many functions, in figures: how many loops they have, what became of them, and what looking cost.
//!
//! A panic of the pass or of the compiler is a figure, too.

use crate::clif::Unit;
use crate::contain::contain;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::{self, TargetIsa};
use cranelift_codegen::loop_analysis::LoopAnalysis;
use cranelift_codegen::settings::{self, Configurable};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use zktr_pass::{Decision, Pass, Report};

/// Functions with the largest share of time for the pass that are named.
const NAMED: usize = 3;
/// A function that compiles faster than this is not named: its share is mostly noise.
const LEAST_TO_NAME: Duration = Duration::from_millis(1);

/// Figures of some functions.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    functions: u64,
    with_loops: u64,
    loops: u64,
    /// Loops that the pass has looked at.
    remarks: u64,
    /// By the instructions that they are offloaded to: how many loops, and the first function with one.
    offloaded: BTreeMap<String, (u64, String)>,
    /// Loops by the first reason against them.
    declined: BTreeMap<String, u64>,
    failed: Vec<String>,
    pass: Duration,
    compile: Duration,
    not_compiled: u64,
    /// The largest shares: of the pass in compilation, and whose.
    dearest: Vec<(f64, String)>,
}

impl Survey {
    /// Adds a function; with `cost`, it is compiled for riscv64, too.
    pub fn add(&mut self, pass: &Pass, unit: Unit, cost: bool) {
        let function = unit.function;
        let name = unit.title.unwrap_or_else(|| function.name.to_string());
        self.functions += 1;
        let loops = loops(&function);
        self.loops += loops;
        self.with_loops += u64::from(loops > 0);
        let start = Instant::now();
        let report = contain(|| pass.analyse(&function));
        let taken = start.elapsed();
        match report {
            Ok(report) => self.remarks(&report, &name),
            Err(panic) => self.failed.push(format!("{name}: {panic}")),
        }
        if cost {
            self.cost(function, name, taken);
        }
    }

    fn remarks(&mut self, report: &Report, name: &str) {
        for remark in &report.remarks {
            self.remarks += 1;
            match &remark.decision {
                Decision::Offloaded { instructions, .. } => {
                    let entry = self.offloaded.entry(instructions.join(", "));
                    entry.or_insert_with(|| (0, name.to_owned())).0 += 1;
                }
                Decision::Declined { reasons } => {
                    if let Some(first) = reasons.first() {
                        *self
                            .declined
                            .entry(first.reason.text().to_owned())
                            .or_default() += 1;
                    }
                }
                Decision::Enclosed => {}
            }
        }
    }

    fn cost(&mut self, function: Function, name: String, pass: Duration) {
        let Some(isa) = isa() else {
            return;
        };
        let mut context = Context::for_function(function);
        let start = Instant::now();
        let compiled = contain(|| {
            let done = context.compile(&*isa, &mut ControlPlane::default());
            done.map(|_| ()).is_ok()
        });
        let compile = start.elapsed();
        if compiled != Ok(true) {
            self.not_compiled += 1;
            return;
        }
        self.pass += pass;
        self.compile += compile;
        if compile >= LEAST_TO_NAME {
            self.dearest
                .push((pass.as_secs_f64() / compile.as_secs_f64(), name));
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        self.dearest.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.dearest.truncate(NAMED);
    }

    /// Adds the figures of others.
    pub fn merge(&mut self, other: Self) {
        self.functions += other.functions;
        self.with_loops += other.with_loops;
        self.loops += other.loops;
        self.remarks += other.remarks;
        for (instructions, (count, name)) in other.offloaded {
            self.offloaded.entry(instructions).or_insert((0, name)).0 += count;
        }
        for (reason, count) in other.declined {
            *self.declined.entry(reason).or_default() += count;
        }
        self.failed.extend(other.failed);
        self.pass += other.pass;
        self.compile += other.compile;
        self.not_compiled += other.not_compiled;
        self.dearest.extend(other.dearest);
        self.shorten();
    }

    /// How many loops were offloaded.
    pub fn offloaded(&self) -> u64 {
        self.offloaded.values().map(|(count, _)| count).sum()
    }

    /// How many functions the pass panicked on.
    pub fn failed(&self) -> usize {
        self.failed.len()
    }
}

impl fmt::Display for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} functions, {} with {} loops; {} loops looked at, {} offloaded",
            self.functions,
            self.with_loops,
            self.loops,
            self.remarks,
            self.offloaded()
        )?;
        for (instructions, (count, name)) in &self.offloaded {
            writeln!(f, "  {count:7} x {instructions} (first: {name})")?;
        }
        for (reason, count) in &self.declined {
            writeln!(f, "  {count:7} x not: {reason}")?;
        }
        for failure in &self.failed {
            writeln!(f, "  PANIC in {failure}")?;
        }
        if !self.compile.is_zero() {
            let share = 100.0 * self.pass.as_secs_f64() / self.compile.as_secs_f64();
            writeln!(
                f,
                "  the pass takes {share:.2} % of the time of compilation"
            )?;
            for (share, name) in &self.dearest {
                writeln!(f, "          {:.1} %: {name}", 100.0 * share)?;
            }
        }
        if self.not_compiled > 0 {
            writeln!(f, "  {:7} functions are not compiled", self.not_compiled)?;
        }
        Ok(())
    }
}

fn loops(function: &Function) -> u64 {
    let cfg = ControlFlowGraph::with_function(function);
    let domtree = DominatorTree::with_function(function, &cfg);
    let mut loops = LoopAnalysis::new();
    loops.compute(function, &cfg, &domtree);
    loops.loops().count() as u64
}

/// What functions are compiled for: the host that has the units.
fn isa() -> Option<Arc<dyn TargetIsa>> {
    static ISA: OnceLock<Option<Arc<dyn TargetIsa>>> = OnceLock::new();
    ISA.get_or_init(|| {
        let mut flags = settings::builder();
        flags.set("opt_level", "speed").ok()?;
        flags.set("enable_verifier", "false").ok()?;
        let mut builder = isa::lookup_by_name("riscv64gc-unknown-linux-gnu").ok()?;
        for feature in ["has_zca", "has_zcd", "has_v"] {
            builder.enable(feature).ok()?;
        }
        builder.finish(settings::Flags::new(flags)).ok()
    })
    .clone()
}
