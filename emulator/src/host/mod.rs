//! The host: a RISC-V core that executes what the spec says, RV64 or RV32.
//!
//! Nothing here knows an instruction. A decoded instruction's meaning is translated to a few
//! operations, which are cached by address; what cannot be translated is executed by the golden
//! evaluator. [`Options::golden`] leaves everything to the golden evaluator: both ways have to give
//! the same. Instructions with a descriptor go to [`crate::golden`].
//!
//! A run is a function of the machine's state: counters count instructions, and there is no clock.

mod cache;
mod checkpoint;
mod csr;
#[cfg(feature = "jit")]
mod jit;
mod observe;
mod ops;
mod snapshot;
mod snoop;
mod step;
mod stop;
mod system;
mod terms;
mod tickets;
mod translate;

pub use checkpoint::Origin;
pub use observe::{Mix, Observer, Offload, Requested, Requests, Retire};
pub use snapshot::Snapshot;
pub(crate) use snoop::{Noted, Site, Sites};
pub use stop::{Cause, Place, Stop, Trap};
pub use system::{Environment, Transfer};
pub use tickets::Timing;

use crate::golden::{self, Devices};
use crate::loader::{Image, Symbols};
use crate::memory::{MapError, Memory, Permissions, SegmentedMemory, Watchpoint};
use cache::{Block, Cache, FetchError, Insn};
use csr::Csrs;
use ops::{Exit, FIRST_FLOAT, Frame, Port};
use std::sync::Arc;
use system::{Abi, Streams};
use tickets::Tickets;
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Limits and choices of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Most bytes of memory, stack included.
    pub memory: u64,
    /// Bytes of the stack.
    pub stack: u64,
    /// Most bytes that the program may write to its standard streams.
    pub output: u64,
    /// Whose environment calls the program makes.
    pub environment: Environment,
    /// How instructions of the accelerator are executed.
    pub offload: golden::Options,
    /// Execute each instruction by the golden evaluator.
    pub golden: bool,
    /// Code that was interpreted so often is compiled to machine code of this host, where no observer looks on; with none, and without the
    /// feature `jit`, all is interpreted. Compiled or not, a run is the same.
    pub compile_after: Option<u32>,
    /// When operations with tickets take place.
    pub timing: Timing,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            stack: 1 << 20,
            output: 1 << 20,
            environment: Environment::default(),
            offload: golden::Options::default(),
            golden: false,
            compile_after: Some(300),
            timing: Timing::default(),
        }
    }
}

/// Places in the address space that a machine chooses itself.
struct Layout {
    /// Address behind the stack.
    stack_top: u64,
    /// Where [`Machine::allocate`] begins.
    data: u64,
    /// The address to which a called function returns.
    sentinel: u64,
}

const LAYOUT64: Layout = Layout {
    stack_top: 0x3f_ffff_0000,
    data: 0x10_0000_0000,
    sentinel: 0xffff_ffff_ffff_fffe,
};
const LAYOUT32: Layout = Layout {
    stack_top: 0xbfff_0000,
    data: 0x6000_0000,
    // A multiple of 4: trace tables have no other targets.
    sentinel: 0xffff_fffc,
};
const PAGE: u64 = 4096;

/// A hart with its memory.
#[derive(Debug)]
pub struct Machine {
    spec: Arc<Spec>,
    xlen: u8,
    /// The integer registers come first.
    frame: Box<Frame>,
    pc: u64,
    memory: SegmentedMemory,
    csrs: Csrs,
    cache: Cache,
    #[cfg(feature = "jit")]
    jit: jit::Jit,
    /// A store may have hit translated code.
    code_written: bool,
    retired: u64,
    reservation: Option<u64>,
    output: Vec<u8>,
    streams: Streams,
    /// What the last environment call has read or written in memory.
    transfers: Vec<Transfer>,
    options: Options,
    devices: Box<dyn Devices>,
    tickets: Tickets,
    /// The ticket that the instruction at hand waits for, and its status.
    waited: Option<(u64, u64)>,
    abi: Abi,
    symbols: Symbols,
    next_data: u64,
}

impl Machine {
    /// A machine with this memory and nothing in its registers. XLEN is 32 or 64.
    pub fn new(spec: Arc<Spec>, xlen: u8, memory: SegmentedMemory, options: Options) -> Self {
        let abi = Abi::new(&spec);
        let xlen = if xlen == 32 { 32 } else { 64 };
        let mut machine = Self {
            spec,
            xlen,
            frame: Box::new([0; 256]),
            pc: 0,
            memory,
            csrs: Csrs::default(),
            cache: Cache::new(options.golden),
            #[cfg(feature = "jit")]
            jit: jit::Jit::new(options.compile_after.filter(|_| !options.golden)),
            code_written: false,
            retired: 0,
            reservation: None,
            output: Vec::new(),
            streams: Streams::default(),
            transfers: Vec::new(),
            options,
            devices: Box::new(golden::Seeded(options.offload.seed)),
            tickets: Tickets::default(),
            waited: None,
            abi,
            symbols: Symbols::default(),
            next_data: 0,
        };
        machine.next_data = machine.layout().data;
        machine
    }

    /// A machine with a program in memory, a stack, and the program counter at its entry.
    pub fn load(spec: Arc<Spec>, image: &Image, options: Options) -> Result<Self, Diagnostic> {
        let refused = |what: &str, error: MapError| {
            Diagnostic::global(format!("cannot map {what}: {error}"))
                .help("raise the memory limit, or link the program elsewhere")
        };
        let mut memory = SegmentedMemory::new(options.memory);
        for segment in &image.segments {
            let name = format!("segment at {:#x}", segment.addr);
            memory
                .map(segment.addr, segment.size, segment.permissions)
                .map_err(|error| refused(&name, error))?;
            memory
                .initialize(segment.addr, &segment.bytes)
                .map_err(|_| {
                    Diagnostic::global(format!("{name} has more bytes in the file than in memory"))
                })?;
        }
        let mut machine = Self::new(spec, image.xlen, memory, options);
        machine
            .map_environment(image)
            .map_err(|error| refused("the stack", error))?;
        machine.pc = image.entry.unwrap_or(0);
        machine.symbols = image.symbols.clone();
        Ok(machine)
    }

    fn layout(&self) -> &'static Layout {
        if self.xlen == 32 {
            &LAYOUT32
        } else {
            &LAYOUT64
        }
    }

    /// Bytes of the stack, whole pages.
    fn stack_size(&self) -> u64 {
        let top = self.layout().stack_top;
        let stack = self.options.stack.checked_next_multiple_of(PAGE);
        stack.map_or(top, |stack| stack.min(top))
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - u32::from(self.xlen))
    }

    /// XLEN.
    pub fn xlen(&self) -> u8 {
        self.xlen
    }

    /// The integer registers.
    pub fn x(&self) -> &[u64; 32] {
        registers(&self.frame)
    }

    /// Sets an integer register; x0 and numbers above 31 stay as they are.
    pub fn set_x(&mut self, register: u8, value: u64) {
        if (1..32).contains(&register) {
            self.frame[usize::from(register)] = value & self.mask();
        }
    }

    /// The floating-point registers, of 64 bits each on every hart.
    pub fn f(&self) -> &[u64; 32] {
        float_registers(&self.frame)
    }

    /// Sets a floating-point register; numbers above 31 are ignored.
    pub fn set_f(&mut self, register: u8, value: u64) {
        if register < 32 {
            self.frame[usize::from(FIRST_FLOAT + register)] = value;
        }
    }

    /// Address of the next instruction.
    pub fn pc(&self) -> u64 {
        self.pc
    }

    /// Goes on elsewhere.
    pub fn set_pc(&mut self, pc: u64) {
        self.pc = pc & self.mask();
    }

    /// Where the next instruction is.
    pub fn place(&self) -> Place<'_> {
        Place {
            pc: self.pc,
            symbol: self.symbols.nearest(self.pc),
        }
    }

    /// What the machine executes.
    pub fn spec(&self) -> &Arc<Spec> {
        &self.spec
    }

    /// The content of a CSR; none if there is no such CSR.
    pub fn csr(&self, number: u16) -> Option<u64> {
        self.csrs.read(&self.spec, number, self.xlen, self.retired)
    }

    /// Writes a CSR as an instruction would; false if there is none, or it cannot be written.
    pub fn set_csr(&mut self, number: u16, value: u64) -> bool {
        let value = value & self.mask();
        self.csrs.write(&self.spec, number, value)
    }

    /// Memory.
    pub fn memory(&self) -> &SegmentedMemory {
        &self.memory
    }

    /// Memory, to be changed. Code may be changed too.
    pub fn memory_mut(&mut self) -> &mut SegmentedMemory {
        self.cache.clear();
        &mut self.memory
    }

    /// Notes accesses to a range of memory: see [`SegmentedMemory::watch`].
    pub fn watch(&mut self, point: Watchpoint) -> bool {
        self.memory.watch(point)
    }

    /// Forgets a watchpoint.
    pub fn unwatch(&mut self, point: &Watchpoint) -> bool {
        self.memory.unwatch(point)
    }

    /// Number of instructions that have been executed.
    pub fn retired(&self) -> u64 {
        self.retired
    }

    /// What the program has written to its standard streams.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Gives the program something to read, after what it has already: more of its standard input, or a hint of [`Environment::Sp1`].
    pub fn add_input(&mut self, input: Vec<u8>) {
        self.streams.hints.push_back(input);
    }

    /// What the program has said in public, by [`Environment::Sp1`]'s file descriptor for that.
    pub fn public_values(&self) -> &[u8] {
        &self.streams.public_values
    }

    /// The words of the digest that it has committed to, by [`Environment::Sp1`]'s call for that; zeros before.
    pub fn commitment(&self) -> [u32; 8] {
        self.streams.commitment
    }

    /// The memory that the last environment call has read or written.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// The surroundings of the units, instead of those that are a function of a seed.
    pub fn set_devices(&mut self, devices: Box<dyn Devices>) {
        self.devices = devices;
    }

    /// Names of addresses.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Maps zeros for data at a free address, aligned to a page and followed by a gap.
    pub fn allocate(&mut self, len: u64) -> Result<u64, MapError> {
        let addr = self.next_data;
        let end = len
            .checked_add(addr + 2 * PAGE - 1)
            .filter(|end| *end < self.layout().stack_top.saturating_sub(self.options.stack));
        let end = end.ok_or(MapError::Wraps)?;
        self.memory.map(addr, len, Permissions::READ_WRITE)?;
        self.next_data = end / PAGE * PAGE;
        Ok(addr)
    }

    /// Calls a function with integer arguments by the standard calling convention, and runs it until it
    /// returns; at most `fuel` instructions. The result is its (first) integer result.
    pub fn call(&mut self, addr: u64, args: &[u64], fuel: u64) -> Result<u64, Stop> {
        self.call_observed(addr, args, fuel, &mut ())
    }

    /// The same with an observer.
    pub fn call_observed<O: Observer>(
        &mut self,
        addr: u64,
        args: &[u64],
        fuel: u64,
        observer: &mut O,
    ) -> Result<u64, Stop> {
        self.begin_call(addr, args)?;
        match self.run_observed(fuel, observer) {
            Stop::Returned => Ok(self.result()),
            other => Err(other),
        }
    }

    /// Goes to the first instruction of a function, as a call with these integer arguments does. A run from there
    /// ends with [`Stop::Returned`], and [`Self::result`] is what the function has returned.
    ///
    /// # Errors
    /// There is no room on the stack for the arguments.
    pub fn begin_call(&mut self, addr: u64, args: &[u64]) -> Result<(), Stop> {
        let (in_registers, on_stack) = args.split_at(args.len().min(self.abi.args.len()));
        let word = u64::from(self.xlen / 8);
        let top = self.layout().stack_top;
        let sp = top.saturating_sub((word * on_stack.len() as u64).next_multiple_of(16));
        self.set_pc(addr);
        for (place, arg) in (sp..).step_by(word as usize).zip(on_stack) {
            let bytes = &arg.to_le_bytes()[..word as usize];
            self.memory
                .write(place, bytes)
                .map_err(|fault| self.trap(Cause::Fault(fault)))?;
        }
        for (register, arg) in self.abi.args.into_iter().zip(in_registers) {
            self.set_x(register, *arg);
        }
        self.set_x(self.abi.sp, sp);
        self.set_x(self.abi.ra, self.layout().sentinel);
        Ok(())
    }

    /// The register that has a function's (first) integer result.
    pub fn result(&self) -> u64 {
        self.x()[usize::from(self.abi.args[0])]
    }

    /// Runs at most `fuel` instructions.
    pub fn run(&mut self, fuel: u64) -> Stop {
        self.run_observed(fuel, &mut ())
    }

    /// Runs at most `fuel` instructions and shows each one to the observer.
    pub fn run_observed<O: Observer>(&mut self, fuel: u64, observer: &mut O) -> Stop {
        let end = self.retired.saturating_add(fuel);
        // Compiled code has left the next instruction to the interpreter.
        let mut interpret = O::ACTIVE;
        loop {
            let block = match self.block() {
                Ok(block) => block,
                Err(stop) => return stop,
            };
            let left = end - self.retired;
            if left == 0 {
                return Stop::OutOfFuel;
            }
            if !interpret && let Some(special) = self.run_compiled(block, left) {
                interpret = special;
                continue;
            }
            interpret = O::ACTIVE;
            let result = if block.golden {
                self.step_golden(block, observer)
            } else if O::ACTIVE || left < self.cache.insns(block).len() as u64 {
                self.step_through(block, left, observer)
            } else {
                self.run_block(block)
            };
            if let Err(stop) = result {
                return stop;
            }
        }
    }

    fn trap(&self, cause: Cause) -> Stop {
        let symbol = self
            .symbols
            .nearest(self.pc)
            .map(|(name, distance)| (name.to_owned(), distance));
        Stop::Trap(Trap {
            cause,
            pc: self.pc,
            symbol,
        })
    }

    #[inline]
    fn block(&mut self) -> Result<Block, Stop> {
        match self.cache.get(self.pc) {
            Some(block) => Ok(block),
            None => self.new_block(),
        }
    }

    #[cold]
    fn new_block(&mut self) -> Result<Block, Stop> {
        if self.pc == self.layout().sentinel {
            return Err(Stop::Returned);
        }
        if !self.pc.is_multiple_of(2) {
            return Err(self.trap(Cause::MisalignedFetch));
        }
        let block = self
            .cache
            .translate(&self.spec, &self.memory, self.pc, self.xlen);
        block.map_err(|error| {
            self.trap(match error {
                FetchError::Fault(fault) => Cause::Fault(fault),
                FetchError::Unknown { word, length } => Cause::UnknownInstruction {
                    word,
                    length,
                    elsewhere: self
                        .spec
                        .neighbour_of(word, self.xlen)
                        .map(|(extension, name)| (name.to_owned(), extension.name.clone())),
                },
            })
        })
    }

    /// Runs compiled code from this block on. None if there is no such code; else whether the next instruction has to be
    /// interpreted.
    #[cfg(feature = "jit")]
    #[inline]
    fn run_compiled(&mut self, block: Block, left: u64) -> Option<bool> {
        let hart = jit::Hart {
            spec: &self.spec,
            xlen: self.xlen,
            sp: self.abi.sp,
            frame: &mut self.frame,
            memory: &mut self.memory,
            cache: &mut self.cache,
            retired: self.retired,
            pc: self.pc,
        };
        let outcome = self.jit.run(hart, block, left)?;
        self.pc = outcome.pc;
        self.retired += outcome.executed;
        Some(outcome.interpret)
    }

    #[cfg(not(feature = "jit"))]
    fn run_compiled(&mut self, _: Block, _: u64) -> Option<bool> {
        None
    }

    /// Runs a whole block.
    #[inline]
    fn run_block(&mut self, block: Block) -> Result<(), Stop> {
        let exit = self.execute(block, 0, usize::MAX);
        let insns = self.cache.insns(block);
        match exit {
            Exit::Through => self.pc = block.end,
            Exit::Jump(target) => self.pc = target,
            Exit::Fault(fault, at) => {
                let done = insns
                    .iter()
                    .take_while(|insn| insn.ops_end as usize <= at)
                    .count();
                self.pc = insns.get(done).map_or(block.end, |insn| insn.pc);
                self.retired += done as u64;
                self.forget_overwritten_code();
                return Err(self.trap(Cause::Fault(fault)));
            }
        }
        self.retired += insns.len() as u64;
        self.forget_overwritten_code();
        Ok(())
    }

    /// Runs a block one instruction at a time, at most `left` of them.
    fn step_through<O: Observer>(
        &mut self,
        block: Block,
        left: u64,
        observer: &mut O,
    ) -> Result<(), Stop> {
        let mut first = 0;
        let count = self
            .cache
            .insns(block)
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        for i in 0..count {
            let insn = self.cache.insns(block)[i];
            let ops_end = insn.ops_end as usize;
            let next_pc = match self.execute(block, first, ops_end) {
                Exit::Through => insn.pc.wrapping_add(u64::from(insn.decoded.length)) & self.mask(),
                Exit::Jump(target) => target,
                Exit::Fault(fault, _) => {
                    self.pc = insn.pc;
                    return Err(self.trap(Cause::Fault(fault)));
                }
            };
            first = ops_end;
            self.retire(&insn, next_pc, observer);
            let forgotten = self.forget_overwritten_code();
            if O::ACTIVE && observer.halts() {
                return Err(Stop::Halted);
            }
            if forgotten {
                break;
            }
        }
        Ok(())
    }

    fn retire<O: Observer>(&mut self, insn: &Insn, next_pc: u64, observer: &mut O) {
        self.pc = next_pc;
        self.retired += 1;
        if O::ACTIVE {
            observer.retire(&Retire {
                pc: insn.pc,
                next_pc,
                instruction: insn.decoded.instruction,
                values: insn.decoded.values(),
                x: registers(&self.frame),
                memory: &self.memory,
            });
        }
    }

    /// Runs the operations of a block from `first` to before `end`.
    #[inline]
    fn execute(&mut self, block: Block, first: usize, end: usize) -> Exit {
        let mask = self.mask();
        let code = self.cache.writable();
        let mut port = Port {
            memory: &mut self.memory,
            mask,
            code,
            code_written: false,
        };
        let ops = self.cache.ops(block);
        let exit = ops::run(&ops[first..end.min(ops.len())], &mut self.frame, &mut port);
        let code_written = port.code_written;
        let exit = match exit {
            Exit::Fault(fault, at) => Exit::Fault(fault, at + first),
            other => other,
        };
        self.code_written |= code_written;
        exit
    }

    /// Starts with an empty cache if translated code may have been overwritten; true if so.
    #[inline]
    fn forget_overwritten_code(&mut self) -> bool {
        let written = std::mem::take(&mut self.code_written);
        if written {
            self.cache.clear();
        }
        written
    }
}

/// The slots of the floating-point registers.
fn float_registers(frame: &Frame) -> &[u64; 32] {
    match frame[usize::from(FIRST_FLOAT)..].first_chunk() {
        Some(registers) => registers,
        None => &[0; 32],
    }
}

fn registers(frame: &Frame) -> &[u64; 32] {
    match frame.first_chunk() {
        Some(registers) => registers,
        None => &[0; 32],
    }
}
