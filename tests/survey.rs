//! `zktr survey`, and WebAssembly modules where CLIF is read: with the feature `wasm`, and without.

mod cli_support;

use cli_support::Place;

const NEAR_MISSES: &str = include_str!("corpus/clif/neutral.babybear.clang19.O2.clif");
const FINGERPRINTS: &str = include_str!("corpus/clif/fingerprint.babybear.clang19.O2.clif");

/// `for (int i = 0; i < n; i++) h[keys[i]]++;` by clang 19 at -Os, exported as `counts`.
const COUNTS: &str = "\
0061736d0100000001070160037f7f7f000302010005030100020608017f01418088040b071302066d656d6f7279020006636f756e74730000\
0a3b013901017f024020024101480d000340200020012802004102746a2203200328020041016a360200200141046a21012002417f6a22020d\
000b0b0b";

/// Those without the functions whose inner loops are inner products.
fn neutral() -> String {
    let functions = NEAR_MISSES.split_inclusive("\n}\n");
    let has_products = |text: &&str| {
        let names = ["fingerprint_counted", "fingerprint_chained"];
        names
            .iter()
            .any(|name| text.contains(&format!("export {name}\n")))
    };
    functions.filter(|text| !has_products(text)).collect()
}

fn module() -> Vec<u8> {
    let digit = |c: u8| (c as char).to_digit(16).expect("a hexadecimal digit") as u8;
    let pairs = COUNTS.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

#[test]
fn figures_of_several_files() {
    let place = Place::new("survey")
        .file("n.clif", neutral())
        .file("f.clif", FINGERPRINTS);
    insta::assert_snapshot!(place.run_to(0, &["survey", "n.clif", "f.clif"]).stdout);
}

#[test]
fn neutral_functions_have_nothing_for_the_units() {
    let place = Place::new("survey_neutral")
        .file("n.clif", neutral())
        .file("f.clif", FINGERPRINTS);
    place.run_to(0, &["survey", "--neutral", "n.clif"]);
    place.run_to(1, &["survey", "--neutral", "n.clif", "f.clif"]);
}

#[test]
fn what_was_offloaded_is_not_offloaded_again() {
    let place = Place::new("survey_again").file("f.clif", FINGERPRINTS);
    place.run_to(0, &["opt", "f.clif", "-o", "g.clif"]);
    let rewritten = String::from_utf8(place.read("g.clif")).expect("CLIF is text");
    assert!(rewritten.contains("%zktr_rlc"), "{rewritten}");
    place.run_to(0, &["survey", "--neutral", "g.clif"]);
}

#[test]
fn cost_beside_compilation() {
    let place = Place::new("survey_cost").file("n.clif", neutral());
    let shown = place.run_to(0, &["survey", "--cost", "n.clif"]).stdout;
    assert!(shown.contains(" % of the time of compilation"), "{shown}");
}

#[test]
#[cfg(feature = "wasm")]
fn a_module_is_read_as_clif() {
    let place = Place::new("survey_wasm").file("m.wasm", module());
    insta::assert_snapshot!(place.run_to(0, &["survey", "--movement", "m.wasm"]).stdout);
    let text = place.run_to(0, &["opt", "--movement", "m.wasm"]);
    assert!(text.stdout.contains("; export counts\n"), "{text}");
    assert!(text.stdout.contains("%zktr_hist"), "{text}");
    let shown = place
        .run_to(0, &["diff", "--movement", "--cases", "100", "m.wasm"])
        .stdout;
    assert!(
        shown.contains("100 agree: interpreter rewritten"),
        "{shown}"
    );
}

#[test]
#[cfg(feature = "wasm")]
fn a_broken_module_is_refused() {
    let mut bytes = module();
    bytes.truncate(60);
    let place = Place::new("survey_broken").file("m.wasm", bytes);
    let shown = place.run_to(1, &["survey", "m.wasm"]).stderr;
    assert!(
        shown.contains("wasmtime does not translate this module"),
        "{shown}"
    );
}

#[test]
#[cfg(not(feature = "wasm"))]
fn without_the_feature_modules_are_named() {
    let place = Place::new("survey_without").file("m.wasm", module());
    let shown = place.run_to(1, &["opt", "m.wasm"]).stderr;
    assert!(shown.contains("this is a WebAssembly module"), "{shown}");
    assert!(shown.contains("--features wasm"), "{shown}");
}
