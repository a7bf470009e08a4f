//! Phrases about parts of the spec: operands, values, types.

use crate::algebra::OperandId;
use crate::code::encode::Allowed;
use crate::model::{
    Access, AliasValue, Descriptor, DescriptorField, Elem, Extent, FieldType, Instruction, Operand,
    OperandKind, Role, SyntaxPiece, Version,
};
use crate::spec::Spec;
use std::fmt::Write as _;

/// The mnemonic and its operand list, as `addi rd, rs1, imm`.
#[must_use]
pub fn syntax(spec: &Spec, instruction: usize) -> String {
    let Some(entry) = spec.instructions.get(instruction) else {
        return String::new();
    };
    assembly(entry, |id| operand_name(entry, id).to_owned())
}

/// An instruction in assembly, with these texts for its operands.
pub(crate) fn assembly(entry: &Instruction, operand: impl Fn(OperandId) -> String) -> String {
    let pieces = entry.syntax.iter().map(|piece| match piece {
        SyntaxPiece::Operand(id) => Ok(operand(*id)),
        SyntaxPiece::Punct(c) => Err(*c),
    });
    operand_list(&entry.name, pieces)
}

/// A mnemonic with operands and punctuation.
pub(crate) fn operand_list(
    mnemonic: &str,
    pieces: impl Iterator<Item = Result<String, char>>,
) -> String {
    let mut out = mnemonic.to_owned();
    for (index, piece) in pieces.enumerate() {
        out.push_str(if index == 0 { " " } else { "" });
        match piece {
            Ok(name) => out.push_str(&name),
            Err(',') => out.push_str(", "),
            Err(c) => out.push(c),
        }
    }
    out
}

pub(crate) fn operand_name(entry: &Instruction, id: OperandId) -> &str {
    entry
        .operands
        .get(id.0 as usize)
        .map_or("?", |operand| &operand.name)
}

/// What an operand is, without its role.
pub(crate) fn kind(operand: &Operand) -> &'static str {
    match operand.kind {
        OperandKind::Gpr {
            read: true,
            write: true,
            ..
        } => "register, read and written",
        OperandKind::Gpr { write: true, .. } => "register, written",
        OperandKind::Gpr { .. } => "register, read",
        OperandKind::Fpr {
            read: true,
            write: true,
            ..
        } => "floating-point register, read and written",
        OperandKind::Fpr { write: true, .. } => "floating-point register, written",
        OperandKind::Fpr { .. } => "floating-point register, read",
        OperandKind::Imm {
            pc_relative: true, ..
        } => "distance from this instruction in bytes",
        OperandKind::Imm { signed: true, .. } => "signed immediate",
        OperandKind::Imm { .. } => "unsigned immediate",
        OperandKind::Csr => "CSR number",
        OperandKind::FenceSet => "set of accesses",
    }
}

/// Where the bits of an operand are in the word: (bits of the word, bits of the value).
pub(crate) fn places(operand: &Operand) -> Vec<(String, String)> {
    let range = |low: u8, len: u8| match len {
        1 => low.to_string(),
        _ => format!("{}:{low}", low + len - 1),
    };
    operand
        .slices
        .iter()
        .map(|slice| {
            (
                range(slice.word_lo, slice.len),
                range(slice.value_lo, slice.len),
            )
        })
        .collect()
}

/// The values that an operand may have.
pub(crate) fn values(spec: &Spec, operand: &Operand) -> String {
    let allowed = operand.allowed();
    let Some(register) = operand.kind.register() else {
        return allowed.to_string();
    };
    let Allowed {
        min, max, exclude, ..
    } = allowed;
    if min == max {
        return value(spec, operand, min);
    }
    let prefix = &spec.register_file(register.file).prefix;
    let mut out = format!("{prefix}{min} to {prefix}{max}");
    if !exclude.is_empty() {
        let names: Vec<String> = exclude
            .into_iter()
            .map(|number| value(spec, operand, number))
            .collect();
        let _ = write!(out, ", not {}", names.join(", "));
    }
    out
}

/// A value of an operand, as it is written in assembly.
pub(crate) fn value(spec: &Spec, operand: &Operand, value: i64) -> String {
    let index = usize::try_from(value).ok();
    let named = match operand.kind {
        OperandKind::Gpr { .. } => index
            .and_then(|index| spec.registers.abi.get(index))
            .cloned(),
        OperandKind::Fpr { .. } => index
            .and_then(|index| spec.float_registers.abi.get(index))
            .cloned(),
        OperandKind::Csr => u16::try_from(value)
            .ok()
            .and_then(|number| spec.csr_by_number(number))
            .map(|csr| csr.name.clone()),
        OperandKind::FenceSet if (1..16).contains(&value) => Some(
            "iorw"
                .chars()
                .zip([8, 4, 2, 1])
                .filter(|(_, bit)| value & bit != 0)
                .map(|(letter, _)| letter)
                .collect(),
        ),
        OperandKind::Imm {
            pc_relative: true, ..
        } => Some(if value < 0 {
            format!(". - {}", value.unsigned_abs())
        } else {
            format!(". + {value}")
        }),
        _ => None,
    };
    named.unwrap_or_else(|| value.to_string())
}

/// An instruction in assembly whose operands get these values; own operands by the names that `own` gives.
pub(crate) fn bound(
    spec: &Spec,
    target: &Instruction,
    bindings: &[AliasValue],
    own: impl Fn(usize) -> String,
) -> String {
    assembly(target, |id| match bindings.get(id.0 as usize) {
        Some(AliasValue::Operand(index)) => own(*index),
        Some(AliasValue::Fixed(fixed)) => value(spec, &target.operands[id.0 as usize], *fixed),
        None => "?".to_owned(),
    })
}

/// Consecutive bytes, as `8–15` or `3`.
pub(crate) fn range(at: u32, size: u32) -> String {
    if size == 1 {
        at.to_string()
    } else {
        format!("{at}–{}", at + size.max(1) - 1)
    }
}

/// The values that a field of a descriptor may have; empty if there is nothing to say.
pub(crate) fn field_values(field: &DescriptorField) -> String {
    match (field.value, field.max) {
        (Some(value), _) => value.to_string(),
        (None, Some(max)) => format!("0 to {max}"),
        (None, None) => String::new(),
    }
}

/// The name of an extent.
pub(crate) fn extent(
    extent: Extent,
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> String {
    match extent {
        Extent::Field(id) => descriptor
            .fields
            .get(id.0 as usize)
            .map_or("?", |field| &field.name)
            .to_owned(),
        Extent::Count(id) => {
            let role = instruction
                .and_then(|instruction| instruction.operands.get(id.0 as usize))
                .map(|operand| &operand.role);
            match role {
                Some(Role::Count(name)) => name.clone(),
                _ => "?".to_owned(),
            }
        }
    }
}

/// The type of a field, as in a spec file; for a view, also how it is accessed.
pub(crate) fn field_type(
    ty: &FieldType,
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> (String, &'static str) {
    match ty {
        FieldType::Uint(bytes) => (format!("u{}", u32::from(*bytes) * 8), ""),
        FieldType::Format => ("format".to_owned(), ""),
        FieldType::Mode => ("mode".to_owned(), ""),
        FieldType::Flags => ("flags".to_owned(), ""),
        FieldType::Felt(kind) => (format!("felt<{}>", Elem::Felt(*kind).name()), ""),
        FieldType::Reduction => ("reduction".to_owned(), ""),
        FieldType::View(view) => {
            let dims: String = view
                .dims
                .iter()
                .map(|dim| format!(", {}", extent(*dim, descriptor, instruction)))
                .collect();
            let access = match view.access {
                Access::Read => "read",
                Access::Write => "written",
                Access::Update => "added to",
            };
            (format!("view<{}{dims}>", view.elem.name()), access)
        }
    }
}

/// A version, as `0.2`.
pub(crate) fn version((major, minor): Version) -> String {
    format!("{major}.{minor}")
}

/// Harts, as `RV32, RV64`.
pub(crate) fn harts(xlen: &[u8]) -> String {
    let harts: Vec<String> = xlen.iter().map(|xlen| format!("RV{xlen}")).collect();
    harts.join(", ")
}

/// How a name is written in an identifier of a page or anchor: lower-case ASCII letters, digits, `.`
/// and `-`. Other characters become `-`.
pub(crate) fn slug(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '.' | '-' | '_' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '-',
        })
        .collect()
}
