//! The `zktr` command, the differential engine behind `zktr diff`, and the language server behind `zktr lsp`.
//!
//! The crates `zktr-isa`, `zktr-asm`, `zktr-pass` and `zktr-emu` do the work; this one reads files, calls
//! them, and prints. There are two exceptions: [`diff`] brings pass and emulator together, which no other crate may, and
//! [`gdb`] the emulator and GDB's remote protocol, so that the emulator has no part in one debugger's conventions.

pub mod cli;
pub mod clif;
pub mod contain;
pub mod diff;
pub mod gdb;
pub mod lsp;
pub mod report;
pub mod survey;
pub mod tables;
#[cfg(feature = "wasm")]
pub mod wasm;
