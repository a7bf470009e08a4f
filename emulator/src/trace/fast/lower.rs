//! From the terms and polynomials of a table to values of its graph.

use super::graph::{Graph, Id};
use zktr_isa::algebra::BinOp;
use zktr_isa::trace::poly::Poly;
use zktr_isa::trace::term::{Signal, Term};
use zktr_isa::trace::{CellValue, Table};

/// A table's values.
#[derive(Debug)]
pub(super) struct Lowered {
    pub(super) graph: Graph,
    /// A word that is not zero where there is a row, if there is a condition.
    pub(super) only: Option<Id>,
    /// The cells, residues. Those that count are zero.
    pub(super) cells: Vec<Id>,
    modulus: u64,
    /// Which cells count messages.
    counts: Vec<bool>,
}

/// The values of a table's terms, given what its signals are.
pub(super) fn lower(
    table: &Table,
    modulus: u64,
    mut signal: impl FnMut(&mut Graph, Signal) -> Id,
) -> Lowered {
    let mut graph = Graph::new(modulus);
    let mut locals = Vec::new();
    for local in &table.locals {
        let value = term(&mut graph, &local.value, &locals, &[], &mut signal);
        locals.push(value);
    }
    let only = table
        .only
        .as_ref()
        .map(|only| term(&mut graph, only, &locals, &[], &mut signal));
    let mut cells = Vec::new();
    for cell in &table.cells {
        let value = match &cell.value {
            CellValue::Term(value) => term(&mut graph, value, &locals, &cells, &mut signal),
            CellValue::Count(_) => graph.number(0),
        };
        let residue = graph.residue(value);
        cells.push(residue);
    }
    Lowered {
        graph,
        only,
        cells,
        modulus,
        counts: table
            .cells
            .iter()
            .map(|cell| matches!(cell.value, CellValue::Count(_)))
            .collect(),
    }
}

/// The condition of a table of messages, for a message of these values of another table's graph; none without one.
pub(super) fn condition(graph: &mut Graph, table: &Table, message: &[Id]) -> Option<Id> {
    let only = table.only.as_ref()?;
    let mut signal = |graph: &mut Graph, signal| match signal {
        Signal::Message(element) => message[element as usize],
        _ => graph.number(0),
    };
    let mut locals = Vec::new();
    for local in &table.locals {
        let value = term(graph, &local.value, &locals, &[], &mut signal);
        locals.push(value);
    }
    Some(term(graph, only, &locals, &[], &mut signal))
}

fn term(
    graph: &mut Graph,
    value: &Term,
    locals: &[Id],
    cells: &[Id],
    signal: &mut impl FnMut(&mut Graph, Signal) -> Id,
) -> Id {
    match value {
        Term::Const(value) => graph.number(*value),
        Term::Signal(which) => signal(graph, *which),
        Term::Cell(cell) => cells[*cell as usize],
        Term::Local(local) => locals[*local as usize],
        Term::Is(instructions) => graph.is(instructions),
        Term::Complement(x) => {
            let x = term(graph, x, locals, cells, signal);
            let ones = graph.number(u64::MAX);
            graph.binary(BinOp::Xor, x, ones)
        }
        Term::Not(x) => {
            let x = term(graph, x, locals, cells, signal);
            let zero = graph.number(0);
            graph.binary(BinOp::Eq, x, zero)
        }
        Term::Sext(bits, x) => {
            let x = term(graph, x, locals, cells, signal);
            graph.sext(*bits, x)
        }
        Term::Zext(bits, x) => {
            let x = term(graph, x, locals, cells, signal);
            let mask = graph.number(u64::MAX >> (64 - u32::from(*bits)));
            graph.binary(BinOp::And, x, mask)
        }
        Term::Binary(op, a, b) => {
            let a = term(graph, a, locals, cells, signal);
            let b = term(graph, b, locals, cells, signal);
            graph.binary(*op, a, b)
        }
        Term::If(c, a, b) => {
            let c = term(graph, c, locals, cells, signal);
            let a = term(graph, a, locals, cells, signal);
            let b = term(graph, b, locals, cells, signal);
            graph.select(c, a, b)
        }
        Term::Sum(terms) => {
            let mut sum = graph.number(0);
            for value in terms {
                let value = term(graph, value, locals, cells, signal);
                sum = graph.binary(BinOp::Add, sum, value);
            }
            sum
        }
    }
}

impl Lowered {
    /// The residue of an affine polynomial over the cells of a row; none if it is not affine, or has a cell of the
    /// next row or one that counts messages.
    pub(super) fn affine(&mut self, poly: &Poly) -> Option<Id> {
        let affine = poly.affine()?;
        let unknown = |(cell, next, _): &(u32, bool, i128)| *next || self.counts[*cell as usize];
        if affine.terms.iter().any(unknown) {
            return None;
        }
        let graph = &mut self.graph;
        let p = i128::from(self.modulus);
        // Where the sum of integers is sure to be one of 64 bits without a sign, it is that; else all coefficients are made residues.
        let bound = |cell: u32| i128::from(graph.info(self.cells[cell as usize]).max);
        let lowest = affine
            .terms
            .iter()
            .try_fold(affine.constant, |sum, (cell, _, k)| {
                sum.checked_add(k.min(&0).checked_mul(bound(*cell))?)
            });
        let highest = affine
            .terms
            .iter()
            .try_fold(affine.constant, |sum, (cell, _, k)| {
                sum.checked_add(k.max(&0).checked_mul(bound(*cell))?)
            });
        let plain = lowest.is_some_and(|lowest| lowest >= 0)
            && highest.is_some_and(|highest| highest <= i128::from(u64::MAX));
        if !plain {
            // A product of residues has 62 bits.
            let mut sum = graph.number(affine.constant.rem_euclid(p) as u64);
            for (cell, _, k) in &affine.terms {
                let k = graph.number(k.rem_euclid(p) as u64);
                let product = graph.binary(BinOp::Mul, self.cells[*cell as usize], k);
                let product = graph.residue(product);
                sum = graph.binary(BinOp::Add, sum, product);
            }
            return Some(graph.residue(sum));
        }
        // What is subtracted comes last, so that no sum before it is negative.
        let (mut plus, mut minus) = (graph.number(0), graph.number(0));
        for (cell, _, k) in &affine.terms {
            let factor = graph.number(k.unsigned_abs() as u64);
            let product = graph.binary(BinOp::Mul, self.cells[*cell as usize], factor);
            let side = if *k > 0 { &mut plus } else { &mut minus };
            *side = graph.binary(BinOp::Add, *side, product);
        }
        let constant = graph.number(affine.constant.unsigned_abs() as u64);
        let side = if affine.constant >= 0 {
            &mut plus
        } else {
            &mut minus
        };
        *side = graph.binary(BinOp::Add, *side, constant);
        let sum = graph.binary(BinOp::Sub, plus, minus);
        Some(graph.residue(sum))
    }
}
