//! Assembler and disassembler for RISC-V with the instructions of a [`Spec`]: the base ISA, the ZK-Tracer
//! extension, and a user's own.
//!
//! - [`assemble`] reads source text and yields an [`Object`], which is written as a relocatable ELF file
//!   ([`Object::write_elf`]) or as bytes for a fixed address ([`Object::flat`]).
//! - [`disassemble`], [`explain`] and [`objdump()`] go the other way; what they print for an instruction
//!   assembles to the same word.
//!
//! No instruction is known here by its encoding: mnemonics, operands, ranges, aliases, registers, CSRs and
//! descriptors all come from the spec. The crate never panics on any input, and its work and memory are
//! bounded by the input and by fixed limits.
//!
//! ```
//! use zktr_asm::{Options, Source, assemble};
//!
//! let spec = zktr_isa::Spec::builtin();
//! let source = Source::new("add.s", "add: add a0, a0, a1\n ret\n");
//! let object = assemble(&spec, &source, &Options::default()).unwrap();
//! assert_eq!(object.flat(&spec, 0).unwrap(), [0x33, 0x05, 0xb5, 0x00, 0x67, 0x80, 0x00, 0x00]);
//! ```

pub mod analysis;
mod arch;
mod arguments;
mod assembler;
mod attributes;
mod branch;
pub mod builder;
mod cfi;
mod compress;
mod condition;
mod constant;
mod dialect;
mod direct;
mod directive;
mod disasm;
mod dwarf;
mod elf;
mod emit;
mod encoding;
mod expression;
mod fast;
mod field;
mod files;
mod finish;
mod image;
mod input;
mod instruction;
mod layout;
mod lex;
mod lexicon;
mod lines;
pub mod link;
pub mod listing;
mod macros;
mod memo;
mod names;
pub mod objdump;
pub mod object;
mod output;
mod pseudo;
mod relax;
mod relocation;
mod report;
mod resolve;
mod run;
mod scan;
mod section;
mod short;
mod sources;
mod statement;
mod symbols;
mod tables;
mod value;

pub use crate::dialect::Dialect;
pub use crate::disasm::{DisasmOptions, Line, disassemble, explain, render};
pub use crate::encoding::decode;
pub use crate::files::{FileSystem, Files, NoFiles, read_file};
pub use crate::image::Image;
pub use crate::listing::listing;
pub use crate::objdump::objdump;
pub use crate::object::Object;
use std::sync::Arc;
pub use zktr_isa::Spec;
pub use zktr_isa::span::{Diagnostic, Source};

/// How to assemble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// 32 or 64.
    pub xlen: u8,
    /// The architecture as an ISA string, as `rv64imac_zba`. Without it, all instructions of the spec can be used,
    /// and none is replaced by a compressed one.
    pub arch: Option<String>,
    /// The linker may shorten code, unless `.option norelax` says otherwise.
    pub relax: bool,
    /// Addresses come from the global offset table, unless `.option nopic` says otherwise.
    pub pic: bool,
    /// Record which line of the source code comes from.
    pub debug: bool,
    /// Keep what [`listing()`] needs.
    pub listing: bool,
    /// The calling convention that the object is marked with.
    pub abi: object::Abi,
    /// Whose bytes are made where GNU as and LLVM differ.
    pub dialect: Dialect,
    /// How `li` loads a constant that takes several instructions.
    pub constants: Constants,
    /// Symbols that have a value before the source begins, as by `.set`; a later one of a name counts.
    pub defines: Vec<(String, i64)>,
}

/// How `li` loads a constant that takes several instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Constants {
    /// By the sequence of GNU as, so that its objects are reproduced.
    #[default]
    AsGnu,
    /// By the shortest sequence that is found: of 64-bit constants, often half as long.
    Shortest,
}

impl Default for Options {
    /// RV64 without line information.
    fn default() -> Self {
        Self {
            xlen: 64,
            arch: None,
            relax: false,
            pic: false,
            debug: false,
            listing: false,
            abi: object::Abi::default(),
            dialect: Dialect::default(),
            constants: Constants::default(),
            defines: Vec::new(),
        }
    }
}

/// Assembles a source file. `.include` and `.incbin` look for files beside it.
///
/// # Errors
/// All errors of the source (up to a hundred), and its warnings.
pub fn assemble(
    spec: &Spec,
    source: &Arc<Source>,
    options: &Options,
) -> Result<Object, Vec<Diagnostic>> {
    assemble_with(spec, source, options, &FileSystem::default())
}

/// Assembles a text that needs no other file, for RV64 with all instructions of the spec.
///
/// # Errors
/// As [`assemble`].
///
/// ```
/// let spec = zktr_asm::Spec::builtin();
/// let object = zktr_asm::assemble_str(&spec, "li a0, 1\nret\n").unwrap();
/// assert_eq!(object.section(".text").unwrap().size, 8);
/// ```
pub fn assemble_str(spec: &Spec, text: &str) -> Result<Object, Vec<Diagnostic>> {
    let source = Source::new("<string>", text);
    assemble_with(spec, &source, &Options::default(), &NoFiles)
}

/// Assembles a source file that gets others from `files`.
///
/// # Errors
/// As [`assemble`].
pub fn assemble_with(
    spec: &Spec,
    source: &Arc<Source>,
    options: &Options,
    files: &dyn Files,
) -> Result<Object, Vec<Diagnostic>> {
    let texts = sources::Texts::new();
    let mut assembler = prepare(spec, source, options, files, &texts)?;
    assembler.run();
    assembler.finish()
}

/// An assembler before the first statement, for options and a source that it can have.
fn prepare<'a>(
    spec: &'a Spec,
    source: &'a Arc<Source>,
    options: &'a Options,
    files: &'a dyn Files,
    texts: &'a sources::Texts,
) -> Result<assembler::Assembler<'a>, Vec<Diagnostic>> {
    if !matches!(options.xlen, 32 | 64) {
        return Err(vec![Diagnostic::global(format!(
            "XLEN must be 32 or 64, not {}",
            options.xlen
        ))]);
    }
    // Positions are 32-bit numbers.
    if u32::try_from(source.text.len()).is_err() {
        return Err(vec![Diagnostic::global(format!(
            "{}: source is longer than 4 GiB",
            source.name
        ))]);
    }
    let mut assembler = assembler::Assembler::new(spec, source, options, files, texts);
    assembler.state_options()?;
    assembler.define_symbols();
    assembler.make_room(source.text.len());
    Ok(assembler)
}
