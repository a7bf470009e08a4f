//! What a spec says, once it is loaded and checked: fields, formats, statuses, descriptors,
//! instructions, CSRs and aliases. Plain data; the tables that are derived from it (decoding) are
//! in their own modules.

use crate::algebra::{Expr, FieldId, Kind, OperandId, Semantics};
use crate::span::Span;
use std::collections::BTreeMap;

/// Bytes of a slot of a descriptor: a coordinate of an element in place (whatever the field), an
/// address or a stride.
pub const SLOT_BYTES: u32 = 8;

/// Bits of a floating-point register: those of the extension D, on harts of every XLEN.
pub const FLEN: u8 = 64;

/// A version of an extension: major, minor.
pub type Version = (u16, u16);

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
    /// The prime of that field.
    pub modulus: u64,
    /// Bytes of the word of a coordinate: 4 if the modulus is below 2^32, else 8.
    pub word_bytes: u8,
    /// Number of coordinates, from 1 to [`crate::field::MAX_DEGREE`].
    pub degree: usize,
    /// How products are reduced.
    pub reduction: Reduction,
    /// R, where the word w stands for w * R^-1; 1 for canonical words. At most 2^64.
    pub montgomery: u128,
    /// True if the word p is read as zero too. It is never written.
    pub accepts_modulus: bool,
    /// Description.
    pub doc: String,
    /// The version of the extension that has it first.
    pub since: Version,
}

/// How the products of an extension's elements are reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduction {
    /// `x^degree = c[0] + c[1] x + ...`; `degree` coefficients, canonical. `[0]` for degree 1.
    Polynomial(Vec<u64>),
    /// Two steps: `i^m = inner[0] + inner[1] i + ...`, and `u^n = outer[0] + outer[1] u + ...`, where the
    /// coefficients of the second are elements of the first, of m coordinates each. The coordinate with
    /// index m * k + l is that of i^l u^k.
    Tower {
        /// Coefficients of the first step, m of them.
        inner: Vec<u64>,
        /// Coefficients of the second step, n of them.
        outer: Vec<Vec<u64>>,
    },
    /// As a polynomial whose coefficients stand in the descriptor, in its field of type `reduction`.
    Descriptor,
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
    /// The inverse of zero, or of another element that has none.
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
    /// There is no such unit.
    pub unit: u64,
}

/// Something that an instruction with a descriptor checks before it starts, or while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// The descriptor is aligned.
    DescriptorAlignment,
    /// The descriptor is accessible.
    DescriptorAccess,
    /// Its fields have allowed values; in their order, each with a status of its own.
    Fields,
    /// What is not used of the elements in it is zero.
    Reserved,
    /// There is the unit.
    Unit,
    /// Counts and strides are not too large.
    Shape,
    /// Elements of views are aligned.
    Alignment,
    /// Elements of views are accessible.
    Access,
    /// No two elements of one written view overlap.
    Injective,
    /// Written views are disjoint from the other views and the descriptor.
    Overlap,
    /// The conditions of the instruction, in their order, each with a status of its own.
    Refuse,
    /// While it works: canonical words, inverses, and the refusals in its meaning.
    Data,
}

impl Check {
    /// All checks, with their names in spec files.
    pub const NAMES: [(&'static str, Self); 12] = [
        ("descriptor-alignment", Self::DescriptorAlignment),
        ("descriptor-access", Self::DescriptorAccess),
        ("fields", Self::Fields),
        ("reserved", Self::Reserved),
        ("unit", Self::Unit),
        ("shape", Self::Shape),
        ("alignment", Self::Alignment),
        ("access", Self::Access),
        ("injective", Self::Injective),
        ("overlap", Self::Overlap),
        ("refuse", Self::Refuse),
        ("data", Self::Data),
    ];

    /// Its name in spec files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, check)| *check == self)
            .map_or("", |(name, _)| name)
    }
}

impl Outcomes {
    /// The status of a check; none for those that have several.
    #[must_use]
    pub fn of(&self, check: Check) -> Option<u64> {
        match check {
            Check::DescriptorAlignment | Check::Alignment => Some(self.alignment),
            Check::DescriptorAccess | Check::Access => Some(self.fault),
            Check::Reserved => Some(self.reserved),
            Check::Unit => Some(self.unit),
            Check::Shape => Some(self.shape),
            Check::Injective | Check::Overlap => Some(self.overlap),
            Check::Fields | Check::Refuse | Check::Data => None,
        }
    }
}

/// A place in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckStep {
    /// What is checked.
    pub check: Check,
    /// What has to hold, as the manual says it.
    pub doc: String,
}

/// Tickets of operations that go on while the host does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tickets {
    /// The flag of a descriptor that asks for one.
    pub flag: String,
    /// The smallest; smaller values of rd are statuses.
    pub first: u64,
    /// Most operations that are outstanding at a time.
    pub outstanding: u32,
    /// The status of an operation that would be one more.
    pub busy: u64,
    /// The status of waiting for a ticket that no operation has.
    pub unknown: u64,
}

/// The rules by which accesses of the host and of operations are ordered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ordering {
    /// What it is about, in a sentence or two.
    pub doc: String,
    /// What is ordered: name and description.
    pub events: Vec<(String, String)>,
    /// What holds for pairs of them.
    pub rules: Vec<OrderingRule>,
}

/// Whether one event is before another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderingRule {
    /// Index into [`Ordering::events`].
    pub first: usize,
    /// Likewise.
    pub second: usize,
    /// True if the first is before the second, without a fence; false if they may be in any order.
    pub ordered: bool,
    /// Description.
    pub doc: String,
}

/// When a refusal happens, which says what memory it may have touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before any element was written.
    Check,
    /// The elements of the views of access `write` may have any values, but for those that are read too
    /// (in-place operation). Those of access `update` are as they were.
    Data,
}

/// An element type of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Elem {
    /// Any word of this many bytes: 1, 2, 4 or 8.
    Word(u8),
    /// Any word as wide as a coordinate of the descriptor's format.
    Cell,
    /// A base element or an extension element of the descriptor's format.
    Felt(Kind),
}

impl Elem {
    /// All, with their names in spec files.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("u8", Self::Word(1)),
        ("u16", Self::Word(2)),
        ("u32", Self::Word(4)),
        ("u64", Self::Word(8)),
        ("cell", Self::Cell),
        ("base", Self::Felt(Kind::Base)),
        ("ext", Self::Felt(Kind::Ext)),
    ];

    /// Its name in spec files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, elem)| *elem == self)
            .map_or("", |(name, _)| name)
    }
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
    /// One byte of [`DescriptorField::flags`], bit 0 first; the others have to be zero.
    Flags,
    /// An element in place: a slot of [`SLOT_BYTES`] for each coordinate, one for `Base` and
    /// [`crate::field::MAX_DEGREE`] for `Ext`. What the format does not use is zero: the slots beyond
    /// its degree, and the upper halves of those of 32-bit words.
    Felt(Kind),
    /// The coefficients of the reduction polynomial, as an extension element in place; all zero if the
    /// format has its own.
    Reduction,
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
    /// What the instruction does with it.
    pub access: Access,
}

/// What an instruction does with the elements of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads them.
    Read,
    /// Writes them, and never reads them. After a refusal of phase `data` they may have any values.
    Write,
    /// Adds to them. After any refusal they are as they were.
    Update,
}

impl Access {
    /// All, with their names in spec files.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("read", Self::Read),
        ("write", Self::Write),
        ("update", Self::Update),
    ];

    /// Its name in spec files.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(_, access)| *access == self)
            .map_or("", |(name, _)| name)
    }

    /// True if the instruction changes memory there.
    #[must_use]
    pub fn changes(self) -> bool {
        self != Self::Read
    }
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
    /// For [`FieldType::Flags`]: the flags from bit 0 on.
    pub flags: Vec<Flag>,
    /// Description.
    pub doc: String,
    /// The version of the extension that has it first.
    pub since: Version,
    /// Where it is written.
    pub span: Span,
}

/// A bit of a field of flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As in the spec file.
    pub name: String,
    /// Description.
    pub doc: String,
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
    /// A floating-point register; otherwise like [`OperandKind::Gpr`]. Its content is a word of [`FLEN`] bits.
    Fpr {
        /// The instruction reads it.
        read: bool,
        /// The instruction writes it.
        write: bool,
        /// Only f8 to f15.
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

/// Which registers an operand names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RegisterFile {
    /// [`crate::Spec::registers`], of XLEN bits.
    Integer,
    /// [`crate::Spec::float_registers`], of [`FLEN`] bits.
    Float,
}

/// What an instruction does with a register that an operand names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegisterUse {
    /// Which registers.
    pub file: RegisterFile,
    /// It reads it.
    pub read: bool,
    /// It writes it.
    pub write: bool,
    /// Only those with the numbers 8 to 15.
    pub compressed: bool,
}

impl OperandKind {
    /// What is done with the register; none for an operand that is no register.
    #[must_use]
    #[inline]
    pub fn register(&self) -> Option<RegisterUse> {
        let (file, read, write, compressed) = match *self {
            Self::Gpr {
                read,
                write,
                compressed,
            } => (RegisterFile::Integer, read, write, compressed),
            Self::Fpr {
                read,
                write,
                compressed,
            } => (RegisterFile::Float, read, write, compressed),
            Self::Imm { .. } | Self::Csr | Self::FenceSet => return None,
        };
        Some(RegisterUse {
            file,
            read,
            write,
            compressed,
        })
    }

    /// The register operand with this use.
    #[must_use]
    pub fn of_register(register: RegisterUse) -> Self {
        let RegisterUse {
            file,
            read,
            write,
            compressed,
        } = register;
        match file {
            RegisterFile::Integer => Self::Gpr {
                read,
                write,
                compressed,
            },
            RegisterFile::Float => Self::Fpr {
                read,
                write,
                compressed,
            },
        }
    }

    /// True for a register that the instruction writes.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.register().is_some_and(|register| register.write)
    }

    /// True for a register of a compressed field, which holds its number less 8.
    #[must_use]
    #[inline]
    pub fn is_compressed(&self) -> bool {
        matches!(
            self,
            Self::Gpr {
                compressed: true,
                ..
            } | Self::Fpr {
                compressed: true,
                ..
            }
        )
    }
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
    /// The version of the extension that has it first.
    pub since: Version,
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
    /// When it is checked: [`Check::Overlap`] for what every instruction with a descriptor demands of its
    /// views, [`Check::Refuse`] for the instruction's own conditions.
    pub check: Check,
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
    /// The version of the extension that has it first.
    pub since: Version,
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

/// A form of `.insn`: an instruction word written field by field.
#[derive(Debug, Clone, PartialEq)]
pub struct InsnForm {
    /// The name behind `.insn`. Forms of one name have different syntax.
    pub name: String,
    /// Length of the word in bytes: 2 or 4.
    pub length: u8,
    /// All fields; together they are the whole word.
    pub operands: Vec<Operand>,
    /// How they are written.
    pub syntax: Vec<SyntaxPiece>,
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
    /// A bit for each format: bit b for the one with code [`Csr::from`] + b.
    Formats,
    /// A bit for each funct7: bit b for [`Csr::from`] + b.
    Functions,
}

/// A CSR.
#[derive(Debug, Clone, PartialEq)]
pub struct Csr {
    /// Name.
    pub name: String,
    /// The extension of its file; empty for a file without one.
    pub extension: String,
    /// Number, 0 to 4095; 0xC00 and above are read-only.
    pub number: u16,
    /// Its value.
    pub value: CsrValue,
    /// What bit 0 stands for, where there is a bit for each code.
    pub from: u32,
    /// Description.
    pub doc: String,
    /// Named bit ranges: (name, high, low, description).
    pub fields: Vec<(String, u8, u8, String)>,
    /// The version of the extension that has it first.
    pub since: Version,
}

impl Csr {
    /// True if the CSR with this number cannot be written: the highest two of its twelve bits say so.
    #[must_use]
    pub fn is_read_only(number: u16) -> bool {
        number >> 10 == 0b11
    }
}

/// An extension of another vendor, with the words and CSR numbers that it uses as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub name: String,
    /// Who has it.
    pub vendor: String,
    /// Where that is known from.
    pub source: String,
    /// Widths of harts that can have it.
    pub xlen: Vec<u8>,
    /// Patterns of its words.
    pub words: Vec<NeighbourWords>,
    /// Names and numbers of its CSRs.
    pub csrs: Vec<(String, u16)>,
}

/// Words of a neighbour: those that have these bits where the mask has ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeighbourWords {
    /// What they are.
    pub name: String,
    /// The fixed bits' values; zero elsewhere.
    pub bits: u32,
    /// The fixed bits.
    pub mask: u32,
}

/// An extension.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// Name.
    pub name: String,
    /// Major and minor version.
    pub version: Version,
    /// Description.
    pub doc: String,
    /// Its versions in ascending order, this one last; empty if the files have no change log.
    pub changelog: Vec<Release>,
}

/// An entry of a change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// What is new in it.
    pub changes: Vec<String>,
}

impl Extension {
    /// The first version that is known: what entries without `since` have.
    #[must_use]
    pub fn first_version(&self) -> Version {
        self.changelog
            .first()
            .map_or(self.version, |release| release.version)
    }
}

/// Names of the registers of a file: number to (architectural, ABI) names, and further ABI names (`fp`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registers {
    /// Prefix of the architectural names: "x" for x0 to x31.
    pub prefix: String,
    /// `abi[i]` is the ABI name of x`i`.
    pub abi: Vec<String>,
    /// Other names.
    pub others: BTreeMap<String, u8>,
}

impl Registers {
    /// All names with their numbers: architectural ones, ABI names, others.
    pub fn names(&self) -> impl Iterator<Item = (String, u8)> {
        let architectural = (0u8..)
            .zip(&self.abi)
            .map(|(number, _)| (format!("{}{number}", self.prefix), number));
        let abi = (0u8..)
            .zip(&self.abi)
            .map(|(number, name)| (name.clone(), number));
        let others = self
            .others
            .iter()
            .map(|(name, number)| (name.clone(), *number));
        architectural.chain(abi).chain(others)
    }

    /// How a register is written: by its ABI name, or by its number if that is asked for (or it has no name).
    #[must_use]
    pub fn name(&self, number: i64, numeric: bool) -> String {
        let abi = usize::try_from(number)
            .ok()
            .and_then(|number| self.abi.get(number));
        match abi {
            Some(name) if !numeric => name.clone(),
            _ => format!("{}{number}", self.prefix),
        }
    }
}
