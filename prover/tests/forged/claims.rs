//! Claims that are changed after the proof was made, and chains of the wrong proofs.

use super::Table;
use crate::runs::{INPUT, copied, copier, program, prove_with};
use crate::trace_support::DATA;
use std::sync::OnceLock;
use zktr_prove::Error;
use zktr_prove::config::Profile;
use zktr_prove::proof::Proof;
use zktr_prove::prove::Backend;
use zktr_prove::verify::{Verified, Verifier};

/// Proofs of the same segments of a run that was given something else.
fn others() -> &'static [Proof] {
    static PROOFS: OnceLock<Vec<Proof>> = OnceLock::new();
    PROOFS.get_or_init(|| {
        let mut guest = copier();
        // The byte is not the guest's, but lies beside what it copies.
        guest.data[0x80] = 1;
        prove_with(&guest, Backend::Units, "babybear", 25)
    })
}

/// The same run over the other field.
fn koalas() -> &'static [Proof] {
    static PROOFS: OnceLock<Vec<Proof>> = OnceLock::new();
    PROOFS.get_or_init(|| prove_with(&copier(), Backend::Units, "koalabear", 25))
}

type Forgery = (&'static str, fn(&mut Vec<Proof>));

const FORGERIES: [Forgery; 38] = [
    ("the result of a call", |p| p[0].claim.calls[0].result += 1),
    ("t0 after a call", |p| p[0].claim.calls[0].result_t0 ^= 1),
    ("t0 before a call", |p| p[0].claim.calls[0].t0 ^= 1),
    ("a call is another one", |p| p[0].claim.calls[0].number = 64),
    ("a call is one that ends the run", |p| {
        p[0].claim.calls[0].number = 93
    }),
    ("a call is one that does not exist", |p| {
        p[0].claim.calls[0].number = 0x7777
    }),
    ("the address that a call is given", |p| {
        p[0].claim.calls[0].args[1] += 4
    }),
    ("the length that a call is given", |p| {
        p[0].claim.calls[0].args[2] = 3
    }),
    ("a length of all memory", |p| {
        p[0].claim.calls[0].args[2] = u32::MAX
    }),
    ("the time of a call", |p| {
        p[0].claim.calls[0].clock += 4;
        let clock = p[0].claim.calls[0].clock;
        p[0].claim
            .exchanges
            .iter_mut()
            .for_each(|e| e.clock = clock);
    }),
    ("a call is missing", |p| {
        p[0].claim.calls.clear();
        p[0].claim.exchanges.clear();
    }),
    ("a call is made twice", |p| {
        let mut again = p[0].claim.calls[0];
        again.clock += 4;
        p[0].claim.calls.push(again);
    }),
    ("what a call writes", |p| p[0].claim.exchanges[1].after ^= 1),
    ("what a call finds", |p| p[0].claim.exchanges[0].before ^= 1),
    ("where a call writes", |p| p[0].claim.exchanges[0].addr -= 1),
    ("a word that a call writes is missing", |p| {
        p[0].claim.exchanges.truncate(1)
    }),
    ("words that a call writes in another order", |p| {
        p[0].claim.exchanges.swap(0, 1)
    }),
    ("a word at a time without a call", |p| {
        let mut more = *p[0].claim.exchanges.last().unwrap();
        more.clock += 4;
        p[0].claim.exchanges.push(more);
    }),
    ("the input", |p| p[0].claim.inputs[0][0] ^= 1),
    ("no input", |p| p[0].claim.inputs.clear()),
    ("more input than was read", |p| p[0].claim.inputs[0].push(1)),
    ("input in a later segment", |p| {
        p[1].claim.inputs.push(b"more".to_vec())
    }),
    ("the first address", |p| p[0].claim.start_pc += 4),
    ("the last address", |p| p[0].claim.end_pc += 4),
    ("an odd last address", |p| p[0].claim.end_pc += 2),
    ("the time of the end", |p| p[0].claim.end_clock += 4),
    ("no time at all", |p| p[0].claim.end_clock = 0),
    ("more time than a segment can have", |p| {
        p[0].claim.end_clock = u32::MAX - 3
    }),
    ("a word of memory at the end", |p| {
        let words = &mut p[0].claim.last;
        let data = words.iter_mut().find(|(addr, _)| *addr == DATA as u32 / 4);
        data.unwrap().1 ^= 1;
    }),
    ("a word of memory is missing", |p| {
        p[0].claim.last.retain(|(addr, _)| *addr != DATA as u32 / 4);
    }),
    ("a word of memory is there twice", |p| {
        let again = p[0].claim.last[0];
        p[0].claim.last.insert(0, again);
    }),
    ("x0 at the end", |p| {
        let words = &mut p[0].claim.last;
        let first = words.len() - 32;
        words[first].1 = 1;
    }),
    ("a register more than there are", |p| {
        let (last, _) = *p[0].claim.last.last().unwrap();
        p[0].claim.last.push((last + 1, 7));
    }),
    ("the field", |p| p[0].header.field = "koalabear".to_owned()),
    ("a field that does not exist", |p| {
        p[0].header.field = "crab".to_owned()
    }),
    ("the parameters", |p| {
        p[0].header.profile = Profile::Standard
    }),
    ("the number of a segment", |p| p[1].claim.segment = 2),
    ("the exit code, by the register that has it", |p| {
        let words = &mut p[2].claim.last;
        let first = words.len() - 32;
        words[first + 10].1 = 8;
    }),
];

const CHAINS: [(&str, &[usize]); 8] = [
    ("no segment", &[]),
    ("the last segments are missing", &[0, 1]),
    ("the first segment is missing", &[1, 2]),
    ("a segment in the middle is missing", &[0, 2]),
    ("two segments change places", &[0, 2, 1]),
    ("the first segment twice", &[0, 0, 1, 2]),
    ("a segment in the middle twice", &[0, 1, 1, 2]),
    ("the last segment twice", &[0, 1, 2, 2]),
];

/// The verifier takes the input from the claim, as one who does not know it.
fn verify(proofs: &[Proof]) -> Result<Verified, Error> {
    let guest = copier();
    let program = program(&guest);
    let mut machine = guest.machine();
    for input in proofs.first().into_iter().flat_map(|p| &p.claim.inputs) {
        machine.add_input(input.clone());
    }
    let mut verifier = Verifier::new(&program, Profile::Test, &mut machine)?;
    for proof in proofs {
        verifier.segment(proof)?;
    }
    verifier.finish()
}

pub fn table() -> String {
    assert_eq!(copied()[0].claim.inputs, [INPUT]);
    verify(copied()).unwrap();
    // What each of its segments says and proves is independent of how the others are proved.
    let mixed = [
        koalas()[0].clone(),
        copied()[1].clone(),
        koalas()[2].clone(),
    ];
    verify(&mixed).unwrap();
    let mut out = Table::new(&["forged", "the verifier"]);
    let mut refused = |what: &str, proofs: &[Proof]| match verify(proofs) {
        Ok(verified) => panic!("{what} is not caught: {verified:?}"),
        Err(Error::Proof(_)) => {
            out.row([what.to_owned(), "the proof does not prove that".to_owned()]);
        }
        Err(error) => out.row([what.to_owned(), error.to_string()]),
    };
    for (what, forge) in FORGERIES {
        let mut proofs = copied().to_vec();
        forge(&mut proofs);
        refused(what, &proofs);
    }
    for (what, order) in CHAINS {
        let proofs: Vec<Proof> = order.iter().map(|at| copied()[*at].clone()).collect();
        refused(what, &proofs);
    }
    let mut run = copied().to_vec();
    run[1] = others()[1].clone();
    refused("a segment of the same program with other data", &run);
    refused("all segments of the same program with other data", others());
    let mut run = copied().to_vec();
    run[1].header = koalas()[1].header.clone();
    refused("the field of one segment", &run);
    out.text()
}
