//! The operations of a plan: the descriptor of each, from a match, and the scratch memory that it needs.

use super::{Parts, Planner, profit};
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::{HostAtom, HostKernel, HostLoad, HostStore};
use crate::kernel::term::Term;
use crate::matching::bindings::SolvedView;
use crate::matching::{self, Match};
use crate::plan::{Address, Buffer, BufferId, FieldValue, Offload, Word};
use crate::remark::Reason;
use zktr_isa::algebra::{FieldId, Kind};
use zktr_isa::model::{Elem, Extent, FieldType};

/// Elements of scratch vectors: the largest number of columns that the first profile's units have.
const MAX_SCRATCH_ELEMENTS: u32 = 64;

impl Planner<'_, '_, '_> {
    /// Adds an operation. `into`: the scratch memory that its only written view stands for.
    pub(super) fn offload(
        &mut self,
        found: &Match,
        host: &HostKernel,
        into: Option<BufferId>,
        parts: &mut Parts,
    ) -> Result<(), Reason> {
        if self.is_never_accepted(found, host) {
            return Err(Reason::Overlap);
        }
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
}

impl Parts {
    pub(super) fn buffer(&mut self, buffer: Buffer) -> BufferId {
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
