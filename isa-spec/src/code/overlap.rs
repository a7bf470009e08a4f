//! The check that no word has two meanings, with a witness where one has.

use super::tree::Pattern;
use crate::model::{Instruction, Operand};

/// Steps of the search for a witness, for one pair of instructions.
const FUEL: u32 = 20_000;

/// What the check of a pair found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// No word matches both.
    None,
    /// This word matches both.
    Witness(u32),
    /// The constraints are too many to decide.
    Undecided,
}

/// Looks for a word of the instruction that has this pattern.
pub(crate) fn overlap_with(instruction: &Instruction, pattern: Pattern) -> Overlap {
    if (instruction.bits ^ pattern.bits) & instruction.mask & pattern.mask != 0 {
        return Overlap::None;
    }
    let operands = instruction.operands.iter();
    let constraints: Vec<Pattern> = operands.flat_map(Operand::excluded_patterns).collect();
    let mut fuel = FUEL;
    search(
        instruction.mask | pattern.mask,
        instruction.bits | pattern.bits,
        &constraints,
        &mut fuel,
    )
}

/// Looks for a word that is an encoding of both instructions.
pub(crate) fn overlap(a: &Instruction, b: &Instruction) -> Overlap {
    let both = a.mask & b.mask;
    if a.length != b.length
        || (a.bits ^ b.bits) & both != 0
        || !a.xlen.iter().any(|x| b.xlen.contains(x))
    {
        return Overlap::None;
    }
    let constraints: Vec<Pattern> = a
        .operands
        .iter()
        .chain(&b.operands)
        .flat_map(Operand::excluded_patterns)
        .collect();
    let mut fuel = FUEL;
    search(a.mask | b.mask, a.bits | b.bits, &constraints, &mut fuel)
}

/// Completes a word of which the bits in `fixed` are decided, so that no constraint is violated.
/// Each step decides at least one bit, so that the depth is at most 32.
fn search(fixed: u32, word: u32, constraints: &[Pattern], fuel: &mut u32) -> Overlap {
    if *fuel == 0 {
        return Overlap::Undecided;
    }
    *fuel -= 1;
    // A constraint that is violated as far as it is decided; the one with the fewest open bits first.
    let open = constraints
        .iter()
        .filter(|c| (word ^ c.bits) & c.mask & fixed == 0)
        .min_by_key(|c| (c.mask & !fixed).count_ones());
    let Some(constraint) = open else {
        return Overlap::Witness(word);
    };
    let mut free = constraint.mask & !fixed;
    let (mut fixed, mut word) = (fixed, word);
    while free != 0 {
        let bit = free & free.wrapping_neg();
        // Either this bit differs from the forbidden pattern, or it agrees and a later one differs.
        fixed |= bit;
        let differing = (word & !bit) | (!constraint.bits & bit);
        match search(fixed, differing, constraints, fuel) {
            Overlap::None => {}
            found => return found,
        }
        word = (word & !bit) | (constraint.bits & bit);
        free &= !bit;
    }
    Overlap::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The search agrees with trying all words of a small width.
        #[test]
        fn a_witness_is_found_if_there_is_one(
            fixed in 0u32..256, bits in 0u32..256,
            constraints in proptest::collection::vec((0u32..256, 0u32..256), 0..24),
        ) {
            let constraints: Vec<Pattern> =
                constraints.into_iter().map(|(mask, bits)| Pattern { mask, bits: bits & mask }).collect();
            let allowed = |word: u32| constraints.iter().all(|c| word & c.mask != c.bits);
            let exists = (0..256).any(|word| (word ^ bits) & fixed == 0 && allowed(word));
            match search(!255 | fixed, bits & fixed, &constraints, &mut 1_000_000) {
                Overlap::Witness(word) => prop_assert!((word ^ bits) & fixed == 0 && allowed(word)),
                Overlap::None => prop_assert!(!exists),
                Overlap::Undecided => prop_assert!(false),
            }
        }
    }

    #[test]
    fn the_search_gives_up_rather_than_to_run_on() {
        // Forbids every word, one at a time.
        let constraints: Vec<Pattern> = (0..1 << 16)
            .map(|bits| Pattern { mask: 0xffff, bits })
            .collect();
        assert_eq!(
            search(!0xffff, 0, &constraints, &mut 100),
            Overlap::Undecided
        );
    }
}
