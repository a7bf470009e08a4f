//! Positions in source files, and diagnostics that point at them.
//!
//! One diagnostic type serves spec files, assembly source and CLIF, so that every tool of the
//! project prints `file:line:col: error: message` in the same way.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A file that a position can refer to: its name as given by the user, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name for messages.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Where each line starts, found when it is first asked for: files have millions of lines, and each may have a message.
    starts: OnceLock<Vec<usize>>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

impl Eq for Source {}

/// A byte range of a [`Source`].
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub source: Arc<Source>,
    /// Byte range within `source.text`; may be empty (a position between two bytes).
    pub range: Range<usize>,
}

impl std::fmt::Debug for Span {
    /// The file's name and the range: not the file, which would fill the screen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:?}", self.source.name, self.range)
    }
}

impl Source {
    /// A source with this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            starts: OnceLock::new(),
        })
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let breaks = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }

    /// Line and column, both from 1, of a byte offset. The column counts characters.
    /// An offset past the end, or inside of a character, is moved back to the nearest boundary.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let starts = self.starts();
        let line = starts.partition_point(|&start| start <= end);
        let start = starts[line - 1];
        (line, self.text[start..end].chars().count() + 1)
    }

    /// The text of a line, counted from 1, without its line break.
    pub fn line(&self, number: usize) -> &str {
        let line = &self.text[self.line_range(number)];
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// The bytes of a line, counted from 1, with its line break; empty, and at the end, behind the last line.
    pub fn line_range(&self, number: usize) -> Range<usize> {
        let starts = self.starts();
        let at = |number: usize| starts.get(number).copied().unwrap_or(self.text.len());
        at(number.saturating_sub(1))..at(number.max(1))
    }
}

impl Span {
    /// The range of this source.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        Self {
            source: source.clone(),
            range,
        }
    }
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Further facts about another diagnostic.
    Note,
    /// Suspicious, but the result is usable.
    Warning,
    /// No usable result.
    Error,
}

/// A message about a place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error, warning or note.
    pub severity: Severity,
    /// One line, lower case, without a full stop, in LLVM's wording where there is one.
    pub message: String,
    /// Where; none for a message about a whole file or run.
    pub span: Option<Span>,
    /// Notes that belong to this message: (text, where).
    pub notes: Vec<(String, Option<Span>)>,
    /// What to do, for example "did you mean `addi`?".
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at this place.
    pub fn error(message: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            notes: Vec::new(),
            help: None,
        }
    }

    /// An error without a place.
    pub fn global(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            notes: Vec::new(),
            help: None,
        }
    }

    /// The same as a warning.
    pub fn warning(message: impl Into<String>, span: Span) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message, span)
        }
    }

    /// With a note.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>, span: Option<Span>) -> Self {
        self.notes.push((text.into(), span));
        self
    }

    /// With a way forward.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

impl std::fmt::Display for Diagnostic {
    /// `file:line:col: error: message`, the line, a caret below it, then notes and help.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write_message(f, severity, &self.message, self.span.as_ref())?;
        for (text, span) in &self.notes {
            write_message(f, "note", text, span.as_ref())?;
        }
        if let Some(help) = &self.help {
            writeln!(f, "  = help: {help}")?;
        }
        Ok(())
    }
}

/// Characters of a line that are shown.
const SHOWN: usize = 400;

fn write_message(
    f: &mut std::fmt::Formatter<'_>,
    severity: &str,
    message: &str,
    span: Option<&Span>,
) -> std::fmt::Result {
    let Some(span) = span else {
        return writeln!(f, "{severity}: {message}");
    };
    let (line, column) = span.source.line_column(span.range.start);
    writeln!(
        f,
        "{}:{line}:{column}: {severity}: {message}",
        span.source.name
    )?;
    let text = span.source.line(line);
    // Of a line that nobody has written by hand only the surroundings of the place are shown.
    let length = text.chars().count();
    let from = match length > SHOWN {
        true => (column - 1).saturating_sub(SHOWN / 2),
        false => 0,
    };
    let before = if from > 0 { "..." } else { "" };
    let behind = if from + SHOWN < length { "..." } else { "" };
    let shown = text.chars().skip(from).take(SHOWN);
    // Tabs stay tabs in the caret line, so that it lines up however wide they are shown.
    let indent: String = before
        .chars()
        .chain(shown.clone().take(column - 1 - from))
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let (last_line, last_column) = span.source.line_column(span.range.end);
    let end = if last_line == line {
        last_column
    } else {
        length + 1
    };
    let width = end.min(from + SHOWN + 1).saturating_sub(column).max(1);
    let text: String = shown.collect();
    let text = format!("{before}{text}{behind}");
    writeln!(f, "{text}")?;
    writeln!(f, "{indent}^{}", "~".repeat(width - 1))
}
