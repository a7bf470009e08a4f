//! Polynomials over the cells of a row and the next one: constraints, multiplicities and messages.
//!
//! Coefficients are integers, so that one schema serves every prime field. Terms are shared where the text names
//! them; the loader bounds how large one is when it is written out, and how high.

use std::sync::Arc;

/// A polynomial, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poly {
    /// An integer.
    Const(i64),
    /// A cell.
    Cell {
        /// Its index in the row.
        column: u32,
        /// In the next row.
        next: bool,
    },
    /// Sum; of nothing: zero.
    Sum(Vec<Arc<Poly>>),
    /// Difference.
    Sub(Arc<Poly>, Arc<Poly>),
    /// Product.
    Mul(Arc<Poly>, Arc<Poly>),
}

/// An affine combination of cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affine {
    /// The constant.
    pub constant: i128,
    /// (cell, of the next row, coefficient), by cell; no coefficient is zero.
    pub terms: Vec<(u32, bool, i128)>,
}

impl Poly {
    /// The degree, as written: that of `x - x` is 1.
    #[must_use]
    pub fn degree(&self) -> u32 {
        match self {
            Self::Const(_) => 0,
            Self::Cell { .. } => 1,
            Self::Sum(terms) => terms.iter().map(|term| term.degree()).max().unwrap_or(0),
            Self::Sub(a, b) => a.degree().max(b.degree()),
            Self::Mul(a, b) => a.degree().saturating_add(b.degree()),
        }
    }

    /// The value modulo the prime `p`, which is below 2^32, for cells that are canonical.
    #[must_use]
    pub fn eval(&self, p: u64, row: &[u32], next: &[u32]) -> u64 {
        match self {
            Self::Const(value) => i128::from(*value).rem_euclid(i128::from(p)) as u64,
            Self::Cell {
                column,
                next: of_next,
            } => {
                let row = if *of_next { next } else { row };
                u64::from(row[*column as usize])
            }
            Self::Sum(terms) => terms
                .iter()
                .fold(0, |sum, term| (sum + term.eval(p, row, next)) % p),
            Self::Sub(a, b) => (a.eval(p, row, next) + p - b.eval(p, row, next)) % p,
            Self::Mul(a, b) => match a.eval(p, row, next) {
                0 => 0,
                a => a * b.eval(p, row, next) % p,
            },
        }
    }

    /// As an affine combination; none if a product has two factors with cells, or a coefficient is too large.
    #[must_use]
    pub fn affine(&self) -> Option<Affine> {
        let mut out = Affine::default();
        self.add_to(1, &mut out)?;
        out.terms
            .sort_unstable_by_key(|(cell, next, _)| (*cell, *next));
        out.terms.dedup_by(|from, into| {
            let same = (from.0, from.1) == (into.0, into.1);
            if same {
                into.2 += from.2;
            }
            same
        });
        out.terms.retain(|(_, _, coefficient)| *coefficient != 0);
        Some(out)
    }

    fn add_to(&self, factor: i128, out: &mut Affine) -> Option<()> {
        match self {
            Self::Const(value) => {
                let value = i128::from(*value).checked_mul(factor)?;
                out.constant = out.constant.checked_add(value)?;
            }
            Self::Cell { column, next } => {
                // The sum of all coefficients cannot overflow either, if each is this small.
                if factor.unsigned_abs() > 1 << 64 {
                    return None;
                }
                out.terms.push((*column, *next, factor));
            }
            Self::Sum(terms) => {
                for term in terms {
                    term.add_to(factor, out)?;
                }
            }
            Self::Sub(a, b) => {
                a.add_to(factor, out)?;
                b.add_to(factor.checked_neg()?, out)?;
            }
            Self::Mul(a, b) => {
                let (constant, other) = match (a.constant(), b.constant()) {
                    (Some(constant), _) => (constant, b),
                    (_, Some(constant)) => (constant, a),
                    _ => return None,
                };
                other.add_to(factor.checked_mul(constant)?, out)?;
            }
        }
        Some(())
    }

    /// The value, if no cell occurs.
    #[must_use]
    pub fn constant(&self) -> Option<i128> {
        match self {
            Self::Const(value) => Some(i128::from(*value)),
            Self::Cell { .. } => None,
            Self::Sum(terms) => terms
                .iter()
                .try_fold(0i128, |sum, term| sum.checked_add(term.constant()?)),
            Self::Sub(a, b) => a.constant()?.checked_sub(b.constant()?),
            Self::Mul(a, b) => a.constant()?.checked_mul(b.constant()?),
        }
    }

    /// Calls `visit` with each cell that occurs: its index, and whether it is the next row's.
    pub fn cells(&self, visit: &mut impl FnMut(u32, bool)) {
        match self {
            Self::Const(_) => {}
            Self::Cell { column, next } => visit(*column, *next),
            Self::Sum(terms) => terms.iter().for_each(|term| term.cells(visit)),
            Self::Sub(a, b) | Self::Mul(a, b) => {
                a.cells(visit);
                b.cells(visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(column: u32) -> Arc<Poly> {
        Arc::new(Poly::Cell {
            column,
            next: false,
        })
    }

    fn number(value: i64) -> Arc<Poly> {
        Arc::new(Poly::Const(value))
    }

    #[test]
    fn affine_combinations_are_collected() {
        let three = Arc::new(Poly::Sub(number(5), number(2)));
        let left = Arc::new(Poly::Mul(three, cell(1)));
        let right = Arc::new(Poly::Sum(vec![cell(0), cell(1), number(7)]));
        let affine = Poly::Sub(left, right).affine().unwrap();
        assert_eq!(affine.constant, -7);
        assert_eq!(affine.terms, [(0, false, -1), (1, false, 2)]);
        assert_eq!(Poly::Mul(cell(0), cell(1)).affine(), None);
        let gone = Poly::Sub(cell(4), cell(4)).affine().unwrap();
        assert_eq!(gone, Affine::default());
    }

    #[test]
    fn values_are_canonical_residues() {
        let p = 2_013_265_921;
        let poly = Poly::Mul(Arc::new(Poly::Sub(cell(0), number(3))), cell(1));
        assert_eq!(poly.eval(p, &[1, 5], &[]), p - 10);
        assert_eq!(poly.degree(), 2);
        let wrapped = Poly::Sum(vec![cell(0), number(-1)]);
        assert_eq!(wrapped.eval(p, &[0], &[]), p - 1);
    }
}
