//! Any text as assembly: an object that can be written and listed, or errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr_asm::{DisasmOptions, NoFiles, Options, Source, Spec, assemble_with, objdump};

fuzz_target!(|text: &str| {
    let spec = Spec::builtin();
    let source = Source::new("fuzz.s", text);
    for xlen in [32, 64] {
        let options = Options {
            xlen,
            debug: true,
            arch: text.starts_with('#').then(|| format!("rv{xlen}imac")),
            ..Options::default()
        };
        match assemble_with(&spec, &source, &options, &NoFiles) {
            Ok(object) => {
                let elf = object
                    .write_elf()
                    .expect("an object that was assembled can be written");
                objdump(&spec, &elf, &DisasmOptions::default()).expect("our own objects are read");
                // It may be refused, for symbols that are not defined.
                let _ = object.flat(&spec, 0x8000_0000);
            }
            Err(errors) => {
                assert!(!errors.is_empty());
                for error in errors {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
});
