//! The first pass: reads statements, lays out sections, and keeps what depends on symbols as fixups.
//!
//! Each statement is read once. Its bytes go directly into the section, so an offset is known as soon as
//! a label is read. A statement with an error is reported and skipped; the next one is read as if nothing
//! had happened.

use crate::arch::Arch;
use crate::branch::Branches;
use crate::cfi::CallFrames;
use crate::compress::Compression;
use crate::condition::Condition;
use crate::field::Codec;
use crate::files::Files;
use crate::input::{Input, InputKind};
use crate::layout::Layout;
use crate::lex::{self, Lexer, Loc, Tok, Token};
use crate::macros::Macro;
use crate::object::{Attribute, Content, LineEntry, SectionFlags, SectionKind};
use crate::section::{Buffer, Fixup, Target};
use crate::sources::{Sources, Texts};
use crate::symbols::{Definition, SymbolId, Symbols};
use crate::tables::Names;
use crate::value::{EvalError, Expressions, Op, Value};
use crate::{Options, arguments::Piece, instruction::Bound};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::model::AliasValue;
use zktr_isa::span::{Diagnostic, Severity, Source, Span};

/// An error that has been reported already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reported;

/// What a part of the parser returns.
pub(crate) type Parse<T = ()> = Result<T, Reported>;

/// Errors that are reported; more are only counted.
const MAX_ERRORS: usize = 100;
/// All sections together hold at most this many bytes.
const MAX_BYTES: u64 = 1 << 28;
/// A section without contents is at most this long.
const MAX_NOBITS: u64 = 1 << 40;

/// What `.option` changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Compressed instructions may be used.
    pub compressed: bool,
    /// Instructions are compressed where that is possible.
    pub compress: bool,
    /// The architecture: an index into [`Assembler::archs`].
    pub arch: usize,
    /// The linker may shorten code.
    pub relax: bool,
    /// Addresses come from the global offset table.
    pub pic: bool,
}

/// What tells sections of one name apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SectionKey {
    /// Nothing.
    Plain,
    /// The group that it belongs to.
    Group(SymbolId),
    /// A number.
    Unique(u32),
}

/// A group of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SectionGroup {
    /// The symbol that names it.
    pub signature: SymbolId,
    /// Of several with one name a single one is kept.
    pub comdat: bool,
}

/// An architecture, and which instructions of the spec it has.
#[derive(Debug, Clone)]
pub(crate) struct ArchSetting {
    /// Its extensions.
    pub arch: Arch,
    /// For each instruction of the spec.
    pub instructions: Vec<bool>,
}

/// The state of an assembly.
pub(crate) struct Assembler<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) source: &'a Arc<Source>,
    pub(crate) options: &'a Options,
    /// Owns what is read besides the source.
    pub(crate) texts: &'a Texts,
    /// Where included files come from.
    pub(crate) files: &'a dyn Files,
    /// All texts by position.
    pub(crate) sources: Sources,
    /// The text that is being read, with the token to be read next.
    pub(crate) input: Input<'a>,
    /// The texts that go on when it ends.
    pub(crate) outer_inputs: Vec<Input<'a>>,
    /// A text was entered or left, so that the statement is not to be finished.
    pub(crate) entered: bool,
    /// Conditions that are open.
    pub(crate) conditions: Vec<Condition>,
    pub(crate) macros: HashMap<&'a str, Macro<'a>>,
    /// Invocations of macros so far, and bytes that they expanded to.
    pub(crate) invocations: u64,
    pub(crate) expanded: usize,
    pub(crate) symbols: Symbols<'a>,
    pub(crate) expressions: Expressions,
    pub(crate) sections: Vec<Buffer<'a>>,
    /// Sections by name; those of groups and unique ones by what tells them apart, too.
    section_names: HashMap<(&'a str, SectionKey), usize>,
    pub(crate) groups: Vec<SectionGroup>,
    /// The section that is being filled, and the one before it.
    pub(crate) current: usize,
    pub(crate) previous: usize,
    pub(crate) section_stack: Vec<(usize, usize)>,
    pub(crate) settings: Settings,
    pub(crate) settings_stack: Vec<Settings>,
    pub(crate) names: Names<'a>,
    /// For each instruction of the spec, its operands.
    pub(crate) codecs: Vec<Vec<Codec>>,
    pub(crate) compression: Compression,
    pub(crate) branches: Branches,
    /// All architectures that settings refer to. The first one has everything.
    pub(crate) archs: Vec<ArchSetting>,
    /// The architecture that the options or `.attribute arch` give.
    pub(crate) stated_arch: Option<Arch>,
    /// For each instruction of the spec: it occurs.
    pub(crate) used: Vec<bool>,
    /// There are compressed instructions.
    pub(crate) compressed: bool,
    /// What `.cfi_*` directives have said.
    pub(crate) frames: CallFrames,
    /// What `.file` and `.loc` have said.
    pub(crate) lines: crate::lines::Lines,
    /// The source has its own line information.
    pub(crate) has_line_directives: bool,
    /// What `.attribute` states.
    pub(crate) attributes: BTreeMap<u32, Attribute>,
    /// Labels directly before this place, with nothing between them and it.
    pub(crate) fresh_labels: Vec<SymbolId>,
    /// Storage that statements reuse: operands as read, operands as matched, expression code.
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) bound: Vec<Bound<'a>>,
    pub(crate) code: Vec<Op>,
    pub(crate) bytes: Vec<u8>,
    /// Nesting of expressions.
    pub(crate) depth: u32,
    /// Instructions that fill gaps in code, of 4 and 2 bytes.
    pub(crate) nops: [Option<u32>; 2],
    total_bytes: u64,
    pub(crate) diagnostics: Vec<Diagnostic>,
    errors: usize,
}

impl<'a> Assembler<'a> {
    /// Before the first statement.
    pub fn new(
        spec: &'a Spec,
        source: &'a Arc<Source>,
        options: &'a Options,
        files: &'a dyn Files,
        texts: &'a Texts,
    ) -> Self {
        let mut this = Self {
            spec,
            source,
            options,
            texts,
            files,
            sources: Sources::new(source),
            input: Input {
                lexer: Lexer::at(&source.text, 0),
                token: Token {
                    kind: Tok::End,
                    loc: Loc { start: 0, end: 0 },
                },
                last_end: 0,
                kind: InputKind::File,
                conditions: 0,
                line: (0, 1),
            },
            outer_inputs: Vec::new(),
            entered: false,
            conditions: Vec::new(),
            macros: HashMap::new(),
            invocations: 0,
            expanded: 0,
            symbols: Symbols::default(),
            expressions: Expressions::default(),
            sections: Vec::new(),
            section_names: HashMap::new(),
            groups: Vec::new(),
            current: 0,
            previous: 0,
            section_stack: Vec::new(),
            settings: Settings {
                compressed: true,
                compress: false,
                arch: 0,
                relax: options.relax,
                pic: options.pic,
            },
            settings_stack: Vec::new(),
            used: vec![false; spec.instructions.len()],
            codecs: spec
                .instructions
                .iter()
                .map(|i| i.operands.iter().map(Codec::new).collect())
                .collect(),
            names: Names::new(spec, options.xlen),
            compression: Compression::new(spec, options.xlen),
            branches: Branches::new(spec, options.xlen),
            archs: vec![ArchSetting {
                arch: Arch::everything(spec),
                instructions: vec![true; spec.instructions.len()],
            }],
            stated_arch: None,
            compressed: false,
            frames: CallFrames::default(),
            lines: crate::lines::Lines::default(),
            has_line_directives: false,
            attributes: BTreeMap::new(),
            fresh_labels: Vec::new(),
            pieces: Vec::new(),
            bound: Vec::new(),
            code: Vec::new(),
            bytes: Vec::new(),
            depth: 0,
            nops: [None, None],
            total_bytes: 0,
            diagnostics: Vec::new(),
            errors: 0,
        };
        this.symbols.precise = true;
        this.nops = [this.plain_word("nop"), this.plain_word("c.nop")];
        for name in [".text", ".data", ".bss"] {
            let (kind, flags) = Buffer::defaults(name);
            this.add_section(name, kind, flags, 0);
        }
        this
    }

    /// The word of an instruction without operands.
    fn plain_word(&self, mnemonic: &str) -> Option<u32> {
        let spec = self.spec;
        if let Some(index) = spec.instruction_for(mnemonic, self.options.xlen) {
            let instruction = &spec.instructions[index];
            return instruction.syntax.is_empty().then_some(instruction.bits);
        }
        let alias = spec
            .aliases_named(mnemonic)
            .iter()
            .map(|&i| &spec.aliases[i])
            .find(|a| a.syntax.is_empty())?;
        let values: Vec<i64> = alias
            .bindings
            .iter()
            .map(|binding| match *binding {
                AliasValue::Fixed(value) => Some(value),
                AliasValue::Operand(_) => None,
            })
            .collect::<Option<_>>()?;
        spec.encode(alias.target, &values).ok()
    }

    /// Reads the whole source.
    pub fn run(&mut self) {
        self.bump();
        loop {
            while self.input.token.kind != Tok::Eof {
                if self.statement().is_err() {
                    self.entered = false;
                    self.skip_statement();
                }
            }
            if !self.pop_input() {
                return;
            }
        }
    }

    /// One statement, with the labels before it.
    fn statement(&mut self) -> Parse {
        while matches!(self.input.token.kind, Tok::Name | Tok::Number) {
            let first = self.bump();
            match (self.input.token.kind, first.kind) {
                (Tok::Colon, Tok::Name) => {
                    self.bump();
                    self.define_label(first)?;
                }
                (Tok::Colon, _) => {
                    self.bump();
                    self.define_numeric_label(first)?;
                }
                (Tok::Assign, Tok::Name) => {
                    self.bump();
                    self.assignment(first)?;
                    return self.end_of_statement();
                }
                (_, Tok::Name) => {
                    if !self.macros.is_empty() && self.macros.contains_key(self.text(first.loc)) {
                        self.invoke_macro(first)?;
                    } else if self.input.lexer.slice(first.loc).starts_with('.') {
                        self.directive(first)?;
                    } else {
                        self.instruction(first)?;
                    }
                    self.fresh_labels.clear();
                    if std::mem::take(&mut self.entered) {
                        return Ok(());
                    }
                    return self.end_of_statement();
                }
                _ => return Err(self.error(first.loc, "unexpected token at start of statement")),
            }
        }
        self.end_of_statement()
    }

    // ---- tokens -------------------------------------------------------------------------------

    /// Takes the next token.
    pub fn bump(&mut self) -> Token {
        let token = self.input.token;
        self.input.last_end = token.loc.end;
        self.input.token = self.input.lexer.next();
        token
    }

    /// The text of a token.
    pub fn text(&self, loc: Loc) -> &'a str {
        self.input.lexer.slice(loc)
    }

    /// True at the end of a statement.
    pub fn at_end(&self) -> bool {
        matches!(self.input.token.kind, Tok::End | Tok::Eof)
    }

    /// Takes the next token if it is of this kind.
    pub fn eat(&mut self, kind: Tok) -> bool {
        let found = self.input.token.kind == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Demands a token of this kind.
    pub fn expect(&mut self, kind: Tok, what: &str) -> Parse<Token> {
        if self.input.token.kind == kind {
            return Ok(self.bump());
        }
        Err(self.unexpected(&format!("expected {what}")))
    }

    /// Reports the next token as an error, by its own fault if it has one.
    pub fn unexpected(&mut self, message: &str) -> Reported {
        let loc = self.input.token.loc;
        match self.input.token.kind {
            Tok::OpenStr => self.error(loc, "unterminated string"),
            Tok::OpenComment => self.error(
                Loc {
                    start: loc.start,
                    end: loc.start + 2,
                },
                "unterminated comment",
            ),
            Tok::Bad => self.error(loc, "invalid character in input"),
            _ => self.error(loc, message),
        }
    }

    /// Demands the end of the statement, and takes it.
    pub fn end_of_statement(&mut self) -> Parse {
        match self.input.token.kind {
            Tok::Eof => Ok(()),
            Tok::End => {
                self.bump();
                Ok(())
            }
            _ => Err(self.unexpected("unexpected token, expected end of statement")),
        }
    }

    /// A name that may contain `-`, as the next token and what follows it directly.
    pub fn dashed_name(&mut self, what: &str) -> Parse<Loc> {
        if self.input.token.kind != Tok::Name {
            return Err(self.unexpected(&format!("expected {what}")));
        }
        let loc = self.input.lexer.dashed_name(self.input.token);
        self.input.last_end = loc.end;
        self.input.token = self.input.lexer.next();
        Ok(loc)
    }

    /// The bytes of a string, into `self.bytes`.
    pub fn string(&mut self) -> Parse<Loc> {
        let token = self.expect(Tok::Str, "string")?;
        let text = self.text(token.loc);
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let result = lex::unescape(&text[1..text.len() - 1], &mut bytes);
        self.bytes = bytes;
        result.map(|()| token.loc).map_err(|range| {
            let base = token.loc.start + 1;
            let loc = Loc {
                start: base + range.start as u32,
                end: base + range.end as u32,
            };
            self.error(loc, "invalid escape sequence")
        })
    }

    fn skip_statement(&mut self) {
        self.fresh_labels.clear();
        self.depth = 0;
        while !self.at_end() {
            self.bump();
        }
        if self.input.token.kind == Tok::End {
            self.bump();
        }
    }

    // ---- diagnostics --------------------------------------------------------------------------

    /// The span of a range.
    pub fn span(&self, loc: Loc) -> Span {
        self.sources.span(loc)
    }

    /// Reports an error.
    #[cold]
    pub fn error(&mut self, loc: Loc, message: impl Into<String>) -> Reported {
        let diagnostic = Diagnostic::error(message, self.span(loc));
        self.report_at(loc, diagnostic)
    }

    /// Reports a diagnostic about a place, which tells how that came to be read.
    #[cold]
    pub fn report_at(&mut self, loc: Loc, diagnostic: Diagnostic) -> Reported {
        let diagnostic = self.sources.trail(diagnostic, loc);
        self.push_diagnostic(diagnostic)
    }

    /// Reports a diagnostic about the present statement.
    #[cold]
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let at = self.input.token.loc;
        let diagnostic = self.sources.trail(diagnostic, at);
        self.push_diagnostic(diagnostic)
    }

    fn push_diagnostic(&mut self, diagnostic: Diagnostic) -> Reported {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(diagnostic);
        }
        Reported
    }

    /// Reports that an expression has no value.
    pub fn evaluation_error(&mut self, loc: Loc, error: EvalError) -> Reported {
        let message = match error {
            EvalError::DivisionByZero => "division by zero".to_owned(),
            EvalError::NotRelocatable => "expected relocatable expression".to_owned(),
            EvalError::Cycle(id) => format!(
                "symbol '{}' is defined by itself",
                self.symbols.get(id).name
            ),
            EvalError::TooDeep(id) => {
                format!(
                    "definition of symbol '{}' is nested too deeply",
                    self.symbols.get(id).name
                )
            }
        };
        self.error(loc, message)
    }

    /// True if nothing usable results.
    pub fn failed(&self) -> bool {
        self.errors > 0
    }

    /// All diagnostics, with a closing note if some were left out.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|d| d.span.as_ref().map_or(usize::MAX, |s| s.range.start));
        if self.errors > MAX_ERRORS {
            let mut note = Diagnostic::global(format!(
                "{} more errors are not shown",
                self.errors - MAX_ERRORS
            ));
            note.severity = Severity::Note;
            self.diagnostics.push(note);
        }
        self.diagnostics
    }

    // ---- labels and symbols -------------------------------------------------------------------

    fn define_label(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        if text == "." {
            return Err(self.error(name.loc, "'.' is not a label; use .org or .zero to move on"));
        }
        let id = self.symbols.named(text, name.loc);
        self.check_undefined(id, name.loc)?;
        let definition = Definition::Label {
            section: self.current as u32,
            offset: self.here(),
        };
        self.symbols.define(id, definition, name.loc);
        self.fresh_labels.push(id);
        Ok(())
    }

    fn define_numeric_label(&mut self, number: Token) -> Parse {
        let value = self.number(number)? as u64;
        let (section, offset) = (self.current as u32, self.here());
        let id = self
            .symbols
            .define_numeric(value, section, offset, number.loc);
        self.fresh_labels.push(id);
        Ok(())
    }

    /// Reports a second definition.
    pub fn check_undefined(&mut self, id: SymbolId, loc: Loc) -> Parse {
        let symbol = self.symbols.get(id);
        if symbol.definition == Definition::Undefined {
            return Ok(());
        }
        let (name, earlier) = (symbol.name, symbol.loc);
        let diagnostic = Diagnostic::error(
            format!("symbol '{name}' is already defined"),
            self.span(loc),
        )
        .note("previous definition is here", Some(self.span(earlier)));
        Err(self.report(diagnostic))
    }

    /// `name = value`, after the `=`.
    pub fn assignment(&mut self, name: Token) -> Parse {
        let text = self.text(name.loc);
        let (value, _) = self.expression()?;
        if text == "." {
            return Err(self.error(name.loc, "assignment to '.' is not supported; use .org"));
        }
        let id = self.symbols.named(text, name.loc);
        if !matches!(self.symbols.get(id).definition, Definition::Set(_)) {
            self.check_undefined(id, name.loc)?;
        }
        self.symbols.define(id, Definition::Set(value), name.loc);
        Ok(())
    }

    // ---- sections and bytes -------------------------------------------------------------------

    /// The section of this name, if there is one.
    pub fn find_section(&self, name: &str) -> Option<usize> {
        self.find_section_of(name, SectionKey::Plain)
    }

    /// The section of this name among those of a group or a number.
    pub fn find_section_of(&self, name: &str, key: SectionKey) -> Option<usize> {
        self.section_names.get(&(name, key)).copied()
    }

    /// Adds a section.
    pub fn add_section(
        &mut self,
        name: &'a str,
        kind: SectionKind,
        flags: SectionFlags,
        entry_size: u64,
    ) -> usize {
        self.add_section_of(name, SectionKey::Plain, kind, flags, entry_size)
    }

    /// Adds a section of a group or a number.
    pub fn add_section_of(
        &mut self,
        name: &'a str,
        key: SectionKey,
        kind: SectionKind,
        flags: SectionFlags,
        entry_size: u64,
    ) -> usize {
        let index = self.sections.len();
        self.sections
            .push(Buffer::new(name, kind, flags, entry_size));
        self.symbols.layouts.push(Layout::default());
        self.section_names.insert((name, key), index);
        index
    }

    /// Continues in this section.
    pub fn select_section(&mut self, index: usize) {
        self.previous = self.current;
        self.current = index;
    }

    /// The section that is being filled.
    pub fn section(&mut self) -> &mut Buffer<'a> {
        &mut self.sections[self.current]
    }

    /// The offset in it.
    pub fn here(&self) -> u64 {
        self.sections[self.current].size
    }

    /// Makes sure that this many bytes can be added.
    pub fn reserve(&mut self, count: u64, loc: Loc) -> Parse {
        let section = &self.sections[self.current];
        let (total, limit) = match section.kind {
            SectionKind::Nobits => (section.size, MAX_NOBITS),
            _ => (self.total_bytes, MAX_BYTES),
        };
        if total.checked_add(count).is_none_or(|sum| sum > limit) {
            return Err(self.error(loc, format!("sections are longer than {limit} bytes")));
        }
        if section.kind != SectionKind::Nobits {
            self.total_bytes += count;
        }
        Ok(())
    }

    /// Adds an instruction.
    pub fn emit_code(&mut self, bytes: &[u8], loc: Loc) -> Parse {
        self.emit_as(Content::Code, bytes, loc)
    }

    /// Adds data.
    pub fn emit(&mut self, bytes: &[u8], loc: Loc) -> Parse {
        self.emit_as(Content::Data, bytes, loc)
    }

    /// Adds bytes.
    pub fn emit_as(&mut self, content: Content, bytes: &[u8], loc: Loc) -> Parse {
        self.reserve(bytes.len() as u64, loc)?;
        let section = &mut self.sections[self.current];
        if section.kind != SectionKind::Nobits {
            section.enter(content);
            section.data.extend_from_slice(bytes);
        } else if bytes.iter().any(|&b| b != 0) {
            let message = format!(
                "section '{}' holds only zeros and cannot have other contents",
                section.name
            );
            return Err(self.error(loc, message));
        }
        section.size += bytes.len() as u64;
        Ok(())
    }

    /// Adds the same byte many times.
    pub fn emit_repeated(&mut self, byte: u8, count: u64, loc: Loc) -> Parse {
        self.reserve(count, loc)?;
        let section = &mut self.sections[self.current];
        if count > 0 {
            section.enter(Content::Data);
        }
        section.size += count;
        if section.kind != SectionKind::Nobits {
            section.data.resize(section.size as usize, byte);
        } else if byte != 0 && count > 0 {
            let message = format!(
                "section '{}' holds only zeros and cannot have other contents",
                section.name
            );
            return Err(self.error(loc, message));
        }
        Ok(())
    }

    /// Adds a place that waits for a value; its bytes are emitted by the caller, before or after.
    pub fn fixup(&mut self, offset: u64, value: Value, target: Target, loc: Loc) -> Parse {
        if self.section().kind == SectionKind::Nobits {
            let message = format!("section '{}' cannot hold relocations", self.section().name);
            return Err(self.error(loc, message));
        }
        self.section().fixups.push(Fixup {
            offset,
            value,
            target,
            loc,
        });
        Ok(())
    }

    /// Notes the line of the instruction that comes next.
    pub fn mark_line(&mut self, loc: Loc) {
        self.flush_line();
        if self.options.debug && !self.has_line_directives {
            let (file, line) = self.line_of(loc);
            let entry = LineEntry::statement(self.current, self.here(), file, line);
            self.section().lines.push(entry);
        }
    }
}
