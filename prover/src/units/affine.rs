//! Messages as fractions whose numerators and denominators are affine in the cells of a row.

use p3_air::symbolic::{BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression};
use p3_field::{ExtensionField, Field, PrimeField32};
use p3_lookup::Lookup;
use std::collections::BTreeMap;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Main(usize),
    Preprocessed(usize),
}

/// A constant and a sum of columns with coefficients, of which none is zero.
#[derive(Debug, Clone)]
pub(super) struct Affine<E> {
    pub(super) constant: E,
    pub(super) terms: BTreeMap<Column, E>,
}

impl<F: PrimeField32> Affine<F> {
    /// An expression in cells of the row; none if it is not affine.
    fn of(expression: &SymbolicExpression<F>) -> Option<Self> {
        match expression {
            SymbolicExpr::Leaf(BaseLeaf::Constant(value)) => Some(Self {
                constant: *value,
                terms: BTreeMap::new(),
            }),
            SymbolicExpr::Leaf(BaseLeaf::Variable(variable)) => {
                let column = match variable.entry {
                    BaseEntry::Main { offset: 0 } => Column::Main(variable.index),
                    BaseEntry::Preprocessed { offset: 0 } => Column::Preprocessed(variable.index),
                    _ => return None,
                };
                Some(Self {
                    constant: F::ZERO,
                    terms: BTreeMap::from([(column, F::ONE)]),
                })
            }
            SymbolicExpr::Leaf(_) => None,
            SymbolicExpr::Add { x, y, .. } => Some(Self::of(x)?.plus(F::ONE, &Self::of(y)?)),
            SymbolicExpr::Sub { x, y, .. } => Some(Self::of(x)?.plus(F::NEG_ONE, &Self::of(y)?)),
            SymbolicExpr::Neg { x, .. } => {
                Some(Self::constant(F::ZERO).plus(F::NEG_ONE, &Self::of(x)?))
            }
            SymbolicExpr::Mul { x, y, .. } => {
                let (x, y) = (Self::of(x)?, Self::of(y)?);
                let zero = Self::constant(F::ZERO);
                if x.terms.is_empty() {
                    Some(zero.plus(x.constant, &y))
                } else if y.terms.is_empty() {
                    Some(zero.plus(y.constant, &x))
                } else {
                    None
                }
            }
        }
    }
}

impl<E: Field> Affine<E> {
    fn constant(constant: E) -> Self {
        Self {
            constant,
            terms: BTreeMap::new(),
        }
    }

    fn times(mut self, factor: E) -> Self {
        self.constant *= factor;
        self.terms
            .values_mut()
            .for_each(|coefficient| *coefficient *= factor);
        self
    }

    /// Adds `factor` times another one.
    fn plus<F: Field>(mut self, factor: E, other: &Affine<F>) -> Self
    where
        E: ExtensionField<F>,
    {
        self.constant += factor * other.constant;
        for (column, coefficient) in &other.terms {
            *self.terms.entry(*column).or_insert(E::ZERO) += factor * *coefficient;
        }
        self.terms.retain(|_, coefficient| *coefficient != E::ZERO);
        self
    }
}

/// How often a message is there.
#[derive(Debug)]
pub(super) enum Count<F> {
    /// Always as often.
    Constant(F),
    /// As often as a cell says.
    Cell(Column),
    /// As a sum says.
    Sum(Affine<F>),
}

/// A message as a fraction.
#[derive(Debug)]
pub(super) struct Fraction<F, E> {
    /// Which look-up it belongs to.
    pub(super) lookup: usize,
    pub(super) numerator: Count<F>,
    pub(super) denominator: Affine<E>,
}

impl<F: PrimeField32, E: ExtensionField<F>> Fraction<F, E> {
    /// The factor of a numerator that is a multiple of one cell goes to the denominator, where it costs nothing.
    fn new(lookup: usize, numerator: Affine<F>, denominator: Affine<E>) -> Self {
        let (numerator, denominator) = match numerator.terms.first_key_value() {
            None => (Count::Constant(numerator.constant), denominator),
            Some((&column, factor))
                if numerator.terms.len() == 1 && numerator.constant == F::ZERO =>
            {
                let scale = E::from(factor.inverse());
                (Count::Cell(column), denominator.times(scale))
            }
            Some(_) => (Count::Sum(numerator), denominator),
        };
        Self {
            lookup,
            numerator,
            denominator,
        }
    }

    /// The columns that a unit reads.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        let numerator = match self.numerator {
            Count::Cell(column) => Some(column),
            Count::Constant(_) | Count::Sum(_) => None,
        };
        self.denominator.terms.keys().copied().chain(numerator)
    }
}

/// The messages of a table; none if they are not affine.
pub(super) fn fractions<F, E>(
    lookups: &[Lookup<F>],
    challenges: &[E],
) -> Option<Vec<Fraction<F, E>>>
where
    F: PrimeField32,
    E: ExtensionField<F>,
{
    let mut out = Vec::new();
    for (at, lookup) in lookups.iter().enumerate() {
        let &[alpha, beta] = challenges.get(2 * at..2 * at + 2)? else {
            return None;
        };
        if lookup.flags.is_some() || lookup.column != at {
            return None;
        }
        for (elements, multiplicity) in lookup.elements.iter().zip(&lookup.multiplicities) {
            let mut denominator = Affine::constant(alpha);
            let mut power = E::NEG_ONE;
            for element in elements.iter().rev() {
                denominator = denominator.plus(power, &Affine::of(element)?);
                power *= beta;
            }
            out.push(Fraction::new(at, Affine::of(multiplicity)?, denominator));
        }
    }
    Some(out)
}
