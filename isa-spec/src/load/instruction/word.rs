//! The bits of the instruction word.

use super::Entry;
use crate::algebra::OperandId;
use crate::load::Loader;
use crate::load::encoding::EncodingFormat;
use crate::model::{LayoutContent, LayoutField, Operand};
use crate::tree::{Node, Table, Text};

/// The encoding part of an instruction.
pub(super) struct Encoded {
    pub(super) mask: u32,
    pub(super) bits: u32,
    pub(super) layout: Vec<LayoutField>,
    pub(super) operands: Vec<Operand>,
}

impl<'a> Loader<'a> {
    /// What each bit of the word is.
    pub(super) fn encode_fields(
        &mut self,
        entry: &Entry<'a>,
        format: &EncodingFormat<'a>,
        format_name: &str,
        values: &[(&'a Text, &'a Node)],
    ) -> Option<Encoded> {
        let names = format.names();
        for (key, _) in values {
            if !names.contains(&key.text.as_str()) {
                self.unknown(
                    "field of the encoding format",
                    &key.text,
                    &key.span,
                    names.iter().copied(),
                );
            }
        }
        let given = |name: &str| {
            values
                .iter()
                .chain(&format.fixed)
                .find(|(key, _)| key.text == name)
                .map(|(_, node)| *node)
        };
        let mut operands: Vec<Operand> = Vec::new();
        for (name, default) in &format.operands {
            let described = entry
                .operands
                .iter()
                .flat_map(Table::entries)
                .find(|(key, _)| key.text == name.text);
            if given(&name.text).is_some() {
                if let Some((key, _)) = described {
                    self.sink.error(
                        format!("`{}` has a fixed value, and is no operand", name.text),
                        &key.span,
                    );
                }
                continue;
            }
            let Some(node) = described.map(|(_, node)| node).or(*default) else {
                let message = format!(
                    "operand `{}` of format `{format_name}` is neither described in `operands` nor fixed in `encoding`",
                    name.text
                );
                self.sink.error(message, &entry.name.span);
                return None;
            };
            let span = described.map_or(&entry.name.span, |(key, _)| &key.span);
            operands.push(self.operand(name, node, span, format)?);
        }
        for (key, _) in entry.operands.iter().flat_map(Table::entries) {
            if !format
                .operands
                .iter()
                .any(|(name, _)| name.text == key.text)
            {
                let known = format.operands.iter().map(|(name, _)| name.text.as_str());
                self.unknown(
                    "operand of the encoding format",
                    &key.text,
                    &key.span,
                    known,
                );
            }
        }
        let (mut mask, mut bits, mut layout) = (0u32, 0u32, Vec::new());
        for piece in &format.pieces {
            let piece_mask = ((1u64 << piece.len) - 1) as u32;
            let operand = operands
                .iter()
                .position(|operand| operand.name == piece.name);
            let content = if let Some(index) = operand {
                LayoutContent::Operand {
                    operand: OperandId(index as u32),
                    value_lo: piece.value_lo,
                }
            } else {
                let value = if let Some(node) = given(&piece.name) {
                    let width = format
                        .pieces
                        .iter()
                        .filter(|p| p.name == piece.name)
                        .map(|p| p.value_lo + p.len)
                        .max()
                        .unwrap_or(0);
                    self.number(node, &piece.name, (1u64 << width) - 1)?
                } else if let Some((_, operand)) = format
                    .present
                    .iter()
                    .find(|(key, _)| key.text == piece.name)
                {
                    u32::from(operands.iter().any(|o| o.name == operand.text))
                } else if format
                    .variants
                    .iter()
                    .any(|(_, v)| v.iter().any(|(key, _)| key.text == piece.name))
                {
                    // Set by the variants.
                    0
                } else {
                    let message = format!(
                        "field `{}` of format `{format_name}` has no value",
                        piece.name
                    );
                    self.sink.error(message, &entry.name.span);
                    return None;
                };
                let value = (value >> piece.value_lo) & piece_mask;
                mask |= piece_mask << piece.word_lo;
                bits |= value << piece.word_lo;
                LayoutContent::Fixed(value)
            };
            layout.push(LayoutField {
                name: piece.name.clone(),
                lo: piece.word_lo,
                len: piece.len,
                content,
            });
        }
        let expected = if format.length == 2 {
            bits & 0b11 != 0b11
        } else {
            bits & 0b1_1111 != 0b1_1111 && bits & 0b11 == 0b11
        };
        if !expected || mask & 0b11 != 0b11 {
            let message = format!(
                "the lowest bits of the word do not say that it has {} bytes",
                format.length
            );
            self.sink.error(message, &entry.name.span);
            return None;
        }
        Some(Encoded {
            mask,
            bits,
            layout,
            operands,
        })
    }
}
