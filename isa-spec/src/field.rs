//! Golden arithmetic of the fields: canonical integers and `%`, nothing else.
//!
//! This is the reference that every fast implementation is compared with, so that it is written to
//! be read. An element of an extension is its coordinates; the unused ones are zero.

use crate::model::Format;

/// The most coordinates that an element has: what fits into an in-place element of a descriptor.
pub const MAX_DEGREE: usize = 6;

/// A field element: canonical coordinates, the constant one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Element(pub [u64; MAX_DEGREE]);

impl Element {
    /// Zero.
    pub const ZERO: Self = Self([0; MAX_DEGREE]);
    /// One.
    pub const ONE: Self = Self([1, 0, 0, 0, 0, 0]);
}

/// A word that is no canonical residue; `coordinate` says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical {
    /// Index of the coordinate.
    pub coordinate: usize,
    /// The word.
    pub word: u32,
}

/// `a + b` modulo `p`, for `a` and `b` below `p`.
#[must_use]
pub fn add_mod(a: u64, b: u64, p: u64) -> u64 {
    ((u128::from(a) + u128::from(b)) % u128::from(p)) as u64
}

/// `a - b` modulo `p`, for `a` and `b` below `p`.
#[must_use]
pub fn sub_mod(a: u64, b: u64, p: u64) -> u64 {
    add_mod(a, p - b, p)
}

/// `a * b` modulo `p`.
#[must_use]
pub fn mul_mod(a: u64, b: u64, p: u64) -> u64 {
    match a.checked_mul(b) {
        Some(product) => product % p,
        None => (u128::from(a) * u128::from(b) % u128::from(p)) as u64,
    }
}

/// `base` to the power `exponent`, modulo `p`.
#[must_use]
pub fn pow_mod(base: u64, mut exponent: u64, p: u64) -> u64 {
    let (mut result, mut square) = (1 % p, base % p);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = mul_mod(result, square, p);
        }
        square = mul_mod(square, square, p);
        exponent >>= 1;
    }
    result
}

/// The inverse of `a` modulo `p` by Euclid's algorithm; none if they have a common divisor.
#[must_use]
pub fn inverse_mod(a: u64, p: u64) -> Option<u64> {
    // Invariant: r = s * a modulo p, for both pairs.
    let (mut r0, mut s0) = (i128::from(p), 0i128);
    let (mut r1, mut s1) = (i128::from(a % p), 1i128);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (s0, s1) = (s1, s0 - quotient * s1);
    }
    (r0 == 1).then(|| s0.rem_euclid(i128::from(p)) as u64)
}

/// True if `n` is prime: Miller and Rabin's test with bases that decide every 64-bit number.
#[must_use]
pub fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    if let Some(base) = BASES.iter().find(|&&base| n.is_multiple_of(base)) {
        return n == *base;
    }
    let twos = (n - 1).trailing_zeros();
    let odd = (n - 1) >> twos;
    BASES.iter().all(|&base| {
        let mut power = pow_mod(base, odd, n);
        if power == 1 || power == n - 1 {
            return true;
        }
        for _ in 1..twos {
            power = mul_mod(power, power, n);
            if power == n - 1 {
                return true;
            }
        }
        false
    })
}

/// The field of `degree` coordinates modulo `p`, with `x^degree = reduction[0] + reduction[1] x + ...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arithmetic {
    /// The prime.
    pub modulus: u64,
    /// Number of coordinates, 1 to [`MAX_DEGREE`].
    pub degree: usize,
    /// The reduction polynomial's coefficients, canonical.
    pub reduction: [u64; MAX_DEGREE],
}

impl Arithmetic {
    /// The arithmetic of this field. Coefficients beyond [`MAX_DEGREE`] are not used.
    #[must_use]
    pub fn new(modulus: u64, reduction: &[u64]) -> Self {
        let mut coefficients = [0; MAX_DEGREE];
        for (to, from) in coefficients.iter_mut().zip(reduction) {
            *to = from % modulus;
        }
        Self {
            modulus,
            degree: reduction.len().clamp(1, MAX_DEGREE),
            reduction: coefficients,
        }
    }

    /// The element that an integer is congruent to.
    #[must_use]
    pub fn from_int(&self, value: i128) -> Element {
        let mut out = Element::ZERO;
        out.0[0] = value.rem_euclid(i128::from(self.modulus)) as u64;
        out
    }

    /// Sum.
    #[must_use]
    pub fn add(&self, a: Element, b: Element) -> Element {
        Element(std::array::from_fn(|i| {
            add_mod(a.0[i], b.0[i], self.modulus)
        }))
    }

    /// Difference.
    #[must_use]
    pub fn sub(&self, a: Element, b: Element) -> Element {
        Element(std::array::from_fn(|i| {
            sub_mod(a.0[i], b.0[i], self.modulus)
        }))
    }

    /// Negative.
    #[must_use]
    pub fn neg(&self, a: Element) -> Element {
        self.sub(Element::ZERO, a)
    }

    /// Product: of polynomials, then `x^degree` is replaced from the highest power down.
    #[must_use]
    pub fn mul(&self, a: Element, b: Element) -> Element {
        let (p, d) = (self.modulus, self.degree);
        let mut product = [0u64; 2 * MAX_DEGREE - 1];
        for i in 0..d {
            for j in 0..d {
                product[i + j] = add_mod(product[i + j], mul_mod(a.0[i], b.0[j], p), p);
            }
        }
        for power in (d..2 * d - 1).rev() {
            let coefficient = std::mem::take(&mut product[power]);
            for (i, &r) in self.reduction[..d].iter().enumerate() {
                let to = &mut product[power - d + i];
                *to = add_mod(*to, mul_mod(coefficient, r, p), p);
            }
        }
        Element(std::array::from_fn(|i| if i < d { product[i] } else { 0 }))
    }

    /// `base` to the power `exponent`.
    #[must_use]
    pub fn pow(&self, base: Element, mut exponent: u64) -> Element {
        let (mut result, mut square) = (Element::ONE, base);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, square);
            }
            square = self.mul(square, square);
            exponent >>= 1;
        }
        result
    }

    /// The inverse; none for zero. It is the solution of `a * x = 1`, a linear system in the coordinates of `x`.
    #[must_use]
    pub fn inverse(&self, a: Element) -> Option<Element> {
        let (p, d) = (self.modulus, self.degree);
        if d == 1 {
            let mut out = Element::ZERO;
            out.0[0] = inverse_mod(a.0[0], p)?;
            return Some(out);
        }
        // Column j of the matrix is a * x^j; the last column is the right side.
        let mut rows = [[0u64; MAX_DEGREE + 1]; MAX_DEGREE];
        let mut power = Element::ONE;
        let mut x = Element::ZERO;
        x.0[1] = 1;
        for j in 0..d {
            let column = self.mul(a, power);
            for (row, value) in rows.iter_mut().zip(column.0) {
                row[j] = value;
            }
            power = self.mul(power, x);
        }
        rows[0][d] = 1;
        for column in 0..d {
            let pivot = (column..d).find(|&row| rows[row][column] != 0)?;
            rows.swap(column, pivot);
            let scale = inverse_mod(rows[column][column], p)?;
            for value in &mut rows[column] {
                *value = mul_mod(*value, scale, p);
            }
            let pivot_row = rows[column];
            for (index, row) in rows.iter_mut().enumerate().take(d) {
                let factor = row[column];
                if index != column && factor != 0 {
                    for (value, of_pivot) in row.iter_mut().zip(pivot_row) {
                        *value = sub_mod(*value, mul_mod(factor, of_pivot, p), p);
                    }
                }
            }
        }
        Some(Element(std::array::from_fn(|i| {
            if i < d { rows[i][d] } else { 0 }
        })))
    }

    /// True if `x^degree - reduction` has no factor: Rabin's test. Then every element but zero has an inverse.
    #[must_use]
    pub fn is_field(&self) -> bool {
        let d = self.degree;
        if !is_prime(self.modulus) {
            return false;
        }
        if d == 1 {
            return true;
        }
        let mut x = Element::ZERO;
        x.0[1] = 1;
        // powers[i] = x^(p^i)
        let mut powers = vec![x];
        for i in 0..d {
            powers.push(self.pow(powers[i], self.modulus));
        }
        let coprime = |q: usize| self.inverse_exists(self.sub(powers[d / q], x));
        powers[d] == x
            && [2, 3, 5]
                .iter()
                .filter(|&&q| d.is_multiple_of(q))
                .all(|&q| coprime(q))
    }

    /// True if `a` has an inverse modulo the polynomial, whether that is irreducible or not.
    fn inverse_exists(&self, a: Element) -> bool {
        self.inverse(a).is_some()
    }
}

impl Format {
    /// The words of an element; `arithmetic` is this format's. Words beyond the degree are zero.
    #[must_use]
    pub fn to_words(&self, arithmetic: &Arithmetic, element: Element) -> [u32; MAX_DEGREE] {
        let p = arithmetic.modulus;
        // The loader accepts moduli below 2^32 only, so that every residue is a word.
        element
            .0
            .map(|coordinate| mul_mod(coordinate, self.montgomery % p, p) as u32)
    }

    /// The element of these words, one for each coordinate.
    ///
    /// # Errors
    /// The first word that is not below the modulus.
    pub fn from_words(
        &self,
        arithmetic: &Arithmetic,
        words: &[u32],
    ) -> Result<Element, NotCanonical> {
        let p = arithmetic.modulus;
        let mut out = Element::ZERO;
        // The loader refuses a representation without an inverse.
        let inverse = inverse_mod(self.montgomery % p, p).unwrap_or(1);
        for (coordinate, &word) in words.iter().enumerate().take(self.degree) {
            if u64::from(word) >= p {
                return Err(NotCanonical { coordinate, word });
            }
            out.0[coordinate] = mul_mod(u64::from(word), inverse, p);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spec;
    use proptest::prelude::*;

    #[test]
    fn primes_are_told_from_composites() {
        let sieve = |n: u64| {
            n > 1
                && (2..n)
                    .take_while(|d| d * d <= n)
                    .all(|d| !n.is_multiple_of(d))
        };
        for n in 0..2000 {
            assert_eq!(is_prime(n), sieve(n), "{n}");
        }
        for prime in [
            2_013_265_921,
            2_130_706_433,
            0x7fff_ffff,
            0xffff_ffff_0000_0001,
            u64::MAX - 58,
        ] {
            assert!(is_prime(prime), "{prime}");
        }
        // A strong pseudoprime to the bases 2 to 31, a square of a prime, and the largest number.
        for composite in [
            3_825_123_056_546_413_051,
            4_294_967_291 * 4_294_967_291,
            u64::MAX,
        ] {
            assert!(!is_prime(composite), "{composite}");
        }
    }

    #[test]
    fn reducible_polynomials_are_no_fields() {
        // Modulo 7: 3 is no square, 2 is.
        assert!(Arithmetic::new(7, &[3, 0]).is_field());
        assert!(!Arithmetic::new(7, &[2, 0]).is_field());
        // x^4 + 1 = x^4 - (-1) factors modulo every prime.
        for p in [3, 5, 7, 11, 13, 2_013_265_921] {
            assert!(!Arithmetic::new(p, &[p - 1, 0, 0, 0]).is_field(), "{p}");
        }
        // A product of two irreducible quadratics has no root, but is no field: (x^2 - 3)(x^2 - 5) modulo 7.
        assert!(!Arithmetic::new(7, &[7 - 15 % 7, 0, 8 % 7, 0]).is_field());
        assert!(Arithmetic::new(2_013_265_921, &[11, 0, 0, 0]).is_field());
        assert!(Arithmetic::new(2_130_706_433, &[3, 0, 0, 0]).is_field());
        // BabyBear's quintic extension, x^5 - 2.
        assert!(Arithmetic::new(2_013_265_921, &[2, 0, 0, 0, 0]).is_field());
        assert!(!Arithmetic::new(9, &[0]).is_field());
    }

    #[test]
    fn a_full_multiplication_table_of_a_small_field_is_a_group() {
        let field = Arithmetic::new(3, &[2, 0]);
        let elements: Vec<Element> = (0..9)
            .map(|n| Element([n % 3, n / 3, 0, 0, 0, 0]))
            .collect();
        for &a in &elements[1..] {
            let mut products: Vec<[u64; MAX_DEGREE]> =
                elements[1..].iter().map(|&b| field.mul(a, b).0).collect();
            products.sort_unstable();
            products.dedup();
            assert_eq!(products.len(), 8);
            assert_eq!(field.mul(a, field.inverse(a).unwrap()), Element::ONE);
            assert_eq!(field.pow(a, 8), Element::ONE);
        }
        assert_eq!(field.inverse(Element::ZERO), None);
    }

    #[test]
    fn known_products() {
        let spec = Spec::builtin();
        let format = spec.format("babybear4-m").unwrap();
        let field = spec.arithmetic(format);
        // x^3 * x = 11
        let x = Element([0, 1, 0, 0, 0, 0]);
        assert_eq!(field.mul(field.pow(x, 3), x), field.from_int(11));
        // R modulo p is one in Montgomery form.
        assert_eq!(format.to_words(&field, Element::ONE)[0], 0x0fff_fffe);
        let p = field.modulus as u32;
        assert_eq!(
            format.from_words(&field, &[0, 0, p, 0]),
            Err(NotCanonical {
                coordinate: 2,
                word: p
            })
        );
    }

    proptest! {
        #[test]
        fn every_format_is_a_field(words in any::<[[u32; 4]; 3]>()) {
            let spec = Spec::builtin();
            for format in &spec.formats {
                let field = spec.arithmetic(format);
                let canonical = |words: [u32; 4]| words.map(|word| (u64::from(word) % field.modulus) as u32);
                let [a, b, c] = words.map(|w| format.from_words(&field, &canonical(w)).unwrap());
                let mut back = canonical(words[0]);
                back[format.degree..].fill(0);
                prop_assert_eq!(&format.to_words(&field, a)[..4], &back);
                prop_assert_eq!(field.mul(a, b), field.mul(b, a));
                prop_assert_eq!(field.mul(a, field.mul(b, c)), field.mul(field.mul(a, b), c));
                prop_assert_eq!(field.mul(a, field.add(b, c)), field.add(field.mul(a, b), field.mul(a, c)));
                prop_assert_eq!(field.add(field.sub(a, b), b), a);
                prop_assert_eq!(field.add(a, field.neg(a)), Element::ZERO);
                if a != Element::ZERO {
                    prop_assert_eq!(field.mul(a, field.inverse(a).unwrap()), Element::ONE);
                }
            }
        }
    }
}
