//! Elements of a format: canonical integers below the modulus, plain `%`, school-book polynomials.
//!
//! It is that of [`zktr_isa::field`], with the constants of a format at hand and binomials told from
//! other polynomials, so that millions of elements can be evaluated; tests hold the two to each other. An
//! element of the base field is an element of the extension whose higher coordinates are zero.

use zktr_isa::field as reference;
use zktr_isa::model::{Format, Reduction};

pub use zktr_isa::field::MAX_DEGREE;

/// Coordinates, canonical, those beyond the degree zero.
pub type Element = [u64; MAX_DEGREE];

/// A word that is not a canonical residue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical;

/// How products are reduced.
#[derive(Debug, Clone)]
enum Product {
    /// x^d is this element of the base field.
    Binomial(u64),
    /// x^d is the polynomial with these coefficients.
    Polynomial(Element),
    /// A tower, by its multiplication table.
    Tower(Box<reference::Arithmetic>),
}

/// Arithmetic of one format.
#[derive(Debug, Clone)]
pub struct Arithmetic {
    modulus: u64,
    degree: usize,
    product: Product,
    /// Products of coordinates fit into 64 bits.
    narrow: bool,
    /// Sums of as many products as there are coordinates fit into 64 bits.
    narrow_sums: bool,
    accepts_modulus: bool,
    /// What an element is multiplied by to get its word, and its inverse.
    to_word: u64,
    from_word: u64,
}

impl Arithmetic {
    /// The arithmetic of a format; `program` are the coefficients of the reduction polynomial, where that
    /// is the program's. None where R has no inverse, which the loader refuses.
    pub fn new(format: &Format, program: &Element) -> Option<Self> {
        let modulus = format.modulus;
        let polynomial = |coefficients: &[u64]| {
            let mut reduction = [0; MAX_DEGREE];
            for (to, &from) in reduction.iter_mut().zip(coefficients) {
                *to = from % modulus;
            }
            if reduction[1..].iter().all(|&c| c == 0) {
                Product::Binomial(reduction[0])
            } else {
                Product::Polynomial(reduction)
            }
        };
        let product = match &format.reduction {
            Reduction::Polynomial(coefficients) => polynomial(coefficients),
            Reduction::Descriptor => polynomial(&program[..format.degree]),
            Reduction::Tower { inner, outer } => Product::Tower(Box::new(
                reference::Arithmetic::tower(modulus, inner, outer),
            )),
        };
        let to_word = (format.montgomery % u128::from(modulus)) as u64;
        Some(Self {
            modulus,
            degree: format.degree,
            product,
            narrow: modulus <= 1 << 32,
            narrow_sums: (modulus - 1)
                .checked_pow(2)
                .and_then(|product| product.checked_mul(format.degree as u64))
                .is_some(),
            accepts_modulus: format.accepts_modulus,
            to_word,
            from_word: reference::inverse_mod(to_word, modulus)?,
        })
    }

    /// Number of coordinates.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The coordinate that a word stands for.
    #[inline]
    pub fn coordinate(&self, word: u64) -> Result<u64, NotCanonical> {
        if word < self.modulus {
            Ok(self.multiply_add(0, word, self.from_word))
        } else if word == self.modulus && self.accepts_modulus {
            Ok(0)
        } else {
            Err(NotCanonical)
        }
    }

    /// The word that stands for a coordinate.
    #[inline]
    pub fn word(&self, coordinate: u64) -> u64 {
        self.multiply_add(0, coordinate, self.to_word)
    }

    /// The element that an integer is congruent to.
    pub fn integer(&self, value: i128) -> Element {
        match u64::try_from(value) {
            Ok(small) if small < self.modulus => base(small),
            _ => base(value.rem_euclid(i128::from(self.modulus)) as u64),
        }
    }

    /// The element that a word of up to 128 bits is congruent to.
    pub fn bits(&self, value: u128) -> Element {
        base(match u64::try_from(value) {
            Ok(small) => small % self.modulus,
            Err(_) => (value % u128::from(self.modulus)) as u64,
        })
    }

    /// Sum.
    pub fn add(&self, a: &Element, b: &Element) -> Element {
        let mut sum = *a;
        self.add_to(&mut sum, b);
        sum
    }

    /// Difference.
    pub fn sub(&self, a: &Element, b: &Element) -> Element {
        let mut difference = *a;
        self.sub_from(&mut difference, b);
        difference
    }

    /// Product with an element of the base field.
    pub fn scale(&self, a: &Element, b: u64) -> Element {
        let mut product = *a;
        self.scale_by(&mut product, b);
        product
    }

    /// Sum, in place of `a`.
    #[inline]
    pub fn add_to(&self, a: &mut Element, b: &Element) {
        for (a, &b) in a.iter_mut().zip(b).take(self.degree) {
            let (sum, carry) = a.overflowing_add(b);
            *a = if carry || sum >= self.modulus {
                sum.wrapping_sub(self.modulus)
            } else {
                sum
            };
        }
    }

    /// Difference, in place of `a`.
    #[inline]
    pub fn sub_from(&self, a: &mut Element, b: &Element) {
        for (a, &b) in a.iter_mut().zip(b).take(self.degree) {
            let difference = a.wrapping_sub(b);
            *a = if *a >= b {
                difference
            } else {
                difference.wrapping_add(self.modulus)
            };
        }
    }

    /// Product with an element of the base field, in place of `a`.
    #[inline]
    pub fn scale_by(&self, a: &mut Element, b: u64) {
        for a in a.iter_mut().take(self.degree) {
            *a = self.multiply_add(0, *a, b);
        }
    }

    /// Product.
    pub fn mul(&self, a: &Element, b: &Element) -> Element {
        if let Product::Tower(table) = &self.product {
            return table.mul(reference::Element(*a), reference::Element(*b)).0;
        }
        self.mul_polynomials(self.degree, a, b)
    }

    /// The product of polynomials with so many coefficients, reduced. It is compiled for each degree, so that the lengths of
    /// the loops are known.
    fn mul_polynomials(&self, degree: usize, a: &Element, b: &Element) -> Element {
        match degree {
            1 => self.mul_of_degree::<1>(a, b),
            2 => self.mul_of_degree::<2>(a, b),
            3 => self.mul_of_degree::<3>(a, b),
            4 => self.mul_of_degree::<4>(a, b),
            5 => self.mul_of_degree::<5>(a, b),
            _ => self.mul_of_degree::<MAX_DEGREE>(a, b),
        }
    }

    fn mul_of_degree<const D: usize>(&self, a: &Element, b: &Element) -> Element {
        let mut product = [0; 2 * MAX_DEGREE];
        if self.narrow_sums {
            for i in 0..D {
                for j in 0..D {
                    product[i + j] += a[i] * b[j];
                }
            }
            for coefficient in &mut product[..2 * D - 1] {
                *coefficient %= self.modulus;
            }
        } else {
            for i in 0..D {
                for j in 0..D {
                    product[i + j] = self.multiply_add(product[i + j], a[i], b[j]);
                }
            }
        }
        match &self.product {
            Product::Binomial(c) => {
                for high in D..2 * D - 1 {
                    product[high - D] = self.multiply_add(product[high - D], product[high], *c);
                }
            }
            Product::Polynomial(reduction) => {
                for high in (D..2 * D - 1).rev() {
                    for j in 0..D {
                        product[high - D + j] =
                            self.multiply_add(product[high - D + j], product[high], reduction[j]);
                    }
                }
            }
            Product::Tower(_) => {}
        }
        let mut result = [0; MAX_DEGREE];
        result[..D].copy_from_slice(&product[..D]);
        result
    }

    /// The inverse; none for zero, and for what has a common divisor with a program's polynomial.
    pub fn inverse(&self, a: &Element) -> Option<Element> {
        match &self.product {
            Product::Tower(table) => table.inverse(reference::Element(*a)).map(|found| found.0),
            Product::Binomial(c) => self.inverse_binomial(self.degree, *c, a),
            Product::Polynomial(reduction) => self.inverse_euclid(self.degree, reduction, a),
        }
    }

    /// The inverse modulo `x^degree - c`. If the degree is even, x to -x is an automorphism, so that a(x) has an inverse
    /// if and only if a(x) a(-x) has one. That is a polynomial in x^2, for which the degree is half of it; and 1 / a(x) = a(-x) / (a(x) a(-x)).
    fn inverse_binomial(&self, degree: usize, c: u64, a: &Element) -> Option<Element> {
        if degree == 1 {
            return Some(base(reference::inverse_mod(a[0], self.modulus)?));
        }
        if degree % 2 == 1 {
            return self.inverse_euclid(degree, &base(c), a);
        }
        let mut conjugate = *a;
        for odd in conjugate.iter_mut().skip(1).step_by(2) {
            *odd = self.negative(*odd);
        }
        let product = self.mul_polynomials(degree, a, &conjugate);
        let mut norm = Element::default();
        for (to, even) in norm.iter_mut().zip(product.iter().step_by(2)) {
            *to = *even;
        }
        let inverse = self.inverse_binomial(degree / 2, c, &norm)?;
        let mut even = Element::default();
        for (to, from) in even.iter_mut().step_by(2).zip(inverse) {
            *to = from;
        }
        Some(self.mul_polynomials(degree, &conjugate, &even))
    }

    /// The inverse modulo `x^degree - reduction`, by Euclid's algorithm on polynomials.
    fn inverse_euclid(&self, degree: usize, reduction: &Element, a: &Element) -> Option<Element> {
        const N: usize = MAX_DEGREE + 1;
        let degree_of = |p: &[u64; N]| p.iter().rposition(|&c| c != 0);
        // Invariant: r = t * a modulo the reduction polynomial, for both pairs.
        let (mut r0, mut r1, mut t0, mut t1) = ([0; N], [0; N], [0; N], [0; N]);
        r0[degree] = 1;
        for j in 0..degree {
            r0[j] = self.negative(reduction[j]);
            r1[j] = a[j];
        }
        t1[0] = 1;
        loop {
            let low = degree_of(&r1)?;
            let lead = reference::inverse_mod(r1[low], self.modulus)?;
            if low == 0 {
                let mut t = [0; MAX_DEGREE];
                t.copy_from_slice(&t1[..MAX_DEGREE]);
                return Some(self.scale(&t, lead));
            }
            while let Some(high) = degree_of(&r0).filter(|&high| high >= low) {
                let quotient = self.negative(self.multiply_add(0, r0[high], lead));
                for i in 0..N - (high - low) {
                    r0[i + high - low] = self.multiply_add(r0[i + high - low], quotient, r1[i]);
                    t0[i + high - low] = self.multiply_add(t0[i + high - low], quotient, t1[i]);
                }
            }
            std::mem::swap(&mut r0, &mut r1);
            std::mem::swap(&mut t0, &mut t1);
        }
    }

    /// Below the modulus: `a + b * c`.
    #[inline]
    fn multiply_add(&self, a: u64, b: u64, c: u64) -> u64 {
        if self.narrow {
            // At most (2^32 - 1) + (2^32 - 1)^2, which is below 2^64.
            (a + b * c) % self.modulus
        } else {
            let sum = u128::from(a) + u128::from(b) * u128::from(c);
            (sum % u128::from(self.modulus)) as u64
        }
    }

    fn negative(&self, a: u64) -> u64 {
        if a == 0 { 0 } else { self.modulus - a }
    }
}

/// An element of the base field.
fn base(coordinate: u64) -> Element {
    let mut element = [0; MAX_DEGREE];
    element[0] = coordinate;
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modulo(p: u64, degree: usize, c: u64) -> Arithmetic {
        let spec = zktr_isa::Spec::builtin();
        let mut format = spec.formats[0].clone();
        let mut polynomial = vec![0; degree];
        polynomial[0] = c;
        (format.modulus, format.degree, format.montgomery) = (p, degree, 1);
        format.reduction = Reduction::Polynomial(polynomial);
        Arithmetic::new(&format, &[0; MAX_DEGREE]).expect("R is one")
    }

    /// Products and inverses modulo binomials, irreducible or not, are those of the spec's arithmetic.
    #[test]
    fn binomials() {
        const LARGE: [u64; 4] = [
            0x7800_0001,
            0xffff_fffb,
            0xffff_ffff_0000_0001,
            u64::MAX - 58,
        ];
        let mut state = 1u64;
        let mut random = |p: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33 ^ state << 31) % p
        };
        let (mut units, mut others) = (0, 0);
        for p in [2, 3, 5, 7, 13].into_iter().chain(LARGE) {
            for degree in 1..=MAX_DEGREE {
                for c in [0, 1, 2, 3, p - 1].map(|c| c % p) {
                    let ours = modulo(p, degree, c);
                    let mut polynomial = vec![0; degree];
                    polynomial[0] = c;
                    let expected = reference::Arithmetic::new(p, &polynomial);
                    for round in 0..60 {
                        let (mut a, mut b) = (Element::default(), Element::default());
                        for i in 0..degree {
                            (a[i], b[i]) = (random(p), random(p));
                            if round % 3 == 0 {
                                a[i] = [0, 1, p - 1, p / 2][random(4) as usize] % p;
                            } else if round == 1 {
                                (a[i], b[i]) = (p - 1, p - 1);
                            }
                        }
                        let product = expected.mul(reference::Element(a), reference::Element(b));
                        assert_eq!(ours.mul(&a, &b), product.0);
                        let inverse = expected.inverse(reference::Element(a)).map(|found| found.0);
                        assert_eq!(ours.inverse(&a), inverse, "{a:?} modulo {p}, {c}");
                        *(if inverse.is_some() {
                            &mut units
                        } else {
                            &mut others
                        }) += 1;
                    }
                }
            }
        }
        assert!(units > 1000 && others > 1000, "{units} {others}");
    }
}
