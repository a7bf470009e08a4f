//! Field elements of a row: known, in planes, or functions of a carried value. Sums are collected as linear combinations
//! with coefficients that are known, so that a fingerprint is one operation with few reductions.

use super::{Binding, Halt, Planned, Planner};
use crate::fast::field::Residues;
use crate::fast::lanes::Word;
use crate::fast::program::{Load, Op, Plane, Source};
use crate::golden::arithmetic::Element;
use zktr_isa::algebra::{BinOp, Expr, ExprKind, ReduceOp, Type, UnOp};

/// Columns from which a linear combination is computed in parts, so that they need not be there all at once.
const WIDE_SUM: usize = 16;

/// An element of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Felt {
    /// The same in each row.
    Known(Element),
    /// In planes: one for an element of the base field, or as many as there are coordinates.
    Planes(Vec<Plane>),
    /// `factor * s + add` for a carried value s before the row; without a factor, it is one. Neither part is `Carried`.
    Carried {
        carry: usize,
        factor: Option<Box<Felt>>,
        add: Box<Felt>,
    },
}

impl Felt {
    /// A carried value as it is before the row.
    pub(super) fn carried(carry: usize) -> Self {
        Self::Carried {
            carry,
            factor: None,
            add: Box::new(Self::Known(Element::default())),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Known(element) if *element == Element::default())
    }
}

/// A sum of known multiples.
struct Linear {
    constant: Element,
    terms: Vec<(Vec<Plane>, Element)>,
    /// What has been computed of it.
    part: Option<Vec<Plane>>,
}

impl<W: Word> Planner<'_, '_, '_, W> {
    fn one(&self) -> Element {
        self.field.golden().integer(1)
    }

    /// The value of a term that is an element.
    pub(super) fn felt(&mut self, term: &Expr) -> Planned<Felt> {
        if self.uniform(term) {
            return self
                .known(Element::default(), |evaluator| evaluator.felt(term))
                .map(Felt::Known);
        }
        match &term.kind {
            ExprKind::Unary(UnOp::Neg, _)
            | ExprKind::Binary(BinOp::Add | BinOp::Sub, ..)
            | ExprKind::Reduce {
                op: ReduceOp::Sum, ..
            } if !self.is_carried(term) => self.combination(term),
            ExprKind::Unary(UnOp::Neg, a) => {
                let a = self.felt(a)?;
                self.negative(a)
            }
            ExprKind::Binary(BinOp::Add, a, b) => {
                let (a, b) = (self.felt(a)?, self.felt(b)?);
                self.sum(a, b)
            }
            ExprKind::Binary(BinOp::Sub, a, b) => {
                let (a, b) = (self.felt(a)?, self.felt(b)?);
                let b = self.negative(b)?;
                self.sum(a, b)
            }
            ExprKind::Binary(BinOp::Mul, a, b) => {
                let (a, b) = (self.felt(a)?, self.felt(b)?);
                self.product(a, b)
            }
            ExprKind::Unary(UnOp::Inv, a) => {
                let a = self.felt(a)?;
                self.inverse(&a)
            }
            ExprKind::Unary(UnOp::ToFelt, a) => match a.ty {
                Type::Felt(_) => self.felt(a),
                Type::Bool => Err(Halt::Golden("a truth value as an element")),
                Type::Int => {
                    let word = self.index_word(a)?;
                    self.word_to_felt(word, u64::BITS)
                }
                Type::Bits(width) => {
                    let bits = self.evaluator.bits(width);
                    if bits <= W::BITS
                        && let ExprKind::View { view, index } = &a.kind
                    {
                        let (from, coordinates) = self.access(*view, index)?;
                        return self
                            .load(from, Load::Reduce, &coordinates)
                            .map(Felt::Planes);
                    }
                    let word = self.word(a, bits)?;
                    self.word_to_felt(word, bits)
                }
            },
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let bound = self.bound(bound)?;
                let mut total = Felt::Known(
                    self.field
                        .golden()
                        .integer(i128::from(*op == ReduceOp::Prod)),
                );
                self.unroll(*var, bound, |planner| {
                    let value = planner.felt(body)?;
                    let before = std::mem::replace(&mut total, Felt::Known(Element::default()));
                    total = match op {
                        ReduceOp::Sum => planner.sum(before, value)?,
                        ReduceOp::Prod => planner.product(before, value)?,
                    };
                    Ok(())
                })?;
                Ok(total)
            }
            ExprKind::If(condition, then, otherwise) => {
                if self.uniform(condition) {
                    let chosen = self.known(true, |evaluator| evaluator.boolean(condition))?;
                    return self.felt(if chosen { then } else { otherwise });
                }
                let Source::Plane(condition) = self.boolean(condition)? else {
                    return Err(Halt::Golden("a condition"));
                };
                let then = self.under(condition, true, |planner| planner.felt(then))?;
                let otherwise = self.under(condition, false, |planner| planner.felt(otherwise))?;
                let base = is_base(&then) && is_base(&otherwise);
                let count = if base { 1 } else { self.field.degree };
                let (then, otherwise) = (
                    self.sources(&then, count)?,
                    self.sources(&otherwise, count)?,
                );
                let out = self.planes(count);
                self.push(Op::Select {
                    condition,
                    then,
                    otherwise,
                    out: out.clone(),
                })?;
                Ok(Felt::Planes(out))
            }
            ExprKind::Var(var) => match self.binding(*var).clone() {
                Binding::Felt(felt) => Ok(felt),
                Binding::Int(_) => {
                    let word = self.index_word(term)?;
                    self.word_to_felt(word, u64::BITS)
                }
                _ => Err(Halt::Golden("a name that is no element")),
            },
            ExprKind::View { view, index } => {
                let (from, coordinates) = self.access(*view, index)?;
                self.load(from, Load::Element, &coordinates)
                    .map(Felt::Planes)
            }
            _ => Err(Halt::Golden("a term that is no element")),
        }
    }

    /// True if a term mentions a carried value.
    fn is_carried(&self, term: &Expr) -> bool {
        let mut found = false;
        term.visit(&mut |part| {
            found |= matches!(&part.kind, ExprKind::Var(var)
                if matches!(self.binding(*var), Binding::Felt(Felt::Carried { .. })));
        });
        found
    }

    /// Coordinates from 0 to below `count`.
    pub(super) fn sources(&self, value: &Felt, count: usize) -> Planned<Vec<Source<W>>> {
        match value {
            Felt::Known(element) => {
                let residues = self.field.residues(element);
                Ok(residues[..count]
                    .iter()
                    .map(|&word| Source::Constant(word))
                    .collect())
            }
            Felt::Planes(planes) => {
                let plane = |k| {
                    planes
                        .get(k)
                        .map_or(Source::Constant(W::ZERO), |&p| Source::Plane(p))
                };
                Ok((0..count).map(plane).collect())
            }
            Felt::Carried { .. } => Err(Halt::Golden("a function of a carried value")),
        }
    }

    /// The residue of a word of so many bits.
    fn word_to_felt(&mut self, word: Source<u64>, bits: u32) -> Planned<Felt> {
        match word {
            Source::Constant(word) => Ok(Felt::Known(self.field.golden().bits(u128::from(word)))),
            Source::Plane(a) => {
                let out = self.plane();
                self.push(Op::ToFelt { a, bits, out })?;
                Ok(Felt::Planes(vec![out]))
            }
        }
    }

    fn inverse(&mut self, a: &Felt) -> Planned<Felt> {
        let a = match a {
            Felt::Planes(planes) => planes.clone(),
            // Of a program's ring: the inverse of a base element is one.
            Felt::Known(_) | Felt::Carried { .. } => {
                return Err(Halt::Golden("an inverse of a carried value"));
            }
        };
        let d = a.len();
        let scratch = match (d, self.field.product.binomial) {
            (1, _) => 1,
            (2, Some(_)) => 2,
            (4, Some(_)) => 4,
            _ => d,
        };
        let (out, scratch) = (self.planes(d), self.planes(scratch));
        let (number, when) = (self.next_number(), self.when);
        self.push(Op::Inverse {
            a,
            out: out.clone(),
            scratch,
            number,
            when,
        })?;
        Ok(Felt::Planes(out))
    }

    fn product(&mut self, a: Felt, b: Felt) -> Planned<Felt> {
        let golden = self.field.golden();
        Ok(match (a, b) {
            (Felt::Known(a), Felt::Known(b)) => Felt::Known(golden.mul(&a, &b)),
            (Felt::Known(known), Felt::Planes(planes))
            | (Felt::Planes(planes), Felt::Known(known)) => {
                if known == self.one() {
                    return Ok(Felt::Planes(planes));
                }
                return self.finish(Linear {
                    constant: Element::default(),
                    terms: vec![(planes, known)],
                    part: None,
                });
            }
            (Felt::Planes(a), Felt::Planes(b)) => {
                let out = self.planes(a.len().max(b.len()));
                self.push(Op::Mul {
                    a,
                    b,
                    out: out.clone(),
                })?;
                Felt::Planes(out)
            }
            (Felt::Carried { .. }, Felt::Carried { .. }) => {
                return Err(Halt::Golden("a square of a carried value"));
            }
            (Felt::Carried { carry, factor, add }, other)
            | (other, Felt::Carried { carry, factor, add }) => {
                let factor = match factor {
                    None => other.clone(),
                    Some(factor) => self.product(*factor, other.clone())?,
                };
                let add = if add.is_zero() {
                    *add
                } else {
                    self.product(*add, other)?
                };
                Felt::Carried {
                    carry,
                    factor: Some(Box::new(factor)),
                    add: Box::new(add),
                }
            }
        })
    }

    fn sum(&mut self, a: Felt, b: Felt) -> Planned<Felt> {
        match (a, b) {
            (Felt::Carried { .. }, Felt::Carried { .. }) => {
                Err(Halt::Golden("a sum of carried values"))
            }
            (Felt::Carried { carry, factor, add }, other)
            | (other, Felt::Carried { carry, factor, add }) => {
                let add = Box::new(self.sum(*add, other)?);
                Ok(Felt::Carried { carry, factor, add })
            }
            (a, b) if a.is_zero() => Ok(b),
            (a, b) if b.is_zero() => Ok(a),
            (a, b) => {
                let mut linear = self.nothing();
                let one = self.one();
                self.collect_value(a, &one, &mut linear)?;
                self.collect_value(b, &one, &mut linear)?;
                self.finish(linear)
            }
        }
    }

    fn negative(&mut self, a: Felt) -> Planned<Felt> {
        let less = self.field.golden().integer(-1);
        self.product(a, Felt::Known(less))
    }

    fn nothing(&self) -> Linear {
        Linear {
            constant: Element::default(),
            terms: Vec::new(),
            part: None,
        }
    }

    /// A term without carried values as a linear combination.
    fn combination(&mut self, term: &Expr) -> Planned<Felt> {
        let mut linear = self.nothing();
        let one = self.one();
        self.collect(term, &one, &mut linear)?;
        self.finish(linear)
    }

    /// Adds `factor` times a term.
    fn collect(&mut self, term: &Expr, factor: &Element, linear: &mut Linear) -> Planned<()> {
        if self.uniform(term) {
            let value = self.known(Element::default(), |evaluator| evaluator.felt(term))?;
            return self.collect_value(Felt::Known(value), factor, linear);
        }
        let negative = |planner: &Self| {
            let golden = planner.field.golden();
            golden.sub(&Element::default(), factor)
        };
        match &term.kind {
            ExprKind::Unary(UnOp::Neg, a) => {
                let factor = negative(self);
                self.collect(a, &factor, linear)
            }
            ExprKind::Binary(BinOp::Add, a, b) => {
                self.collect(a, factor, linear)?;
                self.collect(b, factor, linear)
            }
            ExprKind::Binary(BinOp::Sub, a, b) => {
                self.collect(a, factor, linear)?;
                let factor = negative(self);
                self.collect(b, &factor, linear)
            }
            ExprKind::Binary(BinOp::Mul, a, b) if self.uniform(a) => {
                let a = self.known(Element::default(), |evaluator| evaluator.felt(a))?;
                let factor = self.field.golden().mul(factor, &a);
                self.collect(b, &factor, linear)
            }
            ExprKind::Reduce {
                op: ReduceOp::Sum,
                var,
                bound,
                body,
            } => {
                let bound = self.bound(bound)?;
                self.unroll(*var, bound, |planner| planner.collect(body, factor, linear))
            }
            _ => {
                let value = self.felt(term)?;
                self.collect_value(value, factor, linear)
            }
        }
    }

    fn collect_value(&mut self, value: Felt, factor: &Element, linear: &mut Linear) -> Planned<()> {
        match value {
            Felt::Known(element) => {
                let golden = self.field.golden();
                linear.constant = golden.add(&linear.constant, &golden.mul(factor, &element));
            }
            Felt::Planes(planes) => {
                linear.terms.push((planes, *factor));
                let columns: usize = linear.terms.iter().map(|(planes, _)| planes.len()).sum();
                if columns >= WIDE_SUM {
                    self.flush(linear)?;
                }
            }
            Felt::Carried { .. } => return Err(Halt::Golden("a function of a carried value")),
        }
        Ok(())
    }

    /// Computes what has been collected.
    fn flush(&mut self, linear: &mut Linear) -> Planned<()> {
        let (terms, constant) = (
            std::mem::take(&mut linear.terms),
            std::mem::take(&mut linear.constant),
        );
        let now = self.dot(terms, &constant)?;
        linear.part = Some(match linear.part.take() {
            None => now,
            Some(part) => self.add(part, now, false)?,
        });
        Ok(())
    }

    fn finish(&mut self, mut linear: Linear) -> Planned<Felt> {
        if linear.terms.is_empty() && linear.part.is_none() {
            return Ok(Felt::Known(linear.constant));
        }
        if !linear.terms.is_empty() || linear.constant != Element::default() {
            self.flush(&mut linear)?;
        }
        Ok(Felt::Planes(linear.part.unwrap_or_default()))
    }

    /// `a + b`, or `a - b`; the planes of one may be fewer.
    fn add(&mut self, mut a: Vec<Plane>, mut b: Vec<Plane>, minus: bool) -> Planned<Vec<Plane>> {
        let count = a.len().max(b.len());
        for planes in [&mut a, &mut b] {
            while planes.len() < count {
                let zero = self.plane();
                self.push(Op::Dot {
                    terms: Vec::new(),
                    matrix: Vec::new(),
                    constant: vec![W::ZERO],
                    out: vec![zero],
                })?;
                planes.push(zero);
            }
        }
        let out = self.planes(count);
        self.push(Op::Sum {
            a,
            b,
            minus,
            out: out.clone(),
        })?;
        Ok(out)
    }

    fn dot(
        &mut self,
        terms: Vec<(Vec<Plane>, Element)>,
        constant: &Element,
    ) -> Planned<Vec<Plane>> {
        let golden = self.field.golden();
        let (one, less) = (golden.integer(1), golden.integer(-1));
        if *constant == Element::default() {
            match &terms[..] {
                [(planes, factor)] if *factor == one => return Ok(planes.clone()),
                [(a, factor), (b, second)]
                    if *factor == one && (*second == one || *second == less) =>
                {
                    return self.add(a.clone(), b.clone(), *second == less);
                }
                _ => {}
            }
        }
        let is_base = |element: &Element| element[1..].iter().all(|&c| c == 0);
        let widest = terms
            .iter()
            .map(|(planes, _)| planes.len())
            .max()
            .unwrap_or(1);
        let all_base = terms.iter().all(|(_, factor)| is_base(factor));
        let constant = self.field.residues(constant);
        let degree = self.field.degree;
        if all_base {
            // Coordinate by coordinate.
            let count = if is_zero(&constant[1..]) {
                widest
            } else {
                degree
            };
            let mut out = Vec::with_capacity(count);
            for (k, &constant) in constant.iter().enumerate().take(count) {
                let of_coordinate = terms
                    .iter()
                    .filter_map(|(planes, factor)| Some((*planes.get(k)?, factor[0])));
                let (terms, matrix): (Vec<Plane>, Vec<W>) = of_coordinate
                    .map(|(plane, factor)| (plane, self.field.residue(factor)))
                    .unzip();
                let plane = self.plane();
                self.push(Op::Dot {
                    terms,
                    matrix,
                    constant: vec![constant],
                    out: vec![plane],
                })?;
                out.push(plane);
            }
            return Ok(out);
        }
        let (mut columns, mut matrix) = (Vec::new(), Vec::new());
        for (planes, factor) in &terms {
            let of_factor = match &planes[..] {
                [_] => {
                    let mut first =
                        [Residues::<W>::default(); crate::golden::arithmetic::MAX_DEGREE];
                    let residues = self.field.residues(factor);
                    first
                        .iter_mut()
                        .zip(residues)
                        .for_each(|(row, word)| row[0] = word);
                    first
                }
                _ => self.field.matrix(factor),
            };
            for (i, &plane) in planes.iter().enumerate() {
                columns.push(plane);
                matrix.extend(of_factor[..degree].iter().map(|row| row[i]));
            }
        }
        let out = self.planes(degree);
        self.push(Op::Dot {
            terms: columns,
            matrix,
            constant: constant[..degree].to_vec(),
            out: out.clone(),
        })?;
        Ok(out)
    }
}

fn is_zero<W: Word>(residues: &[W]) -> bool {
    residues.iter().all(|&word| word == W::ZERO)
}

/// True for elements of the base field.
fn is_base(value: &Felt) -> bool {
    match value {
        Felt::Known(element) => element[1..].iter().all(|&c| c == 0),
        Felt::Planes(planes) => planes.len() == 1,
        Felt::Carried { .. } => false,
    }
}
