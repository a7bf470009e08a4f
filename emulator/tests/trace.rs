//! The trace: right runs give right tables.

mod trace_support;

use trace_support::{BOUNDARY, CODE, Guest, assert_right, random_guest};
use zktr_emu::host::{self, Machine, Stop};
use zktr_emu::memory::SegmentedMemory;
use zktr_emu::trace::{Execution, Options, Recording, fill, logup, record};
use zktr_isa::Spec;
use zktr_isa::field::Element;

#[test]
fn random_programs_give_right_tables() {
    for seed in 0..12 {
        let guest = random_guest(seed, 300);
        assert_right(&guest.spec, &guest.trace());
    }
}

/// Every operation on every pair of boundary values.
#[test]
fn boundary_values_give_right_tables() {
    let mut guest = Guest::new();
    for (register, value) in (1..).zip(BOUNDARY) {
        guest.x[register] = value;
    }
    for name in [
        "add", "sub", "sll", "srl", "sra", "slt", "sltu", "mul", "mulh", "mulhsu", "mulhu", "div",
        "divu", "rem", "remu", "and",
    ] {
        for a in 1..=16 {
            for b in 1..=16 {
                guest.add(name, &[("rd", 20), ("rs1", a), ("rs2", b)]);
            }
        }
    }
    guest.exit();
    assert_right(&guest.spec, &guest.trace());
}

/// The sums of fractions agree with the exact comparison.
#[test]
fn fractions_add_up_to_zero() {
    let guest = random_guest(77, 60);
    let mut trace = guest.trace();
    let format = guest.spec.format("babybear4").unwrap();
    let field = format
        .arithmetic()
        .expect("a format with a polynomial of its own");
    let (gamma, beta) = (
        Element([11, 22, 33, 44, 0, 0]),
        Element([1_234_567, 7, 89, 1_000_003, 0, 0]),
    );
    let total = |trace: &_| {
        logup(guest.spec.trace(), trace, &field, gamma, beta)
            .unwrap()
            .into_iter()
            .fold(Element::ZERO, |a, b| field.add(a, b))
    };
    assert_eq!(total(&trace), Element::ZERO);
    let (cpu, table) = guest.spec.trace().table("cpu").unwrap();
    let w = table.column("w").unwrap().at as usize;
    trace.tables[cpu].cells[w] ^= 1;
    assert_ne!(total(&trace), Element::ZERO);
}

/// An instruction, and operands by name.
type Line = (&'static str, &'static [(&'static str, i64)]);

fn guest_of(lines: &[Line]) -> Guest {
    let mut guest = Guest::new();
    for (mnemonic, operands) in lines {
        guest.add(mnemonic, operands);
    }
    guest.exit();
    guest
}

fn recorded(guest: &Guest, options: &Options) -> Recording {
    record(&guest.spec, &mut guest.machine(), options).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn only_marked_regions_are_traced() {
    let guest = guest_of(&[
        ("addi", &[("rd", 5), ("imm", 1)]),
        ("zktr.on", &[]),
        ("addi", &[("rd", 6), ("rs1", 5), ("imm", 2)]),
        ("zktr.on", &[]),
        ("addi", &[("rd", 7), ("rs1", 6), ("imm", 3)]),
        ("zktr.off", &[]),
        ("zktr.off", &[]),
        ("addi", &[("rd", 7), ("imm", 9)]),
        ("zktr.on", &[]),
        ("add", &[("rd", 8), ("rs1", 7), ("rs2", 7)]),
    ]);
    let marked = Options {
        marked: true,
        ..Options::default()
    };
    let recording = recorded(&guest, &marked);
    assert_eq!(recording.stop, Stop::Exit(0));
    let [first, second] = &recording.executions[..] else {
        panic!("{} regions", recording.executions.len());
    };
    let addresses =
        |run: &Execution| -> Vec<u32> { run.events.iter().map(|e| e.code.pc).collect() };
    let at = |n: u32| CODE as u32 + 4 * n;
    assert_eq!(addresses(first), [at(2), at(3), at(4)]);
    assert_eq!((first.start_pc, first.end_pc), (at(2), at(5)));
    assert_eq!(addresses(second), [at(9), at(10)]);
    assert_eq!(
        second.end_pc,
        at(11),
        "the call that ends the program has not returned"
    );
    for run in &recording.executions {
        assert_right(&guest.spec, &fill(&guest.spec, run, "babybear").unwrap());
    }
    // Without regions, all of it; the mark that ends a region has a row in no table.
    let error = record(&guest.spec, &mut guest.machine(), &Options::default()).unwrap_err();
    assert_eq!(
        error.message,
        "no table of the trace schema has a row for `zktr.off` at pc 0x1014"
    );
}

/// A long region is split; each part stands alone, and begins as the one before has ended.
#[test]
fn segments_follow_each_other() {
    let guest = random_guest(5, 200);
    let options = Options {
        segment: 64,
        ..Options::default()
    };
    let recording = recorded(&guest, &options);
    assert!(recording.executions.len() > 2);
    for run in &recording.executions {
        assert!(run.events.len() <= 64);
        assert_right(&guest.spec, &fill(&guest.spec, run, "babybear").unwrap());
    }
    let state = |words: Vec<(u32, u32)>| -> Vec<(u32, u32)> {
        words.into_iter().filter(|(_, value)| *value != 0).collect()
    };
    for pair in recording.executions.windows(2) {
        assert_eq!(pair[0].end_pc, pair[1].start_pc);
        assert_eq!(
            state(pair[0].words.iter().map(|w| (w.addr, w.last)).collect()),
            state(pair[1].words.iter().map(|w| (w.addr, w.first)).collect())
        );
    }
}

#[test]
fn nothing_executed_is_right_too() {
    let guest = Guest {
        code: vec![0],
        ..Guest::new()
    };
    let recording = recorded(&guest, &Options::default());
    assert!(
        matches!(recording.stop, Stop::Trap(_)),
        "{:?}",
        recording.stop
    );
    for run in &recording.executions {
        assert!(run.events.is_empty());
        assert_right(&guest.spec, &fill(&guest.spec, run, "babybear").unwrap());
    }
}

/// Every prime of 31 bits has the same tables, as no cell is larger than all of them.
#[test]
fn the_tables_are_those_of_every_field() {
    let guest = random_guest(3, 100);
    let run = guest.execution();
    let babybear = fill(&guest.spec, &run, "babybear").unwrap();
    let koalabear = fill(&guest.spec, &run, "koalabear").unwrap();
    assert_right(&guest.spec, &koalabear);
    assert_eq!(babybear.tables, koalabear.tables);
    // 2^30 + 3 is a prime below which some addresses are congruent.
    let small = "[field]\nsmall = { modulus = 1073741827, doc = \"A small prime.\" }\n";
    let spec = Spec::load(&[zktr_isa::span::Source::new("user.toml", small)]).unwrap();
    let error = fill(&spec, &run, "small").unwrap_err();
    assert_eq!(
        error.message,
        "the trace schema is for primes between 1610612736 and 2^31, which that of `small` is not"
    );
    let error = fill(&guest.spec, &run, "f7").unwrap_err();
    assert_eq!(error.message, "no field `f7` in the spec");
}

#[test]
fn what_has_no_rows_is_refused() {
    for (guest, message) in [
        (
            guest_of(&[
                ("lui", &[("rd", 5), ("imm", 0x8_0008)]),
                ("lh", &[("rd", 6), ("rs1", 5), ("imm", 1)]),
            ]),
            "the access of 2 bytes to 0x80008001 is not aligned at pc 0x1004",
        ),
        (
            guest_of(&[("csrrs", &[("rd", 5), ("csr", 0xc00)])]),
            "no table of the trace schema has a row for `csrrs` at pc 0x1000",
        ),
        (
            guest_of(&[("jal", &[("rd", 0), ("imm", 6)])]),
            "no table of the trace schema has a row for",
        ),
    ] {
        let error = record(&guest.spec, &mut guest.machine(), &Options::default());
        match error {
            Err(error) => assert!(error.message.starts_with(message), "{}", error.message),
            // There is nothing to execute in the middle of these words.
            Ok(recording) => assert!(matches!(recording.stop, Stop::Trap(_)), "{message}"),
        }
    }
    let mut machine = Machine::new(
        Spec::builtin(),
        64,
        SegmentedMemory::new(64),
        host::Options::default(),
    );
    let error = record(&Spec::builtin(), &mut machine, &Options::default()).unwrap_err();
    assert_eq!(
        error.message,
        "the trace schema is for RV32, and the guest is for RV64"
    );
}

/// The tables of a user's spec file are filled and checked like the others.
#[test]
fn the_table_of_the_documentation_is_filled() {
    let text = include_str!("../../docs/trace-schema.md");
    let start = text.find("```toml\n").unwrap() + "```toml\n".len();
    let end = start + text[start..].find("```").unwrap();
    let source = zktr_isa::span::Source::new("user.toml", &text[start..end]);
    let guest = Guest {
        spec: Spec::load(&[source]).unwrap(),
        ..random_guest(8, 200)
    };
    let trace = guest.trace();
    assert_right(&guest.spec, &trace);
    let schema = guest.spec.trace();
    let (loads, _) = schema.table("load_address").unwrap();
    let (bytes, table) = schema.table("low_bytes").unwrap();
    assert!(trace.tables[loads].rows > 5);
    let m = table.column("m").unwrap().at as usize;
    let counted: usize = (0..256)
        .map(|row| trace.tables[bytes].row(row)[m] as usize)
        .sum();
    assert_eq!(counted, trace.tables[loads].rows);
}
