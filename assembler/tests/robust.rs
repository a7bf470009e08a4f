//! No input makes the assembler or the disassembler panic or run away.

use proptest::prelude::*;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, explain, objdump};

/// A source that uses about everything.
const KERNEL: &str = include_str!("kernel.s");

/// Everything that can be done with a source.
fn exercise(text: &str) {
    let spec = Spec::builtin();
    let source = Source::new("fuzz.s", text);
    for xlen in [32, 64] {
        match assemble(
            &spec,
            &source,
            &Options {
                xlen,
                debug: true,
                ..Options::default()
            },
        ) {
            Ok(object) => {
                let elf = object.write_elf().unwrap();
                objdump(&spec, &elf, &DisasmOptions::default()).unwrap();
                // It may be refused, for symbols that are not defined.
                let _ = object.flat(&spec, 0x8000_0000);
            }
            Err(errors) => {
                assert!(!errors.is_empty() && errors.len() <= 101);
                for error in errors {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!(".word {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!(".word {}1", "-".repeat(100_000)),
        format!(".word {}1", "~!".repeat(100_000)),
        format!(".word {}1", "a+".repeat(100_000)),
        format!("addi a0, a0, {}", "%lo(".repeat(10_000)),
        ".option push\n".repeat(100_000),
        ".pushsection .text\n".repeat(100_000),
    ] {
        let spec = Spec::builtin();
        assert!(assemble(&spec, &Source::new("deep.s", text), &Options::default()).is_err());
    }
}

#[test]
fn definitions_that_refer_to_each_other_end() {
    // Each one doubles the one before.
    let doubling: String = (0..200)
        .map(|i| format!(".set s{}, s{i} + s{i} - x\n", i + 1))
        .collect();
    exercise(&format!("{doubling}.word s200\n"));
    // The other way round, none is known when it is used.
    let chain: String = (0..5000)
        .rev()
        .map(|i| format!(".set s{}, s{i} + s{i}\n", i + 1))
        .collect();
    exercise(&format!("{chain}.set s0, 1\n.word s5000\n"));
    exercise(".set a, b\n.set b, a\n.word a\n");
    exercise(".set a, x+1\n.set a, a+a\n.set a, a+a\n.set a, a+a\n.word a\n");
}

#[test]
fn memory_is_bounded() {
    for text in [
        ".zero 0x7fffffffffffffff",
        ".fill 0x7fffffffffffffff, 8, 1",
        ".org 0x7fffffffffffffff",
        ".bss\n.zero 0x7fffffffffffffff",
        ".zero 0xfffffff\n.zero 0xfffffff",
    ] {
        let spec = Spec::builtin();
        let errors = assemble(&spec, &Source::new("big.s", text), &Options::default()).unwrap_err();
        assert_eq!(errors.len(), 1, "{text}");
    }
}

#[test]
fn hostile_elf_files() {
    let spec = Spec::builtin();
    let object = assemble(
        &spec,
        &Source::new("k.s", KERNEL),
        &Options {
            xlen: 64,
            debug: true,
            ..Options::default()
        },
    )
    .unwrap();
    let elf = object.write_elf().unwrap();
    // Every prefix, and every byte changed.
    for len in 0..elf.len() {
        let _ = objdump(&spec, &elf[..len], &DisasmOptions::default());
    }
    for at in 0..elf.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut changed = elf.clone();
            changed[at] = value;
            if let Ok(text) = objdump(&spec, &changed, &DisasmOptions::default()) {
                assert!(text.len() < 100 * elf.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text(text in "\\PC*") {
        exercise(&text);
    }

    #[test]
    fn any_bytes_as_elf(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let spec = Spec::builtin();
        let _ = objdump(&spec, &bytes, &DisasmOptions::default());
    }

    #[test]
    fn any_word_is_explained(word: u32) {
        let spec = Spec::builtin();
        for xlen in [32, 64] {
            prop_assert!(!explain(&spec, word, xlen).is_empty());
        }
    }

    /// A good source with a piece cut out, doubled, or replaced.
    #[test]
    fn mutated_source(
        from in 0..KERNEL.len(),
        len in 0usize..40,
        with in prop_oneof![Just(""), Just(","), Just("("), Just("\""), Just("/*"), Just("'"), Just("%lo("),
            Just("0x"), Just("-1"), Just("\n"), Just(": "), Just(".L"), Just("1f"), Just("a0"), Just("{"), Just("é")],
        twice: bool,
    ) {
        let to = (from + len).min(KERNEL.len());
        prop_assume!(KERNEL.is_char_boundary(from) && KERNEL.is_char_boundary(to));
        let piece = if twice { KERNEL[from..to].repeat(2) } else { with.to_owned() };
        exercise(&format!("{}{piece}{}", &KERNEL[..from], &KERNEL[to..]));
    }
}
