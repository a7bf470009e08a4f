//! Compiled code against the interpreter: programs with loops, calls, conditional parts, accesses that fault and code that is
//! written, stopped after any number of instructions.

use object::{Object as _, ObjectSection as _};
use std::fmt::Write as _;
use std::sync::Arc;
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::loader::{self, Input};
use zktr_emu::memory::{Permissions, SegmentedMemory, Watchpoint};
use zktr_isa::Spec;
use zktr_isa::span::Source;

/// Generator of 64-bit numbers, xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Registers that bodies compute with.
const POOL: [&str; 9] = ["a0", "a1", "a2", "a3", "a4", "a5", "t0", "t1", "t2"];
/// Counters of loops, by depth.
const COUNTERS: [&str; 3] = ["s2", "s3", "s4"];
const FUNCTIONS: u64 = 4;

/// Writes programs of functions that call those after them.
struct Writer<'a> {
    random: &'a mut Random,
    xlen: u8,
    text: String,
    labels: u32,
}

impl Writer<'_> {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "    {line}").unwrap();
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }

    fn program(mut self) -> String {
        self.text
            .push_str(".data\n.globl data\ndata: .zero 2048\n.text\n.globl _start\n_start:\n");
        self.line(format_args!("la s0, data + 1024"));
        for register in POOL {
            let value = self.random.next() as i32;
            self.line(format_args!("li {register}, {value}"));
        }
        self.statements(0, 0);
        self.line(format_args!("li a7, 93\n    ecall"));
        for function in 1..=FUNCTIONS {
            writeln!(self.text, "f{function}:").unwrap();
            let bytes = self.xlen / 8;
            let (store, load) = if bytes == 4 {
                ("sw", "lw")
            } else {
                ("sd", "ld")
            };
            self.line(format_args!("addi sp, sp, -32\n    {store} ra, 24(sp)"));
            for (at, counter) in COUNTERS.iter().enumerate() {
                self.line(format_args!("{store} {counter}, {}(sp)", at * 8));
            }
            self.statements(0, function);
            for (at, counter) in COUNTERS.iter().enumerate() {
                self.line(format_args!("{load} {counter}, {}(sp)", at * 8));
            }
            self.line(format_args!(
                "{load} ra, 24(sp)\n    addi sp, sp, 32\n    ret"
            ));
        }
        self.text
    }

    fn statements(&mut self, depth: usize, function: u64) {
        for _ in 0..2 + self.random.below(4) {
            match self.random.below(12) {
                0..=2 if depth < COUNTERS.len() => self.repeated(depth, function),
                3 if function < FUNCTIONS => {
                    let callee = function + 1 + self.random.below(FUNCTIONS - function);
                    if self.random.below(4) == 0 {
                        self.line(format_args!("la t0, f{callee}\n    jalr t0"));
                    } else {
                        self.line(format_args!("call f{callee}"));
                    }
                }
                4 | 5 => self.conditional(depth, function),
                _ => self.straight(),
            }
        }
    }

    fn repeated(&mut self, depth: usize, function: u64) {
        let (counter, label) = (COUNTERS[depth], self.label());
        let times = 1 + self.random.below(6);
        self.line(format_args!("li {counter}, {times}"));
        writeln!(self.text, ".L{label}:").unwrap();
        self.statements(depth + 1, function);
        self.line(format_args!(
            "addi {counter}, {counter}, -1\n    bnez {counter}, .L{label}"
        ));
    }

    fn conditional(&mut self, depth: usize, function: u64) {
        let branch = self
            .random
            .one_of(&["beq", "bne", "blt", "bge", "bltu", "bgeu"]);
        let (a, b, label) = (
            self.random.one_of(&POOL),
            self.random.one_of(&POOL),
            self.label(),
        );
        self.line(format_args!("{branch} {a}, {b}, .L{label}"));
        if depth < 2 && self.random.below(3) == 0 {
            self.statements(depth + 1, function);
        } else {
            self.straight();
        }
        writeln!(self.text, ".L{label}:").unwrap();
    }

    fn straight(&mut self) {
        for _ in 0..1 + self.random.below(4) {
            let (d, a, b) = (
                self.random.one_of(&POOL),
                self.random.one_of(&POOL),
                self.random.one_of(&POOL),
            );
            let imm = self.random.below(4096) as i64 - 2048;
            let word = self.random.below(252) as i64 * 8 - 1024;
            match self.random.below(40) {
                0..=15 => {
                    let op = self.random.one_of(&[
                        "add", "sub", "and", "or", "xor", "sll", "srl", "sra", "slt", "sltu",
                        "mul", "mulh", "mulhu", "mulhsu", "div", "divu", "rem", "remu", "andn",
                        "orn", "xnor", "max", "maxu", "min", "minu", "rol", "ror", "sh1add",
                        "sh2add", "sh3add", "bset", "bclr", "binv", "bext",
                    ]);
                    self.line(format_args!("{op} {d}, {a}, {b}"));
                }
                16..=20 => {
                    let op = self
                        .random
                        .one_of(&["addi", "andi", "ori", "xori", "slti", "sltiu"]);
                    self.line(format_args!("{op} {d}, {a}, {imm}"));
                }
                21..=23 => {
                    let op = self.random.one_of(&[
                        "clz", "ctz", "cpop", "sext.b", "sext.h", "zext.h", "rev8", "orc.b",
                    ]);
                    self.line(format_args!("{op} {d}, {a}"));
                }
                24..=26 if self.xlen == 64 => {
                    let op = self.random.one_of(&[
                        "addw", "subw", "sllw", "srlw", "sraw", "mulw", "divw", "divuw", "remw",
                        "remuw",
                    ]);
                    self.line(format_args!("{op} {d}, {a}, {b}"));
                }
                24..=31 => {
                    let op = self.random.one_of(&["lb", "lbu", "lh", "lhu", "lw"]);
                    self.line(format_args!("{op} {d}, {word}(s0)"));
                }
                32..=35 => {
                    let op = self.random.one_of(&["sb", "sh", "sw"]);
                    self.line(format_args!("{op} {d}, {word}(s0)"));
                }
                36 => self.line(format_args!(
                    "andi {a}, {a}, 1016\n    add {a}, {a}, s0\n    lw {d}, 1({a})"
                )),
                37 => {
                    let (op, f) = (self.random.one_of(&["fld", "fsd"]), self.random.below(4));
                    self.line(format_args!("{op} f{f}, {word}(s0)"));
                }
                // Mostly a fault.
                38 if self.random.below(6) == 0 => self.line(format_args!("lw {d}, {imm}({a})")),
                39 if self.random.below(8) == 0 => self.line(format_args!("csrr {d}, instret")),
                _ => self.line(format_args!("mv {d}, {a}")),
            }
        }
    }
}

fn machine(spec: &Arc<Spec>, object: &[u8], compile_after: Option<u32>) -> Machine {
    let input = Input {
        name: "program.o",
        bytes: object,
    };
    let image = loader::load(spec, &[input], 1 << 24).unwrap();
    let options = Options {
        stack: 1 << 12,
        compile_after,
        ..Options::default()
    };
    Machine::load(spec.clone(), &image, options).unwrap()
}

fn assemble(spec: &Spec, xlen: u8, text: &str) -> Vec<u8> {
    let options = zktr_asm::Options {
        xlen,
        ..zktr_asm::Options::default()
    };
    let object = zktr_asm::assemble(spec, &Source::new("program.s", text), &options);
    object
        .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"))
        .write_elf()
        .unwrap()
}

/// All that a program can see and leave.
fn state(machine: &Machine) -> (u64, [u64; 32], u64, Vec<Vec<u8>>) {
    let memory = machine.memory().contents().map(|(_, bytes)| bytes.to_vec());
    (
        machine.pc(),
        *machine.x(),
        machine.retired(),
        memory.collect(),
    )
}

#[test]
fn programs_do_the_same_compiled_and_interpreted_up_to_any_instruction() {
    let spec = Spec::builtin();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut exits, mut traps) = (0, 0);
    for round in 0..60 {
        let xlen = if round % 2 == 0 { 32 } else { 64 };
        let writer = Writer {
            random: &mut random,
            xlen,
            text: String::new(),
            labels: 0,
        };
        let text = writer.program();
        let object = assemble(&spec, xlen, &text);
        let mut whole = machine(&spec, &object, None);
        let stop = whole.run(100_000);
        match stop {
            Stop::Exit(_) => exits += 1,
            Stop::Trap(_) => traps += 1,
            _ => {}
        }
        let mut at_once = machine(&spec, &object, Some(0));
        assert_eq!(at_once.run(100_000), stop, "{text}");
        assert_eq!(state(&at_once), state(&whole), "{text}");
        // In pieces, and with code that is compiled on the way.
        let mut pieces = machine(&spec, &object, Some(2));
        let mut interpreted = machine(&spec, &object, None);
        for _ in 0..20 {
            let fuel = 1 + random.below(whole.retired() / 8 + 2);
            let (a, b) = (pieces.run(fuel), interpreted.run(fuel));
            assert_eq!(a, b, "{text}");
            assert_eq!(state(&pieces), state(&interpreted), "{text}");
            if a != Stop::OutOfFuel {
                break;
            }
        }
    }
    assert!(exits > 10 && traps > 2, "{exits} exits, {traps} traps");
}

/// A loop changes the immediate of one of its own instructions, and data beside its code.
#[test]
fn code_that_is_written_is_executed_as_written() {
    const BASE: u64 = 0x1_0000;
    let spec = Spec::builtin();
    let text = "
            li s1, 200
        here:
            auipc s0, 0
            addi s0, s0, patched - here
            li a0, 0
        loop:
        patched:
            addi a0, a0, 1
            lw t0, 0(s0)
            lui t1, 0x100
            add t0, t0, t1
            sw a0, 1024(s0)
            andi t2, s1, 3
            bnez t2, skip
            sw t0, 0(s0)
            fence.i
        skip:
            addi s1, s1, -1
            bnez s1, loop
            li a7, 93
            ecall
    ";
    let assembler = zktr_asm::Options {
        xlen: 32,
        ..zktr_asm::Options::default()
    };
    let object = zktr_asm::assemble(&spec, &Source::new("program.s", text), &assembler).unwrap();
    let elf = object.write_elf().unwrap();
    let file = object::File::parse(&*elf).unwrap();
    let code = file.section_by_name(".text").unwrap().data().unwrap();
    let machine = |compile_after| {
        let mut memory = SegmentedMemory::new(1 << 20);
        let everything = Permissions {
            read: true,
            write: true,
            execute: true,
        };
        memory.map(BASE, 0x1000, everything).unwrap();
        memory.initialize(BASE, code).unwrap();
        let options = Options {
            compile_after,
            ..Options::default()
        };
        let mut machine = Machine::new(spec.clone(), 32, memory, options);
        machine.set_pc(BASE);
        machine
    };
    let mut interpreted = machine(None);
    let expected = interpreted.run(10_000);
    assert!(
        matches!(expected, Stop::Exit(sum) if sum > 200),
        "{expected:?}"
    );
    for after in [0, 1, 5] {
        let mut compiled = machine(Some(after));
        assert_eq!(compiled.run(10_000), expected);
        assert_eq!(state(&compiled), state(&interpreted));
    }
}

/// The permissions of memory and watchpoints hold in compiled code as well.
#[test]
fn what_a_watchpoint_sees_does_not_depend_on_the_compiler() {
    let spec = Spec::builtin();
    let text = "
        .data
        .globl cell
        cell: .word 0
        .text
        .globl _start
        _start:
            la s0, cell
            li s1, 100
        loop:
            lw a0, 0(s0)
            addi a0, a0, 1
            sw a0, 0(s0)
            addi s1, s1, -1
            bnez s1, loop
            sw a0, 0(ra)
    ";
    let object = assemble(&spec, 64, text);
    let mut results = Vec::new();
    for after in [None, Some(0)] {
        let mut machine = machine(&spec, &object, after);
        assert_eq!(machine.run(50), Stop::OutOfFuel);
        let cell = machine.symbols().address("cell").unwrap();
        assert!(machine.watch(Watchpoint {
            addr: cell,
            len: 4,
            read: false,
            write: true,
        }));
        assert_eq!(machine.run(50), Stop::OutOfFuel);
        results.push((
            machine.memory().watch_hit(),
            state(&machine),
            machine.run(10_000),
        ));
    }
    assert!(results[0].0.is_some());
    assert_eq!(results[0], results[1]);
}
