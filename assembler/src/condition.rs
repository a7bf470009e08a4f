//! Conditional assembly: `.if` and its relatives. What a false condition excludes is not read at all.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, Tok};
use crate::symbols::Definition;
use zktr_isa::span::Diagnostic;

/// How many conditions may be open at a time.
const MAX_OPEN: usize = 1000;

/// A condition that is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition {
    /// Where it was opened.
    pub loc: Loc,
    /// One of its branches has been read.
    taken: bool,
    /// `.else` has been there.
    last: bool,
}

/// Comparisons of a number with zero, of texts, and of symbols with what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// `.if`, `.ifne`
    NotZero,
    /// `.ifeq`
    Zero,
    /// `.iflt`
    Negative,
    /// `.ifle`
    NotPositive,
    /// `.ifgt`
    Positive,
    /// `.ifge`
    NotNegative,
    /// `.ifdef`; with `false`: `.ifndef`
    Defined(bool),
    /// `.ifb`; with `false`: `.ifnb`
    Blank(bool),
    /// `.ifc`; with `false`: `.ifnc`
    SameText(bool),
    /// `.ifeqs`; with `false`: `.ifnes`
    SameString(bool),
}

impl Assembler<'_> {
    /// `.if` and the like, behind the name.
    pub fn open_condition(&mut self, test: Test, loc: Loc) -> Parse {
        // A condition that makes no sense counts as false, so that its `.endif` has something to close.
        let result = self.test(test);
        if self.conditions.len() >= MAX_OPEN {
            return Err(self.error(
                loc,
                format!("conditions cannot be nested more than {MAX_OPEN} levels deep"),
            ));
        }
        let taken = result.unwrap_or(false);
        self.conditions.push(Condition {
            loc,
            taken,
            last: false,
        });
        if let Err(reported) = result {
            self.raw_rest();
            self.skip_branch();
            return Err(reported);
        }
        if !taken {
            self.statement_end()?;
            self.skip_branch();
        }
        Ok(())
    }

    /// `.else`, and `.elseif` with a test.
    pub fn next_condition(&mut self, test: bool, loc: Loc) -> Parse {
        if !self.take_branch(test, loc)? {
            self.statement_end()?;
            self.skip_branch();
        }
        Ok(())
    }

    /// Begins another branch of the innermost condition; is it to be read?
    fn take_branch(&mut self, test: bool, loc: Loc) -> Parse<bool> {
        let name = if test { ".elseif" } else { ".else" };
        let base = self.input.conditions;
        let open = self.conditions.get(base..).and_then(<[_]>::last);
        let Some(&Condition {
            taken,
            last,
            loc: opened,
        }) = open
        else {
            let message = format!("encountered a {name} that doesn't follow an .if or an .elseif");
            return Err(self.error(loc, message));
        };
        if last {
            let message = format!("encountered a {name} behind the .else");
            let diagnostic = Diagnostic::error(message, self.span(loc))
                .note("the condition is here", Some(self.span(opened)));
            return Err(self.report(diagnostic));
        }
        let mut holds = !taken;
        if test {
            if taken {
                self.raw_rest();
            } else {
                holds = self.test(Test::NotZero)?;
            }
        }
        if let Some(condition) = self.conditions.last_mut() {
            condition.last = !test;
            condition.taken |= holds;
        }
        Ok(holds)
    }

    /// `.endif`
    pub fn close_condition(&mut self, loc: Loc) -> Parse {
        if self.conditions.len() <= self.input.conditions {
            return Err(self.error(
                loc,
                "encountered a .endif that doesn't follow an .if or .else",
            ));
        }
        self.conditions.pop();
        Ok(())
    }

    fn statement_end(&mut self) -> Parse {
        if self.at_end() {
            return Ok(());
        }
        Err(self.unexpected("unexpected token, expected end of statement"))
    }

    /// Skips statements up to the `.else`, `.elseif` or `.endif` of the innermost condition. The statement before
    /// is at its end, and so is the one that is found, unless it has to be read.
    fn skip_branch(&mut self) {
        let mut depth = 0usize;
        while self.input.token.kind != Tok::Eof {
            self.bump();
            let first = self.input.token;
            if first.kind == Tok::Name {
                let name = self.text(first.loc).to_ascii_lowercase();
                match name.as_str() {
                    ".endif" if depth == 0 => {
                        self.conditions.pop();
                        self.bump();
                        return;
                    }
                    ".endif" => depth -= 1,
                    ".else" | ".elseif" if depth == 0 => {
                        self.bump();
                        // An error is reported, and its branch is skipped.
                        if self
                            .take_branch(name == ".elseif", first.loc)
                            .unwrap_or(false)
                        {
                            return;
                        }
                    }
                    name if name.starts_with(".if") => depth += 1,
                    _ => {}
                }
            }
            while !self.at_end() {
                self.bump();
            }
        }
    }

    fn test(&mut self, test: Test) -> Parse<bool> {
        Ok(match test {
            Test::NotZero => self.absolute()?.0 != 0,
            Test::Zero => self.absolute()?.0 == 0,
            Test::Negative => self.absolute()?.0 < 0,
            Test::NotPositive => self.absolute()?.0 <= 0,
            Test::Positive => self.absolute()?.0 > 0,
            Test::NotNegative => self.absolute()?.0 >= 0,
            Test::Defined(wanted) => {
                let name = self.expect(Tok::Name, "identifier after '.ifdef'")?;
                let text = self.text(name.loc);
                let defined = self.symbols.find(text).is_some_and(|id| {
                    !matches!(self.symbols.get(id).definition, Definition::Undefined)
                });
                defined == wanted
            }
            Test::Blank(wanted) => self.raw_rest().0.trim().is_empty() == wanted,
            Test::SameText(wanted) => {
                let (text, loc) = self.raw_rest();
                let Some((a, b)) = text.split_once(',') else {
                    return Err(self.error(
                        loc,
                        "expected comma after first string for '.ifc' directive",
                    ));
                };
                (a.trim() == b.trim()) == wanted
            }
            Test::SameString(wanted) => {
                let first = self.expect(Tok::Str, "string parameter for '.ifeqs' directive")?;
                self.expect(
                    Tok::Comma,
                    "comma after first string for '.ifeqs' directive",
                )?;
                let second = self.expect(Tok::Str, "string parameter for '.ifeqs' directive")?;
                (self.text(first.loc) == self.text(second.loc)) == wanted
            }
        })
    }
}
