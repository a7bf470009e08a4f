//! Terms and statements of the algebra as Sail.
//!
//! A term becomes an expression; what it needs before (a read that may fail, a loop of a sum) becomes statements in front
//! of the one that it stands in, in the order of evaluation. So a failing read returns before anything after it happens, and
//! a side of an `if` that is not chosen is not evaluated.

mod statement;

use super::{KEYWORDS, Layout, Model, literal};
use crate::algebra::{
    BinOp, Expr, ExprKind, FieldId, Kind, OperandId, ReduceOp, Semantics, Type, UnOp, VarId, Width,
};
use crate::export::ident::Names;
use crate::export::text;
use crate::model::{Descriptor, Elem, FieldType};

/// A function's body that is being written.
pub(super) struct Body<'a> {
    pub(super) model: &'a Model<'a>,
    /// The descriptor, if there is one.
    pub(super) layout: Option<(&'a Descriptor, &'a Layout)>,
    /// What stands for operands' values, by operand; counts are integers, all others words of XLEN bits.
    pub(super) values: Vec<String>,
    /// Operands as they are in the instruction, by operand.
    pub(super) operands: Vec<String>,
    /// Local variables for the views, by descriptor field.
    pub(super) views: Vec<String>,
    /// Names and types of the meaning's variables.
    vars: Vec<(String, Type)>,
    pub(super) names: Names,
    lines: Vec<String>,
    indent: usize,
    /// How deep statements are nested in others.
    nesting: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(model: &'a Model<'a>, layout: Option<(&'a Descriptor, &'a Layout)>) -> Self {
        Self {
            model,
            layout,
            values: Vec::new(),
            operands: Vec::new(),
            views: Vec::new(),
            vars: Vec::new(),
            names: Names::new(KEYWORDS),
            lines: Vec::new(),
            indent: 1,
            nesting: 0,
        }
    }

    /// Gives names to the variables of a meaning; after those that the function has already.
    pub(super) fn bind(&mut self, semantics: &Semantics) {
        let vars = semantics.vars.iter();
        self.vars = vars
            .map(|var| (self.names.unique(&var.name), var.ty))
            .collect();
    }

    /// Another line.
    pub(super) fn push(&mut self, line: impl AsRef<str>) {
        self.lines
            .push(format!("{}{}", "  ".repeat(self.indent), line.as_ref()));
    }

    /// A comment.
    pub(super) fn comment(&mut self, about: &str) {
        for line in text::comment("// ", about).lines() {
            self.push(line);
        }
    }

    /// All lines.
    pub(super) fn finish(self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn p(&self) -> &'a str {
        self.model.prefix
    }

    fn fresh(&mut self) -> String {
        self.names.unique("t")
    }

    /// `{ lines }`, and what the lines come to.
    fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (Vec<String>, T) {
        let outer = std::mem::take(&mut self.lines);
        self.indent += 1;
        self.nesting += 1;
        let result = work(self);
        self.indent -= 1;
        self.nesting -= 1;
        (std::mem::replace(&mut self.lines, outer), result)
    }

    /// A term as an expression of this type, which can stand at the place of an argument.
    fn term(&mut self, term: &Expr, ty: Type) -> String {
        match ty {
            Type::Bool => self.boolean(term),
            Type::Int => self.int(term),
            Type::Bits(width) => self.word(term, width),
            Type::Felt(_) => self.felt(term),
        }
    }

    /// The type that a variable has; what is bound to it may be a literal of another one.
    fn type_of(&self, var: VarId) -> Type {
        self.vars
            .get(var.0 as usize)
            .map_or(Type::Int, |(_, ty)| *ty)
    }

    fn var(&self, var: VarId) -> String {
        self.vars
            .get(var.0 as usize)
            .map_or_else(String::new, |(name, _)| name.clone())
    }

    fn ty(&self, ty: Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Bits(Width::Xlen) => "xlenbits".to_owned(),
            Type::Bits(Width::Cell) => "bits('cell)".to_owned(),
            Type::Bits(width) => format!("bits({})", bits(width)),
            Type::Felt(_) => format!("{}_element", self.p()),
        }
    }

    /// A name for what is there, or else a refusal.
    fn partial(&mut self, option: &str, status: u64) -> String {
        let (p, name) = (self.p(), self.fresh());
        let refused = self.refused(self.model.status_by_code(status));
        self.push(format!(
            "let {name} : {p}_element = match {option} {{ Some(value) => value, None() => return {refused} }};"
        ));
        name
    }

    fn refused(&self, status: &str) -> String {
        format!("{}_Refused({status})", self.p())
    }

    fn index(&mut self, index: &[Expr]) -> String {
        let index: Vec<String> = index.iter().map(|i| self.int(i)).collect();
        format!("[|{}|]", index.join(", "))
    }

    fn elem(&self, view: FieldId) -> Elem {
        let field = self.layout.and_then(|(d, _)| d.fields.get(view.0 as usize));
        match field.map(|field| &field.ty) {
            Some(FieldType::View(view)) => view.elem,
            // The checker gives a `FieldId` to views only.
            _ => Elem::Word(8),
        }
    }

    /// A member of the descriptor.
    fn member(&self, field: FieldId) -> String {
        let layout = self
            .layout
            .map(|(_, layout)| &layout.members[field.0 as usize][0]);
        format!("d[{}]", layout.map_or("", String::as_str))
    }

    fn branches(&mut self, ty: Type, cond: &Expr, then: &Expr, otherwise: &Expr) -> String {
        let cond = self.boolean(cond);
        let (then_lines, then) = self.nested(|this| this.term(then, ty));
        let (else_lines, otherwise) = self.nested(|this| this.term(otherwise, ty));
        if then_lines.is_empty() && else_lines.is_empty() {
            return format!("(if {cond} then {then} else {otherwise})");
        }
        let name = self.fresh();
        let ty = self.ty(ty);
        self.push(format!("let {name} : {ty} = if {cond} then {{"));
        self.lines.extend(then_lines);
        self.push(format!("  {then}"));
        self.push("} else {");
        self.lines.extend(else_lines);
        self.push(format!("  {otherwise}"));
        self.push("};");
        name
    }

    /// A sum or a product: `first`, and then `next` of the value so far and the next one.
    fn reduce(
        &mut self,
        ty: Type,
        first: &str,
        index: VarId,
        bound: &Expr,
        body: &Expr,
        next: impl FnOnce(&str, &str) -> String,
    ) -> String {
        let total = self.fresh();
        let declared = self.ty(ty);
        self.push(format!("var {total} : {declared} = {first};"));
        self.repeat(index, bound, |this| {
            let value = this.term(body, ty);
            let line = format!("{total} = {};", next(&total, &value));
            this.push(line);
        });
        total
    }

    pub(super) fn boolean(&mut self, term: &Expr) -> String {
        match &term.kind {
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Unary(UnOp::Not, a) => format!("not({})", self.boolean(a)),
            ExprKind::Unary(UnOp::Reserved, addr) => {
                format!("match_reservation({})", self.word(addr, Width::Xlen))
            }
            ExprKind::Binary(op, a, b) => self.comparison(*op, a, b),
            ExprKind::If(cond, then, otherwise) => self.branches(Type::Bool, cond, then, otherwise),
            ExprKind::Var(var) => self.var(*var),
            // The checker has no other terms of this type.
            _ => "false".to_owned(),
        }
    }

    fn comparison(&mut self, op: BinOp, a: &Expr, b: &Expr) -> String {
        // A literal has the type of the other side.
        let ty = if a.ty == Type::Int { b.ty } else { a.ty };
        let (a, b) = (self.term(a, ty), self.term(b, ty));
        let number = |text: &str| match (ty, op) {
            (Type::Bits(_), BinOp::LtU | BinOp::LeU) => format!("unsigned({text})"),
            (Type::Bits(_), BinOp::LtS | BinOp::LeS) => format!("signed({text})"),
            _ => text.to_owned(),
        };
        let (x, y) = (number(&a), number(&b));
        match (op, ty) {
            (BinOp::Eq, Type::Felt(_)) => format!("{}_equal({a}, {b})", self.p()),
            (BinOp::Ne, Type::Felt(_)) => format!("not({}_equal({a}, {b}))", self.p()),
            (BinOp::And, _) => format!("({a} & {b})"),
            (BinOp::Or, _) => format!("({a} | {b})"),
            (BinOp::Eq, _) => format!("({a} == {b})"),
            (BinOp::LtU | BinOp::LtS, _) => format!("({x} < {y})"),
            (BinOp::LeU | BinOp::LeS, _) => format!("({x} <= {y})"),
            // Of truth values, also the exclusive or.
            _ => format!("({a} != {b})"),
        }
    }

    fn int(&mut self, term: &Expr) -> String {
        match &term.kind {
            ExprKind::Int(value) if *value < 0 => format!("negate({})", value.unsigned_abs()),
            ExprKind::Int(value) => value.to_string(),
            ExprKind::Count(operand) => self.values[operand.0 as usize].clone(),
            ExprKind::RegNumber(operand) => format!(
                "unsigned(encdec_reg({}))",
                self.operands[operand.0 as usize]
            ),
            ExprKind::Xlen => "xlen".to_owned(),
            ExprKind::Unary(UnOp::ToInt, a) => {
                let a = self.term(a, a.ty);
                format!("unsigned({a})")
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.int(a), self.int(b));
                match op {
                    BinOp::Add => format!("({a} + {b})"),
                    BinOp::Sub => format!("({a} - {b})"),
                    BinOp::Mul => format!("({a} * {b})"),
                    BinOp::RemU => format!("{}_mod({a}, {b})", self.p()),
                    BinOp::DivU => format!("tdiv_int({a}, {b})"),
                    BinOp::MinU | BinOp::MinS => format!("min_int({a}, {b})"),
                    // The checker has no other operations on integers.
                    _ => format!("max_int({a}, {b})"),
                }
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let (first, sign) = if *op == ReduceOp::Sum {
                    ("0", "+")
                } else {
                    ("1", "*")
                };
                self.reduce(Type::Int, first, *var, bound, body, |total, value| {
                    format!("{total} {sign} {value}")
                })
            }
            ExprKind::If(cond, then, otherwise) => self.branches(Type::Int, cond, then, otherwise),
            ExprKind::Field(field) => format!("unsigned({})", self.member(*field)),
            ExprKind::Var(var) => self.var(*var),
            _ => "0".to_owned(),
        }
    }

    fn word(&mut self, term: &Expr, width: Width) -> String {
        let p = self.p();
        let n = bits(width);
        match &term.kind {
            ExprKind::Int(value) => match width {
                Width::Fixed(bits) => literal(*value, bits.into()),
                _ if *value < 0 => format!("{p}_bits({n}, negate({}))", value.unsigned_abs()),
                _ => format!("{p}_bits({n}, {value})"),
            },
            ExprKind::Status(name) => {
                let status = self.model.part.spec.status(name);
                format!("{p}_bits({n}, {})", status.map_or(0, |status| status.code))
            }
            ExprKind::Unary(op, a) => self.unary(*op, a, width),
            ExprKind::Binary(
                op @ (BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR),
                a,
                amount,
            ) => {
                let a = self.word(a, width);
                let amount = match amount.ty {
                    Type::Bits(_) => format!("unsigned({})", self.term(amount, amount.ty)),
                    _ => self.int(amount),
                };
                let name = match op {
                    BinOp::Shl => "shl",
                    BinOp::ShrU => "shr_u",
                    BinOp::ShrS => "shr_s",
                    _ => "rotr",
                };
                format!("{p}_{name}({a}, {amount})")
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.word(a, width), self.word(b, width));
                binary(p, *op, &a, &b)
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let first = match (op, width) {
                    (ReduceOp::Sum, Width::Fixed(bits)) => literal(0, bits.into()),
                    (ReduceOp::Prod, Width::Fixed(bits)) => literal(1, bits.into()),
                    (ReduceOp::Sum, _) => format!("{p}_bits({n}, 0)"),
                    (ReduceOp::Prod, _) => format!("{p}_bits({n}, 1)"),
                };
                let op = if *op == ReduceOp::Sum {
                    BinOp::Add
                } else {
                    BinOp::Mul
                };
                let next = |total: &str, value: &str| binary(p, op, total, value);
                self.reduce(Type::Bits(width), &first, *var, bound, body, next)
            }
            ExprKind::If(cond, then, otherwise) => {
                self.branches(Type::Bits(width), cond, then, otherwise)
            }
            _ => self.atom(term, width),
        }
    }

    /// A word that is read: its own width may be another one, where XLEN is one of two.
    fn atom(&mut self, term: &Expr, width: Width) -> String {
        let p = self.p();
        let (text, own) = match &term.kind {
            ExprKind::Operand(operand) => {
                let own = match term.ty {
                    Type::Bits(own) => own,
                    _ => Width::Xlen,
                };
                (self.values[operand.0 as usize].clone(), own)
            }
            ExprKind::Pc => ("get_arch_pc()".to_owned(), Width::Xlen),
            ExprKind::NextPc => ("get_next_pc()".to_owned(), Width::Xlen),
            ExprKind::Csr(operand) => (self.csr(*operand), Width::Xlen),
            ExprKind::Wait(ticket) => {
                let ticket = self.word(ticket, Width::Xlen);
                let name = self.fresh();
                self.push(format!(
                    "let {name} : xlenbits = {p}_bits(xlen, {p}_wait(unsigned({ticket})));"
                ));
                (name, Width::Xlen)
            }
            ExprKind::Mem { addr, bytes } => {
                let addr = self.word(addr, Width::Xlen);
                let name = self.fresh();
                self.push(format!(
                    "let {name} : bits({}) = match {p}_load({addr}, {bytes}) {{ Ok(word) => word, Err(fault) => return fault }};",
                    8 * bytes
                ));
                (name, Width::Fixed(8 * bytes))
            }
            ExprKind::View { view, index } => {
                let (index, elem) = (self.index(index), self.elem(*view));
                let view = &self.views[view.0 as usize];
                let own = width_of(elem);
                (
                    format!("{p}_bits({}, {p}_read({view}, {index}))", bits(own)),
                    own,
                )
            }
            ExprKind::Field(field) => {
                let member = self.member(*field);
                return format!("{p}_resize({member}, {})", bits(width));
            }
            ExprKind::Var(var) if term.ty == Type::Int => {
                return format!("{p}_bits({}, {})", bits(width), self.var(*var));
            }
            ExprKind::Var(var) => match term.ty {
                Type::Bits(own) => (self.var(*var), own),
                _ => (self.var(*var), width),
            },
            _ => return format!("{p}_bits({}, {})", bits(width), self.int(term)),
        };
        if own == width {
            text
        } else {
            format!("{p}_resize({text}, {})", bits(width))
        }
    }

    fn csr(&mut self, operand: OperandId) -> String {
        let csr = self.operands[operand.0 as usize].clone();
        self.push(format!(
            "if not(is_CSR_accessible({csr}, cur_privilege, CSRRead)) then return Illegal_Instruction();"
        ));
        format!("read_CSR({csr})")
    }

    fn unary(&mut self, op: UnOp, a: &Expr, width: Width) -> String {
        let p = self.p();
        let n = bits(width);
        let from = match a.ty {
            Type::Int => {
                let a = self.int(a);
                return format!("{p}_bits({n}, {a})");
            }
            Type::Bool => {
                let a = self.boolean(a);
                return format!("{p}_bits({n}, if {a} then 1 else 0)");
            }
            Type::Bits(from) => from,
            Type::Felt(_) => width,
        };
        let a = self.word(a, from);
        let name = match op {
            UnOp::Sext if grows(from, width) => return format!("sail_sign_extend({a}, {n})"),
            UnOp::Sext => return format!("{p}_bits({n}, signed({a}))"),
            UnOp::Zext if grows(from, width) => return format!("sail_zero_extend({a}, {n})"),
            UnOp::Trunc if grows(width, from) => return format!("truncate({a}, {n})"),
            UnOp::Zext | UnOp::Trunc => return format!("{p}_resize({a}, {n})"),
            UnOp::Not => return format!("not_vec({a})"),
            UnOp::Neg => "neg",
            UnOp::Clz => "clz",
            UnOp::Ctz => "ctz",
            UnOp::Popcount => "popcount",
            UnOp::ByteReverse => "rev8",
            // The checker has no others with words as results.
            UnOp::OrCombine | UnOp::Inv | UnOp::ToFelt | UnOp::ToInt | UnOp::Reserved => "orc_b",
        };
        format!("{p}_{name}({a})")
    }

    fn felt(&mut self, term: &Expr) -> String {
        let p = self.p();
        let outcomes = &self.model.part.spec.outcomes;
        match &term.kind {
            ExprKind::Int(_) => format!("{p}_felt(f, {})", self.int(term)),
            ExprKind::Random(kind) => {
                let name = self.fresh();
                self.push(format!(
                    "let {name} : {p}_element = {p}_random(f, {});",
                    coordinates(*kind)
                ));
                name
            }
            ExprKind::Unary(UnOp::Neg, a) => format!("{p}_subtract(f, {p}_zero, {})", self.felt(a)),
            ExprKind::Unary(UnOp::Inv, a) => {
                let a = self.felt(a);
                self.partial(&format!("{p}_inverse(f, {a})"), outcomes.inverse)
            }
            ExprKind::Unary(UnOp::ToFelt, a) => match a.ty {
                Type::Felt(_) => self.felt(a),
                Type::Bits(width) => format!("{p}_felt(f, unsigned({}))", self.word(a, width)),
                _ => format!("{p}_felt(f, {})", self.int(a)),
            },
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.felt(a), self.felt(b));
                let name = match op {
                    BinOp::Add => "add",
                    BinOp::Sub => "subtract",
                    _ => "multiply",
                };
                format!("{p}_{name}(f, {a}, {b})")
            }
            ExprKind::Reduce {
                op,
                var,
                bound,
                body,
            } => {
                let (first, name) = match op {
                    ReduceOp::Sum => (format!("{p}_zero"), "add"),
                    ReduceOp::Prod => (format!("{p}_felt(f, 1)"), "multiply"),
                };
                let next = |total: &str, value: &str| format!("{p}_{name}(f, {total}, {value})");
                self.reduce(Type::Felt(Kind::Ext), &first, *var, bound, body, next)
            }
            ExprKind::If(cond, then, otherwise) => {
                self.branches(Type::Felt(Kind::Ext), cond, then, otherwise)
            }
            ExprKind::View { view, index } => {
                let index = self.index(index);
                let view = self.views[view.0 as usize].clone();
                self.partial(
                    &format!("{p}_read_felt(f, {view}, {index}, [||])"),
                    outcomes.residue,
                )
            }
            ExprKind::Field(field) => {
                let descriptor = self
                    .layout
                    .and_then(|(d, _)| d.fields.get(field.0 as usize));
                let kind = match descriptor.map(|field| &field.ty) {
                    Some(FieldType::Felt(kind)) => *kind,
                    _ => return format!("{p}_felt(f, {})", self.int(term)),
                };
                let member = self.member(*field);
                self.partial(
                    &format!("{p}_in_place(f, {member}, {})", coordinates(kind)),
                    outcomes.residue,
                )
            }
            ExprKind::Var(var) if term.ty == Type::Int => {
                format!("{p}_felt(f, {})", self.var(*var))
            }
            ExprKind::Var(var) => self.var(*var),
            _ => format!("{p}_felt(f, {})", self.int(term)),
        }
    }
}

/// How many coordinates of an element count.
pub(super) fn coordinates(kind: Kind) -> &'static str {
    match kind {
        Kind::Base => "1",
        Kind::Ext => "f.degree",
    }
}

/// The number of bits as an expression.
fn bits(width: Width) -> String {
    match width {
        Width::Fixed(bits) => bits.to_string(),
        Width::Xlen => "xlen".to_owned(),
        Width::TwiceXlen => "2 * xlen".to_owned(),
        Width::Cell => "cell".to_owned(),
    }
}

fn width_of(elem: Elem) -> Width {
    match elem {
        Elem::Word(bytes) => Width::Fixed(8 * bytes),
        Elem::Cell | Elem::Felt(_) => Width::Cell,
    }
}

/// True if the second width is never below the first.
fn grows(from: Width, to: Width) -> bool {
    let bounds = |width| match width {
        Width::Fixed(bits) => (u32::from(bits), u32::from(bits)),
        Width::Xlen | Width::Cell => (32, 64),
        Width::TwiceXlen => (64, 128),
    };
    from == to || (from, to) == (Width::Xlen, Width::TwiceXlen) || bounds(from).1 <= bounds(to).0
}

fn binary(p: &str, op: BinOp, a: &str, b: &str) -> String {
    let name = match op {
        BinOp::Add => return format!("({a} + {b})"),
        BinOp::And => return format!("({a} & {b})"),
        BinOp::Or => return format!("({a} | {b})"),
        BinOp::Xor => return format!("xor_vec({a}, {b})"),
        BinOp::Sub => "sub",
        BinOp::Mul => "mul",
        BinOp::DivU => "div_u",
        BinOp::RemU => "rem_u",
        BinOp::DivS => "div_s",
        BinOp::RemS => "rem_s",
        BinOp::MinU => "min_u",
        BinOp::MaxU => "max_u",
        BinOp::MinS => "min_s",
        // Shifts have been seen to before, and comparisons are no words.
        BinOp::MaxS | BinOp::Shl | BinOp::ShrU | BinOp::ShrS | BinOp::RotR => "max_s",
        BinOp::Eq | BinOp::Ne | BinOp::LtU | BinOp::LeU | BinOp::LtS | BinOp::LeS => "max_s",
    };
    format!("{p}_{name}({a}, {b})")
}
