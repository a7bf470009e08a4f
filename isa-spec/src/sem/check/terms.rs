//! Terms: their types, and what their names stand for.

use super::{
    Checker, Reported, Result, Scope, XLEN_BITS, element_type, memory_bytes, register_type,
    type_name,
};
use crate::algebra::{BinOp, Expr, ExprKind, Kind, ReduceOp, Type, UnOp, Width};
use crate::model::{FieldType, OperandKind, RegisterFile, Role};
use crate::names::did_you_mean;
use crate::sem::ast::{Ast, AstKind, Name};
use crate::sem::print;
use std::ops::Range;

impl Checker<'_> {
    /// The typed term. With `expected`, it has that type (or one that may stand for it), or an error is reported.
    pub(crate) fn term(&mut self, ast: &Ast<'_>, expected: Option<Type>) -> Result<Expr> {
        let (kind, ty) = self.kind(ast, expected)?;
        if let Some(expected) = expected
            && !self.fits(ty, expected)
        {
            return self.mismatch(ty, expected, &ast.range);
        }
        Ok(Expr {
            kind,
            ty,
            span: self.span(&ast.range),
        })
    }

    fn fits(&self, ty: Type, expected: Type) -> bool {
        match (ty, expected) {
            (Type::Bits(a), Type::Bits(b)) => self.scope.same_width(a, b),
            (Type::Felt(Kind::Base), Type::Felt(_)) => true,
            _ => ty == expected,
        }
    }

    fn mismatch<T>(&self, ty: Type, expected: Type, range: &Range<usize>) -> Result<T> {
        let help = match (ty, expected) {
            (Type::Bits(_), Type::Bits(_)) => {
                Some("convert with `sext(x, N)`, `zext(x, N)` or `trunc(x, N)`")
            }
            (Type::Bits(_) | Type::Int, Type::Felt(_)) => Some("convert with `felt(x)`"),
            (Type::Bits(_), Type::Int) => Some("convert with `int(x)`"),
            (Type::Int, Type::Bits(_)) => Some("convert with `trunc(x, N)`"),
            (Type::Bool, Type::Bits(_)) => Some("write `if c { 1 } else { 0 }`"),
            _ => None,
        };
        let message = format!(
            "this is {}, but {} is needed here",
            type_name(ty),
            type_name(expected)
        );
        self.fail_help(message, range, help.map(str::to_owned))
    }

    fn kind(&mut self, ast: &Ast<'_>, expected: Option<Type>) -> Result<(ExprKind, Type)> {
        match &ast.kind {
            AstKind::Int(value) => self.literal(*value, expected, &ast.range),
            AstKind::Bool(value) => Ok((ExprKind::Bool(*value), Type::Bool)),
            AstKind::Name(name) => self.name(name, &ast.range),
            AstKind::Member { base, member } => self.status(*base, *member),
            AstKind::Index { name, index } => self.read(*name, index, &ast.range),
            AstKind::Call { name, args, width } => {
                self.call(*name, args, *width, expected, &ast.range)
            }
            AstKind::Neg(inner) => {
                let inner = self.term(inner, expected)?;
                match inner.ty {
                    Type::Bits(_) | Type::Felt(_) => Ok(unary(UnOp::Neg, inner)),
                    ty => self.fail(format!("{} has no negative", type_name(ty)), &ast.range),
                }
            }
            AstKind::Complement(inner) => {
                let inner = self.term(inner, expected)?;
                match inner.ty {
                    Type::Bits(_) => Ok(unary(UnOp::Not, inner)),
                    ty => self.fail(
                        format!("`~` needs a word, not {}", type_name(ty)),
                        &ast.range,
                    ),
                }
            }
            AstKind::LogicalNot(inner) => Ok(unary(UnOp::Not, self.term(inner, Some(Type::Bool))?)),
            AstKind::Binary { op, left, right } => {
                self.binary(*op, left, right, expected, &ast.range)
            }
            AstKind::If {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.term(cond, Some(Type::Bool))?;
                let facts = self.bounds.mark();
                self.bounds.assume(&cond, self.scope);
                let (then, otherwise) =
                    if flexible(then) && !flexible(otherwise) && expected.is_none() {
                        // The facts of the condition hold on the first side only.
                        self.bounds.reset(facts);
                        let otherwise = self.term(otherwise, expected)?;
                        self.bounds.assume(&cond, self.scope);
                        (self.term(then, Some(otherwise.ty))?, otherwise)
                    } else {
                        let then = self.term(then, expected)?;
                        self.bounds.reset(facts);
                        let ty = expected.unwrap_or(widened(then.ty));
                        (then, self.term(otherwise, Some(ty))?)
                    };
                self.bounds.reset(facts);
                let ty = join(then.ty, otherwise.ty);
                Ok((
                    ExprKind::If(Box::new(cond), Box::new(then), Box::new(otherwise)),
                    ty,
                ))
            }
            AstKind::Reduce {
                op,
                var,
                bound,
                body,
            } => self.reduce(*op, *var, bound, body, expected),
        }
    }

    fn literal(
        &self,
        value: i128,
        expected: Option<Type>,
        range: &Range<usize>,
    ) -> Result<(ExprKind, Type)> {
        let ty = expected.unwrap_or(Type::Int);
        match ty {
            Type::Bool => return self.mismatch(Type::Int, Type::Bool, range),
            Type::Int if value < 0 => return self.fail("an integer cannot be negative", range),
            Type::Bits(width) => {
                for bits in self.scope.widths(width) {
                    let (low, high) = if bits >= 127 {
                        (i128::MIN, i128::MAX)
                    } else {
                        (-(1i128 << (bits - 1)), (1i128 << bits) - 1)
                    };
                    if !(low..=high).contains(&value) {
                        return self
                            .fail(format!("`{value}` does not fit into {bits} bits"), range);
                    }
                }
            }
            Type::Int | Type::Felt(_) => {}
        }
        Ok((ExprKind::Int(value), ty))
    }

    fn name(&mut self, name: &str, range: &Range<usize>) -> Result<(ExprKind, Type)> {
        match name {
            "pc" => return Ok((ExprKind::Pc, XLEN_BITS)),
            "next_pc" => return Ok((ExprKind::NextPc, XLEN_BITS)),
            "XLEN" => return Ok((ExprKind::Xlen, Type::Int)),
            _ => {}
        }
        if let Some(binding) = self.visible.iter().find(|b| b.name == name) {
            let Some(var) = binding.var else {
                return Err(Reported);
            };
            return Ok((ExprKind::Var(var), self.vars[var.0 as usize].ty));
        }
        if let Some((id, _)) = self.scope.count().filter(|(_, count)| *count == name) {
            return Ok((ExprKind::Count(id), Type::Int));
        }
        if let Some((id, field)) = self.field(name) {
            let ty = match &field.ty {
                FieldType::Uint(_) => Type::Int,
                FieldType::Felt(kind) => Type::Felt(*kind),
                FieldType::View(_) => {
                    return self.fail(format!("view `{name}` needs an index"), range);
                }
                FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction => {
                    return self.fail(
                        format!("`{name}` chooses the meaning and is no value in it"),
                        range,
                    );
                }
            };
            self.used.insert(id);
            return Ok((ExprKind::Field(id), ty));
        }
        let Some((id, operand)) = self.operand(name) else {
            return self.unknown(name, range);
        };
        let message = match (&operand.role, &operand.kind) {
            (Role::Count(count), _) => format!("the value of `{name}` is called `{count}` here"),
            (Role::Descriptor(_), _) => {
                format!("`{name}` is the descriptor's address; its fields are used by their names")
            }
            (_, OperandKind::Gpr { read: true, .. } | OperandKind::Imm { .. }) => {
                return Ok((ExprKind::Operand(id), XLEN_BITS));
            }
            (_, OperandKind::Fpr { read: true, .. }) => {
                return Ok((ExprKind::Operand(id), register_type(RegisterFile::Float)));
            }
            (_, OperandKind::Gpr { .. } | OperandKind::Fpr { .. }) => {
                format!("operand `{name}` is only written")
            }
            (_, OperandKind::Csr) => format!("the CSR is read as `csr[{name}]`"),
            (_, OperandKind::FenceSet) => format!("`{name}` has no value here"),
        };
        self.fail(message, range)
    }

    fn status(&self, base: Name<'_>, member: Name<'_>) -> Result<(ExprKind, Type)> {
        if base.text != "status" {
            return self.fail(
                format!(
                    "`{}` has no members; `status.name` is a status code",
                    base.text
                ),
                &base.range(),
            );
        }
        let statuses = self.scope.statuses;
        if statuses.iter().any(|s| s.name == member.text) {
            return Ok((ExprKind::Status(member.text.to_owned()), XLEN_BITS));
        }
        let help = did_you_mean(member.text, statuses.iter().map(|s| s.name.as_str()));
        self.fail_help(
            format!("unknown status `{}`", member.text),
            &member.range(),
            help,
        )
    }

    fn read(
        &mut self,
        name: Name<'_>,
        index: &[Ast<'_>],
        range: &Range<usize>,
    ) -> Result<(ExprKind, Type)> {
        if name.text == "csr" {
            return Ok((ExprKind::Csr(self.csr_operand(index, range)?), XLEN_BITS));
        }
        if let Some(bytes) = memory_bytes(name.text) {
            let addr = self.address(index, range)?;
            return Ok((
                ExprKind::Mem {
                    addr: Box::new(addr),
                    bytes,
                },
                Type::Bits(Width::Fixed(8 * bytes)),
            ));
        }
        let (id, view) = self.view(name)?;
        if view.written() {
            let message = format!(
                "view `{}` is written by the instruction, which cannot read it",
                name.text
            );
            let help = if view.updated() {
                format!("add to its elements: `{}[...] += value;`", name.text)
            } else {
                "keep the value in a `let` or a `carry`".to_owned()
            };
            return self.fail_help(message, &name.range(), Some(help));
        }
        let (elem, dims) = (view.elem, view.dims.clone());
        self.used.insert(id);
        let index = self.index(name, index, &dims)?;
        Ok((ExprKind::View { view: id, index }, element_type(elem)))
    }

    fn binary(
        &mut self,
        op: BinOp,
        left: &Ast<'_>,
        right: &Ast<'_>,
        expected: Option<Type>,
        range: &Range<usize>,
    ) -> Result<(ExprKind, Type)> {
        if matches!(op, BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR) {
            let left = self.term(left, expected)?;
            let right = self.term(right, None)?;
            if !matches!(left.ty, Type::Bits(_)) {
                return self.fail(
                    format!("only words are shifted, not {}", type_name(left.ty)),
                    &range.clone(),
                );
            }
            if !matches!(right.ty, Type::Bits(_) | Type::Int) {
                return self.mismatch(right.ty, Type::Int, range);
            }
            let ty = left.ty;
            return Ok((ExprKind::Binary(op, Box::new(left), Box::new(right)), ty));
        }
        let compares = matches!(
            op,
            BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS
        );
        let wanted = if compares { None } else { expected };
        let (left, right) = if flexible(left) && !flexible(right) {
            let right = self.term(right, wanted)?;
            (self.term(left, Some(widened(right.ty)))?, right)
        } else {
            let left = self.term(left, wanted)?;
            let ty = widened(left.ty);
            (left, self.term(right, Some(ty))?)
        };
        let ty = join(left.ty, right.ty);
        let allowed = match op {
            BinOp::Add | BinOp::Mul => !matches!(ty, Type::Bool),
            BinOp::Sub => match ty {
                Type::Int => self.bounds.at_most(&right, &left, self.scope),
                _ => matches!(ty, Type::Bits(_) | Type::Felt(_)),
            },
            BinOp::RemU | BinOp::MinU | BinOp::MaxU => matches!(ty, Type::Bits(_) | Type::Int),
            BinOp::DivU => match ty {
                Type::Int => matches!(right.kind, ExprKind::Int(1..)),
                _ => matches!(ty, Type::Bits(_)),
            },
            BinOp::And | BinOp::Or | BinOp::Xor => matches!(ty, Type::Bits(_) | Type::Bool),
            BinOp::Eq | BinOp::Ne => true,
            BinOp::LtU | BinOp::LeU => matches!(ty, Type::Bits(_) | Type::Int),
            _ => matches!(ty, Type::Bits(_)),
        };
        if !allowed {
            let message = match (op, ty) {
                (BinOp::Sub, Type::Int) => {
                    "this difference is not proved to be an integer that is not negative".to_owned()
                }
                (BinOp::DivU, Type::Int) => {
                    "integers are divided by literals above zero only".to_owned()
                }
                (BinOp::DivU, Type::Felt(_)) => {
                    "field elements are divided by `* inv(x)`".to_owned()
                }
                _ => format!("this operation is not defined for {}", type_name(ty)),
            };
            return self.fail(message, range);
        }
        let ty = if compares { Type::Bool } else { ty };
        Ok((ExprKind::Binary(op, Box::new(left), Box::new(right)), ty))
    }

    fn reduce(
        &mut self,
        op: ReduceOp,
        var: Name<'_>,
        bound: &Ast<'_>,
        body: &Ast<'_>,
        expected: Option<Type>,
    ) -> Result<(ExprKind, Type)> {
        let bound = self.term(bound, Some(Type::Int))?;
        let visible = self.visible.len();
        let index = self.bind(var, Some(Type::Int), false)?;
        let facts = self.bounds.mark();
        self.bounds.below_bound(index, &bound, self.scope);
        let checked = self.term(body, expected);
        self.bounds.reset(facts);
        self.visible.truncate(visible);
        let checked = checked?;
        let ty = checked.ty;
        if ty == Type::Bool {
            return self.fail("truth values have no sum or product", &body.range);
        }
        Ok((
            ExprKind::Reduce {
                op,
                var: index,
                bound: Box::new(bound),
                body: Box::new(checked),
            },
            ty,
        ))
    }

    fn call(
        &mut self,
        name: Name<'_>,
        args: &[Ast<'_>],
        width: Option<Width>,
        expected: Option<Type>,
        range: &Range<usize>,
    ) -> Result<(ExprKind, Type)> {
        if let Some(op) = print::binary_function(name.text) {
            let [left, right] = args else {
                return self.arity(name, 2, args.len());
            };
            return self.binary(op, left, right, expected, range);
        }
        if !print::FUNCTIONS.contains(&name.text) {
            let known = print::FUNCTIONS
                .iter()
                .chain(print::BINARY_FUNCTIONS.iter().map(|(n, _)| n));
            let help = did_you_mean(name.text, known.copied());
            return self.fail_help(
                format!("unknown function `{}`", name.text),
                &name.range(),
                help,
            );
        }
        let [arg] = args else {
            return self.arity(name, 1, args.len());
        };
        if name.text == "random" {
            let kind = match arg.kind {
                AstKind::Name("base") => Kind::Base,
                AstKind::Name("ext") => Kind::Ext,
                _ => return self.fail("`random` takes `base` or `ext`", &arg.range),
            };
            if self.scope.descriptor.is_none() {
                return self.fail("`random` needs a descriptor with a format", range);
            }
            return Ok((ExprKind::Random(kind), Type::Felt(kind)));
        }
        if name.text == "wait" {
            if self.scope.descriptor.is_some() {
                return self.fail("an instruction with a descriptor cannot wait", range);
            }
            let ticket = self.term(arg, Some(XLEN_BITS))?;
            return Ok((ExprKind::Wait(Box::new(ticket)), XLEN_BITS));
        }
        if name.text == "number" {
            if let AstKind::Name(operand) = arg.kind
                && let Some((id, found)) = self.operand(operand)
                && found.kind.register().is_some()
            {
                return Ok((ExprKind::RegNumber(id), Type::Int));
            }
            return self.fail("`number` takes a register operand", &arg.range);
        }
        if let (Some(op), Some(to)) = (print::conversion(name.text), width) {
            return self.convert(op, arg, to);
        }
        let wanted = match name.text {
            "felt" | "int" => None,
            "reserved" => Some(XLEN_BITS),
            _ => expected,
        };
        let arg = self.term(arg, wanted)?;
        let (op, ty) = match (name.text, arg.ty) {
            ("felt", Type::Bits(_) | Type::Int) => (UnOp::ToFelt, Type::Felt(Kind::Base)),
            ("int", Type::Bits(_)) => (UnOp::ToInt, Type::Int),
            ("inv", ty @ Type::Felt(_)) => (UnOp::Inv, ty),
            ("reserved", _) => (UnOp::Reserved, Type::Bool),
            ("clz", ty @ Type::Bits(_)) => (UnOp::Clz, ty),
            ("ctz", ty @ Type::Bits(_)) => (UnOp::Ctz, ty),
            ("popcount", ty @ Type::Bits(_)) => (UnOp::Popcount, ty),
            ("rev8" | "orc_b", Type::Bits(width))
                if self.scope.widths(width).any(|bits| !bits.is_multiple_of(8)) =>
            {
                return self.fail("the word has to consist of whole bytes", range);
            }
            ("rev8", ty @ Type::Bits(_)) => (UnOp::ByteReverse, ty),
            ("orc_b", ty @ Type::Bits(_)) => (UnOp::OrCombine, ty),
            (_, ty) => {
                return self.fail(
                    format!("`{}` is not defined for {}", name.text, type_name(ty)),
                    range,
                );
            }
        };
        Ok((ExprKind::Unary(op, Box::new(arg)), ty))
    }

    fn convert(&mut self, op: UnOp, arg: &Ast<'_>, to: Width) -> Result<(ExprKind, Type)> {
        let inner = self.term(arg, None)?;
        if (op, inner.ty) == (UnOp::Trunc, Type::Int) {
            return Ok((ExprKind::Unary(op, Box::new(inner)), Type::Bits(to)));
        }
        let Type::Bits(from) = inner.ty else {
            return self.fail(
                format!("only a word has another width, not {}", type_name(inner.ty)),
                &arg.range,
            );
        };
        for configuration in self.scope.configurations() {
            let (from, to) = (
                Scope::bits(from, configuration),
                Scope::bits(to, configuration),
            );
            let fits = if op == UnOp::Trunc {
                to <= from
            } else {
                to >= from
            };
            if !fits {
                let verb = if op == UnOp::Trunc {
                    "truncated"
                } else {
                    "extended"
                };
                return self.fail(
                    format!(
                        "{from} bits cannot be {verb} to {to} (XLEN {})",
                        configuration.0
                    ),
                    &arg.range,
                );
            }
        }
        Ok((ExprKind::Unary(op, Box::new(inner)), Type::Bits(to)))
    }

    fn arity<T>(&self, name: Name<'_>, expected: usize, found: usize) -> Result<T> {
        let message = format!(
            "`{}` takes {expected} argument{}, not {found}",
            name.text,
            if expected == 1 { "" } else { "s" }
        );
        self.fail(message, &name.range())
    }
}

fn unary(op: UnOp, inner: Expr) -> (ExprKind, Type) {
    let ty = inner.ty;
    (ExprKind::Unary(op, Box::new(inner)), ty)
}

/// The type that the other operand may have: with a base element goes an extension element.
fn widened(ty: Type) -> Type {
    match ty {
        Type::Felt(_) => Type::Felt(Kind::Ext),
        other => other,
    }
}

/// The type of both together.
fn join(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Felt(Kind::Ext), Type::Felt(_)) | (Type::Felt(_), Type::Felt(Kind::Ext)) => {
            Type::Felt(Kind::Ext)
        }
        _ => a,
    }
}

/// True for a term of literals only, which takes the type that its surroundings need.
fn flexible(ast: &Ast<'_>) -> bool {
    match &ast.kind {
        AstKind::Int(_) => true,
        AstKind::Neg(inner) | AstKind::Complement(inner) => flexible(inner),
        AstKind::Binary { op, left, right } => {
            let shift = matches!(op, BinOp::Shl | BinOp::ShrU);
            let compares = matches!(op, BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU);
            !compares && flexible(left) && (shift || flexible(right))
        }
        AstKind::If {
            then, otherwise, ..
        } => flexible(then) && flexible(otherwise),
        _ => false,
    }
}
