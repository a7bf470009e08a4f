//! Tokens of `sem` texts. Every byte belongs to a token, to white space or to a comment.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Name(&'a str),
    Int(i128),
    Punct(&'static str),
    End,
}

/// A token with its byte range in the text.
#[derive(Debug, Clone)]
pub(crate) struct Lexeme<'a> {
    pub(crate) token: Token<'a>,
    pub(crate) range: Range<usize>,
}

/// A message about a byte range of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) range: Range<usize>,
    pub(crate) help: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, range: Range<usize>) -> Self {
        Self {
            message: message.into(),
            range,
            help: None,
        }
    }
}

/// Longest first, so that the first that fits is the right one.
const PUNCT: [&str; 29] = [
    "+=", "<<", ">>", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "!",
    "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ";", ".",
];

/// All tokens of `text`, with `End` as the last.
pub(crate) fn tokens(text: &str) -> Result<Vec<Lexeme<'_>>, SyntaxError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let token = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'#' => {
                at += text[at..].find('\n').unwrap_or(bytes.len() - at);
                continue;
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                at = word_end(bytes, at);
                Token::Name(&text[start..at])
            }
            byte if byte.is_ascii_digit() => {
                at = word_end(bytes, at);
                let digits = &text[start..at];
                let value = parse_int(digits).ok_or_else(|| {
                    SyntaxError::new(
                        format!("`{digits}` is no integer of at most 127 bits"),
                        start..at,
                    )
                })?;
                Token::Int(value)
            }
            _ => {
                let Some(punct) = PUNCT.iter().find(|p| text[at..].starts_with(**p)) else {
                    let found = text[at..].chars().next().unwrap_or_default();
                    let message = format!("unexpected character `{}`", found.escape_default());
                    return Err(SyntaxError::new(message, at..at + found.len_utf8()));
                };
                at += punct.len();
                Token::Punct(punct)
            }
        };
        out.push(Lexeme {
            token,
            range: start..at,
        });
    }
    out.push(Lexeme {
        token: Token::End,
        range: bytes.len()..bytes.len(),
    });
    Ok(out)
}

fn word_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
        at += 1;
    }
    at
}

/// Decimal, `0x` or `0b`, with `_` between digits.
pub(crate) fn parse_int(digits: &str) -> Option<i128> {
    let clean = digits.replace('_', "");
    if let Some(hex) = clean.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = clean.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()
    } else {
        clean.parse().ok()
    }
}

/// True for what a spec file may use as the name of an operand, a descriptor field or a variable.
pub(crate) fn is_name(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cover_the_text() {
        let text = "out[i, j] = 0x1_F >> 0b11; # comment\nx<=y";
        let lexemes = tokens(text).unwrap();
        let shown: Vec<&str> = lexemes.iter().map(|l| &text[l.range.clone()]).collect();
        assert_eq!(
            shown,
            [
                "out", "[", "i", ",", "j", "]", "=", "0x1_F", ">>", "0b11", ";", "x", "<=", "y", ""
            ]
        );
        assert_eq!(lexemes[7].token, Token::Int(31));
    }

    #[test]
    fn bad_bytes_and_numbers_are_refused_at_their_place() {
        assert_eq!(tokens("a $ b").unwrap_err().range, 2..3);
        assert_eq!(tokens("ä").unwrap_err().range, 0..2);
        assert_eq!(tokens("x = 12ab;").unwrap_err().range, 4..8);
        assert!(tokens(&"9".repeat(60)).is_err());
    }
}
