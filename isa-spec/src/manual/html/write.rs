//! Elements of XHTML, with everything that is text escaped.

use std::fmt::Write as _;

/// Text of a document that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    /// An element's start tag.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push('>');
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str("/>");
    }

    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    pub(crate) fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.character(c, false);
        }
    }

    /// An element with only text in it.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    pub(crate) fn newline(&mut self) {
        self.out.push('\n');
    }

    /// Markup that is not from a spec.
    pub(crate) fn markup(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            value.chars().for_each(|c| self.character(c, true));
            self.out.push('"');
        }
    }

    fn character(&mut self, c: char, quoted: bool) {
        match c {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '"' if quoted => self.out.push_str("&quot;"),
            '\n' | '\t' => self.out.push(c),
            // Characters that XML does not have at all.
            '\0'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => self.out.push('\u{fffd}'),
            c => self.out.push(c),
        }
    }
}
