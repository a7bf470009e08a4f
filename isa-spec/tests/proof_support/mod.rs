//! What the tests of proofs share: inputs of programs, and whether claims hold for them.

#![allow(dead_code)] // each test binary uses a part

use num_bigint::BigInt;
use zktr_isa::proof::obligations::Obligation;
use zktr_isa::proof::obligations::spelling::Machine;
use zktr_isa::proof::{Claim, Program, Statement};

/// A small generator (SplitMix64), so that a failure can be repeated.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// An integer of a range: often near one of its ends, or near a power of two.
    pub fn within(&mut self, lo: &BigInt, hi: &BigInt) -> BigInt {
        let span: BigInt = hi - lo + 1;
        let mut wide = BigInt::ZERO;
        for _ in 0..=span.bits() / 64 {
            wide = (wide << 64) + self.next();
        }
        let small = BigInt::from(self.next() % 4) % &span;
        match self.below(6) {
            0 => lo + small,
            1 => hi - small,
            2 => {
                let power = BigInt::from(1) << self.below(span.bits() as usize + 1);
                (lo + power - small).clamp(lo.clone(), hi.clone())
            }
            _ => lo + wide % span,
        }
    }
}

/// The program and the claims of an obligation about one.
pub fn program_of(obligation: &Obligation) -> Option<(&Program, &[Claim])> {
    match &obligation.statement {
        Statement::Program { program, claims } => Some((program, claims)),
        _ => None,
    }
}

/// How many inputs there are, if not more than a limit.
pub fn input_count(program: &Program, limit: u64) -> Option<u64> {
    let mut count = BigInt::from(1);
    for (lo, hi) in program.params() {
        count *= hi - lo + BigInt::from(1);
    }
    u64::try_from(count).ok().filter(|&count| count <= limit)
}

/// The input with this number.
pub fn input(program: &Program, mut number: u64) -> Vec<BigInt> {
    let digit = |(lo, hi): (&BigInt, &BigInt)| {
        let size = u64::try_from(hi - lo + BigInt::from(1)).expect("a small range");
        let digit = number % size;
        number /= size;
        lo + digit
    };
    program.params().map(digit).collect()
}

/// An input, all or `tries` random ones, for which a claim is false.
pub fn counterexample(
    program: &Program,
    claims: &[Claim],
    tries: u64,
    random: &mut Random,
) -> Option<Vec<BigInt>> {
    let all = input_count(program, tries.max(1 << 12));
    (0..all.unwrap_or(tries)).find_map(|number| {
        let inputs = match all {
            Some(_) => input(program, number),
            None => program
                .params()
                .map(|(lo, hi)| random.within(lo, hi))
                .collect(),
        };
        let values = program.run(&inputs)?;
        let holds = claims.iter().all(|claim| claim.holds(&values, &inputs));
        (!holds).then_some(inputs)
    })
}

/// A prime in words of this many bits.
pub fn machine(p: u64, bits: u32) -> Machine {
    Machine { p: p.into(), bits }
}

/// Small primes in small words of all kinds: with and without a spare bit, 2^n - 1, 2^2k - 2^k + 1.
pub fn small_machines() -> Vec<Machine> {
    [(3, 4), (7, 3), (7, 4), (13, 4), (13, 5), (31, 6), (241, 8)]
        .map(|(p, bits)| machine(p, bits))
        .to_vec()
}

/// The primes of proof systems.
pub fn real_machines() -> Vec<(&'static str, Machine)> {
    vec![
        ("babybear", machine(2_013_265_921, 32)),
        ("koalabear", machine(2_130_706_433, 32)),
        ("mersenne31", machine(0x7fff_ffff, 32)),
        ("goldilocks", machine(0xffff_ffff_0000_0001, 64)),
    ]
}
