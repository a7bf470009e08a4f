//! Environment calls. Programs for SP1 read hints, write to file descriptors, commit and halt.

use std::sync::Arc;
use zktr_emu::host::{Cause, Environment, Machine, Options, Stop};
use zktr_emu::loader::{self, Input};
use zktr_isa::Spec;
use zktr_isa::span::Source;

/// Calls with arguments from registers.
const CALLS: &str = "
    .equ HALT, 0
    .equ WRITE, 2
    .equ COMMIT, 0x10
    .equ HINT_LEN, 0xf0
    .equ HINT_READ, 0xf1
    .macro call_environment number
        li t0, \\number
        ecall
    .endm
    .bss
    .p2align 2
    buffer: .zero 64
    .text
    .globl _start
    _start:
";

fn load(spec: &Arc<Spec>, text: &str, options: Options) -> Machine {
    let assembler = zktr_asm::Options {
        xlen: 32,
        ..zktr_asm::Options::default()
    };
    let source = Source::new("guest.s", format!("{CALLS}{text}"));
    let object = zktr_asm::assemble(spec, &source, &assembler).unwrap();
    let bytes = object.write_elf().unwrap();
    let input = Input {
        name: "guest.o",
        bytes: &bytes,
    };
    let image = loader::load(spec, &[input], 1 << 24).unwrap();
    Machine::load(spec.clone(), &image, options).unwrap()
}

fn options() -> Options {
    Options {
        environment: Environment::Sp1,
        memory: 1 << 24,
        ..Options::default()
    }
}

/// How a program ends that has these hints.
fn end(text: &str, hints: &[&[u8]]) -> (Machine, Stop) {
    let spec = Spec::builtin();
    let mut machine = load(&spec, text, options());
    for hint in hints {
        machine.add_input(hint.to_vec());
    }
    let stop = machine.run(100_000);
    (machine, stop)
}

#[test]
fn a_hint_is_read_written_and_committed_to() {
    let text = "
        call_environment HINT_LEN
        mv s0, t0
        la a0, buffer
        mv a1, s0
        call_environment HINT_READ
        li a0, 1
        la a1, buffer
        mv a2, s0
        call_environment WRITE
        li a0, 3
        call_environment WRITE
        li a0, 7
        lw a1, buffer
        call_environment COMMIT
        mv a0, s0
        call_environment HALT
    ";
    let (machine, stop) = end(text, &[b"seven 7", b"not read"]);
    assert_eq!(stop, Stop::Exit(7));
    assert_eq!(machine.output(), b"seven 7");
    assert_eq!(machine.public_values(), b"seven 7");
    let word = u32::from_le_bytes(*b"seve");
    assert_eq!(machine.commitment(), [0, 0, 0, 0, 0, 0, 0, word]);
}

#[test]
fn what_is_written_to_the_hints_is_read_after_the_others() {
    let text = "
        li a0, 4
        la a1, buffer
        li t1, 0x41
        sb t1, 0(a1)
        li a2, 3
        call_environment WRITE
        la a0, buffer + 4
        li a1, 2
        call_environment HINT_READ
        la a0, buffer + 8
        li a1, 3
        call_environment HINT_READ
        lw a0, buffer + 8
        call_environment HALT
    ";
    let (_, stop) = end(text, &[b"ab"]);
    assert_eq!(stop, Stop::Exit(0x41));
}

/// The stack and the heap are there before anything was mapped by name, and zero.
#[test]
fn memory_is_where_programs_expect_it() {
    let text = "
        li sp, 0x00200400
        sw sp, -4(sp)
        lw a1, -4(sp)
        li a2, 0x00700000
        lw a3, 0(a2)
        sw a1, 0(a2)
        lw a0, 0(a2)
        sub a0, a0, sp
        add a0, a0, a3
        call_environment HALT
    ";
    assert_eq!(end(text, &[]).1, Stop::Exit(0));
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    let cases: [(&str, &[&[u8]], &str); 8] = [
        ("call_environment 0x00300105", &[], "SHA_EXTEND"),
        ("call_environment 3", &[], "ENTER_UNCONSTRAINED"),
        (
            "call_environment 0x12345",
            &[],
            "unknown environment call 74565",
        ),
        ("call_environment HINT_LEN", &[], "after the last one"),
        (
            "la a0, buffer\n li a1, 5\n call_environment HINT_READ",
            &[b"four"],
            "5 bytes where the hint has 4",
        ),
        (
            "la a0, buffer + 1\n li a1, 4\n call_environment HINT_READ",
            &[b"four"],
            "not aligned",
        ),
        (
            "li a0, 9\n call_environment WRITE",
            &[],
            "file descriptor 9",
        ),
        ("li a0, 8\n call_environment COMMIT", &[], "word above 7"),
    ];
    for (text, hints, expected) in cases {
        let (_, stop) = end(text, hints);
        assert!(stop.to_string().contains(expected), "{text}: {stop}");
    }
    let (_, stop) = end(
        "li a0, 1\n li a1, 0x7ffffff0\n li a2, 64\n call_environment WRITE",
        &[],
    );
    let Stop::Trap(trap) = stop else {
        panic!("{stop}")
    };
    assert!(matches!(trap.cause, Cause::Fault(_)), "{trap}");
}

/// A program for Linux has its numbers elsewhere.
#[test]
fn programs_for_linux_are_not_for_sp1() {
    let spec = Spec::builtin();
    let text = "li a7, 93\n li a0, 5\n li t0, 0xf0\n ecall";
    let mut linux = load(&spec, text, Options::default());
    assert_eq!(linux.run(100), Stop::Exit(5));
    let mut sp1 = load(&spec, text, options());
    assert!(matches!(sp1.run(100), Stop::Trap(_)));
}

#[test]
fn a_program_for_linux_reads_its_standard_input() {
    let spec = Spec::builtin();
    let text = "
        li a7, 63
        li a0, 0
        la a1, buffer
        li a2, 3
        ecall
        mv s0, a0
        li a0, 0
        la a1, buffer + 8
        li a2, 32
        ecall
        add s0, s0, a0
        li a0, 0
        ecall
        add s0, s0, a0
        li a0, 0
        li a1, 0
        ecall
        add s0, s0, a0
        lb a0, buffer + 8
        add a0, a0, s0
        li a7, 93
        ecall
    ";
    let mut machine = load(&spec, text, Options::default());
    machine.add_input(b"abcde".to_vec());
    machine.add_input(Vec::new());
    // 3 + 2 + 0 + 0, and `d`.
    assert_eq!(machine.run(100), Stop::Exit(5 + 0x64));
    let mut machine = load(&spec, text, Options::default());
    machine.add_input(b"abcde".to_vec());
    machine.add_input(b"f".to_vec());
    // The second piece is read by the third call.
    assert_eq!(machine.run(100), Stop::Exit(6 + 0x66));
}
