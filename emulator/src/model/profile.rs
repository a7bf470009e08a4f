//! What the tables of an instruction are, as work for PTUs and memory.
//!
//! Profiles of the design are averages: every instruction has the same. The profile `schema` is counted: the spec's
//! tables are filled, by their own terms, for one instruction at a time, and the rows that appear are its rows.

use super::design::Design;
use super::workload::Code;
use crate::memory::SegmentedMemory;
use crate::trace::{Call, Event, Execution, MemoryAccess, ProgramWord, fill_from};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::{Knowledge, Rows, Schema, Table};

/// Name of the profile that is counted.
pub const SCHEMA: &str = "schema";

/// A row, as work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Terms of all of its fingerprints: multiply-accumulates of an extension element and a word.
    pub terms: f64,
    /// Fractions, each with an inverse.
    pub fractions: f64,
    /// Bytes of the main trace.
    pub main: f64,
    /// Bytes of the permutation trace.
    pub permutation: f64,
}

/// The rows of every instruction.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Rows of all kinds.
    kinds: Vec<Row>,
    /// For each code, a range of `order`.
    ranges: Vec<(u32, u32)>,
    /// Kinds, by instruction.
    order: Vec<u32>,
    /// Rows that each instruction has if they are not whole.
    rate: Option<f64>,
    /// Terms of the widest row.
    widest: f64,
    /// For each segment: rows of kinds that no instruction makes.
    pub(super) segment: Option<Segment>,
}

/// Rows that a segment has for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    /// Instructions of a segment.
    pub(super) instructions: f64,
    /// (kind, how many) for tables with a fixed number of rows.
    fixed: (u32, f64),
    /// Kind of a row for each word of memory.
    word: u32,
    /// Kind of a row for each instruction of the program.
    program: u32,
}

/// What is in a program's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Words that are not zero.
    pub words: u64,
    /// Words of executable memory.
    pub program: u64,
}

impl Contents {
    /// Counts.
    #[must_use]
    pub fn of(memory: &SegmentedMemory) -> Self {
        let mut found = Self::default();
        for (start, len, permissions) in memory.regions() {
            let words = (0..len / 4).map(|i| {
                let at = start + 4 * i;
                (0..4).any(|byte| memory.peek(at + byte).is_some_and(|byte| byte != 0))
            });
            let count = words.filter(|word| *word).count() as u64;
            found.words += count;
            if permissions.execute {
                found.program += count;
            }
        }
        found
    }
}

impl Profile {
    /// The profile of this name.
    ///
    /// # Errors
    /// The design has none.
    pub fn new(spec: &Spec, design: &Design, name: &str) -> Result<Self, Diagnostic> {
        if name == SCHEMA {
            return Ok(Self::of_schema(spec, design));
        }
        design.named("profile", name).map_err(|mut error| {
            if let Some(help) = &mut error.help {
                *help += &format!("; or `{SCHEMA}`, the spec's own tables");
            }
            error
        })?;
        let figure = |key: &str| design.value(&format!("profile.{name}.{key}"));
        let rate = figure("rows");
        // A row is the average one; an instruction with 2.9 rows has two or three of them.
        let row = Row {
            terms: figure("terms") / rate,
            fractions: figure("fractions") / rate,
            main: figure("main-bytes") / rate,
            permutation: figure("permutation-bytes") / rate,
        };
        let codes = spec.instructions.len() * Code::EACH;
        let whole = rate.fract() == 0.0 && rate <= 64.0;
        let count = if whole { rate as u32 } else { 0 };
        let traced = |code: u32| !Code(code).has(Code::UNTRACED);
        let range = |code: u32| if traced(code) { (0, count) } else { (0, 0) };
        Ok(Self {
            kinds: vec![row],
            ranges: (0..codes as u32).map(range).collect(),
            order: vec![0; count as usize],
            rate: (!whole).then_some(rate),
            widest: row.terms,
            segment: None,
        })
    }

    /// Kinds of rows of an instruction.
    #[must_use]
    pub fn rows(&self, code: Code) -> &[u32] {
        let (start, end) = self.ranges[code.0 as usize];
        &self.order[start as usize..end as usize]
    }

    /// Rows that every traced instruction has, if that is no whole number.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// All kinds.
    #[must_use]
    pub fn kinds(&self) -> &[Row] {
        &self.kinds
    }

    /// Terms of the widest row: as many powers of a challenge are needed.
    #[must_use]
    pub fn widest(&self) -> f64 {
        self.widest
    }

    /// Rows that a run has besides those of its instructions: (kind, how many).
    #[must_use]
    pub fn besides(&self, instructions: f64, contents: Contents) -> Vec<(u32, u64)> {
        let Some(segment) = self.segment else {
            return Vec::new();
        };
        let segments = (instructions / segment.instructions).ceil();
        let all = |rows: f64| (segments * rows) as u64;
        vec![
            (segment.fixed.0, all(segment.fixed.1)),
            (segment.word, all(contents.words as f64)),
            (segment.program, all(contents.program as f64)),
        ]
    }

    fn of_schema(spec: &Spec, design: &Design) -> Self {
        let schema = spec.trace();
        let degree = design.value("schema.degree");
        let kinds: Vec<Row> = schema.tables.iter().map(|t| row(t, degree)).collect();
        let mut profile = Self {
            ranges: Vec::new(),
            order: Vec::new(),
            rate: None,
            widest: kinds.iter().map(|row| row.terms).fold(1.0, f64::max),
            segment: None,
            kinds,
        };
        let small = without_lookups(schema);
        for index in 0..spec.instructions.len() {
            for circumstances in 0..Code::EACH as u32 {
                let code = Code((index * Code::EACH) as u32 + circumstances);
                // What is zero may change the rows; nothing else of a code does.
                let like = circumstances & (Code::ZERO | Code::UNTRACED);
                if like != circumstances {
                    let at = code.0 as usize - circumstances as usize + like as usize;
                    profile.ranges.push(profile.ranges[at]);
                    continue;
                }
                let start = profile.order.len() as u32;
                if !code.has(Code::UNTRACED) && schema.covers(index) {
                    // Which rows there are does not depend on the modulus.
                    let modulus = u64::from(schema.guest.min_prime) + 1;
                    let filled = fill_from(&small, &one(index, code), modulus);
                    for (table, filled) in small.tables.iter().zip(&filled.tables) {
                        let kind = schema.table(&table.name).map_or(0, |(kind, _)| kind);
                        let rows = std::iter::repeat_n(kind as u32, filled.rows);
                        profile.order.extend(rows);
                    }
                }
                profile.ranges.push((start, profile.order.len() as u32));
            }
        }
        let kind = |is: fn(&Rows) -> bool| {
            let found = schema
                .tables
                .iter()
                .position(|table| is(&table.rows) && table.knowledge != Knowledge::Public);
            found.unwrap_or(0) as u32
        };
        let fixed = schema
            .tables
            .iter()
            .enumerate()
            .find_map(|(at, table)| match table.rows {
                Rows::Index(rows) => Some((at as u32, f64::from(rows))),
                _ => None,
            });
        profile.segment = Some(Segment {
            instructions: design.value("schema.segment"),
            fixed: fixed.unwrap_or((0, 0.0)),
            word: kind(|rows| matches!(rows, Rows::Word)),
            program: kind(|rows| matches!(rows, Rows::Program(_))),
        });
        profile
    }
}

/// The tables whose rows instructions make.
fn without_lookups(schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    schema.tables.retain(|table| {
        let made = matches!(table.rows, Rows::Instruction(_) | Rows::Message(_));
        made && table.knowledge == Knowledge::Witness
    });
    schema
}

/// A run of one instruction.
fn one(instruction: usize, code: Code) -> Execution {
    let operand = if code.has(Code::ZERO) { 0 } else { 1 };
    let event = Event {
        code: ProgramWord {
            instruction,
            rd: 1,
            rs1: 2,
            rs2: 3,
            ..ProgramWord::default()
        },
        clock: 4,
        rs1_value: 1,
        rs2_value: operand,
        memory: Some(MemoryAccess::default()),
        call: Some(Call::default()),
        ..Event::default()
    };
    Execution {
        events: vec![event],
        ..Execution::default()
    }
}

/// The work of a row of a table: a fraction for each interaction, and their running sum.
fn row(table: &Table, degree: f64) -> Row {
    const WORD: f64 = 4.0;
    let fractions = table.interactions.len() as f64;
    let terms: usize = table.interactions.iter().map(|i| i.values.len()).sum();
    Row {
        terms: terms as f64,
        fractions,
        main: WORD * table.width() as f64,
        permutation: WORD * degree * (fractions + 1.0),
    }
}
