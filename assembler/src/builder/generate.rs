//! A Rust module with a method for each instruction of a spec, and a type for each of its descriptors.

use super::form::{Form, Parameter, Piece, forms, mnemonics};
use std::collections::HashSet;
use std::fmt::Write as _;
use zktr_isa::Spec;
use zktr_isa::model::{FieldType, OperandKind};

/// Keywords of edition 2024 that can be identifiers with a `_` behind them.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Identifiers of one name space.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// The identifier for a name: `_` for all signs, behind a keyword, and with a number if it is taken.
    fn unique(&mut self, name: &str) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut plain: String = name.chars().map(letter).collect();
        if plain.is_empty() || plain.starts_with(|c: char| c.is_ascii_digit()) {
            plain.insert(0, '_');
        }
        if KEYWORDS.contains(&plain.as_str()) {
            plain.push('_');
        }
        let mut candidate = plain.clone();
        let mut number = 1u32;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{plain}_{number}");
        }
        candidate
    }
}

/// The source of a module with the trait `Instructions` for a spec, and the names of its registers, CSRs and formats.
/// `builder` is the path of [`crate::builder`], as it is from there: `zktr_asm::builder` in other crates.
///
/// The same spec gives the same text.
#[must_use]
pub fn rust_source(spec: &Spec, builder: &str) -> String {
    let mut out = String::from(
        "// @generated from the spec by `zktr_asm::builder::rust_source`. Change the spec instead.\n\n",
    );
    let _ = writeln!(
        out,
        "use {builder}::{{\n    Accesses, Csr, Descriptor, Emit, FieldValue, FloatReg, Imm, Label, Reg, Target,\n}};\n"
    );
    constants(spec, builder, &mut out);
    out.push_str(
        "/// A method for each instruction, alias and pseudo-instruction of the spec.\n\
         pub trait Instructions: Emit {\n",
    );
    let mut names = Names::default();
    names.unique("emit");
    for mnemonic in mnemonics(spec) {
        let mut known: Vec<Vec<&'static str>> = Vec::new();
        for xlen in [64, 32] {
            for form in forms(spec, mnemonic, xlen) {
                let types: Vec<_> = form.parameters().map(rust_type).collect();
                if !known.contains(&types) {
                    method(mnemonic, &form, known.is_empty(), &mut names, &mut out);
                    known.push(types);
                }
            }
        }
    }
    out.push_str("}\n\nimpl<T: Emit> Instructions for T {}\n");
    descriptors(spec, &mut out);
    out
}

fn doc(indent: &str, text: &str, out: &mut String) {
    for line in text.lines() {
        let line = line.trim_end();
        let _ = writeln!(
            out,
            "{indent}///{}{line}",
            if line.is_empty() { "" } else { " " }
        );
    }
}

/// Registers, CSRs and formats.
fn constants(spec: &Spec, builder: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "/// Registers, by all their names.\npub mod reg {{\n    use {builder}::Reg;\n"
    );
    let mut names = Names::default();
    let registers = &spec.registers;
    let numbered = (0..registers.abi.len()).map(|i| format!("{}{i}", registers.prefix));
    let others = registers.others.keys().cloned();
    let all = registers.abi.iter().cloned().chain(others).chain(numbered);
    for name in all {
        if let Some(number) = spec.register(&name) {
            let constant = names.unique(&name.to_ascii_uppercase());
            let _ = writeln!(
                out,
                "    /// `{name}`\n    pub const {constant}: Reg = Reg::new({number});"
            );
        }
    }
    let _ = writeln!(
        out,
        "}}\n\n/// Floating-point registers, by all their names.\npub mod float_reg {{\n    use {builder}::FloatReg;\n"
    );
    let mut names = Names::default();
    for (name, number) in spec.float_registers.names() {
        let constant = names.unique(&name.to_ascii_uppercase());
        let _ = writeln!(
            out,
            "    /// `{name}`\n    pub const {constant}: FloatReg = FloatReg::new({number});"
        );
    }
    let _ = writeln!(
        out,
        "}}\n\n/// CSRs by their names.\npub mod csr {{\n    use {builder}::Csr;\n"
    );
    let mut names = Names::default();
    for csr in &spec.csrs {
        let constant = names.unique(&csr.name.to_ascii_uppercase());
        doc("    ", &format!("`{}`: {}", csr.name, csr.doc), out);
        let number = csr.number;
        let _ = writeln!(
            out,
            "    pub const {constant}: Csr = Csr::new({number:#05x});"
        );
    }
    out.push_str("}\n\n/// Names of formats, for descriptors.\npub mod format {\n");
    let mut names = Names::default();
    for format in &spec.formats {
        let constant = names.unique(&format.name.to_ascii_uppercase());
        doc("    ", &format!("`{}` {}", format.name, format.doc), out);
        let _ = writeln!(out, "    pub const {constant}: &str = {:?};", format.name);
    }
    out.push_str("}\n\n");
}

/// The type of a parameter, as it is declared.
fn rust_type(parameter: &Parameter<'_>) -> &'static str {
    match parameter {
        Parameter::Register => "Reg",
        Parameter::Number => "i64",
        Parameter::Label => "&Label",
        Parameter::Spec(operand) => match operand.kind {
            OperandKind::Gpr { .. } => "Reg",
            OperandKind::Fpr { .. } => "FloatReg",
            OperandKind::Imm {
                pc_relative: true, ..
            } => "impl Into<Target>",
            OperandKind::Imm { .. } => "impl Into<Imm>",
            OperandKind::Csr => "Csr",
            OperandKind::FenceSet => "Accesses",
        },
    }
}

fn method(mnemonic: &str, form: &Form<'_>, first: bool, names: &mut Names, out: &mut String) {
    let mut locals = Names::default();
    let mut parameters = Vec::new();
    let mut operands = Vec::new();
    let mut syntax = String::new();
    for piece in &form.pieces {
        let parameter = match piece {
            Piece::Mark(',') => {
                syntax.push_str(", ");
                continue;
            }
            Piece::Mark(mark) => {
                syntax.push(*mark);
                continue;
            }
            Piece::Parameter(parameter) => parameter,
        };
        let name = locals.unique(match parameter {
            Parameter::Spec(operand) => &operand.name,
            Parameter::Register => "rd",
            Parameter::Number => "number",
            Parameter::Label => "label",
        });
        syntax.push_str(&name);
        let ty = rust_type(parameter);
        parameters.push(format!("{name}: {ty}"));
        operands.push(match ty.strip_prefix("impl Into<") {
            Some(inner) => format!(
                "Into::<{}>::into({name}).into()",
                inner.trim_end_matches('>')
            ),
            None => format!("{name}.into()"),
        });
    }
    // Of several forms, all but the first are told apart by their operands.
    let plain = if first {
        mnemonic.to_owned()
    } else {
        let words: Vec<&str> = parameters
            .iter()
            .filter_map(|p| p.split(':').next())
            .collect();
        format!("{mnemonic}_{}", words.join("_"))
    };
    let name = names.unique(&plain);
    let blank = if syntax.is_empty() { "" } else { " " };
    doc(
        "    ",
        &format!("`{mnemonic}{blank}{syntax}`: {}", form.title),
        out,
    );
    let list = parameters
        .iter()
        .fold(String::new(), |list, p| list + ", " + p);
    let _ = writeln!(
        out,
        "    #[track_caller]\n    fn {name}(&mut self{list}) -> &mut Self {{\n        self.emit({mnemonic:?}, &[{}])\n    }}\n",
        operands.join(", ")
    );
}

/// A type for the descriptor of each bulk instruction.
fn descriptors(spec: &Spec, out: &mut String) {
    let mut types = Names::default();
    for name in [
        "Instructions",
        "Accesses",
        "Csr",
        "Descriptor",
        "Emit",
        "FieldValue",
        "Imm",
        "Label",
        "Reg",
        "Target",
    ] {
        types.unique(name);
    }
    for (index, instruction) in spec.instructions.iter().enumerate() {
        let Some(descriptor) = spec.descriptor_of(index) else {
            continue;
        };
        let mut ty = String::new();
        for word in instruction.name.split(|c: char| !c.is_ascii_alphanumeric()) {
            let (first, rest) = word.split_at(usize::from(!word.is_empty()));
            ty.push_str(&first.to_ascii_uppercase());
            ty.push_str(rest);
        }
        let ty = types.unique(&ty);
        let mnemonic = &instruction.name;
        let _ = write!(
            out,
            "\n/// The descriptor of `{mnemonic}`.\n#[derive(Debug, Clone, PartialEq, Eq)]\n\
             pub struct {ty}(Descriptor);\n\nimpl {ty} {{\n    /// Without any field.\n    \
             #[must_use]\n    #[expect(clippy::new_without_default, reason = \"fields are missing\")]\n    \
             pub fn new() -> Self {{\n        Self(Descriptor::new({mnemonic:?}))\n    }}\n"
        );
        let mut methods = Names::default();
        methods.unique("new");
        for field in descriptor.fields.iter().filter(|f| f.value.is_none()) {
            let name = methods.unique(&field.name);
            let kind = match field.ty {
                FieldType::Uint(_) => "u64",
                FieldType::Format | FieldType::Mode => "&str",
                _ => "impl Into<FieldValue>",
            };
            out.push('\n');
            doc("    ", &field.doc, out);
            if field.doc.is_empty() {
                doc("    ", &format!("The field `{}`.", field.name), out);
            }
            let _ = writeln!(
                out,
                "    #[must_use]\n    pub fn {name}(self, value: {kind}) -> Self {{\n        Self(self.0.set({:?}, value))\n    }}",
                field.name
            );
        }
        let _ = writeln!(
            out,
            "}}\n\nimpl From<{ty}> for Descriptor {{\n    fn from(value: {ty}) -> Self {{\n        value.0\n    }}\n}}"
        );
    }
}
