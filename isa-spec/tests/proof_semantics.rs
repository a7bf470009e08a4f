//! The meanings as SMT-LIB: solvers accept them, and find that they have the laws of the RISC-V manual and no others.

use std::time::Duration;
use zktr_isa::Spec;
use zktr_isa::proof::smt::{Query, Solver, Verdict, semantics};

const TIMEOUT: Duration = Duration::from_secs(60);

/// The installed solvers. With ZKTR_REQUIRE_TOOLS=1 both have to be there.
fn solvers() -> Vec<Solver> {
    let required = std::env::var_os("ZKTR_REQUIRE_TOOLS").is_some_and(|v| v == "1");
    let solver = |name| {
        let solver = Solver::named(name);
        if solver.is_installed() {
            return Some(solver);
        }
        assert!(!required, "{name} is not installed");
        eprintln!("skipped: {name} is not installed");
        None
    };
    ["z3", "cvc5"].into_iter().filter_map(solver).collect()
}

/// An application of a function of RV32 to a, b and c, the operands rd, rs1 and rs2 as far as it has them.
fn apply(spec: &Spec, name: &str, output: &str, values: &[(&str, &str)]) -> String {
    let index = spec
        .instruction_for(name, 32)
        .expect("an instruction of RV32");
    let instruction = &spec.instructions[index];
    let mut out = format!("(|rv32.{name}.{output}| #x00000100 #x00000104 mem reserved");
    for operand in &instruction.operands {
        let given = values.iter().find(|(n, _)| *n == operand.name);
        let value = given.map_or("#x00000000", |(_, value)| value);
        out += &format!(" {value}");
        if operand.kind.register().is_some() {
            out += " 5";
        }
    }
    out + ")"
}

#[test]
fn every_scalar_instruction_has_functions() {
    let text = semantics(&Spec::builtin(), &|_| true);
    let missing: Vec<&str> = text
        .lines()
        .filter(|l| l.contains("has no function"))
        .collect();
    // What operations that are outstanding end with is no function of the hart's state.
    let waits = |line: &&str| line.contains(".zktr.wait: ");
    assert_eq!(missing.iter().filter(|line| waits(line)).count(), 2);
    let others: Vec<&&str> = missing.iter().filter(|line| !waits(line)).collect();
    assert!(others.is_empty(), "{others:?}");
    for name in [
        "rv64.addw.rd",
        "rv32.sc.w.mem",
        "rv32.csrrw.csr",
        "rv64.jalr.pc",
        "rv64.clz.rd",
    ] {
        assert!(text.contains(&format!("(define-fun |{name}| ")), "{name}");
    }
    assert!(!text.contains("|rv32.addw.rd|"));
}

#[test]
fn solvers_confirm_the_laws_of_the_manual() {
    let spec = Spec::builtin();
    let rd = |name: &str, a: &str, b: &str| {
        apply(&spec, name, "rd", &[("rs1", a), ("rs2", b), ("imm", b)])
    };
    let laws = [
        (format!("(= {} (bvadd a b))", rd("add", "a", "b")), true),
        (
            format!(
                "(= {} {})",
                rd("sub", "a", "b"),
                rd("add", "a", "(bvneg b)")
            ),
            true,
        ),
        (
            format!("(= {} {})", rd("sub", "a", "b"), rd("sub", "b", "a")),
            false,
        ),
        // Division by zero, and its overflow.
        (
            format!("(= {} #xffffffff)", rd("div", "a", "#x00000000")),
            true,
        ),
        (format!("(= {} a)", rd("rem", "a", "#x00000000")), true),
        (
            format!("(= {} #x80000000)", rd("div", "#x80000000", "#xffffffff")),
            true,
        ),
        (
            format!("(= {} #x00000000)", rd("rem", "#x80000000", "#xffffffff")),
            true,
        ),
        (
            format!("(= {} #x00000000)", rd("div", "a", "#x00000000")),
            false,
        ),
        // Only the low five bits of an amount count.
        (
            format!(
                "(= {} {})",
                rd("sll", "a", "b"),
                rd("sll", "a", "(bvand b #x0000001f)")
            ),
            true,
        ),
        (
            format!("(= {} {})", rd("sra", "a", "b"), rd("srl", "a", "b")),
            false,
        ),
        (
            format!("(= {} #x00000008)", rd("clz", "#x00ffffff", "b")),
            true,
        ),
        (
            format!("(= {} #x00000020)", rd("ctz", "#x00000000", "b")),
            true,
        ),
        (
            format!("(= {} #x00000018)", rd("cpop", "#x00ffffff", "b")),
            true,
        ),
        (
            format!("(= {} #x44332211)", rd("rev8", "#x11223344", "b")),
            true,
        ),
        (
            format!("(= {} #xfffffffe)", rd("mulhu", "#xffffffff", "#xffffffff")),
            true,
        ),
        (
            format!("(= {} #x00000000)", rd("mulh", "#xffffffff", "#xffffffff")),
            true,
        ),
        // What is stored is what is loaded, and a branch that is not taken goes on.
        (
            format!(
                "(= (let ((mem {})) {}) b)",
                apply(&spec, "sw", "mem", &[("rs1", "a"), ("rs2", "b")]),
                apply(&spec, "lw", "rd", &[("rs1", "a")])
            ),
            true,
        ),
        (
            format!(
                "(= {} (ite (= a b) #x00000180 #x00000104))",
                apply(
                    &spec,
                    "beq",
                    "pc",
                    &[("rs1", "a"), ("rs2", "b"), ("imm", "#x00000080")]
                )
            ),
            true,
        ),
    ];
    let mut text = semantics(&spec, &|_| true);
    text += "(declare-const mem (Array (_ BitVec 32) (_ BitVec 8)))\n";
    text += "(declare-const reserved (Array (_ BitVec 32) Bool))\n";
    text += "(declare-const a (_ BitVec 32))\n(declare-const b (_ BitVec 32))\n";
    // All that hold in one query, each that does not in its own.
    let holding: Vec<&str> = laws
        .iter()
        .filter(|(_, holds)| *holds)
        .map(|(l, _)| l.as_str())
        .collect();
    let all = format!("{text}(assert (not (and {})))\n", holding.join(" "));
    let wrong = laws.iter().filter(|(_, holds)| !holds);
    let wrong = wrong.map(|(law, _)| format!("{text}(assert (not {law}))\n"));
    for solver in solvers() {
        let ask = |text: String| {
            let query = Query {
                text,
                params: Vec::new(),
                exact: true,
            };
            solver
                .solve(&query, TIMEOUT, None)
                .expect("the solver runs")
        };
        assert_eq!(ask(all.clone()), Verdict::Unsat, "{solver:?}");
        for text in wrong.clone() {
            assert!(matches!(ask(text), Verdict::Sat(_)), "{solver:?}");
        }
    }
}
