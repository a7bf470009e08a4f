//! Fast units: bulk instructions at the speed of this machine, with the results of the golden evaluator.
//!
//! There is no code for any instruction. A meaning is compiled for the descriptor at hand (`plan`) into a short list of
//! operations on columns (`program`), which are executed on blocks of rows that stay in the caches (`block`, `run`) by
//! packed arithmetic of the instruction set that is there (`lanes`, `kernel`). So the instructions of a user's spec file are
//! fast too. What cannot be compiled is left to the golden evaluator.
//!
//! Refusals are those of the golden evaluator: it makes the checks before the work, and of all that fails while working,
//! the first in the order of the meaning decides. After a refusal of phase `data` written views may have been written in part,
//! which the contract allows; what is rewritten in place, or added to, is checked as a whole before the first element is written.

mod block;
mod chains;
mod field;
mod kernel;
mod lanes;
mod plan;
mod program;
mod run;
mod scratch;
mod window;

pub use window::Window;

use crate::golden::bulk::{Call, Refusal, status_of};
use crate::golden::eval::Evaluator;
use crate::golden::{self, Devices};
use crate::memory::Memory;
use field::NARROW;
pub(crate) use lanes::Task;
use lanes::{Lanes, Portable};
use plan::{Halt, Plan, Planner};
use run::Runner;
use window::Shared;
use zktr_isa::Spec;

/// The instruction set that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// What the compiler makes of portable code for its target; with NEON on AArch64.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512: F, BW, DQ and VL.
    Avx512,
}

impl Level {
    /// The levels that this processor has, the best one last.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(lanes::Avx2::detect().map(|_| Self::Avx2));
            levels.extend(lanes::Avx512::detect().map(|_| Self::Avx512));
        }
        levels
    }

    /// The best level that this processor has.
    #[must_use]
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }
}

/// Does something by the best instruction set that this processor has.
#[inline(always)]
pub(crate) fn vectorize<T: Task>(task: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(lanes) = lanes::Avx512::detect() {
            return lanes.apply(task);
        }
        if let Some(lanes) = lanes::Avx2::detect() {
            return lanes.apply(task);
        }
    }
    task.run()
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

/// How fast units work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The instruction set; where the processor does not have it, the best one below it.
    pub level: Level,
    /// How many units there are: threads that rows are divided among. Results do not depend on it.
    pub threads: usize,
    /// Counts from which an instruction is compiled: for a few rows the golden evaluator is faster.
    pub least_rows: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::best(),
            threads: 1,
            least_rows: 16,
        }
    }
}

/// A plan for words of either width.
#[derive(Debug)]
enum AnyPlan {
    Narrow(Plan<u32>),
    Wide(Plan<u64>),
}

impl AnyPlan {
    fn windows(&self) -> &[(u64, u64)] {
        match self {
            Self::Narrow(plan) => &plan.windows,
            Self::Wide(plan) => &plan.windows,
        }
    }
}

/// Executes an instruction as [`golden::offload`] does, without falling back: `registers` are its
/// descriptor's address and its count.
///
/// # Errors
/// Why fast units do not execute it; memory is as it was.
pub fn offload(
    spec: &Spec,
    instruction: usize,
    registers: (u64, u64),
    xlen: u8,
    memory: &mut dyn Memory,
    options: &Options,
) -> Result<u64, &'static str> {
    match prepare(spec, instruction, registers, xlen, memory, options) {
        Ok(prepared) => prepared.execute(memory),
        Err(Halted::Refused(status)) => Ok(status),
        Err(Halted::Golden(reason)) => Err(reason),
    }
}

/// Checks and compiles an instruction, to execute it more than once: `registers` are as for [`offload`].
///
/// # Errors
/// It is refused, or not executed by fast units.
pub fn prepare<'a>(
    spec: &'a Spec,
    instruction: usize,
    registers: (u64, u64),
    xlen: u8,
    memory: &dyn Memory,
    options: &Options,
) -> Result<Prepared<'a>, Halted> {
    let instruction = spec
        .instructions
        .get(instruction)
        .ok_or(Halted::Golden("no such instruction"))?;
    let operands = golden::operands(instruction, registers, xlen);
    let call = Call {
        spec,
        instruction,
        descriptor: instruction
            .descriptor()
            .ok_or(Halted::Golden("no descriptor"))?,
        operands: &operands,
        xlen,
        options: &golden::Options::default(),
    };
    prepared(spec, &call, memory, &mut golden::Seeded(0), options)
}

/// Why there is nothing to execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halted {
    /// The instruction is refused, with this status.
    Refused(u64),
    /// It is left to the golden evaluator, for this reason.
    Golden(&'static str),
}

/// An instruction that has been checked and compiled for its descriptor.
///
/// It can be executed on any memory that has the same bytes where the instruction reads anything but the rows of its views: the
/// descriptor, coefficients, tables of other sizes. On another memory its results mean nothing.
#[derive(Debug)]
pub struct Prepared<'a> {
    spec: &'a Spec,
    plan: AnyPlan,
    options: Options,
}

impl Prepared<'_> {
    /// Executes it; the result is its status.
    ///
    /// # Errors
    /// The memory cannot be lent; it is as it was.
    pub fn execute(&self, memory: &mut dyn Memory) -> Result<u64, &'static str> {
        let windows = memory
            .lend(self.plan.windows())
            .ok_or("memory that cannot be lent")?;
        let threads = self.options.threads;
        // SAFETY: threads work on rows of their own (`Program::parallel`), and write elements of views in them. An instruction has
        // refused where elements of a written view share a byte, or where another view or the descriptor has a byte of them, but for
        // a view in place, of which a row is read only by the thread that writes it (`plan::access::check`). All that depends on
        // addresses alone, which the plan has.
        let windows = unsafe { Shared::new(&windows) };
        let done = match &self.plan {
            AnyPlan::Wide(plan) => Runner {
                lanes: Portable::<u64>::default(),
                plan,
                windows,
                threads,
            }
            .run(),
            AnyPlan::Narrow(plan) => narrow(plan, windows, &self.options),
        };
        Ok(match done {
            Ok(()) => self.spec.outcomes.success,
            Err(failure) => status_of(self.spec, &failure.stop),
        })
    }
}

/// Executes an instruction; the result is its status. The error says why this is left to the golden evaluator; memory is as it
/// was then.
pub(crate) fn execute(
    call: &Call<'_>,
    memory: &mut dyn Memory,
    devices: &mut dyn Devices,
    options: &Options,
) -> Result<u64, &'static str> {
    match prepared(call.spec, call, memory, devices, options) {
        Ok(prepared) => prepared.execute(memory),
        Err(Halted::Refused(status)) => Ok(status),
        Err(Halted::Golden(reason)) => Err(reason),
    }
}

fn prepared<'a>(
    spec: &'a Spec,
    call: &Call<'_>,
    memory: &dyn Memory,
    devices: &mut dyn Devices,
    options: &Options,
) -> Result<Prepared<'a>, Halted> {
    let plan = plan(call, memory, devices, options).map_err(|halt| match halt {
        Halt::Golden(reason) => Halted::Golden(reason),
        Halt::Refusal(Refusal(status)) => Halted::Refused(status),
        Halt::Stop(stop) => Halted::Refused(status_of(spec, &stop)),
    })?;
    Ok(Prepared {
        spec,
        plan,
        options: *options,
    })
}

fn narrow(plan: &Plan<u32>, windows: Shared<'_>, options: &Options) -> Result<(), block::Failure> {
    fn on<L: Lanes<Word = u32>>(
        lanes: L,
        plan: &Plan<u32>,
        windows: Shared<'_>,
        threads: usize,
    ) -> Result<(), block::Failure> {
        Runner {
            lanes,
            plan,
            windows,
            threads,
        }
        .run()
    }
    #[cfg(target_arch = "x86_64")]
    {
        if options.level >= Level::Avx512
            && let Some(lanes) = lanes::Avx512::detect()
        {
            return on(lanes, plan, windows, options.threads);
        }
        if options.level >= Level::Avx2
            && let Some(lanes) = lanes::Avx2::detect()
        {
            return on(lanes, plan, windows, options.threads);
        }
    }
    on(Portable::<u32>::default(), plan, windows, options.threads)
}

fn plan(
    call: &Call<'_>,
    memory: &dyn Memory,
    devices: &mut dyn Devices,
    options: &Options,
) -> Result<AnyPlan, Halt> {
    let mut bulk = call.prepare(memory, devices).map_err(Halt::Refusal)?;
    if bulk.bound.reduction.is_err() {
        return Err(Halt::Golden("a reduction polynomial that is not canonical"));
    }
    if call.rows() < options.least_rows {
        return Err(Halt::Golden("few rows"));
    }
    let (mode, modulus) = (bulk.bound.mode, bulk.bound.format.modulus);
    let limit = call.options.max_elements;
    let mut evaluator = Evaluator::new(mode.semantics.vars.len(), &mut bulk, limit);
    let body = &mode.semantics.body;
    let unserved = Halt::Golden("a field without packed arithmetic");
    if modulus < NARROW {
        let planner = Planner::<u32>::new(&mut evaluator).ok_or(unserved)?;
        planner.plan(body, limit).map(AnyPlan::Narrow)
    } else {
        let planner = Planner::<u64>::new(&mut evaluator).ok_or(unserved)?;
        planner.plan(body, limit).map(AnyPlan::Wide)
    }
}
