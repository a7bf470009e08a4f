//! Sessions without a debugger: bytes in, bytes out.

use super::*;
use std::io::{Cursor, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use zktr_emu::host::Options;
use zktr_emu::memory::{Memory, Permissions, SegmentedMemory};
use zktr_isa::Spec;

const CODE: u64 = 0x1000;
const DATA: u64 = 0x8000;

/// `addi a0, a0, 1`, `sw a0, 0(a1)`, and a jump back to the beginning.
const LOOP: [u32; 3] = [0x0015_0513, 0x00a5_a023, 0xff9f_f06f];

fn debugger(xlen: u8, code: &[u32], fuel: u64) -> Debugger {
    let mut memory = SegmentedMemory::new(1 << 20);
    memory.map(CODE, 0x1000, Permissions::READ_EXECUTE).unwrap();
    memory.map(DATA, 0x1000, Permissions::READ_WRITE).unwrap();
    // The last page of the address space, where sums of addresses wrap.
    memory
        .map(0xffff_ffff_ffff_f000, 0x1000, Permissions::READ_WRITE)
        .unwrap();
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    memory.initialize(CODE, &bytes).unwrap();
    let mut machine = Machine::new(Spec::builtin(), xlen, memory, Options::default());
    machine.set_pc(CODE);
    machine.set_x(11, DATA);
    Debugger::new(machine, fuel)
}

/// Bytes that a session has written.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn talk(debugger: Debugger, input: impl Read + Send + 'static) -> (Debugger, Ending, String) {
    let output = Output::default();
    let link = Link::new(input, output.clone(), || ());
    let (debugger, ending) = serve(link, debugger);
    let bytes = output.0.lock().unwrap().clone();
    (
        debugger,
        ending,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

fn packet(body: &str) -> String {
    let sum = body.bytes().fold(0u8, u8::wrapping_add);
    format!("${body}#{sum:02x}")
}

fn packets(bodies: &[&str]) -> Cursor<Vec<u8>> {
    let text: String = bodies.iter().map(|body| packet(body)).collect();
    Cursor::new(text.into_bytes())
}

/// The bodies of the packets in an output, without run-length encoding.
fn answers(output: &str) -> Vec<String> {
    let pieces = output.split('$').skip(1);
    pieces
        .map(|piece| expand(piece.split('#').next().unwrap_or_default()))
        .collect()
}

/// `0*"` is five zeros: a character and, as an offset from 29, how many more of it.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, out.chars().next_back()) {
            ('*', Some(last)) => {
                let count = chars.next().map_or(0, |count| count as usize - 29);
                out.extend(std::iter::repeat_n(last, count));
            }
            _ => out.push(char),
        }
    }
    out
}

/// Text from its hexadecimal digits.
fn text(hex: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let pairs = hex.as_bytes().chunks_exact(2);
    let bytes: Vec<u8> = pairs
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn steps_and_registers() {
    for (xlen, one, next) in [
        (32, "01000000", "04100000"),
        (64, "0100000000000000", "0410000000000000"),
    ] {
        let input = packets(&["vCont;s:1", "pa", "p20", "D"]);
        let (debugger, ending, output) = talk(debugger(xlen, &LOOP, 100), input);
        assert!(matches!(ending, Ending::Detached));
        assert_eq!(
            answers(&output)[1..],
            [one.to_owned(), next.to_owned(), "OK".to_owned()]
        );
        assert_eq!(debugger.machine().retired(), 1);
        assert_eq!(debugger.fuel(), 99);
    }
}

#[test]
fn a_register_of_another_width_is_refused() {
    let short = format!("G{}", "00".repeat(33 * 4));
    let input = packets(&[
        "Pa=01000000",
        "P1c=0200000000000000",
        &short,
        "Pc41=0000000000000000",
        "D",
    ]);
    let (debugger, _, output) = talk(debugger(64, &LOOP, 100), input);
    // The last is `cycle`, which nobody writes.
    assert_eq!(answers(&output), ["E16", "OK", "E16", "E16", "OK"]);
    assert_eq!(debugger.machine().x()[28], 2);
}

#[test]
fn a_read_that_would_wrap_is_refused() {
    let input = packets(&[
        "mfffffffffffffff8,8",
        "mfffffffffffffff0,8",
        "mffffffffffffffff,ffffffff",
        "m0,4",
        "D",
    ]);
    let (_, ending, output) = talk(debugger(64, &LOOP, 100), input);
    assert!(matches!(ending, Ending::Detached), "{ending:?}");
    assert_eq!(
        answers(&output),
        ["E0e", "0000000000000000", "E0e", "E0e", "OK"]
    );
}

#[test]
fn the_fuel_and_the_end_of_the_connection_end_a_run() {
    let (debugger, ending, output) = talk(debugger(64, &LOOP, 1000), packets(&["vCont;c"]));
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    assert_eq!(debugger.machine().retired(), 1000);
    assert!(
        output.contains("$S18#") || output.is_empty() || output.starts_with('+'),
        "{output}"
    );
}

#[test]
fn an_endless_program_is_interrupted() {
    let mut bytes = packet("vCont;c").into_bytes();
    bytes.push(3);
    bytes.extend(packet("p20").into_bytes());
    bytes.extend(packet("D").into_bytes());
    let (debugger, ending, output) = talk(debugger(64, &LOOP, u64::MAX), Cursor::new(bytes));
    assert!(matches!(ending, Ending::Detached), "{ending:?}");
    assert!(
        output.contains("$S02#") || output.contains("$T02"),
        "{output}"
    );
    assert!(debugger.machine().retired() > 0);
}

#[test]
fn a_program_that_is_left_alone_does_not_run_on() {
    let (debugger, ending, _) = talk(debugger(64, &LOOP, u64::MAX), packets(&["vCont;c"]));
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
    assert!(debugger.machine().retired() < u64::MAX);
}

#[test]
fn traps_are_signals_and_kill_the_program_that_goes_on() {
    // A word that no instruction has; a load from nowhere.
    for (word, signal) in [(0xffff_ffff, 4), (0x0000_3503, 11)] {
        let stop = format!("S{signal:02x}");
        let kill = format!("vCont;C{signal:02x}:1");
        let (_, ending, output) = talk(debugger(64, &[word], 100), packets(&["vCont;c", &kill]));
        assert!(
            matches!(ending, Ending::Stopped(Stop::Trap(_))),
            "{ending:?}"
        );
        let answers = answers(&output);
        // A note for the user, the stop, the end.
        assert!(answers[0].starts_with('O'), "{answers:?}");
        assert_eq!(answers[1..], [stop, format!("X{signal:02x}")]);
    }
}

#[test]
fn monitor_commands_say_what_is_wrong() {
    let commands = [
        ("", "monitor help"),
        ("hlep", "did you mean `help`?"),
        ("csr cycel", "did you mean `cycle`?"),
        ("csr 0xce0", "major="),
        ("descriptor", "kinds are"),
        ("descriptor 0x8001 rlc", "not aligned"),
        ("descriptor 0x8ff8 rlc", "not in memory"),
        ("descriptor nowhere rlc", "no number, register or symbol"),
        ("descriptor a1 rlcc", "did you mean `rlc`?"),
        ("descriptor a1 rlc", "has to be 2"),
        ("offloads x", "no number"),
        ("fuel 5", "105 instructions"),
        ("stats", "instructions"),
        ("break-on-refusal maybe", "usage"),
        ("break on", "break-on-refusal is on"),
        ("regions", "r-x"),
    ];
    for (command, wanted) in commands {
        let hex: String = command.bytes().map(|byte| format!("{byte:02x}")).collect();
        let (_, _, output) = talk(
            debugger(64, &LOOP, 100),
            packets(&[&format!("qRcmd,{hex}"), "D"]),
        );
        let said: String = answers(&output)
            .iter()
            .filter_map(|answer| {
                answer
                    .strip_prefix('O')
                    .filter(|rest| !rest.starts_with('K'))
            })
            .map(text)
            .collect();
        assert!(said.contains(wanted), "{command}: {said}");
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.next() as usize % choices.len()]
    }
}

#[test]
fn a_hostile_client_ends_its_session_and_nothing_else() {
    let numbers = [
        "0",
        "1",
        "1000",
        "8000",
        "8ffc",
        "fffffffffffffff8",
        "ffffffffffffffff",
        "10000000000000000",
        "-1",
        "",
        "zz",
    ];
    let heads = [
        "m",
        "M",
        "x",
        "X",
        "g",
        "G",
        "p",
        "P",
        "Z0,",
        "Z1,",
        "Z2,",
        "Z3,",
        "Z4,",
        "z0,",
        "z2,",
        "z4,",
        "Z9,",
        "vCont;r",
        "vCont;c",
        "vCont;s",
        "vCont;C",
        "vCont;t",
        "vCont",
        "vCont;",
        "c",
        "s",
        "bs",
        "bc",
        "qRcmd,",
        "qSupported:",
        "qXfer:features:read:target.xml:",
        "qXfer:features:read:x:",
        "H",
        "Hg",
        "T",
        "?",
        "k",
        "D",
        "qfThreadInfo",
        "!",
        "R",
        "vKill;",
        "QStartNoAckMode",
        "vFile:open:",
        "qC",
        "qOffsets",
        "vMustReplyEmpty",
        "qAttached",
        "vRun;",
        "A",
        "i",
    ];
    let mut random = Random(1);
    for _ in 0..3000 {
        let mut input = Vec::new();
        for _ in 0..random.next() % 12 {
            let mut body = random.of(&heads).to_owned();
            for separator in [",", ":", "=", ";"] {
                if random.next().is_multiple_of(2) {
                    body += random.of(&numbers);
                    body += separator;
                }
            }
            let mut bytes = packet(&body).into_bytes();
            match random.next() % 8 {
                // Damage, an interrupt, noise.
                0 => {
                    let at = random.next() as usize % bytes.len();
                    bytes[at] = random.next() as u8;
                }
                1 => bytes.push(3),
                2 => bytes.extend(random.next().to_le_bytes()),
                _ => {}
            }
            input.extend(bytes);
        }
        let xlen = if random.next().is_multiple_of(2) {
            32
        } else {
            64
        };
        talk(debugger(xlen, &LOOP, 5000), Cursor::new(input));
    }
}

#[test]
fn an_endless_packet_is_an_error() {
    struct Endless;
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'm');
            buffer[0] = b'$';
            Ok(buffer.len())
        }
    }
    let (_, ending, _) = talk(debugger(64, &LOOP, 100), Endless);
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
}

/// A connection that stays open until its other end is dropped.
struct Open(Receiver<()>);

impl Read for Open {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        // An error is the other end's end.
        let _ = self.0.recv();
        Ok(0)
    }
}

#[test]
fn the_step_over_an_access_is_done_already() {
    let input = packets(&[
        "Z2,8000,4",
        "vCont;c",
        "z2,8000,4",
        "vCont;s:1",
        "p20",
        "m8000,4",
        "Z2,8000,4",
        "bc",
        "z2,8000,4",
        "bs",
        "p20",
        "m8000,4",
        "bs",
        "p20",
        "D",
    ]);
    // A connection that ends would interrupt the way back.
    let (_keep, open) = channel();
    let input = input.chain(Open(open));
    let (_, _, output) = talk(debugger(64, &LOOP, 100), input);
    let answers = answers(&output);
    assert_eq!(answers[1], "T05thread:01;watch:8000;");
    assert_eq!(answers[3..6], ["S05", "0810000000000000", "01000000"]);
    assert_eq!(answers[7], "T05thread:01;watch:8000;");
    assert_eq!(answers[9..12], ["S05", "0410000000000000", "00000000"]);
    // The next one is a step.
    assert_eq!(answers[12..14], ["S05", "0010000000000000"]);
}

#[test]
fn memory_that_gdb_writes_is_executed() {
    // `addi a0, a0, 2` instead of 1, little-endian.
    let input = packets(&["M1000,4:13052500", "vCont;s:1", "pa", "bs", "pa", "D"]);
    let (debugger, _, output) = talk(debugger(64, &LOOP, 100), input);
    let answers = answers(&output);
    assert_eq!(answers[0], "OK");
    assert!(answers[2].starts_with("02"), "{answers:?}");
    assert!(answers[4].starts_with("00"), "{answers:?}");
    let mut word = [0; 4];
    debugger.machine().memory().read(CODE, &mut word).unwrap();
    assert_eq!(
        word,
        [0x13, 0x05, 0x25, 0],
        "the edit is older than the step"
    );
}
