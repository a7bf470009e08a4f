//! A table of the trace schema as an AIR.
//!
//! What everybody knows of a table is in preprocessed columns: the fixed columns of a fixed table, all cells of a public
//! one. What the prover chooses is in main columns. A public table has as many rows as the statement needs, perhaps none, and is
//! filled up here to a power of two; a preprocessed selector, which is 1 in the rows of the statement, takes the others out of all
//! constraints and interactions. The verifier makes the same preprocessed columns from the statement.
//!
//! Interactions are messages on global buses, of which each has the schema's name. What is sent counts positively.

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_lookup::{Count, InteractionBuilder};
use p3_matrix::dense::RowMajorMatrix;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use zktr_emu::trace::{Filled, Trace};
use zktr_isa::Spec;
use zktr_isa::trace::poly::Poly;
use zktr_isa::trace::{CellValue, Interaction, Knowledge, Table, When};

/// A trace cannot be stated over a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AirError {
    /// The cells are residues of another prime.
    Modulus {
        /// That of the trace.
        trace: u64,
        /// That of the field.
        field: u32,
    },
    /// The trace does not have the tables of the schema, or a table not its width.
    Shape,
}

impl fmt::Display for AirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modulus { trace, field } => write!(
                f,
                "the trace has residues modulo {trace}, the field has the modulus {field}: fill the tables for \
                 this field"
            ),
            Self::Shape => write!(
                f,
                "the trace does not have the tables of this spec's schema"
            ),
        }
    }
}

impl std::error::Error for AirError {}

/// Where the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Main(usize),
    Preprocessed(usize),
}

/// A table as an AIR.
#[derive(Debug, Clone)]
pub struct TableAir<F> {
    spec: Arc<Spec>,
    /// Index of the table in the schema.
    table: usize,
    /// For each cell of a row.
    places: Vec<Place>,
    /// Those of which rules read the next row.
    next: Vec<Place>,
    /// Main columns; at least one.
    width: usize,
    /// The preprocessed column that is 1 in rows of the statement.
    selector: Option<usize>,
    preprocessed: Option<RowMajorMatrix<F>>,
}

/// A table's AIR, and the cells of its main columns.
pub type Instance<F> = (TableAir<F>, RowMajorMatrix<F>);

/// The AIRs of all tables of a trace and their main columns, in the order of the schema.
///
/// # Errors
/// If the trace is not of this spec or not of this field.
pub fn airs<F: PrimeField32>(
    spec: &Arc<Spec>,
    trace: &Trace,
) -> Result<Vec<Instance<F>>, AirError> {
    if trace.modulus != u64::from(F::ORDER_U32) {
        return Err(AirError::Modulus {
            trace: trace.modulus,
            field: F::ORDER_U32,
        });
    }
    let tables = &spec.trace().tables;
    if tables.len() != trace.tables.len() {
        return Err(AirError::Shape);
    }
    let pairs = tables.iter().zip(&trace.tables).enumerate();
    pairs
        .map(|(index, (table, filled))| {
            let empty = filled.height() == 0 && table.knowledge != Knowledge::Public;
            if filled.width != table.width() || empty {
                return Err(AirError::Shape);
            }
            Ok(TableAir::new(spec, index, filled))
        })
        .collect()
}

impl<F: PrimeField32> TableAir<F> {
    /// The AIR of a table and its main columns, from its cells.
    fn new(spec: &Arc<Spec>, index: usize, filled: &Filled) -> Instance<F> {
        let table = &spec.trace().tables[index];
        let (mut main, mut fixed) = (0, 0);
        let next = |count: &mut usize| {
            *count += 1;
            *count - 1
        };
        let places: Vec<Place> = (0..table.width())
            .map(|cell| match is_fixed(table, cell) {
                true => Place::Preprocessed(next(&mut fixed)),
                false => Place::Main(next(&mut main)),
            })
            .collect();
        let public = table.knowledge == Knowledge::Public;
        let selector = public.then(|| next(&mut fixed));
        // A commitment to no columns is none; this one is not constrained.
        let width = main.max(1);
        let mut height = filled.height().next_power_of_two();
        if public {
            height = height.max(spec.trace().guest.min_rows as usize);
        }
        let mut columns = (vec![F::ZERO; height * width], vec![F::ZERO; height * fixed]);
        for row in 0..filled.height() {
            for (cell, place) in filled.row(row).iter().zip(&places) {
                let cell = F::from_u32(*cell);
                match place {
                    Place::Main(at) => columns.0[row * width + at] = cell,
                    Place::Preprocessed(at) => columns.1[row * fixed + at] = cell,
                }
            }
            if let Some(at) = selector {
                columns.1[row * fixed + at] = F::ONE;
            }
        }
        let air = Self {
            spec: spec.clone(),
            table: index,
            next: next_cells(table)
                .map(|cell| places[cell as usize])
                .collect(),
            places,
            width,
            selector,
            preprocessed: (fixed > 0).then(|| RowMajorMatrix::new(columns.1, fixed)),
        };
        (air, RowMajorMatrix::new(columns.0, width))
    }
}

impl<F> TableAir<F> {
    /// Its description in the schema.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.spec.trace().tables[self.table]
    }

    /// What everybody knows of its cells.
    pub(crate) fn preprocessed(&self) -> &Option<RowMajorMatrix<F>> {
        &self.preprocessed
    }

    /// True if everybody knows how many rows it has.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.preprocessed.is_some()
    }

    /// The main column of a cell of the table's row; none for what everybody knows.
    #[must_use]
    pub fn main_column(&self, cell: usize) -> Option<usize> {
        match self.places.get(cell)? {
            Place::Main(at) => Some(*at),
            Place::Preprocessed(_) => None,
        }
    }
}

/// The cells of the next row that rules read.
fn next_cells(table: &Table) -> impl Iterator<Item = u32> {
    fn collect(poly: &Poly, cells: &mut BTreeSet<u32>) {
        match poly {
            Poly::Cell { column, next: true } => {
                cells.insert(*column);
            }
            Poly::Const(_) | Poly::Cell { .. } => {}
            Poly::Sum(terms) => terms.iter().for_each(|term| collect(term, cells)),
            Poly::Sub(a, b) | Poly::Mul(a, b) => {
                [a, b].iter().for_each(|term| collect(term, cells))
            }
        }
    }
    let mut cells = BTreeSet::new();
    for constraint in &table.constraints {
        collect(&constraint.zero, &mut cells);
    }
    for interaction in &table.interactions {
        collect(&interaction.count, &mut cells);
        for value in &interaction.values {
            collect(value, &mut cells);
        }
    }
    cells.into_iter()
}

/// True if everybody knows this cell.
fn is_fixed(table: &Table, cell: usize) -> bool {
    match table.knowledge {
        Knowledge::Public => true,
        Knowledge::Witness | Knowledge::Fixed => table.columns.iter().any(|column| {
            column.fixed && (column.at..column.at + column.len).contains(&(cell as u32))
        }),
    }
}

impl<F: PrimeField32> BaseAir<F> for TableAir<F> {
    fn width(&self) -> usize {
        self.width
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        self.preprocessed.clone()
    }

    fn preprocessed_width(&self) -> usize {
        self.preprocessed.as_ref().map_or(0, |matrix| matrix.width)
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        let next = |place: &Place| match place {
            Place::Main(at) => Some(*at),
            Place::Preprocessed(_) => None,
        };
        self.next.iter().filter_map(next).collect()
    }

    fn preprocessed_next_row_columns(&self) -> Vec<usize> {
        let next = |place: &Place| match place {
            Place::Main(_) => None,
            Place::Preprocessed(at) => Some(*at),
        };
        self.next.iter().filter_map(next).collect()
    }
}

/// The cells of a row and of the next one, in the order of the schema.
struct Rows<E> {
    row: Vec<E>,
    next: Vec<E>,
    /// 1 where the row is one of the table's; none if all are.
    selector: Option<E>,
}

impl<E: PrimeCharacteristicRing> Rows<E> {
    fn value(&self, poly: &Poly) -> E {
        match poly {
            Poly::Const(value) => E::from_i64(*value),
            Poly::Cell { column, next } => {
                let cells = if *next { &self.next } else { &self.row };
                cells[*column as usize].clone()
            }
            Poly::Sum(terms) => terms.iter().map(|term| self.value(term)).sum(),
            Poly::Sub(a, b) => self.value(a) - self.value(b),
            Poly::Mul(a, b) => self.value(a) * self.value(b),
        }
    }

    fn selected(&self, value: E) -> E {
        match &self.selector {
            Some(selector) => selector.clone() * value,
            None => value,
        }
    }
}

impl<AB> Air<AB> for TableAir<AB::F>
where
    AB: InteractionBuilder,
    AB::F: PrimeField32,
{
    fn eval(&self, builder: &mut AB) {
        let (main, preprocessed) = (builder.main(), builder.preprocessed());
        let cells = |main: &[AB::Var], preprocessed: &[AB::Var]| -> Vec<AB::Expr> {
            let cell = |place: &Place| match place {
                Place::Main(at) => main[*at].into(),
                Place::Preprocessed(at) => preprocessed[*at].into(),
            };
            self.places.iter().map(cell).collect()
        };
        // There is no window of no columns.
        let (fixed, next_fixed) = match self.preprocessed {
            Some(_) => (preprocessed.current_slice(), preprocessed.next_slice()),
            None => (&[][..], &[][..]),
        };
        let rows = Rows {
            row: cells(main.current_slice(), fixed),
            next: cells(main.next_slice(), next_fixed),
            selector: self.selector.map(|at| fixed[at].into()),
        };
        let table = self.table();
        for constraint in &table.constraints {
            let zero = rows.selected(rows.value(&constraint.zero));
            match constraint.when {
                When::Always => builder.assert_zero(zero),
                When::First => builder.when_first_row().assert_zero(zero),
                When::Last => builder.when_last_row().assert_zero(zero),
                When::Transition => builder.when_transition().assert_zero(zero),
            }
        }
        for interaction in &table.interactions {
            let count = rows.selected(rows.value(&interaction.count));
            let count = if interaction.send { count } else { -count };
            let count = match most(table, interaction) {
                Some(most) => Count::bounded(count, most),
                None => Count::provided(count),
            };
            let values = interaction.values.iter().map(|value| rows.value(value));
            let bus = &self.spec.trace().buses[interaction.bus].name;
            builder.push_interaction(bus, values.collect::<Vec<_>>(), count);
        }
    }
}

/// How often a row has the message at most, if all cells of the multiplicity are 0 or 1, as the constraints of a table
/// demand; none for a multiplicity that is the prover's free choice.
fn most(table: &Table, interaction: &Interaction) -> Option<u32> {
    let affine = interaction.count.affine()?;
    let free = |cell: &u32| {
        matches!(
            table.cells.get(*cell as usize).map(|cell| &cell.value),
            Some(CellValue::Count(_))
        )
    };
    if affine.terms.iter().any(|(cell, _, _)| free(cell)) {
        return None;
    }
    let coefficients = affine.terms.iter().map(|(_, _, coefficient)| *coefficient);
    let sum: u128 = coefficients
        .chain([affine.constant])
        .map(i128::unsigned_abs)
        .sum();
    Some(u32::try_from(sum).unwrap_or(u32::MAX))
}
