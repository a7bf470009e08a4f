//! What the symbols of a file are called in a source.
//!
//! A name stays as it is where an assembler can read it and it is the only one. Local symbols that have no such name
//! get one that is like it; a global one cannot be renamed without a change of meaning, and that is said.

use crate::objdump::symbols::is_for_tools;
use ::object::elf;
use ::object::read::{
    File, Object as _, ObjectSection as _, ObjectSymbol as _, SectionIndex, SymbolSection,
};
use ::object::{ObjectKind, SymbolFlags};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// How much of a name that cannot be written goes into the one that stands for it.
const KEPT: usize = 40;

/// Where a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Undefined,
    Absolute(u64),
    /// Section index and offset.
    Section(usize, u64),
    /// Size and alignment.
    Common(u64, u64),
}

/// A symbol.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    /// Its name in the source.
    pub name: Cow<'d, str>,
    /// It could not keep its name, and others know it by that.
    pub lost: bool,
    pub place: Place,
    pub binding: u8,
    pub kind: u8,
    pub visibility: u8,
    pub variant_cc: bool,
    pub size: u64,
    /// It can be an operand of an instruction.
    pub operand: bool,
    /// It stands for a section and has no definition in the source.
    pub is_section: bool,
}

/// The symbols of a file, and labels for what has none.
#[derive(Debug, Default)]
pub(super) struct Names<'d> {
    /// By index in the file's table; none for those that an assembler makes by itself.
    entries: HashMap<usize, Entry<'d>>,
    /// By section, those defined in it: offset and index, ordered.
    definitions: HashMap<usize, Vec<(u64, usize)>>,
    /// Sections that are named by a label of ours, since several have their name or it cannot be written.
    section_labels: HashSet<usize>,
    /// The addresses of sections.
    bases: HashMap<usize, u64>,
    /// What labels of ours begin with; no symbol's name does.
    prefix: String,
}

impl<'d> Names<'d> {
    /// Of bytes without symbols.
    pub fn none() -> Self {
        Self {
            prefix: prefix(0),
            ..Self::default()
        }
    }

    /// The symbols of a file. `readable` says which names an assembler can read as a symbol, `operand` which of them
    /// it can read as an operand of an instruction.
    pub fn new(
        file: &File<'d>,
        readable: impl Fn(&str) -> bool,
        operand: impl Fn(&str) -> bool,
    ) -> Self {
        let mut this = Self::default();
        let linked = file.kind() != ObjectKind::Relocatable;
        this.bases = file
            .sections()
            .map(|s| (s.index().0, if linked { s.address() } else { 0 }))
            .collect();
        let mut sections: HashMap<String, Vec<usize>> = HashMap::new();
        for section in file.sections() {
            let name = section.name().unwrap_or_default();
            if !readable(name) {
                this.section_labels.insert(section.index().0);
            }
            sections
                .entry(name.to_owned())
                .or_default()
                .push(section.index().0);
        }
        for same in sections.values().filter(|same| same.len() > 1) {
            this.section_labels.extend(same);
        }
        let mut taken: HashSet<Cow<'d, str>> = sections.into_keys().map(Cow::Owned).collect();
        // Global names first, which have to stay.
        let mut found = Vec::new();
        for symbol in file.symbols() {
            let SymbolFlags::Elf { st_info, st_other } = symbol.flags() else {
                continue;
            };
            let (binding, kind) = (st_info >> 4, st_info & 15);
            let raw = symbol.name_bytes().unwrap_or_default();
            if symbol
                .name()
                .is_ok_and(|name| name != crate::elf::ANONYMOUS && is_for_tools(name))
            {
                continue;
            }
            let place = match symbol.section() {
                _ if symbol.is_common() => Place::Common(symbol.size(), symbol.address()),
                SymbolSection::Absolute => Place::Absolute(symbol.address()),
                SymbolSection::Section(index) => {
                    let base = this.base(index.0);
                    Place::Section(index.0, symbol.address().wrapping_sub(base))
                }
                _ => Place::Undefined,
            };
            let entry = Entry {
                name: Cow::Borrowed(symbol.name().unwrap_or_default()),
                lost: false,
                place,
                binding,
                kind,
                visibility: st_other & 3,
                variant_cc: st_other & elf::STO_RISCV_VARIANT_CC != 0,
                size: if symbol.is_common() { 0 } else { symbol.size() },
                operand: true,
                is_section: kind == elf::STT_SECTION,
            };
            found.push((symbol.index().0, entry, raw.is_empty()));
        }
        found.sort_by_key(|(index, entry, _)| (entry.binding == elf::STB_LOCAL, *index));
        for (index, mut entry, unnamed) in found {
            if entry.is_section {
                let Place::Section(section, _) = entry.place else {
                    continue;
                };
                if this.section_labels.contains(&section) {
                    entry.name = Cow::Owned(String::new());
                } else if let Some(name) = section_name(file, section) {
                    entry.name = Cow::Borrowed(name);
                }
            } else if entry.kind != elf::STT_FILE {
                let local = entry.binding == elf::STB_LOCAL;
                let keeps = readable(&entry.name) && (!local || !taken.contains(&entry.name));
                if !keeps {
                    entry.lost = !local && !unnamed;
                    entry.name = Cow::Owned(substitute(&entry.name, index, &taken));
                }
                taken.insert(entry.name.clone());
                entry.operand = operand(&entry.name);
                if let Place::Section(section, offset) = entry.place {
                    let defined = this.definitions.entry(section).or_default();
                    defined.push((offset, index));
                }
            }
            this.entries.insert(index, entry);
        }
        for defined in this.definitions.values_mut() {
            defined.sort_unstable();
        }
        // Each name excludes one number at most.
        let numbers: HashSet<usize> = taken
            .iter()
            .filter_map(|name| name.strip_prefix(".L")?.split_once('x')?.0.parse().ok())
            .collect();
        let free = (0..).find(|number| !numbers.contains(number));
        this.prefix = prefix(free.unwrap_or(0));
        let labels = &this.section_labels;
        for entry in this.entries.values_mut().filter(|entry| entry.is_section) {
            if let Place::Section(section, _) = entry.place
                && labels.contains(&section)
            {
                entry.name = Cow::Owned(format!("{}section{section}", this.prefix));
            }
        }
        this
    }

    /// The address that offsets of a section are counted from.
    pub fn base(&self, section: usize) -> u64 {
        self.bases.get(&section).copied().unwrap_or(0)
    }

    /// A symbol by its index in the file.
    pub fn get(&self, index: usize) -> Option<&Entry<'d>> {
        self.entries.get(&index)
    }

    /// All, in the file's order.
    pub fn all(&self) -> impl Iterator<Item = &Entry<'d>> {
        let mut indices: Vec<usize> = self.entries.keys().copied().collect();
        indices.sort_unstable();
        indices.into_iter().filter_map(|index| self.get(index))
    }

    /// The symbols that are defined in a section, by offset.
    pub fn defined_in(&self, section: usize) -> &[(u64, usize)] {
        self.definitions.get(&section).map_or(&[], Vec::as_slice)
    }

    /// The label of ours that stands for a section, if it needs one.
    pub fn section_label(&self, section: usize) -> Option<String> {
        self.section_labels
            .contains(&section)
            .then(|| format!("{}section{section}", self.prefix))
    }

    /// A name for a place in a section that nothing outside of the file can replace: a local symbol's, if there is one.
    pub fn label(&self, section: usize, offset: u64) -> Cow<'_, str> {
        let defined = self.defined_in(section);
        let from = defined.partition_point(|&(at, _)| at < offset);
        let local = defined[from..]
            .iter()
            .take_while(|&&(at, _)| at == offset)
            .filter_map(|&(_, index)| self.get(index))
            .find(|entry| entry.binding == elf::STB_LOCAL && entry.operand);
        match local {
            Some(entry) => Cow::Borrowed(&entry.name),
            None => Cow::Owned(self.made_up(section, offset)),
        }
    }

    /// The label of ours for a place.
    pub fn made_up(&self, section: usize, offset: u64) -> String {
        format!("{}{section}_{offset:x}", self.prefix)
    }
}

/// What labels of ours begin with, for this number.
fn prefix(number: usize) -> String {
    format!(".L{number}x")
}

fn section_name<'d>(file: &File<'d>, index: usize) -> Option<&'d str> {
    let section = file.section_by_index(SectionIndex(index)).ok()?;
    section.name().ok()
}

/// A name of ours for a symbol whose own cannot be written.
fn substitute(name: &str, index: usize, taken: &HashSet<Cow<'_, str>>) -> String {
    let kept: String = name
        .trim_start_matches(".L")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$'))
        .take(KEPT)
        .collect();
    let mut made = format!(".L{kept}_{index}");
    while taken.contains(made.as_str()) {
        made.push('_');
    }
    made
}
