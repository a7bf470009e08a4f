//! The decode table: decision trees over the bits that tell instructions apart, as arrays of steps.
//!
//! A step looks at one or two runs of adjacent bits at once, which are chosen so that they are fixed in nearly all
//! of the remaining candidates and differ between them: opcode and funct3 first, for the base ISA, then funct7. A
//! candidate that leaves some of these bits open is in the groups of all their values. What the
//! bits alone cannot tell apart is left to the caller, as a list. A tree knows nothing but patterns, and whether a
//! word really fits a candidate is the caller's to check.

/// A pattern: these bits of a word are fixed, and have these values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) mask: u32,
    pub(crate) bits: u32,
}

/// What a word may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// Its name in the result.
    pub(super) number: u32,
    /// The bits that its words have.
    pub(super) pattern: Pattern,
    /// Words that are not its own after all.
    pub(super) excluded: &'a [Pattern],
}

/// Groups of candidates that one word is never in two of: those of 2 and of 4 bytes.
pub(super) const GROUPS: usize = 2;

/// Decision trees over the patterns of several groups of candidates, one for each group.
#[derive(Debug, Default)]
pub(super) struct Forest {
    steps: Vec<Step>,
    /// Children of all steps.
    children: Vec<Child>,
    /// Candidates of all leaves that have several.
    lists: Vec<u32>,
    /// Ranges of `lists`.
    leaves: Vec<(u32, u32)>,
    roots: [Child; GROUPS],
}

/// Goes on with child number `(word >> low) & low_mask | (word >> high) & high_mask`; the masks are disjoint.
#[derive(Debug, Clone, Copy)]
struct Step {
    low_mask: u32,
    high_mask: u32,
    low: u8,
    high: u8,
    children: u32,
}

/// What is behind a step, in a word: a kind in the two highest bits, and an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Child(u32);

impl Child {
    const INDEX: u32 = u32::MAX >> 2;
    /// A further step.
    const STEP: u32 = 0;
    /// No other candidate than this one fits.
    const ONE: u32 = 1 << 30;
    /// No other candidates than those of this leaf fit.
    const SEVERAL: u32 = 2 << 30;
    /// No pattern fits.
    const NONE: Self = Self(u32::MAX);

    fn kind(self) -> u32 {
        self.0 & !Self::INDEX
    }

    fn index(self) -> usize {
        (self.0 & Self::INDEX) as usize
    }
}

impl Default for Child {
    fn default() -> Self {
        Self::NONE
    }
}

/// The candidates that may fit a word.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    None,
    One(u32),
    Several(&'a [u32]),
}

/// Every path has at least as many steps. Nearly all paths have no more, so that a processor, which guesses
/// branches from what they did before, is right about the end of the walk.
const COMMON_DEPTH: usize = 2;
/// Bits that one run of a step has, at most.
const MAX_RUN: u32 = 7;
/// Of this many candidates, at most one may leave a bit open that a step looks at.
const OPEN_ONE_IN: usize = 4;
/// Of no more candidates than these, any number may do so.
const FEW: usize = 8;
/// Places that copies of candidates may take altogether, for each candidate.
const COPIES: usize = 16;

impl Pattern {
    /// True for a word that has the fixed bits.
    #[inline]
    pub(crate) fn fits(self, word: u32) -> bool {
        word & self.mask == self.bits
    }
}

impl Forest {
    /// Trees for these groups of candidates, which have their numbers as names in the results.
    pub(super) fn new(groups: [&[Candidate<'_>]; GROUPS]) -> Self {
        let mut forest = Self::default();
        forest.roots = groups.map(|candidates| {
            let mut copies = candidates.len() * COPIES;
            forest.build(candidates, Pattern { mask: 0, bits: 0 }, 0, &mut copies)
        });
        forest
    }

    /// The candidates of a group that may fit a word.
    #[inline]
    pub(super) fn candidates(&self, group: usize, word: u32) -> Found<'_> {
        let mut at = self.roots[group];
        for _ in 0..COMMON_DEPTH {
            at = self.child(at, word);
        }
        while at.kind() == Child::STEP {
            at = self.child(at, word);
        }
        match at.kind() {
            Child::ONE => Found::One(at.index() as u32),
            Child::SEVERAL => {
                let (first, end) = self.leaves[at.index()];
                Found::Several(&self.lists[first as usize..end as usize])
            }
            _ => Found::None,
        }
    }

    #[inline]
    fn child(&self, step: Child, word: u32) -> Child {
        let step = &self.steps[step.index()];
        let child = ((word >> step.low) & step.low_mask) | ((word >> step.high) & step.high_mask);
        self.children[(step.children + child) as usize]
    }

    /// A leaf for these candidates at this depth.
    fn leaf(&mut self, candidates: &[Candidate<'_>], depth: usize) -> Child {
        let mut child = match candidates {
            [] => Child::NONE,
            [candidate] => Child(Child::ONE | candidate.number),
            _ => {
                let first = self.lists.len() as u32;
                self.lists
                    .extend(candidates.iter().map(|candidate| candidate.number));
                self.leaves.push((first, self.lists.len() as u32));
                Child(Child::SEVERAL | (self.leaves.len() - 1) as u32)
            }
        };
        for _ in depth..COMMON_DEPTH {
            let (step, children) = (self.steps.len() as u32, self.children.len() as u32);
            self.children.push(child);
            self.steps.push(Step {
                low_mask: 0,
                high_mask: 0,
                low: 0,
                high: 0,
                children,
            });
            child = Child(Child::STEP | step);
        }
        child
    }

    /// Adds the subtree of these candidates for words that fit `known`, the bits that the steps above have looked at.
    /// Every step adds to them, so that the depth is at most 32; and it has at most 32 children for
    /// each of its candidates, so that the whole has a size in proportion to them.
    fn build(
        &mut self,
        candidates: &[Candidate<'_>],
        known: Pattern,
        depth: usize,
        copies: &mut usize,
    ) -> Child {
        if candidates.len() <= 1 {
            return self.leaf(candidates, depth);
        }
        let runs = |copies| choose(candidates, !known.mask, copies);
        let needed = |runs: &(Run, Run)| -> usize {
            let open = runs.0.mask() | runs.1.mask();
            candidates
                .iter()
                .map(|candidate| 1usize << (open & !candidate.pattern.mask).count_ones())
                .sum()
        };
        let chosen = match runs(true) {
            Some(chosen) if needed(&chosen) > *copies => runs(false),
            chosen => chosen,
        };
        let Some((low, high)) = chosen else {
            return self.leaf(candidates, depth);
        };
        *copies = copies.saturating_sub(needed(&(low, high)));
        let step = Step {
            low: low.lo,
            low_mask: (1 << low.len) - 1,
            high: if high.len == 0 { 0 } else { high.lo - low.len },
            high_mask: ((1 << high.len) - 1) << low.len,
            children: self.children.len() as u32,
        };
        let value = |word: u32| {
            ((word >> step.low) & step.low_mask) | ((word >> step.high) & step.high_mask)
        };
        let mut groups: Vec<Vec<Candidate<'_>>> = vec![Vec::new(); 1 << (low.len + high.len)];
        for candidate in candidates {
            let open = value(!candidate.pattern.mask);
            let fixed = value(candidate.pattern.bits & candidate.pattern.mask);
            // All values of the open bits, from none to all of them.
            let mut filled = 0u32;
            loop {
                groups[(fixed | filled) as usize].push(*candidate);
                if filled == open {
                    break;
                }
                filled = filled.wrapping_sub(open) & open;
            }
        }
        let id = self.steps.len() as u32;
        self.steps.push(step);
        self.children
            .resize(self.children.len() + groups.len(), Child::NONE);
        for (index, mut group) in (0u32..).zip(groups) {
            let value = Pattern {
                mask: low.mask() | high.mask(),
                bits: ((index & step.low_mask) << step.low)
                    | ((index & step.high_mask) << step.high),
            };
            let known = Pattern {
                mask: known.mask | value.mask,
                bits: known.bits | value.bits,
            };
            group.retain(|candidate| {
                !candidate
                    .excluded
                    .iter()
                    .any(|excluded| excluded.mask & !known.mask == 0 && excluded.fits(known.bits))
            });
            let child = self.build(&group, known, depth + 1, copies);
            self.children[(step.children + index) as usize] = child;
        }
        Child(Child::STEP | id)
    }
}

/// Adjacent bits of a word.
#[derive(Debug, Clone, Copy)]
struct Run {
    lo: u8,
    len: u8,
}

impl Run {
    const NONE: Self = Self { lo: 0, len: 0 };

    fn mask(self) -> u32 {
        ((1 << self.len) - 1) << self.lo
    }
}

/// The two lowest runs of bits that tell candidates apart; none if no bit does. The second may be empty.
fn choose(candidates: &[Candidate<'_>], untested: u32, may_copy: bool) -> Option<(Run, Run)> {
    let may_be_open = match candidates.len() {
        _ if !may_copy => 0,
        few @ ..=FEW => few - 1,
        many => many / OPEN_ONE_IN,
    };
    let (mut usable, mut telling) = (0u32, 0u32);
    for bit in (0..32).map(|n| 1u32 << n).filter(|bit| untested & bit != 0) {
        let (mut zeros, mut ones) = (0, 0);
        for Candidate { pattern, .. } in candidates {
            if pattern.mask & bit != 0 {
                if pattern.bits & bit == 0 {
                    zeros += 1;
                } else {
                    ones += 1;
                }
            }
        }
        if candidates.len() - zeros - ones <= may_be_open {
            usable |= bit;
            if zeros + ones > 0 && zeros.max(ones) < candidates.len() {
                telling |= bit;
            }
        }
    }
    // 32 children for each candidate.
    let mut budget = candidates.len().ilog2() + 5;
    let mut next = |telling: &mut u32| {
        if *telling == 0 || budget == 0 {
            return Run::NONE;
        }
        let lo = telling.trailing_zeros();
        let len = (usable >> lo).trailing_ones().min(MAX_RUN).min(budget);
        // Bits at the end of the run that tell nothing are left out.
        let inside = (*telling >> lo) & ((1 << len) - 1);
        let len = 32 - inside.leading_zeros();
        *telling &= !(((1u32 << len) - 1) << lo);
        budget -= len;
        Run {
            lo: lo as u8,
            len: len as u8,
        }
    };
    let low = next(&mut telling);
    let high = next(&mut telling);
    (low.len > 0).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern() -> impl Strategy<Value = Pattern> {
        (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(a, b, bits)| Pattern {
            mask: a | b,
            bits: bits & (a | b),
        })
    }

    fn numbered<'a>(patterns: &'a [(Pattern, Vec<Pattern>)]) -> Vec<Candidate<'a>> {
        (0u32..)
            .zip(patterns)
            .map(|(number, (pattern, excluded))| Candidate {
                number,
                pattern: *pattern,
                excluded,
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// No candidate is lost, whatever the patterns: also those that share words.
        #[test]
        fn every_pattern_that_fits_is_among_the_candidates(
            patterns in proptest::collection::vec((pattern(), proptest::collection::vec(pattern(), 0..3)), 0..200),
            words in proptest::collection::vec(any::<u32>(), 64),
        ) {
            let candidates = numbered(&patterns);
            let tree = Forest::new([&candidates, &[]]);
            let of_patterns = patterns.iter().zip(&words).map(|((pattern, _), word)| word & !pattern.mask | pattern.bits);
            for word in words.iter().copied().chain(of_patterns) {
                let found = tree.candidates(0, word);
                for Candidate { number, pattern, excluded } in &candidates {
                    let among = match found {
                        Found::None => false,
                        Found::One(one) => one == *number,
                        Found::Several(list) => list.contains(number),
                    };
                    let fits = pattern.fits(word) && !excluded.iter().any(|excluded| excluded.fits(word));
                    prop_assert!(among || !fits);
                }
            }
        }
    }

    #[test]
    fn a_tree_has_a_size_in_proportion_to_its_candidates() {
        // Patterns that fix some bits each, at places that have nothing in common.
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(0x9e37_79b9).wrapping_add(0x7f4a_7c15);
            state ^ state >> 15
        };
        let patterns: Vec<(Pattern, Vec<Pattern>)> = (0..4096)
            .map(|_| {
                let mask = random() | random() | random();
                let bits = random() & mask;
                (Pattern { mask, bits }, Vec::new())
            })
            .collect();
        let tree = Forest::new([&numbered(&patterns), &[]]);
        let places = tree.children.len() + tree.lists.len() + tree.steps.len();
        assert!(places < patterns.len() * COPIES * 32, "{places}");
    }
}
