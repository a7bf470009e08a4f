//! The JSON export: an independent validator accepts it by its schema, and what is in it is enough to encode.

mod export_support;

use export_support::{Random, fail, load, odd, one, only, put, run, scratch};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use zktr_isa::export::{self, Selection, Target};
use zktr_isa::{Parameters, Spec};

fn document(spec: &Spec, selection: &Selection) -> Value {
    let file = one(spec, Target::Json, selection);
    assert!(file.path.ends_with(".json"));
    serde_json::from_str(&file.text).unwrap()
}

/// A Python with the package jsonschema; without one the test is skipped, or fails if `ZKTR_REQUIRE_TOOLS` is set.
fn python(test: &str) -> Option<&'static str> {
    let has = |name: &&str| {
        Command::new(name)
            .args(["-W", "ignore", "-c", "import jsonschema"])
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has);
    if found.is_none() {
        assert!(
            std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
            "python3-jsonschema not found"
        );
        println!("skipped: python3-jsonschema not found: {test}");
    }
    found
}

/// Validates the schema, then documents by it; says which one is wrong, and where.
const VALIDATE: &str = "
import json, sys, jsonschema
schema = json.load(open('schema.json'))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = 0
for name in sys.argv[1:]:
    for error in validator.iter_errors(json.load(open(name))):
        print(name, '/'.join(map(str, error.absolute_path)), error.message[:200], file=sys.stderr)
        wrong = 1
sys.exit(wrong)
";

fn validator(python: &str, folder: &Path, names: &[&str]) -> Command {
    put(folder, "schema.json", export::json_schema());
    let mut command = Command::new(python);
    command
        .current_dir(folder)
        .args(["-W", "ignore", "-c", VALIDATE])
        .args(names);
    command
}

#[test]
fn the_schema_accepts_what_is_exported() {
    let Some(python) = python("the_schema_accepts_what_is_exported") else {
        return;
    };
    let folder = scratch("export-json-accepted");
    put(
        &folder,
        "all.json",
        &document(&odd(), &Selection::Usual).to_string(),
    );
    put(
        &folder,
        "x.json",
        &document(&Spec::builtin(), &only(&["Xzktr"])).to_string(),
    );
    run(&mut validator(python, &folder, &["all.json", "x.json"]));
}

#[test]
fn the_schema_refuses_what_is_not_exported() {
    let Some(python) = python("the_schema_refuses_what_is_not_exported") else {
        return;
    };
    let folder = scratch("export-json-refused");
    let whole = document(&Spec::builtin(), &only(&["Xzktr"]));
    let changes: [(&str, Value); 9] = [
        ("/instructions/0/mask", json!(-1)),
        ("/instructions/0/length", json!(3)),
        ("/instructions/0/surprise", json!(1)),
        ("/instructions/0/modes/0/semantics/0/do", json!("jump")),
        ("/instructions/0/operands/0/kind/is", json!("float")),
        ("/descriptors/0/fields/0/type", json!({ "is": "view" })),
        ("/formats/0/degree", json!(0)),
        ("/csrs/0/number", json!(4096)),
        ("/schema", json!("2.0")),
    ];
    let mut names = Vec::new();
    for (pointer, value) in &changes {
        let mut document = whole.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[key] = value.clone();
        names.push(format!("{}.json", names.len()));
        put(&folder, &names[names.len() - 1], &document.to_string());
    }
    let arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    let errors = fail(&mut validator(python, &folder, &arguments));
    for ((pointer, _), name) in changes.iter().zip(names) {
        let place = pointer[1..].split('/').next().unwrap();
        let found = errors
            .lines()
            .any(|line| line.starts_with(&name) && line.contains(place));
        assert!(found, "{pointer}: {errors}");
    }
}

/// The word that the document says these values have.
fn encode(instruction: &Value, values: &[i64]) -> u64 {
    let mut word = instruction["match"].as_u64().unwrap();
    for (operand, value) in instruction["operands"]
        .as_array()
        .unwrap()
        .iter()
        .zip(values)
    {
        let compressed = operand["kind"]["compressed"] == json!(true);
        let stored = if compressed { value - 8 } else { *value } as u64;
        for slice in operand["slices"].as_array().unwrap() {
            let [word_lo, len, value_lo] =
                ["word-lo", "len", "value-lo"].map(|key| slice[key].as_u64().unwrap());
            word |= (stored >> value_lo & ((1 << len) - 1)) << word_lo;
        }
    }
    word
}

/// Mask and value that the layout of the document gives.
fn fixed(instruction: &Value) -> (u64, u64) {
    let mut out = (0, 0);
    for field in instruction["layout"].as_array().unwrap() {
        if let Some(value) = field["fixed"].as_u64() {
            let (lo, len) = (
                field["lo"].as_u64().unwrap(),
                field["len"].as_u64().unwrap(),
            );
            out.0 |= ((1u64 << len) - 1) << lo;
            out.1 |= value << lo;
        }
    }
    out
}

#[test]
fn it_is_enough_to_encode() {
    let mut random = Random::new(7);
    for major in ["custom-0", "custom-1", "custom-2", "custom-3"] {
        let spec = load(&Parameters::default().with("major", major));
        let document = document(&spec, &Selection::All);
        let instructions = document["instructions"].as_array().unwrap();
        assert_eq!(instructions.len(), spec.instructions.len());
        for (index, (entry, exported)) in spec.instructions.iter().zip(instructions).enumerate() {
            assert_eq!(exported["name"], json!(entry.name));
            assert_eq!(fixed(exported), (entry.mask.into(), entry.bits.into()));
            for _ in 0..8 {
                let values = random.values(entry);
                let word = spec.encode(index, &values).unwrap();
                assert_eq!(
                    encode(exported, &values),
                    u64::from(word),
                    "{} {values:?}",
                    entry.name
                );
            }
        }
    }
}

#[test]
fn every_fact_about_an_entry_is_there() {
    let spec = odd();
    let document = document(&spec, &Selection::All);
    let find = |list: &str, name: &str| {
        let found = document[list]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == name);
        found.unwrap().clone()
    };
    let run = find("instructions", "my.run");
    assert_eq!(run["extension"], "Xmy-vec2");
    assert_eq!(
        run["operands"][1]["role"],
        json!({ "is": "descriptor", "descriptor": "register" })
    );
    assert_eq!(
        run["operands"][2]["role"],
        json!({ "is": "count", "name": "int" })
    );
    assert_eq!(run["syntax"]["text"], "my.run rd, rs1, rs2");
    assert_eq!(run["modes"][0]["semantics"][0]["do"], "for");
    let store = &run["modes"][0]["semantics"][0]["body"][0];
    assert_eq!(
        (&store["do"], &store["view"]),
        (&json!("store"), &json!("out"))
    );
    assert_eq!(store["value"]["op"], "add");
    assert_eq!(store["value"]["args"][0]["args"][0]["field"], "default");
    assert_eq!(store["value"]["type"], json!({ "felt": "ext" }));
    let unless = &run["preconditions"].as_array().unwrap().last().unwrap()["unless"];
    assert_eq!(unless["op"], "or");
    assert_eq!(find("statuses", "range")["phase"], "data");
    assert_eq!(find("csrs", "my.ctl")["extension"], "Xmy-vec2");
    assert_eq!(find("csrs", "cycle")["extension"], "");
    assert_eq!(
        find("aliases", "mv")["operands"]["imm"],
        json!({ "value": 0 })
    );
    assert_eq!(
        find("instructions", "c.mv")["expands"]["instruction"],
        "add"
    );
    assert_eq!(
        document["generated-from"].as_array().unwrap().len(),
        spec.extensions.len()
    );
}
