//! The trace: right runs give right tables.

mod trace_support;

use trace_support::{BOUNDARY, Guest, assert_right, random_guest};
use zktr_emu::trace::logup;
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
