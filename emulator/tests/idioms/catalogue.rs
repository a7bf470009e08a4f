//! The idioms of permutation traces: fingerprints, inverses, fractions, scans, trees, and the coefficients for them.

use crate::hosts::*;
use crate::machine::{Machine, Random};
use crate::{run, status};

type F = BabyBear4;

fn machine() -> (Machine<F>, Random) {
    (Machine::new("babybear4-m"), Random(11))
}

fn dot(coefficients: &[F], row: &[F]) -> F {
    let terms = coefficients.iter().zip(row);
    terms.fold(F::zero(), |s, (c, v)| s + *c * *v)
}

/// A fraction that is left out where its multiplicity is zero.
fn fraction(m: F, d: F) -> F {
    if m.is_zero() {
        F::zero()
    } else {
        m * Host::inverse(&d)
    }
}

#[test]
fn coefficients_from_powers() {
    let (mut m, mut random) = machine();
    let (init, base): (F, F) = (random.ext(), random.ext());
    for n in [0usize, 1, 7] {
        let (out, last) = (m.exts_out(n), m.exts_out(1));
        run!(m, "zktr.pow" "from", n; init = element init, base = element base, out = view &out, last = view &last.inner());
        let powers: Vec<F> = (0..=n)
            .map(|e| (0..e).fold(init, |p, _| p * base))
            .collect();
        m.check(&out, &powers[..n]);
        m.check(&last, &powers[n..]);
        run!(m, "zktr.pow" "after", n; init = element init, base = element base, out = view &out, last = view &last.inner());
        m.check(&out, &powers[1..]);
        m.check(&last, &powers[n..]);
    }
}

#[test]
fn coefficients_from_the_equality_polynomial() {
    let (mut m, mut random) = machine();
    let (init, r): (F, Vec<F>) = (random.ext(), random.exts(5));
    for (k, n) in [(0, 1), (1, 2), (3, 8), (5, 32), (5, 19), (2, 0)] {
        // The host doubles its table with each coordinate.
        let mut table = vec![init];
        for r in &r[..k] {
            let ones: Vec<F> = table.iter().map(|t| *t * *r).collect();
            let zeros = table.iter().zip(&ones).map(|(t, one)| *t - *one);
            table = zeros.chain(ones.iter().copied()).collect();
        }
        let (point, out) = (m.exts(&r[..k]), m.exts_out(n));
        run!(m, "zktr.eq" "", n; k = int k as u64, init = element init, out = view &out, r = view &point);
        m.check(&out, &table[..n]);
    }
}

/// Terms over two tables and two rows, the row after the last being the first; also of a single row.
#[test]
fn fingerprints_of_affine_entries() {
    let (mut m, mut random) = machine();
    let (wa, wb) = (5usize, 2usize);
    let table = |t: u64, column: u64, next: u64| column | t << 16 | next << 17;
    let terms = [
        table(0, 4, 0),
        table(0, 0, 1),
        table(1, 1, 0),
        table(1, 0, 1),
        table(0, 4, 0),
    ];
    let (init, coeff): (F, Vec<F>) = (random.ext(), random.exts(terms.len()));
    let coefficients = m.exts(&coeff);
    for n in [0usize, 1, 2, 9] {
        let (a, b): (Vec<F>, Vec<F>) = (random.bases(n * wa), random.bases(n * wb));
        let (va, vb, vt) = (m.table(wa, &a), m.table(wb, &b), m.u32s(&terms));
        let out = m.planes_out(n);
        run!(m, "zktr.aff" "", n; k = int terms.len() as u64, wa = int wa as u64, wb = int wb as u64, init = element init,
            out = view &out, coeff = view &coefficients, term = view &vt, a = view &va, b = view &vb);
        let expected: Vec<F> = (0..n)
            .map(|i| {
                let next = if i + 1 == n { 0 } else { i + 1 };
                init + coeff[0] * a[i * wa + 4]
                    + coeff[1] * a[next * wa]
                    + coeff[2] * b[i * wb + 1]
                    + coeff[3] * b[next * wb]
                    + coeff[4] * a[i * wa + 4]
            })
            .collect();
        m.check(&out, &expected);
    }
}

#[test]
fn terms_that_name_nothing_are_refused() {
    let (mut m, mut random) = machine();
    let (a, coeff): (Vec<F>, Vec<F>) = (random.bases(8), random.exts(1));
    let (va, vc, out) = (m.table(2, &a), m.exts(&coeff), m.exts_out(4));
    for (term, wb, status) in [
        (1, 0, "ok"),
        (2, 0, "index"),
        (0x1_0000, 0, "index"),
        (0x1_0001, 2, "ok"),
        (0x1_0002, 2, "index"),
        (0x4_0000, 2, "index"),
        (0x8000_0000, 2, "index"),
    ] {
        let vt = m.u32s(&[term]);
        let found = status!(m, "zktr.aff" "", 4; k = int 1, wa = int 2, wb = int wb, init = element F::zero(),
            out = view &out, coeff = view &vc, term = view &vt, a = view &va, b = view &va);
        assert_eq!(found, status, "{term:#x}");
    }
}

#[test]
fn batch_inversion() {
    let (mut m, mut random) = machine();
    for n in [0usize, 1, 33] {
        let mut a: Vec<F> = random.exts(n);
        a.iter_mut()
            .filter(|a| a.is_zero())
            .for_each(|a| *a = F::one());
        // Prefix products, one inverse, and a sweep back.
        let mut expected = vec![F::one(); n];
        let mut product = F::one();
        for i in 0..n {
            expected[i] = product;
            product *= a[i];
        }
        let mut inverse = Host::inverse(&product);
        for i in (0..n).rev() {
            expected[i] *= inverse;
            inverse *= a[i];
        }
        let (va, out) = (m.exts(&a), m.planes_out(n));
        run!(m, "zktr.inv" "", n; out = view &out, a = view &va);
        m.check(&out, &expected);
        run!(m, "zktr.inv" "", n; out = view &va, a = view &va);
        m.check(&va, &expected);
    }
}

/// A zero is refused, and a view in place is as it was; or it stays zero, with the instruction for that.
#[test]
fn inverses_of_zero() {
    let (mut m, mut random) = machine();
    let mut a: Vec<F> = random.exts(6);
    a.iter_mut()
        .filter(|a| a.is_zero())
        .for_each(|a| *a = F::one());
    a[4] = F::zero();
    let va = m.exts(&a);
    assert_eq!(
        status!(m, "zktr.inv" "", 6; out = view &va, a = view &va),
        "zero"
    );
    m.check(&va, &a);
    run!(m, "zktr.inv" "", 4; out = view &va, a = view &va);
    let va = m.exts(&a);
    run!(m, "zktr.inv0" "", 6; out = view &va, a = view &va);
    let inverse = |a: &F| {
        if a.is_zero() {
            F::zero()
        } else {
            Host::inverse(a)
        }
    };
    m.check(&va, &a.iter().map(inverse).collect::<Vec<F>>());
}

#[test]
fn fractions_skip_zero_multiplicities() {
    let (mut m, mut random) = machine();
    let d: Vec<F> = vec![random.ext(), F::zero(), random.ext(), F::of(&[0, 0, 5])];
    let mult = [F::of(&[3]), F::zero(), F::zero(), -F::one()];
    let expected: Vec<F> = mult.iter().zip(&d).map(|(m, d)| fraction(*m, *d)).collect();
    let (vm, vd, out) = (m.bases(&mult), m.exts(&d), m.exts_out(4));
    run!(m, "zktr.frac" "plus", 4; out = view &out, m = view &vm, d = view &vd);
    m.check(&out, &expected);
    run!(m, "zktr.frac" "minus", 4; out = view &vd, m = view &vm, d = view &vd);
    m.check(&vd, &expected.iter().map(|f| -*f).collect::<Vec<_>>());
    // A denominator of zero that counts is refused; what does not count is not even looked at.
    let (vm, vd) = (m.bases(&[F::one()]), m.exts(&[F::zero()]));
    let found = status!(m, "zktr.frac" "plus", 1; out = view &out, m = view &vm, d = view &vd);
    assert_eq!(found, "zero");
    let (zero, garbage) = (m.bases(&[F::zero()]), m.exts_out(1));
    run!(m, "zktr.frac" "plus", 1; out = view &out, m = view &zero, d = view &garbage);
    m.check(&out, &[F::zero()]);
    let found = status!(m, "zktr.frac" "plus", 1; out = view &out, m = view &vm, d = view &garbage);
    assert_eq!(found, "range");
}

/// Sums of several fractions with signs; two of them are (m0 d1 + m1 d0) / (d0 d1).
#[test]
fn weighted_batches() {
    let (mut m, mut random) = machine();
    for (n, k) in [(0usize, 2usize), (1, 1), (9, 2), (7, 3), (3, 0)] {
        let sign: Vec<F> = (0..k)
            .map(|j| if j % 2 == 0 { F::one() } else { -F::one() })
            .collect();
        let mult: Vec<F> = random.bases(n * k);
        let mut d: Vec<F> = random.exts(n * k);
        for (m, d) in mult.iter().zip(&mut d) {
            // Zeros only where they do not count.
            if d.is_zero() && !m.is_zero() {
                *d = F::one();
            }
        }
        let (vs, vm, out) = (m.bases(&sign), m.table(k, &mult), m.exts_out(n));
        let mut vd = m.exts(&d);
        vd.strides.insert(0, vd.strides[0] * k as i64);
        run!(m, "zktr.wbatch" "", n; k = int k as u64, out = view &out, sign = view &vs, m = view &vm, d = view &vd);
        let expected: Vec<F> = (0..n)
            .map(|i| {
                let term = |j: usize| sign[j] * fraction(mult[i * k + j], d[i * k + j]);
                (0..k).fold(F::zero(), |s, j| s + term(j))
            })
            .collect();
        m.check(&out, &expected);
        for i in 0..if k == 2 { n } else { 0 } {
            let ([m0, m1], [d0, d1]) = ([mult[2 * i], mult[2 * i + 1]], [d[2 * i], d[2 * i + 1]]);
            if !d0.is_zero() && !d1.is_zero() {
                assert_eq!((m0 * d1 - m1 * d0) * Host::inverse(&(d0 * d1)), expected[i]);
            }
        }
    }
}

/// A fused LogUp column is the sequence of a fingerprint, an inverse and a scan; with multiplicities, of a
/// fingerprint, a fraction and a scan.
#[test]
fn fused_columns() {
    let (mut m, mut random) = machine();
    let k = 3;
    let (gamma, init, coeff): (F, F, Vec<F>) = (random.ext(), random.ext(), random.exts(k));
    let vc = m.exts(&coeff);
    for n in [0usize, 1, 12] {
        let (a, mult): (Vec<F>, Vec<F>) = (random.bases(n * k), random.bases(n));
        let (va, vm) = (m.table(k, &a), m.bases(&mult));
        let (perm, sum, last) = (m.exts_out(n), m.exts_out(n), m.exts_out(1));
        run!(m, "zktr.logup" "", n; k = int k as u64, gamma = element gamma, init = element init, perm = view &perm,
            sum = view &sum, a = view &va, coeff = view &vc, last = view &last.inner());
        let d: Vec<F> = a.chunks(k).map(|row| gamma + dot(&coeff, row)).collect();
        let mut s = init;
        let (mut fractions, mut sums) = (vec![], vec![]);
        for d in &d {
            fractions.push(Host::inverse(d));
            s += Host::inverse(d);
            sums.push(s);
        }
        m.check(&perm, &fractions);
        m.check(&sum, &sums);
        m.check(&last, &[s]);

        let mut s = init;
        let mut before = vec![];
        for (i, d) in d.iter().enumerate() {
            before.push(s);
            fractions[i] = fraction(mult[i], *d);
            s += fractions[i];
            sums[i] = s;
        }
        for (mode, sums) in [("sum", &sums), ("sum-before", &before)] {
            let mut fused = m.descriptor("zktr.mlogup", mode);
            fused
                .int(&mut m, "k", k as u64)
                .element(&mut m, "gamma", gamma)
                .element(&mut m, "init", init)
                .view(&mut m, "perm", &perm)
                .view(&mut m, "sum", &sum)
                .view(&mut m, "m", &vm)
                .view(&mut m, "a", &va)
                .view(&mut m, "coeff", &vc)
                .view(&mut m, "last", &last.inner());
            fused.run(&mut m, n);
            m.check(&perm, &fractions);
            m.check(&sum, sums);
            m.check(&last, &[s]);
        }
    }
}

#[test]
fn scans() {
    let (mut m, mut random) = machine();
    type Step = fn(F, F, F, F) -> F;
    let modes: [(&str, &str, Step); 5] = [
        ("zktr.scan", "sum", |s, a, _, _| s + a),
        ("zktr.scan", "prod", |s, a, _, _| s * a),
        ("zktr.ascan", "sum", |s, a, scale, shift| {
            s + (scale * a + shift)
        }),
        ("zktr.ascan", "prod", |s, a, scale, shift| {
            s * (scale * a + shift)
        }),
        ("zktr.ascan", "horner", |s, a, scale, shift| {
            s * scale + a + shift
        }),
    ];
    let (init, scale, shift): (F, F, F) = (random.ext(), random.ext(), random.ext());
    for (mnemonic, mode, step) in modes {
        for n in [0usize, 1, 10] {
            let a: Vec<F> = random.exts(n);
            let values = a.iter().scan(init, |s, a| {
                *s = step(*s, *a, scale, shift);
                Some(*s)
            });
            let values: Vec<F> = std::iter::once(init).chain(values).collect();
            for before in [false, true] {
                let mode = format!("{mode}{}", if before { "-before" } else { "" });
                let (va, planes, last) = (m.exts(&a), m.planes_out(n), m.exts_out(1));
                let mut scan = m.descriptor(mnemonic, &mode);
                scan.element(&mut m, "init", init)
                    .view(&mut m, "a", &va)
                    .view(&mut m, "last", &last.inner());
                if mnemonic == "zktr.ascan" {
                    scan.element(&mut m, "scale", scale)
                        .element(&mut m, "shift", shift);
                }
                // Into planes, then in place.
                for out in [planes, va] {
                    scan.view(&mut m, "out", &out).run(&mut m, n);
                    m.check(&out, if before { &values[..n] } else { &values[1..] });
                    m.check(&last, &values[n..]);
                }
            }
        }
    }
}

/// Levels of trees of fractions and products: neighbours and halves are strides, and the lowest level has multiplicities.
#[test]
fn levels_of_trees() {
    let (mut m, mut random) = machine();
    let n = 8;
    let (num, den): (Vec<F>, Vec<F>) = (random.exts(2 * n), random.exts(2 * n));
    let mult: Vec<F> = random.bases(2 * n);
    type Places = fn(usize, usize) -> (usize, usize);
    let pairs: [(usize, Places); 2] = [(2, |i, _| (2 * i, 2 * i + 1)), (1, |i, n| (i, i + n))];
    for (step, places) in pairs {
        let (vn, vd, vm) = (m.exts(&num), m.exts(&den), m.bases(&mult));
        let second = if step == 2 { 1 } else { n as i64 };
        let part = |view: &crate::machine::View, from: i64| view.from(&[from]).step(step as i64);
        let sums = |num: &[F]| -> Vec<F> {
            (0..n)
                .map(|i| {
                    let (x, y) = places(i, n);
                    num[x] * den[y] + num[y] * den[x]
                })
                .collect()
        };
        let products: Vec<F> = (0..n)
            .map(|i| {
                let (x, y) = places(i, n);
                den[x] * den[y]
            })
            .collect();
        let (on, od) = (m.exts_out(n), m.exts_out(n));
        run!(m, "zktr.leaf" "", n; num = view &on, den = view &od, m0 = view &part(&vm, 0), m1 = view &part(&vm, second),
            d0 = view &part(&vd, 0), d1 = view &part(&vd, second));
        m.check(&on, &sums(&mult));
        m.check(&od, &products);
        run!(m, "zktr.mul" "", n; out = view &on, a = view &part(&vd, 0), b = view &part(&vd, second));
        m.check(&on, &products);
        // The higher levels in place, into where the first fractions were.
        run!(m, "zktr.tree" "", n; num = view &part(&vn, 0), den = view &part(&vd, 0), n0 = view &part(&vn, 0),
            n1 = view &part(&vn, second), d0 = view &part(&vd, 0), d1 = view &part(&vd, second));
        m.check(&part(&vn, 0), &sums(&num));
        m.check(&part(&vd, 0), &products);
    }
}

#[test]
fn indexed_gathers() {
    let (mut m, mut random) = machine();
    let table: Vec<F> = random.exts(5);
    let (index, mult): (Vec<u64>, Vec<F>) = (vec![4, 0, 0, 3, 2, 4], random.bases(6));
    let (vt, vi, vm, out) = (
        m.exts(&table),
        m.u32s(&index),
        m.bases(&mult),
        m.exts_out(6),
    );
    run!(m, "zktr.gather" "", 6; bins = int 5, out = view &out, table = view &vt, idx = view &vi, m = view &vm);
    let expected: Vec<F> = index
        .iter()
        .zip(&mult)
        .map(|(&i, m)| table[i as usize] * *m)
        .collect();
    m.check(&out, &expected);
    let vi = m.u32s(&[0, 1, 2, 3, 4, 5]);
    let found = status!(m, "zktr.gather" "", 6; bins = int 5, out = view &out, table = view &vt, idx = view &vi, m = view &vm);
    assert_eq!(found, "index");
}

/// Challenges are residues, and others for each draw.
#[test]
fn challenges() {
    let (mut m, _) = machine();
    let n = 50;
    let out = m.exts_out(n);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..3 {
        m.options.seed = seed;
        run!(m, "zktr.challenge" "", n; out = view &out);
        for i in 0..4 * n as i64 {
            let word = m.peek(out.at + 4 * i as u64, 4);
            assert!(word < F::MODULUS);
            seen.insert(word);
        }
    }
    assert!(seen.len() > 590, "{} of 600 words", seen.len());
}

/// Nothing runs guests here, and the instruction says so.
#[test]
fn no_unit_for_guests() {
    let (mut m, _) = machine();
    let found = status!(m, "zktr.run" "", 0; memory = int 0, size = int 0, state = int 0, limit = int 0, tables = int 0);
    assert_eq!(found, "unit");
}
