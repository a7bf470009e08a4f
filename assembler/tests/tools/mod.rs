//! External tools in tests: found, or reported by name as missing.

#![allow(dead_code)] // each test binary uses a part of this

use std::path::{Path, PathBuf};
use std::process::Command;

/// The first of these tools that is installed. If there is none, that is said, and it is an error where
/// `ZKTR_REQUIRE_TOOLS` is set.
pub fn tool(names: &[&str], test: &str) -> Option<String> {
    let found = names.iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "{} not found",
            names[0]
        );
        println!("skipped: {} not found: {test}", names[0]);
    }
    found.map(|name| (*name).to_owned())
}

/// A directory of this test, empty.
pub fn scratch(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// What a tool prints; it has to succeed.
pub fn run(tool: &str, args: &[&str], dir: &Path) -> String {
    let out = Command::new(tool)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap_or_else(|error| panic!("{tool}: {error}"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{tool} {args:?}\n{text}\n{}",
        String::from_utf8_lossy(&out.stderr)
    );
    text
}
