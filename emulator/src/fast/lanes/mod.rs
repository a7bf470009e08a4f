//! Packed arithmetic modulo an odd prime, in Montgomery form, for the instruction sets of this machine.
//!
//! A residue `a` is the word `a R mod p` below `p`, with R = 2^32 for primes below 2^31 and R = 2^64 for others, so that
//! one multiplication serves every such prime (Montgomery, 1985; without the correction from above, as `lo(t) = lo(q p)`
//! for `q = t p^-1 mod R`, so that the quotient is a difference of high halves). Words of a format become residues and
//! back by one multiplication with a constant, or by none.
//!
//! Which instruction set is there is asked at run time: Plonky3's packings, which this resembles, are chosen when they
//! are compiled. On architectures without a module of their own the portable lanes are compiled for the baseline, which
//! has NEON on AArch64.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use portable::Portable;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

/// Something to be compiled for the instruction set that is there.
pub(crate) trait Task {
    /// What it gives.
    type Output;
    /// Does it. An implementation is always inlined, and so is what it calls: a closure need not be.
    fn run(self) -> Self::Output;
}

/// A word that holds a residue.
pub(super) trait Word:
    Copy + Ord + Eq + Default + std::fmt::Debug + bytemuck::Pod + Send + Sync
{
    /// Its bits: the logarithm of R.
    const BITS: u32;
    /// Zero and one as words.
    const ZERO: Self;
    /// The low bits.
    fn of(value: u64) -> Self;
    /// The word as a number.
    fn number(self) -> u64;
    /// `a + b` modulo `p`, for residues.
    fn add(self, b: Self, p: Self) -> Self;
    /// `a - b` modulo `p`, for residues.
    fn sub(self, b: Self, p: Self) -> Self;
    /// `a b / R` modulo `p`, for any word `a` and a residue `b`; `inverse` is that of `p` modulo R.
    fn mul(self, b: Self, p: Self, inverse: Self) -> Self;
    /// The low half of the product.
    fn low_product(self, b: Self) -> Self;
}

macro_rules! word {
    ($word:ty, $wide:ty) => {
        impl Word for $word {
            const BITS: u32 = <$word>::BITS;
            const ZERO: Self = 0;

            #[inline(always)]
            fn of(value: u64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn number(self) -> u64 {
                u64::from(self)
            }

            #[inline(always)]
            fn add(self, b: Self, p: Self) -> Self {
                // For p above R / 2, a + b may not fit; a - (p - b) does.
                self.sub(p.wrapping_sub(b), p)
            }

            #[inline(always)]
            fn sub(self, b: Self, p: Self) -> Self {
                let (difference, borrow) = self.overflowing_sub(b);
                if borrow {
                    difference.wrapping_add(p)
                } else {
                    difference
                }
            }

            #[inline(always)]
            fn mul(self, b: Self, p: Self, inverse: Self) -> Self {
                let product = <$wide>::from(self) * <$wide>::from(b);
                let quotient = (product as Self).wrapping_mul(inverse);
                let multiple = <$wide>::from(quotient) * <$wide>::from(p);
                let high = |wide: $wide| (wide >> Self::BITS) as Self;
                high(product).sub(high(multiple), p)
            }

            #[inline(always)]
            fn low_product(self, b: Self) -> Self {
                self.wrapping_mul(b)
            }
        }
    };
}
word!(u32, u64);
word!(u64, u128);

/// An instruction set that works on [`Self::LANES`] residues at once.
///
/// The functions are to be inlined into a closure of [`Self::vectorize`]: outside of it they are correct, and slow.
pub(super) trait Lanes: Copy + Send + Sync {
    /// A residue.
    type Word: Word;
    /// A residue in each lane.
    type Pack: Copy;
    /// A sum of products in each lane, not reduced yet.
    type Sum: Copy;
    /// How many lanes; a power of two, at most 16.
    const LANES: usize;
    /// How many products a [`Self::Sum`] may have.
    const PRODUCTS: usize;

    /// Calls `f`, compiled for this instruction set.
    fn vectorize<R>(self, f: impl FnOnce() -> R) -> R;
    /// The same word in each lane.
    fn splat(self, word: Self::Word) -> Self::Pack;
    /// The first words of a slice, which has enough.
    fn load(self, from: &[Self::Word]) -> Self::Pack;
    /// To the first words of a slice, which has enough.
    fn store(self, pack: Self::Pack, to: &mut [Self::Word]);
    /// As [`Self::store`], past the caches where the instruction set can and the place is aligned: see [`Self::fence`].
    #[inline(always)]
    fn stream(self, pack: Self::Pack, to: &mut [Self::Word]) {
        self.store(pack, to);
    }
    /// Makes what has been streamed visible to other threads.
    #[inline(always)]
    fn fence(self) {}
    /// Sums of residues.
    fn add(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack;
    /// Differences of residues.
    fn sub(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack;
    /// Products of words and residues.
    fn mul(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack;
    /// The sum of one product of residues.
    fn product(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Sum;
    /// A sum and one more product of residues.
    fn accumulate(
        self,
        sum: Self::Sum,
        a: Self::Pack,
        b: Self::Pack,
        m: &Modulus<Self::Pack>,
    ) -> Self::Sum;
    /// As [`Self::product`], for the same residue in all lanes of `b`.
    #[inline(always)]
    fn product_by(self, a: Self::Pack, b: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Sum {
        self.product(a, b, m)
    }
    /// As [`Self::accumulate`], likewise.
    #[inline(always)]
    fn accumulate_by(
        self,
        sum: Self::Sum,
        a: Self::Pack,
        b: Self::Pack,
        m: &Modulus<Self::Pack>,
    ) -> Self::Sum {
        self.accumulate(sum, a, b, m)
    }
    /// The sum of each lane and all lanes before it, of residues.
    fn running_sum(self, a: Self::Pack, m: &Modulus<Self::Pack>) -> Self::Pack;
    /// The residue of a sum of at most [`Self::PRODUCTS`] products.
    fn reduce(self, sum: Self::Sum, m: &Modulus<Self::Pack>) -> Self::Pack;
}

/// A modulus in each lane, with its inverse modulo R.
#[derive(Clone, Copy)]
pub(super) struct Modulus<P> {
    pub(super) p: P,
    pub(super) inverse: P,
}

impl<P> Modulus<P> {
    /// That of lanes.
    #[inline(always)]
    pub(super) fn splat<L: Lanes<Pack = P>>(lanes: L, p: L::Word, inverse: L::Word) -> Self {
        Self {
            p: lanes.splat(p),
            inverse: lanes.splat(inverse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zktr_isa::field::{inverse_mod, mul_mod, pow_mod};

    /// The inverse of an odd number modulo R, by Newton's iteration.
    fn inverse<W: Word>(p: W) -> W {
        let modulus = 1u128 << W::BITS;
        let mut x = 1u128;
        for _ in 0..7 {
            let error = 2u128.wrapping_sub((u128::from(p.number())).wrapping_mul(x));
            x = x.wrapping_mul(error) % modulus;
        }
        W::of(x as u64)
    }

    fn check<L: Lanes>(lanes: L, p: u64, words: &[u64]) {
        let word = L::Word::of;
        let r = pow_mod(2, u64::from(L::Word::BITS), p);
        let unr = inverse_mod(r, p).unwrap();
        let (modulus, inv) = (word(p), inverse(word(p)));
        assert_eq!(word(p).low_product(inv), word(1));
        let packed = |offset: usize| -> Vec<L::Word> {
            let residues = (0..L::LANES).map(|i| word(words[(i + offset) % words.len()] % p));
            residues.collect()
        };
        let (a, b, c) = (packed(0), packed(3), packed(7));
        let any: Vec<L::Word> = (0..L::LANES).map(|i| word(words[i])).collect();
        let zero = word(0);
        let mut out = vec![[zero; 6]; L::LANES];
        lanes.vectorize(|| {
            let m = Modulus::splat(lanes, modulus, inv);
            let (pa, pb, pc) = (lanes.load(&a), lanes.load(&b), lanes.load(&c));
            let mut sum = lanes.product(pa, pb, &m);
            for _ in 1..L::PRODUCTS {
                sum = lanes.accumulate(sum, pa, pb, &m);
            }
            let results = [
                lanes.add(pa, pb, &m),
                lanes.sub(pa, pb, &m),
                lanes.mul(lanes.load(&any), pc, &m),
                lanes.reduce(sum, &m),
                lanes.splat(modulus),
                lanes.running_sum(pa, &m),
            ];
            let mut row = vec![zero; L::LANES];
            for (k, result) in results.into_iter().enumerate() {
                lanes.store(result, &mut row);
                row.iter()
                    .zip(&mut out)
                    .for_each(|(&from, to)| to[k] = from);
            }
        });
        let mut running = 0u128;
        for i in 0..L::LANES {
            running = (running + u128::from(a[i].number())) % u128::from(p);
            let [x, y, z] = [&a, &b, &c].map(|v| v[i].number());
            let quotient = |product: u64| mul_mod(product, unr, p);
            let sum = (0..L::PRODUCTS).fold(0, |sum: u128, _| {
                (sum + u128::from(quotient(mul_mod(x, y, p)))) % u128::from(p)
            });
            let expected = [
                ((u128::from(x) + u128::from(y)) % u128::from(p)) as u64,
                ((u128::from(x) + u128::from(p - y)) % u128::from(p)) as u64,
                quotient(mul_mod(any[i].number() % p, z, p)),
                sum as u64,
                p,
                running as u64,
            ];
            assert_eq!(
                out[i].map(L::Word::number),
                expected,
                "{x} {y} {z} modulo {p}"
            );
            assert_eq!(a[i].add(b[i], modulus), out[i][0]);
            assert_eq!(a[i].sub(b[i], modulus), out[i][1]);
            assert_eq!(any[i].mul(c[i], modulus, inv), out[i][2]);
        }
    }

    /// Words around the boundaries, and others.
    fn words(p: u64) -> impl Strategy<Value = Vec<u64>> {
        let word = prop_oneof![
            Just(0),
            Just(1),
            Just(p - 1),
            Just(p),
            Just(u64::MAX),
            any::<u64>()
        ];
        proptest::collection::vec(word, 32)
    }

    const NARROW: [u64; 5] = [2_013_265_921, 2_130_706_433, 0x7fff_ffff, 3, 65537];
    const WIDE: [u64; 4] = [0xffff_ffff_0000_0001, u64::MAX - 58, 4_294_967_291, 5];

    proptest! {
        #[test]
        fn every_instruction_set_follows_the_definition(
            (p, words) in proptest::sample::select(&NARROW[..]).prop_flat_map(|p| (Just(p), words(p))),
            (q, more) in proptest::sample::select(&WIDE[..]).prop_flat_map(|p| (Just(p), words(p))),
        ) {
            check(Portable::<u32>::default(), p, &words);
            check(Portable::<u64>::default(), q, &more);
            #[cfg(target_arch = "x86_64")]
            {
                if let Some(lanes) = Avx2::detect() {
                    check(lanes, p, &words);
                }
                if let Some(lanes) = Avx512::detect() {
                    check(lanes, p, &words);
                }
            }
        }
    }
}
