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
use crate::layout::Branch;
use crate::lex::{Lexer, Loc, Tok, Token};
use crate::macros::Macro;
use crate::memo::Memo;
use crate::object::Attribute;
use crate::pseudo;
use crate::section::Buffer;
use crate::sources::{Sources, Texts};
use crate::symbols::{SymbolId, Symbols};
use crate::tables::Names;
use crate::value::{Expressions, Op};
use crate::{Options, arguments::Piece, instruction::Bound};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use zktr_isa::Spec;
use zktr_isa::model::AliasValue;
use zktr_isa::span::{Diagnostic, Source};

/// An error that has been reported already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reported;

/// What a part of the parser returns.
pub(crate) type Parse<T = ()> = Result<T, Reported>;

/// Index of an instruction, and of an operand that it has.
pub(crate) type OperandPlace = (u32, u8);

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
    pub(crate) macros: HashMap<&'a str, Macro<'a>, RandomState>,
    /// Names of the mapping symbols of descriptors so far.
    pub(crate) descriptor_marks: Vec<String>,
    /// Counts definitions of macros and their ends.
    pub(crate) macro_generation: u32,
    /// Invocations of macros so far, and bytes that they expanded to.
    pub(crate) invocations: u64,
    pub(crate) expanded: usize,
    pub(crate) symbols: Symbols<'a>,
    pub(crate) expressions: Expressions,
    pub(crate) sections: Vec<Buffer<'a>>,
    /// Sections by name; those of groups and unique ones by what tells them apart, too.
    pub(crate) section_names: HashMap<(&'a str, SectionKey), usize, RandomState>,
    pub(crate) groups: Vec<SectionGroup>,
    /// The section that is being filled, and the one before it.
    pub(crate) current: usize,
    pub(crate) previous: usize,
    pub(crate) section_stack: Vec<(usize, usize)>,
    pub(crate) settings: Settings,
    pub(crate) settings_stack: Vec<Settings>,
    pub(crate) names: Names,
    /// For each instruction of the spec, its operands.
    pub(crate) codecs: Vec<Vec<Codec>>,
    pub(crate) compression: Compression,
    pub(crate) branches: Branches,
    /// The operands with the parts of the distance in a jump to anywhere; none if the spec has no such instructions.
    pub(crate) call_operands: Option<(OperandPlace, OperandPlace)>,
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
    /// Statements that were noted for a listing.
    pub(crate) statements: u32,
    /// What `.attribute` states.
    pub(crate) attributes: BTreeMap<u32, Attribute>,
    /// Labels directly before this place, with nothing between them and it.
    pub(crate) fresh_labels: Vec<SymbolId>,
    /// Statements that were read before; none if each is to be read in the general way.
    pub(crate) memo: Option<Memo>,
    /// The branch that was emitted last, with all its forms.
    pub(crate) last_branch: Option<Branch>,
    /// Storage that statements reuse: operands as read, operands as matched, expression code.
    pub(crate) pieces: Vec<Piece<'a>>,
    pub(crate) bound: Vec<Bound<'a>>,
    pub(crate) code: Vec<Op>,
    pub(crate) bytes: Vec<u8>,
    /// Nesting of expressions.
    pub(crate) depth: u32,
    /// Instructions that fill gaps in code, of 4 and 2 bytes.
    pub(crate) nops: [Option<u32>; 2],
    pub(crate) total_bytes: u64,
    pub(crate) diagnostics: Vec<(Loc, Diagnostic)>,
    pub(crate) errors: usize,
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
        let codecs = Codec::all(spec);
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
            macros: HashMap::default(),
            descriptor_marks: Vec::new(),
            macro_generation: 0,
            invocations: 0,
            expanded: 0,
            symbols: Symbols::default(),
            expressions: Expressions::default(),
            sections: Vec::new(),
            section_names: HashMap::default(),
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
            names: Names::new(spec, options.xlen),
            compression: Compression::new(spec, options.xlen, &codecs, options.dialect),
            codecs,
            branches: Branches::new(spec, options.xlen),
            call_operands: pseudo::call_operands(spec, options.xlen),
            archs: vec![ArchSetting {
                arch: Arch::everything(spec),
                instructions: vec![true; spec.instructions.len()],
            }],
            stated_arch: None,
            compressed: false,
            frames: CallFrames::default(),
            lines: crate::lines::Lines::default(),
            has_line_directives: false,
            statements: 0,
            attributes: BTreeMap::new(),
            fresh_labels: Vec::new(),
            memo: Some(Memo::default()),
            last_branch: None,
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

    /// Makes room for what a source of `length` bytes leads to, where growing would cost more: copies, and pages that
    /// are filled twice. Memory that is not used is not there.
    pub fn make_room(&mut self, length: usize) {
        // Below, nothing gets large.
        const LONG: usize = 1 << 20;
        // A statement has about 16 bytes, one in a few has a symbol or a size that is not known yet.
        const BYTES_PER_RECORD: usize = 64;
        const BYTES_PER_CODE_BYTE: usize = 4;
        if length < LONG {
            return;
        }
        let records = length / BYTES_PER_RECORD;
        self.symbols.make_room(records);
        let (section, layout) = (self.current, &mut self.symbols.layouts);
        if let (Some(section), Some(layout)) =
            (self.sections.get_mut(section), layout.get_mut(section))
        {
            section.data.reserve(length / BYTES_PER_CODE_BYTE);
            section.fixups.reserve(records);
            layout.variables.reserve(records);
        }
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
}
