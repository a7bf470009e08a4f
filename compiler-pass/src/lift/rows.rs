//! What a loop over rows reads, carries and writes, and that it does nothing else.

use super::slice;
use super::words::Lifter;
use crate::analysis::evolution::Evolution;
use crate::analysis::poly::{Atom, Poly};
use crate::kernel::host::{Copied, HostKernel, HostLoad, HostStore};
use crate::remark::{Reason, Rejection};
use cranelift_codegen::ir::{Block, Inst, InstructionData, Opcode, Value};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::{HashMap, HashSet};

/// Inner loops may be nested this deep in the loop over rows.
const MAX_INNER_DEPTH: usize = 1;

fn rejected(evolution: &Evolution<'_>, reason: Reason, inst: Inst) -> Rejection {
    Rejection::of_inst(evolution.nests.func, reason, inst)
}

/// A reason against the loop that can be seen without lifting a word.
fn hopeless(evolution: &Evolution<'_>, row: Loop) -> Option<Rejection> {
    let func = evolution.nests.func;
    for &block in &evolution.nests.info(row).blocks {
        for inst in func.layout.block_insts(block) {
            let op = func.dfg.insts[inst].opcode();
            if op.is_call() || (op.other_side_effects() && !op.is_terminator()) {
                return Some(rejected(evolution, Reason::SideEffect, inst));
            }
            if op == Opcode::BrTable {
                return Some(rejected(evolution, Reason::TripCount, inst));
            }
        }
    }
    (!stores(evolution, row) && !accumulates(evolution, row)).then(|| Reason::NoStore.into())
}

fn stores(evolution: &Evolution<'_>, row: Loop) -> bool {
    let func = evolution.nests.func;
    let mut blocks = evolution.nests.info(row).blocks.iter();
    blocks.any(|&block| {
        let mut insts = func.layout.block_insts(block);
        insts.any(|i| func.dfg.insts[i].opcode().can_store())
    })
}

/// True if a loop carries more than what counts its iterations: it may leave a result behind without writing anything.
fn accumulates(evolution: &Evolution<'_>, row: Loop) -> bool {
    let nests = evolution.nests;
    nests.func.dfg.block_params(nests.header(row)).len() > 1
}

/// Lifts the loop `row` of the lifter's region. If the lifter explains, all reasons against it are found, not only the
/// first.
pub fn lift(lifter: &mut Lifter<'_, '_>, row: Loop) -> Result<HostKernel, Vec<Rejection>> {
    let mut reasons = Vec::new();
    let nests = lifter.evolution.nests;
    let func = nests.func;
    let blocks = nests.info(row).blocks.clone();
    let exit = lifter.evolution.exit(row);
    if nests.info(row).exits.len() != 1 {
        reasons.push(Reason::EarlyExit.into());
    } else if exit.is_none() {
        reasons.push(Reason::TripCount.into());
    }
    if !lifter.explain {
        if let Some(reason) = hopeless(lifter.evolution, row) {
            reasons.insert(0, reason);
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
    }
    // In the order of the program, so that long chains of definitions are not followed from their ends. Without stores,
    // the state is what matters.
    let mut state = Vec::new();
    if !stores(lifter.evolution, row) {
        for latch in &nests.info(row).latches {
            let words = 0..func.dfg.block_params(nests.header(row)).len();
            state.extend(words.filter_map(|index| nests.edge_arg(latch, index)));
        }
    }
    let data = slice::data(lifter.evolution, &state);
    for &block in blocks.iter().filter(|&&b| nests.innermost(b) == Some(row)) {
        for inst in func.layout.block_insts(block) {
            for &value in func.dfg.inst_results(inst) {
                if data.contains(&value) {
                    lifter.word(value);
                }
            }
        }
    }
    for &child in &nests.info(row).children {
        if !terminates(lifter, child) {
            reasons.push(Reason::TripCount.into());
        }
    }
    let mut count: Option<Poly> = None;
    let mut inner_counts: HashMap<Loop, Poly> = HashMap::new();
    let mut stores = Vec::new();
    let mut reads = Vec::new();
    let mut accesses = Vec::new();
    for &block in &blocks {
        for inst in func.layout.block_insts(block) {
            if !lifter.explain && !reasons.is_empty() {
                return Err(reasons);
            }
            let op = func.dfg.insts[inst].opcode();
            if op.is_call() || (op.other_side_effects() && !op.is_terminator()) {
                reasons.push(rejected(lifter.evolution, Reason::SideEffect, inst));
            } else if op.can_load() || op.can_store() {
                if op.can_load() && lifter.evolution.is_invariant(func.dfg.first_result(inst)) {
                    continue;
                }
                accesses.push(inst);
                if exit.is_some() {
                    let alike = match row_count(lifter.evolution, row, block) {
                        Some(n) => *count.get_or_insert_with(|| n.clone()) == n,
                        None => false,
                    };
                    // All accesses of an inner loop are executed equally often.
                    let alike = alike
                        && match nests.chain(block, row)[..] {
                            [inner, _] => match executions(lifter.evolution, inner, block) {
                                Some(n) => {
                                    *inner_counts.entry(inner).or_insert_with(|| n.clone()) == n
                                }
                                None => false,
                            },
                            _ => true,
                        };
                    let optional = op.can_load() && lifter.is_optional(inst);
                    match alike || optional {
                        true => {}
                        false => reasons.push(rejected(
                            lifter.evolution,
                            Reason::ConditionalAccess,
                            inst,
                        )),
                    }
                }
                match op.can_store() {
                    true => match store(lifter, row, inst, block) {
                        Ok(store) => stores.push(store),
                        Err(reason) => reasons.push(rejected(lifter.evolution, reason, inst)),
                    },
                    false => reads.push((inst, block)),
                }
            } else if op.can_trap() && !lifter.evolution.never_traps(inst) {
                reasons.push(rejected(lifter.evolution, Reason::MayTrap, inst));
            } else if matches!(op, Opcode::BrTable) {
                reasons.push(rejected(lifter.evolution, Reason::TripCount, inst));
            }
        }
    }
    if stores.is_empty() && reasons.is_empty() {
        lifter.accumulators(row);
        if lifter.carry_count() == 0 {
            reasons.push(Reason::NoStore.into());
        }
    }
    // Each carried word that was met was taken to be canonical; all of them have to be proved so.
    let mut carries = Vec::new();
    let mut id = 0;
    while id < lifter.carry_count() {
        match lifter.carry(id) {
            Some(carry) => carries.push(carry),
            None => {
                let (_, param) = lifter.carry_place(id);
                reasons.push(Rejection::of_value(Reason::CarriedValue, param));
                return Err(reasons);
            }
        }
        id += 1;
    }
    let used: HashSet<Inst> = lifter
        .loads
        .iter()
        .flat_map(|l| l.insts.iter().copied())
        .collect();
    for &(inst, block) in &reads {
        if used.contains(&inst) {
            continue;
        }
        let reason = match func.dfg.insts[inst] {
            InstructionData::Load {
                opcode: Opcode::Load | Opcode::Uload8 | Opcode::Uload16 | Opcode::Uload32,
                arg,
                offset,
                ..
            } => match lifter.address(arg, i64::from(i32::from(offset)), block) {
                Some(_) => Reason::UnusedLoad,
                None => Reason::Address,
            },
            InstructionData::Load { .. } => Reason::AccessWidth,
            _ => Reason::SideEffect,
        };
        reasons.push(rejected(lifter.evolution, reason, inst));
    }
    // Inner loops run equally often for what they read and for what they add up.
    for sum in &lifter.sums {
        for load in &lifter.loads {
            for &inst in &load.insts {
                let Some(block) = func.layout.inst_block(inst) else {
                    continue;
                };
                if nests.contains(sum.l, block)
                    && executions(lifter.evolution, sum.l, block).as_ref() != Some(&sum.count)
                {
                    reasons.push(rejected(lifter.evolution, Reason::TripCount, inst));
                }
            }
        }
    }
    match count {
        Some(count) if reasons.is_empty() => Ok(HostKernel {
            p: lifter.p,
            bytes: lifter.bytes,
            row,
            count,
            loads: lifter.loads.clone(),
            carries,
            sums: lifter.sums.clone(),
            words: words(lifter, &stores),
            stores,
            accesses,
        }),
        _ => {
            if reasons.is_empty() {
                reasons.push(Reason::TripCount.into());
            }
            Err(reasons)
        }
    }
}

fn store(
    lifter: &mut Lifter<'_, '_>,
    row: Loop,
    inst: Inst,
    block: Block,
) -> Result<HostStore, Reason> {
    let func = lifter.evolution.nests.func;
    let InstructionData::Store {
        opcode,
        args: [value, base],
        offset,
        ..
    } = func.dfg.insts[inst]
    else {
        return Err(Reason::SideEffect);
    };
    let bits = match opcode {
        Opcode::Store => lifter.evolution.bits(value),
        Opcode::Istore32 => Some(32),
        _ => None,
    };
    if bits != Some(8 * u32::from(lifter.bytes)) {
        return Err(Reason::AccessWidth);
    }
    let address = lifter
        .address(base, i64::from(i32::from(offset)), block)
        .ok_or(Reason::Address)?;
    let mut word = lifter.word_at(value, block);
    if opcode == Opcode::Istore32 {
        word = lifter.domain.ireduce(word, 32);
    }
    let copied = lifter.copied(word);
    let residue = lifter.term(word);
    let canonical = residue.is_some();
    let counted = lifter.counted(value, &address, block);
    let value = match (residue, copied, counted) {
        (Some(term), ..) => term,
        (None, Some(copied), _) => copied.term(lifter.p),
        (None, None, Some((load, _))) => Copied::Load(load).term(lifter.p),
        (None, None, None) => return Err(Reason::NotCanonical),
    };
    let chain = lifter.evolution.nests.chain(block, row);
    let inner = match chain[..] {
        [_] => None,
        [inner, _] => Some((
            inner,
            executions(lifter.evolution, inner, block).ok_or(Reason::TripCount)?,
        )),
        _ => return Err(Reason::TooLarge),
    };
    Ok(HostStore {
        inst,
        block,
        address,
        inner,
        value,
        canonical,
        copied,
        counted: counted.map(|(_, constant)| constant),
    })
}

/// The words that are unknowns of addresses, each with the load that gives it.
fn words(lifter: &Lifter<'_, '_>, stores: &[HostStore]) -> Vec<(Value, u32)> {
    let func = lifter.evolution.nests.func;
    let addresses = lifter.loads.iter().map(|l| &l.address);
    let addresses = addresses.chain(stores.iter().map(|s| &s.address));
    let mut found: Vec<(Value, u32)> = Vec::new();
    for word in addresses.flat_map(Poly::words) {
        let of = |l: &HostLoad| l.insts.iter().any(|&i| func.dfg.first_result(i) == word);
        if let Some(load) = lifter.loads.iter().position(of)
            && !found.iter().any(|(known, _)| *known == word)
        {
            found.push((word, load as u32));
        }
    }
    found
}

/// True if the loop is sure to end under the guards: its iterations are counted, or it has been executed.
pub fn terminates(lifter: &mut Lifter<'_, '_>, l: Loop) -> bool {
    if lifter.execute(l).is_some() {
        return true;
    }
    let children = lifter.evolution.nests.info(l).children.clone();
    lifter.evolution.exit(l).is_some()
        && children.into_iter().all(|child| terminates(lifter, child))
}

/// How often a block of a loop, not of an inner one, is executed each time that the loop is entered.
pub fn executions(evolution: &mut Evolution<'_>, l: Loop, block: Block) -> Option<Poly> {
    let nests = evolution.nests;
    let exit = evolution.exit(l)?;
    let [latch] = nests.info(l).latches[..] else {
        return None;
    };
    if !nests.domtree.block_dominates(block, latch.from) {
        return None;
    }
    if nests.domtree.block_dominates(block, exit.edge.from) {
        exit.index.add(&Poly::constant(1))
    } else if nests.domtree.block_dominates(exit.edge.from, block) {
        Some(exit.index)
    } else {
        None
    }
}

/// How many rows a block of the loop over rows, or of an inner loop, is executed for. An inner loop that is skipped when it
/// would have no iteration counts as executed.
fn row_count(evolution: &mut Evolution<'_>, row: Loop, block: Block) -> Option<Poly> {
    let nests = evolution.nests;
    let chain = nests.chain(block, row);
    if chain.len() > MAX_INNER_DEPTH + 1 {
        return None;
    }
    let [inner, _] = chain[..] else {
        return executions(evolution, row, block);
    };
    let times = executions(evolution, inner, block)?;
    let header = nests.header(inner);
    let [latch] = nests.info(row).latches[..] else {
        return None;
    };
    if nests.domtree.block_dominates(header, latch.from) {
        return executions(evolution, row, header);
    }
    // The branch that decides whether the inner loop is entered at all.
    let mut fork = header;
    while !nests.domtree.block_dominates(fork, latch.from) {
        fork = nests.domtree.idom(fork)?;
        let branch = nests.func.layout.last_inst(fork)?;
        let goes_on = crate::analysis::nest::destinations(nests.func, branch).len() == 1;
        // A second branch on the way could skip the loop too.
        if !goes_on && !nests.domtree.block_dominates(fork, latch.from) {
            return None;
        }
    }
    let branch = nests.func.layout.last_inst(fork)?;
    let targets = crate::analysis::nest::destinations(nests.func, branch);
    let skips: Vec<usize> = (0..targets.len())
        .filter(|&t| !nests.domtree.block_dominates(targets[t], header))
        .collect();
    let [skip] = skips[..] else { return None };
    let edge = crate::analysis::nest::Edge {
        from: fork,
        branch,
        destination: skip,
        to: targets[skip],
    };
    let zero: Atom = evolution.taken_if_zero(&edge)?;
    if times.substitute(zero, &Poly::default())?.as_constant() != Some(0) {
        return None;
    }
    executions(evolution, row, fork)
}
