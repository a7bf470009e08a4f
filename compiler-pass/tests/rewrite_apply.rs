//! Executes hand-made plans on hand-written functions. Each result has to pass Cranelift's verifier, and is
//! compared with a snapshot that has been read.

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Block, Function, Value};
use cranelift_codegen::{Context, isa, settings, verify_function};
use cranelift_module::{Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use object::{Object, ObjectSymbol};
use zktr_isa::Spec;
use zktr_pass::plan::{
    Address, Buffer, BufferId, FieldValue, Final, Guard, Offload, Plan, Poly, Region, Word,
};
use zktr_pass::rewrite::{Applied, InModule, Options, RewriteError, Testcase, apply, apply_all};
use zktr_pass::rv64::{Target, compile_object};

fn parse(text: &str) -> Function {
    let mut functions = cranelift_reader::parse_functions(text).expect("the test's CLIF parses");
    functions.remove(0)
}

fn v(index: u32) -> Value {
    Value::from_u32(index)
}

fn block(index: u32) -> Block {
    Block::from_u32(index)
}

/// A polynomial from (coefficient, factors).
fn poly(terms: &[(i128, &[u32])]) -> Poly {
    let terms = terms
        .iter()
        .map(|(c, factors)| (*c, factors.iter().map(|&f| v(f)).collect()));
    Poly {
        terms: terms.collect(),
    }
}

fn constant(value: i128) -> Poly {
    poly(&[(value, &[])])
}

fn at_most(terms: &[(i128, &[u32])], hi: i128) -> Guard {
    Guard::bounds(poly(terms), 0, hi, "a test")
}

/// The region of these blocks, which is left from `exit` by its destination number `edge`.
fn region(func: &Function, blocks: &[u32], exit: u32, edge: usize) -> Region {
    Region {
        entry: block(blocks[0]),
        blocks: blocks.iter().map(|&b| block(b)).collect(),
        exit_branch: func
            .layout
            .last_inst(block(exit))
            .expect("a block ends in a branch"),
        exit_edge: edge,
        side_edges: false,
    }
}

fn field(descriptor: &str, name: &str) -> zktr_isa::algebra::FieldId {
    let spec = Spec::builtin();
    spec.descriptor(descriptor)
        .and_then(|d| d.field(name))
        .expect("the spec has the field")
        .0
}

fn view(base: Address, strides: &[i128]) -> FieldValue {
    FieldValue::View {
        base,
        strides: strides.iter().map(|&s| constant(s)).collect(),
    }
}

fn at(terms: &[(i128, &[u32])]) -> Address {
    Address::Poly(poly(terms))
}

/// `zktr.inv` over `n` words from `a` to `out`.
fn inv(out: u32, a: u32, count: Poly) -> Offload {
    Offload {
        instruction: Spec::builtin()
            .instruction("zktr.inv")
            .expect("the spec has it"),
        mode: 0,
        format: 0,
        fields: vec![
            (field("inv", "out"), view(at(&[(1, &[out])]), &[4, 4])),
            (field("inv", "a"), view(at(&[(1, &[a])]), &[4, 4])),
        ],
        count,
    }
}

fn plan(region: Region, offloads: Vec<Offload>) -> Plan {
    Plan {
        region,
        guards: Vec::new(),
        buffers: Vec::new(),
        offloads,
        finals: Vec::new(),
    }
}

fn try_apply(func: &mut Function, plan: &Plan) -> Result<Applied, RewriteError> {
    let result = apply(
        func,
        &Spec::builtin(),
        plan,
        &mut Testcase,
        Options::default(),
    );
    verify(func);
    if result.is_ok() {
        compile(func);
    }
    result
}

/// Cranelift makes code of the function for the machine with the instructions and for one without.
fn compile(func: &Function) {
    for compressed in [false, true] {
        let target = Target {
            compressed,
            ..Target::default()
        };
        let functions = vec![("f".to_string(), func.clone())];
        compile_object(functions, &Spec::builtin(), &target)
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let mut context = Context::for_function(func.clone());
    if let Err(error) = context.compile(&*x86_64(), &mut ControlPlane::default()) {
        panic!("{:?}", error.inner);
    }
}

fn x86_64() -> isa::OwnedTargetIsa {
    let flags = settings::Flags::new(settings::builder());
    let isa = isa::lookup_by_name("x86_64-unknown-linux-gnu").expect("Cranelift has this target");
    isa.finish(flags).expect("the default flags are fine")
}

fn x86_64_module() -> ObjectModule {
    let builder = ObjectBuilder::new(x86_64(), "test", default_libcall_names());
    ObjectModule::new(builder.expect("the target has objects"))
}

fn verify(func: &Function) {
    let flags = settings::Flags::new(settings::builder());
    if let Err(errors) = verify_function(func, &flags) {
        panic!("{errors}\n{}", func.display());
    }
}

/// The function after the plan.
fn applied(text: &str, plan: impl FnOnce(&Function) -> Plan) -> String {
    let mut func = parse(text);
    let plan = plan(&func);
    try_apply(&mut func, &plan).expect("the plan can be executed");
    func.display().to_string()
}

/// The error, and that the function is what it was but for stack slots and imports.
fn refused(text: &str, plan: impl FnOnce(&Function) -> Plan) -> String {
    let mut func = parse(text);
    let plan = plan(&func);
    let body = |func: &Function| {
        let text = func.display().to_string();
        text[text.find("block").expect("a function has a block")..].to_string()
    };
    let before = body(&func);
    let error = try_apply(&mut func, &plan).expect_err("the plan cannot be executed");
    assert_eq!(before, body(&func));
    error.to_string()
}

/// One block, entered by a jump; the index is used after the loop by dominance.
const ROLLED: &str = "
function %f(i64, i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64, v2: i64):
    v3 = iconst.i64 0
    jump block1(v3)
block1(v4: i64):
    v5 = iconst.i64 1
    v6 = iadd v4, v5
    v7 = icmp ult v6, v2
    brif v7, block1(v6), block2
block2:
    return v6
}";

fn rolled(func: &Function) -> Plan {
    let mut plan = plan(
        region(func, &[1], 1, 1),
        vec![inv(0, 1, poly(&[(1, &[2]), (-1, &[4])]))],
    );
    plan.guards = vec![
        at_most(&[(1, &[2]), (-1, &[4]), (-1, &[])], 1 << 32),
        at_most(&[(1, &[2])], 1 << 40),
    ];
    plan.finals = vec![(v(6), Final::Poly(poly(&[(1, &[2])])))];
    plan
}

#[test]
fn a_loop_of_one_block_with_a_value_used_behind_it() {
    insta::assert_snapshot!(applied(ROLLED, rolled));
}

#[test]
fn guards_that_are_sure_to_hold_cost_nothing() {
    insta::assert_snapshot!(applied(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].count = poly(&[(1, &[2])]);
        plan.guards = vec![at_most(&[(1, &[2])], i128::from(u64::MAX))];
        plan
    }));
}

/// Two blocks, entered on critical edges of a `brif` (both arms) and a `br_table`; the exit edge has arguments.
const CRITICAL: &str = "
function %f(i64, i64, i64, i32) -> i64, i32 system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i32):
    v4 = iconst.i64 0
    br_table v3, block1, [block2(v4), block4(v4, v3), block2(v2)]
block1:
    v5 = iconst.i64 7
    brif v3, block2(v5), block2(v4)
block2(v6: i64):
    v7 = icmp ult v6, v2
    v13 = ireduce.i32 v6
    brif v7, block3, block4(v6, v13)
block3:
    v8 = iconst.i64 1
    v9 = iadd v6, v8
    jump block2(v9)
block4(v10: i64, v11: i32):
    return v10, v11
}";

fn critical(func: &Function) -> Plan {
    let mut plan = plan(
        region(func, &[2, 3], 2, 1),
        vec![inv(0, 1, poly(&[(1, &[2]), (-1, &[6])]))],
    );
    plan.guards = vec![at_most(&[(1, &[2]), (-1, &[6])], 1 << 32)];
    plan.finals = vec![
        (v(6), Final::Poly(poly(&[(1, &[2])]))),
        (v(13), Final::Poly(poly(&[(1, &[2])]))),
    ];
    plan
}

#[test]
fn critical_edges_into_the_entry_and_arguments_on_the_exit_edge() {
    insta::assert_snapshot!(applied(CRITICAL, critical));
}

/// An outer loop around the region: the region's own value goes back into its entry.
#[test]
fn a_nested_region_that_feeds_itself() {
    let text = "
function %f(i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64):
    v3 = iconst.i64 0
    jump block1(v3, v0)
block1(v4: i64, v5: i64):
    v6 = iconst.i64 4
    v7 = iadd v5, v6
    v8 = iadd v4, v6
    v9 = icmp ult v8, v2
    brif v9, block1(v8, v7), block2
block2:
    v10 = icmp ult v7, v1
    v11 = iconst.i64 0
    brif v10, block1(v11, v7), block3
block3:
    return
}";
    insta::assert_snapshot!(applied(text, |func| {
        let count = poly(&[(1, &[2]), (-1, &[4])]);
        let mut plan = plan(region(func, &[1], 1, 1), vec![inv(5, 1, count.clone())]);
        plan.guards = vec![Guard::bounds(count, 1, 1 << 32, "count")];
        plan.finals = vec![(v(7), Final::Poly(poly(&[(1, &[5]), (1, &[2]), (-1, &[4])])))];
        plan
    }));
}

/// What the plan needs is computed inside of the region: constants, address arithmetic, a memory base that is
/// loaded in each iteration as wasmtime does.
#[test]
fn values_of_the_region_are_cloned_in_front_of_it() {
    let text = "
function %f(i64, i32, i32) system_v {
block0(v0: i64, v1: i32, v2: i32):
    jump block1(v1)
block1(v3: i32):
    v4 = load.i64 notrap aligned readonly can_move v0+56
    v5 = uextend.i64 v1
    v6 = iadd v4, v5
    v7 = iconst.i32 4
    v8 = iadd v3, v7
    v9 -> v6
    v10 = icmp ult v8, v2
    brif v10, block1(v8), block2
block2:
    return
}";
    insta::assert_snapshot!(applied(text, |func| {
        let mut plan = plan(
            region(func, &[1], 1, 1),
            vec![inv(9, 6, poly(&[(1, &[2])]))],
        );
        plan.guards = vec![at_most(&[(1, &[5]), (4, &[2]), (1, &[7])], (1 << 32) - 1)];
        plan
    }));
}

/// Two operations, two buffers, words and finals in scratch memory, a mode, a dynamic field.
#[test]
fn a_chain_of_operations_with_scratch_memory() {
    let text = "
function %f(i64, i64, i32, i64) -> i32, i64 system_v {
block0(v0: i64, v1: i64, v2: i32, v3: i64):
    v4 = iconst.i64 0
    jump block1(v4, v2)
block1(v5: i64, v6: i32):
    v7 = iconst.i64 1
    v8 = iadd v5, v7
    v9 = iadd v6, v2
    v10 = uextend.i64 v9
    v11 = icmp ult v8, v3
    brif v11, block1(v8, v9), block2
block2:
    return v9, v10
}";
    insta::assert_snapshot!(applied(text, |func| {
        let spec = Spec::builtin();
        let word = |index: u32| Word::Value(v(index));
        let n = poly(&[(1, &[3])]);
        let rlc = Offload {
            instruction: spec.instruction("zktr.rlc").expect("the spec has it"),
            mode: 0,
            format: 3,
            fields: vec![
                (field("rlc", "k"), FieldValue::Uint(poly(&[(1, &[2])]))),
                (
                    field("rlc", "init"),
                    FieldValue::Felt(vec![Word::Const(1), word(6), word(3), Word::Const(2)]),
                ),
                (
                    field("rlc", "out"),
                    view(Address::Buffer(BufferId(1), 0), &[4, 4]),
                ),
                (
                    field("rlc", "a"),
                    view(at(&[(1, &[0]), (4, &[3, 2])]), &[-8, 4]),
                ),
                (
                    field("rlc", "coeff"),
                    view(Address::Buffer(BufferId(0), 4), &[16, 4]),
                ),
            ],
            count: n.clone(),
        };
        let scan = Offload {
            instruction: spec.instruction("zktr.scan").expect("the spec has it"),
            mode: 1,
            format: 3,
            fields: vec![
                (field("scan", "init"), FieldValue::Felt(vec![word(6)])),
                (field("scan", "out"), view(at(&[(1, &[1])]), &[16, 4])),
                (
                    field("scan", "a"),
                    view(Address::Buffer(BufferId(1), 0), &[16, 4]),
                ),
                (
                    field("scan", "last"),
                    view(Address::Buffer(BufferId(0), 20), &[4]),
                ),
            ],
            count: n,
        };
        let mut plan = plan(region(func, &[1], 1, 1), vec![rlc, scan]);
        plan.guards = vec![at_most(&[(1, &[3, 2])], 1 << 20)];
        plan.buffers = vec![
            Buffer {
                size: 36,
                word_bytes: 4,
                words: vec![(4, Word::Const(9)), (8, word(3))],
            },
            Buffer {
                size: 64,
                word_bytes: 4,
                words: Vec::new(),
            },
        ];
        plan.finals = vec![
            (v(9), Final::BufferWord(BufferId(0), 20)),
            (v(10), Final::BufferWord(BufferId(0), 24)),
        ];
        plan
    }));
}

#[test]
fn a_product_of_64_bit_values_is_limited_by_guards_of_its_own() {
    let mut func = parse(ROLLED);
    let mut plan = rolled(&func);
    plan.guards = vec![at_most(&[(8, &[0, 1]), (1, &[2])], (1 << 64) - 1)];
    plan.offloads[0].count = poly(&[(1, &[2])]);
    let done = try_apply(&mut func, &plan).expect("the plan can be executed");
    assert_eq!(done.added_guards.len(), 2);
    insta::assert_snapshot!(func.display().to_string());
}

#[test]
fn regions_one_behind_the_other() {
    let text = "
function %f(i64, i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64, v2: i64):
    jump block1(v0)
block1(v3: i64):
    v4 = iconst.i64 4
    v5 = iadd v3, v4
    v6 = icmp ult v5, v2
    brif v6, block1(v5), block2(v1)
block2(v7: i64):
    v8 = iadd v7, v5
    v9 = icmp ult v8, v2
    brif v9, block2(v8), block3
block3:
    v10 = iadd v5, v8
    return v10
}";
    let mut func = parse(text);
    let mut first = plan(
        region(&func, &[1], 1, 1),
        vec![inv(0, 1, poly(&[(1, &[2])]))],
    );
    first.finals = vec![(v(5), Final::Poly(poly(&[(1, &[2])])))];
    // The second plan speaks of a value of the first region.
    let mut second = plan(
        region(&func, &[2], 2, 1),
        vec![inv(7, 5, poly(&[(1, &[5])]))],
    );
    second.finals = vec![(v(8), Final::Poly(poly(&[(1, &[5]), (1, &[7])])))];
    let results = apply_all(
        &mut func,
        &Spec::builtin(),
        vec![first, second],
        &mut Testcase,
        Options::default(),
    );
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    verify(&func);
    insta::assert_snapshot!(func.display().to_string());
}

#[test]
fn a_value_used_behind_the_region_without_a_final() {
    insta::assert_snapshot!(refused(ROLLED, |func| Plan { finals: Vec::new(), ..rolled(func) }),
        @"v6 is used behind the region, and the plan does not say what it is there");
}

#[test]
fn a_region_that_is_entered_in_the_middle() {
    insta::assert_snapshot!(refused(CRITICAL, |func| Plan { region: region(func, &[3, 2], 2, 1), ..critical(func) }), @"the region cannot be replaced: block2 can be reached around the entry of its region");
}

#[test]
fn a_region_with_two_exits() {
    insta::assert_snapshot!(refused(CRITICAL, |func| Plan { region: region(func, &[2], 2, 1), ..critical(func) }), @"the region cannot be replaced: block2 leaves the region by a second edge");
}

#[test]
fn a_region_whose_exit_edge_stays_inside() {
    insta::assert_snapshot!(refused(CRITICAL, |func| Plan { region: region(func, &[2, 3], 2, 0), ..critical(func) }), @"the region cannot be replaced: block2 stays in the region on the exit edge");
}

#[test]
fn a_region_that_returns() {
    insta::assert_snapshot!(refused(CRITICAL, |func| Plan { region: region(func, &[2, 3, 4], 2, 1), ..critical(func) }), @"the region cannot be replaced: block4 can be reached around the entry of its region");
}

#[test]
fn a_block_that_does_not_exist() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.region.blocks.push(block(99));
        plan
    }), @"the region cannot be replaced: block99 is not part of the function");
}

#[test]
fn an_entry_value_that_is_loaded_from_memory_that_may_change() {
    let text = "
function %f(i64, i64) system_v {
block0(v0: i64, v1: i64):
    jump block1(v1)
block1(v2: i64):
    v3 = load.i64 notrap aligned v0
    v4 = iconst.i64 1
    v5 = isub v2, v4
    brif v5, block1(v5), block2
block2:
    return
}";
    insta::assert_snapshot!(refused(text, |func| plan(region(func, &[1], 1, 1), vec![inv(3, 0, poly(&[(1, &[1])]))])), @"v3 is not available at the entry of the region: its instruction cannot be moved in front of the region");
}

#[test]
fn an_entry_value_of_an_inner_block() {
    insta::assert_snapshot!(refused(CRITICAL, |func| {
        let mut plan = critical(func);
        plan.offloads = vec![inv(10, 1, constant(3))];
        plan
    }), @"v10 is not available at the entry of the region: its definition does not dominate the region");
}

#[test]
fn a_guard_that_never_holds() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.guards = vec![at_most(&[(-1, &[2]), (-1, &[])], 7)];
        plan
    }), @"a guard never holds: a test");
}

#[test]
fn a_guard_beyond_128_bits() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.guards = vec![at_most(&[(1, &[0, 1, 2, 4])], 7)];
        plan
    }), @"a guard needs more than 128 bits: a test");
}

#[test]
fn a_field_that_is_missing() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].fields.pop();
        plan
    }), @"operation 0 of the plan: field `a` is not given");
}

#[test]
fn a_field_of_the_header_that_the_plan_gives() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].fields.push((field("inv", "version"), FieldValue::Uint(constant(1))));
        plan
    }), @"operation 0 of the plan: field `version` has a fixed value");
}

#[test]
fn a_view_with_too_few_strides() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].fields[0].1 = view(at(&[(1, &[0])]), &[4]);
        plan
    }), @"operation 0 of the plan: view `out` has 2 strides, not 1");
}

#[test]
fn a_mode_that_does_not_exist() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].mode = 5;
        plan
    }), @"operation 0 of the plan: `zktr.inv` has no such mode");
}

#[test]
fn an_instruction_that_is_no_operation() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.offloads[0].instruction = Spec::builtin().instruction("zktr.wait").expect("the spec has it");
        plan
    }), @"operation 0 of the plan: `zktr.wait` is no operation on a descriptor and a count");
}

#[test]
fn a_word_outside_of_its_buffer() {
    insta::assert_snapshot!(refused(ROLLED, |func| {
        let mut plan = rolled(func);
        plan.buffers = vec![Buffer { size: 8, word_bytes: 4, words: vec![(8, Word::Const(0))] }];
        plan
    }), @"buffer 0 of the plan is used beyond its end");
}

#[test]
fn a_final_whose_type_is_no_integer() {
    let text = "
function %f(i64, f64) -> f64 system_v {
block0(v0: i64, v1: f64):
    jump block1(v0, v1)
block1(v2: i64, v3: f64):
    v4 = fadd v3, v1
    v5 = iconst.i64 1
    v6 = isub v2, v5
    brif v6, block1(v6, v4), block2
block2:
    return v4
}";
    insta::assert_snapshot!(refused(text, |func| {
        let mut plan = plan(region(func, &[1], 1, 1), vec![inv(0, 0, poly(&[(1, &[2])]))]);
        plan.finals = vec![(v(4), Final::Poly(poly(&[(1, &[2])])))];
        plan
    }), @"the type of v4 does not fit an integer polynomial");
}

/// In a module for any other machine the operation is a function that the linker finds.
#[test]
fn calls_of_a_module_for_another_machine_are_imports() {
    let mut module = x86_64_module();
    let mut func = parse(ROLLED);
    let plan = rolled(&func);
    apply(
        &mut func,
        &Spec::builtin(),
        &plan,
        &mut InModule(&mut module),
        Options::default(),
    )
    .expect("the plan can be executed");
    verify(&func);
    let id = module
        .declare_function("f", Linkage::Export, &func.signature)
        .expect("it is new");
    module
        .define_function(id, &mut Context::for_function(func))
        .expect("it can be compiled");
    let elf = module.finish().emit().expect("it can be written");
    let file = object::File::parse(&*elf).expect("the object can be read");
    let imports: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.is_undefined() && symbol.is_global())
        .collect();
    assert_eq!(
        imports
            .iter()
            .map(|symbol| symbol.name())
            .collect::<Vec<_>>(),
        [Ok("zktr_inv")]
    );
}

#[test]
fn a_symbol_that_the_module_uses_for_something_else() {
    let mut module = x86_64_module();
    let mut func = parse(ROLLED);
    module
        .declare_function("zktr_inv", Linkage::Export, &func.signature)
        .expect("it is new");
    let plan = rolled(&func);
    let before = func.layout.blocks().count();
    let error = apply(
        &mut func,
        &Spec::builtin(),
        &plan,
        &mut InModule(&mut module),
        Options::default(),
    );
    assert!(
        matches!(error, Err(RewriteError::Symbol { ref symbol, .. }) if symbol == "zktr_inv"),
        "{error:?}"
    );
    assert_eq!(before, func.layout.blocks().count());
    verify(&func);
}
