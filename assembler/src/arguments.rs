//! Operand lists as they are written: names, values and punctuation, before anything is known about
//! what the mnemonic takes.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, Tok};
use crate::section::Modifier;
use crate::value::Value;

/// An instruction has at most this many operands and punctuation marks.
const MAX_PIECES: usize = 64;

/// A piece of an operand list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// What it is.
    pub kind: PieceKind<'a>,
    /// Where.
    pub loc: Loc,
}

/// Kinds of pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PieceKind<'a> {
    /// `,`, `(` or `)`.
    Punct(char),
    /// A name by itself: a register, a CSR, a symbol, a fence set.
    Name(&'a str),
    /// Any other expression.
    Value(Value),
    /// `%hi(value)` and the like.
    Modified(Modifier, Value),
}

impl<'a> Assembler<'a> {
    /// Reads the rest of the statement as an operand list into `self.pieces`.
    pub fn read_arguments(&mut self) -> Parse {
        self.pieces.clear();
        if self.at_end() {
            return Ok(());
        }
        loop {
            self.argument()?;
            if self.at_end() {
                return Ok(());
            }
            if self.input.token.kind != Tok::Comma {
                return Err(self.unexpected("unexpected token, expected ',' or end of statement"));
            }
            self.punctuation(',')?;
        }
    }

    /// A piece, with a second one in parentheses behind it if there is one.
    fn argument(&mut self) -> Parse {
        if self.register_in_parentheses() {
            return self.base();
        }
        self.single_argument()?;
        if self.input.token.kind == Tok::Open {
            self.base()
        } else {
            Ok(())
        }
    }

    /// `(` piece `)`.
    fn base(&mut self) -> Parse {
        self.punctuation('(')?;
        self.single_argument()?;
        if self.input.token.kind != Tok::Close {
            return Err(self.unexpected("expected ')'"));
        }
        self.punctuation(')')
    }

    fn single_argument(&mut self) -> Parse {
        let first = self.input.token;
        match first.kind {
            Tok::Name => {
                let start = (self.input.lexer, self.input.token, self.input.last_end);
                self.bump();
                self.skip_plt_suffix()?;
                let alone = matches!(
                    self.input.token.kind,
                    Tok::Comma | Tok::End | Tok::Eof | Tok::Open | Tok::Close
                );
                if alone && self.text(first.loc) != "." {
                    return self.piece(PieceKind::Name(self.text(first.loc)), first.loc);
                }
                (self.input.lexer, self.input.token, self.input.last_end) = start;
            }
            Tok::Percent => return self.modified(),
            _ => {}
        }
        let (value, loc) = self.expression()?;
        self.piece(PieceKind::Value(value), loc)
    }

    /// `@plt`, which compilers write and which changes nothing.
    fn skip_plt_suffix(&mut self) -> Parse {
        if self.eat(Tok::At) {
            let suffix = self.expect(Tok::Name, "'plt'")?;
            if self.text(suffix.loc) != "plt" {
                return Err(self.error(suffix.loc, "expected 'plt'"));
            }
        }
        Ok(())
    }

    /// `%name(expression)`
    fn modified(&mut self) -> Parse {
        let percent = self.bump();
        let name = self.expect(Tok::Name, "the name of a relocation, as in %hi(symbol)")?;
        let loc = percent.loc.to(name.loc);
        let text = self.text(name.loc);
        let Some(&(_, modifier)) = Modifier::ALL.iter().find(|(known, _)| *known == text) else {
            let known = Modifier::ALL.iter().map(|x| x.0);
            return Err(self.error_with_suggestion(
                loc,
                "unrecognized relocation specifier",
                text,
                known,
            ));
        };
        self.expect(Tok::Open, "'('")?;
        let (value, _) = self.expression()?;
        let end = self.expect(Tok::Close, "')'")?;
        self.piece(PieceKind::Modified(modifier, value), loc.to(end.loc))
    }

    /// True before `(register)`, which is a base and not an expression.
    fn register_in_parentheses(&self) -> bool {
        let mut lexer = self.input.lexer;
        self.input.token.kind == Tok::Open && {
            let name = lexer.next();
            name.kind == Tok::Name
                && self.names.register(self.text(name.loc)).is_some()
                && lexer.next().kind == Tok::Close
        }
    }

    fn punctuation(&mut self, mark: char) -> Parse {
        let token = self.bump();
        self.piece(PieceKind::Punct(mark), token.loc)
    }

    fn piece(&mut self, kind: PieceKind<'a>, loc: Loc) -> Parse {
        if self.pieces.len() >= MAX_PIECES {
            return Err(self.error(loc, "too many operands for instruction"));
        }
        self.pieces.push(Piece { kind, loc });
        Ok(())
    }
}
