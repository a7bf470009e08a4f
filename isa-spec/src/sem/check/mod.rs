//! Names and types: from untyped terms to the algebra.
//!
//! Guarantees for every [`Semantics`] that it returns: each name is bound once and before its use,
//! each term has a type that holds for every XLEN of the instruction, views are read or written as
//! the descriptor says with as many indices as they have dimensions, and every index is proved to be
//! within its extent.

mod statements;
mod terms;

use super::ast::{Ast, AstKind, Name};
use super::bounds::Bounds;
use super::parse;
use crate::algebra::{Expr, FieldId, Kind, OperandId, Semantics, Type, Var, VarId, Width};
use crate::model::{
    Condition, Descriptor, DescriptorField, Elem, Extent, FLEN, FieldType, Operand, OperandKind,
    Precondition, RegisterFile, Role, Status, View,
};
use crate::names::did_you_mean;
use crate::span::{Diagnostic, Span};
use crate::tree::{Sink, Text};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a text may refer to.
pub(crate) struct Scope<'a> {
    pub(crate) operands: &'a [Operand],
    pub(crate) descriptor: Option<&'a Descriptor>,
    /// Widths of the harts that have the instruction; not empty.
    pub(crate) xlen: &'a [u8],
    pub(crate) statuses: &'a [Status],
    /// Indices have been proved to be within their extents before.
    pub(crate) proved: bool,
}

impl Scope<'_> {
    /// The count operand and its name.
    pub(crate) fn count(&self) -> Option<(OperandId, &str)> {
        self.operands
            .iter()
            .enumerate()
            .find_map(|(index, operand)| match &operand.role {
                Role::Count(name) => Some((OperandId(index as u32), name.as_str())),
                _ => None,
            })
    }

    /// A width in bits on a hart of this XLEN, for a format with words of `cell` bits.
    fn bits(width: Width, (xlen, cell): (u8, u8)) -> u8 {
        match width {
            Width::Fixed(bits) => bits,
            Width::Xlen => xlen,
            Width::TwiceXlen => 2 * xlen,
            Width::Cell => cell,
        }
    }

    /// All pairs of an XLEN and the bits of a word of the format.
    fn configurations(&self) -> impl Iterator<Item = (u8, u8)> {
        self.xlen
            .iter()
            .flat_map(|&xlen| [32, 64].map(|cell| (xlen, cell)))
    }

    /// All numbers of bits that this width can be.
    pub(crate) fn widths(&self, width: Width) -> impl Iterator<Item = u8> {
        self.configurations()
            .map(move |configuration| Self::bits(width, configuration))
    }

    fn same_width(&self, a: Width, b: Width) -> bool {
        self.configurations()
            .all(|configuration| Self::bits(a, configuration) == Self::bits(b, configuration))
    }
}

/// An error was reported.
#[derive(Debug)]
pub(crate) struct Reported;

type Result<T> = std::result::Result<T, Reported>;

/// Checks the text of a meaning, where these conditions hold. The descriptor fields that it uses are added to
/// `used`.
pub(crate) fn semantics(
    text: &Text,
    scope: &Scope<'_>,
    preconditions: &[Precondition],
    used: &mut BTreeSet<FieldId>,
    sink: &Sink,
) -> Result<Semantics> {
    let ast = match parse::statements(&text.text) {
        Ok(ast) => ast,
        Err(error) => return Err(syntax_error(text, error, sink)),
    };
    let mut checker = Checker::new(text, scope, sink);
    let before = sink.len();
    for precondition in preconditions {
        checker.assume(&precondition.unless);
    }
    let body = checker.block(&ast);
    used.append(&mut checker.used);
    let vars = std::mem::take(&mut checker.vars);
    if sink.len() > before {
        return Err(Reported);
    }
    Ok(Semantics {
        vars,
        body,
        text: text.text.clone(),
    })
}

pub(crate) fn syntax_error(text: &Text, error: super::lexer::SyntaxError, sink: &Sink) -> Reported {
    let mut diagnostic = Diagnostic::error(error.message, text.part(error.range));
    diagnostic.help = error.help;
    sink.push(diagnostic);
    Reported
}

/// How a type is written in messages.
pub(crate) fn type_name(ty: Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Bits(width) => format!("bits<{}>", super::print::width(width)),
        Type::Felt(Kind::Base) => "felt<base>".to_owned(),
        Type::Felt(Kind::Ext) => "felt<ext>".to_owned(),
    }
}

/// A name that is visible at this point.
struct Binding {
    name: String,
    /// None: its value is wrong, which was reported.
    var: Option<VarId>,
    carry: bool,
}

pub(crate) struct Checker<'a> {
    text: &'a Text,
    pub(crate) scope: &'a Scope<'a>,
    sink: &'a Sink,
    vars: Vec<Var>,
    visible: Vec<Binding>,
    bounds: Bounds,
    pub(crate) used: BTreeSet<FieldId>,
}

const XLEN_BITS: Type = Type::Bits(Width::Xlen);

impl<'a> Checker<'a> {
    pub(crate) fn new(text: &'a Text, scope: &'a Scope<'a>, sink: &'a Sink) -> Self {
        Self {
            text,
            scope,
            sink,
            vars: Vec::new(),
            visible: Vec::new(),
            bounds: Bounds::default(),
            used: BTreeSet::new(),
        }
    }

    /// What a condition that holds says about integers.
    fn assume(&mut self, condition: &Condition) {
        match condition {
            Condition::And(a, b) => {
                self.assume(a);
                self.assume(b);
            }
            Condition::Term(term) => self.bounds.assume(term, self.scope),
            Condition::Or(..) | Condition::Disjoint(..) | Condition::Same(..) => {}
        }
    }

    fn span(&self, range: &Range<usize>) -> Span {
        self.text.part(range.clone())
    }

    pub(crate) fn fail<T>(&self, message: impl Into<String>, range: &Range<usize>) -> Result<T> {
        self.sink.error(message, &self.span(range));
        Err(Reported)
    }

    pub(crate) fn fail_help<T>(
        &self,
        message: impl Into<String>,
        range: &Range<usize>,
        help: Option<String>,
    ) -> Result<T> {
        let mut diagnostic = Diagnostic::error(message, self.span(range));
        diagnostic.help = help;
        self.sink.push(diagnostic);
        Err(Reported)
    }

    pub(crate) fn field(&self, name: &str) -> Option<(FieldId, &'a DescriptorField)> {
        let fields = &self.scope.descriptor?.fields;
        let index = fields.iter().position(|field| field.name == name)?;
        Some((FieldId(index as u32), &fields[index]))
    }

    fn operand(&self, name: &str) -> Option<(OperandId, &'a Operand)> {
        let index = self
            .scope
            .operands
            .iter()
            .position(|operand| operand.name == name)?;
        Some((OperandId(index as u32), &self.scope.operands[index]))
    }

    fn unknown<T>(&self, name: &str, range: &Range<usize>) -> Result<T> {
        let fields = self
            .scope
            .descriptor
            .iter()
            .flat_map(|d| &d.fields)
            .map(|f| f.name.as_str());
        let known = self
            .visible
            .iter()
            .map(|b| b.name.as_str())
            .chain(self.scope.operands.iter().map(|o| o.name.as_str()))
            .chain(self.scope.count().map(|(_, name)| name))
            .chain(fields)
            .chain(["pc", "next_pc", "XLEN"]);
        let help = did_you_mean(name, known);
        self.fail_help(format!("unknown name `{name}`"), range, help)
    }

    fn view(&self, name: Name<'_>) -> Result<(FieldId, &'a View)> {
        match self.field(name.text) {
            Some((id, field)) => match &field.ty {
                FieldType::View(view) => Ok((id, view)),
                _ => self.fail(format!("`{}` is no view", name.text), &name.range()),
            },
            None => self.unknown(name.text, &name.range()),
        }
    }

    fn csr_operand(&self, index: &[Ast<'_>], range: &Range<usize>) -> Result<OperandId> {
        if let [
            Ast {
                kind: AstKind::Name(name),
                ..
            },
        ] = index
            && let Some((id, operand)) = self.operand(name)
            && operand.kind == OperandKind::Csr
        {
            return Ok(id);
        }
        self.fail(
            "`csr[...]` takes the operand that holds the CSR's number",
            range,
        )
    }

    fn address(&mut self, index: &[Ast<'_>], range: &Range<usize>) -> Result<Expr> {
        match index {
            [addr] => self.term(addr, Some(XLEN_BITS)),
            _ => self.fail("memory takes one address", range),
        }
    }

    fn index(&mut self, name: Name<'_>, index: &[Ast<'_>], dims: &[Extent]) -> Result<Vec<Expr>> {
        if index.len() != dims.len() {
            let message = format!(
                "view `{}` has {} dimension{}, but {} ind{} given",
                name.text,
                dims.len(),
                if dims.len() == 1 { "" } else { "s" },
                index.len(),
                if index.len() == 1 {
                    "ex is"
                } else {
                    "ices are"
                }
            );
            return self.fail(message, &name.range());
        }
        let mut checked = Vec::with_capacity(index.len());
        for (ast, &extent) in index.iter().zip(dims) {
            let term = self.term(ast, Some(Type::Int))?;
            if !self.scope.proved && !self.bounds.within(&term, extent, self.scope) {
                let message = format!(
                    "index is not proved to be below the extent `{}` of view `{}`",
                    self.extent_name(extent),
                    name.text
                );
                let extent = self.extent_name(extent);
                let help = format!(
                    "use the index of a loop that runs to this extent, put the access under `if index < {extent} \
                     {{ ... }}`, or refuse before it: `refuse STATUS unless index < {extent};`"
                );
                return self.fail_help(message, &ast.range, Some(help));
            }
            checked.push(term);
        }
        Ok(checked)
    }

    fn extent_name(&self, extent: Extent) -> &str {
        match extent {
            Extent::Count(_) => self.scope.count().map_or("", |(_, name)| name),
            Extent::Field(id) => self
                .scope
                .descriptor
                .and_then(|d| d.fields.get(id.0 as usize))
                .map_or("", |f| &f.name),
        }
    }
}

fn element_type(elem: Elem) -> Type {
    match elem {
        Elem::Word(bytes) => Type::Bits(Width::Fixed(8 * bytes)),
        Elem::Cell => Type::Bits(Width::Cell),
        Elem::Felt(kind) => Type::Felt(kind),
    }
}

/// The content of a register.
fn register_type(file: RegisterFile) -> Type {
    match file {
        RegisterFile::Integer => XLEN_BITS,
        RegisterFile::Float => Type::Bits(Width::Fixed(FLEN)),
    }
}

/// `mem8` to `mem64`.
fn memory_bytes(name: &str) -> Option<u8> {
    match name {
        "mem8" => Some(1),
        "mem16" => Some(2),
        "mem32" => Some(4),
        "mem64" => Some(8),
        _ => None,
    }
}
