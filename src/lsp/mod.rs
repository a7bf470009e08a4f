//! `zktr lsp`: a language server for assembly and spec files.
//!
//! Everything it knows about a text comes from the assembler ([`zktr_asm::analysis`]), everything about names of the
//! spec from the spec; this module only brings that into the protocol's terms. The main thread owns the
//! `workspace` and answers requests from readings of the texts as they are typed, which takes milliseconds
//! whatever the texts expand to. The assembler itself runs on a second thread (`check`), on a
//! snapshot, when typing pauses (`schedule`); diagnostics, addresses and what macros define come from there.
//!
//! Positions are converted at the border (`text`), in the encoding that the client prefers.

mod actions;
mod board;
mod check;
mod completion;
mod diagnostics;
mod formatting;
mod hints;
mod hover;
mod markup;
mod navigation;
mod outline;
mod requests;
mod scan;
mod schedule;
mod semantic_tokens;
mod server;
mod settings;
mod signature;
mod text;
mod uri;
mod workspace;

pub use server::{Ended, serve};
pub use settings::Settings;
