//! The fast MTU against the golden one: the same cells.

mod trace_support;

use trace_support::{Guest, assert_right, random_guest};
use zktr_emu::host::Machine;
use zktr_emu::trace::fast::{self, Filler, Segment};
use zktr_emu::trace::{Execution, Options, Recording, Trace, fill_from, modulus, record};
use zktr_isa::Spec;
use zktr_isa::span::Diagnostic;

/// Panics with the first cell that is another one.
fn assert_same(spec: &Spec, fast: &Trace, golden: &Trace) {
    let schema = spec.trace();
    assert_eq!(fast.modulus, golden.modulus);
    for (table, (fast, golden)) in schema
        .tables
        .iter()
        .zip(fast.tables.iter().zip(&golden.tables))
    {
        let name = &table.name;
        assert_eq!(fast.rows, golden.rows, "rows of {name}");
        assert_eq!(fast.height(), golden.height(), "height of {name}");
        for row in 0..golden.height() {
            for (cell, (fast, golden)) in fast.row(row).iter().zip(golden.row(row)).enumerate() {
                let cell = table.cell_name(cell);
                assert_eq!(fast, golden, "{name}, row {row}, {cell}");
            }
        }
    }
    assert_eq!(fast, golden);
}

/// Fills the tables both ways with one filler, and in used memory.
fn compare(spec: &Spec, filler: &mut Filler<'_>, used: &mut Trace, execution: &Execution) {
    let golden = fill_from(spec.trace(), execution, used.modulus);
    let segment = Segment::from(execution.clone());
    assert_eq!(&segment.execution(), execution);
    filler.fill_again(&segment, used);
    assert_same(spec, used, &golden);
}

fn empty(modulus: u64) -> Trace {
    Trace {
        modulus,
        tables: Vec::new(),
    }
}

#[test]
fn random_programs_are_filled_alike() {
    let spec = Spec::builtin();
    let modulus = modulus(&spec, "babybear").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut used = empty(modulus);
    for (seed, length) in (100..).zip([300, 40, 700, 1, 250]) {
        let guest = random_guest(seed, length);
        compare(&spec, &mut filler, &mut used, &guest.execution());
    }
    assert_right(&spec, &used);
}

/// Blocks that are full, and rows that are a power of two.
#[test]
fn numbers_of_rows_do_not_matter() {
    let spec = Spec::builtin();
    let modulus = modulus(&spec, "koalabear").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut used = empty(modulus);
    for length in [1, 2, 3, 4, 125, 126, 127, 253, 254, 255] {
        let mut guest = Guest::new();
        for i in 0..length {
            guest.add("addi", &[("rd", 5), ("rs1", 5), ("imm", i)]);
        }
        guest.exit();
        compare(&spec, &mut filler, &mut used, &guest.execution());
    }
}

/// What the fast recorder records.
fn record_fast(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
) -> Result<Recording, Diagnostic> {
    let mut executions = Vec::new();
    let stop = fast::record_each(spec, machine, options, |segment| {
        executions.push(segment.execution());
        Ok::<(), Diagnostic>(())
    })?;
    Ok(Recording { executions, stop })
}

/// Records a guest both ways.
fn compare_recordings(guest: &Guest, options: &Options) {
    let (mut one, mut other) = (guest.machine(), guest.machine());
    let golden = record(&guest.spec, &mut one, options);
    let fast = record_fast(&guest.spec, &mut other, options);
    match (golden, fast) {
        (Ok(golden), Ok(fast)) => {
            assert_eq!(fast.stop, golden.stop);
            assert_eq!(fast.executions.len(), golden.executions.len());
            for (fast, golden) in fast.executions.iter().zip(&golden.executions) {
                for (fast, golden) in fast.events.iter().zip(&golden.events) {
                    assert_eq!(fast, golden);
                }
                assert_eq!(fast.words, golden.words);
                assert!(fast == golden, "{options:?}");
            }
        }
        (golden, fast) => assert_eq!(
            fast.map(|_| ()).map_err(|e| e.to_string()),
            golden.map(|_| ()).map_err(|e| e.to_string())
        ),
    }
    assert_eq!(one.x(), other.x());
    assert_eq!(one.pc(), other.pc());
    assert_eq!(one.retired(), other.retired());
    assert!(one.memory().contents().eq(other.memory().contents()));
}

#[test]
fn random_programs_are_recorded_alike() {
    for seed in 200..205 {
        let guest = random_guest(seed, 250);
        for segment in [1, 7, 64, 1 << 20] {
            for fuel in [0, 1, 63, 64, 65, 100_000] {
                let options = Options {
                    segment,
                    fuel,
                    ..Options::default()
                };
                compare_recordings(&guest, &options);
            }
        }
    }
}

/// Only the regions that the guest marks, among them one that it never ends.
#[test]
fn marked_regions_are_recorded_alike() {
    let mut guest = Guest::new();
    for i in 0..40 {
        guest.add("addi", &[("rd", 5), ("rs1", 5), ("imm", i)]);
        match i {
            3 | 4 | 21 | 35 => guest.add("zktr.on", &[]),
            2 | 19 | 20 | 30 => guest.add("zktr.off", &[]),
            _ => &mut guest,
        };
    }
    guest.exit();
    for marked in [false, true] {
        for segment in [2, 1 << 20] {
            let options = Options {
                marked,
                segment,
                fuel: 1000,
            };
            compare_recordings(&guest, &options);
        }
    }
}

/// Faults, accesses that are not aligned, instructions that no table has, jumps to nowhere.
#[test]
fn what_cannot_be_recorded_is_refused_alike() {
    let cases: [(&str, &[(&str, i64)]); 6] = [
        ("lw", &[("rd", 5), ("imm", 16)]),
        ("sb", &[("rs2", 5), ("imm", -1)]),
        ("lh", &[("rd", 5), ("rs1", 30), ("imm", 1)]),
        ("jalr", &[("rd", 0), ("imm", 64)]),
        ("jalr", &[("rd", 1), ("rs1", 30), ("imm", 2)]),
        ("ebreak", &[]),
    ];
    for (mnemonic, operands) in cases {
        let mut guest = Guest::new();
        guest.x[30] = trace_support::DATA as u32;
        guest.add("addi", &[("rd", 5), ("imm", 1)]);
        guest.add(mnemonic, operands);
        guest.exit();
        let options = Options {
            fuel: 100,
            ..Options::default()
        };
        compare_recordings(&guest, &options);
    }
}
