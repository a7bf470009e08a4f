//! Words, truth values and integers of a row.

use super::{Binding, Halt, Planned, Planner};
use crate::fast::lanes::Word;
use crate::fast::program::{Load, Op, Plane, Rows, Source};
use crate::golden::eval::{word_comparison, word_operation, word_unary};
use zktr_isa::algebra::{BinOp, Expr, ExprKind, ReduceOp, Type, UnOp};

/// An integer of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Num {
    Known(i128),
    /// The row and this, modulo the number of rows if it wraps.
    Row {
        shift: i64,
        wrap: bool,
    },
    /// A word, unsigned.
    Plane(Plane),
}

impl<W: Word> Planner<'_, '_, '_, W> {
    /// The bound of a loop inside of a row.
    pub(super) fn bound(&mut self, bound: &Expr) -> Planned<u64> {
        if !self.uniform(bound) {
            return Err(Halt::Golden("a sum whose bound depends on the row"));
        }
        let bound = self.known(0, |evaluator| evaluator.int(bound))?;
        Ok(u64::try_from(bound).unwrap_or(0))
    }

    /// Plans something that only counts where a condition has this value.
    pub(super) fn under<T>(
        &mut self,
        condition: Plane,
        holds: bool,
        plan: impl FnOnce(&mut Self) -> Planned<T>,
    ) -> Planned<T> {
        let before = self.when;
        let side = if holds {
            Source::Plane(condition)
        } else {
            self.logic(BinOp::Xor, Source::Plane(condition), Source::Constant(true))?
        };
        let both = match before {
            None => side,
            Some(when) => self.logic(BinOp::And, Source::Plane(when), side)?,
        };
        self.when = match both {
            Source::Plane(plane) => Some(plane),
            Source::Constant(_) => before,
        };
        let planned = plan(self);
        self.when = before;
        planned
    }

    fn logic(&mut self, op: BinOp, a: Source<bool>, b: Source<bool>) -> Planned<Source<bool>> {
        let out = self.plane();
        self.push(Op::Logic { op, a, b, out })?;
        Ok(Source::Plane(out))
    }

    /// The value of a term that is a truth value.
    pub(super) fn boolean(&mut self, term: &Expr) -> Planned<Source<bool>> {
        if self.uniform(term) {
            let value = self.known(true, |evaluator| evaluator.boolean(term))?;
            return Ok(Source::Constant(value));
        }
        match &term.kind {
            ExprKind::Unary(UnOp::Not, a) => {
                let a = self.boolean(a)?;
                self.logic(BinOp::Xor, a, Source::Constant(true))
            }
            ExprKind::Binary(op, a, b) => self.comparison(*op, a, b),
            ExprKind::Var(var) => match self.binding(*var) {
                Binding::Bool(value) => Ok(*value),
                _ => Err(Halt::Golden("a name that is no truth value")),
            },
            _ => Err(Halt::Golden("a truth value")),
        }
    }

    fn comparison(&mut self, op: BinOp, a: &Expr, b: &Expr) -> Planned<Source<bool>> {
        // As the evaluator has it: a literal has the type of the other side.
        let ty = if a.ty == Type::Int { b.ty } else { a.ty };
        match ty {
            Type::Bool => {
                let (a, b) = (self.boolean(a)?, self.boolean(b)?);
                match op {
                    BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Ne | BinOp::Eq => {
                        self.logic(op, a, b)
                    }
                    _ => Err(Halt::Golden("an operation on truth values")),
                }
            }
            Type::Int => {
                let (a, b) = (self.index_word(a)?, self.index_word(b)?);
                let op = match op {
                    BinOp::LtS => BinOp::LtU,
                    BinOp::LeS => BinOp::LeU,
                    op => op,
                };
                self.compare(op, a, b, 64)
            }
            Type::Bits(width) => {
                let bits = self.evaluator.bits(width);
                let (a, b) = (self.word(a, bits)?, self.word(b, bits)?);
                self.compare(op, a, b, bits)
            }
            Type::Felt(_) => {
                let (a, b) = (self.felt(a)?, self.felt(b)?);
                let count = self.field.degree;
                let (a, b) = (self.sources(&a, count)?, self.sources(&b, count)?);
                let out = self.plane();
                self.push(Op::Equal { a, b, out })?;
                match op {
                    BinOp::Eq => Ok(Source::Plane(out)),
                    BinOp::Ne => self.logic(BinOp::Xor, Source::Plane(out), Source::Constant(true)),
                    _ => Err(Halt::Golden("an operation on elements")),
                }
            }
        }
    }

    fn compare(
        &mut self,
        op: BinOp,
        a: Source<u64>,
        b: Source<u64>,
        bits: u32,
    ) -> Planned<Source<bool>> {
        if word_comparison(op, 0, 0, bits).is_none() {
            return Err(Halt::Golden("a comparison"));
        }
        let out = self.plane();
        self.push(Op::Compare {
            op,
            a,
            b,
            bits,
            out,
        })?;
        Ok(Source::Plane(out))
    }

    /// The value of a term that is an integer.
    pub(super) fn num(&mut self, term: &Expr) -> Planned<Num> {
        if self.uniform(term) {
            return self
                .known(0, |evaluator| evaluator.int(term))
                .map(Num::Known);
        }
        match &term.kind {
            ExprKind::Var(var) => match self.binding(*var) {
                Binding::Int(value) => Ok(*value),
                _ => Err(Halt::Golden("a name that is no integer")),
            },
            ExprKind::Unary(UnOp::ToInt, a) => {
                let Type::Bits(width) = a.ty else {
                    return Err(Halt::Golden("an integer"));
                };
                match self.word(a, self.evaluator.bits(width))? {
                    Source::Constant(word) => Ok(Num::Known(i128::from(word))),
                    Source::Plane(plane) => Ok(Num::Plane(plane)),
                }
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.num(a)?, self.num(b)?);
                let small = |value: i128| {
                    i64::try_from(value)
                        .ok()
                        .filter(|v| v.unsigned_abs() < 1 << 62)
                };
                let moved = |shift: i64, by: Option<i64>| {
                    by.and_then(|by| shift.checked_add(by))
                        .filter(|v| v.unsigned_abs() < 1 << 62)
                };
                let shift = match (op, a, b) {
                    (BinOp::Add, Num::Row { shift, wrap: false }, Num::Known(by))
                    | (BinOp::Add, Num::Known(by), Num::Row { shift, wrap: false }) => {
                        moved(shift, small(by))
                    }
                    (BinOp::Sub, Num::Row { shift, wrap: false }, Num::Known(by)) => {
                        moved(shift, small(by).map(|by| -by))
                    }
                    // What is below zero has another remainder.
                    (BinOp::RemU, Num::Row { shift, wrap: false }, Num::Known(n))
                        if shift >= 0 && n == i128::from(self.rows) =>
                    {
                        return Ok(Num::Row { shift, wrap: true });
                    }
                    _ => None,
                };
                let shift = shift.ok_or(Halt::Golden("an index that is no row"))?;
                Ok(Num::Row { shift, wrap: false })
            }
            _ => Err(Halt::Golden("an integer")),
        }
    }

    /// An integer that is not negative, as a word of 64 bits.
    pub(super) fn index_word(&mut self, term: &Expr) -> Planned<Source<u64>> {
        match self.num(term)? {
            Num::Known(value) => u64::try_from(value)
                .map(Source::Constant)
                .map_err(|_| Halt::Golden("an integer that is no word")),
            Num::Row { shift, wrap } => {
                if shift < 0 {
                    return Err(Halt::Golden("an integer below zero"));
                }
                let rows = Rows {
                    shift,
                    wrap,
                    extent: u64::MAX,
                    partial: false,
                };
                let out = self.plane();
                self.push(Op::Row { rows, out })?;
                Ok(Source::Plane(out))
            }
            Num::Plane(plane) => Ok(Source::Plane(plane)),
        }
    }

    /// The value of a term that is a word of so many bits.
    pub(super) fn word(&mut self, term: &Expr, bits: u32) -> Planned<Source<u64>> {
        if !(1..=64).contains(&bits) {
            return Err(Halt::Golden("words of more than 64 bits"));
        }
        if self.uniform(term) {
            let value = self.known(0, |evaluator| evaluator.word(term, bits))?;
            return Ok(Source::Constant(value as u64));
        }
        match &term.kind {
            ExprKind::Unary(UnOp::Trunc, a) if a.ty == Type::Int => {
                let word = self.index_word(a)?;
                self.unary(UnOp::Trunc, word, 64, bits)
            }
            ExprKind::Unary(op, a) => {
                let from = match a.ty {
                    Type::Bits(width) => self.evaluator.bits(width),
                    Type::Bool => {
                        return match self.boolean(a)? {
                            Source::Constant(value) => Ok(Source::Constant(u64::from(value))),
                            Source::Plane(a) => {
                                let out = self.plane();
                                self.push(Op::FromBool { a, out })?;
                                Ok(Source::Plane(out))
                            }
                        };
                    }
                    _ => bits,
                };
                let word = self.word(a, from)?;
                self.unary(*op, word, from, bits)
            }
            ExprKind::Binary(
                op @ (BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR),
                a,
                amount,
            ) => {
                let a = self.word(a, bits)?;
                let amount = match amount.ty {
                    Type::Bits(width) => self.word(amount, self.evaluator.bits(width))?,
                    Type::Int if self.uniform(amount) => {
                        let amount = self.known(0, |evaluator| evaluator.int(amount))?;
                        Source::Constant(amount.rem_euclid(i128::from(bits)) as u64)
                    }
                    Type::Int => self.index_word(amount)?,
                    _ => return Err(Halt::Golden("an amount")),
                };
                self.operation(*op, a, amount, bits)
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.word(a, bits)?, self.word(b, bits)?);
                self.operation(*op, a, b, bits)
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let bound = self.bound(bound)?;
                let mut total = Source::Constant(u64::from(*op == ReduceOp::Prod));
                let combine = match op {
                    ReduceOp::Sum => BinOp::Add,
                    ReduceOp::Prod => BinOp::Mul,
                };
                self.unroll(*var, bound, |planner| {
                    let value = planner.word(body, bits)?;
                    total = planner.operation(combine, total, value, bits)?;
                    Ok(())
                })?;
                Ok(total)
            }
            ExprKind::If(condition, then, otherwise) => {
                if self.uniform(condition) {
                    let chosen = self.known(true, |evaluator| evaluator.boolean(condition))?;
                    return self.word(if chosen { then } else { otherwise }, bits);
                }
                let Source::Plane(condition) = self.boolean(condition)? else {
                    return Err(Halt::Golden("a condition"));
                };
                let then = self.under(condition, true, |planner| planner.word(then, bits))?;
                let otherwise =
                    self.under(condition, false, |planner| planner.word(otherwise, bits))?;
                let out = self.plane();
                self.push(Op::SelectWord {
                    condition,
                    then,
                    otherwise,
                    out,
                })?;
                Ok(Source::Plane(out))
            }
            ExprKind::Var(var) => match *self.binding(*var) {
                // The checker lets a name stand for words of its own width only; other integers are cut off.
                Binding::Word(word) => Ok(word),
                Binding::Int(_) => {
                    let word = self.index_word(term)?;
                    self.unary(UnOp::Trunc, word, 64, bits)
                }
                _ => Err(Halt::Golden("a name that is no word")),
            },
            ExprKind::View { view, index } => {
                let (from, coordinates) = self.access(*view, index)?;
                let planes = self.load(from, Load::Word, &coordinates)?;
                let plane = planes.first().copied().ok_or(Halt::Golden("a word"))?;
                self.unary(
                    UnOp::Trunc,
                    Source::Plane(plane),
                    8 * u32::from(from.bytes),
                    bits,
                )
            }
            _ => Err(Halt::Golden("a word")),
        }
    }

    fn operation(
        &mut self,
        op: BinOp,
        a: Source<u64>,
        b: Source<u64>,
        bits: u32,
    ) -> Planned<Source<u64>> {
        if let (Source::Constant(a), Source::Constant(b)) = (a, b) {
            let value = word_operation(op, u128::from(a), u128::from(b), bits);
            let value = value.ok_or(Halt::Golden("an operation on words"))?;
            return Ok(Source::Constant(value as u64));
        }
        if word_operation(op, 0, 0, bits).is_none() {
            return Err(Halt::Golden("an operation on words"));
        }
        let out = self.plane();
        self.push(Op::Word {
            op,
            a,
            b,
            bits,
            out,
        })?;
        Ok(Source::Plane(out))
    }

    fn unary(&mut self, op: UnOp, a: Source<u64>, from: u32, bits: u32) -> Planned<Source<u64>> {
        let a = match a {
            Source::Plane(plane) => plane,
            Source::Constant(_) => return Err(Halt::Golden("a word that is known")),
        };
        match op {
            UnOp::Zext | UnOp::Trunc if from <= bits => return Ok(Source::Plane(a)),
            UnOp::Zext | UnOp::Trunc | UnOp::Sext => {}
            _ if word_unary(op, 0, bits).is_some() => {}
            _ => return Err(Halt::Golden("an operation on a word")),
        }
        let out = self.plane();
        self.push(Op::WordUnary {
            op,
            a,
            from,
            bits,
            out,
        })?;
        Ok(Source::Plane(out))
    }
}
