//! Guests for the tests of the trace: programs as words, and random ones.

#![allow(dead_code)] // each test binary uses a part of this

use std::collections::BTreeMap;
use std::sync::Arc;
use zktr_emu::host::{self, Machine};
use zktr_emu::memory::{Permissions, SegmentedMemory};
use zktr_emu::trace::{Execution, Options, Trace, balance, check, fill, messages, record};
use zktr_isa::Spec;
use zktr_isa::trace::Schema;

pub const CODE: u64 = 0x1000;
pub const DATA: u64 = 0x8000_8000;
pub const DATA_SIZE: u64 = 0x100;
/// Holds the address of the middle of the data in random programs.
pub const BASE: i64 = 8;
/// Scratch register of jumps in random programs.
pub const LINK: i64 = 9;

/// Values at which arithmetic is easy to get wrong.
pub const BOUNDARY: [u32; 16] = [
    0,
    1,
    2,
    31,
    32,
    33,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

/// A generator of numbers.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    pub fn word(&mut self) -> u32 {
        match self.below(3) {
            0 => self.next() as u32,
            1 => self.pick(&BOUNDARY),
            _ => self
                .pick(&BOUNDARY)
                .wrapping_add(self.below(5) as u32)
                .wrapping_sub(2),
        }
    }
}

/// A program of 32-bit words.
pub struct Guest {
    pub spec: Arc<Spec>,
    pub code: Vec<u32>,
    pub x: [u32; 32],
    pub data: Vec<u8>,
}

impl Guest {
    pub fn new() -> Self {
        Self {
            spec: Spec::builtin(),
            code: Vec::new(),
            x: [0; 32],
            data: vec![0; DATA_SIZE as usize],
        }
    }

    /// Adds an instruction with operands by name; others are zero.
    pub fn add(&mut self, mnemonic: &str, operands: &[(&str, i64)]) -> &mut Self {
        let index = self
            .spec
            .instruction_for(mnemonic, 32)
            .unwrap_or_else(|| panic!("no {mnemonic}"));
        let instruction = &self.spec.instructions[index];
        let value = |name: &str| {
            operands
                .iter()
                .find(|(n, _)| *n == name)
                .map_or(0, |(_, v)| *v)
        };
        let values: Vec<i64> = instruction
            .operands
            .iter()
            .map(|o| value(&o.name))
            .collect();
        let word = self.spec.encode(index, &values);
        self.code
            .push(word.unwrap_or_else(|error| panic!("{mnemonic} {operands:?}: {error:?}")));
        self
    }

    /// The end of the program: exit with the code in a0.
    pub fn exit(&mut self) -> &mut Self {
        self.add("addi", &[("rd", 17), ("imm", 93)])
            .add("ecall", &[])
    }

    pub fn machine(&self) -> Machine {
        let mut memory = SegmentedMemory::new(1 << 20);
        memory.map(CODE, 0x8000, Permissions::READ_EXECUTE).unwrap();
        memory
            .map(DATA, DATA_SIZE, Permissions::READ_WRITE)
            .unwrap();
        let bytes: Vec<u8> = self
            .code
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        memory.initialize(CODE, &bytes).unwrap();
        memory.initialize(DATA, &self.data).unwrap();
        let mut machine = Machine::new(self.spec.clone(), 32, memory, host::Options::default());
        machine.set_pc(CODE);
        for (register, value) in (0..).zip(self.x) {
            machine.set_x(register, u64::from(value));
        }
        machine
    }

    /// Runs the program; all of it is one execution.
    pub fn execution(&self) -> Execution {
        let options = Options {
            fuel: 100_000,
            ..Options::default()
        };
        let recording = record(&self.spec, &mut self.machine(), &options);
        let mut recording = recording.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recording.executions.len(), 1, "{:?}", recording.stop);
        recording.executions.remove(0)
    }

    pub fn trace(&self) -> Trace {
        fill(&self.spec, &self.execution(), "babybear").unwrap()
    }
}

/// Panics with the first few things that are wrong with a trace.
pub fn assert_right(spec: &Spec, trace: &Trace) {
    let schema = spec.trace();
    let mut wrong: Vec<String> = check(schema, trace)
        .iter()
        .map(|v| v.describe(schema))
        .collect();
    wrong.extend(balance(schema, trace).iter().map(|i| i.describe(schema)));
    wrong.truncate(12);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const BINARY: [&str; 18] = [
    "add", "sub", "and", "or", "xor", "sll", "srl", "sra", "slt", "sltu", "mul", "mulh", "mulhsu",
    "mulhu", "div", "divu", "rem", "remu",
];
const IMMEDIATE: [&str; 6] = ["addi", "andi", "ori", "xori", "slti", "sltiu"];
const SHIFT: [&str; 3] = ["slli", "srli", "srai"];
const BRANCH: [&str; 6] = ["beq", "bne", "blt", "bge", "bltu", "bgeu"];
const ACCESS: [(&str, i64); 8] = [
    ("lb", 1),
    ("lbu", 1),
    ("lh", 2),
    ("lhu", 2),
    ("lw", 4),
    ("sb", 1),
    ("sh", 2),
    ("sw", 4),
];

/// A program that runs into every instruction of RV32IM sooner or later.
pub fn random_guest(seed: u64, length: usize) -> Guest {
    let mut random = Random(seed);
    let mut guest = Guest::new();
    guest.x = std::array::from_fn(|_| random.word());
    guest.data = (0..DATA_SIZE).map(|_| random.next() as u8).collect();
    guest.x[BASE as usize] = (DATA + DATA_SIZE / 2) as u32;
    for _ in 0..length {
        instruction(&mut guest, &mut random);
    }
    guest.exit();
    guest
}

fn instruction(guest: &mut Guest, random: &mut Random) {
    // Few registers, so that values meet; never the base.
    let any = |random: &mut Random| random.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 31]);
    let (rd, rs1, rs2) = (any(random), any(random), any(random));
    let imm = random.pick(&[0, 1, -1, 2047, -2048, 5, -7, 127, 128, 255]);
    match random.below(16) {
        0..=6 => {
            let name = random.pick(&BINARY);
            guest.add(name, &[("rd", rd), ("rs1", rs1), ("rs2", rs2)]);
        }
        7 => {
            let name = random.pick(&IMMEDIATE);
            guest.add(name, &[("rd", rd), ("rs1", rs1), ("imm", imm)]);
        }
        8 => {
            let name = random.pick(&SHIFT);
            let imm = random.below(32) as i64;
            guest.add(name, &[("rd", rd), ("rs1", rs1), ("imm", imm)]);
        }
        9 => {
            let name = random.pick(&["lui", "auipc"]);
            let imm = random.pick(&[0, 1, 0x7_ffff, 0x8_0000, 0xf_ffff, 0x1_2345]);
            guest.add(name, &[("rd", rd), ("imm", imm)]);
        }
        10 | 11 => {
            // Over one instruction, or not.
            let name = random.pick(&BRANCH);
            guest.add(name, &[("rs1", rs1), ("rs2", rs2), ("imm", 8)]);
        }
        12 => {
            guest.add("jal", &[("rd", rd), ("imm", random.pick(&[4, 8]))]);
        }
        13 => {
            // What comes before may skip an instruction, but not the first of these two.
            guest.add("fence", &[]);
            guest.add("auipc", &[("rd", LINK)]);
            let imm = random.pick(&[8, 9, 12, 13]);
            guest.add("jalr", &[("rd", rd), ("rs1", LINK), ("imm", imm)]);
            guest.add("fence", &[]);
        }
        _ => {
            let (name, size) = random.pick(&ACCESS);
            let slots = DATA_SIZE as i64 / size;
            let imm = size * (random.below(slots as u64) as i64 - slots / 2);
            let data = if name.starts_with('s') {
                ("rs2", rs2)
            } else {
                ("rd", rd)
            };
            guest.add(name, &[("rs1", BASE), data, ("imm", imm)]);
        }
    }
}

/// Messages by bus, with how often more they are sent than received, a residue that is not zero.
pub type Multiset = BTreeMap<(usize, Vec<u32>), u64>;

/// What a change of this row can change on the buses.
pub fn around(schema: &Schema, trace: &Trace, table: usize, row: usize) -> Multiset {
    let height = trace.tables[table].height();
    let mut out = Multiset::new();
    let before = (row + height - 1) % height;
    let rows = if before == row {
        vec![row]
    } else {
        vec![before, row]
    };
    for row in rows {
        for message in messages(schema, trace, table, row) {
            let sum = out.entry((message.bus, message.values)).or_default();
            *sum = (*sum + message.count) % trace.modulus;
        }
    }
    out.retain(|_, sum| *sum != 0);
    out
}

/// A program that has a row in every table: random instructions and output.
pub fn full_guest(seed: u64) -> Guest {
    let mut guest = random_guest(seed, 400);
    // Without the exit, go on.
    guest.code.truncate(guest.code.len() - 2);
    guest
        .add("addi", &[("rd", 17), ("imm", 64)])
        .add("addi", &[("rd", 10), ("imm", 1)])
        .add("addi", &[("rd", 11), ("rs1", BASE), ("imm", 3)])
        .add("addi", &[("rd", 12), ("imm", 9)])
        .add("ecall", &[])
        .exit();
    guest
}
