//! The planes of a thread: columns that are as long as a block, in memory that is used again.

use super::program::Plane;
use bytemuck::{Pod, Zeroable};

/// A cache line, so that packs do not straddle two.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Line([u64; 8]);

/// Planes of a fixed length.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    planes: Vec<Vec<Line>>,
    rows: usize,
}

impl Scratch {
    /// Makes sure that there are so many planes, each with room for so many rows of 64 bits.
    pub(super) fn prepare(&mut self, planes: usize, rows: usize) {
        // One more line, so that the same rows of different planes do not compete for one set of a cache.
        let lines = rows.div_ceil(8) + 1;
        if self.rows != rows {
            self.planes.clear();
            self.rows = rows;
        }
        if self.planes.len() < planes {
            let zero = Line([0; 8]);
            self.planes.resize_with(planes, || vec![zero; lines]);
        }
    }

    /// The first `rows` values of a plane.
    #[inline]
    pub(super) fn get<T: Pod>(&self, plane: Plane, rows: usize) -> &[T] {
        &bytemuck::cast_slice(&self.planes[plane as usize])[..rows]
    }

    /// The same to be written.
    #[inline]
    pub(super) fn get_mut<T: Pod>(&mut self, plane: Plane, rows: usize) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.planes[plane as usize])[..rows]
    }

    /// Calls `f` with these planes to be written, and the others to be read.
    pub(super) fn with<T: Pod, R>(
        &mut self,
        out: &[Plane],
        rows: usize,
        f: impl FnOnce(&Self, &mut [&mut [T]]) -> R,
    ) -> R {
        let mut taken: Vec<Vec<Line>> = out
            .iter()
            .map(|&plane| std::mem::take(&mut self.planes[plane as usize]))
            .collect();
        let mut columns: Vec<&mut [T]> = taken
            .iter_mut()
            .map(|lines| &mut bytemuck::cast_slice_mut(lines)[..rows])
            .collect();
        let result = f(self, &mut columns);
        for (&plane, lines) in out.iter().zip(taken) {
            self.planes[plane as usize] = lines;
        }
        result
    }
}
