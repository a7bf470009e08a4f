//! Names that are defined and occur nowhere.

use crate::load::Loader;
use crate::span::Diagnostic;
use crate::tree::{Node, Value};
use std::collections::HashSet;

/// What is defined in order to be named elsewhere.
const NAMED: [&str; 5] = [
    "status",
    "encoding format",
    "field",
    "constant",
    "field width",
];
/// Keys of texts for people.
const PROSE: [&str; 3] = ["doc", "title", "source"];

impl Loader<'_> {
    /// Reports definitions whose name is no word of any text or key, but for its own definition and prose.
    pub(super) fn unused(&self, files: &[Node]) {
        let mut words = HashSet::new();
        for file in files {
            collect(file, &mut words);
        }
        let mut unused: Vec<_> = self
            .defined
            .iter()
            .filter(|((kind, name), _)| NAMED.contains(kind) && !words.contains(name.as_str()))
            .collect();
        // In the order of the files, since the definitions are in none.
        unused.sort_by_key(|(_, span)| (span.source.name.clone(), span.range.start));
        for ((kind, name), span) in unused {
            let message = format!("{kind} `{name}` is never used");
            self.sink.push(Diagnostic::warning(message, span.clone()));
        }
    }
}

/// The words of all texts, and keys that stand beside values: a field of a word in `encoding` is named by its key.
fn collect<'a>(node: &'a Node, words: &mut HashSet<&'a str>) {
    match &node.value {
        Value::Text(text) => {
            let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            words.extend(text.text.split(|c| !name(c)));
            // A minus sign is also part of names.
            words.extend(text.text.split(|c| c == '-' || !name(c)));
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Table(entries) => {
            for (key, node) in entries {
                if !PROSE.contains(&key.text.as_str()) {
                    collect(node, words);
                }
            }
        }
        Value::Int(_) | Value::Bool(_) | Value::Other(_) => {}
    }
}
