//! Forms against their definition: small leaves, all or many values, quotients computed directly.

use proptest::prelude::*;

use super::*;

/// The value of a symbol, by its meaning.
fn symbol_value(forms: &Forms, symbol: Symbol, leaves: &[i128]) -> i128 {
    match forms.meaning(symbol) {
        Meaning::Leaf(origin) => leaves[*origin as usize],
        Meaning::Product(factors) => factors
            .iter()
            .map(|&f| symbol_value(forms, f, leaves))
            .product(),
        Meaning::Quotient(dividend, divisor) => {
            value(forms, *dividend, leaves).div_euclid(*divisor)
        }
        Meaning::Unknown => panic!("the tests make no unknown symbols"),
    }
}

fn value(forms: &Forms, form: Form, leaves: &[i128]) -> i128 {
    let terms = forms.terms(form.linear).iter();
    let sum: i128 = terms
        .map(|&(symbol, c)| c * symbol_value(forms, symbol, leaves))
        .sum();
    form.scale * sum + form.offset
}

fn leaf(forms: &mut Forms, origin: u32, bounds: Interval) -> Form {
    let symbol = forms.leaf(origin, bounds);
    forms.symbol_form(symbol)
}

/// Whether a form has the values that `expected` says, and bounds that hold them, for all words.
fn check(forms: &Forms, form: Form, greatest: i128, expected: impl Fn(i128) -> i128) {
    let bounds = forms.bounds(form);
    for x in 0..=greatest {
        let found = value(forms, form, &[x]);
        assert_eq!(found, expected(x), "x = {x}, {form:?}");
        assert!(
            bounds.contains(Interval::point(found)),
            "{found} in {bounds:?}"
        );
    }
}

#[test]
fn equal_combinations_share_one_form() {
    let mut forms = Forms::new();
    let (x, y) = (
        leaf(&mut forms, 0, Interval::new(0, 9)),
        leaf(&mut forms, 1, Interval::new(0, 9)),
    );
    let difference = forms.sub(x, y).unwrap();
    let double = forms.scale(difference, -2).unwrap();
    let other = forms.sub(y, x).unwrap();
    let other = forms.add(other, other).unwrap();
    assert_eq!(double, other);
    assert_eq!(double.linear, difference.linear);
    assert_eq!(forms.bounds(double), Interval::new(-18, 18));
    let square = forms.mul(difference, difference).unwrap();
    let commuted = forms.mul(other, other).unwrap();
    assert_eq!(forms.scale(square, 4).unwrap(), commuted);
    assert_eq!(forms.sub(square, square).unwrap(), Form::constant(0));
}

#[test]
fn a_remainder_has_its_range_from_the_quotient() {
    let mut forms = Forms::new();
    let x = leaf(&mut forms, 0, Interval::new(0, u64::MAX.into()));
    let quotient = forms.floor_div(x, 1000).unwrap();
    let multiple = forms.scale(quotient, 1000).unwrap();
    let remainder = forms.sub(x, multiple).unwrap();
    assert_eq!(forms.bounds(remainder), Interval::new(0, 999));
}

#[test]
fn coefficients_beyond_the_limit_are_refused() {
    let mut forms = Forms::new();
    let x = leaf(&mut forms, 0, Interval::new(0, u64::MAX.into()));
    let large = forms.scale(x, LIMIT_FOR_TESTS).unwrap();
    assert_eq!(forms.add(large, large), None);
    assert_eq!(forms.scale(large, 2), None);
    assert_eq!(forms.mul(large, large), None);
    assert_eq!(
        forms.bounds(large),
        Interval {
            lo: 0,
            hi: i128::MAX
        }
    );
}

const LIMIT_FOR_TESTS: i128 = super::super::interval::LIMIT;

proptest! {
    #[test]
    fn quotients_of_multiples_are_exact(
        k in 1i128..60, c in 0i128..200, m in 2i128..400, greatest in 0i128..120,
    ) {
        // Among these there are magic multipliers, near misses, and ones that end just in time.
        let mut forms = Forms::new();
        let x = leaf(&mut forms, 0, Interval::new(0, greatest));
        let multiple = forms.scale(x, k).unwrap();
        let dividend = forms.add(multiple, Form::constant(c % k)).unwrap();
        let quotient = forms.floor_div(dividend, m).unwrap();
        check(&forms, quotient, greatest, |x| (k * x + c % k).div_euclid(m));
    }

    #[test]
    fn magic_multipliers_up_to_the_last_word(
        d in 2i128..40, shift in 4u32..10, error in -2i128..3, greatest in 0i128..200,
    ) {
        let m = 1i128 << shift;
        let k = (m / d + error).max(1);
        let mut forms = Forms::new();
        let x = leaf(&mut forms, 0, Interval::new(0, greatest));
        let dividend = forms.scale(x, k).unwrap();
        let quotient = forms.floor_div(dividend, m).unwrap();
        check(&forms, quotient, greatest, |x| (k * x).div_euclid(m));
    }

    #[test]
    fn nested_quotients_are_exact(
        steps in prop::collection::vec((-5i128..6, -3i128..4, -9i128..10, 2i128..9), 1..6),
    ) {
        let mut forms = Forms::new();
        let x = leaf(&mut forms, 0, Interval::new(0, 70));
        let mut form = x;
        for &(a, b, c, m) in &steps {
            // a quotient of a combination of the last one with the leaf
            let last = forms.scale(form, if b == 0 { 1 } else { b }).unwrap();
            let linear = forms.scale(x, a).unwrap();
            let sum = forms.add(last, linear).unwrap();
            let sum = forms.add(sum, Form::constant(c)).unwrap();
            form = forms.floor_div(sum, m).unwrap();
        }
        check(&forms, form, 70, |x| steps.iter().fold(x, |last, &(a, b, c, m)| {
            (last * if b == 0 { 1 } else { b } + a * x + c).div_euclid(m)
        }));
    }

    #[test]
    fn reduced_forms_are_congruent(a in any::<i64>(), c in any::<i64>(), bits in 1u32..65) {
        let mut forms = Forms::new();
        let x = leaf(&mut forms, 0, Interval::new(0, 50));
        let form = forms.scale(x, a.into()).unwrap();
        let form = forms.add(form, Form::constant(c.into())).unwrap();
        let modulus = 1i128 << bits;
        let reduced = forms.reduce(form, modulus).unwrap();
        for x in 0..=50 {
            let difference = value(&forms, form, &[x]) - value(&forms, reduced, &[x]);
            prop_assert_eq!(difference.rem_euclid(modulus), 0);
        }
    }
}
