//! Operations that a unit refuses whatever the addresses are: they write what they read, where the instruction does not
//! allow that.
//!
//! A loop over `y[i] += c * x[i]` is a linear combination of two columns, of which one is written. An instruction that demands
//! that its result is apart from what it reads computes it as well, but no unit would ever do so.

use super::Planner;
use crate::analysis::poly::Poly;
use crate::kernel::host::HostKernel;
use crate::matching::bindings::SolvedView;
use crate::matching::{self, Match};
use zktr_isa::algebra::{FieldId, Kind};
use zktr_isa::model::{Condition, Elem, Extent, FieldType, View};

/// Columns of a view that are looked at.
const MAX_COLUMNS: i128 = 64;

/// Where the number of rows is not known, views that meet only in rows further apart are left to the unit.
const FEW_ROWS: i128 = 16;

/// Where the elements of a view are.
struct Places {
    field: FieldId,
    written: bool,
    base: Poly,
    /// From row to row.
    row: Poly,
    /// The words of a row, from the base.
    offsets: Vec<Poly>,
    word_bytes: i128,
}

impl Planner<'_, '_, '_> {
    /// True if a word of a view that is written is also one of another view, in any memory.
    pub(super) fn is_never_accepted(&self, found: &Match, host: &HostKernel) -> bool {
        let instruction = &self.spec.instructions[found.kernel.instruction];
        let Some((_, descriptor)) = instruction.descriptor() else {
            return false;
        };
        let fields = self.spec.descriptors[descriptor].fields.iter().zip(0..);
        let views: Vec<Places> = fields
            .filter_map(|(field, id)| match &field.ty {
                FieldType::View(view) => self.places(found, FieldId(id), view),
                _ => None,
            })
            .collect();
        let in_place = |x: FieldId, y: FieldId| {
            instruction.preconditions.iter().any(|p| match &p.unless {
                Condition::Or(_, same) => match **same {
                    Condition::Same(a, b) => (a, b) == (x, y) || (a, b) == (y, x),
                    _ => false,
                },
                _ => false,
            })
        };
        let rows = host.count.scale(found.rows_per_iteration.into());
        let rows = rows.and_then(|rows| rows.as_constant());
        let rows = rows.unwrap_or(FEW_ROWS);
        views.iter().filter(|v| v.written).any(|out| {
            views.iter().any(|other| {
                other.field != out.field
                    && meet(out, other, rows)
                    && !(in_place(out.field, other.field) && are_same(out, other))
            })
        })
    }

    fn places(&self, found: &Match, field: FieldId, view: &View) -> Option<Places> {
        let SolvedView::Memory {
            base,
            strides,
            coordinate,
        } = found.views.get(&field)?
        else {
            return None;
        };
        let Some((Extent::Count(_), inner)) = view.dims.split_first() else {
            return None;
        };
        let (row, inner_strides) = strides.split_first()?;
        let mut offsets = vec![Poly::default()];
        let mut repeat = |stride: &Poly, times: i128| {
            let mut all = Vec::new();
            for offset in &offsets {
                for k in 0..times {
                    all.push(offset.add(&stride.scale(k)?)?);
                }
            }
            offsets = all;
            Some(())
        };
        for (extent, stride) in inner.iter().zip(inner_strides) {
            let count = match extent {
                Extent::Field(f) => found.extents.get(f)?.as_constant(),
                Extent::Count(_) => None,
            };
            // Of a dimension that is as long as the program says, the first element is there if any is.
            repeat(stride, count.unwrap_or(1).clamp(0, MAX_COLUMNS))?;
        }
        let word_bytes = i128::from(matching::word_bytes(view.elem, &found.kernel));
        if view.elem == Elem::Felt(Kind::Ext) {
            let degree = self.spec.formats[found.kernel.format].degree as i128;
            let contiguous = Poly::constant(word_bytes);
            repeat(coordinate.as_ref().unwrap_or(&contiguous), degree)?;
        }
        Some(Places {
            field,
            written: view.written(),
            base: base.clone(),
            row: row.clone(),
            offsets,
            word_bytes,
        })
    }
}

/// True if a word of one view is also one of the other, in so many rows.
fn meet(x: &Places, y: &Places, rows: i128) -> bool {
    if x.row != y.row {
        return false;
    }
    let pairs = x
        .offsets
        .iter()
        .flat_map(|p| y.offsets.iter().map(move |q| (p, q)));
    pairs.into_iter().any(|(p, q)| {
        let distance = || y.base.add(q)?.sub(&x.base)?.sub(p);
        let Some(distance) = distance().and_then(|d| d.wrap(64).as_constant()) else {
            return false;
        };
        let overlap = |distance: i128| -y.word_bytes < distance && distance < x.word_bytes;
        match x.row.as_constant() {
            Some(row) if row != 0 => {
                let below = distance.div_euclid(row);
                // The row of one view that is just below the other view's row, and the next.
                [below, below + row.signum()]
                    .into_iter()
                    .any(|apart| apart.abs() < rows && overlap(distance - apart * row))
            }
            _ => overlap(distance),
        }
    })
}

/// True if both views have the same words in the same order.
fn are_same(x: &Places, y: &Places) -> bool {
    x.base == y.base && x.row == y.row && x.offsets == y.offsets && x.word_bytes == y.word_bytes
}
