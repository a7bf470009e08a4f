//! What compilers write, assembled here, by GNU as and by LLVM: the same bytes, relocations and symbols.
//!
//! And what people have written, beside GNU as: the source at the end of this file, and other projects'.
//!
//! The sources are `tests/c/*.c`, and all C files below the directory in `ZKTR_C_CORPUS`, if that is set. The
//! number of files and instructions that were compared is printed at the end, with every difference.
//!
//! Where relocations are left to the linker, the bits that it replaces are not compared: GNU as fills in present
//! distances, LLVM zeros. Without relaxation GNU as leaves even known distances to the linker, and LLVM does not; so
//! there the object is compared with LLVM's, and GNU's after linking.

use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zktr_asm::{Options, Source, Spec, assemble};

/// A compiler, and the assembler that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Compiler {
    /// For bare metal.
    Gcc,
    /// For Linux, with position-independent code and call frame information.
    LinuxGcc,
    Clang,
}

/// One way to compile.
#[derive(Clone, Copy, Debug)]
struct Setup {
    compiler: Compiler,
    arch: &'static str,
    flags: &'static str,
    relax: bool,
}

const SETUPS: &[Setup] = &[
    setup(Compiler::Gcc, "rv64imac_zicsr", "-O0", true),
    setup(Compiler::Gcc, "rv64imac_zba_zbb_zbs", "-O1 -g", true),
    setup(Compiler::Gcc, "rv64imac", "-O2", false),
    setup(Compiler::Gcc, "rv64ima", "-O3", false),
    setup(Compiler::Gcc, "rv64ima", "-Os", true),
    setup(Compiler::Gcc, "rv32imac", "-O2", true),
    setup(Compiler::Gcc, "rv32im", "-Os", false),
    setup(Compiler::LinuxGcc, "rv64imac", "-O2 -fPIC -g", true),
    setup(Compiler::LinuxGcc, "rv64imac", "-O3 -fPIC", false),
    setup(Compiler::Clang, "rv64imac", "-O0", true),
    setup(Compiler::Clang, "rv64imac_zba_zbb_zbs", "-O1 -g", true),
    setup(Compiler::Clang, "rv64imac", "-O2", false),
    setup(Compiler::Clang, "rv64ima", "-O3", false),
    setup(Compiler::Clang, "rv64imac", "-Os -fPIC", true),
    setup(Compiler::Clang, "rv32imac", "-O2", true),
    setup(Compiler::Clang, "rv32im", "-Oz", false),
];

const fn setup(compiler: Compiler, arch: &'static str, flags: &'static str, relax: bool) -> Setup {
    Setup {
        compiler,
        arch,
        flags,
        relax,
    }
}

impl Setup {
    fn is_32(&self) -> bool {
        self.arch.starts_with("rv32")
    }

    fn abi(&self) -> &'static str {
        if self.is_32() {
            "-mabi=ilp32"
        } else {
            "-mabi=lp64"
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(match self.compiler {
            Compiler::Gcc => "riscv64-unknown-elf-gcc",
            Compiler::LinuxGcc => "riscv64-linux-gnu-gcc",
            Compiler::Clang => "clang-19",
        });
        match self.compiler {
            Compiler::Gcc => {
                command.arg("--specs=picolibc.specs");
            }
            Compiler::LinuxGcc => {}
            Compiler::Clang => {
                command.arg(if self.is_32() {
                    "--target=riscv32"
                } else {
                    "--target=riscv64"
                });
                command.arg("-isystem/usr/lib/picolibc/riscv64-unknown-elf/include");
            }
        }
        command.args([&format!("-march={}", self.arch), self.abi(), "-w"]);
        command.arg(if self.relax { "-mrelax" } else { "-mno-relax" });
        command
    }
}

fn installed(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{program} not found"
        );
        println!("skipped: {program} not found");
    }
    found
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// A relocation: kind, what it refers to, addend.
type Entry = (u32, String, i64);

/// Relocations by offset.
type Relocations = BTreeMap<u64, Vec<Entry>>;

/// What is compared of an object.
#[derive(Default, Debug)]
struct Contents {
    sections: BTreeMap<String, (Vec<u8>, Relocations)>,
    symbols: BTreeMap<String, (String, u64, u64, bool)>,
}

/// Bits that a relocation replaces, in bytes from its offset.
fn replaced(kind: u32) -> &'static [u8] {
    use object::elf::*;
    match kind {
        R_RISCV_32 | R_RISCV_ADD32 | R_RISCV_SUB32 | R_RISCV_SET32 | R_RISCV_32_PCREL => &[255; 4],
        R_RISCV_64 | R_RISCV_ADD64 | R_RISCV_SUB64 => &[255; 8],
        R_RISCV_ADD16 | R_RISCV_SUB16 | R_RISCV_SET16 => &[255; 2],
        R_RISCV_ADD8 | R_RISCV_SUB8 | R_RISCV_SET8 => &[255],
        R_RISCV_SET6 | R_RISCV_SUB6 => &[0x3f],
        R_RISCV_BRANCH => &[0x80, 0x0f, 0, 0xfe],
        R_RISCV_JAL => &[0, 0xf0, 255, 255],
        R_RISCV_RVC_BRANCH => &[0x7c, 0x1c],
        R_RISCV_RVC_JUMP => &[0xfc, 0x1f],
        R_RISCV_HI20 | R_RISCV_PCREL_HI20 | R_RISCV_GOT_HI20 => &[0, 0xf0, 255, 255],
        R_RISCV_LO12_I | R_RISCV_PCREL_LO12_I => &[0, 0, 0xf0, 255],
        R_RISCV_LO12_S | R_RISCV_PCREL_LO12_S => &[0x80, 0x0f, 0, 0xfe],
        R_RISCV_CALL_PLT => &[0, 0xf0, 255, 255, 0, 0, 0xf0, 255],
        _ => &[],
    }
}

/// Sections that are not compared: what they say about the source is not bytes of the program, and their forms differ.
fn is_left_out(name: &str) -> bool {
    [
        "debug",
        ".eh_frame",
        ".comment",
        ".note",
        ".riscv",
        ".llvm",
        ".symtab",
        ".strtab",
        ".shstrtab",
    ]
    .iter()
    .any(|part| name.contains(part))
        || name.starts_with(".rela")
}

fn contents(elf: &[u8]) -> Contents {
    let file = object::File::parse(elf).unwrap();
    let mut out = Contents::default();
    let name_of = |symbol: &object::Symbol<'_, '_>| -> (String, i64) {
        match symbol.section_index() {
            Some(index) => {
                let section = file.section_by_index(index).unwrap();
                (section.name().unwrap().to_owned(), symbol.address() as i64)
            }
            None => (symbol.name().unwrap().to_owned(), 0),
        }
    };
    for section in file.sections() {
        let name = section.name().unwrap();
        let SectionFlags::Elf { sh_flags } = section.flags() else {
            continue;
        };
        if sh_flags & u64::from(object::elf::SHF_ALLOC) == 0
            || is_left_out(name)
            || section.size() == 0
        {
            continue;
        }
        let mut data = section.data().unwrap().to_vec();
        let mut relocations = Relocations::new();
        for (offset, relocation) in section.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            for (i, mask) in replaced(r_type).iter().enumerate() {
                if let Some(byte) = data.get_mut(offset as usize + i) {
                    *byte &= !mask;
                }
            }
            let (target, base) = match relocation.target() {
                RelocationTarget::Symbol(index) => name_of(&file.symbol_by_index(index).unwrap()),
                _ => (String::new(), 0),
            };
            // GNU as repeats the addend of the relocation before, which means nothing.
            let relax = r_type == object::elf::R_RISCV_RELAX;
            let addend = if relax { 0 } else { base + relocation.addend() };
            let entry = (r_type, target, addend);
            relocations.entry(offset).or_default().push(entry);
        }
        relocations.values_mut().for_each(|list| list.sort());
        // Sections of one name, which belong to different groups, are one here.
        let known = out.sections.entry(name.to_owned()).or_default();
        let base = known.0.len() as u64;
        known.0.extend(data);
        known
            .1
            .extend(relocations.into_iter().map(|(at, list)| (base + at, list)));
    }
    for symbol in file.symbols() {
        let name = symbol.name().unwrap();
        let kind = symbol.kind();
        let private = name.is_empty() || name.starts_with(['.', '$']);
        if private || matches!(kind, object::SymbolKind::File | object::SymbolKind::Section) {
            continue;
        }
        let (place, value) = name_of(&symbol);
        out.symbols.insert(
            name.to_owned(),
            (place, value as u64, symbol.size(), symbol.is_global()),
        );
    }
    out
}

/// The first differences, as text.
fn differences(ours: &Contents, theirs: &Contents) -> Vec<String> {
    let mut out = Vec::new();
    let names: std::collections::BTreeSet<_> =
        ours.sections.keys().chain(theirs.sections.keys()).collect();
    for name in names {
        let empty = Default::default();
        let (a, ra) = ours.sections.get(name).unwrap_or(&empty);
        let (b, rb) = theirs.sections.get(name).unwrap_or(&empty);
        if a != b {
            let at = a
                .iter()
                .zip(b)
                .position(|(x, y)| x != y)
                .unwrap_or(a.len().min(b.len()));
            let part = |bytes: &[u8]| {
                let start = (at & !1).min(bytes.len());
                format!("{:02x?}", &bytes[start..bytes.len().min(start + 8)])
            };
            out.push(format!(
                "{name}+{at:#x} of {}/{}: {} {}",
                a.len(),
                b.len(),
                part(a),
                part(b)
            ));
        } else if ra != rb {
            let offsets: std::collections::BTreeSet<_> = ra.keys().chain(rb.keys()).collect();
            let at = offsets
                .into_iter()
                .find(|at| ra.get(at) != rb.get(at))
                .unwrap();
            out.push(format!("{name}+{at:#x}: {:?} {:?}", ra.get(at), rb.get(at)));
        }
    }
    if out.is_empty() && ours.symbols != theirs.symbols {
        let names: std::collections::BTreeSet<_> =
            ours.symbols.keys().chain(theirs.symbols.keys()).collect();
        for name in names {
            let (a, b) = (ours.symbols.get(name), theirs.symbols.get(name));
            if a != b {
                out.push(format!("symbol {name}: {a:?} {b:?}"));
                break;
            }
        }
    }
    out
}

/// The number of instructions in the executable sections.
fn instructions(contents: &Contents) -> usize {
    let code = contents
        .sections
        .iter()
        .filter(|(name, _)| name.starts_with(".text"));
    code.map(|(_, (data, _))| {
        let (mut at, mut count) = (0, 0);
        while at < data.len() {
            at += if data[at] & 3 == 3 { 4 } else { 2 };
            count += 1;
        }
        count
    })
    .sum()
}

/// The sources to compile.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/c"
    ))];
    directories.extend(std::env::var_os("ZKTR_C_CORPUS").map(PathBuf::from));
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|e| e == "c") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

struct Totals {
    files: usize,
    instructions: usize,
    linked: usize,
    different: Vec<String>,
}

fn compare(setup: &Setup, source: &Path, dir: &Path, totals: &mut Totals) {
    let (assembly, object, ours_path) = (dir.join("t.s"), dir.join("theirs.o"), dir.join("ours.o"));
    let mut compile = setup.command();
    compile
        .args(setup.flags.split(' '))
        .arg("-S")
        .arg("-o")
        .arg(&assembly)
        .arg(source);
    compile.arg("-I").arg(source.parent().unwrap());
    if !succeeds(&mut compile) {
        // Not a program for this target.
        return;
    }
    if !succeeds(
        setup
            .command()
            .arg("-c")
            .arg("-o")
            .arg(&object)
            .arg(&assembly),
    ) {
        return;
    }
    let text = std::fs::read_to_string(&assembly).unwrap();
    let label = format!("{} {setup:?}", source.display());
    let options = Options {
        xlen: if setup.is_32() { 32 } else { 64 },
        arch: Some(setup.arch.to_owned()),
        relax: setup.relax,
        ..Options::default()
    };
    let built = match assemble(&Spec::builtin(), &Source::new("t.s", text), &options) {
        Ok(object) => object.write_elf().unwrap(),
        Err(errors) => {
            totals.different.push(format!("{label}\n{}", errors[0]));
            return;
        }
    };
    let (mut ours, mut theirs) = (contents(&built), contents(&std::fs::read(&object).unwrap()));
    totals.files += 1;
    totals.instructions += instructions(&ours);
    let mut found = Vec::new();
    if setup.compiler == Compiler::Clang || setup.relax {
        found = differences(&ours, &theirs);
    }
    if setup.compiler != Compiler::Clang && !setup.relax {
        std::fs::write(&ours_path, &built).unwrap();
        let mut linked = Vec::new();
        for path in [&ours_path, &object] {
            let output = path.with_extension("elf");
            let emulation = if setup.is_32() {
                "-melf32lriscv"
            } else {
                "-melf64lriscv"
            };
            let mut link = Command::new("riscv64-unknown-elf-ld");
            link.args([
                emulation,
                "--no-relax",
                "--unresolved-symbols=ignore-all",
                "-e0",
            ]);
            link.args(["-z", "norelro", "-Ttext=0x10000", "-Tdata=0x800000", "-o"]);
            if succeeds(link.arg(&output).arg(path)) {
                linked.push(contents(&std::fs::read(&output).unwrap()));
            }
        }
        if let [a, b] = &mut linked[..] {
            (ours, theirs) = (std::mem::take(a), std::mem::take(b));
            totals.linked += 1;
            found = differences(&ours, &theirs);
        }
    }
    if !found.is_empty() {
        totals
            .different
            .push(format!("{label}\n  {}", found.join("\n  ")));
    }
}

#[test]
fn output_of_compilers_is_assembled_like_gnu_as_and_llvm_do() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compilers");
    std::fs::create_dir_all(&dir).unwrap();
    let tools = [
        "riscv64-unknown-elf-gcc",
        "riscv64-linux-gnu-gcc",
        "clang-19",
        "riscv64-unknown-elf-ld",
    ];
    if !tools.iter().all(|tool| installed(tool)) {
        return;
    }
    let mut totals = Totals {
        files: 0,
        instructions: 0,
        linked: 0,
        different: Vec::new(),
    };
    for source in sources() {
        for setup in SETUPS {
            compare(setup, &source, &dir, &mut totals);
        }
    }
    println!(
        "compared {} files with {} instructions, {} of them linked; {} differ",
        totals.files,
        totals.instructions,
        totals.linked,
        totals.different.len()
    );
    assert!(totals.files > 0);
    assert!(
        totals.different.is_empty(),
        "{}",
        totals.different.join("\n")
    );
}

/// How the object differs from that of GNU as; none if GNU as refuses the source. And how many instructions it has.
fn differs_from_gnu(path: &Path, arch: &str, dir: &Path) -> Option<(usize, Vec<String>)> {
    let object = dir.join("theirs.o");
    let is_32 = arch.starts_with("rv32");
    let options = Options {
        xlen: if is_32 { 32 } else { 64 },
        arch: Some(arch.to_owned()),
        relax: true,
        ..Options::default()
    };
    let mut gnu = Command::new("riscv64-unknown-elf-as");
    gnu.arg(format!("-march={arch}"));
    gnu.arg(if is_32 { "-mabi=ilp32" } else { "-mabi=lp64" });
    if !succeeds(gnu.arg("-o").arg(&object).arg(path)) {
        return None;
    }
    let text = std::fs::read_to_string(path).unwrap();
    Some(
        match assemble(&Spec::builtin(), &Source::new("t.s", text), &options) {
            Ok(built) => {
                let ours = contents(&built.write_elf().unwrap());
                let mut theirs = contents(&std::fs::read(&object).unwrap());
                // GNU as fills sections of code up to their alignment.
                for (name, (data, _)) in &mut theirs.sections {
                    let length = ours.sections.get(name).map_or(0, |(data, _)| data.len());
                    if data
                        .get(length..)
                        .is_some_and(|end| end.iter().all(|b| *b == 0))
                    {
                        data.truncate(length);
                    }
                }
                (instructions(&ours), differences(&ours, &theirs))
            }
            Err(errors) => (0, errors.iter().map(ToString::to_string).collect()),
        },
    )
}

/// Sources that people have written, in `ZKTR_S_CORPUS`: its folders are named after ISA strings, and hold the
/// preprocessed sources that GNU as is to assemble with that string.
#[test]
fn sources_of_other_projects_are_assembled_like_gnu_as_does() {
    let Some(corpus) = std::env::var_os("ZKTR_S_CORPUS").map(PathBuf::from) else {
        println!("skipped: no ZKTR_S_CORPUS");
        return;
    };
    if !installed("riscv64-unknown-elf-as") {
        return;
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("projects");
    std::fs::create_dir_all(&dir).unwrap();
    let (mut files, mut count, mut different) = (0, 0, Vec::new());
    for folder in std::fs::read_dir(&corpus).unwrap().flatten() {
        let arch = folder.file_name().into_string().unwrap();
        let mut sources: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .collect();
        sources.sort_by_key(std::fs::DirEntry::path);
        for source in sources {
            let Some((instructions, found)) = differs_from_gnu(&source.path(), &arch, &dir) else {
                continue;
            };
            files += 1;
            count += instructions;
            if !found.is_empty() {
                let path = source.path();
                different.push(format!("{}\n  {}", path.display(), found.join("\n  ")));
            }
        }
    }
    println!(
        "compared {files} files with {count} instructions; {} differ",
        different.len()
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What compilers of C rarely write: variables of threads, floating-point registers, privileged instructions, and the
/// short names of instructions with an immediate.
#[test]
fn what_people_write_is_assembled_like_gnu_as_does() {
    if !installed("riscv64-unknown-elf-as") {
        return;
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("written");
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("written.s");
    std::fs::write(&path, WRITTEN).unwrap();
    for arch in [
        "rv64imafdc_zicsr_zbb_zbs",
        "rv64imafd_zicsr_zbb_zbs",
        "rv32imafdc_zicsr_zbb_zbs",
    ] {
        let (count, found) = differs_from_gnu(&path, arch, &dir).expect("GNU as accepts it");
        assert_eq!(found, [""; 0], "{arch}");
        assert!(count > 40, "{count}");
    }
}

const WRITTEN: &str = "\
start:
    la.tls.ie a0, counter
    la.tls.gd a1, buffer
    lui a2, %tprel_hi(counter)
    add a2, a2, tp, %tprel_add(counter)
    lw a3, %tprel_lo(counter)(a2)
    sw a3, %tprel_lo(counter)(a2)
    addi a3, a2, %tprel_lo(counter)
1:  auipc a4, %tls_ie_pcrel_hi(buffer)
    lw a4, %pcrel_lo(1b)(a4)
2:  auipc a5, %tls_gd_pcrel_hi(buffer)
    addi a0, a5, %pcrel_lo(2b)
    call __tls_get_addr
    fsd fs0, 8(sp)
    fsd fs11, 504(sp)
    fsd f31, 512(sp)
    fld ft0, 16(a0)
    fld fa0, 16(a0)
    fld fs1, 8(sp)
    fld fa5, (t0)
    fld fa5, constant, t0
    fsd fa5, constant, t0
    lui a0, %hi(constant)
    fld fa0, %lo(constant)(a0)
    fsd fa0, %lo(constant)(a0)
    .insn i 0x07, 3, fa0, 8(sp)
    .cfi_startproc
    .cfi_offset fs0, -16
    .cfi_endproc
    csrw mscratch, 0
    csrs mstatus, 1 << 3
    csrc sstatus, 2
    csrrw a0, mie, 5
    csrw pmpaddr63, a0
    csrr a0, mhpmcounter31
    csrw tcontrol, a0
    bset a0, a1, 5
    bclr a0, a1, 5
    binv a0, a1, 5
    bext a0, a1, 5
    ror a0, a1, 5
    move a0, a1
    li a0, (1UL << 12) - 4L
    wfi
    sfence.vma
    sfence.vma a0
    sfence.vma a0, a1
    sret
    mret
    dret
    .section .tbss, \"awT\", @nobits
    .globl counter
counter: .zero 4
    .section .tdata, \"awT\", @progbits
    .globl buffer
buffer: .word 5
    .section .rodata
    .balign 8
constant: .dword 1
";
