//! Proofs as data, and their text.
//!
//! The certificate of a program's claims is one pass over the program for each case: a flat list of rules, in the order
//! in which the checker uses them. `split` begins two cases, which follow one after the other; `done`
//! and `absurd` end one. The text has one rule a line:
//!
//! ```text
//! section                      the next lines are about the program's claims
//! section v7 0 12 mod 13 = P   the same for a lemma: v7 is in [0, 12] and congruent to P modulo 13
//! floor P / M                  a new symbol, the quotient of P by M rounded down
//! value P ; W ; W              the next operation gives P; the witnesses are for its two bounds
//! truth 1 ; W                  the next comparison holds
//! take 1 ; W                   the next selection takes its first side
//! equal v3 ; P ; W ; W         v3 is equal to P in this case
//! opaque, skip                 the next operation gives a new symbol of which only the range is known; nothing
//! lemma 0                      the next operation's value is a new symbol of which the lemma holds
//! split P <= C                 P is at most C; in the case after this one it is more
//! absurd W                     the case does not occur
//! done ; W ; W ...             the claims hold: two witnesses for each range or equality
//! ```
//!
//! A symbol is `x` and its number: the parameters come first, then in each case those that its rules introduce. A witness `d: 2*f0, 3*x1*f4` says
//! that d times what is to be at least 0 is, but for terms that are so by their ranges, this combination of facts. The certificate of an identity has one line
//! `combine P ; P ...` for each goal: the factors of the hypotheses.

use super::polynomial::Polynomial;
use super::program::Value;
use num_bigint::BigInt;
use std::fmt::{self, Write};

/// Why a polynomial is at least 0: `denominator` times it is at least the sum of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Witness {
    /// At least 1.
    pub denominator: BigInt,
    /// Multiples of facts.
    pub parts: Vec<Part>,
}

/// A multiple of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// Not negative.
    pub factor: BigInt,
    /// Symbols that are not negative; their product is a factor too.
    pub symbols: Vec<u32>,
    /// Index of the fact, in the order of their introduction on the way to this case.
    pub fact: usize,
}

impl Default for Witness {
    fn default() -> Self {
        Self {
            denominator: BigInt::from(1),
            parts: Vec::new(),
        }
    }
}

/// A step of a proof about a program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A new symbol: the quotient, rounded down.
    Floor {
        /// The dividend.
        of: Polynomial,
        /// The divisor.
        by: BigInt,
    },
    /// What the next operation gives.
    Value {
        /// As a polynomial over the symbols.
        form: Polynomial,
        /// For its lower and its upper bound.
        bounds: [Witness; 2],
    },
    /// The next operation is a comparison with this result.
    Truth {
        /// The result.
        holds: bool,
        /// Why.
        why: Witness,
    },
    /// The next operation is a selection.
    Take {
        /// True for the first side.
        first: bool,
        /// Why.
        why: Witness,
    },
    /// The next operation gives a new symbol within the natural range of the operation.
    Opaque,
    /// A value is equal to another polynomial in this case, which it is from now on.
    Equal {
        /// An operation before this.
        value: Value,
        /// The polynomial.
        form: Polynomial,
        /// Why the value is not less, and not more.
        bounds: [Witness; 2],
    },
    /// The next operation's value is not needed.
    Skip,
    /// The next operation's value is a new symbol for which this earlier section was proved.
    Lemma(usize),
    /// Two cases.
    Split {
        /// What they are told apart by.
        form: Polynomial,
        /// The first case: at most this. The second: at least one more.
        at: BigInt,
    },
    /// The case does not occur: -1 would not be negative.
    Absurd(Witness),
    /// The claims hold in this case. Bounds, lower and upper, for each range; for each equality none; for each congruence, those
    /// of the equations that it needs.
    Done(Vec<Conclusion>),
}

/// What a claim needs in a case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// Of a range.
    Range([Witness; 2]),
    /// Of an equality or a congruence.
    Modulo {
        /// The difference of both sides divided by the modulus, with symbols of lemmas replaced.
        quotient: Polynomial,
        /// Equations whose multiples are subtracted from the difference first.
        equations: Vec<Equation>,
    },
}

/// A polynomial that is zero in a case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Equation {
    /// What is zero.
    pub form: Polynomial,
    /// Its multiple that is subtracted from the difference of both sides.
    pub factor: BigInt,
    /// Why it is at least 0, and why its negative is.
    pub bounds: [Witness; 2],
}

/// A value that has been proved to be in a range and congruent to a polynomial over the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lemma {
    /// The value.
    pub value: Value,
    /// Least.
    pub lo: BigInt,
    /// Greatest.
    pub hi: BigInt,
    /// The modulus.
    pub modulus: BigInt,
    /// The polynomial.
    pub to: Polynomial,
}

/// One pass over the program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Section {
    /// What is proved; none for the claims of the statement.
    pub lemma: Option<Lemma>,
    /// How.
    pub rules: Vec<Rule>,
}

/// A proof.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// Of claims about a program: lemmas, then the claims.
    Program(Vec<Section>),
    /// Of an identity, or of the four identities of an induction one after the other: for each goal the
    /// factors of the hypotheses.
    Identity(Vec<Vec<Polynomial>>),
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.denominator)?;
        for (position, part) in self.parts.iter().enumerate() {
            f.write_str(if position == 0 { " " } else { ", " })?;
            write!(f, "{}*", part.factor)?;
            for symbol in &part.symbols {
                write!(f, "x{symbol}*")?;
            }
            write!(f, "f{}", part.fact)?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor { of, by } => write!(f, "floor {of} / {by}"),
            Self::Value {
                form,
                bounds: [a, b],
            } => write!(f, "value {form} ; {a} ; {b}"),
            Self::Truth { holds, why } => write!(f, "truth {} ; {why}", u8::from(*holds)),
            Self::Take { first, why } => write!(f, "take {} ; {why}", u8::from(*first)),
            Self::Opaque => f.write_str("opaque"),
            Self::Equal {
                value,
                form,
                bounds: [a, b],
            } => write!(f, "equal {value} ; {form} ; {a} ; {b}"),
            Self::Skip => f.write_str("skip"),
            Self::Lemma(index) => write!(f, "lemma {index}"),
            Self::Split { form, at } => write!(f, "split {form} <= {at}"),
            Self::Absurd(why) => write!(f, "absurd {why}"),
            Self::Done(conclusions) => {
                f.write_str("done")?;
                for conclusion in conclusions {
                    match conclusion {
                        Conclusion::Range([a, b]) => write!(f, " ; range ; {a} ; {b}")?,
                        Conclusion::Modulo {
                            quotient,
                            equations,
                        } => {
                            write!(f, " ; modulo ; {quotient}")?;
                            for Equation {
                                form,
                                factor,
                                bounds: [a, b],
                            } in equations
                            {
                                write!(f, " ; zero ; {form} ; {factor} ; {a} ; {b}")?;
                            }
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(sections) => {
                for section in sections {
                    match &section.lemma {
                        None => writeln!(f, "section")?,
                        Some(l) => writeln!(
                            f,
                            "section {} {} {} mod {} = {}",
                            l.value, l.lo, l.hi, l.modulus, l.to
                        )?,
                    }
                    for rule in &section.rules {
                        writeln!(f, "{rule}")?;
                    }
                }
                Ok(())
            }
            Self::Identity(goals) => {
                for factors in goals {
                    f.write_str("combine")?;
                    for (position, factor) in factors.iter().enumerate() {
                        f.write_str(if position == 0 { " " } else { " ; " })?;
                        write!(f, "{factor}")?;
                    }
                    f.write_char('\n')?;
                }
                Ok(())
            }
        }
    }
}
