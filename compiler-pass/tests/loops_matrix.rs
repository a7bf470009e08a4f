//! The coverage matrix: each idiom of trace generation, in each field and representation, as each level of optimisation
//! leaves it. The snapshot is the table, so that a change of the pass shows what it gained and what it lost.

mod loops_support;

use loops_support::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use zktr_pass::{Decision, Reason, Report, inline};

const FORMATS: [&str; 7] = [
    "babybear",
    "babybear-m",
    "koalabear",
    "koalabear-m",
    "mersenne31",
    "goldilocks",
    "goldilocks-m",
];
const LEVELS: [&str; 5] = ["O1", "O2", "O3", "Os", "Oz"];

/// What became of an idiom's function.
enum Cell {
    /// Every loop with field arithmetic is offloaded.
    Offloaded,
    /// Some loops are, and these are the reasons against the others.
    Partly(BTreeSet<Reason>),
    /// None is.
    Declined(BTreeSet<Reason>),
    /// The pass saw no loop worth a remark.
    Silent,
}

impl Cell {
    fn new(report: &Report) -> Self {
        let reasons: BTreeSet<Reason> = report
            .remarks
            .iter()
            .filter_map(|r| match &r.decision {
                Decision::Declined { reasons } => Some(reasons),
                _ => None,
            })
            .flatten()
            .map(|r| r.reason)
            .collect();
        // Loops without field arithmetic, as compilers split them off for a count of zero, are no miss.
        let no_miss = reasons.iter().all(|r| *r == Reason::NoFieldArithmetic);
        match (report.offloaded(), no_miss) {
            (0, _) if reasons.is_empty() => Self::Silent,
            (0, _) => Self::Declined(reasons),
            (_, true) => Self::Offloaded,
            (_, false) => Self::Partly(reasons),
        }
    }

    fn text(&self) -> String {
        let list = |reasons: &BTreeSet<Reason>| {
            let names: Vec<_> = reasons.iter().map(|r| format!("{r:?}")).collect();
            names.join(" ")
        };
        match self {
            Self::Offloaded => "offloaded".to_owned(),
            Self::Partly(reasons) => format!("partly; {}", list(reasons)),
            Self::Declined(reasons) => list(reasons),
            Self::Silent => "no remark".to_owned(),
        }
    }
}

/// The text of one file of the matrix.
fn file(format: &str, level: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/corpus/matrix/clif")
        .join(format!("{format}.{level}.clif"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The functions of one file of the matrix that are idioms, each with what became of it.
fn column(format: &str, level: &str) -> Vec<(String, Cell)> {
    let pass = pass();
    let text = file(format, level);
    let names: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("; "))
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, name)| (kind == "export").then(|| name.to_owned()))
        .collect();
    let mut functions = parse(&text);
    assert_eq!(names.len(), functions.len(), "{format}.{level}");
    inline(&mut functions);
    let idioms = names.iter().zip(&functions);
    idioms
        .filter_map(|(name, func)| {
            let (_, report) = rewritten(&pass, func);
            Some((name.clone()?, Cell::new(&report)))
        })
        .collect()
}

/// The table of a format: a line for each idiom and distinct outcome, with the levels that it is the outcome at.
fn check(format: &str) {
    assert!(FORMATS.contains(&format));
    let columns = LEVELS.map(|level| column(format, level));
    let mut table = String::new();
    let (mut offloaded, mut cells) = (0, 0);
    for row in 0..columns[0].len() {
        let name = &columns[0][row].0;
        let mut outcomes: Vec<(String, Vec<&str>)> = Vec::new();
        for (level, column) in LEVELS.iter().zip(&columns) {
            let (same, cell) = &column[row];
            assert_eq!(name, same);
            cells += 1;
            offloaded += usize::from(matches!(cell, Cell::Offloaded));
            let text = cell.text();
            match outcomes.iter_mut().find(|(known, _)| *known == text) {
                Some((_, levels)) => levels.push(level),
                None => outcomes.push((text, vec![level])),
            }
        }
        for (outcome, levels) in outcomes {
            writeln!(table, "{name:16} {:15} {outcome}", levels.join(" "))
                .expect("a string takes all text");
        }
    }
    writeln!(table, "{offloaded} of {cells} cells").expect("a string takes all text");
    insta::assert_snapshot!(format!("matrix_{format}"), table);
}

macro_rules! formats {
    ($($test:ident: $format:literal,)*) => {
        $(#[test]
        fn $test() {
            check($format);
        })*
    };
}

formats! {
    babybear: "babybear",
    babybear_montgomery: "babybear-m",
    koalabear: "koalabear",
    koalabear_montgomery: "koalabear-m",
    mersenne31: "mersenne31",
    goldilocks: "goldilocks",
    goldilocks_montgomery: "goldilocks-m",
}

#[test]
fn a_mask_that_does_not_make_the_count_a_multiple_of_the_unrolling() {
    let text = file("babybear-m", "O2");
    let start = text.find("; export i12_down").expect("the idiom");
    let end = text[start..].find("; export i13").expect("the next one");
    let function = &text[start..start + end];
    let offloaded = |text: &str| pass().analyse(&parse(text)[0]).offloaded();
    // Four rows an iteration, and one an iteration for the rest.
    assert_eq!(offloaded(function), 2);
    for mask in ["0x7fff_fffe", "0x7fff_ffff", "0x0000_0002"] {
        let edited = edited(
            function,
            &[("iconst.i32 0x7fff_fffc\n", &format!("iconst.i32 {mask}\n"))],
        );
        assert_eq!(offloaded(&edited), 1, "{mask}");
    }
}
