//! The pass: looks at every loop nest of a function, and replaces what the units can do.

use crate::analysis::evolution::{Evolution, RegionBlocks};
use crate::analysis::nest::{Nests, destinations};
use crate::analysis::quick;
use crate::certify::{self, Certificate};
use crate::cost::CostModel;
use crate::explain;
use crate::kernel::host::HostKernel;
use crate::kernel::spec::{self, SpecKernel};
use crate::legality;
use crate::lemma::batch_inverse;
use crate::lift::rows;
use crate::lift::words::Lifter;
use crate::matching::{self, Match};
use crate::plan::Plan;
use crate::planner::Planner;
use crate::remark::{Decision, Reason, Rejection, Remark, Report};
use crate::rewrite::{self, Symbols, Testcase};
use cranelift_codegen::ir::immediates::Imm64;
use cranelift_codegen::ir::{
    Block, FuncRef, Function, Inst, InstructionData, Opcode, SourceLoc, UserFuncName, Value,
};
use cranelift_codegen::loop_analysis::Loop;
use std::collections::HashSet;
use std::sync::Arc;
use zktr_isa::Spec;

/// Loops with more blocks are left alone: no idiom is that large, and the work stays linear.
const MAX_LOOP_BLOCKS: usize = 256;
/// Likewise for instructions.
const MAX_LOOP_INSTRUCTIONS: usize = 16_384;

/// Nests of more loops are looked at from within: steps are found once for each loop around a loop.
const MAX_NEST: usize = 4;

/// What happens to an access that may trap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrapPolicy {
    /// The unit finds out before it writes anything, and refuses; the loop then traps where it did.
    /// True of the hardware and of the emulator.
    #[default]
    UnitRefuses,
    /// The unit would trap itself, as software units on the host do: loops whose accesses may trap stay.
    Decline,
}

/// What is done with loops without arithmetic modulo a prime that move words between layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Movement {
    /// They stay, and functions in which no prime of the spec occurs are left at first sight.
    #[default]
    Keep,
    /// They are offered to the instructions that do. Any program has such loops, so that looking for them costs time in all
    /// functions.
    Offload,
}

/// Options of the pass.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Accesses that may trap.
    pub trapping: TrapPolicy,
    /// Loops that only move words.
    pub movement: Movement,
    /// Look for all reasons against a loop that stays, as remarks for people want them. Without it the first that is
    /// found ends the work on a loop.
    pub explain: bool,
    /// Check the certificate of each rewrite on the function that it has made ([`certify`]); one that is refused
    /// is taken back.
    pub verify: bool,
    /// Offload from as many iterations on as make it pay, by these costs; without them, always.
    pub profit: Option<CostModel>,
    /// How the functions that stand for instructions are called.
    pub rewrite: rewrite::Options,
}

/// The pass, for one spec. It can be used for any number of functions, from several threads.
pub struct Pass {
    spec: Arc<Spec>,
    kernels: Vec<SpecKernel>,
    moduli: Vec<u64>,
    /// For words of 4 and of 8 bytes: the largest prime whose residues are words as they are.
    plain: [Option<u64>; 2],
    /// Of each Montgomery form: bits of a word, the prime, and the word for 1.
    ones: Vec<(u32, u64, u64)>,
    /// Names of the functions that stand for instructions.
    operations: HashSet<String>,
    options: Options,
}

impl Pass {
    /// A pass that offers all instructions of a spec.
    pub fn new(spec: Arc<Spec>, options: Options) -> Self {
        let kernels = spec::kernels(&spec);
        let mut moduli: Vec<u64> = kernels
            .iter()
            .map(|k| spec.fields[spec.formats[k.format].field].modulus)
            .collect();
        moduli.sort();
        moduli.dedup();
        let plain = [4, 8].map(|bytes| {
            let formats = kernels.iter().map(|k| &spec.formats[k.format]);
            formats
                .filter(|f| f.word_bytes == bytes && f.montgomery == 1)
                .map(|f| f.modulus)
                .max()
        });
        let mut ones: Vec<(u32, u64, u64)> = kernels
            .iter()
            .map(|k| &spec.formats[k.format])
            .filter(|f| f.montgomery != 1)
            .map(|f| {
                let one = (f.montgomery % u128::from(f.modulus)) as u64;
                (8 * u32::from(f.word_bytes), f.modulus, one)
            })
            .collect();
        ones.sort_unstable();
        ones.dedup();
        let bulk = spec.instructions.iter().filter(|i| i.is_bulk());
        let operations = bulk.map(|i| i.symbol()).collect();
        Self {
            spec,
            kernels,
            moduli,
            plain,
            ones,
            operations,
            options,
        }
    }

    /// The spec whose instructions are offered.
    pub fn spec(&self) -> &Arc<Spec> {
        &self.spec
    }

    /// What would be replaced, and why the rest would not. Changes nothing. Calls are known by the names of CLIF text.
    pub fn analyse(&self, func: &Function) -> Report {
        self.look(func, &Testcase)
    }

    fn look(&self, func: &Function, symbols: &dyn Symbols) -> Report {
        if self.is_operation(func) {
            return Report::default();
        }
        let present = self.moduli_in(func);
        let moves = self.options.movement == Movement::Offload && quick::moves_words(func);
        if present.is_empty() && !moves {
            return Report::default();
        }
        let Some(nests) = Nests::new(func) else {
            return Report::default();
        };
        let mut report = Report::default();
        let search = Search {
            nests: &nests,
            present: &present,
            moves,
            kept: self.kept(func, symbols),
        };
        self.siblings(&search, nests.roots(), &mut report);
        report
    }

    /// True for a function that has the name of an operation: a software unit, which must not call itself.
    fn is_operation(&self, func: &Function) -> bool {
        match &func.name {
            UserFuncName::Testcase(name) => {
                std::str::from_utf8(name.raw()).is_ok_and(|name| self.operations.contains(name))
            }
            UserFuncName::User(_) => false,
        }
    }

    /// Blocks that an operation falls back to when it refuses: loops that have been replaced already.
    fn kept(&self, func: &Function, symbols: &dyn Symbols) -> HashSet<Block> {
        let mut kept = HashSet::new();
        let is_operation = |f: FuncRef| {
            let name = symbols.symbol(func, &func.dfg.ext_funcs[f].name);
            name.is_some_and(|name| self.operations.contains(&*name))
        };
        let operations: HashSet<FuncRef> = func
            .dfg
            .ext_funcs
            .keys()
            .filter(|&f| is_operation(f))
            .collect();
        if operations.is_empty() {
            return kept;
        }
        for block in func.layout.blocks() {
            let calls = |i: Inst| match func.dfg.insts[i] {
                InstructionData::Call { func_ref, .. } => operations.contains(&func_ref),
                _ => false,
            };
            if func.layout.block_insts(block).any(calls)
                && let Some(branch) = func.layout.last_inst(block)
            {
                kept.extend(destinations(func, branch));
            }
        }
        kept
    }

    /// Replaces what can be replaced, in the portable form: each operation is a call of `zktr_<op>`.
    ///
    /// A plan that turns out not to fit (its guards can never hold, its calls cannot be declared) becomes a remark; the
    /// loop then stays.
    pub fn run(&self, func: &mut Function, symbols: &mut dyn Symbols) -> Report {
        let mut report = self.look(func, symbols);
        for at in 0..report.remarks.len() {
            let Decision::Offloaded { plan, .. } = &report.remarks[at].decision else {
                continue;
            };
            let applied = match self.execute(func, plan, symbols) {
                Ok(applied) => applied,
                Err((reason, detail)) => {
                    let reasons = vec![Rejection::new(reason, detail)];
                    report.remarks[at].decision = Decision::Declined { reasons };
                    continue;
                }
            };
            let replaced = applied.replaced.into_iter().collect();
            for later in &mut report.remarks[at + 1..] {
                if let Decision::Offloaded { plan, .. } = &mut later.decision {
                    rewrite::replace_values(func, plan, &replaced);
                }
            }
        }
        report
    }

    /// Executes a plan, and checks the result if that is wanted. The function is as it was if either fails.
    fn execute(
        &self,
        func: &mut Function,
        plan: &Plan,
        symbols: &mut dyn Symbols,
    ) -> Result<rewrite::Applied, (Reason, String)> {
        let before = self.options.verify.then(|| func.clone());
        let applied = rewrite::apply(func, &self.spec, plan, symbols, self.options.rewrite)
            .map_err(|error| (Reason::Rewrite, error.to_string()))?;
        if let Some(before) = before {
            let certificate = Certificate::new(plan, &applied);
            if let Err(refusal) = certify::check(&before, func, &self.spec, &certificate, symbols) {
                *func = before;
                return Err((Reason::Certificate, refusal.to_string()));
            }
        }
        Ok(applied)
    }

    /// The primes of the spec of which a function has a constant: field arithmetic modulo p cannot do without p.
    fn moduli_in(&self, func: &Function) -> Vec<u64> {
        let mut present = vec![false; self.moduli.len()];
        // Elements of a field with a longer prime are stored as words of 64 bits.
        let mut wide = false;
        for block in func.layout.blocks() {
            for inst in func.layout.block_insts(block) {
                if let InstructionData::Store {
                    opcode: Opcode::Store,
                    args: [value, _],
                    ..
                } = func.dfg.insts[inst]
                {
                    wide |= func.dfg.value_type(value).bits() == 64;
                }
                if let InstructionData::UnaryImm {
                    opcode: Opcode::Iconst,
                    imm,
                } = func.dfg.insts[inst]
                {
                    let bits = func.dfg.value_type(func.dfg.first_result(inst)).bits();
                    for (n, &p) in self.moduli.iter().enumerate() {
                        present[n] |= is_modulus(imm, bits, p);
                    }
                }
            }
        }
        self.moduli
            .iter()
            .zip(present)
            .filter(|&(&p, found)| found && (wide || p <= u32::MAX.into()))
            .map(|(&p, _)| p)
            .collect()
    }

    /// Looks at a loop and, where it stays, at the loops in it.
    fn nest(&self, search: &Search<'_>, l: Loop, report: &mut Report) {
        let nests = search.nests;
        let remark = |header: Block, decision| Remark {
            function: nests.func.name.to_string(),
            header,
            location: location(nests.func, header),
            decision,
        };
        let header = nests.header(l);
        if search.kept.contains(&header) {
            let reasons = vec![Reason::AlreadyOffloaded.into()];
            report
                .remarks
                .push(remark(header, Decision::Declined { reasons }));
            return;
        }
        match self.candidate(search, l) {
            Ok((plan, instructions)) => {
                report.remarks.push(remark(
                    header,
                    Decision::Offloaded {
                        plan: Box::new(plan),
                        instructions,
                    },
                ));
                let mut inner = nests.info(l).children.clone();
                while let Some(child) = inner.pop() {
                    report
                        .remarks
                        .push(remark(nests.header(child), Decision::Enclosed));
                    inner.extend(&nests.info(child).children);
                }
            }
            Err(reasons) => {
                report
                    .remarks
                    .push(remark(header, Decision::Declined { reasons }));
                self.siblings(search, &nests.info(l).children, report);
            }
        }
    }

    /// Looks at loops that follow each other: some idioms take several.
    fn siblings(&self, search: &Search<'_>, loops: &[Loop], report: &mut Report) {
        let (nests, present) = (search.nests, search.present);
        let mut taken: Vec<Loop> = Vec::new();
        for chain in batch_inverse::candidates(nests, loops) {
            let is_kept = |l: &Loop| search.kept.contains(&nests.header(*l));
            if chain.loops.iter().any(|l| taken.contains(l) || is_kept(l)) {
                continue;
            }
            let Some((plan, instructions)) = self.chain(nests, &chain, present) else {
                continue;
            };
            for (n, &l) in chain.loops.iter().enumerate() {
                let header = nests.header(l);
                report.remarks.push(Remark {
                    function: nests.func.name.to_string(),
                    header,
                    location: location(nests.func, header),
                    decision: match n {
                        0 => Decision::Offloaded {
                            plan: Box::new(plan.clone()),
                            instructions: instructions.clone(),
                        },
                        _ => Decision::Enclosed,
                    },
                });
            }
            taken.extend(&chain.loops);
        }
        for &l in loops {
            if !taken.contains(&l) {
                self.nest(search, l, report);
            }
        }
    }

    fn chain(
        &self,
        nests: &Nests<'_>,
        chain: &batch_inverse::Chain,
        present: &[u64],
    ) -> Option<(Plan, Vec<String>)> {
        let region = RegionBlocks::new(chain.blocks.clone())?;
        let side_edges = batch_inverse::has_side_edges(nests, chain);
        let used = |&&p: &&u64| uses_modulus(nests.func, &chain.blocks, p);
        for &p in present.iter().filter(used) {
            let mut evolution = Evolution::new(nests, &region, HashSet::new());
            let mut lifter = Lifter::new(&mut evolution, p, false);
            let Some(lifted) = batch_inverse::lift(&mut lifter, chain) else {
                continue;
            };
            if legality::check(lifter.evolution, self.options.trapping).is_err() {
                return None;
            }
            let mut before = Vec::new();
            if let Some(prefix) = lifted.prefix {
                let found = matching::find(&self.spec, &self.kernels, &prefix);
                before.push((found.into_iter().next()?, prefix));
            }
            let planned = self.planned(
                &mut lifter,
                &before,
                &lifted.inverse,
                chain.last(),
                side_edges,
            );
            if let Ok(done) = planned {
                return Some(done);
            }
        }
        None
    }

    fn candidate(
        &self,
        search: &Search<'_>,
        l: Loop,
    ) -> Result<(Plan, Vec<String>), Vec<Rejection>> {
        let nests = search.nests;
        let bare = |reason: Reason| vec![Rejection::from(reason)];
        let blocks = &nests.info(l).blocks;
        let instructions: usize = blocks
            .iter()
            .map(|&b| nests.func.layout.block_insts(b).count())
            .sum();
        let depth = blocks
            .iter()
            .map(|&b| nests.chain(b, l).len())
            .max()
            .unwrap_or(0);
        if depth > MAX_NEST
            || blocks.len() > MAX_LOOP_BLOCKS
            || instructions > MAX_LOOP_INSTRUCTIONS
        {
            return Err(bare(Reason::TooLarge));
        }
        let region = RegionBlocks::new(blocks.clone()).ok_or_else(|| bare(Reason::TooLarge))?;
        let mut reasons: Vec<Rejection> = Vec::new();
        let words = quick::index_loads(nests.func, &region);
        let used = |&&p: &&u64| uses_modulus(nests.func, blocks, p);
        let used: Vec<u64> = search.present.iter().filter(used).copied().collect();
        // Bits are taken of words that are read, not of products.
        let mut attempts = vec![(false, false), (true, false)];
        if quick::multiplies_by_constants_only(nests.func, &region) {
            attempts.push((false, true));
        }
        let mut understood = false;
        for &p in &used {
            for &(canonical_memory, flags) in &attempts {
                // Only what is known of words is different the other times.
                let about_words = |r: &Rejection| {
                    matches!(
                        r.reason,
                        Reason::NotCanonical
                            | Reason::CarriedValue
                            | Reason::NoInstruction
                            | Reason::Overlap
                            | Reason::UnusedLoad
                            | Reason::LiveOut
                            | Reason::Guard
                    )
                };
                if !reasons.iter().all(about_words) {
                    break;
                }
                let mut evolution = Evolution::new(nests, &region, words.clone());
                let mut lifter = Lifter::new(&mut evolution, p, canonical_memory);
                lifter.explain = self.options.explain;
                lifter.optional = self.options.trapping != TrapPolicy::Decline;
                lifter.flags = flags;
                let host = rows::lift(&mut lifter, l);
                understood |= host.is_ok() && canonical_memory;
                // Where every word is known without an assumption, an assumption changes nothing.
                let settled = host
                    .as_ref()
                    .is_ok_and(|h| !h.has_opaque_store() && !h.has_opaque_state());
                let mut planned = host.and_then(|host| {
                    // The prime is a constant like any other here. With words taken to be canonical, a reduction
                    // is a copy, too.
                    let moves = !canonical_memory && host.only_copies();
                    if moves && self.options.movement == Movement::Keep {
                        return Err(bare(Reason::NoFieldArithmetic));
                    }
                    legality::check(lifter.evolution, self.options.trapping)?;
                    self.planned(&mut lifter, &[], &host, l, false)
                        .map_err(|mut reasons| {
                            if self.options.explain {
                                explain::formula(&host, &mut reasons);
                            }
                            reasons
                        })
                });
                if let Err(reasons) = &mut planned
                    && self.options.explain
                {
                    explain::residues(&mut lifter, l, reasons);
                }
                match planned {
                    Ok(done) => return Ok(done),
                    // An instruction was found: what else could be said of the loop does not matter.
                    Err(new) if is_unprofitable(&new) => return Err(new),
                    Err(new) => {
                        for reason in new {
                            let is_it = |r: &&mut Rejection| {
                                (r.reason, r.inst, r.value)
                                    == (reason.reason, reason.inst, reason.value)
                            };
                            match reasons.iter_mut().find(is_it) {
                                // What is assumed later says more.
                                Some(known) => *known = reason,
                                None => reasons.push(reason),
                            }
                        }
                    }
                }
                if settled {
                    break;
                }
            }
        }
        if understood {
            // That nothing is known of words of which nothing is assumed is no reason.
            let unknown =
                |r: &Rejection| matches!(r.reason, Reason::NotCanonical | Reason::CarriedValue);
            reasons.retain(|r| !unknown(r));
        }
        let moduli = match search.moves && quick::only_moves(nests.func, &region) {
            true => self.plain_moduli(nests.func, blocks),
            false => Vec::new(),
        };
        for p in moduli {
            for flags in [false, true] {
                let mut evolution = Evolution::new(nests, &region, words.clone());
                let mut lifter = Lifter::new(&mut evolution, p, false);
                lifter.explain = self.options.explain;
                lifter.moves = true;
                lifter.flags = flags;
                let planned = rows::lift(&mut lifter, l).and_then(|host| {
                    legality::check(lifter.evolution, self.options.trapping)?;
                    self.planned(&mut lifter, &[], &host, l, false)
                });
                match planned {
                    Ok(done) => return Ok(done),
                    // Arithmetic modulo a prime has reasons of its own.
                    Err(new) => {
                        if reasons.is_empty() {
                            reasons = new;
                        }
                        if !reasons.iter().any(|r| r.reason == Reason::NotCanonical) {
                            break;
                        }
                    }
                }
            }
        }
        if reasons.is_empty() {
            reasons = bare(Reason::NoFieldArithmetic);
        }
        Err(reasons)
    }

    /// The primes to which words that are stored in these blocks are related if they only move: all have one size. Their
    /// residues are words as they are, or 1 is a constant of the loop in Montgomery form.
    fn plain_moduli(&self, func: &Function, blocks: &[Block]) -> Vec<u64> {
        let Some(bits) = stored_bits(func, blocks) else {
            return Vec::new();
        };
        let plain = match bits {
            32 => self.plain[0],
            64 => self.plain[1],
            _ => None,
        };
        let mut moduli: Vec<u64> = plain.into_iter().collect();
        for block in blocks {
            for inst in func.layout.block_insts(*block) {
                let InstructionData::UnaryImm {
                    opcode: Opcode::Iconst,
                    imm,
                } = func.dfg.insts[inst]
                else {
                    continue;
                };
                let is_one = |&&(ones, _, one): &&(u32, u64, u64)| {
                    ones == bits && one == imm.bits() as u64 && one > 1
                };
                moduli.extend(self.ones.iter().filter(is_one).map(|&(_, p, _)| p));
            }
        }
        moduli.sort_unstable();
        moduli.dedup();
        moduli
    }

    /// The first plan that can be made for a lifted loop; the reasons against the first match otherwise.
    fn planned(
        &self,
        lifter: &mut Lifter<'_, '_>,
        before: &[(Match, HostKernel)],
        host: &HostKernel,
        last_loop: Loop,
        side_edges: bool,
    ) -> Result<(Plan, Vec<String>), Vec<Rejection>> {
        let demands = lifter.evolution.demands();
        let mut first = None;
        for found in matching::find(&self.spec, &self.kernels, host) {
            let mut planner = self.planner(lifter, host);
            match planner.plan(before, &found, last_loop, side_edges) {
                Ok(plan) => return Ok(self.named(plan)),
                // Others do more than what is wanted, or refuse more words.
                Err(reasons) if is_unprofitable(&reasons) => return Err(reasons),
                Err(reasons) => {
                    lifter.evolution.keep(demands);
                    first.get_or_insert(reasons);
                }
            }
        }
        if let Some(reasons) = first {
            return Err(reasons);
        }
        let parts = match before.is_empty() && !side_edges {
            true => matching::distribute(&self.spec, &self.kernels, host),
            false => None,
        };
        let Some(((found, host), before)) = parts.as_deref().and_then(<[_]>::split_last) else {
            return Err(vec![Reason::NoInstruction.into()]);
        };
        let planned = self
            .planner(lifter, host)
            .plan_parts(before, found, last_loop);
        if planned.is_err() {
            lifter.evolution.keep(demands);
        }
        planned.map(|plan| self.named(plan))
    }

    fn planner<'p, 'e, 'a>(
        &'p self,
        lifter: &'p mut Lifter<'e, 'a>,
        host: &'p HostKernel,
    ) -> Planner<'p, 'e, 'a> {
        Planner {
            spec: &self.spec,
            kernels: &self.kernels,
            lifter,
            host,
            costs: self.options.profit.as_ref(),
        }
    }

    fn named(&self, plan: Plan) -> (Plan, Vec<String>) {
        let names = plan.offloads.iter().map(|o| self.describe(o)).collect();
        (plan, names)
    }

    fn describe(&self, offload: &crate::plan::Offload) -> String {
        let inst = &self.spec.instructions[offload.instruction];
        let mode = &inst.modes[offload.mode].name;
        let format = self
            .spec
            .formats
            .iter()
            .find(|f| f.code == offload.format)
            .map_or("", |f| &f.name);
        if mode.is_empty() {
            format!("{} {format}", inst.name)
        } else {
            format!("{} {mode} {format}", inst.name)
        }
    }
}

fn is_unprofitable(reasons: &[Rejection]) -> bool {
    reasons.iter().any(|r| r.reason == Reason::Unprofitable)
}

/// The width of the words that are stored in these blocks, if all have one.
fn stored_bits(func: &Function, blocks: &[Block]) -> Option<u32> {
    let mut bits = None;
    for inst in blocks.iter().flat_map(|&b| func.layout.block_insts(b)) {
        let stored = match func.dfg.insts[inst] {
            InstructionData::Store {
                opcode: Opcode::Store,
                args: [value, _],
                ..
            } => func.dfg.value_type(value).bits(),
            InstructionData::Store {
                opcode: Opcode::Istore32,
                ..
            } => 32,
            _ if func.dfg.insts[inst].opcode().can_store() => return None,
            _ => continue,
        };
        if *bits.get_or_insert(stored) != stored {
            return None;
        }
    }
    bits
}

/// True if an instruction of these blocks has p as an operand, and words that have room for its residues are stored:
/// -p is no rare constant for each p.
fn uses_modulus(func: &Function, blocks: &[Block], p: u64) -> bool {
    let dfg = &func.dfg;
    let is_wide = |i: Inst| match dfg.insts[i] {
        InstructionData::Store {
            opcode: Opcode::Store,
            args: [value, _],
            ..
        } => dfg.value_type(value).bits() == 64,
        _ => false,
    };
    let mut insts = blocks.iter().flat_map(|&b| func.layout.block_insts(b));
    if p > u32::MAX.into() && !insts.any(is_wide) {
        return false;
    }
    let is_p = |&v: &Value| match dfg
        .value_def(dfg.resolve_aliases(v))
        .inst()
        .map(|i| dfg.insts[i])
    {
        Some(InstructionData::UnaryImm {
            opcode: Opcode::Iconst,
            imm,
        }) => is_modulus(imm, dfg.value_type(v).bits(), p),
        _ => false,
    };
    blocks
        .iter()
        .flat_map(|&b| func.layout.block_insts(b))
        .any(|i| dfg.inst_args(i).iter().any(is_p))
}

/// What the search through the loops of a function knows of it.
struct Search<'n> {
    nests: &'n Nests<'n>,
    /// Primes of which the function has a constant.
    present: &'n [u64],
    /// True if the function may have loops that move words.
    moves: bool,
    /// Headers of loops that have been replaced already.
    kept: HashSet<Block>,
}

/// p itself, or -p modulo a power of two, as a constant of this many bits.
fn is_modulus(imm: Imm64, bits: u32, p: u64) -> bool {
    let value = imm.bits() as u64;
    match u32::try_from(p) {
        Ok(short) => {
            value == p || value == p.wrapping_neg() || value == u64::from(short.wrapping_neg())
        }
        Err(_) => bits == 64 && (value == p || value == p.wrapping_neg()),
    }
}

fn location(func: &Function, block: Block) -> Option<SourceLoc> {
    func.layout
        .block_insts(block)
        .map(|i| func.srcloc(i))
        .find(|l| !l.is_default())
}
