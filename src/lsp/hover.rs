//! What is under the cursor: what the spec says about it, where a symbol is defined and what it is, what a
//! statement assembles to.

use super::markup;
use super::navigation::{self, Name, Site};
use super::workspace::{File, Workspace};
use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};
use std::path::Path;
use zktr_asm::analysis::{self, Head, Syntax, Token, TokenKind};
use zktr_asm::object::{Object, Place};

/// Lines of a macro that are shown.
const MAX_LINES: usize = 12;

/// The answer to `textDocument/hover`.
pub(super) fn hover(workspace: &Workspace, params: &HoverParams) -> Option<Hover> {
    let position = &params.text_document_position_params;
    let site = Site::of(workspace, position)?;
    let file = &site.file;
    let token = token_at(workspace.syntax(file), site.offset)?;
    let text = about(workspace, &site, token)?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: text,
        }),
        range: Some(file.text.range(&token.range)),
    })
}

/// The token of a position: of a word and the mark behind it, the word.
fn token_at(syntax: &Syntax, offset: u32) -> Option<&Token> {
    let token = syntax.token_at(offset)?;
    let word = || {
        let before = syntax.token_at(offset.checked_sub(1)?)?;
        (before.range.end == offset && before.kind != TokenKind::Punctuation).then_some(before)
    };
    match token.kind {
        TokenKind::Punctuation => word().or(Some(token)),
        _ => Some(token),
    }
}

fn about(workspace: &Workspace, site: &Site, token: &Token) -> Option<String> {
    let (spec, xlen) = (&*workspace.spec, workspace.settings.width());
    let name = site.file.text.slice(&token.range);
    match token.kind {
        TokenKind::Mnemonic => {
            let mut text = markup::mnemonic(spec, name, xlen)?;
            if let Some(word) = word(workspace, site) {
                text.push_str("\n---\nHere:\n");
                text.push_str(&markup::code("text", &word));
            }
            Some(text)
        }
        TokenKind::Directive => Some(markup::reference(&analysis::directive(name)?, "")),
        TokenKind::Register => markup::register(spec, name),
        TokenKind::Csr => Some(markup::csr(spec.csr_by_name(name)?)),
        TokenKind::Relocation => {
            let operator = analysis::relocation_operator(name)?;
            Some(markup::reference(&operator, "%"))
        }
        TokenKind::Field => {
            let instruction = described(workspace, site)?;
            markup::field(spec, instruction, name)
        }
        TokenKind::Keyword => {
            let instruction = described(workspace, site)?;
            let field = field_before(workspace, site, token)?;
            let values = markup::values(spec, instruction, &field);
            let (_, doc) = values.into_iter().find(|(value, _)| value == name)?;
            Some(format!("**{name}**: {doc}"))
        }
        TokenKind::Label | TokenKind::Symbol | TokenKind::Macro | TokenKind::Parameter => {
            symbol(workspace, site)
        }
        TokenKind::Number => number(name),
        TokenKind::Comment
        | TokenKind::String
        | TokenKind::Section
        | TokenKind::Punctuation
        | TokenKind::Bad => None,
    }
}

/// A number in other bases.
fn number(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let value = if let Some(digits) = lower.strip_prefix("0x") {
        u64::from_str_radix(digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        u64::from_str_radix(digits, 2)
    } else if lower.len() > 1 && lower.starts_with('0') {
        u64::from_str_radix(&lower, 8)
    } else {
        lower.parse()
    };
    let value = value.ok()?;
    let signed = value.cast_signed();
    let negative = if signed < 0 {
        format!(" = {signed}")
    } else {
        String::new()
    };
    Some(format!("`{value} = {value:#x} = {value:#b}{negative}`"))
}

/// The instruction whose descriptor the statement gives.
fn described(workspace: &Workspace, site: &Site) -> Option<usize> {
    let syntax = workspace.syntax(&site.file);
    let statement = syntax.statement_at(site.offset)?;
    let mut tokens = syntax.tokens_in(statement.range.clone()).iter();
    let mnemonic = tokens.find(|t| t.kind == TokenKind::Mnemonic)?;
    let name = site.file.text.slice(&mnemonic.range);
    workspace.spec.instruction(name)
}

/// The field whose value a token is part of.
fn field_before(workspace: &Workspace, site: &Site, token: &Token) -> Option<String> {
    let syntax = workspace.syntax(&site.file);
    let statement = syntax.statement_at(site.offset)?;
    let tokens = syntax.tokens_in(statement.range.start..token.range.start);
    let field = tokens.iter().rfind(|t| t.kind == TokenKind::Field)?;
    Some(site.file.text.slice(&field.range).to_owned())
}

/// What the statement assembles to, if that is a single instruction and the text has not changed since.
fn word(workspace: &Workspace, site: &Site) -> Option<String> {
    let report = workspace.fresh_report(&site.file.path)?;
    let object = report.checked.as_ref()?.object.as_ref()?;
    let line = site.file.text.line_of(site.offset) + 1;
    let syntax = workspace.syntax(&site.file);
    let on_line = site.file.text.line(line - 1);
    let statements = syntax
        .statements
        .iter()
        .filter(|s| matches!(s.head, Head::Instruction(_)) && on_line.contains(&s.range.start));
    if statements.count() != 1 {
        return None;
    }
    let [code] = &super::hints::code_of(object, &site.file.path, line)[..] else {
        return None;
    };
    let word = match code.bytes {
        [a, b] => u32::from(u16::from_le_bytes([*a, *b])),
        [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => return None,
    };
    Some(zktr_asm::explain(&workspace.spec, word, object.xlen))
}

/// Where a name is defined, and what it stands for.
fn symbol(workspace: &Workspace, site: &Site) -> Option<String> {
    let (name, _) = navigation::name_at(workspace, site)?;
    let definitions = navigation::definitions(workspace, site, &name);
    let definition = definitions.first();
    let mut out = String::new();
    if let Some((file, range)) = definition {
        let line = file.text.line_of(range.start);
        let shown = source_lines(workspace, file, &name, line);
        out.push_str(&markup::code("asm", &shown));
        let file_name = if file.path == site.file.path {
            String::new()
        } else {
            format!("{}, ", short(&file.path))
        };
        out.push_str(&format!("\nDefined in {file_name}line {}.", line + 1));
    } else if matches!(name, Name::Symbol(_)) {
        out.push_str("Not defined in these files.");
    }
    if let Name::Symbol(name) = &name
        && let Some(value) = value(workspace, &site.file, name)
    {
        out.push_str(&format!("\n\n{value}"));
    }
    (!out.is_empty()).then_some(out)
}

fn short(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The lines of a definition: of a macro all of it.
fn source_lines(workspace: &Workspace, file: &File, name: &Name, line: u32) -> String {
    let range = file.text.line(line);
    let syntax = workspace.syntax(file);
    let block = syntax
        .blocks
        .iter()
        .find(|b| matches!(name, Name::Macro(_)) && range.contains(&b.range.start));
    let Some(block) = block else {
        return file.text.slice(&range).trim().to_owned();
    };
    let body = file.text.slice(&block.range);
    let mut lines: Vec<&str> = body.lines().take(MAX_LINES + 1).collect();
    if lines.len() > MAX_LINES {
        lines[MAX_LINES] = "...";
    }
    lines.join("\n")
}

/// The value of a symbol in the last object of a document that has this file in it.
fn value(workspace: &Workspace, file: &File, name: &str) -> Option<String> {
    let object = |report: &super::workspace::Report| -> Option<String> {
        let object = report.checked.as_ref()?.object.as_ref()?;
        let symbol = object.symbol(name)?;
        let place = place(object, symbol.place)?;
        let size = match symbol.size {
            0 => String::new(),
            size => format!(", {size} bytes"),
        };
        Some(format!("{place}{size}"))
    };
    workspace
        .reports_on(&file.path)
        .find_map(|report| object(report))
}

fn place(object: &Object, place: Place) -> Option<String> {
    match place {
        Place::Undefined => Some("In another object.".to_owned()),
        Place::Absolute(value) => {
            let signed = value.cast_signed();
            Some(format!("Value: `{signed}` (`{value:#x}`)"))
        }
        Place::Section { section, offset } => {
            let section = object.sections.get(section)?;
            Some(format!("Address: `{}` + `{offset:#x}`", section.name))
        }
        Place::Common { size, align } => Some(format!(
            "Common memory of {size} bytes, aligned to {align}."
        )),
    }
}
