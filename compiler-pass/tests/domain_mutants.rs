//! A mutation campaign: idioms with changed constants, operations, operands, widths, conditions and ranges.
//! Whatever the domain claims of a mutant has to hold; most mutants are wrong, and some are right.
//!
//! `ZKTR_DOMAIN_MUTANTS` sets the number of mutants for each idiom, `ZKTR_DOMAIN_SEED` the seed.

mod domain_support;

use domain_support::goldilocks;
use domain_support::idioms::{self, Idiom};
use domain_support::*;
use zktr_pass::domain::{BinaryOp, Condition, Domain};

const RUNS: usize = 80;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Operations that a slip of the pen could exchange.
fn other_op(op: BinaryOp, random: &mut Random) -> BinaryOp {
    use BinaryOp::*;
    random.pick(match op {
        Add | Sub | Or | Xor => &[Add, Sub, Or, Xor],
        Mul | UMulHi | SMulHi => &[Mul, UMulHi, SMulHi, Add],
        And => &[And, Or, Xor, URem],
        Shl | ShrU | ShrS => &[Shl, ShrU, ShrS],
        UDiv | URem => &[UDiv, URem, And],
        UMin | UMax | SMin | SMax => &[UMin, UMax, SMin, SMax],
    })
}

fn other_condition(random: &mut Random) -> Condition {
    use Condition::*;
    random.pick(&[Eq, Ne, Ult, Ule, Ugt, Uge, Slt, Sle, Sgt, Sge])
}

fn other_constant(bits: u8, value: u128, p: u64, random: &mut Random) -> u128 {
    let p = u128::from(p);
    let near = [
        value.wrapping_add(1),
        value.wrapping_sub(1),
        value ^ (1 << random.below(usize::from(bits))),
        value.wrapping_add(p),
        value.wrapping_neg(),
        value << 1,
        value >> 1,
        0,
        1,
        p,
        p - 1,
        p + 1,
        2 * p,
        p << 32,
        u128::from(u32::MAX),
        u128::from(inverse_pow2(p as u64)) & u128::from(u32::MAX),
        u128::from(random.pick(&MODULI)),
        u128::from(random.next()),
    ];
    random.pick(&near) & mask(bits)
}

/// Changes one place of a program; the result need not be well formed.
fn mutate(program: &mut Program, p: u64, random: &mut Random) {
    let leaves = program.leaves.len();
    if random.below(8) == 0 {
        let leaf = &mut program.leaves[random.below(leaves)];
        let p = u128::from(p);
        leaf.hi = random.pick(&[
            p - 2,
            p,
            p + 1,
            2 * p,
            u128::from(u32::MAX),
            leaf.hi / 2,
            leaf.hi + 1,
        ]);
        leaf.hi = leaf.hi.clamp(leaf.lo, mask(leaf.bits));
        return;
    }
    let index = random.below(program.insts.len());
    let before = leaves + index;
    let widths = [8, 16, 31, 32, 33, 48, 63, 64];
    let inst = match program.insts[index] {
        Inst::Const(bits, value) => Inst::Const(bits, other_constant(bits, value, p, random)),
        Inst::Binary(op, a, b) => match random.below(4) {
            0 => Inst::Binary(other_op(op, random), a, b),
            1 => Inst::Binary(op, random.below(before), b),
            2 => Inst::Binary(op, a, random.below(before)),
            _ => Inst::Binary(op, b, a),
        },
        Inst::Icmp(condition, a, b) => match random.below(4) {
            0 | 1 => Inst::Icmp(other_condition(random), a, b),
            2 => Inst::Icmp(condition, random.below(before), b),
            _ => Inst::Icmp(condition, a, random.below(before)),
        },
        Inst::Select(c, a, b) => match random.below(4) {
            0 => Inst::Select(random.below(before), a, b),
            1 => Inst::Select(c, random.below(before), b),
            2 => Inst::Select(c, a, random.below(before)),
            _ => Inst::Select(c, b, a),
        },
        Inst::Uextend(a, bits) => match random.below(3) {
            0 => Inst::Sextend(a, bits),
            1 => Inst::Uextend(random.below(before), bits),
            _ => Inst::Uextend(a, random.pick(&widths)),
        },
        Inst::Sextend(a, bits) => Inst::Uextend(a, bits),
        Inst::Ireduce(a, bits) => match random.below(2) {
            0 => Inst::Ireduce(random.below(before), bits),
            _ => Inst::Ireduce(a, random.pick(&widths)),
        },
        Inst::Neg(a) => Inst::Not(a),
        Inst::Not(a) => Inst::Neg(a),
        Inst::Assume(a, lo, hi) => Inst::Assume(a, lo / 2, hi.saturating_add(1)),
    };
    program.insts[index] = inst;
}

/// A mutant that differs from the idiom and is well formed.
fn mutant(idiom: &Idiom, random: &mut Random) -> Option<Program> {
    let mut program = idiom.program.clone();
    mutate(&mut program, idiom.p, random);
    if random.below(4) == 0 {
        mutate(&mut program, idiom.p, random);
    }
    (program.is_well_formed() && program != idiom.program).then_some(program)
}

#[test]
fn no_claim_about_a_mutant_is_false() {
    let seed = setting("ZKTR_DOMAIN_SEED", 1);
    let per_idiom = setting("ZKTR_DOMAIN_MUTANTS", 40);
    let mut random = Random(seed);
    let (mut mutants, mut claimed, mut canonical) = (0u64, 0u64, 0u64);
    let fields = [BABYBEAR, KOALABEAR];
    for idiom in fields
        .into_iter()
        .flat_map(idioms::all)
        .chain(idioms::mersenne())
        .chain(goldilocks::all())
    {
        for _ in 0..per_idiom {
            let Some(program) = mutant(&idiom, &mut random) else {
                continue;
            };
            mutants += 1;
            let mut domain = Domain::new(&MODULI);
            let claims = Claims::of(&program, &mut domain);
            if let Some(is_canonical) = claims.last_residue(idiom.p) {
                claimed += 1;
                canonical += u64::from(is_canonical);
            }
            for _ in 0..RUNS {
                let inputs = random.inputs(&program);
                let Some(values) = program.run(&inputs) else {
                    continue;
                };
                if let Some(message) = claims.refuted(&inputs, &values) {
                    panic!(
                        "seed {seed}, {}: {message}\ninputs {inputs:?}\n{program:#?}",
                        idiom.name
                    );
                }
            }
        }
    }
    println!(
        "seed {seed}: {mutants} mutants, {claimed} with a residue, {canonical} of them canonical"
    );
    assert!(mutants > per_idiom * 100, "the campaign ran: {mutants}");
    // Some mutants are still right: another operand order, a multiple of p more, a tighter range.
    assert!(
        claimed > mutants / 50 && claimed < mutants,
        "{claimed} of {mutants}"
    );
}
