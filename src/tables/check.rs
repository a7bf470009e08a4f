//! What does not hold in filled tables: constraints row by row, and the balance of all buses, as diagnostics at their places in the spec.

use std::collections::BTreeMap;
use zktr_emu::trace::{Imbalance, Trace, balance, check_row, messages};
use zktr_isa::span::Diagnostic;
use zktr_isa::trace::{Constraint, Schema, Table};

/// Messages of a bus, and rows that exchange one of them, that are shown.
const SHOWN: usize = 4;

/// Checks all tables: an error for each constraint that does not hold, and for each bus that does not balance. `progress`
/// is told how many rows more have been checked for constraints.
#[must_use]
pub fn check(schema: &Schema, trace: &Trace, progress: &mut dyn FnMut(u64)) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for (index, filled) in trace.tables.iter().enumerate() {
        // The first row, and how many.
        let mut violated: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for row in 0..filled.height() {
            for violation in check_row(schema, trace, index, row) {
                violated.entry(violation.constraint).or_insert((row, 0)).1 += 1;
            }
            progress(1);
        }
        let table = &schema.tables[index];
        out.extend(violated.into_iter().map(|(constraint, (row, rows))| {
            let constraint = &table.constraints[constraint];
            describe(table, constraint, trace, index, row, rows)
        }));
    }
    let imbalances = balance(schema, trace);
    out.extend(
        imbalances
            .chunk_by(|a, b| a.bus == b.bus)
            .map(|group| unbalanced(schema, trace, group)),
    );
    out
}

/// A constraint that some rows violate.
fn describe(
    table: &Table,
    constraint: &Constraint,
    trace: &Trace,
    index: usize,
    row: usize,
    rows: usize,
) -> Diagnostic {
    let span = &constraint.span;
    let text = span.source.text.get(span.range.clone()).unwrap_or_default();
    let text = text.trim_end_matches(';');
    let name = &table.name;
    let mut message = format!("table `{name}`, row {row}: `{text}` does not hold");
    if !constraint.instance.is_empty() {
        message += &format!(" with {}", constraint.instance);
    }
    if rows > 1 {
        message += &format!(", nor in {} other rows", rows - 1);
    }
    let filled = &trace.tables[index];
    let mut cells = BTreeMap::new();
    constraint.zero.cells(&mut |cell, next| {
        let values = if next {
            filled.next(row)
        } else {
            filled.row(row)
        };
        cells.insert((next, cell), values[cell as usize]);
    });
    let cells: Vec<String> = cells
        .into_iter()
        .map(
            |((next, cell), value)| match table.cell_name(cell as usize) {
                name if next => format!("next({name}) = {value}"),
                name => format!("{name} = {value}"),
            },
        )
        .collect();
    Diagnostic::error(message, constraint.span.clone())
        .note(format!("with {}", cells.join(", ")), None)
}

/// A bus with messages that are not sent as often as they are received.
fn unbalanced(schema: &Schema, trace: &Trace, group: &[Imbalance]) -> Diagnostic {
    let bus = &schema.buses[group[0].bus];
    let message = match group.len() {
        1 => format!("bus `{}` does not balance: a message is", bus.name),
        n => format!("bus `{}` does not balance: {n} messages are", bus.name),
    };
    let mut out = Diagnostic::error(
        format!("{message} not sent as often as received"),
        bus.span.clone(),
    );
    for imbalance in group.iter().take(SHOWN) {
        out = out.note(imbalance.describe(schema), None);
    }
    if group.len() > SHOWN {
        out = out.note(format!("{} messages more", group.len() - SHOWN), None);
    }
    let rows = (0..trace.tables.len())
        .flat_map(|table| (0..trace.tables[table].height()).map(move |row| (table, row)))
        .filter(|&(table, row)| {
            messages(schema, trace, table, row)
                .any(|message| message.bus == group[0].bus && message.values == group[0].values)
        })
        .take(SHOWN);
    for (table, row) in rows {
        let name = &schema.tables[table].name;
        out = out.note(
            format!("table `{name}`, row {row} exchanges the first of them"),
            None,
        );
    }
    out
}
