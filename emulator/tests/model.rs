//! The cycle model: against a machine that is stepped cycle by cycle, and what has to hold whatever its figures are.

use proptest::prelude::*;
use std::sync::Arc;
use zktr_emu::model::compare::{Baseline, end_to_end, needed_back_end, ptu};
use zktr_emu::model::pipeline::Pipeline;
use zktr_emu::model::profile::{Contents, Profile};
use zktr_emu::model::run::{Workshop, feed};
use zktr_emu::model::search::{Budget, axis, front, points};
use zktr_emu::model::workload::Code;
use zktr_emu::model::{Design, Hardware, Measured, Order, Plan, Policy, Simulator, Totals};
use zktr_isa::Spec;
use zktr_isa::span::Source;

fn spec() -> Arc<Spec> {
    Spec::builtin()
}

fn code(spec: &Spec, mnemonic: &str, circumstances: u32) -> Code {
    let index = spec.instruction_for(mnemonic, 32).unwrap();
    Code((index * Code::EACH) as u32 + circumstances)
}

fn plan(spec: &Spec) -> Plan {
    Plan {
        design: Design::published(spec).unwrap(),
        pipeline: "scr1-two-stage".into(),
        profile: "paper-formula".into(),
        order: Order::Overlapped,
        policy: Policy::FirstFree,
    }
}

/// The published design with other figures.
fn with(spec: &Spec, figures: &[(&str, f64)]) -> Plan {
    let mut plan = plan(spec);
    for (path, value) in figures {
        plan.design.set(path, *value).unwrap();
    }
    plan
}

/// One whose memory and inverters never make anything wait.
fn unlimited(spec: &Spec, figures: &[(&str, f64)]) -> Plan {
    let mut plan = with(
        spec,
        &[
            ("inverter.count", 1024.0),
            ("dma.width", 65536.0),
            ("prefix.width", 1024.0),
            ("dram.bandwidth", 1e5),
        ],
    );
    for (path, value) in figures {
        plan.design.set(path, *value).unwrap();
    }
    plan
}

fn simulate(spec: &Spec, plan: &Plan, codes: &[Code]) -> Totals {
    let mut simulator = Workshop::new(spec).unwrap().simulator(plan).unwrap();
    feed(&mut simulator, codes);
    simulator.finish(Contents::default()).0
}

/// The kinds of instructions that differ in latency, weighted as compiled programs have them.
fn kinds(spec: &Spec) -> Vec<(u32, Code)> {
    vec![
        (50, code(spec, "add", 0)),
        (18, code(spec, "lw", 0)),
        (8, code(spec, "sw", 0)),
        (8, code(spec, "beq", 0)),
        (9, code(spec, "bne", Code::TAKEN)),
        (3, code(spec, "jal", Code::TAKEN)),
        (4, code(spec, "mul", 0)),
    ]
}

/// A program of these kinds.
fn program(spec: &Spec, seed: u64, len: usize) -> Vec<Code> {
    let kinds = kinds(spec);
    let total: u32 = kinds.iter().map(|kind| kind.0).sum();
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as u32
    };
    (0..len)
        .map(|_| {
            let mut at = next() % total;
            let kind = kinds.iter().find(|(weight, _)| {
                let here = at < *weight;
                at = at.saturating_sub(*weight);
                here
            });
            kind.unwrap().1
        })
        .collect()
}

// ---- figures ------------------------------------------------------------------------------------

#[test]
fn every_figure_is_within_its_bounds_and_says_where_it_comes_from() {
    let spec = spec();
    let design = Design::published(&spec).unwrap();
    for (path, figure) in design.figures() {
        assert!(
            !figure.source.is_empty() && !figure.unit.is_empty(),
            "{path}"
        );
        assert!(
            figure.range.0 <= figure.value && figure.value <= figure.range.1,
            "{path}"
        );
    }
    for path in Hardware::PATHS {
        assert!(design.get(path).is_some(), "{path}");
        assert!(
            !path.starts_with("published."),
            "a result is an input: {path}"
        );
    }
    // What nobody reads should not be there.
    let other = [
        "area.",
        "power.",
        "dram.energy",
        "pipeline.",
        "profile.",
        "schema.",
        "baseline.",
        "published.",
    ];
    for (path, _) in design.figures() {
        let known =
            Hardware::PATHS.contains(&path) || other.iter().any(|start| path.starts_with(start));
        assert!(known, "{path}");
    }
}

#[test]
fn mistakes_in_a_design_are_reported_where_they_are() {
    let spec = spec();
    let mut errors = String::new();
    for text in [
        "[ptu]\nunit = 24\n",
        "[ptu]\nunits = 0\n",
        "[ptu]\nunits = 17.5\n",
        "[ptu]\nunits = \"many\"\n",
        "[ptu]\nunits = { value = 24, origin = \"messured\" }\n",
        "[ptu]\nunits = { value = 24, sauce = \"x\" }\n",
        "[published]\ntotal = 5000.0\n",
        "[clock]\nfrequency = inf\n",
        "[pipeline.mine]\nstages = 3\nclass.divison.cycles = 8\n",
        "[pipeline.mine]\nclass.division.cycles = 8\n",
        "[profile.mine]\nrows = 1.0\n",
        "[profile.mine]\nrow = 1.0\n",
        "[buffers]\nrows = 3\n",
        "[ptu\n",
    ] {
        let mut design = Design::published(&spec).unwrap();
        let before = design.clone();
        let found = design.load(&Source::new("mine.toml", text)).unwrap_err();
        assert_eq!(design, before, "{text}");
        for error in found {
            errors += &error.to_string();
        }
    }
    insta::assert_snapshot!(errors);
}

#[test]
fn a_design_overrides_figures_and_adds_pipelines() {
    let spec = spec();
    let mut plan = plan(&spec);
    let text = "ptu.units = 24\n[pipeline.mine]\ndoc = \"three stages\"\nstages = 3\nclass.division.cycles = { value = 8, origin = \"measured\", source = \"a test bench\" }\n";
    plan.design.load(&Source::new("mine.toml", text)).unwrap();
    assert_eq!(plan.design.value("ptu.units"), 24.0);
    let figure = plan
        .design
        .get("pipeline.mine.class.division.cycles")
        .unwrap();
    assert_eq!(
        (figure.value, figure.source.as_str()),
        (8.0, "a test bench")
    );
    let pipeline = Pipeline::new(&spec, &plan.design, "mine").unwrap();
    assert_eq!(pipeline.cycles(code(&spec, "divu", 0)), 8.0);
    assert_eq!(pipeline.cycles(code(&spec, "add", 0)), 1.0);
    assert!(
        plan.design
            .names("pipeline")
            .any(|name| name == ("mine", "three stages"))
    );
    let error = Pipeline::new(&spec, &plan.design, "mind").unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `mine`?"));
}

#[test]
fn latencies_are_those_that_were_measured() {
    let spec = spec();
    let design = Design::published(&spec).unwrap();
    let cycles = |pipeline: &str, mnemonic: &str, circumstances: u32| {
        let pipeline = Pipeline::new(&spec, &design, pipeline).unwrap();
        pipeline.cycles(code(&spec, mnemonic, circumstances))
    };
    let scr1 = |mnemonic, circumstances| cycles("scr1-two-stage", mnemonic, circumstances);
    for mnemonic in ["add", "andi", "lui", "csrrw", "beq", "mul", "mulhu"] {
        assert_eq!(scr1(mnemonic, 0), 1.0, "{mnemonic}");
    }
    for mnemonic in ["lw", "lbu", "sw", "sb", "jal", "jalr"] {
        assert_eq!(scr1(mnemonic, 0), 2.0, "{mnemonic}");
    }
    assert_eq!(scr1("bgeu", Code::TAKEN), 2.0);
    for mnemonic in ["div", "divu", "rem", "remu"] {
        assert_eq!(scr1(mnemonic, 0), 32.0, "{mnemonic}");
        assert_eq!(scr1(mnemonic, Code::ZERO), 1.0, "{mnemonic}");
    }
    assert_eq!(scr1("rem", Code::SIGNS), 33.0);
    assert_eq!(scr1("remu", Code::SIGNS), 32.0);
    assert_eq!(cycles("scr1-slow-multiplier", "mulh", 0), 32.0);
    assert_eq!(cycles("five-stage", "bne", Code::TAKEN), 3.0);
}

#[test]
fn a_load_whose_result_is_needed_at_once_takes_longer_in_five_stages() {
    let spec = spec();
    let plan = Plan {
        pipeline: "five-stage".into(),
        ..plan(&spec)
    };
    let load = code(&spec, "lw", 0);
    let time = |use_: Code| simulate(&spec, &plan, &[load, use_]).mtu;
    assert_eq!(
        time(code(&spec, "add", Code::DEPENDENT)),
        time(code(&spec, "add", 0)) + 1.0
    );
    let scr1 = self::plan(&spec);
    let dependent = code(&spec, "add", Code::DEPENDENT);
    assert_eq!(simulate(&spec, &scr1, &[load, dependent]).mtu, 3.0);
}

// ---- time ---------------------------------------------------------------------------------------

/// Cycle by cycle, without any recurrence: what the units do in each cycle, and what is in the buffer. The cycle in
/// which the last unit is done, and how many cycles the pipeline waits.
fn stepped(
    cycles: &[u64],
    depth: usize,
    units: usize,
    service: u64,
    ready: u64,
    convert: u64,
) -> (u64, u64) {
    let mut busy = vec![ready; units];
    let mut buffer: std::collections::VecDeque<u64> = std::collections::VecDeque::new();
    let mut instructions = cycles.iter().copied();
    let mut left = instructions.next();
    let mut pending = false;
    let (mut now, mut waited, mut last) = (0, 0, 0);
    loop {
        // Units take what has been there long enough; then the pipeline may fill the slots that are free.
        loop {
            let dispatched = match buffer.front() {
                Some(since) if since + convert <= now => busy.iter().position(|b| *b <= now),
                _ => None,
            };
            if let Some(unit) = dispatched {
                busy[unit] = now + service;
                last = last.max(busy[unit]);
                buffer.pop_front();
            }
            let entered = pending && buffer.len() < depth;
            if entered {
                buffer.push_back(now);
                pending = false;
                left = instructions.next();
            }
            if dispatched.is_none() && !entered {
                break;
            }
        }
        if pending {
            waited += 1;
        } else if let Some(cycles) = left {
            // The instruction's row is there when its last cycle is over.
            if cycles == 1 {
                pending = true;
                left = None;
            } else {
                left = Some(cycles - 1);
            }
        } else if buffer.is_empty() {
            return (last, waited);
        }
        now += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_recurrences_are_a_machine_stepped_cycle_by_cycle(
        seed in any::<u64>(), len in 1_usize..300, depth in 1_u32..20, units in 1_u32..30, macs in 1_u32..8, convert in 0_u32..4,
    ) {
        let spec = spec();
        let plan = unlimited(&spec, &[
            ("buffer.rows", f64::from(depth)), ("ptu.units", f64::from(units)), ("ptu.macs", f64::from(macs)),
            ("mtu.convert", f64::from(convert)),
        ]);
        let codes = program(&spec, seed, len);
        let pipeline = Pipeline::new(&spec, &plan.design, &plan.pipeline).unwrap();
        let cycles: Vec<u64> = codes.iter().map(|code| pipeline.cycles(*code) as u64).collect();
        let hardware = Hardware::of(&plan.design);
        let service = hardware.service(23.0);
        let (last, waited) = stepped(&cycles, depth as usize, units as usize, service as u64,
            hardware.powers(23.0) as u64, u64::from(convert));
        let totals = simulate(&spec, &plan, &codes);
        prop_assert_eq!(totals.stalled as u64, waited);
        // Behind the units come the array's latency and the last batch of inverses.
        let behind = hardware.fill() + hardware.inversion_latency() + hardware.sum_latency();
        prop_assert!((totals.cycles - behind - last as f64).abs() < 1.0, "{} {last}", totals.cycles - behind);
    }

    #[test]
    fn more_of_anything_is_never_slower(
        seed in any::<u64>(), units in 1_u32..40, depth in 1_u32..100, width in 1_u32..200, inverters in 1_u32..4, multipliers in 1_u32..6,
        which in 0_usize..6, more in 1_u32..20, order in 0_usize..4, schema in any::<bool>(),
    ) {
        let spec = spec();
        let mut figures = [
            ("ptu.units", f64::from(units)), ("buffer.rows", f64::from(depth)), ("dma.width", f64::from(width)),
            ("inverter.count", f64::from(inverters)), ("inverter.multipliers", f64::from(multipliers)), ("ptu.macs", 1.0),
        ];
        let codes = program(&spec, seed, 1500);
        let build = |figures: &[(&str, f64)]| {
            let mut plan = with(&spec, figures);
            plan.order = Order::NAMES[order].1;
            if schema { plan.profile = "sp1-faithful".into(); }
            plan
        };
        let before = simulate(&spec, &build(&figures), &codes).cycles;
        figures[which].1 += f64::from(more);
        let after = simulate(&spec, &build(&figures), &codes).cycles;
        prop_assert!(after <= before * (1.0 + 1e-9), "{} {}: {after} > {before}", figures[which].0, figures[which].1);
    }

    #[test]
    fn time_is_between_the_slowest_part_and_one_part_after_the_other(
        seed in any::<u64>(), units in 1_u32..40, depth in 1_u32..100, width in 1_u32..300, profile in 0_usize..2,
    ) {
        let spec = spec();
        let mut plan = with(&spec, &[("ptu.units", f64::from(units)), ("buffer.rows", f64::from(depth)), ("dma.width", f64::from(width))]);
        plan.profile = ["paper-formula", "sp1-faithful"][profile].into();
        let codes = program(&spec, seed, 2000);
        let totals = simulate(&spec, &plan, &codes);
        let hardware = Hardware::of(&plan.design);
        for (part, bound) in totals.bounds(&hardware) {
            prop_assert!(totals.cycles >= bound * (1.0 - 1e-9), "{part}: {} < {bound}", totals.cycles);
        }
        let serial = simulate(&spec, &Plan { order: Order::Serial, ..plan.clone() }, &codes);
        prop_assert!(totals.cycles <= serial.cycles, "{} > {}", totals.cycles, serial.cycles);
        // The whole is at most as much faster as both parts together.
        let baseline = Baseline::of(&plan.design, "sp1-v1").unwrap();
        let speedups = baseline.speedups(&hardware, &totals, 1.0);
        prop_assert!(speedups.total <= speedups.mtu + speedups.ptu);
    }
}

#[test]
fn the_knee_of_the_units_is_at_work_over_cycles_per_instruction() {
    let spec = spec();
    let codes = program(&spec, 7, 20_000);
    for columns in [12.0, 17.0, 23.0, 31.0] {
        let measure = |units: f64| {
            let mut plan = unlimited(&spec, &[("ptu.units", units)]);
            let text = format!("profile.paper-formula.terms = {columns:.1}\n");
            plan.design.load(&Source::new("columns", text)).unwrap();
            simulate(&spec, &plan, &codes)
        };
        let fastest = measure(100.0);
        let predicted = columns / fastest.cpi();
        let knee = (1..60)
            .find(|units| measure(f64::from(*units)).cycles < fastest.cycles * 1.01)
            .unwrap();
        assert!(
            (f64::from(knee) - predicted).abs() < 1.5,
            "{columns} columns: {knee}, predicted {predicted}"
        );
    }
}

#[test]
fn one_part_after_the_other_takes_twice_as_long_and_what_memory_takes() {
    let spec = spec();
    // A row a cycle, which 23 units keep up with.
    let codes = vec![code(&spec, "add", 0); 100_000];
    for bandwidth in [100.0, 200.0, 1000.0, 10_000.0] {
        let figures = [
            ("ptu.units", 23.0),
            ("dma.width", 65536.0),
            ("prefix.width", 1024.0),
            ("dram.bandwidth", bandwidth),
            ("dma.buffer", 1e9),
            ("clock.frequency", 100.0),
        ];
        let plan = with(&spec, &figures);
        let overlapped = simulate(&spec, &plan, &codes);
        let serial = simulate(
            &spec,
            &Plan {
                order: Order::Serial,
                ..plan.clone()
            },
            &codes,
        );
        let hardware = Hardware::of(&plan.design);
        let delta = serial.read / hardware.bandwidth() / overlapped.cycles;
        let ratio = serial.cycles / overlapped.cycles;
        assert!(serial.read == 92.0 * 100_000.0);
        if bandwidth >= 200.0 {
            assert!(
                (ratio - 2.0 - delta).abs() < 0.01,
                "{bandwidth} GB/s: {ratio}, delta {delta}"
            );
        }
    }
}

#[test]
fn a_balanced_machine_is_as_much_faster_as_both_parts_together() {
    let spec = spec();
    // The published averages: with the same time in both parts, the CPU had 17.2 % and 82.8 % there.
    let design = Design::published(&spec).unwrap();
    let (mtu, ptus) = (design.value("published.mtu"), design.value("published.ptu"));
    assert_eq!(mtu + ptus, design.value("published.total"));
    let main = mtu / (mtu + ptus);
    assert!((main - 0.172).abs() < 0.0005);
    let codes = vec![code(&spec, "add", 0); 200_000];
    let plan = unlimited(&spec, &[("ptu.units", 23.0)]);
    let totals = simulate(&spec, &plan, &codes);
    let hardware = Hardware::of(&plan.design);
    let cycle = hardware.seconds(totals.mtu) / totals.traced;
    let baseline = Baseline {
        main: mtu * cycle,
        permutation: ptus * cycle,
        watts: 0.0,
    };
    let speedups = baseline.speedups(&hardware, &totals, 1.0);
    assert!((speedups.mtu - mtu).abs() < 1e-6 && (speedups.ptu - ptus).abs() < 1e-6);
    assert!(
        (speedups.total / (mtu + ptus) - 1.0).abs() < 0.01,
        "{}",
        speedups.total
    );
    // With less balance, the whole falls behind the sum.
    let unbalanced = simulate(&spec, &unlimited(&spec, &[("ptu.units", 12.0)]), &codes);
    let hardware = Hardware::of(&unlimited(&spec, &[("ptu.units", 12.0)]).design);
    let speedups = baseline.speedups(&hardware, &unbalanced, 1.0);
    assert!(speedups.total < 0.9 * (speedups.mtu + speedups.ptu));
}

#[test]
fn a_deeper_buffer_comes_nearer_to_the_peak() {
    let spec = spec();
    let efficiency = |codes: &[Code]| {
        [1.0, 4.0, 16.0, 64.0].map(|depth| {
            let plan = unlimited(&spec, &[("buffer.rows", depth)]);
            let totals = simulate(&spec, &plan, codes);
            totals.mtu.max(ptu(&Hardware::of(&plan.design), &totals)) / totals.cycles
        })
    };
    // Both have about 1.36 cycles an instruction, which 17 units just keep up with; the second has a division among a
    // hundred instructions that take a cycle. What was derived for some program is between the two.
    let smooth = efficiency(&program(&spec, 3, 60_000));
    let add = code(&spec, "add", 0);
    let division = code(&spec, "divu", 0);
    let mut random = program(&spec, 4, 60_000);
    for (at, code) in random.iter_mut().enumerate() {
        let spread = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57;
        *code = if spread == 0 { division } else { add };
    }
    let uneven = efficiency(&random);
    for efficiency in [smooth, uneven] {
        assert!(efficiency.is_sorted(), "{efficiency:?}");
    }
    for (at, derived) in [0.84, 0.94, 0.96, 1.00].into_iter().enumerate() {
        let bounds = uneven[at] - 0.02..=smooth[at] + 0.02;
        assert!(bounds.contains(&derived), "{smooth:?} {uneven:?}");
    }
    assert!(smooth[3] > 0.98);
}

#[test]
fn end_to_end_is_bounded_by_the_part_that_is_not_faster() {
    for share in [0.2, 0.25, 0.3] {
        assert!((end_to_end(share, 1.0, 1.0) - 1.0).abs() < 1e-12);
        assert!(end_to_end(share, 1.0, 1e12) <= 1.0 / share);
        let needed = needed_back_end(share, 1829.0, 963.0).unwrap();
        assert!((end_to_end(share, 1829.0, needed) - 963.0).abs() < 1e-6);
        // A front end that alone is slower than the whole is to be.
        assert_eq!(needed_back_end(share, 100.0, 963.0), None);
    }
    let needed =
        [0.30, 0.25, 0.20].map(|share| needed_back_end(share, 1829.0, 963.0).unwrap().round());
    assert_eq!(needed, [801.0, 832.0, 861.0]);
}

// ---- profiles -----------------------------------------------------------------------------------

#[test]
fn the_schema_is_counted_as_it_is_filled() {
    let spec = spec();
    let design = Design::published(&spec).unwrap();
    let profile = Profile::new(&spec, &design, "schema").unwrap();
    let tables = |mnemonic: &str, circumstances: u32| {
        let rows = profile.rows(code(&spec, mnemonic, circumstances));
        let mut names: Vec<&str> = rows
            .iter()
            .map(|at| &*spec.trace().tables[*at as usize].name)
            .collect();
        names.sort_unstable();
        names
    };
    assert_eq!(tables("add", 0), ["add_sub", "cpu"]);
    assert_eq!(tables("beq", Code::TAKEN), ["compare", "cpu"]);
    assert_eq!(tables("lw", 0), ["add_sub", "cpu", "memory"]);
    // The remainder is smaller than the divisor, unless that is zero.
    assert_eq!(tables("remu", 0), ["compare", "cpu", "divide"]);
    assert_eq!(tables("remu", Code::ZERO), ["cpu", "divide"]);
    assert_eq!(tables("lui", 0), ["cpu"]);
    assert!(tables("add", Code::UNTRACED).is_empty());
    let cpu = spec.trace().table("cpu").unwrap();
    let row = profile.kinds()[cpu.0];
    assert_eq!(row.main, 4.0 * cpu.1.width() as f64);
    assert_eq!(row.fractions, cpu.1.interactions.len() as f64);
}

#[test]
fn profiles_that_are_no_whole_rows_keep_their_averages() {
    let spec = spec();
    let plan = Plan {
        profile: "sp1-faithful".into(),
        ..plan(&spec)
    };
    let totals = simulate(&spec, &plan, &program(&spec, 1, 10_000));
    assert!((totals.rows / totals.traced - 2.9).abs() < 1e-3);
    assert!((totals.terms / totals.traced - 715.0).abs() < 0.1);
    assert!((totals.written / totals.traced - 1529.0).abs() < 0.5);
}

#[test]
fn what_is_not_traced_takes_time_and_makes_no_rows() {
    let spec = spec();
    let codes = [code(&spec, "div", Code::UNTRACED); 10];
    let totals = simulate(&spec, &plan(&spec), &codes);
    assert_eq!((totals.rows, totals.traced, totals.mtu), (0.0, 0.0, 320.0));
    assert_eq!(totals.cycles, 320.0);
    let nothing = simulate(&spec, &plan(&spec), &[]);
    assert_eq!(nothing.cycles, 0.0);
}

// ---- scheduling, search -------------------------------------------------------------------------

/// Stretches of divisions and of additions.
fn bursts(spec: &Spec) -> Vec<Code> {
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.extend([code(spec, "divu", 0); 300]);
        codes.extend([code(spec, "add", 0); 4000]);
    }
    codes
}

#[test]
fn gating_saves_energy_and_hardly_any_time() {
    let spec = spec();
    let workshop = Workshop::new(&spec).unwrap();
    let codes = bursts(&spec);
    let run = |units: f64, policy| {
        let plan = Plan {
            policy,
            ..unlimited(&spec, &[("ptu.units", units)])
        };
        let totals = simulate(&spec, &plan, &codes);
        (totals, workshop.bill(&plan.design, &totals))
    };
    let (always, all) = run(17.0, Policy::FirstFree);
    let (gated, less) = run(17.0, Policy::Gated);
    assert!(gated.woken > 17.0, "{}", gated.woken);
    assert!(gated.powered < 0.8 * always.powered);
    assert!(
        gated.cycles < 1.03 * always.cycles,
        "{} {}",
        gated.cycles,
        always.cycles
    );
    assert!(less.chip < all.chip, "{} {}", less.chip, all.chip);
    // As many units as the bursts need, and power only while they do: much faster for the same energy.
    let (more, energy) = run(23.0, Policy::Gated);
    assert!(
        more.cycles < 0.92 * always.cycles,
        "{} {}",
        more.cycles,
        always.cycles
    );
    assert!(energy.chip < all.chip, "{} {}", energy.chip, all.chip);
    assert!(gated.service == always.service);
    // Without gating all units have power all the time.
    assert!((always.powered / always.cycles - 17.0).abs() < 1e-9);
}

#[test]
fn the_unit_that_is_free_first_is_never_worse_than_the_next_one() {
    let spec = spec();
    let codes = program(&spec, 9, 5000);
    for units in [3.0, 8.0, 17.0] {
        let mut plan = unlimited(&spec, &[("ptu.units", units)]);
        plan.profile = "schema".into();
        let [next, free] = [Policy::RoundRobin, Policy::FirstFree].map(|policy| {
            simulate(
                &spec,
                &Plan {
                    policy,
                    ..plan.clone()
                },
                &codes,
            )
            .cycles
        });
        assert!(free <= next, "{units} units: {free} > {next}");
    }
}

#[test]
fn the_front_is_what_no_other_point_beats() {
    let spec = spec();
    let base = plan(&spec);
    let axes = [
        axis("units=4..24:4", &base.design).unwrap(),
        axis("buffer.rows=1,64", &base.design).unwrap(),
    ];
    assert_eq!(axes[0].path, "ptu.units");
    let pipelines = ["scr1-two-stage".to_owned(), "five-stage".to_owned()];
    let plans = points(&base, &axes, &pipelines).unwrap();
    assert_eq!(plans.len(), 24);
    let workshop = Workshop::new(&spec).unwrap();
    let codes = program(&spec, 5, 3000);
    let measured: Vec<Measured> = plans
        .iter()
        .map(|plan| {
            let totals = simulate(&spec, plan, &codes);
            let bill = workshop.bill(&plan.design, &totals);
            Measured {
                hardware: Hardware::of(&plan.design),
                totals,
                bill,
            }
        })
        .collect();
    let found = front(&measured, Budget::default());
    let goals = |m: &Measured| [m.totals.cycles, m.bill.area, m.bill.chip + m.bill.dram];
    for (at, point) in measured.iter().enumerate() {
        let beaten = measured.iter().any(|other| {
            let (a, b) = (goals(point), goals(other));
            a != b && a.iter().zip(&b).all(|(a, b)| b <= a)
        });
        assert_eq!(found.contains(&at), !beaten, "{at}");
    }
    let small = front(
        &measured,
        Budget {
            area: 0.15,
            ..Budget::default()
        },
    );
    assert!(!small.is_empty() && small.iter().all(|at| measured[*at].bill.area <= 0.15));
    assert!(
        front(
            &measured,
            Budget {
                area: 0.0,
                ..Budget::default()
            }
        )
        .is_empty()
    );
    for wrong in [
        "units",
        "units=x",
        "units=1..1e9",
        "units=5..1",
        "units=1..5:0",
        "units=0",
        "unit=3",
        "ptu.units=1.5",
    ] {
        assert!(axis(wrong, &base.design).is_err(), "{wrong}");
    }
    let many = axis("units=1..1000", &base.design).unwrap();
    assert!(points(&base, &[many.clone(), many], &pipelines).is_err());
}

#[test]
fn the_published_design_costs_what_is_published() {
    let spec = spec();
    let plan = plan(&spec);
    let totals = simulate(&spec, &plan, &program(&spec, 2, 2000));
    let bill = Workshop::new(&spec).unwrap().bill(&plan.design, &totals);
    assert!((bill.area - 0.210).abs() < 1e-9 && (bill.peak - 51.167).abs() < 1e-9);
    assert!(bill.power < bill.peak);
    let larger = with(&spec, &[("ptu.units", 34.0)]);
    let larger = Workshop::new(&spec).unwrap().bill(&larger.design, &totals);
    // Units are 45 % of it.
    assert!((larger.area / bill.area - 1.45).abs() < 1e-9);
}

#[test]
fn simulators_are_made_from_shared_parts() {
    let spec = spec();
    let plan = plan(&spec);
    let design = &plan.design;
    let pipeline = Arc::new(Pipeline::new(&spec, design, &plan.pipeline).unwrap());
    let profile = Arc::new(Profile::new(&spec, design, &plan.profile).unwrap());
    let codes = program(&spec, 4, 1000);
    let mut simulator = Simulator::new(
        Hardware::of(design),
        pipeline,
        profile,
        plan.order,
        plan.policy,
    );
    feed(&mut simulator, &codes);
    let (totals, ()) = simulator.finish(Contents::default());
    assert_eq!(totals, simulate(&spec, &plan, &codes));
}
