//! What an editor wants to know about assembly source: kinds of tokens, names with their definitions and
//! uses, what may stand at a position, columns; and what the assembler itself says about the file.
//!
//! [`Syntax`] is the reading of one text without assembling it: also of branches that a condition
//! excludes, of macro bodies, and of text that is being typed. It stands on the assembler's lexer and on its
//! tables of names, needs time proportional to the text, and has a reading for every text. [`check`] runs the assembler
//! for its diagnostics, for names that macros make, and for addresses.

mod arguments;
mod assembly;
mod columns;
mod context;
mod reader;
mod reference;
mod syntax;
mod words;

pub use assembly::{Checked, Defined, check};
pub use columns::{Edit, Style, columns};
pub use context::{Context, Expected, Operands};
pub use reference::{Reference, directives, pseudo_instructions, relocation_operators};
pub use syntax::{
    Block, BlockKind, Definition, Head, Include, Occurrence, Role, Space, Statement, Syntax, Token,
    TokenKind,
};

pub use reference::{directive, pseudo_instruction, relocation_operator};
