//! The lines of a disassembled section: headings at symbols, instructions, data, relocations and source lines.

use super::addresses::Addresses;
use super::lines::Lines;
use super::symbols::{SymbolTable, printable};
use super::{ObjdumpOptions, SourceText};
use crate::disasm::{DescriptorOf, Disassembler, Found, hex};
use crate::object::RelocationKind;
use ::object::read::{
    self, File, Object as _, ObjectSymbol as _, RelocationFlags, RelocationTarget, SectionIndex,
};
use std::collections::HashMap;
use std::io::{self, Write};

/// Text is handed on in pieces of about this many bytes.
const BUFFER: usize = 1 << 16;
/// So many zeros are left out, or fewer at the end of a block, as GNU's tool does it.
const LONG_ZEROS: usize = 8;
const LAST_ZEROS: usize = 3;
/// Source lines that are shown before the one that code is for, if they were not shown yet.
const CONTEXT_LINES: u32 = 5;

/// Bytes at an address, with what is known of them.
pub(super) struct Block<'a> {
    pub name: &'a str,
    pub address: u64,
    pub data: &'a [u8],
    /// Code unless mapping symbols say otherwise; data otherwise.
    pub executable: bool,
    pub index: Option<SectionIndex>,
    /// To be added to an address to find its line.
    pub line_base: u64,
    /// By their places.
    pub relocations: Vec<(u64, read::Relocation)>,
    /// The file that the relocations are from.
    pub file: Option<&'a File<'a>>,
    /// Places of relocations are offsets, not addresses.
    pub relocatable: bool,
}

impl<'a> Block<'a> {
    /// Code of which nothing else is known.
    pub fn raw(name: &'a str, address: u64, data: &'a [u8]) -> Self {
        Self {
            name,
            address,
            data,
            executable: true,
            index: None,
            line_base: 0,
            relocations: Vec::new(),
            file: None,
            relocatable: false,
        }
    }
}

/// Prints blocks.
pub(super) struct CodePrinter<'a> {
    disassembler: &'a Disassembler<'a>,
    options: &'a ObjdumpOptions,
    address_digits: usize,
    symbols: &'a SymbolTable,
    lines: &'a Lines,
    source: &'a SourceText<'a>,
    texts: HashMap<String, Option<Text>>,
    addresses: Addresses<'a>,
    /// The function and the line that the last instruction was for.
    last: (String, Option<(String, u32)>),
    text: String,
}

/// A source file.
struct Text {
    lines: Vec<String>,
    /// Lines up to here were shown.
    shown: u32,
}

impl<'a> CodePrinter<'a> {
    pub fn new(
        disassembler: &'a Disassembler<'a>,
        options: &'a ObjdumpOptions,
        xlen: u8,
        symbols: &'a SymbolTable,
        lines: &'a Lines,
        source: &'a SourceText<'a>,
    ) -> Self {
        let spec = disassembler.spec();
        Self {
            addresses: Addresses::new(spec, xlen, symbols.global_pointer()),
            disassembler,
            options,
            address_digits: usize::from(xlen / 4),
            symbols,
            lines,
            source,
            texts: HashMap::new(),
            last: (String::new(), None),
            text: String::with_capacity(2 * BUFFER),
        }
    }

    /// Prints a block, if anything of it is in the range of addresses.
    pub fn block(&mut self, block: &Block<'_>, out: &mut dyn Write) -> io::Result<()> {
        let end = block.address.saturating_add(block.data.len() as u64);
        let from = self
            .options
            .start
            .map_or(block.address, |start| start.max(block.address));
        let to = self.options.stop.map_or(end, |stop| stop.min(end));
        if from >= to {
            return Ok(());
        }
        self.text.push_str("\nDisassembly of section ");
        self.text.push_str(block.name);
        self.text.push_str(":\n");
        let symbols = self.symbols;
        let mut labels = symbols
            .of_section(block.index)
            .filter(|label| (from..to).contains(&label.0))
            .peekable();
        let mut cursor = Cursor {
            at: from,
            width: address_width(end, self.address_digits),
            mapping: symbols.mapping(block.index),
            code: block.executable,
            relocations: block.relocations.iter().peekable(),
        };
        while cursor.at < to {
            let name = labels.next_if(|label| label.0 == cursor.at);
            let stop = labels.peek().map_or(to, |label| label.0);
            self.heading(block, cursor.at, name.map(|label| label.1));
            self.addresses.forget();
            self.run(block, &mut cursor, stop, out)?;
        }
        for (place, relocation) in cursor.relocations {
            if self.options.stop.is_none() {
                self.relocation(block, *place, relocation);
            }
        }
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// `0000000000001040 <name>:`
    fn heading(&mut self, block: &Block<'_>, address: u64, name: Option<&str>) {
        self.text.push('\n');
        hex(&mut self.text, address, self.address_digits);
        self.text.push_str(" <");
        match name {
            Some(name) => self.text.push_str(name),
            None => match self.symbols.nearest(block.index, address) {
                Some((name, distance)) => push_distance(&mut self.text, name, distance),
                None => push_distance(&mut self.text, block.name, address - block.address),
            },
        }
        self.text.push_str(">:\n");
    }

    /// Everything up to `stop`, where the next heading is.
    fn run(
        &mut self,
        block: &Block<'_>,
        cursor: &mut Cursor<'_, '_>,
        stop: u64,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        while cursor.at < stop {
            let limit = cursor.enter(stop);
            let offset = |address: u64| (address - block.address) as usize;
            let rest = &block.data[offset(cursor.at)..offset(stop)];
            if let Some(size) = self.descriptor(block, rest, cursor) {
                cursor.at += size as u64;
                self.relocations(block, cursor);
                continue;
            }
            if let Some(zeros) = self.zeros(rest) {
                self.text.push_str("\t...\n");
                cursor.at += zeros as u64;
                self.relocations(block, cursor);
                continue;
            }
            let bytes = &rest[..(limit - cursor.at) as usize];
            self.source_line(block, cursor.at);
            self.place(cursor);
            let length = if cursor.code {
                let base = if block.relocatable { block.address } else { 0 };
                let next = cursor.relocations.peek().map(|r| r.0.wrapping_add(base));
                self.instruction(block, bytes, cursor.at, next)
            } else {
                self.data(bytes, cursor.at)
            };
            self.text.push('\n');
            // There is at least one byte, so that it goes on.
            cursor.at = cursor.at.saturating_add(length.max(1) as u64);
            self.relocations(block, cursor);
            if self.text.len() >= BUFFER {
                out.write_all(self.text.as_bytes())?;
                self.text.clear();
            }
        }
        Ok(())
    }

    /// The address of a line.
    fn place(&mut self, cursor: &Cursor<'_, '_>) {
        let start = self.text.len();
        hex(&mut self.text, cursor.at, 0);
        let digits = self.text.len() - start;
        if let Some(missing) = cursor.width.checked_sub(digits) {
            self.text.insert_str(start, &" ".repeat(missing));
        }
        self.text.push_str(":\t");
    }

    /// A descriptor that a mapping symbol marks, as the literal that it can be written with; its size.
    fn descriptor(
        &mut self,
        block: &Block<'_>,
        rest: &[u8],
        cursor: &Cursor<'_, '_>,
    ) -> Option<usize> {
        let mnemonic = self.symbols.descriptor(block.index, cursor.at)?;
        let known = DescriptorOf::find(self.disassembler.spec(), mnemonic)?;
        let bytes = rest.get(..known.size())?;
        let base = if block.relocatable { block.address } else { 0 };
        let mut names = Vec::new();
        let text = known.literal(bytes, |slot| {
            let at = cursor.at.wrapping_add(slot.into());
            let found = block
                .relocations
                .partition_point(|r| base.wrapping_add(r.0) < at);
            if let Some((place, relocation)) = block.relocations.get(found)
                && base.wrapping_add(*place) == at
            {
                let mut text = String::new();
                relocation_target(&mut text, block.file, relocation, 0);
                return Some(text);
            }
            let address = bytes.get(slot as usize..)?.first_chunk()?;
            if !block.relocatable
                && let Some(near) = self.symbols.nearest(None, u64::from_le_bytes(*address))
            {
                names.push(near);
            }
            None
        })?;
        self.place(cursor);
        self.text.push_str(".zktr.descriptor\t");
        self.text.push_str(&text);
        for (index, (name, distance)) in names.into_iter().enumerate() {
            self.text.push_str(if index == 0 { " # <" } else { ", <" });
            push_distance(&mut self.text, name, distance);
            self.text.push('>');
        }
        self.text.push('\n');
        Some(known.size())
    }

    /// How many zeros are to be left out here.
    fn zeros(&self, bytes: &[u8]) -> Option<usize> {
        if self.options.zeroes || bytes.first() != Some(&0) {
            return None;
        }
        let zeros = bytes.iter().position(|&b| b != 0).unwrap_or(bytes.len());
        let last = zeros == bytes.len();
        let count = if last { zeros } else { zeros & !3 };
        (zeros >= LONG_ZEROS || last && zeros <= LAST_ZEROS).then_some(count)
    }

    /// An instruction; its length. `relocation` is the place of the next one.
    fn instruction(
        &mut self,
        block: &Block<'_>,
        bytes: &[u8],
        address: u64,
        relocation: Option<u64>,
    ) -> usize {
        // The bytes stand before the text, but their number is known behind it.
        let start = self.text.len();
        let found = self.disassembler.print(&mut self.text, bytes, address);
        let Some(Found {
            word,
            length,
            target,
            decoded,
        }) = found
        else {
            return 0;
        };
        if self.options.raw_bytes {
            let mut raw = RawBytes::new();
            raw.instruction(word, length);
            self.text.insert_str(start, raw.as_str());
        }
        if let Some((name, distance)) =
            target.and_then(|target| self.symbols.nearest(block.index, target))
        {
            self.text.push_str(" <");
            push_distance(&mut self.text, name, distance);
            self.text.push('>');
        }
        let behind = address.saturating_add(length.into());
        let relocated = relocation.is_some_and(|at| at < behind);
        let computed = decoded.and_then(|d| self.addresses.step(&d, address, relocated));
        if let Some(computed) = computed {
            self.text.push_str(" # ");
            hex(&mut self.text, computed, 0);
            if let Some((name, distance)) = self.symbols.nearest(block.index, computed) {
                self.text.push_str(" <");
                push_distance(&mut self.text, name, distance);
                self.text.push('>');
            }
        }
        length.into()
    }

    /// Data, as large as its alignment allows; its length.
    fn data(&mut self, bytes: &[u8], address: u64) -> usize {
        let fits = |size: usize| bytes.len() >= size && address.is_multiple_of(size as u64);
        let (size, directive) = if fits(4) {
            (4, ".word\t0x")
        } else if fits(2) {
            (2, ".short\t0x")
        } else {
            (1, ".byte\t0x")
        };
        let mut word = [0; 8];
        word[..size].copy_from_slice(&bytes[..size]);
        let word = u64::from_le_bytes(word);
        if self.options.raw_bytes {
            let mut raw = RawBytes::new();
            raw.instruction(word, size as u8);
            self.text.push_str(raw.as_str());
        }
        self.text.push_str(directive);
        hex(&mut self.text, word, 2 * size);
        size
    }

    /// The relocations of what was printed last.
    fn relocations(&mut self, block: &Block<'_>, cursor: &mut Cursor<'_, '_>) {
        let base = if block.relocatable { block.address } else { 0 };
        let end = cursor.at.wrapping_sub(base);
        while let Some((place, relocation)) = cursor.relocations.next_if(|r| r.0 < end) {
            if base.wrapping_add(*place) >= self.options.start.unwrap_or(0) {
                self.relocation(block, *place, relocation);
            }
        }
    }

    /// Its place, type, symbol and addend.
    fn relocation(&mut self, block: &Block<'_>, place: u64, relocation: &read::Relocation) {
        let base = if block.relocatable { block.address } else { 0 };
        self.text.push_str("\t\t\t");
        hex(&mut self.text, base.wrapping_add(place), 0);
        self.text.push_str(": ");
        relocation_text(&mut self.text, block.file, relocation, 0);
        self.text.push('\n');
    }

    /// Function, line and source of an instruction, if they are not those of the one before it.
    fn source_line(&mut self, block: &Block<'_>, address: u64) {
        if !self.options.line_numbers && !self.options.source {
            return;
        }
        let Some((file, line)) = self.lines.find(address.wrapping_add(block.line_base)) else {
            return;
        };
        let function = self
            .symbols
            .nearest(block.index, address)
            .map_or("", |n| n.0);
        let same_function = self.last.0 == function;
        let same_line = matches!(&self.last.1, Some((f, l)) if f == file && *l == line);
        if same_function && same_line {
            return;
        }
        if self.options.line_numbers {
            if !same_function && !function.is_empty() {
                self.text.push_str(function);
                self.text.push_str("():\n");
            }
            self.text.push_str(file);
            self.text.push_str(&format!(":{line}\n"));
        }
        if self.options.source {
            let find = self.source;
            let text = self.texts.entry(file.to_owned()).or_insert_with(|| {
                let lines = find(file)?.lines().map(str::to_owned).collect();
                Some(Text { lines, shown: 0 })
            });
            if let Some(text) = text {
                let first = if line > text.shown {
                    line.saturating_sub(CONTEXT_LINES).max(text.shown) + 1
                } else {
                    line
                };
                for number in first.min(line)..=line {
                    if let Some(line) = text.lines.get((number as usize).wrapping_sub(1)) {
                        self.text.push_str(line);
                        self.text.push('\n');
                    }
                }
                text.shown = text.shown.max(line);
            }
        }
        self.last = (function.to_owned(), Some((file.to_owned(), line)));
    }
}

/// Where printing is.
struct Cursor<'m, 'r> {
    at: u64,
    /// Columns of an address.
    width: usize,
    /// Changes between code and data that are still to come.
    mapping: &'m [(u64, bool)],
    code: bool,
    relocations: std::iter::Peekable<std::slice::Iter<'r, (u64, read::Relocation)>>,
}

impl Cursor<'_, '_> {
    /// Takes the changes up to here; the next change or `stop`, what comes first.
    fn enter(&mut self, stop: u64) -> u64 {
        while let [(address, code), rest @ ..] = self.mapping {
            if *address > self.at {
                return (*address).min(stop);
            }
            (self.code, self.mapping) = (*code, rest);
        }
        stop
    }
}

/// `name` or `name+0x10`
fn push_distance(out: &mut String, name: &str, distance: u64) {
    out.push_str(name);
    if distance > 0 {
        out.push_str("+0x");
        hex(out, distance, 0);
    }
}

/// Columns of addresses up to `end`: leading zeros are left out by fours.
fn address_width(end: u64, digits: usize) -> usize {
    let needed = (16 - end.leading_zeros() as usize / 4).max(1);
    let spare = digits.saturating_sub(needed);
    // One zero always stays, as a margin.
    digits - spare.saturating_sub(1) / 4 * 4
}

/// The bytes of a line: one word, or halfwords for the longer encodings.
struct RawBytes {
    text: String,
}

impl RawBytes {
    fn new() -> Self {
        Self {
            text: String::with_capacity(24),
        }
    }

    fn instruction(&mut self, word: u64, length: u8) {
        let chunk = if matches!(length, 6 | 8) { 2 } else { length };
        for i in 0..length / chunk.max(1) {
            let part = word >> (8 * chunk * i) & (u64::MAX >> (64 - 8 * u32::from(chunk)));
            hex(&mut self.text, part, 2 * usize::from(chunk));
            self.text.push(' ');
        }
        // As wide as eight bytes in words or in halfwords.
        let width = if chunk == 2 { 20 } else { 18 };
        while self.text.len() < width {
            self.text.push(' ');
        }
        self.text.push('\t');
    }

    fn as_str(&self) -> &str {
        &self.text
    }
}

/// The type of a relocation, its symbol and its addend, with at least this many digits.
pub(super) fn relocation_text(
    out: &mut String,
    file: Option<&File<'_>>,
    relocation: &read::Relocation,
    digits: usize,
) {
    match relocation.flags() {
        RelocationFlags::Elf { r_type } => match RelocationKind::from_number(r_type) {
            Some(kind) => out.push_str(kind.name()),
            None => out.push_str(&format!("R_RISCV_<{r_type}>")),
        },
        other => out.push_str(&format!("{other:?}")),
    }
    out.push('\t');
    relocation_target(out, file, relocation, digits);
}

/// The symbol of a relocation and its addend, with at least this many digits.
fn relocation_target(
    out: &mut String,
    file: Option<&File<'_>>,
    relocation: &read::Relocation,
    digits: usize,
) {
    match (relocation.target(), file) {
        (RelocationTarget::Symbol(index), Some(file)) => match file.symbol_by_index(index) {
            Ok(symbol) => match symbol.name() {
                Ok("") => {
                    let section = symbol
                        .section_index()
                        .and_then(|index| file.section_by_index(index).ok());
                    let name = section.as_ref().map(super::symbols::section_name);
                    out.push_str(&name.unwrap_or_default());
                }
                Ok(name) => out.push_str(&printable(name)),
                Err(_) => out.push_str("<invalid name>"),
            },
            Err(_) => out.push_str("<invalid symbol>"),
        },
        _ => out.push_str("*ABS*"),
    }
    let addend = relocation.addend();
    if addend != 0 {
        out.push_str(if addend < 0 { "-0x" } else { "+0x" });
        hex(out, addend.unsigned_abs(), digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_addresses() {
        for (end, digits, width) in [
            (0x44, 16, 4),
            (0xffff, 16, 8),
            (0xfff, 16, 4),
            (0x1_0108, 16, 8),
            (0x8000_0000, 16, 12),
            (u64::MAX, 16, 16),
            (0x44, 8, 4),
            (0x1_0108, 8, 8),
        ] {
            assert_eq!(address_width(end, digits), width, "{end:#x}");
        }
    }

    #[test]
    fn bytes_of_all_lengths() {
        for (word, length, text) in [
            (0x13, 1, "13                \t"),
            (0x157d, 2, "157d                \t"),
            (0x0030_0513, 4, "00300513          \t"),
            (0x1f, 6, "001f 0000 0000      \t"),
            (u64::MAX, 8, "ffff ffff ffff ffff \t"),
        ] {
            let mut raw = RawBytes::new();
            raw.instruction(word, length);
            assert_eq!(raw.as_str(), text);
        }
    }
}
