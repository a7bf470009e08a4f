//! All engines on one function, and the verdict on one case.

use super::case::Case;
use super::interp::{Checked, Interpreter};
use super::jit::{self, Arena, Jit};
use super::memory::Layout;
use super::outcome::{Ending, Event, Outcome};
use super::program::Program;
use super::rv64::Rv64;
use serde::Serialize;
use std::sync::Arc;
use zktr_isa::Spec;

/// An engine, and which of the two functions it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Runner {
    /// The engine.
    pub engine: Engine,
    /// It ran the rewritten function.
    pub rewritten: bool,
}

/// What executes functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// cranelift-interpreter, units by the golden evaluator.
    Interpreter,
    /// Machine code of this host, software units.
    Jit,
    /// RV64 code with the instructions themselves, in the emulator.
    Rv64,
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Interpreter => "interpreter",
            Self::Jit => "x86-64 JIT",
            Self::Rv64 => "RV64 emulator",
        })
    }
}

impl std::fmt::Display for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {}",
            self.engine,
            if self.rewritten {
                "rewritten"
            } else {
                "original"
            }
        )
    }
}

/// Which engines to use, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Use the JIT.
    pub jit: bool,
    /// Use RV64 code in the emulator.
    pub rv64: bool,
    /// Instructions that the original may execute in a case; one that needs more is discarded.
    pub fuel: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            jit: true,
            rv64: true,
            fuel: 200_000,
        }
    }
}

/// Original and rewritten function, compiled for every engine that can take them.
pub struct Engines<'a> {
    arena: &'a mut Arena,
    layout: Layout,
    fuel: u64,
    interpreters: Option<[Interpreter<'a>; 2]>,
    jits: Option<[Jit<'a>; 2]>,
    rv64: Option<[Rv64; 2]>,
    /// Engines that are not used, and why.
    pub unavailable: Vec<(Engine, String)>,
}

/// What a case came to.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The original does not end, or does what CLIF leaves undefined: nothing can be compared.
    Discarded(String),
    /// All runs agree.
    Agreed {
        /// The runs.
        runners: Vec<Runner>,
        /// The offloads that the rewritten function issued.
        events: Vec<Event>,
        /// The original trapped, and so did all others.
        trapped: bool,
    },
    /// Two runs do not.
    Differs(Box<Difference>),
}

/// Two runs that do not agree.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The run that is taken to be right, and its ending.
    pub reference: (Runner, Ending),
    /// The other.
    pub other: (Runner, Ending),
    /// Offset into the arena of the first byte that differs, with the bytes from there on.
    pub memory: Option<MemoryDifference>,
}

/// Where two arenas differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryDifference {
    /// Offset of the first byte.
    pub offset: usize,
    /// How many bytes differ in all.
    pub count: usize,
    /// Up to 16 bytes from there on, of the reference.
    pub reference: Vec<u8>,
    /// The same of the other.
    pub other: Vec<u8>,
}

/// Instructions that RV64 code may execute for each of the interpreter's, and to begin with: a generous bound on
/// what the lowering of one CLIF instruction takes.
const RV64_FUEL: (u64, u64) = (64, 100_000);
/// The same for the rewritten function in the interpreter: guards are checked once for each entry of a loop, and a
/// refusal runs the loop after them.
const REWRITTEN_FUEL: (u64, u64) = (8, 10_000);

const fn scale((factor, constant): (u64, u64), steps: u64) -> u64 {
    steps.saturating_mul(factor).saturating_add(constant)
}

impl<'a> Engines<'a> {
    /// The engines for the functions with this index in two programs. Fails if none can run them.
    pub fn new(
        spec: &'a Arc<Spec>,
        original: &'a Program,
        rewritten: &'a Program,
        index: usize,
        arena: &'a mut Arena,
        layout: Layout,
        options: EngineOptions,
    ) -> Result<Self, String> {
        let mut unavailable = Vec::new();
        let interpreters = both(
            || Interpreter::new(spec, original, index, layout),
            || Interpreter::new(spec, rewritten, index, layout),
        );
        let interpreters = keep(interpreters, Engine::Interpreter, &mut unavailable);
        let jits = match () {
            () if !options.jit => Err("switched off".into()),
            () if !jit::supported() => Err("this host is not x86-64".into()),
            // The JIT may only repeat what the interpreter has checked.
            () if interpreters.is_none() => Err("it needs the interpreter".into()),
            () if has_stack_slots(original, index) => Err(
                "original: stack slots have other addresses and first contents in the interpreter"
                    .into(),
            ),
            () => both(
                || Jit::new(spec, original, index),
                || Jit::new(spec, rewritten, index),
            ),
        };
        let jits = keep(jits, Engine::Jit, &mut unavailable);
        let rv64 = if options.rv64 {
            both(
                || Rv64::new(spec, original, index, layout),
                || Rv64::new(spec, rewritten, index, layout),
            )
        } else {
            Err("switched off".into())
        };
        let rv64 = keep(rv64, Engine::Rv64, &mut unavailable);
        if interpreters.is_none() && rv64.is_none() {
            let reasons: Vec<String> = unavailable
                .iter()
                .map(|(engine, why)| format!("{engine}: {why}"))
                .collect();
            return Err(reasons.join("; "));
        }
        Ok(Self {
            arena,
            layout,
            fuel: options.fuel,
            interpreters,
            jits,
            rv64,
            unavailable,
        })
    }

    /// The layout of the arena.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Runs a case on every engine, and compares each run with the first.
    pub fn judge(&mut self, case: &Case) -> Verdict {
        match self.interpreters.take() {
            Some(mut interpreters) => {
                let verdict = self.judge_from_interpreter(&mut interpreters, case);
                self.interpreters = Some(interpreters);
                verdict
            }
            None => self.judge_from_rv64(case),
        }
    }

    fn judge_from_interpreter(
        &mut self,
        [original, rewritten]: &mut [Interpreter<'a>; 2],
        case: &Case,
    ) -> Verdict {
        let mut comparison = Comparison::default();
        let runner = |engine, rewritten| Runner { engine, rewritten };
        let (reference, checked_original) = original.run(case, self.fuel);
        if let Some(discarded) = discarded(&reference) {
            return discarded;
        }
        let steps = reference.steps;
        let reference = (
            runner(Engine::Interpreter, false),
            reference,
            original.arena(),
        );
        let (outcome, checked_rewritten) = rewritten.run(case, scale(REWRITTEN_FUEL, steps));
        comparison.events.clone_from(&outcome.events);
        let run = (
            runner(Engine::Interpreter, true),
            outcome,
            rewritten.arena(),
        );
        if let Some(differs) = comparison.with(&reference, &run, false) {
            return differs;
        }
        if let (Some(jits), Some(checked)) =
            (&mut self.jits, checked_original.zip(checked_rewritten))
        {
            let checked: [Checked<'_>; 2] = checked.into();
            for (i, (jit, checked)) in jits.iter_mut().zip(&checked).enumerate() {
                // `None` would mean that another run was checked, which the arrays' order excludes.
                let Some(outcome) = jit.run(self.arena, checked) else {
                    continue;
                };
                let run = (runner(Engine::Jit, i == 1), outcome, jit.arena());
                if let Some(differs) = comparison.with(&reference, &run, false) {
                    return differs;
                }
            }
        }
        for (i, rv64) in self.rv64.iter_mut().flatten().enumerate() {
            let outcome = rv64.run(case, scale(RV64_FUEL, steps), false);
            let run = (runner(Engine::Rv64, i == 1), outcome, rv64.arena());
            if let Some(differs) = comparison.with(&reference, &run, true) {
                return differs;
            }
        }
        comparison.agreed(&reference.1)
    }

    fn judge_from_rv64(&mut self, case: &Case) -> Verdict {
        let Some([original, rewritten]) = &mut self.rv64 else {
            return Verdict::Discarded("no engine".into());
        };
        let mut comparison = Comparison::default();
        let outcome = original.run(case, self.fuel, false);
        if let Some(discarded) = discarded(&outcome) {
            return discarded;
        }
        let fuel = scale(REWRITTEN_FUEL, outcome.steps);
        let reference = (
            Runner {
                engine: Engine::Rv64,
                rewritten: false,
            },
            outcome,
            original.arena(),
        );
        let outcome = rewritten.run(case, fuel, true);
        comparison.events.clone_from(&outcome.events);
        let run = (
            Runner {
                engine: Engine::Rv64,
                rewritten: true,
            },
            outcome,
            rewritten.arena(),
        );
        if let Some(differs) = comparison.with(&reference, &run, false) {
            return differs;
        }
        comparison.agreed(&reference.1)
    }
}

/// A run: who, what it came to, and the arena after it.
type Run<'m> = (Runner, Outcome, &'m [u8]);

#[derive(Default)]
struct Comparison {
    runners: Vec<Runner>,
    events: Vec<Event>,
}

impl Comparison {
    /// Compares a run with the reference. `coarse`: traps of machine code against traps of CLIF.
    fn with(&mut self, reference: &Run<'_>, run: &Run<'_>, coarse: bool) -> Option<Verdict> {
        let memory = memory_difference(reference.2, run.2);
        if memory.is_none() && reference.1.ending.agrees(&run.1.ending, coarse) {
            self.runners.push(run.0);
            return None;
        }
        Some(Verdict::Differs(Box::new(Difference {
            reference: (reference.0, reference.1.ending.clone()),
            other: (run.0, run.1.ending.clone()),
            memory,
        })))
    }

    fn agreed(self, reference: &Outcome) -> Verdict {
        let trapped = matches!(reference.ending, Ending::Trapped(_));
        Verdict::Agreed {
            runners: self.runners,
            events: self.events,
            trapped,
        }
    }
}

fn discarded(reference: &Outcome) -> Option<Verdict> {
    match &reference.ending {
        Ending::OutOfFuel => Some(Verdict::Discarded(
            "the original does not end within its fuel".into(),
        )),
        // Without addresses, which would make as many reasons as cases.
        Ending::Undefined(_) => Some(Verdict::Discarded("the original is undefined there".into())),
        Ending::Returned(_) | Ending::Trapped(_) => None,
    }
}

fn memory_difference(reference: &[u8], other: &[u8]) -> Option<MemoryDifference> {
    if reference == other {
        return None;
    }
    let differs = |(a, b): (&u8, &u8)| a != b;
    let offset = reference.iter().zip(other).position(differs)?;
    let count = reference
        .iter()
        .zip(other)
        .filter(|&pair| differs(pair))
        .count();
    // Words are easier to read than bytes.
    let offset = offset & !3;
    let end = (offset + 16).min(reference.len());
    Some(MemoryDifference {
        offset,
        count,
        reference: reference[offset..end].to_vec(),
        other: other[offset..end].to_vec(),
    })
}

/// True if a run of the function can see addresses, or the first contents, of its own frames. The interpreter
/// cannot vouch for such a run in another engine. (The slots that the pass adds are written before they are used, and
/// nothing but an operation gets their addresses.)
fn has_stack_slots(program: &Program, index: usize) -> bool {
    let functions = program.reachable(index).unwrap_or_default();
    functions
        .iter()
        .any(|&index| !program.functions()[index].sized_stack_slots.is_empty())
}

fn both<T>(
    first: impl FnOnce() -> Result<T, String>,
    second: impl FnOnce() -> Result<T, String>,
) -> Result<[T; 2], String> {
    let first = first().map_err(|error| format!("original: {error}"))?;
    let second = second().map_err(|error| format!("rewritten: {error}"))?;
    Ok([first, second])
}

fn keep<T>(
    pair: Result<[T; 2], String>,
    engine: Engine,
    unavailable: &mut Vec<(Engine, String)>,
) -> Option<[T; 2]> {
    pair.map_err(|reason| unavailable.push((engine, reason)))
        .ok()
}
