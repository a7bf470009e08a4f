//! Which compressed instruction does the same as an instruction with given operands.
//!
//! The pairs are the spec's: a compressed instruction `expands` to another, and `also` replaces some that do
//! the same. Here they are only turned around, and indexed by the instruction that is replaced.

use crate::field::Codec;
use zktr_isa::Spec;
use zktr_isa::model::{AliasValue, Expansion};

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
}

/// For each instruction of a spec, what may replace it on harts of one width.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compression {
    rules: Vec<Vec<Rule>>,
}

impl Compression {
    /// All rules for this width. Of several that apply, the first one in the order of the spec is taken.
    pub fn new(spec: &Spec, xlen: u8) -> Self {
        let mut rules = vec![Vec::new(); spec.instructions.len()];
        for (compressed, instruction) in spec.instructions.iter().enumerate() {
            if !instruction.xlen.contains(&xlen) {
                continue;
            }
            for Expansion { target, bindings } in
                instruction.expands.iter().chain(&instruction.also)
            {
                rules[*target].push(Rule {
                    compressed,
                    bindings: bindings.clone(),
                });
            }
        }
        Self { rules }
    }

    /// The first compressed instruction that `accept` allows and that does what `instruction` does.
    pub fn find(
        &self,
        spec: &Spec,
        codecs: &[Vec<Codec>],
        instruction: usize,
        operands: Operands<'_>,
        accept: impl Fn(usize) -> bool,
    ) -> Option<Compressed> {
        self.rules[instruction]
            .iter()
            .filter(|rule| accept(rule.compressed))
            .find_map(|rule| rule.apply(spec, &codecs[rule.compressed], operands))
    }
}

impl Rule {
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
