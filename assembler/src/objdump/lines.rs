//! Source lines of addresses, from DWARF line tables.
//!
//! In a relocatable file all sections begin at zero. Here each gets an address range of its own, as a linker would
//! do it, and the relocations of the debugging sections are applied with those.

use crate::object::RelocationKind;
use ::object::ObjectKind;
use ::object::read::{
    File, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, RelocationTarget,
    SectionIndex,
};
use gimli::{Dwarf, EndianSlice, LittleEndian, SectionId, Unit};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Which line of which file the code at an address comes from.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rows: Vec<Row>,
    files: Vec<String>,
    bases: HashMap<usize, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    address: u64,
    /// None behind the end of a sequence.
    place: Option<(u32, u32)>,
}

type Slice<'a> = EndianSlice<'a, LittleEndian>;

impl Lines {
    /// The lines of all units. What cannot be read is left out.
    pub fn of_file(file: &File<'_>) -> Self {
        let mut this = Self::default();
        if file.kind() == ObjectKind::Relocatable {
            let mut at = 0u64;
            for section in file.sections() {
                at = at.next_multiple_of(16);
                this.bases.insert(section.index().0, at);
                // Sizes of hostile files may be anything; their lines may then be wrong.
                at = at.saturating_add(section.size()).min(u64::from(u32::MAX));
            }
        }
        let contents = |id: SectionId| -> Cow<'_, [u8]> {
            file.section_by_name(id.name())
                .map(|section| relocated(file, &section, &this.bases))
                .unwrap_or_default()
        };
        let loaded: HashMap<&str, Cow<'_, [u8]>> = [
            SectionId::DebugAbbrev,
            SectionId::DebugAddr,
            SectionId::DebugInfo,
            SectionId::DebugLine,
            SectionId::DebugLineStr,
            SectionId::DebugStr,
            SectionId::DebugStrOffsets,
        ]
        .map(|id| (id.name(), contents(id)))
        .into();
        let section = |id: SectionId| {
            let bytes = loaded.get(id.name()).map_or(&[][..], |bytes| bytes);
            Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
        };
        let Ok(dwarf) = Dwarf::load(section) else {
            return this;
        };
        let mut seen = HashSet::new();
        let mut numbers = HashMap::new();
        let mut units = dwarf.units();
        while let Ok(Some(header)) = units.next() {
            if let Ok(unit) = dwarf.unit(header) {
                this.add_unit(&dwarf, &unit, &mut seen, &mut numbers);
            }
        }
        // The end of one sequence is often the start of another, which then counts.
        this.rows
            .sort_by_key(|row| (row.address, row.place.is_some()));
        this
    }

    fn add_unit(
        &mut self,
        dwarf: &Dwarf<Slice<'_>>,
        unit: &Unit<Slice<'_>>,
        seen: &mut HashSet<usize>,
        numbers: &mut HashMap<String, u32>,
    ) {
        let Some(program) = unit.line_program.clone() else {
            return;
        };
        // Of a hostile file all units may share one table.
        if !seen.insert(program.header().offset().0) {
            return;
        }
        let mut files: HashMap<u64, u32> = HashMap::new();
        let mut rows = program.rows();
        while let Ok(Some((header, row))) = rows.next_row() {
            let place = if row.end_sequence() {
                None
            } else {
                let file = *files.entry(row.file_index()).or_insert_with(|| {
                    let path = path(dwarf, unit, header.file(row.file_index()));
                    let next = self.files.len() as u32;
                    *numbers.entry(path).or_insert_with_key(|path| {
                        self.files.push(path.clone());
                        next
                    })
                });
                row.line().map(|line| (file, line.get() as u32))
            };
            self.rows.push(Row {
                address: row.address(),
                place,
            });
        }
    }

    /// What the addresses of a section are counted from here.
    pub fn base(&self, section: SectionIndex) -> u64 {
        self.bases.get(&section.0).copied().unwrap_or(0)
    }

    /// File and line of an address.
    pub fn find(&self, address: u64) -> Option<(&str, u32)> {
        let after = self.rows.partition_point(|row| row.address <= address);
        let (file, line) = self.rows.get(after.checked_sub(1)?)?.place?;
        Some((self.files.get(file as usize)?, line))
    }
}

/// The path of a file of a line table: its directory, and that of the unit, if they are relative.
fn path(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    file: Option<&gimli::FileEntry<Slice<'_>>>,
) -> String {
    let Some(file) = file else {
        return "<unknown>".to_owned();
    };
    let text = |attribute| {
        dwarf
            .attr_string(unit, attribute)
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let mut path = text(file.path_name());
    let header = unit.line_program.as_ref().map(|program| program.header());
    let directory = header.and_then(|header| file.directory(header)).map(text);
    let root = unit.comp_dir.map(|d| d.to_string_lossy().into_owned());
    for directory in [directory, root].into_iter().flatten() {
        if !path.starts_with('/') && !directory.is_empty() && directory != "." {
            path = format!("{directory}/{path}");
        }
    }
    super::symbols::printable(&path)
}

/// The bytes of a debugging section of a relocatable file, as if linked; nothing if they cannot be read.
fn relocated<'a>(
    file: &File<'a>,
    section: &::object::read::Section<'a, '_>,
    bases: &HashMap<usize, u64>,
) -> Cow<'a, [u8]> {
    let Ok(bytes) = section.uncompressed_data() else {
        return Cow::default();
    };
    if bases.is_empty() {
        return bytes;
    }
    let mut bytes = bytes.into_owned();
    for (offset, relocation) in section.relocations() {
        let RelocationTarget::Symbol(symbol) = relocation.target() else {
            continue;
        };
        let Ok(symbol) = file.symbol_by_index(symbol) else {
            continue;
        };
        // Offsets between debugging sections are counted from their own starts.
        let base = symbol
            .section_index()
            .filter(|&index| is_loaded(file, index))
            .and_then(|index| bases.get(&index.0).copied())
            .unwrap_or(0);
        let value = base
            .wrapping_add(symbol.address())
            .wrapping_add(relocation.addend() as u64);
        let RelocationFlags::Elf { r_type } = relocation.flags() else {
            continue;
        };
        if let Some(kind) = RelocationKind::from_number(r_type) {
            apply(&mut bytes, offset, kind, value);
        }
    }
    Cow::Owned(bytes)
}

fn is_loaded(file: &File<'_>, index: SectionIndex) -> bool {
    file.section_by_index(index).is_ok_and(|section| {
        matches!(section.flags(), ::object::SectionFlags::Elf { sh_flags }
            if sh_flags & u64::from(::object::elf::SHF_ALLOC) != 0)
    })
}

/// Applies a relocation of data; others do not occur in debugging information.
fn apply(bytes: &mut [u8], offset: u64, kind: RelocationKind, value: u64) {
    use RelocationKind as Kind;
    let size = match kind {
        Kind::Add8 | Kind::Sub8 | Kind::Set8 | Kind::Set6 | Kind::Sub6 => 1,
        Kind::Add16 | Kind::Sub16 | Kind::Set16 => 2,
        Kind::Abs32 | Kind::Add32 | Kind::Sub32 | Kind::Set32 => 4,
        Kind::Abs64 | Kind::Add64 | Kind::Sub64 => 8,
        _ => return,
    };
    let place = usize::try_from(offset)
        .ok()
        .and_then(|offset| bytes.get_mut(offset..)?.get_mut(..size));
    let Some(place) = place else { return };
    let mut old = [0; 8];
    old[..size].copy_from_slice(place);
    let old = u64::from_le_bytes(old);
    let new = match kind {
        Kind::Add8 | Kind::Add16 | Kind::Add32 | Kind::Add64 => old.wrapping_add(value),
        Kind::Sub8 | Kind::Sub16 | Kind::Sub32 | Kind::Sub64 => old.wrapping_sub(value),
        Kind::Set6 => old & 0xc0 | value & 0x3f,
        Kind::Sub6 => old & 0xc0 | old.wrapping_sub(value) & 0x3f,
        _ => value,
    };
    place.copy_from_slice(&new.to_le_bytes()[..size]);
}
