//! The kernel: finds proofs, and hands out certificates.
//!
//! Nothing that it says is believed: [`super::checker`] validates each certificate. What is here decides only how
//! much can be proved, and how fast.

mod bounds;
mod execute;
mod form;
mod ideal;

use super::certificate::{Certificate, Lemma, Rule, Section};
use super::polynomial::Polynomial;
use super::program::{Op, Program, Value};
use super::statement::{Claim, Statement};
pub(crate) use form::Form;
pub(crate) use ideal::{identities_of, rest_of_combination};
use num_bigint::BigInt;
use std::fmt;

/// Cases of a section that proves the claims.
const MAX_CASES: usize = 128;
/// Cases of a section that proves a lemma.
const MAX_LEMMA_CASES: usize = 12;

/// Why no proof was found. The statement may be true nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// In some case, only these bounds are known of a value that has to be in a range.
    Range {
        /// Least.
        lo: BigInt,
        /// Greatest.
        hi: BigInt,
    },
    /// In some case, the two sides differ by this.
    Differs {
        /// Over parameters and quotients.
        by: Polynomial,
    },
    /// A value of which nothing is known.
    Unknown {
        /// The value.
        value: Value,
    },
    /// More cases than are tried.
    TooManyCases,
    /// Larger polynomials than are kept.
    TooLarge,
    /// The statement is none: a malformed program, or moduli that differ.
    IllFormed,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range { lo, hi } => write!(f, "only known to be in {lo} .. {hi}"),
            Self::Differs { by } => write!(f, "the sides differ by {by}"),
            Self::Unknown { value } => write!(f, "nothing is known of {value}"),
            Self::TooManyCases => f.write_str("too many cases"),
            Self::TooLarge => f.write_str("too large polynomials"),
            Self::IllFormed => f.write_str("the statement is malformed"),
        }
    }
}

impl std::error::Error for Failure {}

/// A proof of the statement, as data that [`super::checker::check`] validates.
///
/// # Errors
/// No proof was found.
pub fn prove(statement: &Statement) -> Result<Certificate, Failure> {
    match statement {
        Statement::Program { program, claims } => prove_program(program, claims),
        Statement::Identity(identity) => ideal::prove(identity).map(Certificate::Identity),
        Statement::Induction(induction) => {
            let mut out = Vec::new();
            for identity in ideal::identities_of(induction)? {
                out.extend(ideal::prove(&identity)?);
            }
            Ok(Certificate::Identity(out))
        }
    }
}

/// Values that are known to be congruent to polynomials over parameters.
struct Lemmas {
    modulus: BigInt,
    /// With the polynomial once more, in the form of the kernel.
    list: Vec<(Form, Lemma)>,
}

impl Lemmas {
    fn about(&self, value: u32) -> Option<usize> {
        self.list.iter().position(|(_, l)| l.value.0 == value)
    }
}

fn prove_program(program: &Program, claims: &[Claim]) -> Result<Certificate, Failure> {
    program.validate().map_err(|_| Failure::IllFormed)?;
    let values = program.ops.len();
    let modulus = modulus_of(program, claims)?;
    let goal = execute::Goal {
        claims,
        end: values,
        max_cases: MAX_CASES,
    };
    let finish = |lemmas: &Lemmas, mut sections: Vec<Section>| {
        let proved = execute::Section::prove(program, lemmas, &goal)?;
        sections.push(Section {
            lemma: None,
            rules: proved.rules,
        });
        Ok(Certificate::Program(without_unused(sections)))
    };
    let no_lemmas = |modulus| Lemmas {
        modulus,
        list: Vec::new(),
    };
    if let Some(modulus) = modulus {
        // A lemma forgets how its value depends on others: those about residues cost least.
        for residues_only in [true, false] {
            let mut lemmas = no_lemmas(modulus.clone());
            let mut sections = Vec::new();
            for index in 0..values {
                let joins = matches!(program.ops[index], Op::Select(..) | Op::Mod(..));
                if joins && !claims.iter().any(|c| c.value().0 as usize == index) {
                    sections.extend(discover(program, &mut lemmas, index, residues_only));
                }
            }
            if !sections.is_empty()
                && let Ok(certificate) = finish(&lemmas, sections)
            {
                return Ok(certificate);
            }
        }
    }
    finish(&no_lemmas(BigInt::ZERO), Vec::new())
}

/// The modulus of the congruences, if the claims are about values and parameters of the program.
fn modulus_of(program: &Program, claims: &[Claim]) -> Result<Option<BigInt>, Failure> {
    let params = program.params().count();
    let mut common = None;
    for claim in claims {
        let (to, modulus) = match claim {
            Claim::Range { .. } => (None, None),
            Claim::Equal { to, .. } => (Some(to), None),
            Claim::Congruent { to, modulus, .. } => (Some(to), Some(modulus)),
        };
        let mut symbols = to.iter().flat_map(|to| &to.terms).flat_map(|(_, f)| f);
        let well_formed = (claim.value().0 as usize) < program.ops.len()
            && symbols.all(|&s| (s as usize) < params)
            && modulus.is_none_or(|m| *m > BigInt::ZERO && common.get_or_insert(m) == &m);
        if !well_formed {
            return Err(Failure::IllFormed);
        }
    }
    Ok(common.cloned())
}

/// The sections that the last one depends on.
fn without_unused(sections: Vec<Section>) -> Vec<Section> {
    let mut used = vec![false; sections.len()];
    for index in (0..sections.len()).rev() {
        if index + 1 == sections.len() || used[index] {
            for rule in &sections[index].rules {
                if let Rule::Lemma(lemma) = rule {
                    used[*lemma] = true;
                }
            }
        }
    }
    used.pop();
    let number = |lemma: usize| used[..lemma].iter().filter(|used| **used).count();
    let mut out = Vec::new();
    for (index, mut section) in sections.into_iter().enumerate() {
        if used.get(index) == Some(&false) {
            continue;
        }
        for rule in &mut section.rules {
            if let Rule::Lemma(lemma) = rule {
                *lemma = number(*lemma);
            }
        }
        out.push(section);
    }
    out
}

/// A lemma about a value that is congruent to one polynomial over parameters in each of several cases.
fn discover(
    program: &Program,
    lemmas: &mut Lemmas,
    index: usize,
    residues_only: bool,
) -> Option<Section> {
    let end = index + 1;
    let explore = execute::Goal {
        claims: &[],
        end,
        max_cases: MAX_LEMMA_CASES,
    };
    let leaves = execute::Section::prove(program, lemmas, &explore)
        .ok()?
        .leaves;
    let [first, others @ ..] = &leaves[..] else {
        return None;
    };
    let modulus = lemmas.modulus.clone();
    let residue = first.form.reduced(&modulus);
    let params = program.params().count();
    let usable = !others.is_empty()
        && residue.as_constant().is_none()
        && residue.symbols().all(|s| (s as usize) < params)
        && others.iter().all(|l| l.form.reduced(&modulus) == residue);
    if !usable {
        return None;
    }
    let value = Value(index as u32);
    let least = leaves.iter().map(|l| &l.lo).min()?.clone();
    let greatest = leaves.iter().map(|l| &l.hi).max()?.clone();
    let lo = least.max(BigInt::ZERO);
    // The bounds that were found may not be the best ones: a residue is worth a try.
    let residues: BigInt = &modulus - 1;
    let candidates = [residues.min(greatest.clone()), greatest];
    let tried = if residues_only { 1 } else { 2 };
    let (lemma, rules) = candidates.into_iter().take(tried).find_map(|hi| {
        let lemma = Lemma {
            value,
            lo: lo.clone(),
            hi,
            modulus: modulus.clone(),
            to: residue.write(),
        };
        let goal = execute::Goal {
            claims: &claims_of(&lemma),
            ..explore
        };
        let rules = execute::Section::prove(program, lemmas, &goal).ok()?.rules;
        Some((lemma, rules))
    })?;
    lemmas.list.push((residue, lemma.clone()));
    Some(Section {
        lemma: Some(lemma),
        rules,
    })
}

/// What a lemma says.
fn claims_of(lemma: &Lemma) -> [Claim; 2] {
    let Lemma {
        value,
        lo,
        hi,
        modulus,
        to,
    } = lemma.clone();
    [
        Claim::Range { value, lo, hi },
        Claim::Congruent {
            value,
            scale: BigInt::from(1),
            modulus,
            to,
        },
    ]
}
