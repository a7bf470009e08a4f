//! Random programs on the host core: they come to their end, touch no memory but what is theirs, and do interpreted
//! and compiled what the golden evaluator says.

use std::collections::BTreeSet;
use std::sync::Arc;
use zktr_emu::host::{Machine, Options};
use zktr_emu::memory::{Memory, Permissions, SegmentedMemory};
use zktr_isa::program::{BASES, REACH};
use zktr_isa::{Program, Spec};

const CODE: u64 = 0x1_0000;
/// What the base registers point to: the middle of all data.
const DATA: u64 = 0x4_0000;
const SIZE: u64 = 2 * REACH as u64;
const EXTENSIONS: [&str; 9] = ["I", "M", "A", "C", "Zicsr", "Zifencei", "Zba", "Zbb", "Zbs"];

/// Generator of 64-bit numbers, xorshift64*.
fn random(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// Registers, program counter, data and how many instructions were executed.
type State = ([u64; 32], u64, Vec<u8>, u64);

/// Who executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Golden,
    Interpreter,
    Compiled,
}

/// Runs a program from its beginning to its end, and then once more with what it has left in the registers.
fn run(spec: &Arc<Spec>, xlen: u8, program: &Program, seed: u64, engine: Engine) -> State {
    let mut memory = SegmentedMemory::new(1 << 20);
    let end = CODE + program.code.len() as u64;
    memory
        .map(CODE, program.code.len() as u64, Permissions::READ_EXECUTE)
        .unwrap();
    memory
        .map(DATA - REACH as u64, SIZE, Permissions::READ_WRITE)
        .unwrap();
    memory.initialize(CODE, &program.code).unwrap();
    let mut random = random(seed);
    let data: Vec<u8> = (0..SIZE).map(|_| random() as u8).collect();
    memory.initialize(DATA - REACH as u64, &data).unwrap();
    let options = Options {
        golden: engine == Engine::Golden,
        compile_after: (engine == Engine::Compiled).then_some(0),
        ..Options::default()
    };
    let mut machine = Machine::new(spec.clone(), xlen, memory, options);
    for register in 1..32 {
        // Numbers of all sizes.
        let value = random() >> (random() % 64);
        machine.set_x(register, value);
    }
    for base in BASES {
        machine.set_x(base, DATA);
    }
    for _ in 0..2 {
        machine.set_pc(CODE);
        // Nothing can be fetched behind the last instruction.
        let stop = machine.run(program.instructions.len() as u64 + 1);
        assert_eq!(machine.pc(), end, "{stop:?}");
    }
    let mut data = vec![0; SIZE as usize];
    machine
        .memory()
        .read(DATA - REACH as u64, &mut data)
        .unwrap();
    (*machine.x(), machine.pc(), data, machine.retired())
}

#[test]
fn programs_end_and_all_engines_agree() {
    let spec = Spec::builtin();
    for xlen in [32, 64] {
        let programs = spec.programs(xlen, &EXTENSIONS);
        let mut random = random(u64::from(xlen));
        let mut drawn = BTreeSet::new();
        let mut executed = 0;
        for _ in 0..150 {
            let seed = random();
            let program = programs.sample(100, &mut random);
            assert_eq!(program.instructions.len(), 100);
            drawn.extend(program.instructions.iter().map(|(_, index, _)| *index));
            let interpreted = run(&spec, xlen, &program, seed, Engine::Interpreter);
            executed += interpreted.3;
            for engine in [Engine::Golden, Engine::Compiled] {
                assert_eq!(
                    interpreted,
                    run(&spec, xlen, &program, seed, engine),
                    "{engine:?}"
                );
            }
        }
        assert_eq!(drawn, programs.instructions().collect());
        assert!(executed > 150 * 80, "{executed}");
    }
}

#[test]
fn what_does_not_occur_in_programs() {
    let spec = Spec::builtin();
    let usable: BTreeSet<usize> = [32, 64]
        .into_iter()
        .flat_map(|xlen| {
            spec.programs(xlen, &EXTENSIONS)
                .instructions()
                .collect::<Vec<_>>()
        })
        .collect();
    let missing: Vec<&str> = spec
        .instructions
        .iter()
        .enumerate()
        .filter(|(index, instruction)| {
            EXTENSIONS.contains(&instruction.extension.as_str()) && !usable.contains(index)
        })
        .map(|(_, instruction)| instruction.name.as_str())
        .collect();
    insta::assert_snapshot!(missing.join("\n"));
}
