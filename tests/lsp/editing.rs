//! What a person sees while typing: diagnostics, fixes, completions, signatures, colours, columns, hints.

use crate::client::{Folder, Session, range};
use serde_json::{Value, json};

/// First lines of messages.
fn messages(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics
        .iter()
        .filter_map(|d| d["message"].as_str()?.lines().next())
        .collect()
}

#[test]
fn diagnostics_follow_the_typing() {
    let folder = Folder::new("typing", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    // Columns count UTF-16 units: the clef has two of them.
    session.did_open(&uri, "asm", "/* 𝄞 */ adddi a0, a0, 1\n\tret\n");
    let found = session.diagnostics(&uri);
    assert_eq!(
        messages(&found),
        ["unrecognized instruction mnemonic, did you mean: addi?"]
    );
    assert_eq!(found[0]["range"], range(0, 9, 14));
    assert_eq!(found[0]["severity"], 1);

    let actions = session.request(
        "textDocument/codeAction",
        json!({ "textDocument": { "uri": uri }, "range": range(0, 10, 10), "context": { "diagnostics": found } }),
    );
    assert_eq!(actions.as_array().map(Vec::len), Some(1));
    assert_eq!(actions[0]["kind"], "quickfix");
    let edit = &actions[0]["edit"]["changes"][&uri][0];
    assert_eq!(
        (&edit["newText"], &edit["range"]),
        (&json!("addi"), &range(0, 9, 14))
    );
    let elsewhere = session.request(
        "textDocument/codeAction",
        json!({ "textDocument": { "uri": uri }, "range": range(1, 0, 1), "context": { "diagnostics": [] } }),
    );
    assert_eq!(elsewhere, json!([]));

    session.did_change(
        &uri,
        json!([{ "range": edit["range"], "text": edit["newText"] }]),
    );
    assert_eq!(session.diagnostics(&uri), Vec::<Value>::new());

    // Two changes at once: the second one is about the text after the first.
    session.did_change(
        &uri,
        json!([
            { "range": range(1, 0, 4), "text": "x:\n  lw a0, %hii(x)(a1)" },
            { "range": range(2, 9, 13), "text": "%lo" },
        ]),
    );
    assert_eq!(session.diagnostics(&uri), Vec::<Value>::new());
    session.did_change(
        &uri,
        json!([{ "text": "  lw a0, %hii(x)(a1)\n  beq a0, a1, 3000\n" }]),
    );
    let found = session.diagnostics(&uri);
    assert_eq!(found[0]["range"], range(0, 9, 13));
    let fix = session.request(
        "textDocument/codeAction",
        json!({ "textDocument": { "uri": uri }, "range": range(0, 0, 20), "context": { "diagnostics": [] } }),
    );
    assert_eq!(fix[0]["edit"]["changes"][&uri][0]["newText"], "%hi");
    session.end();
}

#[test]
fn diagnostics_of_macros_and_included_files_are_where_one_can_act() {
    let folder = Folder::new("trails", &[("lib.inc", "\tadd a0, a0\n")]);
    let (main, lib) = (folder.uri("main.s"), folder.uri("lib.inc"));
    let mut session = Session::open(&folder, &[], Value::Null);
    let text =
        ".include \"lib.inc\"\n.macro load r, n\n\taddi \\r, zero, \\n\n.endm\n\tload a0, 5000\n";
    session.did_open(&main, "asm", text);
    let found = session.diagnostics(&main);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(4, 1, 5));
    let message = found[0]["message"].as_str().expect("a text");
    assert!(
        message.contains("in the expansion: addi a0, zero, 5000"),
        "{message}"
    );
    let found = session.diagnostics_when(&lib, |_, d| !d.is_empty());
    assert_eq!(messages(&found), ["too few operands for instruction"]);
    let related = &found[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], json!(main));
    assert_eq!(related["message"], "included from here");

    // The included file, as it is typed; it is not checked on its own.
    session.did_open(
        &lib,
        "asm",
        "\tload a1, 1\n\tadd a0, a0, nowhere_register\n",
    );
    let found = session.diagnostics_when(&lib, |version, d| {
        version == Some(1) && messages(d).iter().any(|m| m.contains("operand must be"))
    });
    assert_eq!(found.len(), 2, "{found:?}");
    session.did_change(&lib, json!([{ "text": "\tnop\n" }]));
    session.diagnostics_when(&lib, |version, d| version == Some(2) && d.is_empty());
    // Closed, it is as it is on disk.
    session.notify(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": lib } }),
    );
    session.diagnostics_when(&lib, |_, d| !d.is_empty());
    session.notify(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": main } }),
    );
    session.diagnostics_when(&lib, |_, d| d.is_empty());
    session.diagnostics_when(&main, |_, d| d.is_empty());
    session.end();
}

#[test]
fn settings_say_how_texts_are_read() {
    let folder = Folder::new("settings", &[("inc/lib.inc", "\tnop\n")]);
    let uri = folder.uri("a.s");
    let settings = json!({ "march": "rv32i", "include": "inc" });
    let mut session = Session::open(&folder, &[], settings);
    session.did_open(
        &uri,
        "asm",
        ".include \"lib.inc\"\n\tld a0, 0(a1)\n\tmul a0, a0, a0\n",
    );
    let found = session.diagnostics(&uri);
    assert_eq!(found.len(), 2, "{found:?}");
    session.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "zktr": { "march": "rv64im", "include": ["inc"] } } }),
    );
    session.diagnostics_when(&uri, |_, d| d.is_empty());
    session.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "zktr": { "xlen": 128 } } }),
    );
    session.request("workspace/symbol", json!({ "query": "" }));
    assert_eq!(session.others[0]["method"], "window/showMessage");
    session.end();

    let mut session = Session::open(&folder, &["--xlen", "32", "-I", "inc"], Value::Null);
    session.did_open(&uri, "asm", ".include \"lib.inc\"\n\tld a0, 0(a1)\n");
    assert_eq!(session.diagnostics(&uri).len(), 1);
    session.end();
}

/// The labels of completions at the end of a text.
fn completions(session: &mut Session, uri: &str, text: &str) -> Vec<String> {
    items(session, uri, text)
        .iter()
        .map(|item| item["label"].as_str().expect("a label").to_owned())
        .collect()
}

fn items(session: &mut Session, uri: &str, text: &str) -> Vec<Value> {
    session.did_change(uri, json!([{ "text": text }]));
    let line = text.matches('\n').count() as u32;
    let last = text.rsplit('\n').next().unwrap_or(text);
    let list = session.at("textDocument/completion", uri, line, last.len() as u32);
    list["items"].as_array().expect("a list").clone()
}

#[test]
fn completions_fit_the_place() {
    let folder = Folder::new(
        "completion",
        &[("lib.inc", ".macro helper a\n.endm\nfar: nop\n")],
    );
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", "");
    let has = |list: &[String], names: &[&str]| {
        for name in names {
            assert!(list.iter().any(|l| l == name), "{name} in {list:?}");
        }
    };
    let none = |list: &[String], names: &[&str]| {
        for name in names {
            assert!(!list.iter().any(|l| l == name), "{name} in {list:?}");
        }
    };
    let start = completions(&mut session, &uri, ".include \"lib.inc\"\n\t");
    has(
        &start,
        &["addi", "zktr.rlc", "mv", "li", "call", ".word", "helper"],
    );
    none(&start, &["far", "a0", "mstatus"]);
    let directives = completions(&mut session, &uri, "\t.op");
    has(&directives, &[".option"]);
    none(&directives, &["addi"]);
    let registers = completions(&mut session, &uri, "here:\tadd ");
    has(&registers, &["a0", "x10", "sp"]);
    none(&registers, &["here", "addi", "mstatus"]);
    has(
        &completions(&mut session, &uri, ".include \"lib.inc\"\nhere:\tj "),
        &["here", "far"],
    );
    let csrs = completions(&mut session, &uri, "\tcsrr a0, ");
    has(&csrs, &["mstatus", "mhartid"]);
    none(&csrs, &["a0"]);
    has(
        &completions(&mut session, &uri, "\taddi a0, a0, %"),
        &["lo", "pcrel_lo"],
    );
    has(&completions(&mut session, &uri, "\t.option "), &["norvc"]);
    has(
        &completions(&mut session, &uri, ".macro m count\n\tli a0, \\"),
        &["count", "@"],
    );
    has(
        &completions(&mut session, &uri, ".include \"l"),
        &["lib.inc"],
    );
    assert_eq!(completions(&mut session, &uri, "# a"), [""; 0]);
    let fields = completions(
        &mut session,
        &uri,
        "\t.zktr.descriptor zktr.rlc format=babybear4-m, k=2, ",
    );
    has(&fields, &["init", "out", "coeff"]);
    none(&fields, &["format", "k", "version"]);
    has(
        &completions(&mut session, &uri, "\t.zktr.descriptor zktr.rlc format="),
        &["babybear4-m"],
    );
    has(
        &completions(&mut session, &uri, "\t.zktr.descriptor zktr.scan mode="),
        &["sum"],
    );

    // Operands are fields to be filled in; what is typed is replaced; documentation comes on request.
    let all = items(&mut session, &uri, "\tadd");
    let addi = all.iter().find(|i| i["label"] == "addi").expect("addi");
    assert_eq!(
        addi["textEdit"]["newText"],
        "addi ${1:rd}, ${2:rs1}, ${3:imm}"
    );
    assert_eq!(addi["textEdit"]["range"], range(0, 1, 4));
    assert_eq!(addi["insertTextFormat"], 2);
    let resolved = session.request("completionItem/resolve", addi.clone());
    let text = resolved["documentation"]["value"].as_str().expect("a text");
    assert!(text.contains("rd = rs1 + imm"), "{text}");
    session.end();
}

#[test]
fn signatures_show_the_operand() {
    let folder = Folder::new("signature", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", "\taddi a0, \n\tcall \n\n");
    let help = session.at("textDocument/signatureHelp", &uri, 0, 10);
    assert_eq!(help["signatures"][0]["label"], "addi rd, rs1, imm");
    assert_eq!(help["activeParameter"], 1);
    let help = session.at("textDocument/signatureHelp", &uri, 1, 6);
    assert_eq!(help["signatures"][0]["label"], "call [rd,] symbol");
    assert_eq!(
        session.at("textDocument/signatureHelp", &uri, 2, 0),
        Value::Null
    );
    session.end();
}

#[test]
fn tokens_have_colours_and_differences() {
    let folder = Folder::new("tokens", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", "f: addi a0, a1, 1 # é\n/* two\nlines */ nop\n");
    let document = json!({ "uri": uri });
    let full = session.request(
        "textDocument/semanticTokens/full",
        json!({ "textDocument": document }),
    );
    let data = &full["data"];
    assert_eq!(
        *data,
        json!([
            0, 0, 1, 7, 0, // f
            0, 3, 4, 3, 0, // addi
            0, 5, 2, 9, 0, // a0
            0, 4, 2, 9, 0, // a1
            0, 4, 1, 2, 0, // 1
            0, 2, 3, 0, 0, // # é
            1, 0, 6, 0, 0, // /* two
            1, 0, 8, 0, 0, // lines */
            0, 9, 3, 3, 0, // nop
        ])
    );
    session.did_change(&uri, json!([{ "range": range(0, 8, 10), "text": "sp" }]));
    session.did_change(&uri, json!([{ "range": range(2, 0, 5), "text": "x" }]));
    let params = json!({ "textDocument": document, "previousResultId": full["resultId"] });
    let delta = session.request("textDocument/semanticTokens/full/delta", params);
    assert_eq!(
        delta["edits"],
        json!([{ "start": 35, "deleteCount": 10, "data": [1, 0, 4, 0, 0, 0, 5, 3, 3, 0] }])
    );
    let stale = json!({ "textDocument": document, "previousResultId": "7" });
    let again = session.request("textDocument/semanticTokens/full/delta", stale);
    assert!(again["data"].is_array());
    let part = json!({ "textDocument": document, "range": range(0, 0, 4) });
    let part = session.request("textDocument/semanticTokens/range", part);
    assert_eq!(part["data"], json!([0, 0, 1, 7, 0, 0, 3, 4, 3, 0]));
    session.end();
}

#[test]
fn columns_and_hints() {
    let folder = Folder::new("columns", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", "f: li a0,0x12345678\n\tnop\n");
    session.diagnostics(&uri);
    let options = json!({ "tabSize": 8, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": uri }, "options": options });
    let edits = session.request("textDocument/formatting", params);
    assert_eq!(
        edits,
        json!([
            { "range": range(0, 2, 3), "newText": "      " },
            { "range": range(0, 5, 6), "newText": "      " },
            { "range": range(0, 9, 9), "newText": " " },
            { "range": range(1, 0, 1), "newText": "        " },
        ])
    );
    let whole =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": whole });
    let hints = session.request("textDocument/inlayHint", params.clone());
    assert_eq!(hints.as_array().map(Vec::len), Some(1), "{hints}");
    let label = hints[0]["label"].as_str().expect("a text");
    assert!(
        label.starts_with("lui a0,") && label.contains("; addiw a0,a0,"),
        "{label}"
    );
    assert_eq!(hints[0]["position"], json!({ "line": 0, "character": 19 }));
    // None while the text is newer than what was assembled.
    session.did_change(&uri, json!([{ "range": range(0, 0, 0), "text": " " }]));
    assert_eq!(
        session.request("textDocument/inlayHint", params),
        Value::Null
    );
    // Folding.
    session.did_change(
        &uri,
        json!([{ "text": ".macro m\n.if 1\nnop\n.endif\n.endm\n" }]),
    );
    let params = json!({ "textDocument": { "uri": uri } });
    let folds = session.request("textDocument/foldingRange", params);
    let lines: Vec<(&Value, &Value)> = folds
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| (&f["startLine"], &f["endLine"]))
        .collect();
    assert_eq!(lines, [(&json!(0), &json!(4)), (&json!(1), &json!(3))]);
    session.end();
}
