//! Forgeries, and what catches each of them. The list is `docs/forgeries.md`, which this test regenerates and compares.
//!
//! - Cells: wrong values in every column of every table. Caught by a constraint of the table's or by a bus that does not balance.
//! - Machines: a run that did something else, recorded and filled as if it were right. The claim, the tables and the proof are
//!   made for it, so that nothing but the tables can tell.
//! - Claims and chains: what the verifier computes on its own.
//! - Proofs: each part of a right one is changed.
//!
//! `ZKTR_FORGERIES=1` has each forged machine proved by the real prover, and refused by the verifier; without it, some.

#[path = "../../emulator/tests/trace_support/mod.rs"]
mod trace_support;

mod forged;
mod runs;

use std::fmt::Write as _;
use std::path::Path;

/// How the file begins.
const HEAD: &str = "\
# Forgeries

What catches which forgery. This file is written by `ZKTR_UPDATE=1 cargo test -p zktr-prove --test forgeries`, and the same test compares it; what is not caught fails the
test. What the tables are, and why they prove a run, is in [the schema](trace-schema.md); what is proved, and who computes what, in [proofs of runs](proving.md).
";

#[test]
fn every_forgery_is_caught() {
    let mut text = HEAD.to_owned();
    let parts = [
        (
            "Cells",
            "Wrong values (0, 1, neighbours, the negative, a random one) in rows of a run that uses all tables. All that are tried are caught; named are all constraints and buses that have \
             caught at least one of them in that column. Cells that the verifier computes itself are not the forger's to choose.",
            forged::cells::table(),
        ),
        (
            "Machines",
            "A run that did something else, with a claim, tables and a proof that are made for it. The third column is what the verifier says of the proof.",
            forged::machines::table(),
        ),
        (
            "Claims and chains",
            "Claims that are changed after the proof was made, and proofs in another order, of other runs, or too few of them.",
            forged::claims::table(),
        ),
        (
            "Proofs",
            "Parts of a right proof are changed.",
            forged::parts::table(),
        ),
    ];
    for (name, about, table) in parts {
        let _ = write!(text, "\n## {name}\n\n{about}\n\n{table}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/forgeries.md");
    if std::env::var_os("ZKTR_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (at, (kept, now)) in kept.lines().zip(text.lines()).enumerate() {
        assert_eq!(kept, now, "line {} of docs/forgeries.md", at + 1);
    }
    assert_eq!(
        kept.len(),
        text.len(),
        "docs/forgeries.md: ZKTR_UPDATE=1 writes it"
    );
}
