//! The operations of a program on one block of rows.

use super::field::Residues;
use super::kernel::{self, Kernel, Recurrence};
use super::lanes::{Lanes, Word};
use super::program::{Access, Direct, Factor, Increment, Load, Loaded, Op, Plane, Source};
use super::scratch::Scratch;
use super::window::{Run, Window};
use crate::golden::eval::{Stop, word_comparison, word_operation, word_unary};
use zktr_isa::algebra::{BinOp, UnOp};

/// Bytes of a column from which it is written past the caches.
const STREAMED: u64 = 8 << 20;

/// The first row that cannot be computed, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) row: u64,
    pub(super) number: u32,
    pub(super) stop: Stop,
}

/// A block, and what it works with.
pub(super) struct Block<'a, 'w, L: Lanes> {
    pub(super) kernel: Kernel<'a, L>,
    pub(super) windows: &'w [Window<'w>],
    pub(super) scratch: &'a mut Scratch<'w>,
    pub(super) states: &'a mut [Residues<L::Word>],
    /// Rows of the whole loop.
    pub(super) total: u64,
    /// The first row, and how many.
    pub(super) start: u64,
    pub(super) rows: usize,
    /// Nothing is written to memory.
    pub(super) dry: bool,
    pub(super) direct: &'a Direct,
    pub(super) failure: Option<Failure>,
}

/// A piece of a block whose rows are in memory one after the other.
struct Piece {
    /// The first row of the block, and how many.
    lane: usize,
    rows: usize,
    /// The row of the view.
    row: i64,
}

impl<L: Lanes> Block<'_, '_, L> {
    /// The length of columns: whole steps.
    fn padded(&self) -> usize {
        self.rows.next_multiple_of(kernel::STEP)
    }

    /// A column of the whole loop that is written does not stay in the caches.
    fn is_large(&self) -> bool {
        self.total.saturating_mul(size_of::<L::Word>() as u64) >= STREAMED
    }

    /// Executes the operations.
    pub(super) fn run(&mut self, ops: &[Op<L::Word>]) {
        self.scratch.release();
        for (number, op) in ops.iter().enumerate() {
            if let Some(Some(store)) = self.direct.stores.get(number) {
                self.write_in_place(op, &ops[*store]);
            }
            self.execute(op);
        }
    }

    /// Lets an operation's plane be the words that it is stored to, where these are a column.
    fn write_in_place(&mut self, op: &Op<L::Word>, store: &Op<L::Word>) {
        let Op::Store { to, planes, .. } = store else {
            return;
        };
        let &[(at, Source::Plane(plane))] = &planes[..] else {
            return;
        };
        let is_word = usize::from(to.bytes) == size_of::<L::Word>();
        let is_residue = self.kernel.field.to_word.is_none() || matches!(op, Op::Load { .. });
        if !is_word || !is_residue || self.rows != self.padded() {
            return;
        }
        let run = to.run.from(self.start as i64 + to.rows.shift);
        let run = run.at(run.at.wrapping_add(at));
        // SAFETY: the program has no other access to this window than the store (`plan::places`), and other threads store to
        // other rows.
        let words = unsafe { self.windows[to.window].adjacent_mut::<L::Word>(run, self.rows) };
        if let Some(words) = words {
            self.scratch.write_at(plane, words);
        }
    }

    fn execute(&mut self, op: &Op<L::Word>) {
        let (padded, kernel) = (self.padded(), self.kernel);
        match op {
            Op::Load {
                from,
                how,
                planes,
                when,
            } => self.load(from, *how, planes, *when),
            Op::Store { to, planes, number } => self.store(to, planes, *number),
            Op::StoreWord { to, word, number } => self.store_word(to, *word, *number),
            Op::Accumulate {
                to,
                value,
                number,
                when,
            } => self.accumulate(to, value, *number, *when),
            Op::Dot {
                terms,
                matrix,
                constant,
                out,
            } => self.scratch.with(out, padded, |scratch, out| {
                let terms = columns(scratch, terms, padded);
                kernel.dot(&terms, matrix, constant, out);
            }),
            Op::Sum { a, b, minus, out } => self.scratch.with(out, padded, |scratch, out| {
                for ((&a, &b), out) in a.iter().zip(b).zip(out) {
                    let (a, b) = (scratch.get(a, padded), scratch.get(b, padded));
                    if *minus {
                        kernel.sub(a, b, out);
                    } else {
                        kernel.add(a, b, out);
                    }
                }
            }),
            Op::Mul { a, b, out } => self.scratch.with(out, padded, |scratch, out| {
                let (a, b) = (columns(scratch, a, padded), columns(scratch, b, padded));
                match (&a[..], &b[..]) {
                    (_, [b]) => a.iter().zip(out).for_each(|(a, out)| kernel.mul(a, b, out)),
                    ([a], _) => b.iter().zip(out).for_each(|(b, out)| kernel.mul(a, b, out)),
                    _ => kernel.mul_extension(&a, &b, out),
                }
            }),
            Op::Inverse {
                a,
                out,
                scratch,
                number,
                when,
            } => self.invert(a, out, scratch, *number, *when),
            Op::NotZero { a, number, when } => {
                let zeros = self.zeros(a);
                self.refuse(&zeros, *number, *when, &Stop::Inverse);
            }
            Op::Scan {
                carry,
                factor,
                add,
                before,
                after,
            } => {
                let (rows, state) = (self.rows, &mut self.states[*carry]);
                let both = [&before[..], &after[..]].concat();
                self.scratch.with(&both, padded, |scratch, out| {
                    let (before, after) = out.split_at_mut(before.len());
                    let add = columns(scratch, add, padded);
                    let of_row;
                    let factor = match factor {
                        Factor::One => kernel::Factor::One,
                        Factor::Constant(matrix) => kernel::Factor::Constant(matrix),
                        Factor::Row(planes) => {
                            of_row = columns(scratch, planes, padded);
                            kernel::Factor::Row(&of_row)
                        }
                    };
                    let recurrence = Recurrence { factor, add: &add };
                    kernel.scan(&recurrence, state, rows, before, after);
                });
            }
            Op::Row { rows, out } => {
                let (start, total) = (self.start as i64 + rows.shift, self.total as i64);
                let wrap = rows.wrap;
                let out = self.scratch.get_mut::<u64>(*out, padded);
                for (i, out) in out.iter_mut().enumerate() {
                    let row = start + i as i64;
                    *out = if wrap { row.rem_euclid(total) } else { row } as u64;
                }
            }
            Op::Word {
                op,
                a,
                b,
                bits,
                out,
            } => self.word(*op, (*a, *b), *bits, *out),
            Op::WordUnary {
                op,
                a,
                from,
                bits,
                out,
            } => {
                let mask = ones(*bits);
                self.scratch.with(&[*out], padded, |scratch, out| {
                    let a = scratch.get::<u64>(*a, padded);
                    let sign = 64 - from;
                    for (out, &a) in out[0].iter_mut().zip(a) {
                        *out = match op {
                            UnOp::Zext | UnOp::Trunc => a & mask,
                            UnOp::Sext => {
                                ((a << sign).cast_signed() >> sign).cast_unsigned() & mask
                            }
                            // The planner has seen that the operation is one on words.
                            _ => word_unary(*op, u128::from(a), *bits).unwrap_or_default() as u64,
                        };
                    }
                });
            }
            Op::Compare {
                op,
                a,
                b,
                bits,
                out,
            } => self.compare(*op, (*a, *b), *bits, *out),
            Op::Equal { a, b, out } => {
                let rows = padded;
                self.scratch
                    .with(&[*out], rows, |scratch, out: &mut [&mut [u32]]| {
                        out[0].fill(1);
                        for (a, b) in a.iter().zip(b) {
                            let (a, b) = (splat(scratch, *a, rows), splat(scratch, *b, rows));
                            let pairs = a.iter().zip(b.iter());
                            out[0]
                                .iter_mut()
                                .zip(pairs)
                                .for_each(|(out, (a, b))| *out &= u32::from(a == b));
                        }
                    });
            }
            Op::Logic { op, a, b, out } => {
                let rows = padded;
                let word = |source: &Source<bool>| match *source {
                    Source::Plane(plane) => Source::Plane(plane),
                    Source::Constant(value) => Source::Constant(u32::from(value)),
                };
                self.scratch
                    .with(&[*out], rows, |scratch, out: &mut [&mut [u32]]| {
                        let (a, b) = (splat(scratch, word(a), rows), splat(scratch, word(b), rows));
                        for (out, (a, b)) in out[0].iter_mut().zip(a.iter().zip(b.iter())) {
                            *out = match op {
                                BinOp::And => a & b,
                                BinOp::Or => a | b,
                                BinOp::Eq => 1 ^ a ^ b,
                                _ => a ^ b,
                            };
                        }
                    });
            }
            Op::Select {
                condition,
                then,
                otherwise,
                out,
            } => self.scratch.with(out, padded, |scratch, out| {
                for ((then, otherwise), out) in then.iter().zip(otherwise).zip(out) {
                    select(kernel.lanes, scratch, *condition, (*then, *otherwise), out);
                }
            }),
            Op::SelectWord {
                condition,
                then,
                otherwise,
                out,
            } => self.scratch.with(&[*out], padded, |scratch, out| {
                select(
                    kernel.lanes,
                    scratch,
                    *condition,
                    (*then, *otherwise),
                    out[0],
                );
            }),
            Op::FromBool { a, out } => self.scratch.with(&[*out], padded, |scratch, out| {
                let a = scratch.get::<u32>(*a, padded);
                out[0]
                    .iter_mut()
                    .zip(a)
                    .for_each(|(out, a)| *out = u64::from(*a));
            }),
            Op::ToFelt { a, bits, out } => self.reduce_words(*a, *bits, *out),
            Op::Check {
                unless,
                stop,
                number,
                when,
            } => {
                let failed: Vec<u32> = match unless {
                    Some(plane) => {
                        let holds = self.scratch.get::<u32>(*plane, self.rows);
                        holds.iter().map(|holds| holds ^ 1).collect()
                    }
                    None => vec![1; self.rows],
                };
                self.refuse(&failed, *number, *when, stop);
            }
        }
    }

    /// Notes a refusal of the first row where `failed` is set, if that counts.
    fn refuse(&mut self, failed: &[u32], number: u32, when: Option<Plane>, stop: &Stop) {
        let counts = when.map(|plane| self.scratch.get::<u32>(plane, self.rows));
        let lane = failed
            .iter()
            .enumerate()
            .position(|(i, &failed)| failed != 0 && counts.is_none_or(|counts| counts[i] != 0));
        if let Some(lane) = lane {
            let row = self.start + lane as u64;
            let first = self.failure.as_ref();
            if first.is_none_or(|first| (row, number) < (first.row, first.number)) {
                self.failure = Some(Failure {
                    row,
                    number,
                    stop: stop.clone(),
                });
            }
        }
    }

    /// Which elements are zero.
    fn zeros(&self, a: &[Plane]) -> Vec<u32> {
        let mut zeros = vec![1; self.rows];
        for &plane in a {
            let words = self.scratch.get::<L::Word>(plane, self.rows);
            let pairs = zeros.iter_mut().zip(words);
            pairs.for_each(|(zero, word)| *zero &= u32::from(*word == L::Word::ZERO));
        }
        zeros
    }

    /// The pieces of an access without a further index, and which rows are outside.
    fn pieces(&self, access: &Access) -> Vec<Piece> {
        let (start, rows) = (self.start as i64, self.rows as i64);
        let first = start + access.rows.shift;
        if access.rows.wrap {
            let total = self.total as i64;
            let (mut lane, mut pieces) = (0, Vec::with_capacity(2));
            while lane < rows {
                let row = (first + lane).rem_euclid(total);
                let here = (total - row).min(rows - lane);
                pieces.push(Piece {
                    lane: lane as usize,
                    rows: here as usize,
                    row,
                });
                lane += here;
            }
            return pieces;
        }
        let low = (-first).clamp(0, rows);
        let high = (i64::try_from(access.rows.extent)
            .unwrap_or(i64::MAX)
            .saturating_sub(first))
        .clamp(low, rows);
        vec![Piece {
            lane: low as usize,
            rows: (high - low) as usize,
            row: first + low,
        }]
    }

    /// The offset of each row's word of an access with a further index; none where that is outside.
    fn offsets(&self, access: &Access) -> Vec<Option<i64>> {
        let Some(index) = access.index else {
            return vec![None; self.rows];
        };
        let mut offsets = vec![None; self.rows];
        let indices = self.scratch.get::<u64>(index.plane, self.rows);
        for piece in self.pieces(access) {
            let lanes = piece.lane..piece.lane + piece.rows;
            let from = access.run.from(piece.row);
            for (i, (offset, &at)) in offsets[lanes.clone()]
                .iter_mut()
                .zip(&indices[lanes])
                .enumerate()
            {
                *offset = (at < index.extent).then(|| {
                    from.from(i as i64)
                        .at
                        .wrapping_add(index.stride.wrapping_mul(at as i64))
                });
            }
        }
        offsets
    }

    fn load(&mut self, access: &Access, how: Load, planes: &[Loaded], when: Option<Plane>) {
        let window = &self.windows[access.window];
        let outside = Stop::Unsupported("an element outside of its view");
        if access.index.is_some() {
            let offsets = self.offsets(access);
            for loaded in planes {
                match how {
                    Load::Word => {
                        let out = self.scratch.get_mut::<u64>(loaded.plane, self.rows);
                        gather(window, access.bytes, loaded.at, &offsets, out);
                    }
                    Load::Element | Load::Reduce => {
                        let out = self.scratch.get_mut::<L::Word>(loaded.plane, self.rows);
                        gather(window, access.bytes, loaded.at, &offsets, out);
                    }
                }
            }
            if let Some(loaded) = planes.first() {
                self.refuse_outside(&offsets, loaded.number, when);
            }
        } else {
            let pieces = self.pieces(access);
            let whole = matches!(&pieces[..], [piece] if piece.rows == self.rows);
            if whole && self.load_column(access, how, planes, pieces[0].row) {
                return;
            }
            if !whole {
                for loaded in planes {
                    self.scratch.get_mut::<u64>(loaded.plane, self.rows).fill(0);
                }
            }
            for piece in &pieces {
                let run = access.run.from(piece.row);
                let lanes = piece.lane..piece.lane + piece.rows;
                for group in groups(planes, |loaded| loaded.at) {
                    let quad = group.len() == 4
                        && access.bytes == 4
                        && L::Word::BITS == 32
                        && how != Load::Word;
                    let out: Vec<Plane> = group.iter().map(|loaded| loaded.plane).collect();
                    if quad {
                        let run = Run {
                            at: run.at + group[0].at,
                            ..run
                        };
                        self.scratch.with(&out, self.rows, |_, out| {
                            let mut out: Vec<&mut [u32]> =
                                out.iter_mut().map(|out| &mut out[lanes.clone()]).collect();
                            if let [a, b, c, d] = &mut out[..] {
                                window.load4(run, [a, b, c, d]);
                            }
                        });
                        continue;
                    }
                    for loaded in group {
                        let run = Run {
                            at: run.at + loaded.at,
                            ..run
                        };
                        if how == Load::Word {
                            let out = self.scratch.get_mut::<u64>(loaded.plane, self.rows);
                            read(window, run, access.bytes, &mut out[lanes.clone()]);
                        } else {
                            let out = self.scratch.get_mut::<L::Word>(loaded.plane, self.rows);
                            read(window, run, access.bytes, &mut out[lanes.clone()]);
                        }
                    }
                }
            }
            if !whole && !access.rows.wrap {
                let inside = |i: usize| {
                    pieces
                        .iter()
                        .any(|p| (p.lane..p.lane + p.rows).contains(&i))
                };
                let failed: Vec<u32> = (0..self.rows).map(|i| u32::from(!inside(i))).collect();
                if let Some(loaded) = planes.first() {
                    self.refuse(&failed, loaded.number, when, &outside);
                }
            }
        }
        match how {
            Load::Word => {}
            Load::Reduce => {
                let padded = self.padded();
                for loaded in planes {
                    let factor = self.reduction(loaded.plane);
                    let column = self.scratch.get_mut(loaded.plane, padded);
                    self.kernel.scale(column, factor);
                }
            }
            Load::Element => planes
                .iter()
                .for_each(|loaded| self.check_residues(loaded, when)),
        }
    }

    /// What words are multiplied by to be a plane's residues, or words of the format where they are stored.
    fn reduction(&self, plane: Plane) -> L::Word {
        let field = self.kernel.field;
        match field.to_word {
            Some(factor) if self.scratch.is_in_place(plane) => field.mul(field.r2, factor),
            _ => field.r2,
        }
    }

    /// Loads rows that are a column, from a row of the view on, without a copy: false if they are none, or have to be looked at one by one.
    fn load_column(&mut self, access: &Access, how: Load, planes: &[Loaded], row: i64) -> bool {
        let (kernel, rows) = (self.kernel, self.rows);
        let is_word = usize::from(access.bytes) == size_of::<L::Word>() && how != Load::Word;
        let intact = self.direct.intact.get(access.window) == Some(&true);
        let &[loaded] = planes else { return false };
        if !is_word || !intact || rows != self.padded() {
            return false;
        }
        let run = access.run.from(row);
        let run = run.at(run.at.wrapping_add(loaded.at));
        let window = &self.windows[access.window];
        // SAFETY: nothing is written to this window (`plan::places`).
        let Some(bytes) = (unsafe { window.adjacent::<L::Word>(run, rows) }) else {
            return false;
        };
        let words: &[L::Word] = bytemuck::cast_slice(bytes);
        let factor = match how {
            Load::Element if largest(kernel.lanes, words) >= kernel.field.p => return false,
            Load::Element => kernel.field.from_word,
            _ => Some(self.reduction(loaded.plane)),
        };
        match factor {
            None => self.scratch.read_at(loaded.plane, bytes),
            Some(factor) => {
                let streamed = self.scratch.is_in_place(loaded.plane) && self.is_large();
                self.scratch.with(&[loaded.plane], rows, |_, out| {
                    kernel.scaled(words, factor, out[0], streamed);
                });
            }
        }
        true
    }

    /// Words of the format become residues.
    fn check_residues(&mut self, loaded: &Loaded, when: Option<Plane>) {
        let (field, padded) = (self.kernel.field, self.padded());
        let column = self.scratch.get_mut::<L::Word>(loaded.plane, self.rows);
        if largest(self.kernel.lanes, column) >= field.p {
            let mut failed = vec![0; column.len()];
            for (word, failed) in column.iter_mut().zip(&mut failed) {
                *failed = u32::from(*word > field.p || *word == field.p && !field.accepts_modulus);
                if *word >= field.p {
                    *word = L::Word::ZERO;
                }
            }
            self.refuse(&failed, loaded.number, when, &Stop::Residue);
        }
        if let Some(factor) = field.from_word {
            let column = self.scratch.get_mut(loaded.plane, padded);
            self.kernel.scale(column, factor);
        }
    }

    /// Residues become words of the format, in a copy where they are others.
    fn words_of(&self, source: Source<L::Word>, copy: &mut Vec<L::Word>) {
        let padded = self.padded();
        copy.clear();
        match source {
            Source::Plane(plane) => copy.extend_from_slice(self.scratch.get(plane, padded)),
            Source::Constant(word) => copy.resize(padded, word),
        }
        if let Some(factor) = self.kernel.field.to_word {
            self.kernel.scale(copy, factor);
        }
    }

    fn store(&mut self, access: &Access, planes: &[(i64, Source<L::Word>)], number: u32) {
        let window = &self.windows[access.window];
        if access.index.is_some() {
            let offsets = self.offsets(access);
            let mut words = Vec::new();
            for &(at, source) in planes {
                self.words_of(source, &mut words);
                if !self.dry {
                    scatter(window, access.bytes, at, &offsets, &words);
                }
            }
            self.refuse_outside(&offsets, number, None);
            return;
        }
        if self.dry {
            return;
        }
        let plain = self.kernel.field.to_word.is_none();
        for piece in self.pieces(access) {
            let run = access.run.from(piece.row);
            if self.store_column(access, planes, (run, piece.rows)) {
                continue;
            }
            let lanes = piece.lane..piece.lane + piece.rows;
            for group in groups(planes, |(at, _)| *at) {
                let quad = group.len() == 4 && access.bytes == 4 && L::Word::BITS == 32;
                let mut copies: [Vec<L::Word>; 4] = Default::default();
                let mut columns: Vec<&[L::Word]> = Vec::with_capacity(4);
                for (copy, &(_, source)) in copies.iter_mut().zip(group) {
                    match source {
                        Source::Plane(plane) if plain => {
                            columns.push(self.scratch.get(plane, self.rows))
                        }
                        source => {
                            self.words_of(source, copy);
                            columns.push(copy);
                        }
                    }
                }
                if let (true, [a, b, c, d]) = (quad, &columns[..]) {
                    let run = Run {
                        at: run.at + group[0].0,
                        ..run
                    };
                    let narrow = [a, b, c, d]
                        .map(|column| bytemuck::cast_slice::<L::Word, u32>(&column[lanes.clone()]));
                    window.store4(run, narrow);
                    continue;
                }
                for (column, (at, _)) in columns.iter().zip(group) {
                    let run = Run {
                        at: run.at + at,
                        ..run
                    };
                    write(window, run, access.bytes, &column[lanes.clone()]);
                }
            }
        }
    }

    /// Stores a piece of rows that is a column, without a copy: false if it is none.
    fn store_column(
        &self,
        access: &Access,
        planes: &[(i64, Source<L::Word>)],
        (run, rows): (Run, usize),
    ) -> bool {
        let &[(at, Source::Plane(plane))] = planes else {
            return false;
        };
        if self.scratch.is_in_place(plane) {
            return true;
        }
        let is_word = usize::from(access.bytes) == size_of::<L::Word>();
        let (true, Some(factor)) = (is_word, self.kernel.field.to_word) else {
            return false;
        };
        if rows != self.padded() {
            return false;
        }
        let run = run.at(run.at.wrapping_add(at));
        // SAFETY: planes of this thread that are memory are of other windows (`plan::places`), and other threads store to other
        // rows.
        let words = unsafe { self.windows[access.window].adjacent_mut::<L::Word>(run, rows) };
        let Some(words) = words else { return false };
        let (from, to) = (
            self.scratch.get(plane, rows),
            bytemuck::cast_slice_mut(words),
        );
        self.kernel.scaled(from, factor, to, self.is_large());
        true
    }

    fn store_word(&mut self, access: &Access, word: Source<u64>, number: u32) {
        let window = &self.windows[access.window];
        if access.index.is_some() {
            let offsets = self.offsets(access);
            if !self.dry {
                let words = splat(self.scratch, word, self.rows);
                scatter(window, access.bytes, 0, &offsets, &words);
            }
            self.refuse_outside(&offsets, number, None);
            return;
        }
        if self.dry {
            return;
        }
        let words = splat(self.scratch, word, self.rows);
        for piece in self.pieces(access) {
            let words = &words[piece.lane..piece.lane + piece.rows];
            write(window, access.run.from(piece.row), access.bytes, words);
        }
    }

    /// Refuses rows that have no offset.
    fn refuse_outside(&mut self, offsets: &[Option<i64>], number: u32, when: Option<Plane>) {
        if offsets.contains(&None) {
            let failed: Vec<u32> = offsets.iter().map(|at| u32::from(at.is_none())).collect();
            let stop = Stop::Unsupported("an element outside of its view");
            self.refuse(&failed, number, when, &stop);
        }
    }

    /// Adds to elements, one row after the other.
    fn accumulate(
        &mut self,
        access: &Access,
        value: &Increment<L::Word>,
        number: u32,
        when: Option<Plane>,
    ) {
        let field = self.kernel.field;
        let window = &self.windows[access.window];
        let offsets = if access.index.is_some() {
            self.offsets(access)
        } else {
            let mut offsets = vec![None; self.rows];
            for piece in self.pieces(access) {
                let lanes = offsets[piece.lane..piece.lane + piece.rows].iter_mut();
                lanes
                    .zip(piece.row..)
                    .for_each(|(to, row)| *to = Some(access.run.from(row).at));
            }
            offsets
        };
        self.refuse_outside(&offsets, number, None);
        match value {
            Increment::Word(word) => {
                if self.dry {
                    return;
                }
                let words = splat(self.scratch, *word, self.rows);
                match access.bytes {
                    1 => {
                        window.update_at(&offsets, 0, |i, now: u8| now.wrapping_add(words[i] as u8))
                    }
                    2 => window
                        .update_at(&offsets, 0, |i, now: u16| now.wrapping_add(words[i] as u16)),
                    4 => window
                        .update_at(&offsets, 0, |i, now: u32| now.wrapping_add(words[i] as u32)),
                    _ => window.update_at(&offsets, 0, |i, now: u64| now.wrapping_add(words[i])),
                }
            }
            Increment::Element(planes) => {
                let (mut now, mut words) = (vec![L::Word::ZERO; self.rows], Vec::new());
                for &(extra, source) in planes {
                    // Another row may have the same element: what is seen here is only whether it is a residue, which
                    // sums are, too.
                    gather(window, access.bytes, extra, &offsets, &mut now);
                    let mut failed = Vec::new();
                    if largest(self.kernel.lanes, &now) >= field.p {
                        let is_none = |&word: &L::Word| {
                            u32::from(word > field.p || word == field.p && !field.accepts_modulus)
                        };
                        failed = now.iter().map(is_none).collect();
                    }
                    let refused = failed.contains(&1);
                    if refused {
                        self.refuse(&failed, number, when, &Stop::Residue);
                    }
                    if self.dry || refused {
                        continue;
                    }
                    // A word of the format plus another is that of the sum.
                    self.words_of(source, &mut words);
                    let add = |i: usize, now: L::Word| {
                        let now = if now == field.p { L::Word::ZERO } else { now };
                        now.add(words[i], field.p)
                    };
                    if usize::from(access.bytes) == size_of::<L::Word>() {
                        window.update_at(&offsets, extra, add);
                    } else {
                        window.update_at(&offsets, extra, |i, now: u32| {
                            add(i, L::Word::of(now.into())).number() as u32
                        });
                    }
                }
            }
        }
    }

    fn word(&mut self, op: BinOp, (a, b): (Source<u64>, Source<u64>), bits: u32, out: Plane) {
        let (rows, mask, lanes) = (self.padded(), ones(bits), self.kernel.lanes);
        self.scratch.with(&[out], rows, |scratch, out| {
            let (a, b) = (splat(scratch, a, rows), splat(scratch, b, rows));
            let out = &mut *out[0];
            lanes.vectorize(
                #[inline(always)]
                || {
                    let amount = |b: u64| {
                        if bits.is_power_of_two() {
                            b & u64::from(bits - 1)
                        } else {
                            b % u64::from(bits)
                        }
                    };
                    match op {
                        BinOp::Add => zip(&a, &b, out, |a, b| a.wrapping_add(b) & mask),
                        BinOp::Sub => zip(&a, &b, out, |a, b| a.wrapping_sub(b) & mask),
                        BinOp::Mul => zip(&a, &b, out, |a, b| a.wrapping_mul(b) & mask),
                        BinOp::And => zip(&a, &b, out, |a, b| a & b),
                        BinOp::Or => zip(&a, &b, out, |a, b| a | b),
                        BinOp::Xor => zip(&a, &b, out, |a, b| a ^ b),
                        BinOp::ShrU => zip(&a, &b, out, |a, b| a >> amount(b)),
                        BinOp::Shl => zip(&a, &b, out, |a, b| (a << amount(b)) & mask),
                        // The planner has seen that the operation is one on words.
                        _ => zip(&a, &b, out, |a, b| {
                            word_operation(op, u128::from(a), u128::from(b), bits)
                                .unwrap_or_default() as u64
                        }),
                    }
                },
            );
        });
    }

    fn compare(&mut self, op: BinOp, (a, b): (Source<u64>, Source<u64>), bits: u32, out: Plane) {
        let (rows, lanes) = (self.padded(), self.kernel.lanes);
        self.scratch
            .with(&[out], rows, |scratch, out: &mut [&mut [u32]]| {
                let (a, b) = (splat(scratch, a, rows), splat(scratch, b, rows));
                let out = &mut *out[0];
                lanes.vectorize(
                    #[inline(always)]
                    || match op {
                        BinOp::Eq => zip(&a, &b, out, |a: u64, b| u32::from(a == b)),
                        BinOp::Ne => zip(&a, &b, out, |a, b| u32::from(a != b)),
                        BinOp::LtU => zip(&a, &b, out, |a, b| u32::from(a < b)),
                        BinOp::LeU => zip(&a, &b, out, |a, b| u32::from(a <= b)),
                        // As for `word`.
                        _ => zip(&a, &b, out, |a, b| {
                            u32::from(
                                word_comparison(op, u128::from(a), u128::from(b), bits)
                                    .unwrap_or_default(),
                            )
                        }),
                    },
                );
            });
    }

    /// The residue of any word of so many bits.
    fn reduce_words(&mut self, a: Plane, bits: u32, out: Plane) {
        let (rows, kernel) = (self.padded(), self.kernel);
        let field = kernel.field;
        self.scratch.with(&[out], rows, |scratch, out| {
            let a = scratch.get::<u64>(a, rows);
            let out: &mut [L::Word] = out[0];
            kernel.lanes.vectorize(
                #[inline(always)]
                || {
                    if bits <= L::Word::BITS {
                        let words = out.iter_mut().zip(a);
                        return words.for_each(|(out, a)| *out = L::Word::of(*a));
                    }
                    for (out, a) in out.iter_mut().zip(a) {
                        let low = field.mul(L::Word::of(*a), field.r2);
                        *out = low.add(field.mul(L::Word::of(*a >> 32), field.r3), field.p);
                    }
                },
            );
            if bits <= L::Word::BITS {
                kernel.scale(out, field.r2);
            }
        });
    }

    /// Inverses; rows that do not count, or have none, get any elements.
    fn invert(
        &mut self,
        a: &[Plane],
        out: &[Plane],
        scratch: &[Plane],
        number: u32,
        when: Option<Plane>,
    ) {
        let (rows, kernel) = (self.padded(), self.kernel);
        let field = kernel.field;
        match (a, field.product.binomial, scratch) {
            (&[a], _, &[guarded]) => {
                let inverted = when.is_none()
                    && self.rows == rows
                    && self.scratch.with(out, rows, |scratch, out| {
                        kernel.invert(scratch.get(a, rows), out[0])
                    });
                if inverted {
                    return;
                }
                self.scratch.with(&[guarded], rows, |scratch, out| {
                    out[0].copy_from_slice(scratch.get::<L::Word>(a, rows))
                });
                self.guard(&[guarded], number, when);
                self.scratch.with(out, rows, |scratch, out| {
                    kernel.invert(scratch.get(guarded, rows), out[0])
                });
            }
            (&[a0, a1], Some(c), &[norm, inverse]) => {
                let a = [a0, a1];
                self.scratch.with(&[norm], rows, |scratch, out| {
                    kernel.norm_quadratic(c, a.map(|plane| scratch.get(plane, rows)), out[0]);
                });
                self.guard(&[norm], number, when);
                self.scratch.with(&[inverse], rows, |scratch, out| {
                    kernel.invert(scratch.get(norm, rows), out[0])
                });
                self.scratch.with(out, rows, |scratch, out| {
                    kernel.finish_quadratic(
                        a.map(|plane| scratch.get(plane, rows)),
                        scratch.get(inverse, rows),
                        out,
                    );
                });
            }
            (&[a0, a1, a2, a3], Some(c), &[h0, h1, norm, inverse]) => {
                let a = [a0, a1, a2, a3];
                self.scratch.with(&[h0, h1, norm], rows, |scratch, out| {
                    let a = a.map(|plane| scratch.get(plane, rows));
                    if let [h0, h1, norm] = out {
                        kernel.norm_quartic(c, a, [h0, h1], norm);
                    }
                });
                self.guard(&[norm], number, when);
                self.scratch.with(&[inverse], rows, |scratch, out| {
                    kernel.invert(scratch.get(norm, rows), out[0])
                });
                self.scratch.with(out, rows, |scratch, out| {
                    let half = [h0, h1].map(|plane| scratch.get(plane, rows));
                    kernel.finish_quartic(
                        c,
                        a.map(|plane| scratch.get(plane, rows)),
                        half,
                        scratch.get(inverse, rows),
                        out,
                    );
                });
            }
            _ => self.invert_by_chains(a, out, scratch, number, when),
        }
    }

    fn invert_by_chains(
        &mut self,
        a: &[Plane],
        out: &[Plane],
        guarded: &[Plane],
        number: u32,
        when: Option<Plane>,
    ) {
        let (rows, kernel) = (self.padded(), self.kernel);
        for (&from, &to) in a.iter().zip(guarded) {
            self.scratch.with(&[to], rows, |scratch, out| {
                out[0].copy_from_slice(scratch.get::<L::Word>(from, rows))
            });
        }
        self.guard(guarded, number, when);
        let found = self.scratch.with(out, rows, |scratch, out| {
            kernel.invert_extension(&columns(scratch, guarded, rows), out)
        });
        if found {
            return;
        }
        // A program's polynomial may be reducible: elements other than zero without an inverse.
        let mut failed = vec![0; self.rows];
        for (lane, failed) in failed.iter_mut().enumerate() {
            let mut element = Residues::<L::Word>::default();
            for (word, &plane) in element.iter_mut().zip(guarded) {
                *word = self.scratch.get::<L::Word>(plane, self.rows)[lane];
            }
            match kernel.field.invert(&element) {
                Some(inverse) => {
                    for (word, &plane) in inverse.into_iter().zip(out) {
                        self.scratch.get_mut::<L::Word>(plane, rows)[lane] = word;
                    }
                }
                None => *failed = 1,
            }
        }
        self.refuse(&failed, number, when, &Stop::Inverse);
    }

    /// True if a plane has a zero somewhere.
    fn has_zero(&self, plane: Plane) -> bool {
        let words = self.scratch.get::<L::Word>(plane, self.rows);
        let count = self.kernel.lanes.vectorize(
            #[inline(always)]
            || {
                words.iter().fold(0u32, |count, word| {
                    count + u32::from(*word == L::Word::ZERO)
                })
            },
        );
        count > 0
    }

    /// Refuses zeros, and makes them one, so that they do not spoil the inverses of others; likewise what does not count.
    fn guard(&mut self, planes: &[Plane], number: u32, when: Option<Plane>) {
        let (rows, padded, one) = (self.rows, self.padded(), self.kernel.field.one);
        let skips = when.is_some_and(|plane| self.scratch.get::<u32>(plane, rows).contains(&0));
        // One coordinate that is nowhere zero says that no element is.
        let suspect = planes.iter().all(|&plane| self.has_zero(plane));
        if suspect || skips {
            let zeros = self.zeros(planes);
            self.refuse(&zeros, number, when, &Stop::Inverse);
            let counts: Vec<bool> = match when {
                Some(plane) => self
                    .scratch
                    .get::<u32>(plane, rows)
                    .iter()
                    .map(|&c| c != 0)
                    .collect(),
                None => vec![true; rows],
            };
            for (k, &plane) in planes.iter().enumerate() {
                let column = self.scratch.get_mut::<L::Word>(plane, rows);
                for (lane, word) in column.iter_mut().enumerate() {
                    if zeros[lane] != 0 || !counts[lane] {
                        *word = if k == 0 { one } else { L::Word::ZERO };
                    }
                }
            }
        }
        for (k, &plane) in planes.iter().enumerate() {
            let column = self.scratch.get_mut::<L::Word>(plane, padded);
            column[rows..].fill(if k == 0 { one } else { L::Word::ZERO });
        }
    }
}

/// The largest of a column's words.
fn largest<L: Lanes>(lanes: L, column: &[L::Word]) -> L::Word {
    lanes.vectorize(
        #[inline(always)]
        || column.iter().fold(L::Word::ZERO, |a, &b| a.max(b)),
    )
}

/// The columns of planes.
fn columns<'a, W: Word>(scratch: &'a Scratch<'_>, planes: &[Plane], rows: usize) -> Vec<&'a [W]> {
    planes
        .iter()
        .map(|&plane| scratch.get(plane, rows))
        .collect()
}

/// A plane's values, or as many times the same.
fn splat<'a, T: bytemuck::Pod>(
    scratch: &'a Scratch<'_>,
    source: Source<T>,
    rows: usize,
) -> std::borrow::Cow<'a, [T]> {
    match source {
        Source::Plane(plane) => scratch.get(plane, rows).into(),
        Source::Constant(value) => vec![value; rows].into(),
    }
}

fn select<L: Lanes, T: bytemuck::Pod>(
    lanes: L,
    scratch: &Scratch<'_>,
    condition: Plane,
    (then, otherwise): (Source<T>, Source<T>),
    out: &mut [T],
) {
    let rows = out.len();
    let condition = scratch.get::<u32>(condition, rows);
    let (then, otherwise) = (splat(scratch, then, rows), splat(scratch, otherwise, rows));
    lanes.vectorize(
        #[inline(always)]
        || {
            let sides = then.iter().zip(otherwise.iter());
            for ((out, &condition), (&then, &otherwise)) in out.iter_mut().zip(condition).zip(sides)
            {
                *out = if condition != 0 { then } else { otherwise };
            }
        },
    );
}

#[inline(always)]
fn zip<T>(a: &[u64], b: &[u64], out: &mut [T], f: impl Fn(u64, u64) -> T) {
    for (out, (&a, &b)) in out.iter_mut().zip(a.iter().zip(b)) {
        *out = f(a, b);
    }
}

/// Neighbours, at most four of them at adjacent words of 32 bits, and others alone.
fn groups<T>(planes: &[T], at: impl Fn(&T) -> i64) -> Vec<&[T]> {
    let mut groups = Vec::with_capacity(planes.len());
    let mut rest = planes;
    while !rest.is_empty() {
        let adjacent =
            |four: &[T]| (1..4).all(|i| at(&four[i]) == at(&four[0]).wrapping_add(4 * i as i64));
        let len = if rest.len() >= 4 && adjacent(&rest[..4]) {
            4
        } else {
            1
        };
        let (group, others) = rest.split_at(len);
        groups.push(group);
        rest = others;
    }
    groups
}

/// All bits of a word of so many.
fn ones(bits: u32) -> u64 {
    u64::MAX >> (64 - bits.clamp(1, 64))
}

/// Loads words of so many bytes into wider ones.
fn read<W: Word>(window: &Window<'_>, run: Run, bytes: u8, to: &mut [W]) {
    if usize::from(bytes) == size_of::<W>() {
        return window.load(run, to);
    }
    fn widened<N: bytemuck::Pod, W: Word>(
        window: &Window<'_>,
        run: Run,
        to: &mut [W],
        wide: impl Fn(N) -> u64,
    ) {
        const CHUNK: usize = 64;
        let mut narrow = [N::zeroed(); CHUNK];
        for (i, to) in to.chunks_mut(CHUNK).enumerate() {
            let narrow = &mut narrow[..to.len()];
            window.load(run.from((i * CHUNK) as i64), narrow);
            to.iter_mut()
                .zip(narrow)
                .for_each(|(to, from)| *to = W::of(wide(*from)));
        }
    }
    match bytes {
        1 => widened(window, run, to, |word: u8| u64::from(word)),
        2 => widened(window, run, to, |word: u16| u64::from(word)),
        4 => widened(window, run, to, |word: u32| u64::from(word)),
        _ => widened(window, run, to, |word: u64| word),
    }
}

/// Stores the low bytes of words.
pub(super) fn write<W: Word>(window: &Window<'_>, run: Run, bytes: u8, from: &[W]) {
    if usize::from(bytes) == size_of::<W>() {
        return window.store(run, from);
    }
    fn narrowed<N: bytemuck::Pod, W: Word>(
        window: &Window<'_>,
        run: Run,
        from: &[W],
        low: impl Fn(u64) -> N,
    ) {
        const CHUNK: usize = 64;
        let mut narrow = [N::zeroed(); CHUNK];
        for (i, from) in from.chunks(CHUNK).enumerate() {
            let narrow = &mut narrow[..from.len()];
            narrow
                .iter_mut()
                .zip(from)
                .for_each(|(to, from)| *to = low(from.number()));
            window.store(run.from((i * CHUNK) as i64), narrow);
        }
    }
    match bytes {
        1 => narrowed(window, run, from, |word| word as u8),
        2 => narrowed(window, run, from, |word| word as u16),
        4 => narrowed(window, run, from, |word| word as u32),
        _ => narrowed(window, run, from, |word| word),
    }
}

/// Loads the words at these offsets, each with `extra` added.
fn gather<W: Word>(
    window: &Window<'_>,
    bytes: u8,
    extra: i64,
    offsets: &[Option<i64>],
    to: &mut [W],
) {
    fn widened<N: bytemuck::Pod, W: Word>(
        window: &Window<'_>,
        (offsets, extra): (&[Option<i64>], i64),
        to: &mut [W],
        wide: impl Fn(N) -> u64,
    ) {
        let mut narrow = vec![N::zeroed(); to.len()];
        window.load_at(offsets, extra, &mut narrow);
        to.iter_mut()
            .zip(narrow)
            .for_each(|(to, from)| *to = W::of(wide(from)));
    }
    if usize::from(bytes) == size_of::<W>() {
        return window.load_at(offsets, extra, to);
    }
    let at = (offsets, extra);
    match bytes {
        1 => widened(window, at, to, |word: u8| u64::from(word)),
        2 => widened(window, at, to, |word: u16| u64::from(word)),
        4 => widened(window, at, to, |word: u32| u64::from(word)),
        _ => widened(window, at, to, |word: u64| word),
    }
}

/// Stores the low bytes of words at these offsets, likewise.
fn scatter<W: Word>(
    window: &Window<'_>,
    bytes: u8,
    extra: i64,
    offsets: &[Option<i64>],
    from: &[W],
) {
    fn narrowed<N: bytemuck::Pod, W: Word>(
        window: &Window<'_>,
        (offsets, extra): (&[Option<i64>], i64),
        from: &[W],
        low: impl Fn(u64) -> N,
    ) {
        let narrow: Vec<N> = from.iter().map(|word| low(word.number())).collect();
        window.store_at(offsets, extra, &narrow);
    }
    if usize::from(bytes) == size_of::<W>() {
        return window.store_at(offsets, extra, from);
    }
    let at = (offsets, extra);
    match bytes {
        1 => narrowed(window, at, from, |word| word as u8),
        2 => narrowed(window, at, from, |word| word as u16),
        4 => narrowed(window, at, from, |word| word as u32),
        _ => narrowed(window, at, from, |word| word),
    }
}
