//! Over the fields of lambdaworks.

use crate::{export, read, write};
use lambdaworks_math::field::element::FieldElement;
use lambdaworks_math::field::fields::fft_friendly::babybear_u32::Babybear31PrimeField;
use lambdaworks_math::field::fields::mersenne31::field::Mersenne31Field;
use lambdaworks_math::field::fields::u64_goldilocks_field::Goldilocks64Field;

macro_rules! lambdaworks {
    ($p:literal, $field:ty) => {
        const _: () = {
            type F = FieldElement<$field>;
            export!($p, "inverse", (x: *mut F, n: usize, done: *mut bool), {
                *done = F::inplace_batch_inverse(write(x, n)).is_ok()
            });
            export!($p, "products", (x: *const F, n: usize, y: *const F, out: *mut F), {
                for ((out, x), y) in write(out, n).iter_mut().zip(read(x, n)).zip(read(y, n)) {
                    *out = x * y;
                }
            });
            export!($p, "running_sum", (x: *const F, n: usize, out: *mut F), {
                let mut sum = F::zero();
                for (out, x) in write(out, n).iter_mut().zip(read(x, n)) {
                    sum = sum + x;
                    *out = sum;
                }
            });
            export!($p, "convert", (x: *const u64, n: usize, out: *mut F), {
                for (out, &x) in write(out, n).iter_mut().zip(read(x, n)) {
                    *out = F::from(x);
                }
            });
        };
    };
}

lambdaworks!("lambdaworks_babybear", Babybear31PrimeField);
lambdaworks!("lambdaworks_mersenne31", Mersenne31Field);
lambdaworks!("lambdaworks_goldilocks", Goldilocks64Field);
