//! Over winterfell's field: Goldilocks, in Montgomery form.

use crate::{export, read, write};
use winter_math::{FieldElement, fields::f64::BaseElement as F};

export!("winterfell", "inverse", (x: *const F, n: usize, out: *mut F), {
    write(out, n).copy_from_slice(&winter_math::batch_inversion(read(x, n)))
});
export!("winterfell", "add_in_place", (x: *const F, n: usize, out: *mut F), {
    winter_math::add_in_place(write(out, n), read(x, n))
});
export!("winterfell", "mul_acc", (x: *const F, n: usize, out: *mut F, c: *const F), {
    winter_math::mul_acc(write(out, n), read(x, n), *c)
});
export!("winterfell", "powers", (base: *const F, n: usize, out: *mut F), {
    write(out, n).copy_from_slice(&winter_math::get_power_series(*base, n))
});
export!("winterfell", "eval", (x: *const F, n: usize, at: *const F, out: *mut F), {
    *out = winter_math::polynom::eval(read(x, n), *at)
});
export!("winterfell", "convert", (x: *const u64, n: usize, out: *mut F), {
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        *out = F::new(x);
    }
});
export!("winterfell", "running_sum", (x: *const F, n: usize, out: *mut F), {
    let mut sum = F::ZERO;
    for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
        sum += x;
        *out = sum;
    }
});
