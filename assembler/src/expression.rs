//! Expressions: precedence climbing into postfix code, with constants folded on the way.

use crate::assembler::{Assembler, Parse};
use crate::lex::{self, Loc, NumberError, Tok, Token};
use crate::symbols::Definition;
use crate::value::{Binary, EvalError, Op, Unary, Value, fold_binary, fold_unary};

/// Parentheses and prefix operators nest at most this deep.
const MAX_DEPTH: u32 = 100;
/// An expression has at most this many steps.
const MAX_STEPS: usize = 4096;

impl Assembler<'_> {
    /// An expression.
    pub fn expression(&mut self) -> Parse<(Value, Loc)> {
        let start = self.input.token.loc;
        self.code.clear();
        self.operations(0)?;
        let loc = Loc {
            start: start.start,
            end: self.input.last_end,
        };
        let value = self.expressions.finish(&self.code);
        Ok((value, loc))
    }

    /// An expression whose value is a number here and now.
    pub fn absolute(&mut self) -> Parse<(i64, Loc)> {
        let (value, loc) = self.expression()?;
        Ok((self.evaluate_absolute(value, loc)?, loc))
    }

    /// The number that a value is here and now.
    pub fn evaluate_absolute(&mut self, value: Value, loc: Loc) -> Parse<i64> {
        // What the linker changes later does not change a number here.
        let precise = std::mem::replace(&mut self.symbols.precise, false);
        self.symbols.generation = self.symbols.generation.wrapping_add(1);
        let result = self.expressions.evaluate(value, &mut self.symbols);
        self.symbols.precise = precise;
        self.symbols.generation = self.symbols.generation.wrapping_add(1);
        match result {
            Ok(linear) => match linear.as_constant() {
                Some(n) => Ok(n),
                None => Err(self.error(loc, "expected absolute expression")),
            },
            Err(EvalError::NotRelocatable) => Err(self.error(loc, "expected absolute expression")),
            Err(error) => Err(self.evaluation_error(loc, error)),
        }
    }

    /// Operands joined by operators that bind at least as tightly as `min`.
    fn operations(&mut self, min: u8) -> Parse {
        self.primary()?;
        while let Some(op) =
            binary_operator(self.input.token.kind).filter(|op| op.precedence() >= min)
        {
            let operator = self.bump();
            self.operations(op.precedence() + 1)?;
            self.apply_binary(op, operator.loc)?;
        }
        Ok(())
    }

    fn primary(&mut self) -> Parse {
        let token = self.input.token;
        match token.kind {
            Tok::Number => {
                self.bump();
                let value = self.number(token)?;
                self.push(Op::Const(value), token.loc)
            }
            Tok::LocalRef => {
                self.bump();
                self.local_reference(token)
            }
            Tok::Char => {
                self.bump();
                let value = self.character(token)?;
                self.push(Op::Const(value), token.loc)
            }
            Tok::Name => {
                self.bump();
                self.name(token)
            }
            Tok::Open => self.nested(|this| {
                this.operations(0)?;
                this.expect(Tok::Close, "')'").map(|_| ())
            }),
            Tok::Plus => self.nested(Self::primary),
            Tok::Minus => self.prefix(Unary::Neg),
            Tok::Not => self.prefix(Unary::Not),
            Tok::Bang => self.prefix(Unary::IsZero),
            _ => Err(self.unexpected("expected expression")),
        }
    }

    /// Takes a token and parses what it opens, within the bound on nesting.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Parse) -> Parse {
        let token = self.bump();
        if self.depth >= MAX_DEPTH {
            return Err(self.error(
                token.loc,
                format!("expression is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn prefix(&mut self, op: Unary) -> Parse {
        let loc = self.input.token.loc;
        self.nested(Self::primary)?;
        match self.code.last_mut() {
            Some(Op::Const(n)) => {
                *n = fold_unary(op, *n);
                Ok(())
            }
            _ => self.push(Op::Unary(op), loc),
        }
    }

    /// A symbol; `.` is a label that is put here.
    fn name(&mut self, token: Token) -> Parse {
        let text = self.text(token.loc);
        if text == "." {
            let (section, offset) = (self.current as u32, self.here());
            let id = self.symbols.anonymous(section, offset, token.loc);
            return self.push(Op::Symbol(id, 0), token.loc);
        }
        let id = self.symbols.named(text, token.loc);
        match self.symbols.get(id).definition {
            // What is defined already has its present value, also if it is defined again later.
            Definition::Set(value) => {
                self.expressions.inline(value, &mut self.code);
                self.check_steps(token.loc)
            }
            _ => self.push(Op::Symbol(id, 0), token.loc),
        }
    }

    fn local_reference(&mut self, token: Token) -> Parse {
        let text = self.text(token.loc);
        let (digits, direction) = text.split_at(text.len() - 1);
        let Ok(number) = digits.parse::<u64>() else {
            return Err(self.error(token.loc, "number is too large"));
        };
        let id = if direction == "f" {
            self.symbols.numeric_forward(number, token.loc)
        } else if let Some(id) = self.symbols.numeric_backward(number) {
            id
        } else {
            return Err(self.error(
                token.loc,
                format!("there is no label '{number}:' before this line"),
            ));
        };
        self.push(Op::Symbol(id, 0), token.loc)
    }

    /// The value of a number.
    pub fn number(&mut self, token: Token) -> Parse<i64> {
        match lex::number_value(self.text(token.loc)) {
            Ok(value) => Ok(value as i64),
            Err(NumberError::Digit) => Err(self.error(token.loc, "invalid number")),
            Err(NumberError::TooLarge) => {
                Err(self.error(token.loc, "number does not fit in 64 bits"))
            }
        }
    }

    fn character(&mut self, token: Token) -> Parse<i64> {
        let text = &self.text(token.loc)[1..];
        let body = text
            .strip_suffix('\'')
            .filter(|b| !b.is_empty() && *b != "\\")
            .unwrap_or(text);
        let mut bytes = Vec::with_capacity(4);
        if lex::unescape(body, &mut bytes).is_err() {
            return Err(self.error(token.loc, "invalid escape sequence"));
        }
        match bytes[..] {
            [byte] => Ok(byte.into()),
            _ => Err(self.error(token.loc, "a character constant holds one byte")),
        }
    }

    fn push(&mut self, op: Op, loc: Loc) -> Parse {
        self.code.push(op);
        self.check_steps(loc)
    }

    fn check_steps(&mut self, loc: Loc) -> Parse {
        if self.code.len() > MAX_STEPS {
            return Err(self.error(
                loc,
                format!("expression has more than {MAX_STEPS} operands and operators"),
            ));
        }
        Ok(())
    }

    /// Adds an operator, or its result if it is known.
    fn apply_binary(&mut self, op: Binary, loc: Loc) -> Parse {
        let folded = match *self.code {
            [.., Op::Const(a), Op::Const(b)] => match fold_binary(op, a, b) {
                Some(n) => Some(Op::Const(n)),
                None => return Err(self.error(loc, "division by zero")),
            },
            [.., Op::Symbol(s, a), Op::Const(b)] => match op {
                Binary::Add => Some(Op::Symbol(s, a.wrapping_add(b))),
                Binary::Sub => Some(Op::Symbol(s, a.wrapping_sub(b))),
                _ => None,
            },
            [.., Op::Const(a), Op::Symbol(s, b)] if op == Binary::Add => {
                Some(Op::Symbol(s, a.wrapping_add(b)))
            }
            [.., Op::Symbol(s, a), Op::Symbol(t, b)] if op == Binary::Sub => self
                .symbols
                .distance(s, t)
                .map(|d| Op::Const(d.wrapping_add(a).wrapping_sub(b))),
            _ => None,
        };
        match folded {
            Some(result) => {
                self.code.truncate(self.code.len() - 2);
                self.push(result, loc)
            }
            None => self.push(Op::Binary(op), loc),
        }
    }
}

fn binary_operator(token: Tok) -> Option<Binary> {
    Some(match token {
        Tok::Star => Binary::Mul,
        Tok::Slash => Binary::Div,
        Tok::Percent => Binary::Rem,
        Tok::Shl => Binary::Shl,
        Tok::Shr => Binary::Shr,
        Tok::Or => Binary::Or,
        Tok::And => Binary::And,
        Tok::Xor => Binary::Xor,
        Tok::Bang => Binary::OrNot,
        Tok::Plus => Binary::Add,
        Tok::Minus => Binary::Sub,
        Tok::Eq => Binary::Eq,
        Tok::Ne => Binary::Ne,
        Tok::Lt => Binary::Lt,
        Tok::Le => Binary::Le,
        Tok::Gt => Binary::Gt,
        Tok::Ge => Binary::Ge,
        Tok::AndAnd => Binary::AndAnd,
        Tok::OrOr => Binary::OrOr,
        _ => return None,
    })
}
