//! Loops that must stay as they are, each named for the reason. Every case is an edit of a loop that is offloaded as it
//! stands, so that none can pass for another cause.
//!
//! The contract: a rewritten function does the same as the original on every input. What a unit refuses at run time needs
//! no reason here; those cases are in `loops_guards.rs`.

mod loops_support;

use loops_support::inputs::*;
use loops_support::*;
use std::collections::BTreeSet;
use zktr_pass::Reason::{self, *};
use zktr_pass::{Options, Pass, TrapPolicy};

/// The loops of `twin`, which are offloaded, stay after the edits, for these reasons among others.
#[track_caller]
fn stays(twin: &str, edits: &[(&str, &str)], expected: &[Reason]) {
    stays_with(&pass(), twin, edits, expected);
}

#[track_caller]
fn stays_with(pass: &Pass, twin: &str, edits: &[(&str, &str)], expected: &[Reason]) {
    let positive = offloaded(pass, &function(twin));
    assert!(
        !positive.is_empty(),
        "the twin is not offloaded:\n{}",
        pass.analyse(&function(twin))
    );
    let flawed = function(&edited(twin, edits));
    let found = reasons(pass, &flawed);
    let missing: BTreeSet<&Reason> = expected.iter().filter(|r| !found.contains(r)).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} is not among the reasons:\n{}",
        pass.analyse(&flawed)
    );
}

/// A positive twin that differs from a base.
#[track_caller]
fn twin(base: &str, edits: &[(&str, &str)]) -> String {
    let text = edited(base, edits);
    let func = function(&text);
    assert!(
        !offloaded(&pass(), &func).is_empty(),
        "not offloaded:\n{}",
        pass().analyse(&func)
    );
    text
}

mod arithmetic {
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
        // Every occurrence, so that the loop is right for another modulus: nothing is even looked at.
        let text = expand("babybear", SCAN);
        let other = text
            .replace(&p.to_string(), &(p - 2).to_string())
            .replace(&(p - 1).to_string(), &(p - 3).to_string());
        let other = &parse(&other)[0];
        assert_eq!(pass().analyse(other).remarks, []);
        assert_eq!(reasons(&pass(), other), BTreeSet::new());
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
    fn a_difference_in_place_of_a_sum() {
        // Canonical and a polynomial, but of no instruction.
        stays(SCAN, &[("ADD v13, v14", "SUB v13, v14")], &[NoInstruction]);
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
    fn a_square_of_each_word() {
        stays(
            CONVERT,
            &[("MUL v14, v7", "MUL v14, v14")],
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
}

mod memory {
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
        stays(&wide, &[("uload32", "uload16.i64")], &[AccessWidth]);
        stays(&wide, &[("uload32", "uload8.i64")], &[AccessWidth]);
        stays(&wide, &[("uload32", "load.i64")], &[]);
        stays(
            CONVERT,
            &[
                (
                    "load.i32 notrap aligned v12",
                    "load.i16 notrap aligned v12\n    v16 = uextend.i32 v14",
                ),
                ("MUL v14", "MUL v16"),
            ],
            &[],
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
        stays(CONVERT, &edits, &[Address]);
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
}

mod control {
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
        let table = "v24 = ireduce.i32 v23x\n    br_table v24, block2, [block2, block1(v20, v21, v22, v15)]";
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
        stays(FINGERPRINT, &triangle, &[Guard]);
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
}

mod results {
    use super::*;

    #[test]
    fn nothing_is_written() {
        stays(
            SCAN,
            &[("    store notrap aligned v15, v11\n", "")],
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
        // The loops of a batch inversion have ways around them, so nothing of them may be used behind them. Remarks and
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
        for (ty, value) in [("i32", "v25"), ("i64", "v29"), ("i64", "v17")] {
            let used = edited(
                &straight,
                &[
                    ("system_v {", &format!("-> {ty} system_v {{")),
                    ("return", &format!("return {value}")),
                ],
            );
            let (_, report) = rewritten(&pass(), &function(&used));
            let last = report.remarks.last().expect("three loops");
            assert!(
                matches!(last.decision, zktr_pass::Decision::Declined { .. }),
                "{report}"
            );
        }
    }
}

mod several_loops {
    use super::*;

    #[test]
    fn two_loops_fused_with_a_dependency_across() {
        // t[i] = a[i] * r^2, then the sum of t[i-1], which the iteration before has written.
        let fused = [(
            "v14 = load.i32 notrap aligned v12",
            "v40 = load.i32 notrap aligned v12\n    v41 = iconst.i32 {rr}\n    v42 = MUL v40, v41\n    store notrap aligned v42, v12+4096\n    v14 = load.i32 notrap aligned v12+4092",
        )];
        stays(SCAN, &fused, &[NoInstruction]);
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
}

mod of_the_pass_itself {
    use super::*;

    #[test]
    fn the_loop_of_a_software_unit() {
        // It would call itself.
        stays(SCAN, &[("%f", "%zktr_scan")], &[]);
    }
}
