//! How far a table reaches whose rows are chosen by data.
//!
//! A row of such an instruction says which row of the table it is for, and refuses unless that is below the table's bound. Rows of
//! the table that no index leads to are neither read nor written. So the table has as many rows as the largest
//! index below the bound leads to, and what an instruction checks of a view before it starts, it checks of those; and that no
//! index is beyond the bound. A program that does not know how large its table is can give a bound that is too large.
//!
//! Derived from the meaning: an index counts if it is the same function of the row wherever the view has it, and is made of words
//! that are only read.

use crate::algebra::{BinOp, Expr, ExprKind, FieldId, OperandId, Semantics, Stmt, VarId};
use crate::model::{Access, Descriptor, Elem, Extent, FieldType, View};

/// A dimension of a view that reaches as far as the largest index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach<'a> {
    /// The table.
    pub table: FieldId,
    /// Which of its dimensions.
    pub dimension: usize,
    /// The field with the bound.
    pub bound: FieldId,
    /// The index of the loop over rows, and how many there are.
    pub row: VarId,
    /// How many rows there are.
    pub count: OperandId,
    /// Which row of the table a row is for: an integer, of which only `row`, scalar fields and words of other views are part.
    pub index: &'a Expr,
    /// The condition that the index is below the bound.
    pub unless: &'a Expr,
    /// The name of the status if it is not.
    pub status: &'a str,
}

impl Reach<'_> {
    /// The views whose words the index is made of.
    #[must_use]
    pub fn sources(&self) -> Vec<FieldId> {
        let mut found = Vec::new();
        self.index.visit(&mut |part| {
            if let ExprKind::View { view, .. } = part.kind {
                found.push(view);
            }
        });
        found
    }
}

impl Semantics {
    /// The dimensions of views that reach as far as the largest index below their bound.
    #[must_use]
    pub fn reaches(&self, descriptor: &Descriptor) -> Vec<Reach<'_>> {
        let mut found = Vec::new();
        for statement in &self.body {
            let Stmt::For { var, bound, body } = statement else {
                continue;
            };
            let ExprKind::Count(count) = bound.kind else {
                continue;
            };
            for (name, bound, (unless, status)) in body.iter().filter_map(bounded) {
                let index = body.iter().find_map(|statement| match statement {
                    Stmt::Let { var, value } if *var == name => Some(value),
                    _ => None,
                });
                let Some(index) = index.filter(|index| is_read(index, *var, descriptor)) else {
                    continue;
                };
                for (table, _, view) in descriptor.views() {
                    let dimension = view.dims.iter().position(|d| *d == Extent::Field(bound));
                    found.extend(
                        dimension
                            .filter(|&dimension| self.always_has(table, dimension, name))
                            .map(|dimension| Reach {
                                table,
                                dimension,
                                bound,
                                row: *var,
                                count,
                                index,
                                unless,
                                status,
                            }),
                    );
                }
            }
        }
        found
    }

    /// True if every element of the view that is read or written has this name as index.
    fn always_has(&self, view: FieldId, dimension: usize, name: VarId) -> bool {
        let is = |index: &[Expr]| matches!(index.get(dimension), Some(i) if i.kind == ExprKind::Var(name));
        let mut always = true;
        self.statements(&mut |statement| {
            if let Stmt::Store {
                view: of, index, ..
            }
            | Stmt::Accumulate {
                view: of, index, ..
            } = statement
            {
                always &= *of != view || is(index);
            }
        });
        self.terms(&mut |term| {
            if let ExprKind::View { view: of, index } = &term.kind {
                always &= *of != view || is(index);
            }
        });
        always
    }
}

/// `refuse ... unless name < field`
fn bounded(statement: &Stmt) -> Option<(VarId, FieldId, (&Expr, &str))> {
    let Stmt::Refuse { unless, status } = statement else {
        return None;
    };
    match &unless.kind {
        ExprKind::Binary(BinOp::LtU, name, bound) => match (&name.kind, &bound.kind) {
            (ExprKind::Var(name), ExprKind::Field(bound)) => {
                Some((*name, *bound, (unless, status)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// True if a term can be evaluated before the instruction starts, once the views in it are known to be accessible.
fn is_read(index: &Expr, row: VarId, descriptor: &Descriptor) -> bool {
    let mut read = true;
    index.visit(&mut |part| {
        read &= match &part.kind {
            ExprKind::Int(_)
            | ExprKind::Field(_)
            | ExprKind::Count(_)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..) => true,
            ExprKind::Var(var) => *var == row,
            ExprKind::View { view, .. } => matches!(
                descriptor
                    .fields
                    .get(view.0 as usize)
                    .map(|field| &field.ty),
                Some(FieldType::View(View {
                    elem: Elem::Word(_),
                    access: Access::Read,
                    ..
                }))
            ),
            _ => false,
        };
    });
    read
}
