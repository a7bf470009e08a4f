//! Fixes: the names that diagnostics suggest.

use super::board::Board;
use super::diagnostics::Shown;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, Range,
    TextEdit, WorkspaceEdit,
};

/// The answer to `textDocument/codeAction`.
pub(super) fn actions(board: &Board, params: &CodeActionParams) -> CodeActionResponse {
    let kinds = params.context.only.as_deref();
    let wanted = kinds.is_none_or(|kinds| {
        let quick = CodeActionKind::QUICKFIX;
        kinds
            .iter()
            .any(|kind| *kind == quick || kind.as_str().is_empty())
    });
    if !wanted {
        return Vec::new();
    }
    let path = super::uri::path_of(&params.text_document.uri);
    let touching = |shown: &&Shown| touches(shown.diagnostic.range, params.range);
    let fixes = board.of(&path).filter(touching).filter_map(|shown| {
        let replacement = shown.replacement.clone()?;
        let title = format!("Replace by `{replacement}`");
        let edit = TextEdit {
            range: shown.diagnostic.range,
            new_text: replacement,
        };
        let changes = [(params.text_document.uri.clone(), vec![edit])];
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![shown.diagnostic.clone()]),
            edit: Some(WorkspaceEdit {
                changes: Some(changes.into_iter().collect()),
                ..WorkspaceEdit::default()
            }),
            is_preferred: Some(true),
            ..CodeAction::default()
        }))
    });
    fixes.collect()
}

/// Do two ranges have a position in common, their ends included?
fn touches(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}
