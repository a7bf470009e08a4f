//! `zktr model`: how long the hardware takes for guests, and what it costs.

mod amdahl;
mod guests;
mod json;
mod measured;
mod plots;
mod table;
mod text;

use super::{Failure, Global, Verdict, files};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zktr_emu::model::compare::Baseline;
use zktr_emu::model::run::{self, Limits, Workshop};
use zktr_emu::model::search::{self, Axis, Budget};
use zktr_emu::model::timeline::Timeline;
use zktr_emu::model::workload::Functions;
use zktr_emu::model::{Design, Hardware, Measured, Order, Plan, Policy, profile};
use zktr_isa::Spec;
use zktr_isa::names::did_you_mean;
use zktr_isa::span::{Diagnostic, Source};

/// Simulate the accelerator on guests: cycles, speed-ups, energy, and what another design would change.
///
/// A guest is a linked RISC-V executable, or assembly (`.s`), which is assembled for RV32. It runs in the emulator, and
/// the hardware's time is computed from the instructions that it executes. What the model has to be told, from
/// clock to DRAM, has a value, an origin and a source: `--parameters` prints them, and a file overrides them.
#[derive(Debug, Args)]
pub struct Model {
    /// The guests.
    #[arg(required_unless_present = "parameters")]
    guests: Vec<PathBuf>,
    /// Figures of another design, as TOML: `[ptu]`, `units = 24`.
    #[arg(long, value_name = "FILE")]
    design: Option<PathBuf>,
    /// One figure.
    #[arg(long = "set", value_name = "FIGURE=VALUE")]
    settings: Vec<String>,
    /// The MTU's pipeline.
    #[arg(long, value_name = "NAME", default_value = "scr1-two-stage")]
    pipeline: String,
    /// What the tables of an instruction are.
    #[arg(long, value_name = "NAME", default_value = "paper-formula")]
    profile: String,
    /// What the speed-ups are over.
    #[arg(long, value_name = "NAME", default_value = "sp1-v1")]
    baseline: String,
    /// What overlaps: overlapped, serial, read-back or run-twice.
    #[arg(long, value_name = "ORDER", default_value = "overlapped", value_parser = order)]
    order: Order,
    /// Which unit gets a row: round-robin, first-free or gated.
    #[arg(long, value_name = "POLICY", default_value = "first-free", value_parser = policy)]
    policy: Policy,
    /// Trace only the regions that the guest marks.
    #[arg(long)]
    marked: bool,
    /// Instructions of a guest that may be executed.
    #[arg(long, value_name = "N", value_parser = super::integer, default_value_t = 10_000_000_000)]
    fuel: u64,
    /// Try values of a figure: `units=1..32`, `buffer.rows=1,4,16`.
    #[arg(long, value_name = "FIGURE=VALUES")]
    sweep: Vec<String>,
    /// Search the best designs: those that no other one beats in time, area and energy.
    #[arg(long)]
    search: bool,
    /// A figure that the search varies; without one, it varies units, their width and the buffer.
    #[arg(long, value_name = "FIGURE=VALUES", requires = "search")]
    axis: Vec<String>,
    /// Only designs of at most this area.
    #[arg(long, value_name = "MM2", requires = "search")]
    max_area: Option<f64>,
    /// Only designs of at most this power.
    #[arg(long, value_name = "MW", requires = "search")]
    max_power: Option<f64>,
    /// A report of `zktr prove` (JSON) about the guest: end to end with its times, and with the accelerator as its front end. May be
    /// repeated; speed-ups are over the first one.
    #[arg(long, value_name = "REPORT")]
    amdahl: Vec<PathBuf>,
    /// Print all figures with origin and source.
    #[arg(long)]
    parameters: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write plots to this folder.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Write what happens when in simulated time, for Perfetto; of one guest.
    #[arg(long, value_name = "FILE")]
    timeline: Option<PathBuf>,
}

fn one_of<T: Copy>(text: &str, names: &[(&'static str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        did_you_mean(text, names.iter().copied())
            .unwrap_or_else(|| format!("there are: {}", names.join(", ")))
    })
}

fn order(text: &str) -> Result<Order, String> {
    one_of(text, &Order::NAMES)
}

fn policy(text: &str) -> Result<Policy, String> {
    one_of(text, &Policy::NAMES)
}

/// What has been simulated.
pub struct Results {
    base: Plan,
    baseline: Baseline,
    baseline_name: String,
    guests: Vec<GuestResults>,
    /// Measured runs of the guest.
    runs: Vec<measured::Run>,
    /// The sweeps' axes.
    axes: Vec<Axis>,
    /// Points of the search, over all guests, and which of them are the front.
    search: Option<(Vec<Plan>, Vec<Measured>, Vec<usize>)>,
}

/// Of a guest.
pub struct GuestResults {
    name: String,
    /// As asked for.
    main: Measured,
    /// All orders, as in [`Order::NAMES`].
    orders: Vec<Measured>,
    /// All policies, as in [`Policy::NAMES`].
    policies: Vec<Measured>,
    /// All pipelines, by name.
    pipelines: Vec<(String, Measured)>,
    /// All profiles, by name.
    profiles: Vec<(String, Measured)>,
    /// For each axis, its values.
    sweeps: Vec<Vec<Measured>>,
    /// Points of the search.
    points: Vec<Measured>,
}

impl Model {
    pub fn run(&self, global: &Global, out: &mut dyn Write) -> Result<Verdict, Failure> {
        let spec = global.load()?;
        let design = self.figures(&spec)?;
        if self.parameters {
            if self.json {
                json::figures(&design, out)?;
            } else {
                text::figures(&design, out)?;
            }
            if self.guests.is_empty() {
                return Ok(Verdict::Fine);
            }
        }
        let base = Plan {
            design,
            pipeline: self.pipeline.clone(),
            profile: self.profile.clone(),
            order: self.order,
            policy: self.policy,
        };
        let baseline = Baseline::of(&base.design, &self.baseline)?;
        let axes = self.sweeps(&base.design)?;
        let points = self.points(&base)?;
        if self.timeline.is_some() && self.guests.len() != 1 {
            return Err(Failure::Usage("a timeline is of one guest".into()));
        }
        if !self.amdahl.is_empty() && self.guests.len() != 1 {
            return Err(Failure::Usage("reports are of one guest".into()));
        }
        let mut runs = Vec::new();
        for path in &self.amdahl {
            runs.push(measured::read(path)?);
        }
        let mut workshop = Workshop::new(&spec)?;
        let mut guests = Vec::new();
        for path in &self.guests {
            guests.push(self.guest(&spec, &mut workshop, path, &base, &axes, &points)?);
        }
        let search = self.search.then(|| {
            let sums = sums(&workshop, &points, &guests);
            let budget = Budget {
                area: self.max_area.unwrap_or(f64::INFINITY),
                power: self.max_power.unwrap_or(f64::INFINITY),
            };
            let front = search::front(&sums, budget);
            (points, sums, front)
        });
        let results = Results {
            base,
            baseline,
            baseline_name: self.baseline.clone(),
            guests,
            runs,
            axes,
            search,
        };
        if let Some(folder) = &self.svg {
            plots::write(&results, folder)?;
        }
        if self.json {
            json::results(&results, out)?;
        } else {
            text::results(&results, out)?;
        }
        Ok(Verdict::Fine)
    }

    /// The figures: built in, from the file, from the command line.
    fn figures(&self, spec: &Spec) -> Result<Design, Failure> {
        let mut design = Design::published(spec)?;
        if let Some(path) = &self.design {
            design.load(&files::read_text(path)?)?;
        }
        for setting in &self.settings {
            let source = Source::new("--set", setting.as_str());
            design.load(&source)?;
        }
        Ok(design)
    }

    /// The axes that are swept. Plots need that of the units.
    fn sweeps(&self, design: &Design) -> Result<Vec<Axis>, Diagnostic> {
        let mut axes = Vec::new();
        for text in &self.sweep {
            axes.push(search::axis(text, design)?);
        }
        if self.svg.is_some() {
            for text in ["ptu.units=1..32", "buffer.rows=1,2,4,8,16,32,64,128"] {
                let axis = search::axis(text, design)?;
                if axes.iter().all(|other: &Axis| other.path != axis.path) {
                    axes.push(axis);
                }
            }
        }
        Ok(axes)
    }

    /// The points of the search.
    fn points(&self, base: &Plan) -> Result<Vec<Plan>, Diagnostic> {
        if !self.search {
            return Ok(Vec::new());
        }
        let mut axes = Vec::new();
        for text in &self.axis {
            axes.push(search::axis(text, &base.design)?);
        }
        if axes.is_empty() {
            for text in [
                "ptu.units=2,4,6,8,10,12,14,16,17,18,20,24,28,32",
                "ptu.macs=1,2,4",
                "buffer.rows=4,16,64",
            ] {
                axes.push(search::axis(text, &base.design)?);
            }
        }
        let pipelines: Vec<String> = base
            .design
            .names("pipeline")
            .map(|(name, _)| name.to_owned())
            .collect();
        search::points(base, &axes, &pipelines)
    }

    fn guest(
        &self,
        spec: &Arc<Spec>,
        workshop: &mut Workshop<'_>,
        path: &Path,
        base: &Plan,
        axes: &[Axis],
        points: &[Plan],
    ) -> Result<GuestResults, Failure> {
        let mut machine = guests::load(spec, path)?;
        let mut plans = vec![base.clone()];
        plans.extend(Order::NAMES.map(|(_, order)| Plan {
            order,
            ..base.clone()
        }));
        plans.extend(Policy::NAMES.map(|(_, policy)| Plan {
            policy,
            ..base.clone()
        }));
        let pipelines: Vec<String> = base
            .design
            .names("pipeline")
            .map(|(name, _)| name.to_owned())
            .collect();
        plans.extend(pipelines.iter().map(|name| Plan {
            pipeline: name.clone(),
            ..base.clone()
        }));
        let mut profiles: Vec<String> = base
            .design
            .names("profile")
            .map(|(name, _)| name.to_owned())
            .collect();
        profiles.push(profile::SCHEMA.to_owned());
        plans.extend(profiles.iter().map(|name| Plan {
            profile: name.clone(),
            ..base.clone()
        }));
        for axis in axes {
            for value in &axis.values {
                let mut plan = base.clone();
                plan.design.set(&axis.path, *value)?;
                plans.push(plan);
            }
        }
        plans.extend(points.iter().cloned());
        let mut simulators = Vec::new();
        for plan in &plans {
            simulators.push(workshop.simulator(plan)?);
        }
        let mut probed = Vec::new();
        if self.timeline.is_some() {
            let timeline = Timeline::new(&Hardware::of(&base.design));
            probed.push(workshop.observed(base, timeline)?);
        }
        let limits = Limits {
            fuel: self.fuel,
            marked: self.marked,
        };
        let before = profile::Contents::of(machine.memory());
        let stop = run::run(spec, &mut machine, limits, &mut simulators, &mut probed);
        guests::judge(path, &machine, &stop)?;
        let contents = run::contents(before, &machine);
        let mut measured = simulators.into_iter().zip(&plans).map(|(simulator, plan)| {
            let hardware = *simulator.hardware();
            let (totals, ()) = simulator.finish(contents);
            let bill = workshop.bill(&plan.design, &totals);
            Measured {
                hardware,
                totals,
                bill,
            }
        });
        let mut take = |count: usize| measured.by_ref().take(count).collect::<Vec<_>>();
        let main = take(1)[0];
        let (orders, policies) = (take(Order::NAMES.len()), take(Policy::NAMES.len()));
        let pipelines = pipelines
            .iter()
            .cloned()
            .zip(take(pipelines.len()))
            .collect();
        let profiles = profiles.iter().cloned().zip(take(profiles.len())).collect();
        let sweeps = axes.iter().map(|axis| take(axis.values.len())).collect();
        let points = take(points.len());
        if let (Some(path), Some(simulator)) = (&self.timeline, probed.pop()) {
            let (_, timeline) = simulator.finish(contents);
            let mut text = Vec::new();
            timeline.write(&Functions::new(machine.symbols()), &mut text)?;
            files::write(path, &text)?;
        }
        let name = path
            .file_stem()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Ok(GuestResults {
            name,
            main,
            orders,
            policies,
            pipelines,
            profiles,
            sweeps,
            points,
        })
    }
}

/// All guests one after the other, for each point.
fn sums(workshop: &Workshop<'_>, points: &[Plan], guests: &[GuestResults]) -> Vec<Measured> {
    let sum = |(at, plan): (usize, &Plan)| {
        let parts = guests.iter().map(|guest| guest.points[at].totals);
        let totals = parts.reduce(|a, b| a + b).unwrap_or_default();
        let bill = workshop.bill(&plan.design, &totals);
        Measured {
            hardware: Hardware::of(&plan.design),
            totals,
            bill,
        }
    };
    points.iter().enumerate().map(sum).collect()
}
