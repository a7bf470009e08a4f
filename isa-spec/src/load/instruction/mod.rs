//! Instructions: what an entry has, and the instructions that it makes.

mod meaning;
mod operand;
mod word;

use super::encoding::EncodingFormat;
use super::{Loader, MAX_INSTRUCTIONS, Sections};
use crate::code::MAX_OPERANDS;
use crate::model::{Instruction, LayoutContent, Version};
use crate::sem::check::Scope;
use crate::span::{Diagnostic, Span};
use crate::tree::{self, Node, Table, Text};
use word::Encoded;

/// True for what may stand as a mnemonic in assembly.
pub(super) fn is_mnemonic(name: &str) -> bool {
    name.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_'))
}

/// The keys of an entry.
struct Entry<'a> {
    name: &'a Text,
    mnemonic: &'a Text,
    title: String,
    doc: String,
    since: Version,
    operands: Option<Table<'a>>,
    syntax: Option<&'a Text>,
    uses: &'a [Node],
    sem: Option<&'a Text>,
    modes: Option<Table<'a>>,
    expands: Option<&'a Text>,
    also: &'a [Node],
    in_place: &'a [Node],
    refuse: &'a [Node],
}

impl<'a> Loader<'a> {
    pub(super) fn instructions(&mut self, files: &[Sections<'a>]) {
        for file in files {
            for (name, node) in file.instructions.iter().flat_map(Table::entries) {
                if file.extension_name.is_empty() {
                    let message =
                        "a file with instructions needs an [extension], or to be `part-of` one";
                    self.sink.error(message, &name.span);
                    return;
                }
                self.entry(name, node, &file.extension_name);
            }
        }
    }

    fn entry(&mut self, name: &'a Text, node: &'a Node, extension: &str) -> Option<()> {
        let mut table = Table::new(node, "an instruction", self.sink)?.at(&name.span);
        let mnemonic = table.text("name").unwrap_or(name);
        if !is_mnemonic(&mnemonic.text) {
            let message = format!(
                "`{}` is no mnemonic: lower-case letters, digits, `.` and `_`",
                mnemonic.text
            );
            self.sink.error(message, &mnemonic.span);
        }
        let title = table
            .need_text("title")
            .map(|text| text.text.clone())
            .unwrap_or_default();
        let doc = table.doc("doc");
        let since = self.since(&mut table, extension);
        let xlen = match table.list("xlen") {
            None => vec![32, 64],
            Some(items) => self.xlen(items, &name.span)?,
        };
        let encoding = table.table("encoding");
        let encoding = table.need("encoding", encoding);
        let entry = Entry {
            name,
            mnemonic,
            title,
            doc,
            since,
            operands: table.table("operands"),
            syntax: table.text("syntax"),
            uses: table.list("uses").unwrap_or_default(),
            sem: table.text("sem"),
            modes: table.table("modes"),
            expands: table.text("expands"),
            also: table.list("also").unwrap_or_default(),
            in_place: table.list("in-place").unwrap_or_default(),
            refuse: table.list("refuse").unwrap_or_default(),
        };
        table.finish();
        let mut encoding = encoding?;
        let by_xlen = [(32u8, encoding.table("rv32")), (64, encoding.table("rv64"))];
        if by_xlen.iter().all(|(_, table)| table.is_none()) {
            return self.instruction(&entry, encoding, &xlen, extension);
        }
        for (bits, table) in by_xlen {
            if let Some(table) = table
                && xlen.contains(&bits)
            {
                self.instruction(&entry, table, &[bits], extension);
            }
        }
        encoding.finish();
        Some(())
    }

    pub(super) fn xlen(&self, items: &[Node], span: &Span) -> Option<Vec<u8>> {
        let mut xlen = Vec::new();
        for item in items {
            let value = tree::int(item, "xlen", 32..=64, self.sink)? as u8;
            if !matches!(value, 32 | 64) || xlen.contains(&value) {
                self.sink.error("XLEN is 32 or 64, each once", &item.span);
                return None;
            }
            xlen.push(value);
        }
        if xlen.is_empty() {
            self.sink.error("`xlen` must not be empty", span);
            return None;
        }
        Some(xlen)
    }

    /// Adds the instruction with one encoding: several ones, if the format has variants.
    fn instruction(
        &mut self,
        entry: &Entry<'a>,
        encoding: Table<'a>,
        xlen: &[u8],
        extension: &str,
    ) -> Option<()> {
        let mut format_name = None;
        let mut values: Vec<(&'a Text, &'a Node)> = Vec::new();
        for (key, node) in encoding.entries() {
            if key.text == "format" {
                format_name = tree::text(node, "`format`", self.sink);
            } else {
                values.push((key, node));
            }
        }
        let format_name = encoding.need("format", format_name)?;
        // The formats are not needed while they are borrowed; they are put back below.
        let formats = std::mem::take(&mut self.encodings);
        let found = formats.by_name.get(&format_name.text);
        if found.is_none() {
            let known = formats.by_name.keys().map(String::as_str);
            self.unknown(
                "encoding format",
                &format_name.text,
                &format_name.span,
                known,
            );
        }
        let result = found.and_then(|format| {
            let base =
                self.with_format(entry, format, &format_name.text, &values, xlen, extension)?;
            self.add_variants(entry, format, base)
        });
        self.encodings = formats;
        result
    }

    fn with_format(
        &mut self,
        entry: &Entry<'a>,
        format: &EncodingFormat<'a>,
        format_name: &str,
        values: &[(&'a Text, &'a Node)],
        xlen: &[u8],
        extension: &str,
    ) -> Option<Instruction> {
        let Encoded {
            mask,
            bits,
            layout,
            mut operands,
        } = self.encode_fields(entry, format, format_name, values)?;
        let syntax = self.syntax(entry, format, &mut operands)?;
        if operands.len() > MAX_OPERANDS {
            self.sink.error(
                format!("an instruction has at most {MAX_OPERANDS} operands"),
                &entry.name.span,
            );
            return None;
        }
        let mut instruction = Instruction {
            name: entry.mnemonic.text.clone(),
            extension: extension.to_owned(),
            since: entry.since,
            xlen: xlen.to_vec(),
            title: entry.title.clone(),
            doc: entry.doc.clone(),
            format: format_name.to_owned(),
            length: format.length,
            mask,
            bits,
            layout,
            operands,
            syntax,
            preconditions: Vec::new(),
            modes: Vec::new(),
            expands: None,
            also: Vec::new(),
            span: entry.name.span.clone(),
        };
        if let Some((_, descriptor)) = instruction.descriptor() {
            let count = Scope {
                operands: &instruction.operands,
                descriptor: None,
                xlen,
                statuses: &[],
                proved: false,
            }
            .count()
            .map(|(id, name)| (id, name.to_owned()));
            let count = count.as_ref().map(|(id, name)| (*id, name.as_str()));
            self.use_descriptor(descriptor, count, &entry.name.span)?;
            if instruction.status_operand().is_none() {
                let message =
                    "an instruction with a descriptor needs an operand that is \"status\"";
                self.sink.error(message, &entry.name.span);
            }
        }
        self.meaning(entry, &mut instruction);
        Some(instruction)
    }

    /// Adds the instruction, or one for each suffix that the format has.
    fn add_variants(
        &mut self,
        entry: &Entry<'a>,
        format: &EncodingFormat<'a>,
        base: Instruction,
    ) -> Option<()> {
        if format.variants.is_empty() {
            self.add(entry, base);
            return Some(());
        }
        for (suffix, values) in &format.variants {
            let mut variant = base.clone();
            variant.name.push_str(&suffix.text);
            for (key, node) in values {
                let piece = format.pieces.iter().find(|piece| piece.name == key.text)?;
                let value = self.number(node, &key.text, (1u64 << piece.len) - 1)?;
                let mask = (((1u64 << piece.len) - 1) << piece.word_lo) as u32;
                variant.bits = (variant.bits & !mask) | (value << piece.word_lo);
                for field in variant
                    .layout
                    .iter_mut()
                    .filter(|field| field.name == key.text)
                {
                    field.content = LayoutContent::Fixed(value);
                }
            }
            self.add(entry, variant);
        }
        Some(())
    }

    fn add(&mut self, entry: &Entry<'a>, instruction: Instruction) {
        if self.spec.instructions.len() >= MAX_INSTRUCTIONS {
            let message = format!("there are more than {MAX_INSTRUCTIONS} instructions");
            self.sink.error(message, &entry.name.span);
            return;
        }
        for xlen in &instruction.xlen {
            let key = ("instruction", format!("{}/{xlen}", instruction.name));
            if let Some(first) = self.defined.get(&key) {
                let message = format!("instruction `{}` is defined twice", instruction.name);
                let diagnostic = Diagnostic::error(message, entry.mnemonic.span.clone());
                self.sink
                    .push(diagnostic.note("first defined here", Some(first.clone())));
                return;
            }
            self.defined.insert(key, entry.mnemonic.span.clone());
        }
        if entry.expands.is_some() || !entry.also.is_empty() {
            let also = entry.also.iter();
            let also = also.filter_map(|node| tree::text(node, "an instruction", self.sink));
            let also = also.collect();
            self.pending
                .push((self.spec.instructions.len(), entry.expands, also));
        }
        self.spec.instructions.push(instruction);
    }
}
