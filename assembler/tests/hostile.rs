//! Sources and files that are made to hurt: each ends soon, with a clear error or a bounded output.
//!
//! Files are mutated by a generator that always says the same; with `ZKTR_CAMPAIGN=N`, N times as long.

use std::io::{self, Write};
use std::time::{Duration, Instant};
use zktr_asm::objdump::{Disassemble, ObjdumpOptions, dump, dump_source, filter};
use zktr_asm::{DisasmOptions, Files, NoFiles, Options, Source, Spec, assemble_with};

/// Long enough for a busy machine, and far too short for what does not end.
const LIMIT: Duration = Duration::from_secs(20);

/// A file system with one file, under every name.
struct OneFile(&'static str);

impl Files for OneFile {
    fn read(&self, name: &str, _: &str) -> io::Result<(Vec<u8>, String)> {
        Ok((self.0.as_bytes().to_vec(), name.to_owned()))
    }
}

/// The message of the first error; there has to be one, soon.
fn refused(text: &str, files: &dyn Files) -> String {
    let start = Instant::now();
    let source = Source::new("hostile.s", text);
    let result = assemble_with(&Spec::builtin(), &source, &Options::default(), files);
    let shown: String = text.chars().take(60).collect();
    assert!(start.elapsed() < LIMIT, "{shown:?}: {:?}", start.elapsed());
    let errors = result
        .err()
        .unwrap_or_else(|| panic!("{shown:?} is accepted"));
    assert!(errors.len() <= 101, "{shown:?}");
    let total: usize = errors.iter().map(|error| error.to_string().len()).sum();
    assert!(total < 1 << 20, "{shown:?}: {total} bytes of messages");
    errors[0].message.clone()
}

#[test]
fn sources_that_would_not_end() {
    for (text, message) in [
        (".rept 1000000000\n nop\n.endr", "expand to more than"),
        (".rept 0x7fffffffffffffff\n.endr", ""),
        (".fill 1 << 60, 8, 1", "repeat count must be"),
        (".space 1 << 60", "sections are longer than"),
        (".skip -1", ""),
        (".align 60", ""),
        (".p2align 63", ""),
        (".balign 1 << 62", ""),
        (".org 1 << 60", ""),
        (".org -1", ""),
        (".uleb128 a - b", ""),
        (".macro m\n m\n.endm\nm", "nested more than"),
        (".macro m\n m\n m\n.endm\nm", "nested more than"),
        (".macro m x\n m \\x\\x\n.endm\nm aaaa", ""),
        (
            ".macro a\n b\n b\n.endm\n.macro b\n a\n a\n.endm\na",
            "nested more than",
        ),
        (".set a, b + 1\n.set b, a + 1\n.word a", ""),
        ("1: .word 2f", ""),
        (".incbin \"/dev/zero\"", "cannot read"),
        (".include \"hostile.s\"", "cannot read"),
    ] {
        let found = refused(text, &NoFiles);
        assert!(found.contains(message), "{text}: {found}");
    }
}

#[test]
fn macros_that_double_are_stopped() {
    let mut text = String::new();
    for level in 0..60 {
        text.push_str(&format!(
            ".macro m{level}\n m{0}\n m{0}\n.endm\n",
            level + 1
        ));
    }
    text.push_str(".macro m60\n nop\n.endm\nm0\n");
    let message = refused(&text, &NoFiles);
    assert!(message.contains("expanded more than"), "{message}");
}

#[test]
fn files_that_include_themselves() {
    for text in [".include \"x\"\n", ".include \"x\"\n.include \"x\"\n"] {
        let message = refused(text, &OneFile(".include \"x\"\n.include \"y\"\n"));
        assert!(message.contains("levels deep"), "{message}");
    }
    // Devices and directories are no files.
    for name in ["/dev/zero", "/"] {
        let text = format!(".incbin \"{name}\"");
        let message = refused(&text, &zktr_asm::FileSystem::default());
        assert!(message.contains("not a regular file"), "{message}");
    }
}

#[test]
fn unusual_texts() {
    let spec = Spec::builtin();
    let long = format!("nop # {}\n", "x".repeat(1 << 20));
    let wide = format!(".word {}1\n", "1 + ".repeat(100));
    for text in [
        "nop\r\nret\r\n",
        "\u{feff}nop\n",
        &long,
        &wide,
        "nop",
        "",
        "\n\n\n",
        "nop;;;nop",
    ] {
        let source = Source::new("text.s", text);
        let _ = assemble_with(&spec, &source, &Options::default(), &NoFiles);
    }
    for text in ["nop\0nop", "\0", "add\u{7f} a0", ".ascii \"\u{0}"] {
        refused(text, &NoFiles);
    }
    let names = format!("{}:\n", "a".repeat(1 << 20));
    let source = Source::new("name.s", names.as_str());
    let object = assemble_with(&spec, &source, &Options::default(), &NoFiles).unwrap();
    let elf = object.write_elf().unwrap();
    assert!(elf.len() < 2 * names.len());
}

/// Counts what is written to it.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that can be printed of a file; how much that is.
fn exercise(spec: &Spec, bytes: &[u8]) -> u64 {
    let mut count = Count::default();
    let options = ObjdumpOptions {
        disassemble: Disassemble::All,
        line_numbers: true,
        source: true,
        file_header: true,
        section_headers: true,
        symbols: true,
        contents: true,
        ..ObjdumpOptions::default()
    };
    let source = |_: &str| Some("text\n".repeat(10));
    let _ = dump(spec, "x", bytes, &options, &source, &mut count);
    let _ = dump_source(spec, "x", bytes, &mut count);
    let mut input = bytes;
    filter(spec, &DisasmOptions::default(), &mut input, &mut count).unwrap();
    count.0
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// A file with some of its bytes changed: single ones, numbers that are at limits, and pieces copied over others.
fn mutated(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.below(256) as u8,
            2 | 3 => {
                let limits = [
                    0,
                    1,
                    u64::MAX,
                    1 << 31,
                    1 << 63,
                    original.len() as u64,
                    0xffff,
                ];
                let number = limits[random.below(limits.len())].to_le_bytes();
                let size = [2, 4, 8][random.below(3)];
                // Tables are made of aligned words.
                let at = at & !(size - 1);
                let end = (at + size).min(bytes.len());
                bytes[at..end].copy_from_slice(&number[..end - at]);
            }
            4 => {
                let from = random.below(bytes.len()) & !7;
                let size = [8, 24, 64, 128][random.below(4)];
                let piece = bytes[from..(from + size).min(bytes.len())].to_vec();
                let at = at & !7;
                let end = (at + piece.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&piece[..end - at]);
            }
            _ => bytes.truncate(at.max(16)),
        }
    }
    bytes
}

#[test]
fn mutated_files() {
    let spec = Spec::builtin();
    let times: usize = std::env::var("ZKTR_CAMPAIGN")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut worst = (0, 0);
    for (xlen, text) in [
        (64, include_str!("kernel.s")),
        (64, include_str!("program.s")),
    ] {
        let options = Options {
            xlen,
            debug: true,
            relax: true,
            ..Options::default()
        };
        let source = Source::new("k.s", text);
        let object = assemble_with(&spec, &source, &options, &NoFiles).unwrap();
        let elf = object.write_elf().unwrap();
        for _ in 0..400 * times {
            let bytes = mutated(&elf, &mut random);
            let start = Instant::now();
            let printed = exercise(&spec, &bytes);
            assert!(start.elapsed() < LIMIT);
            worst = worst.max((printed / bytes.len() as u64, printed));
        }
    }
    println!("at most {} bytes printed for a byte of input", worst.0);
    assert!(worst.0 < 200, "{worst:?}");
}

/// Many headers that all claim the same bytes.
#[test]
fn tables_that_overlap() {
    let spec = Spec::builtin();
    let source = Source::new(
        "k.s",
        "f: call g\n lla a0, h\n nop\n"
            .repeat(200)
            .replace("f:", ""),
    );
    let object = assemble_with(&spec, &source, &Options::default(), &NoFiles).unwrap();
    let elf = object.write_elf().unwrap();
    let number = |at: usize, size: usize| {
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&elf[at..at + size]);
        u64::from_le_bytes(bytes) as usize
    };
    let (headers, count) = (number(0x28, 8), number(0x3c, 2));
    let table = elf[headers..headers + 64 * count].to_vec();
    let of_kind = |kind: u8| {
        let at = (0..count).find(|i| table[64 * i + 4] == kind).unwrap();
        table[64 * at..64 * at + 64].to_vec()
    };
    // Copies of the code and of its relocations, each pair of its own.
    let (code, relocations) = (of_kind(1), of_kind(4));
    let mut bytes = elf.clone();
    bytes.truncate(headers);
    bytes.extend_from_slice(&table);
    let copies = 4000;
    for copy in 0..copies {
        bytes.extend_from_slice(&code);
        let mut relocations = relocations.clone();
        let target = (count + 2 * copy) as u32;
        relocations[44..48].copy_from_slice(&target.to_le_bytes());
        bytes.extend_from_slice(&relocations);
    }
    let sections = (count + 2 * copies) as u16;
    bytes[0x3c..0x3e].copy_from_slice(&sections.to_le_bytes());
    let start = Instant::now();
    let printed = exercise(&spec, &bytes);
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    assert!(
        printed < 200 * bytes.len() as u64,
        "{printed} of {}",
        bytes.len()
    );
}
