//! Makes RV64 objects and looks at the words, symbols and relocations in them.

use cranelift_codegen::Context;
use cranelift_codegen::ir::Function;
use cranelift_module::{Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};
use object::{Object, ObjectSection, ObjectSymbol};
use std::sync::Arc;
use zktr_isa::{DecodeError, Decoded, Spec};
use zktr_pass::rewrite::{RewriteError, Symbols, Testcase};
use zktr_pass::rv64::{
    Error, FloatAbi, OffloadModule, OptLevel, Target, compile_function, compile_object,
};

fn parse(text: &str) -> Vec<(String, Function)> {
    let functions = cranelift_reader::parse_functions(text).expect("the test's CLIF parses");
    functions
        .into_iter()
        .map(|func| {
            (
                func.name.to_string().trim_start_matches('%').to_string(),
                func,
            )
        })
        .collect()
}

fn every_target() -> impl Iterator<Item = Target> {
    [OptLevel::None, OptLevel::Speed, OptLevel::SpeedAndSize]
        .into_iter()
        .flat_map(|opt_level| {
            [false, true].map(|on| Target {
                opt_level,
                compressed: on,
                zba: on,
                zbb: on,
                float_abi: FloatAbi::Double,
            })
        })
}

fn compile(text: &str, target: &Target) -> Vec<u8> {
    match compile_object(parse(text), &Spec::builtin(), target) {
        Ok(object) => object,
        Err(error) => panic!("{error}"),
    }
}

fn error(text: &str) -> String {
    let result = compile_object(parse(text), &Spec::builtin(), &Target::default());
    result
        .expect_err("the functions cannot be compiled")
        .to_string()
}

/// The code of a function.
fn code(elf: &[u8], name: &str) -> Vec<u8> {
    let file = object::File::parse(elf).expect("the object can be read");
    let symbol = file
        .symbol_by_name(name)
        .expect("the function has a symbol");
    let section = file
        .section_by_index(symbol.section_index().expect("it is defined"))
        .expect("its section exists");
    let start = (symbol.address() - section.address()) as usize;
    section.data().expect("it has data")[start..start + symbol.size() as usize].to_vec()
}

/// All instructions of some code; `None` for what is not in the spec.
fn decode(code: &[u8]) -> Vec<Option<Decoded>> {
    let spec = Spec::builtin();
    let (mut at, mut decoded) = (0, Vec::new());
    while at < code.len() {
        at += match spec.decode_bytes(&code[at..], 64) {
            Ok(one) => {
                decoded.push(Some(one));
                usize::from(one.length)
            }
            Err(DecodeError::Unknown { length, .. }) => {
                decoded.push(None);
                usize::from(length)
            }
            Err(DecodeError::Exhausted { .. }) => panic!("the code ends inside of an instruction"),
        };
    }
    decoded
}

/// The mnemonics of the extension's instructions in a function, in order.
fn operations(elf: &[u8], name: &str) -> Vec<String> {
    let spec = Spec::builtin();
    let names = decode(&code(elf, name))
        .into_iter()
        .flatten()
        .map(|d| spec.instructions[d.instruction].name.clone());
    names
        .filter(|name| name.starts_with("zktr.") || name.starts_with("amo"))
        .collect()
}

const TWO: &str = "
function %first(i64, i64) -> i64 system_v {
    sig0 = (i64, i64) -> i64 system_v
    fn0 = %zktr_inv sig0
    fn1 = %zktr_rlc sig0
block0(v0: i64, v1: i64):
    v2 = call fn1(v0, v1)
    v3 = call fn0(v0, v2)
    v4 = bor v2, v3
    return v4
}
function %second(i64) -> i64 system_v {
    sig0 = (i64, i64) -> i64 system_v
    sig1 = (i64) system_v
    fn0 = %first sig0
    fn1 = %elsewhere sig1
block0(v0: i64):
    v1 = iconst.i64 5
    call fn1(v0)
    v2 = call fn0(v0, v1)
    return v2
}";

#[test]
fn operations_become_instructions_on_every_target() {
    for target in every_target() {
        let elf = compile(TWO, &target);
        assert_eq!(
            operations(&elf, "first"),
            ["zktr.rlc", "zktr.inv"],
            "{target:?}"
        );
        assert_eq!(operations(&elf, "second"), [""; 0], "{target:?}");
    }
}

#[test]
fn operands_are_where_the_register_allocator_has_put_them() {
    let elf = compile(TWO, &Target::default());
    let spec = Spec::builtin();
    let words: Vec<String> = decode(&code(&elf, "first"))
        .into_iter()
        .flatten()
        .map(|d| format!("{} {:?}", spec.instructions[d.instruction].name, d.values()))
        .collect();
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn symbols_and_relocations_are_those_of_the_functions_alone() {
    let elf = compile(TWO, &Target::default());
    let file = object::File::parse(&*elf).expect("the object can be read");
    let mut symbols: Vec<String> = file
        .symbols()
        .filter(|symbol| symbol.is_global())
        .map(|symbol| {
            format!(
                "{}{}",
                symbol.name().unwrap_or("?"),
                if symbol.is_undefined() {
                    " (undefined)"
                } else {
                    ""
                }
            )
        })
        .collect();
    symbols.sort();
    assert_eq!(symbols, ["elsewhere (undefined)", "first", "second"]);
    let mut relocations: Vec<String> = file
        .sections()
        .filter(|section| section.name().is_ok_and(|name| name.starts_with(".text")))
        .flat_map(|section| {
            section
                .relocations()
                .map(|(_, relocation)| format!("{:?}", relocation.flags()))
                .collect::<Vec<_>>()
        })
        .collect();
    relocations.dedup();
    assert_eq!(
        relocations.len(),
        1,
        "one kind of relocation: {relocations:?}"
    );
    assert!(file.section_by_name(".eh_frame").is_some());
}

#[test]
fn flags_of_the_object_say_what_code_it_has() {
    let flags = |target: Target| {
        let elf = compile(TWO, &target);
        match object::File::parse(&*elf)
            .expect("the object can be read")
            .flags()
        {
            object::FileFlags::Elf { e_flags, .. } => e_flags,
            flags => panic!("{flags:?}"),
        }
    };
    let (rvc, double) = (
        object::elf::EF_RISCV_RVC,
        object::elf::EF_RISCV_FLOAT_ABI_DOUBLE,
    );
    assert_eq!(flags(Target::default()), double);
    assert_eq!(
        flags(Target {
            compressed: true,
            ..Target::default()
        }),
        rvc | double
    );
    assert_eq!(
        flags(Target {
            float_abi: FloatAbi::Soft,
            ..Target::default()
        }),
        0
    );
}

/// More values are live across the operation than there are registers.
#[test]
fn an_operation_among_spilled_values() {
    let live = 60;
    let mut text = "function %f(i64) -> i64 system_v {
    sig0 = (i64, i64) -> i64 system_v
    fn0 = %zktr_inv sig0
block0(v0: i64):\n"
        .to_string();
    for i in 1..=live {
        text += &format!("    v{i} = load.i64 v0+{}\n", 8 * i);
    }
    text += &format!(
        "    v100 = call fn0(v{live}, v1)\n    v101 = call fn0(v3, v100)\n    v200 = iadd v100, v101\n"
    );
    for i in 1..=live {
        text += &format!("    v{} = bxor v{}, v{i}\n", 200 + i, 199 + i);
    }
    text += &format!("    return v{}\n}}\n", 200 + live);
    for target in every_target() {
        assert_eq!(
            operations(&compile(&text, &target), "f"),
            ["zktr.inv"; 2],
            "{target:?}"
        );
    }
}

#[test]
fn an_atomic_operation_of_the_program_stays() {
    let text = "
function %f(i64, i64) -> i64 system_v {
    fn0 = %zktr_inv(i64, i64) -> i64 system_v
block0(v0: i64, v1: i64):
    v2 = atomic_rmw.i64 notrap aligned smax v0, v1
    v3 = call fn0(v0, v2)
    v4 = atomic_rmw.i64 notrap aligned smax v0, v3
    return v4
}";
    for target in every_target() {
        assert_eq!(
            operations(&compile(text, &target), "f"),
            ["amomax.d.aqrl", "zktr.inv", "amomax.d.aqrl"],
            "{target:?}"
        );
    }
}

#[test]
fn an_operation_that_cannot_be_reached_is_dropped() {
    let text = "
function %f(i64, i64) -> i64 system_v {
    fn0 = %zktr_inv(i64, i64) -> i64 system_v
block0(v0: i64, v1: i64):
    v2 = iconst.i8 0
    brif v2, block1, block2
block1:
    v3 = call fn0(v0, v1)
    return v3
block2:
    return v1
block3:
    v4 = call fn0(v1, v1)
    return v4
}";
    for target in every_target() {
        let found = operations(&compile(text, &target), "f");
        assert!(
            found.len() <= 1 && found.iter().all(|name| name == "zktr.inv"),
            "{found:?}"
        );
    }
}

/// What the comparison of guards in 128 bits needs is there, and all of it is integer code of the base ISA.
#[test]
fn arithmetic_of_128_bits_is_integer_code() {
    let text = "
function %f(i64, i64, i32) -> i8 system_v {
block0(v0: i64, v1: i64, v2: i32):
    v3 = uextend.i128 v0
    v4 = uextend.i128 v1
    v5 = uextend.i128 v2
    v6 = imul v3, v4
    v7 = iconst.i64 3
    v8 = ishl v6, v7
    v9 = isub v8, v5
    v10 = ineg v9
    v11 = iadd v9, v10
    v12 = iconcat v7, v0
    v13 = icmp ule v11, v12
    v14 = icmp eq v9, v12
    v15 = band v13, v14
    return v15
}";
    for target in every_target() {
        let instructions = decode(&code(&compile(text, &target), "f"));
        assert!(instructions.iter().all(Option::is_some), "{target:?}");
    }
}

#[test]
fn an_operation_that_is_called_with_another_signature() {
    let text = "
function %f(i64) -> i64 system_v {
    fn0 = %zktr_inv(i64) -> i64 system_v
block0(v0: i64):
    v1 = call fn0(v0)
    return v1
}";
    insta::assert_snapshot!(error(text), @"`zktr_inv` stands for an instruction and has the signature (i64, i64) -> i64");
}

#[test]
fn an_operation_whose_address_is_taken() {
    let text = "
function %f() -> i64 system_v {
    fn0 = %zktr_inv(i64, i64) -> i64 system_v
block0:
    v1 = func_addr.i64 fn0
    return v1
}";
    insta::assert_snapshot!(error(text), @"`zktr_inv` stands for an instruction and can only be called");
}

#[test]
fn an_operation_in_tail_position() {
    let text = "
function %f(i64, i64) -> i64 tail {
    fn0 = %zktr_inv(i64, i64) -> i64 tail
block0(v0: i64, v1: i64):
    return_call fn0(v0, v1)
}";
    insta::assert_snapshot!(error(text), @"`zktr_inv` stands for an instruction and can only be called");
}

#[test]
fn two_functions_of_one_name() {
    let text = "
function %f() system_v {
block0:
    return
}
function %f() system_v {
block0:
    return
}";
    insta::assert_snapshot!(error(text), @"function `f` is defined twice");
}

#[test]
fn a_call_that_does_not_fit_the_definition() {
    let text = "
function %f(i64) system_v {
    fn0 = %f(i32) system_v
block0(v0: i64):
    v1 = ireduce.i32 v0
    call fn0(v1)
    return
}";
    insta::assert_snapshot!(error(text), @"`f` is called as (i32) system_v and defined as (i64) system_v");
}

#[test]
fn a_function_that_cranelift_refuses() {
    let text = "
function %f(i64) -> i64 system_v {
block0(v0: i64):
    v1 = iadd v0, v2
    return v1
block1:
    v2 = iconst.i64 1
    jump block1
}";
    assert!(error(text).contains("uses value v2"), "{}", error(text));
}

/// A pass that calls `zktr.inv` on the function's parameters.
fn add_operation(func: &mut Function, symbols: &mut dyn Symbols) -> Result<(), RewriteError> {
    use cranelift_codegen::cursor::{Cursor, FuncCursor};
    use cranelift_codegen::ir::types::I64;
    use cranelift_codegen::ir::{AbiParam, ExtFuncData, InstBuilder, Signature};
    use cranelift_codegen::isa::CallConv;
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend([AbiParam::new(I64); 2]);
    signature.returns.push(AbiParam::new(I64));
    let name = symbols
        .declare(func, "zktr_inv", &signature)
        .expect("operations can be declared");
    let signature = func.import_signature(signature);
    let callee = func.import_function(ExtFuncData {
        name,
        signature,
        colocated: false,
        patchable: false,
    });
    let entry = func.layout.entry_block().expect("the function has a block");
    let arguments = func.dfg.block_params(entry).to_vec();
    let first = func
        .layout
        .first_inst(entry)
        .expect("the block has an instruction");
    FuncCursor::new(func)
        .at_inst(first)
        .ins()
        .call(callee, &arguments);
    Ok(())
}

fn object_module(target: &str) -> ObjectModule {
    let isa = cranelift_codegen::isa::lookup_by_name(target).expect("Cranelift has this target");
    let flags = cranelift_codegen::settings::Flags::new(cranelift_codegen::settings::builder());
    let isa = isa.finish(flags).expect("the default flags are fine");
    let mut builder =
        ObjectBuilder::new(isa, "test", default_libcall_names()).expect("the target has objects");
    builder.per_function_section(true);
    ObjectModule::new(builder)
}

#[test]
fn a_module_with_a_pass_and_a_section_for_each_function() {
    let mut module = OffloadModule::new(
        object_module("riscv64gc-unknown-linux-gnu"),
        Spec::builtin(),
        add_operation,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    for (name, func) in parse(
        "function %f(i64, i64) -> i64 system_v {
        block0(v0: i64, v1: i64):
            return v0
        }
        function %g(i64, i64) -> i64 system_v {
        block0(v0: i64, v1: i64):
            v2 = iadd v0, v1
            return v2
        }",
    ) {
        let id = module
            .declare_function(&name, Linkage::Export, &func.signature)
            .expect("it is new");
        let mut ctx = Context::for_function(func);
        module
            .define_function(id, &mut ctx)
            .expect("it can be compiled");
    }
    assert_eq!(module.instructions(), 2);
    let elf = module
        .finish()
        .unwrap_or_else(|error| panic!("{error}"))
        .emit()
        .expect("it can be written");
    for name in ["f", "g"] {
        assert_eq!(operations(&elf, name), ["zktr.inv"]);
    }
    let file = object::File::parse(&*elf).expect("the object can be read");
    assert!(
        file.symbols()
            .all(|symbol| !symbol.is_undefined() || symbol.name() == Ok(""))
    );
}

#[test]
fn operations_that_are_imports_of_the_module() {
    let mut module = OffloadModule::new(
        object_module("riscv64gc-unknown-linux-gnu"),
        Spec::builtin(),
        |_: &mut Function, _: &mut dyn Symbols| Ok(()),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let (name, mut func) = parse(
        "function %f(i64, i64) -> i64 system_v {
            fn0 = %x(i64, i64) -> i64 system_v
        block0(v0: i64, v1: i64):
            v2 = call fn0(v0, v1)
            return v2
        }",
    )
    .remove(0);
    let signature = func
        .dfg
        .signatures
        .values()
        .next()
        .expect("it has one")
        .clone();
    let callee = module
        .declare_function("zktr_scan", Linkage::Import, &signature)
        .expect("it is new");
    let reference = module.declare_func_in_func(callee, &mut func);
    let old = func.dfg.ext_funcs.keys().next().expect("it has one");
    func.dfg.ext_funcs[old] = func.dfg.ext_funcs[reference].clone();
    let id = module
        .declare_function(&name, Linkage::Export, &func.signature)
        .expect("it is new");
    module
        .define_function(id, &mut Context::for_function(func))
        .expect("it can be compiled");
    let elf = module
        .finish()
        .unwrap_or_else(|error| panic!("{error}"))
        .emit()
        .expect("it can be written");
    assert_eq!(operations(&elf, "f"), ["zktr.scan"]);
}

#[test]
fn a_module_for_another_machine() {
    let none = |_: &mut Function, _: &mut dyn Symbols| Ok(());
    let result = OffloadModule::new(
        object_module("x86_64-unknown-linux-gnu"),
        Spec::builtin(),
        none,
    );
    assert_eq!(result.err(), Some(Error::NotRiscv64("x64".to_string())));
}

#[test]
fn a_function_without_a_module() {
    let spec: Arc<Spec> = Spec::builtin();
    let isa = Target::default()
        .isa()
        .unwrap_or_else(|error| panic!("{error}"));
    let mut ctx = Context::for_function(parse(TWO).remove(0).1);
    let (code, patches) = compile_function(&mut ctx, &*isa, &spec, &Testcase)
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(
        ctx.compiled_code().is_none(),
        "unpatched code must not be left in the context"
    );
    assert_eq!(patches.len(), 2);
    for patch in patches {
        assert_eq!(
            code.buffer.data()[patch.offset..patch.offset + 4],
            patch.word.to_le_bytes()
        );
        let decoded = spec.decode(patch.word, 64).expect("it is an instruction");
        assert_eq!(decoded.instruction, patch.instruction);
    }
}
