//! Real gdb on real programs: the transcript in the documentation, C of both widths, and each way to connect.

mod cli_support;

use cli_support::Place;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const KERNEL: &str = include_str!("gdb/fingerprint.s");
const PROGRAM: &str = include_str!("gdb/polynomial.c");
const PAGE: &str = include_str!("../docs/debugging.md");

/// True if a tool is installed. If not, that is said, and is an error if `ZKTR_REQUIRE_TOOLS` is set.
fn has(tool: &str, test: &str) -> bool {
    let found = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        found || std::env::var_os("ZKTR_REQUIRE_TOOLS").is_none(),
        "{tool} not found"
    );
    if !found {
        println!("skipped: {tool} not found: {test}");
    }
    found
}

/// A program that waits for gdb.
struct Server {
    child: Child,
    /// What gdb connects to.
    address: String,
}

impl Server {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut line = String::new();
        let stderr = child.stderr.as_mut().expect("it is a pipe");
        BufReader::new(stderr)
            .read_line(&mut line)
            .expect("the command says where it waits");
        let address = line
            .trim()
            .strip_prefix("waiting for gdb: target remote ")
            .unwrap_or_else(|| panic!("{line}"))
            .to_owned();
        Self { child, address }
    }

    /// Waits for the end: exit code and standard output.
    fn finish(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let status = loop {
            match self.child.try_wait().expect("it is our child") {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    self.child.kill().expect("it is our child");
                    panic!("the program does not end");
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let mut out = String::new();
        let stdout = self.child.stdout.as_mut().expect("it is a pipe");
        stdout.read_to_string(&mut out).expect("text");
        (status.code(), out)
    }
}

/// A tool in the directory of a test.
fn tool(place: &Place, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    let own = place.command(&[]);
    if let Some(directory) = own.get_current_dir() {
        command.current_dir(directory);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs gdb's commands on a program; the result is the session as a user sees it.
fn session(place: &Place, program: &str, target: &str, commands: &[&str]) -> String {
    // The log has commands and what they print, on all of gdb's streams, in order.
    let mut script = String::from(
        "set confirm off\nset pagination off\nset width 0\nset debuginfod enabled off\n\
         set logging file session.log\nset logging overwrite on\nset logging redirect on\n\
         set logging enabled on\nset trace-commands on\n",
    );
    for command in [target].iter().chain(commands) {
        script += command;
        script.push('\n');
    }
    place.write("session.gdb", script);
    let arguments = ["-q", "-nx", "-batch", "-x", "session.gdb", program];
    let output = tool(place, "gdb-multiarch", &arguments)
        .output()
        .expect("gdb starts");
    let log = String::from_utf8_lossy(&place.read("session.log")).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("Error in sourced"), "{errors}\n{log}");
    let mut text = String::new();
    let mut before = "";
    for line in log.lines() {
        let Some(command) = line.strip_prefix('+') else {
            text += &format!("{line}\n");
            continue;
        };
        // gdb's own commands for the way back are those for the way forward.
        if before.strip_prefix("reverse-") != Some(command.trim_end()) {
            text += &format!("(gdb) {command}\n");
        }
        before = command;
    }
    text
}

fn assert_contains(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for piece in wanted {
        let at = rest.find(piece);
        let at = at.unwrap_or_else(|| panic!("no `{piece}` in\n{rest}\nof\n{text}"));
        rest = &rest[at + piece.len()..];
    }
}

/// The session of the documentation, word for word.
#[test]
fn a_kernel_is_debugged_as_the_documentation_says() {
    if !has("gdb-multiarch", "the session of docs/debugging.md") {
        return;
    }
    let place = Place::new("gdb_kernel").file("fingerprint.s", KERNEL);
    place.run_to(
        0,
        &[
            "asm",
            "-g",
            "--link",
            "fingerprint.s",
            "-o",
            "fingerprint.elf",
        ],
    );
    let server = Server::start(&place, &["run", "--gdb=0", "fingerprint.elf"]);
    let target = format!("target remote {}", server.address);
    let transcript = session(
        &place,
        "fingerprint.elf",
        &target,
        &[
            "break 8",
            "continue",
            "info registers s0 s1",
            "monitor descriptor s0 rlc",
            "watch *(int *)&out",
            "continue",
            "monitor offloads",
            "p *(int (*)[3])&out",
            "break exit",
            "continue",
            "p $a0",
            "delete 2",
            "reverse-continue",
            "set var *(int *)&table = -1",
            "monitor break-on-refusal on",
            "continue",
            "next",
            "monitor csr zktr.version",
            "p $zktr_version",
            "monitor stats",
            "continue",
            "continue",
        ],
    );
    let (code, _) = server.finish();
    assert_eq!(code, Some(255), "{transcript}");
    let transcript = transcript.replace(&target, "target remote :1234");
    let indented: String = transcript
        .lines()
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
        .collect();
    assert!(
        PAGE.contains(&indented),
        "docs/debugging.md does not have this session:\n{indented}"
    );
}

/// A program of gcc's: source lines, calls, locals, watchpoints, back and forth.
fn c_program(xlen: u8) {
    let gcc = "riscv64-unknown-elf-gcc";
    let test = format!("C for RV{xlen} in gdb");
    if !has("gdb-multiarch", &test) || !has(gcc, &test) {
        return;
    }
    let place = Place::new(&format!("gdb_c{xlen}")).file("polynomial.c", PROGRAM);
    let (arch, abi) = match xlen {
        32 => ("-march=rv32im", "-mabi=ilp32"),
        _ => ("-march=rv64imac", "-mabi=lp64"),
    };
    let arguments = [
        arch,
        abi,
        "-g",
        "-O0",
        "-nostdlib",
        "-static",
        "polynomial.c",
        "-o",
        "polynomial.elf",
    ];
    let made = tool(&place, gcc, &arguments).output().expect("gcc starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let server = Server::start(&place, &["run", "--gdb=0", "polynomial.elf"]);
    let target = format!("target remote {}", server.address);
    let transcript = session(
        &place,
        "polynomial.elf",
        &target,
        &[
            "break horner",
            "continue",
            "backtrace",
            "info locals",
            "next",
            "next",
            "next",
            "p i",
            "p powers",
            "p $xlen = sizeof(long) * 8",
            "finish",
            "rwatch total",
            "awatch powers[3]",
            "watch total",
            "continue",
            "continue",
            "reverse-continue",
            "reverse-continue",
            "reverse-step",
            "reverse-step",
            "delete",
            "tbreak fill",
            "reverse-continue",
            "set var base = 2",
            "break 26",
            "continue",
            "p powers",
            "continue",
        ],
    );
    let (code, _) = server.finish();
    assert_contains(
        &transcript,
        &[
            "Breakpoint 1, horner (x=2, degree=3) at polynomial.c:8",
            "#0  horner (x=2, degree=3) at polynomial.c:8",
            "in main () at polynomial.c:25",
            "value = ",
            "$1 = 3",
            "$2 = {1, 3, 9, 27}",
            &format!("= {xlen}"),
            "Value returned is $4 = 259",
            "Hardware read watchpoint 2: total",
            "Hardware access (read/write) watchpoint 3: powers[3]",
            "Hardware watchpoint 4: total",
            "Old value = 0",
            "New value = 259",
            "Hardware read watchpoint 2: total",
            "Value = 259",
            // The way back passes the same accesses.
            "Hardware read watchpoint 2: total",
            "Old value = 259",
            "New value = 0",
            "horner (x=2, degree=3) at polynomial.c:13",
            "Temporary breakpoint 5, fill (base=3) at polynomial.c:",
            "$5 = {1, 2, 4, 8}",
            // 8 * 8 + 4 * 4 + 2 * 2 + 1
            "exited with code 0125]",
        ],
    );
    assert_eq!(code, Some(85), "{transcript}");
}

#[test]
fn c_for_rv64_is_debugged() {
    c_program(64);
}

#[test]
fn c_for_rv32_is_debugged() {
    c_program(32);
}

#[test]
fn objects_and_functions_are_debugged_over_a_socket() {
    if !has("gdb-multiarch", "gdb over a Unix socket") {
        return;
    }
    const SOURCE: &str = "\
        .globl twice\n\
        twice:\n\
        add a0, a0, a0\n\
        ld a1, 0(zero)\n\
        ret\n";
    let place = Place::new("gdb_socket").file("twice.s", SOURCE);
    place.run_to(0, &["asm", "-g", "twice.s", "-o", "twice.o"]);
    let arguments = [
        "run", "twice.o", "--entry", "twice", "--args", "21", "--gdb=s",
    ];
    let server = Server::start(&place, &arguments);
    let transcript = session(
        &place,
        "twice.o",
        "target remote s",
        &[
            "p $pc == $ra",
            "stepi",
            "p $a0",
            "stepi",
            "set var $pc = $pc + 4",
            "stepi",
        ],
    );
    let (code, out) = server.finish();
    assert_contains(
        &transcript,
        &[
            "$1 = 0",
            "$2 = 42",
            "load of 8 bytes at 0x0 outside of readable memory at pc 0x10004 <twice+0x4>",
            "Program received signal SIGSEGV",
            "returned 0x2a",
            "exited normally",
        ],
    );
    assert_eq!((code, &out[..]), (Some(0), "0x2a\n"), "{transcript}");
}

#[test]
fn gdb_starts_the_program_itself_and_sees_its_output() {
    if !has("gdb-multiarch", "gdb with a pipe to the program") {
        return;
    }
    const SOURCE: &str = "\
        .globl _start\n\
        _start:\n\
        li a0, 1\n\
        lla a1, text\n\
        li a2, 6\n\
        li a7, 64\n\
        ecall\n\
        end: ebreak\n\
        text: .ascii \"hello\\n\"\n";
    let place = Place::new("gdb_pipe").file("hello.s", SOURCE);
    place.run_to(0, &["asm", "-g", "--link", "hello.s", "-o", "hello.elf"]);
    let target = format!(
        "target remote | {} run --gdb=- hello.elf",
        env!("CARGO_BIN_EXE_zktr")
    );
    let transcript = session(
        &place,
        "hello.elf",
        &target,
        &[
            "continue",
            "p $a0",
            "x/s $a1",
            "monitor fuel",
            "set var $pc = $pc + 4",
            "signal SIGILL",
            "kill",
        ],
    );
    assert_contains(
        &transcript,
        &[
            "hello\n",
            "breakpoint at pc",
            "SIGTRAP",
            "$1 = 6",
            "\"hello\\n\"",
            "instructions may still be executed",
        ],
    );
}

#[test]
fn a_detached_program_goes_on() {
    if !has("gdb-multiarch", "gdb that lets go") {
        return;
    }
    let place = Place::new("gdb_detach").file("fingerprint.s", KERNEL);
    place.run_to(
        0,
        &[
            "asm",
            "-g",
            "--link",
            "fingerprint.s",
            "-o",
            "fingerprint.elf",
        ],
    );
    for (last, wanted) in [("detach", Some(31)), ("kill", Some(1))] {
        let server = Server::start(&place, &["run", "--gdb=0", "fingerprint.elf"]);
        let target = format!("target remote {}", server.address);
        session(&place, "fingerprint.elf", &target, &["stepi", last]);
        assert_eq!(server.finish().0, wanted, "{last}");
    }
}

#[test]
fn impossible_places_are_errors() {
    let place = Place::new("gdb_places").file("fingerprint.s", KERNEL);
    place.run_to(
        0,
        &["asm", "--link", "fingerprint.s", "-o", "fingerprint.elf"],
    );
    for (wanted, option) in [
        ("is no port", "--gdb=:70000"),
        ("cannot wait for gdb", "--gdb=nowhere/socket"),
        ("give a port", "--gdb="),
        // A file that is there already is not replaced.
        ("cannot wait for gdb", "--gdb=./fingerprint.s"),
    ] {
        let outcome = place.run_to(2, &["run", option, "fingerprint.elf"]);
        assert!(
            outcome.stderr.contains(wanted),
            "{option}: {}",
            outcome.stderr
        );
    }
    assert_eq!(place.read("fingerprint.s"), KERNEL.as_bytes());
}
