//! Against GNU binutils: the same sources give the same bytes, and its linker and objdump accept ours.

use std::path::PathBuf;
use std::process::Command;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, disassemble};

const ARCH: &str = "-march=rv64imafdc_zicsr_zifencei_zba_zbb_zbs";

/// The name of a tool; none if it is not installed, which is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn tool(name: &str, test: &str) -> Option<String> {
    for prefix in ["riscv64-unknown-elf-", "riscv64-linux-gnu-"] {
        let tool = format!("{prefix}{name}");
        if Command::new(&tool)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
        {
            return Some(tool);
        }
    }
    assert!(
        std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "riscv64-unknown-elf-{name} not found"
    );
    println!("skipped: riscv64-unknown-elf-{name} not found: {test}");
    None
}

/// A directory of this test.
fn scratch(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn run(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(
        out.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// The sections of two files are the same; the message is the first difference.
fn assert_sections(ours: &[u8], theirs: &[u8], names: &[&str]) {
    for name in names {
        let (ours, theirs) = (section(ours, name), section(theirs, name));
        if let Some(at) = ours.iter().zip(&theirs).position(|(a, b)| a != b) {
            let at = at & !3;
            let end = |bytes: &[u8]| (at + 16).min(bytes.len());
            panic!(
                "{name} at {at:#x}: {:02x?} and {:02x?}",
                &ours[at..end(&ours)],
                &theirs[at..end(&theirs)]
            );
        }
        assert_eq!(ours.len(), theirs.len(), "{name}");
    }
}

fn ours(text: &str) -> Vec<u8> {
    ours_for(64, text)
}

fn ours_for(xlen: u8, text: &str) -> Vec<u8> {
    let spec = Spec::builtin();
    let object = assemble(
        &spec,
        &Source::new("ours.s", text),
        &Options {
            xlen,
            debug: true,
            ..Options::default()
        },
    )
    .unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors.iter().map(ToString::to_string).collect::<String>()
        )
    });
    object.write_elf().unwrap()
}

/// The bytes of a section of an ELF file.
fn section(elf: &[u8], name: &str) -> Vec<u8> {
    use object::{Object, ObjectSection};
    let file = object::File::parse(elf).unwrap();
    file.section_by_name(name)
        .map(|s| s.data().unwrap().to_vec())
        .unwrap_or_default()
}

/// All instructions of the base ISA, as the disassembler prints them, with operands from all over their ranges.
#[test]
fn every_base_instruction_has_gnus_encoding() {
    let Some(assembler) = tool("as", "every_base_instruction_has_gnus_encoding") else {
        return;
    };
    let spec = Spec::builtin();
    let mut seed = 0x2545_f491_4f6c_dd1du64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut bytes = Vec::new();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        if instruction.extension.starts_with('X') || !instruction.xlen.contains(&64) {
            continue;
        }
        for _ in 0..16 {
            let values: Vec<i64> = instruction
                .operands
                .iter()
                .map(|operand| {
                    let allowed = operand.allowed();
                    let steps = (allowed.max - allowed.min) / allowed.multiple + 1;
                    allowed.min + (random() % steps as u64) as i64 * allowed.multiple
                })
                .collect();
            // Of some hints GNU as has no spelling.
            let mut operands = instruction.operands.iter().zip(&values);
            let hint = operands.any(|(operand, value)| operand.hint.contains(value));
            if let (Ok(word), false) = (spec.encode(index, &values), hint) {
                bytes.extend_from_slice(&word.to_le_bytes()[..usize::from(instruction.length)]);
            }
        }
    }
    let options = DisasmOptions {
        aliases: true,
        relative: true,
        ..DisasmOptions::default()
    };
    let lines = disassemble(&spec, &bytes, 0, &options);
    let dir = scratch("every-base-instruction");
    let mut text = String::from(".option norelax\n");
    for line in &lines {
        // GNU as compresses unless it is told not to, and then refuses what is compressed already. It has
        // no spelling for an empty set of accesses.
        let rvc = if line.length == 2 {
            ".option rvc"
        } else {
            ".option norvc"
        };
        if line.text.starts_with("fence\t") && line.text.contains('0') {
            text.push_str(&format!(".option rvc; .insn 4, {:#x}\n", line.word));
        } else {
            text.push_str(&format!("{rvc}; {}\n", line.text));
        }
    }
    std::fs::write(dir.join("all.s"), &text).unwrap();
    run(Command::new(assembler)
        .args([ARCH, "-o", "all.o", "all.s"])
        .current_dir(&dir));
    let theirs = section(&std::fs::read(dir.join("all.o")).unwrap(), ".text");
    let mut at = 0;
    for line in &lines {
        let end = at + usize::from(line.length);
        assert_eq!(theirs.get(at..end), bytes.get(at..end), "{}", line.text);
        at = end;
    }
    assert_eq!(theirs.len(), bytes.len());
}

/// Pseudo-instructions, data, alignment, expressions, local labels.
const PROGRAM: &str = include_str!("program.s");

#[test]
fn a_program_has_gnus_sections() {
    let Some(assembler) = tool("as", "a_program_has_gnus_sections") else {
        return;
    };
    let dir = scratch("program");
    std::fs::write(dir.join("program.s"), PROGRAM).unwrap();
    run(Command::new(assembler)
        .args([ARCH, "-mno-relax", "-o", "theirs.o", "program.s"])
        .current_dir(&dir));
    let theirs = std::fs::read(dir.join("theirs.o")).unwrap();
    let ours = ours(PROGRAM);
    assert_sections(&ours, &theirs, &[".text", ".data", ".rodata"]);
}

#[test]
fn linked_programs_are_the_same() {
    let test = "linked_programs_are_the_same";
    let (Some(assembler), Some(linker)) = (tool("as", test), tool("ld", test)) else {
        return;
    };
    let dir = scratch("linked");
    let text = format!("{PROGRAM}\n{}", include_str!("addresses.s"));
    std::fs::write(dir.join("program.s"), &text).unwrap();
    std::fs::write(dir.join("ours.o"), ours(&text)).unwrap();
    run(Command::new(assembler)
        .args([ARCH, "-mno-relax", "-o", "theirs.o", "program.s"])
        .current_dir(&dir));
    for name in ["ours", "theirs"] {
        run(Command::new(&linker)
            .args([
                "--no-relax",
                "--defsym",
                "external=0x12344",
                "-e",
                "start",
                "-Ttext=0x10000",
                "-o",
            ])
            .args([format!("{name}.elf"), format!("{name}.o")])
            .current_dir(&dir));
    }
    let ours = std::fs::read(dir.join("ours.elf")).unwrap();
    let theirs = std::fs::read(dir.join("theirs.elf")).unwrap();
    assert_sections(&ours, &theirs, &[".text", ".data", ".rodata"]);
}

#[test]
fn linked_programs_of_rv32_are_the_same() {
    let test = "linked_programs_of_rv32_are_the_same";
    let (Some(assembler), Some(linker)) = (tool("as", test), tool("ld", test)) else {
        return;
    };
    let dir = scratch("rv32");
    let text = "\
.option norelax
.option norvc
.globl start
start: la a0, value
 lw a1, value
 sw a1, value + 4, t0
 lui a2, %hi(value)
 lw a2, %lo(value)(a2)
 li a3, 0x89abcdef
 li a3, -1
 addi a0, a0, 0xffffffff
 slli a0, a0, 31
 call external
 beq a0, a1, start
 j start
 .balign 16
.data
value: .word value + 4, start - value, external
";
    std::fs::write(dir.join("program.s"), text).unwrap();
    std::fs::write(dir.join("ours.o"), ours_for(32, text)).unwrap();
    run(Command::new(assembler)
        .args([
            "-march=rv32imac",
            "-mabi=ilp32",
            "-mno-relax",
            "-o",
            "theirs.o",
            "program.s",
        ])
        .current_dir(&dir));
    for name in ["ours", "theirs"] {
        run(Command::new(&linker)
            .args([
                "-melf32lriscv",
                "--no-relax",
                "--defsym",
                "external=0x12344",
            ])
            .args(["-e", "start", "-Ttext=0x10000", "-Tdata=0x20000", "-o"])
            .args([format!("{name}.elf"), format!("{name}.o")])
            .current_dir(&dir));
    }
    let ours = std::fs::read(dir.join("ours.elf")).unwrap();
    let theirs = std::fs::read(dir.join("theirs.elf")).unwrap();
    assert_sections(&ours, &theirs, &[".text", ".data"]);
}

/// With relaxation the linker shortens code; both objects have to end up the same.
#[test]
fn relaxed_programs_are_the_same() {
    let test = "relaxed_programs_are_the_same";
    let (Some(assembler), Some(linker)) = (tool("as", test), tool("ld", test)) else {
        return;
    };
    let dir = scratch("relaxed");
    let text = "\
.option relax
.option norvc
.globl start
start: call f
 la a0, value
1: beqz a0, 1b
 lui a1, %hi(value)
 addi a1, a1, %lo(value)
 .balign 16
f: tail start
 .balign 8
end: ret
.data
value: .word end - start, 7
 .dword end
";
    std::fs::write(dir.join("program.s"), text).unwrap();
    std::fs::write(dir.join("ours.o"), ours(text)).unwrap();
    // Without compressed instructions in the architecture: GNU's padding would otherwise be for them.
    run(Command::new(assembler)
        .args(["-march=rv64ima", "-o", "theirs.o", "program.s"])
        .current_dir(&dir));
    for name in ["ours", "theirs"] {
        run(Command::new(&linker)
            .args([
                "-e",
                "start",
                "-Ttext=0x10000",
                "-Tdata=0x20000",
                "-o",
                &format!("{name}.elf"),
                &format!("{name}.o"),
            ])
            .current_dir(&dir));
    }
    let ours = std::fs::read(dir.join("ours.elf")).unwrap();
    let theirs = std::fs::read(dir.join("theirs.elf")).unwrap();
    assert_sections(&ours, &theirs, &[".data"]);
    // GNU as fills the section up to its alignment.
    let (ours, theirs) = (section(&ours, ".text"), section(&theirs, ".text"));
    assert!(ours.len() < 60, "nothing was shortened");
    assert_eq!(Some(&ours[..]), theirs.get(..ours.len()));
}

#[test]
fn objdump_reads_instructions_relocations_and_lines() {
    let Some(objdump) = tool(
        "objdump",
        "objdump_reads_instructions_relocations_and_lines",
    ) else {
        return;
    };
    let dir = scratch("objdump");
    std::fs::write(dir.join("ours.o"), ours(include_str!("kernel.s"))).unwrap();
    let text = run(Command::new(objdump)
        .args(["-dlr", "ours.o"])
        .current_dir(&dir));
    for expected in [
        "<fingerprint>:",
        "ours.s:12",
        "R_RISCV_CALL_PLT\tfingerprint_host",
        "R_RISCV_PCREL_HI20\tdescriptor",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn readelf_accepts_attributes_and_debugging_information() {
    let Some(readelf) = tool(
        "readelf",
        "readelf_accepts_attributes_and_debugging_information",
    ) else {
        return;
    };
    let dir = scratch("readelf");
    std::fs::write(dir.join("ours.o"), ours(include_str!("kernel.s"))).unwrap();
    let out = Command::new(readelf)
        .args(["-aAw", "ours.o"])
        .current_dir(&dir)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
    let text = String::from_utf8_lossy(&out.stdout);
    for expected in [
        "Tag_RISCV_stack_align: 16-bytes",
        "xzktr0p2",
        "DW_TAG_compile_unit",
        "RVC, soft-float ABI",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}
