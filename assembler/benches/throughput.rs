//! Assembling a file of a million lines, as a compiler writes them: this assembler, GNU as and LLVM's, with the ratios of
//! their times, lines a second and peak memory.
//!
//! `cargo bench -p zktr-asm --bench throughput`. Times are of the processor, the best of `ZKTR_BENCH_REPETITIONS`
//! (5) runs, each in a process of its own that also reads the file and writes the object.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use zktr_asm::{Options, Source, Spec, assemble};

const LINES: usize = 1_000_000;
const ARCH: &str = "rv64imac_zicsr";

/// A function with a loop, branches in both directions, loads and stores, addresses, constants and calls.
fn function(out: &mut String, n: usize, seed: &mut u64) {
    let mut random = |below: u64| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed % below
    };
    let registers = ["a0", "a1", "a2", "a3", "a4", "a5", "s0", "s1", "t1", "s2"];
    // Writing to a string cannot fail.
    let mut line = |text: std::fmt::Arguments<'_>| out.write_fmt(format_args!("{text}\n")).unwrap();
    line(format_args!(
        "\t.align\t1\n\t.globl\tf{n}\n\t.type\tf{n}, @function\nf{n}:"
    ));
    line(format_args!(
        "\taddi\tsp,sp,-32\n\tsd\tra,24(sp)\n\tsd\ts0,16(sp)\n\tmv\ts0,a0"
    ));
    for block in 0..8 {
        let label = n * 8 + block;
        line(format_args!(".L{label}:"));
        for _ in 0..6 {
            let mut register = || registers[random(10) as usize];
            let (a, b, c) = (register(), register(), register());
            match random(12) {
                0 => line(format_args!("\tlw\t{a},{}({b})", 4 * random(64))),
                1 => line(format_args!("\tsd\t{a},{}(sp)", 8 * random(4))),
                2 => line(format_args!("\taddi\t{a},{a},{}", random(31) + 1)),
                3 => line(format_args!("\tadd\t{a},{b},{c}")),
                4 => line(format_args!("\tmv\t{a},{b}")),
                5 => line(format_args!("\tli\t{a},{}", random(5000))),
                6 => line(format_args!("\tslli\t{a},{b},{}", random(63) + 1)),
                7 => line(format_args!("\txor\t{a},{a},{c}")),
                8 => line(format_args!("\tmulw\t{a},{b},{c}")),
                9 => line(format_args!(
                    "\tlui\t{a},%hi(v{n})\n\tlw\t{b},%lo(v{n})({a})"
                )),
                10 => line(format_args!("\tandi\t{a},{b},{}", random(2048))),
                _ => line(format_args!("\tcall\tf{}", random(n as u64 + 1))),
            }
        }
        let target = n * 8 + random(8) as usize;
        match block % 3 {
            0 => line(format_args!("\tbeq\ta5,zero,.L{target}")),
            1 => line(format_args!("\tbgtu\ta4,a5,.L{target}")),
            _ => line(format_args!("\tj\t.L{target}")),
        }
    }
    line(format_args!(
        "\tld\tra,24(sp)\n\tld\ts0,16(sp)\n\taddi\tsp,sp,32\n\tjr\tra"
    ));
    line(format_args!(
        "\t.size\tf{n}, .-f{n}\n\t.section\t.rodata\n\t.align\t2\nv{n}:"
    ));
    line(format_args!(
        "\t.word\t.L{}-.L{}\n\t.word\t{n}\n\t.text",
        n * 8 + 1,
        n * 8
    ));
}

fn generate() -> String {
    let mut text = String::from("\t.option nopic\n\t.text\n");
    let (mut seed, mut lines, mut n) = (0x2545_f491_4f6c_dd1d, 2, 0);
    while lines < LINES {
        let before = text.len();
        function(&mut text, n, &mut seed);
        lines += text[before..].bytes().filter(|&b| b == b'\n').count();
        n += 1;
    }
    text
}

/// What the benchmark runs of ours.
fn assemble_file(input: &str, output: &str) {
    let text = std::fs::read_to_string(input).expect("the generated file");
    let options = Options {
        arch: Some(ARCH.to_owned()),
        ..Options::default()
    };
    let object =
        assemble(&Spec::builtin(), &Source::new(input, text), &options).expect("no errors");
    std::fs::write(output, object.write_elf().expect("an object")).expect("the output");
}

/// Seconds of processor time and kilobytes of memory: the best of several runs.
fn measure(program: &str, arguments: &[&str]) -> Option<(f64, u64)> {
    let repetitions = std::env::var("ZKTR_BENCH_REPETITIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(5);
    let mut best: Option<(f64, u64)> = None;
    for _ in 0..repetitions {
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

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, input, output] = &arguments[..]
        && mode == "--assemble"
    {
        return assemble_file(input, output);
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(dir).expect("a directory");
    let (input, output) = (dir.join("throughput.s"), dir.join("throughput.o"));
    let text = generate();
    let lines = text.lines().count();
    println!("{lines} lines, {} bytes", text.len());
    std::fs::write(&input, text).expect("the input");
    let (input, output) = (
        input.to_str().expect("UTF-8"),
        output.to_str().expect("UTF-8"),
    );
    if let Ok(info) = std::fs::read_to_string("/proc/cpuinfo") {
        let field = |name| {
            info.lines()
                .find(|line| line.starts_with(name))
                .unwrap_or("")
        };
        println!("{}\n{}", field("model name"), field("flags"));
    }
    let this = arguments[0].as_str();
    let Some((ours, memory)) = measure(this, &["--assemble", input, output]) else {
        println!("skipped: /usr/bin/time not found");
        return;
    };
    let report = |name: &str, time: f64, memory: u64| {
        println!(
            "{name:10} {time:6.2} s {:12.0} lines/s {:8} KB {:6.2} x",
            lines as f64 / time,
            memory,
            time / ours
        );
    };
    report("zktr-asm", ours, memory);
    let march = format!("-march={ARCH}");
    let others: [(&str, &str, Vec<&str>); 2] = [
        (
            "GNU as",
            "riscv64-unknown-elf-as",
            vec![&march, "-mno-relax", "-o", output, input],
        ),
        (
            "llvm-mc",
            "llvm-mc-19",
            vec![
                "-triple=riscv64",
                "-mattr=+m,+a,+c",
                "-filetype=obj",
                "-o",
                output,
                input,
            ],
        ),
    ];
    for (name, program, arguments) in others {
        match measure(program, &arguments) {
            Some((time, memory)) => report(name, time, memory),
            None => println!("skipped: {program} not found, or it failed"),
        }
    }
}
