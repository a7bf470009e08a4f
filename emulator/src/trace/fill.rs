//! Filling the tables: for each row of a table's kind, its terms in order.

use super::record::{Event, Exchange, Execution, ProgramWord, WordState};
use super::{Filled, Trace};
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::term::{self, Signal};
use zktr_isa::trace::{CellValue, Interaction, Knowledge, Rows, Schema, Table};

/// The prime of the field with this name.
///
/// # Errors
/// There is no such field, or its prime is none of those that the schema is made for.
pub fn modulus(spec: &Spec, field: &str) -> Result<u64, Diagnostic> {
    let least = spec.trace().guest.min_prime;
    let fits = |modulus: u64| modulus > u64::from(least) && modulus < 1 << 31;
    let error = match spec.fields.iter().find(|f| f.name == field) {
        Some(found) if fits(found.modulus) => return Ok(found.modulus),
        Some(found) => format!(
            "the trace schema is for primes between {least} and 2^31, which that of `{}` is not",
            found.name
        ),
        None => format!("no field `{field}` in the spec"),
    };
    let fitting = spec.fields.iter().filter(|f| fits(f.modulus));
    let names: Vec<&str> = fitting.map(|f| f.name.as_str()).collect();
    let help = format!("fields for tables are {}", names.join(", "));
    Err(Diagnostic::global(error).help(help))
}

/// Fills all tables with residues of the field with this name.
///
/// # Errors
/// There is no such field, or its prime is none of those that the schema is made for.
pub fn fill(spec: &Spec, execution: &Execution, field: &str) -> Result<Trace, Diagnostic> {
    let modulus = modulus(spec, field)?;
    Ok(fill_from(spec.trace(), execution, modulus))
}

/// Fills all tables with residues of a prime that the schema is made for.
#[must_use]
pub fn fill_from(schema: &Schema, execution: &Execution, modulus: u64) -> Trace {
    let mut sent: Vec<Sent> = schema.buses.iter().map(|_| Sent::default()).collect();
    let mut tables = Vec::new();
    for table in &schema.tables {
        let mut filled = rows(schema, table, execution, &sent, modulus);
        count(table, &mut filled, &mut sent, modulus);
        send(schema, table, &filled, &mut sent, modulus);
        tables.push(filled);
    }
    Trace { modulus, tables }
}

/// The messages that were sent on a bus.
#[derive(Default)]
pub(super) struct Sent {
    /// For tables that have a row for each: in the order of sending, with their multiplicities.
    pub(super) list: Vec<(Box<[u32]>, u64)>,
    /// For tables that count them.
    pub(super) counts: HashMap<Box<[u32]>, u64>,
}

/// All that a row can be made of.
pub(super) enum Source<'a> {
    Instruction(&'a Event),
    Program(&'a ProgramWord),
    Word(&'a WordState, u32),
    Exchange(&'a Exchange),
    Run(&'a Execution),
    Index(u32),
    Message(&'a [u32]),
}

/// A row that is being filled.
struct Filling<'a> {
    source: &'a Source<'a>,
    locals: &'a [u64],
    cells: &'a [u32],
}

impl<'a> Filling<'a> {
    fn new(source: &'a Source<'a>, locals: &'a [u64], cells: &'a [u32]) -> Self {
        Self {
            source,
            locals,
            cells,
        }
    }
}

impl term::Row for Filling<'_> {
    fn signal(&self, signal: Signal) -> u64 {
        self.source.signal(signal)
    }

    fn is(&self, instructions: &[usize]) -> bool {
        match self.source {
            Source::Instruction(event) => instructions.contains(&event.code.instruction),
            Source::Program(code) => instructions.contains(&code.instruction),
            _ => false,
        }
    }

    fn cell(&self, cell: u32) -> u64 {
        u64::from(self.cells[cell as usize])
    }

    fn local(&self, local: u32) -> u64 {
        self.locals[local as usize]
    }
}

impl Source<'_> {
    /// A signal; the loader sees to it that the rows have it.
    pub(super) fn signal(&self, signal: Signal) -> u64 {
        match self {
            Self::Instruction(event) => event_signal(event, signal),
            Self::Program(code) => u64::from(code_signal(code, signal)),
            Self::Word(word, next) => u64::from(match signal {
                Signal::Addr => word.addr,
                Signal::NextAddr => *next,
                Signal::First => word.first,
                Signal::Given => u32::from(word.first != 0),
                Signal::Last => word.last,
                Signal::Time => word.time,
                _ => 0,
            }),
            Self::Exchange(exchange) => u64::from(match signal {
                Signal::Clock => exchange.clock,
                Signal::Addr => exchange.addr,
                Signal::Before => exchange.before,
                Signal::After => exchange.after,
                Signal::Time => exchange.time,
                _ => 0,
            }),
            Self::Run(run) => u64::from(match signal {
                Signal::StartPc => run.start_pc,
                Signal::EndPc => run.end_pc,
                Signal::EndClock => run.end_clock,
                _ => 0,
            }),
            Self::Index(index) => match signal {
                Signal::Index => u64::from(*index),
                _ => 0,
            },
            Self::Message(elements) => match signal {
                Signal::Message(element) => u64::from(elements[element as usize]),
                _ => 0,
            },
        }
    }
}

pub(super) fn code_signal(code: &ProgramWord, signal: Signal) -> u32 {
    match signal {
        Signal::Pc => code.pc,
        Signal::Word => code.word,
        Signal::Imm => code.imm,
        Signal::Rd => u32::from(code.rd),
        Signal::Rs1 => u32::from(code.rs1),
        Signal::Rs2 => u32::from(code.rs2),
        _ => 0,
    }
}

pub(super) fn event_signal(event: &Event, signal: Signal) -> u64 {
    let memory = event.memory.unwrap_or_default();
    let call = event.call.unwrap_or_default();
    u64::from(match signal {
        Signal::NextPc => event.next_pc,
        Signal::Clock => event.clock,
        Signal::Rs1Value => event.rs1_value,
        Signal::Rs2Value => event.rs2_value,
        Signal::RdBefore => event.rd_before,
        Signal::RdValue => event.rd_value,
        Signal::Rs1Time => event.rs1_time,
        Signal::Rs2Time => event.rs2_time,
        Signal::RdTime => event.rd_time,
        Signal::MemAddr => memory.addr,
        Signal::MemBefore => memory.before,
        Signal::MemAfter => memory.after,
        Signal::MemTime => memory.time,
        Signal::Call => call.number,
        Signal::Arg0 => call.args[0],
        Signal::Arg1 => call.args[1],
        Signal::Arg2 => call.args[2],
        Signal::Result => call.result,
        Signal::CallT0 => call.t0,
        Signal::ResultT0 => call.result_t0,
        Signal::CallTime => call.times[0],
        Signal::Arg0Time => call.times[1],
        Signal::Arg1Time => call.times[2],
        Signal::Arg2Time => call.times[3],
        Signal::T0Time => call.times[4],
        other => code_signal(&event.code, other),
    })
}

/// All rows of a table but for its counts, and its padding.
pub(super) fn rows(
    schema: &Schema,
    table: &Table,
    run: &Execution,
    sent: &[Sent],
    modulus: u64,
) -> Filled {
    let mut filled = Filled {
        rows: 0,
        width: table.width(),
        cells: Vec::new(),
    };
    sources(table, run, sent, |source| {
        row(table, &source, &mut filled, modulus);
    });
    pad(schema, table, &mut filled, modulus);
    filled
}

/// What the rows of a table are made of, in order.
pub(super) fn sources(
    table: &Table,
    run: &Execution,
    sent: &[Sent],
    mut add: impl FnMut(Source<'_>),
) {
    match &table.rows {
        Rows::Instruction(of) => run
            .events
            .iter()
            .filter(|event| {
                of.as_ref()
                    .is_none_or(|of| of.contains(&event.code.instruction))
            })
            .for_each(|event| add(Source::Instruction(event))),
        Rows::Program(of) => run
            .program
            .iter()
            .filter(|code| of.contains(&code.instruction))
            .for_each(|code| add(Source::Program(code))),
        Rows::Word => {
            for (i, word) in run.words.iter().enumerate() {
                let next = run.words.get(i + 1).map_or(0, |word| word.addr);
                add(Source::Word(word, next));
            }
        }
        Rows::Exchange => run
            .exchanges
            .iter()
            .for_each(|exchange| add(Source::Exchange(exchange))),
        Rows::Run => add(Source::Run(run)),
        Rows::Index(count) => (0..*count).for_each(|index| add(Source::Index(index))),
        Rows::Message(bus) => {
            for (message, times) in &sent[*bus].list {
                for _ in 0..*times {
                    add(Source::Message(message));
                }
            }
        }
    }
}

/// Adds the rows of padding.
fn pad(schema: &Schema, table: &Table, filled: &mut Filled, modulus: u64) {
    let padding = padding(table, modulus);
    for _ in filled.rows..height(schema, table, filled.rows) {
        filled.cells.extend_from_slice(&padding);
    }
}

/// How many rows a table has, padding included.
pub(super) fn height(schema: &Schema, table: &Table, rows: usize) -> usize {
    match table.knowledge {
        Knowledge::Public => rows,
        _ => rows.next_power_of_two().max(schema.guest.min_rows as usize),
    }
}

/// A row of padding.
pub(super) fn padding(table: &Table, modulus: u64) -> Vec<u32> {
    let cells = table.cells.iter();
    cells.map(|cell| (cell.pad % modulus) as u32).collect()
}

/// Adds a row, if the table has one for this source.
fn row(table: &Table, source: &Source<'_>, filled: &mut Filled, modulus: u64) {
    let mut locals = Vec::with_capacity(table.locals.len());
    for local in &table.locals {
        let value = local.value.eval(&Filling::new(source, &locals, &[]));
        locals.push(value);
    }
    let without = Filling::new(source, &locals, &[]);
    let only = table.only.as_ref();
    if only.is_some_and(|only| only.eval(&without) == 0) {
        return;
    }
    let start = filled.cells.len();
    for cell in &table.cells {
        let value = match &cell.value {
            CellValue::Term(term) => {
                term.eval(&Filling::new(source, &locals, &filled.cells[start..]))
            }
            CellValue::Count(_) => 0,
        };
        filled.cells.push((value % modulus) as u32);
    }
    filled.rows += 1;
}

/// Fills the columns that count messages.
fn count(table: &Table, filled: &mut Filled, sent: &mut [Sent], modulus: u64) {
    count_some(table, filled, sent, modulus, |_| true);
}

/// The same for messages of some buses.
pub(super) fn count_some(
    table: &Table,
    filled: &mut Filled,
    sent: &mut [Sent],
    modulus: u64,
    wanted: impl Fn(usize) -> bool,
) {
    for (cell, description) in table.cells.iter().enumerate() {
        let CellValue::Count(interaction) = description.value else {
            continue;
        };
        let interaction = &table.interactions[interaction];
        if !wanted(interaction.bus) {
            continue;
        }
        for row in 0..filled.height() {
            let message: Box<[u32]> = interaction
                .values
                .iter()
                .map(|value| value.eval(modulus, filled.row(row), filled.next(row)) as u32)
                .collect();
            if let Some(times) = sent[interaction.bus].counts.remove(&message) {
                filled.cells[row * filled.width + cell] = (times % modulus) as u32;
            }
        }
    }
}

/// Notes the messages of a table for those that come after it.
fn send(schema: &Schema, table: &Table, filled: &Filled, sent: &mut [Sent], modulus: u64) {
    for interaction in table.interactions.iter().filter(|i| i.send) {
        let (listed, counted) = receivers(schema, interaction.bus);
        if !listed && !counted {
            continue;
        }
        each_message(interaction, filled, modulus, |message, times| {
            let sent = &mut sent[interaction.bus];
            if counted {
                *sent.counts.entry(message.clone()).or_default() += times;
            }
            if listed {
                sent.list.push((message, times));
            }
        });
    }
}

/// Whether some table has a row for each message of a bus, and whether some table counts them.
pub(super) fn receivers(schema: &Schema, bus: usize) -> (bool, bool) {
    let listed = schema
        .tables
        .iter()
        .any(|other| other.rows == Rows::Message(bus));
    let counted = schema.tables.iter().any(|other| {
        other.cells.iter().any(|cell| match cell.value {
            CellValue::Count(i) => other.interactions[i].bus == bus,
            CellValue::Term(_) => false,
        })
    });
    (listed, counted)
}

/// The messages of an interaction in all rows that have one, with how often.
pub(super) fn each_message(
    interaction: &Interaction,
    filled: &Filled,
    modulus: u64,
    mut message: impl FnMut(Box<[u32]>, u64),
) {
    for row in 0..filled.height() {
        let (this, next) = (filled.row(row), filled.next(row));
        let times = interaction.count.eval(modulus, this, next);
        if times == 0 {
            continue;
        }
        let values = &interaction.values;
        let values = values.iter();
        let values = values.map(|value| value.eval(modulus, this, next) as u32);
        message(values.collect(), times);
    }
}
