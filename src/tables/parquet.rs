//! Apache Parquet: a required column of unsigned 32-bit numbers for each cell, in row groups.

use super::Content;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::Int32Type;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a row group: what a reader has to have in memory at once, a column at a time.
const GROUP: usize = 1 << 18;

/// Writes a column for each cell.
pub fn write(
    content: &Content<'_>,
    file: impl Write + Send,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    write_groups(content, file, progress).map_err(|error| match error {
        // Such as a full disk, in its own words.
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    })
}

fn write_groups(
    content: &Content<'_>,
    file: impl Write + Send,
    progress: &mut dyn FnMut(u64),
) -> Result<()> {
    let Content { table, filled, .. } = *content;
    let columns = (0..filled.width)
        .map(|cell| {
            let column = Type::primitive_type_builder(&table.cell_name(cell), Physical::INT32)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(Some(LogicalType::integer(32, false)))
                .build()?;
            Ok(Arc::new(column))
        })
        .collect::<Result<Vec<_>>>()?;
    let schema = Type::group_type_builder(&table.name).with_fields(columns);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("zktr ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema.build()?), Arc::new(properties))?;
    let mut values: Vec<i32> = Vec::new();
    for (start, end) in content.blocks(GROUP) {
        let cells = content.cells(start, end);
        let mut group = writer.next_row_group()?;
        let mut cell = 0;
        while let Some(mut column) = group.next_column()? {
            values.clear();
            values.extend(
                cells[cell..]
                    .iter()
                    .step_by(filled.width)
                    .map(|value| value.cast_signed()),
            );
            column
                .typed::<Int32Type>()
                .write_batch(&values, None, None)?;
            column.close()?;
            cell += 1;
        }
        group.close()?;
        progress((end - start) as u64);
    }
    writer.close()?;
    Ok(())
}
