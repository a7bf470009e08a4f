//! A host of WebAssembly: the functions of a module behind the pass, in a JIT, with units that keep to the module's memory.
//!
//!     cargo run --features wasm --example wasm_host
//!
//! The module (`wasm-host/prover.c`, compiled by clang) is translated as wasmtime does it. Its function computes fingerprints of a table,
//! as it is and behind the pass; in the rewritten one the loops are calls of a unit. A unit that a module can call must not
//! reach beyond what the module can: this one knows the linear memory of the instance, and the frames of the code that calls it,
//! where descriptors are. What is elsewhere it refuses with the status of a fault, before it writes
//! anything. The loop then runs as it was, and traps where it did.

use std::cell::RefCell;
use std::error::Error;
use std::ops::Range;
use std::ptr::NonNull;
use zktr::clif;
use zktr::diff::{self, code::Code};
use zktr_emu::fast::{self, Window};
use zktr_emu::golden::{self, Units};
use zktr_emu::memory::{Access, Fault, Memory};
use zktr_isa::Spec;
use zktr_isa::span::Source;
use zktr_pass::{CostModel, Options, Pass, TrapPolicy};

const MODULE: &[u8] = include_bytes!("wasm-host/prover.wasm");
/// Bytes of a page of linear memory.
const PAGE: usize = 65_536;
/// Rows and columns of the table.
const ROWS: usize = 4096;
const COLUMNS: usize = 24;

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Spec::builtin();
    let mut functions = Vec::new();
    for function in zktr::wasm::translate(MODULE)? {
        let units = clif::read(&Source::new("prover.wasm", function.text))
            .map_err(|errors| format!("the translation is no CLIF: {} errors", errors.len()))?;
        functions.extend(units.into_iter().map(|unit| unit.function));
    }
    let options = Options {
        // True of the unit below.
        trapping: TrapPolicy::UnitRefuses,
        // The units are software: short loops stay.
        profit: Some(CostModel::software()),
        verify: true,
        ..Options::default()
    };
    let prepared = diff::prepare(&spec, &Pass::new(spec.clone(), options), functions)?;
    prepared.remarks[0]
        .iter()
        .for_each(|remark| print!("{remark}"));
    let original = Code::new(&prepared.original, 0, unit)?;
    let offloaded = Code::new(&prepared.rewritten, 0, unit)?;

    let p = spec.format("babybear-m").ok_or("no such format")?.modulus as u32;
    let expected = Instance::new(p).fingerprints(&original, ROWS);
    let computed = Instance::new(p).fingerprints(&offloaded, ROWS);
    if computed != expected {
        return Err("the results differ".into());
    }
    println!("{} fingerprints agree; {}", ROWS, taken());

    // A few rows are faster without a unit, and one word that is no residue is for the loop as well.
    Instance::new(p).fingerprints(&offloaded, 4);
    println!("4 rows: {}", taken());
    let mut odd = Instance::new(p);
    odd.memory[Instance::TABLE / 4] = p;
    let computed = odd.fingerprints(&offloaded, ROWS);
    let mut odd = Instance::new(p);
    odd.memory[Instance::TABLE / 4] = p;
    if computed != odd.fingerprints(&original, ROWS) {
        return Err("the results differ".into());
    }
    println!("a word that is no residue: {}", taken());
    Ok(())
}

/// An instance of the module.
struct Instance {
    /// Linear memory.
    memory: Vec<u32>,
    /// What wasmtime's code finds behind its first parameter, and the limit of the stack in the store.
    context: Vec<u64>,
    store: Vec<u64>,
}

impl Instance {
    /// Where the arrays are in linear memory, above the module's own data and stack.
    const COEFFICIENTS: usize = PAGE;
    const OUT: usize = PAGE + 4096;
    const TABLE: usize = 2 * PAGE;

    /// A new one, with a table.
    fn new(p: u32) -> Self {
        let bytes = (Self::TABLE + 4 * ROWS * COLUMNS).next_multiple_of(PAGE);
        let mut memory = vec![0; bytes / 4];
        let element = |i: usize| (i as u32).wrapping_mul(0x9e37_79b9) % p;
        for (i, word) in memory[Self::COEFFICIENTS / 4..][..COLUMNS]
            .iter_mut()
            .enumerate()
        {
            *word = element(i + 1);
        }
        for (i, word) in memory[Self::TABLE / 4..][..ROWS * COLUMNS]
            .iter_mut()
            .enumerate()
        {
            *word = element(7 * i + 3);
        }
        Self {
            memory,
            context: vec![0; 16],
            store: vec![0; 16],
        }
    }

    /// Calls the function for so many rows; the fingerprints.
    fn fingerprints(&mut self, code: &Code, rows: usize) -> Vec<u32> {
        let base = self.memory.as_mut_ptr() as u64;
        self.context[1] = self.store.as_mut_ptr() as u64;
        self.context[7] = base;
        let context = self.context.as_mut_ptr() as u64;
        let arguments = [
            context,
            context,
            Self::OUT as u64,
            Self::TABLE as u64,
            Self::COEFFICIENTS as u64,
            7,
            rows as u64,
            COLUMNS as u64,
        ];
        let end = &raw const arguments as u64;
        HOST.with_borrow_mut(|host| {
            host.ranges = [base..base + 4 * self.memory.len() as u64, 0..end];
        });
        // SAFETY: the arguments are those of the function, and the arrays are in the linear memory to which the context leads.
        unsafe { code.call(&arguments, &mut []) };
        self.memory[Self::OUT / 4..][..rows].to_vec()
    }
}

thread_local! {
    static HOST: RefCell<Host> = const { RefCell::new(Host { ranges: [0..0, 0..0], done: 0, refused: 0 }) };
}

/// What the unit may access, and what it has done.
struct Host {
    /// Linear memory, and the frames of compiled code, of which only the upper end is known in advance.
    ranges: [Range<u64>; 2],
    done: usize,
    refused: usize,
}

/// What the unit has done since the last time.
fn taken() -> String {
    HOST.with_borrow_mut(|host| {
        let (done, refused) = (
            std::mem::take(&mut host.done),
            std::mem::take(&mut host.refused),
        );
        format!("{done} operations done by the unit, {refused} refused")
    })
}

/// The unit: what compiled code calls.
extern "C" fn unit(instruction: u64, descriptor: u64, count: u64) -> u64 {
    HOST.with_borrow_mut(|host| {
        let marker = 0u8;
        host.ranges[1].start = std::hint::black_box(&raw const marker) as u64;
        let options = golden::Options {
            units: Units::Fast(fast::Options::default()),
            ..golden::Options::default()
        };
        let mut memory = Sandbox(&host.ranges);
        let instruction = instruction as usize;
        let spec = Spec::builtin();
        let status = golden::offload(
            &spec,
            instruction,
            descriptor,
            count,
            64,
            &mut memory,
            &options,
        );
        match status == spec.outcomes.success {
            true => host.done += 1,
            false => host.refused += 1,
        }
        status
    })
}

/// The memory that a unit sees.
struct Sandbox<'h>(&'h [Range<u64>; 2]);

impl Sandbox<'_> {
    fn check(&self, addr: u64, len: u64, access: Access) -> Result<(), Fault> {
        match self.accessible(addr, len, access) {
            true => Ok(()),
            false => Err(Fault { addr, len, access }),
        }
    }
}

impl Memory for Sandbox<'_> {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        self.check(addr, buf.len() as u64, Access::Read)?;
        // SAFETY: the bytes are in linear memory or in frames of compiled code, which is suspended in a call. `buf` is the
        // unit's own.
        unsafe { (addr as *const u8).copy_to_nonoverlapping(buf.as_mut_ptr(), buf.len()) };
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.check(addr, bytes.len() as u64, Access::Write)?;
        // SAFETY: as for `read`; scratch memory of the rewritten code is all that is written in frames.
        unsafe { (addr as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn accessible(&self, addr: u64, len: u64, _: Access) -> bool {
        let inside = |range: &Range<u64>| {
            range.start <= addr && addr.checked_add(len).is_some_and(|end| end <= range.end)
        };
        len == 0 || self.0.iter().any(inside)
    }

    fn lend(&mut self, ranges: &[(u64, u64)]) -> Option<Vec<Window<'_>>> {
        let window = |&(start, len): &(u64, u64)| {
            if !self.accessible(start, len, Access::Write) {
                return None;
            }
            let len = usize::try_from(len).ok()?;
            // SAFETY: as for `read` and `write`.
            Some(unsafe { Window::from_raw(NonNull::new(start as *mut u8)?, len) })
        };
        ranges.iter().map(window).collect()
    }
}
