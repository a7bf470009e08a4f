//! The protocol itself: start, end, framing, what is not understood, texts of any kind.

use crate::client::{Folder, Session, position};
use serde_json::{Value, json};

#[test]
fn a_session_begins_and_ends() {
    let folder = Folder::new("begin", &[]);
    let mut session = Session::start(&folder, &[]);
    let early = session.refused("textDocument/hover", position("file:///x.s", 0, 0));
    assert_eq!(early["code"], -32002);
    let result = session.initialize(&folder, Value::Null, json!({}));
    assert_eq!(result["serverInfo"]["name"], "zktr");
    let offered = &result["capabilities"];
    assert_eq!(offered["positionEncoding"], "utf-16");
    assert_eq!(offered["textDocumentSync"]["change"], 2);
    for provider in [
        "hoverProvider",
        "completionProvider",
        "signatureHelpProvider",
        "definitionProvider",
        "referencesProvider",
        "documentHighlightProvider",
        "documentSymbolProvider",
        "workspaceSymbolProvider",
        "codeActionProvider",
        "documentFormattingProvider",
        "documentRangeFormattingProvider",
        "renameProvider",
        "foldingRangeProvider",
        "documentLinkProvider",
        "inlayHintProvider",
        "semanticTokensProvider",
    ] {
        assert!(!offered[provider].is_null(), "{provider}");
    }
    session.end();
}

#[test]
fn requests_after_shutdown_are_refused() {
    let folder = Folder::new("shutdown", &[]);
    let mut session = Session::open(&folder, &[], Value::Null);
    session.request("shutdown", Value::Null);
    let error = session.refused("textDocument/hover", position("file:///x.s", 0, 0));
    assert_eq!(error["code"], -32600);
    session.notify("exit", Value::Null);
    assert!(session.wait().success());
}

#[test]
fn an_end_without_shutdown_is_a_failure() {
    let folder = Folder::new("exit", &[]);
    let mut session = Session::open(&folder, &[], Value::Null);
    session.notify("exit", Value::Null);
    assert_eq!(session.wait().code(), Some(1));
    let session = Session::open(&folder, &[], Value::Null);
    assert_eq!(session.wait().code(), Some(1));
}

#[test]
fn what_is_no_message_ends_the_session() {
    let folder = Folder::new("garbage", &[]);
    for garbage in [
        "hello\r\n\r\n",
        "Content-Length: 3\r\n\r\n{]}",
        "Content-Length: 99999\r\n\r\n{}",
    ] {
        let mut session = Session::open(&folder, &[], Value::Null);
        session.send_raw(garbage.as_bytes());
        let code = session.wait().code();
        assert!(matches!(code, Some(1 | 2)), "{garbage:?}: {code:?}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    let folder = Folder::new("unknown", &[]);
    let mut session = Session::open(&folder, &[], Value::Null);
    assert_eq!(session.refused("no/method", json!({}))["code"], -32601);
    assert_eq!(
        session.refused("textDocument/hover", json!({ "x": 1 }))["code"],
        -32602
    );
    session.notify("no/notification", json!({}));
    session.notify("textDocument/didChange", json!(3));
    // A file that is not open has no answers, and is no error.
    let unknown = session.at("textDocument/hover", "file:///nowhere.s", 3, 4);
    assert_eq!(unknown, Value::Null);
    let wrong = |message: &Value| message["method"] == "window/logMessage";
    assert!(session.others.iter().any(wrong));
    session.end();
}

#[test]
fn cancelled_requests_are_answered_as_such() {
    let folder = Folder::new("cancel", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    // A text that takes some time to be read, so that the cancellation comes before its turn.
    session.did_open(&uri, "asm", &"addi a0, a0, 1\n".repeat(50_000));
    let params = json!({ "textDocument": { "uri": uri } });
    let first = session.ask("textDocument/semanticTokens/full", params.clone());
    let second = session.ask("textDocument/semanticTokens/full", params);
    session.notify("$/cancelRequest", json!({ "id": second }));
    assert!(session.answer(first).get("error").is_none());
    let cancelled = session.answer(second);
    // It may have been too late, but there is an answer in any case.
    if let Some(error) = cancelled.get("error") {
        assert_eq!(error["code"], -32800);
    }
    session.end();
}

/// Every request at many positions of a text.
fn ask_everything(session: &mut Session, uri: &str, lines: u32) {
    let document = json!({ "uri": uri });
    for line in 0..lines {
        for character in [0, 1, 3, 7, 12, 1000] {
            for method in [
                "hover",
                "completion",
                "signatureHelp",
                "definition",
                "documentHighlight",
                "prepareRename",
            ] {
                session.at(&format!("textDocument/{method}"), uri, line, character);
            }
            let mut params = position(uri, line, character);
            params["context"] = json!({ "includeDeclaration": true });
            session.request("textDocument/references", params.clone());
            params["newName"] = json!("new_name");
            let id = session.ask("textDocument/rename", params);
            let answer = session.answer(id);
            // There may be nothing to rename, but never a fault.
            assert_ne!(answer["error"]["code"], -32603, "{answer}");
        }
    }
    let whole = json!({
        "start": { "line": 0, "character": 0 }, "end": { "line": 4_000_000_000u32, "character": 0 },
    });
    for (method, mut params) in [
        ("documentSymbol", json!({})),
        ("foldingRange", json!({})),
        ("documentLink", json!({})),
        ("semanticTokens/full", json!({})),
        (
            "semanticTokens/full/delta",
            json!({ "previousResultId": "1" }),
        ),
        ("semanticTokens/range", json!({ "range": whole })),
        ("inlayHint", json!({ "range": whole })),
        (
            "codeAction",
            json!({ "range": whole, "context": { "diagnostics": [] } }),
        ),
        (
            "formatting",
            json!({ "options": { "tabSize": 8, "insertSpaces": true } }),
        ),
        (
            "rangeFormatting",
            json!({ "range": whole, "options": { "tabSize": 0, "insertSpaces": false } }),
        ),
    ] {
        params["textDocument"] = document.clone();
        session.request(&format!("textDocument/{method}"), params);
    }
    session.request("workspace/symbol", json!({ "query": "a" }));
}

#[test]
fn texts_of_any_kind_have_answers() {
    let folder = Folder::new("texts", &[]);
    let mut session = Session::open(&folder, &[], Value::Null);
    let nested = "(".repeat(5000);
    let includes =
        ".include \"any0.s\"\n.include \"any1.s\"\n.include \"/dev/zero\"\n.include \"..\"";
    for (number, text) in [
        includes,
        "\u{feff}é𝄞: add a0, a0, \u{1F600}\r\n\r\r\n\0\u{1}\\",
        ".macro m\nm\n.endm\nm\n.rept 1000000000\nnop\n.endr",
        ".macro \\x\n.irp\n.endm\n.endr\n.endif\n.else\n\\@\\()\\",
        ".zktr.descriptor\n.zktr.descriptor zktr.rlc =,=,{{{\n.zktr.descriptor zktr.rlc format=,,,",
        "/* open\n1: 2: 3: 1b 1f 99999999999999999999f",
        nested.as_str(),
        "\"open\n'\n''\n.include \"\n.include \"a\\q\"\n.ascii \"\\",
        "; ; ;; a : b : = = .set , .comm",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let uri = folder.uri(&format!("any{number}.s"));
        session.did_open(&uri, "asm", text);
        ask_everything(&mut session, &uri, text.lines().count() as u32 + 1);
    }
    session.end();
}

/// Numbers that look random, the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        // Steele and Vigna, LXM: the 64-bit multiplier of its linear congruential generator.
        self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

#[test]
fn edits_lead_to_the_text_that_the_client_has() {
    const PIECES: [&str; 14] = [
        "é",
        "𝄞",
        "\n",
        "\r\n",
        "a0",
        "label:",
        " ",
        "addi ",
        ", ",
        "# c",
        "1",
        "\t",
        ".word 1\n",
        "\"",
    ];
    let folder = Folder::new("edits", &[]);
    let uri = folder.uri("a.s");
    let mut session = Session::open(&folder, &[], Value::Null);
    session.did_open(&uri, "asm", "");
    let mut numbers = Numbers(7);
    // The client's own idea of the text, in UTF-16 as editors have it.
    let mut text = String::new();
    for _ in 0..400 {
        let at = |text: &str, offset: usize| {
            let before = &text[..offset];
            let line = before.matches('\n').count();
            let start = before.rfind('\n').map_or(0, |i| i + 1);
            let character = before[start..].encode_utf16().count();
            json!({ "line": line, "character": character })
        };
        // Between a carriage return and its line feed there is no position.
        let mut boundaries: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        boundaries.push(text.len());
        boundaries.retain(|&i| !(text[..i].ends_with('\r') && text[i..].starts_with('\n')));
        let mut ends = [
            numbers.below(boundaries.len()),
            numbers.below(boundaries.len()),
        ];
        ends.sort_unstable();
        let from = boundaries[ends[0]];
        let to = boundaries[ends[1].min(ends[0] + numbers.below(3))];
        let piece = PIECES[numbers.below(PIECES.len())];
        // Nothing that would make or break a line end of two characters.
        let joins =
            text[..from].ends_with('\r') || piece.ends_with('\r') || text[to..].starts_with('\n');
        if joins && piece != "a0" {
            continue;
        }
        let range = json!({ "start": at(&text, from), "end": at(&text, to) });
        session.did_change(&uri, json!([{ "range": range, "text": piece }]));
        text.replace_range(from..to, piece);
    }
    // The server's idea: what tokens it sees where is what a fresh server sees in the client's text.
    let tokens = |session: &mut Session, uri: &str| {
        let params = json!({ "textDocument": { "uri": uri } });
        session.request("textDocument/semanticTokens/full", params)["data"].clone()
    };
    let edited = tokens(&mut session, &uri);
    let fresh = folder.uri("b.s");
    session.did_open(&fresh, "asm", &text);
    assert_eq!(edited, tokens(&mut session, &fresh), "{text:?}");
    assert!(edited.as_array().is_some_and(|data| data.len() > 50));
    session.end();
}
