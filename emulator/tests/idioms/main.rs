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
