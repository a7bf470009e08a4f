//! Grammar of `sem` texts: recursive descent for statements, precedence climbing for terms.
//!
//! Works on any text in time and memory linear in its length; nesting beyond [`MAX_HEIGHT`] is an error.

use super::ast::{Ast, AstKind, AstStmt, AstStmtKind, Name};
use super::lexer::{Lexeme, SyntaxError, Token, tokens};
use crate::algebra::{BinOp, ReduceOp, Width};
use std::ops::Range;

/// Highest term and deepest nesting that is accepted.
pub(crate) const MAX_HEIGHT: u16 = 64;

/// Words that cannot be names of variables.
pub(crate) const RESERVED: [&str; 12] = [
    "let", "carry", "for", "if", "else", "refuse", "true", "false", "pc", "next_pc", "XLEN",
    "status",
];

type Result<T> = std::result::Result<T, SyntaxError>;

/// Parses a list of statements.
pub(crate) fn statements(text: &str) -> Result<Vec<AstStmt<'_>>> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let mut out = Vec::new();
    while parser.peek() != Token::End {
        out.push(parser.statement()?);
    }
    Ok(out)
}

/// Parses one term.
pub(crate) fn term(text: &str) -> Result<Ast<'_>> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let term = parser.term()?;
    if parser.peek() != Token::End {
        return Err(parser.unexpected("the end of the term"));
    }
    Ok(term)
}

/// Binary operators: token, precedence, operation, whether the operands change places.
const OPERATORS: [(&str, u8, BinOp, bool); 16] = [
    ("*", 7, BinOp::Mul, false),
    ("/", 7, BinOp::DivU, false),
    ("%", 7, BinOp::RemU, false),
    ("+", 6, BinOp::Add, false),
    ("-", 6, BinOp::Sub, false),
    ("<<", 5, BinOp::Shl, false),
    (">>", 5, BinOp::ShrU, false),
    ("&", 4, BinOp::And, false),
    ("^", 3, BinOp::Xor, false),
    ("|", 2, BinOp::Or, false),
    ("==", COMPARISON, BinOp::Eq, false),
    ("!=", COMPARISON, BinOp::Ne, false),
    ("<", COMPARISON, BinOp::LtU, false),
    ("<=", COMPARISON, BinOp::LeU, false),
    (">", COMPARISON, BinOp::LtU, true),
    (">=", COMPARISON, BinOp::LeU, true),
];

const COMPARISON: u8 = 1;

/// Precedence and token of an operation that is written as an operator.
pub(crate) fn operator(op: BinOp) -> Option<(&'static str, u8)> {
    OPERATORS
        .iter()
        .find(|(_, _, o, swapped)| *o == op && !swapped)
        .map(|(token, precedence, ..)| (*token, *precedence))
}

struct Parser<'a> {
    tokens: Vec<Lexeme<'a>>,
    at: usize,
    depth: u16,
}

impl<'a> Parser<'a> {
    fn lexeme(&self) -> &Lexeme<'a> {
        // The last token is `End`, and nothing moves past it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> Token<'a> {
        self.lexeme().token
    }

    fn peek_second(&self) -> Token<'a> {
        self.tokens.get(self.at + 1).map_or(Token::End, |l| l.token)
    }

    fn advance(&mut self) -> Range<usize> {
        let range = self.lexeme().range.clone();
        self.at += 1;
        range
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = match self.peek() {
            Token::Name(name) => format!("`{name}`"),
            Token::Int(value) => format!("`{value}`"),
            Token::Punct(punct) => format!("`{punct}`"),
            Token::End => "the end of the text".to_owned(),
        };
        SyntaxError::new(
            format!("expected {expected}, found {found}"),
            self.lexeme().range.clone(),
        )
    }

    fn accept(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Token::Punct(p) if p == punct);
        self.at += usize::from(found);
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.peek() == Token::Name(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, punct: &str) -> Result<Range<usize>> {
        let range = self.lexeme().range.clone();
        if self.accept(punct) {
            Ok(range)
        } else {
            Err(self.unexpected(&format!("`{punct}`")))
        }
    }

    fn name(&mut self, what: &str) -> Result<Name<'a>> {
        let Token::Name(text) = self.peek() else {
            return Err(self.unexpected(what));
        };
        let range = self.advance();
        Ok(Name {
            text,
            start: range.start,
        })
    }

    /// The name of a variable to bind.
    fn binding(&mut self) -> Result<Name<'a>> {
        let name = self.name("a name")?;
        if RESERVED.contains(&name.text) {
            return Err(SyntaxError::new(
                format!("`{}` is a reserved word", name.text),
                name.range(),
            ));
        }
        Ok(name)
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_HEIGHT {
            let message = format!("nested deeper than {MAX_HEIGHT} levels");
            return Err(SyntaxError::new(message, self.lexeme().range.clone()));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn block(&mut self) -> Result<Vec<AstStmt<'a>>> {
        self.expect("{")?;
        let mut body = Vec::new();
        while !self.accept("}") {
            if self.peek() == Token::End {
                return Err(self.unexpected("`}`"));
            }
            body.push(self.statement()?);
        }
        Ok(body)
    }

    fn statement(&mut self) -> Result<AstStmt<'a>> {
        self.nested(|parser| {
            let start = parser.lexeme().range.start;
            let kind = parser.statement_kind()?;
            let end = parser.tokens[parser.at - 1].range.end;
            Ok(AstStmt {
                kind,
                range: start..end,
            })
        })
    }

    fn statement_kind(&mut self) -> Result<AstStmtKind<'a>> {
        if self.accept_word("let") {
            let name = self.binding()?;
            return Ok(AstStmtKind::Let {
                name,
                value: self.assigned()?,
            });
        }
        if self.accept_word("carry") {
            let name = self.binding()?;
            return Ok(AstStmtKind::Carry {
                name,
                value: self.assigned()?,
            });
        }
        if self.accept_word("for") {
            let var = self.binding()?;
            self.expect("<")?;
            let bound = self.term()?;
            return Ok(AstStmtKind::For {
                var,
                bound,
                body: self.block()?,
            });
        }
        if self.accept_word("if") {
            return self.if_statement();
        }
        if self.accept_word("refuse") {
            let status = self.name("a status")?;
            if !self.accept_word("unless") {
                return Err(self.unexpected("`unless`"));
            }
            let unless = self.term()?;
            self.expect(";")?;
            return Ok(AstStmtKind::Refuse { status, unless });
        }
        let name = self.name("a statement")?;
        if self.accept("(") {
            let args = self.list(")")?;
            self.expect(";")?;
            return Ok(AstStmtKind::Effect { name, args });
        }
        if self.accept("[") {
            let index = self.list("]")?;
            if self.accept("+=") {
                let value = self.term()?;
                self.expect(";")?;
                return Ok(AstStmtKind::Accumulate { name, index, value });
            }
            return Ok(AstStmtKind::AssignIndex {
                name,
                index,
                value: self.assigned()?,
            });
        }
        Ok(AstStmtKind::Assign {
            name,
            value: self.assigned()?,
        })
    }

    fn if_statement(&mut self) -> Result<AstStmtKind<'a>> {
        let cond = self.term()?;
        let then = self.block()?;
        let mut otherwise = Vec::new();
        if self.accept_word("else") {
            if self.peek() == Token::Name("if") {
                otherwise.push(self.statement()?);
            } else {
                otherwise = self.block()?;
            }
        }
        Ok(AstStmtKind::If {
            cond,
            then,
            otherwise,
        })
    }

    /// `= value;`
    fn assigned(&mut self) -> Result<Ast<'a>> {
        self.expect("=")?;
        let value = self.term()?;
        self.expect(";")?;
        Ok(value)
    }

    /// Terms separated by commas, up to `close`.
    fn list(&mut self, close: &str) -> Result<Vec<Ast<'a>>> {
        let mut items = Vec::new();
        if self.accept(close) {
            return Ok(items);
        }
        loop {
            items.push(self.term()?);
            if self.accept(close) {
                return Ok(items);
            }
            if !self.accept(",") {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn term(&mut self) -> Result<Ast<'a>> {
        self.nested(|parser| parser.binary(0))
    }

    fn binary(&mut self, above: u8) -> Result<Ast<'a>> {
        let mut left = self.unary()?;
        while let Token::Punct(token) = self.peek() {
            let Some(&(_, precedence, op, swapped)) = OPERATORS.iter().find(|o| o.0 == token)
            else {
                break;
            };
            if precedence <= above {
                break;
            }
            self.advance();
            let right = self.nested(|parser| parser.binary(precedence))?;
            if precedence == COMPARISON
                && matches!(self.peek(), Token::Punct(next) if OPERATORS.iter().any(|o| o.0 == next && o.1 == COMPARISON))
            {
                return Err(self.unexpected("no second comparison (use parentheses)"));
            }
            let range = left.range.start..right.range.end;
            let height = left.height.max(right.height);
            let (a, b) = if swapped {
                (right, left)
            } else {
                (left, right)
            };
            left = node(
                AstKind::Binary {
                    op,
                    left: Box::new(a),
                    right: Box::new(b),
                },
                range,
                height,
            )?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Ast<'a>> {
        let start = self.lexeme().range.start;
        let make: fn(Box<Ast<'a>>) -> AstKind<'a> = match self.peek() {
            Token::Punct("-") => AstKind::Neg,
            Token::Punct("~") => AstKind::Complement,
            Token::Punct("!") => AstKind::LogicalNot,
            _ => return self.primary(),
        };
        self.advance();
        // A negative literal is one literal, so that it is printed and read as the same.
        if let (Token::Punct("-"), Token::Int(value)) =
            (self.tokens[self.at - 1].token, self.peek())
        {
            let end = self.advance().end;
            return node(AstKind::Int(-value), start..end, 0);
        }
        let inner = self.nested(Self::unary)?;
        let (range, height) = (start..inner.range.end, inner.height);
        node(make(Box::new(inner)), range, height)
    }

    fn primary(&mut self) -> Result<Ast<'a>> {
        let range = self.lexeme().range.clone();
        match self.peek() {
            Token::Int(value) => {
                self.advance();
                node(AstKind::Int(value), range, 0)
            }
            Token::Punct("(") => {
                self.advance();
                let inner = self.term()?;
                let end = self.expect(")")?.end;
                Ok(Ast {
                    range: range.start..end,
                    ..inner
                })
            }
            Token::Name("if") => self.if_term(),
            Token::Name(word @ ("true" | "false")) => {
                self.advance();
                node(AstKind::Bool(word == "true"), range, 0)
            }
            Token::Name(word @ ("sum" | "prod")) if self.peek_second() == Token::Punct("(") => self
                .reduce(if word == "sum" {
                    ReduceOp::Sum
                } else {
                    ReduceOp::Prod
                }),
            Token::Name(_) => self.named(),
            _ => Err(self.unexpected("a term")),
        }
    }

    fn named(&mut self) -> Result<Ast<'a>> {
        let name = self.name("a name")?;
        let start = name.start;
        if self.accept("[") {
            let index = self.list("]")?;
            let height = tallest(&index);
            return node(
                AstKind::Index { name, index },
                start..self.tokens[self.at - 1].range.end,
                height,
            );
        }
        if self.accept(".") {
            let member = self.name("a name")?;
            return node(
                AstKind::Member { base: name, member },
                start..member.range().end,
                0,
            );
        }
        if self.accept("(") {
            let (args, width) = if matches!(name.text, "sext" | "zext" | "trunc") {
                let argument = self.term()?;
                self.expect(",")?;
                let width = self.width()?;
                self.expect(")")?;
                (vec![argument], Some(width))
            } else {
                (self.list(")")?, None)
            };
            let height = tallest(&args);
            return node(
                AstKind::Call { name, args, width },
                start..self.tokens[self.at - 1].range.end,
                height,
            );
        }
        node(AstKind::Name(name.text), name.range(), 0)
    }

    /// `32`, `XLEN` or `2*XLEN`
    fn width(&mut self) -> Result<Width> {
        let range = self.lexeme().range.clone();
        match self.peek() {
            Token::Name("XLEN") => {
                self.advance();
                Ok(Width::Xlen)
            }
            Token::Name("CELL") => {
                self.advance();
                Ok(Width::Cell)
            }
            Token::Int(2) if self.peek_second() == Token::Punct("*") => {
                self.advance();
                self.advance();
                if self.accept_word("XLEN") {
                    Ok(Width::TwiceXlen)
                } else {
                    Err(self.unexpected("`XLEN`"))
                }
            }
            Token::Int(value) => {
                self.advance();
                match u8::try_from(value) {
                    Ok(bits @ 1..=128) => Ok(Width::Fixed(bits)),
                    _ => Err(SyntaxError::new("a width is from 1 to 128 bits", range)),
                }
            }
            _ => Err(self.unexpected("a width: a number, `XLEN`, `2*XLEN` or `CELL`")),
        }
    }

    fn if_term(&mut self) -> Result<Ast<'a>> {
        let start = self.advance().start;
        let cond = self.term()?;
        self.expect("{")?;
        let then = self.term()?;
        self.expect("}")?;
        if !self.accept_word("else") {
            return Err(self.unexpected("`else` (a term has a value on both sides)"));
        }
        let otherwise = if self.peek() == Token::Name("if") {
            self.nested(Self::if_term)?
        } else {
            self.expect("{")?;
            let otherwise = self.term()?;
            self.expect("}")?;
            otherwise
        };
        let height = cond.height.max(then.height).max(otherwise.height);
        let kind = AstKind::If {
            cond: Box::new(cond),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        node(kind, start..self.tokens[self.at - 1].range.end, height)
    }

    fn reduce(&mut self, op: ReduceOp) -> Result<Ast<'a>> {
        let start = self.advance().start;
        self.expect("(")?;
        let var = self.binding()?;
        self.expect("<")?;
        let bound = self.term()?;
        self.expect(")")?;
        self.expect("{")?;
        let body = self.term()?;
        let end = self.expect("}")?.end;
        let height = bound.height.max(body.height);
        node(
            AstKind::Reduce {
                op,
                var,
                bound: Box::new(bound),
                body: Box::new(body),
            },
            start..end,
            height,
        )
    }
}

fn tallest(terms: &[Ast<'_>]) -> u16 {
    terms.iter().map(|t| t.height).max().unwrap_or(0)
}

/// A term whose parts are at most `height` high.
fn node(kind: AstKind<'_>, range: Range<usize>, height: u16) -> Result<Ast<'_>> {
    if height >= MAX_HEIGHT {
        let mut error = SyntaxError::new(format!("term of more than {MAX_HEIGHT} levels"), range);
        error.help = Some("name parts of it with `let`".to_owned());
        return Err(error);
    }
    Ok(Ast {
        kind,
        range,
        height: height + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_that_of_the_operators() {
        let AstKind::Binary {
            op: BinOp::Or,
            left,
            ..
        } = term("a & 3 | b << 1 + 2").unwrap().kind
        else {
            panic!()
        };
        assert!(matches!(left.kind, AstKind::Binary { op: BinOp::And, .. }));
        let AstKind::Binary {
            op: BinOp::Sub,
            left,
            ..
        } = term("a - b - c").unwrap().kind
        else {
            panic!()
        };
        assert!(matches!(left.kind, AstKind::Binary { op: BinOp::Sub, .. }));
    }

    #[test]
    fn negative_literals_are_literals() {
        assert!(matches!(term("-1").unwrap().kind, AstKind::Int(-1)));
        assert!(matches!(term("-x").unwrap().kind, AstKind::Neg(_)));
        assert!(matches!(term("-(1)").unwrap().kind, AstKind::Neg(_)));
    }

    #[test]
    fn nesting_is_bounded() {
        for text in [
            "(".repeat(100_000),
            "-".repeat(100_000),
            "if a { b } else ".repeat(100_000),
            "f(".repeat(100_000),
            vec!["a"; 100_000].join("+"),
            "a[".repeat(100_000),
        ] {
            let error = term(&text).unwrap_err();
            assert!(error.message.contains("levels"), "{}", error.message);
        }
        for text in [
            "for i < n {".repeat(100_000),
            "if a { } else ".repeat(100_000),
            "if a {".repeat(100_000),
        ] {
            assert!(statements(&text).unwrap_err().message.contains("levels"));
        }
    }

    #[test]
    fn syntax_errors_have_a_place() {
        for (text, place) in [
            ("a +", 3..3),
            ("a b", 2..3),
            ("sext(a)", 6..7),
            ("zext(a, 0)", 8..9),
            ("a < b < c", 6..7),
        ] {
            assert_eq!(term(text).unwrap_err().range, place, "{text}");
        }
        for text in [
            "let if = 1;",
            "x = 1",
            "for i n {}",
            "if a { x = 1;",
            "ecall()",
            "}",
            "= 3;",
        ] {
            assert!(statements(text).is_err(), "{text}");
        }
    }
}
