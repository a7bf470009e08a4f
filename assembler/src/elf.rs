//! Writing an [`Object`] as a relocatable ELF file.

use crate::attributes;
use crate::dwarf::{self, DebugTarget};
use crate::object::{
    Binding, Object, Place, Relocation, RelocationKind, SectionFlags, SectionKind, Symbol,
    SymbolKind, Visibility,
};
use ::object::write::StringId;
use ::object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use ::object::{Endianness, elf};
use zktr_isa::span::Diagnostic;

/// A section of the file.
struct Output<'a> {
    name: &'a str,
    kind: u32,
    flags: u64,
    align: u64,
    entry_size: u64,
    size: u64,
    data: &'a [u8],
    relocations: Vec<Rel>,
    // Found while the file is laid out.
    name_id: Option<StringId>,
    relocation_name: Option<StringId>,
    offset: usize,
    relocation_offset: usize,
}

impl Object {
    /// The bytes of a relocatable ELF file: ELF64 for RV64, ELF32 for RV32.
    ///
    /// # Errors
    /// An object with more sections or symbols than an ELF file can have.
    pub fn write_elf(&self) -> Result<Vec<u8>, Diagnostic> {
        let failed = |error: &dyn std::fmt::Display| {
            Diagnostic::global(format!("cannot write ELF: {error}"))
        };
        let debug = dwarf::sections(self).map_err(|error| failed(&error))?;
        let sections = self.sections.len() + debug.len();
        if 2 * sections + 8 >= elf::SHN_LORESERVE as usize {
            return Err(failed(&"too many sections"));
        }
        let mut attributes = Vec::new();
        if !self.attributes.is_empty() {
            attributes = attributes::encode(&self.attributes);
        }
        // Sections of the source, then those with debugging information, then attributes.
        let section_names: Vec<String> = self
            .sections
            .iter()
            .map(|s| s.name.as_str())
            .chain(debug.iter().map(|s| s.name))
            .map(|name| format!(".rela{name}"))
            .collect();
        // Local symbols come first: the null symbol, one for each section that debugging information
        // refers to, then those of the source.
        let mut locals: Vec<usize> = Vec::new();
        let mut globals: Vec<usize> = Vec::new();
        for (i, symbol) in self.symbols.iter().enumerate() {
            (if symbol.binding == Binding::Local {
                &mut locals
            } else {
                &mut globals
            })
            .push(i);
        }
        let section_symbols = if debug.is_empty() { 0 } else { sections };
        let mut indices = vec![0u32; self.symbols.len()];
        for (at, &i) in locals.iter().chain(&globals).enumerate() {
            indices[i] = (1 + section_symbols + at) as u32;
        }
        let mut outputs: Vec<Output<'_>> = self
            .sections
            .iter()
            .map(|section| Output {
                kind: section_type(section.kind),
                flags: section_flags(section.flags),
                relocations: section
                    .relocations
                    .iter()
                    .map(|r| relocation(r, &indices))
                    .collect(),
                ..Output::new(
                    &section.name,
                    section.align,
                    section.entry_size,
                    section.size,
                    &section.data,
                )
            })
            .collect();
        for section in &debug {
            outputs.push(Output {
                kind: elf::SHT_PROGBITS,
                relocations: section
                    .relocations
                    .iter()
                    .map(|r| debug_relocation(r, self.sections.len()))
                    .collect(),
                ..Output::new(section.name, 1, 0, section.data.len() as u64, &section.data)
            });
        }
        if !attributes.is_empty() {
            outputs.push(Output {
                kind: elf::SHT_RISCV_ATTRIBUTES,
                ..Output::new(
                    ".riscv.attributes",
                    1,
                    0,
                    attributes.len() as u64,
                    &attributes,
                )
            });
        }

        let mut buffer = Vec::new();
        let mut writer = Writer::new(Endianness::Little, self.xlen == 64, &mut buffer);
        writer.reserve_file_header();
        writer.reserve_null_section_index();
        // Symbols refer to sections by number: section i of `outputs` is number i + 1.
        for (i, output) in outputs.iter_mut().enumerate() {
            writer.reserve_section_index();
            output.name_id = Some(writer.add_section_name(output.name.as_bytes()));
            if !output.relocations.is_empty() {
                output.relocation_name = section_names
                    .get(i)
                    .map(|name| writer.add_section_name(name.as_bytes()));
            }
        }
        for _ in outputs.iter().filter(|o| o.relocation_name.is_some()) {
            writer.reserve_section_index();
        }
        let symtab = writer.reserve_symtab_section_index();
        writer.reserve_strtab_section_index();
        writer.reserve_shstrtab_section_index();
        writer.reserve_null_symbol_index();
        for _ in 0..section_symbols + self.symbols.len() {
            writer.reserve_symbol_index(None);
        }
        let names: Vec<StringId> = self
            .symbols
            .iter()
            .map(|symbol| writer.add_string(symbol.name.as_bytes()))
            .collect();

        for output in &mut outputs {
            let align = usize::try_from(output.align).unwrap_or(1);
            output.offset = writer.reserve(output.data.len(), align.min(4096));
        }
        for output in &mut outputs {
            output.relocation_offset = writer.reserve_relocations(output.relocations.len(), true);
        }
        writer.reserve_symtab();
        writer.reserve_strtab();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        let header = FileHeader {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_type: elf::ET_REL,
            e_machine: elf::EM_RISCV,
            e_entry: 0,
            // Without floating-point registers nothing is passed in them.
            e_flags: elf::EF_RISCV_FLOAT_ABI_SOFT
                | if self.compressed {
                    elf::EF_RISCV_RVC
                } else {
                    0
                },
        };
        writer
            .write_file_header(&header)
            .map_err(|error| failed(&error))?;
        for output in &outputs {
            writer.pad_until(output.offset);
            writer.write(output.data);
        }
        for output in &outputs {
            writer.write_align_relocation();
            for relocation in &output.relocations {
                writer.write_relocation(true, relocation);
            }
        }
        writer.write_null_symbol();
        for number in 1..=section_symbols {
            writer.write_symbol(&Sym {
                name: None,
                section: Some(SectionIndex(number as u32)),
                st_info: symbol_info(elf::STB_LOCAL, elf::STT_SECTION),
                st_other: 0,
                st_shndx: 0,
                st_value: 0,
                st_size: 0,
            });
        }
        for &i in locals.iter().chain(&globals) {
            writer.write_symbol(&symbol_entry(&self.symbols[i], names[i]));
        }
        writer.write_strtab();
        writer.write_shstrtab();
        writer.write_null_section_header();
        for output in &outputs {
            writer.write_section_header(&SectionHeader {
                name: output.name_id,
                sh_type: output.kind,
                sh_flags: output.flags,
                sh_addr: 0,
                sh_offset: output.offset as u64,
                sh_size: output.size,
                sh_link: 0,
                sh_info: 0,
                sh_addralign: output.align,
                sh_entsize: output.entry_size,
            });
        }
        for (number, output) in (1u32..).zip(&outputs) {
            if let Some(name) = output.relocation_name {
                writer.write_relocation_section_header(
                    name,
                    SectionIndex(number),
                    symtab,
                    output.relocation_offset,
                    output.relocations.len(),
                    true,
                );
            }
        }
        writer.write_symtab_section_header((1 + section_symbols + locals.len()) as u32);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
        Ok(buffer)
    }
}

impl<'a> Output<'a> {
    fn new(name: &'a str, align: u64, entry_size: u64, size: u64, data: &'a [u8]) -> Self {
        Self {
            name,
            kind: elf::SHT_NULL,
            flags: 0,
            align,
            entry_size,
            size,
            data,
            relocations: Vec::new(),
            name_id: None,
            relocation_name: None,
            offset: 0,
            relocation_offset: 0,
        }
    }
}

fn section_type(kind: SectionKind) -> u32 {
    match kind {
        SectionKind::Progbits => elf::SHT_PROGBITS,
        SectionKind::Nobits => elf::SHT_NOBITS,
        SectionKind::Note => elf::SHT_NOTE,
        SectionKind::InitArray => elf::SHT_INIT_ARRAY,
        SectionKind::FiniArray => elf::SHT_FINI_ARRAY,
    }
}

fn section_flags(flags: SectionFlags) -> u64 {
    let pairs = [
        (flags.alloc, elf::SHF_ALLOC),
        (flags.write, elf::SHF_WRITE),
        (flags.execute, elf::SHF_EXECINSTR),
        (flags.merge, elf::SHF_MERGE),
        (flags.strings, elf::SHF_STRINGS),
        (flags.tls, elf::SHF_TLS),
    ];
    pairs
        .iter()
        .filter(|x| x.0)
        .fold(0, |sum, x| sum | u64::from(x.1))
}

fn symbol_info(binding: u8, kind: u8) -> u8 {
    (binding << 4) | kind
}

fn symbol_entry(symbol: &Symbol, name: StringId) -> Sym {
    let binding = match symbol.binding {
        Binding::Local => elf::STB_LOCAL,
        Binding::Global => elf::STB_GLOBAL,
        Binding::Weak => elf::STB_WEAK,
    };
    let kind = match symbol.kind {
        SymbolKind::None => elf::STT_NOTYPE,
        SymbolKind::Object => elf::STT_OBJECT,
        SymbolKind::Function => elf::STT_FUNC,
        SymbolKind::Tls => elf::STT_TLS,
    };
    let other = match symbol.visibility {
        Visibility::Default => elf::STV_DEFAULT,
        Visibility::Internal => elf::STV_INTERNAL,
        Visibility::Hidden => elf::STV_HIDDEN,
        Visibility::Protected => elf::STV_PROTECTED,
    };
    let (section, shndx, value, size) = match symbol.place {
        Place::Undefined => (None, elf::SHN_UNDEF, 0, symbol.size),
        Place::Absolute(value) => (None, elf::SHN_ABS, value, symbol.size),
        Place::Section { section, offset } => (
            Some(SectionIndex(section as u32 + 1)),
            0,
            offset,
            symbol.size,
        ),
        Place::Common { size, align } => (None, elf::SHN_COMMON, align, size),
    };
    Sym {
        name: Some(name),
        section,
        st_info: symbol_info(binding, kind),
        st_other: other,
        st_shndx: shndx,
        st_value: value,
        st_size: size,
    }
}

fn relocation(relocation: &Relocation, indices: &[u32]) -> Rel {
    Rel {
        r_offset: relocation.offset,
        r_sym: relocation
            .symbol
            .and_then(|i| indices.get(i).copied())
            .unwrap_or(0),
        r_type: relocation_type(relocation.kind),
        r_addend: relocation.addend,
    }
}

/// Debugging information refers to sections: number i has the symbol i + 1.
fn debug_relocation(relocation: &dwarf::DebugRelocation, code_sections: usize) -> Rel {
    let section = match relocation.target {
        DebugTarget::Section(i) => i,
        DebugTarget::Debug(i) => code_sections + i,
    };
    Rel {
        r_offset: relocation.offset,
        r_sym: section as u32 + 1,
        r_type: if relocation.size == 8 {
            elf::R_RISCV_64
        } else {
            elf::R_RISCV_32
        },
        r_addend: relocation.addend,
    }
}

fn relocation_type(kind: RelocationKind) -> u32 {
    match kind {
        RelocationKind::Abs32 => elf::R_RISCV_32,
        RelocationKind::Abs64 => elf::R_RISCV_64,
        RelocationKind::Branch => elf::R_RISCV_BRANCH,
        RelocationKind::Jal => elf::R_RISCV_JAL,
        RelocationKind::CallPlt => elf::R_RISCV_CALL_PLT,
        RelocationKind::GotHi20 => elf::R_RISCV_GOT_HI20,
        RelocationKind::PcrelHi20 => elf::R_RISCV_PCREL_HI20,
        RelocationKind::PcrelLo12I => elf::R_RISCV_PCREL_LO12_I,
        RelocationKind::PcrelLo12S => elf::R_RISCV_PCREL_LO12_S,
        RelocationKind::Hi20 => elf::R_RISCV_HI20,
        RelocationKind::Lo12I => elf::R_RISCV_LO12_I,
        RelocationKind::Lo12S => elf::R_RISCV_LO12_S,
        RelocationKind::RvcBranch => elf::R_RISCV_RVC_BRANCH,
        RelocationKind::RvcJump => elf::R_RISCV_RVC_JUMP,
        RelocationKind::Add8 => elf::R_RISCV_ADD8,
        RelocationKind::Add16 => elf::R_RISCV_ADD16,
        RelocationKind::Add32 => elf::R_RISCV_ADD32,
        RelocationKind::Add64 => elf::R_RISCV_ADD64,
        RelocationKind::Sub8 => elf::R_RISCV_SUB8,
        RelocationKind::Sub16 => elf::R_RISCV_SUB16,
        RelocationKind::Sub32 => elf::R_RISCV_SUB32,
        RelocationKind::Sub64 => elf::R_RISCV_SUB64,
        RelocationKind::Align => elf::R_RISCV_ALIGN,
        RelocationKind::Relax => elf::R_RISCV_RELAX,
    }
}
