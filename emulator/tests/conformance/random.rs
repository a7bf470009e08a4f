//! Random instructions of all extensions of the host, with random registers.
//!
//! A program takes its registers from memory, executes its instructions, each once at most, and writes registers and
//! memory to its standard output. Some registers always point to memory; branches and jumps go forward.

use super::elf::{self, DATA};
use super::{Outcome, has, in_emulator, in_qemu, qemu, scratch};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::model::{Instruction, OperandKind};

const EXTENSIONS: [&str; 8] = ["I", "M", "A", "C", "D", "Zba", "Zbb", "Zbs"];
/// What a program in user mode cannot do, or what would end it. And `ctzw`: where the lower half of the register is zero, the
/// ISA says 32, and QEMU 7.2 counts on into the upper half.
const EXCEPT: [&str; 7] = [
    "ecall",
    "ebreak",
    "c.ebreak",
    "c.unimp",
    "fence.i",
    "c.addi16sp",
    "ctzw",
];
/// Registers that point to memory: the stack pointer, one that compressed instructions can name, one for atomics,
/// and one for everything else.
const POINTERS: [u8; 4] = [2, 8, 30, 31];
/// What an indirect jump goes through.
const JUMP: u8 = 29;
/// Bytes of memory, of which the pointers point to the middle.
const SIZE: usize = 8192;
const MIDDLE: u64 = DATA + SIZE as u64 / 2;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A word that makes carries, signs and limits likely.
    fn word(&mut self) -> u64 {
        let edges = [
            0,
            1,
            u64::MAX,
            1 << 63,
            u64::MAX >> 1,
            1 << 31,
            0x7fff_ffff,
            0xffff_ffff,
        ];
        match self.below(4) {
            0 => edges[self.below(edges.len() as u64) as usize],
            1 => self.next() >> self.below(64),
            2 => edges[self.below(edges.len() as u64) as usize]
                .wrapping_add(self.below(5))
                .wrapping_sub(2),
            _ => self.next(),
        }
    }
}

/// What an instruction needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    /// An address in a register with an offset.
    Memory,
    /// An address in a register.
    Atomic,
    /// A distance.
    Branch,
    /// An address in a register, of code.
    Jump,
}

/// Some instructions that stay together, with how many of the next pieces they skip, if they jump.
struct Piece {
    instructions: Vec<(usize, Vec<i64>)>,
    class: Class,
    skip: usize,
}

struct Generator<'a> {
    spec: &'a Spec,
    xlen: u8,
    candidates: Vec<(usize, Class)>,
    random: Random,
}

impl<'a> Generator<'a> {
    fn new(spec: &'a Spec, xlen: u8, seed: u64) -> Self {
        let candidates = spec
            .instructions
            .iter()
            .enumerate()
            .filter(|(_, i)| i.xlen.contains(&xlen) && EXTENSIONS.contains(&&i.extension[..]))
            .filter(|(_, i)| !EXCEPT.contains(&&i.name[..]))
            .map(|(index, i)| (index, class(spec, index, i)))
            .collect();
        Self {
            spec,
            xlen,
            candidates,
            random: Random(seed),
        }
    }

    fn piece(&mut self) -> Piece {
        let at = self.random.below(self.candidates.len() as u64) as usize;
        let (index, class) = self.candidates[at];
        let skip = match class {
            Class::Branch | Class::Jump => self.random.below(6) as usize,
            _ => 0,
        };
        let mut instructions = Vec::new();
        if class == Class::Jump {
            // The distance is added when it is known.
            for (name, values) in [
                ("auipc", vec![JUMP.into(), 0]),
                ("addi", vec![JUMP.into(), JUMP.into(), 0]),
            ] {
                let index = self.spec.instruction_for(name, self.xlen);
                instructions.push((index.expect("it is a base instruction"), values));
            }
        }
        let name = &self.spec.instructions[index].name;
        // The two halves of a reservation stay together, because a store in between may or may not end it; a
        // store-conditional alone fails.
        let pair = |from: &str, to: &str| {
            let rest = name.strip_prefix(from).filter(|_| class == Class::Atomic)?;
            self.spec.instruction_for(&format!("{to}{rest}"), self.xlen)
        };
        let (load, store) = (pair("sc", "lr"), pair("lr", "sc"));
        let load = load.filter(|_| self.random.below(2) == 0);
        for index in load.into_iter().chain([index]).chain(store) {
            let values = self.values(index, class);
            instructions.push((index, values));
        }
        Piece {
            instructions,
            class,
            skip,
        }
    }

    /// Values of the operands that it can be encoded with.
    fn values(&mut self, index: usize, class: Class) -> Vec<i64> {
        let instruction = &self.spec.instructions[index];
        for _ in 0..1000 {
            let values: Vec<i64> = instruction
                .operands
                .iter()
                .map(|operand| {
                    if let Some(fixed) = operand.fixed {
                        return fixed;
                    }
                    match operand.kind {
                        OperandKind::Gpr {
                            write, compressed, ..
                        } => self.register(&operand.name, write, compressed, class),
                        OperandKind::Imm {
                            pc_relative: true, ..
                        } => 0,
                        OperandKind::Imm { signed, .. } => {
                            let bits = operand.slices.iter().map(|s| s.value_lo + s.len).max();
                            let bits = u32::from(bits.unwrap_or(1));
                            let low = operand.slices.iter().map(|s| s.value_lo).min().unwrap_or(0);
                            let word = self.random.word() & (u64::MAX >> (64 - bits));
                            let word = word >> low << low;
                            let value = word.cast_signed();
                            // It is subtracted from a distance that has to fit.
                            let value = if class == Class::Jump {
                                value & 0x3ff
                            } else {
                                value
                            };
                            match (signed, operand.modulo) {
                                (true, None) => value << (64 - bits) >> (64 - bits),
                                (true, Some(modulo)) => {
                                    let signed = value << (64 - bits) >> (64 - bits);
                                    signed & ((1 << modulo) - 1)
                                }
                                (false, _) => value,
                            }
                        }
                        OperandKind::Fpr { compressed, .. } => {
                            let (first, count) = if compressed { (8, 8) } else { (0, 32) };
                            first + self.random.below(count) as i64
                        }
                        OperandKind::Csr => 0,
                        OperandKind::FenceSet => self.random.below(16) as i64,
                    }
                })
                .collect();
            let known = class == Class::Branch || self.spec.encode(index, &values).is_ok();
            if known && !self.overwrites_pointer(instruction, &values) {
                return values;
            }
        }
        panic!("no operands for {}", instruction.name)
    }

    fn register(&mut self, name: &str, write: bool, compressed: bool, class: Class) -> i64 {
        let pointer = name == "rs1" && !write;
        match class {
            Class::Memory if pointer && compressed => 8,
            Class::Memory if pointer => 31,
            Class::Atomic if pointer => 30,
            Class::Jump if pointer => JUMP.into(),
            _ if compressed => 8 + self.random.below(8) as i64,
            _ => self.random.below(32) as i64,
        }
    }

    fn overwrites_pointer(&self, instruction: &Instruction, values: &[i64]) -> bool {
        instruction
            .operands
            .iter()
            .zip(values)
            .any(|(operand, value)| {
                matches!(operand.kind, OperandKind::Gpr { write: true, .. })
                    && POINTERS.iter().any(|pointer| i64::from(*pointer) == *value)
            })
    }
}

fn class(spec: &Spec, index: usize, instruction: &Instruction) -> Class {
    let meaning: String = instruction
        .modes
        .iter()
        .map(|mode| spec.semantics_text(index, &mode.semantics))
        .collect();
    if instruction.operands.iter().any(|o| is_distance(&o.kind)) {
        Class::Branch
    } else if instruction.extension == "A" {
        Class::Atomic
    } else if meaning.contains("mem") {
        Class::Memory
    } else if meaning.contains("pc = ") {
        Class::Jump
    } else {
        Class::Plain
    }
}

fn is_distance(kind: &OperandKind) -> bool {
    matches!(
        kind,
        OperandKind::Imm {
            pc_relative: true,
            ..
        }
    )
}

/// A program of these pieces.
struct Assembler<'a> {
    spec: &'a Spec,
    xlen: u8,
    code: Vec<u8>,
}

impl Assembler<'_> {
    fn put(&mut self, index: usize, values: &[i64]) {
        let word = self.spec.encode(index, values).unwrap_or_else(|error| {
            panic!(
                "{} {values:?}: {error:?}",
                self.spec.instructions[index].name
            )
        });
        let length = usize::from(self.spec.instructions[index].length);
        self.code.extend(&word.to_le_bytes()[..length]);
    }

    fn named(&mut self, mnemonic: &str, operands: &[(&str, i64)]) {
        let index = self.spec.instruction_for(mnemonic, self.xlen).unwrap();
        let values: Vec<i64> = self.spec.instructions[index]
            .operands
            .iter()
            .map(|o| {
                operands
                    .iter()
                    .find(|(name, _)| *name == o.name)
                    .map_or(0, |(_, v)| *v)
            })
            .collect();
        self.put(index, &values);
    }

    /// All registers but the last, from or to the beginning of memory.
    fn registers(&mut self, mnemonic: &str, operand: &str) {
        let bytes = i64::from(self.xlen / 8);
        self.named("lui", &[("rd", 31), ("imm", (DATA >> 12) as i64)]);
        for register in 1..31 {
            let imm = register * bytes;
            self.named(mnemonic, &[(operand, register), ("rs1", 31), ("imm", imm)]);
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        let length = |piece: &Piece| -> u64 {
            let lengths = piece.instructions.iter();
            lengths
                .map(|(index, _)| u64::from(self.spec.instructions[*index].length))
                .sum()
        };
        let lengths: Vec<u64> = pieces.iter().map(length).collect();
        for (at, piece) in pieces.iter().enumerate() {
            let skipped: u64 = lengths[at + 1..].iter().take(piece.skip).sum();
            let distance = (lengths[at] + skipped) as i64;
            let mut instructions = piece.instructions.clone();
            match (piece.class, &mut instructions[..]) {
                (Class::Branch, [(index, values)]) => {
                    let operands = &self.spec.instructions[*index].operands;
                    for (value, operand) in values.iter_mut().zip(operands) {
                        if is_distance(&operand.kind) {
                            *value = distance;
                        }
                    }
                }
                (Class::Jump, [_, (_, add), (jump, values)]) => {
                    let offset = self.spec.instructions[*jump].operand("imm");
                    let offset = offset.and_then(|operand| values.get(operand.0 as usize));
                    add[2] = distance - offset.copied().unwrap_or(0);
                }
                _ => {}
            }
            for (index, values) in instructions {
                self.put(index, &values);
            }
        }
    }
}

fn executable(spec: &Spec, xlen: u8, pieces: &[Piece], data: &[u8]) -> Vec<u8> {
    let mut assembler = Assembler {
        spec,
        xlen,
        code: Vec::new(),
    };
    let (load, store) = if xlen == 32 {
        ("lw", "sw")
    } else {
        ("ld", "sd")
    };
    assembler.registers(load, "rd");
    assembler.named("lui", &[("rd", 31), ("imm", (MIDDLE >> 12) as i64)]);
    assembler.pieces(pieces);
    assembler.registers(store, "rs2");
    assembler.named("addi", &[("rd", 10), ("imm", 1)]);
    assembler.named("addi", &[("rd", 11), ("rs1", 31)]);
    assembler.named("lui", &[("rd", 12), ("imm", (SIZE >> 12) as i64)]);
    assembler.named("addi", &[("rd", 17), ("imm", 64)]);
    assembler.named("ecall", &[]);
    assembler.named("addi", &[("rd", 10)]);
    assembler.named("addi", &[("rd", 17), ("imm", 93)]);
    assembler.named("ecall", &[]);
    elf::executable(xlen, &assembler.code, data)
}

/// Memory, in which the first words are the registers.
fn memory(xlen: u8, random: &mut Random) -> Vec<u8> {
    let mut data: Vec<u8> = (0..SIZE).map(|_| random.next() as u8).collect();
    let bytes = usize::from(xlen / 8);
    for register in 0..31u8 {
        let value = if POINTERS.contains(&register) {
            MIDDLE
        } else {
            random.word()
        };
        let at = usize::from(register) * bytes;
        data[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    }
    data
}

struct Campaign {
    spec: Arc<Spec>,
    xlen: u8,
    name: String,
}

impl Campaign {
    fn run(&self, pieces: &[Piece], data: &[u8], golden: bool) -> (Outcome, Outcome) {
        let bytes = executable(&self.spec, self.xlen, pieces, data);
        let path = scratch(&self.name);
        std::fs::write(&path, &bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        (
            in_emulator(&self.spec, &bytes, golden),
            in_qemu(self.xlen, &path),
        )
    }

    /// The fewest pieces from the beginning after which there is a difference, and what it is.
    fn explain(&self, pieces: &[Piece], data: &[u8], golden: bool) -> String {
        let differs = |count: usize| {
            let (ours, theirs) = self.run(&pieces[..count], data, golden);
            ours != theirs
        };
        let (mut same, mut different) = (0, pieces.len());
        while different - same > 1 {
            let middle = same.midpoint(different);
            if differs(middle) {
                different = middle;
            } else {
                same = middle;
            }
        }
        let (ours, theirs) = self.run(&pieces[..different], data, golden);
        let mut text = format!("RV{} differs after {different} pieces:\n", self.xlen);
        for (index, values) in pieces[..different]
            .iter()
            .rev()
            .take(3)
            .rev()
            .flat_map(|p| &p.instructions)
        {
            let _ = writeln!(text, "  {} {values:?}", self.spec.instructions[*index].name);
        }
        let _ = writeln!(text, "exit codes {:?} and {:?}", ours.1, theirs.1);
        let bytes = usize::from(self.xlen / 8);
        for (at, (a, b)) in ours.0.chunks(bytes).zip(theirs.0.chunks(bytes)).enumerate() {
            if a != b {
                let _ = writeln!(
                    text,
                    "word {at} (register, if below 31): {a:02x?} and {b:02x?}"
                );
            }
        }
        text
    }
}

fn campaign(xlen: u8) {
    let qemu = qemu(xlen);
    if !has(&qemu, &format!("random instructions, RV{xlen}")) {
        return;
    }
    const PIECES: usize = 10_000;
    let wanted = std::env::var("ZKTR_CONFORMANCE").ok();
    let wanted = wanted
        .and_then(|number| number.parse().ok())
        .unwrap_or(30_000);
    let spec = Spec::builtin();
    let campaign = Campaign {
        spec: spec.clone(),
        xlen,
        name: format!("random{xlen}"),
    };
    let mut seen: BTreeMap<usize, u64> = BTreeMap::new();
    let mut total = 0;
    let mut seed = 1;
    while total < wanted {
        let mut generator = Generator::new(&spec, xlen, seed);
        let data = memory(xlen, &mut generator.random);
        let pieces: Vec<Piece> = (0..PIECES).map(|_| generator.piece()).collect();
        // Every third program by the golden evaluator.
        let golden = seed.is_multiple_of(3);
        let (ours, theirs) = campaign.run(&pieces, &data, golden);
        assert_eq!(ours.1, Some(0));
        assert!(
            ours == theirs,
            "seed {seed}: {}",
            campaign.explain(&pieces, &data, golden)
        );
        for (index, _) in pieces.iter().flat_map(|piece| &piece.instructions) {
            *seen.entry(*index).or_default() += 1;
        }
        total += pieces
            .iter()
            .map(|piece| piece.instructions.len())
            .sum::<usize>();
        seed += 1;
    }
    let generator = Generator::new(&spec, xlen, 0);
    let missing: Vec<&str> = generator
        .candidates
        .iter()
        .filter(|(index, _)| !seen.contains_key(index))
        .map(|(index, _)| spec.instructions[*index].name.as_str())
        .collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
    println!(
        "RV{xlen}: {total} instructions, {} different ones, no difference",
        seen.len()
    );
}

#[test]
fn random_rv64_instructions() {
    campaign(64);
}

#[test]
fn random_rv32_instructions() {
    campaign(32);
}

/// The comparison sees what it is meant to see.
#[test]
fn a_wrong_result_would_be_seen() {
    if !has("qemu-riscv64", "a wrong result is seen") {
        return;
    }
    let spec = Spec::builtin();
    let campaign = Campaign {
        spec: spec.clone(),
        xlen: 64,
        name: "wrong".to_owned(),
    };
    let mut generator = Generator::new(&spec, 64, 5);
    let data = memory(64, &mut generator.random);
    // The number of retired instructions is no part of the architecture: QEMU's is another.
    let mut pieces: Vec<Piece> = (0..50).map(|_| generator.piece()).collect();
    let read = spec.instruction_for("csrrs", 64).unwrap();
    let instret = i64::from(spec.csr_by_name("instret").unwrap().number);
    let operands = &spec.instructions[read].operands;
    let value = |name: &str| match name {
        "rd" => 10,
        "csr" => instret,
        _ => 0,
    };
    let values = operands.iter().map(|o| value(&o.name)).collect();
    pieces.push(Piece {
        instructions: vec![(read, values)],
        class: Class::Plain,
        skip: 0,
    });
    let (ours, theirs) = campaign.run(&pieces, &data, false);
    assert_ne!(ours, theirs);
    let text = campaign.explain(&pieces, &data, false);
    assert!(
        text.contains("differs after 51 pieces") && text.contains("csrrs"),
        "{text}"
    );
}
