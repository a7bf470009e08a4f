//! Sessions with the language server over standard input and output.

mod client;
mod editing;
mod names;
mod session;
mod specs;
