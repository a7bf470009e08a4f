//! Writing rows: how the cells of a table, or the elements of a message, are put together.
//!
//! Cells are made sixteen at a time. Those that depend on the program word only are in a line that was made once for the word, and
//! everything else is some bytes of a word of the row's source, or of a value that was computed for the row: a byte of a word, a half or a
//! remainder of whole bytes needs no operation of its own.

use super::graph::{Graph, Id, Node};
use super::program::{BLOCK, Program, Reg, Registers};
use super::shuffle::{Field, Group, Part, Shuffle};
use super::source::{Block, Line, WORDS};
use zktr_isa::algebra::BinOp;

/// How rows are written.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Words of a row.
    width: usize,
    chunks: Vec<Chunk>,
    /// Lines of a row's source.
    per_row: usize,
    /// Where the values that were computed are, a line of each row's after the other.
    computed: Vec<[Reg; WORDS]>,
    /// Lines of each program word.
    pub(super) per_word: usize,
}

/// Where rows go.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) out: &'a mut [u32],
    /// Rows are put together in the fastest cache, and leave it at once.
    pub(super) stream: bool,
}

/// Memory to work in.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Computed values of the rows of a block.
    lines: Vec<Line>,
    /// Rows.
    rows: Vec<u32>,
}

/// Adjacent cells, at most sixteen.
#[derive(Debug)]
struct Chunk {
    /// The first.
    at: usize,
    cells: usize,
    parts: Vec<Part>,
    /// Cells that depend on the program word only.
    fixed: Vec<(usize, Id)>,
    /// Which of the lines of a program word they are, if there are any.
    base: Option<usize>,
}

/// What a cell is, before it is known where that is.
enum Take {
    /// Zero in all rows.
    Nothing,
    Fixed,
    /// Bytes of a value: the lowest one, and how many.
    Bytes {
        of: Id,
        byte: u32,
        len: u32,
    },
}

impl Layout {
    /// The values that [`Self::new`] needs in lanes, for rows of sources of so many lines.
    pub(super) fn wanted(graph: &Graph, cells: &[Id], per_row: usize) -> Vec<Id> {
        let mut wanted = Vec::new();
        for cell in cells {
            if let Take::Bytes { of, .. } = take(graph, *cell)
                && slot(graph, of, per_row).is_none()
                && !wanted.contains(&of)
            {
                wanted.push(of);
            }
        }
        wanted
    }

    /// How to write rows of these cells.
    pub(super) fn new(graph: &Graph, program: &Program, cells: &[Id], per_row: usize) -> Self {
        let computed = Self::wanted(graph, cells, per_row);
        let mut layout = Self {
            width: cells.len(),
            per_row,
            ..Self::default()
        };
        for values in computed.chunks(WORDS) {
            // What is behind the last one does not matter.
            let place = |i| program.place(*values.get(i).unwrap_or(&values[0]));
            layout.computed.push(std::array::from_fn(place));
        }
        let mut at = 0;
        while at < cells.len() {
            // The last sixteen cells are all written, some of them again.
            let start = at.min(cells.len().saturating_sub(WORDS));
            at = (at + WORDS).min(cells.len());
            let mut chunk = Chunk {
                at: start,
                cells: at - start,
                parts: Vec::new(),
                fixed: Vec::new(),
                base: None,
            };
            for (cell, id) in cells[start..at].iter().enumerate() {
                match take(graph, *id) {
                    Take::Nothing => {}
                    Take::Fixed => chunk.fixed.push((cell, *id)),
                    Take::Bytes { of, byte, len } => {
                        let (source, word) = slot(graph, of, per_row).unwrap_or_else(|| {
                            let place = computed.iter().position(|id| *id == of).unwrap_or(0);
                            (per_row + place / WORDS, place % WORDS)
                        });
                        let field = Field {
                            source,
                            word,
                            byte,
                            len,
                        };
                        chunk.set(cell, field);
                    }
                }
            }
            if !chunk.fixed.is_empty() {
                chunk.base = Some(layout.per_word);
                layout.per_word += 1;
            }
            layout.chunks.push(chunk);
        }
        layout
    }

    /// Adds the lines of a program word, given its values.
    pub(super) fn prepare(&self, lines: &mut Vec<Line>, value: impl Fn(Id) -> u32) {
        for chunk in self.chunks.iter().filter(|chunk| chunk.base.is_some()) {
            let mut line = [0; WORDS];
            for (cell, id) in &chunk.fixed {
                line[*cell] = value(*id);
            }
            lines.push(line);
        }
    }

    /// Writes the rows of a block; `fixed` has the lines of each program word. Before each sixteen rows `each` is called with the
    /// first of them.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of it is needed, and inlined"
    )]
    #[inline(always)]
    pub(super) fn write(
        &self,
        shuffle: Shuffle,
        block: &Block<'_>,
        registers: &Registers,
        fixed: &[Line],
        Scratch {
            lines: scratch,
            rows: buffer,
        }: &mut Scratch,
        Target { out, stream }: Target<'_>,
        mut each: impl FnMut(usize),
    ) {
        const NOTHING: Line = [0; WORDS];
        scratch.resize(self.computed.len() * BLOCK, NOTHING);
        buffer.resize(WORDS * self.width, 0);
        for (computed, lines) in self.computed.iter().zip(scratch.chunks_exact_mut(BLOCK)) {
            let columns = computed.map(|reg| registers.read(reg).as_chunks::<WORDS>().0);
            let (groups, _) = lines.as_chunks_mut::<WORDS>();
            let used = block.len().div_ceil(WORDS);
            for (group, to) in groups.iter_mut().enumerate().take(used) {
                shuffle.columns(&columns.map(|column| &column[group]), to);
            }
        }
        let mut sources = vec![[&NOTHING; WORDS]; self.per_row + self.computed.len()];
        for start in (0..block.len()).step_by(WORDS) {
            each(start);
            let rows = (block.len() - start).min(WORDS);
            for (i, lines) in sources.iter_mut().enumerate() {
                for (row, line) in lines.iter_mut().enumerate().take(rows) {
                    *line = match i.checked_sub(self.per_row) {
                        None => block.line(start + row, i),
                        Some(i) => &scratch[i * BLOCK + start + row],
                    };
                }
            }
            let out = &mut out[start * self.width..];
            let to = match stream {
                true => &mut buffer[..],
                false => &mut *out,
            };
            let codes = &block.codes()[start..start + WORDS];
            for chunk in &self.chunks {
                let mut base = [&NOTHING; WORDS];
                if let Some(at) = chunk.base {
                    for (base, code) in base.iter_mut().zip(codes) {
                        *base = &fixed[*code as usize * self.per_word + at];
                    }
                }
                let group = Group {
                    sources: &sources,
                    base: &base,
                    rows,
                };
                let to = &mut to[chunk.at..];
                shuffle.assemble(group, &chunk.parts, to, self.width, chunk.cells);
            }
            if stream {
                let words = rows * self.width;
                shuffle.stream(&buffer[..words], &mut out[..words]);
            }
        }
    }
}

impl Chunk {
    fn set(&mut self, cell: usize, field: Field) {
        let known = self.parts.iter().position(|p| p.source == field.source);
        let part = known.unwrap_or_else(|| {
            self.parts.push(Part::new(field.source));
            self.parts.len() - 1
        });
        self.parts[part].set(cell, field);
    }
}

/// The line and the word of a value that is a word of the row's source.
fn slot(graph: &Graph, id: Id, per_row: usize) -> Option<(usize, usize)> {
    match graph.node(id) {
        Node::Input(slot) => {
            let (line, word) = (slot as usize / WORDS, slot as usize % WORDS);
            (line < per_row).then_some((line, word))
        }
        _ => None,
    }
}

fn take(graph: &Graph, cell: Id) -> Take {
    if graph.constant(cell) == Some(0) {
        return Take::Nothing;
    }
    if graph.info(cell).fixed {
        return Take::Fixed;
    }
    let narrow = |id: Id, of: BinOp| match graph.node(id) {
        Node::Binary {
            op,
            a,
            b,
            narrow: true,
        } if op == of => graph.constant(b).map(|b| (a, b)),
        _ => None,
    };
    let (value, len) = match narrow(cell, BinOp::And) {
        Some((a, 0xff)) => (a, 1),
        Some((a, 0xffff)) => (a, 2),
        Some((a, 0xff_ffff)) => (a, 3),
        _ => (cell, 4),
    };
    match narrow(value, BinOp::ShrU) {
        Some((of, bits)) if bits < 32 && bits % 8 == 0 => {
            let byte = bits as u32 / 8;
            let len = len.min(4 - byte);
            Take::Bytes { of, byte, len }
        }
        _ => Take::Bytes {
            of: value,
            byte: 0,
            len,
        },
    }
}
