//! Loops that write nothing and leave one element behind: totals, products, evaluations, inner products. What is left has to
//! be the word that the loop would have left, for the whole count, and nothing else.

mod loops_support;

use loops_support::*;
use zktr_pass::Reason;
use zktr_pass::plan::{Address, FieldValue, Final, Word};

/// `s = STEP(s, a[i])`: (a, b, first, factor, n) -> s. `v14` is a[i], `v16` is b[i] where it is read.
fn fold(step: &str) -> String {
    format!(
        "
function %f(i64, i64, i32, i32, i64) -> i32 system_v {{
block0(v0: i64, v1: i64, v2: i32, v3: i32, v4: i64):
    v5 = iconst.i64 0
    v6 = iconst.i64 4
    v7 = iconst.i64 1
    jump block1(v5, v0, v1, v2)
block1(v10: i64, v11: i64, v12: i64, v13: i32):
    v14 = load.i32 notrap aligned v11
{step}
    v20 = iadd v10, v7
    v21 = iadd v11, v6
    v22 = iadd v12, v6
    v23 = icmp ult v20, v4
    brif v23, block1(v20, v21, v22, v15), block2(v15)
block2(v30: i32):
    return v30
}}
"
    )
}

const SUM: &str = "    v15 = ADD v13, v14";
const PRODUCT: &str = "    v15 = MUL v13, v14";
const HORNER: &str = "    v17 = MUL v13, v3\n    v15 = ADD v17, v14";
const DOT: &str =
    "    v16 = load.i32 notrap aligned v12\n    v17 = MUL v14, v16\n    v15 = ADD v13, v17";

fn found(text: &str) -> Vec<String> {
    offloaded(&pass(), &function(text))
}

#[test]
fn totals_products_evaluations_and_inner_products() {
    assert_eq!(found(&fold(SUM)), ["zktr.fold sum babybear"]);
    assert_eq!(found(&fold(PRODUCT)), ["zktr.fold prod babybear-m"]);
    assert_eq!(found(&fold(HORNER)), ["zktr.fold horner babybear-m"]);
    assert_eq!(found(&fold(DOT)), ["zktr.dot babybear-m"]);
    let by_remainder = DOT.replace("MUL", "REM");
    assert_eq!(found(&fold(&by_remainder)), ["zktr.dot babybear"]);
}

#[test]
fn the_result_is_a_word_of_scratch_memory() {
    let plan = plan(&pass(), &function(&fold(SUM)));
    let [(_, Final::BufferWord(buffer, 0))] = plan.finals[..] else {
        panic!("{:?}", plan.finals)
    };
    assert_eq!(plan.buffers[buffer.0].size, 4);
    let [offload] = &plan.offloads[..] else {
        panic!("one operation")
    };
    // The first value is in the descriptor, where the unit looks whether it is a residue; only the rows are in memory.
    let first = Word::Value(cranelift_codegen::ir::Value::from_u32(2));
    let of_first = |(_, value): &(_, FieldValue)| match value {
        FieldValue::Felt(words) => words.first() == Some(&first),
        _ => false,
    };
    assert!(offload.fields.iter().any(of_first));
    let views = offload.fields.iter().filter(|(_, value)| {
        matches!(
            value,
            FieldValue::View {
                base: Address::Poly(_),
                ..
            }
        )
    });
    assert_eq!(views.count(), 1);
}

#[test]
fn from_the_last_row_to_the_first() {
    let down = edited(&fold(HORNER), &[("iadd v11, v6", "isub v11, v6")]);
    assert_eq!(found(&down), ["zktr.fold horner babybear-m"]);
}

#[test]
fn several_rows_an_iteration() {
    let twice =
        "    v16 = load.i32 notrap aligned v11+4\n    v17 = ADD v13, v14\n    v15 = ADD v17, v16";
    let text = edited(&fold(twice), &[("v6 = iconst.i64 4", "v6 = iconst.i64 8")]);
    assert_eq!(found(&text), ["zktr.fold sum babybear"]);
}

/// What is left behind is not the fold, or not only.
#[test]
fn other_results_stay() {
    let sum = fold(SUM);
    let before = edited(&sum, &[("block2(v15)", "block2(v13)")]);
    let words = edited(&sum, &[("block2(v15)", "block2(v14)")]);
    let terms = edited(&fold(DOT), &[("block2(v15)", "block2(v17)")]);
    for text in [&before, &words, &terms] {
        assert!(
            reasons(&pass(), &function(text)).contains(&Reason::LiveOut),
            "{text}"
        );
    }
    // Where the loop has come to is known besides.
    let place = edited(
        &sum,
        &[
            ("-> i32", "-> i32, i64"),
            ("block2(v15)", "block2(v15, v21)"),
            ("block2(v30: i32)", "block2(v30: i32, v31: i64)"),
            ("return v30", "return v30, v31"),
        ],
    );
    assert_eq!(found(&place), ["zktr.fold sum babybear"]);
}

/// Arithmetic that is another one for some inputs.
#[test]
fn near_misses_stay() {
    for step in [
        // p itself is not reduced; nothing is; the modulus is another one.
        "    v15 = ADD_LATE v13, v14",
        "    v15 = iadd v13, v14",
        "    v40 = iadd v13, v14\n    v41 = iconst.i32 {p-2}\n    v42 = isub v40, v41\n    v43 = icmp uge v40, v41\n    v15 = select v43, v42, v40",
        // The value itself is part of a term, or selects one.
        "    v17 = MUL v13, v13\n    v15 = ADD v17, v14",
        "    v17 = ADD v13, v14\n    v18 = icmp eq v13, v14\n    v15 = select v18, v13, v17",
        // A factor that grows.
        "    v17 = ireduce.i32 v10\n    v18 = REM v14, v17\n    v15 = ADD v13, v18",
        // Without the correction of a product.
        "    v17 = MUL_RAW v13, v14\n    v15 = ADD v17, v14",
    ] {
        let text = fold(step);
        assert!(found(&text).is_empty(), "{step}");
    }
}

#[test]
fn loops_without_a_result_stay() {
    let unused = edited(&fold(SUM), &[("block2(v15)", "block2(v2)")]);
    assert!(reasons(&pass(), &function(&unused)).contains(&Reason::NoStore));
}

/// A count of zero, or one that wraps, is for the loop.
#[test]
fn the_count_is_guarded() {
    let plan = plan(&pass(), &function(&fold(SUM)));
    assert!(holds(&plan, &[(4, 1)]) && holds(&plan, &[(4, 1000)]));
    assert!(!holds(&plan, &[(4, 0)]) && !holds(&plan, &[(4, u64::MAX)]));
}

/// A word that every row is multiplied by, and that no field of the instruction is, has no place where the unit checks it.
#[test]
fn what_no_unit_checks_is_not_assumed() {
    let scaled = "    v17 = MUL v14, v3\n    v15 = ADD v13, v17";
    let func = function(&fold(scaled));
    let (_, report) = rewritten(&pass(), &func);
    for plan in report.plans() {
        // Either a guard, or a descriptor has it.
        let p = prime("babybear");
        let checked = plan.offloads.iter().flat_map(|o| &o.fields).any(|(_, value)| {
            matches!(value, FieldValue::Felt(words) if words.iter().any(|w| matches!(w, Word::Value(v) if v.as_u32() == 3)))
        });
        assert!(checked || !holds(plan, &[(2, 0), (3, p), (4, 10)]));
    }
}

/// A sum in 64 bits that is reduced behind the loop: (a, b, n) -> sum of a[i] * b[i] modulo p.
const WIDE: &str = "
function %f(i64, i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64, v4: i64):
    v5 = iconst.i64 0
    v6 = iconst.i64 4
    v7 = iconst.i64 1
    jump block1(v5, v0, v1, v5)
block1(v10: i64, v11: i64, v12: i64, v13: i64):
    v14 = load.i32 notrap aligned v11
    v16 = load.i32 notrap aligned v12
    v17 = MUL v14, v16
    v18 = uextend.i64 v17
    v15 = iadd v13, v18
    v20 = iadd v10, v7
    v21 = iadd v11, v6
    v22 = iadd v12, v6
    v23 = icmp ult v20, v4
    brif v23, block1(v20, v21, v22, v15), block2(v15)
block2(v30: i64):
    v31 = iconst.i64 {p}
    v32 = urem v30, v31
    return v32
}
";

#[test]
fn a_sum_that_is_reduced_at_its_end() {
    assert_eq!(found(WIDE), ["zktr.dot babybear-m"]);
    // Used where it is defined, not where it is passed to.
    let direct = edited(WIDE, &[("urem v30, v31", "urem v15, v31")]);
    assert_eq!(found(&direct), ["zktr.dot babybear-m"]);
    // Two remainders are two uses of the residue.
    let twice = edited(
        WIDE,
        &[(
            "return v32",
            "v33 = urem v15, v31\n    v34 = iadd v33, v32\n    return v34",
        )],
    );
    assert_eq!(found(&twice), ["zktr.dot babybear-m"]);
}

/// The sum itself is another word than its residue, wherever one can see it.
#[test]
fn a_sum_that_is_not_only_reduced_stays() {
    for edits in [
        &[("return v32", "return v30")][..],
        &[("return v32", "return v15")],
        &[("iconst.i64 {p}", "iconst.i64 {p-1}")],
        &[("urem v30, v31", "udiv v30, v31")],
        &[("urem v30, v31", "urem v31, v30")],
        &[("return v32", "v33 = iadd v32, v30\n    return v33")],
        &[("return v32", "store v30, v0\n    return v32")],
        &[(
            "return v32",
            "brif v30, block3, block4\nblock3:\n    return v32\nblock4:\n    return v31",
        )],
        &[(
            "return v32",
            "jump block3(v30)\nblock3(v40: i64):\n    return v40",
        )],
    ] {
        let text = edited(WIDE, edits);
        assert!(
            reasons(&pass(), &function(&text)).contains(&Reason::LiveOut),
            "{edits:?}"
        );
    }
    // It begins with a residue, or it is for the loop.
    let first = edited(
        WIDE,
        &[
            ("%f(i64, i64, i64)", "%f(i64, i64, i64, i64)"),
            ("v4: i64)", "v4: i64, v3: i64)"),
            ("jump block1(v5, v0, v1, v5)", "jump block1(v5, v0, v1, v3)"),
        ],
    );
    let plan = plan(&pass(), &function(&first));
    let p = prime("babybear");
    assert!(holds(&plan, &[(3, p - 1), (4, 10)]));
    assert!(!holds(&plan, &[(3, p), (4, 10)]) && !holds(&plan, &[(3, 1 << 32), (4, 10)]));
}
