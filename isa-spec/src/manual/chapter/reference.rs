//! Lists: instructions and aliases, descriptors, fields and formats, CSRs, registers.

use super::Context;
use crate::algebra::Kind;
use crate::field::MAX_DEGREE;
use crate::manual::document::{
    Block, Chapter, Inline, Page, Table, Target, Text, code, joined, link, text,
};
use crate::manual::math::Math;
use crate::manual::{entry, picture, words};
use crate::model::{AliasPiece, Elem, FLEN, Format, Reduction, Registers, SLOT_BYTES};

/// All mnemonics, in alphabetical order.
pub(crate) fn instructions(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut all: Vec<usize> = (0..spec.instructions.len()).collect();
    all.sort_by_key(|&index| &spec.instructions[index].name);
    let mut table = Table::new(
        "Instructions in alphabetical order",
        [
            "instruction",
            "what it does",
            "extension",
            "harts",
            "mask",
            "match",
        ],
    );
    for index in all {
        let entry = &spec.instructions[index];
        let digits = usize::from(entry.length) * 2;
        table.row([
            vec![link(
                Target::Instruction(index),
                code(words::syntax(spec, index)),
            )],
            vec![text(entry.title.clone())],
            vec![text(entry.extension.clone())],
            vec![text(words::harts(&entry.xlen))],
            vec![code(format!("0x{:0digits$x}", entry.mask))],
            vec![code(format!("0x{:0digits$x}", entry.bits))],
        ]);
    }
    let mut aliases = Table::new("", ["alias", "stands for"]);
    let mut rows: Vec<(String, Text)> = spec
        .aliases
        .iter()
        .map(|alias| {
            // Operands of its own, by the letters a, b, ... in the order of its syntax.
            let own = |index: usize| {
                let letter = u8::try_from(index).map_or(b'?', |index| b'a'.saturating_add(index));
                char::from(letter).to_string()
            };
            let left = words::operand_list(
                &alias.name,
                alias.syntax.iter().map(|piece| match piece {
                    AliasPiece::Operand(index) => Ok(own(*index)),
                    AliasPiece::Punct(c) => Err(*c),
                }),
            );
            let target = &spec.instructions[alias.target];
            let right = words::bound(spec, target, &alias.bindings, own);
            let right = link(Target::Instruction(alias.target), code(right));
            (left, vec![right])
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    for (left, right) in rows {
        aliases.row([vec![code(left)], right]);
    }
    Page {
        chapter: Chapter::Instructions,
        title: "Instructions".to_owned(),
        blocks: vec![
            Block::Table(table),
            Block::section(
                2,
                Target::Section(Chapter::Instructions, "aliases"),
                "Aliases",
            ),
            Block::Paragraph(vec![text(
                "An alias stands for one instruction; the assembler accepts it, and the disassembler prefers it where it fits.",
            )]),
            Block::Table(aliases),
        ],
    }
}

/// Layouts: what all have in common, and each of them.
pub(crate) fn descriptors(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut blocks = vec![
        Block::Paragraph(vec![text(
            "A descriptor is a block of memory that says what a bulk instruction works on. All numbers are little-endian. In the pictures, a row is eight bytes with the lowest address on the right; a thick line is a boundary of the alignment.",
        )]),
        Block::section(
            2,
            Target::Section(Chapter::Descriptors, "types"),
            "Types of fields",
        ),
        Block::Table(field_types()),
        Block::section(
            2,
            Target::Section(Chapter::Descriptors, "elements"),
            "Elements of views",
        ),
        Block::Table(elements()),
    ];
    for (index, descriptor) in spec.descriptors.iter().enumerate() {
        blocks.push(Block::Heading {
            level: 2,
            anchor: Some(Target::Descriptor(index)),
            text: vec![code(descriptor.name.clone())],
        });
        let users: Vec<usize> = (0..spec.instructions.len())
            .filter(|&i| {
                spec.instructions[i]
                    .descriptor()
                    .is_some_and(|(_, d)| d == index)
            })
            .collect();
        let mut line = vec![text(format!(
            "{} bytes, aligned to {} bytes. ",
            descriptor.size, descriptor.align
        ))];
        if users.is_empty() {
            line.push(text("No instruction uses it."));
        } else {
            line.push(text("Used by "));
            line.extend(joined(users.iter().map(|&i| context.instruction(i)), ", "));
            line.push(text("."));
        }
        blocks.push(Block::Paragraph(line));
        let user = users.first().map(|&i| &spec.instructions[i]);
        blocks.push(Block::Bytes(picture::descriptor(descriptor, user)));
        blocks.push(Block::Table(entry::fields(context, descriptor, user)));
    }
    Page {
        chapter: Chapter::Descriptors,
        title: "Descriptors".to_owned(),
        blocks,
    }
}

fn field_types() -> Table {
    let mut table = Table::new("", ["type", "bytes", "what it is"]);
    let integers = ["u8", "u16", "u32", "u64"].map(code);
    table.row([
        joined(integers, ", "),
        vec![text("1, 2, 4, 8")],
        vec![text("An unsigned integer.")],
    ]);
    table.row([
        joined(["format", "mode"].map(code), ", "),
        vec![text("1")],
        vec![
            text("The code of a "),
            link(Target::Page(Chapter::Formats), text("format")),
            text(", or of a mode of the instruction."),
        ],
    ]);
    table.row([
        vec![code("flags")],
        vec![text("1")],
        vec![text("Bits with names; the others have to be zero.")],
    ]);
    table.row([
        vec![code("felt<base>")],
        vec![text(SLOT_BYTES.to_string())],
        vec![text(
            "An element of the base field, in place, in the representation of the format. A word that is shorter than the slot stands in its low bytes; the others have to be zero.",
        )],
    ]);
    let extension = SLOT_BYTES as usize * MAX_DEGREE;
    table.row([
        vec![code("felt<ext>")],
        vec![text(extension.to_string())],
        vec![text(format!(
            "An element of the format's extension, in place: {SLOT_BYTES} bytes for each coordinate, that with index 0 first. Coordinates beyond the degree have to be zero."
        ))],
    ]);
    table.row([
        vec![code("reduction")],
        vec![text(extension.to_string())],
        vec![text(
            "The coefficients of the reduction polynomial, like an element in place, for formats that leave it to the program; zero for all others.",
        )],
    ]);
    table.row([
        vec![code("view<ELEM, N, ...>")],
        vec![text(format!("{SLOT_BYTES} + {SLOT_BYTES} for each stride"))],
        vec![
            text(
                "An array in memory: the address of its first element, then one signed stride in bytes for each dimension, outermost first; for ",
            ),
            code("ext"),
            text(
                " one more, from a coordinate to the next. Element [i, j] is at address + i * stride 0 + j * stride 1. Strides may be negative; a stride may be zero if the view is only read. The instruction reads the elements, writes them, or adds to them, never two of these.",
            ),
        ],
    ]);
    table
}

fn elements() -> Table {
    let mut table = Table::new("", ["element", "bytes", "what it is"]);
    for (name, elem) in Elem::NAMES {
        let (bytes, what) = match elem {
            Elem::Word(bytes) => (bytes.to_string(), "A word, any value."),
            Elem::Cell => (
                "4 or 8".to_owned(),
                "A word as wide as a coordinate of the format, any value.",
            ),
            Elem::Felt(Kind::Base) => (
                "4 or 8".to_owned(),
                "An element of the base field: one word, a canonical residue.",
            ),
            Elem::Felt(Kind::Ext) => (
                "4 or 8 for each coordinate".to_owned(),
                "An element of the format's extension: as many words as its degree says, each a canonical residue.",
            ),
        };
        table.row([vec![code(name)], vec![text(bytes)], vec![text(what)]]);
    }
    table
}

/// Prime fields, extensions and representations.
pub(crate) fn formats(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut fields = Table::new("", ["name", "modulus p", "in hexadecimal", "what it is"]);
    for (index, field) in spec.fields.iter().enumerate() {
        fields.target(
            Target::Field(index),
            [
                vec![code(field.name.clone())],
                vec![text(field.modulus.to_string())],
                vec![code(format!("0x{:x}", field.modulus))],
                context.prose(&field.doc),
            ],
        );
    }
    let mut formats = Table::new(
        "",
        [
            "code",
            "name",
            "field",
            "degree",
            "reduction",
            "bytes",
            "word w stands for",
            "since",
            "notes",
        ],
    );
    for (index, format) in spec.formats.iter().enumerate() {
        let field = &spec.fields[format.field];
        let mut notes = context.prose(&format.doc);
        if format.accepts_modulus {
            let space = if notes.is_empty() { "" } else { " " };
            notes.push(text(format!(
                "{space}The word p is read as zero, and never written."
            )));
        }
        formats.target(
            Target::Format(index),
            [
                vec![code(format.code.to_string())],
                vec![code(format.name.clone())],
                vec![link(Target::Field(format.field), code(field.name.clone()))],
                vec![text(format.degree.to_string())],
                reduction(format),
                vec![text(format.word_bytes.to_string())],
                vec![representation(format)],
                vec![text(words::version(format.since))],
                notes,
            ],
        );
    }
    Page {
        chapter: Chapter::Formats,
        title: "Fields and formats".to_owned(),
        blocks: vec![
            Block::Paragraph(vec![text(
                "A format says which field the elements of an operation are from, which extension, and how a coordinate is a word in memory. Its code is a byte of the descriptor.",
            )]),
            Block::section(
                2,
                Target::Section(Chapter::Formats, "fields"),
                "Prime fields",
            ),
            Block::Table(fields),
            Block::section(2, Target::Section(Chapter::Formats, "formats"), "Formats"),
            Block::Paragraph(vec![
                text(
                    "An element of an extension of degree d is a polynomial in x of degree below d: its coordinates are the coefficients, that of ",
                ),
                Inline::Math(Math::name("x").sup(Math::number(0))),
                text(
                    " first. A word is a canonical residue if it is below p; every other word is refused. In Montgomery form the word w stands for the element ",
                ),
                Inline::Math(montgomery()),
                text("."),
            ]),
            Block::Table(formats),
        ],
    }
}

fn montgomery() -> Math {
    Math::Row(vec![
        Math::name("w"),
        Math::Operator("·"),
        Math::name("R").sup(Math::Row(vec![Math::Prefix("−"), Math::number(1)])),
    ])
}

/// How products are reduced, as `x^4 = 11`.
fn reduction(format: &Format) -> Text {
    let constants = |coefficients: &[u64]| {
        let constants = coefficients.iter().map(|&c| constant(c, format.modulus));
        constants.collect::<Vec<_>>()
    };
    match &format.reduction {
        Reduction::Polynomial(_) if format.degree == 1 => vec![text("none")],
        Reduction::Polynomial(coefficients) => {
            vec![Inline::Math(step("x", constants(coefficients)))]
        }
        Reduction::Tower { inner, outer } => {
            let second = outer
                .iter()
                .map(|coefficients| {
                    let inner = polynomial("i", constants(coefficients))?;
                    Some(Coefficient {
                        negative: false,
                        sum: matches!(inner, Math::Row(_)),
                        size: inner,
                    })
                })
                .collect();
            vec![
                Inline::Math(step("i", constants(inner))),
                text(", "),
                Inline::Math(step("u", second)),
                text(format!("; coordinate {} k + l is that of ", inner.len())),
                Inline::Math(Math::Row(vec![
                    Math::name("i").sup(Math::name("l")),
                    Math::name("u").sup(Math::name("k")),
                ])),
            ]
        }
        Reduction::Descriptor => vec![text("in the descriptor")],
    }
}

/// A coefficient of a polynomial.
struct Coefficient {
    negative: bool,
    size: Math,
    /// It is a sum, and needs parentheses in front of a variable.
    sum: bool,
}

/// A residue, as a negative number if that is shorter; nothing for zero.
fn constant(residue: u64, modulus: u64) -> Option<Coefficient> {
    let distance = modulus.saturating_sub(residue);
    let negative = distance < residue;
    (residue != 0).then(|| Coefficient {
        negative,
        size: Math::number(if negative { distance } else { residue }),
        sum: false,
    })
}

/// `variable^degree = polynomial`
fn step(variable: &str, right: Vec<Option<Coefficient>>) -> Math {
    let left = Math::name(variable).sup(Math::number(right.len()));
    let right = polynomial(variable, right).unwrap_or_else(|| Math::number(0));
    Math::Row(vec![left, Math::Operator("="), right])
}

/// The sum of coefficients times powers of a variable, from the highest down; nothing if all are zero.
fn polynomial(variable: &str, coefficients: Vec<Option<Coefficient>>) -> Option<Math> {
    let mut terms = Vec::new();
    for (power, coefficient) in coefficients.into_iter().enumerate().rev() {
        let Some(Coefficient {
            negative,
            size,
            sum,
        }) = coefficient
        else {
            continue;
        };
        match (terms.is_empty(), negative) {
            (true, false) => {}
            (true, true) => terms.push(Math::Prefix("−")),
            (false, false) => terms.push(Math::Operator("+")),
            (false, true) => terms.push(Math::Operator("−")),
        }
        let variable = match power {
            0 => None,
            1 => Some(Math::name(variable)),
            _ => Some(Math::name(variable).sup(Math::number(power))),
        };
        let unit = size == Math::number(1);
        match variable {
            None => terms.push(size),
            Some(variable) if unit => terms.push(variable),
            Some(variable) if sum => terms.extend([size.parenthesised(), variable]),
            Some(variable) => terms.extend([size, variable]),
        }
    }
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(Math::Row(terms)),
    }
}

fn representation(format: &Format) -> Inline {
    if format.montgomery == 1 {
        return Inline::Math(Math::name("w"));
    }
    let r = format.montgomery;
    let r = if r.is_power_of_two() {
        Math::number(2).sup(Math::number(r.trailing_zeros()))
    } else {
        Math::number(r)
    };
    Inline::Math(Math::Row(vec![
        montgomery(),
        Math::words(", "),
        Math::name("R"),
        Math::Operator("="),
        r,
    ]))
}

/// Control and status registers.
pub(crate) fn csrs(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut order: Vec<usize> = (0..spec.csrs.len()).collect();
    order.sort_by_key(|&index| spec.csrs[index].number);
    let (with_fields, plain): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&index| {
        spec.csrs[index].value != crate::model::CsrValue::Hart
            || !spec.csrs[index].fields.is_empty()
    });
    let mut blocks = vec![Block::Paragraph(vec![text(
        "Bits 11 and 10 of a CSR's number are both set for read-only registers; bits 9 and 8 are the lowest privilege that may access it (0 is user, 1 supervisor, 3 machine).",
    )])];
    for index in with_fields {
        let csr = &spec.csrs[index];
        blocks.push(Block::Heading {
            level: 2,
            anchor: Some(Target::Csr(index)),
            text: vec![code(csr.name.clone())],
        });
        let mut line = vec![text(format!(
            "Number 0x{:03x}, {}. ",
            csr.number,
            access(csr.number)
        ))];
        line.extend(context.prose(&csr.doc));
        blocks.push(Block::Paragraph(line));
        if let Some(picture) = picture::csr(csr) {
            blocks.push(Block::Bits(picture));
            let mut table = Table::new(
                format!("Fields of {}", csr.name),
                ["bits", "field", "meaning"],
            );
            for (name, high, low, doc) in &csr.fields {
                table.row([
                    vec![text(format!("{high}:{low}"))],
                    vec![code(name.clone())],
                    context.prose(doc),
                ]);
            }
            blocks.push(Block::Table(table));
        }
        if let Some(table) = bit_table(context, csr.value) {
            blocks.push(Block::Table(table));
        }
    }
    if !plain.is_empty() {
        blocks.push(Block::section(
            2,
            Target::Section(Chapter::Csrs, "others"),
            "Other CSRs",
        ));
        let mut table = Table::new("", ["number", "name", "access", "meaning"]);
        for index in plain {
            let csr = &spec.csrs[index];
            table.target(
                Target::Csr(index),
                [
                    vec![code(format!("0x{:03x}", csr.number))],
                    vec![code(csr.name.clone())],
                    vec![text(access(csr.number))],
                    context.prose(&csr.doc),
                ],
            );
        }
        blocks.push(Block::Table(table));
    }
    Page {
        chapter: Chapter::Csrs,
        title: "CSRs".to_owned(),
        blocks,
    }
}

/// What the bits of a register stand for that has one for each format or function.
fn bit_table(context: &Context<'_>, value: crate::model::CsrValue) -> Option<Table> {
    use crate::model::CsrValue;
    let spec = context.spec;
    let mut table = Table::new("What its bits stand for", ["bit", "stands for"]);
    match value {
        CsrValue::Hart | CsrValue::Version => return None,
        CsrValue::Formats => {
            for (index, format) in spec.formats.iter().enumerate() {
                table.row([
                    vec![text(format.code.to_string())],
                    vec![link(Target::Format(index), code(format.name.clone()))],
                ]);
            }
        }
        CsrValue::Functions => {
            for (index, instruction) in spec.instructions.iter().enumerate() {
                let bulk = instruction.is_bulk() || instruction.status_operand().is_some();
                if let (true, Some(function)) = (bulk, instruction.fixed_field("funct7")) {
                    table.row([
                        vec![text(function.to_string())],
                        vec![context.instruction(index)],
                    ]);
                }
            }
        }
    }
    Some(table)
}

fn access(number: u16) -> &'static str {
    if number >> 10 & 3 == 3 {
        "read-only"
    } else {
        "read and write"
    }
}

/// Names of the registers.
pub(crate) fn registers(context: &Context<'_>) -> Page {
    let spec = context.spec;
    let mut blocks = vec![
        Block::Paragraph(vec![text(
            "An instruction reads and writes the registers that are its operands and no others. Register 0 is always zero; what is written to it is lost.",
        )]),
        Block::Table(register_file(&spec.registers)),
    ];
    if !spec.float_registers.abi.is_empty() {
        blocks.push(Block::Paragraph(vec![text(format!(
            "The floating-point registers have {FLEN} bits on every hart. They are all alike: none of them is always zero.",
        ))]));
        blocks.push(Block::Table(register_file(&spec.float_registers)));
    }
    Page {
        chapter: Chapter::Registers,
        title: "Registers".to_owned(),
        blocks,
    }
}

fn register_file(registers: &Registers) -> Table {
    let mut table = Table::new("", ["number", "architectural", "ABI", "other names"]);
    for (number, abi) in registers.abi.iter().enumerate() {
        let others = registers
            .others
            .iter()
            .filter(|(_, other)| usize::from(**other) == number)
            .map(|(name, _)| code(name.clone()));
        table.row([
            vec![text(number.to_string())],
            vec![code(format!("{}{number}", registers.prefix))],
            vec![code(abi.clone())],
            joined(others, ", "),
        ]);
    }
    table
}
