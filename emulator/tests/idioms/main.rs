//! The idioms of trace generation, and the systems that use them, as sequences of instructions.
//!
//! Each test builds descriptors through the spec's model, executes the sequence with the golden evaluator on words in the
//! host's representation, and compares the words it leaves with a reference that shares nothing with it: Plonky3's fields, or
//! scalar code in the host system's own style. Destinations begin as words that are no residues.

mod catalogue;
mod formats;
mod hosts;
mod machine;
mod movement;
mod systems;

use std::collections::BTreeSet;

/// What users read about the sequences.
const DOCUMENT: &str = include_str!("../../../docs/idioms.md");

/// Every instruction with a descriptor has its place in the documentation, and nothing else is named there.
#[test]
fn the_documentation_names_all_instructions() {
    let spec = zktr_isa::Spec::builtin();
    let shown: BTreeSet<&str> = DOCUMENT
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.starts_with("zktr."))
        .collect();
    let bulk = spec
        .instructions
        .iter()
        .filter(|i| i.descriptor().is_some());
    assert_eq!(shown, bulk.map(|i| i.name.as_str()).collect());
}
