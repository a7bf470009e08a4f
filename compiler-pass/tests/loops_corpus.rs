//! What becomes of the loops of real code: one line for each, for every file of the corpus.

mod loops_support;

use loops_support::*;
use std::fmt::Write;
use zktr_isa::Spec;
use zktr_pass::{Decision, Movement, Options, Pass, Reason, Rejection, inline};

/// For each function with loops: its name, and a line for each loop. Then how many loops were offloaded, of how many.
fn summary(file: &CorpusFile, offloaded: &mut usize, loops: &mut usize) -> String {
    let pass = pass();
    let mut functions = parse(&file.text);
    let names = file.exports();
    assert_eq!(names.len(), functions.len(), "{}", file.name);
    inline(&mut functions);
    let mut text = String::new();
    for (name, func) in names.iter().zip(&functions) {
        verify(func);
        let (_, report) = rewritten(&pass, func);
        for remark in &report.remarks {
            *loops += 1;
            *offloaded += usize::from(!matches!(remark.decision, Decision::Declined { .. }));
            writeln!(
                text,
                "{name} {}: {}",
                remark.header,
                decision(&remark.decision)
            )
            .expect("a string takes all text");
        }
    }
    text
}

/// One snapshot for a source and an optimisation level, both forms of the CLIF.
fn check(source: &str) {
    let mut text = String::new();
    let (mut offloaded, mut loops) = (0, 0);
    let mut files = 0;
    for file in corpus().filter(|f| f.name.split(['.', '-']).next() == Some(source)) {
        files += 1;
        let (mut here, mut all) = (0, 0);
        let lines = summary(&file, &mut here, &mut all);
        writeln!(text, "== {}: {here} of {all}\n{lines}", file.name)
            .expect("a string takes all text");
        offloaded += here;
        loops += all;
    }
    assert!(files > 0, "no file of {source}");
    writeln!(text, "== {offloaded} of {loops}").expect("a string takes all text");
    insta::assert_snapshot!(format!("corpus_{source}"), text);
}

#[test]
fn fingerprint() {
    check("fingerprint");
}

#[test]
fn batch_inverse() {
    check("batch_inverse");
}

#[test]
fn logup() {
    check("logup");
}

#[test]
fn convert() {
    check("convert");
}

#[test]
fn powers() {
    check("powers");
}

/// Without all reasons for remarks the pass does less work, and decides the same.
#[test]
fn a_reason_is_enough() {
    let all = pass();
    let options = Options {
        movement: Movement::Offload,
        ..Options::default()
    };
    let first = Pass::new(all.spec().clone(), options);
    let mut fewer = 0;
    for file in corpus().filter(|f| !f.name.contains("clang14")) {
        let mut functions = parse(&file.text);
        inline(&mut functions);
        for func in &functions {
            let (long, short) = (all.analyse(func).remarks, first.analyse(func).remarks);
            assert_eq!(long.len(), short.len(), "{}", func.name);
            for (long, short) in long.iter().zip(&short) {
                assert_eq!(long.header, short.header);
                match (&long.decision, &short.decision) {
                    (Decision::Declined { reasons: all }, Decision::Declined { reasons: some }) => {
                        // That nothing is written is not said beside other reasons.
                        let known = |r: &Rejection| {
                            let is_it = |other: &Rejection| {
                                (other.reason, other.inst, &other.detail)
                                    == (r.reason, r.inst, &r.detail)
                            };
                            r.reason == Reason::NoStore || all.iter().any(is_it)
                        };
                        assert!(!some.is_empty() && some.iter().all(known));
                        fewer += all.len().saturating_sub(some.len());
                    }
                    (long, short) => assert_eq!(long, short),
                }
            }
        }
    }
    assert!(fewer > 0);
}

#[test]
fn neutral_loops_stay() {
    let options = Options {
        movement: Movement::Keep,
        ..Options::default()
    };
    let (moving, pass) = (pass(), Pass::new(Spec::builtin(), options));
    for file in corpus().filter(|f| f.name.starts_with("neutral.")) {
        let mut functions = parse(&file.text);
        inline(&mut functions);
        for (name, func) in file.exports().iter().zip(&functions) {
            // What is wrong with these is outside of the loop over a row's columns.
            if matches!(name.as_str(), "fingerprint_counted" | "fingerprint_chained") {
                let found = offloaded(&pass, func);
                assert!(matches!(&found[..], [dot] if dot.starts_with("zktr.dot ")));
                continue;
            }
            reasons(&pass, func);
            // A copy of words is one, whoever wrote it.
            match name.as_str() {
                "copy_words" => assert!(
                    offloaded(&moving, func)
                        .iter()
                        .all(|i| i.starts_with("zktr.copy "))
                ),
                _ => _ = reasons(&moving, func),
            }
        }
    }
    check("neutral");
}
