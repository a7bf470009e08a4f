//! NPY, version 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use super::Content;
use std::io::{self, Write};

/// Begins each file, with the version behind it.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// The data begin at a multiple of this many bytes.
const ALIGNMENT: usize = 64;
/// Rows that are converted at once.
const BLOCK: usize = 1 << 12;

/// Writes a matrix of little-endian 32-bit numbers, row by row.
pub fn write(
    content: &Content<'_>,
    mut file: impl Write,
    progress: &mut dyn FnMut(u64),
) -> io::Result<()> {
    file.write_all(&header(content.rows, content.filled.width))?;
    let mut bytes = Vec::new();
    for (start, end) in content.blocks(BLOCK) {
        bytes.clear();
        bytes.extend(
            content
                .cells(start, end)
                .iter()
                .flat_map(|cell| cell.to_le_bytes()),
        );
        file.write_all(&bytes)?;
        progress((end - start) as u64);
    }
    file.flush()
}

/// Magic, the length of what follows, and a Python dictionary that ends with a line break. Two numbers never need more
/// than the 2^16 bytes that this version allows.
fn header(rows: usize, width: usize) -> Vec<u8> {
    let mut dictionary =
        format!("{{'descr': '<u4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let before = MAGIC.len() + 2;
    let total = (before + dictionary.len() + 1).next_multiple_of(ALIGNMENT);
    dictionary.extend(std::iter::repeat_n(
        ' ',
        total - before - dictionary.len() - 1,
    ));
    dictionary.push('\n');
    let mut out = MAGIC.to_vec();
    out.extend((dictionary.len() as u16).to_le_bytes());
    out.extend(dictionary.as_bytes());
    out
}
