//! The meanings of scalar instructions as SMT-LIB functions over bit vectors.
//!
//! For each hart and each instruction there is a function for each thing that the instruction changes:
//! `rv64.add.rd` is the new value of the register operand rd, `.pc` the next address, `.mem` the memory, `.csr` the value that is
//! written to the CSR, and `.csr-written` whether it is. All have the same parameters: `pc`, `next_pc`, `mem` (bytes), `reserved`
//! (which addresses are), and of each operand its value (a register's content, an immediate, a CSR's content) and, for
//! registers, its `number`. Effects on the environment are named in comments. Instructions with a descriptor, and compressed
//! ones, which stand for others, are left out.

use crate::algebra::{
    BinOp, Expr, ExprKind, OperandId, ReduceOp, Semantics, Stmt, Type, UnOp, VarId, Width,
};
use crate::model::{Instruction, OperandKind};
use crate::spec::Spec;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest loop that is unrolled.
const MAX_ITERATIONS: i128 = 128;

/// A meaning that these functions cannot express.
struct Unsupported(&'static str);

type Translated<T> = Result<T, Unsupported>;

/// All functions, for RV32 and RV64; a script that declares nothing and asserts nothing.
#[must_use]
pub fn semantics(spec: &Spec) -> String {
    let mut out = String::from(
        "; Meanings of the scalar instructions, from their formal specification.\n(set-logic ALL)\n",
    );
    for xlen in [32u8, 64] {
        for instruction in &spec.instructions {
            let scalar = !instruction.is_bulk() && instruction.expands.is_none();
            if !scalar || !instruction.xlen.contains(&xlen) {
                continue;
            }
            let [mode] = &instruction.modes[..] else {
                continue;
            };
            let name = format!("rv{xlen}.{}", instruction.name);
            let translator = Translator {
                spec,
                instruction,
                semantics: &mode.semantics,
                xlen: u32::from(xlen),
            };
            match translator.functions(&name) {
                Ok(functions) => out += &functions,
                Err(Unsupported(what)) => {
                    let _ = writeln!(out, "; {name}: {what} has no function here");
                }
            }
        }
    }
    out
}

struct Translator<'a> {
    spec: &'a Spec,
    instruction: &'a Instruction,
    semantics: &'a Semantics,
    xlen: u32,
}

/// What is known at a place of a meaning, and what has been changed on the way there.
#[derive(Clone, Default)]
struct State {
    vars: BTreeMap<VarId, Term>,
    /// New values, by the suffix of the function.
    changed: BTreeMap<String, Changed>,
    effects: Vec<&'static str>,
}

#[derive(Clone, PartialEq)]
struct Changed {
    sort: String,
    term: String,
    /// Where it is not changed.
    otherwise: Option<String>,
}

/// A translated term. Literals stay numbers, so that loops can be unrolled.
#[derive(Clone, PartialEq)]
enum Term {
    Number(i128),
    Text(String),
}

impl Translator<'_> {
    fn functions(&self, name: &str) -> Translated<String> {
        let mut state = State::default();
        self.block(&self.semantics.body, &mut state)?;
        let xlen = self.xlen;
        let mut params = format!(
            "(pc (_ BitVec {xlen})) (next_pc (_ BitVec {xlen})) (mem (Array (_ BitVec {xlen}) (_ BitVec 8))) (reserved (Array (_ BitVec {xlen}) Bool))"
        );
        for operand in &self.instruction.operands {
            let _ = write!(params, " (|op.{}| (_ BitVec {xlen}))", operand.name);
            if matches!(operand.kind, OperandKind::Gpr { .. }) {
                let _ = write!(params, " (|op.{}.number| Int)", operand.name);
            }
        }
        let mut out = String::new();
        for effect in &state.effects {
            let _ = writeln!(out, "; {name}: {effect}");
        }
        for (suffix, Changed { sort, term, .. }) in &state.changed {
            let _ = writeln!(
                out,
                "(define-fun |{name}.{suffix}| ({params}) {sort}\n  {term})"
            );
        }
        Ok(out)
    }

    fn block(&self, statements: &[Stmt], state: &mut State) -> Translated<()> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement, state))
    }

    fn statement(&self, statement: &Stmt, state: &mut State) -> Translated<()> {
        let word = format!("(_ BitVec {})", self.xlen);
        match statement {
            Stmt::Let { var, value }
            | Stmt::Carry { var, init: value }
            | Stmt::Assign { var, value } => {
                let value = self.term(value, state)?;
                state.vars.insert(*var, value);
            }
            Stmt::For { var, bound, body } => {
                for index in 0..self.iterations(bound, state)? {
                    state.vars.insert(*var, Term::Number(index));
                    self.block(body, state)?;
                }
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                let condition = self.text(cond, state)?;
                let (mut yes, mut no) = (state.clone(), state.clone());
                self.block(then, &mut yes)?;
                self.block(otherwise, &mut no)?;
                let names: Vec<VarId> = state.vars.keys().copied().collect();
                for var in names {
                    let ty = self.semantics.vars[var.0 as usize].ty;
                    let (a, b) = (yes.vars[&var].clone(), no.vars[&var].clone());
                    if a != b {
                        let (a, b) = (self.text_of(a, ty)?, self.text_of(b, ty)?);
                        let either = Term::Text(format!("(ite {condition} {a} {b})"));
                        yes.vars.insert(var, either);
                    }
                }
                *state = yes.merged(&condition, no);
            }
            Stmt::SetReg { operand, value } => {
                let name = self.instruction.operands[operand.0 as usize].name.clone();
                let term = self.text(value, state)?;
                state.change(name, word, term, None);
            }
            Stmt::SetPc(value) => {
                let term = self.text(value, state)?;
                state.change("pc".into(), word, term, Some("next_pc".into()));
            }
            Stmt::SetCsr { operand, value } => {
                let old = self.operand(*operand);
                let term = self.text(value, state)?;
                state.change("csr".into(), word, term, Some(old));
                let written = Some("false".into());
                state.change("csr-written".into(), "Bool".into(), "true".into(), written);
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let (address, value) = (self.text(addr, state)?, self.text(value, state)?);
                let before = state.changed.get("mem").map_or("mem", |c| c.term.as_str());
                let mut memory = before.to_owned();
                for byte in 0..u32::from(*bytes) {
                    let (high, low) = (8 * byte + 7, 8 * byte);
                    let at = self.offset(&address, byte);
                    memory = format!("(store {memory} {at} ((_ extract {high} {low}) {value}))");
                }
                let sort = format!("(Array {word} (_ BitVec 8))");
                state.change("mem".into(), sort, memory, Some("mem".into()));
            }
            Stmt::Effect(effect) => state.effects.push(effect_name(effect)),
            Stmt::Store { .. } | Stmt::Accumulate { .. } | Stmt::Refuse { .. } => {
                return Err(Unsupported("a view"));
            }
        }
        Ok(())
    }

    fn iterations(&self, bound: &Expr, state: &State) -> Translated<i128> {
        match self.term(bound, state)? {
            Term::Number(count) if count <= MAX_ITERATIONS => Ok(count),
            _ => Err(Unsupported("a loop of unknown length")),
        }
    }

    fn offset(&self, address: &str, byte: u32) -> String {
        if byte == 0 {
            address.to_owned()
        } else {
            format!("(bvadd {address} (_ bv{byte} {}))", self.xlen)
        }
    }

    fn operand(&self, id: OperandId) -> String {
        format!("|op.{}|", self.instruction.operands[id.0 as usize].name)
    }

    fn width(&self, ty: Type) -> Translated<u32> {
        match ty {
            Type::Bits(Width::Fixed(bits)) => Ok(bits.into()),
            Type::Bits(Width::Xlen) => Ok(self.xlen),
            Type::Bits(Width::TwiceXlen) => Ok(2 * self.xlen),
            _ => Err(Unsupported("a word whose width depends on a format")),
        }
    }

    /// A term as text, of the sort of its type.
    fn text(&self, expr: &Expr, state: &State) -> Translated<String> {
        let term = self.term(expr, state)?;
        self.text_of(term, expr.ty)
    }

    fn text_of(&self, term: Term, ty: Type) -> Translated<String> {
        Ok(match (term, ty) {
            (Term::Text(text), _) => text,
            (Term::Number(n), Type::Bits(_)) => literal(n, self.width(ty)?),
            (Term::Number(n), _) if n < 0 => format!("(- {})", n.unsigned_abs()),
            (Term::Number(n), _) => n.to_string(),
        })
    }

    fn term(&self, expr: &Expr, state: &State) -> Translated<Term> {
        let text = match &expr.kind {
            ExprKind::Int(n) => return Ok(Term::Number(*n)),
            ExprKind::Xlen => return Ok(Term::Number(self.xlen.into())),
            ExprKind::Var(var) => {
                let value = state.vars.get(var).cloned();
                return value.ok_or(Unsupported("a name without a value"));
            }
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Operand(id) | ExprKind::Csr(id) => self.operand(*id),
            ExprKind::Pc => "pc".into(),
            ExprKind::NextPc => "next_pc".into(),
            ExprKind::RegNumber(id) => {
                format!(
                    "|op.{}.number|",
                    self.instruction.operands[id.0 as usize].name
                )
            }
            ExprKind::Status(name) => {
                let code = self.spec.status(name).map(|status| status.code);
                let code = code.ok_or(Unsupported("an unknown status"))?;
                return Ok(Term::Number(code.into()));
            }
            ExprKind::Mem { addr, bytes } => {
                let address = self.text(addr, state)?;
                let byte = |n: u32| format!("(select mem {})", self.offset(&address, n));
                let parts: Vec<String> = (0..u32::from(*bytes)).rev().map(byte).collect();
                concat(&parts)
            }
            ExprKind::Unary(op, inner) => self.unary(*op, inner, expr.ty, state)?,
            ExprKind::Binary(op, a, b) => return self.binary(*op, a, b, expr.ty, state),
            ExprKind::If(c, a, b) => {
                let (c, a, b) = (
                    self.text(c, state)?,
                    self.text(a, state)?,
                    self.text(b, state)?,
                );
                format!("(ite {c} {a} {b})")
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let (op, mut sum) = match op {
                    ReduceOp::Sum => (BinOp::Add, Term::Number(0)),
                    ReduceOp::Prod => (BinOp::Mul, Term::Number(1)),
                };
                let mut inner = state.clone();
                for index in 0..self.iterations(bound, state)? {
                    inner.vars.insert(*var, Term::Number(index));
                    let value = self.term(body, &inner)?;
                    sum = self.combine(op, (sum, expr.ty), (value, body.ty), expr.ty)?;
                }
                return Ok(sum);
            }
            ExprKind::Count(_)
            | ExprKind::Field(_)
            | ExprKind::View { .. }
            | ExprKind::Random(_)
            | ExprKind::Wait(_) => return Err(Unsupported("a descriptor or a ticket")),
        };
        Ok(Term::Text(text))
    }

    fn unary(&self, op: UnOp, inner: &Expr, ty: Type, state: &State) -> Translated<String> {
        let x = self.text(inner, state)?;
        if op == UnOp::Not && ty == Type::Bool {
            return Ok(format!("(not {x})"));
        }
        if op == UnOp::Reserved {
            return Ok(format!("(select reserved {x})"));
        }
        if op == UnOp::ToInt {
            return Ok(format!("(bv2nat {x})"));
        }
        if inner.ty == Type::Int {
            return Ok(match op {
                UnOp::Trunc | UnOp::Zext => format!("((_ int2bv {}) {x})", self.width(ty)?),
                _ => return Err(Unsupported("this operation on an integer")),
            });
        }
        let (from, to) = (self.width(inner.ty)?, self.width(ty)?);
        let bit = |n: u32| format!("(= ((_ extract {n} {n}) w) #b1)");
        let byte = |n: u32| format!("((_ extract {} {}) w)", 8 * n + 7, 8 * n);
        let word = |term: String| format!("(let ((w {x})) {term})");
        Ok(match op {
            UnOp::Neg => format!("(bvneg {x})"),
            UnOp::Not => format!("(bvnot {x})"),
            UnOp::Sext => format!("((_ sign_extend {}) {x})", to.saturating_sub(from)),
            UnOp::Zext => format!("((_ zero_extend {}) {x})", to.saturating_sub(from)),
            UnOp::Trunc => format!("((_ extract {} 0) {x})", to - 1),
            UnOp::Clz | UnOp::Ctz => {
                // The first bit that is set decides; the last one that is asked is innermost.
                let mut term = literal(from.into(), to);
                for zeros in (0..from).rev() {
                    let position = if op == UnOp::Clz {
                        from - 1 - zeros
                    } else {
                        zeros
                    };
                    term = format!(
                        "(ite {} {} {term})",
                        bit(position),
                        literal(zeros.into(), to)
                    );
                }
                word(term)
            }
            UnOp::Popcount => {
                let mut sum = literal(0, to);
                for n in 0..from {
                    sum = format!(
                        "(bvadd {sum} (ite {} {} {}))",
                        bit(n),
                        literal(1, to),
                        literal(0, to)
                    );
                }
                word(sum)
            }
            UnOp::ByteReverse => word(concat(&(0..from / 8).map(byte).collect::<Vec<_>>())),
            UnOp::OrCombine => {
                let bytes = (0..from / 8).rev();
                let filled = |n| format!("(ite (= {} #x00) #x00 #xff)", byte(n));
                word(concat(&bytes.map(filled).collect::<Vec<_>>()))
            }
            UnOp::Inv | UnOp::ToFelt => return Err(Unsupported("a field element")),
            UnOp::Reserved | UnOp::ToInt => return Err(Unsupported("this operation")),
        })
    }

    fn binary(&self, op: BinOp, a: &Expr, b: &Expr, ty: Type, state: &State) -> Translated<Term> {
        let (x, y) = (self.term(a, state)?, self.term(b, state)?);
        self.combine(op, (x, a.ty), (y, b.ty), ty)
    }

    fn combine(
        &self,
        op: BinOp,
        (x, x_ty): (Term, Type),
        (y, y_ty): (Term, Type),
        ty: Type,
    ) -> Translated<Term> {
        if let (Term::Number(x), Term::Number(y), Type::Int) = (&x, &y, ty)
            && let Some(value) = fold(op, *x, *y)
        {
            return Ok(Term::Number(value));
        }
        if matches!(op, BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR) {
            let width = self.width(x_ty)?;
            let amount = self.amount(y, y_ty, width)?;
            return Ok(Term::Text(shift(
                op,
                &self.text_of(x, x_ty)?,
                &amount,
                width,
            )));
        }
        let (x, y) = (self.text_of(x, x_ty)?, self.text_of(y, y_ty)?);
        let is_word = matches!(x_ty, Type::Bits(_));
        let plain = match (op, x_ty) {
            (BinOp::Eq, _) => format!("(= {x} {y})"),
            (BinOp::Ne, _) => format!("(not (= {x} {y}))"),
            (BinOp::And, Type::Bool) => format!("(and {x} {y})"),
            (BinOp::Or, Type::Bool) => format!("(or {x} {y})"),
            (BinOp::Xor, Type::Bool) => format!("(xor {x} {y})"),
            _ if is_word => return Ok(Term::Text(word_operation(op, &x, &y, self.width(x_ty)?))),
            (_, Type::Int) => return integer_operation(op, &x, &y).map(Term::Text),
            _ => return Err(Unsupported("a field element")),
        };
        Ok(Term::Text(plain))
    }

    /// The amount of a shift, modulo the width of the word that is shifted, as a word of that width.
    fn amount(&self, amount: Term, ty: Type, width: u32) -> Translated<String> {
        if let Term::Number(n) = amount {
            return Ok(literal(n.rem_euclid(width.into()), width));
        }
        let text = self.text_of(amount, ty)?;
        if ty == Type::Int {
            return Ok(format!("((_ int2bv {width}) (mod {text} {width}))"));
        }
        let own = self.width(ty)?;
        // A word of fewer bits than the width's number has is always less.
        let fits = own < 32 && (1u32 << own) <= width;
        let reduced = if fits {
            text
        } else {
            format!("(bvurem {text} {})", literal(width.into(), own))
        };
        Ok(match own.cmp(&width) {
            std::cmp::Ordering::Less => format!("((_ zero_extend {}) {reduced})", width - own),
            std::cmp::Ordering::Equal => reduced,
            std::cmp::Ordering::Greater => format!("((_ extract {} 0) {reduced})", width - 1),
        })
    }
}

impl State {
    fn change(&mut self, name: String, sort: String, term: String, otherwise: Option<String>) {
        let changed = Changed {
            sort,
            term,
            otherwise,
        };
        self.changed.insert(name, changed);
    }

    /// The state behind an `if`.
    fn merged(mut self, condition: &str, no: Self) -> Self {
        let mut names: Vec<String> = self
            .changed
            .keys()
            .chain(no.changed.keys())
            .cloned()
            .collect();
        names.dedup();
        for name in names {
            let (yes, no) = (self.changed.get(&name), no.changed.get(&name));
            let Some(either) = yes.or(no).cloned() else {
                continue;
            };
            let side = |side: Option<&Changed>| {
                let term = side.map(|changed| changed.term.clone());
                // A register is written once on every way: where it is not, it has been or will be.
                term.or(either.otherwise.clone())
                    .unwrap_or_else(|| either.term.clone())
            };
            let (yes, no) = (side(yes), side(no));
            let term = if yes == no {
                yes
            } else {
                format!("(ite {condition} {yes} {no})")
            };
            self.changed.insert(name, Changed { term, ..either });
        }
        self.effects.extend(no.effects);
        self.effects.sort_unstable();
        self.effects.dedup();
        self
    }
}

fn effect_name(effect: &crate::algebra::Effect) -> &'static str {
    use crate::algebra::Effect;
    match effect {
        Effect::EnvironmentCall => "calls the environment",
        Effect::Breakpoint => "stops for a debugger",
        Effect::Fence => "orders memory accesses",
        Effect::Reserve(_) => "registers a reservation",
        Effect::Unreserve => "gives the reservation up",
        Effect::Illegal => "is illegal",
        Effect::Trace(true) => "begins a traced region",
        Effect::Trace(false) => "ends a traced region",
        Effect::RunGuest => "runs a guest program",
    }
}

fn literal(value: i128, width: u32) -> String {
    let mask = u128::MAX >> (128 - width.clamp(1, 128));
    format!("(_ bv{} {width})", value as u128 & mask)
}

/// Words one after the other, the highest first.
fn concat(parts: &[String]) -> String {
    match parts {
        [single] => single.clone(),
        _ => format!("(concat {})", parts.join(" ")),
    }
}

fn fold(op: BinOp, x: i128, y: i128) -> Option<i128> {
    match op {
        BinOp::Add => x.checked_add(y),
        BinOp::Sub => x.checked_sub(y),
        BinOp::Mul => x.checked_mul(y),
        BinOp::DivU => x.checked_div(y),
        BinOp::RemU => x.checked_rem(y),
        BinOp::MinU => Some(x.min(y)),
        BinOp::MaxU => Some(x.max(y)),
        _ => None,
    }
}

fn shift(op: BinOp, x: &str, amount: &str, width: u32) -> String {
    match op {
        BinOp::Shl => format!("(bvshl {x} {amount})"),
        BinOp::ShrU => format!("(bvlshr {x} {amount})"),
        BinOp::ShrS => format!("(bvashr {x} {amount})"),
        _ => {
            let rest = format!("(bvsub {} {amount})", literal(width.into(), width));
            format!("(bvor (bvlshr {x} {amount}) (bvshl {x} {rest}))")
        }
    }
}

fn word_operation(op: BinOp, x: &str, y: &str, width: u32) -> String {
    let name = match op {
        BinOp::Add => "bvadd",
        BinOp::Sub => "bvsub",
        BinOp::Mul => "bvmul",
        // By zero: all ones, and the dividend, as in SMT-LIB.
        BinOp::DivU => "bvudiv",
        BinOp::RemU => "bvurem",
        BinOp::RemS => "bvsrem",
        BinOp::DivS => {
            let (zero, ones) = (literal(0, width), literal(-1, width));
            return format!("(ite (= {y} {zero}) {ones} (bvsdiv {x} {y}))");
        }
        BinOp::And => "bvand",
        BinOp::Or => "bvor",
        BinOp::Xor => "bvxor",
        BinOp::LtU => "bvult",
        BinOp::LeU => "bvule",
        BinOp::LtS => "bvslt",
        BinOp::LeS => "bvsle",
        BinOp::MinU => return format!("(ite (bvult {x} {y}) {x} {y})"),
        BinOp::MaxU => return format!("(ite (bvult {x} {y}) {y} {x})"),
        BinOp::MinS => return format!("(ite (bvslt {x} {y}) {x} {y})"),
        BinOp::MaxS => return format!("(ite (bvslt {x} {y}) {y} {x})"),
        BinOp::Eq | BinOp::Ne => "=",
        BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR => {
            return shift(op, x, y, width);
        }
    };
    format!("({name} {x} {y})")
}

fn integer_operation(op: BinOp, x: &str, y: &str) -> Translated<String> {
    Ok(match op {
        BinOp::Add => format!("(+ {x} {y})"),
        BinOp::Sub => format!("(- {x} {y})"),
        BinOp::Mul => format!("(* {x} {y})"),
        BinOp::DivU => format!("(div {x} {y})"),
        BinOp::RemU => format!("(mod {x} {y})"),
        BinOp::LtU => format!("(< {x} {y})"),
        BinOp::LeU => format!("(<= {x} {y})"),
        BinOp::MinU => format!("(ite (< {x} {y}) {x} {y})"),
        BinOp::MaxU => format!("(ite (< {x} {y}) {y} {x})"),
        _ => return Err(Unsupported("this operation on integers")),
    })
}
