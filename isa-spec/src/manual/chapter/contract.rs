//! What every bulk instruction promises: done exactly, or refused with a status.

use super::Context;
use crate::manual::document::{Block, Chapter, Page, Table, Target, Text, code, joined, text};
use crate::manual::entry;
use crate::model::Phase;

pub(crate) fn page(context: &Context<'_>) -> Page {
    let section =
        |id, title: &str| Block::section(2, Target::Section(Chapter::Contract, id), title);
    let spec = context.spec;
    let align = spec.descriptors.first().map_or(1, |d| d.align);
    let mut blocks = vec![
        Block::Paragraph(vec![
            text(
                "A bulk instruction either does exactly what its meaning says, for every element, and ends with the status ",
            ),
            context.status_of_code(spec.outcomes.success),
            text(
                "; or it refuses, says why in the status, and the program does the work itself. There is no third way: \
                 no trap, no partial result that looks complete, no rounding and no saturation.",
            ),
        ]),
        Block::List(vec![
            plain(
                "The status is written to the status register when the instruction is complete. With x0 it is lost, and with it the information whether the work is done.",
            ),
            plain(
                "A refusal is no exception. An address that cannot be accessed ends with a status too; the program's own accesses then raise the exception where they always did.",
            ),
            plain(
                "A count of zero is not refused: the loops of the meaning run no iteration, and what stands behind them is done.",
            ),
            plain(
                "Whether an instruction is refused depends on registers, descriptor and memory only, so that an operation that was refused is refused again.",
            ),
        ]),
        section("checks", "Order of the checks"),
        Block::Paragraph(vec![text(
            "The first condition that does not hold decides which status there is. The entry of each instruction has this list with the fields of its descriptor.",
        )]),
        Block::Table(checks(context)),
        section("statuses", "Status codes"),
        Block::Table(statuses(context)),
        section("memory", "Memory after a refusal"),
        Block::List(vec![
            vec![
                text("A refusal of phase "),
                code("check"),
                text(" has changed no memory."),
            ],
            vec![
                text("After a refusal of phase "),
                code("data"),
                text(
                    ", elements of views that the instruction only writes may have any values. Nothing else has changed. A view that is rewritten in place is as it was: every element is read and checked before the first is written.",
                ),
            ],
            plain(
                "So the sources are intact after every refusal, and the program can do the same work from the start.",
            ),
            plain(
                "Memory between the elements of a view is never written, whatever the strides are.",
            ),
        ]),
        section("descriptor", "The descriptor"),
        Block::List(vec![
            vec![
                text(format!(
                    "A descriptor is aligned to {align} bytes and little-endian. See "
                )),
                crate::manual::document::link(
                    Target::Page(Chapter::Descriptors),
                    text("descriptors"),
                ),
                text("."),
            ],
            plain(
                "It is read once, when the instruction starts; afterwards it may be changed. No written view may overlap it.",
            ),
            plain("Bytes that belong to no field are not read."),
        ]),
    ];
    tickets(context, &mut blocks);
    ordering(context, &mut blocks);
    discovery(context, &mut blocks);
    Page {
        chapter: Chapter::Contract,
        title: "Offload or refuse".to_owned(),
        blocks,
    }
}

fn plain(sentence: &str) -> Text {
    vec![text(sentence)]
}

fn checks(context: &Context<'_>) -> Table {
    let mut table = Table::new(
        "What has to hold",
        ["step", "has to hold", "status otherwise", "phase"],
    );
    for (step, (condition, status)) in entry::checks(context, None).into_iter().enumerate() {
        let phase = context.spec.status(&status).and_then(|s| s.phase);
        table.row([
            plain(&(step + 1).to_string()),
            condition,
            if status.is_empty() {
                plain("several")
            } else {
                vec![context.status(&status)]
            },
            phase.map_or_else(Text::new, |phase| vec![code(phase_name(Some(phase)))]),
        ]);
    }
    table
}

fn phase_name(phase: Option<Phase>) -> &'static str {
    match phase {
        None => "done",
        Some(Phase::Check) => "check",
        Some(Phase::Data) => "data",
    }
}

fn statuses(context: &Context<'_>) -> Table {
    let spec = context.spec;
    let outcomes = &spec.outcomes;
    let kinds = [
        (outcomes.success, "success"),
        (outcomes.residue, "residue"),
        (outcomes.inverse, "inverse"),
        (outcomes.overlap, "overlap"),
        (outcomes.fault, "fault"),
        (outcomes.alignment, "alignment"),
        (outcomes.shape, "shape"),
        (outcomes.reserved, "reserved"),
        (outcomes.unit, "unit"),
    ];
    let mut table = Table::new(
        "Values of the status register",
        ["code", "name", "phase", "memory", "outcomes", "meaning"],
    );
    for (index, status) in spec.statuses.iter().enumerate() {
        let stands_for = kinds
            .iter()
            .filter(|(code, _)| *code == status.code)
            .map(|(_, name)| text(*name));
        table.target(
            Target::Status(index),
            [
                vec![code(status.code.to_string())],
                vec![code(status.name.clone())],
                vec![code(phase_name(status.phase))],
                plain(entry::memory_after(status.phase)),
                joined(stands_for, ", "),
                context.prose(&status.doc),
            ],
        );
    }
    table
}

/// Operations that go on while the program does.
fn tickets(context: &Context<'_>, blocks: &mut Vec<Block>) {
    let tickets = &context.spec.tickets;
    if tickets.outstanding == 0 {
        return;
    }
    blocks.push(Block::section(
        2,
        Target::Section(Chapter::Contract, "tickets"),
        "Tickets",
    ));
    blocks.push(Block::List(vec![
        plain(&format!(
            "An operation that is started asynchronously leaves a ticket in the status register: a value from {} on. A smaller value is a status; then the operation has been refused at once, in phase check, and there is no ticket.",
            tickets.first
        )),
        vec![
            text(format!(
                "At most {} operations are outstanding at a time. One more is refused with ",
                tickets.outstanding
            )),
            context.status_of_code(tickets.busy),
            text("."),
        ],
        vec![
            text("Waiting for a ticket gives the final status of its operation and frees the ticket. A ticket that no operation has gives "),
            context.status_of_code(tickets.unknown),
            text("."),
        ],
        plain("Until then, the elements of the views that the operation writes may have any values, and what it reads must not be changed."),
    ]));
}

/// How accesses to memory are ordered.
fn ordering(context: &Context<'_>, blocks: &mut Vec<Block>) {
    let ordering = &context.spec.ordering;
    if ordering.rules.is_empty() {
        return;
    }
    blocks.push(Block::section(
        2,
        Target::Section(Chapter::Contract, "ordering"),
        "Memory ordering",
    ));
    blocks.push(Block::Paragraph(context.prose(&ordering.doc)));
    let mut events = Table::new("What is ordered", ["event", "what it is"]);
    for (name, doc) in &ordering.events {
        events.row([vec![code(name.clone())], context.prose(doc)]);
    }
    blocks.push(Block::Table(events));
    let mut rules = Table::new("Rules", ["first", "", "second", "why it matters"]);
    for rule in &ordering.rules {
        let name = |event: usize| vec![code(ordering.events[event].0.clone())];
        let relation = if rule.ordered {
            "is before"
        } else {
            "may be before or after"
        };
        rules.row([
            name(rule.first),
            plain(relation),
            name(rule.second),
            context.prose(&rule.doc),
        ]);
    }
    blocks.push(Block::Table(rules));
}

/// How a program finds out what a hart has.
fn discovery(context: &Context<'_>, blocks: &mut Vec<Block>) {
    use crate::model::CsrValue;
    let rows: Vec<Text> = context
        .spec
        .csrs
        .iter()
        .enumerate()
        .filter(|(_, csr)| csr.value != CsrValue::Hart)
        .map(|(index, csr)| {
            let mut line = vec![
                crate::manual::document::link(Target::Csr(index), code(csr.name.clone())),
                text(format!(" (0x{:03x}): ", csr.number)),
            ];
            line.extend(context.prose(&csr.doc));
            line
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    blocks.push(Block::section(
        2,
        Target::Section(Chapter::Contract, "discovery"),
        "What a hart has",
    ));
    blocks.push(Block::Paragraph(plain(
        "Read-only CSRs say what there is. A hart that has none of this raises an illegal-instruction exception when they are read.",
    )));
    blocks.push(Block::List(rows));
}
