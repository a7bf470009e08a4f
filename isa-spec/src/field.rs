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
    pub word: u64,
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
    // Invariant: r = s * a modulo p for both pairs, where the signs of s alternate: only their sizes are kept, which
    // do not exceed p.
    let (mut r0, mut s0) = (p, 0);
    let (mut r1, mut s1) = (a % p, 1);
    let (mut negative0, mut negative1) = (true, false);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (s0, s1) = (s1, s0 + quotient * s1);
        (negative0, negative1) = (negative1, negative0);
    }
    let inverse = if negative0 { p - s0 } else { s0 };
    (r0 == 1).then_some(inverse % p)
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

/// A finite extension of the field modulo `modulus`, by its multiplication table.
///
/// A polynomial extension, a tower of two of them and one whose polynomial is given at run time differ
/// in how the table is made, and in nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arithmetic {
    /// The prime.
    pub modulus: u64,
    /// Number of coordinates, 1 to [`MAX_DEGREE`].
    pub degree: usize,
    /// Degree of the first step of a tower; `degree` where there is one step only.
    inner: usize,
    /// The product of the basis elements i and j: coordinates that are not zero, with their indices.
    products: Vec<Vec<(usize, u64)>>,
}

impl Arithmetic {
    /// The field of one step: `x^degree = reduction[0] + reduction[1] x + ...`. Coefficients beyond
    /// [`MAX_DEGREE`] are not used.
    #[must_use]
    pub fn new(modulus: u64, reduction: &[u64]) -> Self {
        Self::tower(modulus, reduction, &[])
    }

    /// The field of two steps, see [`Reduction::Tower`](crate::model::Reduction::Tower). Without coefficients for
    /// the second there is only the first. What would make more than [`MAX_DEGREE`] coordinates is not used.
    #[must_use]
    pub fn tower(modulus: u64, inner: &[u64], outer: &[Vec<u64>]) -> Self {
        let m = inner.len().clamp(1, MAX_DEGREE);
        let n = outer.len().clamp(1, MAX_DEGREE / m);
        let mut field = Self {
            modulus,
            degree: m * n,
            inner: m,
            products: Vec::new(),
        };
        let coefficient = |k: usize| inner.get(k).map_or(0, |c| c % modulus);
        // The powers of i from 0 to 2m - 2, and of u from 0 to 2n - 2, each by its coefficients.
        let multiply_i = |a: &[u64]| -> Vec<u64> {
            let high = a[m - 1];
            (0..m)
                .map(|k| {
                    let shifted = if k > 0 { a[k - 1] } else { 0 };
                    add_mod(shifted, mul_mod(high, coefficient(k), modulus), modulus)
                })
                .collect()
        };
        let mut inner_powers = vec![unit(m, modulus)];
        for power in 1..2 * m - 1 {
            inner_powers.push(multiply_i(&inner_powers[power - 1]));
        }
        let multiply = |a: &[u64], b: &[u64]| -> Vec<u64> {
            let mut sum = vec![0; m];
            for (k, &x) in a.iter().enumerate().take(m) {
                for (l, &y) in b.iter().enumerate().take(m) {
                    let xy = mul_mod(x % modulus, y % modulus, modulus);
                    for (to, &c) in sum.iter_mut().zip(&inner_powers[k + l]) {
                        *to = add_mod(*to, mul_mod(xy, c, modulus), modulus);
                    }
                }
            }
            sum
        };
        let mut one = vec![vec![0; m]; n];
        one[0] = unit(m, modulus);
        let mut outer_powers = vec![one];
        for power in 1..2 * n - 1 {
            let before = &outer_powers[power - 1];
            let next = (0..n)
                .map(|k| {
                    let reduced = multiply(&before[n - 1], outer.get(k).map_or(&[], Vec::as_slice));
                    let shifted = |l: usize| if k > 0 { before[k - 1][l] } else { 0 };
                    (0..m)
                        .map(|l| add_mod(shifted(l), reduced[l], modulus))
                        .collect()
                })
                .collect();
            outer_powers.push(next);
        }
        for i in 0..field.degree {
            for j in 0..field.degree {
                let inner_power = &inner_powers[i % m + j % m];
                let product = outer_powers[i / m + j / m]
                    .iter()
                    .flat_map(|coefficient| multiply(coefficient, inner_power));
                let sparse = product.enumerate().filter(|&(_, c)| c != 0);
                field.products.push(sparse.collect());
            }
        }
        field
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

    /// Product.
    #[must_use]
    pub fn mul(&self, a: Element, b: Element) -> Element {
        let p = self.modulus;
        let mut out = Element::ZERO;
        for i in 0..self.degree {
            for j in 0..self.degree {
                let coordinates = mul_mod(a.0[i], b.0[j], p);
                for &(k, c) in &self.products[i * self.degree + j] {
                    out.0[k] = add_mod(out.0[k], mul_mod(coordinates, c, p), p);
                }
            }
        }
        out
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

    /// The basis element with this index.
    fn basis(index: usize) -> Element {
        let mut out = Element::ZERO;
        out.0[index] = 1;
        out
    }

    /// The inverse; none for an element that has none, which in a field is zero only. It is the solution of
    /// `a * x = 1`, a linear system in the coordinates of `x`.
    #[must_use]
    pub fn inverse(&self, a: Element) -> Option<Element> {
        let (p, d) = (self.modulus, self.degree);
        if d == 1 {
            let mut out = Element::ZERO;
            out.0[0] = inverse_mod(a.0[0], p)?;
            return Some(out);
        }
        // Column j of the matrix is a times the basis element j; the last column is the right side.
        let mut rows = Matrix::default();
        for j in 0..d {
            rows.set_column(j, self.mul(a, Self::basis(j)));
        }
        rows.set_column(d, Element::ONE);
        if rows.eliminate(d, d, p) < d {
            return None;
        }
        Some(Element(std::array::from_fn(|i| {
            if i < d { rows.0[i][d] } else { 0 }
        })))
    }

    /// True if every element but zero has an inverse: Berlekamp's criterion. With F the p-th power, a linear map,
    /// an algebra without nilpotent elements (F is injective) is a product of as many fields as the space of
    /// fixed points of F has dimensions.
    #[must_use]
    pub fn is_field(&self) -> bool {
        let (p, d) = (self.modulus, self.degree);
        if !is_prime(p) {
            return false;
        }
        // F is multiplicative, so that the powers of the two generators give those of the whole basis.
        let power_of = |index: usize| {
            if index < d {
                self.pow(Self::basis(index), p)
            } else {
                Element::ONE
            }
        };
        let i = if self.inner > 1 {
            power_of(1)
        } else {
            Element::ONE
        };
        let u = power_of(self.inner);
        let (mut frobenius, mut fixed) = (Matrix::default(), Matrix::default());
        for index in 0..d {
            let image = self.mul(
                self.pow(i, (index % self.inner) as u64),
                self.pow(u, (index / self.inner) as u64),
            );
            frobenius.set_column(index, image);
            fixed.set_column(index, self.sub(image, Self::basis(index)));
        }
        frobenius.eliminate(d, d, p) == d && fixed.eliminate(d, d, p) == d - 1
    }
}

/// The coefficients of one.
fn unit(degree: usize, modulus: u64) -> Vec<u64> {
    let mut one = vec![0; degree];
    one[0] = 1 % modulus;
    one
}

/// Rows of residues.
#[derive(Default)]
struct Matrix([[u64; MAX_DEGREE + 1]; MAX_DEGREE]);

impl Matrix {
    fn set_column(&mut self, column: usize, values: Element) {
        for (row, value) in self.0.iter_mut().zip(values.0) {
            row[column] = value;
        }
    }

    /// Gauss and Jordan's elimination over the first `rows` rows and `columns` columns; the rank.
    fn eliminate(&mut self, rows: usize, columns: usize, p: u64) -> usize {
        let mut rank = 0;
        for column in 0..columns {
            let Some(pivot) = (rank..rows).find(|&row| self.0[row][column] != 0) else {
                continue;
            };
            self.0.swap(rank, pivot);
            let Some(scale) = inverse_mod(self.0[rank][column], p) else {
                continue;
            };
            for value in &mut self.0[rank] {
                *value = mul_mod(*value, scale, p);
            }
            let pivot_row = self.0[rank];
            for (index, row) in self.0.iter_mut().enumerate().take(rows) {
                let factor = row[column];
                if index != rank && factor != 0 {
                    for (value, of_pivot) in row.iter_mut().zip(pivot_row) {
                        *value = sub_mod(*value, mul_mod(factor, of_pivot, p), p);
                    }
                }
            }
            rank += 1;
        }
        rank
    }
}

impl Format {
    /// The words of an element. Words beyond the degree are zero.
    #[must_use]
    pub fn to_words(&self, element: Element) -> [u64; MAX_DEGREE] {
        let p = self.modulus;
        let factor = (self.montgomery % u128::from(p)) as u64;
        element.0.map(|coordinate| mul_mod(coordinate, factor, p))
    }

    /// The element of these words, one for each coordinate.
    ///
    /// # Errors
    /// The first word that is not below the modulus, nor the modulus where that stands for zero.
    pub fn from_words(&self, words: &[u64]) -> Result<Element, NotCanonical> {
        let p = self.modulus;
        let mut out = Element::ZERO;
        // The loader refuses a representation without an inverse.
        let inverse = inverse_mod((self.montgomery % u128::from(p)) as u64, p).unwrap_or(1);
        for (coordinate, &word) in words.iter().enumerate().take(self.degree) {
            if word > p || word == p && !self.accepts_modulus {
                return Err(NotCanonical { coordinate, word });
            }
            out.0[coordinate] = mul_mod(word % p, inverse, p);
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
    fn inverses_of_integers() {
        for p in [
            2u64,
            3,
            31,
            0x7fff_ffff,
            0xffff_ffff_0000_0001,
            u64::MAX - 58,
        ] {
            let some = (1..50).chain((1..50).map(|k| p.wrapping_sub(k)));
            for a in some.map(|a| a % p).filter(|&a| a != 0) {
                assert_eq!(
                    mul_mod(inverse_mod(a, p).unwrap(), a, p),
                    1,
                    "{a} modulo {p}"
                );
            }
            assert_eq!(inverse_mod(0, p), None);
            assert_eq!(inverse_mod(p, p), None);
        }
        assert_eq!((inverse_mod(4, 6), inverse_mod(5, 6)), (None, Some(5)));
    }

    #[test]
    fn known_products() {
        let spec = Spec::builtin();
        let format = spec.format("babybear4-m").unwrap();
        let field = format.arithmetic().unwrap();
        // x^3 * x = 11
        let x = Element([0, 1, 0, 0, 0, 0]);
        assert_eq!(field.mul(field.pow(x, 3), x), field.from_int(11));
        // R modulo p is one in Montgomery form.
        assert_eq!(format.to_words(Element::ONE)[0], 0x0fff_fffe);
        let p = field.modulus;
        assert_eq!(
            format.from_words(&[0, 0, p, 0]),
            Err(NotCanonical {
                coordinate: 2,
                word: p
            })
        );
    }

    #[test]
    fn towers_are_fields_where_both_steps_are() {
        const M31: u64 = 0x7fff_ffff;
        let complex = [M31 - 1, 0];
        assert!(Arithmetic::new(M31, &complex).is_field());
        let qm31 = Arithmetic::tower(M31, &complex, &[vec![2, 1], vec![0, 0]]);
        assert!(qm31.is_field());
        // u^2 = 2 + i, i^2 = -1: the coordinates are those of 1, i, u and iu.
        let element = |c| Element([c, 0, 0, 0, 0, 0]);
        let u = Element([0, 0, 1, 0, 0, 0]);
        let iu = qm31.mul(u, Element([0, 1, 0, 0, 0, 0]));
        assert_eq!(iu.0, [0, 0, 0, 1, 0, 0]);
        assert_eq!(qm31.mul(u, u).0, [2, 1, 0, 0, 0, 0]);
        assert_eq!(qm31.mul(iu, iu), qm31.neg(qm31.mul(u, u)));
        // (2 + i)(2 - i) = 5, so that u is a root of x^4 - 4 x^2 + 5.
        let square = qm31.mul(u, u);
        let fourth = qm31.mul(square, square);
        let rest = qm31.sub(qm31.mul(element(4), square), element(5));
        assert_eq!(fourth, rest);

        // i is a square in the first step where -1 is a fourth power: x^2 - i is reducible there.
        assert!(!Arithmetic::tower(17, &[16, 0], &[vec![3, 0], vec![0, 0]]).is_field());
        // Modulo 7, i^2 = -1: 3 is a square of the first step, for all elements of the base field are.
        assert!(Arithmetic::new(7, &[6, 0]).is_field());
        assert!(!Arithmetic::tower(7, &[6, 0], &[vec![3, 0], vec![0, 0]]).is_field());
        // Neither is an algebra with a nilpotent element: u^2 = 0.
        assert!(!Arithmetic::tower(7, &[6, 0], &[vec![0, 0], vec![0, 0]]).is_field());
        assert!(!Arithmetic::new(7, &[0, 0]).is_field());
    }

    #[test]
    fn a_tower_with_base_coefficients_is_a_polynomial_extension_of_the_first_step() {
        // Modulo 3: i^2 = -1, u^3 - u - 1 is irreducible, and 2 and 3 have no common divisor.
        let field = Arithmetic::tower(3, &[2, 0], &[vec![1, 0], vec![1, 0], vec![0, 0]]);
        assert_eq!(field.degree, 6);
        assert!(field.is_field());
        // The multiplicative group has 3^6 - 1 elements.
        let a = Element([1, 2, 0, 1, 1, 2]);
        assert_eq!(field.pow(a, 728), Element::ONE);
        assert_eq!(field.mul(a, field.inverse(a).unwrap()), Element::ONE);
    }

    #[test]
    fn the_criterion_agrees_with_counting_inverses() {
        for p in [2u64, 3, 5] {
            for degree in 2..=3u32 {
                for code in 0..p.pow(degree) {
                    let digits = |mut n: u64| -> Vec<u64> {
                        (0..degree)
                            .map(|_| {
                                let digit = n % p;
                                n /= p;
                                digit
                            })
                            .collect()
                    };
                    let field = Arithmetic::new(p, &digits(code));
                    let every = (1..p.pow(degree)).all(|n| {
                        let mut a = Element::ZERO;
                        for (to, from) in a.0.iter_mut().zip(digits(n)) {
                            *to = from;
                        }
                        field
                            .inverse(a)
                            .is_some_and(|b| field.mul(a, b) == Element::ONE)
                    });
                    assert_eq!(field.is_field(), every, "{p} {:?}", digits(code));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_format_is_a_field(words in any::<[[u64; MAX_DEGREE]; 3]>()) {
            let spec = Spec::builtin();
            for format in &spec.formats {
                let Some(field) = format.arithmetic() else {
                    continue;
                };
                let canonical = |words: [u64; MAX_DEGREE]| words.map(|word| word % field.modulus);
                let [a, b, c] = words.map(|w| format.from_words(&canonical(w)).unwrap());
                let mut back = canonical(words[0]);
                back[format.degree..].fill(0);
                prop_assert_eq!(&format.to_words(a), &back);
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

        #[test]
        fn the_modulus_is_zero_only_where_it_is_accepted(coordinate in 0usize..MAX_DEGREE) {
            for format in &Spec::builtin().formats {
                let mut words = [0; MAX_DEGREE];
                words[coordinate] = format.modulus;
                let read = format.from_words(&words);
                if coordinate >= format.degree || format.accepts_modulus {
                    prop_assert_eq!(read, Ok(Element::ZERO));
                } else {
                    prop_assert_eq!(read, Err(NotCanonical { coordinate, word: format.modulus }));
                }
            }
        }
    }
}
