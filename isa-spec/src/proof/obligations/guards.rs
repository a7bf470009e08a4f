//! Guards: what a rewritten program checks on entry implies what the rewriting relies on.

use super::Obligation;
use crate::proof::statement::{Claim, Statement};
use crate::proof::words::{Word, Words};
use num_bigint::BigInt;

/// The claim that a word of one bit is one.
fn holds(word: Word) -> Claim {
    Claim::Range {
        value: word.value,
        lo: BigInt::from(1),
        hi: BigInt::from(1),
    }
}

/// Two arrays of elements of `size` bytes, at `d` with n and at `s` with m elements, have no byte in common if
/// `d + n size <= s` or `s + m size <= d`; where addresses wrap around, only if also neither end does: `no_wrap`. Without that
/// the claim is wrong.
#[must_use]
pub fn overlap_guard(bits: u32, size: u32, no_wrap: bool) -> Obligation {
    let mut w = Words::new();
    let (d, s) = (w.any(bits), w.any(bits));
    let (n, m) = (w.any(bits), w.any(bits));
    let (i, j) = (w.any(bits), w.any(bits));
    let mut end = |start: Word, count: Word| {
        if no_wrap {
            let limit = w.constant(bits, (BigInt::from(1) << bits) / size);
            let few = w.less(count, limit);
            w.assume(few);
        }
        let bytes = w.mul_const(count, size);
        let end = w.add(start, bytes);
        if no_wrap {
            let ordered = w.at_most(start, end);
            w.assume(ordered);
        }
        end
    };
    let (d_end, s_end) = (end(d, n), end(s, m));
    let before = w.at_most(d_end, s);
    let behind = w.at_most(s_end, d);
    let guard = w.either(before, behind);
    w.assume(guard);
    for (index, count) in [(i, n), (j, m)] {
        let inside = w.less(index, count);
        w.assume(inside);
    }
    let mut element = |start: Word, index: Word| {
        let offset = w.mul_const(index, size);
        w.add(start, offset)
    };
    let (a, b) = (element(d, i), element(s, j));
    let last = w.constant(bits, size - 1);
    let distances = [w.sub(a, b), w.sub(b, a)];
    let claims = distances.map(|distance| holds(w.less(last, distance)));
    let name = if no_wrap {
        "overlap"
    } else {
        "overlap-unsound"
    };
    Obligation::new(
        format!("guard/{name}/{bits}"),
        "arrays that the guard finds apart have no byte in common",
        Statement::Program {
            program: w.program,
            claims: claims.to_vec(),
        },
    )
}

/// Row i, column j of a table of h rows and k columns of elements of `size` bytes lies within the extent that is checked
/// once: `base + h k size` does not wrap.
#[must_use]
pub fn rows(bits: u32, size: u32) -> Obligation {
    let mut w = Words::new();
    let base = w.any(bits);
    let greatest: BigInt = (BigInt::from(1) << (bits / 2)) - 1;
    let mut small = || w.param(bits, 0, greatest.clone());
    let (h, k, i, j) = (small(), small(), small(), small());
    let cells = w.mul_wide(h, k);
    let factor = w.constant(bits, size);
    let bytes = w.mul_wide(cells, factor);
    let end = w
        .program
        .push(crate::proof::program::Op::Add(base.value, bytes.value));
    let space = w.constant(bits + 1, BigInt::from(1) << bits);
    let fits = w.at_most(
        Word {
            value: end,
            bits: bits + 1,
        },
        space,
    );
    w.assume(fits);
    for (index, count) in [(i, h), (j, k)] {
        let inside = w.less(index, count);
        w.assume(inside);
    }
    let row = w.mul(i, k);
    let cell = w.add(row, j);
    let offset = w.mul_const(cell, size);
    let address = w.add(base, offset);
    let above = w.at_most(base, address);
    let last = w.add_const(w.extend(address, bits + 1), size);
    let below = w.at_most(
        last,
        Word {
            value: end,
            bits: bits + 1,
        },
    );
    Obligation::new(
        format!("guard/rows/{bits}"),
        "an element of a table lies within the extent that is checked once",
        Statement::Program {
            program: w.program,
            claims: vec![holds(above), holds(below)],
        },
    )
}
