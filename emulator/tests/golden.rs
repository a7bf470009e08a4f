//! The golden evaluator against a plain reimplementation of each instruction, for every format, with
//! views laid out by chance: the whole memory has to be equal afterwards.

mod support;

use proptest::prelude::*;
use std::sync::Arc;
use support::{Case, El, Laid, Naive};
use zktr_emu::golden::Options;
use zktr_isa::Spec;
use zktr_isa::model::Format;

/// What a plain program computes: fills the descriptor, and says what the views have to contain.
struct Expected {
    n: u64,
    writes: Vec<(Laid, Vec<u64>, El)>,
}

type Model = fn(&mut Case) -> Expected;

fn small(case: &mut Case) -> u64 {
    case.random.below(6)
}

fn ext(case: &Case) -> Option<usize> {
    Some(case.field.d)
}

fn rows(laid: &Laid, values: Vec<El>) -> Vec<(Laid, Vec<u64>, El)> {
    values
        .into_iter()
        .enumerate()
        .map(|(i, value)| (laid.clone(), vec![i as u64], value))
        .collect()
}

fn widen(field: &Naive, base: &El) -> El {
    field.constant(base[0])
}

/// Powers; `after` says whether the first one has the factor already.
fn pow(case: &mut Case, after: bool) -> Expected {
    let n = small(case);
    let (init, base) = (case.element("init"), case.element("base"));
    let out = case.view("out", &[n], ext(case));
    let last = case.view("last", &[], ext(case));
    let mut value = init;
    let mut values = Vec::new();
    for _ in 0..n {
        let next = case.field.mul(&value, &base);
        values.push(if after { next.clone() } else { value });
        value = next;
    }
    let mut writes = rows(&out, values);
    writes.push((last, vec![], value));
    Expected { n, writes }
}

/// The fingerprints of a table.
fn fingerprints(case: &mut Case, n: u64, init: &str) -> Vec<El> {
    let k = case.random.below(5);
    case.set("k", k);
    let init = case.element(init);
    let table = case.view("a", &[n, k], None);
    let place = case.view("coeff", &[k], ext(case));
    let coeff = case.vector(&place, k, false);
    let field = case.field.clone();
    (0..n)
        .map(|i| {
            let mut sum = init.clone();
            for j in 0..k {
                let mut entry = field.random(&mut case.random);
                entry.truncate(1);
                case.write(&table, &[i, j], &entry);
                sum = field.add(&sum, &field.mul(&coeff[j as usize], &widen(&field, &entry)));
            }
            sum
        })
        .collect()
}

fn rlc(case: &mut Case) -> Expected {
    let n = small(case);
    let out = case.view("out", &[n], ext(case));
    let values = fingerprints(case, n, "init");
    Expected {
        n,
        writes: rows(&out, values),
    }
}

fn inv(case: &mut Case) -> Expected {
    let n = small(case);
    let out = case.view("out", &[n], ext(case));
    let a = case.view("a", &[n], ext(case));
    let mut values = case.vector(&a, n, false);
    for (i, value) in values.iter_mut().enumerate() {
        if value.iter().all(|&c| c == 0) {
            *value = case.field.constant(2);
            case.write(&a, &[i as u64], value);
        }
    }
    let values = values
        .iter()
        .map(|value| case.field.inverse(value))
        .collect();
    Expected {
        n,
        writes: rows(&out, values),
    }
}

/// A scan over the rows' values; `after` says whether a row is included in its own value.
fn scan(
    case: &mut Case,
    after: bool,
    values: fn(&mut Case, u64) -> Vec<El>,
    op: fn(&Naive, &El, &El) -> El,
) -> Expected {
    let n = small(case);
    let init = case.element("init");
    let out = case.view("out", &[n], ext(case));
    let last = case.view("last", &[], ext(case));
    let mut state = init;
    let mut results = Vec::new();
    for value in values(case, n) {
        let next = op(&case.field, &state, &value);
        results.push(if after { next.clone() } else { state });
        state = next;
    }
    let mut writes = rows(&out, results);
    writes.push((last, vec![], state));
    Expected { n, writes }
}

fn plain(case: &mut Case, n: u64) -> Vec<El> {
    let a = case.view("a", &[n], ext(case));
    case.vector(&a, n, false)
}

fn weighted(case: &mut Case, n: u64) -> Vec<El> {
    let values = plain(case, n);
    let m = case.view("m", &[n], None);
    let weights = case.vector(&m, n, true);
    let field = case.field.clone();
    values
        .iter()
        .zip(weights)
        .map(|(value, weight)| field.mul(value, &widen(&field, &weight)))
        .collect()
}

fn logup(case: &mut Case) -> Expected {
    let n = small(case);
    let perm = case.view("perm", &[n], ext(case));
    let sum = case.view("sum", &[n], ext(case));
    let last = case.view("last", &[], ext(case));
    let mut state = case.element("init");
    let denominators = fingerprints(case, n, "gamma");
    if denominators.iter().any(|d| d.iter().all(|&c| c == 0)) {
        // Another seed has other rows; this one says something about no rows.
        return Expected {
            n: 0,
            writes: vec![(last, vec![], state)],
        };
    }
    let mut writes = Vec::new();
    for (i, denominator) in denominators.iter().enumerate() {
        let fraction = case.field.inverse(denominator);
        state = case.field.add(&state, &fraction);
        writes.push((perm.clone(), vec![i as u64], fraction));
        writes.push((sum.clone(), vec![i as u64], state.clone()));
    }
    writes.push((last, vec![], state));
    Expected { n, writes }
}

fn cvt(case: &mut Case) -> Expected {
    let (n, k) = (small(case), small(case));
    case.set("k", k);
    let out = case.view("out", &[n, k], None);
    let x = case.view("x", &[n, k], None);
    let mut writes = Vec::new();
    for i in 0..n {
        for j in 0..k {
            let word = match case.random.below(4) {
                0 => u32::MAX,
                1 => case.field.p as u32,
                _ => case.random.next() as u32,
            };
            case.poke(x.address(&[i, j], 0), &word.to_le_bytes());
            writes.push((
                out.clone(),
                vec![i, j],
                vec![u64::from(word) % case.field.p],
            ));
        }
    }
    Expected { n, writes }
}

const MODELS: &[(&str, u8, Model)] = &[
    ("zktr.pow", 0, |case| pow(case, false)),
    ("zktr.pow", 1, |case| pow(case, true)),
    ("zktr.rlc", 0, rlc),
    ("zktr.inv", 0, inv),
    ("zktr.scan", 0, |case| scan(case, true, plain, Naive::add)),
    ("zktr.scan", 1, |case| scan(case, false, plain, Naive::add)),
    ("zktr.scan", 2, |case| scan(case, true, plain, Naive::mul)),
    ("zktr.scan", 3, |case| scan(case, false, plain, Naive::mul)),
    ("zktr.wscan", 0, |case| {
        scan(case, true, weighted, Naive::add)
    }),
    ("zktr.wscan", 1, |case| {
        scan(case, false, weighted, Naive::add)
    }),
    ("zktr.logup", 0, logup),
    ("zktr.cvt", 0, cvt),
];

fn check(spec: &Arc<Spec>, format: &Format, (mnemonic, mode, model): (&str, u8, Model), seed: u64) {
    let mut case = Case::new(spec, mnemonic, format, mode, seed);
    let expected = model(&mut case);
    let mut after = Case::new(spec, mnemonic, format, mode, seed);
    after.memory = case.memory.clone();
    for (laid, index, element) in &expected.writes {
        after.write(laid, index, element);
    }
    let what = format!("{mnemonic} mode {mode} format {} seed {seed}", format.name);
    assert_eq!(
        case.run(expected.n, &Options::default()),
        case.status("ok"),
        "{what}"
    );
    assert!(case.memory == after.memory, "{what}: memory differs");
}

/// Later instructions are held to models of the systems that use them, in the tests of idioms.
#[test]
fn every_bulk_instruction_of_the_first_version_has_a_model() {
    let spec = Spec::builtin();
    for instruction in spec
        .instructions
        .iter()
        .filter(|instruction| instruction.is_bulk() && instruction.since == (0, 1))
    {
        for mode in &instruction.modes {
            let found = MODELS
                .iter()
                .any(|(name, code, _)| *name == instruction.name && *code == mode.code);
            assert!(found, "{} mode {}", instruction.name, mode.code);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_instruction_in_every_format_agrees_with_its_model(seed in any::<u64>()) {
        let spec = Spec::builtin();
        for format in &spec.formats {
            for model in MODELS {
                check(&spec, format, *model, seed);
            }
        }
    }
}

#[test]
fn no_rows_write_only_the_last_value() {
    let spec = Spec::builtin();
    for format in &spec.formats {
        let mut case = Case::new(&spec, "zktr.scan", format, 0, 7);
        let init = case.element("init");
        let last = case.view("last", &[], ext(&case));
        // Views without elements may be anywhere.
        case.poke(case.at("out"), &0xdead_beefu64.to_le_bytes());
        let mut after = case.memory.clone();
        std::mem::swap(&mut case.memory, &mut after);
        case.write(&last, &[], &init);
        std::mem::swap(&mut case.memory, &mut after);
        assert_eq!(case.run(0, &Options::default()), 0);
        assert!(case.memory == after);
    }
}

#[test]
fn in_place_inverse_reads_before_it_writes() {
    let spec = Spec::builtin();
    for format in &spec.formats {
        let mut case = Case::new(&spec, "zktr.inv", format, 0, 11);
        let a = case.view("a", &[5], ext(&case));
        case.place("out", &a, true);
        let mut values = case.vector(&a, 5, false);
        for (i, value) in values.iter_mut().enumerate() {
            *value = case.field.constant(3 + i as u64);
            case.write(&a, &[i as u64], value);
        }
        assert_eq!(case.run(5, &Options::default()), 0, "{}", format.name);
        for (i, value) in values.iter().enumerate() {
            let inverse = case.field.inverse(value);
            for (c, coordinate) in inverse.iter().enumerate() {
                assert_eq!(
                    case.peek(a.address(&[i as u64], c)),
                    case.field.word(*coordinate)
                );
            }
        }
    }
}

#[test]
fn in_place_conversion_of_words() {
    let spec = Spec::builtin();
    let format = spec.format("koalabear-m").unwrap();
    let mut case = Case::new(&spec, "zktr.cvt", format, 0, 13);
    case.set("k", 3);
    let x = case.view("x", &[4, 3], None);
    case.place("out", &x, false);
    let words: Vec<u64> = (0..4)
        .flat_map(|i| (0..3).map(move |j| (i, j)))
        .map(|(i, j)| case.peek(x.address(&[i, j], 0)))
        .collect();
    assert_eq!(case.run(4, &Options::default()), 0);
    for (at, word) in words.iter().enumerate() {
        let got = case.peek(x.address(&[at as u64 / 3, at as u64 % 3], 0));
        assert_eq!(got, case.field.word(*word % case.field.p));
    }
}

#[test]
fn a_stride_of_zero_reads_one_element_again() {
    let spec = Spec::builtin();
    let format = spec.format("babybear").unwrap();
    let mut case = Case::new(&spec, "zktr.scan", format, 0, 17);
    case.set_element("init", &vec![0]);
    let out = case.view("out", &[6], Some(1));
    let last = case.view("last", &[], Some(1));
    let a = case.view("a", &[1], Some(1));
    case.place(
        "a",
        &Laid {
            strides: vec![0],
            ..a.clone()
        },
        true,
    );
    case.write(&a, &[0], &vec![5]);
    assert_eq!(case.run(6, &Options::default()), 0);
    assert_eq!(
        (
            case.peek(out.address(&[5], 0)),
            case.peek(last.address(&[], 0))
        ),
        (30, 30)
    );
}

#[test]
fn wait_gives_the_status_of_a_ticket() {
    let spec = Spec::builtin();
    let wait = spec.instruction("zktr.wait").unwrap();
    let mut memory = zktr_emu::memory::FlatMemory::new(0, vec![]).unwrap();
    let mut run = |ticket| {
        zktr_emu::golden::offload(&spec, wait, ticket, 0, 64, &mut memory, &Options::default())
    };
    assert_eq!(run(0), spec.status("ok").unwrap().code);
    assert_eq!(run(1), spec.status("ticket").unwrap().code);
    assert_eq!(run(u64::MAX), spec.status("ticket").unwrap().code);
}

mod arithmetic {
    use super::*;
    use zktr_emu::golden::arithmetic::Arithmetic;
    use zktr_isa::field::{Element, MAX_DEGREE};

    /// The evaluator's arithmetic is the spec's.
    #[test]
    fn agrees_with_the_spec_crate() {
        let spec = Spec::builtin();
        let mut random = support::Random(23);
        for format in &spec.formats {
            let naive = Naive::new(format);
            let mut program = [0; MAX_DEGREE];
            if let Some(polynomial) = &naive.program {
                program[..format.degree].copy_from_slice(polynomial);
            }
            let reference = format.arithmetic_with(&program);
            let ours = Arithmetic::new(format, &program).unwrap();
            for _ in 0..200 {
                let mut draw = || {
                    let mut element = Element::ZERO;
                    for (to, from) in element.0.iter_mut().zip(naive.random(&mut random)) {
                        *to = from;
                    }
                    element
                };
                let (a, b) = (draw(), draw());
                assert_eq!(ours.mul(&a.0, &b.0), reference.mul(a, b).0);
                assert_eq!(ours.add(&a.0, &b.0), reference.add(a, b).0);
                assert_eq!(ours.sub(&a.0, &b.0), reference.sub(a, b).0);
                assert_eq!(ours.inverse(&a.0), reference.inverse(a).map(|e| e.0));
                let product = naive.mul(
                    &a.0[..format.degree].to_vec(),
                    &b.0[..format.degree].to_vec(),
                );
                assert_eq!(ours.mul(&a.0, &b.0)[..format.degree], product);
                let words = format.to_words(a);
                assert_eq!(a.0.map(|c| ours.word(c)), words);
                assert_eq!(words.map(|w| ours.coordinate(w).unwrap()), a.0);
            }
            let p = format.modulus;
            assert_eq!(ours.coordinate(p).is_ok(), format.accepts_modulus);
            assert!(ours.coordinate(p - 1).is_ok());
            for beyond in [p + 1, u64::MAX] {
                assert!(ours.coordinate(beyond).is_err());
            }
        }
    }

    /// With a polynomial that has factors, what has a common divisor with it has no inverse.
    #[test]
    fn reducible_polynomials_make_zero_divisors() {
        let spec = Spec::builtin();
        let format = spec.format("babybear2-x-m").unwrap();
        // x^2 = 1, so that (x - 1)(x + 1) = 0.
        let program = [1, 0, 0, 0, 0, 0];
        let ours = Arithmetic::new(format, &program).unwrap();
        let p = format.modulus;
        let (minus, plus) = ([p - 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]);
        assert_eq!(ours.mul(&minus, &plus), [0; MAX_DEGREE]);
        assert_eq!((ours.inverse(&minus), ours.inverse(&plus)), (None, None));
        let x = [0, 1, 0, 0, 0, 0];
        assert_eq!(ours.inverse(&x), Some(x));
        let reference = format.arithmetic_with(&program);
        assert_eq!(reference.inverse(Element(minus)), None);
    }
}
