//! Over plonky2's field: Goldilocks in words that need not be canonical.

use crate::{export, read, write};
use plonky2_field::goldilocks_field::GoldilocksField as F;
use plonky2_field::types::{Field, PrimeField64};

export!("plonky2", "inverse", (x: *const F, n: usize, out: *mut F), {
    write(out, n).copy_from_slice(&F::batch_multiplicative_inverse(read(x, n)))
});
export!("plonky2", "convert", (x: *const u32, n: usize, out: *mut F), {
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = F::from_canonical_u32(x);
    }
});
export!("plonky2", "canonical", (x: *const F, n: usize, out: *mut u64), {
    for (out, x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = x.to_canonical_u64();
    }
});
export!("plonky2", "products", (x: *const F, n: usize, y: *const F, out: *mut F), {
    for ((out, &x), &y) in write(out, n).iter_mut().zip(read(x, n)).zip(read(y, n)) {
        *out = x * y;
    }
});
export!("plonky2", "running_sum", (x: *const F, n: usize, out: *mut F), {
    let mut sum = F::ZERO;
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        sum += x;
        *out = sum;
    }
});
