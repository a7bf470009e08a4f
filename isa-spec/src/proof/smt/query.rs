//! The texts of queries.

use crate::proof::certificate::Certificate;
use crate::proof::kernel::{Failure, identities_of};
use crate::proof::polynomial::Polynomial;
use crate::proof::program::{Op, Program, Value};
use crate::proof::statement::{Claim, Identity, Statement};
use num_bigint::{BigInt, Sign};
use std::collections::HashMap;
use std::fmt::Write;

/// A query, satisfiable where a statement is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// A script without `check-sat`.
    pub text: String,
    /// The parameters' names, in order.
    pub params: Vec<String>,
    /// True if each model is a counterexample; otherwise something was over-approximated.
    pub exact: bool,
}

/// A number as SMT-LIB writes it.
fn number(value: &BigInt) -> String {
    match value.sign() {
        Sign::Minus => format!("(- {})", value.magnitude()),
        _ => value.to_string(),
    }
}

struct Writer<'a> {
    program: &'a Program,
    text: String,
    /// The term of each value.
    terms: Vec<String>,
    constants: Vec<Option<BigInt>>,
    /// Parameters by value.
    params: HashMap<u32, u32>,
    ranges: Vec<(BigInt, BigInt)>,
    /// Symbols for products of parameters.
    products: HashMap<Vec<u32>, String>,
    /// Quotient and remainder by dividend and divisor.
    divisions: HashMap<(u32, BigInt), (String, String)>,
    exact: bool,
}

/// The negation of claims about a program; none if a product of values is neither by a constant nor of two parameters.
#[must_use]
pub fn program_query(program: &Program, claims: &[Claim]) -> Option<Query> {
    program.validate().ok()?;
    let mut writer = Writer {
        program,
        text: "(set-logic QF_LIA)\n".into(),
        terms: Vec::new(),
        constants: Vec::new(),
        params: HashMap::new(),
        ranges: Vec::new(),
        products: HashMap::new(),
        divisions: HashMap::new(),
        exact: true,
    };
    for (index, op) in program.ops.iter().enumerate() {
        let term = writer.operation(index as u32, op)?;
        let constant = match op {
            Op::Const(c) => Some(c.clone()),
            _ => None,
        };
        writer.constants.push(constant);
        let short = term.starts_with(|c: char| c.is_ascii_alphanumeric());
        let name = if short {
            term
        } else {
            writer.line(&format!("(define-fun v{index} () Int {term})"));
            format!("v{index}")
        };
        writer.terms.push(name);
    }
    let goals = claims
        .iter()
        .enumerate()
        .map(|(index, claim)| writer.claim(index, claim))
        .collect::<Option<Vec<_>>>()?;
    writer.line(&format!("(assert (not (and true {})))", goals.join(" ")));
    Some(Query {
        params: (0..writer.ranges.len()).map(|n| format!("x{n}")).collect(),
        exact: writer.exact,
        text: writer.text,
    })
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn at(&self, value: Value) -> &str {
        &self.terms[value.0 as usize]
    }

    fn declare(&mut self, name: &str, lo: &BigInt, hi: &BigInt) {
        let (lo, hi) = (number(lo), number(hi));
        self.line(&format!("(declare-const {name} Int)"));
        self.line(&format!("(assert (and (<= {lo} {name}) (<= {name} {hi})))"));
    }

    fn operation(&mut self, index: u32, op: &Op) -> Option<String> {
        Some(match op {
            Op::Param { lo, hi } => {
                let number = self.ranges.len() as u32;
                let name = format!("x{number}");
                self.declare(&name, lo, hi);
                self.params.insert(index, number);
                self.ranges.push((lo.clone(), hi.clone()));
                name
            }
            Op::Const(c) => number(c),
            Op::Add(a, b) => format!("(+ {} {})", self.at(*a), self.at(*b)),
            Op::Sub(a, b) => format!("(- {} {})", self.at(*a), self.at(*b)),
            Op::Mul(a, b) => return self.product(*a, *b),
            Op::Mod(a, m) => self.division(*a, m).1,
            Op::Floor(a, m) => self.division(*a, m).0,
            Op::Less(a, b) => format!("(ite (< {} {}) 1 0)", self.at(*a), self.at(*b)),
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.at(*c), self.at(*a), self.at(*b));
                format!("(ite (<= 1 {c}) {a} {b})")
            }
            Op::Assume(a) => {
                let term = self.at(*a).to_owned();
                self.line(&format!("(assert (<= 1 {term}))"));
                term
            }
            Op::And(a, b, n) | Op::Or(a, b, n) | Op::Xor(a, b, n) => {
                self.bitwise(index, op, *a, *b, *n)
            }
        })
    }

    fn product(&mut self, a: Value, b: Value) -> Option<String> {
        let constant = |v: Value| self.constants[v.0 as usize].is_some();
        if constant(a) || constant(b) {
            return Some(format!("(* {} {})", self.at(a), self.at(b)));
        }
        let (a, b) = (*self.params.get(&a.0)?, *self.params.get(&b.0)?);
        Some(self.monomial(&[a, b]))
    }

    /// A product of parameters: a symbol within its range.
    fn monomial(&mut self, factors: &[u32]) -> String {
        let mut factors = factors.to_vec();
        factors.sort_unstable();
        if let [single] = factors[..] {
            return format!("x{single}");
        }
        if let Some(name) = self.products.get(&factors) {
            return name.clone();
        }
        let (mut lo, mut hi) = (BigInt::from(1), BigInt::from(1));
        let mut name = String::from("product");
        for &factor in &factors {
            let (a, b) = &self.ranges[factor as usize];
            let corners = [&lo * a, &lo * b, &hi * a, &hi * b];
            lo = corners.iter().min().cloned().unwrap_or_default();
            hi = corners.into_iter().max().unwrap_or_default();
            let _ = write!(name, "_x{factor}");
        }
        self.declare(&name, &lo, &hi);
        self.exact = false;
        self.products.insert(factors, name.clone());
        name
    }

    /// Quotient and remainder: fresh symbols with what defines them.
    fn division(&mut self, of: Value, by: &BigInt) -> (String, String) {
        let key = (of.0, by.clone());
        if let Some(known) = self.divisions.get(&key) {
            return known.clone();
        }
        let number_of = self.divisions.len();
        let (quotient, remainder) = (format!("q{number_of}"), format!("r{number_of}"));
        self.line(&format!("(declare-const {quotient} Int)"));
        self.declare(&remainder, &BigInt::ZERO, &(by - 1));
        let term = self.at(of).to_owned();
        self.line(&format!(
            "(assert (= {term} (+ (* {} {quotient}) {remainder})))",
            number(by)
        ));
        let names = (quotient, remainder);
        self.divisions.insert(key, names.clone());
        names
    }

    /// What is linear about bitwise operations: with all zeros, with all ones, and their bounds.
    fn bitwise(&mut self, index: u32, op: &Op, a: Value, b: Value, bits: u32) -> String {
        let ones: BigInt = (BigInt::from(1) << bits) - 1;
        let name = format!("b{index}");
        self.declare(&name, &BigInt::ZERO, &ones);
        self.exact = false;
        let ones = number(&ones);
        for (a, b) in [(a, b), (b, a)] {
            let (a, b) = (self.at(a).to_owned(), self.at(b).to_owned());
            let words = format!("(<= 0 {a} {ones}) (<= 0 {b} {ones})");
            let (zeros, all, bound) = match op {
                Op::And(..) => ("0".to_owned(), b.clone(), format!("(<= {name} {a})")),
                Op::Or(..) => (b.clone(), ones.clone(), format!("(<= {a} {name})")),
                _ => (b.clone(), format!("(- {ones} {b})"), "true".to_owned()),
            };
            self.line(&format!(
                "(assert (=> (and {words}) (and {bound} (=> (= {a} 0) (= {name} {zeros})) (=> (= {a} {ones}) (= {name} {all})))))"
            ));
        }
        name
    }

    fn claim(&mut self, index: usize, claim: &Claim) -> Option<String> {
        if claim.value().0 as usize >= self.program.ops.len() {
            return None;
        }
        let value = self.at(claim.value()).to_owned();
        Some(match claim {
            Claim::Range { lo, hi, .. } => {
                format!("(<= {} {value} {})", number(lo), number(hi))
            }
            Claim::Equal { to, .. } => format!("(= {value} {})", self.polynomial(to)?),
            Claim::Congruent {
                scale, modulus, to, ..
            } => {
                let to = self.polynomial(to)?;
                let (quotient, rest) = (format!("k{index}"), format!("e{index}"));
                self.line(&format!("(declare-const {quotient} Int)"));
                self.declare(&rest, &BigInt::ZERO, &(modulus - 1));
                let (scale, modulus) = (number(scale), number(modulus));
                self.line(&format!(
                    "(assert (= (- (* {scale} {value}) {to}) (+ (* {modulus} {quotient}) {rest})))"
                ));
                format!("(= {rest} 0)")
            }
        })
    }

    fn polynomial(&mut self, polynomial: &Polynomial) -> Option<String> {
        let mut out = String::from("(+ 0");
        for (c, factors) in &polynomial.terms {
            if factors.iter().any(|&f| f as usize >= self.ranges.len()) {
                return None;
            }
            let c = number(c);
            if factors.is_empty() {
                let _ = write!(out, " {c}");
            } else {
                let _ = write!(out, " (* {c} {})", self.monomial(factors));
            }
        }
        out.push(')');
        Some(out)
    }
}

/// The negation of what a certificate says about identities: that each goal is this combination of hypotheses, but for a multiple
/// of the characteristic that is written out. None for other statements and certificates.
///
/// # Errors
/// The statement is malformed.
pub fn identity_query(
    statement: &Statement,
    certificate: &Certificate,
) -> Result<Option<Query>, Failure> {
    let Certificate::Identity(combinations) = certificate else {
        return Ok(None);
    };
    let identities: Vec<Identity> = match statement {
        Statement::Identity(identity) => vec![identity.clone()],
        Statement::Induction(induction) => identities_of(induction)?.to_vec(),
        Statement::Program { .. } => return Ok(None),
    };
    let mut symbols = Vec::new();
    let mut equations = String::new();
    let mut combinations = combinations.iter();
    for identity in &identities {
        for goal in &identity.goals {
            let Some(factors) = combinations.next() else {
                return Err(Failure::IllFormed);
            };
            let mut right = String::from("(+ 0");
            for (factor, hypothesis) in factors.iter().zip(&identity.hypotheses) {
                let (factor, hypothesis) =
                    (term(factor, &mut symbols), term(hypothesis, &mut symbols));
                let _ = write!(right, " (* {factor} {hypothesis})");
            }
            let rest = crate::proof::kernel::rest_of_combination(identity, goal, factors)
                .ok_or(Failure::TooLarge)?;
            let rest = term(&rest, &mut symbols);
            let _ = write!(right, " (* {} {rest}))", number(&identity.characteristic));
            let goal = term(goal, &mut symbols);
            let _ = write!(equations, " (= {goal} {right})");
        }
    }
    symbols.sort_unstable();
    symbols.dedup();
    let mut text = String::from("(set-logic QF_NIA)\n");
    for symbol in &symbols {
        let _ = writeln!(text, "(declare-const x{symbol} Int)");
    }
    let _ = writeln!(text, "(assert (not (and true{equations})))");
    Ok(Some(Query {
        text,
        params: symbols.iter().map(|s| format!("x{s}")).collect(),
        exact: true,
    }))
}

fn term(polynomial: &Polynomial, symbols: &mut Vec<u32>) -> String {
    let mut out = String::from("(+ 0");
    for (c, factors) in &polynomial.terms {
        symbols.extend(factors);
        let _ = write!(out, " (* {}", number(c));
        for factor in factors {
            let _ = write!(out, " x{factor}");
        }
        out.push_str(if factors.is_empty() { " 1)" } else { ")" });
    }
    out.push(')');
    out
}
