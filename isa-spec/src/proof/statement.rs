//! What is to be proved: claims about programs, and polynomial identities under hypotheses.

use super::polynomial::Polynomial;
use super::program::{Program, Value};
use num_bigint::BigInt;

/// Something that holds for all inputs of a program for which its assumptions hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Claim {
    /// `lo <= value <= hi`
    Range {
        /// The value.
        value: Value,
        /// Least.
        lo: BigInt,
        /// Greatest.
        hi: BigInt,
    },
    /// `scale * value` is congruent to a polynomial over the parameters.
    Congruent {
        /// The value.
        value: Value,
        /// Its factor.
        scale: BigInt,
        /// The modulus, at least 1; where there are several in one statement, they are the same.
        modulus: BigInt,
        /// The polynomial; symbol n is the parameter n.
        to: Polynomial,
    },
    /// `value` is equal to a polynomial over the parameters.
    Equal {
        /// The value.
        value: Value,
        /// The polynomial.
        to: Polynomial,
    },
}

impl Claim {
    /// The value that it is about.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Range { value, .. }
            | Self::Congruent { value, .. }
            | Self::Equal { value, .. } => *value,
        }
    }

    /// Whether it holds for these values of a program's operations and these inputs.
    #[must_use]
    pub fn holds(&self, values: &[BigInt], inputs: &[BigInt]) -> bool {
        let Some(found) = values.get(self.value().0 as usize) else {
            return false;
        };
        match self {
            Self::Range { lo, hi, .. } => lo <= found && found <= hi,
            Self::Equal { to, .. } => to.evaluate(inputs).as_ref() == Some(found),
            Self::Congruent {
                scale, modulus, to, ..
            } => to
                .evaluate(inputs)
                .is_some_and(|to| (scale * found - to) % modulus == BigInt::ZERO),
        }
    }
}

/// Polynomials that vanish wherever all hypotheses do: in every commutative ring, or in those of a characteristic.
///
/// It is proved by writing each goal as a combination of the hypotheses, which is more than needed and
/// enough for every identity of this project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Coefficients count modulo this; 0 for every ring.
    pub characteristic: BigInt,
    /// What is zero.
    pub hypotheses: Vec<Polynomial>,
    /// What has to be zero then.
    pub goals: Vec<Polynomial>,
}

/// A loop over elements of a ring, and what is known when it has ended, by induction over its iterations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Induction {
    /// As in [`Identity`].
    pub characteristic: BigInt,
    /// Symbols that an iteration changes; all others are the same in all iterations, or fresh in each (the elements
    /// that it reads).
    pub state: Vec<u32>,
    /// Their first values. They do not mention the state.
    pub init: Vec<Polynomial>,
    /// Their next values. As an assignment: all at once.
    pub step: Vec<Polynomial>,
    /// What is zero before the first iteration.
    pub before: Vec<Polynomial>,
    /// What is zero in each iteration: relations of what it reads.
    pub during: Vec<Polynomial>,
    /// What is zero after the last iteration.
    pub after: Vec<Polynomial>,
    /// Zero before and after every iteration: to be proved, and what the rest is proved from.
    pub invariant: Vec<Polynomial>,
    /// Zero in each iteration, of the state before it: to be proved.
    pub each: Vec<Polynomial>,
    /// Zero at the end: to be proved.
    pub result: Vec<Polynomial>,
}

/// What is to be proved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Statement {
    /// All claims about one program.
    Program {
        /// The program.
        program: Program,
        /// The claims.
        claims: Vec<Claim>,
    },
    /// An identity.
    Identity(Identity),
    /// A loop.
    Induction(Induction),
}
