//! Zones: the blocks of a region that share registers of this host.
//!
//! Between zones all registers of the guest are in the frame; inside of one those that it uses are variables. A loop that uses few enough
//! of them for this host's registers is one zone; of a larger one, what is left without its head is looked at
//! again, so that at least its inner loops are. Blocks in no such loop are zones of their own, together with blocks that only they
//! lead to, which makes them trees. So a variable that only the outer loop uses does not take a register from the inner one.

use super::region::Region;
use std::collections::BTreeMap;

/// Most registers of a loop that is one zone: this host's, less those for the frame, the state, the budget and what is computed.
const MAX_LOOP: u32 = 10;

/// Registers of the guest, a bit each, by their slots in the frame.
pub(super) type Set = u64;

/// Blocks that share variables.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Zone {
    /// Registers that are read or written; not filled for trees.
    pub(super) used: Set,
    /// Registers that are written; not filled for trees.
    pub(super) written: Set,
    /// It is a loop, else a tree.
    pub(super) looping: bool,
}

/// The zones of a region.
#[derive(Debug, Clone)]
pub(super) struct Zones {
    pub(super) zones: Vec<Zone>,
    /// By address of the block.
    pub(super) of: BTreeMap<u64, usize>,
    /// The block of the same zone that alone leads to a block, by address; of trees only.
    pub(super) parent: BTreeMap<u64, u64>,
}

/// Divides a region.
pub(super) fn divide(region: &Region) -> Zones {
    let graph = Graph::of(region);
    let mut zone_of: Vec<Option<usize>> = vec![None; graph.pcs.len()];
    let mut zones = Vec::new();
    // Sets of blocks in which loops are still to be found.
    let mut pending = vec![(0..graph.pcs.len()).collect::<Vec<_>>()];
    while let Some(blocks) = pending.pop() {
        for mut component in graph.components(&blocks) {
            let cyclic = component.len() > 1
                || component
                    .iter()
                    .any(|block| graph.next[*block].contains(block));
            if !cyclic {
                continue;
            }
            let zone = graph.zone(&component);
            if zone.used.count_ones() <= MAX_LOOP {
                for block in component {
                    zone_of[block] = Some(zones.len());
                }
                zones.push(Zone {
                    looping: true,
                    ..zone
                });
            } else {
                component.sort_unstable();
                let head = component
                    .iter()
                    .position(|block| graph.entered(*block, &component))
                    .unwrap_or(0);
                component.remove(head);
                pending.push(component);
            }
        }
    }
    let loops = zones.len();
    let mut parent = BTreeMap::new();
    for block in 0..graph.pcs.len() {
        if zone_of[block].is_some() {
            continue;
        }
        // Blocks are in the order of their addresses; one that only an earlier block leads to joins that.
        let only = match graph.previous[block][..] {
            [before] if before < block => zone_of[before].filter(|zone| *zone >= loops),
            _ => None,
        };
        let only = only.filter(|_| graph.pcs[block] != region.head);
        if only.is_some() {
            parent.insert(graph.pcs[block], graph.pcs[graph.previous[block][0]]);
        }
        zone_of[block] = only.or_else(|| {
            zones.push(Zone::default());
            Some(zones.len() - 1)
        });
    }
    let of = graph.pcs.iter().copied().zip(zone_of.into_iter().flatten());
    Zones {
        of: of.collect(),
        zones,
        parent,
    }
}

/// The blocks of a region by number.
struct Graph {
    pcs: Vec<u64>,
    next: Vec<Vec<usize>>,
    previous: Vec<Vec<usize>>,
    registers: Vec<Zone>,
}

impl Graph {
    fn of(region: &Region) -> Self {
        let pcs: Vec<u64> = region.blocks.keys().copied().collect();
        let mut previous = vec![Vec::new(); pcs.len()];
        let mut next = Vec::new();
        for (number, pc) in pcs.iter().enumerate() {
            let targets = region.successors(*pc);
            let mut targets: Vec<_> = targets
                .into_iter()
                .filter_map(|target| pcs.binary_search(&target).ok())
                .collect();
            targets.sort_unstable();
            targets.dedup();
            for target in &targets {
                previous[*target].push(number);
            }
            next.push(targets);
        }
        let registers = region.blocks.values().map(|block| {
            let (used, written) = block.registers();
            Zone {
                used,
                written,
                looping: false,
            }
        });
        Self {
            registers: registers.collect(),
            pcs,
            next,
            previous,
        }
    }

    fn zone(&self, blocks: &[usize]) -> Zone {
        let mut zone = Zone::default();
        for block in blocks {
            zone.used |= self.registers[*block].used;
            zone.written |= self.registers[*block].written;
        }
        zone
    }

    /// True if something outside of these blocks, in order, leads to this one of them.
    fn entered(&self, block: usize, blocks: &[usize]) -> bool {
        self.previous[block]
            .iter()
            .any(|before| blocks.binary_search(before).is_err())
    }

    /// The strongly connected components of these blocks, by Tarjan's algorithm with a stack of its own.
    fn components(&self, blocks: &[usize]) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let mut inside = vec![false; self.pcs.len()];
        for block in blocks {
            inside[*block] = true;
        }
        let mut order = vec![UNSEEN; self.pcs.len()];
        let mut low = vec![UNSEEN; self.pcs.len()];
        let mut open = vec![false; self.pcs.len()];
        let mut stack = Vec::new();
        let mut components = Vec::new();
        let mut count = 0;
        for root in blocks {
            if order[*root] != UNSEEN {
                continue;
            }
            let mut work = vec![(*root, 0)];
            while let Some((block, edge)) = work.last_mut() {
                let block = *block;
                if *edge == 0 && order[block] == UNSEEN {
                    order[block] = count;
                    low[block] = count;
                    count += 1;
                    open[block] = true;
                    stack.push(block);
                }
                if let Some(next) = self.next[block].get(*edge).copied() {
                    *edge += 1;
                    if !inside[next] {
                    } else if order[next] == UNSEEN {
                        work.push((next, 0));
                    } else if open[next] {
                        low[block] = low[block].min(order[next]);
                    }
                    continue;
                }
                work.pop();
                if let Some((before, _)) = work.last() {
                    low[*before] = low[*before].min(low[block]);
                }
                if low[block] == order[block] {
                    let at = stack.iter().rposition(|other| *other == block);
                    let component = stack.split_off(at.unwrap_or(0));
                    for block in &component {
                        open[*block] = false;
                    }
                    components.push(component);
                }
            }
        }
        components
    }
}
