//! Filling fresh memory with the system's allocator and with large pages: the ratio of their times.
//!
//! `cargo bench -p zktr-memory --bench fresh`. Each allocation has `ZKTR_BENCH_MIB` (32) MiB; the median of
//! `ZKTR_BENCH_REPETITIONS` (15) of each counts, taken in turn.

use std::alloc::{GlobalAlloc, Layout, System};
use std::time::{Duration, Instant};
use zktr_memory::LargePages;

/// A number from the environment.
fn setting(name: &str, default: usize) -> usize {
    let value = std::env::var(name).ok();
    value.and_then(|n| n.parse().ok()).unwrap_or(default).max(1)
}

/// How long it takes to allocate, fill and free.
fn fill(allocator: &impl GlobalAlloc, layout: Layout) -> Duration {
    let start = Instant::now();
    // SAFETY: the layout has a size, the memory is written within it and freed once with the same layout.
    unsafe {
        let memory = allocator.alloc(layout);
        assert!(!memory.is_null(), "no memory");
        memory.write_bytes(0x5a, layout.size());
        std::hint::black_box(memory);
        allocator.dealloc(memory, layout);
    }
    start.elapsed()
}

fn main() {
    let size = setting("ZKTR_BENCH_MIB", 32) << 20;
    let layout = Layout::from_size_align(size, 16).expect("a size that fits");
    let (mut small, mut large): (Vec<_>, Vec<_>) = (0..setting("ZKTR_BENCH_REPETITIONS", 15))
        .map(|_| (fill(&System, layout), fill(&LargePages, layout)))
        .unzip();
    small.sort_unstable();
    large.sort_unstable();
    let (small, large) = (small[small.len() / 2], large[large.len() / 2]);
    println!("allocating and filling {} MiB", size >> 20);
    println!("  system       {small:10.1?}");
    println!(
        "  large pages  {large:10.1?}  {:5.2} x",
        small.as_secs_f64() / large.as_secs_f64()
    );
}
