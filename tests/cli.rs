//! The command line, from end to end: real files, real output, exit codes.

mod cli_support;

use cli_support::Place;
use insta::assert_snapshot;

/// Running sums modulo the prime of BabyBear.
const SUM_CLIF: &str = "\
; running sums
function %sums(i64, i64, i64) -> i64 system_v {
block0(v0: i64, v1: i64, v2: i64):
    v3 = iconst.i64 0
    v4 = iconst.i32 0
    v19 = icmp eq v2, v3
    brif v19, block3(v3), block1(v3, v4)

block1(v5: i64, v6: i32):
    v7 = iconst.i64 2
    v8 = ishl v5, v7
    v9 = iadd v1, v8
    v10 = load.i32 v9
    v11 = iadd v6, v10
    v12 = iconst.i32 0x7800_0001
    v13 = isub v11, v12
    v14 = icmp uge v11, v12
    v15 = select v14, v13, v11
    v16 = iadd v0, v8
    store v15, v16
    v17 = iconst.i64 1
    v18 = iadd v5, v17
    v20 = icmp ult v18, v2
    brif v20, block1(v18, v15), block3(v18)

block3(v30: i64):
    return v30
}
";

/// The factorial of the argument modulo 2^64, and a function that never ends.
const PLAIN_CLIF: &str = "\
function %factorial(i64) -> i64 system_v {
block0(v0: i64):
    v1 = iconst.i64 1
    jump block1(v0, v1)

block1(v2: i64, v3: i64):
    brif v2, block2, block3

block2:
    v4 = imul.i64 v3, v2
    v5 = iconst.i64 -1
    v6 = iadd.i64 v2, v5
    jump block1(v6, v4)

block3:
    return v3
}

function %endless() system_v {
block0:
    jump block1
block1:
    jump block1
}

function %wild(i64) -> i64 system_v {
block0(v0: i64):
    v1 = load.i64 v0
    return v1
}
";

const KERNEL: &str = "\
    .text
    .globl kernel
kernel:
    addi sp, sp, -16
    mv a2, a1
    zktr.rlc a0, a0, a2
    bnez a0, kernel
    addi sp, sp, 16
    ret
";

const USER_SPEC: &str = r#"
[extension]
name    = "Xdouble"
version = "0.1"
doc     = "Doubles elements."

[descriptor.double]
size = 64
fields = [
  { name = "out", at = 8,  type = "view<ext, n>", access = "write", doc = "The doubles." },
  { name = "a",   at = 32, type = "view<ext, n>", access = "read", doc = "The elements." },
]

[inst."user.double"]
title    = "Double of each element"
encoding = { format = "rocc", funct7 = 0x50 }
operands = { rd = "status", rs1 = "descriptor double", rs2 = "count n" }
sem      = "for i < n { out[i] = a[i] + a[i]; }"
"#;

#[test]
fn spec_check_accepts_the_built_in_spec() {
    let outcome = Place::new("spec_check").run_to(0, &["spec", "check"]);
    assert!(outcome.stdout.contains(": no errors"), "{outcome}");
    // Words of the custom opcodes are in use elsewhere, whatever an extension chooses.
    assert!(
        outcome
            .stderr
            .contains("warning: `Xzktr` shares words with"),
        "{outcome}"
    );
}

#[test]
fn spec_check_warns_about_the_users_files_only_in_text_or_json() {
    let text = "[extension]\nname = \"Xn\"\nversion = \"1.0\"\n[constant]\nNOTHING = 5\n";
    let place = Place::new("spec_check_warnings").file("n.toml", text);
    let outcome = place.run_to(0, &["spec", "check", "n.toml"]);
    assert_eq!(
        outcome.stderr,
        "n.toml:5:1: warning: constant `NOTHING` is never used\nNOTHING = 5\n^~~~~~~\n"
    );
    let outcome = place.run_to(0, &["--message-format", "json", "spec", "check", "n.toml"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(json["severity"], "warning");
    assert_eq!(json["span"]["line"], 5);
}

#[test]
fn spec_list_shows_encodings() {
    assert_snapshot!(Place::new("spec_list").run_to(0, &["spec", "list", "--extension", "xzktr"]));
}

#[test]
fn spec_follows_the_major_opcode() {
    let place = Place::new("spec_major");
    let outcome = place.run_to(
        0,
        &[
            "spec",
            "list",
            "--extension",
            "Xzktr",
            "--major",
            "custom-0",
        ],
    );
    assert!(outcome.stdout.contains("0x1200700b"), "{outcome}");
    assert_snapshot!(place.run_to(1, &["spec", "check", "--major", "custom-9"]));
}

#[test]
fn spec_show_prints_the_manual_entry() {
    assert_snapshot!(Place::new("spec_show").run_to(0, &["spec", "show", "zktr.wait"]));
}

#[test]
fn spec_manual_writes_pages_or_markdown() {
    let place = Place::new("spec_manual")
        .file("mine.toml", USER_SPEC)
        .file("taken", "");
    let command = |output: &'static str| ["spec", "manual", "--spec", "mine.toml", "-o", output];
    let pages = place.run_to(0, &command("manual/of/mine"));
    assert_eq!(pages.stdout, "manual/of/mine/index.html\n");
    let index = String::from_utf8(place.read("manual/of/mine/index.html")).unwrap();
    let markdown = place.run_to(0, &["spec", "manual", "--spec", "mine.toml", "--markdown"]);
    for text in [index, markdown.stdout] {
        assert!(text.contains("Xdouble"), "{text}");
    }
    place.run_to(2, &command("taken"));
    place.run_to(2, &["spec", "manual"]);
}

#[test]
fn spec_suggests_names() {
    let place = Place::new("spec_suggest");
    assert_snapshot!(place.run_to(1, &["spec", "show", "zktr.rcl"]));
    assert_snapshot!(place.run_to(1, &["spec", "list", "--extension", "Xzkt"]));
}

#[test]
fn spec_check_points_into_a_malformed_file() {
    let broken = USER_SPEC
        .replace("out[i] = a[i] + a[i]", "out[i] = a[i] + b[i]")
        .replace("title ", "titel ");
    let place = Place::new("spec_broken")
        .file("mine.toml", broken)
        .file("not.toml", "[inst\n");
    assert_snapshot!(place.run_to(1, &["spec", "check", "mine.toml"]));
    assert_snapshot!(place.run_to(1, &["spec", "check", "not.toml"]));
}

#[test]
fn a_user_instruction_is_listed_assembled_and_disassembled() {
    let place = Place::new("user_spec").file("mine.toml", USER_SPEC).file(
        "mine.s",
        "    .globl f\nf:  user.double a0, a1, a2\n    ret\n",
    );
    place.run_to(1, &["asm", "mine.s", "-o", "mine.o"]);
    place.run_to(0, &["asm", "--spec", "mine.toml", "mine.s", "-o", "mine.o"]);
    let with = place.run_to(0, &["objdump", "--spec", "mine.toml", "mine.o"]);
    assert!(with.stdout.contains("user.double\ta0,a1,a2"), "{with}");
    // Without the file it is a word that nobody knows, and that reassembles.
    let without = place.run_to(0, &["objdump", "mine.o"]);
    assert!(without.stdout.contains(".insn"), "{without}");
}

#[test]
fn asm_and_objdump_go_together() {
    let place = Place::new("asm_objdump").file("kernel.s", KERNEL);
    place.run_to(0, &["asm", "kernel.s", "-o", "kernel.o"]);
    assert_snapshot!(place.run_to(0, &["objdump", "kernel.o"]));
    assert_snapshot!(place.run_to(0, &["objdump", "-M", "no-aliases,numeric", "kernel.o"]));
}

#[test]
fn objdump_writes_what_asm_reads() {
    let place = Place::new("reassemble").file("kernel.s", KERNEL);
    place.run_to(0, &["asm", "kernel.s", "-o", "kernel.o"]);
    let text = place
        .run_to(0, &["objdump", "--reassemblable", "kernel.o"])
        .stdout;
    let place = place.file("again.s", &text);
    place.run_to(0, &["asm", "again.s", "-o", "again.o"]);
    let tables = |name: &str| {
        let out = place.run_to(0, &["objdump", "-d", "-r", "-s", name]).stdout;
        out.split_once('\n')
            .unwrap()
            .1
            .split_once('\n')
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(tables("kernel.o"), tables("again.o"));
    place.run_to(2, &["objdump", "--reassemblable", "-d", "kernel.o"]);
    place.run_to(2, &["objdump", "--filter", "kernel.o"]);
}

#[test]
fn asm_links_programs_that_run() {
    let text = "_start: lw a0, v\n li a7, 93\n ecall\n.data\nv: .word 42\n";
    let place = Place::new("asm_link")
        .file("program.s", text)
        .file("broken.s", "_start: call nowhere\n");
    place.run_to(0, &["asm", "program.s", "--link", "-o", "program"]);
    place.run_to(42, &["run", "program"]);
    let refused = place.run_to(1, &["asm", "broken.s", "--link", "-o", "broken"]);
    let expected = "broken.s:1:14: error: symbol 'nowhere' is not defined in this file";
    assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);
    place.run_to(2, &["asm", "program.s", "--entry", "main", "-o", "x"]);
}

#[test]
fn asm_makes_flat_binaries() {
    let place = Place::new("asm_flat").file("ret.s", "nop\nret\n");
    place.run_to(
        0,
        &["asm", "ret.s", "-o", "ret.bin", "--flat", "0x8000_0000"],
    );
    assert_eq!(place.read("ret.bin"), [0x13, 0, 0, 0, 0x67, 0x80, 0, 0]);
}

#[test]
fn asm_reports_all_errors_of_a_file() {
    let source = "    addi a0, a0, 5000\n    adi a0, a0, 1\n    zktr.rlc a0, a1\n    ret\n";
    let place = Place::new("asm_errors").file("bad.s", source);
    assert_snapshot!(place.run_to(1, &["asm", "bad.s", "-o", "bad.o"]));
    let json = place.run_to(
        1,
        &["asm", "bad.s", "-o", "bad.o", "--message-format", "json"],
    );
    let lines: Vec<serde_json::Value> = json
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is a JSON object"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["span"]["line"], 1);
    assert_eq!(lines[0]["severity"], "error");
}

#[test]
fn the_command_line_of_gnu_as_is_understood() {
    let place = Place::new("gnu_as").file("k.s", "li a0, size\naddi a0, a0, 1\n");
    let arguments = [
        "as",
        "-march=rv32imac",
        "-mabi=ilp32",
        "-mno-relax",
        "--traditional-format",
        "--defsym",
        "size=-3",
        "--defsym=other=0x10",
        "-I",
        ".",
        "-o",
        "k.o",
        "k.s",
    ];
    place.run_to(0, &arguments);
    let listing = place.run_to(0, &["objdump", "k.o"]).stdout;
    assert!(
        listing.contains("5575") && listing.contains("a0,-3"),
        "{listing}"
    );
    place.run_to(0, &["as", "k.s", "--defsym", "size=1"]);
    place.run_to(0, &["objdump", "a.out"]);
    for wrong in [
        &["as", "-mbig-endian", "k.s"][..],
        &["as", "k.s", "-o"],
        &["as", "k.s", "k.s"],
        &["as", "--defsym", "size", "k.s"],
        &["as", "--defsym", "size=x", "k.s"],
        &["as", "-march=rv64i", "-mabi=ilp32", "k.s"],
        &["as", "absent.s"],
    ] {
        place.run_to(2, wrong);
    }
    // Warnings are printed, and are errors if that is asked for.
    let place = place.file("w.s", ".data\nnop\n");
    let printed = place.run_to(0, &["as", "-o", "w.o", "w.s"]);
    assert!(printed.stderr.contains("warning"), "{}", printed.stderr);
    let quiet = place.run_to(0, &["as", "-W", "-o", "w.o", "w.s"]);
    assert_eq!(quiet.stderr, "");
    place.run_to(1, &["as", "--fatal-warnings", "-o", "f.o", "w.s"]);
    place.run_to(2, &["objdump", "f.o"]);
}

#[test]
fn objdump_explains_a_word() {
    assert_snapshot!(Place::new("word").run_to(0, &["objdump", "--word", "0x12c5f57b"]));
}

#[test]
fn objdump_refuses_what_is_no_elf() {
    let place = Place::new("no_elf")
        .file("x", "no ELF at all")
        .file("empty", "");
    assert_snapshot!(place.run_to(1, &["objdump", "x"]));
    place.run_to(1, &["objdump", "empty"]);
}

#[test]
fn opt_prints_rewritten_clif_and_remarks() {
    let place = Place::new("opt").file("sums.clif", SUM_CLIF);
    assert_snapshot!(place.run_to(0, &["opt", "sums.clif"]));
    let json = place.run_to(
        0,
        &["opt", "sums.clif", "-o", "out.clif", "--remarks", "json"],
    );
    let remark: serde_json::Value =
        serde_json::from_str(json.stderr.trim()).expect("one JSON object");
    assert_eq!(remark["decision"], "offloaded");
    assert_eq!(remark["function"], "%sums");
    let yaml = place.run_to(
        0,
        &["opt", "sums.clif", "-o", "out.clif", "--remarks", "yaml"],
    );
    let first = "--- !Passed\nPass:            zktr\nName:            Offloaded\n";
    assert!(yaml.stderr.starts_with(first), "{}", yaml.stderr);
    // The line of the loop's header.
    let at = SUM_CLIF.lines().position(|line| line.starts_with("block1"));
    let at = at.expect("a loop") + 1;
    let location = format!("DebugLoc:        {{ File: 'sums.clif', Line: {at}, Column: 1 }}\n");
    assert!(yaml.stderr.contains(&location), "{}", yaml.stderr);
    let guard = &remark["guards"][0];
    assert_eq!(guard["any"][0]["value"], "v2");
    // Fewer rows do not pay on the accelerator; `always` leaves that condition out.
    let least = |profit: &str| {
        let options = ["opt", "sums.clif", "-o", "out.clif", "--remarks", "json"];
        let found = place.run_to(0, &[&options[..], &["--profit", profit]].concat());
        let remark: serde_json::Value =
            serde_json::from_str(found.stderr.trim()).expect("one JSON object");
        let least = remark["guards"][0]["any"][0]["least"].as_str();
        least.and_then(|n| n.parse::<u64>().ok()).expect("a bound")
    };
    let [always, hardware, software] = ["always", "hardware", "software"].map(least);
    assert!(always == 1 && always < hardware && hardware < software);
    // The page has the loop at its line, with the guards.
    place.run_to(
        0,
        &[
            "opt",
            "sums.clif",
            "-o",
            "out.clif",
            "--report",
            "page.html",
        ],
    );
    let page = String::from_utf8(place.read("page.html")).expect("text");
    assert!(
        page.contains("1 functions, 1 loops looked at: 1 offloaded"),
        "{page}"
    );
    assert!(
        page.contains("zktr.scan sum babybear") && page.contains("<li>"),
        "{page}"
    );
    let header = format!("class=\"at offloaded\">{at:6}  block1(");
    assert!(page.contains(&header), "{page}");
    // What it writes it reads.
    place.run_to(0, &["opt", "out.clif"]);
}

#[test]
fn opt_points_at_errors_of_clif() {
    let place = Place::new("opt_errors")
        .file(
            "syntax.clif",
            "function %f() {\nblock0:\n    v0 = iconst.i32 zero\n    return\n}\n",
        )
        .file(
            "types.clif",
            "function %f(i64) -> i32 {\nblock0(v0: i64):\n    return v0\n}\n",
        )
        .file(
            "latin.clif",
            b"; caf\xe9\nfunction %f() {\nblock0:\n    return\n}\n",
        );
    assert_snapshot!(place.run_to(1, &["opt", "syntax.clif"]));
    assert_snapshot!(place.run_to(1, &["opt", "types.clif"]));
    assert_snapshot!(place.run_to(1, &["opt", "latin.clif"]));
}

#[test]
fn compiled_code_runs_in_the_emulator() {
    let place = Place::new("run").file("plain.clif", PLAIN_CLIF);
    for options in [
        &[][..],
        &["--no-compressed"],
        &["--soft-float"],
        &["--opt-level", "none"],
        &["--bit-manipulation"],
    ] {
        let mut arguments = vec!["compile", "plain.clif", "-o", "plain.o"];
        arguments.extend(options);
        place.run_to(0, &arguments);
        let outcome = place.run_to(
            0,
            &["run", "plain.o", "--entry", "factorial", "--args", "10"],
        );
        assert_eq!(outcome.stdout, "0x375f00\n", "{options:?}");
    }
    let stats = place.run_to(
        0,
        &[
            "run",
            "plain.o",
            "--entry",
            "factorial",
            "--args",
            "0x3",
            "--stats",
        ],
    );
    assert!(stats.stdout.contains(" mul\n"), "{stats}");
}

#[test]
fn offloaded_code_holds_the_instruction() {
    let place = Place::new("compile").file("sums.clif", SUM_CLIF);
    place.run_to(0, &["compile", "sums.clif", "-o", "sums.o"]);
    let text = place.run_to(0, &["objdump", "sums.o"]).stdout;
    assert!(text.contains("zktr.scan"), "{text}");
    place.run_to(0, &["compile", "sums.clif", "-o", "sums.o", "--no-offload"]);
    let text = place.run_to(0, &["objdump", "sums.o"]).stdout;
    assert!(!text.contains("zktr."), "{text}");
}

#[test]
fn programs_that_go_wrong_are_findings() {
    let place = Place::new("run_wrong").file("plain.clif", PLAIN_CLIF);
    place.run_to(0, &["compile", "plain.clif", "-o", "plain.o"]);
    let endless = place.run_to(
        1,
        &["run", "plain.o", "--entry", "endless", "--fuel", "1000"],
    );
    assert_eq!(
        endless.stderr,
        "error: the program stopped: out of fuel at pc 0x10018 <endless>\n"
    );
    let wild = place.run_to(1, &["run", "plain.o", "--entry", "wild", "--args", "-8"]);
    assert!(
        wild.stderr.contains("outside of readable memory at pc"),
        "{wild}"
    );
    assert_snapshot!(place.run_to(1, &["run", "plain.o", "--entry", "factorail"]));
    assert_snapshot!(place.run_to(1, &["run", "plain.o"]));
    // Too little memory is said, not tried.
    place.run_to(
        1,
        &["run", "plain.o", "--entry", "endless", "--memory", "16"],
    );
    place.run_to(
        1,
        &[
            "run",
            "plain.o",
            "--entry",
            "endless",
            "--stack",
            "0x80_0000_0000",
        ],
    );
    place.run_to(
        2,
        &[
            "run",
            "plain.o",
            "--entry",
            "endless",
            "--stack",
            "0xffff_ffff_ffff_ffff",
        ],
    );
}

#[test]
fn files_that_cannot_be_read_or_written_are_a_wrong_command_line() {
    let place = Place::new("files").file("ret.s", "ret\n");
    assert_snapshot!(place.run_to(2, &["asm", "missing.s", "-o", "x.o"]));
    place.run_to(2, &["asm", "ret.s", "-o", "no/such/directory/x.o"]);
    for command in [
        &["opt", "missing"][..],
        &["run", "missing"],
        &["diff", "missing"],
        &["objdump", "missing"],
    ] {
        place.run_to(2, command);
    }
    place.run_to(2, &["spec", "check", "missing.toml"]);
    // A directory can be opened, and not read.
    place.run_to(2, &["opt", "."]);
}

#[test]
fn usage_errors_end_with_two() {
    let place = Place::new("usage");
    for command in [
        &[][..],
        &["frobnicate"],
        &["asm"],
        &["objdump"],
        &["diff"],
        &["run", "x", "--args", "seven"],
    ] {
        place.run_to(2, command);
    }
    place.run_to(0, &["--help"]);
    place.run_to(0, &["diff", "--help"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new("pipe");
    let mut command = place.command(&["spec", "list"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn diff_reports_agreement() {
    let place = Place::new("diff")
        .file("sums.clif", SUM_CLIF)
        .file("plain.clif", PLAIN_CLIF);
    let outcome = place.run_to(0, &["diff", "sums.clif", "--cases", "200"]);
    assert!(
        outcome.stdout.contains("offloaded to zktr.scan"),
        "{outcome}"
    );
    assert!(
        outcome.stdout.contains("agree: RV64 emulator rewritten"),
        "{outcome}"
    );
    // Functions go by the last word of their title as well.
    place.run_to(
        0,
        &["diff", "sums.clif", "--cases", "10", "--function", "sums"],
    );
    assert_snapshot!(place.run_to(2, &["diff", "sums.clif", "--function", "sum"]));
    let plain = place.run_to(0, &["diff", "plain.clif", "--function", "%factorial"]);
    assert!(
        plain.stdout.contains("unchanged: nothing to compare"),
        "{plain}"
    );
}

#[test]
fn diff_prints_json() {
    let place = Place::new("diff_json").file("sums.clif", SUM_CLIF);
    let outcome = place.run_to(
        0,
        &[
            "diff",
            "sums.clif",
            "--cases",
            "100",
            "--format",
            "json",
            "--no-jit",
        ],
    );
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
    let comparison = &report["functions"][0]["comparison"];
    assert_eq!(comparison["verdict"], "agreed");
    assert_eq!(comparison["tally"]["cases"], 100);
    assert_eq!(comparison["tally"]["unavailable"][0][0], "x86-64 JIT");
    assert!(
        comparison["tally"]["offloaded"].as_u64() > Some(30),
        "{outcome}"
    );
}

/// Every kind of input, cut off and with bytes changed: an error with an exit code, never a panic.
#[test]
fn mutilated_input_is_an_error_not_a_panic() {
    let place = Place::new("mutilated")
        .file("sums.clif", SUM_CLIF)
        .file("kernel.s", KERNEL)
        .file("mine.toml", USER_SPEC);
    place.run_to(0, &["compile", "sums.clif", "-o", "sums.o"]);
    let commands: [(&str, &[&str]); 6] = [
        ("sums.clif", &["opt", "bad", "-o", "out.clif"]),
        ("sums.clif", &["compile", "bad", "-o", "out.o"]),
        ("kernel.s", &["asm", "bad", "-o", "out.o"]),
        ("mine.toml", &["spec", "check", "bad"]),
        ("sums.o", &["objdump", "bad"]),
        (
            "sums.o",
            &[
                "run",
                "bad",
                "--entry",
                "sums",
                "--fuel",
                "1000",
                "--memory",
                "0x200_0000",
            ],
        ),
    ];
    let mut rng = zktr::diff::rng::Rng::new(7);
    for (file, command) in commands {
        let good = place.read(file);
        for round in 0..12 {
            let mut bad = good.clone();
            if round % 3 == 0 {
                bad.truncate(rng.below(good.len() as u64) as usize);
            } else {
                for _ in 0..=rng.below(4) {
                    let at = rng.below(bad.len() as u64) as usize;
                    bad[at] = rng.draw() as u8;
                }
            }
            place.write("bad", &bad);
            let outcome = place.run(command);
            assert!(
                matches!(outcome.code, Some(0 | 1)),
                "{command:?}: {outcome}"
            );
        }
    }
}

/// A unit that refuses is counted with its status, and the instructions are as well.
#[test]
fn statistics_say_what_units_are_asked_for() {
    let source = "\
    .globl _start
_start:
    li      a0, 0
    li      a1, 5
    zktr.rlc a0, a0, a1
    li      a0, 0
    zktr.rlc a0, a0, a1
    li      a0, 0
    li      a7, 93
    ecall
";
    let place = Place::new("run_stats").file("ask.s", source);
    place.run_to(0, &["asm", "--link", "ask.s", "-o", "ask"]);
    let outcome = place.run_to(0, &["run", "ask", "--stats"]);
    let lines: Vec<Vec<&str>> = outcome
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(lines.contains(&vec!["2", "zktr.rlc"]), "{outcome}");
    let last = lines.last().map(|line| line.join(" "));
    assert_eq!(last.as_deref(), Some("2 10 zktr.rlc: fault"), "{outcome}");
}

/// Agreement of nothing is no result.
#[test]
fn a_campaign_over_no_function_is_an_error() {
    let place = Place::new("diff_nothing").file("nothing.clif", "; nothing\n");
    let outcome = place.run_to(1, &["diff", "nothing.clif"]);
    assert!(
        outcome.stderr.contains("there is no function in this file"),
        "{outcome}"
    );
}
