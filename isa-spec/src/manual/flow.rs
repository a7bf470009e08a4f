//! Information flow in entries: which results each input influences.

use super::context::Context;
use super::document::{Block, Inline, Table, code, joined, text};
use crate::algebra::{FieldId, OperandId};
use crate::influence::{Influence, Input, Output};

/// The table of an instruction; its modes are taken together, since they are known only at run time.
pub(crate) fn table(context: &Context<'_>, index: usize) -> Option<Block> {
    let names = Names { context, index };
    let mut all: Vec<Influence> = Vec::new();
    for mode in 0..context.spec.instructions[index].modes.len() {
        for influence in context.spec.influences(index, mode) {
            match all
                .iter_mut()
                .find(|known| known.output == influence.output)
            {
                Some(known) => known.inputs.extend(influence.inputs),
                None => all.push(influence),
            }
        }
    }
    // What the duration depends on is of interest where it is not that of any other instruction.
    let bulk = context.spec.instructions[index].is_bulk();
    all.retain(|influence| bulk || influence.output != Output::Time);
    all.sort_by_key(|influence| influence.output);
    if all.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Information flow: an input that is not listed cannot change the result",
        ["result", "may depend on"],
    );
    // Results that depend on the same inputs share a row.
    while !all.is_empty() {
        let inputs = all[0].inputs.clone();
        let outputs: Vec<Output> = all
            .extract_if(.., |influence| influence.inputs == inputs)
            .map(|i| i.output)
            .collect();
        let mut inputs = joined(inputs.iter().map(|input| names.input(*input)), ", ");
        if inputs.is_empty() {
            inputs.push(text("nothing"));
        }
        table.row([
            joined(outputs.iter().map(|output| names.output(*output)), ", "),
            inputs,
        ]);
    }
    Some(Block::Table(table))
}

struct Names<'a> {
    context: &'a Context<'a>,
    index: usize,
}

impl Names<'_> {
    fn operand(&self, id: OperandId) -> String {
        let operands = &self.context.spec.instructions[self.index].operands;
        operands
            .get(id.0 as usize)
            .map_or_else(String::new, |operand| operand.name.clone())
    }

    fn field(&self, id: FieldId) -> String {
        let descriptor = self.context.spec.descriptor_of(self.index);
        let field = descriptor.and_then(|descriptor| descriptor.fields.get(id.0 as usize));
        field.map_or_else(String::new, |field| field.name.clone())
    }

    fn input(&self, input: Input) -> Inline {
        match input {
            Input::Operand(id) => code(self.operand(id)),
            Input::Field(id) => code(self.field(id)),
            Input::Place(id) => text(format!("where {} is", self.field(id))),
            Input::Elements(id) => text(format!("elements of {}", self.field(id))),
            Input::Csr => text("CSRs"),
            Input::Memory => text("memory"),
            Input::Pc => text("the address of the instruction"),
            Input::Reservation => text("the reservation"),
            Input::Entropy => text("random numbers"),
            Input::Tickets => text("operations that are outstanding"),
        }
    }

    fn output(&self, output: Output) -> Inline {
        match output {
            Output::Elements(id) => text(format!("elements of {}", self.field(id))),
            Output::Register(id) => code(self.operand(id)),
            Output::Pc => text("where execution goes on"),
            Output::Csr => text("CSRs"),
            Output::Memory => text("memory"),
            Output::Environment => text("what the environment does"),
            Output::Status => text("the status"),
            Output::Time => text("how long it takes"),
        }
    }
}
