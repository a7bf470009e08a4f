//! Execution without tracing: the host core, compiled and interpreted, against QEMU's user mode on the same programs.
//!
//! Needs gcc for bare RISC-V and qemu-user. Times are CPU times of the whole process of QEMU, and of loading, compiling and running in a
//! thread here, less what a program takes that ends at once; the mean of nine runs each, one after the other: Linux counts the time of children in
//! hundredths of a second, so that single runs would not be told apart, but their sum is right. `ZKTR_BENCH_REPETITIONS` sets another number of runs.

use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{self, Input};
use zktr_isa::Spec;

/// The first one does nothing.
const KERNELS: [&str; 7] = [
    "nothing",
    "sieve",
    "fibonacci",
    "crc",
    "quicksort",
    "matrix",
    "sha256",
];

fn main() -> ExitCode {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    println!("CPU time: QEMU / here compiled (higher is better), and / here interpreted");
    println!("less that of a program that does nothing");
    let spec = Spec::builtin();
    let set = std::env::var("ZKTR_BENCH_REPETITIONS").ok();
    let runs: usize = set.and_then(|runs| runs.parse().ok()).unwrap_or(9).max(1);
    for xlen in [32, 64] {
        let mut product = 1.0;
        let mut idle = Times::default();
        for (number, kernel) in KERNELS.iter().enumerate() {
            let path = scratch.join(format!("{kernel}{xlen}"));
            if let Err(error) = compile(xlen, number, &path) {
                eprintln!("skipped: gcc for RISC-V: {error}");
                return ExitCode::SUCCESS;
            }
            let bytes = std::fs::read(&path).expect("it was just compiled");
            let here = |options: Options| {
                let begin = own_time();
                let input = Input {
                    name: kernel,
                    bytes: &bytes,
                };
                let image = loader::load(&spec, &[input], 1 << 30).expect("an executable");
                let mut machine = Machine::load(spec.clone(), &image, options).expect("it fits");
                let stop = machine.run(u64::MAX);
                (own_time() - begin, stop, machine.retired())
            };
            let mut times = Times::default();
            let mut retired = 0;
            for _ in 0..runs {
                let (time, stop, instructions) = here(Options::default());
                times.compiled += time / runs as f64;
                retired = instructions;
                let begin = time_of_children();
                let status = Command::new(format!("qemu-riscv{xlen}"))
                    .arg(&path)
                    .status();
                let Ok(status) = status else {
                    eprintln!("skipped: qemu-riscv{xlen} cannot be run");
                    return ExitCode::SUCCESS;
                };
                times.qemu += (time_of_children() - begin) / runs as f64;
                let Stop::Exit(code) = stop else {
                    eprintln!("{kernel}: {stop}");
                    return ExitCode::FAILURE;
                };
                assert_eq!(status.code(), Some((code & 0xff) as i32), "{kernel}");
            }
            if number == 0 {
                println!(
                    "rv{xlen} {kernel:<10} QEMU {:.1} ms, here {:.1} ms",
                    times.qemu * 1e3,
                    times.compiled * 1e3
                );
                idle = times;
                continue;
            }
            let (interpreted, ..) = here(Options {
                compile_after: None,
                ..Options::default()
            });
            let (compiled, qemu) = (times.compiled - idle.compiled, times.qemu - idle.qemu);
            let million = retired as f64 / 1e6;
            println!(
                "rv{xlen} {kernel:<10} {million:>6.0} M instructions  {:>5.2}  {:>7.3}   (QEMU {:.0}, compiled {:.0} MIPS)",
                qemu / compiled,
                qemu / interpreted,
                million / qemu,
                million / compiled,
            );
            product *= qemu / compiled;
        }
        let mean = f64::powf(product, 1.0 / (KERNELS.len() - 1) as f64);
        println!("rv{xlen} geometric mean {mean:.2}");
    }
    ExitCode::SUCCESS
}

fn compile(xlen: u8, kernel: usize, path: &Path) -> std::io::Result<()> {
    let abi = if xlen == 32 { "ilp32" } else { "lp64" };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/execute/kernels.c");
    let status = Command::new("riscv64-unknown-elf-gcc")
        .args(["-O2", "-ffreestanding", "-nostdlib", "-static", "-w"])
        .args([
            format!("-march=rv{xlen}im"),
            format!("-mabi={abi}"),
            format!("-DKERNEL={kernel}"),
        ])
        .arg("-o")
        .arg(path)
        .arg(source)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(status.to_string()))
    }
}

/// Mean times of a program, in seconds.
#[derive(Default)]
struct Times {
    compiled: f64,
    qemu: f64,
}

/// Seconds of CPU time of this process.
fn own_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Seconds of CPU time of the children of this process that have ended.
fn time_of_children() -> f64 {
    // Fields 16 and 17 of proc_pid_stat(5), counted behind the name: ticks of children in user and system mode.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace();
    let ticks: f64 = fields
        .skip(13)
        .take(2)
        .filter_map(|text| text.parse::<f64>().ok())
        .sum();
    // Linux counts in hundredths of a second for user programs.
    ticks / 100.0
}
