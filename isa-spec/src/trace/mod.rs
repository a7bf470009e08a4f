//! The trace schema: which tables prove a run of a guest, and why they prove it.
//!
//! A [`Schema`] comes from the `[trace]` sections of the spec files. A table has columns, each with the term over
//! pipeline signals that fills it ([`term`]); constraints, which are polynomials over the cells of a row and the
//! next one ([`poly`]); and interactions, by which tables exchange messages over buses. A trace is right if all
//! constraints are zero, and if on every bus each message is sent as often as it is received.
//!
//! Everything else is driven by this: a filler evaluates the terms, a prover or a checker the
//! polynomials. A table that a user's spec file adds is the equal of the built-in ones.
//!
//! The loader guarantees: names are defined, terms have types, indices are inside of their arrays; the degree of a
//! constraint is at most [`MAX_DEGREE`]; multiplicities and the elements of messages are affine in the cells;
//! messages have the shape of their bus; every bus has a sender and a receiver; every column occurs in a constraint
//! or an interaction; and the tables can be filled in the order in which they are listed.

mod fill;
mod load;
mod order;
pub mod poly;
mod rules;
mod scope;
pub mod term;

pub(crate) use load::load;

use crate::span::Span;
use poly::Poly;
use std::sync::Arc;
use term::Term;

/// The highest degree of a constraint in the cells, multiplicities of its conditions included and
/// the selectors of the first and last row and of transitions excluded.
pub const MAX_DEGREE: u32 = 3;

/// All tables and buses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// The hart that is traced.
    pub guest: Guest,
    /// When the accesses of an instruction take place.
    pub clock: Clock,
    /// The buses.
    pub buses: Vec<Bus>,
    /// The tables, in an order in which they can be filled: a table whose rows or multiplicities depend on the
    /// messages of a bus comes after all senders of that bus.
    pub tables: Vec<Table>,
    /// The kinds of rows with their signals, as documented in the spec.
    pub sources: Vec<SourceDoc>,
}

/// The hart that is traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guest {
    /// XLEN.
    pub xlen: u8,
    /// Registers are kept as words of memory: x0 has this word address, the others follow.
    pub registers: u32,
    /// The most instructions of a trace, so that no time wraps.
    pub instructions: u64,
    /// The fewest rows of a table that is padded; a power of two.
    pub min_rows: u32,
    /// The tables prove a run over fields with a prime above this and below 2^31.
    pub min_prime: u32,
}

/// Times: the n-th instruction of a trace, counted from zero, begins at `first + n * step`, and its accesses
/// take place at these distances from there. What was in memory before has time zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// Time of the first instruction.
    pub first: u32,
    /// From an instruction to the next.
    pub step: u32,
    /// The first register is read.
    pub rs1: u32,
    /// The second register is read.
    pub rs2: u32,
    /// Memory is read or written, by the instruction or by the environment.
    pub memory: u32,
    /// The result is written.
    pub rd: u32,
    /// The environment reads the registers of a call; it writes the result at `rd`.
    pub call: u32,
}

/// A channel between tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Bus {
    /// Name.
    pub name: String,
    /// What a message says.
    pub doc: String,
    /// The parts of a message.
    pub fields: Vec<BusField>,
    /// Where it is written.
    pub span: Span,
}

impl Bus {
    /// The number of field elements of a message.
    #[must_use]
    pub fn arity(&self) -> usize {
        self.fields.iter().map(|field| field.len as usize).sum()
    }
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusField {
    /// Name.
    pub name: String,
    /// Index of its first element in the message.
    pub at: u32,
    /// How many elements; 1 for a scalar.
    pub len: u32,
    /// True if it is written with a length, even if that is 1.
    pub array: bool,
}

/// Who knows a table's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// The prover.
    Witness,
    /// Everybody: the cells depend on the program and the schema only. Multiplicities are the prover's.
    Fixed,
    /// The verifier: the statement that is proved. Not padded.
    Public,
}

/// What makes the rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Each traced instruction, or each one of these.
    Instruction(Option<Vec<usize>>),
    /// Each word of the program that decodes to one of these instructions.
    Program(Vec<usize>),
    /// Each word of memory and each register that is not zero at first or is accessed, by address.
    Word,
    /// Each word that the environment reads or writes in a call.
    Exchange,
    /// Once.
    Run,
    /// A row for each number below this.
    Index(u32),
    /// Each message that is sent on this bus, as often as it is sent.
    Message(usize),
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Description.
    pub doc: String,
    /// Who knows it.
    pub knowledge: Knowledge,
    /// What makes a row.
    pub rows: Rows,
    /// Only rows for which this is not zero.
    pub only: Option<Term>,
    /// Terms that are computed once for a row, before its cells.
    pub locals: Vec<Local>,
    /// Columns.
    pub columns: Vec<Column>,
    /// What the cells are, in the order in which they are computed. As many as the table is wide.
    pub cells: Vec<Cell>,
    /// Constraints.
    pub constraints: Vec<Constraint>,
    /// Interactions.
    pub interactions: Vec<Interaction>,
    /// Where it is written.
    pub span: Span,
}

/// A named term.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    /// Name.
    pub name: String,
    /// What it is.
    pub value: Term,
}

/// Adjacent cells with one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Description.
    pub doc: String,
    /// Index of its first cell in the row.
    pub at: u32,
    /// How many cells; 1 for a scalar.
    pub len: u32,
    /// True if it is written with a size, even if that is 1.
    pub array: bool,
    /// Known to everybody.
    pub fixed: bool,
    /// Where it is written.
    pub span: Span,
}

/// What a cell is.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// In a row.
    pub value: CellValue,
    /// In a row of padding.
    pub pad: u64,
}

/// What a cell is in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum CellValue {
    /// The residue of this word.
    Term(Term),
    /// How often the message of this interaction of the table is sent by others. If several rows receive
    /// the same message, the first counts it.
    Count(usize),
}

/// Rows in which a constraint holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// All; in the last row, the next one is the first.
    Always,
    /// The first.
    First,
    /// The last.
    Last,
    /// All but the last.
    Transition,
}

/// A polynomial that is zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    /// Where.
    pub when: When,
    /// What is zero.
    pub zero: Arc<Poly>,
    /// Its degree in the cells.
    pub degree: u32,
    /// Values of the loop indices, as in `i = 2`; empty outside of loops.
    pub instance: String,
    /// Where it is written.
    pub span: Span,
}

/// A message that a row sends or receives.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// Index of the bus.
    pub bus: usize,
    /// Sent, not received.
    pub send: bool,
    /// How often; affine.
    pub count: Arc<Poly>,
    /// The message; affine.
    pub values: Vec<Arc<Poly>>,
    /// Values of the loop indices, as in `i = 2`; empty outside of loops.
    pub instance: String,
    /// Where it is written.
    pub span: Span,
}

/// A kind of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDoc {
    /// Its name, as `instruction`.
    pub name: String,
    /// What makes such a row.
    pub doc: String,
    /// Names and descriptions of its signals.
    pub signals: Vec<(String, String)>,
}

impl Schema {
    /// The table with this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<(usize, &Table)> {
        let index = self.tables.iter().position(|table| table.name == name)?;
        Some((index, &self.tables[index]))
    }

    /// The bus with this name.
    #[must_use]
    pub fn bus(&self, name: &str) -> Option<(usize, &Bus)> {
        let index = self.buses.iter().position(|bus| bus.name == name)?;
        Some((index, &self.buses[index]))
    }

    /// True if the tables have rows for this instruction of the program, so that a trace may contain it.
    #[must_use]
    pub fn covers(&self, instruction: usize) -> bool {
        self.tables.iter().any(|table| match &table.rows {
            Rows::Program(of) => of.contains(&instruction),
            _ => false,
        })
    }
}

impl Table {
    /// The number of cells of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// The column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The name of a cell, as `carry[3]`.
    #[must_use]
    pub fn cell_name(&self, cell: usize) -> String {
        let found = self
            .columns
            .iter()
            .find(|column| (column.at as usize..(column.at + column.len) as usize).contains(&cell));
        match found {
            Some(column) if column.array => {
                format!("{}[{}]", column.name, cell - column.at as usize)
            }
            Some(column) => column.name.clone(),
            None => format!("cell {cell}"),
        }
    }
}
