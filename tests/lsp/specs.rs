//! Spec files: their diagnostics, and instructions that are known as soon as they are typed.

use crate::client::{Folder, Session};
use serde_json::{Value, json};

const SPEC: &str = r#"[extension]
name    = "Xmine"
version = "1.0"
doc     = "An instruction of one's own."

[inst."mine.add3"]
title    = "Sum plus three"
encoding = { format = "R", opcode = 0x0b, funct7 = 0x15, funct3 = 3 }
sem      = "rd = rs1 + rs2 + 3;"
"#;

#[test]
fn an_instruction_is_known_while_it_is_written() {
    let folder = Folder::new("own", &[("mine.toml", SPEC)]);
    let (asm, spec) = (folder.uri("a.s"), folder.uri("mine.toml"));
    let mut session = Session::open(&folder, &[], json!({ "spec": ["mine.toml"] }));
    session.did_open(&asm, "asm", "\tmine.add3 a0, a1, a2\n");
    assert_eq!(session.diagnostics(&asm), Vec::<Value>::new());
    let hover = session.at("textDocument/hover", &asm, 0, 3);
    let text = hover["contents"]["value"].as_str().expect("a text");
    assert!(text.contains("Sum plus three"), "{text}");

    // Another name in the editor, not on disk.
    session.did_open(&spec, "toml", SPEC);
    session.did_change(&spec, json!([{ "text": SPEC.replace("add3", "plus3") }]));
    session.diagnostics_when(&asm, |_, d| !d.is_empty());
    // A mistake: what was there before is used further, and the mistake has a place.
    let wrong = SPEC.replace("add3", "plus3").replace("rs2 + 3", "rs9 + 3");
    session.did_change(&spec, json!([{ "text": wrong }]));
    // There may be warnings in any case, about words that others use.
    let has_errors = |d: &[Value]| d.iter().any(|d| d["severity"] == 1);
    let found = session.diagnostics_when(&spec, |_, d| has_errors(d));
    let error = found.iter().find(|d| d["severity"] == 1);
    assert_eq!(
        error.map(|d| &d["range"]["start"]["line"]),
        Some(&json!(8)),
        "{found:?}"
    );
    session.did_change(&asm, json!([{ "text": "\tmine.plus3 a0, a1, a2\n" }]));
    assert_eq!(session.diagnostics(&asm), Vec::<Value>::new());
    session.did_change(&spec, json!([{ "text": SPEC }]));
    session.diagnostics_when(&spec, |_, d| !has_errors(d));
    session.diagnostics_when(&asm, |_, d| !d.is_empty());
    session.end();
}

#[test]
fn spec_files_are_checked_and_other_files_are_left_alone() {
    let folder = Folder::new("check", &[]);
    let (spec, cargo) = (folder.uri("x.toml"), folder.uri("Cargo.toml"));
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&cargo, "toml", "[package]\nname = 1\n");
    session.did_open(&spec, "toml", &SPEC.replace("R\"", "RR\""));
    let found = session.diagnostics(&spec);
    assert_eq!(found[0]["severity"], 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"]["line"], 7, "{found:?}");
    session.did_change(&spec, json!([{ "text": "[inst\n" }]));
    assert_eq!(session.diagnostics(&spec).len(), 1);
    session.did_change(&spec, json!([{ "text": SPEC }]));
    let found = session.diagnostics(&spec);
    assert!(found.iter().all(|d| d["severity"] != 1), "{found:?}");
    // Requests about such files have no answers.
    assert_eq!(session.at("textDocument/hover", &spec, 0, 1), Value::Null);
    session.end();
}

#[test]
fn spec_files_that_are_missing_are_reported() {
    let folder = Folder::new("missing", &[]);
    let asm = folder.uri("a.s");
    let mut session = Session::open(&folder, &["--spec", "none.toml"], Value::Null);
    session.did_open(&asm, "asm", "\tnop\n");
    assert_eq!(session.diagnostics(&asm), Vec::<Value>::new());
    session.request("workspace/symbol", json!({ "query": "" }));
    let shown = |m: &Value| m["method"] == "window/showMessage";
    let message = session.others.iter().find(|m| shown(m)).expect("a message");
    assert!(
        message["params"]["message"]
            .as_str()
            .is_some_and(|m| m.contains("none.toml"))
    );
    session.end();
}
