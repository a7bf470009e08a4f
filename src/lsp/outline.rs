//! The structure of files: symbols of a document and of the open folders, foldable blocks, links to included files.

use super::completion::has_letters;
use super::navigation;
use super::workspace::{File, Language, Workspace};
use lsp_types::{
    DocumentLink, DocumentSymbol, DocumentSymbolResponse, FoldingRange, FoldingRangeKind, Location,
    SymbolInformation, SymbolKind, TextDocumentIdentifier, WorkspaceSymbolResponse,
};
use std::ops::Range;
use std::sync::Arc;
use zktr_asm::analysis::{BlockKind, Definition, Occurrence, Role, Space};

/// Symbols of the folders that are sent.
const MAX_SYMBOLS: usize = 500;

fn file(workspace: &Workspace, document: &TextDocumentIdentifier) -> Option<Arc<File>> {
    let document = workspace
        .documents
        .get(&super::uri::path_of(&document.uri))?;
    (document.language == Language::Assembly).then(|| document.file.clone())
}

/// The definition that an occurrence is, unless it is a parameter.
fn defined(occurrence: &Occurrence) -> Option<Definition> {
    match occurrence.role {
        Role::Definition(Definition::Parameter) => None,
        Role::Definition(definition) => Some(definition),
        _ => None,
    }
}

fn kind(definition: Definition, is_local: bool) -> SymbolKind {
    match definition {
        Definition::Label if is_local => SymbolKind::KEY,
        Definition::Label => SymbolKind::FUNCTION,
        Definition::Constant | Definition::Parameter => SymbolKind::CONSTANT,
        Definition::Common => SymbolKind::VARIABLE,
        Definition::Macro => SymbolKind::MODULE,
    }
}

/// A label that is only a place within a function: by its name, as compilers have it, or a number.
fn is_local(file: &File, occurrence: &Occurrence) -> bool {
    occurrence.space == Space::Numeric || file.text.slice(&occurrence.range).starts_with(".L")
}

/// The answer to `textDocument/documentSymbol`: local labels are below the label before them.
pub(super) fn document_symbols(
    workspace: &Workspace,
    document: &TextDocumentIdentifier,
    nested: bool,
) -> Option<DocumentSymbolResponse> {
    let file = file(workspace, document)?;
    if !nested {
        let mut all = Vec::new();
        information(workspace, &file, &mut all, |_| true);
        return Some(DocumentSymbolResponse::Flat(all));
    }
    let syntax = workspace.syntax(&file);
    let mut symbols: Vec<(DocumentSymbol, Range<u32>)> = Vec::new();
    // The label that local ones belong to.
    let mut owner: Option<usize> = None;
    for occurrence in &syntax.occurrences {
        let Some(definition) = defined(occurrence) else {
            continue;
        };
        let local = definition == Definition::Label && is_local(&file, occurrence);
        let range = match definition {
            Definition::Macro => {
                // The one whose directive the name is behind.
                let start = occurrence.range.start;
                let opened = syntax.blocks.partition_point(|b| b.range.start < start);
                let block = syntax.blocks[..opened].last();
                let block = block.filter(|b| b.kind == BlockKind::Macro);
                block.map_or(occurrence.range.clone(), |b| b.range.clone())
            }
            _ => syntax
                .statement_at(occurrence.range.start)
                .map_or(occurrence.range.clone(), |s| s.range.clone()),
        };
        // A statement can have labels before the one that it is about.
        let range = range.start.min(occurrence.range.start)..range.end.max(occurrence.range.end);
        let symbol = symbol(&file, occurrence, kind(definition, local), &range);
        match owner.and_then(|owner| symbols.get_mut(owner)) {
            Some((parent, whole)) if local => {
                whole.end = whole.end.max(range.end);
                parent.children.get_or_insert_default().push(symbol);
            }
            _ => {
                if definition == Definition::Label && !local {
                    owner = Some(symbols.len());
                }
                symbols.push((symbol, range));
            }
        }
    }
    let symbols = symbols.into_iter().map(|(mut symbol, range)| {
        symbol.range = file.text.range(&range);
        symbol
    });
    Some(DocumentSymbolResponse::Nested(symbols.collect()))
}

#[allow(deprecated)] // the protocol's type has a field that is replaced by another one
fn symbol(
    file: &File,
    occurrence: &Occurrence,
    kind: SymbolKind,
    range: &Range<u32>,
) -> DocumentSymbol {
    DocumentSymbol {
        name: file.text.slice(&occurrence.range).to_owned(),
        detail: None,
        kind,
        tags: None,
        deprecated: None,
        range: file.text.range(range),
        selection_range: file.text.range(&occurrence.range),
        children: None,
    }
}

#[allow(deprecated)] // as above
fn information(
    workspace: &Workspace,
    file: &File,
    found: &mut Vec<SymbolInformation>,
    wanted: impl Fn(&str) -> bool,
) {
    let Some(uri) = workspace.uri(&file.path) else {
        return;
    };
    let syntax = workspace.syntax(file);
    for occurrence in &syntax.occurrences {
        let Some(definition) = defined(occurrence) else {
            continue;
        };
        let name = file.text.slice(&occurrence.range);
        if is_local(file, occurrence) || !wanted(name) {
            continue;
        }
        found.push(SymbolInformation {
            name: name.to_owned(),
            kind: kind(definition, false),
            tags: None,
            deprecated: None,
            location: Location {
                uri: uri.clone(),
                range: file.text.range(&occurrence.range),
            },
            container_name: None,
        });
    }
}

/// The answer to `workspace/symbol`: names that have the letters of the query in their order, exported ones first.
pub(super) fn workspace_symbols(workspace: &Workspace, query: &str) -> WorkspaceSymbolResponse {
    let query = query.to_lowercase();
    let wanted = |name: &str| has_letters(name, &query);
    let (mut exported, mut others) = (Vec::new(), Vec::new());
    for path in workspace.sources() {
        let Some(file) = workspace.file(&path) else {
            continue;
        };
        let mut found = Vec::new();
        information(workspace, &file, &mut found, wanted);
        if found.is_empty() {
            continue;
        }
        let exports = navigation::exports(workspace.syntax(&file), &file);
        for symbol in found {
            if others.len() >= MAX_SYMBOLS {
                break;
            }
            if exports.contains(symbol.name.as_str()) {
                exported.push(symbol);
            } else {
                others.push(symbol);
            }
        }
    }
    exported.append(&mut others);
    exported.truncate(MAX_SYMBOLS);
    WorkspaceSymbolResponse::Flat(exported)
}

/// The answer to `textDocument/foldingRange`.
pub(super) fn folding_ranges(
    workspace: &Workspace,
    document: &TextDocumentIdentifier,
) -> Option<Vec<FoldingRange>> {
    let file = file(workspace, document)?;
    let fold = |range: &Range<u32>| {
        let (first, last) = (
            file.text.line_of(range.start),
            file.text.line_of(range.end.saturating_sub(1)),
        );
        (last > first).then(|| FoldingRange {
            start_line: first,
            end_line: last,
            kind: Some(FoldingRangeKind::Region),
            ..FoldingRange::default()
        })
    };
    let blocks = workspace.syntax(&file).blocks.iter();
    Some(blocks.filter_map(|block| fold(&block.range)).collect())
}

/// The answer to `textDocument/documentLink`.
pub(super) fn links(
    workspace: &Workspace,
    document: &TextDocumentIdentifier,
) -> Option<Vec<DocumentLink>> {
    let file = file(workspace, document)?;
    let includes = workspace.syntax(&file).includes.iter();
    let links = includes.filter_map(|include| {
        let path = workspace.included(&include.name, &file.path)?;
        Some(DocumentLink {
            range: file.text.range(&include.range),
            target: workspace.uri(&path),
            tooltip: None,
            data: None,
        })
    });
    Some(links.collect())
}
