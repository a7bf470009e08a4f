//! A meaning as a list of operations on columns of a block of rows.
//!
//! A *plane* is a column in the scratch memory of a thread: residues in words of the field, words in 64 bits, or truth values,
//! 0 or 1 in 32 bits. An operation writes planes that no operation before it has written, and none that it reads. Each operation that can refuse has a number, which grows in the
//! order in which the meaning gets there within a row.

use super::field::Residues;
use super::window::Run;
use crate::golden::arithmetic::MAX_DEGREE;
use crate::golden::eval::Stop;
use zktr_isa::algebra::{BinOp, UnOp};

/// A column of scratch memory.
pub(super) type Plane = u32;

/// A plane, or the same value in each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source<T> {
    Plane(Plane),
    Constant(T),
}

/// Words of a view, one for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Access {
    /// The view, by its index in the descriptor, and the window that it lies in.
    pub(super) view: usize,
    pub(super) window: usize,
    /// The word of row 0; the stride is zero where it does not depend on the row.
    pub(super) run: Run,
    pub(super) bytes: u8,
    pub(super) rows: Rows,
    /// A further index, in a plane of words.
    pub(super) index: Option<Indexed>,
}

/// The row that an access is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rows {
    /// Added to the row.
    pub(super) shift: i64,
    /// The sum is taken modulo the number of rows.
    pub(super) wrap: bool,
    /// Rows that there are; an access to any other one refuses.
    pub(super) extent: u64,
    /// Some rows of the loop are outside.
    pub(super) partial: bool,
}

/// An index that the row's data decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Indexed {
    pub(super) plane: Plane,
    pub(super) stride: i64,
    pub(super) extent: u64,
}

/// What becomes of the words that are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Load {
    /// A residue of the format; refuses if it is none.
    Element,
    /// The residue of any word.
    Reduce,
    /// A word.
    Word,
}

/// A plane that is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loaded {
    /// Added to the address, for this plane.
    pub(super) at: i64,
    pub(super) plane: Plane,
    pub(super) number: u32,
}

/// What a carried value is multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Factor<W> {
    One,
    Constant(Box<[Residues<W>; MAX_DEGREE]>),
    Row(Vec<Plane>),
}

/// An operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op<W> {
    /// Planes from a view.
    Load {
        from: Access,
        how: Load,
        planes: Vec<Loaded>,
        /// Only rows where this holds refuse.
        when: Option<Plane>,
    },
    /// A view from planes, each with what is added to the address. Residues become words of the format.
    Store {
        to: Access,
        planes: Vec<(i64, Source<W>)>,
        number: u32,
    },
    /// As `Store`, from words.
    StoreWord {
        to: Access,
        word: Source<u64>,
        number: u32,
    },
    /// A view's element is increased. It is residues of the format that are added, or words.
    Accumulate {
        to: Access,
        value: Increment<W>,
        number: u32,
        when: Option<Plane>,
    },
    /// `out[k] = constant[k] + sum over t of matrix[t * outs + k] * terms[t]`.
    Dot {
        terms: Vec<Plane>,
        matrix: Vec<W>,
        constant: Vec<W>,
        out: Vec<Plane>,
    },
    /// A sum, or a difference, coordinate by coordinate.
    Sum {
        a: Vec<Plane>,
        b: Vec<Plane>,
        minus: bool,
        out: Vec<Plane>,
    },
    /// A product; of elements of the extension, or one or both of the base field.
    Mul {
        a: Vec<Plane>,
        b: Vec<Plane>,
        out: Vec<Plane>,
    },
    /// An inverse; refuses where there is none.
    Inverse {
        a: Vec<Plane>,
        out: Vec<Plane>,
        /// For intermediate results.
        scratch: Vec<Plane>,
        number: u32,
        when: Option<Plane>,
    },
    /// Refuses where an element is zero.
    NotZero {
        a: Vec<Plane>,
        number: u32,
        when: Option<Plane>,
    },
    /// `s = s * factor + add`, from row to row.
    Scan {
        carry: usize,
        factor: Factor<W>,
        add: Vec<Plane>,
        before: Vec<Plane>,
        after: Vec<Plane>,
    },
    /// The number of the row, shifted, as a word.
    Row { rows: Rows, out: Plane },
    /// An operation on words of so many bits.
    Word {
        op: BinOp,
        a: Source<u64>,
        b: Source<u64>,
        bits: u32,
        out: Plane,
    },
    /// One on words of `from` bits, with a result of `bits`.
    WordUnary {
        op: UnOp,
        a: Plane,
        from: u32,
        bits: u32,
        out: Plane,
    },
    /// A comparison of words.
    Compare {
        op: BinOp,
        a: Source<u64>,
        b: Source<u64>,
        bits: u32,
        out: Plane,
    },
    /// Whether elements are equal, coordinate by coordinate.
    Equal {
        a: Vec<Source<W>>,
        b: Vec<Source<W>>,
        out: Plane,
    },
    /// `and`, `or`, `xor`, `eq` or `ne` of truth values.
    Logic {
        op: BinOp,
        a: Source<bool>,
        b: Source<bool>,
        out: Plane,
    },
    /// One of two elements.
    Select {
        condition: Plane,
        then: Vec<Source<W>>,
        otherwise: Vec<Source<W>>,
        out: Vec<Plane>,
    },
    /// One of two words.
    SelectWord {
        condition: Plane,
        then: Source<u64>,
        otherwise: Source<u64>,
        out: Plane,
    },
    /// A truth value as a word.
    FromBool { a: Plane, out: Plane },
    /// The residue of a word of so many bits.
    ToFelt { a: Plane, bits: u32, out: Plane },
    /// Refuses where a condition does not hold; without one, always.
    Check {
        unless: Option<Plane>,
        stop: Stop,
        number: u32,
        when: Option<Plane>,
    },
}

/// What is added to an element of a view.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Increment<W> {
    Word(Source<u64>),
    /// Coordinates, each with what is added to the address.
    Element(Vec<(i64, Source<W>)>),
}

/// A value that goes from row to row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Carry<W> {
    pub(super) init: Residues<W>,
    /// How several ranges of rows can be worked on at the same time.
    pub(super) kind: Split,
    /// Coordinates that it has.
    pub(super) coordinates: usize,
}

/// How a recurrence depends on the value before its first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// The value is added to all that follow.
    Sum,
    /// All that follow are multiplied by it.
    Product,
    /// Neither.
    None,
}

/// Operations for the rows of a loop.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Program<W> {
    pub(super) rows: u64,
    pub(super) ops: Vec<Op<W>>,
    /// What of `ops` can refuse, and what that needs: run first where sources are written to.
    pub(super) dry: Option<Vec<Op<W>>>,
    pub(super) carries: Vec<Carry<W>>,
    /// Number of planes.
    pub(super) planes: usize,
    /// Rows can be worked on in any order, but for carries.
    pub(super) parallel: bool,
    /// What `ops` can do in memory.
    pub(super) direct: Direct,
}

/// Which planes can be memory of views.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Direct {
    /// For each operation the store whose plane it can compute in its place. None for further operations.
    pub(super) stores: Vec<Option<usize>>,
    /// For each window whether nothing is written to it. False for further windows.
    pub(super) intact: Vec<bool>,
}

impl<W> Op<W> {
    /// Calls `visit` for each plane that the operation reads (false) or writes (true).
    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Plane, bool)) {
        fn all(planes: &mut [Plane], written: bool, visit: &mut dyn FnMut(&mut Plane, bool)) {
            planes.iter_mut().for_each(|plane| visit(plane, written));
        }
        fn source<T>(source: &mut Source<T>, visit: &mut dyn FnMut(&mut Plane, bool)) {
            if let Source::Plane(plane) = source {
                visit(plane, false);
            }
        }
        fn access(access: &mut Access, visit: &mut dyn FnMut(&mut Plane, bool)) {
            if let Some(index) = &mut access.index {
                visit(&mut index.plane, false);
            }
        }
        fn maybe(plane: &mut Option<Plane>, visit: &mut dyn FnMut(&mut Plane, bool)) {
            if let Some(plane) = plane {
                visit(plane, false);
            }
        }
        match self {
            Self::Load {
                from, planes, when, ..
            } => {
                access(from, visit);
                maybe(when, visit);
                planes.iter_mut().for_each(|p| visit(&mut p.plane, true));
            }
            Self::Store { to, planes, .. } => {
                access(to, visit);
                planes.iter_mut().for_each(|(_, from)| source(from, visit));
            }
            Self::StoreWord { to, word, .. } => {
                access(to, visit);
                source(word, visit);
            }
            Self::Accumulate {
                to, value, when, ..
            } => {
                access(to, visit);
                maybe(when, visit);
                match value {
                    Increment::Word(word) => source(word, visit),
                    Increment::Element(planes) => {
                        planes.iter_mut().for_each(|(_, from)| source(from, visit));
                    }
                }
            }
            Self::Dot { terms, out, .. } => {
                all(terms, false, visit);
                all(out, true, visit);
            }
            Self::Sum { a, b, out, .. } | Self::Mul { a, b, out } => {
                all(a, false, visit);
                all(b, false, visit);
                all(out, true, visit);
            }
            Self::Inverse {
                a,
                out,
                scratch,
                when,
                ..
            } => {
                all(a, false, visit);
                maybe(when, visit);
                all(out, true, visit);
                all(scratch, true, visit);
            }
            Self::NotZero { a, when, .. } => {
                all(a, false, visit);
                maybe(when, visit);
            }
            Self::Scan {
                factor,
                add,
                before,
                after,
                ..
            } => {
                if let Factor::Row(planes) = factor {
                    all(planes, false, visit);
                }
                all(add, false, visit);
                all(before, true, visit);
                all(after, true, visit);
            }
            Self::Row { out, .. } => visit(out, true),
            Self::Word { a, b, out, .. } | Self::Compare { a, b, out, .. } => {
                source(a, visit);
                source(b, visit);
                visit(out, true);
            }
            Self::Logic { a, b, out, .. } => {
                source(a, visit);
                source(b, visit);
                visit(out, true);
            }
            Self::WordUnary { a, out, .. }
            | Self::FromBool { a, out }
            | Self::ToFelt { a, out, .. } => {
                visit(a, false);
                visit(out, true);
            }
            Self::Equal { a, b, out } => {
                a.iter_mut().chain(b).for_each(|from| source(from, visit));
                visit(out, true);
            }
            Self::Select {
                condition,
                then,
                otherwise,
                out,
            } => {
                visit(condition, false);
                let sources = then.iter_mut().chain(otherwise);
                sources.for_each(|from| source(from, visit));
                all(out, true, visit);
            }
            Self::SelectWord {
                condition,
                then,
                otherwise,
                out,
            } => {
                visit(condition, false);
                source(then, visit);
                source(otherwise, visit);
                visit(out, true);
            }
            Self::Check { unless, when, .. } => {
                maybe(unless, visit);
                maybe(when, visit);
            }
        }
    }

    /// True if it can refuse.
    pub(super) fn refuses(&self) -> bool {
        match self {
            Self::Load { from, how, .. } => {
                *how == Load::Element || from.index.is_some() || from.rows.partial
            }
            Self::Store { to, .. } | Self::StoreWord { to, .. } => {
                to.index.is_some() || to.rows.partial
            }
            Self::Accumulate { .. }
            | Self::Inverse { .. }
            | Self::NotZero { .. }
            | Self::Check { .. } => true,
            _ => false,
        }
    }
}

/// The operations that can refuse, and those whose results they need; an inverse only has to exist.
pub(super) fn dry_run<W: Clone>(ops: &[Op<W>], is_field: bool) -> Vec<Op<W>> {
    let mut needed = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for op in ops.iter().rev() {
        let mut op = op.clone();
        let mut wanted = op.refuses();
        op.visit(&mut |plane, written| wanted |= written && needed.contains(plane));
        if !wanted {
            continue;
        }
        if let Op::Inverse {
            a,
            out,
            number,
            when,
            ..
        } = &op
            && is_field
            && !out.iter().any(|plane| needed.contains(plane))
        {
            op = Op::NotZero {
                a: a.clone(),
                number: *number,
                when: *when,
            };
        }
        op.visit(&mut |plane, written| {
            if !written {
                needed.insert(*plane);
            }
        });
        kept.push(op);
    }
    kept.reverse();
    kept
}

/// Gives each plane a place, which it shares with others that are not needed at the same time; the result is how many there are.
/// What is written by an operation that `alone` holds for is not followed by anything else in its place.
pub(super) fn allocate<W>(ops: &mut [Op<W>], alone: impl Fn(usize) -> bool) -> usize {
    let mut pinned = std::collections::HashSet::new();
    let mut last = std::collections::HashMap::new();
    for (at, op) in ops.iter_mut().enumerate() {
        op.visit(&mut |plane, written| {
            last.insert(*plane, at);
            if written && alone(at) {
                pinned.insert(*plane);
            }
        });
    }
    let mut places: std::collections::HashMap<Plane, Plane> = std::collections::HashMap::new();
    let (mut free, mut count) = (Vec::new(), 0);
    for (at, op) in ops.iter_mut().enumerate() {
        let mut ended = Vec::new();
        op.visit(&mut |plane, _| {
            let virtual_plane = *plane;
            let place = *places.entry(virtual_plane).or_insert_with(|| {
                free.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                })
            });
            *plane = place;
            if last.get(&virtual_plane) == Some(&at) {
                ended.push((virtual_plane, place));
            }
        });
        // Only after the whole operation: no plane that it writes is one that it reads.
        for (virtual_plane, place) in ended {
            if places.remove(&virtual_plane).is_some() && !pinned.contains(&virtual_plane) {
                free.push(place);
            }
        }
    }
    count as usize
}
