//! From traces to proofs: the tables of a trace schema as constraint systems of Plonky3.
//!
//! [`air`] turns each table into an AIR with its lookups. Nothing here knows a table, a column or a bus: constraints and
//! interactions are those of [`zktr_isa::trace::Schema`], so that a table of a user's spec file is proved like the others.

pub mod air;
