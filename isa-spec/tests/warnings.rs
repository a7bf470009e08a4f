//! What `zktr spec check` warns about.

use std::fmt::Write as _;
use std::sync::Arc;
use zktr_isa::span::{Diagnostic, Severity, Source};
use zktr_isa::{Parameters, Spec};

fn check(text: &str, parameters: &Parameters) -> Vec<Diagnostic> {
    let source = Source::new("test.toml", text);
    let (_, warnings) = Spec::check(std::slice::from_ref(&source), parameters)
        .unwrap_or_else(|errors| panic!("{}", errors[0]));
    let of_file = |warning: &Diagnostic| {
        let span = warning.span.as_ref();
        span.is_some_and(|span| Arc::ptr_eq(&span.source, &source))
    };
    warnings.into_iter().filter(of_file).collect()
}

#[test]
fn the_built_in_files_have_no_warnings_but_for_neighbours() {
    let mut out = String::new();
    for (value, _) in &Spec::builtin().parameters[0].values {
        let parameters = Parameters::default().with("major", value);
        let (_, warnings) = Spec::check(&[], &parameters).unwrap();
        let _ = writeln!(out, "==== {value}");
        for warning in warnings {
            assert_eq!(warning.severity, Severity::Warning);
            let _ = writeln!(out, "{}", warning.message);
            for (note, _) in &warning.notes {
                assert!(
                    note.starts_with("known from") || note.starts_with("so do"),
                    "{note}"
                );
            }
        }
    }
    insta::assert_snapshot!(out);
}

/// A file with an instruction, and a condition under which it refuses.
fn with_refusals(fields: &str, refusals: &[&str]) -> String {
    let refusals: Vec<String> = refusals
        .iter()
        .map(|unless| format!("{{ unless = \"{unless}\", status = \"shape\" }}"))
        .collect();
    format!(
        "[extension]\nname = \"Xt\"\nversion = \"1.0\"\n[descriptor.t]\nsize = 64\nfields = [\n{fields}\n\
         {{ name = \"out\", at = 16, type = \"view<base, n>\", access = \"write\" }},\n]\n\
         [inst.\"t.run\"]\ntitle = \"T\"\nencoding = {{ format = \"rocc\", funct7 = 0x55 }}\n\
         operands = {{ rd = \"status\", rs1 = \"descriptor t\", rs2 = \"count n\" }}\n\
         refuse = [{}]\nsem = \"for i < n {{ out[i] = 1; }}\"\n",
        refusals.join(", ")
    )
}

#[test]
fn refusals_that_never_or_always_happen_are_found() {
    let k = "{ name = \"k\", at = 4, type = \"u32\", max = 64, status = \"shape\" },\
             { name = \"b\", at = 8, type = \"u8\" }, { name = \"v\", at = 9, type = \"u8\", value = 3, status = \"shape\" },";
    const NEVER: &str = "this refusal never happens: its condition always holds here";
    const ALWAYS: &str = "every operation is refused here: the condition can never hold";
    for (refusals, expected) in [
        (&["k <= b"][..], &[][..]),
        (&["k < 65", "b < 9"], &[NEVER]),
        (&["k <= 64", "b < 9"], &[NEVER]),
        (&["k < 64", "b < 9"], &[]),
        (&["65 <= k", "b < 9"], &[ALWAYS]),
        (&["b <= 255", "k < 9"], &[NEVER]),
        (&["v == 3", "b < k"], &[NEVER]),
        (&["v != 3", "b < k"], &[ALWAYS]),
        (&["k + b < 1000"], &[NEVER]),
        (&["k * 2 <= 100", "b < 9"], &[]),
        (&["(k < 10) & (b < 300)"], &[]),
        (&["(k < 10) | (b < 300)"], &[NEVER]),
        (&["!(k < 10) & !(b < 300)"], &[ALWAYS]),
        // A condition narrows what is behind it.
        (&["k < 10", "k < 20", "b < 9"], &[NEVER]),
        (&["k < 10", "20 < k", "b < 9"], &[ALWAYS]),
        (&["k < 10", "k < 5", "b < 9"], &[]),
        (&["k < b", "b < 1"], &[ALWAYS]),
        (&["k == v", "k == 3", "b < 9"], &[NEVER]),
        (&["n < 4", "n < 8", "k < b"], &[NEVER]),
        (&["n <= n", "k < b"], &[NEVER]),
        (&["n < n", "k < b"], &[ALWAYS]),
    ] {
        let found = check(&with_refusals(k, refusals), &Parameters::default());
        let found: Vec<&str> = found
            .iter()
            .map(|warning| warning.message.as_str())
            .filter(|message| !message.contains("shares words"))
            .collect();
        assert_eq!(found, expected, "{refusals:?}");
    }
}

#[test]
fn a_warning_points_at_its_place() {
    let text = "[extension]\nname = \"Xn\"\nversion = \"1.0\"\n[inst.\"n.first\"]\ntitle = \"First\"\n\
        encoding = { format = \"R\", opcode = 0x7B, funct7 = 0, funct3 = 6 }\nsem = \"rd = rs1;\"\n\
        [inst.\"n.second\"]\ntitle = \"Second\"\n\
        encoding = { format = \"R\", opcode = 0x7B, funct7 = 0, funct3 = 7 }\n\
        operands = { rs1 = { is = \"read\", exclude = [0, 1, 2] } }\nsem = \"rd = rs2;\"\n\
        [status]\nlost = { code = 60, phase = \"check\", doc = \"Lost.\" }\n\
        [encoding.Q]\nbits = \"funct7 rs2 rs1 funct3 rd opcode\"\noperands = [\"rd\"]\n\
        [field]\nunheard = { modulus = 97 }\n[constant]\nNOTHING = 5\n\
        [csr]\n\"n.mine\" = { number = 0x800 }\n";
    let mut out = String::new();
    for warning in check(text, &Parameters::default().with("major", "custom-1")) {
        let _ = writeln!(out, "{warning}");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn wrong_neighbours_are_errors() {
    for (text, expected) in [
        ("vendor = \"V\"", "missing key `source`"),
        (
            "vendor = \"V\"\nsource = \"S\"\nwords = { a = \"7b\" }",
            "a pattern is \"match/mask\"",
        ),
        (
            "vendor = \"V\"\nsource = \"S\"\nwords = { a = \"7b/7g\" }",
            "a pattern is \"match/mask\"",
        ),
        (
            "vendor = \"V\"\nsource = \"S\"\nwords = { a = \"7b/3b\" }",
            "the mask has all bits of the match",
        ),
        (
            "vendor = \"V\"\nsource = \"S\"\nwords = { a = \"17b000000/fffffffff\" }",
            "a pattern is",
        ),
        ("vendor = \"V\"\nsource = \"S\"\nxlen = [16]", "xlen"),
        (
            "vendor = \"V\"\nsource = \"S\"\ncsrs = { a = 4096 }",
            "4096",
        ),
        ("vendor = \"V\"\nsource = \"S\"\ncolour = 1", "colour"),
    ] {
        let source = Source::new("test.toml", format!("[neighbour.Xv]\n{text}\n"));
        let errors = Spec::check(&[source], &Parameters::default()).unwrap_err();
        let shown: String = errors.iter().map(ToString::to_string).collect();
        assert!(shown.contains(expected), "{text}: {shown}");
    }
}
