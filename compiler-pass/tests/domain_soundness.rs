//! Every claim of the domain about a value of a random program holds in concrete runs.

mod domain_support;

use domain_support::*;
use proptest::prelude::*;
use zktr_pass::domain::{BinaryOp, Condition, Domain};

/// Raw material of an instruction; every combination means something.
type Raw = (u8, u8, u8, u8, u64);

const OPS: [BinaryOp; 17] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::UMulHi,
    BinaryOp::SMulHi,
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Xor,
    BinaryOp::Shl,
    BinaryOp::ShrU,
    BinaryOp::ShrS,
    BinaryOp::UDiv,
    BinaryOp::URem,
    BinaryOp::UMin,
    BinaryOp::UMax,
    BinaryOp::SMin,
    BinaryOp::SMax,
];

const CONDITIONS: [Condition; 10] = [
    Condition::Eq,
    Condition::Ne,
    Condition::Ult,
    Condition::Ule,
    Condition::Ugt,
    Condition::Uge,
    Condition::Slt,
    Condition::Sle,
    Condition::Sgt,
    Condition::Sge,
];

/// A constant that is likely to matter, or any.
fn constant(kind: u8, raw: u64) -> u64 {
    let p = MODULI[raw as usize % MODULI.len()];
    let shift = (raw >> 8) % 64;
    match kind % 14 {
        0 => p,
        1 => inverse_pow2(p),
        2 => inverse_pow2(p).wrapping_neg() & 0xffff_ffff,
        3 => p << 32,
        4 => (1 << shift) - 1,
        5 => 1 << shift,
        6 => p.wrapping_neg(),
        7 => u64::MAX << shift,
        8 => raw % 8,
        9 => p.div_ceil(2),
        10 => raw >> shift,
        // Words times these turn a few times only.
        11 => (raw % 8).wrapping_neg(),
        12 => (1u64 << shift).wrapping_sub(raw % 4),
        _ => raw,
    }
}

/// The operand that a byte chooses among the values of a width; there is always one.
fn operand(program: &mut Program, choice: u8, bits: u8) -> Ref {
    let candidates: Vec<Ref> = (0..program.len())
        .filter(|&v| program.bits(v) == bits)
        .collect();
    if candidates.is_empty() {
        return program.push(Inst::Const(bits, u128::from(choice) & mask(bits)));
    }
    // Late values are the interesting ones.
    let from_end = usize::from(choice) % candidates.len().min(6);
    candidates[candidates.len() - 1 - from_end]
}

fn build(leaves: &[(u8, u64, u64)], raw: &[Raw]) -> Program {
    let mut program = Program::default();
    for &(kind, a, b) in leaves {
        let bits = [8, 32, 32, 64][usize::from(kind) % 4];
        let (lo, hi) = match kind / 4 % 4 {
            0 => (0, mask(bits)),
            1 => (0, (u128::from(BABYBEAR) - 1).min(mask(bits))),
            2 => (0, (u128::from(KOALABEAR) - 1).min(mask(bits))),
            _ => {
                let (a, b) = (u128::from(a) & mask(bits), u128::from(b) & mask(bits));
                (a.min(b), a.max(b))
            }
        };
        program.leaves.push(Leaf { bits, lo, hi });
    }
    for &(kind, x, y, z, k) in raw {
        let any = |program: &Program, choice: u8| {
            let from_end = usize::from(choice) % program.len().min(8);
            program.len() - 1 - from_end
        };
        let a = any(&program, x);
        let bits = program.bits(a);
        let inst = match kind % 16 {
            0..=3 => {
                let b = operand(&mut program, y, bits);
                Inst::Binary(OPS[usize::from(z) % OPS.len()], a, b)
            }
            4..=8 => {
                let op = OPS[usize::from(z) % OPS.len()];
                let value = match op {
                    BinaryOp::Shl | BinaryOp::ShrU | BinaryOp::ShrS => k % 64,
                    _ => constant(y, k),
                };
                let b = program.push(Inst::Const(bits, u128::from(value) & mask(bits)));
                if k & 1 == 0 && op == BinaryOp::Sub {
                    Inst::Binary(op, b, a)
                } else {
                    Inst::Binary(op, a, b)
                }
            }
            9 | 10 => {
                let b = if y & 1 == 0 {
                    operand(&mut program, y >> 1, bits)
                } else {
                    program.push(Inst::Const(
                        bits,
                        u128::from(constant(y >> 1, k)) & mask(bits),
                    ))
                };
                Inst::Icmp(CONDITIONS[usize::from(z) % CONDITIONS.len()], a, b)
            }
            11 | 12 => {
                let condition = operand(&mut program, z, 8);
                let b = operand(&mut program, y, bits);
                Inst::Select(condition, a, b)
            }
            13 => Inst::Uextend(a, [32, 64][usize::from(y) % 2].max(bits)),
            14 => match y % 4 {
                0 => Inst::Sextend(a, [32, 64][usize::from(z) % 2].max(bits)),
                1 => Inst::Neg(a),
                2 => Inst::Not(a),
                _ => {
                    let (lo, hi) = (u128::from(constant(z, k)), u128::from(constant(y / 4, k)));
                    Inst::Assume(a, lo.min(hi), lo.max(hi))
                }
            },
            _ => Inst::Ireduce(a, [8, 32][usize::from(y) % 2].min(bits)),
        };
        program.push(inst);
    }
    program
}

fn check(program: &Program, seed: u64, runs: usize) -> Result<(), TestCaseError> {
    prop_assert!(program.is_well_formed());
    let mut domain = Domain::new(&MODULI);
    let claims = Claims::of(program, &mut domain);
    let mut random = Random(seed);
    for _ in 0..runs {
        let inputs = random.inputs(program);
        let Some(values) = program.run(&inputs) else {
            continue;
        };
        if let Some(message) = claims.refuted(&inputs, &values) {
            prop_assert!(false, "{message}\ninputs {inputs:?}\n{program:#?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(3000), ..ProptestConfig::default() })]

    #[test]
    fn claims_about_random_programs_hold(
        leaves in prop::collection::vec(any::<(u8, u64, u64)>(), 1..4),
        raw in prop::collection::vec(any::<Raw>(), 1..24),
        seed in any::<u64>(),
    ) {
        check(&build(&leaves, &raw), seed, 40)?;
    }

    #[test]
    fn claims_about_narrow_programs_hold_for_all_inputs(
        raw in prop::collection::vec(any::<Raw>(), 1..10),
    ) {
        // One word of 8 bits: all of its values are tried.
        let program = build(&[(0, 0, 0)], &raw);
        let mut domain = Domain::new(&MODULI);
        let claims = Claims::of(&program, &mut domain);
        for input in 0..=u128::from(u8::MAX) {
            let Some(values) = program.run(&[input]) else { continue };
            if let Some(message) = claims.refuted(&[input], &values) {
                prop_assert!(false, "{message}\ninput {input}\n{program:#?}");
            }
        }
    }
}
