//! What a meaning writes, on each path through it.
//!
//! Guarantees: a register that the encoding writes is written exactly once on every path, and no
//! other; the pc at most once; every written view is written.

use super::check::Reported;
use crate::algebra::{Effect, FieldId, OperandId, Semantics, Stmt};
use crate::model::{Descriptor, FieldType, Operand, Role};
use crate::span::{Diagnostic, Span};
use crate::tree::Sink;
use std::collections::BTreeSet;

/// Fewest and most writes on a path.
type Writes = (u32, u32);

/// Checks one meaning; `span` is the place of its text.
pub(crate) fn check(
    semantics: &Semantics,
    operands: &[Operand],
    descriptor: Option<&Descriptor>,
    span: &Span,
    sink: &Sink,
) -> Result<(), Reported> {
    let before = sink.len();
    for (index, operand) in operands.iter().enumerate() {
        let written_by_status = descriptor.is_some() && operand.role == Role::Status;
        if !operand.kind.is_written() || written_by_status {
            continue;
        }
        let id = OperandId(index as u32);
        let target = |stmt: &Stmt| matches!(stmt, Stmt::SetReg { operand, .. } if *operand == id);
        let (fewest, most) = writes(&semantics.body, &target);
        if fewest == 0 {
            sink.error(
                format!("operand `{}` is not written on every path", operand.name),
                span,
            );
        } else if most > 1 {
            sink.error(
                format!(
                    "operand `{}` is written more than once on a path",
                    operand.name
                ),
                span,
            );
        }
    }
    if writes(&semantics.body, &|stmt| matches!(stmt, Stmt::SetPc(_))).1 > 1 {
        sink.error("`pc` is written more than once on a path", span);
    }
    let mut stored = BTreeSet::new();
    collect_stores(&semantics.body, &mut stored);
    for (index, field) in descriptor.iter().flat_map(|d| &d.fields).enumerate() {
        if let FieldType::View(view) = &field.ty
            && view.written()
            && !stored.contains(&FieldId(index as u32))
        {
            let message = format!(
                "view `{}` is to be written, but this meaning does not write it",
                field.name
            );
            sink.push(
                Diagnostic::error(message, span.clone())
                    .note("declared here", Some(field.span.clone())),
            );
        }
    }
    if sink.len() > before {
        Err(Reported)
    } else {
        Ok(())
    }
}

fn writes(body: &[Stmt], target: &dyn Fn(&Stmt) -> bool) -> Writes {
    let mut total = (0u32, 0u32);
    for stmt in body {
        let (fewest, most) = match stmt {
            Stmt::If {
                then, otherwise, ..
            } => {
                let (a, b) = (writes(then, target), writes(otherwise, target));
                (a.0.min(b.0), a.1.max(b.1))
            }
            // No iteration, or several.
            Stmt::For { body, .. } => (0, 2 * writes(body, target).1.min(1)),
            // Nothing is written by an instruction that does not complete.
            Stmt::Effect(Effect::Illegal) => return (total.0.max(1), total.1.max(1)),
            other => (u32::from(target(other)), u32::from(target(other))),
        };
        total = (total.0.saturating_add(fewest), total.1.saturating_add(most));
    }
    total
}

fn collect_stores(body: &[Stmt], stored: &mut BTreeSet<FieldId>) {
    for stmt in body {
        match stmt {
            Stmt::Store { view, .. } | Stmt::Accumulate { view, .. } => {
                stored.insert(*view);
            }
            Stmt::For { body, .. } => collect_stores(body, stored),
            Stmt::If {
                then, otherwise, ..
            } => {
                collect_stores(then, stored);
                collect_stores(otherwise, stored);
            }
            _ => {}
        }
    }
}
