//! What is written, and what is used behind the loops.

use super::*;

#[test]
fn nothing_is_written() {
    stays(
        SCAN,
        &[
            ("    store notrap aligned v15, v11\n", ""),
            ("return v15", "return v2"),
        ],
        &[NoStore],
    );
}

#[test]
fn the_value_before_the_last_row() {
    // What is returned is the sum without the last word: no result of the unit.
    stays(SCAN, &[("return v15", "return v13")], &[LiveOut]);
}

#[test]
fn the_last_word_that_was_read() {
    stays(SCAN, &[("return v15", "return v14")], &[LiveOut]);
    let passed = [
        ("-> i32 system_v", "-> i32, i32 system_v"),
        (
            "v15), block2\nblock2:\n    return v15",
            "v15), block2(v15, v14)\nblock2(v30: i32, v31: i32):\n    return v30, v31",
        ),
    ];
    let twin = twin(
        SCAN,
        &[
            passed[0],
            (
                "v15), block2\nblock2:\n    return v15",
                "v15), block2(v15, v15)\nblock2(v30: i32, v31: i32):\n    return v30, v31",
            ),
        ],
    );
    stays(
        &twin,
        &[("block2(v15, v15)", "block2(v15, v14)")],
        &[LiveOut],
    );
}

#[test]
fn a_value_between_two_steps() {
    // A sum of wide words before its reduction.
    stays(
        SCAN,
        &[
            ("v15 =", "v16 = iadd v13, v14\n    v15 ="),
            ("return v15", "return v16"),
        ],
        &[LiveOut],
    );
}

#[test]
fn a_flag_that_is_used_behind_the_loop() {
    stays(
        SCAN,
        &[("return v15", "v30 = uextend.i32 v23\n    return v30")],
        &[LiveOut],
    );
}

#[test]
fn a_polynomial_behind_the_loop_is_no_reason_to_stay() {
    twin(SCAN, &[("-> i32", "-> i64"), ("return v15", "return v21")]);
    twin(SCAN, &[("-> i32", "-> i64"), ("return v15", "return v10")]);
    twin(
        SCAN,
        &[("return v15", "v30 = ireduce.i32 v22\n    return v30")],
    );
}

#[test]
fn a_value_behind_loops_that_are_replaced_together() {
    // A product that the loops leave behind is not among the unit's results. Remarks and
    // rewriting agree about it.
    let straight = edited(
        BATCH_INVERSE,
        &[("brif v3, block10, block6\nblock10:\n    jump", "jump")],
    );
    let whole = offloaded(&pass(), &function(&straight));
    assert_eq!(
        whole,
        ["zktr.scan prod-before babybear-m, zktr.inv babybear-m"]
    );
    let used = edited(
        &straight,
        &[
            ("system_v {", "-> i32 system_v {"),
            ("return", "return v25"),
        ],
    );
    let (_, report) = rewritten(&pass(), &function(&used));
    let last = report.remarks.last().expect("three loops");
    assert!(
        matches!(last.decision, zktr_pass::Decision::Declined { .. }),
        "{report}"
    );
}
