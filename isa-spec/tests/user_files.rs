//! A user's spec files beside the built-in ones.

use std::sync::Arc;
use zktr_isa::model::Condition;
use zktr_isa::span::Source;
use zktr_isa::{Spec, manual};

fn load(text: &str) -> Arc<Spec> {
    Spec::load(&[Source::new("user.toml", text)]).unwrap_or_else(|messages| {
        let shown: Vec<String> = messages.iter().map(ToString::to_string).collect();
        panic!("{}", shown.join("\n"));
    })
}

/// The file that the documentation shows.
fn documented() -> Arc<Spec> {
    let text = include_str!("../../docs/spec-format.md");
    let (_, rest) = text.split_once("```toml\n").unwrap();
    load(rest.split_once("```").unwrap().0)
}

#[test]
fn the_documented_example_is_an_instruction_like_any_other() {
    let spec = documented();
    let index = spec.instruction("saxpy.run").unwrap();
    let word = spec.encode(index, &[10, 11, 12]).unwrap();
    assert_eq!(word, 0x80c5_f57b);
    let decoded = spec.decode(word, 64).unwrap();
    assert_eq!(
        (decoded.instruction, decoded.values()),
        (index, &[10i64, 11, 12][..])
    );
    let instruction = &spec.instructions[index];
    assert_eq!(instruction.symbol(), "saxpy_run");
    assert_eq!(spec.instruction_by_symbol("saxpy_run"), Some(index));
    assert_eq!(instruction.extension, "Xsaxpy");
    assert_eq!(instruction.fixed_field("funct7"), Some(0x40));
    assert_eq!(spec.descriptor_of(index).unwrap().name, "saxpy");
    // Disjoint from the descriptor and from `a`, disjoint from or the same as `b`.
    assert_eq!(instruction.preconditions.len(), 3);
    assert!(matches!(
        instruction.preconditions[2].unless,
        Condition::Or(..)
    ));
    assert_eq!(
        spec.condition_text(index, &instruction.preconditions[2].unless),
        "disjoint(out, b) | same(out, b)"
    );
    let text = spec.semantics_text(index, &instruction.modes[0].semantics);
    assert_eq!(text, "for i < n {\n    out[i] = w * a[i] + b[i];\n}\n");
    assert!(manual::markdown(&spec, index).contains("`view<ext, n>` written"));
    // Nothing of the built-in spec has changed.
    assert_eq!(
        spec.instruction("zktr.rlc"),
        Spec::builtin().instruction("zktr.rlc")
    );
}

#[test]
fn two_files_know_each_other() {
    let fields = "[field]\nsmall = { modulus = 65537 }\n[format]\nsmall2 = { code = 50, field = \"small\", reduction = [3, 0] }";
    let aliases = "[alias]\n\"five rd\" = \"my.load rd, 5\"";
    let instructions = "[extension]\nname = \"Xmy\"\nversion = \"1.0\"\n\
        [inst.\"my.load\"]\ntitle = \"Load\"\n\
        encoding = { format = \"U\", opcode = 0x5B }\nsem = \"rd = imm;\"";
    let sources = [("a", aliases), ("f", fields), ("i", instructions)]
        .map(|(name, text)| Source::new(name, text));
    let spec = Spec::load(&sources).unwrap();
    assert_eq!(spec.format("small2").unwrap().degree, 2);
    assert_eq!(
        spec.aliases[spec.aliases_named("five")[0]].target,
        spec.instruction("my.load").unwrap()
    );
}

fn gather(fields: &str, sem: &str) -> String {
    format!(
        "[extension]\nname = \"Xg\"\nversion = \"1.0\"\n[descriptor.g]\nsize = 128\nfields = [\n{fields}\n\
         {{ name = \"out\", at = 8, type = \"view<base, n>\", access = \"write\" }},\n\
         {{ name = \"a\", at = 24, type = \"view<base, n, k>\", access = \"read\" }},\n]\n\
         [inst.\"g.run\"]\ntitle = \"G\"\nencoding = {{ format = \"rocc\", funct7 = 0x50 }}\n\
         operands = {{ rd = \"status\", rs1 = \"descriptor g\", rs2 = \"count n\" }}\nsem = \"{sem}\"\n"
    )
}

#[test]
fn indices_are_proved_by_loops_conditions_and_fixed_extents() {
    let fixed = "{ name = \"k\", at = 4, type = \"u32\", value = 4, status = \"shape\" },";
    let free = "{ name = \"k\", at = 4, type = \"u32\", max = 4, status = \"shape\" },";
    let accepted =
        |fields: &str, sem: &str| Spec::load(&[Source::new("g", gather(fields, sem))]).is_ok();
    for (fields, sem, expected) in [
        (fixed, "for i < n { out[i] = a[i, 0] + a[i, 3]; }", true),
        (fixed, "for i < n { out[i] = a[i, 4]; }", false),
        (
            fixed,
            "for i < n { out[i] = sum(j < 2) { a[i, j * 2 + 1] }; }",
            true,
        ),
        (
            fixed,
            "for i < n { out[i] = sum(j < 3) { a[i, j * 2] }; }",
            false,
        ),
        (free, "for i < n { out[i] = a[i, 0]; }", false),
        (
            free,
            "for i < n { out[i] = if 3 < k { a[i, 3] } else { 0 }; }",
            true,
        ),
        (
            free,
            "for i < n { out[i] = if 3 < k { 0 } else { a[i, 3] }; }",
            false,
        ),
        (
            free,
            "for i < n { if (i + 1 < n) & (0 < k) { out[i] = a[i + 1, 0]; } else { out[i] = 1; } }",
            true,
        ),
        (
            free,
            "for i < n { if i + 1 < n { out[i] = 1; } else { out[i] = sum(j < k) { a[i + 1, j] }; } }",
            false,
        ),
        (
            free,
            "carry x = 0; for i < n { if x < n { x = x + 1; out[x] = sum(j < k) { a[i, j] }; } }",
            false,
        ),
        (free, "for i < n { out[i] = sum(j < k) { a[i, j] }; }", true),
    ] {
        assert_eq!(accepted(fields, sem), expected, "{sem}");
    }
}
