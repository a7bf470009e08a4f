//! Design points that no other one beats.

use super::design::Design;
use super::run::{Measured, Plan};
use std::sync::Arc;
use zktr_isa::span::Diagnostic;

/// The most points of a search.
pub const MAX_POINTS: usize = 4096;

/// What is varied: a figure of the design, and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Path of the figure.
    pub path: String,
    /// Values.
    pub values: Vec<f64>,
}

/// Bounds of what is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// mm2.
    pub area: f64,
    /// mW, all of it busy.
    pub power: f64,
}

impl Default for Budget {
    /// No bounds.
    fn default() -> Self {
        Self {
            area: f64::INFINITY,
            power: f64::INFINITY,
        }
    }
}

/// A plan for each combination of values and pipelines.
///
/// # Errors
/// A figure does not exist, a value is out of its bounds, there are too many points.
pub fn points(base: &Plan, axes: &[Axis], pipelines: &[String]) -> Result<Vec<Plan>, Diagnostic> {
    let sizes = axes.iter().map(|axis| axis.values.len());
    let count = sizes
        .chain([pipelines.len()])
        .try_fold(1_usize, usize::checked_mul);
    if count.is_none_or(|count| count > MAX_POINTS) {
        let message = format!("a search has at most {MAX_POINTS} points");
        return Err(Diagnostic::global(message).help("give fewer values"));
    }
    let mut plans: Vec<Plan> = pipelines
        .iter()
        .map(|pipeline| Plan {
            pipeline: pipeline.clone(),
            ..base.clone()
        })
        .collect();
    for axis in axes {
        let mut more = Vec::new();
        for plan in &plans {
            for value in &axis.values {
                let mut plan = plan.clone();
                plan.design.set(&axis.path, *value)?;
                more.push(plan);
            }
        }
        plans = more;
    }
    Ok(plans)
}

/// Indices of the points within the budget of which none is at least as fast, as small and as frugal as another one and
/// better in one of these; by time.
#[must_use]
pub fn front(points: &[Measured], budget: Budget) -> Vec<usize> {
    let goals = |at: usize| {
        let point = &points[at];
        let seconds = point.hardware.seconds(point.totals.cycles);
        [seconds, point.bill.area, point.bill.chip + point.bill.dram]
    };
    let mut affordable: Vec<usize> = (0..points.len())
        .filter(|at| {
            let bill = &points[*at].bill;
            bill.area <= budget.area && bill.peak <= budget.power
        })
        .collect();
    let beaten = |at: usize, by: usize| {
        let (a, b) = (goals(at), goals(by));
        let no_worse = a.iter().zip(&b).all(|(a, b)| b <= a);
        // Of equals, the first stays.
        no_worse && (a != b || by < at)
    };
    let all = affordable.clone();
    affordable.retain(|at| !all.iter().any(|by| by != at && beaten(*at, *by)));
    affordable.sort_by(|a, b| goals(*a)[0].total_cmp(&goals(*b)[0]));
    affordable
}

/// An axis as it is written: `PATH=1..32`, `PATH=4..32:4` with a step, `PATH=1,4,16`.
///
/// # Errors
/// What is not written so, with a way to write it.
pub fn axis(text: &str, design: &Design) -> Result<Axis, Diagnostic> {
    let wrong = |what: &str| {
        let error = Diagnostic::global(format!("{what} in `{text}`"));
        Err(error.help("as in `ptu.units=1..32`, `ptu.units=4..32:4` or `buffer.rows=1,4,16`"))
    };
    let Some((path, values)) = text.split_once('=') else {
        return wrong("no `=`");
    };
    let path = path.trim();
    let path: Arc<str> = short(path, design).map_or_else(|| path.into(), Into::into);
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    let mut out = Vec::new();
    for part in values.split(',') {
        let Some((first, last)) = part.split_once("..") else {
            match number(part) {
                Some(value) => out.push(value),
                None => return wrong("no number"),
            }
            continue;
        };
        let (last, step) = last.split_once(':').unwrap_or((last, "1"));
        let (Some(first), Some(last), Some(step)) = (number(first), number(last), number(step))
        else {
            return wrong("no range");
        };
        let steps = ((last - first) / step).floor();
        if step <= 0.0 || !(0.0..MAX_POINTS as f64).contains(&steps) {
            return wrong("a range without an end, or with too many values");
        }
        out.extend((0..=steps as usize).map(|i| first + step * i as f64));
    }
    // That each value can be had is said now.
    for value in &out {
        design.clone().set(&path, *value)?;
    }
    Ok(Axis {
        path: path.to_string(),
        values: out,
    })
}

/// The whole path of a figure that is named by its last part only, if no other one has that name.
fn short(name: &str, design: &Design) -> Option<String> {
    if design.get(name).is_some() {
        return None;
    }
    let suffix = format!(".{name}");
    let own = |path: &str| super::hardware::Hardware::PATHS.contains(&path);
    let mut found = design
        .figures()
        .filter(|(path, _)| own(path) && path.ends_with(&suffix));
    let (path, _) = found.next()?;
    found.next().is_none().then(|| path.to_owned())
}
