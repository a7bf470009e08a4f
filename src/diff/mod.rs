//! Differential testing: does the pass keep the meaning of a function, on every input that is tried?
//!
//! [`prepare`] runs the pass on the functions of a file, and [`campaign::campaign`] compares one function before
//! and after on generated inputs: in cranelift's interpreter, as x86-64 code with software units, and as
//! RV64 code with the instructions themselves in the emulator. A case is the arguments of a call and a
//! memory of 64 KiB; compared are the results, the trap if there is one, and each byte of that memory.
//! The interpreter on the original function is the reference: it checks every access, so that only cases without a
//! trap go on to machine code of the host.

pub mod campaign;
pub mod case;
pub mod code;
pub mod engines;
pub mod environment;
pub mod generate;
pub mod interp;
pub mod jit;
pub mod memory;
pub mod outcome;
pub mod program;
pub mod report;
pub mod rng;
pub mod roles;
pub mod rv64;
pub mod shrink;
mod trampoline;

use crate::contain::contain;
use campaign::Subject;
use cranelift_codegen::ir::Function;
use cranelift_codegen::{settings, verify_function};
use program::Program;
use zktr_isa::Spec;
use zktr_pass::{Decision, Pass, Remark};

/// The functions of a file, before and after the pass.
#[derive(Debug)]
pub struct Prepared {
    /// Before.
    pub original: Program,
    /// After.
    pub rewritten: Program,
    /// For each function: what the pass says of its loops.
    pub remarks: Vec<Vec<Remark>>,
}

/// Runs the pass on all functions of a file. Fails if the pass breaks one: a defect of the pass, which is as
/// much a finding as a wrong result.
pub fn prepare(spec: &Spec, pass: &Pass, functions: Vec<Function>) -> Result<Prepared, String> {
    let work = || {
        let mut functions = functions.clone();
        zktr_pass::inline(&mut functions);
        functions
    };
    let mut rewritten = contain(work).map_err(|panic| format!("inlining fails: {panic}"))?;
    let mut remarks = Vec::with_capacity(rewritten.len());
    let flags = settings::Flags::new(settings::builder());
    for function in &mut rewritten {
        let name = function.name.to_string();
        let work = || {
            let mut function = function.clone();
            let report = pass.run(&mut function, &mut zktr_pass::rewrite::Testcase);
            (function, report)
        };
        let (after, report) =
            contain(work).map_err(|panic| format!("{name}: the pass fails: {panic}"))?;
        verify_function(&after, &flags)
            .map_err(|errors| format!("{name}: the rewritten function is invalid: {errors}"))?;
        *function = after;
        remarks.push(report.remarks);
    }
    Ok(Prepared {
        original: Program::new(spec, functions),
        rewritten: Program::new(spec, rewritten),
        remarks,
    })
}

impl Prepared {
    /// The function with this index, to compare; `None` if the pass has left it as it was.
    pub fn subject(&self, index: usize) -> Option<Subject> {
        let plans: Vec<_> = self
            .remarks
            .get(index)?
            .iter()
            .filter_map(|remark| match &remark.decision {
                Decision::Offloaded { plan, .. } => Some((**plan).clone()),
                Decision::Declined { .. } | Decision::Enclosed => None,
            })
            .collect();
        (!plans.is_empty()).then(|| Subject {
            original: self.original.clone(),
            rewritten: self.rewritten.clone(),
            index,
            plans,
        })
    }
}
