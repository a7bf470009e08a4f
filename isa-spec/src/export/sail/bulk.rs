//! Instructions with a descriptor: a function for each meaning, one for the checks before it, and the clause of `execute`.
//!
//! The checks stand in the order of the spec. The first three read the descriptor, and are always the first.

use super::encoding::Operands;
use super::scalar::register;
use super::term::{Body, coordinates};
use super::{Layout, Model, literal};
use crate::algebra::{Expr, ExprKind, FieldId, Semantics, Stmt, Type, Width};
use crate::export::text;
use crate::model::{
    Access, Check, Condition, Descriptor, DescriptorField, Elem, Extent, FieldType, Instruction,
    Mode, Region, Role, View,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// An instruction with its descriptor.
struct Operation<'a> {
    index: usize,
    instruction: &'a Instruction,
    descriptor: &'a Descriptor,
    layout: &'a Layout,
    operands: Operands<'a>,
}

impl Model<'_> {
    pub(super) fn bulk(&self, out: &mut String, index: usize) {
        let instruction = self.part.instructions[index].instruction;
        let Some((descriptor, layout)) = self.layout_of(instruction) else {
            return;
        };
        let operation = Operation {
            index,
            instruction,
            descriptor,
            layout,
            operands: Operands::new(instruction),
        };
        for (mode, name) in instruction.modes.iter().zip(&self.meanings[index]) {
            self.meaning(out, &operation, mode, name);
        }
        self.checks(out, &operation);
        self.clause(out, &operation);
    }

    /// A body with names for the values of the operands; and those that are parameters, with their types.
    fn parameters<'b>(&'b self, operation: &'b Operation<'_>) -> (Body<'b>, Vec<(String, String)>) {
        let mut body = Body::new(self, Some((operation.descriptor, operation.layout)));
        let mut parameters = Vec::new();
        for operand in &operation.instruction.operands {
            let (name, ty) = match &operand.role {
                Role::Count(name) => (body.names.unique(name), "int"),
                _ => (
                    body.names.unique(&format!("{}_value", operand.name)),
                    "xlenbits",
                ),
            };
            if matches!(operand.role, Role::Count(_) | Role::Value) {
                parameters.push((name.clone(), ty.to_owned()));
            }
            body.values.push(name);
        }
        body.operands.clone_from(&operation.operands.names);
        for field in &operation.descriptor.fields {
            let name = body.names.unique(&field.name);
            body.views.push(name);
        }
        (body, parameters)
    }

    fn meaning(&self, out: &mut String, operation: &Operation<'_>, mode: &Mode, name: &str) {
        let p = self.prefix;
        let (mut body, mut parameters) = self.parameters(operation);
        let ty = &operation.layout.ty;
        parameters.insert(0, ("d".to_owned(), ty.clone()));
        parameters.insert(0, ("f".to_owned(), format!("{p}_format")));
        let mut forall = "";
        if has_cells(&mode.semantics, operation.descriptor) {
            parameters.insert(0, ("cell".to_owned(), "int('cell)".to_owned()));
            forall = "forall 'cell, 'cell in {32, 64}. ";
        }
        for (field, _, view) in operation.descriptor.views() {
            if uses(&mode.semantics, field) {
                self.view(&mut body, operation.descriptor, field, view);
            }
        }
        let guest = mode.semantics.runs_guest();
        let keyword = if writes(&mode.semantics) {
            "var"
        } else {
            "let"
        };
        body.push(format!("{keyword} writes : list({p}_write) = [||];"));
        if guest {
            body.push("var runs_guest : bool = false;");
        }
        body.bind(&mode.semantics);
        body.statements(&mode.semantics.body);
        if guest {
            body.push(format!(
                "if runs_guest then {p}_Guest(writes) else {p}_Done(writes)"
            ));
        } else {
            body.push(format!("{p}_Done(writes)"));
        }
        out.push_str(&text::comment("// ", &mode.doc));
        let (names, types): (Vec<String>, Vec<String>) = parameters.into_iter().unzip();
        let _ = write!(
            out,
            "val {name} : {forall}({}) -> {p}_outcome\nfunction {name}({}) = {{\n{}}}\n\n",
            types.join(", "),
            names.join(", "),
            body.finish()
        );
    }

    /// A local variable for a view.
    fn view(&self, body: &mut Body<'_>, descriptor: &Descriptor, id: FieldId, view: &View) {
        let Some((_, layout)) = body.layout else {
            return;
        };
        let members = &layout.members[id.0 as usize];
        let (word_bytes, words) = match view.elem {
            Elem::Word(bytes) => (bytes.to_string(), "1"),
            Elem::Cell => ("f.word_bytes".to_owned(), "1"),
            Elem::Felt(kind) => ("f.word_bytes".to_owned(), coordinates(kind)),
        };
        let strides: Vec<String> = members[1..]
            .iter()
            .map(|m| format!("signed(d[{m}])"))
            .collect();
        let (strides, along) = strides.split_at(view.dims.len());
        let extents: Vec<String> = view
            .dims
            .iter()
            .map(|extent| self.extent(body, descriptor, *extent))
            .collect();
        let name = body.views[id.0 as usize].clone();
        body.push(format!("let {name} : {}_view = struct {{", self.prefix));
        body.push(format!(
            "  address = unsigned(d[{}]), word_bytes = {word_bytes}, words = {words},",
            members[0]
        ));
        body.push(format!(
            "  strides = [|{}|], extents = [|{}|], word_stride = {}",
            strides.join(", "),
            extents.join(", "),
            along.first().map_or("0", String::as_str)
        ));
        body.push("};");
    }

    fn extent(&self, body: &Body<'_>, descriptor: &Descriptor, extent: Extent) -> String {
        match extent {
            Extent::Count(operand) => body.values[operand.0 as usize].clone(),
            Extent::Field(field) => match self.descriptors.get(descriptor.name.as_str()) {
                Some(layout) => format!("unsigned(d[{}])", layout.members[field.0 as usize][0]),
                None => "0".to_owned(),
            },
        }
    }

    /// The operation: the checks, then the meaning.
    fn checks(&self, out: &mut String, operation: &Operation<'_>) {
        let p = self.prefix;
        let (mut body, parameters) = self.parameters(operation);
        let (descriptor, outcomes) = (operation.descriptor, &self.part.spec.outcomes);
        let refused = |code: u64| format!("{p}_Refused({})", self.status_by_code(code));
        body.push(format!(
            "if {p}_mod(unsigned(descriptor), {}) != 0 then return {};",
            descriptor.align,
            refused(outcomes.alignment)
        ));
        body.push(format!(
            "if not({p}_is_accessible({p}_region(descriptor, {}), false)) then return {};",
            descriptor.size,
            refused(outcomes.fault)
        ));
        body.push(format!(
            "let d = Mk_{}({p}_descriptor_bytes(descriptor, {}));",
            operation.layout.ty, descriptor.size
        ));
        self.fields(&mut body, operation);
        for (field, _, view) in descriptor.views() {
            self.view(&mut body, descriptor, field, view);
        }
        let mut beyond = Vec::new();
        for mode in &operation.instruction.modes {
            beyond.extend(self.cut_tables(&mut body, operation, mode));
        }
        for step in &self.part.spec.checks {
            self.check(&mut body, operation, step.check, &step.doc);
            if step.check == Check::Refuse {
                for (beyond, status) in &beyond {
                    let status = self.status(status);
                    body.push(format!("if {beyond} then return {p}_Refused({status});"));
                }
            }
        }
        self.dispatch(&mut body, operation, &parameters);
        let mut typed = vec!["descriptor : xlenbits".to_owned()];
        typed.extend(parameters.iter().map(|(name, ty)| format!("{name} : {ty}")));
        let _ = write!(
            out,
            "function {}({}) -> {p}_outcome = {{\n{}}}\n\n",
            self.operations[operation.index],
            typed.join(", "),
            body.finish()
        );
    }

    /// Cuts the tables of a mode to the rows that indices lead to: what is checked is checked of those. The result are
    /// variables that say whether there are indices beyond, with the status that refuses them.
    fn cut_tables<'o>(
        &self,
        body: &mut Body<'_>,
        operation: &Operation<'o>,
        mode: &'o Mode,
    ) -> Vec<(String, &'o str)> {
        let p = self.prefix;
        let reaches = mode.semantics.reaches(operation.descriptor);
        let mut refused = Vec::new();
        if reaches.is_empty() {
            return refused;
        }
        let chosen = self.modes(operation, |other| std::ptr::eq(other, mode));
        let chosen = chosen.unwrap_or_default();
        body.bind(&mode.semantics);
        for reach in reaches {
            let table = body.views[reach.table.0 as usize].clone();
            let rows = body.names.unique(&format!("{table}_rows"));
            let bound = &operation.layout.members[reach.bound.0 as usize][0];
            body.comment("Rows that no index leads to are no part of the table.");
            let first = match chosen.strip_prefix(" & ") {
                Some(other) => format!("if {other} then 0 else unsigned(d[{bound}])"),
                None => "0".to_owned(),
            };
            body.push(format!("var {rows} : int = {first};"));
            let beyond = body.names.unique(&format!("{table}_beyond"));
            body.push(format!("var {beyond} : bool = false;"));
            let count = &body.values[reach.count.0 as usize];
            let mut readable = format!("{count} <= {p}_max_elements{chosen}");
            for source in reach.sources() {
                let source = &body.views[source.0 as usize];
                readable +=
                    &format!(" & {p}_is_aligned({source}) & {p}_is_accessible({source}, false)");
            }
            body.largest((&rows, &beyond), &readable, &reach);
            refused.push((beyond, reach.status));
            let cut = body.names.unique(&table);
            let dimension = reach.dimension;
            body.push(format!(
                "let {cut} : {p}_view = {p}_cut({table}, {dimension}, {rows});"
            ));
            body.views[reach.table.0 as usize] = cut;
        }
        refused
    }

    /// The values of the descriptor's fields, in the order of the layout; then `f` is the format, and `program` are the
    /// coefficients of the program's polynomial, if they are residues.
    fn fields(&self, body: &mut Body<'_>, operation: &Operation<'_>) {
        let p = self.prefix;
        let mut reduction = None;
        let mut format = None;
        for (field, members) in operation
            .descriptor
            .fields
            .iter()
            .zip(&operation.layout.members)
        {
            let value = format!("d[{}]", members[0]);
            let refused = self.field_refusal(field);
            let mut need =
                |condition: String| body.push(format!("if {condition} then return {refused};"));
            if let Some(only) = field.value {
                need(format!("unsigned({value}) != {only}"));
            }
            if let Some(max) = field.max {
                need(format!("{max} < unsigned({value})"));
            }
            match field.ty {
                FieldType::Flags => need(format!(
                    "{} <= unsigned({value})",
                    1u64 << field.flags.len()
                )),
                FieldType::Mode => {
                    let codes = operation.instruction.modes.iter();
                    let others: Vec<String> = codes
                        .map(|mode| format!("{value} != {}", literal(mode.code.into(), 8)))
                        .collect();
                    need(others.join(" & "));
                }
                FieldType::Format => {
                    body.push(format!(
                        "let f : {p}_format = match {p}_format_of({value}) {{ Some(format) => format, None() => return {refused} }};"
                    ));
                    format = Some(refused);
                }
                FieldType::Reduction => reduction = Some(value),
                FieldType::Uint(_) | FieldType::Felt(_) | FieldType::View(_) => {}
            }
        }
        match reduction {
            Some(value) => {
                body.push(format!(
                    "let program : option({p}_element) = if f.programmable then {p}_in_place(f, {value}, f.degree) else Some({p}_zero);"
                ));
                body.push(format!("let f : {p}_format = match program {{"));
                body.push("  Some(polynomial) => if f.programmable then { f with polynomial = polynomial } else f,");
                body.push("  None() => f");
                body.push("};");
            }
            None => {
                let multiplies = |mode: &Mode| mode.semantics.multiplies_extension();
                if let (Some(condition), Some(refused)) =
                    (self.modes(operation, multiplies), format)
                {
                    body.push(format!(
                        "if f.programmable{condition} then return {refused};"
                    ));
                }
            }
        }
    }

    fn field_refusal(&self, field: &DescriptorField) -> String {
        let status = match field.status.as_deref() {
            Some(name) => self.status(name),
            None => self.status_by_code(self.part.spec.outcomes.shape),
        };
        format!("{}_Refused({status})", self.prefix)
    }

    /// ` & ` the mode is one of these; nothing if all are, none if no one is.
    fn modes(&self, operation: &Operation<'_>, wanted: impl Fn(&Mode) -> bool) -> Option<String> {
        let all = &operation.instruction.modes;
        let chosen: Vec<&Mode> = all.iter().filter(|mode| wanted(mode)).collect();
        if chosen.is_empty() {
            return None;
        }
        let mut fields = operation
            .descriptor
            .fields
            .iter()
            .zip(&operation.layout.members);
        let field = fields.find(|(field, _)| field.ty == FieldType::Mode);
        let Some((_, members)) = field.filter(|_| chosen.len() < all.len()) else {
            return Some(String::new());
        };
        let tests: Vec<String> = chosen
            .iter()
            .map(|mode| format!("d[{}] == {}", members[0], literal(mode.code.into(), 8)))
            .collect();
        Some(format!(" & ({})", tests.join(" | ")))
    }

    fn check(&self, body: &mut Body<'_>, operation: &Operation<'_>, check: Check, doc: &str) {
        let p = self.prefix;
        let descriptor = operation.descriptor;
        let outcomes = &self.part.spec.outcomes;
        let status = outcomes.of(check).unwrap_or(outcomes.residue);
        let refused = format!("{p}_Refused({})", self.status_by_code(status));
        let mut broken: Vec<String> = Vec::new();
        let views: Vec<(String, &View)> = descriptor
            .views()
            .map(|(id, _, view)| (body.views[id.0 as usize].clone(), view))
            .collect();
        match check {
            Check::DescriptorAlignment | Check::DescriptorAccess | Check::Fields => return,
            Check::Reserved => {
                for (field, members) in descriptor.fields.iter().zip(&operation.layout.members) {
                    let used = match field.ty {
                        FieldType::Felt(kind) => coordinates(kind),
                        FieldType::Reduction => "(if f.programmable then f.degree else 0)",
                        _ => continue,
                    };
                    broken.push(format!("not({p}_vacant(f, d[{}], {used}))", members[0]));
                }
            }
            Check::Unit => {
                if let Some(modes) = self.modes(operation, |mode| mode.semantics.runs_guest()) {
                    broken.push(format!("not({p}_runs_guests()){modes}"));
                }
            }
            Check::Shape => {
                let operands = operation.instruction.operands.iter().zip(&body.values);
                for (_, count) in operands.filter(|(o, _)| matches!(o.role, Role::Count(_))) {
                    broken.push(format!("{p}_max_elements < {count}"));
                }
                let counts: Vec<String> = views
                    .iter()
                    .map(|(view, _)| format!("{p}_count({view})"))
                    .collect();
                if !counts.is_empty() {
                    broken.push(format!("{p}_max_elements < {}", counts.join(" + ")));
                }
            }
            Check::Alignment => broken.extend(
                views
                    .iter()
                    .map(|(view, _)| format!("not({p}_is_aligned({view}))")),
            ),
            Check::Access => {
                for (name, view) in &views {
                    let ways: &[bool] = match view.access {
                        Access::Read => &[false],
                        Access::Write => &[true],
                        Access::Update => &[false, true],
                    };
                    broken.extend(
                        ways.iter()
                            .map(|write| format!("not({p}_is_accessible({name}, {write}))")),
                    );
                }
            }
            Check::Injective => {
                let changed = views.iter().filter(|(_, view)| view.access.changes());
                broken.extend(changed.map(|(name, _)| format!("not({p}_is_injective({name}))")));
            }
            Check::Overlap | Check::Refuse => return self.conditions(body, operation, check, doc),
            Check::Data => {
                if descriptor
                    .fields
                    .iter()
                    .any(|field| field.ty == FieldType::Reduction)
                {
                    broken.push("is_none(program)".to_owned());
                }
            }
        }
        if !broken.is_empty() {
            body.comment(doc);
        }
        for condition in broken {
            body.push(format!("if {condition} then return {refused};"));
        }
    }

    fn conditions(&self, body: &mut Body<'_>, operation: &Operation<'_>, check: Check, doc: &str) {
        let conditions = operation
            .instruction
            .preconditions
            .iter()
            .filter(|c| c.check == check);
        for (i, condition) in conditions.enumerate() {
            if i == 0 {
                body.comment(doc);
            }
            let holds = self.condition(body, operation, &condition.unless);
            let status = self.status(&condition.status);
            body.push(format!(
                "if not({holds}) then return {}_Refused({status});",
                self.prefix
            ));
        }
    }

    fn condition(
        &self,
        body: &mut Body<'_>,
        operation: &Operation<'_>,
        condition: &Condition,
    ) -> String {
        let p = self.prefix;
        let region = |body: &Body<'_>, region: &Region| match region {
            Region::View(id) => body.views[id.0 as usize].clone(),
            Region::Descriptor => format!("{p}_region(descriptor, {})", operation.descriptor.size),
        };
        match condition {
            Condition::Disjoint(a, b) => {
                format!("{p}_disjoint({}, {})", region(body, a), region(body, b))
            }
            Condition::Same(a, b) => {
                let view = |id: &FieldId| body.views[id.0 as usize].clone();
                format!("{p}_same({}, {})", view(a), view(b))
            }
            Condition::And(a, b) => {
                let (a, b) = (
                    self.condition(body, operation, a),
                    self.condition(body, operation, b),
                );
                format!("({a} & {b})")
            }
            Condition::Or(a, b) => {
                let (a, b) = (
                    self.condition(body, operation, a),
                    self.condition(body, operation, b),
                );
                format!("({a} | {b})")
            }
            Condition::Term(term) => body.boolean(term),
        }
    }

    /// The meaning of the mode.
    fn dispatch(
        &self,
        body: &mut Body<'_>,
        operation: &Operation<'_>,
        parameters: &[(String, String)],
    ) {
        let modes = &operation.instruction.modes;
        let mut arguments = vec!["f".to_owned(), "d".to_owned()];
        arguments.extend(parameters.iter().map(|(name, _)| name.clone()));
        let arguments = arguments.join(", ");
        let calls: Vec<String> = modes
            .iter()
            .zip(&self.meanings[operation.index])
            .map(|(mode, name)| {
                if has_cells(&mode.semantics, operation.descriptor) {
                    format!("if f.word_bytes == 4 then {name}(32, {arguments}) else {name}(64, {arguments})")
                } else {
                    format!("{name}({arguments})")
                }
            })
            .collect();
        let mut fields = operation
            .descriptor
            .fields
            .iter()
            .zip(&operation.layout.members);
        let field = fields.find(|(field, _)| field.ty == FieldType::Mode);
        match (calls.as_slice(), field) {
            ([_, _, ..], Some((field, members))) => {
                body.push(format!("match d[{}] {{", members[0]));
                for (mode, call) in modes.iter().zip(&calls) {
                    body.push(format!("  {} => {call},", literal(mode.code.into(), 8)));
                }
                body.push(format!("  _ => {}", self.field_refusal(field)));
                body.push("}");
            }
            ([first, ..], _) => body.push(first),
            ([], _) => {}
        }
    }

    fn clause(&self, out: &mut String, operation: &Operation<'_>) {
        let p = self.prefix;
        let instruction = operation.instruction;
        let operands = &operation.operands;
        let mut arguments = vec!["descriptor".to_owned()];
        let mut address = String::new();
        for (operand, name) in instruction.operands.iter().zip(&operands.names) {
            match operand.role {
                Role::Descriptor(_) => address = self.value(operand, name),
                Role::Count(_) => {
                    arguments.push(format!("unsigned({})", self.value(operand, name)))
                }
                Role::Value => arguments.push(self.value(operand, name)),
                Role::Status => {}
            }
        }
        let _ = write!(
            out,
            "function clause execute {} = {{\n  let descriptor : xlenbits = {address};\n  \
             let ended : {p}_outcome = {}({});\n  \
             let status : int = {p}_complete(ended, descriptor, {});\n",
            operands.named(&self.constructors[operation.index]),
            self.operations[operation.index],
            arguments.join(", "),
            self.asynchronous(operation.descriptor)
        );
        if let Some(id) = instruction.status_operand() {
            let (operand, name) = (
                &instruction.operands[id.0 as usize],
                &operands.names[id.0 as usize],
            );
            let place = match operand.fixed {
                Some(number) => format!("Regidx({})", literal(number.into(), 5)),
                None => register(operand, name),
            };
            let _ = writeln!(out, "  X({place}) = {p}_bits(xlen, status);");
        }
        out.push_str("  RETIRE_SUCCESS\n}\n");
    }

    /// Whether the descriptor in memory asks for a ticket.
    fn asynchronous(&self, descriptor: &Descriptor) -> String {
        let name = &self.part.spec.tickets.flag;
        let bit = descriptor.fields.iter().find_map(|field| {
            Some((
                field.at,
                field.flags.iter().position(|flag| flag.name == *name)?,
            ))
        });
        match bit {
            Some((at, bit)) => {
                let p = self.prefix;
                format!(
                    "{p}_mod(tdiv_int({p}_word(unsigned(descriptor) + {at}, 1), {}), 2) == 1",
                    1u64 << bit
                )
            }
            None => "false".to_owned(),
        }
    }
}

/// True if a meaning reads or writes elements of this view.
fn uses(semantics: &Semantics, view: FieldId) -> bool {
    let mut found = false;
    semantics.statements(&mut |statement| {
        found |= matches!(statement, Stmt::Store { view: v, .. } | Stmt::Accumulate { view: v, .. } if *v == view);
    });
    semantics.terms(&mut |term| {
        found |= matches!(&term.kind, ExprKind::View { view: v, .. } if *v == view)
    });
    found
}

/// True if a meaning writes elements of views.
fn writes(semantics: &Semantics) -> bool {
    let mut found = false;
    semantics.statements(&mut |statement| {
        found |= matches!(statement, Stmt::Store { .. } | Stmt::Accumulate { .. });
    });
    found
}

/// True if a meaning has words as wide as a coordinate.
fn has_cells(semantics: &Semantics, descriptor: &Descriptor) -> bool {
    let mut found = false;
    semantics.terms(&mut |term: &Expr| found |= term.ty == Type::Bits(Width::Cell));
    let cells: BTreeSet<FieldId> = descriptor
        .views()
        .filter(|(_, _, view)| view.elem == Elem::Cell)
        .map(|(id, _, _)| id)
        .collect();
    found || cells.into_iter().any(|id| uses(semantics, id))
}
