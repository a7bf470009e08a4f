//! Writing an [`Object`] as a relocatable ELF file.
//!
//! The file holds the sections of the source, then those with debugging information, then the attributes. Its
//! symbols begin with what tools need and programmers did not write: mapping symbols, which tell code from data,
//! and labels that the line table refers to where a linker may move code.

use crate::attributes;
use crate::dwarf::{self, DebugTarget};
use crate::object::{
    Binding, FloatAbi, Object, Place, Relocation, SectionFlags, SectionKind, Symbol, SymbolKind,
    Visibility,
};
use ::object::write::StringId;
use ::object::write::elf::{FileHeader, Rel, SectionHeader, SectionIndex, Sym, Writer};
use ::object::{Endianness, elf};
use std::collections::HashMap;
use zktr_isa::span::Diagnostic;

/// A section of the file.
struct Output<'a> {
    name: &'a str,
    kind: u32,
    flags: u64,
    align: u64,
    entry_size: u64,
    size: u64,
    data: std::borrow::Cow<'a, [u8]>,
    /// Those of the source, then those of debugging information.
    relocations: &'a [Relocation],
    more_relocations: Vec<Rel>,
    /// Index of a section that `sh_link` is to name.
    link: Option<usize>,
    group: Option<usize>,
    // Found while the file is laid out.
    name_id: Option<StringId>,
    relocation_name: Option<StringId>,
    offset: usize,
    relocation_offset: usize,
}

/// A symbol that is not one of the source.
struct Extra<'o> {
    name: &'o str,
    kind: u8,
    section: usize,
    offset: u64,
}

/// A section of the file, by index, and an offset unless it is the section itself.
type PlaceKey = (usize, Option<u64>);

/// The name of labels that only relocations refer to. It is GNU's: its tools hide it.
pub(crate) const ANONYMOUS: &str = ".L0 ";

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
        if 2 * (self.sections.len() + debug.len()) + self.groups.len() + 8
            >= elf::SHN_LORESERVE as usize
        {
            return Err(failed(&"too many sections"));
        }
        let mut outputs: Vec<Output<'_>> = self.sections.iter().map(Output::of_source).collect();
        // A compiler's source opens the section of the line table, so that it can refer to it.
        let mut debug_outputs = Vec::new();
        for section in &debug {
            let found = self.sections.iter().position(|s| s.name == section.name);
            debug_outputs.push(found.unwrap_or(outputs.len()));
            match found.and_then(|i| outputs.get_mut(i)) {
                Some(output) => {
                    output.data.to_mut().extend_from_slice(&section.data);
                    output.size += section.data.len() as u64;
                }
                None => outputs.push(Output {
                    kind: elf::SHT_PROGBITS,
                    ..Output::new(section.name, &section.data)
                }),
            }
        }
        let (extras, labels) = self.extra_symbols(&debug, &debug_outputs, outputs.len());
        // Local symbols come first.
        let (locals, globals): (Vec<usize>, Vec<usize>) =
            (0..self.symbols.len()).partition(|&i| self.symbols[i].binding == Binding::Local);
        let mut indices = vec![0u32; self.symbols.len()];
        for (at, &i) in locals.iter().chain(&globals).enumerate() {
            indices[i] = (1 + extras.len() + at) as u32;
        }
        for (section, &output) in debug.iter().zip(&debug_outputs) {
            let start = outputs[output].size - section.data.len() as u64;
            for r in &section.relocations {
                let key = label_key(r.target, &debug_outputs);
                outputs[output].more_relocations.push(Rel {
                    r_offset: start + r.offset,
                    r_sym: labels.get(&key).copied().unwrap_or(0),
                    r_type: r.kind.number(),
                    r_addend: r.addend,
                });
            }
        }
        let attributes = if self.attributes.is_empty() {
            Vec::new()
        } else {
            attributes::encode(&self.attributes)
        };
        if !attributes.is_empty() {
            outputs.push(Output {
                kind: elf::SHT_RISCV_ATTRIBUTES,
                ..Output::new(".riscv.attributes", &attributes)
            });
        }
        self.write(&mut outputs, &extras, &locals, &globals, &indices)
            .map_err(|error| failed(&error))
    }

    /// The symbols that are not of the source, and by their places the numbers of those that debugging
    /// information refers to.
    fn extra_symbols(
        &self,
        debug: &[dwarf::DebugSection],
        debug_outputs: &[usize],
        sections: usize,
    ) -> (Vec<Extra<'_>>, HashMap<PlaceKey, u32>) {
        let mut extras: Vec<Extra<'_>> = Vec::new();
        let mut labels = HashMap::new();
        if !debug.is_empty() {
            for section in 0..sections {
                extras.push(Extra {
                    name: "",
                    kind: elf::STT_SECTION,
                    section,
                    offset: 0,
                });
                labels.insert((section, None), extras.len() as u32);
            }
        }
        for (section, contents) in self.sections.iter().enumerate() {
            for mapping in &contents.mapping {
                extras.push(Extra {
                    name: self.mapping_symbol(mapping.content),
                    kind: elf::STT_NOTYPE,
                    section,
                    offset: mapping.offset,
                });
            }
        }
        for r in debug.iter().flat_map(|section| &section.relocations) {
            let key = label_key(r.target, debug_outputs);
            if let (section, Some(offset)) = key {
                labels.entry(key).or_insert_with(|| {
                    extras.push(Extra {
                        name: ANONYMOUS,
                        kind: elf::STT_NOTYPE,
                        section,
                        offset,
                    });
                    extras.len() as u32
                });
            }
        }
        (extras, labels)
    }

    /// Lays the file out and writes it.
    fn write(
        &self,
        outputs: &mut [Output<'_>],
        extras: &[Extra<'_>],
        locals: &[usize],
        globals: &[usize],
        indices: &[u32],
    ) -> Result<Vec<u8>, ::object::write::Error> {
        let relocation_names: Vec<String> = outputs
            .iter()
            .map(|output| format!(".rela{}", output.name))
            .collect();
        let mut buffer = Vec::new();
        let mut writer = Writer::new(Endianness::Little, self.xlen == 64, &mut buffer);
        writer.reserve_file_header();
        writer.reserve_null_section_index();
        // Symbols refer to sections by number: section i of `outputs` is number i + 1.
        for (output, name) in outputs.iter_mut().zip(&relocation_names) {
            writer.reserve_section_index();
            output.name_id = Some(writer.add_section_name(output.name.as_bytes()));
            if output.relocation_count() > 0 {
                output.relocation_name = Some(writer.add_section_name(name.as_bytes()));
            }
        }
        let mut relocation_numbers = vec![None; outputs.len()];
        for (number, output) in relocation_numbers.iter_mut().zip(outputs.iter()) {
            if output.relocation_name.is_some() {
                *number = Some(writer.reserve_section_index());
            }
        }
        let group_name = (!self.groups.is_empty()).then(|| writer.add_section_name(b".group"));
        for _ in &self.groups {
            writer.reserve_section_index();
        }
        let symtab = writer.reserve_symtab_section_index();
        writer.reserve_strtab_section_index();
        writer.reserve_shstrtab_section_index();
        writer.reserve_null_symbol_index();
        for _ in 0..extras.len() + self.symbols.len() {
            writer.reserve_symbol_index(None);
        }
        let extra_names: Vec<Option<StringId>> = extras
            .iter()
            .map(|extra| (!extra.name.is_empty()).then(|| writer.add_string(extra.name.as_bytes())))
            .collect();
        let names: Vec<StringId> = self
            .symbols
            .iter()
            .map(|symbol| writer.add_string(symbol.name.as_bytes()))
            .collect();

        for output in outputs.iter_mut() {
            let align = usize::try_from(output.align).unwrap_or(1);
            output.offset = writer.reserve(output.data.len(), align.clamp(1, 4096));
        }
        for output in outputs.iter_mut() {
            output.relocation_offset = writer.reserve_relocations(output.relocation_count(), true);
        }
        let groups = self.group_contents(outputs, &relocation_numbers);
        let group_offsets: Vec<usize> = groups
            .iter()
            .map(|group| writer.reserve(group.len(), 4))
            .collect();
        writer.reserve_symtab();
        writer.reserve_strtab();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        writer.write_file_header(&FileHeader {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_type: elf::ET_REL,
            e_machine: elf::EM_RISCV,
            e_entry: 0,
            e_flags: self.elf_flags(),
        })?;
        for output in outputs.iter() {
            writer.pad_until(output.offset);
            writer.write(&output.data);
        }
        for output in outputs.iter() {
            writer.write_align_relocation();
            for r in output.relocations {
                writer.write_relocation(true, &relocation(r, indices));
            }
            for r in &output.more_relocations {
                writer.write_relocation(true, r);
            }
        }
        for (group, &offset) in groups.iter().zip(&group_offsets) {
            writer.pad_until(offset);
            writer.write(group);
        }
        writer.write_null_symbol();
        for (extra, &name) in extras.iter().zip(&extra_names) {
            writer.write_symbol(&Sym {
                name,
                section: Some(SectionIndex(extra.section as u32 + 1)),
                st_info: symbol_info(elf::STB_LOCAL, extra.kind),
                st_other: 0,
                st_shndx: 0,
                st_value: extra.offset,
                st_size: 0,
            });
        }
        for &i in locals.iter().chain(globals) {
            writer.write_symbol(&symbol_entry(&self.symbols[i], names[i]));
        }
        writer.write_strtab();
        writer.write_shstrtab();
        writer.write_null_section_header();
        for output in outputs.iter() {
            writer.write_section_header(&SectionHeader {
                name: output.name_id,
                sh_type: output.kind,
                sh_flags: output.flags,
                sh_addr: 0,
                sh_offset: output.offset as u64,
                sh_size: output.size,
                sh_link: output.link.map_or(0, |section| section as u32 + 1),
                sh_info: 0,
                sh_addralign: output.align,
                sh_entsize: output.entry_size,
            });
        }
        for (i, output) in outputs.iter().enumerate() {
            if let Some(name) = output.relocation_name {
                // A member of a group takes its relocations with it, which this call cannot say.
                let entry = if self.xlen == 64 { 24 } else { 12 };
                let group = output.group.map_or(0, |_| u64::from(elf::SHF_GROUP));
                writer.write_section_header(&SectionHeader {
                    name: Some(name),
                    sh_type: elf::SHT_RELA,
                    sh_flags: u64::from(elf::SHF_INFO_LINK) | group,
                    sh_addr: 0,
                    sh_offset: output.relocation_offset as u64,
                    sh_size: output.relocation_count() as u64 * entry,
                    sh_link: symtab.0,
                    sh_info: i as u32 + 1,
                    sh_addralign: u64::from(self.xlen / 8),
                    sh_entsize: entry,
                });
            }
        }
        for ((group, data), &offset) in self.groups.iter().zip(&groups).zip(&group_offsets) {
            writer.write_section_header(&SectionHeader {
                name: group_name,
                sh_type: elf::SHT_GROUP,
                sh_flags: 0,
                sh_addr: 0,
                sh_offset: offset as u64,
                sh_size: data.len() as u64,
                sh_link: symtab.0,
                sh_info: indices.get(group.signature).copied().unwrap_or(0),
                sh_addralign: 4,
                sh_entsize: 4,
            });
        }
        writer.write_symtab_section_header((1 + extras.len() + locals.len()) as u32);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
        Ok(buffer)
    }

    /// The contents of the groups' own sections: a flag, then the numbers of their members.
    fn group_contents(
        &self,
        outputs: &[Output<'_>],
        relocation_numbers: &[Option<SectionIndex>],
    ) -> Vec<Vec<u8>> {
        let contents = |(index, group): (usize, &crate::object::Group)| {
            let mut words = vec![if group.comdat { elf::GRP_COMDAT } else { 0 }];
            for (i, output) in outputs.iter().enumerate() {
                if output.group == Some(index) {
                    words.push(i as u32 + 1);
                    words.extend(relocation_numbers[i].map(|number| number.0));
                }
            }
            words.iter().flat_map(|word| word.to_le_bytes()).collect()
        };
        self.groups.iter().enumerate().map(contents).collect()
    }

    /// The flags of the file's header.
    pub(crate) fn elf_flags(&self) -> u32 {
        let float = match self.abi.float {
            FloatAbi::Soft => elf::EF_RISCV_FLOAT_ABI_SOFT,
            FloatAbi::Single => elf::EF_RISCV_FLOAT_ABI_SINGLE,
            FloatAbi::Double => elf::EF_RISCV_FLOAT_ABI_DOUBLE,
            FloatAbi::Quad => elf::EF_RISCV_FLOAT_ABI_QUAD,
        };
        let when = |condition, flag| if condition { flag } else { 0 };
        float
            | when(self.compressed, elf::EF_RISCV_RVC)
            | when(self.abi.embedded, elf::EF_RISCV_RVE)
    }
}

impl<'a> Output<'a> {
    fn new(name: &'a str, data: &'a [u8]) -> Self {
        Self {
            name,
            kind: elf::SHT_NULL,
            flags: 0,
            align: 1,
            entry_size: 0,
            size: data.len() as u64,
            data: data.into(),
            relocations: &[],
            more_relocations: Vec::new(),
            link: None,
            group: None,
            name_id: None,
            relocation_name: None,
            offset: 0,
            relocation_offset: 0,
        }
    }

    fn relocation_count(&self) -> usize {
        self.relocations.len() + self.more_relocations.len()
    }

    fn of_source(section: &'a crate::object::Section) -> Self {
        let mut flags = section_flags(section.flags);
        for (set, flag) in [
            (section.group.is_some(), elf::SHF_GROUP),
            (section.link_order.is_some(), elf::SHF_LINK_ORDER),
        ] {
            flags |= if set { u64::from(flag) } else { 0 };
        }
        Self {
            kind: section_type(section.kind),
            flags,
            align: section.align,
            entry_size: section.entry_size,
            size: section.size,
            link: section.link_order,
            group: section.group,
            relocations: &section.relocations,
            ..Self::new(&section.name, &section.data)
        }
    }
}

pub(crate) fn section_type(kind: SectionKind) -> u32 {
    match kind {
        SectionKind::Progbits => elf::SHT_PROGBITS,
        SectionKind::Nobits => elf::SHT_NOBITS,
        SectionKind::Note => elf::SHT_NOTE,
        SectionKind::InitArray => elf::SHT_INIT_ARRAY,
        SectionKind::FiniArray => elf::SHT_FINI_ARRAY,
        SectionKind::PreinitArray => elf::SHT_PREINIT_ARRAY,
        SectionKind::Other(number) => number,
    }
}

pub(crate) fn section_flags(flags: SectionFlags) -> u64 {
    let pairs = [
        (flags.alloc, elf::SHF_ALLOC),
        (flags.write, elf::SHF_WRITE),
        (flags.execute, elf::SHF_EXECINSTR),
        (flags.merge, elf::SHF_MERGE),
        (flags.strings, elf::SHF_STRINGS),
        (flags.tls, elf::SHF_TLS),
        (flags.retain, elf::SHF_GNU_RETAIN),
        (flags.exclude, elf::SHF_EXCLUDE),
    ];
    pairs
        .iter()
        .filter(|x| x.0)
        .fold(0, |sum, x| sum | u64::from(x.1))
}

fn symbol_info(binding: u8, kind: u8) -> u8 {
    (binding << 4) | kind
}

pub(crate) fn symbol_entry(symbol: &Symbol, name: StringId) -> Sym {
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
        SymbolKind::IndirectFunction => elf::STT_GNU_IFUNC,
        SymbolKind::File => elf::STT_FILE,
    };
    let mut other = match symbol.visibility {
        Visibility::Default => elf::STV_DEFAULT,
        Visibility::Internal => elf::STV_INTERNAL,
        Visibility::Hidden => elf::STV_HIDDEN,
        Visibility::Protected => elf::STV_PROTECTED,
    };
    if symbol.variant_cc {
        other |= elf::STO_RISCV_VARIANT_CC;
    }
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
        r_type: relocation.kind.number(),
        r_addend: relocation.addend,
    }
}

/// What a relocation of debugging information refers to: a section of the file, or a label in it.
fn label_key(target: DebugTarget, debug_outputs: &[usize]) -> PlaceKey {
    match target {
        DebugTarget::Section(section) => (section, None),
        DebugTarget::Label { section, offset } => (section, Some(offset)),
        DebugTarget::Debug(i) => (debug_outputs[i], None),
    }
}
