//! What a second thread can bring on this machine at most: processors share cores, clocks and caches with what nobody here sees.

use std::hint::black_box;
use std::time::Instant;

/// Multiplications that depend on each other; a thread that has a core for itself takes some tenths of a second.
const STEPS: u64 = 1 << 27;
/// The best of so many measurements counts.
const REPETITIONS: usize = 5;

/// How many times faster two threads are with the same work that never leaves the registers.
pub fn two_threads() -> f64 {
    let on_the_clock = |threads: u64| {
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| multiply(2 * STEPS / threads));
            }
        });
        begin.elapsed().as_secs_f64()
    };
    let mut least = [f64::INFINITY; 2];
    for _ in 0..REPETITIONS {
        for (threads, least) in (1..).zip(&mut least) {
            *least = least.min(on_the_clock(threads));
        }
    }
    least[0] / least[1]
}

fn multiply(steps: u64) -> u64 {
    let mut x = black_box(1u64);
    for _ in 0..steps {
        x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
    }
    black_box(x)
}
