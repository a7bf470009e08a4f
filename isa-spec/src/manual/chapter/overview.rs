//! The first page: what there is, and how to find it.

use super::{Context, ordered_extensions};
use crate::manual::document::{Block, Chapter, Page, Table, Target, code, joined, link, text};

pub(crate) fn page(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let chapter = |chapter, title: &str| link(Target::Page(chapter), text(title));
    let mut blocks = vec![
        Block::Paragraph(vec![text(
            "This manual is generated from the machine-readable specification that the assembler, the \
             disassembler, the emulator and the compiler pass read. What it says is what they do.",
        )]),
        Block::List(vec![
            vec![
                chapter(Chapter::Contract, "Offload or refuse"),
                text(
                    ": what a bulk instruction checks, in which order, which status it leaves, and what memory it may have touched.",
                ),
            ],
            vec![
                chapter(Chapter::Instructions, "Instructions"),
                text(" and "),
                chapter(Chapter::Opcodes, "opcode map"),
                text(
                    ": all mnemonics and aliases, and which parts of the opcode space are used and free.",
                ),
            ],
            vec![
                chapter(Chapter::Descriptors, "Descriptors"),
                text(", "),
                chapter(Chapter::Formats, "fields and formats"),
                text(": data in memory, byte for byte."),
            ],
            vec![
                chapter(Chapter::Encodings, "Encoding formats"),
                text(", "),
                chapter(Chapter::Csrs, "CSRs"),
                text(", "),
                chapter(Chapter::Registers, "registers"),
                text("."),
            ],
            vec![
                chapter(Chapter::Trace, "Trace schema"),
                text(
                    ": the tables that prove a run of a guest, with columns, constraints and buses.",
                ),
            ],
            vec![
                chapter(Chapter::Notation, "Notation"),
                text(" of formulas and meanings, and a "),
                chapter(Chapter::Glossary, "glossary"),
                text("."),
            ],
        ]),
    ];
    blocks.push(Block::heading(2, "Extensions"));
    let mut table = Table::new("", ["name", "version", "instructions", "what it is"]);
    for index in ordered_extensions(context) {
        let extension = &spec.extensions[index];
        let instructions = spec
            .instructions
            .iter()
            .filter(|i| i.extension == extension.name)
            .count();
        table.row([
            vec![link(
                Target::Page(Chapter::Extension(index)),
                text(extension.name.clone()),
            )],
            vec![text(format!(
                "{}.{}",
                extension.version.0, extension.version.1
            ))],
            vec![text(instructions.to_string())],
            context.prose(&extension.doc),
        ]);
    }
    blocks.push(Block::Table(table));
    bulk(context, &mut blocks);
    parameters(context, &mut blocks);
    Page {
        chapter: Chapter::Overview,
        title: "Overview".to_owned(),
        blocks,
    }
}

/// The instructions that work on data in memory.
fn bulk(context: &Context<'_>, blocks: &mut Vec<Block>) {
    let spec = context.spec;
    let mut table = Table::new("", ["instruction", "what it does", "modes", "descriptor"]);
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let Some((_, descriptor)) = instruction.descriptor() else {
            continue;
        };
        let modes = instruction
            .modes
            .iter()
            .filter(|mode| !mode.name.is_empty());
        table.row([
            vec![context.instruction(index)],
            vec![text(instruction.title.clone())],
            joined(modes.map(|mode| code(mode.name.clone())), ", "),
            vec![link(
                Target::Descriptor(descriptor),
                code(spec.descriptors[descriptor].name.clone()),
            )],
        ]);
    }
    if table.rows.is_empty() {
        return;
    }
    blocks.push(Block::heading(2, "Bulk instructions"));
    blocks.push(Block::Paragraph(vec![text(
        "A bulk instruction has the address of a descriptor in one register, mostly a count in another, and \
         leaves a status in a third.",
    )]));
    blocks.push(Block::Table(table));
}

/// What can be chosen when the specification is loaded.
fn parameters(context: &Context<'_>, blocks: &mut Vec<Block>) {
    let parameters = &context.spec.parameters;
    if parameters.is_empty() {
        return;
    }
    blocks.push(Block::heading(2, "Parameters"));
    blocks.push(Block::Paragraph(vec![text(
        "Values that an implementation chooses. All words in this manual are for the chosen ones.",
    )]));
    let mut table = Table::new("", ["name", "chosen", "possible values", "what it is"]);
    for parameter in parameters {
        let shown = |(name, value): &(String, u32)| code(format!("{name} = 0x{value:02x}"));
        table.row([
            vec![code(parameter.name.clone())],
            parameter
                .values
                .get(parameter.chosen)
                .map(shown)
                .into_iter()
                .collect(),
            joined(parameter.values.iter().map(shown), ", "),
            context.prose(&parameter.doc),
        ]);
    }
    blocks.push(Block::Table(table));
}
