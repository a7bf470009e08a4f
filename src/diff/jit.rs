//! The JIT engine: the functions as machine code of this host, with software units.
//!
//! A function is entered through a trampoline that reads its arguments from an array and leaves
//! its results in another, whatever its calling convention. A call to a portable offload symbol
//! goes to a *unit*: the golden evaluator on the arena and the frames.
//!
//! Machine code cannot be held to the arena. So [`Jit::run`] is only for runs that the interpreter
//! has done before, to the end and without a trap, on the same arena at the same address
//! ([`Checked`]): it has checked each access. What is left to trust is Cranelift, and that no
//! address depends on where the frames are, which is why functions with stack slots of their own do
//! not come here.
//!
//! This is the only module of the crate with `unsafe` code.

use super::interp::Checked;
use super::memory::Layout;
use super::outcome::{Ending, Event, Outcome};
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
use std::alloc;
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;
use zktr_emu::golden;
use zktr_emu::memory::{Access, Fault, Memory};
use zktr_isa::Spec;

/// The name under which compiled code finds [`unit`].
const UNIT: &str = "zktr_diff_unit";

/// A trampoline: arguments, results.
type Entry = extern "C" fn(*const u64, *mut u64);

/// True if this host is one that the engine supports.
pub fn supported() -> bool {
    cfg!(target_arch = "x86_64")
}

/// Memory for the arena, at one address for the life of this value, which is the arena's address in the
/// other engines as well.
pub struct Arena {
    memory: NonNull<u8>,
}

impl Arena {
    const LAYOUT: alloc::Layout =
        match alloc::Layout::from_size_align(Layout::MAX_SIZE as usize, 4096) {
            Ok(layout) => layout,
            Err(_) => panic!("4096 is a power of two"),
        };

    /// An arena of zeros.
    pub fn new() -> Self {
        // SAFETY: the size of the layout is not zero.
        let memory = unsafe { alloc::alloc_zeroed(Self::LAYOUT) };
        let Some(memory) = NonNull::new(memory) else {
            alloc::handle_alloc_error(Self::LAYOUT)
        };
        Self { memory }
    }

    /// Its address.
    pub fn base(&self) -> u64 {
        self.memory.as_ptr() as u64
    }

    fn write(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(Layout::MAX_SIZE as usize);
        // SAFETY: the allocation has MAX_SIZE bytes, and no reference to it exists.
        unsafe {
            self.memory
                .as_ptr()
                .copy_from_nonoverlapping(bytes.as_ptr(), len)
        };
    }

    fn read(&self, bytes: &mut [u8]) {
        let len = bytes.len().min(Layout::MAX_SIZE as usize);
        // SAFETY: as above; the allocation was zeroed, so that every byte is initialised.
        unsafe {
            bytes
                .as_mut_ptr()
                .copy_from_nonoverlapping(self.memory.as_ptr(), len)
        };
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { alloc::dealloc(self.memory.as_ptr(), Self::LAYOUT) };
    }
}

/// A function of a program as machine code.
pub struct Jit<'p> {
    program: &'p Program,
    index: usize,
    /// `None` only while it is dropped.
    module: Option<JITModule>,
    entry: Entry,
    results: usize,
    spec: Arc<Spec>,
    after: Vec<u8>,
}

impl Drop for Jit<'_> {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: none of its functions is running, and `entry` is not called again.
            unsafe { module.free_memory() };
        }
    }
}

impl<'p> Jit<'p> {
    /// Compiles a function of a program and all that it can reach, or says why that is not possible.
    pub fn new(spec: &Arc<Spec>, program: &'p Program, index: usize) -> Result<Self, String> {
        let results = program
            .functions()
            .get(index)
            .map_or(0, |f| f.signature.returns.len());
        let mut builder = JITBuilder::with_isa(host_isa()?, default_libcall_names());
        builder.symbol(UNIT, unit as *const u8);
        let mut module = JITModule::new(builder);
        match compile(program, index, &mut module) {
            Ok(id) => {
                let code = module.get_finalized_function(id);
                // SAFETY: a code pointer of the module is not null, and `trampoline` built this function with the signature of `Entry` in the host's
                // calling convention, and the module, which owns the code, lives as long as `entry`.
                let entry = unsafe { std::mem::transmute::<*const u8, Entry>(code) };
                Ok(Self {
                    program,
                    index,
                    module: Some(module),
                    entry,
                    results,
                    spec: spec.clone(),
                    after: Vec::new(),
                })
            }
            Err(error) => {
                // SAFETY: nothing of it has run.
                unsafe { module.free_memory() };
                Err(error)
            }
        }
    }

    /// The arena after the last run.
    pub fn arena(&self) -> &[u8] {
        &self.after
    }

    /// Runs the function on a copy of the case's arena in `arena`. `None` if `checked` is about another
    /// function or an arena at another place.
    pub fn run(&mut self, arena: &mut Arena, checked: &Checked<'_>) -> Option<Outcome> {
        let case = checked.case(self.program, self.index, arena.base())?;
        let bytes = &case.arena;
        arena.write(bytes);
        let mut results = vec![0u64; self.results];
        UNITS.set(Some(Units {
            spec: self.spec.clone(),
            options: case.options(),
            arena: arena.base()..arena.base() + bytes.len() as u64,
            frames_end: std::hint::black_box(&raw const results) as u64,
            events: Vec::new(),
        }));
        (self.entry)(case.arguments.as_ptr(), results.as_mut_ptr());
        let events = UNITS.take().map_or(Vec::new(), |units| units.events);
        self.after.resize(bytes.len(), 0);
        arena.read(&mut self.after);
        Some(Outcome {
            ending: Ending::Returned(results),
            events,
            steps: 0,
        })
    }
}

thread_local! {
    /// What a unit needs to know of the run that it is called from.
    static UNITS: RefCell<Option<Units>> = const { RefCell::new(None) };
}

/// The software units during one run.
struct Units {
    spec: Arc<Spec>,
    options: golden::Options,
    arena: std::ops::Range<u64>,
    /// The frames of compiled code lie between this address and those of [`unit`].
    frames_end: u64,
    events: Vec<Event>,
}

/// What portable offload calls of compiled code end in.
extern "C" fn unit(instruction: u64, descriptor: u64, count: u64) -> u64 {
    UNITS.with_borrow_mut(|units| {
        // Compiled code runs inside of `Jit::run` only. Should it not, no status is the code of success.
        let Some(units) = units else { return u64::MAX };
        let marker = 0u8;
        let frames_start = std::hint::black_box(&raw const marker) as u64;
        let mut memory = Process {
            ranges: [units.arena.clone(), frames_start..units.frames_end],
        };
        let instruction = instruction as usize;
        let status = golden::offload(
            &units.spec,
            instruction,
            descriptor,
            count,
            64,
            &mut memory,
            &units.options,
        );
        units.events.push((instruction, status));
        status
    })
}

/// The parts of this process' memory that a unit may touch.
struct Process {
    ranges: [std::ops::Range<u64>; 2],
}

impl Process {
    fn covers(&self, addr: u64, len: u64) -> bool {
        let Some(end) = addr.checked_add(len) else {
            return false;
        };
        self.ranges
            .iter()
            .any(|range| range.start <= addr && end <= range.end)
    }
}

impl Memory for Process {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        let len = buf.len() as u64;
        if !self.covers(addr, len) {
            return Err(Fault {
                addr,
                len,
                access: Access::Read,
            });
        }
        // SAFETY: the bytes are in the arena, or in the frames of compiled code, which is suspended in a call.
        // No reference to either exists; `buf` is memory of the caller, below those frames or on the heap.
        unsafe { (addr as *const u8).copy_to_nonoverlapping(buf.as_mut_ptr(), buf.len()) };
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        let len = bytes.len() as u64;
        if !self.covers(addr, len) {
            return Err(Fault {
                addr,
                len,
                access: Access::Write,
            });
        }
        // SAFETY: as for `read`; what is written is what the interpreter's unit wrote in the same run.
        unsafe { (addr as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn accessible(&self, addr: u64, len: u64, _access: Access) -> bool {
        len == 0 || self.covers(addr, len)
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
