//! Clauses of `execute` for instructions without a descriptor.

use super::Model;
use super::encoding::{Operands, width};
use super::literal;
use super::term::Body;
use crate::algebra::{Effect, Semantics, Stmt};
use crate::model::{FLEN, Instruction, Operand, OperandKind};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a meaning changes.
#[derive(Default)]
struct Changes {
    registers: BTreeSet<usize>,
    /// Registers that are written inside of other statements.
    nested: BTreeSet<usize>,
    csrs: BTreeSet<usize>,
    pc: bool,
    memory: bool,
    /// It ends otherwise than with success.
    ended: bool,
}

impl Changes {
    fn of(semantics: &Semantics) -> Self {
        let mut out = Self::default();
        semantics.statements(&mut |statement| match statement {
            Stmt::SetReg { operand, .. } => {
                out.registers.insert(operand.0 as usize);
            }
            Stmt::SetCsr { operand, .. } => {
                out.csrs.insert(operand.0 as usize);
            }
            Stmt::SetPc(_) => out.pc = true,
            Stmt::StoreMem { .. } => out.memory = true,
            Stmt::Effect(Effect::EnvironmentCall | Effect::Breakpoint | Effect::Illegal) => {
                out.ended = true
            }
            _ => {}
        });
        out.nested.clone_from(&out.registers);
        for statement in &semantics.body {
            if let Stmt::SetReg { operand, .. } = statement {
                out.nested.remove(&(operand.0 as usize));
            }
        }
        out
    }
}

impl Model<'_> {
    pub(super) fn scalar(&self, out: &mut String, index: usize) {
        let instruction = self.part.instructions[index].instruction;
        let Some(mode) = instruction.modes.first() else {
            return;
        };
        let operands = Operands::new(instruction);
        let changes = Changes::of(&mode.semantics);
        let mut body = Body::new(self, None);
        for name in &operands.names {
            body.names.unique(name);
        }
        self.operand_values(&mut body, instruction, &operands, &mode.semantics);
        for &operand in &changes.nested {
            body.push(format!(
                "var new_{} : {} = sail_zeros({});",
                operands.names[operand],
                content(&instruction.operands[operand]),
                match instruction.operands[operand].kind {
                    OperandKind::Fpr { .. } => FLEN.to_string(),
                    _ => "xlen".to_owned(),
                }
            ));
        }
        for &operand in &changes.csrs {
            body.push(format!(
                "var new_{} : option(xlenbits) = None();",
                operands.names[operand]
            ));
        }
        if changes.pc {
            body.push("var target : option(xlenbits) = None();");
        }
        if changes.memory {
            body.push(format!("var writes : list({}_write) = [||];", self.prefix));
        }
        if changes.ended {
            body.push("var ended : ExecutionResult = RETIRE_SUCCESS;");
        }
        body.bind(&mode.semantics);
        body.statements(&mode.semantics.body);
        self.commit(&mut body, instruction, &operands, &changes);
        body.push(if changes.ended {
            "ended"
        } else {
            "RETIRE_SUCCESS"
        });
        let pattern = operands.named(&self.constructors[index]);
        let _ = write!(
            out,
            "function clause execute {pattern} = {{\n{}}}\n",
            body.finish()
        );
    }

    /// Local variables for the operands' values.
    pub(super) fn operand_values(
        &self,
        body: &mut Body<'_>,
        instruction: &Instruction,
        operands: &Operands<'_>,
        semantics: &Semantics,
    ) {
        use crate::algebra::ExprKind;
        let mut used = BTreeSet::new();
        semantics.terms(&mut |term| {
            if let ExprKind::Operand(operand) = term.kind {
                used.insert(operand.0 as usize);
            }
        });
        body.operands.clone_from(&operands.names);
        for (index, operand) in instruction.operands.iter().enumerate() {
            let name = body.names.unique(&format!("{}_value", operand.name));
            if used.contains(&index) {
                let value = self.value(operand, &operands.names[index]);
                let ty = content(operand);
                body.push(format!("let {name} : {ty} = {value};"));
            }
            body.values.push(name);
        }
    }

    /// The value of an operand: a register's content, or an immediate.
    pub(super) fn value(&self, operand: &Operand, name: &str) -> String {
        let p = self.prefix;
        match (&operand.kind, operand.fixed) {
            (OperandKind::Gpr { .. }, Some(number)) => {
                format!("X(Regidx({}))", literal(number.into(), 5))
            }
            (OperandKind::Fpr { .. }, Some(number)) => {
                format!("F(Fregidx({}))", literal(number.into(), 5))
            }
            (_, Some(value)) if value < 0 => {
                format!("{p}_bits(xlen, negate({}))", value.unsigned_abs())
            }
            (_, Some(value)) => format!("{p}_bits(xlen, {value})"),
            (OperandKind::Gpr { .. }, None) => format!("X({})", register(operand, name)),
            (OperandKind::Fpr { .. }, None) => format!("F({})", register(operand, name)),
            (OperandKind::Imm { signed: true, .. }, None) => match operand.modulo {
                Some(bits) if bits > width(operand) => {
                    format!("sail_zero_extend(sail_sign_extend({name}, {bits}), xlen)")
                }
                Some(_) => format!("sail_zero_extend({name}, xlen)"),
                None => format!("sail_sign_extend({name}, xlen)"),
            },
            _ => format!("sail_zero_extend({name}, xlen)"),
        }
    }

    /// Memory first: what follows cannot fail.
    fn commit(
        &self,
        body: &mut Body<'_>,
        instruction: &Instruction,
        operands: &Operands<'_>,
        changes: &Changes,
    ) {
        for &index in &changes.csrs {
            let name = &operands.names[index];
            body.push(format!("match new_{name} {{"));
            body.push("  Some(value) => {");
            body.push(format!(
                "    if not(is_CSR_accessible({name}, cur_privilege, CSRWrite)) then return Illegal_Instruction();"
            ));
            body.push(format!(
                "    match write_CSR({name}, value) {{ Ok(_) => (), Err(_) => return Illegal_Instruction() }}"
            ));
            body.push("  },");
            body.push("  None() => ()");
            body.push("};");
        }
        if changes.memory {
            body.push(format!("{}_commit(writes);", self.prefix));
        }
        for &index in &changes.registers {
            let operand = &instruction.operands[index];
            let name = &operands.names[index];
            let (file, constructor) = match operand.kind {
                OperandKind::Fpr { .. } => ("F", "Fregidx"),
                _ => ("X", "Regidx"),
            };
            let place = match operand.fixed {
                Some(number) => format!("{constructor}({})", literal(number.into(), 5)),
                None => register(operand, name),
            };
            body.push(format!("{file}({place}) = new_{name};"));
        }
        if changes.pc {
            body.push("match target { Some(address) => set_next_pc(address), None() => () };");
        }
    }
}

/// A register operand as a register of the hart.
pub(super) fn register(operand: &Operand, name: &str) -> String {
    match operand.kind {
        OperandKind::Gpr {
            compressed: true, ..
        } => format!("creg2reg_idx({name})"),
        OperandKind::Fpr {
            compressed: true, ..
        } => format!("cfregidx_to_fregidx({name})"),
        _ => name.to_owned(),
    }
}

/// The type of an operand's value.
pub(super) fn content(operand: &Operand) -> String {
    match operand.kind {
        OperandKind::Fpr { .. } => format!("bits({FLEN})"),
        _ => "xlenbits".to_owned(),
    }
}
