//! Assembling files of a million lines: this assembler, GNU as and LLVM's, with the ratios of their times, lines a
//! second and peak memory; and disassembling an object, against GNU's and LLVM's objdump.
//!
//! `cargo bench -p zktr-asm --bench throughput`. Each run is a process of its own that loads the spec, reads the file
//! and writes the output, with one thread. The programs run in turn, and the median of `ZKTR_BENCH_REPETITIONS` runs
//! (5; with 0 only the inputs are written) by time of the processor counts. `ZKTR_BENCH_LINES` (1000000) is the
//! length of the large inputs; the others have a fourth of it. The benchmark fails if the assembler needs more than
//! [`BOUND`] bytes of memory for a byte of source, beyond what it needs for an empty one.

mod inputs;
mod measure;

use inputs::Input;
use measure::{Cost, Run, medians};
use std::path::Path;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, objdump};

/// As in the `zktr` command.
#[global_allocator]
static MEMORY: zktr_memory::LargePages = zktr_memory::LargePages;

const ARCH: &str = "rv64imac_zicsr";

/// Bytes of memory for a byte of source, beyond [`EMPTY`].
const BOUND: f64 = 20.0;

/// Kilobytes that the assembler may need for an empty source: most of it is the spec.
const EMPTY: u64 = 16 << 10;

/// What the benchmark runs of ours.
fn assemble_file(flags: &str, input: &str, output: &str) {
    let text = std::fs::read_to_string(input).expect("the generated file");
    let options = Options {
        arch: (!flags.contains('x')).then(|| ARCH.to_owned()),
        relax: flags.contains('r'),
        debug: flags.contains('g'),
        ..Options::default()
    };
    let object =
        assemble(&Spec::builtin(), &Source::new(input, text), &options).expect("no errors");
    std::fs::write(output, object.write_elf().expect("an object")).expect("the output");
}

/// A number from the environment.
fn setting(name: &str, default: usize) -> usize {
    let value = std::env::var(name).ok();
    value.and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// The other thing that it runs of ours.
fn disassemble_file(input: &str) {
    let bytes = std::fs::read(input).expect("the object");
    let text = objdump(&Spec::builtin(), &bytes, &DisasmOptions::default()).expect("an object");
    print!("{text}");
}

/// Runs programs, the first of which is ours, and prints what they cost for so many `items`; the cost of ours.
fn compare(runs: &[Run], (items, unit): (usize, &str), bytes: usize) -> Option<Cost> {
    let costs = medians(runs, setting("ZKTR_BENCH_REPETITIONS", 5));
    let ours = (*costs.first()?)?;
    for (run, cost) in runs.iter().zip(&costs) {
        let Some(cost) = cost else {
            println!("  skipped: {} not found, or it failed", run.command[0]);
            continue;
        };
        println!(
            "  {:12} {:6.3} s ({:6.3} s on the clock) {:10.0} {unit}/s {:7} KB = {:5.1} bytes/byte {:6.2} x",
            run.name,
            cost.processor,
            cost.clock,
            items as f64 / cost.processor,
            cost.memory,
            (cost.memory * 1024) as f64 / bytes as f64,
            cost.processor / ours.processor,
        );
    }
    Some(ours)
}

/// Assembles one input with each assembler; false if ours needs too much memory.
fn assemblers(this: &str, input: &Input, dir: &Path) -> bool {
    let file: String = input.name.replace(|c: char| !c.is_alphanumeric(), "-");
    let source = dir.join(format!("throughput-{file}.s"));
    let object = source.with_extension("o");
    std::fs::write(&source, &input.text).expect("the input");
    let source = source.to_str().expect("UTF-8");
    let output = |object: &Path| object.to_str().expect("UTF-8").to_owned();
    let others = [output(&object), output(&object.with_extension("other.o"))];
    let lines = input.text.lines().count();
    let bytes = input.text.len();
    println!("{}: {lines} lines, {bytes} bytes", input.name);
    let mut flags = String::from("-");
    for (set, flag) in [
        (!input.portable, 'x'),
        (input.relax, 'r'),
        (input.debug, 'g'),
    ] {
        flags.extend(set.then_some(flag));
    }
    let march = format!("-march={ARCH}");
    let mut gnu = vec![march.as_str()];
    gnu.push(if input.relax { "-mrelax" } else { "-mno-relax" });
    let mut llvm = vec!["-triple=riscv64", "-filetype=obj"];
    llvm.push(if input.relax {
        "-mattr=+m,+a,+c,+relax"
    } else {
        "-mattr=+m,+a,+c"
    });
    let mut runs = vec![Run::new(
        "zktr-asm",
        this,
        &["--assemble", &flags, source, &others[0]],
    )];
    for (name, program, mut arguments) in [
        ("GNU as", "riscv64-unknown-elf-as", gnu),
        ("llvm-mc", "llvm-mc-19", llvm),
    ] {
        arguments.extend(input.debug.then_some("-g"));
        arguments.extend(["-o", &others[1], source]);
        if input.portable {
            runs.push(Run::new(name, program, &arguments));
        }
    }
    let Some(ours) = compare(&runs, (lines, "lines"), bytes) else {
        println!("  skipped: bash or /usr/bin/time not found, or the input has errors");
        return true;
    };
    let ratio = (ours.memory.saturating_sub(EMPTY) * 1024) as f64 / bytes as f64;
    if ratio > BOUND {
        println!("  too much memory: {ratio:.1} bytes for a byte of source");
    }
    ratio <= BOUND
}

/// Disassembles an object with each tool.
fn disassemblers(this: &str, object: &Path) {
    let Ok(bytes) = std::fs::metadata(object).map(|file| file.len() as usize) else {
        return;
    };
    let file = object.to_str().expect("UTF-8");
    println!("disassembly with relocations: {bytes} bytes");
    let gnu = ["-dr", file];
    let llvm = ["-dr", "--mattr=+m,+a,+c", file];
    let runs = [
        Run::new("zktr-asm", this, &["--objdump", file]),
        Run::new("GNU objdump", "riscv64-unknown-elf-objdump", &gnu),
        Run::new("llvm-objdump", "llvm-objdump-19", &llvm),
    ];
    if compare(&runs, (bytes, "bytes"), bytes).is_none() {
        println!("  skipped: bash or /usr/bin/time not found");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, flags, input, output] = &arguments[..]
        && mode == "--assemble"
    {
        return assemble_file(flags, input, output);
    }
    if let [_, mode, input] = &arguments[..]
        && mode == "--objdump"
    {
        return disassemble_file(input);
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(dir).expect("a directory");
    if let Ok(info) = std::fs::read_to_string("/proc/cpuinfo") {
        for name in ["model name", "flags"] {
            println!(
                "{}",
                info.lines().find(|l| l.starts_with(name)).unwrap_or("")
            );
        }
    }
    let mut bounded = true;
    for input in inputs::all(setting("ZKTR_BENCH_LINES", 1_000_000), dir) {
        bounded &= assemblers(&arguments[0], &input, dir);
    }
    disassemblers(&arguments[0], &dir.join("throughput-functions--relax.o"));
    assert!(
        bounded,
        "more than {BOUND} bytes of memory for a byte of source"
    );
}
