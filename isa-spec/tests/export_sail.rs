//! The Sail model: its names and widths, for all extensions and for a file of a user's; and all of it by Sail's type
//! checker, where Sail is installed.
//!
//! Sail comes from opam, not from the system's packages: `ZKTR_SAIL` names the program.

mod export_support;

use export_support::{odd, one, put, run, scratch};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use zktr_isa::export::{Selection, Target};
use zktr_isa::span::Source;
use zktr_isa::{Parameters, Spec};

/// A token with the line that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Number(String),
    Text(String),
    Sign(char),
}

/// The tokens of a model; directives and comments are none.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('$') {
            continue;
        }
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || "_'#?".contains(c);
            if rest.starts_with("//") {
                break;
            } else if first == '"' {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let end = end.unwrap_or_else(|| panic!("line {}: {line}", number + 1)) + 2;
                out.push((number + 1, Token::Text(rest[..end].to_owned())));
                rest = &rest[end..];
            } else if word(first) {
                let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                let text = rest[..end].to_owned();
                let token = if first.is_ascii_digit() {
                    Token::Number(text)
                } else {
                    Token::Name(text)
                };
                out.push((number + 1, token));
                rest = &rest[end..];
            } else {
                assert!(first.is_ascii(), "line {}: {line}", number + 1);
                if first != ' ' {
                    out.push((number + 1, Token::Sign(first)));
                }
                rest = &rest[1..];
            }
        }
    }
    out
}

/// What models may apply of the language and its library.
const KNOWN: &str = "
    and if else in foreach from to match return forall sizeof bool bits bit int list option result vector Some None Ok Err
    unsigned signed length negate not_bool not_vec xor_vec get_slice_int tdiv_int tmod_int min_int max_int vector_init
    vector_update vector_update_subrange truncate sail_zeros sail_zero_extend sail_sign_extend is_none
    spc sep";

/// Panics unless brackets match, and every function, mapping, constructor, type and member that is used is defined, here
/// or in Sail's library.
fn check_names(text: &str) {
    let tokens = tokens(text);
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut defined: BTreeSet<&str> = KNOWN.split_whitespace().collect();
    let mut used = BTreeMap::new();
    let mut previous = &Token::Sign(' ');
    for (index, (line, token)) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map(|(_, token)| token);
        match token {
            Token::Sign(c @ ('(' | '[' | '{')) => open.push((*line, *c)),
            Token::Sign(c @ (')' | ']' | '}')) => {
                let (opened, with) = open.pop().unwrap_or_else(|| panic!("line {line}: `{c}`"));
                let fits = matches!((with, c), ('(', ')') | ('[', ']') | ('{', '}'));
                assert!(
                    fits,
                    "line {line}: `{c}` closes the `{with}` of line {opened}"
                );
            }
            Token::Name(name) => {
                let after = |words: &[&str]| matches!(previous, Token::Name(word) if words.contains(&word.as_str()));
                let defines = [
                    "val", "function", "mapping", "enum", "union", "struct", "newtype", "type",
                    "bitfield", "overload",
                ];
                let member = next == Some(&Token::Sign(':'));
                let applied = matches!(next, Some(Token::Sign('(')));
                let of_bitfield = *previous == Token::Sign('[')
                    && index
                        .checked_sub(2)
                        .is_some_and(|i| tokens[i].1 == Token::Name("d".into()));
                if after(&defines) || member {
                    defined.insert(name);
                } else if applied || of_bitfield {
                    used.entry(name.as_str()).or_insert(*line);
                }
            }
            _ => {}
        }
        previous = token;
    }
    assert_eq!(open, []);
    used.retain(|name, _| {
        let of_library = name
            .strip_prefix("hex_bits_")
            .map(|n| n.trim_start_matches("signed_"));
        let made = name
            .strip_prefix("Mk_")
            .is_some_and(|ty| defined.contains(ty));
        !(defined.contains(name)
            || made
            || of_library.is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n <= 64)))
    });
    assert!(used.is_empty(), "not defined (name, line): {used:?}");
}

/// The number of bits of each side of a concatenation, by the types of its parts.
fn bits_of(part: &str) -> u32 {
    let part = part.trim();
    let inner = part.trim_start_matches('(').trim_end_matches(')');
    if let Some((_, ty)) = inner.split_once(": bits(") {
        return ty.trim_end_matches(')').parse().unwrap();
    }
    if let Some(digits) = part.strip_prefix("0b") {
        return digits.len() as u32;
    }
    match part.split('(').next().unwrap() {
        "encdec_reg" | "encdec_freg" => 5,
        "encdec_creg" | "encdec_cfreg" => 3,
        other => panic!("{other}"),
    }
}

fn model(spec: &Spec, selection: &Selection) -> String {
    one(spec, Target::Sail, selection).text
}

#[test]
fn names_are_defined_and_brackets_match() {
    for (spec, selection) in [
        (Spec::builtin(), Selection::Usual),
        (Spec::builtin(), Selection::All),
        (odd(), Selection::All),
    ] {
        check_names(&model(&spec, &selection));
    }
    let broken = model(&Spec::builtin(), &Selection::Usual).replace(
        "zktr_put_felt(f, writes, out",
        "zktr_set_felt(f, writes, out",
    );
    let message = std::panic::catch_unwind(|| check_names(&broken)).unwrap_err();
    assert!(
        message
            .downcast_ref::<String>()
            .unwrap()
            .contains("{\"zktr_set_felt\"")
    );
}

#[test]
fn words_are_mapped_whole() {
    let spec = odd();
    let text = model(&spec, &Selection::All);
    for (mapping, width) in [("encdec", 32), ("encdec_compressed", 16)] {
        let mut clauses = 0;
        for clause in text.split(&format!("mapping clause {mapping} = ")).skip(1) {
            let Some((_, right)) = clause.split_once("\n  <-> ") else {
                continue;
            };
            let right = right.lines().next().unwrap();
            let total: u32 = right.split(" @ ").map(bits_of).sum();
            assert_eq!(total, width, "{right}");
            clauses += 1;
        }
        let expected = spec
            .instructions
            .iter()
            .filter(|i| u32::from(i.length) * 8 == width)
            .count();
        assert_eq!(clauses, expected, "{mapping}");
    }
    let count = |what: &str| text.matches(what).count();
    // Two more for words that are no instructions.
    assert_eq!(
        count("\nfunction clause execute "),
        spec.instructions.len() + 2
    );
    assert_eq!(
        count("\nunion clause instruction = "),
        spec.instructions.len() + 2
    );
    assert_eq!(
        count("\nmapping clause assembly = "),
        spec.instructions.len() + 2
    );
    assert_eq!(count("\nmapping clause csr_name_map = 0x"), spec.csrs.len());
    for status in &spec.statuses {
        assert!(text.contains(&format!("zktr_STATUS_{} => {}", status.name, status.code)));
    }
}

#[test]
fn operands_that_are_excluded_are_guards() {
    let source = Source::new(
        "guard.toml",
        r#"
[extension]
name = "Xguard"
version = "1.0"
[inst."guard.it"]
title = "Guarded"
encoding = { format = "I", opcode = 0x0b, funct3 = 1 }
operands = { rd = { is = "write", exclude = [0] }, imm = { is = "signed", exclude = [-1] } }
sem = "rd = rs1 + imm;"
"#,
    );
    let spec = Spec::load_with(&[source], &Parameters::default());
    let spec: Arc<Spec> = match spec {
        Ok(spec) => spec,
        Err(messages) => panic!(
            "{}",
            messages.iter().map(ToString::to_string).collect::<String>()
        ),
    };
    let text = model(&spec, &export_support::only(&["Xguard"]));
    assert!(
        text.contains(
            "mapping clause encdec = GUARD_IT(rd, rs1, imm)\n  \
         if currentlyEnabled(Ext_Xguard) & encdec_reg(rd) != 0b00000 & imm != 0xfff\n  \
         <-> (imm : bits(12)) @ encdec_reg(rs1) @ 0b001 @ encdec_reg(rd) @ 0b0001011\n"
        ),
        "{text}"
    );
    check_names(&text);
}

#[test]
fn an_instruction_is_its_term() {
    let text = model(&Spec::builtin(), &Selection::Usual);
    let start = text.find("// zktr.rlc: ").unwrap();
    let end = text[start..].find("function operation_zktr_rlc").unwrap();
    insta::assert_snapshot!(&text[start..start + end]);
}

/// Both widths of registers, everything in one model and the extensions alone.
#[test]
fn sail_accepts_it() {
    let Some(sail) = std::env::var_os("ZKTR_SAIL") else {
        println!("skipped: ZKTR_SAIL is not set: sail_accepts_it");
        return;
    };
    let folder = scratch("sail");
    for (name, spec, selection) in [
        ("usual", Spec::builtin(), Selection::Usual),
        ("odd", odd(), Selection::All),
    ] {
        let file = format!("{name}.sail");
        put(&folder, &file, &model(&spec, &selection));
        for xlen in [32, 64] {
            let symbol = format!("RV{xlen}");
            let arguments = [
                "-D",
                "ZKTR_STANDALONE",
                "-D",
                &symbol,
                "--just-check",
                &file,
            ];
            run(Command::new(&sail).current_dir(&folder).args(arguments));
        }
    }
}
