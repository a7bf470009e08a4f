//! A machine under a debugger: every stop is where it has to be, and the way back passes the same states.

use proptest::prelude::*;
use std::sync::Arc;
use zktr_emu::debug::{Debugger, Halt, Resume, describe, describe_offload};
use zktr_emu::host::{Machine, Options, Stop};
use zktr_emu::memory::{Access, Permissions, SegmentedMemory, Watchpoint};
use zktr_isa::Spec;

const CODE: u64 = 0x1000;
const DATA: u64 = 0x8000;

/// The word of an instruction with operands by name; those not named are zero.
fn word(spec: &Spec, mnemonic: &str, operands: &[(&str, i64)]) -> u32 {
    let index = spec.instruction_for(mnemonic, 64).unwrap();
    let value = |name: &str| {
        let named = operands.iter().find(|(n, _)| *n == name);
        named.map_or(0, |(_, value)| *value)
    };
    let operands = &spec.instructions[index].operands;
    let values: Vec<i64> = operands
        .iter()
        .map(|o| o.fixed.unwrap_or_else(|| value(&o.name)))
        .collect();
    spec.encode(index, &values).unwrap()
}

fn debugger(code: &[u32], fuel: u64) -> Debugger {
    let mut memory = SegmentedMemory::new(1 << 20);
    memory.map(CODE, 0x1000, Permissions::READ_EXECUTE).unwrap();
    memory.map(DATA, 0x1000, Permissions::READ_WRITE).unwrap();
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.initialize(CODE, &bytes).unwrap();
    let mut machine = Machine::new(Spec::builtin(), 64, memory, Options::default());
    machine.set_pc(CODE);
    machine.set_x(11, DATA);
    Debugger::new(machine, fuel)
}

/// a0 counts up; each count is stored, loaded again and added to a2; ends at 10 with an illegal word.
fn counter(spec: &Spec, count: i64) -> Vec<u32> {
    vec![
        word(spec, "addi", &[("rd", 13), ("imm", count)]),
        word(spec, "addi", &[("rd", 10), ("rs1", 10), ("imm", 1)]),
        word(spec, "sd", &[("rs2", 10), ("rs1", 11), ("imm", 8)]),
        word(spec, "ld", &[("rd", 14), ("rs1", 11), ("imm", 8)]),
        word(spec, "add", &[("rd", 12), ("rs1", 12), ("rs2", 14)]),
        word(spec, "bne", &[("rs1", 10), ("rs2", 13), ("imm", -16)]),
        0,
    ]
}

fn state(debugger: &Debugger) -> (u64, u64, [u64; 32], Vec<u8>) {
    let machine = debugger.machine();
    let mut data = vec![0; 64];
    assert_eq!(machine.memory().inspect(DATA, &mut data), 64);
    (machine.retired(), machine.pc(), *machine.x(), data)
}

fn never(_: &Machine) -> bool {
    false
}

fn point(addr: u64, len: u64, read: bool, write: bool) -> Watchpoint {
    Watchpoint {
        addr,
        len,
        read,
        write,
    }
}

fn is_trap(halt: &Halt) -> bool {
    matches!(halt, Halt::Ended(Stop::Trap(_)))
}

#[test]
fn every_step_back_undoes_a_step() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 10), 1000);
    let mut states = vec![state(&debugger)];
    loop {
        match debugger.resume(Resume::Step, &mut never) {
            Halt::Stepped => states.push(state(&debugger)),
            halt => {
                assert!(is_trap(&halt), "{halt:?}");
                break;
            }
        }
    }
    assert_eq!(states.len(), 1 + 1 + 10 * 5);
    for expected in states.iter().rev().skip(1) {
        assert_eq!(debugger.resume(Resume::StepBack, &mut never), Halt::Stepped);
        assert_eq!(state(&debugger), *expected);
    }
    assert_eq!(
        debugger.resume(Resume::StepBack, &mut never),
        Halt::Beginning
    );
    assert_eq!(state(&debugger), states[0]);
    // And forward again.
    assert!(is_trap(&debugger.resume(Resume::Continue, &mut never)));
    assert_eq!(state(&debugger), *states.last().unwrap());
}

#[test]
fn breakpoints_stop_in_front_of_their_instruction() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 3), 1000);
    let add = CODE + 16;
    assert!(debugger.add_breakpoint(add));
    for round in 1..=3 {
        let halt = debugger.resume(Resume::Continue, &mut never);
        assert_eq!((halt, debugger.machine().pc()), (Halt::Breakpoint, add));
        assert_eq!(debugger.machine().x()[14], round);
    }
    assert!(is_trap(&debugger.resume(Resume::Continue, &mut never)));
    for round in (1..=3).rev() {
        let halt = debugger.resume(Resume::ContinueBack, &mut never);
        assert_eq!((halt, debugger.machine().pc()), (Halt::Breakpoint, add));
        assert_eq!(debugger.machine().x()[14], round);
    }
    let halt = debugger.resume(Resume::ContinueBack, &mut never);
    assert_eq!((halt, debugger.machine().retired()), (Halt::Beginning, 0));
    // Two for one address are two.
    assert!(debugger.add_breakpoint(add));
    assert!(debugger.remove_breakpoint(add));
    assert_eq!(
        debugger.resume(Resume::Continue, &mut never),
        Halt::Breakpoint
    );
    assert!(debugger.remove_breakpoint(add));
    assert!(!debugger.remove_breakpoint(add));
    assert!(is_trap(&debugger.resume(Resume::Continue, &mut never)));
}

#[test]
fn watchpoints_stop_behind_the_access() {
    let spec = Spec::builtin();
    // (range, load, store): where the machine stops, and for which access.
    let store = (CODE + 12, Access::Write);
    let load = (CODE + 16, Access::Read);
    for (addr, len, read, write, expected) in [
        (DATA + 8, 8, false, true, Some(store)),
        (DATA + 15, 1, false, true, Some(store)),
        (DATA, 9, true, true, Some(store)),
        (DATA + 8, 8, true, false, Some(load)),
        (DATA, 8, true, true, None),
        (DATA + 16, 100, true, true, None),
        // Fetches are no loads.
        (CODE, 64, true, true, None),
    ] {
        let mut debugger = debugger(&counter(&spec, 2), 1000);
        let point = point(addr, len, read, write);
        assert!(debugger.add_watchpoint(point));
        assert!(!debugger.add_watchpoint(point), "twice");
        match (debugger.resume(Resume::Continue, &mut never), expected) {
            (Halt::Watch(hit), Some((pc, access))) => {
                assert_eq!((debugger.machine().pc(), hit.access), (pc, access));
                assert_eq!((hit.addr, hit.watchpoint), (addr.max(DATA + 8), point));
                // The second time, and then the way back: in front of both.
                let halt = debugger.resume(Resume::Continue, &mut never);
                assert!(matches!(halt, Halt::Watch(_)));
                let second = debugger.machine().retired();
                for _ in 0..2 {
                    let halt = debugger.resume(Resume::ContinueBack, &mut never);
                    assert!(matches!(halt, Halt::Watch(_)), "{halt:?}");
                    assert!(debugger.machine().retired() < second);
                }
            }
            (halt, None) => assert!(is_trap(&halt), "{halt:?}"),
            other => panic!("{other:?}"),
        }
        assert!(debugger.remove_watchpoint(&point));
        assert!(!debugger.remove_watchpoint(&point));
        assert!(!debugger.machine().memory().is_watched());
    }
}

#[test]
fn impossible_watchpoints_are_refused() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 2), 1000);
    for (addr, len) in [(DATA, 0), (u64::MAX, 2), (2, u64::MAX)] {
        assert!(!debugger.add_watchpoint(point(addr, len, true, true)));
    }
    let many = (0..10_000).filter(|i| debugger.add_watchpoint(point(i * 8, 8, true, false)));
    assert_eq!(many.count(), 4096);
    let many = (0..10_000).filter(|i| debugger.add_breakpoint(i * 2));
    assert_eq!(many.count(), 4096);
}

#[test]
fn a_range_is_left_by_any_way_out() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 2), 1000);
    let range = |start, end| Resume::Range { start, end };
    assert_eq!(
        debugger.resume(range(CODE, CODE + 8), &mut never),
        Halt::Stepped
    );
    assert_eq!(debugger.machine().pc(), CODE + 8);
    // Backwards, by the branch.
    assert_eq!(
        debugger.resume(range(CODE + 8, CODE + 24), &mut never),
        Halt::Stepped
    );
    assert_eq!(debugger.machine().pc(), CODE + 4);
    // An empty range is one step.
    assert_eq!(debugger.resume(range(1, 0), &mut never), Halt::Stepped);
    assert_eq!(debugger.machine().pc(), CODE + 8);
}

#[test]
fn what_was_edited_belongs_to_the_run() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 10), 1000);
    for _ in 0..8 {
        debugger.resume(Resume::Step, &mut never);
    }
    debugger.edit().set_x(12, 1000);
    let edited = state(&debugger);
    for _ in 0..3 {
        debugger.resume(Resume::Step, &mut never);
    }
    for _ in 0..3 {
        debugger.resume(Resume::StepBack, &mut never);
    }
    assert_eq!(state(&debugger), edited);
    // In front of it, it has not been made.
    debugger.resume(Resume::StepBack, &mut never);
    assert_eq!(debugger.machine().x()[12], 1);
    debugger.resume(Resume::Step, &mut never);
    assert_ne!(state(&debugger), edited);
}

#[test]
fn fuel_and_patience_end() {
    let spec = Spec::builtin();
    let endless = [word(&spec, "jal", &[])];
    let mut limited = debugger(&endless, 100);
    assert_eq!(
        limited.resume(Resume::Continue, &mut never),
        Halt::OutOfFuel
    );
    assert_eq!(limited.resume(Resume::Step, &mut never), Halt::OutOfFuel);
    assert_eq!(limited.machine().retired(), 100);
    limited.add_fuel(1);
    assert_eq!(limited.resume(Resume::Step, &mut never), Halt::Stepped);
    let mut calls = 0;
    let mut patience = |_: &Machine| {
        calls += 1;
        calls == 3
    };
    let mut endless = debugger(&endless, u64::MAX);
    assert_eq!(
        endless.resume(Resume::Continue, &mut patience),
        Halt::Interrupted
    );
    // On the way back it is where it was.
    let here = state(&endless);
    assert!(endless.add_breakpoint(CODE + 4));
    assert_eq!(
        endless.resume(Resume::ContinueBack, &mut |_| true),
        Halt::Interrupted
    );
    assert_eq!(state(&endless), here);
    assert_eq!(
        endless.resume(Resume::ContinueBack, &mut never),
        Halt::Beginning
    );
}

#[test]
fn a_long_run_keeps_few_snapshots_and_reaches_each_moment() {
    let spec = Spec::builtin();
    // More intervals than there may be snapshots.
    let code = [
        word(&spec, "addi", &[("rd", 10), ("rs1", 10), ("imm", 1)]),
        word(&spec, "jal", &[("imm", -4)]),
    ];
    let fuel = 70 << 20;
    let mut debugger = debugger(&code, fuel);
    assert_eq!(
        debugger.resume(Resume::Continue, &mut never),
        Halt::OutOfFuel
    );
    for back in 1..5 {
        assert_eq!(debugger.resume(Resume::StepBack, &mut never), Halt::Stepped);
        assert_eq!(debugger.machine().retired(), fuel - back);
        assert_eq!(debugger.machine().x()[10], (fuel - back).div_ceil(2));
    }
}

/// A descriptor of `zktr.rlc` for two rows of two columns, with this word in the table.
fn rlc(spec: &Spec, first: u32) -> Debugger {
    let descriptor = spec.descriptor("rlc").unwrap();
    let at = |name: &str| {
        let (_, field) = descriptor.field(name).unwrap();
        field.at as usize
    };
    let mut bytes = vec![0; descriptor.size as usize];
    let mut put = |at: usize, words: &[u64]| {
        for (to, word) in bytes[at..].chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
    };
    put(at("init"), &[7]);
    put(at("out"), &[DATA + 0x100, 4, 4]);
    put(at("a"), &[DATA + 0x200, 8, 4]);
    put(at("coeff"), &[DATA + 0x300, 4, 4]);
    bytes[at("version")] = 2;
    bytes[at("format")] = spec.format("babybear").unwrap().code;
    bytes[at("k")] = 2;
    let call = word(spec, "zktr.rlc", &[("rd", 10), ("rs1", 11), ("rs2", 12)]);
    let mut debugger = debugger(&[call, call, 0], 100);
    let machine = debugger.edit();
    machine.set_x(12, 2);
    let memory = machine.memory_mut();
    memory.initialize(DATA, &bytes).unwrap();
    for (i, word) in [first, 2, 3, 4].into_iter().enumerate() {
        memory
            .initialize(DATA + 0x200 + 4 * i as u64, &word.to_le_bytes())
            .unwrap();
    }
    memory
        .initialize(DATA + 0x300, &[10, 0, 0, 0, 100, 0, 0, 0])
        .unwrap();
    debugger
}

#[test]
fn offloads_are_remembered_with_their_descriptors() {
    let spec: Arc<Spec> = Spec::builtin();
    let mut debugger = rlc(&spec, 1);
    assert_eq!(debugger.offloads().count(), 0);
    assert!(is_trap(&debugger.resume(Resume::Continue, &mut never)));
    let texts: Vec<String> = debugger
        .offloads()
        .map(|offload| describe_offload(&spec, offload))
        .collect();
    assert_eq!(texts.len(), 2);
    insta::assert_snapshot!(texts[0]);
    // They are forgotten on the way back, and remembered once on the way forward.
    debugger.resume(Resume::StepBack, &mut never);
    assert_eq!(debugger.offloads().count(), 1);
    debugger.resume(Resume::Step, &mut never);
    assert_eq!(debugger.offloads().count(), 2);
}

#[test]
fn refusals_stop_where_they_are_asked_to() {
    let spec = Spec::builtin();
    for (on, watch) in [(false, false), (true, false), (true, true)] {
        // The word of the modulus is no canonical residue.
        let mut debugger = rlc(&spec, 2_013_265_921);
        debugger.set_break_on_refusal(on);
        if watch {
            assert!(debugger.add_watchpoint(point(DATA + 0x800, 8, true, true)));
        }
        let halt = debugger.resume(Resume::Continue, &mut never);
        if on {
            assert_eq!((halt, debugger.machine().pc()), (Halt::Refused, CODE + 4));
            let last = debugger.offloads().next_back().unwrap();
            assert_eq!(last.outcome(&spec), "range");
            assert_eq!(debugger.resume(Resume::Continue, &mut never), Halt::Refused);
            assert_eq!(
                debugger.resume(Resume::ContinueBack, &mut never),
                Halt::Refused
            );
            assert_eq!(debugger.machine().pc(), CODE + 4);
        } else {
            assert!(is_trap(&halt));
        }
    }
}

#[test]
fn accesses_of_units_are_watched() {
    let spec = Spec::builtin();
    for (addr, read, write) in [(DATA + 0x104, false, true), (DATA + 0x20c, true, false)] {
        let mut debugger = rlc(&spec, 1);
        assert!(debugger.add_watchpoint(point(addr, 4, read, write)));
        let halt = debugger.resume(Resume::Continue, &mut never);
        assert!(
            matches!(halt, Halt::Watch(hit) if hit.addr == addr),
            "{halt:?}"
        );
        assert_eq!(debugger.machine().pc(), CODE + 4);
    }
}

#[test]
fn the_mix_is_that_of_the_whole_run() {
    let spec = Spec::builtin();
    let mut debugger = debugger(&counter(&spec, 10), 1000);
    assert!(debugger.add_breakpoint(CODE + 16));
    debugger.resume(Resume::Continue, &mut never);
    debugger.edit().set_x(13, 4);
    debugger.resume(Resume::Continue, &mut never);
    debugger.remove_breakpoint(CODE + 16);
    debugger.resume(Resume::Continue, &mut never);
    let before = state(&debugger);
    let mix = debugger.mix().unwrap();
    assert_eq!(mix.total(), 1 + 4 * 5);
    assert!(mix.by_instruction(&spec).contains(&("sd", 4)));
    assert_eq!(state(&debugger), before);
}

proptest! {
    /// Whatever the bytes, a descriptor can be described.
    #[test]
    fn descriptors_of_any_bytes_are_described(
        bytes in proptest::collection::vec(any::<u8>(), 0..256),
        addr: u64,
        kind: prop::sample::Index,
        instruction: prop::sample::Index,
        operands in proptest::collection::vec(any::<u64>(), 0..4),
    ) {
        let spec = Spec::builtin();
        let descriptor = kind.get(&spec.descriptors);
        let instruction = instruction.get(&spec.instructions);
        let with = describe(&spec, descriptor, addr, &bytes, Some((instruction, &operands)));
        let without = describe(&spec, descriptor, addr, &bytes, None);
        prop_assert_eq!(with.lines().count(), 1 + descriptor.fields.len());
        prop_assert_eq!(without.lines().count(), 1 + descriptor.fields.len());
    }

    /// From any moment, back to any earlier one.
    #[test]
    fn the_past_is_reached_from_anywhere(there in 1u64..60, back in 1u64..60) {
        let spec = Spec::builtin();
        let mut direct = debugger(&counter(&spec, 20), there.saturating_sub(back));
        let mut around = debugger(&counter(&spec, 20), there);
        direct.resume(Resume::Continue, &mut never);
        around.resume(Resume::Continue, &mut never);
        for _ in 0..back.min(there) {
            around.resume(Resume::StepBack, &mut never);
        }
        prop_assert_eq!(state(&direct), state(&around));
    }
}
