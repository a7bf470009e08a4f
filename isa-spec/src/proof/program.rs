//! Straight-line programs over the integers: what a claim is about.
//!
//! A word of N bits is the integer in `[0, 2^N)` that it is read as, and every operation that wraps says so:
//! a sum of words is `Mod(Add(a, b), 2^N)`. So there is one arithmetic, and one rule for each operation. Programs over
//! words are built with [`super::words::Words`].

use num_bigint::{BigInt, Sign};
use std::fmt;

/// A value of a program: the index of the operation that gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// An operation. Operands come before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Op {
    /// Any integer from `lo` to `hi`. The n-th parameter is the symbol n of the polynomials of claims.
    Param {
        /// Least.
        lo: BigInt,
        /// Greatest.
        hi: BigInt,
    },
    /// A constant.
    Const(BigInt),
    /// Sum.
    Add(Value, Value),
    /// Difference.
    Sub(Value, Value),
    /// Product.
    Mul(Value, Value),
    /// Remainder of the division by a constant, at least 1, rounded towards minus infinity: in `[0, m)`.
    Mod(Value, BigInt),
    /// Quotient of that division.
    Floor(Value, BigInt),
    /// 1 if the first is less, else 0.
    Less(Value, Value),
    /// The second if the first is at least 1, else the third.
    Select(Value, Value, Value),
    /// Bitwise and of the operands modulo 2^N; the number is N.
    And(Value, Value, u32),
    /// Bitwise or, likewise.
    Or(Value, Value, u32),
    /// Bitwise exclusive or, likewise.
    Xor(Value, Value, u32),
    /// Claims are only about inputs for which this value is at least 1. As a value, it is that value.
    Assume(Value),
}

/// A straight-line program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Program {
    /// The operations in order.
    pub ops: Vec<Op>,
}

/// What is wrong with a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IllFormed(pub String);

/// Widest bitwise operation.
pub const MAX_BITWISE: u32 = 1024;

impl Op {
    /// The operands.
    pub fn operands(&self) -> impl Iterator<Item = Value> {
        let list = match *self {
            Self::Param { .. } | Self::Const(_) => [None, None, None],
            Self::Mod(a, _) | Self::Floor(a, _) | Self::Assume(a) => [Some(a), None, None],
            Self::Select(a, b, c) => [Some(a), Some(b), Some(c)],
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Less(a, b)
            | Self::And(a, b, _)
            | Self::Or(a, b, _)
            | Self::Xor(a, b, _) => [Some(a), Some(b), None],
        };
        list.into_iter().flatten()
    }
}

impl Program {
    /// Appends an operation.
    pub fn push(&mut self, op: Op) -> Value {
        self.ops.push(op);
        Value(self.ops.len() as u32 - 1)
    }

    /// The bounds of the parameters, in order.
    pub fn params(&self) -> impl Iterator<Item = (&BigInt, &BigInt)> {
        self.ops.iter().filter_map(|op| match op {
            Op::Param { lo, hi } => Some((lo, hi)),
            _ => None,
        })
    }

    /// Operands precede their uses, divisors are positive, ranges are not empty.
    ///
    /// # Errors
    /// The first operation that is not so.
    pub fn validate(&self) -> Result<(), IllFormed> {
        for (index, op) in self.ops.iter().enumerate() {
            let fail = |what: &str| Err(IllFormed(format!("operation v{index} {what}")));
            if op.operands().any(|v| v.0 as usize >= index) {
                return fail("uses a value that does not exist yet");
            }
            match op {
                Op::Param { lo, hi } if lo > hi => return fail("has an empty range"),
                Op::Mod(_, m) | Op::Floor(_, m) if m.sign() != Sign::Plus => {
                    return fail("divides by a number that is not positive");
                }
                Op::And(.., n) | Op::Or(.., n) | Op::Xor(.., n) if *n > MAX_BITWISE => {
                    return fail("is too wide");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// All values for these inputs; none if an assumption does not hold, or an input is missing or out of its range.
    #[must_use]
    pub fn run(&self, inputs: &[BigInt]) -> Option<Vec<BigInt>> {
        let mut values: Vec<BigInt> = Vec::with_capacity(self.ops.len());
        let mut inputs = inputs.iter();
        for op in &self.ops {
            let at = |v: &Value| &values[v.0 as usize];
            let bits = |a: &Value, n: u32| at(a) & ((BigInt::from(1) << n) - 1);
            let value = match op {
                Op::Param { lo, hi } => {
                    let value = inputs.next()?;
                    if value < lo || value > hi {
                        return None;
                    }
                    value.clone()
                }
                Op::Const(c) => c.clone(),
                Op::Add(a, b) => at(a) + at(b),
                Op::Sub(a, b) => at(a) - at(b),
                Op::Mul(a, b) => at(a) * at(b),
                Op::Mod(a, m) => ((at(a) % m) + m) % m,
                Op::Floor(a, m) => {
                    let remainder = ((at(a) % m) + m) % m;
                    (at(a) - remainder) / m
                }
                Op::Less(a, b) => BigInt::from(u8::from(at(a) < at(b))),
                Op::Select(c, a, b) => {
                    if at(c).sign() == Sign::Plus {
                        at(a).clone()
                    } else {
                        at(b).clone()
                    }
                }
                Op::And(a, b, n) => bits(a, *n) & bits(b, *n),
                Op::Or(a, b, n) => bits(a, *n) | bits(b, *n),
                Op::Xor(a, b, n) => bits(a, *n) ^ bits(b, *n),
                Op::Assume(a) => {
                    if at(a).sign() != Sign::Plus {
                        return None;
                    }
                    at(a).clone()
                }
            };
            values.push(value);
        }
        Some(values)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// One operation a line; parameters also have the name that they have in polynomials.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut params = 0;
        for (index, op) in self.ops.iter().enumerate() {
            write!(f, "v{index} = ")?;
            match op {
                Op::Param { lo, hi } => {
                    write!(f, "x{params} in {lo} .. {hi}")?;
                    params += 1;
                }
                Op::Const(c) => write!(f, "{c}")?,
                Op::Add(a, b) => write!(f, "{a} + {b}")?,
                Op::Sub(a, b) => write!(f, "{a} - {b}")?,
                Op::Mul(a, b) => write!(f, "{a} * {b}")?,
                Op::Mod(a, m) => write!(f, "{a} mod {m}")?,
                Op::Floor(a, m) => write!(f, "{a} div {m}")?,
                Op::Less(a, b) => write!(f, "{a} < {b}")?,
                Op::Select(c, a, b) => write!(f, "if {c} then {a} else {b}")?,
                Op::And(a, b, n) => write!(f, "{a} and.{n} {b}")?,
                Op::Or(a, b, n) => write!(f, "{a} or.{n} {b}")?,
                Op::Xor(a, b, n) => write!(f, "{a} xor.{n} {b}")?,
                Op::Assume(a) => write!(f, "assume {a}")?,
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
