//! From a match to a plan: guards, descriptors, scratch memory and final values.
//!
//! Everything that the analyses assumed is either checked by the unit (it refuses words that are no
//! canonical residues, views that overlap, memory that is not accessible) or becomes a guard here.

mod finals;
mod profit;

use crate::analysis::evolution::{Evolution, Range};
use crate::analysis::poly::{Atom, Poly};
use crate::cost::CostModel;
use crate::kernel::host::{HostAtom, HostKernel, HostLoad, HostStore};
use crate::kernel::spec::SpecKernel;
use crate::kernel::term::Term;
use crate::lift::slice;
use crate::lift::words::Lifter;
use crate::matching::bindings::SolvedView;
use crate::matching::{self, Match};
use crate::plan::{
    Address, Bounds, Buffer, BufferId, FieldValue, Guard, Offload, Plan, Region, Word,
};
use crate::remark::{Reason, Rejection};
use cranelift_codegen::ir::Value;
use cranelift_codegen::loop_analysis::Loop;
use std::collections::{BTreeMap, BTreeSet};
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind};
use zktr_isa::model::{Condition, Elem, Extent, FieldType};

/// Elements of scratch vectors: the largest number of columns that the first profile's units have.
const MAX_SCRATCH_ELEMENTS: u32 = 64;

/// A region with its lifted loop and the instruction that was found for it.
pub struct Planner<'p, 'e, 'a> {
    /// The spec.
    pub spec: &'p Spec,
    /// All kernels of the spec.
    pub kernels: &'p [SpecKernel],
    /// The lifter, with the region's integer facts.
    pub lifter: &'p mut Lifter<'e, 'a>,
    /// The lifted loop.
    pub host: &'p HostKernel,
    /// What loops and operations cost, if a rewrite has to pay.
    pub costs: Option<&'p CostModel>,
}

#[derive(Default)]
struct Parts {
    buffers: Vec<Buffer>,
    offloads: Vec<Offload>,
    /// Words on entry that a unit checks.
    checked: BTreeSet<Value>,
    /// Scratch memory of the last value of each carried word of the loop.
    lasts: BTreeMap<u32, (BufferId, u32)>,
    work: profit::Work,
}

impl Planner<'_, '_, '_> {
    /// The plan for the region of the lifter, which is left at the exit of `last_loop`. `before`: operations that
    /// write other views of the region, with the loops that they were found for.
    pub fn plan(
        &mut self,
        before: &[(Match, HostKernel)],
        found: &Match,
        last_loop: Loop,
        side_edges: bool,
    ) -> Result<Plan, Vec<Rejection>> {
        let mut parts = Parts::default();
        for (found, host) in before {
            self.offload(found, host, None, &mut parts)
                .map_err(|r| vec![r.into()])?;
            // What an earlier operation reads has to be there still if a later one refuses.
            self.keep_in_place_order(found, host, false)
                .map_err(|r| vec![r.into()])?;
        }
        parts.lasts.clear();
        self.offload(found, self.host, None, &mut parts)
            .map_err(|r| vec![r.into()])?;
        self.keep_in_place_order(found, self.host, true)
            .map_err(|r| vec![r.into()])?;
        self.read_words_on_entry(found)
            .map_err(|r| vec![r.into()])?;
        let exit = self
            .lifter
            .evolution
            .exit(last_loop)
            .ok_or_else(|| vec![Reason::TripCount.into()])?;
        let finals = self.finals(found, exit.edge.branch, last_loop, &mut parts)?;
        let region = Region {
            entry: self.lifter.evolution.region.entry,
            blocks: self.lifter.evolution.region.list.clone(),
            exit_branch: exit.edge.branch,
            exit_edge: exit.edge.destination,
            side_edges,
        };
        if side_edges && finals::is_used_outside(self.lifter.evolution) {
            return Err(vec![Reason::LiveOut.into()]);
        }
        let ranges = self.lifter.evolution.ranges().iter();
        if ranges
            .flat_map(|r| r.poly.words())
            .any(|w| !found.words.contains(&w))
        {
            return Err(vec![Reason::Address.into()]);
        }
        if let Some(costs) = self.costs {
            self.require_profit(costs, &parts)?;
        }
        let guards = self
            .guards(&parts, found.words_below)
            .ok_or_else(|| vec![Reason::Guard.into()])?;
        Ok(Plan {
            region,
            guards,
            buffers: parts.buffers,
            offloads: parts.offloads,
            finals,
        })
    }

    /// Adds an operation. `into`: the scratch memory that its only written view stands for.
    fn offload(
        &mut self,
        found: &Match,
        host: &HostKernel,
        into: Option<BufferId>,
        parts: &mut Parts,
    ) -> Result<(), Reason> {
        let inst = &self.spec.instructions[found.kernel.instruction];
        let (_, descriptor) = inst.descriptor().ok_or(Reason::NoInstruction)?;
        let degree = self.spec.formats[found.kernel.format].degree as u32;
        let mut fields = Vec::new();
        for (n, field) in self.spec.descriptors[descriptor].fields.iter().enumerate() {
            let id = FieldId(n as u32);
            let value = match &field.ty {
                FieldType::Format | FieldType::Mode | FieldType::Flags | FieldType::Reduction => {
                    continue;
                }
                FieldType::Uint(_) if field.value.is_some() => continue,
                FieldType::Uint(_) => {
                    let count = found.extents.get(&id).ok_or(Reason::NoInstruction)?;
                    FieldValue::Uint(count.to_plan().ok_or(Reason::Guard)?)
                }
                FieldType::Felt(kind) => {
                    let coordinates = if *kind == Kind::Ext { degree } else { 1 };
                    let word = |c| {
                        found
                            .scalars
                            .get(&(id, c))
                            .cloned()
                            .unwrap_or(Word::Const(0))
                    };
                    let words: Vec<Word> = (0..coordinates).map(word).collect();
                    self.checks(&words, found.kernel.word_bytes, parts);
                    FieldValue::Felt(words)
                }
                FieldType::View(view) => {
                    let coordinates = if view.elem == Elem::Felt(Kind::Ext) {
                        degree
                    } else {
                        1
                    };
                    let bytes = matching::word_bytes(view.elem, &found.kernel);
                    let word_bytes = u32::from(bytes);
                    let contiguous = |base, dimensions: usize| {
                        let size = i128::from(word_bytes * coordinates);
                        let mut strides = vec![constant(size); dimensions];
                        if view.elem == Elem::Felt(Kind::Ext) {
                            strides.push(constant(word_bytes.into()));
                        }
                        FieldValue::View { base, strides }
                    };
                    match found.views.get(&id) {
                        Some(SolvedView::Memory {
                            base,
                            strides,
                            coordinate,
                        }) => {
                            let mut all = Vec::new();
                            for stride in strides {
                                all.push(stride.to_plan().ok_or(Reason::Guard)?);
                            }
                            if view.elem == Elem::Felt(Kind::Ext) {
                                let coordinate = coordinate
                                    .clone()
                                    .unwrap_or(Poly::constant(word_bytes.into()));
                                all.push(coordinate.to_plan().ok_or(Reason::Guard)?);
                            }
                            let base = match (into, view.written()) {
                                (Some(buffer), true) => Address::Buffer(buffer, 0),
                                _ => Address::Poly(base.to_plan().ok_or(Reason::Guard)?),
                            };
                            FieldValue::View { base, strides: all }
                        }
                        Some(SolvedView::Scaled { factor, .. }) => {
                            let count = match &view.dims[..] {
                                [Extent::Field(f)] => found.extents.get(f),
                                _ => None,
                            };
                            let count = count.ok_or(Reason::NoInstruction)?.clone();
                            let buffer =
                                self.scaled(found, id, *factor, count, host, word_bytes, parts)?;
                            contiguous(Address::Buffer(buffer, 0), view.dims.len())
                        }
                        Some(SolvedView::Words(words)) => {
                            let words: Vec<(u32, Word)> = words
                                .iter()
                                .map(|((n, c), w)| (word_bytes * (n * coordinates + c), w.clone()))
                                .collect();
                            let end = |(at, _): &(u32, Word)| at + word_bytes;
                            let size = words.iter().map(end).max().unwrap_or(0);
                            if matches!(view.elem, Elem::Felt(_)) {
                                self.checks(words.iter().map(|(_, w)| w), bytes, parts);
                            }
                            let buffer = parts.buffer(Buffer {
                                size,
                                word_bytes,
                                words,
                            });
                            contiguous(Address::Buffer(buffer, 0), view.dims.len())
                        }
                        Some(SolvedView::Sequence(carries)) => {
                            let buffer = self.sequence(carries, coordinates, host, parts)?;
                            contiguous(Address::Buffer(buffer, 0), view.dims.len())
                        }
                        // The last value of a carried element.
                        None => {
                            let carry = found.kernel.lasts.iter().find(|(v, _)| *v == id);
                            let (_, carry) = carry.ok_or(Reason::NoInstruction)?;
                            let buffer = parts.buffer(Buffer {
                                size: word_bytes * coordinates,
                                word_bytes,
                                words: Vec::new(),
                            });
                            for c in 0..coordinates {
                                if let (Some(&word), None) = (found.carries.get(&(*carry, c)), into)
                                {
                                    parts.lasts.insert(word, (buffer, word_bytes * c));
                                }
                            }
                            contiguous(Address::Buffer(buffer, 0), 0)
                        }
                    }
                }
            };
            fields.push((id, value));
        }
        let count = host
            .count
            .scale(found.rows_per_iteration.into())
            .ok_or(Reason::TooLarge)?;
        profit::add_work(self, found, host, &mut parts.work).ok_or(Reason::TooLarge)?;
        parts.offloads.push(Offload {
            instruction: found.kernel.instruction,
            mode: found.kernel.mode,
            format: self.spec.formats[found.kernel.format].code,
            fields,
            count: count.to_plan().ok_or(Reason::Guard)?,
        });
        Ok(())
    }

    /// Notes which values on entry the unit checks itself: it sees no more of a value than a word has room for.
    fn checks<'w>(
        &self,
        words: impl IntoIterator<Item = &'w Word>,
        word_bytes: u8,
        parts: &mut Parts,
    ) {
        let room = 8 * u32::from(word_bytes);
        for word in words {
            if let Word::Value(v) = word
                && self
                    .lifter
                    .evolution
                    .bits(*v)
                    .is_some_and(|bits| bits <= room)
            {
                parts.checked.insert(*v);
            }
        }
    }

    /// Writes the successive values of carried words of an inner loop to scratch memory, by an operation that
    /// computes them.
    fn sequence(
        &mut self,
        carries: &[u32],
        coordinates: u32,
        host: &HostKernel,
        parts: &mut Parts,
    ) -> Result<BufferId, Reason> {
        let l = host.carries[*carries.first().ok_or(Reason::NoInstruction)? as usize].l;
        let sum = host
            .sums
            .iter()
            .find(|s| s.l == l)
            .ok_or(Reason::TripCount)?;
        let word_bytes = u32::from(host.bytes);
        let index = Poly::atom(Atom::Index(l))
            .scale(i128::from(word_bytes * coordinates))
            .ok_or(Reason::TooLarge)?;
        let mut stores = Vec::new();
        for (c, &carry) in carries.iter().enumerate() {
            let header = self.lifter.evolution.nests.header(l);
            let inst = self
                .lifter
                .evolution
                .nests
                .func
                .layout
                .first_inst(header)
                .ok_or(Reason::NoInstruction)?;
            stores.push(HostStore {
                inst,
                block: header,
                address: index
                    .add(&Poly::constant(i128::from(word_bytes) * c as i128))
                    .ok_or(Reason::TooLarge)?,
                inner: None,
                value: Term::atom(host.p, HostAtom::Carry(carry)),
                canonical: true,
                copied: None,
                counted: None,
            });
        }
        let vector = HostKernel {
            row: l,
            count: sum.count.clone(),
            // What the loop reads is not part of the vector.
            loads: host
                .loads
                .iter()
                .map(|l| HostLoad {
                    insts: Vec::new(),
                    ..l.clone()
                })
                .collect(),
            sums: Vec::new(),
            stores,
            ..host.clone()
        };
        let found = matching::find(self.spec, self.kernels, &vector)
            .into_iter()
            .next();
        let found = found.ok_or(Reason::NoInstruction)?;
        // The vector is made before the rows: what it is made of must not be memory that the rows may write.
        let in_memory = |w: &Word| matches!(w, Word::Memory { .. });
        let view_in_memory = |(id, view): (&FieldId, &SolvedView)| {
            matches!(view, SolvedView::Memory { .. }) && !self.is_written(&found, *id)
        };
        if found.scalars.values().any(in_memory) || found.views.iter().any(view_in_memory) {
            return Err(Reason::NoInstruction);
        }
        let reason = "the vector of coefficients fits into scratch memory";
        self.lifter
            .evolution
            .require(sum.count.clone(), 0, MAX_SCRATCH_ELEMENTS.into(), reason);
        let buffer = parts.buffer(Buffer {
            size: word_bytes * coordinates * MAX_SCRATCH_ELEMENTS,
            word_bytes,
            words: Vec::new(),
        });
        self.offload(&found, &vector, Some(buffer), parts)?;
        Ok(buffer)
    }

    /// Writes a vector in memory, each element times a constant, to scratch memory, by an operation that does that.
    #[expect(clippy::too_many_arguments, reason = "all of them are of one view")]
    fn scaled(
        &mut self,
        found: &Match,
        id: FieldId,
        factor: u64,
        count: Poly,
        host: &HostKernel,
        word_bytes: u32,
        parts: &mut Parts,
    ) -> Result<BufferId, Reason> {
        let Some(SolvedView::Scaled { base, stride, .. }) = found.views.get(&id) else {
            return Err(Reason::NoInstruction);
        };
        let l = host.row;
        let index = Poly::atom(Atom::Index(l));
        let along = |base: &Poly, stride: &Poly| base.add(&stride.mul(&index)?);
        let address = along(base, stride).ok_or(Reason::TooLarge)?;
        let bytes = Poly::constant(word_bytes.into());
        let into = along(&Poly::default(), &bytes).ok_or(Reason::TooLarge)?;
        let store = host.stores.first().ok_or(Reason::NoStore)?;
        let vector = HostKernel {
            p: host.p,
            bytes: host.bytes,
            row: l,
            count: count.clone(),
            loads: vec![HostLoad {
                address,
                bytes: host.bytes,
                insts: Vec::new(),
                canonical: true,
                unless_zero: None,
            }],
            carries: Vec::new(),
            sums: Vec::new(),
            stores: vec![HostStore {
                inst: store.inst,
                block: store.block,
                address: into,
                inner: None,
                value: Term::atom(host.p, HostAtom::Load(0)).scale(factor),
                canonical: true,
                copied: None,
                counted: None,
            }],
            words: Vec::new(),
            accesses: Vec::new(),
        };
        let first = matching::find(self.spec, self.kernels, &vector)
            .into_iter()
            .next();
        let first = first.ok_or(Reason::NoInstruction)?;
        // The rows read the vector as it is before the first of them: none may write to it.
        self.is_forward(stride).ok_or(Reason::Guard)?;
        let one = Poly::constant(1);
        let end = count
            .sub(&one)
            .and_then(|last| base.add(&last.mul(stride)?)?.add(&bytes));
        let end = end.ok_or(Reason::TooLarge)?;
        for (written, view) in &found.views {
            let outside = self.outside_of(found, *written, view, base, &end);
            if let Some((below, above)) = outside.ok_or(Reason::Guard)? {
                let reason = "the vector of coefficients is not among what is written";
                self.lifter.evolution.require_disjoint(below, above, reason);
            }
        }
        let reason = "the vector of coefficients fits into scratch memory";
        self.lifter
            .evolution
            .require(count, 0, MAX_SCRATCH_ELEMENTS.into(), reason);
        let buffer = parts.buffer(Buffer {
            size: word_bytes * MAX_SCRATCH_ELEMENTS,
            word_bytes,
            words: Vec::new(),
        });
        self.offload(&first, &vector, Some(buffer), parts)?;
        Ok(buffer)
    }

    /// True for a view that the instruction writes.
    fn is_written(&self, found: &Match, id: FieldId) -> bool {
        let descriptor = self.spec.instructions[found.kernel.instruction].descriptor();
        let field =
            descriptor.and_then(|(_, d)| self.spec.descriptors[d].fields.get(id.0 as usize));
        field.is_some_and(|f| matches!(&f.ty, FieldType::View(view) if view.written()))
    }

    /// Where the unit accepts that a view is rewritten in place, it reads each element before it writes it. A loop that
    /// does it the other way round has to have the two views in different places, and so has an operation that others follow.
    fn keep_in_place_order(
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
    fn read_words_on_entry(&mut self, found: &Match) -> Result<(), Reason> {
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
    fn outside_of(
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
    fn is_forward(&mut self, stride: &Poly) -> Option<()> {
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

    /// All conditions. Those on polynomials that differ by a constant are one. Words that are indices are below
    /// `words_below`: else the unit refuses.
    fn guards(&mut self, parts: &Parts, words_below: i128) -> Option<Vec<Guard>> {
        let mut bounds: Vec<(Poly, i128, i128, &'static str)> = Vec::new();
        for range in self.lifter.evolution.ranges().to_vec() {
            for (poly, lo, hi) in endpoints(self.lifter.evolution, &range, words_below)? {
                let (c, rest) = poly.split_constant();
                let (lo, hi) = (moved(lo, c), moved(hi, c));
                match bounds.iter_mut().find(|(known, ..)| *known == rest) {
                    Some((_, l, h, reason)) => {
                        if range.reason == profit::REASON && lo > *l {
                            *reason = range.reason;
                        }
                        (*l, *h) = ((*l).max(lo), (*h).min(hi));
                    }
                    None => bounds.push((rest, lo, hi, range.reason)),
                }
            }
        }
        let mut guards = Vec::new();
        for (poly, lo, hi, reason) in bounds {
            match poly.as_constant() {
                // Nothing is left to check, or there is no input for which the rewrite is right.
                Some(c) if lo <= c && c <= hi => {}
                Some(_) => return None,
                None if is_entry_in(self.lifter.evolution, &poly, lo, hi) => {}
                None => guards.push(Guard {
                    any: vec![plan_bounds(&poly, lo, hi)?],
                    reason: reason.to_owned(),
                }),
            }
        }
        for choice in self.lifter.evolution.choices() {
            let mut any = Vec::new();
            let mut holds = false;
            for (poly, lo, hi) in &choice.any {
                match poly.as_constant() {
                    Some(c) => holds |= (*lo..=*hi).contains(&c),
                    None => any.push(plan_bounds(poly, *lo, *hi)?),
                }
            }
            if holds {
                continue;
            }
            if any.is_empty() {
                return None;
            }
            guards.push(Guard {
                any,
                reason: choice.reason.to_owned(),
            });
        }
        let p = i128::from(self.lifter.p);
        let deciding = self.lifter.deciding();
        let data = slice::data(self.lifter.evolution, &deciding);
        for &value in &self.lifter.assumed_entries {
            if parts.checked.contains(&value) {
                continue;
            }
            // Without stores, the result may depend on any.
            if !data.contains(&value) && !self.host.stores.is_empty() {
                continue;
            }
            let poly = Poly::atom(Atom::Entry(value)).to_plan()?;
            let reason = "the word is a canonical residue";
            guards.push(Guard::bounds(poly, 0, p - 1, reason));
        }
        Some(guards)
    }
}

impl Parts {
    fn buffer(&mut self, buffer: Buffer) -> BufferId {
        self.buffers.push(buffer);
        BufferId(self.buffers.len() - 1)
    }
}

fn constant(c: i128) -> crate::plan::Poly {
    crate::plan::Poly {
        terms: if c == 0 {
            Vec::new()
        } else {
            vec![(c, Vec::new())]
        },
    }
}

/// The least and the greatest value of a polynomial over all iterations, with the bounds that it has to keep. Words are from 0
/// to below `words_below`.
fn endpoints(
    evolution: &mut Evolution<'_>,
    range: &Range,
    words_below: i128,
) -> Option<Vec<(Poly, i128, i128)>> {
    if !range.poly.varies() {
        return Some(vec![(range.poly.clone(), range.lo, range.hi)]);
    }
    let loops = range.poly.indices().map(Atom::Index);
    let mut unknowns: Vec<Atom> = loops.chain(range.poly.words().map(Atom::Word)).collect();
    unknowns.sort();
    unknowns.dedup();
    let (mut least, mut greatest) = (range.poly.clone(), range.poly.clone());
    for unknown in unknowns {
        let last = match unknown {
            Atom::Index(l) => evolution.exit(l)?.index,
            _ => Poly::constant(words_below - 1),
        };
        let (slope, _) = range.poly.linear_in(unknown)?;
        let (low, high) = if slope.is_non_negative() {
            (Poly::default(), last)
        } else if slope.scale(-1)?.is_non_negative() {
            (last, Poly::default())
        } else {
            return None;
        };
        least = least.substitute(unknown, &low)?;
        greatest = greatest.substitute(unknown, &high)?;
    }
    Some(vec![
        (least, range.lo, range.hi),
        (greatest, range.lo, range.hi),
    ])
}

/// A bound less a constant, where there is one.
fn moved(bound: i128, c: i128) -> i128 {
    match bound {
        i128::MIN | i128::MAX => bound,
        _ => bound.saturating_sub(c),
    }
}

/// Bounds of a polynomial in terms of a plan: halves of an even value are compared as wholes.
fn plan_bounds(poly: &Poly, lo: i128, hi: i128) -> Option<Bounds> {
    let scale = poly.shift_scale();
    Some(Bounds {
        poly: poly.scale(scale)?.to_plan()?,
        lo: lo.saturating_mul(scale),
        hi: hi.saturating_mul(scale),
    })
}

/// True for an entry value whose type alone keeps it in the range.
fn is_entry_in(evolution: &Evolution<'_>, poly: &Poly, lo: i128, hi: i128) -> bool {
    match poly.as_atom() {
        Some(Atom::Entry(v)) => {
            lo <= 0 && evolution.bits(v).is_some_and(|b| (1i128 << b) - 1 <= hi)
        }
        _ => false,
    }
}
