//! Control flow.

use super::*;

#[test]
fn an_early_exit() {
    stays(
        SCAN,
        &[(
            "v15 =",
            "brif v14, block8, block9\nblock9:\n    return v13\nblock8:\n    v15 =",
        )],
        &[EarlyExit],
    );
    stays(
        SCAN,
        &[(
            "v20 = iadd v10, v6",
            "brif v15, block8, block2\nblock8:\n    v20 = iadd v10, v6",
        )],
        &[EarlyExit],
    );
}

#[test]
fn a_trap_in_the_loop() {
    stays(
        SCAN,
        &[("v15 =", "trapz v14, user1\n    v15 =")],
        &[MayTrap],
    );
    stays(
        SCAN,
        &[("v15 =", "v16 = udiv v13, v14\n    v15 =")],
        &[MayTrap],
    );
    stays(
        SCAN,
        &[(
            "v20 = iadd v10, v6",
            "v20 = uadd_overflow_trap v10, v6, user1",
        )],
        &[MayTrap],
    );
    // A division by a constant does not trap.
    let divided = twin(
        SCAN,
        &[(
            "v15 =",
            "v16 = iconst.i32 3\n    v17 = udiv v13, v16\n    v15 =",
        )],
    );
    stays(&divided, &[("iconst.i32 3", "iconst.i32 0")], &[MayTrap]);
}

#[test]
fn side_effects() {
    let call = (
        "block0(v0",
        "    sig0 = () system_v\n    fn0 = %g sig0\nblock0(v0",
    );
    let declared = twin(SCAN, &[call]);
    stays(
        &declared,
        &[("v15 =", "call fn0()\n    v15 =")],
        &[SideEffect],
    );
    stays(SCAN, &[("v15 =", "fence\n    v15 =")], &[SideEffect]);
    stays(
        SCAN,
        &[("v15 =", "v16 = atomic_rmw.i32 add v1, v14\n    v15 =")],
        &[SideEffect],
    );
    stays(
        SCAN,
        &[("v15 =", "v16 = atomic_cas v1, v14, v13\n    v15 =")],
        &[SideEffect],
    );
    stays(
        SCAN,
        &[("v15 =", "sequence_point\n    v15 =")],
        &[SideEffect],
    );
    stays(SCAN, &[("v15 =", "debugtrap\n    v15 =")], &[SideEffect]);
}

#[test]
fn atomic_accesses_in_place_of_plain_ones() {
    stays(
        SCAN,
        &[(
            "v14 = load.i32 notrap aligned v12",
            "v14 = atomic_load.i32 notrap aligned v12",
        )],
        &[SideEffect],
    );
    stays(
        SCAN,
        &[(
            "store notrap aligned v15, v11",
            "atomic_store notrap aligned v15, v11",
        )],
        &[SideEffect],
    );
}

#[test]
fn a_step_that_the_trip_count_is_no_multiple_of() {
    // Rounding up is no polynomial.
    let by = |step: &str| {
        edited(
            SCAN,
            &[("v6 = iconst.i64 1", &format!("v6 = iconst.i64 {step}"))],
        )
    };
    assert!(!offloaded(&pass(), &function(&by("1"))).is_empty());
    for step in ["3", "2", "0", "-1"] {
        assert!(
            reasons(&pass(), &function(&by(step))).contains(&TripCount),
            "step {step}"
        );
    }
}

#[test]
fn a_trip_count_that_changes_in_the_loop() {
    let count = ("v12: i64, v13: i32)", "v12: i64, v13: i32, v7: i64)");
    let same = twin(
        SCAN,
        &[
            count,
            ("v0, v1, v2)\nblock1", "v0, v1, v2, v3)\nblock1"),
            ("ult v20, v3", "ult v20, v7"),
            ("v22, v15), block2", "v22, v15, v7), block2"),
        ],
    );
    stays(
        &same,
        &[
            ("v15, v7), block2", "v15, v8), block2"),
            (
                "v20 = iadd v10, v6",
                "v8 = ushr v7, v6\n    v20 = iadd v10, v6",
            ),
        ],
        &[TripCount],
    );
    stays(
        &same,
        &[
            ("v15, v7), block2", "v15, v8), block2"),
            (
                "v20 = iadd v10, v6",
                "v8 = imul v7, v7\n    v20 = iadd v10, v6",
            ),
        ],
        &[TripCount],
    );
}

#[test]
fn a_trip_count_in_memory() {
    // The loop may write it.
    stays(
        SCAN,
        &[(
            "v23 = icmp ult v20, v3",
            "v16 = load.i64 notrap aligned v3\n    v23 = icmp ult v20, v16",
        )],
        &[TripCount],
    );
}

#[test]
fn an_exit_that_depends_on_data() {
    stays(
        SCAN,
        &[("icmp ult v20, v3", "icmp ult v14, v2")],
        &[TripCount],
    );
    stays(
        SCAN,
        &[("icmp ult v20, v3", "icmp eq v20, v3")],
        &[TripCount],
    );
}

#[test]
fn an_exit_by_a_table() {
    let table =
        "v24 = ireduce.i32 v23x\n    br_table v24, block2, [block2, block1(v20, v21, v22, v15)]";
    let table = table.replace("v23x", "v25");
    stays(
        SCAN,
        &[(
            "brif v23, block1(v20, v21, v22, v15), block2",
            &format!("v25 = uextend.i64 v23\n    {table}"),
        )],
        &[],
    );
}

#[test]
fn two_ways_back() {
    // One of them skips the step of the source.
    let both = "v16 = icmp ult v20, v3\n    brif v16, block8, block2\nblock8:\n    brif v14, block1(v20, v21, v22, v15), block1(v20, v21, v12, v15)";
    stays(
        SCAN,
        &[(
            "v23 = icmp ult v20, v3\n    brif v23, block1(v20, v21, v22, v15), block2",
            both,
        )],
        &[],
    );
}

#[test]
fn irreducible_control_flow() {
    // A second entry into the middle: no loop in the sense of the analysis, so there is not even a remark.
    let text = edited(
        SCAN,
        &[
            (
                "jump block1(v4, v0, v1, v2)",
                "brif v3, block1(v4, v0, v1, v2), block3(v4, v0, v1, v2)",
            ),
            (
                "    store notrap aligned v15, v11",
                "    jump block3(v10, v11, v12, v15)\nblock3(v30: i64, v31: i64, v32: i64, v33: i32):\n    store notrap aligned v33, v31",
            ),
            ("iadd v10, v6", "iadd v30, v6"),
            ("iadd v11, v5", "iadd v31, v5"),
            ("iadd v12, v5", "iadd v32, v5"),
            ("v22, v15), block2", "v22, v33), block2"),
            ("return v15", "return v33"),
        ],
    );
    assert!(!offloaded(&pass(), &function(SCAN)).is_empty());
    assert_eq!(reasons(&pass(), &function(&text)), BTreeSet::new());
}

#[test]
fn an_inner_loop_whose_bound_depends_on_the_row() {
    let triangle = [("v31 = icmp ult v28, v5", "v31 = icmp ule v28, v10")];
    let func = function(&edited(FINGERPRINT, &triangle));
    let (_, report) = rewritten(&pass(), &func);
    let [rows, columns] = &decisions(&report)[..] else {
        panic!("{report}")
    };
    assert!(rows.contains("Guard"), "{rows}");
    // Of the columns of a row there is a number.
    assert_eq!(columns, "block2: zktr.dot babybear-m");
}

#[test]
fn an_inner_loop_that_may_not_end() {
    // It computes nothing that is used, but an endless loop is not to be removed.
    let quiet = "v16 = ireduce.i32 v10\n    jump block7(v16)\nblock7(v17: i32):\n    v18 = imul v17, v17\n    brif v18, block7(v18), block8\nblock8:\n    v14 = load";
    stays(SCAN, &[("v14 = load", quiet)], &[TripCount]);
}

#[test]
fn too_many_blocks() {
    let jumps = |n: usize| {
        let mut text = "v15 = ADD v13, v14\n    jump block1000\n".to_owned();
        for i in 0..n {
            text += &format!("block{}:\n    jump block{}\n", 1000 + i, 1001 + i);
        }
        text + &format!("block{}:", 1000 + n)
    };
    let few = twin(SCAN, &[("v15 = ADD v13, v14", &jumps(20))]);
    assert!(few.contains("block1020"));
    stays(SCAN, &[("v15 = ADD v13, v14", &jumps(300))], &[TooLarge]);
}
