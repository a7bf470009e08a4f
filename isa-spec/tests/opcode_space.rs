//! Every word of the extension's opcode, at each of the opcodes that the extension can have.

use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_isa::model::Instruction;
use zktr_isa::{DecodeError, Parameters, Spec};

const OPCODE_BITS: u32 = 7;
/// Words of one opcode.
const WORDS: u32 = 1 << (32 - OPCODE_BITS);

fn choices() -> Vec<(String, u32)> {
    Spec::builtin().parameters[0].values.clone()
}

fn load(choice: &str) -> Arc<Spec> {
    Spec::load_with(&[], &Parameters::default().with("major", choice)).unwrap()
}

/// True for an instruction of the extension whose opcode is the parameter.
fn has_opcode(instruction: &Instruction, major: u32) -> bool {
    instruction.length == 4 && instruction.bits & ((1 << OPCODE_BITS) - 1) == major
}

/// How many words an instruction has: one for each choice of its operands' values.
fn words(instruction: &Instruction) -> u64 {
    let operands = instruction.operands.iter().filter(|o| o.fixed.is_none());
    operands.map(|operand| operand.allowed().count()).product()
}

/// Decodes the words of a part of the space, and counts them by instruction.
fn count(spec: &Spec, major: u32, part: std::ops::Range<u32>) -> BTreeMap<usize, u64> {
    let mut counts = BTreeMap::new();
    for upper in part {
        let word = upper << OPCODE_BITS | major;
        match spec.decode(word, 64) {
            Ok(decoded) => {
                *counts.entry(decoded.instruction).or_default() += 1;
                assert_eq!(
                    spec.encode(decoded.instruction, decoded.values()),
                    Ok(word),
                    "{word:08x}"
                );
            }
            Err(error) => {
                let unknown = DecodeError::Unknown { word, length: 4 };
                assert_eq!(error, unknown, "{word:08x}");
            }
        }
    }
    counts
}

/// Each word decodes to an instruction that encodes to it, or to none; and each instruction has exactly the words that
/// its operands' constraints leave it.
#[test]
fn every_word_of_the_opcode_has_its_instruction_or_none() {
    for (name, major) in choices() {
        check_every_word(&load(&name), major);
    }
}

fn check_every_word(spec: &Spec, major: u32) {
    let parts = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let size = WORDS.div_ceil(parts);
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..parts)
            .map(|part| {
                let part = part * size..((part + 1) * size).min(WORDS);
                scope.spawn(move || count(spec, major, part))
            })
            .collect();
        for thread in threads {
            for (instruction, found) in thread.join().unwrap() {
                *counts.entry(instruction).or_default() += found;
            }
        }
    });
    let expected: BTreeMap<usize, u64> = spec
        .instructions
        .iter()
        .enumerate()
        .filter(|(_, instruction)| has_opcode(instruction, major))
        .map(|(index, instruction)| (index, words(instruction)))
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(counts, expected);
}

/// At every opcode, all functions with some registers, and each of these words with each bit flipped, are
/// the same instructions.
#[test]
fn the_instructions_are_the_same_at_every_opcode() {
    let default = Spec::builtin();
    for (choice, major) in choices() {
        let spec = load(&choice);
        assert_eq!(spec.instructions.len(), default.instructions.len());
        let mut seen = 0;
        for function in 0..1 << 10 {
            let [funct7, funct3] = [function >> 3, function & 7];
            let word = funct7 << 25 | 12 << 20 | 11 << 15 | funct3 << 12 | 10 << 7 | major;
            for flipped in (0..32).map(|bit| word ^ 1 << bit).chain([word]) {
                if let Ok(decoded) = spec.decode(flipped, 64) {
                    let kept = if decoded.length == 2 {
                        0xffff
                    } else {
                        u32::MAX
                    };
                    assert_eq!(
                        spec.encode(decoded.instruction, decoded.values()),
                        Ok(flipped & kept)
                    );
                }
            }
            let here = spec
                .decode(word, 64)
                .ok()
                .map(|decoded| decoded.instruction);
            let opcode = default.parameters[0].values[default.parameters[0].chosen].1;
            let there = default
                .decode(word ^ major ^ opcode, 64)
                .ok()
                .map(|decoded| decoded.instruction);
            assert_eq!(here, there, "{choice} {word:08x}");
            seen += usize::from(here.is_some());
        }
        assert!(seen > 0);
    }
}

/// A legal word with one bit flipped is what the masks and constraints of the instructions say, read one by one.
#[test]
fn near_misses_decode_to_what_the_entries_say() {
    let spec = Spec::builtin();
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        state ^ state >> 29
    };
    for (index, instruction) in spec.instructions.iter().enumerate() {
        for _ in 0..8 {
            let values = instruction.sample(&mut random);
            let word = spec.encode(index, &values).unwrap();
            for bit in 0..u32::from(instruction.length) * 8 {
                let word = word ^ 1 << bit;
                for &xlen in &instruction.xlen {
                    let found = spec.decode(word, xlen).ok().map(|found| found.instruction);
                    assert_eq!(found, plain(&spec, word, xlen), "{word:08x} {xlen}");
                }
            }
        }
    }
}

/// Decodes without any table: all instructions are tried, with the values that make up the word by definition.
fn plain(spec: &Spec, word: u32, xlen: u8) -> Option<usize> {
    let length = if word & 3 == 3 { 4 } else { 2 };
    let word = if length == 2 { word & 0xffff } else { word };
    let mut fits = (0..spec.instructions.len()).filter(|&index| {
        let instruction = &spec.instructions[index];
        instruction.length == length
            && instruction.xlen.contains(&xlen)
            && word & instruction.mask == instruction.bits
            && instruction
                .operands
                .iter()
                .all(|operand| operand.fixed.is_some() || operand.accepts(value(operand, word)))
    });
    let found = fits.next();
    assert_eq!(fits.next(), None, "{word:08x}");
    found
}

/// The value of an operand, bit by bit from its slices.
fn value(operand: &zktr_isa::model::Operand, word: u32) -> i64 {
    use zktr_isa::model::OperandKind;
    let mut value = 0i64;
    for slice in &operand.slices {
        for bit in 0..slice.len {
            value |= i64::from(word >> (slice.word_lo + bit) & 1) << (slice.value_lo + bit);
        }
    }
    let width = operand.width();
    match operand.kind {
        _ if operand.kind.is_compressed() => value + 8,
        OperandKind::Imm { signed: true, .. } if value >> (width - 1) & 1 == 1 => {
            value - (1 << width) + operand.modulo.map_or(0, |bits| 1 << bits)
        }
        _ => value,
    }
}
