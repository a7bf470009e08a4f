//! What has no known size while the source is read, and the sizes that it gets at the end.
//!
//! While the source is read, such a thing (a [`Variable`]) takes a few placeholder bytes in its section, at
//! least one, so that every label has a position that orders it among them. Positions with placeholders are
//! *virtual*. [`Layout::position`] turns them into offsets for given sizes.

use crate::Dialect;
use crate::lex::Loc;
use crate::value::Value;

/// Something of a size that is known last.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// Virtual position.
    pub at: u64,
    /// Bytes that it takes while the source is read.
    pub placeholder: u64,
    /// Bytes that it takes in the end.
    pub size: u64,
    /// What it is.
    pub kind: VariableKind,
    /// Where it is written.
    pub loc: Loc,
}

/// Kinds of variables.
#[derive(Debug, Clone)]
pub(crate) enum VariableKind {
    /// A branch or jump to a label.
    Branch(Branch),
    /// Padding up to a multiple, if not longer than a maximum.
    Align {
        /// A power of two.
        align: u64,
        /// What it consists of.
        fill: Fill,
        /// Its greatest length.
        max: u64,
    },
    /// Up to an offset of the section.
    Org {
        /// The offset.
        target: Value,
        /// The byte that fills.
        fill: u8,
    },
    /// A number of equal bytes.
    Space {
        /// How many.
        count: Value,
        /// Their value.
        fill: u8,
    },
    /// A number in LEB128.
    Leb {
        /// The number.
        value: Value,
        /// With a sign.
        signed: bool,
    },
}

/// What padding consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// This many low bytes of a number, again and again.
    Bytes(u64, u8),
    /// Instructions that do nothing; compressed ones if true.
    Nops(bool),
}

/// A branch or jump: its forms, from the shortest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Branch {
    /// The target.
    pub value: Value,
    /// Where it is written.
    pub loc: Loc,
    /// Compressed: word, instruction, operand for the distance.
    pub narrow: Option<Form>,
    /// Of four bytes.
    pub wide: Form,
    /// A branch on the opposite condition around a jump.
    pub far: Option<Far>,
    /// It is written as a compressed one.
    pub is_compressed: bool,
    /// The linker may shorten code, so it is left to it.
    pub relax: bool,
}

/// An instruction whose distance is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// The word, without the distance.
    pub word: u32,
    /// Index of the instruction.
    pub instruction: u32,
    /// Index of the operand.
    pub operand: u8,
}

/// The longest form of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Far {
    /// The branch around, with its distance in place.
    pub around: u32,
    /// The same, compressed.
    pub narrow: Option<u32>,
    /// The jump.
    pub jump: Form,
}

impl Far {
    /// The size with the shortest branch around.
    pub fn size(&self) -> u64 {
        self.narrow.map_or(8, |_| 6)
    }

    /// The branch around in the form of this size, and its length.
    pub fn around(&self, size: u64) -> (u32, u8) {
        match self.narrow {
            Some(word) if size == 6 => (word, 2),
            _ => (self.around, 4),
        }
    }
}

impl Branch {
    /// Its sizes, from the smallest.
    pub fn sizes(&self) -> impl Iterator<Item = u64> {
        let far = self.far.map(|far| far.size());
        self.narrow.map(|_| 2).into_iter().chain([4]).chain(far)
    }

    /// The size where nothing is known of the target: a jump reaches, a branch may not. GNU as compresses nothing then.
    pub fn size_for_unknown(&self, dialect: Dialect) -> u64 {
        match (self.far, dialect) {
            (None, _) => 4,
            (Some(_), Dialect::Gnu) => 8,
            (Some(far), Dialect::Llvm) => far.size(),
        }
    }

    /// The instruction with the distance in the form of this size, and its place in it.
    pub fn form(&self, size: u64) -> (Form, u64) {
        match (size, self.narrow, self.far) {
            (2, Some(narrow), _) => (narrow, 0),
            (6.., _, Some(far)) => (far.jump, far.around(size).1.into()),
            _ => (self.wide, 0),
        }
    }
}

/// The variables of a section, and the places that the linker may change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// By position.
    pub variables: Vec<Variable>,
    /// By how much positions behind the first i variables move.
    shifts: Vec<i64>,
    /// Virtual positions of code that the linker may shorten, ascending.
    sites: Vec<u64>,
}

impl Layout {
    /// Notes that the linker may shorten what is at this position, which is behind all others.
    pub fn add_site(&mut self, at: u64) {
        self.sites.push(at);
    }

    /// How many of them there are.
    pub fn sites(&self) -> usize {
        self.sites.len()
    }

    /// May the linker change this section?
    pub fn is_relaxed(&self) -> bool {
        !self.sites.is_empty()
    }

    /// May the linker change the distance between two positions?
    pub fn is_relaxed_between(&self, a: u64, b: u64) -> bool {
        self.sites
            .last()
            .is_some_and(|&last| last >= a.min(b) && between(&self.sites, a, b, |&site| site))
    }

    /// Is there a variable between two positions?
    pub fn is_variable_between(&self, a: u64, b: u64) -> bool {
        self.variables
            .last()
            .is_some_and(|last| last.at >= a.min(b) && between(&self.variables, a, b, |v| v.at))
    }

    /// How many variables are before a position; fast if `guess` is near.
    pub fn rank_near(&self, at: u64, guess: usize) -> usize {
        rank_from(&self.variables, guess, |v| v.at < at)
    }

    /// The offset of a virtual position, with the present sizes.
    pub fn position(&self, at: u64) -> u64 {
        let rank = self.variables.partition_point(|v| v.at < at);
        self.position_behind(at, rank)
    }

    /// The same, if it is known how many variables are before it.
    pub fn position_behind(&self, at: u64, rank: usize) -> u64 {
        at.wrapping_add_signed(self.shifts.get(rank).copied().unwrap_or(0))
    }

    /// Computes the positions for the present sizes, and with them the sizes of alignments.
    pub fn place(&mut self) {
        self.shifts.resize(self.variables.len() + 1, 0);
        for i in 0..self.variables.len() {
            self.place_one(i, None);
        }
    }

    /// By how much positions behind the first i variables move.
    pub fn shifts(&self) -> &[i64] {
        &self.shifts
    }

    /// Computes the position behind a variable, from that before it; with another size, if it is no alignment. True if its
    /// size has changed.
    #[inline]
    pub fn place_one(&mut self, i: usize, size: Option<u64>) -> bool {
        let shift = self.shifts[i];
        let variable = &mut self.variables[i];
        let old = variable.size;
        variable.size = match (&variable.kind, size) {
            (&VariableKind::Align { align, max, .. }, _) => {
                let start = variable.at.wrapping_add_signed(shift);
                let padding = start.wrapping_neg() & (align - 1);
                if padding <= max { padding } else { 0 }
            }
            (_, Some(size)) => size,
            (_, None) => variable.size,
        };
        self.shifts[i + 1] = shift + variable.size as i64 - variable.placeholder as i64;
        variable.size != old
    }

    /// Forgets the variables when their sizes are final and positions have been replaced by offsets.
    pub fn settle(&mut self) {
        let mut sites = std::mem::take(&mut self.sites);
        for site in &mut sites {
            *site = self.position(*site);
        }
        self.sites = sites;
        self.variables = Vec::new();
        self.shifts = Vec::new();
    }
}

/// Is there an element at a key from the lower of two up to the other?
fn between<T>(sorted: &[T], a: u64, b: u64, key: impl Fn(&T) -> u64) -> bool {
    // Mostly the positions are near the end.
    let first = rank_from(sorted, sorted.len(), |x| key(x) < a.min(b));
    sorted.get(first).is_some_and(|x| key(x) < a.max(b))
}

/// How many elements are `before`, as all of them are that come before another one that is: by steps that double
/// from a first guess, which is good where neighbours are looked up one after another.
fn rank_from<T>(sorted: &[T], guess: usize, before: impl Fn(&T) -> bool) -> usize {
    let guess = guess.min(sorted.len());
    let (mut low, mut high, mut step) = (guess, guess, 1);
    if guess > 0 && !before(&sorted[guess - 1]) {
        while low > 0 && !before(&sorted[low - 1]) {
            high = low - 1;
            low = low.saturating_sub(step);
            step *= 2;
        }
    } else {
        while high < sorted.len() && before(&sorted[high]) {
            low = high + 1;
            high = (high + step).min(sorted.len());
            step *= 2;
        }
    }
    low + sorted[low..high].partition_point(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Loc = Loc { start: 0, end: 0 };

    fn align(at: u64, align: u64) -> Variable {
        let kind = VariableKind::Align {
            align,
            fill: Fill::Bytes(0, 1),
            max: u64::MAX,
        };
        Variable {
            at,
            placeholder: 1,
            size: 1,
            kind,
            loc: NOWHERE,
        }
    }

    #[test]
    fn positions_follow_the_sizes_before_them() {
        let mut layout = Layout {
            variables: vec![align(4, 8), align(7, 16)],
            ..Layout::default()
        };
        layout.place();
        // 4 bytes, 4 of padding, 2 bytes, 6 of padding.
        let offsets = [0, 4, 5, 7, 8].map(|at| layout.position(at));
        assert_eq!(offsets, [0, 4, 8, 10, 16]);
        assert!(layout.is_variable_between(4, 5) && layout.is_variable_between(8, 0));
        assert!(!layout.is_variable_between(5, 7) && !layout.is_variable_between(4, 4));
    }

    #[test]
    fn ranks_do_not_depend_on_the_guess() {
        let sorted = [1, 3, 3, 4, 8, 9, 9, 9, 12];
        for at in 0..14 {
            let rank = sorted.partition_point(|&x| x < at);
            for guess in 0..12 {
                assert_eq!(rank_from(&sorted, guess, |&x| x < at), rank, "{at} {guess}");
            }
        }
    }

    #[test]
    fn the_linker_changes_what_spans_a_site() {
        let mut layout = Layout::default();
        layout.add_site(8);
        assert!(layout.is_relaxed_between(0, 16) && layout.is_relaxed_between(9, 8));
        assert!(!layout.is_relaxed_between(0, 8) && !layout.is_relaxed_between(16, 12));
    }
}
