//! `zktr prove` and `zktr verify`: what is proved is what `zktr run` does; processes share the segments; what does not fit is refused.

mod cli_support;

use cli_support::Place;

/// Reads a line, writes it back with each byte increased, and exits with its length.
const LINUX: &str = "\
    .globl _start
_start:
    addi    s0, sp, -64
    li      a0, 0
    mv      a1, s0
    li      a2, 64
    li      a7, 63
    ecall
    mv      s1, a0
    add     t1, s0, a0
1:  beq     s0, t1, 2f
    lbu     t0, (s0)
    addi    t0, t0, 1
    sb      t0, (s0)
    addi    s0, s0, 1
    j       1b
2:  li      a0, 1
    mv      a2, s1
    li      a7, 64
    ecall
    mv      a0, s1
    li      a7, 93
    ecall
";

/// The same as SP1 has it: the result goes to public values, number and result are in t0.
const SP1: &str = "\
    .globl _start
_start:
    li      t0, 0xf0
    ecall
    mv      s1, t0
    la      s0, buffer
    mv      a0, s0
    mv      a1, s1
    li      t0, 0xf1
    ecall
    mv      a1, s0
    add     t1, s0, s1
1:  beq     s0, t1, 2f
    lbu     t0, (s0)
    addi    t0, t0, 1
    sb      t0, (s0)
    addi    s0, s0, 1
    j       1b
2:  li      a0, 3
    mv      a2, s1
    li      t0, 2
    ecall
    li      a0, 5
    li      t0, 0
    ecall
    .bss
    .balign 4
buffer: .zero 64
";

fn place(test: &str, guest: &str) -> Place {
    let place = Place::new(test)
        .file("guest.s", guest)
        .file("input", "HAL")
        .file("other", "IBM");
    place.run_to(
        0,
        &["asm", "--xlen", "32", "--link", "guest.s", "-o", "guest"],
    );
    place
}

fn prove(place: &Place, more: &[&str]) {
    let arguments = ["prove", "guest", "--input", "input", "--parameters", "test"];
    place.run_to(0, &[&arguments[..], more].concat());
}

const VERIFY: [&str; 6] = [
    "verify",
    "--program",
    "guest",
    "--parameters",
    "test",
    "--json",
];

#[test]
fn a_run_is_proved_by_several_processes_and_verified_by_another() {
    let place = place("prove_linux", LINUX);
    prove(
        &place,
        &["--segment", "16", "-o", "whole", "--report", "report.json"],
    );
    let report: serde_json::Value = serde_json::from_slice(&place.read("report.json")).unwrap();
    let stages = report["stages"].as_array().unwrap();
    for stage in [
        "execution",
        "tables",
        "permutation",
        "commitment",
        "quotient",
        "opening",
    ] {
        assert!(
            stages.iter().any(|found| found["stage"] == stage),
            "{stage}"
        );
    }
    let mut parts: Vec<String> = Vec::new();
    for segment in ["2", "0", "1"] {
        let name = format!("part{segment}");
        prove(&place, &["--segment", "16", "--only", segment, "-o", &name]);
        parts.push(name);
    }
    let joined: Vec<u8> = ["part0", "part1", "part2"]
        .map(|name| place.read(name))
        .concat();
    assert_eq!(joined, place.read("whole"), "the same proofs");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let found = place.run_to(0, &[&VERIFY[..], &parts].concat());
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(
        (&found["outcome"], &found["code"]),
        (&"exit".into(), &3.into())
    );
    place.write("expected", "IBM");
    let more = [
        "--input", "input", "--output", "expected", "--exit", "3", "whole",
    ];
    place.run_to(0, &[&VERIFY[..], &more].concat());

    for (more, expected) in [
        (&["part0", "part1"][..], "segments missing"),
        (&["part0", "part2"], "segment 1 is needed"),
        (&["whole", "--exit", "4"], "has ended with 3"),
        (&["whole", "--input", "other"], "other input"),
        (&["whole", "--output", "input"], "something else"),
        (&["guest"], "not a proof"),
    ] {
        let found = place.run_to(1, &[&VERIFY[..], more].concat());
        assert!(
            found.stderr.contains(expected),
            "{more:?}: {}",
            found.stderr
        );
    }
    place.write(
        "changed.s",
        LINUX.replace("addi    t0, t0, 1", "addi    t0, t0, 2"),
    );
    place.run_to(
        0,
        &[
            "asm",
            "--xlen",
            "32",
            "--link",
            "changed.s",
            "-o",
            "changed",
        ],
    );
    let changed = [
        "verify",
        "--program",
        "changed",
        "--parameters",
        "test",
        "whole",
    ];
    place.run_to(1, &changed);
    let standard = ["verify", "--program", "guest", "whole"];
    place.run_to(1, &standard);
    prove_refused(&place, &["--only", "3", "--segment", "16"], 1);
    prove_refused(&place, &["--segment", "0"], 2);
    prove_refused(&place, &["--field", "mersenne31"], 1);
    prove_refused(&place, &["--fuel", "9"], 1);
}

fn prove_refused(place: &Place, more: &[&str], code: i32) {
    let arguments = [
        "prove",
        "guest",
        "--input",
        "input",
        "--parameters",
        "test",
        "-o",
        "none",
    ];
    place.run_to(code, &[&arguments[..], more].concat());
}

#[test]
fn guests_of_sp1_are_proved() {
    let place = place("prove_sp1", SP1);
    prove(
        &place,
        &["--system", "sp1", "--field", "koalabear", "-o", "proof"],
    );
    let found = place.run_to(0, &[&VERIFY[..], &["--system", "sp1", "proof"]].concat());
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["code"], 5);
    assert_eq!(found["public_values"]["bytes"], 3);
    // As Linux would have it, there is no such call.
    place.run_to(1, &[&VERIFY[..], &["proof"]].concat());
}
