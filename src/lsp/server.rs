//! The main loop: messages in the order in which they come, checks when typing pauses.

use super::board::Board;
use super::check::{Checker, Done};
use super::requests::{self, Client};
use super::schedule::Schedule;
use super::settings::Settings;
use super::text::{Encoding, Text};
use super::uri;
use super::workspace::{Language, Workspace};
use crate::contain::contain;
use crossbeam_channel::{RecvError, after, never, select};
use lsp_server::{
    Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response,
};
use lsp_types::notification::{
    Cancel, DidChangeConfiguration, DidChangeTextDocument, DidChangeWatchedFiles,
    DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit, LogMessage,
    Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    CancelParams, DidChangeConfigurationParams, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidChangeWatchedFilesRegistrationOptions,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileSystemWatcher, GlobPattern, InitializeParams, InitializeResult, LogMessageParams,
    MessageType, NumberOrString, PublishDiagnosticsParams, Registration, RegistrationParams,
    ServerInfo, ShowMessageParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As the client has asked for.
    Orderly,
    /// Without a request to shut down, or without the client's `exit`.
    Early,
}

/// Answers a client until it ends the session.
///
/// # Errors
/// What the client says is not the protocol, or it is gone while something is being said to it.
pub fn serve(connection: &Connection, settings: Settings) -> Result<Ended, ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(error) => {
            let code = ErrorCode::InvalidParams as i32;
            let response = Response::new_err(id, code, error.to_string());
            let _ = connection.sender.send(response.into());
            return Ok(Ended::Early);
        }
    };
    let client = Client::of(&params);
    let general = params.capabilities.general.as_ref();
    let encoding = Encoding::choose(general.and_then(|g| g.position_encodings.as_deref()));
    let capabilities = requests::capabilities(encoding);
    let result = InitializeResult {
        capabilities,
        server_info: Some(ServerInfo {
            name: "zktr".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    };
    connection.initialize_finish(id, json(&result))?;
    let checker = match Checker::start() {
        Ok(checker) => checker,
        // Without threads there is nothing to be done.
        Err(_) => return Ok(Ended::Early),
    };
    let folders = folders(&params);
    let workspace = Workspace::new(settings.clone(), encoding, folders);
    let server = Server {
        connection,
        defaults: settings,
        workspace,
        client,
        checker,
        schedule: Schedule::default(),
        board: Board::default(),
        state: requests::State::default(),
        queue: VecDeque::new(),
        cancelled: HashSet::new(),
        shut_down: false,
        next_request: 0,
    };
    Ok(server.run(params.initialization_options.unwrap_or_default()))
}

/// The folders that the client has open.
#[allow(deprecated)] // older clients only have `rootUri`
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    match &params.workspace_folders {
        Some(folders) => folders.iter().map(|f| uri::path_of(&f.uri)).collect(),
        None => params.root_uri.iter().map(uri::path_of).collect(),
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    // The protocol's types have string keys only, so that this cannot fail.
    serde_json::to_value(value).unwrap_or_default()
}

struct Server<'c> {
    connection: &'c Connection,
    /// Settings of the command line.
    defaults: Settings,
    workspace: Workspace,
    client: Client,
    checker: Checker,
    schedule: Schedule,
    board: Board,
    /// What requests keep from one to the next.
    state: requests::State,
    /// Messages that have come and are to be handled.
    queue: VecDeque<Message>,
    /// Requests of the queue that nobody waits for any more.
    cancelled: HashSet<RequestId>,
    shut_down: bool,
    next_request: i32,
}

impl Server<'_> {
    fn run(mut self, options: Value) -> Ended {
        self.watch_files();
        self.configure(&options);
        loop {
            let Some(message) = self.queue.pop_front() else {
                self.cancelled.clear();
                if self.wait().is_err() {
                    return Ended::Early;
                }
                continue;
            };
            match message {
                Message::Request(request) => self.request(request),
                Message::Notification(notification) if notification.method == Exit::METHOD => {
                    return if self.shut_down {
                        Ended::Orderly
                    } else {
                        Ended::Early
                    };
                }
                Message::Notification(notification) => {
                    if let Err(fault) = contain(|| self.notification(notification)) {
                        self.log(fault);
                    }
                }
                // Of the requests to the client none needs its answer.
                Message::Response(_) => {}
            }
            self.take_messages();
        }
    }

    /// Waits for a message, a check that is done, or the time of one that is due.
    fn wait(&mut self) -> Result<(), RecvError> {
        let alarm = match self.schedule.next() {
            Some(due) => after(due.saturating_duration_since(Instant::now())),
            None => never(),
        };
        select! {
            recv(self.connection.receiver) -> message => {
                let message = message?;
                self.take(message);
                self.take_messages();
            }
            recv(self.checker.done) -> done => self.done(done?),
            recv(alarm) -> _ => {}
        }
        self.start_checks();
        Ok(())
    }

    /// Takes the messages that have come in the meantime, so that cancellations are known before what they cancel
    /// is done.
    fn take_messages(&mut self) {
        while let Ok(message) = self.connection.receiver.try_recv() {
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        if let Message::Notification(notification) = &message
            && notification.method == Cancel::METHOD
        {
            let params: Result<CancelParams, _> =
                serde_json::from_value(notification.params.clone());
            if let Ok(CancelParams { id }) = params {
                self.cancelled.insert(match id {
                    NumberOrString::Number(id) => id.into(),
                    NumberOrString::String(id) => id.into(),
                });
            }
            return;
        }
        self.queue.push_back(message);
    }

    fn send(&self, message: impl Into<Message>) {
        // Without a reader the next wait ends the session.
        let _ = self.connection.sender.send(message.into());
    }

    fn notify<N: lsp_types::notification::Notification>(&self, params: &N::Params) {
        self.send(Notification {
            method: N::METHOD.to_owned(),
            params: json(params),
        });
    }

    fn log(&self, message: String) {
        self.notify::<LogMessage>(&LogMessageParams {
            typ: MessageType::WARNING,
            message,
        });
    }

    fn show_error(&self, message: String) {
        self.notify::<ShowMessage>(&ShowMessageParams {
            typ: MessageType::ERROR,
            message,
        });
    }

    // ---- requests -----------------------------------------------------------------------------

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let error = |code: ErrorCode, message: &str| {
            Response::new_err(id.clone(), code as i32, message.to_owned())
        };
        let response = if self.shut_down {
            error(ErrorCode::InvalidRequest, "the server is shutting down")
        } else if self.cancelled.remove(&request.id) {
            error(ErrorCode::RequestCanceled, "cancelled")
        } else if request.method == Shutdown::METHOD {
            self.shut_down = true;
            Response::new_ok(id.clone(), Value::Null)
        } else {
            let (workspace, client) = (&self.workspace, &self.client);
            let (board, state) = (&self.board, &mut self.state);
            let answer = contain(|| requests::answer(workspace, client, board, state, request));
            match answer {
                Ok(Ok(value)) => Response::new_ok(id.clone(), value),
                Ok(Err((code, message))) => error(code, &message),
                Err(fault) => error(ErrorCode::InternalError, &fault),
            }
        };
        self.send(response);
    }

    // ---- notifications ------------------------------------------------------------------------

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let result = match method.as_str() {
            DidOpenTextDocument::METHOD => read(params).map(|params| self.opened(params)),
            DidChangeTextDocument::METHOD => read(params).map(|params| self.changed(&params)),
            DidCloseTextDocument::METHOD => read(params).map(|params| self.closed(&params)),
            DidSaveTextDocument::METHOD => read(params).map(|params: DidSaveTextDocumentParams| {
                self.touched(&uri::path_of(&params.text_document.uri), Duration::ZERO);
            }),
            DidChangeWatchedFiles::METHOD => {
                read(params).map(|params: DidChangeWatchedFilesParams| {
                    for change in params.changes {
                        self.touched(&uri::path_of(&change.uri), Schedule::PAUSE);
                    }
                })
            }
            DidChangeConfiguration::METHOD => {
                read(params).map(|params: DidChangeConfigurationParams| {
                    self.configure(&params.settings);
                })
            }
            // Optional by the protocol, or nothing that concerns this server.
            _ => Ok(()),
        };
        if let Err(message) = result {
            self.log(format!("{method}: {message}"));
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let is_toml = document.language_id == "toml"
            || uri::path_of(&document.uri)
                .extension()
                .is_some_and(|e| e == "toml");
        let language = if is_toml {
            Language::Toml
        } else {
            Language::Assembly
        };
        let (uri, version) = (document.uri, document.version);
        let path = self.workspace.open(uri, version, language, document.text);
        self.touched(&path, Duration::ZERO);
    }

    fn changed(&mut self, params: &DidChangeTextDocumentParams) {
        let path = uri::path_of(&params.text_document.uri);
        let Some(document) = self.workspace.documents.get(&path) else {
            return;
        };
        let mut text = document.file.text.clone();
        for change in &params.content_changes {
            text = match change.range {
                Some(range) => text.edited(text.bytes(range), &change.text),
                None => Text::new(
                    text.source().name.clone(),
                    change.text.clone(),
                    self.workspace.encoding,
                ),
            };
        }
        let version = params.text_document.version;
        self.workspace.change(&path, version, text);
        self.touched(&path, Schedule::PAUSE);
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let path = uri::path_of(&params.text_document.uri);
        self.workspace.documents.remove(&path);
        self.workspace.reports.remove(&path);
        self.schedule.forget(&path);
        self.state.forget(&path);
        let changed = self.board.take(&path);
        self.publish(changed);
        self.touched(&path, Schedule::PAUSE);
    }

    /// Settings from the client.
    fn configure(&mut self, given: &Value) {
        let folder = self.workspace.folders.first().map(PathBuf::as_path);
        match self.defaults.with(given, folder) {
            Ok(settings) => {
                self.workspace.settings = settings;
                self.workspace.reread();
                self.schedule.specs(Duration::ZERO);
                self.recheck_all();
            }
            Err(message) => self.show_error(message),
        }
    }

    /// Asks the client to tell about changes of files that are not open.
    fn watch_files(&mut self) {
        if !self.client.watches_files {
            return;
        }
        let pattern = "**/*.{s,S,asm,inc,i,h,toml}".to_owned();
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: vec![FileSystemWatcher {
                glob_pattern: GlobPattern::String(pattern),
                kind: None,
            }],
        };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(json(&options)),
        };
        let params = RegistrationParams {
            registrations: vec![registration],
        };
        self.next_request += 1;
        self.send(Request {
            id: self.next_request.into(),
            method: RegisterCapability::METHOD.to_owned(),
            params: json(&params),
        });
    }

    // ---- checks -------------------------------------------------------------------------------

    /// A file has another text now.
    fn touched(&mut self, path: &std::path::Path, pause: Duration) {
        if self.workspace.settings.spec.iter().any(|spec| spec == path) {
            self.schedule.specs(pause);
        }
        self.schedule.touched(&self.workspace, path, pause);
    }

    fn recheck_all(&mut self) {
        let documents: Vec<PathBuf> = self.workspace.documents.keys().cloned().collect();
        for path in documents {
            self.schedule
                .touched(&self.workspace, &path, Duration::ZERO);
        }
    }

    /// Starts what is due. Documents that are not checked on their own any more lose their diagnostics.
    fn start_checks(&mut self) {
        let due = self.schedule.due(&self.workspace, Instant::now());
        for path in due.unchecked {
            self.workspace.reports.remove(&path);
            let changed = self.board.take(&path);
            self.publish(changed);
        }
        for job in due.jobs {
            self.checker.send(job);
        }
    }

    /// Takes what a check has found, unless the text has changed since.
    fn done(&mut self, done: Done) {
        let Done { path, report, spec } = done;
        let is_document = path != Schedule::specs_path();
        let current = |document: &super::workspace::Document| {
            Arc::ptr_eq(document.file.text.source(), &report.source)
        };
        if is_document && !self.workspace.documents.get(&path).is_some_and(current) {
            return;
        }
        let report = Arc::new(report);
        self.workspace.reports.insert(path.clone(), report.clone());
        let changed = self.board.post(&self.workspace, &path, &report);
        self.publish(changed);
        if !is_document {
            self.schedule.specs_loaded();
            for diagnostic in report.diagnostics.iter().filter(|d| d.span.is_none()) {
                self.show_error(diagnostic.message.clone());
            }
        }
        if let Some(spec) = spec
            && !Arc::ptr_eq(&spec, &self.workspace.spec)
        {
            self.workspace.spec = spec;
            self.workspace.reread();
            self.recheck_all();
        }
    }

    /// Tells the client the diagnostics of files.
    fn publish(&self, files: impl IntoIterator<Item = PathBuf>) {
        for path in files {
            let Some(uri) = self.workspace.uri(&path) else {
                continue;
            };
            let version = self.workspace.documents.get(&path).map(|d| d.version);
            let diagnostics = self.board.of(&path).map(|s| s.diagnostic.clone());
            self.notify::<PublishDiagnostics>(&PublishDiagnosticsParams {
                uri,
                diagnostics: diagnostics.collect(),
                version,
            });
        }
    }
}

/// The parameters of a notification.
fn read<T: DeserializeOwned>(params: Value) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}
