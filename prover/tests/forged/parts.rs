//! Parts of a right proof, changed.

use super::Table;
use crate::runs::{copied, copier, verify};
use p3_baby_bear::BabyBear;
use p3_batch_stark::BatchProof;
use p3_field::PrimeCharacteristicRing;
use zktr_prove::Error;
use zktr_prove::config::{Challenge, Config};
use zktr_prove::proof::Proof;

type Stark = BatchProof<Config<BabyBear>>;
type Forgery = (&'static str, fn(&mut Stark));

const FORGERIES: [Forgery; 29] = [
    ("a table is higher", |p| p.degree_bits[0] += 1),
    ("a table is lower", |p| p.degree_bits[0] -= 1),
    ("a table has no row", |p| p.degree_bits[0] = 0),
    ("a table has more rows than memory", |p| {
        p.degree_bits[0] = 60
    }),
    ("a height that is none", |p| p.degree_bits[0] = usize::MAX),
    ("a table that everybody knows is higher", |p| {
        *p.degree_bits.last_mut().unwrap() += 1
    }),
    ("two heights change places", |p| {
        let bits = &mut p.degree_bits;
        let other = bits.iter().position(|other| *other != bits[0]);
        bits.swap(0, other.expect("tables of several heights"));
    }),
    ("a height is missing", |p| {
        p.degree_bits.pop();
    }),
    ("a height more", |p| p.degree_bits.push(4)),
    ("no heights", |p| p.degree_bits.clear()),
    ("the sum of a table", |p| {
        *sum(p, 0) += Challenge::<BabyBear>::ONE
    }),
    ("the sums of two tables, with the same total", |p| {
        *sum(p, 0) += Challenge::<BabyBear>::ONE;
        *sum(p, 1) -= Challenge::<BabyBear>::ONE;
    }),
    ("no sum for a table", |p| p.lookup_terminals[0] = None),
    ("a sum is missing", |p| {
        p.lookup_terminals.pop();
    }),
    ("all sums are zero", |p| {
        for terminal in p.lookup_terminals.iter_mut().flatten() {
            terminal.0 = Challenge::<BabyBear>::ZERO;
        }
    }),
    ("the work before the look-ups' challenges", |p| {
        p.lookup_pow_witness = p.lookup_pow_witness.map(|w| w + BabyBear::ONE);
    }),
    ("no work before the look-ups' challenges", |p| {
        p.lookup_pow_witness = None
    }),
    ("the work before the point of the openings", |p| {
        p.ood_pow_witness += BabyBear::ONE
    }),
    (
        "the commitment to the tables is that to the quotients",
        |p| {
            p.commitments.main = p.commitments.quotient_chunks.clone();
        },
    ),
    (
        "the commitment to the quotients is that to the tables",
        |p| {
            p.commitments.quotient_chunks = p.commitments.main.clone();
        },
    ),
    ("no commitment to the look-ups' columns", |p| {
        p.commitments.permutation = None
    }),
    ("a commitment to columns that hide", |p| {
        p.commitments.random = Some(p.commitments.main.clone());
    }),
    ("a value of a table's column", |p| {
        p.opened_values.instances[0].base_opened_values.trace_local[0] +=
            Challenge::<BabyBear>::ONE;
    }),
    ("a value of a column that a table does not have", |p| {
        let values = &mut p.opened_values.instances[0].base_opened_values.trace_local;
        values.push(Challenge::<BabyBear>::ONE);
    }),
    ("no values of a table", |p| {
        p.opened_values.instances[0]
            .base_opened_values
            .trace_local
            .clear();
    }),
    ("a value of a quotient", |p| {
        p.opened_values.instances[0]
            .base_opened_values
            .quotient_chunks[0][0] += Challenge::<BabyBear>::ONE;
    }),
    ("a value of a look-up's column", |p| {
        p.opened_values.instances[0].permutation_local[0] += Challenge::<BabyBear>::ONE;
    }),
    ("a value of a look-up's column in the next row", |p| {
        p.opened_values.instances[0].permutation_next[0] += Challenge::<BabyBear>::ONE;
    }),
    ("the values of two tables change places", |p| {
        p.opened_values.instances.swap(0, 1)
    }),
];

/// The sum of the messages of a table that has any.
fn sum(proof: &mut Stark, table: usize) -> &mut Challenge<BabyBear> {
    let mut terminals = proof.lookup_terminals.iter_mut().flatten();
    &mut terminals.nth(table).expect("all tables have messages").0
}

pub fn table() -> String {
    let guest = copier();
    let proofs = copied();
    let right = &proofs[0];
    let bytes = right.encode().unwrap();
    let (head, stark) = bytes.split_at(bytes.len() - right.stark_len());
    let (prefix, body) = (&head[..12], &head[20..]);
    let mut out = Table::new(&["forged", "the verifier"]);
    let mut refused = |what: &str, forged: &[u8]| {
        assert_ne!(forged, stark, "{what}: nothing is forged");
        let stark = forged;
        let len = (body.len() + stark.len()) as u64;
        let bytes = [prefix, &len.to_le_bytes(), body, stark].concat();
        let result = Proof::decode_all(&bytes).and_then(|mut forged| {
            forged.extend_from_slice(&proofs[1..]);
            verify(&guest, &forged)
        });
        let error = match result {
            Ok(_) => panic!("{what} is not caught"),
            Err(Error::Proof(error) | Error::Format(error)) => error,
            Err(error) => panic!("{what}: {error}"),
        };
        // Values in messages are of this one proof.
        let short = error.split(['(', '{', ':']).next().unwrap_or(&error);
        out.row([what.to_owned(), short.trim().to_owned()]);
    };
    for (what, forge) in FORGERIES {
        let mut proof: Stark = postcard::from_bytes(stark).unwrap();
        forge(&mut proof);
        refused(what, &postcard::to_stdvec(&proof).unwrap());
    }
    refused("the last byte is missing", &stark[..stark.len() - 1]);
    refused("a byte more", &[stark, &[0]].concat());
    refused("no byte at all", &[]);
    let other = proofs[1].encode().unwrap();
    let other = &other[other.len() - proofs[1].stark_len()..];
    refused("the proof of another segment", other);
    let mut random = crate::trace_support::Random(5);
    for _ in 0..16 {
        let mut flipped = stark.to_vec();
        let bit = random.below(8 * stark.len() as u64) as usize;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let result = Proof::decode_all(&[head, &flipped].concat()).and_then(|mut forged| {
            forged.extend_from_slice(&proofs[1..]);
            verify(&guest, &forged)
        });
        assert!(result.is_err(), "bit {bit}");
    }
    out.row(["any bit".to_owned(), "one of these".to_owned()]);
    out.text()
}
