//! Information flow as JSON: what each output of a mode may depend on.

use crate::algebra::{FieldId, OperandId};
use crate::influence::{Input, Output};
use crate::spec::Spec;
use serde_json::{Value, json};

/// The influences of a mode.
pub(super) fn influences(spec: &Spec, instruction: usize, mode: usize) -> Value {
    let operand = |id: OperandId| {
        spec.instructions[instruction].operands[id.0 as usize]
            .name
            .as_str()
    };
    let field = |id: FieldId| {
        let descriptor = spec.descriptor_of(instruction);
        descriptor.map_or("", |d| d.fields[id.0 as usize].name.as_str())
    };
    let input = |input: &Input| match *input {
        Input::Operand(id) => json!({ "is": "operand", "name": operand(id) }),
        Input::Field(id) => json!({ "is": "field", "name": field(id) }),
        Input::Place(id) => json!({ "is": "place", "name": field(id) }),
        Input::Elements(id) => json!({ "is": "elements", "name": field(id) }),
        Input::Csr => json!({ "is": "csr" }),
        Input::Memory => json!({ "is": "memory" }),
        Input::Pc => json!({ "is": "pc" }),
        Input::Reservation => json!({ "is": "reservation" }),
        Input::Entropy => json!({ "is": "entropy" }),
        Input::Tickets => json!({ "is": "tickets" }),
    };
    let output = |output: Output| match output {
        Output::Elements(id) => json!({ "is": "elements", "name": field(id) }),
        Output::Register(id) => json!({ "is": "register", "name": operand(id) }),
        Output::Pc => json!({ "is": "pc" }),
        Output::Csr => json!({ "is": "csr" }),
        Output::Memory => json!({ "is": "memory" }),
        Output::Environment => json!({ "is": "environment" }),
        Output::Status => json!({ "is": "status" }),
        Output::Time => json!({ "is": "time" }),
    };
    let all = spec
        .influences(instruction, mode)
        .into_iter()
        .map(|influence| {
            let inputs: Vec<Value> = influence.inputs.iter().map(input).collect();
            json!({ "output": output(influence.output), "inputs": inputs })
        });
    all.collect()
}
