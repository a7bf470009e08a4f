//! Addresses, counters and conditions as integers, ranges, and the limits of the domain.

mod domain_support;

use domain_support::*;
use proptest::prelude::*;
use zktr_pass::domain::{BinaryOp as Op, Condition, Domain, IntPoly, IntTerm, Value};

const WORD: u128 = u64::MAX as u128;

fn poly(terms: &[(i128, &[u32])]) -> IntPoly {
    let mut terms: Vec<IntTerm> = terms
        .iter()
        .map(|&(coefficient, factors)| IntTerm {
            coefficient,
            factors: factors.to_vec(),
        })
        .collect();
    terms.sort();
    IntPoly { terms }
}

fn imm(domain: &mut Domain, op: Op, a: Value, value: u128) -> Value {
    let b = domain.constant(a.bits(), value);
    domain.binary(op, a, b)
}

#[test]
fn addresses_are_polynomials_of_base_and_counters() {
    let mut d = Domain::new(&[]);
    let base = d.leaf(0, 64, 0, 1 << 48);
    let (i, j) = (d.leaf(1, 64, 0, 1 << 20), d.leaf(2, 64, 0, 1 << 20));
    let width = d.leaf(3, 64, 0, 64);
    let column = imm(&mut d, Op::Shl, i, 2);
    let row = d.binary(Op::Mul, j, width);
    let row = imm(&mut d, Op::Mul, row, 16);
    let address = d.binary(Op::Add, base, column);
    let address = d.binary(Op::Add, row, address);
    let address = imm(&mut d, Op::Sub, address, 4);
    // The last step may wrap, so the address itself is no polynomial; up to wraps it is.
    assert_eq!(d.polynomial(address), None);
    let expected = poly(&[(-4, &[]), (1, &[0]), (4, &[1]), (16, &[2, 3])]);
    assert_eq!(d.wrapping_polynomial(address), Some(expected.clone()));
    let (exact, found) = d.unwrapped(address).expect("a polynomial up to wraps");
    assert_eq!(found, expected);
    assert_eq!(d.polynomial(exact), Some(expected));
    assert_eq!(d.interval(exact).0, 0);
    let next = imm(&mut d, Op::Add, exact, 4);
    let expected = poly(&[(1, &[0]), (4, &[1]), (16, &[2, 3])]);
    assert_eq!(d.polynomial(next), Some(expected));
}

#[test]
fn addresses_of_unbounded_words_are_polynomials_up_to_wraps() {
    let mut d = Domain::new(&[BABYBEAR]);
    let leaves: Vec<Value> = (0..4).map(|o| d.leaf(o, 64, 0, WORD)).collect();
    let row = d.binary(Op::Mul, leaves[1], leaves[2]);
    let row = d.binary(Op::Mul, row, leaves[3]);
    let row = imm(&mut d, Op::Shl, row, 4);
    let address = d.binary(Op::Add, row, leaves[0]);
    assert_eq!(d.polynomial(address), None);
    let expected = poly(&[(1, &[0]), (16, &[1, 2, 3])]);
    assert_eq!(d.wrapping_polynomial(address), Some(expected));
}

#[test]
fn pointers_of_32_bits_need_a_check_before_they_are_extended() {
    let mut d = Domain::new(&[]);
    let (base, i) = (
        d.leaf(0, 32, 0, u32::MAX.into()),
        d.leaf(1, 32, 0, u32::MAX.into()),
    );
    let offset = imm(&mut d, Op::Mul, i, 4);
    let pointer = d.binary(Op::Add, base, offset);
    let extended = d.uextend(pointer, 64);
    assert_eq!(d.polynomial(extended), None);
    assert_eq!(d.wrapping_polynomial(extended), None);
    let (exact, found) = d.unwrapped(pointer).expect("a polynomial up to wraps");
    assert_eq!(found, poly(&[(1, &[0]), (4, &[1])]));
    let extended = d.uextend(exact, 64);
    let memory = d.leaf(2, 64, 0, 1 << 47);
    let address = d.binary(Op::Add, memory, extended);
    assert_eq!(
        d.polynomial(address),
        Some(poly(&[(1, &[2]), (1, &[0]), (4, &[1])]))
    );
}

#[test]
fn byte_counts_divide_exactly() {
    let mut d = Domain::new(&[]);
    let n = d.leaf(0, 64, 0, 1 << 30);
    let bytes = imm(&mut d, Op::Mul, n, 12);
    assert!(d.divisible(bytes, 4) && d.divisible(bytes, 3) && !d.divisible(bytes, 8));
    let words = d.exact_div(bytes, 4).expect("divisible");
    assert_eq!(d.polynomial(words), Some(poly(&[(3, &[0])])));
    assert_eq!(d.interval(words), (0, 3 << 30));
    let odd = imm(&mut d, Op::Add, bytes, 2);
    assert!(d.divisible(odd, 2) && !d.divisible(odd, 4));
    assert!(d.exact_div(odd, 4).is_none() && d.exact_div(odd, 0).is_none());
    let shifted = imm(&mut d, Op::ShrU, bytes, 2);
    assert_eq!(d.polynomial(shifted), Some(poly(&[(3, &[0])])));
}

#[test]
fn joined_and_masked_words_are_sums() {
    let mut d = Domain::new(&[]);
    let (high, low) = (
        d.leaf(0, 32, 0, u32::MAX.into()),
        d.leaf(1, 32, 0, u32::MAX.into()),
    );
    let (high, low) = (d.uextend(high, 64), d.uextend(low, 64));
    let high = imm(&mut d, Op::Shl, high, 32);
    for op in [Op::Or, Op::Xor, Op::Add] {
        let word = d.binary(op, high, low);
        assert_eq!(
            d.polynomial(word),
            Some(poly(&[(1 << 32, &[0]), (1, &[1])])),
            "{op:?}"
        );
        // And apart again.
        let upper = imm(&mut d, Op::ShrU, word, 32);
        assert_eq!(d.polynomial(upper), Some(poly(&[(1, &[0])])));
        let lower = d.ireduce(word, 32);
        assert_eq!(d.polynomial(lower), Some(poly(&[(1, &[1])])));
        let masked = imm(&mut d, Op::And, word, 0xffff_ffff_0000_0000);
        assert_eq!(d.polynomial(masked), Some(poly(&[(1 << 32, &[0])])));
    }
    let word = d.leaf(2, 64, 0, WORD);
    let (even, odd) = (
        imm(&mut d, Op::And, word, !1),
        imm(&mut d, Op::And, word, 1),
    );
    assert!(d.divisible(even, 2));
    assert_eq!(d.interval(odd), (0, 1));
    let back = d.binary(Op::Or, even, odd);
    assert_eq!(
        d.polynomial(back),
        Some(poly(&[(1, &[2])])),
        "{}",
        d.describe(back)
    );
}

#[test]
fn limbs_of_a_word_have_their_ranges() {
    let mut d = Domain::new(&[]);
    let word = d.leaf(0, 32, 0, u32::MAX.into());
    let mut sum = d.constant(32, 0);
    for k in 0..4u128 {
        let limb = imm(&mut d, Op::ShrU, word, 8 * k);
        let limb = imm(&mut d, Op::And, limb, 0xff);
        assert_eq!(d.interval(limb), (0, 255));
        let back = imm(&mut d, Op::Shl, limb, 8 * k);
        sum = d.binary(Op::Add, sum, back);
    }
    assert_eq!(d.polynomial(sum), Some(poly(&[(1, &[0])])));
}

#[test]
fn nested_and_magic_quotients_are_one_quotient() {
    let mut d = Domain::new(&[]);
    let x = d.leaf(0, 32, 0, u32::MAX.into());
    for divisor in [3u64, 5, 7, 10, 641, 1000, 65537, u64::from(u32::MAX)] {
        let Some((multiplier, shift)) = spelling::short_magic(divisor, 32) else {
            continue;
        };
        let high = imm(&mut d, Op::UMulHi, x, multiplier.into());
        let quotient = imm(&mut d, Op::ShrU, high, shift.into());
        let expected = imm(&mut d, Op::UDiv, x, divisor.into());
        let difference = d.binary(Op::Sub, quotient, expected);
        assert_eq!(
            d.constant_value(difference),
            Some(0),
            "{divisor}: {}",
            d.describe(quotient)
        );
        if divisor * 6 > u64::from(u32::MAX) {
            continue;
        }
        let twice = imm(&mut d, Op::UDiv, quotient, 6);
        let once = imm(&mut d, Op::UDiv, x, u128::from(divisor) * 6);
        let difference = d.binary(Op::Sub, twice, once);
        assert_eq!(d.constant_value(difference), Some(0), "{divisor}");
    }
}

#[test]
fn assumptions_narrow_what_depends_on_them_only() {
    let mut d = Domain::new(&MODULI);
    let x = d.leaf(0, 32, 0, u32::MAX.into());
    let y = d.leaf(1, 32, 0, u128::from(BABYBEAR) - 1);
    let narrow = d.assume_range(x, 0, u128::from(BABYBEAR) - 1);
    for (x, canonical) in [(narrow, true), (x, false)] {
        let sum = d.binary(Op::Add, x, y);
        let less = imm(&mut d, Op::Sub, sum, BABYBEAR.into());
        let r = d.binary(Op::UMin, sum, less);
        assert_eq!(d.residue(r, 0).is_some_and(|r| r.canonical), canonical);
    }
    assert_eq!(d.interval(narrow), (0, u128::from(BABYBEAR) - 1));
    assert_eq!(d.interval(x), (0, u32::MAX.into()));
    assert_eq!(d.polynomial(narrow), Some(poly(&[(1, &[0])])));
    let again = d.leaf(0, 32, 5, 9);
    assert_eq!(d.interval(again), (5, 9));
    let zero = d.binary(Op::Sub, again, x);
    assert_eq!(d.constant_value(zero), Some(0));
}

#[test]
fn conditions_correlate() {
    let mut d = Domain::new(&[]);
    let (x, y) = (d.leaf(0, 64, 0, WORD), d.leaf(1, 64, 0, WORD));
    let (less, at_least) = (d.icmp(Condition::Ult, x, y), d.icmp(Condition::Uge, x, y));
    let both = d.binary(Op::And, less, at_least);
    assert_eq!(d.constant_value(both), Some(0));
    let either = d.binary(Op::Or, less, at_least);
    assert_eq!(d.constant_value(either), Some(1));
    let lesser = d.select(less, x, y);
    let minimum = d.binary(Op::UMin, x, y);
    let same = d.icmp(Condition::Eq, lesser, minimum);
    assert_eq!(d.constant_value(same), Some(1), "{}", d.describe(same));
    // A condition that is no comparison.
    let (one, two) = (d.constant(32, 1), d.constant(32, 2));
    let chosen = d.select(x, one, two);
    assert_eq!(d.interval(chosen), (1, 2));
    let zero = d.constant(64, 0);
    let nonzero = d.icmp(Condition::Ne, x, zero);
    let like = d.select(nonzero, one, two);
    let same = d.icmp(Condition::Eq, chosen, like);
    assert_eq!(d.constant_value(same), Some(1));
}

#[test]
fn division_by_zero_and_words_of_128_bits_claim_nothing() {
    let mut d = Domain::new(&MODULI);
    let x = d.leaf(0, 64, 0, WORD);
    let rest = imm(&mut d, Op::URem, x, 0);
    assert_eq!(d.polynomial(rest), None);
    let wide = d.leaf(1, 128, 0, u128::MAX);
    let sum = d.binary(Op::Add, wide, wide);
    assert_eq!(d.interval(sum), (0, u128::MAX));
    assert!(d.polynomial(sum).is_none() && d.residue(sum, 0).is_none() && !d.divisible(sum, 1));
    assert!(d.wrapping_polynomial(sum).is_none() && d.unwrapped(sum).is_none());
    let extended = d.uextend(x, 128);
    let low = d.ireduce(extended, 64);
    assert_eq!(d.interval(low), (0, WORD));
    assert!(d.residue(x, 99).is_none());
}

#[test]
fn long_chains_stay_small() {
    // Each step could double the cases, the terms or the degree.
    let mut d = Domain::new(&MODULI);
    let (x, y) = (d.leaf(0, 64, 0, WORD), d.leaf(1, 64, 0, WORD));
    let mut value = x;
    for step in 0..600u128 {
        let less = d.icmp(Condition::Ult, value, y);
        let other = imm(&mut d, Op::Mul, value, 2 * step + 3);
        let other = d.binary(Op::Mul, other, value);
        let other = imm(&mut d, Op::Xor, other, step << 20);
        let other = d.binary(Op::Sub, other, y);
        let shifted = imm(&mut d, Op::ShrU, other, step % 64);
        value = d.select(less, shifted, other);
        value = d.binary(Op::Add, value, x);
    }
    assert!(d.interval(value).1 <= WORD);
}

proptest! {
    #[test]
    fn no_operands_make_an_operation_panic(
        widths in prop::collection::vec(any::<u8>(), 2..5),
        ranges in prop::collection::vec(any::<(u128, u128)>(), 5),
        steps in prop::collection::vec(any::<(u8, u8, u8, u8)>(), 0..20),
        moduli in prop::collection::vec(any::<u64>(), 0..3),
    ) {
        let mut d = Domain::new(&moduli);
        let mut values = Vec::new();
        for (index, (&bits, &(lo, hi))) in widths.iter().zip(&ranges).enumerate() {
            values.push(d.leaf(index as u32 % 3, bits, lo, hi));
            values.push(d.constant(bits, lo));
        }
        for (op, x, y, z) in steps {
            let at = |i: u8| values[usize::from(i) % values.len()];
            let (a, b, c) = (at(x), at(y), at(z));
            let ops = [Op::Add, Op::Sub, Op::Mul, Op::UMulHi, Op::SMulHi, Op::And, Op::Or, Op::Xor, Op::Shl,
                Op::ShrU, Op::ShrS, Op::UDiv, Op::URem, Op::UMin, Op::UMax, Op::SMin, Op::SMax];
            let value = match op % 8 {
                0..=3 => d.binary(ops[usize::from(z) % ops.len()], a, b),
                4 => d.icmp([Condition::Slt, Condition::Ult, Condition::Eq][usize::from(z) % 3], a, b),
                5 => d.select(c, a, b),
                6 => [d.uextend(a, y), d.sextend(a, y), d.ireduce(a, y)][usize::from(z) % 3],
                _ => d.assume_range(a, x.into(), ranges[usize::from(z) % 5].0),
            };
            values.push(value);
            let _ = (d.interval(value), d.polynomial(value), d.wrapping_polynomial(value), d.unwrapped(value));
            let _ = (d.residue(value, 0), d.exact_div(value, ranges[0].0 as u64), d.describe(value));
        }
    }
}
