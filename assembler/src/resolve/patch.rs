//! Parts of numbers in instruction words: which relocation stands for a part, how a number is split, and how a part is
//! put in its place.

use crate::field;
use crate::object::RelocationKind;
use crate::section::Modifier;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, OperandKind};

/// The relocation that fills in a part of a symbol's value, by the instruction's encoding format, as the
/// psABI defines relocations.
pub(crate) fn relocation_kind(
    instruction: &Instruction,
    operand: usize,
    modifier: Modifier,
) -> Option<RelocationKind> {
    let operand = instruction.operands.get(operand)?;
    let OperandKind::Imm { pc_relative, .. } = operand.kind else {
        return None;
    };
    Some(match (instruction.format.as_str(), modifier, pc_relative) {
        ("B", Modifier::None, true) => RelocationKind::Branch,
        ("J", Modifier::None, true) => RelocationKind::Jal,
        ("CB", Modifier::None, true) => RelocationKind::RvcBranch,
        ("CJ", Modifier::None, true) => RelocationKind::RvcJump,
        ("U", Modifier::Hi, _) => RelocationKind::Hi20,
        ("U", Modifier::PcrelHi, _) => RelocationKind::PcrelHi20,
        ("U", Modifier::GotPcrelHi, _) => RelocationKind::GotHi20,
        ("U", Modifier::TprelHi, _) => RelocationKind::TprelHi20,
        ("U", Modifier::TlsIePcrelHi, _) => RelocationKind::TlsGotHi20,
        ("U", Modifier::TlsGdPcrelHi, _) => RelocationKind::TlsGdHi20,
        ("U", Modifier::TlsDescHi, _) => RelocationKind::TlsDescHi20,
        ("I" | "load", Modifier::TprelLo, _) => RelocationKind::TprelLo12I,
        ("load", Modifier::TlsDescLoadLo, _) => RelocationKind::TlsDescLoadLo12,
        ("I", Modifier::TlsDescAddLo, _) => RelocationKind::TlsDescAddLo12,
        ("S", Modifier::TprelLo, _) => RelocationKind::TprelLo12S,
        ("I" | "load", Modifier::Lo, _) => RelocationKind::Lo12I,
        ("I" | "load", Modifier::PcrelLo, _) => RelocationKind::PcrelLo12I,
        ("S", Modifier::Lo, _) => RelocationKind::Lo12S,
        ("S", Modifier::PcrelLo, _) => RelocationKind::PcrelLo12S,
        _ => return None,
    })
}

/// The upper part of a 32-bit number and the sign-extended lower part that is added to it; none if the
/// number does not fit.
pub(crate) fn split(value: i64, xlen: u8) -> Option<(i64, i64)> {
    let value = if xlen == 32 {
        i64::from(value as i32)
    } else {
        value
    };
    let low = (value << 52) >> 52;
    let high = value.wrapping_sub(low) >> 12;
    let high = if xlen == 32 { (high << 44) >> 44 } else { high };
    (-(1 << 19)..1 << 19).contains(&high).then_some((high, low))
}

/// Puts an operand's value into an instruction word.
pub(crate) fn patch_operand(
    spec: &Spec,
    bytes: &mut [u8],
    (instruction, operand): (u32, u8),
    value: i64,
) -> Result<(), String> {
    let instruction = &spec.instructions[instruction as usize];
    let operand = &instruction.operands[usize::from(operand)];
    field::check(operand, value)?;
    let mut word = [0; 4];
    let length = usize::from(instruction.length);
    let Some(bytes) = bytes.get_mut(..length) else {
        return Ok(());
    };
    word[..length].copy_from_slice(bytes);
    let patched = u32::from_le_bytes(word) & !field::mask(operand) | field::place(operand, value);
    bytes.copy_from_slice(&patched.to_le_bytes()[..length]);
    Ok(())
}

/// Puts an upper part of a number into an instruction word.
pub(crate) fn patch_upper(
    spec: &Spec,
    bytes: &mut [u8],
    (instruction, operand): (u32, u8),
    high: i64,
) -> Result<(), String> {
    let value = field::upper(
        &spec.instructions[instruction as usize].operands[usize::from(operand)],
        high,
    );
    patch_operand(spec, bytes, (instruction, operand), value)
}
