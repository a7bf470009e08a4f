//! Names: where they are defined, where they are used, and how they are renamed.

use super::workspace::{File, Workspace};
use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, GotoDefinitionResponse, Location, Position,
    PrepareRenameResponse, ReferenceParams, RenameParams, TextDocumentPositionParams, TextEdit,
    WorkspaceEdit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zktr_asm::analysis::{Definition, Occurrence, Role, Space, Syntax, TokenKind};

/// A place of a file.
pub(super) struct Site {
    /// The file.
    pub file: Arc<File>,
    /// The byte.
    pub offset: u32,
}

impl Site {
    /// The place that a request is about; none if it is not in an open document.
    pub fn of(workspace: &Workspace, params: &TextDocumentPositionParams) -> Option<Self> {
        let path = super::uri::path_of(&params.text_document.uri);
        Self::at(workspace, &path, params.position)
    }

    fn at(workspace: &Workspace, path: &Path, position: Position) -> Option<Self> {
        let document = workspace.documents.get(path)?;
        if document.language != super::workspace::Language::Assembly {
            return None;
        }
        let file = document.file.clone();
        let offset = file.text.offset(position);
        Some(Self { file, offset })
    }
}

/// A name, told apart from others with the same letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A symbol, in all files of a unit.
    Symbol(String),
    /// A macro, likewise.
    Macro(String),
    /// A local numeric label, by its definition in this file.
    Numeric,
    /// A parameter of a block of this file.
    Parameter(u32, String),
}

/// A place where a name is written.
pub(super) type Written = (Arc<File>, Range<u32>);

/// The name at a place, and its range.
pub(super) fn name_at(workspace: &Workspace, site: &Site) -> Option<(Name, Range<u32>)> {
    let occurrence = workspace.syntax(&site.file).occurrence_at(site.offset)?;
    let text = site.file.text.slice(&occurrence.range).to_owned();
    let name = match occurrence.space {
        Space::Symbol => Name::Symbol(text),
        Space::Macro => Name::Macro(text),
        Space::Numeric => Name::Numeric,
        Space::Parameter(block) => Name::Parameter(block, text),
    };
    Some((name, occurrence.range.clone()))
}

/// The occurrences of a name in a file.
fn occurrences<'s>(
    syntax: &'s Syntax,
    file: &'s File,
    site: &Site,
    name: &'s Name,
) -> Vec<&'s Occurrence> {
    let same = |space: Space, text: &'s str| {
        let all = syntax.occurrences.iter();
        all.filter(move |o| o.space == space && file.text.slice(&o.range) == text)
            .collect()
    };
    match name {
        Name::Symbol(text) => same(Space::Symbol, text),
        Name::Macro(text) => same(Space::Macro, text),
        Name::Parameter(block, text) => same(Space::Parameter(*block), text),
        Name::Numeric => match syntax.occurrence_at(site.offset) {
            Some(occurrence) => syntax.numeric_label(file.text.str(), occurrence),
            None => Vec::new(),
        },
    }
}

/// The files in which a name means the same.
fn files(workspace: &Workspace, site: &Site, name: &Name) -> Vec<Arc<File>> {
    match name {
        Name::Symbol(_) | Name::Macro(_) => workspace.unit(&site.file.path),
        Name::Numeric | Name::Parameter(..) => vec![site.file.clone()],
    }
}

/// Where a name is defined.
pub(super) fn definitions(workspace: &Workspace, site: &Site, name: &Name) -> Vec<Written> {
    let mut found = Vec::new();
    for file in files(workspace, site, name) {
        let all = occurrences(workspace.syntax(&file), &file, site, name);
        let defining = all
            .iter()
            .filter(|o| matches!(o.role, Role::Definition(_)))
            .map(|o| o.range.clone());
        found.extend(defining.map(|range| (file.clone(), range)));
    }
    if found.is_empty() {
        found = known_to_assembler(workspace, site, name);
    }
    if found.is_empty()
        && let Name::Symbol(text) = name
    {
        found = exported(workspace, site, text);
    }
    found
}

/// What a macro defines, the assembler has found out.
fn known_to_assembler(workspace: &Workspace, site: &Site, name: &Name) -> Vec<Written> {
    let (text, symbols) = match name {
        Name::Symbol(text) => (text, true),
        Name::Macro(text) => (text, false),
        Name::Numeric | Name::Parameter(..) => return Vec::new(),
    };
    for report in workspace.reports_on(&site.file.path) {
        let Some(checked) = &report.checked else {
            continue;
        };
        let defined = if symbols {
            &checked.symbols
        } else {
            &checked.macros
        };
        if let Some(defined) = defined.iter().find(|d| d.name == *text)
            && let Some(file) = workspace.file(Path::new(&defined.span.source.name))
        {
            let range = &defined.span.range;
            return vec![(file, range.start as u32..range.end as u32)];
        }
    }
    Vec::new()
}

/// Definitions in other files of the open folders that export the name.
fn exported(workspace: &Workspace, site: &Site, text: &str) -> Vec<Written> {
    let mut found = Vec::new();
    for path in workspace.sources() {
        if path == site.file.path {
            continue;
        }
        let Some(file) = workspace.file(&path) else {
            continue;
        };
        if !file.text.str().contains(text) {
            continue;
        }
        let syntax = workspace.syntax(&file);
        if !exports(syntax, &file).contains(text) {
            continue;
        }
        let defining = syntax.occurrences.iter().find(|o| {
            o.space == Space::Symbol
                && matches!(o.role, Role::Definition(_))
                && file.text.slice(&o.range) == text
        });
        found.extend(defining.map(|o| (file.clone(), o.range.clone())));
    }
    found
}

/// The symbols of a file that other objects are to know, as it says.
pub(super) fn exports<'f>(syntax: &Syntax, file: &'f File) -> BTreeSet<&'f str> {
    let exporting = |o: &&Occurrence| {
        let directive = || {
            let statement = syntax.statement_at(o.range.start)?;
            let tokens = syntax.tokens_in(statement.range.clone());
            let directive = tokens.iter().find(|t| t.kind == TokenKind::Directive)?;
            Some(file.text.slice(&directive.range).to_ascii_lowercase())
        };
        o.role == Role::Declaration
            && directive().is_some_and(|name| matches!(&*name, ".globl" | ".global" | ".weak"))
    };
    let declared = syntax.occurrences.iter().filter(exporting);
    declared.map(|o| file.text.slice(&o.range)).collect()
}

/// All places where a name is written; definitions first in each file that has them.
fn everywhere(workspace: &Workspace, site: &Site, name: &Name) -> Vec<(Written, Role)> {
    let mut found = Vec::new();
    for file in files(workspace, site, name) {
        let all = occurrences(workspace.syntax(&file), &file, site, name);
        let written = all.iter().map(|o| (o.range.clone(), o.role));
        found.extend(written.map(|(range, role)| ((file.clone(), range), role)));
    }
    found
}

fn location(workspace: &Workspace, (file, range): &Written) -> Option<Location> {
    Some(Location {
        uri: workspace.uri(&file.path)?,
        range: file.text.range(range),
    })
}

/// The answer to `textDocument/definition`.
pub(super) fn definition(
    workspace: &Workspace,
    params: &TextDocumentPositionParams,
) -> Option<GotoDefinitionResponse> {
    let site = Site::of(workspace, params)?;
    let syntax = workspace.syntax(&site.file);
    // The name of a file leads to the file.
    let include = syntax
        .includes
        .iter()
        .find(|i| i.range.contains(&site.offset));
    if let Some(include) = include {
        let path = workspace.included(&include.name, &site.file.path)?;
        let location = Location {
            uri: workspace.uri(&path)?,
            range: lsp_types::Range::default(),
        };
        return Some(GotoDefinitionResponse::Scalar(location));
    }
    let (name, _) = name_at(workspace, &site)?;
    let found = definitions(workspace, &site, &name);
    let locations = found.iter().filter_map(|w| location(workspace, w));
    Some(GotoDefinitionResponse::Array(locations.collect()))
}

/// The answer to `textDocument/references`.
pub(super) fn references(workspace: &Workspace, params: &ReferenceParams) -> Option<Vec<Location>> {
    let site = Site::of(workspace, &params.text_document_position)?;
    let (name, _) = name_at(workspace, &site)?;
    let all = everywhere(workspace, &site, &name);
    let wanted = all.iter().filter(|(_, role)| {
        params.context.include_declaration || !matches!(role, Role::Definition(_))
    });
    Some(
        wanted
            .filter_map(|(written, _)| location(workspace, written))
            .collect(),
    )
}

/// The answer to `textDocument/documentHighlight`.
pub(super) fn highlights(
    workspace: &Workspace,
    params: &TextDocumentPositionParams,
) -> Option<Vec<DocumentHighlight>> {
    let site = Site::of(workspace, params)?;
    let (name, _) = name_at(workspace, &site)?;
    let all = occurrences(workspace.syntax(&site.file), &site.file, &site, &name);
    let highlight = |o: &Occurrence| DocumentHighlight {
        range: site.file.text.range(&o.range),
        kind: Some(match o.role {
            Role::Definition(_) => DocumentHighlightKind::WRITE,
            _ => DocumentHighlightKind::READ,
        }),
    };
    Some(all.into_iter().map(highlight).collect())
}

/// The answer to `textDocument/prepareRename`.
pub(super) fn prepare_rename(
    workspace: &Workspace,
    params: &TextDocumentPositionParams,
) -> Option<PrepareRenameResponse> {
    let site = Site::of(workspace, params)?;
    let (name, range) = name_at(workspace, &site)?;
    renamable(workspace, &site, &name).ok()?;
    Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: site.file.text.range(&range),
        placeholder: site.file.text.slice(&range).to_owned(),
    })
}

/// The places that a renaming changes.
///
/// # Errors
/// There is no definition that could be renamed.
fn renamable(workspace: &Workspace, site: &Site, name: &Name) -> Result<Vec<Written>, String> {
    let all = everywhere(workspace, site, name);
    let defined = all
        .iter()
        .any(|(_, role)| matches!(role, Role::Definition(_)));
    if !defined {
        let text = match name {
            Name::Symbol(text) | Name::Macro(text) | Name::Parameter(_, text) => text.as_str(),
            Name::Numeric => "this label",
        };
        return Err(format!(
            "'{text}' is not defined in these files, or by a macro"
        ));
    }
    let mut written: Vec<Written> = all.into_iter().map(|(written, _)| written).collect();
    if let Name::Symbol(text) = name {
        written.extend(users_elsewhere(workspace, site, text));
    }
    Ok(written)
}

/// Uses of an exported symbol in files of the open folders that do not define it themselves.
fn users_elsewhere(workspace: &Workspace, site: &Site, name: &str) -> Vec<Written> {
    let unit = workspace.unit(&site.file.path);
    let exported = |file: &Arc<File>| exports(workspace.syntax(file), file).contains(name);
    if !unit.iter().any(exported) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for path in workspace.sources() {
        if unit.iter().any(|file| file.path == path) {
            continue;
        }
        let Some(file) = workspace.file(&path) else {
            continue;
        };
        if !file.text.str().contains(name) {
            continue;
        }
        let syntax = workspace.syntax(&file);
        let same = |o: &&Occurrence| o.space == Space::Symbol && file.text.slice(&o.range) == name;
        let uses: Vec<&Occurrence> = syntax.occurrences.iter().filter(same).collect();
        if uses.iter().all(|o| !matches!(o.role, Role::Definition(_))) {
            found.extend(uses.into_iter().map(|o| (file.clone(), o.range.clone())));
        }
    }
    found
}

/// The answer to `textDocument/rename`.
///
/// # Errors
/// There is nothing to be renamed, or the new name cannot be a name or is one already.
pub(super) fn rename(
    workspace: &Workspace,
    params: &RenameParams,
) -> Result<Option<WorkspaceEdit>, String> {
    let Some(site) = Site::of(workspace, &params.text_document_position) else {
        return Ok(None);
    };
    let Some((name, _)) = name_at(workspace, &site) else {
        return Err("there is no name here".to_owned());
    };
    check_name(workspace, &site, &name, &params.new_name)?;
    let mut edits: BTreeMap<PathBuf, Vec<TextEdit>> = BTreeMap::new();
    for (file, range) in renamable(workspace, &site, &name)? {
        edits.entry(file.path.clone()).or_default().push(TextEdit {
            range: file.text.range(&range),
            new_text: params.new_name.clone(),
        });
    }
    let edits = edits.into_iter();
    let changes = edits.filter_map(|(path, edits)| Some((workspace.uri(&path)?, edits)));
    Ok(Some(WorkspaceEdit {
        changes: Some(changes.collect()),
        ..WorkspaceEdit::default()
    }))
}

/// Can this be the new name?
fn check_name(workspace: &Workspace, site: &Site, old: &Name, new: &str) -> Result<(), String> {
    if *old == Name::Numeric {
        let digits = !new.is_empty() && new.bytes().all(|b| b.is_ascii_digit());
        return match digits {
            true if new.parse::<u64>().is_ok() => Ok(()),
            _ => Err(format!("'{new}' is not a number")),
        };
    }
    // A name is what the reader takes for one, as a label.
    let text = format!("{new}:");
    let reading = Syntax::of(&text, &workspace.spec, workspace.settings.width());
    let is_name = matches!(
        &reading.occurrences[..],
        [Occurrence { range, space: Space::Symbol, role: Role::Definition(Definition::Label) }]
            if range.len() == new.len()
    );
    if !is_name {
        return Err(format!("'{new}' is not a name"));
    }
    if workspace.spec.register(new).is_some() {
        return Err(format!("'{new}' is a register"));
    }
    let other = match old {
        Name::Symbol(_) => Name::Symbol(new.to_owned()),
        Name::Macro(_) => Name::Macro(new.to_owned()),
        Name::Parameter(block, _) => Name::Parameter(*block, new.to_owned()),
        Name::Numeric => Name::Numeric,
    };
    let taken = everywhere(workspace, site, &other);
    if other != *old
        && taken
            .iter()
            .any(|(_, role)| matches!(role, Role::Definition(_)))
    {
        return Err(format!("'{new}' is already defined"));
    }
    Ok(())
}
