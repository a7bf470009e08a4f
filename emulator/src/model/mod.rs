//! The cycle model: how long the hardware takes for a real run of a guest, and what it costs.
//!
//! A guest runs on the host core, and [`workload`] reduces each retired instruction to a code: which instruction it was,
//! and the circumstances that its latency depends on. From the codes, [`Simulator`]s compute cycles, each for a design of
//! its own, so that one run of the guest serves a whole sweep; memory is bounded whatever the length of the run.
//!
//! | module | holds |
//! |---|---|
//! | [`design`] | every figure with unit, origin and source; files that override them |
//! | [`hardware`] | the figures of the machine as a value, and the formulas of its parts |
//! | [`workload`] | the observer of the guest |
//! | [`pipeline`] | cycles of an instruction: the spec's latencies, and in what a pipeline differs from them |
//! | [`profile`] | rows, terms, fractions and bytes of an instruction |
//! | [`simulate`] | when everything happens: recurrences over the rows, exact for deterministic service times |
//! | [`energy`] | area and power |
//! | [`compare`] | speed-ups over a baseline, end to end, and the paper's figures beside them |
//! | [`search`] | designs that no other one beats |
//! | [`timeline`] | a run in simulated time, as trace events for Perfetto |
//!
//! No simulation reads a published ratio, though some assumed figures were chosen with one in view, and say so: [`hardware::Hardware::PATHS`] lists the figures that a
//! machine is made from. `docs/model.md` has the equations.

pub mod compare;
pub mod design;
pub mod energy;
pub mod hardware;
pub mod pipeline;
pub mod profile;
pub mod run;
pub mod search;
pub mod simulate;
pub mod timeline;
pub mod workload;

pub use design::Design;
pub use hardware::{Hardware, Order, Policy};
pub use run::{Measured, Plan, run};
pub use simulate::{Simulator, Totals};
