//! The tables of a file: its header, sections, symbols, relocations and bytes.

use super::code::relocation_text;
use super::symbols::{printable, section_name};
use super::{Disassemble, ObjdumpOptions};
use ::object::elf;
use ::object::read::{File, Object as _, ObjectSection as _, ObjectSymbol as _, SymbolSection};
use ::object::{ObjectKind, SectionFlags, SymbolFlags};
use std::io::{self, Write};

/// Prints those that are asked for.
pub(super) fn print(
    file: &File<'_>,
    xlen: u8,
    options: &ObjdumpOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let digits = usize::from(xlen / 4);
    if options.file_header {
        file_header(file, xlen, out)?;
    }
    if options.section_headers {
        section_headers(file, options, digits, out)?;
    }
    if options.symbols {
        symbol_table(file, digits, out)?;
    }
    if options.relocations && options.disassemble == Disassemble::Nothing {
        relocation_tables(file, options, digits, out)?;
    }
    if options.contents {
        contents(file, options, out)?;
    }
    Ok(())
}

fn file_header(file: &File<'_>, xlen: u8, out: &mut dyn Write) -> io::Result<()> {
    let relocations = file.sections().any(|s| s.relocations().next().is_some());
    let flags = [
        (relocations, 0x1, "HAS_RELOC"),
        (file.kind() == ObjectKind::Executable, 0x2, "EXEC_P"),
        (file.symbols().next().is_some(), 0x10, "HAS_SYMS"),
        (file.kind() == ObjectKind::Dynamic, 0x40, "DYNAMIC"),
        (file.kind() != ObjectKind::Relocatable, 0x100, "D_PAGED"),
    ];
    let set = || flags.iter().filter(|flag| flag.0);
    let number: u32 = set().map(|flag| flag.1).sum();
    let names: Vec<&str> = set().map(|flag| flag.2).collect();
    let (digits, entry) = (usize::from(xlen / 4), file.entry());
    writeln!(out, "architecture: riscv:rv{xlen}, flags {number:#010x}:")?;
    writeln!(out, "{}", names.join(", "))?;
    writeln!(out, "start address 0x{entry:0digits$x}")
}

/// Is this section asked for?
fn wanted(options: &ObjdumpOptions, name: &str) -> bool {
    options.sections.is_empty() || options.sections.iter().any(|s| s == name)
}

fn section_headers(
    file: &File<'_>,
    options: &ObjdumpOptions,
    digits: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "Sections:")?;
    let (vma, lma) = ("VMA", "LMA");
    writeln!(
        out,
        "Idx Name          Size      {vma:digits$}  {lma:digits$}  File off  Algn"
    )?;
    let listed = file.sections().filter(|s| is_content(s));
    for (index, section) in listed.enumerate() {
        let name = section_name(&section);
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        if !wanted(options, &name) {
            continue;
        }
        let (address, size) = (section.address(), section.size());
        let offset = section.file_range().map_or(0, |range| range.0);
        let align = section.align().max(1).ilog2();
        writeln!(
            out,
            "{index:3} {name:13} {size:08x}  {address:0digits$x}  {address:0digits$x}  {offset:08x}  2**{align}"
        )?;
        let has = |flag: u32| sh_flags & u64::from(flag) != 0;
        let bytes = !section.kind().is_bss();
        let load = has(elf::SHF_ALLOC) && bytes;
        let attributes = [
            (bytes, "CONTENTS"),
            (has(elf::SHF_ALLOC), "ALLOC"),
            (load, "LOAD"),
            (section.relocations().next().is_some(), "RELOC"),
            (bytes && !has(elf::SHF_WRITE), "READONLY"),
            (has(elf::SHF_EXECINSTR), "CODE"),
            (load && !has(elf::SHF_EXECINSTR), "DATA"),
            (name.starts_with(".debug_"), "DEBUGGING"),
            (has(elf::SHF_TLS), "THREAD_LOCAL"),
            (has(elf::SHF_MERGE), "MERGE"),
            (has(elf::SHF_STRINGS), "STRINGS"),
        ];
        let names: Vec<&str> = attributes.iter().filter(|a| a.0).map(|a| a.1).collect();
        writeln!(out, "                  {}", names.join(", "))?;
    }
    Ok(())
}

/// Sections of a program, not those of the file format.
fn is_content(section: &::object::read::Section<'_, '_>) -> bool {
    let name = section.name().unwrap_or_default();
    let relocations =
        name.starts_with(".rela") && section.kind() == ::object::SectionKind::Metadata;
    !relocations && !matches!(name, "" | ".symtab" | ".strtab" | ".shstrtab")
}

fn symbol_table(file: &File<'_>, digits: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "SYMBOL TABLE:")?;
    let mut none = true;
    for symbol in file.symbols() {
        let SymbolFlags::Elf { st_info, st_other } = symbol.flags() else {
            continue;
        };
        none = false;
        if symbol.name().is_ok_and(super::symbols::is_for_tools) {
            continue;
        }
        let (binding, kind) = (st_info >> 4, st_info & 15);
        let section = match symbol.section() {
            SymbolSection::Undefined => "*UND*".to_owned(),
            SymbolSection::Absolute => "*ABS*".to_owned(),
            SymbolSection::Common => "*COM*".to_owned(),
            _ if kind == elf::STT_FILE => "*ABS*".to_owned(),
            other => match other.index().map(|index| file.section_by_index(index)) {
                Some(Ok(section)) => section_name(&section),
                _ => "*UND*".to_owned(),
            },
        };
        let undefined = section == "*UND*";
        let scope = match binding {
            elf::STB_LOCAL => 'l',
            elf::STB_GLOBAL if undefined || section == "*COM*" => ' ',
            elf::STB_GLOBAL => 'g',
            _ => ' ',
        };
        let weak = if binding == elf::STB_WEAK { 'w' } else { ' ' };
        let debug = match kind {
            elf::STT_SECTION | elf::STT_FILE => 'd',
            _ => ' ',
        };
        let letter = match kind {
            elf::STT_FUNC => 'F',
            elf::STT_FILE => 'f',
            elf::STT_OBJECT | elf::STT_TLS => 'O',
            _ => ' ',
        };
        let indirect = if kind == elf::STT_GNU_IFUNC { 'i' } else { ' ' };
        let name = match symbol.name() {
            Ok("") if kind == elf::STT_SECTION => section.clone(),
            Ok(name) => printable(name),
            Err(_) => "<invalid name>".to_owned(),
        };
        let visibility = match st_other & 3 {
            elf::STV_INTERNAL => " .internal",
            elf::STV_HIDDEN => " .hidden",
            elf::STV_PROTECTED => " .protected",
            _ => "",
        };
        // Of a common symbol the size comes first, then the alignment, which the file has in the place of an address.
        let (address, size) = match symbol.is_common() {
            true => (symbol.size(), symbol.address()),
            false => (symbol.address(), symbol.size()),
        };
        writeln!(
            out,
            "{address:0digits$x} {scope}{weak}  {indirect}{debug}{letter} {section}\t{size:0digits$x}{visibility} {name}"
        )?;
    }
    if none {
        writeln!(out, "no symbols")?;
    }
    writeln!(out, "\n")
}

fn relocation_tables(
    file: &File<'_>,
    options: &ObjdumpOptions,
    digits: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    for section in file.sections() {
        let name = section_name(&section);
        let mut relocations = section.relocations().peekable();
        if relocations.peek().is_none() || !wanted(options, &name) {
            continue;
        }
        writeln!(out, "RELOCATION RECORDS FOR [{name}]:")?;
        let (offset, kind) = ("OFFSET", "TYPE");
        writeln!(out, "{offset:digits$} {kind:17} VALUE")?;
        for (offset, relocation) in relocations {
            let mut text = String::new();
            relocation_text(&mut text, Some(file), &relocation, digits);
            let (kind, value) = text.split_once('\t').unwrap_or((&text, ""));
            writeln!(out, "{offset:0digits$x} {kind:16}  {value}")?;
        }
        writeln!(out, "\n")?;
    }
    Ok(())
}

fn contents(file: &File<'_>, options: &ObjdumpOptions, out: &mut dyn Write) -> io::Result<()> {
    for section in file.sections().filter(is_content) {
        let name = section_name(&section);
        let data = section.data().unwrap_or_default();
        if data.is_empty() || !wanted(options, &name) {
            continue;
        }
        writeln!(out, "Contents of section {name}:")?;
        let base = section.address();
        let last = base.saturating_add(data.len() as u64);
        let digits = (16 - last.leading_zeros() as usize / 4).max(4);
        for (row, bytes) in data.chunks(16).enumerate() {
            let address = base.wrapping_add(16 * row as u64);
            let in_range = address.saturating_add(bytes.len() as u64) > options.start.unwrap_or(0)
                && options.stop.is_none_or(|stop| address < stop);
            if !in_range {
                continue;
            }
            let mut words = String::new();
            let mut text = String::new();
            for (i, &byte) in bytes.iter().enumerate() {
                if i > 0 && i % 4 == 0 {
                    words.push(' ');
                }
                crate::disasm::hex(&mut words, byte.into(), 2);
                let shown = byte.is_ascii_graphic() || byte == b' ';
                text.push(if shown { char::from(byte) } else { '.' });
            }
            writeln!(out, " {address:0digits$x} {words:35}  {text:16}")?;
        }
    }
    Ok(())
}
