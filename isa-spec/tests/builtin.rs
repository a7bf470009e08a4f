//! The built-in spec: its encodings, both ways.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;
use zktr_isa::model::LayoutContent;
use zktr_isa::span::Source;
use zktr_isa::{DecodeError, EncodeError, Parameters, Spec, manual};

/// Loads the built-in spec; on failure shows all messages.
fn load(parameters: &Parameters) -> Arc<Spec> {
    Spec::load_with(&[], parameters).unwrap_or_else(|messages| {
        let shown: Vec<String> = messages.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"));
    })
}

#[test]
fn all_instructions() {
    let spec = load(&Parameters::default());
    let mut out = String::new();
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let xlen: Vec<String> = instruction.xlen.iter().map(u8::to_string).collect();
        let width = usize::from(instruction.length) * 2;
        let _ = writeln!(
            out,
            "{:<28} {:<8} {:<5} {:<11} mask {:0width$x} bits {:0width$x}",
            manual::syntax(&spec, index),
            instruction.extension,
            xlen.join(" "),
            instruction.format,
            instruction.mask,
            instruction.bits,
        );
    }
    insta::assert_snapshot!(out);
}

#[test]
fn manual_entries() {
    let spec = load(&Parameters::default());
    let mut out = String::new();
    for name in [
        "zktr.logup",
        "zktr.scan",
        "zktr.inv",
        "zktr.wait",
        "addi",
        "c.lui",
        "c.lwsp",
        "beq",
        "mulh",
        "csrrs",
    ] {
        out.push_str(&manual::markdown(&spec, spec.instruction(name).unwrap()));
        out.push('\n');
    }
    insta::assert_snapshot!(out);
}

#[test]
fn every_bit_of_every_word_is_accounted_for() {
    for instruction in &load(&Parameters::default()).instructions {
        let width = u32::from(instruction.length) * 8;
        let all = u32::MAX >> (32 - width);
        let mut seen = instruction.mask;
        for operand in &instruction.operands {
            for slice in &operand.slices {
                let bits = (((1u64 << slice.len) - 1) << slice.word_lo) as u32;
                assert_eq!(seen & bits, 0, "{}", instruction.name);
                seen |= bits;
            }
        }
        assert_eq!(seen, all, "{}", instruction.name);
        let laid_out: u32 = instruction
            .layout
            .iter()
            .map(|field| u32::from(field.len))
            .sum();
        assert_eq!(laid_out, width, "{}", instruction.name);
        for field in &instruction.layout {
            if let LayoutContent::Fixed(value) = field.content {
                assert_eq!(
                    (instruction.bits >> field.lo) & ((1 << field.len) - 1),
                    value,
                    "{}",
                    instruction.name
                );
            }
        }
    }
}

#[test]
fn all_compressed_words_decode_to_what_encodes_them() {
    let spec = load(&Parameters::default());
    for xlen in [32, 64] {
        let mut known = 0;
        for word in (0..=0xffff).filter(|word| word & 3 != 3) {
            if let Ok(decoded) = spec.decode(word, xlen) {
                known += 1;
                assert_eq!(decoded.length, 2);
                assert_eq!(
                    spec.encode(decoded.instruction, decoded.values()),
                    Ok(word),
                    "{word:04x}"
                );
            }
        }
        // Half of the space is floating point, hints and reserved at most.
        assert!(known > 24_576, "{known}");
    }
}

#[test]
fn wrong_operands_are_refused_with_what_would_be_right() {
    let spec = load(&Parameters::default());
    for (name, values, message) in [
        (
            "addi",
            &[1i64, 2, 2048][..],
            "operand must be an integer in the range [-2048, 2047], not 2048",
        ),
        (
            "addi",
            &[32, 2, 0],
            "operand must be an integer in the range [0, 31], not 32",
        ),
        (
            "addi",
            &[-1, 2, 0],
            "operand must be an integer in the range [0, 31], not -1",
        ),
        (
            "beq",
            &[1, 2, 3],
            "operand must be a multiple of 2 in the range [-4096, 4094], not 3",
        ),
        (
            "jal",
            &[1, 1 << 20],
            "operand must be a multiple of 2 in the range [-1048576, 1048574], not 1048576",
        ),
        (
            "lui",
            &[1, -1],
            "operand must be an integer in the range [0, 1048575], not -1",
        ),
        (
            "slli",
            &[1, 1, 64],
            "operand must be an integer in the range [0, 63], not 64",
        ),
        (
            "csrrw",
            &[1, 4096, 1],
            "operand must be an integer in the range [0, 4095], not 4096",
        ),
        (
            "c.addi",
            &[1, 32],
            "operand must be an integer in the range [-32, 31], not 32",
        ),
        (
            "c.addi16sp",
            &[0],
            "operand must be a non-zero multiple of 16 in the range [-512, 496], not 0",
        ),
        (
            "c.lui",
            &[1, 32],
            "operand must be an integer in the range [1, 31] or [1048544, 1048575], not 32",
        ),
        (
            "c.lw",
            &[7, 0, 8],
            "operand must be an integer in the range [8, 15], not 7",
        ),
        (
            "c.addi16sp",
            &[8],
            "operand must be a non-zero multiple of 16 in the range [-512, 496], not 8",
        ),
        ("c.addi16sp", &[16, 3], "operand must be 2, not 3"),
        (
            "c.mv",
            &[1, 0],
            "operand must be an integer in the range [1, 31], not 0",
        ),
        ("add", &[1, 2], "3 operands are needed, not 2"),
        (
            "add",
            &[i64::MIN, i64::MAX, 0],
            "operand must be an integer in the range [0, 31], not -9223372036854775808",
        ),
    ] {
        let error = spec
            .encode(spec.instruction(name).unwrap(), values)
            .unwrap_err();
        assert_eq!(error.to_string(), message, "{name}");
    }
    assert_eq!(
        spec.encode(usize::MAX, &[]),
        Err(EncodeError::UnknownInstruction)
    );
}

#[test]
fn the_end_of_the_input_is_not_an_unknown_instruction() {
    let spec = load(&Parameters::default());
    for (bytes, needed) in [
        (&[][..], 2),
        (&[0x13], 2),
        (&[0x13, 0], 4),
        (&[0x13, 0, 0], 4),
        (&[0x1f, 0, 0, 0], 6),
    ] {
        assert_eq!(
            spec.decode_bytes(bytes, 64),
            Err(DecodeError::Exhausted { needed })
        );
    }
    assert_eq!(spec.decode_bytes(&[0x13, 0, 0, 0], 64).unwrap().length, 4);
    assert_eq!(spec.decode_bytes(&[0x01, 0, 0xff], 64).unwrap().length, 2);
    assert_eq!(
        spec.decode_bytes(&[0xff; 8], 64),
        Err(DecodeError::Unknown {
            word: u32::MAX,
            length: 8
        })
    );
}

#[test]
fn harts_have_the_instructions_of_their_width() {
    let spec = load(&Parameters::default());
    let word = spec
        .encode(spec.instruction_for("addiw", 64).unwrap(), &[1, 2, 3])
        .unwrap();
    assert!(spec.decode(word, 64).is_ok());
    assert!(spec.decode(word, 32).is_err());
    assert_eq!(spec.instruction_for("addiw", 32), None);
    // A shift by 32 exists on RV64 only.
    let shift = spec
        .encode(spec.instruction("slli").unwrap(), &[1, 2, 32])
        .unwrap();
    assert!(spec.decode(shift, 32).is_err());
    assert_ne!(
        spec.instruction_for("rev8", 32),
        spec.instruction_for("rev8", 64)
    );
    assert!(
        spec.instruction_for("c.jal", 32).is_some() && spec.instruction_for("c.jal", 64).is_none()
    );
}

#[test]
fn aliases_bind_every_operand_of_their_targets() {
    let spec = load(&Parameters::default());
    for alias in &spec.aliases {
        let target = &spec.instructions[alias.target];
        assert_eq!(
            alias.bindings.len(),
            target.operands.len(),
            "{}",
            alias.name
        );
    }
    let nop = &spec.aliases[spec.aliases_named("nop")[0]];
    assert_eq!(nop.target, spec.instruction("addi").unwrap());
    assert_eq!(spec.aliases_named("jalr").len(), 7);
    assert!(spec.aliases_named("addi").is_empty());
}

#[test]
fn registers_and_csrs_have_their_names() {
    let spec = load(&Parameters::default());
    for (name, number) in [
        ("x0", 0),
        ("zero", 0),
        ("sp", 2),
        ("fp", 8),
        ("s0", 8),
        ("a0", 10),
        ("t6", 31),
        ("x31", 31),
    ] {
        assert_eq!(spec.register(name), Some(number), "{name}");
    }
    for name in ["x32", "x-1", "x01", "A0", ""] {
        assert_eq!(spec.register(name), None, "{name}");
    }
    assert_eq!(spec.csr_by_name("zktr.version").unwrap().number, 0xCE0);
    assert_eq!(spec.csr_by_number(0xC00).unwrap().name, "cycle");
}

#[test]
fn compressed_instructions_mean_what_they_stand_for() {
    let spec = load(&Parameters::default());
    let mut out = String::new();
    for (index, instruction) in spec
        .instructions
        .iter()
        .enumerate()
        .filter(|(_, i)| i.extension == "C")
    {
        let text = spec.semantics_text(index, &instruction.modes[0].semantics);
        let _ = writeln!(
            out,
            "{:<26} {}",
            manual::syntax(&spec, index),
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        for operand in &instruction.operands {
            assert!(operand.fixed.is_none() || operand.kind.register().is_some());
        }
    }
    insta::assert_snapshot!(out);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn encoding_and_decoding_are_inverse(random in any::<[u64; 6]>()) {
        let spec = Spec::builtin();
        for (index, instruction) in spec.instructions.iter().enumerate() {
            let mut numbers = random.iter().copied().cycle();
            let values = instruction.sample(&mut || numbers.next().unwrap_or_default());
            let word = spec.encode(index, &values).unwrap();
            for &xlen in &instruction.xlen {
                let decoded = spec.decode(word, xlen).unwrap();
                prop_assert_eq!((decoded.instruction, decoded.values()), (index, &values[..]), "{}", instruction.name);
                prop_assert_eq!(decoded.length, instruction.length);
            }
            let decoded = spec.decode_bytes(&word.to_le_bytes(), instruction.xlen[0]).unwrap();
            prop_assert_eq!(decoded.values(), &values[..]);
        }
    }

    #[test]
    fn decoded_words_encode_to_themselves(words in proptest::collection::vec(any::<u32>(), 4096)) {
        let spec = Spec::builtin();
        for word in words {
            for xlen in [32, 64] {
                if let Ok(decoded) = spec.decode(word, xlen) {
                    let length = if decoded.length == 2 { 0xffff } else { u32::MAX };
                    prop_assert_eq!(spec.encode(decoded.instruction, decoded.values()), Ok(word & length));
                    prop_assert!(spec.instructions[decoded.instruction].xlen.contains(&xlen));
                }
            }
        }
    }
}

#[test]
fn what_is_left_out_at_first_is_what_a_full_check_finds() {
    let quick = Spec::load(&[]).unwrap();
    let full = Spec::of_files(Spec::builtin_files(), &Parameters::default()).unwrap();
    let text = |value: &dyn std::fmt::Debug| format!("{value:?}");
    assert_eq!(text(&quick.instructions), text(&full.instructions));
    assert_eq!(text(&quick.descriptors), text(&full.descriptors));
    assert_eq!(text(quick.trace()), text(full.trace()));
    assert!(!quick.trace().tables.is_empty());
    // With a file of a user, all of them are read together.
    let table = Source::new(
        "user.toml",
        "[trace.table.add_sub]\ndoc = \"Another one.\"\n",
    );
    let errors = Spec::load(&[table]).unwrap_err();
    assert!(
        errors.iter().any(|e| e.message.contains("defined twice")),
        "{errors:?}"
    );
}
