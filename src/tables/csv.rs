//! Comma-separated values (RFC 4180), with names in the first line.

use super::Content;
use std::io::{self, Write};

/// Rows between two reports of progress.
const BLOCK: usize = 1 << 12;

/// Writes a line of names and a line for each row.
pub fn write(
    content: &Content<'_>,
    file: impl Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(file);
    let names = (0..content.table.width()).map(|cell| content.table.cell_name(cell));
    writer.serialize(names.collect::<Vec<_>>())?;
    for (start, end) in content.blocks(BLOCK) {
        for row in start..end {
            writer.serialize(content.filled.row(row))?;
        }
        progress((end - start) as u64);
    }
    writer.flush()
}
