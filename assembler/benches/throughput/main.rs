//! Assembling files of a million lines: this assembler, GNU as and LLVM's, with the ratios of their times, lines a
//! second and peak memory.
//!
//! `cargo bench -p zktr-asm --bench throughput`. Times are of the processor, the best of `ZKTR_BENCH_REPETITIONS`
//! (3; with 0 only the inputs are written) runs, each in a process of its own that loads the spec, reads the file and writes the object. All three run with
//! one thread. `ZKTR_BENCH_LINES` (1000000) is the length of the large inputs; the others have a fourth of it.

mod inputs;

use inputs::Input;
use std::path::Path;
use std::process::Command;
use zktr_asm::{Options, Source, Spec, assemble};

const ARCH: &str = "rv64imac_zicsr";

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

/// Seconds of processor time and kilobytes of memory: the best of several runs.
fn measure(program: &str, arguments: &[&str]) -> Option<(f64, u64)> {
    let mut best: Option<(f64, u64)> = None;
    for _ in 0..setting("ZKTR_BENCH_REPETITIONS", 3) {
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%U %S %M", program]).args(arguments);
        let out = command.output().ok().filter(|out| out.status.success())?;
        let text = String::from_utf8_lossy(&out.stderr);
        let mut fields = text.lines().last()?.split(' ');
        let user: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        let memory: u64 = fields.next()?.parse().ok()?;
        let time = user + system;
        best = Some(best.map_or((time, memory), |(t, m)| (t.min(time), m.min(memory))));
    }
    best
}

/// Assembles one input with each assembler.
fn compare(this: &str, input: &Input, dir: &Path) {
    let file: String = input.name.replace(|c: char| !c.is_alphanumeric(), "-");
    let source = dir.join(format!("throughput-{file}.s"));
    let object = source.with_extension("o");
    std::fs::write(&source, &input.text).expect("the input");
    let (source, object) = (
        source.to_str().expect("UTF-8"),
        object.to_str().expect("UTF-8"),
    );
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
    let Some((ours, memory)) = measure(this, &["--assemble", &flags, source, object]) else {
        println!("  skipped: /usr/bin/time not found, or the input has errors");
        return;
    };
    let report = |name: &str, time: f64, memory: u64| {
        println!(
            "  {name:10} {time:6.2} s {:12.0} lines/s {memory:8} KB = {:5.1} bytes/byte {:6.2} x",
            lines as f64 / time,
            (memory * 1024) as f64 / bytes as f64,
            time / ours
        );
    };
    report("zktr-asm", ours, memory);
    if !input.portable {
        return;
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
    if input.debug {
        gnu.push("-g");
        llvm.push("-g");
    }
    let others = [
        ("GNU as", "riscv64-unknown-elf-as", gnu),
        ("llvm-mc", "llvm-mc-19", llvm),
    ];
    for (name, program, mut arguments) in others {
        arguments.extend(["-o", object, source]);
        match measure(program, &arguments) {
            Some((time, memory)) => report(name, time, memory),
            None => println!("  skipped: {program} not found, or it failed"),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, flags, input, output] = &arguments[..]
        && mode == "--assemble"
    {
        return assemble_file(flags, input, output);
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
    for input in inputs::all(setting("ZKTR_BENCH_LINES", 1_000_000), dir) {
        compare(&arguments[0], &input, dir);
    }
}
