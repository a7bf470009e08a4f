//! Bounds of polynomials in a case: from the ranges of symbols, and from facts whose multiples cancel terms.

use super::form::{Form, is_zero};
use crate::proof::certificate::{Part, Witness};
use num_bigint::{BigInt, Sign};

/// Facts and ranges of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Of each symbol.
    pub(super) ranges: Vec<(BigInt, BigInt)>,
    /// Polynomials that are at least 0.
    pub(super) facts: Vec<Form>,
}

/// A stage of a search: the next one is tried if it does not reach the goal.
struct Stage {
    /// How many facts may be combined.
    depth: u32,
    /// How many terms of a polynomial are tried at each step, those with the widest ranges first.
    terms: usize,
    /// Whether facts are multiplied by symbols.
    products: bool,
    /// Partial combinations that are looked at.
    nodes: u32,
}

const STAGES: [Stage; 6] = [
    Stage::new(0, 0, 1),
    Stage::new(1, 4, 40),
    Stage::new(2, 3, 100),
    Stage::new(4, 2, 300),
    Stage::new(3, 8, 1500),
    Stage {
        products: true,
        ..Stage::new(4, 2, 1000)
    },
];

impl Stage {
    const fn new(depth: u32, terms: usize, nodes: u32) -> Self {
        Self {
            depth,
            terms,
            products: false,
            nodes,
        }
    }
}

/// How much is done for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// For a question on the way: where the answer is no, a split or a quotient does as well.
    Little,
    /// Where everything depends on it.
    Much,
}

impl Effort {
    fn stages(self) -> &'static [Stage] {
        match self {
            Self::Little => &STAGES[..3],
            Self::Much => &STAGES,
        }
    }
}

/// A lower bound and why it holds.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) value: BigInt,
    pub(super) witness: Witness,
}

struct Search<'a> {
    facts: &'a Facts,
    /// The search ends when the bound is at least this.
    enough: Option<&'a BigInt>,
    best: Option<Bound>,
    nodes: u32,
    stage: &'a Stage,
}

impl Facts {
    fn monomial_range(&self, monomial: &[u32], c: &BigInt) -> (BigInt, BigInt) {
        let (mut lo, mut hi) = (c.clone(), c.clone());
        for &symbol in monomial {
            let (a, b) = &self.ranges[symbol as usize];
            let corners = [&lo * a, &lo * b, &hi * a, &hi * b];
            lo = corners.iter().min().cloned().unwrap_or_default();
            hi = corners.into_iter().max().unwrap_or_default();
        }
        (lo, hi)
    }

    /// Bounds by the ranges of symbols only.
    pub(super) fn range_of(&self, form: &Form) -> (BigInt, BigInt) {
        let (mut least, mut greatest) = (BigInt::ZERO, BigInt::ZERO);
        for (monomial, c) in &form.terms {
            let (lo, hi) = self.monomial_range(monomial, c);
            least += lo;
            greatest += hi;
        }
        (least, greatest)
    }

    /// The best lower bound that is found; the search stops at `enough`.
    fn lower(&self, form: &Form, enough: Option<&BigInt>, effort: Effort) -> Bound {
        let mut found: Option<Bound> = None;
        for stage in effort.stages() {
            let products = !stage.products || form.terms.iter().any(|(m, _)| m.len() > 1);
            if !products {
                continue;
            }
            let mut search = Search {
                facts: self,
                enough,
                best: found,
                nodes: 0,
                stage,
            };
            search.visit(&Node {
                rest: form.clone(),
                denominator: BigInt::from(1),
                parts: Vec::new(),
                depth: stage.depth,
            });
            let done = search.done();
            found = search.best;
            if done {
                break;
            }
        }
        found.unwrap_or_else(|| Bound {
            value: self.range_of(form).0,
            witness: Witness::default(),
        })
    }

    /// Why a polynomial is at least 0.
    pub(super) fn at_least_zero(&self, form: &Form, effort: Effort) -> Option<Witness> {
        let bound = self.lower(form, Some(&BigInt::ZERO), effort);
        (bound.value.sign() != Sign::Minus).then_some(bound.witness)
    }

    /// Bounds of a polynomial, as far as they are found.
    pub(super) fn bounds(&self, form: &Form) -> (BigInt, BigInt) {
        let lo = self.lower(form, None, Effort::Little).value;
        let hi = -self
            .lower(&form.scale(&BigInt::from(-1)), None, Effort::Little)
            .value;
        (lo, hi)
    }

    /// Why a fact, by its index, contradicts the others.
    pub(super) fn contradiction(&self, fact: usize, effort: Effort) -> Option<Witness> {
        // -1 = fact + (-1 - fact): if the second is at least 0 then so is -1.
        let rest = Form::constant(BigInt::from(-1)).sub(&self.facts[fact]);
        let mut witness = self.at_least_zero(&rest, effort)?;
        let factor = witness.denominator.clone();
        witness.parts.push(Part {
            factor,
            symbols: Vec::new(),
            fact,
        });
        Some(witness)
    }
}

/// A partial combination: `denominator * goal = rest + parts`, whatever the goal is.
#[derive(Clone)]
struct Node {
    rest: Form,
    denominator: BigInt,
    parts: Vec<Part>,
    /// Facts that may still be added.
    depth: u32,
}

/// A multiple of a fact.
struct Product {
    form: Form,
    fact: usize,
    symbols: Vec<u32>,
}

impl Search<'_> {
    fn visit(&mut self, node: &Node) {
        self.nodes += 1;
        let (least, _) = self.facts.range_of(&node.rest);
        // The goal is at least least / denominator, and an integer.
        let value = -super::form::floor(&-least, &node.denominator);
        if self.best.as_ref().is_none_or(|best| value > best.value) {
            self.best = Some(Bound {
                value,
                witness: Witness {
                    denominator: node.denominator.clone(),
                    parts: node.parts.clone(),
                },
            });
        }
        if node.depth == 0 || self.done() {
            return;
        }
        // Terms that cost most, at first.
        let mut costs: Vec<(BigInt, &(Vec<u32>, BigInt))> = node
            .rest
            .terms
            .iter()
            .filter(|(m, _)| !m.is_empty())
            .map(|term| {
                let (lo, hi) = self.facts.monomial_range(&term.0, &term.1);
                (lo - hi, term)
            })
            .filter(|(cost, _)| !is_zero(cost))
            .collect();
        costs.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, (monomial, c)) in costs.into_iter().take(self.stage.terms) {
            for fact in 0..self.facts.facts.len() {
                for product in self.products(monomial, fact) {
                    let Some(d) = product.form.coefficient(monomial) else {
                        continue;
                    };
                    if d.sign() == c.sign() {
                        self.visit(&node.without(c, d, &product));
                    }
                    if self.done() || self.nodes > self.stage.nodes {
                        return;
                    }
                }
            }
        }
    }

    fn done(&self) -> bool {
        match (&self.best, self.enough) {
            (Some(best), Some(enough)) => best.value >= *enough,
            _ => false,
        }
    }

    /// Multiples of a fact that may have the monomial.
    fn products(&self, monomial: &[u32], fact: usize) -> Vec<Product> {
        let form = &self.facts.facts[fact];
        let mut out = Vec::new();
        if form.coefficient(monomial).is_some() {
            out.push(Product {
                form: form.clone(),
                fact,
                symbols: Vec::new(),
            });
        }
        let [a, b] = *monomial else { return out };
        for (symbol, other) in [(a, b), (b, a)] {
            let (lo, _) = &self.facts.ranges[symbol as usize];
            if self.stage.products
                && lo.sign() != Sign::Minus
                && form.coefficient(&[other]).is_some()
                && let Some(form) = form.times(&Form::symbol(symbol))
            {
                out.push(Product {
                    form,
                    fact,
                    symbols: vec![symbol],
                });
            }
        }
        out
    }
}

impl Node {
    /// Without the monomial that has the coefficient `c` here and `d`, of the same sign, in the fact.
    fn without(&self, c: &BigInt, d: &BigInt, fact: &Product) -> Self {
        let absolute = |x: &BigInt| BigInt::from(x.magnitude().clone());
        let (c, d) = (absolute(c), absolute(d));
        let divisor = common_divisor(c.clone(), d.clone());
        let (c, d) = (c / &divisor, d / divisor);
        let mut parts = self.parts.clone();
        for part in &mut parts {
            part.factor *= &d;
        }
        let rest = self.rest.scale(&d).plus(&-&c, &fact.form);
        parts.push(Part {
            factor: c,
            symbols: fact.symbols.clone(),
            fact: fact.fact,
        });
        Self {
            rest,
            denominator: &self.denominator * d,
            parts,
            depth: self.depth - 1,
        }
    }
}

fn common_divisor(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !is_zero(&b) {
        (a, b) = (b.clone(), a % b);
    }
    a
}
