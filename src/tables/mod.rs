//! Trace tables as files: one file a table, one column a cell of its rows, named as the schema names it.
//!
//! | module | holds |
//! | --- | --- |
//! | [`write()`] | a table as Parquet, NPY or CSV |
//! | [`folder`] | a folder of files that is there as a whole or not at all |
//! | [`manifest`] | what the files are, for programs |
//! | [`check`] | what does not hold in the tables, as diagnostics |
//!
//! Cells are canonical residues below 2^31, so that 32 bits without sign hold them in each format.

pub mod check;
mod csv;
pub mod folder;
pub mod manifest;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::{self, Write};
use zktr_emu::trace::Filled;
use zktr_isa::trace::Table;

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Apache Parquet: a column a cell, with its name, compressed. Needs the feature `parquet` of this crate.
    Parquet,
    /// NumPy's format: a matrix of 32-bit numbers, row by row; the manifest names its columns.
    Npy,
    /// Comma-separated values, with names in the first line.
    Csv,
}

impl Format {
    /// How the names of its files end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Npy => "npy",
            Self::Csv => "csv",
        }
    }

    /// Whether this build can write it.
    #[must_use]
    pub fn is_supported(self) -> bool {
        self != Self::Parquet || cfg!(feature = "parquet")
    }
}

/// A table and the rows of it that are written.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The description.
    pub table: &'a Table,
    /// The cells.
    pub filled: &'a Filled,
    /// Only the first so many rows: [`Filled::height`] for all, [`Filled::rows`] without padding.
    pub rows: usize,
}

impl Content<'_> {
    /// The cells of the rows from `start` to `end`, which is at most [`Self::rows`].
    fn cells(&self, start: usize, end: usize) -> &[u32] {
        &self.filled.cells[start * self.filled.width..end * self.filled.width]
    }

    /// Ranges of at most `size` rows.
    fn blocks(&self, size: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let rows = self.rows;
        (0..rows)
            .step_by(size)
            .map(move |start| (start, rows.min(start + size)))
    }
}

/// Writes a table. `progress` is told how many rows more have been written.
///
/// # Errors
/// The file does not take it, or this build does not write the format: see [`Format::is_supported`].
pub fn write(
    format: Format,
    content: &Content<'_>,
    file: impl Write + Send,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    match format {
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::write(content, file, progress),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => Err(io::ErrorKind::Unsupported.into()),
        Format::Npy => npy::write(content, file, progress),
        Format::Csv => csv::write(content, file, progress),
    }
}
