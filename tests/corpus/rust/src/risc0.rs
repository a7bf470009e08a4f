//! Over RISC Zero's field: BabyBear in Montgomery form, and its extension of degree 4.

use crate::{export, read, write};
use risc0_core::field::Elem as _;
use risc0_core::field::baby_bear::{Elem as F, ExtElem as E};

export!("risc0", "convert", (x: *const u32, n: usize, out: *mut F), {
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = F::new(x);
    }
});
export!("risc0", "canonical", (x: *const F, n: usize, out: *mut u32), {
    for (out, x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = x.as_u32();
    }
});
export!("risc0", "products", (x: *const F, n: usize, y: *const F, out: *mut F), {
    for ((out, &x), &y) in write(out, n).iter_mut().zip(read(x, n)).zip(read(y, n)) {
        *out = x * y;
    }
});
export!("risc0", "products_extension", (x: *const E, n: usize, y: *const E, out: *mut E), {
    for ((out, &x), &y) in write(out, n).iter_mut().zip(read(x, n)).zip(read(y, n)) {
        *out = x * y;
    }
});
export!("risc0", "running_sum", (x: *const F, n: usize, out: *mut F), {
    let mut sum = F::ZERO;
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        sum += x;
        *out = sum;
    }
});
export!("risc0", "running_product_extension", (x: *mut E, n: usize), {
    let mut product = E::ONE;
    for x in write(x, n) {
        product *= *x;
        *x = product;
    }
});
export!("risc0", "mix", (x: *const F, n: usize, mix: *const E, out: *mut E), {
    let (mut power, mut sum) = (E::ONE, E::ZERO);
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        sum += power * x;
        power *= *mix;
        *out = sum;
    }
});
export!("risc0", "inverse", (x: *const F, n: usize, out: *mut F), {
    for (out, x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = x.inv();
    }
});
