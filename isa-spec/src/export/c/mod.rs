//! A header for C (C99 and later, with the extensions of GCC and Clang) and C++.
//!
//! Constants and structures are for every host; the functions, which are one instruction each, for RISC-V.

mod keywords;

use super::call::{Call, Parameter, range_check};
use super::ident::{Names, screaming, snake};
use super::layout::{self, Shape};
use super::part::Part;
use super::{File, text};
use crate::model::{Csr, Descriptor, DescriptorField, FieldType, Instruction, OperandKind, Role};
use keywords::KEYWORDS;
use std::fmt::Write as _;

/// The header.
pub(super) fn header(part: &Part<'_>) -> File {
    let mut writer = Writer {
        part,
        prefix: part.prefix.clone(),
        big: screaming(&part.prefix),
        globals: Names::new(KEYWORDS),
        software: Vec::new(),
        out: String::new(),
    };
    writer.all();
    part.file(".h", writer.out)
}

struct Writer<'a> {
    part: &'a Part<'a>,
    prefix: String,
    /// The prefix in capitals.
    big: String,
    /// Names of functions, structures and macros.
    globals: Names,
    /// Prototypes of the functions that a library has.
    software: Vec<String>,
    out: String,
}

impl Writer<'_> {
    fn all(&mut self) {
        let part = self.part;
        let guard = format!("{}_ISA_H", self.big);
        let _ = write!(
            self.out,
            "/*\n{} */\n#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n#include <stdint.h>\n",
            text::comment(" * ", &part.notice())
        );
        let _ = writeln!(
            self.out,
            "\n#ifdef __cplusplus\n#define {big}_STATIC_ASSERT(condition, message) static_assert(condition, message)\n\
             #else\n#define {big}_STATIC_ASSERT(condition, message) _Static_assert(condition, message)\n#endif",
            big = self.big
        );
        self.versions();
        self.encodings();
        if part.has_bulk() {
            self.statuses();
            self.formats();
        }
        for entry in &part.instructions {
            self.modes(entry.instruction, &entry.symbol);
        }
        for descriptor in &part.descriptors {
            self.descriptor(descriptor);
        }
        for csr in &part.csrs {
            self.csr_constants(csr);
        }
        self.out.push_str("\n#ifdef __riscv\n");
        self.register_numbers();
        for csr in &part.csrs {
            self.csr_access(csr);
        }
        for entry in &part.instructions {
            self.function(entry.instruction, &entry.symbol);
        }
        self.out.push_str("\n#else /* __riscv */\n");
        self.software_units();
        let _ = writeln!(self.out, "\n#endif /* __riscv */\n\n#endif /* {guard} */");
    }

    fn section(&mut self, title: &str) {
        let _ = writeln!(self.out, "\n/* ---- {} ---- */\n", text::line(title));
    }

    fn doc(&mut self, text: &str) {
        let comment = text::comment(" * ", text);
        match comment.trim_end().strip_prefix(" * ") {
            None => {}
            Some(line) if !line.contains('\n') => {
                let _ = writeln!(self.out, "/** {line} */");
            }
            Some(_) => {
                let _ = write!(self.out, "/**\n{comment} */\n");
            }
        }
    }

    fn versions(&mut self) {
        self.section("Versions of the extensions");
        for extension in &self.part.extensions {
            let name = screaming(&extension.name);
            let (major, minor) = extension.version;
            let _ = writeln!(
                self.out,
                "#define {name}_VERSION_MAJOR {major}\n#define {name}_VERSION_MINOR {minor}"
            );
        }
    }

    /// In the style of riscv-opcodes' `encoding.h`.
    fn encodings(&mut self) {
        self.section("Encodings: a word is this instruction if (word & MASK) == MATCH");
        for entry in &self.part.instructions {
            let name = screaming(&entry.symbol);
            let instruction = entry.instruction;
            let _ = writeln!(
                self.out,
                "#define MATCH_{name} {:#x}\n#define MASK_{name} {:#x}",
                instruction.bits, instruction.mask
            );
        }
    }

    fn statuses(&mut self) {
        self.section("What an instruction with a descriptor leaves in rd");
        let _ = writeln!(self.out, "typedef unsigned long {}_status;\n", self.prefix);
        let big = self.big.clone();
        for status in &self.part.spec.statuses {
            let name = self
                .globals
                .unique(&format!("{big}_STATUS_{}", screaming(&status.name)));
            self.doc(&status.doc);
            let _ = writeln!(self.out, "#define {name} {}", number(status.code));
        }
    }

    fn formats(&mut self) {
        self.section("Representations of field elements");
        let big = self.big.clone();
        for format in &self.part.spec.formats {
            let name = self
                .globals
                .unique(&format!("{big}_FORMAT_{}", screaming(&format.name)));
            let field = &self.part.spec.fields[format.field];
            let _ = writeln!(
                self.out,
                "#define {name} {}\n#define {name}_MODULUS {}\n#define {name}_DEGREE {}",
                format.code,
                number(field.modulus),
                format.degree
            );
        }
    }

    fn modes(&mut self, instruction: &Instruction, symbol: &str) {
        if instruction.modes.iter().all(|mode| mode.name.is_empty()) {
            return;
        }
        self.section(&format!("Modes of {}", instruction.name));
        let symbol = screaming(symbol);
        for mode in &instruction.modes {
            let name = self
                .globals
                .unique(&format!("{symbol}_MODE_{}", screaming(&mode.name)));
            self.doc(&mode.doc);
            let _ = writeln!(self.out, "#define {name} {}", mode.code);
        }
    }

    fn descriptor(&mut self, descriptor: &Descriptor) {
        let name = self.descriptor_name(descriptor);
        self.section(&format!("Descriptor {}", descriptor.name));
        let mut names = Names::new(KEYWORDS);
        let mut asserts = format!(
            "{}_STATIC_ASSERT(sizeof(struct {name}) == {}, \"size of {name}\");\n",
            self.big, descriptor.size
        );
        let _ = writeln!(self.out, "struct {name} {{");
        let (mut set, mut flags) = (String::new(), String::new());
        for member in layout::members(descriptor) {
            let Some(field) = member.field else {
                let gap = names.unique(&format!("reserved_at_{}", member.at));
                let _ = writeln!(self.out, "    uint8_t {gap}[{}];", member.size);
                continue;
            };
            let id = names.unique(&field.name);
            for line in text::comment("    /// ", &describe(field)).lines() {
                let _ = writeln!(self.out, "{line}");
            }
            let _ = match member.shape {
                Shape::Uint(bytes) => writeln!(self.out, "    {} {id};", uint(bytes)),
                Shape::Array { bytes, count } => {
                    writeln!(self.out, "    {} {id}[{count}];", uint(bytes))
                }
                Shape::View { strides: 0 } => {
                    writeln!(self.out, "    struct {{ uint64_t address; }} {id};")
                }
                Shape::View { strides } => writeln!(
                    self.out,
                    "    struct {{ uint64_t address; int64_t stride[{strides}]; }} {id};"
                ),
            };
            let _ = writeln!(
                asserts,
                "{}_STATIC_ASSERT(offsetof(struct {name}, {id}) == {}, \"offset of {id}\");",
                self.big, field.at
            );
            for (bit, flag) in field.flags.iter().enumerate() {
                let flag = format!("{name}_{}_{}", field.name, flag.name);
                let flag = self.globals.unique(&screaming(&flag));
                let _ = writeln!(flags, "#define {flag} {:#x}", 1u32 << bit);
            }
            let value = match field.ty {
                FieldType::Format => "format".to_owned(),
                FieldType::Mode => "mode".to_owned(),
                _ => match field.value {
                    Some(0) | None => continue,
                    Some(value) => number(value),
                },
            };
            let _ = writeln!(set, "    descriptor.{id} = {value};");
        }
        let _ = writeln!(
            self.out,
            "}} __attribute__((__aligned__({})));\n\n{flags}{asserts}",
            descriptor.align
        );
        self.doc("All zero, but for the format, the mode and the fields that have only one value.");
        let init = self.globals.unique(&format!("{name}_init"));
        let _ = writeln!(
            self.out,
            "static inline struct {name} {init}(uint8_t format, uint8_t mode)\n{{\n    struct {name} descriptor;\n    \
             __builtin_memset(&descriptor, 0, sizeof descriptor);\n{set}    (void)format;\n    (void)mode;\n    \
             return descriptor;\n}}"
        );
    }

    fn descriptor_name(&self, descriptor: &Descriptor) -> String {
        format!("{}_{}_descriptor", self.prefix, snake(&descriptor.name))
    }

    fn csr_constants(&mut self, csr: &Csr) {
        self.section(&format!("CSR {}", csr.name));
        self.doc(&csr.doc);
        let name = format!("{}_CSR_{}", self.big, screaming(self.short(&csr.name)));
        let name = self.globals.unique(&name);
        let _ = writeln!(self.out, "#define {name} {:#x}", csr.number);
        for (field, high, low, doc) in &csr.fields {
            self.doc(doc);
            let mask = u64::MAX >> (63 - (high - low));
            let field = screaming(field);
            let _ = writeln!(
                self.out,
                "#define {name}_{field}_SHIFT {low}\n#define {name}_{field}_MASK {}",
                number(mask)
            );
        }
    }

    /// A name without the part's prefix, which its constant begins with anyway.
    fn short<'n>(&self, name: &'n str) -> &'n str {
        let rest = name.strip_prefix(&self.prefix);
        rest.and_then(|rest| rest.strip_prefix(['.', '_', '-']))
            .unwrap_or(name)
    }

    fn csr_access(&mut self, csr: &Csr) {
        let short = snake(self.short(&csr.name));
        let read = self
            .globals
            .unique(&format!("{}_csr_read_{short}", self.prefix));
        self.doc(&format!("Reads the CSR {}. Needs Zicsr.", csr.name));
        let _ = writeln!(
            self.out,
            "static inline unsigned long {read}(void)\n{{\n    unsigned long value;\n    \
             __asm__ __volatile__(\"csrr %0, {:#x}\" : \"=r\"(value) : : \"memory\");\n    return value;\n}}",
            csr.number
        );
        // The two upper bits of the number are ones for a read-only CSR (privileged architecture, "CSR address mapping").
        if csr.number >> 10 != 0b11 {
            let write = self
                .globals
                .unique(&format!("{}_csr_write_{short}", self.prefix));
            self.doc(&format!("Writes the CSR {}. Needs Zicsr.", csr.name));
            let _ = writeln!(
                self.out,
                "static inline void {write}(unsigned long value)\n{{\n    \
                 __asm__ __volatile__(\"csrw {:#x}, %0\" : : \"r\"(value) : \"memory\");\n}}",
                csr.number
            );
        }
    }

    /// Symbols from which an assembler has the number of a register whose name the compiler has put in.
    fn register_numbers(&mut self) {
        let needed = self.part.instructions.iter().any(|entry| {
            super::shape::form(entry.instruction) == super::shape::Form::Word
                && Call::new(entry.instruction, KEYWORDS).is_ok()
        });
        if !needed {
            return;
        }
        let _ = writeln!(self.out, "\n#define {}_REGISTER_NUMBERS \\", self.big);
        let sets: Vec<String> = self
            .part
            .spec
            .registers
            .names()
            .map(|(name, number)| {
                format!("    \".set .L{}_number_{name}, {number}\\n\"", self.prefix)
            })
            .collect();
        let _ = writeln!(self.out, "{}", sets.join(" \\\n"));
    }

    fn function(&mut self, instruction: &Instruction, symbol: &str) {
        let name = self.globals.unique(symbol);
        let call = match Call::new(instruction, KEYWORDS) {
            Ok(call) => call,
            Err(reason) => {
                let _ = writeln!(
                    self.out,
                    "\n/* {} has no function: {reason}. */",
                    instruction.name
                );
                return;
            }
        };
        self.out.push('\n');
        let guard = match instruction.xlen.as_slice() {
            [only] => {
                let _ = writeln!(self.out, "#if __riscv_xlen == {only}");
                true
            }
            _ => false,
        };
        let doc = documentation(&call);
        self.doc(&doc);
        if call.parameters.iter().any(Parameter::is_immediate) {
            self.as_macro(&call, &name);
        } else {
            self.as_function(&call, &name);
        }
        if guard {
            self.out.push_str("#endif\n");
        }
    }

    /// Elsewhere, functions of the same names in a library have the results of instructions with descriptors.
    fn software_units(&mut self) {
        let functions = std::mem::take(&mut self.software);
        if functions.is_empty() {
            return;
        }
        self.out.push_str(
            "\n/* Elsewhere the units are those of a library. */\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
        );
        for prototype in functions {
            let _ = writeln!(self.out, "{prototype};");
        }
        self.out.push_str("#ifdef __cplusplus\n}\n#endif\n");
    }

    fn as_function(&mut self, call: &Call<'_>, name: &str) {
        let parameters: Vec<String> = call
            .parameters
            .iter()
            .map(|parameter| {
                let ty = self.parameter_type(parameter);
                format!("{ty}{}", parameter.name)
            })
            .collect();
        let parameters = match parameters.is_empty() {
            true => "void".to_owned(),
            false => parameters.join(", "),
        };
        let (ty, declare, ret) = match &call.result {
            None => ("void".to_owned(), String::new(), String::new()),
            Some((_, result)) if call.parameters.iter().any(|p| p.name == *result) => (
                self.result_type(call),
                String::new(),
                format!("    return {result};\n"),
            ),
            Some((_, result)) => (
                self.result_type(call),
                format!("    unsigned long {result};\n"),
                format!("    return {result};\n"),
            ),
        };
        let asm = self.asm(call, "");
        if call.instruction.is_bulk() {
            self.software.push(format!("{ty} {name}({parameters})"));
        }
        let _ = writeln!(
            self.out,
            "static inline __attribute__((__always_inline__)) {ty}\n{name}({parameters})\n{{\n{declare}    {asm};\n{ret}}}"
        );
    }

    /// Immediates have to be constants where the assembly is, which only a macro guarantees.
    fn as_macro(&mut self, call: &Call<'_>, name: &str) {
        let names: Vec<&str> = call.parameters.iter().map(|p| p.name.as_str()).collect();
        let local = format!("{}_local_", self.prefix);
        let mut body = Vec::new();
        for parameter in &call.parameters {
            let name = &parameter.name;
            if parameter.is_immediate() {
                body.push(format!(
                    "{}_STATIC_ASSERT({}, \"{} must be {}\");",
                    self.big,
                    range_check(parameter.operand, &format!("({name})"), "&&", "||"),
                    name,
                    parameter.operand.allowed()
                ));
            } else {
                let ty = self.parameter_type(parameter);
                body.push(format!("{ty}{local}{name} = ({name});"));
            }
        }
        if let Some((_, result)) = &call.result
            && !names.contains(&result.as_str())
        {
            body.push(format!("unsigned long {local}{result};"));
        }
        body.push(format!("{};", self.asm(call, &local)));
        match &call.result {
            Some((_, result)) => body.push(format!("{local}{result};")),
            None => body.push("(void)0;".to_owned()),
        }
        let _ = writeln!(
            self.out,
            "#define {name}({}) (__extension__({{ \\\n    {} \\\n}}))",
            names.join(", "),
            body.join(" \\\n    ")
        );
    }

    /// The statement. Variables have `local` before their names. The names of its operands begin with the prefix too:
    /// in a macro, a parameter's name would be replaced.
    fn asm(&self, call: &Call<'_>, local: &str) -> String {
        let name = |id: crate::algebra::OperandId| {
            let parameter = call.parameters.iter().find(|p| p.id == id).map(|p| &p.name);
            let result = call
                .result
                .iter()
                .find(|(own, _)| *own == id)
                .map(|(_, n)| n);
            parameter.or(result).cloned().unwrap_or_default()
        };
        let operands = &call.instruction.operands;
        let label = format!("{}_", self.prefix);
        let template = call.directive(
            |id| format!("%[{label}{}]", name(id)),
            |id| match operands[id.0 as usize].kind {
                OperandKind::Gpr { .. } => {
                    format!(".L{}_number_%[{label}{}]", self.prefix, name(id))
                }
                _ => format!("(%[{label}{}])", name(id)),
            },
        );
        let numbers = match call.form {
            super::shape::Form::Word if template.contains("_number_") => {
                format!("{}_REGISTER_NUMBERS ", self.big)
            }
            _ => String::new(),
        };
        let output = call.result.as_ref().map_or(String::new(), |(id, name)| {
            let both = call.parameters.iter().any(|p| p.id == *id);
            let constraint = if both { "+r" } else { "=r" };
            format!("[{label}{name}] \"{constraint}\"({local}{name})")
        });
        let inputs: Vec<String> = call
            .parameters
            .iter()
            .filter(|p| call.result.as_ref().is_none_or(|(id, _)| *id != p.id))
            .map(|p| match p.is_immediate() {
                true => format!("[{label}{0}] \"i\"({0})", p.name),
                false => format!("[{label}{0}] \"r\"({local}{0})", p.name),
            })
            .collect();
        let (volatile, clobbers) = match call.pure {
            true => ("", ""),
            false => (" __volatile__", " : \"memory\""),
        };
        format!(
            "__asm__{volatile}({numbers}\"{template}\" : {output} : {}{clobbers})",
            inputs.join(", ")
        )
    }

    fn parameter_type(&self, parameter: &Parameter<'_>) -> String {
        match parameter.operand.role {
            Role::Descriptor(index) => {
                let descriptor = &self.part.spec.descriptors[index];
                format!("const struct {} *", self.descriptor_name(descriptor))
            }
            _ => "unsigned long ".to_owned(),
        }
    }

    fn result_type(&self, call: &Call<'_>) -> String {
        match call.instruction.status_operand() {
            Some(_) if self.part.has_bulk() => format!("{}_status", self.prefix),
            _ => "unsigned long".to_owned(),
        }
    }
}

/// Title, description and meaning.
fn documentation(call: &Call<'_>) -> String {
    let instruction = call.instruction;
    let mut out = format!("{}: {}.\n", instruction.name, instruction.title);
    if !instruction.doc.trim().is_empty() {
        let _ = write!(out, "\n{}\n", instruction.doc.trim());
    }
    for mode in &instruction.modes {
        if !mode.name.is_empty() {
            let _ = writeln!(out, "\nMode {}: {}", mode.name, mode.doc);
        }
    }
    out
}

fn describe(field: &DescriptorField) -> String {
    let mut out = field.doc.clone();
    if let FieldType::View(view) = &field.ty {
        let coordinate = match view.strides() > view.dims.len() {
            true => " The last stride is from a coordinate to the next.",
            false => "",
        };
        out.push_str(coordinate);
    }
    match (field.value, field.max) {
        (Some(value), _) => out.push_str(&format!(" Always {value}.")),
        (None, Some(max)) => out.push_str(&format!(" At most {max}.")),
        (None, None) => {}
    }
    out
}

fn uint(bytes: u32) -> String {
    format!("uint{}_t", bytes * 8)
}

/// A literal of a type that holds it.
fn number(value: u64) -> String {
    if value > u64::from(u32::MAX) {
        format!("{value:#x}ull")
    } else if value > i32::MAX as u64 {
        format!("{value:#x}u")
    } else {
        value.to_string()
    }
}
