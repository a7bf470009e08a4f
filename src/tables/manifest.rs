//! What the files of a run are: a JSON file beside them.
//!
//! Readers should accept members that they do not know; what is there keeps its meaning while [`VERSION`] stays.

use super::Format;
use serde::Serialize;
use sha2::{Digest, Sha256};
use zktr_emu::trace::{Filled, fast};
use zktr_isa::trace::{Knowledge, Table};

/// Name of the file.
pub const FILE: &str = "manifest.json";
/// Version of its form.
pub const VERSION: u32 = 1;

/// The file.
#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    /// [`VERSION`].
    pub version: u32,
    /// What has written it.
    pub generator: String,
    /// The field's name in the spec.
    pub field: String,
    /// Its prime: cells are canonical residues.
    pub modulus: u64,
    /// The format of the tables' files, as its files end; none if no files were written.
    pub format: Option<&'static str>,
    /// Whether the files have rows of padding.
    pub padding: bool,
    /// The program.
    pub guest: Vec<InputFile>,
    /// What the program could read.
    pub inputs: Vec<InputFile>,
    /// Spec files beside the built-in ones.
    pub specs: Vec<InputFile>,
    /// Why the run ended.
    pub stop: String,
    /// The code that the program has ended with, if it has.
    pub exit_code: Option<u64>,
    /// The tables.
    pub tables: Vec<TableEntry>,
    /// The parts of the run, in order.
    pub segments: Vec<Segment>,
}

/// A file that the run depends on.
#[derive(Debug, Clone, Serialize)]
pub struct InputFile {
    /// As the command line names it.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A table of the schema.
#[derive(Debug, Clone, Serialize)]
pub struct TableEntry {
    /// Name.
    pub name: String,
    /// Description.
    pub doc: String,
    /// Who knows it: `witness`, `fixed` or `public`.
    pub kind: &'static str,
    /// Cells of a row.
    pub width: usize,
    /// Names of the cells, in the order of the file's columns.
    pub cells: Vec<String>,
    /// Columns: adjacent cells with one name.
    pub columns: Vec<ColumnEntry>,
}

/// A column of the schema.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnEntry {
    /// Name.
    pub name: String,
    /// Description.
    pub doc: String,
    /// Index of its first cell in the row.
    pub at: u32,
    /// How many cells.
    pub len: u32,
    /// Known to everybody.
    pub fixed: bool,
}

/// A part of the run, with its own tables.
#[derive(Debug, Clone, Serialize)]
pub struct Segment {
    /// Instructions in it.
    pub instructions: usize,
    /// Where it begins.
    pub start: Boundary,
    /// Where the one after it would.
    pub end: Boundary,
    /// Its tables, in the order of [`Manifest::tables`].
    pub tables: Vec<SegmentTable>,
}

/// A point of the run.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Boundary {
    /// Address of the next instruction.
    pub pc: u32,
    /// The time at which it begins.
    pub clock: u32,
}

/// A table of a segment.
#[derive(Debug, Clone, Serialize)]
pub struct SegmentTable {
    /// Name.
    pub name: String,
    /// Its file, from the manifest's folder.
    pub file: Option<String>,
    /// Rows that are not padding: they come first.
    pub rows: usize,
    /// All rows, whether or not the file has those of padding.
    pub height: usize,
}

impl InputFile {
    /// Names a file and takes its digest.
    #[must_use]
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        Self {
            name: name.to_owned(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

impl TableEntry {
    /// Describes a table.
    #[must_use]
    pub fn new(table: &Table) -> Self {
        Self {
            name: table.name.clone(),
            doc: table.doc.clone(),
            kind: match table.knowledge {
                Knowledge::Witness => "witness",
                Knowledge::Fixed => "fixed",
                Knowledge::Public => "public",
            },
            width: table.width(),
            cells: (0..table.width())
                .map(|cell| table.cell_name(cell))
                .collect(),
            columns: table
                .columns
                .iter()
                .map(|column| ColumnEntry {
                    name: column.name.clone(),
                    doc: column.doc.clone(),
                    at: column.at,
                    len: column.len,
                    fixed: column.fixed,
                })
                .collect(),
        }
    }
}

impl Segment {
    /// Describes a part whose first instruction begins at `clock`; its tables are to be added.
    #[must_use]
    pub fn new(executed: &fast::Segment, clock: u32) -> Self {
        Self {
            instructions: executed.instructions(),
            start: Boundary {
                pc: executed.start_pc(),
                clock,
            },
            end: Boundary {
                pc: executed.end_pc(),
                clock: executed.end_clock(),
            },
            tables: Vec::new(),
        }
    }
}

impl SegmentTable {
    /// Describes a table that has no file.
    #[must_use]
    pub fn new(table: &Table, filled: &Filled) -> Self {
        Self {
            name: table.name.clone(),
            file: None,
            rows: filled.rows,
            height: filled.height(),
        }
    }

    /// Names its file.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.name, format.extension())
    }
}
