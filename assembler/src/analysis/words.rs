//! What a word is by the spec and the assembler's tables.

use super::syntax::Role;
use crate::directive::{DIRECTIVES, Directive};
use crate::pseudo;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, OperandKind};

/// The directive of this name, whatever its case.
pub(super) fn directive(name: &str) -> Option<Directive> {
    let lower = name.to_ascii_lowercase();
    let index = DIRECTIVES.binary_search_by(|(known, _)| (*known).cmp(lower.as_str()));
    index.ok().map(|index| DIRECTIVES[index].1)
}

/// Is this an instruction, an alias or a pseudo-instruction?
pub(super) fn is_mnemonic(spec: &Spec, name: &str) -> bool {
    spec.instruction(name).is_some()
        || !spec.aliases_named(name).is_empty()
        || pseudo::ALL.iter().any(|(known, _)| *known == name)
}

/// The instructions that a mnemonic can stand for, on a hart of this XLEN if that has them.
pub(super) fn candidates<'s>(
    spec: &'s Spec,
    name: &str,
    xlen: u8,
) -> impl Iterator<Item = &'s Instruction> {
    let instruction = spec
        .instruction_for(name, xlen)
        .or_else(|| spec.instruction(name));
    let aliases = spec.aliases_named(name).iter();
    instruction
        .into_iter()
        .chain(aliases.map(|&alias| spec.aliases[alias].target))
        .filter_map(|index| spec.instructions.get(index))
}

/// What names among operands are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// Registers are known.
    pub registers: bool,
    /// CSRs are known.
    pub csrs: bool,
    /// The sets of a fence are known.
    pub fences: bool,
    /// What other names are.
    pub others: Others,
}

/// What a name is that is nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Others {
    /// A symbol.
    Symbols(Role),
    /// A word of the directive.
    Keywords,
}

impl Names {
    /// In expressions all names are symbols.
    pub const EXPRESSION: Self = Self {
        registers: false,
        csrs: false,
        fences: false,
        others: Others::Symbols(Role::Use),
    };
    /// Words of a directive.
    pub const KEYWORDS: Self = Self {
        others: Others::Keywords,
        ..Self::EXPRESSION
    };
    /// Registers and symbols.
    pub const OPERANDS: Self = Self {
        registers: true,
        ..Self::EXPRESSION
    };
    /// Arguments of a macro.
    pub const ARGUMENTS: Self = Self {
        others: Others::Symbols(Role::Argument),
        ..Self::OPERANDS
    };

    /// Operands of a mnemonic.
    pub fn of(spec: &Spec, mnemonic: &str, xlen: u8) -> Self {
        let mut names = Self::OPERANDS;
        for instruction in candidates(spec, mnemonic, xlen) {
            for operand in &instruction.operands {
                names.csrs |= operand.kind == OperandKind::Csr;
                names.fences |= operand.kind == OperandKind::FenceSet;
            }
        }
        names
    }
}

/// Is this a set of accesses, as a fence has it?
pub(super) fn is_fence_set(name: &str) -> bool {
    let mut letters = "iorw".chars();
    !name.is_empty() && name.chars().all(|c| letters.any(|letter| letter == c))
}
