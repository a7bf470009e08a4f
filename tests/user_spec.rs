//! An instruction that is nothing but an entry in a user's spec file goes through every layer: it is checked, shown,
//! assembled, disassembled, executed, and chosen by the pass for a loop that computes the same.

mod cli_support;

use cli_support::Place;

const SPEC: &str = include_str!("../examples/weighted-sum/weighted-sum.toml");
const KERNEL: &str = include_str!("../examples/weighted-sum/kernel.s");
const LOOP: &str = include_str!("../examples/weighted-sum/loop.clif");

fn place(test: &str) -> Place {
    Place::new(test)
        .file("weighted-sum.toml", SPEC)
        .file("kernel.s", KERNEL)
        .file("loop.clif", LOOP)
}

const WITH: [&str; 2] = ["--spec", "weighted-sum.toml"];

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    WITH.iter().chain(arguments).copied().collect()
}

#[test]
fn it_is_checked_and_shown() {
    let place = place("user_spec_shown");
    place.run_to(0, &["spec", "check", "weighted-sum.toml"]);
    let shown = place.run_to(0, &with(&["spec", "show", "wsum.run"])).stdout;
    assert!(shown.contains("w * a[i] + b[i] * b[i] + c"), "{shown}");
    place.run_to(1, &["spec", "show", "wsum.run"]);
}

#[test]
fn it_is_assembled_disassembled_and_executed() {
    let place = place("user_spec_executed");
    place.run_to(0, &with(&["asm", "kernel.s", "-o", "kernel.o"]));
    assert!(place.read("kernel.o").starts_with(b"\x7fELF"));
    let text = place.run_to(0, &with(&["objdump", "kernel.o"])).stdout;
    assert!(text.contains("wsum.run\ta0,a1,a2"), "{text}");
    // Without the entry the word is unknown, and still shown.
    let unknown = place.run_to(0, &["objdump", "kernel.o"]).stdout;
    assert!(
        !unknown.contains("wsum.run") && unknown.contains(".insn"),
        "{unknown}"
    );
    // 3 * 3 + 6 * 6 + 10
    let run = place.run(&with(&["run", "kernel.o"]));
    assert_eq!(run.code, Some(55), "{run}");
    // No host has the instruction without the entry.
    let without = place.run(&["run", "kernel.o"]);
    assert_ne!(without.code, Some(55), "{without}");
}

#[test]
fn the_pass_chooses_it_and_the_result_is_the_same() {
    let place = place("user_spec_chosen");
    let campaign = ["diff", "loop.clif", "--cases", "300", "--seed", "7"];
    let found = place.run_to(0, &with(&campaign)).stdout;
    assert!(found.contains("offloaded to wsum.run koalabear"), "{found}");
    assert!(
        found.contains("300 agree: RV64 emulator rewritten"),
        "{found}"
    );
    let without = place.run_to(0, &campaign).stdout;
    assert!(
        without.contains("no instruction of the spec computes this"),
        "{without}"
    );
}
