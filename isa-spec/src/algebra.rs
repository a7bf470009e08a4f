//! The trace algebra: the one data type that says what an instruction means.
//!
//! The parser of `sem` texts produces it, the checker types it, and every consumer reads it: the
//! golden evaluator executes it as written, the manual typesets it, and the compiler pass brings it
//! to a normal form and looks for loops that compute the same.
//!
//! A meaning is a list of statements over scalars (`bits<N>`, integers, booleans) and field
//! elements. Loops count from zero; state that goes from one iteration to the next is a `carry`.
//! Two operations are partial: reading a word that is not a canonical residue as a field element,
//! and the inverse of an element that has none. An instruction whose meaning needs such a value
//! refuses; so does one whose meaning comes to a [`Stmt::Refuse`] with a condition that does not hold.

use crate::span::Span;

/// Index of a bound name (`let`, `carry`, loop index) in [`Semantics::vars`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// Index of an operand in its instruction's `operands`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperandId(pub u32);

/// Index of a field in its descriptor's `fields` (header fields first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u32);

/// The width of a word in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// This many bits, 1 to 128.
    Fixed(u8),
    /// XLEN bits: 32 or 64, by the hart's configuration.
    Xlen,
    /// Twice XLEN bits, for high products.
    TwiceXlen,
    /// A coordinate's word: 32 or 64 bits, by the descriptor's format.
    Cell,
}

/// Which elements of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The base field: one coordinate.
    Base,
    /// The format's extension: `degree` coordinates (one, where the format has degree 1).
    Ext,
}

/// The type of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Truth.
    Bool,
    /// A non-negative integer that cannot wrap: counts, indices, literals.
    Int,
    /// A word; arithmetic is modulo 2^N.
    Bits(Width),
    /// A field element; arithmetic is the field's. A base element is also an extension element.
    Felt(Kind),
}

/// A term with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type, as the checker found it.
    pub ty: Type,
    /// Where it is written.
    pub span: Span,
}

/// The forms of a term.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A literal. As a word it is taken modulo 2^N (so -1 is all ones); as a field element, modulo p.
    Int(i128),
    /// A literal truth value.
    Bool(bool),
    /// The value of a register operand (the register's content), or of an immediate (sign- or
    /// zero-extended to XLEN as the operand says).
    Operand(OperandId),
    /// The address of this instruction.
    Pc,
    /// The address of the next instruction in memory.
    NextPc,
    /// XLEN as an integer: 32 or 64.
    Xlen,
    /// The number of the register that a register operand names, an integer.
    RegNumber(OperandId),
    /// The content of the CSR whose number is the operand's value.
    Csr(OperandId),
    /// The code of a status, by name.
    Status(String),
    /// The dynamic count that an operand holds (`rs2 = "count n"`).
    Count(OperandId),
    /// A scalar field of the descriptor.
    Field(FieldId),
    /// A bound name.
    Var(VarId),
    /// An element of a view; one index for each dimension.
    View {
        /// The view.
        view: FieldId,
        /// Indices, each of type [`Type::Int`].
        index: Vec<Expr>,
    },
    /// A field element, uniformly random and independent of all others at each evaluation.
    Random(Kind),
    /// The final status of the operation with this ticket, once it has one: `wait(ticket)`.
    Wait(Box<Expr>),
    /// `bytes` bytes of memory, little-endian, as a word of 8 * `bytes` bits.
    Mem {
        /// Address, `bits<XLEN>`.
        addr: Box<Expr>,
        /// 1, 2, 4 or 8.
        bytes: u8,
    },
    /// One operand.
    Unary(UnOp, Box<Expr>),
    /// Two operands.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `if c { a } else { b }`; only the chosen side is evaluated.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `sum(j < k) { body }`, `prod(j < k) { body }`; over felts, ints or words.
    Reduce {
        /// Sum or product.
        op: ReduceOp,
        /// The index, from 0 to below `bound`.
        var: VarId,
        /// How many terms.
        bound: Box<Expr>,
        /// A term.
        body: Box<Expr>,
    },
}

/// Operations with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnOp {
    /// Negative, of a word or a field element.
    Neg,
    /// Complement of a word, or of a truth value.
    Not,
    /// Inverse of a field element; partial at zero (and, where the extension's polynomial is the
    /// program's and reducible, at all other elements that have none).
    Inv,
    /// The field element that a word or an integer is congruent to.
    ToFelt,
    /// The integer that a word is, unsigned.
    ToInt,
    /// Sign extension to the result's width.
    Sext,
    /// Zero extension to the result's width.
    Zext,
    /// The low bits of a word or an integer, as many as the result has.
    Trunc,
    /// Number of leading zeros, as a word of the same width.
    Clz,
    /// Number of trailing zeros.
    Ctz,
    /// Number of ones.
    Popcount,
    /// Bytes in reverse order.
    ByteReverse,
    /// Each byte to 0xFF if it is not zero.
    OrCombine,
    /// True if a reservation (`lr`) on this address holds.
    Reserved,
}

/// Operations with two operands of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names say it: S is signed, U unsigned
pub enum BinOp {
    Add,
    Sub,
    Mul,
    /// Unsigned division. Of words, the checker demands nothing of the divisor: division by zero is all
    /// ones. Integers are divided by literals above zero only.
    DivU,
    /// Remainder, of words or integers; of a division by zero it is the dividend.
    RemU,
    /// Signed division that rounds toward zero; by zero: all ones; overflow: the dividend.
    DivS,
    /// Remainder of `DivS`; overflow: zero.
    RemS,
    And,
    Or,
    Xor,
    /// Shift left; the amount is taken modulo the width.
    Shl,
    /// Logical shift right; likewise.
    ShrU,
    /// Arithmetic shift right; likewise.
    ShrS,
    /// Rotate right; likewise.
    RotR,
    Eq,
    Ne,
    LtU,
    LeU,
    LtS,
    LeS,
    MinU,
    MaxU,
    MinS,
    MaxS,
}

/// Reductions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReduceOp {
    /// Sum; of nothing: zero.
    Sum,
    /// Product; of nothing: one.
    Prod,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    /// `let x = value;`
    Let {
        /// The name.
        var: VarId,
        /// Its value.
        value: Expr,
    },
    /// `carry x = init;`: a name that later statements may assign.
    Carry {
        /// The name.
        var: VarId,
        /// Its first value.
        init: Expr,
    },
    /// `x = value;` for a `carry`.
    Assign {
        /// The name.
        var: VarId,
        /// The new value.
        value: Expr,
    },
    /// `for i < n { ... }`
    For {
        /// The index, from 0.
        var: VarId,
        /// How many iterations.
        bound: Expr,
        /// The statements of one iteration.
        body: Vec<Stmt>,
    },
    /// `if c { ... } else { ... }`
    If {
        /// Condition.
        cond: Expr,
        /// Taken if it holds.
        then: Vec<Stmt>,
        /// Taken if not.
        otherwise: Vec<Stmt>,
    },
    /// `out[i] = value;`
    Store {
        /// The view.
        view: FieldId,
        /// Indices.
        index: Vec<Expr>,
        /// The element.
        value: Expr,
    },
    /// `v[i] += value;` for a view of access `update`: what the element has now, plus the value.
    Accumulate {
        /// The view.
        view: FieldId,
        /// Indices.
        index: Vec<Expr>,
        /// What is added.
        value: Expr,
    },
    /// `refuse status unless condition;`: the instruction refuses, unless the condition holds.
    Refuse {
        /// Name of the status, one of phase `data`.
        status: String,
        /// The condition.
        unless: Expr,
    },
    /// `rd = value;`: to the register of this operand.
    SetReg {
        /// The operand.
        operand: OperandId,
        /// `bits<XLEN>`.
        value: Expr,
    },
    /// `pc = value;`: where execution goes on.
    SetPc(Expr),
    /// `csr[op] = value;`
    SetCsr {
        /// The operand that holds the CSR's number.
        operand: OperandId,
        /// `bits<XLEN>`.
        value: Expr,
    },
    /// `mem32[addr] = value;` and its like: the low 8 * `bytes` bits.
    StoreMem {
        /// Address, `bits<XLEN>`.
        addr: Expr,
        /// 1, 2, 4 or 8.
        bytes: u8,
        /// A word of 8 * `bytes` bits.
        value: Expr,
    },
    /// Something that the environment does.
    Effect(Effect),
}

/// What only the environment can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// `ecall`
    EnvironmentCall,
    /// `ebreak`
    Breakpoint,
    /// `fence`: nothing to do on one hart.
    Fence,
    /// Registers a reservation on this address (`lr`).
    Reserve(Expr),
    /// Gives the reservation up.
    Unreserve,
    /// An instruction that is defined to be illegal (`unimp`).
    Illegal,
    /// `trace_on`, `trace_off`: whether the instructions after this one are traced.
    Trace(bool),
    /// The unit that the descriptor is for runs the guest program.
    RunGuest,
}

/// A bound name.
#[derive(Debug, Clone, PartialEq)]
pub struct Var {
    /// As written.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where it is bound.
    pub span: Span,
}

/// The meaning of an instruction, or of one of its modes.
#[derive(Debug, Clone, PartialEq)]
pub struct Semantics {
    /// All names that are bound in it.
    pub vars: Vec<Var>,
    /// What it does.
    pub body: Vec<Stmt>,
    /// The text as written in the spec file.
    pub text: String,
}

impl Expr {
    /// Calls `visit` for this term and each of its parts, a term before its parts.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            ExprKind::View { index, .. } => index.iter().for_each(|index| index.visit(visit)),
            ExprKind::Mem { addr: inner, .. }
            | ExprKind::Wait(inner)
            | ExprKind::Unary(_, inner) => inner.visit(visit),
            ExprKind::Binary(_, a, b)
            | ExprKind::Reduce {
                bound: a, body: b, ..
            } => {
                a.visit(visit);
                b.visit(visit);
            }
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|part| part.visit(visit)),
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Operand(_)
            | ExprKind::Pc
            | ExprKind::NextPc
            | ExprKind::Xlen
            | ExprKind::RegNumber(_)
            | ExprKind::Csr(_)
            | ExprKind::Status(_)
            | ExprKind::Count(_)
            | ExprKind::Field(_)
            | ExprKind::Var(_)
            | ExprKind::Random(_) => {}
        }
    }
}

impl Stmt {
    /// The terms of this statement itself, without those of the statements inside of it.
    pub fn terms(&self) -> Vec<&Expr> {
        match self {
            Self::Let { value, .. }
            | Self::Carry { init: value, .. }
            | Self::Assign { value, .. }
            | Self::For { bound: value, .. }
            | Self::If { cond: value, .. }
            | Self::Refuse { unless: value, .. }
            | Self::SetReg { value, .. }
            | Self::SetPc(value)
            | Self::SetCsr { value, .. }
            | Self::Effect(Effect::Reserve(value)) => vec![value],
            Self::Store { index, value, .. } | Self::Accumulate { index, value, .. } => {
                index.iter().chain([value]).collect()
            }
            Self::StoreMem { addr, value, .. } => vec![addr, value],
            Self::Effect(_) => Vec::new(),
        }
    }

    /// The lists of statements inside of this one.
    pub fn blocks(&self) -> Vec<&[Self]> {
        match self {
            Self::For { body, .. } => vec![body],
            Self::If {
                then, otherwise, ..
            } => vec![then, otherwise],
            _ => Vec::new(),
        }
    }

    /// Calls `visit` for this statement and all inside of it.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for block in self.blocks() {
            block.iter().for_each(|stmt| stmt.visit(visit));
        }
    }
}

impl Semantics {
    /// Calls `visit` for every statement.
    pub fn statements<'a>(&'a self, visit: &mut dyn FnMut(&'a Stmt)) {
        self.body.iter().for_each(|stmt| stmt.visit(visit));
    }

    /// Calls `visit` for every term and each of its parts.
    pub fn terms<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        self.statements(&mut |stmt| stmt.terms().into_iter().for_each(|term| term.visit(visit)));
    }

    /// True if it multiplies or inverts elements of the extension, so that it depends on how the
    /// format reduces products.
    #[must_use]
    pub fn multiplies_extension(&self) -> bool {
        let ext = |term: &Expr| term.ty == Type::Felt(Kind::Ext);
        let mut found = false;
        self.terms(&mut |term| {
            found |= match &term.kind {
                ExprKind::Binary(BinOp::Mul, a, b) => ext(a) && ext(b),
                ExprKind::Unary(UnOp::Inv, a) => ext(a),
                ExprKind::Reduce {
                    op: ReduceOp::Prod, ..
                } => ext(term),
                _ => false,
            };
        });
        found
    }

    /// True if it has a random value: then its results are not a function of what it reads.
    #[must_use]
    pub fn is_random(&self) -> bool {
        let mut found = false;
        self.terms(&mut |term| found |= matches!(term.kind, ExprKind::Random(_)));
        found
    }

    /// True if it runs the guest program.
    #[must_use]
    pub fn runs_guest(&self) -> bool {
        let mut found = false;
        self.statements(&mut |stmt| found |= matches!(stmt, Stmt::Effect(Effect::RunGuest)));
        found
    }
}
