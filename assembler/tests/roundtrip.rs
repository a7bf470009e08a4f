//! What the disassembler prints assembles to the same bytes.

use proptest::prelude::*;
use zktr_asm::{DisasmOptions, Options, Source, Spec, assemble, disassemble};

/// All ways of printing that are meant to be read back.
fn styles(xlen: u8) -> impl Iterator<Item = DisasmOptions> {
    [(true, true), (true, false), (false, true), (false, false)]
        .into_iter()
        .map(move |(aliases, numeric)| DisasmOptions {
            xlen,
            aliases,
            numeric,
            relative: true,
            ..DisasmOptions::default()
        })
}

/// Disassembles and assembles in all ways; the error says which line differs.
fn check(spec: &Spec, bytes: &[u8], xlen: u8) -> Result<(), String> {
    styles(xlen).try_for_each(|style| check_in(spec, bytes, &style))
}

/// The same in one way.
fn check_in(spec: &Spec, bytes: &[u8], style: &DisasmOptions) -> Result<(), String> {
    let lines = disassemble(spec, bytes, 0, style);
    let text: String = lines
        .iter()
        .map(|line| format!("{}\n", line.text))
        .collect();
    let source = Source::new("roundtrip.s", text);
    let options = Options {
        xlen: style.xlen,
        debug: false,
        ..Options::default()
    };
    let object = assemble(spec, &source, &options).map_err(|errors| {
        errors
            .iter()
            .take(3)
            .map(ToString::to_string)
            .collect::<String>()
    })?;
    let flat = object
        .flat(spec, 0)
        .map_err(|errors| errors[0].to_string())?;
    let mut at = 0;
    for line in &lines {
        let end = at + usize::from(line.length);
        if flat.get(at..end) != bytes.get(at..end) {
            return Err(format!(
                "{:x?} prints as {:?} and becomes {:x?}",
                &bytes[at..end],
                line.text,
                &flat[at..]
            ));
        }
        at = end;
    }
    if flat.len() != bytes.len() {
        return Err(format!("{} bytes become {}", bytes.len(), flat.len()));
    }
    Ok(())
}

#[test]
fn every_function_code_of_the_custom_opcodes() {
    let spec = Spec::builtin();
    let mut bytes = Vec::new();
    for opcode in [0x0b, 0x2b, 0x5b, 0x7b] {
        for funct7 in 0..128u32 {
            for funct3 in 0..8 {
                for [rd, rs1, rs2] in [[0, 0, 0], [10, 11, 12], [31, 1, 5], [8, 0, 0], [0, 17, 0]] {
                    let word =
                        funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
                    bytes.extend_from_slice(&word.to_le_bytes());
                }
            }
        }
    }
    for xlen in [32, 64] {
        check(&spec, &bytes, xlen).unwrap();
    }
}

#[test]
fn every_halfword() {
    let spec = Spec::builtin();
    let bytes: Vec<u8> = (0..=u16::MAX)
        .filter(|half| half & 3 != 3)
        .flat_map(u16::to_le_bytes)
        .collect();
    for xlen in [32, 64] {
        check(&spec, &bytes, xlen).unwrap();
    }
}

#[test]
fn every_instruction_with_operands_at_their_limits() {
    let spec = Spec::builtin();
    for xlen in [32, 64] {
        let mut bytes = Vec::new();
        for (index, instruction) in spec
            .instructions
            .iter()
            .enumerate()
            .filter(|(_, i)| i.xlen.contains(&xlen))
        {
            for pick in 0..4 {
                let values: Vec<i64> = instruction
                    .operands
                    .iter()
                    .map(|operand| {
                        let allowed = operand.allowed();
                        let mut value = match pick {
                            0 => allowed.min,
                            1 => allowed.max,
                            2 => allowed.min + allowed.multiple,
                            _ => allowed.max - allowed.multiple,
                        };
                        while !allowed.contains(value) && value < allowed.max {
                            value += allowed.multiple;
                        }
                        value
                    })
                    .collect();
                if let Ok(word) = spec.encode(index, &values) {
                    bytes.extend_from_slice(&word.to_le_bytes()[..usize::from(instruction.length)]);
                }
            }
        }
        assert!(bytes.len() > 1000);
        check(&spec, &bytes, xlen).unwrap();
    }
}

#[test]
fn words_that_end_early() {
    let spec = Spec::builtin();
    for bytes in [
        &[0x13][..],
        &[0x13, 0x05, 0xa5],
        &[0x1f, 0, 0, 0],
        &[0x3f, 0, 0, 0, 1, 2, 3],
        &[0x7f, 0, 1, 2, 3, 4],
    ] {
        check(&spec, bytes, 64).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn programs(seed in 1u64.., rv32: bool) {
        let spec = Spec::builtin();
        let xlen = if rv32 { 32 } else { 64 };
        let extensions: Vec<&str> = spec.extensions.iter().map(|e| e.name.as_str()).collect();
        let mut state = seed;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let program = spec.programs(xlen, &extensions).sample(200, &mut random);
        prop_assert_eq!(check(&spec, &program.code, xlen), Ok(()));
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2000), rv32: bool) {
        let spec = Spec::builtin();
        prop_assert_eq!(check(&spec, &bytes, if rv32 { 32 } else { 64 }), Ok(()));
    }

    /// Random bytes seldom are instructions of 32 bits: here all words have that length.
    #[test]
    fn any_words(words in proptest::collection::vec(any::<u32>(), 0..1000), rv32: bool) {
        let spec = Spec::builtin();
        let bytes: Vec<u8> = words.iter().flat_map(|word| (word & !0x1c | 3).to_le_bytes()).collect();
        prop_assert_eq!(check(&spec, &bytes, if rv32 { 32 } else { 64 }), Ok(()));
        let bytes: Vec<u8> = words.iter().flat_map(|word| (word & !0x0c | 0x13).to_le_bytes()).collect();
        prop_assert_eq!(check(&spec, &bytes, if rv32 { 32 } else { 64 }), Ok(()));
    }
}

/// The words of a major opcode, in pieces that fit in memory: all of them with `ZKTR_EXHAUSTIVE`, one in 61 otherwise.
#[test]
fn every_word_of_the_extension() {
    const PIECE: usize = 1 << 16;
    let spec = Spec::builtin();
    let step = if std::env::var_os("ZKTR_EXHAUSTIVE").is_some() {
        1
    } else {
        61
    };
    let mut count = 0;
    for opcode in [0x0b, 0x7b] {
        let mut words = (0..1u32 << 25).step_by(step).map(|high| high << 7 | opcode);
        loop {
            let bytes: Vec<u8> = words
                .by_ref()
                .take(PIECE)
                .flat_map(u32::to_le_bytes)
                .collect();
            if bytes.is_empty() {
                break;
            }
            count += bytes.len() / 4;
            let style = DisasmOptions {
                relative: true,
                ..DisasmOptions::default()
            };
            check_in(&spec, &bytes, &style).unwrap();
        }
    }
    println!("{count} words");
}
