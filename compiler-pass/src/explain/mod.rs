//! Evidence for remarks: words that show a flaw of a loop, and what a loop computes that no instruction does.
//!
//! None of it decides anything. It is looked for only where somebody wants to know all reasons.

mod concrete;
mod counterexample;
mod formula;

use crate::kernel::host::HostKernel;
use crate::lift::words::Lifter;
use crate::remark::{Evidence, Reason, Rejection};
use concrete::Target;
use counterexample::Search;
use cranelift_codegen::loop_analysis::Loop;

/// Adds to reasons against a loop, found with this lifter, what shows that words of it are not canonical.
pub fn residues(lifter: &mut Lifter<'_, '_>, row: Loop, reasons: &mut [Rejection]) {
    let nests = lifter.evolution.nests;
    let mut search = None;
    for rejection in reasons {
        let target = match (rejection.reason, rejection.inst) {
            (Reason::NotCanonical, Some(store)) => Target::Store(store),
            (Reason::CarriedValue, _) => {
                let params = nests.func.dfg.block_params(nests.header(row));
                let is_it = |p| rejection.value == Some(p);
                // What is wider than an element may carry more than a residue.
                let bits = 8 * u32::from(lifter.bytes);
                match params.iter().position(|&p| is_it(p)) {
                    Some(index) if lifter.evolution.bits(params[index]) == Some(bits) => {
                        Target::Carried(index)
                    }
                    _ => continue,
                }
            }
            _ => continue,
        };
        let search = search.get_or_insert_with(|| Search::new(lifter, row));
        rejection.evidence = search.evidence(target);
    }
}

/// Adds to the reason that no instruction computes what a loop does, what that is.
pub fn formula(host: &HostKernel, reasons: &mut [Rejection]) {
    for rejection in reasons {
        if rejection.reason == Reason::NoInstruction && !host.has_opaque_state() {
            rejection.evidence = Some(Evidence::Computes {
                lines: formula::lines(host),
                modulus: host.p,
            });
        }
    }
}
