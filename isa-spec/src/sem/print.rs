//! Terms and statements as text, in the language of `sem` texts.
//!
//! The text parses back to the same terms (up to positions). Parentheses stand only where they are needed.

use super::parse::operator;
use crate::algebra::{
    BinOp, Effect, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Semantics, Stmt, Type, UnOp,
    Var, VarId, Width,
};
use crate::model::{Condition, Descriptor, Operand, Region, Role};
use std::fmt::Write as _;

/// Functions with one argument (and a width, for conversions).
pub(crate) const FUNCTIONS: [&str; 15] = [
    "sext", "zext", "trunc", "felt", "inv", "clz", "ctz", "popcount", "rev8", "orc_b", "reserved",
    "number", "int", "random", "wait",
];

/// Operations with two operands that are written as functions; `_s` is signed.
pub(crate) const BINARY_FUNCTIONS: [(&str, BinOp); 10] = [
    ("div_s", BinOp::DivS),
    ("rem_s", BinOp::RemS),
    ("shr_s", BinOp::ShrS),
    ("rotr", BinOp::RotR),
    ("lt_s", BinOp::LtS),
    ("le_s", BinOp::LeS),
    ("min", BinOp::MinU),
    ("max", BinOp::MaxU),
    ("min_s", BinOp::MinS),
    ("max_s", BinOp::MaxS),
];

pub(crate) fn binary_function(name: &str) -> Option<BinOp> {
    BINARY_FUNCTIONS
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, op)| *op)
}

/// How an operation is written that is no operator.
pub(crate) fn function_name(op: BinOp) -> &'static str {
    BINARY_FUNCTIONS
        .iter()
        .find(|(_, o)| *o == op)
        .map_or("?", |(name, _)| name)
}

pub(crate) fn conversion(name: &str) -> Option<UnOp> {
    match name {
        "sext" => Some(UnOp::Sext),
        "zext" => Some(UnOp::Zext),
        "trunc" => Some(UnOp::Trunc),
        _ => None,
    }
}

/// How a width is written.
pub(crate) fn width(width: Width) -> String {
    match width {
        Width::Fixed(bits) => bits.to_string(),
        Width::Xlen => "XLEN".to_owned(),
        Width::TwiceXlen => "2*XLEN".to_owned(),
        Width::Cell => "CELL".to_owned(),
    }
}

/// Binds tighter than every binary operator.
const UNARY: u8 = 8;

/// The names that terms refer to by number.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) operands: &'a [Operand],
    pub(crate) descriptor: Option<&'a Descriptor>,
    pub(crate) vars: &'a [Var],
}

impl Names<'_> {
    pub(crate) fn operand(&self, id: OperandId) -> &str {
        self.operands.get(id.0 as usize).map_or("?", |o| &o.name)
    }

    pub(crate) fn count(&self, id: OperandId) -> &str {
        match self.operands.get(id.0 as usize).map(|o| &o.role) {
            Some(Role::Count(name)) => name,
            _ => "?",
        }
    }

    pub(crate) fn field(&self, id: FieldId) -> &str {
        self.descriptor
            .and_then(|d| d.fields.get(id.0 as usize))
            .map_or("?", |f| &f.name)
    }

    pub(crate) fn var(&self, id: VarId) -> &str {
        self.vars.get(id.0 as usize).map_or("?", |v| &v.name)
    }

    /// A term.
    pub(crate) fn term(&self, out: &mut String, term: &Expr) {
        self.term_above(out, term, 0);
    }

    /// A term in a place where only operators of a precedence above `above` need no parentheses.
    fn term_above(&self, out: &mut String, term: &Expr, above: u8) {
        match &term.kind {
            ExprKind::Int(value) => {
                let _ = write!(out, "{value}");
            }
            ExprKind::Bool(value) => {
                let _ = write!(out, "{value}");
            }
            ExprKind::Operand(id) => out.push_str(self.operand(*id)),
            ExprKind::Pc => out.push_str("pc"),
            ExprKind::NextPc => out.push_str("next_pc"),
            ExprKind::Xlen => out.push_str("XLEN"),
            ExprKind::RegNumber(id) => {
                let _ = write!(out, "number({})", self.operand(*id));
            }
            ExprKind::Csr(id) => {
                let _ = write!(out, "csr[{}]", self.operand(*id));
            }
            ExprKind::Status(name) => {
                let _ = write!(out, "status.{name}");
            }
            ExprKind::Count(id) => out.push_str(self.count(*id)),
            ExprKind::Field(id) => out.push_str(self.field(*id)),
            ExprKind::Var(id) => out.push_str(self.var(*id)),
            ExprKind::View { view, index } => {
                out.push_str(self.field(*view));
                self.index(out, index);
            }
            ExprKind::Random(kind) => out.push_str(match kind {
                Kind::Base => "random(base)",
                Kind::Ext => "random(ext)",
            }),
            ExprKind::Wait(ticket) => {
                out.push_str("wait(");
                self.term(out, ticket);
                out.push(')');
            }
            ExprKind::Mem { addr, bytes } => {
                let _ = write!(out, "mem{}[", u32::from(*bytes) * 8);
                self.term(out, addr);
                out.push(']');
            }
            ExprKind::Unary(op, inner) => self.unary(out, *op, inner, term.ty),
            ExprKind::Binary(op, left, right) => self.binary(out, *op, left, right, above),
            ExprKind::If(cond, then, otherwise) => {
                out.push_str("if ");
                self.term(out, cond);
                out.push_str(" { ");
                self.term(out, then);
                out.push_str(" } else { ");
                self.term(out, otherwise);
                out.push_str(" }");
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                out.push_str(match op {
                    ReduceOp::Sum => "sum(",
                    ReduceOp::Prod => "prod(",
                });
                let _ = write!(out, "{} < ", self.var(*var));
                self.term(out, bound);
                out.push_str(") { ");
                self.term(out, body);
                out.push_str(" }");
            }
        }
    }

    fn unary(&self, out: &mut String, op: UnOp, inner: &Expr, ty: Type) {
        let prefix = match op {
            UnOp::Neg => "-",
            UnOp::Not if ty == Type::Bool => "!",
            UnOp::Not => "~",
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
        };
        out.push_str(prefix);
        if matches!(op, UnOp::Neg | UnOp::Not) {
            // `-1` is a literal, `-(1)` is the negative of one.
            if op == UnOp::Neg && matches!(inner.kind, ExprKind::Int(_)) {
                out.push('(');
                self.term(out, inner);
                out.push(')');
            } else {
                self.term_above(out, inner, UNARY);
            }
            return;
        }
        out.push('(');
        self.term(out, inner);
        if let (UnOp::Sext | UnOp::Zext | UnOp::Trunc, Type::Bits(to)) = (op, ty) {
            let _ = write!(out, ", {}", width(to));
        }
        out.push(')');
    }

    fn binary(&self, out: &mut String, op: BinOp, left: &Expr, right: &Expr, above: u8) {
        let Some((token, precedence)) = operator(op) else {
            let _ = write!(out, "{}(", function_name(op));
            self.term(out, left);
            out.push_str(", ");
            self.term(out, right);
            out.push(')');
            return;
        };
        let parentheses = precedence <= above;
        if parentheses {
            out.push('(');
        }
        // Operators associate to the left, except comparisons, which do not associate.
        let left_above = if token_compares(op) {
            precedence
        } else {
            precedence - 1
        };
        self.term_above(out, left, left_above);
        let _ = write!(out, " {token} ");
        self.term_above(out, right, precedence);
        if parentheses {
            out.push(')');
        }
    }

    fn index(&self, out: &mut String, index: &[Expr]) {
        out.push('[');
        for (n, term) in index.iter().enumerate() {
            if n > 0 {
                out.push_str(", ");
            }
            self.term(out, term);
        }
        out.push(']');
    }

    /// Statements, one on each line, indented by `depth` steps.
    pub(crate) fn statements(&self, out: &mut String, body: &[Stmt], depth: usize) {
        for statement in body {
            let indent = "    ".repeat(depth);
            out.push_str(&indent);
            self.statement(out, statement, depth);
            out.push('\n');
        }
    }

    fn assignment(&self, out: &mut String, value: &Expr) {
        out.push_str(" = ");
        self.term(out, value);
        out.push(';');
    }

    fn block(&self, out: &mut String, body: &[Stmt], depth: usize) {
        out.push_str(" {\n");
        self.statements(out, body, depth + 1);
        out.push_str(&"    ".repeat(depth));
        out.push('}');
    }

    fn statement(&self, out: &mut String, statement: &Stmt, depth: usize) {
        match statement {
            Stmt::Let { var, value } => {
                let _ = write!(out, "let {}", self.var(*var));
                self.assignment(out, value);
            }
            Stmt::Carry { var, init } => {
                let _ = write!(out, "carry {}", self.var(*var));
                self.assignment(out, init);
            }
            Stmt::Assign { var, value } => {
                out.push_str(self.var(*var));
                self.assignment(out, value);
            }
            Stmt::For { var, bound, body } => {
                let _ = write!(out, "for {} < ", self.var(*var));
                self.term(out, bound);
                self.block(out, body, depth);
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                out.push_str("if ");
                self.term(out, cond);
                self.block(out, then, depth);
                if !otherwise.is_empty() {
                    out.push_str(" else");
                    self.block(out, otherwise, depth);
                }
            }
            Stmt::Store { view, index, value } => {
                out.push_str(self.field(*view));
                self.index(out, index);
                self.assignment(out, value);
            }
            Stmt::Accumulate { view, index, value } => {
                out.push_str(self.field(*view));
                self.index(out, index);
                out.push_str(" += ");
                self.term(out, value);
                out.push(';');
            }
            Stmt::Refuse { status, unless } => {
                let _ = write!(out, "refuse {status} unless ");
                self.term(out, unless);
                out.push(';');
            }
            Stmt::SetReg { operand, value } => {
                out.push_str(self.operand(*operand));
                self.assignment(out, value);
            }
            Stmt::SetPc(value) => {
                out.push_str("pc");
                self.assignment(out, value);
            }
            Stmt::SetCsr { operand, value } => {
                let _ = write!(out, "csr[{}]", self.operand(*operand));
                self.assignment(out, value);
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let _ = write!(out, "mem{}[", u32::from(*bytes) * 8);
                self.term(out, addr);
                out.push(']');
                self.assignment(out, value);
            }
            Stmt::Effect(effect) => match effect {
                Effect::EnvironmentCall => out.push_str("ecall();"),
                Effect::Breakpoint => out.push_str("ebreak();"),
                Effect::Fence => out.push_str("fence();"),
                Effect::Unreserve => out.push_str("unreserve();"),
                Effect::Illegal => out.push_str("illegal();"),
                Effect::Trace(true) => out.push_str("trace_on();"),
                Effect::Trace(false) => out.push_str("trace_off();"),
                Effect::RunGuest => out.push_str("run_guest();"),
                Effect::Reserve(addr) => {
                    out.push_str("reserve(");
                    self.term(out, addr);
                    out.push_str(");");
                }
            },
        }
    }

    /// A condition of a precondition.
    pub(crate) fn condition(&self, out: &mut String, condition: &Condition, above: u8) {
        let region = |region: &Region| match region {
            Region::View(field) => self.field(*field),
            Region::Descriptor => "descriptor",
        };
        let (op, a, b) = match condition {
            Condition::Disjoint(a, b) => {
                let _ = write!(out, "disjoint({}, {})", region(a), region(b));
                return;
            }
            Condition::Same(a, b) => {
                let _ = write!(out, "same({}, {})", self.field(*a), self.field(*b));
                return;
            }
            Condition::Term(term) => return self.term_above(out, term, above),
            Condition::And(a, b) => (BinOp::And, a, b),
            Condition::Or(a, b) => (BinOp::Or, a, b),
        };
        let (token, precedence) = operator(op).unwrap_or(("", 0));
        let parentheses = precedence <= above;
        out.push_str(if parentheses { "(" } else { "" });
        self.condition(out, a, precedence - 1);
        let _ = write!(out, " {token} ");
        self.condition(out, b, precedence);
        out.push_str(if parentheses { ")" } else { "" });
    }
}

fn token_compares(op: BinOp) -> bool {
    matches!(op, BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU)
}

/// The text of a meaning.
pub(crate) fn semantics(
    semantics: &Semantics,
    operands: &[Operand],
    descriptor: Option<&Descriptor>,
) -> String {
    let names = Names {
        operands,
        descriptor,
        vars: &semantics.vars,
    };
    let mut out = String::new();
    names.statements(&mut out, &semantics.body, 0);
    out
}

/// True if both terms are the same but for their positions.
pub(crate) fn same(a: &Expr, b: &Expr) -> bool {
    if a.ty != b.ty {
        return false;
    }
    match (&a.kind, &b.kind) {
        (ExprKind::Unary(op, x), ExprKind::Unary(other, y)) => op == other && same(x, y),
        (ExprKind::Wait(x), ExprKind::Wait(y)) => same(x, y),
        (ExprKind::Binary(op, x, y), ExprKind::Binary(other, z, w)) => {
            op == other && same(x, z) && same(y, w)
        }
        (ExprKind::If(a, b, c), ExprKind::If(x, y, z)) => same(a, x) && same(b, y) && same(c, z),
        (
            ExprKind::Mem { addr: x, bytes },
            ExprKind::Mem {
                addr: y,
                bytes: other,
            },
        ) => bytes == other && same(x, y),
        (
            ExprKind::View { view, index },
            ExprKind::View {
                view: other,
                index: others,
            },
        ) => {
            view == other
                && index.len() == others.len()
                && index.iter().zip(others).all(|(x, y)| same(x, y))
        }
        (
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            },
            ExprKind::Reduce {
                op: o,
                var: v,
                bound: c,
                body: d,
            },
        ) => op == o && var == v && same(bound, c) && same(body, d),
        (x, y) => x == y,
    }
}

#[cfg(test)]
mod tests {
    use crate::Spec;
    use crate::algebra::{Expr, Semantics, Stmt};
    use crate::sem::check::{self, Scope};
    use crate::span::{Source, Span};
    use crate::tree::{Sink, Text};
    use std::collections::BTreeSet;

    /// The same without positions and text.
    fn bare(semantics: &Semantics) -> String {
        let nowhere = Span::new(&Source::new("", ""), 0..0);
        let mut copy = semantics.clone();
        copy.text.clear();
        for var in &mut copy.vars {
            var.span = nowhere.clone();
        }
        erase_block(&mut copy.body, &nowhere);
        format!("{copy:?}")
    }

    fn erase_block(body: &mut [Stmt], nowhere: &Span) {
        use crate::algebra::Effect;
        for stmt in body {
            match stmt {
                Stmt::Let { value, .. }
                | Stmt::Carry { init: value, .. }
                | Stmt::Assign { value, .. } => erase(value, nowhere),
                Stmt::SetReg { value, .. } | Stmt::SetPc(value) | Stmt::SetCsr { value, .. } => {
                    erase(value, nowhere)
                }
                Stmt::For { bound, body, .. } => {
                    erase(bound, nowhere);
                    erase_block(body, nowhere);
                }
                Stmt::If {
                    cond,
                    then,
                    otherwise,
                } => {
                    erase(cond, nowhere);
                    erase_block(then, nowhere);
                    erase_block(otherwise, nowhere);
                }
                Stmt::Refuse { unless, .. } => erase(unless, nowhere),
                Stmt::Store { index, value, .. } | Stmt::Accumulate { index, value, .. } => {
                    index.iter_mut().for_each(|i| erase(i, nowhere));
                    erase(value, nowhere);
                }
                Stmt::StoreMem { addr, value, .. } => {
                    erase(addr, nowhere);
                    erase(value, nowhere);
                }
                Stmt::Effect(Effect::Reserve(addr)) => erase(addr, nowhere),
                Stmt::Effect(_) => {}
            }
        }
    }

    fn erase(term: &mut Expr, nowhere: &Span) {
        use crate::algebra::ExprKind;
        term.span = nowhere.clone();
        match &mut term.kind {
            ExprKind::View { index, .. } => index.iter_mut().for_each(|i| erase(i, nowhere)),
            ExprKind::Mem { addr: inner, .. }
            | ExprKind::Wait(inner)
            | ExprKind::Unary(_, inner) => erase(inner, nowhere),
            ExprKind::Binary(_, a, b)
            | ExprKind::Reduce {
                bound: a, body: b, ..
            } => {
                erase(a, nowhere);
                erase(b, nowhere);
            }
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| erase(e, nowhere)),
            _ => {}
        }
    }

    fn reparse(spec: &Spec, instruction: usize, text: &str) -> Semantics {
        let entry = &spec.instructions[instruction];
        let scope = Scope {
            operands: &entry.operands,
            descriptor: spec.descriptor_of(instruction),
            xlen: &entry.xlen,
            statuses: &spec.statuses,
            proved: false,
        };
        let sink = Sink::default();
        let parsed = check::semantics(
            &Text::plain(text),
            &scope,
            &entry.preconditions,
            &mut BTreeSet::new(),
            &sink,
        );
        parsed.unwrap_or_else(|_| panic!("{text}\n{:?}", sink.into_inner()))
    }

    #[test]
    fn every_meaning_is_printed_so_that_it_parses_to_the_same() {
        let spec = Spec::builtin();
        for (index, instruction) in spec.instructions.iter().enumerate() {
            for mode in &instruction.modes {
                let text = spec.semantics_text(index, &mode.semantics);
                assert_eq!(
                    bare(&reparse(&spec, index, &text)),
                    bare(&mode.semantics),
                    "{}:\n{text}",
                    instruction.name
                );
            }
        }
    }

    #[test]
    fn parentheses_are_kept_where_they_matter_and_dropped_where_not() {
        let spec = Spec::builtin();
        let add = spec.instruction("add").unwrap();
        for (text, printed) in [
            ("rd = (rs1 + rs2) * rs1;", "rd = (rs1 + rs2) * rs1;"),
            ("rd = (rs1 * rs2) + rs1;", "rd = rs1 * rs2 + rs1;"),
            ("rd = rs1 - (rs2 - rs1);", "rd = rs1 - (rs2 - rs1);"),
            ("rd = (rs1 - rs2) - rs1;", "rd = rs1 - rs2 - rs1;"),
            (
                "rd = -(rs1 + 1) & ~(rs2 | 3);",
                "rd = -(rs1 + 1) & ~(rs2 | 3);",
            ),
            ("rd = -(1) + rs1;", "rd = -(1) + rs1;"),
            (
                "rd = if (rs1 == rs2) == (rs1 > 4) { -1 } else { 0xf };",
                "rd = if (rs1 == rs2) == (4 < rs1) { -1 } else { 15 };",
            ),
            (
                "rd = (if !(rs1 == 0) & true { rs1 } else { rs2 }) << XLEN;",
                "rd = if !(rs1 == 0) & true { rs1 } else { rs2 } << XLEN;",
            ),
            ("rd = sum(j < 3) { rs1 };", "rd = sum(j < 3) { rs1 };"),
            (
                "let x = min_s(rs1, -5); rd = rotr(x, 2*3);",
                "let x = min_s(rs1, -5);\nrd = rotr(x, 2 * 3);",
            ),
        ] {
            let parsed = reparse(&spec, add, text);
            let shown = spec.semantics_text(add, &parsed);
            assert_eq!(shown.trim_end(), printed);
            assert_eq!(bare(&reparse(&spec, add, &shown)), bare(&parsed), "{text}");
        }
    }
}
