//! Combinations of hypotheses, and what an induction comes down to.

use super::sum::Sum;
use super::{Check, Rejected};
use crate::proof::polynomial::Polynomial;
use crate::proof::statement::{Identity, Induction};
use num_bigint::BigInt;
use std::collections::BTreeMap;

pub(super) fn check_identities(
    identities: &[Identity],
    certificates: &[Vec<Polynomial>],
) -> Result<(), Rejected> {
    let mut certificates = certificates.iter();
    for (section, identity) in identities.iter().enumerate() {
        for (index, goal) in identity.goals.iter().enumerate() {
            let rejected = |reason| Rejected {
                at: (section, index),
                reason,
            };
            let factors = certificates
                .next()
                .ok_or(rejected("a goal without a combination"))?;
            check_combination(identity, goal, factors).map_err(rejected)?;
        }
    }
    match certificates.next() {
        None => Ok(()),
        Some(_) => Err(Rejected {
            at: (identities.len(), 0),
            reason: "a combination without a goal",
        }),
    }
}

fn check_combination(identity: &Identity, goal: &Polynomial, factors: &[Polynomial]) -> Check<()> {
    if factors.len() != identity.hypotheses.len() {
        return Err("one factor for each hypothesis");
    }
    let mut rest = Sum::read(goal)?;
    for (factor, hypothesis) in factors.iter().zip(&identity.hypotheses) {
        let product = Sum::read(factor)?.times(&Sum::read(hypothesis)?)?;
        rest = rest.plus(&BigInt::from(-1), &product)?;
    }
    if rest.divisible(&identity.characteristic) {
        Ok(())
    } else {
        Err("the combination is not the goal")
    }
}

/// What an induction comes down to: the invariant holds at first, an iteration keeps it, each iteration has what is claimed
/// of it, and the end has the result.
pub(super) fn identities_of(induction: &Induction) -> Check<[Identity; 4]> {
    let Induction { state, .. } = induction;
    if induction.init.len() != state.len() || induction.step.len() != state.len() {
        return Err("one first and one next value for each symbol of the state");
    }
    let mut sorted = state.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let mentions = |p: &Polynomial| {
        let mut symbols = p.terms.iter().flat_map(|(_, factors)| factors);
        symbols.any(|s| state.contains(s))
    };
    if sorted.len() != state.len() || induction.init.iter().chain(&induction.before).any(mentions) {
        return Err("the state is mentioned where there is none yet");
    }
    let moved = |to: &[Polynomial]| -> Check<Vec<Polynomial>> {
        let values = to.iter().map(Sum::read).collect::<Check<Vec<_>>>()?;
        let map: BTreeMap<u32, Sum> = state.iter().copied().zip(values).collect();
        let replace = |p: &Polynomial| Ok(Sum::read(p)?.substitute(&map)?.into());
        induction.invariant.iter().map(replace).collect()
    };
    let identity = |hypotheses: &[&[Polynomial]], goals: Vec<Polynomial>| Identity {
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
        identity(&[before], moved(&induction.init)?),
        identity(&[invariant, during], moved(&induction.step)?),
        identity(&[invariant, during], each.clone()),
        identity(&[invariant, after], result.clone()),
    ])
}
