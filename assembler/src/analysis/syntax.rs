//! The reading of one text: tokens with their kinds, occurrences of names, statements, blocks.

use super::reader::Reader;
use std::ops::Range;
use zktr_isa::Spec;

/// A byte range of the text.
pub(super) type Bytes = Range<u32>;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `#`, `//` or `/* */`.
    Comment,
    /// A string with its quotes, or a character.
    String,
    /// A number.
    Number,
    /// An instruction, an alias or a pseudo-instruction.
    Mnemonic,
    /// A directive.
    Directive,
    /// The name of a macro.
    Macro,
    /// A parameter of a macro.
    Parameter,
    /// A label, where it is defined or used.
    Label,
    /// Another symbol: of an expression, or one that is a number.
    Symbol,
    /// A register.
    Register,
    /// A control and status register.
    Csr,
    /// A relocation operator, as `%hi`.
    Relocation,
    /// A field of a descriptor.
    Field,
    /// A word that a directive or instruction gives a meaning: a format, an option, the set of a fence.
    Keyword,
    /// The name of a section.
    Section,
    /// An operator or a punctuation mark.
    Punctuation,
    /// What begins no token.
    Bad,
}

/// A token; there is none for white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its bytes.
    pub range: Range<u32>,
    /// What it is.
    pub kind: TokenKind,
}

/// Which names are told apart from others with the same letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// Symbols of the object.
    Symbol,
    /// Macros.
    Macro,
    /// Local labels that are numbers: `1:`, `1f`, `1b`.
    Numeric,
    /// Parameters of the block with this index into [`Syntax::blocks`].
    Parameter(u32),
}

/// How a name comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Definition {
    /// A label.
    Label,
    /// `.set` and the like.
    Constant,
    /// `.comm` and the like.
    Common,
    /// `.macro`
    Macro,
    /// A parameter of a macro or of `.irp`.
    Parameter,
}

/// What an occurrence does with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Defines it.
    Definition(Definition),
    /// Says something about it, as `.globl`.
    Declaration,
    /// Uses it.
    Use,
    /// It is an argument of a macro, which may do anything with it.
    Argument,
}

/// A place where a name is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its bytes, without `\` or the direction of a local label.
    pub range: Range<u32>,
    /// Which names it is one of.
    pub space: Space,
    /// What is done with it.
    pub role: Role,
}

/// What a statement is, apart from its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// Nothing: only labels, or an error.
    None,
    /// A mnemonic of the spec or of a pseudo-instruction.
    Instruction(Range<u32>),
    /// A directive.
    Directive(Range<u32>),
    /// `name = value`
    Assignment(Range<u32>),
    /// Another name: of a macro, or of nothing.
    Macro(Range<u32>),
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From the first token up to its end, without the line break.
    pub range: Range<u32>,
    /// What it is.
    pub head: Head,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// `.macro`
    Macro,
    /// `.rept`, `.irp`, `.irpc`
    Repetition,
    /// `.if` and its relatives
    Condition,
}

/// Statements from one directive to another one that closes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// From the directive that opens it to the one that closes it, or to the end of the text.
    pub range: Range<u32>,
    /// The block around it, an index into [`Syntax::blocks`].
    pub outer: Option<u32>,
}

/// `.include`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The string with its quotes.
    pub range: Range<u32>,
    /// The name of the file.
    pub name: String,
}

/// The reading of a text. All lists are in the order of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Syntax {
    /// Tokens; their ranges do not overlap.
    pub tokens: Vec<Token>,
    /// Occurrences of names, except those that a macro's parameters are part of.
    pub occurrences: Vec<Occurrence>,
    /// Statements that are not empty.
    pub statements: Vec<Statement>,
    /// Blocks, by their start.
    pub blocks: Vec<Block>,
    /// Files that are included.
    pub includes: Vec<Include>,
}

impl Syntax {
    /// Reads a text with the names of a spec, for a hart of this XLEN. Of a text longer than 4 GiB nothing is read.
    #[must_use]
    pub fn of(text: &str, spec: &Spec, xlen: u8) -> Self {
        if u32::try_from(text.len()).is_err() {
            return Self::default();
        }
        Reader::new(text, spec, xlen).read()
    }

    /// The token that a position is in or at the end of; the later one of two.
    #[must_use]
    pub fn token_at(&self, position: u32) -> Option<&Token> {
        let index = self
            .tokens
            .partition_point(|token| token.range.start <= position);
        let token = self.tokens.get(index.checked_sub(1)?)?;
        if position < token.range.end {
            return Some(token);
        }
        (position == token.range.end).then_some(token)
    }

    /// The occurrence that a position is in or at the end of.
    #[must_use]
    pub fn occurrence_at(&self, position: u32) -> Option<&Occurrence> {
        let index = self
            .occurrences
            .partition_point(|occurrence| occurrence.range.start <= position);
        let occurrence = self.occurrences.get(index.checked_sub(1)?)?;
        (position <= occurrence.range.end).then_some(occurrence)
    }

    /// The statement that a position is in or at the end of.
    #[must_use]
    pub fn statement_at(&self, position: u32) -> Option<&Statement> {
        let index = self
            .statements
            .partition_point(|statement| statement.range.start <= position);
        let statement = self.statements.get(index.checked_sub(1)?)?;
        (position <= statement.range.end).then_some(statement)
    }

    /// The tokens of a range, among them those that are only partly in it.
    #[must_use]
    pub fn tokens_in(&self, range: Range<u32>) -> &[Token] {
        let from = self.tokens.partition_point(|t| t.range.end <= range.start);
        let to = self.tokens.partition_point(|t| t.range.start < range.end);
        self.tokens.get(from..to).unwrap_or_default()
    }

    /// A local numeric label, of which this is an occurrence: its definition, then its uses. Empty for one that is
    /// not defined.
    #[must_use]
    pub fn numeric_label<'s>(&'s self, text: &str, at: &'s Occurrence) -> Vec<&'s Occurrence> {
        let name = |occurrence: &Occurrence| slice(text, &occurrence.range);
        let same: Vec<&Occurrence> = self
            .occurrences
            .iter()
            .filter(|other| other.space == Space::Numeric && name(other) == name(at))
            .collect();
        let is_definition = |o: &&Occurrence| matches!(o.role, Role::Definition(_));
        let forward = |o: &&&Occurrence| text.as_bytes().get(o.range.end as usize) == Some(&b'f');
        let behind = same.partition_point(|o| o.range.start <= at.range.start);
        let (before, after) = same.split_at(behind);
        let definition = if is_definition(&at) {
            behind.checked_sub(1)
        } else if forward(&&at) {
            after.iter().position(is_definition).map(|i| behind + i)
        } else {
            before.iter().rposition(is_definition)
        };
        let Some(definition) = definition else {
            return Vec::new();
        };
        let (before, rest) = same.split_at(definition);
        let after = &rest[1..];
        let last = before.iter().rposition(is_definition).map_or(0, |i| i + 1);
        let next = after.iter().position(is_definition).unwrap_or(after.len());
        let earlier = before[last..].iter().filter(forward);
        let later = after[..next].iter().filter(|o| !forward(o));
        rest[..1]
            .iter()
            .chain(earlier)
            .chain(later)
            .copied()
            .collect()
    }
}

/// The text of a range; empty if there is none.
pub(super) fn slice<'t>(text: &'t str, range: &Bytes) -> &'t str {
    text.get(range.start as usize..range.end as usize)
        .unwrap_or("")
}
