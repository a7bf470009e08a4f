//! What has to hold between tables: every bus has both ends, every column is used, and there is an order in which the
//! tables can be filled.

use super::term::{Signal, Term, binary};
use super::{CellValue, Rows, Table};
use crate::algebra::BinOp;
use crate::span::{Diagnostic, Span};
use crate::tree::Sink;

/// Every bus has a sender and a receiver.
pub(super) fn check_buses(buses: &[super::Bus], tables: &[Table], sink: &Sink) {
    for (index, bus) in buses.iter().enumerate() {
        let mut ends = tables
            .iter()
            .flat_map(|table| &table.interactions)
            .filter(|interaction| interaction.bus == index)
            .map(|interaction| interaction.send);
        let (mut sent, mut received) = (false, false);
        ends.by_ref().for_each(|send| {
            sent |= send;
            received |= !send;
        });
        let missing = match (sent, received) {
            (true, true) => continue,
            (true, false) => "receives from",
            (false, true) => "sends to",
            (false, false) => "uses",
        };
        let message = format!("no table {missing} bus `{}`", bus.name);
        sink.error(message, &bus.span);
    }
}

/// Every cell occurs in a constraint or an interaction; one that does not is free, and proves nothing.
pub(super) fn check_columns(table: &Table, sink: &Sink) {
    let mut used = vec![false; table.width()];
    let mut mark = |cell: u32, _: bool| used[cell as usize] = true;
    for constraint in &table.constraints {
        constraint.zero.cells(&mut mark);
    }
    for interaction in &table.interactions {
        interaction.count.cells(&mut mark);
        for value in &interaction.values {
            value.cells(&mut mark);
        }
    }
    for column in &table.columns {
        let cells = column.at as usize..(column.at + column.len) as usize;
        if let Some(free) = cells.clone().find(|&cell| !used[cell]) {
            let message = format!(
                "`{}` of table `{}` occurs in no constraint and no interaction",
                table.cell_name(free),
                table.name
            );
            let diagnostic = Diagnostic::error(message, column.span.clone())
                .help("a cell that nothing refers to can have any value: constrain it, or drop it");
            sink.push(diagnostic);
        }
    }
}

/// The tables in an order in which they can be filled, otherwise in the order of the files.
pub(super) fn sorted(tables: Vec<Table>, sink: &Sink) -> Vec<Table> {
    let needs: Vec<Vec<usize>> = tables
        .iter()
        .map(|table| {
            (0..tables.len())
                .filter(|&i| needs(table, &tables[i]))
                .collect()
        })
        .collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < tables.len() {
        let ready = (0..tables.len())
            .find(|i| !order.contains(i) && needs[*i].iter().all(|needed| order.contains(needed)));
        match ready {
            Some(index) => order.push(index),
            None => {
                report_cycle(&tables, &order, &needs, sink);
                return tables;
            }
        }
    }
    let mut tables: Vec<Option<Table>> = tables.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|index| tables[index].take())
        .collect()
}

fn report_cycle(tables: &[Table], done: &[usize], needs: &[Vec<usize>], sink: &Sink) {
    let waiting: Vec<usize> = (0..tables.len()).filter(|i| !done.contains(i)).collect();
    let Some(&first) = waiting.first() else {
        return;
    };
    let message = format!(
        "table `{}` cannot be filled: its rows or multiplicities depend on themselves",
        tables[first].name
    );
    let mut diagnostic = Diagnostic::error(message, tables[first].span.clone());
    for &index in &waiting {
        let on: Vec<&str> = needs[index]
            .iter()
            .filter(|needed| waiting.contains(needed))
            .map(|&needed| tables[needed].name.as_str())
            .collect();
        let text = format!(
            "`{}` waits for the messages of {}",
            tables[index].name,
            on.join(", ")
        );
        let place: Option<Span> = Some(tables[index].span.clone());
        diagnostic = diagnostic.note(text, place);
    }
    sink.push(diagnostic);
}

/// Whether `table` can only be filled after `other`, since that may send messages which make its rows or
/// which it counts.
fn needs(table: &Table, other: &Table) -> bool {
    let counted = |bus: usize| {
        table.cells.iter().any(|cell| match cell.value {
            CellValue::Count(interaction) => table
                .interactions
                .get(interaction)
                .is_some_and(|interaction| interaction.bus == bus),
            CellValue::Term(_) => false,
        })
    };
    other
        .interactions
        .iter()
        .filter(|interaction| interaction.send)
        .any(|interaction| {
            let makes_rows = table.rows == Rows::Message(interaction.bus) && {
                let known: Vec<Option<u64>> = interaction
                    .values
                    .iter()
                    .map(|value| u64::try_from(value.constant()?).ok())
                    .collect();
                let chosen = table.only.as_ref().map(|only| partial(only, &known));
                chosen.flatten() != Some(0)
            };
            makes_rows || counted(interaction.bus)
        })
}

/// The value of a term, if it is certain when only these elements of the message are known.
fn partial(term: &Term, message: &[Option<u64>]) -> Option<u64> {
    match term {
        Term::Const(value) => Some(*value),
        Term::Signal(Signal::Message(element)) => message.get(*element as usize).copied().flatten(),
        Term::Not(inner) => partial(inner, message).map(|value| u64::from(value == 0)),
        Term::Binary(BinOp::And, a, b) => match (partial(a, message), partial(b, message)) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (a, b) => Some(a? & b?),
        },
        Term::Binary(op, a, b) => Some(binary(*op, partial(a, message)?, partial(b, message)?)),
        _ => None,
    }
}
