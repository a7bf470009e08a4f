//! Remarks in LLVM's format are read by LLVM's own tools.

mod loops_support;

use loops_support::*;
use std::process::Command;
use zktr_pass::inline;
use zktr_pass::remark::yaml::{self, Place};

/// True if a tool is installed. If not, that is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn installed(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "{tool} is not installed"
    );
    if !found {
        eprintln!("skipped: {tool} is not installed");
    }
    found
}

#[test]
fn llvm_reads_the_remarks_of_the_corpus() {
    let tool = "llvm-remarkutil-19";
    if !installed(tool) {
        return;
    }
    let pass = pass();
    let file = corpus()
        .find(|f| f.name.starts_with("neutral.babybear.clang19.O2"))
        .expect("a file of neutral loops");
    let others = corpus().find(|f| f.name.starts_with("logup.babybear.clang19.O2"));
    let mut text = String::new();
    for file in others.iter().chain([&file]) {
        let mut functions = parse(&file.text);
        inline(&mut functions);
        for (name, func) in file.exports().iter().zip(&functions) {
            for (n, remark) in pass.analyse(func).remarks.iter().enumerate() {
                let place = Place {
                    file: &file.name,
                    line: n + 1,
                    column: 1,
                };
                // Names that need care in YAML.
                let name = format!("{name}'s: \"{n}\"\n");
                text += &yaml::documents(remark, &name, (n % 2 == 0).then_some(place));
            }
        }
    }
    let documents = text.matches("--- !").count();
    assert!(text.contains("--- !Passed") && text.contains("--- !Missed"));
    assert!(text.contains("--- !Analysis") && documents > 50);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("remarks.yaml");
    std::fs::write(&path, &text).expect("a directory for temporary files");
    let run = |arguments: &[&str]| {
        let output = Command::new(tool).args(arguments).arg(&path).output();
        let output = output.expect("an installed tool");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(output.stdout).expect("text")
    };
    // It counts the remarks of each type, and what it writes again is as many.
    let counted = run(&[
        "count",
        "--parser=yaml",
        "--count-by=remark-name",
        "--group-by=total",
    ]);
    assert!(counted.contains(&documents.to_string()), "{counted}");
}
