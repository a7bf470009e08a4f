//! Fractions that are zero where their numerator is, and whose denominators are not read there; with near misses that have to
//! stay.

mod loops_support;

use loops_support::*;
use zktr_pass::{Movement, Options, Pass, TrapPolicy};

/// `out[i] = m[i] == 0 ? 0 : m[i] / d[i]`: (out, m, d, n).
const FRACTION: &str = "
function %f(i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 1
    v7 = iconst.i32 0
    v8 = iconst.i32 {one}
    v9 = iconst.i64 EXPONENT
    jump block1(v4, v0, v1, v2)
block1(v10: i64, v11: i64, v12: i64, v13: i64):
    v14 = load.i32 v12
    v15 = icmp eq v14, v7
    brif v15, block6(v7), block2
block2:
    v16 = load.i32 v13
    jump block3(v16, v8, v9)
block3(v30: i32, v31: i32, v32: i64):
    v33 = band v32, v6
    brif v33, block4, block5(v31)
block4:
    v34 = MUL v31, v30
    jump block5(v34)
block5(v35: i32):
    v36 = MUL v30, v30
    v37 = ushr v32, v6
    brif v37, block3(v36, v35, v37), block7
block7:
    v38 = MUL v35, v14
    jump block6(v38)
block6(v40: i32):
    store v40, v11
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = iadd v13, v5
    v24 = icmp ult v20, v3
    brif v24, block1(v20, v21, v22, v23), block8
block8:
    return
}
";

#[track_caller]
fn found(pass: &Pass, edits: &[(&str, &str)]) -> Vec<String> {
    let text = FRACTION
        .replace("EXPONENT", &(prime("babybear") - 2).to_string())
        .replace("{one}", "0x0fff_fffe");
    let func = &parse(&expand("babybear", &edited(&text, edits)))[0];
    offloaded(pass, func)
}

#[track_caller]
fn stays(edits: &[(&str, &str)]) {
    let found = found(&pass(), edits);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_is_offloaded() {
    let plus = ["zktr.frac plus babybear-m"];
    assert_eq!(found(&pass(), &[]), plus);
    let turned = [
        ("icmp eq v14, v7", "icmp ne v14, v7"),
        ("block6(v7), block2", "block2, block6(v7)"),
    ];
    assert_eq!(found(&pass(), &turned), plus);
    assert_eq!(
        found(
            &pass(),
            &[(
                "brif v15, block6(v7), block2",
                "brif v14, block2, block6(v7)"
            )]
        ),
        plus
    );
    let minus = [(
        "v38 = MUL v35, v14",
        "v39 = MUL v35, v14\n    v38 = SUB v7, v39",
    )];
    assert_eq!(found(&pass(), &minus), ["zktr.frac minus babybear-m"]);
}

/// Tests `v15` by way of other flags: these, the last of them `v60`, and what follows if it holds and if not.
fn by_way_of<'a>(
    store: &'a mut [String; 2],
    flags: &str,
    then: &str,
    otherwise: &str,
) -> [(&'a str, &'a str); 1] {
    *store = [
        "brif v15, block6(v7), block2".to_owned(),
        format!("{flags}\n    brif v60, {then}, {otherwise}"),
    ];
    [(&store[0], &store[1])]
}

/// Compilers compare flags with zero where they turn a branch around.
#[test]
fn flags_that_are_compared_with_zero() {
    let plus = ["zktr.frac plus babybear-m"];
    let (zero, other) = ("block6(v7)", "block2");
    let negated = "v50 = uextend.i32 v15\n    v60 = icmp eq v50, v7";
    let kept = "v50 = uextend.i32 v15\n    v60 = icmp ne v50, v7";
    let swapped = "v50 = uextend.i32 v15\n    v60 = icmp eq v7, v50";
    let twice = "v50 = uextend.i32 v15\n    v51 = icmp eq v50, v7\n    v52 = uextend.i32 v51\n    v60 = icmp eq v52, v7";
    let one = "v50 = uextend.i32 v15\n    v51 = iconst.i32 1\n    v60 = icmp eq v50, v51";
    let below = "v50 = uextend.i32 v15\n    v60 = icmp ult v7, v50";
    let signed = "v50 = sextend.i32 v15\n    v60 = icmp slt v50, v7";
    let mut store = Default::default();
    for (flags, then, otherwise) in [
        (negated, other, zero),
        (kept, zero, other),
        (twice, zero, other),
    ] {
        let edits = by_way_of(&mut store, flags, then, otherwise);
        assert_eq!(found(&pass(), &edits), plus, "{flags}");
    }
    // What follows is swapped, or the flag is not compared with zero for equality.
    for (flags, then, otherwise) in [
        (negated, zero, other),
        (kept, other, zero),
        (twice, other, zero),
        (swapped, zero, other),
        (one, other, zero),
        (below, other, zero),
        (signed, other, zero),
    ] {
        let edits = by_way_of(&mut store, flags, then, otherwise);
        stays(&edits);
    }
}

#[test]
fn flags_that_end_the_loop() {
    let end = "v24 = icmp ult v20, v3\n    brif v24, block1(v20, v21, v22, v23), block8";
    let flags = |cc: &str, then: &str, otherwise: &str| {
        format!(
            "v24 = icmp ult v20, v3\n    v50 = uextend.i32 v24\n    v51 = icmp {cc} v50, v7\n    brif v51, {then}, {otherwise}"
        )
    };
    let (again, out) = ("block1(v20, v21, v22, v23)", "block8");
    for (cc, then, otherwise) in [("eq", out, again), ("ne", again, out)] {
        assert_eq!(
            found(&pass(), &[(end, &flags(cc, then, otherwise))]),
            ["zktr.frac plus babybear-m"],
            "{cc}"
        );
        stays(&[(end, &flags(cc, otherwise, then))]);
    }
}

/// A unit that does not look whether it may access memory would access what the loop does not.
#[test]
fn units_that_would_trap() {
    let options = |trapping| Options {
        movement: Movement::Offload,
        trapping,
        ..Options::default()
    };
    let edits = [
        ("v14 = load.i32 v12", "v14 = load.i32 notrap v12"),
        ("v16 = load.i32 v13", "v16 = load.i32 notrap v13"),
        ("store v40, v11", "store notrap v40, v11"),
    ];
    let with = |trapping| {
        found(
            &Pass::new(zktr_isa::Spec::builtin(), options(trapping)),
            &edits,
        )
    };
    assert_eq!(with(TrapPolicy::UnitRefuses), ["zktr.frac plus babybear-m"]);
    assert!(with(TrapPolicy::Decline).is_empty());
}

#[test]
fn another_condition() {
    // The denominator is read where the numerator is zero.
    stays(&[("block6(v7), block2", "block2, block6(v7)")]);
    stays(&[("icmp eq v14, v7", "icmp eq v14, v8")]);
    stays(&[("icmp eq v14, v7", "icmp ult v14, v8")]);
    // Another word than the numerator decides.
    stays(&[
        ("icmp eq v14, v7", "icmp eq v41, v7"),
        (
            "v14 = load.i32 v12",
            "v14 = load.i32 v12\n    v41 = load.i32 v12+4",
        ),
    ]);
    stays(&[(
        "v38 = MUL v35, v14",
        "v41 = load.i32 v12+4\n    v38 = MUL v35, v41",
    )]);
    // Not always.
    stays(&[(
        "jump block3(v16, v8, v9)",
        "brif v16, block3(v16, v8, v9), block6(v7)",
    )]);
}

#[test]
fn another_value() {
    stays(&[("block6(v7), block2", "block6(v8), block2")]);
    stays(&[
        ("block6(v7), block2", "block6(v14), block2"),
        ("icmp eq v14, v7", "icmp ne v14, v7"),
    ]);
    stays(&[("v38 = MUL v35, v14", "v38 = MUL v35, v8")]);
    stays(&[("v38 = MUL v35, v14", "v38 = ADD v35, v14")]);
    // The numerator is in the denominator, too.
    stays(&[(
        "v16 = load.i32 v13",
        "v41 = load.i32 v13\n    v16 = ADD v41, v14",
    )]);
    // What is stored where the numerator is zero is something that is not read.
    stays(&[(
        "v38 = MUL v35, v14",
        "v39 = MUL v35, v14\n    v38 = ADD v39, v16",
    )]);
}

#[test]
fn stores_that_are_not_made() {
    stays(&[
        ("brif v15, block6(v7), block2", "brif v15, block9, block2"),
        (
            "block8:",
            "block9:\n    v50 = iadd v10, v6\n    v51 = iadd v11, v5\n    v52 = iadd v12, v5\n    v53 = iadd v13, v5\n    v54 = icmp ult v50, v3\n    brif v54, block1(v50, v51, v52, v53), block8\nblock8:",
        ),
    ]);
}
