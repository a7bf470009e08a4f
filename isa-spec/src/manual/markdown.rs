//! The manual, or a part of it, as Markdown (CommonMark with GitHub's tables).

use super::anchors::Anchors;
use super::document::{Block, Inline, Page, Table, Target};
use super::picture::BitPicture;
use std::fmt::Write as _;

/// Pages one after another, with links between them.
pub(crate) fn pages(pages: &[Page], anchors: &Anchors) -> String {
    let mut out = String::new();
    for page in pages {
        let id = anchors.id(&Target::Page(page.chapter));
        let _ = writeln!(out, "<a id=\"{id}\"></a>\n\n# {}\n", escaped(&page.title));
        blocks_with(&mut out, &page.blocks, Some(anchors));
    }
    out
}

/// Blocks on their own, without links.
pub(crate) fn blocks(blocks: &[Block]) -> String {
    let mut out = String::new();
    blocks_with(&mut out, blocks, None);
    out
}

fn blocks_with(out: &mut String, blocks: &[Block], anchors: Option<&Anchors>) {
    let place = Place {
        anchors,
        cell: false,
    };
    for block in blocks {
        match block {
            Block::Heading {
                level,
                anchor,
                text,
            } => {
                if let (Some(anchor), Some(anchors)) = (anchor, anchors) {
                    let _ = writeln!(out, "<a id=\"{}\"></a>\n", anchors.id(anchor));
                }
                let hashes = "#".repeat(usize::from(*level));
                let _ = writeln!(out, "{hashes} {}\n", inline(text, place));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}\n", line_start(inline(text, place)));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", line_start(inline(item, place)));
                }
                out.push('\n');
            }
            Block::Table(table) => write_table(out, table, anchors),
            Block::Code(text) | Block::Meaning { text, .. } => fenced(out, text),
            Block::Bits(picture) => bits(out, picture),
            // The table of the fields says the same.
            Block::Bytes(_) => {}
        }
    }
}

/// How inline text is written here.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Where links go; without it there are none.
    anchors: Option<&'a Anchors>,
    /// In a cell of a table, which a bar would end.
    cell: bool,
}

/// A code block, with a fence that the text does not contain.
fn fenced(out: &mut String, text: &str) {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let _ = writeln!(out, "{fence}\n{}\n{fence}\n", text.trim_end());
}

fn row(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push('|');
    for cell in cells {
        let _ = write!(out, " {} |", cell.replace('\n', " "));
    }
    out.push('\n');
}

fn rule(out: &mut String, columns: usize) {
    row(out, std::iter::repeat_n("---".to_owned(), columns));
}

/// A word as a row of boxes, bit numbers above, the names of fixed fields below.
fn bits(out: &mut String, picture: &BitPicture) {
    let cells = &picture.cells;
    row(out, cells.iter().map(|cell| cell.range()));
    rule(out, cells.len());
    row(out, cells.iter().map(|cell| escaped(&cell.content)));
    if cells.iter().any(|cell| !cell.name.is_empty()) {
        row(out, cells.iter().map(|cell| escaped(&cell.name)));
    }
    out.push('\n');
}

fn write_table(out: &mut String, table: &Table, anchors: Option<&Anchors>) {
    row(out, table.header.iter().map(|title| escaped(title)));
    rule(out, table.header.len());
    let place = Place {
        anchors,
        cell: true,
    };
    for entry in &table.rows {
        let mut anchor = match (&entry.anchor, anchors) {
            (Some(anchor), Some(anchors)) => format!("<a id=\"{}\"></a>", anchors.id(anchor)),
            _ => String::new(),
        };
        row(
            out,
            entry
                .cells
                .iter()
                .map(|cell| std::mem::take(&mut anchor) + &inline(cell, place)),
        );
    }
    out.push('\n');
}

fn inline(text: &[Inline], place: Place<'_>) -> String {
    let mut out = String::new();
    for piece in text {
        match piece {
            Inline::Text(text) => out.push_str(&escaped(text)),
            Inline::Code(code) | Inline::Term(_, code) => {
                out.push_str(&code_span(code, place.cell))
            }
            Inline::Strong(text) => {
                let _ = write!(out, "**{}**", escaped(text));
            }
            Inline::Math(math) => out.push_str(&escaped(&math.plain())),
            Inline::Link(to, inner) => {
                let inner = inline(std::slice::from_ref(inner), place);
                match place.anchors {
                    Some(anchors) => {
                        let _ = write!(out, "[{inner}](#{})", anchors.id(to));
                    }
                    None => out.push_str(&inner),
                }
            }
        }
    }
    out
}

/// A code span, with as many backticks around it as it needs.
fn code_span(code: &str, cell: bool) -> String {
    let longest = code
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let ticks = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    let code = code.replace(['\n', '\r'], " ");
    let code = if cell { code.replace('|', "\\|") } else { code };
    format!("{ticks}{space}{code}{space}{ticks}")
}

/// Text without anything that Markdown would take for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let characters: Vec<char> = text.chars().collect();
    for (index, &c) in characters.iter().enumerate() {
        let inside_of_word = index > 0
            && characters[index - 1].is_alphanumeric()
            && characters
                .get(index + 1)
                .is_some_and(|c| c.is_alphanumeric());
        match c {
            '\\' | '`' | '*' | '<' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Underscores inside of words are no markup, nor is an ampersand with a space behind it.
            '_' if !inside_of_word => out.push_str("\\_"),
            '&' if characters
                .get(index + 1)
                .is_some_and(|c| *c == '#' || c.is_alphanumeric()) =>
            {
                out.push_str("\\&");
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// What begins a line must not be taken for a heading, a quotation or a list.
fn line_start(text: String) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && matches!(text.as_bytes().get(digits), Some(b'.' | b')'));
    if numbered {
        format!("{}\\{}", &text[..digits], &text[digits..])
    } else if text.starts_with(['#', '>', '-', '+', '=']) {
        format!("\\{text}")
    } else {
        text
    }
}
