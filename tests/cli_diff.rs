//! The differential engine: it agrees where it should, and fails where it should.

use cranelift_reader::parse_functions;
use std::sync::Arc;
use zktr::diff::campaign::{CampaignOptions, Counterexample, Subject, Tally, campaign};
use zktr::diff::engines::{Engine, Runner};
use zktr::diff::outcome::Ending;
use zktr::diff::prepare;
use zktr::diff::program::Program;
use zktr::diff::roles::Role;
use zktr_isa::Spec;
use zktr_pass::plan::{FieldValue, Plan, Poly, Word};
use zktr_pass::rewrite::{self, Testcase};
use zktr_pass::{Options, Pass};

const FINGERPRINTS: &str = include_str!("corpus/clif/fingerprint.babybear.clang19.O2.clif");

fn options(cases: u64) -> CampaignOptions {
    CampaignOptions {
        cases,
        ..CampaignOptions::default()
    }
}

/// A program against itself.
fn same(text: &str, cases: u64) -> (Tally, Option<Box<Counterexample>>) {
    let spec = Spec::builtin();
    let program = Program::new(&spec, parse_functions(text).expect("valid CLIF"));
    let subject = Subject {
        original: program.clone(),
        rewritten: program,
        index: 0,
        plans: Vec::new(),
    };
    campaign(&spec, &subject, &options(cases)).expect("an engine takes it")
}

/// Two programs that should be the same.
fn against(original: &str, rewritten: &str, cases: u64) -> (Tally, Option<Box<Counterexample>>) {
    let spec = Spec::builtin();
    let program = |text| Program::new(&spec, parse_functions(text).expect("valid CLIF"));
    let subject = Subject {
        original: program(original),
        rewritten: program(rewritten),
        index: 0,
        plans: Vec::new(),
    };
    campaign(&spec, &subject, &options(cases)).expect("an engine takes it")
}

/// The fingerprint of eight columns, rewritten after its plan has been changed.
fn sabotaged(change: impl Fn(&mut Plan)) -> (Tally, Option<Box<Counterexample>>) {
    let spec = Spec::builtin();
    let functions = parse_functions(FINGERPRINTS).expect("the corpus is valid CLIF");
    let pass = Pass::new(spec.clone(), Options::default());
    let index = 1;
    let prepared = prepare(&spec, &pass, functions.clone()).expect("the pass takes the corpus");
    let mut subject = prepared.subject(index).expect("the loop is offloaded");
    let mut plan = subject.plans[0].clone();
    change(&mut plan);
    let mut functions = functions;
    rewrite::apply(
        &mut functions[index],
        &spec,
        &plan,
        &mut Testcase,
        rewrite::Options::default(),
    )
    .expect("the plan is still well-formed");
    subject.rewritten = Program::new(&spec, functions);
    campaign(&spec, &subject, &options(400)).expect("an engine takes it")
}

fn add(poly: &mut Poly, constant: i128) {
    match poly
        .terms
        .iter_mut()
        .find(|(_, factors)| factors.is_empty())
    {
        Some((coefficient, _)) => *coefficient += constant,
        None => poly.terms.push((constant, Vec::new())),
    }
    poly.terms.retain(|(coefficient, _)| *coefficient != 0);
}

fn field<'p>(plan: &'p mut Plan, spec: &Arc<Spec>, name: &str) -> &'p mut FieldValue {
    let offload = &mut plan.offloads[0];
    let (id, _) = spec
        .descriptor_of(offload.instruction)
        .and_then(|d| d.field(name))
        .expect("a field of the descriptor");
    let (_, value) = offload
        .fields
        .iter_mut()
        .find(|(field, _)| *field == id)
        .expect("the plan sets every field");
    value
}

/// The difference is there, is between the right runs, and is small.
fn assert_found(found: (Tally, Option<Box<Counterexample>>)) {
    let (tally, example) = found;
    let example = example.unwrap_or_else(|| panic!("not found in {} cases", tally.cases));
    assert_eq!(
        example.difference.reference.0,
        Runner {
            engine: Engine::Interpreter,
            rewritten: false
        }
    );
    assert!(example.difference.other.0.rewritten);
    let counts = example.roles.parameters.iter().zip(&example.case.arguments);
    let largest = counts
        .filter(|((role, _), _)| *role == Role::Count)
        .map(|(_, &count)| count)
        .max();
    assert!(largest <= Some(2), "{:?}", example.case.arguments);
    let heap = zktr::diff::case::Case::heap(&example.layout);
    let words = heap
        .step_by(4)
        .filter(|&offset| example.case.word(offset) != 0)
        .count();
    assert!(words <= 4, "{words} words are not zero");
}

#[test]
fn the_plan_as_it_is_agrees_everywhere() {
    let (tally, example) = sabotaged(|_| {});
    assert!(example.is_none());
    assert!(tally.offloaded > 150, "{tally:?}");
    assert!(tally.refused > 30, "{tally:?}");
    assert!(tally.trapped > 10, "{tally:?}");
    for status in ["ok", "range", "overlap", "fault", "align"] {
        let key = ("zktr.rlc".to_owned(), status.to_owned());
        assert!(
            tally.statuses.contains_key(&key),
            "no case ends with {status}: {tally:?}"
        );
    }
}

#[test]
fn one_row_too_few_is_found() {
    assert_found(sabotaged(|plan| add(&mut plan.offloads[0].count, -1)));
}

#[test]
fn one_column_too_few_is_found() {
    let spec = Spec::builtin();
    assert_found(sabotaged(|plan| {
        if let FieldValue::Uint(k) = field(plan, &spec, "k") {
            add(k, -1);
        }
    }));
}

#[test]
fn a_wrong_constant_term_is_found() {
    let spec = Spec::builtin();
    assert_found(sabotaged(|plan| {
        *field(plan, &spec, "init") = FieldValue::Felt(vec![Word::Const(5)])
    }));
}

#[test]
fn a_wrong_stride_is_found() {
    let spec = Spec::builtin();
    assert_found(sabotaged(|plan| {
        if let FieldValue::View { strides, .. } = field(plan, &spec, "a") {
            add(&mut strides[0], 4);
        }
    }));
}

#[test]
fn the_wrong_field_is_found() {
    // KoalaBear's residues for BabyBear's.
    let koalabear = Spec::builtin()
        .format("koalabear-m")
        .expect("a format of the spec")
        .code;
    assert_found(sabotaged(|plan| plan.offloads[0].format = koalabear));
}

#[test]
fn a_result_that_differs_is_found_and_shrunk() {
    let text = |op: &str| {
        format!(
            "function %f(i32, i32) -> i32 system_v {{\nblock0(v0: i32, v1: i32):\n    v2 = {op} v0, v1\n    return v2\n}}\n"
        )
    };
    let (_, example) = against(&text("bor"), &text("bxor"), 500);
    let example = example.expect("1 | 1 is not 1 ^ 1");
    assert_eq!(example.case.arguments, [1, 1]);
    assert_eq!(example.difference.reference.1, Ending::Returned(vec![1]));
    assert_eq!(example.difference.other.1, Ending::Returned(vec![0]));
}

#[test]
fn a_trap_that_is_lost_is_found() {
    let checked = "function %f(i32) -> i32 system_v {\nblock0(v0: i32):\n    trapz v0, user7\n    return v0\n}\n";
    let (_, example) = against(checked, &checked.replace("    trapz v0, user7\n", ""), 500);
    assert_eq!(example.expect("zero is tried").case.arguments, [0]);
}

#[test]
fn a_lost_store_is_found() {
    let text = "function %f(i64) system_v {\nblock0(v0: i64):\n    v1 = load.i32 v0\n    v2 = bnot v1\n    store v2, v0+4\n    return\n}\n";
    let (_, example) = against(text, &text.replace("    store v2, v0+4\n", ""), 100);
    let memory = example
        .expect("memory differs")
        .difference
        .memory
        .expect("it is memory that differs");
    assert_eq!(memory.count, 4);
}

/// A function of two words that applies every operation to their low bits as this type, and mixes all results into
/// one word.
fn all_operations(ty: &str) -> String {
    let mut body = String::new();
    let mut next = 2;
    let mut define = |text: String| {
        body += &format!("    v{next} = {text}\n");
        next += 1;
        next - 1
    };
    let narrow = |from: &str| match ty {
        "i64" => format!("bor {from}, {from}"),
        _ => format!("ireduce.{ty} {from}"),
    };
    let (a, b) = (define(narrow("v0")), define(narrow("v1")));
    let mut words = Vec::new();
    for op in [
        "iadd", "isub", "imul", "umulhi", "smulhi", "band", "bor", "bxor",
    ] {
        words.push(define(format!("{op}.{ty} v{a}, v{b}")));
    }
    for op in [
        "ishl", "ushr", "sshr", "rotl", "rotr", "umin", "umax", "smin", "smax",
    ] {
        words.push(define(format!("{op}.{ty} v{a}, v{b}")));
    }
    for op in ["bnot", "ineg", "iabs", "clz", "ctz", "popcnt", "bitrev"] {
        words.push(define(format!("{op}.{ty} v{a}")));
    }
    for code in [
        "eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge",
    ] {
        let flag = define(format!("icmp {code} v{a}, v{b}"));
        words.push(define(format!("select.{ty} v{flag}, v{a}, v{b}")));
    }
    let factor = define("iconst.i64 31".into());
    let mut sum = factor;
    for word in words {
        let wide = match ty {
            "i64" => word,
            _ => define(format!("sextend.i64 v{word}")),
        };
        let product = define(format!("imul v{sum}, v{factor}"));
        sum = define(format!("iadd v{product}, v{wide}"));
    }
    format!(
        "function %f(i64, i64) -> i64 system_v {{\nblock0(v0: i64, v1: i64):\n{body}    return v{sum}\n}}\n"
    )
}

#[test]
fn engines_agree_on_integer_operations() {
    for ty in ["i8", "i16", "i32", "i64"] {
        let (tally, example) = same(&all_operations(ty), 300);
        assert!(example.is_none(), "{ty}: {example:?}");
        assert_eq!(tally.agreed.len(), 5, "{ty}: {:?}", tally.unavailable);
    }
}

#[test]
fn engines_agree_on_memory_calls_and_traps() {
    let text = "\
function %f(i64, i64, i32) -> i64, i32 system_v {
    ss0 = explicit_slot 24
    ss1 = explicit_slot 4, align = 16
    fn0 = %g(i64, i64) -> i64 tail
block0(v0: i64, v1: i64, v2: i32):
    v3 = stack_addr.i64 ss0
    v4 = stack_addr.i64 ss1
    store v2, v4
    v5 = uload8.i64 v0+3
    v6 = sload16.i64 v0-2
    v7 = uload32 v0
    v8 = load.i16 v0
    v9 = sextend.i64 v8
    store v5, v3
    store v6, v3+8
    istore8 v6, v3+17
    v10 = call fn0(v3, v9)
    v11 = iconst.i64 16
    v12 = urem v10, v1
    v13 = ireduce.i32 v12
    br_table v13, block3, [block1, block2]
block1:
    istore16 v7, v0+6
    jump block4(v10)
block2:
    trap user3
block3:
    v14 = sdiv.i64 v10, v1
    jump block4(v14)
block4(v15: i64):
    v16 = load.i32 v4
    return v15, v16
}

function %g(i64, i64) -> i64 tail {
block0(v0: i64, v1: i64):
    v2 = load.i64 v0
    v3 = load.i64 v0+8
    v4 = iadd v2, v3
    v5 = bxor v4, v1
    return v5
}
";
    let (tally, example) = same(text, 1000);
    assert!(example.is_none(), "{example:?}");
    assert!(tally.trapped > 50, "{tally:?}");
    assert!(tally.agreed.values().all(|&count| count > 300), "{tally:?}");
    // The frame is visible: not for the JIT.
    assert!(
        tally
            .unavailable
            .iter()
            .any(|(engine, why)| *engine == Engine::Jit && why.contains("stack slots"))
    );

    // The same without.
    let text = text
        .replace(
            "    ss0 = explicit_slot 24\n    ss1 = explicit_slot 4, align = 16\n",
            "",
        )
        .replace("stack_addr.i64 ss0", "iadd v0, v19")
        .replace("stack_addr.i64 ss1", "iadd v0, v20")
        .replace(
            "v2: i32):\n",
            "v2: i32):\n    v19 = iconst.i64 64\n    v20 = iconst.i64 128\n",
        );
    let (tally, example) = same(&text, 1000);
    assert!(example.is_none(), "{example:?}");
    assert_eq!(tally.agreed.len(), 5, "{tally:?}");
    assert!(tally.agreed.values().all(|&count| count > 100), "{tally:?}");
}

#[test]
fn what_clif_leaves_undefined_is_not_compared() {
    let text = "function %f(i64) -> i32 system_v {\nblock0(v0: i64):\n    v1 = load.i32 notrap aligned v0\n    return v1\n}\n";
    let (tally, example) = same(text, 300);
    assert!(example.is_none());
    assert!(tally.discarded.values().sum::<u64>() > 0, "{tally:?}");
}

#[test]
fn endless_functions_are_discarded() {
    let (tally, example) = same(
        "function %f() system_v {\nblock0:\n    jump block1\nblock1:\n    jump block1\n}\n",
        3,
    );
    assert!(example.is_none());
    assert_eq!(tally.discarded.values().sum::<u64>(), 3);
}

#[test]
fn endless_recursion_is_discarded() {
    let text = "function %f() system_v {\n    fn0 = %f() system_v\nblock0:\n    call fn0()\n    return\n}\n";
    let (tally, example) = same(text, 3);
    assert!(example.is_none());
    assert_eq!(tally.discarded.values().sum::<u64>(), 3);
}

#[test]
fn functions_that_no_engine_takes_are_refused() {
    let spec = Spec::builtin();
    for (text, reason) in [
        (
            "function %f() system_v {\n    fn0 = %g() system_v\nblock0:\n    call fn0()\n    return\n}\n",
            "which is not in the file",
        ),
        (
            "function %f(i64) system_v {\n    sig0 = () system_v\nblock0(v0: i64):\n    call_indirect sig0, v0()\n    return\n}\n",
            "indirect call",
        ),
    ] {
        let program = Program::new(&spec, parse_functions(text).expect("valid CLIF"));
        let subject = Subject {
            original: program.clone(),
            rewritten: program,
            index: 0,
            plans: Vec::new(),
        };
        let error = campaign(&spec, &subject, &options(1)).expect_err("it cannot run");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_campaign_is_a_function_of_its_seed() {
    let run = || {
        let spec = Spec::builtin();
        let program = Program::new(&spec, parse_functions(FINGERPRINTS).expect("valid CLIF"));
        let subject = Subject {
            original: program.clone(),
            rewritten: program,
            index: 0,
            plans: Vec::new(),
        };
        let (tally, _) = campaign(&spec, &subject, &options(60)).expect("an engine takes it");
        (tally.discarded, tally.agreed, tally.trapped)
    };
    assert_eq!(run(), run());
}
