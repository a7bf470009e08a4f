//! Kinds of tokens for highlighting, in the protocol's packed form, and the difference between two answers.

use super::workspace::{File, Workspace};
use lsp_types::{
    SemanticToken, SemanticTokenType, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit,
    SemanticTokensLegend,
};
use std::ops::Range;
use zktr_asm::analysis::{Token, TokenKind};

/// The types, in the order of their numbers.
const TYPES: [SemanticTokenType; 13] = [
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::DECORATOR,
    SemanticTokenType::MACRO,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::TYPE,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::NAMESPACE,
];

/// The types by their numbers.
pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.to_vec(),
        token_modifiers: Vec::new(),
    }
}

fn token_type(kind: TokenKind) -> Option<SemanticTokenType> {
    Some(match kind {
        TokenKind::Comment => SemanticTokenType::COMMENT,
        TokenKind::String => SemanticTokenType::STRING,
        TokenKind::Number => SemanticTokenType::NUMBER,
        TokenKind::Mnemonic => SemanticTokenType::KEYWORD,
        TokenKind::Directive | TokenKind::Relocation => SemanticTokenType::DECORATOR,
        TokenKind::Macro => SemanticTokenType::MACRO,
        TokenKind::Parameter => SemanticTokenType::PARAMETER,
        TokenKind::Label => SemanticTokenType::FUNCTION,
        TokenKind::Symbol => SemanticTokenType::VARIABLE,
        TokenKind::Register | TokenKind::Csr => SemanticTokenType::TYPE,
        TokenKind::Field => SemanticTokenType::PROPERTY,
        TokenKind::Keyword => SemanticTokenType::ENUM_MEMBER,
        TokenKind::Section => SemanticTokenType::NAMESPACE,
        TokenKind::Punctuation | TokenKind::Bad => return None,
    })
}

/// The tokens of a range of a file. A token of several lines is one for each of them.
pub(super) fn tokens(workspace: &Workspace, file: &File, range: Range<u32>) -> Vec<SemanticToken> {
    let mut out = Vec::new();
    let (mut line, mut column) = (0, 0);
    let mut push = |at: Range<u32>, kind: u32| {
        let start = file.text.position(at.start);
        let length = file.text.width(&at);
        if length == 0 {
            return;
        }
        let same_line = start.line == line;
        out.push(SemanticToken {
            delta_line: start.line - line,
            delta_start: start.character - if same_line { column } else { 0 },
            length,
            token_type: kind,
            token_modifiers_bitset: 0,
        });
        (line, column) = (start.line, start.character);
    };
    for Token { range, kind } in workspace.syntax(file).tokens_in(range) {
        let Some(ty) = token_type(*kind) else {
            continue;
        };
        let Some(number) = TYPES.iter().position(|known| *known == ty) else {
            continue;
        };
        let mut at = range.start;
        for part in file.text.slice(range).split_inclusive('\n') {
            let visible = part.trim_end_matches(['\n', '\r']).len() as u32;
            push(at..at + visible, number as u32);
            at += part.len() as u32;
        }
    }
    out
}

/// What has changed from one answer to the next: one range of numbers, five of which are a token.
pub(super) fn delta(before: &[SemanticToken], now: SemanticTokens) -> SemanticTokensDelta {
    let after = &now.data;
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - same;
    let end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (
        &before[same..before.len() - end],
        &after[same..after.len() - end],
    );
    let edit = SemanticTokensEdit {
        start: same as u32 * 5,
        delete_count: old.len() as u32 * 5,
        data: (!new.is_empty()).then(|| new.to_vec()),
    };
    let unchanged = old.is_empty() && new.is_empty();
    SemanticTokensDelta {
        result_id: now.result_id,
        edits: if unchanged { Vec::new() } else { vec![edit] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(n: u32) -> SemanticToken {
        SemanticToken {
            delta_line: n,
            delta_start: 0,
            length: 1,
            token_type: 0,
            token_modifiers_bitset: 0,
        }
    }

    #[test]
    fn a_delta_leads_from_one_list_to_the_other() {
        let lists: [&[u32]; 6] = [&[], &[1], &[1, 1], &[1, 2, 3], &[1, 3], &[3, 2, 3]];
        for before in lists {
            for after in lists {
                let old: Vec<_> = before.iter().copied().map(token).collect();
                let new: Vec<_> = after.iter().copied().map(token).collect();
                let tokens = SemanticTokens {
                    result_id: None,
                    data: new.clone(),
                };
                let mut result = old.clone();
                let delta = delta(&old, tokens);
                assert_eq!(delta.edits.is_empty(), before == after);
                for edit in delta.edits {
                    let (start, count) = (edit.start / 5, edit.delete_count / 5);
                    let range = start as usize..(start + count) as usize;
                    result.splice(range, edit.data.unwrap_or_default());
                }
                assert_eq!(result, new);
            }
        }
    }
}
