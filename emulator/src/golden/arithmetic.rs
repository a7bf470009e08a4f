//! Elements of a format: canonical integers below the modulus, plain `%`, school-book polynomials.
//!
//! It is that of [`zktr_isa::field`], on coordinates of 32 bits and with the constants of a format at
//! hand, so that millions of elements can be evaluated; tests hold the two to each other. An element
//! of the base field is an element of the extension whose higher coordinates are zero.

use zktr_isa::model::Format;

pub use zktr_isa::field::MAX_DEGREE;

/// Coordinates, canonical, those beyond the degree zero.
pub type Element = [u32; MAX_DEGREE];

/// A word that is not a canonical residue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCanonical;

/// Arithmetic of one format.
#[derive(Debug, Clone)]
pub struct Arithmetic {
    modulus: u64,
    degree: usize,
    reduction: Element,
    /// What an element is multiplied by to get its word, and its inverse.
    to_word: u64,
    from_word: u64,
}

impl Arithmetic {
    /// The arithmetic of a format over the field with this modulus; none where an element has no
    /// room in words of 32 bits or in a descriptor.
    pub fn new(format: &Format, modulus: u64) -> Option<Self> {
        if !(2..=1 << 32).contains(&modulus) || !(1..=MAX_DEGREE).contains(&format.degree) {
            return None;
        }
        let mut reduction = [0; MAX_DEGREE];
        for (to, &from) in reduction.iter_mut().zip(&format.reduction) {
            *to = (from % modulus) as u32;
        }
        let to_word = format.montgomery % modulus;
        let from_word = invert(to_word, modulus)?;
        Some(Self {
            modulus,
            degree: format.degree,
            reduction,
            to_word,
            from_word,
        })
    }

    /// Number of coordinates.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The coordinate that a word stands for.
    pub fn coordinate(&self, word: u32) -> Result<u32, NotCanonical> {
        let word = u64::from(word);
        if word < self.modulus {
            Ok(self.reduce(word * self.from_word))
        } else {
            Err(NotCanonical)
        }
    }

    /// The word that stands for a coordinate.
    pub fn word(&self, coordinate: u32) -> u32 {
        self.reduce(u64::from(coordinate) * self.to_word)
    }

    /// The element that an integer is congruent to.
    pub fn integer(&self, value: i128) -> Element {
        base(value.rem_euclid(i128::from(self.modulus)) as u32)
    }

    /// The element that a word of up to 128 bits is congruent to.
    pub fn bits(&self, value: u128) -> Element {
        base((value % u128::from(self.modulus)) as u32)
    }

    /// Sum.
    pub fn add(&self, a: &Element, b: &Element) -> Element {
        self.each(a, b, |a, b| {
            if a + b < self.modulus {
                a + b
            } else {
                a + b - self.modulus
            }
        })
    }

    /// Difference.
    pub fn sub(&self, a: &Element, b: &Element) -> Element {
        self.each(
            a,
            b,
            |a, b| if a >= b { a - b } else { a + self.modulus - b },
        )
    }

    /// Product with an element of the base field.
    pub fn scale(&self, a: &Element, b: u32) -> Element {
        self.each(a, &[b; MAX_DEGREE], |a, b| self.reduce(a * b).into())
    }

    /// Product.
    pub fn mul(&self, a: &Element, b: &Element) -> Element {
        let d = self.degree;
        let mut product = [0; 2 * MAX_DEGREE];
        for i in 0..d {
            for j in 0..d {
                product[i + j] = self.multiply_add(product[i + j], a[i], b[j]);
            }
        }
        for high in (d..2 * d - 1).rev() {
            for j in 0..d {
                product[high - d + j] =
                    self.multiply_add(product[high - d + j], product[high], self.reduction[j]);
            }
        }
        let mut result = [0; MAX_DEGREE];
        result[..d].copy_from_slice(&product[..d]);
        result
    }

    /// The inverse, by Euclid's algorithm on polynomials; none for zero.
    pub fn inverse(&self, a: &Element) -> Option<Element> {
        const N: usize = MAX_DEGREE + 1;
        let degree_of = |p: &[u32; N]| p.iter().rposition(|&c| c != 0);
        // Invariant: r = t * a modulo the reduction polynomial, for both pairs.
        let (mut r0, mut r1, mut t0, mut t1) = ([0; N], [0; N], [0; N], [0; N]);
        r0[self.degree] = 1;
        for j in 0..self.degree {
            r0[j] = self.negative(self.reduction[j]);
            r1[j] = a[j];
        }
        t1[0] = 1;
        loop {
            let low = degree_of(&r1)?;
            let lead = invert(u64::from(r1[low]), self.modulus)? as u32;
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

    /// The canonical residue.
    fn reduce(&self, value: u64) -> u32 {
        (value % self.modulus) as u32
    }

    /// Below the modulus: `a + b * c`.
    fn multiply_add(&self, a: u32, b: u32, c: u32) -> u32 {
        // At most (2^32 - 1) + (2^32 - 1)^2, which is below 2^64.
        self.reduce(u64::from(a) + u64::from(b) * u64::from(c))
    }

    fn negative(&self, a: u32) -> u32 {
        ((self.modulus - u64::from(a)) % self.modulus) as u32
    }

    /// The operation on each pair of coordinates; its results are below the modulus.
    fn each(&self, a: &Element, b: &Element, op: impl Fn(u64, u64) -> u64) -> Element {
        let mut result = [0; MAX_DEGREE];
        for i in 0..self.degree {
            result[i] = op(u64::from(a[i]), u64::from(b[i])) as u32;
        }
        result
    }
}

/// An element of the base field.
fn base(coordinate: u32) -> Element {
    let mut element = [0; MAX_DEGREE];
    element[0] = coordinate;
    element
}

/// Inverse modulo a prime up to 2^32, by Euclid's algorithm.
fn invert(a: u64, modulus: u64) -> Option<u64> {
    let (mut r0, mut r1) = (modulus as i64, (a % modulus) as i64);
    let (mut t0, mut t1) = (0i64, 1i64);
    while r1 != 0 {
        let quotient = r0 / r1;
        (r0, r1) = (r1, r0 - quotient * r1);
        (t0, t1) = (t1, t0 - quotient * t1);
    }
    (r0 == 1).then(|| t0.rem_euclid(modulus as i64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zktr_isa::Spec;

    #[test]
    fn moduli_without_room_are_refused() {
        let format = &Spec::builtin().formats[0];
        for modulus in [0, 1, (1 << 32) + 1, u64::MAX] {
            assert!(Arithmetic::new(format, modulus).is_none());
        }
    }
}
