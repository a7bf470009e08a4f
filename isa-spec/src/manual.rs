//! Manual entries, typeset from the spec as Markdown.
//!
//! Everything in an entry comes from the loaded data: bit fields from the layout, meanings from the
//! algebra. So the manual says what the tools do.

use crate::algebra::{Kind, OperandId};
use crate::code::encode::Allowed;
use crate::model::{
    AliasPiece, AliasValue, Csr, Descriptor, Elem, Extent, FieldType, Instruction, LayoutContent,
    Operand, OperandKind, Phase, Role, SyntaxPiece,
};
use crate::spec::Spec;
use std::fmt::Write as _;

/// The entry of an instruction. Empty if there is no such instruction.
#[must_use]
pub fn markdown(spec: &Spec, instruction: usize) -> String {
    let Some(entry) = spec.instructions.get(instruction) else {
        return String::new();
    };
    let mut out = String::new();
    let _ = writeln!(out, "## `{}` — {}\n", entry.name, entry.title);
    if !entry.doc.is_empty() {
        let _ = writeln!(out, "{}\n", entry.doc.trim());
    }
    let xlen: Vec<String> = entry.xlen.iter().map(|xlen| format!("RV{xlen}")).collect();
    let _ = writeln!(out, "Syntax: `{}`  ", syntax(spec, instruction));
    let _ = writeln!(
        out,
        "Extension: {} ({})\n",
        entry.extension,
        xlen.join(", ")
    );
    encoding(&mut out, entry);
    operands(&mut out, spec, entry);
    if let Some(descriptor) = spec.descriptor_of(instruction) {
        layout(&mut out, descriptor, entry);
        refusals(&mut out, spec, instruction, descriptor);
    }
    meanings(&mut out, spec, instruction);
    aliases(&mut out, spec, instruction);
    csrs(&mut out, spec, entry);
    out
}

/// The mnemonic and its operand list, as `addi rd, rs1, imm`.
#[must_use]
pub fn syntax(spec: &Spec, instruction: usize) -> String {
    let Some(entry) = spec.instructions.get(instruction) else {
        return String::new();
    };
    let pieces = entry.syntax.iter().map(|piece| match piece {
        SyntaxPiece::Operand(id) => Ok(operand_name(entry, *id)),
        SyntaxPiece::Punct(c) => Err(*c),
    });
    operand_list(&entry.name, pieces)
}

fn operand_list<'a>(mnemonic: &str, pieces: impl Iterator<Item = Result<&'a str, char>>) -> String {
    let mut out = mnemonic.to_owned();
    for (index, piece) in pieces.enumerate() {
        out.push_str(if index == 0 { " " } else { "" });
        match piece {
            Ok(name) => out.push_str(name),
            Err(',') => out.push_str(", "),
            Err(c) => out.push(c),
        }
    }
    out
}

fn operand_name(entry: &Instruction, id: OperandId) -> &str {
    entry
        .operands
        .get(id.0 as usize)
        .map_or("?", |operand| &operand.name)
}

/// The word as a row of boxes, bit numbers above.
fn encoding(out: &mut String, entry: &Instruction) {
    let cells: Vec<(String, String)> = entry
        .layout
        .iter()
        .map(|field| {
            let (low, high) = (field.lo, field.lo + field.len - 1);
            let bits = if low == high {
                low.to_string()
            } else {
                format!("{high}:{low}")
            };
            let content = match field.content {
                LayoutContent::Fixed(value) => {
                    format!("{value:0width$b}", width = usize::from(field.len))
                }
                LayoutContent::Operand { operand, value_lo } => {
                    let name = operand_name(entry, operand);
                    let split = entry.operands[operand.0 as usize].slices.len() > 1 || value_lo > 0;
                    match (split, field.len) {
                        (false, _) => name.to_owned(),
                        (true, 1) => format!("{name}[{value_lo}]"),
                        (true, len) => format!("{name}[{}:{value_lo}]", value_lo + len - 1),
                    }
                }
            };
            (bits, content)
        })
        .collect();
    let row = |texts: Vec<&str>| format!("| {} |\n", texts.join(" | "));
    out.push_str(&row(cells.iter().map(|(bits, _)| bits.as_str()).collect()));
    out.push_str(&row(cells.iter().map(|_| "---").collect()));
    out.push_str(&row(cells
        .iter()
        .map(|(_, content)| content.as_str())
        .collect()));
    out.push_str(&row(entry
        .layout
        .iter()
        .map(|field| field.name.as_str())
        .collect()));
    let _ = writeln!(
        out,
        "\nMask `0x{:0w$x}`, bits `0x{:0w$x}`.\n",
        entry.mask,
        entry.bits,
        w = usize::from(entry.length) * 2
    );
}

fn operands(out: &mut String, spec: &Spec, entry: &Instruction) {
    if entry.operands.is_empty() {
        return;
    }
    out.push_str("| operand | what it is | values |\n| --- | --- | --- |\n");
    for operand in &entry.operands {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} |",
            operand.name,
            describe(spec, operand),
            values(spec, operand)
        );
    }
    out.push('\n');
}

fn describe(spec: &Spec, operand: &Operand) -> String {
    let kind = match operand.kind {
        OperandKind::Gpr {
            read: true,
            write: true,
            ..
        } => "register, read and written",
        OperandKind::Gpr { write: true, .. } => "register, written",
        OperandKind::Gpr { .. } => "register, read",
        OperandKind::Imm {
            pc_relative: true, ..
        } => "distance from this instruction in bytes",
        OperandKind::Imm { signed: true, .. } => "signed immediate",
        OperandKind::Imm { .. } => "unsigned immediate",
        OperandKind::Csr => "CSR number",
        OperandKind::FenceSet => "set of accesses",
    };
    match &operand.role {
        Role::Value => kind.to_owned(),
        Role::Status => format!("{kind}: the status"),
        Role::Count(name) => format!("{kind}: the count `{name}`"),
        Role::Descriptor(index) => {
            let name = spec
                .descriptors
                .get(*index)
                .map_or("?", |descriptor| &descriptor.name);
            format!("{kind}: address of a descriptor `{name}`")
        }
    }
}

/// The values that an operand may have, in words.
pub(crate) fn values(spec: &Spec, operand: &Operand) -> String {
    let allowed = operand.allowed();
    if !matches!(operand.kind, OperandKind::Gpr { .. }) {
        return allowed.to_string();
    }
    let name = |number: i64| {
        let abi = usize::try_from(number)
            .ok()
            .and_then(|number| spec.registers.abi.get(number));
        abi.map_or_else(|| number.to_string(), Clone::clone)
    };
    let Allowed {
        min, max, exclude, ..
    } = allowed;
    if min == max {
        return name(min);
    }
    let prefix = &spec.registers.prefix;
    let mut out = format!("{prefix}{min} to {prefix}{max}");
    if !exclude.is_empty() {
        let names: Vec<String> = exclude.into_iter().map(name).collect();
        let _ = write!(out, ", not {}", names.join(", "));
    }
    out
}

fn layout(out: &mut String, descriptor: &Descriptor, entry: &Instruction) {
    let _ = writeln!(
        out,
        "### Descriptor `{}`\n\n{} bytes, little-endian, aligned to {} bytes.\n",
        descriptor.name, descriptor.size, descriptor.align
    );
    out.push_str("| bytes | field | type | values | meaning |\n| --- | --- | --- | --- | --- |\n");
    for field in &descriptor.fields {
        let (first, last) = (field.at, field.at + field.size - 1);
        let bytes = if first == last {
            first.to_string()
        } else {
            format!("{first}–{last}")
        };
        let values = match (field.value, field.max) {
            (Some(value), _) => value.to_string(),
            (None, Some(max)) => format!("0 to {max}"),
            (None, None) => String::new(),
        };
        let ty = field_type(&field.ty, descriptor, entry);
        let _ = writeln!(
            out,
            "| {bytes} | `{}` | `{ty}` | {values} | {} |",
            field.name, field.doc
        );
    }
    out.push('\n');
}

fn field_type(ty: &FieldType, descriptor: &Descriptor, entry: &Instruction) -> String {
    let kind = |kind: &Kind| match kind {
        Kind::Base => "base",
        Kind::Ext => "ext",
    };
    match ty {
        FieldType::Uint(bytes) => format!("u{}", u32::from(*bytes) * 8),
        FieldType::Format => "format".to_owned(),
        FieldType::Mode => "mode".to_owned(),
        FieldType::Felt(k) => format!("felt<{}>", kind(k)),
        FieldType::View(view) => {
            let elem = match &view.elem {
                Elem::Word => "word",
                Elem::Felt(k) => kind(k),
            };
            let dims: String = view
                .dims
                .iter()
                .map(|extent| match extent {
                    Extent::Field(id) => format!(", {}", descriptor.fields[id.0 as usize].name),
                    Extent::Count(id) => match entry
                        .operands
                        .get(id.0 as usize)
                        .map(|operand| &operand.role)
                    {
                        Some(Role::Count(name)) => format!(", {name}"),
                        _ => ", ?".to_owned(),
                    },
                })
                .collect();
            let access = if view.written { "written" } else { "read" };
            format!("view<{elem}{dims}> {access}")
        }
    }
}

/// What the instruction refuses, in the order in which it is checked.
fn refusals(out: &mut String, spec: &Spec, instruction: usize, descriptor: &Descriptor) {
    let outcomes = spec.outcomes;
    let name = |code: u64| {
        spec.status_by_code(code)
            .map_or("?", |status| status.name.as_str())
    };
    let mut rows = vec![
        (
            "the descriptor is aligned".to_owned(),
            name(outcomes.alignment),
        ),
        (
            "the descriptor is accessible".to_owned(),
            name(outcomes.fault),
        ),
    ];
    for field in &descriptor.fields {
        let Some(status) = &field.status else {
            continue;
        };
        let condition = match (&field.ty, field.value, field.max) {
            (FieldType::Format, ..) => format!("`{}` is the code of a format", field.name),
            (FieldType::Mode, ..) => format!("`{}` is the code of a mode", field.name),
            (_, Some(value), _) => format!("`{}` is {value}", field.name),
            (_, None, Some(max)) => format!("`{}` is at most {max}", field.name),
            (_, None, None) => continue,
        };
        rows.push((condition, status));
    }
    rows.push((
        "unused words of in-place elements are zero".to_owned(),
        name(outcomes.reserved),
    ));
    rows.push((
        "counts and strides are not too large".to_owned(),
        name(outcomes.shape),
    ));
    rows.push((
        "the elements of all views are aligned".to_owned(),
        name(outcomes.alignment),
    ));
    rows.push((
        "the elements of all views are accessible".to_owned(),
        name(outcomes.fault),
    ));
    for precondition in &spec.instructions[instruction].preconditions {
        rows.push((
            format!(
                "`{}`",
                spec.condition_text(instruction, &precondition.unless)
            ),
            &precondition.status,
        ));
    }
    rows.push((
        "every word that is read as a field element is a canonical residue".to_owned(),
        name(outcomes.residue),
    ));
    rows.push((
        "no inverse of zero is needed".to_owned(),
        name(outcomes.inverse),
    ));
    out.push_str("### Refusals, in order\n\n| unless | status | memory |\n| --- | --- | --- |\n");
    for (condition, status) in rows {
        let memory = match spec.status(status).and_then(|status| status.phase) {
            Some(Phase::Data) => "views that are only written may hold anything",
            _ => "unchanged",
        };
        // A bar would end the cell.
        let _ = writeln!(
            out,
            "| {} | `{status}` | {memory} |",
            condition.replace('|', "\\|")
        );
    }
    out.push('\n');
}

fn meanings(out: &mut String, spec: &Spec, instruction: usize) {
    let entry = &spec.instructions[instruction];
    if let Some(expansion) = &entry.expands {
        let target = &spec.instructions[expansion.target];
        let pieces = target.syntax.iter().map(|piece| match piece {
            SyntaxPiece::Operand(id) => Ok(bound(spec, entry, target, &expansion.bindings, *id)),
            SyntaxPiece::Punct(c) => Err(*c),
        });
        let pieces: Vec<Result<String, char>> = pieces.collect();
        let text = operand_list(
            &target.name,
            pieces.iter().map(|piece| piece.as_deref().map_err(|c| *c)),
        );
        let _ = writeln!(out, "Stands for `{text}`.\n");
    }
    for mode in &entry.modes {
        if mode.name.is_empty() {
            out.push_str("### Meaning\n\n");
        } else {
            let _ = writeln!(
                out,
                "### Meaning, mode `{}` (code {})\n",
                mode.name, mode.code
            );
        }
        if !mode.doc.is_empty() {
            let _ = writeln!(out, "{}\n", mode.doc);
        }
        if mode.semantics.body.is_empty() {
            out.push_str("Does nothing.\n\n");
        } else {
            let _ = writeln!(
                out,
                "```\n{}```\n",
                spec.semantics_text(instruction, &mode.semantics)
            );
        }
    }
}

/// What an operand of the target gets, as text.
fn bound(
    spec: &Spec,
    entry: &Instruction,
    target: &Instruction,
    bindings: &[AliasValue],
    id: OperandId,
) -> String {
    match bindings.get(id.0 as usize) {
        Some(AliasValue::Operand(own)) => operand_name(entry, OperandId(*own as u32)).to_owned(),
        Some(AliasValue::Fixed(value)) => fixed(spec, &target.operands[id.0 as usize], *value),
        None => "?".to_owned(),
    }
}

fn fixed(spec: &Spec, operand: &Operand, value: i64) -> String {
    let index = usize::try_from(value).ok();
    let named = match operand.kind {
        OperandKind::Gpr { .. } => index
            .and_then(|index| spec.registers.abi.get(index))
            .cloned(),
        OperandKind::Csr => u16::try_from(value)
            .ok()
            .and_then(|number| spec.csr_by_number(number))
            .map(|csr| csr.name.clone()),
        _ => None,
    };
    named.unwrap_or_else(|| value.to_string())
}

fn aliases(out: &mut String, spec: &Spec, instruction: usize) {
    let entry = &spec.instructions[instruction];
    let mut rows = String::new();
    for alias in spec
        .aliases
        .iter()
        .filter(|alias| alias.target == instruction)
    {
        let own = |index: usize| {
            let bound = alias
                .bindings
                .iter()
                .position(|binding| *binding == AliasValue::Operand(index));
            bound.map_or("?", |operand| {
                operand_name(entry, OperandId(operand as u32))
            })
        };
        let left = operand_list(
            &alias.name,
            alias.syntax.iter().map(|piece| match piece {
                AliasPiece::Operand(index) => Ok(own(*index)),
                AliasPiece::Punct(c) => Err(*c),
            }),
        );
        let right: Vec<Result<String, char>> = entry
            .syntax
            .iter()
            .map(|piece| match piece {
                SyntaxPiece::Punct(c) => Err(*c),
                SyntaxPiece::Operand(id) => Ok(match alias.bindings[id.0 as usize] {
                    AliasValue::Operand(index) => own(index).to_owned(),
                    AliasValue::Fixed(value) => fixed(spec, &entry.operands[id.0 as usize], value),
                }),
            })
            .collect();
        let right = operand_list(
            &entry.name,
            right.iter().map(|piece| piece.as_deref().map_err(|c| *c)),
        );
        let _ = writeln!(rows, "| `{left}` | `{right}` |");
    }
    if !rows.is_empty() {
        let _ = writeln!(out, "| alias | stands for |\n| --- | --- |\n{rows}");
    }
}

/// The CSRs of the instruction's extension say whether the hart has it.
fn csrs(out: &mut String, spec: &Spec, entry: &Instruction) {
    if !entry.is_bulk() {
        return;
    }
    let derived = |csr: &&Csr| csr.value != crate::model::CsrValue::Hart;
    let rows: Vec<&Csr> = spec.csrs.iter().filter(derived).collect();
    if rows.is_empty() {
        return;
    }
    out.push_str("### Related CSRs\n\n| number | name | meaning |\n| --- | --- | --- |\n");
    for csr in rows {
        let fields: Vec<String> = csr
            .fields
            .iter()
            .map(|(name, high, low, _)| format!(" `{name}` in bits {high}:{low}."))
            .collect();
        let _ = writeln!(
            out,
            "| 0x{:03x} | `{}` | {}{} |",
            csr.number,
            csr.name,
            csr.doc,
            fields.concat()
        );
    }
    out.push('\n');
}
