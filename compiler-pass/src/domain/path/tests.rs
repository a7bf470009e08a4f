//! Paths against their definition: no state that satisfies all facts is lost.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_state_is_lost(
        facts in prop::collection::vec((-4i128..5, -4i128..5, 1i128..9, -3i128..4, -40i128..41, 0i128..30), 1..5),
        split in 0usize..5,
        (x, y) in (0i128..16, 0i128..16),
    ) {
        let mut forms = Forms::new();
        let mut paths = Paths::new();
        let leaves = [0, 1].map(|origin| {
            let symbol = forms.leaf(origin, Interval::new(0, 15));
            forms.symbol_form(symbol)
        });
        // Facts about floor((a*x + b*y) / m) + c*x that the state (x, y) satisfies or not.
        let mut holds = true;
        let mut ids = [Some(PathId::ALWAYS); 2];
        let mut quotients = Vec::new();
        for (index, &(a, b, m, c, lo, width)) in facts.iter().enumerate() {
            let (ax, by) = (forms.scale(leaves[0], a).unwrap(), forms.scale(leaves[1], b).unwrap());
            let sum = forms.add(ax, by).unwrap();
            let quotient = forms.floor_div(sum, m).unwrap();
            let cx = forms.scale(leaves[0], c).unwrap();
            let quotient = forms.add(quotient, cx).unwrap();
            let value = (a * x + b * y).div_euclid(m) + c * x;
            holds &= (lo..=lo + width).contains(&value);
            let side = usize::from(index >= split);
            let bounds = Interval::new(lo, lo + width);
            ids[side] = ids[side].and_then(|path| paths.constrain(&forms, path, quotient, bounds));
            quotients.push((quotient, value));
        }
        let joint = match ids {
            [Some(a), Some(b)] => paths.conjunction(&forms, a, b),
            _ => None,
        };
        prop_assert!(joint.is_some() || !holds);
        if let Some(path) = joint && holds {
            for (quotient, value) in quotients {
                let bounds = paths.bounds(&forms, path, quotient);
                prop_assert!(bounds.contains(Interval::point(value)), "{} in {:?}", value, bounds);
            }
        }
    }
}

#[test]
fn contradictions_on_one_combination_are_found() {
    let mut forms = Forms::new();
    let mut paths = Paths::new();
    let [x, y] = [0, 1].map(|origin| {
        let symbol = forms.leaf(origin, Interval::new(0, 100));
        forms.symbol_form(symbol)
    });
    let difference = forms.sub(x, y).unwrap();
    let opposite = forms.scale(difference, -3).unwrap();
    let less = paths.constrain(&forms, PathId::ALWAYS, difference, Interval::new(-100, -1));
    let less = less.expect("possible");
    assert_eq!(
        paths.constrain(&forms, less, opposite, Interval::new(-300, 2)),
        None
    );
    assert_eq!(paths.bounds(&forms, less, opposite), Interval::new(3, 300));
    // x = (x - y) + y < 100 there.
    assert_eq!(paths.bounds(&forms, less, x), Interval::new(0, 99));
    assert_eq!(
        paths.bounds(&forms, PathId::ALWAYS, x),
        Interval::new(0, 100)
    );
}

/// Montgomery forms of words have such sums: which of the quotients it is depends on x.
#[test]
fn quotients_in_a_sum_have_the_bounds_of_their_path() {
    let mut forms = Forms::new();
    let mut paths = Paths::new();
    let symbol = forms.leaf(0, Interval::new(0, 99));
    let x = forms.symbol_form(symbol);
    let negative = forms.scale(x, -1).unwrap();
    let quotient = forms.floor_div(negative, 50).unwrap();
    let turned = forms.scale(quotient, 100).unwrap();
    let sum = forms.add(x, turned).unwrap();
    let upper = paths.constrain(&forms, PathId::ALWAYS, x, Interval::new(51, 99));
    let upper = upper.expect("possible");
    // The quotient is -2 there.
    assert_eq!(
        paths.bounds(&forms, upper, sum),
        Interval::new(51 - 200, 99 - 200)
    );
    assert_eq!(
        paths.constrain(&forms, upper, sum, Interval::new(-100, -1)),
        None
    );
    assert!(
        paths
            .constrain(&forms, upper, sum, Interval::new(-200, -101))
            .is_some()
    );
    // One lower bound less, and it may be -1.
    let upper = paths.constrain(&forms, PathId::ALWAYS, x, Interval::new(50, 99));
    assert!(
        paths
            .constrain(
                &forms,
                upper.expect("possible"),
                sum,
                Interval::new(-100, -1)
            )
            .is_some()
    );
}
