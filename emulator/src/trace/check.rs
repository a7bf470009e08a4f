//! The constraints, on every row.

use super::{Filled, Trace};
use zktr_isa::trace::{Constraint, Schema, Table, When};

/// A constraint that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// Index of the table.
    pub table: usize,
    /// Its row.
    pub row: usize,
    /// Index of the constraint in the table.
    pub constraint: usize,
}

impl Violation {
    /// The violation in words, with the place of the constraint in the spec.
    #[must_use]
    pub fn describe(&self, schema: &Schema) -> String {
        let table = &schema.tables[self.table];
        let constraint = &table.constraints[self.constraint];
        let (line, _) = constraint
            .span
            .source
            .line_column(constraint.span.range.start);
        let text = constraint
            .span
            .source
            .text
            .get(constraint.span.range.clone());
        let instance = match &constraint.instance[..] {
            "" => String::new(),
            instance => format!(" with {instance}"),
        };
        format!(
            "table `{}`, row {}: {}{instance} does not hold ({}:{line})",
            table.name,
            self.row,
            text.unwrap_or_default(),
            constraint.span.source.name,
        )
    }
}

/// All constraints that do not hold, by table, row and constraint.
#[must_use]
pub fn check(schema: &Schema, trace: &Trace) -> Vec<Violation> {
    let mut out = Vec::new();
    for (index, filled) in trace.tables.iter().enumerate() {
        for row in 0..filled.height() {
            out.extend(check_row(schema, trace, index, row));
        }
    }
    out
}

/// The constraints of one row of a table that do not hold.
pub fn check_row<'a>(
    schema: &'a Schema,
    trace: &'a Trace,
    table: usize,
    row: usize,
) -> impl Iterator<Item = Violation> + 'a {
    let description: &Table = &schema.tables[table];
    let filled = &trace.tables[table];
    description
        .constraints
        .iter()
        .enumerate()
        .filter(move |(_, constraint)| !holds(constraint, filled, row, trace.modulus))
        .map(move |(constraint, _)| Violation {
            table,
            row,
            constraint,
        })
}

fn holds(constraint: &Constraint, filled: &Filled, row: usize, modulus: u64) -> bool {
    let last = row + 1 == filled.height();
    let applies = match constraint.when {
        When::Always => true,
        When::First => row == 0,
        When::Last => last,
        When::Transition => !last,
    };
    !applies
        || constraint
            .zero
            .eval(modulus, filled.row(row), filled.next(row))
            == 0
}
