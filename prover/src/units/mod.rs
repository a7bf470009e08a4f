//! The columns of the look-ups, computed by the software units.
//!
//! A row of a table sends or receives messages; each is a fraction, its multiplicity divided by a fingerprint. Multiplicities and fingerprints are affine in
//! the cells, so that the fused LogUp instruction of the accelerator takes them: a look-up of Plonky3 with several messages is one operation for each,
//! whose fractions are added; the running sum is over the sums of rows. The result is that of Plonky3's gadget, element by element.
//!
//! Rows are divided into blocks that stay in the caches, and blocks among threads. As the ISA has it, a unit may refuse: a table with
//! other than affine messages, with few rows, over a field without units, or with a denominator that is zero is left to the gadget.

mod affine;
mod rows;

use affine::{Affine, Column, Count, Fraction, fractions};
use p3_field::{BasedVectorSpace, ExtensionField, PrimeField32};
use p3_lookup::{Lookup, LookupTerminal};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_maybe_rayon::prelude::*;
use rows::{Constants, Layout, Rows, WORD, add, element, felt, put, store};
use std::collections::BTreeSet;
use zktr_emu::fast::{self, Prepared};
use zktr_emu::memory::FlatMemory;
use zktr_isa::Spec;
use zktr_isa::algebra::Kind;
use zktr_isa::model::{Descriptor, Elem, FieldType, Format, Reduction, SLOT_BYTES};

/// The instruction: a column of fractions and one of the sums of those before.
const INSTRUCTION: &str = "zktr.mlogup";
const MODE: &str = "sum-before";
/// Rows of a block.
const BLOCK: usize = 1 << 11;
/// The degree of the extension.
const DEGREE: usize = 4;
/// Parts of a table for each thread, at most: one that is late delays the others by no more.
const PARTS: usize = 4;
/// Where the memory of a unit begins.
const BASE: u64 = 0x1000;

/// What a unit computes in each block: a message of all rows.
struct Job<'a, F> {
    unit: Prepared<'a>,
    success: u64,
    /// Which look-up it belongs to.
    lookup: usize,
    /// The columns of its tuple, if they are to be copied to where the unit reads them.
    moved: Vec<usize>,
    /// Its numerators, if they are to be computed.
    sum: Option<Affine<F>>,
}

impl<F: PrimeField32> Job<'_, F> {
    /// Has the unit compute the fractions of a block, whose columns are in memory.
    fn run(&self, rows: &Rows<'_, F>, layout: &Layout, memory: &mut FlatMemory) -> Option<()> {
        let bytes = memory.bytes_mut();
        for (at, &from) in self.moved.iter().enumerate() {
            let column = from..from + rows.count * WORD;
            bytes.copy_within(column, layout.tuple + at * layout.column);
        }
        if let Some(sum) = &self.sum {
            let words = rows.values(sum).into_iter();
            put(
                &mut bytes[layout.m..layout.sum],
                words.map(|value| value.to_unique_u32()),
            );
        }
        (self.unit.execute(memory) == Ok(self.success)).then_some(())
    }
}

/// The look-ups' columns of the rows of a block and its running sum, which begins with zero. The result is the sum of all rows.
fn block<F, E>(
    rows: &Rows<'_, F>,
    used: &[Column],
    jobs: &[Job<'_, F>],
    layout: &Layout,
    memory: &mut FlatMemory,
    out: &mut [F],
    width: usize,
) -> Option<E>
where
    F: PrimeField32,
    E: ExtensionField<F>,
{
    rows.transpose(used, layout, memory.bytes_mut());
    for job in jobs {
        job.run(rows, layout, memory)?;
    }
    // Where the sum of a look-up's fractions belongs, behind the last of them.
    let places = jobs.iter().enumerate().map(|(number, job)| {
        let next = jobs.get(number + 1).map(|next| next.lookup);
        (next != Some(job.lookup)).then_some((job.lookup + 1) * DEGREE)
    });
    let columns = memory.bytes()[layout.perm..].chunks_exact(layout.fraction);
    let columns: Vec<(&[u8], Option<usize>)> = columns.zip(places).collect();
    let mut before = [0; DEGREE];
    for (row, cells) in out.chunks_exact_mut(width).enumerate() {
        store(before, cells)?;
        let mut sum = [0; DEGREE];
        for (column, place) in &columns {
            sum = add::<F>(sum, element(column, row));
            if let Some(place) = place {
                store(sum, &mut cells[*place..])?;
                before = add::<F>(before, sum);
                sum = [0; DEGREE];
            }
        }
    }
    let mut total = vec![F::ZERO; DEGREE];
    store(before, &mut total)?;
    E::from_basis_coefficients_slice(&total)
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
    /// None if the spec has no such instruction, or no format with the words of the field for the extension of degree four with `x^4 = w`.
    pub(crate) fn new<F: PrimeField32>(spec: &'a Spec, w: u32) -> Option<Self> {
        // Units then work on the field's own words, and nothing is converted.
        let one = F::ONE.to_unique_u32();
        let same = [F::ONE, F::NEG_ONE, F::GENERATOR]
            .iter()
            .all(|element| felt(element.to_unique_u32()) == Some(*element));
        if !same || F::ORDER_U32 > 1 << 31 {
            return None;
        }
        let modulus = F::ORDER_U32;
        let instruction = spec.instruction(INSTRUCTION)?;
        let modes = &spec.instructions[instruction].modes;
        let mut polynomial = vec![0; DEGREE];
        polynomial[0] = u64::from(w);
        let reduction = Reduction::Polynomial(polynomial);
        Some(Self {
            spec,
            instruction,
            descriptor: spec.descriptor_of(instruction)?,
            mode: modes.iter().find(|mode| mode.name == MODE)?.code,
            format: spec.formats.iter().find(|format| {
                format.modulus == u64::from(modulus)
                    && format.montgomery % u128::from(modulus) == u128::from(one)
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
        let rows = main.height().min(BLOCK);
        if !main.height().is_multiple_of(rows) || E::DIMENSION != DEGREE {
            return None;
        }
        let entries = fractions.iter().map(|f| f.denominator.terms.len());
        let entries = entries.max().unwrap_or(0);
        let layout = Layout::new(
            (rows, E::DIMENSION),
            used.len(),
            entries,
            fractions.len(),
            self.descriptor.size,
        );
        let mut image = FlatMemory::new(BASE, vec![0; layout.size])?;
        let jobs = fractions.into_iter().enumerate();
        let jobs = jobs.map(|(number, fraction)| {
            let constants = layout.constants(number);
            self.job(fraction, rows, &used, (&layout, &constants), &mut image)
        });
        let jobs: Vec<Job<'_, F>> = jobs.collect::<Option<_>>()?;
        let width = (lookups.len() + 1) * E::DIMENSION;
        let mut values = F::zero_vec(main.height() * width);
        // A thread has a memory of its own, whose pages are worth using again.
        let least = (main.height() / rows).div_ceil(PARTS * current_num_threads());
        let blocks = values.par_chunks_mut(rows * width).enumerate();
        let sums = blocks.with_min_len(least).map_init(
            || image.clone(),
            |memory, (number, out)| {
                let rows = Rows {
                    main,
                    preprocessed,
                    first: number * rows,
                    count: rows,
                };
                block(&rows, &used, &jobs, &layout, memory, out, width)
            },
        );
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
            .par_chunks_mut(rows * width)
            .zip(before)
            .skip(1)
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

    /// Prepares a unit to compute a fraction in all rows of a block.
    fn job<F, E>(
        &self,
        fraction: Fraction<F, E>,
        rows: usize,
        used: &[Column],
        (layout, constants): (&Layout, &Constants),
        memory: &mut FlatMemory,
    ) -> Option<Job<'a, F>>
    where
        F: PrimeField32,
        E: ExtensionField<F>,
    {
        let column = |column: &Column| Some(used.binary_search(column).ok()? * layout.column);
        let terms = &fraction.denominator.terms;
        let places: Vec<usize> = terms.keys().map(column).collect::<Option<_>>()?;
        // Where the unit finds the first column of the tuple, and how far it is to the next.
        let distance = match &places[..] {
            [first, second, ..] => second - first,
            _ => layout.column,
        };
        let even = places.windows(2).all(|pair| pair[1] - pair[0] == distance);
        let (tuple, moved) = match even {
            true => ((places.first().copied().unwrap_or(0), distance), Vec::new()),
            false => ((layout.tuple, layout.column), places),
        };
        let bytes = memory.bytes_mut();
        put(
            &mut bytes[constants.coefficients..],
            terms.values().flat_map(|factor| coordinates(*factor)),
        );
        let (m, sum) = match fraction.numerator {
            Count::Cell(name) => ((column(&name)?, WORD), None),
            Count::Constant(value) => {
                let word = value.to_unique_u32();
                put(&mut bytes[constants.m..], std::iter::once(word));
                ((constants.m, 0), None)
            }
            Count::Sum(sum) => ((layout.m, WORD), Some(sum)),
        };
        let address = |at: usize| BASE + at as u64;
        let (word, element) = (WORD as u64, (E::DIMENSION * WORD) as u64);
        let descriptor = self.describe(
            terms.len() as u32,
            fraction.denominator.constant,
            &[
                ("a", &[address(tuple.0), word, tuple.1 as u64]),
                ("m", &[address(m.0), m.1 as u64]),
                ("coeff", &[address(constants.coefficients), element]),
                ("last", &[address(constants.last)]),
                ("perm", &[address(constants.perm), element]),
                ("sum", &[address(layout.sum), element]),
            ],
        )?;
        bytes[constants.descriptor..][..descriptor.len()].copy_from_slice(&descriptor);
        let registers = (address(constants.descriptor), rows as u64);
        let options = fast::Options::default();
        let unit = fast::prepare(self.spec, self.instruction, registers, 64, memory, &options);
        Some(Job {
            unit: unit.ok()?,
            success: self.spec.outcomes.success,
            lookup: fraction.lookup,
            moved,
            sum,
        })
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

/// The words of the coordinates.
fn coordinates<F: PrimeField32, E: BasedVectorSpace<F>>(element: E) -> impl Iterator<Item = u32> {
    let words = element.as_basis_coefficients_slice().iter();
    words
        .map(|word| word.to_unique_u32())
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p3_air::symbolic::{BaseEntry, SymbolicExpression, SymbolicVariable};
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
            // Columns that are not at equal distances, and numerators with a factor or none at all.
            lookup(
                2,
                vec![vec![cell(0), cell(1), known(0)], vec![cell(2)]],
                vec![-cell(1) * number(3), number(0) - cell(0) * number(0)],
            ),
        ];
        let challenges: Vec<E> = E::from_u32(77).powers().skip(1).take(6).collect();
        let challenges: Vec<E> = challenges
            .iter()
            .map(|c| *c + E::from_basis_coefficients_fn(|i| F::from_usize(1000 + i)))
            .collect();
        let spec = Spec::builtin();
        let units = Units::new::<F>(&spec, 11).unwrap();
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
