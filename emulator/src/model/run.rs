//! One run of a guest for many machines.

use super::design::Design;
use super::energy::{Bill, Prices};
use super::hardware::{Hardware, Order, Policy};
use super::pipeline::Pipeline;
use super::profile::{Contents, Profile};
use super::simulate::{Simulator, Totals};
use super::timeline::Probe;
use super::workload::{Chunk, Code, Functions, Recorder};
use crate::host::{Machine, Stop};
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// A machine that is to be simulated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its figures.
    pub design: Design,
    /// Name of its pipeline.
    pub pipeline: String,
    /// Name of what is proved.
    pub profile: String,
    /// What overlaps.
    pub order: Order,
    /// Which unit gets a row.
    pub policy: Policy,
}

/// What came out for a machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The machine.
    pub hardware: Hardware,
    /// What was counted.
    pub totals: Totals,
    /// What it costs.
    pub bill: Bill,
}

/// The guest.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most instructions.
    pub fuel: u64,
    /// Only regions that the guest marks are traced.
    pub marked: bool,
}

/// What was made from which figures.
type Made<T> = Vec<(Vec<(String, f64)>, Arc<T>)>;

/// Makes simulators, and shares what plans have in common.
#[derive(Debug)]
pub struct Workshop<'a> {
    spec: &'a Spec,
    reference: Hardware,
    pipelines: Made<Pipeline>,
    profiles: Made<Profile>,
}

impl<'a> Workshop<'a> {
    /// For the instructions of this spec.
    ///
    /// # Errors
    /// As [`Design::published`].
    pub fn new(spec: &'a Spec) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self {
            spec,
            reference: Hardware::of(&Design::published(spec)?),
            pipelines: Vec::new(),
            profiles: Vec::new(),
        })
    }

    /// The simulator of a plan.
    ///
    /// # Errors
    /// The design has no pipeline or profile of that name.
    pub fn simulator(&mut self, plan: &Plan) -> Result<Simulator, Diagnostic> {
        self.observed(plan, ())
    }

    /// The same with a probe.
    ///
    /// # Errors
    /// The design has no pipeline or profile of that name.
    pub fn observed<P: Probe>(
        &mut self,
        plan: &Plan,
        probe: P,
    ) -> Result<Simulator<P>, Diagnostic> {
        let (spec, design) = (self.spec, &plan.design);
        let pipeline = shared(
            &mut self.pipelines,
            design,
            "pipeline",
            &plan.pipeline,
            || Pipeline::new(spec, design, &plan.pipeline),
        )?;
        let profile = shared(&mut self.profiles, design, "profile", &plan.profile, || {
            Profile::new(spec, design, &plan.profile)
        })?;
        let hardware = Hardware::of(design);
        Ok(Simulator::observed(
            hardware,
            pipeline,
            profile,
            plan.order,
            plan.policy,
            probe,
        ))
    }

    /// Area, power and energy of a machine that has done this.
    #[must_use]
    pub fn bill(&self, design: &Design, totals: &Totals) -> Bill {
        Prices::of(design, &self.reference).bill(&Hardware::of(design), totals)
    }
}

/// What was made from the same figures.
fn shared<T>(
    known: &mut Made<T>,
    design: &Design,
    section: &str,
    name: &str,
    make: impl FnOnce() -> Result<T, Diagnostic>,
) -> Result<Arc<T>, Diagnostic> {
    let prefix = format!("{section}.{name}.");
    let relevant = |path: &str| path.starts_with(&prefix) || path.starts_with("schema.");
    let mut key: Vec<(String, f64)> = vec![(prefix.clone(), 0.0)];
    let figures = design.figures().filter(|(path, _)| relevant(path));
    key.extend(figures.map(|(path, figure)| (path.to_owned(), figure.value)));
    if let Some((_, made)) = known.iter().find(|(other, _)| *other == key) {
        return Ok(made.clone());
    }
    let made = Arc::new(make()?);
    known.push((key, made.clone()));
    Ok(made)
}

/// Runs a guest, and shows its instructions to all simulators.
pub fn run<P: Probe + Send>(
    spec: &Spec,
    machine: &mut Machine,
    limits: Limits,
    plain: &mut [Simulator],
    probed: &mut [Simulator<P>],
) -> Stop {
    let functions = Functions::new(machine.symbols());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let sink = |chunk: Chunk<'_>| {
        for simulator in &mut *probed {
            simulator.feed(chunk);
        }
        let each = plain.len().div_ceil(threads).max(1);
        if plain.len() <= each {
            plain.iter_mut().for_each(|simulator| simulator.feed(chunk));
            return;
        }
        std::thread::scope(|scope| {
            for part in plain.chunks_mut(each) {
                scope.spawn(move || part.iter_mut().for_each(|simulator| simulator.feed(chunk)));
            }
        });
    };
    let registers = *machine.x();
    let mut recorder = Recorder::new(
        spec,
        machine.xlen(),
        &registers,
        &functions,
        limits.marked,
        sink,
    );
    let stop = machine.run_observed(limits.fuel, &mut recorder);
    recorder.flush();
    stop
}

/// Runs a guest for these plans.
///
/// # Errors
/// A design has no pipeline or profile of the name that its plan has.
pub fn measure(
    workshop: &mut Workshop<'_>,
    machine: &mut Machine,
    limits: Limits,
    plans: &[Plan],
) -> Result<(Vec<Measured>, Stop), Diagnostic> {
    let mut simulators = Vec::new();
    for plan in plans {
        simulators.push(workshop.simulator(plan)?);
    }
    let before = Contents::of(machine.memory());
    let stop = run::<()>(workshop.spec, machine, limits, &mut simulators, &mut []);
    let contents = contents(before, machine);
    let measured = simulators.into_iter().zip(plans).map(|(simulator, plan)| {
        let hardware = *simulator.hardware();
        let (totals, ()) = simulator.finish(contents);
        let bill = workshop.bill(&plan.design, &totals);
        Measured {
            hardware,
            totals,
            bill,
        }
    });
    Ok((measured.collect(), stop))
}

/// Words that were not zero at first or are not zero at last: those that tables have rows for, but for words that
/// are zero both times and were accessed.
#[must_use]
pub fn contents(before: Contents, machine: &Machine) -> Contents {
    let after = Contents::of(machine.memory());
    Contents {
        words: before.words.max(after.words),
        program: before.program,
    }
}

/// Shows these codes to a simulator, as an observer would.
pub fn feed<P: Probe>(simulator: &mut Simulator<P>, codes: &[Code]) {
    for codes in codes.chunks(1 << 16) {
        simulator.feed(Chunk {
            codes,
            functions: &[],
        });
    }
}
