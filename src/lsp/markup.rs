//! What the spec and the assembler say about a name, as Markdown.

use std::fmt::Write;
use zktr_asm::analysis::{self, Reference};
use zktr_isa::model::{
    Alias, AliasPiece, AliasValue, Csr, Descriptor, DescriptorField, Extent, FieldType,
    Instruction, LayoutContent, OperandKind, Role,
};
use zktr_isa::{Spec, manual};

// Writing to a string cannot fail, so that results of `write!` are not looked at below.

/// A code block.
pub(super) fn code(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// All that a mnemonic stands for on a hart of this XLEN; none if it stands for nothing.
pub(super) fn mnemonic(spec: &Spec, name: &str, xlen: u8) -> Option<String> {
    let mut parts = Vec::new();
    let index = spec
        .instruction_for(name, xlen)
        .or_else(|| spec.instruction(name));
    if let Some(index) = index {
        parts.push(instruction(spec, index));
    }
    let aliases = spec.aliases_named(name).iter();
    parts.extend(aliases.map(|&index| alias(spec, &spec.aliases[index])));
    if parts.is_empty() {
        parts.push(reference(&analysis::pseudo_instruction(name)?, ""));
    }
    Some(parts.join("\n---\n"))
}

/// The title of a mnemonic, for a list.
pub(super) fn title(spec: &Spec, name: &str, xlen: u8) -> Option<String> {
    let index = spec
        .instruction_for(name, xlen)
        .or_else(|| spec.instruction(name));
    if let Some(index) = index {
        return Some(spec.instructions[index].title.clone());
    }
    let alias = spec.aliases_named(name).first()?;
    Some(stands_for(spec, &spec.aliases[*alias]))
}

/// Syntax, words, operands and meaning of an instruction.
pub(super) fn instruction(spec: &Spec, index: usize) -> String {
    let entry = &spec.instructions[index];
    let mut out = String::new();
    let harts: Vec<String> = entry.xlen.iter().map(|x| format!("RV{x}")).collect();
    let version = spec.extension(&entry.extension).map_or(String::new(), |e| {
        format!(" {}.{}", e.version.0, e.version.1)
    });
    let _ = writeln!(
        out,
        "**{}** ({}{version}, {})\n",
        entry.title,
        entry.extension,
        harts.join(", ")
    );
    out.push_str(&code("asm", &manual::syntax(spec, index)));
    if !entry.doc.is_empty() {
        let _ = writeln!(out, "\n{}", entry.doc.trim());
    }
    out.push('\n');
    out.push_str(&code("text", &picture(entry)));
    for operand in &entry.operands {
        let role = match &operand.role {
            Role::Value => match operand.kind {
                OperandKind::Imm { .. } => operand.allowed().to_string(),
                _ => continue,
            },
            Role::Status => "receives the status".to_owned(),
            Role::Descriptor(index) => match spec.descriptors.get(*index) {
                Some(descriptor) => format!("address of the descriptor: {}", fields(descriptor)),
                None => continue,
            },
            Role::Count(name) => format!("the count {name}"),
        };
        let _ = writeln!(out, "- `{}`: {role}", operand.name);
    }
    for mode in &entry.modes {
        if !mode.name.is_empty() {
            let _ = writeln!(out, "\nMode `{}`: {}", mode.name, mode.doc.trim());
        }
        out.push('\n');
        out.push_str(&code("rust", &spec.semantics_text(index, &mode.semantics)));
    }
    out
}

/// The names of a descriptor's fields.
fn fields(descriptor: &Descriptor) -> String {
    let given = descriptor.fields.iter().filter(|f| f.value.is_none());
    let names: Vec<String> = given.map(|f| format!("`{}`", f.name)).collect();
    names.join(", ")
}

/// The word of an instruction, as a row of boxes: bit numbers above, what is fixed or which operand's bits inside, names
/// of fixed fields below.
pub(super) fn picture(entry: &Instruction) -> String {
    let mut rows = [String::new(), String::new(), String::new(), String::new()];
    for field in &entry.layout {
        let high = field.lo + field.len.max(1) - 1;
        let range = match field.len {
            1 => high.to_string(),
            _ => format!("{high}:{}", field.lo),
        };
        let (content, name) = match field.content {
            LayoutContent::Fixed(value) => {
                let width = usize::from(field.len);
                (format!("{value:0width$b}"), field.name.as_str())
            }
            LayoutContent::Operand { operand, value_lo } => {
                let operand = entry.operands.get(operand.0 as usize);
                let name = operand.map_or(field.name.as_str(), |o| &o.name);
                let whole = operand.is_some_and(|o| o.slices.len() == 1) && value_lo == 0;
                let top = value_lo + field.len.max(1) - 1;
                let bits = match (whole, field.len) {
                    (true, _) => String::new(),
                    (false, 1) => format!("[{top}]"),
                    (false, _) => format!("[{top}:{value_lo}]"),
                };
                (format!("{name}{bits}"), "")
            }
        };
        let longest = [range.len(), content.len(), name.len()].into_iter().max();
        let width = longest.unwrap_or_default() + 2;
        let _ = write!(rows[0], " {range:^width$}");
        let _ = write!(rows[1], "+{}", "-".repeat(width));
        let _ = write!(rows[2], "|{content:^width$}");
        let _ = write!(rows[3], " {name:^width$}");
    }
    let line = format!("{}+", rows[1]);
    let lines = [
        rows[0].as_str(),
        &line,
        &format!("{}|", rows[2]),
        &line,
        rows[3].as_str(),
    ];
    lines
        .iter()
        .map(|line| line.trim_end())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A value of an operand, as it is written.
fn value(spec: &Spec, kind: &OperandKind, value: i64) -> String {
    let named = match kind {
        OperandKind::Gpr { .. } => usize::try_from(value)
            .ok()
            .and_then(|index| spec.registers.abi.get(index).cloned()),
        OperandKind::Fpr { .. } => Some(spec.float_registers.name(value, false)),
        OperandKind::Csr => u16::try_from(value)
            .ok()
            .and_then(|number| Some(spec.csr_by_number(number)?.name.clone())),
        _ => None,
    };
    named.unwrap_or_else(|| value.to_string())
}

/// The operands of an alias by the names that they have in the instruction that it stands for.
pub(super) fn alias_operands(spec: &Spec, alias: &Alias) -> String {
    let target = &spec.instructions[alias.target];
    let mut out = String::new();
    for piece in &alias.syntax {
        match piece {
            AliasPiece::Operand(slot) => {
                let bound = |b: &AliasValue| *b == AliasValue::Operand(*slot);
                let like = alias.bindings.iter().position(bound);
                let operand = like.and_then(|index| target.operands.get(index));
                out.push_str(operand.map_or("?", |operand| &operand.name));
            }
            AliasPiece::Punct(',') => out.push_str(", "),
            AliasPiece::Punct(mark) => out.push(*mark),
        }
    }
    out
}

/// The instruction that an alias stands for.
fn stands_for(spec: &Spec, alias: &Alias) -> String {
    use zktr_isa::model::SyntaxPiece;
    let target = &spec.instructions[alias.target];
    let mut out = format!("{} ", target.name);
    for piece in &target.syntax {
        match piece {
            SyntaxPiece::Operand(id) => {
                let index = id.0 as usize;
                match (alias.bindings.get(index), target.operands.get(index)) {
                    (Some(AliasValue::Fixed(fixed)), Some(operand)) => {
                        out.push_str(&value(spec, &operand.kind, *fixed));
                    }
                    (_, Some(operand)) => out.push_str(&operand.name),
                    _ => {}
                }
            }
            SyntaxPiece::Punct(',') => out.push_str(", "),
            SyntaxPiece::Punct(mark) => out.push(*mark),
        }
    }
    out.trim_end().to_owned()
}

fn alias(spec: &Spec, alias: &Alias) -> String {
    let target = &spec.instructions[alias.target];
    let syntax = format!("{} {}", alias.name, alias_operands(spec, alias));
    let mut out = code("asm", &syntax);
    let _ = writeln!(
        out,
        "\nStands for `{}`: {}.",
        stands_for(spec, alias),
        target.title
    );
    out
}

/// A directive, a pseudo-instruction or a relocation operator.
pub(super) fn reference(reference: &Reference, mark: &str) -> String {
    let space = if reference.operands.starts_with('(') {
        ""
    } else {
        " "
    };
    let syntax = format!("{mark}{}{space}{}", reference.name, reference.operands);
    format!("{}\n{}\n", code("asm", &syntax), reference.text)
}

/// A register by one of its names.
pub(super) fn register(spec: &Spec, name: &str) -> Option<String> {
    let (file, number, registers) = match (spec.register(name), spec.float_register(name)) {
        (Some(number), _) => ("Integer", number, &spec.registers),
        (None, number) => ("Floating-point", number?, &spec.float_registers),
    };
    let mut names = vec![format!("`{}{number}`", registers.prefix)];
    names.extend(
        registers
            .abi
            .get(usize::from(number))
            .map(|n| format!("`{n}`")),
    );
    let others = registers.others.iter().filter(|(_, n)| **n == number);
    names.extend(others.map(|(name, _)| format!("`{name}`")));
    Some(format!("{file} register {number}: {}", names.join(", ")))
}

/// A control and status register.
pub(super) fn csr(csr: &Csr) -> String {
    let access = if Csr::is_read_only(csr.number) {
        "read-only"
    } else {
        "readable and writable"
    };
    let mut out = format!("**{}** (CSR {:#05x}, {access})\n", csr.name, csr.number);
    if !csr.doc.is_empty() {
        let _ = writeln!(out, "\n{}", csr.doc.trim());
    }
    if !csr.fields.is_empty() {
        out.push('\n');
    }
    for (name, high, low, doc) in &csr.fields {
        let bits = if high == low {
            high.to_string()
        } else {
            format!("{high}:{low}")
        };
        let _ = writeln!(out, "- bits {bits}, `{name}`: {}", doc.trim());
    }
    out
}

/// The type of a field, as spec files have it.
fn field_type(ty: &FieldType, descriptor: &Descriptor, entry: &Instruction) -> String {
    match ty {
        FieldType::Uint(bytes) => format!("u{}", u32::from(*bytes) * 8),
        FieldType::Format => "format".to_owned(),
        FieldType::Mode => "mode".to_owned(),
        FieldType::Flags => "flags".to_owned(),
        FieldType::Felt(zktr_isa::algebra::Kind::Base) => "felt<base>".to_owned(),
        FieldType::Felt(zktr_isa::algebra::Kind::Ext) => "felt<ext>".to_owned(),
        FieldType::Reduction => "reduction".to_owned(),
        FieldType::View(view) => {
            let extent = |extent: &Extent| match extent {
                Extent::Field(id) => descriptor
                    .fields
                    .get(id.0 as usize)
                    .map_or("?", |field| field.name.as_str())
                    .to_owned(),
                Extent::Count(id) => match entry.operands.get(id.0 as usize).map(|o| &o.role) {
                    Some(Role::Count(name)) => name.clone(),
                    _ => "?".to_owned(),
                },
            };
            let dims: String = view
                .dims
                .iter()
                .map(|d| format!(", {}", extent(d)))
                .collect();
            format!("view<{}{dims}> ({})", view.elem.name(), view.access.name())
        }
    }
}

/// A line about a field: its type and its range.
pub(super) fn field_line(
    field: &DescriptorField,
    descriptor: &Descriptor,
    entry: &Instruction,
) -> String {
    let range = match (field.value, field.max) {
        (Some(value), _) => format!(", always {value}"),
        (None, Some(max)) => format!(", 0 to {max}"),
        (None, None) => String::new(),
    };
    format!("{}{range}", field_type(&field.ty, descriptor, entry))
}

/// A field of an instruction's descriptor.
pub(super) fn field(spec: &Spec, instruction: usize, name: &str) -> Option<String> {
    let entry = spec.instructions.get(instruction)?;
    let descriptor = spec.descriptor_of(instruction)?;
    let (_, field) = descriptor.field(name)?;
    let mut out = format!(
        "**{}**: {}\n\nBytes {} to {} of the descriptor of `{}`.",
        field.name,
        field_line(field, descriptor, entry),
        field.at,
        field.at + field.size.max(1) - 1,
        entry.name
    );
    if !field.doc.is_empty() {
        let _ = write!(out, " {}", field.doc.trim());
    }
    out.push('\n');
    let values = values(spec, instruction, name);
    if !values.is_empty() {
        out.push('\n');
    }
    for (value, doc) in values {
        let _ = writeln!(out, "- `{value}`: {doc}");
    }
    Some(out)
}

/// The names that the value of a field can have, with what they mean.
pub(super) fn values(spec: &Spec, instruction: usize, name: &str) -> Vec<(String, String)> {
    let Some(entry) = spec.instructions.get(instruction) else {
        return Vec::new();
    };
    let descriptor = spec.descriptor_of(instruction);
    let Some((_, field)) = descriptor.and_then(|descriptor| descriptor.field(name)) else {
        return Vec::new();
    };
    let pair = |name: &str, doc: &str| (name.to_owned(), doc.trim().to_owned());
    match field.ty {
        FieldType::Format => {
            let formats = spec.formats.iter();
            formats.map(|f| pair(&f.name, &f.doc)).collect()
        }
        FieldType::Mode => {
            let modes = entry.modes.iter().filter(|m| !m.name.is_empty());
            modes.map(|m| pair(&m.name, &m.doc)).collect()
        }
        FieldType::Flags => {
            let flags = field.flags.iter();
            flags.map(|f| pair(&f.name, &f.doc)).collect()
        }
        _ => Vec::new(),
    }
}
