//! What remarks show of a flaw: words that give one which is no residue, and formulas.

mod loops_support;

use loops_support::inputs::*;
use loops_support::*;
use zktr_pass::{Decision, Evidence, Reason, Rejection};

/// The reasons against the first loop of a function.
fn declined(text: &str) -> Vec<Rejection> {
    let report = pass().analyse(&function(text));
    match &report.remarks[0].decision {
        Decision::Declined { reasons } => reasons.clone(),
        _ => panic!("not declined:\n{report}"),
    }
}

fn evidence(text: &str, reason: Reason) -> Evidence {
    let reasons = declined(text);
    let found = reasons.iter().find(|r| r.reason == reason);
    let found = found.unwrap_or_else(|| panic!("{reason:?} is not among {reasons:?}"));
    found.evidence.clone().expect("evidence")
}

/// The words and the result of a counterexample.
fn counterexample(evidence: &Evidence) -> (Vec<(u32, u64)>, u64) {
    match evidence {
        Evidence::Counterexample { words, result, .. } => {
            let words = words.iter().map(|&(v, _, word)| (v.as_u32(), word));
            (words.collect(), *result)
        }
        other => panic!("{other}"),
    }
}

/// The loads and the header's parameters keep their names when a text is read.
const LOADED: u32 = 14;
const CARRIED: u32 = 13;

#[test]
fn a_sum_that_can_be_the_modulus() {
    let p = prime("babybear");
    let flawed = edited(SCAN, &[("ADD ", "ADD_LATE ")]);
    let found = evidence(&flawed, Reason::NotCanonical);
    let (words, result) = counterexample(&found);
    assert_eq!(result, p);
    let names: Vec<u32> = words.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, [CARRIED, LOADED], "{found}");
    assert!(words.iter().all(|(_, word)| *word < p));
    assert_eq!(words.iter().map(|(_, word)| word).sum::<u64>(), p);
}

#[test]
fn a_carried_word_has_one_too() {
    let flawed = edited(SCAN, &[("ADD ", "ADD_LATE ")]);
    let found = evidence(&flawed, Reason::CarriedValue);
    assert_eq!(counterexample(&found).1, prime("babybear"));
}

#[test]
fn a_correction_that_is_missing() {
    let p = prime("babybear");
    // A product of Montgomery's without the last correction is negative for most words.
    let flawed = edited(CONVERT, &[("MUL ", "MUL_RAW ")]);
    let (words, result) = counterexample(&evidence(&flawed, Reason::NotCanonical));
    assert!(result >= p && result > u64::from(u32::MAX / 2), "{result}");
    let [(_, word)] = words[..] else {
        panic!("{words:?}")
    };
    assert!(word < p);
}

#[test]
fn a_signed_comparison_is_right_while_sums_are_small() {
    // The sum of two residues of 31 bits has 32: as a signed number it is negative, and not reduced.
    let p = prime("babybear");
    let flawed = edited(SCAN, &[("ADD ", "ADD_SIGNED ")]);
    let (words, result) = counterexample(&evidence(&flawed, Reason::NotCanonical));
    assert_eq!(words.iter().map(|(_, word)| word).sum::<u64>(), result);
    assert!(result >= 1 << 31 && words.iter().all(|(_, word)| *word < p));
}

#[test]
fn what_no_instruction_computes_is_written_down() {
    // s = (s + 2a)^2 + a, in Montgomery form.
    let doubled = edited(
        SCAN,
        &[(
            "v15 = ADD v13, v14",
            "v30 = ADD v14, v14\n    v31 = ADD v30, v13\n    v32 = MUL v31, v31\n    v15 = ADD v32, v14",
        )],
    );
    match evidence(&doubled, Reason::NoInstruction) {
        Evidence::Computes { lines, modulus } => {
            assert_eq!(modulus, prime("babybear"));
            let step = "[4*i + v1] + 4/2^32*[4*i + v1]*s0 + 4/2^32*[4*i + v1]^2 + 1/2^32*s0^2";
            assert_eq!(
                lines,
                [
                    format!("[4*i + v0] = {step}"),
                    format!("s0 = {step}, from v2 on"),
                ]
            );
        }
        other => panic!("{other}"),
    }
}

#[test]
fn evidence_is_part_of_every_kind_of_remark() {
    let flawed = edited(SCAN, &[("ADD ", "ADD_LATE ")]);
    let report = pass().analyse(&function(&flawed));
    let text = report.to_string();
    let expected = "gives 2013265921, which is not below 2013265921";
    assert!(text.contains(expected), "{text}");
    let yaml = zktr_pass::remark::yaml::documents(&report.remarks[0], "f", None);
    assert!(
        yaml.contains("  - Evidence:        'counterexample: v13 = "),
        "{yaml}"
    );
}
