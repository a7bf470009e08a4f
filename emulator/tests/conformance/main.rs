//! The host core against QEMU's user mode: random instructions, and programs of C compilers.
//!
//! A program runs in both; what it writes to its standard output, which is all of its state, has to be the same. In
//! `cargo test` these are some ten thousand instructions; `ZKTR_CONFORMANCE=N` makes it N for each width.

mod compiled;
mod elf;
mod random;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{Input, load};
use zktr_isa::Spec;

/// What a program has written, and its exit code; none if it did not exit.
type Outcome = (Vec<u8>, Option<u64>);

/// True if a tool is installed. If not, that is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn has(tool: &str, test: &str) -> bool {
    let found = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "{tool} not found"
    );
    if !found {
        println!("skipped: {tool} not found: {test}");
    }
    found
}

fn qemu(xlen: u8) -> String {
    format!("qemu-riscv{xlen}")
}

/// A file of a test.
fn scratch(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

fn in_qemu(xlen: u8, path: &Path) -> Outcome {
    let cpu = format!("rv{xlen},zba=true,zbb=true,zbs=true");
    let output = Command::new(qemu(xlen))
        .args(["-cpu", &cpu])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let code = output.status.code().map(|code| code.cast_unsigned().into());
    (output.stdout, code)
}

fn in_emulator(spec: &Arc<Spec>, bytes: &[u8], golden: bool) -> Outcome {
    let input = Input {
        name: "program",
        bytes,
    };
    let options = Options {
        golden,
        ..Options::default()
    };
    let image = load(spec, &[input], options.memory).unwrap();
    let mut machine = Machine::load(spec.clone(), &image, options).unwrap();
    let stop = machine.run(1_000_000_000);
    let code = match stop {
        Stop::Exit(code) => Some(code & 0xff),
        stop => {
            println!("emulator: {stop} at {}", machine.place());
            None
        }
    };
    (machine.output().to_vec(), code)
}
