//! Some rows of a table in the memory of a unit, in the field's own words, and out of it.

use super::affine::{Affine, Column};
use p3_field::{Field, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

/// Bytes of a word of a field that is proved over.
pub(super) const WORD: usize = 4;
/// Rows that are transposed at once: a cache line of words.
const TILE: usize = 16;
/// Bytes between columns: a cache line, so that the same row of all columns is not in the same set of the caches.
const PADDING: usize = 64;
/// That of descriptors.
const ALIGNMENT: usize = 64;

/// The element with this word ([`PrimeField32::to_unique_u32`]), as fields write and read their elements; none if there is no such element.
#[inline(always)]
pub(super) fn felt<F: Field>(word: u32) -> Option<F> {
    let deserializer = IntoDeserializer::<Error>::into_deserializer(word);
    F::deserialize(deserializer).ok()
}

/// The words of an element in a column of them.
#[inline(always)]
pub(super) fn element<const N: usize>(column: &[u8], row: usize) -> [u32; N] {
    let words = column[row * N * WORD..][..N * WORD].as_chunks::<WORD>().0;
    std::array::from_fn(|i| u32::from_le_bytes(words[i]))
}

/// The words of a sum of two elements. The field has at most 2^31 elements, and addition does not depend on how words stand for them.
#[inline(always)]
pub(super) fn add<F: PrimeField32>(a: [u32; 4], b: [u32; 4]) -> [u32; 4] {
    std::array::from_fn(|i| {
        let sum = a[i].wrapping_add(b[i]);
        sum.min(sum.wrapping_sub(F::ORDER_U32))
    })
}

/// Writes an element's coordinates to the first of some cells.
#[inline(always)]
pub(super) fn store<F: Field, const N: usize>(words: [u32; N], cells: &mut [F]) -> Option<()> {
    for (cell, word) in cells.iter_mut().zip(words) {
        *cell = felt(word)?;
    }
    Some(())
}

/// Where the memory of a unit has what, in bytes from its beginning: the columns that are used first.
pub(super) struct Layout {
    /// From a column of words to the next.
    pub(super) column: usize,
    /// The columns of a tuple that are not at equal distances.
    pub(super) tuple: usize,
    /// Numerators that are computed.
    pub(super) m: usize,
    pub(super) sum: usize,
    /// The fractions' columns.
    pub(super) perm: usize,
    /// From one of them to the next.
    pub(super) fraction: usize,
    /// What is the same in all blocks, for one fraction after the other.
    constants: usize,
    /// Bytes of it, of an element, and those before a fraction's numerator.
    constant: usize,
    element: usize,
    numerator: usize,
    pub(super) size: usize,
}

/// Where that is of a fraction, and its column.
pub(super) struct Constants {
    pub(super) descriptor: usize,
    pub(super) m: usize,
    pub(super) last: usize,
    pub(super) coefficients: usize,
    pub(super) perm: usize,
}

impl Layout {
    /// For so many rows in an extension of a degree, and so many columns, entries of a tuple at most, fractions, and bytes of a descriptor.
    pub(super) fn new(
        (rows, degree): (usize, usize),
        columns: usize,
        entries: usize,
        fractions: usize,
        descriptor: u32,
    ) -> Self {
        let element = degree * WORD;
        let (column, fraction) = (rows * WORD + PADDING, rows * element + PADDING);
        let tuple = columns * column;
        let m = tuple + entries * column;
        let sum = m + column;
        let perm = sum + fraction;
        let constants = (perm + fractions * fraction).next_multiple_of(ALIGNMENT);
        let numerator = (descriptor as usize).next_multiple_of(element);
        let constant = (numerator + (2 + entries) * element).next_multiple_of(ALIGNMENT);
        Self {
            column,
            tuple,
            m,
            sum,
            perm,
            fraction,
            constants,
            numerator,
            element,
            constant,
            size: constants + fractions * constant,
        }
    }

    /// What is the same in all blocks of a fraction.
    pub(super) fn constants(&self, number: usize) -> Constants {
        let descriptor = self.constants + number * self.constant;
        let m = descriptor + self.numerator;
        Constants {
            descriptor,
            m,
            last: m + self.element,
            coefficients: m + 2 * self.element,
            perm: self.perm + number * self.fraction,
        }
    }
}

/// Writes words to the beginning of some bytes.
pub(super) fn put(bytes: &mut [u8], words: impl Iterator<Item = u32>) {
    let places = bytes.as_chunks_mut::<WORD>().0.iter_mut();
    for (place, word) in places.zip(words) {
        *place = word.to_le_bytes();
    }
}

/// Some rows of a table.
pub(super) struct Rows<'a, F> {
    pub(super) main: &'a RowMajorMatrix<F>,
    pub(super) preprocessed: Option<&'a RowMajorMatrix<F>>,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl<F: PrimeField32> Rows<'_, F> {
    /// The cells of a column in some of the rows; none where there is no such column.
    fn cells(&self, column: Column, from: usize, count: usize) -> impl Iterator<Item = F> {
        let (matrix, at) = match column {
            Column::Main(at) => (Some(self.main), at),
            Column::Preprocessed(at) => (self.preprocessed, at),
        };
        let start = self.first + from;
        let cells = matrix.and_then(|matrix| {
            Some((
                matrix.values.get(start * matrix.width + at..)?,
                matrix.width,
            ))
        });
        let (cells, width) = cells.unwrap_or((&[], 1));
        cells.iter().step_by(width).take(count).copied()
    }

    /// Writes the words of columns, one column after the other. Some rows at once, so that neither side leaves the first cache.
    pub(super) fn transpose(&self, columns: &[Column], layout: &Layout, bytes: &mut [u8]) {
        for start in (0..self.count).step_by(TILE) {
            let rows = (self.count - start).min(TILE);
            for (&column, place) in columns.iter().zip(bytes.chunks_exact_mut(layout.column)) {
                let words = self
                    .cells(column, start, rows)
                    .map(|cell| cell.to_unique_u32());
                put(&mut place[start * WORD..], words);
            }
        }
    }

    /// The values of a sum, row by row.
    pub(super) fn values(&self, sum: &Affine<F>) -> Vec<F> {
        let mut values = vec![sum.constant; self.count];
        for (&column, &factor) in &sum.terms {
            let pairs = values.iter_mut().zip(self.cells(column, 0, self.count));
            if factor == F::ONE {
                pairs.for_each(|(value, cell)| *value += cell);
            } else if factor == F::NEG_ONE {
                pairs.for_each(|(value, cell)| *value -= cell);
            } else {
                pairs.for_each(|(value, cell)| *value += factor * cell);
            }
        }
        values
    }
}
