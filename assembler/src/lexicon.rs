//! A fixed set of names, and what each stands for: nearly all of them fit in sixteen bytes, which are compared as one
//! number.
//!
//! The set comes from the spec and from this crate, never from a source, so that a hash without a seed will do.

use std::collections::HashMap;

/// A name of one to sixteen bytes, filled up with zeros, which do not occur in names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u128);

impl Word {
    /// The longest name.
    pub const MAX: usize = 16;
    /// No name.
    const NONE: Self = Self(0);

    /// The name of this length that begins at a place of a text; none if it is too long.
    #[inline]
    pub fn at(bytes: &[u8], at: usize, length: usize) -> Option<Self> {
        if length > Self::MAX || length == 0 {
            return None;
        }
        let rest = bytes.get(at..)?;
        let block = match rest.first_chunk() {
            Some(block) => *block,
            None => {
                let mut block = [0; Self::MAX];
                block[..rest.len()].copy_from_slice(rest);
                block
            }
        };
        let unused = 8 * (Self::MAX - length) as u32;
        Some(Self(u128::from_le_bytes(block) << unused >> unused))
    }

    /// A part of a product depends on all bits below it; the constants are fractions of square roots.
    #[inline]
    fn hash(self) -> u64 {
        let low = (self.0 as u64).wrapping_mul(0x6a09_e667_f3bc_c909);
        let high = ((self.0 >> 64) as u64).wrapping_mul(0xbb67_ae85_84ca_a73b);
        (low ^ high) >> 32
    }
}

/// The set.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon<T> {
    /// A power of two of them, at most a fourth of which are taken.
    slots: Vec<(Word, Option<T>)>,
    long: HashMap<String, T>,
}

impl<T: Copy> Lexicon<T> {
    /// These names; the last of equal ones counts.
    pub fn new<N: AsRef<str>>(entries: impl IntoIterator<Item = (N, T)>) -> Self {
        let entries: Vec<(N, T)> = entries.into_iter().collect();
        let size = (4 * entries.len()).next_power_of_two();
        let mut this = Self {
            slots: vec![(Word::NONE, None); size],
            long: HashMap::new(),
        };
        for (name, value) in entries {
            let name = name.as_ref();
            match Word::at(name.as_bytes(), 0, name.len()) {
                Some(word) => {
                    let slot = this.slot(word);
                    this.slots[slot] = (word, Some(value));
                }
                None => {
                    this.long.insert(name.to_owned(), value);
                }
            }
        }
        this
    }

    /// Where a word is, or could be.
    #[inline]
    fn slot(&self, word: Word) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = word.hash() as usize & mask;
        while self.slots[at].0 != word && self.slots[at].0 != Word::NONE {
            at = (at + 1) & mask;
        }
        at
    }

    /// What a name of at most sixteen bytes stands for.
    #[inline]
    pub fn word(&self, word: Word) -> Option<T> {
        self.slots[self.slot(word)].1
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<T> {
        match Word::at(name.as_bytes(), 0, name.len()) {
            Some(word) => self.word(word),
            None => self.long.get(name).copied(),
        }
    }
}

/// A fixed set of names of at most eight bytes, each with a number.
#[derive(Debug, Clone)]
pub(crate) struct ShortNames {
    /// Names filled up with zeros; each is at its hash or behind it. A power of two, at most half of them taken.
    slots: Vec<(u64, u32)>,
}

impl ShortNames {
    /// Those of the names that are short; the last of equal ones counts.
    pub fn new<N: AsRef<str>>(entries: impl IntoIterator<Item = (N, u32)>) -> Self {
        let mut names: HashMap<u64, u32> = HashMap::new();
        for (name, number) in entries {
            let bytes = name.as_ref().as_bytes();
            if let 1..=8 = bytes.len() {
                let join = |word, &byte: &u8| word << 8 | u64::from(byte);
                names.insert(bytes.iter().rev().fold(0, join), number);
            }
        }
        let mut this = Self {
            slots: vec![(0, 0); (2 * names.len() + 1).next_power_of_two()],
        };
        for entry in names {
            let mut at = this.start(entry.0);
            while this.slots[at].0 != 0 {
                at = (at + 1) & (this.slots.len() - 1);
            }
            this.slots[at] = entry;
        }
        this
    }

    /// As in [`Word::hash`].
    #[inline]
    fn start(&self, name: u64) -> usize {
        let mixed = (name ^ name >> 32).wrapping_mul(0x6a09_e667_f3bc_c909);
        (mixed >> 32) as usize & (self.slots.len() - 1)
    }

    /// The number of a name, which is filled up with zeros.
    #[inline]
    pub fn get(&self, name: u64) -> Option<u32> {
        let mut at = self.start(name);
        loop {
            let (other, number) = self.slots[at];
            if other == name && name != 0 {
                return Some(number);
            }
            if other == 0 {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_found_and_no_others() {
        let names: Vec<String> = (0..300)
            .map(|i| format!("{}{i}", "n".repeat(i % 19)))
            .collect();
        let lexicon = Lexicon::new(names.iter().zip(0..));
        for (name, i) in names.iter().zip(0..) {
            assert_eq!(lexicon.get(name), Some(i), "{name}");
        }
        for name in ["", "n", "300", "nnnnnnnnnnnnnnnn", &"n".repeat(40)] {
            assert_eq!(lexicon.get(name), None, "{name}");
        }
        assert_eq!(Lexicon::<u8>::new([("", 1); 0]).get("a"), None);
    }

    #[test]
    fn short_names_are_found_and_no_others() {
        let names = [
            "x0",
            "x1",
            "zero",
            "divu",
            "sltiu",
            "x1",
            "",
            "too long a name",
            "s",
        ];
        let short = ShortNames::new(names.into_iter().zip(0..));
        let get = |name: &[u8; 8]| short.get(u64::from_le_bytes(*name));
        for (name, number) in [
            (b"x0\0\0\0\0\0\0", 0),
            (b"x1\0\0\0\0\0\0", 5),
            (b"zero\0\0\0\0", 2),
            (b"sltiu\0\0\0", 4),
            (b"s\0\0\0\0\0\0\0", 8),
        ] {
            assert_eq!(get(name), Some(number));
        }
        for name in [
            b"x2\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0",
            b"too long",
            b"x0\0\0\0\0\0a",
        ] {
            assert_eq!(get(name), None);
        }
        assert_eq!(ShortNames::new([("", 1); 0]).get(5), None);
    }

    #[test]
    fn words_end_where_their_length_says() {
        let text = b"add a0, a1";
        assert_eq!(Word::at(text, 4, 2), Word::at(b"a0", 0, 2));
        assert_eq!(
            Word::at(text, 8, 2),
            Word::at(b"a1,,,,,,,,,,,,,,,,,,", 0, 2)
        );
        assert_eq!(Word::at(text, 0, 17), None);
        assert_eq!(Word::at(text, 0, 0), None);
    }
}
