//! Spec files that are refused, each with its messages: the snapshot shows them side by side.

use std::fmt::Write as _;
use zktr_isa::span::Source;
use zktr_isa::{Parameters, Spec};

/// A complete extension, in which a case replaces a part.
const GOOD: &str = r#"
[extension]
name    = "Xtest"
version = "1.0"

[descriptor.saxpy]
size = 192
fields = [
  { name = "k",   at = 4,  type = "u32", max = 8, status = "shape" },
  { name = "w",   at = 8,  type = "felt<ext>" },
  { name = "out", at = 56, type = "view<ext, n>", access = "write" },
  { name = "a",   at = 80, type = "view<base, n, k>", access = "read" },
  { name = "b",   at = 104, type = "view<ext, n>", access = "read" },
]

[inst."test.saxpy"]
title    = "Weighted sum"
encoding = { format = "rocc", funct7 = 0x40 }
operands = { rd = "status", rs1 = "descriptor saxpy", rs2 = "count n" }
in-place = ["out = b"]
sem      = """
for i < n { out[i] = w * sum(j < k) { a[i, j] } + b[i]; }
"""

[inst."test.add"]
title    = "A sum of two words"
encoding = { format = "R", opcode = "major", funct7 = 0x41, funct3 = 7 }
sem      = "rd = rs1 + rs2;"
"#;

/// Each case: why the file is refused, what is replaced, by what.
const CASES: &[(&str, &str, &str)] = &[
    // ---- the file ----
    ("no TOML", "[extension]", "[extension"),
    (
        "unknown section",
        "[descriptor.saxpy]",
        "[descriptors.saxpy]",
    ),
    (
        "unknown key",
        "title    = \"Weighted sum\"",
        "titel = \"Weighted sum\"",
    ),
    (
        "a key twice",
        "version = \"1.0\"",
        "version = \"1.0\"\nversion = \"1.1\"",
    ),
    (
        "wrong type of a value",
        "title    = \"Weighted sum\"",
        "title = 5",
    ),
    (
        "missing key",
        "encoding = { format = \"rocc\", funct7 = 0x40 }\n",
        "",
    ),
    (
        "no extension",
        "[extension]\nname    = \"Xtest\"\nversion = \"1.0\"",
        "",
    ),
    ("version that is none", "\"1.0\"", "\"one\""),
    (
        "extension of the same name as a built-in one",
        "Xtest",
        "Xzktr",
    ),
    // ---- encodings ----
    (
        "overlap with a built-in instruction",
        "funct7 = 0x40",
        "funct7 = 0x09",
    ),
    ("overlap within the file", "funct7 = 0x40", "funct7 = 0x41"),
    (
        "overlap although values are excluded",
        "\"R\", opcode = \"major\", funct7 = 0x41, funct3 = 7 }",
        "\"R\", opcode = \"OP\", funct7 = 0, funct3 = 0 }\noperands = { rd = { is = \"write\", exclude = [0, 1] } }",
    ),
    ("unknown encoding format", "\"rocc\"", "\"rock\""),
    (
        "unknown field of a format",
        "funct7 = 0x40",
        "funct8 = 0x40",
    ),
    (
        "value too large for its field",
        "funct7 = 0x40",
        "funct7 = 0x80",
    ),
    (
        "huge number",
        "funct7 = 0x40",
        "funct7 = 99999999999999999999999999999999999999999999999999",
    ),
    (
        "unknown constant",
        "opcode = \"major\"",
        "opcode = \"mayor\"",
    ),
    ("field without a value", ", funct3 = 7", ""),
    (
        "length of the word against its lowest bits",
        "opcode = \"major\"",
        "opcode = 0x32",
    ),
    (
        "a rocc operand that is neither described nor fixed",
        ", rs2 = \"count n\" }",
        " }",
    ),
    (
        "operand that does not exist",
        "rs2 = \"count n\"",
        "rs3 = \"count n\", rs2 = \"read\"",
    ),
    (
        "operand with a fixed value",
        "funct7 = 0x40 }",
        "funct7 = 0x40, rs2 = 0 }",
    ),
    (
        "unknown kind of operand",
        "rd = \"status\"",
        "rd = \"statsu\"",
    ),
    ("mnemonic with upper-case letters", "test.add", "test.Add"),
    ("mnemonic that exists", "\"test.add\"", "\"addi\""),
    (
        "XLEN that does not exist",
        "sem      = \"rd = rs1 + rs2;\"",
        "xlen = [48]\nsem = \"rd = rs1;\"",
    ),
    // ---- descriptors ----
    ("overlapping fields", "at = 80", "at = 72"),
    ("misaligned field", "at = 80", "at = 84"),
    ("field beyond the end", "size = 192", "size = 64"),
    (
        "size that is no multiple of the alignment",
        "size = 192",
        "size = 184",
    ),
    ("field twice", "name = \"b\", ", "name = \"a\", "),
    ("field without use", "+ b[i]", ""),
    ("unknown type", "\"felt<ext>\"", "\"felt<extension>\""),
    (
        "unknown element type",
        "view<base, n, k>",
        "view<byte, n, k>",
    ),
    (
        "view without access",
        ", access = \"read\" },\n  { name = \"b\"",
        " },\n  { name = \"b\"",
    ),
    ("bound without a status", ", status = \"shape\"", ""),
    (
        "unknown status",
        "status = \"shape\"",
        "status = \"shapes\"",
    ),
    (
        "unknown descriptor",
        "descriptor saxpy\"",
        "descriptor daxpy\"",
    ),
    (
        "extent that is no count of the instruction",
        "\"count n\"",
        "\"count m\"",
    ),
    (
        "fields out of order",
        "{ name = \"k\",   at = 4,",
        "{ name = \"k\",   at = 128,",
    ),
    ("reserved word as a name", "name = \"w\"", "name = \"for\""),
    // ---- meanings ----
    ("unbound name", "w * sum", "v * sum"),
    ("unknown function", "sum(j < k) { a[i, j] }", "invers(w)"),
    ("name bound twice", "for i < n {", "for w < n {"),
    (
        "shadowing",
        "sum(j < k) { a[i, j] }",
        "sum(i < k) { a[i, i] }",
    ),
    ("wrong rank", "a[i, j]", "a[i]"),
    (
        "index that is not proved: another extent",
        "a[i, j]",
        "a[j, i]",
    ),
    (
        "index that is not proved: an offset",
        "+ b[i]",
        "+ b[i + 1]",
    ),
    (
        "index that is not proved: a literal",
        "+ b[i]; }",
        "+ b[i]; }\nif k < 5 { for j < k { let x = b[0]; } }",
    ),
    ("read of a written view", "+ b[i]", "+ b[i] + out[i]"),
    ("write of a read view", "out[i] = w", "b[i] = w"),
    (
        "written view that is not written",
        "out[i] = w * sum(j < k) { a[i, j] } + b[i];",
        "let x = w * sum(j < k) { a[i, j] } + b[i];",
    ),
    (
        "extension element into a base view",
        "view<ext, n>\", access = \"write\"",
        "view<base, n>\", access = \"write\"",
    ),
    ("a word as a field element", "+ b[i]", "+ b[i] * i"),
    ("integers that are subtracted", "a[i, j]", "a[i - 1, j]"),
    (
        "assignment without carry",
        "sum(j < k) { a[i, j] } + b[i];",
        "sum(j < k) { a[i, j] } + b[i]; let s = w; s = w;",
    ),
    (
        "status assigned by the meaning",
        "\nfor i < n",
        "\nrd = status.ok; for i < n",
    ),
    ("field used as a view", "+ b[i]", "+ w[i]"),
    ("view without an index", "+ b[i]", "+ b"),
    (
        "operand that is not written",
        "rd = rs1 + rs2;",
        "let x = rs1 + rs2;",
    ),
    (
        "operand that is not written on every path",
        "rd = rs1 + rs2;",
        "if rs1 == rs2 { rd = rs1; }",
    ),
    (
        "operand that is written twice",
        "rd = rs1 + rs2;",
        "rd = rs1; rd = rs2;",
    ),
    (
        "operand that is only read",
        "rd = rs1 + rs2;",
        "rd = rs1; rs2 = rs1;",
    ),
    (
        "widths that differ",
        "rd = rs1 + rs2;",
        "rd = rs1 + trunc(rs2, 32);",
    ),
    (
        "width that fits one XLEN only",
        "rd = rs1 + rs2;",
        "rd = mem64[rs1] + rs2;",
    ),
    (
        "extension to fewer bits",
        "rd = rs1 + rs2;",
        "rd = rs1 + zext(sext(rs2, 128), XLEN);",
    ),
    (
        "literal that does not fit",
        "rd = rs1 + rs2;",
        "rd = rs1 + 0x1_0000_0000;",
    ),
    (
        "truth value as a word",
        "rd = rs1 + rs2;",
        "rd = rs1 == rs2;",
    ),
    ("syntax error", "rd = rs1 + rs2;", "rd = rs1 + ;"),
    ("unknown character", "rd = rs1 + rs2;", "rd = rs1 @ rs2;"),
    ("unknown effect", "rd = rs1 + rs2;", "rd = rs1; ecal();"),
    (
        "unknown status in a meaning",
        "rd = rs1 + rs2;",
        "rd = status.okay;",
    ),
    (
        "several errors in one text",
        "rd = rs1 + rs2;",
        "let x = foo; let y = x + bar; rd = rs1 + rs3;",
    ),
    (
        "sem and modes",
        "sem      = \"rd = rs1 + rs2;\"",
        "sem = \"rd = rs1;\"\n[inst.\"test.add\".modes.x]\ncode = 0\nsem = \"rd = rs1;\"",
    ),
    (
        "modes without a mode field",
        "sem      = \"rd = rs1 + rs2;\"",
        "[inst.\"test.add\".modes.x]\ncode = 0\nsem = \"rd = rs1;\"",
    ),
    (
        "modes with one code",
        "sem      = \"\"\"\nfor i < n { out[i] = w * sum(j < k) { a[i, j] } + b[i]; }\n\"\"\"",
        "modes.x = { code = 1, sem = \"for i < n { out[i] = w * sum(j < k) { a[i, j] } + b[i]; }\" }\nmodes.y = { code = 1, sem = \"for i < n { out[i] = w + b[i]; }\" }",
    ),
    // ---- refusals ----
    (
        "exception for views that do not exist",
        "out = b",
        "out = c",
    ),
    ("exception for different shapes", "out = b", "out = a"),
    (
        "refusal with a status of the wrong phase",
        "in-place = [\"out = b\"]",
        "refuse = [{ unless = \"k < 5\", status = \"range\" }]",
    ),
    (
        "refusal on a region that is no view",
        "in-place = [\"out = b\"]",
        "refuse = [{ unless = \"disjoint(out, k)\", status = \"overlap\" }]",
    ),
    (
        "refusal that is no condition",
        "in-place = [\"out = b\"]",
        "refuse = [{ unless = \"k + 5\", status = \"shape\" }]",
    ),
];

/// Whole additions: why they are refused, and the text that follows the extension.
const ADDITIONS: &[(&str, &str)] = &[
    (
        "modulus that is not prime",
        "[field]\nf = { modulus = 2013265923 }",
    ),
    ("negative modulus", "[field]\nf = { modulus = -7 }"),
    ("field that exists", "[field]\nbabybear = { modulus = 7 }"),
    (
        "reducible polynomial",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = [1, 0, 0, 0] }",
    ),
    (
        "coefficient that is not canonical",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = [2013265932, 0] }",
    ),
    (
        "degree that is too large",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = [1, 1, 1, 1, 1, 1, 1] }",
    ),
    (
        "format code that exists",
        "[format]\nf = { code = 3, field = \"babybear\" }",
    ),
    (
        "representation without an inverse",
        "[format]\nf = { code = 100, field = \"babybear\", montgomery = 2013265921 }",
    ),
    (
        "unknown field",
        "[format]\nf = { code = 100, field = \"babybaer\" }",
    ),
    (
        "tower whose second step is reducible",
        "[format]\nf = { code = 100, field = \"mersenne31\", tower = [[2147483646, 0], [[3, 0], [0, 0]]] }",
    ),
    (
        "tower whose first step is reducible",
        "[format]\nf = { code = 100, field = \"mersenne31\", tower = [[1, 0], [[2, 1], [0, 0]]] }",
    ),
    (
        "tower of too many coordinates",
        "[format]\nf = { code = 100, field = \"mersenne31\", tower = [[1, 0, 0], [[1, 0, 0], [0, 0, 0], [0, 0, 0]]] }",
    ),
    (
        "tower whose coefficients are no elements of the first step",
        "[format]\nf = { code = 100, field = \"mersenne31\", tower = [[2147483646, 0], [[2, 1], [0]]] }",
    ),
    (
        "tower of one step",
        "[format]\nf = { code = 100, field = \"mersenne31\", tower = [[2147483646, 0]] }",
    ),
    (
        "polynomial and tower",
        "[format]\nf = { code = 100, field = \"mersenne31\", reduction = [2147483646, 0], tower = [[2147483646, 0], [[2, 1], [0, 0]]] }",
    ),
    (
        "polynomial of the program without a degree",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = \"descriptor\" }",
    ),
    (
        "degree of a polynomial that is given",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = [11, 0, 0, 0], degree = 4 }",
    ),
    (
        "polynomial from nowhere",
        "[format]\nf = { code = 100, field = \"babybear\", reduction = \"descriptors\", degree = 4 }",
    ),
    (
        "R beyond 64 bits",
        "[format]\nf = { code = 100, field = \"goldilocks\", montgomery = 0x1_0000_0000_0000_0001 }",
    ),
    (
        "version that the change log does not have",
        "[format]\nf = { code = 100, field = \"babybear\", since = \"0.5\" }",
    ),
    (
        "version beyond the extension's",
        "[format]\nf = { code = 100, field = \"babybear\", since = \"2.0\" }",
    ),
    (
        "change log out of order",
        "[[changelog]]\nversion = \"1.0\"\nchanges = [\"A\"]\n[[changelog]]\nversion = \"0.9\"\nchanges = []",
    ),
    (
        "change log beyond the extension's version",
        "[[changelog]]\nversion = \"1.1\"\nchanges = [\"A\"]",
    ),
    (
        "change log without the extension's version",
        "[[changelog]]\nversion = \"0.9\"\nchanges = [\"A\"]",
    ),
    (
        "second order of checks",
        "[descriptor]\nchecks = [{ check = \"fields\" }]",
    ),
    (
        "status code that exists",
        "[status]\nother = { code = 3, phase = \"check\" }",
    ),
    (
        "unknown phase",
        "[status]\nother = { code = 30, phase = \"chekc\" }",
    ),
    ("CSR number that exists", "[csr]\nmine = { number = 0xCE0 }"),
    ("CSR number out of range", "[csr]\nmine = { number = 4096 }"),
    (
        "bits of a CSR field",
        "[csr]\nmine = { number = 0x8C0, fields = [{ name = \"x\", bits = \"0:3\" }] }",
    ),
    (
        "word of the wrong size",
        "[encoding]\nf = { bits = \"imm[11:0] rs1 funct3 rd\" }",
    ),
    (
        "bit twice in a format",
        "[encoding]\nf = { bits = \"imm[11:0] rs1 imm[2:0] rd opcode\" }",
    ),
    (
        "bit that is nowhere",
        "[encoding]\nf = { bits = \"imm[12:9|7:0] rs1 funct3 rd opcode\" }",
    ),
    (
        "unknown width",
        "[encoding]\nf = { bits = \"funct9 rs2 rs1 funct3 rd opcode\" }",
    ),
    (
        "bits that are no bits",
        "[encoding]\nf = { bits = \"imm[0:11] rs1 funct3 rd opcode\" }",
    ),
    (
        "field of a format that does not exist",
        "[encoding]\nf = { bits = \"funct7 rs2 rs1 funct3 rd opcode\", fixed = { funct6 = 1 } }",
    ),
    (
        "alias of an unknown instruction",
        "[alias]\n\"my rd\" = \"adi rd, zero, 1\"",
    ),
    (
        "alias of another form",
        "[alias]\n\"my rd\" = \"addi rd, zero\"",
    ),
    (
        "alias with a value out of range",
        "[alias]\n\"my rd\" = \"addi rd, zero, 5000\"",
    ),
    (
        "alias with an unknown operand",
        "[alias]\n\"my rd\" = \"addi rd, rs, 1\"",
    ),
    (
        "alias with an unused operand",
        "[alias]\n\"my rd, rs\" = \"addi rd, zero, 1\"",
    ),
    (
        "alias that exists",
        "[alias]\n\"mv a, b\" = \"addi a, b, 0\"",
    ),
    (
        "expansion of a bulk instruction",
        "[inst]\n\"c.x\" = { title = \"X\", encoding = { format = \"CL-word\", funct3 = 4 }, operands = { rd = \"read compressed\" }, syntax = \"rd, rs1, imm\", expands = \"zktr.rlc rd, rs1, rd\" }",
    ),
    (
        "expansion that uses an operand otherwise",
        "[inst]\n\"c.x\" = { title = \"X\", encoding = { format = \"CL-word\", funct3 = 4 }, expands = \"sw rd, imm(rs1)\" }",
    ),
    (
        "descriptor without an instruction",
        "[descriptor.alone]\nsize = 64\nfields = [{ name = \"out\", at = 8, type = \"view<base, n>\", access = \"write\" }]",
    ),
    ("a second descriptor header", "[descriptor]\nalign = 32"),
];

/// The messages, if the file is refused. Positions in built-in files are left out, because they change.
fn messages(text: &str) -> Option<String> {
    let messages = Spec::load(&[Source::new("test.toml", text)]).err()?;
    let shown: String = messages.iter().map(ToString::to_string).collect();
    let lines = shown.lines().map(|line| match line.split_once(".toml:") {
        Some((file, rest)) if file.starts_with("spec/") => {
            let message = rest.split_once(": ").map_or(rest, |(_, message)| message);
            format!("{file}.toml: {message}\n")
        }
        _ => format!("{line}\n"),
    });
    Some(lines.collect())
}

#[test]
fn the_file_that_the_cases_change_is_accepted() {
    assert_eq!(messages(GOOD), None);
}

#[test]
fn wrong_parts() {
    let mut out = String::new();
    for (why, part, replacement) in CASES {
        assert!(GOOD.contains(part), "{why}: {part}");
        let text = GOOD.replacen(part, replacement, 1);
        let refused = messages(&text).unwrap_or_else(|| panic!("accepted: {why}"));
        let _ = writeln!(out, "==== {why}\n{refused}");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn wrong_additions() {
    let mut out = String::new();
    for (why, addition) in ADDITIONS {
        let text = format!("[extension]\nname = \"Xtest\"\nversion = \"1.0\"\n{addition}\n");
        let refused = messages(&text).unwrap_or_else(|| panic!("accepted: {why}"));
        let _ = writeln!(out, "==== {why}\n{refused}");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn wrong_parameters() {
    let refused = |parameters: &Parameters| -> Vec<String> {
        Spec::load_with(&[], parameters)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        refused(&Parameters::default().with("mayor", "custom-0")),
        ["error: unknown parameter `mayor`\n"]
    );
    assert_eq!(
        refused(&Parameters::default().with("major", "custom-4")),
        [
            "error: `custom-4` is no value of parameter `major`\n  = help: its values: custom-0, custom-1, custom-2, custom-3\n"
        ]
    );
}

#[test]
fn hostile_files_are_refused_in_time() {
    let sem = |sem: &str| GOOD.replace("rd = rs1 + rs2;", sem);
    for (why, text) in [
        ("nested tables", "[".repeat(100_000)),
        ("nested lists", format!("x = {}", "[".repeat(100_000))),
        (
            "nested inline tables",
            format!("x = {}", "{a = ".repeat(100_000)),
        ),
        (
            "nested terms",
            sem(&format!(
                "rd = {}rs1{};",
                "(".repeat(50_000),
                ")".repeat(50_000)
            )),
        ),
        (
            "a long sum",
            sem(&format!("rd = {}rs1;", "rs1 + ".repeat(50_000))),
        ),
        ("many errors", sem(&"x = y;".repeat(50_000))),
        (
            "many unknown keys",
            (0..5_000).map(|n| format!("k{n} = 1\n")).collect(),
        ),
        (
            "many instructions",
            format!(
                "{GOOD}{}",
                (0..10_000)
                    .map(|n| format!("[inst.x{n}]\ntitle = \"X\"\nencoding = {{ format = \"R\", funct7 = 1, funct3 = 0 }}\nsem = \"rd = rs1;\"\n"))
                    .collect::<String>()
            ),
        ),
        ("a long key", format!("{} = 1", "k".repeat(1_000_000))),
        ("a long file", " ".repeat(10 << 20)),
    ] {
        let refused = messages(&text).unwrap_or_else(|| panic!("accepted: {why}"));
        assert!(!refused.is_empty());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// No change of a good file makes the loader panic.
    #[test]
    fn changed_files_are_accepted_or_refused(
        edits in proptest::collection::vec((0usize..GOOD.len(), 0usize..12, "[ -~\\n]{0,4}"), 1..4)
    ) {
        let mut text = GOOD.to_owned();
        for (at, length, insert) in edits {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.replace_range(at..end, &insert);
        }
        let _ = messages(&text);
    }

    /// Nor does a text of the right words in a wrong order.
    #[test]
    fn random_meanings_are_accepted_or_refused(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "rd", "rs1", "rs2", "=", ";", "(", ")", "{", "}", "[", "]", "if", "else", "for", "let", "carry", "x", "i",
            "<", "+", "-", "*", ">>", "sext", ",", "XLEN", "2", "*", "mem32", "sum", "status", ".", "ok", "0", "!", "~",
        ]), 0..40)
    ) {
        let _ = messages(&GOOD.replace("rd = rs1 + rs2;", &words.join(" ")));
    }
}
