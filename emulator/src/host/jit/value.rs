//! The intermediate values of an instruction.
//!
//! Operations are on 64-bit words; most results are needed as 32 bits only, or are zeros or copies of a sign above
//! those. A value is computed in the width in which it is used, when it is used.

use super::super::ops::Code;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use cranelift_frontend::FunctionBuilder;

/// A value of the instruction at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node(u32);

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Const(u64),
    /// 32 bits, with zeros above.
    Zext(Value),
    /// 32 bits, with copies of the sign above.
    Sext(Value),
    /// 64 bits.
    Wide(Value),
    /// 0 or 1, as 8 bits.
    Bool(Value),
    /// An operation whose low bits depend on the low bits of its operands only.
    Modular(Code, Node, Node),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    low: Option<Value>,
    wide: Option<Value>,
}

/// All values of an instruction.
#[derive(Debug, Clone, Default)]
pub(super) struct Nodes(Vec<Entry>);

impl Nodes {
    pub(super) fn add(&mut self, kind: Kind) -> Node {
        self.0.push(Entry {
            kind,
            low: None,
            wide: None,
        });
        Node(self.0.len() as u32 - 1)
    }

    pub(super) fn kind(&self, node: Node) -> Kind {
        self.0[node.0 as usize].kind
    }

    /// The bits above the lowest 32 are certainly zero.
    pub(super) fn is_short(&self, node: Node) -> bool {
        match self.kind(node) {
            Kind::Const(value) => u32::try_from(value).is_ok(),
            Kind::Zext(_) | Kind::Bool(_) => true,
            Kind::Sext(_) | Kind::Wide(_) | Kind::Modular(..) => false,
        }
    }

    /// An operation of [`Kind::Modular`], in the simplest form.
    pub(super) fn modular(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        code: Code,
        a: Node,
        b: Node,
    ) -> Node {
        let short = match code {
            Code::And => self.is_short(a) || self.is_short(b),
            Code::Or | Code::Xor => self.is_short(a) && self.is_short(b),
            _ => false,
        };
        match (code, self.kind(a), self.kind(b)) {
            (Code::Add, Kind::Const(a), Kind::Const(b)) => self.add(Kind::Const(a.wrapping_add(b))),
            (Code::Add | Code::Or | Code::Xor, _, Kind::Const(0))
            | (Code::Sub, _, Kind::Const(0)) => a,
            (Code::Add | Code::Or | Code::Xor, Kind::Const(0), _) => b,
            (Code::And, _, Kind::Const(0xffff_ffff)) => {
                let low = self.low(builder, a);
                self.add(Kind::Zext(low))
            }
            (Code::Xor, Kind::Bool(value), Kind::Const(1)) => {
                let not = builder.ins().icmp_imm_u(IntCC::Equal, value, 0);
                self.add(Kind::Bool(not))
            }
            _ if short => {
                let (a, b) = (self.low(builder, a), self.low(builder, b));
                let value = operation(builder, code, a, b);
                self.add(Kind::Zext(value))
            }
            _ => self.add(Kind::Modular(code, a, b)),
        }
    }

    /// The low 32 bits.
    pub(super) fn low(&mut self, builder: &mut FunctionBuilder<'_>, node: Node) -> Value {
        let entry = self.0[node.0 as usize];
        if let Some(value) = entry.low {
            return value;
        }
        let value = match entry.kind {
            Kind::Const(value) => builder.ins().iconst(I32, i64::from(value as u32)),
            Kind::Zext(value) | Kind::Sext(value) => value,
            Kind::Wide(value) => builder.ins().ireduce(I32, value),
            Kind::Bool(value) => builder.ins().uextend(I32, value),
            Kind::Modular(code, a, b) => {
                let (a, b) = (self.low(builder, a), self.low(builder, b));
                operation(builder, code, a, b)
            }
        };
        self.0[node.0 as usize].low = Some(value);
        value
    }

    /// All 64 bits.
    pub(super) fn wide(&mut self, builder: &mut FunctionBuilder<'_>, node: Node) -> Value {
        let entry = self.0[node.0 as usize];
        if let Some(value) = entry.wide {
            return value;
        }
        let value = match entry.kind {
            Kind::Const(value) => builder.ins().iconst(I64, value.cast_signed()),
            Kind::Zext(value) | Kind::Bool(value) => builder.ins().uextend(I64, value),
            Kind::Sext(value) => builder.ins().sextend(I64, value),
            Kind::Wide(value) => value,
            Kind::Modular(code, a, b) => {
                let (a, b) = (self.wide(builder, a), self.wide(builder, b));
                operation(builder, code, a, b)
            }
        };
        self.0[node.0 as usize].wide = Some(value);
        value
    }

    /// The value in this type, I32 or I64.
    pub(super) fn of_type(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        node: Node,
        ty: Type,
    ) -> Value {
        if ty == I32 {
            self.low(builder, node)
        } else {
            self.wide(builder, node)
        }
    }

    /// Something that is zero exactly if the value is.
    pub(super) fn truth(&mut self, builder: &mut FunctionBuilder<'_>, node: Node) -> Value {
        match self.kind(node) {
            Kind::Bool(value) => value,
            _ if self.is_short(node) => self.low(builder, node),
            _ => self.wide(builder, node),
        }
    }

    /// Both values in the narrowest type in which an unsigned comparison gives the same.
    pub(super) fn pair(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        a: Node,
        b: Node,
    ) -> (Value, Value, bool) {
        if self.is_short(a) && self.is_short(b) {
            (self.low(builder, a), self.low(builder, b), true)
        } else {
            (self.wide(builder, a), self.wide(builder, b), false)
        }
    }
}

fn operation(builder: &mut FunctionBuilder<'_>, code: Code, a: Value, b: Value) -> Value {
    match code {
        Code::Sub => builder.ins().isub(a, b),
        Code::Mul => builder.ins().imul(a, b),
        Code::And => builder.ins().band(a, b),
        Code::Or => builder.ins().bor(a, b),
        Code::Xor => builder.ins().bxor(a, b),
        _ => builder.ins().iadd(a, b),
    }
}
