//! The texts that one assembly reads: the source file, files that it includes, and what macros expand to.
//!
//! All texts lie one after another in one space of 32-bit positions, so that a [`Loc`] alone says where
//! something is, whichever text it is in. Each text but the first knows the place that asked for it; that is
//! how a diagnostic gets its trail through macros and includes.

use crate::lex::Loc;
use std::sync::Arc;
use typed_arena::Arena;
use zktr_isa::span::{Diagnostic, Source, Span};

/// Owns the texts of an assembly.
pub(crate) type Texts = Arena<Arc<Source>>;

/// Name of a text that a macro or a repetition has made, as LLVM has it.
const INSTANTIATION: &str = "<instantiation>";

/// Why a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is the source file.
    Main,
    /// `.include` there.
    Included(Loc),
    /// A macro or repetition there.
    Expanded(Loc),
}

/// A text.
#[derive(Debug, Clone)]
struct Entry {
    base: u32,
    source: Arc<Source>,
    reason: Reason,
}

/// All texts, by position.
#[derive(Debug, Clone)]
pub struct Sources {
    entries: Vec<Entry>,
}

impl PartialEq for Sources {
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.entries.iter().zip(&other.entries);
        self.entries.len() == other.entries.len()
            && pairs.into_iter().all(|(a, b)| a.source == b.source)
    }
}

impl Eq for Sources {}

impl Sources {
    /// Only the source file, which is shorter than 4 GiB.
    pub(crate) fn new(source: &Arc<Source>) -> Self {
        let entry = Entry {
            base: 0,
            source: source.clone(),
            reason: Reason::Main,
        };
        Self {
            entries: vec![entry],
        }
    }

    /// Adds a text; its first position, or none if all positions are used up.
    pub(crate) fn add(&mut self, source: &Arc<Source>, reason: Reason) -> Option<u32> {
        let last = self.entries.last()?;
        let end = u64::from(last.base) + last.source.text.len() as u64 + 1;
        let base = u32::try_from(end).ok()?;
        base.checked_add(u32::try_from(source.text.len()).ok()?)?;
        self.entries.push(Entry {
            base,
            source: source.clone(),
            reason,
        });
        Some(base)
    }

    /// A text for what a macro expands to.
    pub(crate) fn instantiation(text: String) -> Arc<Source> {
        Source::new(INSTANTIATION, text)
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, at: u32) -> &Entry {
        let index = self.entries.partition_point(|entry| entry.base <= at);
        &self.entries[index.saturating_sub(1)]
    }

    /// The place in its own text.
    pub(crate) fn span(&self, loc: Loc) -> Span {
        let entry = self.entry(loc.start);
        let range = |at: u32| (at.saturating_sub(entry.base) as usize).min(entry.source.text.len());
        Span::new(&entry.source, range(loc.start)..range(loc.end))
    }

    /// The place of a range of positions, as [`crate::object::Relocation::source`] has it.
    pub fn span_of(&self, (start, end): (u32, u32)) -> Span {
        self.span(Loc { start, end })
    }

    /// The place in a file that this comes from: of the macro's invocation, not in its expansion.
    pub(crate) fn in_file(&self, mut loc: Loc) -> Loc {
        // Each step goes to an earlier text.
        while let Reason::Expanded(at) = self.entry(loc.start).reason {
            loc = at;
        }
        loc
    }

    /// The texts that a position is in, from the source file on: their numbers, and the offsets in them.
    pub(crate) fn chain(&self, position: u32) -> Vec<(usize, usize)> {
        let mut chain = Vec::new();
        let mut at = position;
        loop {
            let index = self.entries.partition_point(|entry| entry.base <= at);
            let index = index.saturating_sub(1);
            let entry = &self.entries[index];
            chain.push((index, at.saturating_sub(entry.base) as usize));
            // Each step goes to an earlier text.
            match entry.reason {
                Reason::Main => break,
                Reason::Included(from) | Reason::Expanded(from) => at = from.start,
            }
        }
        chain.reverse();
        chain
    }

    /// A text by its number.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.entries.get(index).map_or("", |e| &e.source.text)
    }

    /// Is this text what a macro or a repetition has made?
    pub(crate) fn is_expansion(&self, index: usize) -> bool {
        let entry = self.entries.get(index);
        entry.is_some_and(|entry| matches!(entry.reason, Reason::Expanded(_)))
    }

    /// Adds notes on how the text of a diagnostic came to be read.
    pub(crate) fn trail(&self, mut diagnostic: Diagnostic, loc: Loc) -> Diagnostic {
        /// More steps than anyone reads are left out.
        const MAX_STEPS: usize = 8;
        let mut at = loc;
        for step in 0.. {
            let (note, next) = match self.entry(at.start).reason {
                Reason::Main => break,
                Reason::Included(next) => ("included from here", next),
                Reason::Expanded(next) => ("while in macro instantiation", next),
            };
            at = next;
            if step < MAX_STEPS {
                diagnostic = diagnostic.note(note, Some(self.span(at)));
            } else if step == MAX_STEPS {
                diagnostic = diagnostic.note("(further instantiations are not shown)", None);
            }
        }
        diagnostic
    }
}
