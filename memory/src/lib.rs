//! The system's allocator, which asks Linux for large pages where an allocation has room for them.
//!
//! Source text, sections, trace tables and columns are written once, and a fresh page costs the kernel longer than
//! filling it does (`cargo bench -p zktr-memory --bench fresh` has both sides). Linux maps 2 MiB at once where a program asks for it (`transparent_hugepage/enabled` is `madvise` on most
//! distributions). A request is only a hint: what an allocation holds, where it is and how long it lives are the
//! system allocator's affair, and on other systems nothing is asked.

use std::alloc::{GlobalAlloc, Layout, System};

/// Bytes of a large page on x86-64, and on aarch64 and riscv64 with base pages of 4 KiB.
pub const LARGE_PAGE: usize = 2 << 20;

/// The system's allocator with large pages; for `#[global_allocator]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LargePages;

// SAFETY: every method passes its arguments on to `System` and returns what that returns; `advise` changes no memory.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        advise(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        advise(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above; `memory` came from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; `memory` came from `System`.
        advise(unsafe { System.realloc(memory, layout, size) }, size)
    }
}

/// Asks for large pages if a range may contain one; returns its start.
#[inline]
fn advise(start: *mut u8, size: usize) -> *mut u8 {
    if size >= LARGE_PAGE && !start.is_null() {
        advise_range(start.addr(), size);
    }
    start
}

/// Asks for large pages in the whole base pages of a range.
#[cfg(target_os = "linux")]
#[cold]
fn advise_range(start: usize, size: usize) {
    // Base pages are no larger than this on any system that Rust's targets run on, and a large page is a multiple.
    const BASE: usize = 64 << 10;
    let first = start.next_multiple_of(BASE);
    let length = (start + size).saturating_sub(first) / BASE * BASE;
    // SAFETY: the range lies in an allocation of this process; the advice changes how its pages are mapped, not
    // what they hold. An error (no such feature) leaves everything as it is.
    let _ = unsafe {
        libc::madvise(
            std::ptr::without_provenance_mut(first),
            length,
            libc::MADV_HUGEPAGE,
        )
    };
}

#[cfg(not(target_os = "linux"))]
fn advise_range(_start: usize, _size: usize) {}
