//! Bit fields of words: `word >> shift & mask`, and whether such a field is equal to a key or to another word.
//!
//! In a loop they are known, in an instruction the planner chooses them: they are elements of vectors of words.

use super::spec::Ix;
use cranelift_codegen::ir::Value;
use zktr_isa::algebra::FieldId;

/// A word of 32 bits of which a loop takes bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostSource {
    /// Memory as it was on entry, zero-extended. Index into [`super::host::HostKernel::loads`].
    Load(u32),
    /// The difference of two words in memory less a constant, modulo 2^32.
    Difference {
        /// Index of the load of what is subtracted from.
        minuend: u32,
        /// Index of the load of what is subtracted.
        subtrahend: u32,
        /// The constant.
        less: u32,
    },
}

/// A bit field of a loop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostBits {
    /// The word.
    pub source: HostSource,
    /// How far it is shifted to the right.
    pub shift: u32,
    /// Which bits are kept then.
    pub mask: u32,
    /// If there is one, the value is 1 where the field is equal to it, or less than it, and 0 elsewhere.
    pub key: Option<HostKey>,
}

/// What a bit field is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKey {
    /// A constant.
    Const(u32),
    /// The number of the iteration of an inner loop, by the loop's index, from this constant.
    Index(usize, u32),
    /// A word in memory. Index into [`super::host::HostKernel::loads`].
    Word(u32),
    /// A word in memory that the field is less than, as an unsigned number.
    Above(u32),
    /// A word in memory that the field is less than, as a signed number.
    AboveSigned(u32),
    /// What a word in memory was in the iteration before; in the first, a value that is available on entry.
    Before(u32, Value),
}

impl HostBits {
    /// The loads that it depends on.
    pub fn loads(&self) -> impl Iterator<Item = u32> {
        let key = match self.key {
            Some(
                HostKey::Word(load)
                | HostKey::Above(load)
                | HostKey::AboveSigned(load)
                | HostKey::Before(load, _),
            ) => Some(load),
            _ => None,
        };
        self.source.loads().chain(key)
    }
}

impl HostSource {
    /// The loads that the word is made of.
    pub fn loads(&self) -> impl Iterator<Item = u32> {
        let (first, second) = match *self {
            Self::Load(load) => (load, None),
            Self::Difference {
                minuend,
                subtrahend,
                ..
            } => (minuend, Some(subtrahend)),
        };
        std::iter::once(first).chain(second)
    }
}

/// An element of a vector of words that the planner chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chosen {
    /// The vector.
    pub view: FieldId,
    /// Which element.
    pub at: Ix,
}

/// A word of 32 bits of which an instruction takes bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecSource {
    /// A word of a record.
    Record {
        /// The records.
        view: FieldId,
        /// Which record.
        record: Ix,
        /// Which word of it.
        word: Chosen,
    },
    /// The difference of two words less a constant, modulo 2^32.
    Difference {
        /// What is subtracted from: an element of a view with one dimension.
        minuend: Chosen,
        /// What is subtracted.
        subtrahend: Chosen,
        /// The constant.
        less: FieldId,
    },
}

/// Whether a word is equal to the one of the row before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecAdjacent {
    /// The words, of rows and columns.
    pub view: FieldId,
    /// Which row.
    pub row: Ix,
    /// Which column.
    pub column: Ix,
    /// What the first row is compared with, by columns.
    pub first: FieldId,
}

/// What a comparison of two words finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// They are equal.
    Equal,
    /// The first is less, as an unsigned number.
    Less,
    /// The first is less, as a signed number.
    LessSigned,
}

/// Whether a word of a row has a relation to another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecComparison {
    /// Which relation.
    pub relation: Relation,
    /// The first word: an element of a view with one dimension.
    pub x: Chosen,
    /// The second word.
    pub y: Chosen,
}

/// A bit field of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecBits {
    /// The word.
    pub source: SpecSource,
    /// How far it is shifted to the right.
    pub shift: Chosen,
    /// Which bits are kept then.
    pub mask: Chosen,
    /// What it is compared with: see [`HostBits::key`].
    pub key: Option<Chosen>,
}

impl SpecBits {
    /// The same with other indices.
    pub fn map(&self, f: &dyn Fn(Ix) -> Ix) -> Self {
        let chosen = |c: Chosen| Chosen {
            view: c.view,
            at: f(c.at),
        };
        Self {
            source: match self.source {
                SpecSource::Record { view, record, word } => SpecSource::Record {
                    view,
                    record: f(record),
                    word: chosen(word),
                },
                SpecSource::Difference {
                    minuend,
                    subtrahend,
                    less,
                } => SpecSource::Difference {
                    minuend: chosen(minuend),
                    subtrahend: chosen(subtrahend),
                    less,
                },
            },
            shift: chosen(self.shift),
            mask: chosen(self.mask),
            key: self.key.map(chosen),
        }
    }
}
