//! What section headers say that the library's view of a file does not pass on.

use ::object::elf;
use ::object::read::elf::{ElfFile, FileHeader, SectionHeader as _};
use ::object::read::{File, Object as _, ObjectSection as _, SectionIndex};
use std::collections::HashMap;

/// A section's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Header {
    /// `SHT_*`
    pub kind: u32,
    /// Size of an entry.
    pub entry_size: u64,
}

/// The group that a section belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Index of the symbol that names it.
    pub signature: usize,
    /// Of several with one name a single one is kept.
    pub comdat: bool,
}

/// The headers of a file's sections.
#[derive(Debug, Default)]
pub(super) struct Headers {
    sections: HashMap<usize, Header>,
    groups: HashMap<usize, Group>,
}

impl Headers {
    pub fn new(file: &File<'_>) -> Self {
        match file {
            File::Elf32(file) => Self::of(file),
            File::Elf64(file) => Self::of(file),
            _ => Self::default(),
        }
    }

    fn of<Elf: FileHeader>(file: &ElfFile<'_, Elf>) -> Self {
        let mut this = Self::default();
        let endian = file.endian();
        for (index, header) in file.elf_section_table().enumerate() {
            let kind = header.sh_type(endian);
            let entry_size = header.sh_entsize(endian).into();
            this.sections.insert(index.0, Header { kind, entry_size });
            if kind != elf::SHT_GROUP {
                continue;
            }
            let section = file.section_by_index(SectionIndex(index.0));
            let data = section.and_then(|s| s.data()).unwrap_or_default();
            let mut words = data
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| u32::from_le_bytes(*b));
            let group = Group {
                signature: header.sh_info(endian) as usize,
                comdat: words.next().unwrap_or(0) & elf::GRP_COMDAT != 0,
            };
            // A section is in one group; more words than there are sections say nothing new.
            for member in words.take(file.elf_section_table().len()) {
                this.groups.entry(member as usize).or_insert(group);
            }
        }
        this
    }

    /// The header of a section.
    pub fn get(&self, index: usize) -> Header {
        self.sections.get(&index).copied().unwrap_or_default()
    }

    /// The group of a section.
    pub fn group(&self, index: usize) -> Option<Group> {
        self.groups.get(&index).copied()
    }
}
