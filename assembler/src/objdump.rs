//! Disassembly of the executable sections of an ELF file, with symbols and relocations.

use crate::disasm::{DisasmOptions, Disassembler, write_line};
use ::object::elf;
use ::object::read::{self, File, Object as _, ObjectSection as _, ObjectSymbol as _};
use ::object::{Architecture, RelocationFlags, RelocationTarget, SectionFlags};
use std::fmt::Write;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// The text of all executable sections. The width of registers is that of the file; of the options the
/// others count. What cannot be read is said in the text, at its place.
///
/// # Errors
/// Bytes that are not an ELF file for RISC-V.
pub fn objdump(spec: &Spec, bytes: &[u8], options: &DisasmOptions) -> Result<String, Diagnostic> {
    let failed = |message: String| Diagnostic::global(format!("cannot read ELF: {message}"));
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
    let options = DisasmOptions {
        xlen,
        ..options.clone()
    };
    let disassembler = Disassembler::new(spec, &options);
    let mut out = format!("file format elf{xlen}-littleriscv\n");
    // Sections of a valid file do not overlap; those of a hostile one may all be the whole file.
    let mut budget = bytes.len() as u64;
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        if sh_flags & u64::from(elf::SHF_EXECINSTR) == 0 {
            continue;
        }
        let name = section
            .name()
            .unwrap_or("<invalid name>")
            .escape_debug()
            .to_string();
        // Writing to a string cannot fail.
        let _ = write!(out, "\nDisassembly of section {name}:\n");
        let data = match section.data() {
            Ok(data) => data,
            Err(error) => {
                let _ = writeln!(out, "\nwarning: the section cannot be read: {error}");
                continue;
            }
        };
        match budget.checked_sub(data.len() as u64) {
            Some(rest) => budget = rest,
            None => {
                let _ = writeln!(
                    out,
                    "\nwarning: the section is not shown: it overlaps others"
                );
                continue;
            }
        }
        dump_section(&mut out, &file, &section, data, &disassembler);
    }
    Ok(out)
}

/// Symbols and relocations among the instructions of one section.
fn dump_section(
    out: &mut String,
    file: &File<'_>,
    section: &read::Section<'_, '_>,
    data: &[u8],
    disassembler: &Disassembler<'_>,
) {
    let base = section.address();
    let mut symbols: Vec<(u64, &str)> = file
        .symbols()
        .filter(|symbol| symbol.section_index() == Some(section.index()))
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?)))
        // Without a name, or there only to mark code and data.
        .filter(|(_, name)| {
            !name.is_empty() && !name.starts_with('$') && *name != crate::elf::ANONYMOUS
        })
        .collect();
    symbols.sort();
    let mut relocations: Vec<(u64, String)> = section
        .relocations()
        .map(|(offset, relocation)| (offset, relocation_text(file, &relocation)))
        .collect();
    relocations.sort_by_key(|relocation| relocation.0);
    // Places in relocatable files are offsets, in linked ones addresses.
    let mut relocations = relocations.into_iter().peekable();
    let mut labels = symbols.iter().peekable();
    if labels.peek().is_none_or(|label| label.0 > base) && !data.is_empty() {
        out.push('\n');
    }
    for line in disassembler.lines(data, base) {
        let end = line.address.saturating_add(line.length.into());
        while let Some((address, name)) = labels.next_if(|label| label.0 < end) {
            let _ = write!(out, "\n{address:016x} <{}>:\n", name.escape_debug());
        }
        let near = line.target.and_then(|target| {
            let after = symbols.partition_point(|symbol| symbol.0 <= target);
            let (address, name) = symbols.get(after.checked_sub(1)?)?;
            let name = name.escape_debug();
            Some(match target - address {
                0 => format!(" <{name}>"),
                distance => format!(" <{name}+{distance:#x}>"),
            })
        });
        write_line(out, &line, near.as_deref().unwrap_or(""));
        let offset_end = end.wrapping_sub(base);
        while let Some((offset, text)) = relocations.next_if(|relocation| relocation.0 < offset_end)
        {
            let _ = writeln!(out, "\t\t\t{:x}: {text}", base.wrapping_add(offset));
        }
    }
    for (address, name) in labels {
        let _ = write!(out, "\n{address:016x} <{}>:\n", name.escape_debug());
    }
    for (offset, text) in relocations {
        let _ = writeln!(out, "\t\t\t{offset:x}: {text} (outside of the section)");
    }
}

/// The type of a relocation, its symbol and its addend.
fn relocation_text(file: &File<'_>, relocation: &read::Relocation) -> String {
    let kind = match relocation.flags() {
        RelocationFlags::Elf { r_type } => match RELOCATIONS.iter().find(|x| x.0 == r_type) {
            Some((_, name)) => format!("R_RISCV_{name}"),
            None => format!("R_RISCV_<{r_type}>"),
        },
        other => format!("{other:?}"),
    };
    let symbol = match relocation.target() {
        RelocationTarget::Symbol(index) => match file.symbol_by_index(index) {
            Ok(symbol) => match symbol.name() {
                Ok("") => symbol
                    .section_index()
                    .and_then(|index| file.section_by_index(index).ok())
                    .and_then(|section| {
                        section
                            .name()
                            .ok()
                            .map(|name| name.escape_debug().to_string())
                    })
                    .unwrap_or_default(),
                Ok(name) => name.escape_debug().to_string(),
                Err(_) => "<invalid name>".to_owned(),
            },
            Err(_) => "<invalid symbol>".to_owned(),
        },
        _ => "*ABS*".to_owned(),
    };
    match relocation.addend() {
        0 => format!("{kind}\t{symbol}"),
        addend if addend < 0 => format!("{kind}\t{symbol}-{:#x}", addend.unsigned_abs()),
        addend => format!("{kind}\t{symbol}+{addend:#x}"),
    }
}

/// Names of relocations, as the psABI has them.
const RELOCATIONS: [(u32, &str); 41] = [
    (elf::R_RISCV_NONE, "NONE"),
    (elf::R_RISCV_32, "32"),
    (elf::R_RISCV_64, "64"),
    (elf::R_RISCV_RELATIVE, "RELATIVE"),
    (elf::R_RISCV_COPY, "COPY"),
    (elf::R_RISCV_JUMP_SLOT, "JUMP_SLOT"),
    (elf::R_RISCV_BRANCH, "BRANCH"),
    (elf::R_RISCV_JAL, "JAL"),
    (elf::R_RISCV_CALL, "CALL"),
    (elf::R_RISCV_CALL_PLT, "CALL_PLT"),
    (elf::R_RISCV_GOT_HI20, "GOT_HI20"),
    (elf::R_RISCV_TLS_GOT_HI20, "TLS_GOT_HI20"),
    (elf::R_RISCV_TLS_GD_HI20, "TLS_GD_HI20"),
    (elf::R_RISCV_PCREL_HI20, "PCREL_HI20"),
    (elf::R_RISCV_PCREL_LO12_I, "PCREL_LO12_I"),
    (elf::R_RISCV_PCREL_LO12_S, "PCREL_LO12_S"),
    (elf::R_RISCV_HI20, "HI20"),
    (elf::R_RISCV_LO12_I, "LO12_I"),
    (elf::R_RISCV_LO12_S, "LO12_S"),
    (elf::R_RISCV_TPREL_HI20, "TPREL_HI20"),
    (elf::R_RISCV_TPREL_LO12_I, "TPREL_LO12_I"),
    (elf::R_RISCV_TPREL_LO12_S, "TPREL_LO12_S"),
    (elf::R_RISCV_TPREL_ADD, "TPREL_ADD"),
    (elf::R_RISCV_ADD8, "ADD8"),
    (elf::R_RISCV_ADD16, "ADD16"),
    (elf::R_RISCV_ADD32, "ADD32"),
    (elf::R_RISCV_ADD64, "ADD64"),
    (elf::R_RISCV_SUB8, "SUB8"),
    (elf::R_RISCV_SUB16, "SUB16"),
    (elf::R_RISCV_SUB32, "SUB32"),
    (elf::R_RISCV_SUB64, "SUB64"),
    (elf::R_RISCV_ALIGN, "ALIGN"),
    (elf::R_RISCV_RVC_BRANCH, "RVC_BRANCH"),
    (elf::R_RISCV_RVC_JUMP, "RVC_JUMP"),
    (elf::R_RISCV_RELAX, "RELAX"),
    (elf::R_RISCV_SUB6, "SUB6"),
    (elf::R_RISCV_SET6, "SET6"),
    (elf::R_RISCV_SET8, "SET8"),
    (elf::R_RISCV_SET16, "SET16"),
    (elf::R_RISCV_SET32, "SET32"),
    (elf::R_RISCV_32_PCREL, "32_PCREL"),
];
