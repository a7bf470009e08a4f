//! Tables whose rows are chosen by data have as many rows as the largest index below their bound leads to
//! ([`zktr_isa::reach`]): what is checked before an instruction starts is checked of those.
//!
//! The indices are read before the checks, and whether all are below the bound is noted. Where they cannot be read, a check
//! will refuse, whatever the table.

use super::bulk::Bulk;
use super::descriptor::Field;
use super::eval::{Evaluator, Value, word_operation};
use crate::memory::Access;
use zktr_isa::algebra::{BinOp, Expr, ExprKind, UnOp};
use zktr_isa::model::Elem;
use zktr_isa::reach::Reach;

/// Words that are read at a time.
const CHUNK: usize = 1024;

/// `word >> shift & mask` of a row's word: the indices of all built-in instructions.
struct BitField<'t> {
    word: &'t Expr,
    shift: u128,
    mask: u128,
}

impl Bulk<'_> {
    /// Cuts each table to the rows that indices lead to. At most `max_rows` indices are read; with more of them, the instruction
    /// is too large to be executed.
    pub(super) fn cut_tables(&mut self, max_rows: u64) {
        let mode = self.bound.mode;
        for reach in mode.semantics.reaches(self.descriptor) {
            let rows = self.rows(&reach).filter(|&rows| rows <= max_rows);
            let readable = rows.filter(|_| self.is_readable(&reach));
            let (extent, beyond) = readable.map_or((0, false), |rows| self.extent(&reach, rows));
            if beyond && self.beyond.is_none() {
                self.beyond = self.spec.status(reach.status).map(|status| status.code);
            }
            if let Some(Field::View(table)) = self.bound.fields.get_mut(reach.table.0 as usize) {
                table.cut(reach.dimension, extent);
            }
        }
    }

    fn rows(&self, reach: &Reach<'_>) -> Option<u64> {
        self.operands.get(reach.count.0 as usize).copied()
    }

    fn is_readable(&self, reach: &Reach<'_>) -> bool {
        reach.sources().iter().all(|&source| {
            self.view(source).is_ok_and(|view| {
                view.places.aligned()
                    && view.places.accessible(self.memory, Access::Read, self.xlen)
            })
        })
    }

    /// One more than the largest index below the bound, 0 if there is none; and whether there are others.
    fn extent(&mut self, reach: &Reach<'_>, rows: u64) -> (u64, bool) {
        let bound = match self.bound.fields.get(reach.bound.0 as usize) {
            Some(Field::Int(bound)) => *bound,
            _ => 0,
        };
        let (mut extent, mut beyond) = (0, false);
        let mut note = |index: u64| match index < bound {
            true => extent = extent.max(index + 1),
            false => beyond = true,
        };
        match self.bit_field(reach) {
            Some(field) => self.each_word(&field, rows, note),
            None => {
                let names = self.bound.mode.semantics.vars.len();
                // Indices are terms without loops.
                let mut evaluator = Evaluator::new(names, self, 0);
                for row in 0..rows {
                    let bound = evaluator.bind(reach.row, Value::Int(row.into()));
                    if let Ok(index) = bound.and_then(|()| evaluator.int(reach.index)) {
                        u64::try_from(index).into_iter().for_each(&mut note);
                    }
                }
            }
        }
        (extent, beyond)
    }

    /// The index as a bit field of the row's word, if it is one.
    fn bit_field<'t>(&mut self, reach: &Reach<'t>) -> Option<BitField<'t>> {
        let ExprKind::Unary(UnOp::ToInt, term) = &reach.index.kind else {
            return None;
        };
        let (word, parts) = match &term.kind {
            ExprKind::Binary(BinOp::And, shifted, mask) => match &shifted.kind {
                ExprKind::Binary(BinOp::ShrU, word, shift) => (word, Some((shift, mask))),
                _ => return None,
            },
            _ => (term, None),
        };
        let ExprKind::View { view, index } = &word.kind else {
            return None;
        };
        let is_row = matches!(&index[..], [row] if row.kind == ExprKind::Var(reach.row));
        if !is_row || self.view(*view).ok()?.elem != Elem::Word(4) {
            return None;
        }
        let (mut shift, mut mask) = (0, u128::MAX);
        if let Some((amount, bits)) = parts {
            let uniform = |term: &Expr| {
                let mut uniform = true;
                term.visit(&mut |part| {
                    uniform &= !matches!(part.kind, ExprKind::View { .. } | ExprKind::Var(_));
                });
                uniform
            };
            if !uniform(amount) || !uniform(bits) {
                return None;
            }
            let mut evaluator = Evaluator::new(0, self, 0);
            shift = evaluator.word(amount, 32).ok()?;
            mask = evaluator.word(bits, 32).ok()?;
        }
        Some(BitField { word, shift, mask })
    }

    fn each_word(&self, field: &BitField<'_>, rows: u64, mut note: impl FnMut(u64)) {
        let ExprKind::View { view, .. } = field.word.kind else {
            return;
        };
        let Ok(view) = self.view(view) else {
            return;
        };
        let mut index = |word: u32| {
            let shifted = word_operation(BinOp::ShrU, word.into(), field.shift, 32);
            note((shifted.unwrap_or_default() & field.mask) as u64);
        };
        let stride = view.strides.first().copied().unwrap_or_default();
        if stride != 4 {
            for row in 0..rows {
                let distance = stride.cast_unsigned().wrapping_mul(row);
                if let Ok(word) = self.memory.read_u32(view.address(distance, 0)) {
                    index(word);
                }
            }
            return;
        }
        let mut bytes = [0; 4 * CHUNK];
        let mut row = 0;
        while row < rows {
            let count = (rows - row).min(CHUNK as u64);
            let bytes = &mut bytes[..4 * count as usize];
            if self.memory.read(view.address(4 * row, 0), bytes).is_ok() {
                let (words, _) = bytes.as_chunks();
                words
                    .iter()
                    .for_each(|&word| index(u32::from_le_bytes(word)));
            }
            row += count;
        }
    }
}
