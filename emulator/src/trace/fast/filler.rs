//! Filling all tables of a segment: table by table, block by block.

use super::super::fill::{self, Sent};
use super::super::{Filled, Trace};
use super::layout::{Scratch, Target};
use super::plan::{self, How, Plan, Send, Times};
use super::program::{BLOCK, Registers};
use super::segment::Segment;
use super::shuffle::Shuffle;
use super::source::{Line, Source, WORDS, chosen};
use super::tally::Tally;
use crate::fast::{Task, vectorize};
use crate::trace::ProgramWord;
use std::collections::HashMap;
use zktr_isa::trace::term::{Row, Signal};
use zktr_isa::trace::{CellValue, Rows, Schema, Table};

/// Fills tables: the same cells as [`super::super::fill_from`], by programs that are compiled from the schema once.
///
/// A filler keeps what it has compiled, and the memory that it works in, from segment to segment.
#[derive(Debug)]
pub struct Filler<'a> {
    schema: &'a Schema,
    modulus: u64,
    plans: Vec<Plan>,
    tallies: Vec<Tally>,
    /// Messages that make rows, for each table, in the order of their senders.
    inbox: Vec<Vec<Vec<Line>>>,
    /// Memory for more of them.
    spare: Vec<Vec<Line>>,
    /// The words that the plans are prepared for.
    program: Vec<ProgramWord>,
    /// How often each word was executed.
    executed: Vec<u64>,
    /// Tables that are the same for all runs but for their counts, once they were filled.
    constant: Vec<Option<Filled>>,
    /// Memory for the messages of a block.
    messages: Vec<Line>,
    scratch: Scratch,
    shuffle: Shuffle,
}

/// Tables of this many words are written past the caches, which they would not stay in.
const STREAMED: usize = 1 << 18;

impl<'a> Filler<'a> {
    /// For tables of residues of a prime that the schema is made for: see [`super::super::modulus`].
    #[must_use]
    pub fn new(schema: &'a Schema, modulus: u64) -> Self {
        let tallies = Tally::of_all(schema, modulus);
        let mut bounds = vec![Vec::new(); schema.tables.len()];
        let plans = (0..schema.tables.len())
            .map(|table| {
                let mut plan = Plan::new(schema, table, modulus, &mut bounds, &tallies);
                if !plan.coded {
                    // What depends on no program word is the same for all.
                    plan.prepare(&[ProgramWord::default()]);
                }
                plan
            })
            .collect();
        Self {
            schema,
            modulus,
            plans,
            tallies,
            inbox: vec![Vec::new(); schema.tables.len()],
            spare: Vec::new(),
            program: Vec::new(),
            executed: Vec::new(),
            constant: vec![None; schema.tables.len()],
            messages: Vec::new(),
            scratch: Scratch::default(),
            shuffle: Shuffle::detect(),
        }
    }

    /// All tables of a segment.
    #[must_use]
    pub fn fill(&mut self, segment: &Segment) -> Trace {
        let mut trace = Trace {
            modulus: self.modulus,
            tables: Vec::new(),
        };
        self.fill_again(segment, &mut trace);
        trace
    }

    /// All tables of a segment, in the memory of those of another one: new memory takes longer to get than to fill.
    pub fn fill_again(&mut self, segment: &Segment, trace: &mut Trace) {
        if self.program != segment.run.program {
            self.program.clone_from(&segment.run.program);
            for plan in self.plans.iter_mut().filter(|plan| plan.coded) {
                plan.prepare(&self.program);
            }
        }
        self.tallies.iter_mut().for_each(Tally::clear);
        self.executed.clear();
        self.executed.resize(self.program.len(), 0);
        for code in &segment.codes {
            self.executed[*code as usize] += 1;
        }
        trace.modulus = self.modulus;
        trace
            .tables
            .resize_with(self.schema.tables.len(), || Filled {
                rows: 0,
                width: 0,
                cells: Vec::new(),
            });
        for (index, filled) in trace.tables.iter_mut().enumerate() {
            self.table(index, segment, filled);
        }
    }

    fn table(&mut self, index: usize, segment: &Segment, filled: &mut Filled) {
        let table = &self.schema.tables[index];
        if let Some(constant) = &self.constant[index] {
            filled.rows = constant.rows;
            filled.width = constant.width;
            filled.cells.clone_from(&constant.cells);
            self.count(index, filled);
            return;
        }
        filled.rows = 0;
        filled.width = table.width();
        let source = Source {
            lines: &[],
            per_row: self.plans[index].per_row,
            chosen: None,
            sparse: &[],
            signals: &[],
            codes: &[],
        };
        let signals = std::mem::take(&mut self.plans[index].signals);
        let inbox = std::mem::take(&mut self.inbox[index]);
        let mut outboxes = match &table.rows {
            Rows::Instruction(of) => {
                let list = of.as_ref().map(|of| self.instructions(segment, of));
                let source = Source {
                    lines: &segment.lines,
                    chosen: list.as_deref(),
                    sparse: &segment.sparse,
                    signals: &signals,
                    codes: &segment.codes,
                    ..source
                };
                self.rows(index, &[source], filled)
            }
            Rows::Program(of) => {
                let words = chosen(&self.program, of);
                let list: Vec<u32> = (0..)
                    .zip(words)
                    .filter_map(|(i, is)| is.then_some(i))
                    .collect();
                let source = Source {
                    chosen: Some(&list),
                    ..source
                };
                self.rows(index, &[source], filled)
            }
            Rows::Message(_) => {
                let sources = inbox.iter().map(|lines| Source { lines, ..source });
                let sources: Vec<Source<'_>> = sources.collect();
                self.rows(index, &sources, filled)
            }
            _ => {
                let per_row = source.per_row;
                let mut lines = self.spare.pop().unwrap_or_default();
                lines.clear();
                fill::sources(table, &segment.run, &[], |row| {
                    let start = lines.len();
                    lines.resize(start + per_row, [0; WORDS]);
                    for (i, signal) in signals.iter().enumerate() {
                        lines[start + i / WORDS][i % WORDS] = row.signal(*signal) as u32;
                    }
                });
                let source = Source {
                    lines: &lines,
                    ..source
                };
                let outboxes = self.rows(index, &[source], filled);
                self.spare.push(lines);
                outboxes
            }
        };
        self.plans[index].signals = signals;
        self.spare.extend(inbox);
        if matches!(table.rows, Rows::Index(_)) && self.plans[index].sends.is_empty() {
            self.constant[index] = Some(filled.clone());
        }
        self.count(index, filled);
        self.slow(index, filled, &mut outboxes);
        for (send, outbox) in self.plans[index].sends.iter().zip(outboxes) {
            if let How::Rows { to, .. } | How::Slow { to, .. } = &send.how {
                for (receiver, lines) in to.iter().zip(outbox) {
                    self.inbox[*receiver].push(lines);
                }
            }
        }
    }

    /// Indices of the executed instructions that are one of these.
    fn instructions(&self, segment: &Segment, of: &[usize]) -> Vec<u32> {
        let words = chosen(&self.program, of);
        let counts = words.iter().zip(&self.executed);
        let total: u64 = counts.map(|(is, count)| u64::from(*is) * count).sum();
        // Each row is noted, and stays if it is one of them: there is nothing to guess.
        let mut list = vec![0; total as usize + usize::from(total > 0)];
        let mut at = 0;
        if total > 0 {
            for (row, code) in (0..).zip(&segment.codes) {
                list[at] = row;
                at += usize::from(words[*code as usize]);
            }
        }
        list.truncate(at);
        list
    }

    /// Fills all rows but for their counts, and sends what they send.
    fn rows(&mut self, index: usize, sources: &[Source<'_>], filled: &mut Filled) -> Outboxes {
        let table = &self.schema.tables[index];
        let width = table.width();
        let most: usize = sources.iter().map(Source::len).sum();
        let height = fill::height(self.schema, table, most);
        filled.cells.resize(height * width, 0);
        let plan = &mut self.plans[index];
        let spare = &mut self.spare;
        let mut outboxes: Outboxes = plan
            .sends
            .iter()
            .map(|send| match &send.how {
                How::Rows { to, .. } | How::Slow { to, .. } => to
                    .iter()
                    .map(|_| {
                        let mut lines = spare.pop().unwrap_or_default();
                        lines.clear();
                        lines
                    })
                    .collect(),
                _ => Vec::new(),
            })
            .collect();
        let mut at = 0;
        let stream = plan.only.is_none() && height * width >= STREAMED;
        let mut work = Work {
            plan,
            modulus: self.modulus as u32,
            width,
            tallies: &mut self.tallies,
            schema: self.schema,
            table,
            messages: &mut self.messages,
            scratch: &mut self.scratch,
            shuffle: self.shuffle,
            // What is filtered is moved once more.
            stream,
            outboxes: &mut outboxes,
        };
        for source in sources {
            at += vectorize(Blocks {
                work: &mut work,
                source,
                out: &mut filled.cells[at * width..],
            });
        }
        self.shuffle.settle();
        work.fixed(&self.executed);
        let height = fill::height(self.schema, table, at);
        filled.rows = at;
        filled.cells.truncate(height * width);
        if width > 0 {
            let padding = &mut filled.cells[at * width..];
            match stream {
                true => {
                    // Some rows at a time, so that most of what is written is whole cache lines.
                    let some = work.plan.padding.repeat(BLOCK);
                    for rows in padding.chunks_mut(BLOCK * width) {
                        self.shuffle.stream(&some[..rows.len()], rows);
                    }
                    self.shuffle.settle();
                }
                false => {
                    for row in padding.chunks_exact_mut(width) {
                        row.copy_from_slice(&work.plan.padding);
                    }
                }
            }
            if height > at {
                let last = Filled {
                    rows: 0,
                    width,
                    cells: work.plan.padding.clone(),
                };
                work.padding(&last, (height - at) as u64);
            }
        }
        outboxes
    }

    /// Fills the cells that count messages.
    fn count(&mut self, index: usize, filled: &mut Filled) {
        let table = &self.schema.tables[index];
        let width = table.width();
        let mut hashed = false;
        for cell in &table.cells {
            if let CellValue::Count(interaction) = cell.value {
                let tally = &self.tallies[table.interactions[interaction].bus];
                hashed |= tally.dense.is_none() && !tally.counts.is_empty();
            }
        }
        for tally in &mut self.tallies {
            if let Some(dense) = &mut tally.dense {
                dense.write(index, &mut filled.cells, width, self.modulus);
            }
        }
        if hashed {
            let counts = |tally: &mut Tally| Sent {
                list: Vec::new(),
                counts: match tally.dense {
                    Some(_) => HashMap::new(),
                    None => std::mem::take(&mut tally.counts),
                },
            };
            let mut sent: Vec<Sent> = self.tallies.iter_mut().map(counts).collect();
            let dense = |bus: usize| self.tallies[bus].dense.is_some();
            fill::count_some(table, filled, &mut sent, self.modulus, |bus| !dense(bus));
            for (tally, sent) in self.tallies.iter_mut().zip(sent) {
                if tally.dense.is_none() {
                    tally.counts = sent.counts;
                }
            }
        }
    }

    /// Sends what is not known before all rows are there.
    fn slow(&mut self, index: usize, filled: &Filled, outboxes: &mut Outboxes) {
        let table = &self.schema.tables[index];
        for (send, outbox) in self.plans[index].sends.iter().zip(outboxes) {
            let How::Slow { counted, to } = &send.how else {
                continue;
            };
            let interaction = &table.interactions[send.interaction];
            let per_row = plan::lines(self.schema, interaction.bus);
            fill::each_message(interaction, filled, self.modulus, |message, times| {
                if *counted {
                    self.tallies[interaction.bus].add(&message, times);
                }
                for (receiver, lines) in to.iter().zip(&mut *outbox) {
                    if takes(&self.schema.tables[*receiver], &message) {
                        (0..times).for_each(|_| push(lines, &message, per_row));
                    }
                }
            });
        }
    }
}

/// Messages that make rows: for each send of a table, for each receiver.
type Outboxes = Vec<Vec<Vec<Line>>>;

/// What a table's rows are filled with.
struct Work<'a> {
    plan: &'a mut Plan,
    modulus: u32,
    width: usize,
    schema: &'a Schema,
    table: &'a Table,
    tallies: &'a mut [Tally],
    messages: &'a mut Vec<Line>,
    scratch: &'a mut Scratch,
    shuffle: Shuffle,
    stream: bool,
    outboxes: &'a mut Outboxes,
}

/// All rows of a source.
struct Blocks<'a, 'b> {
    work: &'a mut Work<'b>,
    source: &'a Source<'a>,
    out: &'a mut [u32],
}

impl Task for Blocks<'_, '_> {
    /// How many rows there are.
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let mut at = 0;
        for start in (0..self.source.len()).step_by(BLOCK) {
            let out = &mut self.out[at * self.work.width..];
            at += self.work.block(self.source, start, out);
        }
        at
    }
}

impl Work<'_> {
    /// Fills the rows of a block; the result is how many there are.
    #[inline(always)]
    fn block(&mut self, source: &Source<'_>, start: usize, out: &mut [u32]) -> usize {
        let block = source.block(start);
        let plan = &mut *self.plan;
        let (fixed, shuffle) = (&plan.fixed, self.shuffle);
        plan.program.run(
            shuffle,
            &block,
            &fixed.known,
            self.modulus,
            &mut plan.registers,
        );
        let registers = &plan.registers;
        let count = block.len();
        let target = Target {
            out: &mut out[..count * self.width],
            stream: self.stream,
        };
        let cells = &fixed.cells;
        plan.row.write(
            shuffle,
            &block,
            registers,
            cells,
            self.scratch,
            target,
            |row| {
                // Those of the next block come from memory while these rows are written.
                let next = start + BLOCK + row;
                source.ahead(next, WORDS, |line| shuffle.fetch(line));
            },
        );
        for (i, send) in plan.sends.iter().enumerate() {
            let bus = self.table.interactions[send.interaction].bus;
            match &send.how {
                How::Dense {
                    number,
                    count: times,
                    others,
                } => {
                    let tally = &mut self.tallies[bus];
                    dense(shuffle, tally, registers, count, *number, *times, others);
                }
                How::Hash {
                    values,
                    count: times,
                } => {
                    let tally = &mut self.tallies[bus];
                    for row in 0..count {
                        let times = times.from.map_or(1, |from| registers.read(from)[row]);
                        if times > 0 {
                            let value = values.iter().map(|from| registers.read(*from)[row]);
                            let message: Vec<u32> = value.collect();
                            tally.add(&message, times.into());
                        }
                    }
                }
                How::Rows {
                    message,
                    route,
                    count: times,
                    per_row,
                    ..
                } => {
                    let times = times.from.map(|from| registers.read(from));
                    let route = registers.read(*route);
                    let any = route[..count].iter().fold(0, |any, route| any | route);
                    if any == 0 {
                        continue;
                    }
                    let per_row = *per_row;
                    self.messages.resize(BLOCK * per_row, [0; WORDS]);
                    let messages = &mut self.messages[..count * per_row];
                    message.write(
                        shuffle,
                        &block,
                        registers,
                        &fixed.messages[i],
                        self.scratch,
                        Target {
                            out: messages.as_flattened_mut(),
                            stream: false,
                        },
                        |_| {},
                    );
                    if let Some(times) = times.filter(|times| times[..count].iter().any(|n| *n > 1))
                    {
                        for (row, lines) in messages.chunks_exact(per_row).enumerate() {
                            for to in bits(route[row]) {
                                for _ in 0..times[row] {
                                    self.outboxes[i][to].extend_from_slice(lines);
                                }
                            }
                        }
                        continue;
                    }
                    // One receiver after the other, so that there is nothing to guess for each row.
                    for to in bits(any) {
                        let mut rows = [0; BLOCK];
                        let sent = shuffle.with(route, 1 << to, count, &mut rows);
                        let outbox = &mut self.outboxes[i][to];
                        let rows = rows[..sent].iter().map(|row| *row as usize);
                        match per_row {
                            1 => outbox.extend(rows.map(|row| messages[row])),
                            _ => rows.for_each(|row| {
                                outbox.extend_from_slice(&messages[row * per_row..][..per_row]);
                            }),
                        }
                    }
                }
                How::Fixed { .. } | How::Slow { .. } => {}
            }
        }
        match plan.only {
            None => count,
            Some(only) => keep(registers, only, out, self.width, count),
        }
    }

    /// Counts what depends on the program word only.
    fn fixed(&mut self, executed: &[u64]) {
        for (i, send) in self.plan.sends.iter().enumerate() {
            let How::Fixed { .. } = send.how else {
                continue;
            };
            let of: Option<&[usize]> = match &self.table.rows {
                Rows::Instruction(of) => of.as_deref(),
                Rows::Program(of) => Some(of),
                _ => continue,
            };
            let once = matches!(self.table.rows, Rows::Program(_));
            let tally = &mut self.tallies[self.table.interactions[send.interaction].bus];
            for (code, (times, message)) in self.plan.fixed.sent[i].iter().enumerate() {
                let rows = if once { 1 } else { executed[code] };
                let word = &self.plan.words[code];
                if rows > 0 && *times > 0 && of.is_none_or(|of| of.contains(word)) {
                    tally.add(message, rows * times);
                }
            }
        }
    }

    /// Sends what so many rows of padding send.
    fn padding(&mut self, row: &Filled, rows: u64) {
        for (i, send) in self.plan.sends.iter().enumerate() {
            let Send { interaction, how } = send;
            let interaction = &self.table.interactions[*interaction];
            let per_row = plan::lines(self.schema, interaction.bus);
            fill::each_message(
                interaction,
                row,
                self.modulus.into(),
                |message, times| match how {
                    How::Fixed { .. } | How::Dense { .. } | How::Hash { .. } => {
                        self.tallies[interaction.bus].add(&message, times * rows);
                    }
                    How::Rows { to, .. } => {
                        for (receiver, lines) in to.iter().zip(&mut self.outboxes[i]) {
                            if takes(&self.schema.tables[*receiver], &message) {
                                (0..times * rows).for_each(|_| push(lines, &message, per_row));
                            }
                        }
                    }
                    // It looks at all rows.
                    How::Slow { .. } => {}
                },
            );
        }
    }
}

/// Counts messages by number.
#[inline(always)]
fn dense(
    shuffle: Shuffle,
    tally: &mut Tally,
    registers: &Registers,
    rows: usize,
    number: usize,
    times: Times,
    others: &[usize],
) {
    let Some(dense) = &mut tally.dense else {
        return;
    };
    let numbers = &registers.read(number)[..rows];
    if others.is_empty() && times.most <= u64::from(u32::MAX) / BLOCK as u64 {
        let recent = dense.recent(times.most * BLOCK as u64);
        let once = times.from.map(|from| registers.read(from));
        if let Some(times) = once.filter(|times| times.iter().any(|times| *times > 1)) {
            for (number, times) in numbers.iter().zip(times) {
                recent[*number as usize] += times;
            }
            return;
        }
        // Adding to one number again and again waits for the sum before it each time, and there often is one that most rows have.
        let Some(common) = numbers.first() else {
            return;
        };
        let mut rest = [0; BLOCK];
        let all = registers.read(number);
        let (found, left) = shuffle.without(all, once, rows, *common, &mut rest);
        recent[*common as usize] += found as u32;
        for number in &rest[..left] {
            recent[*number as usize] += 1;
        }
        return;
    }
    for (row, number) in numbers.iter().enumerate() {
        let times = times.from.map_or(1, |from| registers.read(from)[row]);
        if times > 0 {
            dense.add_checked(*number, times.into(), |other| {
                registers.read(others[other])[row]
            });
        }
    }
}

/// The places of the bits that are set.
#[inline(always)]
fn bits(mut of: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = of.trailing_zeros() as usize;
        of &= of.checked_sub(1)?;
        Some(place)
    })
}

/// Closes the gaps between the rows of a block for which `only` is not zero; the result is how many there are.
fn keep(registers: &Registers, only: usize, out: &mut [u32], width: usize, rows: usize) -> usize {
    let mut kept = 0;
    for (row, only) in registers.read(only)[..rows].iter().enumerate() {
        if *only != 0 {
            out.copy_within(row * width..(row + 1) * width, kept * width);
            kept += 1;
        }
    }
    kept
}

fn push(lines: &mut Vec<Line>, message: &[u32], per_row: usize) {
    for line in 0..per_row {
        let words = &message[(line * WORDS).min(message.len())..];
        let words = &words[..words.len().min(WORDS)];
        let mut out = [0; WORDS];
        out[..words.len()].copy_from_slice(words);
        lines.push(out);
    }
}

/// Whether a table has a row for a message.
pub(super) fn takes(table: &Table, message: &[u32]) -> bool {
    let mut row = MessageRow {
        message,
        locals: Vec::new(),
    };
    for local in &table.locals {
        let value = local.value.eval(&row);
        row.locals.push(value);
    }
    table.only.as_ref().is_none_or(|only| only.eval(&row) != 0)
}

struct MessageRow<'a> {
    message: &'a [u32],
    locals: Vec<u64>,
}

impl Row for MessageRow<'_> {
    fn signal(&self, signal: Signal) -> u64 {
        match signal {
            Signal::Message(element) => u64::from(self.message[element as usize]),
            _ => 0,
        }
    }

    fn is(&self, _: &[usize]) -> bool {
        false
    }

    /// Conditions have no cells.
    fn cell(&self, _: u32) -> u64 {
        0
    }

    fn local(&self, local: u32) -> u64 {
        self.locals[local as usize]
    }
}
