//! From the statements of a meaning to what a row reads, carries and writes.

use super::super::bits::{Chosen, SpecSource};
use super::super::term::{self, Term};
use super::{Ix, NotOffered, SpecAtom, SpecCarry, SpecStore, SpecSum, StoreKind, WordIx};
use zktr_isa::algebra::{
    BinOp, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Stmt, UnOp, VarId,
};
use zktr_isa::model::{Elem, FieldType, Format, View};

pub(super) type Coordinates = Vec<Term<SpecAtom>>;

#[derive(Clone)]
pub(super) enum Bound {
    /// An element's words.
    Element(Coordinates),
    /// A loop index.
    Index,
    /// The index of a loop that is looked at with a single iteration.
    First,
    /// An index that is an element of a vector of words.
    Chosen(Chosen),
    /// An index that is a part of such an element, or all of it: without its bound, and with it.
    Part(Chosen, Option<(FieldId, FieldId)>),
    Below(WordIx),
    /// A word that bits are taken from.
    Source(SpecSource),
}

pub(super) struct Builder<'s> {
    pub(super) fields: Vec<&'s FieldType>,
    pub(super) format: &'s Format,
    /// The coefficients of its reduction polynomial.
    pub(super) reduction: &'s [u64],
    pub(super) p: u64,
    /// R and its inverse in the field.
    pub(super) r: u64,
    pub(super) r_inverse: u64,
    pub(super) env: Vec<Option<Bound>>,
    pub(super) carries: Vec<SpecCarry>,
    /// The carry's index in `carries`, by its name.
    pub(super) carry_of: Vec<VarId>,
    pub(super) stores: Vec<SpecStore>,
    pub(super) lasts: Vec<(FieldId, u32)>,
    pub(super) fixed: Vec<(FieldId, u32)>,
    pub(super) row: Option<VarId>,
}

impl Builder<'_> {
    pub(super) fn top(&mut self, body: &[Stmt], count: OperandId) -> Result<(), NotOffered> {
        for stmt in body {
            match stmt {
                Stmt::Let { .. } | Stmt::Carry { .. } if self.row.is_some() => {
                    return Err(NotOffered::Unsupported(
                        "a name that is bound after the rows",
                    ));
                }
                Stmt::Let { var, value } => {
                    let value = self.element(value)?;
                    self.env[var.0 as usize] = Some(Bound::Element(value));
                }
                Stmt::Carry { var, init } => {
                    let init = self.element(init)?;
                    let init = self.widen(init);
                    let carry = self.carries.len() as u32;
                    let step: Coordinates = (0..init.len() as u32)
                        .map(|coord| Term::atom(self.p, SpecAtom::Carry { carry, coord }))
                        .collect();
                    // Up to the loop over rows the name stands for its first value.
                    self.env[var.0 as usize] = Some(Bound::Element(init.clone()));
                    self.carries.push(SpecCarry {
                        var: *var,
                        init,
                        step,
                    });
                    self.carry_of.push(*var);
                }
                Stmt::For { var, bound, body } => {
                    if self.row.is_some() {
                        return Err(NotOffered::Unsupported("a second loop over rows"));
                    }
                    if bound.kind != ExprKind::Count(count) {
                        return Err(NotOffered::Unsupported(
                            "a loop that does not run over the rows",
                        ));
                    }
                    self.row = Some(*var);
                    self.env[var.0 as usize] = Some(Bound::Index);
                    for carry in &self.carries {
                        self.env[carry.var.0 as usize] = Some(Bound::Element(carry.step.clone()));
                    }
                    self.row_body(body, None)?;
                    for (carry, var) in self.carry_of.clone().into_iter().enumerate() {
                        if let Some(Bound::Element(step)) = self.env[var.0 as usize].clone() {
                            self.carries[carry].step = self.widen(step);
                        }
                    }
                }
                Stmt::Store { view, index, value } if index.is_empty() && self.row.is_some() => {
                    let ExprKind::Var(var) = value.kind else {
                        return Err(NotOffered::Unsupported(
                            "a result that is not a carried element",
                        ));
                    };
                    let carry = self.carry_of.iter().position(|v| *v == var);
                    let carry = carry.ok_or(NotOffered::Unsupported(
                        "a result that is not a carried element",
                    ))?;
                    self.lasts.push((*view, carry as u32));
                }
                _ => {
                    return Err(NotOffered::Unsupported(
                        "a statement outside of the loop over rows",
                    ));
                }
            }
        }
        Ok(())
    }

    fn row_body(
        &mut self,
        body: &[Stmt],
        inner: Option<(VarId, FieldId)>,
    ) -> Result<(), NotOffered> {
        for stmt in body {
            match stmt {
                Stmt::Let { var, value } => {
                    let bound = match self.word(value) {
                        Some(word) => word,
                        None => Bound::Element(self.element(value)?),
                    };
                    self.env[var.0 as usize] = Some(bound);
                }
                // Where the instruction refuses, the loop runs.
                Stmt::Refuse { unless, .. } => self.bounded(unless),
                Stmt::Assign { var, value } if inner.is_none() => {
                    let value = self.element(value)?;
                    let value = self.widen(value);
                    self.env[var.0 as usize] = Some(Bound::Element(value));
                }
                Stmt::Store { view, index, value } => self.store(*view, index, value, inner)?,
                Stmt::Accumulate { view, index, value } if inner.is_none() => {
                    self.accumulate(*view, index, value)?;
                }
                Stmt::For { var, bound, body } => {
                    let ExprKind::Field(extent) = bound.kind else {
                        return Err(NotOffered::Unsupported(
                            "an inner loop whose bound is not a field",
                        ));
                    };
                    // Loops have one inner loop at most; the dimensions beyond have the extent 1.
                    if inner.is_some() {
                        self.env[var.0 as usize] = Some(Bound::First);
                        self.fixed.push((extent, 1));
                        self.row_body(body, inner)?;
                    } else {
                        self.env[var.0 as usize] = Some(Bound::Index);
                        self.row_body(body, Some((*var, extent)))?;
                    }
                }
                _ => return Err(NotOffered::Unsupported("a statement that is no element's")),
            }
        }
        Ok(())
    }

    fn store(
        &mut self,
        view: FieldId,
        index: &[Expr],
        value: &Expr,
        inner: Option<(VarId, FieldId)>,
    ) -> Result<(), NotOffered> {
        let index = self.index(index)?;
        // Rows write different elements, and each of them once: then the order of the writes is no matter. Or they write in
        // the order of the loop.
        let by_row = |ix: &Ix| match ix {
            Ix::Var { var, .. } => Some(*var) == self.row,
            Ix::Word(_) => true,
            Ix::Lit(_) => false,
        };
        if !index.iter().any(by_row) || self.stores.iter().any(|s| s.view == view) {
            return Err(NotOffered::Unsupported(
                "an element that may be written twice",
            ));
        }
        let elem = self.view(view)?.elem;
        let words = match elem {
            Elem::Felt(Kind::Base) => self.element(value)?,
            Elem::Felt(Kind::Ext) => {
                let words = self.element(value)?;
                self.widen(words)
            }
            Elem::Cell => vec![self.cell(value)?],
            Elem::Word(_) => return Err(NotOffered::Unsupported("a view of words is written")),
        };
        for (coord, value) in words.into_iter().enumerate() {
            self.stores.push(SpecStore {
                view,
                index: index.clone(),
                coord: coord as u32,
                inner,
                value,
                how: match elem {
                    Elem::Cell => StoreKind::Copy,
                    _ => StoreKind::Write,
                },
            });
        }
        Ok(())
    }

    /// `view[index] += value`
    fn accumulate(
        &mut self,
        view: FieldId,
        index: &[Expr],
        value: &Expr,
    ) -> Result<(), NotOffered> {
        let index = self.index(index)?;
        if self.stores.iter().any(|s| s.view == view) {
            return Err(NotOffered::Unsupported("an element that is written, too"));
        }
        let (value, how) = match (self.view(view)?.elem, &value.kind) {
            (Elem::Felt(Kind::Base), _) => match &self.element(value)?[..] {
                [word] => (word.clone(), StoreKind::Add),
                _ => return Err(NotOffered::Unsupported("an element of the extension")),
            },
            // One format stands for all with words of this size.
            (Elem::Word(bytes), ExprKind::Int(count))
                if bytes == self.format.word_bytes && self.format.degree == 1 =>
            {
                let count = u64::try_from(*count);
                let count = count.map_err(|_| NotOffered::Unsupported("a negative count"))?;
                (Term::zero(self.p), StoreKind::Count(count))
            }
            _ => return Err(NotOffered::Unsupported("a sum of this type")),
        };
        self.stores.push(SpecStore {
            view,
            index,
            coord: 0,
            inner: None,
            value,
            how,
        });
        Ok(())
    }

    /// Notes that a name is below a field, where the instruction does not refuse.
    pub(super) fn bounded(&mut self, condition: &Expr) {
        let ExprKind::Binary(BinOp::LtU, name, bound) = &condition.kind else {
            return;
        };
        let (ExprKind::Var(name), ExprKind::Field(bound)) = (&name.kind, &bound.kind) else {
            return;
        };
        let (chosen, part) = match self.env[name.0 as usize] {
            Some(Bound::Chosen(chosen)) => (chosen, None),
            Some(Bound::Part(chosen, part)) => (chosen, part),
            _ => return,
        };
        if let Ix::Var { var, scale, offset } = chosen.at
            && Some(var) == self.row
        {
            let view = chosen.view;
            self.env[name.0 as usize] = Some(Bound::Below(WordIx {
                view,
                var,
                scale,
                offset,
                part,
                bound: *bound,
            }));
        }
    }

    /// A word that is copied, whatever it is. One format stands for all with words of this size.
    fn cell(&self, value: &Expr) -> Result<Term<SpecAtom>, NotOffered> {
        if self.format.degree != 1 {
            return Err(NotOffered::Format);
        }
        let ExprKind::View { view, index } = &value.kind else {
            return Err(NotOffered::Unsupported("a computed word"));
        };
        if self.view(*view)?.elem != Elem::Cell {
            return Err(NotOffered::Unsupported("a copy to another type"));
        }
        let word = SpecAtom::Read {
            view: *view,
            index: self.index(index)?,
            coord: 0,
            raw: true,
            bytes: self.format.word_bytes,
            optional: false,
        };
        Ok(Term::atom(self.p, word))
    }

    pub(super) fn view(&self, view: FieldId) -> Result<&View, NotOffered> {
        match self.fields.get(view.0 as usize) {
            Some(FieldType::View(v)) => Ok(v),
            _ => Err(NotOffered::Unsupported("a field that is no view")),
        }
    }

    pub(super) fn index(&self, index: &[Expr]) -> Result<Vec<Ix>, NotOffered> {
        let one = |e: &Expr| match e.kind {
            ExprKind::Var(var) if matches!(self.env[var.0 as usize], Some(Bound::Index)) => {
                Ok(Ix::Var {
                    var,
                    scale: 1,
                    offset: 0,
                })
            }
            ExprKind::Var(var) if matches!(self.env[var.0 as usize], Some(Bound::First)) => {
                Ok(Ix::Lit(0))
            }
            ExprKind::Var(var) => match self.env[var.0 as usize] {
                Some(Bound::Below(word)) => Ok(Ix::Word(word)),
                _ => Err(NotOffered::Unsupported("an index that is no loop index")),
            },
            ExprKind::Int(n) => u32::try_from(n)
                .map(Ix::Lit)
                .map_err(|_| NotOffered::Unsupported("a large index")),
            _ => Err(NotOffered::Unsupported("an index that is no loop index")),
        };
        index.iter().map(one).collect()
    }

    /// An element with all coordinates of the format's extension.
    pub(super) fn widen(&self, mut words: Coordinates) -> Coordinates {
        words.resize(self.format.degree, Term::zero(self.p));
        words
    }

    fn kind_degree(&self, kind: Kind) -> usize {
        match kind {
            Kind::Base => 1,
            Kind::Ext => self.format.degree,
        }
    }

    fn atoms(&self, kind: Kind, atom: impl Fn(u32) -> SpecAtom) -> Coordinates {
        (0..self.kind_degree(kind))
            .map(|c| Term::atom(self.p, atom(c as u32)))
            .collect()
    }

    pub(super) fn element(&mut self, e: &Expr) -> Result<Coordinates, NotOffered> {
        let p = self.p;
        match &e.kind {
            ExprKind::Int(c) => {
                let c = c.rem_euclid(i128::from(p)) as u64;
                Ok(vec![Term::constant(p, term::mul(p, c, self.r))])
            }
            ExprKind::Field(field) => match self.fields.get(field.0 as usize) {
                Some(FieldType::Felt(kind)) => Ok(self.atoms(*kind, |coord| SpecAtom::Scalar {
                    field: *field,
                    coord,
                })),
                _ => Err(NotOffered::Unsupported("an integer field as an element")),
            },
            ExprKind::Var(var) => match &self.env[var.0 as usize] {
                Some(Bound::Element(words)) => Ok(words.clone()),
                _ => Err(NotOffered::Unsupported("an index as an element")),
            },
            ExprKind::View { view, index } => {
                let index = self.index(index)?;
                match self.view(*view)?.elem {
                    Elem::Word(_) | Elem::Cell => {
                        Err(NotOffered::Unsupported("a word as an element"))
                    }
                    Elem::Felt(kind) => Ok(self.atoms(kind, |coord| SpecAtom::Read {
                        view: *view,
                        index: index.clone(),
                        coord,
                        raw: false,
                        bytes: self.format.word_bytes,
                        optional: false,
                    })),
                }
            }
            ExprKind::Unary(UnOp::ToFelt, arg) if self.bits(arg).is_some() => {
                let bits = self.bits(arg).ok_or(NotOffered::TooLarge)?;
                Ok(vec![
                    Term::atom(p, SpecAtom::Bits(Box::new(bits))).scale(self.r),
                ])
            }
            ExprKind::If(condition, zero, other)
                if zero.kind == ExprKind::Int(0) && !matches!(other.kind, ExprKind::Int(_)) =>
            {
                self.unless_zero(condition, other)
            }
            ExprKind::If(condition, first, second)
                if let Some(comparison) = self.comparison(condition) =>
            {
                let (comparison, holds) = comparison;
                let one_where = match (&first.kind, &second.kind) {
                    (ExprKind::Int(1), ExprKind::Int(0)) => true,
                    (ExprKind::Int(0), ExprKind::Int(1)) => false,
                    _ => return Err(NotOffered::Unsupported("a choice that is no flag")),
                };
                let flag = Term::atom(p, comparison).scale(self.r);
                if one_where == holds {
                    return Ok(vec![flag]);
                }
                let negated = Term::constant(p, self.r).sub(&flag);
                Ok(vec![negated.ok_or(NotOffered::TooLarge)?])
            }
            ExprKind::If(condition, one, zero)
                if one.kind == ExprKind::Int(1) && zero.kind == ExprKind::Int(0) =>
            {
                let ExprKind::Binary(BinOp::Eq, bits, key) = &condition.kind else {
                    return Err(NotOffered::Unsupported("a condition that is no equality"));
                };
                let key = self.chosen(key);
                match (self.bits(bits), key) {
                    (Some(mut bits), Some(key)) => {
                        bits.key = Some(key);
                        Ok(vec![
                            Term::atom(p, SpecAtom::Bits(Box::new(bits))).scale(self.r),
                        ])
                    }
                    _ => Err(NotOffered::Unsupported("a condition on a computed word")),
                }
            }
            ExprKind::Reduce {
                op: ReduceOp::Prod, ..
            } => {
                let equal = self
                    .adjacent(e)
                    .ok_or(NotOffered::Unsupported("a product"))?;
                Ok(vec![Term::atom(p, equal).scale(self.r)])
            }
            // 1 where it is not equal.
            ExprKind::Unary(UnOp::ToFelt, arg) if self.differs(arg).is_some() => {
                let equal = self.differs(arg).ok_or(NotOffered::TooLarge)?;
                let equal = self
                    .adjacent(equal)
                    .ok_or(NotOffered::Unsupported("a product"))?;
                let one = Term::constant(p, self.r);
                let differ = one.sub(&Term::atom(p, equal).scale(self.r));
                Ok(vec![differ.ok_or(NotOffered::TooLarge)?])
            }
            ExprKind::Unary(UnOp::ToFelt, arg) => match &arg.kind {
                ExprKind::View { view, index } => {
                    let Elem::Word(bytes) = self.view(*view)?.elem else {
                        return Err(NotOffered::Unsupported("the conversion of an element"));
                    };
                    let index = self.index(index)?;
                    let word = SpecAtom::Read {
                        view: *view,
                        index,
                        coord: 0,
                        raw: true,
                        bytes,
                        optional: false,
                    };
                    Ok(vec![Term::atom(p, word).scale(self.r)])
                }
                _ => Err(NotOffered::Unsupported("the conversion of a computed word")),
            },
            ExprKind::Unary(UnOp::Neg, arg) => Ok(self
                .element(arg)?
                .into_iter()
                .map(|t| t.scale(p - 1))
                .collect()),
            ExprKind::Unary(UnOp::Inv, arg) => {
                let words = self.element(arg)?;
                let [word] = &words[..] else {
                    return Err(NotOffered::Unsupported("an inverse in a proper extension"));
                };
                let inverse = Term::atom(p, SpecAtom::Inv(Box::new(word.clone())));
                Ok(vec![inverse.scale(term::mul(p, self.r, self.r))])
            }
            ExprKind::Binary(op @ (BinOp::Add | BinOp::Sub), x, y) => {
                let (mut x, mut y) = (self.element(x)?, self.element(y)?);
                let degree = x.len().max(y.len());
                x.resize(degree, Term::zero(p));
                y.resize(degree, Term::zero(p));
                let combine = |(a, b): (&Term<SpecAtom>, &Term<SpecAtom>)| match op {
                    BinOp::Add => a.add(b),
                    _ => a.sub(b),
                };
                x.iter()
                    .zip(&y)
                    .map(combine)
                    .collect::<Option<_>>()
                    .ok_or(NotOffered::TooLarge)
            }
            ExprKind::Binary(BinOp::Mul, x, y) => {
                let (x, y) = (self.element(x)?, self.element(y)?);
                self.product(&x, &y).ok_or(NotOffered::TooLarge)
            }
            ExprKind::Reduce {
                op: ReduceOp::Sum,
                var,
                bound,
                body,
            } => {
                let ExprKind::Field(extent) = bound.kind else {
                    return Err(NotOffered::Unsupported("a sum whose bound is not a field"));
                };
                self.env[var.0 as usize] = Some(Bound::Index);
                let body = self.element(body)?;
                Ok(body
                    .into_iter()
                    .map(|body| {
                        if body.is_zero() {
                            return body;
                        }
                        Term::atom(
                            p,
                            SpecAtom::Sum(Box::new(SpecSum {
                                var: *var,
                                extent,
                                body,
                            })),
                        )
                    })
                    .collect())
            }
            _ => Err(NotOffered::Unsupported("a term outside of the normal form")),
        }
    }

    /// The words of a product: schoolbook, then the reduction polynomial; each product of words has a factor R^-1.
    fn product(&self, x: &Coordinates, y: &Coordinates) -> Option<Coordinates> {
        let mut wide = vec![Term::zero(self.p); x.len() + y.len() - 1];
        for (i, a) in x.iter().enumerate() {
            for (j, b) in y.iter().enumerate() {
                wide[i + j] = wide[i + j].add(&a.mul(b)?.scale(self.r_inverse))?;
            }
        }
        let degree = self.format.degree;
        while wide.len() > degree.max(1) {
            let top = wide.len() - 1;
            let high = wide.pop()?;
            for (k, &r) in self.reduction.iter().enumerate() {
                let at = top - degree + k;
                wide[at] = wide[at].add(&high.scale(r))?;
            }
        }
        Some(wide)
    }
}
