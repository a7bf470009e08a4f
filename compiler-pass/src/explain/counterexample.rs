//! Looks for words of which a loop makes one that is no canonical residue, though all that it reads and carries are.
//!
//! What is found is a flaw of the loop, or a case that its author knows not to happen. Where nothing is found, the loop
//! may be right and the analysis too weak: the remark says which of the two is likely.

use super::concrete::{Input, Inputs, Iteration, Target};
use crate::analysis::nest::Nests;
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::term::mul;
use crate::lift::words::Lifter;
use crate::remark::Evidence;
use cranelift_codegen::ir::{Inst, Value, ValueDef};
use cranelift_codegen::loop_analysis::Loop;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

/// Iterations that are tried for a word.
const TRIES: u64 = 1024;
/// Instructions that may be executed for all words of a loop.
const MAX_STEPS: u32 = 4_000_000;
/// Which iteration is looked at: not the first one, which may be special.
const ITERATION: i128 = 1;

/// A loop of which iterations are tried.
pub struct Search<'a> {
    nests: &'a Nests<'a>,
    row: Loop,
    p: u64,
    /// Bits of the words that elements are kept in.
    bits: u32,
    inner_exits: HashMap<Inst, usize>,
    counters: HashMap<Value, Poly>,
    /// Values on entry that are canonical.
    elements: BTreeSet<Value>,
    palette: Vec<u64>,
    steps: u32,
}

impl<'a> Search<'a> {
    /// A search in the loop that the lifter has looked at.
    pub fn new(lifter: &mut Lifter<'_, 'a>, row: Loop) -> Self {
        let nests = lifter.evolution.nests;
        let mut inner_exits = HashMap::new();
        let mut inner = nests.info(row).children.clone();
        while let Some(l) = inner.pop() {
            if let Some(exit) = lifter.evolution.exit(l) {
                inner_exits.insert(exit.edge.branch, exit.edge.destination);
            }
            inner.extend(&nests.info(l).children);
        }
        let params = nests.func.dfg.block_params(nests.header(row));
        let counted = |&param: &Value| Some((param, lifter.evolution.poly(param)?));
        let counters = params.iter().filter_map(counted).collect();
        Self {
            nests,
            row,
            p: lifter.p,
            bits: 8 * u32::from(lifter.bytes),
            inner_exits,
            counters,
            elements: lifter.assumed_entries.clone(),
            palette: palette(lifter.p),
            steps: 0,
        }
    }

    /// What can be said of a word that was not proved to be canonical. `None` if no iteration could be followed so far.
    pub fn evidence(&mut self, target: Target) -> Option<Evidence> {
        let mut tries = 0;
        for seed in 0..TRIES {
            if self.steps > MAX_STEPS {
                break;
            }
            let (outcome, chosen) = self.iterate(target, seed, &HashMap::new());
            match outcome {
                Outcome::Lost => {}
                Outcome::Canonical => tries += 1,
                Outcome::Found(result) => return Some(self.simplest(target, seed, result, chosen)),
            }
            // An iteration that cannot be followed is one whatever the words are.
            if seed == TRIES / 16 && tries == 0 {
                break;
            }
        }
        (tries > 0).then_some(Evidence::NoCounterexample {
            tries,
            modulus: self.p,
        })
    }

    /// The counterexample with as many words zero as possible.
    fn simplest(
        &mut self,
        target: Target,
        seed: u64,
        result: u64,
        chosen: Vec<(Input, u64)>,
    ) -> Evidence {
        let mut result = result;
        let mut words: HashMap<Input, u64> = chosen.into_iter().collect();
        let mut inputs: Vec<Input> = words.keys().copied().collect();
        inputs.sort_unstable();
        for input in inputs {
            let before = words.insert(input, 0);
            let (outcome, _) = self.iterate(target, seed, &words);
            match (outcome, before) {
                (Outcome::Found(word), _) => result = word,
                (_, Some(before)) => {
                    words.insert(input, before);
                }
                (_, None) => {}
            }
        }
        let mut words: Vec<(Input, u64)> = words.into_iter().filter(|(_, w)| *w != 0).collect();
        words.sort_unstable();
        Evidence::Counterexample {
            words: words
                .into_iter()
                .map(|((value, times), word)| (value, times, word))
                .collect(),
            result,
            modulus: self.p,
        }
    }

    /// Tries one iteration: what became of it, and the words that it read and carried.
    fn iterate(
        &mut self,
        target: Target,
        seed: u64,
        given: &HashMap<Input, u64>,
    ) -> (Outcome, Vec<(Input, u64)>) {
        let mut words = Vec::new();
        let reached = Cell::new(false);
        let p = self.p;
        let choices = Choices {
            search: self,
            seed,
            given,
            words: &mut words,
        };
        let mut iteration = Iteration::new(self.nests, self.row, &self.inner_exits, choices);
        let found = iteration.find(target, &|word| {
            reached.set(true);
            word >= p
        });
        let steps = iteration.steps;
        self.steps += steps;
        let outcome = match (found, reached.get()) {
            (Some(word), _) => Outcome::Found(word),
            (None, true) => Outcome::Canonical,
            (None, false) => Outcome::Lost,
        };
        (outcome, words)
    }

    /// True if the input is an element: a word in memory, a carried word, or a value on entry that is taken to be one.
    fn is_element(&self, (value, _): Input, bits: u32) -> bool {
        if self.elements.contains(&value) {
            return true;
        }
        let dfg = &self.nests.func.dfg;
        let Some(block) = self.nests.def_block(value) else {
            return false;
        };
        let inside = self.nests.contains(self.row, block);
        match dfg.value_def(value) {
            // The bits are those of what is read.
            ValueDef::Result(..) => inside && bits == self.bits,
            _ => inside && bits >= self.bits,
        }
    }
}

enum Outcome {
    /// The word was not reached: the iteration cannot be followed.
    Lost,
    Canonical,
    Found(u64),
}

/// The choices for one iteration.
struct Choices<'s, 'a> {
    search: &'s Search<'a>,
    seed: u64,
    given: &'s HashMap<Input, u64>,
    /// Elements that were chosen.
    words: &'s mut Vec<(Input, u64)>,
}

impl Choices<'_, '_> {
    fn hash(&self, (value, times): Input) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
        let mut z = (self.seed << 40 ^ u64::from(value.as_u32()) << 8 ^ u64::from(times))
            .wrapping_add(1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// An address, a count, a flag: all are different, and addresses are far from each other.
    fn anything(&self, (value, _): Input) -> u64 {
        (1 + u64::from(value.as_u32())) << 20 | 1
    }
}

impl Inputs for Choices<'_, '_> {
    fn counter(&mut self, param: Value) -> Option<u64> {
        let poly = self.search.counters.get(&param)?;
        let mut sum = 0i128;
        for (factors, coefficient) in poly.terms() {
            let mut product = coefficient;
            for factor in factors {
                let factor = match *factor {
                    Atom::Index(_) => ITERATION,
                    Atom::Entry(v) | Atom::Word(v) => self.anything((v, 0)).into(),
                    Atom::Shifted(v, k) => i128::from(self.anything((v, 0)) >> k),
                };
                product = product.wrapping_mul(factor);
            }
            sum = sum.wrapping_add(product);
        }
        Some(sum.cast_unsigned() as u64)
    }

    fn choose(&mut self, input: Input, bits: u32) -> u64 {
        if let Some(&word) = self.given.get(&input) {
            return word;
        }
        let search = self.search;
        if !search.is_element(input, bits) {
            return self.anything(input);
        }
        let hash = self.hash(input);
        let word = match hash % 4 {
            0 => hash / 4 % search.p,
            _ => search.palette[(hash / 4) as usize % search.palette.len()],
        };
        self.words.push((input, word));
        word
    }
}

/// Canonical residues at which reductions go wrong first.
fn palette(p: u64) -> Vec<u64> {
    let two_32 = (1u64 << 32) % p;
    let r = if p > u32::MAX.into() {
        mul(p, two_32, two_32)
    } else {
        two_32
    };
    let mut words = vec![
        0,
        1,
        2,
        3,
        p - 1,
        p - 2,
        p - 3,
        p / 2,
        p / 2 + 1,
        p / 4,
        r,
        mul(p, r, r),
        p - r,
    ];
    words.extend([31, 32, 63].map(|bits| ((1u128 << bits) % u128::from(p)) as u64));
    words.sort_unstable();
    words.dedup();
    words
}
