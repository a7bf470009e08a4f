//! Any CLIF that Cranelift takes: the pass does not panic, and what it leaves is valid.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr::{clif, diff};
use zktr_isa::Spec;
use zktr_isa::span::Source;
use zktr_pass::{Options, Pass};

fuzz_target!(|text: &str| {
    let Ok(units) = clif::read(&Source::new("fuzz.clif", text)) else {
        return;
    };
    let spec = Spec::builtin();
    let pass = Pass::new(spec.clone(), Options::default());
    let functions = units.into_iter().map(|unit| unit.function).collect();
    // Fails if the pass panics or the verifier rejects what it has made.
    if let Err(error) = diff::prepare(&spec, &pass, functions) {
        panic!("{error}");
    }
});
