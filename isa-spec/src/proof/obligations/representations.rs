//! Formats: words that stand for elements, and products in extensions.

use super::Obligation;
use crate::proof::polynomial::Polynomial;
use crate::proof::statement::{Identity, Statement};
use num_bigint::BigInt;

/// The word w stands for w / R: sums, products and inverses of words stand for those of the elements.
#[must_use]
pub fn representation(format: &str, p: &BigInt, radix: &BigInt) -> Option<Obligation> {
    if *radix == BigInt::from(1) {
        return None;
    }
    // x2 = 1 / R; the words are x0 and x1. A Montgomery product of words is a b / R.
    let [a, b, r] = [0, 1, 2];
    let hypothesis = Polynomial::term(radix % p, &[r]).plus(-1, &[]);
    let square = Polynomial::term(1, &[3]).plus(-(radix * radix % p), &[]);
    let goals = vec![
        // (a b / R) / R = (a / R)(b / R)
        Polynomial::term(1, &[a, b, r, r]).plus(-1, &[a, r, b, r]),
        // A product with R^2 makes the form: (a R^2 / R) / R = a.
        Polynomial::term(1, &[a, 3, r, r]).plus(-1, &[a]),
        // The word of one is R.
        Polynomial::term(radix % p, &[r]).plus(-1, &[]),
    ];
    let statement = Statement::Identity(Identity {
        characteristic: p.clone(),
        hypotheses: vec![hypothesis, square],
        goals,
    });
    Some(Obligation::new(
        format!("{format}/representation"),
        "products of words stand for products of elements",
        statement,
    ))
}

/// Coordinates of polynomials in x over coordinates, reduced by x^d = r[0] + r[1] x + ...
struct Extension<'a> {
    p: &'a BigInt,
    reduction: &'a [BigInt],
}

/// A linear combination of products of coordinates.
type Coordinate = Polynomial;

impl Extension<'_> {
    fn degree(&self) -> usize {
        self.reduction.len()
    }

    /// Powers of x from 0 to 2 d - 2, reduced from the highest down.
    fn reduce(&self, mut powers: Vec<Coordinate>) -> Vec<Coordinate> {
        let d = self.degree();
        while powers.len() > d {
            let Some(highest) = powers.pop() else { break };
            let low = powers.len() - d;
            for (i, r) in self.reduction.iter().enumerate() {
                for (c, factors) in &highest.terms {
                    powers[low + i] =
                        std::mem::take(&mut powers[low + i]).plus(c * r % self.p, factors);
                }
            }
        }
        powers
    }

    /// The product of the elements with coordinates 0 .. d and d .. 2 d, each product of coordinates taken.
    fn schoolbook(&self) -> Vec<Coordinate> {
        let d = self.degree();
        let mut powers = vec![Coordinate::default(); 2 * d - 1];
        for i in 0..d {
            for j in 0..d {
                let product = [i as u32, (d + j) as u32];
                powers[i + j] = std::mem::take(&mut powers[i + j]).plus(1, &product);
            }
        }
        self.reduce(powers)
    }

    /// Karatsuba's product of any degree: for i < j the products of sums (a_i + a_j)(b_i + b_j), and squares of places. The
    /// products are new symbols, given by hypotheses.
    fn karatsuba(&self) -> (Vec<Polynomial>, Vec<Coordinate>) {
        let d = self.degree();
        let mut next = 2 * d as u32;
        let mut hypotheses = Vec::new();
        let mut symbol = |product: Polynomial| {
            hypotheses.push(Polynomial::symbol(next).minus(&product));
            next += 1;
            next - 1
        };
        let (a, b) = (|i: usize| i as u32, |i: usize| (d + i) as u32);
        let places: Vec<u32> = (0..d)
            .map(|i| symbol(Polynomial::term(1, &[a(i), b(i)])))
            .collect();
        let mut powers = vec![Coordinate::default(); 2 * d - 1];
        for i in 0..d {
            powers[2 * i] = std::mem::take(&mut powers[2 * i]).plus(1, &[places[i]]);
            for j in i + 1..d {
                let product = Polynomial::term(1, &[a(i), b(i)])
                    .plus(1, &[a(i), b(j)])
                    .plus(1, &[a(j), b(i)])
                    .plus(1, &[a(j), b(j)]);
                let both = symbol(product);
                powers[i + j] = std::mem::take(&mut powers[i + j])
                    .plus(1, &[both])
                    .plus(-1, &[places[i]])
                    .plus(-1, &[places[j]]);
            }
        }
        (hypotheses, self.reduce(powers))
    }
}

impl Polynomial {
    fn minus(mut self, other: &Self) -> Self {
        let terms = other.terms.iter();
        self.terms
            .extend(terms.map(|(c, factors)| (-c, factors.clone())));
        self
    }
}

/// The products of a format's extension, modulo the spec's reduction polynomial.
#[must_use]
pub fn extension(format: &str, p: &BigInt, reduction: &[BigInt]) -> Vec<Obligation> {
    let field = Extension { p, reduction };
    let d = field.degree();
    let schoolbook = field.schoolbook();
    let (hypotheses, karatsuba) = field.karatsuba();
    let mut out = vec![Obligation::new(
        format!("{format}/karatsuba"),
        "Karatsuba's product is the product modulo the reduction polynomial",
        Statement::Identity(Identity {
            characteristic: p.clone(),
            hypotheses,
            goals: (0..d)
                .map(|i| karatsuba[i].clone().minus(&schoolbook[i]))
                .collect(),
        }),
    )];
    let scaled: Vec<Polynomial> = schoolbook
        .iter()
        .map(|coordinate| {
            // b = (b0, 0, ..., 0): a product with an element of the base field.
            let kept = coordinate
                .terms
                .iter()
                .filter(|(_, factors)| factors.contains(&(d as u32)));
            Polynomial {
                terms: kept.cloned().collect(),
            }
        })
        .collect();
    let goals = (0..d)
        .map(|k| {
            let product = Polynomial::term(1, &[k as u32, d as u32]);
            scaled[k].clone().minus(&product)
        })
        .collect();
    out.push(Obligation::new(
        format!("{format}/scale"),
        "a product with an element of the base field is one of each coordinate",
        Statement::Identity(Identity {
            characteristic: p.clone(),
            hypotheses: Vec::new(),
            goals,
        }),
    ));
    out
}
