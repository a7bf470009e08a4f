//! Statements that have been read before: programs repeat themselves, and what an instruction's text stands for
//! depends on little else.
//!
//! An instruction is kept under its text only if, while it was read in the general way, nothing was looked up but
//! what the [`Context`] says; or a single symbol, whose name is then left out of the text, so that the same
//! instruction with another symbol is found as well. So finding it is reading it. The table has a fixed size, and
//! later statements replace earlier ones.

use crate::layout::Branch;
use crate::lex::in_name;
use crate::section::Target;

/// Bytes of a text that can be kept; a symbol's name does not count. With them, a slot is half a line of a cache.
const MAX_TEXT: usize = 24;
/// Bytes behind a symbol's name.
const MAX_BEHIND: usize = 8;
/// Statements that are kept, a power of two.
const SLOTS: usize = 1 << 13;
/// After so many searches of which hardly any found something ([`FEW`]), there are none for some time.
const WINDOW: u32 = 256;
const FEW: u32 = 24;
const PAUSE: u32 = 4096;
/// Contexts that are told apart.
const MAX_CONTEXTS: usize = 64;
/// The length behind the symbol's name of a text without one.
const WHOLE: u8 = u8::MAX;

/// What the meaning of an instruction's text depends on besides the spec and the options: the settings, and the
/// macros that are defined. It is a number that [`Memo::context`] has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Context(u16);

/// The text of a statement, without the name of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    words: [u64; 3],
    context: Context,
    /// Lengths of the text before the symbol and behind it.
    lengths: (u8, u8),
}

/// What a statement stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Code.
    Code(Code),
    /// Code with a place that waits for the symbol.
    Place(Place),
    /// A branch to the symbol.
    Branch(BranchTo),
}

/// What a statement stands for, as it is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found<'m> {
    /// The low bytes of a word, and how many: 2 or 4.
    Code(u32, u8),
    /// Anything else.
    Effect(&'m Effect),
}

/// A few bytes of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    bytes: [u8; 8],
    length: u8,
}

impl Code {
    /// These bytes, unless they are too many.
    pub fn new(code: &[u8]) -> Option<Self> {
        let mut bytes = [0; 8];
        bytes.get_mut(..code.len())?.copy_from_slice(code);
        Some(Self {
            bytes,
            length: code.len() as u8,
        })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length.min(8))]
    }
}

/// Code with a place that waits for a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The code.
    pub code: Code,
    /// Where in the code the place is.
    pub offset: u64,
    /// What it becomes.
    pub target: Target,
    /// What is added to the symbol.
    pub addend: i64,
    /// The linker may shorten the code.
    pub site: bool,
    /// By how many bytes the expression begins before the symbol's name, and ends behind it.
    pub margins: (u8, u8),
}

/// A branch to a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BranchTo {
    /// Its forms; value and position are those of the statement that was kept.
    pub branch: Branch,
    /// What is added to the symbol.
    pub addend: i64,
    /// By how many bytes the expression begins before the symbol's name, and ends behind it.
    pub margins: (u8, u8),
    /// Length of the mnemonic.
    pub mnemonic: u8,
}

/// A statement that is kept.
#[derive(Debug, Clone, Copy)]
struct Slot {
    words: [u64; 3],
    /// Code of the length that the kind says, or an index into [`Memo::effects`].
    number: u32,
    context: Context,
    /// Length before the symbol, and the kind in the upper two bits.
    before: u8,
    behind: u8,
}

/// Kinds of slots, in the upper two bits of [`Slot::before`].
const SHORT: u8 = 0 << 6;
const WORD: u8 = 1 << 6;
const EFFECT: u8 = 2 << 6;
const LENGTH: u8 = (1 << 6) - 1;

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct Memo {
    slots: Vec<Slot>,
    /// Effects that do not fit in a slot.
    effects: Vec<Effect>,
    contexts: Vec<u64>,
    /// Searches of the present [`WINDOW`], and how many of them found something.
    searches: u32,
    found: u32,
    /// How many statements are still not to be searched for.
    pause: u32,
}

/// A statement without its line break: where it ends, and the first bytes of its text, filled up with zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    /// The line break that ends it.
    pub end: usize,
    words: [u64; 3],
}

impl Text {
    /// The text from `at` up to the line's end; none without one.
    #[inline]
    pub fn of(source: &[u8], at: usize) -> Option<Self> {
        const BREAKS: u64 = 0x0a0a_0a0a_0a0a_0a0a;
        const LOW: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let rest = source.get(at..)?;
        let block = match rest.first_chunk() {
            Some(block) => *block,
            None => padded(rest),
        };
        let mut words = [0; 3];
        for (i, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*bytes);
            // The lowest byte that is zero in `x` has its high bit set here, and none below it has.
            let x = word ^ BREAKS;
            let found = x.wrapping_sub(LOW) & !x & HIGH;
            if found != 0 {
                let length = found.trailing_zeros() / 8;
                words[i] = word & low_bytes(length as usize);
                let end = at + 8 * i + length as usize;
                return Some(Self { end, words });
            }
            words[i] = word;
        }
        let behind = rest.get(MAX_TEXT..)?;
        let end = at + MAX_TEXT + behind.iter().position(|&b| b == b'\n')?;
        Some(Self { end, words })
    }

    /// The key of the whole text, which begins at `at`; none if it is too long.
    pub fn whole(&self, at: usize, context: Context) -> Option<Key> {
        let length = self.end - at;
        (length <= MAX_TEXT).then_some(Key {
            words: self.words,
            context,
            lengths: (length as u8, WHOLE),
        })
    }

    /// The key without the name of a symbol; none if the rest is too long.
    pub fn without(
        &self,
        source: &[u8],
        at: usize,
        (start, end): (usize, usize),
        context: Context,
    ) -> Option<Key> {
        let before = start - at;
        let behind = source.get(end..self.end)?;
        if behind.len() > MAX_BEHIND || before + behind.len() > MAX_TEXT {
            return None;
        }
        let mut words = [0; 3];
        for (i, word) in words.iter_mut().enumerate() {
            *word = self.words[i] & low_bytes(before.saturating_sub(8 * i));
        }
        // What is behind the name follows directly; the lengths tell where.
        let rest = behind.iter().rev();
        let rest = rest.fold(0, |word, &byte| word << 8 | u64::from(byte));
        let (index, shift) = (before / 8, 8 * (before % 8) as u32);
        if let Some(word) = words.get_mut(index) {
            *word |= rest << shift;
        }
        if let Some(word) = words.get_mut(index + 1) {
            *word |= rest.checked_shr(64 - shift).unwrap_or(0);
        }
        Some(Key {
            words,
            context,
            lengths: (before as u8, behind.len() as u8),
        })
    }

    /// Where the name of the symbol is, if an instruction has one: behind `%modifier(`, or else at the end.
    pub fn symbol(&self, source: &[u8], at: usize) -> Option<(usize, usize)> {
        let line = source.get(at..self.end)?;
        let run = |bytes: &[u8]| bytes.iter().take_while(|&&b| in_name(b)).count();
        let (start, end) = if line.last() == Some(&b')') {
            let percent = line.iter().position(|&b| b == b'%')?;
            let start = percent + 1 + run(&line[percent + 1..]) + 1;
            (start, start + run(line.get(start..)?))
        } else {
            let end = line.strip_suffix(b"@plt").unwrap_or(line).len();
            let name = line[..end].iter().rev();
            let length = name.take_while(|&&b| in_name(b)).count();
            (end - length, end)
        };
        let first = line.get(start).filter(|_| start < end)?;
        (!first.is_ascii_digit()).then_some((at + start, at + end))
    }
}

/// The end of a source, filled up with zeros.
#[cold]
fn padded(rest: &[u8]) -> [u8; MAX_TEXT] {
    let mut block = [0; MAX_TEXT];
    let length = rest.len().min(MAX_TEXT);
    block[..length].copy_from_slice(&rest[..length]);
    block
}

/// A mask of the lowest bytes of a word; all from eight on.
fn low_bytes(count: usize) -> u64 {
    u64::MAX
        .checked_shl(8 * count.min(8) as u32)
        .map_or(u64::MAX, |high| !high)
}

impl Default for Memo {
    fn default() -> Self {
        // No text is of this length.
        let free = Slot {
            words: [0; 3],
            number: 0,
            context: Context(0),
            before: LENGTH,
            behind: 0,
        };
        Self {
            slots: vec![free; SLOTS],
            effects: Vec::new(),
            contexts: Vec::new(),
            searches: 0,
            found: 0,
            pause: 0,
        }
    }
}

impl Memo {
    /// The number of a context, of which `bits` is all that counts.
    pub fn context(&mut self, bits: u64) -> Context {
        let known = self.contexts.iter().rposition(|&other| other == bits);
        let number = known.unwrap_or_else(|| {
            if self.contexts.len() >= MAX_CONTEXTS {
                *self = Self::default();
            }
            self.contexts.push(bits);
            self.contexts.len() - 1
        });
        Context(number as u16)
    }

    /// Is it worth while to search for a statement, or to keep it? Where statements hardly repeat themselves, it is not.
    #[inline]
    pub fn is_useful(&mut self) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        if self.searches >= WINDOW {
            if self.found < FEW {
                self.pause = PAUSE;
            }
            (self.searches, self.found) = (0, 0);
        }
        self.searches += 1;
        true
    }

    /// A search found something.
    #[inline]
    pub fn note_found(&mut self) {
        self.found += 1;
    }

    fn slot(key: &Key) -> usize {
        // Multiplication spreads low bits upwards; the constants are fractions of square roots.
        let [a, b, c] = key.words;
        let mixed = (a ^ c.rotate_left(29)).wrapping_mul(0x6a09_e667_f3bc_c909)
            ^ b.wrapping_mul(0xbb67_ae85_84ca_a73b);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0x3c6e_f372_fe94_f82b);
        (mixed >> 48) as usize & (SLOTS - 1)
    }

    /// What a statement stands for.
    #[inline]
    pub fn find(&self, key: &Key) -> Option<Found<'_>> {
        let slot = &self.slots[Self::slot(key)];
        let differs = |i: usize| slot.words[i] ^ key.words[i];
        if differs(0) | differs(1) | differs(2) != 0
            || slot.context != key.context
            || (slot.before & LENGTH, slot.behind) != key.lengths
        {
            return None;
        }
        Some(match slot.before & !LENGTH {
            SHORT => Found::Code(slot.number, 2),
            WORD => Found::Code(slot.number, 4),
            _ => Found::Effect(&self.effects[slot.number as usize]),
        })
    }

    /// Keeps a statement.
    pub fn insert(&mut self, key: Key, effect: Effect) {
        let (kind, number) = match effect {
            Effect::Code(Code {
                bytes: [a, b, ..],
                length: 2,
            }) => (SHORT, u32::from_le_bytes([a, b, 0, 0])),
            Effect::Code(Code {
                bytes: [a, b, c, d, ..],
                length: 4,
            }) => (WORD, u32::from_le_bytes([a, b, c, d])),
            _ => {
                if self.effects.len() >= 2 * SLOTS {
                    // More than the slots can refer to. Contexts keep their numbers.
                    let contexts = std::mem::take(&mut self.contexts);
                    *self = Self {
                        contexts,
                        ..Self::default()
                    };
                }
                self.effects.push(effect);
                (EFFECT, self.effects.len() as u32 - 1)
            }
        };
        self.slots[Self::slot(&key)] = Slot {
            words: key.words,
            number,
            context: key.context,
            before: key.lengths.0 | kind,
            behind: key.lengths.1,
        };
    }
}
