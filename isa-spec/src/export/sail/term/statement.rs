//! Statements: a line each, or a block.

use super::{Body, bits, width_of};
use crate::algebra::{Effect, Expr, ExprKind, FieldId, Stmt, Type, VarId, Width};
use crate::model::Elem;
use crate::reach::Reach;

impl Body<'_> {
    pub(in crate::export::sail) fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let { var, value } => self.declare("let", *var, value),
            Stmt::Carry { var, init } => self.declare("var", *var, init),
            Stmt::Assign { var, value } => {
                let ty = self.type_of(*var);
                let value = self.term(value, ty);
                let name = self.var(*var);
                self.push(format!("{name} = {value};"));
            }
            Stmt::For { var, bound, body } => {
                self.repeat(*var, bound, |this| this.statements(body))
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.boolean(cond);
                self.push(format!("if {cond} then {{"));
                let (lines, ()) = self.nested(|this| this.statements(then));
                self.lines.extend(lines);
                if !otherwise.is_empty() {
                    self.push("} else {");
                    let (lines, ()) = self.nested(|this| this.statements(otherwise));
                    self.lines.extend(lines);
                }
                self.push("};");
            }
            Stmt::Store { view, index, value } => {
                let (index, elem) = (self.index(index), self.elem(*view));
                let view = self.views[view.0 as usize].clone();
                let p = self.p();
                let line = match elem {
                    Elem::Felt(_) => {
                        let value = self.felt(value);
                        format!("writes = {p}_put_felt(f, writes, {view}, {index}, {value});")
                    }
                    _ => {
                        let value = self.word(value, width_of(elem));
                        format!("writes = {p}_put(writes, {view}, {index}, unsigned({value}));")
                    }
                };
                self.push(line);
            }
            Stmt::Accumulate { view, index, value } => self.accumulate(*view, index, value),
            Stmt::Refuse { status, unless } => {
                let unless = self.boolean(unless);
                let refused = self.refused(self.model.status(status));
                self.push(format!("if not({unless}) then return {refused};"));
            }
            Stmt::SetReg { operand, value } => {
                let own = match value.ty {
                    Type::Bits(own) => own,
                    _ => Width::Xlen,
                };
                // A literal has the width of what it is for as well.
                let value = self.word(value, own);
                let ty = self.ty(Type::Bits(own));
                let register = &self.operands[operand.0 as usize];
                if self.nesting == 0 {
                    self.push(format!("let new_{register} : {ty} = {value};"));
                } else {
                    self.push(format!("new_{register} = {value};"));
                }
            }
            Stmt::SetPc(value) => {
                let value = self.word(value, Width::Xlen);
                self.push(format!("target = Some({value});"));
            }
            Stmt::SetCsr { operand, value } => {
                let value = self.word(value, Width::Xlen);
                let csr = self.operands[operand.0 as usize].clone();
                self.push(format!("new_{csr} = Some({value});"));
            }
            Stmt::StoreMem { addr, bytes, value } => {
                let addr = self.word(addr, Width::Xlen);
                let value = self.word(value, Width::Fixed(8 * bytes));
                let p = self.p();
                let place = self.fresh();
                self.push(format!("let {place} : xlenbits = {addr};"));
                self.push(format!(
                    "match {p}_store_fault({place}, {bytes}) {{ Some(fault) => return fault, None() => () }};"
                ));
                self.push(format!(
                    "writes = struct {{ place = unsigned({place}), size = {bytes}, word = unsigned({value}) }} :: writes;"
                ));
            }
            Stmt::Effect(effect) => self.effect(effect),
        }
    }

    /// Leaves in `largest` one more than the largest index below the bound, if `readable`, and 0 if there is none; and sets
    /// `beyond` if there are others.
    pub(in crate::export::sail) fn largest(
        &mut self,
        (largest, beyond): (&str, &str),
        readable: &str,
        reach: &Reach<'_>,
    ) {
        let count = Expr {
            kind: ExprKind::Count(reach.count),
            ty: Type::Int,
            span: reach.index.span.clone(),
        };
        self.push(format!("if {readable} then {{"));
        let (lines, ()) = self.nested(|this| {
            this.repeat(reach.row, &count, |this| {
                let index = this.int(reach.index);
                let bound = this.member(reach.bound);
                let name = this.fresh();
                this.push(format!("let {name} : int = {index};"));
                this.push(format!(
                    "if {name} < unsigned({bound}) then {largest} = max_int({largest}, {name} + 1) else {beyond} = true;"
                ));
            });
        });
        self.lines.extend(lines);
        self.push("};");
    }

    fn declare(&mut self, keyword: &str, var: VarId, value: &Expr) {
        let ty = self.type_of(var);
        let text = self.term(value, ty);
        let (name, ty) = (self.var(var), self.ty(ty));
        self.push(format!("{keyword} {name} : {ty} = {text};"));
    }

    fn effect(&mut self, effect: &Effect) {
        let p = self.p();
        let line = match effect {
            Effect::EnvironmentCall => format!("ended = {p}_environment_call();"),
            Effect::Breakpoint => format!("ended = {p}_breakpoint();"),
            Effect::Illegal => "ended = Illegal_Instruction();".to_owned(),
            // The model executes one access after the other.
            Effect::Fence => "();".to_owned(),
            Effect::Reserve(addr) => {
                let addr = self.word(addr, Width::Xlen);
                format!("load_reservation({addr});")
            }
            Effect::Unreserve => "cancel_reservation();".to_owned(),
            Effect::Trace(on) => format!("{p}_tracing = {on};"),
            Effect::RunGuest => "runs_guest = true;".to_owned(),
        };
        self.push(line);
    }

    fn accumulate(&mut self, view: FieldId, index: &[Expr], value: &Expr) {
        let (index, elem) = (self.index(index), self.elem(view));
        let view = self.views[view.0 as usize].clone();
        let p = self.p();
        if let Elem::Felt(_) = elem {
            let value = self.felt(value);
            let now = self.partial(
                &format!("{p}_read_felt(f, {view}, {index}, writes)"),
                self.model.part.spec.outcomes.residue,
            );
            self.push(format!(
                "writes = {p}_put_felt(f, writes, {view}, {index}, {p}_add(f, {now}, {value}));"
            ));
            return;
        }
        let width = width_of(elem);
        let value = self.word(value, width);
        let bits = bits(width);
        let now = self.fresh();
        self.push(format!("let {now} : int = {p}_pending(writes, {p}_address({view}, {index}, 0), {view}.word_bytes);"));
        self.push(format!(
            "writes = {p}_put(writes, {view}, {index}, unsigned({p}_bits({bits}, {now}) + {value}));"
        ));
    }

    /// A loop over an index.
    pub(super) fn repeat(&mut self, var: VarId, bound: &Expr, work: impl FnOnce(&mut Self)) {
        let bound = self.int(bound);
        let name = self.var(var);
        self.push(format!("foreach ({name} from 0 to ({bound} - 1)) {{"));
        let (lines, ()) = self.nested(work);
        self.lines.extend(lines);
        self.push("};");
    }
}
