//! How many bits of security the parameters give for tables of a certain shape.
//!
//! Figures are those of Plonky3's own calculators (`p3_uni_stark::ProvenSecurity` and `ConjecturedSecurity`, over `p3-security`), with
//! the constraints and the openings of all tables in one proof, and with the look-ups' challenges as one more term.

use crate::air::TableAir;
use crate::config::{Challenge, Profile, ProofField};
use p3_air::BaseAir;
use p3_air::symbolic::AirLayout;
use p3_batch_stark::num_batched_openings;
use p3_batch_stark::symbolic::get_symbolic_constraints;
use p3_field::BasedVectorSpace;
use p3_lookup::{LogUpGadget, Lookups};
use p3_uni_stark::{
    ConjecturedSecurity, GrindingSites, OpeningShape, ProvenSecurity, StarkSecurityParams,
};

/// Bits of security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Security {
    /// Proven for FRI up to the radius for which there is a proof.
    pub proven: usize,
    /// Under the conjecture of "On the Distribution of the Distances of Random Words" (ePrint 2025/2010) that FRI is secure up to the distance of
    /// random words.
    pub conjectured: usize,
    /// Of the look-ups: the probability that messages that do not balance seem to.
    pub lookups: usize,
}

/// Collision resistance of SHA-256.
const COLLISIONS: usize = 128;

impl Security {
    /// Of proofs of these tables with these heights (logarithms).
    #[must_use]
    pub fn of<F: ProofField>(
        profile: Profile,
        airs: &[TableAir<F>],
        lookups: &[Lookups<F>],
        degree_bits: &[usize],
    ) -> Self {
        let gadget = LogUpGadget::new();
        let dimension = <Challenge<F> as BasedVectorSpace<F>>::DIMENSION;
        let modulus_bits = (f64::from(F::ORDER_U32).log2() * dimension as f64) as usize;
        let fri = profile.fri(());
        let (mut constraints, mut degree, mut openings) = (0, 1, 0);
        // Elements of all messages of all rows: the degree of the sum of fractions as a polynomial in its challenges.
        let mut elements = 0u128;
        for ((air, lookups), bits) in airs.iter().zip(lookups).zip(degree_bits) {
            let (base, extension) = get_symbolic_constraints::<F, Challenge<F>, _, _>(
                air,
                AirLayout::from_air(air),
                lookups,
                &gadget,
            );
            constraints += base.len() + extension.len();
            let base = base.iter().map(|constraint| constraint.degree_multiple());
            let extension = extension
                .iter()
                .map(|constraint| constraint.degree_multiple());
            let highest = base.chain(extension).max().unwrap_or(1);
            degree = degree.max(highest);
            openings += num_batched_openings(
                air.width(),
                true,
                air.preprocessed_width(),
                true,
                1 << (highest.max(2) - 1).next_power_of_two().ilog2(),
                lookups.len(),
                dimension,
                OpeningShape::new(),
            );
            let row: usize = air
                .table()
                .interactions
                .iter()
                .map(|i| i.values.len() + 1)
                .sum();
            elements += (row as u128) << (*bits).min(64);
        }
        let highest = degree_bits.iter().copied().max().unwrap_or(0);
        let work = profile.work_bits();
        let parameters = StarkSecurityParams::new(
            fri.security_regime(),
            modulus_bits,
            COLLISIONS,
            constraints,
            degree,
            2,
            openings,
            1 << fri.log_blowup,
        )
        .with_grinding(GrindingSites {
            out_of_domain: work,
            lookup_challenge: work,
            ..fri.grinding_sites()
        });
        let lookups = (modulus_bits + work)
            .saturating_sub(u128::BITS as usize - elements.leading_zeros() as usize);
        let lookups = lookups.min(COLLISIONS);
        let proven = ProvenSecurity::compute_from_proof(highest, &parameters).security_bits();
        let conjectured =
            ConjecturedSecurity::compute_from_params(&parameters, highest).security_bits;
        Self {
            proven: proven.min(lookups),
            conjectured: conjectured.min(lookups),
            lookups,
        }
    }
}
