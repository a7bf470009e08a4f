//! What an assembly yields: sections with their bytes, symbols, and the relocations that are left.
//!
//! An [`Object`] is complete: writing it as ELF ([`Object::write_elf`]) or placing it at an address
//! ([`Object::flat`]) adds nothing that is not here.

use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_isa::span::{Diagnostic, Source};

/// Binding of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Known in this object only.
    Local,
    /// Known to other objects.
    Global,
    /// Like global, but another definition wins, and it need not be defined.
    Weak,
}

/// Visibility of a symbol to other components of a linked program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// As its binding says.
    Default,
    /// Reserved for the processor.
    Internal,
    /// Unknown outside of its component.
    Hidden,
    /// Known outside, but not replaceable.
    Protected,
}

/// Type of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolKind {
    /// Unspecified.
    None,
    /// `@object`
    Object,
    /// `@function`
    Function,
    /// `@tls_object`
    Tls,
}

/// Where a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In another object.
    Undefined,
    /// A number.
    Absolute(u64),
    /// In a section of this object.
    Section {
        /// Index into [`Object::sections`].
        section: usize,
        /// Offset from its start.
        offset: u64,
    },
    /// To be allocated by the linker.
    Common {
        /// Bytes.
        size: u64,
        /// Alignment in bytes.
        align: u64,
    },
}

/// A symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Binding.
    pub binding: Binding,
    /// Visibility.
    pub visibility: Visibility,
    /// Type.
    pub kind: SymbolKind,
    /// Size in bytes; zero if unknown.
    pub size: u64,
}

/// What a section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionKind {
    /// Bytes.
    Progbits,
    /// Zeros that take no room in the file.
    Nobits,
    /// Notes.
    Note,
    /// Addresses of functions that run before the program.
    InitArray,
    /// Addresses of functions that run after the program.
    FiniArray,
}

/// Flags of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SectionFlags {
    /// `a`: in memory when the program runs.
    pub alloc: bool,
    /// `w`: writable.
    pub write: bool,
    /// `x`: executable.
    pub execute: bool,
    /// `M`: equal elements may be merged.
    pub merge: bool,
    /// `S`: the elements are strings.
    pub strings: bool,
    /// `T`: thread-local.
    pub tls: bool,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: SectionKind,
    /// Flags.
    pub flags: SectionFlags,
    /// Alignment in bytes, a power of two.
    pub align: u64,
    /// Size of an element, if elements are to be merged.
    pub entry_size: u64,
    /// Size in bytes.
    pub size: u64,
    /// Its bytes; empty for [`SectionKind::Nobits`].
    pub data: Vec<u8>,
    /// What is left to the linker, by offset.
    pub relocations: Vec<Relocation>,
}

/// What a relocation computes, from the psABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the psABI's, without R_RISCV_
pub enum RelocationKind {
    Abs32,
    Abs64,
    Branch,
    Jal,
    CallPlt,
    GotHi20,
    PcrelHi20,
    PcrelLo12I,
    PcrelLo12S,
    Hi20,
    Lo12I,
    Lo12S,
    RvcBranch,
    RvcJump,
    Add8,
    Add16,
    Add32,
    Add64,
    Sub8,
    Sub16,
    Sub32,
    Sub64,
    Align,
    Relax,
}

/// What a relocation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch {
    /// Nothing by itself.
    Nothing,
    /// This many bytes.
    Data(u8),
    /// An operand of an instruction: both are indices into the spec that the source was assembled with.
    Operand {
        /// The instruction.
        instruction: u32,
        /// The operand.
        operand: u8,
    },
    /// An operand of this instruction and one of the next: the upper part and the lower part of a distance.
    Pair {
        /// Instruction and operand at the offset.
        upper: (u32, u8),
        /// Instruction and operand behind it.
        lower: (u32, u8),
    },
}

/// A relocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocation {
    /// Offset of the place in its section.
    pub offset: u64,
    /// What to compute.
    pub kind: RelocationKind,
    /// Index into [`Object::symbols`]; none for [`RelocationKind::Relax`] and [`RelocationKind::Align`].
    pub symbol: Option<usize>,
    /// The constant.
    pub addend: i64,
    /// What changes.
    pub patch: Patch,
    /// Byte range of the source.
    pub source: (u32, u32),
}

/// A value in the attributes section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// The value of an even tag.
    Number(u64),
    /// The value of an odd tag.
    Text(String),
}

/// Code that comes from a line of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineEntry {
    /// Index of the section.
    pub section: usize,
    /// Offset of the first instruction.
    pub offset: u64,
    /// Line, from 1.
    pub line: u32,
}

/// An assembled source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// 32 or 64.
    pub xlen: u8,
    /// Sections, in the order in which the source mentions them.
    pub sections: Vec<Section>,
    /// Symbols, in the order in which the source mentions them.
    pub symbols: Vec<Symbol>,
    /// Entries of the attributes section by tag, among them the architecture string.
    pub attributes: BTreeMap<u32, Attribute>,
    /// It contains compressed instructions.
    pub compressed: bool,
    /// Lines of code, ordered by section and offset, if asked for.
    pub lines: Vec<LineEntry>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The source.
    pub source: Arc<Source>,
}

impl Object {
    /// The section of this name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.name == name)
    }

    /// The symbol of this name.
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|s| s.name == name)
    }
}
