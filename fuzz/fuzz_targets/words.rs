//! Any bytes as code: what the disassembler prints assembles to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, disassemble};

/// More bytes tell nothing that fewer do not.
const MAX_BYTES: usize = 4096;

fuzz_target!(|input: (bool, bool, bool, &[u8])| {
    let (rv32, aliases, numeric, bytes) = input;
    if bytes.len() > MAX_BYTES {
        return;
    }
    let xlen = if rv32 { 32 } else { 64 };
    let spec = Spec::builtin();
    let style = DisasmOptions {
        xlen,
        aliases,
        numeric,
        relative: true,
        ..DisasmOptions::default()
    };
    let lines = disassemble(&spec, bytes, 0, &style);
    let text: String = lines
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect();
    let source = Source::new("words.s", text.as_str());
    let object = assemble(
        &spec,
        &source,
        &Options {
            xlen,
            debug: false,
            ..Options::default()
        },
    );
    let object = object.unwrap_or_else(|errors| panic!("{}", errors[0]));
    let flat = object.flat(&spec, 0);
    let flat = flat.unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert_eq!(flat, bytes, "{text}");
});
