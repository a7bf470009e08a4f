//! Extension files of riscv-opcodes: `rv_NAME`, `rv32_NAME` and `rv64_NAME` for what the harts share and what only
//! one of them has, and the lines that its tables of arguments and CSRs need.
//!
//! An operand is written with the name that riscv-opcodes has for such bits where it has one, and else with one of
//! its own, which then stands in the file of additions for `arg_lut.csv`.

use super::ident::snake;
use super::part::{Entry, Part};
use super::{File, text};
use crate::model::{Instruction, LayoutContent, Operand, OperandKind};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// An argument of `arg_lut.csv`: its name, its lowest bit in the word, and the pieces of the operand's value from the
/// highest bit of the word down, as (length, lowest bit in the value).
struct Known {
    name: &'static str,
    low: u8,
    pieces: &'static [(u8, u8)],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Register,
    Number,
    Csr,
    Set,
}

const fn known(name: &'static str, low: u8, pieces: &'static [(u8, u8)], kind: Kind) -> Known {
    Known {
        name,
        low,
        pieces,
        kind,
    }
}

const KNOWN: &[Known] = &[
    known("rd", 7, &[(5, 0)], Kind::Register),
    known("rs1", 15, &[(5, 0)], Kind::Register),
    known("rs2", 20, &[(5, 0)], Kind::Register),
    known("rs3", 27, &[(5, 0)], Kind::Register),
    known("imm20", 12, &[(20, 0)], Kind::Number),
    known(
        "jimm20",
        12,
        &[(1, 20), (10, 1), (1, 11), (8, 12)],
        Kind::Number,
    ),
    known("imm12", 20, &[(12, 0)], Kind::Number),
    known("imm12hi", 25, &[(7, 5)], Kind::Number),
    known("imm12lo", 7, &[(5, 0)], Kind::Number),
    known("bimm12hi", 25, &[(1, 12), (6, 5)], Kind::Number),
    known("bimm12lo", 7, &[(4, 1), (1, 11)], Kind::Number),
    known("shamtw", 20, &[(5, 0)], Kind::Number),
    known("shamtd", 20, &[(6, 0)], Kind::Number),
    known("zimm5", 15, &[(5, 0)], Kind::Number),
    known("csr", 20, &[(12, 0)], Kind::Csr),
    known("pred", 24, &[(4, 0)], Kind::Set),
    known("succ", 20, &[(4, 0)], Kind::Set),
];

/// The files.
pub(super) fn files(part: &Part<'_>) -> Vec<File> {
    let mut extensions: BTreeMap<String, String> = BTreeMap::new();
    let mut arguments: BTreeMap<String, (u8, u8)> = BTreeMap::new();
    let mut names: HashSet<(u8, String)> = HashSet::new();
    for entry in &part.instructions {
        let instruction = entry.instruction;
        let base = match instruction.xlen.as_slice() {
            [32] => "rv32",
            [64] => "rv64",
            _ => "rv",
        };
        let path = format!(
            "extensions/{base}_{}",
            snake(&instruction.extension).to_ascii_lowercase()
        );
        let file = extensions
            .entry(path)
            .or_insert_with(|| text::comment("# ", &part.notice()));
        if !instruction.title.is_empty() {
            let _ = writeln!(file, "\n# {}", text::line(&instruction.title));
        }
        // It takes dots for `_`, and refuses a second instruction of a name.
        let plain = snake(&instruction.name);
        let fresh = instruction
            .xlen
            .iter()
            .all(|&xlen| !names.contains(&(xlen, plain.clone())));
        names.extend(instruction.xlen.iter().map(|&xlen| (xlen, plain.clone())));
        let name = if fresh {
            &instruction.name
        } else {
            &entry.symbol
        };
        let _ = writeln!(file, "{}", line(name, entry, &mut arguments));
    }
    let mut out: Vec<File> = extensions
        .into_iter()
        .map(|(path, text)| File { path, text })
        .collect();
    if !part.csrs.is_empty() {
        let lines = part
            .csrs
            .iter()
            .map(|csr| format!("{:#05x}, {}\n", csr.number, text::quoted(&csr.name)));
        out.push(File {
            path: "csrs.csv".to_owned(),
            text: lines.collect(),
        });
    }
    if !arguments.is_empty() {
        let lines = arguments
            .iter()
            .map(|(name, (high, low))| format!("{}, {high}, {low}\n", text::quoted(name)));
        out.push(File {
            path: "arg_lut.csv".to_owned(),
            text: lines.collect(),
        });
    }
    out
}

/// `name arguments high..low=value ...`; each bit of the word is in it once.
fn line(name: &str, entry: &Entry<'_>, arguments: &mut BTreeMap<String, (u8, u8)>) -> String {
    let mut out = name.to_owned();
    for run in operand_runs(entry.instruction) {
        let known = KNOWN.iter().find(|known| {
            (known.low, known.kind, known.pieces)
                == (run.low, kind(run.operand), run.pieces.as_slice())
        });
        // The table has one place for a name, so that a name of ours says its place.
        let argument = known.map_or_else(
            || format!("{}_{}_{}", snake(&run.operand.name), run.high, run.low),
            |known| known.name.to_owned(),
        );
        if known.is_none() {
            arguments.insert(argument.clone(), (run.high, run.low));
        }
        let _ = write!(out, " {argument}");
    }
    for (high, low, value) in fixed(entry.instruction) {
        if high == low {
            let _ = write!(out, " {low}={value}");
        } else {
            let _ = write!(out, " {high}..{low}={value:#x}");
        }
    }
    out
}

/// Adjacent bits of a word that belong to one operand.
struct Run<'a> {
    operand: &'a Operand,
    high: u8,
    low: u8,
    pieces: Vec<(u8, u8)>,
}

fn operand_runs(instruction: &Instruction) -> Vec<Run<'_>> {
    let mut out: Vec<Run<'_>> = Vec::new();
    for field in &instruction.layout {
        let LayoutContent::Operand { operand, value_lo } = field.content else {
            continue;
        };
        let operand = &instruction.operands[operand.0 as usize];
        match out.last_mut() {
            Some(run) if run.operand.name == operand.name && run.low == field.lo + field.len => {
                run.low = field.lo;
                run.pieces.push((field.len, value_lo));
            }
            _ => out.push(Run {
                operand,
                high: field.lo + field.len - 1,
                low: field.lo,
                pieces: vec![(field.len, value_lo)],
            }),
        }
    }
    out
}

/// The fixed parts of the word from the highest bit down: fields, where adjacent single bits are one, and the two
/// lowest bits, which tell the length, stand for themselves, as everywhere in riscv-opcodes.
fn fixed(instruction: &Instruction) -> Vec<(u8, u8, u32)> {
    let mut out: Vec<(u8, u8, u32)> = Vec::new();
    let mut after_bit = None;
    for field in &instruction.layout {
        let LayoutContent::Fixed(value) = field.content else {
            continue;
        };
        let high = field.lo + field.len - 1;
        match out.last_mut() {
            Some(last) if field.len == 1 && after_bit == Some(field.lo) => {
                (last.1, last.2) = (field.lo, last.2 << 1 | value);
            }
            _ if field.lo == 0 && field.len > 2 => {
                out.push((high, 2, value >> 2));
                out.push((1, 0, value & 3));
            }
            _ => out.push((high, field.lo, value)),
        }
        after_bit = (field.len == 1 && field.lo > 0).then(|| field.lo - 1);
    }
    out
}

fn kind(operand: &Operand) -> Kind {
    match operand.kind {
        OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => Kind::Register,
        OperandKind::Imm { .. } => Kind::Number,
        OperandKind::Csr => Kind::Csr,
        OperandKind::FenceSet => Kind::Set,
    }
}
