//! Programs that need no linker: an object alone, at its addresses.
//!
//! [`Object::flat`] places everything in a row, for images in ROM. [`Object::link`] makes a program for loaders: code,
//! constants and data in pages of their own, with a global offset table if one is needed, and room for common
//! symbols. Errors point at the source.

mod align;
mod apply;
mod executable;

use crate::object::{Binding, Object, Place, RelocationKind, Section, SectionKind, SymbolKind};
use apply::Addresses;
use std::collections::HashMap;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// An image is at most this long.
const MAX_BYTES: u64 = 1 << 30;
/// The unit of protection.
const PAGE: u64 = 4096;
/// `gp` is in the middle of what a signed 12-bit offset reaches.
const GLOBAL_POINTER_OFFSET: u64 = 0x800;

/// Where a program begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOptions {
    /// Address of the first section; rounded up to a page.
    pub base: u64,
    /// The symbol that execution begins at.
    pub entry: String,
}

impl Default for LinkOptions {
    /// `_start`, at the address that other linkers for RISC-V choose.
    fn default() -> Self {
        Self {
            base: 0x1_0000,
            entry: "_start".to_owned(),
        }
    }
}

/// A linked program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// 32 or 64.
    pub xlen: u8,
    /// Where execution begins.
    pub entry: u64,
    /// What is loaded, by address.
    pub segments: Vec<Segment>,
    /// The object, with its alignments done.
    object: Object,
    /// For each section its address, or zero, and its bytes.
    sections: Vec<(u64, Vec<u8>)>,
    /// The global offset table: address and bytes.
    table: (u64, Vec<u8>),
    /// Addresses of symbols; none for those that have none.
    symbols: Vec<Option<u64>>,
}

/// A range of memory of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Address of the first byte.
    pub address: u64,
    /// The first bytes; the others are zero.
    pub data: Vec<u8>,
    /// Size in memory.
    pub size: u64,
    /// Can be written.
    pub write: bool,
    /// Can be executed.
    pub execute: bool,
}

/// What a section needs, in the order in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Code,
    Constants,
    Data,
}

impl Group {
    fn of(section: &Section) -> Self {
        if section.flags.execute {
            Self::Code
        } else if section.flags.write {
            Self::Data
        } else {
            Self::Constants
        }
    }
}

impl Object {
    /// The bytes of all loaded sections, placed at `base` one after another in their order, with all
    /// addresses filled in. Sections without contents lie behind the bytes.
    ///
    /// `spec` is the one with which the source was assembled.
    ///
    /// # Errors
    /// Symbols that are not defined here, and distances or addresses that do not fit.
    pub fn flat(&self, spec: &Spec, base: u64) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let object = self.aligned();
        let mut at = base;
        let mut addresses = Addresses {
            sections: vec![None; object.sections.len()],
            ..Addresses::default()
        };
        for nobits in [false, true] {
            for (index, section) in object.sections.iter().enumerate() {
                if section.flags.alloc && (section.kind == SectionKind::Nobits) == nobits {
                    addresses.sections[index] = Some(place(section, &mut at, base)?);
                }
            }
        }
        let mut image = Vec::new();
        for (section, bytes) in object.relocated(spec, &addresses)?.iter().enumerate() {
            if let Some(Some(address)) = addresses.sections.get(section)
                && object.sections[section].kind != SectionKind::Nobits
            {
                image.resize((address - base) as usize, 0);
                image.extend_from_slice(bytes);
            }
        }
        Ok(image)
    }

    /// Links the object alone.
    ///
    /// # Errors
    /// Symbols that are not defined here, a missing entry, and distances or addresses that do not fit.
    pub fn link(&self, spec: &Spec, options: &LinkOptions) -> Result<Program, Vec<Diagnostic>> {
        let object = self.aligned();
        let mut addresses = Addresses {
            sections: vec![None; object.sections.len()],
            ..Addresses::default()
        };
        let base = options
            .base
            .checked_next_multiple_of(PAGE)
            .ok_or_else(too_high)?;
        let word = u64::from(object.xlen / 8);
        let slots = object.got_symbols();
        let mut at = base;
        let mut ranges = Vec::new();
        let mut table = base;
        for group in [Group::Code, Group::Constants, Group::Data] {
            at = at.checked_next_multiple_of(PAGE).ok_or_else(too_high)?;
            let start = at;
            let mut end_of_bytes = at;
            for nobits in [false, true] {
                for (index, section) in object.sections.iter().enumerate() {
                    if section.flags.alloc
                        && Group::of(section) == group
                        && (section.kind == SectionKind::Nobits) == nobits
                    {
                        addresses.sections[index] = Some(place(section, &mut at, base)?);
                    }
                }
                if !nobits && group == Group::Constants && !slots.is_empty() {
                    table = at.next_multiple_of(word);
                    at = table + word * slots.len() as u64;
                }
                if !nobits {
                    end_of_bytes = at;
                }
            }
            if group == Group::Data {
                object.place_commons(&mut at, base, &mut addresses)?;
                let gp = start.wrapping_add(GLOBAL_POINTER_OFFSET);
                object.define_linker_symbols((gp, end_of_bytes, at), &mut addresses);
            }
            ranges.push((group, start, end_of_bytes, at));
        }
        // Offsets in what is not loaded, as debugging information, are counted from its start.
        for (address, section) in addresses.sections.iter_mut().zip(&object.sections) {
            if !section.flags.alloc {
                *address = Some(0);
            }
        }
        for (slot, &symbol) in slots.iter().enumerate() {
            addresses.got.insert(symbol, table + word * slot as u64);
        }
        let bytes = object.relocated(spec, &addresses)?;
        let symbols: Vec<Option<u64>> = (0..object.symbols.len())
            .map(|index| addresses.symbol(&object, index).ok())
            .collect();
        let entry = object
            .symbols
            .iter()
            .position(|symbol| symbol.name == options.entry)
            .and_then(|index| symbols[index]);
        let Some(entry) = entry else {
            let message = format!("entry symbol '{}' is not defined", options.entry);
            return Err(vec![Diagnostic::global(message).help(format!(
                "define the label `{}:`, or name another entry",
                options.entry
            ))]);
        };
        let mut got = Vec::new();
        for &symbol in &slots {
            let value = symbols[symbol].unwrap_or(0).to_le_bytes();
            got.extend_from_slice(&value[..word as usize]);
        }
        let addresses = addresses
            .sections
            .iter()
            .map(|address| address.unwrap_or(0));
        let sections: Vec<(u64, Vec<u8>)> = addresses.zip(bytes).collect();
        let segments = ranges
            .into_iter()
            .filter(|&(_, start, _, end)| end > start)
            .map(|(group, start, end_of_bytes, end)| {
                let mut data = vec![0; (end_of_bytes - start) as usize];
                let own = object
                    .sections
                    .iter()
                    .zip(&sections)
                    .filter(|(section, _)| {
                        section.flags.alloc
                            && Group::of(section) == group
                            && section.kind != SectionKind::Nobits
                    });
                let own = own.map(|(_, (address, bytes))| (*address, bytes));
                let table = (group == Group::Constants).then_some((table, &got));
                for (address, bytes) in own.chain(table) {
                    let offset = address.wrapping_sub(start) as usize;
                    if let Some(place) = data.get_mut(offset..offset + bytes.len()) {
                        place.copy_from_slice(bytes);
                    }
                }
                Segment {
                    address: start,
                    data,
                    size: end - start,
                    write: group == Group::Data,
                    execute: group == Group::Code,
                }
            })
            .collect();
        Ok(Program {
            xlen: object.xlen,
            entry,
            segments,
            sections,
            table: (table, got),
            symbols,
            object,
        })
    }

    /// The bytes of all sections, with addresses filled in.
    fn relocated(
        &self,
        spec: &Spec,
        addresses: &Addresses,
    ) -> Result<Vec<Vec<u8>>, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut all = Vec::with_capacity(self.sections.len());
        for (index, section) in self.sections.iter().enumerate() {
            let mut bytes = section.data.clone();
            if section.kind != SectionKind::Nobits {
                self.relocate(spec, index, addresses, &mut bytes, &mut errors);
            }
            all.push(bytes);
        }
        if errors.is_empty() {
            Ok(all)
        } else {
            Err(errors)
        }
    }

    /// Symbols whose addresses are in the global offset table, in the order of their first use.
    fn got_symbols(&self) -> Vec<usize> {
        let relocations = self.sections.iter().flat_map(|s| &s.relocations);
        let wanted = relocations.filter(|r| r.kind == RelocationKind::GotHi20);
        let mut slots = Vec::new();
        let mut known = HashMap::new();
        for symbol in wanted.filter_map(|r| r.symbol) {
            known.entry(symbol).or_insert_with(|| slots.push(symbol));
        }
        slots
    }

    /// Gives common symbols their places.
    fn place_commons(
        &self,
        at: &mut u64,
        base: u64,
        addresses: &mut Addresses,
    ) -> Result<(), Vec<Diagnostic>> {
        for (index, symbol) in self.symbols.iter().enumerate() {
            if let Place::Common { size, align } = symbol.place {
                let start = at.checked_next_multiple_of(align.max(1));
                let end = start.and_then(|start| start.checked_add(size));
                match (start, end) {
                    (Some(start), Some(end)) if end - base <= MAX_BYTES => {
                        addresses.symbols.insert(index, start);
                        *at = end;
                    }
                    _ => return Err(too_high()),
                }
            }
        }
        Ok(())
    }

    /// The names that linkers define, where the object uses them and does not: the global pointer, and the ends of
    /// data with and without bytes. Weak symbols that nobody defines are zero.
    fn define_linker_symbols(&self, (gp, edata, end): (u64, u64, u64), addresses: &mut Addresses) {
        for (index, symbol) in self.symbols.iter().enumerate() {
            let value = match (symbol.name.as_str(), symbol.place) {
                ("__global_pointer$", Place::Undefined) => gp,
                ("edata" | "_edata" | "__bss_start", Place::Undefined) => edata,
                ("end" | "_end" | "__BSS_END__", Place::Undefined) => end,
                (_, Place::Undefined) if symbol.binding == Binding::Weak => 0,
                (_, Place::Undefined) if symbol.kind == SymbolKind::File => 0,
                _ => continue,
            };
            addresses.symbols.insert(index, value);
        }
    }
}

/// Gives a section its place at `at` or behind it.
fn place(section: &Section, at: &mut u64, base: u64) -> Result<u64, Vec<Diagnostic>> {
    let start = at.checked_next_multiple_of(section.align.max(1));
    let end = start.and_then(|start| start.checked_add(section.size));
    let (Some(start), Some(end)) = (start, end) else {
        let message = format!("section '{}' ends behind the address space", section.name);
        return Err(vec![Diagnostic::global(message)]);
    };
    let in_image = section.kind != SectionKind::Nobits;
    if in_image && end - base > MAX_BYTES {
        return Err(vec![Diagnostic::global(format!(
            "the image is longer than {MAX_BYTES} bytes"
        ))]);
    }
    *at = end;
    Ok(start)
}

fn too_high() -> Vec<Diagnostic> {
    vec![Diagnostic::global(
        "the program ends behind the address space",
    )]
}
