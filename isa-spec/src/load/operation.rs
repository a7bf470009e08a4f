//! Operations that go on while the host does: tickets, and how accesses are ordered.

use super::Loader;
use crate::model::{Ordering, OrderingRule, Tickets};
use crate::tree::{self, Table, Text};

/// What the flag that asks for a ticket is noted as, until the descriptors are known.
const TICKET_FLAG: &str = "flag of tickets";

impl<'a> Loader<'a> {
    /// The flag that asks for a ticket is one of some descriptor.
    pub(super) fn ticket_flag(&self) {
        let name = &self.spec.tickets.flag;
        let fields = self.spec.descriptors.iter().flat_map(|d| &d.fields);
        let known: Vec<&str> = fields
            .flat_map(|field| &field.flags)
            .map(|flag| flag.name.as_str())
            .collect();
        let place = self.defined.get(&(TICKET_FLAG, name.clone()));
        if let Some(span) = place.filter(|_| !known.contains(&name.as_str())) {
            self.unknown("flag of a descriptor", name, span, known);
        }
    }

    pub(super) fn tickets(&mut self, mut table: Table<'a>) {
        let span = table.span.clone();
        if !self.define_at("ticket", "of operations", &span) {
            return;
        }
        let first = table.int("first", 1..=i128::from(u32::MAX));
        let first = table.need("first", first);
        let outstanding = table.int("outstanding", 1..=i128::from(u16::MAX));
        let outstanding = table.need("outstanding", outstanding);
        let (busy, unknown) = (table.need_text("busy"), table.need_text("unknown"));
        let flag = table.need_text("flag");
        table.finish();
        let code = |name: Option<&'a Text>| {
            let name = name?;
            let found = self.spec.statuses.iter().find(|s| s.name == name.text);
            if found.is_none() {
                let known = self.spec.statuses.iter().map(|s| s.name.as_str());
                self.unknown("status", &name.text, &name.span, known);
            }
            found.map(|status| status.code)
        };
        let (busy, unknown) = (code(busy), code(unknown));
        let (Some((first, first_span)), Some((outstanding, _))) = (first, outstanding) else {
            return;
        };
        if let Some(status) = self
            .spec
            .statuses
            .iter()
            .find(|status| i128::from(status.code) >= first)
        {
            let message = format!(
                "tickets begin at {first}, but status `{}` has the code {}",
                status.name, status.code
            );
            self.sink.error(message, first_span);
        }
        if let Some(flag) = flag {
            self.define_at(TICKET_FLAG, &flag.text, &flag.span);
        }
        // A missing one was reported; the spec is refused then.
        self.spec.tickets = Tickets {
            flag: flag.map(|flag| flag.text.clone()).unwrap_or_default(),
            first: first as u64,
            outstanding: outstanding as u32,
            busy: busy.unwrap_or_default(),
            unknown: unknown.unwrap_or_default(),
        };
    }

    pub(super) fn ordering(&mut self, mut table: Table<'a>) {
        let span = table.span.clone();
        if !self.define_at("ordering", "of accesses", &span) {
            return;
        }
        let doc = table.doc("doc");
        let events = table.table("events");
        let events = table.need("events", events);
        let rules = table.list("rules").unwrap_or_default();
        table.finish();
        let mut ordering = Ordering {
            doc,
            ..Ordering::default()
        };
        for (name, node) in events.iter().flat_map(Table::entries) {
            if let Some(text) = tree::text(node, &name.text, self.sink) {
                ordering.events.push((name.text.clone(), text.text.clone()));
            }
        }
        for node in rules {
            let Some(mut table) = Table::new(node, "a rule", self.sink) else {
                continue;
            };
            let (first, second) = (table.need_text("first"), table.need_text("second"));
            let ordered = table.flag("ordered");
            let ordered = table.need("ordered", ordered);
            let doc = table.doc("doc");
            table.finish();
            let event = |name: Option<&'a Text>| {
                let name = name?;
                let mut events = ordering.events.iter();
                let found = events.position(|(event, _)| *event == name.text);
                if found.is_none() {
                    let known = ordering.events.iter().map(|(event, _)| event.as_str());
                    self.unknown("event", &name.text, &name.span, known);
                }
                found
            };
            let (first, second) = (event(first), event(second));
            if let (Some(first), Some(second), Some(ordered)) = (first, second, ordered) {
                ordering.rules.push(OrderingRule {
                    first,
                    second,
                    ordered,
                    doc,
                });
            }
        }
        self.spec.ordering = ordering;
    }
}
