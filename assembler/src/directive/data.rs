//! Directives that emit data: numbers, strings, zeros.

use crate::assembler::{Assembler, Parse};
use crate::layout::VariableKind;
use crate::lex::{Loc, Tok};
use crate::object::{Content, SectionKind};
use crate::output::MAX_BYTES;
use crate::scan;
use crate::section::Target;
use crate::value::Value;

/// How often `.fill` may repeat an element that is not a single byte.
const MAX_REPEAT: i64 = 1 << 26;

impl Assembler<'_> {
    /// Numbers of `size` bytes.
    pub(super) fn data(&mut self, size: u8) -> Parse {
        if self.at_end() {
            return Ok(());
        }
        loop {
            let (value, loc) = self.expression()?;
            self.datum(size, value, loc)?;
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// Numbers of `size` bytes behind a directive, read by their bytes; the end of the statement. None if anything
    /// else is there or a number does not fit, and nothing has happened.
    pub fn data_fast(&mut self, bytes: &[u8], at: usize, size: u8) -> Option<usize> {
        let mut data = std::mem::take(&mut self.bytes);
        data.clear();
        let end = read_numbers(bytes, at, size, &mut data);
        let room = MAX_BYTES.saturating_sub(self.total_bytes) >= data.len() as u64;
        let section = &mut self.sections[self.current];
        let end = end.filter(|_| room && section.kind != SectionKind::Nobits);
        if end.is_some() {
            section.enter(Content::Data);
            section.data.extend_from_slice(&data);
            section.size += data.len() as u64;
            self.total_bytes += data.len() as u64;
        }
        self.bytes = data;
        end
    }

    /// A number of `size` bytes.
    pub fn datum(&mut self, size: u8, value: Value, loc: Loc) -> Parse {
        let number = match value {
            Value::Const(n) => {
                if !fits(n, size) {
                    let bits = 8 * u32::from(size);
                    let message = format!("value {n} does not fit in {bits} bits");
                    return Err(self.error(loc, message));
                }
                n
            }
            value => {
                self.fixup(self.here(), value, Target::Data(size), loc)?;
                0
            }
        };
        self.emit(&number.to_le_bytes()[..usize::from(size.min(8))], loc)
    }

    /// Strings, each with a zero byte behind it if `terminated`.
    pub(super) fn strings(&mut self, terminated: bool) -> Parse {
        if self.at_end() {
            return Ok(());
        }
        loop {
            let loc = self.string()?;
            let mut bytes = std::mem::take(&mut self.bytes);
            // Strings without a comma between them are one.
            while self.input.token.kind == Tok::Str {
                self.string()?;
                bytes.append(&mut self.bytes);
            }
            if terminated {
                bytes.push(0);
            }
            let result = self.emit(&bytes, loc);
            self.bytes = bytes;
            result?;
            if !self.eat(Tok::Comma) {
                return Ok(());
            }
        }
    }

    /// `count [, fill]`
    pub(super) fn space(&mut self, directive: Loc) -> Parse {
        let (value, loc) = self.expression()?;
        let fill = if self.eat(Tok::Comma) {
            self.byte()?
        } else {
            0
        };
        let precise = std::mem::replace(&mut self.symbols.precise, false);
        let known = self.expressions.evaluate(value, &mut self.symbols);
        self.symbols.precise = precise;
        let Some(count) = known.ok().and_then(|linear| linear.as_constant()) else {
            return self.place_later(VariableKind::Space { count: value, fill }, loc, directive);
        };
        let Ok(count) = u64::try_from(count) else {
            return Err(self.error(loc, "number of bytes is negative"));
        };
        self.emit_repeated(fill, count, directive)
    }

    /// `repeat [, size [, value]]`
    pub(super) fn fill(&mut self, directive: Loc) -> Parse {
        let (repeat, loc) = self.absolute()?;
        let mut size = 1;
        let mut value = 0;
        if self.eat(Tok::Comma) {
            let (n, loc) = self.absolute()?;
            if !(0..=8).contains(&n) {
                return Err(self.error(
                    loc,
                    "size of an element must be an integer in the range [0, 8]",
                ));
            }
            size = n as usize;
            if self.eat(Tok::Comma) {
                value = self.absolute()?.0;
            }
        }
        if !(0..=MAX_REPEAT).contains(&repeat) {
            return Err(self.error(
                loc,
                format!("repeat count must be an integer in the range [0, {MAX_REPEAT}]"),
            ));
        }
        // As GNU as has it, an element holds at most four bytes of the value.
        let bytes = if size > 4 {
            (value & 0xffff_ffff).to_le_bytes()
        } else {
            value.to_le_bytes()
        };
        for _ in 0..repeat {
            self.emit(&bytes[..size], directive)?;
        }
        Ok(())
    }

    /// A number that is one byte.
    pub(super) fn byte(&mut self) -> Parse<u8> {
        let (value, loc) = self.absolute()?;
        if !fits(value, 1) {
            return Err(self.error(loc, format!("value {value} does not fit in 8 bits")));
        }
        Ok(value as u8)
    }
}

/// Reads plain numbers of `size` bytes with commas between them, up to the end of the statement.
fn read_numbers(bytes: &[u8], at: usize, size: u8, out: &mut Vec<u8>) -> Option<usize> {
    let mut at = scan::blanks_end(bytes, at);
    loop {
        let (number, end) = scan::number(bytes, at)?;
        if !scan::is_delimiter(*bytes.get(end)?) || !fits(number, size) {
            return None;
        }
        out.extend_from_slice(number.to_le_bytes().get(..usize::from(size))?);
        at = scan::blanks_end(bytes, end);
        match bytes.get(at)? {
            b',' => at = scan::blanks_end(bytes, at + 1),
            b'\n' | b';' | b'#' => return Some(at),
            _ => return None,
        }
    }
}

/// Can this many bytes hold the number, signed or unsigned?
pub(crate) fn fits(value: i64, size: u8) -> bool {
    let bits = 8 * u32::from(size);
    bits >= 64 || (-(1i64 << (bits - 1))..1i64 << bits).contains(&value)
}
