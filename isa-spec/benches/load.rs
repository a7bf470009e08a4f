//! What it costs to load the built-in spec from the texts of its files: as programs do it, which leave out what the tests
//! of this crate prove of these files and the tables of the trace until they are asked for; and with all checks.
//!
//! Nothing is kept from one load to the next. Printed are the fastest and the median time of many loads.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zktr_isa::span::Diagnostic;
use zktr_isa::{Parameters, Spec};

const REPETITIONS: usize = 200;

fn main() {
    let default = Parameters::default();
    measure("load", || Spec::load_with(&[], &default));
    measure("load, with the tables of the trace", || {
        let spec = Spec::load_with(&[], &default)?;
        spec.trace();
        Ok(spec)
    });
    measure("load and check", || {
        Spec::of_files(Spec::builtin_files(), &default)
    });
}

/// Loads the spec many times.
fn measure(what: &str, load: impl Fn() -> Result<Arc<Spec>, Vec<Diagnostic>>) {
    let mut times: Vec<Duration> = (0..REPETITIONS)
        .map(|_| {
            let start = Instant::now();
            let spec = load();
            let time = start.elapsed();
            black_box(spec.expect("the built-in spec is right"));
            time
        })
        .collect();
    times.sort_unstable();
    println!(
        "built-in spec, {what}: fastest {:.2?}, median {:.2?} of {REPETITIONS}",
        times[0],
        times[REPETITIONS / 2]
    );
}
