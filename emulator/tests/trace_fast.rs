//! The fast MTU against the golden one: the same cells.

mod trace_support;

use trace_support::{Guest, assert_right, random_guest};
use zktr_emu::host::Machine;
use zktr_emu::trace::fast::{self, Filler, Segment};
use zktr_emu::trace::{Execution, Options, Recording, Trace, fill_from, modulus, record};
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Source};

/// Panics with the first cell that is another one.
fn assert_same(spec: &Spec, fast: &Trace, golden: &Trace) {
    let schema = spec.trace();
    assert_eq!(fast.modulus, golden.modulus);
    for (table, (fast, golden)) in schema
        .tables
        .iter()
        .zip(fast.tables.iter().zip(&golden.tables))
    {
        let name = &table.name;
        assert_eq!(fast.rows, golden.rows, "rows of {name}");
        assert_eq!(fast.height(), golden.height(), "height of {name}");
        for row in 0..golden.height() {
            for (cell, (fast, golden)) in fast.row(row).iter().zip(golden.row(row)).enumerate() {
                let cell = table.cell_name(cell);
                assert_eq!(fast, golden, "{name}, row {row}, {cell}");
            }
        }
    }
    assert_eq!(fast, golden);
}

/// Fills the tables both ways with one filler, and in used memory.
fn compare(spec: &Spec, filler: &mut Filler<'_>, used: &mut Trace, execution: &Execution) {
    let golden = fill_from(spec.trace(), execution, used.modulus);
    let segment = Segment::from(execution.clone());
    assert_eq!(&segment.execution(), execution);
    filler.fill_again(&segment, used);
    assert_same(spec, used, &golden);
}

fn empty(modulus: u64) -> Trace {
    Trace {
        modulus,
        tables: Vec::new(),
    }
}

#[test]
fn random_programs_are_filled_alike() {
    let spec = Spec::builtin();
    let modulus = modulus(&spec, "babybear").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut used = empty(modulus);
    for (seed, length) in (100..).zip([300, 40, 700, 1, 250]) {
        let guest = random_guest(seed, length);
        compare(&spec, &mut filler, &mut used, &guest.execution());
    }
    assert_right(&spec, &used);
}

/// Blocks that are full, and rows that are a power of two.
#[test]
fn numbers_of_rows_do_not_matter() {
    let spec = Spec::builtin();
    let modulus = modulus(&spec, "koalabear").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut used = empty(modulus);
    for length in [1, 2, 3, 4, 125, 126, 127, 253, 254, 255, 256, 509, 510, 511] {
        let mut guest = Guest::new();
        for i in 0..length {
            guest.add("addi", &[("rd", 5), ("rs1", 5), ("imm", i)]);
        }
        guest.exit();
        compare(&spec, &mut filler, &mut used, &guest.execution());
    }
}

/// What the fast recorder records.
fn record_fast(
    spec: &Spec,
    machine: &mut Machine,
    options: &Options,
) -> Result<Recording, Diagnostic> {
    let mut executions = Vec::new();
    let stop = fast::record_each(spec, machine, options, |segment| {
        executions.push(segment.execution());
        Ok::<(), Diagnostic>(())
    })?;
    Ok(Recording { executions, stop })
}

/// Records a guest both ways.
fn compare_recordings(guest: &Guest, options: &Options) {
    let (mut one, mut other) = (guest.machine(), guest.machine());
    let golden = record(&guest.spec, &mut one, options);
    let fast = record_fast(&guest.spec, &mut other, options);
    match (golden, fast) {
        (Ok(golden), Ok(fast)) => {
            assert_eq!(fast.stop, golden.stop);
            assert_eq!(fast.executions.len(), golden.executions.len());
            for (fast, golden) in fast.executions.iter().zip(&golden.executions) {
                for (fast, golden) in fast.events.iter().zip(&golden.events) {
                    assert_eq!(fast, golden);
                }
                assert_eq!(fast.words, golden.words);
                assert!(fast == golden, "{options:?}");
            }
        }
        (golden, fast) => assert_eq!(
            fast.map(|_| ()).map_err(|e| e.to_string()),
            golden.map(|_| ()).map_err(|e| e.to_string())
        ),
    }
    assert_eq!(one.x(), other.x());
    assert_eq!(one.pc(), other.pc());
    assert_eq!(one.retired(), other.retired());
    assert!(one.memory().contents().eq(other.memory().contents()));
}

#[test]
fn random_programs_are_recorded_alike() {
    for seed in 200..205 {
        let guest = random_guest(seed, 250);
        for segment in [1, 7, 64, 1 << 20] {
            for fuel in [0, 1, 63, 64, 65, 100_000] {
                let options = Options {
                    segment,
                    fuel,
                    ..Options::default()
                };
                compare_recordings(&guest, &options);
            }
        }
    }
}

/// The same segments and tables in the same order, and the same end, whatever the number of threads.
#[test]
fn threads_change_nothing() {
    let spec = Spec::builtin();
    let modulus = modulus(&spec, "babybear").unwrap();
    let guest = random_guest(300, 400);
    for (segment, fuel, most) in [
        (7, 100_000, usize::MAX),
        (7, 100_000, 3),
        (64, 65, usize::MAX),
        (64, 0, usize::MAX),
        (1 << 20, 100_000, usize::MAX),
    ] {
        let options = Options {
            segment,
            fuel,
            ..Options::default()
        };
        let run = |threads: usize| {
            let mut delivered = Vec::new();
            let how = (modulus, threads);
            let mut machine = guest.machine();
            let stop = fast::fill_each(&spec, &mut machine, &options, how, |segment, tables| {
                delivered.push((segment.execution(), tables.clone()));
                match delivered.len() < most {
                    true => Ok(()),
                    false => Err(Diagnostic::global("enough")),
                }
            });
            (delivered, stop.map_err(|error| error.to_string()))
        };
        let one = run(1);
        for threads in [2, 3] {
            assert!(run(threads) == one, "{threads} {options:?}");
        }
    }
}

/// Only the regions that the guest marks, among them one that it never ends.
#[test]
fn marked_regions_are_recorded_alike() {
    let mut guest = Guest::new();
    for i in 0..40 {
        guest.add("addi", &[("rd", 5), ("rs1", 5), ("imm", i)]);
        match i {
            3 | 4 | 21 | 35 => guest.add("zktr.on", &[]),
            2 | 19 | 20 | 30 => guest.add("zktr.off", &[]),
            _ => &mut guest,
        };
    }
    guest.exit();
    for marked in [false, true] {
        for segment in [2, 1 << 20] {
            let options = Options {
                marked,
                segment,
                fuel: 1000,
            };
            compare_recordings(&guest, &options);
        }
    }
}

/// Faults, accesses that are not aligned, instructions that no table has, jumps to nowhere.
#[test]
fn what_cannot_be_recorded_is_refused_alike() {
    let cases: [(&str, &[(&str, i64)]); 6] = [
        ("lw", &[("rd", 5), ("imm", 16)]),
        ("sb", &[("rs2", 5), ("imm", -1)]),
        ("lh", &[("rd", 5), ("rs1", 30), ("imm", 1)]),
        ("jalr", &[("rd", 0), ("imm", 64)]),
        ("jalr", &[("rd", 1), ("rs1", 30), ("imm", 2)]),
        ("ebreak", &[]),
    ];
    for (mnemonic, operands) in cases {
        let mut guest = Guest::new();
        guest.x[30] = trace_support::DATA as u32;
        guest.add("addi", &[("rd", 5), ("imm", 1)]);
        guest.add(mnemonic, operands);
        guest.exit();
        let options = Options {
            fuel: 100,
            ..Options::default()
        };
        compare_recordings(&guest, &options);
    }
}

/// Tables that use what those of the built-in schema do not: messages of the next row, rows for the messages of a table with a condition
/// and for those of padding, messages that are sent more than once, counts by content, large messages, signals of calls in all rows.
const TABLES: &str = r#"
[trace.bus]
step   = { fields = "here there", doc = "A row and the next." }
pair   = { fields = "a b", doc = "Two bytes." }
large  = { fields = "x[18]", doc = "More than a line." }
either = { fields = "op a", doc = "For one of two tables." }
loose  = { fields = "a b", doc = "Counted where no number is known." }

[trace.table.steps]
doc = "Instructions, and what is called."
rows = "instruction"
columns = [
  { name = "real", is = "1", pad = 2, doc = "Once; twice in padding." },
  { name = "clk", is = "clock", doc = "When." },
  { name = "call", size = 4, is = "byte(call ^ rs1_value, i)", doc = "Which call." },
  { name = "wide", is = "sext(rs1_value, 32) + sext(rs2_value, 20) >> 7", doc = "More than 32 bits." },
]
rules = """
send(step, clk, next(clk));
for i < 4 { if real { send(pair, call[i], 7); } }
if real { send(large, call, call, call, call, clk, wide); }
if real { send(either, real, clk + wide - 5); }
send(loose, 0 - call[0], 3);
"""

[trace.table.successors]
doc = "One row after the other."
rows = "message step"
where = "here < there"
columns = [
  { name = "gap", is = "there - here", doc = "How far." },
  { name = "m", count = true, doc = "How often that is sent as a loose message." },
]
rules = "receive(step, gap, gap); if m { receive(loose, gap, 3); }"

[trace.table.pairs]
doc = "Pairs of bytes of which the second is 7, and some others."
kind = "fixed"
rows = "index 2048"
columns = [
  { name = "a", is = "index & 255", doc = "First." },
  { name = "b", is = "index >> 8", doc = "Second." },
  { name = "m", count = true, doc = "How often." },
]
rules = "if m { receive(pair, a, b); }"

[trace.table.larges]
doc = "The large messages, again as pairs."
rows = "message large"
where = "x[1] != 3"
let = { sum = "x[0] + x[1] + x[16] * 3" }
columns = [
  { name = "x", size = 18, is = "x[i]", doc = "All of it." },
  { name = "sum", is = "sum", doc = "Of some." },
  { name = "low", is = "sum / 5 & 255", doc = "Low bits." },
  { name = "seven", is = "rem_s(sum, 11) + 2", doc = "Sometimes 7." },
]
rules = "receive(large, x); send(pair, low, seven); assert(sum == sum);"

[trace.table.ones]
doc = "What is said once."
rows = "message either"
where = "op == 1"
columns = [{ name = "a", is = "a", doc = "What." }]
rules = "receive(either, 1, a);"

[trace.table.twos]
doc = "What is said twice."
rows = "message either"
where = "op == 2"
columns = [{ name = "a", is = "max(a, 12) % 9", doc = "What." }]
rules = "receive(either, 2, a);"

[trace.table.nonzero]
doc = "Words that have changed."
rows = "word"
where = "first != last"
columns = [{ name = "delta", is = "last - first", doc = "By how much." }]
rules = "send(pair, delta - delta + 9, 7);"
"#;

#[test]
fn tables_of_users_are_filled_alike() {
    let source = Source::new("user.toml", TABLES);
    let spec = Spec::load(&[source]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let modulus = modulus(&spec, "mersenne31").unwrap();
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut used = empty(modulus);
    let mut rows = vec![0; spec.trace().tables.len()];
    for (seed, length) in (300..).zip([200, 10, 500]) {
        let guest = Guest {
            spec: spec.clone(),
            ..random_guest(seed, length)
        };
        compare(&spec, &mut filler, &mut used, &guest.execution());
        for (rows, filled) in rows.iter_mut().zip(&used.tables) {
            *rows += filled.rows;
        }
    }
    for (table, rows) in spec.trace().tables.iter().zip(rows) {
        let user = table.span.source.name == "user.toml";
        assert!(!user || rows > 0, "{} has no rows", table.name);
    }
}
