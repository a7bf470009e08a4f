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
    #[inline]
    pub fn add(&self, a: &Element, b: &Element) -> Element {
        self.each(a, b, |a, b| {
            let (sum, carry) = a.overflowing_add(b);
            if carry || sum >= self.modulus {
                sum.wrapping_sub(self.modulus)
            } else {
                sum
            }
        })
    }

    /// Difference.
    #[inline]
    pub fn sub(&self, a: &Element, b: &Element) -> Element {
        self.each(a, b, |a, b| {
            let difference = a.wrapping_sub(b);
            if a >= b {
                difference
            } else {
                difference.wrapping_add(self.modulus)
            }
        })
    }

    /// Product with an element of the base field.
    #[inline]
    pub fn scale(&self, a: &Element, b: u64) -> Element {
        self.each(a, &[b; MAX_DEGREE], |a, b| self.multiply_add(0, a, b))
    }

    /// Product.
    pub fn mul(&self, a: &Element, b: &Element) -> Element {
        if let Product::Tower(table) = &self.product {
            return table.mul(reference::Element(*a), reference::Element(*b)).0;
        }
        let d = self.degree;
        let mut product = [0; 2 * MAX_DEGREE];
        for i in 0..d {
            for j in 0..d {
                product[i + j] = self.multiply_add(product[i + j], a[i], b[j]);
            }
        }
        match &self.product {
            Product::Binomial(c) => {
                for high in d..2 * d - 1 {
                    product[high - d] = self.multiply_add(product[high - d], product[high], *c);
                }
            }
            Product::Polynomial(reduction) => {
                for high in (d..2 * d - 1).rev() {
                    for j in 0..d {
                        product[high - d + j] =
                            self.multiply_add(product[high - d + j], product[high], reduction[j]);
                    }
                }
            }
            Product::Tower(_) => {}
        }
        let mut result = [0; MAX_DEGREE];
        result[..d].copy_from_slice(&product[..d]);
        result
    }

    /// The inverse, by Euclid's algorithm on polynomials; none for zero, and for what has a common divisor
    /// with a program's polynomial.
    pub fn inverse(&self, a: &Element) -> Option<Element> {
        let reduction = match &self.product {
            Product::Tower(table) => {
                return table.inverse(reference::Element(*a)).map(|found| found.0);
            }
            Product::Binomial(c) => base(*c),
            Product::Polynomial(reduction) => *reduction,
        };
        const N: usize = MAX_DEGREE + 1;
        let degree_of = |p: &[u64; N]| p.iter().rposition(|&c| c != 0);
        // Invariant: r = t * a modulo the reduction polynomial, for both pairs.
        let (mut r0, mut r1, mut t0, mut t1) = ([0; N], [0; N], [0; N], [0; N]);
        r0[self.degree] = 1;
        for j in 0..self.degree {
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

    /// The operation on each pair of coordinates; its results are below the modulus.
    #[inline]
    fn each(&self, a: &Element, b: &Element, op: impl Fn(u64, u64) -> u64) -> Element {
        let mut result = [0; MAX_DEGREE];
        for i in 0..self.degree {
            result[i] = op(a[i], b[i]);
        }
        result
    }
}

/// An element of the base field.
fn base(coordinate: u64) -> Element {
    let mut element = [0; MAX_DEGREE];
    element[0] = coordinate;
    element
}
