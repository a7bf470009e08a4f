//! What is behind a mnemonic, a directive or the name of a macro.

use super::reader::{Lexeme, Reader};
use super::syntax::{BlockKind, Bytes, Definition, Role, Space, TokenKind};
use super::words::{self, Names, Others};
use crate::directive::Directive;
use crate::lex::Tok;
use zktr_isa::model::{Descriptor, FieldType, Instruction};

impl Reader<'_> {
    /// Reads operands up to the end of the statement.
    pub fn operands(&mut self, names: Names) {
        // A relocation operator can only stand where an operand begins.
        let mut begins = true;
        while !self.at_end() {
            begins = self.operand(names, begins);
        }
    }

    /// Reads operands up to a comma, which is taken.
    fn operands_to_comma(&mut self, names: Names) {
        let mut begins = true;
        while !self.at_end() && !self.next.kind.is(Tok::Comma) {
            begins = self.operand(names, begins);
        }
        self.eat(Tok::Comma);
    }

    /// Takes one lexeme of an operand; does another operand begin behind it?
    fn operand(&mut self, names: Names, begins: bool) -> bool {
        let Lexeme::Plain(kind) = self.next.kind else {
            match names.others {
                Others::Symbols(role) => self.take_symbol(TokenKind::Symbol, role),
                Others::Keywords => self.take_word(TokenKind::Keyword),
            }
            return false;
        };
        match kind {
            Tok::Name => self.name(names),
            Tok::Number => {
                self.take(TokenKind::Number);
            }
            Tok::LocalRef => {
                let range = self.take(TokenKind::Label);
                self.occurrence(range.start..range.end - 1, Space::Numeric, Role::Use);
            }
            Tok::Str | Tok::OpenStr | Tok::Char => {
                let range = self.take(TokenKind::String);
                self.parameters_in(range);
            }
            Tok::OpenComment => {
                self.take(TokenKind::Comment);
            }
            Tok::Bad => {
                self.take(TokenKind::Bad);
            }
            Tok::Percent if begins && self.second() == Lexeme::Plain(Tok::Name) => {
                self.take(TokenKind::Relocation);
                self.take(TokenKind::Relocation);
            }
            Tok::At if self.second() == Lexeme::Plain(Tok::Name) => {
                self.take(TokenKind::Punctuation);
                self.take(TokenKind::Keyword);
            }
            _ => {
                self.take(TokenKind::Punctuation);
                return matches!(kind, Tok::Comma | Tok::Open);
            }
        }
        false
    }

    /// Takes a name.
    fn name(&mut self, names: Names) {
        let text = self.slice(&self.next.range());
        let spec = self.spec;
        if matches!(names.others, Others::Symbols(Role::Argument))
            && self.second() == Lexeme::Plain(Tok::Assign)
        {
            // A parameter of the macro.
            self.take(TokenKind::Parameter);
        } else if names.registers
            && (spec.register(text).is_some() || spec.float_register(text).is_some())
        {
            self.take(TokenKind::Register);
        } else if names.csrs && spec.csr_by_name(text).is_some() {
            self.take(TokenKind::Csr);
        } else if names.fences && words::is_fence_set(text) {
            self.take(TokenKind::Keyword);
        } else {
            match names.others {
                Others::Symbols(role) => self.take_symbol(TokenKind::Symbol, role),
                Others::Keywords => {
                    self.take(TokenKind::Keyword);
                }
            }
        }
    }

    /// Takes the name of a symbol, if one comes next.
    fn symbol(&mut self, role: Role) {
        if self.next.kind.is(Tok::Name) || self.next.kind == Lexeme::Word {
            self.take_symbol(TokenKind::Symbol, role);
        }
    }

    /// What is behind a directive.
    pub fn directive(&mut self, name: &Bytes, directive: Option<Directive>) {
        let Some(directive) = directive else {
            return self.operands(Names::OPERANDS);
        };
        match directive {
            Directive::Bind(_) | Directive::Visible(_) | Directive::VariantCc => {
                let mut names = Names::EXPRESSION;
                names.others = Others::Symbols(Role::Declaration);
                self.operands(names);
            }
            Directive::Type => {
                self.symbol(Role::Declaration);
                self.operands(Names::KEYWORDS);
            }
            Directive::Size => {
                self.symbol(Role::Declaration);
                self.operands(Names::EXPRESSION);
            }
            Directive::Set(_) => self.definition(Definition::Constant),
            Directive::Common | Directive::LocalCommon => self.definition(Definition::Common),
            Directive::Section | Directive::PushSection => {
                self.section_name();
                self.operands(Names::KEYWORDS);
            }
            Directive::Insn | Directive::Reloc => self.raw_instruction(),
            Directive::Cfi => self.operands(Names::OPERANDS),
            Directive::Descriptor => self.descriptor(),
            Directive::Macro => self.macro_definition(name),
            Directive::Repeat => {
                self.operands(Names::EXPRESSION);
                self.open_block(BlockKind::Repetition, name, Vec::new());
            }
            Directive::Iterate(_) => self.iteration(name),
            Directive::If(_) => {
                self.operands(Names::EXPRESSION);
                self.open_block(BlockKind::Condition, name, Vec::new());
            }
            Directive::EndIf => self.close_block(BlockKind::Condition, name),
            Directive::Stray => {
                let text = self.slice(name).to_ascii_lowercase();
                let repetition = text == ".endr";
                self.close_block(
                    if repetition {
                        BlockKind::Repetition
                    } else {
                        BlockKind::Macro
                    },
                    name,
                );
            }
            Directive::PurgeMacro => {
                if self.next.kind.is(Tok::Name) {
                    let range = self.take(TokenKind::Macro);
                    self.macros.remove(self.slice(&range));
                    self.occurrence(range, Space::Macro, Role::Use);
                }
            }
            Directive::Include => {
                if self.next.kind.is(Tok::Str) {
                    let range = self.take(TokenKind::String);
                    self.include(range);
                }
            }
            Directive::Data(_)
            | Directive::Octa
            | Directive::Dtprel(_)
            | Directive::Leb(_)
            | Directive::Space
            | Directive::Fill
            | Directive::Nops
            | Directive::Align(..)
            | Directive::Org
            | Directive::Else(_)
            | Directive::Incbin => self.operands(Names::EXPRESSION),
            Directive::Float(_)
            | Directive::Strings(_)
            | Directive::Standard(_)
            | Directive::PopSection
            | Directive::Previous
            | Directive::Option
            | Directive::Attribute
            | Directive::Ident
            | Directive::File
            | Directive::Line
            | Directive::ExitMacro
            | Directive::End
            | Directive::Message(_)
            | Directive::Print
            | Directive::Ignored => self.operands(Names::KEYWORDS),
        }
    }

    /// `name, value`
    fn definition(&mut self, kind: Definition) {
        self.symbol(Role::Definition(kind));
        self.operands(Names::EXPRESSION);
    }

    /// The name of a section, which may have marks in it.
    fn section_name(&mut self) {
        while !self.at_end() && !self.next.kind.is(Tok::Comma) {
            if self.next.kind == Lexeme::Word {
                self.take_word(TokenKind::Section);
            } else {
                self.take(TokenKind::Section);
            }
        }
    }

    /// Words in upper case are those of formats, opcodes and relocations; the first one is a format in any case.
    fn raw_instruction(&mut self) {
        let mut first = true;
        while !self.at_end() {
            let text = self.slice(&self.next.range());
            let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            if self.next.kind.is(Tok::Name)
                && (first || text.chars().all(upper))
                && self.spec.register(text).is_none()
            {
                self.take(TokenKind::Keyword);
            } else {
                self.operand(Names::OPERANDS, false);
            }
            first = false;
        }
    }

    /// `.macro name parameter, parameter:req, parameter=default`
    fn macro_definition(&mut self, directive: &Bytes) {
        if self.next.kind.is(Tok::Name) {
            let range = self.take(TokenKind::Macro);
            self.macros.insert(self.slice(&range));
            self.occurrence(range, Space::Macro, Role::Definition(Definition::Macro));
        }
        let mut parameters = Vec::new();
        while !self.at_end() {
            if self.next.kind.is(Tok::Name) {
                parameters.push(self.take(TokenKind::Parameter));
                if self.eat(Tok::Colon) && self.next.kind.is(Tok::Name) {
                    self.take(TokenKind::Keyword);
                }
                if self.eat(Tok::Assign) {
                    self.operands_to_comma(Names::ARGUMENTS);
                }
            } else {
                self.operand(Names::KEYWORDS, false);
            }
        }
        self.open_block(BlockKind::Macro, directive, parameters);
    }

    /// `.irp name, values`
    fn iteration(&mut self, directive: &Bytes) {
        let mut parameters = Vec::new();
        if self.next.kind.is(Tok::Name) {
            parameters.push(self.take(TokenKind::Parameter));
        }
        // The block's names come before those of the values.
        self.open_block(BlockKind::Repetition, directive, parameters);
        self.operands(Names::ARGUMENTS);
    }

    /// A mnemonic, and fields with their values. A comma at a line's end continues the statement.
    fn descriptor(&mut self) {
        let mut mnemonic = None;
        if self.next.kind.is(Tok::Name) {
            mnemonic = Some(self.take_dashed(TokenKind::Mnemonic));
        }
        let spec = self.spec;
        let index = mnemonic.and_then(|range| spec.instruction(self.slice(&range)));
        let known = index
            .and_then(|index| Some((spec.instructions.get(index)?, spec.descriptor_of(index)?)));
        let mut depth = 0usize;
        while !self.at_end() {
            let field = depth == 0
                && self.next.kind.is(Tok::Name)
                && self.behind_dashed() == Lexeme::Plain(Tok::Assign);
            if field {
                let range = self.take_dashed(TokenKind::Field);
                self.eat(Tok::Assign);
                self.field_value(known, self.slice(&range));
                continue;
            }
            let kind = self.next.kind;
            self.operand(Names::EXPRESSION, false);
            match kind {
                Lexeme::Plain(Tok::BraceOpen) => depth += 1,
                Lexeme::Plain(Tok::BraceClose) => depth = depth.saturating_sub(1),
                Lexeme::Plain(Tok::Comma) => self.continue_lines(),
                _ => {}
            }
        }
    }

    /// The name of a format, mode or flag; of anything else there is nothing special.
    fn field_value(&mut self, known: Option<(&Instruction, &Descriptor)>, field: &str) {
        let ty = known.and_then(|(_, descriptor)| Some(&descriptor.field(field)?.1.ty));
        let is_code = matches!(
            ty,
            Some(FieldType::Format | FieldType::Mode | FieldType::Flags)
        );
        if is_code && self.next.kind.is(Tok::Name) {
            self.take_dashed(TokenKind::Keyword);
        }
    }
}
