//! Columns, by [`zktr_asm::analysis::columns`].

use super::workspace::{Language, Workspace};
use lsp_types::{FormattingOptions, Range, TextDocumentIdentifier, TextEdit};
use zktr_asm::analysis::{Style, columns};

/// The answer to `textDocument/formatting` and `textDocument/rangeFormatting`.
pub(super) fn format(
    workspace: &Workspace,
    document: &TextDocumentIdentifier,
    range: Option<Range>,
    options: &FormattingOptions,
) -> Option<Vec<TextEdit>> {
    let document = workspace
        .documents
        .get(&super::uri::path_of(&document.uri))?;
    if document.language != Language::Assembly {
        return None;
    }
    let text = &document.file.text;
    let range = range.map_or(0..text.str().len() as u32, |range| text.bytes(range));
    let style = Style {
        tab: options.tab_size,
        spaces: options.insert_spaces,
    };
    let edits = columns(workspace.syntax(&document.file), text.str(), range, style);
    let edits = edits.into_iter().map(|edit| TextEdit {
        range: text.range(&edit.range),
        new_text: edit.text,
    });
    Some(edits.collect())
}
