//! Entries of the RISC-V unified database: a YAML file for each extension, instruction and CSR, in the layout of a
//! folder of custom extensions (`spec/custom/isa/NAME` of the database), after its schemas `ext_schema.json`,
//! `inst_schema.json` and `csr_schema.json`.
//!
//! Names are bent to what the schemas allow: mnemonics have letters, digits and dots, fields of CSRs capitals.

use super::part::{Entry, Part};
use super::{File, text};
use crate::manual;
use crate::model::{BitSlice, Csr, CsrValue, Extension, Instruction, Operand, OperandKind};
use std::fmt::Write as _;

/// The files.
pub(super) fn files(part: &Part<'_>) -> Vec<File> {
    let extensions = part.extensions.iter().map(|e| extension(part, e));
    let instructions = part.instructions.iter().map(|i| instruction(part, i));
    let csrs = part.csrs.iter().map(|c| csr(part, c));
    extensions.chain(instructions).chain(csrs).collect()
}

fn head(part: &Part<'_>, schema: &str, kind: &str) -> String {
    let notice = text::comment("# ", &part.notice());
    format!("{notice}\n$schema: \"{schema}#\"\nkind: {kind}\n")
}

/// A text as an indented block; `|` keeps its lines.
fn block(key: &str, text: &str) -> String {
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| {
            line.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()
        })
        .collect();
    if lines.iter().all(|line: &String| line.trim().is_empty()) {
        return format!("{key}: \"\"\n");
    }
    // The number keeps leading spaces of the first line from being taken for indentation.
    let mut out = format!("{key}: |2\n");
    for line in lines {
        out.push_str(format!("  {line}").trim_end());
        out.push('\n');
    }
    out
}

/// As the schema has extension names: X, S or Z with small letters and digits, or one letter.
fn extension_name(name: &str) -> String {
    let mut chars = name.chars().filter(char::is_ascii_alphanumeric);
    let first = chars.next().map_or('X', |c| c.to_ascii_uppercase());
    let rest: String = chars.map(|c| c.to_ascii_lowercase()).collect();
    match (first, rest.is_empty()) {
        ('S' | 'X' | 'Z', _) | (_, true) => format!("{first}{rest}"),
        (_, false) => format!("X{}{rest}", first.to_ascii_lowercase()),
    }
}

fn mnemonic(name: &str) -> String {
    name.replace('_', ".")
}

fn extension(part: &Part<'_>, extension: &Extension) -> File {
    let name = extension_name(&extension.name);
    let mut out = head(part, "ext_schema.json", "extension");
    let (major, minor) = extension.version;
    let title = extension.doc.lines().next().unwrap_or_default();
    let _ = write!(
        out,
        "name: {name}\nlong_name: {}\ntype: unprivileged\n{}versions:\n  - version: \"{major}.{minor}.0\"\n    \
         state: development\n",
        text::quoted(title),
        block("description", &extension.doc)
    );
    File {
        path: format!("ext/{name}.yaml"),
        text: out,
    }
}

fn instruction(part: &Part<'_>, entry: &Entry<'_>) -> File {
    let instruction = entry.instruction;
    let extension = extension_name(&instruction.extension);
    let mut out = head(part, "inst_schema.json", "instruction");
    let name = mnemonic(&instruction.name);
    let _ = write!(
        out,
        "name: {}\nlong_name: {}\n{}",
        text::quoted(&name),
        text::quoted(&instruction.title),
        block("description", &description(part, entry))
    );
    match instruction.xlen.as_slice() {
        [only] => {
            let _ = write!(
                out,
                "definedBy:\n  allOf:\n    - xlen: {only}\n    - extension:\n        name: {extension}\n"
            );
        }
        _ => {
            let _ = write!(out, "definedBy:\n  extension:\n    name: {extension}\n");
        }
    }
    let syntax = manual::syntax(part.spec, entry.index);
    let assembly = syntax.split_once(' ').map_or("", |(_, operands)| operands);
    let _ = write!(
        out,
        "assembly: {}\n{}access:\n  s: always\n  u: always\n  vs: always\n  vu: always\n",
        text::quoted(assembly),
        encoding(instruction)
    );
    // Where RV32 and RV64 have different instructions of one mnemonic, each has its file.
    File {
        path: format!("inst/{extension}/{}.yaml", entry_name(entry, &name)),
        text: out,
    }
}

fn entry_name(entry: &Entry<'_>, name: &str) -> String {
    match entry.symbol.rsplit_once("_rv") {
        Some((_, xlen)) if entry.symbol != super::ident::snake(name) => format!("{name}.rv{xlen}"),
        _ => name.to_owned(),
    }
}

fn description(part: &Part<'_>, entry: &Entry<'_>) -> String {
    let instruction = entry.instruction;
    let mut out = instruction.title.clone();
    out.push_str(".\n");
    if !instruction.doc.trim().is_empty() {
        let _ = writeln!(out, "\n{}", instruction.doc.trim());
    }
    for mode in &instruction.modes {
        if mode.name.is_empty() {
            out.push_str("\nMeaning:\n");
        } else {
            let _ = writeln!(
                out,
                "\nMode {} (code {}): {}",
                mode.name, mode.code, mode.doc
            );
        }
        let meaning = part.spec.semantics_text(entry.index, &mode.semantics);
        let _ = writeln!(out, "\n----\n{}\n----", meaning.trim_end());
    }
    out
}

/// The word as a pattern, and where the operands are in it.
fn encoding(instruction: &Instruction) -> String {
    let bits = u32::from(instruction.length) * 8;
    let pattern: String = (0..bits)
        .rev()
        .map(
            |bit| match (instruction.mask >> bit & 1, instruction.bits >> bit & 1) {
                (0, _) => '-',
                (_, 0) => '0',
                (_, _) => '1',
            },
        )
        .collect();
    let mut out = format!("encoding:\n  match: \"{pattern}\"\n");
    let written = || instruction.operands.iter().filter(|o| o.fixed.is_none());
    if written().next().is_some() {
        out.push_str("  variables:\n");
    }
    for operand in written() {
        let _ = write!(
            out,
            "    - name: {}\n      location: {}\n",
            operand.name,
            location(operand)
        );
        if matches!(operand.kind, OperandKind::Imm { signed: true, .. }) {
            out.push_str("      sign_extend: true\n");
        }
        let shift = operand.slices.iter().map(|s| s.value_lo).min().unwrap_or(0);
        if shift > 0 {
            let _ = writeln!(out, "      left_shift: {shift}");
        }
        if !operand.exclude.is_empty() {
            let values: Vec<String> = operand.exclude.iter().map(i64::to_string).collect();
            let _ = writeln!(out, "      not: [{}]", values.join(", "));
        }
    }
    out
}

/// The slices from the highest bit of the value down.
fn location(operand: &Operand) -> String {
    let mut slices: Vec<&BitSlice> = operand.slices.iter().collect();
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.value_lo));
    let parts: Vec<String> = slices
        .iter()
        .map(|slice| range(slice.word_lo, slice.word_lo + slice.len - 1))
        .collect();
    format!("\"{}\"", parts.join("|"))
}

fn range(low: u8, high: u8) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{high}-{low}")
    }
}

fn csr(part: &Part<'_>, csr: &Csr) -> File {
    // The two upper bits of the number are ones for a read-only CSR, the next two are the lowest privilege
    // (privileged architecture, "CSR address mapping").
    let writable = csr.number >> 10 != 0b11;
    let privilege = ["U", "S", "VS", "M"][usize::from(csr.number >> 8 & 0b11)];
    let mut out = head(part, "csr_schema.json", "csr");
    let _ = write!(
        out,
        "name: {}\nlong_name: {}\naddress: {:#x}\nwritable: {writable}\npriv_mode: {}\nlength: {}\n{}",
        text::quoted(&csr_name(&csr.name)),
        text::quoted(csr.doc.lines().next().unwrap_or_default()),
        csr.number,
        // A hypervisor's CSR is one of HS-mode here; VS is for those that have an address of their own in it.
        if privilege == "VS" { "S" } else { privilege },
        if privilege == "M" { "MXLEN" } else { "XLEN" },
        block("description", &csr.doc)
    );
    if csr.extension.is_empty() {
        out.push_str("definedBy:\n  extension:\n    name: Zicsr\n");
    } else {
        let extension = extension_name(&csr.extension);
        let _ = write!(out, "definedBy:\n  extension:\n    name: {extension}\n");
    }
    let kind = match (writable, csr.value) {
        (true, _) => "RW",
        (false, CsrValue::Hart) => "RO-H",
        (false, _) => "RO",
    };
    out.push_str("fields:\n");
    let mut field = |name: &str, location: &str, doc: &str| {
        let _ = write!(
            out,
            "  {}:\n    location{location}\n    description: {}\n    type: {kind}\n    reset_value: UNDEFINED_LEGAL\n",
            field_name(name),
            text::quoted(doc)
        );
    };
    if csr.fields.is_empty() {
        field("VALUE", "_rv32: 31-0\n    location_rv64: 63-0", &csr.doc);
    }
    for (name, high, low, doc) in &csr.fields {
        field(name, &format!(": {}", range(*low, *high)), doc);
    }
    let folder = match csr.extension.as_str() {
        "" => "Zicsr".to_owned(),
        name => extension_name(name),
    };
    File {
        path: format!("csr/{folder}/{}.yaml", csr_name(&csr.name)),
        text: out,
    }
}

/// As the schema has names of CSRs: small letters, digits, `_` and dots.
fn csr_name(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
    let lower = name.to_ascii_lowercase();
    lower
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect()
}

fn field_name(name: &str) -> String {
    let upper: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    match upper.chars().next() {
        Some(c) if c.is_ascii_alphabetic() => upper,
        _ => format!("F{upper}"),
    }
}
