//! Field operations as real code spells them are recognised as what they are, and near misses are not.

mod domain_support;

use domain_support::goldilocks;
use domain_support::idioms::{self, Idiom};
use domain_support::spelling::{self, Borrow, Builder, Quotient, SUBTRACTS, Subtract};
use domain_support::*;
use zktr_pass::domain::{BinaryOp as Op, Condition, Domain, Residue};

fn fields() -> [u64; 2] {
    [BABYBEAR, KOALABEAR]
}

fn residue_of(program: &Program, p: u64) -> Option<Residue> {
    let mut domain = Domain::new(&MODULI);
    let values = program.lift(&mut domain);
    let last = *values.last().expect("a program has values");
    domain.residue(last, modulus_index(p))
}

fn check(idiom: &Idiom) -> Result<(), String> {
    let mut random = Random(1);
    for _ in 0..200 {
        let inputs = random.inputs(&idiom.program);
        let values = idiom.program.run(&inputs).expect("idioms do not trap");
        let result = *values.last().expect("a program has values");
        let expected = eval_field(&idiom.expected, &inputs, idiom.p);
        if result % u128::from(idiom.p) != u128::from(expected) {
            return Err(format!(
                "{}: the test itself is wrong for {inputs:?}",
                idiom.name
            ));
        }
    }
    let Some(residue) = residue_of(&idiom.program, idiom.p) else {
        let mut domain = Domain::new(&[idiom.p]);
        let values = idiom.program.lift(&mut domain);
        let text: String = values.iter().map(|&v| domain.describe(v)).collect();
        return Err(format!("{}: no residue\n{text}", idiom.name));
    };
    if residue.poly != idiom.expected {
        return Err(format!("{}: {:?}", idiom.name, residue.poly));
    }
    if residue.canonical != idiom.canonical {
        return Err(format!("{}: canonical: {}", idiom.name, residue.canonical));
    }
    Ok(())
}

#[test]
fn every_idiom_is_recognised() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for idiom in fields()
        .into_iter()
        .flat_map(idioms::all)
        .chain(idioms::mersenne())
        .chain(goldilocks::all())
    {
        count += 1;
        if let Err(message) = check(&idiom) {
            wrong.push(format!("p = {}: {message}", idiom.p));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A product of a word and a canonical word, ready for a Montgomery reduction.
fn product_below(p: u64) -> (Builder, Ref) {
    let mut b = Builder::default();
    let (x, y) = (b.any32(), b.below(p));
    let product = b.product(x, y);
    (b, product)
}

fn montgomery_constant(p: u64) -> u64 {
    inverse_pow2(p) & 0xffff_ffff
}

/// The steps of the difference form, each of which a test can get wrong.
struct Difference {
    constant: u64,
    low: u64,
    modulus: u64,
    compare: Condition,
    correction: u64,
    shift: u64,
}

impl Difference {
    fn right(p: u64) -> Self {
        let constant = montgomery_constant(p);
        let compare = Condition::Ult;
        Self {
            constant,
            low: 0xffff_ffff,
            modulus: p,
            compare,
            correction: p,
            shift: 32,
        }
    }

    fn residue(self, p: u64) -> Option<Residue> {
        let (mut b, x) = product_below(p);
        let t = b.imm(Op::Mul, x, self.constant);
        let t = b.imm(Op::And, t, self.low);
        let u = b.imm(Op::Mul, t, self.modulus);
        let d = b.sub(x, u);
        let borrow = b.icmp(self.compare, x, u);
        let shifted = b.imm(Op::ShrU, d, self.shift);
        let high = b.low(shifted);
        let sum = b.imm(Op::Add, high, self.correction);
        let r = b.select(borrow, sum, high);
        residue_of(&b.done(r), p)
    }
}

#[test]
fn montgomery_with_one_step_wrong_has_no_residue() {
    for p in fields() {
        let other = if p == BABYBEAR { KOALABEAR } else { BABYBEAR };
        let right = || Difference::right(p);
        assert!(
            right().residue(p).is_some_and(|r| r.canonical),
            "the control"
        );
        let wrong = [
            (
                "constant",
                Difference {
                    constant: montgomery_constant(p) ^ 2,
                    ..right()
                },
            ),
            (
                "constant of the other field",
                Difference {
                    constant: montgomery_constant(other),
                    ..right()
                },
            ),
            (
                "sign of the constant",
                Difference {
                    constant: montgomery_constant(p).wrapping_neg() & 0xffff_ffff,
                    ..right()
                },
            ),
            (
                "mask",
                Difference {
                    low: 0x7fff_ffff,
                    ..right()
                },
            ),
            (
                "modulus",
                Difference {
                    modulus: other,
                    ..right()
                },
            ),
            (
                "sense of the compare",
                Difference {
                    compare: Condition::Ugt,
                    ..right()
                },
            ),
            (
                "correction of the other field",
                Difference {
                    correction: other,
                    ..right()
                },
            ),
            (
                "correction left out",
                Difference {
                    correction: 0,
                    ..right()
                },
            ),
            (
                "shift",
                Difference {
                    shift: 31,
                    ..right()
                },
            ),
        ];
        for (what, difference) in wrong {
            assert_eq!(difference.residue(p), None, "p = {p}, wrong {what}");
        }
        // A correction for equal halves as well happens for x = 0 only, and gives p.
        let residue = Difference {
            compare: Condition::Ule,
            ..right()
        }
        .residue(p);
        assert!(
            residue.is_none_or(|r| !r.canonical),
            "p = {p}: x = u gives p"
        );
    }
}

#[test]
fn montgomery_of_two_arbitrary_words_is_congruent_only() {
    for p in fields() {
        let mut b = Builder::default();
        let (x, y) = (b.any32(), b.any32());
        let product = b.product(x, y);
        let r = spelling::montgomery(&mut b, product, p, Quotient::Mask64, Borrow::SelectSum);
        let residue = residue_of(&b.done(r), p).expect("still congruent");
        assert!(!residue.canonical);
    }
}

#[test]
fn montgomery_sum_without_correction_is_congruent_only() {
    for p in fields() {
        let (mut b, x) = product_below(p);
        let s = spelling::montgomery_sum(&mut b, x, p, Quotient::Low32);
        let r = b.high(s);
        let residue = residue_of(&b.done(r), p).expect("congruent");
        assert!(!residue.canonical);
    }
}

#[test]
fn montgomery_sum_that_may_overflow_has_no_residue() {
    for p in fields() {
        let mut b = Builder::default();
        let (x, y) = (b.any32(), b.any32());
        let product = b.product(x, y);
        let s = spelling::montgomery_sum(&mut b, product, p, Quotient::Low32);
        let h = b.high(s);
        let r = Subtract::Select.build(&mut b, h, p);
        assert_eq!(residue_of(&b.done(r), p), None);
    }
}

#[test]
fn a_product_in_32_bits_is_no_field_product() {
    for p in fields() {
        let mut b = Builder::default();
        let (x, y) = (b.below(p), b.below(p));
        let product = b.mul(x, y);
        let x = b.wide(product);
        let r = spelling::montgomery(&mut b, x, p, Quotient::Mask64, Borrow::SelectSum);
        assert_eq!(residue_of(&b.done(r), p), None);
    }
}

#[test]
fn too_many_products_for_one_reduction_are_not_canonical() {
    for p in fields() {
        let mut b = Builder::default();
        let leaves: Vec<Ref> = (0..6).map(|_| b.below(p)).collect();
        let first = b.product(leaves[0], leaves[1]);
        let second = b.product(leaves[2], leaves[3]);
        let third = b.product(leaves[4], leaves[5]);
        let sum = b.add(first, second);
        let sum = b.add(sum, third);
        let r = spelling::montgomery(&mut b, sum, p, Quotient::Mask64, Borrow::SelectSum);
        assert!(residue_of(&b.done(r), p).is_none_or(|r| !r.canonical));
    }
}

#[test]
fn a_sum_of_three_with_one_subtraction_has_no_residue() {
    for p in fields() {
        for subtract in SUBTRACTS {
            let mut b = Builder::default();
            let (x, y, z) = (b.below(p), b.below(p), b.below(p));
            let s = b.add(x, y);
            let s = b.add(s, z);
            let r = subtract.build(&mut b, s, p);
            assert_eq!(residue_of(&b.done(r), p), None, "{subtract:?}");
        }
    }
}

#[test]
fn a_sum_of_words_that_may_be_p_or_more_is_not_canonical() {
    for p in fields() {
        for subtract in SUBTRACTS {
            let mut b = Builder::default();
            let (x, y) = (b.below(p), b.any32());
            let s = b.add(x, y);
            let r = subtract.build(&mut b, s, p);
            assert_eq!(
                residue_of(&b.done(r), p),
                None,
                "{subtract:?}: the sum may wrap"
            );

            let mut b = Builder::default();
            let (x, y) = (b.below(p), b.leaf(32, 0, u128::from(p) + 1));
            let s = b.add(x, y);
            let r = subtract.build(&mut b, s, p);
            let residue = residue_of(&b.done(r), p);
            assert!(
                residue.is_none_or(|r| !r.canonical),
                "{subtract:?}: 2p gives p"
            );
        }
    }
}

#[test]
fn an_addition_that_keeps_p_is_not_canonical() {
    for p in fields() {
        let mut b = Builder::default();
        let (x, y) = (b.below(p), b.below(p));
        let s = b.add(x, y);
        let modulus = b.iconst(32, p);
        let d = b.sub(s, modulus);
        let over = b.icmp(Condition::Ugt, s, modulus);
        let r = b.select(over, d, s);
        let residue = residue_of(&b.done(r), p).expect("congruent");
        assert!(!residue.canonical);
    }
}

#[test]
fn a_subtraction_with_the_wrong_compare_has_no_residue() {
    for p in fields() {
        for compare in [Condition::Ugt, Condition::Slt, Condition::Ne] {
            let mut b = Builder::default();
            let (x, y) = (b.any32(), b.below(p));
            let d = b.sub(x, y);
            let sum = b.imm(Op::Add, d, p);
            let borrow = b.icmp(compare, x, y);
            let r = b.select(borrow, sum, d);
            assert_eq!(residue_of(&b.done(r), p), None, "{compare:?}");
        }
    }
}

#[test]
fn a_negation_that_forgets_zero_is_not_canonical() {
    for p in fields() {
        let mut b = Builder::default();
        let x = b.below(p);
        let modulus = b.iconst(32, p);
        let r = b.sub(modulus, x);
        let residue = residue_of(&b.done(r), p).expect("congruent");
        assert!(!residue.canonical);
    }
}

#[test]
fn a_negation_that_is_wrong_for_one_word_has_no_residue() {
    for p in fields() {
        let mut b = Builder::default();
        let x = b.below(p);
        let (modulus, zero, one) = (b.iconst(32, p), b.iconst(32, 0), b.iconst(32, 1));
        let d = b.sub(modulus, x);
        let special = b.icmp(Condition::Eq, x, one);
        let r = b.select(special, zero, d);
        assert_eq!(residue_of(&b.done(r), p), None);
    }
}

#[test]
fn a_magic_remainder_with_a_wrong_multiplier_or_shift_has_no_residue() {
    for p in fields() {
        let (multiplier, shift) = spelling::magic(p, 64);
        for (multiplier, shift) in [
            (multiplier ^ 1, shift),
            (multiplier + (1 << 40), shift),
            (multiplier, shift + 1),
        ] {
            let mut b = Builder::default();
            let x = b.leaf(64, 0, mask(64));
            let high = b.imm(Op::UMulHi, x, multiplier);
            let d = b.sub(x, high);
            let d = b.imm(Op::ShrU, d, 1);
            let sum = b.add(d, high);
            let quotient = b.imm(Op::ShrU, sum, u64::from(shift) - 1);
            let multiple = b.imm(Op::Mul, quotient, p);
            let r = b.sub(x, multiple);
            let residue = residue_of(&b.done(r), p);
            assert!(
                residue.is_none_or(|r| !r.canonical),
                "{multiplier:#x} >> {shift}"
            );
        }
    }
}

#[test]
fn a_remainder_by_another_modulus_has_no_residue() {
    for p in fields() {
        for divisor in [p - 2, p + 2, 2 * p, p / 2] {
            let mut b = Builder::default();
            let x = b.leaf(64, 0, mask(64));
            let r = b.imm(Op::URem, x, divisor);
            let residue = residue_of(&b.done(r), p);
            // Modulo 2p is still congruent modulo p.
            assert!(
                residue.is_none_or(|r| divisor == 2 * p && !r.canonical),
                "{divisor}"
            );
        }
    }
}

#[test]
fn a_conversion_with_a_constant_or_a_condition_wrong_has_no_residue() {
    use goldilocks::Converted;
    let right = Converted::default;
    let residue = |converted: Converted, greatest: u128| {
        let mut b = Builder::default();
        let x = b.leaf(64, 0, greatest);
        let value = converted.build(&mut b, x);
        residue_of(&b.done(value), GOLDILOCKS)
    };
    let form = field_poly(GOLDILOCKS, &[(0xffff_ffff, &[0])]);
    let found = residue(right(), mask(32));
    assert!(found.is_some_and(|r| r.canonical && r.poly == form));
    // From 2^32 + 3 on the upper half wraps.
    for greatest in [(1 << 32) + 3, mask(33)] {
        assert_eq!(residue(right(), greatest), None, "{greatest:#x}");
    }
    let (upper, low, doubled) = (right().upper, right().low, right().doubled);
    let wrong = [
        Converted {
            upper: upper - 1,
            ..right()
        },
        Converted {
            upper: upper + 1,
            ..right()
        },
        Converted {
            low: low + (1 << 20),
            ..right()
        },
        Converted {
            low: low - (1 << 32),
            ..right()
        },
        Converted {
            doubled: doubled + 1,
            ..right()
        },
        Converted {
            doubled: doubled - (1 << 32),
            ..right()
        },
        Converted {
            carry: Condition::Ule,
            ..right()
        },
        Converted {
            carry: Condition::Ugt,
            ..right()
        },
        Converted {
            correction: right().correction + 1,
            ..right()
        },
    ];
    for (n, converted) in wrong.into_iter().enumerate() {
        // A constant may make it a multiple by something else, of which there is nothing false to say.
        let found = residue(converted, mask(32));
        assert!(found.is_none_or(|r| r.poly != form), "{n}");
    }
}

#[test]
fn mersenne_folds_that_keep_too_few_bits_are_wrong() {
    let p = MERSENNE31;
    for (low, shift) in [(p >> 1, 31), (p, 30), (p, 32), ((p << 1) | 1, 31)] {
        let mut b = Builder::default();
        let x = b.leaf(64, 0, (1 << 62) - 1);
        let low = b.imm(Op::And, x, low);
        let high = b.imm(Op::ShrU, x, shift);
        let r = b.add(low, high);
        assert_eq!(residue_of(&b.done(r), p), None, "{low:#x}, {shift}");
    }
}
