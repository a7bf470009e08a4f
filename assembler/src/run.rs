//! Runs of statements that are only code: instructions with registers and plain numbers, or whose texts were read
//! before, one after another with nothing but blank lines between them.
//!
//! What all statements of a run have in common, as the section and the settings, is looked at once. Anything that is not
//! only code ends a run and has not been touched.

use crate::assembler::Assembler;
use crate::direct::Direct;
use crate::lex::{Loc, in_name};
use crate::memo::{Code, Context, Effect, Found, Memo, Text};
use crate::object::{Content, SectionKind};
use crate::output::MAX_BYTES;

/// Bytes that an instruction emits at most.
pub(crate) const MAX_CODE: u64 = 16;

/// Where a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunEnd {
    /// The first statement that does not belong to it, or the end of the text.
    pub at: usize,
    /// The text of that statement, if such a text is to be kept when the statement is read.
    pub text: Option<Text>,
    /// There may be another run directly behind it.
    pub more: bool,
}

/// What the words of a run's instructions depend on besides their texts.
struct Rules<'t, 'a> {
    assembler: &'t Assembler<'a>,
    /// No mnemonic may stand for a macro.
    direct: bool,
}

impl<'a> Assembler<'a> {
    /// May instructions be put into the present section, and is there room?
    pub fn takes_code(&self) -> bool {
        let section = &self.sections[self.current];
        section.flags.execute
            && section.kind != SectionKind::Nobits
            && self.total_bytes + MAX_CODE <= MAX_BYTES
    }

    /// Reads a run that begins here, which may be empty.
    pub fn code_run(&mut self, bytes: &[u8], at: usize, context: Context) -> RunEnd {
        let wanted = self.takes_code();
        let Some(mut memo) = self.memo.take_if(|_| wanted) else {
            return RunEnd {
                at: blanks_end(bytes, at),
                text: None,
                more: false,
            };
        };
        let mut data = std::mem::take(&mut self.sections[self.current].data);
        let mut used = std::mem::take(&mut self.used);
        let rules = Rules {
            assembler: self,
            direct: self.macros.is_empty(),
        };
        let before = data.len();
        let room = (MAX_BYTES - MAX_CODE - self.total_bytes) as usize;
        // Each statement has a line of its own to be noted.
        let limit = if self.options.debug { 0 } else { room };
        let mut next = at;
        let mut first = None;
        let (mut text, mut more) = (None, false);
        loop {
            next = blanks_end(bytes, next);
            if !begins_instruction(bytes, next) {
                break;
            }
            if data.len() - before > limit {
                more = true;
                break;
            }
            text = memo.is_useful().then(|| Text::of(bytes, next)).flatten();
            let Some(end) = rules.statement(
                &mut memo,
                bytes,
                (next, text),
                context,
                &mut data,
                &mut used,
            ) else {
                break;
            };
            first.get_or_insert(next);
            text = None;
            next = end;
        }
        let length = (data.len() - before) as u64;
        (self.used, self.memo) = (used, Some(memo));
        self.sections[self.current].data = data;
        if let Some(first) = first {
            let start = self.input.lexer.base() + first as u32;
            self.mark_line(Loc { start, end: start });
            let section = &mut self.sections[self.current];
            section.enter(Content::Code);
            section.size += length;
            self.total_bytes += length;
            self.fresh_labels.clear();
        }
        RunEnd {
            at: next,
            text,
            more,
        }
    }
}

impl Rules<'_, '_> {
    /// Adds the code of a statement; the place behind it. None if it is not known to be only code, and nothing has
    /// happened.
    #[inline]
    fn statement(
        &self,
        memo: &mut Memo,
        bytes: &[u8],
        (at, text): (usize, Option<Text>),
        context: Context,
        data: &mut Vec<u8>,
        used: &mut [bool],
    ) -> Option<usize> {
        let key = text.and_then(|text| text.whole(at, context));
        if let (Some(text), Some(key)) = (text, key)
            && let Some(found) = memo.find(&key)
        {
            match found {
                Found::Code(word, 4) => data.extend_from_slice(&word.to_le_bytes()),
                Found::Code(word, _) => data.extend_from_slice(&(word as u16).to_le_bytes()),
                Found::Effect(Effect::Code(code)) => data.extend_from_slice(code.bytes()),
                Found::Effect(_) => return None,
            }
            memo.note_found();
            return Some(text.end);
        }
        let (direct, word, end) = self.direct(bytes, at)?;
        let word = word.to_le_bytes();
        if let (Some(text), Some(key), Some(code)) = (text, key, Code::new(&word))
            && text.end == end
        {
            memo.insert(key, Effect::Code(code));
        }
        used[direct.instruction as usize] = true;
        data.extend_from_slice(&word);
        Some(end)
    }

    /// An instruction in the most direct way: its word, and the end of the statement.
    #[inline]
    fn direct(&self, bytes: &[u8], at: usize) -> Option<(&Direct, u32, usize)> {
        let assembler = self.assembler;
        let (direct, word, end) = assembler.names.read_direct(bytes, at)?;
        let index = direct.instruction as usize;
        let settings = &assembler.settings;
        let stays = self.direct
            && assembler.archs[settings.arch].instructions[index]
            && !(settings.compress && assembler.compression.may_apply(index, word));
        stays.then_some((direct, word, end))
    }
}

/// Past blanks and line breaks.
#[inline]
fn blanks_end(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r' | b'\n' | b';')) {
        at += 1;
    }
    at
}

/// Can this byte be the first one of an instruction?
#[inline]
fn begins_instruction(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at)
        .is_some_and(|&b| in_name(b) && b != b'.' && !b.is_ascii_digit())
}
