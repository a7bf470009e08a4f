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

#[test]
fn the_example_of_the_documentation_loads() {
    let text = include_str!("../../docs/trace-schema.md");
    let start = text.find("```toml\n").unwrap() + "```toml\n".len();
    let end = start + text[start..].find("```").unwrap();
    let spec = load(&text[start..end]).unwrap_or_else(|messages| panic!("{messages}"));
    let (_, table) = spec.trace().table("load_address").unwrap();
    assert_eq!(table.width(), 9);
    assert_eq!(table.cell_name(3), "bit[2]");
}

/// A table with these parts replaced.
fn table(columns: &str, rules: &str) -> String {
    format!(
        "[trace.bus]\nb = {{ fields = \"x y[2]\" }}\n[trace.table.t]\nrows = \"instruction\"\ncolumns = [{columns}]\n\
         rules = \"\"\"\n{rules}\n\"\"\"\n"
    )
}

/// Wrong schemas: where the message points, and what it says.
#[test]
fn wrong_schemas_are_refused() {
    const BOTH: &str = "send(b, x, y); receive(b, x, y);";
    const XY: &str = "{ name = \"x\", is = \"pc\" }, { name = \"y\", size = 2, is = \"i\" }";
    assert_eq!(load(&table(XY, BOTH)).err(), None);
    let column = |is: &str| {
        format!("{{ name = \"x\", is = \"{is}\" }}, {{ name = \"y\", size = 2, is = \"i\" }}")
    };
    let with = |rule: &str| format!("{BOTH}\n{rule}");
    for (columns, rules, at, message) in [
        (
            column("cp"),
            BOTH.to_owned(),
            "cp",
            "unknown signal or name `cp`",
        ),
        (
            column("cell(y[0])"),
            BOTH.to_owned(),
            "y[0]",
            "unknown column `y`",
        ),
        (
            column("cell(x)"),
            BOTH.to_owned(),
            "x",
            "this cell is not filled yet",
        ),
        (
            column("pc == 1"),
            BOTH.to_owned(),
            "pc == 1",
            "this is a truth value; a word is needed",
        ),
        (
            column("flag(pc)"),
            BOTH.to_owned(),
            "pc",
            "this is a word; a truth value is needed",
        ),
        (
            column("flag(is(addd))"),
            BOTH.to_owned(),
            "addd",
            "unknown instruction `addd`",
        ),
        (
            column("i"),
            BOTH.to_owned(),
            "i",
            "unknown signal or name `i`",
        ),
        (
            column("sum(j < pc) { j }"),
            BOTH.to_owned(),
            "pc",
            "the bound of a sum has to be known",
        ),
        (
            column("sum(j < 65) { j }"),
            BOTH.to_owned(),
            "65",
            "the bound of a sum has to be from 0 to 64",
        ),
        (
            column("byte(pc)"),
            BOTH.to_owned(),
            "byte",
            "wrong arguments of `byte`",
        ),
        (
            XY.to_owned(),
            with("assert(x * x * y[0] * y[1] == 0);"),
            "assert(x * x * y[0] * y[1] == 0);",
            "this constraint has degree 4",
        ),
        (
            XY.to_owned(),
            with("assert(x == y);"),
            "y",
            "`y` is an array of 2 cells",
        ),
        (
            XY.to_owned(),
            with("assert(x == y[2]);"),
            "2",
            "this index has to be from 0 to 1",
        ),
        (
            XY.to_owned(),
            with("assert(z == 1);"),
            "z",
            "unknown column or name `z`",
        ),
        (
            XY.to_owned(),
            with("assert(1 == 1);"),
            "assert(1 == 1);",
            "no cell occurs in this constraint",
        ),
        (
            XY.to_owned(),
            with("assert(x);"),
            "x",
            "`assert` takes an equation",
        ),
        (
            XY.to_owned(),
            with("assert(x == next(next(x)));"),
            "next(x)",
            "only one row ahead",
        ),
        (
            XY.to_owned(),
            with("assert(x == y[0] / 2);"),
            "y[0] / 2",
            "polynomials have only",
        ),
        (
            XY.to_owned(),
            with("send(c, x, y);"),
            "c",
            "unknown bus `c`",
        ),
        (
            XY.to_owned(),
            with("send(b, x);"),
            "send(b, x);",
            "a message of bus `b` has 3 elements, this one has 1",
        ),
        (
            XY.to_owned(),
            with("send(b, x * x, y);"),
            "x * x",
            "an element of a message has to be affine",
        ),
        (
            XY.to_owned(),
            with("if x * x { send(b, x, y); }"),
            "send(b, x, y);",
            "a multiplicity has to be affine",
        ),
        (
            XY.to_owned(),
            with("if row.first { send(b, x, y); }"),
            "send(b, x, y);",
            "messages cannot depend on the place",
        ),
        (
            XY.to_owned(),
            with("if row.second { bool(x); }"),
            "second",
            "unknown row `second`",
        ),
        (
            XY.to_owned(),
            with("let x = 1;"),
            "x",
            "`x` has a meaning already",
        ),
        (
            XY.to_owned(),
            with("x = 1;"),
            "x = 1;",
            "rules are `assert`",
        ),
        (
            XY.to_owned(),
            "send(b, x, y);".to_owned(),
            "b",
            "no table receives from bus `b`",
        ),
        (
            format!("{XY}, {{ name = \"z\", is = \"pc\" }}"),
            BOTH.to_owned(),
            "\"z\"",
            "`z` of table `t` occurs in no constraint",
        ),
        (
            format!("{XY}, {{ name = \"x\", is = \"pc\" }}"),
            BOTH.to_owned(),
            "\"x\"",
            "another column has it",
        ),
        (
            format!("{XY}, {{ name = \"m\", count = true }}"),
            with("bool(m);"),
            "\"m\"",
            "a column that counts is the multiplicity of one `receive`",
        ),
        (
            format!("{XY}, {{ name = \"m\", count = true }}"),
            "if m { receive(b, x, y); } if x + m { send(b, x, y); }".to_owned(),
            "t",
            "table `t` cannot be filled: its rows or multiplicities depend on themselves",
        ),
    ] {
        let text = table(&columns, &rules);
        let source = Source::new("test.toml", text.as_str());
        let messages = Spec::load(&[source]).expect_err(&text);
        let found = messages.iter().any(|diagnostic| {
            let span = diagnostic.span.as_ref();
            let place = span.and_then(|span| span.source.text.get(span.range.clone()));
            diagnostic.message.contains(message) && place == Some(at)
        });
        assert!(found, "{message} at `{at}` expected:\n{}", messages[0]);
        assert_eq!(messages.len(), 1, "{messages:#?}");
    }
}

#[test]
fn hostile_schemas_are_refused_in_bounded_time() {
    let doubling: String = (0..200)
        .map(|n| format!("let v{} = v{n} + v{n};", n + 1))
        .collect();
    let long: String = (1..9000)
        .map(|n| {
            format!(
                "let w{n} = {} + x;",
                if n == 1 {
                    "x".to_owned()
                } else {
                    format!("w{}", n - 1)
                }
            )
        })
        .collect();
    for (rules, message) in [
        (format!("let v0 = x; {doubling} send(b, v200, y); receive(b, x, y);"), "too large"),
        (format!("{long} send(b, x, y); receive(b, x, y);"), "too large"),
        (
            "for i < 64 { for j < 64 { for k < 64 { for l < 64 { bool(x); } } } } send(b, x, y); receive(b, x, y);".to_owned(),
            "too large",
        ),
    ] {
        let text = table("{ name = \"x\", is = \"pc\" }, { name = \"y\", size = 2, is = \"i\" }", &rules);
        let messages = load(&text).expect_err("refused");
        assert!(messages.contains(message), "{messages}");
    }
}
