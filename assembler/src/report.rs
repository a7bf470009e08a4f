//! What is reported: every error of the source once, with the way its text came to be read, up to a limit.

use crate::assembler::{Assembler, Reported};
use crate::lex::Loc;
use crate::value::EvalError;
use zktr_isa::span::{Diagnostic, Severity, Span};

/// Errors that are reported; more are only counted.
const MAX_ERRORS: usize = 100;

impl<'a> Assembler<'a> {
    /// The span of a range.
    pub fn span(&self, loc: Loc) -> Span {
        self.sources.span(loc)
    }

    /// Reports an error.
    #[cold]
    pub fn error(&mut self, loc: Loc, message: impl Into<String>) -> Reported {
        let diagnostic = Diagnostic::error(message, self.span(loc));
        self.report_at(loc, diagnostic)
    }

    /// Reports a diagnostic about a place, which tells how that came to be read.
    #[cold]
    pub fn report_at(&mut self, loc: Loc, diagnostic: Diagnostic) -> Reported {
        let diagnostic = self.sources.trail(diagnostic, loc);
        self.push_diagnostic(loc, diagnostic)
    }

    /// Reports a diagnostic about the present statement.
    #[cold]
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let at = self.input.token.loc;
        let diagnostic = self.sources.trail(diagnostic, at);
        self.push_diagnostic(at, diagnostic)
    }

    fn push_diagnostic(&mut self, loc: Loc, diagnostic: Diagnostic) -> Reported {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push((loc, diagnostic));
        }
        Reported
    }

    /// Reports that an expression has no value.
    pub fn evaluation_error(&mut self, loc: Loc, error: EvalError) -> Reported {
        let message = match error {
            EvalError::DivisionByZero => "division by zero".to_owned(),
            EvalError::NotRelocatable => "expected relocatable expression".to_owned(),
            EvalError::Cycle(id) => format!(
                "symbol '{}' is defined by itself",
                self.symbols.get(id).name
            ),
            EvalError::TooDeep(id) => {
                format!(
                    "definition of symbol '{}' is nested too deeply",
                    self.symbols.get(id).name
                )
            }
        };
        self.error(loc, message)
    }

    /// True if nothing usable results.
    pub fn failed(&self) -> bool {
        self.errors > 0
    }

    /// All diagnostics in the order in which a reader meets their places, who reads a macro or an included file where it
    /// is used; with a closing note if some were left out.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        let sources = &self.sources;
        self.diagnostics.sort_by_cached_key(|(loc, diagnostic)| {
            // The statement says which text it is, and how that came to be read; the message, where in it.
            let mut chain = sources.chain(loc.start);
            if let (Some((_, offset)), Some(span)) = (chain.last_mut(), &diagnostic.span) {
                *offset = span.range.start;
            }
            (diagnostic.span.is_none(), chain)
        });
        let diagnostics = self
            .diagnostics
            .into_iter()
            .map(|(_, diagnostic)| diagnostic);
        let mut diagnostics: Vec<Diagnostic> = diagnostics.collect();
        if self.errors > MAX_ERRORS {
            let mut note = Diagnostic::global(format!(
                "{} more errors are not shown",
                self.errors - MAX_ERRORS
            ));
            note.severity = Severity::Note;
            diagnostics.push(note);
        }
        diagnostics
    }
}
