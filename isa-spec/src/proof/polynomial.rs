//! Polynomials with integer coefficients, as data: in statements, and in certificates.
//!
//! There is no arithmetic here. The kernel and the checker each bring their own, so that a mistake in the one
//! does not hide in the other.

use num_bigint::{BigInt, Sign};
use std::fmt;
use std::str::FromStr;

/// A sum of terms, in any order. The same factors may occur in several terms.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Polynomial {
    /// Coefficient and factors; a factor that occurs several times is a power. No factors: the constant.
    pub terms: Vec<(BigInt, Vec<u32>)>,
}

impl Polynomial {
    /// A constant.
    #[must_use]
    pub fn constant(value: impl Into<BigInt>) -> Self {
        Self::term(value, &[])
    }

    /// A symbol.
    #[must_use]
    pub fn symbol(symbol: u32) -> Self {
        Self::term(1, &[symbol])
    }

    /// One term.
    #[must_use]
    pub fn term(coefficient: impl Into<BigInt>, factors: &[u32]) -> Self {
        Self {
            terms: vec![(coefficient.into(), factors.to_vec())],
        }
    }

    /// With another term.
    #[must_use]
    pub fn plus(mut self, coefficient: impl Into<BigInt>, factors: &[u32]) -> Self {
        self.terms.push((coefficient.into(), factors.to_vec()));
        self
    }

    /// The value where symbol i is `values[i]`; none if a symbol has no value.
    #[must_use]
    pub fn evaluate(&self, values: &[BigInt]) -> Option<BigInt> {
        let mut sum = BigInt::ZERO;
        for (coefficient, factors) in &self.terms {
            let mut product = coefficient.clone();
            for &factor in factors {
                product *= values.get(factor as usize)?;
            }
            sum += product;
        }
        Some(sum)
    }

    /// As text, with names for the symbols.
    pub fn write(
        &self,
        f: &mut dyn fmt::Write,
        name: &dyn Fn(u32, &mut dyn fmt::Write) -> fmt::Result,
    ) -> fmt::Result {
        if self.terms.is_empty() {
            return f.write_char('0');
        }
        for (position, (coefficient, factors)) in self.terms.iter().enumerate() {
            let negative = coefficient.sign() == Sign::Minus;
            match (position, negative) {
                (0, false) => {}
                (0, true) => f.write_char('-')?,
                (_, false) => f.write_str(" + ")?,
                (_, true) => f.write_str(" - ")?,
            }
            let magnitude = coefficient.magnitude();
            let one = *magnitude == num_bigint::BigUint::from(1u8);
            if !one || factors.is_empty() {
                write!(f, "{magnitude}")?;
            }
            for (index, &factor) in factors.iter().enumerate() {
                if index > 0 || !one {
                    f.write_char('*')?;
                }
                name(factor, f)?;
            }
        }
        Ok(())
    }
}

/// Symbol 3 is written `x3`.
impl fmt::Display for Polynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &|symbol, f| write!(f, "x{symbol}"))
    }
}

/// A text that is no polynomial; the text of what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAPolynomial(pub String);

impl FromStr for Polynomial {
    type Err = NotAPolynomial;

    fn from_str(text: &str) -> Result<Self, NotAPolynomial> {
        let mut terms = Vec::new();
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Self::default());
        }
        let mut first = true;
        while first || !rest.is_empty() {
            let signed = rest.strip_prefix('-').map(|r| (true, r));
            let (negative, after) = match signed.or(rest.strip_prefix('+').map(|r| (false, r))) {
                Some(found) => found,
                None if first => (false, rest),
                None => return Err(NotAPolynomial(format!("expected a sign before `{rest}`"))),
            };
            first = false;
            let after = after.trim_start();
            let end = after.find(['+', '-']).unwrap_or(after.len());
            let (term, next) = after.split_at(end);
            terms.push(parse_term(term.trim(), negative)?);
            rest = next;
        }
        Ok(Self { terms })
    }
}

fn parse_term(text: &str, negative: bool) -> Result<(BigInt, Vec<u32>), NotAPolynomial> {
    let mut coefficient = BigInt::from(if negative { -1 } else { 1 });
    let mut factors = Vec::new();
    for (position, part) in text.split('*').enumerate() {
        let wrong = || NotAPolynomial(format!("`{part}` is no factor"));
        if let Some(symbol) = part.strip_prefix('x') {
            factors.push(symbol.parse().map_err(|_| wrong())?);
        } else if position == 0 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
            coefficient *= part.parse::<BigInt>().map_err(|_| wrong())?;
        } else {
            return Err(wrong());
        }
    }
    Ok((coefficient, factors))
}
