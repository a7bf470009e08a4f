//! The host core: against the golden evaluator, against a model of the arithmetic that is easy to get
//! wrong, and on small programs.

use proptest::prelude::*;
use std::sync::Arc;
use zktr_emu::host::{Cause, Machine, Mix, Observer, Options, Retire, Stop};
use zktr_emu::memory::{Access, Fault, Memory, Permissions, SegmentedMemory};
use zktr_isa::Spec;

const CODE: u64 = 0x1000;
const DATA: u64 = 0x8000;
const DATA_SIZE: u64 = 0x1000;

/// The word of an instruction with operands by name; those not named are zero.
fn word(spec: &Spec, mnemonic: &str, xlen: u8, operands: &[(&str, i64)]) -> u32 {
    let index = spec
        .instruction_for(mnemonic, xlen)
        .unwrap_or_else(|| panic!("no {mnemonic}"));
    let instruction = &spec.instructions[index];
    for (name, _) in operands {
        assert!(
            instruction.operand(name).is_some(),
            "{mnemonic} has no operand {name}"
        );
    }
    let value = |name: &str| {
        operands
            .iter()
            .find(|(n, _)| *n == name)
            .map_or(0, |(_, v)| *v)
    };
    let values: Vec<i64> = instruction
        .operands
        .iter()
        .map(|o| o.fixed.unwrap_or_else(|| value(&o.name)))
        .collect();
    spec.encode(index, &values)
        .unwrap_or_else(|error| panic!("{mnemonic}: {error:?}"))
}

/// A machine with this code and some data.
fn machine(spec: &Arc<Spec>, xlen: u8, code: &[u32], options: Options) -> Machine {
    let mut memory = SegmentedMemory::new(1 << 20);
    memory.map(CODE, 0x1000, Permissions::READ_EXECUTE).unwrap();
    memory
        .map(DATA, DATA_SIZE, Permissions::READ_WRITE)
        .unwrap();
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.initialize(CODE, &bytes).unwrap();
    let mut machine = Machine::new(spec.clone(), xlen, memory, options);
    machine.set_pc(CODE);
    machine
}

fn golden() -> Options {
    Options {
        golden: true,
        ..Options::default()
    }
}

#[derive(Debug, PartialEq)]
struct State {
    stop: Stop,
    x: [u64; 32],
    pc: u64,
    retired: u64,
    data: Vec<u8>,
}

fn state(machine: &Machine, stop: Stop) -> State {
    let mut data = vec![0; DATA_SIZE as usize];
    machine.memory().read(DATA, &mut data).unwrap();
    State {
        stop,
        x: *machine.x(),
        pc: machine.pc(),
        retired: machine.retired(),
        data,
    }
}

/// A register's content: often a boundary, or an address of data.
fn content() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        any::<u32>().prop_map(u64::from),
        any::<i32>().prop_map(|v| v as u64),
        (0..DATA_SIZE).prop_map(|at| DATA + at),
        (0..DATA_SIZE / 8).prop_map(|at| DATA + 8 * at),
        proptest::sample::select(vec![
            0,
            1,
            2,
            31,
            32,
            63,
            64,
            u64::MAX,
            u64::MAX - 1,
            1 << 63,
            (1 << 63) - 1,
            1 << 31,
            (1 << 31) - 1,
            (-1i64 << 31) as u64,
            u64::from(u32::MAX),
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each instruction of the spec does what the golden evaluator says, translated or not.
    #[test]
    fn every_instruction_is_translated_exactly(
        x in proptest::collection::vec(content(), 32),
        fill in any::<u64>(),
        raw in proptest::collection::vec(any::<u32>(), 8),
    ) {
        let spec = Spec::builtin();
        for (index, instruction) in spec.instructions.iter().enumerate() {
            for &xlen in &instruction.xlen {
                // Random bits where operands are; a word that is not this instruction is another one.
                let bits = raw[index % raw.len()].rotate_left(index as u32);
                let word = instruction.bits | bits & !instruction.mask;
                let run = |options| {
                    let mut machine = machine(&spec, xlen, &[word, 0], options);
                    for (register, value) in (0u8..).zip(&x) {
                        machine.set_x(register, *value);
                    }
                    let data: Vec<u8> = (0..DATA_SIZE).map(|i| (fill.rotate_left(i as u32 % 61) >> 7) as u8).collect();
                    machine.memory_mut().initialize(DATA, &data).unwrap();
                    let stop = machine.run(1);
                    state(&machine, stop)
                };
                let (fast, slow) = (run(Options::default()), run(golden()));
                prop_assert_eq!(&fast, &slow, "{} on RV{}: {:#010x}", &instruction.name, xlen, word);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whole blocks, branches between them and traps in their middle: the same as one by one.
    #[test]
    fn programs_run_as_the_golden_evaluator_says(
        x in proptest::collection::vec(content(), 32),
        picks in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u32>()), 1..40),
        wide in any::<bool>(),
        fuel in 0u64..200,
    ) {
        let spec = Spec::builtin();
        let xlen = if wide { 64 } else { 32 };
        let candidates: Vec<_> = spec.instructions.iter().filter(|i| i.xlen.contains(&xlen) && i.length == 4).collect();
        let code: Vec<u32> = picks
            .iter()
            .map(|(pick, bits)| {
                let instruction = pick.get(&candidates);
                // Few registers, so that results are used.
                let narrow = bits & !0x0183_0c60;
                instruction.bits | narrow & !instruction.mask
            })
            .collect();
        let run = |options| {
            let mut machine = machine(&spec, xlen, &code, options);
            for (register, value) in (0u8..).zip(&x) {
                machine.set_x(register, *value);
            }
            let stop = machine.run(fuel);
            state(&machine, stop)
        };
        prop_assert_eq!(run(Options::default()), run(golden()));
    }
}

/// The result of one register-register instruction.
fn result(spec: &Arc<Spec>, mnemonic: &str, a: u64, b: u64) -> u64 {
    let two = spec.instructions[spec.instruction(mnemonic).unwrap()]
        .operand("rs2")
        .is_some();
    let mut operands = vec![("rd", 5), ("rs1", 6)];
    if two {
        operands.push(("rs2", 7));
    }
    let mut machine = machine(
        spec,
        64,
        &[word(spec, mnemonic, 64, &operands)],
        Options::default(),
    );
    machine.set_x(6, a);
    machine.set_x(7, b);
    assert_eq!(machine.run(1), Stop::OutOfFuel, "{mnemonic}");
    machine.x()[5]
}

#[test]
fn arithmetic_at_its_boundaries() {
    type Operation = fn(u64, u64) -> u64;
    fn w(value: u32) -> u64 {
        value as i32 as u64
    }
    fn div(a: i64, b: i64) -> i64 {
        if b == 0 { -1 } else { a.wrapping_div(b) }
    }
    fn rem(a: i64, b: i64) -> i64 {
        if b == 0 { a } else { a.wrapping_rem(b) }
    }
    fn div32(a: i32, b: i32) -> i32 {
        if b == 0 { -1 } else { a.wrapping_div(b) }
    }
    fn rem32(a: i32, b: i32) -> i32 {
        if b == 0 { a } else { a.wrapping_rem(b) }
    }
    let operations: &[(&str, Operation)] = &[
        ("add", |a, b| a.wrapping_add(b)),
        ("sub", |a, b| a.wrapping_sub(b)),
        ("addw", |a, b| w(a.wrapping_add(b) as u32)),
        ("subw", |a, b| w(a.wrapping_sub(b) as u32)),
        ("sll", |a, b| a << (b & 63)),
        ("srl", |a, b| a >> (b & 63)),
        ("sra", |a, b| ((a as i64) >> (b & 63)) as u64),
        ("sllw", |a, b| w((a as u32) << (b & 31))),
        ("srlw", |a, b| w(a as u32 >> (b & 31))),
        ("sraw", |a, b| ((a as i32) >> (b & 31)) as u64),
        ("slt", |a, b| u64::from((a as i64) < b as i64)),
        ("sltu", |a, b| u64::from(a < b)),
        ("mul", |a, b| a.wrapping_mul(b)),
        ("mulw", |a, b| w((a as u32).wrapping_mul(b as u32))),
        ("mulh", |a, b| {
            ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64
        }),
        ("mulhu", |a, b| {
            ((u128::from(a) * u128::from(b)) >> 64) as u64
        }),
        ("mulhsu", |a, b| {
            ((i128::from(a as i64) * i128::from(b)) >> 64) as u64
        }),
        ("div", |a, b| div(a as i64, b as i64) as u64),
        ("divu", |a, b| a.checked_div(b).unwrap_or(u64::MAX)),
        ("rem", |a, b| rem(a as i64, b as i64) as u64),
        ("remu", |a, b| a.checked_rem(b).unwrap_or(a)),
        ("divw", |a, b| div32(a as i32, b as i32) as u64),
        ("divuw", |a, b| {
            (a as u32).checked_div(b as u32).map_or(u64::MAX, w)
        }),
        ("remw", |a, b| rem32(a as i32, b as i32) as u64),
        ("remuw", |a, b| {
            w((a as u32).checked_rem(b as u32).unwrap_or(a as u32))
        }),
        ("sh1add", |a, b| b.wrapping_add(a << 1)),
        ("sh3add", |a, b| b.wrapping_add(a << 3)),
        ("add.uw", |a, b| b.wrapping_add(u64::from(a as u32))),
        ("sh2add.uw", |a, b| b.wrapping_add(u64::from(a as u32) << 2)),
        ("andn", |a, b| a & !b),
        ("orn", |a, b| a | !b),
        ("xnor", |a, b| !(a ^ b)),
        ("min", |a, b| (a as i64).min(b as i64) as u64),
        ("maxu", |a, b| a.max(b)),
        ("rol", |a, b| a.rotate_left(b as u32 & 63)),
        ("ror", |a, b| a.rotate_right(b as u32 & 63)),
        ("rolw", |a, b| w((a as u32).rotate_left(b as u32 & 31))),
        ("rorw", |a, b| w((a as u32).rotate_right(b as u32 & 31))),
        ("clz", |a, _| a.leading_zeros().into()),
        ("ctz", |a, _| a.trailing_zeros().into()),
        ("clzw", |a, _| (a as u32).leading_zeros().into()),
        ("ctzw", |a, _| (a as u32).trailing_zeros().into()),
        ("cpop", |a, _| a.count_ones().into()),
        ("cpopw", |a, _| (a as u32).count_ones().into()),
        ("sext.b", |a, _| a as i8 as u64),
        ("sext.h", |a, _| a as i16 as u64),
        ("zext.h", |a, _| u64::from(a as u16)),
        ("rev8", |a, _| a.swap_bytes()),
        ("orc.b", |a, _| {
            u64::from_le_bytes(a.to_le_bytes().map(|byte| if byte == 0 { 0 } else { 0xff }))
        }),
    ];
    let spec = Spec::builtin();
    let values = [
        0,
        1,
        2,
        7,
        31,
        32,
        33,
        63,
        64,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x0123_4567_89ab_cdef,
        i64::MAX as u64,
        i64::MIN as u64,
        u64::MAX,
        0xffff_ffff_8000_0000,
        0x00ff_0001_0000_8000,
    ];
    for (mnemonic, operation) in operations {
        for a in values {
            for b in values {
                assert_eq!(
                    result(&spec, mnemonic, a, b),
                    operation(a, b),
                    "{mnemonic} {a:#x} {b:#x}"
                );
            }
        }
    }
}

#[test]
fn atomics_change_memory_and_return_the_old_word() {
    type Operation = fn(u32, u32) -> u32;
    let operations: &[(&str, Operation)] = &[
        ("amoswap.w", |_, b| b),
        ("amoadd.w", u32::wrapping_add),
        ("amoxor.w", |a, b| a ^ b),
        ("amoand.w", |a, b| a & b),
        ("amoor.w", |a, b| a | b),
        ("amomin.w", |a, b| (a as i32).min(b as i32) as u32),
        ("amomax.w", |a, b| (a as i32).max(b as i32) as u32),
        ("amominu.w", u32::min),
        ("amomaxu.w", u32::max),
    ];
    let spec = Spec::builtin();
    for (mnemonic, operation) in operations {
        for a in [0u32, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            for b in [0u32, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
                // The result goes to the register of the value, which must not be lost before.
                for rd in [5, 6, 7] {
                    let code = [word(
                        &spec,
                        mnemonic,
                        64,
                        &[("rd", rd), ("rs1", 6), ("rs2", 7)],
                    )];
                    let mut machine = machine(&spec, 64, &code, Options::default());
                    machine.set_x(6, DATA);
                    machine.set_x(7, 0xdead_0000_0000_0000 | u64::from(b));
                    machine.memory_mut().write_u32(DATA, a).unwrap();
                    assert_eq!(machine.run(1), Stop::OutOfFuel);
                    assert_eq!(
                        machine.memory().read_u32(DATA),
                        Ok(operation(a, b)),
                        "{mnemonic} {a:#x} {b:#x}"
                    );
                    assert_eq!(machine.x()[rd as usize], a as i32 as u64);
                }
            }
        }
    }
}

#[test]
fn a_store_conditional_needs_its_reservation() {
    let spec = Spec::builtin();
    let code = [
        word(&spec, "sc.w", 64, &[("rd", 5), ("rs1", 6), ("rs2", 7)]),
        word(&spec, "lr.w", 64, &[("rd", 8), ("rs1", 6)]),
        word(&spec, "sc.w", 64, &[("rd", 9), ("rs1", 6), ("rs2", 7)]),
        word(&spec, "sc.w", 64, &[("rd", 10), ("rs1", 6), ("rs2", 7)]),
    ];
    let mut machine = machine(&spec, 64, &code, Options::default());
    machine.set_x(6, DATA);
    machine.set_x(7, 42);
    assert_eq!(machine.run(4), Stop::OutOfFuel);
    let x = machine.x();
    assert_ne!(x[5], 0, "without a reservation");
    assert_eq!((x[8], x[9]), (0, 0));
    assert_ne!(x[10], 0, "the reservation is used up");
    assert_eq!(machine.memory().read_u32(DATA), Ok(42));
}

/// sum = 1 + ... + n by a loop; then returns.
fn sum_program(spec: &Spec, xlen: u8) -> Vec<u32> {
    vec![
        word(spec, "addi", xlen, &[("rd", 11)]),
        word(spec, "beq", xlen, &[("rs1", 10), ("rs2", 0), ("imm", 16)]),
        word(spec, "add", xlen, &[("rd", 11), ("rs1", 11), ("rs2", 10)]),
        word(spec, "addi", xlen, &[("rd", 10), ("rs1", 10), ("imm", -1)]),
        word(spec, "jal", xlen, &[("imm", -12)]),
        word(spec, "addi", xlen, &[("rd", 10), ("rs1", 11)]),
        word(spec, "jalr", xlen, &[("rs1", 1)]),
    ]
}

#[test]
fn a_function_is_called_and_returns() {
    let spec = Spec::builtin();
    for xlen in [32, 64] {
        for options in [Options::default(), golden()] {
            let mut machine = machine(&spec, xlen, &sum_program(&spec, xlen), options);
            assert_eq!(machine.call(CODE, &[1000], 1 << 20), Ok(500_500));
            assert_eq!(machine.retired(), 1 + 4 * 1000 + 1 + 2);
            assert_eq!(machine.call(CODE, &[3], 1 << 20), Ok(6));
        }
    }
}

#[test]
fn fuel_is_exact() {
    let spec = Spec::builtin();
    let total = {
        let mut machine = machine(&spec, 64, &sum_program(&spec, 64), Options::default());
        machine.call(CODE, &[5], u64::MAX).unwrap();
        machine.retired()
    };
    for fuel in 0..total {
        let mut a = machine(&spec, 64, &sum_program(&spec, 64), Options::default());
        assert_eq!(a.call(CODE, &[5], fuel), Err(Stop::OutOfFuel));
        assert_eq!(a.retired(), fuel);
        let mut b = machine(&spec, 64, &sum_program(&spec, 64), golden());
        assert_eq!(b.call(CODE, &[5], fuel), Err(Stop::OutOfFuel));
        assert_eq!((a.pc(), a.x()), (b.pc(), b.x()));
        // It goes on where it stopped.
        assert_eq!(a.run(u64::MAX), Stop::Returned);
        assert_eq!((a.x()[10], a.retired()), (15, total));
    }
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let spec = Spec::builtin();
    let mut machine = machine(
        &spec,
        64,
        &[word(&spec, "jal", 64, &[("imm", 0)])],
        Options::default(),
    );
    assert_eq!(machine.run(1_000_000), Stop::OutOfFuel);
    assert_eq!(machine.retired(), 1_000_000);
}

#[test]
fn a_trap_is_precise() {
    let spec = Spec::builtin();
    let code = [
        word(&spec, "addi", 64, &[("rd", 5), ("imm", 1)]),
        word(&spec, "addi", 64, &[("rd", 6), ("imm", 2)]),
        word(&spec, "ld", 64, &[("rd", 6), ("rs1", 7), ("imm", 8)]),
        word(&spec, "addi", 64, &[("rd", 5), ("imm", 3)]),
    ];
    for options in [Options::default(), golden()] {
        let mut machine = machine(&spec, 64, &code, options);
        machine.set_x(7, DATA + DATA_SIZE - 8);
        let Stop::Trap(trap) = machine.run(100) else {
            panic!("no trap")
        };
        assert_eq!(
            trap.cause,
            Cause::Fault(Fault {
                addr: DATA + DATA_SIZE,
                len: 8,
                access: Access::Read
            })
        );
        assert_eq!(
            (trap.pc, machine.pc(), machine.retired()),
            (CODE + 8, CODE + 8, 2)
        );
        assert_eq!((machine.x()[5], machine.x()[6]), (1, 2));
        assert_eq!(
            trap.to_string(),
            "load of 8 bytes at 0x9000 outside of readable memory at pc 0x1008"
        );
    }
}

#[test]
fn traps_say_what_is_wrong() {
    let spec = Spec::builtin();
    let cause = |code: &[u32]| {
        let mut machine = machine(&spec, 64, code, Options::default());
        match machine.run(100) {
            Stop::Trap(trap) => trap.to_string(),
            other => other.to_string(),
        }
    };
    let add_double = 0x02b5_7553; // fadd.d
    let causes = [
        cause(&[add_double]),
        cause(&[0xffff_ffff]),
        cause(&[0]),
        cause(&[word(&spec, "ebreak", 64, &[])]),
        cause(&[word(&spec, "csrrw", 64, &[("csr", 0x7ff), ("rs1", 5)])]),
        cause(&[word(&spec, "csrrw", 64, &[("csr", 0xc00), ("rs1", 5)])]),
        cause(&[
            word(&spec, "addi", 64, &[("rd", 17), ("imm", 5)]),
            word(&spec, "ecall", 64, &[]),
        ]),
        cause(&[word(&spec, "sw", 64, &[("rs1", 0), ("imm", 64)])]),
        cause(&[word(&spec, "sw", 64, &[("rs1", 5), ("imm", 64)])]),
        cause(&[word(&spec, "jalr", 64, &[("rs1", 0), ("imm", 0x200)])]),
    ];
    insta::assert_snapshot!(causes.join("\n"));
}

#[test]
fn a_program_exits_and_writes() {
    let spec = Spec::builtin();
    let lui = word(
        &spec,
        "lui",
        64,
        &[("rd", 11), ("imm", (DATA >> 12) as i64)],
    );
    let set = |register, value| word(&spec, "addi", 64, &[("rd", register), ("imm", value)]);
    let ecall = word(&spec, "ecall", 64, &[]);
    let code = [
        set(10, 1),
        lui,
        set(12, 5),
        set(17, 64),
        ecall,
        set(17, 93),
        ecall,
    ];
    let mut machine = machine(&spec, 64, &code, Options::default());
    machine.memory_mut().initialize(DATA, b"hello").unwrap();
    assert_eq!(machine.run(100), Stop::Exit(5));
    assert_eq!(machine.output(), b"hello");
}

#[test]
fn output_is_limited_and_bad_buffers_are_errors() {
    let spec = Spec::builtin();
    let ecall = word(&spec, "ecall", 64, &[]);
    let set = |register, value| word(&spec, "addi", 64, &[("rd", register), ("imm", value)]);
    let code = [set(10, 1), set(12, 8), set(17, 64), ecall];
    let mut machine = machine(
        &spec,
        64,
        &code,
        Options {
            output: 20,
            ..Options::default()
        },
    );
    assert_eq!(machine.run(4), Stop::OutOfFuel);
    assert_eq!(machine.x()[10], -14i64 as u64);
    for _ in 0..2 {
        machine.set_pc(CODE);
        machine.set_x(11, DATA);
        assert_eq!(machine.run(4), Stop::OutOfFuel);
        assert_eq!(machine.x()[10], 8);
    }
    machine.set_pc(CODE);
    assert!(matches!(machine.run(4), Stop::Trap(trap) if trap.cause == Cause::OutputLimit(20)));
}

#[test]
fn csrs_of_the_accelerator_and_counters() {
    let spec = Spec::builtin();
    let read_on = |xlen: u8, name: &str| {
        let number = i64::from(spec.csr_by_name(name).unwrap().number);
        let csr = word(&spec, "csrrs", xlen, &[("rd", 5), ("csr", number)]);
        let nop = word(&spec, "addi", xlen, &[]);
        let mut machine = machine(&spec, xlen, &[nop, nop, csr], Options::default());
        assert_eq!(machine.run(3), Stop::OutOfFuel, "{name}");
        machine.x()[5]
    };
    let read = |name| read_on(64, name);
    assert_eq!(read("zktr.version"), 0x0000_0002);
    assert_eq!(read("zktr.formats"), 0x7fff_1fff_ffff);
    assert_eq!(read("zktr.functions"), 0x7ff_ffff_ff32);
    assert_eq!((read("cycle"), read("instret")), (2, 2));
    for (low, high) in [
        ("zktr.formats", "zktr.formatsh"),
        ("zktr.functions", "zktr.functionsh"),
    ] {
        assert_eq!(read(high), read(low) >> 32);
        assert_eq!(read_on(32, low), read(low) & 0xffff_ffff);
        assert_eq!(read_on(32, high), read(high));
    }
}

#[test]
fn code_may_change_itself() {
    let spec = Spec::builtin();
    let set = |value| word(&spec, "addi", 64, &[("rd", 5), ("imm", value)]);
    // Stores a new instruction over the one behind the fence, twice in a loop.
    let code = [
        word(&spec, "sw", 64, &[("rs1", 6), ("rs2", 7)]),
        word(&spec, "fence.i", 64, &[]),
        set(1),
        word(&spec, "jalr", 64, &[("rs1", 1)]),
    ];
    let mut memory = SegmentedMemory::new(1 << 20);
    memory
        .map(
            CODE,
            0x1000,
            Permissions {
                read: true,
                write: true,
                execute: true,
            },
        )
        .unwrap();
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.initialize(CODE, &bytes).unwrap();
    let mut machine = Machine::new(spec.clone(), 64, memory, Options::default());
    for value in [1, 2, 3] {
        machine.set_x(6, CODE + 8);
        machine.set_x(7, set(value).into());
        machine.call(CODE, &[], 100).unwrap();
        assert_eq!(machine.x()[5], value as u64);
    }
}

#[test]
fn bulk_instructions_end_with_a_status() {
    let spec = Spec::builtin();
    let code = [
        word(&spec, "zktr.pow", 64, &[("rd", 5), ("rs1", 6), ("rs2", 7)]),
        word(&spec, "zktr.wait", 64, &[("rd", 8), ("rs1", 0)]),
        word(&spec, "zktr.wait", 64, &[("rd", 9), ("rs1", 7)]),
    ];
    let mut machine = machine(&spec, 64, &code, Options::default());
    let descriptor = spec.descriptor("pow").unwrap();
    let at = |name: &str| DATA + u64::from(descriptor.field(name).unwrap().1.at);
    let memory = machine.memory_mut();
    let version = descriptor.field("version").unwrap().1.value.unwrap();
    memory.write(DATA, &[version as u8, 0, 0, 0]).unwrap();
    memory.write_u32(at("init"), 3).unwrap();
    memory.write_u32(at("base"), 10).unwrap();
    memory
        .write(at("out"), &(DATA + 0x100).to_le_bytes())
        .unwrap();
    memory.write(at("out") + 8, &4u64.to_le_bytes()).unwrap();
    memory
        .write(at("last"), &(DATA + 0x200).to_le_bytes())
        .unwrap();
    machine.set_x(6, DATA);
    machine.set_x(7, 5);
    assert_eq!(machine.run(3), Stop::OutOfFuel);
    let x = machine.x();
    assert_eq!(x[5], spec.status("ok").unwrap().code);
    assert_eq!((x[8], x[9]), (0, spec.status("ticket").unwrap().code));
    let powers: Vec<u32> = (0..5)
        .map(|i| machine.memory().read_u32(DATA + 0x100 + 4 * i).unwrap())
        .collect();
    assert_eq!(powers, [3, 30, 300, 3000, 30000]);
    // A descriptor that cannot be read is a refusal, not a trap.
    machine.set_pc(CODE);
    machine.set_x(6, 0x40);
    assert_eq!(machine.run(1), Stop::OutOfFuel);
    assert_eq!(machine.x()[5], spec.status("fault").unwrap().code);
}

#[test]
fn observers_see_every_instruction() {
    #[derive(Default)]
    struct Pcs(Vec<(u64, u64)>);
    impl Observer for Pcs {
        fn retire(&mut self, event: &Retire<'_>) {
            self.0.push((event.pc, event.next_pc));
        }
    }
    let spec = Spec::builtin();
    let mut machine = machine(&spec, 64, &sum_program(&spec, 64), Options::default());
    let mut observers = (Mix::default(), Pcs::default());
    assert_eq!(
        machine.call_observed(CODE, &[2], 1000, &mut observers),
        Ok(3)
    );
    assert_eq!(observers.0.total(), machine.retired());
    assert!(observers.1.0.windows(2).all(|pair| pair[0].1 == pair[1].0));
    insta::assert_snapshot!(observers.0.table(&spec));
}
