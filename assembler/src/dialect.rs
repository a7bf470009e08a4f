//! Where GNU as and LLVM make different bytes of the same text: which instructions stay as long as they are written, and
//! which are compressed.

use crate::branch;
use crate::instruction::Candidate;
use crate::pseudo;
use zktr_isa::Spec;
use zktr_isa::algebra::{BinOp, Expr, ExprKind, Stmt};
use zktr_isa::model::{AliasValue, Instruction, Operand};

/// Whose bytes are made where GNU as and LLVM differ: `docs/assembler.md` has the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Those of GNU as.
    #[default]
    Gnu,
    /// Those of LLVM's assembler.
    Llvm,
}

/// Whether GNU as keeps a form of a mnemonic as long as it is, though a compressed instruction does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Keep {
    /// No.
    #[default]
    No,
    /// If the source register is the one that is zero.
    ZeroSource,
    /// If that or the number is zero.
    ZeroPart,
    /// Yes.
    Always,
}

/// Where operands begin in nearly all words: the result, the first source, a number.
const RESULT: u8 = 7;
const SOURCE: u8 = 15;
const NUMBER: u8 = 20;
const REGISTER_BITS: u32 = 0x1f;

impl Keep {
    /// Of a form of a mnemonic. Other names of an addition of a number are not compressed as loads of a number, and jumps
    /// only where the register of the return address is not written.
    pub fn of(spec: &Spec, xlen: u8, candidate: Candidate) -> Self {
        let (index, bindings) = match candidate {
            Candidate::Instruction(index) => (index, None),
            Candidate::Alias(index) => {
                let alias = &spec.aliases[index];
                (alias.target, Some(&alias.bindings))
            }
        };
        let instruction = &spec.instructions[index];
        let is_written = |start: u8| {
            let bound = |i: usize| bindings.is_none_or(|b| matches!(b[i], AliasValue::Operand(_)));
            begins_at(instruction, start).is_some_and(bound)
        };
        let is = |name: &str| spec.instruction_for(name, xlen) == Some(index);
        let jumps = is(pseudo::FAR_JUMP[1]) || branch::unconditional(instruction).is_some();
        if jumps && is_written(RESULT) {
            Self::Always
        } else if bindings.is_some() && is(pseudo::ADD_IMMEDIATE) && is_written(SOURCE) {
            if is_written(NUMBER) {
                Self::ZeroPart
            } else {
                Self::ZeroSource
            }
        } else {
            Self::No
        }
    }

    /// Is this word kept?
    #[inline]
    pub fn applies(self, word: u32) -> bool {
        match self {
            Self::No => false,
            Self::ZeroSource => word >> SOURCE & REGISTER_BITS == 0,
            Self::ZeroPart => word >> SOURCE & REGISTER_BITS == 0 || word >> NUMBER == 0,
            Self::Always => true,
        }
    }
}

/// What else LLVM replaces by a compressed instruction that stands for `target` with these operands: a sum or a test of equality
/// with the zero on the other side, and a sum with zero of 32 bits.
pub(crate) fn also_in_llvm(
    spec: &Spec,
    xlen: u8,
    target: usize,
    bindings: &[AliasValue],
) -> Vec<(usize, Vec<AliasValue>)> {
    let instruction = &spec.instructions[target];
    let is_zero = |i: usize| bindings.get(i) == Some(&AliasValue::Fixed(0));
    let mut found = Vec::new();
    if let Some((a, b)) = symmetric(instruction).filter(|&(a, b)| is_zero(a) || is_zero(b)) {
        let mut exchanged = bindings.to_vec();
        exchanged.swap(a, b);
        found.push((target, exchanged));
    }
    let [add, add_word] = pseudo::ADD_LOWER.map(|name| spec.instruction_for(name, xlen));
    let source = begins_at(instruction, SOURCE);
    let result = begins_at(instruction, RESULT);
    if let (Some(source), Some(result), Some(add_word)) = (source, result, add_word)
        && add == Some(target)
        && is_zero(source)
        && !is_zero(result)
    {
        found.push((add_word, bindings.to_vec()));
    }
    found
}

/// The register operands of an instruction that may be exchanged, by what it does: a sum of two, or a branch where they
/// are equal or differ.
fn symmetric(instruction: &Instruction) -> Option<(usize, usize)> {
    let [mode] = &instruction.modes[..] else {
        return None;
    };
    let (value, ops): (&Expr, &[BinOp]) = match &mode.semantics.body[..] {
        [Stmt::SetReg { value, .. }] => (value, &[BinOp::Add]),
        [Stmt::If { cond, .. }] => (cond, &[BinOp::Eq, BinOp::Ne]),
        _ => return None,
    };
    let ExprKind::Binary(op, a, b) = &value.kind else {
        return None;
    };
    let (ExprKind::Operand(a), ExprKind::Operand(b)) = (&a.kind, &b.kind) else {
        return None;
    };
    let (a, b) = (a.0 as usize, b.0 as usize);
    let is_register = |i: usize| instruction.operands[i].kind.register().is_some();
    (ops.contains(op) && is_register(a) && is_register(b)).then_some((a, b))
}

/// The operand whose lowest bit in the word is this one.
fn begins_at(instruction: &Instruction, bit: u8) -> Option<usize> {
    let begins = |operand: &Operand| operand.slices.iter().any(|slice| slice.word_lo == bit);
    instruction.operands.iter().position(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_equalities_have_operands_that_may_be_exchanged() {
        let spec = Spec::builtin();
        let names: Vec<&str> = spec
            .instructions
            .iter()
            .filter(|instruction| instruction.length == 4 && symmetric(instruction).is_some())
            .map(|instruction| instruction.name.as_str())
            .collect();
        assert_eq!(names, ["beq", "bne", "add"]);
    }
}
