//! How high tables may be.
//!
//! The heights are the prover's choice, but for those of the tables that everybody knows. All domains have to be in the field, and there must be fewer
//! messages than the field has elements: more of them could cancel each other without being the same, since as often as the
//! modulus, a message that nobody has received is one that nobody has sent.

use crate::Error;
use crate::air::{Instance, TableAir};
use crate::config::{Profile, ProofField};
use p3_matrix::Matrix;

/// Checks that the tables that everybody knows have the heights (logarithms) that they have.
pub(crate) fn check_known<F: ProofField>(
    instances: &[Instance<F>],
    degree_bits: &[usize],
) -> Result<(), Error> {
    for ((air, main), &bits) in instances.iter().zip(degree_bits) {
        if air.is_known() && main.height().ilog2() as usize != bits {
            let name = &air.table().name;
            return Err(Error::Proof(format!(
                "the table `{name}` has another height"
            )));
        }
    }
    Ok(())
}

/// Checks that tables of these heights (logarithms) can be proved.
pub(crate) fn check<F: ProofField>(
    airs: &[TableAir<F>],
    degree_bits: &[usize],
    profile: Profile,
) -> Result<(), Error> {
    let wrong = |what: String| Err(Error::Proof(what));
    if degree_bits.len() != airs.len() {
        return wrong("it has not one height for each table".to_owned());
    }
    let highest = F::TWO_ADICITY - profile.fri(()).log_blowup;
    let mut messages = 0u64;
    for (air, &bits) in airs.iter().zip(degree_bits) {
        let table = air.table();
        if bits > highest {
            return wrong(format!(
                "the table `{}` has more than 2^{highest} rows, for which the field has no domain: choose shorter segments",
                table.name
            ));
        }
        messages += (table.interactions.len() as u64) << bits;
    }
    if messages >= u64::from(F::ORDER_U32) {
        return wrong(format!(
            "the tables have room for {messages} messages, and the field has {} elements: choose shorter segments",
            F::ORDER_U32
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::air::airs;
    use p3_baby_bear::BabyBear;
    use p3_field::{PrimeField32, TwoAdicField};
    use zktr_emu::trace;
    use zktr_isa::Spec;

    #[test]
    fn heights_are_bounded_by_the_field() {
        let spec = Spec::builtin();
        let execution = trace::Execution::default();
        let filled = trace::fill_from(spec.trace(), &execution, u64::from(BabyBear::ORDER_U32));
        let instances = airs::<BabyBear>(&spec, &filled).unwrap();
        let heights: Vec<usize> = instances
            .iter()
            .map(|(_, main)| main.height().ilog2() as usize)
            .collect();
        let airs: Vec<_> = instances.iter().map(|(air, _)| air.clone()).collect();
        let check = |heights: &[usize]| {
            check_known(&instances, heights)?;
            super::check(&airs, heights, Profile::Standard)
        };
        assert!(check(&heights).is_ok());
        assert!(check(&heights[1..]).is_err());
        for (at, (air, _)) in instances.iter().enumerate() {
            let mut higher = heights.clone();
            higher[at] += 1;
            assert_eq!(check(&higher).is_err(), air.is_known());
            higher[at] = usize::MAX;
            assert!(check(&higher).is_err());
        }
        // Each table alone is in the field's domain, and all of them together have too many messages.
        let mut high = heights;
        for ((air, _), bits) in instances.iter().zip(&mut high) {
            if !air.is_known() {
                *bits = BabyBear::TWO_ADICITY - Profile::Standard.fri(()).log_blowup;
            }
        }
        let Err(Error::Proof(message)) = check(&high) else {
            panic!("accepted");
        };
        assert!(message.contains("messages"), "{message}");
    }
}
