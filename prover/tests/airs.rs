//! The AIRs of the tables against Plonky3: its constraint checker finds in right and in forged tables what the golden
//! checker finds; and the sums of its lookup gadget are zero over all tables of a right run.

#[path = "../../emulator/tests/trace_support/mod.rs"]
mod trace_support;

use p3_air::{Air, BaseAir, DebugConstraintBuilder};
use p3_baby_bear::BabyBear;
use p3_field::extension::BinomialExtensionField;
use p3_field::{ExtensionField, PrimeCharacteristicRing, PrimeField32};
use p3_koala_bear::KoalaBear;
use p3_lookup::{Kind, LogUpGadget, LookupProtocol, Lookups};
use p3_matrix::Matrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixView};
use p3_matrix::stack::VerticalPair;
use p3_mersenne_31::Mersenne31;
use std::collections::{BTreeMap, BTreeSet};
use trace_support::{Guest, Random, random_guest};
use zktr_emu::trace::{Trace, check_row, fill};
use zktr_isa::trace::Knowledge;
use zktr_prove::air::{AirError, TableAir, airs};

type Challenge = BinomialExtensionField<BabyBear, 4>;

fn trace(guest: &Guest, field: &str) -> Trace {
    fill(&guest.spec, &guest.execution(), field).unwrap()
}

/// The preprocessed columns; none are a matrix without cells.
fn fixed<F: PrimeField32>(air: &TableAir<F>) -> RowMajorMatrix<F> {
    let none = || RowMajorMatrix::new(Vec::new(), 0);
    air.preprocessed_trace().unwrap_or_else(none)
}

/// True if Plonky3's checker finds all constraints of a row to be zero.
fn row_holds<F: PrimeField32>(
    air: &TableAir<F>,
    main: &RowMajorMatrix<F>,
    fixed: &RowMajorMatrix<F>,
    row: usize,
) -> bool {
    let height = main.height();
    let pair = |matrix: &RowMajorMatrix<F>, row: usize| -> Vec<F> {
        let at = row * matrix.width;
        matrix
            .values
            .get(at..at + matrix.width)
            .unwrap_or(&[])
            .to_vec()
    };
    let next = (row + 1) % height;
    let rows = [
        pair(main, row),
        pair(main, next),
        pair(fixed, row),
        pair(fixed, next),
    ];
    let view = |at: usize| {
        VerticalPair::new(
            RowMajorMatrixView::new_row(&rows[at]),
            RowMajorMatrixView::new_row(&rows[at + 1]),
        )
    };
    let flag = F::from_bool;
    let (first, last) = (row == 0, next == 0);
    let mut builder = DebugConstraintBuilder::<F, F>::new(
        row,
        view(0),
        view(2),
        &[],
        flag(first),
        flag(last),
        flag(!last),
        &[],
    );
    air.eval(&mut builder);
    builder.failures().is_empty()
}

fn every_row_holds<F: PrimeField32>(field: &str) {
    for seed in 0..2 {
        let guest = random_guest(seed, 120);
        let trace = trace(&guest, field);
        for (air, main) in airs::<F>(&guest.spec, &trace).unwrap() {
            let fixed = fixed(&air);
            // The long tables that everybody knows have one form of row.
            let step = main.height().div_ceil(1024);
            for row in (0..main.height()).step_by(step) {
                assert!(
                    row_holds(&air, &main, &fixed, row),
                    "{}, row {row}",
                    air.table().name
                );
            }
        }
    }
}

#[test]
fn right_tables_pass_the_checker_over_each_field() {
    every_row_holds::<BabyBear>("babybear");
    every_row_holds::<KoalaBear>("koalabear");
    every_row_holds::<Mersenne31>("mersenne31");
}

/// One cell of the prover's is changed: the rows that fail are those for which the golden checker has a violation.
#[test]
fn forged_cells_fail_where_the_golden_checker_says() {
    let guest = random_guest(5, 80);
    let right = trace(&guest, "babybear");
    let airs = airs::<BabyBear>(&guest.spec, &right).unwrap();
    let mut random = Random(9);
    let (mut forged, mut caught) = (0, 0);
    for (table, (air, main)) in airs.iter().enumerate() {
        let fixed = fixed(air);
        for cell in 0..air.table().width() {
            let Some(column) = air.main_column(cell) else {
                continue;
            };
            let height = main.height();
            let row = random.below(height as u64) as usize;
            let (mut main, mut trace) = (main.clone(), right.clone());
            let value = &mut main.values[row * main.width + column];
            *value += BabyBear::from_u32(1 + random.below(1000) as u32);
            trace.tables[table].cells[row * air.table().width() + cell] = value.as_canonical_u32();
            let touched: BTreeSet<usize> = [row, (row + height - 1) % height].into();
            for row in touched {
                let golden = check_row(guest.spec.trace(), &trace, table, row)
                    .next()
                    .is_none();
                assert_eq!(
                    row_holds(air, &main, &fixed, row),
                    golden,
                    "{}, row {row}",
                    air.table().name
                );
                caught += usize::from(!golden);
            }
            forged += 1;
        }
    }
    assert!(
        forged > 300 && caught > 200,
        "{forged} forged, {caught} caught by a constraint"
    );
}

/// The sum of the gadget's terminals over all tables, with challenges by bus.
fn total<F: PrimeField32, E: ExtensionField<F>>(
    airs: &[(TableAir<F>, RowMajorMatrix<F>)],
    challenge: impl Fn(u64) -> E,
) -> E {
    let mut buses = BTreeMap::new();
    let mut sum = E::ZERO;
    for (air, main) in airs {
        let lookups = Lookups::from_air::<E, _>(air);
        assert_eq!(lookups.len(), air.table().interactions.len());
        let mut challenges = Vec::new();
        for lookup in lookups.iter() {
            let Kind::Global(bus) = &lookup.kind else {
                panic!("tables exchange messages over buses only");
            };
            let number = buses.len() as u64;
            let number = *buses.entry(bus.clone()).or_insert(number);
            challenges.extend([challenge(2 * number), challenge(2 * number + 1)]);
        }
        let fixed = air.preprocessed_trace();
        let (_, terminal) =
            LogUpGadget::new().generate_permutation(main, &fixed, &[], &lookups, &challenges);
        sum += terminal.map_or(E::ZERO, |terminal| terminal.0);
    }
    sum
}

#[test]
fn the_sums_of_the_lookup_gadget_are_zero_over_all_tables() {
    let guest = random_guest(3, 100);
    let trace = trace(&guest, "babybear");
    let mut airs = airs::<BabyBear>(&guest.spec, &trace).unwrap();
    let challenge = |number: u64| {
        Challenge::from_u64(number * number + 12_345)
            .powers()
            .nth(9)
            .unwrap()
            + Challenge::from_u64(77)
    };
    assert_eq!(total(&airs, challenge), Challenge::ZERO);
    // A multiplicity of a table that everybody knows is all that the constraints leave free.
    let (_, main) = airs
        .iter_mut()
        .find(|(air, _)| air.table().knowledge == Knowledge::Fixed)
        .unwrap();
    main.values[0] += BabyBear::ONE;
    assert_ne!(total(&airs, challenge), Challenge::ZERO);
}

#[test]
fn a_trace_of_another_field_is_refused() {
    let guest = random_guest(1, 20);
    let trace = trace(&guest, "koalabear");
    let refused = airs::<BabyBear>(&guest.spec, &trace).err();
    let expected = AirError::Modulus {
        trace: u64::from(KoalaBear::ORDER_U32),
        field: BabyBear::ORDER_U32,
    };
    assert_eq!(refused, Some(expected));
    let mut short = trace;
    short.tables.pop();
    assert_eq!(
        airs::<KoalaBear>(&guest.spec, &short).err(),
        Some(AirError::Shape)
    );
}
