//! Hot code as machine code of this host.
//!
//! Where the interpreter comes by often, what can be reached from there without leaving is compiled as one function ([`region`]),
//! from the same operations that it interprets ([`lower`]). A compiled function does exactly what the interpreter would do, up
//! to an instruction boundary: an access that may fault, that a watchpoint or a store to code makes special, or that crosses regions
//! of memory is left to the interpreter, and so are instructions without operations. The budget of instructions is exact.
//!
//! Compiling is bounded by a share of the instructions that have been executed, so that a program that changes its code all the
//! time is not slower than without; the code is forgotten with the translations it was made of.

mod arithmetic;
mod lower;
mod native;
mod region;
mod value;
mod zone;

use super::cache::{Block, Cache};
use super::ops::Frame;
use crate::memory::SegmentedMemory;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use native::{Code, Compiled, MAX_SPANS, Outcome, Span};
use zktr_isa::Spec;

/// Compiling an instruction may cost as much as executing so many.
const COST: u64 = 1000;
/// So many instructions may be compiled before any was executed.
const CREDIT: u64 = 20_000;
/// Most instructions of which there is code.
const MAX_COMPILED: u64 = 1 << 18;

/// What there is of a block.
#[derive(Debug, Clone, Copy)]
enum State {
    /// It has been interpreted so often.
    Cold(u32),
    /// Its region, of so many instructions.
    Hot(Compiled, u64),
    /// It cannot be compiled.
    Never,
}

/// All compiled code of a machine.
#[derive(Debug)]
pub(super) struct Jit {
    /// So often a block is interpreted before it is compiled; never, if none.
    after: Option<u32>,
    /// By the number of the block in the cache.
    blocks: Vec<State>,
    /// The epoch of the cache that they belong to.
    epoch: u64,
    code: Option<Code>,
    /// The layout of memory for which it was compiled.
    spans: Vec<Span>,
    layout: u64,
    /// Instructions in `code`.
    size: u64,
    /// Instructions that were ever compiled.
    compiled: u64,
    builder: Reused,
}

/// Cranelift's buffers.
#[derive(Default)]
struct Reused(FunctionBuilderContext);

impl std::fmt::Debug for Reused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reused")
    }
}

/// The parts of a machine that compiled code works with.
pub(super) struct Hart<'a> {
    pub(super) spec: &'a Spec,
    pub(super) xlen: u8,
    /// Number of the stack pointer.
    pub(super) sp: u8,
    pub(super) frame: &'a mut Frame,
    pub(super) memory: &'a mut SegmentedMemory,
    pub(super) cache: &'a mut Cache,
    pub(super) retired: u64,
    pub(super) pc: u64,
}

impl Jit {
    pub(super) fn new(after: Option<u32>) -> Self {
        Self {
            after,
            blocks: Vec::new(),
            epoch: 0,
            code: None,
            spans: Vec::new(),
            layout: 0,
            size: 0,
            compiled: 0,
            builder: Reused::default(),
        }
    }

    /// Executes from a block on, at most `left` instructions; none if that is for the interpreter.
    #[inline]
    pub(super) fn run(&mut self, mut hart: Hart<'_>, block: Block, left: u64) -> Option<Outcome> {
        let after = self.after?;
        if self.epoch != hart.cache.epoch() || self.layout != hart.memory.layout() {
            self.forget(hart.cache, hart.memory);
        }
        let index = block.index as usize;
        if index >= self.blocks.len() {
            self.blocks.resize(index + 1, State::Cold(0));
        }
        if let State::Cold(heat) = &mut self.blocks[index] {
            if *heat < after {
                *heat += 1;
                return None;
            }
            self.blocks[index] = self.compile(&mut hart)?;
        }
        let State::Hot(compiled, size) = self.blocks[index] else {
            return None;
        };
        if left < size {
            return None;
        }
        let writable = hart.cache.writable();
        let code = self.code.as_mut()?;
        code.run(
            compiled,
            hart.frame,
            hart.memory,
            &self.spans,
            left,
            writable,
        )
    }

    /// Starts without code, for what memory is like now.
    #[cold]
    fn forget(&mut self, cache: &Cache, memory: &SegmentedMemory) {
        self.epoch = cache.epoch();
        self.layout = memory.layout();
        self.blocks.clear();
        self.code = None;
        self.size = 0;
        self.spans.clear();
        let spans = memory.unwatched().take(MAX_SPANS);
        self.spans
            .extend(spans.map(|(start, len, permissions)| Span {
                start,
                len,
                read: permissions.read,
                write: permissions.write,
                code: permissions.execute,
            }));
    }

    /// Compiles the region of the block at hand; none if that has to wait.
    #[cold]
    fn compile(&mut self, hart: &mut Hart<'_>) -> Option<State> {
        let affordable = CREDIT.saturating_add(hart.retired / COST);
        if self.compiled >= affordable {
            return None;
        }
        let region = region::collect(hart.spec, hart.memory, hart.cache, hart.pc, hart.xlen);
        let Some(region) = region else {
            return Some(State::Never);
        };
        let size = region.size as u64;
        self.compiled += size;
        if self.size + size > MAX_COMPILED {
            self.forget(hart.cache, hart.memory);
            return None;
        }
        self.size += size;
        if self.code.is_none() {
            self.code = Code::new();
        }
        let Some(code) = &mut self.code else {
            self.after = None;
            return Some(State::Never);
        };
        let context = lower::Context {
            region: &region,
            xlen: hart.xlen,
            spans: &self.spans,
            x: &hart.frame[..32],
            sp: hart.sp,
        };
        let buffers = &mut self.builder.0;
        let compiled = code.compile(|function, target| {
            lower::lower(FunctionBuilder::new(function, buffers), &context, target);
        });
        Some(match compiled {
            Some(compiled) => State::Hot(compiled, size),
            None => State::Never,
        })
    }
}
