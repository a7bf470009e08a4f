//! Line information in DWARF: which line of the source each instruction comes from.
//!
//! One compilation unit, which covers the code that has lines. It makes no claims about the machine that
//! assembled it: the directory is `.`.

use crate::object::{LineEntry, Object};
use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, LineProgram, LineString, Range, RangeList,
    RelocateWriter, Relocation, RelocationTarget, Sections,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};

/// A section with debugging information.
pub(crate) struct DebugSection {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub data: Vec<u8>,
    /// Addresses and offsets in it.
    pub relocations: Vec<DebugRelocation>,
}

/// An address or offset in debugging information.
pub(crate) struct DebugRelocation {
    /// Offset in the section.
    pub offset: u64,
    /// Bytes: 4 or 8.
    pub size: u8,
    /// What it is relative to.
    pub target: DebugTarget,
    /// The constant.
    pub addend: i64,
}

/// What an address or offset is relative to.
pub(crate) enum DebugTarget {
    /// A section of the object, by index.
    Section(usize),
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

/// The sections; none if the object has no lines.
pub(crate) fn sections(object: &Object) -> Result<Vec<DebugSection>, gimli::write::Error> {
    if object.lines.is_empty() {
        return Ok(Vec::new());
    }
    let encoding = Encoding {
        format: Format::Dwarf32,
        version: 4,
        address_size: object.xlen / 8,
    };
    // Instructions are any multiple of two bytes long.
    let line_encoding = LineEncoding {
        minimum_instruction_length: 2,
        ..LineEncoding::default()
    };
    let name: Vec<u8> = match object.source.name.as_str() {
        "" => b"<source>".to_vec(),
        name => name
            .bytes()
            .map(|b| if b == 0 { b'?' } else { b })
            .collect(),
    };
    let text = |text: &[u8]| LineString::String(text.to_vec());
    let mut program =
        LineProgram::new(encoding, line_encoding, text(b"."), None, text(&name), None);
    let directory = program.default_directory();
    let file = program.add_file(text(&name), directory, None);
    let mut ranges = Vec::new();
    for entries in object.lines.chunk_by(|a, b| a.section == b.section) {
        let Some(section) = entries.first().map(|e| e.section) else {
            continue;
        };
        let Some(size) = object.sections.get(section).map(|s| s.size) else {
            continue;
        };
        let start = Address::Symbol {
            symbol: section,
            addend: 0,
        };
        program.begin_sequence(Some(start));
        for &LineEntry { offset, line, .. } in entries {
            let row = program.row();
            row.address_offset = offset;
            row.file = file;
            row.line = line.into();
            program.generate_row();
        }
        program.end_sequence(size);
        ranges.push(Range::StartLength {
            begin: start,
            length: size,
        });
    }

    let mut dwarf = DwarfUnit::new(encoding);
    dwarf.unit.line_program = program;
    let single = match ranges[..] {
        [Range::StartLength { begin, length }] => Some((begin, length)),
        _ => None,
    };
    let covered = match single {
        Some(_) => None,
        None => Some(dwarf.unit.ranges.add(RangeList(ranges))),
    };
    let root = dwarf.unit.root();
    let root = dwarf.unit.get_mut(root);
    root.set(gimli::DW_AT_name, AttributeValue::String(name));
    root.set(gimli::DW_AT_comp_dir, AttributeValue::String(b".".to_vec()));
    let producer = concat!("zktr-asm ", env!("CARGO_PKG_VERSION"));
    root.set(
        gimli::DW_AT_producer,
        AttributeValue::String(producer.into()),
    );
    // There is no code for assembly in DWARF 4; this is the one that other assemblers write.
    root.set(
        gimli::DW_AT_language,
        AttributeValue::Language(gimli::DW_LANG_Mips_Assembler),
    );
    root.set(gimli::DW_AT_stmt_list, AttributeValue::LineProgramRef);
    if let Some((begin, length)) = single {
        root.set(gimli::DW_AT_low_pc, AttributeValue::Address(begin));
        root.set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
    }
    if let Some(list) = covered {
        root.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(list));
    }

    let empty = Recorder {
        bytes: EndianVec::new(LittleEndian),
        relocations: Vec::new(),
    };
    let mut written = Sections::new(empty);
    dwarf.write(&mut written)?;
    let mut found = Vec::new();
    written.for_each(|id, recorder| {
        if gimli::write::Writer::len(recorder) > 0 {
            found.push((id, recorder));
        }
        Ok::<(), gimli::write::Error>(())
    })?;
    let index = |id| found.iter().position(|x| x.0 == id).unwrap_or(0);
    let convert = |r: &Relocation| DebugRelocation {
        offset: r.offset as u64,
        size: r.size,
        target: match r.target {
            RelocationTarget::Symbol(section) => DebugTarget::Section(section),
            RelocationTarget::Section(id) => DebugTarget::Debug(index(id)),
        },
        addend: r.addend,
    };
    Ok(found
        .iter()
        .map(|(id, recorder)| DebugSection {
            name: id.name(),
            data: recorder.bytes.slice().to_vec(),
            relocations: recorder.relocations.iter().map(convert).collect(),
        })
        .collect())
}
