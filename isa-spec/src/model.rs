//! What a spec says, once it is loaded and checked: fields, formats, statuses, descriptors,
//! instructions, CSRs and aliases. Plain data; the tables that are derived from it (decoding) are
//! in their own modules.

use crate::algebra::{Expr, FieldId, Kind, OperandId, Semantics};
use crate::span::Span;
use std::collections::BTreeMap;

/// A prime field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// As in the spec file.
    pub name: String,
    /// The prime.
    pub modulus: u64,
    /// Description.
    pub doc: String,
}

/// How elements are represented in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// As in the spec file.
    pub name: String,
    /// The code in a descriptor's header.
    pub code: u8,
    /// Index into [`crate::Spec::fields`].
    pub field: usize,
    /// Degree of the extension, from 1.
    pub degree: usize,
    /// `x^degree = reduction[0] + reduction[1] x + ...`; `degree` coefficients, canonical. `[0]` for degree 1.
    pub reduction: Vec<u64>,
    /// R, where the word w stands for w * R^-1; 1 for canonical words.
    pub montgomery: u64,
}

/// A value of rd that a bulk instruction ends with.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// As in the spec file.
    pub name: String,
    /// The value of rd.
    pub code: u64,
    /// None for success.
    pub phase: Option<Phase>,
    /// Description.
    pub doc: String,
}

/// Which status code (the value of rd) stands for what happens to a bulk instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// It is done.
    pub success: u64,
    /// A word that has to be a field element is not a canonical residue.
    pub residue: u64,
    /// The inverse of zero.
    pub inverse: u64,
    /// A written view overlaps another view or the descriptor.
    pub overlap: u64,
    /// An element of a view, or the descriptor, is not accessible.
    pub fault: u64,
    /// The descriptor or an element of a view is not aligned.
    pub alignment: u64,
    /// A count or a stride is too large to be executed.
    pub shape: u64,
    /// A byte of the descriptor that has to be zero is not.
    pub reserved: u64,
}

/// When a refusal happens, which says what memory it may have touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before any element was written.
    Check,
    /// The elements of the written views may have any values, but for those that are read too (in-place operation).
    Data,
}

/// An element type of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Elem {
    /// Any 32-bit word.
    Word,
    /// A base element or an extension element of the descriptor's format.
    Felt(Kind),
}

/// The type of a descriptor field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// An unsigned integer of this many bytes (1, 2, 4, 8).
    Uint(u8),
    /// A format code, one byte.
    Format,
    /// A mode code, one byte.
    Mode,
    /// An element in place. `Base`: 4 bytes. `Ext`: 24 bytes, unused ones zero.
    Felt(Kind),
    /// A view: see [`View`].
    View(View),
}

/// A strided array in memory. In a descriptor: u64 address of the first element; one i64 stride in
/// bytes for each dimension; for `ext` elements one more i64, the stride between coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Element type.
    pub elem: Elem,
    /// Extents, outermost first; empty for a single element.
    pub dims: Vec<Extent>,
    /// True if the instruction writes it (and never reads it); false if it only reads it.
    pub written: bool,
}

/// How many elements a dimension has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A count operand.
    Count(OperandId),
    /// An integer field of the same descriptor.
    Field(FieldId),
}

/// A field of a descriptor.
#[derive(Debug, Clone, PartialEq)]
pub struct DescriptorField {
    /// As in the spec file.
    pub name: String,
    /// Byte offset.
    pub at: u32,
    /// Size in bytes.
    pub size: u32,
    /// Type.
    pub ty: FieldType,
    /// The only value it may have.
    pub value: Option<u64>,
    /// The largest value it may have.
    pub max: Option<u64>,
    /// What the instruction refuses with if the value is not allowed.
    pub status: Option<String>,
    /// Description.
    pub doc: String,
    /// Where it is written.
    pub span: Span,
}

/// The layout of a descriptor, header included.
#[derive(Debug, Clone, PartialEq)]
pub struct Descriptor {
    /// As in the spec file.
    pub name: String,
    /// Size in bytes, a multiple of `align`.
    pub size: u32,
    /// Alignment in bytes, a power of two.
    pub align: u32,
    /// All fields, header first, by offset.
    pub fields: Vec<DescriptorField>,
    /// Where it is written.
    pub span: Span,
}

/// A piece of an instruction word that holds bits of an operand:
/// word bits `[word_lo, word_lo + len)` are operand bits `[value_lo, value_lo + len)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitSlice {
    /// Lowest bit in the word.
    pub word_lo: u8,
    /// Number of bits.
    pub len: u8,
    /// Lowest bit in the operand's value.
    pub value_lo: u8,
}

/// What an operand is.
#[derive(Debug, Clone, PartialEq)]
pub enum OperandKind {
    /// An integer register; the value is its number, 0 to 31. A compressed register field holds number - 8.
    Gpr {
        /// The instruction reads it.
        read: bool,
        /// The instruction writes it.
        write: bool,
        /// Only x8 to x15.
        compressed: bool,
    },
    /// An immediate. The value is what the programmer writes.
    Imm {
        /// Sign-extended.
        signed: bool,
        /// The value is a distance from this instruction (branches, jumps).
        pc_relative: bool,
    },
    /// A CSR number, 0 to 4095.
    Csr,
    /// The predecessor or successor set of a fence: bits 3 to 0 are `iorw`.
    FenceSet,
}

/// What the value of an operand is to the semantics of a bulk instruction.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// A plain value.
    Value,
    /// `rd`: receives the status.
    Status,
    /// `rs1`: address of a descriptor; index into [`crate::Spec::descriptors`].
    Descriptor(usize),
    /// A count with this name.
    Count(String),
}

/// An operand.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    /// Name in the encoding, the syntax and the semantics.
    pub name: String,
    /// Register, immediate, ...
    pub kind: OperandKind,
    /// Where its bits are. Together they give the value's bits; the value's other low bits are zero.
    pub slices: Vec<BitSlice>,
    /// Values that it must not have (for example x0, or 0).
    pub exclude: Vec<i64>,
    /// Values with which the instruction is a hint: it is decoded, executed and accepted where it is written, but
    /// no tool chooses it on its own.
    pub hint: Vec<i64>,
    /// The only value that it has; then it has no bits in the word, and it comes after those that have.
    /// The stack pointer of `c.lwsp rd, imm(sp)` is such an operand.
    pub fixed: Option<i64>,
    /// A signed value is written modulo 2^N, as in `c.lui a0, 0xfffff`: the operand's value is what the
    /// programmer writes, from 0 to 2^N - 1.
    pub modulo: Option<u8>,
    /// What it is to the semantics.
    pub role: Role,
    /// Where it is written.
    pub span: Span,
}

/// One meaning of an instruction.
#[derive(Debug, Clone, PartialEq)]
pub struct Mode {
    /// Name; empty if the instruction has only one mode.
    pub name: String,
    /// Code in the descriptor's header.
    pub code: u8,
    /// Description.
    pub doc: String,
    /// What it does.
    pub semantics: Semantics,
}

/// A condition that has to hold, or the instruction refuses. See `docs/spec-format.md` for the functions
/// (`disjoint`, `same`) that only conditions may use.
#[derive(Debug, Clone, PartialEq)]
pub struct Precondition {
    /// What has to hold.
    pub unless: Condition,
    /// The status otherwise; always one of phase `check`.
    pub status: String,
    /// Where it is written.
    pub span: Span,
}

/// A condition of a [`Precondition`].
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// No byte belongs to elements of both.
    Disjoint(Region, Region),
    /// The same elements in the same places: same address, strides and extents.
    Same(FieldId, FieldId),
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// At least one.
    Or(Box<Condition>, Box<Condition>),
    /// A boolean term over counts and scalar fields.
    Term(Expr),
}

/// Some bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// The elements of a view.
    View(FieldId),
    /// The descriptor itself.
    Descriptor,
}

/// An instruction.
#[derive(Debug, Clone, PartialEq)]
pub struct Instruction {
    /// Mnemonic, lower case.
    pub name: String,
    /// Extension that it belongs to, for example "I", "M", "Zba", "Xzktr".
    pub extension: String,
    /// Widths of harts that have it.
    pub xlen: Vec<u8>,
    /// One line.
    pub title: String,
    /// More.
    pub doc: String,
    /// Name of its encoding format.
    pub format: String,
    /// Length of the word in bytes: 2 or 4.
    pub length: u8,
    /// Bits of the word that are fixed.
    pub mask: u32,
    /// Their values.
    pub bits: u32,
    /// The word's bits, from the highest down: for bit-field pictures.
    pub layout: Vec<LayoutField>,
    /// Operands, in the order in which the encoding format lists them.
    pub operands: Vec<Operand>,
    /// Assembly syntax: pieces in order.
    pub syntax: Vec<SyntaxPiece>,
    /// Conditions, in the order in which they are checked. Those that every instruction with a descriptor
    /// has (aliasing of written views) come first and are written out here.
    pub preconditions: Vec<Precondition>,
    /// Meanings, by mode code; at least one.
    pub modes: Vec<Mode>,
    /// For a compressed instruction, what it stands for; its meaning is derived from that.
    pub expands: Option<Expansion>,
    /// For a compressed instruction, further instructions that do the same, with some operand values, and that
    /// an assembler replaces by it.
    pub also: Vec<Expansion>,
    /// Where it is written.
    pub span: Span,
}

/// The instruction that a compressed one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Index into [`crate::Spec::instructions`].
    pub target: usize,
    /// For each operand of the target: what it gets. [`AliasValue::Operand`] is an operand of the
    /// compressed instruction.
    pub bindings: Vec<AliasValue>,
}

/// Some adjacent bits of an instruction word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutField {
    /// The name in the encoding format, as in `funct3` or `imm`.
    pub name: String,
    /// Lowest bit in the word.
    pub lo: u8,
    /// Number of bits.
    pub len: u8,
    /// What they hold.
    pub content: LayoutContent,
}

/// What a [`LayoutField`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutContent {
    /// Always this value.
    Fixed(u32),
    /// Bits of this operand, from `value_lo` up.
    Operand {
        /// The operand.
        operand: OperandId,
        /// Lowest bit in its value.
        value_lo: u8,
    },
}

/// A piece of an assembly operand list: `imm ( rs1 )`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxPiece {
    /// An operand.
    Operand(OperandId),
    /// `,`, `(` or `)`.
    Punct(char),
}

/// An alias (pseudo-instruction) that stands for one instruction: `mv rd, rs` for `addi rd, rs, 0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// Its mnemonic.
    pub name: String,
    /// Its own operand names in the order of its syntax, and punctuation, as in `off(rs)`.
    pub syntax: Vec<AliasPiece>,
    /// Index into [`crate::Spec::instructions`] of what it stands for.
    pub target: usize,
    /// For each operand of the target: what it gets.
    pub bindings: Vec<AliasValue>,
    /// True if the disassembler prefers it to the instruction.
    pub preferred: bool,
    /// Where it is written.
    pub span: Span,
}

/// A piece of an alias' operand list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasPiece {
    /// The alias' operand with this index; it is written like the target's operand that it is bound to.
    Operand(usize),
    /// `,`, `(` or `)`.
    Punct(char),
}

/// What an alias gives to an operand of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasValue {
    /// The alias' operand with this index.
    Operand(usize),
    /// A fixed value.
    Fixed(i64),
}

/// Where a read-only CSR of the extension gets its value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsrValue {
    /// Ordinary storage, or a counter: up to the hart.
    Hart,
    /// `major << 16 | minor` of the extension's version.
    Version,
    /// A bit for each format.
    Formats,
    /// A bit for each funct7.
    Functions,
}

/// A CSR.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    /// Name.
    pub name: String,
    /// Number, 0 to 4095; 0xC00 and above are read-only.
    pub number: u16,
    /// Its value.
    pub value: CsrValue,
    /// Description.
    pub doc: String,
    /// Named bit ranges: (name, high, low, description).
    pub fields: Vec<(String, u8, u8, String)>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// Name.
    pub name: String,
    /// Major and minor version.
    pub version: (u16, u16),
    /// Description.
    pub doc: String,
}

/// Integer register names: number to (architectural, ABI) names, and further ABI names (`fp`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registers {
    /// Prefix of the architectural names: "x" for x0 to x31.
    pub prefix: String,
    /// `abi[i]` is the ABI name of x`i`.
    pub abi: Vec<String>,
    /// Other names.
    pub others: BTreeMap<String, u8>,
}
