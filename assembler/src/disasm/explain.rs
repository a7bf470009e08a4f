//! What each bit of a word means.

use super::{DisasmOptions, Disassembler};
use std::fmt::Write;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, LayoutContent, OperandKind, Registers};

/// What each bit of a word means: the instruction, then its fields from the highest bit down.
pub fn explain(spec: &Spec, word: u32, xlen: u8) -> String {
    let options = DisasmOptions {
        xlen,
        relative: true,
        ..DisasmOptions::default()
    };
    let bytes = word.to_le_bytes();
    let mut out = String::new();
    let lines = Disassembler::new(spec, &options);
    let Some(line) = lines.lines(&bytes, 0).next() else {
        return out;
    };
    // Writing to a string cannot fail.
    let digits = 2 * usize::from(line.length) + 2;
    let _ = writeln!(
        out,
        "{:#0digits$x}  {}",
        line.word,
        line.text.replace('\t', " ")
    );
    let (Some(index), Ok(decoded)) = (line.instruction, spec.decode(word, xlen)) else {
        let _ = writeln!(out, "no instruction of RV{xlen} has this word");
        return out;
    };
    let instruction = &spec.instructions[index];
    let _ = writeln!(
        out,
        "{}: {} (extension {}, format {})",
        instruction.name, instruction.title, instruction.extension, instruction.format
    );
    for field in &instruction.layout {
        let (high, low) = (field.lo + field.len.max(1) - 1, field.lo);
        let bits = u64::from(word) >> low & ((1u64 << field.len) - 1);
        let range = if high == low {
            format!("{low}")
        } else {
            format!("{high}:{low}")
        };
        let meaning = explain_field(
            spec,
            instruction,
            decoded.values(),
            field.content,
            field.len,
            &field.name,
        );
        let width = usize::from(field.len);
        let _ = writeln!(
            out,
            "  {range:>5}  {:<20}  {meaning}",
            format!("{bits:0width$b}")
        );
    }
    out
}

fn explain_field(
    spec: &Spec,
    instruction: &Instruction,
    values: &[i64],
    content: LayoutContent,
    len: u8,
    name: &str,
) -> String {
    match content {
        LayoutContent::Fixed(value) => format!("{name} = {value:#x}"),
        LayoutContent::Operand { operand, value_lo } => {
            let id = operand.0 as usize;
            let (Some(operand), Some(&value)) = (instruction.operands.get(id), values.get(id))
            else {
                return name.to_owned();
            };
            let named = |registers: &Registers| {
                let (abi, numeric) = (registers.name(value, false), registers.name(value, true));
                format!("{name} = {abi} ({numeric})")
            };
            match operand.kind {
                OperandKind::Gpr { .. } => named(&spec.registers),
                OperandKind::Fpr { .. } => named(&spec.float_registers),
                _ if operand.slices.len() == 1 && value_lo == 0 => format!("{name} = {value}"),
                _ => {
                    let high = value_lo + len.max(1) - 1;
                    let part = if high == value_lo {
                        format!("{high}")
                    } else {
                        format!("{high}:{value_lo}")
                    };
                    format!("{name}[{part}] of {name} = {value}")
                }
            }
        }
    }
}
