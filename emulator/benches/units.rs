//! Fast units against Plonky3 and against the golden evaluator, in one process, on one thread.
//!
//! Times are the least CPU times of this thread over some repetitions, interleaved, so that both sides see the same machine.
//! Plonky3 chooses its packings when it is compiled: for its best, compile with `RUSTFLAGS="-C target-cpu=native"`. Units choose
//! at run time. Results are compared before anything is measured.
//!
//! Arguments choose parts: logup, inverse, inverse4, words, threads, all. `ZKTR_BENCH_LOG_ROWS` sets the logarithm of the number of rows, `ZKTR_BENCH_REPETITIONS` that of repetitions.

#[path = "units/views.rs"]
mod views;

#[path = "support/cores.rs"]
mod cores;

use p3_air::symbolic::{BaseEntry, SymbolicExpression, SymbolicVariable};
use p3_baby_bear::BabyBear;
use p3_field::extension::BinomialExtensionField;
use p3_field::{
    BasedVectorSpace, Field, PrimeCharacteristicRing, PrimeField32, batch_multiplicative_inverse,
};
use p3_lookup::{Kind, LogUpGadget, Lookup, LookupProtocol};
use p3_matrix::dense::RowMajorMatrix;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Instant;
use views::{Call, Memory, Random};
use zktr_emu::fast::{self, Level};
use zktr_isa::Spec;

type Ext = BinomialExtensionField<BabyBear, 4>;

fn main() {
    let number = |name: &str, default: u32| {
        let set = std::env::var(name).ok();
        set.and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let n = 1usize << number("ZKTR_BENCH_LOG_ROWS", 20).min(24);
    let repetitions = number("ZKTR_BENCH_REPETITIONS", 7).max(1);
    let packing = <BabyBear as Field>::Packing::default();
    println!(
        "{n} rows, one thread; units: {}; Plonky3: packs of {} bytes",
        Level::available()
            .iter()
            .map(Level::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        size_of_val(&packing)
    );
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let spec = Spec::builtin();
    let bench = Bench {
        spec: &spec,
        n,
        repetitions,
        golden: wanted.is_empty() || wanted.iter().any(|wanted| wanted == "golden"),
    };
    let parts: [Part; 6] = [
        ("logup", |bench| bench.logup()),
        ("inverse", |bench| bench.inverse_base()),
        ("inverse4", |bench| bench.inverse_extension()),
        ("words", |bench| bench.conversion()),
        ("threads", |bench| bench.threads()),
        ("all", |bench| bench.every_instruction()),
    ];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&bench);
        }
    }
}

/// A part of the report, with its name.
type Part = (&'static str, fn(&Bench<'_>));

/// One of the sides that are compared.
type Side<'a> = Box<dyn FnMut(&mut Memory<'_>) + 'a>;

struct Bench<'a> {
    spec: &'a Spec,
    n: usize,
    repetitions: u32,
    golden: bool,
}

/// CPU time of this thread, in seconds.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The least times of some functions, in seconds.
fn measure(repetitions: u32, functions: &mut [&mut dyn FnMut()]) -> Vec<f64> {
    let mut least = vec![f64::INFINITY; functions.len()];
    for _ in 0..repetitions {
        for (function, least) in functions.iter_mut().zip(&mut least) {
            let start = cpu_time();
            function();
            *least = least.min(cpu_time() - start);
        }
    }
    least
}

fn millions(n: usize, seconds: f64) -> f64 {
    n as f64 / seconds / 1e6
}

fn options(level: Level, threads: usize) -> fast::Options {
    fast::Options {
        level,
        threads,
        ..fast::Options::default()
    }
}

impl Bench<'_> {
    /// Runs a call on fast units.
    fn fast(&self, memory: &mut Memory, call: &Call, level: Level, threads: usize) {
        let units = options(level, threads);
        let status = fast::offload(
            self.spec,
            call.instruction,
            call.registers,
            64,
            memory.get(),
            &units,
        );
        assert_eq!(status, Ok(self.spec.outcomes.success));
    }

    /// A row of the report: elements per second of the other side, and of each level, with the ratios.
    fn report(&self, what: &str, other: &str, count: usize, times: &[f64], levels: &[Level]) {
        print!("{what}: {other} {:.1} M/s", millions(count, times[0]));
        for (level, time) in levels.iter().zip(&times[1..]) {
            print!(
                "; {level} {:.1} M/s ({:.2} x)",
                millions(count, *time),
                times[0] / time
            );
        }
        println!();
    }

    /// A column of fractions and one of running sums, against the gadget's permutation trace.
    fn logup(&self) {
        let (n, k) = (self.n, 8);
        let mut random = Random(1);
        let table: Vec<BabyBear> = (0..n * k)
            .map(|_| BabyBear::new(random.residue()))
            .collect();
        let challenges: Vec<Ext> = (0..2)
            .map(|_| Ext::from_basis_coefficients_fn(|_| BabyBear::new(random.residue())))
            .collect();
        let (alpha, beta) = (challenges[0], challenges[1]);

        let mut memory = Memory::new(self.spec, "babybear4-m", n * (k + 16) * 4 + (1 << 16));
        let a = memory.put(&words(&table), &[n, k], 1);
        // 1 / (alpha - sum beta^(k-1-j) e_j): the units add, with coefficients that are negative.
        let mut powers: Vec<Ext> = beta.powers().take(k).collect();
        powers.reverse();
        let coefficients: Vec<u32> = powers
            .iter()
            .flat_map(|&power| coordinates(-power))
            .collect();
        let coeff = memory.put(&coefficients, &[k], 4);
        // A row of the permutation trace: the running sum, and the fraction.
        let rows = memory.put(&vec![0; 8 * n], &[n], 8);
        let last = memory.put(&[0; 4], &[], 4);
        let one = memory.put(&vec![words(&[BabyBear::ONE])[0]; n], &[n], 1);
        let call = memory.call("zktr.mlogup", "sum-before", n, |draft| {
            draft
                .int("k", k as u64)
                .element("gamma", &coordinates(alpha))
                .element("init", &[0; 4]);
            draft
                .view("perm", &rows.skip(16))
                .view("sum", &rows)
                .view("a", &a)
                .view("coeff", &coeff);
            draft.view("last", &last).view("m", &one);
        });

        let matrix = RowMajorMatrix::new(table, k);
        let column = |index| {
            SymbolicExpression::from(SymbolicVariable::<BabyBear>::new(
                BaseEntry::Main { offset: 0 },
                index,
            ))
        };
        let lookup = [Lookup {
            kind: Kind::Local,
            elements: vec![(0..k).map(column).collect()],
            multiplicities: vec![SymbolicExpression::from(BabyBear::ONE)],
            count_weight: 1,
            column: 0,
            flags: None,
        }];
        let gadget = LogUpGadget::new();
        let (expected, _) = gadget.generate_permutation(&matrix, &None, &[], &lookup, &challenges);
        let levels = Level::available();
        for &level in &levels {
            memory.fill(&rows, 0);
            self.fast(&mut memory, &call, level, 1);
            let found = memory.words(&rows, 8 * n);
            let expected = expected.values.iter().flat_map(|&value| coordinates(value));
            assert!(expected.eq(found.iter().copied()), "LogUp on {level}");
        }
        let mut sides: Vec<Side<'_>> = vec![Box::new(|_| {
            black_box(gadget.generate_permutation(&matrix, &None, &[], &lookup, &challenges));
        })];
        for &level in &levels {
            let call = &call;
            sides.push(Box::new(move |memory| self.fast(memory, call, level, 1)));
        }
        let times = self.compare(&mut memory, sides);
        self.report(
            "LogUp column with multiplicities, 8 entries, BabyBear^4",
            "p3-lookup",
            n,
            &times,
            &levels,
        );

        // The same without multiplicities, which the gadget has no form of its own for.
        let call = memory.call("zktr.logup", "", n, |draft| {
            draft
                .int("k", k as u64)
                .element("gamma", &coordinates(alpha))
                .element("init", &[0; 4]);
            draft
                .view("perm", &rows.skip(16))
                .view("sum", &rows)
                .view("a", &a)
                .view("coeff", &coeff);
            draft.view("last", &last);
        });
        let mut sides: Vec<Side<'_>> = vec![Box::new(|_| {
            black_box(gadget.generate_permutation(&matrix, &None, &[], &lookup, &challenges));
        })];
        for &level in &levels {
            let call = &call;
            sides.push(Box::new(move |memory| self.fast(memory, call, level, 1)));
        }
        let times = self.compare(&mut memory, sides);
        self.report(
            "LogUp column, 8 entries, BabyBear^4",
            "p3-lookup",
            n,
            &times,
            &levels,
        );

        if !self.golden {
            return;
        }
        let few = n.min(1 << 17);
        let golden = memory.call("zktr.logup", "", few, |draft| {
            draft
                .int("k", k as u64)
                .element("gamma", &coordinates(alpha))
                .element("init", &[0; 4]);
            draft
                .view("perm", &rows.skip(16))
                .view("sum", &rows)
                .view("a", &a)
                .view("coeff", &coeff);
            draft.view("last", &last);
        });
        let times = measure(
            self.repetitions,
            &mut [&mut || self.golden(&mut memory, &golden)],
        );
        println!(
            "LogUp column, golden evaluator: {:.2} M rows/s",
            millions(few, times[0])
        );
    }

    fn golden(&self, memory: &mut Memory, call: &Call) {
        let options = zktr_emu::golden::Options::default();
        let (rs1, rs2) = call.registers;
        let status = zktr_emu::golden::offload(
            self.spec,
            call.instruction,
            rs1,
            rs2,
            64,
            memory.get(),
            &options,
        );
        assert_eq!(status, self.spec.outcomes.success);
    }

    fn compare(&self, memory: &mut Memory, mut sides: Vec<Side<'_>>) -> Vec<f64> {
        let cell = std::cell::RefCell::new(memory);
        let mut functions: Vec<Box<dyn FnMut() + '_>> = sides
            .iter_mut()
            .map(|side| -> Box<dyn FnMut() + '_> { Box::new(|| side(&mut cell.borrow_mut())) })
            .collect();
        let mut functions: Vec<&mut dyn FnMut()> = functions
            .iter_mut()
            .map(|f| &mut **f as &mut dyn FnMut())
            .collect();
        measure(self.repetitions, &mut functions)
    }

    fn inverse_base(&self) {
        let n = self.n;
        let mut random = Random(2);
        let elements: Vec<BabyBear> = (0..n)
            .map(|_| BabyBear::new(1 + random.residue() / 2))
            .collect();
        let mut memory = Memory::new(self.spec, "babybear-m", 8 * n + (1 << 16));
        let (a, out) = (
            memory.put(&words(&elements), &[n], 1),
            memory.put(&vec![0; n], &[n], 1),
        );
        let call = memory.call("zktr.inv", "", n, |draft| {
            draft.view("out", &out).view("a", &a);
        });
        let expected = words(&batch_multiplicative_inverse(&elements));
        let levels = Level::available();
        for &level in &levels {
            self.fast(&mut memory, &call, level, 1);
            assert!(memory.words(&out, n) == expected, "inverses on {level}");
        }
        let mut sides: Vec<Side<'_>> = vec![Box::new(|_| {
            black_box(batch_multiplicative_inverse(&elements));
        })];
        for &level in &levels {
            let call = &call;
            sides.push(Box::new(move |memory| self.fast(memory, call, level, 1)));
        }
        let times = self.compare(&mut memory, sides);
        self.report("batch inversion, BabyBear", "p3-field", n, &times, &levels);
    }

    fn inverse_extension(&self) {
        let n = self.n;
        let mut random = Random(3);
        let elements: Vec<Ext> = (0..n)
            .map(|_| Ext::from_basis_coefficients_fn(|_| BabyBear::new(random.residue())))
            .collect();
        let flat: Vec<u32> = elements
            .iter()
            .flat_map(|&element| coordinates(element))
            .collect();
        let mut memory = Memory::new(self.spec, "babybear4-m", 32 * n + (1 << 16));
        let (a, out) = (
            memory.put(&flat, &[n], 4),
            memory.put(&vec![0; 4 * n], &[n], 4),
        );
        let call = memory.call("zktr.inv", "", n, |draft| {
            draft.view("out", &out).view("a", &a);
        });
        let expected: Vec<u32> = batch_multiplicative_inverse(&elements)
            .into_iter()
            .flat_map(coordinates)
            .collect();
        let levels = Level::available();
        for &level in &levels {
            self.fast(&mut memory, &call, level, 1);
            assert!(memory.words(&out, 4 * n) == expected, "inverses on {level}");
        }
        let mut sides: Vec<Side<'_>> = vec![Box::new(|_| {
            black_box(batch_multiplicative_inverse(&elements));
        })];
        for &level in &levels {
            let call = &call;
            sides.push(Box::new(move |memory| self.fast(memory, call, level, 1)));
        }
        let times = self.compare(&mut memory, sides);
        self.report(
            "batch inversion, BabyBear^4",
            "p3-field",
            n,
            &times,
            &levels,
        );
    }

    /// Words to elements in both forms, against a copy of the words.
    fn conversion(&self) {
        self.conversion_to("babybear-m", "words to BabyBear in Montgomery's form");
        self.conversion_to("babybear", "words to canonical BabyBear");
    }

    fn conversion_to(&self, format: &str, what: &str) {
        let n = 4 * self.n;
        let mut random = Random(4);
        let words: Vec<u32> = (0..n).map(|_| random.next() as u32).collect();
        let mut memory = Memory::new(self.spec, format, 8 * n + (1 << 16));
        let (x, out) = (
            memory.put(&words, &[n / 8, 8], 1),
            memory.put(&vec![0; n], &[n / 8, 8], 1),
        );
        let call = memory.call("zktr.cvt", "", n / 8, |draft| {
            draft.int("k", 8).view("out", &out).view("x", &x);
        });
        let mut copy = vec![0u32; n];
        let levels = Level::available();
        let mut sides: Vec<Side<'_>> = vec![Box::new(|_| {
            copy.copy_from_slice(black_box(&words));
            black_box(&mut copy);
        })];
        for &level in &levels {
            let call = &call;
            sides.push(Box::new(move |memory| self.fast(memory, call, level, 1)));
        }
        let times = self.compare(&mut memory, sides);
        self.report(what, "copy_from_slice", n, &times, &levels);
    }

    /// Wall-clock time of a column on one thread and on two.
    fn threads(&self) {
        let (n, k) = (self.n, 8);
        let mut random = Random(5);
        let table: Vec<u32> = (0..n * k).map(|_| random.residue()).collect();
        let mut memory = Memory::new(self.spec, "babybear4-m", n * (k + 16) * 4 + (1 << 16));
        let a = memory.put(&table, &[n, k], 1);
        let coeff = memory.put(
            &(0..4 * k as u32).map(|i| i + 1).collect::<Vec<_>>(),
            &[k],
            4,
        );
        let rows = memory.put(&vec![0; 8 * n], &[n], 8);
        let last = memory.put(&[0; 4], &[], 4);
        let call = memory.call("zktr.logup", "", n, |draft| {
            draft
                .int("k", k as u64)
                .element("gamma", &[1, 2, 3, 4])
                .element("init", &[0; 4]);
            draft
                .view("perm", &rows.skip(16))
                .view("sum", &rows)
                .view("a", &a)
                .view("coeff", &coeff);
            draft.view("last", &last);
        });
        let mut least = [f64::INFINITY; 2];
        for _ in 0..4 * self.repetitions {
            for (i, least) in least.iter_mut().enumerate() {
                let start = Instant::now();
                self.fast(&mut memory, &call, Level::best(), i + 1);
                *least = least.min(start.elapsed().as_secs_f64());
            }
        }
        println!(
            "LogUp column, wall-clock time: one thread {:.1} M rows/s, two {:.1} M rows/s ({:.2} x)",
            millions(n, least[0]),
            millions(n, least[1]),
            least[0] / least[1]
        );
        println!(
            "two threads that only multiply: {:.2} x",
            cores::two_threads()
        );
    }

    /// Rows a second of every instruction, golden and fast.
    fn every_instruction(&self) {
        println!("rows/s of every bulk instruction, babybear4-m, four columns: golden, fast");
        let n = 1usize << 16;
        for (index, instruction) in self.spec.instructions.iter().enumerate() {
            if !instruction.is_bulk()
                || instruction
                    .modes
                    .iter()
                    .any(|mode| mode.semantics.runs_guest())
            {
                continue;
            }
            for mode in &instruction.modes {
                let Some((mut memory, call)) = views::typical(self.spec, index, mode, n) else {
                    println!("  {} {}: not for this format", instruction.name, mode.name);
                    continue;
                };
                let units = options(Level::best(), 1);
                let status =
                    fast::offload(self.spec, index, call.registers, 64, memory.get(), &units);
                let memory = std::cell::RefCell::new(memory);
                let times = measure(
                    3,
                    &mut [
                        &mut || self.golden(&mut memory.borrow_mut(), &call),
                        &mut || {
                            if status.is_ok() {
                                self.fast(&mut memory.borrow_mut(), &call, Level::best(), 1);
                            }
                        },
                    ],
                );
                let name = format!("{} {}", instruction.name, mode.name);
                match status {
                    Ok(_) => println!(
                        "  {name:<24} {:>8.2} M {:>9.1} M {:>6.0} x",
                        millions(n, times[0]),
                        millions(n, times[1]),
                        times[0] / times[1]
                    ),
                    Err(reason) => println!(
                        "  {name:<24} {:>8.2} M  golden: {reason}",
                        millions(n, times[0])
                    ),
                }
            }
        }
    }
}

/// The words of elements in memory: Montgomery's form.
fn words(elements: &[BabyBear]) -> Vec<u32> {
    elements
        .iter()
        .map(|element| montgomery(element.as_canonical_u32()))
        .collect()
}

fn coordinates(element: Ext) -> [u32; 4] {
    let coordinates: &[BabyBear] = element.as_basis_coefficients_slice();
    std::array::from_fn(|k| montgomery(coordinates[k].as_canonical_u32()))
}

fn montgomery(canonical: u32) -> u32 {
    ((u64::from(canonical) << 32) % u64::from(BabyBear::ORDER_U32)) as u32
}
