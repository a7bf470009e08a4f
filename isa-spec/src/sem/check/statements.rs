//! Statements: what is bound, assigned and written.

use super::{
    Binding, Checker, Reported, Result, XLEN_BITS, element_type, memory_bytes, register_type,
};
use crate::algebra::{Effect, Expr, FieldId, Stmt, Type, Var, VarId, Width};
use crate::model::{Access, FieldType, Phase, Role};
use crate::names::did_you_mean;
use crate::sem::ast::{Ast, AstStmt, AstStmtKind, Name};
use std::ops::Range;

impl Checker<'_> {
    /// Checks all statements, so that one run reports all errors; names end with the block.
    pub(super) fn block(&mut self, statements: &[AstStmt<'_>]) -> Vec<Stmt> {
        let visible = self.visible.len();
        let facts = self.bounds.mark();
        let checked = statements
            .iter()
            .filter_map(|statement| self.statement(statement).ok())
            .collect();
        self.visible.truncate(visible);
        self.bounds.reset(facts);
        checked
    }

    fn statement(&mut self, statement: &AstStmt<'_>) -> Result<Stmt> {
        match &statement.kind {
            AstStmtKind::Let { name, value } => {
                let value = self.term(value, None);
                let var = self.bind(*name, value.as_ref().ok().map(|v| v.ty), false)?;
                let value = value?;
                self.bounds.name(var, &value, self.scope);
                Ok(Stmt::Let { var, value })
            }
            AstStmtKind::Carry { name, value } => {
                let init = self.term(value, None);
                // State that starts as a base element may become an extension element.
                let var = self.bind(*name, init.as_ref().ok().map(|v| v.ty), true)?;
                self.bounds.carry(var);
                Ok(Stmt::Carry { var, init: init? })
            }
            AstStmtKind::For { var, bound, body } => {
                let bound = self.term(bound, Some(Type::Int));
                let visible = self.visible.len();
                let index = self.bind(*var, bound.is_ok().then_some(Type::Int), false);
                let facts = self.bounds.mark();
                if let (Ok(index), Ok(bound)) = (&index, &bound) {
                    self.bounds.below_bound(*index, bound, self.scope);
                }
                let body = self.block(body);
                self.bounds.reset(facts);
                self.visible.truncate(visible);
                Ok(Stmt::For {
                    var: index?,
                    bound: bound?,
                    body,
                })
            }
            AstStmtKind::If {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.term(cond, Some(Type::Bool));
                let facts = self.bounds.mark();
                if let Ok(cond) = &cond {
                    self.bounds.assume(cond, self.scope);
                }
                let then = self.block(then);
                self.bounds.reset(facts);
                let otherwise = self.block(otherwise);
                Ok(Stmt::If {
                    cond: cond?,
                    then,
                    otherwise,
                })
            }
            AstStmtKind::Assign { name, value } => self.assign(*name, value),
            AstStmtKind::AssignIndex { name, index, value } => {
                self.assign_index(*name, index, value, &statement.range)
            }
            AstStmtKind::Accumulate { name, index, value } => {
                let (view, index, value) = self.element(*name, index, value, Access::Update)?;
                Ok(Stmt::Accumulate { view, index, value })
            }
            AstStmtKind::Refuse { status, unless } => self.refuse(*status, unless),
            AstStmtKind::Effect { name, args } => self.effect(*name, args),
        }
    }

    pub(super) fn bind(&mut self, name: Name<'_>, ty: Option<Type>, carry: bool) -> Result<VarId> {
        let taken = self.visible.iter().any(|b| b.name == name.text)
            || self.scope.operands.iter().any(|o| o.name == name.text)
            || self
                .scope
                .count()
                .is_some_and(|(_, count)| count == name.text)
            || self.field(name.text).is_some();
        if taken {
            return self.fail(format!("`{}` is bound twice", name.text), &name.range());
        }
        let var = ty.map(|ty| {
            let id = VarId(self.vars.len() as u32);
            self.vars.push(Var {
                name: name.text.to_owned(),
                ty,
                span: self.span(&name.range()),
            });
            id
        });
        self.visible.push(Binding {
            name: name.text.to_owned(),
            var,
            carry,
        });
        var.ok_or(Reported)
    }

    fn assign(&mut self, name: Name<'_>, value: &Ast<'_>) -> Result<Stmt> {
        if name.text == "pc" {
            return Ok(Stmt::SetPc(self.term(value, Some(XLEN_BITS))?));
        }
        if let Some(binding) = self.visible.iter().find(|b| b.name == name.text) {
            let Some(var) = binding.var else {
                return Err(Reported);
            };
            if !binding.carry {
                let help = Some("declare it with `carry` to assign it".to_owned());
                return self.fail_help(
                    format!("`{}` cannot be assigned", name.text),
                    &name.range(),
                    help,
                );
            }
            let ty = self.vars[var.0 as usize].ty;
            return Ok(Stmt::Assign {
                var,
                value: self.term(value, Some(ty))?,
            });
        }
        if let Some((operand, found)) = self.operand(name.text) {
            let file = match found.kind.register() {
                Some(register) if register.write => register.file,
                Some(_) => {
                    return self.fail(
                        format!("operand `{}` is only read", name.text),
                        &name.range(),
                    );
                }
                None => {
                    return self.fail(
                        format!("operand `{}` is no register", name.text),
                        &name.range(),
                    );
                }
            };
            if self.scope.descriptor.is_some() && found.role == Role::Status {
                let message = format!(
                    "`{}` receives the status; the meaning cannot assign it",
                    name.text
                );
                return self.fail(message, &name.range());
            }
            return Ok(Stmt::SetReg {
                operand,
                value: self.term(value, Some(register_type(file)))?,
            });
        }
        if let Some((_, field)) = self.field(name.text) {
            let message = match &field.ty {
                FieldType::View(_) => format!("view `{}` needs an index", name.text),
                _ => format!("field `{}` of the descriptor cannot be assigned", name.text),
            };
            return self.fail(message, &name.range());
        }
        self.unknown(name.text, &name.range())
    }

    fn assign_index(
        &mut self,
        name: Name<'_>,
        index: &[Ast<'_>],
        value: &Ast<'_>,
        range: &Range<usize>,
    ) -> Result<Stmt> {
        if name.text == "csr" {
            let operand = self.csr_operand(index, range)?;
            return Ok(Stmt::SetCsr {
                operand,
                value: self.term(value, Some(XLEN_BITS))?,
            });
        }
        if let Some(bytes) = memory_bytes(name.text) {
            let addr = self.address(index, range)?;
            let value = self.term(value, Some(Type::Bits(Width::Fixed(8 * bytes))))?;
            return Ok(Stmt::StoreMem { addr, bytes, value });
        }
        let (view, index, value) = self.element(name, index, value, Access::Write)?;
        Ok(Stmt::Store { view, index, value })
    }

    /// An element of a view with this access, and what it gets.
    fn element(
        &mut self,
        name: Name<'_>,
        index: &[Ast<'_>],
        value: &Ast<'_>,
        access: Access,
    ) -> Result<(FieldId, Vec<Expr>, Expr)> {
        let (id, view) = self.view(name)?;
        if view.access != access {
            let (name, range) = (name.text, name.range());
            return match view.access {
                Access::Read => self.fail(format!("view `{name}` is only read"), &range),
                Access::Write => {
                    self.fail(format!("view `{name}` is written, and never read"), &range)
                }
                Access::Update => self.fail_help(
                    format!("the elements of view `{name}` are only added to"),
                    &range,
                    Some(format!("write `{name}[...] += value;`")),
                ),
            };
        }
        let (elem, dims) = (view.elem, view.dims.clone());
        self.used.insert(id);
        let index = self.index(name, index, &dims)?;
        let value = self.term(value, Some(element_type(elem)))?;
        Ok((id, index, value))
    }

    fn refuse(&mut self, status: Name<'_>, unless: &Ast<'_>) -> Result<Stmt> {
        if self.scope.descriptor.is_none() {
            let message = "only an instruction with a descriptor refuses";
            return self.fail(message, &status.range());
        }
        let unless = self.term(unless, Some(Type::Bool));
        match self.scope.statuses.iter().find(|s| s.name == status.text) {
            Some(found) if found.phase == Some(Phase::Data) => {}
            Some(_) => {
                let message =
                    "while it works, an instruction refuses with a status of phase \"data\"";
                let help =
                    "a condition over counts and fields can be checked before, in `refuse = [...]`";
                return self.fail_help(message, &status.range(), Some(help.to_owned()));
            }
            None => {
                let known = self.scope.statuses.iter().map(|s| s.name.as_str());
                let help = did_you_mean(status.text, known);
                let message = format!("unknown status `{}`", status.text);
                return self.fail_help(message, &status.range(), help);
            }
        }
        let unless = unless?;
        self.bounds.assume(&unless, self.scope);
        Ok(Stmt::Refuse {
            status: status.text.to_owned(),
            unless,
        })
    }

    fn effect(&mut self, name: Name<'_>, args: &[Ast<'_>]) -> Result<Stmt> {
        let plain = match name.text {
            "ecall" => Effect::EnvironmentCall,
            "ebreak" => Effect::Breakpoint,
            "fence" => Effect::Fence,
            "unreserve" => Effect::Unreserve,
            "illegal" => Effect::Illegal,
            "trace_on" => Effect::Trace(true),
            "trace_off" => Effect::Trace(false),
            "run_guest" => {
                if self.scope.descriptor.is_none() {
                    let message = "`run_guest` needs a descriptor";
                    return self.fail(message, &name.range());
                }
                Effect::RunGuest
            }
            "reserve" => {
                let [addr] = args else {
                    return self.fail("`reserve` takes one address", &name.range());
                };
                return Ok(Stmt::Effect(Effect::Reserve(
                    self.term(addr, Some(XLEN_BITS))?,
                )));
            }
            _ => {
                let known = [
                    "ecall",
                    "ebreak",
                    "fence",
                    "reserve",
                    "unreserve",
                    "illegal",
                    "trace_on",
                    "trace_off",
                    "run_guest",
                ];
                let help = did_you_mean(name.text, known);
                return self.fail_help(
                    format!("unknown effect `{}`", name.text),
                    &name.range(),
                    help,
                );
            }
        };
        if !args.is_empty() {
            return self.fail(format!("`{}` takes no arguments", name.text), &name.range());
        }
        Ok(Stmt::Effect(plain))
    }
}
