//! The pages of a manual, parsed.

use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_isa::span::Source;
use zktr_isa::{Spec, manual};

/// The files of a manual by name.
pub struct Files(pub BTreeMap<String, String>);

pub fn load(text: &str) -> Arc<Spec> {
    Spec::load(&[Source::new("user.toml", text)]).unwrap_or_else(|messages| {
        let messages: Vec<String> = messages.iter().map(ToString::to_string).collect();
        panic!("{}", messages.join("\n"))
    })
}

impl Files {
    pub fn new(spec: &Spec) -> Self {
        let files = manual::html(spec);
        let count = files.len();
        let map: BTreeMap<String, String> = files.into_iter().map(|f| (f.name, f.text)).collect();
        assert_eq!(map.len(), count, "two files have one name");
        Self(map)
    }

    /// Names and documents of the pages.
    pub fn pages(&self) -> impl Iterator<Item = (&str, Document<'_>)> {
        self.0
            .iter()
            .filter(|(name, _)| name.ends_with(".html"))
            .map(|(name, text)| (name.as_str(), parse(name, text)))
    }

    pub fn page(&self, name: &str) -> Document<'_> {
        let name = format!("{name}.html");
        parse(
            &name,
            self.0
                .get(&name)
                .unwrap_or_else(|| panic!("no page {name}")),
        )
    }
}

fn parse<'a>(name: &str, text: &'a str) -> Document<'a> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All text in a node, with single spaces.
pub fn text_of(node: Node<'_, '_>) -> String {
    let all: String = node
        .descendants()
        .filter_map(|node| match (node.is_text(), node.tag_name().name()) {
            (true, _) => node.text().map(str::to_owned),
            // Cells and lines are apart from each other.
            (false, "td" | "th" | "tr" | "p" | "li" | "h1" | "h2" | "h3" | "pre" | "div") => {
                Some(" ".to_owned())
            }
            (false, _) => None,
        })
        .collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The node with this identifier.
pub fn by_id<'a, 'b>(page: &'a Document<'b>, id: &str) -> Node<'a, 'b> {
    page.descendants()
        .find(|node| node.attribute("id") == Some(id))
        .unwrap_or_else(|| panic!("no element {id}"))
}

/// What stands behind a heading, up to the next one of its level or above.
pub fn section<'a, 'b>(page: &'a Document<'b>, id: &str) -> Vec<Node<'a, 'b>> {
    let heading = by_id(page, id);
    let level = heading.tag_name().name().to_owned();
    heading
        .next_siblings()
        .skip(1)
        .take_while(|node| {
            let name = node.tag_name().name();
            !(name.starts_with('h') && name.len() == 2 && *name <= *level)
        })
        .filter(Node::is_element)
        .collect()
}

/// The text of such a section, heading included.
pub fn section_text(page: &Document<'_>, id: &str) -> String {
    let mut out = text_of(by_id(page, id));
    for node in section(page, id) {
        out.push(' ');
        out.push_str(&text_of(node));
    }
    out
}

/// The lines of the formulas in a section.
pub fn formulas(page: &Document<'_>, id: &str) -> Vec<String> {
    section(page, id)
        .into_iter()
        .flat_map(|node| node.descendants())
        .filter(|node| node.attribute("class") == Some("formulas"))
        .flat_map(|node| node.children().collect::<Vec<_>>())
        .map(|line| {
            let depth = line.attribute("style").unwrap_or("--depth:0");
            let depth: usize = depth["--depth:".len()..].parse().unwrap();
            let text: String = line
                .descendants()
                .filter_map(|n| n.text().filter(|_| n.is_text()))
                .collect();
            format!("{}{}", "  ".repeat(depth), text.replace('\u{a0}', " "))
        })
        .collect()
}
