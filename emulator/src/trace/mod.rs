//! The MTU: a guest is executed, and the tables that prove the run are filled and checked.
//!
//! | function | does |
//! |---|---|
//! | [`record`] | runs a guest on the host core and notes what the Trace Collection Unit would snoop |
//! | [`fill`] | fills every table of the spec's trace schema from a recording |
//! | [`check`] | evaluates every constraint on every row |
//! | [`balance`] | compares what is sent with what is received on every bus |
//! | [`logup`] | the same by sums of fractions over an extension field, as provers do |
//!
//! This is the golden layer: it evaluates the schema as written, cell by cell, and knows no table, column or bus. Time and
//! memory are linear in the cells. [`fast`] does the first two at the machine's speed, with the same results.

mod balance;
mod check;
pub mod fast;
mod fill;
mod record;

pub use balance::{Imbalance, Message, ZeroDenominator, balance, logup, messages};
pub use check::{Violation, check, check_row};
pub use fill::{fill, fill_from, modulus};
pub use record::{
    Call, Event, Exchange, Execution, MemoryAccess, Options, ProgramWord, Recording, WordState,
    program, record, record_each,
};

/// The cells of a table: canonical residues, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// How many rows are not padding.
    pub rows: usize,
    /// How many cells a row has.
    pub width: usize,
    /// All cells.
    pub cells: Vec<u32>,
}

impl Filled {
    /// How many rows there are, padding included.
    #[must_use]
    pub fn height(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// A row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[u32] {
        &self.cells[row * self.width..][..self.width]
    }

    /// The row after this one; the first after the last.
    #[must_use]
    pub fn next(&self, row: usize) -> &[u32] {
        self.row((row + 1) % self.height())
    }
}

/// All tables of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The prime that the cells are residues of.
    pub modulus: u64,
    /// The tables, in the order of the schema.
    pub tables: Vec<Filled>,
}
