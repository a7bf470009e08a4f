//! Inputs for which a loop must not be replaced although its shape is right: a guard has to see it, or the unit has to
//! refuse. Guards are evaluated here on concrete inputs, so nothing depends on how they are written.

mod loops_support;

use loops_support::inputs::*;
use loops_support::*;
use zktr_pass::{Decision, Pass};

/// What happens on entry for an input: (number of the value, value).
type Input<'a> = &'a [(u32, u64)];

/// The loops are offloaded for some inputs, but for others a guard keeps them.
#[track_caller]
fn guarded(text: &str, taken: &[Input<'_>], kept: &[Input<'_>]) {
    let func = function(text);
    let plan = plan(&pass(), &func);
    let shown = || pass().analyse(&func);
    for input in taken {
        assert!(
            holds(&plan, input),
            "{input:?} is not offloaded\n{}",
            shown()
        );
    }
    for input in kept {
        assert!(!holds(&plan, input), "{input:?} is offloaded\n{}", shown());
    }
}

/// Either the loop over rows stays, or a guard keeps it for these inputs. An inner loop may be replaced by itself.
#[track_caller]
fn never_taken(text: &str, kept: &[Input<'_>]) {
    let func = function(text);
    let (_, report) = rewritten(&pass(), &func);
    let outer = &report.remarks[0].decision;
    if matches!(outer, Decision::Offloaded { .. }) {
        guarded(text, &[], kept);
    }
}

mod trip_counts {
    use super::*;

    #[test]
    fn a_loop_that_is_tested_at_its_end_runs_once_for_zero() {
        guarded(
            SCAN,
            &[&[(3, 1)], &[(3, 1000)]],
            &[&[(3, 0)], &[(3, u64::MAX)]],
        );
    }

    #[test]
    fn a_counter_that_wraps_before_it_meets_its_bound() {
        let ne = edited(SCAN, &[("icmp ult v20, v3", "icmp ne v20, v3")]);
        guarded(&ne, &[&[(3, 1)]], &[&[(3, 0)]]);
        // Down to zero.
        let down = edited(
            SCAN,
            &[
                ("iadd v10, v6", "isub v10, v6"),
                ("block1(v4, v0", "block1(v3, v0"),
                ("icmp ult v20, v3", "icmp ne v20, v4"),
            ],
        );
        guarded(&down, &[&[(3, 1)]], &[&[(3, 0)]]);
    }

    #[test]
    fn an_end_pointer() {
        // Addresses are not words: nothing has to be a residue, wherever the arrays are.
        let end = edited(
            SCAN,
            &[
                (
                    "v6 = iconst.i64 1",
                    "v6 = iconst.i64 1\n    v30 = iconst.i64 2\n    v31 = ishl v3, v30\n    v32 = iadd v1, v31",
                ),
                ("icmp ult v20, v3", "icmp ne v22, v32"),
            ],
        );
        let at = |a: u64, n: u64| [(1, a), (3, n), (31, 4 * n), (32, a + 4 * n)];
        guarded(
            &end,
            &[&at(0x7fff_1234_0000, 8), &at(4096, 8)],
            &[&at(4096, 0)],
        );
    }

    #[test]
    fn a_signed_bound() {
        let signed = edited(SCAN, &[("icmp ult v20, v3", "icmp slt v20, v3")]);
        guarded(
            &signed,
            &[&[(3, 7)]],
            &[&[(3, 0)], &[(3, -1i64 as u64)], &[(3, i64::MIN as u64)]],
        );
    }

    #[test]
    fn a_signed_bound_of_32_bits() {
        let narrow = edited(
            SCAN,
            &[
                ("i32, i64) -> i32", "i32, i32) -> i32"),
                ("v3: i64):", "v3: i32):"),
                ("iconst.i64 0", "iconst.i32 0"),
                ("iconst.i64 1", "iconst.i32 1"),
                ("v10: i64", "v10: i32"),
                ("icmp ult v20, v3", "icmp slt v20, v3"),
            ],
        );
        guarded(
            &narrow,
            &[&[(3, 7)], &[(3, 0x7fff_ffff)]],
            &[&[(3, 0)], &[(3, 0x8000_0000)], &[(3, 0xffff_ffff)]],
        );
    }

    #[test]
    fn a_signed_skip_of_an_inner_loop() {
        // `if (k > 0) for j < k`, as C has it for an `int k`: k <= 0 leaves the initial value.
        let skipped = edited(
            FINGERPRINT,
            &[
                (
                    "jump block2(v6, v12, v2, v3)",
                    "v60 = icmp sle v5, v6\n    brif v60, block3(v3), block5\nblock5:\n    jump block2(v6, v12, v2, v3)",
                ),
                (
                    "block2(v28, v29, v30, v27), block3",
                    "block2(v28, v29, v30, v27), block3(v27)",
                ),
                ("block3:", "block3(v61: i32):"),
                (
                    "store notrap aligned v27, v11",
                    "store notrap aligned v61, v11",
                ),
            ],
        );
        guarded(
            &skipped,
            &[&[(4, 9), (5, 1)], &[(4, 9), (5, 8)]],
            &[
                &[(4, 9), (5, -1i64 as u64)],
                &[(4, 9), (5, i64::MIN as u64)],
            ],
        );
        let below_one = edited(&skipped, &[("icmp sle v5, v6", "icmp slt v5, v50")]);
        guarded(
            &below_one,
            &[&[(4, 9), (5, 8)]],
            &[&[(4, 9), (5, -1i64 as u64)]],
        );
        // The constant on the other side, and the branch the other way round.
        let swapped = edited(
            &skipped,
            &[
                ("icmp sle v5, v6", "icmp sgt v5, v6"),
                (
                    "brif v60, block3(v3), block5",
                    "brif v60, block5, block3(v3)",
                ),
            ],
        );
        guarded(
            &swapped,
            &[&[(4, 9), (5, 8)]],
            &[&[(4, 9), (5, -1i64 as u64)]],
        );
        // One entry too many is skipped: another loop.
        let one_too_many = edited(&skipped, &[("icmp sle v5, v6", "icmp sle v5, v50")]);
        never_taken(&one_too_many, &[&[(4, 9), (5, 1)]]);
    }

    #[test]
    fn a_bound_that_is_included() {
        // i <= n ends never for the largest n.
        let included = edited(SCAN, &[("icmp ult v20, v3", "icmp ule v20, v3")]);
        guarded(&included, &[&[(3, 7)]], &[&[(3, u64::MAX)]]);
    }

    #[test]
    fn a_start_behind_the_end() {
        let from = edited(
            SCAN,
            &[
                ("i32, i64) -> i32", "i32, i64, i64) -> i32"),
                ("v3: i64):", "v3: i64, v7: i64):"),
                ("block1(v4, v0", "block1(v7, v0"),
            ],
        );
        guarded(
            &from,
            &[&[(3, 9), (7, 2)]],
            &[
                &[(3, 2), (7, 9)],
                &[(3, 2), (7, 2)],
                &[(3, 2), (7, u64::MAX)],
            ],
        );
    }

    #[test]
    fn a_count_that_is_a_multiple_of_a_step() {
        // Four rows an iteration would be unrolling; here it is a counter in bytes.
        let bytes = edited(
            SCAN,
            &[
                (
                    "v4 = iconst.i64 0",
                    "v4 = iconst.i64 0\n    v7 = iconst.i64 2\n    v8 = ishl v3, v7",
                ),
                ("iadd v10, v6", "iadd v10, v5"),
                ("icmp ult v20, v3", "icmp ult v20, v8"),
            ],
        );
        // 2^62 * 4 wraps to zero: the loop runs once.
        let func = function(&bytes);
        if !offloaded(&pass(), &func).is_empty() {
            let plan = plan(&pass(), &func);
            let mut terms = plan
                .guards
                .iter()
                .flat_map(|g| &g.any)
                .flat_map(|b| &b.poly.terms);
            let uses_product =
                terms.any(|(_, f)| f.contains(&cranelift_codegen::ir::Value::from_u32(8)));
            assert!(uses_product || !holds(&plan, &[(3, 1 << 62)]));
        }
    }

    #[test]
    fn a_skip_that_is_decided_on_fewer_bits_than_the_count() {
        // The inner loop is skipped if the lower 16 bits of k are zero, also for k = 65536.
        let narrow = edited(
            CONVERT_ROWS,
            &[
                ("v4: i64, v5: i64", "v4: i64, v5: i32"),
                ("i64, i64, i64, i64, i64)", "i64, i64, i64, i32, i64)"),
                (
                    "v50 = iconst.i64 1",
                    "v50 = iconst.i64 1\n    v60 = iconst.i16 1\n    v61 = ireduce.i16 v5",
                ),
                ("brif v5,", "brif v61,"),
                ("block2(v5,", "block2(v61,"),
                ("v20: i64", "v20: i16"),
                ("isub v20, v50", "isub v20, v60"),
            ],
        );
        never_taken(
            &narrow,
            &[
                &[(4, 3), (5, 65_536), (8, 1 << 20)],
                &[(4, 3), (5, 65_537), (8, 1 << 20)],
                &[(4, 3), (5, 0), (8, 16)],
            ],
        );
    }
}

mod addresses {
    use super::*;

    /// The source is at `a + 4 * j`, where j is a value of 64 bits that is stepped in 32: (…, first j).
    fn stepped(step: &str) -> String {
        edited(
            SCAN,
            &[
                ("i32, i64) -> i32", "i32, i64, i64) -> i32"),
                ("v3: i64):", "v3: i64, v60: i64):"),
                (
                    "v6 = iconst.i64 1",
                    "v6 = iconst.i64 1\n    v7 = iconst.i32 1\n    v8 = iconst.i64 2",
                ),
                ("block1(v4, v0, v1, v2)", "block1(v4, v0, v60, v2)"),
                (
                    "v14 = load.i32 notrap aligned v12",
                    "v61 = ishl v12, v8\n    v62 = iadd v1, v61\n    v14 = load.i32 notrap aligned v62",
                ),
                ("v22 = iadd v12, v5", step),
            ],
        )
    }

    #[test]
    fn an_index_that_is_stepped_in_fewer_bits() {
        // The index wraps to zero behind 2^32 - 1; one of more than 32 bits is cut off.
        let text =
            stepped("v63 = ireduce.i32 v12\n    v64 = iadd v63, v7\n    v22 = uextend.i64 v64");
        never_taken(
            &text,
            &[&[(3, 32), (60, 0xffff_fff0)], &[(3, 2), (60, 1 << 32)]],
        );
    }

    #[test]
    fn an_index_that_is_sign_extended() {
        let text =
            stepped("v63 = ireduce.i32 v12\n    v64 = iadd v63, v7\n    v22 = sextend.i64 v64");
        never_taken(&text, &[&[(3, 32), (60, 0x7fff_fff0)]]);
    }

    #[test]
    fn an_index_that_is_cut_off_after_the_first_row() {
        let text = stepped("v63 = ireduce.i32 v12\n    v22 = uextend.i64 v63");
        never_taken(&text, &[&[(3, 2), (60, 1 << 32)]]);
    }

    #[test]
    fn a_pointer_that_an_inner_loop_moves() {
        // The inner loop moves it at least once, also for k <= 0.
        let inner = "jump block7(v60, v12)\nblock7(v70: i64, v71: i64):\n    v72 = isub v70, v6\n    v73 = iadd v71, v5\n    v74 = icmp sgt v72, v4\n    brif v74, block7(v72, v73), block8\nblock8:\n    v20 = iadd v10, v6";
        let text = edited(
            SCAN,
            &[
                ("i32, i64) -> i32", "i32, i64, i64) -> i32"),
                ("v3: i64):", "v3: i64, v60: i64):"),
                ("v20 = iadd v10, v6", inner),
                ("    v22 = iadd v12, v5\n", ""),
                ("v21, v22, v15", "v21, v73, v15"),
            ],
        );
        never_taken(&text, &[&[(3, 5), (60, 0)], &[(3, 5), (60, -1i64 as u64)]]);
    }

    /// Pointers of 32 bits into a heap: (heap, out, a, s, n).
    const HEAP: &str = "
function %f(i64, i32, i32, i32, i32) system_v {
block0(v7: i64, v0: i32, v1: i32, v2: i32, v3: i32):
    v4 = iconst.i32 0
    v5 = iconst.i32 4
    v6 = iconst.i32 1
    jump block1(v4, v0, v1, v2)
block1(v10: i32, v11: i32, v12: i32, v13: i32):
    v30 = uextend.i64 v12
    v31 = iadd v7, v30
    v14 = load.i32 v31
    v15 = ADD v13, v14
    v32 = uextend.i64 v11
    v33 = iadd v7, v32
    store v15, v33
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = icmp ult v20, v3
    brif v23, block1(v20, v21, v22, v15), block2
block2:
    return
}
";

    #[test]
    fn pointers_of_32_bits_that_wrap() {
        let end = u64::from(u32::MAX);
        guarded(
            HEAP,
            &[
                &[(0, 64), (1, 4096), (3, 8)],
                &[(0, end - 7), (1, end - 7), (3, 2)],
            ],
            &[
                &[(0, end - 7), (1, 0), (3, 3)],
                &[(0, 0), (1, end - 7), (3, 3)],
                &[(0, 0), (1, 64), (3, 0)],
                &[(0, 0), (1, 64), (3, 1 << 31)],
            ],
        );
    }

    #[test]
    fn pointers_of_32_bits_that_go_down() {
        let down = edited(HEAP, &[("iadd v12, v5", "isub v12, v5")]);
        guarded(
            &down,
            &[&[(0, 64), (1, 28), (3, 8)]],
            &[&[(0, 64), (1, 24), (3, 8)]],
        );
    }

    #[test]
    fn an_index_of_32_bits_that_is_scaled_before_it_is_widened() {
        let scaled = edited(
            HEAP,
            &[(
                "v30 = uextend.i64 v12",
                "v40 = imul v10, v5\n    v41 = iadd v1, v40\n    v30 = uextend.i64 v41",
            )],
        );
        guarded(
            &scaled,
            &[&[(0, 64), (1, 4096), (3, 8)]],
            &[&[(0, 64), (1, 0xffff_fff0), (3, 5)]],
        );
        never_taken(&scaled, &[&[(0, 64), (1, 0), (3, 0x4000_0001)]]);
    }
}

mod overlaps {
    use super::*;

    /// `gamma` is loaded from memory for each row: (out, a, coeff, &gamma, n, k).
    fn gamma_in_memory() -> String {
        edited(
            FINGERPRINT,
            &[
                (
                    "i64, i64, i64, i32, i64, i64",
                    "i64, i64, i64, i64, i64, i64",
                ),
                ("v3: i32, v4", "v3: i64, v4"),
                (
                    "jump block2(v6, v12, v2, v3)",
                    "v60 = load.i32 notrap aligned v3\n    jump block2(v6, v12, v2, v60)",
                ),
            ],
        )
    }

    #[test]
    fn a_scalar_in_memory_that_is_overwritten() {
        let at = |gamma: u64| {
            [
                (0, 4096),
                (1, 8192),
                (2, 16384),
                (3, gamma),
                (4, 10),
                (5, 3),
            ]
        };
        let text = gamma_in_memory();
        never_taken(
            &text,
            &[
                &at(4096),
                &at(4096 + 4),
                &at(4096 + 36),
                &at(4096 + 2),
                &at(4096 - 3),
                &at(4096 + 39),
            ],
        );
        guarded(&text, &[&at(4096 - 4), &at(4096 + 40), &at(64)], &[]);
    }

    #[test]
    fn a_base_of_powers_in_memory_that_is_overwritten() {
        // The powers are computed before the first row is written, from a word that the rows may overwrite.
        let text = edited(
            POWERS_FINGERPRINT,
            &[
                ("i64, i64, i32, i32", "i64, i64, i64, i32"),
                ("v1: i64, v2: i32", "v1: i64, v2: i64"),
                (
                    "jump block2(v6, v12",
                    "v60 = load.i32 notrap aligned v2\n    jump block2(v6, v12",
                ),
                ("MUL v22, v2", "MUL v22, v60"),
            ],
        );
        let at = |base: u64| [(0, 4096), (1, 8192), (2, base), (3, 1), (4, 10), (5, 3)];
        never_taken(
            &text,
            &[&at(4096), &at(4096 + 36), &at(4096 + 39), &at(4096 - 3)],
        );
    }

    #[test]
    fn a_scalar_in_memory_that_is_overwritten_from_the_end() {
        // out goes down: its words are at out - 36 to out + 3.
        let down = edited(
            &gamma_in_memory(),
            &[("v41 = iadd v11, v9", "v41 = isub v11, v9")],
        );
        let at = |gamma: u64| {
            [
                (0, 4096),
                (1, 8192),
                (2, 16384),
                (3, gamma),
                (4, 10),
                (5, 3),
            ]
        };
        never_taken(
            &down,
            &[
                &at(4096),
                &at(4096 - 4),
                &at(4096 - 36),
                &at(4096 - 39),
                &at(4096 + 3),
            ],
        );
    }

    #[test]
    fn a_scalar_in_memory_between_words_that_are_written() {
        // Every third word is written.
        let apart = edited(
            &gamma_in_memory(),
            &[
                (
                    "v50 = iconst.i64 1",
                    "v50 = iconst.i64 1\n    v61 = iconst.i64 12",
                ),
                ("v41 = iadd v11, v9", "v41 = iadd v11, v61"),
            ],
        );
        let at = |gamma: u64| {
            [
                (0, 4096),
                (1, 8192),
                (2, 16384),
                (3, gamma),
                (4, 10),
                (5, 3),
            ]
        };
        never_taken(
            &apart,
            &[
                &at(4096),
                &at(4096 + 12),
                &at(4096 + 108),
                &at(4096 + 111),
                &at(4096 - 3),
            ],
        );
    }

    #[test]
    fn a_scalar_in_memory_is_not_read_without_a_row() {
        // out[i] = a[i] + a[i + 1] + *c, tested at the top: without a row, c may point anywhere. (out, a, n, c)
        let top = edited(
            CONVERT,
            &[
                ("%f(i64, i64, i64)", "%f(i64, i64, i64, i64)"),
                ("v3: i64):", "v3: i64, v8: i64):"),
                (
                    "v14 = load.i32 notrap aligned v12",
                    "v23 = icmp ult v10, v3\n    brif v23, block3, block2\nblock3:\n    v14 = load.i32 v12\n    v25 = load.i32 v12+4\n    v26 = ADD v14, v25\n    v24 = load.i32 v8",
                ),
                ("MUL v14, v7", "ADD v26, v24"),
                (
                    "    v23 = icmp ult v20, v3\n    brif v23, block1(v20, v21, v22), block2",
                    "    jump block1(v20, v21, v22)",
                ),
            ],
        );
        guarded(
            &top,
            &[&[(0, 4096), (1, 8192), (3, 2), (8, 64)]],
            &[&[(0, 4096), (1, 8192), (3, 0), (8, 64)]],
        );
    }

    #[test]
    fn arrays_at_native_addresses() {
        // (out, a, scratch, n): anywhere in an address space of 64 bits, in any order.
        let at = |out: u64, a: u64, scratch: u64, n: u64| [(0, out), (1, a), (2, scratch), (3, n)];
        let (low, high, n) = (0x7f31_0000_0000, 0x7fff_ffff_0000, 1 << 16);
        let end = 0u64.wrapping_sub(1 << 20);
        guarded(
            BATCH_INVERSE,
            &[
                &at(low, high, 4096, n),
                &at(4096, low, high, n),
                &at(high, 4096, low, n),
                &at(4096, 1 << 30, end, n),
                &at(end, 1 << 30, 4096, n),
                // Just apart.
                &at(low + 4 * n, high, low, n),
                &at(low, high, low + 4 * n, n),
            ],
            &[
                &at(low, high, low, n),
                &at(low + 4 * n - 4, high, low, n),
                &at(low, high, low + 4, n),
                // Around the end of memory.
                &at(0u64.wrapping_sub(4 * n - 4), 1 << 30, 0, n),
            ],
        );
        let word = edited(
            CONVERT,
            &[
                ("%f(i64, i64, i64)", "%f(i64, i64, i64, i64)"),
                ("v3: i64):", "v3: i64, v8: i64):"),
                (
                    "v14 = load.i32 notrap aligned v12",
                    "v14 = load.i32 v12\n    v25 = load.i32 v12+4\n    v26 = ADD v14, v25\n    v24 = load.i32 v8",
                ),
                ("MUL v14, v7", "ADD v26, v24"),
            ],
        );
        let at = |out: u64, word: u64| [(0, out), (1, 1 << 40), (3, n), (8, word)];
        guarded(
            &word,
            &[
                &at(high, low),
                &at(low, high),
                &at(high, high - 4),
                &at(high, high + 4 * n),
            ],
            &[
                &at(high, high),
                &at(high, high - 3),
                &at(high, high + 4 * n - 1),
                &at(0u64.wrapping_sub(4 * n - 4), 0),
            ],
        );
    }

    #[test]
    fn what_is_written_is_what_is_read_at_another_place() {
        // Statically: the fingerprints over the coefficients, over the table, one element further. The unit compares the
        // views and refuses before it writes anything; then the loop runs.
        for (from, to) in [
            ("jump block1(v6, v0, v1)", "jump block1(v6, v2, v1)"),
            ("jump block1(v6, v0, v1)", "jump block1(v6, v1, v1)"),
            (
                "jump block1(v6, v0, v1)",
                "v60 = iadd v1, v9\n    jump block1(v6, v60, v1)",
            ),
            (
                "jump block1(v6, v0, v1)",
                "v60 = isub v2, v9\n    jump block1(v6, v60, v1)",
            ),
        ] {
            let func = function(&edited(FINGERPRINT, &[(from, to)]));
            for plan in pass().analyse(&func).plans() {
                assert!(is_refused_when_overlapping(&pass(), plan, "out", "a"));
                assert!(is_refused_when_overlapping(&pass(), plan, "out", "coeff"));
            }
        }
    }

    #[test]
    fn an_operation_in_place_that_writes_before_it_reads() {
        // out[i] = s; s += a[i]: with out == a the loop adds what it has just written. The unit reads first.
        let before = edited(
            SCAN,
            &[
                ("    v14 = load.i32 notrap aligned v12\n", ""),
                (
                    "    v15 = ADD v13, v14\n    store notrap aligned v15, v11",
                    "    store notrap aligned v13, v11\n    v14 = load.i32 notrap aligned v12\n    v15 = ADD v13, v14",
                ),
            ],
        );
        guarded(
            &before,
            &[&[(0, 4096), (1, 8192), (3, 10)]],
            &[&[(0, 4096), (1, 4096), (3, 10)]],
        );
        // Read first, it may be in place.
        guarded(SCAN, &[&[(0, 4096), (1, 4096), (3, 10)]], &[]);
    }

    #[test]
    fn operations_of_a_chain_that_feed_on_each_other() {
        let at = |out: u64, x: u64, scratch: u64| [(0, out), (1, x), (2, scratch), (3, 10)];
        guarded(
            BATCH_INVERSE,
            &[
                &at(4096, 8192, 16384),
                &at(8192, 8192, 16384),
                &at(4096, 8192, 4096 + 40),
            ],
            // Prefix products over the elements; inverses over prefix products, wholly or in part.
            &[
                &at(4096, 8192, 8192),
                &at(4096, 8192, 4096 + 4),
                &at(4096, 8192, 4096 - 36),
            ],
        );
    }

    #[test]
    fn inverses_over_prefix_products_in_order() {
        // out and scratch are one array: allowed, as each prefix product is read before the inverse is written.
        let same = edited(
            BATCH_INVERSE,
            &[("v39 = iadd v0, v32", "v39 = iadd v2, v32")],
        );
        let at = |x: u64, scratch: u64| [(1, x), (2, scratch), (3, 10)];
        guarded(&same, &[&at(8192, 4096)], &[&at(4096, 4096)]);
        // Written first, it is not what is read.
        let late = edited(
            &same,
            &[
                ("    v34 = load.i32 notrap aligned v33\n", ""),
                (
                    "v38 = MUL",
                    "store notrap aligned v31, v33\n    v34 = load.i32 notrap aligned v33\n    v38 = MUL",
                ),
                ("    v37 = MUL v31, v34\n", ""),
                ("store notrap aligned v37, v39", "v37 = MUL v31, v34"),
            ],
        );
        assert!(
            !offloaded(&pass(), &function(&late))
                .iter()
                .any(|o| o.contains("zktr.inv"))
        );
    }
}

mod words_on_entry {
    use super::*;

    #[test]
    fn a_wide_first_value_is_guarded() {
        // The unit sees the lower half of a value of 64 bits only.
        let p = prime("babybear");
        let wide = edited(
            SCAN,
            &[
                ("i32, i64) -> i32", "i64, i64) -> i64"),
                ("v2: i32, v3", "v2: i64, v3"),
                ("v13: i32)", "v13: i64)"),
                ("v14 = load.i32", "v14 = uload32"),
                (
                    "v15 = ADD v13, v14",
                    "v30 = iadd v13, v14\n    v31 = iconst.i64 {p}\n    v32 = isub v30, v31\n    v33 = icmp ult v30, v31\n    v15 = select v33, v30, v32",
                ),
                ("store notrap aligned v15", "istore32 notrap aligned v15"),
            ],
        );
        guarded(
            &wide,
            &[&[(2, 0), (3, 1)], &[(2, p - 1), (3, 1)]],
            &[
                &[(2, p), (3, 1)],
                &[(2, 1 << 32), (3, 1)],
                &[(2, u64::MAX), (3, 1)],
            ],
        );
    }

    #[test]
    fn a_first_value_of_32_bits_is_the_units_to_check() {
        guarded(SCAN, &[&[(2, 0xffff_ffff), (3, 1)]], &[]);
        let spec = zktr_isa::Spec::builtin();
        assert_ne!(spec.outcomes.residue, spec.outcomes.success);
    }

    #[test]
    fn two_columns_with_coefficients_in_registers() {
        // The words go to scratch memory, which the unit checks as it reads them.
        let two = edited(
            CONVERT,
            &[
                ("%f(i64, i64, i64)", "%f(i64, i64, i64, i32, i32)"),
                ("v3: i64):", "v3: i64, v8: i32, v9: i32):"),
                (
                    "v15 = MUL v14, v7",
                    "v30 = MUL v14, v8\n    v31 = load.i32 notrap aligned v12+4\n    v32 = MUL v31, v9\n    v15 = ADD v30, v32",
                ),
                (
                    "v22 = iadd v12, v5",
                    "v33 = iconst.i64 8\n    v22 = iadd v12, v33",
                ),
            ],
        );
        guarded(
            &two,
            &[&[(3, 1), (8, 0xffff_ffff), (9, 0)]],
            &[&[(3, 0), (8, 1), (9, 1)]],
        );
    }
}

#[test]
fn the_pass_is_the_same_for_all_of_these() {
    // One value serves any number of functions.
    let pass: Pass = pass();
    for text in [
        SCAN,
        CONVERT,
        FINGERPRINT,
        POWERS_FINGERPRINT,
        CONVERT_ROWS,
        BATCH_INVERSE,
    ] {
        assert_eq!(offloaded(&pass, &function(text)).len(), 1);
    }
}
