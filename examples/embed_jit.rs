//! Just in time: the portable form in a JIT on this machine, with the operations bound to software units.
//!
//!     cargo run --example embed_jit
//!
//! The function of `support` is defined twice, as it is and behind the pass. In the rewritten one the loops are
//! calls to `zktr_*` functions, which here end in the golden evaluator: slow, but the specification itself.

mod support;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, Function, InstBuilder, Signature, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use zktr_emu::golden;
use zktr_emu::memory::{Access, Fault, Memory};
use zktr_isa::Spec;
use zktr_pass::rewrite::{self, InModule};
use zktr_pass::{Options, Pass, TrapPolicy};

/// `fingerprint(out, a, coeff, gamma, n, w)`, see `support`.
type Fingerprint = unsafe extern "C" fn(*mut u32, *const u32, *const u32, u32, u64, u64);

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Spec::builtin();
    let mut builder = JITBuilder::with_flags(&[("opt_level", "speed")], default_libcall_names())?;
    builder.symbol(UNIT, unit as *const u8);
    let mut module = JITModule::new(builder);
    define_operations(&mut module, &spec)?;
    let options = Options {
        // These units cannot refuse an address: they trap, like the loop, but perhaps earlier.
        trapping: TrapPolicy::Decline,
        rewrite: rewrite::Options {
            call_conv: module.isa().default_call_conv(),
        },
        ..Options::default()
    };
    let pass = Pass::new(spec.clone(), options);
    let p = support::modulus(&spec);
    let original = define(&mut module, "original", None, p)?;
    let offloaded = define(&mut module, "offloaded", Some(&pass), p)?;
    module.finalize_definitions()?;

    let expected = call(&module, original, p);
    let computed = call(&module, offloaded, p);
    println!(
        "{} operations executed by software units",
        OPERATIONS.load(Ordering::Relaxed)
    );
    // SAFETY: no code of the module is running or will be called.
    unsafe { module.free_memory() };
    if computed != expected {
        return Err("the results differ".into());
    }
    println!("{} fingerprints agree", expected.len());
    Ok(())
}

/// What a JIT does for each function.
fn define(
    module: &mut JITModule,
    name: &str,
    pass: Option<&Pass>,
    p: u32,
) -> Result<FuncId, Box<dyn Error>> {
    let mut function = support::fingerprint(module.isa(), p);
    let id = module.declare_function(name, Linkage::Local, &function.signature)?;
    if let Some(pass) = pass {
        print!("{}", pass.run(&mut function, &mut InModule(module)));
    }
    module.define_function(id, &mut Context::for_function(function))?;
    Ok(id)
}

/// The fingerprints of a table.
fn call(module: &JITModule, function: FuncId, p: u32) -> Vec<u32> {
    let (rows, columns) = support::SHAPE;
    let table = support::elements(rows * columns, p);
    let coefficients = support::elements(columns, p);
    let mut out = vec![0; rows];
    let code = module.get_finalized_function(function);
    // SAFETY: `support::signature` is this type in the host's calling convention, the module still owns the code,
    // and the three vectors have the lengths that are passed.
    unsafe {
        let function = std::mem::transmute::<*const u8, Fingerprint>(code);
        function(
            out.as_mut_ptr(),
            table.as_ptr(),
            coefficients.as_ptr(),
            7,
            rows as u64,
            columns as u64,
        );
    }
    out
}

/// How many operations were executed.
static OPERATIONS: AtomicUsize = AtomicUsize::new(0);

/// The name under which the operations' code finds the software unit.
const UNIT: &str = "software_unit";

/// Defines each operation of the spec, under its symbol, as a call of the software unit with the operation's index.
fn define_operations(module: &mut JITModule, spec: &Spec) -> Result<(), Box<dyn Error>> {
    let word = AbiParam::new(types::I64);
    let signature = |parameters: usize| Signature {
        params: vec![word; parameters],
        returns: vec![word],
        call_conv: module.isa().default_call_conv(),
    };
    let (operation, unit) = (signature(2), signature(3));
    let unit = module.declare_function(UNIT, Linkage::Import, &unit)?;
    for (index, instruction) in spec.instructions.iter().enumerate() {
        if !instruction.is_bulk() {
            continue;
        }
        let id = module.declare_function(&instruction.symbol(), Linkage::Export, &operation)?;
        let mut function = Function::with_name_signature(Default::default(), operation.clone());
        let unit = module.declare_func_in_func(unit, &mut function);
        let mut context = FunctionBuilderContext::new();
        let mut builder = FunctionBuilder::new(&mut function, &mut context);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let mut arguments = vec![builder.ins().iconst(types::I64, index as i64)];
        arguments.extend(builder.block_params(entry));
        let call = builder.ins().call(unit, &arguments);
        let status = builder.inst_results(call).to_vec();
        builder.ins().return_(&status);
        builder.finalize(module.isa().frontend_config());
        module.define_function(id, &mut Context::for_function(function))?;
    }
    Ok(())
}

/// The software unit: operation number `instruction` of the built-in spec.
extern "C" fn unit(instruction: u64, descriptor: u64, count: u64) -> u64 {
    OPERATIONS.fetch_add(1, Ordering::Relaxed);
    golden::offload(
        &Spec::builtin(),
        instruction as usize,
        descriptor,
        count,
        64,
        &mut Process,
        &golden::Options::default(),
    )
}

/// The memory of this process.
///
/// The accesses through it are those of an operation: its descriptor, which is in the frame of the calling
/// code, and the views in it, whose elements are the words that the replaced loop would have accessed. The pass
/// with [`TrapPolicy::Decline`] only replaces loops whose accesses the front end has vouched for.
struct Process;

impl Memory for Process {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        // SAFETY: see `Process`. `buf` belongs to the evaluator, which no view refers to.
        unsafe { (addr as *const u8).copy_to_nonoverlapping(buf.as_mut_ptr(), buf.len()) };
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        // SAFETY: as for `read`.
        unsafe { (addr as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn accessible(&self, _: u64, _: u64, _: Access) -> bool {
        true
    }
}
