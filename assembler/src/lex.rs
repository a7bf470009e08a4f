//! The lexer: every byte of the source belongs to exactly one token.
//!
//! Tokens are byte ranges; nothing is copied or allocated. White space and comments are tokens too
//! (the parser skips them), and a byte that cannot begin a token is one of kind [`Tok::Bad`], so that
//! the ranges of consecutive tokens tile the source whatever it contains.

use crate::scan;

/// A byte range of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loc {
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

impl Loc {
    /// From the start of this range to the end of another.
    pub fn to(self, end: Loc) -> Loc {
        Loc {
            start: self.start,
            end: end.end.max(self.start),
        }
    }

    /// The empty range before this one.
    pub fn before(self) -> Loc {
        Loc {
            start: self.start,
            end: self.start,
        }
    }
}

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tok {
    /// A name: mnemonic, directive, register, symbol.
    Name,
    /// Digits, and letters that follow them directly.
    Number,
    /// `1f`, `1b`: a reference to a local numeric label.
    LocalRef,
    /// `"..."`, with its quotes.
    Str,
    /// `'a'` or `'a`.
    Char,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `@`
    At,
    /// `=`
    Assign,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `|`
    Or,
    /// `&`
    And,
    /// `^`
    Xor,
    /// `~`
    Not,
    /// `!`
    Bang,
    /// `&&`
    AndAnd,
    /// `||`
    OrOr,
    /// `==`
    Eq,
    /// `!=` or `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// A line break or `;`.
    End,
    /// The end of the source; its range is empty.
    Eof,
    /// Blanks, or a comment.
    Trivia,
    /// A string without its closing quote; it ends at the line's end.
    OpenStr,
    /// A `/*` without `*/`; it ends at the source's end.
    OpenComment,
    /// A character that begins no token.
    Bad,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its kind.
    pub kind: Tok,
    /// Its bytes.
    pub loc: Loc,
}

/// A position in a source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The position of the text's first byte.
    base: u32,
}

/// Can this byte continue a name? Non-ASCII letters may occur in symbol names.
pub(crate) fn in_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$') || b >= 0x80
}

impl<'a> Lexer<'a> {
    /// At the start of a text whose positions begin with `base` and fit in 32 bits.
    pub fn at(text: &'a str, base: u32) -> Self {
        Self { text, at: 0, base }
    }

    /// Back to the start.
    pub fn rewind(&mut self) {
        self.at = 0;
    }

    /// To this offset of the text, which is at a character's start.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// To the end.
    pub fn finish(&mut self) {
        self.at = self.text.len();
    }

    /// The position of the text's first byte.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The whole text.
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// The text of a range.
    pub fn slice(&self, loc: Loc) -> &'a str {
        self.text
            .get(
                loc.start.wrapping_sub(self.base) as usize
                    ..loc.end.wrapping_sub(self.base) as usize,
            )
            .unwrap_or("")
    }

    /// The next token that is not trivia.
    #[inline]
    pub fn next(&mut self) -> Token {
        loop {
            self.at = scan::blanks_end(self.text.as_bytes(), self.at);
            let token = self.next_raw();
            if token.kind != Tok::Trivia {
                return token;
            }
        }
    }

    /// Reads a name of the spec that begins where `first` does and may contain `-`, as in `babybear4-m`.
    /// The lexer continues behind it.
    pub fn dashed_name(&mut self, first: Token) -> Loc {
        let start = first.loc.start.wrapping_sub(self.base) as usize;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let len = rest
            .iter()
            .take_while(|&&b| in_name(b) || b == b'-')
            .count();
        self.at = start + len;
        Loc {
            start: self.base + start as u32,
            end: self.base + self.at as u32,
        }
    }

    /// The next token.
    pub fn next_raw(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let kind = match bytes.get(start) {
            None => Tok::Eof,
            Some(&b) if in_name(b) && !b.is_ascii_digit() => {
                self.at = scan::name_end(bytes, start);
                Tok::Name
            }
            Some(&b) => self.scan(b, bytes),
        };
        Token {
            kind,
            loc: Loc {
                start: self.base + start as u32,
                end: self.base + self.at as u32,
            },
        }
    }

    /// Scans one token that is not a name and begins with the byte `first`, and moves behind it.
    fn scan(&mut self, first: u8, bytes: &[u8]) -> Tok {
        let start = self.at;
        let second = bytes.get(start + 1).copied();
        let (kind, len) = match (first, second) {
            (b'\n' | b';', _) => (Tok::End, 1),
            (b' ' | b'\t' | b'\r' | 0x0b | 0x0c, _) => (
                Tok::Trivia,
                count(&bytes[start..], |b| {
                    matches!(b, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
                }),
            ),
            (b'#', _) | (b'/', Some(b'/')) => (Tok::Trivia, count(&bytes[start..], |b| b != b'\n')),
            (b'/', Some(b'*')) => match self.text[start + 2..].find("*/") {
                Some(i) => (Tok::Trivia, i + 4),
                None => (Tok::OpenComment, bytes.len() - start),
            },
            (b'"', _) => string(&bytes[start..]),
            (b'\'', _) => character(&self.text[start..]),
            (b'0'..=b'9', _) => number(&bytes[start..]),
            (b'|', Some(b'|')) => (Tok::OrOr, 2),
            (b'&', Some(b'&')) => (Tok::AndAnd, 2),
            (b'=', Some(b'=')) => (Tok::Eq, 2),
            (b'!', Some(b'=')) | (b'<', Some(b'>')) => (Tok::Ne, 2),
            (b'<', Some(b'<')) => (Tok::Shl, 2),
            (b'<', Some(b'=')) => (Tok::Le, 2),
            (b'>', Some(b'>')) => (Tok::Shr, 2),
            (b'>', Some(b'=')) => (Tok::Ge, 2),
            (b',', _) => (Tok::Comma, 1),
            (b':', _) => (Tok::Colon, 1),
            (b'(', _) => (Tok::Open, 1),
            (b')', _) => (Tok::Close, 1),
            (b'{', _) => (Tok::BraceOpen, 1),
            (b'}', _) => (Tok::BraceClose, 1),
            (b'@', _) => (Tok::At, 1),
            (b'=', _) => (Tok::Assign, 1),
            (b'+', _) => (Tok::Plus, 1),
            (b'-', _) => (Tok::Minus, 1),
            (b'*', _) => (Tok::Star, 1),
            (b'/', _) => (Tok::Slash, 1),
            (b'%', _) => (Tok::Percent, 1),
            (b'|', _) => (Tok::Or, 1),
            (b'&', _) => (Tok::And, 1),
            (b'^', _) => (Tok::Xor, 1),
            (b'~', _) => (Tok::Not, 1),
            (b'!', _) => (Tok::Bang, 1),
            (b'<', _) => (Tok::Lt, 1),
            (b'>', _) => (Tok::Gt, 1),
            _ => (Tok::Bad, 1),
        };
        self.at = start + len;
        kind
    }
}

/// How many bytes at the start satisfy a predicate.
fn count(bytes: &[u8], accept: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&b| !accept(b))
        .unwrap_or(bytes.len())
}

/// A string from its opening quote.
fn string(bytes: &[u8]) -> (Tok, usize) {
    let mut i = 1;
    let mut first_line = None;
    while let Some(&b) = bytes.get(i) {
        match b {
            // Over several lines, if what follows shows that the quote is not the first one of another string, whose
            // predecessor has none at its end.
            b'"' if first_line.is_none() || ends_operand(&bytes[i + 1..]) => {
                return (Tok::Str, i + 1);
            }
            b'"' => break,
            b'\\' if bytes.get(i + 1).is_some_and(|&b| b != b'\n') => i += 2,
            _ => {
                if b == b'\n' {
                    first_line.get_or_insert(i);
                }
                if i > MAX_STRING && first_line.is_some() {
                    break;
                }
                i += 1;
            }
        }
    }
    (Tok::OpenStr, first_line.unwrap_or(i).min(bytes.len()))
}

/// How long a string over several lines may be: without a limit, a file of quotes would be read again and again.
const MAX_STRING: usize = 1 << 16;

/// Is this what can stand behind an operand that is a string?
fn ends_operand(bytes: &[u8]) -> bool {
    let blanks = count(bytes, |b| matches!(b, b' ' | b'\t' | b'\r'));
    matches!(bytes.get(blanks), None | Some(b'\n' | b',' | b';' | b'#'))
}

/// A character constant from its quote: one character or escape, and an optional closing quote.
fn character(text: &str) -> (Tok, usize) {
    let mut chars = text.char_indices().skip(1);
    let body = match chars.next() {
        Some((_, '\\')) => chars.next(),
        other => other,
    };
    match body {
        None | Some((_, '\n')) => (Tok::Bad, 1),
        Some(_) => {
            let end = chars
                .next()
                .map_or(text.len(), |(i, c)| if c == '\'' { i + 1 } else { i });
            (Tok::Char, end)
        }
    }
}

/// A number, or a reference to a local numeric label.
fn number(bytes: &[u8]) -> (Tok, usize) {
    let digits = count(bytes, |b| b.is_ascii_digit());
    let len = count(bytes, |b| b.is_ascii_alphanumeric() || b == b'_');
    let local = len == digits + 1 && matches!(bytes[digits], b'f' | b'b');
    (if local { Tok::LocalRef } else { Tok::Number }, len)
}

/// Why a number has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// A digit that the base does not have.
    Digit,
    /// More than 64 bits.
    TooLarge,
}

/// The value of a number: decimal, `0x`, `0b`, or octal with a leading zero. A suffix of C, in capital letters as GNU as
/// has it, is ignored: headers are written for both.
pub(crate) fn number_value(text: &str) -> Result<u64, NumberError> {
    let plain = text.trim_end_matches(['U', 'L']);
    let text = match &text[plain.len()..] {
        "U" | "L" | "UL" | "LU" | "LL" | "ULL" | "LLU" => plain,
        _ => text,
    };
    let lower = |prefix: &str| {
        text.get(..2)
            .is_some_and(|p| p.eq_ignore_ascii_case(prefix))
    };
    let (digits, base) = if lower("0x") {
        (&text[2..], 16)
    } else if lower("0b") {
        (&text[2..], 2)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(NumberError::Digit);
    }
    u64::from_str_radix(digits, base).map_err(|_| NumberError::TooLarge)
}

/// Decodes the escapes of a string's or character's body, as GNU as has them, into bytes.
/// The error is the byte range of a bad escape within the body.
pub(crate) fn unescape(body: &str, out: &mut Vec<u8>) -> Result<(), std::ops::Range<usize>> {
    let bytes = body.as_bytes();
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        if b != b'\\' {
            out.push(b);
            i += 1;
            continue;
        }
        let rest = &bytes[i + 1..];
        let (value, len) = match rest.first() {
            Some(b'n') => (b'\n', 1),
            Some(b't') => (b'\t', 1),
            Some(b'r') => (b'\r', 1),
            Some(b'b') => (8, 1),
            Some(b'f') => (12, 1),
            Some(b'v') => (11, 1),
            Some(&c @ (b'\\' | b'"' | b'\'')) => (c, 1),
            Some(b'0'..=b'7') => {
                let len = count(rest, |b| (b'0'..=b'7').contains(&b)).min(3);
                // The low eight bits, as GNU as takes them.
                (
                    rest[..len]
                        .iter()
                        .fold(0u8, |v, &d| v.wrapping_mul(8).wrapping_add(d - b'0')),
                    len,
                )
            }
            Some(b'x' | b'X') if rest.get(1).is_some_and(u8::is_ascii_hexdigit) => {
                let len = count(&rest[1..], |b| b.is_ascii_hexdigit());
                let value = rest[1..1 + len].iter().fold(0u8, |v, &d| {
                    (v << 4) | (d as char).to_digit(16).unwrap_or(0) as u8
                });
                (value, len + 1)
            }
            _ => {
                let len = body[i + 1..].chars().next().map_or(0, char::len_utf8);
                return Err(i..i + 1 + len);
            }
        };
        out.push(value);
        i += 1 + len;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<Tok> {
        let mut lexer = Lexer::at(text, 0);
        let mut out = Vec::new();
        loop {
            let token = lexer.next();
            if token.kind == Tok::Eof {
                return out;
            }
            out.push(token.kind);
        }
    }

    #[test]
    fn numbers_and_local_references() {
        assert_eq!(
            kinds("1f 1b 0b 0b1 0x1f 12"),
            [
                Tok::LocalRef,
                Tok::LocalRef,
                Tok::LocalRef,
                Tok::Number,
                Tok::Number,
                Tok::Number
            ]
        );
        assert_eq!(number_value("0x1F"), Ok(31));
        assert_eq!(number_value("017"), Ok(15));
        assert_eq!(number_value("0b101"), Ok(5));
        assert_eq!(number_value("0x1FUL"), Ok(31));
        assert_eq!(number_value("1L"), Ok(1));
        for wrong in ["L", "0xL", "1UU", "1LLL", "1Lx", "1l"] {
            assert_eq!(number_value(wrong), Err(NumberError::Digit), "{wrong}");
        }
        assert_eq!(number_value("08"), Err(NumberError::Digit));
        assert_eq!(number_value("0x"), Err(NumberError::Digit));
        assert_eq!(
            number_value("18446744073709551616"),
            Err(NumberError::TooLarge)
        );
    }

    #[test]
    fn comments_of_all_kinds_are_trivia() {
        assert_eq!(
            kinds("a # b\n// c\n/* d\n e */ f"),
            [Tok::Name, Tok::End, Tok::End, Tok::Name]
        );
        assert_eq!(kinds("a /* b"), [Tok::Name, Tok::OpenComment]);
    }

    #[test]
    fn escapes() {
        let mut out = Vec::new();
        assert_eq!(unescape(r#"a\n\x41\101\"\0"#, &mut out), Ok(()));
        assert_eq!(out, b"a\nAA\"\0");
        assert_eq!(unescape(r"ab\q", &mut Vec::new()), Err(2..4));
    }

    proptest! {
        /// Whatever the source is, the tokens tile it.
        #[test]
        fn tokens_tile_the_source(text in "\\PC*|[ -~\n\t\"'/*#]*") {
            let mut lexer = Lexer::at(&text, 0);
            let mut at = 0;
            loop {
                let token = lexer.next_raw();
                prop_assert_eq!(token.loc.start, at);
                at = token.loc.end;
                prop_assert!(text.is_char_boundary(at as usize));
                if token.kind == Tok::Eof { break }
                prop_assert!(token.loc.end > token.loc.start);
            }
            prop_assert_eq!(at as usize, text.len());
        }
    }
}
