//! The reader of a text: statement by statement, over the assembler's lexer, with a result for every text.
//!
//! What it reads it reads once; nothing is nested but blocks, which are kept in a list. A word that a macro's
//! parameter is a part of (`\name`, `loop\@`) is no name that anything could refer to, so that only the
//! parameters in it are recorded.

use super::syntax::{
    Block, BlockKind, Bytes, Definition, Head, Include, Occurrence, Role, Space, Statement, Syntax,
    Token, TokenKind, slice,
};
use super::words::{self, Names};
use crate::lex::{Lexer, Loc, Tok};
use std::collections::HashSet;
use zktr_isa::Spec;

/// What the lexer has found, with words that have parameters in them put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// A token of the lexer.
    Plain(Tok),
    /// A word with a parameter in it.
    Word,
    /// A comment.
    Comment,
}

impl Lexeme {
    /// Is it this token?
    pub fn is(self, kind: Tok) -> bool {
        self == Self::Plain(kind)
    }
}

/// A lexeme with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub kind: Lexeme,
    pub loc: Loc,
}

impl Piece {
    pub fn range(self) -> Bytes {
        self.loc.start..self.loc.end
    }
}

/// A block that is open, with the parameters that can be used in it.
struct Open {
    block: u32,
    parameters: Vec<Bytes>,
}

/// A reader.
pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub spec: &'t Spec,
    pub xlen: u8,
    lexer: Lexer<'t>,
    /// The next lexeme that is no comment, and the end of the one before.
    pub next: Piece,
    pub last_end: u32,
    open: Vec<Open>,
    /// Macros that have been defined before.
    pub macros: HashSet<&'t str>,
    pub out: Syntax,
}

impl<'t> Reader<'t> {
    /// At the start of a text of less than 4 GiB.
    pub fn new(text: &'t str, spec: &'t Spec, xlen: u8) -> Self {
        let mut this = Self {
            text,
            spec,
            xlen,
            lexer: Lexer::at(text, 0),
            next: Piece {
                kind: Lexeme::Plain(Tok::End),
                loc: Loc { start: 0, end: 0 },
            },
            last_end: 0,
            open: Vec::new(),
            macros: HashSet::new(),
            out: Syntax::default(),
        };
        this.advance();
        this
    }

    /// Reads all of it.
    pub fn read(mut self) -> Syntax {
        while !self.next.kind.is(Tok::Eof) {
            let start = self.next.loc.start;
            let head = self.statement();
            self.operands(Names::KEYWORDS);
            let end = self.last_end.max(start);
            if end > start {
                let range = start..end;
                self.out.statements.push(Statement { range, head });
            }
            if self.next.kind.is(Tok::End) {
                self.advance();
            }
        }
        let end = self.text.len() as u32;
        for open in std::mem::take(&mut self.open) {
            self.out.blocks[open.block as usize].range.end = end;
        }
        self.out
    }

    // ---- lexemes ------------------------------------------------------------------------------

    /// The text of a range.
    pub fn slice(&self, range: &Bytes) -> &'t str {
        slice(self.text, range)
    }

    /// Is the statement at its end?
    pub fn at_end(&self) -> bool {
        self.next.kind.is(Tok::End) || self.next.kind.is(Tok::Eof)
    }

    /// Goes on to the next lexeme that is no comment.
    fn advance(&mut self) -> Piece {
        let taken = self.next;
        self.last_end = taken.loc.end;
        loop {
            self.next = lexeme(&mut self.lexer);
            if self.next.kind != Lexeme::Comment {
                return taken;
            }
            self.push(self.next.range(), TokenKind::Comment);
        }
    }

    /// Takes the next lexeme as a token of this kind.
    pub fn take(&mut self, kind: TokenKind) -> Bytes {
        // The token comes before the comments behind it.
        let range = self.next.range();
        self.push(range.clone(), kind);
        self.advance();
        range
    }

    /// Takes the next lexeme if it is this mark.
    pub fn eat(&mut self, mark: Tok) -> bool {
        let found = self.next.kind.is(mark);
        if found {
            self.take(TokenKind::Punctuation);
        }
        found
    }

    /// The lexeme behind the next one.
    pub fn second(&self) -> Lexeme {
        significant(self.lexer)
    }

    fn push(&mut self, range: Bytes, kind: TokenKind) {
        if !range.is_empty() {
            self.out.tokens.push(Token { range, kind });
        }
    }

    /// Takes the next lexeme, which is a name, with what follows it directly and belongs to a name with `-`.
    pub fn take_dashed(&mut self, kind: TokenKind) -> Bytes {
        if self.next.kind.is(Tok::Name) {
            let end = self.end_of_dashed();
            self.next.loc.end = end as u32;
            self.lexer.seek(end);
        }
        self.take(kind)
    }

    /// What is behind the next lexeme, a name that may have `-` in it.
    pub fn behind_dashed(&self) -> Lexeme {
        let mut lexer = self.lexer;
        let end = self.end_of_dashed();
        lexer.seek(end);
        significant(lexer)
    }

    /// Where a name that may have `-` in it ends.
    fn end_of_dashed(&self) -> usize {
        let start = self.next.loc.start as usize;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let in_name = |b: &&u8| crate::lex::in_name(**b) || **b == b'-';
        start + rest.iter().take_while(in_name).count()
    }

    /// Goes on over the ends of lines.
    pub fn continue_lines(&mut self) {
        while self.next.kind.is(Tok::End) {
            self.advance();
        }
    }

    // ---- names --------------------------------------------------------------------------------

    /// Records an occurrence.
    pub fn occurrence(&mut self, range: Bytes, space: Space, role: Role) {
        let occurrence = Occurrence { range, space, role };
        self.out.occurrences.push(occurrence);
    }

    /// Takes the next lexeme, a name, as an occurrence of a symbol. A word with parameters only has these recorded.
    pub fn take_symbol(&mut self, kind: TokenKind, role: Role) {
        if self.next.kind == Lexeme::Word {
            return self.take_word(kind);
        }
        let range = self.take(kind);
        if self.slice(&range) != "." {
            self.occurrence(range, Space::Symbol, role);
        }
    }

    /// Takes a word with parameters in it, of which the rest is of this kind.
    pub fn take_word(&mut self, kind: TokenKind) {
        let range = self.next.range();
        let mut at = range.start;
        for (escape, parameter) in self.escapes(range.clone()) {
            self.push(at..escape.start, kind);
            at = escape.end;
            self.push(escape.clone(), TokenKind::Parameter);
            if let Some(block) = parameter {
                let name = escape.start + 1..escape.end;
                self.occurrence(name, Space::Parameter(block), Role::Use);
            }
        }
        self.push(at..range.end, kind);
        self.advance();
    }

    /// The parameters that a range mentions, `\name`, with the blocks that they are of; and other escapes.
    fn escapes(&self, range: Bytes) -> Vec<(Bytes, Option<u32>)> {
        let mut found = Vec::new();
        let text = self.slice(&range);
        let mut at = 0;
        while let Some(next) = text[at..].find('\\') {
            let start = at + next;
            let rest = &text[start + 1..];
            let place = |length: usize| {
                let start = range.start + start as u32;
                start..start + 1 + length as u32
            };
            let name = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.')))
                .unwrap_or(rest.len());
            // A full stop may also be what follows the name.
            let short = rest[..name].find('.').unwrap_or(name);
            let known = [name, short]
                .into_iter()
                .find_map(|length| Some((length, self.parameter(&rest[..length])?)));
            let (length, block) = match known {
                Some((length, block)) => (length, Some(block)),
                None if rest.starts_with('@') => (1, None),
                None if rest.starts_with("()") => (2, None),
                None => (short, None),
            };
            found.push((place(length), block));
            at = start + 1 + length;
        }
        found
    }

    /// The innermost open block that has this parameter.
    fn parameter(&self, name: &str) -> Option<u32> {
        let has = |open: &&Open| open.parameters.iter().any(|p| self.slice(p) == name);
        self.open.iter().rev().find(has).map(|open| open.block)
    }

    /// Parameters that a string mentions.
    pub fn parameters_in(&mut self, range: Bytes) {
        if self.open.iter().all(|open| open.parameters.is_empty()) {
            return;
        }
        for (escape, block) in self.escapes(range) {
            if let Some(block) = block {
                let name = escape.start + 1..escape.end;
                self.occurrence(name, Space::Parameter(block), Role::Use);
            }
        }
    }

    // ---- blocks -------------------------------------------------------------------------------

    /// Opens a block that begins with this directive, with these parameters.
    pub fn open_block(&mut self, kind: BlockKind, directive: &Bytes, parameters: Vec<Bytes>) {
        let block = self.out.blocks.len() as u32;
        for parameter in &parameters {
            self.occurrence(
                parameter.clone(),
                Space::Parameter(block),
                Role::Definition(Definition::Parameter),
            );
        }
        self.out.blocks.push(Block {
            kind,
            range: directive.clone(),
            outer: self.open.last().map(|open| open.block),
        });
        self.open.push(Open { block, parameters });
    }

    /// Closes the innermost block of this kind, and what was left open in it.
    pub fn close_block(&mut self, kind: BlockKind, directive: &Bytes) {
        let is_kind = |open: &Open| self.out.blocks[open.block as usize].kind == kind;
        let Some(index) = self.open.iter().rposition(is_kind) else {
            return;
        };
        for open in self.open.split_off(index) {
            self.out.blocks[open.block as usize].range.end = directive.end;
        }
    }

    /// Records an included file.
    pub fn include(&mut self, string: Bytes) {
        let text = self.slice(&string);
        let body = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        let mut name = Vec::new();
        if let Some(body) = body
            && crate::lex::unescape(body, &mut name).is_ok()
            && let Ok(name) = String::from_utf8(name)
        {
            self.out.includes.push(Include {
                range: string,
                name,
            });
        }
    }

    // ---- statements ---------------------------------------------------------------------------

    /// Labels, and what is behind them.
    fn statement(&mut self) -> Head {
        loop {
            match self.next.kind {
                Lexeme::Plain(Tok::Name) | Lexeme::Word
                    if self.second() == Lexeme::Plain(Tok::Colon) =>
                {
                    self.take_symbol(TokenKind::Label, Role::Definition(Definition::Label));
                    self.eat(Tok::Colon);
                }
                Lexeme::Plain(Tok::Number) if self.second() == Lexeme::Plain(Tok::Colon) => {
                    let range = self.take(TokenKind::Label);
                    let role = Role::Definition(Definition::Label);
                    self.occurrence(range, Space::Numeric, role);
                    self.eat(Tok::Colon);
                }
                Lexeme::Plain(Tok::Name) => return self.head(),
                Lexeme::Word => {
                    let range = self.next.range();
                    self.take_word(TokenKind::Macro);
                    self.operands(Names::ARGUMENTS);
                    return Head::Macro(range);
                }
                _ => return Head::None,
            }
        }
    }

    /// An instruction, a directive, an assignment, or a macro.
    fn head(&mut self) -> Head {
        let range = self.next.range();
        let name = self.slice(&range);
        if self.second() == Lexeme::Plain(Tok::Assign) {
            let role = Role::Definition(Definition::Constant);
            self.take_symbol(TokenKind::Symbol, role);
            self.eat(Tok::Assign);
            self.operands(Names::EXPRESSION);
            return Head::Assignment(range);
        }
        // A macro hides an instruction or a directive.
        if !self.macros.contains(name) {
            if name.starts_with('.') {
                self.take(TokenKind::Directive);
                self.directive(&range, words::directive(name));
                return Head::Directive(range);
            }
            if words::is_mnemonic(self.spec, name) {
                self.take(TokenKind::Mnemonic);
                self.operands(Names::of(self.spec, name, self.xlen));
                return Head::Instruction(range);
            }
        }
        self.take(TokenKind::Macro);
        self.occurrence(range.clone(), Space::Macro, Role::Use);
        self.operands(Names::ARGUMENTS);
        Head::Macro(range)
    }
}

/// The next lexeme that is no comment.
fn significant(mut lexer: Lexer<'_>) -> Lexeme {
    loop {
        let kind = lexeme(&mut lexer).kind;
        if kind != Lexeme::Comment {
            return kind;
        }
    }
}

/// The next lexeme: a comment, a token that is no white space, or a word with a parameter in it.
fn lexeme(lexer: &mut Lexer<'_>) -> Piece {
    let mut token = lexer.next_raw();
    while token.kind == Tok::Trivia {
        if lexer.slice(token.loc).starts_with(['#', '/']) {
            return Piece {
                kind: Lexeme::Comment,
                loc: token.loc,
            };
        }
        token = lexer.next_raw();
    }
    let mut loc = token.loc;
    let is_escape = |lexer: &Lexer<'_>, kind, loc| kind == Tok::Bad && lexer.slice(loc) == "\\";
    let first_escape = is_escape(lexer, token.kind, token.loc);
    if !first_escape && !matches!(token.kind, Tok::Name | Tok::Number | Tok::LocalRef) {
        return Piece {
            kind: Lexeme::Plain(token.kind),
            loc,
        };
    }
    let mut has_escape = first_escape;
    let mut escaped = first_escape;
    loop {
        let before = *lexer;
        let next = lexer.next_raw();
        let is_next_escape = is_escape(lexer, next.kind, next.loc);
        let mut joins = is_next_escape
            || has_escape && matches!(next.kind, Tok::Name | Tok::Number | Tok::LocalRef);
        if escaped && !joins {
            // `\@` and `\()`
            joins = match next.kind {
                Tok::At => true,
                Tok::Open => lexer.next_raw().kind == Tok::Close,
                _ => false,
            };
        }
        if !joins {
            *lexer = before;
            break;
        }
        has_escape |= is_next_escape;
        escaped = is_next_escape;
        loc.end = next.loc.end + u32::from(next.kind == Tok::Open);
    }
    Piece {
        kind: if has_escape {
            Lexeme::Word
        } else {
            Lexeme::Plain(token.kind)
        },
        loc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexemes(text: &str) -> Vec<(Lexeme, &str)> {
        let mut lexer = Lexer::at(text, 0);
        std::iter::from_fn(|| {
            let piece = lexeme(&mut lexer);
            let range = piece.loc.start as usize..piece.loc.end as usize;
            (!piece.kind.is(Tok::Eof)).then(|| (piece.kind, &text[range]))
        })
        .collect()
    }

    #[test]
    fn parameters_join_what_is_next_to_them() {
        let words = |text| -> Vec<String> {
            lexemes(text)
                .into_iter()
                .filter(|(kind, _)| *kind == Lexeme::Word)
                .map(|(_, text)| text.to_owned())
                .collect()
        };
        assert_eq!(
            words(r"\a \b\@: x\()y.z 12\c"),
            [r"\a", r"\b\@", r"x\()y.z", r"12\c"]
        );
        assert_eq!(words(r"a b 12 (c) d@plt"), [""; 0]);
        assert_eq!(words(r"\(a \"), [r"\", r"\"]);
    }
}
