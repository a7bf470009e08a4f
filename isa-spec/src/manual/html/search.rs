//! The index that the script of the manual searches: what there is, what it is called, where it is, and
//! for instructions also how a word of theirs looks.

use crate::manual::anchors::Anchors;
use crate::manual::document::{Block, Inline, Page, Target};
use crate::manual::words;
use crate::spec::Spec;
use std::fmt::Write as _;

struct Item<'a> {
    name: &'a str,
    kind: &'a str,
    about: String,
    target: Target,
    /// Mask, match and length of an instruction word.
    word: Option<(u32, u32, u8)>,
}

/// The index as a script that sets one variable: pages that are opened as files cannot load data otherwise.
pub(crate) fn script(spec: &Spec, pages: &[Page], anchors: &Anchors) -> String {
    let mut out = String::from("\"use strict\";\nconst SEARCH_INDEX = [\n");
    for item in items(spec, pages) {
        let page = anchors.page(&item.target);
        let url = format!("{page}.html#{}", anchors.id(&item.target));
        out.push('[');
        for text in [item.name, item.kind, &item.about, &url] {
            string(&mut out, text);
            out.push(',');
        }
        if let Some((mask, bits, length)) = item.word {
            let _ = write!(out, "{mask},{bits},{length}");
        } else {
            out.push_str("0,0,0");
        }
        out.push_str("],\n");
    }
    out.push_str("];\n");
    out
}

fn items<'a>(spec: &'a Spec, pages: &'a [Page]) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut item = |name: &'a str, kind: &'a str, about: String, target: Target| {
        items.push(Item {
            name,
            kind,
            about,
            target,
            word: None,
        });
    };
    for page in pages {
        item(
            &page.title,
            "chapter",
            String::new(),
            Target::Page(page.chapter),
        );
    }
    for alias in &spec.aliases {
        let about = format!("alias of {}", spec.instructions[alias.target].name);
        item(
            &alias.name,
            "alias",
            about,
            Target::Instruction(alias.target),
        );
    }
    for (index, csr) in spec.csrs.iter().enumerate() {
        let about = format!("0x{:03x} {}", csr.number, csr.doc);
        item(&csr.name, "CSR", about, Target::Csr(index));
    }
    for (index, status) in spec.statuses.iter().enumerate() {
        let about = format!("code {}: {}", status.code, status.doc);
        item(&status.name, "status", about, Target::Status(index));
    }
    for (index, format) in spec.formats.iter().enumerate() {
        let about = format!("code {}", format.code);
        item(&format.name, "format", about, Target::Format(index));
    }
    for (index, descriptor) in spec.descriptors.iter().enumerate() {
        let fields: Vec<&str> = descriptor.fields.iter().map(|f| f.name.as_str()).collect();
        item(
            &descriptor.name,
            "descriptor",
            fields.join(", "),
            Target::Descriptor(index),
        );
    }
    for (index, table) in spec.trace().tables.iter().enumerate() {
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let about = columns.join(", ");
        item(&table.name, "trace table", about, Target::Table(index));
    }
    for (index, bus) in spec.trace().buses.iter().enumerate() {
        item(&bus.name, "bus", bus.doc.clone(), Target::Bus(index));
    }
    for (anchor, name) in sections(pages) {
        let kind = match anchor {
            Target::Term(_) => "term",
            _ => "section",
        };
        item(name, kind, String::new(), anchor.clone());
    }
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let harts = words::harts(&instruction.xlen);
        items.push(Item {
            name: &instruction.name,
            kind: "instruction",
            about: format!("{} ({}, {harts})", instruction.title, instruction.extension),
            target: Target::Instruction(index),
            word: Some((instruction.mask, instruction.bits, instruction.length)),
        });
    }
    items
}

/// Headings and rows that are a section or a term.
fn sections(pages: &[Page]) -> impl Iterator<Item = (&Target, &str)> {
    pages
        .iter()
        .flat_map(|page| &page.blocks)
        .flat_map(|block| -> Vec<(&Target, &str)> {
            match block {
                Block::Heading {
                    anchor: Some(anchor @ Target::Section(..)),
                    text,
                    ..
                } => match text.first() {
                    Some(Inline::Text(text)) => vec![(anchor, text.as_str())],
                    _ => Vec::new(),
                },
                Block::Table(table) => table
                    .rows
                    .iter()
                    .filter_map(|row| match row.anchor.as_ref() {
                        Some(anchor @ Target::Term(term)) => Some((anchor, *term)),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            }
        })
}

/// A string of JavaScript that is also one of JSON, without `<`.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            // Also `<`, for the day that somebody puts the script into a page, and the two
            // characters that older JavaScript takes for line ends.
            '\0'..='\u{1f}' | '<' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
