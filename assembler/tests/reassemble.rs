//! What `dump_source` writes assembles to the same file: section for section the same bytes, flags, alignment and
//! relocations in the same order, and the same symbols.

mod tools;

use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags,
};
use proptest::prelude::*;
use std::path::Path;
use std::process::Command;
use tools::{run, scratch, tool};
use zktr_asm::objdump::{dump_source, dump_source_raw};
use zktr_asm::{Options, Source, Spec, assemble};

/// The source of an ELF file.
fn source_of(spec: &Spec, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    dump_source(spec, "test.o", bytes, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The file that a source yields.
fn assembled(spec: &Spec, text: &str, xlen: u8) -> Result<Vec<u8>, String> {
    let options = Options {
        xlen,
        ..Options::default()
    };
    match assemble(spec, &Source::new("again.s", text), &options) {
        Ok(object) => object.write_elf().map_err(|error| error.to_string()),
        Err(errors) => Err(errors.iter().take(3).map(ToString::to_string).collect()),
    }
}

/// What a symbol is, without its name where nobody outside can see it.
fn symbol_text(file: &object::File<'_>, symbol: &object::Symbol<'_, '_>) -> String {
    let name = symbol.name().unwrap_or("?");
    let section = symbol
        .section_index()
        .and_then(|index| file.section_by_index(index).ok())
        .map(|section| section.name().unwrap_or("?").to_owned());
    match section {
        Some(section) if !symbol.is_global() && !symbol.is_weak() => {
            format!("{section}+{:#x}", symbol.address())
        }
        _ => name.to_owned(),
    }
}

/// Everything that has to be the same, as lines.
fn facts(bytes: &[u8]) -> Vec<String> {
    let file = object::File::parse(bytes).unwrap();
    let mut lines = Vec::new();
    for section in file.sections() {
        let name = section.name().unwrap();
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        let table = [
            ".symtab",
            ".strtab",
            ".shstrtab",
            ".group",
            ".riscv.attributes",
            "",
        ];
        if table.contains(&name) || name.starts_with(".rela.") || section.size() == 0 {
            continue;
        }
        // GNU as does not align hand-written code by itself; this assembler does.
        let executable = sh_flags & u64::from(object::elf::SHF_EXECINSTR) != 0;
        let least = if executable { 4 } else { 1 };
        let header = format!(
            "{name} flags {sh_flags:#x} align {} size {:#x}",
            section.align().max(least),
            section.size()
        );
        lines.push(header);
        for (row, chunk) in section.data().unwrap().chunks(16).enumerate() {
            lines.push(format!("{name} {:#x}: {chunk:02x?}", 16 * row));
        }
        let mut relocations: Vec<_> = section.relocations().collect();
        relocations.sort_by_key(|relocation| relocation.0);
        for (offset, relocation) in relocations {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            let target = match relocation.target() {
                RelocationTarget::Symbol(index) => {
                    let symbol = file.symbol_by_index(index).unwrap();
                    symbol_text(&file, &symbol)
                }
                _ => "-".to_owned(),
            };
            let addend = relocation.addend();
            lines.push(format!("{name} {offset:#x}: {r_type} {target} {addend}"));
        }
    }
    lines.sort_by_key(|line| line.split(' ').next().unwrap().to_owned());
    let mut symbols: Vec<String> = file
        .symbols()
        .filter(|symbol| !symbol.name().unwrap_or_default().starts_with(['$']))
        .filter(|symbol| symbol.is_global() || !symbol.name().unwrap_or_default().starts_with(".L"))
        .filter(|symbol| !matches!(symbol.kind(), object::SymbolKind::Section))
        .filter(|symbol| !symbol.name().unwrap_or_default().is_empty())
        .filter(|symbol| !symbol.name().unwrap_or_default().starts_with('.'))
        .map(|symbol| {
            format!(
                "symbol {} {} {:?} {} {:?} {}",
                symbol.name().unwrap(),
                symbol_text(&file, &symbol),
                symbol.kind(),
                symbol.size(),
                symbol.scope(),
                symbol.is_weak(),
            )
        })
        .collect();
    symbols.sort();
    lines.extend(symbols);
    lines
}

/// Takes a file apart and puts it together again.
fn check(spec: &Spec, bytes: &[u8]) -> Result<String, String> {
    let xlen = if object::File::parse(bytes).unwrap().is_64() {
        64
    } else {
        32
    };
    let text = source_of(spec, bytes);
    let again = assembled(spec, &text, xlen).map_err(|error| format!("{error}\n{text}"))?;
    let (before, after) = (facts(bytes), facts(&again));
    if before == after {
        return Ok(text);
    }
    let at = before
        .iter()
        .zip(&after)
        .position(|(a, b)| a != b)
        .unwrap_or(before.len().min(after.len()));
    Err(format!(
        "{:?} becomes {:?}\n{text}",
        before.get(at),
        after.get(at)
    ))
}

/// Compilers with the options that change what is in an object.
const SETUPS: [(&str, &str); 8] = [
    (
        "riscv64-unknown-elf-gcc",
        "-march=rv64imac_zicsr_zba_zbb -mabi=lp64 -O2 -g",
    ),
    (
        "riscv64-unknown-elf-gcc",
        "-march=rv32imac_zicsr -mabi=ilp32 -Os -ffunction-sections -fdata-sections",
    ),
    (
        "riscv64-unknown-elf-gcc",
        "-march=rv64ima_zicsr -mabi=lp64 -O1 -mno-relax",
    ),
    (
        "riscv64-linux-gnu-gcc",
        "-march=rv64imac_zicsr -mabi=lp64 -O2 -fPIC",
    ),
    (
        "riscv64-linux-gnu-gcc",
        "-march=rv64imac_zicsr -mabi=lp64 -O0 -fPIC -mno-relax -g",
    ),
    (
        "clang-19",
        "--target=riscv64 -march=rv64imac_zicsr -mabi=lp64 -O2 -g",
    ),
    (
        "clang-19",
        "--target=riscv32 -march=rv32im_zicsr -mabi=ilp32 -Os -mno-relax",
    ),
    (
        "clang-19",
        "--target=riscv64 -march=rv64imac_zicsr -mabi=lp64 -O1 -fPIC -mno-relax",
    ),
];

#[test]
fn objects_of_compilers() {
    let test = "objects_of_compilers";
    let spec = Spec::builtin();
    let dir = scratch(test);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    let mut count = 0;
    for (compiler, flags) in SETUPS {
        let Some(compiler) = tool(&[compiler], test) else {
            return;
        };
        for entry in std::fs::read_dir(&sources).unwrap() {
            let path = entry.unwrap().path();
            let mut args = vec!["-w", "-c", "-o", "t.o"];
            args.extend(flags.split(' '));
            let include = "-isystem/usr/lib/picolibc/riscv64-unknown-elf/include";
            if !compiler.contains("linux") {
                args.push(include);
            }
            args.push(path.to_str().unwrap());
            let compiled = Command::new(&compiler)
                .args(&args)
                .current_dir(&dir)
                .output();
            if !compiled.is_ok_and(|out| out.status.success()) {
                // Not a program for this target.
                continue;
            }
            let bytes = std::fs::read(dir.join("t.o")).unwrap();
            check(&spec, &bytes)
                .unwrap_or_else(|error| panic!("{} {compiler} {flags}: {error}", path.display()));
            count += 1;
        }
    }
    println!("{count} objects");
    assert!(count >= 20);
}

/// Objects of a library, some of which are written by hand: one in sixteen, or all if `ZKTR_WHOLE_CORPUS` is set.
#[test]
fn objects_of_a_library() {
    let test = "objects_of_a_library";
    let Some(ar) = tool(&["riscv64-unknown-elf-ar"], test) else {
        return;
    };
    let spec = Spec::builtin();
    let whole = std::env::var_os("ZKTR_WHOLE_CORPUS").is_some();
    let mut count = 0;
    for architecture in ["rv64imac/lp64", "rv32imac/ilp32", "rv64im/lp64"] {
        let library =
            format!("/usr/lib/picolibc/riscv64-unknown-elf/lib/release/{architecture}/libc.a");
        if !Path::new(&library).exists() {
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
            .map(|entry| entry.unwrap().path())
            .collect();
        members.sort();
        for path in members.iter().step_by(if whole { 1 } else { 16 }) {
            let bytes = std::fs::read(path).unwrap();
            check(&spec, &bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            count += 1;
        }
    }
    println!("{count} objects");
    assert!(count > 50);
}

/// Addresses are fixed then, so that the bytes of each section are what has to come back.
#[test]
fn linked_programs() {
    let test = "linked_programs";
    let (Some(compiler), Some(_)) = (
        tool(&["riscv64-unknown-elf-gcc"], test),
        tool(&["riscv64-unknown-elf-ld"], test),
    ) else {
        return;
    };
    let spec = Spec::builtin();
    let dir = scratch(test);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/sort.c");
    for flags in [
        "-march=rv64imac -mabi=lp64",
        "-march=rv32imac -mabi=ilp32 -g",
    ] {
        let mut args: Vec<&str> = flags.split(' ').collect();
        args.extend(["-O2", "-w", "--specs=picolibc.specs", "-o", "t.elf"]);
        args.extend([
            "-nostartfiles",
            "-Wl,-e0,--no-gc-sections",
            source.to_str().unwrap(),
        ]);
        run(&compiler, &args, &dir);
        let bytes = std::fs::read(dir.join("t.elf")).unwrap();
        let xlen = if flags.contains("rv32") { 32 } else { 64 };
        let text = source_of(&spec, &bytes);
        let again = assembled(&spec, &text, xlen).unwrap_or_else(|error| panic!("{error}{text}"));
        let (before, after) = (
            object::File::parse(&*bytes).unwrap(),
            object::File::parse(&*again).unwrap(),
        );
        let mut count = 0;
        for section in before.sections() {
            let name = section.name().unwrap();
            if [".symtab", ".strtab", ".shstrtab", ".riscv.attributes", ""].contains(&name) {
                continue;
            }
            let same = after.section_by_name(name).unwrap();
            assert_eq!(
                section.data().unwrap(),
                same.data().unwrap(),
                "{flags} {name}"
            );
            assert_eq!(section.size(), same.size(), "{flags} {name}");
            count += 1;
        }
        assert!(count > 1);
    }
}

#[test]
fn our_own_objects() {
    let spec = Spec::builtin();
    for text in [include_str!("kernel.s"), include_str!("program.s")] {
        for relax in [false, true] {
            let options = Options {
                relax,
                debug: true,
                ..Options::default()
            };
            let object = assemble(&spec, &Source::new("k.s", text), &options).unwrap();
            check(&spec, &object.write_elf().unwrap()).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_as_code(bytes in proptest::collection::vec(any::<u8>(), 0..1000), rv32: bool) {
        let spec = Spec::builtin();
        let xlen = if rv32 { 32 } else { 64 };
        let mut out = Vec::new();
        dump_source_raw(&spec, &bytes, xlen, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let again = assembled(&spec, &text, xlen).unwrap();
        let file = object::File::parse(&*again).unwrap();
        let code = file.section_by_name(".text").map_or(&[][..], |s| s.data().unwrap());
        prop_assert_eq!(code, &bytes, "{}", text);
    }
}
