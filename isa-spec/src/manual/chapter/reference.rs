//! Lists: instructions and aliases, descriptors, fields and formats, CSRs, registers.

use super::Context;
use crate::manual::document::{
    Block, Chapter, Inline, Page, Table, Target, Text, code, joined, link, text,
};
use crate::manual::math::Math;
use crate::manual::{entry, picture, words};
use crate::model::{AliasPiece, Format, Reduction, SLOT_BYTES};
use crate::spec::Spec;

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
    let slot = SLOT_BYTES;
    let mut blocks = vec![
        Block::Paragraph(vec![text(
            "A descriptor is a block of memory that says what a bulk instruction works on. All numbers are little-endian. In the pictures, a row is eight bytes with the lowest address on the right; a thick line is a boundary of the alignment.",
        )]),
        Block::section(
            2,
            Target::Section(Chapter::Descriptors, "types"),
            "Types of fields",
        ),
    ];
    let mut types = Table::new("", ["type", "bytes", "what it is"]);
    types.row([
        vec![
            code("u8"),
            text(", "),
            code("u16"),
            text(", "),
            code("u32"),
            text(", "),
            code("u64"),
        ],
        vec![text("1, 2, 4, 8")],
        vec![text("An unsigned integer.")],
    ]);
    types.row([
        vec![code("format"), text(", "), code("mode")],
        vec![text("1")],
        vec![
            text("The code of a "),
            link(Target::Page(Chapter::Formats), text("format")),
            text(", or of a mode of the instruction."),
        ],
    ]);
    types.row([
        vec![code("flags")],
        vec![text("1")],
        vec![text(
            "Bits with names, the first is bit 0. The others have to be zero.",
        )],
    ]);
    types.row([
        vec![code("felt<base>")],
        vec![text(slot.to_string())],
        vec![text(
            "An element of the base field, in place, in the representation of the format.",
        )],
    ]);
    types.row([
        vec![code("felt<ext>")],
        vec![text((slot * crate::field::MAX_DEGREE as u32).to_string())],
        vec![text(format!("An element of the format's extension, in place: {slot} bytes for each coordinate, the coordinate of x^0 first. Coordinates beyond the degree have to be zero, and so have the upper halves of words of 32 bits."))],
    ]);
    types.row([
        vec![code("reduction")],
        vec![text((slot * crate::field::MAX_DEGREE as u32).to_string())],
        vec![text("The coefficients of the reduction polynomial, like an element in place, where the format leaves it to the program. Otherwise zero.")],
    ]);
    types.row([
        vec![code("view<ELEM, N, ...>")],
        vec![text("8 + 8 for each stride")],
        vec![
            text("An array in memory: the address of its first element, then one signed stride in bytes for each dimension, outermost first; for "),
            code("ext"),
            text(" one more, from a coordinate to the next. Element [i, j] is at address + i * stride 0 + j * stride 1. Strides may be negative, and zero for views that are only read."),
        ],
    ]);
    blocks.push(Block::Table(types));
    let mut elements = Table::new("Elements of views", ["element", "what it is"]);
    elements.row([
        joined(["u8", "u16", "u32", "u64"].map(|name| code(name)), ", "),
        vec![text("A word of so many bits, any value.")],
    ]);
    elements.row([
        vec![code("cell")],
        vec![text(
            "A word as wide as a coordinate of the format, any value.",
        )],
    ]);
    elements.row([
        vec![code("base")],
        vec![text(
            "An element of the base field: one word, a canonical residue.",
        )],
    ]);
    elements.row([
        vec![code("ext")],
        vec![text("An element of the format's extension: as many words as its degree says, each a canonical residue.")],
    ]);
    blocks.push(Block::Table(elements));
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
            "word w stands for",
        ],
    );
    for (index, format) in spec.formats.iter().enumerate() {
        let field = &spec.fields[format.field];
        formats.target(
            Target::Format(index),
            [
                vec![code(format.code.to_string())],
                vec![code(format.name.clone())],
                vec![link(Target::Field(format.field), code(field.name.clone()))],
                vec![text(format.degree.to_string())],
                reduction(format),
                vec![representation(spec, format)],
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
                    " first. A word is a canonical residue if it is below p; every other word is refused, but for p itself in the formats that read it as zero. A word has 32 bits, or 64 where p needs them. In Montgomery form the word w stands for the element ",
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

/// `x^4 = 11`; for a tower, `i^2 = -1, u^2 = 2 + i`.
fn reduction(format: &Format) -> Text {
    match &format.reduction {
        _ if format.degree == 1 => vec![text("none")],
        Reduction::Polynomial(coefficients) => {
            let right = polynomial(coefficients, "x", format.modulus);
            vec![Inline::Math(equation("x", coefficients.len(), right))]
        }
        Reduction::Descriptor => vec![text("of the descriptor")],
        Reduction::Tower { inner, outer } => {
            let right = polynomial(inner, "i", format.modulus);
            let first = equation("i", inner.len(), right);
            let mut terms: Vec<Math> = Vec::new();
            for (power, element) in outer.iter().enumerate() {
                let factor = polynomial(element, "i", format.modulus);
                if element.iter().all(|&c| c == 0) {
                    continue;
                }
                if !terms.is_empty() {
                    terms.push(Math::Operator("+"));
                }
                terms.push(match power {
                    0 => factor,
                    _ => Math::Row(vec![factor.parenthesised(), variable("u", power)]),
                });
            }
            vec![
                Inline::Math(first),
                text(", "),
                Inline::Math(equation("u", outer.len(), Math::Row(terms))),
            ]
        }
    }
}

fn equation(of: &str, degree: usize, right: Math) -> Math {
    let left = Math::name(of).sup(Math::number(degree));
    Math::Row(vec![left, Math::Operator("="), right])
}

fn variable(of: &str, power: usize) -> Math {
    match power {
        1 => Math::name(of),
        _ => Math::name(of).sup(Math::number(power)),
    }
}

/// The polynomial with these coefficients, the highest power first; what is just below p, as a negative.
fn polynomial(coefficients: &[u64], of: &str, p: u64) -> Math {
    let mut terms = Vec::new();
    for (power, &coefficient) in coefficients.iter().enumerate().rev() {
        if coefficient == 0 {
            continue;
        }
        let negative = p - coefficient < 1 << 16;
        let size = if negative {
            p - coefficient
        } else {
            coefficient
        };
        match (terms.is_empty(), negative) {
            (true, true) => terms.push(Math::Prefix("−")),
            (true, false) => {}
            (false, true) => terms.push(Math::Operator("−")),
            (false, false) => terms.push(Math::Operator("+")),
        }
        if power == 0 || size != 1 {
            terms.push(Math::number(size));
        }
        if power > 0 {
            terms.push(variable(of, power));
        }
    }
    if terms.is_empty() {
        terms.push(Math::number(0));
    }
    Math::Row(terms)
}

fn representation(spec: &Spec, format: &Format) -> Inline {
    if format.montgomery == 1 {
        return Inline::Math(Math::name("w"));
    }
    let r = format.montgomery;
    let r = if r.is_power_of_two() {
        Math::number(2).sup(Math::number(r.trailing_zeros()))
    } else {
        Math::number(r)
    };
    let p = spec.fields[format.field].modulus;
    Inline::Math(Math::Row(vec![
        montgomery(),
        Math::words(" mod "),
        Math::number(p),
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

/// Names of the integer registers.
pub(crate) fn registers(context: &Context<'_>) -> Page {
    let registers = &context.spec.registers;
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
    Page {
        chapter: Chapter::Registers,
        title: "Registers".to_owned(),
        blocks: vec![
            Block::Paragraph(vec![text(
                "An instruction reads and writes the registers that are its operands and no others. Register 0 is always zero; what is written to it is lost.",
            )]),
            Block::Table(table),
        ],
    }
}
