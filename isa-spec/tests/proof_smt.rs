//! Two solvers agree with the kernel: what it has proved has no counterexample, and what is wrong has one.

mod proof_support;

use proof_support::{machine, program_of};
use std::time::Duration;
use zktr_isa::Spec;
use zktr_isa::proof::obligations::{self, Obligation, field_idioms, overlap_guard};
use zktr_isa::proof::smt::{Query, Solver, Verdict, identity_query, program_queries};
use zktr_isa::proof::{Claim, Statement, prove};

const TIMEOUT: Duration = Duration::from_secs(20);

/// The installed solvers. With ZKTR_REQUIRE_TOOLS=1 all of them have to be there.
fn solvers() -> Vec<Solver> {
    let required = std::env::var_os("ZKTR_REQUIRE_TOOLS").is_some_and(|v| v == "1");
    let mut out = Vec::new();
    for name in ["z3", "cvc5"] {
        let solver = Solver::named(name);
        if solver.is_installed() {
            out.push(solver);
        } else {
            assert!(!required, "{name} is not installed");
            eprintln!("skipped: {name} is not installed");
        }
    }
    out
}

fn queries_of(obligation: &Obligation) -> Vec<Query> {
    let certificate = prove(&obligation.statement).expect("obligations are proved");
    match program_of(obligation) {
        Some((program, claims)) => {
            program_queries(program, claims, Some(&certificate)).unwrap_or_default()
        }
        None => identity_query(&obligation.statement, &certificate)
            .expect("a well-formed statement")
            .into_iter()
            .collect(),
    }
}

/// One obligation of each kind. All of them take minutes: `zktr spec prove --solver z3,cvc5`.
fn sample() -> Vec<Obligation> {
    let wanted = [
        "babybear/add/min",
        "babybear/montgomery/difference/word/select",
        "recurrence/batch-inverse/backward",
        "guard/overlap/64",
        "mersenne31/mersenne/quotient",
        "goldilocks/goldilocks/reduce",
    ];
    let mut sample = obligations::of_spec(&Spec::builtin());
    sample.retain(|o| wanted.contains(&o.name.as_str()));
    assert_eq!(sample.len(), wanted.len());
    sample
}

#[test]
fn solvers_find_no_counterexample_to_what_is_proved() {
    for solver in solvers() {
        for obligation in sample() {
            let queries = queries_of(&obligation);
            assert!(
                !queries.is_empty(),
                "{} is in linear arithmetic",
                obligation.name
            );
            for query in queries {
                let verdict = solver
                    .solve(&query, TIMEOUT, None)
                    .expect("the solver runs");
                let name = &obligation.name;
                assert_eq!(
                    verdict,
                    Verdict::Unsat,
                    "{name}: {:?}\n{}",
                    solver.program,
                    query.text
                );
            }
        }
    }
}

/// A claim that is a little stronger than what is true.
fn too_strong(obligation: &Obligation) -> Obligation {
    let mut wrong = obligation.clone();
    let Statement::Program { claims, .. } = &mut wrong.statement else {
        panic!("{} is no program", obligation.name);
    };
    for claim in claims {
        if let Claim::Range { hi, .. } = claim {
            *hi -= 1;
        }
    }
    wrong
}

#[test]
fn solvers_find_counterexamples_to_what_is_wrong() {
    let babybear = machine(2_013_265_921, 32);
    let idioms = field_idioms("babybear", &babybear);
    let by_name = |name: &str| {
        let found = idioms.iter().find(|o| o.name == name);
        too_strong(found.expect("an idiom of this name"))
    };
    let wrong = [
        overlap_guard(32, 4, false),
        overlap_guard(64, 4, false),
        by_name("babybear/add/min"),
        by_name("babybear/neg/congruent"),
        by_name("babybear/convert/rem32"),
        by_name("babybear/montgomery/reduce"),
    ];
    for solver in solvers() {
        for obligation in &wrong {
            assert!(prove(&obligation.statement).is_err(), "{}", obligation.name);
            let (program, claims) = program_of(obligation).expect("a program");
            let queries = program_queries(program, claims, None).expect("linear arithmetic");
            let models = queries.into_iter().filter(|query| query.exact);
            let verdicts = models.map(|query| solver.solve(&query, TIMEOUT, None));
            let sat = verdicts.flatten().find_map(|verdict| match verdict {
                Verdict::Sat(model) => Some(model),
                _ => None,
            });
            let model = sat.unwrap_or_else(|| panic!("{}: {solver:?}", obligation.name));
            let values = program.run(&model).expect("the assumptions hold");
            let holds = claims.iter().all(|claim| claim.holds(&values, &model));
            assert!(
                !holds,
                "{}: {model:?} is no counterexample",
                obligation.name
            );
        }
    }
}
