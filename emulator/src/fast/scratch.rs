//! The planes of a thread: columns that are as long as a block, in memory that is used again.

use super::program::Plane;
use bytemuck::Pod;

/// Words of a cache line.
const LINE: usize = 8;

/// A column, from the first cache line on: packs do not straddle two.
#[derive(Debug, Default)]
struct Column {
    words: Vec<u64>,
    start: usize,
}

impl Column {
    /// Room for so many rows of 64 bits.
    fn new(rows: usize) -> Self {
        // One more line, so that the same rows of different planes do not compete for one set of a cache.
        let words = vec![0; rows.next_multiple_of(LINE) + 2 * LINE];
        let start = words
            .as_ptr()
            .align_offset(LINE * size_of::<u64>())
            .min(LINE);
        Self { words, start }
    }

    fn get<T: Pod>(&self, rows: usize) -> &[T] {
        &bytemuck::cast_slice(&self.words[self.start..])[..rows]
    }

    fn get_mut<T: Pod>(&mut self, rows: usize) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.words[self.start..])[..rows]
    }
}

/// Planes of a fixed length.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    planes: Vec<Column>,
    rows: usize,
}

impl Scratch {
    /// Makes sure that there are so many planes, each with room for so many rows of 64 bits.
    pub(super) fn prepare(&mut self, planes: usize, rows: usize) {
        if self.rows != rows {
            self.planes.clear();
            self.rows = rows;
        }
        if self.planes.len() < planes {
            self.planes.resize_with(planes, || Column::new(rows));
        }
    }

    /// The first `rows` values of a plane.
    #[inline]
    pub(super) fn get<T: Pod>(&self, plane: Plane, rows: usize) -> &[T] {
        self.planes[plane as usize].get(rows)
    }

    /// The same to be written.
    #[inline]
    pub(super) fn get_mut<T: Pod>(&mut self, plane: Plane, rows: usize) -> &mut [T] {
        self.planes[plane as usize].get_mut(rows)
    }

    /// Calls `f` with these planes to be written, and the others to be read.
    pub(super) fn with<T: Pod, R>(
        &mut self,
        out: &[Plane],
        rows: usize,
        f: impl FnOnce(&Self, &mut [&mut [T]]) -> R,
    ) -> R {
        let mut taken: Vec<Column> = out
            .iter()
            .map(|&plane| std::mem::take(&mut self.planes[plane as usize]))
            .collect();
        let mut columns: Vec<&mut [T]> = taken
            .iter_mut()
            .map(|column| column.get_mut(rows))
            .collect();
        let result = f(self, &mut columns);
        for (&plane, column) in out.iter().zip(taken) {
            self.planes[plane as usize] = column;
        }
        result
    }
}
