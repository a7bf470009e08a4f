//! What the language of meanings can say beyond terms over rows, executed: additions to elements,
//! gathers, refusals, words of every width, random elements, polynomials of the program.

mod support;

use std::sync::{Arc, OnceLock};
use support::{Case, Laid};
use zktr_emu::golden::{Devices, Options, Scribble, Seeded, offload_with};
use zktr_isa::Spec;
use zktr_isa::model::Format;
use zktr_isa::span::Source;

const SPEC: &str = r#"
[extension]
name = "Xlang"
version = "1.0"

[descriptor.lang-hist]
size = 128
fields = [
  { name = "w", at = 4,  type = "u32", status = "shape" },
  { name = "h", at = 8,  type = "view<u16, w>", access = "update" },
  { name = "x", at = 24, type = "view<u8, n>", access = "read" },
  { name = "o", at = 40, type = "view<u32, n>", access = "write" },
]
[inst."lang.hist"]
title    = "Histogram"
encoding = { format = "rocc", funct7 = 0x40 }
operands = { rd = "status", rs1 = "descriptor lang-hist", rs2 = "count n" }
sem      = """
for i < n {
    o[i] = trunc(i * 3, 32);
    refuse index unless int(x[i]) < w;
    h[int(x[i])] += 1;
}
"""

[descriptor.lang-sums]
size = 128
fields = [
  { name = "w",   at = 4,  type = "u32", status = "shape" },
  { name = "s",   at = 8,  type = "view<ext, w>", access = "update" },
  { name = "key", at = 32, type = "view<u32, n>", access = "read" },
  { name = "a",   at = 48, type = "view<ext, n>", access = "read" },
]
[inst."lang.sums"]
title    = "Sums by key"
encoding = { format = "rocc", funct7 = 0x41 }
operands = { rd = "status", rs1 = "descriptor lang-sums", rs2 = "count n" }
sem      = "for i < n { let k = int(key[i]); refuse index unless k < w; s[k] += a[i]; }"

[descriptor.lang-turn]
size = 64
fields = [
  { name = "k",   at = 4,  type = "u32", status = "shape" },
  { name = "out", at = 8,  type = "view<cell, k, n>", access = "write" },
  { name = "a",   at = 32, type = "view<cell, n, k>", access = "read" },
]
[inst."lang.turn"]
title    = "Transposition, rows shifted by one"
encoding = { format = "rocc", funct7 = 0x42 }
operands = { rd = "status", rs1 = "descriptor lang-turn", rs2 = "count n" }
sem      = "for i < n { for j < k { out[j, (i + 1) % n] = a[n - 1 - i, j]; } }"

[descriptor.lang-draw]
size = 64
fields = [{ name = "out", at = 8, type = "view<ext, n>", access = "write" }]
[inst."lang.draw"]
title    = "Random elements"
encoding = { format = "rocc", funct7 = 0x43 }
operands = { rd = "status", rs1 = "descriptor lang-draw", rs2 = "count n" }
sem      = "for i < n { out[i] = random(ext); }"

[descriptor.lang-guest]
size = 64
fields = [{ name = "out", at = 8, type = "view<u64, n>", access = "write" }]
[inst."lang.guest"]
title    = "Runs a guest"
encoding = { format = "rocc", funct7 = 0x44 }
operands = { rd = "status", rs1 = "descriptor lang-guest", rs2 = "count n" }
sem      = "run_guest(); for i < n { out[i] = 7; }"
"#;

fn spec() -> Arc<Spec> {
    static SPEC_WITH_TESTS: OnceLock<Arc<Spec>> = OnceLock::new();
    SPEC_WITH_TESTS.get_or_init(load).clone()
}

fn load() -> Arc<Spec> {
    Spec::load(&[Source::new("lang.toml", SPEC)]).unwrap_or_else(|errors| {
        let errors: String = errors.iter().map(ToString::to_string).collect();
        panic!("{errors}")
    })
}

fn seeded() -> Options {
    Options {
        scribble: Scribble::Seeded(3),
        ..Options::default()
    }
}

fn word(case: &Case, addr: u64, bytes: u64) -> u64 {
    let at = (addr - support::BASE) as usize;
    let bytes = &case.memory.bytes()[at..at + bytes as usize];
    bytes
        .iter()
        .rev()
        .fold(0, |word, &b| word << 8 | u64::from(b))
}

fn histogram(keys: &[u8]) -> (Case, Laid, Laid) {
    let spec = spec();
    let format = spec.format("babybear").unwrap().clone();
    let mut case = Case::new(&spec, "lang.hist", &format, 0, 3);
    case.set("w", 9);
    let h = case.view("h", &[9], None);
    let x = case.view("x", &[keys.len() as u64], None);
    let o = case.view("o", &[keys.len() as u64], None);
    for bin in 0..9 {
        case.poke(
            h.address(&[bin], 0),
            &(0xfffe + bin as u32).to_le_bytes()[..2],
        );
    }
    for (i, key) in keys.iter().enumerate() {
        case.poke(x.address(&[i as u64], 0), &[*key]);
    }
    (case, h, o)
}

#[test]
fn repeated_keys_add_up_and_words_wrap() {
    let keys = [3, 0, 3, 3, 8, 0, 3];
    let (mut case, h, o) = histogram(&keys);
    assert_eq!(case.run(7, &seeded()), case.status("ok"));
    for bin in 0..9u64 {
        let count = keys.iter().filter(|key| u64::from(**key) == bin).count() as u64;
        assert_eq!(
            word(&case, h.address(&[bin], 0), 2),
            (0xfffe + bin + count) & 0xffff
        );
    }
    assert_eq!(word(&case, o.address(&[6], 0), 4), 18);
}

#[test]
fn a_refusal_in_the_middle_keeps_updates_and_gives_up_writes() {
    let (mut case, h, o) = histogram(&[3, 0, 9, 1]);
    let before = case.memory.clone();
    assert_eq!(case.run(4, &Options::default()), case.status("index"));
    assert!(
        case.memory == before,
        "nothing is written unless all is done"
    );
    assert_eq!(case.run(4, &seeded()), case.status("index"));
    let o: Vec<u64> = (0..4).map(|i| o.address(&[i], 0)).collect();
    for (at, (now, then)) in case.memory.bytes().iter().zip(before.bytes()).enumerate() {
        let addr = support::BASE + at as u64;
        let given_up = o.iter().any(|o| (*o..o + 4).contains(&addr));
        assert!(given_up || now == then, "{addr:#x} has changed");
    }
    assert!(o.iter().any(|at| word(&case, *at, 4) != 0));
    // Keys behind the count do not matter.
    assert_eq!(case.run(2, &seeded()), case.status("ok"));
    let _ = h;
}

#[test]
fn updates_have_to_be_disjoint_from_everything_and_from_themselves() {
    let (mut case, h, o) = histogram(&[1, 2]);
    case.place(
        "h",
        &Laid {
            base: o.base,
            ..h.clone()
        },
        false,
    );
    assert_eq!(case.run(2, &seeded()), case.status("overlap"));
    let still = Laid {
        strides: vec![0],
        ..h.clone()
    };
    case.place("h", &still, false);
    assert_eq!(case.run(2, &seeded()), case.status("overlap"));
    case.place(
        "h",
        &Laid {
            base: h.base + 1,
            ..h
        },
        false,
    );
    assert_eq!(case.run(2, &seeded()), case.status("align"));
}

#[test]
fn elements_add_up_in_every_format() {
    let spec = spec();
    for format in &spec.formats {
        let mut case = Case::new(&spec, "lang.sums", format, 0, 19);
        let d = Some(case.field.d);
        case.set("w", 4);
        let s = case.view("s", &[4], d);
        let mut expected = case.vector(&s, 4, false);
        let key = case.view("key", &[6], None);
        let a = case.view("a", &[6], d);
        let values = case.vector(&a, 6, false);
        for (i, value) in values.iter().enumerate() {
            let k = [2usize, 0, 2, 3, 2, 0][i];
            case.poke(key.address(&[i as u64], 0), &(k as u32).to_le_bytes());
            expected[k] = case.field.add(&expected[k], value);
        }
        let before = case.memory.clone();
        // A word that is not canonical in what is added to makes it refuse; p itself may be zero.
        let at = s.address(&[2], 0);
        case.poke_word(at, u64::MAX);
        let spoiled = case.memory.clone();
        assert_eq!(
            case.run(6, &seeded()),
            case.status("range"),
            "{}",
            format.name
        );
        assert!(case.memory == spoiled, "{}", format.name);
        case.memory = before;
        assert_eq!(case.run(6, &seeded()), case.status("ok"), "{}", format.name);
        for (k, element) in expected.iter().enumerate() {
            for (c, coordinate) in element.iter().enumerate() {
                let now = case.peek(s.address(&[k as u64], c));
                assert_eq!(now, case.field.word(*coordinate), "{}", format.name);
            }
        }
    }
}

#[test]
fn cells_have_the_width_of_the_format_and_any_value() {
    let spec = spec();
    for name in ["babybear4-m", "goldilocks3"] {
        let format = spec.format(name).unwrap();
        let mut case = Case::new(&spec, "lang.turn", format, 0, 23);
        case.set("k", 3);
        let a = case.view("a", &[5, 3], None);
        let out = case.view("out", &[3, 5], None);
        let before = case.memory.clone();
        assert_eq!(case.run(5, &seeded()), case.status("ok"));
        let bytes = u64::from(format.word_bytes);
        for i in 0..5u64 {
            for j in 0..3u64 {
                let now = word(&case, out.address(&[j, (i + 1) % 5], 0), bytes);
                let from = (a.address(&[4 - i, j], 0) - support::BASE) as usize;
                let then = &before.bytes()[from..from + bytes as usize];
                assert_eq!(&now.to_le_bytes()[..bytes as usize], then);
            }
        }
        assert_eq!(case.run(0, &seeded()), case.status("ok"));
    }
}

fn drawn(format: &Format, options: &Options) -> Vec<u64> {
    let spec = spec();
    let mut case = Case::new(&spec, "lang.draw", format, 0, 29);
    let out = case.view("out", &[40], Some(format.degree));
    assert_eq!(case.run(40, options), case.status("ok"));
    (0..40)
        .flat_map(|i| (0..format.degree).map(move |c| (i, c)))
        .map(|(i, c)| case.peek(out.address(&[i], c)))
        .collect()
}

#[test]
fn random_elements_are_canonical_fresh_and_repeatable() {
    for format in &Spec::builtin().formats {
        let first = drawn(format, &Options::default());
        assert!(first.iter().all(|&word| word < format.modulus));
        let mut distinct = first.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() + 2 > first.len(), "{}", format.name);
        assert_eq!(first, drawn(format, &Options::default()));
        let other = Options {
            seed: 1,
            ..Options::default()
        };
        assert_ne!(first, drawn(format, &other));
    }
}

#[derive(Debug)]
struct Unit(u64);

impl Devices for Unit {
    fn random(&mut self) -> u64 {
        0
    }

    fn runs_guests(&self) -> bool {
        true
    }

    fn run_guest(
        &mut self,
        _memory: &mut dyn zktr_emu::memory::Memory,
        descriptor: u64,
    ) -> Option<u64> {
        assert_eq!(descriptor, support::DESCRIPTOR);
        Some(self.0)
    }
}

#[test]
fn a_guest_runs_where_there_is_a_unit() {
    let spec = spec();
    let format = spec.format("babybear").unwrap().clone();
    let mut case = Case::new(&spec, "lang.guest", &format, 0, 31);
    let out = case.view("out", &[2], None);
    let before = case.memory.clone();
    let options = seeded();
    let mut run = |devices: &mut dyn Devices| {
        let registers = (support::DESCRIPTOR, 2);
        offload_with(
            &case.spec,
            case.instruction,
            registers,
            64,
            &mut case.memory,
            &options,
            devices,
        )
    };
    let status = |name: &str| spec.status(name).unwrap().code;
    assert_eq!(run(&mut Seeded(0)), status("unit"));
    assert_eq!(run(&mut Unit(status("fault"))), status("fault"));
    assert_eq!(run(&mut Unit(0)), status("ok"));
    assert!(case.memory != before);
    assert_eq!(word(&case, out.address(&[1], 0), 8), 7);
}

#[test]
fn a_polynomial_of_the_program_has_canonical_coefficients() {
    let spec = Spec::builtin();
    for name in ["babybear5-x-m", "goldilocks3-x"] {
        let format = spec.format(name).unwrap();
        let mut case = Case::new(&spec, "zktr.inv", format, 0, 37);
        let d = Some(format.degree);
        let a = case.view("a", &[3], d);
        let out = case.view("out", &[3], d);
        let values = case.vector(&a, 3, false);
        let inverse = case.field.inverse(&values[2]);
        let at = case.at("reduction");
        let good = case.memory.clone();
        case.poke(at, &format.modulus.to_le_bytes());
        assert_eq!(case.run(3, &seeded()), case.status("range"));
        case.memory = good.clone();
        case.poke(at + 8 * format.degree as u64, &[1]);
        assert_eq!(case.run(3, &seeded()), case.status("version"));
        case.memory = good;
        assert_eq!(case.run(3, &seeded()), case.status("ok"));
        for (c, coordinate) in inverse.iter().enumerate() {
            assert_eq!(
                case.peek(out.address(&[2], c)),
                case.field.word(*coordinate)
            );
        }
        // x^d = 0: then x itself has no inverse.
        case.set_element("reduction", &vec![0; format.degree]);
        case.write(&a, &[0], &{
            let mut x = vec![0; format.degree];
            x[1] = 1;
            x
        });
        assert_eq!(case.run(3, &Options::default()), case.status("zero"));
    }
}
