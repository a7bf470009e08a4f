//! Any text as assembly: an object that can be written, listed, and taken apart to a source, or errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr_asm::objdump::{dump_source, filter};
use zktr_asm::{DisasmOptions, NoFiles, Options, Source, Spec, assemble_with, listing, objdump};

fuzz_target!(|text: &str| {
    let spec = Spec::builtin();
    let (mut input, mut passed) = (text.as_bytes(), Vec::new());
    filter(&spec, &DisasmOptions::default(), &mut input, &mut passed)
        .expect("memory can be read and written");
    assert!(passed.len() >= text.len());
    let source = Source::new("fuzz.s", text);
    for xlen in [32, 64] {
        let options = Options {
            xlen,
            debug: true,
            listing: true,
            arch: text.starts_with('#').then(|| format!("rv{xlen}imac")),
            ..Options::default()
        };
        match assemble_with(&spec, &source, &options, &NoFiles) {
            Ok(object) => {
                let elf = object
                    .write_elf()
                    .expect("an object that was assembled can be written");
                objdump(&spec, &elf, &DisasmOptions::default()).expect("our own objects are read");
                let mut text = Vec::new();
                dump_source(&spec, "fuzz.o", &elf, &mut text).expect("our own objects are read");
                text.clear();
                listing(&spec, &object, &mut text).expect("memory can be written");
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
