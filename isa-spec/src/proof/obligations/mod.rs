//! What has to be proved, from the definitions of a spec.
//!
//! Moduli, radices and reduction polynomials are those of the loaded spec, a user's files included. Which
//! words and which idioms a field has follows from its modulus.

mod guards;
mod idioms;
mod recurrences;
mod representations;
pub mod spelling;

use super::statement::Statement;
use crate::Spec;
use num_bigint::BigInt;
use spelling::Machine;

pub use guards::{overlap_guard, rows};
pub use idioms::field_idioms;
pub use recurrences::recurrences;
pub use representations::{extension, representation};

/// A statement that the project relies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// What it is about, and what it says: `babybear/montgomery/select`. Unique in a spec.
    pub name: String,
    /// One line.
    pub doc: String,
    /// What is to be proved.
    pub statement: Statement,
}

impl Obligation {
    fn new(name: impl Into<String>, doc: impl Into<String>, statement: Statement) -> Self {
        Self {
            name: name.into(),
            doc: doc.into(),
            statement,
        }
    }
}

/// Widths of the words that residues are in.
const WIDTHS: [u32; 2] = [32, 64];

/// All obligations of a spec.
#[must_use]
pub fn of_spec(spec: &Spec) -> Vec<Obligation> {
    let mut out = Vec::new();
    for field in &spec.fields {
        let p = BigInt::from(field.modulus);
        let Some(bits) = WIDTHS.into_iter().find(|&bits| p.bits() <= u64::from(bits)) else {
            continue;
        };
        out.extend(field_idioms(&field.name, &Machine { p, bits }));
    }
    for format in &spec.formats {
        let (p, radix) = (format.modulus.into(), format.montgomery.into());
        out.extend(representation(&format.name, &p, &radix));
        out.extend(extension(format));
    }
    out.extend(recurrences());
    for bits in WIDTHS {
        out.push(overlap_guard(bits, 4, true));
        out.push(rows(bits, 4));
    }
    out
}
