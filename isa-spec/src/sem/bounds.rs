//! Proofs that an index is below an extent.
//!
//! Two kinds of facts are used, and nothing else: what a loop or a condition says (`i < n`), and
//! upper bounds that follow from literals and from the bounds that a descriptor field has. All
//! indices are non-negative integers, so the lower bound needs no proof.

use super::check::Scope;
use super::print;
use crate::algebra::{BinOp, Expr, ExprKind, VarId};
use crate::model::Extent;

/// The facts that hold at a point of the text.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    /// The first is below the second.
    below: Vec<(Expr, Expr)>,
    /// An index, and what it is below.
    indices: Vec<(VarId, Expr)>,
}

impl Bounds {
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.below.len(), self.indices.len())
    }

    pub(crate) fn reset(&mut self, mark: (usize, usize)) {
        self.below.truncate(mark.0);
        self.indices.truncate(mark.1);
    }

    /// `index` is the index of a loop with this bound.
    pub(crate) fn below_bound(&mut self, index: VarId, bound: &Expr) {
        self.indices.push((index, bound.clone()));
    }

    /// This condition holds.
    pub(crate) fn assume(&mut self, condition: &Expr) {
        match &condition.kind {
            ExprKind::Binary(BinOp::And, a, b) => {
                self.assume(a);
                self.assume(b);
            }
            // A variable that is assigned later would make the fact stale.
            ExprKind::Binary(BinOp::LtU, a, b) if self.constant(a) && self.constant(b) => {
                self.below.push(((**a).clone(), (**b).clone()));
            }
            _ => {}
        }
    }

    /// True for a term over loop indices, counts, fields and literals.
    fn constant(&self, term: &Expr) -> bool {
        match &term.kind {
            ExprKind::Int(_) | ExprKind::Count(_) | ExprKind::Field(_) => true,
            ExprKind::Var(var) => self.indices.iter().any(|(index, _)| index == var),
            ExprKind::Binary(BinOp::Add | BinOp::Mul, a, b) => self.constant(a) && self.constant(b),
            _ => false,
        }
    }

    /// True if `index < extent` is proved.
    pub(crate) fn within(&self, index: &Expr, extent: Extent, scope: &Scope<'_>) -> bool {
        let is_extent = |term: &Expr| match (&term.kind, extent) {
            (ExprKind::Count(a), Extent::Count(b)) => *a == b,
            (ExprKind::Field(a), Extent::Field(b)) => *a == b,
            _ => false,
        };
        if let ExprKind::Var(var) = index.kind
            && self
                .indices
                .iter()
                .any(|(index, bound)| *index == var && is_extent(bound))
        {
            return true;
        }
        if self
            .below
            .iter()
            .any(|(low, high)| is_extent(high) && print::same(low, index))
        {
            return true;
        }
        let Extent::Field(field) = extent else {
            return false;
        };
        let fixed = scope
            .descriptor
            .and_then(|d| d.fields.get(field.0 as usize))
            .and_then(|f| f.value);
        match (self.maximum(index, scope), fixed) {
            (Some(maximum), Some(fixed)) => maximum < u128::from(fixed),
            _ => false,
        }
    }

    /// An upper bound of an integer term.
    fn maximum(&self, term: &Expr, scope: &Scope<'_>) -> Option<u128> {
        match &term.kind {
            ExprKind::Int(value) => u128::try_from(*value).ok(),
            ExprKind::Field(field) => {
                let field = scope.descriptor?.fields.get(field.0 as usize)?;
                field.value.or(field.max).map(u128::from)
            }
            ExprKind::Var(var) => {
                let (_, bound) = self.indices.iter().find(|(index, _)| index == var)?;
                // In the loop's body the index is at most one less; with a bound of zero there is no iteration.
                Some(self.maximum(bound, scope)?.saturating_sub(1))
            }
            ExprKind::Binary(BinOp::Add, a, b) => {
                self.maximum(a, scope)?.checked_add(self.maximum(b, scope)?)
            }
            ExprKind::Binary(BinOp::Mul, a, b) => {
                self.maximum(a, scope)?.checked_mul(self.maximum(b, scope)?)
            }
            _ => None,
        }
    }
}
