//! What a campaign is reported as: plain data, as text for people and as JSON for programs.

use super::campaign::{Counterexample, Tally};
use super::case::Case;
use super::engines::MemoryDifference;
use super::roles::Role;
use cranelift_codegen::ir::Type;
use serde::Serialize;
use std::fmt;

/// The report on one file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// Its name.
    pub file: String,
    /// The seed of the campaign.
    pub seed: u64,
    /// Its functions that have loops, or were asked for.
    pub functions: Vec<FunctionReport>,
}

/// The report on one function.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionReport {
    /// Its name in the file.
    pub name: String,
    /// What the comment above it says.
    pub title: Option<String>,
    /// What the pass says of each loop.
    pub loops: Vec<LoopReport>,
    /// How original and rewritten compare.
    pub comparison: Comparison,
}

/// What the pass says of a loop.
#[derive(Debug, Clone, Serialize)]
pub struct LoopReport {
    /// Its header.
    pub header: String,
    /// The instructions that it becomes; none if it stays.
    pub instructions: Vec<String>,
    /// The pass' remark.
    pub remark: String,
}

/// How original and rewritten compare.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Comparison {
    /// The pass has left the function as it was.
    Unchanged,
    /// It cannot be run, and why.
    Skipped {
        /// Why.
        reason: String,
    },
    /// All cases that could be compared agree.
    Agreed {
        /// The figures.
        tally: TallyReport,
    },
    /// One does not.
    Differs {
        /// The figures up to it.
        tally: TallyReport,
        /// The case.
        counterexample: Box<CounterexampleReport>,
    },
}

/// The figures of a campaign.
#[derive(Debug, Clone, Serialize)]
pub struct TallyReport {
    /// Cases generated.
    pub cases: u64,
    /// Cases that could be compared.
    pub compared: u64,
    /// Of these, those in which the original trapped.
    pub trapped: u64,
    /// Cases that could not, by reason.
    pub discarded: Vec<(String, u64)>,
    /// For each run that was compared with the first: who, and in how many cases it agreed.
    pub agreed: Vec<(String, u64)>,
    /// Cases in which all offloads were accepted.
    pub offloaded: u64,
    /// Cases in which one was refused.
    pub refused: u64,
    /// Cases in which none was issued.
    pub unissued: u64,
    /// Instruction, status, how often.
    pub statuses: Vec<(String, String, u64)>,
    /// Engines that were not used, and why.
    pub unavailable: Vec<(String, String)>,
    /// How long it took.
    pub seconds: f64,
}

/// A failing case.
#[derive(Debug, Clone, Serialize)]
pub struct CounterexampleReport {
    /// Its number in the campaign: `--first NUMBER --cases 1` repeats it.
    pub number: u64,
    /// The run that is taken to be right, and what it does.
    pub reference: (String, String),
    /// The other.
    pub other: (String, String),
    /// The arguments of the call.
    pub arguments: Vec<String>,
    /// The words of the heap that are not zero: where, and what.
    pub memory: Vec<(String, u32)>,
    /// How many more there are that are not listed.
    pub more_memory: usize,
    /// Units scribble when they refuse.
    pub scribble: bool,
    /// Where memory differs afterwards.
    pub difference: Option<PlaceReport>,
}

/// Where memory differs.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceReport {
    /// The first word that differs.
    pub place: String,
    /// How many bytes differ in all.
    pub bytes: usize,
    /// Bytes from there on, after the reference.
    pub reference: Vec<u8>,
    /// The same after the other.
    pub other: Vec<u8>,
}

/// Words that are listed at most.
const LISTED_WORDS: usize = 64;

impl FileReport {
    /// True if a function differs.
    pub fn has_findings(&self) -> bool {
        self.functions
            .iter()
            .any(|function| matches!(function.comparison, Comparison::Differs { .. }))
    }
}

impl From<&Tally> for TallyReport {
    fn from(tally: &Tally) -> Self {
        let discarded: Vec<_> = tally
            .discarded
            .iter()
            .map(|(reason, &count)| (reason.clone(), count))
            .collect();
        Self {
            cases: tally.cases,
            compared: tally.offloaded + tally.refused + tally.unissued,
            trapped: tally.trapped,
            discarded,
            agreed: tally
                .agreed
                .iter()
                .map(|(runner, &count)| (runner.to_string(), count))
                .collect(),
            offloaded: tally.offloaded,
            refused: tally.refused,
            unissued: tally.unissued,
            statuses: tally
                .statuses
                .iter()
                .map(|((i, s), &count)| (i.clone(), s.clone(), count))
                .collect(),
            unavailable: tally
                .unavailable
                .iter()
                .map(|(engine, why)| (engine.to_string(), why.clone()))
                .collect(),
            seconds: tally.time.as_secs_f64(),
        }
    }
}

impl From<&Counterexample> for CounterexampleReport {
    fn from(example: &Counterexample) -> Self {
        let Counterexample {
            number,
            case,
            difference,
            roles,
            layout,
        } = example;
        let heap = Case::heap(layout);
        let arguments =
            roles
                .parameters
                .iter()
                .zip(&case.arguments)
                .map(|(&(role, ty), &value)| {
                    let offset = value.wrapping_sub(layout.base);
                    if role == Role::Context {
                        "context".into()
                    } else if offset < layout.size() {
                        layout.name_of(offset)
                    } else {
                        argument(role, ty, value)
                    }
                });
        let mut words: Vec<(String, u32)> = heap
            .clone()
            .step_by(4)
            .map(|offset| (offset, case.word(offset)))
            .filter(|&(_, word)| word != 0)
            .map(|(offset, word)| (layout.name_of(offset as u64), word))
            .collect();
        let more_memory = words.len().saturating_sub(LISTED_WORDS);
        words.truncate(LISTED_WORDS);
        let place = |memory: &MemoryDifference| PlaceReport {
            place: layout.name_of(memory.offset as u64),
            bytes: memory.count,
            reference: memory.reference.clone(),
            other: memory.other.clone(),
        };
        Self {
            number: *number,
            reference: (
                difference.reference.0.to_string(),
                difference.reference.1.to_string(),
            ),
            other: (
                difference.other.0.to_string(),
                difference.other.1.to_string(),
            ),
            arguments: arguments.collect(),
            memory: words,
            more_memory,
            scribble: case.scribble.is_some(),
            difference: difference.memory.as_ref().map(place),
        }
    }
}

fn argument(role: Role, ty: Type, value: u64) -> String {
    match role {
        Role::Indices | Role::Pointer => format!("heap+{value:#x}: {ty}"),
        Role::Count => format!("{value}: {ty}"),
        _ => format!("{value:#x}: {ty}"),
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for function in &self.functions {
            write!(f, "{}:{function}", self.file)?;
            if let Comparison::Differs { counterexample, .. } = &function.comparison {
                writeln!(
                    f,
                    "    to repeat: zktr diff {} --function {} --seed {} --first {} --cases 1",
                    self.file, function.name, self.seed, counterexample.number
                )?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FunctionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " function {}", self.name)?;
        if let Some(title) = &self.title {
            write!(f, " ({title})")?;
        }
        writeln!(f)?;
        for report in &self.loops {
            for line in report.remark.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        match &self.comparison {
            Comparison::Unchanged => writeln!(f, "  unchanged: nothing to compare"),
            Comparison::Skipped { reason } => writeln!(f, "  not compared: {reason}"),
            Comparison::Agreed { tally } => write!(f, "{tally}"),
            Comparison::Differs {
                tally,
                counterexample,
            } => write!(f, "{tally}{counterexample}"),
        }
    }
}

impl fmt::Display for TallyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  {} cases in {:.1} s, {} compared",
            self.cases, self.seconds, self.compared
        )?;
        for (reason, count) in &self.discarded {
            writeln!(f, "    {count:>7} discarded: {reason}")?;
        }
        writeln!(
            f,
            "    {:>7} offloaded, {} refused, {} with no offload issued",
            self.offloaded, self.refused, self.unissued
        )?;
        for (instruction, status, count) in &self.statuses {
            writeln!(f, "    {count:>7} x {instruction}: {status}")?;
        }
        writeln!(f, "    {:>7} trapped alike", self.trapped)?;
        for (runner, count) in &self.agreed {
            writeln!(f, "    {count:>7} agree: {runner}")?;
        }
        for (engine, reason) in &self.unavailable {
            writeln!(f, "    skipped: {engine}: {reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for CounterexampleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  DIFFERENCE in case {}, made small:", self.number)?;
        writeln!(f, "    arguments: {}", self.arguments.join(", "))?;
        writeln!(f, "    memory: zero but for")?;
        for (place, word) in &self.memory {
            writeln!(f, "      {place}: {word:#010x}")?;
        }
        if self.more_memory > 0 {
            writeln!(f, "      and {} more words", self.more_memory)?;
        }
        if self.scribble {
            writeln!(f, "    units scribble when they refuse")?;
        }
        writeln!(f, "    {} {}", self.reference.0, self.reference.1)?;
        writeln!(f, "    {} {}", self.other.0, self.other.1)?;
        if let Some(place) = &self.difference {
            let hex = |bytes: &[u8]| {
                bytes
                    .iter()
                    .map(|b| format!("{b:02x}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            writeln!(
                f,
                "    memory afterwards, {} bytes differ, from {} on:",
                place.bytes, place.place
            )?;
            writeln!(f, "      {}  {}", hex(&place.reference), self.reference.0)?;
            writeln!(f, "      {}  {}", hex(&place.other), self.other.0)?;
        }
        Ok(())
    }
}
