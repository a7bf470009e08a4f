//! Paths against their definition: no state that satisfies all facts is lost.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_state_is_lost(
        facts in prop::collection::vec((-4i128..5, -4i128..5, 1i128..9, -40i128..41, 0i128..30), 1..5),
        split in 0usize..5,
        (x, y) in (0i128..16, 0i128..16),
    ) {
        let mut forms = Forms::new();
        let mut paths = Paths::new();
        let leaves = [0, 1].map(|origin| {
            let symbol = forms.leaf(origin, Interval::new(0, 15));
            forms.symbol_form(symbol)
        });
        // Facts about floor((a*x + b*y) / m) that the state (x, y) satisfies or not.
        let mut holds = true;
        let mut ids = [Some(PathId::ALWAYS); 2];
        let mut quotients = Vec::new();
        for (index, &(a, b, m, lo, width)) in facts.iter().enumerate() {
            let (ax, by) = (forms.scale(leaves[0], a).unwrap(), forms.scale(leaves[1], b).unwrap());
            let sum = forms.add(ax, by).unwrap();
            let quotient = forms.floor_div(sum, m).unwrap();
            let value = (a * x + b * y).div_euclid(m);
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
