//! Nests, and loops that follow each other.

use super::*;

#[test]
fn two_loops_fused_with_a_dependency_across() {
    // t[i] = a[i] * r^2, then the sum of t[i-1], which the iteration before has written.
    let fused = [(
        "v14 = load.i32 notrap aligned v12",
        "v40 = load.i32 notrap aligned v12\n    v41 = iconst.i32 {rr}\n    v42 = MUL v40, v41\n    store notrap aligned v42, v12+4096\n    v14 = load.i32 notrap aligned v12+4092",
    )];
    stays(SCAN, &fused, &[Overlap]);
}

#[test]
fn powers_that_go_on_from_row_to_row() {
    // The inner loop starts where it ended in the row before.
    stays(
        POWERS_FINGERPRINT,
        &[
            ("jump block1(v6, v0, v1)", "jump block1(v6, v0, v1, v51)"),
            ("v11: i64, v12: i64)", "v11: i64, v12: i64, v60: i32)"),
            ("block2(v6, v12, v51, v3)", "block2(v6, v12, v60, v3)"),
            ("block1(v40, v41, v42)", "block1(v40, v41, v42, v30)"),
        ],
        &[NoInstruction],
    );
}

#[test]
fn powers_of_another_base_in_each_row() {
    stays(
        POWERS_FINGERPRINT,
        &[
            (
                "jump block2(v6, v12",
                "v60 = load.i32 notrap aligned v11\n    jump block2(v6, v12",
            ),
            ("MUL v22, v2", "MUL v22, v60"),
        ],
        &[],
    );
}

#[test]
fn a_base_of_powers_in_memory() {
    // It need not be offloaded, but it has to be looked at without a panic.
    let text = edited(
        POWERS_FINGERPRINT,
        &[
            (
                "jump block2(v6, v12",
                "v60 = load.i32 notrap aligned v99\n    jump block2(v6, v12",
            ),
            ("MUL v22, v2", "MUL v22, v60"),
            ("v1: i64, v2: i32", "v1: i64, v99: i64"),
            ("i64, i64, i32, i32", "i64, i64, i64, i32"),
        ],
    );
    rewritten(&pass(), &function(&text));
}

#[test]
fn an_inverse_of_something_else_than_the_whole_product() {
    let p = prime("babybear");
    stays_chain(&[(
        "v52 = iconst.i32 {p-2}",
        &format!("v52 = iconst.i32 {}", p - 3),
    )]);
    stays_chain(&[("jump block2(v52, v16, v51)", "jump block2(v52, v51, v51)")]);
}

#[test]
fn prefix_products_that_start_at_zero() {
    stays_chain(&[(
        "jump block1(v6, v51)",
        "v60 = iconst.i32 0\n    jump block1(v6, v60)",
    )]);
}

#[test]
fn loops_over_different_elements() {
    stays_chain(&[("v29 = isub v3, v50", "v29 = isub v3, v53")]);
    stays_chain(&[(
        "v35 = iadd v1, v32",
        "v60 = iadd v1, v9\n    v35 = iadd v60, v32",
    )]);
    stays_chain(&[(
        "v33 = iadd v2, v32",
        "v60 = iadd v2, v9\n    v33 = iadd v60, v32",
    )]);
}

#[test]
fn something_happens_between_the_loops() {
    stays_chain(&[(
        "v29 = isub v3, v50",
        "v29 = isub v3, v50\n    store notrap aligned v25, v1",
    )]);
    stays_chain(&[("v29 = isub v3, v50", "v29 = isub v3, v50\n    fence")]);
    stays_chain(&[(
        "v29 = isub v3, v50",
        "v29 = isub v3, v50\n    v60 = load.i32 v1",
    )]);
}

/// The loops are not replaced together any more; each may still be on its own.
#[track_caller]
fn stays_chain(edits: &[(&str, &str)]) {
    let together = |text: &str| {
        offloaded(&pass(), &function(text))
            .iter()
            .any(|o| o.contains("zktr.inv"))
    };
    assert!(together(BATCH_INVERSE));
    assert!(!together(&edited(BATCH_INVERSE, edits)));
}
