//! Instructions in the normal form, from their entries in the spec.
//!
//! One kernel for each instruction, mode and format. An entry whose meaning is outside of the normal form
//! (an inverse in a proper extension, control flow, memory access) is not offered to loops; why, is
//! said by [`NotOffered`].

use super::bits::{Chosen, SpecAdjacent, SpecBits, SpecSource};
use super::term::{self, Monomial, Replacement, Term};
use zktr_isa::Spec;
use zktr_isa::algebra::{
    BinOp, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Stmt, UnOp, VarId,
};
use zktr_isa::model::{Elem, FieldType, Format, Reduction, View};

/// An index of a view: `scale * var + offset`, a number, or a word that the row reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ix {
    /// Depends on a loop index.
    Var {
        /// The index.
        var: VarId,
        /// Factor: how often the loop is unrolled.
        scale: u32,
        /// Which of the unrolled copies.
        offset: u32,
    },
    /// A number.
    Lit(u32),
    /// `word >> shift & mask`.
    Word(WordIx),
}

/// An index that is a bit field of an element of a vector of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordIx {
    /// The vector.
    pub view: FieldId,
    /// The loop index that says which element, as in [`Ix::Var`].
    pub var: VarId,
    /// Factor of the loop index.
    pub scale: u32,
    /// What is added to it.
    pub offset: u32,
    /// The fields that say how far the word is shifted to the right, and which bits are kept then; none for the whole word.
    pub part: Option<(FieldId, FieldId)>,
    /// The field that the index is below: else the instruction refuses.
    pub bound: FieldId,
}

/// An unknown of an instruction's meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpecAtom {
    /// The word of a coordinate of an element in the descriptor.
    Scalar {
        /// The field.
        field: FieldId,
        /// The coordinate.
        coord: u32,
    },
    /// The word of a coordinate of an element of a view.
    Read {
        /// The view.
        view: FieldId,
        /// Where.
        index: Vec<Ix>,
        /// The coordinate.
        coord: u32,
        /// True for a word that may have any value.
        raw: bool,
        /// Its size.
        bytes: u8,
        /// True if it is not read where the other factor is zero.
        optional: bool,
    },
    /// The word of a coordinate of a carried element, before this row. Index into [`SpecKernel::carries`].
    Carry {
        /// Which.
        carry: u32,
        /// The coordinate.
        coord: u32,
    },
    /// A sum over an inner index.
    Sum(Box<SpecSum>),
    /// The residue whose product with the term is 1.
    Inv(Box<Term<SpecAtom>>),
    /// Bits of a word, or whether they are equal to a key.
    Bits(Box<SpecBits>),
    /// 1 where a word is equal to the one of the row before, and 0 elsewhere.
    Adjacent(Box<SpecAdjacent>),
}

/// `sum(var < extent) { body }`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpecSum {
    /// The index.
    pub var: VarId,
    /// The descriptor field that says how many.
    pub extent: FieldId,
    /// A term of the sum.
    pub body: Term<SpecAtom>,
}

/// State that goes from row to row.
#[derive(Debug, Clone)]
pub struct SpecCarry {
    /// The name in the semantics.
    pub var: VarId,
    /// Words of the coordinates before the first row.
    pub init: Vec<Term<SpecAtom>>,
    /// Words after a row.
    pub step: Vec<Term<SpecAtom>>,
}

/// What a row writes.
#[derive(Debug, Clone)]
pub struct SpecStore {
    /// The view.
    pub view: FieldId,
    /// Where.
    pub index: Vec<Ix>,
    /// The coordinate.
    pub coord: u32,
    /// An inner loop around the store: its index, and the field that says how many iterations.
    pub inner: Option<(VarId, FieldId)>,
    /// The word, or what is added to it.
    pub value: Term<SpecAtom>,
    /// What is done with it.
    pub how: StoreKind,
}

/// What a store does with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// Writes a residue.
    Write,
    /// Writes a word that may have any value: it is a copy of another one.
    Copy,
    /// Adds it to the residue that is there.
    Add,
    /// Adds this constant to the word that is there, modulo 2 to the word's width.
    Count(u64),
}

/// An instruction in one mode and format.
#[derive(Debug, Clone)]
pub struct SpecKernel {
    /// Index into the spec's instructions.
    pub instruction: usize,
    /// Index into the instruction's modes.
    pub mode: usize,
    /// Index into the spec's formats.
    pub format: usize,
    /// The row index.
    pub row: VarId,
    /// The operand that says how many rows.
    pub count: OperandId,
    /// Carried state.
    pub carries: Vec<SpecCarry>,
    /// Writes of a row, in order.
    pub stores: Vec<SpecStore>,
    /// Extents of inner loops that are written out.
    pub fixed: Vec<(FieldId, u32)>,
    /// Bytes of a coordinate.
    pub word_bytes: u8,
    /// Views of one element that get a carried element after the last row.
    pub lasts: Vec<(FieldId, u32)>,
    /// The prime of the format.
    pub modulus: u64,
    /// True if a word that is written has an inverse in it.
    pub inverts: bool,
    /// True if a word that is carried has.
    pub carries_inverse: bool,
}

/// Why an instruction is not offered to loops in some mode and format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOffered {
    /// It has no descriptor, or does not count rows.
    NotBulk,
    /// Its meaning has a statement or term outside of the normal form.
    Unsupported(&'static str),
    /// The pass does not know loops over elements of this format.
    Format,
    /// It is too large.
    TooLarge,
}

/// The kernels of all instructions of a spec in all modes and formats that can be matched.
pub fn kernels(spec: &Spec) -> Vec<SpecKernel> {
    let mut kernels = Vec::new();
    for instruction in 0..spec.instructions.len() {
        if spec.instructions[instruction].descriptor().is_none() {
            continue;
        }
        for mode in 0..spec.instructions[instruction].modes.len() {
            for format in 0..spec.formats.len() {
                kernels.extend(kernel(spec, instruction, mode, format));
            }
        }
    }
    kernels
}

/// The kernel of an instruction in a mode and format, by their indices.
pub fn kernel(
    spec: &Spec,
    instruction: usize,
    mode: usize,
    format: usize,
) -> Result<SpecKernel, NotOffered> {
    let inst = &spec.instructions[instruction];
    let (_, descriptor) = inst.descriptor().ok_or(NotOffered::NotBulk)?;
    let count = inst.count().ok_or(NotOffered::NotBulk)?;
    let fields = &spec.descriptors[descriptor].fields;
    let format_data = &spec.formats[format];
    let p = format_data.modulus;
    let (r, reduction) = offered(format_data).ok_or(NotOffered::Format)?;
    let mut builder = Builder {
        fields: fields.iter().map(|f| &f.ty).collect(),
        format: format_data,
        reduction,
        p,
        r,
        r_inverse: term::inverse(p, r),
        env: vec![None; inst.modes[mode].semantics.vars.len()],
        carries: Vec::new(),
        carry_of: Vec::new(),
        stores: Vec::new(),
        lasts: Vec::new(),
        fixed: Vec::new(),
        row: None,
    };
    builder.top(&inst.modes[mode].semantics.body, count)?;
    let row = builder.row.ok_or(NotOffered::NotBulk)?;
    let mut steps = builder.carries.iter().flat_map(|c| &c.step);
    Ok(SpecKernel {
        modulus: p,
        inverts: builder.stores.iter().any(|s| has_inverse(&s.value)),
        carries_inverse: steps.any(has_inverse),
        instruction,
        mode,
        format,
        row,
        count,
        carries: builder.carries,
        stores: builder.stores,
        lasts: builder.lasts,
        fixed: builder.fixed,
        word_bytes: format_data.word_bytes,
    })
}

fn has_inverse(term: &Term<SpecAtom>) -> bool {
    term.any(&mut |a| match a {
        SpecAtom::Inv(_) => true,
        SpecAtom::Sum(sum) => has_inverse(&sum.body),
        _ => false,
    })
}

/// R modulo p and the reduction polynomial of a format whose elements loops are known to compute with: canonical or in
/// Montgomery form with R as large as a word, a residue in each word.
fn offered(format: &Format) -> Option<(u64, &[u64])> {
    let Reduction::Polynomial(reduction) = &format.reduction else {
        return None;
    };
    let words = 1u128 << (8 * u32::from(format.word_bytes));
    let known = format.montgomery == 1 || format.montgomery == words;
    if !matches!(format.word_bytes, 4 | 8) || format.accepts_modulus || !known {
        return None;
    }
    let r = (format.montgomery % u128::from(format.modulus)) as u64;
    Some((r, reduction))
}

type Coordinates = Vec<Term<SpecAtom>>;

#[derive(Clone)]
enum Bound {
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

struct Builder<'s> {
    fields: Vec<&'s FieldType>,
    format: &'s Format,
    /// The coefficients of its reduction polynomial.
    reduction: &'s [u64],
    p: u64,
    /// R and its inverse in the field.
    r: u64,
    r_inverse: u64,
    env: Vec<Option<Bound>>,
    carries: Vec<SpecCarry>,
    /// The carry's index in `carries`, by its name.
    carry_of: Vec<VarId>,
    stores: Vec<SpecStore>,
    lasts: Vec<(FieldId, u32)>,
    fixed: Vec<(FieldId, u32)>,
    row: Option<VarId>,
}

impl Builder<'_> {
    fn top(&mut self, body: &[Stmt], count: OperandId) -> Result<(), NotOffered> {
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
    fn bounded(&mut self, condition: &Expr) {
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

    fn view(&self, view: FieldId) -> Result<&View, NotOffered> {
        match self.fields.get(view.0 as usize) {
            Some(FieldType::View(v)) => Ok(v),
            _ => Err(NotOffered::Unsupported("a field that is no view")),
        }
    }

    fn index(&self, index: &[Expr]) -> Result<Vec<Ix>, NotOffered> {
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
    fn widen(&self, mut words: Coordinates) -> Coordinates {
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

    fn element(&mut self, e: &Expr) -> Result<Coordinates, NotOffered> {
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

    /// `if x == 0 { 0 } else { value }`, where x is a factor of the value: that is the value, but that other elements are not
    /// read where x is zero.
    fn unless_zero(&mut self, condition: &Expr, value: &Expr) -> Result<Coordinates, NotOffered> {
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
    fn differs<'t>(&self, e: &'t Expr) -> Option<&'t Expr> {
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
    fn adjacent(&mut self, e: &Expr) -> Option<SpecAtom> {
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

    /// What a name stands for that is bound to a word, not to an element: an index from a vector, or a difference.
    fn word(&self, value: &Expr) -> Option<Bound> {
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
    fn part(&self, e: &Expr) -> Option<Bound> {
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
    fn chosen(&self, e: &Expr) -> Option<Chosen> {
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
    fn bits(&self, e: &Expr) -> Option<SpecBits> {
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

impl SpecKernel {
    /// The same instruction looked at `rows` rows at a time, and at `columns` iterations of its stores' inner loop.
    pub fn unrolled(&self, rows: u32, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        if columns > 1 {
            kernel = kernel.unrolled_columns(columns)?;
        }
        if rows > 1 {
            kernel = kernel.unrolled_rows(rows)?;
        }
        Some(kernel)
    }

    fn unrolled_rows(&self, rows: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        // The state before the copy that is being made, in terms of the state before the first.
        let mut state: Vec<Coordinates> = self
            .carries
            .iter()
            .enumerate()
            .map(|(carry, c)| {
                let atom = |coord| SpecAtom::Carry {
                    carry: carry as u32,
                    coord: coord as u32,
                };
                let p = |i: usize| c.init[i].modulus();
                (0..c.init.len())
                    .map(|i| Term::atom(p(i), atom(i)))
                    .collect()
            })
            .collect();
        for copy in 0..rows {
            let place = |t: &Term<SpecAtom>| {
                let t = map_index(t, self.row, rows, copy)?;
                t.substitute(&|a| {
                    Some(match a {
                        SpecAtom::Carry { carry, coord } => {
                            Replacement::By(state[*carry as usize][*coord as usize].clone())
                        }
                        _ => Replacement::Keep,
                    })
                })
            };
            for store in &self.stores {
                kernel.stores.push(SpecStore {
                    index: store
                        .index
                        .iter()
                        .map(|&i| unroll_index(i, self.row, rows, copy))
                        .collect(),
                    value: place(&store.value)?,
                    ..store.clone()
                });
            }
            state = self
                .carries
                .iter()
                .map(|c| c.step.iter().map(place).collect::<Option<Vec<_>>>())
                .collect::<Option<_>>()?;
        }
        for (carry, step) in kernel.carries.iter_mut().zip(state) {
            carry.step = step;
        }
        Some(kernel)
    }

    fn unrolled_columns(&self, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        for store in &self.stores {
            let (var, _) = store.inner?;
            for copy in 0..columns {
                kernel.stores.push(SpecStore {
                    index: store
                        .index
                        .iter()
                        .map(|&i| unroll_index(i, var, columns, copy))
                        .collect(),
                    value: map_index(&store.value, var, columns, copy)?,
                    ..store.clone()
                });
            }
        }
        Some(kernel)
    }

    /// The same with the stores' inner loop written out: `columns` stores for each, and no inner loop.
    pub fn written_out(&self, columns: u32) -> Option<Self> {
        let mut kernel = self.clone();
        kernel.stores.clear();
        for store in &self.stores {
            let (var, extent) = store.inner?;
            if !kernel.fixed.contains(&(extent, columns)) {
                kernel.fixed.push((extent, columns));
            }
            for column in 0..columns {
                let fix = |ix: &Ix| match *ix {
                    Ix::Var {
                        var: v,
                        scale,
                        offset,
                    } if v == var => Ix::Lit(scale * column + offset),
                    other => other,
                };
                kernel.stores.push(SpecStore {
                    index: store.index.iter().map(fix).collect(),
                    inner: None,
                    value: fix_index(&store.value, var, column)?,
                    ..store.clone()
                });
            }
        }
        Some(kernel)
    }
}

fn unroll_index(ix: Ix, of: VarId, by: u32, copy: u32) -> Ix {
    match ix {
        Ix::Var { var, scale, offset } if var == of => Ix::Var {
            var,
            scale: scale * by,
            offset: offset + scale * copy,
        },
        Ix::Word(word) if word.var == of => Ix::Word(WordIx {
            scale: word.scale * by,
            offset: word.offset + word.scale * copy,
            ..word
        }),
        other => other,
    }
}

/// Replaces the index `of` by `by * of + copy`.
pub fn map_index(t: &Term<SpecAtom>, of: VarId, by: u32, copy: u32) -> Option<Term<SpecAtom>> {
    map_reads(t, &|ix| unroll_index(ix, of, by, copy))
}

/// Replaces the index `of` by a number.
pub fn fix_index(t: &Term<SpecAtom>, of: VarId, number: u32) -> Option<Term<SpecAtom>> {
    map_reads(t, &|ix| match ix {
        Ix::Var { var, scale, offset } if var == of => Ix::Lit(scale * number + offset),
        other => other,
    })
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

fn map_reads(t: &Term<SpecAtom>, f: &dyn Fn(Ix) -> Ix) -> Option<Term<SpecAtom>> {
    let p = t.modulus();
    t.substitute(&|a| {
        Some(Replacement::By(Term::atom(
            p,
            match a {
                SpecAtom::Read {
                    view,
                    index,
                    coord,
                    raw,
                    bytes,
                    optional,
                } => SpecAtom::Read {
                    view: *view,
                    index: index.iter().map(|&i| f(i)).collect(),
                    coord: *coord,
                    raw: *raw,
                    bytes: *bytes,
                    optional: *optional,
                },
                SpecAtom::Sum(sum) => SpecAtom::Sum(Box::new(SpecSum {
                    body: map_reads(&sum.body, f)?,
                    ..(**sum).clone()
                })),
                SpecAtom::Inv(inner) => SpecAtom::Inv(Box::new(map_reads(inner, f)?)),
                SpecAtom::Bits(bits) => SpecAtom::Bits(Box::new(bits.map(f))),
                SpecAtom::Adjacent(adjacent) => SpecAtom::Adjacent(Box::new(SpecAdjacent {
                    row: f(adjacent.row),
                    ..**adjacent
                })),
                other => other.clone(),
            },
        )))
    })
}
