//! Execution of what the spec says.
//!
//! | module | holds |
//! |---|---|
//! | [`memory`] | memory behind one trait: flat, or several regions with permissions |
//! | [`golden`] | the golden evaluator: instructions executed as the spec writes them |
//! | [`fast`] | the same instructions at the machine's speed: meanings compiled to packed arithmetic on columns |
//! | [`host`] | a RISC-V core, RV64 and RV32, that executes programs and hands bulk instructions to the golden evaluator |
//! | [`debug`] | a machine under a debugger: breakpoints, watchpoints, steps forward and back |
//! | [`loader`] | ELF executables and relocatable objects |
//! | [`model`] | the cycle model: how long the hardware takes, and what it costs |
//! | [`trace`] | the tables that prove a run of a guest: recording, filling, checking |
//!
//! # What is checked
//! - The golden evaluator against a plain reimplementation of every bulk instruction and mode in every
//!   format, with views laid out by chance; the whole memory is compared. Its field arithmetic against
//!   that of the spec crate.
//! - Each status has tests that provoke it. A refusal of phase `check` changes no byte; one of phase
//!   `data` touches only written views, and not the source of an operation in place.
//! - The answers about strided views (disjoint, injective, accessible) against sets of bytes.
//! - Every scalar instruction of the spec, RV32 and RV64, translated against golden, on random words and
//!   boundary values, alone and in programs with branches and traps. The meanings themselves against a
//!   model in Rust for the operations that are easy to get wrong.
//! - The loader on objects that use every supported relocation, and on damaged files.
//! - An instruction that exists only in a user's spec file is executed.
//!
//! # What is not
//! - Misaligned atomics are executed, where hardware may trap. There are no privileged modes,
//!   interrupts or floating point; CSRs without a meaning here are storage.
//! - Relaxation and thread-local storage in the loader.

pub mod debug;
pub mod fast;
pub mod golden;
pub mod host;
pub mod loader;
pub mod memory;
pub mod model;
pub mod trace;
