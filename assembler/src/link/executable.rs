//! Writing a [`Program`] as a static ELF executable, with symbols and debugging information.

use super::{PAGE, Program};
use crate::dwarf::{self, DebugTarget};
use crate::object::{Binding, Place, RelocationKind};
use ::object::write::StringId;
use ::object::write::elf::{FileHeader, ProgramHeader, SectionHeader, SectionIndex, Sym, Writer};
use ::object::{Endianness, elf};
use std::borrow::Cow;
use zktr_isa::span::Diagnostic;

/// A section of the file.
struct Output<'a> {
    name: &'a str,
    kind: u32,
    flags: u64,
    address: u64,
    align: u64,
    entry_size: u64,
    size: u64,
    data: Cow<'a, [u8]>,
    name_id: Option<StringId>,
    offset: usize,
}

impl Program {
    /// The bytes of an ELF file that loaders and debuggers take.
    ///
    /// # Errors
    /// A program with more sections than an ELF file can have.
    pub fn write_elf(&self) -> Result<Vec<u8>, Diagnostic> {
        let failed = |error: &dyn std::fmt::Display| {
            Diagnostic::global(format!("cannot write ELF: {error}"))
        };
        let mut outputs = self.outputs().map_err(|error| failed(&error))?;
        if outputs.len() + 4 >= elf::SHN_LORESERVE as usize {
            return Err(failed(&"too many sections"));
        }
        let mut buffer = Vec::new();
        let mut writer = Writer::new(Endianness::Little, self.xlen == 64, &mut buffer);
        writer.reserve_file_header();
        writer.reserve_program_headers(self.segments.len() as u32);
        writer.reserve_null_section_index();
        for output in &mut outputs {
            writer.reserve_section_index();
            output.name_id = Some(writer.add_section_name(output.name.as_bytes()));
        }
        writer.reserve_symtab_section_index();
        writer.reserve_strtab_section_index();
        writer.reserve_shstrtab_section_index();
        let symbols = self.symbol_entries(&mut writer);
        // A segment is at the same place of its page in the file as in memory.
        let mut segment_offsets = Vec::new();
        for segment in &self.segments {
            let start = writer.reserved_len().next_multiple_of(PAGE as usize);
            writer.reserve_until(start);
            writer.reserve(segment.data.len(), 1);
            segment_offsets.push(start);
        }
        for output in &mut outputs {
            let loaded = self
                .segments
                .iter()
                .zip(&segment_offsets)
                .find(|(segment, _)| {
                    output.flags & u64::from(elf::SHF_ALLOC) != 0
                        && (segment.address..=segment.address.saturating_add(segment.size))
                            .contains(&output.address)
                });
            output.offset = match loaded {
                Some((segment, &start)) => {
                    let within = output.address - segment.address;
                    start + within.min(segment.data.len() as u64) as usize
                }
                None => writer.reserve(output.data.len(), 1),
            };
        }
        writer.reserve_symtab();
        writer.reserve_strtab();
        writer.reserve_shstrtab();
        writer.reserve_section_headers();

        writer
            .write_file_header(&FileHeader {
                os_abi: elf::ELFOSABI_NONE,
                abi_version: 0,
                e_type: elf::ET_EXEC,
                e_machine: elf::EM_RISCV,
                e_entry: self.entry,
                e_flags: self.object.elf_flags(),
            })
            .map_err(|error| failed(&error))?;
        writer.write_align_program_headers();
        for (segment, &offset) in self.segments.iter().zip(&segment_offsets) {
            let flag = |set, flag| if set { flag } else { 0 };
            writer.write_program_header(&ProgramHeader {
                p_type: elf::PT_LOAD,
                p_flags: elf::PF_R
                    | flag(segment.write, elf::PF_W)
                    | flag(segment.execute, elf::PF_X),
                p_offset: offset as u64,
                p_vaddr: segment.address,
                p_paddr: segment.address,
                p_filesz: segment.data.len() as u64,
                p_memsz: segment.size,
                p_align: PAGE,
            });
        }
        for (segment, &offset) in self.segments.iter().zip(&segment_offsets) {
            writer.pad_until(offset);
            writer.write(&segment.data);
        }
        for output in &outputs {
            if output.flags & u64::from(elf::SHF_ALLOC) == 0 {
                writer.pad_until(output.offset);
                writer.write(&output.data);
            }
        }
        writer.write_null_symbol();
        for symbol in &symbols {
            writer.write_symbol(symbol);
        }
        writer.write_strtab();
        writer.write_shstrtab();
        writer.write_null_section_header();
        for output in &outputs {
            writer.write_section_header(&SectionHeader {
                name: output.name_id,
                sh_type: output.kind,
                sh_flags: output.flags,
                sh_addr: output.address,
                sh_offset: output.offset as u64,
                sh_size: output.size,
                sh_link: 0,
                sh_info: 0,
                sh_addralign: output.align,
                sh_entsize: output.entry_size,
            });
        }
        let is_local = |symbol: &&Sym| symbol.st_info >> 4 == elf::STB_LOCAL;
        let locals = symbols.iter().take_while(is_local).count();
        writer.write_symtab_section_header(1 + locals as u32);
        writer.write_strtab_section_header();
        writer.write_shstrtab_section_header();
        Ok(buffer)
    }

    /// All sections: those of the object, in its order and so with its numbers, then the others.
    fn outputs(&self) -> Result<Vec<Output<'_>>, gimli::write::Error> {
        let mut outputs: Vec<Output<'_>> = self
            .object
            .sections
            .iter()
            .zip(&self.sections)
            .map(|(section, (address, data))| Output {
                name: &section.name,
                kind: crate::elf::section_type(section.kind),
                flags: crate::elf::section_flags(section.flags),
                address: *address,
                align: section.align,
                entry_size: section.entry_size,
                size: section.size,
                data: data.into(),
                name_id: None,
                offset: 0,
            })
            .collect();
        let extra = |name, kind, data: Cow<'static, [u8]>| Output {
            name,
            kind,
            flags: 0,
            address: 0,
            align: 1,
            entry_size: 0,
            size: data.len() as u64,
            data,
            name_id: None,
            offset: 0,
        };
        let (address, table) = &self.table;
        if !table.is_empty() {
            outputs.push(Output {
                flags: u64::from(elf::SHF_ALLOC),
                address: *address,
                align: u64::from(self.xlen / 8),
                entry_size: u64::from(self.xlen / 8),
                ..extra(".got", elf::SHT_PROGBITS, table.clone().into())
            });
        }
        for mut section in dwarf::sections(&self.object)? {
            for r in &section.relocations {
                let (index, offset) = match r.target {
                    DebugTarget::Section(index) => (index, 0),
                    DebugTarget::Label { section, offset } => (section, offset),
                    // A single object is its own whole: its sections begin where it says.
                    DebugTarget::Debug(_) => (usize::MAX, 0),
                };
                let base = self.sections.get(index).map_or(0, |section| section.0);
                let value = base.wrapping_add(offset).wrapping_add(r.addend as u64);
                store(&mut section.data, r.offset, r.kind, value);
            }
            let found = self
                .object
                .sections
                .iter()
                .position(|s| s.name == section.name);
            match found.and_then(|index| outputs.get_mut(index)) {
                Some(output) => {
                    output.size += section.data.len() as u64;
                    output.data.to_mut().extend_from_slice(&section.data);
                }
                None => outputs.push(extra(section.name, elf::SHT_PROGBITS, section.data.into())),
            }
        }
        if !self.object.attributes.is_empty() {
            let attributes = crate::attributes::encode(&self.object.attributes);
            outputs.push(extra(
                ".riscv.attributes",
                elf::SHT_RISCV_ATTRIBUTES,
                attributes.into(),
            ));
        }
        Ok(outputs)
    }

    /// The symbol table: mapping symbols, then local and global ones.
    fn symbol_entries<'a>(&'a self, writer: &mut Writer<'a>) -> Vec<Sym> {
        let mut entries = Vec::new();
        writer.reserve_null_symbol_index();
        for (index, (section, (base, _))) in
            self.object.sections.iter().zip(&self.sections).enumerate()
        {
            for mapping in section.mapping.iter().filter(|_| section.flags.alloc) {
                let name = self.object.mapping_symbol(mapping.content);
                entries.push(Sym {
                    name: Some(writer.add_string(name.as_bytes())),
                    section: Some(SectionIndex(index as u32 + 1)),
                    st_info: elf::STT_NOTYPE,
                    st_other: 0,
                    st_shndx: 0,
                    st_value: base.wrapping_add(mapping.offset),
                    st_size: 0,
                });
            }
        }
        let named = self.object.symbols.iter().zip(&self.symbols);
        let (locals, globals): (Vec<_>, Vec<_>) =
            named.partition(|(symbol, _)| symbol.binding == Binding::Local);
        for (symbol, address) in locals.into_iter().chain(globals) {
            let Some(address) = *address else { continue };
            if symbol.name == crate::elf::ANONYMOUS {
                continue;
            }
            let name = writer.add_string(symbol.name.as_bytes());
            let mut entry = crate::elf::symbol_entry(symbol, name);
            entry.st_value = address;
            // What the linker has placed is in no section of the source.
            if !matches!(symbol.place, Place::Section { .. }) {
                entry.st_shndx = elf::SHN_ABS;
            }
            entries.push(entry);
        }
        for _ in &entries {
            writer.reserve_symbol_index(None);
        }
        entries
    }
}

/// Applies a relocation of debugging information.
fn store(bytes: &mut [u8], offset: u64, kind: RelocationKind, value: u64) {
    use RelocationKind as Kind;
    let size = match kind {
        Kind::Abs64 | Kind::Add64 | Kind::Sub64 => 8,
        _ => 4,
    };
    let place = bytes
        .get_mut(offset as usize..)
        .and_then(|bytes| bytes.get_mut(..size));
    let Some(place) = place else { return };
    let mut old = [0; 8];
    old[..size].copy_from_slice(place);
    let old = u64::from_le_bytes(old);
    let new = match kind {
        Kind::Add32 | Kind::Add64 => old.wrapping_add(value),
        Kind::Sub32 | Kind::Sub64 => old.wrapping_sub(value),
        _ => value,
    };
    place.copy_from_slice(&new.to_le_bytes()[..size]);
}
