//! When what is checked: after a pause in typing, in the documents that a change concerns.

use super::check::{Job, Task};
use super::workspace::{Document, Language, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zktr_isa::span::{Diagnostic, Source};

/// Checks to come.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    documents: BTreeMap<PathBuf, Instant>,
    specs: Option<Instant>,
    /// Loads of the settings' spec files that have begun. Documents wait for them: what is unknown now may be
    /// known then.
    loading: usize,
}

/// What is to be done now.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Checks to be done.
    pub jobs: Vec<Job>,
    /// Documents that are not checked on their own, because another one includes them.
    pub unchecked: Vec<PathBuf>,
}

impl Schedule {
    /// How long nothing may be typed before a check begins.
    pub const PAUSE: Duration = Duration::from_millis(120);

    /// What the check of the settings' spec files is filed under.
    pub fn specs_path() -> &'static Path {
        Path::new("zktr:spec")
    }

    /// The settings' spec files are to be loaded.
    pub fn specs(&mut self, pause: Duration) {
        self.specs = Some(Instant::now() + pause);
    }

    /// A file has another text: the documents that it is, or is a part of, are to be checked.
    pub fn touched(&mut self, workspace: &Workspace, path: &Path, pause: Duration) {
        let due = Instant::now() + pause;
        let read_it = workspace
            .reports
            .iter()
            .filter(|(_, report)| report.files.contains(path));
        let mut concerned: BTreeSet<PathBuf> = read_it.map(|(root, _)| root.clone()).collect();
        concerned.extend(workspace.includers(path));
        concerned.insert(path.to_path_buf());
        for root in concerned {
            if workspace.documents.contains_key(&root) {
                self.documents.insert(root, due);
            }
        }
        // Which documents include a file that had not been there, nobody has noted.
        if !workspace.documents.contains_key(path) {
            for (root, document) in &workspace.documents {
                if document.language == Language::Assembly
                    && !workspace.syntax(&document.file).includes.is_empty()
                {
                    self.documents.insert(root.clone(), due);
                }
            }
        }
    }

    /// A load of the settings' spec files is done.
    pub fn specs_loaded(&mut self) {
        self.loading = self.loading.saturating_sub(1);
    }

    /// A document is closed.
    pub fn forget(&mut self, path: &Path) {
        self.documents.remove(path);
    }

    /// When the next check is due.
    pub fn next(&self) -> Option<Instant> {
        let documents = self.documents.values().copied();
        let ready = documents.filter(|_| self.loading == 0);
        ready.chain(self.specs).min()
    }

    /// What is due.
    pub fn due(&mut self, workspace: &Workspace, now: Instant) -> Due {
        let mut due = Due::default();
        if self.specs.is_some_and(|at| at <= now) {
            self.specs = None;
            self.loading += 1;
            due.jobs.push(Job {
                path: Self::specs_path().to_path_buf(),
                task: specs(workspace, None),
                settings: workspace.settings.clone(),
            });
        }
        if self.loading > 0 {
            return due;
        }
        let ready: Vec<PathBuf> = self
            .documents
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(path, _)| path.clone())
            .collect();
        for path in ready {
            self.documents.remove(&path);
            let Some(document) = workspace.documents.get(&path) else {
                continue;
            };
            match task(workspace, &path, document) {
                Some(task) => due.jobs.push(Job {
                    path,
                    task,
                    settings: workspace.settings.clone(),
                }),
                None => due.unchecked.push(path),
            }
        }
        due
    }
}

/// The check of a document; none if it has none of its own.
fn task(workspace: &Workspace, path: &Path, document: &Document) -> Option<Task> {
    let source = document.file.text.source().clone();
    match document.language {
        Language::Assembly => {
            let included = !workspace.includers(path).is_empty();
            (!included).then(|| Task::Assembly {
                source,
                spec: workspace.spec.clone(),
                files: workspace.overlay(),
            })
        }
        Language::Toml => {
            let of_settings = workspace.settings.spec.iter().any(|spec| spec == path);
            let own = !of_settings && is_spec(&source.text) && !is_builtin(workspace, path);
            own.then(|| specs(workspace, Some(source)))
        }
    }
}

/// The check of the settings' spec files, and of one more.
fn specs(workspace: &Workspace, own: Option<Arc<Source>>) -> Task {
    let (mut sources, mut failed) = (Vec::new(), Vec::new());
    for path in &workspace.settings.spec {
        match workspace.file(path) {
            Some(file) => sources.push(file.text.source().clone()),
            None => failed.push(Diagnostic::global(format!(
                "cannot read the spec file `{}`",
                path.display()
            ))),
        }
    }
    sources.extend(own.clone());
    Task::Spec {
        adopt: own.is_none() && failed.is_empty(),
        source: own,
        sources,
        failed,
    }
}

/// Does a TOML file look like a spec? Other files of that language are none of this server's business.
fn is_spec(text: &str) -> bool {
    const SECTIONS: [&str; 9] = [
        "extension",
        "inst",
        "alias",
        "descriptor",
        "csr",
        "format",
        "field",
        "neighbour",
        "trace",
    ];
    let is_section = |line: &str| {
        let name = line.trim_start().trim_start_matches('[');
        let end = name.find([']', '.']).unwrap_or(name.len());
        line.trim_start().starts_with('[') && SECTIONS.contains(&name[..end].trim())
    };
    text.lines().any(is_section)
}

/// A file of the built-in spec itself, which cannot be loaded a second time beside it.
fn is_builtin(workspace: &Workspace, path: &Path) -> bool {
    let instructions = workspace.spec.instructions.iter().map(|i| &i.span);
    let descriptors = workspace.spec.descriptors.iter().map(|d| &d.span);
    let folder = Path::new("isa-spec");
    instructions
        .chain(descriptors)
        .any(|span| path.ends_with(folder.join(&span.source.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_told_from_other_files() {
        assert!(is_spec("# x\n[extension]\nname = 'X'"));
        assert!(is_spec("  [inst.\"x.y\"]"));
        assert!(is_spec("[[neighbour.X]]"));
        assert!(!is_spec("[package]\nname = 'inst'\n[dependencies]"));
        assert!(!is_spec("[instance]\ninst = 1"));
    }
}
