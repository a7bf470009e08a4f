//! The obligations hold for all inputs of small fields, and are proved for all fields; the certificates are.

mod proof_support;

use proof_support::{Random, counterexample, program_of, real_machines, small_machines};
use zktr_isa::Spec;
use zktr_isa::proof::obligations::{self, Obligation, field_idioms};
use zktr_isa::proof::{Certificate, check, prove};

/// What is wrong with the proofs of these obligations.
fn failures(obligations: impl IntoIterator<Item = Obligation>) -> Vec<String> {
    let mut wrong = Vec::new();
    for Obligation {
        name, statement, ..
    } in obligations
    {
        match prove(&statement) {
            Err(failure) => wrong.push(format!("{name}: {failure}")),
            Ok(certificate) => {
                if let Err(rejected) = check(&statement, &certificate) {
                    wrong.push(format!("{name}: rejected: {rejected}"));
                }
                let text = certificate.to_string();
                if text.parse() != Ok::<Certificate, _>(certificate) {
                    wrong.push(format!("{name}: the text is of another certificate"));
                }
            }
        }
    }
    wrong
}

#[track_caller]
fn assert_proved(obligations: impl IntoIterator<Item = Obligation>) {
    let wrong = failures(obligations);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_obligation_of_the_built_in_spec_is_proved() {
    assert_proved(obligations::of_spec(&Spec::builtin()));
}

#[test]
fn idioms_hold_for_all_inputs_of_small_fields() {
    let mut random = Random(1);
    for machine in small_machines() {
        for obligation in field_idioms(&format!("{machine:?}"), &machine) {
            let (program, claims) = program_of(&obligation).expect("idioms are programs");
            let found = counterexample(program, claims, 2000, &mut random);
            assert_eq!(found, None, "{}", obligation.name);
        }
    }
}

#[test]
fn idioms_hold_for_random_inputs_of_real_fields() {
    let mut random = Random(2);
    for (name, machine) in real_machines() {
        for obligation in field_idioms(name, &machine) {
            let (program, claims) = program_of(&obligation).expect("idioms are programs");
            let found = counterexample(program, claims, 200, &mut random);
            assert_eq!(found, None, "{}", obligation.name);
        }
    }
}

#[test]
fn idioms_of_small_fields_are_proved() {
    let idioms = small_machines()
        .into_iter()
        .flat_map(|machine| field_idioms(&format!("{machine:?}"), &machine));
    assert_proved(idioms);
}
