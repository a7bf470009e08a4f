//! The meaning of a compressed instruction, derived from the instruction that it stands for.
//!
//! Each operand of the target becomes an operand of the compressed instruction or a constant.

use crate::algebra::{BinOp, Effect, Expr, ExprKind, OperandId, Semantics, Stmt};
use crate::model::{AliasValue, Operand, OperandKind, RegisterFile};

/// The meaning of the target with its operands replaced. `text` becomes the stored text.
/// None if the target does something with an operand that a constant cannot stand for.
pub(crate) fn expand(
    target: &Semantics,
    target_operands: &[Operand],
    bindings: &[AliasValue],
    text: &str,
) -> Option<Semantics> {
    let expander = Expander {
        operands: target_operands,
        bindings,
    };
    let body = expander.block(&target.body)?;
    Some(Semantics {
        vars: target.vars.clone(),
        body,
        text: text.to_owned(),
    })
}

struct Expander<'a> {
    operands: &'a [Operand],
    bindings: &'a [AliasValue],
}

impl Expander<'_> {
    fn binding(&self, id: OperandId) -> Option<&AliasValue> {
        self.bindings.get(id.0 as usize)
    }

    /// An operand for which there has to be an operand.
    fn operand(&self, id: OperandId) -> Option<OperandId> {
        match self.binding(id)? {
            AliasValue::Operand(index) => Some(OperandId(*index as u32)),
            AliasValue::Fixed(_) => None,
        }
    }

    fn block(&self, body: &[Stmt]) -> Option<Vec<Stmt>> {
        let mut out = Vec::with_capacity(body.len());
        for stmt in body {
            // The zero register keeps nothing.
            if let Stmt::SetReg { operand, .. } = stmt
                && *self.binding(*operand)? == AliasValue::Fixed(0)
                && matches!(
                    self.operands.get(operand.0 as usize)?.kind,
                    OperandKind::Gpr { .. }
                )
            {
                continue;
            }
            out.push(self.stmt(stmt)?);
        }
        Some(out)
    }

    fn stmt(&self, stmt: &Stmt) -> Option<Stmt> {
        Some(match stmt {
            Stmt::Let { var, value } => Stmt::Let {
                var: *var,
                value: self.term(value)?,
            },
            Stmt::Carry { var, init } => Stmt::Carry {
                var: *var,
                init: self.term(init)?,
            },
            Stmt::Assign { var, value } => Stmt::Assign {
                var: *var,
                value: self.term(value)?,
            },
            Stmt::For { var, bound, body } => Stmt::For {
                var: *var,
                bound: self.term(bound)?,
                body: self.block(body)?,
            },
            Stmt::If {
                cond,
                then,
                otherwise,
            } => Stmt::If {
                cond: self.term(cond)?,
                then: self.block(then)?,
                otherwise: self.block(otherwise)?,
            },
            // Only instructions with a descriptor have views, and none of them is compressed.
            Stmt::Store { .. }
            | Stmt::Accumulate { .. }
            | Stmt::Refuse { .. }
            | Stmt::Effect(Effect::RunGuest) => return None,
            Stmt::SetReg { operand, value } => Stmt::SetReg {
                operand: self.operand(*operand)?,
                value: self.term(value)?,
            },
            Stmt::SetPc(value) => Stmt::SetPc(self.term(value)?),
            Stmt::SetCsr { operand, value } => Stmt::SetCsr {
                operand: self.operand(*operand)?,
                value: self.term(value)?,
            },
            Stmt::StoreMem { addr, bytes, value } => Stmt::StoreMem {
                addr: self.term(addr)?,
                bytes: *bytes,
                value: self.term(value)?,
            },
            Stmt::Effect(Effect::Reserve(addr)) => Stmt::Effect(Effect::Reserve(self.term(addr)?)),
            Stmt::Effect(effect) => Stmt::Effect(effect.clone()),
        })
    }

    fn term(&self, term: &Expr) -> Option<Expr> {
        let boxed = |inner: &Expr| Some(Box::new(self.term(inner)?));
        let kind = match &term.kind {
            ExprKind::Operand(id) => match self.binding(*id)? {
                AliasValue::Operand(index) => ExprKind::Operand(OperandId(*index as u32)),
                AliasValue::Fixed(value) => {
                    let register = self.operands.get(id.0 as usize)?.kind.register();
                    // Of the registers only x0 has a constant value; the others are operands.
                    if register.is_some_and(|register| {
                        register.file != RegisterFile::Integer || *value != 0
                    }) {
                        return None;
                    }
                    ExprKind::Int(i128::from(*value))
                }
            },
            ExprKind::RegNumber(id) => match self.binding(*id)? {
                AliasValue::Operand(index) => ExprKind::RegNumber(OperandId(*index as u32)),
                AliasValue::Fixed(value) => ExprKind::Int(i128::from(*value)),
            },
            ExprKind::Csr(id) => ExprKind::Csr(self.operand(*id)?),
            ExprKind::Mem { addr, bytes } => ExprKind::Mem {
                addr: boxed(addr)?,
                bytes: *bytes,
            },
            ExprKind::Unary(op, inner) => ExprKind::Unary(*op, boxed(inner)?),
            ExprKind::Binary(op, left, right) => {
                let (left, right) = (boxed(left)?, boxed(right)?);
                match (op, &left.kind, &right.kind) {
                    (BinOp::Add, ExprKind::Int(0), _) => return Some(*right),
                    (BinOp::Add, _, ExprKind::Int(0)) => return Some(*left),
                    _ => ExprKind::Binary(*op, left, right),
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                ExprKind::If(boxed(cond)?, boxed(then)?, boxed(otherwise)?)
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => ExprKind::Reduce {
                op: *op,
                var: *var,
                bound: boxed(bound)?,
                body: boxed(body)?,
            },
            ExprKind::Wait(ticket) => ExprKind::Wait(boxed(ticket)?),
            ExprKind::View { .. }
            | ExprKind::Count(_)
            | ExprKind::Field(_)
            | ExprKind::Random(_) => return None,
            same @ (ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Pc
            | ExprKind::NextPc
            | ExprKind::Xlen
            | ExprKind::Status(_)
            | ExprKind::Var(_)) => same.clone(),
        };
        Some(Expr {
            kind,
            ty: term.ty,
            span: term.span.clone(),
        })
    }
}
