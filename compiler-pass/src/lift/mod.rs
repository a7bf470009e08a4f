//! Lifts the words that a region computes into polynomials over F_p.
//!
//! [`words`] follows definitions and asks the abstract domain what each word is; loops inside of
//! the region become sums ([`HostSum`](crate::kernel::host::HostSum)) or, where their control does not
//! depend on data, are executed (`exec`). [`rows`] collects what a loop over rows reads, carries
//! and writes; [`mod@slice`] finds what the written words depend on. Nothing here knows what any instruction of the spec computes.

mod bits;
mod exec;
pub mod rows;
pub mod slice;
pub mod words;
