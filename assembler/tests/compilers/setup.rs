//! The ways to compile that are compared.

use std::process::Command;

/// A compiler, and the assembler that belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compiler {
    /// For bare metal.
    Gcc,
    /// For Linux, with position-independent code and call frame information.
    LinuxGcc,
    Clang,
}

/// One way to compile.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub compiler: Compiler,
    pub arch: &'static str,
    pub flags: &'static str,
    pub relax: bool,
}

/// All of them.
pub const SETUPS: &[Setup] = &[
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
    pub fn is_32(&self) -> bool {
        self.arch.starts_with("rv32")
    }

    pub fn abi(&self) -> &'static str {
        if self.is_32() {
            "-mabi=ilp32"
        } else {
            "-mabi=lp64"
        }
    }

    pub fn command(&self) -> Command {
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
                // GNU as does not know the directives for it.
                command.arg("-fno-addrsig");
                command.arg("-isystem/usr/lib/picolibc/riscv64-unknown-elf/include");
            }
        }
        command.args([&format!("-march={}", self.arch), self.abi(), "-w"]);
        command.arg(if self.relax { "-mrelax" } else { "-mno-relax" });
        command
    }
}
