//! What an assembly yields: sections with their bytes, symbols, and the relocations that are left.
//!
//! An [`Object`] is complete: writing it as ELF ([`Object::write_elf`]) or placing it at an address
//! ([`Object::flat`]) adds nothing that is not here.

pub use crate::relocation::RelocationKind;
pub use crate::sources::Sources;
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
    /// `@gnu_indirect_function`
    IndirectFunction,
    /// The name of a source file, as `.file "name"` gives it.
    File,
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
    /// A function with a calling convention of its own (`.variant_cc`).
    pub variant_cc: bool,
    /// The line of its definition, from 1, if it was asked for; 0 otherwise.
    pub line: u32,
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
    /// Addresses of functions that run before all others.
    PreinitArray,
    /// The type with this number.
    Other(u32),
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
    /// `R`: kept although nothing refers to it.
    pub retain: bool,
    /// `e`: left out of linked programs.
    pub exclude: bool,
}

/// Sections that are linked together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Index into [`Object::symbols`] of the symbol that names the group.
    pub signature: usize,
    /// Of several groups with one name a single one is kept.
    pub comdat: bool,
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
    /// Index into [`Object::groups`], for a member of a group.
    pub group: Option<usize>,
    /// Index of the section that this one follows in the order of linking (flag `o`).
    pub link_order: Option<usize>,
    /// Where code and data begin, by offset; each holds up to the next. Where nobody executes, only descriptors are
    /// marked.
    pub mapping: Vec<Mapping>,
    /// The linker may shorten the code, so that a distance in it is not known yet.
    pub relaxed: bool,
}

/// A change between code and data within a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// Offset of the first byte.
    pub offset: u64,
    /// What follows.
    pub content: Content,
}

/// What bytes of a section are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Instructions: the mapping symbol `$x`.
    Code,
    /// Anything else: the mapping symbol `$d`.
    Data,
    /// The descriptor of a bulk instruction, in any section: the mapping symbol of this index in
    /// [`Object::descriptor_marks`].
    Descriptor(u32),
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
    /// A range of positions, which [`Object::sources`] knows.
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

/// A file that lines are counted in. An object without any of its own has only the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name; relative ones are relative to `directory`.
    pub name: String,
    /// The directory; relative ones are relative to the one that the assembler ran in.
    pub directory: Option<String>,
    /// The MD5 sum of its text, if it is known.
    pub md5: Option<[u8; 16]>,
}

/// Code that comes from a line of a source file: a row of the DWARF line table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineEntry {
    /// Index of the section.
    pub section: usize,
    /// Offset of the first instruction.
    pub offset: u64,
    /// Index into [`DebugInfo::files`].
    pub file: u32,
    /// Line, from 1; 0 for code of no line.
    pub line: u32,
    /// Column, from 1; 0 for the whole line.
    pub column: u32,
    /// A breakpoint for the line may be set here.
    pub is_stmt: bool,
    /// A basic block begins here.
    pub basic_block: bool,
    /// The prologue of a function is over.
    pub prologue_end: bool,
    /// The epilogue of a function begins.
    pub epilogue_begin: bool,
    /// Tells blocks of one line apart.
    pub discriminator: u32,
}

impl LineEntry {
    /// A statement at this place, without anything else.
    #[must_use]
    pub fn statement(section: usize, offset: u64, file: u32, line: u32) -> Self {
        Self {
            section,
            offset,
            file,
            line,
            column: 0,
            is_stmt: true,
            basic_block: false,
            prologue_end: false,
            epilogue_begin: false,
            discriminator: 0,
        }
    }
}

/// What debuggers are to know.
///
/// Either the source carries its own `.debug_info`, as compilers write it, and the assembler only makes the
/// line table of its `.file` and `.loc`; or the assembler describes the source itself, as one compilation unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugInfo {
    /// Version of DWARF, 2 to 5.
    pub version: u16,
    /// The files by their numbers in the line table; number 0 is the primary one.
    pub files: Vec<SourceFile>,
    /// Lines of code. Those of a section are together and ordered by offset.
    pub lines: Vec<LineEntry>,
    /// Describe the source as a compilation unit with its labels and functions.
    pub unit: bool,
}

/// How functions are called: what objects that are linked together have to agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abi {
    /// Where floating-point arguments are.
    pub float: FloatAbi,
    /// Only x0 to x15 are used.
    pub embedded: bool,
}

impl Abi {
    /// The calling convention of a name, as `lp64d` or `ilp32e` (RISC-V psABI, "Named ABIs"), for harts of this width.
    pub fn parse(name: &str, xlen: u8) -> Option<Self> {
        let rest = name.strip_prefix(if xlen == 32 { "ilp32" } else { "lp64" })?;
        let (float, embedded) = match rest {
            "" => (FloatAbi::Soft, false),
            "e" => (FloatAbi::Soft, true),
            "f" => (FloatAbi::Single, false),
            "d" => (FloatAbi::Double, false),
            "q" => (FloatAbi::Quad, false),
            _ => return None,
        };
        Some(Self { float, embedded })
    }
}

/// Where floating-point arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FloatAbi {
    /// In integer registers.
    #[default]
    Soft,
    /// Up to 32 bits in floating-point registers.
    Single,
    /// Up to 64 bits.
    Double,
    /// Up to 128 bits.
    Quad,
}

impl Default for DebugInfo {
    /// Nothing, in version 5.
    fn default() -> Self {
        Self {
            version: 5,
            files: Vec::new(),
            lines: Vec::new(),
            unit: false,
        }
    }
}

/// An assembled source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// 32 or 64.
    pub xlen: u8,
    /// Sections, in the order in which the source mentions them.
    pub sections: Vec<Section>,
    /// Groups of sections.
    pub groups: Vec<Group>,
    /// Symbols, in the order in which the source mentions them.
    pub symbols: Vec<Symbol>,
    /// Entries of the attributes section by tag, among them the architecture string.
    pub attributes: BTreeMap<u32, Attribute>,
    /// It contains compressed instructions.
    pub compressed: bool,
    /// The calling convention.
    pub abi: Abi,
    /// Names of the mapping symbols of descriptors: `$d.` and the mnemonic of the instruction.
    pub descriptor_marks: Vec<String>,
    /// What debuggers are to know, if asked for.
    pub debug: DebugInfo,
    /// Statements in the order in which they were read, for [`crate::listing()`]; none unless asked for.
    pub statements: Vec<crate::listing::Statement>,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
    /// The source.
    pub source: Arc<Source>,
    /// All texts that it was assembled from.
    pub sources: Sources,
}

impl Object {
    /// The section of this name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.name == name)
    }

    /// The name of the symbol that marks the begin of such bytes.
    pub(crate) fn mapping_symbol(&self, content: Content) -> &str {
        match content {
            Content::Code => "$x",
            Content::Data => "$d",
            Content::Descriptor(index) => {
                let name = self.descriptor_marks.get(index as usize);
                name.map_or("$d", String::as_str)
            }
        }
    }

    /// The symbol of this name.
    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|s| s.name == name)
    }
}
