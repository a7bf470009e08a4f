//! Terms that the manual uses.

use super::Context;
use crate::manual::document::{Block, Chapter, Inline, Page, Table, Target, text};

const TERMS: [(&str, &str); 24] = [
    (
        "alias",
        "An assembly instruction that stands for another one with some operands fixed.",
    ),
    (
        "base field",
        "The prime field whose elements are the coordinates of all others.",
    ),
    (
        "bulk instruction",
        "An instruction with a descriptor: it works on data in memory and ends with a status.",
    ),
    (
        "canonical residue",
        "The one number below p that a residue class modulo p has. Other words that are congruent to it are refused.",
    ),
    (
        "coordinate",
        "One of the d coefficients of an element of an extension of degree d.",
    ),
    ("count", "A register with a number of elements or rows."),
    (
        "descriptor",
        "A block of memory that tells a bulk instruction its format, mode, scalars and views.",
    ),
    (
        "extension field",
        "Polynomials in x with coefficients in the base field, modulo an irreducible polynomial.",
    ),
    (
        "extent",
        "The number of elements in one dimension of a view.",
    ),
    (
        "format",
        "Field, extension and representation of elements; a code in the descriptor.",
    ),
    ("hart", "A hardware thread of RISC-V."),
    (
        "in place",
        "A written view and a read view of the same elements in the same places.",
    ),
    (
        "LogUp",
        "A lookup argument that adds up fractions: each row contributes the inverse of a fingerprint.",
    ),
    (
        "mask and match",
        "A word w is of an instruction if w AND mask = match, and its operands have allowed values.",
    ),
    (
        "mode",
        "One of several meanings of an instruction, chosen by a byte of the descriptor.",
    ),
    (
        "Montgomery form",
        "A representation in which the word w stands for w / R, so that products need no division.",
    ),
    (
        "phase",
        "When a refusal happens: `check`, before any memory has changed, or `data`.",
    ),
    (
        "random linear combination",
        "The sum of a row's entries, each times a coefficient; also called a fingerprint.",
    ),
    (
        "RoCC",
        "The interface of the Rocket core to coprocessors; its instructions have three bits that say which registers are used.",
    ),
    ("scan", "Running sums or products of a vector."),
    (
        "status",
        "The number in the status register when a bulk instruction has ended.",
    ),
    (
        "stride",
        "The distance in bytes from an element to the next one of the same dimension.",
    ),
    (
        "view",
        "A strided array in memory, described by an address and strides.",
    ),
    ("XLEN", "The width of the integer registers: 32 or 64."),
];

pub(crate) fn page(context: &Context<'_>) -> Page {
    let mut table = Table::new("", ["term", "meaning"]);
    for (term, meaning) in TERMS {
        table.target(
            Target::Term(term),
            [
                vec![Inline::Strong(term.to_owned())],
                context.prose(meaning),
            ],
        );
    }
    Page {
        chapter: Chapter::Glossary,
        title: "Glossary".to_owned(),
        blocks: vec![
            Block::Paragraph(vec![text("Terms as this manual uses them.")]),
            Block::Table(table),
        ],
    }
}
