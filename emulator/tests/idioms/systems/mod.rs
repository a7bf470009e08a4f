//! The permutation columns of host systems, each in its own field, layout and order, as sequences of instructions. The
//! references are scalar loops over each system's formula. Each test ends by comparing what it executed with the system's row in
//! docs/idioms.md.

mod babybear;
mod goldilocks;
mod mersenne;
mod plonky3;

use crate::hosts::*;
use crate::machine::{Machine, View};
use crate::run;

/// The term of `zktr.aff` for a column: table (0 or 1), column, 1 for the next row.
fn term(table: u64, column: u64, next: u64) -> u64 {
    column | table << 16 | next << 17
}

/// A vector of one value for all rows.
fn all<H: Host>(m: &mut Machine<H>, value: H) -> View {
    let at = m.bases(&[value]).at;
    View {
        at,
        strides: vec![0],
    }
}

/// Running sums, each row included.
fn running<H: Host>(init: H, terms: &[H]) -> Vec<H> {
    let step = |s: &mut H, t: &H| {
        *s = *s + *t;
        Some(*s)
    };
    terms.iter().scan(init, step).collect()
}

/// A fraction that is left out where its multiplicity is zero.
fn fraction<H: Host>(m: H, d: H) -> H {
    if m.is_zero() {
        H::zero()
    } else {
        m * d.inverse()
    }
}

/// 1, base, ... of `n` rows, and the power behind them.
fn powers<H: Host>(m: &mut Machine<H>, base: H, n: usize) -> (View, View) {
    let (out, last) = (m.exts_out(n), m.exts_out(1));
    run!(*m, "zktr.pow" "from", n; init = element H::one(), base = element base, out = view &out, last = view &last.inner());
    (out, last)
}

/// `init` plus the constants of a tuple times their coefficients, into a slot of a descriptor: what is the same in all
/// rows costs one row.
fn fold_constants<H: Host>(m: &mut Machine<H>, init: H, coeff: &View, constants: &[H], to: &View) {
    let k = constants.len();
    let a = m.table(k, constants);
    run!(*m, "zktr.rlc" "", 1; k = int k as u64, init = element init, out = view to, a = view &a, coeff = view coeff);
}

/// All levels of a fraction tree of `n` leaves (a power of two), by neighbours or by halves; where its root is.
fn root<H: Host>(
    m: &mut Machine<H>,
    n: usize,
    d: &View,
    mult: &View,
    halves: bool,
) -> (View, View) {
    let pair = |view: &View, n: usize| {
        let (step, second) = if halves { (1, n as i64) } else { (2, 1) };
        (view.step(step), view.from(&[second]).step(step))
    };
    let mut n = n / 2;
    let (mut num, mut den) = (m.exts_out(n), m.exts_out(n));
    let ((m0, m1), (d0, d1)) = (pair(mult, n), pair(d, n));
    run!(*m, "zktr.leaf" "", n; num = view &num, den = view &den, m0 = view &m0, m1 = view &m1, d0 = view &d0, d1 = view &d1);
    while n > 1 {
        n /= 2;
        let (up, down) = (m.exts_out(n), m.exts_out(n));
        let ((n0, n1), (d0, d1)) = (pair(&num, n), pair(&den, n));
        run!(*m, "zktr.tree" "", n; num = view &up, den = view &down, n0 = view &n0, n1 = view &n1, d0 = view &d0, d1 = view &d1);
        (num, den) = (up, down);
    }
    (num, den)
}
