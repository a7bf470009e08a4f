//! Sums of residues in 64 bits that are reduced at their end only, as iterators over field elements spell them, with near
//! misses that have to stay.

mod loops_support;

use loops_support::*;
use zktr_pass::Reason;

/// The sum of the products of each row with the same words: (out, rows, betas, n, width).
const FINGERPRINT: &str = "
function %f(i64, i64, i64, i32, i32) -> i64 system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i32, v4: i32):
    v5 = iconst.i64 0
    v6 = iconst.i64 {p}
    v7 = iconst.i64 4
    v8 = iconst.i32 -1
    v9 = iconst.i64 0
    jump block1(v0, v1, v3, v9)
block1(v10: i64, v11: i64, v12: i32, v40: i64):
    jump block2(v2, v11, v5, v4)
block2(v20: i64, v21: i64, v22: i64, v23: i32):
    v24 = uload32 v20
    v25 = uload32 v21
    v26 = imul v24, v25
    v27 = urem v26, v6
    v28 = iadd v27, v22
    v29 = iadd v20, v7
    v30 = iadd v21, v7
    v31 = iadd v23, v8
    brif v31, block2(v29, v30, v28, v31), block3
block3:
    v32 = urem v28, v6
    istore32 v32, v10
    v33 = iadd v10, v7
    v34 = iadd v12, v8
    brif v34, block1(v33, v30, v34, v28), block4
block4:
    return v9
}
";

#[track_caller]
fn becomes(text: &str, edits: &[(&str, &str)], expected: &[&str]) {
    let func = &parse(&expand("babybear", &edited(text, edits)))[0];
    let found = offloaded(&pass(), func);
    let fits = |(found, expected): (&String, &&str)| found.starts_with(*expected);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(fits),
        "{found:?}"
    );
}

#[track_caller]
fn stays(text: &str, edits: &[(&str, &str)], reason: Reason) {
    let func = &parse(&expand("babybear", &edited(text, edits)))[0];
    assert_eq!(offloaded(&pass(), func), [""; 0]);
    let reasons = reasons(&pass(), func);
    assert!(reasons.contains(&reason), "{reasons:?}");
}

#[test]
fn a_sum_that_is_reduced_once() {
    becomes(FINGERPRINT, &[], &["zktr.rlc babybear"]);
    // The summands in another order.
    becomes(
        FINGERPRINT,
        &[("iadd v27, v22", "iadd v22, v27")],
        &["zktr.rlc babybear"],
    );
    // Unrolled: two residues in each iteration.
    becomes(
        FINGERPRINT,
        &[
            (
                "v28 = iadd v27, v22",
                "v50 = uload32 v20+4
    v51 = uload32 v21+4
    v52 = imul v50, v51
    v53 = urem v52, v6
    v54 = iadd v27, v53
    v28 = iadd v54, v22
    v55 = iconst.i64 8",
            ),
            ("v29 = iadd v20, v7", "v29 = iadd v20, v55"),
            ("v30 = iadd v21, v7", "v30 = iadd v21, v55"),
        ],
        &["zktr.rlc babybear"],
    );
}

#[test]
fn the_number_of_iterations_is_bounded() {
    // 64-bit counters: the sum may reach 2^63 after that many iterations, and a guard says that there are fewer.
    let most = ((1 << 63) - prime("babybear")) / (prime("babybear") - 1);
    let wide = &[
        ("i64, i64, i64, i32, i32)", "i64, i64, i64, i32, i64)"),
        ("v3: i32, v4: i32)", "v3: i32, v4: i64)"),
        ("v23: i32", "v23: i64"),
        (
            "v31 = iadd v23, v8",
            "v56 = iconst.i64 -1\n    v31 = iadd v23, v56",
        ),
    ];
    becomes(FINGERPRINT, wide, &["zktr.rlc babybear"]);
    let func = &parse(&expand("babybear", &edited(FINGERPRINT, wide)))[0];
    let plan = plan(&pass(), func);
    let values = |width| [(0, 1 << 44), (1, 1 << 20), (2, 1 << 16), (3, 1), (4, width)];
    assert!(holds(&plan, &values(8)));
    assert!(holds(&plan, &values(most)));
    assert!(!holds(&plan, &values(most + 1)));
}

#[test]
fn near_misses() {
    // Products that are not reduced wrap after four of them.
    stays(
        FINGERPRINT,
        &[("iadd v27, v22", "iadd v26, v22")],
        Reason::CarriedValue,
    );
    // The sum itself, not its residue, is used behind the loop.
    stays(FINGERPRINT, &[("return v9", "return v28")], Reason::LiveOut);
    // It is another modulus in the end.
    stays(
        FINGERPRINT,
        &[(
            "v32 = urem v28, v6",
            "v57 = iconst.i64 2013265919\n    v32 = urem v28, v57",
        )],
        Reason::NotCanonical,
    );
    // What is added is not bounded by the modulus.
    stays(
        FINGERPRINT,
        &[(
            "v27 = urem v26, v6",
            "v58 = iconst.i64 31\n    v27 = rotl v26, v58",
        )],
        Reason::CarriedValue,
    );
    // The sum is doubled on the way.
    stays(
        FINGERPRINT,
        &[(
            "v28 = iadd v27, v22",
            "v59 = iadd v22, v22\n    v28 = iadd v27, v59",
        )],
        Reason::CarriedValue,
    );
}

/// A running sum that is written reduced, and kept as it is: (out, x, n).
const RUNNING: &str = "
function %f(i64, i64, i32) -> i64 system_v {
block0(v0: i64, v1: i64, v2: i32):
    v5 = iconst.i64 0
    v6 = iconst.i64 {p}
    v7 = iconst.i64 4
    v8 = iconst.i32 -1
    jump block1(v0, v1, v2, v5)
block1(v10: i64, v11: i64, v12: i32, v22: i64):
    v24 = uload32 v11
    v27 = urem v24, v6
    v28 = iadd v27, v22
    v32 = urem v28, v6
    istore32 v32, v10
    v33 = iadd v10, v7
    v30 = iadd v11, v7
    v34 = iadd v12, v8
    brif v34, block1(v33, v30, v34, v28), block4
block4:
    return v5
}
";

#[test]
fn a_running_sum() {
    becomes(RUNNING, &[], &["zktr.scan sum babybear"]);
    stays(RUNNING, &[("return v5", "return v28")], Reason::LiveOut);
}
