//! Field operations in words: each spelling is the canonical residue, or congruent and within a bound.

use super::Obligation;
use super::spelling::{CORRECTS, CUTS, Correct, Cut, Machine, SUBTRACTS, Subtract};
use crate::proof::polynomial::Polynomial;
use crate::proof::statement::{Claim, Statement};
use crate::proof::words::{Word, Words};
use num_bigint::BigInt;

/// Collects the obligations of one field.
struct Idioms<'a> {
    field: &'a str,
    machine: &'a Machine,
    out: Vec<Obligation>,
}

/// The idioms that a field of this modulus has in these words. They are for odd moduli of at least 3.
#[must_use]
pub fn field_idioms(field: &str, machine: &Machine) -> Vec<Obligation> {
    let mut idioms = Idioms {
        field,
        machine,
        out: Vec::new(),
    };
    let p = &machine.p;
    if !p.bit(0) || *p < BigInt::from(3) {
        return idioms.out;
    }
    idioms.sums();
    idioms.conversions();
    idioms.products();
    if machine.has_spare_bit() {
        idioms.montgomery();
        idioms.accumulators();
    }
    let next: BigInt = p + 1;
    if next == BigInt::from(1) << p.bits() {
        idioms.mersenne();
    }
    let half = machine.bits / 2;
    let trinomial = machine.radix() - (BigInt::from(1) << half) + 1;
    if machine.bits.is_multiple_of(2) && half > 1 && *p == trinomial {
        idioms.goldilocks();
    }
    idioms.out
}

/// A product of parameters.
fn product(c: impl Into<BigInt>, factors: &[u32]) -> Polynomial {
    Polynomial::term(c, factors)
}

impl Idioms<'_> {
    fn p(&self) -> BigInt {
        self.machine.p.clone()
    }

    /// `scale * result` is congruent to `to`, and the result at most `hi`.
    fn within(
        &mut self,
        name: &str,
        doc: &str,
        (w, result): (Words, Word),
        (scale, to): (BigInt, Polynomial),
        hi: BigInt,
    ) {
        let value = result.value;
        let claims = vec![
            Claim::Range {
                value,
                lo: BigInt::ZERO,
                hi,
            },
            Claim::Congruent {
                value,
                scale,
                modulus: self.p(),
                to,
            },
        ];
        let statement = Statement::Program {
            program: w.program,
            claims,
        };
        let name = format!("{}/{name}", self.field);
        self.out.push(Obligation::new(name, doc, statement));
    }

    /// The result is the canonical residue of `to`.
    fn canonical(&mut self, name: &str, doc: &str, built: (Words, Word), to: Polynomial) {
        self.scaled(name, doc, built, BigInt::from(1), to);
    }

    /// The result is the canonical residue of `to / scale`.
    fn scaled(
        &mut self,
        name: &str,
        doc: &str,
        built: (Words, Word),
        scale: BigInt,
        to: Polynomial,
    ) {
        let greatest = self.p() - 1;
        self.within(name, doc, built, (scale, to), greatest);
    }

    /// Additions, subtractions, negatives, halves.
    fn sums(&mut self) {
        let machine = self.machine;
        let (p, bits) = (self.p(), machine.bits);
        let spare = machine.has_spare_bit();
        for how in SUBTRACTS {
            let name = format!("{how:?}").to_lowercase();
            if spare {
                let mut w = Words::new();
                let (a, b) = (w.below(bits, &p), w.below(bits, &p));
                let s = w.add(a, b);
                let r = machine.subtract(&mut w, s, how);
                let to = Polynomial::symbol(0).plus(1, &[1]);
                let doc = "sum of two residues, one conditional subtraction";
                self.canonical(&format!("add/{name}"), doc, (w, r), to);
            } else if !matches!(how, Subtract::Min | Subtract::Sign) {
                // In words of twice the size nothing wraps.
                let mut w = Words::new();
                let (a, b) = (w.below(bits, &p), w.below(bits, &p));
                let s = w.add(w.extend(a, 2 * bits), b);
                let r = machine.subtract(&mut w, s, how);
                let to = Polynomial::symbol(0).plus(1, &[1]);
                let doc = "sum of two residues in a double word, one conditional subtraction";
                self.canonical(&format!("add-wide/{name}"), doc, (w, r), to);
            }
        }
        for how in CORRECTS {
            if !spare && matches!(how, Correct::Min | Correct::Sign) {
                continue;
            }
            let name = format!("{how:?}").to_lowercase();
            let mut w = Words::new();
            let (a, b) = (w.below(bits, &p), w.below(bits, &p));
            let d = w.sub(a, b);
            let r = machine.correct(&mut w, (a, b), d, how);
            let to = Polynomial::symbol(0).plus(-1, &[1]);
            let doc = "difference of two residues, one conditional addition";
            self.canonical(&format!("sub/{name}"), doc, (w, r), to);
        }
        if !spare {
            // a - (p - b), which borrows where a + b is less than p.
            let mut w = Words::new();
            let (a, b) = (w.below(bits, &p), w.below(bits, &p));
            let modulus = machine.modulus(&mut w, bits);
            let negative = w.sub(modulus, b);
            let d = w.sub(a, negative);
            let r = machine.correct(&mut w, (a, negative), d, Correct::Addend);
            let to = Polynomial::symbol(0).plus(1, &[1]);
            let doc = "sum of two residues as a difference, without a spare bit";
            self.canonical("add/as-difference", doc, (w, r), to);
        }
        self.negatives();
        self.halves(spare);
    }

    fn negatives(&mut self) {
        let machine = self.machine;
        let (p, bits) = (self.p(), machine.bits);
        let to = || product(-1, &[0]);
        let mut w = Words::new();
        let a = w.below(bits, &p);
        let (zero, modulus) = (w.constant(bits, 0), machine.modulus(&mut w, bits));
        let (is_zero, d) = (w.equal(a, zero), w.sub(modulus, a));
        let r = w.select(is_zero, zero, d);
        let doc = "negative of a residue: zero stays zero";
        self.canonical("neg/zero-select", doc, (w, r), to());

        let mut w = Words::new();
        let a = w.below(bits, &p);
        let modulus = machine.modulus(&mut w, bits);
        let d = w.sub(modulus, a);
        let doc = "p - a, which is p for zero: congruent, not canonical";
        self.within("neg/congruent", doc, (w, d), (1.into(), to()), p);
    }

    fn halves(&mut self, spare: bool) {
        let machine = self.machine;
        let (p, bits) = (self.p(), machine.bits);
        if spare {
            let mut w = Words::new();
            let a = w.below(bits, &p);
            let odd = w.mask(a, 1);
            let modulus = machine.modulus(&mut w, bits);
            let sum = w.add(a, modulus);
            let even = w.select(odd, sum, a);
            let r = w.shr(even, 1);
            let doc = "half of a residue: p is added to an odd one";
            self.scaled("halve/select", doc, (w, r), 2.into(), product(1, &[0]));
        }
        let mut w = Words::new();
        let a = w.below(bits, &p);
        let (odd, half) = (w.mask(a, 1), w.shr(a, 1));
        let mask = w.neg(odd);
        let up = w.constant(bits, (&p + 1) / 2);
        let addend = w.and(mask, up);
        let r = w.add(half, addend);
        let doc = "half of a residue: (p + 1) / 2 is added to half of an odd one";
        self.scaled("halve/mask", doc, (w, r), 2.into(), product(1, &[0]));
    }

    /// Words of any value to residues.
    fn conversions(&mut self) {
        let machine = self.machine;
        let (p, bits) = (self.p(), machine.bits);
        for width in [bits, 2 * bits] {
            let mut w = Words::new();
            let x = w.any(width);
            let r = w.rem_const(x, p.clone());
            let doc = "remainder of a word";
            let name = format!("convert/rem{width}");
            self.canonical(&name, doc, (w, r), product(1, &[0]));

            let mut w = Words::new();
            let x = w.any(width);
            let r = machine.magic_remainder(&mut w, x);
            let doc = "remainder of a word by a product with a rounded reciprocal";
            let name = format!("convert/magic{width}");
            self.canonical(&name, doc, (w, r), product(1, &[0]));
        }
        let mut w = Words::new();
        let x = w.any(bits);
        let shifted = w.shl(w.extend(x, 2 * bits), bits);
        let r = w.rem_const(shifted, p.clone());
        let doc = "a word to its Montgomery form: (x << bits) % p";
        self.canonical(
            "convert/shifted-rem",
            doc,
            (w, r),
            product(machine.radix(), &[0]),
        );
    }

    /// Products and their remainders.
    fn products(&mut self) {
        let (p, bits) = (self.p(), self.machine.bits);
        let mut w = Words::new();
        let (a, b) = (w.any(bits), w.any(bits));
        let x = w.mul_wide(a, b);
        let r = w.rem_const(x, p);
        let doc = "remainder of the product of two words";
        self.canonical("mul/rem", doc, (w, r), product(1, &[0, 1]));
    }

    /// A product for which the reduction gives a residue: one factor is a residue, the other any word.
    fn factors(&self, w: &mut Words) -> Word {
        let bits = self.machine.bits;
        let (a, b) = (w.below(bits, &self.machine.p), w.any(bits));
        w.mul_wide(a, b)
    }

    fn montgomery(&mut self) {
        let machine = self.machine;
        let (p, bits, radix) = (self.p(), machine.bits, machine.radix());
        let ab = || product(1, &[0, 1]);
        for cut in CUTS {
            let cut_name = format!("{cut:?}").to_lowercase();
            for correct in CORRECTS {
                let mut w = Words::new();
                let x = self.factors(&mut w);
                let r = machine.montgomery(&mut w, x, cut, correct);
                let name = format!("montgomery/difference/{cut_name}/{correct:?}").to_lowercase();
                let doc = "Montgomery product of a residue and any word, by a difference";
                self.scaled(&name, doc, (w, r), radix.clone(), ab());
            }
            for subtract in SUBTRACTS {
                let mut w = Words::new();
                let x = self.factors(&mut w);
                let s = machine.montgomery_sum(&mut w, x, cut);
                let r = machine.subtract(&mut w, s, subtract);
                let name = format!("montgomery/sum/{cut_name}/{subtract:?}").to_lowercase();
                let doc = "Montgomery product of a residue and any word, by a sum";
                self.scaled(&name, doc, (w, r), radix.clone(), ab());
            }
            let mut w = Words::new();
            let x = self.factors(&mut w);
            let r = machine.montgomery_sum(&mut w, x, cut);
            let name = format!("montgomery/sum/{cut_name}/unreduced");
            let doc = "Montgomery product by a sum, not reduced: congruent and below 2p";
            let congruent = (radix.clone(), ab());
            self.within(&name, doc, (w, r), congruent, &p * 2 - 1);
        }
        let mut w = Words::new();
        let x = w.param(2 * bits, 0, &p * &radix - 1);
        let r = machine.montgomery(&mut w, x, Cut::Mask, Correct::Select);
        let doc = "Montgomery reduction of any double word below p R";
        self.scaled(
            "montgomery/reduce",
            doc,
            (w, r),
            radix.clone(),
            product(1, &[0]),
        );

        let mut w = Words::new();
        let x = w.any(bits);
        let square = w.constant(bits, &radix * &radix % &p);
        let x = w.mul_wide(x, square);
        let r = machine.montgomery(&mut w, x, Cut::Word, Correct::Select);
        let doc = "any word to its Montgomery form: a product with R^2";
        self.canonical(
            "convert/r-squared",
            doc,
            (w, r),
            product(radix.clone(), &[0]),
        );

        let mut w = Words::new();
        let x = w.any(bits);
        let x = w.extend(x, 2 * bits);
        let r = machine.montgomery(&mut w, x, Cut::Word, Correct::Select);
        let doc = "any word out of the Montgomery form";
        self.scaled(
            "convert/from-montgomery",
            doc,
            (w, r),
            radix,
            product(1, &[0]),
        );
        self.montgomery_chains();
    }

    /// Several operations in a row.
    fn montgomery_chains(&mut self) {
        let machine = self.machine;
        let (p, bits, radix) = (self.p(), machine.bits, machine.radix());
        for (name, subtract) in [("select", Subtract::Select), ("min", Subtract::Min)] {
            // The correction of the product has moved into the sum: (correction + c) + high.
            let mut w = Words::new();
            let x = self.factors(&mut w);
            let c = w.below(bits, &p);
            let (x, u, high) = machine.montgomery_difference(&mut w, x, Cut::Mask);
            let borrow = w.less(x, u);
            let (modulus, zero) = (machine.modulus(&mut w, bits), w.constant(bits, 0));
            let correction = w.select(borrow, modulus, zero);
            let sum = w.add(correction, c);
            let sum = w.add(sum, high);
            let r = machine.subtract(&mut w, sum, subtract);
            let to = product(1, &[0, 1]).plus(radix.clone(), &[2]);
            let doc = "Montgomery product and sum with one correction moved into the other";
            let name = format!("montgomery/fused-add/{name}");
            self.scaled(&name, doc, (w, r), radix.clone(), to);
        }
        // a b c d by three products, each of which is taken as it is by the next.
        let mut w = Words::new();
        let first = w.below(bits, &p);
        let mut r = first;
        let mut factors = vec![0];
        for n in 1..4 {
            let next = w.any(bits);
            let x = w.mul_wide(r, next);
            r = machine.montgomery(&mut w, x, Cut::Word, Correct::Addend);
            factors.push(n);
        }
        let doc = "four factors by three Montgomery products";
        let scale = &radix * &radix * &radix % &p;
        self.scaled("montgomery/chain", doc, (w, r), scale, product(1, &factors));

        // c + b (c' + b c''): two steps of Horner's rule.
        let mut w = Words::new();
        let b = w.below(bits, &p);
        let mut r = w.below(bits, &p);
        for _ in 0..2 {
            let c = w.below(bits, &p);
            let x = w.mul_wide(r, b);
            let m = machine.montgomery(&mut w, x, Cut::Word, Correct::Select);
            let s = w.add(m, c);
            r = machine.subtract(&mut w, s, Subtract::Select);
        }
        let to = product(1, &[1, 0, 0])
            .plus(radix.clone(), &[2, 0])
            .plus(&radix * &radix, &[3]);
        let doc = "two steps of Horner's rule in Montgomery form";
        self.scaled("montgomery/horner", doc, (w, r), &radix * &radix % &p, to);
    }

    /// Sums of products that are reduced once.
    fn accumulators(&mut self) {
        let machine = self.machine;
        let (p, bits, radix) = (self.p(), machine.bits, machine.radix());
        for count in [2u32, 4] {
            let mut w = Words::new();
            let mut sum = None;
            let mut to = Polynomial::default();
            for n in 0..count {
                let (a, b) = (w.below(bits, &p), w.below(bits, &p));
                let x = w.mul_wide(a, b);
                sum = Some(sum.map_or(x, |sum| w.add(sum, x)));
                to = to.plus(1, &[2 * n, 2 * n + 1]);
            }
            let Some(mut x) = sum else { continue };
            let mut wide = w.clone();
            let r = wide.rem_const(x, p.clone());
            let name = format!("accumulate{count}/rem");
            let doc = "sum of products of residues in a double word, one remainder";
            self.canonical(&name, doc, (wide, r), to.clone());
            if count > 2 {
                // Below 2 p R: one conditional subtraction makes it a product's size.
                let limit = w.constant(2 * bits, &p * &radix);
                let (less, d) = (w.less(x, limit), w.sub(x, limit));
                x = w.select(less, x, d);
            }
            let r = machine.montgomery(&mut w, x, Cut::Mask, Correct::Select);
            let name = format!("accumulate{count}/montgomery");
            let doc = "sum of products of residues in a double word, one Montgomery reduction";
            self.scaled(&name, doc, (w, r), radix.clone(), to);
        }
    }

    fn mersenne(&mut self) {
        let machine = self.machine;
        let (p, n) = (self.p(), machine.p.bits() as u32);
        let bits = machine.bits;
        for how in SUBTRACTS {
            let mut w = Words::new();
            let (a, b) = (w.below(bits, &p), w.below(bits, &p));
            let x = w.mul_wide(a, b);
            let s = machine.fold(&mut w, x);
            let r = machine.subtract(&mut w, s, how);
            let name = format!("mersenne/mul/{how:?}").to_lowercase();
            let doc = "product of residues, both halves added, one conditional subtraction";
            self.canonical(&name, doc, (w, r), product(1, &[0, 1]));
        }
        let mut w = Words::new();
        let x = w.param(2 * bits, 0, (BigInt::from(1) << (2 * n)) - 1);
        let s = machine.fold(&mut w, x);
        let limit = w.constant(s.bits, BigInt::from(1) << n);
        let (less, d) = (w.less(s, limit), w.sub_const(s, p.clone()));
        let r = w.select(less, s, d);
        let doc = "reduction that keeps p: congruent and at most p, not canonical";
        let x0 = || product(1, &[0]);
        self.within(
            "mersenne/fold/congruent",
            doc,
            (w, r),
            (1.into(), x0()),
            p.clone(),
        );

        if bits <= n + 1 {
            let mut w = Words::new();
            let mut x = w.any(2 * bits);
            for _ in 0..3 {
                x = machine.fold(&mut w, x);
            }
            let doc = "any double word, folded three times: congruent and at most p + 1";
            let congruent = (1.into(), x0());
            self.within("mersenne/fold/three", doc, (w, x), congruent, &p + 1);
        }

        let mut w = Words::new();
        let x = w.param(bits, 0, p.clone());
        let (modulus, zero) = (machine.modulus(&mut w, bits), w.constant(bits, 0));
        let is_modulus = w.equal(x, modulus);
        let r = w.select(is_modulus, zero, x);
        let doc = "a word that may be p for zero, to the residue";
        self.canonical("mersenne/zero", doc, (w, r), x0());

        // ((((x >> n) + x + 1) >> n) + x) & p, for products of residues.
        let mut w = Words::new();
        let x = w.param(2 * bits, 0, (&p - 1) * (&p - 1));
        let high = w.shr(x, n);
        let sum = w.add(high, x);
        let sum = w.add_const(sum, 1);
        let quotient = w.shr(sum, n);
        let sum = w.add(quotient, x);
        let r = w.mask(sum, n);
        let doc = "reduction of a product by its quotient, without a comparison";
        self.canonical("mersenne/quotient", doc, (w, r), x0());
    }

    fn goldilocks(&mut self) {
        let machine = self.machine;
        let (p, bits, radix) = (self.p(), machine.bits, machine.radix());
        let x0 = || product(1, &[0]);
        let mut w = Words::new();
        let x = w.any(2 * bits);
        let r = machine.goldilocks(&mut w, x);
        let doc = "any double word: congruent, not canonical";
        self.within(
            "goldilocks/reduce",
            doc,
            (w.clone(), r),
            (1.into(), x0()),
            &radix - 1,
        );
        let r = machine.subtract(&mut w, r, Subtract::Select);
        let doc = "any double word, with a last subtraction: canonical";
        self.canonical("goldilocks/reduce-canonical", doc, (w, r), x0());

        let mut w = Words::new();
        let (a, b) = (w.any(bits), w.any(bits));
        let x = w.mul_wide(a, b);
        let r = machine.goldilocks(&mut w, x);
        let doc = "product of any two words: congruent, not canonical";
        let congruent = (1.into(), product(1, &[0, 1]));
        self.within("goldilocks/mul", doc, (w, r), congruent, &radix - 1);

        // a + b where b is canonical: one wrap, and no second one.
        let epsilon = &radix - &p;
        let mut w = Words::new();
        let (a, b) = (w.any(bits), w.below(bits, &p));
        let s = w.add(a, b);
        let carry = w.less(s, a);
        let zero = w.constant(bits, 0);
        let addend = w.constant(bits, epsilon.clone());
        let addend = w.select(carry, addend, zero);
        let r = w.add(s, addend);
        let doc = "sum of any word and a residue: congruent, not canonical";
        let congruent = (1.into(), x0().plus(1, &[1]));
        self.within("goldilocks/add", doc, (w, r), congruent, &radix - 1);

        let mut w = Words::new();
        let (a, b) = (w.any(bits), w.below(bits, &p));
        let (d, borrow) = (w.sub(a, b), w.less(a, b));
        let zero = w.constant(bits, 0);
        let subtrahend = w.constant(bits, epsilon.clone());
        let subtrahend = w.select(borrow, subtrahend, zero);
        let r = w.sub(d, subtrahend);
        let doc = "difference of any word and a residue: congruent, not canonical";
        let congruent = (1.into(), x0().plus(-1, &[1]));
        self.within("goldilocks/sub", doc, (w, r), congruent, &radix - 1);
    }
}
