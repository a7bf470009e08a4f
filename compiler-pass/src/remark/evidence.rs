//! What speaks for a reason: words, or a formula.

use cranelift_codegen::ir::Value;
use std::fmt;

/// What shows that a reason against a loop is right, or what to think of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Words below the modulus of which an iteration makes one that is not.
    Counterexample {
        /// Carried words, words on entry, and words in memory by the value that is loaded, with how often the iteration
        /// has loaded another one there before. What is not listed is zero.
        words: Vec<(Value, u32, u64)>,
        /// The word that is written or carried on.
        result: u64,
        /// The modulus.
        modulus: u64,
    },
    /// Choices of words below the modulus gave nothing but such words: the loop may be right, and the analysis too weak.
    NoCounterexample {
        /// How many choices.
        tries: u64,
        /// The modulus.
        modulus: u64,
    },
    /// What the loop computes, modulo the prime, a line for each word.
    Computes {
        /// The lines.
        lines: Vec<String>,
        /// The modulus.
        modulus: u64,
    },
}

impl Evidence {
    /// The words of a counterexample: names and numbers.
    pub fn words(&self) -> impl Iterator<Item = (String, u64)> {
        let words = match self {
            Self::Counterexample { words, .. } => &words[..],
            _ => &[],
        };
        words.iter().map(|&(value, times, word)| match times {
            0 => (value.to_string(), word),
            times => (format!("{value} (loaded {} times)", times + 1), word),
        })
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counterexample {
                words,
                result,
                modulus,
            } => {
                write!(f, "counterexample: ")?;
                for (name, word) in self.words() {
                    write!(f, "{name} = {word}, ")?;
                }
                let others = if words.is_empty() { "" } else { "other " };
                write!(
                    f,
                    "all {others}words 0: gives {result}, which is not below {modulus}"
                )
            }
            Self::NoCounterexample { tries, modulus } => write!(
                f,
                "no counterexample: {tries} choices of words below {modulus} give words below it"
            ),
            Self::Computes { lines, modulus } => {
                write!(f, "modulo {modulus} row i has: {}", lines.join("; "))
            }
        }
    }
}
