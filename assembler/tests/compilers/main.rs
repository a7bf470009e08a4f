//! What compilers write, assembled here, by GNU as and by LLVM: the same bytes, relocations and symbols, and the same
//! after linking.
//!
//! And what people have written, beside GNU as: `written.s`, and other projects' sources.
//!
//! The C sources are `tests/c/*.c` and all files below the directory in `ZKTR_C_CORPUS`, if that is set: `tests/corpus/fetch.sh`
//! makes one of published packages. `ZKTR_C_SETUPS=N` compiles each file in N of the ways of `setup.rs` only, other ones for each
//! file. How much was compared is printed at the end, and every difference.
//!
//! Each is compared in its dialect. Without relaxation GNU as leaves even known distances to the linker, and LLVM leaves fewer;
//! so there objects are compared with LLVM's for the output of clang, and all others after linking.

mod contents;
mod forms;
mod setup;
#[path = "../tools/mod.rs"]
mod tools;

use contents::{Contents, contents, differences, functions, instructions};
use setup::{Compiler, SETUPS, Setup};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use tools::{scratch, tool};
use zktr_asm::{Dialect, Options, Source, Spec, assemble, decode};

/// The directory of this file.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compilers");

fn installed(program: &str, test: &str) -> bool {
    tool(&[program], test).is_some()
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The sources to compile.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/c"
    ))];
    directories.extend(corpus());
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

/// The directory of other projects' C sources.
fn corpus() -> Option<PathBuf> {
    std::env::var_os("ZKTR_C_CORPUS").map(PathBuf::from)
}

/// Where a source may have its headers: in its directory and those around it, and in directories `include` there.
fn headers(source: &Path) -> Vec<PathBuf> {
    let root = corpus().filter(|root| source.starts_with(root));
    let mut found = Vec::new();
    for around in source.ancestors().skip(1) {
        if root.as_deref() == Some(around) {
            break;
        }
        found.push(around.to_owned());
        for name in ["include", "c/include"] {
            found.extend(Some(around.join(name)).filter(|path| path.is_dir()));
        }
        if root.is_none() {
            break;
        }
    }
    found
}

/// The assemblers to agree with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Oracle {
    Gnu,
    Llvm,
}

impl Oracle {
    fn dialect(self) -> Dialect {
        match self {
            Self::Gnu => Dialect::Gnu,
            Self::Llvm => Dialect::Llvm,
        }
    }

    fn command(self, setup: &Setup) -> Command {
        let mut command = match self {
            Self::Gnu => Command::new("riscv64-unknown-elf-as"),
            Self::Llvm => {
                let mut clang = Command::new("clang-19");
                let target = if setup.is_32() { "riscv32" } else { "riscv64" };
                clang.args([&format!("--target={target}"), "-c", "-w"]);
                clang
            }
        };
        command.args([&format!("-march={}", setup.arch), setup.abi()]);
        command.arg(if setup.relax { "-mrelax" } else { "-mno-relax" });
        command
    }
}

/// What was compared.
#[derive(Default)]
struct Totals {
    /// Assembly files, and how many of them each oracle has accepted.
    files: usize,
    gnu: usize,
    llvm: usize,
    instructions: usize,
    functions: usize,
    /// Pairs of executables.
    linked: usize,
    different: Vec<String>,
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.gnu += other.gnu;
        self.llvm += other.llvm;
        self.instructions += other.instructions;
        self.functions += other.functions;
        self.linked += other.linked;
        self.different.extend(other.different);
    }
}

/// An object and that of an oracle after linking; none if they cannot be linked, as both call what they do not have.
fn linked(setup: &Setup, objects: [&Path; 2]) -> Option<[Contents; 2]> {
    let link = |object: &Path| {
        let output = object.with_extension("elf");
        let emulation = if setup.is_32() {
            "-melf32lriscv"
        } else {
            "-melf64lriscv"
        };
        let mut link = Command::new("riscv64-unknown-elf-ld");
        link.args([emulation, "--unresolved-symbols=ignore-all", "-e0"]);
        link.arg(if setup.relax { "--relax" } else { "--no-relax" });
        link.arg("-T")
            .arg(Path::new(HERE).join("places.ld"))
            .arg("-o");
        succeeds(link.arg(&output).arg(object)).then(|| contents(&std::fs::read(&output).unwrap()))
    };
    let [a, b] = objects.map(link);
    Some([a?, b?])
}

/// Compiles a source in one way and compares what becomes of the assembly.
fn compare(setup: &Setup, source: &Path, dir: &Path, totals: &mut Totals) {
    let (assembly, theirs_path, ours_path) =
        (dir.join("t.s"), dir.join("theirs.o"), dir.join("ours.o"));
    let mut compile = setup.command();
    compile
        .args(setup.flags.split(' '))
        .arg("-S")
        .arg("-o")
        .arg(&assembly)
        .arg(source);
    for path in headers(source) {
        compile.arg("-I").arg(path);
    }
    if !succeeds(&mut compile) {
        // Not a program for this target.
        return;
    }
    let text = decode(std::fs::read(&assembly).unwrap());
    // The two have other places for common symbols that are local.
    let disputed = setup.compiler == Compiler::Clang && text.contains("\t.local\t");
    let oracles: Vec<(Oracle, Contents, Vec<u8>)> = [Oracle::Gnu, Oracle::Llvm]
        .into_iter()
        .filter(|oracle| !(disputed && *oracle == Oracle::Gnu))
        .filter_map(|oracle| {
            let mut command = oracle.command(setup);
            succeeds(command.arg("-o").arg(&theirs_path).arg(&assembly)).then(|| {
                let object = std::fs::read(&theirs_path).unwrap();
                (oracle, contents(&object), object)
            })
        })
        .collect();
    if oracles.is_empty() {
        return;
    }
    let label = format!("{} {setup:?}", source.display());
    let source = Source::new("t.s", text);
    for (i, (oracle, theirs, object)) in oracles.into_iter().enumerate() {
        let options = Options {
            xlen: if setup.is_32() { 32 } else { 64 },
            arch: Some(setup.arch.to_owned()),
            relax: setup.relax,
            dialect: oracle.dialect(),
            ..Options::default()
        };
        let built = match assemble(&Spec::builtin(), &source, &options) {
            Ok(object) => object.write_elf().unwrap(),
            Err(errors) => {
                totals.different.push(format!("{label}\n{}", errors[0]));
                return;
            }
        };
        std::fs::write(&ours_path, &built).unwrap();
        let ours = contents(&built);
        if i == 0 {
            totals.files += 1;
            totals.instructions += instructions(&ours);
            totals.functions += functions(&built);
        }
        match oracle {
            Oracle::Gnu => totals.gnu += 1,
            Oracle::Llvm => totals.llvm += 1,
        }
        let mut found = Vec::new();
        if setup.relax || (oracle == Oracle::Llvm && setup.compiler == Compiler::Clang) {
            found = differences(&ours, &theirs);
        }
        std::fs::write(&theirs_path, object).unwrap();
        if let Some([a, b]) = linked(setup, [&ours_path, &theirs_path]) {
            totals.linked += 1;
            found.extend(differences(&a, &b));
        }
        if !found.is_empty() {
            let found = found.join("\n  ");
            totals
                .different
                .push(format!("{label} {oracle:?}\n  {found}"));
        }
    }
}

#[test]
fn output_of_compilers_is_assembled_like_gnu_as_and_llvm_do() {
    let tools = [
        "riscv64-unknown-elf-gcc",
        "riscv64-linux-gnu-gcc",
        "clang-19",
        "riscv64-unknown-elf-ld",
    ];
    if !tools
        .iter()
        .all(|tool| installed(tool, "output of compilers"))
    {
        return;
    }
    let dir = scratch("compilers");
    let each = std::env::var("ZKTR_C_SETUPS").ok();
    let each = each.map_or(SETUPS.len(), |n| n.parse().expect("a number of setups"));
    let sources = sources();
    let next = AtomicUsize::new(0);
    let work = |thread: usize| {
        let dir = dir.join(thread.to_string());
        std::fs::create_dir_all(&dir).unwrap();
        let mut totals = Totals::default();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(i) else {
                return totals;
            };
            // Seven and the number of setups have no common factor.
            let ways = (0..each.min(SETUPS.len())).map(|k| (i + 7 * k) % SETUPS.len());
            ways.for_each(|way| compare(&SETUPS[way], source, &dir, &mut totals));
        }
    };
    let mut totals = Totals::default();
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        for thread in running {
            totals.add(thread.join().expect("no panic"));
        }
    });
    println!(
        "compared {} files of assembly with {} functions and {} instructions: {} with GNU as, {} with LLVM, {} pairs linked; {} differ",
        totals.files,
        totals.functions,
        totals.instructions,
        totals.gnu,
        totals.llvm,
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
    let text = decode(std::fs::read(path).unwrap());
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
    if !installed("riscv64-unknown-elf-as", "sources that people have written") {
        return;
    }
    let dir = scratch("projects");
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
    if !installed("riscv64-unknown-elf-as", "sources that people have written") {
        return;
    }
    let dir = scratch("written");
    let path = Path::new(HERE).join("written.s");
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
