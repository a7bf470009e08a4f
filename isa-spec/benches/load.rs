//! What it costs to load and check the whole built-in spec, all of its files from their texts.
//!
//! Nothing is kept from one load to the next. Printed are the fastest and the median time of many loads.

use std::hint::black_box;
use std::time::{Duration, Instant};
use zktr_isa::{Parameters, Spec};

const REPETITIONS: usize = 200;

fn main() {
    let mut times: Vec<Duration> = (0..REPETITIONS)
        .map(|_| {
            let start = Instant::now();
            let spec = Spec::load_with(&[], &Parameters::default());
            let time = start.elapsed();
            black_box(spec.expect("the built-in spec is right"));
            time
        })
        .collect();
    times.sort_unstable();
    println!(
        "load and check of the built-in spec: fastest {:.2?}, median {:.2?} of {REPETITIONS}",
        times[0],
        times[REPETITIONS / 2]
    );
}
