//! What the pass costs where it has nothing to do, relative to Cranelift's own compile time.
//!
//! Each function is compiled for riscv64 (`opt_level=speed`, verifier off) alone and behind the pass, in one
//! process, interleaved, so that both sides see the same machine. Printed are medians over all
//! repetitions, summed over the functions of a set, and the largest ratio of a single function.
//!
//! There are three groups, by how far the pass has to go:
//! - functions without a prime of the spec, as nearly all functions of nearly all programs are: the pass looks at
//!   each instruction once and leaves;
//! - functions that have such a prime, but no loop that can be replaced: near misses, and large functions built to be
//!   bad for the analyses. The pass lifts each loop before it declines;
//! - functions in which loops are replaced. What is compiled behind the pass is then another function.
//!
//! The limit is for the first two, where nothing is rewritten, and each is held against it. Only the first decides
//! about the exit code: there a change for the worse is a mistake, not a harder question.
//!
//! `ZKTR_BENCH_REPETITIONS` sets the number of repetitions.

mod corpus;
mod synthetic;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use zktr_isa::Spec;
use zktr_pass::rewrite::Testcase;
use zktr_pass::{Options, Pass};

/// What the pass may cost where nothing is rewritten.
const LIMIT_PERCENT: f64 = 5.0;

/// Functions of one kind.
struct Set {
    name: &'static str,
    functions: Vec<Subject>,
}

impl Set {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            functions: Vec::new(),
        }
    }

    fn push(&mut self, name: String, function: Function) {
        self.functions.push(Subject { name, function });
    }
}

/// A function to be timed.
struct Subject {
    name: String,
    function: Function,
}

/// Medians of one function, or their sums over some.
#[derive(Clone, Copy, Default)]
struct Cost {
    /// Compilation without the pass.
    compile: Duration,
    /// The pass alone.
    pass: Duration,
    /// The pass and the compilation after it.
    both: Duration,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.compile += other.compile;
        self.pass += other.pass;
        self.both += other.both;
    }

    /// The figures of a line of the table.
    fn columns(&self) -> String {
        format!(
            "{:>12.3} {:>10.3} {:>8.2}% {:>10.2}%",
            self.compile.as_secs_f64() * 1e3,
            self.pass.as_secs_f64() * 1e3,
            self.percent(),
            self.end_to_end()
        )
    }

    fn percent(&self) -> f64 {
        100.0 * self.pass.as_secs_f64() / self.compile.as_secs_f64()
    }

    fn is_within_limit(&self) -> bool {
        self.percent() <= LIMIT_PERCENT
    }

    /// What compilation as a whole takes longer; noisier than [`Self::percent`], which it confirms.
    fn end_to_end(&self) -> f64 {
        100.0 * (self.both.as_secs_f64() / self.compile.as_secs_f64() - 1.0)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if the limit is kept by functions without a prime of the spec.
fn run() -> Result<bool, Box<dyn Error>> {
    let repetitions = match std::env::var("ZKTR_BENCH_REPETITIONS") {
        Ok(text) => text
            .parse::<usize>()
            .map_err(|error| format!("ZKTR_BENCH_REPETITIONS: {error}"))?
            .max(1),
        Err(_) => 15,
    };
    let spec = Spec::builtin();
    let pass = Pass::new(spec.clone(), Options::default());
    let moduli: Vec<u64> = spec.fields.iter().map(|field| field.modulus).collect();
    let isa = riscv64()?;
    println!("{}", machine());
    println!("riscv64, opt_level=speed, verifier off; medians of {repetitions} repetitions\n");
    println!(
        "{:<50} {:>9} {:>13} {:>12} {:>10} {:>9} {:>11}  most expensive function",
        "set", "functions", "instructions", "compile ms", "pass ms", "ratio", "end to end"
    );

    let corpus = corpus::sets(&pass, &moduli)?;
    let synthetic = synthetic::sets(&isa.frontend_config(), &moduli)?;
    let group = |sets: &[&Set]| {
        let mut total = Cost::default();
        for set in sets {
            total.add(measure(set, &pass, isa.as_ref(), repetitions)?);
        }
        println!("{:<74} {}\n", "all of these", total.columns());
        Ok::<_, Box<dyn Error>>(total)
    };
    let idle = group(&[&corpus.no_prime, &corpus.other_prime, &synthetic.no_prime])?;
    let declined = group(&[&corpus.near_misses, &synthetic.prime])?;
    group(&[&corpus.rewritten])?;

    let mut unchanged = idle;
    unchanged.add(declined);
    println!("limit of {LIMIT_PERCENT} % for functions in which nothing is rewritten:");
    for (name, cost) in [
        ("without a prime of the spec", idle),
        ("with a prime of the spec", declined),
        ("all", unchanged),
    ] {
        let verdict = if cost.is_within_limit() {
            "kept"
        } else {
            "exceeded"
        };
        println!("  {name:<30} {:>9.2}%  {verdict}", cost.percent());
    }
    Ok(idle.is_within_limit())
}

/// Times a set and prints its line.
fn measure(
    set: &Set,
    pass: &Pass,
    isa: &dyn TargetIsa,
    repetitions: usize,
) -> Result<Cost, Box<dyn Error>> {
    let mut context = Context::new();
    let mut sum = Cost::default();
    let mut worst = (0.0, "");
    for subject in &set.functions {
        let cost = time(subject, pass, isa, &mut context, repetitions)?;
        sum.add(cost);
        if cost.percent() > worst.0 {
            worst = (cost.percent(), &subject.name);
        }
    }
    let instructions: usize = set
        .functions
        .iter()
        .map(|subject| size(&subject.function))
        .sum();
    println!(
        "{:<50} {:>9} {:>13} {}  {:.1}% {}",
        set.name,
        set.functions.len(),
        instructions,
        sum.columns(),
        worst.0,
        worst.1
    );
    Ok(sum)
}

/// Times one function. Which side goes first changes from repetition to repetition.
fn time(
    subject: &Subject,
    pass: &Pass,
    isa: &dyn TargetIsa,
    context: &mut Context,
    repetitions: usize,
) -> Result<Cost, Box<dyn Error>> {
    let (mut compile, mut passes, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for repetition in 0..2 * repetitions {
        let with_pass = (repetition % 2 == 0) != (repetition % 4 >= 2);
        context.clear();
        context.func = subject.function.clone();
        let start = Instant::now();
        if with_pass {
            std::hint::black_box(pass.run(&mut context.func, &mut Testcase));
            passes.push(start.elapsed());
        }
        if let Err(error) = context.compile(isa, &mut ControlPlane::default()) {
            return Err(format!("{}: {}", subject.name, error.inner).into());
        }
        if with_pass { &mut both } else { &mut compile }.push(start.elapsed());
    }
    Ok(Cost {
        compile: median(compile),
        pass: median(passes),
        both: median(both),
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn size(func: &Function) -> usize {
    func.layout
        .blocks()
        .map(|block| func.layout.block_insts(block).count())
        .sum()
}

fn riscv64() -> Result<OwnedTargetIsa, Box<dyn Error>> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    flags.set("enable_verifier", "false")?;
    Ok(isa::lookup_by_name("riscv64gc-unknown-linux-gnu")?.finish(settings::Flags::new(flags))?)
}

/// The machine that the numbers are of.
fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    format!("cpu: {model}; features: {}", cpu_features().join(" "))
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<&'static str> {
    let features = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    features
        .into_iter()
        .filter_map(|(name, present)| present.then_some(name))
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> Vec<&'static str> {
    vec!["unknown"]
}
