//! Proofs of runs of a guest, over Plonky3.
//!
//! | module | does |
//! |---|---|
//! | [`air`] | the tables of a spec's trace schema as AIRs |
//! | [`config`] | fields, hash functions and parameters |
//! | [`security`] | how many bits of security parameters give |
//! | [`statement`] | what a proof says of a segment of a run, and the public tables that follow from it |
//! | [`replay`] | what environment calls have to do |
//! | [`proof`] | proofs as bytes |
//! | [`prove`] | proving a segment |
//! | [`verify`] | verifying a run, segment by segment |
//!
//! Verifying takes the program and the proofs, and nothing that the prover has said beside. What a proof means, and why, is in
//! `docs/proving.md`.

pub mod air;
pub mod config;
mod driver;
mod error;
mod heights;
pub mod proof;
pub mod prove;
pub mod replay;
pub mod security;
pub mod statement;
mod units;
pub mod verify;

pub use error::Error;
