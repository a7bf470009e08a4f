//! Instructions whose factors, elements of the extension in the descriptor, are elements of the base field.
//!
//! A loop over coordinates that scales one column by a challenge and another one by a constant has fewer products than
//! the instruction has: those with the constant's further coordinates are missing.

use super::super::term::{Replacement, Term};
use super::{SpecAtom, SpecKernel, SpecSum};
use std::collections::BTreeSet;
use zktr_isa::algebra::FieldId;

/// Instructions with more factors are looked at with all of them in the extension only.
const MAX_FACTORS: usize = 2;

impl SpecKernel {
    /// The same instruction with some of its factors, or all of them, in the base field: their further coordinates are zero.
    pub(super) fn narrowed(&self) -> Vec<Self> {
        let values = self.stores.iter().map(|s| &s.value);
        let steps = self.carries.iter().flat_map(|c| &c.step);
        let mut factors = BTreeSet::new();
        for term in values.chain(steps) {
            wide_factors(term, &mut factors);
        }
        if factors.len() > MAX_FACTORS {
            return Vec::new();
        }
        let factors: Vec<FieldId> = factors.into_iter().collect();
        (1..1 << factors.len())
            .filter_map(|chosen: u32| {
                let is_chosen = |(n, _): &(usize, &FieldId)| chosen >> n & 1 == 1;
                let chosen = factors.iter().enumerate().filter(is_chosen);
                self.with_base(&chosen.map(|(_, &field)| field).collect())
            })
            .collect()
    }

    fn with_base(&self, fields: &BTreeSet<FieldId>) -> Option<Self> {
        let mut kernel = self.clone();
        for store in &mut kernel.stores {
            store.value = without_extension(&store.value, fields)?;
        }
        let carries = kernel.carries.iter_mut();
        for word in carries.flat_map(|c| c.init.iter_mut().chain(&mut c.step)) {
            *word = without_extension(word, fields)?;
        }
        Some(kernel)
    }
}

/// Adds the elements of the extension in the descriptor that are factors in a term.
fn wide_factors(term: &Term<SpecAtom>, found: &mut BTreeSet<FieldId>) {
    for (monomial, _) in term.terms() {
        let is_product = monomial.len() > 1 || monomial.iter().any(|(_, e)| *e > 1);
        for (atom, _) in monomial {
            match atom {
                SpecAtom::Scalar { field, coord } if is_product && *coord > 0 => {
                    found.insert(*field);
                }
                SpecAtom::Sum(sum) => wide_factors(&sum.body, found),
                _ => {}
            }
        }
    }
}

fn without_extension(term: &Term<SpecAtom>, fields: &BTreeSet<FieldId>) -> Option<Term<SpecAtom>> {
    let p = term.modulus();
    term.substitute(&|atom| {
        Some(match atom {
            SpecAtom::Scalar { field, coord } if *coord > 0 && fields.contains(field) => {
                Replacement::By(Term::zero(p))
            }
            SpecAtom::Sum(sum) => {
                let body = without_extension(&sum.body, fields)?;
                let sum = SpecSum {
                    body,
                    ..(**sum).clone()
                };
                Replacement::By(Term::atom(p, SpecAtom::Sum(Box::new(sum))))
            }
            _ => Replacement::Keep,
        })
    })
}
