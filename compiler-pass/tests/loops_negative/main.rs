//! Loops that must stay as they are, each named for the reason. Every case is an edit of a loop that is offloaded as it
//! stands, so that none can pass for another cause.
//!
//! The contract: a rewritten function does the same as the original on every input. What a unit refuses at run time needs
//! no reason here; those cases are in `loops_guards.rs`.

mod arithmetic;
mod control;
#[path = "../loops_support/mod.rs"]
mod loops_support;
mod memory;
mod results;
mod several_loops;

use loops_support::inputs::*;
use loops_support::*;
use std::collections::BTreeSet;
use zktr_isa::Spec;
use zktr_pass::Reason::{self, *};
use zktr_pass::{Movement, Options, Pass, TrapPolicy};

/// The loops of `twin`, which are offloaded, stay after the edits, for these reasons among others.
#[track_caller]
fn stays(twin: &str, edits: &[(&str, &str)], expected: &[Reason]) {
    stays_with(&pass(), twin, edits, expected);
}

#[track_caller]
fn stays_with(pass: &Pass, twin: &str, edits: &[(&str, &str)], expected: &[Reason]) {
    let positive = offloaded(pass, &function(twin));
    assert!(
        !positive.is_empty(),
        "the twin is not offloaded:\n{}",
        pass.analyse(&function(twin))
    );
    let flawed = function(&edited(twin, edits));
    let found = reasons(pass, &flawed);
    let missing: BTreeSet<&Reason> = expected.iter().filter(|r| !found.contains(r)).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} is not among the reasons:\n{}",
        pass.analyse(&flawed)
    );
}

/// A positive twin that differs from a base.
#[track_caller]
fn twin(base: &str, edits: &[(&str, &str)]) -> String {
    let text = edited(base, edits);
    let func = function(&text);
    assert!(
        !offloaded(&pass(), &func).is_empty(),
        "not offloaded:\n{}",
        pass().analyse(&func)
    );
    text
}

#[test]
fn the_loop_of_a_software_unit() {
    // It would call itself.
    stays(SCAN, &[("%f", "%zktr_scan")], &[]);
}
