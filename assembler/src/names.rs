//! From names to symbols: a hash table with open addressing that holds no names, only a part of each one's hash,
//! so that a look-up rarely touches more than one place of it and the symbol that it finds.

use crate::symbols::SymbolId;
use foldhash::fast::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A name's hash, with a seed that nobody can foresee.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NameHash(u32);

/// A symbol, and the hash of its name.
#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    /// [`FREE`] if there is none.
    id: u32,
}

/// No symbol has this number: there are fewer than bytes of source.
const FREE: u32 = u32::MAX;

/// The table.
#[derive(Debug, Default)]
pub(crate) struct NameTable {
    /// A power of two of them, at most half of which are taken; or none.
    slots: Vec<Slot>,
    taken: usize,
    seed: RandomState,
}

impl NameTable {
    /// The hash of a name. Names that differ in their last character only, as the labels of a function often do, are
    /// near each other in the table, and so are found together in a cache.
    pub fn hash(&self, name: &str) -> NameHash {
        let mut hasher = self.seed.build_hasher();
        let (last, others) = name.as_bytes().split_last().unwrap_or((&0, &[]));
        hasher.write(others);
        let hash = hasher.finish();
        NameHash((hash as u32) << 4 | u32::from(last & 0xf))
    }

    /// The symbol with this hash that `is_same` accepts.
    pub fn find(&self, hash: NameHash, is_same: impl Fn(SymbolId) -> bool) -> Option<SymbolId> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash.0 as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.id == FREE {
                return None;
            }
            if slot.hash == hash.0 && is_same(SymbolId(slot.id)) {
                return Some(SymbolId(slot.id));
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a symbol that is not in the table.
    pub fn insert(&mut self, hash: NameHash, id: SymbolId) {
        if 2 * (self.taken + 1) > self.slots.len() {
            self.grow();
        }
        self.taken += 1;
        put(
            &mut self.slots,
            Slot {
                hash: hash.0,
                id: id.0,
            },
        );
    }

    fn grow(&mut self) {
        let free = Slot { hash: 0, id: FREE };
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![free; (4 * old.len()).max(256)];
        for slot in old.into_iter().filter(|slot| slot.id != FREE) {
            put(&mut self.slots, slot);
        }
    }
}

/// Puts a slot into a table that has room.
fn put(slots: &mut [Slot], slot: Slot) {
    let mask = slots.len() - 1;
    let mut at = slot.hash as usize & mask;
    while slots[at].id != FREE {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<String> = (0..5000).map(|i| format!("name{}", i * 7)).collect();
        let mut table = NameTable::default();
        let find = |table: &NameTable, name: &str| {
            table.find(table.hash(name), |id| names[id.0 as usize] == name)
        };
        for (i, name) in names.iter().enumerate() {
            assert_eq!(find(&table, name), None);
            table.insert(table.hash(name), SymbolId(i as u32));
        }
        for (i, name) in names.iter().enumerate() {
            assert_eq!(find(&table, name), Some(SymbolId(i as u32)));
        }
        assert_eq!(find(&table, "name1"), None);
    }

    #[test]
    fn equal_hashes_are_told_apart() {
        let mut table = NameTable::default();
        for id in 0..100 {
            table.insert(NameHash(7), SymbolId(id));
        }
        for id in 0..100 {
            let found = table.find(NameHash(7), |other| other == SymbolId(id));
            assert_eq!(found, Some(SymbolId(id)));
        }
        assert_eq!(table.find(NameHash(7), |_| false), None);
    }
}
