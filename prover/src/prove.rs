//! Proving a segment of a run.

use crate::Error;
use crate::air::airs;
use crate::config::{Profile, ProofField};
use crate::driver::{self, Stage};
use crate::heights;
use crate::proof::{Proof, seed};
use crate::statement::{Claim, Program, State};
use crate::units::Units;
use p3_baby_bear::BabyBear;
use p3_batch_stark::{ProverData, StarkInstance, prove_batch};
use p3_field::PrimeField32;
use p3_field::extension::BinomiallyExtendable;
use p3_koala_bear::KoalaBear;
use p3_matrix::Matrix;
use zktr_emu::trace::Trace;

pub use crate::driver::Stage as ProvingStage;

/// Who makes the proof. All make the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The driver of this crate over Plonky3's parts, with the columns of the look-ups from the software units.
    #[default]
    Units,
    /// The same with the columns from Plonky3's gadget.
    Gadget,
    /// Plonky3's `prove_batch`.
    Plonky3,
}

/// Proves that a segment, which begins in `state` and whose tables are `trace`, is as claimed. `stage` is told what is about to be done.
///
/// # Errors
/// The tables are not of the program's spec or of a field that proofs are made over, they are too high, or the prover fails. A wrong trace need not be
/// noticed: then the proof is refused.
pub fn prove(
    program: &Program,
    profile: Profile,
    backend: Backend,
    state: &State,
    claim: Claim,
    trace: &Trace,
    stage: &mut dyn FnMut(Stage),
) -> Result<Proof, Error> {
    let field = |field: u32| u64::from(field) == trace.modulus;
    if field(BabyBear::ORDER_U32) {
        prove_in::<BabyBear>(program, profile, backend, state, claim, trace, stage)
    } else if field(KoalaBear::ORDER_U32) {
        prove_in::<KoalaBear>(program, profile, backend, state, claim, trace, stage)
    } else {
        let error = format!(
            "there are no proofs over a field of {} elements",
            trace.modulus
        );
        Err(Error::Unsupported(format!(
            "{error}: choose babybear or koalabear"
        )))
    }
}

fn prove_in<F: ProofField>(
    program: &Program,
    profile: Profile,
    backend: Backend,
    state: &State,
    claim: Claim,
    trace: &Trace,
    stage: &mut dyn FnMut(Stage),
) -> Result<Proof, Error> {
    claim.check(&program.spec, state)?;
    stage(Stage::Matrices);
    let (airs, mains): (Vec<_>, Vec<_>) = airs::<F>(&program.spec, trace)?.into_iter().unzip();
    stage(Stage::Preprocessing);
    let config = profile.config::<F>(&seed::<F>(profile, program, state, &claim)?);
    let degree_bits: Vec<usize> = mains
        .iter()
        .map(|main| main.height().ilog2() as usize)
        .collect();
    heights::check::<F>(&airs, &degree_bits, profile)?;
    let failed = |error: &dyn std::fmt::Display| Error::Prover(error.to_string());
    let data = ProverData::from_airs_and_degrees(&config, &airs, &degree_bits)
        .map_err(|error| failed(&error))?;
    let stark = match backend {
        Backend::Units | Backend::Gadget => {
            let w = <F as BinomiallyExtendable<4>>::W.as_canonical_u32();
            let units = Units::new::<F>(&program.spec, w);
            let units = units.as_ref().filter(|_| backend == Backend::Units);
            driver::prove(&config, &airs, mains, &data, units, stage)?
        }
        Backend::Plonky3 => {
            stage(Stage::All);
            let instances: Vec<_> = airs
                .iter()
                .zip(&mains)
                .map(|(air, trace)| StarkInstance {
                    air,
                    trace,
                    public_values: Vec::new(),
                })
                .collect();
            prove_batch(&config, &instances, &data).map_err(|error| failed(&error))?
        }
    };
    Proof::new::<F>(profile, claim, &stark)
}
