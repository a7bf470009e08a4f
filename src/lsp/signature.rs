//! The operands of the instruction that is being typed.

use super::markup;
use super::navigation::Site;
use super::workspace::Workspace;
use lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp,
    SignatureInformation, TextDocumentPositionParams,
};
use zktr_asm::analysis::{self, Head, TokenKind};
use zktr_isa::manual;

/// The answer to `textDocument/signatureHelp`.
pub(super) fn help(
    workspace: &Workspace,
    params: &TextDocumentPositionParams,
) -> Option<SignatureHelp> {
    let site = Site::of(workspace, params)?;
    let text = &site.file.text;
    let syntax = workspace.syntax(&site.file);
    let index = syntax
        .statements
        .partition_point(|s| s.range.start <= site.offset);
    let statement = syntax.statements.get(index.checked_sub(1)?)?;
    let Head::Instruction(head) = &statement.head else {
        return None;
    };
    let gap = text.slice(&(statement.range.end..site.offset));
    if site.offset <= head.end || gap.contains(['\n', ';']) {
        return None;
    }
    let tokens = syntax.tokens_in(head.end..site.offset);
    let comma = |t: &&analysis::Token| {
        t.kind == TokenKind::Punctuation
            && t.range.end <= site.offset
            && text.slice(&t.range) == ","
    };
    let active = tokens.iter().filter(comma).count();
    let name = text.slice(head);
    let (spec, xlen) = (&workspace.spec, workspace.settings.width());
    let mut forms: Vec<(String, String)> = Vec::new();
    if let Some(index) = spec.instruction_for(name, xlen) {
        let title = spec.instructions[index].title.clone();
        forms.push((manual::syntax(spec, index), title));
    }
    for &index in spec.aliases_named(name) {
        let alias = &spec.aliases[index];
        let operands = markup::alias_operands(spec, alias);
        let title = markup::title(spec, name, xlen).unwrap_or_default();
        forms.push((format!("{name} {operands}"), title));
    }
    if forms.is_empty() {
        let pseudo = analysis::pseudo_instruction(name)?;
        forms.push((format!("{name} {}", pseudo.operands), pseudo.text));
    }
    let fits = |form: &(String, String)| form.0.matches(',').count() >= active;
    let chosen = forms.iter().position(fits).unwrap_or(0);
    Some(SignatureHelp {
        signatures: forms.into_iter().map(signature).collect(),
        active_signature: Some(chosen as u32),
        active_parameter: Some(active as u32),
    })
}

fn signature((label, title): (String, String)) -> SignatureInformation {
    let operands = label.split_once(' ').map_or("", |(_, operands)| operands);
    let parameters = operands.split(", ").filter(|operand| !operand.is_empty());
    let parameters = parameters.map(|operand| ParameterInformation {
        label: ParameterLabel::Simple(operand.to_owned()),
        documentation: None,
    });
    SignatureInformation {
        parameters: Some(parameters.collect()),
        documentation: Some(Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: title,
        })),
        label,
        active_parameter: None,
    }
}
