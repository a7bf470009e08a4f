//! Loops that choose rows of a table by words that they read: histograms, sums by key, gathers and scatters. Each with near
//! misses that have to stay.

mod loops_support;

use loops_support::*;

/// Rows: (table, indices, out or weights, n). The body has the row's index in v14 and the address of its row of the table in v17.
const ROWS: &str = "
function %f(i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 STEP
    v6 = iconst.i64 1
    v7 = iconst.i64 2
    v8 = iconst.i32 1
    v9 = iconst.i64 4
    jump block1(v4, v1, v2, v4)
block1(v10: i64, v11: i64, v12: i64, v13: i64):
    v14 = load.i32 v11
    v15 = uextend.i64 v14
    v16 = ishl v15, v7
    v17 = iadd v0, v16
BODY
    v90 = iadd v10, v6
    v91 = iadd v11, v5
    v92 = iadd v12, v5
    v93 = icmp ult v90, v3
    brif v93, block1(v90, v91, v92, v15), block2
block2:
    return
}
";

const COUNT: &str = "
    v18 = load.i32 v17
    v19 = iadd v18, v8
    store v19, v17";

const ADD: &str = "
    v18 = load.i32 v17
    v20 = load.i32 v12
    v19 = ADD v18, v20
    store v19, v17";

const GATHER: &str = "
    v18 = load.i32 v17
    v19 = load.i32 v12
    v20 = MUL v18, v19
    store v20, v12";

const SCATTER: &str = "
    v18 = load.i32 v12
    store v18, v17";

/// Two rows an iteration, one behind the other.
const TWO: &str = "
    v18 = load.i32 v17
    v19 = iadd v18, v8
    store v19, v17
    v24 = load.i32 v11+4
    v25 = uextend.i64 v24
    v26 = ishl v25, v7
    v27 = iadd v0, v26
    v28 = load.i32 v27
    v29 = iadd v28, v8
    store v29, v27";

const TWO_SCATTERED: &str = "
    v18 = load.i32 v12
    store v18, v17
    v24 = load.i32 v11+4
    v25 = uextend.i64 v24
    v26 = ishl v25, v7
    v27 = iadd v0, v26
    v28 = load.i32 v12+4
    store v28, v27";

fn rows(body: &str, edits: &[(&str, &str)]) -> String {
    let step = if body.contains("v24") { "8" } else { "4" };
    let text = ROWS.replace("STEP", step).replace("BODY", body);
    expand("babybear", &edited(&text, edits))
}

#[track_caller]
fn becomes(body: &str, edits: &[(&str, &str)], expected: &str) {
    let func = &parse(&rows(body, edits))[0];
    assert_eq!(
        offloaded(&pass(), func),
        [expected],
        "{}",
        pass().analyse(func)
    );
}

/// The loop with this body stays after the edits.
#[track_caller]
fn stays(body: &str, edits: &[(&str, &str)]) {
    let func = &parse(&rows(body, edits))[0];
    let found = offloaded(&pass(), func);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_is_offloaded() {
    let plain = offloaded(&pass(), &parse(&rows(COUNT, &[]))[0]);
    let [plain] = &plain[..] else {
        panic!("{plain:?}");
    };
    assert!(plain.starts_with("zktr.hist "), "{plain}");
    becomes(TWO, &[], plain);
    becomes(ADD, &[], "zktr.histf babybear");
    becomes(SCATTER, &[], &plain.replace("zktr.hist ", "zktr.scatter "));
    becomes(
        TWO_SCATTERED,
        &[],
        &plain.replace("zktr.hist ", "zktr.scatter "),
    );
    becomes(
        GATHER,
        &[("store v20, v12", "store v20, v12+65536")],
        "zktr.gather babybear-m",
    );
    // In place of the weights, which the unit does not accept.
    stays(GATHER, &[]);
    let copy = "\n    v18 = load.i32 v17\n    store v18, v12";
    becomes(copy, &[], &plain.replace("zktr.hist ", "zktr.pick "));
}

#[test]
fn the_index_may_be_spelled_otherwise() {
    let becomes = |edits: &[(&str, &str)]| {
        let func = &parse(&rows(COUNT, edits))[0];
        let found = offloaded(&pass(), func);
        assert!(
            matches!(&found[..], [name] if name.starts_with("zktr.hist ")),
            "{}",
            pass().analyse(func)
        );
    };
    // No index that is offloaded has a sign.
    becomes(&[("v15 = uextend.i64", "v15 = sextend.i64")]);
    becomes(&[(
        "v14 = load.i32 v11\n    v15 = uextend.i64 v14",
        "v15 = uload32 v11",
    )]);
    becomes(&[("v16 = ishl v15, v7", "v16 = imul v15, v9")]);
    // Rows of 8 bytes, of which one word is counted in.
    becomes(&[
        (
            "v16 = ishl v15, v7",
            "v16 = imul v15, v9\n    v30 = iadd v16, v16",
        ),
        ("v17 = iadd v0, v16", "v17 = iadd v0, v30"),
    ]);
    // Words of 32 bits, which may wrap.
    becomes(&[
        (
            "v15 = uextend.i64 v14\n    v16 = ishl v15, v7",
            "v15 = ireduce.i32 v7\n    v30 = ishl v14, v15\n    v16 = uextend.i64 v30",
        ),
        (", v4)\nblock1", ", v8)\nblock1"),
        ("v13: i64", "v13: i32"),
    ]);
}

#[test]
fn another_count() {
    stays(COUNT, &[("v8 = iconst.i32 1", "v8 = iconst.i32 2")]);
    stays(COUNT, &[("iadd v18, v8", "isub v18, v8")]);
    stays(COUNT, &[("iadd v18, v8", "imul v18, v8")]);
    stays(COUNT, &[("iadd v18, v8", "iadd v18, v18")]);
    stays(COUNT, &[("iadd v18, v8", "iadd v18, v14")]);
    stays(COUNT, &[("iadd v18, v8", "iadd v14, v8")]);
}

#[test]
fn another_place() {
    stays(COUNT, &[("store v19, v17", "store v19, v17+4")]);
    stays(COUNT, &[("load.i32 v17", "load.i32 v17+4")]);
    stays(COUNT, &[("load.i32 v17", "load.i32 v12")]);
    stays(COUNT, &[("store v19, v17", "store v19, v12")]);
    stays(ADD, &[("store v19, v17", "store v19, v17+4")]);
    stays(ADD, &[("load.i32 v17", "load.i32 v17+4")]);
    // The index of the row before.
    stays(COUNT, &[("ishl v15, v7", "ishl v13, v7")]);
    // The row's own number is added, or is the index.
    stays(COUNT, &[("iadd v0, v16", "iadd v11, v16")]);
    stays(COUNT, &[("ishl v15, v7", "ishl v10, v7")]);
    // An index is an index of an index.
    stays(
        COUNT,
        &[(
            "v16 = ishl v15, v7",
            "v30 = ishl v15, v7\n    v31 = iadd v1, v30\n    v32 = load.i32 v31\n    v33 = uextend.i64 v32\n    v16 = ishl v33, v7",
        )],
    );
    // Two words are added.
    stays(
        COUNT,
        &[(
            "v16 = ishl v15, v7",
            "v31 = load.i32 v12\n    v32 = uextend.i64 v31\n    v33 = iadd v32, v15\n    v16 = ishl v33, v7",
        )],
    );
    // A product with a word.
    stays(COUNT, &[("ishl v15, v7", "imul v15, v15")]);
}

#[test]
fn another_sum() {
    stays(ADD, &[("ADD v18, v20", "SUB v18, v20")]);
    stays(ADD, &[("ADD v18, v20", "SUB v20, v18")]);
    stays(ADD, &[("ADD v18, v20", "ADD v18, v18")]);
    stays(ADD, &[("ADD v18, v20", "MUL v18, v20")]);
    stays(ADD, &[("ADD v18, v20", "ADD v20, v20")]);
    stays(ADD, &[("ADD v18, v20", "iadd v18, v20")]);
}

/// Where two rows have the same index, the second has to see what the first has written.
#[test]
fn rows_out_of_order() {
    // Both counters are read first.
    let early = [
        ("    store v19, v17\n", ""),
        (
            "    store v29, v27",
            "    store v19, v17\n    store v29, v27",
        ),
    ];
    stays(TWO, &early);
    let earlier = [
        ("    store v19, v17\n", ""),
        (
            "    store v29, v27",
            "    store v29, v27\n    store v19, v17",
        ),
    ];
    stays(TWO, &earlier);
    let reversed = [
        ("    store v18, v17\n", ""),
        (
            "    store v28, v27",
            "    store v28, v27\n    store v18, v17",
        ),
    ];
    stays(TWO_SCATTERED, &reversed);
    // The second row's index is written first, in the order of its own.
    stays(TWO_SCATTERED, &[("load.i32 v11+4", "load.i32 v11-4")]);
}

/// A counter may be read by nothing else: it is not what it was on entry.
#[test]
fn a_counter_that_is_looked_at() {
    stays(
        COUNT,
        &[("store v19, v17", "store v19, v17\n    store v18, v12")],
    );
    stays(
        COUNT,
        &[("store v19, v17", "store v19, v17\n    store v19, v12")],
    );
    stays(
        COUNT,
        &[(
            "store v19, v17",
            "store v19, v17\n    v30 = load.i32 v17\n    store v30, v12",
        )],
    );
    stays(
        ADD,
        &[(
            "store v19, v17",
            "store v19, v17\n    v30 = load.i32 v17\n    store v30, v12+4",
        )],
    );
    // It is stored twice.
    stays(
        COUNT,
        &[("store v19, v17", "store v19, v17\n    store v18, v17")],
    );
}

#[test]
fn words_of_other_sizes() {
    stays(
        COUNT,
        &[(
            "v14 = load.i32 v11\n    v15 = uextend.i64 v14",
            "v15 = uload16.i64 v11",
        )],
    );
    stays(
        COUNT,
        &[(
            "v14 = load.i32 v11\n    v15 = uextend.i64 v14",
            "v15 = load.i64 v11",
        )],
    );
    stays(
        COUNT,
        &[(
            "v14 = load.i32 v11\n    v15 = uextend.i64 v14",
            "v15 = sload32 v11",
        )],
    );
    stays(
        COUNT,
        &[
            ("v18 = load.i32 v17", "v18 = load.i64 v17"),
            ("iadd v18, v8", "iadd v18, v6"),
        ],
    );
}

#[test]
fn an_index_that_control_depends_on() {
    // The number of rows changes with what is read.
    stays(
        COUNT,
        &[("v93 = icmp ult v90, v3", "v93 = icmp ult v15, v3")],
    );
    stays(ADD, &[("v92 = iadd v12, v5", "v92 = iadd v12, v15")]);
}

/// What is checked on entry: that no address wraps up to the largest index that the instruction accepts.
#[test]
fn the_bound_of_the_table() {
    let plan = plan(&pass(), &parse(&rows(COUNT, &[]))[0]);
    let [offload] = &plan.offloads[..] else {
        panic!("{plan:?}");
    };
    let fields: Vec<String> = offload.fields.iter().map(|(_, v)| field_text(v)).collect();
    // Counters of 4 bytes: 2^31 bytes.
    assert_eq!(fields[0], (1u64 << 29).to_string(), "{fields:?}");
}
