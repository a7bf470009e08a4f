//! Runs of small guests, their proofs and their verification, for tests.

#![allow(dead_code)] // each test binary uses a part of this

use crate::trace_support::{DATA, Guest};
use std::sync::OnceLock;
use zktr_emu::host::Machine;
use zktr_emu::trace::{Execution, Options, fill, record};
use zktr_prove::Error;
use zktr_prove::config::Profile;
use zktr_prove::proof::Proof;
use zktr_prove::prove::{Backend, prove};
use zktr_prove::statement::{Claim, Program, State};
use zktr_prove::verify::{Verified, Verifier};

/// Input of the guests here.
pub const INPUT: &[u8] = b"some input";

pub fn machine(guest: &Guest) -> Machine {
    let mut machine = guest.machine();
    machine.add_input(INPUT.to_vec());
    machine
}

pub fn program(guest: &Guest) -> Program {
    Program::new(&guest.spec, &[], guest.machine().memory())
}

/// The segments of a run, each with the state at its beginning.
pub fn segments(guest: &Guest, segment: u64) -> Vec<(State, Claim, Execution)> {
    let mut machine = machine(guest);
    let mut state = State::of(&guest.spec, &machine);
    let options = Options {
        segment,
        fuel: 100_000,
        ..Options::default()
    };
    let recording = record(&guest.spec, &mut machine, &options).unwrap();
    let mut out = Vec::new();
    for execution in recording.executions {
        if execution.events.is_empty() {
            continue;
        }
        let inputs = if out.is_empty() {
            vec![INPUT.to_vec()]
        } else {
            Vec::new()
        };
        let claim = Claim::of(&guest.spec, &execution, out.len() as u32, inputs);
        let next = claim.next(state.clone());
        out.push((state, claim, execution));
        state = next;
    }
    out
}

pub fn prove_with(guest: &Guest, backend: Backend, field: &str, segment: u64) -> Vec<Proof> {
    let program = program(guest);
    let of = |(state, claim, execution): (State, Claim, Execution)| {
        let trace = fill(&guest.spec, &execution, field).unwrap();
        prove(
            &program,
            Profile::Test,
            backend,
            &state,
            claim,
            &trace,
            &mut |_| (),
        )
        .unwrap()
    };
    segments(guest, segment).into_iter().map(of).collect()
}

pub fn verify(guest: &Guest, proofs: &[Proof]) -> Result<Verified, Error> {
    let program = program(guest);
    let mut machine = machine(guest);
    let mut verifier = Verifier::new(&program, Profile::Test, &mut machine)?;
    for proof in proofs {
        verifier.segment(proof)?;
    }
    verifier.finish()
}

/// Reads its input, adds one to each byte, writes it and exits with 7.
pub fn copier() -> Guest {
    let mut guest = Guest::new();
    let address = DATA as i64;
    guest.x[9] = address as u32;
    guest.add("addi", &[("rd", 10)]);
    guest.add("addi", &[("rd", 11), ("rs1", 9), ("imm", 3)]);
    guest.add("addi", &[("rd", 12), ("imm", 64)]);
    guest
        .add("addi", &[("rd", 17), ("imm", 63)])
        .add("ecall", &[]);
    guest.add("addi", &[("rd", 12), ("rs1", 10)]);
    guest.add("addi", &[("rd", 5), ("rs1", 11)]);
    guest.add("add", &[("rd", 6), ("rs1", 11), ("rs2", 12)]);
    guest.add("lbu", &[("rd", 7), ("rs1", 5)]);
    guest.add("addi", &[("rd", 7), ("rs1", 7), ("imm", 1)]);
    guest.add("sb", &[("rs1", 5), ("rs2", 7)]);
    guest.add("addi", &[("rd", 5), ("rs1", 5), ("imm", 1)]);
    guest.add("bne", &[("rs1", 5), ("rs2", 6), ("imm", -16)]);
    guest.add("addi", &[("rd", 10), ("imm", 1)]);
    guest
        .add("addi", &[("rd", 17), ("imm", 64)])
        .add("ecall", &[]);
    guest.add("addi", &[("rd", 10), ("imm", 7)]);
    guest.exit();
    guest
}

/// Proofs of the copier, in three segments.
pub fn copied() -> &'static [Proof] {
    static PROOFS: OnceLock<Vec<Proof>> = OnceLock::new();
    PROOFS.get_or_init(|| prove_with(&copier(), Backend::Units, "babybear", 25))
}
