//! The assembler include file that the spec exports: GNU as and LLVM's assembler make of it the bytes that ours makes of
//! the mnemonics themselves.

use object::{Object, ObjectSection};
use std::path::PathBuf;
use std::process::Command;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, disassemble};
use zktr_isa::export::{Selection, Target, export};
use zktr_isa::model::{OperandKind, SyntaxPiece};

const USER: &str = include_str!("../../isa-spec/tests/export_support/odd.toml");

/// The first that is installed, or a skip that is said by name and fails if `ZKTR_REQUIRE_TOOLS` is set.
fn tool(name: &str, test: &str) -> bool {
    let found = Command::new(name).arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{name} not found"
        );
        println!("skipped: {name} not found: {test}");
    }
    found
}

fn text_section(elf: &[u8]) -> Vec<u8> {
    let file = object::File::parse(elf).unwrap();
    let section = file.section_by_name(".text").unwrap();
    section.data().unwrap().to_vec()
}

/// Values from all over the operands' ranges.
fn values(instruction: &zktr_isa::model::Instruction, random: &mut u64) -> Vec<i64> {
    let mut next = || {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        *random
    };
    let operands = instruction.operands.iter();
    operands
        .map(|operand| {
            let allowed = operand.allowed();
            let steps = ((allowed.max - allowed.min) / allowed.multiple + 1) as u64;
            loop {
                let step = match next() % 4 {
                    0 => 0,
                    1 => steps - 1,
                    _ => next() % steps,
                };
                let value = allowed.min + step as i64 * allowed.multiple;
                if allowed.contains(value) {
                    return value;
                }
            }
        })
        .collect()
}

fn check(xlen: u8, test: &str, assemblers: &[(&str, &[&str])]) {
    let spec = Spec::load(&[Source::new("odd.toml", USER)]).unwrap_or_else(|e| panic!("{}", e[0]));
    let include = export(&spec, Target::Assembler, &Selection::All)
        .unwrap()
        .remove(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("isa.inc"), &include.text).unwrap();
    let mut random = 0x1234_5678_9abc_def1u64;
    // The words, and which of their bits an assembler decides.
    let (mut bytes, mut assembled) = (Vec::new(), Vec::new());
    let mut lines = String::new();
    let mut count = 0;
    let options = DisasmOptions {
        xlen,
        aliases: false,
        relative: true,
        ..DisasmOptions::default()
    };
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let skipped = format!("# {} has no macro: ", instruction.name);
        if !instruction.xlen.contains(&xlen) || include.text.contains(&skipped) {
            continue;
        }
        // RV32 and RV64 have different instructions of this name; the second one's macro has a name of its own.
        let twice = spec
            .instructions
            .iter()
            .filter(|i| i.name == instruction.name);
        if twice.count() > 1 && xlen == 64 {
            continue;
        }
        let start = include
            .text
            .split_once(&format!("\n.macro {} ", instruction.name))
            .or_else(|| {
                include
                    .text
                    .split_once(&format!("\n.macro {}\n", instruction.name))
            });
        let (_, start) = start.unwrap_or_else(|| panic!("{} has no macro", instruction.name));
        // An offset with its base is one argument where the macro says so; other parentheses are left out.
        let offset = start.lines().next().unwrap().ends_with("_at");
        for _ in 0..6 {
            let values = values(instruction, &mut random);
            let word = spec.encode(index, &values).unwrap();
            let encoded = &word.to_le_bytes()[..usize::from(instruction.length)];
            // The program is text for both; ours is checked to be what was encoded.
            let mut line = disassemble(&spec, encoded, 0, &options)[0]
                .text
                .replace(" + ", "+")
                .replace(" - ", "-");
            if line.starts_with("fence\t") {
                let sets: Vec<String> = values.iter().map(i64::to_string).collect();
                line = format!("fence\t{}", sets.join(","));
            }
            if !offset {
                line = line.replace(",(", ",").replace('(', ",").replace(')', "");
            }
            // A register that is the only one is no argument, and CSRs have numbers.
            let (mnemonic, operands) = line.split_once('\t').unwrap_or((&line, ""));
            let written = instruction.syntax.iter().filter_map(|piece| match piece {
                SyntaxPiece::Operand(id) => Some(&instruction.operands[id.0 as usize]),
                SyntaxPiece::Punct(_) => None,
            });
            let only: Vec<bool> = written.map(|operand| operand.fixed.is_some()).collect();
            let arguments: Vec<String> = operands
                .split(',')
                .enumerate()
                .filter(|(at, _)| only.get(*at) != Some(&true))
                .map(|(_, argument)| match spec.csr_by_name(argument) {
                    Some(csr) => csr.number.to_string(),
                    None => argument.to_owned(),
                })
                .collect();
            line = format!("{mnemonic} {}", arguments.join(", "));
            lines.push_str(&line);
            lines.push('\n');
            bytes.extend_from_slice(encoded);
            // LLVM leaves distances to the linker.
            let distance = OperandKind::Imm {
                signed: true,
                pc_relative: true,
            };
            let linked = instruction.operands.iter().any(|o| o.kind == distance);
            let own = if linked { instruction.mask } else { u32::MAX };
            assembled.extend_from_slice(&own.to_le_bytes()[..encoded.len()]);
            count += 1;
        }
    }
    assert!(count > 1000, "{count}");
    std::fs::write(
        folder.join("all.s"),
        format!(".option norelax\n.include \"isa.inc\"\n{lines}"),
    )
    .unwrap();
    for (program, arguments) in assemblers {
        if !tool(program, test) {
            continue;
        }
        let out = Command::new(program)
            .current_dir(&folder)
            .args(*arguments)
            .args(["-o", "all.o", "all.s"])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&out.stderr);
        assert!(
            out.status.success(),
            "{program}: {}",
            &errors[..errors.len().min(2000)]
        );
        let theirs = text_section(&std::fs::read(folder.join("all.o")).unwrap());
        let differs = |at: &usize| {
            let mask = if *program == LLVM {
                assembled[*at]
            } else {
                0xff
            };
            (theirs[*at] ^ bytes[*at]) & mask != 0
        };
        let at = (0..theirs.len().min(bytes.len())).find(differs);
        assert_eq!(at, None, "{program}, {xlen}");
        assert_eq!(theirs.len(), bytes.len(), "{program}, {xlen}");
    }
}

const GNU: &str = "riscv64-unknown-elf-as";
const LLVM: &str = "clang-19";

#[test]
fn macros_make_the_words_of_rv64() {
    check(
        64,
        "export-inc-64",
        &[
            (GNU, &["-march=rv64imafdc_zicsr_zifencei", "-mabi=lp64"]),
            (LLVM, &["--target=riscv64", "-march=rv64imafdc", "-c"]),
        ],
    );
}

#[test]
fn macros_make_the_words_of_rv32() {
    check(
        32,
        "export-inc-32",
        &[
            (GNU, &["-march=rv32imafdc_zicsr_zifencei", "-mabi=ilp32"]),
            (LLVM, &["--target=riscv32", "-march=rv32imafdc", "-c"]),
        ],
    );
}

/// A source with the mnemonics goes through our assembler as it is, and with the include file through the others.
#[test]
fn one_source_for_all_assemblers() {
    let spec = Spec::load(&[Source::new("odd.toml", USER)]).unwrap_or_else(|e| panic!("{}", e[0]));
    let source = "zktr.rlc a0, s1, t6\nmy.run a0, a1, a2\nmy.store a0, -8(s0)\nmy.load a0, 2047(sp)\n\
                  for a1, a2, -5\nmy.upper s11, 0xfffff\nmy.sh a0, a1, 31\nmy_run a0, a1, a2\n";
    let ours = assemble(&spec, &Source::new("t.s", source), &Options::default());
    let ours = ours.unwrap_or_else(|e| panic!("{}", e[0]));
    let ours = text_section(&ours.write_elf().unwrap());
    let include = export(&spec, Target::Assembler, &Selection::Usual)
        .unwrap()
        .remove(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("export-inc-one");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(&include.path), &include.text).unwrap();
    let text = format!(".include \"{0}\"\n.include \"{0}\"\n{source}", include.path);
    std::fs::write(folder.join("t.s"), text).unwrap();
    for (program, arguments) in [(GNU, &[][..]), (LLVM, &["--target=riscv64", "-c"])] {
        if !tool(program, "one_source_for_all_assemblers") {
            continue;
        }
        let run = |file: &str| {
            let mut command = Command::new(program);
            command
                .current_dir(&folder)
                .args(arguments)
                .args(["-o", "t.o", file]);
            command.output().unwrap()
        };
        let out = run("t.s");
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert_eq!(
            text_section(&std::fs::read(folder.join("t.o")).unwrap()),
            ours,
            "{program}"
        );
        for (line, message) in [
            ("my.load x0, 8(a0)", "rd of my.load must be"),
            (
                "my.upper a0, 0",
                "imm of my.upper must be an integer in the range [1, 1048575]",
            ),
            ("my.sh a0, a1, 32", "imm of my.sh must be"),
        ] {
            std::fs::write(
                folder.join("bad.s"),
                format!(".include \"{}\"\n{line}\n", include.path),
            )
            .unwrap();
            let out = run("bad.s");
            let errors = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(
                !out.status.success() && errors.contains(message),
                "{program}: {line}: {errors}"
            );
        }
    }
}
