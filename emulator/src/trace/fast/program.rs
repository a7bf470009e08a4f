//! Values of a [`Graph`] for a block of rows at a time: a list of operations on lanes, which the compiler of this crate makes vector
//! instructions of.
//!
//! Lanes are kept as long as something needs them. Those behind the last row of a block have some value; no operation
//! has one that it cannot be done with.

use super::graph::{Graph, Id, Node, sign_extend};
use super::shuffle::Shuffle;
use super::source::{Block, Line, WORDS};
use std::collections::HashMap;
use zktr_isa::algebra::BinOp;
use zktr_isa::trace::term::binary;

/// Rows of a block: few enough that the lanes of a table stay in the second cache, enough that an operation pays.
pub(super) const BLOCK: usize = 256;

type Narrow = [u32; BLOCK];
type Wide = [u64; BLOCK];

/// Where lanes are kept.
pub(super) type Reg = usize;

#[derive(Debug, Clone, Copy)]
enum Op {
    /// A word of the source that is in no line.
    Sparse {
        to: Reg,
        slot: u32,
    },
    /// A fixed wide value: a column that is computed once for a program.
    Fixed {
        to: Reg,
        column: u32,
    },
    Narrow {
        op: BinOp,
        to: Reg,
        a: Reg,
        b: Reg,
    },
    Wide {
        op: BinOp,
        to: Reg,
        a: Reg,
        b: Reg,
    },
    SelectNarrow {
        to: Reg,
        c: Reg,
        a: Reg,
        b: Reg,
    },
    SelectWide {
        to: Reg,
        c: Reg,
        a: Reg,
        b: Reg,
    },
    Sext {
        bits: u8,
        to: Reg,
        a: Reg,
    },
    Widen {
        to: Reg,
        a: Reg,
    },
    Low {
        to: Reg,
        a: Reg,
    },
    Residue {
        to: Reg,
        a: Reg,
    },
    ResidueWide {
        to: Reg,
        a: Reg,
    },
}

/// A list of operations.
#[derive(Debug, Default)]
pub(super) struct Program {
    ops: Vec<Op>,
    /// Words of the lines of a row's source: the line, the word and where it goes.
    inputs: Vec<(usize, Vec<(usize, Reg)>)>,
    /// The same of the lines of fixed values of a program word.
    fixed: Vec<(usize, Vec<(usize, Reg)>)>,
    narrow: usize,
    wide: usize,
    /// Lanes that never change, with their value.
    narrow_numbers: Vec<(Reg, u32)>,
    wide_numbers: Vec<(Reg, u64)>,
    /// Fixed narrow values that are needed, by their place in the lines of a program word.
    pub(super) words: Vec<Id>,
    /// Fixed wide values that are needed, by column.
    pub(super) columns: Vec<Id>,
    /// Where the values are that were asked for; all of them narrow.
    places: HashMap<Id, Reg>,
}

/// Where lanes are while a program runs.
#[derive(Debug, Default)]
pub(super) struct Registers {
    narrow: Vec<Box<[u32]>>,
    wide: Vec<Box<[u64]>>,
}

/// Fixed values of all program words.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Those that are narrow: some lines for each word.
    pub(super) lines: Vec<Line>,
    /// Those that are wide, by column.
    pub(super) columns: Vec<Vec<u64>>,
}

impl Program {
    /// Operations for these values, which are narrow, of rows whose sources have so many lines.
    pub(super) fn new(graph: &Graph, wanted: &[Id], per_row: usize) -> Self {
        let mut program = Self::default();
        let mut last_use: Vec<Option<usize>> = vec![None; graph.nodes.len()];
        for id in wanted {
            last_use[*id as usize] = Some(usize::MAX);
        }
        // What the operands of a fixed value are does not matter here.
        for id in (0..graph.nodes.len()).rev() {
            if last_use[id].is_some() && !graph.infos[id].fixed {
                graph.operands(id as Id, |operand| {
                    last_use[operand as usize].get_or_insert(id);
                });
            }
        }
        let mut place: Vec<Reg> = vec![0; graph.nodes.len()];
        let mut dying: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut loaded = vec![false; graph.nodes.len()];
        let (mut free_narrow, mut free_wide) = (Vec::new(), Vec::new());
        // What is in lines is there from the beginning.
        for id in 0..graph.nodes.len() {
            let Some(end) = last_use[id] else { continue };
            let mut wide = false;
            let (list, word) = match graph.nodes[id] {
                Node::Const(_) => continue,
                Node::Input(slot) if (slot as usize) < per_row * WORDS => {
                    (&mut program.inputs, slot as usize)
                }
                _ if graph.infos[id].fixed && graph.infos[id].max <= u64::from(u32::MAX) => {
                    wide = !graph.infos[id].narrow;
                    program.words.push(id as Id);
                    (&mut program.fixed, program.words.len() - 1)
                }
                _ => continue,
            };
            let to = program.narrow;
            program.narrow += 1;
            place[id] = to;
            match list.iter_mut().find(|(line, _)| *line == word / WORDS) {
                Some((_, words)) => words.push((word % WORDS, to)),
                None => list.push((word / WORDS, vec![(word % WORDS, to)])),
            }
            if wide {
                // It gets wide lanes where it is computed.
                continue;
            }
            loaded[id] = true;
            if end != usize::MAX {
                dying.entry(end).or_default().push(id);
            }
        }
        for id in 0..graph.nodes.len() {
            let Some(end) = last_use[id].filter(|_| !loaded[id]) else {
                continue;
            };
            let info = graph.infos[id];
            let number = matches!(graph.nodes[id], Node::Const(_));
            let (free, count) = match info.narrow {
                true => (&mut free_narrow, &mut program.narrow),
                false => (&mut free_wide, &mut program.wide),
            };
            // Numbers stay where they are from block to block.
            let reused = if number { None } else { free.pop() };
            let to = reused.unwrap_or_else(|| {
                *count += 1;
                *count - 1
            });
            let narrow = std::mem::replace(&mut place[id], to);
            if end != usize::MAX && !number {
                dying.entry(end).or_default().push(id);
            }
            program.emit(graph, id as Id, to, narrow, &place);
            for dead in dying.remove(&id).unwrap_or_default() {
                match graph.infos[dead].narrow {
                    true => free_narrow.push(place[dead]),
                    false => free_wide.push(place[dead]),
                }
            }
        }
        program.places = wanted.iter().map(|id| (*id, place[*id as usize])).collect();
        program
    }

    /// Where a value is.
    pub(super) fn place(&self, id: Id) -> Reg {
        self.places[&id]
    }

    fn emit(&mut self, graph: &Graph, id: Id, to: Reg, loaded: Reg, place: &[Reg]) {
        let info = graph.info(id);
        let at = |id: Id| place[id as usize];
        let op = match graph.node(id) {
            Node::Const(value) => {
                match info.narrow {
                    true => self.narrow_numbers.push((to, value as u32)),
                    false => self.wide_numbers.push((to, value)),
                }
                return;
            }
            _ if info.fixed && info.max <= u64::from(u32::MAX) => Op::Widen { to, a: loaded },
            _ if info.fixed => {
                self.columns.push(id);
                Op::Fixed {
                    to,
                    column: self.columns.len() as u32 - 1,
                }
            }
            Node::Input(slot) => Op::Sparse { to, slot },
            // These are fixed.
            Node::Code(_) | Node::Is(_) => return,
            Node::Binary {
                op,
                a,
                b,
                narrow: true,
            } => Op::Narrow {
                op,
                to,
                a: at(a),
                b: at(b),
            },
            Node::Binary {
                op,
                a,
                b,
                narrow: false,
            } => Op::Wide {
                op,
                to,
                a: at(a),
                b: at(b),
            },
            Node::Select { c, a, b } => {
                let (c, a, b) = (at(c), at(a), at(b));
                match info.narrow {
                    true => Op::SelectNarrow { to, c, a, b },
                    false => Op::SelectWide { to, c, a, b },
                }
            }
            Node::Sext(bits, a) => Op::Sext { bits, to, a: at(a) },
            Node::Widen(a) => Op::Widen { to, a: at(a) },
            Node::Narrow(a) => Op::Low { to, a: at(a) },
            Node::Residue(a) if graph.info(a).narrow => Op::Residue { to, a: at(a) },
            Node::Residue(a) => Op::ResidueWide { to, a: at(a) },
        };
        self.ops.push(op);
    }

    /// Registers for it, with its numbers in place.
    pub(super) fn registers(&self) -> Registers {
        let mut registers = Registers {
            narrow: vec![vec![0; BLOCK].into(); self.narrow],
            wide: vec![vec![0; BLOCK].into(); self.wide],
        };
        for (place, value) in &self.narrow_numbers {
            registers.narrow[*place].fill(*value);
        }
        for (place, value) in &self.wide_numbers {
            registers.wide[*place].fill(*value);
        }
        registers
    }

    /// Computes the values for a block.
    #[inline(always)]
    pub(super) fn run(
        &self,
        shuffle: Shuffle,
        block: &Block<'_>,
        known: &Known,
        modulus: u32,
        registers: &mut Registers,
    ) {
        for (line, words) in &self.inputs {
            load(shuffle, block, words, registers, |row| {
                block.line(row, *line)
            });
        }
        let per_word = self.words.len().div_ceil(WORDS);
        for (line, words) in &self.fixed {
            load(shuffle, block, words, registers, |row| {
                &known.lines[block.codes()[row] as usize * per_word + line]
            });
        }
        for op in &self.ops {
            match *op {
                Op::Sparse { to, slot } => block.sparse(slot, registers.write(to)),
                Op::Fixed { to, column } => {
                    let values = &known.columns[column as usize];
                    let to = registers.write_wide(to);
                    for (to, code) in to.iter_mut().zip(block.codes()) {
                        *to = values[*code as usize];
                    }
                }
                Op::Narrow { op, to, a, b } => {
                    let mut out = std::mem::take(&mut registers.narrow[to]);
                    narrow(op, registers.read(a), registers.read(b), lanes(&mut out));
                    registers.narrow[to] = out;
                }
                Op::Wide { op, to, a, b } => {
                    let mut out = std::mem::take(&mut registers.wide[to]);
                    wide(
                        op,
                        registers.read_wide(a),
                        registers.read_wide(b),
                        lanes(&mut out),
                    );
                    registers.wide[to] = out;
                }
                Op::SelectNarrow { to, c, a, b } => {
                    let mut out = std::mem::take(&mut registers.narrow[to]);
                    let (c, a, b) = (registers.read(c), registers.read(a), registers.read(b));
                    let out_lanes: &mut Narrow = lanes(&mut out);
                    for i in 0..BLOCK {
                        out_lanes[i] = if c[i] == 0 { b[i] } else { a[i] };
                    }
                    registers.narrow[to] = out;
                }
                Op::SelectWide { to, c, a, b } => {
                    let mut out = std::mem::take(&mut registers.wide[to]);
                    let (c, a, b) = (
                        registers.read(c),
                        registers.read_wide(a),
                        registers.read_wide(b),
                    );
                    let out_lanes: &mut Wide = lanes(&mut out);
                    for i in 0..BLOCK {
                        out_lanes[i] = if c[i] == 0 { b[i] } else { a[i] };
                    }
                    registers.wide[to] = out;
                }
                Op::Sext { bits, to, a } => {
                    let mut out = std::mem::take(&mut registers.wide[to]);
                    map(registers.read_wide(a), lanes(&mut out), |x| {
                        sign_extend(bits, x)
                    });
                    registers.wide[to] = out;
                }
                Op::Widen { to, a } => {
                    let mut out = std::mem::take(&mut registers.wide[to]);
                    map(registers.read(a), lanes(&mut out), u64::from);
                    registers.wide[to] = out;
                }
                Op::Low { to, a } => {
                    let mut out = std::mem::take(&mut registers.narrow[to]);
                    map(registers.read_wide(a), lanes(&mut out), |x| x as u32);
                    registers.narrow[to] = out;
                }
                Op::Residue { to, a } => {
                    let mut out = std::mem::take(&mut registers.narrow[to]);
                    let from = registers.read(a);
                    let out_lanes: &mut Narrow = lanes(&mut out);
                    *out_lanes = *from;
                    if from.iter().copied().fold(0, u32::max) >= modulus {
                        out_lanes.iter_mut().for_each(|x| *x %= modulus);
                    }
                    registers.narrow[to] = out;
                }
                Op::ResidueWide { to, a } => {
                    let mut out = std::mem::take(&mut registers.narrow[to]);
                    let from = registers.read_wide(a);
                    map(from, lanes(&mut out), |x| x as u32);
                    // Most words are residues already, though nothing says so.
                    if from.iter().copied().fold(0, u64::max) >= u64::from(modulus) {
                        map(from, lanes(&mut out), |x| (x % u64::from(modulus)) as u32);
                    }
                    registers.narrow[to] = out;
                }
            }
        }
    }
}

impl Registers {
    /// The lanes of a narrow value.
    #[inline(always)]
    pub(super) fn read(&self, from: Reg) -> &Narrow {
        self.narrow[from].as_array().unwrap_or(&[0; BLOCK])
    }

    #[inline(always)]
    fn read_wide(&self, from: Reg) -> &Wide {
        self.wide[from].as_array().unwrap_or(&[0; BLOCK])
    }

    #[inline(always)]
    fn write(&mut self, to: Reg) -> &mut Narrow {
        lanes(&mut self.narrow[to])
    }

    #[inline(always)]
    fn write_wide(&mut self, to: Reg) -> &mut Wide {
        lanes(&mut self.wide[to])
    }
}

/// A register's lanes, of which there is always a block.
#[inline(always)]
fn lanes<T>(register: &mut [T]) -> &mut [T; BLOCK] {
    register
        .as_mut_array()
        .expect("registers have a block of lanes")
}

/// Loads words of a line of each row.
#[inline(always)]
fn load<'a>(
    shuffle: Shuffle,
    block: &Block<'_>,
    words: &[(usize, Reg)],
    registers: &mut Registers,
    line: impl Fn(usize) -> &'a Line,
) {
    let mut columns = [[0; WORDS]; WORDS];
    for start in (0..block.len()).step_by(WORDS) {
        let last = block.len() - 1;
        let mut lines = [line(last); WORDS];
        for (row, to) in lines.iter_mut().enumerate() {
            *to = line((start + row).min(last));
        }
        shuffle.columns(&lines, &mut columns);
        for (word, to) in words {
            registers.write(*to)[start..start + WORDS].copy_from_slice(&columns[*word]);
        }
    }
}

#[inline(always)]
fn map<T: Copy, U>(a: &[T; BLOCK], to: &mut [U; BLOCK], f: impl Fn(T) -> U) {
    for (to, a) in to.iter_mut().zip(a) {
        *to = f(*a);
    }
}

#[inline(always)]
fn zip<T: Copy>(a: &[T; BLOCK], b: &[T; BLOCK], to: &mut [T; BLOCK], f: impl Fn(T, T) -> T) {
    for i in 0..BLOCK {
        to[i] = f(a[i], b[i]);
    }
}

#[inline(always)]
fn narrow(op: BinOp, a: &Narrow, b: &Narrow, to: &mut Narrow) {
    match op {
        BinOp::Add => zip(a, b, to, u32::wrapping_add),
        BinOp::Sub => zip(a, b, to, u32::wrapping_sub),
        BinOp::Mul => zip(a, b, to, u32::wrapping_mul),
        BinOp::And => zip(a, b, to, |a, b| a & b),
        BinOp::Or => zip(a, b, to, |a, b| a | b),
        BinOp::Xor => zip(a, b, to, |a, b| a ^ b),
        BinOp::Shl => zip(a, b, to, |a, b| a << (b & 31)),
        BinOp::ShrU => zip(a, b, to, |a, b| a >> (b & 31)),
        BinOp::Eq => zip(a, b, to, |a, b| u32::from(a == b)),
        BinOp::Ne => zip(a, b, to, |a, b| u32::from(a != b)),
        BinOp::LtU => zip(a, b, to, |a, b| u32::from(a < b)),
        BinOp::LeU => zip(a, b, to, |a, b| u32::from(a <= b)),
        BinOp::LtS => zip(a, b, to, |a, b| {
            u32::from(a.cast_signed() < b.cast_signed())
        }),
        BinOp::LeS => zip(a, b, to, |a, b| {
            u32::from(a.cast_signed() <= b.cast_signed())
        }),
        BinOp::MinU => zip(a, b, to, u32::min),
        BinOp::MaxU => zip(a, b, to, u32::max),
        // The others are narrow only where the result is.
        other => zip(a, b, to, |a, b| binary(other, a.into(), b.into()) as u32),
    }
}

#[inline(always)]
fn wide(op: BinOp, a: &Wide, b: &Wide, to: &mut Wide) {
    match op {
        BinOp::Add => zip(a, b, to, u64::wrapping_add),
        BinOp::Sub => zip(a, b, to, u64::wrapping_sub),
        BinOp::Mul => zip(a, b, to, u64::wrapping_mul),
        BinOp::And => zip(a, b, to, |a, b| a & b),
        BinOp::Or => zip(a, b, to, |a, b| a | b),
        BinOp::Xor => zip(a, b, to, |a, b| a ^ b),
        BinOp::Shl => zip(a, b, to, |a, b| a << (b & 63)),
        BinOp::ShrU => zip(a, b, to, |a, b| a >> (b & 63)),
        BinOp::Eq => zip(a, b, to, |a, b| u64::from(a == b)),
        BinOp::Ne => zip(a, b, to, |a, b| u64::from(a != b)),
        BinOp::LtU => zip(a, b, to, |a, b| u64::from(a < b)),
        BinOp::LtS => zip(a, b, to, |a, b| {
            u64::from(a.cast_signed() < b.cast_signed())
        }),
        other => zip(a, b, to, |a, b| binary(other, a, b)),
    }
}
