//! From a match to a plan: guards, descriptors, scratch memory and final values.
//!
//! Everything that the analyses assumed is either checked by the unit (it refuses words that are no
//! canonical residues, views that overlap, memory that is not accessible) or becomes a guard here.

mod apart;
mod finals;
mod guards;
mod memory;
mod operation;
mod overlap;
mod profit;

use crate::cost::CostModel;
use crate::kernel::host::HostKernel;
use crate::kernel::spec::SpecKernel;
use crate::lift::words::Lifter;
use crate::matching::Match;
use crate::plan::{Buffer, BufferId, Offload, Plan, Region, Word};
use crate::remark::{Reason, Rejection};
use apart::Probe;
use cranelift_codegen::ir::Value;
use cranelift_codegen::loop_analysis::Loop;
use std::collections::{BTreeMap, BTreeSet};
use zktr_isa::Spec;

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
        self.plan_behind(&[], before, found, last_loop, side_edges)
    }

    /// The plan for a loop that several instructions compute together; the host of the planner is the last one's.
    pub fn plan_parts(
        &mut self,
        before: &[(Match, HostKernel)],
        found: &Match,
        last_loop: Loop,
    ) -> Result<Plan, Vec<Rejection>> {
        // Of a word that is read once on entry it is known for the last one only that nothing is written to it.
        let in_memory = |w: &Word| matches!(w, Word::Memory { .. });
        if before
            .iter()
            .any(|(found, _)| found.scalars.values().any(in_memory))
        {
            return Err(vec![Reason::NoInstruction.into()]);
        }
        let hosts = before.iter().map(|(_, host)| host).chain([self.host]);
        let probes = self
            .keep_apart(&hosts.collect::<Vec<_>>())
            .map_err(|r| vec![r.into()])?;
        self.plan_behind(&probes, before, found, last_loop, false)
    }

    /// The plan with operations in front of all others that only find out whether words are accessible.
    fn plan_behind(
        &mut self,
        probes: &[Probe],
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
        for probe in probes {
            self.copy_in_front(probe.address.clone(), probe.bytes, &mut parts)
                .ok_or_else(|| vec![Reason::TrappingAccess.into()])?;
        }
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
}
