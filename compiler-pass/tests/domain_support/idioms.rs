//! Field operations as compilers and libraries spell them, with what they are.

use zktr_pass::domain::{BinaryOp as Op, Condition as Cc, FieldPoly};

use super::spelling::*;
use super::*;

/// A program whose last value is congruent to a polynomial over its leaves.
pub struct Idiom {
    pub name: String,
    pub program: Program,
    pub p: u64,
    pub expected: FieldPoly,
    pub canonical: bool,
}

/// All idioms for one field of 31 bits.
pub fn all(p: u64) -> Vec<Idiom> {
    let mut out = Vec::new();
    let r_inverse = i128::from(inverse(power(2, 32, p), p));
    let half = i128::from(inverse(2, p));
    let mut push = |name: String, b: Builder, value: Ref, terms: &[(i128, &[u32])], canonical| {
        let expected = field_poly(p, terms);
        out.push(Idiom {
            name,
            program: b.done(value),
            p,
            expected,
            canonical,
        });
    };

    for quotient in QUOTIENTS {
        for borrow in BORROWS {
            let mut b = Builder::default();
            let (x, y) = (b.any32(), b.below(p));
            let product = b.product(x, y);
            let r = montgomery(&mut b, product, p, quotient, borrow);
            let name = format!("montgomery difference, {quotient:?}, {borrow:?}");
            push(name, b, r, &[(r_inverse, &[0, 1])], true);
        }
        for subtract in SUBTRACTS {
            let mut b = Builder::default();
            let (x, y) = (b.any32(), b.below(p));
            let product = b.product(x, y);
            let s = montgomery_sum(&mut b, product, p, quotient);
            let h = b.high(s);
            let r = subtract.build(&mut b, h, p);
            let name = format!("montgomery sum, {quotient:?}, {subtract:?}");
            push(name, b, r, &[(r_inverse, &[0, 1])], true);
        }
        let mut b = Builder::default();
        let (x, y) = (b.any32(), b.below(p));
        let product = b.product(x, y);
        let s = montgomery_sum(&mut b, product, p, quotient);
        let limit = b.iconst(64, p << 32);
        let under = b.icmp(Cc::Ult, s, limit);
        let d = b.sub(s, limit);
        let chosen = b.select(under, s, d);
        let r = b.high(chosen);
        push(
            format!("montgomery sum, {quotient:?}, 64-bit compare"),
            b,
            r,
            &[(r_inverse, &[0, 1])],
            true,
        );

        let mut b = Builder::default();
        let (x, y) = (b.any32(), b.below(p));
        let product = b.product(x, y);
        let s = montgomery_sum(&mut b, product, p, quotient);
        let limit = b.iconst(64, p << 32);
        let under = b.icmp(Cc::Ult, s, limit);
        let (zero, modulus) = (b.iconst(32, 0), b.iconst(32, p.wrapping_neg()));
        let correction = b.select(under, zero, modulus);
        let h = b.high(s);
        let r = b.add(correction, h);
        push(
            format!("montgomery sum, {quotient:?}, 64-bit compare, added"),
            b,
            r,
            &[(r_inverse, &[0, 1])],
            true,
        );

        for subtract in SUBTRACTS {
            let mut b = Builder::default();
            let (x, y, acc) = (b.any32(), b.below(p), b.below(p));
            let product = b.product(x, y);
            let t = quotient.build(&mut b, product, inverse_pow2(p) & 0xffff_ffff);
            let u = b.imm(Op::Mul, t, p);
            let d = b.sub(product, u);
            let borrow = b.icmp(Cc::Ult, product, u);
            let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
            let correction = b.select(borrow, modulus, zero);
            let s = b.add(correction, acc);
            let h = b.high(d);
            let s = b.add(s, h);
            let r = subtract.build(&mut b, s, p);
            let name =
                format!("montgomery product fused with an addition, {quotient:?}, {subtract:?}");
            push(name, b, r, &[(r_inverse, &[0, 1]), (1, &[2])], true);
        }
    }

    let mut b = Builder::default();
    let (a, c, d, e) = (b.below(p), b.below(p), b.below(p), b.below(p));
    let first = b.product(a, c);
    let second = b.product(d, e);
    let x = b.add(first, second);
    let r = montgomery(&mut b, x, p, Quotient::Mask64, Borrow::SelectSum);
    push(
        "two products, one montgomery reduction".into(),
        b,
        r,
        &[(r_inverse, &[0, 1]), (r_inverse, &[2, 3])],
        true,
    );

    let mut b = Builder::default();
    let leaves: Vec<Ref> = (0..8).map(|_| b.below(p)).collect();
    let mut sum = b.product(leaves[0], leaves[1]);
    for pair in leaves[2..].chunks(2) {
        let product = b.product(pair[0], pair[1]);
        let s = b.add(sum, product);
        let limit = b.iconst(64, p << 32);
        let d = b.sub(s, limit);
        let over = b.icmp(Cc::Uge, s, limit);
        sum = b.select(over, d, s);
    }
    let r = montgomery(&mut b, sum, p, Quotient::Low32, Borrow::AddSelected);
    let terms: [(i128, &[u32]); 4] = [
        (r_inverse, &[0, 1]),
        (r_inverse, &[2, 3]),
        (r_inverse, &[4, 5]),
        (r_inverse, &[6, 7]),
    ];
    push(
        "four products, subtracting p * 2^32 on the way".into(),
        b,
        r,
        &terms,
        true,
    );

    // A coordinate of a product in an extension of degree 4, and a sum: the correction meets the sum first.
    for subtract in SUBTRACTS {
        let mut b = Builder::default();
        let leaves: Vec<Ref> = (0..9).map(|_| b.below(p)).collect();
        let mut sum = b.product(leaves[0], leaves[1]);
        for pair in leaves[2..8].chunks(2) {
            let product = b.product(pair[0], pair[1]);
            sum = b.add(sum, product);
        }
        let limit = b.iconst(64, p << 32);
        let less = b.sub(sum, limit);
        let under = b.icmp(Cc::Ult, sum, limit);
        let s = b.select(under, sum, less);
        let t = Quotient::Mask64.build(&mut b, sum, inverse_pow2(p) & 0xffff_ffff);
        let u = b.imm(Op::Mul, t, p);
        let borrow = b.icmp(Cc::Ult, s, u);
        let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
        let correction = b.select(borrow, modulus, zero);
        let fused = b.add(correction, leaves[8]);
        let d = b.sub(s, u);
        let h = b.high(d);
        let fused = b.add(fused, h);
        let r = subtract.build(&mut b, fused, p);
        let terms: [(i128, &[u32]); 5] = [
            (r_inverse, &[0, 1]),
            (r_inverse, &[2, 3]),
            (r_inverse, &[4, 5]),
            (r_inverse, &[6, 7]),
            (1, &[8]),
        ];
        push(
            format!("four products, one montgomery reduction fused with an addition, {subtract:?}"),
            b,
            r,
            &terms,
            true,
        );
    }

    let mut b = Builder::default();
    let leaves: Vec<Ref> = (0..8).map(|_| b.below(p)).collect();
    let mut sum = b.product(leaves[0], leaves[1]);
    for pair in leaves[2..].chunks(2) {
        let product = b.product(pair[0], pair[1]);
        sum = b.add(sum, product);
    }
    let rest = b.imm(Op::URem, sum, p);
    let r = b.low(rest);
    let terms: [(i128, &[u32]); 4] = [(1, &[0, 1]), (1, &[2, 3]), (1, &[4, 5]), (1, &[6, 7])];
    push("four products, one remainder".into(), b, r, &terms, true);

    for subtract in SUBTRACTS {
        let mut b = Builder::default();
        let (x, y) = (b.below(p), b.below(p));
        let s = b.add(x, y);
        let r = subtract.build(&mut b, s, p);
        push(
            format!("addition, {subtract:?}"),
            b,
            r,
            &[(1, &[0]), (1, &[1])],
            true,
        );

        let mut b = Builder::default();
        let x = b.below(p);
        let s = b.imm(Op::Shl, x, 1);
        let r = subtract.build(&mut b, s, p);
        push(format!("doubling, {subtract:?}"), b, r, &[(2, &[0])], true);
    }

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let (x, y) = (b.wide(x), b.wide(y));
    let s = b.add(x, y);
    let modulus = b.iconst(64, p);
    let d = b.sub(s, modulus);
    let under = b.icmp(Cc::Ult, s, modulus);
    let chosen = b.select(under, s, d);
    let r = b.low(chosen);
    push(
        "addition in 64 bits".into(),
        b,
        r,
        &[(1, &[0]), (1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let modulus = b.iconst(32, p);
    let complement = b.sub(modulus, y);
    let d = b.sub(x, complement);
    let borrow = b.icmp(Cc::Ult, x, complement);
    let sum = b.add(d, modulus);
    let r = b.select(borrow, sum, d);
    push(
        "addition by subtracting the complement".into(),
        b,
        r,
        &[(1, &[0]), (1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let d = b.sub(x, y);
    let borrow = b.icmp(Cc::Ult, x, y);
    let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
    let correction = b.select(borrow, modulus, zero);
    let r = b.add(d, correction);
    push(
        "subtraction, added select".into(),
        b,
        r,
        &[(1, &[0]), (-1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let d = b.sub(x, y);
    let sum = b.imm(Op::Add, d, p);
    let r = b.bin(Op::UMin, sum, d);
    push(
        "subtraction, minimum".into(),
        b,
        r,
        &[(1, &[0]), (-1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let d = b.sub(x, y);
    let sign = b.imm(Op::ShrS, d, 31);
    let correction = b.imm(Op::And, sign, p);
    let r = b.add(d, correction);
    push(
        "subtraction, sign mask".into(),
        b,
        r,
        &[(1, &[0]), (-1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let d = b.sub(x, y);
    let zero = b.iconst(32, 0);
    let negative = b.icmp(Cc::Slt, d, zero);
    let sum = b.imm(Op::Add, d, p);
    let r = b.select(negative, sum, d);
    push(
        "subtraction, signed compare".into(),
        b,
        r,
        &[(1, &[0]), (-1, &[1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let (x, y) = (b.wide(x), b.wide(y));
    let s = b.imm(Op::Add, x, p);
    let s = b.sub(s, y);
    let rest = b.imm(Op::URem, s, p);
    let r = b.low(rest);
    push(
        "subtraction by a remainder".into(),
        b,
        r,
        &[(1, &[0]), (-1, &[1])],
        true,
    );

    for cc in [Cc::Eq, Cc::Ne] {
        let mut b = Builder::default();
        let x = b.below(p);
        let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
        let d = b.sub(modulus, x);
        let c = b.icmp(cc, x, zero);
        let r = if cc == Cc::Eq {
            b.select(c, zero, d)
        } else {
            b.select(c, d, zero)
        };
        push(format!("negation, {cc:?}"), b, r, &[(-1, &[0])], true);
    }

    let mut b = Builder::default();
    let x = b.below(p);
    let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
    let d = b.sub(modulus, x);
    let r = b.select(x, d, zero);
    push(
        "negation, selected by the word itself".into(),
        b,
        r,
        &[(-1, &[0])],
        true,
    );

    let mut b = Builder::default();
    let x = b.below(p);
    let (modulus, zero) = (b.iconst(32, p), b.iconst(32, 0));
    let d = b.sub(modulus, x);
    let c = b.icmp(Cc::Ne, x, zero);
    let c = b.program.push(Inst::Uextend(c, 32));
    let c = b.program.push(Inst::Neg(c));
    let r = b.bin(Op::And, c, d);
    push("negation, mask".into(), b, r, &[(-1, &[0])], true);

    let mut b = Builder::default();
    let x = b.below(p);
    let odd = b.imm(Op::And, x, 1);
    let sum = b.imm(Op::Add, x, p);
    let chosen = b.select(odd, sum, x);
    let r = b.imm(Op::ShrU, chosen, 1);
    push("halving, select".into(), b, r, &[(half, &[0])], true);

    let mut b = Builder::default();
    let x = b.below(p);
    let odd = b.imm(Op::And, x, 1);
    let correction = b.imm(Op::Mul, odd, p.div_ceil(2));
    let shifted = b.imm(Op::ShrU, x, 1);
    let r = b.add(shifted, correction);
    push("halving, product".into(), b, r, &[(half, &[0])], true);

    let mut b = Builder::default();
    let x = b.any32();
    let r = b.imm(Op::URem, x, p);
    push("remainder in 32 bits".into(), b, r, &[(1, &[0])], true);

    let mut b = Builder::default();
    let x = b.leaf(64, 0, mask(64));
    let r = b.imm(Op::URem, x, p);
    push("remainder in 64 bits".into(), b, r, &[(1, &[0])], true);

    let mut b = Builder::default();
    let x = b.any32();
    let x = b.wide(x);
    let x = b.imm(Op::Shl, x, 32);
    let rest = b.imm(Op::URem, x, p);
    let r = b.low(rest);
    push("to montgomery form".into(), b, r, &[(1 << 32, &[0])], true);

    let mut b = Builder::default();
    let (x, y) = (b.any32(), b.any32());
    let (x, y) = (b.wide(x), b.wide(y));
    let x = b.imm(Op::Shl, x, 32);
    let word = b.bin(Op::Or, x, y);
    let rest = b.imm(Op::URem, word, p);
    let r = b.low(rest);
    push(
        "remainder of two joined words".into(),
        b,
        r,
        &[(1 << 32, &[0]), (1, &[1])],
        true,
    );

    for addend in [false, true] {
        let mut b = Builder::default();
        let (x, y, z) = (b.below(p), b.below(p), b.any32());
        let product = b.product(x, y);
        let z = b.wide(z);
        let sum = if addend { b.add(product, z) } else { product };
        let rest = b.imm(Op::URem, sum, p);
        let r = b.low(rest);
        let terms: &[(i128, &[u32])] = if addend {
            &[(1, &[0, 1]), (1, &[2])]
        } else {
            &[(1, &[0, 1])]
        };
        push(
            format!("canonical product, addend: {addend}"),
            b,
            r,
            terms,
            true,
        );
    }

    // Remainders by magic multiplication, with the additional bit and without.
    for bits in [32u8, 64] {
        let (multiplier, shift) = magic(p, u32::from(bits));
        let mut b = Builder::default();
        let x = b.leaf(bits, 0, mask(bits));
        let high = b.imm(Op::UMulHi, x, multiplier);
        let d = b.sub(x, high);
        let d = b.imm(Op::ShrU, d, 1);
        let sum = b.add(d, high);
        let quotient = b.imm(Op::ShrU, sum, u64::from(shift) - 1);
        let multiple = b.imm(Op::Mul, quotient, p);
        let r = b.sub(x, multiple);
        push(
            format!("magic remainder in {bits} bits, long multiplier"),
            b,
            r,
            &[(1, &[0])],
            true,
        );
    }
    if let Some((multiplier, shift)) = short_magic(p, 32) {
        let mut b = Builder::default();
        let x = b.any32();
        let high = b.imm(Op::UMulHi, x, multiplier);
        let quotient = b.imm(Op::ShrU, high, u64::from(shift));
        let multiple = b.imm(Op::Mul, quotient, p);
        let r = b.sub(x, multiple);
        push(
            "magic remainder in 32 bits".into(),
            b,
            r,
            &[(1, &[0])],
            true,
        );

        let mut b = Builder::default();
        let x = b.any32();
        let wide = b.wide(x);
        let product = b.imm(Op::Mul, wide, multiplier);
        let quotient = b.imm(Op::ShrU, product, u64::from(shift) + 32);
        let quotient = b.low(quotient);
        let multiple = b.imm(Op::Mul, quotient, p);
        let r = b.sub(x, multiple);
        push(
            "magic remainder of 32 bits by a product in 64".into(),
            b,
            r,
            &[(1, &[0])],
            true,
        );
    }
    if let Some((multiplier, shift)) = short_magic(p, 64) {
        let mut b = Builder::default();
        let (x, y) = (b.below(p), b.below(p));
        let product = b.product(x, y);
        let high = b.imm(Op::UMulHi, product, multiplier);
        let quotient = b.imm(Op::ShrU, high, u64::from(shift));
        let multiple = b.imm(Op::Mul, quotient, p);
        let rest = b.sub(product, multiple);
        let r = b.low(rest);
        push(
            "magic remainder of a product".into(),
            b,
            r,
            &[(1, &[0, 1])],
            true,
        );
    }

    // A long chain: the cases of one product must not multiply with those of the next.
    let mut b = Builder::default();
    let (first, second) = (b.below(p), b.any32());
    let mut acc = first;
    for step in 0..24 {
        let product = b.product(acc, second);
        acc = montgomery(
            &mut b,
            product,
            p,
            Quotient::Mask64,
            BORROWS[step % BORROWS.len()],
        );
    }
    let mut origins = vec![0];
    origins.extend([1; 24]);
    let coefficient = i128::from(power(r_inverse as u64, 24, p));
    push(
        "24 products in a chain".into(),
        b,
        acc,
        &[(coefficient, &origins)],
        true,
    );

    let mut b = Builder::default();
    let leaves: Vec<Ref> = (0..9).map(|_| b.below(p)).collect();
    let mut acc = leaves[0];
    for &leaf in &leaves[1..] {
        let s = b.add(acc, leaf);
        acc = SUBTRACTS[leaf % SUBTRACTS.len()].build(&mut b, s, p);
    }
    let terms: Vec<(i128, Vec<u32>)> = (0..9).map(|o| (1, vec![o])).collect();
    let terms: Vec<(i128, &[u32])> = terms.iter().map(|(c, f)| (*c, f.as_slice())).collect();
    push("a sum of nine".into(), b, acc, &terms, true);

    // Horner's rule with the product fused into the addition.
    let mut b = Builder::default();
    let (beta, x, y, z) = (b.below(p), b.any32(), b.below(p), b.below(p));
    let mut acc = x;
    for addend in [y, z] {
        let product = b.product(acc, beta);
        let r = montgomery(&mut b, product, p, Quotient::Low32, Borrow::SelectSum);
        let s = b.add(r, addend);
        acc = Subtract::Umin.build(&mut b, s, p);
    }
    let squared = i128::from(power(r_inverse as u64, 2, p));
    push(
        "horner".into(),
        b,
        acc,
        &[(squared, &[0, 0, 1]), (r_inverse, &[0, 2]), (1, &[3])],
        true,
    );
    out
}

/// Reductions modulo the Mersenne prime.
pub fn mersenne() -> Vec<Idiom> {
    let p = MERSENNE31;
    let mut out = Vec::new();
    let mut push = |name: &str, b: Builder, value: Ref, terms: &[(i128, &[u32])], canonical| {
        let (name, expected) = (name.to_string(), field_poly(p, terms));
        out.push(Idiom {
            name,
            program: b.done(value),
            p,
            expected,
            canonical,
        });
    };
    let fold = |b: &mut Builder, x: Ref| {
        let low = b.imm(Op::And, x, p);
        let high = b.imm(Op::ShrU, x, 31);
        b.add(low, high)
    };

    let mut b = Builder::default();
    let x = b.leaf(64, 0, (1 << 62) - 1);
    let sum = fold(&mut b, x);
    let s = b.low(sum);
    let d = b.imm(Op::Sub, s, p);
    let zero = b.iconst(32, 0);
    let top = b.icmp(Cc::Slt, s, zero);
    let r = b.select(top, d, s);
    push("mersenne fold, may be p", b, r, &[(1, &[0])], false);

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let product = b.product(x, y);
    let sum = fold(&mut b, product);
    let s = b.low(sum);
    let r = Subtract::Umin.build(&mut b, s, p);
    push("mersenne product", b, r, &[(1, &[0, 1])], true);

    let mut b = Builder::default();
    let (x, y) = (b.any32(), b.any32());
    let product = b.product(x, y);
    let once = fold(&mut b, product);
    let twice = fold(&mut b, once);
    let s = b.low(twice);
    let r = Subtract::Select.build(&mut b, s, p);
    push(
        "mersenne product of any words, folded twice",
        b,
        r,
        &[(1, &[0, 1])],
        true,
    );

    let mut b = Builder::default();
    let (x, y) = (b.below(p), b.below(p));
    let sum = b.add(x, y);
    let r = fold(&mut b, sum);
    push(
        "mersenne addition by a fold, may be p",
        b,
        r,
        &[(1, &[0]), (1, &[1])],
        false,
    );
    out
}
