//! A client: it starts `zktr lsp`, speaks the protocol with it over its standard input and output, and waits for
//! answers, but not for ever.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes this long, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder with files, for one test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("lsp")
            .join(test);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the directory for temporary files is writable");
        let folder = Self(path);
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn uri(&self, name: &str) -> String {
        format!("file://{}", self.0.join(name).display())
    }
}

/// A session.
pub struct Session {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
    /// The version of each document.
    versions: HashMap<String, i64>,
    /// The last diagnostics of each file, with the version that they are about.
    diagnostics: HashMap<String, (Option<i64>, Value)>,
    /// Notifications other than diagnostics.
    pub others: Vec<Value>,
}

/// Reads messages until the server closes its output. What is not a message is an empty one.
fn read(output: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut length = None;
            loop {
                let mut line = String::new();
                match output.read_line(&mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                assert!(line.ends_with("\r\n"), "{line:?}");
                if line == "\r\n" {
                    break;
                }
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse::<usize>().ok();
                }
            }
            let mut body = vec![0; length.expect("a length")];
            output.read_exact(&mut body).expect("as many bytes");
            let message = serde_json::from_slice(&body).expect("JSON");
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Session {
    /// Starts the server, without the handshake.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zktr"))
            .arg("lsp")
            .args(arguments)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let output = child.stdout.take().expect("its output");
        Self {
            input: child.stdin.take(),
            child,
            messages: read(output),
            next: 0,
            versions: HashMap::new(),
            diagnostics: HashMap::new(),
            others: Vec::new(),
        }
    }

    /// Starts a session of a capable client with these settings.
    pub fn open(folder: &Folder, arguments: &[&str], settings: Value) -> Self {
        let mut session = Self::start(folder, arguments);
        session.initialize(folder, settings, json!({}));
        session
    }

    /// The handshake; the server's answer.
    pub fn initialize(&mut self, folder: &Folder, settings: Value, general: Value) -> Value {
        let result = self.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": folder.uri("").trim_end_matches('/'),
                "initializationOptions": settings,
                "capabilities": {
                    "general": general,
                    "textDocument": {
                        "completion": { "completionItem": { "snippetSupport": true } },
                        "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
                    },
                },
            }),
        );
        self.notify("initialized", json!({}));
        result
    }

    /// Sends bytes.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the session is open");
        // A server that is gone is noticed when it is waited for.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let header = format!("Content-Length: {}\r\n\r\n", body.len());
        self.send_raw(&[header.as_bytes(), body.as_bytes()].concat());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request without waiting for its answer; its number.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The answer to a request: the message.
    pub fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.receive();
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.keep(message);
        }
    }

    /// The result of a request that has to succeed.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let message = self.answer(id);
        assert!(message.get("error").is_none(), "{method}: {message}");
        message["result"].clone()
    }

    /// The error of a request that has to fail.
    pub fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let message = self.answer(id);
        assert!(message.get("error").is_some(), "{method}: {message}");
        message["error"].clone()
    }

    fn receive(&mut self) -> Value {
        self.messages.recv_timeout(LIMIT).expect("an answer")
    }

    fn keep(&mut self, message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let uri = params["uri"].as_str().expect("a URI").to_owned();
            let found = (params["version"].as_i64(), params["diagnostics"].clone());
            self.diagnostics.insert(uri, found);
        } else if let (Some(id), Some(_)) = (message.get("id"), message.get("method")) {
            let answer = json!({ "jsonrpc": "2.0", "id": id, "result": null });
            self.send(&answer);
        } else {
            self.others.push(message);
        }
    }

    /// The diagnostics of the present version of a document.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        let wanted = self.versions.get(uri).copied();
        self.diagnostics_when(uri, |version, _| version == wanted)
    }

    /// The diagnostics of a file as soon as they are as wanted.
    pub fn diagnostics_when(
        &mut self,
        uri: &str,
        wanted: impl Fn(Option<i64>, &[Value]) -> bool,
    ) -> Vec<Value> {
        loop {
            if let Some((version, found)) = self.diagnostics.get(uri) {
                let found = found.as_array().expect("a list");
                if wanted(*version, found) {
                    return found.clone();
                }
            }
            let message = self.receive();
            self.keep(message);
        }
    }

    pub fn did_open(&mut self, uri: &str, language: &str, text: &str) {
        self.versions.insert(uri.to_owned(), 1);
        self.notify(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": language, "version": 1, "text": text } }),
        );
    }

    /// Changes of a document, each with a range or for all of it.
    pub fn did_change(&mut self, uri: &str, changes: Value) {
        let version = self.versions.get_mut(uri).expect("an open document");
        *version += 1;
        let document = json!({ "uri": uri, "version": *version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// A request about a position.
    pub fn at(&mut self, method: &str, uri: &str, line: u32, character: u32) -> Value {
        self.request(method, position(uri, line, character))
    }

    /// Ends the session as the protocol wants it.
    pub fn end(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        assert!(self.wait().success());
    }

    /// Closes the server's input, and waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.input = None;
        // Its output ends with it.
        while self.messages.recv_timeout(LIMIT).is_ok() {}
        self.child.wait().expect("it has ended")
    }
}

/// A document and a position in it.
pub fn position(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

/// A range within a line.
pub fn range(line: u32, from: u32, to: u32) -> Value {
    json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } })
}

/// A short form of a location: `name.s:line:from-to`.
pub fn short(location: &Value) -> String {
    let uri = location["uri"].as_str().expect("a URI");
    let name = uri.rsplit('/').next().unwrap_or(uri);
    let (start, end) = (&location["range"]["start"], &location["range"]["end"]);
    format!(
        "{name}:{}:{}-{}",
        start["line"], start["character"], end["character"]
    )
}
