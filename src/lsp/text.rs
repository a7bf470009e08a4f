//! Texts with their lines, and the protocol's positions in them.
//!
//! A position is a line and a column; the column counts bytes, UTF-16 units or characters, as client and server have
//! agreed. Positions that a text does not have are moved to the nearest one before that it has.

use lsp_types::{Position, PositionEncodingKind, Range as LspRange};
use std::ops::Range;
use std::sync::Arc;
use zktr_isa::span::Source;

/// What columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 units, which all clients know.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best one that a client knows: bytes need no conversion.
    pub fn choose(known: Option<&[PositionEncodingKind]>) -> Self {
        let known = known.unwrap_or_default();
        if known.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if known.is_empty() || known.contains(&PositionEncodingKind::UTF16) {
            Self::Utf16
        } else {
            Self::Utf32
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// How much a character adds to a column.
    fn width(self, c: char) -> u32 {
        match self {
            Self::Utf8 => c.len_utf8() as u32,
            Self::Utf16 => c.len_utf16() as u32,
            Self::Utf32 => 1,
        }
    }
}

/// A text of less than 4 GiB with the starts of its lines.
#[derive(Debug, Clone)]
pub(super) struct Text {
    source: Arc<Source>,
    /// Offsets of the first bytes of lines.
    lines: Vec<u32>,
    encoding: Encoding,
}

impl Text {
    /// A text with its name. Of one of 4 GiB or more nothing is kept.
    pub fn new(name: impl Into<String>, text: String, encoding: Encoding) -> Self {
        let text = if u32::try_from(text.len()).is_ok() {
            text
        } else {
            String::new()
        };
        let breaks = text.bytes().zip(1u32..).filter(|(b, _)| *b == b'\n');
        let lines = std::iter::once(0)
            .chain(breaks.map(|(_, next)| next))
            .collect();
        Self {
            source: Source::new(name, text),
            lines,
            encoding,
        }
    }

    /// The text with its name.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The text.
    pub fn str(&self) -> &str {
        &self.source.text
    }

    /// The part of the text in a range.
    pub fn slice(&self, range: &Range<u32>) -> &str {
        self.str()
            .get(range.start as usize..range.end as usize)
            .unwrap_or("")
    }

    /// The number of a byte's line, from 0.
    pub fn line_of(&self, offset: u32) -> u32 {
        self.lines.partition_point(|start| *start <= offset) as u32 - 1
    }

    /// The bytes of a line, with its break.
    pub fn line(&self, number: u32) -> Range<u32> {
        let end = self.str().len() as u32;
        let at = |line: u32| self.lines.get(line as usize).copied().unwrap_or(end);
        at(number)..at(number.saturating_add(1))
    }

    /// The byte at a position.
    pub fn offset(&self, position: Position) -> u32 {
        let line = self.line(position.line);
        let mut column = 0;
        let mut offset = line.start;
        for c in self.slice(&line).chars() {
            column += self.encoding.width(c);
            if c == '\n' || column > position.character {
                break;
            }
            offset += c.len_utf8() as u32;
        }
        // A carriage return belongs to the line break.
        let before = self.slice(&(line.start..offset));
        if before.ends_with('\r') && self.slice(&(offset..line.end)).starts_with('\n') {
            offset -= 1;
        }
        offset
    }

    /// The bytes of a range; empty if it ends before it starts.
    pub fn bytes(&self, range: LspRange) -> Range<u32> {
        let start = self.offset(range.start);
        start..self.offset(range.end).max(start)
    }

    /// The position of a byte, or of the character that it is in.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.str().len());
        while !self.str().is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_of(offset as u32);
        let start = self.line(line).start;
        let before = self.slice(&(start..offset as u32));
        let character = before.chars().map(|c| self.encoding.width(c)).sum();
        Position { line, character }
    }

    /// The range of some bytes.
    pub fn range(&self, range: &Range<u32>) -> LspRange {
        LspRange {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }

    /// How wide a part of a line is.
    pub fn width(&self, range: &Range<u32>) -> u32 {
        let chars = self.slice(range).chars();
        chars.map(|c| self.encoding.width(c)).sum()
    }

    /// The text with a range replaced.
    pub fn edited(&self, range: Range<u32>, by: &str) -> Self {
        let mut text = self.str().to_owned();
        let range = range.start as usize..range.end as usize;
        if text.get(range.clone()).is_some() {
            text.replace_range(range, by);
        }
        Self::new(self.source.name.clone(), text, self.encoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_what_was_agreed() {
        let text = "é𝄞x\r\nab";
        for (encoding, x, end) in [
            (Encoding::Utf8, 6, 7),
            (Encoding::Utf16, 3, 4),
            (Encoding::Utf32, 2, 3),
        ] {
            let text = Text::new("t", text.to_owned(), encoding);
            assert_eq!(text.position(6), at(0, x));
            assert_eq!(text.offset(at(0, x)), 6);
            // Neither in the middle of a character nor in a line break.
            assert_eq!(text.offset(at(0, 99)), 7);
            assert_eq!(text.position(7), at(0, end));
            assert_eq!(text.offset(at(1, 1)), 10);
            assert_eq!(text.offset(at(1, 9)), 11);
            assert_eq!(text.offset(at(7, 0)), 11);
            assert_eq!(text.position(99), at(1, 2));
        }
        let utf16 = Text::new("t", text.to_owned(), Encoding::Utf16);
        assert_eq!(utf16.offset(at(0, 2)), 2);
        assert_eq!(utf16.position(4), at(0, 1));
    }

    #[test]
    fn every_boundary_goes_both_ways() {
        let text = "a\n\n é\u{1F600}b\r\n\u{feff}c\n";
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let text = Text::new("t", text.to_owned(), encoding);
            for (offset, c) in text.str().char_indices() {
                if c == '\n' && text.str()[..offset].ends_with('\r') {
                    continue;
                }
                let offset = offset as u32;
                assert_eq!(text.offset(text.position(offset)), offset);
            }
        }
    }

    #[test]
    fn edits() {
        let text = Text::new("t", "ab\ncd".to_owned(), Encoding::Utf16);
        let range = text.bytes(LspRange::new(at(0, 1), at(1, 1)));
        let edited = text.edited(range, "é\n");
        assert_eq!(edited.str(), "aé\nd");
        assert_eq!(edited.line(1), 4..5);
        assert_eq!(text.edited(3..9, "x").str(), "ab\ncd");
        assert_eq!(text.bytes(LspRange::new(at(1, 0), at(0, 0))), 3..3);
    }
}
