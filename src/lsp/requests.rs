//! Requests: what the server offers, and who answers what.

use super::board::Board;
use super::text::Encoding;
use super::workspace::{File, Language, Workspace};
use super::{
    actions, completion, formatting, hints, hover, navigation, outline, semantic_tokens, signature,
    uri,
};
use lsp_server::{ErrorCode, Request};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentLinkRequest,
    DocumentSymbolRequest, FoldingRangeRequest, Formatting, GotoDefinition, HoverRequest,
    InlayHintRequest, PrepareRenameRequest, RangeFormatting, References, Rename,
    Request as LspRequest, ResolveCompletionItem, SemanticTokensFullDeltaRequest,
    SemanticTokensFullRequest, SemanticTokensRangeRequest, SignatureHelpRequest,
    WorkspaceSymbolRequest,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DocumentLinkOptions, FoldingRangeProviderCapability, HoverProviderCapability, InitializeParams,
    OneOf, RenameOptions, SemanticToken, SemanticTokens, SemanticTokensFullDeltaResult,
    SemanticTokensFullOptions, SemanticTokensOptions, SemanticTokensRangeResult,
    SemanticTokensResult, SemanticTokensServerCapabilities, ServerCapabilities,
    SignatureHelpOptions, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Uri, WorkDoneProgressOptions,
};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the client can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Client {
    /// Completions can have fields to be filled in.
    pub snippets: bool,
    /// Symbols of a document can be nested.
    pub nested_symbols: bool,
    /// It tells about changed files if it is asked to.
    pub watches_files: bool,
}

impl Client {
    /// As it says.
    pub fn of(params: &InitializeParams) -> Self {
        let text = params.capabilities.text_document.as_ref();
        let workspace = params.capabilities.workspace.as_ref();
        let snippets = || {
            let completion = text?.completion.as_ref()?;
            completion.completion_item.as_ref()?.snippet_support
        };
        let nested = || {
            let symbols = text?.document_symbol.as_ref()?;
            symbols.hierarchical_document_symbol_support
        };
        let watches = || {
            let files = workspace?.did_change_watched_files.as_ref()?;
            files.dynamic_registration
        };
        Self {
            snippets: snippets().unwrap_or(false),
            nested_symbols: nested().unwrap_or(false),
            watches_files: watches().unwrap_or(false),
        }
    }
}

/// What is kept from one request to the next.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The last tokens of each document, with their number.
    tokens: HashMap<PathBuf, (u64, Vec<SemanticToken>)>,
    results: u64,
}

impl State {
    /// A document is closed.
    pub fn forget(&mut self, path: &Path) {
        self.tokens.remove(path);
    }

    /// Notes an answer, and gives it a number.
    fn note(&mut self, path: PathBuf, tokens: &[SemanticToken]) -> String {
        self.results += 1;
        self.tokens.insert(path, (self.results, tokens.to_vec()));
        self.results.to_string()
    }
}

/// What the server offers.
pub(super) fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let progress = WorkDoneProgressOptions::default;
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::Supported(true)),
                ..TextDocumentSyncOptions::default()
            },
        )),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some([".", "%", "@", "\\", "=", "\""].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some([" ", "\t", ","].map(str::to_owned).to_vec()),
            retrigger_characters: None,
            work_done_progress_options: progress(),
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: progress(),
        })),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: None,
            work_done_progress_options: progress(),
        }),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                work_done_progress_options: progress(),
                legend: semantic_tokens::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Delta { delta: Some(true) }),
            },
        )),
        ..ServerCapabilities::default()
    }
}

type Answer = Result<Value, (ErrorCode, String)>;

/// Reads the parameters of a request, and writes its result.
fn run<R: LspRequest>(
    request: Request,
    work: impl FnOnce(R::Params) -> Result<R::Result, String>,
) -> Answer {
    let params: R::Params = serde_json::from_value(request.params)
        .map_err(|error| (ErrorCode::InvalidParams, error.to_string()))?;
    let result = work(params).map_err(|message| (ErrorCode::RequestFailed, message))?;
    serde_json::to_value(result).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

/// The answer to a request.
pub(super) fn answer(
    workspace: &Workspace,
    client: &Client,
    board: &Board,
    state: &mut State,
    request: Request,
) -> Answer {
    match request.method.as_str() {
        HoverRequest::METHOD => run::<HoverRequest>(request, |p| Ok(hover::hover(workspace, &p))),
        Completion::METHOD => run::<Completion>(request, |p| {
            Ok(completion::completion(workspace, client, &p))
        }),
        ResolveCompletionItem::METHOD => {
            run::<ResolveCompletionItem>(request, |item| Ok(completion::resolve(workspace, item)))
        }
        SignatureHelpRequest::METHOD => run::<SignatureHelpRequest>(request, |p| {
            Ok(signature::help(workspace, &p.text_document_position_params))
        }),
        GotoDefinition::METHOD => run::<GotoDefinition>(request, |p| {
            Ok(navigation::definition(
                workspace,
                &p.text_document_position_params,
            ))
        }),
        References::METHOD => {
            run::<References>(request, |p| Ok(navigation::references(workspace, &p)))
        }
        DocumentHighlightRequest::METHOD => run::<DocumentHighlightRequest>(request, |p| {
            Ok(navigation::highlights(
                workspace,
                &p.text_document_position_params,
            ))
        }),
        PrepareRenameRequest::METHOD => {
            run::<PrepareRenameRequest>(request, |p| Ok(navigation::prepare_rename(workspace, &p)))
        }
        Rename::METHOD => run::<Rename>(request, |p| navigation::rename(workspace, &p)),
        DocumentSymbolRequest::METHOD => run::<DocumentSymbolRequest>(request, |p| {
            let nested = client.nested_symbols;
            Ok(outline::document_symbols(
                workspace,
                &p.text_document,
                nested,
            ))
        }),
        WorkspaceSymbolRequest::METHOD => run::<WorkspaceSymbolRequest>(request, |p| {
            Ok(Some(outline::workspace_symbols(workspace, &p.query)))
        }),
        FoldingRangeRequest::METHOD => run::<FoldingRangeRequest>(request, |p| {
            Ok(outline::folding_ranges(workspace, &p.text_document))
        }),
        DocumentLinkRequest::METHOD => {
            run::<DocumentLinkRequest>(request, |p| Ok(outline::links(workspace, &p.text_document)))
        }
        CodeActionRequest::METHOD => {
            run::<CodeActionRequest>(request, |p| Ok(Some(actions::actions(board, &p))))
        }
        Formatting::METHOD => run::<Formatting>(request, |p| {
            Ok(formatting::format(
                workspace,
                &p.text_document,
                None,
                &p.options,
            ))
        }),
        RangeFormatting::METHOD => run::<RangeFormatting>(request, |p| {
            let range = Some(p.range);
            Ok(formatting::format(
                workspace,
                &p.text_document,
                range,
                &p.options,
            ))
        }),
        InlayHintRequest::METHOD => {
            run::<InlayHintRequest>(request, |p| Ok(hints::hints(workspace, &p)))
        }
        SemanticTokensFullRequest::METHOD => run::<SemanticTokensFullRequest>(request, |p| {
            Ok(all_tokens(workspace, state, &p.text_document.uri)
                .map(|(_, tokens)| SemanticTokensResult::Tokens(tokens)))
        }),
        SemanticTokensFullDeltaRequest::METHOD => {
            run::<SemanticTokensFullDeltaRequest>(request, |p| {
                let now = all_tokens(workspace, state, &p.text_document.uri);
                Ok(now.map(|(before, tokens)| match before {
                    Some((number, before)) if number.to_string() == p.previous_result_id => {
                        let delta = semantic_tokens::delta(&before, tokens);
                        SemanticTokensFullDeltaResult::TokensDelta(delta)
                    }
                    _ => SemanticTokensFullDeltaResult::Tokens(tokens),
                }))
            })
        }
        SemanticTokensRangeRequest::METHOD => run::<SemanticTokensRangeRequest>(request, |p| {
            let file = assembly(workspace, &p.text_document.uri);
            Ok(file.map(|file| {
                let range = file.text.bytes(p.range);
                SemanticTokensRangeResult::Tokens(SemanticTokens {
                    result_id: None,
                    data: semantic_tokens::tokens(workspace, &file, range),
                })
            }))
        }),
        method => {
            let message = format!("there is no method {method}");
            Err((ErrorCode::MethodNotFound, message))
        }
    }
}

fn assembly(workspace: &Workspace, uri: &Uri) -> Option<Arc<File>> {
    let document = workspace.documents.get(&uri::path_of(uri))?;
    (document.language == Language::Assembly).then(|| document.file.clone())
}

/// An earlier answer with its number.
type Earlier = Option<(u64, Vec<SemanticToken>)>;

/// The tokens of a document, and those of the last answer.
fn all_tokens(
    workspace: &Workspace,
    state: &mut State,
    uri: &Uri,
) -> Option<(Earlier, SemanticTokens)> {
    let file = assembly(workspace, uri)?;
    let range = 0..file.text.str().len() as u32;
    let data = semantic_tokens::tokens(workspace, &file, range);
    let before = state.tokens.remove(&file.path);
    let result_id = Some(state.note(file.path.clone(), &data));
    Some((before, SemanticTokens { result_id, data }))
}
