//! Recurrences `s = s * f + a` over the base field, several stretches of a block at a time.
//!
//! A multiplication takes many cycles, for which the next one in its chain has to wait, and no other. So the block is
//! divided into [`CHAINS`] stretches. Within one, with `P` the product of the factors since its first row and `Q` what the
//! recurrence gives from zero, the value is `P s + Q`, where `s` is the value in front of the stretch: those are found one after
//! the other, and the rest is packed arithmetic.

use super::field::Field;
use super::kernel::{CHAINS, Factor, Kernel, Recurrence, STEP};
use super::lanes::{Lanes, Modulus, Word};

/// Rows below which the serial recurrence is as fast.
pub(super) const LEAST_ROWS: usize = 4 * STEP;

/// Executes a recurrence of elements with one coordinate whose factor is not one; as [`Kernel::scan`]. The
/// columns are equally long.
pub(super) fn scan<L: Lanes>(
    kernel: Kernel<'_, L>,
    recurrence: &Recurrence<'_, L::Word>,
    state: &mut L::Word,
    rows: usize,
    before: Option<&mut [L::Word]>,
    after: Option<&mut [L::Word]>,
) {
    let zero = L::Word::ZERO;
    let padded = rows.next_multiple_of(STEP);
    let mut own = Vec::new();
    let values = match after {
        Some(after) => &mut after[..padded],
        None => {
            own.resize(padded, zero);
            &mut own[..]
        }
    };
    let mut products = vec![zero; padded];
    let local = (&mut *values, &mut products[..]);
    let field = kernel.field;
    let adds = match (&recurrence.factor, recurrence.add.first()) {
        (Factor::Row(f), Some(a)) => stretches::<_, true>(field, local, |i| f[0][i], |i| a[i]),
        (Factor::Row(f), None) => stretches::<_, false>(field, local, |i| f[0][i], |_| zero),
        (Factor::Constant(f), Some(a)) => stretches::<_, true>(field, local, |_| f[0][0], |i| a[i]),
        (Factor::Constant(f), None) => stretches::<_, false>(field, local, |_| f[0][0], |_| zero),
        (Factor::One, _) => stretches::<_, false>(field, local, |_| field.one, |_| zero),
    };
    let first = *state;
    let (lanes, len) = (kernel.lanes, padded / CHAINS);
    let mut start = first;
    for (values, products) in values.chunks_exact_mut(len).zip(products.chunks_exact(len)) {
        lanes.vectorize(
            #[inline(always)]
            || {
                let m = Modulus::splat(lanes, field.p, field.inverse);
                let start = lanes.splat(start);
                let packs = values.chunks_exact_mut(L::LANES);
                for (values, products) in packs.zip(products.chunks_exact(L::LANES)) {
                    let mut value = lanes.mul(lanes.load(products), start, &m);
                    if adds {
                        value = lanes.add(value, lanes.load(values), &m);
                    }
                    lanes.store(value, values);
                }
            },
        );
        start = values[len - 1];
    }
    *state = values[rows - 1];
    if let Some(before) = before {
        before[0] = first;
        before[1..rows].copy_from_slice(&values[..rows - 1]);
    }
}

/// `P` and, if `ADDS`, `Q` of each row, all stretches at the same time; the result is `ADDS`.
#[inline(always)]
fn stretches<W: Word, const ADDS: bool>(
    field: &Field<W>,
    (values, products): (&mut [W], &mut [W]),
    factor: impl Fn(usize) -> W,
    add: impl Fn(usize) -> W,
) -> bool {
    let (p, inverse) = (field.p, field.inverse);
    let len = products.len() / CHAINS;
    let mut product = [field.one; CHAINS];
    let mut value = [W::ZERO; CHAINS];
    for row in 0..len {
        for chain in 0..CHAINS {
            let i = chain * len + row;
            let factor = factor(i);
            product[chain] = product[chain].mul(factor, p, inverse);
            products[i] = product[chain];
            if ADDS {
                value[chain] = value[chain].mul(factor, p, inverse).add(add(i), p);
                values[i] = value[chain];
            }
        }
    }
    ADDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::field::Residues;
    use crate::fast::lanes::Portable;
    use crate::golden::arithmetic::{Arithmetic, MAX_DEGREE};
    use zktr_isa::Spec;

    /// All recurrences over some rows, against one row after the other.
    fn check(rows: usize) {
        let spec = Spec::builtin();
        let format = spec.format("koalabear").unwrap();
        let golden = Arithmetic::new(format, &[0; 6]).unwrap();
        let field = &Field::<u32>::new(format, &golden).unwrap();
        let lanes = Portable::<u32>::default();
        let kernel = Kernel { lanes, field };
        let padded = rows.next_multiple_of(STEP);
        let column = |seed: u32| -> Vec<u32> {
            let word = |i: usize| (i as u32 + seed).wrapping_mul(0x9e37_79b9) % field.p;
            // What is behind the rows need not be residues.
            (0..padded)
                .map(|i| if i < rows { word(i) } else { u32::MAX })
                .collect()
        };
        let (f, a) = (column(1), column(7));
        let mut matrix = [Residues::<u32>::default(); MAX_DEGREE];
        matrix[0][0] = 12_345;
        for constant in [false, true] {
            for adds in [false, true] {
                let columns = [&f[..]];
                let recurrence = Recurrence {
                    factor: match constant {
                        true => Factor::Constant(&matrix),
                        false => Factor::Row(&columns),
                    },
                    add: if adds { &[&a] } else { &[] },
                };
                let (mut state, mut s) = (99, 99);
                let (mut before, mut after) = (vec![0; padded], vec![0; padded]);
                scan(
                    kernel,
                    &recurrence,
                    &mut state,
                    rows,
                    Some(&mut before),
                    Some(&mut after),
                );
                for i in 0..rows {
                    assert_eq!(before[i], s, "row {i} of {rows}");
                    s = field.mul(s, if constant { 12_345 } else { f[i] });
                    s = if adds { s.add(a[i], field.p) } else { s };
                    assert_eq!(after[i], s, "row {i} of {rows}");
                }
                assert_eq!(state, s);
                let mut alone = vec![0; padded];
                let mut state = 99;
                scan(
                    kernel,
                    &recurrence,
                    &mut state,
                    rows,
                    Some(&mut alone),
                    None,
                );
                assert!(alone[..rows] == before[..rows] && state == s);
            }
        }
    }

    #[test]
    fn stretches_give_what_the_serial_recurrence_gives() {
        for rows in [LEAST_ROWS, LEAST_ROWS + 1, 500, 511, 512, 2048] {
            check(rows);
        }
    }
}
