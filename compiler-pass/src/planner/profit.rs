//! From how many iterations on an operation takes less time than the loop: a guard like the others.
//!
//! With the time of all iterations of the region's loops, `T`, that of the operations before their first elements, `S`, and that of
//! all elements, `E`, the guard is `T - E >= S`. Where the number of iterations of an inner loop is not known, or not
//! the same for each row, one is counted.

use super::{Parts, Planner};
use crate::analysis::nest::Nests;
use crate::analysis::poly::Poly;
use crate::cost::CostModel;
use crate::kernel::host::HostKernel;
use crate::matching::Match;
use crate::remark::{Reason, Rejection};
use cranelift_codegen::ir::Block;
use cranelift_codegen::loop_analysis::Loop;
use std::collections::HashMap;
use zktr_isa::algebra::Kind;
use zktr_isa::model::{Elem, Extent, FieldType, SLOT_BYTES};

/// A sum, its comparison, and the conjunction with the others.
const INSTRUCTIONS_OF_A_GUARD: u64 = 3;

/// What the guard says.
pub(super) const REASON: &str = "the units take less time than the loop";

/// What the operations of a plan cost.
#[derive(Default)]
pub(super) struct Work {
    /// Words of field elements in views.
    elements: Poly,
    /// Those that have 64 bits.
    wide: Poly,
    /// Integers in views.
    integers: Poly,
    /// Words at places that indices in memory say.
    indexed: Poly,
    /// Words that come of comparisons, or of differences that wrap.
    compared: Poly,
    /// Operations.
    operations: u32,
    /// Words of descriptors.
    described: u32,
}

/// What an operation adds; `None` if that is no polynomial.
pub(super) fn add_work(
    planner: &Planner<'_, '_, '_>,
    found: &Match,
    host: &HostKernel,
    work: &mut Work,
) -> Option<()> {
    let spec = planner.spec;
    let (_, descriptor) = spec.instructions[found.kernel.instruction].descriptor()?;
    let descriptor = &spec.descriptors[descriptor];
    let degree = spec.formats[found.kernel.format].degree as i128;
    let compares = found.kernel.compares();
    for field in &descriptor.fields {
        let FieldType::View(view) = &field.ty else {
            continue;
        };
        let mut words = Poly::constant(match view.elem {
            Elem::Felt(Kind::Ext) => degree,
            _ => 1,
        });
        let rows = host.count.scale(found.rows_per_iteration.into())?;
        let by_row = |extent: &Extent| matches!(extent, Extent::Count(_));
        let by_index = !found.words.is_empty() && !view.dims.iter().any(by_row);
        if by_index {
            // Of a table, each row uses the element that its index says.
            words = words.mul(&rows)?;
        } else {
            for extent in &view.dims {
                words = match extent {
                    Extent::Count(_) => words.mul(&rows)?,
                    Extent::Field(f) => words.mul(found.extents.get(f)?)?,
                };
            }
        }
        let sum = match view.elem {
            _ if by_index => &mut work.indexed,
            _ if view.written() && compares => &mut work.compared,
            Elem::Felt(_) if found.kernel.word_bytes == 8 => &mut work.wide,
            Elem::Felt(_) => &mut work.elements,
            _ => &mut work.integers,
        };
        *sum = sum.add(&words)?;
    }
    work.operations += 1;
    work.described += descriptor.size.div_ceil(SLOT_BYTES);
    Some(())
}

impl Planner<'_, '_, '_> {
    /// Demands that the rewrite pays.
    pub(super) fn require_profit(
        &mut self,
        model: &CostModel,
        parts: &Parts,
    ) -> Result<(), Vec<Rejection>> {
        let Some((gain, start)) = self.balance(model, parts) else {
            return Err(vec![Reason::Guard.into()]);
        };
        let (c, rest) = gain.split_constant();
        let start = start - c;
        let loses = rest.terms().all(|(_, c)| c < 0);
        match rest.terms().next() {
            None if start <= 0 => return Ok(()),
            _ if loses && start > 0 => return Err(vec![Reason::Unprofitable.into()]),
            _ => {}
        }
        // A multiple of a count is compared as the count, which other conditions may be about, too.
        let coefficients: Vec<i128> = rest.terms().map(|(_, c)| c).collect();
        let (poly, least) = match coefficients[..] {
            [c] if c > 0 => {
                let count = rest.div_exact(c).unwrap_or_default();
                (
                    count,
                    start.div_euclid(c) + i128::from(start.rem_euclid(c) != 0),
                )
            }
            _ => (rest, start),
        };
        let evolution = &mut self.lifter.evolution;
        evolution.require(poly, least, i128::MAX, REASON);
        Ok(())
    }

    /// What iterations save, and what they have to save.
    fn balance(&mut self, model: &CostModel, parts: &Parts) -> Option<(Poly, i128)> {
        let executed = &self.lifter.iterations;
        let evolution = &mut self.lifter.evolution;
        let nests = evolution.nests;
        let mut gain = Poly::default();
        for (l, cost) in iterations(nests, &evolution.region.list, model) {
            let mut times = Poly::constant(1);
            let mut around = Some(l);
            while let Some(outer) = around {
                // Loops around the region are none of its iterations.
                if !evolution.region.list.contains(&nests.header(outer)) {
                    break;
                }
                if let Some(&constant) = executed.get(&outer) {
                    times = times.scale(constant.into())?;
                    around = nests.parent(outer);
                    continue;
                }
                let Some(exit) = evolution.exit(outer) else {
                    around = nests.parent(outer);
                    continue;
                };
                // A loop that is tested at its end runs once more than its test sends it back.
                let header = nests.header(outer);
                let is_latch = |b| nests.info(outer).latches.iter().any(|e| e.from == b);
                let tested_first = exit.edge.from == header && !is_latch(header);
                let once_more = Poly::constant(i128::from(!tested_first));
                let count = exit.index.add(&once_more)?;
                if !count.varies() {
                    times = times.mul(&count)?;
                }
                around = nests.parent(outer);
            }
            gain = gain.add_scaled(&times, cost.into())?;
        }
        let work = &parts.work;
        let gain = gain
            .add_scaled(&work.elements, -i128::from(model.element))?
            .add_scaled(&work.wide, -i128::from(model.wide_element))?
            .add_scaled(&work.integers, -i128::from(model.integer_element))?
            .add_scaled(&work.indexed, -i128::from(model.indexed_element))?
            .add_scaled(&work.compared, -i128::from(model.compared_element))?;
        let buffered: usize = parts.buffers.iter().map(|b| b.words.len()).sum();
        let start = u64::from(work.operations) * u64::from(model.start)
            + (u64::from(work.described) + buffered as u64) * u64::from(model.store)
            + INSTRUCTIONS_OF_A_GUARD * evolution.ranges().len() as u64 * u64::from(model.integer);
        Some((gain, start.into()))
    }
}

/// What an iteration of each loop of some blocks takes, without that of the loops in it.
fn iterations(nests: &Nests<'_>, blocks: &[Block], model: &CostModel) -> Vec<(Loop, u64)> {
    let mut costs: Vec<(Loop, u64)> = Vec::new();
    let mut places: HashMap<Loop, usize> = HashMap::new();
    for &block in blocks {
        if let Some(l) = nests.innermost(block) {
            let place = *places.entry(l).or_insert_with(|| {
                costs.push((l, u64::from(model.branch)));
                costs.len() - 1
            });
            costs[place].1 += model.block(nests.func, block);
        }
    }
    costs
}
