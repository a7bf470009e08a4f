//! Loops that several instructions compute together: each writes some of the words that a row writes.
//!
//! Guarantee: every store of the loop is one of exactly one part, every load is read by some part, and all that the loop
//! carries belongs to the last one. Whether the parts may be executed one after the other is not decided here.

use super::{Match, find};
use crate::kernel::host::{Copied, HostAtom, HostKernel, HostLoad, HostStore};
use crate::kernel::spec::SpecKernel;
use crate::kernel::term::Term;
use std::collections::{BTreeMap, BTreeSet};
use zktr_isa::Spec;

/// Loops with more stores are not divided.
const MAX_STORES: usize = 64;
/// A loop is divided into at most this many parts.
const MAX_PARTS: usize = 8;

/// An instruction in a mode and format.
type Class = (usize, usize, usize);

/// Divides a loop that no instruction computes alone. The part that has the loop's state is the last.
pub fn distribute(
    spec: &Spec,
    kernels: &[SpecKernel],
    host: &HostKernel,
) -> Option<Vec<(Match, HostKernel)>> {
    let stores = host.stores.len();
    // Places that depend on words are in no known distance from others.
    if !(2..=MAX_STORES).contains(&stores) || !host.words.is_empty() || host.has_opaque_store() {
        return None;
    }
    let search = Distribution {
        spec,
        kernels,
        host,
    };
    let state: Vec<usize> = match host.carries.is_empty() && host.sums.is_empty() {
        true => Vec::new(),
        false => (0..stores).filter(|&n| search.has_state(n)).collect(),
    };
    let mut rest: Vec<usize> = (0..stores).filter(|n| !state.contains(n)).collect();
    // By address, so that neighbours are columns of one row.
    rest.sort_by_cached_key(|&n| {
        let (offset, base) = host.stores[n].address.split_constant();
        (base, offset)
    });
    let mut classes: BTreeMap<usize, BTreeSet<Class>> = BTreeMap::new();
    for &n in &rest {
        let part = search.part(&[n], false);
        let found = find(spec, kernels, &part);
        if found.is_empty() {
            return None;
        }
        classes.insert(n, found.iter().map(class).collect());
    }
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let chosen = most_frequent(rest.iter().filter_map(|n| classes.get(n)))?;
        let is_member = |n: &usize| classes.get(n).is_some_and(|c| c.contains(&chosen));
        let (members, others): (Vec<usize>, Vec<usize>) = rest.into_iter().partition(is_member);
        search.cover(&members, &mut parts)?;
        rest = others;
    }
    // What rewrites its sources is done when nothing can be refused any more.
    parts.sort_by_key(|(_, part)| rewrites(part));
    if !state.is_empty() || !host.carries.is_empty() {
        let part = search.part(&state, true);
        let found = find(spec, kernels, &part).into_iter().next()?;
        parts.push((found, part));
    }
    let read: BTreeSet<_> = parts.iter().flat_map(|(_, part)| insts(part)).collect();
    let all_read = insts(host).all(|inst| read.contains(&inst));
    (all_read && (2..=MAX_PARTS).contains(&parts.len())).then_some(parts)
}

fn class(found: &Match) -> Class {
    let kernel = &found.kernel;
    (kernel.instruction, kernel.mode, kernel.format)
}

fn insts(host: &HostKernel) -> impl Iterator<Item = cranelift_codegen::ir::Inst> {
    host.loads.iter().flat_map(|l| l.insts.iter().copied())
}

/// True if words are written where the row has read them.
fn rewrites(host: &HostKernel) -> bool {
    let read = |store: &HostStore| {
        let mut loads = host.loads.iter().filter(|l| !l.insts.is_empty());
        loads.any(|l| l.address == store.address)
    };
    host.stores.iter().any(read)
}

/// The class that most sets have; among such, the first.
fn most_frequent<'s>(sets: impl Iterator<Item = &'s BTreeSet<Class>>) -> Option<Class> {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for class in sets.flatten() {
        *counts.entry(*class).or_insert(0) += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, n)| *n == most).map(|(c, _)| c)
}

struct Distribution<'d> {
    spec: &'d Spec,
    kernels: &'d [SpecKernel],
    host: &'d HostKernel,
}

impl Distribution<'_> {
    /// True if what a store writes depends on what iterations before have computed.
    fn has_state(&self, store: usize) -> bool {
        self.host.stores[store].value.any(&mut is_state)
    }

    /// The loop with some of its stores only, and with all of its state or none.
    fn part(&self, stores: &[usize], state: bool) -> HostKernel {
        let host = self.host;
        let stores: Vec<HostStore> = stores.iter().map(|&n| host.stores[n].clone()).collect();
        let mut used = BTreeSet::new();
        for store in &stores {
            loads(&store.value, &mut used);
            if let Some(Copied::Load(load)) = store.copied {
                used.insert(load);
            }
        }
        let (mut carries, mut sums) = (Vec::new(), Vec::new());
        if state {
            (carries, sums) = (host.carries.clone(), host.sums.clone());
            let terms = carries.iter().flat_map(|c| [&c.init, &c.step]);
            for term in terms.chain(sums.iter().map(|s| &s.body)) {
                loads(term, &mut used);
            }
        }
        let loads = host.loads.iter().zip(0..).map(|(load, n)| HostLoad {
            insts: match used.contains(&n) {
                true => load.insts.clone(),
                false => Vec::new(),
            },
            ..load.clone()
        });
        HostKernel {
            loads: loads.collect(),
            carries,
            sums,
            stores,
            ..host.clone()
        }
    }

    /// Finds instructions for some stores that one instruction computes each of: one for all of them, or for parts.
    fn cover(&self, stores: &[usize], parts: &mut Vec<(Match, HostKernel)>) -> Option<()> {
        let part = self.part(stores, false);
        if let Some(found) = find(self.spec, self.kernels, &part).into_iter().next() {
            parts.push((found, part));
            return (parts.len() <= MAX_PARTS).then_some(());
        }
        if stores.len() < 2 {
            return None;
        }
        let (one, other) = stores.split_at(self.end_of_columns(stores));
        self.cover(one, parts)?;
        self.cover(other, parts)
    }

    /// How many of the first stores, at least one and not all, may be columns of one view: they are equally far apart.
    fn end_of_columns(&self, stores: &[usize]) -> usize {
        let address = |n: usize| &self.host.stores[n].address;
        let gap = |pair: &[usize]| address(pair[1]).sub(address(pair[0]));
        let mut gaps = stores.windows(2).map(gap);
        let first = gaps.next().flatten();
        let known = first.as_ref().is_some_and(|gap| !gap.varies());
        let end = match (known, gaps.position(|gap| gap != first)) {
            // The first of two that are at another distance than the others may well be alone.
            (false, _) | (true, Some(0)) => 1,
            (true, Some(n)) => n + 2,
            (true, None) => stores.len() / 2,
        };
        end.clamp(1, stores.len() - 1)
    }
}

/// True for what iterations of a loop have computed, and for an inverse that such a word is in.
fn is_state(atom: &HostAtom) -> bool {
    match atom {
        HostAtom::Carry(_) | HostAtom::Sum(_) | HostAtom::Final(_) => true,
        HostAtom::Inv(inner) => inner.any(&mut is_state),
        HostAtom::Entry(_) | HostAtom::Load(_) | HostAtom::Bits(_) | HostAtom::Opaque(_) => false,
    }
}

/// Adds the loads that a term depends on.
fn loads(term: &Term<HostAtom>, found: &mut BTreeSet<u32>) {
    let atoms = term.terms().flat_map(|(monomial, _)| monomial);
    for (atom, _) in atoms {
        match atom {
            HostAtom::Load(load) => {
                found.insert(*load);
            }
            HostAtom::Bits(bits) => found.extend(bits.loads()),
            HostAtom::Inv(inner) => loads(inner, found),
            HostAtom::Entry(_)
            | HostAtom::Carry(_)
            | HostAtom::Sum(_)
            | HostAtom::Final(_)
            | HostAtom::Opaque(_) => {}
        }
    }
}
