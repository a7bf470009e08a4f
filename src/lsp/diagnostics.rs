//! Diagnostics in the protocol's form, each at a place of a file that an editor can show.

use super::workspace::{Report, Workspace};
use lsp_types::{
    Diagnostic as LspDiagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Range,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zktr_isa::names;
use zktr_isa::span::{Diagnostic, Severity, Span};

/// Notes of a diagnostic that are shown.
const MAX_NOTES: usize = 16;

/// A diagnostic, and the text that it suggests in place of its range.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// As the client gets it.
    pub diagnostic: LspDiagnostic,
    /// What is to be written instead.
    pub replacement: Option<String>,
}

/// The diagnostics of a report by file; those without a place are at the start of `root`, if that is a document.
pub(super) fn by_file(
    workspace: &Workspace,
    root: &Path,
    report: &Report,
) -> BTreeMap<PathBuf, Vec<Shown>> {
    let mut files: BTreeMap<PathBuf, Vec<Shown>> = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        let (path, shown) = show(workspace, root, report, diagnostic);
        // About no file: that is for a message.
        if path == root && !workspace.documents.contains_key(root) {
            continue;
        }
        files.entry(path).or_default().push(shown);
    }
    files
}

fn show(
    workspace: &Workspace,
    root: &Path,
    report: &Report,
    diagnostic: &Diagnostic,
) -> (PathBuf, Shown) {
    let place = |span: &Span| place(workspace, root, report, span);
    let direct = diagnostic.span.as_ref().and_then(place);
    // What a macro has made has a place where the macro is used: the first of the notes that has one.
    let indirect = || {
        let spans = diagnostic
            .notes
            .iter()
            .filter_map(|(_, span)| span.as_ref());
        spans.into_iter().find_map(place)
    };
    let mut message = diagnostic.message.clone();
    if direct.is_none()
        && let Some(span) = &diagnostic.span
    {
        let (line, _) = span.source.line_column(span.range.start);
        let text = span.source.line(line).trim();
        message.push_str(&format!("\nin the expansion: {text}"));
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let mut related = Vec::new();
    for (note, span) in diagnostic.notes.iter().take(MAX_NOTES) {
        let location = span.as_ref().and_then(place).and_then(|(path, range)| {
            let uri = workspace.uri(&path)?;
            Some(Location { uri, range })
        });
        match location {
            Some(location) => related.push(DiagnosticRelatedInformation {
                location,
                message: note.clone(),
            }),
            None => message.push_str(&format!("\nnote: {note}")),
        }
    }
    let replacement = direct.as_ref().and_then(|_| {
        let name = names::suggestion(diagnostic)?;
        let span = diagnostic.span.as_ref()?;
        let written = span.source.text.get(span.range.clone())?;
        // The mark of a relocation operator is not part of its name.
        let mark = written.starts_with('%') && !name.starts_with('%');
        Some(format!("{}{name}", if mark { "%" } else { "" }))
    });
    let (path, range) = direct
        .or_else(indirect)
        .unwrap_or_else(|| (root.to_path_buf(), Range::default()));
    let shown = Shown {
        diagnostic: LspDiagnostic {
            range,
            severity: Some(match diagnostic.severity {
                Severity::Note => DiagnosticSeverity::INFORMATION,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Error => DiagnosticSeverity::ERROR,
            }),
            source: Some("zktr".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            ..LspDiagnostic::default()
        },
        replacement,
    };
    (path, shown)
}

/// Where a span is, if it is in a file: positions of the text that was checked, which are those of the present text
/// unless that has changed in the meantime.
fn place(
    workspace: &Workspace,
    root: &Path,
    report: &Report,
    span: &Span,
) -> Option<(PathBuf, Range)> {
    let path = Path::new(&span.source.name);
    if path != root && !report.files.contains(path) {
        return None;
    }
    let file = workspace.file(path)?;
    let range = span.range.start as u32..span.range.end as u32;
    Some((path.to_path_buf(), file.text.range(&range)))
}
