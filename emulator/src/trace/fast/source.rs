//! What rows are made of: lines of words.

use super::super::fill::event_signal;
use super::super::{Event, ProgramWord};
use super::program::BLOCK;
use zktr_isa::trace::term::Signal;

/// Words of a cache line.
pub(super) const WORDS: usize = 16;

/// Some words of a row's source.
pub(super) type Line = [u32; WORDS];

/// Sources of rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// Each row's words.
    pub(super) lines: &'a [Line],
    /// How many lines a row has.
    pub(super) per_row: usize,
    /// Which rows, if not all; without lines, their program words.
    pub(super) chosen: Option<&'a [u32]>,
    /// What some instructions have beside their line, by index.
    pub(super) sparse: &'a [(u32, Event)],
    /// Signals that are only there.
    pub(super) signals: &'a [Signal],
    /// The index of each row's program word, if rows have any.
    pub(super) codes: &'a [u32],
}

/// Some rows.
#[derive(Debug)]
pub(super) struct Block<'a> {
    source: Source<'a>,
    start: usize,
    count: usize,
    codes: [u32; BLOCK],
}

impl<'a> Source<'a> {
    pub(super) fn len(&self) -> usize {
        match self.chosen {
            Some(chosen) => chosen.len(),
            None => self.lines.len() / self.per_row.max(1),
        }
    }

    /// The lines of at most so many rows from this one on.
    #[inline(always)]
    pub(super) fn ahead(&self, start: usize, rows: usize, mut line: impl FnMut(&Line)) {
        match self.chosen {
            _ if self.lines.is_empty() => {}
            None => {
                let lines = self.lines.iter().skip(start * self.per_row);
                lines.take(rows * self.per_row).for_each(line);
            }
            Some(chosen) => {
                for row in chosen.iter().skip(start).take(rows) {
                    let lines = &self.lines[*row as usize * self.per_row..][..self.per_row];
                    lines.iter().for_each(&mut line);
                }
            }
        }
    }

    /// At most a block of rows from this one on.
    #[inline(always)]
    pub(super) fn block(self, start: usize) -> Block<'a> {
        let count = (self.len() - start).min(BLOCK);
        let mut codes = [0; BLOCK];
        match (self.codes, self.chosen) {
            ([], None) => {}
            // Rows of words, and not of lines.
            ([], Some(chosen)) => codes[..count].copy_from_slice(&chosen[start..][..count]),
            (all, Some(chosen)) => {
                for (to, row) in codes.iter_mut().zip(&chosen[start..]) {
                    *to = all[*row as usize];
                }
            }
            (all, None) => codes[..count].copy_from_slice(&all[start..][..count]),
        }
        Block {
            source: self,
            start,
            count,
            codes,
        }
    }
}

impl Block<'_> {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The index of the program word of each row.
    #[inline(always)]
    pub(super) fn codes(&self) -> &[u32; BLOCK] {
        &self.codes
    }

    /// A line of a row.
    #[inline(always)]
    pub(super) fn line(&self, row: usize, line: usize) -> &Line {
        &self.source.lines[self.row(row) * self.source.per_row + line]
    }

    #[inline(always)]
    fn row(&self, row: usize) -> usize {
        match self.source.chosen {
            Some(chosen) => chosen[self.start + row] as usize,
            None => self.start + row,
        }
    }
}

/// Signals that are in no line.
impl Block<'_> {
    /// A word of each row.
    pub(super) fn sparse(&self, slot: u32, to: &mut [u32; BLOCK]) {
        let signal = self.source.signals[slot as usize - self.source.per_row * WORDS];
        for (i, to) in to[..self.count].iter_mut().enumerate() {
            let row = self.row(i) as u32;
            let known = self
                .source
                .sparse
                .binary_search_by_key(&row, |(row, _)| *row);
            *to = known.map_or(0, |at| {
                event_signal(&self.source.sparse[at].1, signal) as u32
            });
        }
    }
}

/// Words that say which of these program words are one of some instructions.
pub(super) fn chosen(program: &[ProgramWord], of: &[usize]) -> Vec<bool> {
    program
        .iter()
        .map(|code| of.contains(&code.instruction))
        .collect()
}
