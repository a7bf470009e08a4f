//! Where tables are empty, segments are short, and parameters are those that somebody relies on.

#[path = "../../emulator/tests/trace_support/mod.rs"]
mod trace_support;

mod runs;

use runs::{copier, machine, program, prove_with, segments, verify};
use trace_support::{BASE, DATA, DATA_SIZE, Guest, assert_right, random_guest};
use zktr_emu::trace::fill;
use zktr_isa::trace::Knowledge;
use zktr_prove::config::Profile;
use zktr_prove::prove::{Backend, prove};
use zktr_prove::replay::Outcome;
use zktr_prove::verify::Verifier;

/// One instruction, in a segment of its own: most tables are padding alone.
#[test]
fn tables_without_rows_are_proved() {
    let mut guest = Guest::new();
    guest.exit();
    let proofs = prove_with(&guest, Backend::Units, "babybear", 1 << 10);
    let verified = verify(&guest, &proofs).unwrap();
    assert_eq!(verified.outcome, Outcome::Exit(0));
    assert_eq!((verified.segments, verified.instructions), (1, 1));
    let (_, _, execution) = &segments(&guest, 1 << 10)[0];
    let trace = fill(&guest.spec, execution, "babybear").unwrap();
    let tables = guest.spec.trace().tables.iter().zip(&trace.tables);
    let empty = tables.filter(|(table, filled)| {
        table.knowledge == Knowledge::Witness && filled.rows == 0 && filled.height() > 0
    });
    assert!(empty.count() > 5);
}

/// Wherever a run is divided, the tables of each part are right, and its state is that with which the next one begins.
#[test]
fn a_run_can_be_divided_anywhere() {
    for guest in [copier(), random_guest(31, 20)] {
        for segment in [1, 2, 7, 19] {
            let parts = segments(&guest, segment);
            let mut state = parts[0].0.clone();
            for (before, claim, execution) in parts {
                assert_eq!(before, state);
                claim.check(&guest.spec, &before).unwrap();
                let trace = fill(&guest.spec, &execution, "koalabear").unwrap();
                assert_right(&guest.spec, &trace);
                state = claim.next(before);
            }
        }
    }
}

/// What a guest could read is said once; in a later segment, a claim of it is refused before a proof is looked at.
#[test]
fn input_belongs_to_the_first_segment() {
    let guest = copier();
    let parts = segments(&guest, 25);
    let (first, mut claim, _) = parts[0].clone();
    claim.inputs.push(b"one more file".to_vec());
    claim.check(&guest.spec, &first).unwrap();
    let (later, mut claim, _) = parts[1].clone();
    claim.check(&guest.spec, &later).unwrap();
    for inputs in [vec![Vec::new()], vec![b"more".to_vec()]] {
        claim.inputs = inputs;
        let error = claim.check(&guest.spec, &later).unwrap_err();
        assert!(error.to_string().contains("first segment"), "{error}");
    }
}

/// Stores of all sizes to the first and the last bytes of a region, and what is loaded from there afterwards, in other segments.
#[test]
fn the_first_and_the_last_bytes_of_memory_are_proved() {
    let mut guest = Guest::new();
    guest.x[BASE as usize] = DATA as u32;
    let last = DATA_SIZE as i64;
    for (store, load, size) in [("sb", "lb", 1), ("sh", "lh", 2), ("sw", "lw", 4)] {
        for at in [0, 4 - size, 4, last - 4, last - size] {
            guest.x[20] = 0x8181_8182;
            guest.add(store, &[("rs1", BASE), ("rs2", 20), ("imm", at)]);
            guest.add(load, &[("rd", 5), ("rs1", BASE), ("imm", at)]);
            guest.add("xor", &[("rd", 10), ("rs1", 10), ("rs2", 5)]);
        }
    }
    guest.exit();
    let proofs = prove_with(&guest, Backend::Units, "babybear", 16);
    assert!(proofs.len() > 2);
    let verified = verify(&guest, &proofs).unwrap();
    // An odd number of each size: sign-extended by their loads.
    let expected = [
        0x8181_8182u32 as u8 as i8 as i32,
        0x8182u16 as i16 as i32,
        0x8181_8182u32 as i32,
    ];
    let expected = expected
        .iter()
        .fold(0, |sum, value| sum ^ value.cast_unsigned());
    assert_eq!(verified.outcome, Outcome::Exit(expected));
}

/// With parameters for use: minutes in a debug build, so it is asked for.
#[test]
fn a_run_is_proved_with_standard_parameters() {
    if std::env::var_os("ZKTR_PROVE_STANDARD").is_none() {
        println!("skipped: ZKTR_PROVE_STANDARD is not set: a run with standard parameters");
        return;
    }
    for (field, backend) in [
        ("babybear", Backend::Units),
        ("koalabear", Backend::Units),
        ("babybear", Backend::Plonky3),
    ] {
        let guest = copier();
        let program = program(&guest);
        let mut there = machine(&guest);
        let mut verifier = Verifier::new(&program, Profile::Standard, &mut there).unwrap();
        for (state, claim, execution) in segments(&guest, 25) {
            let trace = fill(&guest.spec, &execution, field).unwrap();
            let proof = prove(
                &program,
                Profile::Standard,
                backend,
                &state,
                claim,
                &trace,
                &mut |_| (),
            )
            .unwrap();
            let security = verifier.segment(&proof).unwrap();
            assert!(
                security.conjectured >= 100 && security.lookups >= 100,
                "{security:?}"
            );
        }
        assert_eq!(verifier.finish().unwrap().outcome, Outcome::Exit(7));
    }
}
