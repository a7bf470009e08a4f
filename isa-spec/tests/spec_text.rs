//! The built-in spec files, changed in one place at a time: a name that nothing has is an error there, and whatever still
//! loads is another JSON document. So no name dangles, and no key of a spec file is without effect.

mod export_support;

use export_support::one;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use zktr_isa::export::{Selection, Target};
use zktr_isa::span::{Diagnostic, Source};
use zktr_isa::{Parameters, Spec};

/// Keys of texts that are for people, and of names that are given there.
const FREE: [&str; 11] = [
    "doc", "title", "name", "vendor", "source", "changes", "abi", "prefix", "events", "signals",
    "fields",
];

/// A value of a spec file: where it is, without quotes, and the last part of its key, or its table's.
struct Place {
    file: usize,
    range: Range<usize>,
    key: String,
    number: bool,
}

/// All strings and numbers that are values, in the order of the files.
fn values() -> Vec<Place> {
    let mut out = Vec::new();
    for (file, source) in Spec::builtin_files().iter().enumerate() {
        let text = &source.text;
        let (mut at, mut key, mut table) = (0, String::new(), String::new());
        while at < text.len() {
            let rest = &text[at..];
            let line_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
            if rest.starts_with('#') {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if line_start && rest.starts_with('[') && !rest.starts_with("[ ") {
                let end = rest.find('\n').unwrap_or(rest.len());
                table = rest[..end]
                    .trim_matches(['[', ']', ' '])
                    .rsplit('.')
                    .next()
                    .unwrap()
                    .to_owned();
                at += end;
            } else if rest.starts_with('"') {
                let quote = if rest.starts_with("\"\"\"") {
                    "\"\"\""
                } else {
                    "\""
                };
                let len = rest[quote.len()..].find(quote).unwrap();
                let range = at + quote.len()..at + quote.len() + len;
                at = range.end + quote.len();
                let after = text[at..].trim_start_matches(' ');
                if after.starts_with('=') {
                    key = text[range].to_owned();
                } else {
                    let words = table == "words" && source.name.ends_with("neighbours.toml");
                    let table_is_key =
                        words || ["events", "signals", "bits", "others"].contains(&table.as_str());
                    let key = if table_is_key {
                        table.clone()
                    } else {
                        key.clone()
                    };
                    out.push(Place {
                        file,
                        range,
                        key,
                        number: false,
                    });
                }
            } else if rest.starts_with(|c: char| c.is_ascii_digit()) {
                let len = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                let key = key.clone();
                out.push(Place {
                    file,
                    range: at..at + len,
                    key,
                    number: true,
                });
                at += len;
            } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                let len = rest.find(|c| !word(c)).unwrap_or(rest.len());
                if rest[len..].trim_start_matches(' ').starts_with('=') {
                    key = rest[..len].to_owned();
                }
                at += len;
            } else {
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
    }
    out
}

/// The built-in spec with another text at this place.
fn with(file: usize, range: Range<usize>, text: &str) -> Result<Arc<Spec>, Vec<Diagnostic>> {
    let mut files: Vec<Arc<Source>> = Spec::builtin_files().to_vec();
    let mut changed = files[file].text.to_string();
    changed.replace_range(range, text);
    files[file] = Source::new(files[file].name.to_string(), changed);
    Spec::of_files(&files, &Parameters::default())
}

fn json(spec: &Spec) -> String {
    one(spec, Target::Json, &Selection::All).text
}

/// The words of a text that may be names.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_ascii_alphanumeric() || c == '_';
        match start {
            None if inside && c.is_ascii_alphabetic() => start = Some(at),
            Some(from) if !inside => {
                out.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    out
}

#[test]
fn a_name_that_nothing_has_is_an_error_where_it_stands() {
    let mut tried: HashMap<(usize, String), usize> = HashMap::new();
    let mut survivors = Vec::new();
    let names = |place: &&Place| !place.number && !FREE.contains(&place.key.as_str());
    for place in values().iter().filter(names) {
        let count = tried.entry((place.file, place.key.clone())).or_default();
        *count += 1;
        if *count > 1 {
            continue;
        }
        let source = &Spec::builtin_files()[place.file];
        let text = &source.text[place.range.clone()];
        // The first and the last name: in meanings most are the same kinds of names again.
        let names = words(text);
        let mut chosen: Vec<Range<usize>> = names
            .first()
            .into_iter()
            .chain(names.last())
            .cloned()
            .collect();
        chosen.dedup();
        for name in chosen {
            let range = place.range.start + name.start..place.range.start + name.end;
            let shown = || {
                format!(
                    "{}: {} = {text:?}: `{}`",
                    source.name,
                    place.key,
                    &text[name.clone()]
                )
            };
            match with(place.file, range, "nonesuch") {
                Ok(_) => survivors.push(shown()),
                Err(messages) => {
                    let here = messages.iter().any(|m| {
                        m.span
                            .as_ref()
                            .is_some_and(|s| s.source.name == source.name)
                    });
                    assert!(here, "{}: no caret in the file", shown());
                }
            }
        }
    }
    assert!(tried.len() > 60, "{}", tried.len());
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

#[test]
fn whatever_still_loads_is_another_document() {
    let whole = json(&Spec::builtin());
    let mut tried: HashMap<&str, usize> = HashMap::new();
    let mut same = Vec::new();
    let mut loaded = 0;
    let values = values();
    for place in &values {
        let count = tried.entry(&place.key).or_default();
        *count += 1;
        if *count > 1 {
            continue;
        }
        let source = &Spec::builtin_files()[place.file];
        let text = &source.text[place.range.clone()];
        let changed = match (place.number, text) {
            (true, "7" | "0x07") => "3".to_owned(),
            (true, _) => "7".to_owned(),
            (false, _) => format!("{text} x"),
        };
        if let Ok(spec) = with(place.file, place.range.clone(), &changed) {
            loaded += 1;
            if json(&spec) == whole {
                same.push(format!(
                    "{}: {} = {text:?} -> {changed:?}",
                    source.name, place.key
                ));
            }
        }
    }
    assert!(loaded > 40, "{loaded}");
    assert!(same.is_empty(), "{}", same.join("\n"));
}
