//! Goals as combinations of hypotheses: division by them, and by their S-polynomials, with the factors kept.
//!
//! The order of monomials is lexicographic, a symbol with a greater number being greater: a hypothesis
//! `y - f(x)` replaces y. Buchberger's algorithm (Cox, Little, O'Shea: Ideals, Varieties, and Algorithms, chapter 2)
//! stops as soon as the goal is reached, or at a limit.

use super::Failure;
use super::form::{Form, Monomial, inverse, is_zero};
use crate::proof::polynomial::Polynomial;
use crate::proof::statement::{Identity, Induction};
use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Pairs of which the S-polynomial is taken.
const MAX_PAIRS: usize = 120;
/// Subtractions in one division.
const MAX_STEPS: usize = 20_000;

/// A polynomial of the ideal, and the factors of the hypotheses that give it.
#[derive(Clone)]
struct Element {
    form: Form,
    factors: Vec<Form>,
}

/// The factors of the hypotheses for each goal.
pub(super) fn prove(identity: &Identity) -> Result<Vec<Vec<Polynomial>>, Failure> {
    let modulus = &identity.characteristic;
    if modulus.sign() == Sign::Minus {
        return Err(Failure::IllFormed);
    }
    let ring = Ring { modulus };
    let count = identity.hypotheses.len();
    let mut basis = Vec::new();
    for (index, hypothesis) in identity.hypotheses.iter().enumerate() {
        let mut factors = vec![Form::default(); count];
        factors[index] = Form::constant(BigInt::from(1));
        let form = ring.reduced(Form::read(hypothesis));
        if !form.terms.is_empty() {
            basis.push(Element { form, factors });
        }
    }
    let mut pairs: VecDeque<(usize, usize)> = VecDeque::new();
    for j in 0..basis.len() {
        pairs.extend((0..j).map(|i| (i, j)));
    }
    let mut left = MAX_PAIRS;
    let mut out = Vec::new();
    for goal in &identity.goals {
        let goal = Element {
            form: ring.reduced(Form::read(goal)),
            factors: vec![Form::default(); count],
        };
        loop {
            let rest = ring.divide(goal.clone(), &basis)?;
            if rest.form.terms.is_empty() {
                // goal - 0 = -(factors)
                let negative = BigInt::from(-1);
                out.push(
                    rest.factors
                        .iter()
                        .map(|f| f.scale(&negative).write())
                        .collect(),
                );
                break;
            }
            let by = Failure::Differs {
                by: rest.form.write(),
            };
            // Another element of the basis may help.
            let mut grown = false;
            while let Some((i, j)) = pairs.pop_front() {
                if left == 0 {
                    return Err(by);
                }
                left -= 1;
                let Some(s) = ring.s_polynomial(&basis[i], &basis[j]) else {
                    continue;
                };
                let s = ring.divide(s, &basis)?;
                if !s.form.terms.is_empty() {
                    pairs.extend((0..basis.len()).map(|i| (i, basis.len())));
                    basis.push(s);
                    grown = true;
                    break;
                }
            }
            if !grown {
                return Err(by);
            }
        }
    }
    Ok(out)
}

struct Ring<'a> {
    modulus: &'a BigInt,
}

fn order(a: &[u32], b: &[u32]) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

fn leading(form: &Form) -> Option<&(Monomial, BigInt)> {
    form.terms.iter().max_by(|a, b| order(&a.0, &b.0))
}

/// The quotient of two monomials, if the first is a multiple.
fn quotient(a: &[u32], b: &[u32]) -> Option<Monomial> {
    let mut out = Vec::new();
    let mut rest = b.iter().peekable();
    for &symbol in a {
        if rest.peek() == Some(&&symbol) {
            rest.next();
        } else {
            out.push(symbol);
        }
    }
    rest.peek().is_none().then_some(out)
}

impl Ring<'_> {
    fn reduced(&self, form: Form) -> Form {
        if is_zero(self.modulus) {
            form
        } else {
            form.reduced(self.modulus)
        }
    }

    /// The quotient of two coefficients, if there is one.
    fn ratio(&self, a: &BigInt, b: &BigInt) -> Option<BigInt> {
        if is_zero(self.modulus) {
            is_zero(&(a % b)).then(|| a / b)
        } else {
            Some(a * inverse(b, self.modulus)? % self.modulus)
        }
    }

    /// `element - c * m * other`
    fn without(
        &self,
        element: &Element,
        c: &BigInt,
        m: &Monomial,
        other: &Element,
    ) -> Option<Element> {
        let multiple = Form {
            terms: vec![(m.clone(), -c)],
        };
        let plus = |a: &Form, b: &Form| Some(self.reduced(a.add(&multiple.times(b)?)));
        Some(Element {
            form: plus(&element.form, &other.form)?,
            factors: element
                .factors
                .iter()
                .zip(&other.factors)
                .map(|(a, b)| plus(a, b))
                .collect::<Option<_>>()?,
        })
    }

    /// The remainder of the division by the basis.
    fn divide(&self, mut element: Element, basis: &[Element]) -> Result<Element, Failure> {
        let mut remainder = Form::default();
        for _ in 0..MAX_STEPS {
            let Some((monomial, c)) = leading(&element.form).cloned() else {
                element.form = remainder;
                return Ok(element);
            };
            let reducer = basis.iter().find_map(|other| {
                let (lead, d) = leading(&other.form)?;
                Some((quotient(&monomial, lead)?, self.ratio(&c, d)?, other))
            });
            match reducer {
                Some((m, c, other)) => {
                    element = self
                        .without(&element, &c, &m, other)
                        .ok_or(Failure::TooLarge)?;
                }
                None => {
                    let term = Form {
                        terms: vec![(monomial, c)],
                    };
                    element.form = element.form.sub(&term);
                    remainder = remainder.add(&term);
                }
            }
        }
        Err(Failure::TooLarge)
    }

    /// The difference of multiples of two elements in which their leading terms cancel.
    fn s_polynomial(&self, a: &Element, b: &Element) -> Option<Element> {
        let ((m, c), (n, d)) = (leading(&a.form)?, leading(&b.form)?);
        // lcm(m, n) = m * (n without m)
        let mut extra = n.clone();
        for symbol in m {
            if let Some(at) = extra.iter().position(|s| s == symbol) {
                extra.remove(at);
            }
        }
        if extra.len() == n.len() {
            // Coprime leading monomials: it reduces to zero.
            return None;
        }
        let mut lcm = [m.as_slice(), &extra].concat();
        lcm.sort_unstable();
        let empty = Element {
            form: Form::default(),
            factors: vec![Form::default(); a.factors.len()],
        };
        let minus_one = BigInt::from(-1);
        let up = self.without(&empty, &(&minus_one * d), &quotient(&lcm, m)?, a)?;
        self.without(&up, c, &quotient(&lcm, n)?, b)
    }
}

/// What an induction comes down to; see [`Induction`].
pub(crate) fn identities_of(induction: &Induction) -> Result<[Identity; 4], Failure> {
    let state = &induction.state;
    if induction.init.len() != state.len() || induction.step.len() != state.len() {
        return Err(Failure::IllFormed);
    }
    let moved = |to: &[Polynomial]| -> Result<Vec<Polynomial>, Failure> {
        let to: Vec<Form> = to.iter().map(Form::read).collect();
        let next = |symbol: u32| {
            let at = state.iter().position(|s| *s == symbol)?;
            Some(to[at].clone())
        };
        let invariant = induction.invariant.iter().map(|p| {
            let form = Form::read(p).substitute(&next, &BigInt::ZERO);
            Ok(form.ok_or(Failure::TooLarge)?.write())
        });
        invariant.collect()
    };
    let identity = |hypotheses: [&[Polynomial]; 2], goals| Identity {
        characteristic: induction.characteristic.clone(),
        hypotheses: hypotheses.concat(),
        goals,
    };
    let Induction {
        before,
        during,
        after,
        invariant,
        each,
        result,
        ..
    } = induction;
    Ok([
        identity([before, &[]], moved(&induction.init)?),
        identity([invariant, during], moved(&induction.step)?),
        identity([invariant, during], each.clone()),
        identity([invariant, after], result.clone()),
    ])
}

/// What a combination of the hypotheses lacks to the goal, divided by the characteristic, of which it is a multiple.
pub(crate) fn rest_of_combination(
    identity: &Identity,
    goal: &Polynomial,
    factors: &[Polynomial],
) -> Option<Polynomial> {
    let mut rest = Form::read(goal);
    for (factor, hypothesis) in factors.iter().zip(&identity.hypotheses) {
        rest = rest.sub(&Form::read(factor).times(&Form::read(hypothesis))?);
    }
    let p = &identity.characteristic;
    if is_zero(p) {
        return Some(Polynomial::default());
    }
    Some(rest.divided(p).write())
}
