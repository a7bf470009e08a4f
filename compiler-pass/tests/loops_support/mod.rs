//! Loops in CLIF text for the tests of the pass, with pseudo-instructions for field arithmetic.
//!
//! A line `v9 = MUL v7, v8` stands for the instructions of a Montgomery product as a compiler emits them; see
//! [`expand`]. All constants come from the spec. Every function that is given out has been verified.

// Each test binary uses a part of this module.
#![allow(dead_code)]

pub mod inputs;

use cranelift_codegen::ir::{Function, Value};
use cranelift_codegen::settings::{self, Flags};
use cranelift_codegen::verify_function;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::model::{Condition, Region};
use zktr_isa::span::Source;
use zktr_pass::plan::{Address, Bounds, FieldValue, Plan, Word};
use zktr_pass::rewrite::Testcase;
use zktr_pass::{Decision, Movement, Options, Pass, Reason, Report};

/// Temporaries of expanded pseudo-instructions are numbered from here.
const FIRST_TEMPORARY: u32 = 10_000;

/// The prime of a field of the spec.
pub fn prime(field: &str) -> u64 {
    let spec = Spec::builtin();
    let found = spec.fields.iter().find(|f| f.name == field);
    found.expect("a field of the spec").modulus
}

/// 1/p modulo 2^32, by Newton's iteration.
pub fn inverse_of_prime(p: u64) -> u32 {
    let p = p as u32;
    (0..5).fold(1u32, |x, _| {
        x.wrapping_mul(2u32.wrapping_sub(p.wrapping_mul(x)))
    })
}

/// Replaces pseudo-instructions and placeholders.
///
/// | text | becomes |
/// |---|---|
/// | `{p}`, `{p-1}`, `{p-2}`, `{r}`, `{rr}` | the prime, one and two less, 2^32 and 2^64 modulo the prime |
/// | `v = MUL x, y` | the product of two 32-bit words divided by 2^32 modulo p, canonical |
/// | `v = MUL_RAW x, y` | the same without the correction by p |
/// | `v = REM x, y` | the product of two 32-bit words modulo p, by `urem` |
/// | `v = ADD x, y` | the sum modulo p, for canonical words |
/// | `v = ADD_LATE x, y` | the same, but p itself is not reduced |
/// | `v = ADD_SIGNED x, y` | the same as `ADD`, with a signed comparison |
/// | `v = SUB x, y` | the difference modulo p |
pub fn expand(field: &str, text: &str) -> String {
    let p = prime(field);
    let r = (1u64 << 32) % p;
    let rr = (u128::from(r) * u128::from(r) % u128::from(p)) as u64;
    let text = text
        .replace("{p}", &p.to_string())
        .replace("{p-1}", &(p - 1).to_string())
        .replace("{p-2}", &(p - 2).to_string())
        .replace("{rr}", &rr.to_string())
        .replace("{r}", &r.to_string());
    let mut next = FIRST_TEMPORARY;
    let mut expanded = String::new();
    for line in text.lines() {
        let Some((result, operation, x, y)) = pseudo_instruction(line) else {
            expanded.push_str(line);
            expanded.push('\n');
            continue;
        };
        let mut emit = |code: &str| {
            let value = format!("v{next}");
            next += 1;
            writeln!(expanded, "    {value} = {code}").expect("a string takes all text");
            value
        };
        let last = match operation {
            "MUL" | "MUL_RAW" => {
                let wide = [x, y].map(|v| emit(&format!("uextend.i64 {v}")));
                let product = emit(&format!("imul {}, {}", wide[0], wide[1]));
                let low = emit(&format!("ireduce.i32 {product}"));
                let inverse = emit(&format!("iconst.i32 {}", inverse_of_prime(p) as i32));
                let factor = emit(&format!("imul {low}, {inverse}"));
                let factor = emit(&format!("uextend.i64 {factor}"));
                let modulus = emit(&format!("iconst.i64 {p}"));
                let multiple = emit(&format!("imul {factor}, {modulus}"));
                let difference = emit(&format!("isub {product}, {multiple}"));
                let half = emit("iconst.i64 32");
                let shifted = emit(&format!("ushr {difference}, {half}"));
                if operation == "MUL_RAW" {
                    format!("ireduce.i32 {shifted}")
                } else {
                    let high = emit(&format!("ireduce.i32 {shifted}"));
                    let borrow = emit(&format!("icmp ult {product}, {multiple}"));
                    let modulus = emit(&format!("iconst.i32 {p}"));
                    let corrected = emit(&format!("iadd {high}, {modulus}"));
                    format!("select {borrow}, {corrected}, {high}")
                }
            }
            "REM" => {
                let wide = [x, y].map(|v| emit(&format!("uextend.i64 {v}")));
                let product = emit(&format!("imul {}, {}", wide[0], wide[1]));
                let modulus = emit(&format!("iconst.i64 {p}"));
                let rest = emit(&format!("urem {product}, {modulus}"));
                format!("ireduce.i32 {rest}")
            }
            "ADD" | "ADD_LATE" | "ADD_SIGNED" => {
                let (bound, cc) = match operation {
                    "ADD" => (p - 1, "ugt"),
                    "ADD_LATE" => (p, "ugt"),
                    _ => (p - 1, "sgt"),
                };
                let sum = emit(&format!("iadd {x}, {y}"));
                let modulus = emit(&format!("iconst.i32 {p}"));
                let reduced = emit(&format!("isub {sum}, {modulus}"));
                let bound = emit(&format!("iconst.i32 {bound}"));
                let large = emit(&format!("icmp {cc} {sum}, {bound}"));
                format!("select {large}, {reduced}, {sum}")
            }
            "SUB" => {
                let difference = emit(&format!("isub {x}, {y}"));
                let modulus = emit(&format!("iconst.i32 {p}"));
                let corrected = emit(&format!("iadd {difference}, {modulus}"));
                let borrow = emit(&format!("icmp ult {x}, {y}"));
                format!("select {borrow}, {corrected}, {difference}")
            }
            other => panic!("no pseudo-instruction {other}"),
        };
        writeln!(expanded, "    {result} = {last}").expect("a string takes all text");
    }
    expanded
}

/// (result, operation, x, y) of `result = OPERATION x, y`.
fn pseudo_instruction(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (result, rest) = line.split_once('=')?;
    let (operation, operands) = rest.trim().split_once(' ')?;
    let is_pseudo = operation
        .chars()
        .all(|c| c.is_ascii_uppercase() || c == '_');
    let (x, y) = is_pseudo.then(|| operands.split_once(','))??;
    Some((result.trim(), operation, x.trim(), y.trim()))
}

/// The functions of a CLIF text, verified.
pub fn parse(text: &str) -> Vec<Function> {
    let functions = match cranelift_reader::parse_functions(text) {
        Ok(functions) => functions,
        Err(error) => panic!("{error}\n{text}"),
    };
    functions.iter().for_each(verify);
    functions
}

/// Demands well-formed CLIF.
pub fn verify(func: &Function) {
    let flags = Flags::new(settings::builder());
    if let Err(errors) = verify_function(func, &flags) {
        panic!("{errors}\n{}", func.display());
    }
}

/// The first function of a text with pseudo-instructions, in BabyBear.
pub fn function(text: &str) -> Function {
    parse(&expand("babybear", text)).remove(0)
}

/// A text with some places changed. Each place has to occur exactly once.
pub fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in edits {
        assert_eq!(
            text.matches(from).count(),
            1,
            "`{from}` is not a unique place in\n{text}"
        );
        text = text.replace(from, to);
    }
    text
}

/// The spec with a user's file.
pub fn spec_with(text: &str) -> Arc<Spec> {
    Spec::load(&[Source::new("user.toml", text)]).unwrap_or_else(|messages| {
        let shown: Vec<String> = messages.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"));
    })
}

/// The pass with the built-in spec, which finds all reasons.
pub fn pass() -> Pass {
    let options = Options {
        explain: true,
        verify: true,
        movement: Movement::Offload,
        ..Options::default()
    };
    Pass::new(Spec::builtin(), options)
}

/// Rewrites a copy of a function, and demands that analysis and rewriting agree, and well-formed CLIF.
pub fn rewritten(pass: &Pass, func: &Function) -> (Function, Report) {
    let expected = pass.analyse(func);
    let mut copy = func.clone();
    let report = pass.run(&mut copy, &mut Testcase);
    assert_eq!(decisions(&expected), decisions(&report));
    verify(&copy);
    (copy, report)
}

/// One line for each loop, without what may change at any time.
pub fn decisions(report: &Report) -> Vec<String> {
    report
        .remarks
        .iter()
        .map(|r| format!("{}: {}", r.header, decision(&r.decision)))
        .collect()
}

/// A decision in one line: instructions, or the names of the reasons in order.
pub fn decision(decision: &Decision) -> String {
    match decision {
        Decision::Offloaded { instructions, .. } => instructions.join(", "),
        Decision::Enclosed => "enclosed".to_owned(),
        Decision::Declined { reasons } => {
            let names: BTreeSet<String> =
                reasons.iter().map(|r| format!("{:?}", r.reason)).collect();
            format!("- {}", names.into_iter().collect::<Vec<_>>().join(", "))
        }
    }
}

/// What is offloaded in a function: instructions of all regions, in order.
pub fn offloaded(pass: &Pass, func: &Function) -> Vec<String> {
    let (_, report) = rewritten(pass, func);
    report
        .remarks
        .iter()
        .filter_map(|r| match &r.decision {
            Decision::Offloaded { instructions, .. } => Some(instructions.join(", ")),
            _ => None,
        })
        .collect()
}

/// The reasons against all loops of a function, of which none may be offloaded.
pub fn reasons(pass: &Pass, func: &Function) -> BTreeSet<Reason> {
    let (copy, report) = rewritten(pass, func);
    assert_eq!(
        report.offloaded(),
        0,
        "offloaded:\n{report}{}",
        func.display()
    );
    assert_eq!(
        copy.display().to_string(),
        func.display().to_string(),
        "changed without an offload"
    );
    let declined = report.remarks.iter().filter_map(|r| match &r.decision {
        Decision::Declined { reasons } => Some(reasons.iter().map(|r| r.reason)),
        _ => None,
    });
    declined.flatten().collect()
}

/// The only plan for a function.
pub fn plan(pass: &Pass, func: &Function) -> Plan {
    let (_, report) = rewritten(pass, func);
    let plans: Vec<&Plan> = report.plans().collect();
    let [plan] = plans[..] else {
        panic!("{} plans:\n{report}", plans.len())
    };
    plan.clone()
}

/// True if the only operation of the plan refuses where the two views share an element, other than in place.
pub fn is_refused_when_overlapping(pass: &Pass, plan: &Plan, written: &str, read: &str) -> bool {
    let spec = pass.spec();
    let [offload] = &plan.offloads[..] else {
        return false;
    };
    let inst = &spec.instructions[offload.instruction];
    let (_, descriptor) = inst.descriptor().expect("a bulk instruction");
    let view = |name| {
        spec.descriptors[descriptor]
            .field(name)
            .map(|(id, _)| Region::View(id))
    };
    let (Some(written), Some(read)) = (view(written), view(read)) else {
        return false;
    };
    inst.preconditions.iter().any(|p| {
        p.unless == Condition::Disjoint(written, read)
            || p.unless == Condition::Disjoint(read, written)
    })
}

/// True if all guards of a plan hold for these values, as integers. Every value that a guard is about has to be given.
pub fn holds(plan: &Plan, values: &[(u32, u64)]) -> bool {
    let of = |v: Value| {
        let known = values.iter().find(|(n, _)| Value::from_u32(*n) == v);
        i128::from(known.unwrap_or_else(|| panic!("a guard is about {v}")).1)
    };
    let within = |bounds: &Bounds| {
        let term = |(c, factors): &(i128, Vec<Value>)| {
            factors
                .iter()
                .try_fold(*c, |product, &v| product.checked_mul(of(v)))
        };
        let sum = bounds
            .poly
            .terms
            .iter()
            .map(term)
            .try_fold(0i128, |sum, t| sum.checked_add(t?));
        let sum = sum.expect("the test's values are small enough");
        (bounds.lo..=bounds.hi).contains(&sum)
    };
    plan.guards.iter().all(|guard| guard.any.iter().any(within))
}

/// A field of a descriptor in one line, without the coordinates' stride.
pub fn field_text(value: &FieldValue) -> String {
    match value {
        FieldValue::Uint(poly) => poly.to_string(),
        FieldValue::Felt(words) => {
            let words: Vec<String> = words
                .iter()
                .map(|w| match w {
                    Word::Const(c) => c.to_string(),
                    Word::Value(v) => v.to_string(),
                    Word::Memory { address, .. } => format!("memory at {address}"),
                })
                .collect();
            format!("[{}]", words.join(", "))
        }
        FieldValue::View { base, strides } => {
            let base = match base {
                Address::Poly(poly) => poly.to_string(),
                Address::Buffer(id, offset) => format!("buffer {} + {offset}", id.0),
            };
            let strides: Vec<String> = strides.iter().map(ToString::to_string).collect();
            format!("{base} by {}", strides.join(", "))
        }
    }
}

/// A file of the corpus.
pub struct CorpusFile {
    /// Its name without `.clif`.
    pub name: String,
    /// The text.
    pub text: String,
}

impl CorpusFile {
    /// The names of its functions in order; `internal ...` for helpers.
    pub fn exports(&self) -> Vec<String> {
        let names = self
            .text
            .lines()
            .filter_map(|line| match line.strip_prefix("; export ") {
                Some(name) => Some(name.to_owned()),
                None => line
                    .strip_prefix("; internal ")
                    .map(|name| format!("internal {name}")),
            });
        names.collect()
    }
}

/// All files of the corpus, by name.
pub fn corpus() -> impl Iterator<Item = CorpusFile> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpus/clif");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "clif"))
        .collect();
    paths.sort();
    paths.into_iter().map(|path| CorpusFile {
        name: path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        text: std::fs::read_to_string(&path).expect("a readable file"),
    })
}
