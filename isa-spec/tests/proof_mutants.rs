//! Attacks on the kernel and on the checker: no mutant of a program or a claim is proved unless it is true, and no mutant of a
//! certificate is accepted for a statement that is false.
//!
//! Programs are mutants of the idioms, for small primes in small words, where all inputs are tried, and for the real ones,
//! where many are. ZKTR_PROOF_MUTANTS=N makes N mutants of each kind.

mod proof_support;

use num_bigint::BigInt;
use proof_support::{Random, counterexample, program_of, real_machines, small_machines};
use zktr_isa::proof::certificate::{Conclusion, Part, Rule, Witness};
use zktr_isa::proof::obligations::{Obligation, field_idioms, overlap_guard, recurrences, rows};
use zktr_isa::proof::program::{Op, Value};
use zktr_isa::proof::{Certificate, Claim, Polynomial, Program, Statement, check, prove};

fn mutants(default: u64) -> u64 {
    let chosen = std::env::var("ZKTR_PROOF_MUTANTS").ok();
    chosen.map_or(default, |n| n.parse().expect("a number of mutants"))
}

/// Where a campaign ended.
#[derive(Debug, Default)]
struct Tally {
    mutants: u64,
    accepted: u64,
}

fn number(random: &mut Random, old: &BigInt) -> BigInt {
    match random.below(6) {
        0 => old + 1,
        1 => old - 1,
        2 => old * 2,
        3 => old / 2,
        4 => old ^ (BigInt::from(1) << random.below(old.bits() as usize + 1)),
        _ => -old,
    }
}

fn earlier(random: &mut Random, index: usize) -> Value {
    Value(random.below(index) as u32)
}

/// One change of an operation: a constant, a width, an operand, the operator, the order, or the whole step.
fn mutate_op(program: &mut Program, random: &mut Random) {
    let index = random.below(program.ops.len());
    let kind = random.below(6);
    let value = |random: &mut Random| earlier(random, index.max(1));
    let op = program.ops[index].clone();
    let new = match (op, kind) {
        (Op::Param { lo, hi }, 0..=2) => Op::Param {
            lo: number(random, &lo),
            hi,
        },
        (Op::Param { lo, hi }, _) => Op::Param {
            lo,
            hi: number(random, &hi),
        },
        (Op::Const(c), _) => Op::Const(number(random, &c)),
        (Op::Mod(a, m), 0..=2) => Op::Mod(a, number(random, &m)),
        (Op::Floor(a, m), 0..=2) => Op::Floor(a, number(random, &m)),
        (Op::Mod(a, m), 3) => Op::Floor(a, m),
        (Op::Floor(a, m), 3) => Op::Mod(a, m),
        (Op::Mod(_, m), 4) => Op::Mod(value(random), m),
        (Op::Floor(_, m), 4) => Op::Floor(value(random), m),
        // The step is dropped.
        (Op::Mod(a, _) | Op::Floor(a, _), _) => Op::Select(a, a, a),
        (Op::Add(a, b), 0) => Op::Sub(a, b),
        (Op::Sub(a, b), 0) => Op::Add(a, b),
        (Op::Sub(a, b), 1) => Op::Sub(b, a),
        (Op::Less(a, b), 0..=1) => Op::Less(b, a),
        (Op::Select(c, a, b), 0..=1) => Op::Select(c, b, a),
        (Op::Select(c, a, _), 2) => Op::Select(c, a, a),
        (Op::And(a, b, n), 0) => Op::Or(a, b, n),
        (Op::Or(a, b, n), 0) => Op::Xor(a, b, n),
        (Op::Xor(a, b, n), 0) => Op::And(a, b, n),
        (Op::And(a, b, n), 1..=2) => Op::And(a, b, n.saturating_sub(1)),
        (Op::Assume(a), _) => Op::Select(a, a, a),
        (Op::Add(_, b), _) => Op::Add(value(random), b),
        (Op::Sub(_, b), _) => Op::Sub(value(random), b),
        (Op::Mul(_, b), _) => Op::Mul(value(random), b),
        (Op::Less(a, _), _) => Op::Less(a, value(random)),
        (Op::Select(_, a, b), 3) => Op::Select(value(random), a, b),
        (Op::Select(c, _, b), _) => Op::Select(c, value(random), b),
        (Op::And(a, _, n), _) => Op::And(a, value(random), n),
        (Op::Or(a, _, n), _) => Op::Or(a, value(random), n),
        (Op::Xor(a, _, n), _) => Op::Xor(a, value(random), n),
    };
    program.ops[index] = new;
}

fn mutate_claim(claims: &mut [Claim], values: usize, random: &mut Random) {
    let index = random.below(claims.len());
    match &mut claims[index] {
        Claim::Range { value, lo, hi } => match random.below(3) {
            0 => *lo = number(random, lo),
            1 => *hi = number(random, hi),
            _ => *value = earlier(random, values),
        },
        Claim::Congruent {
            value,
            scale,
            modulus,
            to,
        } => match random.below(4) {
            0 => *scale = number(random, scale),
            1 => *modulus = number(random, modulus),
            2 => *value = earlier(random, values),
            _ => mutate_polynomial(to, random),
        },
        Claim::Equal { to, .. } => mutate_polynomial(to, random),
    }
}

fn mutate_polynomial(polynomial: &mut Polynomial, random: &mut Random) {
    let terms = &mut polynomial.terms;
    if terms.is_empty() {
        terms.push((BigInt::from(1), Vec::new()));
        return;
    }
    let index = random.below(terms.len());
    let (c, factors) = &mut terms[index];
    match random.below(5) {
        0 => *c = number(random, c),
        1 => factors.push(random.below(3) as u32),
        2 => {
            factors.pop();
        }
        3 => factors.iter_mut().for_each(|f| *f ^= 1),
        _ => {
            terms.remove(index);
        }
    }
}

/// Proves mutants of these, and tries each that is proved.
fn attack(obligations: &[Obligation], count: u64, tries: u64, random: &mut Random) -> Tally {
    let mut tally = Tally::default();
    while tally.mutants < count {
        let obligation = &obligations[random.below(obligations.len())];
        let (program, claims) = program_of(obligation).expect("a program");
        let (mut program, mut claims) = (program.clone(), claims.to_vec());
        for _ in 0..=random.below(2) {
            if random.below(4) == 0 {
                mutate_claim(&mut claims, program.ops.len(), random);
            } else {
                mutate_op(&mut program, random);
            }
        }
        let statement = Statement::Program {
            program: program.clone(),
            claims: claims.clone(),
        };
        tally.mutants += 1;
        let Ok(certificate) = prove(&statement) else {
            continue;
        };
        let name = &obligation.name;
        check(&statement, &certificate)
            .unwrap_or_else(|rejected| panic!("{name}: {rejected}\n{program}\n{claims:?}"));
        tally.accepted += 1;
        let found = counterexample(&program, &claims, tries, random);
        assert_eq!(
            found, None,
            "a false proof: {name}\n{program}\n{claims:?}\n{certificate}"
        );
    }
    tally
}

#[test]
fn mutants_of_idioms_in_small_words_are_proved_only_if_true() {
    let mut random = Random(11);
    let mut idioms: Vec<Obligation> = small_machines()
        .iter()
        .flat_map(|machine| field_idioms(&format!("{machine:?}"), machine))
        .collect();
    idioms.extend([
        overlap_guard(4, 2, true),
        overlap_guard(4, 2, false),
        rows(6, 2),
    ]);
    let tally = attack(&idioms, mutants(400), 4000, &mut random);
    println!("{tally:?}");
    assert!(
        tally.accepted > 0 && tally.accepted < tally.mutants / 2,
        "{tally:?}"
    );
}

#[test]
fn mutants_of_idioms_in_real_words_are_proved_only_if_true() {
    let mut random = Random(12);
    let mut idioms: Vec<Obligation> = real_machines()
        .iter()
        .flat_map(|(name, machine)| field_idioms(name, machine))
        .collect();
    idioms.extend([
        overlap_guard(64, 4, true),
        overlap_guard(32, 4, false),
        rows(32, 4),
    ]);
    let tally = attack(&idioms, mutants(60), 300, &mut random);
    println!("{tally:?}");
    assert!(
        tally.accepted > 0 && tally.accepted < tally.mutants / 2,
        "{tally:?}"
    );
}

fn mutate_witness(witness: &mut Witness, random: &mut Random) {
    let count = witness.parts.len();
    match random.below(5) {
        0 => witness.denominator = number(random, &witness.denominator),
        1 if count > 0 => {
            let part = &mut witness.parts[random.below(count)];
            part.factor = number(random, &part.factor);
        }
        2 if count > 0 => witness.parts[random.below(count)].fact ^= 1,
        3 if count > 0 => {
            witness.parts.remove(random.below(count));
        }
        _ => witness.parts.push(Part {
            factor: BigInt::from(random.below(3)),
            symbols: (0..random.below(2))
                .map(|_| random.below(4) as u32)
                .collect(),
            fact: random.below(6),
        }),
    }
}

fn mutate_rule(rule: &mut Rule, random: &mut Random) {
    match rule {
        Rule::Floor { of, by } => match random.below(2) {
            0 => mutate_polynomial(of, random),
            _ => *by = number(random, by),
        },
        Rule::Value { form, bounds } | Rule::Equal { form, bounds, .. } => match random.below(3) {
            0 => mutate_polynomial(form, random),
            n => mutate_witness(&mut bounds[n - 1], random),
        },
        Rule::Truth { holds, why } | Rule::Take { first: holds, why } => match random.below(2) {
            0 => *holds = !*holds,
            _ => mutate_witness(why, random),
        },
        Rule::Opaque => *rule = Rule::Skip,
        Rule::Skip => *rule = Rule::Opaque,
        Rule::Lemma(index) => *index ^= 1,
        Rule::Split { form, at } => match random.below(2) {
            0 => mutate_polynomial(form, random),
            _ => *at = number(random, at),
        },
        Rule::Absurd(why) => mutate_witness(why, random),
        Rule::Done(conclusions) if !conclusions.is_empty() => {
            let index = random.below(conclusions.len());
            match &mut conclusions[index] {
                Conclusion::Range(bounds) => {
                    let side = random.below(2);
                    mutate_witness(&mut bounds[side], random);
                }
                Conclusion::Modulo { quotient, .. } => mutate_polynomial(quotient, random),
            }
        }
        Rule::Done(_) => {}
    }
}

fn mutate_certificate(certificate: &mut Certificate, random: &mut Random) {
    match certificate {
        Certificate::Program(sections) => {
            let index = random.below(sections.len());
            let section = &mut sections[index];
            if let Some(lemma) = &mut section.lemma
                && random.below(4) == 0
            {
                match random.below(3) {
                    0 => lemma.lo = number(random, &lemma.lo),
                    1 => lemma.hi = number(random, &lemma.hi),
                    _ => mutate_polynomial(&mut lemma.to, random),
                }
                return;
            }
            let rules = &mut section.rules;
            if rules.is_empty() {
                return;
            }
            let at = random.below(rules.len());
            match random.below(8) {
                0 => {
                    rules.remove(at);
                }
                1 => {
                    let other = random.below(rules.len());
                    rules.swap(at, other);
                }
                2 => rules.insert(at, rules[random.below(rules.len())].clone()),
                3 => rules.truncate(at),
                _ => mutate_rule(&mut rules[at], random),
            }
        }
        Certificate::Identity(goals) => {
            let index = random.below(goals.len());
            let factors = &mut goals[index];
            match random.below(3) {
                0 if !factors.is_empty() => {
                    factors.pop();
                }
                1 => factors.push(Polynomial::constant(1)),
                _ if !factors.is_empty() => {
                    let at = random.below(factors.len());
                    mutate_polynomial(&mut factors[at], random);
                }
                _ => {
                    goals.pop();
                }
            }
        }
    }
}

/// Certificates of true statements, changed, and offered for statements that are changed so that they are false: whatever is
/// accepted for a statement has to be true of it.
#[test]
fn the_checker_accepts_no_certificate_of_a_false_claim() {
    let mut random = Random(13);
    let idioms: Vec<Obligation> = small_machines()
        .iter()
        .flat_map(|machine| field_idioms(&format!("{machine:?}"), machine))
        .filter(|_| random.below(4) == 0)
        .collect();
    let proofs: Vec<(&Obligation, Certificate)> = idioms
        .iter()
        .map(|o| (o, prove(&o.statement).expect("obligations are proved")))
        .collect();
    let mut tally = Tally::default();
    let mut wrong = 0;
    for _ in 0..mutants(1500) {
        let (obligation, certificate) = &proofs[random.below(proofs.len())];
        let (program, claims) = program_of(obligation).expect("a program");
        let (mut program, mut claims) = (program.clone(), claims.to_vec());
        let mut certificate = certificate.clone();
        for _ in 0..random.below(3) {
            mutate_certificate(&mut certificate, &mut random);
        }
        match random.below(3) {
            0 => mutate_op(&mut program, &mut random),
            1 => mutate_claim(&mut claims, program.ops.len(), &mut random),
            _ => {}
        }
        tally.mutants += 1;
        let statement = Statement::Program {
            program: program.clone(),
            claims: claims.clone(),
        };
        if check(&statement, &certificate).is_err() {
            wrong += 1;
            continue;
        }
        tally.accepted += 1;
        let found = counterexample(&program, &claims, 2000, &mut random);
        let name = &obligation.name;
        assert_eq!(
            found, None,
            "accepted: {name}\n{program}\n{claims:?}\n{certificate}"
        );
    }
    println!("{tally:?}");
    assert!(wrong > tally.mutants / 2, "{tally:?}");
}

#[test]
fn the_checker_accepts_no_wrong_combination() {
    let mut random = Random(14);
    for obligation in recurrences() {
        let statement = &obligation.statement;
        let certificate = prove(statement).expect("obligations are proved");
        for _ in 0..50 {
            // A combination is determined up to multiples of 0 = h1 h2 - h2 h1: what is accepted has to be written differently
            // only, or be such a multiple; one more constant factor never is.
            let Certificate::Identity(mut goals) = certificate.clone() else {
                panic!("a recurrence's certificate");
            };
            let used: Vec<usize> = (0..goals.len()).filter(|&g| !goals[g].is_empty()).collect();
            let Some(&goal) = used.get(random.below(used.len())) else {
                break;
            };
            let factor = random.below(goals[goal].len());
            goals[goal][factor]
                .terms
                .push((BigInt::from(1), Vec::new()));
            assert!(
                check(statement, &Certificate::Identity(goals)).is_err(),
                "{}",
                obligation.name
            );
        }
        let mut short = certificate.clone();
        mutate_certificate(&mut short, &mut random);
        let _ = check(statement, &short);
    }
}

#[test]
fn garbage_is_no_certificate() {
    for text in [
        "section v",
        "opaque",
        "section\nfloor x0",
        "section\nfloor x0 / y",
        "section\nvalue x0 ; 1:",
        "section\ndone 1:",
        "section\nabsurd 1: f0*f1",
        "section\nabsurd 1: 1*x*f0",
        "section\ncombine 1",
        "section\nsplit x0 < 3",
        "section\ntruth 2 ; 1:",
        "combine x0**x1",
        "combine 1 2",
    ] {
        assert!(text.parse::<Certificate>().is_err(), "{text}");
    }
}
