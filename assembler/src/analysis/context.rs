//! What may stand at a position of a text that is being typed.

use super::syntax::{Definition, Head, Role, Space, Statement, Syntax, TokenKind, slice};
use super::words;
use crate::directive::{Directive, OPTIONS, SYMBOL_TYPES, TAGS};
use std::ops::Range;
use zktr_isa::Spec;
use zktr_isa::model::{AliasPiece, AliasValue, OperandKind, SyntaxPiece};

/// Kinds of operands that can stand at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Operands {
    /// Integer registers.
    pub registers: bool,
    /// Floating-point registers.
    pub float_registers: bool,
    /// Control and status registers.
    pub csrs: bool,
    /// The sets of a fence.
    pub fences: bool,
    /// Symbols and local labels.
    pub symbols: bool,
    /// Relocation operators.
    pub relocations: bool,
}

impl Operands {
    const SYMBOLS: Self = Self {
        registers: false,
        float_registers: false,
        csrs: false,
        fences: false,
        symbols: true,
        relocations: false,
    };
    const REGISTERS: Self = Self {
        registers: true,
        symbols: false,
        ..Self::SYMBOLS
    };
    /// Where anything may be meant.
    const ANY: Self = Self {
        registers: true,
        float_registers: true,
        ..Self::SYMBOLS
    };

    fn add(&mut self, kind: &OperandKind) {
        match kind {
            OperandKind::Gpr { .. } => self.registers = true,
            OperandKind::Fpr { .. } => self.float_registers = true,
            OperandKind::Csr => self.csrs = true,
            OperandKind::FenceSet => self.fences = true,
            OperandKind::Imm { pc_relative, .. } => {
                self.symbols = true;
                self.relocations |= !pc_relative;
            }
        }
    }
}

/// What may stand at a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing that has a name: a comment, a string, the definition of a name.
    Nothing,
    /// The start of a statement: a mnemonic, a directive, a macro.
    Statement,
    /// An operand.
    Operand(Operands),
    /// The name of a relocation operator.
    Relocation,
    /// One of these words.
    Words(Vec<&'static str>),
    /// A parameter of an open block.
    Parameter(Vec<String>),
    /// A macro.
    Macro,
    /// The mnemonic of an instruction with a descriptor.
    Descriptor,
    /// A field of the descriptor of this instruction, besides these.
    Field(usize, Vec<String>),
    /// The value of this field.
    Value(usize, String),
    /// A file; what there is of its name.
    File(String),
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What may stand here.
    pub expected: Expected,
    /// The bytes of it that are there already, up to the position.
    pub typed: Range<u32>,
}

impl Context {
    /// The context of a position, which is at most at the end of the text that `syntax` is the reading of.
    #[must_use]
    pub fn at(syntax: &Syntax, text: &str, spec: &Spec, xlen: u8, position: u32) -> Self {
        let cursor = Cursor {
            syntax,
            text,
            spec,
            xlen,
            position,
        };
        cursor.context()
    }
}

struct Cursor<'t> {
    syntax: &'t Syntax,
    text: &'t str,
    spec: &'t Spec,
    xlen: u8,
    position: u32,
}

impl<'t> Cursor<'t> {
    fn context(&self) -> Context {
        let before = slice(self.text, &(0..self.position));
        let word = |dash: bool| {
            let in_word = |b: &u8| crate::lex::in_name(*b) || dash && *b == b'-';
            let length = before.bytes().rev().take_while(in_word).count();
            self.position - length as u32..self.position
        };
        let at = |expected, typed| Context { expected, typed };
        if let Some(token) = self.syntax.token_at(self.position) {
            let inside = self.position > token.range.start;
            let closed = self.position == token.range.end;
            match token.kind {
                TokenKind::Comment if inside && !(closed && before.ends_with("*/")) => {
                    return at(Expected::Nothing, word(false));
                }
                TokenKind::String if inside => {
                    let typed = token.range.start + 1..self.position;
                    let complete = closed && typed.len() > 1 && before.ends_with('"');
                    let files = matches!(
                        self.directive(),
                        Some(Directive::Include | Directive::Incbin)
                    );
                    let expected = if files && !complete {
                        Expected::File(slice(self.text, &typed).to_owned())
                    } else {
                        Expected::Nothing
                    };
                    return at(expected, typed);
                }
                _ => {}
            }
        }
        let plain = word(false);
        if slice(self.text, &(0..plain.start)).ends_with('\\') {
            return at(Expected::Parameter(self.parameters()), plain);
        }
        let Some(statement) = self.statement(plain.start) else {
            return at(Expected::Statement, plain);
        };
        match &statement.head {
            Head::None => {
                // Behind a label.
                let behind = self.before(statement, plain.start).last();
                let expected = match behind.map(|token| token.kind) {
                    Some(TokenKind::Punctuation) => Expected::Statement,
                    _ => Expected::Nothing,
                };
                at(expected, plain)
            }
            Head::Instruction(head) | Head::Macro(head) | Head::Directive(head)
                if self.position <= head.end && plain.start >= head.start =>
            {
                at(Expected::Statement, plain)
            }
            Head::Assignment(head) | Head::Instruction(head) if self.position < head.start => {
                at(Expected::Nothing, plain)
            }
            Head::Assignment(_) => at(Expected::Operand(Operands::SYMBOLS), plain),
            Head::Macro(_) => at(Expected::Operand(Operands::ANY), plain),
            Head::Instruction(head) => at(
                self.operand(slice(self.text, head), statement, plain.start),
                plain,
            ),
            Head::Directive(_) => {
                let directive = self.directive();
                if directive == Some(Directive::Descriptor) {
                    let dashed = word(true);
                    return at(self.descriptor(statement, dashed.start), dashed);
                }
                at(
                    self.directive_operand(directive, statement, plain.start),
                    plain,
                )
            }
        }
    }

    /// The statement that goes on at the position; none if another one begins there.
    fn statement(&self, start: u32) -> Option<&'t Statement> {
        let statements = &self.syntax.statements;
        let index = statements.partition_point(|s| s.range.start <= start);
        let statement = statements.get(index.checked_sub(1)?)?;
        if start < statement.range.end {
            return Some(statement);
        }
        let gap = slice(self.text, &(statement.range.end..start));
        let ends = gap.contains(['\n', ';']);
        let continues = words::directive(self.head(statement)) == Some(Directive::Descriptor)
            && slice(self.text, &statement.range).ends_with(',');
        (!ends || continues).then_some(statement)
    }

    fn head(&self, statement: &Statement) -> &'t str {
        match &statement.head {
            Head::Directive(range) => slice(self.text, range),
            _ => "",
        }
    }

    /// The directive of the statement at the position.
    fn directive(&self) -> Option<Directive> {
        let statements = &self.syntax.statements;
        let index = statements.partition_point(|s| s.range.start <= self.position);
        let statement = statements.get(index.checked_sub(1)?)?;
        words::directive(self.head(statement))
    }

    /// The tokens of a statement that end at or before this position, without comments.
    fn before(
        &self,
        statement: &Statement,
        position: u32,
    ) -> impl DoubleEndedIterator<Item = &'t super::Token> + Clone {
        let tokens = self.syntax.tokens_in(statement.range.start..position);
        tokens
            .iter()
            .filter(move |t| t.range.end <= position && t.kind != TokenKind::Comment)
    }

    /// Commas and open parentheses between the head of a statement and this position, and the tokens behind the
    /// last comma.
    fn operands_before(&self, statement: &Statement, position: u32) -> (usize, bool, Vec<&'t str>) {
        let (mut commas, mut depth) = (0, 0usize);
        let mut behind = Vec::new();
        for token in self.before(statement, position) {
            let text = slice(self.text, &token.range);
            match (token.kind, text) {
                (TokenKind::Punctuation, ",") => {
                    (commas, depth) = (commas + 1, 0);
                    behind.clear();
                    continue;
                }
                (TokenKind::Punctuation, "(") => depth += 1,
                (TokenKind::Punctuation, ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            behind.push(text);
        }
        (commas, depth > 0, behind)
    }

    /// The operand of an instruction.
    fn operand(&self, mnemonic: &str, statement: &Statement, start: u32) -> Expected {
        let (commas, inside, behind) = self.operands_before(statement, start);
        match behind[..] {
            [.., "%"] => return Expected::Relocation,
            [.., "%", _, "("] => return Expected::Operand(Operands::SYMBOLS),
            _ => {}
        }
        let mut operands = Operands::default();
        let mut add = |form: &mut dyn Iterator<Item = Result<&OperandKind, char>>| {
            let (mut comma, mut depth) = (0, false);
            for piece in form {
                match piece {
                    Err(',') => comma += 1,
                    Err(mark) => depth = mark == '(',
                    Ok(kind) if comma == commas && depth == inside => operands.add(kind),
                    Ok(_) => {}
                }
            }
        };
        let spec = self.spec;
        let instruction = spec
            .instruction_for(mnemonic, self.xlen)
            .or_else(|| spec.instruction(mnemonic));
        if let Some(instruction) = instruction.map(|index| &spec.instructions[index]) {
            add(&mut instruction.syntax.iter().map(|piece| match piece {
                SyntaxPiece::Operand(id) => Ok(&instruction.operands[id.0 as usize].kind),
                SyntaxPiece::Punct(mark) => Err(*mark),
            }));
        }
        for alias in spec
            .aliases_named(mnemonic)
            .iter()
            .map(|&i| &spec.aliases[i])
        {
            let target = &spec.instructions[alias.target];
            add(&mut alias.syntax.iter().filter_map(|piece| match piece {
                AliasPiece::Operand(slot) => {
                    let bound = |b: &AliasValue| *b == AliasValue::Operand(*slot);
                    let like = alias.bindings.iter().position(bound)?;
                    Some(Ok(&target.operands.get(like)?.kind))
                }
                AliasPiece::Punct(mark) => Some(Err(*mark)),
            }));
        }
        if instruction.is_none() && spec.aliases_named(mnemonic).is_empty() {
            return Expected::Operand(Operands::ANY);
        }
        Expected::Operand(operands)
    }

    /// An operand of a directive.
    fn directive_operand(
        &self,
        directive: Option<Directive>,
        statement: &Statement,
        start: u32,
    ) -> Expected {
        let (commas, _, behind) = self.operands_before(statement, start);
        let after_at = behind.last() == Some(&"@");
        match directive {
            Some(Directive::Option) if commas == 0 => Expected::Words(OPTIONS.to_vec()),
            Some(Directive::Attribute) if commas == 0 => {
                Expected::Words(TAGS.iter().map(|x| x.0).collect())
            }
            Some(Directive::Type) if after_at => {
                Expected::Words(SYMBOL_TYPES.iter().map(|x| x.0).collect())
            }
            Some(Directive::Section | Directive::PushSection) if commas == 0 => {
                let standard = super::reference::standard_sections();
                Expected::Words(standard.collect())
            }
            Some(Directive::PurgeMacro) => Expected::Macro,
            Some(Directive::Cfi) => Expected::Operand(Operands::REGISTERS),
            Some(
                Directive::Macro
                | Directive::Option
                | Directive::Attribute
                | Directive::Section
                | Directive::PushSection
                | Directive::Strings(_)
                | Directive::Float(_)
                | Directive::Standard(_)
                | Directive::Ident
                | Directive::File
                | Directive::Line
                | Directive::Message(_)
                | Directive::Print
                | Directive::Include
                | Directive::Ignored,
            ) => Expected::Nothing,
            Some(Directive::Insn | Directive::Iterate(_)) | None => {
                Expected::Operand(Operands::ANY)
            }
            Some(_) => Expected::Operand(Operands::SYMBOLS),
        }
    }

    /// The mnemonic, a field or a value of a descriptor.
    fn descriptor(&self, statement: &Statement, start: u32) -> Expected {
        let mut tokens = self.before(statement, start);
        // Labels and the directive.
        let directive = |t: &&super::Token| t.kind == TokenKind::Directive;
        if !tokens.any(|t| directive(&t)) {
            return Expected::Statement;
        }
        let name = tokens.next().map(|token| slice(self.text, &token.range));
        let Some(name) = name else {
            return Expected::Descriptor;
        };
        let Some(instruction) = self.spec.instruction(name) else {
            return Expected::Nothing;
        };
        let mut given = Vec::new();
        let (mut depth, mut value) = (0usize, None);
        for token in tokens {
            let text = slice(self.text, &token.range);
            match (token.kind, text) {
                (TokenKind::Field, _) => {
                    given.push(text.to_owned());
                    value = Some(text.to_owned());
                }
                (TokenKind::Punctuation, "{") => depth += 1,
                (TokenKind::Punctuation, "}") => depth = depth.saturating_sub(1),
                (TokenKind::Punctuation, ",") if depth == 0 => value = None,
                _ => {}
            }
        }
        // Fields that are given behind the position are no candidates either.
        let behind = self.syntax.tokens_in(self.position..statement.range.end);
        let fields = behind.iter().filter(|t| t.kind == TokenKind::Field);
        given.extend(fields.map(|t| slice(self.text, &t.range).to_owned()));
        match value {
            Some(field) => Expected::Value(instruction, field),
            None => Expected::Field(instruction, given),
        }
    }

    /// Parameters of the blocks around the position.
    fn parameters(&self) -> Vec<String> {
        let around = |block: u32| {
            let block = self.syntax.blocks.get(block as usize);
            block.is_some_and(|b| b.range.start < self.position && self.position <= b.range.end)
        };
        let defined = self
            .syntax
            .occurrences
            .iter()
            .filter(|o| o.role == Role::Definition(Definition::Parameter))
            .filter(|o| matches!(o.space, Space::Parameter(block) if around(block)));
        defined
            .map(|o| slice(self.text, &o.range).to_owned())
            .collect()
    }
}
