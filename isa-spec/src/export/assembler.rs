//! An include file for GNU as and LLVM's assembler: with it they take the mnemonics of the spec.
//!
//! Each instruction is a macro of its own name, so that sources need no change when an assembler learns the
//! instructions. Operands are separated by commas as in the spec's syntax. An operand like `imm(rs1)` is one argument
//! where the `.insn` directive takes it as a whole, and two arguments elsewhere, which the macro's comment shows.

use super::call::{directive, range_check};
use super::ident::{Names, screaming};
use super::part::{Entry, Part};
use super::shape::{Form, Piece, form};
use super::{File, text};
use crate::algebra::OperandId;
use crate::model::{Instruction, OperandKind, Role, SyntaxPiece};
use std::fmt::Write as _;

/// The file.
pub(super) fn include(part: &Part<'_>) -> File {
    let mut out = text::comment("# ", &part.notice());
    let big = screaming(&part.prefix);
    let _ = write!(
        out,
        "# The file may be included more than once.\n\n.ifndef {big}_ISA_INC\n.set {big}_ISA_INC, 1\n\n# Constants.\n"
    );
    constants(&mut out, part, &big);
    out.push_str("\n# Numbers of registers.\n");
    let floats = part
        .uses_floats()
        .then(|| part.spec.float_registers.names())
        .into_iter()
        .flatten();
    for (name, number) in part.spec.registers.names().chain(floats) {
        let _ = writeln!(out, ".set .L{}_number_{name}, {number}", part.prefix);
    }
    let mut taken = std::collections::HashSet::new();
    for entry in &part.instructions {
        define(
            &mut out,
            part,
            entry,
            !taken.insert(&entry.instruction.name),
        );
    }
    out.push_str("\n.endif\n");
    part.file(".inc", out)
}

fn constants(out: &mut String, part: &Part<'_>, big: &str) {
    let mut names = Names::new(&[]);
    let mut set = |kind: &str, name: &str, value: u64| {
        let name = names.unique(&format!("{big}_{kind}_{}", screaming(name)));
        let _ = writeln!(out, ".set {name}, {value:#x}");
    };
    for csr in &part.csrs {
        set("CSR", &csr.name, csr.number.into());
    }
    if part.has_bulk() {
        for status in &part.spec.statuses {
            set("STATUS", &status.name, status.code);
        }
        for format in &part.spec.formats {
            set("FORMAT", &format.name, format.code.into());
        }
    }
    for descriptor in &part.descriptors {
        let name = &descriptor.name;
        set("SIZE", name, descriptor.size.into());
        for field in &descriptor.fields {
            set("OFFSET", &format!("{name}_{}", field.name), field.at.into());
        }
    }
    for entry in &part.instructions {
        for mode in &entry.instruction.modes {
            if !mode.name.is_empty() {
                set(
                    "MODE",
                    &format!("{}_{}", entry.symbol, mode.name),
                    mode.code.into(),
                );
            }
        }
    }
}

/// An argument of a macro.
enum Argument {
    Operand(OperandId),
    /// `imm(register)`, taken by the directive as it is.
    Offset {
        imm: OperandId,
    },
}

fn define(out: &mut String, part: &Part<'_>, entry: &Entry<'_>, second: bool) {
    let instruction = entry.instruction;
    // A macro is not conditional on XLEN; where both have one of this name, the second has a name of its own.
    let name = if second {
        &entry.symbol
    } else {
        &instruction.name
    };
    let form = form(instruction);
    if form == Form::Word && has_distance(instruction) {
        let _ = writeln!(
            out,
            "\n# {} has no macro: no directive takes its distance.",
            instruction.name
        );
        return;
    }
    let mut names = Names::new(&[]);
    let parameters: Vec<String> = instruction
        .operands
        .iter()
        .map(|operand| match &operand.role {
            Role::Count(name) => names.unique(name),
            Role::Descriptor(_) => names.unique("descriptor"),
            Role::Value | Role::Status => names.unique(&operand.name),
        })
        .collect();
    let arguments = arguments(instruction, &form);
    let shown: Vec<String> = arguments
        .iter()
        .map(|argument| match argument {
            Argument::Operand(id) => parameters[id.0 as usize].clone(),
            Argument::Offset { imm } => format!("{}_at", parameters[imm.0 as usize]),
        })
        .collect();
    let _ = write!(
        out,
        "\n# {}\n.macro {name}",
        text::line(&format!(
            "{}: {}",
            crate::manual::syntax(part.spec, entry.index),
            instruction.title
        )),
    );
    for (index, name) in shown.iter().enumerate() {
        let _ = write!(out, "{}{name}", if index == 0 { " " } else { ", " });
    }
    out.push('\n');
    // In the text of a macro `\()` ends the name of an argument.
    let operand = |id: OperandId| format!("\\{}", parameters[id.0 as usize]);
    let number = |id: OperandId| match instruction.operands[id.0 as usize].kind {
        OperandKind::Gpr { .. } | OperandKind::Fpr { .. } => {
            format!(".L{}_number_\\{}", part.prefix, parameters[id.0 as usize])
        }
        _ => format!("(\\{})", parameters[id.0 as usize]),
    };
    for (index, entry) in instruction.operands.iter().enumerate() {
        let id = OperandId(index as u32);
        let written = arguments
            .iter()
            .any(|a| matches!(a, Argument::Operand(own) if *own == id));
        if written && needs_check(entry, &form) {
            let _ = writeln!(
                out,
                "    .ifeq {}\n    .error \"{} of {} must be {}\"\n    .endif",
                range_check(entry, &number(id), "&&", "||"),
                parameters[index],
                instruction.name,
                crate::manual::values(part.spec, entry)
            );
        }
    }
    let text = match (&form, arguments.iter().find_map(offset)) {
        (
            Form::I {
                opcode, funct3, rd, ..
            },
            Some(imm),
        ) => {
            format!(
                ".insn i {opcode:#x}, {funct3}, {}, \\{}_at",
                piece(rd, &operand),
                parameters[imm]
            )
        }
        (
            Form::S {
                opcode,
                funct3,
                rs2,
                ..
            },
            Some(imm),
        ) => {
            format!(
                ".insn s {opcode:#x}, {funct3}, {}, \\{}_at",
                piece(rs2, &operand),
                parameters[imm]
            )
        }
        _ => directive(instruction, &form, operand, number),
    };
    let _ = writeln!(out, "    {text}\n.endm");
}

fn offset(argument: &Argument) -> Option<usize> {
    match argument {
        Argument::Offset { imm } => Some(imm.0 as usize),
        Argument::Operand(_) => None,
    }
}

fn piece(piece: &Piece, operand: &impl Fn(OperandId) -> String) -> String {
    match piece {
        Piece::Operand(id) => operand(*id),
        Piece::Fixed(number) => format!("x{number}"),
    }
}

fn has_distance(instruction: &Instruction) -> bool {
    instruction.operands.iter().any(|o| {
        matches!(
            o.kind,
            OperandKind::Imm {
                pc_relative: true,
                ..
            }
        )
    })
}

/// True unless the directive refuses all values that the operand must not have.
fn needs_check(operand: &crate::model::Operand, form: &Form) -> bool {
    let distance = matches!(
        operand.kind,
        OperandKind::Imm {
            pc_relative: true,
            ..
        }
    );
    let register = operand.kind.register().is_some() && !operand.kind.is_compressed();
    !distance && (!operand.exclude.is_empty() || (*form == Form::Word && !register))
}

/// The arguments of an instruction's macro, in the order of its syntax.
fn arguments(instruction: &Instruction, form: &Form) -> Vec<Argument> {
    let takes_offset = |imm: OperandId, base: OperandId| match form {
        Form::I { imm: i, rs1, .. } | Form::S { imm: i, rs1, .. } => {
            (*i, *rs1) == (Piece::Operand(imm), Piece::Operand(base))
        }
        _ => false,
    };
    let checked = |id: OperandId| needs_check(&instruction.operands[id.0 as usize], form);
    let mut out = Vec::new();
    for chunk in instruction.syntax.split(|p| *p == SyntaxPiece::Punct(',')) {
        match chunk {
            [
                SyntaxPiece::Operand(imm),
                SyntaxPiece::Punct('('),
                SyntaxPiece::Operand(base),
                SyntaxPiece::Punct(')'),
            ] if takes_offset(*imm, *base) && !checked(*imm) && !checked(*base) => {
                out.push(Argument::Offset { imm: *imm });
            }
            _ => out.extend(chunk.iter().filter_map(|piece| match piece {
                // An operand with one value needs no argument.
                SyntaxPiece::Operand(id) if instruction.operands[id.0 as usize].fixed.is_none() => {
                    Some(Argument::Operand(*id))
                }
                _ => None,
            })),
        }
    }
    out
}
