//! How formulas and meanings are to be read.

use crate::manual::document::{Block, Chapter, Inline, Page, Table, Target, Text, code, text};
use crate::manual::math::Math;

fn name(name: &str) -> Math {
    Math::name(name)
}

fn op(operator: &'static str) -> Math {
    Math::Operator(operator)
}

fn row<const N: usize>(parts: [Math; N]) -> Vec<Inline> {
    vec![Inline::Math(Math::Row(parts.to_vec()))]
}

fn infix(operator: &'static str, suffix: &str) -> Text {
    let sign = match suffix {
        "" => op(operator),
        suffix => op(operator).sub(Math::words(suffix)),
    };
    row([name("a"), sign, name("b")])
}

fn inverse(base: &str) -> Math {
    name(base).sup(Math::Row(vec![Math::Prefix("−"), Math::number(1)]))
}

fn big(operator: &'static str) -> Text {
    let below = Math::Row(vec![name("j"), op("="), Math::number(0)]);
    let above = Math::Row(vec![name("k"), op("−"), Math::number(1)]);
    let sum = Math::Big {
        operator,
        below: Box::new(below),
        above: Box::new(above),
    };
    row([sum, name("a").sub(name("j"))])
}

fn call(function: Math, argument: &str) -> Text {
    row([Math::call(function, vec![name(argument)])])
}

pub(crate) fn page() -> Page {
    let section =
        |id, title: &str| Block::section(2, Target::Section(Chapter::Notation, id), title);
    Page {
        chapter: Chapter::Notation,
        title: "Notation".to_owned(),
        blocks: vec![
            Block::Paragraph(vec![text(
                "Each meaning stands twice in an entry: as formulas, and as the text from which the tools work. Both are made from the same term.",
            )]),
            section("statements", "Statements"),
            Block::Table(statements()),
            Block::Paragraph(vec![text(
                "Every read of a register, a CSR or memory sees the state before the instruction. Statements are in order; what they write is there when the instruction is complete.",
            )]),
            section("terms", "Terms"),
            Block::Table(terms()),
            section("types", "Types"),
            Block::Table(types()),
        ],
    }
}

fn statements() -> Table {
    let mut table = Table::new("", ["formula", "text", "meaning"]);
    let s = |index: Math| name("s").sub(index);
    let next = Math::Row(vec![name("i"), op("+"), Math::number(1)]);
    table.row([
        row([name("f"), op("="), name("e")]),
        vec![code("let f = e;")],
        vec![text("f is a name for the value of e.")],
    ]);
    table.row([
        row([s(Math::number(0)), op("="), name("e")]),
        vec![code("carry s = e;")],
        vec![text(
            "The first value of a sequence that the following loop goes on with.",
        )],
    ]);
    table.row([
        row([s(next), op("="), s(name("i")), op("+"), name("f")]),
        vec![code("s = s + f;")],
        vec![text("Its next value, in iteration i. Behind a loop to n, s stands for the last one, with index n.")],
    ]);
    table.row([
        row([name("s"), op("←"), name("e")]),
        vec![code("s = e;")],
        vec![text("Assignment, where the values are no such sequence.")],
    ]);
    table.row([
        row([
            Math::words("for "),
            name("i"),
            op("="),
            Math::number(0),
            op(","),
            Math::words("…"),
            op(","),
            name("n"),
            op("−"),
            Math::number(1),
            Math::words(":"),
        ]),
        vec![code("for i < n { ... }")],
        vec![text("For each i in this order; for none, if n is 0.")],
    ]);
    let element = Math::list(vec![name("i"), name("j")]);
    table.row([
        row([name("out").sub(element), op("="), name("e")]),
        vec![code("out[i, j] = e;")],
        vec![text("Writes an element of a view.")],
    ]);
    table.row([
        row([name("rd"), op("←"), name("e")]),
        vec![code("rd = e;")],
        vec![text(
            "Writes a register. Likewise pc, where execution goes on, CSRs and memory.",
        )],
    ]);
    table
}

fn terms() -> Table {
    let mut table = Table::new("", ["formula", "text", "meaning"]);
    let mut put = |formula: Text, source: &str, meaning: &str| {
        table.row([formula, vec![code(source)], vec![text(meaning)]]);
    };
    put(
        infix("+", ""),
        "a + b",
        "Sum: of elements in the field, of words modulo 2^N. Likewise differences.",
    );
    put(infix("·", ""), "a * b", "Product of elements.");
    put(
        infix("×", ""),
        "a * b",
        "Product of words, modulo 2^N, or of integers.",
    );
    put(
        row([inverse("a")]),
        "inv(a)",
        "Inverse of an element. That of zero makes the instruction refuse.",
    );
    put(
        row([Math::Fenced("[", Box::new(name("x")), "]").sub(name("p"))]),
        "felt(x)",
        "The element that a word or integer is congruent to, modulo the field's p.",
    );
    put(
        big("∑"),
        "sum(j < k) { a[j] }",
        "Sum over an index; of nothing: zero.",
    );
    put(
        big("∏"),
        "prod(j < k) { a[j] }",
        "Product over an index; of nothing: one.",
    );
    put(
        infix("÷", "u"),
        "a / b",
        "Unsigned quotient, rounded down; by zero: all ones.",
    );
    put(
        infix("rem", "u"),
        "a % b",
        "Unsigned remainder; by zero: a.",
    );
    put(
        infix("÷", "s"),
        "div_s(a, b)",
        "Signed quotient, rounded toward zero; by zero: all ones; on overflow: a.",
    );
    put(
        infix("rem", "s"),
        "rem_s(a, b)",
        "Its remainder; by zero: a; on overflow: zero.",
    );
    put(
        infix("∧", ""),
        "a & b",
        "And, bit by bit or of truth values.",
    );
    put(infix("∨", ""), "a | b", "Or.");
    put(infix("⊕", ""), "a ^ b", "Exclusive or.");
    put(
        row([Math::Prefix("¬"), name("a")]),
        "~a, !a",
        "Complement of a word, of a truth value.",
    );
    put(
        infix("≪", ""),
        "a << b",
        "Shift to the left. The amount is taken modulo the width, as for all shifts.",
    );
    put(
        infix("≫", "u"),
        "a >> b",
        "Shift to the right; zeros come in.",
    );
    put(
        infix("≫", "s"),
        "shr_s(a, b)",
        "Shift to the right; copies of the sign come in.",
    );
    put(
        infix("<", "u"),
        "a < b",
        "Unsigned comparison of words; without a letter, of integers.",
    );
    put(infix("<", "s"), "lt_s(a, b)", "Signed comparison.");
    put(
        call(name("sext").sub(name("N")), "a"),
        "sext(a, N)",
        "Sign extension to N bits. zext extends with zeros, trunc keeps the low N bits.",
    );
    put(
        call(name("popcount"), "a"),
        "popcount(a)",
        "Number of ones. clz and ctz: leading and trailing zeros; rev8: bytes in reverse; orc_b: each byte to 0xFF if it is not zero.",
    );
    put(
        row([Math::Cases(vec![
            (name("a"), Math::Row(vec![Math::words("if "), name("c")])),
            (name("b"), Math::words("otherwise")),
        ])]),
        "if c { a } else { b }",
        "Choice. Only the chosen side is evaluated.",
    );
    put(
        row([name("a").sub(Math::list(vec![name("i"), name("j")]))]),
        "a[i, j]",
        "An element of a view.",
    );
    put(
        row([
            name("M").sub(Math::number(32)),
            Math::Fenced("[", Box::new(name("a")), "]"),
        ]),
        "mem32[a]",
        "32 bits of memory at address a, little-endian. Likewise 8, 16 and 64.",
    );
    put(
        row([name("CSR"), Math::Fenced("[", Box::new(name("c")), "]")]),
        "csr[c]",
        "The CSR whose number is c.",
    );
    put(
        call(name("number"), "rs1"),
        "number(rs1)",
        "The number of the register that an operand names. The name of a register operand alone is its content.",
    );
    put(
        call(name("reserved"), "a"),
        "reserved(a)",
        "Whether the hart has a reservation on this address.",
    );
    put(
        row([name("pc"), op(","), name("pc").sub(Math::words("next"))]),
        "pc, next_pc",
        "Address of this instruction, and of the one behind it.",
    );
    put(
        row([name("a"), op("∩"), name("b"), op("="), op("∅")]),
        "disjoint(a, b)",
        "No byte belongs to elements of both.",
    );
    put(
        row([name("a"), op("≡"), name("b")]),
        "same(a, b)",
        "Two views have the same elements in the same places.",
    );
    table
}

fn types() -> Table {
    let mut table = Table::new("", ["type", "meaning"]);
    for (ty, meaning) in [
        (
            "bits<N>",
            "A word of N bits; arithmetic is modulo 2^N. Registers and immediates have XLEN bits.",
        ),
        (
            "int",
            "A count or an index: not negative, without overflow.",
        ),
        ("bool", "A truth value."),
        ("felt<base>", "An element of the prime field."),
        (
            "felt<ext>",
            "An element of the format's extension; a base element is one too.",
        ),
    ] {
        table.row([vec![code(ty)], vec![text(meaning)]]);
    }
    table
}
