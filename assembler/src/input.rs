//! Where statements come from: a stack of texts, the innermost being read. Files are included and macros are
//! expanded by pushing a text; its end returns to the statement behind the one that pushed it.

use crate::assembler::{Assembler, Parse};
use crate::lex::{Lexer, Loc, Tok, Token};
use crate::sources::{Reason, Sources};
use std::sync::Arc;
use zktr_isa::span::Source;

/// How many texts may be read at a time.
const MAX_DEPTH: usize = 200;
/// Bytes that all macros and repetitions together may expand to.
const MAX_EXPANSION: usize = 1 << 26;
/// Texts that may be read besides the source: each needs memory of its own, however short it is.
const MAX_TEXTS: usize = 1 << 20;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// A file.
    File,
    /// The body of a macro.
    Macro,
    /// The body of a repetition, which is read this many times more.
    Repetition(u64),
}

/// A text that is being read, and how far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub lexer: Lexer<'a>,
    pub token: Token,
    pub last_end: u32,
    pub kind: InputKind,
    /// How many conditions were open at its start.
    pub conditions: usize,
    /// In a file: an offset, and the line that it is on.
    pub line: (usize, u32),
}

impl<'a> Assembler<'a> {
    /// Reads a text before what follows the present statement.
    pub fn push_input(
        &mut self,
        source: Arc<Source>,
        reason: Reason,
        kind: InputKind,
        loc: Loc,
    ) -> Parse {
        if self.outer_inputs.len() + 1 >= MAX_DEPTH {
            let message = match kind {
                InputKind::File => {
                    format!("files cannot be included more than {MAX_DEPTH} levels deep")
                }
                _ => format!("macros cannot be nested more than {MAX_DEPTH} levels deep"),
            };
            let error = self.error(loc, message);
            // What nests without end may do so many times over: nothing behind it would be read in bounded time.
            self.end_source();
            return Err(error);
        }
        if self.sources.len() >= MAX_TEXTS {
            let message = format!("macros and files are expanded more than {MAX_TEXTS} times");
            let error = self.error(loc, message);
            self.end_source();
            return Err(error);
        }
        let repetitions = match kind {
            InputKind::Repetition(n) => usize::try_from(n).unwrap_or(usize::MAX).saturating_add(1),
            _ => 1,
        };
        let work = (source.text.len() + 1).saturating_mul(repetitions);
        self.expanded = self.expanded.saturating_add(work);
        if kind != InputKind::File && self.expanded > MAX_EXPANSION {
            let message =
                format!("macros and repetitions expand to more than {MAX_EXPANSION} bytes");
            return Err(self.error(loc, message));
        }
        let Some(base) = self.sources.add(&source, reason) else {
            return Err(self.error(loc, "the source is longer than 4 GiB"));
        };
        let source: &'a Arc<Source> = self.texts.alloc(source);
        let conditions = self.conditions.len();
        let inner = Input {
            lexer: Lexer::at(&source.text, base),
            token: Token {
                kind: Tok::End,
                loc: Loc {
                    start: base,
                    end: base,
                },
            },
            last_end: base,
            kind,
            conditions,
            line: (0, 1),
        };
        let outer = std::mem::replace(&mut self.input, inner);
        self.outer_inputs.push(outer);
        self.entered = true;
        Ok(())
    }

    /// Goes on with the text outside of the one that is at its end, or repeats it; false at the end of all.
    pub fn pop_input(&mut self) -> bool {
        let open = self
            .conditions
            .split_off(self.input.conditions.min(self.conditions.len()));
        for condition in open {
            self.error(condition.loc, "unmatched .ifs or .elses");
        }
        if let InputKind::Repetition(more @ 1..) = self.input.kind {
            self.input.kind = InputKind::Repetition(more - 1);
            self.input.lexer.rewind();
            self.bump();
            return true;
        }
        match self.outer_inputs.pop() {
            Some(outer) => {
                self.input = outer;
                true
            }
            None => false,
        }
    }

    /// `.exitm`: leaves the innermost macro.
    pub fn exit_macro(&mut self, loc: Loc) -> Parse {
        let in_macro = |kind: InputKind| kind == InputKind::Macro;
        let inside =
            in_macro(self.input.kind) || self.outer_inputs.iter().any(|i| in_macro(i.kind));
        if !inside {
            return Err(self.error(
                loc,
                "unexpected '.exitm' in file, no current macro definition",
            ));
        }
        while !in_macro(self.input.kind) {
            let Some(outer) = self.outer_inputs.pop() else {
                break;
            };
            self.input = outer;
        }
        self.conditions.truncate(self.input.conditions);
        self.input.lexer.finish();
        self.bump();
        self.entered = true;
        Ok(())
    }

    /// `.end`: the source ends here.
    pub fn end_source(&mut self) {
        self.outer_inputs.clear();
        self.conditions.clear();
        self.input.conditions = 0;
        self.input.kind = InputKind::File;
        self.input.lexer.finish();
        self.bump();
        self.entered = true;
    }

    /// The rest of the statement as it is written.
    pub fn raw_rest(&mut self) -> (&'a str, Loc) {
        let start = self.input.token.loc.start;
        let mut end = start;
        while !self.at_end() {
            end = self.bump().loc.end;
        }
        let loc = Loc { start, end };
        (self.text(loc), loc)
    }

    /// The lines up to a directive that closes what `opening` directives open; they are skipped with it.
    /// The present statement has to be at its end.
    pub fn block(&mut self, opening: &[&str], closing: &[&str], opened_at: Loc) -> Parse<Loc> {
        self.bump();
        let start = self.input.token.loc.start;
        let mut depth = 0usize;
        loop {
            let first = self.input.token;
            match first.kind {
                Tok::Eof => {
                    let name = closing.first().copied().unwrap_or_default();
                    let opened = self.text(opened_at);
                    let message =
                        format!("no matching '{name}' in definition: '{opened}' is not closed");
                    return Err(self.error(opened_at, message));
                }
                Tok::Name => {
                    let text = self.text(first.loc);
                    if opening.iter().any(|name| text.eq_ignore_ascii_case(name)) {
                        depth += 1;
                    } else if closing.iter().any(|name| text.eq_ignore_ascii_case(name)) {
                        if depth == 0 {
                            self.bump();
                            let body = Loc {
                                start,
                                end: first.loc.start,
                            };
                            return Ok(body);
                        }
                        depth -= 1;
                    }
                }
                _ => {}
            }
            while !self.at_end() {
                self.bump();
            }
            if self.input.token.kind == Tok::End {
                self.bump();
            }
        }
    }

    /// A text made from a macro or repetition at `loc`.
    pub fn push_expansion(&mut self, text: String, kind: InputKind, loc: Loc) -> Parse {
        self.push_input(
            Sources::instantiation(text),
            Reason::Expanded(loc),
            kind,
            loc,
        )
    }
}
