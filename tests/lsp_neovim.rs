//! A session of an independent client: neovim's.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const SOURCE: &str = "entry: addi a0, a0, 1 # é\n\taddii a1, a0, 2\n\tj entry\n";

/// Is the editor there? Where it has to be, that it is not is a failure.
fn has_editor() -> bool {
    let version = Command::new("nvim")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let found = version.is_ok_and(|status| status.success());
    let required = std::env::var_os("ZKTR_REQUIRE_TOOLS").is_some();
    assert!(found || !required, "nvim is not installed");
    if !found {
        eprintln!("skipped: nvim is not installed");
    }
    found
}

#[test]
fn a_session_with_neovim() {
    if !has_editor() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("neovim");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the directory for temporary files is writable");
    let (source, result) = (folder.join("a.s"), folder.join("seen.json"));
    fs::write(&source, SOURCE).expect("the folder is writable");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/editors/session.lua");
    let mut editor = Command::new("nvim");
    editor
        .args(["--headless", "--clean", "-n", "-S", script])
        .env("SERVER", env!("CARGO_BIN_EXE_zktr"))
        .env("FILE", &source)
        .env("RESULT", &result)
        // Its own files stay in the folder.
        .env("XDG_STATE_HOME", &folder)
        .env("XDG_CACHE_HOME", &folder)
        .env("XDG_DATA_HOME", &folder)
        .stdin(Stdio::null());
    let output = editor.output().expect("the editor starts");
    let text = fs::read_to_string(&result).unwrap_or_else(|_| {
        panic!(
            "nothing was written: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    let seen: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(seen["failed"], Value::Null, "{seen}");
    assert_eq!(
        seen["error"],
        "unrecognized instruction mnemonic, did you mean: addi?"
    );
    assert_eq!(
        (&seen["error_line"], &seen["error_column"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(seen["fixed"], "\taddi a1, a0, 2");
    let hover = seen["hover"].as_str().expect("a text");
    assert!(hover.contains("`x11`"), "{hover}");
    assert_eq!(seen["definition"], json!({ "line": 0, "character": 0 }));
    assert_eq!(
        seen["renamed"],
        json!(["start: addi a0, a0, 1 # é", "\taddi a1, a0, 2", "\tj start"])
    );
    assert!(
        seen["completions"]
            .as_u64()
            .is_some_and(|count| count > 100),
        "{seen}"
    );
    assert_eq!(seen["symbols"], json!(["start"]));
    assert_eq!(seen["formatted"][1], "\taddi\ta1, a0, 2");
}
