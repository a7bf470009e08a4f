//! Proofs about field arithmetic in machine words, and about loops over field elements.
//!
//! A [`Statement`] is a straight-line program over words with claims about its values, a polynomial identity under
//! hypotheses, or a loop with an invariant. [`prove`] looks for a proof and gives it as data, a [`Certificate`];
//! [`check`] validates that with nothing but the statement, shares no code with the search, and is all that has to be trusted.
//! [`obligations`] are the statements that follow from the fields and formats of a spec.
//!
//! ```
//! use zktr_isa::proof::{Claim, Statement, check, prove, words::Words};
//!
//! // if a + b < 13 { a + b } else { a + b - 13 }, in words of 4 bits
//! let mut w = Words::new();
//! let p = 13.into();
//! let (a, b) = (w.below(5, &p), w.below(5, &p));
//! let sum = w.add(a, b);
//! let modulus = w.constant(5, 13);
//! let (fits, less) = (w.less(sum, modulus), w.sub(sum, modulus));
//! let value = w.select(fits, sum, less).value;
//! let claims = vec![Claim::Range { value, lo: 0.into(), hi: 12.into() }];
//! let statement = Statement::Program { program: w.program, claims };
//! let certificate = prove(&statement)?;
//! check(&statement, &certificate)?;
//! assert_eq!(certificate.to_string().parse(), Ok(certificate));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod certificate;
mod checker;
mod kernel;
pub mod obligations;
mod parse;
mod polynomial;
pub mod program;
pub mod smt;
mod statement;
pub mod words;

pub use certificate::Certificate;
pub use checker::{Rejected, check};
pub use kernel::{Failure, prove};
pub use parse::NotACertificate;
pub use polynomial::{NotAPolynomial, Polynomial};
pub use program::Program;
pub use statement::{Claim, Identity, Induction, Statement};
