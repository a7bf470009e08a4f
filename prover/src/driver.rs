//! A prover for Plonky3's batch proofs that is taken apart into stages.
//!
//! `prove_batch` of p3-batch-stark computes everything inside of one call. This driver is made of the same public parts (the transcript,
//! the commitment scheme, the evaluation of quotients, the look-up protocol), and its proofs are those that Plonky3's `verify_batch` accepts; without
//! zero knowledge, they are the same bytes. In exchange it says what it is about to do, gives memory back when a stage is
//! over, and leaves the columns of the look-ups to whoever computes them.

use crate::Error;
use crate::air::TableAir;
use crate::units::Units;
use p3_air::BaseAir;
use p3_air::symbolic::{AirLayout, SymbolicExpressionExt};
use p3_batch_stark::proof::OpenedValuesWithLookups;
use p3_batch_stark::prover::quotient_values;
use p3_batch_stark::symbolic::get_log_num_quotient_chunks_for_domain;
use p3_batch_stark::{
    BatchCommitments, BatchOpenedValues, BatchProof, BatchProverTranscript, BatchShape, Challenge,
    Commitment, Domain, OpenedValues, ProverData, StarkGenericConfig, Val,
};
use p3_challenger::GrindingChallenger;
use p3_commit::{Pcs as _, PolynomialSpace, UnivariateStarkPcs};
use p3_field::{Algebra, PrimeField32};
use p3_lookup::{LogUpGadget, LookupProtocol, LookupTerminal, check_multiplicity_height_bound};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;
use p3_uni_stark::{PcsProverError, PreprocessedOpenedValues, StarkOpeningLayout};
use std::fmt;

/// A part of proving a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The tables as matrices.
    Matrices,
    /// The commitment to what everybody knows of them.
    Preprocessing,
    /// Commitment to the tables, and the work before the challenges of the look-ups.
    Commitment,
    /// The columns of the look-ups.
    Permutation,
    /// Commitment to them.
    PermutationCommitment,
    /// The quotients of the constraints, and the commitment to them.
    Quotient,
    /// Values at the challenge point, and the proof that they are right.
    Opening,
    /// All of it, where it cannot be told apart.
    All,
}

impl Stage {
    /// A word or two for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Matrices => "matrices",
            Self::Preprocessing => "preprocessing",
            Self::Commitment => "commitment",
            Self::Permutation => "permutation",
            Self::PermutationCommitment => "permutation commitment",
            Self::Quotient => "quotient",
            Self::Opening => "opening",
            Self::All => "proof",
        }
    }
}

/// The number of columns of an AIR of each kind, and how many parts its quotient has.
struct Shape<SC: StarkGenericConfig> {
    domain: Domain<SC>,
    layout: AirLayout,
    /// Logarithm.
    chunks: usize,
}

/// Proves that the tables satisfy their AIRs. The columns of the look-ups come from the units, as far as these can, or from Plonky3's gadget.
///
/// # Errors
/// What Plonky3 says.
///
/// # Panics
/// The number of AIRs, of tables, or of their columns are not the same.
pub(crate) fn prove<SC>(
    config: &SC,
    airs: &[TableAir<Val<SC>>],
    mains: Vec<RowMajorMatrix<Val<SC>>>,
    data: &ProverData<SC>,
    units: Option<&Units<'_>>,
    stage: &mut dyn FnMut(Stage),
) -> Result<BatchProof<SC>, Error>
where
    SC: StarkGenericConfig,
    Val<SC>: PrimeField32,
    SymbolicExpressionExt<Val<SC>, Challenge<SC>>: Algebra<Challenge<SC>>,
    SC::Challenger: GrindingChallenger<Witness = Val<SC>>,
    PcsProverError<SC>: fmt::Display,
{
    let failed = |error: &dyn fmt::Display| Error::Prover(error.to_string());
    let gadget = LogUpGadget::new();
    let pcs = config.pcs();
    let common = &data.common;
    let lookups = &common.lookups;
    assert_eq!(airs.len(), mains.len(), "an AIR for each table");

    let heights: Vec<usize> = mains.iter().map(Matrix::height).collect();
    check_multiplicity_height_bound(lookups, &heights).map_err(|error| failed(&error))?;
    let degree_bits: Vec<usize> = heights
        .iter()
        .map(|height| height.ilog2() as usize)
        .collect();
    let shapes: Vec<Shape<SC>> = airs
        .iter()
        .zip(&heights)
        .zip(lookups)
        .map(|((air, &height), lookups)| {
            let domain = pcs.natural_domain_for_degree(height);
            let layout = AirLayout::from_air(air);
            let chunks = get_log_num_quotient_chunks_for_domain::<_, Challenge<SC>, _, _>(
                air, layout, domain, lookups, 0, &gadget,
            );
            Shape {
                domain,
                layout,
                chunks,
            }
        })
        .collect();

    let mut challenger = config.initialise_challenger();
    let mut transcript = BatchProverTranscript::<_, Val<SC>, Challenge<SC>, Commitment<SC>>::new(
        &mut challenger,
        BatchShape {
            trace_widths: airs.iter().map(BaseAir::width).collect(),
            public_value_counts: vec![0; airs.len()],
            preprocessed_widths: airs.iter().map(BaseAir::preprocessed_width).collect(),
            has_preprocessed_commitment: common.preprocessed.is_some(),
            num_lookup_instances: lookups.iter().filter(|l| !l.is_empty()).count(),
            lookup_pow_bits: config.lookup_proof_of_work_bits(),
            has_randomization_commitment: false,
            ood_pow_bits: config.ood_proof_of_work_bits(),
        },
    );
    transcript.instance_bindings(&degree_bits);

    stage(Stage::Commitment);
    let domains = || shapes.iter().map(|shape| shape.domain);
    let copies = domains().zip(mains.iter().cloned()).collect::<Vec<_>>();
    let (main_commitment, main_data) = pcs.commit(copies).map_err(|error| failed(&error))?;
    transcript.main_phase(
        main_commitment.clone(),
        &vec![Vec::<Val<SC>>::new(); airs.len()],
    );
    transcript.preprocessed_phase(common.preprocessed.as_ref().map(|p| p.commitment.clone()));

    // The work before the challenges is no work on the columns.
    let (challenges, lookup_pow_witness) = transcript.lookup_phase(lookups, &gadget);

    stage(Stage::Permutation);
    let mut terminals: Vec<Option<LookupTerminal<Challenge<SC>>>> = Vec::new();
    let mut columns = Vec::new();
    // Index of the table's matrix in the commitment.
    let mut permuted: Vec<Option<usize>> = Vec::new();
    let tables = airs.iter().zip(mains).zip(lookups).zip(&challenges);
    for (((air, main), lookups), challenges) in tables {
        if lookups.is_empty() {
            terminals.push(None);
            permuted.push(None);
            continue;
        }
        let known = air.preprocessed();
        let computed =
            units.and_then(|units| units.permutation(&main, known.as_ref(), lookups, challenges));
        let (matrix, terminal) = match computed {
            Some((matrix, terminal)) => (matrix, Some(terminal)),
            None => {
                let (matrix, terminal) =
                    gadget.generate_permutation(&main, known, &[], lookups, challenges);
                (matrix.flatten_to_base::<Val<SC>>(), terminal)
            }
        };
        permuted.push(Some(columns.len()));
        columns.push((shapes[terminals.len()].domain, matrix));
        terminals.push(terminal);
    }

    stage(Stage::PermutationCommitment);
    let permutation = match columns.is_empty() {
        true => None,
        false => Some(pcs.commit(columns).map_err(|error| failed(&error))?),
    };
    let sums: Vec<_> = terminals
        .iter()
        .flatten()
        .map(|terminal| terminal.0)
        .collect();
    let commitment = permutation
        .as_ref()
        .map(|(commitment, _)| commitment.clone());
    let alpha = transcript.permutation_phase(commitment.clone(), &sums);

    stage(Stage::Quotient);
    let mut chunks = Vec::new();
    for (at, (air, shape)) in airs.iter().zip(&shapes).enumerate() {
        let domain = shape
            .domain
            .create_disjoint_domain(1 << (degree_bits[at] + shape.chunks));
        let main = pcs.get_evaluations_on_domain(&main_data, at, domain);
        let permuted = permutation
            .as_ref()
            .zip(permuted[at])
            .map(|((_, data), index)| pcs.get_evaluations_on_domain(data, index, domain));
        let known = common
            .preprocessed
            .as_ref()
            .and_then(|known| known.instances[at].as_ref())
            .zip(data.prover_only.preprocessed_prover_data.as_ref())
            .map(|(meta, data)| {
                pcs.get_evaluations_on_domain_no_random(data, meta.matrix_index, domain)
            });
        let sums: Vec<_> = terminals[at].iter().map(|terminal| terminal.0).collect();
        let values = quotient_values::<SC, _, _, _>(
            pcs,
            air,
            &[],
            shape.layout,
            shape.domain,
            domain,
            &main,
            permuted.as_ref(),
            &lookups[at],
            &sums,
            &gadget,
            &challenges[at],
            known.as_ref(),
            alpha,
        );
        let count = 1 << shape.chunks;
        let values = RowMajorMatrix::new_col(values).flatten_to_base();
        let parts = domain
            .split_domains(count)
            .into_iter()
            .zip(domain.split_evals(count, values));
        let expanded = pcs.get_quotient_ldes(parts, count);
        chunks.extend(expanded.map_err(|error| failed(&error))?);
    }
    let (quotient_commitment, quotient_data) =
        pcs.commit_ldes(chunks).map_err(|error| failed(&error))?;
    transcript.quotient_phase(quotient_commitment.clone(), None);

    stage(Stage::Opening);
    let (zeta, ood_pow_witness) = transcript.ood_phase();
    let points = |at: usize, next: bool| {
        let mut points = vec![zeta];
        if next {
            points.extend(shapes[at].domain.next_point(zeta));
        }
        points
    };
    let next_main = |at: usize| !airs[at].main_next_row_columns().is_empty();
    let next_known = |at: usize| !airs[at].preprocessed_next_row_columns().is_empty();
    let all = 0..airs.len();
    let mut rounds = vec![
        (
            &main_data,
            all.clone()
                .map(|at| points(at, next_main(at)))
                .collect::<Vec<_>>(),
        ),
        (
            &quotient_data,
            all.clone()
                .flat_map(|at| std::iter::repeat_n(points(at, false), 1 << shapes[at].chunks))
                .collect(),
        ),
    ];
    if let (Some(known), Some(data)) = (
        &common.preprocessed,
        &data.prover_only.preprocessed_prover_data,
    ) {
        let of = known.matrix_to_instance.iter();
        rounds.push((data, of.map(|&at| points(at, next_known(at))).collect()));
    }
    if let Some((_, data)) = &permutation {
        let with = all.clone().filter(|&at| permuted[at].is_some());
        rounds.push((data, with.map(|at| points(at, true)).collect()));
    }
    let layout = StarkOpeningLayout::new(false);
    let known_round = common.preprocessed.as_ref().map(|_| layout.preprocessed);
    let opened = transcript.delegate(|challenger| {
        let rounds = rounds.into_iter().map(Into::into).collect();
        pcs.open_with_preprocessing(rounds, challenger, known_round)
    });
    let (opened, opening_proof) = opened.map_err(|error| failed(&error))?;
    transcript.finish();

    let permutation_round = layout.preprocessed + usize::from(common.preprocessed.is_some());
    let mut quotients = opened[layout.quotient].iter();
    let instances = all.map(|at| {
        let main = &opened[layout.trace][at];
        let of_quotient = quotients.by_ref().take(1 << shapes[at].chunks);
        let quotient_chunks = of_quotient.map(|values| values[0].clone()).collect();
        let known = common.preprocessed.as_ref();
        let preprocessed = known
            .and_then(|known| known.instances[at].as_ref())
            .map(|meta| {
                let values = &opened[layout.preprocessed][meta.matrix_index];
                PreprocessedOpenedValues {
                    local: values[0].clone(),
                    next: values.get(1).cloned(),
                }
            });
        let permuted = permuted[at].map(|index| &opened[permutation_round][index]);
        let at_point =
            |point: usize| permuted.map_or_else(Vec::new, |values| values[point].clone());
        OpenedValuesWithLookups {
            base_opened_values: OpenedValues {
                trace_local: main[0].clone(),
                trace_next: main.get(1).cloned(),
                preprocessed,
                quotient_chunks,
                random: None,
            },
            permutation_local: at_point(0),
            permutation_next: at_point(1),
        }
    });
    Ok(BatchProof {
        opened_values: BatchOpenedValues {
            instances: instances.collect(),
        },
        commitments: BatchCommitments {
            main: main_commitment,
            quotient_chunks: quotient_commitment,
            random: None,
            permutation: commitment,
        },
        opening_proof,
        lookup_terminals: terminals,
        degree_bits,
        lookup_pow_witness,
        ood_pow_witness,
    })
}
