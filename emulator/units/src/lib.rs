//! The units of the ZK-Tracer in software, for programs on this machine.
//!
//! Each instruction with a descriptor is a C function of its symbol (`zktr_inv` for `zktr.inv`): the functions that code in the
//! pass's portable form calls, so that a program whose loops have been replaced can be linked without the accelerator, and
//! gains from packed arithmetic nevertheless. `zktr spec export c` writes the header that declares them, with the
//! structures of the descriptors; on RISC-V, the same header has the instructions themselves.
//!
//! Views are addresses in the memory of the process, and are accessed as the descriptor says. Whether that memory is there
//! is up to the caller, as for any C function: there is no status `fault` but for the null pointer.
//!
//! The environment variable `ZKTR_UNITS` sets the number of threads that rows of long operations are divided among (1).

use std::ptr::NonNull;
use std::sync::LazyLock;
use zktr_emu::fast::{self, Window};
use zktr_emu::golden::{self, Units};
use zktr_emu::memory::{Access, Fault, Memory};
use zktr_isa::Spec;

include!(concat!(env!("OUT_DIR"), "/symbols.rs"));

/// Counts and words of views have no other limit than memory.
const MOST_ELEMENTS: u64 = 1 << 40;

static OPTIONS: LazyLock<golden::Options> = LazyLock::new(|| {
    let threads = std::env::var("ZKTR_UNITS").ok();
    let threads = threads.and_then(|threads| threads.parse().ok());
    golden::Options {
        max_elements: MOST_ELEMENTS,
        units: Units::Fast(fast::Options {
            threads: threads.unwrap_or(1).clamp(1, 1024),
            ..fast::Options::default()
        }),
        ..golden::Options::default()
    }
});

/// Executes instruction number `instruction` of the built-in spec on the memory of this process; the result is its status.
///
/// # Safety
/// The descriptor is readable, and so are the elements of the views in it; those that are written are writable. While the
/// function runs, nobody else writes the elements that are read, or accesses those that are written. For an instruction that
/// refuses before its work, this applies to the descriptor alone.
pub unsafe fn offload(instruction: usize, descriptor: u64, count: u64) -> u64 {
    let mut process = Process(());
    golden::offload(
        &Spec::builtin(),
        instruction,
        descriptor,
        count,
        u64::BITS as u8,
        &mut process,
        &OPTIONS,
    )
}

/// The memory of this process.
///
/// # Safety
/// It is only made in [`offload`], whose caller vouches for the accesses.
struct Process(());

impl Memory for Process {
    fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), Fault> {
        // SAFETY: see the type; `buf` is this library's own.
        unsafe { (addr as *const u8).copy_to_nonoverlapping(buf.as_mut_ptr(), buf.len()) };
        Ok(())
    }

    fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Fault> {
        // SAFETY: as for `read`.
        unsafe { (addr as *mut u8).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    fn accessible(&self, addr: u64, len: u64, _: Access) -> bool {
        len == 0 || addr != 0 && addr.checked_add(len).is_some()
    }

    fn lend(&mut self, ranges: &[(u64, u64)]) -> Option<Vec<Window<'_>>> {
        let window = |&(start, len): &(u64, u64)| {
            let len = usize::try_from(len)
                .ok()
                .filter(|len| isize::try_from(*len).is_ok())?;
            let start = NonNull::new(start as *mut u8)?;
            // SAFETY: see the type. Only elements of views are accessed, and each only as its view says.
            Some(unsafe { Window::from_raw(start, len) })
        };
        ranges.iter().map(window).collect()
    }
}
