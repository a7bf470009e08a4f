//! Any text as a spec file: it is loaded, or there are errors that point into it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr_isa::Spec;
use zktr_isa::span::Source;

fuzz_target!(|text: &str| {
    match Spec::load(&[Source::new("fuzz.toml", text)]) {
        Ok(spec) => {
            for instruction in &spec.instructions {
                for mode in &instruction.modes {
                    std::hint::black_box(&mode.name);
                }
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(!error.to_string().is_empty());
            }
        }
    }
});
