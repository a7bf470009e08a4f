//! Loops that compare each word with the one of the row before, with near misses that have to stay; and words of the last row
//! that are used behind a loop.

mod loops_support;

use loops_support::*;

/// One where the word is another one than before: (out, x, what is before the first, n).
const DIFFER: &str = "
function %f(i64, i64, i32, i64) -> i32 system_v {
block0(v0: i64, v1: i64, v2: i32, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 1
    v7 = iconst.i32 0
    jump block1(v4, v0, v1, v2, v2)
block1(v10: i64, v11: i64, v12: i64, v13: i32, v24: i32):
    v14 = load.i32 v12
    v15 = icmp ne v14, v13
    v16 = uextend.i32 v15
    store v16, v11
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = icmp ult v20, v3
    brif v23, block1(v20, v21, v22, v14, v13), block2
block2:
    return v2
}
";

#[track_caller]
fn found(edits: &[(&str, &str)]) -> Vec<String> {
    let func = &parse(&expand("babybear", &edited(DIFFER, edits)))[0];
    offloaded(&pass(), func)
}

#[track_caller]
fn becomes(edits: &[(&str, &str)], expected: &[&str]) {
    let found = found(edits);
    let fits = |(found, expected): (&String, &&str)| found.starts_with(*expected);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(fits),
        "{found:?}"
    );
}

#[test]
fn what_is_offloaded() {
    becomes(&[], &["zktr.adj differ "]);
    becomes(&[("icmp ne", "icmp eq")], &["zktr.adj equal "]);
    becomes(
        &[("icmp ne v14, v13", "icmp ne v13, v14")],
        &["zktr.adj differ "],
    );
    // The word is read once more, behind the store.
    becomes(
        &[
            ("v23 = icmp", "v30 = load.i32 v12\n    v23 = icmp"),
            ("v22, v14, v13)", "v22, v30, v13)"),
        ],
        &["zktr.adj differ "],
    );
    // Where 1 has another representation.
    let one = 0x0fff_fffe;
    becomes(
        &[(
            "v16 = uextend.i32 v15",
            &format!("v30 = iconst.i32 {one}\n    v16 = select v15, v30, v7"),
        )],
        &["zktr.adj differ babybear-m"],
    );
}

/// A copy of the last row's word goes to scratch memory before.
#[test]
fn the_last_word_behind_the_loop() {
    becomes(
        &[("return v2", "return v14")],
        &["zktr.fill babybear, zktr.adj differ "],
    );
    // A word that may be stored to is not what it was.
    assert!(found(&[("return v2", "return v16")]).is_empty());
    assert!(found(&[("return v2", "return v13")]).is_empty());
}

#[test]
fn another_row_than_the_one_before() {
    let none: [&str; 0] = [];
    // Two rows before.
    becomes(&[("icmp ne v14, v13", "icmp ne v14, v24")], &none);
    // Always the first.
    becomes(&[("v22, v14, v13)", "v22, v2, v13)")], &none);
    becomes(&[("icmp ne v14, v13", "icmp ne v14, v2")], &none);
    // The row after is another column.
    becomes(
        &[
            (
                "v14 = load.i32 v12",
                "v14 = load.i32 v12\n    v30 = load.i32 v12+4",
            ),
            ("icmp ne v14, v13", "icmp ne v14, v30"),
        ],
        &["zktr.cmp differ "],
    );
    becomes(&[("icmp ne v14, v13", "icmp ne v14, v14")], &none);
    // A word that is next to it.
    becomes(
        &[
            (
                "v14 = load.i32 v12",
                "v14 = load.i32 v12\n    v30 = load.i32 v12+4",
            ),
            ("v22, v14, v13)", "v22, v30, v13)"),
        ],
        &none,
    );
    // What was written.
    becomes(&[("v22, v14, v13)", "v22, v16, v13)")], &none);
}

#[test]
fn another_comparison() {
    let none: [&str; 0] = [];
    becomes(&[("icmp ne", "icmp ult")], &none);
    becomes(&[("icmp ne", "icmp sge")], &none);
    // Half of the word.
    becomes(
        &[(
            "v15 = icmp ne v14, v13",
            "v30 = ireduce.i16 v14\n    v31 = ireduce.i16 v13\n    v15 = icmp ne v30, v31",
        )],
        &none,
    );
    // A flag that is no element.
    becomes(
        &[(
            "v16 = uextend.i32 v15",
            "v30 = uextend.i32 v15\n    v16 = ineg v30",
        )],
        &none,
    );
    becomes(
        &[(
            "v16 = uextend.i32 v15",
            "v30 = iconst.i32 3\n    v16 = select v15, v30, v7",
        )],
        &none,
    );
}
