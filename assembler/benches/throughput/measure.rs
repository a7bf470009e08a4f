//! What a run of a program costs: time of the processor, time on the clock, memory.

use std::process::Command;

/// The cost of a run.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Seconds of the processor, in the program and in the system.
    pub processor: f64,
    /// Seconds on the clock.
    pub clock: f64,
    /// Peak memory in kilobytes.
    pub memory: u64,
}

/// A program with its arguments.
pub struct Run {
    /// What it is called in the report.
    pub name: &'static str,
    /// The program, and its arguments.
    pub command: Vec<String>,
}

impl Run {
    /// A program with these arguments.
    pub fn new(name: &'static str, program: &str, arguments: &[&str]) -> Self {
        let words = [program].into_iter().chain(arguments.iter().copied());
        Self {
            name,
            command: words.map(str::to_owned).collect(),
        }
    }

    /// Runs it once; none if it fails or cannot be measured. The shell's times are in milliseconds, those of time(1),
    /// which knows the memory, are not.
    fn once(&self) -> Option<Cost> {
        let script =
            "TIMEFORMAT='%3R %3U %3S'; time /usr/bin/time -f %M \"$@\" 2>&1 >/dev/null | tail -1";
        let mut command = Command::new("bash");
        command.args(["-o", "pipefail", "-c", script, "bash"]);
        let out = command.args(&self.command).output().ok()?;
        if !out.status.success() {
            return None;
        }
        let memory = String::from_utf8_lossy(&out.stdout).trim().parse().ok()?;
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        let times: Vec<f64> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let &[clock, user, system] = &times[..] else {
            return None;
        };
        Some(Cost {
            processor: user + system,
            clock,
            memory,
        })
    }
}

/// Runs all programs in turn, several times, so that what disturbs the machine disturbs all of them; the run with
/// the median time of the processor of each, or none if it fails.
pub fn medians(runs: &[Run], repetitions: usize) -> Vec<Option<Cost>> {
    let mut costs: Vec<Vec<Option<Cost>>> = vec![Vec::new(); runs.len()];
    for _ in 0..repetitions {
        for (run, costs) in runs.iter().zip(&mut costs) {
            costs.push(run.once());
        }
    }
    let median = |costs: Vec<Option<Cost>>| {
        let mut costs: Vec<Cost> = costs.into_iter().collect::<Option<_>>()?;
        costs.sort_by(|a, b| a.processor.total_cmp(&b.processor));
        costs.get(costs.len() / 2).copied()
    };
    costs.into_iter().map(median).collect()
}
