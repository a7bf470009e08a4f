//! The pass gives the same result each time, also when its own output is its input.

mod loops_support;

use loops_support::inputs::*;
use loops_support::*;
use zktr_pass::rewrite::Testcase;
use zktr_pass::{Decision, inline};

const INPUTS: [&str; 6] = [
    SCAN,
    CONVERT,
    FINGERPRINT,
    POWERS_FINGERPRINT,
    CONVERT_ROWS,
    BATCH_INVERSE,
];

#[test]
fn the_same_text_each_time() {
    for text in INPUTS {
        let func = function(text);
        let (first, report) = rewritten(&pass(), &func);
        assert!(report.offloaded() > 0);
        for _ in 0..3 {
            let (again, other) = rewritten(&pass(), &func);
            assert_eq!(again.display().to_string(), first.display().to_string());
            assert_eq!(other, report);
        }
    }
}

#[test]
fn real_code_gives_the_same_text_each_time() {
    for file in corpus().filter(|f| f.name.contains("babybear.clang19.O1")) {
        let run = || {
            let mut functions = parse(&file.text);
            inline(&mut functions);
            let pass = pass();
            functions
                .iter()
                .map(|f| rewritten(&pass, f).0.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(run(), run(), "{}", file.name);
    }
}

#[test]
fn one_pass_serves_several_threads() {
    let pass = pass();
    let texts: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    rewritten(&pass, &function(FINGERPRINT))
                        .0
                        .display()
                        .to_string()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("no panic"))
            .collect()
    });
    assert!(texts.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn analysis_changes_nothing() {
    for text in INPUTS {
        let func = function(text);
        let before = func.display().to_string();
        pass().analyse(&func);
        assert_eq!(func.display().to_string(), before);
    }
}

#[test]
fn a_second_run_changes_nothing() {
    // The original loop is still there, as the branch for refusals: it must not be offloaded once more.
    for text in INPUTS {
        let (once, _) = rewritten(&pass(), &function(text));
        let mut twice = once.clone();
        let report = pass().run(&mut twice, &mut Testcase);
        verify(&twice);
        assert_eq!(report.offloaded(), 0, "{report}");
        assert_eq!(twice.display().to_string(), once.display().to_string());
    }
}

#[test]
fn a_second_run_on_parsed_text_changes_nothing() {
    for text in INPUTS {
        let (once, _) = rewritten(&pass(), &function(text));
        let once = parse(&once.display().to_string()).remove(0);
        let mut twice = once.clone();
        let report = pass().run(&mut twice, &mut Testcase);
        assert_eq!(report.offloaded(), 0, "{report}");
        assert_eq!(twice.display().to_string(), once.display().to_string());
    }
}

#[test]
fn a_new_loop_beside_a_rewritten_one_is_still_offloaded() {
    // Leaving rewritten loops alone must not mean to leave the whole function alone.
    let two = edited(
        SCAN,
        &[(
            "block2:",
            "block2:\n    jump block3(v4, v0, v1)\nblock3(v30: i64, v31: i64, v32: i64):\n    v37 = iconst.i32 {rr}\n    v34 = load.i32 notrap aligned v32\n    v35 = MUL v34, v37\n    store notrap aligned v35, v31\n    v40 = iadd v30, v6\n    v41 = iadd v31, v5\n    v42 = iadd v32, v5\n    v43 = icmp ult v40, v3\n    brif v43, block3(v40, v41, v42), block4\nblock4:",
        )],
    );
    let func = function(&two);
    let (_, report) = rewritten(&pass(), &func);
    let plans: Vec<_> = report.plans().cloned().collect();
    assert_eq!(plans.len(), 2, "{report}");
    let mut first_only = func.clone();
    zktr_pass::rewrite::apply(
        &mut first_only,
        pass().spec(),
        &plans[0],
        &mut Testcase,
        Default::default(),
    )
    .expect("it fits");
    let (_, rest) = rewritten(&pass(), &first_only);
    let second = rest
        .remarks
        .iter()
        .find(|r| r.header == report.remarks[1].header)
        .expect("it is still a loop");
    assert!(
        matches!(second.decision, Decision::Offloaded { .. }),
        "{rest}"
    );
}

#[test]
fn a_loop_behind_a_rewritten_one_uses_its_pointers() {
    // The second plan was made before the first was carried out.
    let two = edited(
        SCAN,
        &[
            (
                "v15), block2\nblock2:",
                "v15), block3(v4, v21, v22, v15)\nblock3(v30: i64, v31: i64, v32: i64, v33: i32):\n    v34 = load.i32 notrap aligned v32\n    v35 = ADD v33, v34\n    store notrap aligned v35, v31\n    v40 = iadd v30, v6\n    v41 = iadd v31, v5\n    v42 = iadd v32, v5\n    v43 = icmp ult v40, v3\n    brif v43, block3(v40, v41, v42, v35), block2\nblock2:",
            ),
            ("return v15", "return v35"),
        ],
    );
    assert_eq!(
        offloaded(&pass(), &function(&two)),
        ["zktr.scan sum babybear"; 2]
    );
}
