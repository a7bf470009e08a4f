//! From how many iterations on a rewrite pays: the guard follows the costs, and loops that never run that often stay.

mod loops_support;

use loops_support::inputs::*;
use loops_support::*;
use zktr_isa::Spec;
use zktr_pass::{CostModel, Movement, Options, Pass, Reason};

fn pass_with(costs: CostModel) -> Pass {
    let options = Options {
        explain: true,
        verify: true,
        profit: Some(costs),
        ..Options::default()
    };
    Pass::new(Spec::builtin(), options)
}

/// A host of which nothing costs anything but iterations: ten each, against `start` and nothing for each word.
fn iterations_only(start: u32) -> CostModel {
    CostModel {
        integer: 0,
        multiplication: 0,
        division: 0,
        load: 0,
        store: 0,
        branch: 10,
        call: 0,
        start,
        element: 0,
        wide_element: 0,
        integer_element: 0,
        indexed_element: 0,
        compared_element: 0,
    }
}

/// What `FINGERPRINT` is called with.
fn fingerprint(rows: u64, columns: u64) -> Vec<(u32, u64)> {
    vec![
        (0, 1 << 20),
        (1, 1 << 30),
        (2, 1 << 32),
        (3, 7),
        (4, rows),
        (5, columns),
    ]
}

#[test]
fn the_guard_is_where_the_iterations_outweigh_the_start() {
    let func = function(SCAN);
    for (start, least) in [(1, 1), (10, 1), (11, 2), (990, 99), (991, 100)] {
        let plan = plan(&pass_with(iterations_only(start)), &func);
        assert!(holds(&plan, &[(3, least)]), "{start}");
        assert!(!holds(&plan, &[(3, least - 1)]), "{start}");
    }
    // Words cost as much as iterations save: it never pays.
    let dear = CostModel {
        element: 5,
        ..iterations_only(1)
    };
    assert_eq!(
        reasons(&pass_with(dear), &func),
        [Reason::Unprofitable].into()
    );
}

#[test]
fn rows_and_columns_count_as_iterations_of_the_inner_loop() {
    let func = function(FINGERPRINT);
    let plan = plan(&pass_with(iterations_only(1000)), &func);
    let rows = |n, w| holds(&plan, &fingerprint(n, w));
    // 10 n for the rows and 10 n w for their columns.
    assert!(rows(1, 99) && rows(50, 1) && rows(10, 9));
    assert!(!rows(1, 98) && !rows(49, 1) && !rows(9, 9));
}

#[test]
fn a_constant_count_is_decided_at_once() {
    let short = edited(
        SCAN,
        &[
            (
                "    v6 = iconst.i64 1\n",
                "    v6 = iconst.i64 1\n    v7 = iconst.i64 4\n",
            ),
            ("icmp ult v20, v3", "icmp ult v20, v7"),
        ],
    );
    let func = function(&short);
    assert_eq!(offloaded(&pass_with(iterations_only(40)), &func).len(), 1);
    let too_dear = pass_with(iterations_only(41));
    assert_eq!(reasons(&too_dear, &func), [Reason::Unprofitable].into());
}

#[test]
fn the_accelerator_pays_from_fewer_rows_on_than_its_software() {
    let hardware = CostModel::hardware(&Spec::builtin());
    for text in [SCAN, FINGERPRINT] {
        let func = function(text);
        let least = |costs: CostModel| {
            let plan = plan(&pass_with(costs), &func);
            (0..100_000).find(|&n| {
                holds(
                    &plan,
                    &match text {
                        SCAN => vec![(3, n)],
                        _ => fingerprint(n, 8),
                    },
                )
            })
        };
        let (hardware, software) = (least(hardware.clone()), least(CostModel::software()));
        assert!(hardware.is_some_and(|n| n > 0 && n <= 16), "{hardware:?}");
        assert!(software > hardware, "{software:?}");
    }
}

/// What `cargo bench --bench gain` has measured to be slower in software whatever the number of rows is, stays there. The
/// accelerator takes it.
#[test]
fn comparisons_pay_on_the_accelerator_only() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/corpus/matrix/clif/babybear-m.O2.clif"
    );
    let file = CorpusFile {
        name: String::new(),
        text: std::fs::read_to_string(path).expect("a file of the matrix"),
    };
    let (names, mut functions) = (file.exports(), parse(&file.text));
    zktr_pass::inline(&mut functions);
    let [hardware, software] =
        [CostModel::hardware(&Spec::builtin()), CostModel::software()].map(|costs| {
            let options = Options {
                profit: Some(costs),
                movement: Movement::Offload,
                ..Options::default()
            };
            Pass::new(Spec::builtin(), options)
        });
    let mut compared = 0;
    for (name, func) in names.iter().zip(&functions) {
        let compares = ["i03_onehot", "i04_delta", "i06_differ"].contains(&name.as_str());
        if compares || ["i09_fingerprint", "i10_batch", "i01_limbs"].contains(&name.as_str()) {
            assert!(!offloaded(&hardware, func).is_empty(), "{name}");
            assert_eq!(offloaded(&software, func).is_empty(), compares, "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 6);
}
