//! Which diagnostics are shown in which file, and which check has found them: a file that several documents
//! include has what is found by any of them.

use super::diagnostics::{self, Shown};
use super::workspace::{Report, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// For each check, what it has found in which file.
#[derive(Debug, Default)]
pub(super) struct Board {
    checks: BTreeMap<PathBuf, BTreeMap<PathBuf, Vec<Shown>>>,
}

impl Board {
    /// Replaces what a check has found; the files whose diagnostics may have changed.
    pub fn post(
        &mut self,
        workspace: &Workspace,
        root: &Path,
        report: &Report,
    ) -> BTreeSet<PathBuf> {
        let mut found = diagnostics::by_file(workspace, root, report);
        // Also that there is nothing to say is said.
        if workspace.documents.contains_key(root) {
            found.entry(root.to_path_buf()).or_default();
        }
        let mut changed: BTreeSet<PathBuf> = found.keys().cloned().collect();
        if let Some(before) = self.checks.insert(root.to_path_buf(), found) {
            changed.extend(before.into_keys());
        }
        changed
    }

    /// Forgets what a check has found; the files whose diagnostics have changed.
    pub fn take(&mut self, root: &Path) -> BTreeSet<PathBuf> {
        let before = self.checks.remove(root).unwrap_or_default();
        before.into_keys().collect()
    }

    /// The diagnostics of a file, each once.
    pub fn of<'b>(&'b self, path: &'b Path) -> impl Iterator<Item = &'b Shown> {
        let mut seen: Vec<&Shown> = Vec::new();
        let all = self
            .checks
            .values()
            .filter_map(move |files| files.get(path));
        all.flatten().filter(move |shown| {
            let new = !seen.contains(shown);
            if new {
                seen.push(shown);
            }
            new
        })
    }
}
