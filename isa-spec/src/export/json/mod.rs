//! All of the spec as one JSON document, which `spec.schema.json` describes.
//!
//! References between entries are names, never indices, so that a reader needs no knowledge of this crate; the
//! meanings are trees ([`term`]) and, beside them, texts.

mod flow;
mod term;
mod trace;

use super::File;
use super::part::{Entry, Part, versioned};
use crate::algebra::OperandId;
use crate::code::encode::Allowed;
use crate::manual;
use crate::model::{
    Alias, AliasPiece, AliasValue, Condition, Csr, CsrValue, Descriptor, DescriptorField, Elem,
    Expansion, Extent, FieldType, Format, Instruction, LayoutContent, Operand, OperandKind, Phase,
    Reduction, Region, Registers, Role, SyntaxPiece, Version, View,
};
use crate::spec::Spec;
use serde_json::{Map, Value, json};
use term::Scope;

/// The version of the schema: the minor number grows with additions, the major one with changes.
pub(super) const SCHEMA_VERSION: &str = "1.2";

/// The document.
pub(super) fn file(part: &Part<'_>) -> File {
    let spec = part.spec;
    let names: Vec<String> = part.extensions.iter().map(|e| versioned(e)).collect();
    let chosen: Vec<usize> = part.instructions.iter().map(|entry| entry.index).collect();
    let aliases = spec
        .aliases
        .iter()
        .filter(|alias| chosen.contains(&alias.target));
    let document = json!({
        "schema": SCHEMA_VERSION,
        "generated-from": names,
        "extensions": part.extensions.iter().map(|e| json!({
            "name": e.name,
            "version": version(e.version),
            "changelog": e.changelog.iter().map(|release| json!({
                "version": version(release.version), "changes": release.changes,
            })).collect::<Vec<_>>(),
            "doc": e.doc,
        })).collect::<Vec<_>>(),
        "parameters": spec.parameters.iter().map(|p| json!({
            "name": p.name,
            "values": p.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>(),
            "chosen": p.values.get(p.chosen).map(|(name, _)| name),
            "doc": p.doc,
        })).collect::<Vec<_>>(),
        "registers": registers(&spec.registers),
        "float-registers": registers(&spec.float_registers),
        "fields": spec.fields.iter().map(|f| json!({
            "name": f.name, "modulus": f.modulus.to_string(), "doc": f.doc,
        })).collect::<Vec<_>>(),
        "formats": spec.formats.iter().map(|f| format(spec, f)).collect::<Vec<_>>(),
        "statuses": spec.statuses.iter().map(|s| json!({
            "name": s.name, "code": s.code, "phase": s.phase.map(phase), "doc": s.doc,
        })).collect::<Vec<_>>(),
        "outcomes": outcomes(spec),
        "checks": spec.checks.iter().map(|step| json!({
            "check": step.check.name(), "doc": step.doc,
        })).collect::<Vec<_>>(),
        "tickets": {
            "flag": spec.tickets.flag,
            "first": spec.tickets.first,
            "outstanding": spec.tickets.outstanding,
            "busy": spec.status_by_code(spec.tickets.busy).map(|status| &status.name),
            "unknown": spec.status_by_code(spec.tickets.unknown).map(|status| &status.name),
        },
        "ordering": ordering(spec),
        "constants": spec.constants,
        "csrs": part.csrs.iter().map(|csr| self::csr(csr)).collect::<Vec<_>>(),
        "descriptors": part.descriptors.iter().map(|d| descriptor(part, d)).collect::<Vec<_>>(),
        "instructions": part.instructions.iter().map(|entry| instruction(part, entry)).collect::<Vec<_>>(),
        "aliases": aliases.map(|alias| self::alias(spec, alias)).collect::<Vec<_>>(),
        "latencies": spec.latencies.iter().map(|class| json!({
            "name": class.name,
            "cycles": class.cycles,
            "taken": class.taken,
            "element": class.element,
            "zero": class.zero,
            "sign": class.sign,
            "transfer": class.transfer,
            "origin": class.origin.name(),
        })).collect::<Vec<_>>(),
        "insn": {
            "opcodes": spec.opcodes,
            "forms": spec.insn_forms.iter().map(|form| json!({
                "name": form.name,
                "length": form.length,
                "operands": form.operands.iter().map(|o| operand(spec, o)).collect::<Vec<_>>(),
                "pieces": pieces(&form.operands, &form.syntax),
            })).collect::<Vec<_>>(),
        },
        "trace": trace::schema(spec),
        "neighbours": spec.neighbours.iter().map(|n| json!({
            "name": n.name,
            "vendor": n.vendor,
            "source": n.source,
            "xlen": n.xlen,
            "words": n.words.iter().map(|w| json!({ "name": w.name, "match": w.bits, "mask": w.mask }))
                .collect::<Vec<_>>(),
            "csrs": n.csrs.iter().map(|(name, number)| json!({ "name": name, "number": number }))
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    // The alternate form of a value is the document with indentation.
    part.file(".json", format!("{document:#}\n"))
}

fn format(spec: &Spec, format: &Format) -> Value {
    json!({
        "name": format.name,
        "code": format.code,
        "field": spec.fields[format.field].name,
        "degree": format.degree,
        "reduction": reduction(&format.reduction),
        "montgomery": format.montgomery.to_string(),
        "word-bytes": format.word_bytes,
        "accepts-modulus": format.accepts_modulus,
        "doc": format.doc,
        "since": version(format.since),
    })
}

fn reduction(reduction: &Reduction) -> Value {
    let numbers = |list: &[u64]| -> Vec<String> { list.iter().map(u64::to_string).collect() };
    match reduction {
        Reduction::Polynomial(coefficients) => {
            json!({ "is": "polynomial", "coefficients": numbers(coefficients) })
        }
        Reduction::Tower { inner, outer } => {
            let outer: Vec<Vec<String>> = outer.iter().map(|list| numbers(list)).collect();
            json!({ "is": "tower", "inner": numbers(inner), "outer": outer })
        }
        Reduction::Descriptor => json!({ "is": "descriptor" }),
    }
}

fn version(version: Version) -> Value {
    json!({ "major": version.0, "minor": version.1 })
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Check => "check",
        Phase::Data => "data",
    }
}

fn outcomes(spec: &Spec) -> Value {
    let name = |code| spec.status_by_code(code).map(|status| &status.name);
    let outcomes = spec.outcomes;
    json!({
        "success": name(outcomes.success),
        "residue": name(outcomes.residue),
        "inverse": name(outcomes.inverse),
        "overlap": name(outcomes.overlap),
        "fault": name(outcomes.fault),
        "alignment": name(outcomes.alignment),
        "shape": name(outcomes.shape),
        "reserved": name(outcomes.reserved),
        "unit": name(outcomes.unit),
    })
}

fn ordering(spec: &Spec) -> Value {
    let ordering = &spec.ordering;
    let event = |index: usize| ordering.events.get(index).map(|(name, _)| name);
    json!({
        "doc": ordering.doc,
        "events": ordering.events.iter().map(|(name, doc)| json!({ "name": name, "doc": doc })).collect::<Vec<_>>(),
        "rules": ordering.rules.iter().map(|rule| json!({
            "first": event(rule.first),
            "second": event(rule.second),
            "ordered": rule.ordered,
            "doc": rule.doc,
        })).collect::<Vec<_>>(),
    })
}

fn csr(csr: &Csr) -> Value {
    json!({
        "name": csr.name,
        "extension": csr.extension,
        "number": csr.number,
        "since": version(csr.since),
        "value": match csr.value {
            CsrValue::Hart => "hart",
            CsrValue::Version => "version",
            CsrValue::Formats => "formats",
            CsrValue::Functions => "functions",
        },
        "from": csr.from,
        "doc": csr.doc,
        "fields": csr.fields.iter().map(|(name, high, low, doc)| json!({
            "name": name, "high": high, "low": low, "doc": doc,
        })).collect::<Vec<_>>(),
    })
}

fn descriptor(part: &Part<'_>, descriptor: &Descriptor) -> Value {
    let fields = descriptor.fields.iter();
    json!({
        "name": descriptor.name,
        "size": descriptor.size,
        "align": descriptor.align,
        "fields": fields.map(|f| descriptor_field(part, descriptor, f)).collect::<Vec<_>>(),
    })
}

fn descriptor_field(part: &Part<'_>, descriptor: &Descriptor, field: &DescriptorField) -> Value {
    let ty = match &field.ty {
        FieldType::Uint(bytes) => json!({ "is": "uint", "bytes": bytes }),
        FieldType::Format => json!({ "is": "format" }),
        FieldType::Mode => json!({ "is": "mode" }),
        FieldType::Flags => json!({
            "is": "flags",
            "flags": field.flags.iter().map(|flag| json!({ "name": flag.name, "doc": flag.doc })).collect::<Vec<_>>(),
        }),
        FieldType::Reduction => json!({ "is": "reduction" }),
        FieldType::Felt(kind) => json!({ "is": "felt", "kind": term::kind(*kind) }),
        FieldType::View(view) => self::view(part, descriptor, view),
    };
    json!({
        "name": field.name,
        "at": field.at,
        "size": field.size,
        "type": ty,
        "value": field.value,
        "max": field.max,
        "status": field.status,
        "doc": field.doc,
        "since": version(field.since),
    })
}

fn view(part: &Part<'_>, descriptor: &Descriptor, view: &View) -> Value {
    let extents = view.dims.iter().map(|extent| match extent {
        Extent::Field(id) => json!({ "field": descriptor.fields[id.0 as usize].name }),
        Extent::Count(id) => json!({ "count": count_name(part, descriptor, *id) }),
    });
    json!({
        "is": "view",
        "element": match view.elem {
            Elem::Word(bytes) => json!(format!("u{}", u32::from(bytes) * 8)),
            Elem::Cell => json!("cell"),
            Elem::Felt(kind) => json!(term::kind(kind)),
        },
        "extents": extents.collect::<Vec<_>>(),
        "strides": view.strides(),
        "access": view.access.name(),
    })
}

/// The name of a count is that of the instructions which use the descriptor; the loader checks that they agree.
fn count_name(part: &Part<'_>, descriptor: &Descriptor, id: OperandId) -> Option<String> {
    part.instructions.iter().find_map(|entry| {
        let (_, used) = entry.instruction.descriptor()?;
        let uses = part.spec.descriptors[used].name == descriptor.name;
        match &entry.instruction.operands.get(id.0 as usize)?.role {
            Role::Count(name) if uses => Some(name.clone()),
            _ => None,
        }
    })
}

fn instruction(part: &Part<'_>, entry: &Entry<'_>) -> Value {
    let spec = part.spec;
    let instruction = entry.instruction;
    let scope = Scope {
        operands: &instruction.operands,
        descriptor: spec.descriptor_of(entry.index),
        vars: &[],
    };
    json!({
        "name": instruction.name,
        "id": entry.symbol,
        "extension": instruction.extension,
        "since": version(instruction.since),
        "xlen": instruction.xlen,
        "title": instruction.title,
        "doc": instruction.doc,
        "format": instruction.format,
        "length": instruction.length,
        "mask": instruction.mask,
        "match": instruction.bits,
        "layout": layout(instruction),
        "operands": instruction.operands.iter().map(|o| operand(spec, o)).collect::<Vec<_>>(),
        "syntax": {
            "text": manual::syntax(spec, entry.index),
            "pieces": pieces(&instruction.operands, &instruction.syntax),
        },
        "latency": spec.latency(entry.index).map(|class| &class.name),
        "preconditions": instruction.preconditions.iter().map(|p| json!({
            "unless": condition(&scope, &p.unless),
            "text": spec.condition_text(entry.index, &p.unless),
            "status": p.status,
            "check": p.check.name(),
        })).collect::<Vec<_>>(),
        "modes": instruction.modes.iter().enumerate().map(|(index, mode)| json!({
            "name": mode.name,
            "code": mode.code,
            "doc": mode.doc,
            "since": version(mode.since),
            "text": spec.semantics_text(entry.index, &mode.semantics),
            "semantics": Scope { vars: &mode.semantics.vars, ..scope }.statements(&mode.semantics.body),
            "influences": flow::influences(spec, entry.index, index),
        })).collect::<Vec<_>>(),
        "expands": instruction.expands.as_ref().map(|expansion| expanded(spec, instruction, expansion)),
        "also": instruction.also.iter().map(|expansion| expanded(spec, instruction, expansion)).collect::<Vec<_>>(),
    })
}

fn pieces(operands: &[Operand], syntax: &[SyntaxPiece]) -> Vec<Value> {
    let piece = |piece: &SyntaxPiece| match piece {
        SyntaxPiece::Operand(id) => json!({ "operand": operands[id.0 as usize].name }),
        SyntaxPiece::Punct(c) => json!(c.to_string()),
    };
    syntax.iter().map(piece).collect()
}

/// Another instruction that does the same.
fn expanded(spec: &Spec, instruction: &Instruction, expansion: &Expansion) -> Value {
    let target = &spec.instructions[expansion.target];
    let own = |index: usize| instruction.operands[index].name.clone();
    json!({ "instruction": target.name, "operands": bindings(target, &expansion.bindings, own) })
}

fn layout(instruction: &Instruction) -> Value {
    let fields = instruction.layout.iter().map(|field| {
        let mut out = json!({ "name": field.name, "lo": field.lo, "len": field.len });
        match field.content {
            LayoutContent::Fixed(value) => out["fixed"] = json!(value),
            LayoutContent::Operand { operand, value_lo } => {
                out["operand"] = json!(instruction.operands[operand.0 as usize].name);
                out["value-lo"] = json!(value_lo);
            }
        }
        out
    });
    fields.collect()
}

fn registers(registers: &Registers) -> Value {
    json!({ "prefix": registers.prefix, "abi": registers.abi, "others": registers.others })
}

fn operand(spec: &Spec, operand: &Operand) -> Value {
    let kind = match operand.kind {
        OperandKind::Gpr {
            read,
            write,
            compressed,
        } => {
            json!({ "is": "register", "read": read, "write": write, "compressed": compressed })
        }
        OperandKind::Fpr {
            read,
            write,
            compressed,
        } => {
            json!({ "is": "float-register", "read": read, "write": write, "compressed": compressed })
        }
        OperandKind::Imm {
            signed,
            pc_relative,
        } => {
            json!({ "is": "immediate", "signed": signed, "pc-relative": pc_relative })
        }
        OperandKind::Csr => json!({ "is": "csr" }),
        OperandKind::FenceSet => json!({ "is": "fence-set" }),
    };
    let role = match &operand.role {
        Role::Value => json!({ "is": "value" }),
        Role::Status => json!({ "is": "status" }),
        Role::Descriptor(index) => {
            json!({ "is": "descriptor", "descriptor": spec.descriptors[*index].name })
        }
        Role::Count(name) => json!({ "is": "count", "name": name }),
    };
    let slices = operand.slices.iter().map(
        |slice| json!({ "word-lo": slice.word_lo, "len": slice.len, "value-lo": slice.value_lo }),
    );
    json!({
        "name": operand.name,
        "kind": kind,
        "role": role,
        "slices": slices.collect::<Vec<_>>(),
        "allowed": allowed(&operand.allowed()),
        "hint": operand.hint,
        "fixed": operand.fixed,
        "modulo-bits": operand.modulo,
    })
}

fn allowed(allowed: &Allowed) -> Value {
    json!({
        "min": allowed.min,
        "max": allowed.max,
        "upper": allowed.upper.map(|(min, max)| json!({ "min": min, "max": max })),
        "multiple": allowed.multiple,
        "exclude": allowed.exclude,
    })
}

fn condition(scope: &Scope<'_>, condition: &Condition) -> Value {
    let region = |region: &Region| match region {
        Region::View(id) => json!({ "view": scope.field(*id) }),
        Region::Descriptor => json!({ "descriptor": true }),
    };
    let both = |op: &str, a: &Condition, b: &Condition| json!({ "op": op, "args": [self::condition(scope, a), self::condition(scope, b)] });
    match condition {
        Condition::Disjoint(a, b) => json!({ "op": "disjoint", "args": [region(a), region(b)] }),
        Condition::Same(a, b) => json!({
            "op": "same",
            "args": [{ "view": scope.field(*a) }, { "view": scope.field(*b) }],
        }),
        Condition::And(a, b) => both("and", a, b),
        Condition::Or(a, b) => both("or", a, b),
        Condition::Term(term) => json!({ "op": "term", "term": scope.term(term) }),
    }
}

/// What each operand of an instruction gets: an operand of what stands for it, or a value.
fn bindings(target: &Instruction, bindings: &[AliasValue], own: impl Fn(usize) -> String) -> Value {
    let pairs = target
        .operands
        .iter()
        .zip(bindings)
        .map(|(operand, binding)| {
            let value = match binding {
                AliasValue::Operand(index) => json!({ "operand": own(*index) }),
                AliasValue::Fixed(value) => json!({ "value": value }),
            };
            (operand.name.clone(), value)
        });
    Value::Object(pairs.collect())
}

fn alias(spec: &Spec, alias: &Alias) -> Value {
    let target = &spec.instructions[alias.target];
    // An alias' operand has the name of the target's operand that it is bound to.
    let own = |index: usize| {
        let bound = alias
            .bindings
            .iter()
            .position(|b| *b == AliasValue::Operand(index));
        bound.map_or_else(
            || format!("operand{index}"),
            |at| target.operands[at].name.clone(),
        )
    };
    json!({
        "name": alias.name,
        "instruction": target.name,
        "xlen": target.xlen,
        "preferred": alias.preferred,
        "syntax": alias.syntax.iter().map(|piece| match piece {
            AliasPiece::Operand(index) => json!({ "operand": own(*index) }),
            AliasPiece::Punct(c) => json!(c.to_string()),
        }).collect::<Vec<_>>(),
        "operands": bindings(target, &alias.bindings, own),
    })
}
