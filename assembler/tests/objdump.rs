//! The disassembler of ELF files, against GNU's on real objects, and on files made for it.

mod tools;

use std::collections::BTreeMap;
use tools::{run, scratch, tool};
use zktr_asm::objdump::{Disassemble, ObjdumpOptions, dump, dump_raw};
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble};

/// Where Debian's picolibc-riscv64-unknown-elf has the libraries of each architecture: hundreds of real objects.
/// Some of them are compared, and all if `ZKTR_WHOLE_CORPUS` is set.
const LIBRARIES: &str = "/usr/lib/picolibc/riscv64-unknown-elf/lib/release";

/// The text for a file, without the line with its name.
fn listing(bytes: &[u8], options: &ObjdumpOptions, source: &str) -> String {
    let mut out = Vec::new();
    let source = |_: &str| Some(source.to_owned());
    dump(&Spec::builtin(), "", bytes, options, &source, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.split_once('\n').unwrap().1.to_owned()
}

fn object(text: &str) -> Vec<u8> {
    let options = Options {
        debug: true,
        ..Options::default()
    };
    let object = assemble(&Spec::builtin(), &Source::new("test.s", text), &options)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    object.write_elf().unwrap()
}

/// A line without the address that an instruction completes.
fn without_address(line: &str) -> &str {
    line.split_once(" # ").map_or(line, |(line, _)| line)
}

/// A line of GNU objdump 2.40 in this one's words. There are two differences:
/// - GNU prints `add` for `addi`, and so on, which is the alias for the immediate form;
/// - GNU adds addresses also where a relocation will change them.
fn in_our_words(line: &str) -> String {
    let line = without_address(line);
    let mut parts: Vec<&str> = line.split('\t').collect();
    let [_, _, mnemonic, operands] = parts.as_mut_slice() else {
        return line.to_owned();
    };
    let last = operands.rsplit(',').next().unwrap_or_default();
    let number = last.trim_start_matches('-');
    let immediate = number.starts_with(|c: char| c.is_ascii_digit());
    let renamed = match *mnemonic {
        "addw" | "sllw" | "srlw" | "sraw" if immediate => {
            format!("{}iw", &mnemonic[..mnemonic.len() - 1])
        }
        "sltu" if immediate => "sltiu".to_owned(),
        "add" | "and" | "or" | "xor" | "sll" | "srl" | "sra" | "slt" if immediate => {
            format!("{mnemonic}i")
        }
        _ => return line.to_owned(),
    };
    *mnemonic = &renamed;
    parts.join("\t")
}

#[test]
fn real_objects_are_listed_as_gnu_lists_them() {
    let test = "real_objects_are_listed_as_gnu_lists_them";
    let gnu = ["riscv64-unknown-elf-objdump"];
    let (Some(objdump), Some(ar)) = (tool(&gnu, test), tool(&["riscv64-unknown-elf-ar"], test))
    else {
        return;
    };
    let mut compared = (0, 0);
    for architecture in [
        "rv64imac/lp64",
        "rv32imac/ilp32",
        "rv64im/lp64",
        "rv32em/ilp32e",
    ] {
        let library = format!("{LIBRARIES}/{architecture}/libc.a");
        if !std::path::Path::new(&library).exists() {
            assert!(
                std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
                "no {library}"
            );
            println!("skipped: picolibc-riscv64-unknown-elf not found: {test}");
            return;
        }
        let dir = scratch(&format!("{test}/{}", architecture.replace('/', "-")));
        run(&ar, &["x", &library], &dir);
        let mut members: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|e| e.unwrap())
            .collect();
        members.sort_by_key(|entry| entry.file_name());
        let step = if std::env::var_os("ZKTR_WHOLE_CORPUS").is_some() {
            1
        } else {
            16
        };
        let names: Vec<String> = members
            .iter()
            .step_by(step)
            .map(|member| member.file_name().into_string().unwrap())
            .collect();
        let mut args = vec!["-dr"];
        args.extend(names.iter().map(String::as_str));
        let theirs = run(&objdump, &args, &dir);
        let theirs: Vec<&str> = theirs.split("     file format ").skip(1).collect();
        assert_eq!(theirs.len(), names.len());
        for (name, theirs) in names.iter().zip(theirs) {
            let bytes = std::fs::read(dir.join(name)).unwrap();
            let ours = listing(&bytes, &ObjdumpOptions::default(), "");
            // Behind the format; before the next file's name.
            let next = theirs.rfind("\n\n").filter(|_| theirs.ends_with(':'));
            let theirs = &theirs[theirs.find('\n').unwrap() + 1..next.unwrap_or(theirs.len())];
            let (ours, theirs) = (ours.trim_end(), theirs.trim_end());
            for (ours, theirs) in ours.lines().zip(theirs.lines()) {
                let ours = without_address(ours);
                assert_eq!(ours, in_our_words(theirs), "{architecture} {name}");
                compared.1 += 1;
            }
            assert_eq!(ours.lines().count(), theirs.lines().count(), "{name}");
            compared.0 += 1;
        }
    }
    println!("{} objects, {} lines", compared.0, compared.1);
    assert!(compared.0 > 100);
}

/// Addresses that instructions complete, in a linked program: where GNU objdump knows one it is the same. GNU's forgets
/// an upper part when it is used once, which this one does not; and it keeps one over labels, calls and other values of
/// the register, where it may be wrong. (LLVM's prints no addresses of loads and stores.)
#[test]
fn addresses_are_those_of_gnu() {
    let test = "addresses_are_those_of_gnu";
    let (Some(compiler), Some(gnu)) = (
        tool(&["riscv64-unknown-elf-gcc"], test),
        tool(&["riscv64-unknown-elf-objdump"], test),
    ) else {
        return;
    };
    let dir = scratch(test);
    let variables: String = (0..30)
        .map(|n| format!("volatile int v{n}[2];\n"))
        .collect();
    let uses: String = (0..30)
        .map(|n| format!("v{n}[0] = v{n}[1] + {n};\n"))
        .collect();
    let text = format!("{variables}int main(void) {{\n{uses}return 0; }}\n");
    std::fs::write(dir.join("t.c"), text).unwrap();
    for flags in [
        "-march=rv64imac -mabi=lp64",
        "-march=rv32im -mabi=ilp32 -mcmodel=medany",
    ] {
        let mut args: Vec<&str> = flags.split(' ').collect();
        args.extend([
            "-O1",
            "-w",
            "-nostdlib",
            "-Wl,-emain",
            "-mno-relax",
            "-o",
            "t.elf",
            "t.c",
        ]);
        run(&compiler, &args, &dir);
        let bytes = std::fs::read(dir.join("t.elf")).unwrap();
        let options = ObjdumpOptions {
            relocations: false,
            ..ObjdumpOptions::default()
        };
        let ours = addresses(&listing(&bytes, &options, ""));
        let gnu = addresses(&run(&gnu, &["-d", "t.elf"], &dir));
        let mut count = 0;
        for (at, address) in &ours {
            if let Some(theirs) = gnu.get(at) {
                assert_eq!(address, theirs, "{flags} {at}");
                count += 1;
            }
        }
        println!("{} addresses, {count} of them GNU's", ours.len());
        assert!(count >= 25, "{flags}: {count}");
    }
}

/// For each line of code that completes an address: the address.
fn addresses(listing: &str) -> BTreeMap<String, String> {
    let lines = listing.lines().filter_map(|line| {
        let (at, rest) = line.trim_start().split_once(':')?;
        let (_, behind) = rest.split_once(" # ")?;
        let address = behind.split(' ').next()?;
        Some((at.to_owned(), address.to_owned()))
    });
    lines.collect()
}

#[test]
fn tables_are_those_of_gnu() {
    let test = "tables_are_those_of_gnu";
    let Some(objdump) = tool(&["riscv64-unknown-elf-objdump"], test) else {
        return;
    };
    let dir = scratch(test);
    let bytes = object(include_str!("kernel.s"));
    std::fs::write(dir.join("test.o"), &bytes).unwrap();
    let nothing = ObjdumpOptions {
        disassemble: Disassemble::Nothing,
        relocations: false,
        ..ObjdumpOptions::default()
    };
    let tables = [
        (
            "-f",
            ObjdumpOptions {
                file_header: true,
                ..nothing.clone()
            },
        ),
        (
            "-h",
            ObjdumpOptions {
                section_headers: true,
                ..nothing.clone()
            },
        ),
        (
            "-t",
            ObjdumpOptions {
                symbols: true,
                ..nothing.clone()
            },
        ),
        (
            "-r",
            ObjdumpOptions {
                relocations: true,
                ..nothing.clone()
            },
        ),
        (
            "-s",
            ObjdumpOptions {
                contents: true,
                ..nothing.clone()
            },
        ),
    ];
    let lines = |text: &str| -> Vec<String> {
        // The offset of a section without bytes means nothing, and OCTETS is a notion of BFD.
        text.lines()
            .filter(|line| !line.is_empty() && !line.contains(".bss "))
            .map(|line| line.replace(", OCTETS", "").trim_end().to_owned())
            .collect()
    };
    for (option, options) in tables {
        let theirs = run(&objdump, &[option, "test.o"], &dir);
        let theirs = theirs.splitn(3, '\n').nth(2).unwrap();
        assert_eq!(
            lines(&listing(&bytes, &options, "")),
            lines(theirs),
            "{option}"
        );
    }
}

#[test]
fn data_among_code_is_not_code() {
    let text =
        "f: ret\n.balign 4\n.word 0x00000013, 0x12345678\n.half 7\n.byte 1\n.text\n g: nop\n";
    let listing = listing(
        &object(&format!(".option norelax\n{text}")),
        &ObjdumpOptions::default(),
        "",
    );
    for expected in [
        "   4:\t00000013          \t.word\t0x00000013\n",
        "   8:\t12345678          \t.word\t0x12345678\n",
        "   c:\t0007                \t.short\t0x0007\n",
        "   e:\t01                \t.byte\t0x01\n",
    ] {
        assert!(
            listing.contains(expected),
            "{expected:?} is not in\n{listing}"
        );
    }
}

#[test]
fn a_range_of_addresses() {
    let bytes = object("f: nop\n li a0, 1\ng: li a0, 2\n li a0, 3\n");
    let options = ObjdumpOptions {
        start: Some(4),
        stop: Some(12),
        ..ObjdumpOptions::default()
    };
    let text = listing(&bytes, &options, "");
    assert!(text.contains("0000000000000004 <f+0x4>:\n"), "{text}");
    assert!(text.contains("0000000000000008 <g>:\n"), "{text}");
    assert!(
        text.contains("li\ta0,1\n") && text.contains("li\ta0,2\n"),
        "{text}"
    );
    assert!(!text.contains("nop") && !text.contains("a0,3"), "{text}");
    let nothing = ObjdumpOptions {
        start: Some(64),
        ..ObjdumpOptions::default()
    };
    assert!(!listing_has_code(&bytes, &nothing));
    let other = ObjdumpOptions {
        sections: vec![".rodata".to_owned()],
        ..ObjdumpOptions::default()
    };
    assert!(!listing_has_code(&bytes, &other));
}

fn listing_has_code(bytes: &[u8], options: &ObjdumpOptions) -> bool {
    listing(bytes, options, "").contains("Disassembly")
}

/// Both sections of a relocatable file begin at zero; their lines are not confused.
#[test]
fn source_lines_of_all_sections() {
    for relax in ["relax", "norelax"] {
        let source = format!(
            ".option {relax}\nf: call g\n ret # of f\n.section .text.g, \"ax\"\ng: nop # of g\n ret\n"
        );
        let options = ObjdumpOptions {
            line_numbers: true,
            source: true,
            ..ObjdumpOptions::default()
        };
        let text = listing(&object(&source), &options, &source);
        for expected in [
            "f():\ntest.s:2\n",
            "test.s:3\n ret # of f\n",
            "g():\ntest.s:5\n",
            "g: nop # of g\n   0:\t00000013          \tnop\n",
        ] {
            assert!(
                text.contains(expected),
                "{relax}: {expected:?} is not in\n{text}"
            );
        }
    }
}

#[test]
fn raw_bytes_at_an_address() {
    let bytes = [0x13, 0x05, 0xf0, 0xff, 0xe3, 0x0e, 0x05, 0xfe, 0x01];
    let options = ObjdumpOptions {
        style: DisasmOptions {
            numeric: true,
            ..DisasmOptions::default()
        },
        ..ObjdumpOptions::default()
    };
    let mut out = Vec::new();
    dump_raw(
        &Spec::builtin(),
        "x.bin",
        &bytes,
        0x8000_0000,
        &options,
        &mut out,
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "\nx.bin:     file format binary\n\n\nDisassembly of section .data:\n\n\
         0000000080000000 <.data>:\n\
         \x20   80000000:\tfff00513          \tli\tx10,-1\n\
         \x20   80000004:\tfe050ee3          \tbeqz\tx10,80000000\n\
         \x20   80000008:\t01                \t.byte\t0x01\n"
    );
}

#[test]
fn a_stripped_program_is_listed_by_its_segments() {
    let test = "a_stripped_program_is_listed_by_its_segments";
    let Some(linker) = tool(&["riscv64-unknown-elf-ld"], test) else {
        return;
    };
    let dir = scratch(test);
    std::fs::write(
        dir.join("a.o"),
        object(".globl _start\n_start: li a0, 7\n ecall\n"),
    )
    .unwrap();
    run(&linker, &["-s", "-o", "a.out", "a.o"], &dir);
    let mut bytes = std::fs::read(dir.join("a.out")).unwrap();
    // No section headers: e_shoff, e_shnum and e_shstrndx.
    bytes[0x28..0x30].fill(0);
    bytes[0x3c..0x40].fill(0);
    let text = listing(&bytes, &ObjdumpOptions::default(), "");
    assert!(
        text.contains("li\ta0,7\n") && text.contains("ecall\n"),
        "{text}"
    );
}
