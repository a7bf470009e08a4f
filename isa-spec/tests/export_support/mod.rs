//! What the tests of exports share: specs, tools, folders, and operand values from all over their ranges.
#![allow(dead_code)] // no test file uses all of it

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use zktr_isa::export::{File, Selection, Target, export};
use zktr_isa::model::Instruction;
use zktr_isa::span::Source;
use zktr_isa::{Parameters, Spec};

/// A file whose names are keywords, whose texts end comments, and whose mnemonics become equal without dots.
pub const ODD: &str = include_str!("odd.toml");

/// The built-in spec with that file.
pub fn odd() -> Arc<Spec> {
    load(&Parameters::default())
}

/// The same with parameters.
pub fn load(parameters: &Parameters) -> Arc<Spec> {
    let source = Source::new("odd.toml", ODD);
    Spec::load_with(&[source], parameters).unwrap_or_else(|messages| {
        let shown: Vec<String> = messages.iter().map(ToString::to_string).collect();
        panic!("{}", shown.concat());
    })
}

/// The only file of an export.
pub fn one(spec: &Spec, target: Target, selection: &Selection) -> File {
    let mut files = export(spec, target, selection).unwrap();
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Extensions by name.
pub fn only(names: &[&str]) -> Selection {
    Selection::Extensions(names.iter().map(|&name| name.to_owned()).collect())
}

/// The first of these programs that is installed. Without one the test is skipped, which is said by name, or fails if
/// `ZKTR_REQUIRE_TOOLS` is set.
pub fn tool(names: &[&str], test: &str) -> Option<String> {
    let runs = |name: &&&str| {
        let version = if name.starts_with("iverilog") {
            "-V"
        } else {
            "--version"
        };
        Command::new(name).arg(version).output().is_ok()
    };
    let found = names.iter().find(runs);
    if found.is_none() {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{} not found",
            names[0]
        );
        println!("skipped: {} not found: {test}", names[0]);
    }
    found.map(|&name| name.to_owned())
}

/// An empty directory of this test.
pub fn scratch(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Writes a file into a directory.
pub fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Standard output of a command that succeeds.
pub fn run(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(
        out.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Standard error of a command that fails.
pub fn fail(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(!out.status.success(), "{command:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// A generator of numbers (Marsaglia's xorshift64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Allowed values of all operands.
    pub fn values(&mut self, instruction: &Instruction) -> Vec<i64> {
        instruction
            .operands
            .iter()
            .map(|operand| {
                let allowed = operand.allowed();
                loop {
                    let steps = (allowed.max - allowed.min) / allowed.multiple + 1;
                    // The ends of the range come up as often as all others together.
                    let step = match self.next() % 4 {
                        0 => 0,
                        1 => steps - 1,
                        _ => (self.next() % steps as u64) as i64,
                    };
                    let value = allowed.min + step * allowed.multiple;
                    if allowed.contains(value) {
                        return value;
                    }
                }
            })
            .collect()
    }
}

/// The name that exports give to an instruction.
pub fn symbol(spec: &Spec, instruction: &Instruction) -> String {
    let plain = |i: &Instruction| i.name.replace('.', "_");
    let same = spec
        .instructions
        .iter()
        .filter(|i| i.name == instruction.name);
    if same.count() > 1 {
        let xlen: Vec<String> = instruction.xlen.iter().map(u8::to_string).collect();
        return format!("{}_rv{}", plain(instruction), xlen.join("_"));
    }
    // The first of two that become equal has the name.
    let first = spec
        .instructions
        .iter()
        .find(|i| plain(i) == plain(instruction));
    match first == Some(instruction) {
        true => plain(instruction),
        false => format!("{}_2", plain(instruction)),
    }
}
