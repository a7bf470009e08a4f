//! Which compressed instruction does the same as an instruction with given operands.
//!
//! The pairs are the spec's: a compressed instruction `expands` to another, and `also` replaces some that do
//! the same. Here they are only turned around, and indexed by the instruction that is replaced.

use crate::dialect::{self, Dialect};
use crate::field::Codec;
use zktr_isa::Spec;
use zktr_isa::model::{AliasValue, BitSlice, Expansion, Operand};

/// Operands of an instruction; none where a value is not known yet.
pub(crate) type Operands<'v> = &'v [Option<i64>];

/// A compressed instruction with its operands in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compressed {
    /// Index of the instruction.
    pub instruction: u32,
    /// Its word, without the operand that is not known.
    pub word: u32,
    /// Index of that operand.
    pub unknown: Option<u8>,
}

/// A way to replace an instruction.
#[derive(Debug, Clone)]
struct Rule {
    compressed: usize,
    bindings: Vec<AliasValue>,
    /// What all words that it replaces have in common: bits, and their values.
    mask: u32,
    bits: u32,
    /// Where two registers of the word begin that have to be the same one.
    same: Option<(u8, u8)>,
}

/// For each instruction of a spec, what may replace it on harts of one width.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compression {
    rules: Vec<Vec<Rule>>,
}

impl Compression {
    /// All rules for this width. Of several that apply, the first one in the order of the spec is taken.
    pub fn new(spec: &Spec, xlen: u8, codecs: &[Vec<Codec>], dialect: Dialect) -> Self {
        let mut rules = vec![Vec::new(); spec.instructions.len()];
        for (compressed, instruction) in spec.instructions.iter().enumerate() {
            if !instruction.xlen.contains(&xlen) {
                continue;
            }
            for Expansion { target, bindings } in
                instruction.expands.iter().chain(&instruction.also)
            {
                rules[*target].push(Rule::new(spec, codecs, *target, compressed, bindings));
                if dialect == Dialect::Llvm {
                    for (target, bindings) in dialect::also_in_llvm(spec, xlen, *target, bindings) {
                        let rule = Rule::new(spec, codecs, target, compressed, &bindings);
                        rules[target].push(rule);
                    }
                }
            }
        }
        Self { rules }
    }

    /// Is there perhaps a compressed instruction that does what a word of `instruction` does? This is told quickly, by
    /// bits of the word.
    #[inline]
    pub fn may_apply(&self, instruction: usize, word: u32) -> bool {
        self.rules[instruction]
            .iter()
            .any(|rule| rule.may_apply(word))
    }

    /// The first compressed instruction that `accept` allows and that does what `instruction` does. The word is that of
    /// the instruction; without the operand that is not known, if there is one.
    pub fn find(
        &self,
        spec: &Spec,
        codecs: &[Vec<Codec>],
        (instruction, word): (usize, u32),
        operands: Operands<'_>,
        accept: impl Fn(usize) -> bool,
    ) -> Option<Compressed> {
        self.rules[instruction]
            .iter()
            .filter(|rule| rule.may_apply(word) && accept(rule.compressed))
            .find_map(|rule| rule.apply(spec, &codecs[rule.compressed], operands))
    }
}

impl Rule {
    fn new(
        spec: &Spec,
        codecs: &[Vec<Codec>],
        target: usize,
        compressed: usize,
        bindings: &[AliasValue],
    ) -> Self {
        let operands = &spec.instructions[target].operands;
        let (mut mask, mut bits, mut same) = (0, 0, None);
        for (i, (binding, operand)) in bindings.iter().zip(operands).enumerate() {
            let codec = &codecs[target][i];
            match *binding {
                AliasValue::Fixed(value) => {
                    mask |= codec.mask();
                    bits |= codec.place(value);
                }
                AliasValue::Operand(index) => {
                    let limits = codecs[compressed].get(index);
                    if let Some(value) = limits.and_then(Codec::only) {
                        mask |= codec.mask();
                        bits |= codec.place(value);
                        continue;
                    }
                    let Some(start) = register_start(operand) else {
                        mask |= limits.map_or(0, |limits| codec.place_bits(limits.zero_bits()));
                        continue;
                    };
                    let replacement = spec.instructions[compressed].operands.get(index);
                    if replacement.is_some_and(is_compressed_register) {
                        mask |= 0b11000 << start;
                        bits |= 0b01000 << start;
                    }
                    let earlier = bindings[..i].iter().position(|other| other == binding);
                    let earlier = earlier.and_then(|j| register_start(&operands[j]));
                    same = earlier.map(|earlier| (earlier, start)).or(same);
                }
            }
        }
        Self {
            compressed,
            bindings: bindings.to_vec(),
            mask,
            bits,
            same,
        }
    }

    /// Has a word the bits that all words have which this replaces?
    #[inline]
    fn may_apply(&self, word: u32) -> bool {
        let same = self
            .same
            .is_none_or(|(a, b)| (word >> a ^ word >> b) & 0x1f == 0);
        word & self.mask == self.bits && same
    }

    fn apply(&self, spec: &Spec, codecs: &[Codec], operands: Operands<'_>) -> Option<Compressed> {
        let instruction = &spec.instructions[self.compressed];
        let mut values: [Option<i64>; 8] = [None; 8];
        let mut unknown = None;
        for (binding, value) in self.bindings.iter().zip(operands) {
            match (binding, value) {
                (AliasValue::Fixed(wanted), Some(value)) if wanted == value => {}
                (AliasValue::Fixed(_), _) => return None,
                (&AliasValue::Operand(index), Some(value)) => {
                    let slot = values.get_mut(index)?;
                    if slot.is_some_and(|known| known != *value) {
                        return None;
                    }
                    *slot = Some(*value);
                }
                (&AliasValue::Operand(index), None) => unknown = Some(index as u8),
            }
        }
        let mut word = instruction.bits;
        for (index, codec) in codecs.iter().enumerate() {
            match values.get(index).copied().flatten() {
                Some(value) if codec.suits(value) => word |= codec.place(value),
                None if unknown == Some(index as u8) => {}
                _ => return None,
            }
        }
        Some(Compressed {
            instruction: self.compressed as u32,
            word,
            unknown,
        })
    }
}

/// The lowest bit of a register with five bits in a row, if an operand is one.
fn register_start(operand: &Operand) -> Option<u8> {
    let whole = BitSlice {
        len: 5,
        value_lo: 0,
        ..*operand.slices.first()?
    };
    let register = operand.kind.register().is_some() && !operand.kind.is_compressed();
    (register && operand.slices[..] == [whole]).then_some(whole.word_lo)
}

/// Is this one of the registers 8 to 15, which three bits tell apart?
fn is_compressed_register(operand: &Operand) -> bool {
    operand.kind.is_compressed()
}

/// What a compressed instruction with these operands stands for: the instruction and its operands.
pub(crate) fn expand(
    spec: &Spec,
    compressed: usize,
    operands: Operands<'_>,
) -> Option<(usize, Vec<Option<i64>>)> {
    let Expansion { target, bindings } = spec.instructions[compressed].expands.as_ref()?;
    let values = bindings.iter().map(|binding| match *binding {
        AliasValue::Fixed(value) => Some(value),
        AliasValue::Operand(index) => operands.get(index).copied().flatten(),
    });
    Some((*target, values.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    static SPEC: LazyLock<Arc<Spec>> = LazyLock::new(Spec::builtin);
    static CODECS: LazyLock<Vec<Vec<Codec>>> = LazyLock::new(|| Codec::all(&SPEC));
    static RULES: LazyLock<Compression> =
        LazyLock::new(|| Compression::new(&SPEC, 64, &CODECS, Dialect::Llvm));

    proptest! {
        #[test]
        fn what_is_compressed_is_told_by_the_word(
            values in proptest::collection::vec(prop_oneof![0i64..4, 0i64..32, -40i64..40], 8),
            equal in any::<bool>(),
        ) {
            for (i, instruction) in SPEC.instructions.iter().enumerate() {
                let pairs = CODECS[i].iter().zip(&values);
                let value = |codec: &Codec, value: i64| codec.accepts(value).then_some(value);
                let operands: Vec<Option<i64>> = pairs
                    .map(|(codec, &v)| value(codec, if equal { values[0] } else { v }).or(value(codec, 8)))
                    .collect();
                let Some(known) = operands.iter().copied().collect::<Option<Vec<i64>>>() else { continue };
                let word = CODECS[i].iter().zip(&known).fold(instruction.bits, |w, (c, &v)| w | c.place(v));
                let rules = &RULES.rules[i];
                let find = |rule: &Rule| rule.apply(&SPEC, &CODECS[rule.compressed], &operands);
                let expected = rules.iter().find_map(find);
                let found = RULES.find(&SPEC, &CODECS, (i, word), &operands, |_| true);
                prop_assert_eq!(found, expected, "{} {:?}", instruction.name, known);
                prop_assert!(found.is_none() || RULES.may_apply(i, word), "{} {known:?}", instruction.name);
            }
        }
    }
}
