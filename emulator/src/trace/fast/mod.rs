//! The MTU at the machine's speed: the same recordings and the same cells as the golden layer, which stays the reference.
//!
//! | | |
//! |---|---|
//! | [`record_each`] | runs a guest, and records one segment after the other |
//! | [`Segment`] | what is recorded: a cache line for each instruction |
//! | [`Filler`] | fills all tables of a segment |
//! | [`fill_each`] | both, on several threads |
//!
//! Nothing here knows a table, a column or a bus. The schema is compiled once: all cells and messages of a table become one
//! graph of values, in which each is there once and has an interval that it lies in; what depends on nothing but the program
//! word is computed once for each word of the program; the rest is computed for blocks of rows, in lanes of 32 bits
//! wherever the intervals allow it. Rows are written where they belong, so that a table is
//! the row-major matrix of canonical residues that provers take. Messages that make rows are handed from
//! table to table, those that are counted are counted when they are sent, by number if the receivers allow it.

mod filler;
mod graph;
mod layout;
mod lower;
mod pages;
mod parallel;
mod plan;
mod program;
mod record;
mod segment;
mod shuffle;
mod source;
mod tally;

pub use filler::Filler;
pub use parallel::fill_each;
pub use record::record_each;
pub use segment::Segment;
