//! Lanes of AVX2 and AVX-512F: 8 and 16 residues modulo a prime below 2^31.
//!
//! There is an unsigned product of 32 by 32 bits for the even lanes only; the odd ones are shifted down. A sum of products
//! is a pair of vectors of 64-bit sums, of the even and of the odd lanes.
//!
//! # Safety
//! All that is unsafe here is the use of instructions that the processor may not have. A value of [`Avx2`] or [`Avx512`]
//! exists only where `detect` has seen that it has them. Vectors are loaded from and stored to slices through arrays, whose
//! length is checked.

use super::{Lanes, Modulus, Task};
use std::arch::x86_64::*;

/// The lanes of one of the two.
macro_rules! lanes {
    (
        $(#[$doc:meta])* $name:ident, $features:literal, [$($feature:tt),*], $pack:ty, $lanes:literal,
        splat = $splat:ident, stream = $stream:ident, add = $add:ident, sub = $sub:ident, min = $min:ident, mul = $mul:ident,
        add64 = $add64:ident, sub64 = $sub64:ident, high = $high:expr, odd = $odd:expr, slides = [$($slide:expr),*]
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(());

        impl $name {
            /// None if the processor does not have it.
            pub(crate) fn detect() -> Option<Self> {
                let present = true $(&& is_x86_feature_detected!($feature))*;
                present.then_some(Self(()))
            }

            /// Does something, all that is always inlined in it compiled for these instructions.
            pub(crate) fn apply<T: Task>(self, task: T) -> T::Output {
                #[target_feature(enable = $features)]
                fn compiled<T: Task>(task: T) -> T::Output {
                    task.run()
                }
                // SAFETY: see the module.
                unsafe { compiled(task) }
            }

            /// The odd lanes' words in even lanes.
            #[inline(always)]
            fn high(self, a: $pack) -> $pack {
                // SAFETY: see the module.
                unsafe { $high(a) }
            }

            /// The odd lanes of the second, and the even ones of the first.
            #[inline(always)]
            fn join(self, even: $pack, odd: $pack) -> $pack {
                // SAFETY: see the module.
                unsafe { $odd(even, odd) }
            }

            /// The products of the even lanes and of the odd ones.
            #[inline(always)]
            fn products(self, a: $pack, b: $pack) -> ($pack, $pack) {
                let (a1, b1) = (self.high(a), self.high(b));
                // SAFETY: see the module.
                unsafe { ($mul(a, b), $mul(a1, b1)) }
            }

            /// The multiples of p whose low halves are those of the sums.
            #[inline(always)]
            fn multiples(self, (even, odd): ($pack, $pack), m: &Modulus<$pack>) -> ($pack, $pack) {
                // SAFETY: see the module.
                unsafe {
                    (
                        $mul($mul(even, m.inverse), m.p),
                        $mul($mul(odd, m.inverse), m.p),
                    )
                }
            }
        }

        impl Lanes for $name {
            type Word = u32;
            type Pack = $pack;
            type Sum = ($pack, $pack);
            const LANES: usize = $lanes;
            // p^2 is below 2^62.
            const PRODUCTS: usize = 4;

            #[inline(always)]
            fn vectorize<R>(self, f: impl FnOnce() -> R) -> R {
                #[target_feature(enable = $features)]
                fn compiled<R>(f: impl FnOnce() -> R) -> R {
                    f()
                }
                // SAFETY: see the module.
                unsafe { compiled(f) }
            }

            #[inline(always)]
            fn splat(self, word: u32) -> $pack {
                // SAFETY: see the module.
                unsafe { $splat(word.cast_signed()) }
            }

            #[inline(always)]
            fn load(self, from: &[u32]) -> $pack {
                let mut words = [0; $lanes];
                words.copy_from_slice(&from[..$lanes]);
                // SAFETY: both are as many bytes, all of whose values are allowed.
                unsafe { std::mem::transmute::<[u32; $lanes], $pack>(words) }
            }

            #[inline(always)]
            fn store(self, pack: $pack, to: &mut [u32]) {
                // SAFETY: as for `load`.
                let words = unsafe { std::mem::transmute::<$pack, [u32; $lanes]>(pack) };
                to[..$lanes].copy_from_slice(&words);
            }

            #[inline(always)]
            fn stream(self, pack: $pack, to: &mut [u32]) {
                let to = &mut to[..$lanes];
                if to.as_ptr().cast::<$pack>().is_aligned() {
                    // SAFETY: there is room for a vector, at an address for one.
                    unsafe { $stream(to.as_mut_ptr().cast(), pack) };
                } else {
                    self.store(pack, to);
                }
            }

            #[inline(always)]
            fn fence(self) {
                // SAFETY: see the module.
                unsafe { _mm_sfence() };
            }

            #[inline(always)]
            fn add(self, a: $pack, b: $pack, m: &Modulus<$pack>) -> $pack {
                // SAFETY: see the module.
                unsafe {
                    // Below 2p, which is below 2^32: what wraps below zero is the larger of the two.
                    let sum = $add(a, b);
                    $min(sum, $sub(sum, m.p))
                }
            }

            #[inline(always)]
            fn sub(self, a: $pack, b: $pack, m: &Modulus<$pack>) -> $pack {
                // SAFETY: see the module.
                unsafe {
                    let difference = $sub(a, b);
                    $min(difference, $add(difference, m.p))
                }
            }

            #[inline(always)]
            fn mul(self, a: $pack, b: $pack, m: &Modulus<$pack>) -> $pack {
                let sums = self.products(a, b);
                let multiples = self.multiples(sums, m);
                // SAFETY: see the module.
                unsafe {
                    let even = $sub64(sums.0, multiples.0);
                    let odd = $sub64(sums.1, multiples.1);
                    let quotient = self.join(self.high(even), odd);
                    $min(quotient, $add(quotient, m.p))
                }
            }

            #[inline(always)]
            fn product(self, a: $pack, b: $pack, _: &Modulus<$pack>) -> Self::Sum {
                self.products(a, b)
            }

            #[inline(always)]
            fn accumulate(self, sum: Self::Sum, a: $pack, b: $pack, _: &Modulus<$pack>) -> Self::Sum {
                let (even, odd) = self.products(a, b);
                // SAFETY: see the module.
                unsafe { ($add64(sum.0, even), $add64(sum.1, odd)) }
            }

            #[inline(always)]
            fn product_by(self, a: $pack, b: $pack, _: &Modulus<$pack>) -> Self::Sum {
                let a1 = self.high(a);
                // SAFETY: see the module.
                unsafe { ($mul(a, b), $mul(a1, b)) }
            }

            #[inline(always)]
            fn accumulate_by(self, sum: Self::Sum, a: $pack, b: $pack, m: &Modulus<$pack>) -> Self::Sum {
                let (even, odd) = self.product_by(a, b, m);
                // SAFETY: see the module.
                unsafe { ($add64(sum.0, even), $add64(sum.1, odd)) }
            }

            #[inline(always)]
            fn running_sum(self, a: $pack, m: &Modulus<$pack>) -> $pack {
                let mut sum = a;
                // Hillis and Steele: by 1, 2, 4, ... lanes.
                $(
                    // SAFETY: see the module.
                    let before = unsafe { $slide(sum) };
                    sum = self.add(sum, before, m);
                )*
                sum
            }

            #[inline(always)]
            fn reduce(self, sum: Self::Sum, m: &Modulus<$pack>) -> $pack {
                let multiples = self.multiples(sum, m);
                let high = self.join(self.high(sum.0), sum.1);
                let less = self.join(self.high(multiples.0), multiples.1);
                // SAFETY: see the module.
                unsafe {
                    // Four products are below 4 p^2, so that their high half is below 2p.
                    let high = $min(high, $sub(high, m.p));
                    self.sub(high, less, m)
                }
            }
        }
    };
}

lanes!(
    /// AVX2.
    Avx2, "avx2", ["avx2"], __m256i, 8,
    splat = _mm256_set1_epi32, stream = _mm256_stream_si256, add = _mm256_add_epi32, sub = _mm256_sub_epi32, min = _mm256_min_epu32,
    mul = _mm256_mul_epu32, add64 = _mm256_add_epi64, sub64 = _mm256_sub_epi64,
    high = |a| _mm256_srli_epi64::<32>(a),
    odd = |even, odd| _mm256_blend_epi32::<0b1010_1010>(even, odd),
    slides = [
        |a| _mm256_blend_epi32::<0x01>(
            _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6)),
            _mm256_setzero_si256()
        ),
        |a| _mm256_blend_epi32::<0x03>(
            _mm256_permutevar8x32_epi32(a, _mm256_setr_epi32(0, 0, 0, 1, 2, 3, 4, 5)),
            _mm256_setzero_si256()
        ),
        |a| _mm256_permute2x128_si256::<0x08>(a, a)
    ]
);
lanes!(
    /// AVX-512F, with the instructions on smaller vectors and words that compilers then use elsewhere.
    Avx512, "avx512f,avx512bw,avx512dq,avx512vl", ["avx512f", "avx512bw", "avx512dq", "avx512vl"], __m512i, 16,
    splat = _mm512_set1_epi32, stream = _mm512_stream_si512, add = _mm512_add_epi32, sub = _mm512_sub_epi32, min = _mm512_min_epu32,
    mul = _mm512_mul_epu32, add64 = _mm512_add_epi64, sub64 = _mm512_sub_epi64,
    high = |a| _mm512_srli_epi64::<32>(a),
    odd = |even, odd| _mm512_mask_blend_epi32(0b1010_1010_1010_1010, even, odd),
    slides = [
        |a| _mm512_alignr_epi32::<15>(a, _mm512_setzero_si512()),
        |a| _mm512_alignr_epi32::<14>(a, _mm512_setzero_si512()),
        |a| _mm512_alignr_epi32::<12>(a, _mm512_setzero_si512()),
        |a| _mm512_alignr_epi32::<8>(a, _mm512_setzero_si512())
    ]
);
