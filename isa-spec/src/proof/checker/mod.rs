//! The checker of certificates: what a proof is trusted for.
//!
//! It searches for nothing. It walks the program with the rules of the certificate, one case after the other, and keeps for
//! each value a polynomial over symbols that *is* that value, as an integer, in every state of the
//! case. Everything that a rule claims comes down to two tests: that the coefficients of a polynomial are
//! divisible by a number, and that a polynomial is at least 0 because it is a sum of known facts and of terms
//! that are so by the ranges of their symbols. It shares no code with the kernel.
//!
//! Invariant of a case: for each input for which the assumptions hold and the splits on the way here were decided this
//! way, there are integers for the symbols, within their ranges, with which each fact is at least 0
//! and each polynomial in `values` is the value of its operation. The cases of a split cover all inputs.
//!
//! Certificates are untrusted input: sizes are limited, and nothing here recurses or panics.

mod identity;
mod sum;

use super::certificate::{Certificate, Conclusion, Lemma, Part, Rule, Section, Witness};
use super::polynomial::Polynomial;
use super::program::{Op, Program, Value};
use super::statement::{Claim, Statement};
use identity::{check_identities, identities_of};
use num_bigint::{BigInt, Sign};
use std::collections::BTreeMap;
use std::fmt;
use sum::{Sum, floor, is_mask, power_of_two};

/// Most open cases.
const MAX_CASES: usize = 64;

/// Why a certificate is no proof of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Section and rule (or goal), from 0.
    pub at: (usize, usize),
    /// What is wrong.
    pub reason: &'static str,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (section, rule) = self.at;
        write!(f, "section {section}, rule {rule}: {}", self.reason)
    }
}

impl std::error::Error for Rejected {}

type Check<T> = Result<T, &'static str>;

/// Whether the certificate proves the statement.
///
/// # Errors
/// The first thing that it does not prove.
pub fn check(statement: &Statement, certificate: &Certificate) -> Result<(), Rejected> {
    let whole = |reason| Rejected { at: (0, 0), reason };
    match (statement, certificate) {
        (Statement::Program { program, claims }, Certificate::Program(sections)) => {
            check_program(program, claims, sections)
        }
        (Statement::Identity(identity), Certificate::Identity(goals)) => {
            check_identities(std::slice::from_ref(identity), goals)
        }
        (Statement::Induction(induction), Certificate::Identity(goals)) => {
            let identities = identities_of(induction).map_err(whole)?;
            check_identities(&identities, goals)
        }
        _ => Err(whole("a certificate of another kind")),
    }
}

/// A case of a proof.
#[derive(Clone)]
struct Case {
    /// Ranges of the symbols.
    ranges: Vec<(BigInt, BigInt)>,
    /// Polynomials that are at least 0.
    facts: Vec<Sum>,
    /// What the operations so far give; none where that is not known.
    values: Vec<Option<Sum>>,
    /// Symbols that stand for values of lemmas, and what they are congruent to.
    residues: BTreeMap<u32, Sum>,
}

fn check_program(
    program: &Program,
    claims: &[Claim],
    sections: &[Section],
) -> Result<(), Rejected> {
    let whole = |reason| Rejected { at: (0, 0), reason };
    program
        .validate()
        .map_err(|_| whole("an ill-formed program"))?;
    let modulus = common_modulus(claims).map_err(whole)?;
    let over_params = |to: &Polynomial| {
        let count = program.params().count();
        let mut symbols = to.terms.iter().flat_map(|(_, factors)| factors);
        symbols.all(|&s| (s as usize) < count)
    };
    for claim in claims {
        if let Claim::Congruent { to, .. } | Claim::Equal { to, .. } = claim
            && !over_params(to)
        {
            return Err(whole("a claim about a symbol that is no parameter"));
        }
    }
    let mut lemmas: Vec<&Lemma> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let is_last = index + 1 == sections.len();
        let goal = match (&section.lemma, is_last) {
            (None, true) => Goal {
                claims: claims.to_vec(),
                end: program.ops.len(),
            },
            (Some(lemma), false) => {
                let exists = (lemma.value.0 as usize) < program.ops.len();
                let same_modulus = Some(&lemma.modulus) == modulus.as_ref();
                // Its polynomial is read in other sections, in which the other symbols are not the same.
                if !exists || !same_modulus || !over_params(&lemma.to) {
                    return Err(whole("a lemma of another program, modulus or symbols"));
                }
                lemma_goal(lemma)
            }
            _ => return Err(whole("the claims are proved in the last section")),
        };
        check_section(program, &goal, &lemmas, &section.rules).map_err(|(rule, reason)| {
            Rejected {
                at: (index, rule),
                reason,
            }
        })?;
        lemmas.extend(&section.lemma);
    }
    if sections.is_empty() {
        return Err(whole("no section"));
    }
    Ok(())
}

/// The modulus of all congruences, positive.
fn common_modulus(claims: &[Claim]) -> Check<Option<BigInt>> {
    let mut common = None;
    for claim in claims {
        if let Claim::Congruent { modulus, .. } = claim
            && (modulus.sign() != Sign::Plus || common.get_or_insert(modulus.clone()) != modulus)
        {
            return Err("the moduli of the claims");
        }
    }
    Ok(common)
}

struct Goal {
    claims: Vec<Claim>,
    /// The first operation that is not needed.
    end: usize,
}

fn lemma_goal(lemma: &Lemma) -> Goal {
    let Lemma {
        value,
        lo,
        hi,
        modulus,
        to,
    } = lemma.clone();
    let end = value.0 as usize + 1;
    let claims = vec![
        Claim::Range { value, lo, hi },
        Claim::Congruent {
            value,
            scale: BigInt::from(1),
            modulus,
            to,
        },
    ];
    Goal { claims, end }
}

fn check_section(
    program: &Program,
    goal: &Goal,
    lemmas: &[&Lemma],
    rules: &[Rule],
) -> Result<(), (usize, &'static str)> {
    let start = Case {
        ranges: program
            .params()
            .map(|(lo, hi)| (lo.clone(), hi.clone()))
            .collect(),
        facts: Vec::new(),
        values: Vec::new(),
        residues: BTreeMap::new(),
    };
    let mut open = vec![start];
    for (index, rule) in rules.iter().enumerate() {
        let Some(mut case) = open.pop() else {
            return Err((index, "a rule after the last case"));
        };
        let outcome = case
            .arithmetic(program, goal.end)
            .and_then(|()| case.apply(program, goal, lemmas, rule));
        match outcome.map_err(|reason| (index, reason))? {
            Next::Same => open.push(case),
            Next::Cases(other) => {
                open.push(*other);
                open.push(case);
                if open.len() > MAX_CASES {
                    return Err((index, "too many cases"));
                }
            }
            Next::Closed => {}
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err((rules.len(), "a case is not closed"))
    }
}

enum Next {
    /// The case goes on.
    Same,
    /// It goes on, and there is another one after it.
    Cases(Box<Case>),
    /// It has ended.
    Closed,
}

impl Case {
    fn get(&self, value: Value) -> Check<&Sum> {
        self.values
            .get(value.0 as usize)
            .and_then(Option::as_ref)
            .ok_or("a value that is not known")
    }

    /// Goes on to the next operation that needs a rule.
    fn arithmetic(&mut self, program: &Program, end: usize) -> Check<()> {
        while let Some(op) = program.ops[..end].get(self.values.len()) {
            let one = BigInt::from(1);
            let value = match op {
                Op::Param { .. } => {
                    let before = &program.ops[..self.values.len()];
                    let number = before.iter().filter(|op| matches!(op, Op::Param { .. }));
                    Some(Sum::symbol(number.count() as u32))
                }
                Op::Const(c) => Some(Sum::constant(c.clone())),
                Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) => {
                    match (self.get(*a), self.get(*b)) {
                        (Ok(a), Ok(b)) => Some(match op {
                            Op::Add(..) => a.plus(&one, b)?,
                            Op::Sub(..) => a.plus(&-one, b)?,
                            _ => a.times(b)?,
                        }),
                        _ => None,
                    }
                }
                // Less is known where it cannot be used.
                Op::Assume(a) => match self.get(*a).cloned() {
                    Ok(assumed) => {
                        self.facts
                            .push(assumed.plus(&-one, &Sum::constant(BigInt::from(1)))?);
                        Some(assumed)
                    }
                    Err(_) => None,
                },
                _ => return Ok(()),
            };
            self.values.push(value);
        }
        Ok(())
    }

    fn apply(
        &mut self,
        program: &Program,
        goal: &Goal,
        lemmas: &[&Lemma],
        rule: &Rule,
    ) -> Check<Next> {
        let index = self.values.len();
        let next = || {
            program.ops[..goal.end]
                .get(index)
                .ok_or("no operation is left")
        };
        match rule {
            Rule::Floor { of, by } => {
                let of = self.known(of)?;
                self.quotient(&of, by)?;
            }
            Rule::Value { form, bounds } => {
                let form = self.known(form)?;
                self.check_value(next()?, &form, bounds)?;
                self.values.push(Some(form));
            }
            Rule::Truth { holds, why } => {
                let Op::Less(a, b) = next()? else {
                    return Err("no comparison");
                };
                let (a, b) = (self.get(*a)?, self.get(*b)?);
                let excess = if *holds {
                    b.plus(&BigInt::from(-1), a)?
                        .plus(&BigInt::from(-1), &Sum::constant(BigInt::from(1)))?
                } else {
                    a.plus(&BigInt::from(-1), b)?
                };
                self.at_least_zero(&excess, why)?;
                self.values
                    .push(Some(Sum::constant(BigInt::from(u8::from(*holds)))));
            }
            Rule::Take { first, why } => {
                let Op::Select(c, a, b) = next()? else {
                    return Err("no selection");
                };
                let condition = self.get(*c)?;
                let (excess, taken) = if *first {
                    let one = Sum::constant(BigInt::from(1));
                    (condition.plus(&BigInt::from(-1), &one)?, *a)
                } else {
                    (Sum::default().plus(&BigInt::from(-1), condition)?, *b)
                };
                self.at_least_zero(&excess, why)?;
                let taken = self.get(taken)?.clone();
                self.values.push(Some(taken));
            }
            Rule::Opaque => {
                let greatest = match next()? {
                    Op::Mod(_, m) => m - 1,
                    Op::Less(..) => BigInt::from(1),
                    Op::And(.., n) | Op::Or(.., n) | Op::Xor(.., n) => power_of_two(*n) - 1,
                    _ => return Err("an operation without a range of its own"),
                };
                let symbol = self.new_symbol(BigInt::ZERO, greatest);
                self.values.push(Some(Sum::symbol(symbol)));
            }
            Rule::Equal {
                value,
                form,
                bounds,
            } => {
                let form = self.known(form)?;
                let excess = self.get(*value)?.plus(&BigInt::from(-1), &form)?;
                self.at_least_zero(&excess, &bounds[0])?;
                let negative = Sum::default().plus(&BigInt::from(-1), &excess)?;
                self.at_least_zero(&negative, &bounds[1])?;
                self.values[value.0 as usize] = Some(form);
            }
            Rule::Skip => {
                next()?;
                self.values.push(None);
            }
            Rule::Lemma(number) => {
                next()?;
                let lemma = lemmas.get(*number).ok_or("no such lemma")?;
                if lemma.value.0 as usize != index {
                    return Err("a lemma about another value");
                }
                let residue = Sum::read(&lemma.to)?;
                let symbol = self.new_symbol(lemma.lo.clone(), lemma.hi.clone());
                self.residues.insert(symbol, residue);
                self.values.push(Some(Sum::symbol(symbol)));
            }
            Rule::Split { form, at } => {
                let form = self.known(form)?;
                let mut above = self.clone();
                let at = Sum::constant(at.clone());
                let one = Sum::constant(BigInt::from(1));
                let excess = form.plus(&BigInt::from(-1), &at)?;
                above.facts.push(excess.plus(&BigInt::from(-1), &one)?);
                self.facts.push(at.plus(&BigInt::from(-1), &form)?);
                return Ok(Next::Cases(Box::new(above)));
            }
            Rule::Absurd(why) => {
                self.at_least_zero(&Sum::constant(BigInt::from(-1)), why)?;
                return Ok(Next::Closed);
            }
            Rule::Done(conclusions) => {
                if conclusions.len() != goal.claims.len() {
                    return Err("one conclusion for each claim");
                }
                for (claim, conclusion) in goal.claims.iter().zip(conclusions) {
                    self.check_claim(claim, conclusion)?;
                }
                return Ok(Next::Closed);
            }
        }
        Ok(Next::Same)
    }

    /// A polynomial of the certificate, over symbols of this case.
    fn known(&self, polynomial: &Polynomial) -> Check<Sum> {
        let sum = Sum::read(polynomial)?;
        let count = self.ranges.len();
        if sum.0.keys().flatten().any(|&s| s as usize >= count) {
            return Err("a symbol that does not exist");
        }
        Ok(sum)
    }

    fn new_symbol(&mut self, lo: BigInt, hi: BigInt) -> u32 {
        self.ranges.push((lo, hi));
        self.ranges.len() as u32 - 1
    }

    /// A new symbol for a quotient that is rounded down, with what defines it as facts.
    fn quotient(&mut self, of: &Sum, by: &BigInt) -> Check<()> {
        if by.sign() != Sign::Plus {
            return Err("a divisor that is not positive");
        }
        let (lo, hi) = self.range_of(of)?;
        let symbol = self.new_symbol(floor(&lo, by), floor(&hi, by));
        let remainder = of.plus(&-by, &Sum::symbol(symbol))?;
        let room = Sum::constant(by - 1).plus(&BigInt::from(-1), &remainder)?;
        self.facts.extend([remainder, room]);
        Ok(())
    }

    /// Bounds of a polynomial by the ranges of its symbols.
    fn range_of(&self, sum: &Sum) -> Check<(BigInt, BigInt)> {
        let (mut least, mut greatest) = (BigInt::ZERO, BigInt::ZERO);
        for (factors, c) in &sum.0 {
            let (mut lo, mut hi) = (c.clone(), c.clone());
            for &factor in factors {
                let (a, b) = self
                    .ranges
                    .get(factor as usize)
                    .ok_or("a symbol that does not exist")?;
                let corners = [&lo * a, &lo * b, &hi * a, &hi * b];
                lo = corners.iter().min().cloned().unwrap_or_default();
                hi = corners.into_iter().max().unwrap_or_default();
            }
            least += lo;
            greatest += hi;
        }
        Ok((least, greatest))
    }

    /// Whether the witness shows that an integer polynomial is at least 0 in all states of the case.
    ///
    /// With d the denominator and w the sum of the parts, which is at least 0, d * sum = w + rest. If rest > -d then
    /// d * sum > -d, so that sum > -1; it is an integer.
    fn at_least_zero(&self, sum: &Sum, witness: &Witness) -> Check<()> {
        if witness.denominator.sign() != Sign::Plus {
            return Err("a denominator that is not positive");
        }
        let mut rest = Sum::default().plus(&witness.denominator, sum)?;
        for Part {
            factor,
            symbols,
            fact,
        } in &witness.parts
        {
            if factor.sign() == Sign::Minus {
                return Err("a negative multiple of a fact");
            }
            let mut multiple = self.facts.get(*fact).ok_or("no such fact")?.clone();
            for &symbol in symbols {
                match self.ranges.get(symbol as usize) {
                    Some((lo, _)) if lo.sign() != Sign::Minus => {}
                    _ => return Err("a fact times a symbol that may be negative"),
                }
                multiple = multiple.times(&Sum::symbol(symbol))?;
            }
            rest = rest.plus(&-factor, &multiple)?;
        }
        let (least, _) = self.range_of(&rest)?;
        if least > -&witness.denominator {
            Ok(())
        } else {
            Err("the witness does not show the bound")
        }
    }

    /// Whether `form` is in `[0, modulus)`.
    fn in_range(&self, form: &Sum, modulus: &BigInt, bounds: &[Witness; 2]) -> Check<()> {
        self.at_least_zero(form, &bounds[0])?;
        let room = Sum::constant(modulus - 1).plus(&BigInt::from(-1), form)?;
        self.at_least_zero(&room, &bounds[1])
    }

    /// Whether `form` is `of` modulo `modulus`.
    fn is_remainder(
        &self,
        form: &Sum,
        of: &Sum,
        modulus: &BigInt,
        bounds: &[Witness; 2],
    ) -> Check<()> {
        if !of.plus(&BigInt::from(-1), form)?.divisible(modulus) {
            return Err("not congruent to the operation's result");
        }
        self.in_range(form, modulus, bounds)
    }

    /// Whether the operation gives `form`.
    fn check_value(&self, op: &Op, form: &Sum, bounds: &[Witness; 2]) -> Check<()> {
        match op {
            Op::Mod(a, m) => self.is_remainder(form, self.get(*a)?, m, bounds),
            Op::Floor(a, m) => {
                let remainder = self.get(*a)?.plus(&-m, form)?;
                self.in_range(&remainder, m, bounds)
            }
            Op::And(a, b, n) | Op::Or(a, b, n) | Op::Xor(a, b, n) => {
                self.check_bitwise(op, (self.get(*a)?, self.get(*b)?), *n, form, bounds)
            }
            _ => Err("an operation that has a rule of its own"),
        }
    }

    /// Bitwise operations on words of `bits` bits. Those with a constant that is known in this case are arithmetic.
    fn check_bitwise(
        &self,
        op: &Op,
        (a, b): (&Sum, &Sum),
        bits: u32,
        form: &Sum,
        bounds: &[Witness; 2],
    ) -> Check<()> {
        let modulus = power_of_two(bits);
        let ones = &modulus - 1;
        let word = |sum: &Sum| sum.as_constant().map(|c| c & &ones);
        if let (Some(x), Some(y)) = (word(a), word(b)) {
            let result = match op {
                Op::And(..) => x & y,
                Op::Or(..) => x | y,
                _ => x ^ y,
            };
            return if *form == Sum::constant(result) {
                Ok(())
            } else {
                Err("another constant")
            };
        }
        let constant = word(a).map(|c| (c, b)).or(word(b).map(|c| (c, a)));
        match (op, constant) {
            // The low bits of the other one.
            (Op::And(..), Some((c, other))) if is_mask(&c) => {
                self.is_remainder(form, other, &(c + 1), bounds)
            }
            (Op::Xor(..), Some((c, other))) if c.sign() == Sign::NoSign => {
                self.is_remainder(form, other, &modulus, bounds)
            }
            // The complement: -1 - x modulo the power of two.
            (Op::Xor(..), Some((c, other))) if c == ones => {
                let complement = Sum::constant(ones).plus(&BigInt::from(-1), other)?;
                self.is_remainder(form, &complement, &modulus, bounds)
            }
            (Op::Or(..), Some((c, _))) if c == ones && *form == Sum::constant(ones) => Ok(()),
            // No bit is in both: a sum. One operand is below a power of two that divides the other.
            (Op::Or(..) | Op::Xor(..), _) => {
                if a.plus(&BigInt::from(1), b)? != *form {
                    return Err("a form that is not the sum");
                }
                self.in_range(form, &modulus, bounds)?;
                let apart = |low: &Sum, high: &Sum| {
                    let (lo, hi) = self.range_of(low)?;
                    let (least, _) = self.range_of(high)?;
                    let nonnegative = lo.sign() != Sign::Minus && least.sign() != Sign::Minus;
                    let power = power_of_two(hi.bits().min(u64::from(bits)) as u32);
                    Check::Ok(nonnegative && hi < power && high.divisible(&power))
                };
                if apart(a, b)? || apart(b, a)? {
                    Ok(())
                } else {
                    Err("operands that may share a bit")
                }
            }
            _ => Err("no rule for this operation"),
        }
    }

    fn check_claim(&self, claim: &Claim, conclusion: &Conclusion) -> Check<()> {
        let value = self.get(claim.value())?;
        let minus = BigInt::from(-1);
        match (claim, conclusion) {
            (Claim::Range { lo, hi, .. }, Conclusion::Range([above, below])) => {
                let excess = value.plus(&minus, &Sum::constant(lo.clone()))?;
                self.at_least_zero(&excess, above)?;
                let room = Sum::constant(hi.clone()).plus(&minus, value)?;
                self.at_least_zero(&room, below)
            }
            (
                Claim::Equal { to, .. } | Claim::Congruent { to, .. },
                Conclusion::Modulo {
                    quotient,
                    equations,
                },
            ) => {
                let (scale, modulus) = match claim {
                    Claim::Congruent { scale, modulus, .. } => (scale.clone(), modulus.clone()),
                    _ => (BigInt::from(1), BigInt::ZERO),
                };
                let to = self.known(to)?;
                let mut left = Sum::default().plus(&scale, value)?.plus(&minus, &to)?;
                for equation in equations {
                    let form = self.known(&equation.form)?;
                    let negative = Sum::default().plus(&minus, &form)?;
                    self.at_least_zero(&form, &equation.bounds[0])?;
                    self.at_least_zero(&negative, &equation.bounds[1])?;
                    left = left.plus(&-&equation.factor, &form)?;
                }
                // A symbol of a lemma may only be replaced where congruence is all that counts.
                if modulus.sign() != Sign::NoSign {
                    left = left.substitute(&self.residues)?;
                }
                let multiple = Sum::default().plus(&modulus, &self.known(quotient)?)?;
                if left == multiple {
                    Ok(())
                } else {
                    Err("the two sides differ")
                }
            }
            _ => Err("a conclusion of another kind"),
        }
    }
}
