//! Directives that compilers write all the time, in short ways: read by their bytes where they look as compilers write
//! them.
//!
//! Each does exactly what the general way does with the same text, or nothing that could be noticed; the general way then
//! reads the statement, and reports its errors.

use super::Directive;
use super::layout::MAX_ALIGN;
use super::symbol::SYMBOL_TYPES;
use crate::assembler::{Assembler, Parse};
use crate::lex::{Loc, in_name};
use crate::lexicon::Word;
use crate::object::Binding;
use crate::scan::{self, Range, blanks_end, name_end};
use crate::symbols::{Definition, SymbolId};
use crate::value::{Binary, Op, Value};

/// Reads the pieces of a statement one after another; each is none if something else is there.
#[derive(Clone, Copy)]
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Cursor<'_> {
    /// A name that is not the place itself.
    fn name(&mut self) -> Option<Range> {
        let start = self.at;
        let first = *self.bytes.get(start)?;
        let end = name_end(self.bytes, start);
        let named =
            in_name(first) && !first.is_ascii_digit() && self.bytes.get(start..end)? != b".";
        // What follows directly may belong to the token, as in `name@plt`.
        if !named
            || !matches!(
                self.bytes.get(end)?,
                b',' | b'-' | b' ' | b'\t' | b'\n' | b';' | b'#'
            )
        {
            return None;
        }
        self.at = end;
        Some((start, end))
    }

    /// This mark, with blanks behind it.
    fn mark(&mut self, mark: u8) -> Option<()> {
        if self.bytes.get(self.at) != Some(&mark) {
            return None;
        }
        self.at = blanks_end(self.bytes, self.at + 1);
        Some(())
    }

    /// The end of the statement.
    fn end(self) -> Option<usize> {
        let at = blanks_end(self.bytes, self.at);
        matches!(self.bytes.get(at)?, b'\n' | b';' | b'#').then_some(at)
    }
}

impl<'a> Assembler<'a> {
    /// A directive, of which the range of the name is given; the place behind it.
    pub fn short_directive(&mut self, bytes: &[u8], (start, end): Range) -> Parse<Option<usize>> {
        let found = Word::at(bytes, start, end - start);
        let Some(found) = found.and_then(|name| self.names.directive_word(name)) else {
            return Ok(None);
        };
        if self.is_macro(self.loc((start, end))) {
            return Ok(None);
        }
        let cursor = Cursor {
            bytes,
            at: blanks_end(bytes, end),
        };
        let end = match found {
            Directive::Data(size) => match self.data_fast(bytes, end, size) {
                Some(end) => Some(end),
                None => self.short_address(cursor, size)?,
            },
            Directive::Strings(terminated) => self.short_string(cursor, terminated)?,
            Directive::Align(true, 1) => self.short_align(cursor)?,
            Directive::Bind(Binding::Global) => self.short_global(cursor),
            Directive::Type => self.short_type(cursor),
            Directive::Size => self.short_size(cursor),
            Directive::Standard(name) => self.short_section(cursor, name),
            Directive::Section => self.short_named_section(cursor),
            _ => None,
        };
        if end.is_some() {
            self.fresh_labels.clear();
        }
        Ok(end)
    }

    /// The positions of a range of the text that is being read.
    fn loc(&self, (start, end): Range) -> Loc {
        let base = self.input.lexer.base();
        Loc {
            start: base + start as u32,
            end: base + end as u32,
        }
    }

    /// The symbol with the name in this range.
    fn symbol_at(&mut self, name: Range) -> SymbolId {
        let loc = self.loc(name);
        self.symbols.named(self.text(loc), loc)
    }

    /// A symbol in an expression; none if it has a value by `.set`.
    fn label_at(&mut self, name: Range) -> Option<SymbolId> {
        let id = self.symbol_at(name);
        let set = matches!(self.symbols.get(id).definition, Definition::Set(_));
        (!set).then_some(id)
    }

    /// `.word symbol` or `.word symbol-symbol`
    fn short_address(&mut self, mut cursor: Cursor<'_>, size: u8) -> Parse<Option<usize>> {
        let Some(first) = cursor.name() else {
            return Ok(None);
        };
        let second = match cursor.mark(b'-') {
            Some(()) => match cursor.name() {
                Some(second) => Some(second),
                None => return Ok(None),
            },
            None => None,
        };
        let Some(end) = cursor.end() else {
            return Ok(None);
        };
        let Some(plus) = self.label_at(first) else {
            return Ok(None);
        };
        let minus = match second {
            None => None,
            Some(second) => match self.label_at(second) {
                // A distance that is known is a number, which may not fit.
                Some(minus) if self.symbols.distance(plus, minus).is_none() => Some(minus),
                _ => return Ok(None),
            },
        };
        let value = match minus {
            None => self.expressions.finish(&[Op::Symbol(plus, 0)]),
            Some(minus) => self.unknown_distance(plus, minus),
        };
        let loc = self.loc((first.0, second.unwrap_or(first).1));
        self.datum(size, value, loc)?;
        Ok(Some(end))
    }

    /// A difference that is not known yet.
    fn unknown_distance(&mut self, plus: SymbolId, minus: SymbolId) -> Value {
        let code = [
            Op::Symbol(plus, 0),
            Op::Symbol(minus, 0),
            Op::Binary(Binary::Sub),
        ];
        self.expressions.finish(&code)
    }

    /// `.string "text"`, without escape sequences.
    fn short_string(&mut self, cursor: Cursor<'_>, terminated: bool) -> Parse<Option<usize>> {
        let rest = cursor.bytes.get(cursor.at..).unwrap_or_default();
        let Some((b'"', text)) = rest.split_first() else {
            return Ok(None);
        };
        let plain = |&&byte: &&u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let length = text.iter().take_while(plain).count();
        let behind = Cursor {
            at: cursor.at + 1 + length + 1,
            ..cursor
        };
        let (Some(b'"'), Some(end)) = (text.get(length), behind.end()) else {
            return Ok(None);
        };
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        bytes.extend_from_slice(&text[..length]);
        bytes.extend(terminated.then_some(0));
        let result = self.emit(&bytes, self.loc((cursor.at, behind.at)));
        self.bytes = bytes;
        result.map(|()| Some(end))
    }

    /// `.align power`
    fn short_align(&mut self, cursor: Cursor<'_>) -> Parse<Option<usize>> {
        let Some((power, end)) = scan::short_number(cursor.bytes, cursor.at) else {
            return Ok(None);
        };
        let behind = Cursor { at: end, ..cursor };
        let Some(next) = behind.end() else {
            return Ok(None);
        };
        match u32::try_from(power) {
            Ok(power) if power <= MAX_ALIGN => {
                let loc = self.loc((cursor.at, end));
                self.align(1 << power, None, u64::MAX, loc)?;
                Ok(Some(next))
            }
            _ => Ok(None),
        }
    }

    /// `.globl symbol`
    fn short_global(&mut self, mut cursor: Cursor<'_>) -> Option<usize> {
        let name = cursor.name()?;
        let end = cursor.end()?;
        let id = self.symbol_at(name);
        let symbol = self.symbols.get_mut(id);
        if !matches!(symbol.binding, None | Some(Binding::Global)) {
            return None;
        }
        symbol.binding = Some(Binding::Global);
        Some(end)
    }

    /// `.type symbol, @type`
    fn short_type(&mut self, mut cursor: Cursor<'_>) -> Option<usize> {
        let name = cursor.name()?;
        cursor.mark(b',')?;
        cursor.mark(b'@')?;
        let kind = cursor.name()?;
        let end = cursor.end()?;
        let kind = cursor.bytes.get(kind.0..kind.1)?;
        let found = SYMBOL_TYPES
            .iter()
            .find(|known| known.0.as_bytes() == kind)?;
        let id = self.symbol_at(name);
        self.symbols.get_mut(id).kind = found.2;
        Some(end)
    }

    /// `.size symbol, .-symbol`, or a number.
    fn short_size(&mut self, mut cursor: Cursor<'_>) -> Option<usize> {
        let name = cursor.name()?;
        cursor.mark(b',')?;
        let start = cursor.at;
        if let Some((number, behind)) = scan::short_number(cursor.bytes, start) {
            cursor.at = behind;
            let end = cursor.end()?;
            let id = self.symbol_at(name);
            let size = (Value::Const(number), self.loc((start, behind)));
            self.symbols.sizes.insert(id, size);
            return Some(end);
        }
        cursor.mark(b'.')?;
        cursor.mark(b'-')?;
        let from = cursor.name()?;
        let end = cursor.end()?;
        // Another symbol may be new, and would have to be so behind the place.
        let same = cursor.bytes.get(name.0..name.1) == cursor.bytes.get(from.0..from.1);
        let id = self.label_at(name).filter(|_| same)?;
        let (section, offset) = (self.current as u32, self.here());
        let here = self
            .symbols
            .anonymous(section, offset, self.loc((start, start + 1)));
        let value = match self.symbols.distance(here, id) {
            Some(distance) => Value::Const(distance),
            None => self.unknown_distance(here, id),
        };
        let size = (value, self.loc((start, from.1)));
        self.symbols.sizes.insert(id, size);
        Some(end)
    }

    /// `.text` and the like, if the section exists.
    fn short_section(&mut self, cursor: Cursor<'_>, name: &str) -> Option<usize> {
        let end = cursor.end()?;
        let index = self.find_section(name)?;
        self.select_section(index);
        Some(end)
    }

    /// `.section name`, if the section exists.
    fn short_named_section(&mut self, mut cursor: Cursor<'_>) -> Option<usize> {
        let name = cursor.name()?;
        let end = cursor.end()?;
        let index = self.find_section(self.text(self.loc(name)))?;
        self.select_section(index);
        Some(end)
    }
}
