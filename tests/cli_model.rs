//! `zktr model`: the guests of the repository, designs of a user's, sweeps, plots and timelines.

mod cli_support;

use cli_support::Place;
use serde_json::Value;
use std::collections::BTreeMap;

const GUESTS: [&str; 8] = [
    "sha256", "rsa", "bls", "merkle", "sort", "matrix", "mix", "bursts",
];

fn guest(name: &str) -> String {
    format!("{}/examples/guests/{name}.s", env!("CARGO_MANIFEST_DIR"))
}

/// The first instructions of a guest, as JSON.
fn model(place: &Place, name: &str, more: &[&str]) -> Value {
    let path = guest(name);
    let mut arguments = vec!["model", &path, "--fuel", "20000", "--json"];
    arguments.extend(more);
    let outcome = place.run_to(0, &arguments);
    serde_json::from_str(&outcome.stdout).expect("it is JSON")
}

fn number(value: &Value, path: &str) -> f64 {
    let found = value.pointer(path);
    found
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("{path} of {value:#}"))
}

#[test]
fn guests_end_well_in_the_emulator() {
    let place = Place::new("model-guests");
    for name in GUESTS {
        let elf = format!("{name}.elf");
        place.run_to(
            0,
            &[
                "asm",
                &guest(name),
                "--march",
                "rv32im",
                "--link",
                "-o",
                &elf,
            ],
        );
        place.run_to(0, &["run", &elf]);
    }
}

#[test]
fn the_report_has_the_papers_tables() {
    let place = Place::new("model-report");
    let guests = ["sort", "bursts"].map(guest);
    let outcome = place.run_to(
        0,
        &[
            "model",
            &guests[0],
            &guests[1],
            "--fuel",
            "20000",
            "--sweep",
            "units=15..19:2",
        ],
    );
    for part in [
        "Speed-ups over sp1-v1",
        "Against the paper",
        "1_829",
        "Orders",
        "run-twice",
        "Profiles, pipelines and policies",
        "sp1-faithful",
        "schema",
        "five-stage",
        "gated",
        "End to end",
        "ptu.units",
        "work / CPI",
    ] {
        assert!(
            outcome.stdout.contains(part),
            "{part} is missing in\n{}",
            outcome.stdout
        );
    }
}

#[test]
fn published_results_change_nothing_but_the_comparison() {
    let place = Place::new("model-published");
    let result = model(&place, "mix", &[]);
    assert_eq!(number(&result, "/published/total"), 1829.0);
    // Close to the CPI of CoreMark, which was measured: the guest does that kind of work.
    let cpi = number(&result, "/guests/0/result/cpi");
    assert!((cpi / 1.356 - 1.0).abs() < 0.15, "{cpi}");
    let orders = result.pointer("/guests/0/orders").unwrap();
    let cycles = |order: &str| number(orders, &format!("/{order}/cycles"));
    assert!(
        cycles("overlapped") < cycles("run-twice") && cycles("overlapped") < cycles("read-back")
    );
    assert!(cycles("read-back") < cycles("serial"));
    let outcome = place.run(&["model", &guest("mix"), "--set", "published.total=9.0"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains("published results cannot be changed"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn designs_of_a_file_and_of_the_command_line_are_used() {
    let place = Place::new("model-design").file(
        "mine.toml",
        "[ptu]\nunits = 40\n[pipeline.slow]\nstages = 2\nclass.integer.cycles = 4\n",
    );
    let figures = place.run(&[
        "model",
        "--parameters",
        "--json",
        "--design",
        "mine.toml",
        "--set",
        "buffer.rows=3",
    ]);
    let figures: Vec<Value> = serde_json::from_str(&figures.stdout).expect("it is JSON");
    let value = |path: &str| {
        figures
            .iter()
            .find(|f| f["figure"] == path)
            .map(|f| f["value"].as_f64())
    };
    assert_eq!(value("ptu.units"), Some(Some(40.0)));
    assert_eq!(value("buffer.rows"), Some(Some(3.0)));
    assert!(
        figures
            .iter()
            .all(|f| f["source"].as_str().is_some_and(|s| !s.is_empty()))
    );
    let slow = model(
        &place,
        "sort",
        &["--design", "mine.toml", "--pipeline", "slow"],
    );
    let fast = model(&place, "sort", &["--design", "mine.toml"]);
    assert!(number(&slow, "/guests/0/result/cpi") > 2.0 * number(&fast, "/guests/0/result/cpi"));
    let outcome = place.run(&["model", "--parameters", "--design", "mine.toml"]);
    assert!(outcome.stdout.contains("mine.toml"), "{}", outcome.stdout);
}

#[test]
fn what_cannot_be_modelled_is_said() {
    let place = Place::new("model-errors")
        .file("bad.toml", "[ptu]\nunit = 3\n")
        .file("loop.s", ".globl _start\n_start:\nj _start\n")
        .file(
            "fails.s",
            ".globl _start\n_start:\nli a0, 3\nli a7, 93\necall\n",
        )
        .file("traps.s", ".globl _start\n_start:\nlw a0, 0(zero)\n")
        .file("none.s", "nop\n")
        .file("not.elf", "text");
    let sort = guest("sort");
    for (arguments, code, message) in [
        (vec!["model"], 2, "required"),
        (
            vec!["model", &sort, "--design", "bad.toml"],
            1,
            "did you mean `ptu.units`?",
        ),
        (
            vec!["model", &sort, "--pipeline", "five-stages"],
            1,
            "did you mean `five-stage`?",
        ),
        (
            vec!["model", &sort, "--profile", "schemer"],
            1,
            "or `schema`",
        ),
        (vec!["model", &sort, "--baseline", "sp1"], 1, "sp1-v1"),
        (
            vec!["model", &sort, "--order", "overlaped"],
            2,
            "overlapped",
        ),
        (
            vec!["model", &sort, "--sweep", "units=0..3"],
            1,
            "from 1 to",
        ),
        (
            vec!["model", &sort, &sort, "--timeline", "x.json"],
            2,
            "of one guest",
        ),
        (vec!["model", "fails.s"], 1, "ended with code 3"),
        (vec!["model", "traps.s"], 1, "the guest stopped"),
        (vec!["model", "none.s"], 1, "_start"),
        (vec!["model", "not.elf"], 1, "not.elf"),
        (vec!["model", "absent.elf"], 2, "absent.elf"),
    ] {
        let outcome = place.run(&arguments);
        assert_eq!(
            outcome.code,
            Some(code),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.contains(message),
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
    // A guest without an end is one with fuel.
    place.run_to(0, &["model", "loop.s", "--fuel", "5000"]);
}

#[test]
fn plots_are_svg() {
    let place = Place::new("model-plots");
    model(&place, "matrix", &["--svg", "plots"]);
    for name in [
        "speedups",
        "shares",
        "orders",
        "energy",
        "end-to-end",
        "sweep-ptu.units",
        "sweep-buffer.rows",
    ] {
        let svg = String::from_utf8(place.read(&format!("plots/{name}.svg"))).expect("it is text");
        assert!(
            svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
            "{name}"
        );
        assert!(svg.contains("matrix") || name == "end-to-end", "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    }
}

#[test]
fn a_search_ends_with_a_front() {
    let place = Place::new("model-search");
    let result = model(
        &place,
        "bursts",
        &[
            "--search",
            "--axis",
            "units=4..24:10",
            "--axis",
            "buffer.rows=1,64",
            "--max-area",
            "0.3",
        ],
    );
    assert_eq!(number(&result, "/search/points"), 18.0);
    let front = result
        .pointer("/search/front")
        .and_then(Value::as_array)
        .expect("there is one");
    assert!(!front.is_empty() && front.len() < 18);
    assert!(
        front
            .iter()
            .all(|point| number(point, "/result/area_mm2") <= 0.3)
    );
}

/// What the format's documentation asks for: phases that are known, times that are numbers from 0 on, slices of a track that do
/// not overlap, names for all tracks.
fn check_events(events: &[Value]) -> BTreeMap<String, usize> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut named = Vec::new();
    let mut tracks: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    for event in events {
        let phase = event["ph"].as_str().expect("an event has a phase");
        *kinds.entry(phase.to_owned()).or_default() += 1;
        assert!(
            event["name"].is_string() && event["pid"].is_i64() && event["tid"].is_i64(),
            "{event}"
        );
        match phase {
            "M" if event["name"] == "thread_name" => named.push(event["tid"].as_i64().unwrap()),
            "M" => assert!(event["args"].is_object()),
            "X" => {
                let (from, long) = (number(event, "/ts"), number(event, "/dur"));
                assert!(from >= 0.0 && long >= 0.0, "{event}");
                tracks
                    .entry(event["tid"].as_i64().unwrap())
                    .or_default()
                    .push((from, from + long));
            }
            "C" => {
                assert!(number(event, "/ts") >= 0.0);
                let values = event["args"].as_object().expect("a counter has values");
                assert!(
                    values
                        .values()
                        .all(|v| v.as_f64().is_some_and(|v| v >= 0.0)),
                    "{event}"
                );
            }
            other => panic!("phase {other}"),
        }
    }
    for (track, slices) in &mut tracks {
        assert!(named.contains(track), "track {track} has no name");
        slices.sort_by(|a, b| a.0.total_cmp(&b.0));
        for two in slices.windows(2) {
            assert!(two[0].1 <= two[1].0 + 1e-6, "track {track}: {two:?}");
        }
    }
    kinds
}

#[test]
fn timelines_are_trace_events_of_a_bounded_number() {
    let place = Place::new("model-timeline");
    let mut counts = Vec::new();
    for (fuel, profile) in [
        ("300", "paper-formula"),
        ("200000", "paper-formula"),
        ("20000", "schema"),
    ] {
        let path = guest("sort");
        place.run_to(
            0,
            &[
                "model",
                &path,
                "--fuel",
                fuel,
                "--profile",
                profile,
                "--timeline",
                "run.json",
            ],
        );
        let trace: Value = serde_json::from_slice(&place.read("run.json")).expect("it is JSON");
        let events = trace["traceEvents"].as_array().expect("there are events");
        let kinds = check_events(events);
        assert!(kinds["X"] > 10 && kinds["C"] > 10, "{kinds:?}");
        assert!(events.len() < 80_000, "{}", events.len());
        let tracks: Vec<&Value> = events
            .iter()
            .filter(|e| e["name"] == "thread_name")
            .collect();
        assert_eq!(tracks.len(), 2 + 17);
        assert!(
            events.iter().any(|e| e["ph"] == "X" && e["name"] == "run"),
            "the function is named"
        );
        counts.push(events.len());
    }
    assert!(counts[1] > counts[0]);
}

/// A report as `zktr prove --report` writes it.
fn proof_report(backend: &str, permutation: f64) -> String {
    let stage = |(stage, seconds)| serde_json::json!({ "stage": stage, "seconds": seconds });
    let stages = [
        ("execution", 0.25),
        ("tables", 0.5),
        ("matrices", 0.25),
        ("permutation", permutation),
        ("commitment", 10.0),
        ("quotient", 14.0),
        ("verification", 100.0),
    ];
    let stages: Vec<Value> = stages.into_iter().map(stage).collect();
    let report = serde_json::json!({ "backend": backend, "instructions": 20000, "stages": stages });
    report.to_string()
}

#[test]
fn measured_proofs_are_put_end_to_end() {
    let place = Place::new("model-amdahl")
        .file("gadget.json", proof_report("gadget", 5.0))
        .file("units.json", proof_report("units", 1.0));
    let reports = ["--amdahl", "gadget.json", "--amdahl", "units.json"];
    let found = model(&place, "sort", &reports);
    let pipelines = found["measured"]
        .as_array()
        .expect("a pipeline for each front end");
    let named = |name: &str| {
        let found = pipelines.iter().find(|p| p["name"] == name);
        found.unwrap_or_else(|| panic!("no `{name}` in {pipelines:#?}"))
    };
    let (gadget, units) = (named("measured: gadget"), named("measured: units"));
    // 6 s and 24 s; verification belongs to neither.
    assert!((number(gadget, "/front_seconds") - 6.0).abs() < 1e-9);
    assert!((number(gadget, "/share") - 0.2).abs() < 1e-9);
    assert!((number(gadget, "/limit") - 5.0).abs() < 1e-9);
    assert!((number(units, "/front_seconds") - 2.0).abs() < 1e-9);
    assert!((number(units, "/back_seconds") - 24.0).abs() < 1e-9);
    assert!((number(units, "/limit") - 15.0).abs() < 1e-9);
    // Fifteen times is the limit, so that no back end makes it 963 times.
    assert!(units["needed_for_published"].is_null());
    let by_back_end = units["by_back_end"].as_array().expect("a sweep");
    let at_ten = by_back_end.iter().find(|p| p["back_end"] == 10.0);
    let at_ten = number(at_ten.expect("ten times"), "/total");
    assert!((at_ten - 30.0 / 4.4).abs() < 1e-9);
    let model = pipelines
        .iter()
        .filter(|p| p["name"].as_str().is_some_and(|n| n.starts_with("model: ")));
    let fronts: Vec<f64> = model.map(|p| number(p, "/front_seconds")).collect();
    assert!(fronts.len() == 2 && fronts.iter().all(|front| (1e-6..0.1).contains(front)));

    let path = guest("sort");
    let more = ["model", &path, "--fuel", "20000", "--svg", "plots"];
    let text = place.run_to(0, &[&more[..], &reports].concat()).stdout;
    for expected in ["measured: gadget", "measured: units", "963"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let plot = String::from_utf8(place.read("plots/end-to-end-measured.svg")).expect("it is text");
    assert!(plot.contains("<svg") && plot.contains("measured: units"));
}

#[test]
fn what_is_no_report_of_a_proof_is_refused_in_a_few_words() {
    let mut binary = b"\x7fELF\x01\x01\x01\0".to_vec();
    binary.extend((0..4000u32).map(|i| (i * 31) as u8));
    let place = Place::new("model-amdahl-refused")
        .file("binary", binary)
        .file("nul.json", [0; 64])
        .file("text", "no JSON\u{1b}[31m")
        .file("list.json", "[1, 2]")
        .file("part.json", r#"{"backend": "units", "instructions": 5, "stages": [{"stage": "tables"}]}"#)
        .file(
            "negative.json",
            proof_report("units", 1.0).replace("14.0", "-14.0"),
        )
        .file("whole.json", r#"{"backend": "plonky3", "instructions": 5, "stages": [{"stage": "proof", "seconds": 1}]}"#);
    let path = guest("sort");
    for (file, expected) in [
        ("binary", "is no report of `zktr prove`"),
        ("nul.json", "is no report of `zktr prove`"),
        ("text", "is no report of `zktr prove`"),
        ("list.json", "has no `backend`"),
        ("part.json", "has no `seconds`"),
        ("negative.json", "has no `seconds`"),
        ("whole.json", "not divided into front end and back end"),
    ] {
        let outcome = place.run_to(1, &["model", &path, "--fuel", "2000", "--amdahl", file]);
        let error = outcome.stderr;
        assert!(error.contains(expected), "{file}: {error}");
        assert!(error.len() < 400, "{file}: {error}");
        let plain = |c: char| c == '\n' || !c.is_control();
        assert!(error.chars().all(plain), "{file}: {error:?}");
        assert!(!error.contains('\u{fffd}'), "{file}: {error:?}");
    }
    let missing = place.run_to(2, &["model", &path, "--amdahl", "missing.json"]);
    assert!(
        missing.stderr.contains("cannot read `missing.json`"),
        "{}",
        missing.stderr
    );
    let other = guest("rsa");
    let two = ["model", &path, &other, "--amdahl", "whole.json"];
    place.run_to(2, &two);
}
