//! The fields of hosts, as their own code has them: Plonky3's, and what Plonky3 does not have by hand.

use p3_baby_bear::BabyBear;
use p3_field::extension::{
    BinomialExtensionField, Complex, CubicTrinomialExtensionField, QuinticTrinomialExtensionField,
};
use p3_field::{BasedVectorSpace, Field, PrimeField32, PrimeField64};
use p3_goldilocks::Goldilocks;
use p3_koala_bear::KoalaBear;
use p3_mersenne_31::Mersenne31;
use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

/// An element of the extension that a host uses.
pub trait Host:
    Copy
    + PartialEq
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
{
    const MODULUS: u64;
    const DEGREE: usize;

    /// The element with these coordinates; what is missing is zero.
    fn of(coordinates: &[u64]) -> Self;

    /// The words that the host keeps it in, or its canonical coordinates.
    fn words(&self, montgomery: bool) -> Vec<u64>;

    /// The inverse of an element other than zero.
    fn inverse(&self) -> Self;

    fn zero() -> Self {
        Self::of(&[])
    }

    fn one() -> Self {
        Self::of(&[1])
    }

    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }

    /// The basis element of this number.
    fn basis(number: usize) -> Self {
        let mut coordinates = vec![0; Self::DEGREE];
        coordinates[number] = 1;
        Self::of(&coordinates)
    }
}

pub type BabyBear4 = BinomialExtensionField<BabyBear, 4>;
pub type BabyBear5 = BinomialExtensionField<BabyBear, 5>;
pub type KoalaBear4 = BinomialExtensionField<KoalaBear, 4>;
pub type KoalaBear5 = QuinticTrinomialExtensionField<KoalaBear>;
pub type Cm31 = Complex<Mersenne31>;
pub type Goldilocks2 = BinomialExtensionField<Goldilocks, 2>;
pub type Goldilocks3 = CubicTrinomialExtensionField<Goldilocks>;
pub type Goldilocks5 = BinomialExtensionField<Goldilocks, 5>;
pub type Qm31 = BinomialExtensionField<Cm31, 2>;

macro_rules! plonky3 {
    ($($ext:ty: $base:ty, $degree:literal, $order:ident, $word:ident;)*) => { $(
        impl Host for $ext {
            const MODULUS: u64 = <$base>::$order as u64;
            const DEGREE: usize = $degree;

            fn of(coordinates: &[u64]) -> Self {
                let at = |i| <$base>::new(coordinates.get(i).copied().unwrap_or(0) as _);
                <Self as BasedVectorSpace<$base>>::from_basis_coefficients_fn(at)
            }

            fn words(&self, montgomery: bool) -> Vec<u64> {
                let coordinates = BasedVectorSpace::<$base>::as_basis_coefficients_slice(self);
                let word = |c: &$base| if montgomery { c.$word().into() } else { c.as_canonical_u64() };
                coordinates.iter().map(word).collect()
            }

            fn inverse(&self) -> Self {
                Field::inverse(self)
            }
        }
    )* };
}

plonky3! {
    BabyBear: BabyBear, 1, ORDER_U32, to_unique_u32;
    BabyBear4: BabyBear, 4, ORDER_U32, to_unique_u32;
    BabyBear5: BabyBear, 5, ORDER_U32, to_unique_u32;
    KoalaBear: KoalaBear, 1, ORDER_U32, to_unique_u32;
    KoalaBear4: KoalaBear, 4, ORDER_U32, to_unique_u32;
    KoalaBear5: KoalaBear, 5, ORDER_U32, to_unique_u32;
    Mersenne31: Mersenne31, 1, ORDER_U32, to_unique_u32;
    Cm31: Mersenne31, 2, ORDER_U32, to_unique_u32;
    Goldilocks: Goldilocks, 1, ORDER_U64, to_unique_u64;
    Goldilocks2: Goldilocks, 2, ORDER_U64, to_unique_u64;
    Goldilocks3: Goldilocks, 3, ORDER_U64, to_unique_u64;
    Goldilocks5: Goldilocks, 5, ORDER_U64, to_unique_u64;
}

impl Host for Qm31 {
    const MODULUS: u64 = Mersenne31::ORDER_U32 as u64;
    const DEGREE: usize = 4;

    fn of(coordinates: &[u64]) -> Self {
        let part = |i: usize| <Cm31 as Host>::of(coordinates.get(2 * i..).unwrap_or(&[]));
        <Self as BasedVectorSpace<Cm31>>::from_basis_coefficients_fn(part)
    }

    fn words(&self, montgomery: bool) -> Vec<u64> {
        let parts = BasedVectorSpace::<Cm31>::as_basis_coefficients_slice(self);
        parts
            .iter()
            .flat_map(|part| part.words(montgomery))
            .collect()
    }

    fn inverse(&self) -> Self {
        Field::inverse(self)
    }
}

/// Operators of an array of coordinates, by functions of its module.
macro_rules! operators {
    ($ty:ident) => {
        impl Add for $ty {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(std::array::from_fn(|i| plus(self.0[i], other.0[i])))
            }
        }
        impl Neg for $ty {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.map(|c| if c == 0 { 0 } else { P - c }))
            }
        }
        impl Sub for $ty {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                self + -other
            }
        }
    };
}

/// a^(p^d - 2): its digits to the base p are p - 1, but p - 2 for the last.
fn fermat<H: Host>(a: &H) -> H {
    assert!(!a.is_zero());
    let power = |a: H, exponent: u64| {
        (0..64).rev().fold(H::one(), |out, bit| {
            let square = out * out;
            if exponent >> bit & 1 == 1 {
                square * a
            } else {
                square
            }
        })
    };
    (0..H::DEGREE).rev().fold(H::one(), |out, digit| {
        let digit = H::MODULUS - if digit == 0 { 2 } else { 1 };
        power(out, H::MODULUS) * power(*a, digit)
    })
}

/// RISC Zero's BabyBear: Montgomery words of 32 bits, and the word that marks what was never written.
pub mod risc_zero {
    use super::*;

    const P: u32 = 15 * (1 << 27) + 1;
    /// P^-1 modulo 2^32.
    const M: u32 = 0x8800_0001;
    const R2: u32 = 1_172_168_163;
    /// The Montgomery word of -11.
    const NBETA: u32 = times(P - 11, R2);
    pub const INVALID: u32 = 0xffff_ffff;

    /// Modulo x^4 + 11.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ExtElem([u32; 4]);

    fn plus(a: u32, b: u32) -> u32 {
        let sum = a.wrapping_add(b);
        if sum >= P { sum - P } else { sum }
    }

    const fn times(a: u32, b: u32) -> u32 {
        let product = a as u64 * b as u64;
        let low = 0u32.wrapping_sub(product as u32);
        let red = M.wrapping_mul(low);
        let word = ((product + red as u64 * P as u64) >> 32) as u32;
        if word >= P { word - P } else { word }
    }

    operators!(ExtElem);

    impl Mul for ExtElem {
        type Output = Self;
        fn mul(self, other: Self) -> Self {
            let (a, b) = (self.0, other.0);
            let fold = |low: &[(usize, usize)], high: &[(usize, usize)]| {
                let dot = |terms: &[(usize, usize)]| {
                    terms
                        .iter()
                        .fold(0, |s, &(i, j)| plus(s, times(a[i], b[j])))
                };
                plus(dot(low), times(NBETA, dot(high)))
            };
            Self([
                fold(&[(0, 0)], &[(1, 3), (2, 2), (3, 1)]),
                fold(&[(0, 1), (1, 0)], &[(2, 3), (3, 2)]),
                fold(&[(0, 2), (1, 1), (2, 0)], &[(3, 3)]),
                fold(&[(0, 3), (1, 2), (2, 1), (3, 0)], &[]),
            ])
        }
    }

    impl Host for ExtElem {
        const MODULUS: u64 = P as u64;
        const DEGREE: usize = 4;

        fn of(coordinates: &[u64]) -> Self {
            let at = |i| coordinates.get(i).copied().unwrap_or(0) as u32;
            Self(std::array::from_fn(|i| times(at(i), R2)))
        }

        fn words(&self, montgomery: bool) -> Vec<u64> {
            let word = |c| u64::from(if montgomery { c } else { times(c, 1) });
            self.0.map(word).to_vec()
        }

        fn inverse(&self) -> Self {
            fermat(self)
        }
    }
}

/// Triton VM's Goldilocks: Montgomery words of 64 bits.
pub mod triton {
    use super::*;

    const P: u64 = 0xffff_ffff_0000_0001;
    const R2: u64 = 0xffff_fffe_0000_0001;

    /// Modulo x^3 - x + 1.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct XFieldElement([u64; 3]);

    fn plus(a: u64, b: u64) -> u64 {
        let sum = u128::from(a) + u128::from(b);
        (if sum >= u128::from(P) {
            sum - u128::from(P)
        } else {
            sum
        }) as u64
    }

    fn minus(a: u64, b: u64) -> u64 {
        if a >= b { a - b } else { P - (b - a) }
    }

    fn times(a: u64, b: u64) -> u64 {
        let x = u128::from(a) * u128::from(b);
        let (low, high) = (x as u64, (x >> 64) as u64);
        let (a, carry) = low.overflowing_add(low << 32);
        let b = a.wrapping_sub(a >> 32).wrapping_sub(carry.into());
        let (r, borrow) = high.overflowing_sub(b);
        r.wrapping_sub(0xffff_ffff * u64::from(borrow))
    }

    operators!(XFieldElement);

    impl Mul for XFieldElement {
        type Output = Self;
        fn mul(self, other: Self) -> Self {
            let ([c, b, a], [f, e, d]) = (self.0, other.0);
            let (r4, r3) = (times(a, d), plus(times(a, e), times(b, d)));
            let r2 = plus(plus(times(a, f), times(b, e)), times(c, d));
            let (r1, r0) = (plus(times(b, f), times(c, e)), times(c, f));
            Self([minus(r0, r3), minus(plus(r1, r3), r4), plus(r2, r4)])
        }
    }

    impl Host for XFieldElement {
        const MODULUS: u64 = P;
        const DEGREE: usize = 3;

        fn of(coordinates: &[u64]) -> Self {
            let at = |i| coordinates.get(i).copied().unwrap_or(0);
            Self(std::array::from_fn(|i| times(at(i), R2)))
        }

        fn words(&self, montgomery: bool) -> Vec<u64> {
            self.0
                .map(|c| if montgomery { c } else { times(c, 1) })
                .to_vec()
        }

        fn inverse(&self) -> Self {
            fermat(self)
        }
    }
}
