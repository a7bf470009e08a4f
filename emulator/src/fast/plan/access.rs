//! Elements of views: where they are, and which orders of loads and stores give what the meaning says.
//!
//! A meaning reads memory as it was before the instruction, and of two values for one element the one that it comes to last
//! stays. Programs go operation by operation over a block of rows instead of row by row. [`check`] accepts only what is
//! the same in both orders.

use super::linear::Felt;
use super::terms::Num;
use super::{Binding, Final, Halt, Planned, Planner};
use crate::fast::field::Residues;
use crate::fast::lanes::Word;
use crate::fast::program::{Access, Increment, Indexed, Op, Program, Rows, Source};
use crate::fast::window::Run;
use crate::golden::descriptor::{Bound, Field};
use crate::golden::eval::Stop;
use std::collections::HashSet;
use zktr_isa::algebra::{Expr, ExprKind, FieldId, Stmt, Type, VarId};
use zktr_isa::model::{self, Elem};

/// A view's place.
#[derive(Debug, Clone)]
pub(in crate::fast) struct Place {
    /// The window that its elements lie in, and the offset of the first.
    window: usize,
    at: i64,
    /// For a view that is written: the views that are read with elements in the same places.
    sources: Vec<usize>,
    access: model::Access,
}

/// Ranges of bytes: address and length.
pub(in crate::fast) type Ranges = Vec<(u64, u64)>;

/// The places of all views that have elements, and ranges of addresses (first byte, length) that hold them, none of which
/// overlap. None if a view is larger than memory can be.
pub(super) fn places(bound: &Bound<'_>) -> Option<(Vec<Option<Place>>, Ranges)> {
    let mut hulls = Vec::new();
    for (index, field) in bound.fields.iter().enumerate() {
        if let Field::View(view) = field
            && view.places.count() != Some(0)
        {
            hulls.push((view.places.hull()?, index));
        }
    }
    hulls.sort_unstable();
    let mut windows = Ranges::new();
    let mut places = vec![None; bound.fields.len()];
    for ((start, len), index) in hulls {
        let Some(Field::View(view)) = bound.fields.get(index) else {
            continue;
        };
        match windows.last_mut() {
            Some((first, size)) if start < first.saturating_add(*size) => {
                *size = (*size).max((start - *first).checked_add(len)?);
            }
            _ => windows.push((start, len)),
        }
        let (first, _) = *windows.last()?;
        let sources = bound.fields.iter().enumerate().filter(|(_, other)| {
            matches!(other, Field::View(other) if !other.access.changes() && other.places.same(&view.places))
        });
        places[index] = Some(Place {
            window: windows.len() - 1,
            at: i64::try_from(view.address(0, 0).checked_sub(first)?).ok()?,
            sources: if view.access.changes() {
                sources.map(|(i, _)| i).collect()
            } else {
                Vec::new()
            },
            access: view.access,
        });
    }
    Some((places, windows))
}

impl<W: Word> Planner<'_, '_, '_, W> {
    /// True if a view is written whose elements a refusal has to leave as they are.
    pub(super) fn rewrites_sources(&self) -> bool {
        self.views
            .iter()
            .flatten()
            .any(|place| place.access == model::Access::Update || !place.sources.is_empty())
    }

    /// Where an element's coordinates are: of the first, and the distances of all from it.
    pub(super) fn access(&mut self, view: FieldId, index: &[Expr]) -> Planned<(Access, Vec<i64>)> {
        let nums: Vec<Num> = index
            .iter()
            .map(|index| self.num(index))
            .collect::<Planned<_>>()?;
        let bulk = self.evaluator.environment();
        let bound = bulk.view(view).map_err(|_| Halt::Golden("a view"))?;
        let place = self.views.get(view.0 as usize).and_then(Option::as_ref);
        let rows = Rows {
            shift: 0,
            wrap: false,
            extent: u64::MAX,
            partial: false,
        };
        let mut access = Access {
            view: view.0 as usize,
            window: 0,
            run: Run { at: 0, stride: 0 },
            bytes: bound.word_bytes,
            rows,
            index: None,
        };
        let distances = bound.coordinate_distances();
        // A view without elements: every index is outside.
        let Some(place) = place else {
            self.stop(Stop::Unsupported("an element outside of its view"))?;
            return Err(Halt::Golden("an element of a view that has none"));
        };
        access.window = place.window;
        access.run.at = place.at;
        let mut outside = false;
        let mut used = (false, false);
        for ((num, &stride), &extent) in nums.iter().zip(&bound.strides).zip(&bound.extents) {
            match *num {
                Num::Known(value) => {
                    match u64::try_from(value).ok().filter(|&value| value < extent) {
                        Some(value) => {
                            access.run.at = access
                                .run
                                .at
                                .wrapping_add(stride.wrapping_mul(value as i64))
                        }
                        None => outside = true,
                    }
                }
                Num::Row { shift, wrap } => {
                    if std::mem::replace(&mut used.0, true) {
                        return Err(Halt::Golden("two indices that are rows"));
                    }
                    let extent = if self.collapsed { self.rows } else { extent };
                    access.run.stride = stride;
                    let inside = if wrap {
                        self.rows <= extent
                    } else {
                        shift >= 0
                            && (shift as u64)
                                .checked_add(self.rows)
                                .is_some_and(|end| end <= extent)
                    };
                    if wrap && !inside {
                        return Err(Halt::Golden("rows outside of a view"));
                    }
                    access.rows = Rows {
                        shift,
                        wrap,
                        extent,
                        partial: !inside,
                    };
                }
                Num::Plane(plane) => {
                    if std::mem::replace(&mut used.1, true) {
                        return Err(Halt::Golden("two indices of the row's data"));
                    }
                    access.index = Some(Indexed {
                        plane,
                        stride,
                        extent,
                    });
                }
            }
        }
        if outside {
            self.stop(Stop::Unsupported("an element outside of its view"))?;
            return Err(Halt::Golden("an element outside of its view"));
        }
        Ok((access, distances))
    }

    pub(super) fn store(&mut self, view: FieldId, index: &[Expr], value: &Expr) -> Planned<()> {
        if !self.inside() {
            return self.store_last(view, index, value);
        }
        let (to, coordinates) = self.access(view, index)?;
        let number = self.next_number();
        match self.elem(view)? {
            Elem::Felt(_) => match self.felt(value)? {
                felt @ Felt::Carried { carry, .. } => {
                    if to.index.is_some() || to.rows.partial {
                        return Err(Halt::Golden(
                            "a carried value somewhere else than in its row",
                        ));
                    }
                    self.late.push((to, coordinates, carry, felt, number));
                    Ok(())
                }
                felt => {
                    let sources = self.sources(&felt, coordinates.len())?;
                    let planes = coordinates.into_iter().zip(sources).collect();
                    self.push(Op::Store { to, planes, number })
                }
            },
            Elem::Word(_) | Elem::Cell => {
                let word = self.element_word(value)?;
                self.push(Op::StoreWord { to, word, number })
            }
        }
    }

    fn elem(&mut self, view: FieldId) -> Planned<Elem> {
        let bulk = self.evaluator.environment();
        bulk.view(view)
            .map(|view| view.elem)
            .map_err(|_| Halt::Golden("a view"))
    }

    /// What is stored into a view of words.
    fn element_word(&mut self, value: &Expr) -> Planned<Source<u64>> {
        match value.ty {
            Type::Bits(width) => self.word(value, self.evaluator.bits(width)),
            Type::Int if self.uniform(value) => {
                let value = self.known(0, |evaluator| evaluator.int(value))?;
                Ok(Source::Constant(value as u64))
            }
            Type::Int => self.index_word(value),
            Type::Bool | Type::Felt(_) => Err(Halt::Golden("a word of this type")),
        }
    }

    /// A store behind the loop over rows.
    fn store_last(&mut self, view: FieldId, index: &[Expr], value: &Expr) -> Planned<()> {
        let (to, coordinates) = self.access(view, index)?;
        if !matches!(self.elem(view)?, Elem::Felt(_)) {
            return Err(Halt::Golden("a word behind the rows"));
        }
        let (carry, add) = match self.felt(value)? {
            Felt::Known(element) => (None, element),
            Felt::Carried {
                carry,
                factor: None,
                add,
            } => match *add {
                Felt::Known(add) => (Some(carry), add),
                _ => return Err(Halt::Golden("a function of a carried value")),
            },
            _ => return Err(Halt::Golden("a function of a carried value")),
        };
        let add: Residues<W> = self.field.residues(&add);
        self.finals.push(Final {
            to,
            carry,
            add,
            coordinates,
        });
        Ok(())
    }

    pub(super) fn accumulate(
        &mut self,
        view: FieldId,
        index: &[Expr],
        value: &Expr,
    ) -> Planned<()> {
        if !self.inside() {
            return Err(Halt::Golden("an addition outside of rows"));
        }
        let (to, coordinates) = self.access(view, index)?;
        let value = match self.elem(view)? {
            Elem::Felt(_) => {
                let felt = self.felt(value)?;
                let sources = self.sources(&felt, coordinates.len())?;
                Increment::Element(coordinates.into_iter().zip(sources).collect())
            }
            Elem::Word(_) | Elem::Cell => Increment::Word(self.element_word(value)?),
        };
        let (number, when) = (self.next_number(), self.when);
        self.push(Op::Accumulate {
            to,
            value,
            number,
            when,
        })
    }

    /// True if statements only move elements, and rows and columns (names, and how many columns) could be one loop: in
    /// every view the columns of a row are followed by those of the next.
    pub(super) fn adjacent(
        &mut self,
        body: &[Stmt],
        (row, column): (VarId, VarId),
        columns: u64,
    ) -> bool {
        let mut all_places = true;
        for statement in body {
            let Stmt::Store { view, index, value } = statement else {
                return false;
            };
            all_places &= self.follows(*view, index, (row, column), columns);
            let (mut mentioned, mut in_place) = (0, 0);
            value.visit(&mut |part| match &part.kind {
                ExprKind::Var(var) if *var == row || *var == column => mentioned += 1,
                ExprKind::Var(var) => all_places &= matches!(self.binding(*var), Binding::Known),
                ExprKind::View { view, index }
                    if self.follows(*view, index, (row, column), columns) =>
                {
                    in_place += 2;
                }
                _ => {}
            });
            all_places &= mentioned == in_place;
        }
        all_places
    }

    fn follows(
        &self,
        view: FieldId,
        index: &[Expr],
        (row, column): (VarId, VarId),
        columns: u64,
    ) -> bool {
        let bulk = self.evaluator.environment();
        let is =
            |term: &Expr, var: VarId| matches!(term.kind, ExprKind::Var(other) if other == var);
        let ([i, j], Ok(view)) = (index, bulk.view(view)) else {
            return false;
        };
        let ([of_row, of_column], [_, extent]) = (&view.strides[..], &view.extents[..]) else {
            return false;
        };
        is(i, row)
            && is(j, column)
            && *extent == columns
            && i64::try_from(columns)
                .ok()
                .and_then(|n| of_column.checked_mul(n))
                == Some(*of_row)
    }
}

/// Accepts a program whose result does not depend on the order of its rows within an operation, and says whether rows can be
/// divided among threads.
pub(super) fn check<W: Word>(program: &mut Program<W>, views: &[Option<Place>]) -> Planned<()> {
    let stores: Vec<Access> = program.ops.iter().filter_map(stored).collect();
    let sources: HashSet<usize> = stores
        .iter()
        .filter_map(|to| views.get(to.view)?.as_ref())
        .flat_map(|place| place.sources.iter().copied())
        .collect();
    let updated: HashSet<usize> = program
        .ops
        .iter()
        .filter(|op| matches!(op, Op::Accumulate { .. }))
        .filter_map(stored)
        .map(|to| to.view)
        .collect();
    // Elements that have been written: of a window, the offset of row 0.
    let mut written = HashSet::new();
    for op in &program.ops {
        match op {
            Op::Load { from, .. } if updated.contains(&from.view) => {
                return Err(Halt::Golden("counters that are read"));
            }
            Op::Load { from, planes, .. } if sources.contains(&from.view) => {
                if from.index.is_some() || from.rows.shift != 0 {
                    return Err(Halt::Golden("other rows than the one that is rewritten"));
                }
                if planes
                    .iter()
                    .any(|loaded| written.contains(&(from.window, from.run.at + loaded.at)))
                {
                    return Err(Halt::Golden("elements that have been rewritten"));
                }
            }
            Op::Store { to, planes, .. } => {
                written.extend(planes.iter().map(|(at, _)| (to.window, to.run.at + at)));
            }
            Op::StoreWord { to, .. } => {
                written.insert((to.window, to.run.at));
            }
            _ => {}
        }
    }
    let own_row = |to: &Access| {
        to.index.is_none() && to.rows.shift == 0 && !to.rows.wrap && to.run.stride != 0
    };
    program.parallel = updated.is_empty() && stores.iter().all(own_row);
    // Where rows share elements, all stores to a view have to go to the same of its rows.
    let same = |a: &Access, b: &Access| {
        a.view != b.view || a.rows == b.rows && a.index == b.index && a.run.stride == b.run.stride
    };
    let adds = |to: &Access| updated.contains(&to.view);
    let ordered = stores.iter().filter(|to| !own_row(to)).all(|to| {
        !sources_of(to, views)
            && stores
                .iter()
                .all(|other| adds(to) == adds(other) || to.view != other.view)
            && (adds(to) || stores.iter().all(|other| same(to, other)))
    });
    if ordered {
        Ok(())
    } else {
        Err(Halt::Golden("stores to elements of several rows"))
    }
}

/// Where an operation stores to.
fn stored<W>(op: &Op<W>) -> Option<Access> {
    match op {
        Op::Store { to, .. } | Op::StoreWord { to, .. } | Op::Accumulate { to, .. } => Some(*to),
        _ => None,
    }
}

/// True if a view is written in place of another.
fn sources_of(to: &Access, views: &[Option<Place>]) -> bool {
    views
        .get(to.view)
        .and_then(Option::as_ref)
        .is_some_and(|place| !place.sources.is_empty())
}
