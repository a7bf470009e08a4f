//! Field arithmetic with a flaw.

use super::*;

/// An edit of the expanded text, in all places.
#[track_caller]
fn stays_expanded(twin: &str, from: &str, to: &str, expected: &[Reason]) {
    let text = expand("babybear", twin);
    assert!(!offloaded(&pass(), &parse(&text)[0]).is_empty());
    assert!(text.contains(from), "`{from}` does not occur in\n{text}");
    let flawed = &parse(&text.replace(from, to))[0];
    let found = reasons(&pass(), flawed);
    assert!(
        expected.iter().all(|r| found.contains(r)),
        "{}",
        pass().analyse(flawed)
    );
}

#[test]
fn a_modulus_that_the_spec_has_not() {
    let p = prime("babybear");
    // Every occurrence, so that the loop is right for another modulus. It is looked at as one that could move words, and not
    // even that where such loops stay.
    let text = expand("babybear", SCAN);
    let other = text
        .replace(&p.to_string(), &(p - 2).to_string())
        .replace(&(p - 1).to_string(), &(p - 3).to_string());
    let other = &parse(&other)[0];
    assert!(!reasons(&pass(), other).is_empty());
    let options = Options {
        movement: Movement::Keep,
        ..Options::default()
    };
    let pass = Pass::new(Spec::builtin(), options);
    assert_eq!(pass.analyse(other).remarks, []);
    assert_eq!(reasons(&pass, other), BTreeSet::new());
}

#[test]
fn a_wrong_modulus_beside_the_right_one() {
    let p = prime("babybear");
    let subtracted = format!("iconst.i32 {p}");
    stays_expanded(
        FINGERPRINT,
        &subtracted,
        &format!("iconst.i32 {}", p - 2),
        &[CarriedValue],
    );
}

#[test]
fn a_wrong_montgomery_constant() {
    let constant = inverse_of_prime(prime("babybear")) as i32;
    let right = format!("iconst.i32 {constant}");
    let wrong = format!("iconst.i32 {}", constant ^ 2);
    stays_expanded(CONVERT, &right, &wrong, &[NotCanonical]);
    stays_expanded(FINGERPRINT, &right, &wrong, &[CarriedValue]);
}

#[test]
fn the_montgomery_constant_of_another_field() {
    let right = format!("iconst.i32 {}", inverse_of_prime(prime("babybear")) as i32);
    let wrong = format!("iconst.i32 {}", inverse_of_prime(prime("koalabear")) as i32);
    stays_expanded(CONVERT, &right, &wrong, &[NotCanonical]);
}

#[test]
fn a_shift_by_another_amount() {
    stays_expanded(CONVERT, "iconst.i64 32", "iconst.i64 31", &[NotCanonical]);
}

#[test]
fn a_product_without_its_correction() {
    stays(CONVERT, &[("MUL", "MUL_RAW")], &[NotCanonical]);
}

#[test]
fn a_correction_with_the_branches_exchanged() {
    let text = expand("babybear", CONVERT);
    let select = text
        .lines()
        .find(|l| l.contains("v15 = select"))
        .expect("a product ends with a select");
    let (head, operands) = select.split_once("select ").expect("it has operands");
    let [c, x, y] = operands.split(", ").collect::<Vec<_>>()[..] else {
        panic!("select has three operands")
    };
    stays_expanded(
        CONVERT,
        select,
        &format!("{head}select {c}, {y}, {x}"),
        &[NotCanonical],
    );
}

#[test]
fn a_sum_that_is_not_reduced() {
    stays(FINGERPRINT, &[("ADD", "iadd")], &[CarriedValue]);
}

#[test]
fn a_sum_that_is_left_at_p() {
    stays(SCAN, &[("ADD", "ADD_LATE")], &[CarriedValue]);
}

#[test]
fn a_signed_comparison_of_unsigned_words() {
    stays(SCAN, &[("ADD", "ADD_SIGNED")], &[CarriedValue]);
}

#[test]
fn a_square_in_place_of_a_sum() {
    // Canonical and a polynomial, but of no instruction.
    let square = "v16 = MUL v14, v14\n    v15 = SUB v13, v16";
    stays(SCAN, &[("v15 = ADD v13, v14", square)], &[NoInstruction]);
}

#[test]
fn a_recurrence_of_no_instruction() {
    let product = twin(SCAN, &[("ADD", "MUL")]);
    stays(
        &product,
        &[(
            "v15 = MUL v13, v14",
            "v16 = MUL v13, v13\n    v15 = ADD v16, v14",
        )],
        &[NoInstruction],
    );
}

#[test]
fn a_first_value_that_is_not_canonical() {
    let constant = twin(
        SCAN,
        &[
            (
                "v6 = iconst.i64 1",
                "v6 = iconst.i64 1\n    v7 = iconst.i32 {p-1}",
            ),
            ("v0, v1, v2)\nblock1", "v0, v1, v7)\nblock1"),
        ],
    );
    stays(
        &constant,
        &[("iconst.i32 {p-1}", "iconst.i32 {p}")],
        &[CarriedValue],
    );
    stays(
        &constant,
        &[("iconst.i32 {p-1}", "iconst.i32 -1")],
        &[CarriedValue],
    );
}

#[test]
fn a_cube_of_each_word() {
    stays(
        CONVERT,
        &[(
            "v15 = MUL v14, v7",
            "v16 = MUL v14, v14\n    v15 = MUL v16, v14",
        )],
        &[NoInstruction],
    );
}

#[test]
fn an_induction_variable_as_data() {
    stays(
        SCAN,
        &[
            ("ADD v13, v14", "ADD v13, v16"),
            ("v15 =", "v16 = ireduce.i32 v10\n    v15 ="),
        ],
        &[CarriedValue],
    );
}

#[test]
fn two_accumulators_for_one_result() {
    let second = [
        ("v12: i64, v13: i32)", "v12: i64, v13: i32, v16: i32)"),
        ("v0, v1, v2)\nblock1", "v0, v1, v2, v2)\nblock1"),
    ];
    let unused = twin(
        SCAN,
        &[
            &second[..],
            &[("v22, v15), block2", "v22, v15, v16), block2")],
        ]
        .concat(),
    );
    // out[i] = (s + a[i]) + t, where t = s + a[i] of the row before.
    stays(
        &unused,
        &[
            (
                "store notrap aligned v15",
                "v17 = ADD v15, v16\n    store notrap aligned v17",
            ),
            ("v15, v16), block2", "v15, v15), block2"),
        ],
        &[NoInstruction],
    );
}
