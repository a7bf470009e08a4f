//! Where the things are that can be referred to: files and identifiers that are unique in all of the manual.

use super::document::{Chapter, Target};
use super::words::slug;
use crate::spec::Spec;
use std::collections::{HashMap, HashSet};

/// File names and identifiers, by target.
pub(crate) struct Anchors {
    places: HashMap<Target, Place>,
}

struct Place {
    /// Without `.html`.
    page: String,
    /// Unique in the whole manual.
    id: String,
}

/// Gives each name a slug that no other has.
#[derive(Default)]
struct Unique(HashSet<String>);

impl Unique {
    fn name(&mut self, prefix: &str, name: &str) -> String {
        let wanted = format!("{prefix}{}", slug(name));
        let numbered = (2u32..).map(|n| format!("{wanted}-{n}"));
        let free = std::iter::once(wanted.clone())
            .chain(numbered)
            .find(|id| !self.0.contains(id))
            .unwrap_or(wanted);
        self.0.insert(free.clone());
        free
    }
}

impl Chapter {
    /// Chapters that every manual has.
    pub(crate) const FIXED: [Self; 12] = [
        Self::Overview,
        Self::Contract,
        Self::Instructions,
        Self::Opcodes,
        Self::Encodings,
        Self::Descriptors,
        Self::Formats,
        Self::Csrs,
        Self::Registers,
        Self::Trace,
        Self::Notation,
        Self::Glossary,
    ];

    fn file(self) -> &'static str {
        match self {
            Self::Overview => "index",
            Self::Contract => "contract",
            Self::Extension(_) => "extension",
            Self::Instructions => "instructions",
            Self::Opcodes => "opcodes",
            Self::Encodings => "encodings",
            Self::Descriptors => "descriptors",
            Self::Formats => "formats",
            Self::Csrs => "csrs",
            Self::Registers => "registers",
            Self::Trace => "trace",
            Self::Notation => "notation",
            Self::Glossary => "glossary",
        }
    }
}

impl Anchors {
    pub(crate) fn new(spec: &Spec) -> Self {
        let mut places = HashMap::new();
        let mut files = Unique::default();
        let mut ids = Unique::default();
        let mut put = |target: Target, page: &str, prefix: &str, name: &str| {
            let place = Place {
                page: page.to_owned(),
                id: ids.name(prefix, name),
            };
            places.insert(target, place);
        };
        for chapter in Chapter::FIXED {
            let file = files.name("", chapter.file());
            put(Target::Page(chapter), &file, "page-", chapter.file());
        }
        let mut extensions = HashMap::new();
        for (index, extension) in spec.extensions.iter().enumerate() {
            let file = files.name("ext-", &extension.name);
            let chapter = Target::Page(Chapter::Extension(index));
            put(chapter, &file, "ext-", &extension.name);
            extensions.insert(extension.name.as_str(), file);
        }
        for (index, instruction) in spec.instructions.iter().enumerate() {
            let page = extensions
                .get(instruction.extension.as_str())
                .map_or(Chapter::Instructions.file(), String::as_str);
            put(Target::Instruction(index), page, "inst-", &instruction.name);
        }
        let csrs = Chapter::Csrs.file();
        for (index, csr) in spec.csrs.iter().enumerate() {
            put(Target::Csr(index), csrs, "csr-", &csr.name);
        }
        let contract = Chapter::Contract.file();
        for (index, status) in spec.statuses.iter().enumerate() {
            put(Target::Status(index), contract, "status-", &status.name);
        }
        let descriptors = Chapter::Descriptors.file();
        for (index, descriptor) in spec.descriptors.iter().enumerate() {
            put(
                Target::Descriptor(index),
                descriptors,
                "desc-",
                &descriptor.name,
            );
        }
        let formats = Chapter::Formats.file();
        for (index, format) in spec.formats.iter().enumerate() {
            put(Target::Format(index), formats, "format-", &format.name);
        }
        for (index, field) in spec.fields.iter().enumerate() {
            put(Target::Field(index), formats, "field-", &field.name);
        }
        let trace = Chapter::Trace.file();
        for (index, bus) in spec.trace().buses.iter().enumerate() {
            put(Target::Bus(index), trace, "bus-", &bus.name);
        }
        for (index, table) in spec.trace().tables.iter().enumerate() {
            put(Target::Table(index), trace, "table-", &table.name);
        }
        let encodings = Chapter::Encodings.file();
        for instruction in &spec.instructions {
            let target = Target::Encoding(instruction.format.clone());
            places.entry(target).or_insert_with(|| Place {
                page: encodings.to_owned(),
                id: ids.name("enc-", &instruction.format),
            });
        }
        Self { places }
    }

    /// The page that a target is on, without `.html`.
    pub(crate) fn page(&self, target: &Target) -> &str {
        match target {
            Target::Term(_) => Chapter::Glossary.file(),
            Target::Section(chapter, _) => self.page(&Target::Page(*chapter)),
            known => self.places.get(known).map_or("index", |place| &place.page),
        }
    }

    /// The identifier of a target, unique in the whole manual.
    pub(crate) fn id(&self, target: &Target) -> String {
        match target {
            Target::Term(term) => format!("term-{}", slug(term)),
            // Sections and pages have names of their own kinds, so that these cannot meet.
            Target::Section(chapter, section) => {
                let page = self.id(&Target::Page(*chapter));
                format!("sec-{page}-{}", slug(section))
            }
            known => self
                .places
                .get(known)
                .map_or_else(String::new, |place| place.id.clone()),
        }
    }
}
