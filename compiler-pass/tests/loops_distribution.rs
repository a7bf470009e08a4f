//! Loops that several instructions compute together. What one of them writes must be apart from what the others read and
//! write: that is known of columns of one array, checked on entry for different arrays, and else reason enough to stay.

mod loops_support;

use loops_support::*;
use std::collections::BTreeSet;
use zktr_isa::Spec;
use zktr_pass::Reason;
use zktr_pass::plan::{Address, FieldValue};

/// `out[i]` (at v2) and `other[i]` (at v3) from `v14` = x[i] and `v15` = y[i]: (x, y, out, other, n).
fn two_results(body: &str) -> String {
    format!(
        "
function %f(i64, i64, i64, i64, i64) system_v {{
block0(v0: i64, v1: i64, v2: i64, v3: i64, v4: i64):
    v5 = iconst.i64 0
    v6 = iconst.i64 2
    v7 = iconst.i64 1
    jump block1(v5)
block1(v10: i64):
    v11 = ishl v10, v6
    v12 = iadd v0, v11
    v13 = iadd v1, v11
    v30 = iadd v2, v11
    v31 = iadd v3, v11
    v14 = load.i32 notrap aligned v12
    v15 = load.i32 notrap aligned v13
{body}
    v40 = iadd v10, v7
    v41 = icmp ult v40, v4
    brif v41, block1(v40), block2
block2:
    return
}}
"
    )
}

const SUM_AND_PRODUCT: &str = "    v16 = ADD v14, v15
    v17 = MUL v14, v15
    store notrap aligned v16, v30
    store notrap aligned v17, v31";

fn found(body: &str) -> Vec<String> {
    offloaded(&pass(), &function(&two_results(body)))
}

fn declined(body: &str) -> BTreeSet<Reason> {
    reasons(&pass(), &function(&two_results(body)))
}

#[test]
fn two_columns_of_different_kinds() {
    assert_eq!(
        found(SUM_AND_PRODUCT),
        ["zktr.lin babybear, zktr.mul babybear-m"]
    );
}

#[test]
fn results_are_apart_from_each_other_and_from_what_is_read() {
    let plan = plan(&pass(), &function(&two_results(SUM_AND_PRODUCT)));
    let places = |x: u64, y: u64, out: u64, other: u64| {
        let values = [(0, x), (1, y), (2, out), (3, other), (4, 1000)];
        holds(&plan, &values)
    };
    assert!(places(0x1_0000, 0x2_0000, 0x3_0000, 0x4_0000));
    assert!(places(0x4_0000, 0x3_0000, 0x2_0000, 0x1_0000));
    // Both read the same.
    assert!(places(0x1_0000, 0x1_0000, 0x3_0000, 0x4_0000));
    // The results share their last and first word.
    assert!(!places(0x1_0000, 0x2_0000, 0x3_0000, 0x3_0000 + 3996));
    assert!(places(0x1_0000, 0x2_0000, 0x3_0000, 0x3_0000 + 4000));
    // One result is where the other operation reads.
    assert!(!places(0x1_0000, 0x2_0000, 0x1_0000, 0x4_0000));
    assert!(!places(0x1_0000, 0x2_0000, 0x3_0000, 0x2_0000 + 3996));
    assert!(places(0x1_0000, 0x2_0000, 0x3_0000, 0x2_0000 + 4000));
}

/// Two columns of one array: rows of two words.
const COLUMNS: &str = "    v16 = ADD v14, v15
    v17 = MUL v14, v15
    v32 = iadd v30, v11
    store notrap aligned v16, v32
    store notrap aligned v17, v32+4";

#[test]
fn columns_of_one_array_are_apart() {
    assert_eq!(found(COLUMNS), ["zktr.lin babybear, zktr.mul babybear-m"]);
    let plan = plan(&pass(), &function(&two_results(COLUMNS)));
    let places =
        |x: u64, y: u64, out: u64| holds(&plan, &[(0, x), (1, y), (2, out), (3, 0), (4, 1000)]);
    assert!(places(0x1_0000, 0x2_0000, 0x3_0000));
    assert!(!places(0x1_0000, 0x2_0000, 0x1_0000 - 7996));
    assert!(places(0x1_0000, 0x2_0000, 0x1_0000 - 8000));
}

#[test]
fn rows_that_overlap_are_not_columns() {
    // The second word of a row is the first one of the next.
    let overlapping = COLUMNS.replace("v32 = iadd v30, v11", "v32 = iadd v30, v5");
    assert_eq!(declined(&overlapping), [Reason::Overlap].into());
    let same_place = COLUMNS.replace("v32+4", "v32");
    assert_eq!(declined(&same_place), [Reason::Overlap].into());
}

#[test]
fn a_result_that_is_read_again_is_no_column() {
    // The product is that of the sum of the row before, which the loop finds in memory.
    let of_the_row_before = "    v20 = load.i32 notrap aligned v30-4
    v16 = ADD v14, v15
    v17 = MUL v20, v15
    store notrap aligned v16, v30
    store notrap aligned v17, v31";
    assert_eq!(declined(of_the_row_before), [Reason::Overlap].into());
    // In place: the sum replaces what the product is made of.
    let in_place = SUM_AND_PRODUCT.replace("v16, v30", "v16, v12");
    assert_eq!(declined(&in_place), [Reason::Overlap].into());
}

#[test]
fn an_accumulator_comes_last() {
    let accumulates = "    v18 = load.i32 notrap aligned v30
    v16 = ADD v18, v14
    v17 = MUL v14, v15
    store notrap aligned v16, v30
    store notrap aligned v17, v31";
    assert_eq!(
        found(accumulates),
        ["zktr.mul babybear-m, zktr.lin babybear"]
    );
    // Two of them: when the second one refuses, what the first has read is gone.
    let both = accumulates.replace(
        "v17 = MUL v14, v15",
        "v19 = load.i32 notrap aligned v31\n    v17 = MUL v15, v19",
    );
    assert_eq!(declined(&both), [Reason::NoInstruction].into());
}

#[test]
fn one_column_that_no_instruction_computes_keeps_the_loop() {
    let cube = "    v16 = ADD v14, v15
    v17 = MUL v14, v15
    v18 = MUL v17, v17
    v19 = MUL v18, v15
    store notrap aligned v16, v30
    store notrap aligned v19, v31";
    assert_eq!(declined(cube), [Reason::NoInstruction].into());
}

#[test]
fn state_goes_with_the_last_operation() {
    let text = two_results(SUM_AND_PRODUCT);
    let text = edited(
        &text,
        &[
            (
                "jump block1(v5)",
                "v8 = iconst.i32 0\n    jump block1(v5, v8)",
            ),
            ("block1(v10: i64):", "block1(v10: i64, v9: i32):"),
            ("v16 = ADD v14, v15", "v16 = ADD v9, v14"),
            ("block1(v40)", "block1(v40, v16)"),
        ],
    );
    assert_eq!(
        offloaded(&pass(), &function(&text)),
        ["zktr.mul babybear-m, zktr.scan sum babybear"]
    );
}

/// Words x and y at v14 and v15; a flag of their comparison, and the first as an element.
fn comparison(condition: &str, yes: u32, no: u32) -> String {
    format!(
        "    v16 = uextend.i64 v14
    v17 = iconst.i64 0x7800_0001
    v18 = urem v16, v17
    v19 = ireduce.i32 v18
    v20 = icmp {condition} v14, v15
    v21 = iconst.i32 {yes}
    v22 = iconst.i32 {no}
    v23 = select v20, v21, v22
    store notrap aligned v19, v30
    store notrap aligned v23, v31"
    )
}

#[test]
fn flags_of_comparisons() {
    for (condition, mode) in [
        ("eq", "equal"),
        ("ne", "differ"),
        ("ult", "less"),
        ("ugt", "less"),
        ("uge", "not-less"),
        ("ule", "not-less"),
        ("slt", "less-signed"),
        ("sgt", "less-signed"),
        ("sge", "not-less-signed"),
        ("sle", "not-less-signed"),
    ] {
        let expected = format!("zktr.cvt babybear, zktr.cmp {mode} babybear");
        assert_eq!(
            found(&comparison(condition, 1, 0)),
            [expected],
            "{condition}"
        );
    }
    // The other way round, it is the other flag.
    assert_eq!(
        found(&comparison("ult", 0, 1)),
        ["zktr.cvt babybear, zktr.cmp not-less babybear"]
    );
    // Two is no flag.
    assert!(declined(&comparison("ult", 2, 0)).contains(&Reason::NoInstruction));
}

#[test]
fn a_comparison_says_which_word_is_the_first() {
    let words = |condition| {
        let plan = plan(
            &pass(),
            &function(&two_results(&comparison(condition, 1, 0))),
        );
        let compared = plan.offloads.last().map(|o| &o.fields[1..3]);
        let texts = compared.into_iter().flatten().map(|(_, v)| field_text(v));
        texts.collect::<Vec<_>>()
    };
    let (less, greater) = (words("ult"), words("ugt"));
    assert_eq!(less[0], greater[1]);
    assert_eq!(less[1], greater[0]);
    assert_ne!(less[0], less[1]);
}

/// Arrays in the heap of a virtual machine: offsets of x, y, out and other, and n.
const IN_A_HEAP: &str = "
function %f(i64 vmctx, i32, i32, i32, i32, i32) system_v {
block0(v0: i64, v1: i32, v2: i32, v3: i32, v4: i32, v5: i32):
    v6 = load.i64 notrap aligned readonly can_move v0+56
    v7 = iconst.i32 0
    jump block1(v1, v2, v3, v4, v5)
block1(v10: i32, v11: i32, v12: i32, v13: i32, v8: i32):
    v20 = uextend.i64 v10
    v21 = uextend.i64 v11
    v22 = uextend.i64 v12
    v23 = uextend.i64 v13
    v24 = iadd v6, v20
    v25 = iadd v6, v21
    v26 = iadd v6, v22
    v27 = iadd v6, v23
    v28 = load.i32 little v24
    v29 = load.i32 little v25
    v30 = ADD v28, v29
    v31 = MUL v28, v29
    store little v30, v26
    store little v31, v27
    v40 = iconst.i32 4
    v41 = iadd v10, v40
    v42 = iadd v11, v40
    v43 = iadd v12, v40
    v44 = iadd v13, v40
    v45 = iconst.i32 -1
    v46 = iadd v8, v45
    brif v46, block1(v41, v42, v43, v44, v46), block2
block2:
    return
}
";

#[test]
fn what_may_trap_is_found_out_before_anything_is_written() {
    let plan = plan(&pass(), &function(IN_A_HEAP));
    // The first operation that writes to the program's memory finds out about its own three arrays.
    let is_scratch = |value: &FieldValue| {
        matches!(
            value,
            FieldValue::View {
                base: Address::Buffer(..),
                ..
            }
        )
    };
    let spec = Spec::builtin();
    let writes_memory = |offload: &zktr_pass::plan::Offload| {
        let (_, descriptor) = spec.instructions[offload.instruction].descriptor().unwrap();
        let fields = &spec.descriptors[descriptor].fields;
        offload.fields.iter().any(|(id, value)| {
            let written = matches!(
                &fields[id.0 as usize].ty,
                zktr_isa::model::FieldType::View(view) if view.written()
            );
            written && !is_scratch(value)
        })
    };
    let writes: Vec<bool> = plan.offloads.iter().map(writes_memory).collect();
    assert_eq!(writes, [false, true, true]);
}

#[test]
fn outside_of_a_heap_a_later_access_might_trap() {
    let anywhere = edited(
        IN_A_HEAP,
        &[(
            "v6 = load.i64 notrap aligned readonly can_move v0+56",
            "v6 = bor v0, v0",
        )],
    );
    assert_eq!(
        reasons(&pass(), &function(&anywhere)),
        [Reason::TrappingAccess].into()
    );
    let another_trap = edited(IN_A_HEAP, &[("store little v31", "store user1 little v31")]);
    assert_eq!(
        reasons(&pass(), &function(&another_trap)),
        [Reason::TrappingAccess].into()
    );
    // One operation alone may trap anywhere: the unit refuses before it writes.
    let alone = edited(&anywhere, &[("    store little v31, v27\n", "")]);
    assert_eq!(offloaded(&pass(), &function(&alone)), ["zktr.lin babybear"]);
}

/// `y[i + 4] = y[i] * x[i]`, for so many rows.
fn four_further(rows: u32) -> String {
    format!(
        "
function %f(i64, i64) system_v {{
block0(v0: i64, v1: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 {}
    jump block1(v4)
block1(v10: i64):
    v11 = iadd v0, v10
    v12 = iadd v1, v10
    v13 = load.i32 notrap aligned v11
    v14 = load.i32 notrap aligned v12
    v15 = MUL v13, v14
    store notrap aligned v15, v11+16
    v20 = iadd v10, v5
    v21 = icmp ne v20, v6
    brif v21, block1(v20), block2
block2:
    return
}}
",
        4 * rows
    )
}

#[test]
fn an_operation_that_no_unit_accepts_is_not_planned() {
    let found = |rows| offloaded(&pass(), &function(&four_further(rows)));
    assert_eq!(found(4), ["zktr.mul babybear-m"]);
    assert_eq!(
        reasons(&pass(), &function(&four_further(5))),
        [Reason::Overlap].into()
    );
}
