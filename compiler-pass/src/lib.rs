//! A Cranelift pass that finds trace-generation loops in host code and replaces them by instructions of
//! the ZK-Tracer extension.
//!
//! A loop is *lifted* into the algebra of the spec: integers become polynomials over loop indices
//! ([`analysis`]), words become polynomials over a prime field ([`domain`], [`lift`], [`lemma`]), and the
//! result is unified with what the spec says the instructions mean ([`kernel`], [`matching`]). There is no
//! matcher for an instruction: a user's spec file adds targets without a change here. What was found
//! is a [`plan`], with everything that was assumed turned into guards ([`planner`]); [`rewrite`] carries it out and keeps
//! the loop as the other branch. [`rv64`] turns the calls of the portable form into instruction words.

pub mod analysis;
pub mod certify;
mod cost;
pub mod domain;
mod explain;
mod inline;
pub mod kernel;
mod legality;
pub mod lemma;
pub mod lift;
pub mod matching;
pub mod object;
mod pass;
pub mod plan;
pub mod planner;
pub mod remark;
pub mod rewrite;
pub mod rv64;

pub use cost::CostModel;
pub use inline::inline;
pub use pass::{Movement, Options, Pass, TrapPolicy};
pub use remark::{Decision, Evidence, Reason, Rejection, Remark, Report};
