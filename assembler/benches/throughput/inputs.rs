//! Sources of each kind that the benchmark measures. They are the same in every run, except where a compiler that is
//! installed has a part in them.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A source and who can read it.
pub struct Input {
    /// What it is called in the report, and its file.
    pub name: &'static str,
    /// The text.
    pub text: String,
    /// Other assemblers know its instructions.
    pub portable: bool,
    /// With relaxation.
    pub relax: bool,
    /// With line information of the source.
    pub debug: bool,
}

/// Numbers that only look random (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }
}

const REGISTERS: [&str; 10] = ["a0", "a1", "a2", "a3", "a4", "a5", "s0", "s1", "t1", "s2"];

/// All of them: large ones, and others with a fourth of their lines.
pub fn all(lines: usize, dir: &Path) -> Vec<Input> {
    let input = |name, text| Input {
        name,
        text,
        portable: true,
        relax: false,
        debug: false,
    };
    let quarter = lines / 4;
    let functions = functions(quarter);
    let mut inputs = vec![input("generated functions", self::functions(lines))];
    match compiled(lines, dir) {
        Some(text) => inputs.push(input("output of GCC", text)),
        None => println!("skipped: output of GCC: riscv64-unknown-elf-gcc not found, or it failed"),
    }
    inputs.push(input("instructions", instructions(lines)));
    inputs.push(input("data", data(quarter)));
    inputs.push(input("macros", macros(quarter)));
    inputs.push(Input {
        relax: true,
        ..input("functions, relax", functions.clone())
    });
    inputs.push(Input {
        debug: true,
        ..input("functions, -g", functions)
    });
    inputs.push(Input {
        portable: false,
        ..input("kernels", kernels(quarter))
    });
    inputs
}

/// Repeats what a function adds up to a number of lines.
fn repeat(
    lines: usize,
    head: &str,
    mut add: impl FnMut(&mut String, usize, &mut Numbers),
) -> String {
    let mut text = String::from(head);
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let (mut count, mut n) = (0, 0);
    while count < lines {
        let before = text.len();
        add(&mut text, n, &mut numbers);
        count += text[before..].bytes().filter(|&b| b == b'\n').count();
        n += 1;
    }
    text
}

/// Writes a line.
macro_rules! line {
    ($out:expr, $($format:tt)*) => {{
        // Writing to a string cannot fail.
        let _ = writeln!($out, $($format)*);
    }};
}

/// Functions with loops, branches in both directions, loads and stores, addresses, constants and calls.
fn functions(lines: usize) -> String {
    repeat(lines, "\t.option nopic\n\t.text\n", |out, n, numbers| {
        line!(
            out,
            "\t.align\t1\n\t.globl\tf{n}\n\t.type\tf{n}, @function\nf{n}:"
        );
        line!(
            out,
            "\taddi\tsp,sp,-32\n\tsd\tra,24(sp)\n\tsd\ts0,16(sp)\n\tmv\ts0,a0"
        );
        for block in 0..8 {
            line!(out, ".L{}:", n * 8 + block);
            for _ in 0..6 {
                body(out, n, numbers);
            }
            let target = n * 8 + numbers.below(8) as usize;
            match block % 3 {
                0 => line!(out, "\tbeq\ta5,zero,.L{target}"),
                1 => line!(out, "\tbgtu\ta4,a5,.L{target}"),
                _ => line!(out, "\tj\t.L{target}"),
            }
        }
        line!(
            out,
            "\tld\tra,24(sp)\n\tld\ts0,16(sp)\n\taddi\tsp,sp,32\n\tjr\tra"
        );
        line!(
            out,
            "\t.size\tf{n}, .-f{n}\n\t.section\t.rodata\n\t.align\t2\nv{n}:"
        );
        line!(
            out,
            "\t.word\t.L{}-.L{}\n\t.word\t{n}\n\t.text",
            n * 8 + 1,
            n * 8
        );
    })
}

/// A statement of a function.
fn body(out: &mut String, n: usize, numbers: &mut Numbers) {
    let [a, b, c] = [(); 3].map(|()| numbers.one(&REGISTERS));
    match numbers.below(12) {
        0 => line!(out, "\tlw\t{a},{}({b})", 4 * numbers.below(64)),
        1 => line!(out, "\tsd\t{a},{}(sp)", 8 * numbers.below(4)),
        2 => line!(out, "\taddi\t{a},{a},{}", numbers.below(31) + 1),
        3 => line!(out, "\tadd\t{a},{b},{c}"),
        4 => line!(out, "\tmv\t{a},{b}"),
        5 => line!(out, "\tli\t{a},{}", numbers.below(5000)),
        6 => line!(out, "\tslli\t{a},{b},{}", numbers.below(63) + 1),
        7 => line!(out, "\txor\t{a},{a},{c}"),
        8 => line!(out, "\tmulw\t{a},{b},{c}"),
        9 => line!(out, "\tlui\t{a},%hi(v{n})\n\tlw\t{b},%lo(v{n})({a})"),
        10 => line!(out, "\tandi\t{a},{b},{}", numbers.below(2048)),
        _ => line!(out, "\tcall\tf{}", numbers.below(n as u64 + 1)),
    }
}

/// Instructions whose operands are registers and numbers, each as likely as any other, so that hardly a line is
/// there twice.
fn instructions(lines: usize) -> String {
    repeat(lines, "\t.text\n", |out, _, numbers| {
        let three = ["add", "sub", "xor", "and", "sltu", "mulw", "divu"];
        let short = ["addi", "andi", "ori", "xori", "slti"];
        let access = ["lw", "ld", "lbu", "sd", "sw", "sb"];
        let registers: Vec<String> = (0..3).map(|_| format!("x{}", numbers.below(32))).collect();
        let [a, b, c] = &registers[..] else { return };
        match numbers.below(3) {
            0 => line!(out, "\t{}\t{a},{b},{c}", numbers.one(&three)),
            1 => {
                let number = numbers.below(4096) as i64 - 2048;
                line!(out, "\t{}\t{a},{b},{number}", numbers.one(&short));
            }
            _ => {
                let number = numbers.below(4096) as i64 - 2048;
                line!(out, "\t{}\t{a},{number}({b})", numbers.one(&access));
            }
        }
    })
}

/// Tables of numbers, strings and addresses.
fn data(lines: usize) -> String {
    repeat(lines, "\t.data\n", |out, n, numbers| {
        line!(out, "table{n}:");
        for _ in 0..8 {
            let [a, b, c, d] = [(); 4].map(|()| numbers.below(1 << 32));
            line!(out, "\t.word\t{a}, {b:#x}, {c}, {d:#x}");
            line!(out, "\t.byte\t{}, {}, {}", a % 256, b % 256, c % 256);
            line!(out, "\t.dword\t{}\n\t.half\t{}", a * b, d % 65536);
        }
        line!(out, "\t.string\t\"entry {n} of the table\"\n\t.balign\t8");
        line!(out, "\t.dword\ttable{n}\n\t.zero\t16");
    })
}

/// Macros with arguments, repetitions and conditions. Each line stands for several statements.
fn macros(lines: usize) -> String {
    let head = "\t.macro\tpush_pair a, b, at=0\n\taddi\tsp, sp, -16\n\tsd\t\\a, \\at(sp)\n\tsd\t\\b, \\at+8(sp)\n\t.endm\n\
                \t.macro\tscale rd, rs, by\n\t.if \\by == 1\n\tmv\t\\rd, \\rs\n\t.else\n\tslli\t\\rd, \\rs, \\by\n\t.endif\n\t.endm\n";
    repeat(lines, head, |out, _, numbers| {
        let [a, b] = [(); 2].map(|()| numbers.one(&REGISTERS));
        match numbers.below(8) {
            0 => line!(out, "\t.rept\t4\n\tadd\t{a}, {a}, {b}\n\t.endr"),
            1..5 => line!(out, "\tpush_pair {a}, {b}"),
            _ => line!(out, "\tscale {a}, {b}, {}", numbers.below(4) + 1),
        }
    })
}

/// Calls of the units, with their descriptors.
fn kernels(lines: usize) -> String {
    repeat(lines, "\t.text\n", |out, n, numbers| {
        line!(
            out,
            "kernel{n}:\n\tlla\ta1, d{n}\n\tli\ta2, {}",
            numbers.below(2000) + 1
        );
        line!(out, "\tzktr.rlc\ta0, a1, a2\n\tbnez\ta0, .Lslow{n}");
        for _ in 0..4 {
            let register = numbers.one(&["a3", "a4", "a5"]);
            line!(
                out,
                "\tzktr.inv0\ta0, {register}, a2\n\tbnez\ta0, .Lslow{n}"
            );
        }
        line!(out, ".Lslow{n}:\n\tret\n\t.section .rodata");
        line!(
            out,
            "d{n}:\t.zktr.descriptor zktr.rlc format=babybear4-m, k={},",
            numbers.below(8) + 1
        );
        line!(
            out,
            "\t\tinit={{1, 2, 3, 4}}, out={{buf, 16, 4}}, a=table, coeff=coeffs\n\t.text"
        );
    })
}

/// What GCC makes of the C files of the tests, again and again, with labels of their own each time.
fn compiled(lines: usize, dir: &Path) -> Option<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    let mut files: Vec<_> = std::fs::read_dir(sources)
        .ok()?
        .flatten()
        .map(|f| f.path())
        .collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "c"))
    {
        for level in ["-O1", "-O2", "-O3"] {
            let output = dir.join("compiled.s");
            let mut command = Command::new("riscv64-unknown-elf-gcc");
            command
                .args(["--specs=picolibc.specs"])
                .stderr(Stdio::null());
            command.args(["-march=rv64imac", "-mabi=lp64", "-S", level, "-w", "-o"]);
            if command.arg(&output).arg(file).status().ok()?.success() {
                texts.push(std::fs::read_to_string(&output).ok()?);
            }
        }
    }
    if texts.is_empty() {
        return None;
    }
    Some(repeat(lines, "", |out, n, _| {
        rename(&texts[n % texts.len()], n, out)
    }))
}

/// A text in which all names that it defines have a number at their end.
fn rename(text: &str, n: usize, out: &mut String) {
    let name_end = |text: &str| {
        let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
        text.find(|c| !in_name(c)).unwrap_or(text.len())
    };
    let mut defined: HashSet<&str> = HashSet::new();
    for line in text.lines() {
        let end = name_end(line);
        // Numeric labels are local anyway.
        let named = line.starts_with(|c: char| !c.is_ascii_digit());
        if named && end > 0 && line[end..].starts_with(':') {
            defined.insert(&line[..end]);
        }
        if let Some(rest) = line
            .strip_prefix("\t.comm\t")
            .or(line.strip_prefix("\t.set\t"))
        {
            defined.insert(&rest[..name_end(rest)]);
        }
    }
    // The architecture may only be stated before the first instruction of a file.
    for line in text
        .lines()
        .filter(|line| !line.starts_with("\t.attribute"))
    {
        let mut rest = line;
        while !rest.is_empty() {
            let end = name_end(rest);
            let (word, behind) = rest.split_at(end);
            out.push_str(word);
            if defined.contains(word) {
                let _ = write!(out, "_{n}");
            }
            // Strings are kept as they are.
            let length = match behind.strip_prefix('"') {
                Some(string) => 1 + string.find('"').map_or(string.len(), |i| i + 1),
                None => behind.chars().next().map_or(0, char::len_utf8),
            };
            out.push_str(&behind[..length]);
            rest = &behind[length..];
        }
        out.push('\n');
    }
}
