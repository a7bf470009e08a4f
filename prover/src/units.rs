//! The columns of the look-ups, computed by the software units.
//!
//! A row of a table sends or receives messages; each is a fraction, its multiplicity divided by a fingerprint. Multiplicities and fingerprints are affine in
//! the cells, so that the fused LogUp instruction of the accelerator takes them: a look-up of Plonky3 with several messages is one operation for each,
//! whose fractions are added; the running sum is over the sums of rows. The result is that of Plonky3's gadget, element by element.
//!
//! Rows are divided into blocks that stay in the caches, and blocks among threads. As the ISA has it, a unit may refuse: a table with
//! other than affine messages, with few rows, over a field without units, or with a denominator that is zero is left to the gadget.

use p3_air::symbolic::{BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression};
use p3_field::{BasedVectorSpace, ExtensionField, PrimeField32};
use p3_lookup::{Lookup, LookupTerminal};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
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
/// Rows that are transposed at once: a cache line of words.
const TILE: usize = 16;
/// Words between columns: a cache line.
const PADDING: usize = 16;
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
    /// The column that it is, if it is one.
    fn single(&self) -> Option<&Column> {
        let mut terms = self.terms.iter();
        let (column, factor) = terms.next()?;
        let alone = terms.next().is_none() && self.constant == E::ZERO && *factor == E::ONE;
        alone.then_some(column)
    }

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
        let used: BTreeSet<Column> = fractions.iter().flat_map(Fraction::columns).collect();
        let used: Vec<Column> = used.into_iter().collect();
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
                self.block(&block, &fractions, &used, out, width)
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

    /// The look-ups' columns of the rows of a block and its running sum, which begins with zero. The result is the sum of all rows.
    fn block<F, E>(
        &self,
        block: &Block<'_, F>,
        fractions: &[Fraction<F, E>],
        used: &[Column],
        out: &mut [F],
        width: usize,
    ) -> Option<E>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let terms = fractions.iter().map(|f| f.denominator.terms.len());
        let layout = Layout::new(block.rows, terms.max().unwrap_or(0), E::DIMENSION);
        let bytes = vec![0; layout.size(self.descriptor.size)];
        let mut memory = FlatMemory::new(BASE, bytes)?;
        let words = block.transposed(used);
        // Column by column: the running sum's, which has the sums of rows at first, and one for each look-up. A column has some words more
        // than rows, so that the same row of all columns is not in the same set of the caches.
        let len = block.rows * E::DIMENSION;
        let stride = len + PADDING;
        let mut columns = F::zero_vec(width / E::DIMENSION * stride);
        for fraction in fractions {
            self.fraction(block, fraction, (used, &words), &layout, &mut memory)?;
            let results = words_of(&memory.bytes()[layout.perm..layout.sum]);
            let (sums, lookups) = columns.split_at_mut(stride);
            let column = lookups
                .get_mut(fraction.lookup * stride..)?
                .get_mut(..len)?;
            for ((cell, sum), word) in column.iter_mut().zip(sums).zip(results) {
                let value = F::from_u32(word);
                *cell += value;
                *sum += value;
            }
        }
        let mut before = E::ZERO;
        for sum in columns[..len].chunks_exact_mut(E::DIMENSION) {
            let fractions = E::from_basis_coefficients_slice(sum)?;
            sum.copy_from_slice(before.as_basis_coefficients_slice());
            before += fractions;
        }
        for (row, cells) in out.chunks_exact_mut(width).enumerate() {
            let columns = columns.chunks_exact(stride);
            for (cell, column) in cells.chunks_exact_mut(E::DIMENSION).zip(columns) {
                cell.copy_from_slice(&column[row * E::DIMENSION..][..E::DIMENSION]);
            }
        }
        Some(before)
    }

    /// Has the unit compute a fraction in all rows of a block. `columns` are those that are used, with their words.
    fn fraction<F, E>(
        &self,
        block: &Block<'_, F>,
        fraction: &Fraction<F, E>,
        (used, words): (&[Column], &[u32]),
        layout: &Layout,
        memory: &mut FlatMemory,
    ) -> Option<()>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let n = block.rows;
        let column = |column: &Column| {
            let at = used.binary_search(column).ok()?;
            words.get(at * n..(at + 1) * n)
        };
        let terms = &fraction.denominator.terms;
        let bytes = memory.bytes_mut();
        for (name, place) in terms.keys().zip(bytes.chunks_exact_mut(n * WORD)) {
            put(place, column(name)?.iter().copied());
        }
        let place = &mut bytes[layout.m..layout.coefficients];
        match fraction.numerator.single() {
            Some(name) => put(place, column(name)?.iter().copied()),
            None => put(
                place,
                (0..n).map(|row| block.value(&fraction.numerator, row).as_canonical_u32()),
            ),
        }
        put(
            &mut bytes[layout.coefficients..layout.last],
            terms.values().flat_map(|factor| coordinates(*factor)),
        );
        let address = |at: usize| BASE + at as u64;
        let (word, element) = (WORD as u64, (E::DIMENSION * WORD) as u64);
        let descriptor = self.describe(
            terms.len() as u32,
            fraction.denominator.constant,
            &[
                ("a", &[address(0), word, (n * WORD) as u64]),
                ("m", &[address(layout.m), word]),
                ("coeff", &[address(layout.coefficients), element]),
                ("last", &[address(layout.last)]),
                ("perm", &[address(layout.perm), element]),
                ("sum", &[address(layout.sum), element]),
            ],
        )?;
        bytes[layout.descriptor..].copy_from_slice(&descriptor);
        let status = fast::offload(
            self.spec,
            self.instruction,
            (address(layout.descriptor), n as u64),
            64,
            memory,
            &fast::Options::default(),
        );
        (status == Ok(self.spec.outcomes.success)).then_some(())
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

impl<F, E> Fraction<F, E> {
    /// The columns that it reads.
    fn columns(&self) -> impl Iterator<Item = Column> {
        let numerator = self.numerator.terms.keys();
        numerator.chain(self.denominator.terms.keys()).copied()
    }
}

/// Where the memory of a unit has what, in bytes from its beginning: columns of the tuples first.
struct Layout {
    m: usize,
    coefficients: usize,
    last: usize,
    perm: usize,
    sum: usize,
    descriptor: usize,
}

impl Layout {
    /// For so many rows, and tuples of at most so many columns.
    fn new(rows: usize, columns: usize, dimension: usize) -> Self {
        let element = dimension * WORD;
        let m = columns * rows * WORD;
        let coefficients = m + rows * WORD;
        let last = coefficients + columns * element;
        let perm = last + element;
        let sum = perm + rows * element;
        Self {
            m,
            coefficients,
            last,
            perm,
            sum,
            // Descriptors have an alignment of their own.
            descriptor: (sum + rows * element).next_multiple_of(64),
        }
    }

    fn size(&self, descriptor: u32) -> usize {
        self.descriptor + descriptor as usize
    }
}

/// Writes words to the beginning of some bytes.
fn put(bytes: &mut [u8], words: impl Iterator<Item = u32>) {
    let places = bytes.as_chunks_mut::<WORD>().0.iter_mut();
    for (place, word) in places.zip(words) {
        *place = word.to_le_bytes();
    }
}

fn words_of(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let words = bytes.as_chunks::<WORD>().0.iter();
    words.map(|word| u32::from_le_bytes(*word))
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

    /// Canonical words, column by column. Some rows at once, so that neither side leaves the first cache.
    fn transposed(&self, columns: &[Column]) -> Vec<u32> {
        let mut words = vec![0; columns.len() * self.rows];
        for start in (0..self.rows).step_by(TILE) {
            let tile = start..self.rows.min(start + TILE);
            for (column, words) in columns.iter().zip(words.chunks_exact_mut(self.rows)) {
                for (row, word) in tile.clone().zip(&mut words[tile.clone()]) {
                    *word = self.cell(*column, row).as_canonical_u32();
                }
            }
        }
        words
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
