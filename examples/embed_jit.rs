//! Just in time: the portable form in a JIT on this machine, with the operations bound to software units.
//!
//!     cargo run --example embed_jit
//!
//! The function of `support` is defined twice, as it is and behind the pass. In the rewritten one the loops are
//! calls to `zktr_*` functions, which here end in the golden evaluator: slow, but the specification itself.

mod support;

use cranelift_codegen::Context;
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
    bind(&mut builder, &spec)?;
    let mut module = JITModule::new(builder);
    let options = Options {
        // These units cannot refuse an address: they trap, like the loop, but perhaps earlier.
        trapping: TrapPolicy::Decline,
        rewrite: rewrite::Options {
            call_conv: module.isa().default_call_conv(),
        },
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

type Unit = extern "C" fn(u64, u64) -> u64;

/// One function for each operation, as a call says only by its target which one it means.
const UNITS: [Unit; 16] = [
    unit::<0>, unit::<1>, unit::<2>, unit::<3>, unit::<4>, unit::<5>, unit::<6>, unit::<7>,
    unit::<8>, unit::<9>, unit::<10>, unit::<11>, unit::<12>, unit::<13>, unit::<14>, unit::<15>,
];

/// Tells the JIT where the operations of the spec are.
fn bind(builder: &mut JITBuilder, spec: &Spec) -> Result<(), Box<dyn Error>> {
    for (n, instruction) in operations(spec).enumerate() {
        let unit = UNITS
            .get(n)
            .ok_or("the spec has more operations than units")?;
        builder.symbol(spec.instructions[instruction].symbol(), *unit as *const u8);
    }
    Ok(())
}

/// The instructions that the pass may put calls in place of.
fn operations(spec: &Spec) -> impl Iterator<Item = usize> {
    let instructions = spec.instructions.iter().enumerate();
    instructions
        .filter(|(_, instruction)| instruction.is_bulk())
        .map(|(index, _)| index)
}

/// The unit for operation number `N` of the built-in spec.
extern "C" fn unit<const N: usize>(descriptor: u64, count: u64) -> u64 {
    OPERATIONS.fetch_add(1, Ordering::Relaxed);
    let spec = Spec::builtin();
    let options = golden::Options::default();
    match operations(&spec).nth(N) {
        Some(instruction) => golden::offload(
            &spec,
            instruction,
            descriptor,
            count,
            64,
            &mut Process,
            &options,
        ),
        // `bind` has given this function to no operation; no status is the code of success.
        None => u64::MAX,
    }
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
