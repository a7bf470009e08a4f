//! What the coverage matrix counts as offloaded is executed by units: for each function of it that is rewritten, there are inputs
//! on which every operation is accepted. A plan that its unit always refuses would be right, and worth nothing.

use cranelift_reader::parse_functions;
use std::path::PathBuf;
use std::sync::Arc;
use zktr::diff::campaign::{CampaignOptions, campaign};
use zktr::diff::engines::EngineOptions;
use zktr::diff::prepare;
use zktr_isa::Spec;
use zktr_pass::{Movement, Options, Pass};

/// Inputs that are tried for each function; the first that is accepted ends the search.
const CASES: [u64; 3] = [4, 32, 512];

#[test]
fn every_offloaded_function_of_the_matrix_is_executed_by_units() {
    let spec = Spec::builtin();
    let pass = Pass::new(
        Arc::clone(&spec),
        Options {
            movement: Movement::Offload,
            ..Options::default()
        },
    );
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/matrix/clif");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the matrix")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let (mut accepted, mut never) = (0, Vec::new());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("text");
        let functions = parse_functions(&text).expect("valid CLIF");
        // Calls of helpers would need the whole file.
        for func in functions.iter().filter(|f| f.dfg.ext_funcs.is_empty()) {
            let name = format!("{}: {}", path.display(), func.name);
            let prepared = prepare(&spec, &pass, vec![func.clone()]).expect(&name);
            let Some(subject) = prepared.subject(0) else {
                continue;
            };
            let is_accepted = CASES.into_iter().any(|cases| {
                let options = CampaignOptions {
                    cases,
                    engines: EngineOptions {
                        jit: false,
                        rv64: false,
                        ..EngineOptions::default()
                    },
                    ..CampaignOptions::default()
                };
                let (tally, difference) = campaign(&spec, &subject, &options).expect(&name);
                assert!(difference.is_none(), "{name}: {difference:?}");
                tally.offloaded > 0
            });
            match is_accepted {
                true => accepted += 1,
                false => never.push(name),
            }
        }
    }
    assert!(never.is_empty(), "never accepted: {never:#?}");
    assert!(accepted > 600, "{accepted} functions");
}
