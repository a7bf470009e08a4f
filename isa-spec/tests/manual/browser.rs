//! The manual in a real browser: it loads from files without an error, and the search finds.

use std::path::{Path, PathBuf};
use std::process::Command;
use zktr_isa::{Spec, manual};

const BROWSER: &str = "chromium";

/// True if there is a browser; else that is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn browser(test: &str) -> bool {
    let found = Command::new(BROWSER)
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success());
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "{BROWSER} not found"
    );
    if !found {
        println!("skipped: {BROWSER} not found: {test}");
    }
    found
}

/// Writes the manual into a directory of its own.
fn written(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).unwrap();
    for file in manual::html(&Spec::builtin()) {
        std::fs::write(directory.join(file.name), file.text).unwrap();
    }
    directory
}

/// The document of a page after its scripts have run. No script may have reported an error.
fn document(directory: &Path, page: &str) -> String {
    let profile = directory.join("profile");
    let out = Command::new(BROWSER)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}/{page}", directory.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{page}: {log}");
    let reports: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert_eq!(reports, Vec::<&str>::new(), "{page}");
    String::from_utf8(out.stdout).unwrap()
}

/// Names and targets of the search's results.
fn results(document: &str) -> Vec<(String, String)> {
    document
        .split("role=\"option\"")
        .skip(1)
        .map(|option| {
            let between = |from: &str, to: &str| {
                let rest = option.split(from).nth(1).unwrap_or_default();
                rest.split(to).next().unwrap_or_default().to_owned()
            };
            let name = between("<code>", "</code>");
            (name, between("href=\"", "\""))
        })
        .collect()
}

#[test]
fn pages_load_and_the_search_finds() {
    if !browser("pages_load_and_the_search_finds") {
        return;
    }
    let directory = written("manual-browser");
    let spec = Spec::builtin();
    let entry = "ext-xzktr.html#inst-zktr.logup".to_owned();

    // By the name.
    let page = document(&directory, "ext-xzktr.html#?q=zktr.logup");
    assert!(page.contains("id=\"inst-zktr.logup\""));
    let found = results(&page);
    assert_eq!(
        found.first(),
        Some(&("zktr.logup".to_owned(), entry.clone()))
    );

    // By a word of it.
    let index = spec.instruction("zktr.logup").unwrap();
    let word = manual::example(&spec, index).unwrap().hex();
    let found = results(&document(&directory, &format!("csrs.html#?q={word}")));
    assert_eq!(found, [("zktr.logup".to_owned(), entry)]);
}
