//! The fast MTU against the golden one: guests are executed and recorded, and all tables are filled with their multiplicities counted.
//!
//! Times are CPU times of this thread, user and system, the least of some repetitions; the golden side runs once, on the first segment, and
//! its tables are compared with the fast ones. Segments are of 2^18 instructions, and their tables share memory.
//!
//! At the end, how much faster two threads are than one, by the time on the clock; each run gets its memory anew.
//!
//! Arguments choose guests of `examples/guests` by name. `ZKTR_BENCH_LOG_SEGMENT` and `ZKTR_BENCH_REPETITIONS` set other
//! numbers; `ZKTR_BENCH_INSTRUCTIONS` how many instructions of a guest are executed.

#[path = "support/cores.rs"]
mod cores;

use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use zktr_asm::link::LinkOptions;
use zktr_emu::fast::Level;
use zktr_emu::host::{self, Machine};
use zktr_emu::loader::{self, Input};
use zktr_emu::trace::fast::{Filler, fill_each, record_each};
use zktr_emu::trace::{self, Filled, Options, Trace};
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Source};

/// As the command has it.
#[global_allocator]
static MEMORY: zktr_memory::LargePages = zktr_memory::LargePages;

const GUESTS: [&str; 8] = [
    "sort", "sha256", "rsa", "bls", "matrix", "merkle", "mix", "bursts",
];

fn main() {
    let number = |name: &str, default: u64| {
        let set = std::env::var(name).ok();
        set.and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let segment = 1 << number("ZKTR_BENCH_LOG_SEGMENT", 18).min(22);
    let repetitions = number("ZKTR_BENCH_REPETITIONS", 3).max(1);
    let fuel = number("ZKTR_BENCH_INSTRUCTIONS", 4_000_000);
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let levels: Vec<String> = Level::available().iter().map(Level::to_string).collect();
    println!(
        "segments of {segment} instructions, one thread, {}; CPU time",
        levels.join(", ")
    );
    println!(
        "{:<8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "guest", "instrs", "record", "fill", "both", "rows", "cells", "bytes", "/golden"
    );
    println!(
        "{:<8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "M", "M/s", "M/s", "M/s", "M/s", "M/s", "GB/s"
    );
    let spec = Spec::builtin();
    let schema = spec.trace();
    let modulus = trace::modulus(&spec, "babybear").expect("a field of the spec");
    let mut filler = Filler::new(schema, modulus);
    let mut used = Trace {
        modulus,
        tables: Vec::new(),
    };
    let options = Options {
        segment,
        fuel,
        ..Options::default()
    };
    for guest in GUESTS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == guest) {
            continue;
        }
        let mut best = Times {
            record: f64::INFINITY,
            fill: f64::INFINITY,
        };
        let (mut instructions, mut rows, mut cells) = (0, 0, 0);
        for _ in 0..repetitions {
            let mut machine = load(&spec, guest);
            let mut filling = 0.0;
            (instructions, rows, cells) = (0, 0, 0);
            let begin = cpu_time();
            record_each(&spec, &mut machine, &options, |segment| {
                let begin = cpu_time();
                filler.fill_again(segment, &mut used);
                filling += cpu_time() - begin;
                instructions += segment.instructions();
                rows += used.tables.iter().map(Filled::height).sum::<usize>();
                cells += used.tables.iter().map(|t| t.cells.len()).sum::<usize>();
                Ok::<(), Diagnostic>(())
            })
            .expect("a guest that can be traced");
            best.record = best.record.min(cpu_time() - begin - filling);
            best.fill = best.fill.min(filling);
        }
        let time = best.record + best.fill;
        let million = |n: usize, time: f64| n as f64 / time / 1e6;
        print!(
            "{guest:<8} {:>9.2} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.0} {:>8.2}",
            instructions as f64 / 1e6,
            million(instructions, best.record),
            million(instructions, best.fill),
            million(instructions, time),
            million(rows, time),
            million(cells, time),
            million(4 * cells, time) / 1e3,
        );
        let golden = golden(&spec, guest, &mut filler, &mut used, modulus);
        println!(" {:>8.0}", golden * instructions as f64 / time);
    }
    println!("peak memory: {}", peak());
    for guest in GUESTS {
        if wanted.is_empty() || wanted.iter().any(|name| name == guest) {
            let [one, two] = [1, 2].map(|threads| {
                let times = (0..repetitions)
                    .map(|_| on_the_clock(&spec, guest, &options, (modulus, threads)));
                times.fold(f64::INFINITY, f64::min)
            });
            println!(
                "{guest:<8} filled by two threads, on the clock: {:.2} times as fast",
                one / two
            );
        }
    }
    println!(
        "two threads that only multiply: {:.2} times as fast as one",
        cores::two_threads()
    );
    println!("one number, again and again: {:.1} GB/s", stores());
}

/// Seconds on the clock to record and fill a guest.
fn on_the_clock(spec: &Arc<Spec>, guest: &str, options: &Options, how: (u64, usize)) -> f64 {
    let mut machine = load(spec, guest);
    let begin = Instant::now();
    fill_each(spec, &mut machine, options, how, |_, _| {
        Ok::<(), Diagnostic>(())
    })
    .expect("a guest that can be traced");
    begin.elapsed().as_secs_f64()
}

/// How many gigabytes a second can be written to memory that no cache holds, with nothing to compute: no filler is faster.
fn stores() -> f64 {
    let mut cells = vec![0u32; 1 << 25];
    let mut best = f64::INFINITY;
    for number in 1..=10 {
        let begin = cpu_time();
        std::hint::black_box(&mut cells).fill(std::hint::black_box(number));
        best = best.min(cpu_time() - begin);
    }
    4.0 * cells.len() as f64 / best / 1e9
}

/// Seconds for a guest.
struct Times {
    record: f64,
    fill: f64,
}

/// Seconds for each instruction of the golden layer; its tables are those of the fast one.
fn golden(
    spec: &Arc<Spec>,
    guest: &str,
    filler: &mut Filler<'_>,
    used: &mut Trace,
    modulus: u64,
) -> f64 {
    let options = Options {
        fuel: 20_000,
        ..Options::default()
    };
    let begin = cpu_time();
    let recording = trace::record(spec, &mut load(spec, guest), &options).expect("it was traced");
    let mut tables = Vec::new();
    let mut instructions = 0;
    for execution in &recording.executions {
        instructions += execution.events.len();
        tables.push(trace::fill_from(spec.trace(), execution, modulus));
    }
    let time = (cpu_time() - begin) / instructions as f64;
    let mut golden = tables.iter();
    record_each(spec, &mut load(spec, guest), &options, |segment| {
        filler.fill_again(segment, used);
        assert!(golden.next() == Some(used), "{guest}: other tables");
        Ok::<(), Diagnostic>(())
    })
    .expect("it was traced");
    time
}

/// A machine at the entry of a guest.
fn load(spec: &Arc<Spec>, guest: &str) -> Machine {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/guests")
        .join(format!("{guest}.s"));
    let text = std::fs::read_to_string(&path).expect("a guest of this repository");
    let options = zktr_asm::Options {
        xlen: spec.trace().guest.xlen,
        ..zktr_asm::Options::default()
    };
    let source = Source::new(guest, text);
    let object = zktr_asm::assemble(spec, &source, &options).expect("it is assembled");
    let program = object.link(spec, &LinkOptions::default());
    let program = program.expect("it is linked");
    let bytes = program.write_elf().expect("it is small");
    let input = Input {
        name: guest,
        bytes: &bytes,
    };
    let image = loader::load(spec, &[input], 1 << 28).expect("an executable");
    let options = host::Options {
        compile_after: None,
        ..host::Options::default()
    };
    Machine::load(spec.clone(), &image, options).expect("it fits")
}

/// CPU time of this thread, in seconds.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory that this process has had, as Linux says.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}
