//! Machine code of this host, and entering it.
//!
//! This is the only module of the host core with `unsafe` code. What it trusts, beside Cranelift, is [`super::lower`]: a compiled
//! function accesses the frame, the [`State`], and memory at `bases[i] + offset` after it has compared `offset` with the length of
//! the i-th region of memory; it calls nothing. [`Code::run`] therefore demands that the regions are those for which
//! the function was compiled, and takes their addresses anew each time.

use super::super::ops::Frame;
use crate::memory::SegmentedMemory;
use cranelift_codegen::Context;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, Function, Signature};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};
use std::mem::offset_of;

/// Most regions of memory that compiled code knows; it leaves accesses to others to the interpreter.
pub(super) const MAX_SPANS: usize = 16;

/// A region of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    /// In bytes; not zero.
    pub(super) len: u64,
    pub(super) read: bool,
    pub(super) write: bool,
    /// A store may change code.
    pub(super) code: bool,
}

/// What compiled code and the dispatcher tell each other.
#[repr(C)]
#[derive(Debug)]
struct State {
    pc: u64,
    budget: i64,
    reason: u64,
    /// The addresses where a store may change translated code: first and length.
    code: u64,
    code_len: u64,
    bases: [*mut u8; MAX_SPANS],
}

pub(super) const PC: i32 = offset_of!(State, pc) as i32;
pub(super) const BUDGET: i32 = offset_of!(State, budget) as i32;
pub(super) const REASON: i32 = offset_of!(State, reason) as i32;
pub(super) const CODE: i32 = offset_of!(State, code) as i32;
pub(super) const CODE_LEN: i32 = offset_of!(State, code_len) as i32;
pub(super) const BASES: i32 = offset_of!(State, bases) as i32;

/// Execution has left the region, or the budget is short.
pub(super) const LEFT: i64 = 0;
/// The next instruction has to be interpreted.
pub(super) const INTERPRET: i64 = 1;

type Entry = unsafe extern "C" fn(*mut u64, *mut State);

/// A compiled function, of one [`Code`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Compiled(Entry);

/// How a compiled function has ended.
pub(in super::super) struct Outcome {
    /// Address of the next instruction.
    pub(in super::super) pc: u64,
    /// How many instructions were executed.
    pub(in super::super) executed: u64,
    /// The next instruction has to be interpreted.
    pub(in super::super) interpret: bool,
}

/// Compiled functions for one layout of memory.
pub(super) struct Code {
    /// `None` only while it is dropped.
    module: Option<JITModule>,
    context: Context,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").finish_non_exhaustive()
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: no function of it is running, because `run` borrows this value; and a `Compiled` is of no use without it.
            unsafe { module.free_memory() };
        }
    }
}

impl Code {
    /// Nothing yet; none if this host has no compiler.
    pub(super) fn new() -> Option<Self> {
        if cfg!(target_endian = "big") {
            return None;
        }
        let mut flags = settings::builder();
        let options = [
            ("opt_level", "speed"),
            ("is_pic", "false"),
            ("enable_probestack", "false"),
            (
                "enable_verifier",
                if cfg!(debug_assertions) {
                    "true"
                } else {
                    "false"
                },
            ),
        ];
        for (name, value) in options {
            flags.set(name, value).ok()?;
        }
        let isa = cranelift_native::builder()
            .ok()?
            .finish(settings::Flags::new(flags))
            .ok()?;
        let module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        Some(Self {
            context: module.make_context(),
            module: Some(module),
        })
    }

    /// Compiles what `fill` makes of an empty function.
    pub(super) fn compile(
        &mut self,
        fill: impl FnOnce(&mut Function, TargetFrontendConfig),
    ) -> Option<Compiled> {
        let module = self.module.as_mut()?;
        module.clear_context(&mut self.context);
        self.context.func.signature = signature(module);
        fill(&mut self.context.func, module.target_config());
        let id = module
            .declare_anonymous_function(&self.context.func.signature)
            .ok()?;
        module.define_function(id, &mut self.context).ok()?;
        module.finalize_definitions().ok()?;
        let entry = module.get_finalized_function(id);
        // SAFETY: the function has the signature that `signature` gives, which is that of `Entry`.
        Some(Compiled(unsafe {
            std::mem::transmute::<*const u8, Entry>(entry)
        }))
    }

    /// Runs a function that this value has compiled.
    ///
    /// The regions of memory have to be `spans`, for which the function was compiled; else nothing is run.
    pub(super) fn run(
        &mut self,
        compiled: Compiled,
        frame: &mut Frame,
        memory: &mut SegmentedMemory,
        spans: &[Span],
        budget: u64,
        code: (u64, u64),
    ) -> Option<Outcome> {
        let budget = i64::try_from(budget).unwrap_or(i64::MAX);
        let mut state = State {
            pc: 0,
            budget,
            reason: 0,
            code: code.0,
            code_len: code.1,
            bases: [std::ptr::null_mut(); MAX_SPANS],
        };
        let mut regions = memory.regions_mut();
        for (span, base) in spans.iter().zip(&mut state.bases) {
            let (start, bytes) = regions.next()?;
            if start != span.start || bytes.len() as u64 != span.len {
                return None;
            }
            *base = bytes.as_mut_ptr();
        }
        drop(regions);
        // SAFETY: the frame and the state are valid for writes, and the bases for as many bytes as the function compares
        // offsets with. Nothing else uses them meanwhile: all are borrowed exclusively.
        unsafe { (compiled.0)(frame.as_mut_ptr(), &raw mut state) };
        Some(Outcome {
            pc: state.pc,
            executed: budget.abs_diff(state.budget),
            interpret: state.reason == INTERPRET.cast_unsigned(),
        })
    }
}

/// The frame and the state.
fn signature(module: &JITModule) -> Signature {
    let mut signature = module.make_signature();
    signature.params = vec![AbiParam::new(I64); 2];
    signature
}
