//! SP1 to version 5 and Plonky3: affine entries of main and preprocessed columns, and of the next row.

use super::*;
use crate::machine::Random;
use p3_air::symbolic::{BaseEntry, SymbolicExpression, SymbolicVariable};
use p3_baby_bear::BabyBear;
use p3_field::ExtensionField;
use p3_lookup::{Kind, LogUpGadget, Lookup, LookupProtocol};
use p3_matrix::dense::RowMajorMatrix;

type F = BabyBear4;

/// An affine tuple in its host's terms: (term, entry, weight), and a constant for each entry.
struct Tuple {
    terms: Vec<(u64, u64, F)>,
    constants: Vec<F>,
}

/// Coefficients of entries to coefficients of terms, constants to `init`, and one fingerprint for each row.
fn fingerprint(
    m: &mut Machine<F>,
    (alpha, beta): (F, &View),
    tuple: &Tuple,
    tables: [(&View, usize); 2],
    out: &View,
    n: usize,
) {
    let k = tuple.terms.len();
    let part = |f: fn(&(u64, u64, F)) -> u64| tuple.terms.iter().map(f).collect::<Vec<_>>();
    let (terms, entries) = (m.u32s(&part(|t| t.0)), m.u32s(&part(|t| t.1)));
    let weights: Vec<F> = tuple.terms.iter().map(|t| t.2).collect();
    let (weights, coeff) = (m.bases(&weights), m.exts_out(k));
    run!(*m, "zktr.gather" "", k; bins = int tuple.constants.len() as u64, out = view &coeff, table = view beta,
        idx = view &entries, m = view &weights);
    let mut aff = m.descriptor("zktr.aff", "");
    let init = aff.slot(m, "init");
    fold_constants(m, alpha, beta, &tuple.constants, &init);
    aff.int(m, "k", k as u64)
        .int(m, "wa", tables[0].1 as u64)
        .int(m, "wb", tables[1].1 as u64)
        .view(m, "out", out)
        .view(m, "coeff", &coeff)
        .view(m, "term", &terms)
        .view(m, "a", tables[0].0)
        .view(m, "b", tables[1].0)
        .run(m, n);
}

/// Affine tuples and multiplicities, a batch with signs, an inclusive sum.
#[test]
fn sp1_5() {
    let (mut m, mut random) = (Machine::<F>::new("babybear4-m"), Random(1));
    let (n, wa, wb) = (9, 5, 2);
    let (alpha, beta): (F, F) = (random.ext(), random.ext());
    let c = |value: u64| F::of(&[value]);
    let (main, prep): (Vec<F>, Vec<F>) = (random.bases(n * wa), random.bases(n * wb));
    let (a, b) = (m.table(wa, &main), m.table(wb, &prep));
    let (betas, _) = powers(&mut m, beta, 3);

    // Send (2 a0 + a1 + 5, b1) with a3 + 2 a4, of kind 3; receive (a2, 256 b0 + a0) with 1 - a3, of kind 7.
    let entry = |terms: &[(u64, u64, F)], constants: &[F]| Tuple {
        terms: terms.to_vec(),
        constants: constants.to_vec(),
    };
    let (main_column, prep_column) = (|j| term(0, j, 0), |j| term(1, j, 0));
    let tuples = [
        entry(
            &[
                (main_column(0), 1, c(2)),
                (main_column(1), 1, c(1)),
                (prep_column(1), 2, c(1)),
            ],
            &[c(3), c(5), c(0)],
        ),
        entry(
            &[
                (main_column(2), 1, c(1)),
                (prep_column(0), 2, c(256)),
                (main_column(0), 2, c(1)),
            ],
            &[c(7), c(0), c(0)],
        ),
    ];
    let multiplicities = [
        entry(
            &[(main_column(3), 0, c(1)), (main_column(4), 0, c(2))],
            &[c(0)],
        ),
        entry(&[(main_column(3), 0, -c(1))], &[c(1)]),
    ];
    let tables = [(&a, wa), (&b, wb)];
    let (d, mult) = (m.ext_table_out(n, 2), m.ext_table_out(n, 2));
    let one = m.exts(&[F::one()]);
    for j in 0..2 {
        let (to_d, to_m) = (d.column(j), mult.column(j));
        let j = j as usize;
        fingerprint(&mut m, (alpha, &betas), &tuples[j], tables, &to_d, n);
        fingerprint(
            &mut m,
            (F::zero(), &one),
            &multiplicities[j],
            tables,
            &to_m,
            n,
        );
    }
    let sign = m.bases(&[F::one(), -F::one()]);
    let (batch, sum, last) = (m.exts_out(n), m.exts_out(n), m.exts_out(1));
    run!(m, "zktr.wbatch" "", n; k = int 2, out = view &batch, sign = view &sign, m = view &mult.first_coordinates(), d = view &d);
    run!(m, "zktr.scan" "sum", n; init = element F::zero(), out = view &sum, a = view &batch, last = view &last.inner());

    let rows: Vec<F> = (0..n)
        .map(|i| {
            let (a, b) = (&main[i * wa..], &prep[i * wb..]);
            let d0 = alpha + c(3) + beta * (c(2) * a[0] + a[1] + c(5)) + beta * beta * b[1];
            let d1 = alpha + c(7) + beta * a[2] + beta * beta * (c(256) * b[0] + a[0]);
            fraction(a[3] + c(2) * a[4], d0) - fraction(c(1) - a[3], d1)
        })
        .collect();
    m.check(&batch, &rows);
    m.check(&sum, &running(F::zero(), &rows));
    m.documented("SP1 to v5");
}

/// Reversed powers, next rows, a skipped multiplicity, and rows of an exclusive running sum and a fraction.
#[test]
fn plonky3() {
    let (mut m, mut random) = (Machine::<F>::new("babybear4-m"), Random(4));
    let (alpha, beta): (F, F) = (random.ext(), random.ext());
    let terms = [term(0, 1, 0), term(0, 0, 1), term(1, 0, 0)];
    let k = terms.len();
    let (coeff, last) = (m.exts_out(k), m.exts_out(1));
    // -beta^(k-1-i): from the last to the first.
    run!(m, "zktr.pow" "from", k; init = element -F::one(), base = element beta,
        out = view &coeff.from(&[k as i64 - 1]).step(-1), last = view &last.inner());
    for n in [0, 1, 8] {
        let (main, prep): (Vec<F>, Vec<F>) = (random.bases(2 * n), random.bases(n));
        let mut mult: Vec<F> = random.bases(n);
        if n > 3 {
            mult[3] = F::zero();
        }
        let (a, b) = (m.table(2, &main), m.table(1, &prep));
        let (vm, vt) = (m.bases(&mult), m.u32s(&terms));
        let (d, rows) = (m.exts_out(n), m.ext_table_out(n, 2));
        run!(m, "zktr.aff" "", n; k = int k as u64, wa = int 2, wb = int 1, init = element alpha, out = view &d,
            coeff = view &coeff, term = view &vt, a = view &a, b = view &b);
        run!(m, "zktr.frac" "plus", n; out = view &rows.column(1), m = view &vm, d = view &d);
        run!(m, "zktr.scan" "sum-before", n; init = element F::zero(), out = view &rows.column(0),
            a = view &rows.column(1), last = view &last.inner());
        let fractions: Vec<F> = (0..n)
            .map(|i| {
                let e = [main[2 * i + 1], main[2 * ((i + 1) % n)], prep[i]];
                // m = 0 makes the denominator one.
                let d = alpha - (e[0] * beta * beta + e[1] * beta + e[2]);
                mult[i] * Host::inverse(&if mult[i].is_zero() { F::one() } else { d })
            })
            .collect();
        let sums = running(F::zero(), &fractions);
        let before: Vec<F> = std::iter::once(F::zero()).chain(sums).collect();
        m.check(&rows.column(1), &fractions);
        m.check(&rows.column(0), &before[..n]);
        m.check(&last, &before[n..]);
    }
    m.documented("Plonky3");
}

/// The permutation trace of Plonky3's own lookup protocol, cell by cell: an accumulator, and a column of fractions for
/// each lookup, for lookups of one tuple over main and preprocessed columns of this row and the next.
#[test]
fn the_gadget_of_plonky3() {
    let (mut m, mut random) = (Machine::<F>::new("babybear4-m"), Random(5));
    for (height, widths) in [
        (1, vec![2]),
        (8, vec![3]),
        (16, vec![1, 4]),
        (4, vec![8, 2, 5]),
    ] {
        let (wa, wb) = (4usize, 2usize);
        let (main, prep): (Vec<F>, Vec<F>) = (random.bases(height * wa), random.bases(height * wb));
        // A multiplicity for each lookup, in columns of a third table that the gadget sees behind the main columns.
        let mut mult: Vec<F> = random.bases(height * widths.len());
        mult[0] = F::zero();
        let tuples: Vec<Vec<(u64, u64, u64)>> = widths
            .iter()
            .map(|width| {
                let entry = |random: &mut Random| {
                    let (table, next) = (random.next() % 2, random.next() % 2);
                    let columns = if table == 0 { wa } else { wb };
                    (table, random.next() % columns as u64, next)
                };
                (0..*width).map(|_| entry(&mut random)).collect()
            })
            .collect();
        let challenges: Vec<F> = random.exts(2 * widths.len());

        // The units' columns.
        let (a, b) = (m.table(wa, &main), m.table(wb, &prep));
        let lookups = widths.len();
        let vm = m.table(lookups, &mult);
        let (d, rows) = (
            m.ext_table_out(height, lookups),
            m.ext_table_out(height, lookups + 1),
        );
        for (j, tuple) in tuples.iter().enumerate() {
            let (alpha, beta, k) = (challenges[2 * j], challenges[2 * j + 1], tuple.len());
            let (coeff, last) = (m.exts_out(k), m.exts_out(1));
            run!(m, "zktr.pow" "from", k; init = element -F::one(), base = element beta,
                out = view &coeff.from(&[k as i64 - 1]).step(-1), last = view &last.inner());
            let terms: Vec<u64> = tuple
                .iter()
                .map(|(table, column, next)| term(*table, *column, *next))
                .collect();
            let vt = m.u32s(&terms);
            let column = j as i64;
            run!(m, "zktr.aff" "", height; k = int k as u64, wa = int wa as u64, wb = int wb as u64,
                init = element alpha, out = view &d.column(column), coeff = view &coeff, term = view &vt,
                a = view &a, b = view &b);
            let of_lookup = View {
                at: vm.from(&[0, column]).at,
                strides: vec![vm.strides[0]],
            };
            run!(m, "zktr.frac" "plus", height; out = view &rows.column(column + 1), m = view &of_lookup,
                d = view &d.column(column));
        }
        let sign = m.bases(&vec![F::one(); lookups]);
        let (totals, last) = (m.exts_out(height), m.exts_out(1));
        run!(m, "zktr.wbatch" "", height; k = int lookups as u64, out = view &totals, sign = view &sign,
            m = view &vm, d = view &d);
        run!(m, "zktr.scan" "sum-before", height; init = element F::zero(), out = view &rows.column(0),
            a = view &totals, last = view &last.inner());

        // The gadget's.
        let base = |elements: &[F]| {
            elements
                .iter()
                .map(|e| e.as_base().unwrap())
                .collect::<Vec<BabyBear>>()
        };
        let (main, prep, mult) = (base(&main), base(&prep), base(&mult));
        let joined = main.chunks(wa).zip(mult.chunks(lookups));
        let joined = joined
            .flat_map(|(row, mult)| [row, mult].concat())
            .collect();
        let joined = RowMajorMatrix::new(joined, wa + lookups);
        let column = |entry, index: usize| {
            SymbolicExpression::from(SymbolicVariable::<BabyBear>::new(entry, index))
        };
        let of_tuple = |&(table, index, next): &(u64, u64, u64)| {
            let offset = next as usize;
            let entry = match table {
                0 => BaseEntry::Main { offset },
                _ => BaseEntry::Preprocessed { offset },
            };
            column(entry, index as usize)
        };
        let gadget: Vec<Lookup<BabyBear>> = tuples
            .iter()
            .enumerate()
            .map(|(j, tuple)| Lookup {
                kind: Kind::Local,
                elements: vec![tuple.iter().map(of_tuple).collect()],
                multiplicities: vec![column(BaseEntry::Main { offset: 0 }, wa + j)],
                count_weight: 1,
                column: j,
                flags: None,
            })
            .collect();
        let prep = Some(RowMajorMatrix::new(prep, wb));
        let (trace, terminal) =
            LogUpGadget::new().generate_permutation(&joined, &prep, &[], &gadget, &challenges);
        for j in 0..=lookups {
            let expected: Vec<F> = trace
                .values
                .iter()
                .skip(j)
                .step_by(lookups + 1)
                .copied()
                .collect();
            m.check(&rows.column(j as i64), &expected);
        }
        m.check(&last, &[terminal.unwrap().0]);
    }
}
