//! Fast units against the golden evaluator: every instruction in every format, legal and illegal uses at random, for every
//! instruction set of this processor.

use std::collections::{BTreeMap, BTreeSet};
use zktr_emu::fast::{self, Level};
use zktr_emu::golden::{self, Scribble, Units};
use zktr_emu::memory::{FlatMemory, Memory};
use zktr_isa::model::{FieldType, Mode};
use zktr_isa::{Arena, Spec};

const BASE: u64 = 0x1_0000;
const DESCRIPTOR: u64 = BASE + 0x40;
const VIEWS: u64 = BASE + 0x400;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Words that are elements, or indices, or neither, in proportions that differ from case to case.
fn contents(random: &mut Random, size: usize) -> Vec<u8> {
    let (small, poison) = (
        random.below(3),
        [0, 0, 0, 2000, 50][random.below(5) as usize],
    );
    let bound = 1 + random.below(12);
    let word = |random: &mut Random| -> u32 {
        const ODD: [u64; 6] = [2_013_265_921, 2_130_706_433, 0x7fff_ffff, 0xffff_ffff, 0, 1];
        if poison > 0 && random.one_in(poison) {
            return ODD[random.below(6) as usize] as u32;
        }
        match small {
            0 => random.below(bound) as u32,
            1 => random.below(2_013_265_921) as u32,
            _ if random.one_in(2) => random.below(bound) as u32,
            _ => random.below(2_013_265_921) as u32,
        }
    };
    (0..size / 4)
        .flat_map(|_| word(random).to_le_bytes())
        .collect()
}

/// A descriptor with something wrong in it.
fn spoil(descriptor: &mut [u8], random: &mut Random) {
    let at = random.below(descriptor.len() as u64) as usize;
    descriptor[at] ^= 1 << random.below(8);
}

struct Outcome {
    status: u64,
    bytes: Vec<u8>,
}

fn run(
    spec: &Spec,
    instruction: usize,
    count: u64,
    bytes: &[u8],
    options: &golden::Options,
) -> Outcome {
    let mut memory = FlatMemory::new(BASE, bytes.to_vec()).unwrap();
    let status = golden::offload(
        spec,
        instruction,
        DESCRIPTOR,
        count,
        64,
        &mut memory,
        options,
    );
    Outcome {
        status,
        bytes: memory.bytes().to_vec(),
    }
}

fn units(level: Level, threads: usize) -> golden::Options {
    golden::Options {
        units: Units::Fast(fast::Options {
            level,
            threads,
            least_rows: 0,
        }),
        ..golden::Options::default()
    }
}

/// Compares one use of an instruction; the status.
fn compare(spec: &Spec, instruction: usize, count: u64, bytes: &[u8], threads: usize) -> u64 {
    let golden = golden::Options::default();
    let expected = run(spec, instruction, count, bytes, &golden);
    // What a refusal gives up: what some kinds of garbage show.
    let given_up: Vec<Vec<u8>> = [1, 2, 3, 4, 5]
        .map(|seed| {
            let scribble = Scribble::Seeded(seed);
            run(
                spec,
                instruction,
                count,
                bytes,
                &golden::Options { scribble, ..golden },
            )
            .bytes
        })
        .into();
    for level in Level::available() {
        let found = run(spec, instruction, count, bytes, &units(level, threads));
        let name = &spec.instructions[instruction].name;
        assert_eq!(found.status, expected.status, "{name} on {level}");
        for (i, (&found, &expected)) in found.bytes.iter().zip(&expected.bytes).enumerate() {
            let free = given_up.iter().any(|garbage| garbage[i] != expected);
            assert!(
                found == expected || free,
                "{name} on {level}: byte {i:#x}: {found} for {expected} of {count} rows, format {}",
                bytes[(DESCRIPTOR - BASE) as usize + 1]
            );
        }
    }
    expected.status
}

fn bulk(spec: &Spec) -> impl Iterator<Item = usize> {
    (0..spec.instructions.len()).filter(|&i| spec.instructions[i].is_bulk())
}

/// Random uses with at most so many rows.
fn campaign(
    spec: &Spec,
    largest: u64,
    size: u64,
    cases: u64,
    seed: u64,
) -> BTreeMap<String, BTreeSet<u64>> {
    let mut random = Random(seed);
    let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let arena = Arena {
        start: VIEWS,
        end: BASE + size,
        largest,
    };
    for instruction in bulk(spec) {
        let mut tried = 0;
        while tried < cases {
            tried += 1;
            let Some(mut drawn) =
                spec.sample_invocation(instruction, &arena, &mut || random.next())
            else {
                continue;
            };
            let mut bytes = contents(&mut random, size as usize);
            if random.one_in(8) {
                spoil(&mut drawn.descriptor, &mut random);
            }
            let at = (DESCRIPTOR - BASE) as usize;
            bytes[at..at + drawn.descriptor.len()].copy_from_slice(&drawn.descriptor);
            let status = compare(spec, instruction, drawn.count, &bytes, 1);
            seen.entry(spec.instructions[instruction].name.clone())
                .or_default()
                .insert(status);
        }
    }
    seen
}

#[test]
fn a_few_rows() {
    let spec = Spec::builtin();
    let cases = std::env::var("ZKTR_FAST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(150);
    let seen = campaign(&spec, 9, 0x3000, cases, 1);
    for (name, statuses) in &seen {
        // There is no unit that runs guests.
        let instruction = spec.instruction(name).unwrap();
        let guest = spec.instructions[instruction]
            .modes
            .iter()
            .any(|mode| mode.semantics.runs_guest());
        assert!(
            guest || statuses.contains(&spec.outcomes.success),
            "{name} never succeeded: {statuses:?}"
        );
    }
    let all: BTreeSet<u64> = seen.values().flatten().copied().collect();
    assert!(all.len() >= 8, "few outcomes: {all:?}");
}

#[test]
fn several_blocks() {
    let spec = Spec::builtin();
    campaign(&spec, 1300, 0x40000, 4, 2);
}

/// Instructions whose random uses the golden evaluator executes in place of the fast units, with the reasons.
#[test]
fn few_are_left_to_the_golden_evaluator() {
    let spec = Spec::builtin();
    let mut random = Random(3);
    let mut left = BTreeSet::new();
    let arena = Arena {
        start: VIEWS,
        end: BASE + 0x8000,
        largest: 20,
    };
    for instruction in bulk(&spec) {
        for _ in 0..40 {
            let Some(drawn) = spec.sample_invocation(instruction, &arena, &mut || random.next())
            else {
                continue;
            };
            let mut bytes = vec![0; 0x8000];
            let at = (DESCRIPTOR - BASE) as usize;
            bytes[at..at + drawn.descriptor.len()].copy_from_slice(&drawn.descriptor);
            let mut memory = FlatMemory::new(BASE, bytes).unwrap();
            let Units::Fast(options) = units(Level::best(), 1).units else {
                continue;
            };
            let call = (DESCRIPTOR, drawn.count);
            if let Err(reason) = fast::offload(&spec, instruction, call, 64, &mut memory, &options)
            {
                left.insert(format!("{}: {reason}", spec.instructions[instruction].name));
            }
        }
    }
    insta::assert_debug_snapshot!(left);
}

/// An instruction that is prepared on one memory does on others what is done without preparation, whether it succeeds or refuses.
#[test]
fn what_is_prepared_is_right_for_other_rows() {
    let spec = Spec::builtin();
    let mut random = Random(5);
    let arena = Arena {
        start: VIEWS,
        end: BASE + 0x4000,
        largest: 60,
    };
    let Units::Fast(options) = units(Level::best(), 1).units else {
        unreachable!("they are fast units");
    };
    let mut statuses = BTreeSet::new();
    // They read nothing but their descriptor and rows.
    for name in ["zktr.inv0", "zktr.frac", "zktr.mul"] {
        let instruction = spec.instruction(name).unwrap();
        for _ in 0..60 {
            let Some(drawn) = spec.sample_invocation(instruction, &arena, &mut || random.next())
            else {
                continue;
            };
            let mut memory = || {
                let mut bytes = contents(&mut random, 0x4000);
                let at = (DESCRIPTOR - BASE) as usize;
                bytes[at..at + drawn.descriptor.len()].copy_from_slice(&drawn.descriptor);
                FlatMemory::new(BASE, bytes).unwrap()
            };
            let call = (DESCRIPTOR, drawn.count);
            let prepared = fast::prepare(&spec, instruction, call, 64, &memory(), &options);
            for mut found in [memory(), memory()] {
                let mut expected = found.clone();
                let of = fast::offload(&spec, instruction, call, 64, &mut expected, &options);
                match &prepared {
                    Ok(prepared) => assert_eq!(prepared.execute(&mut found), of, "{name}"),
                    Err(fast::Halted::Refused(status)) => assert_eq!(Ok(*status), of, "{name}"),
                    Err(fast::Halted::Golden(reason)) => assert_eq!(Err(*reason), of, "{name}"),
                }
                assert_eq!(found.bytes(), expected.bytes(), "{name}");
                statuses.insert(of);
            }
        }
    }
    assert!(
        statuses.contains(&Ok(spec.outcomes.success)) && statuses.len() > 2,
        "{statuses:?}"
    );
}

/// A descriptor whose views are from `start` on, one behind the other, each without gaps, and the address behind them.
fn adjacent(
    spec: &Spec,
    instruction: usize,
    mode: &Mode,
    format: &str,
    n: u64,
    start: u64,
) -> (Vec<u8>, u64) {
    let descriptor = spec.descriptor_of(instruction).unwrap();
    let format = spec.format(format).unwrap();
    let mut bytes = vec![0u8; descriptor.size as usize];
    let mut next = start;
    for field in &descriptor.fields {
        let at = field.at as usize;
        match &field.ty {
            FieldType::Format => bytes[at] = format.code,
            FieldType::Mode => bytes[at] = mode.code,
            FieldType::Felt(_) => bytes[at..at + 4].copy_from_slice(&7u32.to_le_bytes()),
            FieldType::Uint(_) => {
                let values = spec.field_values(&spec.instructions[instruction], field);
                let value = values.filter(|values| !values.contains(3)).map_or(3, |_| 2);
                bytes[at] = value;
            }
            FieldType::View(view) => {
                let element = 4 * view.elem.words(format) as u64;
                let rank = view.dims.len();
                let extents = if rank == 2 { vec![n, 3] } else { vec![n; rank] };
                let mut slots = vec![next];
                let mut stride = element;
                let mut strides = vec![];
                for extent in extents.iter().rev() {
                    strides.push(stride);
                    stride *= extent;
                }
                slots.extend(strides.into_iter().rev());
                slots.push(4);
                let size = if view.elem.words(format) > 1 {
                    rank + 2
                } else {
                    rank + 1
                };
                for (i, slot) in slots.into_iter().take(size).enumerate() {
                    bytes[at + 8 * i..at + 8 * i + 8].copy_from_slice(&slot.to_le_bytes());
                }
                next += stride.next_multiple_of(64);
            }
            FieldType::Flags | FieldType::Reduction => {}
        }
    }
    (bytes, next)
}

/// Columns without gaps, which units read and write where they are, with whole blocks and without, at any place, and with
/// something to refuse.
#[test]
fn columns_without_gaps() {
    let spec = Spec::builtin();
    let mut random = Random(6);
    let mut statuses = BTreeSet::new();
    for name in ["zktr.inv", "zktr.inv0", "zktr.cvt", "zktr.scan"] {
        let instruction = spec.instruction(name).unwrap();
        for (format, n, threads) in [
            ("babybear-m", 4096 + 64, 1),
            ("babybear", 2048 + 128, 1),
            ("mersenne31", 64, 1),
            ("koalabear-m", 5000, 1),
            ("babybear-m", 1 << 15, 2),
            ("babybear", 1 << 15, 2),
        ] {
            for bad in [None, Some(0), Some(u32::MAX)] {
                let shift = 8 * random.below(8);
                let modes = &spec.instructions[instruction].modes;
                let mode = &modes[random.below(modes.len() as u64) as usize];
                let (bytes, next) = adjacent(&spec, instruction, mode, format, n, VIEWS + shift);
                let mut memory: Vec<u8> = (0..(next - BASE) / 4)
                    .flat_map(|_| (1 + random.below(2_013_265_919) as u32).to_le_bytes())
                    .collect();
                if let Some(word) = bad {
                    for _ in 0..3 {
                        let at = 8 * random.below(memory.len() as u64 / 8) as usize;
                        memory[at..at + 4].copy_from_slice(&word.to_le_bytes());
                        memory[at + 4..at + 8].copy_from_slice(&word.to_le_bytes());
                    }
                }
                let at = (DESCRIPTOR - BASE) as usize;
                memory[at..at + bytes.len()].copy_from_slice(&bytes);
                statuses.insert((name, compare(&spec, instruction, n, &memory, threads)));
            }
        }
    }
    let count = |name| statuses.iter().filter(|(other, _)| *other == name).count();
    assert!(
        count("zktr.inv") == 3 && count("zktr.cvt") == 1,
        "{statuses:?}"
    );
}

/// Rows on several threads: sums, products and Horner's rule, and failures anywhere.
#[test]
fn threads_make_no_difference() {
    let spec = Spec::builtin();
    let mut random = Random(4);
    let n = 50_000u64;
    for name in [
        "zktr.scan",
        "zktr.logup",
        "zktr.inv",
        "zktr.pow",
        "zktr.mlogup",
        "zktr.hist",
        "zktr.fill",
    ] {
        let instruction = spec.instruction(name).unwrap();
        for mode in &spec.instructions[instruction].modes {
            for bad in [false, true] {
                let (bytes, next) = adjacent(&spec, instruction, mode, "babybear4-m", n, VIEWS);
                let mut memory: Vec<u8> = (0..(next - BASE) / 4)
                    .flat_map(|_| (1 + random.below(2_013_265_919) as u32).to_le_bytes())
                    .collect();
                if name == "zktr.hist" {
                    memory.fill(1);
                }
                if bad {
                    for _ in 0..3 {
                        let at = 4 * random.below(memory.len() as u64 / 4) as usize;
                        memory[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
                    }
                }
                let at = (DESCRIPTOR - BASE) as usize;
                memory[at..at + bytes.len()].copy_from_slice(&bytes);
                let one = run(&spec, instruction, n, &memory, &units(Level::best(), 1));
                let golden = run(&spec, instruction, n, &memory, &golden::Options::default());
                assert_eq!(one.status, golden.status, "{name} {}", mode.name);
                for threads in [2, 3, 7] {
                    let several = run(
                        &spec,
                        instruction,
                        n,
                        &memory,
                        &units(Level::best(), threads),
                    );
                    assert_eq!(several.status, golden.status, "{name} {}", mode.name);
                    if golden.status == spec.outcomes.success {
                        assert!(one.bytes == golden.bytes, "{name} {}", mode.name);
                        assert!(
                            several.bytes == golden.bytes,
                            "{name} {} on {threads} threads",
                            mode.name
                        );
                    }
                }
            }
        }
    }
}

/// Memory that cannot be lent is for the golden evaluator.
#[test]
fn memory_of_its_own_kind() {
    struct Own(FlatMemory);
    impl Memory for Own {
        fn read(&self, addr: u64, buf: &mut [u8]) -> Result<(), zktr_emu::memory::Fault> {
            self.0.read(addr, buf)
        }
        fn write(&mut self, addr: u64, bytes: &[u8]) -> Result<(), zktr_emu::memory::Fault> {
            self.0.write(addr, bytes)
        }
        fn accessible(&self, addr: u64, len: u64, access: zktr_emu::memory::Access) -> bool {
            self.0.accessible(addr, len, access)
        }
    }
    let spec = Spec::builtin();
    let mut random = Random(5);
    let instruction = spec.instruction("zktr.inv").unwrap();
    let arena = Arena {
        start: VIEWS,
        end: BASE + 0x4000,
        largest: 30,
    };
    for _ in 0..20 {
        let drawn = spec
            .sample_invocation(instruction, &arena, &mut || random.next())
            .unwrap();
        let mut bytes: Vec<u8> = (0..0x1000u32).flat_map(|i| (i + 1).to_le_bytes()).collect();
        let at = (DESCRIPTOR - BASE) as usize;
        bytes[at..at + drawn.descriptor.len()].copy_from_slice(&drawn.descriptor);
        let expected = run(
            &spec,
            instruction,
            drawn.count,
            &bytes,
            &golden::Options::default(),
        );
        let mut own = Own(FlatMemory::new(BASE, bytes).unwrap());
        let options = units(Level::best(), 1);
        let status = golden::offload(
            &spec,
            instruction,
            DESCRIPTOR,
            drawn.count,
            64,
            &mut own,
            &options,
        );
        assert_eq!(status, expected.status);
        assert!(own.0.bytes() == expected.bytes);
    }
}
