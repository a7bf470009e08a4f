//! A spec file as a tree with positions: TOML, reduced to what spec files use, with readers that
//! report a wrong type, a missing key and an unknown key at their places.
//!
//! Nothing here knows what a key means.

use crate::span::{Diagnostic, Source, Span};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Longer files are refused, which bounds the work and memory of everything that follows.
const MAX_FILE_BYTES: usize = 8 << 20;

/// More messages than this are counted, but not kept: nobody reads them.
const MAX_MESSAGES: usize = 1000;

/// Where the loader's messages go.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    kept: RefCell<Vec<Diagnostic>>,
    count: Cell<usize>,
}

impl Sink {
    pub(crate) fn push(&self, diagnostic: Diagnostic) {
        self.count.set(self.count.get() + 1);
        let mut kept = self.kept.borrow_mut();
        if kept.len() < MAX_MESSAGES {
            kept.push(diagnostic);
        }
    }

    pub(crate) fn error(&self, message: impl Into<String>, span: &Span) {
        self.push(Diagnostic::error(message, span.clone()));
    }

    /// How many messages there were.
    pub(crate) fn len(&self) -> usize {
        self.count.get()
    }

    pub(crate) fn into_inner(self) -> Vec<Diagnostic> {
        self.kept.into_inner()
    }
}

/// A string (or key) of a spec file.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Offset in the file of the first byte of `text`, if the file has it there as it is (no escapes).
    start: Option<usize>,
}

impl Text {
    fn new(source: &Arc<Source>, text: &str, range: Range<usize>) -> Self {
        let raw = source.text.get(range.clone()).unwrap_or("");
        // The content stands between delimiters; a multi-line string drops a first line break.
        let start = [
            "\"\"\"\r\n",
            "\"\"\"\n",
            "\"\"\"",
            "'''\r\n",
            "'''\n",
            "'''",
            "\"",
            "'",
            "",
        ]
        .iter()
        .find(|open| raw.starts_with(**open))
        .filter(|open| raw[open.len()..].starts_with(text))
        .map(|open| range.start + open.len());
        Self {
            text: text.to_owned(),
            span: Span::new(source, range),
            start,
        }
    }

    /// A text that is a file of its own.
    #[cfg(test)]
    pub(crate) fn plain(text: &str) -> Self {
        let source = Source::new("test", text);
        Self {
            text: text.to_owned(),
            span: Span::new(&source, 0..text.len()),
            start: Some(0),
        }
    }

    /// The place of a part of the text: exact where the string has no escapes, otherwise the whole string.
    pub(crate) fn part(&self, range: Range<usize>) -> Span {
        match self.start {
            Some(start) => Span::new(&self.span.source, start + range.start..start + range.end),
            None => self.span.clone(),
        }
    }

    /// The words between white space, with their ranges.
    pub(crate) fn words(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = &self.text[at..];
            let start = at + rest.find(|c: char| !c.is_whitespace())?;
            let end = self.text[start..]
                .find(char::is_whitespace)
                .map_or(self.text.len(), |n| start + n);
            at = end;
            Some((start..end, &self.text[start..end]))
        })
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Text),
    Int(i128),
    Bool(bool),
    List(Vec<Node>),
    /// In the order of the file.
    Table(Vec<(Text, Node)>),
    /// A kind of value that no spec file has.
    Other(&'static str),
}

impl Value {
    fn describe(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Int(_) => "an integer",
            Value::Bool(_) => "a boolean",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(what) => what,
        }
    }
}

/// Parses a file. Syntax errors go to `sink`; then there is no tree.
pub(crate) fn parse(source: &Arc<Source>, sink: &Sink) -> Option<Node> {
    if source.text.len() > MAX_FILE_BYTES {
        let message = format!(
            "a spec file may have {MAX_FILE_BYTES} bytes, this one has {}",
            source.text.len()
        );
        sink.error(message, &Span::new(source, 0..0));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    for error in &errors {
        let range = error.span().unwrap_or(0..0);
        let end = range.end.min(source.text.len());
        // The parser's messages may have several lines; the first says it.
        let message = error
            .message()
            .lines()
            .next()
            .unwrap_or("invalid TOML")
            .to_owned();
        sink.error(message, &Span::new(source, range.start.min(end)..end));
    }
    errors.is_empty().then(|| {
        let range = 0..source.text.len();
        Node {
            span: Span::new(source, range),
            value: convert_table(source, table.get_ref()),
        }
    })
}

fn convert_table(source: &Arc<Source>, table: &DeTable<'_>) -> Value {
    let mut entries: Vec<(Text, Node)> = table
        .iter()
        .map(|(key, value)| {
            let key_text = Text::new(source, key.get_ref(), key.span());
            (key_text, convert(source, value.get_ref(), value.span()))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span.range.start);
    Value::Table(entries)
}

/// The TOML parser bounds the nesting, so that this recursion is bounded too.
fn convert(source: &Arc<Source>, value: &DeValue<'_>, range: Range<usize>) -> Node {
    let converted = match value {
        DeValue::String(text) => Value::Text(Text::new(source, text, range.clone())),
        DeValue::Integer(int) => {
            let digits = int.as_str().replace('_', "");
            match i128::from_str_radix(&digits, int.radix()) {
                Ok(value) => Value::Int(value),
                Err(_) => Value::Other("an integer beyond 128 bits"),
            }
        }
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| convert(source, item.get_ref(), item.span()))
                .collect(),
        ),
        DeValue::Table(table) => convert_table(source, table),
        DeValue::Float(_) => Value::Other("a floating-point number"),
        DeValue::Datetime(_) => Value::Other("a date"),
    };
    Node {
        span: Span::new(source, range),
        value: converted,
    }
}

/// A table that is being read. The keys that were asked for are the known ones.
pub(crate) struct Table<'a> {
    pub(crate) span: Span,
    entries: &'a [(Text, Node)],
    known: Vec<&'static str>,
    sink: &'a Sink,
}

impl<'a> Table<'a> {
    /// Reads `node` as a table; `what` is named if it is none.
    pub(crate) fn new(node: &'a Node, what: &str, sink: &'a Sink) -> Option<Self> {
        match &node.value {
            Value::Table(entries) => Some(Self {
                span: node.span.clone(),
                entries,
                known: Vec::new(),
                sink,
            }),
            other => {
                sink.error(
                    format!("{what} has to be a table, not {}", other.describe()),
                    &node.span,
                );
                None
            }
        }
    }

    /// Messages about the table as a whole point here, for example at its name.
    pub(crate) fn at(mut self, span: &Span) -> Self {
        self.span = span.clone();
        self
    }

    /// All entries, known or not.
    pub(crate) fn entries(&self) -> &'a [(Text, Node)] {
        self.entries
    }

    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|(k, _)| k.text == key)
            .map(|(_, node)| node)
    }

    fn wrong_type(&self, key: &str, node: &Node, expected: &str) {
        let message = format!(
            "`{key}` has to be {expected}, not {}",
            node.value.describe()
        );
        self.sink.error(message, &node.span);
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'a Text> {
        let node = self.get(key)?;
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.wrong_type(key, node, "a string");
        None
    }

    /// The text of an optional key, or nothing.
    pub(crate) fn doc(&mut self, key: &'static str) -> String {
        self.text(key)
            .map(|text| text.text.clone())
            .unwrap_or_default()
    }

    /// An integer from `range`.
    pub(crate) fn int(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<i128>,
    ) -> Option<(i128, &'a Span)> {
        let node = self.get(key)?;
        let value = int(node, key, range, self.sink)?;
        Some((value, &node.span))
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.get(key)?;
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.wrong_type(key, node, "true or false");
        None
    }

    pub(crate) fn list(&mut self, key: &'static str) -> Option<&'a [Node]> {
        let node = self.get(key)?;
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        self.wrong_type(key, node, "a list");
        None
    }

    pub(crate) fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let node = self.get(key)?;
        Table::new(node, &format!("`{key}`"), self.sink)
    }

    /// Passes on what an accessor found; says that `key` is missing if the table has no such key.
    pub(crate) fn need<T>(&self, key: &str, found: Option<T>) -> Option<T> {
        if found.is_none() && !self.entries.iter().any(|(k, _)| k.text == key) {
            self.sink.error(format!("missing key `{key}`"), &self.span);
        }
        found
    }

    pub(crate) fn need_text(&mut self, key: &'static str) -> Option<&'a Text> {
        let found = self.text(key);
        self.need(key, found)
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn finish(self) {
        for (key, _) in self.entries {
            if !self.known.contains(&key.text.as_str()) {
                let mut diagnostic =
                    Diagnostic::error(format!("unknown key `{}`", key.text), key.span.clone());
                diagnostic.help = crate::names::did_you_mean(&key.text, self.known.iter().copied());
                if diagnostic.help.is_none() && !self.known.is_empty() {
                    diagnostic.help = Some(format!("known keys: {}", self.known.join(", ")));
                }
                self.sink.push(diagnostic);
            }
        }
    }
}

/// Reads a node as an integer from `range`.
pub(crate) fn int(
    node: &Node,
    what: &str,
    range: std::ops::RangeInclusive<i128>,
    sink: &Sink,
) -> Option<i128> {
    match node.value {
        Value::Int(value) if range.contains(&value) => return Some(value),
        Value::Int(value) => {
            let message = format!(
                "`{what}` has to be from {} to {}, not {value}",
                range.start(),
                range.end()
            );
            sink.error(message, &node.span);
        }
        ref other => {
            let message = format!("`{what}` has to be an integer, not {}", other.describe());
            sink.error(message, &node.span);
        }
    }
    None
}

/// Reads a node as a string.
pub(crate) fn text<'a>(node: &'a Node, what: &str, sink: &Sink) -> Option<&'a Text> {
    if let Value::Text(text) = &node.value {
        return Some(text);
    }
    sink.error(
        format!("{what} has to be a string, not {}", node.value.describe()),
        &node.span,
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_text(toml: &str) -> Text {
        let source = Source::new("test", toml);
        let sink = Sink::default();
        let node = parse(&source, &sink).unwrap();
        let Value::Table(mut entries) = node.value else {
            panic!()
        };
        let Value::Text(text) = entries.remove(0).1.value else {
            panic!()
        };
        text
    }

    #[test]
    fn places_in_strings_are_exact_without_escapes() {
        for toml in [
            "a = \"xyz\"",
            "a = 'xyz'",
            "a = \"\"\"xyz\"\"\"",
            "a = \"\"\"\nxyz\"\"\"",
            "a = '''\r\nxyz'''",
        ] {
            let text = only_text(toml);
            assert_eq!(text.text, "xyz");
            assert_eq!(&toml[text.part(1..2).range], "y", "{toml}");
        }
        let escaped = only_text("a = \"x\\ty\"");
        assert_eq!(escaped.part(1..2), escaped.span);
    }

    #[test]
    fn words_are_split_with_their_ranges() {
        let text = Text::plain("  ab  c ");
        let words: Vec<_> = text.words().collect();
        assert_eq!(words, [(2..4, "ab"), (6..7, "c")]);
    }
}
