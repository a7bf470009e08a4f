//! The columns of a source: labels at the margin, mnemonics and operands each in a column of their own.
//!
//! Only white space changes, only outside of strings and comments, and never where it could separate the arguments of
//! a macro; so what the text assembles to stays the same. What is aligned already has no edits.

use super::syntax::{Head, Syntax, TokenKind, slice};
use std::ops::Range;

/// Where things are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of a tab stop, and of the margin before mnemonics.
    pub tab: u32,
    /// Blanks instead of tabs.
    pub spaces: bool,
}

/// A range of the text, and what it is to be replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that are white space now.
    pub range: Range<u32>,
    /// White space.
    pub text: String,
}

/// Columns between the start of a mnemonic and its operands, without tabs.
const MNEMONIC: u32 = 8;

/// The edits that align the statements of a range, in the order of the text.
#[must_use]
pub fn columns(syntax: &Syntax, text: &str, range: Range<u32>, style: Style) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut change = |at: Range<u32>, to: String| {
        let blank = |b: u8| matches!(b, b' ' | b'\t');
        let now = slice(text, &at);
        if now != to && now.bytes().all(blank) {
            edits.push(Edit {
                range: at,
                text: to,
            });
        }
    };
    let margin = if style.spaces {
        " ".repeat(style.tab.clamp(1, 32) as usize)
    } else {
        "\t".to_owned()
    };
    let first = syntax
        .statements
        .partition_point(|statement| statement.range.end < range.start);
    let statements = syntax.statements[first..]
        .iter()
        .take_while(|statement| statement.range.start < range.end);
    for statement in statements {
        let start = statement.range.start;
        let line = slice(text, &(0..start)).rfind('\n').map_or(0, |i| i + 1) as u32;
        let begins_line = slice(text, &(line..start))
            .bytes()
            .all(|b| matches!(b, b' ' | b'\t'));
        let head = match &statement.head {
            Head::Instruction(head) | Head::Directive(head) | Head::Macro(head) => head,
            Head::Assignment(head) => {
                // `name = value` may have any margin.
                let _ = head;
                continue;
            }
            Head::None => {
                if begins_line && is_label(syntax, start) {
                    change(line..start, String::new());
                }
                continue;
            }
        };
        if begins_line {
            if head.start == start {
                change(line..start, margin.clone());
            } else {
                change(line..start, String::new());
                // The blanks between the last label and the mnemonic, up to its column.
                let label = slice(text, &(start..head.start)).trim_end();
                let end = start + label.len() as u32;
                let width = label.chars().count() as u32;
                let gap = if label.contains(['\t', '\n']) {
                    " ".to_owned()
                } else if style.spaces {
                    " ".repeat(style.tab.saturating_sub(width).max(1) as usize)
                } else {
                    "\t".to_owned()
                };
                change(end..head.start, gap);
            }
        }
        // Blanks behind a macro's name and between its arguments are left alone: they are part of the arguments' text.
        if !matches!(statement.head, Head::Instruction(_)) {
            continue;
        }
        let tokens = syntax.tokens_in(head.end..statement.range.end);
        let tokens: Vec<_> = tokens
            .iter()
            .filter(|t| t.range.start >= head.end && t.range.end <= statement.range.end)
            .collect();
        if let Some(operands) = tokens.first()
            && operands.kind != TokenKind::Comment
        {
            let width = slice(text, head).chars().count() as u32;
            let gap = if style.spaces {
                " ".repeat(MNEMONIC.saturating_sub(width).max(1) as usize)
            } else {
                "\t".to_owned()
            };
            change(head.end..operands.range.start, gap);
        }
        for pair in tokens.windows(2) {
            let (token, next) = (pair[0], pair[1]);
            if next.kind == TokenKind::Comment {
                continue;
            }
            let gap = token.range.end..next.range.start;
            match (slice(text, &token.range), slice(text, &next.range)) {
                (",", _) => change(gap, " ".to_owned()),
                (_, ",") if token.kind != TokenKind::Comment => change(gap, String::new()),
                _ => {}
            }
        }
    }
    edits
}

/// Is the first token of the statement a label, and not the rest of something that is no statement?
fn is_label(syntax: &Syntax, start: u32) -> bool {
    let tokens = syntax.tokens_in(start..start + 1);
    tokens
        .first()
        .is_some_and(|token| token.kind == TokenKind::Label && token.range.start == start)
}
