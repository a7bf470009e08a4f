//! The blocks of a plan, on one thread or several.
//!
//! Rows are divided among threads where they write elements of their own. A running sum or product then starts anew in each
//! thread's rows; what stands before them is added, or multiplied, to them afterwards. So the result does not depend on the
//! number of threads, and what is refused neither: it is the first row that cannot be computed.

use super::block::{Block, Failure};
use super::field::{Field, Residues};
use super::kernel::{Kernel, STEP};
use super::lanes::{Lanes, Word};
use super::plan::Plan;
use super::program::{Direct, Factor, Load, Loaded, Op, Program, Source, Split};
use super::scratch::{Columns, Scratch};
use super::window::Shared;
use std::cell::RefCell;
use std::ops::Range;

/// Bytes of scratch memory that a block may need: planes stay in the caches next to a core.
const SCRATCH: usize = 128 << 10;
/// Rows of a block: enough that what is done once for a block does not matter.
const BLOCK: Range<usize> = 512..2048;
/// The most rows of one with inverses: a power is computed once for a block.
const BLOCK_OF_INVERSES: usize = 4096;
/// Rows from which a thread is worth starting.
const THREAD: u64 = 1 << 14;

thread_local! {
    /// First touch of memory costs more than the arithmetic.
    static PLANES: RefCell<Columns> = RefCell::default();
}

/// A plan with the lanes that it runs on.
pub(super) struct Runner<'a, L: Lanes> {
    pub(super) lanes: L,
    pub(super) plan: &'a Plan<L::Word>,
    pub(super) windows: Shared<'a>,
    pub(super) threads: usize,
}

impl<L: Lanes> Runner<'_, L> {
    /// Executes the plan; memory is written. What is refused is the first failure.
    pub(super) fn run(&self) -> Result<(), Failure> {
        for program in &self.plan.programs {
            if let Some(dry) = &program.dry {
                let mut states = states(program);
                self.rows(program, dry, &mut states, true)?;
            }
        }
        let mut last = Vec::new();
        for program in &self.plan.programs {
            last = self.program(program)?;
        }
        self.finish(&last);
        Ok(())
    }

    /// The elements that are written behind the rows.
    fn finish(&self, states: &[Residues<L::Word>]) {
        let field = &self.plan.field;
        for last in &self.plan.finals {
            let state = last.carry.and_then(|carry| states.get(carry));
            let value = state.map_or(last.add, |state| field.sum(state, &last.add));
            for (&at, residue) in last.coordinates.iter().zip(value) {
                let word = field
                    .to_word
                    .map_or(residue, |factor| field.mul(residue, factor));
                let window = &self.windows.windows()[last.to.window];
                let run = last.to.run.at(last.to.run.at + at);
                super::block::write(window, run, last.to.bytes, &[word]);
            }
        }
    }

    /// Executes a program; the carried values behind its last row.
    fn program(&self, program: &Program<L::Word>) -> Result<Vec<Residues<L::Word>>, Failure> {
        let threads = (program.rows / THREAD).clamp(1, self.threads.max(1) as u64);
        let divisible = program.parallel
            && program
                .carries
                .iter()
                .all(|carry| carry.kind != Split::None);
        let mut states = states(program);
        if threads == 1 || !divisible {
            self.rows(program, &program.ops, &mut states, false)?;
            return Ok(states);
        }
        let ranges = ranges(program.rows, threads);
        let parts = self.parallel(&ranges, |part, range| {
            let mut states = if part == 0 {
                states.clone()
            } else {
                self.neutral(program)
            };
            let done = self.range(program, &program.ops, range, &mut states, false);
            done.map(|()| states)
        });
        // Of several, the first range's failure is that of the first row.
        let parts: Vec<Vec<Residues<L::Word>>> = parts.into_iter().collect::<Result<_, _>>()?;
        let mut before = vec![self.neutral(program)];
        for (part, ends) in parts.iter().enumerate() {
            let start = &before[part];
            let joined = program.carries.iter().zip(start).zip(ends);
            let joined = joined.map(|((carry, start), end)| match (carry.kind, part) {
                (_, 0) => *end,
                (Split::Sum, _) => self.plan.field.sum(start, end),
                _ => self.plan.field.multiply(start, end),
            });
            before.push(joined.collect());
        }
        let late = ranges.get(1..).unwrap_or_default();
        self.parallel(late, |part, range| {
            let corrections = corrections(program, &self.plan.field, &before[part + 1]);
            if corrections.ops.is_empty() {
                return Ok(());
            }
            self.range(&corrections, &corrections.ops, range, &mut [], false)
        });
        Ok(before.pop().unwrap_or_default())
    }

    /// What a carried value starts with where something is to be put before it.
    fn neutral(&self, program: &Program<L::Word>) -> Vec<Residues<L::Word>> {
        let of = |kind| {
            let mut value = Residues::<L::Word>::default();
            if kind == Split::Product {
                value[0] = self.plan.field.one;
            }
            value
        };
        program.carries.iter().map(|carry| of(carry.kind)).collect()
    }

    /// Calls `work` with each range and its number, each on a thread of its own.
    fn parallel<T: Send>(
        &self,
        ranges: &[Range<u64>],
        work: impl Fn(usize, Range<u64>) -> T + Sync,
    ) -> Vec<T> {
        std::thread::scope(|scope| {
            let mut handles = Vec::with_capacity(ranges.len());
            for (part, range) in ranges.iter().enumerate().skip(1) {
                let (work, range) = (&work, range.clone());
                handles.push(scope.spawn(move || work(part, range)));
            }
            let mut results = Vec::with_capacity(ranges.len());
            results.extend(ranges.first().map(|range| work(0, range.clone())));
            for handle in handles {
                match handle.join() {
                    Ok(result) => results.push(result),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        })
    }

    /// All rows, in order.
    fn rows(
        &self,
        program: &Program<L::Word>,
        ops: &[Op<L::Word>],
        states: &mut [Residues<L::Word>],
        dry: bool,
    ) -> Result<(), Failure> {
        self.range(program, ops, 0..program.rows, states, dry)
    }

    fn range(
        &self,
        program: &Program<L::Word>,
        ops: &[Op<L::Word>],
        range: Range<u64>,
        states: &mut [Residues<L::Word>],
        dry: bool,
    ) -> Result<(), Failure> {
        let kernel = Kernel {
            lanes: self.lanes,
            field: &self.plan.field,
        };
        let room = SCRATCH / (program.planes.max(1) * size_of::<L::Word>());
        let most = if ops.iter().any(|op| matches!(op, Op::Inverse { .. })) {
            BLOCK_OF_INVERSES
        } else {
            BLOCK.end
        };
        let block = room.clamp(BLOCK.start, most).next_multiple_of(STEP);
        // A dry run is made of other operations.
        let none = Direct::default();
        let direct = if dry { &none } else { &program.direct };
        PLANES.with_borrow_mut(|columns| {
            let mut scratch = Scratch::new(columns, program.planes, block);
            let mut start = range.start;
            let mut failure = None;
            while start < range.end && failure.is_none() {
                let rows = (range.end - start).min(block as u64) as usize;
                let mut work = Block {
                    kernel,
                    windows: self.windows.windows(),
                    scratch: &mut scratch,
                    states,
                    direct,
                    total: program.rows,
                    start,
                    rows,
                    dry,
                    failure: None,
                };
                work.run(ops);
                failure = work.failure;
                start += rows as u64;
            }
            scratch.end(columns);
            self.lanes.fence();
            failure.map_or(Ok(()), Err)
        })
    }
}

fn states<W: Word>(program: &Program<W>) -> Vec<Residues<W>> {
    program.carries.iter().map(|carry| carry.init).collect()
}

/// As many ranges as there are threads, of nearly equal lengths.
fn ranges(rows: u64, threads: u64) -> Vec<Range<u64>> {
    let at = |thread: u64| (u128::from(rows) * u128::from(thread) / u128::from(threads)) as u64;
    (0..threads)
        .map(|thread| at(thread)..at(thread + 1))
        .collect()
}

/// The program that puts `before` in front of stored carried values.
fn corrections<W: Word>(
    program: &Program<W>,
    field: &Field<W>,
    before: &[Residues<W>],
) -> Program<W> {
    let mut ops = Vec::new();
    let scans = program.ops.iter().filter_map(|op| match op {
        Op::Scan {
            carry,
            factor,
            before,
            after,
            ..
        } => Some((*carry, factor, before, after)),
        _ => None,
    });
    let mut planes = 0;
    for (carry, factor, of_before, of_after) in scans {
        let stores = program.ops.iter().filter_map(|op| match op {
            Op::Store { to, planes, .. } => Some((to, planes)),
            _ => None,
        });
        for (to, stored) in stores {
            let is_carried = |source: &Source<W>| {
                matches!(source, Source::Plane(plane)
                if of_before.contains(plane) || of_after.contains(plane))
            };
            if !stored.iter().any(|(_, source)| is_carried(source)) {
                continue;
            }
            let count = stored.len();
            let (old, new) = (
                planes..planes + count as u32,
                planes + count as u32..planes + 2 * count as u32,
            );
            planes = new.end;
            let loaded = stored
                .iter()
                .zip(old.clone())
                .map(|((at, _), plane)| Loaded {
                    at: *at,
                    plane,
                    number: 0,
                });
            ops.push(Op::Load {
                from: *to,
                how: Load::Element,
                planes: loaded.collect(),
                when: None,
            });
            let mut constant = vec![W::ZERO; count];
            let mut matrix = vec![W::ZERO; count * count];
            if *factor == Factor::One {
                constant.copy_from_slice(&before[carry][..count]);
                (0..count).for_each(|k| matrix[k * count + k] = field.one);
            } else {
                let rows = field.matrix(&field.element(&before[carry]));
                for (i, column) in matrix.chunks_mut(count).enumerate() {
                    column
                        .iter_mut()
                        .zip(&rows)
                        .for_each(|(to, row)| *to = row[i]);
                }
            }
            ops.push(Op::Dot {
                terms: old.collect(),
                matrix,
                constant,
                out: new.clone().collect(),
            });
            let sources = stored
                .iter()
                .zip(new)
                .map(|((at, _), plane)| (*at, Source::Plane(plane)));
            ops.push(Op::Store {
                to: *to,
                planes: sources.collect(),
                number: 0,
            });
        }
    }
    let planes = super::program::allocate(&mut ops, |_| false);
    Program {
        rows: program.rows,
        ops,
        dry: None,
        carries: Vec::new(),
        planes,
        parallel: true,
        direct: Direct::default(),
    }
}
