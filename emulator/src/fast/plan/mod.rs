//! From a meaning to programs: the statements of an instruction whose descriptor has been read, specialised to its counts,
//! modes and coefficients.
//!
//! One loop is the loop over rows: its body is executed symbolically, once. What does not depend on the row is evaluated by the
//! golden evaluator, at once; inner loops are unrolled; the rest becomes operations on columns. A value that goes from row to
//! row has to go on as `s = s * factor + add`, where neither factor nor addend depends on it. Everything else is
//! [`Halt::Golden`], as is whatever would need more work than is allowed: then the golden evaluator executes the
//! instruction, so that a plan never decides anything by itself.

mod access;
mod linear;
mod places;
mod terms;

use super::field::{Field, Residues};
use super::lanes::Word;
use super::program::{
    self, Access, Carry, Direct, Factor, Load, Loaded, Op, Plane, Program, Source, Split,
};
use crate::golden::arithmetic::Element;
use crate::golden::bulk::{Bulk, Refusal};
use crate::golden::eval::{Environment, Evaluator, Stop, Value};
use linear::Felt;
use std::collections::HashMap;
use terms::Num;
use zktr_isa::algebra::{Expr, ExprKind, Kind, Stmt, Type, VarId};

/// Why there is no plan.
#[derive(Debug)]
pub(super) enum Halt {
    /// The instruction refuses before it starts.
    Refusal(Refusal),
    /// It refuses before its first row.
    Stop(Stop),
    /// This is for the golden evaluator: why.
    Golden(&'static str),
}

type Planned<T> = Result<T, Halt>;

/// Most operations of a program: it has to stay small beside the data.
const MOST_OPS: usize = 1 << 16;
/// Rows from which a loop is worth its own program.
const WIDE: u64 = 64;

/// Elements that are in planes, and the rows for which they have been checked.
#[derive(Debug, Clone)]
struct Known {
    planes: Vec<Plane>,
    when: Option<Plane>,
}

/// What a name stands for.
#[derive(Debug, Clone)]
enum Binding {
    /// Nothing yet, or the same in every row: the evaluator has it.
    Known,
    Int(Num),
    Word(Source<u64>),
    Bool(Source<bool>),
    Felt(Felt),
}

/// A written element that is set when all rows are done.
#[derive(Debug, Clone)]
pub(super) struct Final<W> {
    pub(super) to: Access,
    /// The carried value that is stored, and what is added to each of its coordinates.
    pub(super) carry: Option<usize>,
    pub(super) add: Residues<W>,
    /// What is added to the address for each coordinate.
    pub(super) coordinates: Vec<i64>,
}

/// What an instruction is to do.
#[derive(Debug)]
pub(super) struct Plan<W> {
    pub(super) field: Field<W>,
    /// In order. Carried values belong to the last one.
    pub(super) programs: Vec<Program<W>>,
    pub(super) finals: Vec<Final<W>>,
    /// Ranges of bytes: address and length.
    pub(super) windows: access::Ranges,
}

pub(super) struct Planner<'p, 'e, 'b, W> {
    evaluator: &'p mut Evaluator<'e, Bulk<'b>>,
    field: Field<W>,
    names: Vec<Binding>,
    ops: Vec<Op<W>>,
    /// Stores of carried values: they come behind the recurrence.
    late: Vec<(Access, Vec<i64>, usize, Felt, u32)>,
    carries: Vec<Carry<W>>,
    planes: Plane,
    number: u32,
    /// Rows that count at this place.
    when: Option<Plane>,
    loaded: HashMap<(Access, Load), Known>,
    /// Windows of views, in the order of the descriptor's fields.
    views: Vec<Option<access::Place>>,
    /// Rows of the loop at hand; zero outside of it.
    rows: u64,
    /// The loop at hand is two loops, over rows and columns that are adjacent.
    collapsed: bool,
    /// Iterations that the golden evaluator would need at most: of this row, and in all.
    steps: u64,
    all_steps: u64,
    programs: Vec<Program<W>>,
    finals: Vec<Final<W>>,
    windows: access::Ranges,
}

impl<'p, 'e, 'b, W: Word> Planner<'p, 'e, 'b, W> {
    /// A planner for an instruction that has passed its checks. None where its field is not one for words `W`.
    pub(super) fn new(evaluator: &'p mut Evaluator<'e, Bulk<'b>>) -> Option<Self> {
        let bulk = evaluator.environment();
        let field = Field::new(bulk.bound.format, &bulk.bound.arithmetic)?;
        let (views, windows) = access::places(&bulk.bound)?;
        let names = vec![Binding::Known; bulk.bound.mode.semantics.vars.len()];
        Some(Self {
            evaluator,
            field,
            names,
            ops: Vec::new(),
            late: Vec::new(),
            carries: Vec::new(),
            planes: 0,
            number: 0,
            when: None,
            loaded: HashMap::new(),
            views,
            rows: 0,
            collapsed: false,
            steps: 0,
            all_steps: 0,
            programs: Vec::new(),
            finals: Vec::new(),
            windows,
        })
    }

    /// The plan of these statements. `limit` bounds the iterations of all loops together.
    pub(super) fn plan(mut self, statements: &[Stmt], limit: u64) -> Planned<Plan<W>> {
        self.statements(statements)?;
        if self.all_steps > limit {
            return Err(Halt::Golden("the limit of work may be reached"));
        }
        let guarded = self.rewrites_sources();
        places::find(&mut self.programs, &self.finals, self.windows.len());
        for program in &mut self.programs {
            if guarded && program.ops.iter().any(Op::refuses) {
                let mut dry = program::dry_run(&program.ops, self.field.is_field);
                program.planes = program::allocate(&mut dry, |_| false);
                program.dry = Some(dry);
            }
            let in_place = |at: usize| program.direct.stores[at].is_some();
            let planes = program::allocate(&mut program.ops, in_place);
            program.planes = program.planes.max(planes);
        }
        Ok(Plan {
            field: self.field,
            programs: self.programs,
            finals: self.finals,
            windows: self.windows,
        })
    }

    /// True inside of the loop over rows.
    fn inside(&self) -> bool {
        self.rows > 0
    }

    fn plane(&mut self) -> Plane {
        self.planes += 1;
        self.planes - 1
    }

    fn planes(&mut self, count: usize) -> Vec<Plane> {
        (0..count).map(|_| self.plane()).collect()
    }

    fn next_number(&mut self) -> u32 {
        self.number += 1;
        self.number - 1
    }

    fn push(&mut self, op: Op<W>) -> Planned<()> {
        if self.ops.len() >= MOST_OPS {
            return Err(Halt::Golden("too many operations"));
        }
        self.ops.push(op);
        Ok(())
    }

    /// True if a term is the same in each row.
    fn uniform(&self, term: &Expr) -> bool {
        let mut uniform = true;
        term.visit(&mut |part| {
            uniform &= match &part.kind {
                ExprKind::Var(var) => matches!(self.binding(*var), Binding::Known),
                ExprKind::Random(_) => false,
                _ => true,
            };
        });
        uniform
    }

    fn binding(&self, var: VarId) -> &Binding {
        self.names.get(var.0 as usize).unwrap_or(&Binding::Known)
    }

    fn bind(&mut self, var: VarId, binding: Binding) -> Planned<()> {
        let name = self.names.get_mut(var.0 as usize);
        *name.ok_or(Halt::Golden("a name"))? = binding;
        Ok(())
    }

    fn bind_known(&mut self, var: VarId, value: Value) -> Planned<()> {
        self.bind(var, Binding::Known)?;
        self.evaluator.bind(var, value).map_err(Halt::Stop)
    }

    /// What the evaluator says about a term that is the same in each row. Where it stops, so do the rows that get here.
    fn known<T>(
        &mut self,
        fallback: T,
        evaluate: impl FnOnce(&mut Evaluator<'e, Bulk<'b>>) -> Result<T, Stop>,
    ) -> Planned<T> {
        let before = self.evaluator.steps();
        let result = evaluate(self.evaluator);
        self.steps += before - self.evaluator.steps();
        match result {
            Ok(value) => Ok(value),
            Err(stop) => self.stop(stop).map(|()| fallback),
        }
    }

    /// The rows that get here refuse.
    fn stop(&mut self, stop: Stop) -> Planned<()> {
        if stop == Stop::Work {
            return Err(Halt::Golden("the limit of work is reached"));
        }
        if !self.inside() {
            return Err(Halt::Stop(stop));
        }
        let (number, when) = (self.next_number(), self.when);
        self.push(Op::Check {
            unless: None,
            stop,
            number,
            when,
        })
    }

    fn statements(&mut self, statements: &[Stmt]) -> Planned<()> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt) -> Planned<()> {
        match statement {
            Stmt::Let { var, value }
            | Stmt::Carry { var, init: value }
            | Stmt::Assign { var, value } => {
                if self.uniform(value) {
                    let value = self.known(Value::Int(0), |evaluator| evaluator.value(value))?;
                    return self.bind_known(*var, value);
                }
                let binding = match value.ty {
                    Type::Bool => Binding::Bool(self.boolean(value)?),
                    Type::Int => Binding::Int(self.num(value)?),
                    Type::Bits(width) => {
                        Binding::Word(self.word(value, self.evaluator.bits(width))?)
                    }
                    Type::Felt(_) => Binding::Felt(self.felt(value)?),
                };
                self.bind(*var, binding)
            }
            Stmt::For { var, bound, body } => {
                if !self.uniform(bound) {
                    return Err(Halt::Golden("a loop whose bound depends on the row"));
                }
                let bound = self.known(0, |evaluator| evaluator.int(bound))?;
                let bound = u64::try_from(bound).unwrap_or(0);
                if self.inside() {
                    self.unroll(*var, bound, |planner| planner.statements(body))
                } else {
                    self.rows(*var, bound, body)
                }
            }
            Stmt::If {
                cond,
                then,
                otherwise,
            } => {
                if !self.uniform(cond) {
                    return Err(Halt::Golden("statements that depend on the row"));
                }
                let chosen = self.known(true, |evaluator| evaluator.boolean(cond))?;
                self.statements(if chosen { then } else { otherwise })
            }
            Stmt::Store { view, index, value } => self.store(*view, index, value),
            Stmt::Accumulate { view, index, value } => self.accumulate(*view, index, value),
            Stmt::Refuse { status, unless } => {
                let code = self
                    .evaluator
                    .environment()
                    .status(status)
                    .map_err(Halt::Stop)?;
                let stop = Stop::Refused(code);
                match self.boolean(unless)? {
                    Source::Constant(true) => Ok(()),
                    Source::Constant(false) => self.stop(stop),
                    Source::Plane(plane) => {
                        let (number, when) = (self.next_number(), self.when);
                        let unless = Some(plane);
                        self.push(Op::Check {
                            unless,
                            stop,
                            number,
                            when,
                        })
                    }
                }
            }
            Stmt::SetReg { .. }
            | Stmt::SetPc(_)
            | Stmt::SetCsr { .. }
            | Stmt::StoreMem { .. }
            | Stmt::Effect(_) => Err(Halt::Golden("an effect beyond views")),
        }
    }

    /// A loop inside of a row.
    fn unroll(
        &mut self,
        var: VarId,
        bound: u64,
        mut body: impl FnMut(&mut Self) -> Planned<()>,
    ) -> Planned<()> {
        for i in 0..bound {
            self.steps += 1;
            self.bind_known(var, Value::Int(i128::from(i)))?;
            body(self)?;
            if self.ops.len() >= MOST_OPS {
                return Err(Halt::Golden("too many operations"));
            }
        }
        Ok(())
    }

    /// A loop outside of rows: that over rows, or one around it.
    fn rows(&mut self, var: VarId, bound: u64, body: &[Stmt]) -> Planned<()> {
        if !self.carries.is_empty() || !self.finals.is_empty() {
            return Err(Halt::Golden("a second loop over rows"));
        }
        if bound == 0 {
            return Ok(());
        }
        if let [
            Stmt::For {
                var: inner,
                bound: inner_bound,
                body: inner_body,
            },
        ] = body
            && self.uniform(inner_bound)
            && !mentions(inner_bound, var)
        {
            let inner_bound = inner_bound.clone();
            let columns = self.known(0, |evaluator| evaluator.int(&inner_bound))?;
            let columns = u64::try_from(columns).unwrap_or(0);
            self.all_steps = self.all_steps.saturating_add(bound);
            if columns == 0 {
                return Ok(());
            }
            let cells = bound.saturating_mul(columns);
            if self.adjacent(inner_body, (var, *inner), columns) {
                self.bind_known(var, Value::Int(0))?;
                self.collapsed = true;
                self.body(*inner, cells, inner_body)?;
                self.collapsed = false;
                return Ok(());
            }
            if columns > bound && columns >= WIDE {
                for i in 0..bound {
                    self.bind_known(var, Value::Int(i128::from(i)))?;
                    self.rows(*inner, columns, inner_body)?;
                    if self.programs.len() > MOST_OPS {
                        return Err(Halt::Golden("too many programs"));
                    }
                }
                return Ok(());
            }
        }
        self.body(var, bound, body)
    }

    /// The loop over rows.
    fn body(&mut self, var: VarId, rows: u64, body: &[Stmt]) -> Planned<()> {
        let carried = self.carried(body)?;
        self.rows = rows;
        (self.steps, self.number, self.planes) = (0, 0, 0);
        self.loaded.clear();
        self.bind(
            var,
            Binding::Int(Num::Row {
                shift: 0,
                wrap: false,
            }),
        )?;
        self.statements(body)?;
        self.end_of_row(&carried)?;
        let per_row = self.steps.saturating_add(1);
        self.all_steps = self.all_steps.saturating_add(rows.saturating_mul(per_row));
        self.rows = 0;
        self.bind(var, Binding::Known)?;
        let mut program = Program {
            rows,
            ops: std::mem::take(&mut self.ops),
            dry: None,
            carries: self.carries.clone(),
            planes: 0,
            parallel: true,
            direct: Direct::default(),
        };
        access::check(&mut program, &self.views)?;
        self.programs.push(program);
        Ok(())
    }

    /// The names that go from row to row; each becomes a carried value.
    fn carried(&mut self, body: &[Stmt]) -> Planned<Vec<(VarId, usize)>> {
        let (mut assigned, mut local) = (Vec::new(), Vec::new());
        for statement in body {
            statement.visit(&mut |statement| match statement {
                Stmt::Assign { var, .. } if !assigned.contains(var) => assigned.push(*var),
                Stmt::Carry { var, .. } => local.push(*var),
                _ => {}
            });
        }
        let mut carried = Vec::new();
        for var in assigned.into_iter().filter(|var| !local.contains(var)) {
            let kind = self
                .evaluator
                .environment()
                .bound
                .mode
                .semantics
                .vars
                .get(var.0 as usize);
            let Some(Type::Felt(kind)) = kind.map(|var| var.ty) else {
                return Err(Halt::Golden("a word that goes from row to row"));
            };
            let init = self.evaluator.variable(var).map_err(Halt::Stop)?;
            let init: Element = match init {
                Value::Felt(element) => element,
                Value::Int(value) => self.field.golden().integer(value),
                Value::Bool(_) | Value::Bits(_) => return Err(Halt::Golden("a carried value")),
            };
            let carry = self.carries.len();
            self.carries.push(Carry {
                init: self.field.residues(&init),
                kind: Split::None,
                coordinates: match kind {
                    Kind::Base => 1,
                    Kind::Ext => self.field.degree,
                },
            });
            self.bind(var, Binding::Felt(Felt::carried(carry)))?;
            carried.push((var, carry));
        }
        Ok(carried)
    }

    /// The recurrences of the carried values, and the stores that need them.
    fn end_of_row(&mut self, carried: &[(VarId, usize)]) -> Planned<()> {
        let late = std::mem::take(&mut self.late);
        for &(var, carry) in carried {
            let Binding::Felt(Felt::Carried {
                carry: same,
                factor,
                add,
            }) = self.binding(var).clone()
            else {
                return Err(Halt::Golden("a value that is replaced in each row"));
            };
            if same != carry {
                return Err(Halt::Golden("carried values that change places"));
            }
            let count = self.carries[carry].coordinates;
            let (before, after) = (self.planes(count), self.planes(count));
            let (mut before_stored, mut after_stored) = (false, false);
            let mut stores = Vec::new();
            let (row_factor, split) = match factor.as_deref() {
                None => (Factor::One, Split::Sum),
                Some(Felt::Known(element)) => (
                    Factor::Constant(Box::new(self.field.matrix(element))),
                    Split::Product,
                ),
                Some(Felt::Planes(planes)) => (Factor::Row(planes.clone()), Split::Product),
                Some(Felt::Carried { .. }) => {
                    return Err(Halt::Golden("a square of a carried value"));
                }
            };
            let nothing = matches!(&*add, Felt::Known(element) if *element == Element::default());
            let addend = match &*add {
                _ if nothing => Vec::new(),
                add => self.columns(add)?,
            };
            self.carries[carry].kind = if split == Split::Sum || nothing {
                split
            } else {
                Split::None
            };
            for (to, coordinates, of, value, number) in &late {
                if *of != carry {
                    continue;
                }
                let planes = if *value == Felt::carried(carry) {
                    before_stored = true;
                    &before
                } else if matches!(value, Felt::Carried { factor: f, add: a, .. } if *f == factor && *a == add)
                {
                    after_stored = true;
                    &after
                } else {
                    return Err(Halt::Golden("a function of a carried value"));
                };
                let zero = Source::Constant(W::ZERO);
                let source = |k: usize| planes.get(k).map_or(zero, |&plane| Source::Plane(plane));
                let planes = coordinates
                    .iter()
                    .enumerate()
                    .map(|(k, &at)| (at, source(k)))
                    .collect();
                stores.push(Op::Store {
                    to: *to,
                    planes,
                    number: *number,
                });
            }
            self.push(Op::Scan {
                carry,
                factor: row_factor,
                add: addend,
                before: if before_stored { before } else { Vec::new() },
                after: if after_stored || !before_stored {
                    after
                } else {
                    Vec::new()
                },
            })?;
            stores.into_iter().try_for_each(|store| self.push(store))?;
            self.bind(var, Binding::Felt(Felt::carried(carry)))?;
        }
        if late
            .iter()
            .any(|(_, _, of, ..)| carried.iter().all(|(_, carry)| carry != of))
        {
            return Err(Halt::Golden("a carried value of another loop"));
        }
        Ok(())
    }

    /// Planes with an element's coordinates.
    fn columns(&mut self, value: &Felt) -> Planned<Vec<Plane>> {
        match value {
            Felt::Planes(planes) => Ok(planes.clone()),
            Felt::Known(element) => {
                let constant = self.field.residues(element)[..self.field.degree].to_vec();
                let out = self.planes(self.field.degree);
                self.push(Op::Dot {
                    terms: Vec::new(),
                    matrix: Vec::new(),
                    constant,
                    out: out.clone(),
                })?;
                Ok(out)
            }
            Felt::Carried { .. } => Err(Halt::Golden("a function of a carried value")),
        }
    }

    /// Puts elements of a view into planes, unless they are there.
    fn load(&mut self, from: Access, how: Load, coordinates: &[i64]) -> Planned<Vec<Plane>> {
        let key = (from, how);
        if let Some(known) = self.loaded.get(&key)
            && (known.when.is_none() || known.when == self.when)
        {
            return Ok(known.planes.clone());
        }
        let planes = self.planes(coordinates.len());
        let mut loaded = Vec::with_capacity(planes.len());
        for (&plane, &at) in planes.iter().zip(coordinates) {
            let number = self.next_number();
            loaded.push(Loaded { at, plane, number });
        }
        let when = self.when;
        let known = Known {
            planes: planes.clone(),
            when,
        };
        self.loaded.insert(key, known);
        // Neighbours in one operation: they are often adjacent in memory.
        if let Some(Op::Load {
            from: last,
            how: last_how,
            planes: last_planes,
            when: last_when,
        }) = self.ops.last_mut()
            && *last_how == how
            && *last_when == when
            && from.index.is_none()
            && (Access {
                run: from.run.at(last.run.at),
                ..from
            }) == *last
        {
            let distance = from.run.at - last.run.at;
            last_planes.extend(loaded.iter().map(|loaded| Loaded {
                at: loaded.at + distance,
                ..*loaded
            }));
            return Ok(planes);
        }
        self.push(Op::Load {
            from,
            how,
            planes: loaded,
            when,
        })?;
        Ok(planes)
    }
}

/// True if a term mentions a name.
fn mentions(term: &Expr, var: VarId) -> bool {
    let mut found = false;
    term.visit(&mut |part| found |= matches!(part.kind, ExprKind::Var(other) if other == var));
    found
}
