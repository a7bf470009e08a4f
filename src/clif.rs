//! Reads CLIF text: parse and verify, with diagnostics that point into the text.

use crate::contain::contain;
use cranelift_codegen::ir::entities::AnyEntity;
use cranelift_codegen::ir::{Block, Function};
use cranelift_codegen::{settings, verify_function};
use cranelift_reader::{Details, ParseOptions, parse_test};
use std::collections::HashMap;
use std::sync::Arc;
use zktr_isa::span::{Diagnostic, Source, Span};

/// A function of a file.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The function, verified.
    pub function: Function,
    /// The comment in front of it, which translators use for the name in the source: `export fingerprint`.
    pub title: Option<String>,
    /// The line of its head, from 1.
    pub line: usize,
    /// The lines of its blocks' heads.
    pub blocks: HashMap<Block, usize>,
}

/// Reads all functions of a file. The errors of all functions are reported; a syntax error ends the reading.
pub fn read(source: &Arc<Source>) -> Result<Vec<Unit>, Vec<Diagnostic>> {
    let parsed = contain(|| parse_test(&source.text, ParseOptions::default()));
    let file = match parsed {
        Ok(Ok(file)) => file,
        Ok(Err(error)) => {
            let span = line_span(source, error.location.line_number);
            return Err(vec![Diagnostic::error(error.message, span)]);
        }
        Err(message) => {
            let message = format!("the CLIF reader does not take this file: {message}");
            return Err(vec![Diagnostic::error(message, line_span(source, 1))]);
        }
    };
    let flags = settings::Flags::new(settings::builder());
    let mut errors = Vec::new();
    for (function, details) in &file.functions {
        match contain(|| verify_function(function, &flags)) {
            Ok(Ok(())) => {}
            Ok(Err(found)) => errors.extend(found.0.into_iter().map(|error| {
                let location = details
                    .map
                    .location(error.location)
                    .unwrap_or(details.location);
                let message = match error.context {
                    Some(context) => format!("{}: {}", error.message, context.trim()),
                    None => error.message,
                };
                Diagnostic::error(message, line_span(source, location.line_number))
            })),
            Err(message) => {
                let message = format!("the verifier does not take this function: {message}");
                errors.push(Diagnostic::error(
                    message,
                    line_span(source, details.location.line_number),
                ));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let units = file.functions.into_iter().map(|(function, details)| {
        let title = title(source, &details);
        let line_of = |block| {
            let location = details.map.location(AnyEntity::Block(block))?;
            Some((block, location.line_number))
        };
        let blocks = function.layout.blocks().filter_map(line_of).collect();
        Unit {
            function,
            title,
            line: details.location.line_number,
            blocks,
        }
    });
    Ok(units.collect())
}

/// The comment on the line above a function.
fn title(source: &Source, details: &Details<'_>) -> Option<String> {
    let above = details
        .location
        .line_number
        .checked_sub(1)
        .filter(|&line| line > 0)?;
    let comment = source
        .line(above)
        .trim()
        .strip_prefix(';')?
        .trim_start_matches(';')
        .trim();
    (!comment.is_empty()).then(|| comment.to_owned())
}

/// A line of a source without its indentation; CLIF's own tools know no columns.
fn line_span(source: &Arc<Source>, line: usize) -> Span {
    let line = line.max(1);
    let start = source.line_range(line).start;
    let text = source.line(line);
    let indent = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    Span::new(source, start + indent..start + indent + trimmed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_line_above() {
        let text = "; export sum\nfunction %a() {\nblock0:\n    return\n}\n\nfunction %b() {\nblock0:\n    return\n}\n";
        let units = read(&Source::new("t.clif", text)).expect("valid CLIF");
        let titles: Vec<_> = units.iter().map(|unit| unit.title.as_deref()).collect();
        assert_eq!(titles, [Some("export sum"), None]);
        assert_eq!([units[0].line, units[1].line], [2, 7]);
        assert_eq!(units[1].blocks[&Block::from_u32(0)], 8);
    }

    #[test]
    fn a_syntax_error_has_its_line() {
        let text = "function %a() {\nblock0:\n    v0 = iconst.i33 0\n    return\n}\n";
        let errors = read(&Source::new("t.clif", text)).expect_err("no such type");
        assert!(
            errors[0].to_string().starts_with("t.clif:3:5: error: "),
            "{}",
            errors[0]
        );
    }

    #[test]
    fn a_verifier_error_has_its_line() {
        let text = "function %a(i64) -> i32 {\nblock0(v0: i64):\n    return v0\n}\n";
        let errors = read(&Source::new("t.clif", text)).expect_err("wrong type of result");
        assert!(
            errors[0].to_string().starts_with("t.clif:3:5: error: "),
            "{}",
            errors[0]
        );
    }
}
