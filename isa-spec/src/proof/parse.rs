//! Certificates from their text.

use super::certificate::{Certificate, Conclusion, Equation, Lemma, Part, Rule, Section, Witness};
use super::polynomial::Polynomial;
use super::program::Value;
use num_bigint::BigInt;
use std::fmt;
use std::str::FromStr;

/// A text that is no certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotACertificate {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for NotACertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for NotACertificate {}

impl FromStr for Certificate {
    type Err = NotACertificate;

    fn from_str(text: &str) -> Result<Self, NotACertificate> {
        let mut sections: Vec<Section> = Vec::new();
        let mut goals = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let fail = |message: String| NotACertificate {
                line: index + 1,
                message,
            };
            let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            match word {
                "" => {}
                "section" => sections.push(Section {
                    lemma: lemma(rest).map_err(fail)?,
                    rules: Vec::new(),
                }),
                "combine" => {
                    let factors = fields(rest).filter(|_| !rest.trim().is_empty());
                    goals.push(
                        factors
                            .map(polynomial)
                            .collect::<Result<_, _>>()
                            .map_err(fail)?,
                    );
                }
                _ => {
                    let rule = rule(word, rest).map_err(fail)?;
                    let section = sections
                        .last_mut()
                        .ok_or_else(|| fail("a rule outside of a section".into()))?;
                    section.rules.push(rule);
                }
            }
            if !sections.is_empty() && !goals.is_empty() {
                return Err(fail("both sections and combinations".into()));
            }
        }
        Ok(if sections.is_empty() {
            Self::Identity(goals)
        } else {
            Self::Program(sections)
        })
    }
}

fn fields(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim)
}

fn polynomial(text: &str) -> Result<Polynomial, String> {
    text.parse()
        .map_err(|error: super::polynomial::NotAPolynomial| error.0)
}

fn integer(text: &str) -> Result<BigInt, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{text}` is no integer"))
}

fn index(text: &str) -> Result<usize, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{text}` is no index"))
}

fn value(text: &str) -> Result<Value, String> {
    let number = text.strip_prefix('v').and_then(|n| n.parse().ok());
    number
        .map(Value)
        .ok_or_else(|| format!("`{text}` is no value"))
}

fn lemma(text: &str) -> Result<Option<Lemma>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let (head, to) = text.split_once('=').ok_or("a lemma needs `=`")?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [v, lo, hi, "mod", modulus] = words[..] else {
        return Err("a lemma is `VALUE LO HI mod MODULUS = POLYNOMIAL`".into());
    };
    Ok(Some(Lemma {
        value: value(v)?,
        lo: integer(lo)?,
        hi: integer(hi)?,
        modulus: integer(modulus)?,
        to: polynomial(to)?,
    }))
}

fn witness(text: &str) -> Result<Witness, String> {
    let (denominator, parts) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is no witness"))?;
    let parts = parts.split(',').filter(|part| !part.trim().is_empty());
    Ok(Witness {
        denominator: integer(denominator)?,
        parts: parts.map(part).collect::<Result<_, _>>()?,
    })
}

fn part(text: &str) -> Result<Part, String> {
    let wrong = || format!("`{text}` is no multiple of a fact");
    let mut pieces = text.trim().split('*');
    let factor = integer(pieces.next().ok_or_else(wrong)?)?;
    let mut symbols = Vec::new();
    let mut fact = None;
    for piece in pieces {
        if fact.is_some() {
            return Err(wrong());
        }
        if let Some(symbol) = piece.strip_prefix('x') {
            symbols.push(symbol.parse().map_err(|_| wrong())?);
        } else {
            let number = piece.strip_prefix('f').ok_or_else(wrong)?;
            fact = Some(number.parse().map_err(|_| wrong())?);
        }
    }
    let fact = fact.ok_or_else(wrong)?;
    Ok(Part {
        factor,
        symbols,
        fact,
    })
}

fn flag(text: &str) -> Result<bool, String> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("`{text}` is neither 0 nor 1")),
    }
}

fn rule(word: &str, rest: &str) -> Result<Rule, String> {
    let parts: Vec<&str> = fields(rest).collect();
    let none = rest.trim().is_empty();
    match (word, &parts[..]) {
        ("floor", [text]) => {
            let (of, by) = text.split_once('/').ok_or("a quotient needs `/`")?;
            Ok(Rule::Floor {
                of: polynomial(of)?,
                by: integer(by)?,
            })
        }
        ("value", [form, lo, hi]) => Ok(Rule::Value {
            form: polynomial(form)?,
            bounds: [witness(lo)?, witness(hi)?],
        }),
        ("equal", [v, form, lo, hi]) => Ok(Rule::Equal {
            value: value(v)?,
            form: polynomial(form)?,
            bounds: [witness(lo)?, witness(hi)?],
        }),
        ("truth", [holds, why]) => Ok(Rule::Truth {
            holds: flag(holds)?,
            why: witness(why)?,
        }),
        ("take", [first, why]) => Ok(Rule::Take {
            first: flag(first)?,
            why: witness(why)?,
        }),
        ("opaque", _) if none => Ok(Rule::Opaque),
        ("skip", _) if none => Ok(Rule::Skip),
        ("lemma", [number]) => Ok(Rule::Lemma(index(number)?)),
        ("split", [text]) => {
            let (form, at) = text.split_once("<=").ok_or("a split needs `<=`")?;
            Ok(Rule::Split {
                form: polynomial(form)?,
                at: integer(at)?,
            })
        }
        ("absurd", [why]) => Ok(Rule::Absurd(witness(why)?)),
        ("done", _) => conclusions(&parts).map(Rule::Done),
        _ => Err(format!("no rule `{word}` with {} parts", parts.len())),
    }
}

fn conclusions(parts: &[&str]) -> Result<Vec<Conclusion>, String> {
    let mut rest = match parts {
        ["", rest @ ..] => rest,
        _ => return Err("`done` is followed by `;`".into()),
    };
    let mut out = Vec::new();
    while let [kind, more @ ..] = rest {
        match (*kind, more) {
            ("range", [lo, hi, more @ ..]) => {
                out.push(Conclusion::Range([witness(lo)?, witness(hi)?]));
                rest = more;
            }
            ("modulo", [quotient, more @ ..]) => {
                out.push(Conclusion::Modulo {
                    quotient: polynomial(quotient)?,
                    equations: Vec::new(),
                });
                rest = more;
            }
            ("zero", [form, factor, lo, hi, more @ ..]) => {
                let Some(Conclusion::Modulo { equations, .. }) = out.last_mut() else {
                    return Err("an equation without `modulo`".into());
                };
                equations.push(Equation {
                    form: polynomial(form)?,
                    factor: integer(factor)?,
                    bounds: [witness(lo)?, witness(hi)?],
                });
                rest = more;
            }
            _ => return Err(format!("`{kind}` is no conclusion")),
        }
    }
    Ok(out)
}
