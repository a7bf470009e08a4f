//! Lines and call frames of compilers' output after linking: those that the assembler of each compiler gives.
//!
//! Compared are decoded tables: for each address its file, line, column and marks, and for each range of code the rule of
//! each register. How they are encoded is each assembler's own affair. The sources are `tests/c/*.c`.

#[path = "tools/mod.rs"]
mod tools;

use gimli::{EndianSlice, LittleEndian, UnwindSection};
use object::{Object, ObjectSection};
use std::path::Path;
use std::process::Command;
use tools::{run, scratch, tool};
use zktr_asm::{Options, Source, Spec, assemble};

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// A compiler with its flags, its architecture, and whether the linker may shorten code.
struct Setup {
    compiler: &'static str,
    flags: &'static str,
    arch: &'static str,
    relax: bool,
}

const SETUPS: &[Setup] = &[
    setup(GCC, "-O0 -g", "rv64imac_zicsr", true),
    setup(GCC, "-O2 -g", "rv64imac", true),
    setup(GCC, "-O2 -gdwarf-4", "rv64imac", false),
    setup(GCC, "-Os -g3 -ggdb", "rv32imac", true),
    setup(GCC, "-O1 -g -fno-dwarf2-cfi-asm", "rv64ima", true),
    setup(LINUX, "-O2 -g -fPIC", "rv64imac", true),
    setup(
        LINUX,
        "-O3 -gdwarf-4 -fasynchronous-unwind-tables",
        "rv64imac",
        false,
    ),
    setup(CLANG, "-O0 -g", "rv64imac", true),
    setup(CLANG, "-O2 -g", "rv64imac", false),
    setup(CLANG, "-O1 -gdwarf-4", "rv64ima", true),
    setup(
        CLANG,
        "-Oz -g -fasynchronous-unwind-tables",
        "rv32imac",
        true,
    ),
];

const GCC: &str = "riscv64-unknown-elf-gcc";
const LINUX: &str = "riscv64-linux-gnu-gcc";
const CLANG: &str = "clang-19";
const GNU_LD: &str = "riscv64-unknown-elf-ld";
const LLD: &str = "ld.lld-19";

const fn setup(
    compiler: &'static str,
    flags: &'static str,
    arch: &'static str,
    relax: bool,
) -> Setup {
    Setup {
        compiler,
        flags,
        arch,
        relax,
    }
}

impl Setup {
    fn xlen(&self) -> u8 {
        if self.arch.starts_with("rv32") {
            32
        } else {
            64
        }
    }

    /// The compiler for this target.
    fn command(&self, dir: &Path) -> Command {
        let mut command = Command::new(self.compiler);
        command.current_dir(dir).args(self.flags.split(' '));
        if self.compiler == CLANG {
            command.arg(format!("--target=riscv{}", self.xlen()));
            command.arg("-isystem/usr/lib/picolibc/riscv64-unknown-elf/include");
        } else if self.compiler == GCC {
            command.arg("--specs=picolibc.specs");
        }
        let abi = if self.xlen() == 32 { "ilp32" } else { "lp64" };
        command.args([format!("-march={}", self.arch), format!("-mabi={abi}")]);
        command.args([if self.relax { "-mrelax" } else { "-mno-relax" }, "-w"]);
        command
    }
}

fn section<'a>(elf: &object::File<'a>, name: &str) -> Slice<'a> {
    let data = elf.section_by_name(name).and_then(|s| s.data().ok());
    EndianSlice::new(data.unwrap_or_default(), LittleEndian)
}

/// The rows of all line programs.
fn rows(elf: &[u8]) -> Vec<String> {
    let elf = object::File::parse(elf).unwrap();
    let load = |id: gimli::SectionId| Ok::<_, gimli::Error>(section(&elf, id.name()));
    let dwarf = gimli::Dwarf::load(load).unwrap();
    let mut found = Vec::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next().unwrap() {
        let unit = dwarf.unit(header).unwrap();
        let Some(program) = unit.line_program.clone() else {
            continue;
        };
        let text = |value| {
            let text = dwarf.attr_string(&unit, value).unwrap();
            text.to_string_lossy().into_owned()
        };
        let mut all = program.rows();
        while let Some((header, row)) = all.next_row().unwrap() {
            let file = row.file(header).map(|file| {
                // Equal files have different spellings, so that each has a number.
                let name = text(file.path_name()).replace("/./", "/");
                let directory = file.directory(header).map(text).unwrap_or_default();
                if name.starts_with('/') {
                    return name;
                }
                format!("{directory}/{name}")
            });
            let place = match (row.end_sequence(), file) {
                (true, _) => "end".to_owned(),
                (false, file) => format!(
                    "{} {:?} {:?} {}{}{}{} {}",
                    file.unwrap_or_default(),
                    row.line(),
                    row.column(),
                    u8::from(row.is_stmt()),
                    u8::from(row.basic_block()),
                    u8::from(row.prologue_end()),
                    u8::from(row.epilogue_begin()),
                    row.discriminator(),
                ),
            };
            found.push(format!("{:x} {place}", row.address()));
        }
    }
    found
}

/// The unwinding rows of one section of call frames.
fn frames<'a, S>(section: &S, bases: &gimli::BaseAddresses, found: &mut Vec<String>)
where
    S: UnwindSection<Slice<'a>>,
    S::Offset: gimli::UnwindOffset<usize>,
{
    let mut context = gimli::UnwindContext::new();
    let mut entries = section.entries(bases);
    while let Some(entry) = entries.next().unwrap() {
        let gimli::CieOrFde::Fde(partial) = entry else {
            continue;
        };
        let fde = partial.parse(S::cie_from_offset).unwrap();
        let mut table = fde.rows(section, bases, &mut context).unwrap();
        while let Some(row) = table.next_row().unwrap() {
            let mut registers: Vec<_> = row.registers().map(|rule| format!("{rule:?}")).collect();
            registers.sort();
            found.push(format!(
                "{:x}..{:x} {:?} {registers:?}",
                row.start_address(),
                row.end_address(),
                row.cfa(),
            ));
        }
    }
}

fn all_frames(elf: &[u8]) -> Vec<String> {
    let elf = object::File::parse(elf).unwrap();
    let address = |name| elf.section_by_name(name).map_or(0, |s| s.address());
    let bases = gimli::BaseAddresses::default()
        .set_eh_frame(address(".eh_frame"))
        .set_text(address(".text"));
    let mut found = Vec::new();
    let size = if elf.is_64() { 8 } else { 4 };
    let mut in_eh: gimli::EhFrame<_> = section(&elf, ".eh_frame").into();
    in_eh.set_address_size(size);
    frames(&in_eh, &bases, &mut found);
    let mut in_debug: gimli::DebugFrame<_> = section(&elf, ".debug_frame").into();
    in_debug.set_address_size(size);
    frames(&in_debug, &bases, &mut found);
    found
}

/// The program of one object.
fn linked(setup: &Setup, object: &str, dir: &Path) -> Vec<u8> {
    let emulation = format!("-melf{}lriscv", setup.xlen());
    let mut args = vec![emulation.as_str(), "--unresolved-symbols=ignore-all", "-e0"];
    args.extend(["-Ttext=0x10000", "-Tdata=0x800000", "-o", "linked", object]);
    // GNU ld 2.40 crashes on some of LLVM's objects.
    let linker = if setup.compiler == CLANG { LLD } else { GNU_LD };
    run(linker, &args, dir);
    std::fs::read(dir.join("linked")).unwrap()
}

/// What says where variables are and which code is whose, with the numbers of views in it.
fn locations(elf: &[u8]) -> Vec<String> {
    let elf = object::File::parse(elf).unwrap();
    let names = [
        ".debug_loclists",
        ".debug_loc",
        ".debug_rnglists",
        ".debug_ranges",
    ];
    let lines = |name: &str| {
        let chunks = section(&elf, name).slice().chunks(16);
        let lines = chunks
            .enumerate()
            .map(|(i, bytes)| format!("{name} {i}: {bytes:02x?}"));
        lines.collect::<Vec<_>>()
    };
    names.iter().flat_map(|name| lines(name)).collect()
}

/// Where two lists begin to differ.
fn difference(ours: &[String], theirs: &[String]) -> Option<String> {
    let at = (0..ours.len().max(theirs.len())).find(|&i| ours.get(i) != theirs.get(i))?;
    let (a, b) = (ours.get(at), theirs.get(at));
    Some(format!(
        "row {at} of {} and {}: {a:?} is not {b:?}",
        ours.len(),
        theirs.len()
    ))
}

#[test]
fn lines_and_frames_are_those_of_gnu_and_llvm() {
    let test = "lines_and_frames_are_those_of_gnu_and_llvm";
    let tools = [GCC, LINUX, CLANG, GNU_LD, LLD];
    if tools.iter().any(|name| tool(&[name], test).is_none()) {
        return;
    }
    let dir = scratch(test);
    let sources = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/c"));
    let mut totals = (0, 0, 0);
    let mut different = Vec::new();
    let files = std::fs::read_dir(sources).unwrap().flatten();
    let mut files: Vec<_> = files.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "c"));
    files.sort();
    for source in files {
        for setup in SETUPS {
            let mut compile = setup.command(&dir);
            compile.args(["-S", "-o", "t.s"]).arg(&source);
            let out = compile.output().unwrap();
            if !out.status.success() {
                // Not a program for this target.
                continue;
            }
            let mut theirs = setup.command(&dir);
            theirs.args(["-c", "-o", "theirs.o", "t.s"]);
            if !theirs.output().unwrap().status.success() {
                // Inline assembly that the target has not.
                continue;
            }
            let text = std::fs::read_to_string(dir.join("t.s")).unwrap();
            let options = Options {
                xlen: setup.xlen(),
                arch: Some(setup.arch.to_owned()),
                relax: setup.relax,
                ..Options::default()
            };
            let label = format!("{} {} {}", source.display(), setup.compiler, setup.flags);
            let object = assemble(&Spec::builtin(), &Source::new("t.s", text), &options)
                .unwrap_or_else(|errors| panic!("{label}\n{}", errors[0]));
            std::fs::write(dir.join("ours.o"), object.write_elf().unwrap()).unwrap();
            let (ours, theirs) = (
                linked(setup, "ours.o", &dir),
                linked(setup, "theirs.o", &dir),
            );
            let lines = (rows(&ours), rows(&theirs));
            let places = (locations(&ours), locations(&theirs));
            let unwinding = (all_frames(&ours), all_frames(&theirs));
            totals.0 += 1;
            totals.1 += lines.0.len();
            totals.2 += unwinding.0.len();
            for (what, (ours, theirs)) in [
                ("lines", &lines),
                ("frames", &unwinding),
                ("places", &places),
            ] {
                if let Some(found) = difference(ours, theirs) {
                    different.push(format!("{label}: {what}: {found}"));
                }
            }
        }
    }
    let (programs, lines, frames) = totals;
    println!("compared {programs} programs with {lines} rows of lines and {frames} of frames");
    assert!(lines > 1000 && frames > 100, "too little was compared");
    assert!(different.is_empty(), "{}", different.join("\n"));
}
