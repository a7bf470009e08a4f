//! Macros and repetitions: `.macro`, `.rept`, `.irp`, `.irpc`.
//!
//! They work on text. A body is taken as it is written, and what it expands to is read like a file.

use crate::assembler::{Assembler, Parse};
use crate::input::InputKind;
use crate::lex::{Loc, Tok, Token};
use std::fmt::Write;
use zktr_isa::span::Diagnostic;

/// Parameters that a macro may have.
const MAX_PARAMETERS: usize = 256;

/// A macro.
#[derive(Debug, Clone)]
pub(crate) struct Macro<'a> {
    parameters: Vec<Parameter<'a>>,
    body: &'a str,
    /// Its name, where it is defined.
    pub(crate) loc: Loc,
}

/// A parameter of a macro.
#[derive(Debug, Clone, Copy)]
struct Parameter<'a> {
    name: &'a str,
    default: &'a str,
    required: bool,
    /// It takes all further arguments.
    rest: bool,
}

/// Can this byte be part of a parameter's name?
fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.')
}

impl<'a> Assembler<'a> {
    /// `.macro name parameters`, behind the directive's name.
    pub fn define_macro(&mut self, directive: Loc) -> Parse {
        let name = self.expect(Tok::Name, "identifier in '.macro' directive")?;
        let mut parameters: Vec<Parameter<'a>> = Vec::new();
        let header = self.macro_parameters(&mut parameters);
        while !self.at_end() {
            self.bump();
        }
        // The body is skipped also if the header is wrong.
        let body = self.block(&[".macro"], &[".endm", ".endmacro"], directive)?;
        header?;
        let text = self.text(name.loc);
        if let Some(known) = self.macros.get(text) {
            let earlier = known.loc;
            let diagnostic = Diagnostic::error(
                format!("macro '{text}' is already defined"),
                self.span(name.loc),
            )
            .note("previous definition is here", Some(self.span(earlier)))
            .help(format!("'.purgem {text}' removes a definition"));
            return Err(self.report(diagnostic));
        }
        let definition = Macro {
            parameters,
            body: self.text(body),
            loc: name.loc,
        };
        self.macros.insert(text, definition);
        self.macro_generation += 1;
        Ok(())
    }

    fn macro_parameters(&mut self, parameters: &mut Vec<Parameter<'a>>) -> Parse {
        self.eat(Tok::Comma);
        while !self.at_end() {
            let token = self.expect(Tok::Name, "identifier in '.macro' directive")?;
            let name = self.text(token.loc);
            if parameters.iter().any(|p| p.name == name) {
                return Err(self.error(
                    token.loc,
                    format!("macro has multiple parameters named '{name}'"),
                ));
            }
            if parameters.last().is_some_and(|p| p.rest) {
                return Err(self.error(token.loc, "vararg parameter should be the last parameter"));
            }
            if parameters.len() >= MAX_PARAMETERS {
                return Err(self.error(
                    token.loc,
                    format!("macro has more than {MAX_PARAMETERS} parameters"),
                ));
            }
            let mut parameter = Parameter {
                name,
                default: "",
                required: false,
                rest: false,
            };
            if self.eat(Tok::Colon) {
                let qualifier = self.expect(Tok::Name, "'req' or 'vararg'")?;
                match self.text(qualifier.loc) {
                    "req" => parameter.required = true,
                    "vararg" => parameter.rest = true,
                    text => {
                        let message =
                            format!("'{text}' is not a valid parameter qualifier for '{name}'");
                        return Err(self.error_with_suggestion(
                            qualifier.loc,
                            &message,
                            text,
                            ["req", "vararg"],
                        ));
                    }
                }
            }
            if self.eat(Tok::Assign) {
                parameter.default = self.argument_text()?;
            }
            parameters.push(parameter);
            self.eat(Tok::Comma);
        }
        Ok(())
    }

    /// The macro of this name is invoked, with what follows as arguments.
    pub fn invoke_macro(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        let Some(definition) = self.macros.get(text).cloned() else {
            return Ok(());
        };
        let arguments = self.macro_arguments(text, &definition, name.loc)?;
        let names: Vec<&str> = definition.parameters.iter().map(|p| p.name).collect();
        let counter = self.invocations;
        self.invocations += 1;
        let body = substitute(definition.body, &names, &arguments, counter);
        self.push_expansion(body, InputKind::Macro, name.loc)
    }

    fn macro_arguments(
        &mut self,
        name: &str,
        definition: &Macro<'a>,
        loc: Loc,
    ) -> Parse<Vec<&'a str>> {
        let parameters = &definition.parameters;
        let mut given: Vec<Option<&'a str>> = vec![None; parameters.len()];
        let mut position = 0;
        while !self.at_end() {
            // `name = value`
            if self.input.token.kind == Tok::Name
                && let Some(index) = parameters
                    .iter()
                    .position(|p| p.name == self.text(self.input.token.loc))
                && self.follows(Tok::Assign)
            {
                self.bump();
                self.bump();
                given[index] = Some(self.argument_text()?);
                position = index + 1;
            } else {
                match parameters.get(position) {
                    Some(parameter) if parameter.rest => {
                        given[position] = Some(self.raw_rest().0);
                    }
                    Some(_) => {
                        let text = self.argument_text()?;
                        if !text.is_empty() {
                            given[position] = Some(text);
                        }
                    }
                    None => {
                        let at = self.input.token.loc;
                        let diagnostic = Diagnostic::error(
                            format!("too many positional arguments for macro '{name}'"),
                            self.span(at),
                        )
                        .note("the macro is defined here", Some(self.span(definition.loc)));
                        return Err(self.report(diagnostic));
                    }
                }
                position += 1;
            }
            self.eat(Tok::Comma);
        }
        let mut values = Vec::with_capacity(parameters.len());
        for (parameter, given) in parameters.iter().zip(given) {
            if parameter.required && given.is_none() {
                let diagnostic = Diagnostic::error(
                    format!(
                        "missing value for required parameter '{}' in macro '{name}'",
                        parameter.name
                    ),
                    self.span(loc),
                )
                .note("the macro is defined here", Some(self.span(definition.loc)));
                return Err(self.report(diagnostic));
            }
            values.push(given.unwrap_or(parameter.default));
        }
        Ok(values)
    }

    /// Is the token behind the present one of this kind?
    fn follows(&self, kind: Tok) -> bool {
        let mut lexer = self.input.lexer;
        lexer.next().kind == kind
    }

    /// An argument: up to a comma, or to white space that is not next to an operator. The text of a string is
    /// taken without its quotes.
    fn argument_text(&mut self) -> Parse<&'a str> {
        let first = self.input.token;
        if first.kind == Tok::Str {
            self.bump();
            let text = self.text(first.loc);
            return Ok(&text[1..text.len() - 1]);
        }
        let (start, mut end) = (first.loc.start, first.loc.start);
        let mut depth = 0usize;
        let mut joins = true;
        while !self.at_end() {
            let token = self.input.token;
            let gap = token.loc.start > end && end > start;
            match token.kind {
                Tok::Comma if depth == 0 => break,
                Tok::Open => depth += 1,
                Tok::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if gap && depth == 0 && !joins && !is_operator(token.kind) {
                break;
            }
            joins = is_operator(token.kind) || token.kind == Tok::Open;
            end = token.loc.end;
            self.bump();
        }
        Ok(self.text(Loc { start, end }))
    }

    /// `.purgem name`
    pub fn purge_macro(&mut self) -> Parse {
        let name = self.expect(Tok::Name, "identifier in '.purgem' directive")?;
        let text = self.text(name.loc);
        if self.macros.remove(text).is_none() {
            let known: Vec<&str> = self.macros.keys().copied().collect();
            let message = format!("macro '{text}' is not defined");
            return Err(self.error_with_suggestion(name.loc, &message, text, known));
        }
        self.macro_generation += 1;
        Ok(())
    }

    fn repetition_body(&mut self, directive: Loc) -> Parse<Loc> {
        while !self.at_end() {
            self.bump();
        }
        self.block(&[".rept", ".rep", ".irp", ".irpc"], &[".endr"], directive)
    }

    /// `.rept count`
    pub fn repeat(&mut self, directive: Loc) -> Parse {
        let count = self.absolute();
        let body = self.repetition_body(directive)?;
        let (count, loc) = count?;
        let Ok(count) = u64::try_from(count) else {
            return Err(self.error(loc, "count is negative"));
        };
        let text = self.text(body);
        if count == 0 {
            return Ok(());
        }
        self.push_expansion(text.to_owned(), InputKind::Repetition(count - 1), directive)
    }

    /// `.irp name, values` and `.irpc name, characters`
    pub fn iterate(&mut self, characters: bool, directive: Loc) -> Parse {
        let header = self.iteration_header(characters);
        let body = self.repetition_body(directive)?;
        let (name, values) = header?;
        let body = self.text(body);
        let mut text = String::new();
        for value in values {
            text.push_str(&substitute(body, &[name], &[value], self.invocations));
            // Quadratic growth ends where all growth ends.
            if text.len() > 1 << 26 {
                return Err(self.error(directive, "repetition expands to too much"));
            }
        }
        self.push_expansion(text, InputKind::Repetition(0), directive)
    }

    fn iteration_header(&mut self, characters: bool) -> Parse<(&'a str, Vec<&'a str>)> {
        let name = self.expect(Tok::Name, "identifier")?;
        self.eat(Tok::Comma);
        let mut values = Vec::new();
        if characters {
            let text = self.raw_rest().0.trim();
            let text = text
                .strip_prefix('"')
                .and_then(|t| t.strip_suffix('"'))
                .unwrap_or(text);
            let ends = text.char_indices().map(|(i, c)| &text[i..i + c.len_utf8()]);
            values.extend(ends);
        } else {
            while !self.at_end() {
                values.push(self.argument_text()?);
                self.eat(Tok::Comma);
            }
        }
        if values.is_empty() {
            values.push("");
        }
        Ok((self.text(name.loc), values))
    }
}

fn is_operator(kind: Tok) -> bool {
    matches!(
        kind,
        Tok::Plus
            | Tok::Minus
            | Tok::Star
            | Tok::Slash
            | Tok::Percent
            | Tok::Shl
            | Tok::Shr
            | Tok::Or
            | Tok::And
            | Tok::Xor
            | Tok::Not
            | Tok::Bang
            | Tok::AndAnd
            | Tok::OrOr
            | Tok::Eq
            | Tok::Ne
            | Tok::Lt
            | Tok::Le
            | Tok::Gt
            | Tok::Ge
    )
}

/// A body with `\name` replaced by the argument, `\@` by the number of the invocation, and `\()` by nothing.
fn substitute(body: &str, names: &[&str], arguments: &[&str], counter: u64) -> String {
    let mut out = String::with_capacity(body.len() + 16);
    let mut rest = body;
    while let Some(at) = rest.bytes().position(|b| b == b'\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('@') {
            // Writing to a string cannot fail.
            let _ = write!(out, "{counter}");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("()") {
            rest = after;
            continue;
        }
        let length = rest.bytes().take_while(|&b| in_name(b)).count();
        // A full stop may also be what follows the name.
        let found = names
            .iter()
            .position(|name| *name == &rest[..length])
            .map(|i| (i, length));
        let found = found.or_else(|| {
            let short = rest[..length].find('.')?;
            Some((
                names.iter().position(|name| *name == &rest[..short])?,
                short,
            ))
        });
        match found {
            Some((index, length)) => {
                out.push_str(arguments.get(index).copied().unwrap_or_default());
                rest = &rest[length..];
            }
            None => {
                out.push('\\');
                // Not a parameter: perhaps an escape in a string, whose second half is no backslash to begin with.
                if let Some(after) = rest.strip_prefix('\\') {
                    out.push('\\');
                    rest = after;
                }
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::substitute;

    #[test]
    fn parameters_are_replaced_in_text() {
        let expand = |body| substitute(body, &["a", "ab"], &["x", "y"], 7);
        assert_eq!(
            expand(r"\a \ab \a\()b \a.w l\@: \c \\a"),
            r"x y xb x.w l7: \c \\a"
        );
        assert_eq!(expand(r#".ascii "\a\n""#), r#".ascii "x\n""#);
        assert_eq!(expand("\\"), "\\");
    }
}
