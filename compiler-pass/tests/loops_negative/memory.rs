//! Accesses to memory that no unit makes.

use super::*;

#[test]
fn a_big_endian_load() {
    stays(
        SCAN,
        &[("load.i32 notrap aligned", "load.i32 notrap aligned big")],
        &[AccessWidth],
    );
}

#[test]
fn a_big_endian_store() {
    stays(
        SCAN,
        &[("store notrap aligned", "store notrap aligned big")],
        &[AccessWidth],
    );
}

#[test]
fn narrow_loads() {
    let wide = twin(
        CONVERT,
        &[
            (
                "load.i32 notrap aligned v12",
                "uload32 notrap aligned v12\n    v16 = ireduce.i32 v14",
            ),
            ("MUL v14", "MUL v16"),
        ],
    );
    stays(&wide, &[("uload32", "sload16.i64")], &[AccessWidth]);
    stays(&wide, &[("uload32", "sload8.i64")], &[AccessWidth]);
    stays(&wide, &[("uload32", "load.i64")], &[]);
    // Bytes and half words have conversions of their own.
    let offloaded = |edits: &[(&str, &str)]| {
        let text = expand("babybear", &edited(&wide, edits));
        super::offloaded(&pass(), &parse(&text)[0])
    };
    assert_eq!(
        offloaded(&[("uload32", "uload16.i64")]),
        ["zktr.cvt16 babybear-m"]
    );
    assert_eq!(
        offloaded(&[("uload32", "uload8.i64")]),
        ["zktr.cvt8 babybear-m"]
    );
}

#[test]
fn a_sign_extending_load() {
    let wide = twin(
        CONVERT,
        &[
            (
                "load.i32 notrap aligned v12",
                "uload32 notrap aligned v12\n    v16 = ireduce.i32 v14",
            ),
            ("MUL v14", "MUL v16"),
        ],
    );
    stays(&wide, &[("uload32", "sload32")], &[AccessWidth]);
}

#[test]
fn stores_of_other_widths() {
    let wide = twin(
        CONVERT,
        &[(
            "store notrap aligned v15",
            "v16 = uextend.i64 v15\n    istore32 notrap aligned v16",
        )],
    );
    stays(&wide, &[("istore32", "istore16")], &[AccessWidth]);
    stays(&wide, &[("istore32", "istore8")], &[AccessWidth]);
    stays(&wide, &[("istore32", "store")], &[AccessWidth]);
    stays(
        CONVERT,
        &[(
            "store notrap aligned v15",
            "v16 = ireduce.i16 v15\n    store notrap aligned v16",
        )],
        &[AccessWidth],
    );
}

#[test]
fn a_float_that_is_stored() {
    stays(
        CONVERT,
        &[(
            "store notrap aligned v15",
            "v16 = bitcast.f32 v15\n    store notrap aligned v16",
        )],
        &[AccessWidth],
    );
}

#[test]
fn a_load_whose_value_is_not_used() {
    stays(
        SCAN,
        &[("v15 =", "v16 = load.i32 notrap aligned v0\n    v15 =")],
        &[],
    );
    stays(
        SCAN,
        &[("v15 =", "v16 = load.i32 v12+4\n    v15 =")],
        &[UnusedLoad],
    );
}

#[test]
fn a_store_elsewhere() {
    stays(
        SCAN,
        &[(
            "v20 = iadd v10, v6",
            "store notrap aligned v15, v1\n    v20 = iadd v10, v6",
        )],
        &[NoInstruction],
    );
    stays(
        SCAN,
        &[(
            "v20 = iadd v10, v6",
            "store notrap aligned v6, v1\n    v20 = iadd v10, v6",
        )],
        &[AccessWidth],
    );
}

#[test]
fn a_store_to_an_address_from_memory() {
    stays(
        SCAN,
        &[(
            "store notrap aligned v15, v11",
            "v16 = load.i64 notrap aligned v11\n    store notrap aligned v15, v16",
        )],
        &[Address],
    );
}

#[test]
fn a_gather() {
    let edits = [(
        "v14 = load.i32 notrap aligned v12",
        "v16 = uload32 notrap aligned v12\n    v17 = iadd v1, v16\n    v14 = load.i32 notrap aligned v17",
    )];
    stays(CONVERT, &edits, &[NoInstruction]);
}

#[test]
fn a_pointer_that_steps_by_what_was_loaded() {
    stays(
        CONVERT,
        &[(
            "v22 = iadd v12, v5",
            "v16 = uextend.i64 v14\n    v22 = iadd v12, v16",
        )],
        &[Address],
    );
}

#[test]
fn a_pointer_that_steps_by_the_index() {
    stays(
        CONVERT,
        &[("v22 = iadd v12, v5", "v22 = iadd v12, v10")],
        &[Address],
    );
}

#[test]
fn a_pointer_that_is_doubled() {
    stays(
        CONVERT,
        &[("v22 = iadd v12, v5", "v22 = iadd v12, v12")],
        &[Address],
    );
}

#[test]
fn the_word_before_is_read_back() {
    // out[i] = out[i-1] + a[i] through memory: the unit reads all of it first.
    let edits = [
        ("ADD v13, v14", "ADD v16, v14"),
        (
            "v15 =",
            "v17 = isub v11, v5\n    v16 = load.i32 notrap aligned v17\n    v15 =",
        ),
    ];
    let func = function(&edited(SCAN, &edits));
    // As a sum of two columns it is one of the instructions; the unit finds that the columns overlap what it writes.
    for plan in pass().analyse(&func).plans() {
        assert!(is_refused_when_overlapping(&pass(), plan, "out", "a"));
    }
}

#[test]
fn a_sum_in_memory() {
    // *out += a[i]: what the loop reads is what it wrote.
    let func = function(&edited(
        SCAN,
        &[
            ("ADD v13, v14", "ADD v16, v14"),
            ("v15 =", "v16 = load.i32 notrap aligned v0\n    v15 ="),
            ("v15, v11", "v15, v0"),
        ],
    ));
    assert_eq!(pass().analyse(&func).offloaded(), 0);
}

#[test]
fn a_conditional_store() {
    let guarded = "v16 = icmp ult v10, v0\n    brif v16, block8, block9\nblock8:\n    store notrap aligned v15, v11\n    jump block9\nblock9:\n    v20 = iadd v10, v6";
    stays(
        SCAN,
        &[
            ("    store notrap aligned v15, v11\n", ""),
            ("v20 = iadd v10, v6", guarded),
        ],
        &[ConditionalAccess],
    );
}

#[test]
fn a_conditional_load() {
    let guarded = "brif v10, block8, block9(v13)\nblock8:\n    v14 = load.i32 notrap aligned v12\n    v16 = ADD v13, v14\n    jump block9(v16)\nblock9(v15: i32):";
    stays(
        SCAN,
        &[
            ("v14 = load.i32 notrap aligned v12\n", ""),
            ("v15 = ADD v13, v14", guarded),
        ],
        &[ConditionalAccess],
    );
}

#[test]
fn a_load_that_is_executed_once_more_than_the_store() {
    // The word is loaded before the exit in the middle of the loop.
    let middle = "v23 = icmp ult v10, v3\n    brif v23, block3, block2\nblock3:\n    v15 =";
    let top = twin(
        SCAN,
        &[
            (
                "v14 = load",
                "v23 = icmp ult v10, v3\n    brif v23, block3, block2\nblock3:\n    v14 = load",
            ),
            (
                "    v23 = icmp ult v20, v3\n    brif v23, block1(v20, v21, v22, v15), block2",
                "    jump block1(v20, v21, v22, v15)",
            ),
            ("return v15", "return v13"),
        ],
    );
    stays(
        &top,
        &[
            (
                "    v23 = icmp ult v10, v3\n    brif v23, block3, block2\nblock3:\n",
                "",
            ),
            ("v15 =", middle),
        ],
        &[ConditionalAccess],
    );
}

#[test]
fn a_readonly_load_of_the_memory_that_is_written() {
    let other = "v7 = load.i32 notrap aligned v0\n    jump block1(v4";
    let plain = twin(SCAN, &[("jump block1(v4", other)]);
    stays(
        &plain,
        &[(
            "v7 = load.i32 notrap aligned",
            "v7 = load.i32 notrap aligned readonly can_move",
        )],
        &[ReadonlyLoad],
    );
    // Behind the loop as well, and without `can_move`.
    let behind = twin(
        SCAN,
        &[("block2:", "block2:\n    v30 = load.i32 notrap aligned v0")],
    );
    stays(
        &behind,
        &[(
            "v30 = load.i32 notrap aligned",
            "v30 = load.i32 notrap aligned readonly",
        )],
        &[ReadonlyLoad],
    );
}

#[test]
fn readonly_loads_of_the_heap_of_a_module() {
    let header = ("%f(i64, i64, i32, i64)", "%f(i64 vmctx, i64, i32, i64)");
    let base = (
        "v14 = load.i32 notrap aligned v12",
        "v7 = load.i64 notrap aligned readonly can_move v0+56\n    v8 = iadd v7, v12\n    v14 = load.i32 notrap aligned v8",
    );
    let out = (
        "store notrap aligned v15, v11",
        "v9 = iadd v7, v11\n    store notrap aligned v15, v9",
    );
    // The base of the heap is the embedder's, and never changes.
    let heap = twin(SCAN, &[header, base, out]);
    // A word of the heap.
    stays(
        &heap,
        &[(
            "block2:",
            "block2:\n    v30 = iadd v7, v3\n    v31 = load.i32 notrap aligned readonly can_move v30",
        )],
        &[ReadonlyLoad],
    );
}

#[test]
fn a_readonly_word_of_the_heap_at_a_constant_address() {
    let header = ("%f(i64, i64, i32, i64)", "%f(i64 vmctx, i64, i32, i64)");
    let base = (
        "v14 = load.i32 notrap aligned v12",
        "v7 = load.i64 notrap aligned readonly can_move v0+56\n    v8 = iadd v7, v12\n    v14 = load.i32 notrap aligned v8",
    );
    let out = (
        "store notrap aligned v15, v11",
        "v9 = iadd v7, v11\n    store notrap aligned v15, v9",
    );
    let heap = twin(SCAN, &[header, base, out]);
    // The optimiser has folded the address into the load: it looks like one of a structure of the embedder's.
    stays(
        &heap,
        &[(
            "block2:",
            "block2:\n    v31 = load.i32 notrap aligned readonly can_move v7+16",
        )],
        &[ReadonlyLoad],
    );
}

#[test]
fn trapping_accesses_with_units_that_would_trap() {
    let decline = || {
        Pass::new(
            zktr_isa::Spec::builtin(),
            Options {
                trapping: TrapPolicy::Decline,
                ..Options::default()
            },
        )
    };
    stays_with(
        &decline(),
        SCAN,
        &[("load.i32 notrap aligned", "load.i32 aligned")],
        &[TrappingAccess],
    );
    stays_with(
        &decline(),
        SCAN,
        &[("store notrap aligned", "store aligned")],
        &[TrappingAccess],
    );
    stays_with(
        &decline(),
        SCAN,
        &[("load.i32 notrap aligned", "load.i32 user7 aligned")],
        &[TrappingAccess],
    );
    // Units that refuse leave the trap to the loop.
    twin(
        SCAN,
        &[
            ("load.i32 notrap aligned", "load.i32"),
            ("store notrap aligned", "store"),
        ],
    );
}
