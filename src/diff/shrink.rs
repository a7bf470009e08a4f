//! Makes a failing case small: fewer rows, fewer words that are not zero, simpler arguments.
//!
//! Greedy and bounded: a candidate is kept if it still fails. What remains is a local minimum, in which
//! usually every word that is left matters.

use super::case::Case;
use super::engines::{Difference, Engines, Verdict};
use super::memory::Layout;
use super::roles::{Role, Roles};

/// Candidates that are tried at most.
const ATTEMPTS: usize = 3000;

/// The smallest failing case that the search finds, with its difference.
pub fn shrink(
    engines: &mut Engines<'_>,
    roles: &Roles,
    case: Case,
    difference: Difference,
) -> (Case, Difference) {
    let layout = *engines.layout();
    let mut search = Search {
        engines,
        case,
        difference,
        attempts: ATTEMPTS,
    };
    loop {
        let before = search.case.clone();
        search.scribble();
        search.arguments(roles, &layout);
        search.zeros(&layout);
        search.ones(&layout);
        if search.case == before || search.attempts == 0 {
            return (search.case, search.difference);
        }
    }
}

struct Search<'s, 'a> {
    engines: &'s mut Engines<'a>,
    case: Case,
    difference: Difference,
    attempts: usize,
}

impl Search<'_, '_> {
    /// Keeps the candidate if it fails.
    fn attempt(&mut self, candidate: Case) -> bool {
        if self.attempts == 0 || candidate == self.case {
            return false;
        }
        self.attempts -= 1;
        match self.engines.judge(&candidate) {
            Verdict::Differs(difference) => {
                self.case = candidate;
                self.difference = *difference;
                true
            }
            _ => false,
        }
    }

    fn scribble(&mut self) {
        let candidate = Case {
            scribble: None,
            ..self.case.clone()
        };
        self.attempt(candidate);
    }

    fn arguments(&mut self, roles: &Roles, layout: &Layout) {
        // All together first: what only fails for equal arguments cannot shrink one by one.
        loop {
            let mut candidate = self.case.clone();
            for (argument, (role, _)) in candidate.arguments.iter_mut().zip(&roles.parameters) {
                if *role != Role::Context && !role.is_pointer() {
                    *argument /= 2;
                }
            }
            if !self.attempt(candidate) {
                break;
            }
        }
        for (index, &(role, _)) in roles.parameters.iter().enumerate() {
            if role == Role::Context || role.is_pointer() {
                continue;
            }
            // Straight to zero or one; else half, and then less and less.
            for small in [0, 1] {
                if self.case.arguments[index] > small && self.with_argument(index, small) {
                    break;
                }
            }
            let mut step = self.case.arguments[index] / 2;
            while step > 0 && self.attempts > 0 {
                let value = self.case.arguments[index];
                if value < step || !self.with_argument(index, value - step) {
                    step /= 2;
                }
            }
        }
        // A pointer that is not special reads better as a round number; its data move along.
        let heap = Case::heap(layout);
        for (index, &(role, _)) in roles.parameters.iter().enumerate() {
            let value = self.case.arguments[index];
            if role.is_pointer() && !value.is_multiple_of(0x100) {
                let down = value % 0x100;
                let mut candidate = self.case.clone();
                candidate.arguments[index] = value - down;
                let range = heap.clone();
                candidate.arena[range]
                    .rotate_left(down as usize % super::memory::HEAP_SIZE as usize);
                if !self.attempt(candidate) {
                    self.with_argument(index, value - down);
                }
            }
        }
    }

    fn with_argument(&mut self, index: usize, value: u64) -> bool {
        let mut candidate = self.case.clone();
        candidate.arguments[index] = value;
        self.attempt(candidate)
    }

    /// Zeros instead of data, from large pieces to single words.
    fn zeros(&mut self, layout: &Layout) {
        let heap = Case::heap(layout);
        let mut size = heap.len();
        while size >= 4 {
            for start in heap.clone().step_by(size) {
                let range = start..start + size;
                if self.case.arena[range.clone()].iter().any(|&byte| byte != 0) {
                    let candidate = self.case.with_zeros(range);
                    self.attempt(candidate);
                }
            }
            size /= 2;
        }
    }

    /// Ones instead of other words.
    fn ones(&mut self, layout: &Layout) {
        for offset in Case::heap(layout).step_by(4) {
            if self.case.word(offset) > 1 {
                let mut candidate = self.case.clone();
                candidate.set_word(offset, 1);
                self.attempt(candidate);
            }
        }
    }
}
