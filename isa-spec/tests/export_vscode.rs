//! The extension for Visual Studio Code: what can be said about it without the editor.

use serde_json::Value;
use std::collections::BTreeMap;
use zktr_isa::Spec;
use zktr_isa::export::{File, Selection, Target, export};
use zktr_isa::span::Source;

fn files(spec: &Spec, selection: &Selection) -> Vec<File> {
    export(spec, Target::VsCode, selection).expect("it can be exported")
}

fn json(files: &[File], path: &str) -> Value {
    let file = files.iter().find(|file| file.path == path);
    let text = &file.expect("the file is exported").text;
    serde_json::from_str(text).expect("JSON")
}

/// The words that an expression of the grammar lists.
fn listed(grammar: &Value, scope: &str) -> Vec<String> {
    let patterns = grammar["patterns"].as_array().expect("a list");
    let pattern = patterns.iter().find(|p| p["name"] == scope);
    let Some(expression) = pattern.and_then(|p| p["match"].as_str()) else {
        return Vec::new();
    };
    let start = expression.find("(?:").expect("a group") + 3;
    let end = start + expression[start..].find(')').expect("its end");
    let words = expression[start..end].split('|');
    words.map(|word| word.replace('\\', "")).collect()
}

#[test]
fn all_names_have_colours() {
    let spec = Spec::builtin();
    let files = files(&spec, &Selection::Usual);
    let grammar = json(&files, "syntaxes/zktr.tmLanguage.json");
    let mnemonics = listed(&grammar, "keyword.mnemonic.zktr");
    let custom = listed(&grammar, "support.function.extension.zktr");
    for instruction in &spec.instructions {
        let list = if instruction.extension.starts_with('X') {
            &custom
        } else {
            &mnemonics
        };
        assert!(list.contains(&instruction.name), "{}", instruction.name);
    }
    for alias in &spec.aliases {
        assert!(mnemonics.contains(&alias.name), "{}", alias.name);
    }
    let registers = listed(&grammar, "variable.language.register.zktr");
    let files = [&spec.registers, &spec.float_registers];
    let known: BTreeMap<String, u8> = files.iter().flat_map(|file| file.names()).collect();
    assert!(registers.iter().all(|name| known.contains_key(name)));
    assert_eq!(registers.len(), known.len());
    let csrs = listed(&grammar, "support.constant.csr.zktr");
    assert_eq!(csrs.len(), spec.csrs.len());
    // A word is not taken for the beginning of a longer one.
    for list in [&mnemonics, &custom] {
        for (index, word) in list.iter().enumerate() {
            let behind = &list[index + 1..];
            assert!(
                behind.iter().all(|other| !other.starts_with(word.as_str())),
                "{word}"
            );
        }
    }
}

#[test]
fn the_manifest_names_the_files() {
    let files = files(&Spec::builtin(), &Selection::Usual);
    let manifest = json(&files, "package.json");
    let contributes = &manifest["contributes"];
    let grammar = &contributes["grammars"][0];
    for named in [
        &manifest["main"],
        &contributes["languages"][0]["configuration"],
        &grammar["path"],
    ] {
        let path = named.as_str().expect("a path").trim_start_matches("./");
        assert!(files.iter().any(|file| file.path == path), "{path}");
    }
    let document = json(&files, "syntaxes/zktr.tmLanguage.json");
    assert_eq!(document["scopeName"], grammar["scopeName"]);
    let language = contributes["languages"][0]["id"].as_str().expect("a name");
    let start = files.iter().find(|file| file.path == "extension.js");
    assert!(start.is_some_and(|file| file.text.contains(&format!("language: \"{language}\""))));
    json(&files, "language-configuration.json");
}

#[test]
fn an_instruction_of_ones_own_has_a_colour() {
    let text = r#"
        [extension]
        name = "Xmine"
        version = "2.3"
        doc = "Mine."
        [inst."mine.it"]
        title = "It"
        encoding = { format = "R", opcode = 0x0B, funct7 = 0x15, funct3 = 3 }
        sem = "rd = rs1;"
    "#;
    let spec = Spec::load(&[Source::new("mine.toml", text)]).expect("it is right");
    let only = Selection::Extensions(vec!["Xmine".into()]);
    let files = files(&spec, &only);
    assert_eq!(json(&files, "package.json")["version"], "2.3.0");
    let grammar = json(&files, "syntaxes/zktr.tmLanguage.json");
    assert_eq!(
        listed(&grammar, "support.function.extension.zktr"),
        ["mine.it"]
    );
    assert!(listed(&grammar, "keyword.mnemonic.zktr").is_empty());
}
