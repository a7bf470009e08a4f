//! Untyped terms and statements of `sem` texts, as written.

use crate::algebra::{BinOp, ReduceOp, Width};
use std::ops::Range;

/// A name with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

impl Name<'_> {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// A term.
#[derive(Debug, Clone)]
pub(crate) struct Ast<'a> {
    pub(crate) kind: AstKind<'a>,
    pub(crate) range: Range<usize>,
    /// Height of the tree; the parser bounds it, so that recursion over terms is bounded.
    pub(crate) height: u16,
}

#[derive(Debug, Clone)]
pub(crate) enum AstKind<'a> {
    Int(i128),
    Bool(bool),
    Name(&'a str),
    /// `name[index, ...]`: views, `mem32[addr]`, `csr[op]`.
    Index {
        name: Name<'a>,
        index: Vec<Ast<'a>>,
    },
    /// `name(args)`; conversions also have a width.
    Call {
        name: Name<'a>,
        args: Vec<Ast<'a>>,
        width: Option<Width>,
    },
    /// `status.ok`
    Member {
        base: Name<'a>,
        member: Name<'a>,
    },
    Neg(Box<Ast<'a>>),
    /// `~x`
    Complement(Box<Ast<'a>>),
    /// `!x`
    LogicalNot(Box<Ast<'a>>),
    Binary {
        op: BinOp,
        left: Box<Ast<'a>>,
        right: Box<Ast<'a>>,
    },
    If {
        cond: Box<Ast<'a>>,
        then: Box<Ast<'a>>,
        otherwise: Box<Ast<'a>>,
    },
    Reduce {
        op: ReduceOp,
        var: Name<'a>,
        bound: Box<Ast<'a>>,
        body: Box<Ast<'a>>,
    },
}

/// A statement.
#[derive(Debug, Clone)]
pub(crate) struct AstStmt<'a> {
    pub(crate) kind: AstStmtKind<'a>,
    pub(crate) range: Range<usize>,
}

#[derive(Debug, Clone)]
pub(crate) enum AstStmtKind<'a> {
    Let {
        name: Name<'a>,
        value: Ast<'a>,
    },
    Carry {
        name: Name<'a>,
        value: Ast<'a>,
    },
    For {
        var: Name<'a>,
        bound: Ast<'a>,
        body: Vec<AstStmt<'a>>,
    },
    If {
        cond: Ast<'a>,
        then: Vec<AstStmt<'a>>,
        otherwise: Vec<AstStmt<'a>>,
    },
    /// `name = value;`
    Assign {
        name: Name<'a>,
        value: Ast<'a>,
    },
    /// `name[index, ...] = value;`
    AssignIndex {
        name: Name<'a>,
        index: Vec<Ast<'a>>,
        value: Ast<'a>,
    },
    /// `name[index, ...] += value;`
    Accumulate {
        name: Name<'a>,
        index: Vec<Ast<'a>>,
        value: Ast<'a>,
    },
    /// `refuse status unless condition;`
    Refuse {
        status: Name<'a>,
        unless: Ast<'a>,
    },
    /// `name(args);`
    Effect {
        name: Name<'a>,
        args: Vec<Ast<'a>>,
    },
}
