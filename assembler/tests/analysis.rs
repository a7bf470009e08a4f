//! The reading of sources for editors: kinds of tokens, names, contexts, columns; and that it has an answer for every
//! text.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::sync::Arc;
use zktr_asm::analysis::{
    Context, Definition, Expected, Head, Role, Space, Style, Syntax, TokenKind, check, columns,
};
use zktr_asm::{NoFiles, Options, Source, Spec, assemble_with};

fn read(text: &str) -> Syntax {
    Syntax::of(text, &Spec::builtin(), 64)
}

/// Each token with its kind, a statement per line.
fn picture(text: &str) -> String {
    let syntax = read(text);
    let mut out = String::new();
    let mut at = 0;
    for token in &syntax.tokens {
        let range = token.range.start as usize..token.range.end as usize;
        if !out.is_empty() {
            out.push(if text[at..range.start].contains('\n') {
                '\n'
            } else {
                ' '
            });
        }
        at = range.end;
        let _ = write!(out, "{:?}:{}", token.kind, &text[range]);
    }
    out
}

#[test]
fn kinds_of_tokens() {
    let text = r#"
# a comment
        .globl main             // another
main:   addi a0, x1, %lo(table)
1:      bne s0, zero, 1b
        csrr t0, mstatus ; fence rw, w
        la a0, table + 4 * 2
        call memcpy@plt
size = 12
        .section .note.GNU-stack, "", @progbits
        .zktr.descriptor zktr.rlc format=babybear4-m, k = 8,
            init={1, 2}, out = buffer
        .insn r CUSTOM_3, 0, 0, a0, a1, a2
        .macro twice what:req, n=2
\what\()_\@: li \what, \n
        .endm
        twice a0, n=main
        .include "inc.s"
        .if size > 2 /* two */
        .endif
        @ "open
"#;
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!("tokens", picture(text));
    });
}

/// Each occurrence as `name role`, those of parameters and numeric labels with their space.
fn names(text: &str) -> Vec<String> {
    let syntax = read(text);
    let mut out = Vec::new();
    for o in &syntax.occurrences {
        let name = &text[o.range.start as usize..o.range.end as usize];
        out.push(match o.space {
            Space::Symbol => format!("{name} {:?}", o.role),
            space => format!("{name} {:?} {space:?}", o.role),
        });
    }
    out
}

#[test]
fn occurrences_of_names() {
    assert_eq!(
        names("f: j f\n.globl f\n.set g, f\nh = g\n.comm c, 8\n call a0\n"),
        [
            "f Definition(Label)",
            "f Use",
            "f Declaration",
            "g Definition(Constant)",
            "f Use",
            "h Definition(Constant)",
            "g Use",
            "c Definition(Common)",
        ]
    );
    assert_eq!(
        names(".macro m a\n li \\a, x\n .ascii \"\\a\\n\"\n m \\b\n.endm\n m y\nli \\a, 1"),
        [
            "m Definition(Macro) Macro",
            "a Definition(Parameter) Parameter(0)",
            "a Use Parameter(0)",
            "x Use",
            "a Use Parameter(0)",
            "m Use Macro",
            "m Use Macro",
            "y Argument",
        ]
    );
    // The longest name that is a parameter, then up to a full stop; the innermost block that has it.
    assert_eq!(
        names(".macro m a, a.b\n.irp a, 1\n\\a.b \\a.c\n.endr\n\\a\n.endm")[4..],
        [
            "a.b Use Parameter(0)",
            "a Use Parameter(1)",
            "a Use Parameter(0)"
        ]
    );
}

#[test]
fn numeric_labels() {
    let text = "1: j 1b\n j 1f\n1: 1:\n j 1b\n j 2f\n2:";
    let syntax = read(text);
    let group = |at: u32| -> Vec<u32> {
        let occurrence = syntax.occurrence_at(at).unwrap();
        let all = syntax.numeric_label(text, occurrence);
        all.iter().map(|o| o.range.start).collect()
    };
    assert_eq!(group(0), [0, 5]);
    assert_eq!(group(5), [0, 5]);
    assert_eq!(group(11), [14, 11]);
    assert_eq!(group(23), [17, 23]);
    assert_eq!(group(29), [32, 29]);
    let lonely = read("j 1b");
    assert!(
        lonely
            .numeric_label("j 1b", &lonely.occurrences[0])
            .is_empty()
    );
}

#[test]
fn blocks_nest_and_end_with_the_text() {
    let syntax = read(".macro m\n.if 1\n.endm\n.rept 2\n.irp x, 1\n.endr\n.endif");
    let blocks: Vec<_> = syntax
        .blocks
        .iter()
        .map(|b| (b.range.start, b.range.end, b.outer))
        .collect();
    assert_eq!(
        blocks,
        [
            (0, 20, None),
            (9, 20, Some(0)),
            (21, 51, None),
            (29, 44, Some(2))
        ]
    );
}

/// The context at the `|` of a text.
fn at(text: &str) -> Expected {
    let position = text.find('|').expect("a position");
    let text = text.replacen('|', "", 1);
    let spec = Spec::builtin();
    let syntax = Syntax::of(&text, &spec, 64);
    Context::at(&syntax, &text, &spec, 64, position as u32).expected
}

#[test]
fn contexts() {
    let operand = |text| match at(text) {
        Expected::Operand(o) => {
            let mut out = String::new();
            for (on, letter) in [
                (o.registers, 'r'),
                (o.csrs, 'c'),
                (o.fences, 'f'),
                (o.symbols, 's'),
                (o.relocations, '%'),
            ] {
                if on {
                    out.push(letter);
                }
            }
            out
        }
        other => format!("{other:?}"),
    };
    for text in [
        "|",
        "ad|",
        "x: |",
        "x: ad|",
        "nop\n |",
        "nop; |",
        "nop\n.wo|",
        "|nop",
    ] {
        assert_eq!(at(text), Expected::Statement, "{text}");
    }
    for text in [
        "# |",
        "nop # x|",
        "/* | */",
        ".ascii \"|\"",
        "x|: nop",
        ".macro |",
    ] {
        assert_eq!(at(text), Expected::Nothing, "{text}");
    }
    assert_eq!(operand("add |"), "r");
    assert_eq!(operand("addi a0, a1, |"), "s%");
    assert_eq!(operand("lw a0, 4(|"), "r");
    assert_eq!(operand("lw a0, |"), "s%");
    assert_eq!(operand("beq a0, a1, lo|"), "s");
    assert_eq!(operand("csrr a0, |"), "c");
    assert_eq!(operand("fence |"), "f");
    assert_eq!(operand("addi a0, a1, %lo(|"), "s");
    assert_eq!(operand(".word |"), "s");
    assert_eq!(operand(".cfi_offset |"), "r");
    assert_eq!(operand("x = |"), "s");
    assert_eq!(at("addi a0, a1, %l|"), Expected::Relocation);
    assert_eq!(at(".purgem |"), Expected::Macro);
    assert!(matches!(at(".option no|"), Expected::Words(w) if w.contains(&"norvc")));
    assert!(matches!(at(".type f, @|"), Expected::Words(w) if w.contains(&"function")));
    assert!(matches!(at(".section |"), Expected::Words(w) if w.contains(&".rodata")));
    assert_eq!(at(".include \"a|b\""), Expected::File("a".into()));
    assert_eq!(
        at(".macro m a b\n.rept 2\n\\|\n.endr\n.endm\n.macro n c\n.endm"),
        Expected::Parameter(vec!["a".into(), "b".into()])
    );
    assert_eq!(at(".zktr.descriptor |"), Expected::Descriptor);
    let rlc = Spec::builtin().instruction("zktr.rlc").unwrap();
    assert_eq!(
        at(".zktr.descriptor zktr.rlc k=8, |format=babybear, out=x"),
        Expected::Field(rlc, vec!["k".into(), "format".into(), "out".into()])
    );
    assert_eq!(
        at(".zktr.descriptor zktr.rlc format=baby|bear4-m, k=8"),
        Expected::Value(rlc, "format".into())
    );
    assert_eq!(
        at(".zktr.descriptor zktr.rlc k=8,\n   |\n\n"),
        Expected::Field(rlc, vec!["k".into()])
    );
}

fn apply(text: &str, style: Style) -> String {
    let syntax = read(text);
    let mut out = text.to_owned();
    for edit in columns(&syntax, text, 0..text.len() as u32, style)
        .iter()
        .rev()
    {
        out.replace_range(
            edit.range.start as usize..edit.range.end as usize,
            &edit.text,
        );
    }
    out
}

const BLANKS: Style = Style {
    tab: 8,
    spaces: true,
};

#[test]
fn statements_get_columns() {
    assert_eq!(
        apply(
            "  main: addi   a0,a1 , 4 # x\nli a0,1\n\t.word  1,2\n  m  a  b\nlong_label: nop ;  nop\n",
            BLANKS
        ),
        "main:   addi    a0, a1, 4 # x\n        li      a0, 1\n        .word  1,2\n        m  a  b\nlong_label: nop ;  nop\n"
    );
    let tabs = Style {
        tab: 8,
        spaces: false,
    };
    assert_eq!(apply("f: add  a0,a0,a0\n", tabs), "f:\tadd\ta0, a0, a0\n");
}

/// What a text assembles to, or its messages without places, in order.
fn outcome(text: &str) -> Result<Vec<u8>, Vec<String>> {
    let spec = Spec::builtin();
    let source = Source::new("x.s", text);
    let result = assemble_with(&spec, &source, &Options::default(), &NoFiles);
    let object = result.map_err(|errors| {
        let mut messages: Vec<_> = errors.into_iter().map(|e| e.message).collect();
        // Diagnostics about different texts have no order of their own.
        messages.sort();
        messages
    })?;
    object.write_elf().map_err(|error| vec![error.message])
}

/// A text that has no reading would be a fault; so would one whose parts are not in order.
fn check_reading(text: &str) {
    let syntax = read(text);
    let mut at = 0;
    for token in &syntax.tokens {
        let range = token.range.start as usize..token.range.end as usize;
        assert!(range.start >= at && !range.is_empty(), "{text:?} {token:?}");
        let gap = &text[at..range.start];
        assert!(
            gap.chars()
                .all(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '\x0b' | '\x0c')),
            "{text:?}: {gap:?}"
        );
        at = range.end;
    }
    assert!(text.is_char_boundary(at));
    assert!(
        syntax
            .statements
            .is_sorted_by(|a, b| a.range.end <= b.range.start)
    );
    for occurrence in &syntax.occurrences {
        let range = occurrence.range.start as usize..occurrence.range.end as usize;
        assert!(!text[range].is_empty());
    }
    for block in &syntax.blocks {
        assert!(block.range.end as usize <= text.len());
    }
    let spec = Spec::builtin();
    for position in (0..=text.len()).filter(|p| text.is_char_boundary(*p)) {
        let context = Context::at(&syntax, text, &spec, 64, position as u32);
        assert!(
            text.get(context.typed.start as usize..context.typed.end as usize)
                .is_some()
        );
    }
    for style in [
        BLANKS,
        Style {
            tab: 4,
            spaces: false,
        },
    ] {
        let aligned = apply(text, style);
        assert_eq!(apply(&aligned, style), aligned, "{text:?}");
    }
}

/// Pieces of assembly, which make texts that are nearly right.
const PIECES: [&str; 46] = [
    "a0",
    "addi",
    "f",
    "f:",
    "1:",
    "1f",
    "1b",
    ",",
    " ",
    "\n",
    "\t",
    "#",
    "//",
    "/*",
    "*/",
    "(",
    ")",
    "%lo",
    ".macro m x\n",
    "\n.endm\n",
    "\\x",
    "\\@",
    "\\()",
    "m",
    ".if 1\n",
    "\n.endif\n",
    "\n.rept 2\n",
    "\n.endr\n",
    ".zktr.descriptor zktr.rlc ",
    "format=babybear4-m",
    "{1, 2}",
    "k=",
    "\"",
    "'",
    "=",
    ".set",
    "csrr",
    "mstatus",
    "é",
    ";",
    "@",
    ".word",
    "li a0, 1\n",
    "lw a0, 0 (a1)\n",
    ".irp x, 1, 2\n",
    "-",
];

proptest! {
    #[test]
    fn every_text_has_a_reading(text in "\\PC{0,80}|[ -~\n\t\"'/*#\\\\]{0,80}") {
        check_reading(&text);
    }

    #[test]
    fn nearly_right_texts_have_a_reading(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        check_reading(&pieces.concat());
    }

    /// Columns change nothing that matters.
    #[test]
    fn columns_keep_the_meaning(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..30)) {
        let text = pieces.concat();
        prop_assert_eq!(outcome(&apply(&text, BLANKS)), outcome(&text));
    }
}

#[test]
fn columns_keep_the_meaning_of_the_corpus() {
    let text = include_str!("kernel.s");
    let aligned = apply(text, BLANKS);
    assert_eq!(outcome(&aligned), outcome(text));
    check_reading(text);
}

#[test]
fn the_assembler_says_where_names_come_from() {
    let spec = Spec::builtin();
    let text = ".macro func name\n\\name:\n.endm\nx = 4\n func f\nli a0, 0x12345678\nbad\n";
    let source = Source::new("x.s", text);
    let checked = check(&spec, &source, &Options::default(), &NoFiles);
    assert_eq!(checked.diagnostics.len(), 1);
    assert!(checked.object.is_none());
    let mut symbols: Vec<_> = checked
        .symbols
        .iter()
        .map(|s| {
            (
                s.name.as_str(),
                s.span.range.clone(),
                Arc::ptr_eq(&s.span.source, &source),
            )
        })
        .collect();
    symbols.sort_by_key(|s| s.1.start);
    assert_eq!(symbols, [("x", 30..31, true), ("f", 37..41, true)]);
    assert_eq!(checked.macros[0].name, "func");
    let good = Source::new("x.s", text.replace("bad", ""));
    let checked = check(&spec, &good, &Options::default(), &NoFiles);
    let object = checked.object.expect("no errors");
    assert_eq!(object.debug.lines[0].line, 6);
    let wrong = Options {
        xlen: 16,
        ..Options::default()
    };
    assert_eq!(check(&spec, &good, &wrong, &NoFiles).diagnostics.len(), 1);
}

#[test]
fn heads_of_statements() {
    let syntax = read(
        "nop\n.text\nm x\n.macro addi\n.endm\n addi\n.purgem addi\n addi a0, a0, 1\nx = 1\n: ",
    );
    let heads: Vec<&str> = syntax
        .statements
        .iter()
        .map(|s| match s.head {
            Head::None => "none",
            Head::Instruction(_) => "instruction",
            Head::Directive(_) => "directive",
            Head::Assignment(_) => "assignment",
            Head::Macro(_) => "macro",
        })
        .collect();
    assert_eq!(
        heads,
        [
            "instruction",
            "directive",
            "macro",
            "directive",
            "directive",
            "macro",
            "directive",
            "instruction",
            "assignment",
            "none"
        ]
    );
    let uses = syntax.occurrences.iter().filter(|o| o.role == Role::Use);
    assert_eq!(uses.count(), 3);
    assert!(syntax.tokens.iter().any(|t| t.kind == TokenKind::Register));
    let defined =
        |o: &&zktr_asm::analysis::Occurrence| o.role == Role::Definition(Definition::Constant);
    assert_eq!(syntax.occurrences.iter().filter(defined).count(), 1);
}
