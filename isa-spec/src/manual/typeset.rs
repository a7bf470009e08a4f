//! Meanings as formulas.
//!
//! A `carry` that one loop assigns once, on every path, is a sequence: `s` becomes s₀ before the loop,
//! sᵢ and sᵢ₊₁ inside of it, and sₙ behind it. Every other `carry` keeps its assignments, with an arrow.

use super::math::Math;
use crate::algebra::{
    BinOp, Effect, Expr, ExprKind, ReduceOp, Semantics, Stmt, Type, UnOp, VarId, Width,
};
use crate::model::{Condition, Elem, Region};
use crate::sem::print::{self, Names};
use std::collections::HashMap;

// How tightly the forms of a term bind. A term stands in parentheses where its place needs a tighter one.
const LOOSEST: u8 = 0;
/// A list of cases, which ends nowhere.
const CHOICE: u8 = 5;
const COMPARE: u8 = 10;
const OR: u8 = 20;
const XOR: u8 = 30;
const AND: u8 = 40;
const SHIFT: u8 = 50;
const ADD: u8 = 60;
/// A sum or product over an index: its body goes on to the right.
const REDUCE: u8 = 65;
const MUL: u8 = 70;
const UNARY: u8 = 80;
const SCRIPT: u8 = 90;
const ATOM: u8 = 100;

/// Where in its sequence a `carry` is.
#[derive(Clone)]
struct Sequence {
    /// The subscript that stands for the current value.
    now: Math,
    /// The loop that assigns it: index and number of iterations.
    index: VarId,
    bound: Math,
}

/// The lines of a meaning: how far each is indented, and its formula.
pub(crate) fn lines(names: Names<'_>, semantics: &Semantics) -> Vec<(usize, Math)> {
    let mut typesetter = Typesetter {
        names,
        sequences: HashMap::new(),
        lines: Vec::new(),
    };
    typesetter.statements(&semantics.body, 0);
    typesetter.lines
}

struct Typesetter<'a> {
    names: Names<'a>,
    sequences: HashMap<VarId, Sequence>,
    lines: Vec<(usize, Math)>,
}

/// A name: Greek letters as such.
fn name(name: &str) -> Math {
    let greek = match name {
        "alpha" => "α",
        "beta" => "β",
        "gamma" => "γ",
        "delta" => "δ",
        "lambda" => "λ",
        "mu" => "μ",
        "theta" => "θ",
        other => other,
    };
    Math::name(greek)
}

fn row<const N: usize>(parts: [Math; N]) -> Math {
    Math::Row(parts.to_vec())
}

fn op(operator: &'static str) -> Math {
    Math::Operator(operator)
}

fn function(name: &str) -> Math {
    Math::name(name)
}

fn width(of: Width) -> Math {
    match of {
        Width::TwiceXlen => row([Math::number(2), op("\u{2062}"), Math::name("XLEN")]),
        Width::Xlen => Math::name("XLEN"),
        Width::Fixed(bits) => Math::number(bits),
        Width::Cell => Math::words("cell"),
    }
}

/// `bound - 1`
fn last(bound: &Math) -> Math {
    if let Math::Number(digits) = bound
        && let Ok(value @ 1..) = digits.parse::<u128>()
    {
        return Math::number(value - 1);
    }
    row([bound.clone(), op("−"), Math::number(1)])
}

/// Where a block assigns a variable: as a statement of its own, and anywhere.
fn assignments(body: &[Stmt], wanted: VarId) -> (usize, usize) {
    let mut direct = 0;
    let mut all = 0;
    for statement in body {
        match statement {
            Stmt::Assign { var, .. } if *var == wanted => {
                direct += 1;
                all += 1;
            }
            Stmt::For { body, .. } => all += assignments(body, wanted).1,
            Stmt::If {
                then, otherwise, ..
            } => all += assignments(then, wanted).1 + assignments(otherwise, wanted).1,
            _ => {}
        }
    }
    (direct, all)
}

impl Typesetter<'_> {
    fn line(&mut self, depth: usize, parts: Vec<Math>) {
        self.lines.push((depth, Math::Row(parts)));
    }

    fn statements(&mut self, body: &[Stmt], depth: usize) {
        for (at, statement) in body.iter().enumerate() {
            self.statement(statement, &body[at + 1..], depth);
        }
    }

    fn assign(&mut self, depth: usize, to: Math, sign: &'static str, value: Math) {
        self.line(depth, vec![to, op(sign), value]);
    }

    /// A statement; `rest` are those behind it in its block.
    fn statement(&mut self, statement: &Stmt, rest: &[Stmt], depth: usize) {
        match statement {
            Stmt::Let { var, value } => {
                let value = self.term(value, LOOSEST);
                self.assign(depth, self.variable(*var), "=", value);
            }
            Stmt::Carry { var, init } => {
                let init = self.term(init, LOOSEST);
                let sequence = self.sequence(*var, rest);
                let sign = if sequence.is_some() { "=" } else { "←" };
                if let Some(sequence) = sequence {
                    self.sequences.insert(*var, sequence);
                }
                self.assign(depth, self.variable(*var), sign, init);
            }
            Stmt::Assign { var, value } => {
                let value = self.term(value, LOOSEST);
                let sign = match self.sequences.get_mut(var) {
                    Some(sequence) => {
                        let index = name(self.names.var(sequence.index));
                        sequence.now = row([index, op("+"), Math::number(1)]);
                        "="
                    }
                    None => "←",
                };
                self.assign(depth, self.variable(*var), sign, value);
            }
            Stmt::For { var, bound, body } => self.repeat(*var, bound, body, depth),
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.term(cond, LOOSEST);
                self.line(depth, vec![Math::words("if "), cond, Math::words(":")]);
                self.statements(then, depth + 1);
                if !otherwise.is_empty() {
                    self.line(depth, vec![Math::words("otherwise:")]);
                    self.statements(otherwise, depth + 1);
                }
            }
            Stmt::Store { view, index, value } => {
                let to = self.element(self.names.field(*view), index);
                let value = self.term(value, LOOSEST);
                self.assign(depth, to, "=", value);
            }
            Stmt::Accumulate { view, index, value } => {
                let to = self.element(self.names.field(*view), index);
                let sum = row([to.clone(), op("+"), self.term(value, ADD)]);
                self.assign(depth, to, "←", sum);
            }
            Stmt::Refuse { status, unless } => {
                let unless = self.term(unless, LOOSEST);
                let words = format!("refuse with {status} unless ");
                self.line(depth, vec![Math::words(words), unless]);
            }
            Stmt::SetReg { operand, value } => {
                let value = self.term(value, LOOSEST);
                self.assign(depth, name(self.names.operand(*operand)), "←", value);
            }
            Stmt::SetPc(value) => {
                let value = self.term(value, LOOSEST);
                self.assign(depth, Math::name("pc"), "←", value);
            }
            Stmt::SetCsr { operand, value } => {
                let value = self.term(value, LOOSEST);
                let to = self.csr(self.names.operand(*operand));
                self.assign(depth, to, "←", value);
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let to = self.memory(addr, *bytes);
                let value = self.term(value, LOOSEST);
                self.assign(depth, to, "←", value);
            }
            Stmt::Effect(effect) => {
                let line = self.effect(effect);
                self.line(depth, vec![line]);
            }
        }
    }

    fn repeat(&mut self, var: VarId, bound: &Expr, body: &[Stmt], depth: usize) {
        let bound = self.term(bound, ADD);
        let index = name(self.names.var(var));
        self.line(
            depth,
            vec![
                Math::words("for "),
                index.clone(),
                op("="),
                Math::list(vec![Math::number(0), Math::words("…"), last(&bound)]),
                Math::words(":"),
            ],
        );
        let own = |sequence: &&mut Sequence| sequence.index == var;
        for sequence in self.sequences.values_mut().filter(own) {
            sequence.now = index.clone();
        }
        self.statements(body, depth + 1);
        for sequence in self.sequences.values_mut().filter(own) {
            sequence.now = sequence.bound.clone();
        }
    }

    /// The sequence that a `carry` is, if the statements behind it make it one.
    fn sequence(&self, var: VarId, rest: &[Stmt]) -> Option<Sequence> {
        if assignments(rest, var).1 != 1 {
            return None;
        }
        rest.iter().find_map(|statement| match statement {
            Stmt::For {
                var: index,
                bound,
                body,
            } if assignments(body, var).0 == 1 => Some(Sequence {
                now: Math::number(0),
                index: *index,
                bound: self.term(bound, LOOSEST),
            }),
            _ => None,
        })
    }

    fn effect(&self, effect: &Effect) -> Math {
        let words = match effect {
            Effect::EnvironmentCall => "request to the execution environment",
            Effect::Breakpoint => "breakpoint",
            Effect::Fence => "memory accesses before and after are ordered",
            Effect::Unreserve => "the reservation is given up",
            Effect::Illegal => "illegal instruction",
            Effect::RunGuest => "the unit runs the guest program",
            Effect::Trace(true) => "instructions after this one are traced",
            Effect::Trace(false) => "instructions after this one are not traced",
            Effect::Reserve(address) => {
                return row([Math::words("reservation on "), self.term(address, LOOSEST)]);
            }
        };
        Math::words(words)
    }

    fn variable(&self, var: VarId) -> Math {
        let base = name(self.names.var(var));
        match self.sequences.get(&var) {
            Some(sequence) => base.sub(sequence.now.clone()),
            None => base,
        }
    }

    fn element(&self, view: &str, index: &[Expr]) -> Math {
        if index.is_empty() {
            return name(view);
        }
        let index = index.iter().map(|i| self.term(i, LOOSEST)).collect();
        name(view).sub(Math::list(index))
    }

    fn csr(&self, operand: &str) -> Math {
        row([
            Math::name("CSR"),
            Math::Fenced("[", Box::new(name(operand)), "]"),
        ])
    }

    fn memory(&self, address: &Expr, bytes: u8) -> Math {
        row([
            Math::name("M").sub(Math::number(u32::from(bytes) * 8)),
            Math::Fenced("[", Box::new(self.term(address, LOOSEST)), "]"),
        ])
    }

    /// A term; in parentheses, if it does not bind tighter than `above`.
    fn term(&self, term: &Expr, above: u8) -> Math {
        let (level, math) = self.level(term);
        if level <= above {
            math.parenthesised()
        } else {
            math
        }
    }

    fn level(&self, term: &Expr) -> (u8, Math) {
        let atom = |math| (ATOM, math);
        match &term.kind {
            ExprKind::Int(value) if *value < 0 => (
                UNARY,
                row([Math::Prefix("−"), Math::number(value.unsigned_abs())]),
            ),
            ExprKind::Int(value) => atom(Math::number(value)),
            ExprKind::Bool(value) => atom(Math::words(value.to_string())),
            ExprKind::Operand(id) => atom(name(self.names.operand(*id))),
            ExprKind::Pc => atom(Math::name("pc")),
            ExprKind::NextPc => atom(Math::name("pc").sub(Math::words("next"))),
            ExprKind::Xlen => atom(Math::name("XLEN")),
            ExprKind::RegNumber(id) => atom(Math::call(
                function("number"),
                vec![name(self.names.operand(*id))],
            )),
            ExprKind::Csr(id) => atom(self.csr(self.names.operand(*id))),
            ExprKind::Status(status) => atom(Math::name(status.clone())),
            ExprKind::Count(id) => atom(name(self.names.count(*id))),
            ExprKind::Field(id) => atom(name(self.names.field(*id))),
            ExprKind::Var(id) => (SCRIPT + 1, self.variable(*id)),
            ExprKind::View { view, index } => {
                (SCRIPT + 1, self.element(self.names.field(*view), index))
            }
            ExprKind::Mem { addr, bytes } => atom(self.memory(addr, *bytes)),
            ExprKind::Random(kind) => {
                let kind = function(Elem::Felt(*kind).name());
                atom(Math::call(function("random"), vec![kind]))
            }
            ExprKind::Wait(ticket) => {
                let ticket = self.term(ticket, LOOSEST);
                atom(Math::call(function("wait"), vec![ticket]))
            }
            ExprKind::Unary(operator, inner) => self.unary(*operator, inner, term.ty),
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right),
            ExprKind::If(..) => (CHOICE, self.cases(term)),
            ExprKind::Reduce {
                op: reduction,
                var,
                bound,
                body,
            } => {
                let big = Math::Big {
                    operator: match reduction {
                        ReduceOp::Sum => "∑",
                        ReduceOp::Prod => "∏",
                    },
                    below: Box::new(row([name(self.names.var(*var)), op("="), Math::number(0)])),
                    above: Box::new(last(&self.term(bound, ADD))),
                };
                (REDUCE, row([big, self.term(body, ADD)]))
            }
        }
    }

    fn unary(&self, operator: UnOp, inner: &Expr, ty: Type) -> (u8, Math) {
        let call = |function| {
            let argument = self.term(inner, LOOSEST);
            (ATOM, Math::call(function, vec![argument]))
        };
        let converted = |name| match ty {
            Type::Bits(to) => call(function(name).sub(width(to))),
            _ => call(function(name)),
        };
        match operator {
            UnOp::Neg => (UNARY, row([Math::Prefix("−"), self.term(inner, UNARY)])),
            UnOp::Not => (UNARY, row([Math::Prefix("¬"), self.term(inner, UNARY)])),
            UnOp::Inv => {
                let exponent = row([Math::Prefix("−"), Math::number(1)]);
                (SCRIPT, self.term(inner, SCRIPT).sup(exponent))
            }
            UnOp::ToFelt => {
                let class = Math::Fenced("[", Box::new(self.term(inner, LOOSEST)), "]");
                (ATOM, class.sub(Math::name("p")))
            }
            UnOp::ToInt => call(function("int")),
            UnOp::Sext => converted("sext"),
            UnOp::Zext => converted("zext"),
            UnOp::Trunc => converted("trunc"),
            UnOp::Clz => call(function("clz")),
            UnOp::Ctz => call(function("ctz")),
            UnOp::Popcount => call(function("popcount")),
            UnOp::ByteReverse => call(function("rev8")),
            UnOp::OrCombine => call(function("orc_b")),
            UnOp::Reserved => call(function("reserved")),
        }
    }

    fn binary(&self, operator: BinOp, left: &Expr, right: &Expr) -> (u8, Math) {
        let words = matches!(left.ty, Type::Bits(_));
        let signed = |sign: Math, suffix: &str| sign.sub(Math::words(suffix));
        let of_words = |sign: Math| if words { signed(sign, "u") } else { sign };
        let elements = matches!(left.ty, Type::Felt(_));
        let infix = |level: u8, sign: Math| {
            // Comparisons do not associate, all else does to the left.
            let left_above = if level == COMPARE { level } else { level - 1 };
            let left = self.term(left, left_above);
            (level, row([left, sign, self.term(right, level)]))
        };
        // How these bind among others is no common knowledge, so that parentheses say it.
        let bitwise = |level: u8, sign: Math| {
            let same = |side: &Expr| matches!(side.kind, ExprKind::Binary(o, ..) if o == operator);
            let left_above = if same(left) { level - 1 } else { MUL };
            let left = self.term(left, left_above);
            (level, row([left, sign, self.term(right, MUL)]))
        };
        let call = |name: &str| {
            let arguments = vec![self.term(left, LOOSEST), self.term(right, LOOSEST)];
            (ATOM, Math::call(function(name), arguments))
        };
        match operator {
            BinOp::Add => infix(ADD, op("+")),
            BinOp::Sub => infix(ADD, op("−")),
            BinOp::Mul if elements => infix(MUL, op("·")),
            BinOp::Mul => infix(MUL, op("×")),
            BinOp::DivU => infix(MUL, of_words(op("÷"))),
            BinOp::RemU => infix(MUL, of_words(op("rem"))),
            BinOp::DivS => infix(MUL, signed(op("÷"), "s")),
            BinOp::RemS => infix(MUL, signed(op("rem"), "s")),
            BinOp::And => bitwise(AND, op("∧")),
            BinOp::Or => bitwise(OR, op("∨")),
            BinOp::Xor => bitwise(XOR, op("⊕")),
            BinOp::Shl => bitwise(SHIFT, op("≪")),
            BinOp::ShrU => bitwise(SHIFT, signed(op("≫"), "u")),
            BinOp::ShrS => bitwise(SHIFT, signed(op("≫"), "s")),
            BinOp::Eq => infix(COMPARE, op("=")),
            BinOp::Ne => infix(COMPARE, op("≠")),
            BinOp::LtU => infix(COMPARE, of_words(op("<"))),
            BinOp::LeU => infix(COMPARE, of_words(op("≤"))),
            BinOp::LtS => infix(COMPARE, signed(op("<"), "s")),
            BinOp::LeS => infix(COMPARE, signed(op("≤"), "s")),
            BinOp::RotR | BinOp::MinU | BinOp::MaxU | BinOp::MinS | BinOp::MaxS => {
                call(print::function_name(operator))
            }
        }
    }

    /// A choice, and those in its other side, as one list of cases.
    fn cases(&self, term: &Expr) -> Math {
        let mut cases = Vec::new();
        let mut rest = term;
        while let ExprKind::If(cond, then, otherwise) = &rest.kind {
            let condition = row([Math::words("if "), self.term(cond, LOOSEST)]);
            cases.push((self.term(then, LOOSEST), condition));
            rest = otherwise;
        }
        cases.push((self.term(rest, LOOSEST), Math::words("otherwise")));
        Math::Cases(cases)
    }

    fn condition(&self, condition: &Condition, above: u8) -> Math {
        let region = |region: &Region| match region {
            Region::View(field) => name(self.names.field(*field)),
            Region::Descriptor => Math::words("descriptor"),
        };
        let (level, math) = match condition {
            Condition::Disjoint(a, b) => (
                COMPARE,
                row([region(a), op("∩"), region(b), op("="), op("∅")]),
            ),
            Condition::Same(a, b) => (
                COMPARE,
                row([
                    name(self.names.field(*a)),
                    op("≡"),
                    name(self.names.field(*b)),
                ]),
            ),
            Condition::Term(term) => self.level(term),
            Condition::And(a, b) => (
                AND,
                row([self.condition(a, AND - 1), op("∧"), self.condition(b, AND)]),
            ),
            Condition::Or(a, b) => (
                OR,
                row([self.condition(a, OR - 1), op("∨"), self.condition(b, OR)]),
            ),
        };
        if level <= above {
            math.parenthesised()
        } else {
            math
        }
    }
}

/// A term of a meaning on its own.
pub(crate) fn term(names: Names<'_>, term: &Expr) -> Math {
    let typesetter = Typesetter {
        names,
        sequences: HashMap::new(),
        lines: Vec::new(),
    };
    typesetter.term(term, LOOSEST)
}

/// A condition of a refusal.
pub(crate) fn condition(names: Names<'_>, condition: &Condition) -> Math {
    let typesetter = Typesetter {
        names,
        sequences: HashMap::new(),
        lines: Vec::new(),
    };
    typesetter.condition(condition, LOOSEST)
}
