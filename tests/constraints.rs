//! A constraint that a spec file declares once holds everywhere: each operand of each instruction and each field of
//! each descriptor is walked through the parser of assembly, the encoder, the decoder, the generators of random
//! instructions and descriptors, the unit, and the manual.

use std::collections::BTreeSet;
use std::sync::Arc;
use zktr_asm::{Options, assemble};
use zktr_emu::golden;
use zktr_emu::memory::FlatMemory;
use zktr_isa::model::{DescriptorField, Instruction, Operand, OperandKind, Phase, SyntaxPiece};
use zktr_isa::span::Source;
use zktr_isa::{Arena, EncodeError, FieldValues, Spec, manual};

/// The built-in spec with a user's file that has constraints of all kinds.
fn specs() -> Vec<Arc<Spec>> {
    let own = Source::new("constraints.toml", include_str!("constraints.toml"));
    let own = Spec::load(&[own]);
    vec![Spec::builtin(), own.unwrap_or_else(|e| panic!("{}", e[0]))]
}

/// A generator of 64-bit numbers.
fn random(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

fn xlen(instruction: &Instruction) -> u8 {
    instruction.xlen.iter().copied().max().unwrap_or(64)
}

/// What the assembler says of a text; empty if it takes it.
fn errors(spec: &Spec, xlen: u8, text: &str) -> Vec<String> {
    let options = Options {
        xlen,
        ..Options::default()
    };
    let source = Source::new("constraint.s", text);
    match assemble(spec, &source, &options) {
        Ok(_) => Vec::new(),
        Err(diagnostics) => diagnostics.into_iter().map(|d| d.message).collect(),
    }
}

/// Values at the edges of what an operand may have: those that it may not have.
fn illegal(operand: &Operand) -> BTreeSet<i64> {
    let allowed = operand.allowed();
    let mut edges = vec![allowed.min - 1, allowed.min - allowed.multiple];
    edges.extend([allowed.max + 1, allowed.max + allowed.multiple]);
    if let Some((low, high)) = allowed.upper {
        edges.extend([
            low - 1,
            low - allowed.multiple,
            high + 1,
            high + allowed.multiple,
        ]);
    }
    edges.extend((1..allowed.multiple).map(|n| allowed.min + n));
    edges.extend(&allowed.exclude);
    edges
        .into_iter()
        .filter(|value| !allowed.contains(*value))
        .collect()
}

/// An instruction as it is written, with numbers for all operands but registers.
fn written(spec: &Spec, instruction: &Instruction, values: &[i64]) -> String {
    let mut out = format!("{} ", instruction.name);
    for piece in &instruction.syntax {
        match piece {
            SyntaxPiece::Punct(punct) => out.push(*punct),
            SyntaxPiece::Operand(id) => {
                let value = values[id.0 as usize];
                out.push_str(&match instruction.operands[id.0 as usize].kind {
                    OperandKind::Gpr { .. } => format!("{}{value}", spec.registers.prefix),
                    OperandKind::Fpr { .. } => format!("{}{value}", spec.float_registers.prefix),
                    OperandKind::Imm {
                        pc_relative: true, ..
                    } => format!(". + {value}"),
                    _ => value.to_string(),
                });
            }
        }
    }
    out
}

/// True if the assembler makes another instruction of a value that this one cannot have, on purpose: of a target out of
/// the reach of a branch, a branch around a jump; of a jump that is out of reach, one with a relocation.
fn is_rewritten(operand: &Operand, value: i64) -> bool {
    let relative = matches!(
        operand.kind,
        OperandKind::Imm {
            pc_relative: true,
            ..
        }
    );
    relative && value % operand.allowed().multiple == 0
}

#[test]
fn what_an_operand_may_not_have_is_parsed_encoded_decoded_and_drawn_by_nobody() {
    let (mut walked, mut parsed, mut decoded) = (0, 0, 0);
    for spec in specs() {
        for (index, instruction) in spec.instructions.iter().enumerate() {
            let xlen = xlen(instruction);
            let mut random = random(index as u64 + 1);
            let drawn: Vec<Vec<i64>> = (0..200).map(|_| instruction.sample(&mut random)).collect();
            for (number, operand) in instruction.operands.iter().enumerate() {
                let allowed = operand.allowed();
                assert!(drawn.iter().all(|values| allowed.contains(values[number])));
                for value in illegal(operand) {
                    walked += 1;
                    let mut values = drawn[0].clone();
                    let legal = written(&spec, instruction, &values);
                    values[number] = value;
                    let text = written(&spec, instruction, &values);
                    let refused = spec.encode(index, &values);
                    assert!(
                        matches!(&refused, Err(EncodeError::Operand { operand, value: v, .. })
                            if operand.0 as usize == number && *v == value),
                        "{text}: {refused:?}"
                    );
                    if operand.fixed.is_none() {
                        decoded +=
                            usize::from(is_not_decoded(&spec, index, &drawn[0], number, value));
                    }
                    if operand.fixed.is_none() && !is_rewritten(operand, value) {
                        parsed += 1;
                        assert_eq!(errors(&spec, xlen, &legal), [""; 0], "{legal}");
                        assert_ne!(errors(&spec, xlen, &text), [""; 0], "{text}");
                    }
                }
            }
        }
    }
    println!("{walked} illegal values, {parsed} as text, {decoded} as words");
    assert!(walked > 2000 && parsed > 2000 && decoded > 100);
}

/// Puts a value into a word where its bits can stand there; true if they could. The word is not decoded as the
/// instruction with that value.
fn is_not_decoded(spec: &Spec, index: usize, values: &[i64], number: usize, value: i64) -> bool {
    let instruction = &spec.instructions[index];
    let operand = &instruction.operands[number];
    let offset = match operand.kind.is_compressed() {
        true => 8,
        false => 0,
    };
    let stored = value - offset;
    let held: i64 = operand
        .slices
        .iter()
        .map(|slice| stored & (((1i64 << slice.len) - 1) << slice.value_lo))
        .sum();
    // A negative value is held by its low bits, but then so is another one.
    if held != stored {
        return false;
    }
    let mut word = spec.encode(index, values).unwrap();
    for slice in &operand.slices {
        let mask = ((1u64 << slice.len) - 1) as u32;
        word &= !(mask << slice.word_lo);
        word |= ((stored >> slice.value_lo) as u32 & mask) << slice.word_lo;
    }
    if let Ok(found) = spec.decode(word, xlen(instruction)) {
        let same = found.instruction == index && found.values()[number] == value;
        assert!(
            !same,
            "{:#x} is decoded as {} with {value}",
            word, instruction.name
        );
    }
    true
}

#[test]
fn the_manual_states_what_operands_and_fields_may_have() {
    for spec in specs() {
        for (index, instruction) in spec.instructions.iter().enumerate() {
            // Brackets are escaped in Markdown.
            let page = manual::markdown(&spec, index).replace('\\', "");
            for operand in &instruction.operands {
                let allowed = operand.allowed();
                let needles = match operand.kind {
                    // Of the floating-point registers none is excluded anywhere.
                    OperandKind::Fpr { .. } => Vec::new(),
                    OperandKind::Gpr { .. } => {
                        let excluded = allowed.exclude.iter();
                        excluded
                            .map(|number| spec.registers.abi[*number as usize].clone())
                            .collect()
                    }
                    _ => vec![allowed.to_string()],
                };
                for needle in needles {
                    assert!(
                        page.contains(&needle),
                        "{}: no `{needle}` in\n{page}",
                        instruction.name
                    );
                }
            }
            let Some(descriptor) = spec.descriptor_of(index) else {
                continue;
            };
            for field in &descriptor.fields {
                let needle = match (field.value, field.max) {
                    (Some(value), _) => format!("`{}` is {value}", field.name),
                    (None, Some(max)) => format!("`{}` is at most {max}", field.name),
                    (None, None) => continue,
                };
                assert!(
                    page.contains(&needle),
                    "{}: no `{needle}` in\n{page}",
                    instruction.name
                );
            }
        }
    }
}

/// Where the memory of a unit begins, and its descriptor.
const BASE: u64 = 0x1_0000;
/// The first byte for views.
const VIEWS: u64 = BASE + 0x1000;
/// Bytes of the memory.
const SIZE: usize = 1 << 18;

/// Memory with a descriptor in it; elsewhere words that are residues of every field and of no index beyond 1.
fn memory(descriptor: &[u8]) -> FlatMemory {
    let mut bytes: Vec<u8> = (0..SIZE)
        .map(|i| u8::from(i % 4 == 0 && i % 12 == 0))
        .collect();
    bytes[..descriptor.len()].copy_from_slice(descriptor);
    FlatMemory::new(BASE, bytes).unwrap()
}

/// The status of an instruction with this descriptor.
fn status(spec: &Spec, index: usize, count: u64, descriptor: &[u8]) -> u64 {
    let options = golden::Options::default();
    golden::offload(
        spec,
        index,
        BASE,
        count,
        64,
        &mut memory(descriptor),
        &options,
    )
}

/// Values at the edges of what a field may have: those that it may not have.
fn illegal_values(field: &DescriptorField, values: &FieldValues) -> BTreeSet<u64> {
    let widest = u64::MAX >> (64 - 8 * field.size.min(8));
    let edges = values
        .ranges()
        .flat_map(|(low, high)| [low.checked_sub(1), high.checked_add(1)]);
    let edges = edges.flatten().chain([0, widest]);
    edges
        .filter(|value| *value <= widest && !values.contains(*value))
        .collect()
}

#[test]
fn what_a_field_may_not_have_is_assembled_executed_and_drawn_by_nobody() {
    let (mut walked, mut accepted, mut late) = (0, 0, 0);
    for spec in specs() {
        for (index, instruction) in spec.instructions.iter().enumerate() {
            let Some(descriptor) = spec.descriptor_of(index) else {
                continue;
            };
            let arena = Arena {
                start: VIEWS,
                end: BASE + SIZE as u64,
                largest: 5,
            };
            let mut random = random(index as u64 + 99);
            let drawn: Vec<_> = (0..80)
                .filter_map(|_| spec.sample_invocation(index, &arena, &mut random))
                .collect();
            assert!(
                drawn.len() > 60,
                "{}: {} drawn",
                instruction.name,
                drawn.len()
            );
            let mut passed = 0;
            for invocation in &drawn {
                let code = status(&spec, index, invocation.count, &invocation.descriptor);
                let refusal = spec
                    .status_by_code(code)
                    .filter(|_| code != spec.outcomes.success);
                match refusal {
                    None => passed += 1,
                    Some(status) if status.phase == Some(Phase::Data) => late += 1,
                    Some(status) => {
                        // What starts the guest needs a unit that has one; a user's own conditions are his.
                        let excused = instruction
                            .modes
                            .iter()
                            .any(|mode| mode.semantics.runs_guest())
                            && code == spec.outcomes.of(zktr_isa::model::Check::Unit).unwrap_or(0);
                        assert!(
                            excused,
                            "{}: {} {invocation:?}",
                            instruction.name, status.name
                        );
                        passed += 1;
                    }
                }
            }
            assert!(
                passed > 10,
                "{}: {passed} of {} accepted",
                instruction.name,
                drawn.len()
            );
            accepted += passed;
            for field in &descriptor.fields {
                let Some(values) = spec.field_values(instruction, field) else {
                    continue;
                };
                let (at, size) = (field.at as usize, field.size as usize);
                let read = |bytes: &[u8]| {
                    let field = bytes[at..at + size].iter().rev();
                    field.fold(0, |value, byte| value << 8 | u64::from(*byte))
                };
                assert!(drawn.iter().all(|d| values.contains(read(&d.descriptor))));
                for value in illegal_values(field, &values) {
                    walked += 1;
                    let name = format!("{} {} = {value}", instruction.name, field.name);
                    let mut bytes = drawn[0].descriptor.clone();
                    bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
                    let code = status(&spec, index, drawn[0].count, &bytes);
                    let declared = field.status.as_deref().and_then(|name| spec.status(name));
                    let declared = declared.map_or(spec.outcomes.shape, |status| status.code);
                    assert_eq!(code, declared, "{name}");
                    let text = format!(
                        ".zktr.descriptor {} {}={value}",
                        instruction.name, field.name
                    );
                    let expected = format!("field '{}' must be {values}", field.name);
                    let said = errors(&spec, 64, &text);
                    assert!(said.contains(&expected), "{name}: {said:?}");
                }
                for (low, high) in values.ranges() {
                    for value in [low, high] {
                        let text = format!(
                            ".zktr.descriptor {} {}={value}",
                            instruction.name, field.name
                        );
                        let said = errors(&spec, 64, &text);
                        assert!(
                            said.iter().all(|m| !m.contains("must be")),
                            "{text}: {said:?}"
                        );
                    }
                }
            }
        }
    }
    println!(
        "{walked} illegal values; {accepted} descriptors accepted, {late} refused for their data"
    );
    assert!(walked > 200 && accepted > 3000);
}
