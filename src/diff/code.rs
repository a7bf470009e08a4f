//! A function of a program as machine code of this host, with all that it can reach.
//!
//! It is entered through a trampoline that reads its arguments from an array and leaves its results in another,
//! whatever its calling convention. A call to a portable offload symbol ends in one function of the embedder, which
//! is told the index of the instruction.

use super::program::{Callee, Program};
use super::trampoline::{self, cursor, empty_function, trampoline};
use cranelift_codegen::Context;
use cranelift_codegen::ir::{
    AbiParam, ExternalName, Function, InstBuilder, Signature, UserExternalName, UserFuncName, types,
};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, default_libcall_names};

/// What offloads call: index of the instruction in the spec, address of the descriptor, count. The result is the status.
pub type Unit = extern "C" fn(u64, u64, u64) -> u64;

/// A trampoline: arguments, results.
type Entry = unsafe extern "C" fn(*const u64, *mut u64);

/// The name under which compiled code finds the unit.
const UNIT: &str = "zktr_diff_unit";

/// Machine code of a function.
pub struct Code {
    /// `None` only while it is dropped.
    module: Option<JITModule>,
    entry: Entry,
    parameters: usize,
    results: usize,
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: none of its functions is running, and `entry` is not called again.
            unsafe { module.free_memory() };
        }
    }
}

impl Code {
    /// Compiles a function of a program and all that it can reach, or says why that is not possible.
    pub fn new(program: &Program, index: usize, unit: Unit) -> Result<Self, String> {
        let mut builder = JITBuilder::with_isa(host_isa()?, default_libcall_names());
        builder.symbol(UNIT, unit as *const u8);
        let mut module = JITModule::new(builder);
        match compile(program, index, &mut module) {
            Ok(id) => {
                let code = module.get_finalized_function(id);
                // SAFETY: a code pointer of the module is not null, and `trampoline` built this function with the signature of `Entry` in the host's
                // calling convention, and the module, which owns the code, lives as long as `entry`.
                let entry = unsafe { std::mem::transmute::<*const u8, Entry>(code) };
                let signature = &program.functions()[index].signature;
                Ok(Self {
                    module: Some(module),
                    entry,
                    parameters: signature.params.len(),
                    results: signature.returns.len(),
                })
            }
            Err(error) => {
                // SAFETY: nothing of it has run.
                unsafe { module.free_memory() };
                Err(error)
            }
        }
    }

    /// Runs the function. Arguments and results are words with the value in their low bytes.
    ///
    /// # Panics
    /// If there are fewer words than parameters or results.
    ///
    /// # Safety
    /// The function may be called with these arguments: what it reads and writes through them is memory of the caller, it
    /// does not trap, and its unit keeps to the descriptors.
    pub unsafe fn call(&self, arguments: &[u64], results: &mut [u64]) {
        assert!(arguments.len() >= self.parameters && results.len() >= self.results);
        // SAFETY: the arrays have the words that the trampoline accesses; the rest is the caller's word.
        unsafe { (self.entry)(arguments.as_ptr(), results.as_mut_ptr()) };
    }
}

/// The ISA of this host, with its optimiser on.
fn host_isa() -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let options = [
        ("opt_level", "speed"),
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        ("enable_probestack", "false"),
    ];
    for (name, value) in options {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let builder = cranelift_native::builder()?;
    builder
        .finish(settings::Flags::new(flags))
        .map_err(|error| error.to_string())
}

/// Defines all that `entry` can reach, units and the trampoline; the result is the trampoline.
fn compile(program: &Program, entry: usize, module: &mut JITModule) -> Result<FuncId, String> {
    let reachable = program.reachable(entry)?;
    let text = |error: cranelift_module::ModuleError| error.to_string();
    let mut ids = vec![None; program.functions().len()];
    for &index in &reachable {
        let signature = &program.functions()[index].signature;
        ids[index] = Some(
            module
                .declare_function(&format!("f{index}"), Linkage::Local, signature)
                .map_err(text)?,
        );
    }
    for &index in &reachable {
        let mut function = program.functions()[index].clone();
        let callees: Vec<_> = function.dfg.ext_funcs.keys().collect();
        for callee in callees {
            let signature =
                function.dfg.signatures[function.dfg.ext_funcs[callee].signature].clone();
            let id = match program.callee(index, callee) {
                Callee::Function(target) => ids[target],
                Callee::Offload(instruction) => Some(define_unit(module, instruction, &signature)?),
                Callee::Unknown => None,
            };
            // A callee without an id is declared and not called.
            let Some(id) = id else { continue };
            let name = function_name(&mut function, id);
            let data = &mut function.dfg.ext_funcs[callee];
            data.name = name;
            data.colocated = false;
        }
        if let Some(id) = ids[index] {
            define(module, id, function)?;
        }
    }
    let target = ids
        .get(entry)
        .copied()
        .flatten()
        .ok_or("no such function")?;
    let call_conv = module.isa().default_call_conv();
    let id = module
        .declare_anonymous_function(&trampoline::signature(call_conv))
        .map_err(text)?;
    let name = |function: &mut Function| function_name(function, target);
    let function = trampoline(
        UserFuncName::default(),
        call_conv,
        name,
        &program.functions()[entry].signature,
    );
    define(module, id, function)?;
    module.finalize_definitions().map_err(text)?;
    Ok(id)
}

/// The name of a function of the module in another of its functions.
fn function_name(function: &mut Function, id: FuncId) -> ExternalName {
    ExternalName::user(function.declare_imported_user_function(UserExternalName {
        namespace: 0,
        index: id.as_u32(),
    }))
}

fn define(module: &mut JITModule, id: FuncId, function: Function) -> Result<(), String> {
    module
        .define_function(id, &mut Context::for_function(function))
        .map_err(|error| format!("{error:?}"))
}

/// A function that a portable offload call can call: `unit` with the index of the instruction.
fn define_unit(
    module: &mut JITModule,
    instruction: usize,
    signature: &Signature,
) -> Result<FuncId, String> {
    let text = |error: cranelift_module::ModuleError| error.to_string();
    let i64s = |count: usize| vec![AbiParam::new(types::I64); count];
    let mut host = module.make_signature();
    host.params = i64s(3);
    host.returns = i64s(1);
    let target = module
        .declare_function(UNIT, Linkage::Import, &host)
        .map_err(text)?;
    let id = module.declare_anonymous_function(signature).map_err(text)?;
    let (mut function, parameters) = empty_function(UserFuncName::default(), signature.clone());
    let &[descriptor, count] = parameters.as_slice() else {
        return Err("a portable offload takes a descriptor and a count".into());
    };
    let target = module.declare_func_in_func(target, &mut function);
    let mut at = cursor(&mut function);
    let instruction = at.ins().iconst(types::I64, instruction as i64);
    let call = at.ins().call(target, &[instruction, descriptor, count]);
    let status = at.func.dfg.first_result(call);
    at.ins().return_(&[status]);
    define(module, id, function)?;
    Ok(id)
}
