//! The JIT engine: the functions as machine code of this host, with software units.
//!
//! A call to a portable offload symbol goes to a *unit*: the golden evaluator on the arena and the frames.
//!
//! Machine code cannot be held to the arena. So [`Jit::run`] is only for runs that the interpreter
//! has done before, to the end and without a trap, on the same arena at the same address
//! ([`Checked`]): it has checked each access. What is left to trust is Cranelift, and that no
//! address depends on where the frames are, which is why functions with stack slots of their own do
//! not come here.
//!
//! This module and [`code`](super::code) are the only ones of the crate with `unsafe` code.

use super::code::Code;
use super::interp::Checked;
use super::memory::Layout;
use super::outcome::{Ending, Event, Outcome};
use super::program::Program;
use std::alloc;
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;
use zktr_emu::golden;
use zktr_emu::memory::{Access, Fault, Memory};
use zktr_isa::Spec;

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
    code: Code,
    results: usize,
    spec: Arc<Spec>,
    after: Vec<u8>,
}

impl<'p> Jit<'p> {
    /// Compiles a function of a program and all that it can reach, or says why that is not possible.
    pub fn new(spec: &Arc<Spec>, program: &'p Program, index: usize) -> Result<Self, String> {
        let results = program
            .functions()
            .get(index)
            .map_or(0, |f| f.signature.returns.len());
        Ok(Self {
            program,
            index,
            code: Code::new(program, index, unit)?,
            results,
            spec: spec.clone(),
            after: Vec::new(),
        })
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
        // SAFETY: `checked` says that the interpreter has done this run, on the same arena at the same address.
        unsafe { self.code.call(&case.arguments, &mut results) };
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
