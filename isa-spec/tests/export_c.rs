//! The C header, compiled by GCC and Clang for RV32 and RV64 and as C++: each function is its instruction.

mod export_support;

use export_support::{Random, fail, odd, one, only, put, run, scratch, symbol, tool};
use object::{Object, ObjectSection};
use std::fmt::Write as _;
use std::process::Command;
use zktr_isa::export::{Selection, Target};
use zktr_isa::model::{OperandKind, Role};
use zktr_isa::{Parameters, Spec};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-ffreestanding"];

/// Compilers for RISC-V, by width.
const COMPILERS: [(&str, u8, &[&str]); 4] = [
    (
        "riscv64-unknown-elf-gcc",
        64,
        &["-march=rv64imac_zicsr", "-mabi=lp64"],
    ),
    (
        "riscv64-unknown-elf-gcc",
        32,
        &["-march=rv32imac_zicsr", "-mabi=ilp32"],
    ),
    ("clang-19", 64, &["--target=riscv64", "-march=rv64imac"]),
    ("clang-19", 32, &["--target=riscv32", "-march=rv32imac"]),
];

/// A C function for an instruction, and what the instruction in it has to be.
struct Case {
    instruction: usize,
    /// For each operand the value, if it is known which one the compiler chooses.
    expected: Vec<Option<i64>>,
}

/// Calls of each function of the header with constants from all over their ranges and parameters in all registers.
fn cases(spec: &Spec, header: &str, xlen: u8) -> (String, Vec<Case>) {
    let mut random = Random::new(0x5eed);
    let mut text = String::new();
    let mut cases = Vec::new();
    let mut calls = std::collections::HashSet::new();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        if !instruction.xlen.contains(&xlen) {
            continue;
        }
        let mut name = symbol(spec, instruction);
        if name == "and" || name == "or" || name == "xor" || name == "not" || name == "for" {
            name.push('_');
        }
        let known = [format!("\n{name}("), format!("#define {name}(")];
        if !known.iter().any(|start| header.contains(start)) {
            let reason = format!("/* {} has no function: ", instruction.name);
            assert!(header.contains(&reason), "{name}");
            continue;
        }
        for _ in 0..4 {
            let values = random.values(instruction);
            let mut first = random.next() % 5;
            let mut arguments = Vec::new();
            let mut expected = Vec::new();
            let mut result = false;
            for (operand, &value) in instruction.operands.iter().zip(&values) {
                match operand.kind {
                    OperandKind::Gpr { read, write, .. } => {
                        result |= write;
                        expected.push((read && !write).then_some(10 + first as i64));
                        if read {
                            arguments.push(match operand.role {
                                Role::Descriptor(_) => format!("(const void *)p{first}"),
                                _ => format!("p{first}"),
                            });
                            first += 1;
                        }
                    }
                    _ => {
                        expected.push(Some(value));
                        arguments.push(value.to_string());
                    }
                }
            }
            let call = format!("{name}({})", arguments.join(", "));
            // GCC makes one of two functions that are the same.
            if !calls.insert(call.clone()) {
                continue;
            }
            let ty = if result { "unsigned long" } else { "void" };
            let ret = if result { "return " } else { "" };
            let parameters: Vec<String> = (0..8)
                .map(|p| format!("__attribute__((unused)) unsigned long p{p}"))
                .collect();
            let _ = writeln!(
                text,
                "{ty} t{}({}) {{ {ret}{call}; }}",
                cases.len(),
                parameters.join(", ")
            );
            cases.push(Case {
                instruction: index,
                expected,
            });
        }
    }
    (text, cases)
}

/// Compiles the cases and looks for each instruction in the code of its function.
fn check(spec: &Spec, test: &str) {
    let header = one(spec, Target::C, &Selection::All);
    let folder = scratch(test);
    put(&folder, &header.path, &header.text);
    for (compiler, xlen, options) in COMPILERS {
        let Some(compiler) = tool(&[compiler], test) else {
            continue;
        };
        let (text, cases) = cases(spec, &header.text, xlen);
        assert!(cases.len() > 200, "{}", cases.len());
        put(
            &folder,
            "t.c",
            &format!("#include \"{}\"\n{text}", header.path),
        );
        let object = folder.join("t.o");
        run(Command::new(&compiler)
            .current_dir(&folder)
            .args(options)
            .args(WARNINGS)
            .args([
                "-std=gnu11",
                "-O2",
                "-ffunction-sections",
                "-c",
                "t.c",
                "-o",
            ])
            .arg(&object));
        let bytes = std::fs::read(&object).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        for (number, case) in cases.iter().enumerate() {
            let section = elf.section_by_name(&format!(".text.t{number}")).unwrap();
            let mut code = section.data().unwrap();
            let mut found = Vec::new();
            while !code.is_empty() {
                let decoded = spec.decode_bytes(code, xlen).unwrap();
                if decoded.instruction == case.instruction {
                    found.push(decoded);
                }
                code = &code[usize::from(decoded.length)..];
            }
            let as_expected = |found: &zktr_isa::Decoded| {
                found
                    .values()
                    .iter()
                    .zip(&case.expected)
                    .all(|(value, e)| e.is_none_or(|e| e == *value))
            };
            let name = &spec.instructions[case.instruction].name;
            assert!(
                found.iter().any(as_expected),
                "{compiler} {xlen}: {name} {:?}, found {found:?}",
                case.expected
            );
        }
    }
}

#[test]
fn every_function_is_its_instruction() {
    check(&odd(), "export-c-all");
}

#[test]
fn every_major_opcode() {
    for major in ["custom-0", "custom-1", "custom-2"] {
        let spec = Spec::load_with(&[], &Parameters::default().with("major", major)).unwrap();
        let Some(compiler) = tool(&["riscv64-unknown-elf-gcc"], "every_major_opcode") else {
            return;
        };
        let header = one(&spec, Target::C, &only(&["Xzktr"]));
        let folder = scratch(&format!("export-c-{major}"));
        put(&folder, &header.path, &header.text);
        put(
            &folder,
            "t.c",
            "#include \"zktr.h\"\nlong t(const void *d, unsigned long n) { return zktr_rlc(d, n); }\n",
        );
        run(Command::new(compiler)
            .current_dir(&folder)
            .args(WARNINGS)
            .args(["-O2", "-ffunction-sections", "-c", "t.c"]));
        let bytes = std::fs::read(folder.join("t.o")).unwrap();
        let elf = object::File::parse(&*bytes).unwrap();
        let code = elf.section_by_name(".text.t").unwrap();
        let found = spec.decode_bytes(code.data().unwrap(), 64).unwrap();
        assert_eq!(
            found.instruction,
            spec.instruction("zktr.rlc").unwrap(),
            "{major}"
        );
        assert_eq!(found.values(), [10, 10, 11]);
    }
}

/// Structures have their layouts on hosts too, and C++ takes the header.
#[test]
fn other_languages_and_hosts_take_the_header() {
    let spec = odd();
    let header = one(&spec, Target::C, &Selection::Usual);
    let folder = scratch("export-c-hosts");
    put(&folder, &header.path, &header.text);
    let text = format!(
        "#include \"{}\"\n#include \"{0}\"\nstruct zktr_rlc_descriptor d(void);\n\
         struct zktr_rlc_descriptor d(void) {{ return zktr_rlc_descriptor_init(ZKTR_FORMAT_BABYBEAR4_M, 0); }}\n",
        header.path
    );
    put(&folder, "t.c", &text);
    put(&folder, "t.cc", &text);
    for (compiler, options) in [
        ("gcc", &["-std=c11", "t.c"][..]),
        ("g++", &["-std=c++11", "t.cc"]),
        ("g++", &["-std=c++20", "t.cc"]),
        ("clang-19", &["-std=c23", "t.c"]),
        (
            "clang-19",
            &["--target=riscv64", "-std=c++17", "-xc++", "t.cc"],
        ),
        ("riscv64-unknown-elf-g++", &["-std=c++17", "t.cc"]),
        ("riscv64-unknown-elf-gcc", &["-std=gnu99", "t.c"]),
    ] {
        let Some(compiler) = tool(&[compiler], "other_languages_and_hosts_take_the_header") else {
            continue;
        };
        run(Command::new(compiler)
            .current_dir(&folder)
            .args(WARNINGS)
            .arg("-fsyntax-only")
            .args(options));
    }
}

/// A constant that is out of its range does not compile, and the message says what is in it.
#[test]
fn constants_out_of_range_are_refused() {
    let Some(compiler) = tool(
        &["riscv64-unknown-elf-gcc"],
        "constants_out_of_range_are_refused",
    ) else {
        return;
    };
    let header = one(&odd(), Target::C, &Selection::Usual);
    let folder = scratch("export-c-range");
    put(&folder, &header.path, &header.text);
    for (call, message) in [
        (
            "for_(x, 2048)",
            "imm must be an integer in the range [-2048, 2047]",
        ),
        (
            "my_upper(0)",
            "imm must be an integer in the range [1, 1048575]",
        ),
        (
            "my_sh(x, x, 32)",
            "imm must be an integer in the range [0, 31]",
        ),
        ("my_sh(x, x, x)", "not constant"),
    ] {
        put(
            &folder,
            "t.c",
            &format!(
                "#include \"{}\"\nunsigned long t(unsigned long x) {{ return x + {call}; }}\n",
                header.path
            ),
        );
        let mut command = Command::new(&compiler);
        let errors = fail(
            command
                .current_dir(&folder)
                .args(WARNINGS)
                .args(["-c", "t.c"]),
        );
        assert!(errors.contains(message), "{call}: {errors}");
    }
}
