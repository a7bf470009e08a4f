//! What lines assemble to, shown behind them where that is not what is written: the instructions of a
//! pseudo-instruction, the size of a macro's expansion.

use super::workspace::{Language, Workspace};
use lsp_types::{InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip};
use std::collections::BTreeMap;
use std::path::Path;
use zktr_asm::object::{Content, Object};
use zktr_asm::{DisasmOptions, analysis::Head, disassemble};

/// More instructions than this are only counted.
const MAX_SHOWN: usize = 4;
/// Hints of an answer.
const MAX_HINTS: usize = 5000;

/// Bytes that a statement has become.
pub(super) struct Code<'o> {
    /// The bytes.
    pub bytes: &'o [u8],
    /// Their offset in the section.
    pub offset: u64,
    /// The linker or loader will change them.
    pub relocated: bool,
}

/// The code of a line of a file, counted from 1: one entry for each instruction of the source.
pub(super) fn code_of<'o>(object: &'o Object, path: &Path, line: u32) -> Vec<Code<'o>> {
    all_code(object, path).remove(&line).unwrap_or_default()
}

/// The code of all lines of a file.
fn all_code<'o>(object: &'o Object, path: &Path) -> BTreeMap<u32, Vec<Code<'o>>> {
    let mut lines: BTreeMap<u32, Vec<Code<'o>>> = BTreeMap::new();
    let files = &object.debug.files;
    let file = files.iter().position(|file| Path::new(&file.name) == path);
    let (Some(file), true) = (file, object.debug.unit) else {
        return lines;
    };
    let rows = &object.debug.lines;
    for (index, row) in rows.iter().enumerate() {
        let Some(section) = object.sections.get(row.section) else {
            continue;
        };
        if row.file as usize != file {
            continue;
        }
        // Up to the next statement, to data, or to the end.
        let next = rows
            .get(index + 1)
            .filter(|next| next.section == row.section);
        let data = section
            .mapping
            .iter()
            .find(|m| m.offset > row.offset && m.content != Content::Code);
        let ends = [next.map(|n| n.offset), data.map(|d| d.offset)];
        let end = ends.into_iter().flatten().fold(section.size, u64::min);
        let bytes = section.data.get(row.offset as usize..end as usize);
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            continue;
        };
        let first = section
            .relocations
            .partition_point(|r| r.offset < row.offset);
        let relocated = section.relocations[first..]
            .first()
            .is_some_and(|r| r.offset < end);
        lines.entry(row.line).or_default().push(Code {
            bytes,
            offset: row.offset,
            relocated,
        });
    }
    lines
}

/// The answer to `textDocument/inlayHint`; nothing while the text is newer than the last check.
pub(super) fn hints(workspace: &Workspace, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let path = super::uri::path_of(&params.text_document.uri);
    let document = workspace.documents.get(&path)?;
    if !workspace.settings.hints || document.language != Language::Assembly {
        return None;
    }
    let report = workspace.fresh_report(&path)?;
    let object = report.checked.as_ref()?.object.as_ref()?;
    let file = &document.file;
    let syntax = workspace.syntax(file);
    let code = all_code(object, &path);
    let mut hints = Vec::new();
    let (first, last) = (params.range.start.line, params.range.end.line);
    for (&line, code) in code.range(first + 1..=last.saturating_add(1)) {
        let range = file.text.line(line - 1);
        let mut statements = syntax
            .statements
            .iter()
            .filter(|s| s.head != Head::None && range.contains(&s.range.start));
        let (Some(statement), None) = (statements.next(), statements.next()) else {
            continue;
        };
        let Some((label, tooltip)) = describe(workspace, object, code, &statement.head) else {
            continue;
        };
        hints.push(InlayHint {
            position: file.text.position(statement.range.end),
            label: InlayHintLabel::String(label),
            kind: None,
            text_edits: None,
            tooltip: Some(InlayHintTooltip::String(tooltip)),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        });
        if hints.len() >= MAX_HINTS {
            break;
        }
    }
    Some(hints)
}

/// A few words, and all of it.
fn describe(
    workspace: &Workspace,
    object: &Object,
    code: &[Code<'_>],
    head: &Head,
) -> Option<(String, String)> {
    let options = DisasmOptions {
        xlen: object.xlen,
        relative: true,
        ..DisasmOptions::default()
    };
    let mut instructions = Vec::new();
    let mut bytes = 0;
    for code in code {
        bytes += code.bytes.len();
        if instructions.len() > 64 {
            continue;
        }
        let lines = disassemble(&workspace.spec, code.bytes, code.offset, &options);
        instructions.extend(lines.into_iter().map(|line| line.text.replace('\t', " ")));
    }
    let single = instructions.len() < 2;
    if single || code.len() == 1 && !matches!(head, Head::Instruction(_)) {
        return None;
    }
    let relocated = code.iter().any(|code| code.relocated);
    let size = format!("{} instructions, {bytes} bytes", instructions.len());
    let label = if relocated || instructions.len() > MAX_SHOWN || code.len() > 1 {
        size.clone()
    } else {
        instructions.join("; ")
    };
    instructions.push(size);
    Some((label, instructions.join("\n")))
}
