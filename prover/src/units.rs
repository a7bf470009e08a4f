//! The columns of the look-ups, computed by the software units.
//!
//! A row of a table sends or receives messages; each is a fraction, its multiplicity divided by a fingerprint. Multiplicities and fingerprints are affine in
//! the cells, so that the fused LogUp instruction of the accelerator takes them: a look-up of Plonky3 with several messages is one operation for each,
//! whose fractions are added, and so are the running sums. The result is that of Plonky3's gadget, element by element.
//!
//! Rows are divided into blocks that stay in the caches, and blocks among threads. As the ISA has it, a unit may refuse: a table with
//! other than affine messages, with few rows, over a field without units, or with a denominator that is zero is left to the gadget.

use p3_air::symbolic::{BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression};
use p3_field::{BasedVectorSpace, ExtensionField, PrimeField32};
use p3_lookup::{Lookup, LookupTerminal};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;
use std::collections::BTreeMap;
use zktr_emu::fast;
use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::algebra::Kind;
use zktr_isa::model::{Descriptor, Elem, FieldType, Format, Reduction, SLOT_BYTES};

/// The instruction: a column of fractions and one of the sums of those before.
const INSTRUCTION: &str = "zktr.mlogup";
const MODE: &str = "sum-before";
/// Rows of a block.
const BLOCK: usize = 1 << 12;
/// Where the memory of a unit begins.
const BASE: u64 = 0x1000;
/// Bytes of a word of a field that is proved over.
const WORD: usize = 4;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Main(usize),
    Preprocessed(usize),
}

/// A constant and a sum of columns with coefficients.
#[derive(Debug, Clone)]
struct Affine<E> {
    constant: E,
    terms: BTreeMap<Column, E>,
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
            SymbolicExpr::Neg { x, .. } => Some(Self::zero().plus(F::NEG_ONE, &Self::of(x)?)),
            SymbolicExpr::Mul { x, y, .. } => {
                let (x, y) = (Self::of(x)?, Self::of(y)?);
                if x.terms.is_empty() {
                    Some(Self::zero().plus(x.constant, &y))
                } else if y.terms.is_empty() {
                    Some(Self::zero().plus(y.constant, &x))
                } else {
                    None
                }
            }
        }
    }
}

impl<E: p3_field::Field> Affine<E> {
    fn zero() -> Self {
        Self {
            constant: E::ZERO,
            terms: BTreeMap::new(),
        }
    }

    /// Adds `factor` times another one.
    fn plus<F: p3_field::Field>(mut self, factor: E, other: &Affine<F>) -> Self
    where
        E: ExtensionField<F>,
    {
        self.constant += factor * other.constant;
        for (column, coefficient) in &other.terms {
            *self.terms.entry(*column).or_insert(E::ZERO) += factor * *coefficient;
        }
        self
    }
}

/// A message as a fraction.
struct Fraction<F, E> {
    /// Which look-up it belongs to.
    lookup: usize,
    numerator: Affine<F>,
    denominator: Affine<E>,
}

/// The units of a spec for the elements of a field and its extension.
pub(crate) struct Units<'a> {
    spec: &'a Spec,
    instruction: usize,
    descriptor: &'a Descriptor,
    mode: u8,
    format: &'a Format,
}

impl<'a> Units<'a> {
    /// None if the spec has no such instruction, or no format with canonical words for the extension of degree four with `x^4 = w`.
    pub(crate) fn new(spec: &'a Spec, modulus: u32, w: u32) -> Option<Self> {
        let instruction = spec.instruction(INSTRUCTION)?;
        let modes = &spec.instructions[instruction].modes;
        let reduction = Reduction::Polynomial(vec![u64::from(w), 0, 0, 0]);
        Some(Self {
            spec,
            instruction,
            descriptor: spec.descriptor_of(instruction)?,
            mode: modes.iter().find(|mode| mode.name == MODE)?.code,
            format: spec.formats.iter().find(|format| {
                format.modulus == u64::from(modulus)
                    && format.montgomery == 1
                    && format.reduction == reduction
            })?,
        })
    }

    /// The permutation trace and the terminal of a table, as `LogUpGadget::generate_permutation` gives them, with extension elements as
    /// their coordinates. None where that is left to the gadget.
    pub(crate) fn permutation<F, E>(
        &self,
        main: &RowMajorMatrix<F>,
        preprocessed: Option<&RowMajorMatrix<F>>,
        lookups: &[Lookup<F>],
        challenges: &[E],
    ) -> Option<(RowMajorMatrix<F>, LookupTerminal<E>)>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let fractions = fractions(lookups, challenges)?;
        let width = (lookups.len() + 1) * E::DIMENSION;
        let mut values = F::zero_vec(main.height() * width);
        let sums = values
            .par_chunks_mut(BLOCK * width)
            .enumerate()
            .map(|(number, out)| {
                let block = Block {
                    main,
                    preprocessed,
                    first: number * BLOCK,
                    rows: out.len() / width,
                };
                let mut sum = E::ZERO;
                for fraction in &fractions {
                    sum += self.fraction(&block, fraction, out, width)?;
                }
                Some(sum)
            });
        let sums: Vec<E> = sums.collect::<Option<_>>()?;
        // Each block has begun with zero.
        let mut total = E::ZERO;
        let before: Vec<E> = sums
            .into_iter()
            .map(|sum| {
                let before = total;
                total += sum;
                before
            })
            .collect();
        values
            .par_chunks_mut(BLOCK * width)
            .zip(before)
            .for_each(|(block, before)| {
                let before = before.as_basis_coefficients_slice();
                for row in block.chunks_exact_mut(width) {
                    for (cell, before) in row.iter_mut().zip(before) {
                        *cell += *before;
                    }
                }
            });
        Some((RowMajorMatrix::new(values, width), LookupTerminal(total)))
    }

    /// Adds a fraction of the rows of a block to its look-up's column, and the sums before to the first one. The result is the sum of all rows.
    fn fraction<F, E>(
        &self,
        block: &Block<'_, F>,
        fraction: &Fraction<F, E>,
        out: &mut [F],
        width: usize,
    ) -> Option<E>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let (n, columns) = (block.rows, fraction.denominator.terms.len());
        let element = E::DIMENSION * WORD;
        let mut words: Vec<u32> = Vec::new();
        let place = |words: &mut Vec<u32>| BASE + (words.len() * WORD) as u64;
        let a = place(&mut words);
        for column in fraction.denominator.terms.keys() {
            words.extend(block.column(*column).map(|cell| cell.as_canonical_u32()));
        }
        let m = place(&mut words);
        words.extend((0..n).map(|row| block.value(&fraction.numerator, row).as_canonical_u32()));
        let coefficients = place(&mut words);
        for coefficient in fraction.denominator.terms.values() {
            words.extend(coordinates(*coefficient));
        }
        let last = place(&mut words);
        let perm = last + element as u64;
        let sum = perm + (n * element) as u64;
        words.resize(words.len() + (2 * n + 1) * E::DIMENSION, 0);
        // Descriptors have an alignment of their own.
        words.resize(words.len().next_multiple_of(64), 0);
        let at = place(&mut words);
        let element = element as u64;
        let word = WORD as u64;
        let descriptor = self.describe(
            columns as u32,
            fraction.denominator.constant,
            &[
                ("a", &[a, word, (n * WORD) as u64]),
                ("m", &[m, word]),
                ("coeff", &[coefficients, element]),
                ("last", &[last]),
                ("perm", &[perm, element]),
                ("sum", &[sum, element]),
            ],
        )?;
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(descriptor);
        let mut memory = FlatMemory::new(BASE, bytes)?;
        let registers = (at, n as u64);
        let options = fast::Options::default();
        let status = fast::offload(
            self.spec,
            self.instruction,
            registers,
            64,
            &mut memory,
            &options,
        );
        if status != Ok(self.spec.outcomes.success) {
            return None;
        }
        let read = |at: u64, count: usize| {
            let bytes = &memory.bytes()[(at - BASE) as usize..][..count * WORD];
            let words = bytes.as_chunks::<WORD>().0.iter();
            words.map(|word| F::from_u32(u32::from_le_bytes(*word)))
        };
        let dimension = E::DIMENSION;
        let (mut fractions, mut sums) = (read(perm, n * dimension), read(sum, n * dimension));
        let column = (fraction.lookup + 1) * dimension;
        for row in out.chunks_exact_mut(width) {
            row[..dimension]
                .iter_mut()
                .zip(&mut sums)
                .for_each(|(cell, value)| *cell += value);
            let cells = row[column..][..dimension].iter_mut();
            cells
                .zip(&mut fractions)
                .for_each(|(cell, value)| *cell += value);
        }
        E::from_basis_coefficients_iter(read(last, dimension))
    }

    /// The bytes of a descriptor: views are an address and strides, without that of the coordinates, which are adjacent.
    fn describe<F, E>(&self, k: u32, gamma: E, views: &[(&str, &[u64])]) -> Option<Vec<u8>>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let mut bytes = vec![0; self.descriptor.size as usize];
        let mut slot = |at: usize, value: u64| {
            bytes
                .get_mut(at..at + 8)?
                .copy_from_slice(&value.to_le_bytes());
            Some(())
        };
        for field in &self.descriptor.fields {
            let at = field.at as usize;
            match &field.ty {
                FieldType::Felt(_) if field.name == "gamma" => {
                    for (i, word) in coordinates(gamma).enumerate() {
                        slot(at + SLOT_BYTES as usize * i, u64::from(word))?;
                    }
                }
                FieldType::View(view) => {
                    let (_, slots) = views.iter().find(|(name, _)| *name == field.name)?;
                    let coordinates = view.elem == Elem::Felt(Kind::Ext);
                    let slots = slots
                        .iter()
                        .copied()
                        .chain(coordinates.then_some(WORD as u64));
                    for (i, value) in slots.enumerate() {
                        slot(at + 8 * i, value)?;
                    }
                }
                _ => {}
            }
        }
        for field in &self.descriptor.fields {
            let at = field.at as usize;
            match &field.ty {
                FieldType::Format => bytes[at] = self.format.code,
                FieldType::Mode => bytes[at] = self.mode,
                FieldType::Uint(_) if field.name == "k" => {
                    bytes[at..at + 4].copy_from_slice(&k.to_le_bytes());
                }
                // The layout's version: the only value of its field.
                FieldType::Uint(_) => {
                    let instruction = &self.spec.instructions[self.instruction];
                    let values = self.spec.field_values(instruction, field);
                    let mut all = 0..=u8::MAX;
                    bytes[at] = all.find(|&value| {
                        values
                            .as_ref()
                            .is_none_or(|values| values.contains(u64::from(value)))
                    })?;
                }
                _ => {}
            }
        }
        Some(bytes)
    }
}

/// Some rows of a table.
struct Block<'a, F> {
    main: &'a RowMajorMatrix<F>,
    preprocessed: Option<&'a RowMajorMatrix<F>>,
    first: usize,
    rows: usize,
}

impl<F: PrimeField32> Block<'_, F> {
    fn cell(&self, column: Column, row: usize) -> F {
        let (matrix, at) = match (column, self.preprocessed) {
            (Column::Main(at), _) => (self.main, at),
            (Column::Preprocessed(at), Some(matrix)) => (matrix, at),
            (Column::Preprocessed(_), None) => return F::ZERO,
        };
        matrix.values[(self.first + row) * matrix.width + at]
    }

    fn column(&self, column: Column) -> impl Iterator<Item = F> {
        (0..self.rows).map(move |row| self.cell(column, row))
    }

    fn value(&self, form: &Affine<F>, row: usize) -> F {
        let terms = form.terms.iter();
        form.constant
            + terms
                .map(|(column, factor)| *factor * self.cell(*column, row))
                .sum::<F>()
    }
}

/// The messages of a table; none if they are not affine.
fn fractions<F, E>(lookups: &[Lookup<F>], challenges: &[E]) -> Option<Vec<Fraction<F, E>>>
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
            let mut denominator = Affine::zero();
            denominator.constant = alpha;
            let mut power = E::NEG_ONE;
            for element in elements.iter().rev() {
                denominator = denominator.plus(power, &Affine::of(element)?);
                power *= beta;
            }
            out.push(Fraction {
                lookup: at,
                numerator: Affine::of(multiplicity)?,
                denominator,
            });
        }
    }
    Some(out)
}

/// Canonical words of the coordinates.
fn coordinates<F: PrimeField32, E: BasedVectorSpace<F>>(element: E) -> impl Iterator<Item = u32> {
    let words = element.as_basis_coefficients_slice().iter();
    words
        .map(|word| word.as_canonical_u32())
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_air::symbolic::SymbolicVariable;
    use p3_baby_bear::BabyBear;
    use p3_field::PrimeCharacteristicRing;
    use p3_field::extension::BinomialExtensionField;
    use p3_lookup::{Kind as Bus, LogUpGadget, LookupProtocol};

    type F = BabyBear;
    type E = BinomialExtensionField<F, 4>;

    /// A look-up with two messages and one with one, on tables of more than a block and of a few rows.
    #[test]
    fn units_compute_what_the_gadget_computes() {
        let cell = |index| {
            let variable = SymbolicVariable::new(BaseEntry::Main { offset: 0 }, index);
            SymbolicExpression::<F>::from(variable)
        };
        let known = |index| {
            let variable = SymbolicVariable::new(BaseEntry::Preprocessed { offset: 0 }, index);
            SymbolicExpression::<F>::from(variable)
        };
        let number = |value| SymbolicExpression::from(F::from_u32(value));
        let lookup = |column, elements: Vec<_>, multiplicities: Vec<_>| Lookup {
            kind: Bus::Global("bus".to_owned()),
            elements,
            multiplicities,
            count_weight: 1,
            column,
            flags: None,
        };
        let lookups = [
            lookup(
                0,
                vec![
                    vec![cell(0), cell(1) + cell(2) * number(256)],
                    vec![number(5) - known(0)],
                ],
                vec![cell(2), -number(1)],
            ),
            lookup(
                1,
                vec![vec![cell(1), number(3), known(0)]],
                vec![cell(0) + cell(2)],
            ),
        ];
        let challenges: Vec<E> = E::from_u32(77).powers().skip(1).take(4).collect();
        let challenges: Vec<E> = challenges
            .iter()
            .map(|c| *c + E::from_basis_coefficients_fn(|i| F::from_usize(1000 + i)))
            .collect();
        let spec = Spec::builtin();
        let units = Units::new(&spec, F::ORDER_U32, 11).unwrap();
        let matrix = |rows: u32, width: u32, step: u32| {
            let values = (0..rows * width).map(|i| F::from_u32(i * step % 65_537));
            RowMajorMatrix::new(values.collect(), width as usize)
        };
        for rows in [1 << 13, 1 << 6] {
            let (main, pre) = (matrix(rows, 3, 12_345), matrix(rows, 1, 777));
            let (found, sum) = units
                .permutation(&main, Some(&pre), &lookups, &challenges)
                .unwrap();
            let gadget = LogUpGadget::new();
            let (expected, terminal) =
                gadget.generate_permutation(&main, &Some(pre), &[], &lookups, &challenges);
            assert_eq!(found, expected.flatten_to_base());
            assert_eq!(sum.0, terminal.unwrap().0);
        }
        // Too few rows, and what is not affine.
        let (main, pre) = (matrix(4, 3, 5), matrix(4, 1, 7));
        assert!(
            units
                .permutation(&main, Some(&pre), &lookups, &challenges)
                .is_none()
        );
        let square = [lookup(0, vec![vec![cell(0) * cell(1)]], vec![number(1)])];
        let main = matrix(64, 3, 5);
        assert!(
            units
                .permutation(&main, None, &square, &challenges)
                .is_none()
        );
    }
}
