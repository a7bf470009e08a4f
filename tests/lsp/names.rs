//! What names are: hovers, definitions, uses, renaming, symbols; across included files and documents as they are typed.

use crate::client::{Folder, Session, position, range, short};
use serde_json::{Value, json};

const MAIN: &str = "\
.include \"lib.inc\"
        .globl main
main:
        func inner
        save a0
        li a1, SIZE
1:      call helper
        bne a0, a1, 1b
        la a2, table
        .macro twice what
        \\what \\what
        .endm
        j inner
        .zktr.descriptor zktr.rlc format=babybear4-m, k=8, init={1, 2, 3, 4}, out={table, 16, 4}, a={table, 4, 4}, coeff=table
        csrr t0, mhartid
        lui a0, %hi(table)
";

const LIB: &str = "\
.macro save reg
        sd \\reg, 0(sp)
.endm
.macro func name
\\name:
.endm
SIZE = 8
helper: ret
table:  .word 1
";

fn open(test: &str) -> (Folder, Session, String) {
    let folder = Folder::new(
        test,
        &[
            ("lib.inc", LIB),
            ("other.s", "\tcall main\n\t.globl main\n"),
        ],
    );
    let uri = folder.uri("main.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", MAIN);
    assert_eq!(session.diagnostics(&uri), Vec::<Value>::new());
    (folder, session, uri)
}

/// The line of the text that contains a part, and the column of that.
fn find(text: &str, part: &str) -> (u32, u32) {
    let offset = text.find(part).expect("it is in the text");
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    (line as u32, (offset - start) as u32)
}

#[test]
fn hovers_say_what_the_spec_says() {
    let (_folder, mut session, uri) = open("hover");
    let mut hover = |part: &str| {
        let (line, character) = find(MAIN, part);
        let found = session.at("textDocument/hover", &uri, line, character + 1);
        found["contents"]["value"].as_str().unwrap_or("").to_owned()
    };
    let contains = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    };
    contains(
        &hover("bne a0"),
        &[
            "bne rs1, rs2, imm",
            "| imm[12] | imm[10:5] |",
            "30:25",
            "opcode",
            "pc = ",
            "Here:",
            "1100011",
        ],
    );
    contains(
        &hover("call helper"),
        &["call [rd,] symbol", "any distance"],
    );
    contains(&hover("a1, 1b"), &["`x11`", "`a1`"]);
    contains(&hover("mhartid"), &["CSR 0xf14, read-only"]);
    contains(&hover(".globl"), &[".globl symbol, ...", "Other objects"]);
    contains(&hover("%hi"), &["%hi(symbol)", "upper 20 bits"]);
    contains(&hover("k=8"), &["**k**: u32", "0 to "]);
    contains(&hover("format="), &["`babybear4-m`", "Bytes 1 to 1"]);
    contains(&hover("babybear4-m"), &["**babybear4-m**"]);
    contains(
        &hover("zktr.rlc"),
        &[
            "zktr.rlc rd, rs1, rs2",
            "address of the descriptor: ",
            "sum(",
            "1111011",
        ],
    );
    contains(
        &hover("SIZE"),
        &["SIZE = 8", "Defined in lib.inc, line 7.", "Value: `8`"],
    );
    contains(
        &hover("table\n"),
        &["table:  .word 1", "Address: `.text` + "],
    );
    contains(
        &hover("save a0"),
        &[
            ".macro save reg",
            "sd \\reg, 0(sp)",
            ".endm",
            "Defined in lib.inc",
        ],
    );
    contains(&hover("inner\n        save"), &["func inner"]);
    assert_eq!(
        hover("1:      call"),
        "```asm\n1:      call helper\n```\n\nDefined in line 7."
    );
    assert_eq!(hover("        bne"), "");
    session.end();
}

#[test]
fn definitions_and_uses() {
    let (folder, mut session, uri) = open("definition");
    let definition = |session: &mut Session, part: &str| -> Vec<String> {
        let (line, character) = find(MAIN, part);
        let found = session.at("textDocument/definition", &uri, line, character);
        match &found {
            Value::Array(list) => list.iter().map(short).collect(),
            Value::Null => Vec::new(),
            one => vec![short(one)],
        }
    };
    assert_eq!(definition(&mut session, "helper"), ["lib.inc:7:0-6"]);
    assert_eq!(definition(&mut session, "SIZE"), ["lib.inc:6:0-4"]);
    assert_eq!(definition(&mut session, "save a0"), ["lib.inc:0:7-11"]);
    assert_eq!(definition(&mut session, "1b"), ["main.s:6:0-1"]);
    assert_eq!(
        definition(&mut session, "what\n        .endm"),
        ["main.s:9:21-25"]
    );
    assert_eq!(definition(&mut session, "lib.inc"), ["lib.inc:0:0-0"]);
    // The macro makes the label: its definition is where the macro is used.
    assert_eq!(
        definition(&mut session, "inner\n        .zktr"),
        ["main.s:3:8-12"]
    );
    assert_eq!(definition(&mut session, "li a1"), [""; 0]);

    // From another file of the folder to the exported symbol, though that is not open there.
    let other = folder.uri("other.s");
    session.did_open(&other, "asm", "\tcall main\n");
    let found = session.at("textDocument/definition", &other, 0, 7);
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(short(&found[0]), "main.s:2:0-4");

    let mut params = position(&uri, 8, 16);
    params["context"] = json!({ "includeDeclaration": true });
    let uses = session.request("textDocument/references", params.clone());
    let uses: Vec<String> = uses.as_array().expect("a list").iter().map(short).collect();
    assert_eq!(
        uses,
        [
            "main.s:8:15-20",
            "main.s:13:83-88",
            "main.s:13:101-106",
            "main.s:13:121-126",
            "main.s:15:20-25",
            "lib.inc:8:0-5"
        ]
    );
    params["context"] = json!({ "includeDeclaration": false });
    let uses = session.request("textDocument/references", params);
    assert_eq!(uses.as_array().map(Vec::len), Some(5));
    let highlights = session.at("textDocument/documentHighlight", &uri, 6, 0);
    assert_eq!(
        highlights,
        json!([{ "range": range(6, 0, 1), "kind": 3 }, { "range": range(7, 20, 21), "kind": 2 }])
    );

    // From the included file to the one that includes it.
    let lib = folder.uri("lib.inc");
    session.did_open(&lib, "asm", LIB);
    let mut params = position(&lib, 7, 2);
    params["context"] = json!({ "includeDeclaration": true });
    let uses = session.request("textDocument/references", params);
    assert_eq!(uses.as_array().map(Vec::len), Some(2), "{uses}");
    session.end();
}

/// Edits of a renaming: `file:line:from-to`.
fn places(edit: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (uri, edits) in edit["changes"].as_object().expect("changes") {
        for edit in edits.as_array().expect("a list") {
            found.push(short(&json!({ "uri": uri, "range": edit["range"] })));
        }
    }
    found.sort();
    found
}

#[test]
fn renaming() {
    let (folder, mut session, uri) = open("rename");
    let rename = |session: &mut Session, line: u32, character: u32, name: &str| {
        let mut params = position(&uri, line, character);
        params["newName"] = json!(name);
        let id = session.ask("textDocument/rename", params);
        session.answer(id)
    };
    let answer = rename(&mut session, 6, 15, "assist");
    assert_eq!(
        places(&answer["result"]),
        ["lib.inc:7:0-6", "main.s:6:13-19"]
    );
    let answer = rename(&mut session, 4, 8, "spill");
    assert_eq!(
        places(&answer["result"]),
        ["lib.inc:0:7-11", "main.s:4:8-12"]
    );
    // An exported symbol, also where it is only used.
    let answer = rename(&mut session, 2, 0, "start");
    assert_eq!(
        places(&answer["result"]),
        [
            "main.s:1:15-19",
            "main.s:2:0-4",
            "other.s:0:6-10",
            "other.s:1:8-12"
        ]
    );
    let answer = rename(&mut session, 10, 10, "insn");
    assert_eq!(
        places(&answer["result"]),
        ["main.s:10:15-19", "main.s:10:9-13", "main.s:9:21-25"]
    );
    let answer = rename(&mut session, 7, 20, "42");
    assert_eq!(
        places(&answer["result"]),
        ["main.s:6:0-1", "main.s:7:20-21"]
    );

    for (line, character, name, message) in [
        (6, 15, "a0", "'a0' is a register"),
        (6, 15, "1x", "'1x' is not a name"),
        (6, 15, "a b", "'a b' is not a name"),
        (6, 15, "", "'' is not a name"),
        (6, 15, "table", "'table' is already defined"),
        (7, 20, "x", "'x' is not a number"),
        (
            12,
            10,
            "other",
            "'inner' is not defined in these files, or by a macro",
        ),
        (5, 8, "x", "there is no name here"),
    ] {
        let answer = rename(&mut session, line, character, name);
        assert_eq!(answer["error"]["message"], message);
    }
    let prepared = session.at("textDocument/prepareRename", &uri, 6, 15);
    assert_eq!(
        prepared,
        json!({ "range": range(6, 13, 19), "placeholder": "helper" })
    );
    assert_eq!(
        session.at("textDocument/prepareRename", &uri, 12, 10),
        Value::Null
    );
    assert_eq!(
        session.at("textDocument/prepareRename", &uri, 5, 8),
        Value::Null
    );
    drop(folder);
    session.end();
}

#[test]
fn symbols_of_documents_and_folders() {
    let (folder, mut session, uri) = open("symbols");
    let text = "size = 4\n.globl f\nf:\n.Lloop: nop\n1: j 1b\ng: ret\n.macro m a\n nop\n.endm\n.comm buffer, 8\n";
    session.did_change(&uri, json!([{ "text": text }]));
    let found = session.request(
        "textDocument/documentSymbol",
        json!({ "textDocument": { "uri": uri } }),
    );
    let lines = |symbols: &Value| -> Vec<String> {
        let symbols = symbols.as_array().expect("a list").iter();
        symbols
            .map(|s| {
                let (start, end) = (&s["range"]["start"]["line"], &s["range"]["end"]["line"]);
                format!(
                    "{} {} {start}-{end}",
                    s["name"].as_str().unwrap_or("?"),
                    s["kind"]
                )
            })
            .collect()
    };
    assert_eq!(
        lines(&found),
        [
            "size 14 0-0",
            "f 12 2-4",
            "g 12 5-5",
            "m 2 6-8",
            "buffer 13 9-9"
        ]
    );
    assert_eq!(lines(&found[1]["children"]), [".Lloop 20 3-3", "1 20 4-4"]);

    let found = session.request("workspace/symbol", json!({ "query": "Tbl" }));
    let names: Vec<&Value> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|s| &s["name"])
        .collect();
    assert_eq!(names, ["table"]);
    // Exported ones come first.
    let found = session.request("workspace/symbol", json!({ "query": "" }));
    assert_eq!(found[0]["name"], "f");
    let links = session.request(
        "textDocument/documentLink",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert_eq!(links, json!([]));
    session.did_change(&uri, json!([{ "text": MAIN }]));
    let links = session.request(
        "textDocument/documentLink",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert_eq!(links[0]["target"], json!(folder.uri("lib.inc")));
    session.end();
}
