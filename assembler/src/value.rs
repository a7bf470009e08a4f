//! Values of expressions: constants, a symbol with an addend, or an expression that has to wait until
//! all symbols are known.
//!
//! An expression that waits is kept in postfix form, so evaluation needs no recursion. Constants and
//! `symbol + constant`, which is nearly all there is, are folded when they are parsed and take no
//! storage.

use crate::symbols::{Definition, SymbolId, Symbols};

/// The value of an expression as it stands in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number; unsigned 64-bit numbers are kept as their two's complement.
    Const(i64),
    /// A symbol plus a constant.
    Symbol(SymbolId, i64),
    /// Operations in [`Expressions::ops`], from, to.
    Deferred(u32, u32),
}

/// A step of an expression in postfix form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// Push a number.
    Const(i64),
    /// Push a symbol plus a constant.
    Symbol(SymbolId, i64),
    /// Replace the top.
    Unary(Unary),
    /// Replace the two on top; the right one is the topmost.
    Binary(Binary),
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    /// `-`
    Neg,
    /// `~`
    Not,
    /// `!`
    IsZero,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    /// `*`
    Mul,
    /// `/`, which rounds toward zero
    Div,
    /// `%`
    Rem,
    /// `<<`
    Shl,
    /// `>>`, logical
    Shr,
    /// `|`
    Or,
    /// `&`
    And,
    /// `^`
    Xor,
    /// `a ! b`, which is `a | ~b`
    OrNot,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `==`; comparisons give -1 for true
    Eq,
    /// `!=`, `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `&&`, which gives 1 for true
    AndAnd,
    /// `||`, which gives 1 for true
    OrOr,
}

impl Binary {
    /// How tightly it binds: GNU's order, with `+` and `-` above the comparisons.
    pub fn precedence(self) -> u8 {
        match self {
            Binary::Mul | Binary::Div | Binary::Rem | Binary::Shl | Binary::Shr => 5,
            Binary::Or | Binary::And | Binary::Xor | Binary::OrNot => 4,
            Binary::Add | Binary::Sub => 3,
            Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => 2,
            Binary::AndAnd => 1,
            Binary::OrOr => 0,
        }
    }
}

/// What an expression amounts to: at most one symbol added and one subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Linear {
    /// Added.
    pub plus: Option<SymbolId>,
    /// Subtracted.
    pub minus: Option<SymbolId>,
    /// The constant.
    pub addend: i64,
}

impl Linear {
    /// A number.
    pub fn constant(addend: i64) -> Self {
        Self {
            addend,
            ..Self::default()
        }
    }

    /// The number, if it is one.
    pub fn as_constant(self) -> Option<i64> {
        (self.plus.is_none() && self.minus.is_none()).then_some(self.addend)
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EvalError {
    /// The divisor is zero.
    DivisionByZero,
    /// Something other than a sum or difference of addresses.
    NotRelocatable,
    /// A symbol is defined by itself.
    Cycle(SymbolId),
    /// Definitions refer to each other through too many steps.
    TooDeep(SymbolId),
}

/// How many `.set` definitions may refer to each other in a row before they are defined.
const MAX_CHAIN: usize = 64;

/// All expressions that wait, and the working storage for parsing and evaluating.
#[derive(Debug, Default)]
pub(crate) struct Expressions {
    ops: Vec<Op>,
}

impl Expressions {
    /// The value of a complete expression in postfix form.
    pub fn finish(&mut self, code: &[Op]) -> Value {
        match *code {
            [Op::Const(n)] => Value::Const(n),
            [Op::Symbol(s, n)] => Value::Symbol(s, n),
            _ => {
                let start = self.ops.len() as u32;
                self.ops.extend_from_slice(code);
                Value::Deferred(start, self.ops.len() as u32)
            }
        }
    }

    /// The steps of a value.
    fn code(&self, value: Value) -> ([Op; 1], &[Op]) {
        match value {
            Value::Const(n) => ([Op::Const(n)], &[]),
            Value::Symbol(s, n) => ([Op::Symbol(s, n)], &[]),
            Value::Deferred(from, to) => ([Op::Const(0)], &self.ops[from as usize..to as usize]),
        }
    }

    /// Appends the steps of a value to an expression that is being parsed.
    pub fn inline(&self, value: Value, code: &mut Vec<Op>) {
        let (one, many) = self.code(value);
        code.extend_from_slice(if many.is_empty() { &one } else { many });
    }

    /// The value as far as it is known now.
    pub fn evaluate(&self, value: Value, symbols: &mut Symbols<'_>) -> Result<Linear, EvalError> {
        self.evaluate_within(value, symbols, MAX_CHAIN)
    }

    fn evaluate_within(
        &self,
        value: Value,
        symbols: &mut Symbols<'_>,
        fuel: usize,
    ) -> Result<Linear, EvalError> {
        match value {
            Value::Const(n) => return Ok(Linear::constant(n)),
            Value::Symbol(s, n) => return self.symbol(s, n, symbols, fuel),
            Value::Deferred(..) => {}
        }
        let (_, code) = self.code(value);
        let mut stack: Vec<Linear> = Vec::with_capacity(8);
        for &op in code {
            let result = match op {
                Op::Const(n) => Linear::constant(n),
                Op::Symbol(s, n) => self.symbol(s, n, symbols, fuel)?,
                Op::Unary(op) => unary(op, stack.pop().unwrap_or_default())?,
                Op::Binary(op) => {
                    let right = stack.pop().unwrap_or_default();
                    let left = stack.pop().unwrap_or_default();
                    binary(op, left, right, symbols)?
                }
            };
            stack.push(result);
        }
        Ok(stack.pop().unwrap_or_default())
    }

    /// A symbol plus a constant: replaced by its definition, if it has one by `.set`.
    fn symbol(
        &self,
        id: SymbolId,
        addend: i64,
        symbols: &mut Symbols<'_>,
        fuel: usize,
    ) -> Result<Linear, EvalError> {
        let base = match symbols.get(id).definition {
            Definition::Set(value) => {
                if let Some(&(generation, known)) = symbols.resolved.get(&id)
                    && generation == symbols.generation
                {
                    known
                } else {
                    let Some(fuel) = fuel.checked_sub(1) else {
                        return Err(EvalError::TooDeep(id));
                    };
                    if std::mem::replace(&mut symbols.get_mut(id).resolving, true) {
                        return Err(EvalError::Cycle(id));
                    }
                    let result = self.evaluate_within(value, symbols, fuel);
                    let generation = symbols.generation;
                    symbols.get_mut(id).resolving = false;
                    let known = result?;
                    symbols.resolved.insert(id, (generation, known));
                    known
                }
            }
            _ => Linear {
                plus: Some(id),
                minus: None,
                addend: 0,
            },
        };
        Ok(Linear {
            addend: base.addend.wrapping_add(addend),
            ..base
        })
    }
}

/// Applies an operator to constants; none for a division by zero.
pub(crate) fn fold_binary(op: Binary, a: i64, b: i64) -> Option<i64> {
    let truth = |c: bool| -i64::from(c);
    Some(match op {
        Binary::Mul => a.wrapping_mul(b),
        Binary::Div if b == 0 => return None,
        Binary::Rem if b == 0 => return None,
        Binary::Div => a.wrapping_div(b),
        Binary::Rem => a.wrapping_rem(b),
        Binary::Shl => u32::try_from(b)
            .ok()
            .and_then(|s| (a as u64).checked_shl(s))
            .unwrap_or(0) as i64,
        Binary::Shr => u32::try_from(b)
            .ok()
            .and_then(|s| (a as u64).checked_shr(s))
            .unwrap_or(0) as i64,
        Binary::Or => a | b,
        Binary::And => a & b,
        Binary::Xor => a ^ b,
        Binary::OrNot => a | !b,
        Binary::Add => a.wrapping_add(b),
        Binary::Sub => a.wrapping_sub(b),
        Binary::Eq => truth(a == b),
        Binary::Ne => truth(a != b),
        Binary::Lt => truth(a < b),
        Binary::Le => truth(a <= b),
        Binary::Gt => truth(a > b),
        Binary::Ge => truth(a >= b),
        Binary::AndAnd => i64::from(a != 0 && b != 0),
        Binary::OrOr => i64::from(a != 0 || b != 0),
    })
}

/// Applies an operator to a constant.
pub(crate) fn fold_unary(op: Unary, a: i64) -> i64 {
    match op {
        Unary::Neg => a.wrapping_neg(),
        Unary::Not => !a,
        Unary::IsZero => i64::from(a == 0),
    }
}

fn unary(op: Unary, a: Linear) -> Result<Linear, EvalError> {
    match (op, a.as_constant()) {
        (_, Some(n)) => Ok(Linear::constant(fold_unary(op, n))),
        (Unary::Neg, None) => Ok(Linear {
            plus: a.minus,
            minus: a.plus,
            addend: a.addend.wrapping_neg(),
        }),
        _ => Err(EvalError::NotRelocatable),
    }
}

fn binary(op: Binary, a: Linear, b: Linear, symbols: &Symbols<'_>) -> Result<Linear, EvalError> {
    match op {
        Binary::Add => sum(a, b, symbols),
        Binary::Sub => sum(a, unary(Unary::Neg, b)?, symbols),
        _ => {
            if let (Some(a), Some(b)) = (a.as_constant(), b.as_constant()) {
                return fold_binary(op, a, b)
                    .map(Linear::constant)
                    .ok_or(EvalError::DivisionByZero);
            }
            // Addresses can be compared if their distance is known.
            let comparison = matches!(
                op,
                Binary::Eq | Binary::Ne | Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge
            );
            let distance = if comparison {
                binary(Binary::Sub, a, b, symbols)?.as_constant()
            } else {
                None
            };
            distance
                .and_then(|d| fold_binary(op, d, 0))
                .map(Linear::constant)
                .ok_or(EvalError::NotRelocatable)
        }
    }
}

/// The sum, in which symbols whose distance is known cancel.
fn sum(a: Linear, b: Linear, symbols: &Symbols<'_>) -> Result<Linear, EvalError> {
    let mut plus = [a.plus, b.plus];
    let mut minus = [a.minus, b.minus];
    let mut addend = a.addend.wrapping_add(b.addend);
    for p in &mut plus {
        for m in &mut minus {
            if let (Some(x), Some(y)) = (*p, *m)
                && let Some(distance) = symbols.distance(x, y)
            {
                addend = addend.wrapping_add(distance);
                (*p, *m) = (None, None);
            }
        }
    }
    let single = |pair: [Option<SymbolId>; 2]| match pair {
        [Some(_), Some(_)] => Err(EvalError::NotRelocatable),
        [a, b] => Ok(a.or(b)),
    };
    Ok(Linear {
        plus: single(plus)?,
        minus: single(minus)?,
        addend,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_as_gnu_as_defines_them() {
        let cases = [
            (Binary::Eq, 2, 2, Some(-1)),
            (Binary::Lt, 3, 2, Some(0)),
            (Binary::AndAnd, 3, 2, Some(1)),
            (Binary::Shr, -1, 60, Some(15)),
            (Binary::Shl, 1, 64, Some(0)),
            (Binary::Shl, 1, -1, Some(0)),
            (Binary::OrNot, 1, !6, Some(7)),
            (Binary::Div, -7, 2, Some(-3)),
            (Binary::Div, 1, 0, None),
            (Binary::Div, i64::MIN, -1, Some(i64::MIN)),
            (Binary::Rem, i64::MIN, -1, Some(0)),
        ];
        for (op, a, b, expected) in cases {
            assert_eq!(fold_binary(op, a, b), expected, "{op:?} {a} {b}");
        }
    }
}
