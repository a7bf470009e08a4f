//! What the fields of a descriptor have to be for an instruction to compute what a loop computes.
//!
//! A view is bound by samples: "element (0, 3), coordinate 1, is at this address". When the
//! terms agree, [`ViewBinding::solve`] finds the one base and the strides that explain all samples.

use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::HostKernel;
use crate::kernel::spec::{Ix, SpecAtom, WordIx};
use crate::kernel::term::Term;
use crate::plan::Word;
use cranelift_codegen::ir::Value;
use cranelift_codegen::loop_analysis::Loop;
use std::collections::BTreeMap;
use zktr_isa::algebra::{FieldId, VarId};

/// A place within a view: constant parts of the indices, and the coordinate.
type Place = (Vec<u32>, u32);

/// A view that is being found.
#[derive(Debug, Clone, Default)]
pub struct ViewBinding {
    /// Addresses of places, without the parts that loop indices add.
    samples: BTreeMap<Place, Poly>,
    /// Known strides of the dimensions.
    strides: Vec<Option<Poly>>,
    /// Words in place of memory: coefficients that the loop has in registers.
    words: BTreeMap<Place, Word>,
    /// Carried words of an inner loop in place of memory, by coordinate: running powers.
    sequences: BTreeMap<u32, u32>,
    /// Parts of records that are read.
    pub(super) fields: Vec<RecordField>,
    /// What its words have to be multiplied by.
    factor: Option<u64>,
}

/// A part of a record, which is a part of a word of it.
#[derive(Debug, Clone)]
pub(super) struct RecordField {
    /// Its address, without the part that the record's index adds.
    pub address: Poly,
    /// Its size: 1, 2 or 4.
    pub bytes: u8,
    /// Which bits of it are taken: how far it is shifted.
    pub shift: u32,
    /// The element that says which word of the record it is in.
    pub word: (FieldId, u32),
    /// The element that says how far that word is shifted.
    pub amount: (FieldId, u32),
}

/// A view that has been found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SolvedView {
    /// In memory.
    Memory {
        /// Address of the first element's first coordinate.
        base: Poly,
        /// Strides of the dimensions, in bytes.
        strides: Vec<Poly>,
        /// Stride between coordinates, in bytes; none if there is one coordinate.
        coordinate: Option<Poly>,
    },
    /// A vector that is to be written to scratch memory: the words at these addresses, each times a constant.
    Scaled {
        /// Address of the first element.
        base: Poly,
        /// From one to the next, in bytes.
        stride: Poly,
        /// The constant.
        factor: u64,
    },
    /// To be written to scratch memory: words by (index of the only dimension, coordinate).
    Words(BTreeMap<(u32, u32), Word>),
    /// The successive values of carried words of an inner loop, by coordinate: indices into the kernel's carries.
    Sequence(Vec<u32>),
}

/// All bindings of a descriptor.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    /// Words of elements in the descriptor, by field and coordinate.
    pub scalars: BTreeMap<(FieldId, u32), Word>,
    /// Counts.
    pub extents: BTreeMap<FieldId, Poly>,
    /// Views.
    pub views: BTreeMap<FieldId, ViewBinding>,
    /// Carried words: (carry of the instruction, coordinate) to carry of the loop.
    pub carries: BTreeMap<(u32, u32), u32>,
    /// Loops that run over an index of the instruction.
    pub loops: Vec<(VarId, Loop)>,
    /// Words that are unknowns of addresses, and the field that they are below.
    pub words: BTreeMap<Value, FieldId>,
}

impl Bindings {
    /// Binds a count, or checks it.
    pub fn extent(&mut self, field: FieldId, count: &Poly) -> bool {
        self.extents.entry(field).or_insert_with(|| count.clone()) == count
    }

    /// Binds a word of an element, or checks it.
    pub fn scalar(&mut self, field: FieldId, coord: u32, word: &Word) -> bool {
        self.scalars
            .entry((field, coord))
            .or_insert_with(|| word.clone())
            == word
    }

    /// Binds a carried word, or checks it. Two words of the instruction cannot be one of the loop.
    pub fn carry(&mut self, carry: u32, coord: u32, host: u32) -> bool {
        if self
            .carries
            .iter()
            .any(|(k, &h)| h == host && *k != (carry, coord))
        {
            return false;
        }
        *self.carries.entry((carry, coord)).or_insert(host) == host
    }

    /// Binds an element of a view to an address of the loop, or checks it.
    pub fn address(
        &mut self,
        host: &HostKernel,
        view: FieldId,
        index: &[Ix],
        coord: u32,
        address: &Poly,
    ) -> Option<()> {
        let mut rest = address.clone();
        let mut place = Vec::new();
        let mut strides = Vec::new();
        for ix in index {
            match *ix {
                Ix::Lit(n) => {
                    place.push(n);
                    strides.push(None);
                }
                Ix::Var { var, scale, offset } => {
                    let (_, l) = self.loops.iter().rev().find(|(v, _)| *v == var)?;
                    let (slope, other) = rest.linear_in(Atom::Index(*l))?;
                    rest = other;
                    place.push(offset);
                    strides.push(Some(slope.div_exact(scale.into())?));
                }
                Ix::Word(word) => {
                    // An address is the sum of one word's part and of what does not depend on any.
                    let host_word = rest.words().next()?;
                    let (slope, other) = rest.linear_in(Atom::Word(host_word))?;
                    rest = other;
                    self.word_index(host, word, host_word)?;
                    place.push(0);
                    strides.push(Some(slope));
                }
            }
        }
        if rest.varies() || strides.iter().flatten().any(Poly::varies) {
            return None;
        }
        let binding = self.views.entry(view).or_default();
        if binding.strides.is_empty() {
            binding.strides = strides;
        } else {
            for (known, new) in binding.strides.iter_mut().zip(strides) {
                match (known.as_ref(), new) {
                    (Some(a), Some(b)) if *a != b => return None,
                    (None, Some(b)) => *known = Some(b),
                    _ => {}
                }
            }
        }
        (binding
            .samples
            .entry((place, coord))
            .or_insert_with(|| rest.clone())
            == &rest)
            .then_some(())
    }

    /// Binds an index that a row reads.
    fn word_index(&mut self, host: &HostKernel, index: WordIx, word: Value) -> Option<()> {
        if *self.words.entry(word).or_insert(index.bound) != index.bound {
            return None;
        }
        if let Some((shift, mask)) = index.part {
            let all = Poly::constant(u32::MAX.into());
            (self.extent(shift, &Poly::default()) && self.extent(mask, &all)).then_some(())?;
        }
        let &(_, load) = host.words.iter().find(|(v, _)| *v == word)?;
        let load = &host.loads[load as usize];
        let at = Ix::Var {
            var: index.var,
            scale: index.scale,
            offset: index.offset,
        };
        self.address(host, index.view, &[at], 0, &load.address)
    }

    /// Binds a part of a record.
    pub(super) fn record(
        &mut self,
        view: FieldId,
        record: Ix,
        address: &Poly,
        field: RecordField,
    ) -> Option<()> {
        let Ix::Var { var, scale, offset } = record else {
            return None;
        };
        let (_, l) = self.loops.iter().rev().find(|(v, _)| *v == var)?;
        let (slope, rest) = address.linear_in(Atom::Index(*l))?;
        let stride = slope.div_exact(scale.into())?;
        if rest.varies() || stride.varies() {
            return None;
        }
        let rest = rest.add_scaled(&stride, -i128::from(offset))?.wrap(64);
        let binding = self.views.entry(view).or_default();
        match &binding.strides[..] {
            [] => binding.strides = vec![Some(stride), Some(Poly::constant(4))],
            [Some(known), _] if *known == stride => {}
            _ => return None,
        }
        binding.fields.push(RecordField {
            address: rest,
            ..field
        });
        Some(())
    }

    /// Binds the first element of a view to an address without parts that indices add.
    pub(super) fn first(&mut self, view: FieldId, dimensions: usize, address: Poly) {
        let binding = self.views.entry(view).or_default();
        binding.samples.insert((vec![0; dimensions], 0), address);
    }

    /// Binds an element of a view with one dimension to a word that is known on entry.
    pub fn word(&mut self, view: FieldId, index: &[Ix], coord: u32, word: &Word) -> Option<()> {
        let [Ix::Lit(n)] = index else { return None };
        let binding = self.views.entry(view).or_default();
        (binding
            .words
            .entry((vec![*n], coord))
            .or_insert_with(|| word.clone())
            == word)
            .then_some(())
    }

    /// Binds a term that is one element of a view to a word that is known on entry.
    pub fn read(&mut self, term: &Term<SpecAtom>, word: &Word) -> Option<()> {
        let [(monomial, 1)] = term.terms().collect::<Vec<_>>()[..] else {
            return None;
        };
        match &monomial[..] {
            [
                (
                    SpecAtom::Read {
                        view, index, coord, ..
                    },
                    1,
                ),
            ] => self.word(*view, index, *coord, word),
            _ => None,
        }
    }

    /// True if places in memory are known that are elements of the view.
    pub fn is_in_memory(&self, view: FieldId) -> bool {
        self.views
            .get(&view)
            .is_some_and(|binding| !binding.samples.is_empty())
    }

    /// Demands that the words of a view are multiplied by a constant, the same for all.
    pub fn factor(&mut self, view: FieldId, factor: u64) -> Option<()> {
        let binding = self.views.entry(view).or_default();
        (*binding.factor.get_or_insert(factor) == factor).then_some(())
    }

    /// Binds a view with one dimension to the successive values of a carried word.
    pub fn sequence(&mut self, view: FieldId, coord: u32, carry: u32) -> bool {
        let binding = self.views.entry(view).or_default();
        *binding.sequences.entry(coord).or_insert(carry) == carry
    }
}

impl ViewBinding {
    /// The view that explains all samples. `degree`: coordinates of an element; `bytes`: of each.
    pub fn solve(&self, dimensions: usize, degree: u32, bytes: i128) -> Option<SolvedView> {
        let factor = self.factor.filter(|&factor| factor != 1);
        if factor.is_some() && (self.samples.is_empty() || dimensions != 1 || degree != 1) {
            return None;
        }
        let kinds = [
            !self.samples.is_empty(),
            !self.words.is_empty(),
            !self.sequences.is_empty(),
        ];
        if kinds.iter().filter(|&&k| k).count() != 1 {
            return None;
        }
        if !self.sequences.is_empty() {
            return (0..degree)
                .map(|c| self.sequences.get(&c).copied())
                .collect::<Option<_>>()
                .map(SolvedView::Sequence);
        }
        if !self.words.is_empty() {
            return Some(SolvedView::Words(
                self.words
                    .iter()
                    .map(|((place, coord), w)| ((place[0], *coord), w.clone()))
                    .collect(),
            ));
        }
        let mut strides = self.strides.clone();
        strides.resize(dimensions, None);
        for (d, stride) in strides.iter_mut().enumerate() {
            if stride.is_none() {
                *stride = Some(
                    self.difference(|a, b| {
                        let same =
                            (0..dimensions).all(|k| k == d || a.0[k] == b.0[k]) && a.1 == b.1;
                        same.then(|| i128::from(b.0[d]) - i128::from(a.0[d]))
                    })?
                    .unwrap_or(Poly::constant(bytes * i128::from(degree))),
                );
            }
        }
        let strides: Vec<Poly> = strides.into_iter().collect::<Option<_>>()?;
        let coordinate = self
            .difference(|a, b| (a.0 == b.0).then(|| i128::from(b.1) - i128::from(a.1)))?
            .unwrap_or(Poly::constant(bytes));
        let offset = |place: &Place| {
            let mut at = coordinate.scale(place.1.into())?;
            for (stride, &n) in strides.iter().zip(&place.0) {
                at = at.add_scaled(stride, n.into())?;
            }
            Some(at)
        };
        let (first, address) = self.samples.iter().next()?;
        let base = address.sub(&offset(first)?)?;
        for (place, address) in &self.samples {
            if base.add(&offset(place)?)?.wrap(64) != address.wrap(64) {
                return None;
            }
        }
        let base = base.wrap(64);
        if let Some(factor) = factor {
            let [stride] = &strides[..] else { return None };
            return Some(SolvedView::Scaled {
                base,
                stride: stride.clone(),
                factor,
            });
        }
        Some(SolvedView::Memory {
            base,
            strides,
            coordinate: (degree > 1).then_some(coordinate),
        })
    }

    /// The stride along a direction from two samples that differ only in it; `None` inside if there are no
    /// two such samples.
    fn difference(
        &self,
        distance: impl Fn(&Place, &Place) -> Option<i128>,
    ) -> Option<Option<Poly>> {
        for (a, x) in &self.samples {
            for (b, y) in &self.samples {
                if let Some(n) = distance(a, b)
                    && n > 0
                {
                    return Some(Some(y.sub(x)?.wrap(64).div_exact(n)?));
                }
            }
        }
        Some(None)
    }
}
