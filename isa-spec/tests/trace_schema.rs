//! The trace schema: the built-in one, and what the loader refuses.

use std::fmt::Write as _;
use zktr_isa::Spec;
use zktr_isa::span::Source;

fn load(text: &str) -> Result<std::sync::Arc<Spec>, String> {
    Spec::load(&[Source::new("test.toml", text)]).map_err(|messages| {
        let shown: Vec<String> = messages.iter().map(ToString::to_string).collect();
        shown.join("\n")
    })
}

/// The shape of every table; a change of it is a change of the interface to provers.
#[test]
fn shape_of_the_tables() {
    let spec = load("").unwrap_or_else(|messages| panic!("{messages}"));
    let schema = spec.trace();
    let mut out = String::new();
    for table in &schema.tables {
        let degree = table
            .constraints
            .iter()
            .map(|c| c.degree)
            .max()
            .unwrap_or(0);
        let _ = writeln!(
            out,
            "{:<12} {:?}: {} cells, {} constraints of degree up to {degree}, {} interactions",
            table.name,
            table.knowledge,
            table.width(),
            table.constraints.len(),
            table.interactions.len(),
        );
    }
    insta::assert_snapshot!(out);
}
