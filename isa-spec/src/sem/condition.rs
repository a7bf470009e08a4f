//! Conditions of refusal: boolean terms over counts and scalar fields, and `disjoint` and `same`.

use super::ast::{Ast, AstKind, Name};
use super::check::{Checker, Reported, Scope, syntax_error};
use super::parse;
use crate::algebra::{BinOp, FieldId, Type};
use crate::model::{Condition, FieldType, Region};
use crate::tree::{Sink, Text};
use std::collections::BTreeSet;

/// Checks the text of a condition. The descriptor fields that it uses are added to `used`.
pub(crate) fn condition(
    text: &Text,
    scope: &Scope<'_>,
    used: &mut BTreeSet<FieldId>,
    sink: &Sink,
) -> Result<Condition, Reported> {
    let ast = parse::term(&text.text).map_err(|error| syntax_error(text, error, sink))?;
    let mut checker = Checker::new(text, scope, sink);
    let condition = convert(&mut checker, &ast);
    used.append(&mut checker.used);
    condition
}

fn convert(checker: &mut Checker<'_>, ast: &Ast<'_>) -> Result<Condition, Reported> {
    match &ast.kind {
        AstKind::Binary {
            op: BinOp::And,
            left,
            right,
        } => Ok(Condition::And(
            Box::new(convert(checker, left)?),
            Box::new(convert(checker, right)?),
        )),
        AstKind::Binary {
            op: BinOp::Or,
            left,
            right,
        } => Ok(Condition::Or(
            Box::new(convert(checker, left)?),
            Box::new(convert(checker, right)?),
        )),
        AstKind::Call {
            name:
                name @ Name {
                    text: "disjoint" | "same",
                    ..
                },
            args,
            ..
        } => {
            let [a, b] = args.as_slice() else {
                return checker.fail(format!("`{}` takes two views", name.text), &name.range());
            };
            let (a, b) = (region(checker, a)?, region(checker, b)?);
            match (name.text, a, b) {
                ("disjoint", a, b) => Ok(Condition::Disjoint(a, b)),
                (_, Region::View(a), Region::View(b)) => Ok(Condition::Same(a, b)),
                _ => checker.fail("`same` takes two views", &ast.range),
            }
        }
        _ => Ok(Condition::Term(checker.term(ast, Some(Type::Bool))?)),
    }
}

fn region(checker: &mut Checker<'_>, ast: &Ast<'_>) -> Result<Region, Reported> {
    let AstKind::Name(name) = ast.kind else {
        return checker.fail("expected the name of a view, or `descriptor`", &ast.range);
    };
    if name == "descriptor" && checker.scope.descriptor.is_some() {
        return Ok(Region::Descriptor);
    }
    match checker.field(name) {
        Some((id, field)) if matches!(field.ty, FieldType::View(_)) => Ok(Region::View(id)),
        _ => checker.fail(format!("`{name}` is no view"), &ast.range),
    }
}
