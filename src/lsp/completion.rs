//! What can be typed: names of the spec where they fit, symbols and macros of the files, files to include.

use super::markup;
use super::navigation::Site;
use super::requests::Client;
use super::workspace::Workspace;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse,
    CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind, TextEdit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use zktr_asm::analysis::{self, Context, Definition, Expected, Operands, Role, Space};
use zktr_isa::manual;
use zktr_isa::model::FieldType;

/// Items of a list; with more, the client asks again when more is typed.
const MAX_ITEMS: usize = 2000;

/// Items of a list, as they are collected.
struct Items<'w> {
    workspace: &'w Workspace,
    site: &'w Site,
    /// What is replaced.
    typed: Range<u32>,
    snippets: bool,
    found: Vec<CompletionItem>,
}

/// The answer to `textDocument/completion`.
pub(super) fn completion(
    workspace: &Workspace,
    client: &Client,
    params: &CompletionParams,
) -> Option<CompletionResponse> {
    let site = Site::of(workspace, &params.text_document_position)?;
    let (spec, xlen) = (&workspace.spec, workspace.settings.width());
    let syntax = workspace.syntax(&site.file);
    let text = site.file.text.str();
    let context = Context::at(syntax, text, spec, xlen, site.offset);
    let mut items = Items {
        workspace,
        site: &site,
        typed: context.typed,
        snippets: client.snippets,
        found: Vec::new(),
    };
    match context.expected {
        Expected::Nothing => {}
        Expected::Statement => items.statement(),
        Expected::Operand(operands) => items.operand(operands),
        Expected::Relocation => items.relocations(""),
        Expected::Words(words) => {
            for word in words {
                items.plain(word, CompletionItemKind::ENUM_MEMBER, None);
            }
        }
        Expected::Parameter(names) => {
            for name in names {
                items.plain(&name, CompletionItemKind::VARIABLE, None);
            }
            items.plain(
                "@",
                CompletionItemKind::VARIABLE,
                Some("number of the invocation"),
            );
        }
        Expected::Macro => items.names(Space::Macro),
        Expected::Descriptor => items.descriptors(),
        Expected::Field(instruction, given) => items.fields(instruction, &given),
        Expected::Value(instruction, field) => items.values(instruction, &field),
        Expected::File(name) => items.files(&name),
    }
    let is_incomplete = items.found.len() > MAX_ITEMS;
    if is_incomplete {
        let typed = site.file.text.slice(&items.typed).to_lowercase();
        items.found.retain(|item| has_letters(&item.label, &typed));
    }
    items.found.truncate(MAX_ITEMS);
    Some(CompletionResponse::List(CompletionList {
        is_incomplete,
        items: items.found,
    }))
}

/// The answer to `completionItem/resolve`: documentation, which is too long to be sent for a whole list.
pub(super) fn resolve(workspace: &Workspace, mut item: CompletionItem) -> CompletionItem {
    let name = item.label.as_str();
    let xlen = workspace.settings.width();
    let spec = &workspace.spec;
    let text = match item.kind {
        Some(CompletionItemKind::FUNCTION) => markup::mnemonic(spec, name, xlen),
        Some(CompletionItemKind::KEYWORD) => {
            analysis::directive(name).map(|d| markup::reference(&d, ""))
        }
        Some(CompletionItemKind::CONSTANT) => spec.csr_by_name(name).map(markup::csr),
        Some(CompletionItemKind::OPERATOR) => {
            analysis::relocation_operator(name.trim_start_matches('%'))
                .map(|operator| markup::reference(&operator, "%"))
        }
        _ => None,
    };
    if let Some(value) = text {
        item.documentation = Some(Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        }));
    }
    item
}

impl Items<'_> {
    fn add(
        &mut self,
        label: &str,
        insert: &str,
        snippet: bool,
        kind: CompletionItemKind,
        detail: Option<&str>,
    ) {
        let edit = TextEdit {
            range: self.site.file.text.range(&self.typed),
            new_text: insert.to_owned(),
        };
        self.found.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: detail.map(str::to_owned),
            // Names with full stops in them are filtered as a whole.
            filter_text: Some(label.to_owned()),
            insert_text_format: snippet.then_some(InsertTextFormat::SNIPPET),
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            ..CompletionItem::default()
        });
    }

    fn plain(&mut self, name: &str, kind: CompletionItemKind, detail: Option<&str>) {
        self.add(name, name, false, kind, detail);
    }

    /// A name with operands behind it, which are fields to be filled in.
    fn with_operands(&mut self, name: &str, operands: &str, detail: Option<&str>) {
        let kind = CompletionItemKind::FUNCTION;
        if !self.snippets {
            return self.plain(name, kind, detail);
        }
        let insert = match operands {
            "" => name.to_owned(),
            operands => format!("{name} {}", placeholders(operands)),
        };
        self.add(name, &insert, true, kind, detail);
    }

    /// Mnemonics, directives, macros.
    fn statement(&mut self) {
        let typed = self.site.file.text.slice(&self.typed);
        if typed.starts_with('.') {
            for directive in analysis::directives() {
                let detail = Some(directive.operands).filter(|o| !o.is_empty());
                self.plain(directive.name, CompletionItemKind::KEYWORD, detail);
            }
            return;
        }
        self.names(Space::Macro);
        let spec = self.workspace.spec.clone();
        let xlen = self.workspace.settings.width();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (index, entry) in spec.instructions.iter().enumerate() {
            if entry.xlen.contains(&xlen) && seen.insert(&entry.name) {
                let syntax = manual::syntax(&spec, index);
                let operands = syntax.split_once(' ').map_or("", |(_, operands)| operands);
                self.with_operands(&entry.name, operands, Some(&entry.title));
            }
        }
        for alias in &spec.aliases {
            let fits = spec.instructions[alias.target].xlen.contains(&xlen);
            if fits && seen.insert(&alias.name) {
                let operands = markup::alias_operands(&spec, alias);
                let title = markup::title(&spec, &alias.name, xlen);
                self.with_operands(&alias.name, &operands, title.as_deref());
            }
        }
        for pseudo in analysis::pseudo_instructions() {
            if seen.insert(pseudo.name) {
                let operands = pseudo.operands.trim_start_matches("[rd,] ");
                self.with_operands(pseudo.name, operands, Some(&pseudo.text));
            }
        }
        for directive in analysis::directives() {
            let detail = Some(directive.operands).filter(|o| !o.is_empty());
            self.plain(directive.name, CompletionItemKind::KEYWORD, detail);
        }
    }

    fn operand(&mut self, operands: Operands) {
        let spec = self.workspace.spec.clone();
        let files = [
            (operands.registers, &spec.registers),
            (operands.float_registers, &spec.float_registers),
        ];
        for (_, registers) in files.into_iter().filter(|(wanted, _)| *wanted) {
            for (number, name) in registers.abi.iter().enumerate() {
                let other = format!("{}{number}", registers.prefix);
                self.plain(name, CompletionItemKind::VARIABLE, Some(&other));
            }
            for (number, name) in registers.abi.iter().enumerate() {
                let other = format!("{}{number}", registers.prefix);
                self.plain(&other, CompletionItemKind::VARIABLE, Some(name));
            }
        }
        if operands.csrs {
            for csr in &spec.csrs {
                let detail = csr.doc.lines().next();
                self.plain(&csr.name, CompletionItemKind::CONSTANT, detail);
            }
        }
        if operands.fences {
            for set in ["rw", "iorw", "r", "w"] {
                self.plain(set, CompletionItemKind::ENUM_MEMBER, None);
            }
        }
        if operands.symbols {
            self.names(Space::Symbol);
        }
        if operands.relocations {
            self.relocations("%");
        }
    }

    fn relocations(&mut self, mark: &str) {
        for operator in analysis::relocation_operators() {
            let name = format!("{mark}{}", operator.name);
            let kind = CompletionItemKind::OPERATOR;
            if self.snippets {
                let insert = format!("{name}(${{1:symbol}})");
                self.add(&name, &insert, true, kind, Some(&operator.text));
            } else {
                self.plain(&name, kind, Some(&operator.text));
            }
        }
    }

    /// Symbols or macros of the files that belong together, and what macros of them make.
    fn names(&mut self, space: Space) {
        let mut names: BTreeMap<String, CompletionItemKind> = BTreeMap::new();
        for file in self.workspace.unit(&self.site.file.path) {
            for occurrence in &self.workspace.syntax(&file).occurrences {
                if occurrence.space != space {
                    continue;
                }
                let kind = match occurrence.role {
                    Role::Definition(Definition::Constant) => CompletionItemKind::VALUE,
                    Role::Definition(Definition::Macro) => CompletionItemKind::MODULE,
                    Role::Definition(_) => CompletionItemKind::REFERENCE,
                    Role::Declaration => CompletionItemKind::REFERENCE,
                    // What is being typed is such a use.
                    Role::Use | Role::Argument => continue,
                };
                names.insert(file.text.slice(&occurrence.range).to_owned(), kind);
            }
        }
        for report in self.workspace.reports_on(&self.site.file.path) {
            let Some(checked) = &report.checked else {
                continue;
            };
            let (defined, kind) = match space {
                Space::Macro => (&checked.macros, CompletionItemKind::MODULE),
                _ => (&checked.symbols, CompletionItemKind::REFERENCE),
            };
            for defined in defined {
                names.entry(defined.name.clone()).or_insert(kind);
            }
        }
        for (name, kind) in names {
            let detail = (space == Space::Macro).then_some("macro");
            self.plain(&name, kind, detail);
        }
    }

    /// Mnemonics that have a descriptor; all fields as a snippet.
    fn descriptors(&mut self) {
        let spec = self.workspace.spec.clone();
        for (index, entry) in spec.instructions.iter().enumerate() {
            let Some(descriptor) = spec.descriptor_of(index) else {
                continue;
            };
            let needed = descriptor.fields.iter().filter(|field| {
                let optional = match field.ty {
                    FieldType::Mode => entry.modes.len() < 2,
                    FieldType::Flags | FieldType::Reduction => true,
                    _ => false,
                };
                field.value.is_none() && !optional
            });
            let fields: Vec<String> = needed
                .zip(1..)
                .map(|(field, number)| format!("{}=${{{number}}}", field.name))
                .collect();
            let kind = CompletionItemKind::FUNCTION;
            let title = Some(entry.title.as_str());
            if self.snippets {
                let insert = format!("{} {}", entry.name, fields.join(", "));
                self.add(&entry.name, &insert, true, kind, title);
            } else {
                self.plain(&entry.name, kind, title);
            }
        }
    }

    fn fields(&mut self, instruction: usize, given: &[String]) {
        let spec = self.workspace.spec.clone();
        let entry = &spec.instructions[instruction];
        let Some(descriptor) = spec.descriptor_of(instruction) else {
            return;
        };
        for field in &descriptor.fields {
            if field.value.is_some() || given.contains(&field.name) {
                continue;
            }
            let detail = markup::field_line(field, descriptor, entry);
            let insert = format!("{}=", field.name);
            let kind = CompletionItemKind::FIELD;
            self.add(&field.name, &insert, false, kind, Some(&detail));
            if let Some(item) = self.found.last_mut() {
                let text = markup::field(&spec, instruction, &field.name);
                item.documentation = text.map(|value| {
                    Documentation::MarkupContent(MarkupContent {
                        kind: MarkupKind::Markdown,
                        value,
                    })
                });
            }
        }
    }

    fn values(&mut self, instruction: usize, field: &str) {
        let values = markup::values(&self.workspace.spec, instruction, field);
        if values.is_empty() {
            return self.names(Space::Symbol);
        }
        for (name, doc) in values {
            self.plain(&name, CompletionItemKind::ENUM_MEMBER, Some(&doc));
        }
    }

    /// Files beside the document and in the folders for included files.
    fn files(&mut self, typed: &str) {
        let (folder, start) = typed.rsplit_once('/').unwrap_or(("", typed));
        self.typed.start = self.typed.end - start.len() as u32;
        let beside = self
            .site
            .file
            .path
            .parent()
            .map(std::path::Path::to_path_buf);
        let include = self.workspace.settings.include.iter().cloned();
        let mut names = BTreeMap::new();
        for directory in beside.into_iter().chain(include) {
            let Ok(entries) = std::fs::read_dir(directory.join(folder)) else {
                continue;
            };
            for entry in entries.flatten().take(MAX_ITEMS) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if !name.starts_with('.') && !name.contains(['"', '\\', '\n']) {
                    names.insert(name, entry.path().is_dir());
                }
            }
        }
        for (name, is_folder) in names {
            let kind = if is_folder {
                CompletionItemKind::FOLDER
            } else {
                CompletionItemKind::FILE
            };
            self.plain(&name, kind, None);
        }
    }
}

/// Does a name have these letters in their order, whatever their case?
pub(super) fn has_letters(name: &str, lower: &str) -> bool {
    let name = name.to_lowercase();
    let mut letters = name.chars();
    lower.chars().all(|c| letters.any(|letter| letter == c))
}

/// Operands as the fields of a snippet: `rd, imm(rs1)` is `${1:rd}, ${2:imm}(${3:rs1})`.
fn placeholders(operands: &str) -> String {
    let mut out = String::new();
    let mut rest = operands;
    let mut number = 0;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = rest.chars().next() {
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length > 0 {
            number += 1;
            out.push_str(&format!("${{{number}:{}}}", &rest[..length]));
            rest = &rest[length..];
        } else {
            if matches!(c, '$' | '}' | '\\') {
                out.push('\\');
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn operands_become_fields() {
        assert_eq!(placeholders("rd, imm(rs1)"), "${1:rd}, ${2:imm}(${3:rs1})");
        assert_eq!(placeholders(""), "");
        assert_eq!(placeholders("$}"), "\\$\\}");
    }
}
