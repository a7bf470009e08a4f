//! Formats: words that stand for elements, and products in extensions.

use super::Obligation;
use crate::field::{Arithmetic, Element};
use crate::model::{Format, Reduction};
use crate::proof::kernel::Form;
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

/// A ring of coordinates, by the products of its basis elements.
struct Ring {
    degree: usize,
    /// The coordinates of the product of the basis elements i and j, at `i * degree + j`.
    products: Vec<Vec<Form>>,
}

fn one() -> Form {
    Form::constant(BigInt::from(1))
}

/// Sums and products of forms stay far below the limits here: elements have a few coordinates.
fn times(a: &Form, b: &Form) -> Form {
    a.times(b).unwrap_or_default()
}

impl Ring {
    /// One step: x^d = r[0] + r[1] x + ..., with any coefficients.
    fn polynomial(reduction: &[Form]) -> Self {
        let degree = reduction.len();
        let mut powers = vec![vec![Form::default(); degree]];
        powers[0][0] = one();
        for power in 1..2 * degree - 1 {
            let before = &powers[power - 1];
            let next = (0..degree)
                .map(|k| {
                    let reduced = times(&before[degree - 1], &reduction[k]);
                    if k > 0 {
                        reduced.add(&before[k - 1])
                    } else {
                        reduced
                    }
                })
                .collect();
            powers.push(next);
        }
        let index = (0..degree * degree).map(|n| n / degree + n % degree);
        Self {
            degree,
            products: index.map(|power| powers[power].clone()).collect(),
        }
    }

    /// A second step over this one: u^n = outer[0] + outer[1] u + ..., with coefficients of this ring. Coordinates of a power
    /// of u are next to each other.
    fn tower(&self, outer: &[Vec<Form>]) -> Self {
        let (m, n) = (self.degree, outer.len());
        let mut powers = vec![vec![vec![Form::default(); m]; n]];
        powers[0][0][0] = one();
        for power in 1..2 * n - 1 {
            let before = &powers[power - 1];
            let next = (0..n)
                .map(|k| {
                    let mut sum = self.multiply(&before[n - 1], &outer[k]);
                    if k > 0 {
                        for (to, from) in sum.iter_mut().zip(&before[k - 1]) {
                            *to = to.add(from);
                        }
                    }
                    sum
                })
                .collect();
            powers.push(next);
        }
        let degree = m * n;
        let product = |index: usize| {
            let (i, j) = (index / degree, index % degree);
            let inner = &self.products[(i % m) * m + j % m];
            let coefficients = powers[i / m + j / m].iter();
            coefficients
                .flat_map(|coefficient| self.multiply(coefficient, inner))
                .collect()
        };
        Self {
            degree,
            products: (0..degree * degree).map(product).collect(),
        }
    }

    /// The ring that the golden evaluator computes in.
    fn golden(arithmetic: &Arithmetic) -> Self {
        let d = arithmetic.degree;
        let basis = |index: usize| {
            let mut out = Element::ZERO;
            out.0[index] = 1;
            out
        };
        let product = |n: usize| {
            let product = arithmetic.mul(basis(n / d), basis(n % d));
            let coordinates = product.0[..d].iter();
            coordinates.map(|&c| Form::constant(c.into())).collect()
        };
        Self {
            degree: d,
            products: (0..d * d).map(product).collect(),
        }
    }

    fn multiply(&self, a: &[Form], b: &[Form]) -> Vec<Form> {
        let mut out = vec![Form::default(); self.degree];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                let product = times(x, y);
                for (to, c) in out.iter_mut().zip(&self.products[i * self.degree + j]) {
                    *to = to.add(&times(&product, c));
                }
            }
        }
        out
    }

    /// The product of two elements by Karatsuba's trick: for i < j one product (a_i + a_j)(b_i + b_j) instead of
    /// a_i b_j and a_j b_i. The products of coordinates are new symbols from `next` on, and hypotheses say what they are.
    fn karatsuba(&self, a: &[Form], b: &[Form], mut next: u32) -> (Vec<Form>, Vec<Form>) {
        let d = self.degree;
        let mut hypotheses = Vec::new();
        let mut symbol = |product: Form| {
            let symbol = Form::symbol(next);
            hypotheses.push(symbol.sub(&product));
            next += 1;
            symbol
        };
        let places: Vec<Form> = (0..d).map(|i| symbol(times(&a[i], &b[i]))).collect();
        let mut out = vec![Form::default(); d];
        for i in 0..d {
            for j in i..d {
                let mixed = if i == j {
                    places[i].clone()
                } else {
                    let both = symbol(times(&a[i].add(&a[j]), &b[i].add(&b[j])));
                    both.sub(&places[i]).sub(&places[j])
                };
                for (to, c) in out.iter_mut().zip(&self.products[i * d + j]) {
                    *to = to.add(&times(&mixed, c));
                }
            }
        }
        (hypotheses, out)
    }

    /// The element with these symbols as coordinates.
    fn element(&self, number: usize) -> Vec<Form> {
        let first = number * self.degree;
        (first..first + self.degree)
            .map(|symbol| Form::symbol(symbol as u32))
            .collect()
    }
}

/// The goals that two lists of coordinates are equal.
fn equal(a: &[Form], b: &[Form]) -> Vec<Polynomial> {
    a.iter().zip(b).map(|(a, b)| a.sub(b).write()).collect()
}

/// The products of a format's extension, by the spec's own reduction polynomials. If the polynomial is the program's, what is
/// proved holds for every one: its coefficients are symbols.
#[must_use]
pub fn extension(format: &Format) -> Vec<Obligation> {
    if format.degree < 2 {
        return Vec::new();
    }
    let constants = |list: &[u64]| -> Vec<Form> {
        let list = list.iter();
        list.map(|&c| Form::constant(c.into())).collect()
    };
    let ring = match &format.reduction {
        Reduction::Polynomial(r) => Ring::polynomial(&constants(r)),
        Reduction::Tower { inner, outer } => {
            let outer: Vec<Vec<Form>> = outer.iter().map(|c| constants(c)).collect();
            Ring::polynomial(&constants(inner)).tower(&outer)
        }
        Reduction::Descriptor => {
            // Behind the coordinates of three elements.
            let first = 3 * format.degree as u32;
            let symbols = (first..).take(format.degree).map(Form::symbol);
            Ring::polynomial(&symbols.collect::<Vec<_>>())
        }
    };
    let identity = |hypotheses: &[Form], goals| {
        Statement::Identity(Identity {
            characteristic: format.modulus.into(),
            hypotheses: hypotheses.iter().map(Form::write).collect(),
            goals,
        })
    };
    let name = &format.name;
    let [a, b, c] = [0, 1, 2].map(|number| ring.element(number));
    let ab = ring.multiply(&a, &b);
    let (hypotheses, karatsuba) = ring.karatsuba(&a, &b, 4 * format.degree as u32);
    let mut out = vec![Obligation::new(
        format!("{name}/karatsuba"),
        "Karatsuba's product is the product modulo the reduction polynomial",
        identity(&hypotheses, equal(&karatsuba, &ab)),
    )];
    if let Some(arithmetic) = format.arithmetic() {
        let golden = Ring::golden(&arithmetic).multiply(&a, &b);
        out.push(Obligation::new(
            format!("{name}/golden"),
            "the evaluator's product is the product modulo the reduction polynomial",
            identity(&[], equal(&golden, &ab)),
        ));
        let (left, right) = (
            ring.multiply(&ab, &c),
            ring.multiply(&a, &ring.multiply(&b, &c)),
        );
        out.push(Obligation::new(
            format!("{name}/associative"),
            "products may be taken in any order",
            identity(&[], equal(&left, &right)),
        ));
    }
    out
}
