//! A SystemVerilog package (IEEE 1800-2012, the part that Verilator and Icarus share).
//!
//! Packed structures begin with the most significant bits, and memory is little-endian: bit 0 of a descriptor's
//! structure is bit 0 of its first byte, so that a descriptor that was read as one wide word has the structure's type.

mod keywords;

use super::ident::{Names, screaming, snake};
use super::layout::{self, Shape};
use super::part::{Entry, Part};
use super::{File, text};
use crate::model::{Descriptor, Instruction, LayoutContent, Operand, OperandKind};
use keywords::KEYWORDS;
use std::fmt::Write as _;

/// The package.
pub(super) fn package(part: &Part<'_>) -> File {
    let mut writer = Writer {
        part,
        names: Names::new(KEYWORDS),
        out: String::new(),
    };
    writer.all();
    part.file("_isa_pkg.sv", writer.out)
}

struct Writer<'a> {
    part: &'a Part<'a>,
    /// Names in the package.
    names: Names,
    out: String,
}

impl Writer<'_> {
    fn all(&mut self) {
        let part = self.part;
        let package = format!("{}_isa_pkg", part.prefix);
        let _ = write!(
            self.out,
            "{}\n// A package is used in parts, and a field's bits in parts.\n/* verilator lint_off UNUSED */\n\npackage {package};\n",
            text::comment("// ", &part.notice())
        );
        self.versions();
        self.csrs();
        if part.has_bulk() {
            self.codes();
        }
        for entry in &part.instructions {
            self.modes(entry);
        }
        for descriptor in &part.descriptors {
            self.descriptor(descriptor);
        }
        self.word_formats();
        let operations = self.operations();
        for xlen in [32, 64] {
            self.decoder(xlen, &operations);
        }
        for entry in &part.instructions {
            self.operands(entry);
        }
        let _ = write!(self.out, "\nendpackage\n\n/* verilator lint_on UNUSED */\n");
    }

    fn doc(&mut self, indent: &str, text: &str) {
        let comment = text::comment(&format!("{indent}// "), text);
        self.out.push_str(&comment);
    }

    fn versions(&mut self) {
        self.out.push_str("\n  // Versions of the extensions.\n");
        for extension in &self.part.extensions {
            for (which, number) in [
                ("MAJOR", extension.version.0),
                ("MINOR", extension.version.1),
            ] {
                let name = format!("{}_VERSION_{which}", screaming(&extension.name));
                let name = self.names.unique(&name);
                let _ = writeln!(self.out, "  localparam int {name} = {number};");
            }
        }
    }

    fn csrs(&mut self) {
        if self.part.csrs.is_empty() {
            return;
        }
        self.out
            .push_str("\n  // CSRs, and the lowest bit and the width of their fields.\n");
        for csr in &self.part.csrs {
            self.doc("  ", &csr.doc);
            let name = self.names.unique(&format!("CSR_{}", screaming(&csr.name)));
            let _ = writeln!(
                self.out,
                "  localparam logic [11:0] {name} = 12'h{:03x};",
                csr.number
            );
            for (field, high, low, _) in &csr.fields {
                for (which, value) in [("LSB", *low), ("WIDTH", high - low + 1)] {
                    let name = format!("{name}_{}_{which}", screaming(field));
                    let name = self.names.unique(&name);
                    let _ = writeln!(self.out, "  localparam int {name} = {value};");
                }
            }
        }
    }

    /// An enumeration of codes.
    fn enumeration<'n>(
        &mut self,
        ty: &str,
        width: u32,
        prefix: &str,
        items: impl Iterator<Item = (&'n str, u64, &'n str)>,
    ) {
        let items: Vec<(String, u64, &str)> = items
            .map(|(name, code, doc)| {
                (
                    self.names.unique(&format!("{prefix}_{}", screaming(name))),
                    code,
                    doc,
                )
            })
            .collect();
        if items.is_empty() {
            return;
        }
        let ty = self.names.unique(ty);
        let _ = writeln!(self.out, "\n  typedef enum logic [{}:0] {{", width - 1);
        let last = items.len() - 1;
        for (index, (name, code, doc)) in items.iter().enumerate() {
            self.doc("    ", doc);
            let comma = if index == last { "" } else { "," };
            let _ = writeln!(self.out, "    {name} = {width}'d{code}{comma}");
        }
        let _ = writeln!(self.out, "  }} {ty};");
    }

    fn codes(&mut self) {
        let spec = self.part.spec;
        self.out
            .push_str("\n  // What an instruction with a descriptor leaves in rd.");
        let most = spec.statuses.iter().map(|s| s.code).max().unwrap_or(0);
        let width = (u64::BITS - most.leading_zeros()).max(8);
        let statuses = spec.statuses.iter();
        self.enumeration(
            "status_e",
            width,
            "STATUS",
            statuses.map(|s| (s.name.as_str(), s.code, s.doc.as_str())),
        );
        self.out
            .push_str("\n  // Representations of field elements.");
        let formats = spec.formats.iter();
        self.enumeration(
            "format_e",
            8,
            "FORMAT",
            formats.map(|f| (f.name.as_str(), f.code.into(), "")),
        );
    }

    fn modes(&mut self, entry: &Entry<'_>) {
        let modes = &entry.instruction.modes;
        if modes.iter().all(|mode| mode.name.is_empty()) {
            return;
        }
        let _ = write!(self.out, "\n  // Modes of {}.", entry.instruction.name);
        self.enumeration(
            &format!("{}_mode_e", entry.symbol),
            8,
            &format!("{}_MODE", screaming(&entry.symbol)),
            modes
                .iter()
                .map(|m| (m.name.as_str(), m.code.into(), m.doc.as_str())),
        );
    }

    fn descriptor(&mut self, descriptor: &Descriptor) {
        let ty = self
            .names
            .unique(&format!("{}_descriptor_t", snake(&descriptor.name)));
        let _ = writeln!(
            self.out,
            "\n  // Descriptor {}: {} bytes. The last member is in the lowest bytes.\n  typedef struct packed {{",
            descriptor.name, descriptor.size
        );
        let mut names = Names::new(KEYWORDS);
        let mut lines: Vec<String> = Vec::new();
        for member in layout::members(descriptor) {
            let mut line = |name: String, bytes: u32, at: u32, doc: &str| {
                let end = at + bytes - 1;
                let note = text::line(&format!("Bytes {at} to {end}. {doc}"));
                lines.push(format!("    logic [{}:0] {name}; // {note}", bytes * 8 - 1));
            };
            let Some(field) = member.field else {
                let name = names.unique(&format!("reserved_at_{}", member.at));
                line(name, member.size, member.at, "Not used.");
                continue;
            };
            match member.shape {
                Shape::Uint(_) | Shape::Array { .. } => {
                    line(
                        names.unique(&field.name),
                        member.size,
                        member.at,
                        &field.doc,
                    );
                }
                Shape::View { strides } => {
                    let address = names.unique(&format!("{}_address", field.name));
                    line(address, 8, member.at, &field.doc);
                    for stride in 0..strides {
                        let name = names.unique(&format!("{}_stride{stride}", field.name));
                        line(name, 8, member.at + 8 + 8 * stride, "Stride in bytes.");
                    }
                }
            }
        }
        for line in lines.iter().rev() {
            let _ = writeln!(self.out, "{line}");
        }
        let _ = writeln!(self.out, "  }} {ty};");
    }

    /// A structure for each encoding format that an instruction has.
    fn word_formats(&mut self) {
        let mut seen = std::collections::HashSet::new();
        for entry in &self.part.instructions {
            let instruction = entry.instruction;
            if !seen.insert(&instruction.format) {
                continue;
            }
            let ty = self.names.unique(&format!(
                "format_{}_t",
                snake(&instruction.format).to_ascii_lowercase()
            ));
            let _ = writeln!(
                self.out,
                "\n  // Words of encoding format {}.\n  typedef struct packed {{",
                instruction.format
            );
            let mut names = Names::new(KEYWORDS);
            for field in &instruction.layout {
                let split = instruction
                    .layout
                    .iter()
                    .filter(|f| f.name == field.name)
                    .count()
                    > 1;
                let name = match split {
                    true => format!("{}_at_{}", field.name, field.lo),
                    false => field.name.clone(),
                };
                let _ = writeln!(
                    self.out,
                    "    logic [{}:0] {};",
                    field.len - 1,
                    names.unique(&name)
                );
            }
            let _ = writeln!(self.out, "  }} {ty};");
        }
    }

    /// Masks and values, and the enumeration of the instructions; its names in the order of the part.
    fn operations(&mut self) -> Vec<[String; 3]> {
        self.out.push_str("\n  // A word is an instruction if (word & MASK) == MATCH and its operands have allowed values.\n");
        let mut out = Vec::new();
        for entry in &self.part.instructions {
            let name = screaming(&entry.symbol);
            let mask = self.names.unique(&format!("{name}_MASK"));
            let bits = self.names.unique(&format!("{name}_MATCH"));
            let instruction = entry.instruction;
            let _ = writeln!(
                self.out,
                "  localparam logic [31:0] {mask} = 32'h{:08x};\n  localparam logic [31:0] {bits} = 32'h{:08x};",
                instruction.mask, instruction.bits
            );
            out.push([String::new(), mask, bits]);
        }
        let width = usize::BITS - self.part.instructions.len().leading_zeros();
        let none = self.names.unique("OP_NONE");
        let _ = write!(
            self.out,
            "\n  typedef enum logic [{}:0] {{\n    // No instruction.\n    {none} = {width}'d0",
            width - 1
        );
        for (index, entry) in self.part.instructions.iter().enumerate() {
            let name = self
                .names
                .unique(&format!("OP_{}", screaming(&entry.symbol)));
            let _ = write!(self.out, ",\n    {name} = {width}'d{}", index + 1);
            out[index][0] = name;
        }
        let ty = self.names.unique("op_e");
        let _ = writeln!(self.out, "\n  }} {ty};");
        out
    }

    /// No word is two instructions, so that the order of the tests means nothing.
    fn decoder(&mut self, xlen: u8, operations: &[[String; 3]]) {
        let name = self.names.unique(&format!("decode_rv{xlen}"));
        let _ = write!(
            self.out,
            "\n  // The instruction of a word on a hart of {xlen} bits. Of a 16-bit instruction the upper half does not matter.\n  \
             function automatic op_e {name}(input logic [31:0] insn);\n    {name} = OP_NONE;\n"
        );
        for (entry, [op, mask, bits]) in self.part.instructions.iter().zip(operations) {
            if !entry.instruction.xlen.contains(&xlen) {
                continue;
            }
            let mut condition = format!("(insn & {mask}) == {bits}");
            for operand in entry
                .instruction
                .operands
                .iter()
                .filter(|o| o.fixed.is_none())
            {
                for &excluded in &operand.exclude {
                    let allowed = Operand {
                        exclude: Vec::new(),
                        ..operand.clone()
                    }
                    .allowed();
                    if allowed.contains(excluded) {
                        let (mask, bits) = (operand.word_mask(), operand.place(excluded));
                        let _ = write!(condition, " && (insn & 32'h{mask:08x}) != 32'h{bits:08x}");
                    }
                }
            }
            let _ = writeln!(self.out, "    if ({condition}) {name} = {op};");
        }
        self.out.push_str("  endfunction\n");
    }

    fn operands(&mut self, entry: &Entry<'_>) {
        let instruction = entry.instruction;
        let written: Vec<&Operand> = instruction
            .operands
            .iter()
            .filter(|o| o.fixed.is_none())
            .collect();
        let _ = write!(
            self.out,
            "\n  // {}: {}\n",
            instruction.name,
            text::line(&instruction.title)
        );
        let mut names = Names::new(KEYWORDS);
        let fields: Vec<String> = written.iter().map(|o| names.unique(&o.name)).collect();
        let widths: Vec<String> = written.iter().map(|o| ty(o)).collect();
        if !written.is_empty() {
            let ty = self.names.unique(&format!("{}_operands_t", entry.symbol));
            let name = self.names.unique(&format!("{}_operands", entry.symbol));
            self.out.push_str("  typedef struct packed {\n");
            for (field, width) in fields.iter().zip(&widths) {
                let _ = writeln!(self.out, "    {width} {field};");
            }
            let values: Vec<String> = written.iter().map(|o| extract(o)).collect();
            let _ = write!(
                self.out,
                "  }} {ty};\n  function automatic {ty} {name}(input logic [31:0] insn);\n    {name} = {{{}}};\n  endfunction\n",
                values.join(", ")
            );
        }
        let name = self.names.unique(&format!("{}_encode", entry.symbol));
        let arguments: Vec<String> = fields
            .iter()
            .zip(&widths)
            .map(|(field, width)| format!("input {width} {field}"))
            .collect();
        // A function has at least one argument before IEEE 1800-2012, and in Icarus.
        if arguments.is_empty() {
            let name = self
                .names
                .unique(&format!("{}_WORD", screaming(&entry.symbol)));
            let _ = writeln!(
                self.out,
                "  localparam logic [31:0] {name} = 32'h{:08x};",
                instruction.bits
            );
            return;
        }
        let _ = write!(
            self.out,
            "  function automatic logic [31:0] {name}({});\n    {name} = {{{}}};\n  endfunction\n",
            arguments.join(", "),
            word(instruction, &fields)
        );
    }
}

/// The type of an operand: all bits of its value, the low zeros of an even number included.
fn ty(operand: &Operand) -> String {
    let signed = matches!(operand.kind, OperandKind::Imm { signed: true, .. });
    format!(
        "logic {}[{}:0]",
        if signed { "signed " } else { "" },
        width(operand) - 1
    )
}

fn width(operand: &Operand) -> u8 {
    if operand.kind.is_compressed() {
        5
    } else {
        operand.width()
    }
}

/// The value of an operand in `insn`.
fn extract(operand: &Operand) -> String {
    let mut slices: Vec<_> = operand.slices.iter().collect();
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.value_lo));
    let mut parts: Vec<String> = Vec::new();
    if operand.kind.is_compressed() {
        parts.push("2'b01".to_owned());
    }
    parts.extend(
        slices
            .iter()
            .map(|slice| bits("insn", slice.word_lo, slice.len)),
    );
    let zeros = slices.last().map_or(0, |slice| slice.value_lo);
    if zeros > 0 {
        parts.push(format!("{zeros}'d0"));
    }
    format!("{{{}}}", parts.join(", "))
}

fn bits(of: &str, lo: u8, len: u8) -> String {
    if len == 1 {
        format!("{of}[{lo}]")
    } else {
        format!("{of}[{}:{lo}]", lo + len - 1)
    }
}

/// The parts of a word from the highest bit down.
fn word(instruction: &Instruction, names: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    if instruction.length == 2 {
        parts.push("16'd0".to_owned());
    }
    parts.extend(instruction.layout.iter().map(|field| match field.content {
        LayoutContent::Fixed(value) => format!("{}'h{value:x}", field.len),
        LayoutContent::Operand { operand, value_lo } => {
            bits(&names[operand.0 as usize], value_lo, field.len)
        }
    }));
    parts.join(", ")
}
