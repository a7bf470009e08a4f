//! The trace schema: buses, tables with their columns, constraints and interactions, and the signals that fill them.

use super::Context;
use crate::manual::document::{
    Block, Chapter, Inline, Page, Table, Target, Text, code, joined, link, text,
};
use crate::manual::math::Math;
use crate::span::Span;
use crate::trace::poly::Poly;
use crate::trace::{self, Constraint, Interaction, Knowledge, Rows, Schema, When};

/// Polynomials of more terms and factors than this are shown by their text alone.
const MAX_SHOWN: usize = 48;

pub(crate) fn page(context: &Context<'_>) -> Page {
    let schema = context.spec.trace();
    let mut blocks = vec![Block::Paragraph(vec![text(
        "A run of a guest program is proved by tables of field elements. In every table, each constraint is a polynomial over the cells of a row and of the next one (marked with ′) that is zero; over all tables, every message on a bus is received as often as it is sent.",
    )])];
    let section = |id, title: &str| Block::section(2, Target::Section(Chapter::Trace, id), title);
    blocks.push(section("tables", "Tables"));
    blocks.push(Block::Table(tables(context, schema)));
    blocks.push(section("buses", "Buses"));
    blocks.push(Block::Table(buses(context, schema)));
    for (index, table) in schema.tables.iter().enumerate() {
        entry(context, &mut blocks, schema, index, table);
    }
    blocks.push(section("signals", "Signals"));
    for source in &schema.sources {
        blocks.push(Block::Heading {
            level: 3,
            anchor: None,
            text: vec![text("Rows of kind "), code(source.name.clone())],
        });
        blocks.push(Block::Paragraph(context.prose(&source.doc)));
        let mut signals = Table::new("", ["signal", "what it is"]);
        for (name, doc) in &source.signals {
            signals.row([vec![code(name.clone())], context.prose(doc)]);
        }
        blocks.push(Block::Table(signals));
    }
    Page {
        chapter: Chapter::Trace,
        title: "Trace schema".to_owned(),
        blocks,
    }
}

fn tables(context: &Context<'_>, schema: &Schema) -> Table {
    let mut out = Table::new(
        "",
        [
            "table",
            "cells",
            "constraints",
            "messages",
            "known to",
            "what it is",
        ],
    );
    for (index, table) in schema.tables.iter().enumerate() {
        out.row([
            vec![link(Target::Table(index), code(table.name.clone()))],
            vec![text(table.width().to_string())],
            vec![text(table.constraints.len().to_string())],
            vec![text(table.interactions.len().to_string())],
            vec![text(known_to(table.knowledge))],
            context.prose(&table.doc),
        ]);
    }
    out
}

fn known_to(knowledge: Knowledge) -> &'static str {
    match knowledge {
        Knowledge::Witness => "the prover",
        Knowledge::Fixed => "everybody",
        Knowledge::Public => "the verifier",
    }
}

fn buses(context: &Context<'_>, schema: &Schema) -> Table {
    let mut out = Table::new(
        "",
        ["bus", "message", "sent by", "received by", "what it says"],
    );
    for (index, bus) in schema.buses.iter().enumerate() {
        let fields = bus.fields.iter().map(|field| {
            code(if field.array {
                format!("{}[{}]", field.name, field.len)
            } else {
                field.name.clone()
            })
        });
        let ends = |send: bool| {
            let has = |table: &trace::Table| {
                table
                    .interactions
                    .iter()
                    .any(|i| i.bus == index && i.send == send)
            };
            let tables = schema.tables.iter().enumerate().filter(|(_, t)| has(t));
            joined(
                tables.map(|(at, table)| link(Target::Table(at), code(table.name.clone()))),
                ", ",
            )
        };
        out.target(
            Target::Bus(index),
            [
                vec![code(bus.name.clone())],
                joined(fields, ", "),
                ends(true),
                ends(false),
                context.prose(&bus.doc),
            ],
        );
    }
    out
}

fn entry(
    context: &Context<'_>,
    blocks: &mut Vec<Block>,
    schema: &Schema,
    index: usize,
    table: &trace::Table,
) {
    blocks.push(Block::Heading {
        level: 2,
        anchor: Some(Target::Table(index)),
        text: vec![text("Table "), code(table.name.clone())],
    });
    let mut about = context.prose(&table.doc);
    about.push(text(" A row for "));
    about.extend(rows(context, schema, &table.rows));
    about.push(text(format!(
        ". {} cells, known to {}.",
        table.width(),
        known_to(table.knowledge)
    )));
    blocks.push(Block::Paragraph(about));
    let mut columns = Table::new("Columns", ["cells", "column", "what it is", "padding"]);
    for column in &table.columns {
        let pads: Vec<u64> = (column.at..column.at + column.len)
            .filter_map(|cell| Some(table.cells.get(cell as usize)?.pad))
            .collect();
        let pad = match pads.as_slice() {
            [first, rest @ ..] if rest.iter().all(|pad| pad == first) => first.to_string(),
            pads => pads
                .iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let mut what = context.prose(&column.doc);
        if column.fixed && table.knowledge != Knowledge::Fixed {
            what.push(text(" Known to everybody."));
        }
        columns.row([
            vec![text(crate::manual::words::range(column.at, column.len))],
            vec![code(column.name.clone())],
            what,
            vec![text(pad)],
        ]);
    }
    blocks.push(Block::Table(columns));
    if !table.constraints.is_empty() {
        blocks.push(Block::Table(constraints(table)));
    }
    if !table.interactions.is_empty() {
        blocks.push(Block::Table(interactions(schema, table)));
    }
}

fn rows(context: &Context<'_>, schema: &Schema, rows: &Rows) -> Text {
    let spec = context.spec;
    let instructions = |of: &[usize]| {
        let known = of.iter().filter(|&&i| i < spec.instructions.len());
        joined(known.map(|&i| context.instruction(i)), ", ")
    };
    match rows {
        Rows::Instruction(None) => vec![text("each traced instruction")],
        Rows::Instruction(Some(of)) => {
            let mut out = vec![text("each traced instruction of ")];
            out.extend(instructions(of));
            out
        }
        Rows::Program(of) => {
            let mut out = vec![text("each word of the program that is one of ")];
            out.extend(instructions(of));
            out
        }
        Rows::Word => vec![text("each word of memory and each register that matters")],
        Rows::Exchange => vec![text(
            "each word that the environment reads or writes in a call",
        )],
        Rows::Run => vec![text("the whole run")],
        Rows::Index(below) => vec![text(format!("each number below {below}"))],
        Rows::Message(bus) => vec![
            text("each message that is sent on "),
            match schema.buses.get(*bus) {
                Some(known) => link(Target::Bus(*bus), code(known.name.clone())),
                None => text("a bus"),
            },
        ],
    }
}

fn source(span: &Span) -> Inline {
    let text = span.source.text.get(span.range.clone()).unwrap_or_default();
    code(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What belongs together, in the order of the first of each group. The instances of the rules of a loop
/// come in turn.
fn groups<T>(items: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|group| same(group[0], item)) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// Rules that a loop makes several instances of are one row.
fn constraints(table: &trace::Table) -> Table {
    let mut out = Table::new(
        "Constraints: the polynomial is zero in these rows; of a rule with instances, the first one's is shown",
        ["rule", "instances", "rows", "degree", "polynomial"],
    );
    let same = |a: &Constraint, b: &Constraint| a.span == b.span && a.when == b.when;
    for group in groups(&table.constraints, same) {
        let first = group[0];
        let when = match first.when {
            When::Always => "all rows",
            When::First => "the first row",
            When::Last => "the last row",
            When::Transition => "all but the last",
        };
        let degree = group.iter().map(|c| c.degree).max().unwrap_or(0);
        out.row([
            vec![source(&first.span)],
            vec![text(instances(group.iter().map(|c| c.instance.as_str())))],
            vec![text(when)],
            vec![text(degree.to_string())],
            polynomial(table, &first.zero),
        ]);
    }
    out
}

/// What distinguishes the instances of a rule.
fn instances<'a>(instances: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = instances.filter(|instance| !instance.is_empty()).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, .., last] => format!("{first} to {last} ({})", all.len()),
    }
}

fn interactions(schema: &Schema, table: &trace::Table) -> Table {
    let mut out = Table::new(
        "Messages: how often each row sends or receives them",
        ["rule", "instances", "bus", "direction", "how often"],
    );
    let same =
        |a: &Interaction, b: &Interaction| a.span == b.span && a.bus == b.bus && a.send == b.send;
    for group in groups(&table.interactions, same) {
        let first = group[0];
        let bus = match schema.buses.get(first.bus) {
            Some(bus) => link(Target::Bus(first.bus), code(bus.name.clone())),
            None => text(""),
        };
        out.row([
            vec![source(&first.span)],
            vec![text(instances(group.iter().map(|i| i.instance.as_str())))],
            vec![bus],
            vec![text(if first.send { "sent" } else { "received" })],
            polynomial(table, &first.count),
        ]);
    }
    out
}

fn polynomial(table: &trace::Table, poly: &Poly) -> Text {
    match size(poly, MAX_SHOWN) {
        Some(_) => vec![Inline::Math(typeset(table, poly, 0))],
        None => vec![text("see the rule")],
    }
}

/// The number of constants and cells, if it is at most `limit`.
fn size(poly: &Poly, limit: usize) -> Option<usize> {
    let parts: Vec<&Poly> = match poly {
        Poly::Const(_) | Poly::Cell { .. } => return (limit > 0).then_some(1),
        Poly::Sum(terms) => terms.iter().map(AsRef::as_ref).collect(),
        Poly::Sub(a, b) | Poly::Mul(a, b) => vec![a, b],
    };
    let mut total = 0;
    for part in parts {
        total += size(part, limit - total)?;
    }
    Some(total)
}

/// The polynomial; in parentheses if it does not bind tighter than `above` (1 for sums, 2 for products).
fn typeset(table: &trace::Table, poly: &Poly, above: u8) -> Math {
    let (level, math) = match poly {
        Poly::Const(value) if *value < 0 => (
            0,
            Math::Row(vec![Math::Prefix("−"), Math::number(value.unsigned_abs())]),
        ),
        Poly::Const(value) => (3, Math::number(value)),
        Poly::Cell { column, next } => (3, cell(&table.cell_name(*column as usize), *next)),
        Poly::Sum(terms) if terms.is_empty() => (3, Math::number(0)),
        Poly::Sum(terms) if terms.len() == 1 => return typeset(table, &terms[0], above),
        Poly::Sum(terms) => {
            let mut out = Vec::new();
            for term in terms {
                if !out.is_empty() {
                    out.push(Math::Operator("+"));
                }
                out.push(typeset(table, term, if out.is_empty() { 0 } else { 1 }));
            }
            (1, Math::Row(out))
        }
        Poly::Sub(a, b) => (
            1,
            Math::Row(vec![
                typeset(table, a, 0),
                Math::Operator("−"),
                typeset(table, b, 1),
            ]),
        ),
        Poly::Mul(a, b) => (
            2,
            Math::Row(vec![
                typeset(table, a, 1),
                Math::Operator("·"),
                typeset(table, b, 2),
            ]),
        ),
    };
    if level <= above {
        math.parenthesised()
    } else {
        math
    }
}

/// `carry[3]` with its index below, and a prime if it is of the next row.
fn cell(name: &str, next: bool) -> Math {
    let (base, index) = match name.strip_suffix(']').and_then(|n| n.split_once('[')) {
        Some((base, index)) => (base, Some(index)),
        None => (name, None),
    };
    let base = Math::name(if next {
        format!("{base}′")
    } else {
        base.to_owned()
    });
    match index {
        Some(index) => base.sub(Math::number(index)),
        None => base,
    }
}
