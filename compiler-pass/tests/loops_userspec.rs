//! Instructions that exist only in a user's spec file are offered to loops like any other.

mod loops_support;

use loops_support::*;
use zktr_pass::{Options, Pass};

const WEIGHTED: &str = r#"
[extension]
name    = "Xweighted"
version = "1.0"

[descriptor.weighted]
size = 128
fields = [
  { name = "w",   at = 8,  type = "felt<base>" },
  { name = "c",   at = 16, type = "felt<base>" },
  { name = "out", at = 24, type = "view<base, n>", access = "write" },
  { name = "a",   at = 40, type = "view<base, n>", access = "read" },
  { name = "b",   at = 56, type = "view<base, n>", access = "read" },
]

[inst."my.weighted"]
title    = "Weighted sum with a square"
encoding = { format = "rocc", funct7 = 0x40 }
operands = { rd = "status", rs1 = "descriptor weighted", rs2 = "count n" }
sem      = "for i < n { out[i] = w * a[i] + b[i] * b[i] + c; }"

[descriptor.squares]
size = 64
fields = [
  { name = "k",    at = 4,  type = "u32", status = "shape" },
  { name = "init", at = 8,  type = "felt<base>" },
  { name = "out",  at = 16, type = "view<base, n>", access = "write" },
  { name = "a",    at = 32, type = "view<base, n, k>", access = "read" },
]

[inst."my.squares"]
title    = "Sum of the squares of the columns of each row"
encoding = { format = "rocc", funct7 = 0x41 }
operands = { rd = "status", rs1 = "descriptor squares", rs2 = "count n" }
sem      = "for i < n { out[i] = init + sum(j < k) { a[i, j] * a[i, j] }; }"

[descriptor.scaled]
size = 64
fields = [
  { name = "k",   at = 4,  type = "u32", status = "shape" },
  { name = "w",   at = 8,  type = "felt<base>" },
  { name = "out", at = 16, type = "view<base, n, k>", access = "write" },
  { name = "a",   at = 40, type = "view<base, n, k>", access = "read" },
]

[inst."my.scaled"]
title    = "Table times a scalar"
encoding = { format = "rocc", funct7 = 0x43 }
operands = { rd = "status", rs1 = "descriptor scaled", rs2 = "count n" }
sem      = "for i < n { for j < k { out[i, j] = w * a[i, j]; } }"

[descriptor.horner]
size = 192
fields = [
  { name = "init", at = 8,  type = "felt<ext>" },
  { name = "x",    at = 56, type = "felt<ext>" },
  { name = "out",  at = 104, type = "view<ext, n>", access = "write" },
  { name = "a",    at = 128, type = "view<ext, n>", access = "read" },
  { name = "last", at = 152, type = "view<ext>", access = "write" },
]

[inst."my.horner"]
title    = "Horner's rule, the factor last, all intermediate values"
encoding = { format = "rocc", funct7 = 0x42 }
operands = { rd = "status", rs1 = "descriptor horner", rs2 = "count n" }
sem      = """
carry s = init;
for i < n { s = (s + a[i]) * x; out[i] = s; }
last[] = s;
"""
"#;

fn extended() -> Pass {
    Pass::new(spec_with(WEIGHTED), Options::default())
}

/// (out, a, b, w, c, n)
fn weighted(multiply: &str) -> String {
    "
function %f(i64, i64, i64, i32, i32, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i32, v4: i32, v5: i64):
    v6 = iconst.i64 0
    v7 = iconst.i64 1
    v8 = iconst.i64 2
    jump block1(v6)
block1(v10: i64):
    v11 = ishl v10, v8
    v12 = iadd v1, v11
    v13 = load.i32 v12
    v14 = iadd v2, v11
    v15 = load.i32 v14
    v16 = MUL v13, v3
    v17 = MUL v15, v15
    v18 = ADD v16, v17
    v19 = ADD v18, v4
    v20 = iadd v0, v11
    store v19, v20
    v21 = iadd v10, v7
    v22 = icmp ne v21, v5
    brif v22, block1(v21), block2
block2:
    return
}
"
    .replace("MUL", multiply)
}

#[test]
fn a_weighted_sum_in_montgomery_form() {
    let func = &parse(&expand("babybear", &weighted("MUL")))[0];
    assert_eq!(offloaded(&extended(), func), ["my.weighted babybear-m"]);
    assert_eq!(offloaded(&pass(), func), [""; 0]);
}

#[test]
fn a_weighted_sum_of_canonical_words() {
    let func = &parse(&expand("koalabear", &weighted("REM")))[0];
    assert_eq!(offloaded(&extended(), func), ["my.weighted koalabear"]);
    assert_eq!(offloaded(&pass(), func), [""; 0]);
}

#[test]
fn the_plan_names_the_fields_of_the_users_descriptor() {
    let pass = extended();
    let func = &parse(&expand("babybear", &weighted("MUL")))[0];
    let plan = plan(&pass, func);
    let [offload] = &plan.offloads[..] else {
        panic!("one operation")
    };
    let spec = pass.spec();
    assert_eq!(spec.instructions[offload.instruction].name, "my.weighted");
    let (_, descriptor) = spec.instructions[offload.instruction]
        .descriptor()
        .expect("it has one");
    let mut fields = Vec::new();
    for (id, value) in &offload.fields {
        fields.push(format!(
            "{} = {}",
            spec.descriptors[descriptor].fields[id.0 as usize].name,
            field_text(value)
        ));
    }
    assert_eq!(
        fields,
        [
            "w = [v3]",
            "c = [v4]",
            "out = v0 by 4",
            "a = v1 by 4",
            "b = v2 by 4"
        ]
    );
}

#[test]
fn a_weighted_sum_with_a_flaw_is_not_one() {
    let right = weighted("MUL");
    for (from, to) in [
        ("v17 = MUL v15, v15", "v17 = MUL v15, v13"),
        ("v19 = ADD v18, v4", "v19 = SUB v18, v4"),
        ("v18 = ADD v16, v17", "v18 = ADD v16, v16"),
        ("v16 = MUL v13, v3", "v16 = MUL v17x, v3"),
    ] {
        let to = to.replace("v17x", "v15");
        let func = &parse(&expand("babybear", &edited(&right, &[(from, &to)])))[0];
        assert!(
            !offloaded(&extended(), func)
                .iter()
                .any(|o| o.starts_with("my.weighted")),
            "{to}"
        );
    }
}

#[test]
fn a_weight_that_is_missing_is_one() {
    // out[i] = a[i] + b[i]^2 + c: the weight is the constant one, in the format's representation.
    let text = edited(
        &weighted("MUL"),
        &[
            ("    v16 = MUL v13, v3\n", ""),
            ("ADD v16, v17", "ADD v13, v17"),
        ],
    );
    let pass = extended();
    let func = &parse(&expand("babybear", &text))[0];
    assert_eq!(offloaded(&pass, func), ["my.weighted babybear-m"]);
    let plan = plan(&pass, func);
    let r = (1u64 << 32) % prime("babybear");
    assert_eq!(field_text(&plan.offloads[0].fields[0].1), format!("[{r}]"));
}

/// (out, a, init, n, k): rows of k words.
const SQUARES: &str = "
function %f(i64, i64, i32, i64, i64) system_v {
block0(v0: i64, v1: i64, v3: i32, v4: i64, v5: i64):
    v6 = iconst.i64 0
    v7 = iconst.i64 2
    v8 = ishl v5, v7
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    jump block1(v6, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    jump block2(v6, v12, v3)
block2(v20: i64, v21: i64, v23: i32):
    v24 = load.i32 notrap aligned v21
    v26 = MUL v24, v24
    v27 = ADD v23, v26
    v28 = iadd v20, v50
    v29 = iadd v21, v9
    v31 = icmp ult v28, v5
    brif v31, block2(v28, v29, v27), block3
block3:
    store notrap aligned v27, v11
    v40 = iadd v10, v50
    v41 = iadd v11, v9
    v42 = iadd v12, v8
    v43 = icmp ult v40, v4
    brif v43, block1(v40, v41, v42), block4
block4:
    return
}
";

#[test]
fn a_sum_over_columns() {
    let func = &parse(&expand("babybear", SQUARES))[0];
    assert_eq!(offloaded(&extended(), func), ["my.squares babybear-m"]);
    // Without it, the columns of each row are an inner product.
    assert_eq!(offloaded(&pass(), func), ["zktr.dot babybear-m"]);
    let canonical = &parse(&expand("koalabear", &SQUARES.replace("MUL", "REM")))[0];
    assert_eq!(offloaded(&extended(), canonical), ["my.squares koalabear"]);
}

/// (out, a, &w, n, k, row stride)
const SCALED: &str = "
function %f(i64, i64, i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v4: i64, v5: i64, v8: i64):
    v6 = iconst.i64 0
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    jump block1(v6, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    v23 = load.i32 notrap aligned v2
    jump block2(v6, v12, v11)
block2(v20: i64, v21: i64, v22: i64):
    v24 = load.i32 notrap aligned v21
    v26 = MUL v24, v23
    store notrap aligned v26, v22
    v28 = iadd v20, v50
    v29 = iadd v21, v9
    v30 = iadd v22, v9
    v31 = icmp ult v28, v5
    brif v31, block2(v28, v29, v30), block3
block3:
    v40 = iadd v10, v50
    v41 = iadd v11, v8
    v42 = iadd v12, v8
    v43 = icmp ult v40, v4
    brif v43, block1(v40, v41, v42), block4
block4:
    return
}
";

#[test]
fn a_scalar_in_memory_that_a_table_overwrites() {
    let pass = extended();
    let func = function(SCALED);
    assert_eq!(offloaded(&pass, &func), ["my.scaled babybear-m"]);
    let plan = plan(&pass, &func);
    let holds = |w: u64| {
        holds(
            &plan,
            &[(0, 4096), (1, 1 << 20), (2, w), (4, 10), (5, 3), (8, 64)],
        )
    };
    // 10 rows of 3 words, 64 bytes apart: the last word is at 4096 + 9 * 64 + 8.
    for inside in [
        4096,
        4100,
        4104,
        4096 + 64,
        4096 + 9 * 64 + 8,
        4096 + 9 * 64 + 11,
        4096 - 3,
    ] {
        assert!(!holds(inside), "{inside}\n{}", pass.analyse(&func));
    }
    assert!(holds(64) && holds(1 << 19), "{}", pass.analyse(&func));
}

/// (out, a, s, x, n) -> s
const HORNER: &str = "
function %f(i64, i64, i32, i32, i64) -> i32 system_v {
block0(v0: i64, v1: i64, v2: i32, v3: i32, v5: i64):
    v6 = iconst.i64 0
    v7 = iconst.i64 1
    v8 = iconst.i64 2
    jump block1(v6, v2)
block1(v10: i64, v9: i32):
    v11 = ishl v10, v8
    v12 = iadd v1, v11
    v13 = load.i32 v12
    v16 = ADD v9, v13
    v17 = MUL v16, v3
    v20 = iadd v0, v11
    store v17, v20
    v21 = iadd v10, v7
    v22 = icmp ne v21, v5
    brif v22, block1(v21, v17), block2
block2:
    return v17
}
";

#[test]
fn a_recurrence() {
    let func = &parse(&expand("babybear", HORNER))[0];
    assert_eq!(offloaded(&extended(), func), ["my.horner babybear-m"]);
    assert_eq!(offloaded(&pass(), func), [""; 0]);
    // (s + x) * a[i] is another recurrence.
    let other = edited(
        HORNER,
        &[
            ("ADD v9, v13", "ADD v9, v3"),
            ("MUL v16, v3", "MUL v16, v13"),
        ],
    );
    assert_eq!(
        offloaded(&extended(), &parse(&expand("babybear", &other))[0]),
        [""; 0]
    );
}

#[test]
fn other_loops_are_offloaded_as_without_the_users_file() {
    let (without, with) = (pass(), extended());
    for text in [
        inputs::SCAN,
        inputs::FINGERPRINT,
        inputs::CONVERT,
        inputs::POWERS_FINGERPRINT,
        inputs::BATCH_INVERSE,
    ] {
        let func = function(text);
        assert_eq!(offloaded(&with, &func), offloaded(&without, &func));
    }
}
