//! Other systems over BabyBear and KoalaBear: SP1 from version 6 on, Valida, OpenVM, RISC Zero.

use super::*;
use crate::hosts::risc_zero::{ExtElem, INVALID};
use crate::machine::Random;

/// Coefficients from the equality polynomial, and a tree of fractions down to its root.
#[test]
fn sp1_6() {
    type F = KoalaBear4;
    let (mut m, mut random) = (Machine::<F>::new("koalabear4-m"), Random(2));
    let (n, k) = (16, 3);
    let (alpha, r): (F, Vec<F>) = (random.ext(), random.exts(2));
    let kind = F::of(&[9]);
    let (rows, mult): (Vec<F>, Vec<F>) = (random.bases(n * k), random.bases(n));
    let (a, vm, point) = (m.table(k, &rows), m.bases(&mult), m.exts(&r));
    let (coeff, d) = (m.exts_out(4), m.exts_out(n));
    run!(m, "zktr.eq" "", 4; k = int 2, init = element F::one(), out = view &coeff, r = view &point);
    let mut rlc = m.descriptor("zktr.rlc", "");
    let init = rlc.slot(&mut m, "init");
    fold_constants(&mut m, alpha, &coeff, &[kind], &init);
    rlc.int(&mut m, "k", k as u64)
        .view(&mut m, "out", &d)
        .view(&mut m, "a", &a)
        .view(&mut m, "coeff", &coeff.from(&[1]))
        .run(&mut m, n);

    let (p, q) = (F::one() - r[0], F::one() - r[1]);
    let b = [p * q, r[0] * q, p * r[1], r[0] * r[1]];
    let denominators: Vec<F> = rows
        .chunks(k)
        .map(|row| alpha + b[0] * kind + b[1] * row[0] + b[2] * row[1] + b[3] * row[2])
        .collect();
    m.check(&d, &denominators);
    let (num, den) = root(&mut m, n, &d, &vm, false);
    m.documented("SP1 v6");
    let (quotient, inverse) = (m.exts_out(1), m.exts_out(1));
    run!(m, "zktr.inv" "", 1; out = view &inverse, a = view &den);
    run!(m, "zktr.mul" "", 1; out = view &quotient, a = view &num, b = view &inverse);
    let fractions = mult.iter().zip(&denominators);
    let expected = fractions.fold(F::zero(), |s, (m, d)| s + *m * Host::inverse(d));
    m.check(&quotient, &[expected]);
}

/// One batch of inverses for all interactions, zeros allowed; multiplicities are applied in the sum, which runs through
/// the interactions of a row before it goes on to the next.
#[test]
fn valida() {
    type F = BabyBear5;
    let (mut m, mut random) = (Machine::<F>::new("babybear5-m"), Random(3));
    let (n, k) = (7, 3);
    // A base element, so that a row can hit zero.
    let (alpha, beta): (F, F) = (F::of(&[5]), random.ext());
    let mut rows: Vec<F> = random.bases(n * k);
    rows[3 * k..4 * k].copy_from_slice(&[-alpha, F::zero(), F::zero()]);
    let mult: Vec<F> = random.bases(2 * n);
    let (a, vm) = (m.table(k, &rows), m.bases(&mult));
    let (betas, _) = powers(&mut m, beta, k);
    let (d, out, last) = (m.exts_out(2 * n), m.exts_out(2 * n), m.exts_out(1));
    // alpha^(bus + 1), each to the constant of its bus: the slots of the two descriptors are a view, too.
    let mut buses = [0, 1].map(|_| m.descriptor("zktr.rlc", ""));
    let slots = buses.each_mut().map(|rlc| rlc.slot(&mut m, "init"));
    let apart = View {
        at: slots[0].at,
        strides: vec![(slots[1].at - slots[0].at) as i64, slots[0].strides[1]],
    };
    run!(m, "zktr.pow" "after", 2; init = element F::one(), base = element alpha, out = view &apart, last = view &last.inner());
    for (bus, mut rlc) in buses.into_iter().enumerate() {
        rlc.int(&mut m, "k", k as u64)
            .view(&mut m, "out", &d.from(&[bus as i64]).step(2))
            .view(&mut m, "a", &a)
            .view(&mut m, "coeff", &betas)
            .run(&mut m, n);
    }
    run!(m, "zktr.inv0" "", 2 * n; out = view &d, a = view &d);
    run!(m, "zktr.wscan" "sum", 2 * n; init = element F::zero(), out = view &out, m = view &vm, a = view &d, last = view &last.inner());

    let mut phi = vec![];
    let (mut s, mut zeros) = (F::zero(), 0);
    for i in 0..n {
        for (bus, constant) in [alpha, alpha * alpha].into_iter().enumerate() {
            let row = &rows[i * k..];
            let d = constant + row[0] + beta * row[1] + beta * beta * row[2];
            if d.is_zero() {
                zeros += 1;
            } else {
                s += mult[2 * i + bus] * Host::inverse(&d);
            }
        }
        phi.push(s);
    }
    assert_eq!(zeros, 1);
    m.check(&out.from(&[1]).step(2), &phi);
    m.documented("Valida");
}

/// Records become field elements where they are; the bus is the entry behind the others; a fused column.
#[test]
fn openvm_1() {
    type F = BabyBear4;
    let (mut m, mut random) = (Machine::<F>::new("babybear4-m"), Random(5));
    let (n, k) = (6, 4);
    let (alpha, beta): (F, F) = (random.ext(), random.ext());
    let records = random.words(n * k);
    let rows = m.words(4, k, &records);
    run!(m, "zktr.cvt" "", n; k = int k as u64, out = view &rows, x = view &rows);
    let (betas, top) = powers(&mut m, beta, k);
    let (perm, sum, last) = (m.exts_out(n), m.exts_out(n), m.exts_out(1));
    let mut logup = m.descriptor("zktr.logup", "");
    let gamma = logup.slot(&mut m, "gamma");
    let bus = F::of(&[12]);
    fold_constants(&mut m, alpha, &top, &[bus + F::one()], &gamma);
    logup
        .int(&mut m, "k", k as u64)
        .element(&mut m, "init", F::zero())
        .view(&mut m, "perm", &perm)
        .view(&mut m, "sum", &sum)
        .view(&mut m, "a", &rows)
        .view(&mut m, "coeff", &betas)
        .view(&mut m, "last", &last.inner())
        .run(&mut m, n);
    let fractions: Vec<F> = records
        .chunks(k)
        .map(|record| {
            let horner = |s: F, v: &u64| s * beta + F::of(&[v % F::MODULUS]);
            let message = record.iter().rev().fold(bus + F::one(), horner);
            Host::inverse(&(alpha + message))
        })
        .collect();
    m.check(&perm, &fractions);
    m.check(&sum, &running(F::zero(), &fractions));
    m.documented("OpenVM v1");
}

/// Columns one behind the other, and a fraction tree that adds halves.
#[test]
fn openvm_2() {
    type F = BabyBear4;
    let (mut m, mut random) = (Machine::<F>::new("babybear4-m"), Random(6));
    let (n, k) = (32usize, 2usize);
    let (alpha, beta): (F, F) = (random.ext(), random.ext());
    let bus = F::of(&[4]);
    let (columns, mult): (Vec<F>, Vec<F>) = (random.bases(n * k), random.bases(n));
    let (a, vm, d) = (
        m.table(n, &columns).transposed(),
        m.bases(&mult),
        m.exts_out(n),
    );
    let (betas, top) = powers(&mut m, beta, k);
    let mut rlc = m.descriptor("zktr.rlc", "");
    let init = rlc.slot(&mut m, "init");
    fold_constants(&mut m, alpha, &top, &[bus + F::one()], &init);
    rlc.int(&mut m, "k", k as u64)
        .view(&mut m, "out", &d)
        .view(&mut m, "a", &a)
        .view(&mut m, "coeff", &betas)
        .run(&mut m, n);
    let (num, den) = root(&mut m, n, &d, &vm, true);
    let mut expected = (F::zero(), F::one());
    for i in 0..n {
        let d = alpha + columns[i] + beta * columns[n + i] + beta * beta * (bus + F::one());
        expected = (expected.0 * d + mult[i] * expected.1, expected.1 * d);
    }
    m.check(&num, &[expected.0]);
    m.check(&den, &[expected.1]);
    m.documented("OpenVM v2");
}

/// Independent coefficients, two arguments in a column, and refusal of what was never written.
#[test]
fn risc_zero() {
    type F = ExtElem;
    let (mut m, mut random) = (Machine::<F>::new("babybear4-r-m"), Random(7));
    let (n, k) = (8usize, 3usize);
    let (z, c): (F, Vec<F>) = (random.ext(), random.exts(k + 1));
    let kind = F::of(&[2]);
    let (columns, mult): (Vec<F>, Vec<F>) = (random.bases(2 * k * n), random.bases(2 * n));
    let (a, vm, vc) = (m.table(n, &columns), m.bases(&mult), m.exts(&c));
    // -c, all at once.
    let (minus, index) = (all(&mut m, -F::one()), m.u32s(&[0, 1, 2, 3]));
    let negative = m.exts_out(k + 1);
    run!(m, "zktr.gather" "", k + 1; bins = int 4, out = view &negative, table = view &vc, idx = view &index, m = view &minus);
    let (d, batch) = (m.ext_table_out(n, 2), m.exts_out(n));
    let (sum, last) = (m.exts_out(n), m.exts_out(1));
    let arguments = [0, 1].map(|j| a.from(&[j * k as i64]).transposed());
    let fingerprints = [0, 1].map(|j| {
        let mut rlc = m.descriptor("zktr.rlc", "");
        let init = rlc.slot(&mut m, "init");
        fold_constants(&mut m, z, &negative, &[kind], &init);
        rlc.int(&mut m, "k", k as u64)
            .view(&mut m, "out", &d.column(j as i64))
            .view(&mut m, "a", &arguments[j])
            .view(&mut m, "coeff", &negative.from(&[1]))
            .run(&mut m, n);
        rlc
    });
    let signs = all(&mut m, F::one());
    let by_argument = View {
        at: vm.at,
        strides: vec![8, 4],
    };
    run!(m, "zktr.wbatch" "", n; k = int 2, out = view &batch, sign = view &signs, m = view &by_argument, d = view &d);
    run!(m, "zktr.scan" "sum", n; init = element F::zero(), out = view &sum, a = view &batch, last = view &last.inner());
    let rows: Vec<F> = (0..n)
        .map(|i| {
            (0..2).fold(F::zero(), |s, argument| {
                let f = |j: usize| columns[(argument * k + j) * n + i];
                let d = z - (c[0] * kind + c[1] * f(0) + c[2] * f(1) + c[3] * f(2));
                s + fraction(mult[2 * i + argument], d)
            })
        })
        .collect();
    m.check(&sum, &running(F::zero(), &rows));
    m.documented("RISC Zero");

    m.poke(arguments[1].from(&[5, 1]).at, 4, &[INVALID.into()]);
    fingerprints[0].run(&mut m, n);
    assert_eq!(fingerprints[1].status(&mut m, n), "range");
    fingerprints[1].run(&mut m, 5);
}
