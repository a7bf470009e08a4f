//! What operations read has to be there still when they read it, and when the loop runs instead.

use super::Planner;
use crate::analysis::poly::Poly;
use crate::kernel::host::HostKernel;
use crate::matching::bindings::SolvedView;
use crate::matching::{self, Match};
use crate::plan::Word;
use crate::remark::Reason;
use zktr_isa::algebra::FieldId;
use zktr_isa::model::{Condition, Extent, FieldType};

impl Planner<'_, '_, '_> {
    /// True for a view that the instruction writes.
    pub(super) fn is_written(&self, found: &Match, id: FieldId) -> bool {
        let descriptor = self.spec.instructions[found.kernel.instruction].descriptor();
        let field =
            descriptor.and_then(|(_, d)| self.spec.descriptors[d].fields.get(id.0 as usize));
        field.is_some_and(|f| matches!(&f.ty, FieldType::View(view) if view.written()))
    }

    /// Where the unit accepts that a view is rewritten in place, it reads each element before it writes it. A loop that
    /// does it the other way round has to have the two views in different places, and so has an operation that others follow.
    pub(super) fn keep_in_place_order(
        &mut self,
        found: &Match,
        host: &HostKernel,
        is_last: bool,
    ) -> Result<(), Reason> {
        let inst = &self.spec.instructions[found.kernel.instruction];
        for precondition in &inst.preconditions {
            let Condition::Or(_, same) = &precondition.unless else {
                continue;
            };
            let Condition::Same(x, y) = **same else {
                continue;
            };
            let base = |v| match found.views.get(v) {
                Some(SolvedView::Memory { base, .. }) => Some(base.clone()),
                _ => None,
            };
            let (Some(out), Some(input)) = (base(&x), base(&y)) else {
                continue;
            };
            let apart = input.sub(&out).ok_or(Reason::TooLarge)?.wrap(64);
            let nests = self.lifter.evolution.nests;
            // An element is read before it is written if all reads of a row are before its writes; or else if
            // the strides are equal, so that addresses tell elements apart.
            let read_first = host.stores.iter().all(|store| {
                host.loads.iter().all(|load| {
                    let other_element = load.address.sub(&store.address).is_some_and(|d| {
                        let d = d.wrap(64);
                        !d.varies() && d != apart
                    });
                    other_element || load.insts.iter().all(|&l| nests.precedes(l, store.inst))
                })
            });
            if read_first && is_last {
                continue;
            }
            if apart == Poly::default() {
                return Err(Reason::NoInstruction);
            }
            let reason = "what is read stays in its place";
            self.lifter.evolution.require_apart(apart, reason);
        }
        Ok(())
    }

    /// A scalar that the loop reads from memory in each row is read once, on entry: that is the same if the first row reads
    /// it before anything is written, and nothing is ever written to it.
    pub(super) fn read_words_on_entry(&mut self, found: &Match) -> Result<(), Reason> {
        for word in found.scalars.values() {
            let Word::Memory { address, .. } = word else {
                continue;
            };
            let host = self.host;
            let load = host
                .loads
                .iter()
                .find(|l| l.address.to_plan().as_ref() == Some(address));
            let load = load.ok_or(Reason::NoInstruction)?;
            let nests = self.lifter.evolution.nests;
            let first = host
                .stores
                .iter()
                .all(|s| load.insts.iter().all(|&l| nests.precedes(l, s.inst)));
            let each_row = load.insts.iter().all(|&l| {
                nests
                    .func
                    .layout
                    .inst_block(l)
                    .is_some_and(|b| nests.innermost(b) == Some(host.row))
            });
            // Which of several accesses traps first is then no matter.
            if !first || !each_row || !self.traps_alike() {
                return Err(Reason::NoInstruction);
            }
            self.lifter.evolution.require(
                host.count.clone(),
                1,
                1 << 40,
                "there is at least one row",
            );
            for (id, view) in &found.views {
                let end = load.address.add(&Poly::constant(load.bytes.into()));
                let end = end.ok_or(Reason::TooLarge)?;
                let Some(outside) = self.outside_of(found, *id, view, &load.address, &end) else {
                    return Err(Reason::Guard);
                };
                if let Some((below, above)) = outside {
                    let reason = "a word that every row reads is not among those that are written";
                    self.lifter.evolution.require_disjoint(below, above, reason);
                }
            }
        }
        Ok(())
    }

    /// How far the end of a part of memory is above the start of a view that is written, and how far its start is above the
    /// view's end: outside of the view the first is not positive, or the second not negative. None inside if the
    /// view is not written. `None` if there are no such polynomials.
    pub(super) fn outside_of(
        &mut self,
        found: &Match,
        id: FieldId,
        view: &SolvedView,
        address: &Poly,
        address_end: &Poly,
    ) -> Option<Option<(Poly, Poly)>> {
        let (_, descriptor) = self.spec.instructions[found.kernel.instruction].descriptor()?;
        let field = self.spec.descriptors[descriptor]
            .fields
            .get(id.0 as usize)?;
        let FieldType::View(shape) = &field.ty else {
            return Some(None);
        };
        let SolvedView::Memory {
            base,
            strides,
            coordinate,
        } = view
        else {
            return Some(None);
        };
        if !shape.written() {
            return Some(None);
        }
        let one = Poly::constant(1);
        let bytes = matching::word_bytes(shape.elem, &found.kernel);
        let mut end = base.add(&Poly::constant(bytes.into()))?;
        for (stride, extent) in strides.iter().zip(&shape.dims) {
            let count = match extent {
                Extent::Count(_) => self.host.count.scale(found.rows_per_iteration.into())?,
                Extent::Field(f) => found.extents.get(f)?.clone(),
            };
            self.is_forward(stride)?;
            end = end.add(&count.sub(&one)?.mul(stride)?)?;
        }
        if let Some(stride) = coordinate {
            let degree = self.spec.formats[found.kernel.format].degree as i128;
            self.is_forward(stride)?;
            end = end.add(&stride.scale(degree - 1)?)?;
        }
        let below = address_end.sub(base)?;
        let above = address.sub(&end)?;
        Some(Some((below, above)))
    }

    /// Demands that a stride does not lead backwards.
    pub(super) fn is_forward(&mut self, stride: &Poly) -> Option<()> {
        match stride.as_constant() {
            Some(c) => (c >= 0).then_some(()),
            // The unit reads a stride as signed.
            None => {
                let reason = "a stride does not lead backwards";
                self.lifter
                    .evolution
                    .require(stride.clone(), 0, 1 << 40, reason);
                Some(())
            }
        }
    }

    /// True if every access of the region that may trap does so with the same code.
    fn traps_alike(&self) -> bool {
        let func = self.lifter.evolution.nests.func;
        let mut codes = self
            .lifter
            .evolution
            .region
            .list
            .iter()
            .flat_map(|&b| func.layout.block_insts(b))
            .filter_map(|i| func.dfg.insts[i].memflags())
            .filter_map(|flags| func.dfg.mem_flags[flags].trap_code());
        let first = codes.next();
        codes.all(|code| Some(code) == first)
    }
}
