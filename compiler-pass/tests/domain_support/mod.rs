//! Small straight-line programs that run both concretely and in the abstract domain, and a check that
//! every claim of the domain holds in a concrete run.

// Each test file that includes this module uses a part of it.
#![allow(dead_code)]

pub mod goldilocks;
pub mod idioms;
pub mod spelling;

use zktr_pass::domain::{BinaryOp, Condition, Domain, FieldPoly, FieldTerm, IntPoly, Value};

pub const BABYBEAR: u64 = 2013265921;
pub const KOALABEAR: u64 = 2130706433;
pub const MERSENNE31: u64 = (1 << 31) - 1;
pub const GOLDILOCKS: u64 = 0xffff_ffff_0000_0001;
/// The moduli of all domains in the tests; [`modulus_index`] is the index.
pub const MODULI: [u64; 4] = [BABYBEAR, KOALABEAR, MERSENNE31, GOLDILOCKS];

pub fn modulus_index(p: u64) -> usize {
    MODULI
        .iter()
        .position(|&m| m == p)
        .expect("one of the moduli")
}

/// A value of a program: leaves first, then one for each instruction.
pub type Ref = usize;

/// An unknown input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    pub bits: u8,
    pub lo: u128,
    pub hi: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inst {
    Const(u8, u128),
    Binary(BinaryOp, Ref, Ref),
    Neg(Ref),
    Not(Ref),
    Icmp(Condition, Ref, Ref),
    Select(Ref, Ref, Ref),
    Uextend(Ref, u8),
    Sextend(Ref, u8),
    Ireduce(Ref, u8),
    /// The caller's promise that the value is in the range; runs that break it do not count.
    Assume(Ref, u128, u128),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    pub leaves: Vec<Leaf>,
    pub insts: Vec<Inst>,
}

pub fn mask(bits: u8) -> u128 {
    (1u128 << bits) - 1
}

fn signed(value: u128, bits: u8) -> i128 {
    let value = value as i128;
    if value >> (bits - 1) != 0 {
        value - (1 << bits)
    } else {
        value
    }
}

pub fn holds(condition: Condition, a: u128, b: u128, bits: u8) -> bool {
    let (x, y) = (signed(a, bits), signed(b, bits));
    match condition {
        Condition::Eq => a == b,
        Condition::Ne => a != b,
        Condition::Ult => a < b,
        Condition::Ule => a <= b,
        Condition::Ugt => a > b,
        Condition::Uge => a >= b,
        Condition::Slt => x < y,
        Condition::Sle => x <= y,
        Condition::Sgt => x > y,
        Condition::Sge => x >= y,
    }
}

/// CLIF's semantics, by the book. Nothing for a division by zero.
pub fn eval_binary(op: BinaryOp, bits: u8, a: u128, b: u128) -> Option<u128> {
    let amount = (b % u128::from(bits)) as u32;
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a.wrapping_sub(b),
        BinaryOp::Mul => a * b,
        BinaryOp::UMulHi => (a * b) >> bits,
        BinaryOp::SMulHi => ((signed(a, bits) * signed(b, bits)) >> bits) as u128,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Shl => a << amount,
        BinaryOp::ShrU => a >> amount,
        BinaryOp::ShrS => (signed(a, bits) >> amount) as u128,
        BinaryOp::UDiv => a.checked_div(b)?,
        BinaryOp::URem => a.checked_rem(b)?,
        BinaryOp::UMin => a.min(b),
        BinaryOp::UMax => a.max(b),
        BinaryOp::SMin => {
            if signed(a, bits) < signed(b, bits) {
                a
            } else {
                b
            }
        }
        BinaryOp::SMax => {
            if signed(a, bits) > signed(b, bits) {
                a
            } else {
                b
            }
        }
    };
    Some(result & mask(bits))
}

impl Program {
    /// The width of a value.
    pub fn bits(&self, value: Ref) -> u8 {
        if let Some(leaf) = self.leaves.get(value) {
            return leaf.bits;
        }
        match self.insts[value - self.leaves.len()] {
            Inst::Const(bits, _) => bits,
            Inst::Binary(_, a, _) | Inst::Neg(a) | Inst::Not(a) | Inst::Assume(a, ..) => {
                self.bits(a)
            }
            Inst::Icmp(..) => 8,
            Inst::Select(_, a, _) => self.bits(a),
            Inst::Uextend(_, bits) | Inst::Sextend(_, bits) | Inst::Ireduce(_, bits) => bits,
        }
    }

    pub fn len(&self) -> usize {
        self.leaves.len() + self.insts.len()
    }

    /// Adds an instruction and returns its value.
    pub fn push(&mut self, inst: Inst) -> Ref {
        self.insts.push(inst);
        self.len() - 1
    }

    /// Whether operands precede their uses and have the widths that CLIF demands.
    pub fn is_well_formed(&self) -> bool {
        let first = self.leaves.len();
        self.insts.iter().enumerate().all(|(index, inst)| {
            let here = first + index;
            let known = |refs: &[Ref]| refs.iter().all(|&r| r < here);
            match *inst {
                Inst::Const(bits, value) => value <= mask(bits),
                Inst::Binary(op, a, b) => {
                    let shift = matches!(op, BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS);
                    known(&[a, b]) && (shift || self.bits(a) == self.bits(b))
                }
                Inst::Icmp(_, a, b) => known(&[a, b]) && self.bits(a) == self.bits(b),
                Inst::Neg(a) | Inst::Not(a) | Inst::Assume(a, ..) => known(&[a]),
                Inst::Select(c, a, b) => known(&[c, a, b]) && self.bits(a) == self.bits(b),
                Inst::Uextend(a, bits) | Inst::Sextend(a, bits) => {
                    known(&[a]) && bits >= self.bits(a)
                }
                Inst::Ireduce(a, bits) => known(&[a]) && bits <= self.bits(a),
            }
        })
    }

    /// All values in a run with these inputs; nothing if it traps or breaks an assumption.
    pub fn run(&self, inputs: &[u128]) -> Option<Vec<u128>> {
        let mut values = inputs.to_vec();
        for (index, inst) in self.insts.iter().enumerate() {
            let bits = self.bits(self.leaves.len() + index);
            let value = match *inst {
                Inst::Const(_, value) => value,
                Inst::Binary(op, a, b) => eval_binary(op, bits, values[a], values[b])?,
                Inst::Neg(a) => values[a].wrapping_neg() & mask(bits),
                Inst::Not(a) => !values[a] & mask(bits),
                Inst::Icmp(c, a, b) => u128::from(holds(c, values[a], values[b], self.bits(a))),
                Inst::Select(c, a, b) => {
                    if values[c] != 0 {
                        values[a]
                    } else {
                        values[b]
                    }
                }
                Inst::Uextend(a, _) => values[a],
                Inst::Sextend(a, _) => signed(values[a], self.bits(a)) as u128 & mask(bits),
                Inst::Ireduce(a, _) => values[a] & mask(bits),
                Inst::Assume(a, lo, hi) => {
                    if values[a] < lo || values[a] > hi {
                        return None;
                    }
                    values[a]
                }
            };
            values.push(value);
        }
        Some(values)
    }

    /// All values in the domain. The origin of a leaf is its index.
    pub fn lift(&self, domain: &mut Domain) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::with_capacity(self.len());
        for (index, leaf) in self.leaves.iter().enumerate() {
            values.push(domain.leaf(index as u32, leaf.bits, leaf.lo, leaf.hi));
        }
        for inst in &self.insts {
            let value = match *inst {
                Inst::Const(bits, value) => domain.constant(bits, value),
                Inst::Binary(op, a, b) => domain.binary(op, values[a], values[b]),
                Inst::Neg(a) => domain.neg(values[a]),
                Inst::Not(a) => domain.not(values[a]),
                Inst::Icmp(c, a, b) => domain.icmp(c, values[a], values[b]),
                Inst::Select(c, a, b) => domain.select(values[c], values[a], values[b]),
                Inst::Uextend(a, bits) => domain.uextend(values[a], bits),
                Inst::Sextend(a, bits) => domain.sextend(values[a], bits),
                Inst::Ireduce(a, bits) => domain.ireduce(values[a], bits),
                Inst::Assume(a, lo, hi) => domain.assume_range(values[a], lo, hi),
            };
            values.push(value);
        }
        values
    }
}

/// A field polynomial from terms in any order: (coefficient, origins with repetition).
pub fn field_poly(p: u64, terms: &[(i128, &[u32])]) -> FieldPoly {
    let mut out: Vec<FieldTerm> = Vec::new();
    for &(coefficient, origins) in terms {
        let mut origins = origins.to_vec();
        origins.sort_unstable();
        let mut factors: Vec<(u32, u64)> = Vec::new();
        for origin in origins {
            match factors.last_mut() {
                Some(last) if last.0 == origin => last.1 += 1,
                _ => factors.push((origin, 1)),
            }
        }
        let coefficient = coefficient.rem_euclid(i128::from(p)) as u64;
        if coefficient != 0 {
            out.push(FieldTerm {
                factors,
                coefficient,
            });
        }
    }
    out.sort();
    FieldPoly { terms: out }
}

pub fn power(base: u64, exponent: u64, p: u64) -> u64 {
    let (mut base, mut exponent, mut result) = (u128::from(base), exponent, 1u128);
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = result * base % u128::from(p);
        }
        base = base * base % u128::from(p);
        exponent >>= 1;
    }
    result as u64
}

pub fn inverse(a: u64, p: u64) -> u64 {
    power(a % p, p - 2, p)
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
pub fn inverse_pow2(a: u64) -> u64 {
    let mut x = a;
    for _ in 0..6 {
        x = x.wrapping_mul(2u64.wrapping_sub(a.wrapping_mul(x)));
    }
    x
}

/// `poly` at the inputs, modulo `p`.
pub fn eval_field(poly: &FieldPoly, inputs: &[u128], p: u64) -> u64 {
    let mut sum = 0u128;
    for term in &poly.terms {
        let mut product = u128::from(term.coefficient);
        for &(origin, exponent) in &term.factors {
            for _ in 0..exponent {
                product = product * (inputs[origin as usize] % u128::from(p)) % u128::from(p);
            }
        }
        sum = (sum + product) % u128::from(p);
    }
    sum as u64
}

/// `poly` at the inputs modulo `m`, for a modulus below 2^64.
pub fn eval_int(poly: &IntPoly, inputs: &[u128], m: u128) -> u128 {
    let reduce = |x: i128| x.rem_euclid(m as i128) as u128;
    poly.terms.iter().fold(0, |sum, term| {
        let factors = term.factors.iter();
        let product = factors.fold(reduce(term.coefficient), |p, &o| {
            p * (inputs[o as usize] % m) % m
        });
        (sum + product) % m
    })
}

/// What the domain claims of each value of a program.
pub struct Claims {
    bits: Vec<u8>,
    intervals: Vec<(u128, u128)>,
    polynomials: Vec<Option<IntPoly>>,
    wrapping: Vec<Option<IntPoly>>,
    residues: Vec<Vec<(u64, FieldPoly, bool)>>,
    divisors: Vec<Vec<u64>>,
}

/// A prime below 2^64 by which exact integer claims are tested.
const TEST_PRIME: u128 = (1 << 61) - 1;

impl Claims {
    pub fn of(program: &Program, domain: &mut Domain) -> Self {
        let values = program.lift(domain);
        let residues = |domain: &mut Domain, value: Value| {
            let found = MODULI.iter().enumerate().filter_map(|(index, &p)| {
                let residue = domain.residue(value, index)?;
                Some((p, residue.poly, residue.canonical))
            });
            found.collect()
        };
        let divisors = |domain: &Domain, value: Value| {
            [2, 3, 4, 1 << 16, 1 << 32, BABYBEAR]
                .into_iter()
                .filter(|&d| domain.divisible(value, d))
                .collect()
        };
        Self {
            bits: values.iter().map(|v| v.bits()).collect(),
            intervals: values.iter().map(|&v| domain.interval(v)).collect(),
            polynomials: values.iter().map(|&v| domain.polynomial(v)).collect(),
            wrapping: values
                .iter()
                .map(|&v| domain.wrapping_polynomial(v))
                .collect(),
            residues: values.iter().map(|&v| residues(domain, v)).collect(),
            divisors: values.iter().map(|&v| divisors(domain, v)).collect(),
        }
    }

    /// Whether the last value has a residue modulo this prime, and then, whether it is canonical.
    pub fn last_residue(&self, p: u64) -> Option<bool> {
        let found = self.residues.last()?.iter().find(|(q, ..)| *q == p)?;
        Some(found.2)
    }

    /// The first claim that a run refutes.
    pub fn refuted(&self, inputs: &[u128], values: &[u128]) -> Option<String> {
        for (index, &value) in values.iter().enumerate() {
            let (lo, hi) = self.intervals[index];
            if value < lo || value > hi {
                return Some(format!(
                    "value {index} = {value} is outside of [{lo}, {hi}]"
                ));
            }
            if let Some(poly) = &self.polynomials[index]
                && eval_int(poly, inputs, TEST_PRIME) != value % TEST_PRIME
            {
                return Some(format!("value {index} = {value} is not {poly:?}"));
            }
            if let Some(poly) = &self.wrapping[index] {
                let bits = self.bits[index];
                if eval_word(poly, inputs, bits) != value {
                    return Some(format!(
                        "value {index} = {value} is not {poly:?} modulo 2^{bits}"
                    ));
                }
            }
            for (p, poly, canonical) in &self.residues[index] {
                if *canonical && value >= u128::from(*p) {
                    return Some(format!("value {index} = {value} is not less than {p}"));
                }
                if u128::from(eval_field(poly, inputs, *p)) != value % u128::from(*p) {
                    return Some(format!("value {index} = {value} is not {poly:?} mod {p}"));
                }
            }
            for divisor in &self.divisors[index] {
                if value % u128::from(*divisor) != 0 {
                    return Some(format!(
                        "value {index} = {value} is no multiple of {divisor}"
                    ));
                }
            }
        }
        None
    }
}

/// `poly` at the inputs modulo `2^bits`.
pub fn eval_word(poly: &IntPoly, inputs: &[u128], bits: u8) -> u128 {
    let sum = poly.terms.iter().fold(0u128, |sum, term| {
        let product = term.factors.iter().fold(term.coefficient as u128, |p, &o| {
            p.wrapping_mul(inputs[o as usize])
        });
        sum.wrapping_add(product)
    });
    sum & mask(bits)
}

/// A small deterministic generator, so that a failure can be repeated from its seed.
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
        (self.next() % bound as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A word in the range, often at a border or next to a multiple of a modulus.
    pub fn word(&mut self, leaf: Leaf) -> u128 {
        let p = u128::from(self.pick(&MODULI));
        let span = leaf.hi - leaf.lo + 1;
        let small = u128::from(self.next() % 4);
        let candidate = match self.below(8) {
            0 => leaf.lo + small,
            1 => leaf.hi.saturating_sub(small),
            2 => (p + small).saturating_sub(2),
            3 => (u128::from(self.next() % 8) * p + small).saturating_sub(2),
            4 => (1u128 << self.below(65))
                .wrapping_add(small)
                .saturating_sub(2),
            5 => u128::from(self.next() >> self.below(64)),
            _ => leaf.lo + u128::from(self.next()) % span,
        };
        if (leaf.lo..=leaf.hi).contains(&candidate) {
            candidate
        } else {
            leaf.lo + candidate % span
        }
    }

    pub fn inputs(&mut self, program: &Program) -> Vec<u128> {
        program.leaves.iter().map(|&leaf| self.word(leaf)).collect()
    }
}
