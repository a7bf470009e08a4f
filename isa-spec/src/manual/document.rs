//! The manual as a tree of pages, blocks and inline text, without any markup.
//!
//! Chapters produce this tree, renderers read it. So all renderings have the same content, text from
//! spec files is escaped in one place for each of them, and a cross reference is a [`Target`], not a
//! string that could go stale.

use super::math::Math;
use super::picture::{BitPicture, BytePicture};

/// Something that can be referred to. Numbers are indices into the lists of the spec.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Page(Chapter),
    Instruction(usize),
    Csr(usize),
    Status(usize),
    Descriptor(usize),
    Format(usize),
    Field(usize),
    /// A bus of the trace schema.
    Bus(usize),
    /// A table of the trace schema.
    Table(usize),
    /// An encoding format, by name.
    Encoding(String),
    /// A term of the glossary.
    Term(&'static str),
    /// A section of a chapter.
    Section(Chapter, &'static str),
}

/// The pages of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Chapter {
    Overview,
    Contract,
    /// The instructions of an extension.
    Extension(usize),
    Instructions,
    Opcodes,
    Encodings,
    Descriptors,
    Formats,
    Csrs,
    Registers,
    Trace,
    Notation,
    Glossary,
}

/// A run of text.
#[derive(Debug, Clone)]
pub(crate) enum Inline {
    Text(String),
    Code(String),
    Strong(String),
    Math(Math),
    /// A term of the spec, as a formula and in the spec's language.
    Term(Math, String),
    Link(Target, Box<Inline>),
}

pub(crate) type Text = Vec<Inline>;

/// A part of a page.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// Level 2 to 4; level 1 is the page's title.
    Heading {
        level: u8,
        anchor: Option<Target>,
        text: Text,
    },
    Paragraph(Text),
    List(Vec<Text>),
    Table(Table),
    /// Text in a fixed-width font.
    Code(String),
    /// Formulas, one on a line, each indented by so many steps. `text` says the same in the spec's language.
    Meaning {
        formulas: Vec<(usize, Math)>,
        text: String,
    },
    Bits(BitPicture),
    Bytes(BytePicture),
}

/// A table. All rows have as many cells as the header.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Empty if the heading above says it.
    pub(crate) caption: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// True for a map, whose first column is a header too and whose cells are small.
    pub(crate) map: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) anchor: Option<Target>,
    pub(crate) cells: Vec<Text>,
}

/// A page of the manual.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) chapter: Chapter,
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) fn text(text: impl Into<String>) -> Inline {
    Inline::Text(text.into())
}

pub(crate) fn code(text: impl Into<String>) -> Inline {
    Inline::Code(text.into())
}

pub(crate) fn link(to: Target, inner: Inline) -> Inline {
    Inline::Link(to, Box::new(inner))
}

/// Texts with `separator` between them.
pub(crate) fn joined(parts: impl IntoIterator<Item = Inline>, separator: &str) -> Text {
    let mut out = Vec::new();
    for part in parts {
        if !out.is_empty() {
            out.push(text(separator));
        }
        out.push(part);
    }
    out
}

impl Block {
    pub(crate) fn heading(level: u8, title: impl Into<String>) -> Self {
        Self::Heading {
            level,
            anchor: None,
            text: vec![text(title)],
        }
    }

    pub(crate) fn section(level: u8, anchor: Target, title: impl Into<String>) -> Self {
        Self::Heading {
            level,
            anchor: Some(anchor),
            text: vec![text(title)],
        }
    }
}

impl Table {
    pub(crate) fn new<const N: usize>(caption: impl Into<String>, header: [&str; N]) -> Self {
        Self {
            caption: caption.into(),
            header: header.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [Text; N]) {
        self.rows.push(Row {
            anchor: None,
            cells: cells.to_vec(),
        });
    }

    /// A row that can be referred to.
    pub(crate) fn target<const N: usize>(&mut self, anchor: Target, cells: [Text; N]) {
        self.rows.push(Row {
            anchor: Some(anchor),
            cells: cells.to_vec(),
        });
    }
}
