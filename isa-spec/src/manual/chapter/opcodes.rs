//! Which words are used: the major opcodes, the functions of each, and what is free.

use super::Context;
use crate::manual::document::{
    Block, Chapter, Inline, Page, Row, Table, Target, Text, code, joined, text,
};
use crate::model::Instruction;
use std::collections::BTreeMap;

/// The low seven bits.
const OPCODE: u32 = 0x7f;
/// Bits 31 to 25 and 14 to 12.
const FUNCT7: u32 = 0xfe00_0000;
const FUNCT3: u32 = 0x7000;

pub(crate) fn page(context: &Context<'_>) -> Page {
    let mut opcodes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, instruction) in context.spec.instructions.iter().enumerate() {
        if instruction.length == 4 && instruction.mask & OPCODE == OPCODE {
            opcodes
                .entry(instruction.bits & OPCODE)
                .or_default()
                .push(index);
        }
    }
    let section = |id, title: &str| Block::section(2, Target::Section(Chapter::Opcodes, id), title);
    let mut blocks = vec![
        Block::Paragraph(vec![text(
            "A word whose two lowest bits are 11 has 32 bits (or more, if the next three are 111); all others have 16.",
        )]),
        section("major", "Major opcodes"),
        Block::Table(major(context, &opcodes)),
    ];
    let parameters = &context.spec.parameters;
    let chosen: Vec<u32> = parameters
        .iter()
        .filter_map(|parameter| Some(parameter.values.get(parameter.chosen)?.1))
        .collect();
    blocks.push(section("functions", "Functions of chosen opcodes"));
    for (&opcode, instructions) in opcodes.iter().filter(|(opcode, _)| chosen.contains(opcode)) {
        functions(context, &mut blocks, opcode, instructions);
    }
    blocks.push(section("minor", "Instructions by opcode"));
    for (&opcode, instructions) in &opcodes {
        blocks.push(Block::Table(minor(context, opcode, instructions)));
    }
    blocks.push(section("compressed", "Words of 16 bits"));
    blocks.push(Block::Table(compressed(context)));
    if !context.spec.neighbours.is_empty() {
        blocks.push(section("neighbours", "Other extensions and what they use"));
        blocks.push(Block::Paragraph(vec![
            text("Nothing in the custom opcode space is reserved for anybody. Most of these extensions are known to use it, the others are standard ones that this spec does not have; a hart cannot have two that share words. "),
            code("zktr spec check"),
            text(" compares them with instructions of your files, and shows a word that is both."),
        ]));
        blocks.push(Block::Table(neighbours(context)));
    }
    Page {
        chapter: Chapter::Opcodes,
        title: "Opcode map".to_owned(),
        blocks,
    }
}

/// The names of a value of the opcode field: constants, and values of parameters.
fn names(context: &Context<'_>, opcode: u32) -> Vec<String> {
    let spec = context.spec;
    let constants = spec
        .constants
        .iter()
        .filter(|(_, value)| **value == opcode)
        .map(|(name, _)| name.clone());
    let values = spec.parameters.iter().flat_map(|parameter| {
        let chosen = parameter.values.get(parameter.chosen);
        parameter
            .values
            .iter()
            .filter(move |(_, value)| *value == opcode)
            .map(move |value| {
                if chosen == Some(value) {
                    format!("{} ({})", value.0, parameter.name)
                } else {
                    value.0.clone()
                }
            })
    });
    let mut names: Vec<String> = constants.chain(values).collect();
    names.dedup();
    names
}

/// The table of the RISC-V manual: bits 6 and 5 down, bits 4 to 2 across.
fn major(context: &Context<'_>, opcodes: &BTreeMap<u32, Vec<usize>>) -> Table {
    let mut table = Table {
        caption: "Bits 6:5 down, bits 4:2 across; bits 1:0 are 11. Below the name: the value, and how many instructions have it"
            .to_owned(),
        header: std::iter::once("6:5".to_owned())
            .chain((0..8).map(|low| format!("{low:03b}")))
            .collect(),
        rows: Vec::new(),
        map: true,
    };
    for high in 0..4u32 {
        let mut cells: Vec<Text> = vec![vec![code(format!("{high:02b}"))]];
        for low in 0..8u32 {
            let opcode = high << 5 | low << 2 | 3;
            if low == 7 {
                cells.push(vec![text("longer words")]);
                continue;
            }
            let mut cell: Text = vec![];
            for name in names(context, opcode) {
                cell.extend([Inline::Strong(name), text(" ")]);
            }
            cell.push(code(format!("0x{opcode:02x}")));
            cell.push(match opcodes.get(&opcode) {
                Some(used) => text(format!(" {} used", used.len())),
                None => text(" –"),
            });
            cells.push(cell);
        }
        table.rows.push(Row {
            anchor: None,
            cells,
        });
    }
    table
}

fn title(context: &Context<'_>, opcode: u32) -> String {
    let names = names(context, opcode);
    if names.is_empty() {
        format!("0x{opcode:02x}")
    } else {
        format!("0x{opcode:02x} {}", names.join(", "))
    }
}

/// All values of bits 31 to 25 of an opcode: what each is used for.
fn functions(context: &Context<'_>, blocks: &mut Vec<Block>, opcode: u32, instructions: &[usize]) {
    let entries = &context.spec.instructions;
    let fixed = |index: &&usize| entries[**index].mask & FUNCT7 == FUNCT7;
    let mut users: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for &index in instructions.iter().filter(fixed) {
        users
            .entry(entries[index].bits >> 25)
            .or_default()
            .push(index);
    }
    let mut table = Table {
        caption: format!(
            "Opcode {}: bits 31:25 (funct7), upper digit down, lower across; – is free",
            title(context, opcode)
        ),
        header: std::iter::once("31:25".to_owned())
            .chain((0..16).map(|low| format!("{low:x}")))
            .collect(),
        rows: Vec::new(),
        map: true,
    };
    for high in 0..8u32 {
        let mut cells: Vec<Text> = vec![vec![code(format!("0x{high:x}_"))]];
        for low in 0..16u32 {
            cells.push(match users.get(&(high << 4 | low)) {
                Some(users) => joined(users.iter().map(|&i| context.instruction(i)), " "),
                None => vec![text("–")],
            });
        }
        table.rows.push(Row {
            anchor: None,
            cells,
        });
    }
    blocks.push(Block::Paragraph(vec![text(format!(
        "Of the 128 values of bits 31:25 under opcode {}, {} are used and {} are free.",
        title(context, opcode),
        users.len(),
        128 - users.len()
    ))]));
    blocks.push(Block::Table(table));
    let others = instructions.len() - users.values().map(Vec::len).sum::<usize>();
    if others > 0 {
        blocks.push(Block::Paragraph(vec![text(format!(
            "{others} more instructions of this opcode have operands in these bits; they are in the list below."
        ))]));
    }
}

fn bits_of(instruction: &Instruction, mask: u32) -> String {
    let shift = mask.trailing_zeros();
    let width = mask.count_ones();
    (0..width)
        .rev()
        .map(|bit| {
            let bit = 1 << (shift + bit);
            match (instruction.mask & bit != 0, instruction.bits & bit != 0) {
                (false, _) => '·',
                (true, true) => '1',
                (true, false) => '0',
            }
        })
        .collect()
}

/// The instructions of an opcode, in the order of their fixed bits.
fn minor(context: &Context<'_>, opcode: u32, instructions: &[usize]) -> Table {
    let entries = &context.spec.instructions;
    let mut table = Table::new(
        format!(
            "Opcode {}; a dot is a bit of an operand",
            title(context, opcode)
        ),
        [
            "bits 14:12",
            "bits 31:25",
            "bits 24:20",
            "instruction",
            "harts",
        ],
    );
    let mut sorted = instructions.to_vec();
    sorted.sort_by_key(|&index| {
        let word = entries[index].bits;
        (word & FUNCT3, word & FUNCT7, word)
    });
    for index in sorted {
        let entry = &entries[index];
        table.row([
            vec![code(bits_of(entry, FUNCT3))],
            vec![code(bits_of(entry, FUNCT7))],
            vec![code(bits_of(entry, 0x01f0_0000))],
            vec![context.instruction(index)],
            vec![text(crate::manual::words::harts(&entry.xlen))],
        ]);
    }
    table
}

/// The first name of an opcode, or its value.
fn name(context: &Context<'_>, opcode: u32) -> String {
    let parameters = context.spec.parameters.iter().flat_map(|p| &p.values);
    let constants = context.spec.constants.iter();
    let named = parameters
        .map(|(name, value)| (name, value))
        .chain(constants);
    let found = named.into_iter().find(|(_, value)| **value == opcode);
    found.map_or_else(|| format!("0x{opcode:02x}"), |(name, _)| name.clone())
}

/// The extensions of other vendors: which opcodes and CSR numbers they use.
fn neighbours(context: &Context<'_>) -> Table {
    let mut table = Table::new(
        "Opcodes with the number of known patterns; what they are known from",
        [
            "extension",
            "vendor",
            "harts",
            "opcodes",
            "CSR numbers",
            "source",
        ],
    );
    for neighbour in &context.spec.neighbours {
        let mut opcodes: BTreeMap<u32, usize> = BTreeMap::new();
        for words in neighbour.words.iter().filter(|w| w.mask & OPCODE == OPCODE) {
            *opcodes.entry(words.bits & OPCODE).or_default() += 1;
        }
        let opcodes = opcodes
            .into_iter()
            .map(|(opcode, count)| text(format!("{}: {count}", name(context, opcode))));
        let mut numbers: Vec<u16> = neighbour.csrs.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        let or_none = |cell: Text| {
            if cell.is_empty() {
                vec![text("–")]
            } else {
                cell
            }
        };
        table.row([
            vec![code(neighbour.name.clone())],
            vec![text(neighbour.vendor.clone())],
            vec![text(crate::manual::words::harts(&neighbour.xlen))],
            or_none(joined(opcodes, "; ")),
            or_none(joined(ranges(&numbers).into_iter().map(code), ", ")),
            vec![text(neighbour.source.clone())],
        ]);
    }
    table
}

/// Ascending numbers in hexadecimal, adjacent ones as a range.
fn ranges(numbers: &[u16]) -> Vec<String> {
    let adjacent = numbers.chunk_by(|a, b| a.abs_diff(*b) <= 1);
    let shown = adjacent.filter_map(|run| match (run.first()?, run.last()?) {
        (first, last) if first == last => Some(format!("0x{first:03x}")),
        (first, last) => Some(format!("0x{first:03x} to 0x{last:03x}")),
    });
    shown.collect()
}

/// Words of 16 bits: quadrants across, bits 15 to 13 down.
fn compressed(context: &Context<'_>) -> Table {
    let entries = &context.spec.instructions;
    let mut table = Table {
        caption: "Bits 15:13 down, bits 1:0 across".to_owned(),
        header: ["15:13", "00", "01", "10"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
        map: true,
    };
    for high in 0..8u32 {
        let mut cells: Vec<Text> = vec![vec![code(format!("{high:03b}"))]];
        for quadrant in 0..3u32 {
            let users = entries.iter().enumerate().filter(|(_, entry)| {
                let (mask, bits) = (0xe003, high << 13 | quadrant);
                entry.length == 2 && (entry.bits ^ bits) & entry.mask & mask == 0
            });
            let cell = joined(users.map(|(index, _)| context.instruction(index)), " ");
            cells.push(if cell.is_empty() {
                vec![text("–")]
            } else {
                cell
            });
        }
        table.rows.push(Row {
            anchor: None,
            cells,
        });
    }
    table
}
