//! Executes rewritten functions in Cranelift's interpreter, on random guards and inputs: the operation is
//! tried exactly if all guards hold as integers, and its result counts exactly if it succeeds.

use cranelift_codegen::data_value::DataValue;
use cranelift_codegen::ir::{Block, Function, Value};
use cranelift_interpreter::environment::FunctionStore;
use cranelift_interpreter::interpreter::{Interpreter, InterpreterState};
use cranelift_interpreter::step::ControlFlow;
use proptest::prelude::*;
use zktr_isa::Spec;
use zktr_pass::plan::{Address, Bounds, FieldValue, Final, Guard, Offload, Plan, Poly, Region};
use zktr_pass::rewrite::{Options, RewriteError, Testcase, apply};

/// The region counts up from v5 and ends with v9 = 1; an operation in its place gives 2.
const HOST: &str = "
function %f(i8, i16, i32, i64, i64) -> i64, i64 system_v {
block0(v0: i8, v1: i16, v2: i32, v3: i64, v4: i64):
    jump block1(v3)
block1(v5: i64):
    v6 = iconst.i64 1
    v7 = iadd v5, v6
    v8 = iadd v5, v4
    v9 = iconst.i64 1
    brif v6, block2, block1(v7)
block2:
    return v9, v8
}";

/// Stands for the instruction; ends with a status.
fn unit(status: i64) -> Function {
    parse(&format!(
        "function %zktr_inv(i64, i64) -> i64 system_v {{
        block0(v0: i64, v1: i64):
            v2 = iconst.i64 {status}
            return v2
        }}"
    ))
}

fn parse(text: &str) -> Function {
    cranelift_reader::parse_functions(text)
        .expect("the test's CLIF parses")
        .remove(0)
}

fn plan(func: &Function, guards: Vec<Guard>) -> Plan {
    let spec = Spec::builtin();
    let field = |name: &str| {
        spec.descriptor("inv")
            .and_then(|d| d.field(name))
            .expect("the spec has the field")
            .0
    };
    let of = |value: u32| Poly {
        terms: vec![(1, vec![Value::from_u32(value)])],
    };
    let constant = |value: i128| Poly {
        terms: vec![(value, Vec::new())],
    };
    let view = || FieldValue::View {
        base: Address::Poly(constant(0)),
        strides: vec![constant(4), constant(4)],
    };
    let entry = Block::from_u32(1);
    Plan {
        region: Region {
            entry,
            blocks: vec![entry],
            exit_branch: func
                .layout
                .last_inst(entry)
                .expect("the block has a branch"),
            exit_edge: 0,
            side_edges: false,
        },
        guards,
        buffers: Vec::new(),
        offloads: vec![Offload {
            instruction: spec.instruction("zktr.inv").expect("the spec has it"),
            mode: 0,
            format: 0,
            fields: vec![(field("out"), view()), (field("a"), view())],
            count: of(3),
        }],
        finals: vec![
            (Value::from_u32(9), Final::Poly(constant(2))),
            (
                Value::from_u32(8),
                Final::Poly(Poly {
                    terms: vec![(1, vec![Value::from_u32(4)]), (1, vec![Value::from_u32(5)])],
                }),
            ),
        ],
    }
}

/// Both results of the function.
fn run(func: &Function, status: i64, inputs: [u64; 5]) -> (i64, i64) {
    let unit = unit(status);
    let mut store = FunctionStore::default();
    store.add(func.name.to_string(), func);
    store.add(unit.name.to_string(), &unit);
    let arguments = [
        DataValue::I8(inputs[0] as i8),
        DataValue::I16(inputs[1] as i16),
        DataValue::I32(inputs[2] as i32),
        DataValue::I64(inputs[3] as i64),
        DataValue::I64(inputs[4] as i64),
    ];
    let mut interpreter = Interpreter::new(InterpreterState::default().with_function_store(store));
    match interpreter.call_by_name("%f", &arguments) {
        Ok(ControlFlow::Return(results)) => match results[..] {
            [DataValue::I64(first), DataValue::I64(second)] => (first, second),
            _ => panic!("the results have other types"),
        },
        other => panic!("the function does not return: {other:?}"),
    }
}

/// The polynomial as an integer; `None` beyond 128 bits.
fn evaluate(poly: &Poly, inputs: [u64; 5]) -> Option<i128> {
    poly.terms
        .iter()
        .try_fold(0i128, |sum, (coefficient, factors)| {
            let product = factors.iter().try_fold(*coefficient, |product, factor| {
                // The parameter of the region is its first input.
                let index = if factor.as_u32() == 5 {
                    3
                } else {
                    factor.as_u32() as usize
                };
                product.checked_mul(i128::from(inputs[index]))
            })?;
            sum.checked_add(product)
        })
}

fn word(bits: u32) -> impl Strategy<Value = u64> {
    let mask = u64::MAX >> (64 - bits);
    prop_oneof![
        any::<u64>().prop_map(move |value| value & mask),
        (0u32..=bits)
            .prop_map(move |shift| 1u64.checked_shl(shift).unwrap_or(0).wrapping_sub(1) & mask),
        (0u32..bits).prop_map(move |shift| (1u64 << shift) & mask),
        0u64..4,
    ]
}

fn inputs() -> impl Strategy<Value = [u64; 5]> {
    (word(8), word(16), word(32), word(64), word(64)).prop_map(|(a, b, c, d, e)| [a, b, c, d, e])
}

fn poly() -> impl Strategy<Value = Poly> {
    let coefficient = prop_oneof![
        -9i128..10,
        Just(1i128 << 32),
        Just(-(1i128 << 40)),
        any::<i64>().prop_map(i128::from)
    ];
    let factors = prop::collection::vec(prop::sample::select(vec![0u32, 1, 2, 3, 4, 5]), 0..3)
        .prop_map(|mut factors| {
            factors.sort_unstable();
            factors.into_iter().map(Value::from_u32).collect::<Vec<_>>()
        });
    prop::collection::btree_map(factors, coefficient, 1..4).prop_map(|terms| Poly {
        terms: terms
            .into_iter()
            .filter(|(_, c)| *c != 0)
            .map(|(f, c)| (c, f))
            .collect(),
    })
}

/// Bounds that are near what the polynomial is for these inputs, or open on one side.
fn bounds(inputs: [u64; 5]) -> impl Strategy<Value = Bounds> {
    (poly(), -2i128..3, 0i128..3, 0..4).prop_map(move |(poly, shift, width, kind)| {
        let near = evaluate(&poly, inputs).unwrap_or(0).saturating_add(shift);
        let (lo, hi) = match kind {
            0 => (near, near.saturating_add(width)),
            1 => (near, near.saturating_add(width << 64)),
            2 => (near, i128::MAX),
            _ => (i128::MIN, near),
        };
        Bounds { poly, lo, hi }
    })
}

/// A guard with one to three alternatives.
fn guard(inputs: [u64; 5]) -> impl Strategy<Value = Guard> {
    prop::collection::vec(bounds(inputs), 1..4).prop_map(|any| Guard {
        any,
        reason: "a test".to_string(),
    })
}

fn case() -> impl Strategy<Value = ([u64; 5], [u64; 5], Vec<Guard>)> {
    (inputs(), inputs()).prop_flat_map(|(near, other)| {
        (
            Just(near),
            Just(other),
            prop::collection::vec(guard(near), 0..4),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn guards_are_compared_as_integers((near, other, guards) in case()) {
        let mut func = parse(HOST);
        let plan = plan(&func, guards);
        let holds = |guard: &Guard, inputs| guard.any.iter().any(|bounds| {
            evaluate(&bounds.poly, inputs).is_some_and(|value| bounds.lo <= value && value <= bounds.hi)
        });
        match apply(&mut func, &Spec::builtin(), &plan, &mut Testcase, Options::default()) {
            Ok(applied) => for inputs in [near, other] {
                let all = plan.guards.iter().chain(&applied.added_guards).all(|guard| holds(guard, inputs));
                let sum = inputs[3].wrapping_add(inputs[4]).cast_signed();
                prop_assert_eq!(run(&func, 0, inputs), (if all { 2 } else { 1 }, sum));
                prop_assert_eq!(run(&func, 1, inputs), (1, sum));
            },
            Err(RewriteError::NeverHolds { .. }) => for inputs in [near, other] {
                // Factors of wide products are limited beyond what the plan says.
                let limited = inputs.iter().any(|&input| input >= 1 << 40);
                prop_assert!(limited || !plan.guards.iter().all(|guard| holds(guard, inputs)));
            },
            Err(RewriteError::TooWide { .. }) => {}
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
