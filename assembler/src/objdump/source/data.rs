//! Bytes that are no code, as strings, numbers and zeros.

use super::{Part, Reloc, Writer};
use crate::disasm::DescriptorOf;
use crate::object::RelocationKind;
use ::object::read::SectionIndex;
use std::io;

/// So many equal zeros are one `.zero`.
const LONG_ZEROS: usize = 16;
/// A string is written as one from this length on, its zero included.
const SHORT_STRING: usize = 4;
/// Bytes in a line, and characters in a string.
const LINE: usize = 16;
const STRING: usize = 256;

/// Appends a string in quotes.
pub(super) fn quoted(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            _ => {
                out.push('\\');
                for shift in [6, 3, 0] {
                    out.push(char::from(b'0' + (byte >> shift & 7)));
                }
            }
        }
    }
    out.push('"');
}

impl Writer<'_, '_, '_> {
    /// A section without bytes.
    pub(super) fn zeros(&mut self, part: &Part<'_>, size: u64) -> io::Result<()> {
        let mut at = 0;
        let offsets: Vec<u64> = self
            .names
            .defined_in(part.index)
            .iter()
            .map(|&(offset, _)| offset)
            .filter(|&offset| offset < size)
            .collect();
        for next in offsets.into_iter().chain([size]) {
            if next > at {
                self.define(part.index, at..at + 1, at);
                self.put(format_args!("\t.zero\t{}\n", next - at));
                at = next;
            }
            self.pass_on()?;
        }
        self.define(part.index, at..u64::MAX, at);
        self.pass_on()
    }

    /// A descriptor that a mapping symbol marks, if it ends before `limit` and a literal yields its bytes and
    /// relocations; its size. `relocations` are those from here on.
    pub(super) fn descriptor(
        &mut self,
        part: &Part<'_>,
        at: usize,
        limit: usize,
        relocations: &[Reloc],
    ) -> Option<usize> {
        let address = self.names.base(part.index).wrapping_add(at as u64);
        let index = Some(SectionIndex(part.index));
        let mnemonic = self.mapping.descriptor(index, address)?;
        let known = DescriptorOf::find(self.tools.spec, mnemonic)?;
        let bytes = part.data.get(at..limit)?.get(..known.size())?;
        // The directive aligns, and what it begins with has to be aligned already.
        if !address.is_multiple_of(known.align()) || !(at as u64).is_multiple_of(known.align()) {
            return None;
        }
        let end = (at + known.size()) as u64;
        let own = relocations.partition_point(|r| r.offset < end);
        let mut own = &relocations[..own];
        let absolute = match self.tools.xlen {
            64 => RelocationKind::Abs64,
            _ => RelocationKind::Abs32,
        };
        let text = known.literal(bytes, |slot| {
            let [relocation, rest @ ..] = own else {
                return None;
            };
            if relocation.offset != at as u64 + u64::from(slot) {
                return None;
            }
            own = rest;
            let named = self.place(relocation).filter(|place| place.is_address());
            named?;
            (relocation.kind() == Some(absolute)).then(|| self.expression(relocation))?
        })?;
        // What is left is at no address of a view, or of a kind that the directive does not make.
        if !own.is_empty() {
            return None;
        }
        self.put(format_args!("\t.zktr.descriptor\t{text}\n"));
        Some(known.size())
    }

    /// Data up to `limit`, or to where a relocation begins: how much of it. The relocations of the first byte are
    /// `here`.
    pub(super) fn data(
        &mut self,
        part: &Part<'_>,
        at: usize,
        limit: usize,
        here: &[Reloc],
    ) -> usize {
        let bytes = &part.data[at..limit];
        if let Some(size) = self.address(bytes, here) {
            return size;
        }
        for relocation in here {
            self.reloc(relocation, 0);
        }
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        if zeros >= LONG_ZEROS {
            self.put(format_args!("\t.zero\t{zeros}\n"));
            return zeros;
        }
        let text = |byte: &&u8| (b' '..=b'~').contains(*byte) || matches!(**byte, b'\n' | b'\t');
        let letters = bytes.iter().take(STRING).take_while(text).count();
        if letters + 1 >= SHORT_STRING && bytes.get(letters) == Some(&0) {
            self.text.push_str("\t.string\t");
            quoted(&mut self.text, &bytes[..letters]);
            self.text.push('\n');
            return letters + 1;
        }
        let line = &bytes[..bytes.len().min(LINE)];
        // A long run of zeros is a line of its own.
        let next = (1..line.len()).find(|&from| {
            let rest = bytes.get(from..from + LONG_ZEROS);
            rest.is_some_and(|rest| rest.iter().all(|&byte| byte == 0))
        });
        let line = &line[..next.unwrap_or(line.len())];
        if line.len().is_multiple_of(4) && at.is_multiple_of(4) {
            let words = line.as_chunks::<4>().0;
            let words = words.iter().map(|word| u32::from_le_bytes(*word).into());
            self.numbers("word", words);
        } else {
            self.numbers("byte", line.iter().map(|&byte| byte.into()));
        }
        line.len()
    }

    /// `.word 0x1, 0x2`
    fn numbers(&mut self, directive: &str, numbers: impl Iterator<Item = u64>) {
        for (i, number) in numbers.enumerate() {
            match i {
                0 => self.put(format_args!("\t.{directive}\t{number:#x}")),
                _ => self.put(format_args!(", {number:#x}")),
            }
        }
        self.text.push('\n');
    }

    /// An address or a difference that the linker fills in, if there is one here and a number says it: its size.
    fn address(&mut self, bytes: &[u8], here: &[Reloc]) -> Option<usize> {
        use RelocationKind as Kind;
        let first = here.first()?;
        let kind = first.kind()?;
        let size = match kind {
            Kind::Add8 => 1,
            Kind::Add16 => 2,
            Kind::Abs32 | Kind::Add32 => 4,
            Kind::Abs64 if self.tools.xlen == 64 => 8,
            Kind::Add64 => 8,
            _ => return None,
        };
        if bytes.get(..size)?.iter().any(|&byte| byte != 0) {
            return None;
        }
        let value = match (kind, here) {
            (Kind::Abs32 | Kind::Abs64, [one]) => {
                self.place(one).filter(|place| place.is_address())?;
                self.expression(one)?
            }
            (_, [plus, minus]) => {
                let pair = [
                    (Kind::Add8, Kind::Sub8),
                    (Kind::Add16, Kind::Sub16),
                    (Kind::Add32, Kind::Sub32),
                    (Kind::Add64, Kind::Sub64),
                ];
                let matching = pair.contains(&(kind, minus.kind()?)) && minus.addend == 0;
                let (from, to) = (self.place(plus)?, self.place(minus)?);
                // A distance within a section would be a number.
                if !matching || !from.is_address() || !to.is_address() || from.may_be_beside(to) {
                    return None;
                }
                format!("{} - {}", self.expression(plus)?, self.expression(minus)?)
            }
            _ => return None,
        };
        let directive = match size {
            1 => "byte",
            2 => "half",
            4 => "word",
            _ => "dword",
        };
        self.put(format_args!("\t.{directive}\t{value}\n"));
        Some(size)
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn strings_in_quotes() {
        let mut text = String::new();
        quoted(&mut text, b"a\"\\\n\t\x01\xff9");
        assert_eq!(text, r#""a\"\\\n\t\001\3779""#);
    }
}
