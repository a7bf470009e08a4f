//! Statements as SMT-LIB queries, and solvers as external programs: a second opinion on what the kernel has proved.
//!
//! A query is satisfiable where the statement is false. Programs are written as relations of linear integer arithmetic: each
//! operation that wraps has a quotient of its own, and so has each congruence. In this form solvers answer at once; stated with
//! `bvurem` or `mod` the same claims time out. Products of two unknowns, and bitwise operations, are over-approximated: `unsat`
//! holds for the statement, a model may have to be tried.

mod query;
mod semantics;
mod solver;

pub use query::{Query, identity_query, program_queries};
pub use semantics::semantics;
pub use solver::{Solver, Verdict};
