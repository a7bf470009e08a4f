//! Lanes without an instruction set in particular: arrays, which compilers turn into what the target has.

use super::{Lanes, Modulus, Word};
use std::marker::PhantomData;

/// Eight lanes of any word.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Portable<W>(PhantomData<W>);

const LANES: usize = 8;

impl<W: Word> Lanes for Portable<W> {
    type Word = W;
    type Pack = [W; LANES];
    // Reduced: wider sums pay where lanes are multiplied to words of twice the width in one instruction.
    type Sum = [W; LANES];
    const LANES: usize = LANES;
    const PRODUCTS: usize = 4;

    #[inline(always)]
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
        f()
    }

    #[inline(always)]
    fn splat(self, word: W) -> Self::Pack {
        [word; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[W]) -> Self::Pack {
        let mut pack = [W::ZERO; LANES];
        pack.copy_from_slice(&from[..LANES]);
        pack
    }

    #[inline(always)]
    fn store(self, pack: Self::Pack, to: &mut [W]) {
        to[..LANES].copy_from_slice(&pack);
    }

    #[inline(always)]
    fn add(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack {
        std::array::from_fn(|i| a[i].add(b[i], m.p[i]))
    }

    #[inline(always)]
    fn sub(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack {
        std::array::from_fn(|i| a[i].sub(b[i], m.p[i]))
    }

    #[inline(always)]
    fn mul(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack {
        std::array::from_fn(|i| a[i].mul(b[i], m.p[i], m.inverse[i]))
    }

    #[inline(always)]
    fn product(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Sum {
        self.mul(a, b, m)
    }

    #[inline(always)]
    fn accumulate(
        self,
        sum: Self::Sum,
        a: Self::Pack,
        b: Self::Pack,
        m: &Modulus<Self::Pack>,
    ) -> Self::Sum {
        self.add(sum, self.mul(a, b, m), m)
    }

    #[inline(always)]
    fn running_sum(self, mut a: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack {
        for i in 1..LANES {
            a[i] = a[i].add(a[i - 1], m.p[i]);
        }
        a
    }

    #[inline(always)]
    fn reduce(self, sum: Self::Sum, _: &Modulus<Self::Pack>) -> Self::Pack {
        sum
    }
}
