//! Branches and jumps, found by what they do: an assembler needs the branch with the opposite condition, and
//! the jump that reaches further.

use zktr_isa::Spec;
use zktr_isa::algebra::{BinOp, Expr, ExprKind, OperandId, Stmt};
use zktr_isa::model::{Instruction, OperandKind};

/// For each instruction of a spec: what it is to the control flow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Branches {
    opposite: Vec<Option<u32>>,
    /// The jump that keeps no return address: the instruction, and the operand that is the register for it.
    pub jump: Option<(u32, usize)>,
}

/// A condition on two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Condition(BinOp, OperandId, OperandId);

impl Branches {
    /// What the instructions of this width are.
    pub fn new(spec: &Spec, xlen: u8) -> Self {
        let conditions: Vec<Option<Condition>> = spec
            .instructions
            .iter()
            .map(|i| i.xlen.contains(&xlen).then(|| condition(i)).flatten())
            .collect();
        let opposite_of = |index: usize| {
            let wanted = opposite(conditions[index]?)?;
            let format = &spec.instructions[index].format;
            let same = |i: &usize| {
                conditions[*i] == Some(wanted) && spec.instructions[*i].format == *format
            };
            (0..conditions.len()).find(same).map(|i| i as u32)
        };
        let jump = spec.instructions.iter().enumerate().find_map(|(i, inst)| {
            let fits = inst.length == 4 && inst.xlen.contains(&xlen);
            let link = unconditional(inst).filter(|_| fits)?;
            Some((i as u32, link))
        });
        Self {
            opposite: (0..conditions.len()).map(opposite_of).collect(),
            jump,
        }
    }

    /// The instruction that branches exactly when this one does not, with the same operands.
    pub fn opposite(&self, instruction: usize) -> Option<u32> {
        self.opposite.get(instruction).copied().flatten()
    }
}

/// The operand that is the distance, if the instruction's target is relative to it.
pub(crate) fn distance_operand(instruction: &Instruction) -> Option<usize> {
    let relative = |kind: &OperandKind| {
        matches!(
            kind,
            OperandKind::Imm {
                pc_relative: true,
                ..
            }
        )
    };
    instruction.operands.iter().position(|o| relative(&o.kind))
}

/// The condition of `if condition { pc = pc + distance; }`.
fn condition(instruction: &Instruction) -> Option<Condition> {
    let [mode] = &instruction.modes[..] else {
        return None;
    };
    let [
        Stmt::If {
            cond,
            then,
            otherwise: other,
        },
    ] = &mode.semantics.body[..]
    else {
        return None;
    };
    let ([Stmt::SetPc(target)], []) = (&then[..], &other[..]) else {
        return None;
    };
    let ExprKind::Binary(op, a, b) = &cond.kind else {
        return None;
    };
    let (ExprKind::Operand(a), ExprKind::Operand(b)) = (&a.kind, &b.kind) else {
        return None;
    };
    is_relative(instruction, target).then_some(Condition(*op, *a, *b))
}

/// The register for the return address in `rd = next_pc; pc = pc + distance;`.
pub(crate) fn unconditional(instruction: &Instruction) -> Option<usize> {
    let [mode] = &instruction.modes[..] else {
        return None;
    };
    let [Stmt::SetReg { operand, value }, Stmt::SetPc(target)] = &mode.semantics.body[..] else {
        return None;
    };
    let links = value.kind == ExprKind::NextPc && is_relative(instruction, target);
    links.then_some(operand.0 as usize)
}

/// Is this `pc + distance`?
fn is_relative(instruction: &Instruction, target: &Expr) -> bool {
    let ExprKind::Binary(BinOp::Add, a, b) = &target.kind else {
        return false;
    };
    let distance = distance_operand(instruction).map(|i| OperandId(i as u32));
    a.kind == ExprKind::Pc && matches!(b.kind, ExprKind::Operand(id) if Some(id) == distance)
}

/// The condition that holds when this one does not.
fn opposite(Condition(op, a, b): Condition) -> Option<Condition> {
    Some(match op {
        BinOp::Eq => Condition(BinOp::Ne, a, b),
        BinOp::Ne => Condition(BinOp::Eq, a, b),
        BinOp::LtS => Condition(BinOp::LeS, b, a),
        BinOp::LeS => Condition(BinOp::LtS, b, a),
        BinOp::LtU => Condition(BinOp::LeU, b, a),
        BinOp::LeU => Condition(BinOp::LtU, b, a),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opposites_and_the_jump_of_the_base_isa() {
        let spec = Spec::builtin();
        let branches = Branches::new(&spec, 64);
        for (a, b) in [("beq", "bne"), ("blt", "bge"), ("bltu", "bgeu")] {
            let index = |name| spec.instruction_for(name, 64).unwrap();
            assert_eq!(branches.opposite(index(a)), Some(index(b) as u32));
            assert_eq!(branches.opposite(index(b)), Some(index(a) as u32));
        }
        let (jump, link) = branches.jump.unwrap();
        assert_eq!(spec.instructions[jump as usize].name, "jal");
        assert_eq!(spec.instructions[jump as usize].operands[link].name, "rd");
    }
}
