//! Execution without tracing: the host core, compiled and interpreted, against QEMU's user mode on the same programs.
//!
//! Needs gcc for bare RISC-V and qemu-user. Times are CPU times of the whole process of QEMU, and of loading, compiling and running in a
//! thread here; the median of five runs each, one after the other. `ZKTR_BENCH_REPETITIONS` sets another number of them.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{self, Input};
use zktr_isa::Spec;

const KERNELS: [&str; 6] = ["sieve", "fibonacci", "crc", "quicksort", "matrix", "sha256"];

fn main() -> ExitCode {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    println!("CPU time: QEMU / here compiled (higher is better), and / here interpreted");
    let spec = Spec::builtin();
    let set = std::env::var("ZKTR_BENCH_REPETITIONS").ok();
    let runs: usize = set.and_then(|runs| runs.parse().ok()).unwrap_or(5).max(1);
    for xlen in [32, 64] {
        let mut product = 1.0;
        for (number, kernel) in KERNELS.iter().enumerate() {
            let path = scratch.join(format!("{kernel}{xlen}"));
            if let Err(error) = compile(xlen, number, &path) {
                eprintln!("skipped: gcc for RISC-V: {error}");
                return ExitCode::SUCCESS;
            }
            let bytes = std::fs::read(&path).expect("it was just compiled");
            let here = |options: Options| {
                let begin = cpu_time(false);
                let input = Input {
                    name: kernel,
                    bytes: &bytes,
                };
                let image = loader::load(&spec, &[input], 1 << 30).expect("an executable");
                let mut machine = Machine::load(spec.clone(), &image, options).expect("it fits");
                let stop = machine.run(u64::MAX);
                (cpu_time(false) - begin, stop, machine.retired())
            };
            let mut compiled = Vec::new();
            let mut qemu = Vec::new();
            let mut retired = 0;
            for _ in 0..runs {
                let (time, stop, instructions) = here(Options::default());
                compiled.push(time);
                retired = instructions;
                let begin = cpu_time(true);
                let status = Command::new(format!("qemu-riscv{xlen}"))
                    .arg(&path)
                    .status();
                let Ok(status) = status else {
                    eprintln!("skipped: qemu-riscv{xlen} cannot be run");
                    return ExitCode::SUCCESS;
                };
                qemu.push(cpu_time(true) - begin);
                let Stop::Exit(code) = stop else {
                    eprintln!("{kernel}: {stop}");
                    return ExitCode::FAILURE;
                };
                assert_eq!(status.code(), Some((code & 0xff) as i32), "{kernel}");
            }
            let (interpreted, ..) = here(Options {
                compile_after: None,
                ..Options::default()
            });
            let (compiled, qemu) = (median(compiled), median(qemu));
            let million = retired as f64 / 1e6;
            println!(
                "rv{xlen} {kernel:<10} {million:>6.0} M instructions  {:>5.2}  {:>6.1}   ({:.0} MIPS compiled)",
                qemu / compiled,
                qemu / interpreted,
                million / compiled,
            );
            product *= qemu / compiled;
        }
        let mean = f64::powf(product, 1.0 / KERNELS.len() as f64);
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

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds of CPU time of this process, or of its children that have ended.
fn cpu_time(children: bool) -> f64 {
    // Fields 14 to 17 of proc_pid_stat(5), counted behind the name: ticks in user and system mode, then the same of children.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let field = |at: usize| {
        fields
            .get(at)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let at = if children { 13 } else { 11 };
    // Linux counts in hundredths of a second for user programs.
    (field(at) + field(at + 1)) / 100.0
}
