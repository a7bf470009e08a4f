//! The chapters of the manual, one function for each page.

mod contract;
mod encodings;
mod glossary;
mod notation;
mod opcodes;
mod overview;
mod reference;
mod trace;

use super::context::Context;
use super::document::{Block, Chapter, Page, Table, Target, code, text};
use super::{entry, words};

/// All pages, in the order in which they are read.
pub(crate) fn pages(context: &Context<'_>) -> Vec<Page> {
    let mut pages = vec![overview::page(context), contract::page(context)];
    let extensions = ordered_extensions(context);
    pages.extend(
        extensions
            .into_iter()
            .map(|index| extension(context, index)),
    );
    pages.push(reference::instructions(context));
    pages.push(opcodes::page(context));
    pages.push(encodings::page(context));
    pages.push(reference::descriptors(context));
    pages.push(reference::formats(context));
    pages.push(reference::csrs(context));
    pages.push(reference::registers(context));
    pages.push(trace::page(context));
    pages.push(notation::page());
    pages.push(glossary::page(context));
    pages
}

/// Extensions with bulk instructions first; otherwise in the order of the files.
fn ordered_extensions(context: &Context<'_>) -> Vec<usize> {
    let spec = context.spec;
    let bulk = |index: &usize| {
        let name = &spec.extensions[*index].name;
        spec.instructions
            .iter()
            .any(|i| i.extension == *name && i.is_bulk())
    };
    let (mut first, rest): (Vec<usize>, Vec<usize>) = (0..spec.extensions.len()).partition(bulk);
    first.extend(rest);
    first
}

/// An extension: what it is, a list of its instructions, and their entries.
fn extension(context: &Context<'_>, index: usize) -> Page {
    let spec = context.spec;
    let extension = &spec.extensions[index];
    let mut blocks = Vec::new();
    let own: Vec<usize> = (0..spec.instructions.len())
        .filter(|&i| spec.instructions[i].extension == extension.name)
        .collect();
    blocks.push(Block::Paragraph(vec![text(format!(
        "Version {}, {} instructions.",
        words::version(extension.version),
        own.len()
    ))]));
    blocks.extend(
        context
            .paragraphs(&extension.doc)
            .into_iter()
            .map(Block::Paragraph),
    );
    let mut table = Table::new("Instructions", ["syntax", "what it does", "harts", "match"]);
    for &instruction in &own {
        let entry = &spec.instructions[instruction];
        let digits = usize::from(entry.length) * 2;
        table.row([
            vec![super::document::link(
                Target::Instruction(instruction),
                code(words::syntax(spec, instruction)),
            )],
            vec![text(entry.title.clone())],
            vec![text(words::harts(&entry.xlen))],
            vec![code(format!("0x{:0digits$x}", entry.bits))],
        ]);
    }
    blocks.push(Block::Table(table));
    if !extension.changelog.is_empty() {
        let anchor = Target::Section(Chapter::Extension(index), "changes");
        blocks.push(Block::section(2, anchor, "Change log"));
        for release in extension.changelog.iter().rev() {
            blocks.push(Block::heading(
                3,
                format!("Version {}", words::version(release.version)),
            ));
            let changes = release.changes.iter().map(|change| context.prose(change));
            blocks.push(Block::List(changes.collect()));
        }
    }
    for instruction in own {
        blocks.extend(entry::blocks(context, instruction, 2));
    }
    Page {
        chapter: Chapter::Extension(index),
        title: extension.name.clone(),
        blocks,
    }
}
