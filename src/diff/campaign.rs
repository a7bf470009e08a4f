//! A campaign: generated cases until one fails, or all agree.

use super::case::Case;
use super::engines::{Difference, Engine, EngineOptions, Engines, Runner, Verdict};
use super::environment::Environment;
use super::generate::Generator;
use super::jit::Arena;
use super::memory::Layout;
use super::program::Program;
use super::roles::Roles;
use super::shrink::shrink;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zktr_isa::Spec;
use zktr_pass::plan::Plan;

/// A function to test: the functions with the same index in two programs.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The program as it was.
    pub original: Program,
    /// The same after the pass.
    pub rewritten: Program,
    /// The function.
    pub index: usize,
    /// What has been replaced in it.
    pub plans: Vec<Plan>,
}

/// How a campaign is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignOptions {
    /// How many cases.
    pub cases: u64,
    /// What they depend on.
    pub seed: u64,
    /// The number of the first case, to repeat one.
    pub first: u64,
    /// Units that refuse may scribble, in every second case.
    pub adversarial: bool,
    /// Which engines.
    pub engines: EngineOptions,
}

impl Default for CampaignOptions {
    fn default() -> Self {
        Self {
            cases: 1000,
            seed: 1,
            first: 0,
            adversarial: true,
            engines: EngineOptions::default(),
        }
    }
}

/// What a campaign has seen.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Cases that were generated.
    pub cases: u64,
    /// Cases that could not be compared, by reason.
    pub discarded: BTreeMap<String, u64>,
    /// For each run but the first of a case: in how many cases it agreed with the first.
    pub agreed: BTreeMap<Runner, u64>,
    /// Cases in which the original trapped, and all others with it.
    pub trapped: u64,
    /// Cases in which every offload that was issued ended with `ok`, and there was one.
    pub offloaded: u64,
    /// Cases in which an offload refused.
    pub refused: u64,
    /// Cases in which none was issued: a guard failed, or the loop was not reached.
    pub unissued: u64,
    /// How often offloads ended with each status: (instruction, status) by name.
    pub statuses: BTreeMap<(String, String), u64>,
    /// Engines that were not used, and why.
    pub unavailable: Vec<(Engine, String)>,
    /// How long it took.
    pub time: Duration,
}

/// A case that fails, made small.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// Its number in the campaign.
    pub number: u64,
    /// The small case.
    pub case: Case,
    /// What is different.
    pub difference: Difference,
    /// What the parameters are for.
    pub roles: Roles,
    /// Where things are in the arena.
    pub layout: Layout,
}

/// Runs a campaign on a function. Fails if there is no engine for it.
pub fn campaign(
    spec: &Arc<Spec>,
    subject: &Subject,
    options: &CampaignOptions,
) -> Result<(Tally, Option<Box<Counterexample>>), String> {
    let start = Instant::now();
    let reachable = subject.original.reachable(subject.index)?;
    let function = subject
        .rewritten
        .functions()
        .get(subject.index)
        .ok_or("no such function")?;
    let environment = Environment::of(&subject.original, &reachable);
    let plans: Vec<&Plan> = subject.plans.iter().collect();
    let roles = Roles::infer(function, &plans, moduli(spec, &subject.plans), &environment);

    let mut arena = Arena::new();
    let layout = Layout {
        base: arena.base(),
        trailer: environment.is_bounded(),
    };
    let mut engines = Engines::new(
        spec,
        &subject.original,
        &subject.rewritten,
        subject.index,
        &mut arena,
        layout,
        options.engines,
    )?;
    let generator = Generator::new(roles.clone(), environment, layout, options.adversarial);

    let mut tally = Tally {
        unavailable: std::mem::take(&mut engines.unavailable),
        ..Tally::default()
    };
    let mut counterexample = None;
    for number in options.first..options.first.saturating_add(options.cases) {
        let case = generator.case(options.seed, number);
        tally.cases += 1;
        match engines.judge(&case) {
            Verdict::Discarded(reason) => *tally.discarded.entry(reason).or_default() += 1,
            Verdict::Agreed {
                runners,
                events,
                trapped,
            } => {
                tally.trapped += u64::from(trapped);
                for runner in runners {
                    *tally.agreed.entry(runner).or_default() += 1;
                }
                tally.count(spec, &events);
            }
            Verdict::Differs(difference) => {
                let (case, difference) = shrink(&mut engines, &roles, case, *difference);
                counterexample = Some(Box::new(Counterexample {
                    number,
                    case,
                    difference,
                    roles,
                    layout,
                }));
                break;
            }
        }
    }
    tally.time = start.elapsed();
    Ok((tally, counterexample))
}

impl Tally {
    fn count(&mut self, spec: &Spec, events: &[(usize, u64)]) {
        let ok = spec.outcomes.success;
        let counter = match events {
            [] => &mut self.unissued,
            _ if events.iter().all(|&(_, status)| status == ok) => &mut self.offloaded,
            _ => &mut self.refused,
        };
        *counter += 1;
        for &(instruction, status) in events {
            let name = spec.status_by_code(status).map_or("?", |s| s.name.as_str());
            let instruction = spec
                .instructions
                .get(instruction)
                .map_or("?", |i| i.name.as_str());
            *self
                .statuses
                .entry((instruction.into(), name.into()))
                .or_default() += 1;
        }
    }
}

/// The moduli of the formats that plans use.
fn moduli(spec: &Spec, plans: &[Plan]) -> BTreeSet<u64> {
    let offloads = plans.iter().flat_map(|plan| &plan.offloads);
    let formats = offloads.filter_map(|offload| spec.format_by_code(offload.format));
    formats
        .filter_map(|format| spec.fields.get(format.field))
        .map(|field| field.modulus)
        .collect()
}
