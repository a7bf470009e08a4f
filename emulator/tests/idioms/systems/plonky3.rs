//! SP1 to version 5 and Plonky3: affine entries of main and preprocessed columns, and of the next row.

use super::*;
use crate::machine::Random;

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
