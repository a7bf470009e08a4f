//! The entry of an instruction: everything about it in one place.

use super::context::Context;
use super::document::{Block, Inline, Table, Target, Text, code, joined, link, text};
use super::example::example;
use super::math::Math;
use super::picture::{self, ByteKind};
use super::{flow, typeset, words};
use crate::algebra::{ExprKind, FieldId, Stmt, Type, UnOp};
use crate::model::{
    AliasPiece, AliasValue, Check, CsrValue, Descriptor, DescriptorField, FieldType, Instruction,
    Operand, Phase, Role,
};
use crate::sem::print::Names;
use crate::spec::Spec;

/// The entry, under a heading of this level.
pub(crate) fn blocks(context: &Context<'_>, index: usize, level: u8) -> Vec<Block> {
    let spec = context.spec;
    let instruction = &spec.instructions[index];
    let mut out = vec![Block::Heading {
        level,
        anchor: Some(Target::Instruction(index)),
        text: vec![
            code(instruction.name.clone()),
            text(format!(" — {}", instruction.title)),
        ],
    }];
    out.extend(
        context
            .paragraphs(&instruction.doc)
            .into_iter()
            .map(Block::Paragraph),
    );
    out.push(Block::Paragraph(facts(context, index)));
    encoding(&mut out, instruction);
    operands(&mut out, context, instruction);
    assembly(&mut out, context, index, level + 1);
    let entry = Entry {
        context,
        index,
        instruction,
        level: level + 1,
    };
    if let Some(descriptor) = spec.descriptor_of(index) {
        entry.descriptor(&mut out, descriptor);
    }
    entry.meanings(&mut out);
    if let Some(descriptor) = spec.descriptor_of(index) {
        entry.refusals(&mut out, descriptor);
    }
    out.extend(flow::table(context, index));
    entry.relations(&mut out);
    out
}

struct Entry<'a> {
    context: &'a Context<'a>,
    index: usize,
    instruction: &'a Instruction,
    level: u8,
}

fn facts(context: &Context<'_>, index: usize) -> Text {
    let spec = context.spec;
    let instruction = &spec.instructions[index];
    let mut out = vec![
        text("Syntax: "),
        code(words::syntax(spec, index)),
        text(". Extension "),
    ];
    let extension = spec
        .extensions
        .iter()
        .position(|e| e.name == instruction.extension);
    let name = text(instruction.extension.clone());
    out.push(match extension {
        Some(at) => link(Target::Page(super::document::Chapter::Extension(at)), name),
        None => name,
    });
    out.push(text(format!(
        ", {}. Encoding format ",
        words::harts(&instruction.xlen)
    )));
    out.push(link(
        Target::Encoding(instruction.format.clone()),
        code(instruction.format.clone()),
    ));
    out.push(text(format!(
        ". Since version {}.",
        words::version(instruction.since)
    )));
    out
}

fn encoding(out: &mut Vec<Block>, instruction: &Instruction) {
    out.push(Block::Bits(picture::word(instruction)));
    let digits = usize::from(instruction.length) * 2;
    out.push(Block::Paragraph(vec![
        text(format!(
            "{} bytes, little-endian. Mask ",
            instruction.length
        )),
        code(format!("0x{:0digits$x}", instruction.mask)),
        text(", match "),
        code(format!("0x{:0digits$x}", instruction.bits)),
        text("."),
    ]));
}

fn operands(out: &mut Vec<Block>, context: &Context<'_>, instruction: &Instruction) {
    if instruction.operands.is_empty() {
        return;
    }
    let mut table = Table::new(
        "Operands",
        ["operand", "what it is", "values", "bits of the word"],
    );
    for operand in &instruction.operands {
        let places = words::places(operand)
            .into_iter()
            .map(|(word, value)| code(format!("{word} = {}[{value}]", operand.name)));
        let mut places = joined(places, ", ");
        if places.is_empty() {
            places.push(text("none"));
        }
        table.row([
            vec![code(operand.name.clone())],
            what(context, operand),
            vec![text(words::values(context.spec, operand))],
            places,
        ]);
    }
    out.push(Block::Table(table));
}

fn what(context: &Context<'_>, operand: &Operand) -> Text {
    let mut out = vec![text(words::kind(operand))];
    match &operand.role {
        Role::Value => {}
        Role::Status => out.push(text(": the status")),
        Role::Count(name) => out.extend([text(": the count "), code(name.clone())]),
        Role::Descriptor(index) => {
            let name = context
                .spec
                .descriptors
                .get(*index)
                .map_or("?", |descriptor| &descriptor.name);
            out.extend([
                text(": address of a descriptor "),
                link(Target::Descriptor(*index), code(name)),
            ]);
        }
    }
    out
}

/// The instruction in the source of assemblers that know it, and of those that do not.
fn assembly(out: &mut Vec<Block>, context: &Context<'_>, index: usize, level: u8) {
    let Some(example) = example(context.spec, index) else {
        return;
    };
    out.push(Block::heading(level, "Example"));
    let hex = example.hex();
    out.push(Block::Code(format!(
        "{}    # {hex}\n{}\n",
        example.text, example.insn
    )));
    out.push(Block::Paragraph(vec![
        text("Bytes in memory: "),
        code(example.bytes()),
        text(". The second line is for assemblers without this extension."),
    ]));
}

impl Entry<'_> {
    fn descriptor(&self, out: &mut Vec<Block>, descriptor: &Descriptor) {
        out.push(Block::Heading {
            level: self.level,
            anchor: None,
            text: vec![text("Descriptor "), code(descriptor.name.clone())],
        });
        out.push(Block::Paragraph(vec![text(format!(
            "{} bytes, little-endian, aligned to {} bytes. It is read once, when the instruction starts.",
            descriptor.size, descriptor.align
        ))]));
        out.push(Block::Bytes(picture::descriptor(
            descriptor,
            Some(self.instruction),
        )));
        out.push(Block::Table(fields(
            self.context,
            descriptor,
            Some(self.instruction),
        )));
    }

    fn meanings(&self, out: &mut Vec<Block>) {
        let spec = self.context.spec;
        if let Some(expansion) = &self.instruction.expands {
            let target = &spec.instructions[expansion.target];
            let own = |index: usize| {
                self.instruction
                    .operands
                    .get(index)
                    .map_or("?", |operand| &operand.name)
                    .to_owned()
            };
            let stands_for = words::bound(spec, target, &expansion.bindings, own);
            out.push(Block::Paragraph(vec![
                text("Stands for "),
                link(Target::Instruction(expansion.target), code(stands_for)),
                text("."),
            ]));
        }
        for mode in &self.instruction.modes {
            let mut title = vec![text("Meaning")];
            if !mode.name.is_empty() {
                title.extend([
                    text(", mode "),
                    code(mode.name.clone()),
                    text(format!(" (code {})", mode.code)),
                ]);
            }
            out.push(Block::Heading {
                level: self.level,
                anchor: None,
                text: title,
            });
            out.extend(
                self.context
                    .paragraphs(&mode.doc)
                    .into_iter()
                    .map(Block::Paragraph),
            );
            if mode.semantics.body.is_empty() {
                out.push(Block::Paragraph(vec![text("Does nothing.")]));
                continue;
            }
            let names = Names {
                vars: &mode.semantics.vars,
                ..self.context.names(self.index)
            };
            out.push(Block::Meaning {
                formulas: typeset::lines(names, &mode.semantics),
                text: spec.semantics_text(self.index, &mode.semantics),
            });
        }
    }

    fn refusals(&self, out: &mut Vec<Block>, descriptor: &Descriptor) {
        out.push(Block::heading(
            self.level,
            "Refusals, in the order of the checks",
        ));
        let mut table = Table::new(
            "The first condition that does not hold decides",
            ["has to hold", "status otherwise", "memory then"],
        );
        for (condition, status) in checks(self.context, Some((self.index, descriptor))) {
            let phase = self.context.spec.status(&status).and_then(|s| s.phase);
            table.row([
                condition,
                vec![self.context.status(&status)],
                vec![text(memory_after(phase))],
            ]);
        }
        out.push(Block::Table(table));
    }

    fn relations(&self, out: &mut Vec<Block>) {
        let context = self.context;
        let compressed = context.compressed(self.index);
        if !compressed.is_empty() {
            let mut line = vec![text("Compressed forms: ")];
            line.extend(joined(
                compressed.iter().map(|&index| context.instruction(index)),
                ", ",
            ));
            line.push(text("."));
            out.push(Block::Paragraph(line));
        }
        let aliases = aliases(context, self.index);
        if !aliases.rows.is_empty() {
            out.push(Block::heading(self.level, "Aliases"));
            out.push(Block::Table(aliases));
        }
        let derived: Vec<usize> = (0..context.spec.csrs.len())
            .filter(|&csr| context.spec.csrs[csr].value != CsrValue::Hart)
            .collect();
        if self.instruction.is_bulk() && !derived.is_empty() {
            out.push(Block::heading(
                self.level,
                "CSRs that say whether a hart has it",
            ));
            let mut table = Table::new("", ["number", "name", "meaning"]);
            for csr in derived {
                let entry = &context.spec.csrs[csr];
                table.row([
                    vec![code(format!("0x{:03x}", entry.number))],
                    vec![link(Target::Csr(csr), code(entry.name.clone()))],
                    context.prose(&entry.doc),
                ]);
            }
            out.push(Block::Table(table));
        }
    }
}

/// What memory holds after a refusal of this phase.
pub(crate) fn memory_after(phase: Option<Phase>) -> &'static str {
    match phase {
        Some(Phase::Data) => "views that are only written may hold anything",
        Some(Phase::Check) => "unchanged",
        None => "as the meaning says",
    }
}

/// The fields of a descriptor, each with its parts.
pub(crate) fn fields(
    context: &Context<'_>,
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> Table {
    let mut table = Table::new(
        format!("Fields of descriptor {}", descriptor.name),
        ["bytes", "field", "type", "values", "meaning"],
    );
    let modes = instruction.map_or(&[][..], |instruction| &instruction.modes);
    let reaches: Vec<_> = modes
        .iter()
        .flat_map(|mode| mode.semantics.reaches(descriptor))
        .collect();
    for (field, id) in descriptor.fields.iter().zip((0..).map(FieldId)) {
        let (ty, access) = words::field_type(&field.ty, descriptor, instruction);
        let mut ty = vec![code(ty)];
        if !access.is_empty() {
            ty.push(text(format!(" {access}")));
        }
        let mut meaning = context.prose(&field.doc);
        let parts = parts(field, descriptor, instruction);
        if !parts.is_empty() {
            meaning.push(text(format!(" {parts}.")));
        }
        if let Some(reach) = reaches.iter().find(|reach| reach.table == id) {
            let bound = &descriptor.fields[reach.bound.0 as usize].name;
            meaning.push(text(" As far as the largest index below "));
            meaning.push(code(bound.clone()));
            meaning.push(text("; nothing beyond is checked."));
        }
        for (bit, flag) in field.flags.iter().enumerate() {
            meaning.extend([
                text(format!(" Bit {bit}, ")),
                code(flag.name.clone()),
                text(": "),
            ]);
            meaning.extend(context.prose(&flag.doc));
        }
        table.row([
            vec![text(words::range(field.at, field.size))],
            vec![code(field.name.clone())],
            ty,
            vec![text(words::field_values(field))],
            meaning,
        ]);
    }
    table
}

/// Where the parts of a field are; empty if it is one number.
fn parts(
    field: &DescriptorField,
    descriptor: &Descriptor,
    instruction: Option<&Instruction>,
) -> String {
    let parts = picture::parts(field, descriptor, instruction);
    let [first, _, ..] = parts.as_slice() else {
        return String::new();
    };
    if first.2 == ByteKind::Element {
        return format!("Coordinate c at {} + {} c", field.at, first.0);
    }
    let mut at = field.at;
    let mut out: Vec<String> = Vec::new();
    for (size, what, kind) in &parts {
        let sign = if *kind == ByteKind::Stride { 'i' } else { 'u' };
        out.push(format!("{what} at {at} ({sign}{})", size * 8));
        at += size;
    }
    let mut text = out.join(", ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// What a bulk instruction checks, in order, and the name of the status if it does not hold; without an
/// instruction, what all of them have in common (where there are several statuses, none is named).
pub(crate) fn checks(
    context: &Context<'_>,
    instruction: Option<(usize, &Descriptor)>,
) -> Vec<(Text, String)> {
    let spec = context.spec;
    let mut rows = Vec::new();
    for step in &spec.checks {
        let Some((index, descriptor)) = instruction else {
            let status = spec.outcomes.of(step.check);
            let status = status.map_or_else(String::new, |code| status_name(spec, code));
            rows.push((context.prose(&step.doc), status));
            continue;
        };
        let entry = &spec.instructions[index];
        match step.check {
            Check::Fields => {
                let fields = descriptor.fields.iter();
                rows.extend(fields.filter_map(|field| field_check(field, entry)));
            }
            Check::Unit if !entry.modes.iter().any(|m| m.semantics.runs_guest()) => {}
            Check::Overlap => rows.extend(conditions(context, index, step.check)),
            Check::Refuse => {
                rows.extend(conditions(context, index, step.check));
                rows.extend(bounds(context, index, descriptor));
            }
            Check::Data => rows.extend(data_checks(context, index, descriptor)),
            _ => {
                let status = spec.outcomes.of(step.check);
                let status = status.map_or_else(String::new, |code| status_name(spec, code));
                rows.push((context.prose(&sentence(&step.doc)), status));
            }
        }
    }
    rows
}

fn status_name(spec: &Spec, code: u64) -> String {
    spec.status_by_code(code)
        .map_or_else(|| code.to_string(), |status| status.name.clone())
}

/// A sentence of the spec as a part of a table: without its capital and its full stop.
fn sentence(text: &str) -> String {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// What an integer, a code or flags of a descriptor have to be; none for other fields.
fn field_check(field: &DescriptorField, instruction: &Instruction) -> Option<(Text, String)> {
    let condition = match (&field.ty, field.value, field.max) {
        (FieldType::Format, ..) => " is the code of a format".to_owned(),
        (FieldType::Mode, ..) => format!(" is {}", codes(instruction)),
        (FieldType::Flags, ..) => {
            let known: Vec<&str> = field.flags.iter().map(|flag| flag.name.as_str()).collect();
            format!(" has no bits but {}", known.join(", "))
        }
        (_, Some(value), _) => format!(" is {value}"),
        (_, None, Some(max)) => format!(" is at most {max}"),
        (_, None, None) => return None,
    };
    let text = vec![code(field.name.clone()), text(condition)];
    Some((text, field.status.clone()?))
}

/// The conditions of an instruction. Neighbours with one status are one row: which of them fails makes no
/// difference.
fn conditions(context: &Context<'_>, index: usize, check: Check) -> Vec<(Text, String)> {
    let spec = context.spec;
    let conditions: Vec<_> = spec.instructions[index]
        .preconditions
        .iter()
        .filter(|precondition| precondition.check == check)
        .collect();
    conditions
        .chunk_by(|a, b| a.status == b.status)
        .map(|group| {
            let terms = group.iter().map(|precondition| {
                let condition = &precondition.unless;
                Inline::Term(
                    typeset::condition(context.names(index), condition),
                    spec.condition_text(index, condition),
                )
            });
            (joined(terms, ", "), group[0].status.clone())
        })
        .collect()
}

/// That indices are below the bounds of their tables.
fn bounds(context: &Context<'_>, index: usize, descriptor: &Descriptor) -> Vec<(Text, String)> {
    let mut rows: Vec<(Text, String)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for mode in &context.spec.instructions[index].modes {
        let names = Names {
            vars: &mode.semantics.vars,
            ..context.names(index)
        };
        for reach in mode.semantics.reaches(descriptor) {
            let formula = typeset::term(names, reach.unless);
            let source = context.spec.term_text(index, &mode.semantics, reach.unless);
            if !seen.contains(&source) {
                seen.push(source.clone());
                rows.push((vec![Inline::Term(formula, source)], reach.status.to_owned()));
            }
        }
    }
    rows
}

/// What can go wrong while an instruction works, by its meanings.
fn data_checks(
    context: &Context<'_>,
    index: usize,
    descriptor: &Descriptor,
) -> Vec<(Text, String)> {
    let spec = context.spec;
    let (mut reads, mut inverts) = (false, false);
    let mut refusals: Vec<(Math, String, String)> = Vec::new();
    for mode in &spec.instructions[index].modes {
        let names = Names {
            vars: &mode.semantics.vars,
            ..context.names(index)
        };
        mode.semantics.terms(&mut |term| {
            let element = matches!(term.ty, Type::Felt(_));
            reads |= element && matches!(term.kind, ExprKind::View { .. } | ExprKind::Field(_));
            inverts |= matches!(term.kind, ExprKind::Unary(UnOp::Inv, _));
        });
        let reaches = mode.semantics.reaches(descriptor);
        mode.semantics.statements(&mut |statement| match statement {
            Stmt::Accumulate { value, .. } => reads |= matches!(value.ty, Type::Felt(_)),
            Stmt::Refuse { unless, .. } if reaches.iter().any(|r| r.unless == unless) => {}
            Stmt::Refuse { status, unless } => {
                let row = (
                    typeset::term(names, unless),
                    spec.term_text(index, &mode.semantics, unless),
                    status.clone(),
                );
                if !refusals.contains(&row) {
                    refusals.push(row);
                }
            }
            _ => {}
        });
    }
    let mut rows = Vec::new();
    if reads {
        let condition = "every word that is read as a field element is a canonical residue";
        let status = status_name(spec, spec.outcomes.residue);
        rows.push((vec![text(condition)], status));
    }
    if inverts {
        let status = status_name(spec, spec.outcomes.inverse);
        rows.push((vec![text("no inverse of zero is needed")], status));
    }
    rows.extend(
        refusals
            .into_iter()
            .map(|(formula, source, status)| (vec![Inline::Term(formula, source)], status)),
    );
    rows
}

/// The codes of an instruction's modes, as `0, 1 or 2`.
fn codes(instruction: &Instruction) -> String {
    let modes = instruction.modes.iter();
    let mut codes: Vec<String> = modes.map(|mode| mode.code.to_string()).collect();
    let last = codes.pop().unwrap_or_default();
    if codes.is_empty() {
        last
    } else {
        format!("{} or {last}", codes.join(", "))
    }
}

/// The aliases that stand for an instruction.
fn aliases(context: &Context<'_>, index: usize) -> Table {
    let spec = context.spec;
    let entry = &spec.instructions[index];
    let mut table = Table::new("", ["alias", "stands for"]);
    for alias in spec.aliases.iter().filter(|alias| alias.target == index) {
        // An operand of the alias has the name of the target's operand that it is bound to.
        let own = |index: usize| {
            alias
                .bindings
                .iter()
                .position(|binding| *binding == AliasValue::Operand(index))
                .and_then(|operand| entry.operands.get(operand))
                .map_or("?", |operand| &operand.name)
                .to_owned()
        };
        let left = words::operand_list(
            &alias.name,
            alias.syntax.iter().map(|piece| match piece {
                AliasPiece::Operand(index) => Ok(own(*index)),
                AliasPiece::Punct(c) => Err(*c),
            }),
        );
        let right = words::bound(spec, entry, &alias.bindings, own);
        table.row([vec![code(left)], vec![code(right)]]);
    }
    table
}
