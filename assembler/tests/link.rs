//! Programs that need no linker, against GNU's linker, in QEMU, and where they are refused.

mod tools;

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use tools::{run, scratch, tool};
use zktr_asm::link::LinkOptions;
use zktr_asm::{Image, Object, Options, Source, Spec, assemble};

fn build(xlen: u8, text: &str) -> Object {
    let options = Options {
        xlen,
        debug: true,
        ..Options::default()
    };
    assemble(&Spec::builtin(), &Source::new("kernel.s", text), &options)
        .unwrap_or_else(|errors| panic!("{}", errors[0]))
}

fn link(xlen: u8, text: &str) -> Vec<u8> {
    let program = build(xlen, text).link(&Spec::builtin(), &LinkOptions::default());
    let program = program.unwrap_or_else(|errors| panic!("{}", errors[0]));
    program.write_elf().unwrap()
}

/// Code, constants, data and zeros; every way to an address; alignment within code that may be shortened.
/// It ends with the status 42 if all values are as they should be.
const PROGRAM: &str = "\
.globl _start
.type _start, @function
_start:
    la s0, table
    lw s1, 4(s0)             # 7
    lui s2, %hi(counter)
    lw s3, %lo(counter)(s2)  # 0
    addi s3, s3, 5
    sw s3, %lo(counter)(s2)
    lw s4, counter           # 5
    call add
    .option push
    .option pic
    la s5, shared
    .option pop
    sw a0, 8(s5)
    lw a0, 8(s5)             # 12
    lw t0, difference        # 8
    add a0, a0, t0
    lbu t0, leb
    add a0, a0, t0           # 28
    j finish
    .half 0
    .balign 16
finish:
    auipc t0, 0
    andi t0, t0, 15          # aligned
    addi a0, a0, 14
    add a0, a0, t0
    li a7, 93
    ecall
.size _start, . - _start
    .balign 8
add:
    add a0, s1, s4
    ret
.section .rodata
table: .word 1, 7
difference: .word end - start
leb: .uleb128 end - start
.data
start: .word 2, 3
end:
.bss
counter: .zero 4
.comm shared, 16, 8
";

#[test]
fn programs_run() {
    let test = "programs_run";
    for (xlen, emulator) in [(64, "qemu-riscv64"), (32, "qemu-riscv32")] {
        let Some(emulator) = tool(&[emulator], test) else {
            continue;
        };
        for relax in ["norelax", "relax"] {
            let dir = scratch(&format!("{test}/{relax}{xlen}"));
            let elf = link(xlen, &format!(".option {relax}; {PROGRAM}"));
            let path = dir.join("kernel");
            std::fs::write(&path, elf).unwrap();
            let mut permissions = std::fs::metadata(&path).unwrap().permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
            std::fs::set_permissions(&path, permissions).unwrap();
            let status = std::process::Command::new(&emulator)
                .arg(&path)
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(42), "{relax} {xlen}");
        }
    }
}

/// At the same addresses other linkers make the same bytes.
#[test]
fn sections_are_those_of_other_linkers() {
    let test = "sections_are_those_of_other_linkers";
    for (xlen, emulation) in [(64, "-melf64lriscv"), (32, "-melf32lriscv")] {
        // Without relaxation GNU's linker leaves padding that is too long as it is.
        for (relax, linker) in [
            ("norelax", "riscv64-unknown-elf-ld"),
            ("norelax", "ld.lld-19"),
            ("relax", "ld.lld-19"),
        ] {
            let Some(linker) = tool(&[linker], test) else {
                continue;
            };
            let dir = scratch(&format!("{test}/{relax}{xlen}"));
            // Where the table of global offsets and common symbols are, linkers do not agree.
            let text = format!(".option {relax}; {PROGRAM}")
                .replace(".option pic", "")
                .replace(".comm shared, 16, 8", "shared: .zero 16");
            std::fs::write(dir.join("a.o"), build(xlen, &text).write_elf().unwrap()).unwrap();
            let ours = link(xlen, &text);
            let ours = object::File::parse(ours.as_slice()).unwrap();
            let names = [".text", ".rodata", ".data", ".bss"];
            let mut args = vec![emulation.to_owned(), "--no-relax".to_owned()];
            for name in names {
                let address = ours.section_by_name(name).unwrap().address();
                args.push(format!("--section-start={name}={address:#x}"));
            }
            args.extend(["-o", "theirs", "a.o"].map(str::to_owned));
            run(
                &linker,
                &args.iter().map(String::as_str).collect::<Vec<_>>(),
                &dir,
            );
            let theirs = std::fs::read(dir.join("theirs")).unwrap();
            let theirs = object::File::parse(theirs.as_slice()).unwrap();
            for name in [".text", ".rodata", ".data"] {
                let data = |file: &object::File<'_>| {
                    file.section_by_name(name).unwrap().data().unwrap().to_vec()
                };
                assert_eq!(data(&ours), data(&theirs), "{relax} {xlen} {name}");
            }
            assert_eq!(ours.entry(), theirs.entry());
        }
    }
}

#[test]
fn tools_read_executables() {
    let test = "tools_read_executables";
    let dir = scratch(test);
    std::fs::write(dir.join("kernel.s"), PROGRAM).unwrap();
    std::fs::write(dir.join("kernel"), link(64, PROGRAM)).unwrap();
    if let Some(readelf) = tool(&["riscv64-unknown-elf-readelf"], test) {
        let out = std::process::Command::new(readelf)
            .args(["-aW", "kernel"])
            .current_dir(&dir)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
        let text = String::from_utf8_lossy(&out.stdout);
        for expected in ["EXEC (Executable file)", "R E 0x1000", "RW  0x1000", ".got"] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }
    if let Some(dwarfdump) = tool(&["llvm-dwarfdump-19", "llvm-dwarfdump"], test) {
        let text = run(&dwarfdump, &["--verify", "kernel"], &dir);
        assert!(text.ends_with("No errors.\n"), "{text}");
    }
    if let Some(gdb) = tool(&["gdb-multiarch"], test) {
        let commands = [
            "-nx",
            "-batch",
            "-ex",
            "info line add",
            "-ex",
            "print/d (int) start",
        ];
        let text = run(&gdb, &[&commands[..], &["kernel"]].concat(), &dir);
        assert!(
            text.contains("Line 35 of \"./kernel.s\" starts at"),
            "{text}"
        );
        assert!(text.contains("$1 = 2"), "{text}");
    }
}

#[test]
fn symbols_have_addresses() {
    let elf = link(64, PROGRAM);
    let file = object::File::parse(elf.as_slice()).unwrap();
    let symbol = |name: &str| file.symbols().find(|s| s.name() == Ok(name)).unwrap();
    assert_eq!(symbol("_start").address(), file.entry());
    assert!(symbol("_start").size() > 0);
    let shared = symbol("shared").address();
    assert!(shared.is_multiple_of(8) && shared > symbol("counter").address());
}

#[test]
fn what_cannot_be_linked_is_refused_at_its_place() {
    let refused = |text: &str, expected: &str| {
        let errors = build(64, text)
            .link(&Spec::builtin(), &LinkOptions::default())
            .unwrap_err();
        let text = errors.iter().map(ToString::to_string).collect::<String>();
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    };
    refused(
        "_start: nop\n call elsewhere\n",
        "kernel.s:2:7: error: symbol 'elsewhere' is not defined in this file",
    );
    refused("start: nop\n", "entry symbol '_start' is not defined");
    refused(
        ".globl _start\n_start: nop\n.data\n.word a, b\n",
        "kernel.s:4:7: error: symbol 'a' is not defined",
    );
    refused(
        ".globl _start\n_start: nop\n.data\n.word a, b\n",
        "kernel.s:4:10: error: symbol 'b' is not defined",
    );
    let high = LinkOptions {
        base: u64::MAX - 1,
        ..LinkOptions::default()
    };
    assert!(
        build(64, "_start: nop\n")
            .link(&Spec::builtin(), &high)
            .is_err()
    );
}

#[test]
fn a_flat_image_has_its_alignments() {
    let spec = Spec::builtin();
    let object = build(
        64,
        ".option relax\nnop\n.balign 16\nret\n.balign 8\nx: .dword x\n",
    );
    let bytes = object.flat(&spec, 0x1000).unwrap();
    assert_eq!(bytes.len(), 32);
    assert_eq!(bytes[16..20], 0x0000_8067u32.to_le_bytes());
    assert_eq!(bytes[24..32], 0x1018u64.to_le_bytes());
    let image = Image {
        address: 0x1000,
        bytes,
    };
    assert!(image.intel_hex().unwrap().starts_with(":02000004"));
    assert!(image.readmemh(8).unwrap().contains("0000000000001018"));
}
