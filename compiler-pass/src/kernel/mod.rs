//! The normal form that loops and instructions are compared in: rows, state that goes from row to
//! row, and what each row writes, all as polynomials over F_p of the *words* in memory.
//!
//! Working on words makes representations disappear: an instruction of a Montgomery format whose
//! meaning is `x * y` multiplies words as `R^-1 * X * Y`, which is what the host's reduction computes.

pub mod bits;
pub mod host;
pub mod spec;
pub mod term;
