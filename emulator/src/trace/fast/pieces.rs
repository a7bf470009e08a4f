//! Writing rows: the values of a block, which are in lanes, to rows of adjacent cells.
//!
//! Cells that depend on the program word only are copied from a row that was made once for the word, those of a message from the
//! message, the four bytes of a word are taken apart where they are written.

use super::graph::{Graph, Id, Node};
use super::program::{Program, Reg, Registers};
use super::source::Block;

/// Some adjacent cells of a row.
#[derive(Debug, Clone)]
enum Piece {
    /// Of the fixed cells of the program word.
    Fixed { at: usize, from: usize, len: usize },
    /// Always the same.
    Numbers { at: usize, values: Vec<u32> },
    /// Words of the source's row.
    Copy { at: usize, slot: usize, len: usize },
    /// The bytes of a value.
    Bytes { at: usize, from: Reg },
    /// Four values.
    Four { at: usize, from: [Reg; 4] },
    /// A value.
    One { at: usize, from: Reg },
}

/// How rows are written.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    list: Vec<Piece>,
    /// Fixed cells, in the order of the row.
    pub(super) fixed: Vec<Id>,
}

/// What a piece takes, before it is known where that is.
enum Take {
    Fixed,
    Number(u32),
    Slot(usize),
    Value,
}

impl Pieces {
    /// The values that [`Self::new`] needs in lanes.
    pub(super) fn wanted(graph: &Graph, cells: &[Id], coded: bool) -> Vec<Id> {
        let mut wanted = Vec::new();
        let mut at = 0;
        while at < cells.len() {
            if let Some(word) = bytes(graph, &cells[at..]) {
                wanted.push(word);
                at += 4;
                continue;
            }
            if let Take::Value = take(graph, cells[at], coded) {
                wanted.push(cells[at]);
            }
            at += 1;
        }
        wanted
    }

    /// How to write rows of these cells. `coded` says whether rows have program words; others have adjacent words.
    pub(super) fn new(graph: &Graph, program: &Program, cells: &[Id], coded: bool) -> Self {
        let mut pieces = Self::default();
        let mut at = 0;
        while at < cells.len() {
            if let Some(word) = bytes(graph, &cells[at..]) {
                let from = program.place(word);
                pieces.list.push(Piece::Bytes { at, from });
                at += 4;
                continue;
            }
            match take(graph, cells[at], coded) {
                Take::Fixed => pieces.fixed(at, cells[at]),
                Take::Number(value) => pieces.number(at, value),
                Take::Slot(slot) => pieces.copy(at, slot),
                Take::Value => pieces.value(at, program.place(cells[at])),
            }
            at += 1;
        }
        pieces.join();
        pieces.split();
        pieces
    }

    fn fixed(&mut self, cell: usize, id: Id) {
        match self.list.last_mut() {
            Some(Piece::Fixed { at, len, .. }) if *at + *len == cell => *len += 1,
            _ => self.list.push(Piece::Fixed {
                at: cell,
                from: self.fixed.len(),
                len: 1,
            }),
        }
        self.fixed.push(id);
    }

    fn number(&mut self, cell: usize, value: u32) {
        match self.list.last_mut() {
            Some(Piece::Numbers { at, values }) if *at + values.len() == cell => values.push(value),
            _ => self.list.push(Piece::Numbers {
                at: cell,
                values: vec![value],
            }),
        }
    }

    fn copy(&mut self, cell: usize, from: usize) {
        match self.list.last_mut() {
            Some(Piece::Copy { at, slot, len }) if *at + *len == cell && *slot + *len == from => {
                *len += 1;
            }
            _ => self.list.push(Piece::Copy {
                at: cell,
                slot: from,
                len: 1,
            }),
        }
    }

    fn value(&mut self, at: usize, from: Reg) {
        self.list.push(Piece::One { at, from });
    }

    /// Values of four adjacent cells are written together.
    fn join(&mut self) {
        let mut joined = Vec::new();
        let mut rest = &self.list[..];
        while let Some(first) = rest.first() {
            if let [
                Piece::One { at, from: a },
                Piece::One {
                    at: second,
                    from: b,
                },
                Piece::One { from: c, .. },
                Piece::One {
                    at: fourth,
                    from: d,
                },
                ..,
            ] = rest
                && (*second, *fourth) == (at + 1, at + 3)
            {
                joined.push(Piece::Four {
                    at: *at,
                    from: [*a, *b, *c, *d],
                });
                rest = &rest[4..];
            } else {
                joined.push(first.clone());
                rest = &rest[1..];
            }
        }
        self.list = joined;
    }

    /// Makes pieces of more than one cell shorter, so that their lengths are few powers of two.
    fn split(&mut self) {
        let mut parts = Vec::new();
        for piece in std::mem::take(&mut self.list) {
            let whole = match &piece {
                Piece::Fixed { len, .. } | Piece::Copy { len, .. } => *len,
                Piece::Numbers { values, .. } => values.len(),
                _ => 0,
            };
            if whole == 0 {
                parts.push(piece);
                continue;
            }
            let mut done = 0;
            while done < whole {
                let len = (1 << (whole - done).ilog2()).min(16);
                parts.push(match &piece {
                    Piece::Numbers { at, values } => Piece::Numbers {
                        at: at + done,
                        values: values[done..done + len].to_vec(),
                    },
                    Piece::Fixed { at, from, .. } => Piece::Fixed {
                        at: at + done,
                        from: from + done,
                        len,
                    },
                    Piece::Copy { at, slot, .. } => Piece::Copy {
                        at: at + done,
                        slot: slot + done,
                        len,
                    },
                    other => other.clone(),
                });
                done += len;
            }
        }
        self.list = parts;
    }

    /// Writes the rows of a block, of so many words each; `fixed` has the fixed cells of each program word.
    #[inline(always)]
    pub(super) fn write(
        &self,
        block: &Block<'_>,
        registers: &Registers,
        fixed: &[u32],
        out: &mut [u32],
        width: usize,
    ) {
        for piece in &self.list {
            let rows = out.chunks_exact_mut(width);
            match piece {
                Piece::Fixed { at, from, len } => {
                    let starts = block.codes().iter().map(|code| {
                        let start = *code as usize * self.fixed.len() + from;
                        &fixed[start..]
                    });
                    copy(rows.zip(starts), *at, *len);
                }
                Piece::Numbers { at, values } => {
                    copy(rows.map(|row| (row, &values[..])), *at, values.len());
                }
                Piece::Copy { at, slot, len } => {
                    let words = (0..block.len()).map(|i| &block.words(i)[*slot..]);
                    copy(rows.zip(words), *at, *len);
                }
                Piece::Bytes { at, from } => {
                    for (row, word) in rows.zip(registers.read(*from)) {
                        row[*at..*at + 4].copy_from_slice(&word.to_le_bytes().map(u32::from));
                    }
                }
                Piece::Four { at, from } => {
                    let [a, b, c, d] = from.map(|from| registers.read(from));
                    for (i, row) in rows.enumerate() {
                        row[*at..*at + 4].copy_from_slice(&[a[i], b[i], c[i], d[i]]);
                    }
                }
                Piece::One { at, from } => {
                    for (row, word) in rows.zip(registers.read(*from)) {
                        row[*at] = *word;
                    }
                }
            }
        }
    }
}

/// Copies the first words to each row; a number that [`Pieces::split`] makes.
#[inline(always)]
fn copy<'a, 'b>(rows: impl Iterator<Item = (&'a mut [u32], &'b [u32])>, at: usize, len: usize) {
    match len {
        16 => copy_some::<16>(rows, at),
        8 => copy_some::<8>(rows, at),
        4 => copy_some::<4>(rows, at),
        2 => copy_some::<2>(rows, at),
        _ => copy_some::<1>(rows, at),
    }
}

/// The same for a number that the compiler knows.
#[inline(always)]
fn copy_some<'a, 'b, const N: usize>(
    rows: impl Iterator<Item = (&'a mut [u32], &'b [u32])>,
    at: usize,
) {
    for (row, from) in rows {
        row[at..at + N].copy_from_slice(&from[..N]);
    }
}

fn take(graph: &Graph, cell: Id, coded: bool) -> Take {
    match graph.node(cell) {
        Node::Const(value) if !coded => Take::Number(value as u32),
        Node::Input(slot) if !coded => Take::Slot(slot as usize),
        _ if graph.info(cell).fixed => Take::Fixed,
        _ => Take::Value,
    }
}

/// The value of which the next four cells are the bytes.
fn bytes(graph: &Graph, cells: &[Id]) -> Option<Id> {
    let (word, 0) = graph.byte_of(*cells.first()?)? else {
        return None;
    };
    let whole = (0..4).all(|i| {
        let cell = cells.get(i as usize);
        cell.and_then(|cell| graph.byte_of(*cell)) == Some((word, i))
    });
    (whole && !graph.info(word).fixed).then_some(word)
}
