//! A format's field as the kernels need it: Montgomery constants, and how products of the extension are reduced.
//!
//! Elements that are known before the rows are come as [`golden::arithmetic`](crate::golden::arithmetic) has them,
//! canonical; here they become residues, and back.

use super::lanes::Word;
use crate::golden::arithmetic::{Arithmetic, Element, MAX_DEGREE};
use zktr_isa::field::{inverse_mod, mul_mod, pow_mod};
use zktr_isa::model::Format;

/// Primes below this have residues of 32 bits.
pub(super) const NARROW: u64 = 1 << 31;

/// The field of a format, with residues in words `W`.
#[derive(Debug, Clone)]
pub(super) struct Field<W> {
    /// The prime, and its inverse modulo R.
    pub(super) p: W,
    pub(super) inverse: W,
    /// One as a residue: R modulo p.
    pub(super) one: W,
    /// R^2 and R^3 modulo p: a word w times R^2 is its residue; R^3, the same for a word's upper half of W's bits.
    pub(super) r2: W,
    pub(super) r3: W,
    /// A format's word times this is the residue; none where they are equal.
    pub(super) from_word: Option<W>,
    /// And the other way round.
    pub(super) to_word: Option<W>,
    /// The word p stands for zero too.
    pub(super) accepts_modulus: bool,
    /// Number of coordinates.
    pub(super) degree: usize,
    pub(super) product: Product<W>,
    /// Every element but zero has an inverse.
    pub(super) is_field: bool,
    golden: Arithmetic,
}

/// How to multiply: coordinate k of a product is the sum over i of `a[i]` times cell `matrix[k][i]` of b.
#[derive(Debug, Clone)]
pub(super) struct Product<W> {
    /// Linear combinations of the coordinates of b: pairs of a coordinate and a factor, a residue.
    pub(super) cells: Vec<Vec<(usize, W)>>,
    pub(super) matrix: [[usize; MAX_DEGREE]; MAX_DEGREE],
    /// c, where x^d = c.
    pub(super) binomial: Option<W>,
}

/// The words of an element's coordinates.
pub(super) type Residues<W> = [W; MAX_DEGREE];

impl<W: Word> Field<W> {
    /// None for a prime that this word does not serve: the odd ones below 2^31 are for 32 bits, the other odd ones for 64.
    pub(super) fn new(format: &Format, golden: &Arithmetic) -> Option<Self> {
        let modulus = format.modulus;
        if modulus.is_multiple_of(2) || (modulus < NARROW) != (W::BITS == 32) {
            return None;
        }
        let r = pow_mod(2, u64::from(W::BITS), modulus);
        let unr = inverse_mod(r, modulus)?;
        let r2 = mul_mod(r, r, modulus);
        let of_format = (format.montgomery % u128::from(modulus)) as u64;
        // word = a F and residue = a R: residue = word (R / F), and a product of Montgomery's form takes one R away.
        let from_word = mul_mod(
            mul_mod(inverse_mod(of_format, modulus)?, r, modulus),
            r,
            modulus,
        );
        let unless_one = |factor: u64| (factor != r).then(|| W::of(factor));
        let mut field = Self {
            p: W::of(modulus),
            inverse: inverse_of_odd(W::of(modulus)),
            one: W::of(r),
            r2: W::of(r2),
            r3: W::of(mul_mod(r2, r, modulus)),
            from_word: unless_one(from_word),
            to_word: unless_one(mul_mod(mul_mod(of_format, unr, modulus), r, modulus)),
            accepts_modulus: format.accepts_modulus,
            degree: format.degree,
            product: Product {
                cells: Vec::new(),
                matrix: [[0; MAX_DEGREE]; MAX_DEGREE],
                binomial: None,
            },
            // The loader refuses a format that is no field, but a program's polynomial may be reducible.
            is_field: !format.is_programmable(),
            golden: golden.clone(),
        };
        field.product = field.products();
        Some(field)
    }

    /// The recipe of products, from those of the basis.
    fn products(&self) -> Product<W> {
        let d = self.degree;
        let mut cells: Vec<Vec<(usize, W)>> = Vec::new();
        let mut matrix = [[0; MAX_DEGREE]; MAX_DEGREE];
        let basis = |i: usize| {
            let mut element = Element::default();
            element[i] = 1;
            element
        };
        for (k, row) in matrix.iter_mut().enumerate().take(d) {
            for (i, cell) in row.iter_mut().enumerate().take(d) {
                let combination: Vec<(usize, W)> = (0..d)
                    .map(|j| (j, self.golden.mul(&basis(i), &basis(j))[k]))
                    .filter(|&(_, factor)| factor != 0)
                    .map(|(j, factor)| (j, self.residue(factor)))
                    .collect();
                let known = cells.iter().position(|known| *known == combination);
                *cell = known.unwrap_or_else(|| {
                    cells.push(combination);
                    cells.len() - 1
                });
            }
        }
        // x^(d-1) x is c alone.
        let square = (d > 1).then(|| self.golden.mul(&basis(d - 1), &basis(1)));
        let binomial = square
            .filter(|square| square[1..d].iter().all(|&c| c == 0))
            .filter(|_| (1..d - 1).all(|i| self.golden.mul(&basis(i), &basis(1)) == basis(i + 1)))
            .map(|square| self.residue(square[0]));
        Product {
            cells,
            matrix,
            binomial,
        }
    }

    /// The residue of a canonical number.
    pub(super) fn residue(&self, canonical: u64) -> W {
        self.mul(W::of(canonical), self.r2)
    }

    /// The residues of an element's coordinates.
    pub(super) fn residues(&self, element: &Element) -> Residues<W> {
        element.map(|coordinate| self.residue(coordinate))
    }

    /// The element of these residues.
    pub(super) fn element(&self, residues: &Residues<W>) -> Element {
        residues.map(|residue| self.mul(residue, W::of(1)).number())
    }

    /// The product of two residues.
    pub(super) fn mul(&self, a: W, b: W) -> W {
        a.mul(b, self.p, self.inverse)
    }

    /// The product of two elements.
    pub(super) fn multiply(&self, a: &Residues<W>, b: &Residues<W>) -> Residues<W> {
        let product = self.golden.mul(&self.element(a), &self.element(b));
        self.residues(&product)
    }

    /// The sum of two elements.
    pub(super) fn sum(&self, a: &Residues<W>, b: &Residues<W>) -> Residues<W> {
        std::array::from_fn(|i| a[i].add(b[i], self.p))
    }

    /// The inverse of an element, if it has one.
    pub(super) fn invert(&self, a: &Residues<W>) -> Option<Residues<W>> {
        let inverse = self.golden.inverse(&self.element(a))?;
        Some(self.residues(&inverse))
    }

    /// The matrix of the multiplication by an element: coordinate k of `c a` is the sum over i of `matrix[k][i] a[i]`.
    pub(super) fn matrix(&self, c: &Element) -> [Residues<W>; MAX_DEGREE] {
        let mut matrix = [[W::ZERO; MAX_DEGREE]; MAX_DEGREE];
        for i in 0..self.degree {
            let mut basis = Element::default();
            basis[i] = 1;
            let column = self.residues(&self.golden.mul(c, &basis));
            for (row, value) in matrix.iter_mut().zip(column) {
                row[i] = value;
            }
        }
        matrix
    }

    /// The arithmetic of canonical elements.
    pub(super) fn golden(&self) -> &Arithmetic {
        &self.golden
    }
}

/// The inverse modulo R, by Newton's iteration: each step doubles the bits that are right, of which an odd number's own
/// low bits are the first three.
fn inverse_of_odd<W: Word>(p: W) -> W {
    let mut inverse = p;
    for _ in 0..5 {
        let product = p.low_product(inverse).number();
        inverse = inverse.low_product(W::of(2u64.wrapping_sub(product)));
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use zktr_isa::Spec;

    fn check<W: Word>(format: &Format) {
        let golden = Arithmetic::new(format, &[5, 3, 2, 1, 0, 0]).unwrap();
        let field = Field::<W>::new(format, &golden).unwrap();
        assert_eq!(field.p.low_product(field.inverse), W::of(1));
        let element = |seed: u64| -> Element {
            std::array::from_fn(|i| {
                if i < format.degree {
                    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15 + i as u64) % format.modulus
                } else {
                    0
                }
            })
        };
        for seed in [0, 1, 2, 77] {
            let (a, b) = (element(seed), element(seed + 3));
            let (ra, rb) = (field.residues(&a), field.residues(&b));
            assert_eq!(field.element(&ra), a);
            let product = field.residues(&golden.mul(&a, &b));
            assert_eq!(field.multiply(&ra, &rb), product);
            // The recipe, and the matrix of a factor.
            let matrix = field.matrix(&b);
            for k in 0..format.degree {
                let by_cell = |cell: usize| {
                    let terms = &field.product.cells[cell];
                    terms.iter().fold(W::ZERO, |sum, &(j, c)| {
                        sum.add(field.mul(rb[j], c), field.p)
                    })
                };
                let dot = |factor: &dyn Fn(usize) -> W| {
                    (0..format.degree).fold(W::ZERO, |sum, i| {
                        sum.add(field.mul(ra[i], factor(i)), field.p)
                    })
                };
                assert_eq!(dot(&|i| by_cell(field.product.matrix[k][i])), product[k]);
                assert_eq!(dot(&|i| matrix[k][i]), product[k]);
            }
            // Words of the format.
            for (residue, canonical) in ra.iter().zip(a).take(format.degree) {
                let word = field.to_word.map_or(*residue, |c| field.mul(*residue, c));
                assert_eq!(word.number(), golden.word(canonical));
                assert_eq!(
                    field.from_word.map_or(word, |c| field.mul(word, c)),
                    *residue
                );
            }
        }
    }

    #[test]
    fn every_format_has_a_field() {
        for format in &Spec::builtin().formats {
            if format.modulus < NARROW {
                check::<u32>(format);
            } else {
                check::<u64>(format);
            }
        }
    }

    #[test]
    fn binomials_are_found() {
        let spec = Spec::builtin();
        let binomial = |name: &str| {
            let format = spec.format(name).unwrap();
            let golden = Arithmetic::new(format, &[0; 6]).unwrap();
            let field = Field::<u32>::new(format, &golden).unwrap();
            let c = field.product.binomial?;
            Some(field.mul(c, 1))
        };
        assert_eq!(binomial("babybear4-m"), Some(11));
        assert_eq!(binomial("babybear5"), Some(2));
        assert_eq!(binomial("cm31"), Some(0x7fff_fffe));
        assert_eq!(binomial("koalabear5-m"), None);
        assert_eq!(binomial("qm31"), None);
        assert_eq!(binomial("babybear"), None);
    }
}
