//! One input: all that a run depends on.

use super::memory::Layout;
use zktr_emu::golden;

/// The arguments and memory that a function is run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// One word for each parameter, zero-extended.
    pub arguments: Vec<u64>,
    /// The bytes of the arena.
    pub arena: Vec<u8>,
    /// If set, a unit that refuses because of its data fills what it was to write with garbage of this seed
    /// first, as the contract allows it to.
    pub scribble: Option<u64>,
}

impl Case {
    /// How units behave in this case.
    pub fn options(&self) -> golden::Options {
        let scribble = self
            .scribble
            .map_or(golden::Scribble::None, golden::Scribble::Seeded);
        golden::Options {
            scribble,
            ..golden::Options::default()
        }
    }

    /// The word of memory at this offset into the arena.
    pub fn word(&self, offset: usize) -> u32 {
        let bytes = self
            .arena
            .get(offset..)
            .and_then(|rest| rest.first_chunk::<4>());
        bytes.map_or(0, |&bytes| u32::from_le_bytes(bytes))
    }

    /// Sets it.
    pub fn set_word(&mut self, offset: usize, value: u32) {
        if let Some(bytes) = self
            .arena
            .get_mut(offset..)
            .and_then(|rest| rest.first_chunk_mut::<4>())
        {
            *bytes = value.to_le_bytes();
        }
    }

    /// The same with zeros in the heap from one offset into the arena to another.
    #[must_use]
    pub fn with_zeros(&self, range: std::ops::Range<usize>) -> Self {
        let mut case = self.clone();
        if let Some(bytes) = case.arena.get_mut(range) {
            bytes.fill(0);
        }
        case
    }

    /// The offsets into the arena that the heap takes.
    pub fn heap(layout: &Layout) -> std::ops::Range<usize> {
        let start = (layout.heap() - layout.base) as usize;
        start..start + super::memory::HEAP_SIZE as usize
    }
}
