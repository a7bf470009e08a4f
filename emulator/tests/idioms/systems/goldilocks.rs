//! Systems over Goldilocks: Miden, Triton VM, ZisK.

use super::*;
use crate::hosts::triton::XFieldElement;
use crate::machine::Random;

/// Chunks of rows: the last value of one is the initial value of the next. Exclusive sums.
#[test]
fn miden() {
    type F = Goldilocks2;
    let (mut m, mut random) = (Machine::<F>::new("goldilocks2"), Random(9));
    let (n, k, chunk) = (11usize, 3usize, 4usize);
    let (alpha, beta): (F, F) = (random.ext(), random.ext());
    let bus = F::of(&[6]);
    let (rows, mult): (Vec<F>, Vec<F>) = (random.bases(n * k), random.bases(n));
    let (a, vm) = (m.table(k, &rows), m.bases(&mult));
    let (betas, top) = powers(&mut m, beta, k);
    let (perm, sum, last) = (m.exts_out(n), m.exts_out(n), m.exts_out(1));
    // A descriptor for each chunk.
    let mut chunks = [0; 3].map(|_| m.descriptor("zktr.mlogup", "sum-before"));
    let mut inits: Vec<View> = chunks
        .iter_mut()
        .map(|c| c.slot(&mut m, "init").inner())
        .collect();
    inits.push(last.inner());
    for (c, fused) in chunks.iter_mut().enumerate() {
        let gamma = fused.slot(&mut m, "gamma");
        fold_constants(&mut m, alpha, &top, &[bus + F::one()], &gamma);
        let first = [(c * chunk) as i64];
        fused
            .int(&mut m, "k", k as u64)
            .view(&mut m, "perm", &perm.from(&first))
            .view(&mut m, "sum", &sum.from(&first))
            .view(&mut m, "m", &vm.from(&first))
            .view(&mut m, "a", &a.from(&first))
            .view(&mut m, "coeff", &betas)
            .view(&mut m, "last", &inits[c + 1])
            .run(&mut m, chunk.min(n - c * chunk));
    }
    let mut s = F::zero();
    let mut sums = vec![];
    for (row, mult) in rows.chunks(k).zip(&mult) {
        sums.push(s);
        let entries = row[0] + beta * row[1] + beta * beta * row[2];
        let d = alpha + entries + beta * beta * beta * (bus + F::one());
        s += fraction(*mult, d);
    }
    m.check(&sum, &sums);
    m.check(&last, &[s]);
    m.documented("Miden");
}

/// Independent weights, sums of inverses where a condition holds, running products and evaluations, with and without a
/// condition.
#[test]
fn triton() {
    type F = XFieldElement;
    let (mut m, mut random) = (Machine::<F>::new("goldilocks3-t-m"), Random(10));
    let (n, k) = (12usize, 3usize);
    let (chi, weights): (F, Vec<F>) = (random.ext(), random.exts(k));
    let columns: Vec<F> = random.bases(n * k);
    let selected: Vec<bool> = (0..n).map(|i| i % 3 != 1).collect();
    let selector: Vec<F> = selected.iter().map(|s| F::of(&[u64::from(*s)])).collect();
    let negative: Vec<F> = weights.iter().map(|w| -*w).collect();
    let a = m.table(n, &columns).transposed();
    let (vs, vw, vn) = (m.bases(&selector), m.exts(&weights), m.exts(&negative));
    let (c, d) = (m.exts_out(n), m.exts_out(n));
    let (out, last) = (m.exts_out(n), m.exts_out(1));
    run!(m, "zktr.rlc" "", n; k = int k as u64, init = element F::zero(), out = view &c, a = view &a, coeff = view &vw);
    let compressed: Vec<F> = (0..n)
        .map(|i| (0..k).fold(F::zero(), |s, j| s + weights[j] * columns[j * n + i]))
        .collect();
    m.check(&c, &compressed);

    // The sum of 1 / (chi - c) where the condition holds.
    run!(m, "zktr.rlc" "", n; k = int k as u64, init = element chi, out = view &d, a = view &a, coeff = view &vn);
    run!(m, "zktr.frac" "plus", n; out = view &d, m = view &vs, d = view &d);
    run!(m, "zktr.scan" "sum", n; init = element F::zero(), out = view &out, a = view &d, last = view &last.inner());
    let inverses = selected.iter().zip(&compressed);
    let inverses: Vec<F> = inverses
        .map(|(s, c)| if *s { (chi - *c).inverse() } else { F::zero() })
        .collect();
    m.check(&out, &running(F::zero(), &inverses));

    // The product of chi - c, and the evaluation e chi + c.
    type Step = fn(F, F, F) -> F;
    let product: Step = |s, c, chi| s * (chi - c);
    let horner: Step = |s, c, chi| s * chi + c;
    let modes = [
        ("prod", -F::one(), chi, product),
        ("horner", chi, F::zero(), horner),
    ];
    for (mode, scale, shift, step) in modes {
        let mut scan = m.descriptor("zktr.ascan", mode);
        scan.element(&mut m, "init", F::one())
            .element(&mut m, "scale", scale)
            .element(&mut m, "shift", shift)
            .view(&mut m, "last", &last.inner())
            .view(&mut m, "out", &out)
            .view(&mut m, "a", &c)
            .run(&mut m, n);
        let scanned = |counts: &dyn Fn(usize) -> bool| -> Vec<F> {
            let mut s = F::one();
            let mut row = |i: usize| {
                if counts(i) {
                    s = step(s, compressed[i], chi);
                }
                s
            };
            (0..n).map(&mut row).collect()
        };
        m.check(&out, &scanned(&|_| true));

        // With a condition: the rows that count, behind the initial value; then each row takes the value of the last one
        // that counted.
        let kept: Vec<u64> = (0..n as u64).filter(|&i| selected[i as usize]).collect();
        let place = |i: u64| kept.iter().filter(|&&row| row <= i).count() as u64;
        let places: Vec<u64> = (0..n as u64).map(place).collect();
        let (rows, places) = (m.u32s(&kept), m.u32s(&places));
        let (count, dense) = (kept.len(), m.exts(&vec![F::one(); kept.len() + 1]));
        run!(m, "zktr.pick" "", count; k = int 3, bins = int n as u64, out = view &dense.from(&[1]), table = view &c, idx = view &rows);
        scan.view(&mut m, "out", &dense.from(&[1]))
            .view(&mut m, "a", &dense.from(&[1]))
            .run(&mut m, count);
        run!(m, "zktr.pick" "", n; k = int 3, bins = int count as u64 + 1, out = view &out, table = view &dense, idx = view &places);
        m.check(&out, &scanned(&|i| selected[i]));
    }
    m.documented("Triton");
}

/// Numerators and denominators that the host's expressions give, in the extension; serial sums and products of quotients.
#[test]
fn zisk() {
    type F = Goldilocks3;
    let (mut m, mut random) = (Machine::<F>::new("goldilocks3"), Random(11));
    let n = 10;
    let num: Vec<F> = random.exts(n);
    let mut den: Vec<F> = random.exts(n);
    den.iter_mut()
        .filter(|d| d.is_zero())
        .for_each(|d| *d = F::one());
    let (vn, vd) = (m.exts(&num), m.exts(&den));
    let (out, last) = (m.exts_out(n), m.exts_out(1));
    run!(m, "zktr.inv" "", n; out = view &vd, a = view &vd);
    run!(m, "zktr.mul" "", n; out = view &vd, a = view &vd, b = view &vn);
    let fractions = num.iter().zip(&den);
    let quotients: Vec<F> = fractions.map(|(n, d)| *n * Host::inverse(d)).collect();
    run!(m, "zktr.scan" "sum", n; init = element F::zero(), out = view &out, a = view &vd, last = view &last.inner());
    m.check(&out, &running(F::zero(), &quotients));
    run!(m, "zktr.scan" "prod", n; init = element F::one(), out = view &out, a = view &vd, last = view &last.inner());
    let product = quotients.iter().fold(F::one(), |p, q| p * *q);
    m.check(&last, &[product]);
    m.documented("ZisK");
}
