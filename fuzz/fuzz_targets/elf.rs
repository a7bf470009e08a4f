//! Any bytes as an ELF file: it is listed and written as a source, or there is an error; it is loaded and runs until something stops it, or
//! there are errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr_asm::objdump::dump_source;
use zktr_asm::{DisasmOptions, objdump};
use zktr_emu::host::{Machine, Options};
use zktr_emu::loader::{self, Input};
use zktr_isa::Spec;

/// Instructions of a program.
const FUEL: u64 = 10_000;

fuzz_target!(|bytes: &[u8]| {
    let spec = Spec::builtin();
    if let Err(error) = objdump(&spec, bytes, &DisasmOptions::default()) {
        assert!(!error.to_string().is_empty());
    }
    // It fails as the listing does, or not at all.
    let _ = dump_source(&spec, "fuzz.elf", bytes, &mut Vec::new());
    let options = Options {
        memory: 1 << 20,
        stack: 1 << 14,
        ..Options::default()
    };
    let input = Input {
        name: "fuzz.elf",
        bytes,
    };
    match loader::load(&spec, &[input], options.memory) {
        Ok(image) => {
            if let Ok(mut machine) = Machine::load(spec, &image, options) {
                machine.run(FUEL);
            }
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
});
