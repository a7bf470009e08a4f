//! Finds instructions of the spec that compute what a loop computes.
//!
//! There is no matcher for any particular instruction: every kernel of the spec is tried, looked at one or several
//! rows at a time, against the loop's. The result says what each field of the descriptor has to be.

pub mod bindings;
mod distribute;
mod filter;
mod records;
mod terms;

pub use distribute::distribute;

use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::{Copied, HostAtom, HostKernel, HostStore};
use crate::kernel::spec::{Ix, SpecAtom, SpecCarry, SpecKernel, SpecStore, StoreKind};
use crate::kernel::term::Term;
use crate::plan::Word;
use bindings::{Bindings, SolvedView};
use cranelift_codegen::ir::{Inst, Value};
use filter::Filter;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use terms::{Then, Unifier};
use zktr_isa::Spec;
use zktr_isa::algebra::{FieldId, Kind};
use zktr_isa::model::{Elem, FieldType};

/// Rows (or columns) of a loop that a compiler may have unrolled.
const UNROLLED: [u32; 3] = [2, 4, 8];
/// Complete assignments of stores that are tried for a kernel.
const MAX_ATTEMPTS: u32 = 64;
/// Comparisons of monomials, unknowns and stores that are made for a kernel.
const MAX_STEPS: u32 = 4_000;
/// What an index leads to is at most this many bytes from the start of the table: so that neither the index nor the distance
/// has its sign where either is a word of 32 bits.
const MAX_TABLE_BYTES: i128 = 1 << 31;

/// An instruction that does what the loop does, with its operands.
#[derive(Debug, Clone)]
pub struct Match {
    /// The kernel, unrolled as it was matched.
    pub kernel: SpecKernel,
    /// Rows of the instruction for each iteration of the loop.
    pub rows_per_iteration: u32,
    /// Words of elements in the descriptor.
    pub scalars: BTreeMap<(FieldId, u32), Word>,
    /// Counts.
    pub extents: BTreeMap<FieldId, Poly>,
    /// Views.
    pub views: BTreeMap<FieldId, SolvedView>,
    /// (carry of the instruction, coordinate) to carry of the loop.
    pub carries: BTreeMap<(u32, u32), u32>,
    /// Words that are unknowns of addresses. Where the instruction does not refuse, each is below [`Self::words_below`].
    pub words: BTreeSet<Value>,
    /// A bound on words that are indices; no word of more than 32 bits is one.
    pub words_below: i128,
}

/// The kernels that compute what the loop computes. First the one with the fewest operands that would have to be
/// written to memory before; among such, the one with the fewest views; among such, the first.
pub fn find(spec: &Spec, kernels: &[SpecKernel], host: &HostKernel) -> Vec<Match> {
    let filter = Filter::new(host);
    let mut found: Vec<Match> = kernels
        .iter()
        .filter(|k| k.modulus == host.p)
        .filter(|k| filter.admits(k))
        .filter_map(|k| try_kernel(spec, k, host, &Cell::new(MAX_STEPS)))
        .collect();
    found.sort_by_key(|found| {
        let in_memory = |v: &&SolvedView| matches!(v, SolvedView::Memory { .. });
        let written = found.views.len() - found.views.values().filter(in_memory).count();
        (written, found.views.len())
    });
    found
}

fn try_kernel(
    spec: &Spec,
    kernel: &SpecKernel,
    host: &HostKernel,
    budget: &Cell<u32>,
) -> Option<Match> {
    if kernel.word_bytes != host.bytes || kernel.stores.is_empty() != host.stores.is_empty() {
        return None;
    }
    let attempt = |shape: SpecKernel, rows: u32| {
        [false, true].into_iter().find_map(|reversed| {
            let search = Search::new(spec, &shape, rows, host, reversed);
            search.run(&mut Unifier::new(host, reversed, budget))
        })
    };
    if kernel.stores.is_empty() {
        // Only state is left behind: as many words as the loop carries, from rows with all the words that it loads.
        let [carry] = &kernel.carries[..] else {
            return None;
        };
        let words = words_of_a_row(carry);
        if carry.init.len() > host.carries.len() || words == 0 {
            return None;
        }
        return match u32::try_from(host.loads.len().div_ceil(words)).ok()? {
            1 => attempt(kernel.clone(), 1),
            rows if UNROLLED.contains(&rows) => attempt(kernel.unrolled(rows, 1)?, rows),
            _ => None,
        };
    }
    if host.stores.len() < kernel.stores.len() {
        return None;
    }
    let ratio = host.stores.len() / kernel.stores.len();
    if !host.stores.len().is_multiple_of(kernel.stores.len()) {
        return None;
    }
    let ratio = u32::try_from(ratio).ok()?;
    let inner_store = kernel.stores.iter().all(|s| s.inner.is_some());
    let host_inner = host.stores.iter().all(|s| s.inner.is_some());
    match (inner_store, host_inner, ratio) {
        (true, true, 1) | (false, false, 1) => attempt(kernel.clone(), 1),
        (true, true, n) if UNROLLED.contains(&n) => attempt(kernel.unrolled(1, n)?, 1),
        // Several rows first: of words one behind the other, an iteration may hold any number.
        (true, false, n) if n <= 64 => UNROLLED
            .into_iter()
            .rev()
            .chain([1])
            .filter(|&rows| n.is_multiple_of(rows))
            .find_map(|rows| {
                let shape = kernel.written_out(n / rows)?.unrolled(rows, 1)?;
                attempt(shape, rows)
            }),
        (false, false, n) if UNROLLED.contains(&n) => attempt(kernel.unrolled(n, 1)?, n),
        _ => None,
    }
}

/// How many words of views a row adds to carried ones.
fn words_of_a_row(carry: &SpecCarry) -> usize {
    let mut words: BTreeSet<SpecAtom> = BTreeSet::new();
    for step in &carry.step {
        step.any(&mut |atom| {
            if matches!(atom, SpecAtom::Read { .. }) {
                words.insert(atom.clone());
            }
            false
        });
    }
    words.len()
}

/// The search for an assignment of the loop's stores to the instruction's.
struct Search<'k> {
    spec: &'k Spec,
    kernel: &'k SpecKernel,
    rows: u32,
    host: &'k HostKernel,
    /// The loop's stores by address: mostly the order of the instruction's.
    candidates: Vec<&'k HostStore>,
    /// How many complete assignments may still be tried.
    attempts: Cell<u32>,
    /// What was found.
    found: RefCell<Option<Match>>,
}

impl<'k> Search<'k> {
    fn new(
        spec: &'k Spec,
        kernel: &'k SpecKernel,
        rows: u32,
        host: &'k HostKernel,
        reversed: bool,
    ) -> Self {
        let mut candidates: Vec<&HostStore> = host.stores.iter().collect();
        candidates.sort_by_cached_key(|s| {
            let (offset, rest) = s.address.split_constant();
            (rest, offset)
        });
        if reversed {
            candidates.reverse();
        }
        Self {
            spec,
            kernel,
            rows,
            host,
            candidates,
            attempts: Cell::new(MAX_ATTEMPTS),
            found: RefCell::new(None),
        }
    }

    /// The first match.
    fn run(self, unifier: &mut Unifier<'k>) -> Option<Match> {
        let bindings = Bindings {
            loops: vec![(self.kernel.row, self.host.row)],
            ..Bindings::default()
        };
        match self.kernel.stores.is_empty() {
            true => self.folds(unifier, &bindings),
            false => self.stores(unifier, &[], &bindings),
        };
        self.found.into_inner()
    }

    /// Where nothing is stored: the instruction's state is words that the loop carries, one after the other.
    fn folds(&self, unifier: &mut Unifier<'k>, bindings: &Bindings) -> Option<Bindings> {
        let [carry] = &self.kernel.carries[..] else {
            return None;
        };
        let coordinates = carry.init.len();
        let carries = self.host.carries.iter().zip(0..);
        let words: Vec<u32> = carries
            .filter(|(carry, _)| carry.l == self.host.row)
            .map(|(_, id)| id)
            .collect();
        for words in words.windows(coordinates) {
            unifier.step()?;
            let mut bindings = bindings.clone();
            let state = (0..).zip(words).map(|(c, &id)| ((0, c), id));
            bindings.carries.extend(state);
            let found = self.carries(unifier, &[], &bindings);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Assigns a store of the loop to each of the instruction's, in all ways until one works.
    fn stores(
        &self,
        unifier: &mut Unifier<'k>,
        taken: &[usize],
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let Some(store) = self.kernel.stores.get(taken.len()) else {
            self.in_order(taken)?;
            return self.carries(unifier, &[], bindings);
        };
        for (at, candidate) in self.candidates.iter().enumerate() {
            if taken.contains(&at) {
                continue;
            }
            unifier.step()?;
            let taken = [taken, &[at]].concat();
            let mut next = |unifier: &mut Unifier<'k>, bindings: &Bindings| {
                self.stores(unifier, &taken, bindings)
            };
            let found = self.one_store(unifier, store, candidate, bindings, &mut next);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Demands that stores whose places may be the same are made row by row: each reads what is there after the one
    /// before, and nothing else depends on that.
    fn in_order(&self, taken: &[usize]) -> Option<()> {
        let host = self.host;
        let at = |inst: Inst| host.accesses.iter().position(|&i| i == inst);
        let mut last: BTreeMap<FieldId, usize> = BTreeMap::new();
        for (store, &candidate) in self.kernel.stores.iter().zip(taken) {
            let by_word = store.index.iter().any(|ix| matches!(ix, Ix::Word(_)));
            let adds = matches!(store.how, StoreKind::Add | StoreKind::Count(_));
            if !by_word && !adds {
                continue;
            }
            let candidate = self.candidates.get(candidate)?;
            let written = at(candidate.inst)?;
            let before = last.insert(store.view, written);
            before.is_none_or(|before| before < written).then_some(())?;
            if !adds {
                continue;
            }
            let replaced = host.replaced(candidate)?;
            for &inst in &host.loads[replaced as usize].insts {
                let read = at(inst)?;
                let fresh = before.is_none_or(|before| before < read) && read < written;
                fresh.then_some(())?;
            }
            let mut reads = |a: &HostAtom| *a == HostAtom::Load(replaced);
            let mut others = host.stores.iter().filter(|s| s.inst != candidate.inst);
            let carried = host.carries.iter().flat_map(|c| [&c.init, &c.step]);
            let mut state = carried.chain(host.sums.iter().map(|s| &s.body));
            if others.any(|s| s.value.any(&mut reads)) || state.any(|t| t.any(&mut reads)) {
                return None;
            }
        }
        Some(())
    }

    fn one_store(
        &self,
        unifier: &mut Unifier<'k>,
        store: &SpecStore,
        candidate: &HostStore,
        bindings: &Bindings,
        then: Then<'_, 'k>,
    ) -> Option<Bindings> {
        let mut bindings = bindings.clone();
        let depth = bindings.loops.len();
        match (store.inner, &candidate.inner) {
            (None, None) => {}
            (Some((var, extent)), Some((l, count))) => {
                // Several stores of the instruction's inner loop for each iteration of the loop's.
                let same = |s: &&SpecStore| s.view == store.view && s.coord == store.coord;
                let columns = self.kernel.stores.iter().filter(same).count();
                if !bindings.extent(extent, &count.scale(columns as i128)?) {
                    return None;
                }
                bindings.loops.push((var, *l));
            }
            _ => return None,
        }
        let address = &candidate.address;
        bindings.address(self.host, store.view, &store.index, store.coord, address)?;
        let mut then = |unifier: &mut Unifier<'k>, bindings: &Bindings| {
            let mut bindings = bindings.clone();
            bindings.loops.truncate(depth);
            then(unifier, &bindings)
        };
        match store.how {
            StoreKind::Write if candidate.canonical => {
                unifier.term(&store.value, &candidate.value, &bindings, &mut then)
            }
            StoreKind::Write => None,
            StoreKind::Copy => match candidate.copied? {
                Copied::Const(c) => {
                    bindings.read(&store.value, &Word::Const(c))?;
                    then(unifier, &bindings)
                }
                word => unifier.term(&store.value, &word.term(self.host.p), &bindings, &mut then),
            },
            StoreKind::Add if candidate.canonical => {
                let replaced =
                    Term::atom(self.host.p, HostAtom::Load(self.host.replaced(candidate)?));
                let added = candidate.value.sub(&replaced)?;
                unifier.term(&store.value, &added, &bindings, &mut then)
            }
            StoreKind::Add => None,
            StoreKind::Count(count) => {
                (candidate.counted == Some(count)).then_some(())?;
                then(unifier, &bindings)
            }
        }
    }

    /// The carried words that were met start equal and change equally. A step may meet further ones.
    fn carries(
        &self,
        unifier: &mut Unifier<'k>,
        done: &[(u32, u32)],
        bindings: &Bindings,
    ) -> Option<Bindings> {
        let next = bindings.carries.iter().find(|(key, _)| !done.contains(key));
        let Some((&(carry, coord), &id)) = next else {
            self.attempts.set(self.attempts.get().checked_sub(1)?);
            let found = solve(
                self.spec,
                self.kernel,
                self.rows,
                self.host,
                bindings.clone(),
            )?;
            self.found.replace(Some(found));
            return Some(bindings.clone());
        };
        let done = [done, &[(carry, coord)]].concat();
        let spec = self.kernel.carries.get(carry as usize)?;
        let host = self.host.carries.get(id as usize)?;
        let (init, step) = (
            spec.init.get(coord as usize)?,
            spec.step.get(coord as usize)?,
        );
        unifier.term(init, &host.init, bindings, &mut |unifier, bindings| {
            unifier.term(step, &host.step, bindings, &mut |unifier, bindings| {
                self.carries(unifier, &done, bindings)
            })
        })
    }
}

fn solve(
    spec: &Spec,
    kernel: &SpecKernel,
    rows: u32,
    host: &HostKernel,
    bindings: Bindings,
) -> Option<Match> {
    let (_, descriptor) = spec.instructions[kernel.instruction].descriptor()?;
    let mut bindings = bindings;
    records::solve(&spec.descriptors[descriptor].fields, &mut bindings)?;
    let degree = spec.formats[kernel.format].degree as u32;
    let mut views = BTreeMap::new();
    let mut extents = bindings.extents.clone();
    for &(field, extent) in &kernel.fixed {
        let extent = Poly::constant(extent.into());
        if *extents.entry(field).or_insert_with(|| extent.clone()) != extent {
            return None;
        }
    }
    let words_below = words_below(host)?;
    for &bound in bindings.words.values() {
        extents.insert(bound, Poly::constant(words_below));
    }
    let lasts: Vec<FieldId> = kernel.lasts.iter().map(|(view, _)| *view).collect();
    for (n, field) in spec.descriptors[descriptor].fields.iter().enumerate() {
        let id = FieldId(n as u32);
        match &field.ty {
            FieldType::View(view) if !lasts.contains(&id) => {
                let degree = match view.elem {
                    Elem::Felt(Kind::Ext) => degree,
                    _ => 1,
                };
                let solved = bindings.views.get(&id)?.solve(
                    view.dims.len(),
                    degree,
                    word_bytes(view.elem, kernel).into(),
                )?;
                views.insert(id, solved);
            }
            FieldType::Uint(_) if field.value.is_none() => {
                // A count of columns that nothing of the loop is a column of cannot be chosen here.
                extents.get(&id)?;
            }
            _ => {}
        }
    }
    // The state of every carried element has to be known, also of one that only goes to a result.
    for (n, carry) in kernel.carries.iter().enumerate() {
        for coord in 0..carry.init.len() as u32 {
            bindings.carries.get(&(n as u32, coord))?;
        }
    }
    let found = Match {
        kernel: kernel.clone(),
        rows_per_iteration: rows,
        scalars: bindings.scalars,
        extents,
        views,
        carries: bindings.carries,
        words: bindings.words.into_keys().collect(),
        words_below,
    };
    all_loads_are_read(&found, host).then_some(found)
}

/// What words that are indices have to be below for addresses to be in range.
fn words_below(host: &HostKernel) -> Option<i128> {
    let addresses = host.loads.iter().map(|l| &l.address);
    let mut step = 1;
    for address in addresses.chain(host.stores.iter().map(|s| &s.address)) {
        for word in address.words() {
            let (slope, _) = address.linear_in(Atom::Word(word))?;
            step = step.max(slope.as_constant()?.checked_abs()?);
        }
    }
    Some(MAX_TABLE_BYTES / step).filter(|&below| below > 0)
}

/// Bytes of a word of a view: of each coordinate of an element.
pub fn word_bytes(elem: Elem, kernel: &SpecKernel) -> u8 {
    match elem {
        Elem::Word(bytes) => bytes,
        Elem::Cell | Elem::Felt(_) => kernel.word_bytes,
    }
}

/// Each load of the loop is part of a term that was matched, or of a carried word that was.
fn all_loads_are_read(found: &Match, host: &HostKernel) -> bool {
    let mut read = HashSet::new();
    let mut sequences = Vec::new();
    for view in found.views.values() {
        if let SolvedView::Sequence(carries) = view {
            sequences.extend(carries.iter().copied());
        }
    }
    let mut terms: Vec<&Term<HostAtom>> = host.stores.iter().map(|s| &s.value).collect();
    for &id in found.carries.values().chain(&sequences) {
        terms.push(&host.carries[id as usize].step);
        terms.push(&host.carries[id as usize].init);
    }
    for (word, load) in &host.words {
        if found.words.contains(word) {
            read.extend(host.loads[*load as usize].insts.iter().copied());
        }
    }
    while let Some(term) = terms.pop() {
        for (monomial, _) in term.terms() {
            for (atom, _) in monomial {
                match atom {
                    HostAtom::Load(l) => read.extend(host.loads[*l as usize].insts.iter().copied()),
                    HostAtom::Sum(s) => terms.push(&host.sums[*s as usize].body),
                    HostAtom::Inv(t) => terms.push(t),
                    HostAtom::Bits(bits) => {
                        read.extend(bits.loads().flat_map(|l| &host.loads[l as usize].insts));
                    }
                    _ => {}
                }
            }
        }
    }
    host.loads
        .iter()
        .flat_map(|l| &l.insts)
        .all(|inst| read.contains(inst))
}
