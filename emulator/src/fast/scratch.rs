//! The planes of a thread: columns that are as long as a block, in memory that is used again.
//!
//! A plane may be borrowed memory instead: words that are read where they are, or that are computed in the place where they
//! are to be stored. Whoever reads or writes the plane does not see the difference.

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
}

/// Columns of a fixed length: what a thread keeps.
#[derive(Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    rows: usize,
}

/// What a plane is.
#[derive(Debug, Default)]
enum Place<'a> {
    /// Its column.
    #[default]
    Own,
    /// Words of a view that nobody writes; the plane is its column again as soon as it is written.
    Read(&'a [u8]),
    /// Words of a view that nobody else uses.
    Written(&'a mut [u8]),
}

#[derive(Debug, Default)]
struct Slot<'a> {
    column: Column,
    place: Place<'a>,
}

impl Slot<'_> {
    fn get<T: Pod>(&self, rows: usize) -> &[T] {
        let words = match &self.place {
            Place::Own => bytemuck::cast_slice(&self.column.words[self.column.start..]),
            Place::Read(bytes) => bytemuck::cast_slice(bytes),
            Place::Written(bytes) => bytemuck::cast_slice(bytes),
        };
        &words[..rows]
    }

    fn get_mut<T: Pod>(&mut self, rows: usize) -> &mut [T] {
        if let Place::Read(_) = self.place {
            self.place = Place::Own;
        }
        let words = match &mut self.place {
            Place::Written(bytes) => bytemuck::cast_slice_mut(bytes),
            _ => bytemuck::cast_slice_mut(&mut self.column.words[self.column.start..]),
        };
        &mut words[..rows]
    }
}

/// Planes of a fixed length.
#[derive(Debug)]
pub(super) struct Scratch<'a> {
    slots: Vec<Slot<'a>>,
    rows: usize,
}

impl<'a> Scratch<'a> {
    /// At least so many planes, each with room for so many rows of 64 bits, in a thread's columns.
    pub(super) fn new(columns: &mut Columns, planes: usize, rows: usize) -> Self {
        if columns.rows != rows {
            columns.columns.clear();
            columns.rows = rows;
        }
        let kept = std::mem::take(&mut columns.columns);
        let more = (kept.len()..planes).map(|_| Column::new(rows));
        let slot = |column| Slot {
            column,
            place: Place::Own,
        };
        Self {
            rows,
            slots: kept.into_iter().chain(more).map(slot).collect(),
        }
    }

    /// Gives the columns back.
    pub(super) fn end(self, columns: &mut Columns) {
        columns.rows = self.rows;
        columns.columns = self.slots.into_iter().map(|slot| slot.column).collect();
    }

    /// All planes are their columns again.
    pub(super) fn release(&mut self) {
        for slot in &mut self.slots {
            slot.place = Place::Own;
        }
    }

    /// A plane's words are these, until it is written.
    pub(super) fn read_at(&mut self, plane: Plane, bytes: &'a [u8]) {
        self.slots[plane as usize].place = Place::Read(bytes);
    }

    /// A plane is written here.
    pub(super) fn write_at(&mut self, plane: Plane, bytes: &'a mut [u8]) {
        self.slots[plane as usize].place = Place::Written(bytes);
    }

    /// True if a plane has been written where [`Self::write_at`] said.
    pub(super) fn is_in_place(&self, plane: Plane) -> bool {
        matches!(self.slots[plane as usize].place, Place::Written(_))
    }

    /// The first `rows` values of a plane.
    #[inline]
    pub(super) fn get<T: Pod>(&self, plane: Plane, rows: usize) -> &[T] {
        self.slots[plane as usize].get(rows)
    }

    /// The same to be written.
    #[inline]
    pub(super) fn get_mut<T: Pod>(&mut self, plane: Plane, rows: usize) -> &mut [T] {
        self.slots[plane as usize].get_mut(rows)
    }

    /// Calls `f` with these planes to be written, and the others to be read.
    pub(super) fn with<T: Pod, R>(
        &mut self,
        out: &[Plane],
        rows: usize,
        f: impl FnOnce(&Self, &mut [&mut [T]]) -> R,
    ) -> R {
        let mut taken: Vec<Slot<'a>> = out
            .iter()
            .map(|&plane| std::mem::take(&mut self.slots[plane as usize]))
            .collect();
        let mut columns: Vec<&mut [T]> = taken.iter_mut().map(|slot| slot.get_mut(rows)).collect();
        let result = f(self, &mut columns);
        for (&plane, slot) in out.iter().zip(taken) {
            self.slots[plane as usize] = slot;
        }
        result
    }
}
