//! `objdump`: what is in an ELF file or in raw bytes, in the layout of GNU's tool.
//!
//! Files are not trusted. Work and memory are bounded by the size of the file, whatever its tables claim, and
//! what cannot be read is said in the text, at its place. Bytes that mapping symbols mark as data are never
//! printed as instructions.

mod addresses;
mod code;
mod filter;
mod lines;
mod source;
mod symbols;
mod tables;

use crate::disasm::{DisasmOptions, Disassembler, Targets};
use ::object::elf;
use ::object::read::{File, Object as _, ObjectSection as _, ObjectSegment as _};
use ::object::{Architecture, ObjectKind, SectionFlags, SegmentFlags};
use code::{Block, CodePrinter};
pub use filter::filter;
use lines::Lines;
pub use source::{dump_source, dump_source_raw};
use std::io::{self, Write};
use symbols::SymbolTable;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// What to print, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjdumpOptions {
    /// How instructions are printed. Of an ELF file the width of registers is its own. Compressed
    /// instructions are printed as what they stand for if aliases are.
    pub style: DisasmOptions,
    /// Which sections are disassembled.
    pub disassemble: Disassemble,
    /// Relocations, among the instructions; the tables, if nothing is disassembled.
    pub relocations: bool,
    /// The function and the source line, where they change.
    pub line_numbers: bool,
    /// The text of the source, where its lines change.
    pub source: bool,
    /// The bytes of instructions.
    pub raw_bytes: bool,
    /// Long runs of zeros are printed and not left out.
    pub zeroes: bool,
    /// Only these sections; all if there are none.
    pub sections: Vec<String>,
    /// Nothing below this address.
    pub start: Option<u64>,
    /// Nothing from this address on.
    pub stop: Option<u64>,
    /// The header of the file.
    pub file_header: bool,
    /// The table of sections.
    pub section_headers: bool,
    /// The table of symbols.
    pub symbols: bool,
    /// The bytes of sections.
    pub contents: bool,
}

/// Which sections are disassembled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disassemble {
    /// None.
    Nothing,
    /// Those with code.
    Code,
    /// All that are loaded; what is not executable is data.
    All,
}

impl Default for ObjdumpOptions {
    /// Code with relocations and bytes.
    fn default() -> Self {
        Self {
            style: DisasmOptions::default(),
            disassemble: Disassemble::Code,
            relocations: true,
            line_numbers: false,
            source: false,
            raw_bytes: true,
            zeroes: false,
            sections: Vec::new(),
            start: None,
            stop: None,
            file_header: false,
            section_headers: false,
            symbols: false,
            contents: false,
        }
    }
}

/// Why nothing, or not everything, was printed.
#[derive(Debug)]
pub enum ObjdumpError {
    /// The input cannot be used.
    Input(Diagnostic),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for ObjdumpError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The text of a source file by its name, if there is one.
pub type SourceText<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The code of an ELF file with symbols and relocations. Of the options, `xlen` does not count.
///
/// # Errors
/// Bytes that are not an ELF file for RISC-V.
pub fn objdump(spec: &Spec, bytes: &[u8], options: &DisasmOptions) -> Result<String, Diagnostic> {
    let options = ObjdumpOptions {
        style: options.clone(),
        ..ObjdumpOptions::default()
    };
    let mut out = Vec::new();
    match dump(spec, "", bytes, &options, &|_| None, &mut out) {
        Ok(()) => Ok(String::from_utf8_lossy(&out).into_owned()),
        Err(ObjdumpError::Input(error)) => Err(error),
        Err(ObjdumpError::Output(error)) => Err(Diagnostic::global(error.to_string())),
    }
}

/// Prints an ELF file. `name` is its name in messages and headings; `source` finds the texts that
/// [`ObjdumpOptions::source`] shows.
///
/// # Errors
/// Bytes that are not an ELF file for RISC-V; errors of the output.
pub fn dump(
    spec: &Spec,
    name: &str,
    bytes: &[u8],
    options: &ObjdumpOptions,
    source: &SourceText<'_>,
    out: &mut dyn Write,
) -> Result<(), ObjdumpError> {
    let (file, xlen) = parse(name, bytes)?;
    heading(name, &format!("elf{xlen}-littleriscv"), out)?;
    let symbols = SymbolTable::new(&file);
    tables::print(&file, xlen, options, out)?;
    if options.disassemble == Disassemble::Nothing {
        return Ok(());
    }
    let lines = if options.line_numbers || options.source {
        Lines::of_file(&file)
    } else {
        Lines::default()
    };
    let disassembler = disassembler(spec, xlen, options);
    let mut printer = CodePrinter::new(&disassembler, options, xlen, &symbols, &lines, source);
    // Sections of a valid file do not overlap; those of a hostile one may all be the whole file.
    let mut budget = bytes.len() as u64;
    let mut sections = 0;
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        sections += 1;
        let executable = sh_flags & u64::from(elf::SHF_EXECINSTR) != 0;
        let loaded = sh_flags & u64::from(elf::SHF_ALLOC) != 0;
        let section_name = symbols::section_name(&section);
        let wanted = if options.sections.is_empty() {
            executable || loaded && options.disassemble == Disassemble::All
        } else {
            options.sections.contains(&section_name)
        };
        let data = match section.data() {
            _ if !wanted => continue,
            Ok([]) => continue,
            Ok(data) => data,
            Err(error) => {
                writeln!(
                    out,
                    "\nwarning: section {section_name} cannot be read: {error}"
                )?;
                continue;
            }
        };
        let Some(rest) = budget.checked_sub(data.len() as u64) else {
            writeln!(
                out,
                "\nwarning: section {section_name} is not shown: it overlaps others"
            )?;
            continue;
        };
        budget = rest;
        let mut relocations: Vec<_> = if options.relocations {
            section.relocations().collect()
        } else {
            Vec::new()
        };
        relocations.sort_by_key(|relocation| relocation.0);
        let block = Block {
            name: &section_name,
            address: section.address(),
            data,
            executable,
            index: Some(section.index()),
            line_base: lines.base(section.index()),
            relocations,
            file: Some(&file),
            relocatable: file.kind() == ObjectKind::Relocatable,
        };
        printer.block(&block, out)?;
    }
    if sections == 0 {
        // Without section headers the segments say what is code.
        for (number, segment) in file.segments().enumerate() {
            let SegmentFlags::Elf { p_flags } = segment.flags() else {
                continue;
            };
            let executable = p_flags & elf::PF_X != 0;
            let data = segment.data().unwrap_or_default();
            if data.is_empty() || !executable && options.disassemble != Disassemble::All {
                continue;
            }
            let Some(rest) = budget.checked_sub(data.len() as u64) else {
                break;
            };
            budget = rest;
            let name = format!("LOAD{number}");
            printer.block(
                &Block {
                    executable,
                    ..Block::raw(&name, segment.address(), data)
                },
                out,
            )?;
        }
    }
    Ok(())
}

/// An ELF file for RISC-V, and the width of its registers.
fn parse<'d>(name: &str, bytes: &'d [u8]) -> Result<(File<'d>, u8), ObjdumpError> {
    let failed = |message: String| {
        let prefix = if name.is_empty() {
            String::new()
        } else {
            format!("{name}: ")
        };
        ObjdumpError::Input(Diagnostic::global(format!(
            "{prefix}cannot read ELF: {message}"
        )))
    };
    let file = File::parse(bytes).map_err(|error| failed(error.to_string()))?;
    let xlen = match (&file, file.architecture()) {
        (File::Elf32(_), Architecture::Riscv32) => 32,
        (File::Elf64(_), Architecture::Riscv64) => 64,
        (_, other) => {
            return Err(failed(format!(
                "the file is not for RISC-V, but for {other:?}"
            )));
        }
    };
    if !file.is_little_endian() {
        return Err(failed("the file is big-endian".to_owned()));
    }
    Ok((file, xlen))
}

/// Prints bytes that are no ELF file as code at an address.
///
/// # Errors
/// Errors of the output.
pub fn dump_raw(
    spec: &Spec,
    name: &str,
    bytes: &[u8],
    address: u64,
    options: &ObjdumpOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    heading(name, "binary", out)?;
    let xlen = options.style.xlen;
    let disassembler = disassembler(spec, xlen, options);
    let (symbols, lines) = (SymbolTable::default(), Lines::default());
    let mut printer = CodePrinter::new(&disassembler, options, xlen, &symbols, &lines, &|_| None);
    printer.block(&Block::raw(".data", address, bytes), out)
}

fn heading(name: &str, format: &str, out: &mut dyn Write) -> io::Result<()> {
    match name {
        "" => writeln!(out, "file format {format}\n"),
        name => writeln!(out, "\n{name}:     file format {format}\n"),
    }
}

fn disassembler<'s>(spec: &'s Spec, xlen: u8, options: &ObjdumpOptions) -> Disassembler<'s> {
    let style = DisasmOptions {
        xlen,
        expand: options.style.expand || options.style.aliases,
        ..options.style.clone()
    };
    let targets = if style.relative {
        Targets::Distance
    } else {
        Targets::Plain
    };
    Disassembler::with_targets(spec, &style, targets)
}
