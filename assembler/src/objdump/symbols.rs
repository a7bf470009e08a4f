//! The symbols of a file, prepared for two questions: what is at this address, and what is near it?

use ::object::elf;
use ::object::read::{
    File, Object as _, ObjectSection as _, ObjectSymbol as _, Section, SectionIndex, Symbol,
};
use ::object::{ObjectKind, SymbolFlags};
use std::collections::HashMap;

/// Names of a file for people to read.
#[derive(Debug, Default)]
pub(super) struct SymbolTable {
    /// By section; the names of each by address, one for an address.
    sections: HashMap<usize, Vec<Named>>,
    /// Changes between code and data, by section and offset or address.
    mappings: HashMap<usize, Vec<(u64, bool)>>,
    /// Mnemonics of the instructions whose descriptors are marked, by section and offset or address.
    descriptors: HashMap<(usize, u64), String>,
    /// An address can be in any section.
    linked: bool,
    /// What linkers call the middle of small data.
    global_pointer: Option<u64>,
    /// All of a linked file, by address.
    all: Vec<Named>,
}

/// A name and its address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    address: u64,
    /// The smallest of an address is the name for it.
    rank: (u8, u8, u8),
    name: String,
}

impl SymbolTable {
    /// The symbols of a file; those of its dynamic section, if there are no others.
    pub fn new(file: &File<'_>) -> Self {
        let mut table = Self {
            linked: file.kind() != ObjectKind::Relocatable,
            ..Self::default()
        };
        for symbol in file.symbols() {
            table.add(&symbol);
        }
        if table.sections.is_empty() {
            for symbol in file.dynamic_symbols() {
                table.add(&symbol);
            }
        }
        for names in table.sections.values_mut() {
            names.sort();
            names.dedup_by_key(|named| named.address);
        }
        for mapping in table.mappings.values_mut() {
            mapping.sort_by_key(|m| m.0);
        }
        if table.linked {
            table.all = table.sections.values().flatten().cloned().collect();
            table.all.sort();
            table.all.dedup_by_key(|named| named.address);
        }
        table
    }

    fn add(&mut self, symbol: &Symbol<'_, '_>) {
        let (Some(section), Ok(name)) = (symbol.section_index(), symbol.name()) else {
            return;
        };
        let SymbolFlags::Elf { st_info, .. } = symbol.flags() else {
            return;
        };
        let (binding, kind) = (st_info >> 4, st_info & 15);
        if let Some(code) = mapping(name) {
            let list = self.mappings.entry(section.0).or_default();
            list.push((symbol.address(), code));
            if let Some(mnemonic) = name.strip_prefix("$d.") {
                let place = (section.0, symbol.address());
                self.descriptors.insert(place, mnemonic.to_owned());
            }
            return;
        }
        let hidden = name.is_empty()
            || is_for_tools(name)
            || matches!(kind, elf::STT_FILE | elf::STT_SECTION | elf::STT_TLS);
        if hidden {
            return;
        }
        if name == "__global_pointer$" && self.linked {
            self.global_pointer = Some(symbol.address());
        }
        let by_kind = match kind {
            elf::STT_FUNC | elf::STT_GNU_IFUNC => 0,
            elf::STT_OBJECT => 1,
            _ => 2,
        };
        let by_binding = match binding {
            elf::STB_GLOBAL => 0,
            elf::STB_WEAK => 1,
            _ => 2,
        };
        self.sections.entry(section.0).or_default().push(Named {
            address: symbol.address(),
            rank: (u8::from(name.starts_with(".L")), by_kind, by_binding),
            name: printable(name),
        });
    }

    /// Where the global pointer points to in a linked file.
    pub fn global_pointer(&self) -> Option<u64> {
        self.global_pointer
    }

    /// The names of a section, by address.
    pub fn of_section(&self, section: Option<SectionIndex>) -> impl Iterator<Item = (u64, &str)> {
        section
            .and_then(|index| self.sections.get(&index.0))
            .into_iter()
            .flatten()
            .map(|named| (named.address, named.name.as_str()))
    }

    /// Changes between code and data in a section: the address, and whether code follows.
    pub fn mapping(&self, section: Option<SectionIndex>) -> &[(u64, bool)] {
        section
            .and_then(|index| self.mappings.get(&index.0))
            .map_or(&[], Vec::as_slice)
    }

    /// The mnemonic that the mapping symbol of a descriptor at this place has; nobody has looked whether there is such
    /// an instruction.
    pub fn descriptor(&self, section: Option<SectionIndex>, address: u64) -> Option<&str> {
        let mnemonic = self.descriptors.get(&(section?.0, address))?;
        Some(mnemonic)
    }

    /// The nearest name at or below an address that code in this section refers to, and the distance from it.
    pub fn nearest(&self, section: Option<SectionIndex>, address: u64) -> Option<(&str, u64)> {
        let own = section.and_then(|index| self.sections.get(&index.0));
        let search = |names: &'_ [Named]| {
            let after = names.partition_point(|named| named.address <= address);
            after.checked_sub(1)
        };
        let names = match own {
            _ if self.linked => &self.all,
            Some(own) => own,
            None => return None,
        };
        let named = names.get(search(names)?)?;
        Some((&named.name, address - named.address))
    }
}

/// A name that assemblers have made for other tools.
pub(super) fn is_for_tools(name: &str) -> bool {
    name == crate::elf::ANONYMOUS || mapping(name).is_some()
}

/// For a mapping symbol: does code follow?
fn mapping(name: &str) -> Option<bool> {
    match name.strip_prefix('$')?.split_once('.') {
        None if name == "$x" || name.starts_with("$xrv") => Some(true),
        None if name == "$d" => Some(false),
        Some(("x", _)) => Some(true),
        Some(("d", _)) => Some(false),
        Some((arch, _)) if arch.starts_with("xrv") => Some(true),
        _ => None,
    }
}

/// A name without control characters: they are in caret notation, as in `.L1^B2`.
pub(super) fn printable(name: &str) -> String {
    if !name.chars().any(char::is_control) {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        match c {
            '\0'..='\x1f' | '\x7f' => out.extend(['^', char::from(c as u8 ^ 0x40)]),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The name of a section.
pub(super) fn section_name(section: &Section<'_, '_>) -> String {
    printable(section.name().unwrap_or("<invalid name>"))
}

#[cfg(test)]
mod tests {
    use super::{mapping, printable};

    #[test]
    fn control_characters_in_names() {
        assert_eq!(printable("plain ü"), "plain ü");
        assert_eq!(printable(".L1\u{2}3\n\u{7f}\u{85}"), ".L1^B3^J^?\\u{85}");
    }

    #[test]
    fn mapping_symbols() {
        for name in ["$x", "$x.1", "$xrv64i2p1", "$xrv64i2p1.4"] {
            assert_eq!(mapping(name), Some(true), "{name}");
        }
        for name in ["$d", "$d.7"] {
            assert_eq!(mapping(name), Some(false), "{name}");
        }
        for name in ["", "$", "$data", "x", "$xyz", "$t.1"] {
            assert_eq!(mapping(name), None, "{name}");
        }
    }
}
