//! The language of meanings, by what it accepts and refuses: each text is the meaning of an instruction
//! with a descriptor that has a field or view of every kind.

use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::model::{Access, Elem};
use zktr_isa::span::Source;

/// Views: x[n, k] of elements, w[n] of words, c[n] of cells, h[64] a histogram, m[n, k], o[n] and q[n, k] written.
fn file(refuse: &str, sem: &str) -> String {
    format!(
        r#"
[extension]
name = "Xlang"
version = "1.0"
[descriptor.all]
size = 320
fields = [
  {{ name = "k",   at = 4,   type = "u32", status = "shape" }},
  {{ name = "w",   at = 8,   type = "u32", max = 100, status = "shape" }},
  {{ name = "r",   at = 12,  type = "u32", value = 64, status = "shape" }},
  {{ name = "e",   at = 16,  type = "felt<ext>" }},
  {{ name = "x",   at = 64,  type = "view<base, n, k>", access = "read" }},
  {{ name = "t",   at = 88,  type = "view<ext, w>", access = "read" }},
  {{ name = "src", at = 112, type = "view<u32, n>", access = "read" }},
  {{ name = "u8s", at = 128, type = "view<u8, n>", access = "read" }},
  {{ name = "raw", at = 144, type = "view<cell, n, k>", access = "read" }},
  {{ name = "h",   at = 168, type = "view<u32, r>", access = "update" }},
  {{ name = "s",   at = 184, type = "view<ext, n>", access = "update" }},
  {{ name = "o",   at = 208, type = "view<ext, n>", access = "write" }},
  {{ name = "q",   at = 232, type = "view<cell, n, k>", access = "write" }},
  {{ name = "b",   at = 256, type = "view<u16, n>", access = "write" }},
]
[inst."lang.test"]
title    = "A test"
encoding = {{ format = "rocc", funct7 = 0x40 }}
operands = {{ rd = "status", rs1 = "descriptor all", rs2 = "count n" }}
refuse   = [{refuse}]
sem      = """
{sem}
{REST}
"""
"#
    )
}

/// Uses and writes what the text at hand does not.
const REST: &str = "
for ii < n {
    for jj < k { q[ii, jj] = raw[ii, jj]; let y1 = x[ii, jj]; }
    o[ii] = e; b[ii] = zext(u8s[ii], 16); let y2 = src[ii];
    s[ii] += e;
}
for jj < w { let y3 = t[jj]; }
for jj < r { h[jj] += 1; }
";

fn load(refuse: &str, sem: &str) -> Result<Arc<Spec>, String> {
    Spec::load(&[Source::new("lang.toml", file(refuse, sem))])
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn accepted(sem: &str) {
    let spec = load("", sem).unwrap_or_else(|errors| panic!("{sem}\n{errors}"));
    // What is printed is the same text again.
    let index = spec.instruction("lang.test").unwrap();
    let printed = spec.semantics_text(index, &spec.instructions[index].modes[0].semantics);
    let body = printed.clone();
    let again = Spec::load(&[Source::new("lang.toml", file("", &body).replace(REST, ""))])
        .unwrap_or_else(|errors| {
            let errors: String = errors.iter().map(ToString::to_string).collect();
            panic!("{printed}\n{errors}")
        });
    let index = again.instruction("lang.test").unwrap();
    assert_eq!(
        again.semantics_text(index, &again.instructions[index].modes[0].semantics),
        printed
    );
}

#[track_caller]
fn refused(sem: &str, why: &str) {
    let errors = load("", sem)
        .err()
        .unwrap_or_else(|| panic!("accepted: {sem}"));
    assert!(errors.contains(why), "{sem}\n{errors}");
}

const UNPROVED: &str = "index is not proved to be below the extent";

#[test]
fn indices_from_words_are_proved_by_refusals() {
    accepted("for i < n { refuse index unless int(src[i]) < w; let y = t[int(src[i])]; }");
    accepted("for i < n { let c = int(src[i]); refuse index unless c < w; let y = t[c]; }");
    accepted("for i < n { let c = src[i]; refuse index unless int(c) < w; let y = t[int(c)]; }");
    accepted("for i < n { refuse index unless w > int(src[i]); let y = t[int(src[i])]; }");
    accepted("for i < n { let c = src[i]; refuse index unless c < 64; h[int(c)] += 1; }");
    accepted("for i < n { if int(src[i]) < w { let y = t[int(src[i])]; } }");
    // Six bits cannot be too large for 64 elements.
    accepted("for i < n { h[int(trunc(src[i], 6))] += 1; }");
    accepted("for i < n { h[int(src[i] % 64) % r] += 1; }");
    refused("for i < n { let y = t[int(src[i])]; }", UNPROVED);
    refused(
        "for i < n { refuse index unless int(src[i]) <= w; let y = t[int(src[i])]; }",
        UNPROVED,
    );
    refused(
        "for i < n { let c = int(src[i]); refuse index unless c < k; let y = t[c]; }",
        UNPROVED,
    );
    refused("for i < n { h[int(trunc(src[i], 7))] += 1; }", UNPROVED);
    // The fact ends with its block.
    refused(
        "for i < n { if k < 3 { refuse index unless int(src[i]) < w; } let y = t[int(src[i])]; }",
        UNPROVED,
    );
    // State may have changed since.
    refused(
        "carry c = 0; for i < n { refuse index unless c < w; c = c + 1; let y = t[c]; }",
        UNPROVED,
    );
    refused("for i < n { let y = t[src[i]]; }", "convert with `int(x)`");
}

#[test]
fn rows_wrap_around_and_run_backwards() {
    accepted("for i < n { for j < k { let y = x[(i + 1) % n, j]; } }");
    accepted("for i < n { for j < k { let y = x[(i + n - 1) % n, k - 1 - j]; } }");
    accepted("for i < n { let y = src[(2 * i + 7) % n]; }");
    refused("let y = src[5 % n];", UNPROVED);
    refused("for i < n { let y = src[(i + 1) % k]; }", UNPROVED);
    refused("for i < n { let y = src[n - i]; }", UNPROVED);
    refused(
        "for i < n { let y = src[i - 1]; }",
        "not proved to be an integer that is not negative",
    );
    refused(
        "for i < n { let y = n / k; }",
        "divided by literals above zero",
    );
    accepted("for i < n { let y = src[i / 2]; let z = src[min(i, 5)]; }");
    refused("for i < n { let z = src[max(i, 5)]; }", UNPROVED);
}

#[test]
fn conditions_over_counts_prove_strided_and_flat_indices() {
    let load = |refuse: &str, sem: &str| load(refuse, sem).map(|_| ());
    let pairs = "for i < n { for j < k { let y = t[2 * j + 1]; } }";
    load(r#"{ unless = "2 * k <= w", status = "shape" }"#, pairs).unwrap();
    assert!(load(r#"{ unless = "k <= w", status = "shape" }"#, pairs).is_err());
    let flat = "for i < n { for j < k { let y = t[i * k + j]; } }";
    load(r#"{ unless = "n * k <= w", status = "shape" }"#, flat).unwrap();
    load(r#"{ unless = "n * k == w", status = "shape" }"#, flat).unwrap();
    assert!(load(r#"{ unless = "n + k <= w", status = "shape" }"#, flat).is_err());
    let bounded = "for j < k { h[j] += 1; }";
    load(r#"{ unless = "k <= 64", status = "shape" }"#, bounded).unwrap();
    assert!(load(r#"{ unless = "k <= 65", status = "shape" }"#, bounded).is_err());
    // Both sides of an alternative are no facts.
    assert!(
        load(
            r#"{ unless = "(k <= 64) | (w <= 3)", status = "shape" }"#,
            bounded
        )
        .is_err()
    );
}

#[test]
fn updates_only_add() {
    accepted("for i < n { s[i] += inv(e) * e; }");
    accepted("for i < n { s[i] += e; s[(i + 1) % n] += 2; }");
    refused("for i < n { s[i] = e; }", "are only added to");
    refused("for i < n { o[i] += e; }", "is written, and never read");
    refused("for i < n { src[i] += 1; }", "is only read");
    refused("for i < n { let y = s[i]; }", "cannot read it");
    refused("for i < n { h[i] += 1; }", UNPROVED);
    refused("for i < n { h[0] += e; }", "bits<32> is needed here");
}

#[test]
fn integers_become_words_and_back() {
    accepted("for i < n { b[i] = trunc(i, 16); }");
    accepted("for i < n { b[i] = trunc(i, 16) >> 3 & 1; }");
    accepted("for i < n { for j < k { q[i, j] = trunc(i * k + j, CELL); } }");
    accepted("for i < n { for j < k { q[i, j] = zext(u8s[i], CELL); } }");
    accepted("for i < n { o[i] = felt(src[i]) + felt(i); }");
    refused("for i < n { b[i] = i; }", "convert with `trunc(x, N)`");
    refused(
        "for i < n { b[i] = zext(i, 16); }",
        "only a word has another width",
    );
    // A cell may have 32 bits, and may have 64.
    refused(
        "for i < n { for j < k { q[i, j] = trunc(src[i], CELL); } }",
        "cannot be truncated to 64",
    );
    refused(
        "for i < n { for j < k { let y = zext(raw[i, j], 32); } }",
        "64 bits cannot be extended to 32",
    );
    refused(
        "for i < n { for j < k { q[i, j] = 0x1_0000_0000; } }",
        "does not fit into 32 bits",
    );
    refused("for i < n { let y = int(e); }", "not defined for felt<ext>");
}

#[test]
fn refusals_and_random_elements_have_their_places() {
    accepted("for i < n { refuse range unless e == 0; }");
    accepted("for i < n { o[i] = random(ext) + random(base); }");
    refused("refuse shape unless k < 3;", "of phase \"data\"");
    refused("refuse indx unless k < 3;", "did you mean `index`?");
    refused("refuse index unless k;", "bool is needed here");
    refused("refuse index if k < 3;", "expected `unless`");
    refused("for i < n { o[i] = random(); }", "takes 1 argument");
    refused(
        "for i < n { o[i] = random(cell); }",
        "takes `base` or `ext`",
    );
    refused("for i < n { let y = wait(0); }", "cannot wait");
    for (sem, why) in [
        ("rd = random(base);", "needs a descriptor"),
        (
            "rd = rs1; refuse index unless rs1 == rs2;",
            "only an instruction with a descriptor",
        ),
        ("rd = rs1; run_guest();", "needs a descriptor"),
        ("rd = wait(1 == 1);", "bits<XLEN> is needed here"),
    ] {
        let text = format!(
            "[extension]\nname = \"Xs\"\nversion = \"1.0\"\n[inst.\"s.x\"]\ntitle = \"X\"\n\
             encoding = {{ format = \"R\", opcode = \"major\", funct7 = 0x41, funct3 = 7 }}\nsem = \"{sem}\"\n"
        );
        let errors = Spec::load(&[Source::new("s.toml", text)]).expect_err(sem);
        let errors: String = errors.iter().map(ToString::to_string).collect();
        assert!(errors.contains(why), "{errors}");
    }
}

#[test]
fn elements_have_the_width_of_their_type_or_format() {
    let spec = load("", "").unwrap();
    let descriptor = spec.descriptor("all").unwrap();
    let view = |name: &str| {
        let (_, _, view) = descriptor.views().find(|(_, f, _)| f.name == name).unwrap();
        view
    };
    assert_eq!(view("h").access, Access::Update);
    assert!(view("h").written() && view("h").updated() && !view("o").updated());
    let (narrow, wide) = (
        spec.format("qm31").unwrap(),
        spec.format("goldilocks3").unwrap(),
    );
    for (name, elem, bytes, words) in [
        ("u8s", Elem::Word(1), (1, 1), (1, 1)),
        ("b", Elem::Word(2), (2, 2), (1, 1)),
        ("raw", Elem::Cell, (4, 8), (1, 1)),
        ("o", view("o").elem, (4, 8), (4, 3)),
    ] {
        let found = view(name).elem;
        assert_eq!(found, elem);
        assert_eq!((found.word_bytes(narrow), found.word_bytes(wide)), bytes);
        assert_eq!((found.words(narrow), found.words(wide)), words);
    }
}

/// Proofs are bounded, whatever a text makes them look for.
#[test]
fn many_facts_take_bounded_time() {
    let mut sem = String::from("for i < n {\n");
    for j in 0..600 {
        sem += &format!("let c{j} = int(src[i]) % ({j} + k) + i * {j};\n");
        sem += &format!("refuse index unless c{j} * c{} < k + {j} * w;\n", j / 2);
    }
    sem += "let y = t[c599 + c17 * c3];\n}";
    refused(&sem, UNPROVED);
}
