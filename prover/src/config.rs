//! What the proof system is made of: fields, hash functions, parameters.
//!
//! Commitments and challenges use SHA-256 (FIPS 180-4) alone, so that nothing rests on a hash function that is younger than the
//! proofs, and so that verifiers commit to what they know at the speed of a processor's own instructions. Challenges are elements of the
//! extension of degree four. The polynomial commitment is FRI over two-adic cosets; the proofs hide nothing (no zero knowledge).

use p3_baby_bear::BabyBear;
use p3_challenger::{HashChallenger, SerializingChallenger32};
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::extension::{BinomialExtensionField, BinomiallyExtendable};
use p3_field::{PrimeField32, TwoAdicField};
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_koala_bear::KoalaBear;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_sha256::{Sha256, Sha256Compress};
use p3_symmetric::SerializingHasher;
use p3_uni_stark::StarkConfig;
use serde::{Deserialize, Serialize};

/// The extension that challenges are drawn from.
pub type Challenge<F> = BinomialExtensionField<F, 4>;
type Mmcs<F> = MerkleTreeMmcs<F, u8, SerializingHasher<Sha256>, Sha256Compress, 2, 32>;
type Pcs<F> =
    TwoAdicFriPcs<F, Radix2DitParallel<F>, Mmcs<F>, ExtensionMmcs<F, Challenge<F>, Mmcs<F>>>;
type Challenger<F> = SerializingChallenger32<F, HashChallenger<u8, Sha256, 32>>;
/// The configuration of Plonky3 that proofs are made with.
pub type Config<F> = StarkConfig<Pcs<F>, Challenge<F>, Challenger<F>>;

/// A field that runs are proved over.
pub trait ProofField: PrimeField32 + TwoAdicField + BinomiallyExtendable<4> {
    /// Its name in the spec.
    const NAME: &'static str;
}

impl ProofField for BabyBear {
    const NAME: &'static str = "babybear";
}

impl ProofField for KoalaBear {
    const NAME: &'static str = "koalabear";
}

/// A named set of parameters. A verifier decides which it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// For proofs that somebody relies on; see [`crate::security`] for what they amount to.
    Standard,
    /// For tests of everything but security, of which there is none.
    Test,
    /// About 100 bits without a conjecture about FRI, for more than twice the queries.
    Proven,
}

impl Profile {
    /// The parameters of FRI, with a Merkle tree or nothing in its place.
    #[must_use]
    pub fn fri<M>(self, mmcs: M) -> FriParameters<M> {
        let (num_queries, commit_pow, pow) = match self {
            Self::Standard => (QUERIES, 0, POW_BITS),
            Self::Test => (2, 0, 0),
            Self::Proven => (PROVEN_QUERIES, POW_BITS, POW_BITS),
        };
        FriParameters {
            log_blowup: LOG_BLOWUP,
            log_final_poly_len: 0,
            max_log_arity: 3,
            num_queries,
            batch_proof_of_work_bits: pow,
            commit_proof_of_work_bits: commit_pow,
            query_proof_of_work_bits: pow,
            mmcs,
        }
    }

    /// Bits of work before the challenges of the look-ups and before the point at which polynomials are opened.
    #[must_use]
    pub fn work_bits(self) -> usize {
        match self {
            Self::Standard | Self::Proven => POW_BITS,
            Self::Test => 0,
        }
    }

    /// The configuration, with challenges that depend on `seed` from the first one on.
    #[must_use]
    pub fn config<F: ProofField>(self, seed: &[u8; 32]) -> Config<F> {
        let mmcs = Mmcs::<F>::new(SerializingHasher::new(Sha256), Sha256Compress, 0);
        let fri = self.fri(ExtensionMmcs::new(mmcs));
        let pcs = Pcs::new(Radix2DitParallel::default(), mmcs, fri);
        let challenger = Challenger::from_hasher(seed.to_vec(), Sha256);
        let bits = self.work_bits();
        Config::new(pcs, challenger)
            .with_lookup_proof_of_work_bits(bits)
            .with_ood_proof_of_work_bits(bits)
    }
}

/// The degree of all constraints leaves room for the smallest expansion, two; four halves the queries.
const LOG_BLOWUP: usize = 2;
const QUERIES: usize = 54;
/// In the regime of unique decoding, each halves the error 0.678 times (rate 1/4).
const PROVEN_QUERIES: usize = 126;
const POW_BITS: usize = 16;
