//! Kinds of forgeries; each gives its table for the documentation, and fails if something is not caught.

pub mod cells;
pub mod claims;
pub mod machines;
pub mod parts;

use zktr_isa::Spec;
use zktr_isa::trace::Constraint;

/// A table in Markdown.
pub struct Table(String);

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(columns.iter().map(ToString::to_string));
        table.row(columns.iter().map(|_| "---".to_owned()));
        table
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push('|');
        for cell in cells {
            self.0.push(' ');
            self.0.push_str(&cell.replace('|', "\\|"));
            self.0.push_str(" |");
        }
        self.0.push('\n');
    }

    pub fn text(self) -> String {
        self.0
    }
}

/// A constraint as the spec has it, in one line.
pub fn name(constraint: &Constraint) -> String {
    let text = constraint
        .span
        .source
        .text
        .get(constraint.span.range.clone());
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    format!("`{}`", words.join(" ").trim_end_matches(';'))
}

/// A list for a cell of a table, `dash` if there is nothing.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => "—".to_owned(),
        parts => parts.join(", "),
    }
}

/// Names of buses.
pub fn buses(spec: &Spec, indices: impl IntoIterator<Item = usize>) -> Vec<String> {
    let name = |at: usize| format!("`{}`", spec.trace().buses[at].name);
    indices.into_iter().map(name).collect()
}
