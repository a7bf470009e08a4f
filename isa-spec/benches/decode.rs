//! Decoding speed against capstone and a Rust decoder, on the same bytes of base-ISA code.
//!
//! The code is the text of an object, an executable or an archive of objects for riscv64, without floating point:
//! `ZKTR_BENCH_CODE`, or else picolibc's C library as Debian installs it. Without one, it is made of random
//! instructions. Every decoder goes through it from start to end, instruction by instruction, several times, in turn
//! with the others, and its fastest time counts. Ours and raki decode to operands; capstone, which
//! knows no less, formats the operands as text as well (details are off).

use capstone::prelude::*;
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, SectionKind};
use raki::{Decode, Isa};
use std::hint::black_box;
use std::time::{Duration, Instant};
use zktr_isa::{DecodeError, Spec};

const PICOLIBC: &str = "/usr/lib/picolibc/riscv64-unknown-elf/lib/rv64imac/lp64/libc.a";
const REPETITIONS: usize = 15;
/// Of a smaller corpus, so many copies are decoded.
const MIN_BYTES: usize = 1 << 20;
/// Extensions that all of the decoders know.
const COMMON: [&str; 5] = ["I", "M", "A", "C", "Zicsr"];

/// Goes through code, and counts.
type Decoder<'a> = dyn Fn(&[u8]) -> Count + 'a;

fn main() {
    let spec = Spec::builtin();
    let (name, mut code) = corpus(&spec);
    let once = code.len();
    code = code.repeat(MIN_BYTES.div_ceil(once.max(1)));
    let capstone = Capstone::new()
        .riscv()
        .mode(arch::riscv::ArchMode::RiscV64)
        .extra_mode(std::iter::once(arch::riscv::ArchExtraMode::RiscVC))
        .detail(false)
        .build()
        .expect("capstone has RISC-V");
    println!("code: {name}, {once} bytes");
    println!("CPU features: {}", features());

    let decoders: [(&str, &Decoder<'_>); 3] = [
        ("zktr-isa", &|code| ours(&spec, code)),
        ("raki 1.3", &raki),
        ("capstone 5", &|code| with_capstone(&capstone, code)),
    ];
    let mut best = [(Duration::MAX, Count::default()); 3];
    for _ in 0..REPETITIONS {
        for ((_, decode), best) in decoders.iter().zip(&mut best) {
            let start = Instant::now();
            let count = black_box(decode(black_box(&code)));
            best.0 = best.0.min(start.elapsed());
            best.1 = count;
        }
    }
    let best_of_ours = best[0];
    let nanoseconds =
        |(time, count): (Duration, Count)| time.as_secs_f64() * 1e9 / count.all() as f64;
    for ((name, _), best) in decoders.iter().zip(best) {
        let time = nanoseconds(best);
        println!(
            "{name:<10} {time:8.2} ns an instruction, {:7.1} M/s, {:6.2} times our time; {} decoded, {} unknown",
            1e3 / time,
            time / nanoseconds(best_of_ours),
            best.1.known,
            best.1.unknown,
        );
    }
}

/// What a decoder made of the code.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    known: u64,
    unknown: u64,
}

impl Count {
    fn all(self) -> u64 {
        self.known + self.unknown
    }

    fn add(&mut self, known: bool) {
        if known {
            self.known += 1;
        } else {
            self.unknown += 1;
        }
    }
}

fn ours(spec: &Spec, code: &[u8]) -> Count {
    let mut count = Count::default();
    let mut at = 0;
    while at < code.len() {
        match spec.decode_bytes(&code[at..], 64) {
            Ok(decoded) => {
                at += usize::from(decoded.length);
                black_box(&decoded);
                count.add(true);
            }
            Err(DecodeError::Unknown { length, .. }) => {
                at += usize::from(length);
                count.add(false);
            }
            Err(DecodeError::Exhausted { .. }) => break,
        }
    }
    count
}

fn raki(code: &[u8]) -> Count {
    let mut count = Count::default();
    let mut at = 0;
    while let Some(&[a, b]) = code.get(at..at + 2) {
        let known = if a & 3 == 3 {
            let Some(&[_, _, c, d]) = code.get(at..at + 4) else {
                break;
            };
            at += 4;
            black_box(u32::from_le_bytes([a, b, c, d]).decode(Isa::Rv64)).is_ok()
        } else {
            at += 2;
            black_box(u16::from_le_bytes([a, b]).decode(Isa::Rv64)).is_ok()
        };
        count.add(known);
    }
    count
}

fn with_capstone(capstone: &Capstone, code: &[u8]) -> Count {
    let mut count = Count::default();
    let mut at = 0;
    while at + 1 < code.len() {
        let mut instructions = capstone
            .disasm_iter(&code[at..], at as u64)
            .expect("there is memory");
        while let Some(instruction) = instructions.next() {
            at += instruction.bytes().len();
            black_box(instruction.id());
            count.add(true);
        }
        // It stops in front of what it does not know.
        if at + 1 < code.len() {
            at += if code[at] & 3 == 3 { 4 } else { 2 };
            count.add(false);
        }
    }
    count
}

/// The name of the code, and its bytes: all text sections, one after the other.
fn corpus(spec: &Spec) -> (String, Vec<u8>) {
    let path = std::env::var("ZKTR_BENCH_CODE").unwrap_or_else(|_| PICOLIBC.to_owned());
    let Ok(data) = std::fs::read(&path) else {
        return (
            format!("random instructions, because there is no {path}"),
            random(spec),
        );
    };
    let mut code = Vec::new();
    if let Ok(archive) = ArchiveFile::parse(&*data) {
        for member in archive.members().flatten() {
            if let Ok(data) = member.data(&*data) {
                text(data, &mut code);
            }
        }
    } else {
        text(&data, &mut code);
    }
    (path, code)
}

fn text(data: &[u8], code: &mut Vec<u8>) {
    let Ok(file) = object::File::parse(data) else {
        return;
    };
    for section in file.sections().filter(|s| s.kind() == SectionKind::Text) {
        code.extend(section.data().unwrap_or_default());
    }
}

/// Instructions of the common extensions, each as often as any other.
fn random(spec: &Spec) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let choices: Vec<usize> = (0..spec.instructions.len())
        .filter(|&index| {
            let instruction = &spec.instructions[index];
            instruction.xlen.contains(&64) && COMMON.contains(&instruction.extension.as_str())
        })
        .collect();
    let mut code = Vec::new();
    while code.len() < MIN_BYTES {
        let index = choices[(random() % choices.len() as u64) as usize];
        let instruction = &spec.instructions[index];
        let values = instruction.sample(&mut random);
        let word = spec.encode(index, &values).expect("the values are legal");
        code.extend(&word.to_le_bytes()[..usize::from(instruction.length)]);
    }
    code
}

/// What this machine has of the features that could make a difference.
fn features() -> String {
    #[cfg(target_arch = "x86_64")]
    let found: Vec<&str> = [
        ("sse4.2", std::arch::is_x86_feature_detected!("sse4.2")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("bmi2", std::arch::is_x86_feature_detected!("bmi2")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect();
    #[cfg(not(target_arch = "x86_64"))]
    let found: Vec<&str> = Vec::new();
    format!(
        "{} {}; none of them is used: compiled for the baseline",
        std::env::consts::ARCH,
        found.join(" ")
    )
}
