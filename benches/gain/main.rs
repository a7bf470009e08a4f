//! What the pass gains on this machine, without any accelerator: loops of the matrix of idioms (`tests/corpus/matrix`), as
//! compilers left them, against the same loops rewritten to calls of the software units. Both go through the same
//! Cranelift JIT, take the same inputs, and must leave the same memory.
//!
//! For each idiom: how many times faster the rewritten loop is, by the number of rows, and the least number of rows from which on
//! it is not slower (of those that are tried). Then the same with a guard for what pays, by the costs of software
//! units: where it keeps the loop, the ratio should be 1. Times are the least of some repetitions, in turns; the units have one thread.
//! Idioms whose rows have any number of columns have 16.
//!
//! Arguments choose files of the matrix (`koalabear.O3`; `babybear-m.O2` without any) and idioms by a part of their
//! name (`i09`). `ZKTR_BENCH_LOG_ROWS` sets the numbers of rows (`10,16,20`), `ZKTR_BENCH_REPETITIONS` the repetitions.

mod host;
mod subjects;

use host::Host;
use std::cell::Cell;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use zktr::clif;
use zktr::diff::code::Code;
use zktr::diff::{self, Prepared};
use zktr_emu::fast::Level;
use zktr_isa::Spec;
use zktr_isa::model::Format;
use zktr_isa::span::Source;
use zktr_pass::{CostModel, Movement, Options, Pass};

/// As the command has it.
#[global_allocator]
static MEMORY: zktr_memory::LargePages = zktr_memory::LargePages;

/// Numbers of rows among which the break-even is looked for.
const LADDER: [usize; 16] = [
    1, 4, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 16384,
];
/// A measurement of less repeats the call until it has taken this long.
const LEAST: Duration = Duration::from_micros(200);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let repetitions = match std::env::var("ZKTR_BENCH_REPETITIONS") {
        Ok(text) => text
            .parse::<usize>()
            .map_err(|error| format!("ZKTR_BENCH_REPETITIONS: {error}"))?
            .max(1),
        Err(_) => 5,
    };
    let sizes = std::env::var("ZKTR_BENCH_LOG_ROWS").unwrap_or("10,16,20".to_owned());
    let sizes = sizes
        .split(',')
        .map(|text| match text.parse::<u32>() {
            Ok(log) if log <= 22 => Ok(log),
            _ => Err(format!(
                "ZKTR_BENCH_LOG_ROWS: `{text}` is no number up to 22"
            )),
        })
        .collect::<Result<Vec<u32>, String>>()?;
    let (mut files, mut idioms) = (Vec::new(), Vec::new());
    for argument in std::env::args().skip(1).filter(|a| !a.starts_with('-')) {
        match argument.contains('.') {
            true => files.push(argument),
            false => idioms.push(argument),
        }
    }
    if files.is_empty() {
        files.push("babybear-m.O2".to_owned());
    }
    let spec = Spec::builtin();
    let options = Options {
        movement: Movement::Offload,
        ..Options::default()
    };
    let always = Pass::new(spec.clone(), options.clone());
    let guarded = Options {
        profit: Some(CostModel::software()),
        ..options
    };
    let guarded = Pass::new(spec.clone(), guarded);
    println!(
        "the loop / the loop behind the pass (higher is better); Cranelift for x86-64 with all of this processor's features, opt_level=speed; units: one thread, {}",
        Level::best()
    );
    for file in files {
        let name = file.split('.').next().unwrap_or_default();
        let format = spec.formats.iter().find(|format| format.name == name);
        let format = format.ok_or_else(|| format!("{file}: the spec has no format `{name}`"))?;
        print!("\n{file:<16}");
        let heads = || {
            for log in &sizes {
                print!(" {:>8}", format!("2^{log}"));
            }
        };
        heads();
        print!(" {:>11}  guarded", "break-even");
        heads();
        println!();
        let always = prepare(&spec, &always, &file)?;
        let guarded = prepare(&spec, &guarded, &file)?;
        for (index, title) in always.titles.iter().enumerate() {
            if idioms.is_empty() || idioms.iter().any(|part| title.contains(part.as_str())) {
                let functions = [&always.functions, &guarded.functions];
                let subject = Subject::new(functions, index, title, format)?;
                subject.measure(&sizes, repetitions)?;
            }
        }
    }
    Ok(())
}

/// A file of the matrix.
struct File {
    functions: Prepared,
    /// The idiom of each function.
    titles: Vec<String>,
}

fn prepare(spec: &Spec, pass: &Pass, file: &str) -> Result<File, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus/matrix/clif")
        .join(format!("{file}.clif"));
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let units = clif::read(&Source::new(file, text))
        .map_err(|errors| format!("{file}: {} errors", errors.len()))?;
    let titles = units
        .iter()
        .map(|unit| {
            let title = unit.title.clone().unwrap_or_default();
            title.split_whitespace().last().unwrap_or("").to_owned()
        })
        .collect();
    let functions = units.into_iter().map(|unit| unit.function).collect();
    let functions = diff::prepare(spec, pass, functions)?;
    Ok(File { functions, titles })
}

thread_local! {
    /// Operations that the units have done since the last look, and those that they refused.
    static OPERATIONS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// What the rewritten code calls.
extern "C" fn unit(instruction: u64, descriptor: u64, count: u64) -> u64 {
    // SAFETY: the descriptor is in the frame of the calling code; its views are those of a loop that may run.
    let status = unsafe { zktr_units::offload(instruction as usize, descriptor, count) };
    let (done, refused) = OPERATIONS.get();
    OPERATIONS.set(match status {
        0 => (done + 1, refused),
        _ => (done, refused + 1),
    });
    status
}

/// An idiom in one file.
struct Subject<'f> {
    title: &'f str,
    format: &'f Format,
    parameters: Vec<subjects::Parameter>,
    original: Code,
    /// Behind the pass: always, and with a guard for what pays. None where nothing is offloaded.
    always: Option<Code>,
    guarded: Option<Code>,
}

impl<'f> Subject<'f> {
    fn new(
        [always, guarded]: [&Prepared; 2],
        index: usize,
        title: &'f str,
        format: &'f Format,
    ) -> Result<Self, String> {
        let parameters = subjects::parameters(title)
            .ok_or_else(|| format!("the parameters of `{title}` are not known"))?;
        let rewritten = |functions: &Prepared| match functions.subject(index) {
            Some(_) => Code::new(&functions.rewritten, index, unit).map(Some),
            None => Ok(None),
        };
        Ok(Self {
            title,
            format,
            parameters,
            original: Code::new(&always.original, index, unit)?,
            always: rewritten(always)?,
            guarded: rewritten(guarded)?,
        })
    }

    /// Prints the line of the table.
    fn measure(&self, sizes: &[u32], repetitions: usize) -> Result<(), String> {
        print!("{:<16}", self.title);
        let Some(always) = &self.always else {
            println!(" not offloaded");
            return Ok(());
        };
        for log in sizes {
            print!(" {:>8.2}", self.ratio(always, 1 << log, repetitions, true)?);
        }
        // The rungs at the top from which on the rewritten loop is never slower.
        let mut least = None;
        for rows in LADDER.into_iter().rev() {
            if self.ratio(always, rows, repetitions, true)? < 1.0 {
                break;
            }
            least = Some(rows);
        }
        match least {
            Some(rows) => print!(" {rows:>11}"),
            None => print!(" {:>11}", format!("> {}", LADDER[LADDER.len() - 1])),
        }
        let Some(guarded) = &self.guarded else {
            println!("  not offloaded");
            return Ok(());
        };
        print!("         ");
        for log in sizes {
            print!(
                " {:>8.2}",
                self.ratio(guarded, 1 << log, repetitions, false)?
            );
        }
        println!();
        Ok(())
    }

    /// How many times as fast as the loop the rewritten code is.
    fn ratio(
        &self,
        rewritten: &Code,
        rows: usize,
        repetitions: usize,
        always: bool,
    ) -> Result<f64, String> {
        let (before, after) = self.times(rewritten, rows, repetitions, always)?;
        Ok(before / after)
    }

    /// Seconds that a call takes, before and after. `always`: units have to be called.
    fn times(
        &self,
        rewritten: &Code,
        rows: usize,
        repetitions: usize,
        always: bool,
    ) -> Result<(f64, f64), String> {
        let wrong = |what: &str| Err(format!("{}, {rows} rows: {what}", self.title));
        let mut host = Host::new(&self.parameters, self.format, rows);
        let result = host.call(&self.original);
        let expected = host.memory().to_vec();
        host.reset();
        OPERATIONS.set((0, 0));
        if host.call(rewritten) != result || host.memory() != expected {
            return wrong("the results differ");
        }
        match OPERATIONS.get() {
            (_, 1..) => return wrong("a unit refuses"),
            (0, 0) if always => return wrong("no unit is called"),
            _ => {}
        }
        let mut calls = 1;
        let mut best = [f64::INFINITY; 2];
        for repetition in 0..=repetitions {
            for (code, best) in [&self.original, rewritten].into_iter().zip(&mut best) {
                host.reset();
                let start = Instant::now();
                for _ in 0..calls {
                    host.call(code);
                }
                let taken = start.elapsed();
                // The first time only says how many calls it takes.
                match repetition {
                    0 if taken < LEAST => {
                        let most = LEAST.as_nanos() / taken.as_nanos().max(1) + 1;
                        calls = calls.max(most.min(10_000) as usize);
                    }
                    _ => *best = best.min(taken.as_secs_f64() / calls as f64),
                }
            }
        }
        let [before, after] = best;
        Ok((before, after))
    }
}
