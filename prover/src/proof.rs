//! Proofs as bytes.
//!
//! The proof of a segment is a magic number, the version of the format, the number of bytes that follow, and these, in the encoding of
//! `postcard`: the header, the claim, and the proof of the field that the header names. A file has one or more of them, one after the other.
//! Reading takes time and memory linear in the number of bytes, whatever they are.

use crate::Error;
use crate::config::{Config, Profile, ProofField};
use crate::statement::{Claim, Program, State};
use p3_batch_stark::BatchProof;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How a file begins.
const MAGIC: [u8; 8] = *b"zktrprf\0";
/// Version of the format and of the protocol.
pub const VERSION: u32 = 1;

/// How a claim is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the field.
    pub field: String,
    /// The parameters.
    pub profile: Profile,
}

/// A claim about a segment of a run, and its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// How it is proved.
    pub header: Header,
    /// What is claimed.
    pub claim: Claim,
    /// The proof, of the field that the header names.
    pub(crate) stark: Vec<u8>,
}

impl Proof {
    pub(crate) fn new<F: ProofField>(
        profile: Profile,
        claim: Claim,
        stark: &BatchProof<Config<F>>,
    ) -> Result<Self, Error> {
        let encoded = postcard::to_stdvec(stark);
        Ok(Self {
            header: Header {
                field: F::NAME.to_owned(),
                profile,
            },
            claim,
            stark: encoded.map_err(|error| Error::Prover(error.to_string()))?,
        })
    }

    /// How many of its bytes are not the claim.
    #[must_use]
    pub fn stark_len(&self) -> usize {
        self.stark.len()
    }

    /// The bytes of the proof.
    ///
    /// # Errors
    /// None that is known.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let body = postcard::to_stdvec(&(&self.header, &self.claim));
        let body = body.map_err(|error| Error::format(error.to_string()))?;
        let len = (body.len() + self.stark.len()) as u64;
        Ok([
            &MAGIC[..],
            &VERSION.to_le_bytes(),
            &len.to_le_bytes(),
            &body,
            &self.stark,
        ]
        .concat())
    }

    /// Reads the proofs of a file. What they prove is looked at only when they are verified.
    ///
    /// # Errors
    /// The bytes are none of this version.
    pub fn decode_all(mut bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let mut out = Vec::new();
        loop {
            let (proof, rest) = Self::decode(bytes)?;
            out.push(proof);
            match rest {
                [] => return Ok(out),
                rest => bytes = rest,
            }
        }
    }

    /// Reads a proof; the rest of the bytes comes with it.
    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let short = || Error::format("it ends too early");
        let rest = bytes
            .strip_prefix(&MAGIC)
            .ok_or_else(|| Error::format("it does not begin as one"))?;
        let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(Error::format(format!(
                "it has version {version} of the format, and this program reads version {VERSION}"
            )));
        }
        let (len, rest) = rest.split_first_chunk::<8>().ok_or_else(short)?;
        let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| short())?;
        let (body, rest) = rest.split_at_checked(len).ok_or_else(short)?;
        let ((header, claim), stark) = postcard::take_from_bytes(body)
            .map_err(|error| Error::format(format!("it is damaged: {error}")))?;
        let proof = Self {
            header,
            claim,
            stark: stark.to_vec(),
        };
        Ok((proof, rest))
    }

    pub(crate) fn stark<F: ProofField>(&self) -> Result<BatchProof<Config<F>>, Error> {
        let damaged = |error| Error::format(format!("it is damaged: {error}"));
        let (stark, rest) = postcard::take_from_bytes(&self.stark).map_err(damaged)?;
        match rest {
            [] => Ok(stark),
            rest => Err(Error::format(format!("{} bytes follow it", rest.len()))),
        }
    }
}

/// What all challenges depend on from the first one on: the protocol, its parameters, the spec, the program, the state at the beginning and the
/// claim.
pub(crate) fn seed<F: ProofField>(
    profile: Profile,
    program: &Program,
    state: &State,
    claim: &Claim,
) -> Result<[u8; 32], Error> {
    let fri = profile.fri(());
    let parameters = [
        fri.log_blowup,
        fri.log_final_poly_len,
        fri.max_log_arity,
        fri.num_queries,
        fri.batch_proof_of_work_bits,
        fri.commit_proof_of_work_bits,
        fri.query_proof_of_work_bits,
        profile.work_bits(),
    ];
    let words: Vec<(u32, u32)> = state.words.iter().map(|(&a, &v)| (a, v)).collect();
    let context = (MAGIC, VERSION, F::NAME, parameters, program.digest());
    let all = postcard::to_stdvec(&(context, state.pc, words, claim));
    let all = all.map_err(|error| Error::Prover(error.to_string()))?;
    Ok(Sha256::digest(all).into())
}
