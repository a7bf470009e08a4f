//! What gcc and clang make of C: the same output and exit code in both.

use super::{has, in_emulator, in_qemu, qemu, scratch};
use std::path::Path;
use std::process::Command;
use zktr_isa::Spec;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/kernels.c");

struct Setup {
    compiler: &'static str,
    xlen: u8,
    flags: &'static [&'static str],
}

const fn gcc(xlen: u8, flags: &'static [&'static str]) -> Setup {
    Setup {
        compiler: "riscv64-unknown-elf-gcc",
        xlen,
        flags,
    }
}

const fn clang(xlen: u8, flags: &'static [&'static str]) -> Setup {
    Setup {
        compiler: "clang-19",
        xlen,
        flags,
    }
}

const RV32_CLANG: &str = "--target=riscv32-unknown-elf";
const RV64_CLANG: &str = "--target=riscv64-unknown-elf";

const SETUPS: [Setup; 14] = [
    gcc(64, &["-march=rv64imac", "-mabi=lp64", "-O0"]),
    gcc(64, &["-march=rv64imac", "-mabi=lp64", "-O1"]),
    gcc(64, &["-march=rv64imac_zba_zbb_zbs", "-mabi=lp64", "-O2"]),
    gcc(64, &["-march=rv64im", "-mabi=lp64", "-O3"]),
    gcc(
        64,
        &["-march=rv64imac", "-mabi=lp64", "-Os", "-msave-restore"],
    ),
    gcc(32, &["-march=rv32im", "-mabi=ilp32", "-O0"]),
    gcc(32, &["-march=rv32imac", "-mabi=ilp32", "-O2"]),
    gcc(32, &["-march=rv32imac_zba_zbb_zbs", "-mabi=ilp32", "-O3"]),
    gcc(32, &["-march=rv32imac", "-mabi=ilp32", "-Os"]),
    clang(64, &[RV64_CLANG, "-march=rv64imac", "-mabi=lp64", "-O0"]),
    clang(64, &[RV64_CLANG, "-march=rv64imac", "-mabi=lp64", "-O2"]),
    clang(
        64,
        &[
            RV64_CLANG,
            "-march=rv64imac_zba_zbb_zbs",
            "-mabi=lp64",
            "-O3",
        ],
    ),
    clang(32, &[RV32_CLANG, "-march=rv32imac", "-mabi=ilp32", "-O2"]),
    clang(
        32,
        &[
            RV32_CLANG,
            "-march=rv32imac_zba_zbb_zbs",
            "-mabi=ilp32",
            "-O1",
        ],
    ),
];

fn compile(setup: &Setup, path: &Path) {
    let mut command = Command::new(setup.compiler);
    command.args(setup.flags);
    command.args([
        "-ffreestanding",
        "-nostdlib",
        "-static",
        "-fno-builtin",
        "-w",
        SOURCE,
        "-o",
    ]);
    command.arg(path);
    match setup.compiler {
        "clang-19" => command.arg("-fuse-ld=lld-19"),
        // Division of 64-bit numbers on RV32.
        _ => command.arg("-lgcc"),
    };
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn compiled_programs() {
    let spec = Spec::builtin();
    for (number, setup) in SETUPS.iter().enumerate() {
        let test = format!("C by {} {:?}", setup.compiler, setup.flags);
        let linker = setup.compiler != "clang-19" || has("ld.lld-19", &test);
        if !linker || !has(setup.compiler, &test) || !has(&qemu(setup.xlen), &test) {
            continue;
        }
        let path = scratch(&format!("kernels{number}"));
        compile(setup, &path);
        let bytes = std::fs::read(&path).unwrap();
        let ours = in_emulator(&spec, &bytes, false);
        let theirs = in_qemu(setup.xlen, &path);
        assert_eq!(ours, theirs, "{test}");
        assert_eq!(ours.1, Some(42), "{test}");
        // All lines are there.
        let lines = ours.0.split(|byte| *byte == b'\n').count();
        assert!(lines > 12, "{test}");
    }
}
