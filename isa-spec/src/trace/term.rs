//! Terms over pipeline signals: what fills a cell.
//!
//! Values are words of 64 bits, and truth values are 0 and 1. Arithmetic is that of `bits<64>` in the language of
//! meanings: modulo 2^64; comparisons and `/ % min max` without a sign unless they say so; the amount of a shift is taken
//! modulo 64.

use crate::algebra::BinOp;

/// What a stage of the pipeline, or the environment, shows for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // described in the spec's list of signals, from which these names are
pub enum Signal {
    Pc,
    NextPc,
    Word,
    Clock,
    Imm,
    Rd,
    Rs1,
    Rs2,
    Rs1Value,
    Rs2Value,
    RdBefore,
    RdValue,
    Rs1Time,
    Rs2Time,
    RdTime,
    MemAddr,
    MemBefore,
    MemAfter,
    MemTime,
    Call,
    Arg0,
    Arg1,
    Arg2,
    Result,
    CallT0,
    ResultT0,
    CallTime,
    Arg0Time,
    Arg1Time,
    Arg2Time,
    T0Time,
    Addr,
    NextAddr,
    First,
    Given,
    Last,
    Time,
    Before,
    After,
    StartPc,
    EndPc,
    EndClock,
    Index,
    /// An element of the message that made the row.
    Message(u32),
}

use Signal as S;

/// The signals of each kind of rows, by the names that the spec documents.
pub(crate) const SIGNALS: [(&str, &[(&str, Signal)]); 6] = [
    (
        "instruction",
        &[
            ("pc", S::Pc),
            ("next_pc", S::NextPc),
            ("word", S::Word),
            ("clock", S::Clock),
            ("imm", S::Imm),
            ("rd", S::Rd),
            ("rs1", S::Rs1),
            ("rs2", S::Rs2),
            ("rs1_value", S::Rs1Value),
            ("rs2_value", S::Rs2Value),
            ("rd_before", S::RdBefore),
            ("rd_value", S::RdValue),
            ("rs1_time", S::Rs1Time),
            ("rs2_time", S::Rs2Time),
            ("rd_time", S::RdTime),
            ("mem_addr", S::MemAddr),
            ("mem_before", S::MemBefore),
            ("mem_after", S::MemAfter),
            ("mem_time", S::MemTime),
            ("call", S::Call),
            ("arg0", S::Arg0),
            ("arg1", S::Arg1),
            ("arg2", S::Arg2),
            ("result", S::Result),
            ("call_t0", S::CallT0),
            ("result_t0", S::ResultT0),
            ("call_time", S::CallTime),
            ("arg0_time", S::Arg0Time),
            ("arg1_time", S::Arg1Time),
            ("arg2_time", S::Arg2Time),
            ("t0_time", S::T0Time),
        ],
    ),
    (
        "program",
        &[
            ("pc", S::Pc),
            ("word", S::Word),
            ("imm", S::Imm),
            ("rd", S::Rd),
            ("rs1", S::Rs1),
            ("rs2", S::Rs2),
        ],
    ),
    (
        "word",
        &[
            ("addr", S::Addr),
            ("next_addr", S::NextAddr),
            ("first", S::First),
            ("given", S::Given),
            ("last", S::Last),
            ("time", S::Time),
        ],
    ),
    (
        "exchange",
        &[
            ("clock", S::Clock),
            ("addr", S::Addr),
            ("before", S::Before),
            ("after", S::After),
            ("time", S::Time),
        ],
    ),
    (
        "run",
        &[
            ("start_pc", S::StartPc),
            ("end_pc", S::EndPc),
            ("end_clock", S::EndClock),
        ],
    ),
    ("index", &[("index", S::Index)]),
];

/// A term.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A number.
    Const(u64),
    /// A signal.
    Signal(Signal),
    /// A cell of this row that comes before.
    Cell(u32),
    /// A named term of the table.
    Local(u32),
    /// Whether the row's instruction is one of these.
    Is(Vec<usize>),
    /// Complement of a word.
    Complement(Box<Term>),
    /// Complement of a truth value.
    Not(Box<Term>),
    /// The low bits of a word, sign-extended; 1 to 64.
    Sext(u8, Box<Term>),
    /// The low bits of a word; 1 to 64.
    Zext(u8, Box<Term>),
    /// Two operands.
    Binary(BinOp, Box<Term>, Box<Term>),
    /// `if c { a } else { b }`
    If(Box<Term>, Box<Term>, Box<Term>),
    /// Sum; of nothing: zero.
    Sum(Vec<Term>),
}

/// What a term is evaluated on.
pub trait Row {
    /// The value of a signal.
    fn signal(&self, signal: Signal) -> u64;
    /// Whether the row's instruction is one of these.
    fn is(&self, instructions: &[usize]) -> bool;
    /// A cell that was computed before.
    fn cell(&self, cell: u32) -> u64;
    /// A named term that was computed before.
    fn local(&self, local: u32) -> u64;
}

impl Term {
    /// The value.
    #[must_use]
    pub fn eval(&self, row: &impl Row) -> u64 {
        match self {
            Self::Const(value) => *value,
            Self::Signal(signal) => row.signal(*signal),
            Self::Cell(cell) => row.cell(*cell),
            Self::Local(local) => row.local(*local),
            Self::Is(instructions) => u64::from(row.is(instructions)),
            Self::Complement(x) => !x.eval(row),
            Self::Not(x) => u64::from(x.eval(row) == 0),
            Self::Sext(bits, x) => {
                let unused = 64 - u32::from(*bits);
                (x.eval(row) << unused)
                    .cast_signed()
                    .wrapping_shr(unused)
                    .cast_unsigned()
            }
            Self::Zext(bits, x) => x.eval(row) & (u64::MAX >> (64 - u32::from(*bits))),
            Self::Binary(op, a, b) => binary(*op, a.eval(row), b.eval(row)),
            Self::If(c, a, b) => {
                if c.eval(row) == 0 {
                    b.eval(row)
                } else {
                    a.eval(row)
                }
            }
            Self::Sum(terms) => terms
                .iter()
                .fold(0, |sum: u64, term| sum.wrapping_add(term.eval(row))),
        }
    }

    /// The value, if it depends on nothing.
    pub(crate) fn constant(&self) -> Option<u64> {
        match self {
            Self::Const(value) => Some(*value),
            _ => None,
        }
    }
}

/// An operation on two words of 64 bits.
#[must_use]
pub fn binary(op: BinOp, a: u64, b: u64) -> u64 {
    let (s, t) = (a.cast_signed(), b.cast_signed());
    let shift = (b % 64) as u32;
    match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::DivU => a.checked_div(b).unwrap_or(u64::MAX),
        BinOp::RemU => a.checked_rem(b).unwrap_or(a),
        BinOp::DivS if b == 0 => u64::MAX,
        BinOp::DivS => s.wrapping_div(t).cast_unsigned(),
        BinOp::RemS if b == 0 => a,
        BinOp::RemS => s.wrapping_rem(t).cast_unsigned(),
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => a << shift,
        BinOp::ShrU => a >> shift,
        BinOp::ShrS => (s >> shift).cast_unsigned(),
        BinOp::RotR => a.rotate_right(shift),
        BinOp::Eq => u64::from(a == b),
        BinOp::Ne => u64::from(a != b),
        BinOp::LtU => u64::from(a < b),
        BinOp::LeU => u64::from(a <= b),
        BinOp::LtS => u64::from(s < t),
        BinOp::LeS => u64::from(s <= t),
        BinOp::MinU => a.min(b),
        BinOp::MaxU => a.max(b),
        BinOp::MinS => s.min(t).cast_unsigned(),
        BinOp::MaxS => s.max(t).cast_unsigned(),
    }
}
