//! Montgomery's trick: n inverses for one inverse and 3(n - 1) products.
//!
//! Words, modulo p. A forward loop carries c, writes `pre[i] = c_i` and sets `c_{i+1} = r c_i x_i` with a constant
//! `c_0 != 0`. Then a word `t` with `t c_n = m` is computed, and a backward loop, i = n-1 down to 0, writes
//! `out[i] = s t pre[i]` and sets `t = r t x_i`.
//!
//! *Claim.* If no x_i is zero, `out[i] = (s m / r) / x_i`.
//!
//! *Proof.* Before the backward iteration for i, `t c_{i+1} = m`: at i = n-1 by assumption; and an iteration
//! makes it `(r t x_i) c_i = t (r c_i x_i) = t c_{i+1} = m`, which is the claim for i-1. So `out[i] = s t c_i = s m c_i / c_{i+1} =
//! s m / (r x_i)`; no c_i is zero, as c_0 and all x_i and r are not. The same derivation is the hypothesis combination
//! `out x - 1 = h2 - inv h1` of the idiom in field elements.
//!
//! Where some x_i is zero the unit refuses, and the loops run.

use crate::analysis::nest::{Edge, Nests, destinations};
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::{HostAtom, HostKernel, HostLoad, HostStore};
use crate::kernel::term::{self, Term};
use crate::lift::rows;
use crate::lift::words::Lifter;
use cranelift_codegen::entity::EntitySet;
use cranelift_codegen::ir::Block;
use cranelift_codegen::loop_analysis::Loop;

/// Regions with more blocks are no batch inversion.
const MAX_BLOCKS: usize = 64;

/// Loops that follow each other, with the blocks between them.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The loops in order: forward, others, backward.
    pub loops: Vec<Loop>,
    /// All blocks on ways from the first loop's header to the last loop, the header first.
    pub blocks: Vec<Block>,
}

impl Chain {
    /// The backward loop.
    pub fn last(&self) -> Loop {
        self.loops[self.loops.len() - 1]
    }
}

/// What a chain computes, in the normal form.
#[derive(Debug, Clone)]
pub struct Lifted {
    /// The inverses.
    pub inverse: HostKernel,
    /// The prefix products, if they stay in memory.
    pub prefix: Option<HostKernel>,
}

/// The chains of loops among these siblings that look as if they could be a batch inversion: both ends write memory, and
/// what is in between does not.
pub fn candidates(nests: &Nests<'_>, siblings: &[Loop]) -> Vec<Chain> {
    let writes = |b: &Block| {
        let layout = &nests.func.layout;
        layout
            .block_insts(*b)
            .any(|i| nests.func.dfg.insts[i].opcode().can_store())
    };
    let writers: Vec<Loop> = siblings
        .iter()
        .copied()
        .filter(|&l| nests.info(l).children.is_empty() && nests.info(l).blocks.iter().any(writes))
        .collect();
    let mut chains = Vec::new();
    // Siblings are in the order of the program, and no loop in between writes: only neighbours can belong together.
    for pair in writers.windows(2) {
        let [first, last] = *pair else { continue };
        if nests.info(first).exits.len() == 1
            && nests.info(last).exits.len() == 1
            && let Some(blocks) = between(nests, first, last)
        {
            let mut loops: Vec<Loop> = siblings
                .iter()
                .copied()
                .filter(|&l| blocks.contains(&nests.header(l)))
                .collect();
            loops.retain(|&l| l != first && l != last);
            if loops
                .iter()
                .any(|&l| nests.info(l).blocks.iter().any(writes))
            {
                continue;
            }
            loops.insert(0, first);
            loops.push(last);
            chains.push(Chain { loops, blocks });
        }
    }
    chains
}

/// True if there is another way into the chain than its first block, or out of it than the last loop's exit.
pub fn has_side_edges(nests: &Nests<'_>, chain: &Chain) -> bool {
    let inside = |b: Block| chain.blocks.contains(&b);
    let exit = nests.info(chain.last()).exits[0];
    chain.blocks.iter().any(|&block| {
        let enters = Some(&block) != chain.blocks.first()
            && nests.cfg.pred_iter(block).any(|p| !inside(p.block));
        let branch = nests.func.layout.last_inst(block);
        let leaves = branch.is_some_and(|branch| {
            let targets = destinations(nests.func, branch).into_iter().enumerate();
            targets
                .filter(|&(destination, _)| {
                    (branch, destination) != (exit.branch, exit.destination)
                })
                .any(|(_, to)| !inside(to))
        });
        enters || leaves
    })
}

/// The blocks on ways from one loop to another that do not leave the loop around both.
fn between(nests: &Nests<'_>, first: Loop, last: Loop) -> Option<Vec<Block>> {
    let around = nests.parent(first).map(|l| nests.header(l));
    let exit = nests.info(last).exits[0];
    let reach = |start: Block, next: &dyn Fn(Block) -> Vec<Block>| {
        let mut seen = EntitySet::new();
        let mut todo = vec![start];
        let mut count = 0;
        while let Some(block) = todo.pop() {
            if Some(block) == around || !seen.insert(block) {
                continue;
            }
            count += 1;
            if count > 4 * MAX_BLOCKS {
                return None;
            }
            todo.extend(next(block));
        }
        Some(seen)
    };
    let forward = reach(nests.header(first), &|b| {
        let branch = nests.func.layout.last_inst(b);
        branch.map_or_else(Vec::new, |i| destinations(nests.func, i))
    })?;
    let backward = reach(exit.from, &|b| {
        nests.cfg.pred_iter(b).map(|p| p.block).collect()
    })?;
    let mut blocks: Vec<Block> = nests
        .domtree
        .cfg_rpo()
        .copied()
        .filter(|&b| forward.contains(b) && backward.contains(b))
        .collect();
    let header = nests.header(first);
    let at = blocks.iter().position(|&b| b == header)?;
    blocks.remove(at);
    blocks.insert(0, header);
    let whole = |l: Loop| nests.info(l).blocks.iter().all(|b| blocks.contains(b));
    (blocks.len() <= MAX_BLOCKS && whole(first) && whole(last)).then_some(blocks)
}

/// A term that is one product: its constant, and its factors with exponent 1.
fn product(term: &Term<HostAtom>) -> Option<(u64, Vec<&HostAtom>)> {
    let [(monomial, c)] = term.terms().collect::<Vec<_>>()[..] else {
        return None;
    };
    monomial
        .iter()
        .all(|(_, e)| *e == 1)
        .then(|| (c, monomial.iter().map(|(a, _)| a).collect()))
}

/// A carried word times a place in memory: (constant, carry, load).
fn carry_times_load(term: &Term<HostAtom>) -> Option<(u64, u32, u32)> {
    let (c, factors) = product(term)?;
    match factors[..] {
        [HostAtom::Load(l), HostAtom::Carry(k)] | [HostAtom::Carry(k), HostAtom::Load(l)] => {
            Some((c, *k, *l))
        }
        _ => None,
    }
}

/// The chain in the normal form, if the claim applies to it. Guards for what it takes are recorded in the evolution.
pub fn lift(lifter: &mut Lifter<'_, '_>, chain: &Chain) -> Option<Lifted> {
    let (first, last) = (chain.loops[0], chain.last());
    is_quiet_between(lifter, chain)?;
    let between = &chain.loops[1..chain.loops.len() - 1];
    if !between.iter().all(|&l| rows::terminates(lifter, l)) {
        return None;
    }
    let forward = rows::lift(lifter, first).ok()?;
    let backward = rows::lift(lifter, last).ok()?;
    let p = lifter.p;
    let ([pre], [out]) = (&forward.stores[..], &backward.stores[..]) else {
        return None;
    };
    if forward.count != backward.count
        || pre.inner.is_some()
        || out.inner.is_some()
        || !(pre.canonical && out.canonical)
    {
        return None;
    }
    // pre[i] = c_i and c_{i+1} = r c_i x_i.
    let (1, factors) = product(&pre.value)? else {
        return None;
    };
    let [HostAtom::Carry(c)] = factors[..] else {
        return None;
    };
    let c = *c;
    let carried = lifter.carry(c)?;
    let (r, stepped, x) = carry_times_load(&carried.step)?;
    let starts_nonzero =
        matches!(carried.init.terms().collect::<Vec<_>>()[..], [(m, k)] if m.is_empty() && k != 0);
    if carried.l != first || stepped != c || !starts_nonzero {
        return None;
    }
    // out[i] = s t pre[i] and t = r t x_i, backwards.
    let (s, t, y) = carry_times_load(&out.value)?;
    let swept = lifter.carry(t)?;
    let (r2, stepped, z) = carry_times_load(&swept.step)?;
    if swept.l != last || stepped != t || r2 != r {
        return None;
    }
    // t c_n = m.
    let (m, factors) = product(&swept.init)?;
    let [HostAtom::Inv(inverted)] = factors[..] else {
        return None;
    };
    let (k, factors) = product(inverted)?;
    let [HostAtom::Final(result)] = factors[..] else {
        return None;
    };
    if lifter.result_of(*result)? != (c, forward.count.clone()) {
        return None;
    }
    let m = term::mul(p, m, term::inverse(p, k));
    // Both loops go over the same elements, in opposite directions.
    let reversed = forward
        .count
        .sub(&Poly::constant(1))?
        .sub(&Poly::atom(Atom::Index(first)))?;
    let turn = |address: &Poly| Some(address.substitute(Atom::Index(last), &reversed)?.wrap(64));
    let loads = &lifter.loads;
    let (x, y, z) = (&loads[x as usize], &loads[y as usize], &loads[z as usize]);
    if turn(&z.address)? != x.address || turn(&y.address)? != pre.address {
        return None;
    }
    let known = [x, y, z];
    if loads.iter().any(|l| {
        l.insts
            .iter()
            .any(|i| !known.iter().any(|k| k.insts.contains(i)))
    }) {
        return None;
    }
    let address = turn(&out.address)?;
    let nests = lifter.evolution.nests;
    let overwrites = address == pre.address;
    if overwrites && !y.insts.iter().all(|&i| nests.precedes(i, out.inst)) {
        return None;
    }
    let insts = x.insts.iter().chain(&z.insts).copied().collect();
    let load = HostLoad {
        address: x.address.clone(),
        insts,
        bytes: x.bytes,
        canonical: x.canonical,
        unless_zero: None,
    };
    let factor = term::mul(p, term::mul(p, s, m), term::inverse(p, r));
    let input = Term::atom(p, HostAtom::Load(0));
    let inverse = HostKernel {
        p,
        bytes: forward.bytes,
        row: first,
        count: forward.count.clone(),
        loads: vec![load],
        carries: Vec::new(),
        sums: Vec::new(),
        stores: vec![HostStore {
            inst: out.inst,
            block: out.block,
            address: address.clone(),
            inner: None,
            value: Term::atom(p, HostAtom::Inv(Box::new(input))).scale(factor),
            canonical: true,
            copied: None,
            counted: None,
        }],
        words: Vec::new(),
        accesses: Vec::new(),
    };
    let index = Atom::Index(first);
    if overwrites {
        // The prefix products must not go where the elements are.
        let apart = address.sub(&x.address)?.wrap(64);
        if apart == Poly::default() || apart.mentions(index) {
            return None;
        }
        let reason = "prefix products and elements are in different places";
        lifter.evolution.require_apart(apart, reason);
    } else {
        // Prefix products and inverses do not overlap: both have n words, one after the other.
        let (stride, out_base) = address.linear_in(index)?;
        let (pre_stride, pre_base) = pre.address.linear_in(index)?;
        let bytes = i128::from(forward.bytes);
        if stride != pre_stride || stride.as_constant().map(i128::abs) != Some(bytes) {
            return None;
        }
        let apart = out_base.sub(&pre_base)?.wrap(64);
        let length = forward.count.scale(bytes)?;
        let reason = "prefix products and inverses are in different places";
        let (below, above) = (apart.add(&length)?, apart.sub(&length)?);
        lifter.evolution.require_disjoint(below, above, reason);
    }
    let prefix = (!overwrites).then(|| HostKernel {
        loads: vec![x.clone()],
        ..forward.clone()
    });
    Some(Lifted { inverse, prefix })
}

/// Outside of the two loops nothing is read or written, and every way that does not lead through both is one that is
/// taken when there is no iteration, which a guard excludes.
fn is_quiet_between(lifter: &mut Lifter<'_, '_>, chain: &Chain) -> Option<()> {
    let nests = lifter.evolution.nests;
    let func = nests.func;
    let (first, last) = (chain.loops[0], chain.last());
    let exit = nests.info(last).exits[0];
    for &block in &chain.blocks {
        if nests.contains(first, block) || nests.contains(last, block) {
            continue;
        }
        for inst in func.layout.block_insts(block) {
            let op = func.dfg.insts[inst].opcode();
            let harmless = op.is_terminator()
                || !(op.can_load()
                    || op.can_store()
                    || (op.can_trap() && !lifter.evolution.never_traps(inst))
                    || op.is_call()
                    || op.other_side_effects())
                || (op.can_load() && lifter.evolution.is_invariant(func.dfg.first_result(inst)));
            if !harmless {
                return None;
            }
        }
        let branch = func.layout.last_inst(block)?;
        for (destination, to) in destinations(func, branch).into_iter().enumerate() {
            if chain.blocks.contains(&to) {
                continue;
            }
            let edge = Edge {
                from: block,
                branch,
                destination,
                to,
            };
            if edge == exit {
                continue;
            }
            let count = lifter.evolution.taken_if_zero(&edge)?;
            let reason = "there is at least one element";
            lifter
                .evolution
                .require(Poly::atom(count), 1, (1 << 40) - 1, reason);
        }
    }
    Some(())
}
