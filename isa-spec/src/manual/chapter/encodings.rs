//! Encoding formats: which fields a word has, and who uses them.

use super::Context;
use crate::manual::document::{Block, Chapter, Page, Target, code, joined, text};
use crate::manual::picture;

pub(crate) fn page(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut blocks = vec![Block::Paragraph(vec![text(
        "The fields of each encoding format, from the highest bit down. Instructions give some of them fixed values; \
         the others hold operands. Words are stored with their lowest byte first.",
    )])];
    let mut seen: Vec<&str> = Vec::new();
    for first in &spec.instructions {
        let name = first.format.as_str();
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        blocks.push(Block::Heading {
            level: 2,
            anchor: Some(Target::Encoding(name.to_owned())),
            text: vec![code(name)],
        });
        blocks.push(Block::Bits(picture::format(name, first)));
        let users = (0..spec.instructions.len()).filter(|&i| spec.instructions[i].format == name);
        let mut line = vec![text("Used by ")];
        line.extend(joined(users.map(|i| context.instruction(i)), ", "));
        line.push(text("."));
        blocks.push(Block::Paragraph(line));
    }
    Page {
        chapter: Chapter::Encodings,
        title: "Encoding formats".to_owned(),
        blocks,
    }
}
