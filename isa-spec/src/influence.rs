//! Information flow: what each output of a meaning may depend on.
//!
//! Derived from the meaning, and an upper bound: an input that is not listed for an output cannot
//! change it. Both the values that go into an output count and the conditions under which it is written. The
//! status of an instruction with a descriptor depends on all that it checks. The time is a bound on what its
//! duration may tell, for a unit that takes as long for one value as for any other: it depends on
//! counts, loops, conditions, addresses and the status.

use crate::algebra::{Effect, Expr, ExprKind, FieldId, OperandId, Stmt, Type, UnOp, VarId};
use crate::model::{Condition, Extent, FieldType, Instruction, Mode, Region};
use crate::spec::Spec;
use std::collections::{BTreeMap, BTreeSet};

/// Something that a meaning reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The value of an operand: a register's content, an immediate, a count.
    Operand(OperandId),
    /// A scalar field of the descriptor, or what chooses the meaning (format, mode, flags, reduction).
    Field(FieldId),
    /// Where a view is: its address and strides.
    Place(FieldId),
    /// The elements of a view.
    Elements(FieldId),
    /// A CSR.
    Csr,
    /// Memory outside of views.
    Memory,
    /// The address of the instruction.
    Pc,
    /// A reservation.
    Reservation,
    /// The TRNG.
    Entropy,
    /// Operations that are outstanding, and their statuses.
    Tickets,
}

/// Something that a meaning changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Output {
    /// The elements of a view.
    Elements(FieldId),
    /// A register.
    Register(OperandId),
    /// Where execution goes on.
    Pc,
    /// A CSR.
    Csr,
    /// Memory outside of views.
    Memory,
    /// What the environment does: calls, traps, reservations, guests.
    Environment,
    /// The status of an instruction with a descriptor.
    Status,
    /// How long it takes.
    Time,
}

/// What an output may depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Influence {
    /// The output.
    pub output: Output,
    /// Its inputs.
    pub inputs: BTreeSet<Input>,
}

impl Spec {
    /// What each output of a mode of an instruction may depend on, in the order of [`Output`]; empty if
    /// there is no such mode.
    pub fn influences(&self, instruction: usize, mode: usize) -> Vec<Influence> {
        let Some(entry) = self.instructions.get(instruction) else {
            return Vec::new();
        };
        let Some(mode) = entry.modes.get(mode) else {
            return Vec::new();
        };
        analyse(self, entry, mode)
    }
}

type Inputs = BTreeSet<Input>;

/// What is known so far. Sets only grow, so that repeating the walk comes to an end.
#[derive(Default, PartialEq, Clone)]
struct State {
    vars: BTreeMap<VarId, Inputs>,
    outputs: BTreeMap<Output, Inputs>,
}

fn analyse(spec: &Spec, entry: &Instruction, mode: &Mode) -> Vec<Influence> {
    let mut walk = Walk {
        state: State::default(),
    };
    loop {
        let before = walk.state.clone();
        walk.block(&mode.semantics.body, &Inputs::new());
        if walk.state == before {
            break;
        }
    }
    if let Some((_, descriptor)) = entry.descriptor() {
        let fields = &spec.descriptors[descriptor].fields;
        walk.descriptor(entry, fields);
    }
    // An early end changes the duration.
    let status = walk.state.outputs.get(&Output::Status).cloned();
    walk.out(Output::Time, status.unwrap_or_default());
    let outputs = walk.state.outputs.into_iter();
    outputs
        .map(|(output, inputs)| Influence { output, inputs })
        .collect()
}

struct Walk {
    state: State,
}

impl Walk {
    fn out(&mut self, output: Output, inputs: Inputs) {
        self.state.outputs.entry(output).or_default().extend(inputs);
    }

    /// What an instruction checks before it starts, and what chooses its meaning.
    fn descriptor(&mut self, entry: &Instruction, fields: &[crate::model::DescriptorField]) {
        let ids = (0u32..).map(FieldId).zip(fields);
        let mut checked = Inputs::new();
        let mut choices = Inputs::new();
        for (id, field) in ids {
            match &field.ty {
                FieldType::View(view) => {
                    checked.insert(Input::Place(id));
                    checked.extend(view.dims.iter().map(|extent| match extent {
                        Extent::Count(operand) => Input::Operand(*operand),
                        Extent::Field(field) => Input::Field(*field),
                    }));
                }
                FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction => {
                    choices.insert(Input::Field(id));
                }
                // What is not used of it has to be zero.
                FieldType::Felt(_) => {
                    checked.insert(Input::Field(id));
                }
                FieldType::Uint(_) => {
                    if field.value.is_some() || field.max.is_some() {
                        checked.insert(Input::Field(id));
                    }
                }
            }
        }
        if let Some((operand, _)) = entry.descriptor() {
            checked.insert(Input::Operand(operand));
        }
        checked.extend(entry.count().map(Input::Operand));
        for precondition in &entry.preconditions {
            self.condition(&precondition.unless, &mut checked);
        }
        checked.extend(choices.iter().copied());
        self.out(Output::Status, checked);
        // Whether anything is written depends on the status, and what, on what chooses the meaning.
        let status = self.state.outputs.get(&Output::Status).cloned();
        let status = status.unwrap_or_default();
        let outputs: Vec<Output> = self.state.outputs.keys().copied().collect();
        for output in outputs {
            self.out(output, status.clone());
        }
    }

    fn condition(&self, condition: &Condition, inputs: &mut Inputs) {
        let mut region = |region: &Region| {
            if let Region::View(view) = region {
                inputs.insert(Input::Place(*view));
            }
        };
        match condition {
            Condition::Disjoint(a, b) => {
                region(a);
                region(b);
            }
            Condition::Same(a, b) => inputs.extend([Input::Place(*a), Input::Place(*b)]),
            Condition::And(a, b) | Condition::Or(a, b) => {
                self.condition(a, inputs);
                self.condition(b, inputs);
            }
            Condition::Term(term) => inputs.extend(self.inputs(term)),
        }
    }

    fn block(&mut self, body: &[Stmt], control: &Inputs) {
        for stmt in body {
            self.stmt(stmt, control);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, control: &Inputs) {
        for term in stmt.terms() {
            self.partial(term, control);
        }
        let with = |inputs: Inputs| -> Inputs { inputs.union(control).copied().collect() };
        match stmt {
            Stmt::Let { var, value }
            | Stmt::Carry { var, init: value }
            | Stmt::Assign { var, value } => {
                let inputs = with(self.inputs(value));
                self.state.vars.entry(*var).or_default().extend(inputs);
            }
            Stmt::For { var, bound, body } => {
                let inputs = with(self.inputs(bound));
                self.out(Output::Time, inputs.clone());
                let index = self.state.vars.entry(*var).or_default();
                index.extend(inputs.iter().copied());
                self.block(body, &inputs);
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                let inputs = with(self.inputs(cond));
                self.out(Output::Time, inputs.clone());
                self.block(then, &inputs);
                self.block(otherwise, &inputs);
            }
            Stmt::Store { view, index, value } | Stmt::Accumulate { view, index, value } => {
                let mut inputs = with(self.inputs(value));
                for index in index {
                    let place = with(self.inputs(index));
                    // Addresses show in caches and memory.
                    self.out(Output::Time, place.clone());
                    inputs.extend(place);
                }
                inputs.insert(Input::Place(*view));
                if let Stmt::Accumulate { value, .. } = stmt {
                    inputs.insert(Input::Elements(*view));
                    if matches!(value.ty, Type::Felt(_)) {
                        self.out(Output::Status, [Input::Elements(*view)].into());
                    }
                }
                self.out(Output::Elements(*view), inputs);
            }
            Stmt::Refuse { unless, .. } => {
                let inputs = with(self.inputs(unless));
                self.out(Output::Status, inputs);
            }
            Stmt::SetReg { operand, value } => {
                let inputs = with(self.inputs(value));
                self.out(Output::Register(*operand), inputs);
            }
            Stmt::SetPc(value) => {
                let inputs = with(self.inputs(value));
                self.out(Output::Time, inputs.clone());
                self.out(Output::Pc, inputs);
            }
            Stmt::SetCsr { operand, value } => {
                let mut inputs = with(self.inputs(value));
                inputs.insert(Input::Operand(*operand));
                self.out(Output::Csr, inputs);
            }
            Stmt::StoreMem { addr, value, .. } => {
                let addr = with(self.inputs(addr));
                self.out(Output::Time, addr.clone());
                let mut inputs = self.inputs(value);
                inputs.extend(addr);
                self.out(Output::Memory, inputs);
            }
            Stmt::Effect(effect) => {
                let mut inputs = control.clone();
                if let Effect::Reserve(addr) = effect {
                    inputs.extend(self.inputs(addr));
                }
                self.out(Output::Environment, inputs);
            }
        }
    }

    /// What makes a term refuse, and how long it takes.
    fn partial(&mut self, term: &Expr, control: &Inputs) {
        let mut conditions: Vec<&Expr> = Vec::new();
        let mut residues = Inputs::new();
        let mut bound: Vec<(VarId, &Expr)> = Vec::new();
        let mut times: Vec<&Expr> = Vec::new();
        term.visit(&mut |part| match &part.kind {
            ExprKind::Unary(UnOp::Inv, inner) => conditions.push(inner),
            ExprKind::View { view, index } => {
                if matches!(part.ty, Type::Felt(_)) {
                    residues.insert(Input::Elements(*view));
                }
                times.extend(index);
            }
            ExprKind::Field(field) if matches!(part.ty, Type::Felt(_)) => {
                residues.insert(Input::Field(*field));
            }
            ExprKind::Mem { addr, .. } => times.push(addr),
            ExprKind::If(cond, ..) => times.push(cond),
            ExprKind::Reduce {
                var, bound: many, ..
            } => {
                bound.push((*var, many));
                times.push(many);
            }
            _ => {}
        });
        for (var, many) in bound {
            let inputs = self.inputs(many);
            self.state.vars.entry(var).or_default().extend(inputs);
        }
        for condition in conditions {
            residues.extend(self.inputs(condition));
        }
        if !residues.is_empty() {
            // Where a value is only needed under a condition, so is its check.
            residues.extend(control.iter().copied());
            let chosen: Vec<Inputs> = times.iter().map(|term| self.inputs(term)).collect();
            residues.extend(chosen.into_iter().flatten());
            self.out(Output::Status, residues);
        }
        for term in times {
            let mut inputs = self.inputs(term);
            inputs.extend(control.iter().copied());
            self.out(Output::Time, inputs);
        }
    }

    /// What the value of a term depends on.
    fn inputs(&self, term: &Expr) -> Inputs {
        let mut inputs = Inputs::new();
        term.visit(&mut |part| match &part.kind {
            ExprKind::Operand(id) | ExprKind::Count(id) | ExprKind::RegNumber(id) => {
                inputs.insert(Input::Operand(*id));
            }
            ExprKind::Pc | ExprKind::NextPc => {
                inputs.insert(Input::Pc);
            }
            ExprKind::Csr(id) => inputs.extend([Input::Operand(*id), Input::Csr]),
            ExprKind::Field(id) => {
                inputs.insert(Input::Field(*id));
            }
            ExprKind::View { view, .. } => {
                inputs.extend([Input::Elements(*view), Input::Place(*view)]);
            }
            ExprKind::Var(var) => {
                inputs.extend(self.state.vars.get(var).into_iter().flatten().copied());
            }
            ExprKind::Random(_) => {
                inputs.insert(Input::Entropy);
            }
            ExprKind::Wait(_) => {
                inputs.insert(Input::Tickets);
            }
            ExprKind::Mem { .. } => {
                inputs.insert(Input::Memory);
            }
            ExprKind::Unary(UnOp::Reserved, _) => {
                inputs.insert(Input::Reservation);
            }
            _ => {}
        });
        inputs
    }
}

/// True if some output of the meaning depends on an input.
#[must_use]
pub fn depends(influences: &[Influence], output: Output, input: Input) -> bool {
    influences
        .iter()
        .any(|influence| influence.output == output && influence.inputs.contains(&input))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mnemonic: &str) -> (std::sync::Arc<Spec>, usize, Vec<Influence>) {
        let spec = Spec::builtin();
        let index = spec.instruction(mnemonic).unwrap();
        let influences = spec.influences(index, 0);
        (spec, index, influences)
    }

    #[test]
    fn values_conditions_and_checks_flow() {
        let (spec, index, influences) = of("zktr.logup");
        let descriptor = spec.descriptor_of(index).unwrap();
        let field = |name: &str| descriptor.field(name).unwrap().0;
        let has = |output, input| depends(&influences, output, input);
        let (perm, sum, last) = (field("perm"), field("sum"), field("last"));
        for input in ["a", "coeff"] {
            for output in [perm, sum, last] {
                assert!(has(Output::Elements(output), Input::Elements(field(input))));
            }
            assert!(has(Output::Status, Input::Elements(field(input))));
        }
        assert!(has(Output::Elements(sum), Input::Field(field("init"))));
        assert!(has(Output::Status, Input::Place(perm)));
        assert!(has(Output::Time, Input::Field(field("k"))));
        assert!(has(Output::Status, Input::Field(field("format"))));
        // Nothing is read where it is written.
        for output in [
            Output::Elements(perm),
            Output::Elements(sum),
            Output::Status,
        ] {
            assert!(!has(output, Input::Elements(perm)) && !has(output, Input::Elements(sum)));
            assert!(!has(output, Input::Entropy) && !has(output, Input::Csr));
        }
    }

    #[test]
    fn conversions_of_words_take_a_time_that_says_nothing_about_them() {
        let (spec, index, influences) = of("zktr.cvt");
        let descriptor = spec.descriptor_of(index).unwrap();
        let (x, _) = descriptor.field("x").unwrap();
        let (out, _) = descriptor.field("out").unwrap();
        assert!(depends(
            &influences,
            Output::Elements(out),
            Input::Elements(x)
        ));
        assert!(!depends(&influences, Output::Status, Input::Elements(x)));
        assert!(!depends(&influences, Output::Time, Input::Elements(x)));
    }

    #[test]
    fn branches_and_memory() {
        let (spec, index, influences) = of("beq");
        let rs1 = Input::Operand(spec.instructions[index].operand("rs1").unwrap());
        let imm = Input::Operand(spec.instructions[index].operand("imm").unwrap());
        assert!(depends(&influences, Output::Pc, rs1));
        assert!(depends(&influences, Output::Pc, imm));
        assert!(depends(&influences, Output::Time, rs1));
        let (spec, index, influences) = of("add");
        let rd = spec.instructions[index].operand("rd").unwrap();
        let rs2 = Input::Operand(spec.instructions[index].operand("rs2").unwrap());
        assert!(depends(&influences, Output::Register(rd), rs2));
        assert!(!depends(&influences, Output::Time, rs2));
        let (spec, index, influences) = of("lw");
        let rd = spec.instructions[index].operand("rd").unwrap();
        let rs1 = Input::Operand(spec.instructions[index].operand("rs1").unwrap());
        assert!(depends(&influences, Output::Register(rd), Input::Memory));
        assert!(depends(&influences, Output::Time, rs1));
        assert!(!depends(&influences, Output::Time, Input::Memory));
    }

    #[test]
    fn every_mode_of_every_instruction_has_influences_only_of_what_it_has() {
        let spec = Spec::builtin();
        for (index, instruction) in spec.instructions.iter().enumerate() {
            for mode in 0..instruction.modes.len() {
                for influence in spec.influences(index, mode) {
                    let bulk = instruction.is_bulk();
                    let about_views =
                        matches!(influence.output, Output::Elements(_) | Output::Status);
                    assert!(bulk || !about_views, "{}", instruction.name);
                    assert!(
                        !bulk || !influence.inputs.contains(&Input::Memory),
                        "{}",
                        instruction.name
                    );
                }
            }
        }
        assert!(spec.influences(0, 99).is_empty() && spec.influences(usize::MAX, 0).is_empty());
    }
}
