//! Terms of meanings that are no elements: bit fields, indices, comparisons of words; and elements that are not read in each row.

use super::super::bits::{Chosen, Relation, SpecAdjacent, SpecBits, SpecComparison, SpecSource};
use super::super::term::{Monomial, Replacement, Term};
use super::build::{Bound, Builder, Coordinates};
use super::{Ix, NotOffered, SpecAtom};
use zktr_isa::algebra::{BinOp, Expr, ExprKind, ReduceOp, UnOp, VarId};
use zktr_isa::model::Elem;

impl Builder<'_> {
    /// `if x == 0 { 0 } else { value }`, where x is a factor of the value: that is the value, but that other elements are not
    /// read where x is zero.
    pub(super) fn unless_zero(
        &mut self,
        condition: &Expr,
        value: &Expr,
    ) -> Result<Coordinates, NotOffered> {
        let other = NotOffered::Unsupported("a condition that is no factor");
        let ExprKind::Binary(BinOp::Eq, x, zero) = &condition.kind else {
            return Err(other);
        };
        if zero.kind != ExprKind::Int(0) {
            return Err(other);
        }
        let factor = self.element(x)?;
        let [factor] = &factor[..] else {
            return Err(other);
        };
        let [(factor, _)] = factor.terms().collect::<Vec<_>>()[..] else {
            return Err(other);
        };
        let [(factor @ SpecAtom::Read { raw: false, .. }, 1)] = &factor[..] else {
            return Err(other);
        };
        let mut words = self.element(value)?;
        for word in &mut words {
            let divides = |(m, _): (&Monomial<SpecAtom>, u64)| m.contains(&(factor.clone(), 1));
            if !word.terms().all(divides) {
                return Err(other);
            }
            *word = optional(word, factor).ok_or(other)?;
        }
        Ok(words)
    }

    /// `1 - product`: the product.
    pub(super) fn differs<'t>(&self, e: &'t Expr) -> Option<&'t Expr> {
        let ExprKind::Binary(BinOp::Sub, one, product) = &e.kind else {
            return None;
        };
        let is_one = |e: &Expr| match &e.kind {
            ExprKind::Int(1) => true,
            ExprKind::Unary(UnOp::Trunc, inner) => inner.kind == ExprKind::Int(1),
            _ => false,
        };
        let is_product = matches!(
            product.kind,
            ExprKind::Reduce {
                op: ReduceOp::Prod,
                ..
            }
        );
        (is_one(one) && is_product).then_some(product)
    }

    /// `prod(j < w) { if x[i, j] == (if i > 0 { x[i - 1, j] } else { first[j] }) { 1 } else { 0 } }`, for one column.
    pub(super) fn adjacent(&mut self, e: &Expr) -> Option<SpecAtom> {
        let ExprKind::Reduce {
            op: ReduceOp::Prod,
            var,
            bound,
            body,
        } = &e.kind
        else {
            return None;
        };
        let ExprKind::Field(columns) = bound.kind else {
            return None;
        };
        let ExprKind::If(equal, one, zero) = &body.kind else {
            return None;
        };
        let ExprKind::Binary(BinOp::Eq, own, other) = &equal.kind else {
            return None;
        };
        let ExprKind::If(later, before, first) = &other.kind else {
            return None;
        };
        let (ExprKind::Int(1), ExprKind::Int(0)) = (&one.kind, &zero.kind) else {
            return None;
        };
        let row = self.row?;
        let is_row = |e: &Expr| e.kind == ExprKind::Var(row);
        let is_later = matches!(&later.kind, ExprKind::Binary(BinOp::LtU, zero, i)
            if zero.kind == ExprKind::Int(0) && is_row(i));
        let is_before = |e: &Expr| {
            matches!(&e.kind, ExprKind::Binary(BinOp::Sub, i, one)
                if is_row(i) && one.kind == ExprKind::Int(1))
        };
        let is_column = |e: &Expr| e.kind == ExprKind::Var(*var);
        let views = [own, before, first].map(|e| match &e.kind {
            ExprKind::View { view, index } => Some((*view, &index[..])),
            _ => None,
        });
        let [Some((x, [i, j])), Some((y, [k, l])), Some((start, [m]))] = views else {
            return None;
        };
        let shape = is_later && is_row(i) && is_before(k) && [j, l, m].into_iter().all(is_column);
        let words = |view| self.view(view).is_ok_and(|v| v.elem == Elem::Word(4));
        if !shape || x != y || !words(x) || !words(start) {
            return None;
        }
        self.fixed.push((columns, 1));
        Some(SpecAtom::Adjacent(Box::new(SpecAdjacent {
            view: x,
            row: Ix::Var {
                var: row,
                scale: 1,
                offset: 0,
            },
            column: Ix::Lit(0),
            first: start,
        })))
    }

    /// A comparison of two words of the row, and whether it is to hold.
    pub(super) fn comparison(&self, condition: &Expr) -> Option<(SpecAtom, bool)> {
        let ExprKind::Binary(op, x, y) = &condition.kind else {
            return None;
        };
        let (x, y) = (self.chosen(x)?, self.chosen(y)?);
        let (relation, x, y, holds) = match op {
            BinOp::Eq => (Relation::Equal, x, y, true),
            BinOp::Ne => (Relation::Equal, x, y, false),
            BinOp::LtU => (Relation::Less, x, y, true),
            BinOp::LeU => (Relation::Less, y, x, false),
            BinOp::LtS => (Relation::LessSigned, x, y, true),
            BinOp::LeS => (Relation::LessSigned, y, x, false),
            _ => return None,
        };
        let comparison = SpecComparison { relation, x, y };
        Some((SpecAtom::Comparison(Box::new(comparison)), holds))
    }

    /// What a name stands for that is bound to a word, not to an element: an index from a vector, or a difference.
    pub(super) fn word(&self, value: &Expr) -> Option<Bound> {
        if let ExprKind::Unary(UnOp::ToInt, index) = &value.kind {
            return match self.chosen(index) {
                Some(chosen) => Some(Bound::Chosen(chosen)),
                None => self.part(index),
            };
        }
        let ExprKind::Binary(BinOp::Sub, difference, less) = &value.kind else {
            return None;
        };
        let ExprKind::Binary(BinOp::Sub, minuend, subtrahend) = &difference.kind else {
            return None;
        };
        let ExprKind::Unary(UnOp::Trunc, less) = &less.kind else {
            return None;
        };
        let ExprKind::Field(less) = less.kind else {
            return None;
        };
        Some(Bound::Source(SpecSource::Difference {
            minuend: self.chosen(minuend)?,
            subtrahend: self.chosen(subtrahend)?,
            less,
        }))
    }

    /// `word >> shift & mask` with fields.
    pub(super) fn part(&self, e: &Expr) -> Option<Bound> {
        let ExprKind::Binary(BinOp::And, shifted, mask) = &e.kind else {
            return None;
        };
        let ExprKind::Binary(BinOp::ShrU, word, shift) = &shifted.kind else {
            return None;
        };
        let field = |e: &Expr| match &e.kind {
            ExprKind::Unary(UnOp::Trunc, field) => match field.kind {
                ExprKind::Field(field) => Some(field),
                _ => None,
            },
            _ => None,
        };
        Some(Bound::Part(
            self.chosen(word)?,
            Some((field(shift)?, field(mask)?)),
        ))
    }

    /// An element of a vector of words of 32 bits.
    pub(super) fn chosen(&self, e: &Expr) -> Option<Chosen> {
        let ExprKind::View { view, index } = &e.kind else {
            return None;
        };
        let [at] = self.index(index).ok()?[..] else {
            return None;
        };
        let is_word = self.view(*view).ok()?.elem == Elem::Word(4);
        is_word.then_some(Chosen { view: *view, at })
    }

    /// `word >> shift & mask` with elements of vectors.
    pub(super) fn bits(&self, e: &Expr) -> Option<SpecBits> {
        let ExprKind::Binary(BinOp::And, shifted, mask) = &e.kind else {
            return None;
        };
        let ExprKind::Binary(BinOp::ShrU, word, shift) = &shifted.kind else {
            return None;
        };
        let bound = |var: &VarId| self.env.get(var.0 as usize).cloned().flatten();
        let source = match &word.kind {
            ExprKind::Var(var) => match bound(var)? {
                Bound::Source(source) => source,
                _ => return None,
            },
            ExprKind::View { view, index } => {
                let [record, word] = &index[..] else {
                    return None;
                };
                let ExprKind::Var(var) = &word.kind else {
                    return None;
                };
                let Bound::Chosen(word) = bound(var)? else {
                    return None;
                };
                let [record] = self.index(std::slice::from_ref(record)).ok()?[..] else {
                    return None;
                };
                if self.view(*view).ok()?.elem != Elem::Word(4) {
                    return None;
                }
                SpecSource::Record {
                    view: *view,
                    record,
                    word,
                }
            }
            _ => return None,
        };
        Some(SpecBits {
            source,
            shift: self.chosen(shift)?,
            mask: self.chosen(mask)?,
            key: None,
        })
    }
}

/// Marks all elements but one as not read in each row.
fn optional(term: &Term<SpecAtom>, but: &SpecAtom) -> Option<Term<SpecAtom>> {
    let p = term.modulus();
    term.substitute(&|atom| {
        let mut marked = atom.clone();
        match &mut marked {
            _ if atom == but => {}
            SpecAtom::Read { optional, .. } => *optional = true,
            SpecAtom::Inv(inner) => **inner = self::optional(inner, but)?,
            SpecAtom::Scalar { .. } => {}
            _ => return None,
        }
        Some(Replacement::By(Term::atom(p, marked)))
    })
}
