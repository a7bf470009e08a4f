//! What a traced run comes to, as text.

use crate::tables::manifest::{Manifest, Segment, SegmentTable};
use std::io::{self, Write};

/// Writes the segments with their tables, and what they add up to.
pub fn write(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    for (number, segment) in manifest.segments.iter().enumerate() {
        let Segment {
            instructions,
            start,
            end,
            tables,
        } = segment;
        writeln!(
            out,
            "segment {number}: {instructions} instructions, pc {:#x} to {:#x}, time {} to {}",
            start.pc, end.pc, start.clock, end.clock
        )?;
        lines(manifest, |index| [&tables[index]], out)?;
    }
    if manifest.segments.len() > 1 {
        let all = &manifest.segments;
        let instructions: usize = all.iter().map(|segment| segment.instructions).sum();
        writeln!(
            out,
            "{} segments: {instructions} instructions",
            manifest.segments.len()
        )?;
        lines(
            manifest,
            |index| all.iter().map(move |s| &s.tables[index]),
            out,
        )?;
    }
    writeln!(out, "the program: {}", manifest.stop)
}

/// A line for each table, which has these parts, and one for their sum.
fn lines<'a, I: IntoIterator<Item = &'a SegmentTable>>(
    manifest: &Manifest,
    parts: impl Fn(usize) -> I,
    out: &mut dyn Write,
) -> io::Result<()> {
    let widest = manifest.tables.iter().map(|table| table.name.len()).max();
    let widest = widest.unwrap_or(0).max("table".len());
    writeln!(
        out,
        "  {:<widest$} {:>10} {:>10} {:>7} {:>12}",
        "table", "rows", "padding", "columns", "cells"
    )?;
    let (mut all_rows, mut all_padding, mut all_cells) = (0, 0, 0);
    for (index, table) in manifest.tables.iter().enumerate() {
        let (mut rows, mut padding) = (0, 0);
        for part in parts(index) {
            rows += part.rows;
            padding += part.height - part.rows;
        }
        let cells = (rows + padding) * table.width;
        writeln!(
            out,
            "  {:<widest$} {rows:>10} {padding:>10} {:>7} {cells:>12}",
            table.name, table.width
        )?;
        all_rows += rows;
        all_padding += padding;
        all_cells += cells;
    }
    writeln!(
        out,
        "  {:<widest$} {all_rows:>10} {all_padding:>10} {:>7} {all_cells:>12}",
        "all", ""
    )
}
