//! Loops over field elements: what they compute, by induction, in every commutative ring.

use super::Obligation;
use crate::proof::polynomial::Polynomial;
use crate::proof::statement::{Identity, Induction, Statement};
use num_bigint::BigInt;

/// Shorthand: a term.
fn t(coefficient: i32, factors: &[u32]) -> Polynomial {
    Polynomial::term(coefficient, factors)
}

fn loop_of(name: &str, doc: &str, induction: Induction) -> Obligation {
    Obligation::new(
        format!("recurrence/{name}"),
        doc,
        Statement::Induction(induction),
    )
}

fn identity(
    name: &str,
    doc: &str,
    hypotheses: Vec<Polynomial>,
    goals: Vec<Polynomial>,
) -> Obligation {
    Obligation::new(
        format!("recurrence/{name}"),
        doc,
        Statement::Identity(Identity {
            characteristic: BigInt::ZERO,
            hypotheses,
            goals,
        }),
    )
}

/// A loop without relations, to be filled in.
fn plain(state: &[u32], init: Vec<Polynomial>, step: Vec<Polynomial>) -> Induction {
    Induction {
        characteristic: BigInt::ZERO,
        state: state.to_vec(),
        init,
        step,
        before: Vec::new(),
        during: Vec::new(),
        after: Vec::new(),
        invariant: Vec::new(),
        each: Vec::new(),
        result: Vec::new(),
    }
}

/// The loops that the compiler's pass recognises, and the spellings that it takes for the same.
#[must_use]
pub fn recurrences() -> Vec<Obligation> {
    let mut out = vec![batch_inverse_forward(), batch_inverse_backward()];
    for count in [1, 2, 4] {
        out.push(batch_inverse_in_place(count));
    }
    out.push(identity(
        "batch-inverse/lanes",
        "one inverse of the product of two lanes gives the inverse of each",
        // x0, x1: the lanes' products; x2 x0 x1 = 1.
        vec![t(1, &[0, 1, 2]).plus(-1, &[])],
        vec![
            t(1, &[0, 1, 2]).plus(-1, &[]),
            t(1, &[1, 2, 0]).plus(-1, &[]),
        ],
    ));
    out.extend(sums());
    out.extend(powers());
    out.extend(fractions());
    out
}

/// Prefix products of units are units: with u c = 1 and y x = 1, (y u)(c x) = 1. So no inverse of zero is asked for if no
/// element is zero.
fn batch_inverse_forward() -> Obligation {
    let [x, y, c, u] = [0, 1, 2, 3];
    loop_of(
        "batch-inverse/forward",
        "the product of elements that have inverses has one",
        Induction {
            during: vec![t(1, &[x, y]).plus(-1, &[])],
            invariant: vec![t(1, &[c, u]).plus(-1, &[])],
            ..plain(
                &[c, u],
                vec![t(1, &[]), t(1, &[])],
                vec![t(1, &[c, x]), t(1, &[u, y])],
            )
        },
    )
}

/// Montgomery's trick, backwards: the state is t and the prefix product c' behind the element x, c' = r c x with c before
/// it. Initially t c' = m. Each out = s t c has r x out = s m.
fn batch_inverse_backward() -> Obligation {
    let [r, s, m, first, start, x, before, c, sweep] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    // out = s t c_before
    let out_times_x = t(1, &[r, x, s, sweep, before]).plus(-1, &[s, m]);
    loop_of(
        "batch-inverse/backward",
        "each output times its element is the same constant: s m / r",
        Induction {
            before: vec![t(1, &[start, first]).plus(-1, &[m])],
            during: vec![t(1, &[c]).plus(-1, &[r, before, x])],
            invariant: vec![t(1, &[sweep, c]).plus(-1, &[m])],
            each: vec![out_times_x],
            ..plain(
                &[c, sweep],
                vec![t(1, &[first]), t(1, &[start])],
                vec![t(1, &[before]), t(1, &[r, sweep, x])],
            )
        },
    )
}

/// The whole algorithm on `count` elements with prefix products and outputs in the same places.
fn batch_inverse_in_place(count: u32) -> Obligation {
    // x0 .. are the elements, then the inverse of their product.
    let inverse = count;
    let mut cells: Vec<Vec<u32>> = Vec::new();
    let mut product: Vec<u32> = Vec::new();
    for x in 0..count {
        cells.push(product.clone());
        product.push(x);
    }
    let mut sweep = vec![inverse];
    let mut goals = Vec::new();
    for x in (0..count).rev() {
        // The cell is read before it is written.
        let output = [cells[x as usize].as_slice(), &sweep].concat();
        goals.push(Polynomial::term(1, &[output.as_slice(), &[x]].concat()).plus(-1, &[]));
        cells[x as usize] = output;
        sweep.push(x);
    }
    let hypothesis = Polynomial::term(1, &[product.as_slice(), &[inverse]].concat()).plus(-1, &[]);
    identity(
        &format!("batch-inverse/in-place{count}"),
        "prefix products and inverses in the same places",
        vec![hypothesis],
        goals,
    )
}

fn sums() -> Vec<Obligation> {
    let [a, b, c, d, s, q, r] = [0, 1, 2, 3, 4, 5, 6];
    let four = |s: u32| {
        t(1, &[s])
            .plus(1, &[a])
            .plus(1, &[b])
            .plus(1, &[c])
            .plus(1, &[d])
    };
    vec![
        loop_of(
            "sum/unrolled4",
            "four sums side by side, and their total at the end, are the running sum",
            // s is the sum; 5, 6, 7, 8 are the partial ones.
            Induction {
                invariant: vec![
                    t(1, &[s])
                        .plus(-1, &[5])
                        .plus(-1, &[6])
                        .plus(-1, &[7])
                        .plus(-1, &[8]),
                ],
                ..plain(
                    &[s, 5, 6, 7, 8],
                    vec![t(1, &[9]), t(1, &[9]), t(0, &[]), t(0, &[]), t(0, &[])],
                    vec![
                        four(s),
                        t(1, &[5]).plus(1, &[a]),
                        t(1, &[6]).plus(1, &[b]),
                        t(1, &[7]).plus(1, &[c]),
                        t(1, &[8]).plus(1, &[d]),
                    ],
                )
            },
        ),
        loop_of(
            "product/unrolled2",
            "two products side by side, multiplied at the end, are the running product",
            Induction {
                invariant: vec![t(1, &[s]).plus(-1, &[q, r])],
                ..plain(
                    &[s, q, r],
                    vec![t(1, &[9]), t(1, &[9]), t(1, &[])],
                    vec![t(1, &[s, a, b]), t(1, &[q, a]), t(1, &[r, b])],
                )
            },
        ),
        loop_of(
            "sum/differences",
            "a running sum of differences of neighbours is the last minus the first",
            // q is the element before this one, a this one; 9 is the first.
            Induction {
                invariant: vec![t(1, &[s]).plus(-1, &[q]).plus(1, &[9])],
                ..plain(
                    &[s, q],
                    vec![t(0, &[]), t(1, &[9])],
                    vec![t(1, &[s]).plus(1, &[a]).plus(-1, &[q]), t(1, &[a])],
                )
            },
        ),
        loop_of(
            "sum/exclusive",
            "an inclusive sum is the exclusive one and the element of the row",
            Induction {
                // s is the exclusive sum, q the inclusive one of the row before, a the row.
                invariant: vec![t(1, &[s]).plus(-1, &[q])],
                each: vec![t(1, &[q]).plus(1, &[a]).plus(-1, &[s]).plus(-1, &[a])],
                ..plain(
                    &[s, q],
                    vec![t(1, &[9]), t(1, &[9])],
                    vec![t(1, &[s]).plus(1, &[a]), t(1, &[q]).plus(1, &[a])],
                )
            },
        ),
    ]
}

fn powers() -> Vec<Obligation> {
    // a: entry, b: base, s: power sum, q: b^j, h: Horner's value from here on, h = g b + a.
    let [a, b, whole, g, s, q, h] = [0, 1, 2, 3, 4, 5, 6];
    let mut out = vec![
        loop_of(
            "powers/horner",
            "Horner's rule from the last entry is the sum of entries times powers from the first",
            Induction {
                // The state of the power sum goes forward; h is what Horner's rule has when it comes to this entry.
                during: vec![t(1, &[h]).plus(-1, &[g, b]).plus(-1, &[a])],
                after: vec![t(1, &[h])],
                invariant: vec![t(1, &[s]).plus(1, &[q, h]).plus(-1, &[whole])],
                result: vec![t(1, &[s]).plus(-1, &[whole])],
                ..plain(
                    &[s, q, h],
                    vec![t(0, &[]), t(1, &[]), t(1, &[whole])],
                    vec![t(1, &[s]).plus(1, &[q, a]), t(1, &[q, b]), t(1, &[g])],
                )
            },
        ),
        loop_of(
            "powers/unrolled2",
            "powers two at a time: by the base, and by its square from step to step",
            // q, q' = q b side by side, each times b^2; 7 is the power of the plain loop.
            Induction {
                during: vec![t(1, &[8]).plus(-1, &[b, b])],
                invariant: vec![t(1, &[7]).plus(-1, &[q]), t(1, &[s]).plus(-1, &[q, b])],
                ..plain(
                    &[7, q, s],
                    vec![t(1, &[9]), t(1, &[9]), t(1, &[9, b])],
                    vec![t(1, &[7, b, b]), t(1, &[q, 8]), t(1, &[s, 8])],
                )
            },
        ),
    ];
    for width in [8u32, 32] {
        // Fully unrolled, as short inner loops are: symbol 0 is the base, entries follow.
        let mut sum = Polynomial::default();
        let mut power = Vec::new();
        let mut hypotheses = Vec::new();
        for j in 0..width {
            sum = sum.plus(1, &[power.as_slice(), &[j + 1]].concat());
            power.push(0);
        }
        // Horner's intermediate values: h_j = h_(j+1) b + a_j.
        let value = |j: u32| 2 * width - j;
        for j in (0..width).rev() {
            let mut step = t(1, &[value(j)]).plus(-1, &[j + 1]);
            if j + 1 < width {
                step = step.plus(-1, &[value(j + 1), 0]);
            }
            hypotheses.push(step);
        }
        let goal = sum.plus(-1, &[value(0)]);
        out.push(identity(
            &format!("powers/horner{width}"),
            "Horner's rule, unrolled, is the sum of entries times powers",
            hypotheses,
            vec![goal],
        ));
    }
    out
}

fn fractions() -> Vec<Obligation> {
    // m0/d0 + m1/d1 with inverses 4, 5 of d0, d1.
    let [m0, m1, d0, d1, i0, i1, i] = [0, 1, 2, 3, 4, 5, 6];
    let unit = |d: u32, i: u32| t(1, &[d, i]).plus(-1, &[]);
    let sum = || t(1, &[m0, i0]).plus(1, &[m1, i1]);
    let pair = || t(1, &[m0, d1]).plus(1, &[m1, d0]);
    vec![
        identity(
            "fraction/pair",
            "two fractions by one inverse: (m0 d1 + m1 d0) / (d0 d1)",
            vec![unit(d0, i0), unit(d1, i1), t(1, &[d0, d1, i]).plus(-1, &[])],
            vec![
                t(1, &[m0, d1, i])
                    .plus(1, &[m1, d0, i])
                    .plus(-1, &[m0, i0])
                    .plus(-1, &[m1, i1]),
            ],
        ),
        identity(
            "fraction/tree-level",
            "one level of a fraction tree keeps the sum of the fractions",
            vec![unit(d0, i0), unit(d1, i1)],
            // (n / d) with n = m0 d1 + m1 d0, d = d0 d1: sum * d - n = 0.
            vec![{
                let mut goal = Polynomial::default();
                for (c, factors) in sum().terms {
                    goal = goal.plus(c, &[factors.as_slice(), &[d0, d1]].concat());
                }
                for (c, factors) in pair().terms {
                    goal = goal.plus(-c, &factors);
                }
                goal
            }],
        ),
        identity(
            "fraction/weighted",
            "a multiplicity times an inverse is the quotient",
            vec![unit(d0, i0)],
            vec![t(1, &[m0, i0, d0]).plus(-1, &[m0])],
        ),
        identity(
            "inverse/unique",
            "two inverses of one element are equal",
            vec![unit(d0, i0), unit(d0, i1)],
            vec![t(1, &[i0]).plus(-1, &[i1])],
        ),
    ]
}
