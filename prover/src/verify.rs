//! Verifying a run, segment by segment.
//!
//! Everything that is not the prover's choice is computed here from the program and the claims: the first state, the tables that
//! everybody knows with their commitment, what each call has to do, and that each segment begins where the one before has
//! ended. Plonky3's verifier, unmodified, does the rest.

use crate::Error;
use crate::air::{Instance, airs};
use crate::config::{Profile, ProofField};
use crate::heights;
use crate::proof::{Proof, seed};
use crate::replay::{Outcome, Replay};
use crate::security::Security;
use crate::statement::{Claim, Program, State};
use p3_baby_bear::BabyBear;
use p3_batch_stark::{ProverData, verify_batch};
use p3_koala_bear::KoalaBear;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zktr_emu::host::Machine;
use zktr_emu::trace;

/// A run of which some segments have been verified.
#[derive(Debug)]
pub struct Verifier<'a> {
    program: &'a Program,
    profile: Profile,
    replay: Replay<'a>,
    state: State,
    segments: u32,
    instructions: u64,
}

/// What a verified run has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How it has ended.
    pub outcome: Outcome,
    /// How many segments it has.
    pub segments: u32,
    /// How many instructions it has executed, that which ends it not counted.
    pub instructions: u64,
}

impl<'a> Verifier<'a> {
    /// With the machine that has loaded the program and its input, before its first instruction. Proofs with other parameters than
    /// those of `profile` are refused.
    ///
    /// # Errors
    /// The spec is not one for environments.
    pub fn new(
        program: &'a Program,
        profile: Profile,
        machine: &'a mut Machine,
    ) -> Result<Self, Error> {
        Ok(Self {
            state: State::of(&program.spec, machine),
            replay: Replay::new(&program.spec, machine)?,
            program,
            profile,
            segments: 0,
            instructions: 0,
        })
    }

    /// Verifies the next segment.
    ///
    /// # Errors
    /// It is not the next one, or not proved.
    pub fn segment(&mut self, proof: &Proof) -> Result<Security, Error> {
        let claim = &proof.claim;
        if proof.header.profile != self.profile {
            return Err(Error::claim(format!(
                "it is made with the parameters `{:?}` instead of `{:?}`",
                proof.header.profile, self.profile
            )));
        }
        if claim.segment != self.segments {
            return Err(Error::claim(format!(
                "it is of segment {}, where that of segment {} is needed",
                claim.segment, self.segments
            )));
        }
        claim.check(&self.program.spec, &self.state)?;
        self.replay.segment(claim)?;
        let security = verify_segment(self.program, &self.state, proof)?;
        self.state = claim.next(std::mem::take(&mut self.state));
        self.segments += 1;
        self.instructions += claim.instructions(&self.program.spec)?;
        Ok(security)
    }

    /// After the last segment.
    ///
    /// # Errors
    /// The run does not end there.
    pub fn finish(mut self) -> Result<Verified, Error> {
        if self.segments == 0 {
            return Err(Error::claim("there is no segment"));
        }
        Ok(Verified {
            outcome: self.replay.end(self.program, &self.state)?,
            segments: self.segments,
            instructions: self.instructions,
        })
    }
}

/// Verifies that the segment of a run from this state is as claimed, but for what calls have to do.
///
/// # Errors
/// It is not proved.
pub fn verify_segment(program: &Program, state: &State, proof: &Proof) -> Result<Security, Error> {
    match &proof.header.field[..] {
        BabyBear::NAME => verify::<BabyBear>(program, state, proof),
        KoalaBear::NAME => verify::<KoalaBear>(program, state, proof),
        other => Err(Error::Unsupported(format!(
            "no proofs over the field `{other}`"
        ))),
    }
}

fn verify<F: ProofField>(
    program: &Program,
    state: &State,
    proof: &Proof,
) -> Result<Security, Error> {
    let stark = proof.stark::<F>()?;
    let instances = public_instances::<F>(program, state, &proof.claim)?;
    let wrong = |what: &str| Err(Error::Proof(what.to_owned()));
    let profile = proof.header.profile;
    heights::check_known(&instances, &stark.degree_bits)?;
    let airs: Vec<_> = instances.into_iter().map(|(air, _)| air).collect();
    heights::check(&airs, &stark.degree_bits, profile)?;
    let config = profile.config::<F>(&seed::<F>(profile, program, state, &proof.claim)?);
    // Plonky3's verifier checks the shape of a proof and returns errors. It has assertions, too; that a proof of the right
    // shape, which is all that is left to a forger, cannot reach one is not its promise, so a panic is one more refusal.
    // What is borrowed is only read, so that nothing half-done can be seen afterwards.
    let verified = catch_unwind(AssertUnwindSafe(|| {
        let data = ProverData::from_airs_and_degrees(&config, &airs, &stark.degree_bits)
            .map_err(|error| error.to_string())?;
        let none = vec![Vec::new(); airs.len()];
        verify_batch(&config, &airs, &stark, &none, &data.common)
            .map_err(|error| error.to_string())?;
        Ok(Security::of(
            profile,
            &airs,
            &data.common.lookups,
            &stark.degree_bits,
        ))
    }));
    match verified {
        Ok(Ok(security)) => Ok(security),
        Ok(Err(error)) => Err(Error::Proof(error)),
        Err(_) => wrong("it is malformed"),
    }
}

/// All tables with the cells that everybody knows; all others are of no meaning.
fn public_instances<F: ProofField>(
    program: &Program,
    state: &State,
    claim: &Claim,
) -> Result<Vec<Instance<F>>, Error> {
    let execution = claim.execution(&program.spec, &program.words, state)?;
    let schema = program.spec.trace();
    let filled = trace::fill_from(schema, &execution, u64::from(F::ORDER_U32));
    Ok(airs(&program.spec, &filled)?)
}
