//! Debugging information, as debuggers and the linkers' outputs have it.

mod tools;

use std::path::Path;
use tools::{run, scratch, tool};
use zktr_asm::{Options, Source, Spec, assemble};

const PROGRAM: &str = "\
.globl _start
.type _start, @function
_start:
    li a0, 3
    call twice      # a relaxed call
1:  addi a0, a0, -1
    bnez a0, 1b
    ebreak
.size _start, .-_start

.type twice, @function
twice:
    slli a0, a0, 1
inner:
    ret
.size twice, .-twice
.section .text.other, \"ax\"
other: nop
    ret
";

const LINKERS: [&str; 2] = ["riscv64-unknown-elf-ld", "ld.lld-19"];

fn write_object(dir: &Path, name: &str, xlen: u8, text: &str) {
    let options = Options {
        xlen,
        debug: true,
        ..Options::default()
    };
    let object = assemble(&Spec::builtin(), &Source::new("program.s", text), &options)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    std::fs::write(dir.join(name), object.write_elf().unwrap()).unwrap();
}

/// Every combination of width and relaxation: name of the object, emulation of the linker.
fn variants(dir: &Path) -> Vec<(String, &'static str)> {
    std::fs::write(dir.join("program.s"), PROGRAM).unwrap();
    let mut names = Vec::new();
    for (xlen, emulation) in [(32, "-melf32lriscv"), (64, "-melf64lriscv")] {
        for relax in ["norelax", "relax"] {
            let name = format!("{relax}{xlen}");
            // On the first line, so that the numbers of lines stay.
            let text = format!(".option {relax}; {PROGRAM}");
            write_object(dir, &format!("{name}.o"), xlen, &text);
            names.push((name, emulation));
        }
    }
    names
}

#[test]
fn dwarfdump_verifies_objects_and_programs() {
    let test = "dwarfdump_verifies_objects_and_programs";
    let Some(dwarfdump) = tool(&["llvm-dwarfdump-19", "llvm-dwarfdump"], test) else {
        return;
    };
    let dir = scratch(test);
    for (name, emulation) in variants(&dir) {
        let object = format!("{name}.o");
        assert!(run(&dwarfdump, &["--verify", &object], &dir).ends_with("No errors.\n"));
        for linker in LINKERS {
            let Some(linker) = tool(&[linker], test) else {
                continue;
            };
            run(&linker, &[emulation, "-o", "out", &object], &dir);
            let verified = run(&dwarfdump, &["--verify", "out"], &dir);
            assert!(
                verified.ends_with("No errors.\n"),
                "{name} {linker}\n{verified}"
            );
            let entries = run(&dwarfdump, &["--debug-info", "out"], &dir);
            for expected in [
                "version = 0x0005",
                "(\"program.s\")",
                "DW_LANG_Mips_Assembler",
                "DW_TAG_subprogram\n                DW_AT_name\t(\"twice\")",
                "DW_TAG_label\n                DW_AT_name\t(\"inner\")",
            ] {
                assert!(
                    entries.contains(expected),
                    "{expected} is not in\n{entries}"
                );
            }
        }
    }
}

#[test]
fn gdb_shows_lines_and_source() {
    let test = "gdb_shows_lines_and_source";
    let Some(gdb) = tool(&["gdb-multiarch"], test) else {
        return;
    };
    let dir = scratch(test);
    for (name, emulation) in variants(&dir) {
        for linker in LINKERS {
            let Some(linker) = tool(&[linker], test) else {
                continue;
            };
            run(
                &linker,
                &[emulation, "-o", "out", &format!("{name}.o")],
                &dir,
            );
            let commands = [
                "info line twice",
                "list other",
                "info line 7",
                "info scope 14",
            ];
            let mut args = vec!["-nx", "-batch"];
            for command in &commands {
                args.extend(["-ex", command]);
            }
            args.push("out");
            let text = run(&gdb, &args, &dir);
            for expected in [
                "Line 13 of \"./program.s\" starts at address",
                "<twice> and ends at",
                "18\tother: nop",
                "Line 7 of \"./program.s\" starts at address",
            ] {
                assert!(
                    text.contains(expected),
                    "{name} {linker}: {expected} is not in\n{text}"
                );
            }
        }
    }
}

/// Lines of a linked program are those of the instructions, however much the linker has taken away.
#[test]
fn addresses_of_relaxed_lines_are_those_of_their_instructions() {
    let test = "addresses_of_relaxed_lines_are_those_of_their_instructions";
    let Some(objdump) = tool(&["riscv64-unknown-elf-objdump"], test) else {
        return;
    };
    let dir = scratch(test);
    for (name, emulation) in variants(&dir) {
        for linker in LINKERS {
            let Some(linker) = tool(&[linker], test) else {
                continue;
            };
            run(
                &linker,
                &[emulation, "-o", "out", &format!("{name}.o")],
                &dir,
            );
            let text = run(&objdump, &["-d", "-l", "out"], &dir);
            let pairs: Vec<(&str, &str)> = text
                .lines()
                .zip(text.lines().skip(1))
                .filter(|(line, _)| line.contains("program.s:"))
                .collect();
            for (line, mnemonic) in [
                (":6", "add"),
                (":7", "bnez"),
                (":13", "sll"),
                (":19", "ret"),
            ] {
                assert!(
                    pairs
                        .iter()
                        .any(|(at, code)| at.ends_with(line) && code.contains(mnemonic)),
                    "{name} {linker}: {line}\n{text}"
                );
            }
        }
    }
}

#[test]
fn an_object_without_lines_has_no_debugging_information() {
    let spec = Spec::builtin();
    for (debug, text) in [(false, PROGRAM), (true, ".data\n.word 1\n")] {
        let options = Options {
            debug,
            ..Options::default()
        };
        let object = assemble(&spec, &Source::new("a.s", text), &options).unwrap();
        let elf = object.write_elf().unwrap();
        assert!(!elf.windows(7).any(|bytes| bytes == b".debug_"));
    }
}

#[test]
fn names_that_dwarf_cannot_hold_do_no_harm() {
    let spec = Spec::builtin();
    for name in ["", "\0", "a\0b", "ü.s"] {
        let options = Options {
            debug: true,
            ..Options::default()
        };
        let object = assemble(&spec, &Source::new(name, "nop\n"), &options).unwrap();
        assert!(object.write_elf().is_ok());
    }
}
