//! Listings: every line of the source with the addresses and words that it became, the lines of files that it includes
//! and of macros that it invokes (behind `>`), the instructions that a pseudo-instruction stands for (behind `+`), and
//! how many cycles they take.
//!
//! Cycles are the spec's estimates ([`zktr_isa::latency`]): `1/2` of a branch that is not taken and one that is, `8+1n` of
//! an operation on n elements. The column behind them adds them up since the basic block began, with branches
//! that are not taken.

use crate::disasm::{DisasmOptions, Disassembler, hex};
use crate::object::{Content, Object, Section, SectionKind};
use std::fmt::Write as _;
use std::io::{self, Write};
use zktr_isa::Spec;

/// Rows of data that a statement has at most; more is only counted.
const DATA_ROWS: usize = 4;
/// Bytes of data in a row.
const ROW: usize = 8;
/// Text is handed on in pieces of about this many bytes.
const BUFFER: usize = 1 << 16;
/// The longest line of a source that is shown whole.
const MAX_LINE: usize = 512;

/// A statement of the source, and where its bytes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Index of the section that it is in.
    pub section: usize,
    /// Offset of its first byte; the bytes end where the next statement of the section begins.
    pub offset: u64,
    /// Its position, which [`Object::sources`] knows.
    pub position: u32,
    /// It begins with a label.
    pub label: bool,
}

/// Writes the listing of an object that was assembled with [`crate::Options::listing`], with the same spec.
///
/// # Errors
/// Errors of the output.
pub fn listing(spec: &Spec, object: &Object, out: &mut dyn Write) -> io::Result<()> {
    let mut lister = Lister::new(spec, object, out);
    lister
        .text
        .push_str(" line  addr      words              cycles    block  source\n");
    let ends = ends(object);
    for (statement, end) in object.statements.iter().zip(ends) {
        lister.statement(statement, end)?;
    }
    lister.leave(0)?;
    lister.legend();
    lister.flush()
}

/// For each statement, where its bytes end.
fn ends(object: &Object) -> Vec<u64> {
    let mut next: Vec<u64> = object.sections.iter().map(|section| section.size).collect();
    let mut ends: Vec<u64> = object
        .statements
        .iter()
        .rev()
        .map(|statement| match next.get_mut(statement.section) {
            Some(next) => std::mem::replace(next, statement.offset),
            None => statement.offset,
        })
        .collect();
    ends.reverse();
    ends
}

/// A text that is being listed.
struct Frame {
    /// Which of the object's texts.
    text: usize,
    /// How many macros it is in.
    macros: usize,
    /// The first line that was not listed yet: its offset and number.
    at: usize,
    line: usize,
    /// The offset of the last statement.
    last: Option<usize>,
}

/// Cycles since a basic block began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Cycles {
    fixed: u64,
    /// For each element.
    elements: u64,
}

struct Lister<'a> {
    spec: &'a Spec,
    object: &'a Object,
    disassembler: Disassembler<'a>,
    /// Digits of addresses.
    digits: usize,
    /// From the source file to the text of the present statement.
    frames: Vec<Frame>,
    block: Cycles,
    /// The section that the block is in.
    section: usize,
    /// For each class of latency: it was shown.
    shown: Vec<bool>,
    text: String,
    out: &'a mut dyn Write,
}

impl<'a> Lister<'a> {
    fn new(spec: &'a Spec, object: &'a Object, out: &'a mut dyn Write) -> Self {
        let style = DisasmOptions {
            xlen: object.xlen,
            relative: true,
            ..DisasmOptions::default()
        };
        let largest = object.sections.iter().map(|s| s.size).max().unwrap_or(0);
        let digits = 16 - largest.leading_zeros() as usize / 4;
        Self {
            spec,
            object,
            disassembler: Disassembler::new(spec, &style),
            digits: digits.next_multiple_of(4).max(4),
            frames: Vec::new(),
            block: Cycles::default(),
            section: usize::MAX,
            shown: vec![false; spec.latencies.len()],
            text: String::new(),
            out,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// The lines up to that of the statement, and what it became.
    fn statement(&mut self, statement: &Statement, end: u64) -> io::Result<()> {
        if statement.label || statement.section != self.section {
            self.block = Cycles::default();
            self.section = statement.section;
        }
        let chain = self.object.sources.chain(statement.position);
        let common = chain
            .iter()
            .zip(&self.frames)
            .take_while(|((text, _), frame)| *text == frame.text)
            .count();
        self.leave(common)?;
        for (depth, &(text, offset)) in chain.iter().enumerate() {
            if depth == self.frames.len() {
                let outer = self.frames.last().map_or(0, |frame| frame.macros);
                let expanded = usize::from(self.object.sources.is_expansion(text));
                self.frames.push(Frame {
                    text,
                    macros: outer + expanded,
                    at: 0,
                    line: 1,
                    last: None,
                });
            }
            let innermost = depth + 1 == chain.len();
            let line = self.lines_before(depth, offset, innermost)?;
            if innermost {
                self.bytes(statement, end, line)?;
            } else if let Some((number, text)) = line {
                self.row(number, "", "", Some(&text));
            }
        }
        Ok(())
    }

    /// Lists the lines of a text before that at an offset, and goes behind that line: its number and text, unless
    /// it was listed before.
    fn lines_before(
        &mut self,
        depth: usize,
        offset: usize,
        innermost: bool,
    ) -> io::Result<Option<(Option<usize>, String)>> {
        let frame = &mut self.frames[depth];
        let source = self.object.sources.text(frame.text);
        if innermost {
            // A repetition begins again.
            if frame.last.is_some_and(|last| offset <= last) {
                (frame.at, frame.line) = (0, 1);
            }
            frame.last = Some(offset);
        }
        let before = source.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        while self.frames[depth].at < start {
            let (number, text) = self.next_line(depth);
            self.row(number, "", "", Some(&text));
            if self.text.len() >= BUFFER {
                self.flush()?;
            }
        }
        let listed = self.frames[depth].at > start;
        Ok((!listed).then(|| self.next_line(depth)))
    }

    /// Takes a line of a text.
    fn next_line(&mut self, depth: usize) -> (Option<usize>, String) {
        let frame = &mut self.frames[depth];
        let source = self.object.sources.text(frame.text);
        let rest = source.get(frame.at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        // Lines of a macro have no numbers that anyone knows.
        let number = (frame.macros == 0).then_some(frame.line);
        frame.at += line.len() + 1;
        frame.line += 1;
        let mut text = "> ".repeat(frame.macros);
        let line = line.trim_end_matches('\r');
        match line.char_indices().nth(MAX_LINE) {
            Some((end, _)) => {
                text.push_str(&line[..end]);
                text.push_str("...");
            }
            None => text.push_str(line),
        }
        (number, text)
    }

    /// Leaves the texts that are nested more deeply; the rest of files is listed.
    fn leave(&mut self, depth: usize) -> io::Result<()> {
        while self.frames.len() > depth {
            let last = self.frames.len() - 1;
            let whole = self.object.sources.text(self.frames[last].text).len();
            while self.frames[last].macros == 0 && self.frames[last].at < whole {
                let (number, text) = self.next_line(last);
                self.row(number, "", "", Some(&text));
                if self.text.len() >= BUFFER {
                    self.flush()?;
                }
            }
            self.frames.pop();
        }
        Ok(())
    }

    /// The rows of a statement's bytes.
    fn bytes(
        &mut self,
        statement: &Statement,
        end: u64,
        line: Option<(Option<usize>, String)>,
    ) -> io::Result<()> {
        let (number, source) = match line {
            Some((number, text)) => (number, Some(text)),
            None => (None, None),
        };
        let Some(section) = self.object.sections.get(statement.section) else {
            return Ok(());
        };
        let range = statement.offset as usize..end.max(statement.offset) as usize;
        if section.kind == SectionKind::Nobits && !range.is_empty() {
            let words = format!("({} bytes)", range.len());
            let address = self.address(statement.offset);
            self.row(number, &address, &words, source.as_deref());
            return Ok(());
        }
        let bytes = section.data.get(range).unwrap_or_default();
        if bytes.is_empty() {
            if source.is_some() {
                self.row(number, "", "", source.as_deref());
            }
            return Ok(());
        }
        let (mut number, mut source) = (number, source);
        let mut at = 0;
        let mut rows = 0;
        while at < bytes.len() {
            let offset = statement.offset + at as u64;
            let address = self.address(offset);
            if is_code(section, offset) {
                let mut text = String::new();
                let Some(found) = self.disassembler.print(&mut text, &bytes[at..], offset) else {
                    break;
                };
                let mut words = String::new();
                hex(&mut words, found.word, 2 * usize::from(found.length));
                let cycles = self.cycles(found.instruction());
                let expansion = match &source {
                    Some(source) => source.clone(),
                    None => format!("+ {}", text.replace('\t', " ")),
                };
                let _ = write!(
                    words,
                    "{:pad$}{cycles}",
                    "",
                    pad = 16usize.saturating_sub(words.len())
                );
                self.row(number, &address, &words, Some(&expansion));
                at += usize::from(found.length).max(1);
            } else {
                rows += 1;
                let rest = &bytes[at..];
                let part = &rest[..rest.len().min(ROW)];
                let mut words = String::new();
                if rows > DATA_ROWS {
                    let _ = write!(words, "... {} more", rest.len());
                    at = bytes.len();
                } else {
                    part.iter()
                        .for_each(|&byte| hex(&mut words, byte.into(), 2));
                    at += part.len();
                }
                self.row(number, &address, &words, source.as_deref());
            }
            (number, source) = (None, None);
            if self.text.len() >= BUFFER {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// The columns of cycles for an instruction.
    fn cycles(&mut self, instruction: Option<usize>) -> String {
        let Some(class) = instruction.and_then(|index| self.spec.latency(index)) else {
            return String::new();
        };
        if let Some(at) = self.spec.latencies.iter().position(|c| c == class) {
            self.shown[at] = true;
        }
        self.block.fixed += u64::from(class.cycles);
        self.block.elements += u64::from(class.element.unwrap_or(0));
        let mut own = class.cycles.to_string();
        if let Some(taken) = class.taken {
            let _ = write!(own, "/{taken}");
        }
        if let Some(element) = class.element {
            let _ = write!(own, "+{element}n");
        }
        let mut sum = self.block.fixed.to_string();
        if self.block.elements > 0 {
            let _ = write!(sum, "+{}n", self.block.elements);
        }
        if class.transfer {
            self.block = Cycles::default();
        }
        format!("  {own:>6} {sum:>8}")
    }

    fn address(&self, offset: u64) -> String {
        let mut text = String::new();
        hex(&mut text, offset, self.digits);
        text
    }

    /// A row, without blanks at its end.
    fn row(&mut self, number: Option<usize>, address: &str, words: &str, source: Option<&str>) {
        let number = number.map(|n| n.to_string()).unwrap_or_default();
        let digits = self.digits;
        let source = source.unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(
            self.text,
            "{number:>5}  {address:digits$}  {words:33}  {source}"
        );
        let length = self.text.trim_end_matches([' ', '\t']).len();
        self.text.truncate(length);
        self.text.push('\n');
    }

    /// Where the figures come from.
    fn legend(&mut self) {
        if !self.shown.contains(&true) {
            return;
        }
        self.text.push_str("\ncycles (estimates):");
        for (class, _) in self.spec.latencies.iter().zip(&self.shown).filter(|x| *x.1) {
            let _ = write!(self.text, " {} {},", class.name, class.origin.name());
        }
        self.text.pop();
        self.text.push('\n');
    }
}

/// Is this byte of a section part of an instruction?
fn is_code(section: &Section, offset: u64) -> bool {
    let before = section.mapping.partition_point(|m| m.offset <= offset);
    let last = before.checked_sub(1).and_then(|at| section.mapping.get(at));
    last.is_some_and(|mapping| mapping.content == Content::Code)
}
