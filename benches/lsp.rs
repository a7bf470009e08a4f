//! How long an editor waits: a file of 20,000 lines (or as many as `ZKTR_BENCH_LINES` says) is edited in its middle,
//! again and again, and after each edit the server is asked what an editor asks it.
//!
//! Times are from the edit to the answer, with the protocol's messages in memory; those of diagnostics include the
//! pause of 120 ms for which the server waits whether more is typed.

use lsp_server::{Connection, Message, Notification, Request, Response};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};
use zktr::lsp::{Settings, serve};

const URI: &str = "file:///bench/kernel.s";
const EDITS: usize = 40;

/// Text as a compiler writes it, with a descriptor now and then.
fn source(lines: usize) -> String {
    let mut text = String::new();
    for block in 0..lines / 10 {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "f{block}:\n\taddi sp, sp, -32\n\tsd ra, 24(sp) # saved\n\tli a5, 0x12345678\n.L{block}:\n\
             \tlui a0, %hi(table)\n\taddi a0, a0, %lo(table)\n\tbne a0, a1, .L{block}\n\tcall f{}\n\tret\n",
            block / 2
        );
    }
    text.push_str("table:\n\t.dword 0\n");
    text
}

struct Client {
    connection: Connection,
    next: i32,
}

impl Client {
    fn notify(&self, method: &str, params: Value) {
        let notification = Notification {
            method: method.to_owned(),
            params,
        };
        let sent = self.connection.sender.send(notification.into());
        sent.expect("the server listens");
    }

    fn until<T>(&self, mut wanted: impl FnMut(Message) -> Option<T>) -> T {
        loop {
            let message = self.connection.receiver.recv().expect("the server answers");
            if let Some(found) = wanted(message) {
                return found;
            }
        }
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let request = Request {
            id: id.into(),
            method: method.to_owned(),
            params,
        };
        let sent = self.connection.sender.send(request.into());
        sent.expect("the server listens");
        self.until(|message| match message {
            Message::Response(Response {
                id: other,
                result,
                error,
                ..
            }) if other == id.into() => {
                assert!(error.is_none(), "{method}: {error:?}");
                Some(result.unwrap_or_default())
            }
            _ => None,
        })
    }

    /// Waits for the diagnostics of this version.
    fn diagnostics(&self, version: usize) {
        self.until(|message| match message {
            Message::Notification(Notification { params, .. })
                if params["version"] == json!(version) && params["diagnostics"].is_array() =>
            {
                Some(())
            }
            _ => None,
        });
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{what:<40} median {:7.2} ms  longest {:7.2} ms",
        ms(median),
        ms(last)
    );
}

fn main() {
    let lines = std::env::var("ZKTR_BENCH_LINES").ok();
    let lines = lines.and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let text = source(lines);
    let (server, connection) = Connection::memory();
    let thread = std::thread::spawn(move || serve(&server, Settings::default()).map(|_| ()));
    let mut client = Client {
        connection,
        next: 0,
    };
    client.request("initialize", json!({ "capabilities": {} }));
    client.notify("initialized", json!({}));
    let document = json!({ "uri": URI, "languageId": "asm", "version": 0, "text": text });
    let start = Instant::now();
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    client.diagnostics(0);
    println!("{lines} lines, {} bytes", text.len());
    report("open to diagnostics", vec![start.elapsed()]);

    let middle = lines as u32 / 2 + 5;
    let at = |character: u32| json!({ "line": middle, "character": character });
    let document = json!({ "uri": URI });
    let position = json!({ "textDocument": document, "position": at(2) });
    let tokens = json!({ "textDocument": document });
    let first = client.request("textDocument/semanticTokens/full", tokens);
    let mut previous = first["resultId"].clone();
    let kinds = [
        "hover",
        "completion",
        "definition",
        "documentSymbol",
        "semanticTokens/full/delta",
        "diagnostics",
    ];
    let mut times: Vec<Vec<Duration>> = kinds.iter().map(|_| Vec::new()).collect();
    let mut version = 0;
    for _ in 0..EDITS {
        for (kind, times) in kinds.iter().zip(&mut times) {
            version += 1;
            // A letter comes, and goes with the next edit.
            let (to, new) = if version % 2 == 1 { (0, "x") } else { (1, "") };
            let change = json!({ "range": { "start": at(0), "end": at(to) }, "text": new });
            let start = Instant::now();
            client.notify(
                "textDocument/didChange",
                json!({ "textDocument": { "uri": URI, "version": version }, "contentChanges": [change] }),
            );
            match *kind {
                "diagnostics" => client.diagnostics(version),
                "semanticTokens/full/delta" => {
                    let params = json!({ "textDocument": document, "previousResultId": previous });
                    let delta = client.request("textDocument/semanticTokens/full/delta", params);
                    previous = delta["resultId"].clone();
                }
                kind => {
                    client.request(&format!("textDocument/{kind}"), position.clone());
                }
            }
            times.push(start.elapsed());
        }
    }
    for (kind, times) in kinds.iter().zip(times) {
        report(&format!("edit to {kind}"), times);
    }
    client.request("shutdown", Value::Null);
    client.notify("exit", Value::Null);
    let ended = thread.join().expect("the server does not panic");
    ended.expect("the session is in order");
}
