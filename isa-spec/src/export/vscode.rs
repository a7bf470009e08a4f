//! An extension for Visual Studio Code: a TextMate grammar with the names of the spec, what the editor has to know about
//! comments and brackets, and the start of the language server.
//!
//! The grammar colours what can be told from one line; with the server running, its tokens are more precise.
//! What is a directive or a label, GNU's syntax says; which names are instructions, registers and CSRs, the spec.

use super::File;
use super::part::Part;
use super::text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The name of the language in the editor.
const LANGUAGE: &str = "zktr-assembly";
/// What the scopes of the grammar end with.
const SUFFIX: &str = "zktr";

/// All files of the extension.
pub(super) fn files(part: &Part<'_>) -> Vec<File> {
    let file = |path: &str, document: &Value| File {
        path: path.to_owned(),
        // What was built from strings and lists can be written.
        text: serde_json::to_string_pretty(document).unwrap_or_default() + "\n",
    };
    vec![
        file("package.json", &package(part)),
        file("language-configuration.json", &configuration()),
        file("syntaxes/zktr.tmLanguage.json", &grammar(part)),
        File {
            path: "extension.js".to_owned(),
            text: text::comment("// ", &part.notice()) + &SERVER.replace("LANGUAGE", LANGUAGE),
        },
    ]
}

/// Starts the server when a file of one of the languages is opened.
const SERVER: &str = r#"
// Starts the language server; its path and its settings are those of the editor, below `zktr`.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async function () {
  const settings = workspace.getConfiguration("zktr");
  const server = { command: settings.get("server.path"), args: ["lsp"] };
  client = new LanguageClient("zktr", "zktr", server, {
    documentSelector: [{ language: "LANGUAGE" }, { language: "toml" }],
    initializationOptions: settings,
    synchronize: { configurationSection: "zktr" },
  });
  await client.start();
};

exports.deactivate = function () {
  return client && client.stop();
};
"#;

fn package(part: &Part<'_>) -> Value {
    let version = part
        .extensions
        .iter()
        .find(|e| e.name == part.main)
        .map_or((0, 1), |e| e.version);
    let list = |text: &str| {
        json!({
            "type": "array", "items": { "type": "string" }, "default": [], "description": text,
        })
    };
    json!({
        "name": "zktr-assembly",
        "displayName": "RISC-V and ZK-Tracer assembly",
        "description": "Colours, hovers, completions and diagnostics for RISC-V assembly with the ZK-Tracer extension",
        "version": format!("{}.{}.0", version.0, version.1),
        "publisher": "zktr",
        "license": "MIT OR Apache-2.0",
        "engines": { "vscode": "^1.82.0" },
        "categories": ["Programming Languages"],
        "main": "./extension.js",
        "activationEvents": ["onLanguage:toml"],
        "contributes": {
            "languages": [{
                "id": LANGUAGE,
                "aliases": ["RISC-V assembly (zktr)"],
                "extensions": [".s", ".S", ".asm", ".inc"],
                "configuration": "./language-configuration.json",
            }],
            "grammars": [{
                "language": LANGUAGE,
                "scopeName": format!("source.{SUFFIX}"),
                "path": "./syntaxes/zktr.tmLanguage.json",
            }],
            "configuration": {
                "title": "zktr",
                "properties": {
                    "zktr.server.path": {
                        "type": "string", "default": "zktr", "description": "The command whose subcommand lsp is the server.",
                    },
                    "zktr.spec": list("Spec files beside the built-in ones."),
                    "zktr.include": list("Folders in which included files are looked for."),
                    "zktr.march": {
                        "type": ["string", "null"], "default": null, "description": "The extensions that may be used, as rv64imac.",
                    },
                    "zktr.xlen": {
                        "type": ["integer", "null"], "enum": [32, 64, null], "default": null,
                        "description": "Width of the registers; without it, what march says, or 64.",
                    },
                    "zktr.inlayHints": {
                        "type": "boolean", "default": true,
                        "description": "Show what a line assembles to, where that is not one instruction.",
                    },
                },
            },
        },
        "dependencies": { "vscode-languageclient": "^9.0.1" },
    })
}

fn configuration() -> Value {
    let pairs = json!([["(", ")"], ["{", "}"], ["\"", "\""]]);
    json!({
        "comments": { "lineComment": "#", "blockComment": ["/*", "*/"] },
        "brackets": [["(", ")"], ["{", "}"]],
        "autoClosingPairs": pairs,
        "surroundingPairs": pairs,
        // Names may have full stops and dollars in them; those of formats hyphens, too.
        "wordPattern": "[A-Za-z_.$\\\\][\\w.$]*|\\d\\w*",
        "folding": {
            "markers": {
                "start": "^\\s*\\.(macro|rept|irpc?|if\\w*)\\b",
                "end": "^\\s*\\.(endm|endr|endif)\\b",
            },
        },
    })
}

/// A pattern of a single line.
fn pattern(scope: &str, expression: &str) -> Value {
    json!({ "name": format!("{scope}.{SUFFIX}"), "match": expression })
}

fn grammar(part: &Part<'_>) -> Value {
    let spec = part.spec;
    let special = |extension: &str| super::is_custom(extension);
    let (mut standard, mut custom) = (BTreeSet::new(), BTreeSet::new());
    for entry in &part.instructions {
        let names = if special(&entry.instruction.extension) {
            &mut custom
        } else {
            &mut standard
        };
        names.insert(entry.instruction.name.as_str());
    }
    let chosen: BTreeSet<usize> = part.instructions.iter().map(|entry| entry.index).collect();
    for alias in &spec.aliases {
        if chosen.contains(&alias.target) {
            standard.insert(alias.name.as_str());
        }
    }
    let registers = spec.registers.names().chain(spec.float_registers.names());
    let names: BTreeSet<String> = registers.map(|(name, _)| name).collect();
    let csrs = part.csrs.iter().map(|csr| csr.name.as_str());
    let formats = spec.formats.iter().map(|format| format.name.as_str());
    let number = r"(?i)(?<![\w.$])(?:0x[0-9a-f]+|0b[01]+|\d+[fb]?)(?![\w.$])";
    let mut patterns = vec![
        pattern("comment.line", r"(?:#|//).*$"),
        json!({
            "name": format!("comment.block.{SUFFIX}"), "begin": r"/\*", "end": r"\*/",
        }),
        json!({
            "name": format!("string.quoted.double.{SUFFIX}"), "begin": "\"", "end": "\"|$",
            "patterns": [pattern("constant.character.escape", r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]+|.)")],
        }),
        pattern("string.quoted.single", r"'(?:\\.|[^\\'])'?"),
        pattern("variable.parameter", r"\\(?:@|\(\)|[A-Za-z_$.][\w$.]*)"),
        json!({
            "match": r"(?:^|;)\s*((?:[A-Za-z_.$][\w.$]*|\d+))\s*(:)",
            "captures": { "1": { "name": format!("entity.name.function.{SUFFIX}") } },
        }),
        json!({
            "match": r"(?i)(?<![\w.$])(\.macro)\s+([\w.$]+)",
            "captures": {
                "1": { "name": format!("keyword.control.directive.{SUFFIX}") },
                "2": { "name": format!("entity.name.function.macro.{SUFFIX}") },
            },
        }),
        pattern("keyword.operator.relocation", r"%[a-z_]+(?=\()"),
        pattern(
            "keyword.control.directive",
            r"(?:(?<=^|[;:])|(?<=[\s;:]))\.[A-Za-z_][\w.]*(?![\w.$])",
        ),
    ];
    let lists = [
        ("support.function.extension", words(custom.into_iter())),
        ("keyword.mnemonic", words(standard.into_iter())),
        (
            "variable.language.register",
            words(names.iter().map(String::as_str)),
        ),
        ("support.constant.csr", words(csrs)),
        ("support.constant.format", words(formats)),
    ];
    patterns.extend(
        lists
            .into_iter()
            .filter_map(|(scope, list)| Some(pattern(scope, &list?))),
    );
    patterns.push(json!({
        "match": r"(?<=[\s,])([a-z][\w-]*)\s*(=)(?!=)",
        "captures": { "1": { "name": format!("variable.other.property.{SUFFIX}") } },
    }));
    patterns.push(pattern("constant.numeric", number));
    patterns.push(pattern("keyword.operator", r"<<|>>|[-+*/%&|^~!=<>]"));
    json!({
        "name": "RISC-V and ZK-Tracer assembly",
        "scopeName": format!("source.{SUFFIX}"),
        "fileTypes": ["s", "S", "asm", "inc"],
        "patterns": patterns,
    })
}

/// An expression for these words; none if there are none. They have no letters that mean something but full stops
/// and hyphens; anything else is quoted all the same. Long ones come first, so that none hides another one.
fn words<'w>(words: impl Iterator<Item = &'w str>) -> Option<String> {
    let mut words: Vec<String> = words.map(quoted).collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    let list = words.join("|");
    (!words.is_empty()).then(|| format!(r"(?<![\w.$-])(?:{list})(?![\w.$])"))
}

fn quoted(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if !c.is_alphanumeric() && c != '_' && c != '-' {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
