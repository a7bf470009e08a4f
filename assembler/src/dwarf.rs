//! Debugging information in DWARF: which line of which file each instruction comes from, and for a source that
//! is its own compilation unit, its functions and labels.
//!
//! Every address is relative to a place that stays right when a linker shortens code: to a section where no
//! code can move, and to a label of its own otherwise. Then a distance is never written as a number either.

use crate::object::{DebugInfo, LineEntry, Object, Place, RelocationKind, Symbol, SymbolKind};
use gimli::write::{
    Address, AttributeValue, DirectoryId, DwarfUnit, EndianVec, FileId, FileInfo, LineProgram,
    LineString, LineStringTable, Range, RangeList, RelocateWriter, Relocation, RelocationTarget,
    Sections, StringTable, UnitEntryId, Writer,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian, SectionId};
use std::collections::{HashMap, HashSet};

/// A section with debugging information.
pub(crate) struct DebugSection {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Addresses, distances and offsets in it.
    pub relocations: Vec<DebugRelocation>,
}

/// An address, a distance or an offset in debugging information.
pub(crate) struct DebugRelocation {
    /// Offset in the section.
    pub offset: u64,
    /// What is computed.
    pub kind: RelocationKind,
    /// What it is relative to.
    pub target: DebugTarget,
    /// The constant.
    pub addend: i64,
}

/// What an address or offset is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DebugTarget {
    /// A section of the object, by index.
    Section(usize),
    /// A place in a section of the object in which code may move.
    Label {
        /// Index of the section.
        section: usize,
        /// Offset from its start.
        offset: u64,
    },
    /// A section with debugging information, by index in the result of [`sections`].
    Debug(usize),
}

/// Bytes with the relocations in them.
#[derive(Clone)]
struct Recorder {
    bytes: EndianVec<LittleEndian>,
    relocations: Vec<Relocation>,
}

impl RelocateWriter for Recorder {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

/// Code of one section, from its start to its end, that has lines.
struct Covered {
    section: usize,
    size: u64,
}

/// Makes addresses, and remembers the places that they stand for.
struct Places<'a> {
    object: &'a Object,
    /// By the number that stands for it in an [`Address`].
    targets: Vec<DebugTarget>,
    numbers: HashMap<(usize, u64), usize>,
}

impl Places<'_> {
    fn address(&mut self, section: usize, offset: u64) -> Address {
        let relaxed = self.object.sections.get(section).is_some_and(|s| s.relaxed);
        let (offset, addend) = if relaxed {
            (offset, 0)
        } else {
            (0, offset as i64)
        };
        let targets = &mut self.targets;
        let symbol = *self.numbers.entry((section, offset)).or_insert_with(|| {
            targets.push(if relaxed {
                DebugTarget::Label { section, offset }
            } else {
                DebugTarget::Section(section)
            });
            targets.len() - 1
        });
        Address::Symbol { symbol, addend }
    }
}

/// The sections; none if the object has no lines.
pub(crate) fn sections(object: &Object) -> Result<Vec<DebugSection>, gimli::write::Error> {
    let info = &object.debug;
    if info.lines.is_empty() {
        return Ok(Vec::new());
    }
    let encoding = Encoding {
        format: Format::Dwarf32,
        version: info.version.clamp(2, 5),
        address_size: object.xlen / 8,
    };
    let mut places = Places {
        object,
        targets: Vec::new(),
        numbers: HashMap::new(),
    };
    let (program, files, covered) = line_program(object, encoding, &mut places);
    let empty = Recorder {
        bytes: EndianVec::new(LittleEndian),
        relocations: Vec::new(),
    };
    let mut written = Sections::new(empty.clone());
    if info.unit {
        let mut unit = unit(object, encoding, program, &files, &covered, &mut places);
        unit.write(&mut written)?;
    } else {
        program.write(
            &mut written.debug_line,
            encoding,
            &mut LineStringTable::default(),
            &mut StringTable::default(),
        )?;
    }
    let mut found = Vec::new();
    written.for_each(|id, recorder| {
        if recorder.len() > 0 {
            found.push((id, recorder));
        }
        Ok::<(), gimli::write::Error>(())
    })?;
    let index = |id| found.iter().position(|x| x.0 == id).unwrap_or(0);
    let convert = |r: &Relocation| DebugRelocation {
        offset: r.offset as u64,
        kind: absolute(r.size),
        target: match r.target {
            RelocationTarget::Symbol(number) => places.targets[number],
            RelocationTarget::Section(id) => DebugTarget::Debug(index(id)),
        },
        addend: r.addend,
    };
    let mut sections: Vec<DebugSection> = found
        .iter()
        .map(|(id, recorder)| DebugSection {
            name: id.name(),
            data: recorder.bytes.slice().to_vec(),
            relocations: recorder.relocations.iter().map(convert).collect(),
        })
        .collect();
    if info.unit {
        sections.push(address_ranges(
            object,
            &covered,
            index(SectionId::DebugInfo),
        ));
    }
    Ok(sections)
}

/// An address or offset of this many bytes.
fn absolute(size: u8) -> RelocationKind {
    if size == 8 {
        RelocationKind::Abs64
    } else {
        RelocationKind::Abs32
    }
}

/// The line table, its files by their numbers in the object, and the code that it is about.
fn line_program(
    object: &Object,
    encoding: Encoding,
    places: &mut Places<'_>,
) -> (LineProgram, Vec<FileId>, Vec<Covered>) {
    // An object without compressed instructions may still hold data of any size between instructions.
    let line_encoding = LineEncoding {
        minimum_instruction_length: 1,
        ..LineEncoding::default()
    };
    let (mut program, files) = file_table(&object.debug, encoding, line_encoding);
    let first_number = first_file_number(&object.debug);
    let fallback = files.first().copied();
    let mut covered = Vec::new();
    for entries in object.debug.lines.chunk_by(|a, b| a.section == b.section) {
        let Some(section) = entries.first().map(|e| e.section) else {
            continue;
        };
        let Some(contents) = object.sections.get(section) else {
            continue;
        };
        let (size, relaxed) = (contents.size, contents.relaxed);
        program.begin_sequence((!relaxed).then(|| places.address(section, 0)));
        let mut last = 0;
        for entry in entries {
            // Offsets in a line table only grow.
            let offset = entry.offset.clamp(last, size);
            last = offset;
            if relaxed {
                program.set_address(places.address(section, offset));
            }
            let file = (entry.file as usize).checked_sub(first_number);
            let file = file.and_then(|i| files.get(i).copied()).or(fallback);
            row(&mut program, entry, if relaxed { 0 } else { offset }, file);
        }
        if relaxed {
            program.set_address(places.address(section, size));
        }
        program.end_sequence(if relaxed { 0 } else { size });
        if !covered.iter().any(|c: &Covered| c.section == section) {
            covered.push(Covered { section, size });
        }
    }
    (program, files, covered)
}

fn row(program: &mut LineProgram, entry: &LineEntry, offset: u64, file: Option<FileId>) {
    let row = program.row();
    row.address_offset = offset;
    if let Some(file) = file {
        row.file = file;
    }
    row.line = entry.line.into();
    row.column = entry.column.into();
    row.discriminator = entry.discriminator.into();
    row.is_statement = entry.is_stmt;
    row.basic_block = entry.basic_block;
    row.prologue_end = entry.prologue_end;
    row.epilogue_begin = entry.epilogue_begin;
    program.generate_row();
}

/// Before DWARF 5 the numbers of files begin with 1; number 0 is only there if the assembler itself has made it.
fn first_file_number(info: &DebugInfo) -> usize {
    usize::from(info.version < 5 && !info.unit)
}

/// A line table with the object's files and no lines.
fn file_table(
    info: &DebugInfo,
    encoding: Encoding,
    line_encoding: LineEncoding,
) -> (LineProgram, Vec<FileId>) {
    let primary = info.files.first();
    let directory = text(primary.and_then(|f| f.directory.as_deref()), ".");
    let md5 = info.files.iter().any(|file| file.md5.is_some());
    let file_info = |md5: Option<[u8; 16]>| {
        md5.map(|md5| FileInfo {
            md5,
            ..FileInfo::default()
        })
    };
    let name = text(primary.map(|f| f.name.as_str()), "<source>");
    let mut program = LineProgram::new(
        encoding,
        line_encoding,
        LineString::String(directory.clone()),
        None,
        LineString::String(name.clone()),
        file_info(primary.and_then(|f| f.md5)),
    );
    program.file_has_md5 = md5 && encoding.version >= 5;
    let root = program.default_directory();
    let mut directories: HashMap<Vec<u8>, DirectoryId> = HashMap::from([(directory, root)]);
    let mut names: HashSet<(Vec<u8>, DirectoryId)> = HashSet::new();
    let mut files = Vec::new();
    for file in info.files.iter().skip(first_file_number(info)) {
        let id = match &file.directory {
            None => root,
            Some(directory) => *directories
                .entry(text(Some(directory), "."))
                .or_insert_with_key(|key| program.add_directory(LineString::String(key.clone()))),
        };
        // Numbers have to stay what the source says, but equal files would share one: the name is written
        // another way, with the same meaning.
        let mut name = text(Some(&file.name), "<source>");
        while !names.insert((name.clone(), id)) {
            let root = usize::from(name.starts_with(b"/"));
            name.splice(root..root, *b"./");
        }
        files.push(program.add_file(LineString::String(name), id, file_info(file.md5)));
    }
    if files.is_empty() {
        files.push(program.add_file(LineString::String(name), root, None));
    }
    (program, files)
}

/// A string that DWARF can hold: without zero bytes, and not empty.
fn text(text: Option<&str>, otherwise: &str) -> Vec<u8> {
    let text = text.filter(|text| !text.is_empty()).unwrap_or(otherwise);
    text.bytes()
        .map(|b| if b == 0 { b'?' } else { b })
        .collect()
}

/// The source as a compilation unit.
fn unit(
    object: &Object,
    encoding: Encoding,
    program: LineProgram,
    files: &[FileId],
    covered: &[Covered],
    places: &mut Places<'_>,
) -> DwarfUnit {
    let mut dwarf = DwarfUnit::new(encoding);
    dwarf.unit.line_program = program;
    let mut bounds = |c: &Covered| {
        let begin = places.address(c.section, 0);
        let relaxed = object.sections.get(c.section).is_some_and(|s| s.relaxed);
        (begin, relaxed.then(|| places.address(c.section, c.size)))
    };
    let low_high = match covered {
        [single] => Some((bounds(single), single.size)),
        _ => None,
    };
    let ranges = match covered {
        [_] => None,
        _ => {
            let list = covered
                .iter()
                .map(|c| match bounds(c) {
                    (begin, Some(end)) => Range::StartEnd { begin, end },
                    (begin, None) => Range::StartLength {
                        begin,
                        length: c.size,
                    },
                })
                .collect();
            Some(dwarf.unit.ranges.add(RangeList(list)))
        }
    };
    let file = object.debug.files.first();
    let mut string = |text: Vec<u8>| AttributeValue::StringRef(dwarf.strings.add(text));
    let name = string(text(file.map(|f| f.name.as_str()), "<source>"));
    let directory = string(text(file.and_then(|f| f.directory.as_deref()), "."));
    let producer = string(concat!("zktr-asm ", env!("CARGO_PKG_VERSION")).into());
    let root = dwarf.unit.root();
    let entry = dwarf.unit.get_mut(root);
    entry.set(gimli::DW_AT_name, name);
    entry.set(gimli::DW_AT_comp_dir, directory);
    entry.set(gimli::DW_AT_producer, producer);
    // DWARF 5 has no code for assembly; this is the one that other assemblers write.
    entry.set(
        gimli::DW_AT_language,
        AttributeValue::Language(gimli::DW_LANG_Mips_Assembler),
    );
    entry.set(gimli::DW_AT_stmt_list, AttributeValue::LineProgramRef);
    if let Some(((begin, end), size)) = low_high {
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(begin));
        entry.set(gimli::DW_AT_high_pc, high_pc(end, size));
    }
    if let Some(list) = ranges {
        // Ranges are relative to it unless they say otherwise.
        entry.set(
            gimli::DW_AT_low_pc,
            AttributeValue::Address(Address::Constant(0)),
        );
        entry.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(list));
    }
    for covered in covered {
        for label in labels(object, covered) {
            describe(object, &mut dwarf, root, label, files.first(), places);
        }
    }
    dwarf
}

/// The end of code: an address if it may move, or its size.
fn high_pc(end: Option<Address>, size: u64) -> AttributeValue {
    end.map_or(AttributeValue::Udata(size), AttributeValue::Address)
}

/// A symbol with code: from its offset on, and as a function up to its end.
struct Label<'a> {
    symbol: &'a Symbol,
    section: usize,
    offset: u64,
    function_end: Option<u64>,
}

/// Functions and labels of a section, by offset. Functions do not overlap: of several at one place the first
/// has the code, and each ends where the next one begins at the latest.
fn labels<'a>(object: &'a Object, covered: &Covered) -> Vec<Label<'a>> {
    let mut labels: Vec<Label<'a>> = object
        .symbols
        .iter()
        .filter(|symbol| !symbol.name.is_empty() && !symbol.name.starts_with(".L"))
        .filter_map(|symbol| match symbol.place {
            Place::Section { section, offset }
                if section == covered.section && offset < covered.size =>
            {
                let function = symbol.kind == SymbolKind::Function;
                Some(Label {
                    symbol,
                    section,
                    offset,
                    function_end: function.then(|| {
                        let size = match symbol.size {
                            0 => u64::MAX,
                            size => size,
                        };
                        offset.saturating_add(size).min(covered.size)
                    }),
                })
            }
            _ => None,
        })
        .collect();
    labels.sort_by_key(|label| label.offset);
    let mut next = u64::MAX;
    for label in labels.iter_mut().rev() {
        if let Some(end) = &mut label.function_end {
            *end = (*end).min(next);
            next = label.offset;
        }
    }
    for label in &mut labels {
        label.function_end.take_if(|end| *end <= label.offset);
    }
    labels
}

/// Adds an entry for a function or a label.
fn describe(
    object: &Object,
    dwarf: &mut DwarfUnit,
    root: UnitEntryId,
    label: Label<'_>,
    file: Option<&FileId>,
    places: &mut Places<'_>,
) {
    let name = dwarf.strings.add(text(Some(&label.symbol.name), "?"));
    let tag = match label.function_end {
        Some(_) => gimli::DW_TAG_subprogram,
        None => gimli::DW_TAG_label,
    };
    let id = dwarf.unit.add(root, tag);
    let entry = dwarf.unit.get_mut(id);
    entry.set(gimli::DW_AT_name, AttributeValue::StringRef(name));
    if label.symbol.line > 0 {
        entry.set(
            gimli::DW_AT_decl_file,
            AttributeValue::FileIndex(file.copied()),
        );
        entry.set(
            gimli::DW_AT_decl_line,
            AttributeValue::Udata(label.symbol.line.into()),
        );
    }
    let begin = places.address(label.section, label.offset);
    entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(begin));
    let Some(end) = label.function_end else {
        return;
    };
    let relaxed = object
        .sections
        .get(label.section)
        .is_some_and(|s| s.relaxed);
    let address = relaxed.then(|| places.address(label.section, end));
    entry.set(gimli::DW_AT_high_pc, high_pc(address, end - label.offset));
    if label.symbol.binding != crate::object::Binding::Local {
        entry.set(gimli::DW_AT_external, AttributeValue::FlagPresent);
    }
}

/// The table from addresses to the compilation unit (DWARF 5, section 6.1.2), which gimli does not write.
fn address_ranges(object: &Object, covered: &[Covered], unit: usize) -> DebugSection {
    let size = usize::from(object.xlen / 8);
    let mut data = vec![0; 4];
    data.extend_from_slice(&2u16.to_le_bytes());
    let mut relocations = vec![DebugRelocation {
        offset: data.len() as u64,
        kind: RelocationKind::Abs32,
        target: DebugTarget::Debug(unit),
        addend: 0,
    }];
    data.extend_from_slice(&[0; 4]);
    data.extend_from_slice(&[object.xlen / 8, 0]);
    data.resize(data.len().next_multiple_of(2 * size), 0);
    let (add, sub) = match object.xlen {
        32 => (RelocationKind::Add32, RelocationKind::Sub32),
        _ => (RelocationKind::Add64, RelocationKind::Sub64),
    };
    for &Covered {
        section,
        size: length,
    } in covered
    {
        let at = data.len() as u64;
        let relaxed = object.sections.get(section).is_some_and(|s| s.relaxed);
        let mut push = |offset, kind, target| {
            relocations.push(DebugRelocation {
                offset,
                kind,
                target,
                addend: 0,
            });
        };
        let label = |offset| DebugTarget::Label { section, offset };
        if relaxed {
            push(at, absolute(object.xlen / 8), label(0));
            push(at + size as u64, add, label(length));
            push(at + size as u64, sub, label(0));
        } else {
            push(at, absolute(object.xlen / 8), DebugTarget::Section(section));
        }
        data.resize(data.len() + size, 0);
        let length = if relaxed { 0 } else { length };
        data.extend_from_slice(&length.to_le_bytes()[..size]);
    }
    data.resize(data.len() + 2 * size, 0);
    let length = (data.len() - 4) as u32;
    data[..4].copy_from_slice(&length.to_le_bytes());
    DebugSection {
        name: ".debug_aranges",
        data,
        relocations,
    }
}
