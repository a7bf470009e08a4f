//! End to end, from measured times: reports of `zktr prove`, and the accelerator in the place of their front end.

use super::{GuestResults, Results};
use crate::cli::{Failure, files};
use serde_json::{Value, json};
use std::path::Path;
use zktr_emu::model::profile;
use zktr_isa::span::Diagnostic;

/// Stages of a report that are the front end: what the accelerator does. Checking one's own proof is no part of making it; all
/// others are the back end.
const FRONT: [&str; 4] = ["execution", "tables", "matrices", "permutation"];
const NEITHER: &str = "verification";

/// What has been measured.
#[derive(Debug, Clone)]
pub struct Run {
    /// Where the columns of the look-ups came from.
    backend: String,
    instructions: f64,
    /// Seconds.
    front: f64,
    back: f64,
}

/// A front end, with the back end of the first report.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub name: String,
    /// Seconds.
    pub front: f64,
    pub back: f64,
    /// Of the first report.
    whole: f64,
}

impl Pipeline {
    /// The front end's part.
    pub fn share(&self) -> f64 {
        self.front / (self.front + self.back)
    }

    /// How much faster than all of the first report it is with a back end so many times faster.
    pub fn end_to_end(&self, back: f64) -> f64 {
        self.whole / (self.front + self.back / back)
    }

    /// The same if the back end took no time.
    pub fn limit(&self) -> f64 {
        self.whole / self.front
    }

    /// The speed-up of the back end with which all is so many times faster; none, if no finite one does.
    pub fn needed(&self, total: f64) -> Option<f64> {
        let left = self.whole / total - self.front;
        (left > 0.0).then(|| self.back / left)
    }
}

/// Reads a report.
pub fn read(path: &Path) -> Result<Run, Failure> {
    // As bytes: of a file that is no text, nothing is shown.
    let bytes = files::read(path)?;
    let wrong = |what: String| {
        let error = format!("`{}` is no report of `zktr prove`: {what}", path.display());
        Failure::from(Diagnostic::global(error).help("write one with `--report FILE.json`"))
    };
    let report: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    let none = |what: &str| wrong(format!("it has no `{what}`"));
    let number = |value: &Value, key: &str| {
        let found = value.get(key).and_then(Value::as_f64);
        found.filter(|value| *value >= 0.0).ok_or_else(|| none(key))
    };
    let backend = report.get("backend").and_then(Value::as_str);
    let mut run = Run {
        backend: backend.ok_or_else(|| none("backend"))?.to_owned(),
        instructions: number(&report, "instructions")?,
        front: 0.0,
        back: 0.0,
    };
    let stages = report.get("stages").and_then(Value::as_array);
    for stage in stages.ok_or_else(|| none("stages"))? {
        let seconds = number(stage, "seconds")?;
        match stage.get("stage").and_then(Value::as_str) {
            Some(NEITHER) => {}
            Some(name) if FRONT.contains(&name) => run.front += seconds,
            Some(_) => run.back += seconds,
            None => return Err(none("stage")),
        }
    }
    if run.front == 0.0 || run.back == 0.0 || run.instructions == 0.0 {
        let what = "its time is not divided into front end and back end: `--backend plonky3` cannot tell them apart";
        return Err(wrong(what.to_owned()));
    }
    Ok(run)
}

/// The front ends of the reports, then that of the accelerator: on the tables of the schema, and on those that were asked for.
pub fn pipelines(results: &Results) -> Vec<Pipeline> {
    let (Some(first), Some(guest)) = (results.runs.first(), results.guests.first()) else {
        return Vec::new();
    };
    let with = |name: String, front: f64| Pipeline {
        name,
        front,
        back: first.back,
        whole: first.front + first.back,
    };
    let mut out: Vec<Pipeline> = results
        .runs
        .iter()
        .map(|run| with(format!("measured: {}", run.backend), run.front))
        .collect();
    let accelerated = accelerated(guest, &results.base.profile, first.instructions);
    out.extend(accelerated.map(|(name, front)| with(format!("model: {name}"), front)));
    out
}

/// Seconds that the accelerator takes for so many of the guest's instructions, by the profile of its tables.
fn accelerated<'a>(
    guest: &'a GuestResults,
    profile: &'a str,
    instructions: f64,
) -> impl Iterator<Item = (&'a str, f64)> {
    let wanted = guest
        .profiles
        .iter()
        .filter(move |(name, _)| name == profile || name == profile::SCHEMA);
    wanted.map(move |(name, measured)| {
        let seconds = measured.hardware.seconds(measured.totals.cycles);
        (
            &name[..],
            seconds * instructions / measured.totals.instructions,
        )
    })
}

/// For programs.
pub fn json(results: &Results, backs: &[f64]) -> Value {
    let published = results.base.design.value("published.end-to-end");
    let pipeline = |pipeline: Pipeline| {
        let by_back_end = backs
            .iter()
            .map(|back| json!({ "back_end": back, "total": pipeline.end_to_end(*back) }));
        json!({
            "name": pipeline.name,
            "front_seconds": pipeline.front,
            "back_seconds": pipeline.back,
            "share": pipeline.share(),
            "by_back_end": by_back_end.collect::<Vec<_>>(),
            "limit": pipeline.limit(),
            "needed_for_published": pipeline.needed(published),
        })
    };
    pipelines(results).into_iter().map(pipeline).collect()
}
