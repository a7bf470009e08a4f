//! The `zktr` command, and the differential engine behind `zktr diff`.
//!
//! The crates `zktr-isa`, `zktr-asm`, `zktr-pass` and `zktr-emu` do the work; this one reads files, calls
//! them, and prints. [`diff`] is the exception: it brings pass and emulator together, which no other crate may.

pub mod cli;
pub mod clif;
pub mod contain;
pub mod diff;
