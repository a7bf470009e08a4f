//! Encoding formats: where the fields of an instruction word are, in the notation of the RISC-V
//! manual, as in `imm[12|10:5] rs2 rs1 funct3 imm[4:1|11] opcode`.

use super::{Loader, Sections};
use crate::tree::{self, Node, Sink, Table, Text, Value};
use std::collections::HashMap;
use std::ops::Range;

/// All encoding formats, and the widths of the fields that have a usual one.
#[derive(Default)]
pub(super) struct Formats<'a> {
    pub(super) widths: HashMap<String, u8>,
    pub(super) by_name: HashMap<String, EncodingFormat<'a>>,
}

/// The layout of an instruction word.
pub(super) struct EncodingFormat<'a> {
    /// Bytes: 2 or 4.
    pub(super) length: u8,
    /// From the highest bit down.
    pub(super) pieces: Vec<Piece>,
    /// Fields that can be operands, in order; with what they are, if instructions need not say it.
    pub(super) operands: Vec<(&'a Text, Option<&'a Node>)>,
    /// Values of fields, unless the instruction gives others.
    pub(super) fixed: Vec<(&'a Text, &'a Node)>,
    /// Fields of one bit that say whether an operand is there.
    pub(super) present: Vec<(&'a Text, &'a Text)>,
    /// Operand list in assembly.
    pub(super) syntax: Option<&'a Text>,
    /// Suffixes of the mnemonic that stand for values of fields.
    pub(super) variants: Vec<(&'a Text, Vec<(&'a Text, &'a Node)>)>,
}

/// Adjacent bits of a word.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) word_lo: u8,
    pub(super) len: u8,
    /// Which bits of the field's value they hold.
    pub(super) value_lo: u8,
}

impl EncodingFormat<'_> {
    /// The names of all fields, from the highest down, each once.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for piece in &self.pieces {
            if !names.contains(&piece.name.as_str()) {
                names.push(&piece.name);
            }
        }
        names
    }
}

impl<'a> Loader<'a> {
    pub(super) fn encodings(&mut self, files: &mut [Sections<'a>]) {
        for file in files.iter() {
            for (name, node) in file.bits.iter().flat_map(Table::entries) {
                if let Some(width) = tree::int(node, &name.text, 1..=32, self.sink)
                    && self.define("field width", name)
                {
                    self.encodings.widths.insert(name.text.clone(), width as u8);
                }
            }
        }
        for file in files.iter() {
            for (name, node) in file.encoding.iter().flat_map(Table::entries) {
                if let Some(format) = self.encoding_format(name, node)
                    && self.define("encoding format", name)
                {
                    self.encodings.by_name.insert(name.text.clone(), format);
                }
            }
        }
    }

    pub(super) fn encoding_format(
        &self,
        name: &'a Text,
        node: &'a Node,
    ) -> Option<EncodingFormat<'a>> {
        let mut table = Table::new(node, "an encoding format", self.sink)?.at(&name.span);
        let bits = table.need_text("bits");
        let operands = table.get("operands");
        let fixed = table
            .table("fixed")
            .map(|t| t.entries().iter().map(|(k, v)| (k, v)).collect());
        let present = table.table("present");
        let syntax = table.text("syntax");
        let variants = table.table("variants");
        table.finish();
        let bits = bits?;
        let pieces = self.pieces(bits)?;
        let format = EncodingFormat {
            length: (pieces.iter().map(|piece| u32::from(piece.len)).sum::<u32>() / 8) as u8,
            pieces,
            operands: operands
                .map(|node| format_operands(node, self.sink))
                .unwrap_or_default(),
            fixed: fixed.unwrap_or_default(),
            present: present
                .iter()
                .flat_map(Table::entries)
                .filter_map(|(key, node)| {
                    Some((key, tree::text(node, "the name of an operand", self.sink)?))
                })
                .collect(),
            syntax,
            variants: variants
                .iter()
                .flat_map(Table::entries)
                .filter_map(|(key, node)| {
                    let values = Table::new(node, "a variant", self.sink)?;
                    Some((key, values.entries().iter().map(|(k, v)| (k, v)).collect()))
                })
                .collect(),
        };
        let names = format.names();
        let mentioned = format
            .operands
            .iter()
            .map(|(key, _)| *key)
            .chain(format.fixed.iter().map(|(key, _)| *key))
            .chain(
                format
                    .present
                    .iter()
                    .flat_map(|(key, operand)| [*key, *operand]),
            )
            .chain(
                format
                    .variants
                    .iter()
                    .flat_map(|(_, values)| values.iter().map(|(key, _)| *key)),
            );
        for key in mentioned {
            if !names.contains(&key.text.as_str()) {
                self.unknown(
                    "field of the encoding format",
                    &key.text,
                    &key.span,
                    names.iter().copied(),
                );
            }
        }
        Some(format)
    }

    /// Parses the layout.
    fn pieces(&self, text: &Text) -> Option<Vec<Piece>> {
        // First without places in the word: those are counted from the right.
        let mut pieces: Vec<Piece> = Vec::new();
        for (range, word) in text.words() {
            let (name, slices) = match word.split_once('[') {
                Some((name, rest)) => (name, Some(rest)),
                None => (word, None),
            };
            if !crate::sem::lexer::is_name(name) {
                self.sink
                    .error(format!("`{name}` is no name of a field"), &text.part(range));
                return None;
            }
            let found = match slices {
                None => {
                    let Some(&len) = self.encodings.widths.get(name) else {
                        let message = format!("the width of `{name}` is not known");
                        let span = text.part(range);
                        self.sink
                            .push(crate::span::Diagnostic::error(message, span).help(format!(
                                "write `{name}[high:low]`, or give its width in the table [bits]"
                            )));
                        return None;
                    };
                    vec![(0, len)]
                }
                Some(slices) => self.slices(text, &range, slices)?,
            };
            pieces.extend(found.into_iter().map(|(value_lo, len)| Piece {
                name: name.to_owned(),
                word_lo: 0,
                len,
                value_lo,
            }));
        }
        let total: u32 = pieces.iter().map(|piece| u32::from(piece.len)).sum();
        if total != 16 && total != 32 {
            self.sink.error(
                format!("an instruction word has 16 or 32 bits, and these are {total}"),
                &text.span,
            );
            return None;
        }
        let mut word_lo = total as u8;
        for piece in &mut pieces {
            word_lo -= piece.len;
            piece.word_lo = word_lo;
        }
        self.check_coverage(text, &pieces)?;
        Some(pieces)
    }

    /// `12|10:5]` as (lowest bit, number of bits), in order.
    fn slices(&self, text: &Text, range: &Range<usize>, slices: &str) -> Option<Vec<(u8, u8)>> {
        let parsed = slices.strip_suffix(']').and_then(|inner| {
            inner
                .split('|')
                .map(|slice| {
                    let (high, low) = slice.split_once(':').unwrap_or((slice, slice));
                    let (high, low) = (high.parse::<u8>().ok()?, low.parse::<u8>().ok()?);
                    (low <= high && high < 32).then(|| (low, high - low + 1))
                })
                .collect::<Option<Vec<_>>>()
        });
        if parsed.is_none() {
            self.sink.error(
                "bits are written `name[high:low|bit|...]`, from 31 down",
                &text.part(range.clone()),
            );
        }
        parsed
    }

    /// Each bit of a field is in the word once, and none between its lowest and its highest is missing.
    fn check_coverage(&self, text: &Text, pieces: &[Piece]) -> Option<()> {
        let mut covered: HashMap<&str, u32> = HashMap::new();
        for piece in pieces {
            let mask = ((((1u64 << piece.len) - 1) << piece.value_lo) & u64::from(u32::MAX)) as u32;
            let seen = covered.entry(&piece.name).or_default();
            if *seen & mask != 0 {
                let bit = (*seen & mask).trailing_zeros();
                self.sink.error(
                    format!("bit {bit} of `{}` is in the word twice", piece.name),
                    &text.span,
                );
                return None;
            }
            *seen |= mask;
        }
        for piece in pieces {
            let bits = covered[piece.name.as_str()];
            let run = bits >> bits.trailing_zeros();
            if run.trailing_ones() != run.count_ones() {
                let missing = run.trailing_ones() + bits.trailing_zeros();
                self.sink.error(
                    format!("bit {missing} of `{}` is nowhere in the word", piece.name),
                    &text.span,
                );
                return None;
            }
        }
        Some(())
    }
}

/// A list of names, or a table from names to what the operands are.
fn format_operands<'a>(node: &'a Node, sink: &Sink) -> Vec<(&'a Text, Option<&'a Node>)> {
    match &node.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| Some((tree::text(item, "the name of an operand", sink)?, None)))
            .collect(),
        Value::Table(entries) => entries
            .iter()
            .map(|(key, node)| (key, Some(node)))
            .collect(),
        _ => {
            sink.error(
                "`operands` has to be a list of names, or a table",
                &node.span,
            );
            Vec::new()
        }
    }
}
