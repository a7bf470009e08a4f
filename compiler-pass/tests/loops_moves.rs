//! Loops that move words: copies, fills, conversions, bit fields, flags and differences; and fingerprints whose coefficients
//! have to be multiplied by a constant first. Each with near misses that have to stay.

mod loops_support;

use loops_support::*;
use std::collections::BTreeSet;
use zktr_isa::Spec;
use zktr_pass::Reason::{self, *};
use zktr_pass::{Movement, Options, Pass};

/// Rows of one word: (out, x, y, n), where the body computes v15, from v14 = x[i] if it is mentioned.
const ROWS: &str = "
function %f(i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 1
    jump block1(v4, v0, v1, v2)
block1(v10: i64, v11: i64, v12: i64, v13: i64):
BODY
    store notrap aligned v15, v11
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = iadd v13, v5
    v24 = icmp ult v20, v3
    brif v24, block1(v20, v21, v22, v23), block2
block2:
    return
}
";

fn rows(body: &str) -> String {
    let load = match body.contains("v14") {
        true => "    v14 = load.i32 notrap aligned v12\n",
        false => "",
    };
    expand("babybear", &ROWS.replace("BODY", &format!("{load}{body}")))
}

/// What the loop with this body is offloaded to.
#[track_caller]
fn becomes(body: &str, expected: &str) {
    let func = &parse(&rows(body))[0];
    assert_eq!(
        offloaded(&pass(), func),
        [expected],
        "{}",
        pass().analyse(func)
    );
}

/// The loop with this body stays, for these reasons among others.
#[track_caller]
fn stays(body: &str, expected: &[Reason]) {
    let func = &parse(&rows(body))[0];
    let found: BTreeSet<Reason> = reasons(&pass(), func);
    assert!(expected.iter().all(|r| found.contains(r)), "{found:?}");
}

/// The fields of the only operation, by name.
fn fields(body: &str) -> Vec<(String, String)> {
    let pass = pass();
    let plan = plan(&pass, &parse(&rows(body))[0]);
    let offload = plan.offloads.last().expect("an operation");
    let spec = pass.spec();
    let descriptor = spec
        .descriptor_of(offload.instruction)
        .expect("a descriptor");
    let name = |id: zktr_isa::algebra::FieldId| descriptor.fields[id.0 as usize].name.clone();
    let text = |(id, value): &(_, _)| (name(*id), field_text(value));
    offload.fields.iter().map(text).collect()
}

#[track_caller]
fn field(body: &str, name: &str) -> String {
    let fields = fields(body);
    let found = fields.iter().find(|(n, _)| n == name);
    found.unwrap_or_else(|| panic!("{fields:?}")).1.clone()
}

/// The words in the scratch memory of the only plan, buffer by buffer.
fn scratch(body: &str) -> Vec<Vec<u64>> {
    let plan = plan(&pass(), &parse(&rows(body))[0]);
    let word = |w: &zktr_pass::plan::Word| match w {
        zktr_pass::plan::Word::Const(c) => *c,
        other => panic!("{other:?} is not constant"),
    };
    let words = |b: &zktr_pass::plan::Buffer| b.words.iter().map(|(_, w)| word(w)).collect();
    plan.buffers.iter().map(words).collect()
}

#[test]
fn copies_and_fills() {
    // Any word, also one that is no residue.
    becomes("v15 -> v14", "zktr.copy mersenne31");
    becomes("v15 = iconst.i32 -1", "zktr.fill mersenne31");
    assert_eq!(scratch("v15 = iconst.i32 -1"), [[0xffff_ffff]]);
    becomes("v15 = uload16.i32 notrap v12", "zktr.cvt16 mersenne31");
}

#[test]
fn what_is_no_copy() {
    stays("v15 = iadd v14, v14", &[NotCanonical]);
    stays("v15 = bnot v14", &[NotCanonical]);
    stays("v15 = bswap v14", &[NoFieldArithmetic]);
    stays("v15 = sload16.i32 notrap v12", &[NotCanonical]);
    // A value that changes from row to row.
    stays("v15 = ireduce.i32 v10", &[NotCanonical]);
    // A load that the copy does not need.
    stays("v16 = load.i32 notrap v13\n v15 -> v14", &[UnusedLoad]);
}

#[test]
fn loops_that_move_words_may_stay() {
    let options = Options {
        movement: Movement::Keep,
        ..Options::default()
    };
    let keeps = Pass::new(Spec::builtin(), options);
    // That a constant is the prime does not make it arithmetic.
    let constants = ["{p}", "7"].map(|c| format!("v15 = iconst.i32 {c}"));
    for body in ["v15 -> v14"]
        .into_iter()
        .chain(constants.iter().map(String::as_str))
    {
        assert_eq!(offloaded(&keeps, &parse(&rows(body))[0]), [""; 0], "{body}");
    }
    let body = "v17 = iconst.i32 {p}\n v18 = iconst.i32 0\n v19 = icmp eq v14, v17\n v15 = select v19, v18, v14";
    assert_eq!(offloaded(&keeps, &parse(&rows(body))[0]).len(), 1);
}

/// A part of x[i], shifted by 4, of 8 bits.
const BITS: &str =
    "v17 = iconst.i32 4\n v18 = ushr v14, v17\n v19 = iconst.i32 255\n v15 = band v18, v19";

#[test]
fn bit_fields() {
    becomes(BITS, "zktr.slice mersenne31");
    // Word 0 of the record; shift; mask.
    assert_eq!(scratch(BITS), [vec![0], vec![4], vec![255]]);
    assert_eq!(field(BITS, "w"), "1");
    let top = edited(BITS, &[("iconst.i32 4\n", "iconst.i32 28\n")]);
    assert_eq!(scratch(&top), [vec![0], vec![28], vec![15]]);
    // In Montgomery form.
    let montgomery = format!(
        "{}\n v30 = iconst.i32 {{rr}}\n v15 = MUL v31, v30",
        BITS.replace("v15", "v31")
    );
    becomes(&montgomery, "zktr.slice babybear-m");
    // A byte in the middle of a word.
    becomes(
        "v17 = uload8.i32 notrap v12+2\n v19 = iconst.i32 1\n v15 = ushr v17, v19",
        "zktr.slice mersenne31",
    );
}

#[test]
fn what_is_no_bit_field() {
    for (from, to) in [
        // Copies of the sign come in.
        ("iconst.i32 4\n v18 = ushr", "iconst.i32 28\n v18 = sshr"),
        ("ushr v14", "rotr v14"),
        ("v15 = band", "v15 = bor"),
        ("v15 = band", "v15 = bxor"),
        // A hole in the mask: two fields.
        ("iconst.i32 255", "iconst.i32 165"),
        // A shift to the left makes it a multiple of a field.
        ("ushr v14", "ishl v14"),
    ] {
        let body = edited(BITS, &[(from, to)]);
        let func = &parse(&rows(&body))[0];
        assert!(!reasons(&pass(), func).is_empty(), "{body}");
    }
    // A word that is added to the field.
    let sum = format!("{}\n v15 = iadd v31, v32", BITS.replace("v15", "v31"));
    let sum = format!("v32 = load.i32 notrap v13\n {sum}");
    assert!(!reasons(&pass(), &parse(&rows(&sum))[0]).is_empty());
}

/// Whether x[i] is 5.
const FLAG: &str = "v17 = iconst.i32 5\n v18 = icmp eq v14, v17\n v15 = uextend.i32 v18";

#[test]
fn flags() {
    becomes(FLAG, "zktr.onehot mersenne31");
    assert_eq!(
        scratch(FLAG),
        [vec![0], vec![0], vec![0xffff_ffff], vec![5]]
    );
    let select = "v17 = iconst.i32 5\n v18 = icmp ne v14, v17\n v30 = iconst.i32 0\n v31 = iconst.i32 {r}\n v15 = select v18, v30, v31";
    becomes(select, "zktr.onehot babybear-m");
    // Where the word is zero, by the word itself.
    let zero = "v30 = iconst.i32 0\n v31 = iconst.i32 1\n v15 = select v14, v30, v31";
    becomes(zero, "zktr.onehot mersenne31");
}

#[test]
fn what_is_no_flag() {
    for (from, to) in [
        ("icmp eq", "icmp ne"),
        ("icmp eq", "icmp ugt"),
        ("icmp eq", "icmp sge"),
        // The word is another one.
        (
            "v18 = icmp eq v14",
            "v19 = iadd v14, v14\n v18 = icmp eq v19",
        ),
        // The residue is compared, which several words have.
        (
            "v18 = icmp eq v14",
            "v33 = iconst.i32 {p}\n v19 = urem v14, v33\n v18 = icmp eq v19",
        ),
        (
            "v18 = icmp eq v14",
            "v33 = iconst.i32 {p}\n v19 = iadd v14, v33\n v18 = icmp eq v19",
        ),
        // The key changes from row to row.
        ("v17 = iconst.i32 5", "v17 = ireduce.i32 v10"),
    ] {
        let body = edited(FLAG, &[(from, to)]);
        let func = &parse(&rows(&body))[0];
        assert!(!reasons(&pass(), func).is_empty(), "{body}");
    }
    // Two columns are compared by another instruction.
    let column = edited(FLAG, &[("v17 = iconst.i32 5", "v17 = load.i32 notrap v13")]);
    becomes(&column, "zktr.cmp equal mersenne31");
    // No element's word for one.
    let other = "v17 = iconst.i32 5\n v18 = icmp eq v14, v17\n v30 = iconst.i32 0\n v31 = iconst.i32 2\n v15 = select v18, v31, v30";
    assert!(!reasons(&pass(), &parse(&rows(other))[0]).is_empty());
}

/// The lower half of x[i] - y[i] - 1.
const DELTA: &str = "v16 = load.i32 notrap v13\n v17 = iconst.i32 -1\n v18 = isub v14, v16\n v19 = iadd v18, v17\n v30 = iconst.i32 0xffff\n v15 = band v19, v30";

#[test]
fn differences() {
    becomes(DELTA, "zktr.delta mersenne31");
    assert_eq!(field(DELTA, "less"), "1");
    assert_eq!(scratch(DELTA), [vec![0], vec![0xffff]]);
    // x + ~y, as compilers write it.
    let complement = "v16 = load.i32 notrap v13\n v18 = bnot v16\n v19 = iadd v18, v14\n v17 = iconst.i32 16\n v15 = ushr v19, v17";
    becomes(complement, "zktr.delta mersenne31");
    assert_eq!(scratch(complement), [vec![16], vec![0xffff]]);
    let more = edited(DELTA, &[("iconst.i32 -1", "iconst.i32 -5")]);
    assert_eq!(field(&more, "less"), "5");
    let swapped = edited(DELTA, &[("isub v14, v16", "isub v16, v14")]);
    assert_eq!(field(&swapped, "cur"), field(DELTA, "prev"));
}

#[test]
fn what_is_no_difference() {
    for (from, to) in [
        ("isub v14, v16", "iadd v14, v16"),
        ("isub v14, v16", "bxor v14, v16"),
        ("isub v14, v16", "isub v14, v14"),
        ("iadd v18, v17", "imul v18, v17"),
        ("iadd v18, v17", "iadd v18, v14"),
        // Half words do not wrap at 32 bits.
        ("load.i32 notrap v13", "uload16.i32 notrap v13"),
    ] {
        let body = edited(DELTA, &[(from, to)]);
        let func = &parse(&rows(&body))[0];
        assert!(!reasons(&pass(), func).is_empty(), "{body}");
    }
}

mod scaled_coefficients {
    use super::*;
    use loops_support::inputs::FINGERPRINT;

    /// gamma less the products.
    fn subtracted() -> String {
        edited(FINGERPRINT, &[("v27 = ADD v23, v26", "v27 = SUB v23, v26")])
    }

    #[test]
    fn are_made_before_the_rows() {
        let func = function(&subtracted());
        // Words are what counts: it is the same in either representation.
        assert_eq!(
            offloaded(&pass(), &func),
            ["zktr.rlc babybear, zktr.rlc babybear"]
        );
        let plan = plan(&pass(), &func);
        // out, a, coeff; gamma; n and k.
        let at = |out: u64, k: u64| {
            [
                (0, out),
                (1, 0x1_0000),
                (2, 0x2_0000),
                (3, 7),
                (4, 8),
                (5, k),
            ]
        };
        assert!(holds(&plan, &at(0x3_0000, 5)));
        // Rows that write to the coefficients: the vector would be of no use.
        assert!(!holds(&plan, &at(0x2_0000, 5)));
        assert!(!holds(&plan, &at(0x2_0010, 5)));
        assert!(!holds(&plan, &at(0x2_0000 - 28, 5)));
        assert!(holds(&plan, &at(0x2_0000 - 32, 5)));
        assert!(holds(&plan, &at(0x2_0014, 5)));
        // More of them than there is room for.
        assert!(holds(&plan, &at(0x3_0000, 64)));
        assert!(!holds(&plan, &at(0x3_0000, 65)));
    }

    #[test]
    fn have_to_be_the_same_in_each_row() {
        // The table is subtracted, and multiplied by itself.
        let body = edited(
            &subtracted(),
            &[("load.i32 notrap aligned v22", "load.i32 notrap aligned v21")],
        );
        assert!(!reasons(&pass(), &function(&body)).is_empty());
    }
}
