//! Any bytes as proofs, and a right proof that is changed: reading and verifying end in an answer, and what is accepted says no more than
//! what has happened.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use zktr_emu::host::{Machine, Options as HostOptions};
use zktr_emu::loader::{self, Input};
use zktr_emu::trace::{self, Options, fill};
use zktr_isa::Spec;
use zktr_isa::span::Source;
use zktr_prove::config::Profile;
use zktr_prove::proof::Proof;
use zktr_prove::prove::{Backend, prove};
use zktr_prove::replay::Outcome;
use zktr_prove::statement::{Claim, Program, State};
use zktr_prove::verify::Verifier;

/// Writes what it reads and exits with 7.
const GUEST: &str = "\
_start:
    addi    a1, sp, -64
    li      a0, 0
    li      a2, 8
    li      a7, 63
    ecall
    mv      a2, a0
    li      a0, 1
    li      a7, 64
    ecall
    li      a0, 7
    li      a7, 93
    ecall
";
const INPUT: &[u8] = b"input";

fn machine() -> Machine {
    let spec = Spec::builtin();
    let options = zktr_asm::Options {
        xlen: spec.trace().guest.xlen,
        ..zktr_asm::Options::default()
    };
    let object = zktr_asm::assemble(&spec, &Source::new("guest.s", GUEST), &options);
    let linked = object
        .expect("a guest")
        .link(&spec, &zktr_asm::link::LinkOptions::default());
    let bytes = linked.expect("a guest").write_elf().expect("a guest");
    let file = Input {
        name: "guest",
        bytes: &bytes,
    };
    let options = HostOptions {
        memory: 1 << 20,
        stack: 1 << 14,
        ..HostOptions::default()
    };
    let image = loader::load(&spec, &[file], options.memory).expect("a guest");
    Machine::load(spec, &image, options).expect("a guest")
}

/// The program, and the right proof of its run.
static RIGHT: LazyLock<(Program, Vec<u8>)> = LazyLock::new(|| {
    // libFuzzer's hook ends the process at a panic that the verifier contains, too. One that escapes still ends it.
    std::panic::set_hook(Box::new(|_| ()));
    let mut machine = machine();
    machine.add_input(INPUT.to_vec());
    let spec = machine.spec().clone();
    let program = Program::new(&spec, &[], machine.memory());
    let state = State::of(&spec, &machine);
    let recording = trace::record(&spec, &mut machine, &Options::default()).expect("a run");
    let execution = &recording.executions[0];
    let claim = Claim::of(&spec, execution, 0, vec![INPUT.to_vec()]);
    let filled = fill(&spec, execution, "babybear").expect("a field");
    let proof = prove(
        &program,
        Profile::Test,
        Backend::Units,
        &state,
        claim,
        &filled,
        &mut |_| (),
    );
    let bytes = proof.and_then(|proof| proof.encode()).expect("a proof");
    (program, bytes)
});

fuzz_target!(|input: (Vec<(u32, u8)>, Option<u32>, &[u8])| {
    let (program, right) = &*RIGHT;
    // Without changes, the bytes are as they are; otherwise they follow the right ones.
    let (changes, cut, more) = input;
    let mut bytes = Vec::new();
    if !changes.is_empty() || cut.is_some() {
        bytes.extend_from_slice(right);
        for (at, value) in changes {
            // Half of the places are in the first bytes: the header and the claim.
            let range = if at % 2 == 0 {
                bytes.len().min(512)
            } else {
                bytes.len()
            };
            bytes[at as usize / 2 % range] ^= value;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut as usize % (bytes.len() + 1)));
    }
    bytes.extend_from_slice(more);
    let Ok(proofs) = Proof::decode_all(&bytes) else {
        return;
    };
    let mut machine = machine();
    machine.add_input(INPUT.to_vec());
    let mut verifier = Verifier::new(program, Profile::Test, &mut machine).expect("a spec");
    for proof in &proofs {
        if verifier.segment(proof).is_err() {
            return;
        }
    }
    if let Ok(verified) = verifier.finish() {
        assert_eq!(verified.outcome, Outcome::Exit(7));
        assert_eq!(machine.output(), INPUT);
    }
});
