//! From spec files to a checked [`Spec`].
//!
//! All files are read section by section, so that the order of files and entries does not matter,
//! and all errors of all files are reported in one run. Only files that are not TOML stop the run early.

mod alias;
mod basics;
mod descriptor;
mod encoding;
mod form;
mod instruction;
mod latency;
mod lint;
mod operation;
mod pattern;
mod version;

use crate::code::overlap::{Overlap, overlap};
use crate::model::{Instruction, Ordering, Outcomes, Registers, Tickets};
use crate::names::did_you_mean;
use crate::span::{Diagnostic, Severity, Source, Span};
use crate::spec::{Parameters, Spec, Tables};
use crate::trace;
use crate::tree::{self, Node, Sink, Table, Text};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// The files of this crate.
const BUILTIN: &[(&str, &str)] = &[
    ("spec/fields.toml", include_str!("../../spec/fields.toml")),
    ("spec/formats.toml", include_str!("../../spec/formats.toml")),
    (
        "spec/registers.toml",
        include_str!("../../spec/registers.toml"),
    ),
    ("spec/insn.toml", include_str!("../../spec/insn.toml")),
    ("spec/rv-i.toml", include_str!("../../spec/rv-i.toml")),
    ("spec/rv-m.toml", include_str!("../../spec/rv-m.toml")),
    ("spec/rv-a.toml", include_str!("../../spec/rv-a.toml")),
    (
        "spec/rv-zicsr.toml",
        include_str!("../../spec/rv-zicsr.toml"),
    ),
    (
        "spec/rv-zifencei.toml",
        include_str!("../../spec/rv-zifencei.toml"),
    ),
    ("spec/rv-d.toml", include_str!("../../spec/rv-d.toml")),
    (
        "spec/rv-privileged.toml",
        include_str!("../../spec/rv-privileged.toml"),
    ),
    ("spec/rv-c.toml", include_str!("../../spec/rv-c.toml")),
    ("spec/rv-zba.toml", include_str!("../../spec/rv-zba.toml")),
    ("spec/rv-zbb.toml", include_str!("../../spec/rv-zbb.toml")),
    ("spec/rv-zbs.toml", include_str!("../../spec/rv-zbs.toml")),
    ("spec/rv-csr.toml", include_str!("../../spec/rv-csr.toml")),
    (
        "spec/neighbours.toml",
        include_str!("../../spec/neighbours.toml"),
    ),
    ("spec/xzktr.toml", include_str!("../../spec/xzktr.toml")),
    (
        "spec/xzktr-ptu.toml",
        include_str!("../../spec/xzktr-ptu.toml"),
    ),
    (
        "spec/xzktr-move.toml",
        include_str!("../../spec/xzktr-move.toml"),
    ),
    (
        "spec/xzktr-system.toml",
        include_str!("../../spec/xzktr-system.toml"),
    ),
    ("spec/latency.toml", include_str!("../../spec/latency.toml")),
    ("spec/guest.toml", include_str!("../../spec/guest.toml")),
];

/// Those of them that have the tables of the trace, and nothing else.
const TRACE: &[(&str, &str)] = &[
    ("spec/trace.toml", include_str!("../../spec/trace.toml")),
    (
        "spec/trace-cpu.toml",
        include_str!("../../spec/trace-cpu.toml"),
    ),
    (
        "spec/trace-alu.toml",
        include_str!("../../spec/trace-alu.toml"),
    ),
    (
        "spec/trace-memory.toml",
        include_str!("../../spec/trace-memory.toml"),
    ),
    (
        "spec/trace-lookup.toml",
        include_str!("../../spec/trace-lookup.toml"),
    ),
];

/// More messages than this are cut off.
const MAX_MESSAGES: usize = 100;

/// The most instructions of all files; every pair of them is compared.
const MAX_INSTRUCTIONS: usize = 4096;

/// The built-in files.
pub(crate) fn builtin_sources() -> &'static [Arc<Source>] {
    static SOURCES: OnceLock<Vec<Arc<Source>>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        BUILTIN
            .iter()
            .chain(TRACE)
            .map(|(name, text)| Source::new(*name, *text))
            .collect()
    })
}

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// What the tests of this crate prove of the built-in files, by a load with more care, is not proved again.
    Known,
    /// All files are checked.
    Checked,
    /// Warnings are looked for, too.
    Warned,
}

/// Is this one of the built-in files, and not only its text?
pub(crate) fn is_builtin(source: &Arc<Source>) -> bool {
    builtin_sources()
        .iter()
        .any(|known| Arc::ptr_eq(known, source))
}

/// The built-in files without those of the trace, for a spec that has it when it is asked for.
pub(crate) fn without_trace() -> &'static [Arc<Source>] {
    &builtin_sources()[..BUILTIN.len()]
}

/// The trace schema of the built-in files, for the instructions of these files.
pub(crate) fn builtin_trace(spec: &Spec) -> Result<trace::Schema, Vec<Diagnostic>> {
    let sink = Sink::default();
    let sources = &builtin_sources()[BUILTIN.len()..];
    let files: Vec<Node> = sources
        .iter()
        .filter_map(|source| tree::parse(source, &sink))
        .collect();
    let tables = files.iter().filter_map(|file| Sections::read(file, &sink));
    let registers = spec.registers.names().collect();
    let schema = trace::load(
        tables.filter_map(|file| file.trace).collect(),
        &spec.instructions,
        &registers,
        &sink,
    );
    match sink.into_inner() {
        messages if messages.is_empty() => Ok(schema),
        messages => Err(messages),
    }
}

/// Loads these files and no others. The messages beside the spec are warnings.
pub(crate) fn load<'s>(
    sources: impl Iterator<Item = &'s Arc<Source>>,
    parameters: &Parameters,
    care: Care,
) -> Result<(Spec, Vec<Diagnostic>), Vec<Diagnostic>> {
    let sink = Sink::default();
    let files: Vec<Option<Node>> = sources.map(|source| tree::parse(source, &sink)).collect();
    let loaded = files
        .into_iter()
        .collect::<Option<Vec<Node>>>()
        .map(|files| Loader::run(&files, parameters, care, &sink));
    let mut messages = sink.into_inner();
    // One entry can make several instructions, each of which has the entry's errors.
    let mut seen = HashSet::new();
    messages.retain(|message| {
        let place = message
            .span
            .as_ref()
            .map(|span| (span.source.name.clone(), span.range.clone()));
        seen.insert((message.message.clone(), place))
    });
    match loaded {
        Some(spec)
            if messages
                .iter()
                .all(|message| message.severity != Severity::Error) =>
        {
            Ok((spec, messages))
        }
        _ => {
            if messages.len() > MAX_MESSAGES {
                messages.truncate(MAX_MESSAGES);
                messages.push(Diagnostic::global(
                    "too many errors; the others are not shown",
                ));
            }
            Err(messages)
        }
    }
}

/// A spec under construction.
struct Loader<'a> {
    sink: &'a Sink,
    care: Care,
    spec: Spec,
    /// Named values for the fixed fields of encodings: constants and parameters.
    constants: HashMap<String, u32>,
    encodings: encoding::Formats<'a>,
    descriptors: descriptor::Drafts,
    /// Numbers of the registers by all of their names.
    registers: HashMap<String, u8>,
    /// Likewise, of the floating-point registers.
    float_registers: HashMap<String, u8>,
    /// Compressed instructions and what they stand for, until that is resolved.
    pending: Vec<(usize, Option<&'a Text>, Vec<&'a Text>)>,
    /// Where each name is defined, by kind of thing.
    defined: HashMap<(&'static str, String), Span>,
}

impl<'a> Loader<'a> {
    fn run(files: &'a [Node], parameters: &Parameters, care: Care, sink: &'a Sink) -> Spec {
        let mut loader = Self {
            sink,
            care,
            spec: Spec {
                fields: Vec::new(),
                formats: Vec::new(),
                statuses: Vec::new(),
                outcomes: Outcomes::default(),
                tickets: Tickets::default(),
                ordering: Ordering::default(),
                checks: Vec::new(),
                descriptors: Vec::new(),
                instructions: Vec::new(),
                aliases: Vec::new(),
                csrs: Vec::new(),
                registers: Registers::default(),
                float_registers: Registers::default(),
                extensions: Vec::new(),
                neighbours: Vec::new(),
                parameters: Vec::new(),
                constants: BTreeMap::new(),
                insn_forms: Vec::new(),
                opcodes: BTreeMap::new(),
                latencies: Vec::new(),
                trace: OnceLock::new(),
                tables: Tables::default(),
            },
            constants: HashMap::new(),
            encodings: encoding::Formats::default(),
            descriptors: descriptor::Drafts::default(),
            registers: HashMap::new(),
            float_registers: HashMap::new(),
            pending: Vec::new(),
            defined: HashMap::new(),
        };
        let mut tables: Vec<Sections<'a>> = files
            .iter()
            .filter_map(|file| Sections::read(file, sink))
            .collect();
        loader.extensions(&mut tables);
        loader.basics(&mut tables, parameters);
        loader.registers = loader.spec.registers.names().collect();
        loader.float_registers = loader.spec.float_registers.names().collect();
        loader.encodings(&mut tables);
        for file in &tables {
            for (name, node) in file.insn.iter().flat_map(Table::entries) {
                loader.form(name, node);
            }
            for (name, node) in file.opcode.iter().flat_map(Table::entries) {
                let code = tree::int(node, &name.text, 0..=0x7f, sink);
                if let Some(code) = code
                    && loader.define("opcode", name)
                {
                    loader.spec.opcodes.insert(name.text.clone(), code as u32);
                }
            }
        }
        loader.descriptors(&mut tables);
        loader.instructions(&tables);
        for file in &tables {
            for (name, node) in file.latency.iter().flat_map(Table::entries) {
                loader.latency(name, node);
            }
        }
        loader.finish_descriptors();
        loader.ticket_flag();
        loader.expansions();
        loader.aliases(&tables);
        loader.check_overlaps();
        let sections: Vec<Table<'a>> = tables.iter_mut().filter_map(|f| f.trace.take()).collect();
        if care != Care::Known || !sections.is_empty() {
            let instructions = &loader.spec.instructions;
            let schema = trace::load(sections, instructions, &loader.registers, sink);
            loader.spec.trace = schema.into();
        }
        for file in &tables {
            loader.neighbours(file);
        }
        if care == Care::Warned && sink.len() == 0 {
            loader.lint(files);
        }
        loader.spec.index();
        loader.spec
    }

    /// Registers a definition; reports a second one of the same name.
    fn define(&mut self, kind: &'static str, name: &Text) -> bool {
        self.define_at(kind, &name.text, &name.span)
    }

    fn define_at(&mut self, kind: &'static str, name: &str, span: &Span) -> bool {
        match self.defined.get(&(kind, name.to_owned())) {
            Some(first) => {
                let message = format!("{kind} `{name}` is defined twice");
                self.sink.push(
                    Diagnostic::error(message, span.clone())
                        .note("first defined here", Some(first.clone())),
                );
                false
            }
            None => {
                self.defined.insert((kind, name.to_owned()), span.clone());
                true
            }
        }
    }

    /// Reports a name of something that is not defined.
    fn unknown<'n>(
        &self,
        kind: &str,
        name: &str,
        span: &Span,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let mut diagnostic = Diagnostic::error(format!("unknown {kind} `{name}`"), span.clone());
        diagnostic.help = did_you_mean(name, known);
        self.sink.push(diagnostic);
    }

    /// Two instructions that one hart has must not share a word.
    fn check_overlaps(&self) {
        let instructions = &self.spec.instructions;
        for (index, a) in instructions.iter().enumerate() {
            if self.sink.len() > MAX_MESSAGES {
                return;
            }
            for b in &instructions[index + 1..] {
                match overlap(a, b) {
                    Overlap::None => {}
                    Overlap::Witness(word) => {
                        self.report_overlap(a, b, &format!("the word {}", show_word(word, a)))
                    }
                    Overlap::Undecided => {
                        self.report_overlap(a, b, "a word (the constraints are too many to tell)")
                    }
                }
            }
        }
    }

    fn report_overlap(&self, a: &Instruction, b: &Instruction, witness: &str) {
        let message = format!(
            "encodings overlap: {witness} is both `{}` and `{}`",
            b.name, a.name
        );
        let diagnostic = Diagnostic::error(message, b.span.clone())
            .note(
                format!("`{}` is defined here", a.name),
                Some(a.span.clone()),
            )
            .help("choose another encoding, or exclude operand values from one of them");
        self.sink.push(diagnostic);
    }
}

fn show_word(word: u32, instruction: &Instruction) -> String {
    if instruction.length == 2 {
        format!("0x{word:04x}")
    } else {
        format!("0x{word:08x}")
    }
}

/// The top-level tables of a file.
struct Sections<'a> {
    extension: Option<Table<'a>>,
    /// The extension that the file's entries belong to, if it has none itself.
    part_of: Option<&'a Text>,
    changelog: &'a [Node],
    parameter: Option<Table<'a>>,
    constant: Option<Table<'a>>,
    field: Option<Table<'a>>,
    format: Option<Table<'a>>,
    status: Option<Table<'a>>,
    outcome: Option<Table<'a>>,
    ticket: Option<Table<'a>>,
    ordering: Option<Table<'a>>,
    registers: Option<Table<'a>>,
    csr: Option<Table<'a>>,
    bits: Option<Table<'a>>,
    encoding: Option<Table<'a>>,
    insn: Option<Table<'a>>,
    opcode: Option<Table<'a>>,
    latency: Option<Table<'a>>,
    descriptor: Option<Table<'a>>,
    instructions: Option<Table<'a>>,
    alias: Option<Table<'a>>,
    trace: Option<Table<'a>>,
    neighbour: Option<Table<'a>>,
    /// Name of the extension that the file belongs to; empty if there is none.
    extension_name: String,
}

impl<'a> Sections<'a> {
    fn read(file: &'a Node, sink: &'a Sink) -> Option<Self> {
        let mut root = Table::new(file, "a spec file", sink)?;
        let sections = Self {
            extension: root.table("extension"),
            part_of: root.text("part-of"),
            changelog: root.list("changelog").unwrap_or_default(),
            parameter: root.table("parameter"),
            constant: root.table("constant"),
            field: root.table("field"),
            format: root.table("format"),
            status: root.table("status"),
            outcome: root.table("outcome"),
            ticket: root.table("ticket"),
            ordering: root.table("ordering"),
            registers: root.table("registers"),
            csr: root.table("csr"),
            bits: root.table("bits"),
            encoding: root.table("encoding"),
            insn: root.table("insn"),
            opcode: root.table("opcode"),
            latency: root.table("latency"),
            descriptor: root.table("descriptor"),
            instructions: root.table("inst"),
            alias: root.table("alias"),
            trace: root.table("trace"),
            neighbour: root.table("neighbour"),
            extension_name: String::new(),
        };
        root.finish();
        Some(sections)
    }
}
