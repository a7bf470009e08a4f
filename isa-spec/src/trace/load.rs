//! From the `[trace]` sections of all files to a checked [`Schema`].

use super::fill::{Filling, Kind, message_signals};
use super::order;
use super::rules::Rules;
use super::scope::Globals;
use super::term::{SIGNALS, Signal};
use super::{
    Bus, BusField, Cell, CellValue, Clock, Column, Guest, Knowledge, Local, Rows, Schema,
    SourceDoc, Table as SchemaTable,
};
use crate::model::Instruction;
use crate::names::did_you_mean;
use crate::sem::lexer::is_name;
use crate::span::{Diagnostic, Span};
use crate::tree::{self, Node, Sink, Table, Text};
use std::collections::HashMap;

/// The most cells of a row.
const MAX_WIDTH: u32 = 4096;
/// The most rows of a table of numbers.
const MAX_INDEX: u32 = 1 << 24;
/// The most tables; pairs of them are compared.
const MAX_TABLES: usize = 256;

/// The sections of one file.
struct Section<'a> {
    constant: Option<Table<'a>>,
    rows: Option<Table<'a>>,
    bus: Option<Table<'a>>,
    group: Option<Table<'a>>,
    table: Option<Table<'a>>,
}

/// A group of columns that several tables have.
struct Group<'a> {
    locals: &'a [(Text, Node)],
    columns: &'a [Node],
}

/// Loads the schema from the `[trace]` tables of the files.
pub(crate) fn load<'a>(
    sections: Vec<Table<'a>>,
    instructions: &'a [Instruction],
    registers: &'a HashMap<String, u8>,
    sink: &'a Sink,
) -> Schema {
    let mut loader = Loader {
        sink,
        instructions,
        defined: HashMap::new(),
        schema: Schema::default(),
        globals: Globals {
            sink,
            constants: HashMap::new(),
            guest: Guest::default(),
            clock: Clock::default(),
            registers,
        },
        groups: HashMap::new(),
        mnemonics: HashMap::new(),
    };
    let files: Vec<Section<'a>> = sections
        .into_iter()
        .map(|section| loader.section(section))
        .collect();
    loader.schema.guest = loader.globals.guest;
    loader.schema.clock = loader.globals.clock;
    for (index, instruction) in instructions.iter().enumerate() {
        if instruction.xlen.contains(&loader.globals.guest.xlen) {
            let name = instruction.name.as_str();
            loader.mnemonics.entry(name).or_default().push(index);
        }
    }
    for file in &files {
        for (name, node) in file.constant.iter().flat_map(Table::entries) {
            loader.constant(name, node);
        }
        for (name, node) in file.rows.iter().flat_map(Table::entries) {
            loader.source(name, node);
        }
        for (name, node) in file.bus.iter().flat_map(Table::entries) {
            loader.bus(name, node);
        }
        for (name, node) in file.group.iter().flat_map(Table::entries) {
            loader.group(name, node);
        }
    }
    let buses = std::mem::take(&mut loader.schema.buses);
    let mut tables = Vec::new();
    let parts = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let before = sink.len();
    for (name, node) in files
        .iter()
        .flat_map(|file| file.table.iter().flat_map(Table::entries))
    {
        if tables.len() >= MAX_TABLES {
            sink.error(format!("more than {MAX_TABLES} tables"), &name.span);
            break;
        }
        if loader.define_name("table", name) {
            tables.extend(loader.table(name, node, &buses, &parts));
        }
    }
    // A table with an error misses rules, so that these would find more than there is.
    if sink.len() == before {
        order::check_buses(&buses, &tables, sink);
        for table in &tables {
            order::check_columns(table, sink);
        }
        tables = order::sorted(tables, sink);
    }
    let mut schema = loader.schema;
    schema.buses = buses;
    schema.tables = tables;
    schema
}

struct Loader<'a> {
    sink: &'a Sink,
    instructions: &'a [Instruction],
    defined: HashMap<(&'static str, String), Span>,
    schema: Schema,
    globals: Globals<'a>,
    groups: HashMap<&'a str, Group<'a>>,
    mnemonics: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Loader<'a> {
    fn section(&mut self, mut section: Table<'a>) -> Section<'a> {
        if let Some(table) = section.table("guest")
            && self.define("the guest", "", &table.span)
        {
            self.guest(table);
        }
        if let Some(table) = section.table("clock")
            && self.define("the clock", "", &table.span)
        {
            self.clock(table);
        }
        let found = Section {
            constant: section.table("constant"),
            rows: section.table("rows"),
            bus: section.table("bus"),
            group: section.table("group"),
            table: section.table("table"),
        };
        section.finish();
        found
    }

    fn define(&mut self, kind: &'static str, name: &str, span: &Span) -> bool {
        if let Some(first) = self.defined.get(&(kind, name.to_owned())) {
            let message = match name {
                "" => format!("{kind} is defined twice"),
                _ => format!("{kind} `{name}` is defined twice"),
            };
            let diagnostic = Diagnostic::error(message, span.clone())
                .note("first defined here", Some(first.clone()));
            self.sink.push(diagnostic);
            return false;
        }
        self.defined.insert((kind, name.to_owned()), span.clone());
        true
    }

    /// Defines a name that texts refer to.
    fn define_name(&mut self, kind: &'static str, name: &Text) -> bool {
        if !is_name(&name.text) {
            let message = "a name has letters, digits and `_`, and begins with no digit";
            self.sink.error(message, &name.span);
            return false;
        }
        self.define(kind, &name.text, &name.span)
    }

    fn guest(&mut self, mut table: Table<'a>) {
        let mut need = |key: &'static str, range| {
            let value = table.int(key, range);
            table.need(key, value).map_or(0, |(value, _)| value as u64)
        };
        self.globals.guest = Guest {
            xlen: need("xlen", 32..=64) as u8,
            registers: need("registers", 0..=i128::from(u32::MAX)) as u32,
            instructions: need("instructions", 1..=1 << 40),
            min_rows: need("min-rows", 1..=1 << 20) as u32,
            min_prime: need("min-prime", 1 << 16..=i128::from(i32::MAX)) as u32,
        };
        if !self.globals.guest.min_rows.is_power_of_two() {
            self.sink
                .error("`min-rows` has to be a power of two", &table.span);
        }
        table.finish();
    }

    fn clock(&mut self, mut table: Table<'a>) {
        let mut need = |key: &'static str| {
            let value = table.int(key, 0..=255);
            table.need(key, value).map_or(0, |(value, _)| value as u32)
        };
        self.globals.clock = Clock {
            first: need("first"),
            step: need("step"),
            rs1: need("rs1"),
            rs2: need("rs2"),
            memory: need("memory"),
            rd: need("rd"),
            call: need("call"),
        };
        let clock = self.globals.clock;
        if clock.first == 0
            || clock.rd >= clock.step
            || clock.rs2 <= clock.rs1
            || clock.rd <= clock.rs2
        {
            let message =
                "times have to grow: 0 before `first`, and rs1, rs2, rd in this order below `step`";
            self.sink.error(message, &table.span);
        }
        table.finish();
    }

    fn constant(&mut self, name: &'a Text, node: &'a Node) {
        let limit = i128::from(u32::MAX);
        if let Some(value) = tree::int(node, &name.text, 0..=limit, self.sink)
            && self.define_name("constant of the trace", name)
        {
            self.globals.constants.insert(name.text.clone(), value);
        }
    }

    fn source(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a kind of rows", self.sink)?.at(&name.span);
        let doc = table.doc("doc");
        let signals = table.table("signals");
        let signals = table.need("signals", signals);
        table.finish();
        let Some((_, known)) = SIGNALS.iter().find(|(kind, _)| *kind == name.text) else {
            self.unknown("kind of rows", name, SIGNALS.iter().map(|(kind, _)| *kind));
            return None;
        };
        if !self.define("kind of rows", &name.text, &name.span) {
            return None;
        }
        let mut documented = Vec::new();
        for (signal, node) in signals?.entries() {
            let text = tree::text(node, "what a signal is", self.sink)?;
            if !known.iter().any(|(name, _)| *name == signal.text) {
                self.unknown("signal", signal, known.iter().map(|(name, _)| *name));
            }
            documented.push((signal.text.clone(), text.text.clone()));
        }
        self.schema.sources.push(SourceDoc {
            name: name.text.clone(),
            doc,
            signals: documented,
        });
        Some(())
    }

    fn unknown<'n>(&self, kind: &str, name: &Text, known: impl IntoIterator<Item = &'n str>) {
        let message = format!("unknown {kind} `{}`", name.text);
        let mut diagnostic = Diagnostic::error(message, name.span.clone());
        diagnostic.help = did_you_mean(&name.text, known);
        self.sink.push(diagnostic);
    }

    fn bus(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a bus", self.sink)?.at(&name.span);
        let text = table.need_text("fields");
        let doc = table.doc("doc");
        table.finish();
        let text = text?;
        let mut fields: Vec<BusField> = Vec::new();
        let mut at = 0;
        for (range, word) in text.words() {
            let (field, len) = match word.split_once('[') {
                None => (word, Some(None)),
                Some((field, rest)) => {
                    let len = rest
                        .strip_suffix(']')
                        .and_then(|digits| digits.parse().ok());
                    (field, len.filter(|len| (1..=64).contains(len)).map(Some))
                }
            };
            let twice = fields.iter().any(|other| other.name == field);
            let (Some(len), true, false) = (len, is_name(field), twice) else {
                let message = "a part of a message is a name, or a name with a length as in `a[4]`, and no other has it";
                self.sink.error(message, &text.part(range));
                return None;
            };
            fields.push(BusField {
                name: field.to_owned(),
                at,
                len: len.unwrap_or(1),
                array: len.is_some(),
            });
            at += len.unwrap_or(1);
            if at > 64 {
                self.sink
                    .error("a message has at most 64 elements", &text.span);
                return None;
            }
        }
        if fields.is_empty() {
            self.sink
                .error("a message has at least one element", &text.span);
            return None;
        }
        if self.define_name("bus", name) {
            self.schema.buses.push(Bus {
                name: name.text.clone(),
                doc,
                fields,
                span: name.span.clone(),
            });
        }
        Some(())
    }

    fn group(&mut self, name: &'a Text, node: &'a Node) -> Option<()> {
        let mut table = Table::new(node, "a group of columns", self.sink)?.at(&name.span);
        let locals = table.table("let").map_or(&[][..], |table| table.entries());
        let columns = table.list("columns");
        let columns = table.need("columns", columns)?;
        table.finish();
        if self.define("group", &name.text, &name.span) {
            self.groups.insert(&name.text, Group { locals, columns });
        }
        Some(())
    }

    fn table<'b>(
        &'b self,
        name: &'b Text,
        node: &'b Node,
        buses: &'b [Bus],
        parts: &(std::cell::Cell<u64>, std::cell::Cell<u64>),
    ) -> Option<SchemaTable> {
        let mut table = Table::new(node, "a table of the trace", self.sink)?.at(&name.span);
        let doc = table.doc("doc");
        let kind = table.text("kind");
        let rows = table.need_text("rows");
        let of = table.list("of");
        let only = table.text("where");
        let groups = table.list("groups").unwrap_or_default();
        let locals = table.table("let").map_or(&[][..], |table| table.entries());
        let columns = table.list("columns");
        let columns = table.need("columns", columns);
        let rules = table.need_text("rules");
        table.finish();
        let knowledge = match kind.map(|kind| kind.text.as_str()) {
            None | Some("witness") => Knowledge::Witness,
            Some("fixed") => Knowledge::Fixed,
            Some("public") => Knowledge::Public,
            Some(_) => {
                let kind = kind?;
                self.unknown("kind of table", kind, ["witness", "fixed", "public"]);
                return None;
            }
        };
        let of = of.map(|items| self.instructions_of(items));
        let rows = rows?;
        let (source, signals) = self.rows(rows, of, buses)?;
        let rules = rules?;

        let mut filling = Filling {
            globals: &self.globals,
            instructions: self.instructions,
            mnemonics: &self.mnemonics,
            signals,
            has_instruction: matches!(source, Rows::Instruction(_) | Rows::Program(_)),
            locals: Vec::new(),
            columns: Vec::new(),
            parts: &parts.0,
        };
        let mut members = Vec::new();
        for item in groups {
            let group = tree::text(item, "the name of a group", self.sink)?;
            match self.groups.get(group.text.as_str()) {
                Some(found) => members.push(found),
                None => self.unknown("group", group, self.groups.keys().copied()),
            }
        }
        let own = Group {
            locals,
            columns: columns?,
        };
        members.push(&own);

        let mut named = Vec::new();
        for (local, node) in members.iter().flat_map(|group| group.locals) {
            let text = tree::text(node, "a term", self.sink)?;
            if !is_name(&local.text) || filling.locals.iter().any(|(n, _)| *n == local.text) {
                let message = format!("`{}` is no name, or it is defined twice", local.text);
                self.sink.error(message, &local.span);
                return None;
            }
            let (value, kind) = filling.local(text)?;
            named.push(Local {
                name: local.text.clone(),
                value,
            });
            filling.locals.push((&local.text, kind));
        }
        let only = match only {
            Some(text) => Some(filling.term(text, Kind::Truth, 0, None)?),
            None => None,
        };
        let mut cells = Vec::new();
        let mut good = true;
        for node in members.iter().flat_map(|group| group.columns) {
            good &= self
                .column(node, knowledge, &mut filling, &mut cells)
                .is_some();
        }
        if !good {
            return None;
        }
        let columns = filling.columns;
        let mut read = Rules::new(&self.globals, rules, &columns, buses, &parts.1);
        let before = self.sink.len();
        read.read();
        let (constraints, interactions) = (read.constraints, read.interactions);
        if self.sink.len() > before {
            return None;
        }
        self.resolve_counts(&columns, &mut cells, &interactions)?;
        Some(SchemaTable {
            name: name.text.clone(),
            doc,
            knowledge,
            rows: source,
            only,
            locals: named,
            columns,
            cells,
            constraints,
            interactions,
            span: name.span.clone(),
        })
    }

    fn instructions_of(&self, items: &[Node]) -> Vec<usize> {
        let mut out = Vec::new();
        for item in items {
            let Some(mnemonic) = tree::text(item, "a mnemonic", self.sink) else {
                continue;
            };
            match self.mnemonics.get(mnemonic.text.as_str()) {
                Some(found) => out.extend(found),
                None => self.unknown("instruction", mnemonic, self.mnemonics.keys().copied()),
            }
        }
        out
    }

    /// What makes the rows, and their signals.
    #[expect(
        clippy::type_complexity,
        reason = "a list of signals as `Filling` has it"
    )]
    fn rows<'b>(
        &self,
        text: &Text,
        of: Option<Vec<usize>>,
        buses: &'b [Bus],
    ) -> Option<(Rows, Vec<(&'b str, Signal, Option<u32>)>)> {
        let words: Vec<_> = text.words().collect();
        let fail = |message: &str| {
            self.sink.error(message, &text.span);
            None
        };
        let kind = match &words[..] {
            [(_, kind)] => *kind,
            [(_, "message"), (range, bus)] => {
                let Some(index) = buses.iter().position(|b| b.name == *bus) else {
                    let mut diagnostic =
                        Diagnostic::error(format!("unknown bus `{bus}`"), text.part(range.clone()));
                    diagnostic.help = did_you_mean(bus, buses.iter().map(|b| b.name.as_str()));
                    self.sink.push(diagnostic);
                    return None;
                };
                if of.is_some() {
                    return fail("`of` is for rows of kind `instruction` and `program`");
                }
                return Some((Rows::Message(index), message_signals(&buses[index].fields)));
            }
            [(_, "index"), (_, count)] => match count.replace('_', "").parse() {
                Ok(count @ 1..=MAX_INDEX) if of.is_none() => {
                    return Some((Rows::Index(count), self.signals("index")));
                }
                _ => return fail("`index` takes the number of rows, up to 2^24, and no `of`"),
            },
            _ => "",
        };
        let rows = match (kind, of) {
            ("instruction", of) => Rows::Instruction(of),
            ("program", Some(of)) => Rows::Program(of),
            ("word", None) => Rows::Word,
            ("exchange", None) => Rows::Exchange,
            ("run", None) => Rows::Run,
            ("program", None) => {
                return fail("rows of kind `program` need the list `of` of instructions");
            }
            ("word" | "exchange" | "run", Some(_)) => {
                return fail("`of` is for rows of kind `instruction` and `program`");
            }
            _ => {
                return fail(
                    "rows are `instruction`, `program`, `word`, `exchange`, `run`, `index N` or `message BUS`",
                );
            }
        };
        Some((rows, self.signals(kind)))
    }

    /// The documented signals of a kind of rows.
    fn signals(&self, kind: &str) -> Vec<(&'static str, Signal, Option<u32>)> {
        let documented = self
            .schema
            .sources
            .iter()
            .find(|source| source.name == kind);
        let known = SIGNALS.iter().find(|(name, _)| *name == kind);
        let (Some(documented), Some((_, known))) = (documented, known) else {
            return Vec::new();
        };
        known
            .iter()
            .filter(|(name, _)| documented.signals.iter().any(|(doc, _)| doc == name))
            .map(|(name, signal)| (*name, *signal, None))
            .collect()
    }

    fn column<'b>(
        &self,
        node: &'b Node,
        knowledge: Knowledge,
        filling: &mut Filling<'b>,
        cells: &mut Vec<Cell>,
    ) -> Option<()> {
        let mut table = Table::new(node, "a column", self.sink)?;
        let name = table.need_text("name");
        let size = table.int("size", 1..=i128::from(MAX_WIDTH));
        let value = table.text("is");
        let count = table.flag("count").unwrap_or(false);
        let pad = table.int("pad", 0..=i128::from(u32::MAX));
        let doc = table.doc("doc");
        table.finish();
        let name = name?;
        let (at, len) = (cells.len() as u32, size.map_or(1, |(size, _)| size as u32));
        if at + len > MAX_WIDTH {
            self.sink
                .error(format!("a row has at most {MAX_WIDTH} cells"), &name.span);
            return None;
        }
        if !is_name(&name.text)
            || filling
                .columns
                .iter()
                .any(|column| column.name == name.text)
        {
            let message = format!("`{}` is no name, or another column has it", name.text);
            self.sink.error(message, &name.span);
            return None;
        }
        if count == value.is_some() || (count && size.is_some()) {
            let message = "a column has either `is`, a term, or `count = true` and no size";
            self.sink.error(message, &name.span);
            return None;
        }
        let pad = pad.map_or(0, |(pad, _)| pad as u64);
        filling.columns.push(Column {
            name: name.text.clone(),
            doc,
            at,
            len,
            array: size.is_some(),
            fixed: knowledge != Knowledge::Witness && !count,
            span: name.span.clone(),
        });
        for element in 0..len {
            let value = match value {
                Some(text) => {
                    let element = size.map(|_| element);
                    let cell = cells.len() as u32;
                    CellValue::Term(filling.term(text, Kind::Word, cell, element)?)
                }
                None => CellValue::Count(usize::MAX),
            };
            cells.push(Cell { value, pad });
        }
        Some(())
    }

    /// Finds the interaction whose multiplicity each counting column is.
    fn resolve_counts(
        &self,
        columns: &[Column],
        cells: &mut [Cell],
        interactions: &[super::Interaction],
    ) -> Option<()> {
        let mut good = Some(());
        for column in columns {
            let cell = &mut cells[column.at as usize];
            if !matches!(cell.value, CellValue::Count(_)) {
                continue;
            }
            let multiplicity = super::poly::Poly::Cell {
                column: column.at,
                next: false,
            };
            let mut found = interactions
                .iter()
                .enumerate()
                .filter(|(_, i)| !i.send && *i.count == multiplicity)
                .map(|(index, _)| index);
            match (found.next(), found.next()) {
                (Some(index), None) => cell.value = CellValue::Count(index),
                _ => {
                    let message = format!(
                        "a column that counts is the multiplicity of one `receive`: `if {} {{ receive(...); }}`",
                        column.name
                    );
                    self.sink.error(message, &column.span);
                    good = None;
                }
            }
        }
        good
    }
}
