//! Runs are proved and verified; forged ones and damaged proofs are refused.

#[path = "../../emulator/tests/trace_support/mod.rs"]
mod trace_support;

mod runs;

use runs::{copied, copier, machine, program, prove_with, verify};
use trace_support::{DATA, Guest, random_guest};
use zktr_prove::Error;
use zktr_prove::config::Profile;
use zktr_prove::proof::Proof;
use zktr_prove::prove::Backend;
use zktr_prove::replay::Outcome;
use zktr_prove::verify::Verifier;

#[test]
fn a_run_in_segments_is_proved_and_verified() {
    let proofs = copied();
    assert_eq!(proofs.len(), 3);
    let verified = verify(&copier(), proofs).unwrap();
    assert_eq!(verified.outcome, Outcome::Exit(7));
    assert_eq!((verified.segments, verified.instructions), (3, 63));
}

#[test]
fn all_backends_make_the_same_proof() {
    let guest = random_guest(21, 60);
    let ours = prove_with(&guest, Backend::Units, "koalabear", 1 << 10);
    for backend in [Backend::Gadget, Backend::Plonky3] {
        assert_eq!(ours, prove_with(&guest, backend, "koalabear", 1 << 10));
    }
    verify(&guest, &ours).unwrap();
}

/// Each instruction with operands and results on registers, on pairs of boundary values.
#[test]
fn every_instruction_is_proved() {
    const VALUES: [u32; 7] = [0, 1, 31, 0x80, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    let mut guest = Guest::new();
    let registers = 18..18 + VALUES.len() as i64;
    for (register, value) in registers.clone().zip(VALUES) {
        guest.x[register as usize] = value;
    }
    guest.x[8] = DATA as u32 + 0x80;
    let words = [
        "add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and", "mul", "mulh",
        "mulhsu", "mulhu", "div", "divu", "rem", "remu",
    ];
    let immediates = ["addi", "slti", "sltiu", "xori", "ori", "andi"];
    let shifts = ["slli", "srli", "srai"];
    let branches = ["beq", "bne", "blt", "bge", "bltu", "bgeu"];
    let loads = ["lb", "lbu", "lh", "lhu", "lw"];
    let stores = ["sb", "sh", "sw"];
    for rs1 in registers.clone() {
        for rs2 in registers.clone() {
            for name in words {
                guest.add(name, &[("rd", 5), ("rs1", rs1), ("rs2", rs2)]);
            }
            for name in branches {
                guest.add(name, &[("rs1", rs1), ("rs2", rs2), ("imm", 8)]);
                guest.add("addi", &[("rd", 6), ("rs1", 6), ("imm", 1)]);
            }
        }
        for name in immediates {
            for imm in [-2048, -1, 0, 1, 2047] {
                guest.add(name, &[("rd", 5), ("rs1", rs1), ("imm", imm)]);
            }
        }
        for name in shifts {
            for (field, amount) in [("shamt", 0), ("shamt", 1), ("shamt", 31)] {
                guest.add(name, &[("rd", 5), ("rs1", rs1), (field, amount)]);
            }
        }
        for name in stores {
            guest.add(name, &[("rs1", 8), ("rs2", rs1), ("imm", -4)]);
            for load in loads {
                guest.add(load, &[("rd", 7), ("rs1", 8), ("imm", -4)]);
            }
        }
    }
    guest.add("lui", &[("rd", 5), ("imm", 0xf_ffff)]);
    guest.add("auipc", &[("rd", 5), ("imm", 1)]);
    guest.add("auipc", &[("rd", 5)]);
    guest.add("jal", &[("rd", 1), ("imm", 8)]);
    guest.add("addi", &[("rd", 0)]);
    guest.add("auipc", &[("rd", 5)]);
    guest.add("jalr", &[("rd", 1), ("rs1", 5), ("imm", 8)]);
    guest.add("fence", &[]);
    guest.add("addi", &[("rd", 10), ("rs1", 6)]);
    guest.exit();
    let proofs = prove_with(&guest, Backend::Units, "babybear", 1 << 12);
    let verified = verify(&guest, &proofs).unwrap();
    // Branches that are not taken: by relation, of the pairs.
    let pairs = VALUES
        .iter()
        .flat_map(|a| VALUES.iter().map(move |b| (*a, *b)));
    let missed = pairs.map(|(a, b)| {
        let (x, y) = (a.cast_signed(), b.cast_signed());
        [a != b, a == b, x >= y, x < y, a >= b, a < b]
            .into_iter()
            .filter(|not_taken| *not_taken)
            .count() as u32
    });
    assert_eq!(verified.outcome, Outcome::Exit(missed.sum()));
}

/// Why the run with these changes to the first proof is refused.
fn refusal(change: impl FnOnce(&mut Proof)) -> Error {
    let mut proofs = copied().to_vec();
    change(&mut proofs[0]);
    verify(&copier(), &proofs).expect_err("a forged claim")
}

#[test]
fn a_forged_statement_is_refused() {
    use Error::{Claim as Claimed, Proof as Proved};
    // What calls have done, found by making them again.
    let by_replay: [fn(&mut Proof); 8] = [
        |proof| proof.claim.calls[0].result += 1,
        |proof| proof.claim.calls[0].number = 64,
        |proof| proof.claim.calls[0].result_t0 ^= 1,
        |proof| proof.claim.exchanges[1].after ^= 1,
        |proof| proof.claim.exchanges.truncate(1),
        |proof| proof.claim.exchanges.swap(0, 1),
        |proof| proof.claim.inputs[0][0] ^= 1,
        |proof| proof.claim.inputs.clear(),
    ];
    for (at, change) in by_replay.into_iter().enumerate() {
        let mut proofs = copied().to_vec();
        change(&mut proofs[0]);
        // The input of the machine is that of the claim, as for a verifier who does not know it.
        let guest = copier();
        let program = program(&guest);
        let mut machine = guest.machine();
        for input in &proofs[0].claim.inputs {
            machine.add_input(input.clone());
        }
        let mut verifier = Verifier::new(&program, Profile::Test, &mut machine).unwrap();
        let result = verifier.segment(&proofs[0]);
        assert!(matches!(result, Err(Claimed(_))), "{at}: {result:?}");
    }
    // Form and place.
    let by_form: [fn(&mut Proof); 6] = [
        |proof| proof.claim.start_pc += 4,
        |proof| proof.claim.end_pc += 2,
        |proof| proof.claim.end_clock = 0,
        |proof| proof.claim.segment = 1,
        |proof| proof.claim.last.truncate(3),
        |proof| proof.claim.last.swap(0, 1),
    ];
    for (at, change) in by_form.into_iter().enumerate() {
        let error = refusal(change);
        assert!(matches!(error, Claimed(_)), "{at}: {error:?}");
    }
    // Left to the tables and the transcript.
    let by_proof: [fn(&mut Proof); 5] = [
        |proof| proof.claim.end_pc += 4,
        |proof| proof.claim.end_clock += 4,
        |proof| proof.claim.last[0].1 ^= 1,
        |proof| {
            proof
                .claim
                .last
                .retain(|(addr, _)| *addr != DATA as u32 / 4)
        },
        |proof| proof.claim.calls[0].clock += 4,
    ];
    for (at, change) in by_proof.into_iter().enumerate() {
        let error = refusal(|proof| {
            change(proof);
            // Exchanges belong to the call.
            let clock = proof.claim.calls[0].clock;
            proof
                .claim
                .exchanges
                .iter_mut()
                .for_each(|e| e.clock = clock);
        });
        assert!(matches!(error, Proved(_)), "{at}: {error:?}");
    }
}

#[test]
fn the_chain_is_checked() {
    let [first, second, third] = copied() else {
        panic!("three segments")
    };
    let refused = |proofs: &[&Proof]| {
        let proofs: Vec<Proof> = proofs.iter().map(|proof| (*proof).clone()).collect();
        matches!(verify(&copier(), &proofs), Err(Error::Claim(_)))
    };
    assert!(refused(&[]));
    assert!(refused(&[first]), "the run goes on");
    assert!(refused(&[first, second]), "the run goes on");
    assert!(refused(&[second, third]));
    assert!(refused(&[first, third]));
    assert!(refused(&[first, third, second]));
    assert!(refused(&[first, second, third, third]));
    let mut renamed = third.clone();
    renamed.claim.segment = 1;
    renamed.claim.start_pc = second.claim.start_pc;
    let renamed = [first.clone(), renamed];
    assert!(verify(&copier(), &renamed).is_err());
}

#[test]
fn proofs_of_another_program_or_state_or_profile_are_refused() {
    let proofs = copied();
    let mut other = copier();
    other.code.truncate(other.code.len() - 3);
    other.add("addi", &[("rd", 10), ("imm", 8)]).exit();
    assert!(matches!(verify(&other, proofs), Err(Error::Proof(_))));
    let mut other = copier();
    other.data[200] = 1;
    assert!(matches!(verify(&other, proofs), Err(Error::Proof(_))));
    let guest = copier();
    let program = program(&guest);
    let mut machine = machine(&guest);
    let mut verifier = Verifier::new(&program, Profile::Standard, &mut machine).unwrap();
    assert!(matches!(verifier.segment(&proofs[0]), Err(Error::Claim(_))));
}

#[test]
fn damaged_bytes_are_refused() {
    let guest = copier();
    let bytes = copied()[0].encode().unwrap();
    assert_eq!(Proof::decode_all(&bytes).unwrap(), copied()[..1]);
    let rest = &copied()[1..];
    let accepted = |bytes: &[u8]| {
        let Ok(mut proofs) = Proof::decode_all(bytes) else {
            return false;
        };
        proofs.extend_from_slice(rest);
        verify(&guest, &proofs).is_ok()
    };
    assert!(accepted(&bytes));
    let mut random = trace_support::Random(77);
    for _ in 0..24 {
        let cut = random.below(bytes.len() as u64) as usize;
        assert!(!accepted(&bytes[..cut]), "cut at {cut}");
        let mut flipped = bytes.clone();
        let bit = random.below(8 * bytes.len() as u64) as usize;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!accepted(&flipped), "bit {bit}");
    }
    // The shape of the proof itself: its first and its last bytes are lengths and witnesses.
    let start = bytes.len() - copied()[0].stark_len();
    for at in (start..start + 200)
        .step_by(20)
        .chain(bytes.len() - 40..bytes.len())
    {
        let mut wrong = bytes.clone();
        wrong[at] = wrong[at].wrapping_add(1);
        assert!(!accepted(&wrong), "byte {at}");
    }
}
