//! The language of `sem` texts: from text to the typed terms of [`crate::algebra`], and back.
//!
//! `parse` knows the grammar and no names; `check` knows names and types; `bounds` proves that
//! indices stay within extents; `expand` derives the meaning of a compressed instruction; `print`
//! writes terms as text that parses to the same terms.

pub(crate) mod ast;
pub(crate) mod bounds;
pub(crate) mod check;
pub(crate) mod condition;
pub(crate) mod expand;
pub(crate) mod flow;
pub(crate) mod lexer;
pub(crate) mod parse;
pub(crate) mod print;
