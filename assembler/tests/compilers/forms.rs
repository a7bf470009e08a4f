//! Instructions with the operands on which it depends whether they are compressed: as GNU as and LLVM have them, each in its
//! dialect.

use crate::contents::{Contents, contents, differences};
use crate::setup::{Compiler, Setup};
use crate::tools::scratch;
use crate::{Oracle, installed, linked, succeeds};
use std::fmt::Write as _;
use zktr_asm::{Options, Source, Spec, assemble};

const REGISTERS: [&str; 8] = ["zero", "ra", "sp", "s0", "a0", "t0", "a5", "t6"];
const NUMBERS: [i64; 18] = [
    -2048, -33, -32, -1, 0, 1, 4, 5, 16, 31, 32, 48, 63, 64, 496, 512, 1020, 2047,
];
const OFFSETS: [i64; 12] = [0, 4, 8, 124, 128, 248, 252, 256, 504, 508, 512, -4];

/// All lines, but those in which GNU as makes an instruction without use: an addition of zero to the register itself, in full
/// or compressed, and constants for the register that is zero.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    let pairs = || REGISTERS.iter().flat_map(|a| REGISTERS.map(|b| (*a, b)));
    for name in [
        "add", "sub", "and", "or", "xor", "addw", "subw", "sll", "srl", "sra", "slt", "sltu", "mul",
    ] {
        for (a, b) in pairs() {
            lines.extend(REGISTERS.map(|c| format!("{name} {a}, {b}, {c}")));
        }
    }
    for name in [
        "mv", "move", "neg", "negw", "not", "sext.w", "seqz", "snez", "sltz", "sgtz", "zext.b",
    ] {
        lines.extend(pairs().map(|(a, b)| format!("{name} {a}, {b}")));
    }
    for name in [
        "addi", "add", "andi", "and", "ori", "or", "xori", "addiw", "addw", "slti", "sltiu",
    ] {
        for (a, b) in pairs() {
            let numbers = NUMBERS
                .iter()
                .filter(|&&n| (name, n) != ("add", 0) || a != b);
            lines.extend(numbers.map(|n| format!("{name} {a}, {b}, {n}")));
        }
    }
    for name in ["slli", "srli", "srai", "sll", "srl", "sra"] {
        for (a, b) in pairs() {
            lines.extend([0, 1, 31, 32, 63].map(|n| format!("{name} {a}, {b}, {n}")));
        }
    }
    for name in ["lw", "ld", "sw", "sd", "lbu", "sh", "lwu"] {
        for (a, b) in pairs() {
            lines.extend(OFFSETS.map(|n| format!("{name} {a}, {n}({b})")));
        }
    }
    for a in REGISTERS {
        for name in ["fld", "fsd"] {
            lines.extend(OFFSETS.map(|n| format!("{name} fa0, {n}({a})")));
        }
        lines.extend([0, 1, 31, 32, 0xfffff, 0xfffe0, 0xfffdf].map(|n| format!("lui {a}, {n}")));
        for (name, operands) in [
            ("jr", a.to_owned()),
            ("jr", format!("4({a})")),
            ("jalr", a.to_owned()),
            ("jalr", format!("4({a})")),
            ("jalr", format!("zero, {a}")),
            ("jalr", format!("ra, {a}")),
            ("jalr", format!("zero, 0({a})")),
            ("jalr", format!("ra, 0({a})")),
            ("jalr", format!("t0, 0({a})")),
            ("beq", format!("zero, {a}, near")),
            ("bne", format!("{a}, zero, near")),
            ("beqz", format!("{a}, near")),
            ("call", format!("{a}, near")),
        ] {
            lines.push(format!("{name} {operands}"));
        }
        if a != "zero" {
            let long = [
                -4096,
                -2049,
                4096,
                0x1f000,
                0x20000,
                0x7fff_f000,
                0x1234_5678,
            ];
            let numbers = NUMBERS.into_iter().chain(long);
            lines.extend(numbers.map(|n| format!("li {a}, {n}")));
        }
    }
    lines.extend(["jal zero, near", "jal ra, near", "j near", "jal near"].map(str::to_owned));
    lines.extend(["ret", "nop", "ebreak", "unimp", "ecall", "fence", "fence.i"].map(str::to_owned));
    lines
}

/// With a label before each line, so that a difference has a name, and places to jump to.
fn source() -> String {
    let mut text = String::from(".option norelax\n");
    for (i, line) in lines().into_iter().enumerate() {
        let near = format!("near{}", i / 64);
        if i % 64 == 0 {
            writeln!(text, "{near}:").unwrap();
        }
        let line = line.replace("near", &near);
        writeln!(text, "L{i}: {line}").unwrap();
    }
    text
}

#[test]
fn forms_are_compressed_as_gnu_as_and_llvm_do() {
    for oracle in [Oracle::Gnu, Oracle::Llvm] {
        let tool = match oracle {
            Oracle::Gnu => "riscv64-unknown-elf-as",
            Oracle::Llvm => "clang-19",
        };
        if !installed(tool, "forms that are compressed") {
            continue;
        }
        let dir = scratch(&format!("forms-{tool}"));
        let (assembly, object) = (dir.join("t.s"), dir.join("t.o"));
        std::fs::write(&assembly, source()).unwrap();
        let setup = Setup {
            compiler: Compiler::Gcc,
            arch: "rv64imafdc_zicsr_zifencei",
            flags: "",
            relax: true,
        };
        let mut command = oracle.command(&setup);
        assert!(succeeds(command.arg("-o").arg(&object).arg(&assembly)));
        let options = Options {
            arch: Some(setup.arch.to_owned()),
            relax: true,
            dialect: oracle.dialect(),
            ..Options::default()
        };
        let ours = assemble(&Spec::builtin(), &Source::new("t.s", source()), &options).unwrap();
        let ours = ours.write_elf().unwrap();
        let ours_path = dir.join("ours.o");
        std::fs::write(&ours_path, &ours).unwrap();
        let ours = contents(&ours);
        let theirs = contents(&std::fs::read(&object).unwrap());
        assert!(ours.symbols.len() > 20_000);
        // What is at the last label that has its place, if others have not, differs.
        let addresses = |contents: &Contents| -> Vec<Option<u64>> {
            let labels = 0..lines().len();
            let place = |i: usize| contents.symbols.get(&format!("L{i}")).map(|place| place.1);
            labels.map(place).collect()
        };
        let pairs = addresses(&ours).into_iter().zip(addresses(&theirs));
        if let Some(moved) = pairs.into_iter().position(|(a, b)| a.is_none() || a != b) {
            panic!("{oracle:?}: {}", lines()[moved.saturating_sub(1)]);
        }
        let [ours, theirs] = linked(&setup, [&ours_path, &object]).expect("they can be linked");
        assert_eq!(differences(&ours, &theirs), [""; 0], "{oracle:?}");
    }
}
