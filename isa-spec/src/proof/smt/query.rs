//! The texts of queries.

use crate::proof::certificate::{Certificate, Conclusion, Rule};
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
    /// Queries of the steps of a proof.
    steps: Vec<String>,
    exact: bool,
}

/// What is wrong if a claim about a program is: a query for each claim, satisfiable where the claim is false.
///
/// With the certificate, the steps of the proof come first, a query for each that may take those before it for granted, and
/// congruences are stated with their quotient: so solvers answer, which otherwise they do not. Without it, congruences are
/// stated as the existence of a remainder that is not zero; that is how models are found. There are no queries for a program
/// with a product of values that is neither by a constant nor of two parameters, nor for proofs that have lemmas.
#[must_use]
pub fn program_queries(
    program: &Program,
    claims: &[Claim],
    certificate: Option<&Certificate>,
) -> Option<Vec<Query>> {
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
        steps: Vec::new(),
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
    let names: Vec<String> = (0..writer.ranges.len()).map(|n| format!("x{n}")).collect();
    let quotients = match certificate {
        Some(Certificate::Program(sections)) => {
            Some(writer.cases(&sections.last()?.rules, claims, &names)?)
        }
        _ => None,
    };
    let goals = claims
        .iter()
        .enumerate()
        .map(|(index, claim)| {
            let quotient = quotients.as_ref().map(|q| q[index].as_str());
            let (more, goal) = writer.claim(claim, quotient, &names)?;
            Some(format!("{more}(assert (not {goal}))\n"))
        })
        .collect::<Option<Vec<_>>>()?;
    // Some of the text may have been written for a claim: the goals come last.
    let text = &writer.text;
    let goals = goals.into_iter().map(|goal| format!("{text}{goal}"));
    let queries = std::mem::take(&mut writer.steps).into_iter().chain(goals);
    let query = |text| Query {
        text,
        params: names.clone(),
        exact: writer.exact,
    };
    Some(queries.map(query).collect())
}

/// Where the walk through the cases of a proof is.
#[derive(Clone)]
struct Path {
    /// The terms of its symbols.
    names: Vec<String>,
    /// Operations with rules that are done.
    done: usize,
    conditions: String,
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
        let term = self.at(of).to_owned();
        let names = self.defined(&term, by, self.divisions.len());
        self.divisions.insert(key, names.clone());
        names
    }

    /// Declares quotient and remainder of a term.
    fn defined(&mut self, term: &str, by: &BigInt, index: usize) -> (String, String) {
        let (quotient, remainder) = (format!("q{index}"), format!("r{index}"));
        self.line(&format!("(declare-const {quotient} Int)"));
        self.declare(&remainder, &BigInt::ZERO, &(by - 1));
        self.line(&format!(
            "(assert (= {term} (+ (* {} {quotient}) {remainder})))",
            number(by)
        ));
        (quotient, remainder)
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

    /// Declarations, and the claim.
    fn claim(
        &mut self,
        claim: &Claim,
        quotient: Option<&str>,
        names: &[String],
    ) -> Option<(String, String)> {
        let value = self.terms.get(claim.value().0 as usize)?.clone();
        let mut declarations = String::new();
        let goal = match claim {
            Claim::Range { lo, hi, .. } => {
                format!("(<= {} {value} {})", number(lo), number(hi))
            }
            Claim::Equal { to, .. } => format!("(= {value} {})", self.polynomial(to, names)?),
            Claim::Congruent {
                scale, modulus, to, ..
            } => {
                let to = self.polynomial(to, names)?;
                let difference = format!("(- (* {} {value}) {to})", number(scale));
                let p = number(modulus);
                match quotient {
                    Some(quotient) => format!("(= {difference} (* {p} {quotient}))"),
                    None => {
                        declarations = format!(
                            "(declare-const k Int)\n(declare-const e Int)\n\
                             (assert (and (<= 0 e) (< e {p})))\n\
                             (assert (= {difference} (+ (* {p} k) e)))\n"
                        );
                        "(= e 0)".to_owned()
                    }
                }
            }
        };
        Some((declarations, goal))
    }

    /// Writes the steps of a proof, and gives for each claim the quotient of its congruence, by cases.
    fn cases(&mut self, rules: &[Rule], claims: &[Claim], names: &[String]) -> Option<Vec<String>> {
        /// What has to be done, the last first.
        enum Task {
            /// The rules of a case.
            Case(Path),
            Text(String),
        }
        let ruled = |op: &Op| {
            let arithmetic = matches!(op, Op::Param { .. } | Op::Const(_) | Op::Assume(_));
            !arithmetic && !matches!(op, Op::Add(..) | Op::Sub(..) | Op::Mul(..))
        };
        let operations: Vec<usize> = (0..self.program.ops.len())
            .filter(|&index| ruled(&self.program.ops[index]))
            .collect();
        let mut rules = rules.iter();
        let mut out = vec![String::new(); claims.len()];
        let mut tasks = vec![Task::Case(Path {
            names: names.to_vec(),
            done: 0,
            conditions: "true".into(),
        })];
        while let Some(task) = tasks.pop() {
            let mut path = match task {
                Task::Case(path) => path,
                Task::Text(text) => {
                    out.iter_mut().for_each(|out| out.push_str(&text));
                    continue;
                }
            };
            loop {
                let rule = rules.next()?;
                let operation = operations.get(path.done).copied();
                match rule {
                    Rule::Floor { of, by } => {
                        let of = self.polynomial(of, &path.names)?;
                        let number = self.divisions.len();
                        // The key is no value's: it is only counted.
                        let key = (u32::MAX - number as u32, by.clone());
                        let (q, r) = self.defined(&of, by, number);
                        self.divisions.insert(key, (q.clone(), r));
                        path.names.push(q);
                        continue;
                    }
                    Rule::Opaque => path.names.push(self.terms[operation?].clone()),
                    Rule::Value { form, .. } => {
                        let form = self.polynomial(form, &path.names)?;
                        self.step(&path.conditions, operation?, &form);
                    }
                    Rule::Truth { holds, .. } => {
                        let truth = u8::from(*holds).to_string();
                        self.step(&path.conditions, operation?, &truth);
                    }
                    Rule::Take { first, .. } => {
                        let Op::Select(_, a, b) = self.program.ops[operation?] else {
                            return None;
                        };
                        let taken = self.at(if *first { a } else { b }).to_owned();
                        self.step(&path.conditions, operation?, &taken);
                    }
                    Rule::Skip => {}
                    Rule::Equal { .. } => continue,
                    Rule::Lemma(_) => return None,
                    Rule::Split { form, at } => {
                        let form = self.polynomial(form, &path.names)?;
                        let condition = format!("(<= {form} {})", number(at));
                        let begin = format!("(ite {condition} ");
                        out.iter_mut().for_each(|out| out.push_str(&begin));
                        let both = &path.conditions;
                        let low = format!("(and {both} {condition})");
                        let high = format!("(and {both} (not {condition}))");
                        let case = |conditions| {
                            Task::Case(Path {
                                conditions,
                                ..path.clone()
                            })
                        };
                        let space = Task::Text(" ".into());
                        tasks.extend([Task::Text(")".into()), case(high), space, case(low)]);
                        break;
                    }
                    Rule::Absurd(_) => {
                        out.iter_mut().for_each(|out| out.push('0'));
                        break;
                    }
                    Rule::Done(conclusions) => {
                        for (out, conclusion) in out.iter_mut().zip(conclusions) {
                            match conclusion {
                                Conclusion::Range(_) => out.push('0'),
                                Conclusion::Modulo {
                                    quotient,
                                    equations,
                                } if equations.is_empty() => {
                                    out.push_str(&self.polynomial(quotient, &path.names)?);
                                }
                                Conclusion::Modulo { .. } => return None,
                            }
                        }
                        break;
                    }
                }
                path.done += 1;
            }
        }
        Some(out)
    }

    /// A step of the proof: asked first, and known from then on.
    fn step(&mut self, conditions: &str, operation: usize, form: &str) {
        let value = &self.terms[operation];
        let fact = format!("(=> {conditions} (= {value} {form}))");
        self.steps
            .push(format!("{}(assert (not {fact}))\n", self.text));
        self.line(&format!("(assert {fact})"));
    }

    /// A polynomial over symbols with these names; the first are the parameters.
    fn polynomial(&mut self, polynomial: &Polynomial, names: &[String]) -> Option<String> {
        let mut out = String::from("(+ 0 0");
        for (c, factors) in &polynomial.terms {
            let c = number(c);
            match factors[..] {
                [] => {
                    let _ = write!(out, " {c}");
                }
                [symbol] => {
                    let _ = write!(out, " (* {c} {})", names.get(symbol as usize)?);
                }
                _ if factors.iter().all(|&f| (f as usize) < self.ranges.len()) => {
                    let _ = write!(out, " (* {c} {})", self.monomial(factors));
                }
                _ => return None,
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
            let mut right = String::from("(+ 0 0");
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
    let mut out = String::from("(+ 0 0");
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
