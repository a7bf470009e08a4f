//! A Rust module that needs nothing but `core`: `mod NAME;` in a crate of edition 2021 or later.
//!
//! Constants and structures are for every host; the functions, which are one instruction each, for RISC-V.

use super::call::{Call, Parameter, range_check};
use super::ident::{Names, camel, screaming, snake};
use super::layout::{self, Shape};
use super::part::Part;
use super::shape::Form;
use super::{File, text};
use crate::algebra::OperandId;
use crate::model::{Csr, Descriptor, FieldType, Instruction, OperandKind, Role};
use std::fmt::Write as _;

/// Keywords of edition 2024, strict and reserved.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Where the instructions are.
const RISCV: &str = "#[cfg(any(target_arch = \"riscv32\", target_arch = \"riscv64\"))]";

/// The module.
pub(super) fn module(part: &Part<'_>) -> File {
    let mut writer = Writer {
        part,
        types: Names::new(KEYWORDS),
        values: Names::new(KEYWORDS),
        functions: Names::new(KEYWORDS),
        out: String::new(),
    };
    // These names are taken by what every module has.
    for name in ["Status", "View"] {
        writer.types.unique(name);
    }
    writer.all();
    part.file(".rs", writer.out)
}

struct Writer<'a> {
    part: &'a Part<'a>,
    types: Names,
    values: Names,
    functions: Names,
    out: String,
}

impl Writer<'_> {
    fn all(&mut self) {
        let part = self.part;
        self.out.push_str(&text::comment("// ", &part.notice()));
        self.out.push('\n');
        for extension in &part.extensions {
            let (major, minor) = extension.version;
            let name = self
                .values
                .unique(&format!("{}_VERSION", screaming(&extension.name)));
            self.doc("", &format!("Version of {}: major, minor.", extension.name));
            let _ = writeln!(
                self.out,
                "pub const {name}: (u16, u16) = ({major}, {minor});"
            );
        }
        self.encodings();
        for csr in &part.csrs {
            self.csr_constants(csr);
        }
        if part.has_bulk() {
            self.statuses();
            self.formats();
            self.view();
        }
        for entry in &part.instructions {
            self.modes(entry.instruction, &entry.symbol);
        }
        for descriptor in &part.descriptors {
            self.descriptor(descriptor);
        }
        self.register_numbers();
        for csr in &part.csrs {
            self.csr_access(csr);
        }
        for entry in &part.instructions {
            self.function(entry.instruction, &entry.symbol);
        }
    }

    fn doc(&mut self, indent: &str, text: &str) {
        let comment = text::comment(&format!("{indent}/// "), text);
        self.out.push_str(&comment);
    }

    fn encodings(&mut self) {
        self.out.push('\n');
        for entry in &self.part.instructions {
            let name = self
                .values
                .unique(&format!("{}_ENCODING", screaming(&entry.symbol)));
            let instruction = entry.instruction;
            self.doc("", &format!("Mask and value of `{}`.", instruction.name));
            let _ = writeln!(
                self.out,
                "pub const {name}: (u32, u32) = ({:#010x}, {:#010x});",
                instruction.mask, instruction.bits
            );
        }
    }

    fn csr_constants(&mut self, csr: &Csr) {
        let name = self.values.unique(&format!("CSR_{}", screaming(&csr.name)));
        self.out.push('\n');
        self.doc("", &csr.doc);
        let _ = writeln!(self.out, "pub const {name}: u16 = {:#05x};", csr.number);
        for (field, high, low, doc) in &csr.fields {
            let mask = u64::MAX >> (63 - (high - low)) << low;
            let field = self.values.unique(&format!("{name}_{}", screaming(field)));
            self.doc("", doc);
            let _ = writeln!(self.out, "pub const {field}: u64 = {mask:#x};");
        }
    }

    fn statuses(&mut self) {
        self.out.push_str(
            "\n/// What an instruction with a descriptor leaves in rd.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n\
             #[repr(transparent)]\npub struct Status(pub usize);\n\nimpl Status {\n",
        );
        let mut names = Names::new(KEYWORDS);
        for status in &self.part.spec.statuses {
            self.doc("    ", &status.doc);
            let name = names.unique(&screaming(&status.name));
            let _ = writeln!(
                self.out,
                "    pub const {name}: Self = Self({:#x});",
                status.code
            );
        }
        self.out.push_str("}\n");
    }

    fn formats(&mut self) {
        for format in &self.part.spec.formats {
            let name = self
                .values
                .unique(&format!("FORMAT_{}", screaming(&format.name)));
            self.out.push('\n');
            let field = &self.part.spec.fields[format.field];
            self.doc(
                "",
                &format!(
                    "Format `{}`: degree {} over {}.",
                    format.name, format.degree, field.name
                ),
            );
            let _ = writeln!(self.out, "pub const {name}: u8 = {};", format.code);
        }
    }

    fn view(&mut self) {
        self.out.push_str(
            "\n/// An array in memory: the address of the first element, and a stride in bytes for each dimension and, last,\n\
             /// where elements have coordinates, from one of them to the next.\n\
             #[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(C)]\npub struct View<const STRIDES: usize> {\n    \
             /// Address of the first element.\n    pub address: u64,\n    /// Strides in bytes.\n    \
             pub stride: [i64; STRIDES],\n}\n\nimpl<const STRIDES: usize> View<STRIDES> {\n    \
             /// All zero.\n    pub const ZERO: Self = Self { address: 0, stride: [0; STRIDES] };\n}\n",
        );
    }

    fn modes(&mut self, instruction: &Instruction, symbol: &str) {
        for mode in &instruction.modes {
            if mode.name.is_empty() {
                continue;
            }
            let name = format!("{}_MODE_{}", screaming(symbol), screaming(&mode.name));
            let name = self.values.unique(&name);
            self.out.push('\n');
            self.doc(
                "",
                &format!(
                    "Mode `{}` of `{}`. {}",
                    mode.name, instruction.name, mode.doc
                ),
            );
            let _ = writeln!(self.out, "pub const {name}: u8 = {};", mode.code);
        }
    }

    fn descriptor(&mut self, descriptor: &Descriptor) {
        let name = self.types.unique(&descriptor_name(descriptor));
        self.out.push('\n');
        self.doc("", &format!("Descriptor `{}`.", descriptor.name));
        let _ = writeln!(
            self.out,
            "#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(C, align({}))]\npub struct {name} {{",
            descriptor.align
        );
        let mut names = Names::new(KEYWORDS);
        let mut checks = format!(
            "    assert!(core::mem::size_of::<{name}>() == {});\n",
            descriptor.size
        );
        let mut init = String::new();
        for member in layout::members(descriptor) {
            let (ty, zero) = match member.shape {
                Shape::Uint(bytes) => (format!("u{}", bytes * 8), "0".to_owned()),
                Shape::Array { bytes, count } => (
                    format!("[u{}; {count}]", bytes * 8),
                    format!("[0; {count}]"),
                ),
                Shape::View { strides } => (format!("View<{strides}>"), "View::ZERO".to_owned()),
            };
            let Some(field) = member.field else {
                let id = names.unique(&format!("reserved_at_{}", member.at));
                let _ = write!(self.out, "    /// Not used.\n    pub {id}: {ty},\n");
                let _ = writeln!(init, "            {id}: {zero},");
                continue;
            };
            let id = names.unique(&field.name);
            self.doc("    ", &field.doc);
            let _ = writeln!(self.out, "    pub {id}: {ty},");
            let _ = writeln!(
                checks,
                "    assert!(core::mem::offset_of!({name}, {id}) == {});",
                field.at
            );
            let value = match (&field.ty, field.value) {
                (FieldType::Format, _) => "format".to_owned(),
                (FieldType::Mode, _) => "mode".to_owned(),
                (_, Some(value)) => value.to_string(),
                (_, None) => zero,
            };
            let _ = match value == id {
                true => writeln!(init, "            {id},"),
                false => writeln!(init, "            {id}: {value},"),
            };
        }
        let _ = write!(
            self.out,
            "}}\n\nconst _: () = {{\n{checks}}};\n\nimpl {name} {{\n    \
             /// All zero, but for the format, the mode and the fields that have only one value.\n    \
             #[must_use]\n    #[allow(unused_variables)] // not every layout has both\n    \
             pub const fn new(format: u8, mode: u8) -> Self {{\n        Self {{\n{init}        }}\n    }}\n}}\n"
        );
    }

    /// Symbols from which an assembler has the number of a register whose name the compiler has put in.
    fn register_numbers(&mut self) {
        let needed = self.part.instructions.iter().any(|entry| {
            Call::new(entry.instruction, KEYWORDS).is_ok_and(|call| call.form == Form::Word)
        });
        if !needed {
            return;
        }
        let _ = write!(
            self.out,
            "\n{RISCV}\nmacro_rules! register_numbers {{\n    () => {{\n        \""
        );
        for (name, number) in self.part.spec.registers.names() {
            let _ = write!(
                self.out,
                ".set .L{}_number_{name}, {number}\\n",
                self.part.prefix
            );
        }
        self.out.push_str("\"\n    };\n}\n");
    }

    fn csr_access(&mut self, csr: &Csr) {
        let name = self.functions.unique(&format!("read_{}", snake(&csr.name)));
        let _ = write!(
            self.out,
            "\n/// Reads the CSR `{}`.\n///\n/// # Safety\n/// The hart has the CSR, and this privilege may read it.\n{RISCV}\n#[inline(always)]\n\
             #[must_use]\npub unsafe fn {name}() -> usize {{\n    let value: usize;\n    \
             unsafe {{ core::arch::asm!(\"csrr {{value}}, {:#x}\", value = lateout(reg) value, options(nostack)) }}\n    \
             value\n}}\n",
            text::line(&csr.name),
            csr.number
        );
        // The two upper bits of the number are ones for a read-only CSR (privileged architecture, "CSR address mapping").
        if csr.number >> 10 != 0b11 {
            let name = self
                .functions
                .unique(&format!("write_{}", snake(&csr.name)));
            let _ = write!(
                self.out,
                "\n/// Writes the CSR `{}`.\n///\n/// # Safety\n/// The hart has the CSR, and this privilege may write it.\n{RISCV}\n#[inline(always)]\n\
                 pub unsafe fn {name}(value: usize) {{\n    \
                 unsafe {{ core::arch::asm!(\"csrw {:#x}, {{value}}\", value = in(reg) value, options(nostack)) }}\n}}\n",
                text::line(&csr.name),
                csr.number
            );
        }
    }

    fn function(&mut self, instruction: &Instruction, symbol: &str) {
        let name = self.functions.unique(symbol);
        let call = match Call::new(instruction, KEYWORDS) {
            Ok(call) => call,
            Err(reason) => {
                let _ = writeln!(
                    self.out,
                    "\n// `{}` has no function: {reason}.",
                    instruction.name
                );
                return;
            }
        };
        let text = documentation(&call);
        self.out.push('\n');
        self.doc("", &text);
        let cfg = match instruction.xlen.as_slice() {
            [32] => "#[cfg(target_arch = \"riscv32\")]",
            [64] => "#[cfg(target_arch = \"riscv64\")]",
            _ => RISCV,
        };
        let (immediates, values): (Vec<&Parameter<'_>>, Vec<&Parameter<'_>>) =
            call.parameters.iter().partition(|p| p.is_immediate());
        let generics: Vec<String> = immediates
            .iter()
            .map(|p| format!("const {}: i64", screaming(&p.name)))
            .collect();
        let generics = match generics.is_empty() {
            true => String::new(),
            false => format!("<{}>", generics.join(", ")),
        };
        let parameters: Vec<String> = values
            .iter()
            .map(|p| format!("{}: {}", p.name, self.parameter_type(p)))
            .collect();
        let status = self.part.has_bulk() && instruction.status_operand().is_some();
        let ty = match (&call.result, status) {
            (None, _) => "",
            (Some(_), true) => " -> Status",
            (Some(_), false) => " -> usize",
        };
        let _ = write!(
            self.out,
            "{cfg}\n#[inline(always)]\npub unsafe fn {name}{generics}({}){ty} {{\n",
            parameters.join(", ")
        );
        for immediate in &immediates {
            let name = screaming(&immediate.name);
            let _ = writeln!(
                self.out,
                "    const {{ assert!({}) }};",
                range_check(immediate.operand, &name, "&&", "||")
            );
        }
        self.asm(&call, &immediates, &values);
        match (&call.result, status) {
            (None, _) => {}
            (Some(_), true) => self.out.push_str("    Status(result)\n"),
            (Some(_), false) => self.out.push_str("    result\n"),
        }
        self.out.push_str("}\n");
    }

    fn asm(&mut self, call: &Call<'_>, immediates: &[&Parameter<'_>], values: &[&Parameter<'_>]) {
        let name = |id: OperandId| {
            let parameter = call.parameters.iter().find(|p| p.id == id).map(|p| &p.name);
            let result = call
                .result
                .iter()
                .find(|(own, _)| *own == id)
                .map(|(_, n)| n);
            parameter.or(result).cloned().unwrap_or_default()
        };
        let operands = &call.instruction.operands;
        let template = call.directive(
            |id| format!("{{{}}}", name(id)),
            |id| match operands[id.0 as usize].kind {
                OperandKind::Gpr { .. } => {
                    format!(".L{}_number_{{{}}}", self.part.prefix, name(id))
                }
                _ => format!("({{{}}})", name(id)),
            },
        );
        let mut arguments = Vec::new();
        if call.form == Form::Word {
            arguments.push("register_numbers!()".to_owned());
        }
        arguments.push(text::quoted(&template));
        let mut output = None;
        if let Some((id, name)) = &call.result {
            self.out.push_str("    let result: usize;\n");
            output = Some(*id);
            arguments.push(match values.iter().any(|p| p.id == *id) {
                true => format!("{name} = inlateout(reg) {name} => result"),
                false => format!("{name} = lateout(reg) result"),
            });
        }
        for value in values.iter().filter(|p| Some(p.id) != output) {
            arguments.push(format!("{0} = in(reg) {0}", value.name));
        }
        for immediate in immediates {
            arguments.push(format!(
                "{} = const {}",
                immediate.name,
                screaming(&immediate.name)
            ));
        }
        arguments.push(match (call.pure, &call.result) {
            (true, Some(_)) => "options(pure, nomem, nostack, preserves_flags)".to_owned(),
            _ => "options(nostack, preserves_flags)".to_owned(),
        });
        let _ = write!(
            self.out,
            "    unsafe {{\n        core::arch::asm!(\n            {},\n        )\n    }}\n",
            arguments.join(",\n            ")
        );
    }

    fn parameter_type(&self, parameter: &Parameter<'_>) -> String {
        match parameter.operand.role {
            Role::Descriptor(index) => {
                format!(
                    "*const {}",
                    descriptor_name(&self.part.spec.descriptors[index])
                )
            }
            _ => "usize".to_owned(),
        }
    }
}

fn descriptor_name(descriptor: &Descriptor) -> String {
    format!("{}Descriptor", camel(&descriptor.name))
}

fn documentation(call: &Call<'_>) -> String {
    let instruction = call.instruction;
    let mut out = format!("`{}`: {}.\n", instruction.name, instruction.title);
    if !instruction.doc.trim().is_empty() {
        let _ = write!(out, "\n{}\n", instruction.doc.trim());
    }
    out.push_str("\n# Safety\nThe hart has the instruction");
    out.push_str(match instruction.is_bulk() {
        true => {
            ", and the views of the descriptor may be read and written as the instruction does.\n"
        }
        false => ".\n",
    });
    out
}
