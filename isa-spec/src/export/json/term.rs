//! Terms and statements of the algebra as JSON trees.
//!
//! A term is an object with `op` and `type`; what it is made of stands under further keys, its operands under `args`.

use crate::algebra::{
    BinOp, Effect, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Stmt, Type, UnOp, Var,
    VarId, Width,
};
use crate::model::{Descriptor, Operand};
use serde_json::{Value, json};

/// What the indices of a term refer to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub operands: &'a [Operand],
    pub descriptor: Option<&'a Descriptor>,
    pub vars: &'a [Var],
}

/// As in the spec language.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Base => "base",
        Kind::Ext => "ext",
    }
}

fn ty(ty: Type) -> Value {
    match ty {
        Type::Bool => json!("bool"),
        Type::Int => json!("int"),
        Type::Bits(width) => json!({ "bits": match width {
            Width::Fixed(bits) => json!(bits),
            Width::Xlen => json!("XLEN"),
            Width::TwiceXlen => json!("2*XLEN"),
            Width::Cell => json!("cell"),
        }}),
        Type::Felt(which) => json!({ "felt": kind(which) }),
    }
}

impl Scope<'_> {
    fn operand(&self, id: OperandId) -> &str {
        self.operands
            .get(id.0 as usize)
            .map_or("", |operand| &operand.name)
    }

    /// The name of a descriptor field.
    pub(super) fn field(&self, id: FieldId) -> &str {
        self.descriptor
            .and_then(|descriptor| descriptor.fields.get(id.0 as usize))
            .map_or("", |field| &field.name)
    }

    /// Names may be bound again in another place, so that a number tells them apart.
    fn var(&self, id: VarId) -> Value {
        let name = self.vars.get(id.0 as usize).map_or("", |var| &var.name);
        json!({ "id": id.0, "name": name })
    }

    /// A term.
    pub(super) fn term(&self, expr: &Expr) -> Value {
        let mut out = match &expr.kind {
            // A literal may be wider than the integers that JSON readers agree on.
            ExprKind::Int(value) => json!({ "op": "literal", "value": value.to_string() }),
            ExprKind::Bool(value) => json!({ "op": "literal", "value": value }),
            ExprKind::Operand(id) => json!({ "op": "operand", "operand": self.operand(*id) }),
            ExprKind::Pc => json!({ "op": "pc" }),
            ExprKind::NextPc => json!({ "op": "next-pc" }),
            ExprKind::Xlen => json!({ "op": "xlen" }),
            ExprKind::RegNumber(id) => json!({ "op": "number", "operand": self.operand(*id) }),
            ExprKind::Csr(id) => json!({ "op": "csr", "operand": self.operand(*id) }),
            ExprKind::Status(name) => json!({ "op": "status", "status": name }),
            ExprKind::Count(id) => json!({ "op": "count", "operand": self.operand(*id) }),
            ExprKind::Field(id) => json!({ "op": "field", "field": self.field(*id) }),
            ExprKind::Var(id) => json!({ "op": "var", "var": self.var(*id) }),
            ExprKind::View { view, index } => {
                json!({ "op": "view", "view": self.field(*view), "args": self.terms(index) })
            }
            ExprKind::Mem { addr, bytes } => {
                json!({ "op": "mem", "bytes": bytes, "args": [self.term(addr)] })
            }
            ExprKind::Random(which) => json!({ "op": "random", "kind": kind(*which) }),
            ExprKind::Wait(ticket) => json!({ "op": "wait", "args": [self.term(ticket)] }),
            ExprKind::Unary(op, a) => json!({ "op": unary(*op), "args": [self.term(a)] }),
            ExprKind::Binary(op, a, b) => {
                json!({ "op": binary(*op), "args": [self.term(a), self.term(b)] })
            }
            ExprKind::If(c, a, b) => {
                json!({ "op": "if", "args": [self.term(c), self.term(a), self.term(b)] })
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => json!({
                "op": match op { ReduceOp::Sum => "sum", ReduceOp::Prod => "prod" },
                "var": self.var(*var),
                "bound": self.term(bound),
                "body": self.term(body),
            }),
        };
        out["type"] = ty(expr.ty);
        out
    }

    fn terms(&self, terms: &[Expr]) -> Value {
        terms.iter().map(|term| self.term(term)).collect()
    }

    /// Statements, in order.
    pub(super) fn statements(&self, body: &[Stmt]) -> Value {
        body.iter()
            .map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&self, statement: &Stmt) -> Value {
        match statement {
            Stmt::Let { var, value } => {
                json!({ "do": "let", "var": self.var(*var), "value": self.term(value) })
            }
            Stmt::Carry { var, init } => {
                json!({ "do": "carry", "var": self.var(*var), "value": self.term(init) })
            }
            Stmt::Assign { var, value } => {
                json!({ "do": "assign", "var": self.var(*var), "value": self.term(value) })
            }
            Stmt::For { var, bound, body } => json!({
                "do": "for",
                "var": self.var(*var),
                "bound": self.term(bound),
                "body": self.statements(body),
            }),
            Stmt::If {
                cond,
                then,
                otherwise,
            } => json!({
                "do": "if",
                "condition": self.term(cond),
                "then": self.statements(then),
                "else": self.statements(otherwise),
            }),
            Stmt::Store { view, index, value } => json!({
                "do": "store",
                "view": self.field(*view),
                "index": self.terms(index),
                "value": self.term(value),
            }),
            Stmt::Accumulate { view, index, value } => json!({
                "do": "accumulate",
                "view": self.field(*view),
                "index": self.terms(index),
                "value": self.term(value),
            }),
            Stmt::Refuse { status, unless } => json!({
                "do": "refuse", "status": status, "condition": self.term(unless),
            }),
            Stmt::SetReg { operand, value } => json!({
                "do": "set-register", "operand": self.operand(*operand), "value": self.term(value),
            }),
            Stmt::SetPc(value) => json!({ "do": "set-pc", "value": self.term(value) }),
            Stmt::SetCsr { operand, value } => json!({
                "do": "set-csr", "operand": self.operand(*operand), "value": self.term(value),
            }),
            Stmt::StoreMem { addr, bytes, value } => json!({
                "do": "store-memory",
                "bytes": bytes,
                "address": self.term(addr),
                "value": self.term(value),
            }),
            Stmt::Effect(effect) => match effect {
                Effect::EnvironmentCall => json!({ "do": "environment-call" }),
                Effect::Breakpoint => json!({ "do": "breakpoint" }),
                Effect::Fence => json!({ "do": "fence" }),
                Effect::Reserve(addr) => json!({ "do": "reserve", "address": self.term(addr) }),
                Effect::Unreserve => json!({ "do": "unreserve" }),
                Effect::Illegal => json!({ "do": "illegal" }),
                Effect::RunGuest => json!({ "do": "run-guest" }),
                Effect::Trace(on) => json!({ "do": if *on { "trace-on" } else { "trace-off" } }),
            },
        }
    }
}

fn unary(op: UnOp) -> &'static str {
    match op {
        UnOp::Neg => "neg",
        UnOp::Not => "not",
        UnOp::Inv => "inv",
        UnOp::ToFelt => "felt",
        UnOp::ToInt => "int",
        UnOp::Sext => "sext",
        UnOp::Zext => "zext",
        UnOp::Trunc => "trunc",
        UnOp::Clz => "clz",
        UnOp::Ctz => "ctz",
        UnOp::Popcount => "popcount",
        UnOp::ByteReverse => "rev8",
        UnOp::OrCombine => "orc_b",
        UnOp::Reserved => "reserved",
    }
}

pub(super) fn binary(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "add",
        BinOp::Sub => "sub",
        BinOp::Mul => "mul",
        BinOp::DivU => "div_u",
        BinOp::RemU => "rem_u",
        BinOp::DivS => "div_s",
        BinOp::RemS => "rem_s",
        BinOp::And => "and",
        BinOp::Or => "or",
        BinOp::Xor => "xor",
        BinOp::Shl => "shl",
        BinOp::ShrU => "shr_u",
        BinOp::ShrS => "shr_s",
        BinOp::RotR => "rotr",
        BinOp::Eq => "eq",
        BinOp::Ne => "ne",
        BinOp::LtU => "lt_u",
        BinOp::LeU => "le_u",
        BinOp::LtS => "lt_s",
        BinOp::LeS => "le_s",
        BinOp::MinU => "min_u",
        BinOp::MaxU => "max_u",
        BinOp::MinS => "min_s",
        BinOp::MaxS => "max_s",
    }
}
