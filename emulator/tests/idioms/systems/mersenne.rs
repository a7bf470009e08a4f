//! Systems over Mersenne-31: Stwo and Nexus, Airbender.

use super::*;
use crate::machine::Random;

type F = Qm31;

/// Pairs of fractions, added up over the columns of a row; planes of coordinates; a running sum in natural order over rows in
/// bit-reversed order, with the total spread over all rows. The host leaves the modulus for a zero.
#[test]
fn stwo() {
    let (mut m, mut random) = (Machine::<F>::new("qm31-z"), Random(8));
    let (bits, k) = (4u32, 2usize);
    let n = 1usize << bits;
    let (z, alpha): (F, F) = (random.ext(), random.ext());
    // Four fractions in two columns, each with a tuple and a multiplicity of its own.
    let (tuples, mult): (Vec<F>, Vec<F>) = (random.bases(n * k * 4), random.bases(n * 4));
    let (a, vm) = (m.table(k * 4, &tuples), m.table(4, &mult));
    let zero = tuples.iter().position(|e| e.is_zero()).unwrap() as u64;
    m.poke(a.at + 4 * zero, 4, &[F::MODULUS]);
    let (alphas, _) = powers(&mut m, alpha, k);
    let d = m.ext_table_out(n, 4);
    for j in 0..4 {
        let tuple = a.from(&[0, j * k as i64]);
        run!(m, "zktr.rlc" "", n; k = int k as u64, init = element -z, out = view &d.column(j), a = view &tuple, coeff = view &alphas);
    }
    let ones = all(&mut m, F::one());
    // The planes of both columns are one table of 8 base columns.
    let both = m.table_out(2 * F::DEGREE, n);
    let planes = |column: i64| both.from(&[column * F::DEGREE as i64]).transposed();
    for column in 0..2 {
        let first = [0, 2 * column];
        run!(m, "zktr.wbatch" "", n; k = int 2, out = view &planes(column), sign = view &ones, m = view &vm.from(&first), d = view &d.from(&first));
    }
    // Their sum is linear over the base field: the coefficients are 1, i, u, iu, twice.
    let basis: Vec<F> = (0..2 * F::DEGREE)
        .map(|c| F::basis(c % F::DEGREE))
        .collect();
    let (vb, sum) = (m.exts(&basis), m.planes_out(n));
    run!(m, "zktr.rlc" "", n; k = int 8, init = element F::zero(), out = view &sum, a = view &planes(0), coeff = view &vb);

    let row = |i: usize, fractions: usize| {
        (0..fractions).fold(F::zero(), |s, j| {
            let at = i * k * 4 + j * k;
            s + fraction(mult[i * 4 + j], tuples[at] + alpha * tuples[at + 1] - z)
        })
    };
    m.check(&planes(0), &(0..n).map(|i| row(i, 2)).collect::<Vec<_>>());
    let rows: Vec<F> = (0..n).map(|i| row(i, 4)).collect();
    m.check(&sum, &rows);

    // The total, times -1/N into the shift of the scan.
    let (total, scratch) = (m.exts_out(1), m.planes_out(n));
    run!(m, "zktr.scan" "sum", n; init = element F::zero(), out = view &scratch, a = view &sum, last = view &total.inner());
    let mut scan = m.descriptor("zktr.ascan", "sum");
    let shift = scan.slot(&mut m, "shift");
    let share = Host::inverse(&F::of(&[n as u64]));
    let (rate, index) = (m.bases(&[-share]), m.u32s(&[0]));
    run!(m, "zktr.gather" "", 1; bins = int 1, out = view &shift, table = view &total, idx = view &index, m = view &rate);
    let reversed = |i: u32| u64::from(i.reverse_bits() >> (32 - bits));
    let reversed: Vec<u64> = (0..n as u32).map(reversed).collect();
    let (index, natural, back) = (m.u32s(&reversed), m.planes_out(n), m.planes_out(n));
    run!(m, "zktr.pick" "", n; k = int 4, bins = int n as u64, out = view &natural, table = view &sum, idx = view &index);
    scan.element(&mut m, "init", F::zero())
        .element(&mut m, "scale", F::one())
        .view(&mut m, "out", &natural)
        .view(&mut m, "a", &natural)
        .view(&mut m, "last", &total.inner())
        .run(&mut m, n);
    run!(m, "zktr.pick" "", n; k = int 4, bins = int n as u64, out = view &back, table = view &natural, idx = view &index);

    let share = rows.iter().fold(F::zero(), |s, r| s + *r) * share;
    let mut expected = vec![F::zero(); n];
    let mut s = F::zero();
    for &i in &reversed {
        s = s + rows[i as usize] - share;
        expected[i as usize] = s;
    }
    assert!(s.is_zero());
    m.check(&back, &expected);
    m.check(&total, &[s]);
    m.documented("Stwo, Nexus");
}

/// The table is inverted once, rows gather from it by index; grand products of what permutations read.
#[test]
fn airbender() {
    let (mut m, mut random) = (Machine::<F>::new("qm31"), Random(12));
    let (bins, n, k) = (16usize, 40usize, 3usize);
    let (gamma, c): (F, Vec<F>) = (random.ext(), random.exts(k - 1));
    let table: Vec<F> = random.bases(bins * k);
    let index: Vec<u64> = (0..n).map(|_| random.next() % bins as u64).collect();
    let (a, vc, vi) = (
        m.table(k, &table),
        m.exts(&[F::one(), c[0], c[1]]),
        m.u32s(&index),
    );
    let (d, products) = (m.exts_out(bins), m.exts_out(bins));
    let (out, last) = (m.exts_out(n), m.exts_out(1));
    run!(m, "zktr.rlc" "", bins; k = int k as u64, init = element gamma, out = view &d, a = view &a, coeff = view &vc);
    let denominators: Vec<F> = table
        .chunks(k)
        .map(|row| gamma + row[0] + c[0] * row[1] + c[1] * row[2])
        .collect();
    // The grand product first: inversion is in place.
    run!(m, "zktr.scan" "prod", bins; init = element F::one(), out = view &products, a = view &d, last = view &last.inner());
    m.check(&last, &[denominators.iter().fold(F::one(), |p, d| p * *d)]);
    run!(m, "zktr.inv" "", bins; out = view &d, a = view &d);
    let ones = all(&mut m, F::one());
    run!(m, "zktr.gather" "", n; bins = int bins as u64, out = view &out, table = view &d, idx = view &vi, m = view &ones);
    let inverse = |i: &u64| Host::inverse(&denominators[*i as usize]);
    m.check(&out, &index.iter().map(inverse).collect::<Vec<_>>());
    m.documented("Airbender");
}
