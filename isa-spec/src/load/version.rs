//! Extensions, their change logs, and the versions that entries of the files have.

use super::{Loader, Sections};
use crate::model::{Extension, Release, Version};
use crate::span::Span;
use crate::tree::{self, Node, Table, Text};

/// "major.minor"
fn parse(text: &str) -> Option<Version> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl<'a> Loader<'a> {
    /// Reads the extensions, and finds the one that each file belongs to.
    pub(super) fn extensions(&mut self, files: &mut [Sections<'a>]) {
        for file in files.iter_mut() {
            let changelog = file.changelog;
            if let Some(table) = file.extension.take() {
                if let Some(part_of) = file.part_of {
                    let message = "a file that has an [extension] is part of it";
                    self.sink.error(message, &part_of.span);
                }
                file.extension_name = self.extension(table, changelog).unwrap_or_default();
            } else if let Some(node) = changelog.first() {
                self.sink
                    .error("a change log needs an [extension]", &node.span);
            }
        }
        for file in files.iter_mut() {
            let Some(part_of) = file.part_of else {
                continue;
            };
            if file.extension_name.is_empty() {
                if self.spec.extension(&part_of.text).is_none() {
                    let known = self.spec.extensions.iter().map(|e| e.name.as_str());
                    self.unknown("extension", &part_of.text, &part_of.span, known);
                }
                file.extension_name.clone_from(&part_of.text);
            }
        }
    }

    fn extension(&mut self, mut table: Table<'a>, changelog: &'a [Node]) -> Option<String> {
        let name = table.need_text("name");
        let version = table.need_text("version");
        let doc = table.doc("doc");
        table.finish();
        let (name, version) = (name?, version?);
        match parse(&version.text) {
            Some(parsed) if self.define("extension", name) => {
                let changelog = self.changelog(changelog, parsed, &version.span);
                self.spec.extensions.push(Extension {
                    name: name.text.clone(),
                    version: parsed,
                    doc,
                    changelog,
                });
            }
            Some(_) => {}
            None => self
                .sink
                .error("a version is two numbers, as in \"0.1\"", &version.span),
        }
        Some(name.text.clone())
    }

    /// The versions in ascending order, the extension's own last.
    fn changelog(&self, list: &'a [Node], version: Version, span: &Span) -> Vec<Release> {
        let mut releases: Vec<Release> = Vec::new();
        for node in list {
            let Some(mut table) = Table::new(node, "a version of the change log", self.sink) else {
                continue;
            };
            let text = table.need_text("version");
            let changes = table.list("changes");
            let changes = table.need("changes", changes).unwrap_or_default();
            table.finish();
            let Some(text) = text else {
                continue;
            };
            let Some(parsed) = parse(&text.text) else {
                self.sink
                    .error("a version is two numbers, as in \"0.1\"", &text.span);
                continue;
            };
            if releases.last().is_some_and(|last| last.version >= parsed) {
                self.sink.error(
                    "the versions of a change log stand in ascending order",
                    &text.span,
                );
            }
            if parsed > version {
                self.sink.error(
                    format!(
                        "the extension's version is {}.{}, and this is a later one",
                        version.0, version.1
                    ),
                    &text.span,
                );
            }
            let changes = changes
                .iter()
                .filter_map(|item| tree::text(item, "a change", self.sink))
                .map(|text| text.text.clone())
                .collect();
            releases.push(Release {
                version: parsed,
                changes,
            });
        }
        if releases.last().is_some_and(|last| last.version < version) {
            self.sink
                .error("the change log does not have this version", span);
        }
        releases
    }

    /// The version of the extension that an entry is in since; the first one, if it does not say.
    /// Entries of no extension have 0.0.
    pub(super) fn since(&self, table: &mut Table<'a>, extension: &str) -> Version {
        let text = table.text("since");
        match (self.spec.extension(extension), text) {
            (Some(extension), None) => extension.first_version(),
            (Some(extension), Some(text)) => self.known_version(extension, text),
            (None, None) => (0, 0),
            (None, Some(text)) => {
                // A name that is unknown was reported.
                if extension.is_empty() {
                    let message =
                        "`since` is a version of an extension, and this file belongs to none";
                    self.sink.error(message, &text.span);
                }
                (0, 0)
            }
        }
    }

    fn known_version(&self, extension: &Extension, text: &'a Text) -> Version {
        let (own, name) = (extension.version, &extension.name);
        let Some(version) = parse(&text.text) else {
            self.sink
                .error("a version is two numbers, as in \"0.1\"", &text.span);
            return own;
        };
        let known = extension.changelog.iter().any(|r| r.version == version);
        if version > own {
            let message = format!("the version of {name} is {}.{}", own.0, own.1);
            self.sink.error(message, &text.span);
        } else if !known && version != own {
            let message = format!("the change log of {name} has no such version");
            self.sink.error(message, &text.span);
        }
        version
    }
}
