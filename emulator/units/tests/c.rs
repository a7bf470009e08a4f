//! A C program that is linked with the library: its header is the spec's, its results are compared with a plain computation
//! in C, and its refusals with the spec's statuses.

use std::path::{Path, PathBuf};
use std::process::Command;
use zktr_isa::Spec;
use zktr_isa::export::{Selection, Target, export};

/// The static library that was built together with this test: the newest one beside it.
fn library() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let entries = std::fs::read_dir(test.parent()?).ok()?;
    let libraries = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?;
        let named = name.starts_with("libzktr_units") && name.ends_with(".a");
        let built = path.metadata().ok()?.modified().ok()?;
        named.then_some((built, path))
    });
    libraries.max().map(|(_, path)| path)
}

/// What the program has to be linked with besides, as rustc has it (`--print native-static-libs`).
const SYSTEM: [&str; 3] = ["-lpthread", "-ldl", "-lm"];

#[test]
fn a_c_program_uses_the_units() {
    let gcc = Command::new("gcc")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    let (true, Some(library)) = (gcc, library()) else {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "gcc or the static library is missing"
        );
        eprintln!("skipped: a_c_program_uses_the_units needs gcc and the static library");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let files = export(&Spec::builtin(), Target::C, &Selection::default()).unwrap();
    for file in &files {
        let name = Path::new(&file.path).file_name().unwrap();
        std::fs::write(folder.join(name), &file.text).unwrap();
    }
    let header = files
        .iter()
        .find(|file| file.text.contains("zktr_inv("))
        .unwrap();
    let header = Path::new(&header.path)
        .file_name()
        .unwrap()
        .to_str()
        .unwrap();
    let program = folder.join("units");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/units.c");
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(format!("-DHEADER=\"{header}\""))
        .arg("-I")
        .arg(folder)
        .arg(source)
        .arg(library)
        .args(SYSTEM)
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    for threads in ["1", "2"] {
        let ran = Command::new(&program)
            .env("ZKTR_UNITS", threads)
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && output == "ok\n",
            "{output}{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}
