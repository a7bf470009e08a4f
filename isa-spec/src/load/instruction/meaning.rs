//! Meanings and refusals.

use super::Entry;
use crate::algebra::FieldId;
use crate::load::{Care, Loader, is_builtin};
use crate::model::{
    Access, Check, Condition, Descriptor, Extent, FieldType, Instruction, Mode, Phase,
    Precondition, Region, Version,
};
use crate::sem::check::{self, Scope};
use crate::sem::condition::condition;
use crate::sem::flow;
use crate::span::{Diagnostic, Span};
use crate::tree::{self, Node, Table, Text};
use std::collections::BTreeSet;

impl<'a> Loader<'a> {
    /// Meanings and refusals.
    pub(super) fn meaning(&mut self, entry: &Entry<'a>, instruction: &mut Instruction) {
        let given = [
            entry.sem.is_some(),
            entry.modes.is_some(),
            entry.expands.is_some(),
        ];
        if given.iter().filter(|g| **g).count() != 1 {
            let message = "an instruction has one of the keys `sem`, `modes` and `expands`";
            self.sink.error(message, &entry.name.span);
            return;
        }
        if entry.expands.is_some() {
            return;
        }
        let sink = self.sink;
        let descriptor = instruction
            .descriptor()
            .map(|(_, index)| &self.spec.descriptors[index]);
        let scope = Scope {
            operands: &instruction.operands,
            descriptor,
            xlen: &instruction.xlen,
            statuses: &self.spec.statuses,
            proved: self.care == Care::Known && is_builtin(&entry.name.span.source),
        };
        let mut used = BTreeSet::new();
        let before = sink.len();
        let mut preconditions = Vec::new();
        if let Some(descriptor) = descriptor {
            preconditions = self.aliasing(entry, descriptor, &instruction.span);
        } else if let Some(node) = entry.in_place.first() {
            sink.error("`in-place` needs a descriptor", &node.span);
        }
        for node in entry.refuse {
            preconditions.extend(self.refusal(node, &scope, &mut used));
        }
        let mut read = |name: &str, code: u8, doc: String, since: Version, text: &Text| {
            let semantics = check::semantics(text, &scope, &preconditions, &mut used, sink).ok()?;
            flow::check(&semantics, scope.operands, descriptor, &text.span, sink).ok()?;
            Some(Mode {
                name: name.to_owned(),
                code,
                doc,
                since,
                semantics,
            })
        };
        let mut modes: Vec<Mode> = Vec::new();
        if let Some(text) = entry.sem {
            modes.extend(read("", 0, String::new(), entry.since, text));
        }
        for (name, node) in entry.modes.iter().flat_map(Table::entries) {
            let Some(mut table) =
                Table::new(node, "a mode", sink).map(|table| table.at(&name.span))
            else {
                continue;
            };
            let code = table.int("code", 0..=255);
            let code = table.need("code", code);
            let doc = table.doc("doc");
            let since = if table.get("since").is_some() {
                self.since(&mut table, &instruction.extension)
            } else {
                entry.since
            };
            let text = table.need_text("sem");
            table.finish();
            let (Some((code, code_span)), Some(text)) = (code, text) else {
                continue;
            };
            if let Some(other) = modes.iter().find(|mode| i128::from(mode.code) == code) {
                sink.error(
                    format!("mode `{}` has the code {code} too", other.name),
                    code_span,
                );
            }
            modes.extend(read(&name.text, code as u8, doc, since, text));
        }
        modes.sort_by_key(|mode| mode.code);
        if entry.modes.is_some() {
            let has_mode =
                descriptor.is_some_and(|d| d.fields.iter().any(|f| f.ty == FieldType::Mode));
            if !has_mode {
                sink.error(
                    "only an instruction with a mode in its descriptor has modes",
                    &entry.name.span,
                );
            } else if modes.is_empty() && sink.len() == before {
                sink.error("`modes` must not be empty", &entry.name.span);
            }
        }
        if let Some(descriptor) = descriptor
            && sink.len() == before
        {
            self.check_use(entry, descriptor, &used, &modes);
        }
        instruction.modes = modes;
        instruction.preconditions = preconditions;
    }

    /// Every field of a descriptor has a use: in a meaning, in a refusal, as an extent or as a fixed value.
    fn check_use(
        &self,
        entry: &Entry<'a>,
        descriptor: &Descriptor,
        used: &BTreeSet<FieldId>,
        modes: &[Mode],
    ) {
        let extents: Vec<FieldId> = descriptor
            .views()
            .flat_map(|(_, _, view)| &view.dims)
            .filter_map(|extent| {
                if let Extent::Field(id) = extent {
                    Some(*id)
                } else {
                    None
                }
            })
            .collect();
        for (index, field) in descriptor.fields.iter().enumerate() {
            let id = FieldId(index as u32);
            let implied = match field.ty {
                FieldType::Format | FieldType::Mode | FieldType::Flags => true,
                FieldType::Reduction => modes
                    .iter()
                    .any(|mode| mode.semantics.multiplies_extension()),
                // What a guest's run needs is not in the language of meanings.
                _ => field.value.is_some() || modes.iter().any(|mode| mode.semantics.runs_guest()),
            };
            if !implied && !used.contains(&id) && !extents.contains(&id) {
                let message = format!(
                    "field `{}` of descriptor `{}` has no use",
                    field.name, descriptor.name
                );
                let diagnostic = Diagnostic::error(message, field.span.clone());
                self.sink.push(diagnostic.note(
                    format!("in instruction `{}`", entry.name.text),
                    Some(entry.name.span.clone()),
                ));
            }
        }
    }

    /// The rule that written views are disjoint from all else, with the exceptions of `in-place`.
    fn aliasing(
        &self,
        entry: &Entry<'a>,
        descriptor: &Descriptor,
        span: &Span,
    ) -> Vec<Precondition> {
        let mut exceptions: Vec<(FieldId, FieldId, &'a Text, bool)> = Vec::new();
        for node in entry.in_place {
            let Some(text) = tree::text(node, "an exception", self.sink) else {
                continue;
            };
            let view = |name: &str| {
                descriptor
                    .views()
                    .find(|(_, field, _)| field.name == name.trim())
            };
            match text.text.split_once('=').map(|(a, b)| (view(a), view(b))) {
                Some((Some((a, _, written)), Some((b, _, _))))
                    if written.access == Access::Write && b != a =>
                {
                    exceptions.push((a, b, text, false));
                }
                _ => self
                    .sink
                    .error("an exception is \"written view = other view\"", &text.span),
            }
        }
        let Some(status) = self
            .spec
            .statuses
            .iter()
            .find(|s| s.code == self.spec.outcomes.overlap)
        else {
            return Vec::new();
        };
        let mut preconditions = Vec::new();
        let mut push = |unless| {
            preconditions.push(Precondition {
                unless,
                status: status.name.clone(),
                check: Check::Overlap,
                span: span.clone(),
            });
        };
        for (id, _, view) in descriptor.views().filter(|(_, _, view)| view.written()) {
            push(Condition::Disjoint(Region::View(id), Region::Descriptor));
            for (other, _, other_view) in descriptor.views() {
                // A pair of written views is checked once.
                if other == id || (other_view.written() && other < id) {
                    continue;
                }
                let disjoint = Condition::Disjoint(Region::View(id), Region::View(other));
                let exception = exceptions
                    .iter_mut()
                    .find(|(a, b, ..)| (*a, *b) == (id, other));
                let Some((_, _, text, used)) = exception else {
                    push(disjoint);
                    continue;
                };
                *used = true;
                if view.dims != other_view.dims || view.strides() != other_view.strides() {
                    self.sink.error(
                        "views in the same place have to have the same extents and strides",
                        &text.span,
                    );
                }
                push(Condition::Or(
                    Box::new(disjoint),
                    Box::new(Condition::Same(id, other)),
                ));
            }
        }
        for (_, _, text, used) in exceptions {
            if !used {
                self.sink
                    .error("this exception applies to no pair of views", &text.span);
            }
        }
        preconditions
    }

    fn refusal(
        &self,
        node: &'a Node,
        scope: &Scope<'_>,
        used: &mut BTreeSet<FieldId>,
    ) -> Option<Precondition> {
        let mut table = Table::new(node, "a refusal", self.sink)?;
        let unless = table.need_text("unless");
        let status = table.need_text("status");
        let span = table.span.clone();
        table.finish();
        let (unless, status) = (unless?, status?);
        match self.spec.statuses.iter().find(|s| s.name == status.text) {
            Some(found) if found.phase == Some(Phase::Check) => {}
            Some(_) => self.sink.error(
                "a condition refuses with a status of phase \"check\"",
                &status.span,
            ),
            None => {
                let known = self.spec.statuses.iter().map(|s| s.name.as_str());
                self.unknown("status", &status.text, &status.span, known);
            }
        }
        let unless = condition(unless, scope, used, self.sink).ok()?;
        Some(Precondition {
            unless,
            status: status.text.clone(),
            check: Check::Refuse,
            span,
        })
    }
}
