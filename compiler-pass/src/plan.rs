//! A plan: what a region of a function can be replaced by, and under which conditions.
//!
//! Analysis ends with a plan and changes nothing; [`crate::rewrite`] executes one. Everything in a
//! plan is computed from values that are available where the region is entered.

use cranelift_codegen::ir::{Block, Inst, Value};
use zktr_isa::algebra::FieldId;

/// A value that is available at the entry of a region: one that dominates it; a parameter of the
/// region's entry block (it stands for what the parameter is on entry); or a value that is defined inside of
/// the region by pure instructions, or loads flagged `readonly` and `can_move`, from such values: the
/// rewriter clones those instructions.
pub type EntryValue = Value;

/// An integer polynomial over entry values, each read as unsigned.
/// The terms have distinct factors, each sorted; no coefficient is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Poly {
    /// (coefficient, factors); no factors: a constant.
    pub terms: Vec<(i128, Vec<EntryValue>)>,
}

/// A range of a polynomial: `lo <= poly <= hi`, as integers without any wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// What is compared.
    pub poly: Poly,
    /// Lower bound.
    pub lo: i128,
    /// Upper bound.
    pub hi: i128,
}

/// A condition that is checked on entry: at least one of some bounds holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The alternatives.
    pub any: Vec<Bounds>,
    /// Why it is needed, for remarks: "row index does not wrap".
    pub reason: String,
}

impl Guard {
    /// `lo <= poly <= hi`.
    pub fn bounds(poly: Poly, lo: i128, hi: i128, reason: impl Into<String>) -> Self {
        Self {
            any: vec![Bounds { poly, lo, hi }],
            reason: reason.into(),
        }
    }
}

/// A word; how wide it is, is said where it goes: by the format of an operation, or by a buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A known word.
    Const(u64),
    /// An entry value, zero-extended or cut to the width of the word.
    Value(EntryValue),
    /// The word at this address, read when all guards have held. The load may trap: it is one that the region's first
    /// iteration executes before it writes anything.
    Memory {
        /// Where.
        address: Poly,
        /// The load of the region that is done earlier; its flags are kept.
        load: Inst,
    },
}

/// Index into [`Plan::buffers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BufferId(pub usize);

/// Scratch memory in the frame of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes.
    pub size: u32,
    /// Bytes of each word in it: 4 or 8.
    pub word_bytes: u32,
    /// Words that are stored before the first operation: (byte offset, word).
    pub words: Vec<(u32, Word)>,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Computed modulo 2^64; the guards see to it that nothing wraps.
    Poly(Poly),
    /// In scratch memory.
    Buffer(BufferId, u32),
}

/// What a field of a descriptor gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// An unsigned integer.
    Uint(Poly),
    /// An element in place: its coordinates' words, in order.
    Felt(Vec<Word>),
    /// A view: address of the first element, and all strides in bytes in the descriptor's order (dimensions
    /// first, then the coordinates' stride of `ext` elements).
    View {
        /// Where the first element is.
        base: Address,
        /// Strides, modulo 2^64.
        strides: Vec<Poly>,
    },
}

/// One bulk instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offload {
    /// Index into the spec's instructions.
    pub instruction: usize,
    /// Index into the instruction's modes.
    pub mode: usize,
    /// Code of the format.
    pub format: u8,
    /// Each field of the descriptor but those of the header.
    pub fields: Vec<(FieldId, FieldValue)>,
    /// The dynamic count in rs2.
    pub count: Poly,
}

/// What a value that is defined in the region and used after it is, when the offload has succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Final {
    /// This polynomial, modulo 2^bits of the value's type.
    Poly(Poly),
    /// The word at this place of scratch memory, zero-extended to the value's type.
    BufferWord(BufferId, u32),
}

/// A part of a function with one entry block and one exit edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The block through which the region is entered from outside. Its parameters are the region's inputs.
    pub entry: Block,
    /// All blocks, `entry` among them.
    pub blocks: Vec<Block>,
    /// The branch that leaves the region, a `jump` or a `brif`.
    pub exit_branch: Inst,
    /// Which of its destinations is outside: index into `branch_destination`.
    pub exit_edge: usize,
    /// True if other edges may enter or leave the region: ways around a loop that has no iteration, which the guards
    /// exclude. Then only what goes along the exit edge may be used outside.
    pub side_edges: bool,
}

/// How a region is replaced. With all guards true, the offloads are issued in order; if each ends with
/// status `ok`, execution goes on behind the exit edge with `finals` in place of the values that the region
/// defines. In all other cases the region runs as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What is replaced.
    pub region: Region,
    /// Conditions.
    pub guards: Vec<Guard>,
    /// Scratch memory.
    pub buffers: Vec<Buffer>,
    /// Operations, in order; at least one.
    pub offloads: Vec<Offload>,
    /// For each value defined in the region that is used outside of it or passed along the exit edge:
    /// what it is after the offload.
    pub finals: Vec<(Value, Final)>,
}

impl std::fmt::Display for Poly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "0");
        }
        for (n, (c, factors)) in self.terms.iter().enumerate() {
            let sign = match (n, *c < 0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            write!(f, "{sign}")?;
            let magnitude = c.unsigned_abs();
            if factors.is_empty() || magnitude != 1 {
                write!(f, "{magnitude}")?;
            }
            for (k, v) in factors.iter().enumerate() {
                let times = if k > 0 || magnitude != 1 { "*" } else { "" };
                write!(f, "{times}{v}")?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A bound that every value of 128 bits keeps is no bound.
        match (self.lo, self.hi) {
            (lo, i128::MAX) => write!(f, "{} >= {lo}", self.poly),
            (i128::MIN, hi) => write!(f, "{} <= {hi}", self.poly),
            (lo, hi) => write!(f, "{lo} <= {} <= {hi}", self.poly),
        }
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, bounds) in self.any.iter().enumerate() {
            let or = if n > 0 { " or " } else { "" };
            write!(f, "{or}{bounds}")?;
        }
        write!(f, " ({})", self.reason)
    }
}
