//! The trace schema as JSON: buses, tables, and their polynomials and terms as trees.
//!
//! Cells have the names of their columns, with an index where those are arrays: `carry[3]`.

use super::term::binary;
use crate::spec::Spec;
use crate::trace::poly::Poly;
use crate::trace::term::{SIGNALS, Signal, Term};
use crate::trace::{CellValue, Interaction, Knowledge, Rows, Schema, Table, When};
use serde_json::{Value, json};

/// The whole schema.
pub(super) fn schema(spec: &Spec) -> Value {
    let schema = spec.trace();
    let (guest, clock) = (&schema.guest, &schema.clock);
    json!({
        "guest": {
            "xlen": guest.xlen,
            "registers": guest.registers,
            "instructions": guest.instructions.to_string(),
            "min-rows": guest.min_rows,
            "min-prime": guest.min_prime,
        },
        "clock": {
            "first": clock.first, "step": clock.step, "rs1": clock.rs1, "rs2": clock.rs2,
            "memory": clock.memory, "rd": clock.rd, "call": clock.call,
        },
        "sources": schema.sources.iter().map(|source| json!({
            "name": source.name,
            "doc": source.doc,
            "signals": source.signals.iter().map(|(name, doc)| json!({ "name": name, "doc": doc }))
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "buses": schema.buses.iter().map(|bus| json!({
            "name": bus.name,
            "doc": bus.doc,
            "fields": bus.fields.iter().map(|field| json!({
                "name": field.name, "at": field.at, "len": field.len, "array": field.array,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "tables": schema.tables.iter().map(|t| table(spec, schema, t)).collect::<Vec<_>>(),
    })
}

fn table(spec: &Spec, schema: &Schema, table: &Table) -> Value {
    let of = Of { spec, table };
    json!({
        "name": table.name,
        "doc": table.doc,
        "knowledge": match table.knowledge {
            Knowledge::Witness => "witness",
            Knowledge::Fixed => "fixed",
            Knowledge::Public => "public",
        },
        "rows": rows(&of, schema, &table.rows),
        "only": table.only.as_ref().map(|term| of.term(term)),
        "locals": table.locals.iter().map(|local| json!({
            "name": local.name, "value": of.term(&local.value),
        })).collect::<Vec<_>>(),
        "columns": table.columns.iter().map(|column| json!({
            "name": column.name, "doc": column.doc, "at": column.at, "len": column.len,
            "array": column.array, "fixed": column.fixed,
        })).collect::<Vec<_>>(),
        "cells": table.cells.iter().enumerate().map(|(index, cell)| {
            let mut out = json!({ "name": table.cell_name(index), "pad": cell.pad });
            match &cell.value {
                CellValue::Term(term) => out["value"] = of.term(term),
                CellValue::Count(interaction) => out["count"] = json!(interaction),
            }
            out
        }).collect::<Vec<_>>(),
        "constraints": table.constraints.iter().map(|constraint| json!({
            "when": match constraint.when {
                When::Always => "always",
                When::First => "first",
                When::Last => "last",
                When::Transition => "transition",
            },
            "zero": of.poly(&constraint.zero),
            "degree": constraint.degree,
            "instance": constraint.instance,
        })).collect::<Vec<_>>(),
        "interactions": table.interactions.iter().map(|i| interaction(&of, schema, i)).collect::<Vec<_>>(),
    })
}

fn rows(of: &Of<'_>, schema: &Schema, rows: &Rows) -> Value {
    match rows {
        Rows::Instruction(None) => json!({ "each": "instruction" }),
        Rows::Instruction(Some(some)) => json!({ "each": "instruction", "of": of.names(some) }),
        Rows::Program(some) => json!({ "each": "program", "of": of.names(some) }),
        Rows::Word => json!({ "each": "word" }),
        Rows::Exchange => json!({ "each": "exchange" }),
        Rows::Run => json!({ "each": "run" }),
        Rows::Index(bound) => json!({ "each": "index", "below": bound }),
        Rows::Message(bus) => json!({ "each": "message", "bus": schema.buses[*bus].name }),
    }
}

fn interaction(of: &Of<'_>, schema: &Schema, interaction: &Interaction) -> Value {
    json!({
        "bus": schema.buses[interaction.bus].name,
        "send": interaction.send,
        "count": of.poly(&interaction.count),
        "values": interaction.values.iter().map(|value| of.poly(value)).collect::<Vec<_>>(),
        "instance": interaction.instance,
    })
}

/// What the indices of a table's terms refer to.
struct Of<'a> {
    spec: &'a Spec,
    table: &'a Table,
}

impl Of<'_> {
    fn names(&self, instructions: &[usize]) -> Vec<&str> {
        let names = instructions
            .iter()
            .map(|&i| self.spec.instructions[i].name.as_str());
        names.collect()
    }

    fn poly(&self, poly: &Poly) -> Value {
        match poly {
            Poly::Const(value) => json!(value),
            Poly::Cell { column, next } => {
                json!({ "cell": self.table.cell_name(*column as usize), "next": next })
            }
            Poly::Sum(terms) => {
                json!({ "op": "add", "args": terms.iter().map(|t| self.poly(t)).collect::<Vec<_>>() })
            }
            Poly::Sub(a, b) => json!({ "op": "sub", "args": [self.poly(a), self.poly(b)] }),
            Poly::Mul(a, b) => json!({ "op": "mul", "args": [self.poly(a), self.poly(b)] }),
        }
    }

    fn term(&self, term: &Term) -> Value {
        let apply = |op: &str, args: &[&Term]| {
            let args: Vec<Value> = args.iter().map(|arg| self.term(arg)).collect();
            json!({ "op": op, "args": args })
        };
        match term {
            Term::Const(value) => json!({ "word": value.to_string() }),
            Term::Signal(signal) => json!({ "signal": signal_name(*signal) }),
            Term::Cell(cell) => json!({ "cell": self.table.cell_name(*cell as usize) }),
            Term::Local(local) => json!({ "local": self.table.locals[*local as usize].name }),
            Term::Is(instructions) => json!({ "is": self.names(instructions) }),
            Term::Complement(a) => apply("complement", &[a]),
            Term::Not(a) => apply("not", &[a]),
            Term::Sext(bits, a) => json!({ "op": "sext", "bits": bits, "args": [self.term(a)] }),
            Term::Zext(bits, a) => json!({ "op": "zext", "bits": bits, "args": [self.term(a)] }),
            Term::Binary(op, a, b) => apply(binary(*op), &[a, b]),
            Term::If(c, a, b) => apply("if", &[c, a, b]),
            Term::Sum(terms) => apply("add", &terms.iter().collect::<Vec<_>>()),
        }
    }
}

fn signal_name(signal: Signal) -> String {
    if let Signal::Message(element) = signal {
        return format!("message[{element}]");
    }
    let mut all = SIGNALS.iter().flat_map(|(_, signals)| *signals);
    let found = all.find(|(_, known)| *known == signal);
    found.map_or_else(String::new, |(name, _)| (*name).to_owned())
}
