//! Proving runs, stage by stage, and the front end against Plonky3's.
//!
//! For each guest, its first 2^k instructions are executed, traced, proved and verified in segments of at most 2^18. Then the same segments are
//! proved with the look-ups' columns from Plonky3's gadget, where `prove_batch` takes them from, and filled by the golden filler of
//! `zktr_emu::trace`, which is the straightforward one: row by row, it evaluates the expression of each cell, and counts messages in hash
//! tables. The tables are compared; that the columns are the same is left to tests, since work makes proofs differ.
//!
//! - *front end*: execution, tables, matrices and columns of the look-ups; its share is that of all stages of the proof.
//! - *permutation*: Plonky3's time for these columns over that of the units.
//! - *front/golden*: golden tables and Plonky3's columns over our tables and columns. Execution and the conversion to matrices, which both
//!   sides have, are on neither.
//! - *front/same*: the same if both sides had our filler.
//!
//! Times are CPU times of the process, all threads, so that they hold on a machine that does other things, too; wall time is printed for the
//! whole proof. Arguments choose guests by name. `ZKTR_BENCH_LOG_INSTRUCTIONS` is the logarithms to be tried (`16,18`),
//! `ZKTR_BENCH_LOG_SEGMENT` that of the longest segment.

use rustix::time::{ClockId, clock_gettime};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use zktr_asm::link::LinkOptions;
use zktr_emu::fast::Level;
use zktr_emu::host::{self, Machine};
use zktr_emu::loader::{self, Input};
use zktr_emu::trace::fast::{Filler, Segment, record_each};
use zktr_emu::trace::{self, Options, fill_from};
use zktr_isa::Spec;
use zktr_isa::span::{Diagnostic, Source};
use zktr_prove::config::Profile;
use zktr_prove::proof::Proof;
use zktr_prove::prove::{Backend, ProvingStage, prove};
use zktr_prove::security::Security;
use zktr_prove::statement::{Claim, Program, State};
use zktr_prove::verify::Verifier;

/// As in the `zktr` command.
#[global_allocator]
static MEMORY: zktr_memory::LargePages = zktr_memory::LargePages;

/// Where a guest's text is, below the crate, and what it does.
const GUESTS: [(&str, &str); 5] = [
    ("every", "benches/pipeline/every.s"),
    ("sha256", "../examples/guests/sha256.s"),
    ("sort", "../examples/guests/sort.s"),
    ("rsa", "../examples/guests/rsa.s"),
    ("io", "benches/pipeline/io.s"),
];
/// Bytes that a guest can read.
const INPUT: usize = 1 << 19;

fn main() {
    let set =
        |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let logarithm = |text: &str| text.trim().parse::<u32>().map_or(16, |bits| bits.min(22));
    let longest = 1 << logarithm(&set("ZKTR_BENCH_LOG_SEGMENT", "18"));
    let sizes = set("ZKTR_BENCH_LOG_INSTRUCTIONS", "16");
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let levels: Vec<String> = Level::available().iter().map(Level::to_string).collect();
    println!(
        "BabyBear, standard parameters, segments of at most {longest} instructions, {}; CPU seconds",
        levels.join(", ")
    );
    let spec = Spec::builtin();
    for bits in sizes.split(',').map(logarithm) {
        println!("\n2^{bits} instructions");
        println!(
            "{:<7} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7} | {:>5} {:>9} {:>7} {:>6}",
            "guest",
            "exec",
            "tables",
            "matr.",
            "perm.",
            "prepr.",
            "commit",
            "p.comm",
            "quot.",
            "opening",
            "all",
            "wall",
            "peak",
            "front",
            "perm.",
            "front/",
            "front/",
            "verify"
        );
        println!(
            "{:<7} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>7} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7} | {:>5} {:>9} {:>7} {:>6}",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "MiB",
            "%",
            "x",
            "golden x",
            "same x",
            "s/seg."
        );
        for (name, path) in GUESTS {
            if wanted.is_empty() || wanted.iter().any(|other| other == name) {
                measure(&spec, name, path, 1 << bits, longest);
            }
        }
    }
}

/// CPU seconds by stage, and that which goes on.
struct Clock {
    seconds: HashMap<&'static str, f64>,
    current: Option<(&'static str, f64)>,
}

impl Clock {
    fn new() -> Self {
        Self {
            seconds: HashMap::new(),
            current: None,
        }
    }

    fn stage(&mut self, name: &'static str) {
        self.end();
        self.current = Some((name, cpu_time()));
    }

    fn end(&mut self) {
        if let Some((name, start)) = self.current.take() {
            *self.seconds.entry(name).or_default() += cpu_time() - start;
        }
    }

    fn of(&self, name: &str) -> f64 {
        self.seconds.get(name).copied().unwrap_or(0.0)
    }

    fn all(&self) -> f64 {
        self.seconds.values().sum()
    }
}

/// What is kept of a run for the comparison and the verifier.
struct Proved {
    state: State,
    claim: Claim,
    segment: Segment,
    proof: Proof,
}

fn measure(spec: &Arc<Spec>, name: &str, path: &str, fuel: u64, longest: u64) {
    let modulus = trace::modulus(spec, "babybear").expect("a field of the spec");
    let mut filler = Filler::new(spec.trace(), modulus);
    let mut machine = load(spec, name, path);
    let program = Program::new(spec, &[], machine.memory());
    let options = Options {
        segment: longest,
        fuel,
        ..Options::default()
    };
    let mut state = State::of(spec, &machine);
    let mut proved: Vec<Proved> = Vec::new();
    reset_peak();
    let mut clock = Clock::new();
    let begin = Instant::now();
    clock.stage("execution");
    record_each(spec, &mut machine, &options, |segment| {
        if segment.instructions() == 0 {
            return Ok(());
        }
        clock.stage("tables");
        let filled = filler.fill(segment);
        let inputs = match proved.len() {
            0 => vec![input()],
            _ => Vec::new(),
        };
        let claim = Claim::of(spec, &segment.public(), proved.len() as u32, inputs);
        let proof = prove(
            &program,
            Profile::Standard,
            Backend::Units,
            &state,
            claim.clone(),
            &filled,
            &mut |stage| clock.stage(stage.name()),
        );
        clock.end();
        let next = claim.next(state.clone());
        proved.push(Proved {
            state: std::mem::replace(&mut state, next),
            claim,
            segment: segment.clone(),
            proof: proof.expect("a right run is proved"),
        });
        clock.stage("execution");
        Ok::<(), Diagnostic>(())
    })
    .expect("a guest that can be traced");
    clock.end();
    let (wall, peak) = (begin.elapsed().as_secs_f64(), peak());
    let (verification, security) = verify(spec, name, path, &program, &proved);
    let other = compare(spec, &program, &proved, &mut filler, modulus);

    let of = |stage: ProvingStage| clock.of(stage.name());
    let (tables, permutation) = (clock.of("tables"), of(ProvingStage::Permutation));
    let front = clock.of("execution") + tables + of(ProvingStage::Matrices) + permutation;
    let instructions: usize = proved.iter().map(|p| p.segment.instructions()).sum();
    let bytes: usize = proved
        .iter()
        .map(|p| p.proof.encode().expect("a proof").len())
        .sum();
    println!(
        "{name:<7} {:>6.2} {tables:>6.2} {:>6.2} {permutation:>6.2} {:>6.2} {:>6.2} {:>7.2} {:>7.2} {:>7.2} {:>6.1} {wall:>6.1} {:>7} {:>7.1} | {:>5.1} {:>9.1} {:>7.1} {verification:>6.3}",
        clock.of("execution"),
        of(ProvingStage::Matrices),
        of(ProvingStage::Preprocessing),
        of(ProvingStage::Commitment),
        of(ProvingStage::PermutationCommitment),
        of(ProvingStage::Quotient),
        of(ProvingStage::Opening),
        clock.all(),
        peak.map_or_else(|| "?".to_owned(), |bytes| (bytes >> 20).to_string()),
        100.0 * front / clock.all(),
        other.permutation / permutation,
        (other.golden + other.permutation) / (tables + permutation),
        (tables + other.permutation) / (tables + permutation),
    );
    println!(
        "        {instructions} instructions, {} segments, {:.0} KiB of proofs, {} bits conjectured, {} proven",
        proved.len(),
        bytes as f64 / 1024.0,
        security.conjectured,
        security.proven
    );
}

/// Wall seconds for a segment, on the mean, and the least security of all.
fn verify(
    spec: &Arc<Spec>,
    name: &str,
    path: &str,
    program: &Program,
    proved: &[Proved],
) -> (f64, Security) {
    let mut machine = load(spec, name, path);
    let mut verifier =
        Verifier::new(program, Profile::Standard, &mut machine).expect("a spec with environments");
    let begin = Instant::now();
    let securities: Vec<Security> = proved
        .iter()
        .map(|proved| verifier.segment(&proved.proof).expect("a right proof"))
        .collect();
    let seconds = begin.elapsed().as_secs_f64() / proved.len() as f64;
    let weakest = securities.into_iter().min_by_key(|s| s.proven);
    (seconds, weakest.expect("a segment"))
}

/// The other side's CPU seconds.
struct Other {
    golden: f64,
    permutation: f64,
}

fn compare(
    spec: &Arc<Spec>,
    program: &Program,
    proved: &[Proved],
    filler: &mut Filler<'_>,
    modulus: u64,
) -> Other {
    let mut clock = Clock::new();
    let mut golden = 0.0;
    for proved in proved {
        let filled = filler.fill(&proved.segment);
        let execution = proved.segment.execution();
        let begin = cpu_time();
        let other = fill_from(spec.trace(), &execution, modulus);
        golden += cpu_time() - begin;
        assert!(filled == other, "other tables");
        drop((other, execution));
        let proof = prove(
            program,
            Profile::Standard,
            Backend::Gadget,
            &proved.state,
            proved.claim.clone(),
            &filled,
            &mut |stage| clock.stage(stage.name()),
        );
        clock.end();
        proof.expect("a right run is proved");
    }
    Other {
        golden,
        permutation: clock.of(ProvingStage::Permutation.name()),
    }
}

/// What a guest can read.
fn input() -> Vec<u8> {
    (0..INPUT).map(|i| ((i * i) >> 5) as u8).collect()
}

/// A machine at the entry of a guest.
fn load(spec: &Arc<Spec>, name: &str, path: &str) -> Machine {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("a guest of this repository");
    let options = zktr_asm::Options {
        xlen: spec.trace().guest.xlen,
        ..zktr_asm::Options::default()
    };
    let source = Source::new(name, text);
    let object = zktr_asm::assemble(spec, &source, &options).expect("it is assembled");
    let linked = object.link(spec, &LinkOptions::default());
    let bytes = linked
        .expect("it is linked")
        .write_elf()
        .expect("it is small");
    let file = Input {
        name,
        bytes: &bytes,
    };
    let image = loader::load(spec, &[file], 1 << 28).expect("an executable");
    let options = host::Options {
        compile_after: None,
        ..host::Options::default()
    };
    let mut machine = Machine::load(spec.clone(), &image, options).expect("it fits");
    machine.add_input(input());
    machine
}

/// CPU time of this process, in seconds.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory of this process becomes what it has now, where the system can do that.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most bytes of this process, as Linux says.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
