//! Statements: the labels, assignments, directives and instructions of a text, one after another, by its tokens.

use crate::assembler::{Assembler, Parse, Reported};
use crate::encoding;
use crate::lex::{self, Loc, Tok, Token};
use crate::symbols::{Definition, SymbolId};
use zktr_isa::span::Diagnostic;

impl<'a> Assembler<'a> {
    /// Reads the whole source.
    pub fn run(&mut self) {
        self.bump();
        loop {
            while self.input.token.kind != Tok::Eof {
                // What is listed goes the long way, statement by statement.
                let result = if self.options.listing {
                    if !self.at_end() {
                        self.note_statement();
                    }
                    self.statement()
                } else {
                    self.short_statements().and_then(|()| self.statement())
                };
                if result.is_err() {
                    self.entered = false;
                    self.skip_statement();
                }
            }
            if !self.pop_input() {
                return;
            }
        }
    }

    /// One statement, with the labels before it.
    fn statement(&mut self) -> Parse {
        while matches!(self.input.token.kind, Tok::Name | Tok::Number) {
            let first = self.bump();
            match (self.input.token.kind, first.kind) {
                (Tok::Colon, Tok::Name) => {
                    self.bump();
                    self.note_label();
                    self.define_label(first)?;
                }
                (Tok::Colon, _) => {
                    self.bump();
                    self.note_label();
                    self.define_numeric_label(first)?;
                }
                (Tok::Assign, Tok::Name) => {
                    self.bump();
                    self.assignment(first)?;
                    return self.end_of_statement();
                }
                (_, Tok::Name) => {
                    if !self.macros.is_empty() && self.macros.contains_key(self.text(first.loc)) {
                        self.invoke_macro(first)?;
                    } else if self.input.lexer.slice(first.loc).starts_with('.') {
                        self.directive(first)?;
                    } else {
                        self.instruction_remembered(first)?;
                    }
                    self.fresh_labels.clear();
                    if std::mem::take(&mut self.entered) {
                        return Ok(());
                    }
                    return self.end_of_statement();
                }
                _ => return Err(self.error(first.loc, "unexpected token at start of statement")),
            }
        }
        self.end_of_statement()
    }

    fn define_label(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        if text == "." {
            return Err(self.error(name.loc, "'.' is not a label; use .org or .zero to move on"));
        }
        let id = self.symbols.named(text, name.loc);
        self.check_undefined(id, name.loc)?;
        let definition = Definition::Label {
            section: self.current as u32,
            offset: self.here(),
        };
        self.symbols.define(id, definition, name.loc);
        self.fresh_labels.push(id);
        Ok(())
    }

    fn define_numeric_label(&mut self, number: Token) -> Parse {
        let value = self.number(number)? as u64;
        let (section, offset) = (self.current as u32, self.here());
        let id = self
            .symbols
            .define_numeric(value, section, offset, number.loc);
        self.fresh_labels.push(id);
        Ok(())
    }

    /// Reports a second definition.
    pub fn check_undefined(&mut self, id: SymbolId, loc: Loc) -> Parse {
        let symbol = self.symbols.get(id);
        if symbol.definition == Definition::Undefined {
            return Ok(());
        }
        let (name, earlier) = (symbol.name, symbol.loc);
        let diagnostic = Diagnostic::error(
            format!("symbol '{name}' is already defined"),
            self.span(loc),
        )
        .note("previous definition is here", Some(self.span(earlier)));
        Err(self.report(diagnostic))
    }

    /// `name = value`, after the `=`.
    pub fn assignment(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        let (value, _) = self.expression()?;
        if text == "." {
            return Err(self.error(name.loc, "assignment to '.' is not supported; use .org"));
        }
        let id = self.symbols.named(text, name.loc);
        if !matches!(self.symbols.get(id).definition, Definition::Set(_)) {
            self.check_undefined(id, name.loc)?;
        }
        self.symbols.define(id, Definition::Set(value), name.loc);
        Ok(())
    }

    /// Takes the next token.
    pub fn bump(&mut self) -> Token {
        let token = self.input.token;
        self.input.last_end = token.loc.end;
        self.input.token = self.input.lexer.next();
        token
    }

    /// The text of a token.
    pub fn text(&self, loc: Loc) -> &'a str {
        self.input.lexer.slice(loc)
    }

    /// True at the end of a statement.
    pub fn at_end(&self) -> bool {
        matches!(self.input.token.kind, Tok::End | Tok::Eof)
    }

    /// Takes the next token if it is of this kind.
    pub fn eat(&mut self, kind: Tok) -> bool {
        let found = self.input.token.kind == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Demands a token of this kind.
    pub fn expect(&mut self, kind: Tok, what: &str) -> Parse<Token> {
        if self.input.token.kind == kind {
            return Ok(self.bump());
        }
        Err(self.unexpected(&format!("expected {what}")))
    }

    /// Reports the next token as an error, by its own fault if it has one.
    pub fn unexpected(&mut self, message: &str) -> Reported {
        let loc = self.input.token.loc;
        match self.input.token.kind {
            Tok::OpenStr => self.error(loc, "unterminated string"),
            Tok::OpenComment => self.error(
                Loc {
                    start: loc.start,
                    end: loc.start + 2,
                },
                "unterminated comment",
            ),
            Tok::Bad => self.error(loc, "invalid character in input"),
            _ => self.error(loc, message),
        }
    }

    /// Demands the end of the statement, and takes it.
    pub fn end_of_statement(&mut self) -> Parse {
        match self.input.token.kind {
            Tok::Eof => Ok(()),
            Tok::End => {
                self.bump();
                Ok(())
            }
            _ => Err(self.unexpected("unexpected token, expected end of statement")),
        }
    }

    /// A name that may contain `-`, as the next token and what follows it directly.
    pub fn dashed_name(&mut self, what: &str) -> Parse<Loc> {
        if self.input.token.kind != Tok::Name {
            return Err(self.unexpected(&format!("expected {what}")));
        }
        let loc = self.input.lexer.dashed_name(self.input.token);
        self.input.last_end = loc.end;
        self.input.token = self.input.lexer.next();
        Ok(loc)
    }

    /// The bytes of a string, into `self.bytes`.
    pub fn string(&mut self) -> Parse<Loc> {
        let token = self.expect(Tok::Str, "string")?;
        let text = self.text(token.loc);
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let result = lex::unescape(&text[1..text.len() - 1], &mut bytes);
        encoding::restore(&mut bytes);
        self.bytes = bytes;
        result.map(|()| token.loc).map_err(|range| {
            let base = token.loc.start + 1;
            let loc = Loc {
                start: base + range.start as u32,
                end: base + range.end as u32,
            };
            self.error(loc, "invalid escape sequence")
        })
    }

    fn skip_statement(&mut self) {
        self.fresh_labels.clear();
        self.depth = 0;
        while !self.at_end() {
            self.bump();
        }
        if self.input.token.kind == Tok::End {
            self.bump();
        }
    }
}
